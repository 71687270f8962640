import type { Block } from "../chain/chain.ts";
import { Fault } from "../domain/fault.ts";
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

/** Follows the chain: each block's rows and the cursor go into the projection together. Gateway and `rebuild` use it. */
export class Follower {
  readonly #projection: Storage;
  readonly #addresses: Addresses;
  readonly #vetoDelay: number;
  #register: RegisterView;

  private constructor(projection: Storage, addresses: Addresses, vetoDelay: number, register: RegisterView) {
    this.#projection = projection;
    this.#addresses = addresses;
    this.#vetoDelay = vetoDelay;
    this.#register = register;
  }

  /** @param vetoDelay as the register was founded with */
  static async over(projection: Storage, addresses: Addresses, vetoDelay: number): Promise<Follower> {
    const register = (await projection.get<RegisterView>("register")) ?? emptyRegister;
    return new Follower(projection, addresses, vetoDelay, register);
  }

  get register(): RegisterView {
    return this.#register;
  }

  /** Projects a block, unless it is projected already; says what became of the items in it. */
  async follow(block: Block): Promise<{ outcomes: Outcome[]; poison: Poison[] }> {
    if (block.number <= this.#register.block) return { outcomes: [], poison: [] };
    const events = readEvents(block.logs, this.#addresses);
    const get = <T>(key: string) => this.#projection.get<T>(key);
    const { rows, register, outcomes, poison } = await projectBlock(block, events, { get, vetoDelay: this.#vetoDelay });
    await this.#projection.put([...rows].map(([key, value]) => ({ key, value })));
    this.#register = register;
    return { outcomes, poison };
  }

  /** Projects kept blocks that it has not seen yet; the next start goes on wherever this ends. */
  async *catchUp(blocks: AsyncIterable<Block>): AsyncGenerator<{ block: Block; outcomes: Outcome[] }> {
    for await (const block of blocks) {
      failpoint("rebuilding");
      yield { block, outcomes: (await this.follow(block)).outcomes };
    }
  }
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
