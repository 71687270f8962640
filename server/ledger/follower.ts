import type { Block } from "../chain/chain.ts";
import { Fault } from "../domain/fault.ts";
import { ordered, UNDO } from "../domain/projection/ordered.ts";
import {
  emptyRegister,
  type Outcome,
  type Poison,
  projectBlock,
  type RegisterView,
} from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";
import { failpoint } from "../failpoint.ts";
import type { Addresses } from "./deploy.ts";
import { readEvents } from "./events.ts";

/** The rows of one block as they were before it; undefined, or null as text: not there. */
type Undo = { hash: string; parentHash: string; rows: [key: string, before: unknown][] };

function undoRow(block: number): string {
  return `${UNDO}${ordered(block)}`;
}

/** Follows the chain: each block's rows and the cursor go into the projection together. Gateway and `rebuild` use it. */
export class Follower {
  readonly #projection: Storage;
  readonly #addresses: Addresses;
  readonly #vetoDelay: number;
  #register: RegisterView;
  /** the oldest block that has undo rows; all that follow have them too */
  #undoFrom = Number.POSITIVE_INFINITY;

  private constructor(projection: Storage, addresses: Addresses, vetoDelay: number, register: RegisterView) {
    this.#projection = projection;
    this.#addresses = addresses;
    this.#vetoDelay = vetoDelay;
    this.#register = register;
  }

  /** @param vetoDelay as the register was founded with */
  static async over(projection: Storage, addresses: Addresses, vetoDelay: number): Promise<Follower> {
    const register = (await projection.get<RegisterView>("register")) ?? emptyRegister;
    const follower = new Follower(projection, addresses, vetoDelay, register);
    const [oldest] = await undosIn(projection);
    if (oldest !== undefined) follower.#undoFrom = oldest.number;
    return follower;
  }

  get register(): RegisterView {
    return this.#register;
  }

  /**
   * Projects a block, unless it is projected already; says what became of the items in it. One that may be taken back
   * yet, above the number `final`, leaves rows that undo it; those of blocks that are final by now go.
   */
  async follow(block: Block, final = block.number): Promise<{ outcomes: Outcome[]; poison: Poison[] }> {
    if (block.number <= this.#register.block) return { outcomes: [], poison: [] };
    const events = readEvents(block.logs, this.#addresses);
    const get = <T>(key: string) => this.#projection.get<T>(key);
    const { rows, register, outcomes, poison } = await projectBlock(block, events, { get, vetoDelay: this.#vetoDelay });
    const put = [...rows].map(([key, value]) => ({ key, value }));
    if (block.number > final) {
      const before: Undo["rows"] = await Promise.all([...rows.keys()].map(async (key) => [key, await get(key)]));
      const undo: Undo = { hash: block.hash, parentHash: block.parentHash, rows: before };
      put.push({ key: undoRow(block.number), value: undo });
    }
    const remove: string[] = [];
    for (; this.#undoFrom <= Math.min(final, block.number - 1); this.#undoFrom++) remove.push(undoRow(this.#undoFrom));
    if (block.number > final) this.#undoFrom = Math.min(this.#undoFrom, block.number);
    else this.#undoFrom = Number.POSITIVE_INFINITY;
    await this.#projection.put(put, { remove });
    this.#register = register;
    return { outcomes, poison };
  }

  /** Takes back the blocks above `height`: every row is as it was before them, in one batch. */
  async takeBack(height: number): Promise<void> {
    if (height >= this.#register.block) return;
    const before = new Map<string, unknown>();
    const remove: string[] = [];
    const undone = await undosIn(this.#projection);
    if (undone[0] === undefined || undone[0].number > height + 1)
      throw new Error(`block ${height + 1} can no longer be taken back`);
    for (const { key, number, value } of undone.reverse()) {
      if (number <= height) break;
      for (const [row, old] of value.rows) before.set(row, old);
      remove.push(key);
    }
    const put: { key: string; value: unknown }[] = [];
    // a row that was not there has no value in the text of an undo row
    for (const [key, value] of before) {
      if (value === undefined || value === null) remove.push(key);
      else put.push({ key, value });
    }
    await this.#projection.put(put, { remove });
    this.#register = (await this.#projection.get<RegisterView>("register")) ?? emptyRegister;
  }

  /**
   * Projects kept blocks that it has not seen yet; the next start goes on wherever this ends. Those above the number
   * `final` may be taken back yet.
   */
  async *catchUp(
    blocks: AsyncIterable<Block>,
    final = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<{ block: Block; outcomes: Outcome[] }> {
    for await (const block of blocks) {
      failpoint("rebuilding");
      yield { block, outcomes: (await this.follow(block, Math.min(final, block.number))).outcomes };
    }
  }
}

async function undosIn(projection: Storage): Promise<{ key: string; number: number; value: Undo }[]> {
  return Array.fromAsync(projection.range<Undo>(UNDO), ({ key, value }) => {
    return { key, value, number: Number(key.slice(UNDO.length)) };
  });
}

/** The newest blocks that are projected and could be taken back, oldest first, after one that is final. */
export async function marksIn(projection: Storage): Promise<{ number: number; hash: string }[]> {
  const { block, blockHash } = (await projection.get<RegisterView>("register")) ?? emptyRegister;
  const undos = await undosIn(projection);
  const [oldest] = undos;
  if (oldest === undefined) return block === 0 ? [] : [{ number: block, hash: blockHash }];
  return [
    { number: oldest.number - 1, hash: oldest.value.parentHash },
    ...undos.map(({ number, value: { hash } }) => ({ number, hash })),
  ];
}

/**
 * Refuses a projection that knows a block which the chain does not have: rows would be shown that no chain holds.
 * @throws Fault projection-of-another-chain
 */
export async function checkCursor(
  { block, blockHash }: Pick<RegisterView, "block" | "blockHash">,
  height: number,
  hashAt: (block: number) => Promise<string | undefined>,
): Promise<void> {
  if (block === 0 || (block <= height && (await hashAt(block)) === blockHash)) return;
  throw new Fault("projection-of-another-chain", {
    explanation: {
      en: `The projection knows a block ${block} (${blockHash.slice(0, 12)}…) that the journal, which ends at ${height}, does not hold.`,
      id: `Proyeksi mengenal blok ${block} (${blockHash.slice(0, 12)}…) yang tidak ada dalam jurnal, yang berakhir di ${height}.`,
    },
    remedy: {
      en: "If the chain folder was put back from an older backup on purpose: prasasti rebuild. Otherwise blocks are lost: restore the newest backup.",
      id: "Bila folder chain memang dipulihkan dari cadangan lama: prasasti rebuild. Bila tidak, ada blok yang hilang: pulihkan cadangan terbaru.",
    },
  });
}

/**
 * Refuses a projection that lacks rows of what it counted, or cannot be read: the database drops a damaged part of its
 * log in silence. Events that were set aside may have left theirs out.
 * @throws Fault projection-damaged
 */
export async function checkRows(
  { entries, acts, events }: Pick<RegisterView, "entries" | "acts" | "events">,
  count: (prefix: string) => Promise<number>,
): Promise<void> {
  const missing: string[] = [];
  try {
    const spared = await count("poison/");
    const expected = { "entry/": entries, "act/": acts, "release/": entries, "event/": events };
    for (const [prefix, wanted] of Object.entries(expected)) {
      const found = await count(prefix);
      // one that an older version made does not know how many events there are
      if (!(found <= wanted && found >= wanted - spared)) missing.push(`${prefix} ${found}/${wanted}`);
    }
  } catch (error) {
    throw damagedProjection(error instanceof Error ? error.message : String(error), error);
  }
  if (missing.length > 0) throw damagedProjection(missing.join(", "));
}

/** @param found what shows it */
export function damagedProjection(found: string, cause?: unknown): Fault {
  return new Fault(
    "projection-damaged",
    {
      explanation: {
        en: `The projection is damaged: rows are missing or cannot be read (${found}). The chain, which holds everything, is another folder.`,
        id: `Proyeksi rusak: ada baris yang hilang atau tidak terbaca (${found}). Rantai, yang menyimpan semuanya, berada di folder lain.`,
      },
      remedy: {
        en: "Run prasasti rebuild: it makes the projection anew from the chain.",
        id: "Jalankan prasasti rebuild: proyeksi dibuat ulang dari rantai.",
      },
    },
    { cause },
  );
}

/** Events that were set aside, oldest first. */
export async function poisonIn(projection: Storage): Promise<Poison[]> {
  const found: Poison[] = [];
  for await (const { key, value } of projection.range<{ reason: string }>("poison/")) {
    const [, block, index] = key.split("/").map(Number);
    found.push({ block: block!, index: index!, reason: value.reason });
  }
  return found;
}
