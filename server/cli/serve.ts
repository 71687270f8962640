import { Command } from "commander";
import { ChainFault } from "../chain/chain.ts";
import { type Config, ConfigFault, readConfig } from "../config.ts";
import { gatewayOver } from "../gateway.ts";
import { buildApp } from "../http/app.ts";
import { routes } from "../http/routes.ts";
import { bootstrapSandbox, sandboxChoices } from "../sandbox/bootstrap.ts";
import { SANDBOX_CHAIN_ID } from "../sandbox/people.ts";
import { seedSandbox } from "../sandbox/seed.ts";
import { openServices, type Services } from "../services.ts";

const say = (text: string) => process.stderr.write(`${text}\n`);

/** `prasasti serve`: the gateway with its embedded chain. */
export function serveCommand(): Command {
  return new Command("serve")
    .description("run the gateway with its embedded chain / jalankan gateway dengan rantai tertanam")
    .option("--data <dir>", "folder that keeps everything (default: data)")
    .option("--port <number>", "port on 127.0.0.1 (default: 8080)")
    .option("--empty", "start the sandbox without its first contracts")
    .action(async (flags: { data?: string; port?: string; empty?: boolean }) => {
      try {
        await serve(readConfig(process.env, flags));
      } catch (error) {
        say("");
        if (error instanceof ConfigFault) for (const fault of error.faults) say(`prasasti: ${fault}`);
        else if (error instanceof ChainFault) {
          say(`prasasti: ${error.explanation.en} ${error.remedy.en}`);
          say(`          ${error.explanation.id} ${error.remedy.id}`);
        } else say(`prasasti: ${error instanceof Error ? error.message : error}`);
        process.exit(1);
      }
    });
}

/** Starts the gateway; resolves when it listens and the sandbox stands. */
export async function serve(config: Config): Promise<{ address: string; close(): Promise<void> }> {
  const started = performance.now();
  const services: Services = await openServices({
    data: config.data,
    chainId: SANDBOX_CHAIN_ID,
    charter: sandboxChoices(),
    onProgress: (done, total) => process.stderr.write(`\rreplaying block ${done} of ${total} / memutar ulang blok …`),
  });
  const gateway = gatewayOver(services, { mode: config.mode });
  const app = await buildApp({ routes: (scope) => routes(scope, gateway), logger: false });

  if (config.mode === "sandbox") {
    await bootstrapSandbox(services);
    if (!config.empty) {
      const ask = async (method: "GET" | "POST", url: string, body?: unknown) => {
        const response = await app.inject({
          method,
          url: encodeURI(url),
          ...(body === undefined ? {} : { payload: body as object }),
        });
        return { status: response.statusCode, body: response.json() as unknown };
      };
      await seedSandbox(ask, services.separator, Math.floor(Date.now() / 1000), () => {});
    }
  }
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      await app.close();
      await services.close();
    })();
    return closing;
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      void close().then(() => process.exit(0));
    });
  const address = await app.listen({ host: config.host, port: config.port });
  const { entries } = services.register();
  say(
    `\nPrasasti ${config.mode}: ${address}  (${entries} entries, ${((performance.now() - started) / 1000).toFixed(1)} s)`,
  );
  say(
    "Ctrl+C stops it; what was acknowledged is kept. / Ctrl+C menghentikan; yang sudah dikonfirmasi tetap tersimpan.",
  );

  return { address, close };
}
