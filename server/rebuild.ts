import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { examineLog, type LogExamined, rowsFrom } from "./actions/access-log.ts";
import { type Block, ChainFault } from "./chain/chain.ts";
import { decodeBlock, Journal } from "./chain/journal.ts";
import { type NetworkSettings, openNetwork, type RegisterFile, readRegisterFile } from "./chain/network.ts";
import { keyPart, ordered } from "./domain/projection/ordered.ts";
import { emptyRegister, type RegisterView } from "./domain/projection/project-block.ts";
import { vetoDelayIn } from "./ledger/charter.ts";
import { addressesOf } from "./ledger/deploy.ts";
import { checkCursor, Follower, marksIn, poisonIn } from "./ledger/follower.ts";
import { addressOfKey, anchorsIn, keyUnreadable } from "./services.ts";
import type { DataFolder } from "./store/data-folder.ts";
import { Table } from "./store/store.ts";

/** What a rebuild found. `gaps` are places of the log that no row accounts for; `poison` events that were set aside. */
export type Rebuilt = {
  blocks: number;
  entries: number;
  acts: number;
  leaves: number;
  gaps: string[];
  poison: number;
  hash: string;
  /** The drill: the projection as it was, and the new one at the same block. */
  drill?: { block: number; before: string; after: string; differences: string[] };
  /** The same drill: the access log against what the chain says was anchored of it. */
  access?: LogExamined;
};

/** A chain as a rebuild reads it. */
type History = {
  height: number;
  /** blocks up to this number stay */
  final: number;
  blocks(): AsyncIterable<Block>;
  founder: string;
  charter: string | undefined;
  /** Cursor and state hash of the projection as it is. @throws Fault where its cursor is not on this chain */
  before(place: string): Promise<{ block: number; hash: string }>;
};

/**
 * Deletes the projection and makes it anew from the chain: from the journal, whose checksums are looked at on the way,
 * or from the nodes of a network. Cut short at any moment, the next start or rebuild goes on or begins again. With
 * `verify`, compares what was there with what comes out.
 * @param network how the nodes are reached, where the data folder follows a register on a network
 * @throws Fault
 */
export async function rebuild(
  folder: DataFolder,
  {
    verify,
    network,
    onProgress,
  }: { verify: boolean; network: NetworkSettings | undefined; onProgress(done: number, total: number): void },
): Promise<Rebuilt> {
  await using opened = new AsyncDisposableStack();
  const kept = await readRegisterFile(folder.of("chain"));
  if (kept !== undefined && network === undefined)
    throw new ChainFault("other-engine", { folder: folder.of("chain"), found: "a network / jaringan" });
  const history =
    kept === undefined || network === undefined
      ? await inJournal(folder, opened)
      : await onNetwork(folder, kept, network, { opened, marked: verify });
  const before = verify ? await history.before(folder.of("projection")) : undefined;
  const aside = await folder.setProjectionAside();
  const projection = await Table.open(folder.of("projection"));
  opened.defer(() => projection.close());

  let drill: Rebuilt["drill"];
  const compare = async (block: number) => {
    if (before?.block !== block) return;
    const after = await projection.stateHash();
    const differences = after === before.hash ? [] : await differencesTo(projection, aside);
    drill = { block, before: before.hash, after, differences };
  };
  await compare(0);
  const follower = await Follower.over(projection, addressesOf(history.founder), vetoDelayIn(history.charter));
  for await (const { block } of follower.catchUp(history.blocks(), history.final)) {
    onProgress(block.number, history.height);
    await compare(block.number);
  }
  await rm(aside, { recursive: true });
  const { entries, acts, log } = follower.register;
  return {
    blocks: history.height,
    entries,
    acts,
    leaves: log.size,
    gaps: await gapsIn(projection, follower),
    poison: (await poisonIn(projection)).length,
    hash: await projection.stateHash(),
    ...(drill ? { drill } : {}),
    ...(verify ? { access: await accessIn(folder, projection, kept !== undefined) } : {}),
  };
}

async function accessIn(folder: DataFolder, projection: Table, onNetwork: boolean): Promise<LogExamined> {
  const account = onNetwork ? addressOfKey(await folder.secret("deployer.key", noKey), "keys/deployer.key") : undefined;
  return withTable(folder.of("state"), async (state) =>
    examineLog(rowsFrom(state), await anchorsIn(projection, account)),
  );
}

function noKey(): never {
  throw keyUnreadable("keys/deployer.key");
}

async function inJournal(folder: DataFolder, opened: AsyncDisposableStack): Promise<History> {
  const journal = await Journal.openExisting(folder.of("chain"));
  opened.defer(() => journal.close());
  const { height } = journal;
  return {
    height,
    final: height,
    blocks: () => blocksOf(journal),
    founder: await founderIn(journal),
    charter: journal.header.charter,
    before: (place) =>
      withTable(place, async (table) => {
        const { block, blockHash } = (await table.get<RegisterView>("register")) ?? emptyRegister;
        await checkCursor({ block, blockHash }, height, async (number) => {
          for await (const { payload } of journal.read(number, number)) return decodeBlock(payload).hash;
        });
        return { block, hash: await table.stateHash() };
      }),
  };
}

/** @param marked begins at the old projection: what the network took back since is taken back in it first */
async function onNetwork(
  folder: DataFolder,
  kept: RegisterFile,
  network: NetworkSettings,
  { opened, marked }: { opened: AsyncDisposableStack; marked: boolean },
): Promise<History> {
  const { chainId, founder, charter, from } = kept;
  let takenBack = Number.POSITIVE_INFINITY;
  const chain = await openNetwork({
    folder: folder.of("chain"),
    urls: network.urls,
    chainId,
    confirmations: network.confirmations,
    known: marked ? await withTable(folder.of("projection"), marksIn) : [],
    begin: () => Promise.reject(new Error("the register is known")),
  });
  opened.defer(() => chain.close());
  chain.follow({
    block() {},
    takenBack(height) {
      takenBack = Math.min(takenBack, height);
    },
  });
  while (!chain.online || (await isPending(chain.ready()))) {
    // nobody waits here for a node that comes back tomorrow
    const [trouble] = chain.troubles();
    if (trouble !== undefined) throw trouble;
    await pause(20);
  }
  const height = chain.height();
  return {
    height,
    final: height - chain.confirmations,
    blocks: () => chain.blocks(from.number + 1, height),
    founder,
    charter,
    before: (place) =>
      withTable(place, async (table) => {
        const follower = await Follower.over(table, addressesOf(founder), vetoDelayIn(charter));
        await follower.takeBack(takenBack);
        return { block: follower.register.block, hash: await table.stateHash() };
      }),
  };
}

/** Whether it has not resolved yet; throws where it rejected. */
async function isPending(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => false), pause(0, true)]);
}

async function withTable<T>(place: string, work: (table: Table) => Promise<T>): Promise<T> {
  const table = await Table.open(place);
  try {
    return await work(table);
  } finally {
    await table.close();
  }
}

async function differencesTo(projection: Table, aside: string): Promise<string[]> {
  return withTable(aside, (old) => projection.differences(old, 5));
}

async function* blocksOf(journal: Journal): AsyncGenerator<Block> {
  // kept blocks are views into what the database read: this one is done with before the next is fetched
  for await (const { payload } of journal.read(1, journal.height)) yield decodeBlock(payload);
}

/** Who deployed the register; of an empty chain, nobody, and then there is nothing to find at his addresses. */
async function founderIn(journal: Journal): Promise<string> {
  for await (const { payload } of journal.read(1, Math.min(1, journal.height)))
    return decodeBlock(payload).transactions[0]!.from;
  return `0x${"0".repeat(40)}`;
}

/** Entries are numbered from 1 without a gap, and so is each process: what the ledger counted must all be there. */
async function gapsIn(projection: Table, { register }: Follower): Promise<string[]> {
  const gaps: string[] = [];
  let found = 0;
  const perProcess = new Map<string, number>();
  for await (const { value } of projection.range<{ ocid: string; assigned: { processSequence: number } }>("entry/")) {
    found++;
    perProcess.set(value.ocid, (perProcess.get(value.ocid) ?? 0) + 1);
  }
  if (found !== register.entries) gaps.push(`${register.entries - found} of ${register.entries} entries`);
  for (const [ocid, count] of perProcess)
    if ((await projection.get(`of/${keyPart(ocid)}/${ordered(count)}`)) === undefined)
      gaps.push(`entry ${count} of ${ocid}`);
  return gaps;
}
