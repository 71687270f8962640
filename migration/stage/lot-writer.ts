import { mkdirSync } from "node:fs";
import path from "node:path";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import {
  type LotEntity,
  type LotRow,
  LotRows,
  lotKey,
  MAX_BYTES,
  MAX_ROWS,
  type StagedLot,
  type Tier,
  writeLot,
} from "./lot.ts";

/** Rows of one agency, entity and currency that wait until a lot of them is full. */
class Filling {
  readonly rows = new LotRows();
  group = "";
  number = 0;
}

/** Cuts rows, which come by agency and key, into lots, and writes them. */
export class LotWriter {
  readonly #folder: string;
  readonly #wave: Hex;
  readonly #headOf: (agency: string) => string;
  readonly #tierOf: (entity: LotEntity) => Tier;
  readonly lots: StagedLot[] = [];
  #count = 0;
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

  /** What is added from now on belongs to this agency. */
  async begin(agency: string, entity: LotEntity): Promise<void> {
    if (agency === this.#agency && entity === this.#entity) return;
    await this.flush();
    [this.#agency, this.#entity] = [agency, entity];
  }

  /**
   * @param group rows of one stay together, unless they alone fill a lot
   * @param currency of the lot @param value and paid, in minor units of it
   * @returns a promise where a lot is full, which must be waited for
   */
  add(row: LotRow, group: string, currency: string, value: bigint, paid: bigint): Promise<void> | undefined {
    let filling = this.#filling.get(currency);
    if (filling === undefined) {
      filling = new Filling();
      this.#filling.set(currency, filling);
    }
    const { rows } = filling;
    const bytes = row.item.length + row.body.length;
    const isFull = rows.count >= MAX_ROWS || (rows.count > 0 && rows.bytes + bytes > MAX_BYTES);
    const goesOn = filling.group === group;
    const full = isFull ? this.#write(filling, currency, !goesOn) : undefined;
    if (!goesOn) {
      rows.beginGroup();
      filling.group = group;
    }
    rows.add(row, value, paid);
    return full;
  }

  #write(filling: Filling, currency: string, withGroup: boolean): Promise<void> {
    const own = {
      wave: this.#wave,
      agencyId: this.#agency,
      entity: this.#entity,
      tier: this.#tierOf(this.#entity),
      currency,
    };
    const number = this.#count++;
    const head = {
      ...own,
      ...{ key: lotKey(own, filling.number++), number, agency: idOf(this.#agency), head: this.#headOf(this.#agency) },
    };
    const taken = filling.rows.take(withGroup);
    const before = this.#writing;
    const writing = before.then(async () => {
      this.lots.push(await writeLot(this.#folder, `lots/${String(number).padStart(6, "0")}`, head, taken));
    });
    // a failure is told to whoever waits next
    this.#writing = writing;
    writing.catch(() => {});
    return before.then(() => {});
  }

  /** Writes what is left of the present agency and entity. */
  async flush(): Promise<void> {
    for (const [currency, filling] of this.#filling)
      if (filling.rows.count > 0) await this.#write(filling, currency, true);
    this.#filling = new Map();
    await this.#writing;
  }
}
