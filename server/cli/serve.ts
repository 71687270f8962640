import { randomBytes } from "node:crypto";
import { Command } from "commander";
import type { FastifyInstance } from "fastify";
import type { EmbeddedChain } from "../chain/embedded.ts";
import { type RpcServer, serveRpc } from "../chain/rpc.ts";
import { type Config, type Flags, readConfig } from "../config.ts";
import { ConfigFault, Fault } from "../domain/fault.ts";
import type { Words } from "../domain/problems.ts";
import { openForeign } from "../gateway/foreign.ts";
import { gatewayOver } from "../gateway/gateway.ts";
import { buildApp } from "../http/app.ts";
import { type Gateway, routes } from "../http/routes.ts";
import type { Integrations } from "../integrations/integrations.ts";
import { signatureBackend } from "../ledger/signatures.ts";
import { keepMachinesSigning } from "../machine-signing.ts";
import { openIntegrations } from "../open-integrations.ts";
import { bootstrapSandbox } from "../sandbox/bootstrap.ts";
import { askOf, seedSandbox } from "../sandbox/seed.ts";
import { openForReading, type Services } from "../services.ts";
import { keepNamesShort, keepWatch, tidySignIns } from "../watches.ts";
import { complain, Exit, Progress, strict } from "./terminal.ts";

/** `prasasti serve`: the gateway, with the embedded chain or on a network. */
export function serveCommand(): Command {
  return strict(new Command("serve"))
    .description(
      "Run the gateway, with its embedded chain or on a network. / Jalankan gateway, dengan rantai tertanam atau pada jaringan.",
    )
    .option("--data <dir>", "folder that keeps everything (default: data)")
    .option("--port <number>", "port of the HTTP API and the page (default: 8080)")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--empty", "start the sandbox without its first contracts")
    .addHelpText(
      "after",
      "\nMore settings come from the environment: docs/reference/configuration.md.\nExit codes: 0 stopped in order, 1 yours to fix (each fault is named), 2 usage.",
    )
    .action(async (flags: Flags) => {
      try {
        await serve(await readConfig(process.env, flags));
      } catch (error) {
        complain(`\n${faultText(error)}`);
        process.exit(Exit.yours);
      }
    });
}

/** Starts the gateway and resolves when it takes writes. Ends the process in order when it is asked to stop. */
async function serve(config: Config): Promise<void> {
  const started = performance.now();
  const open: { services?: Services; app?: FastifyInstance; rpc?: RpcServer; integrations?: Integrations } = {};
  const ending = new AbortController();
  const beside: Promise<void>[] = [];
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      ending.abort();
      await Promise.all(beside);
      await open.rpc?.close();
      await open.app?.close();
      await open.integrations?.close();
      await open.services?.close();
    })();
    return closing;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      void close().then(
        () => process.exit(Exit.done),
        () => process.exit(Exit.yours),
      );
    });
  try {
    await run();
  } catch (error) {
    // asked to stop in the middle of starting: what failed for that is no fault
    if (closing !== undefined) return new Promise(() => {});
    await close();
    throw error;
  }

  /** What machines sign by themselves, where connectors.yaml allows any. */
  function machinesOf(services: Services, gateway: Gateway): Promise<void>[] {
    const { integrations } = open;
    const machines = config.connectors?.settings.machines ?? [];
    if (integrations === undefined || machines.length === 0) return [];
    const call = <T>(name: string, args?: unknown) => integrations.call<T>(name, args);
    const now = () => Math.floor(Date.now() / 1000);
    return [keepMachinesSigning(machines, { services, gateway, call, env: process.env, now }, ending.signal)];
  }

  async function run(): Promise<void> {
    const progress = new Progress();
    const services = await openForReading({
      data: config.data,
      chainId: config.chainId,
      choices: config.choices,
      vaultKeyFile: config.vaultKeyFile,
      network: config.network,
      anchorEvery: config.accessLog.anchorHours * 3_600_000,
      onProgress: (done, total) =>
        progress.show(`replaying block ${done} of ${total}; reads are answered / memutar ulang blok; baca sudah bisa`),
    });
    open.services = services;
    let filling: { done: number; total: number } | undefined;
    let listensOn = `http://${config.host}:${config.port}`;
    const origin = () => config.origin ?? listensOn;
    const gateway = gatewayOver(services, {
      foreign: await openForeign(services.folder, config.identity, origin),
      mode: config.mode,
      publicOrigin: config.origin,
      listensOn: () => listensOn,
      filling: () => filling,
      maxDocument: config.maxDocument,
      streams: { perAddress: config.streams },
      operatorToken: await tokenIn(services, "operator.token"),
      reminders: config.reminders,
      integrations: () => open.integrations,
      rules: config.rules,
      ...(config.mode === "production" ? { metricsToken: await tokenIn(services, "metrics.token") } : {}),
    });
    open.app = await buildApp({
      routes: (scope) => routes(scope, gateway),
      rateLimit: config.rateLimit,
      proxies: config.proxies,
      answered: services.metrics.answered.bind(services.metrics),
    });
    // what is projected can be read while history is replayed
    const address = await listen(open.app, config);
    listensOn = address;
    await services.folder.announce(address);
    await services.start();
    // a browser takes localhost for a domain that passkeys can be bound to, and no address of numbers
    const pages = [
      `http://localhost:${new URL(address).port}`,
      ...(config.origin === undefined ? [] : [config.origin]),
    ];
    if (config.mode === "sandbox") await bootstrapSandbox(services, pages);
    if (config.connectors !== undefined) open.integrations = await openIntegrations(services, config.connectors);
    if (config.rpcPort !== undefined && services.embedded !== undefined)
      open.rpc = await openRpc(services, services.embedded, config.rpcPort);
    beside.push(
      keepWatch(services, config.recheck, ending.signal),
      keepNamesShort(services, config.accessLog.days, ending.signal),
      tidySignIns(services, ending.signal),
      gateway.keepForeign(ending.signal),
      ...machinesOf(services, gateway),
    );
    progress.end();

    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    complain(`\nPrasasti ${config.mode}: ${address}  (${services.register().entries} entries, ${seconds} s)`);
    if (open.rpc)
      complain(`JSON-RPC: ${open.rpc.url}, token in ${services.folder.of("keys")}/rpc.token / token ada di berkas itu`);
    if (signatureBackend === "wasm")
      complain(
        "Signatures are checked in WebAssembly, four times slower: secp256k1 has no native part here. / Pemeriksaan tanda tangan memakai WebAssembly, empat kali lebih lambat.",
      );
    for (const { en, id } of services.faults) complain(`! ${en} / ${id}`);
    complain(
      "Ctrl+C stops it; what was acknowledged is kept. / Ctrl+C menghentikan; yang sudah dikonfirmasi tetap tersimpan.",
    );
    if (config.mode === "sandbox" && !config.empty)
      beside.push(
        fill(services, open.app, ending.signal, (now) => {
          filling = now;
        }),
      );
  }
}

/**
 * Records the sandbox's contracts while the gateway serves, like any other client of it.
 * @param told how far it has come; undefined once it has ended
 */
async function fill(
  services: Services,
  app: FastifyInstance,
  signal: AbortSignal,
  told: (now: { done: number; total: number } | undefined) => void,
): Promise<void> {
  const progress = new Progress();
  const before = services.register().entries;
  const started = performance.now();
  try {
    await seedSandbox(askOf(app), services.separator, {
      signal,
      onProgress: (done, total) => {
        told({ done, total });
        progress.show(`filling the sandbox: ${done} of ${total} / mengisi sandbox`);
      },
    });
    progress.end();
    const recorded = services.register().entries - before;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    if (recorded > 0 && !signal.aborted)
      complain(`The sandbox is filled: ${recorded} entries, ${seconds} s. / Sandbox terisi: ${recorded} entri.`);
  } catch (error) {
    progress.end();
    complain(
      `The sandbox could not be filled whole; begin with an empty folder for all of it. / Sandbox tidak terisi penuh; mulai dengan folder kosong.\n  ${faultText(error)}`,
    );
  } finally {
    told(undefined);
  }
}

async function listen(app: FastifyInstance, { host, port }: Config): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    throw listenFault(error, `${host}:${port}`, "--port", "--host");
  }
}

/** A token in the folder's `keys`, made once. */
function tokenIn({ folder }: Services, name: string): Promise<string> {
  return folder.secret(name, () => randomBytes(32).toString("base64url"));
}

async function openRpc(services: Services, embedded: EmbeddedChain, port: number): Promise<RpcServer> {
  const token = await tokenIn(services, "rpc.token");
  try {
    return await serveRpc(embedded, { token, port });
  } catch (error) {
    throw listenFault(error, `127.0.0.1:${port}`, "PRASASTI_RPC_PORT", "PRASASTI_RPC_PORT");
  }
}

function listenFault(error: unknown, at: string, forPort: string, forHost: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return new Fault("port-in-use", {
      explanation: { en: `${at} is in use by another program.`, id: `${at} sedang dipakai program lain.` },
      remedy: {
        en: `Stop that program, or choose another port with ${forPort}.`,
        id: `Hentikan program itu, atau pilih port lain dengan ${forPort}.`,
      },
    });
  if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new Fault("cannot-listen", {
      explanation: { en: `Cannot listen on ${at} (${code}).`, id: `Tidak dapat mendengarkan di ${at} (${code}).` },
      remedy: {
        en: `Choose a port above 1023 with ${forPort}, and an address of this machine with ${forHost}.`,
        id: `Pilih port di atas 1023 dengan ${forPort}, dan alamat mesin ini dengan ${forHost}.`,
      },
    });
  return error;
}

/** Who starts a gateway reads both languages: nothing is known of him yet. */
function faultText(error: unknown): string {
  const both = ({ en, id }: Words) => `prasasti: ${en}\n          ${id}`;
  if (error instanceof ConfigFault) return error.faults.map(both).join("\n");
  if (error instanceof Fault) return both(error.words);
  return `prasasti: ${error instanceof Error ? error.message : error}`;
}
