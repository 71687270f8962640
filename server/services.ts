import { randomBytes } from "node:crypto";
import type { EntryRow, RegisterView } from "./actions/project-block.ts";
import { Submissions } from "./actions/submissions.ts";
import type { Block } from "./chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "./chain/embedded.ts";
import { addressOf, signTransaction } from "./chain/transaction.ts";
import { type Charter, readCharter, writeCharter } from "./charter.ts";
import { checkpointDigest, domainSeparator } from "./domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "./domain/entries/words.ts";
import { Fault } from "./domain/fault.ts";
import { failpoint } from "./failpoint.ts";
import { checkCursor, Follower, poisonIn } from "./follower.ts";
import { type Addresses, planDeployment, type Step } from "./ledger/deploy.ts";
import { sign } from "./ledger/signatures.ts";
import { LedgerWriter } from "./ledger/writer.ts";
import { DataFolder } from "./store/data-folder.ts";
import { DocumentStore } from "./store/documents.ts";
import { Table } from "./store/store.ts";

type Deployment = { addresses: Addresses; salt: Hex; chainId: number };

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
  /** Why writes are not possible, and what else needs somebody's eye. */
  readonly faults: string[];
  folder: DataFolder;
  /** Replays history, finishes the deployment and begins to write; until then there is only reading. */
  start(): Promise<void>;
  close(): Promise<void>;
};

type Key = { secret: Uint8Array; address: string };

/** A key of the gateway, made once. */
async function keyOf(folder: DataFolder, name: string): Promise<Key> {
  const secret = fromHex(await folder.secret(`${name}.key`, () => toHex(new Uint8Array(randomBytes(32)))));
  return { secret, address: addressOf(secret) };
}

type Options = {
  data: string;
  chainId: number;
  /** what a register that is founded now is founded with */
  choices: Charter;
  onProgress?: (done: number, total: number) => void;
};

/** Opens the data folder and all that is in it, ready for writing. @throws Fault */
export async function openServices(options: Options): Promise<Services> {
  const services = await openForReading(options);
  try {
    await services.start();
    return services;
  } catch (error) {
    await services.close();
    throw error;
  }
}

/** Opens the data folder: what it holds can be read at once, `start` makes writing possible. @throws Fault */
export async function openForReading(options: Options): Promise<Services> {
  const opened: { close(): Promise<void> }[] = [];
  const open = async <T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> => {
    const one = await opening;
    opened.unshift(one);
    return one;
  };
  const closeAll = async () => {
    for (const one of opened) await one.close();
  };
  try {
    return await wire(options, open, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function wire(
  { data, chainId, choices, onProgress }: Options,
  open: <T extends { close(): Promise<void> }>(opening: Promise<T>) => Promise<T>,
  closeAll: () => Promise<void>,
): Promise<Services> {
  const folder = await open(DataFolder.open(data));
  const [deployer, writerKey, relayKey, operatorKey] = await Promise.all(
    ["deployer", "writer", "relay", "operator"].map((name) => keyOf(folder, name)),
  );
  const faults: string[] = [];
  let writing = false;
  let started = false;
  let replaying = "history is being replayed";
  const chain = await open(
    openEmbedded({
      folder: folder.of("chain"),
      chainId,
      charter: writeCharter(choices),
      onProgress: (done, total) => {
        replaying = `history is being replayed: block ${done} of ${total}`;
        onProgress?.(done, total);
      },
      onFault: (fault) => {
        writing = false;
        faults.push(fault.message);
      },
    }),
  );
  const founding = readCharter(chain.identity.charter, choices);
  const state = await open(Table.open(folder.of("state")));
  const projection = await open(Table.open(folder.of("projection")));
  const documents = await DocumentStore.open(folder.of("documents"));

  const salt = chain.identity.salt as Hex;
  // who deployed the register is the first sender of its first block
  const founder = (await blockAt(chain, 1))?.transactions[0]?.from;
  const { addresses, steps } = planDeployment(founder ?? deployer!.address, 0, { ...founding, salt });
  const deployment = { addresses, salt, chainId };
  const separator = domainSeparator({ chainId, verifyingContract: addresses.Ledger, salt });

  const follower = await Follower.over(projection, addresses, founding.vetoDelay);
  await checkCursor(follower.register, chain.height(), async (number) => (await blockAt(chain, number))?.hash);
  const submissions = new Submissions(state);

  const project = async (block: Block): Promise<void> => {
    const { outcomes, poison } = await follower.follow(block);
    for (const { index, reason } of poison) faults.push(poisonText(block.number, index, reason));
    failpoint("projected");
    await submissions.settle(outcomes, block.time);
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
  for await (const { block, outcomes } of follower.catchUp(chain.blocks(follower.register.block + 1)))
    await submissions.settle(outcomes, block.time);
  for (const { block, index, reason } of await poisonIn(projection)) faults.push(poisonText(block, index, reason));
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
    onFailure: (error) => {
      writing = false;
      faults.push(`writing stopped: ${error instanceof Error ? error.message : error}`);
    },
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

  let signed: { size: number; root: Hex; time: number; signature: Hex } | undefined;
  const services: Services = {
    chain,
    deployment,
    separator,
    projection,
    state,
    submissions,
    documents,
    register: () => follower.register,
    operator: operatorKey!.address as Hex,
    signCheckpoint(size, root, time) {
      // every acknowledgement carries the newest one: it is signed once
      if (signed?.size !== size || signed.root !== root || signed.time !== time) {
        const signature = toHex(sign(checkpointDigest(separator, size, root, time), operatorKey!.secret));
        signed = { size, root, time, signature };
      }
      return signed.signature;
    },
    relay,
    projected: () => projecting,
    writable: () => writing && !dead,
    get faults() {
      return started ? faults : [replaying, ...faults];
    },
    folder,
    async start() {
      await chain.ready();
      // its steps are the deployer's nonces, so what is done is known from the chain
      const account = founder ?? deployer!.address;
      for (let done = await chain.nonce(account); done < steps.length; done++) {
        if (account !== deployer!.address) throw lostDeployer(account);
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
      started = true;
      writing = true;
    },
    async close() {
      await writer.stop();
      await projecting;
      await closeAll();
    },
  };
  return services;
}

async function blockAt(chain: EmbeddedChain, number: number): Promise<Block | undefined> {
  for await (const block of chain.blocks(number, number)) return block;
}

function poisonText(block: number, index: number, reason: string): string {
  return `block ${block}, event ${index}: ${reason}`;
}

function lostDeployer(account: string): Fault {
  return new Fault("deployer-lost", {
    explanation: {
      en: `The deployment of the register by ${account} is unfinished, and keys/deployer.key is not its key.`,
      id: `Penerapan register oleh ${account} belum selesai, dan keys/deployer.key bukan kuncinya.`,
    },
    remedy: {
      en: "Restore keys/deployer.key from the backup. If nothing was recorded yet, begin with an empty data folder.",
      id: "Pulihkan keys/deployer.key dari cadangan. Bila belum ada yang dicatat, mulai dengan folder data kosong.",
    },
  });
}
