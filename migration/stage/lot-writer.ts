import { mkdirSync } from "node:fs";
import path from "node:path";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { type LotEntity, type LotRow, lotKey, MAX_BYTES, MAX_ROWS, type StagedLot, type Tier, writeLot } from "./lot.ts";

/** A row on its way into a lot; `group`: rows of one stay together. Amounts in minor units. */
export type LotEntry = LotRow & {
  readonly currency: string;
  readonly value: bigint;
  readonly paid: bigint;
  readonly group: string;
};

/** Rows of one agency, entity and currency that wait until a lot of them is full. */
class Filling {
  rows: LotEntry[] = [];
  bytes = 0;
  number = 0;
}

/** Cuts rows, which come by agency and key, into lots, and writes them. */
export class LotWriter {
  readonly #folder: string;
  readonly #wave: Hex;
  readonly #headOf: (agency: string) => string;
  readonly #tierOf: (entity: LotEntity) => Tier;
  readonly lots: StagedLot[] = [];
  #agency = "";
  #entity: LotEntity = "record";
  #filling = new Map<string, Filling>();
  /** at most one lot is being written while the next is filled */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    folder: string,
    { wave, headOf, tierOf }: { wave: Hex; headOf: (agency: string) => string; tierOf: (entity: LotEntity) => Tier },
  ) {
    this.#folder = folder;
    this.#wave = wave;
    this.#headOf = headOf;
    this.#tierOf = tierOf;
    mkdirSync(path.join(folder, "lots"), { recursive: true });
  }

  /** @returns a promise where a lot is full, which must be waited for */
  add(agency: string, entity: LotEntity, row: LotEntry): Promise<void> | undefined {
    if (agency !== this.#agency || entity !== this.#entity) {
      return this.flush().then(() => {
        this.#agency = agency;
        this.#entity = entity;
        return this.add(agency, entity, row);
      });
    }
    let filling = this.#filling.get(row.currency);
    if (filling === undefined) {
      filling = new Filling();
      this.#filling.set(row.currency, filling);
    }
    const bytes = row.key.length + row.item.length + row.body.length + 200;
    const isFull = filling.rows.length >= MAX_ROWS || filling.bytes + bytes > MAX_BYTES;
    const splits = filling.rows.at(-1)?.group === row.group;
    if (isFull && filling.rows.length > 0) {
      // a process that began in this lot goes on in the next one whole, unless it alone fills a lot
      let at = filling.rows.length;
      if (splits) while (at > 0 && filling.rows[at - 1]!.group === row.group) at--;
      const rest = at === 0 ? [] : filling.rows.slice(at);
      const full = at === 0 ? filling.rows : filling.rows.slice(0, at);
      const writing = this.#write(filling, full);
      filling.rows = [...rest, row];
      filling.bytes = filling.rows.reduce((sum, each) => sum + each.key.length + each.item.length + each.body.length + 200, 0);
      return writing;
    }
    filling.rows.push(row);
    filling.bytes += bytes;
    return undefined;
  }

  async #write(filling: Filling, rows: readonly LotEntry[]): Promise<void> {
    await this.#writing;
    const currency = rows[0]!.currency;
    const own = {
      ...{ wave: this.#wave, agencyId: this.#agency, entity: this.#entity, tier: this.#tierOf(this.#entity), currency },
    };
    const number = this.lots.length;
    const head = {
      ...own,
      key: lotKey(own, filling.number++),
      number,
      agency: idOf(this.#agency),
      head: this.#headOf(this.#agency),
      value: String(rows.reduce((sum, { value }) => sum + value, 0n)),
      paid: String(rows.reduce((sum, { paid }) => sum + paid, 0n)),
    };
    const writing = writeLot(this.#folder, `lots/${String(number).padStart(6, "0")}`, head, rows);
    // takes its place at once, so that the numbers go on
    this.lots.push({ ...head, root: "0x", rows: 0, file: "", sha256: "0x", bytes: 0 });
    this.#writing = writing.then((lot) => {
      this.lots[number] = lot;
    });
    // a failure is told by whoever waits next
    this.#writing.catch(() => {});
  }

  /** Writes what is left of the present agency and entity. */
  async flush(): Promise<void> {
    for (const filling of this.#filling.values()) if (filling.rows.length > 0) await this.#write(filling, filling.rows);
    this.#filling = new Map();
    await this.#writing;
  }
}
