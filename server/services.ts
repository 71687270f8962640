import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type EntryRow,
  emptyRegister,
  type Outcome,
  projectBlock,
  type RegisterView,
} from "./actions/project-block.ts";
import { Submissions } from "./actions/submissions.ts";
import type { Block } from "./chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "./chain/embedded.ts";
import { addressOf, signTransaction } from "./chain/transaction.ts";
import { checkpointDigest, domainSeparator } from "./domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "./domain/entries/words.ts";
import { failpoint } from "./failpoint.ts";
import { type Addresses, type DeploymentChoices, planDeployment, type Step } from "./ledger/deploy.ts";
import { readEvents } from "./ledger/events.ts";
import { sign } from "./ledger/signatures.ts";
import { LedgerWriter } from "./ledger/writer.ts";
import { DocumentStore } from "./store/documents.ts";
import { Table } from "./store/store.ts";

export type Deployment = { addresses: Addresses; salt: Hex; chainId: number };

/** Everything a gateway needs, wired: chain, ledger, projection, submissions. `close` ends it in order. */
export type Services = {
  chain: EmbeddedChain;
  deployment: Deployment;
  /** EIP-712 domain separator of this register */
  separator: Uint8Array;
  projection: Table;
  state: Table;
  submissions: Submissions;
  documents: DocumentStore;
  register(): RegisterView;
  /** Signs checkpoints as the operator; readers check it against `operator`. */
  signCheckpoint(size: number, root: Hex, time: number): Hex;
  operator: Hex;
  /** Sends a call of the gateway's own account and tells whether it succeeded. */
  relay(to: Hex, data: Hex): Promise<{ ok: boolean; block: number }>;
  /** Resolves when every block told so far is projected. */
  projected(): Promise<void>;
  /** Writes are possible: history is replayed and the writer runs. */
  writable(): boolean;
  faults: string[];
  close(): Promise<void>;
};

type Key = { secret: Uint8Array; address: string };

/** A key of the gateway, made once. Only its owner may read the file. */
async function keyFile(folder: string, name: string): Promise<Key> {
  const file = path.join(folder, `${name}.key`);
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  const secret = text === undefined ? new Uint8Array(randomBytes(32)) : fromHex(text.trim());
  if (text === undefined) await writeFile(file, `${toHex(secret)}\n`, { mode: 0o600, flag: "wx" });
  return { secret, address: addressOf(secret) };
}

export async function openServices(options: {
  data: string;
  chainId: number;
  choices: Omit<DeploymentChoices, "salt">;
  onProgress?: (done: number, total: number) => void;
}): Promise<Services> {
  const { data, chainId } = options;
  const folder = (name: string) => path.join(data, name);
  for (const name of ["chain", "projection", "state", "keys", "documents"])
    await mkdir(folder(name), { recursive: true, mode: 0o700 });
  const [deployer, writerKey, relayKey, operatorKey] = await Promise.all(
    ["deployer", "writer", "relay", "operator"].map((name) => keyFile(folder("keys"), name)),
  );
  const chain = await openEmbedded({
    folder: folder("chain"),
    chainId,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  const state = await Table.open(folder("state"));
  const projection = await Table.open(folder("projection"));
  const documents = await DocumentStore.open(folder("documents"));
  const faults: string[] = [];

  const salt = chain.identity.salt as Hex;
  const { addresses, steps } = planDeployment(deployer!.address, 0, { ...options.choices, salt });
  const deployment = { addresses, salt, chainId };
  const separator = domainSeparator({ chainId, verifyingContract: addresses.Ledger, salt });

  let register = (await projection.get<RegisterView>("register")) ?? emptyRegister;
  const submissions = new Submissions(state);
  let writing = false;

  const project = async (block: Block): Promise<void> => {
    if (block.number <= register.block) return;
    const events = readEvents(block.logs, addresses);
    const result = await projectBlock(block, events, { get: (key) => projection.get(key) });
    for (const { index, reason } of result.poison) faults.push(`block ${block.number}, event ${index}: ${reason}`);
    await projection.put([...result.rows].map(([key, value]) => ({ key, value })));
    register = result.register;
    failpoint("projected");
    await submissions.settle(result.outcomes as Outcome[], block.time);
  };
  // one block after the other, whether caught up or told
  let projecting: Promise<void> = Promise.resolve();
  let dead = false;
  const enqueue = (block: Block) => {
    projecting = projecting.then(async () => {
      if (dead) return;
      try {
        await project(block);
      } catch (error) {
        dead = true;
        faults.push(`block ${block.number} could not be projected: ${error instanceof Error ? error.message : error}`);
      }
    });
  };
  for await (const block of chain.blocks(register.block + 1)) {
    failpoint("rebuilding");
    await project(block);
  }
  chain.onBlock(enqueue);

  /** Signs for one of the gateway's accounts. */
  const signer = (key: Key) => (fields: { nonce: number; gas: number; to: Hex | null; data: Uint8Array }) =>
    signTransaction({ chainId, ...fields }, key.secret).raw;

  const writer = new LedgerWriter({
    chain,
    ledger: addresses.Ledger,
    account: writerKey!.address,
    sign: signer(writerKey!),
    outbox: {
      keep: (transactions) =>
        state.put([{ key: "outbox", value: transactions.map((raw) => toHex(raw)) }], { sync: true }),
      kept: async () => ((await state.get<Hex[]>("outbox")) ?? []).map((raw) => fromHex(raw)),
    },
    onFailure: (error) => faults.push(`writing stopped: ${error instanceof Error ? error.message : error}`),
  });

  let relaying: Promise<unknown> = Promise.resolve();
  const send = async (key: Key, { to, data }: Step) => {
    const nonce = await chain.nonce(key.address);
    const raw = signer(key)({ nonce, gas: 30_000_000, to: to ?? null, data: fromHex(data) });
    const [inclusion] = await chain.submit([raw]);
    return { ok: inclusion!.ok, block: inclusion!.blockNumber };
  };
  const relay = (to: Hex, data: Hex) => {
    const sent = relaying.then(() => send(relayKey!, { to, data }));
    relaying = sent.catch(() => {});
    return sent;
  };

  const services: Services = {
    chain,
    deployment,
    separator,
    projection,
    state,
    submissions,
    documents,
    register: () => register,
    operator: operatorKey!.address as Hex,
    signCheckpoint: (size, root, time) =>
      toHex(sign(checkpointDigest(separator, size, root, time), operatorKey!.secret)),
    relay,
    projected: () => projecting,
    writable: () => writing && !dead,
    faults,
    async close() {
      await writer.stop();
      await projecting;
      await chain.close();
      await Promise.all([state.close(), projection.close()]);
    },
  };

  // deployment: its steps are the deployer's nonces, so what is done is known from the chain
  await chain.ready();
  for (let done = await chain.nonce(deployer!.address); done < steps.length; done++) {
    const { ok } = await send(deployer!, steps[done]!);
    if (!ok) throw new Error(`deployment step ${done} failed`);
  }
  await writer.start();
  await projecting;
  await submissions.start(
    (item) => writer.enqueue(item),
    async (maker, commandId) => {
      const sequence = await projection.get<string>(`command/${maker}/${commandId}`);
      return sequence === undefined ? undefined : projection.get<EntryRow>(`entry/${sequence}`);
    },
  );
  writing = true;
  return services;
}
