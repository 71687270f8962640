import { rm } from "node:fs/promises";
import type { Block } from "./chain/chain.ts";
import { decodeBlock, Journal } from "./chain/journal.ts";
import { keyPart, ordered } from "./domain/projection/ordered.ts";
import { emptyRegister, type RegisterView } from "./domain/projection/project-block.ts";
import { vetoDelayIn } from "./ledger/charter.ts";
import { addressesOf } from "./ledger/deploy.ts";
import { checkCursor, Follower, poisonIn } from "./ledger/follower.ts";
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
};

/**
 * Deletes the projection and makes it anew from the journal, whose checksums are looked at on the way. Cut short at any
 * moment, the next start or rebuild goes on or begins again. With `verify`, compares what was there with what comes out.
 * @throws Fault
 */
export async function rebuild(
  folder: DataFolder,
  { verify, onProgress }: { verify: boolean; onProgress(done: number, total: number): void },
): Promise<Rebuilt> {
  await using opened = new AsyncDisposableStack();
  const journal = await Journal.openExisting(folder.of("chain"));
  opened.defer(() => journal.close());
  const before = verify ? await stateOf(folder.of("projection"), journal) : undefined;
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
  const addresses = addressesOf(await founderIn(journal));
  const follower = await Follower.over(projection, addresses, vetoDelayIn(journal.header.charter));
  for await (const { block } of follower.catchUp(blocksOf(journal))) {
    onProgress(block.number, journal.height);
    await compare(block.number);
  }
  await rm(aside, { recursive: true });
  const { entries, acts, log } = follower.register;
  return {
    blocks: journal.height,
    entries,
    acts,
    leaves: log.size,
    gaps: await gapsIn(projection, follower),
    poison: (await poisonIn(projection)).length,
    hash: await projection.stateHash(),
    ...(drill ? { drill } : {}),
  };
}

/** State hash and cursor of the projection as it is. @throws Fault where its cursor is not on this chain */
async function stateOf(place: string, journal: Journal): Promise<{ block: number; hash: string }> {
  const table = await Table.open(place);
  try {
    const { block, blockHash } = (await table.get<RegisterView>("register")) ?? emptyRegister;
    await checkCursor({ block, blockHash }, journal.height, async (number) => {
      for await (const { payload } of journal.read(number, number)) return decodeBlock(payload).hash;
    });
    return { block, hash: await table.stateHash() };
  } finally {
    await table.close();
  }
}

async function differencesTo(projection: Table, aside: string): Promise<string[]> {
  const old = await Table.open(aside);
  try {
    return await projection.differences(old, 5);
  } finally {
    await old.close();
  }
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
