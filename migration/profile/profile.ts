import type { PersonalClass } from "../mapping/mapped.ts";
import { classOfColumn, classOfText, classToMask } from "../mapping/personal.ts";
import type { ReasonCode, Source, Table } from "../row.ts";
import { HASH_1, HASH_2, look, lookDigits, lookName, patternOf, seen } from "./cell.ts";
import { Column, type ColumnProfile, type Counted, ExactSum } from "./column.ts";
import type { LinkKeeper, LinkSet } from "./links.ts";
import { compileRules, type QualityRule, type RuleTally } from "./quality.ts";
import { HashIndex, Spill } from "./spill.ts";
import { type Stage, stageOf } from "./stage-of.ts";

/** A key, or what could be one: how well its values tell rows apart. */
export type KeyProfile = {
  readonly columns: readonly string[];
  /** declared by the source or by whoever asked; else proposed for its name */
  readonly declared: boolean;
  /** rows in which one of its columns is null, empty or a placeholder: counted in nothing below */
  readonly missing: number;
  readonly distinct: number;
  /** rows beyond the first of their key */
  readonly again: number;
  /** keys that stand in rows of different content (load stamps left aside) */
  readonly differing: number;
  readonly differingRows: number;
  /** rows of a few such keys */
  readonly examples: readonly (readonly number[])[];
};

/** How many values of one column go with several values of another: a number used by several packages, say. */
type PairProfile = {
  readonly name: PairName;
  readonly of: string;
  readonly with: string;
  /** values of `of` that were compared */
  readonly values: number;
  readonly several: number;
  /** rows of a few: at most three of each */
  readonly examples: readonly (readonly number[])[];
};
export type PairName = "number-used-again" | "spellings-of-npwp" | "npwps-of-name" | "document-of-several-contracts";

export type SumProfile = {
  readonly column: string;
  /** as the rows come, in the unit of the column; exact decimal text */
  readonly raw: string;
  /** each row once where it stands more than once with the same content */
  readonly withoutRepeated: string;
  /** as before, load stamps left aside */
  readonly withoutReloaded: string;
  /** amounts of too many digits, in none of the sums */
  readonly left: number;
};

export type TableProfile = {
  readonly source: string;
  readonly table: string;
  readonly rows: number;
  /** SHA-256 of all values, as the source proves it at the end of its scan */
  readonly sha256: string;
  readonly last: string;
  readonly stage: Stage;
  /** what a column concerns of persons, by its name; of these no value is kept, only the form */
  readonly columns: readonly (ColumnProfile & { readonly personal: PersonalClass | null })[];
  /** rows by budget year, or by the year of its main date where it has none */
  readonly years: { readonly column: string; readonly counts: readonly Counted[] } | null;
  /** rows by agency, for each column that names one; all agencies where `exact` */
  readonly agencies: readonly {
    readonly column: string;
    readonly counts: readonly Counted[];
    readonly exact: boolean;
  }[];
  readonly stamps: readonly string[];
  /** rows beyond the first of the same content */
  readonly repeated: number;
  /** rows beyond the first of the same content, load stamps left aside */
  readonly reloaded: number;
  readonly keys: readonly KeyProfile[];
  readonly pairs: readonly PairProfile[];
  readonly sums: readonly SumProfile[];
  readonly rules: readonly RuleTally[];
  /** what reading found, by reason and column */
  readonly faults: readonly {
    readonly code: ReasonCode;
    readonly column: string;
    readonly count: number;
    readonly at: string;
  }[];
  readonly seconds: number;
};

export type ProfileOptions = {
  /** the key of the table, where its source declares none */
  readonly key?: readonly string[];
  /** columns that say when a row was loaded; default: those whose names say so */
  readonly stamps?: readonly string[];
  readonly rules?: readonly QualityRule[];
  /** called after each batch of rows, with the place of the last */
  readonly progress?: (rows: number, at: string) => void;
  /** keeps the keys of the table for links to others */
  readonly links?: LinkKeeper;
};

/** A column that says when a feed was loaded, not what happened: rows that differ in these alone are the same again. */
export function isLoadStamp(column: string): boolean {
  return STAMPS.test(column);
}
const STAMPS =
  /^_(?:inserted|event|load(?:ed)?|ingest(?:ed)?|extract(?:ed)?|sync(?:ed)?|etl)\w*$|^tgl_penarikan$|^(?:loaded|inserted|synced|extracted)_at$/i;
const PACKAGE = /^(?:kd_(?:non)?tender(?:_pct)?|kd_lelang|lls_id|kd_paket_dce|ocid|id)$/i;
const OWN_KEYS = /^(?:kd_rup|kd_satker|kd_penyedia|no_sp2d|nomor_?sp_?2_?d|no_kontrak|nib)$/i;
const CONTRACT_NUMBER = /^no(?:mor)?_?kontrak$/i;
const PAYMENT_DOCUMENT = /^no(?:mor)?_?(?:sp_?2_?d|bap)$/i;
const NAME = /^(?:nama_(?:penyedia|pemenang|rekanan|perusahaan|pihak_ketiga)|nm_perusahaan|rkn_nama)$/i;
const NPWP = /npwp/i;
const YEAR = /^tahun(?:_anggaran)?$/i;
const AGENCY =
  /^(?:kd_satker|kd_satker_str|nama_satker|kd_skpd|kode_skpd|nama_skpd|stk_id|kd_agency|nama_agency|id_satker)$/i;
const MOST_YEARS = 60;
const MOST_AGENCIES = 5_000;
const VERSION = /^versi_addendum$|^no_addendum$/i;

const NULL_1 = 0x5bd1e995;
const NULL_2 = 0x1b873593;
/** Different values of one column that are kept, all columns together at most this many. */
const KEPT = 200_000;
const CHARACTERS = 24_000_000;
const EXAMPLES = 5;

/**
 * Reads a table to its end, once, and tells what is in it. Memory does not grow with the rows: what must be told apart
 * exactly (rows, keys, numbers that go with several packages) goes to a temporary file as 64-bit hashes, so that a count
 * of a thousand million rows would be wrong by one with a probability below 3 %, and of ten million below one in 10⁵.
 * Throws what the source throws: a scan that did not reach its end is no profile.
 */
export async function profile(
  source: Source,
  table: string | Table,
  options: ProfileOptions = {},
): Promise<TableProfile> {
  const started = performance.now();
  const described = typeof table === "string" ? (await source.tables()).find(({ name }) => name === table) : table;
  if (described === undefined) throw new RangeError(`The source ${source.name} has no table ${table}.`);
  const scan = new TableScan(described, options);
  try {
    const rows = source.rows(described.name);
    let next = await rows.next();
    let count = 0;
    while (!next.done) {
      for (const row of next.value) scan.row(row.values, row.row, row.faults, row.at);
      count += next.value.length;
      options.progress?.(count, next.value.at(-1)?.at ?? "");
      next = await rows.next();
    }
    return scan.finish(source.name, next.value, started);
  } finally {
    scan.close();
  }
}

/** The sum that says most of a table: what was paid, else the value of contracts, else of results and plans. */
export function mainSum({ sums }: TableProfile): SumProfile | undefined {
  for (const name of MAIN) {
    const found = sums.find(({ column, raw }) => name.test(column) && raw !== "0");
    if (found !== undefined) return found;
  }
  return sums.find(({ raw }) => raw !== "0");
}
const MAIN = [
  /bayar|nilai_?sp2d/i,
  /^nilai_?(?:kontrak|realisasi)$/i,
  /^harga_final$/i,
  /^nilai$/i,
  /^hasil_lelang$/i,
  /^(?:pkt_)?hps$/i,
  /^total/i,
  /pagu/i,
];

/** `counts`: of a version or a year, of which 0 is one. */
type Key = { columns: number[]; counts: boolean[]; declared: boolean; missing: number; spill: Spill };

class TableScan {
  readonly #table: Table;
  readonly #columns: Column[];
  readonly #stamp: boolean[];
  readonly #money: number[];
  readonly #rows: Spill;
  readonly #keys: Key[];
  readonly #pairs: Pairs[];
  readonly #rules: ReturnType<typeof compileRules>;
  readonly #faults = new Map<string, { code: ReasonCode; column: string; count: number; at: string }>();
  readonly #h1: Int32Array;
  readonly #h2: Int32Array;
  readonly #links: { columns: number[]; add: LinkSet["add"] }[];
  readonly #linkValue: number;
  #count = 0;

  constructor(table: Table, { key, stamps, rules = [], links }: ProfileOptions) {
    this.#table = table;
    const names = table.columns.map(({ name }) => name);
    const most = Math.max(256, Math.min(20_000, Math.floor(KEPT / Math.max(1, names.length))));
    const characters = Math.floor(CHARACTERS / Math.max(1, names.length));
    this.#columns = table.columns.map(({ name, type }) => new Column(name, type, most, characters));
    this.#stamp = names.map((name) => (stamps === undefined ? isLoadStamp(name) : stamps.includes(name)));
    // 16 columns of money are more than any known table has
    this.#money = this.#columns.flatMap(({ isMoney }, at) => (isMoney ? [at] : [])).slice(0, 16);
    this.#rows = new Spill(6 + this.#money.length * 4);
    this.#h1 = new Int32Array(names.length);
    this.#h2 = new Int32Array(names.length);
    const declared = key ?? table.key;
    this.#keys = keysOf(names, declared).map((columns) => ({
      columns: columns.map((name) => names.indexOf(name)),
      counts: columns.map((name) => VERSION.test(name) || YEAR.test(name)),
      declared: declared.length > 0 && columns.join() === declared.join(),
      missing: 0,
      spill: new Spill(6),
    }));
    this.#pairs = pairsOf(names, this.#keys[0]?.columns.map((at) => names[at]!) ?? []);
    this.#rules = compileRules(rules, names);
    this.#links = (links?.sets ?? []).map(({ columns, add }) => ({
      columns: columns.map((name) => names.indexOf(name)),
      add,
    }));
    this.#linkValue = links?.valueColumn === undefined ? -1 : names.indexOf(links.valueColumn);
  }

  row(
    values: readonly (string | null)[],
    row: number,
    faults: readonly { code: ReasonCode; column?: string }[] | undefined,
    at: string,
  ): void {
    const columns = this.#columns;
    const h1s = this.#h1;
    const h2s = this.#h2;
    let e1 = 0x243f6a88;
    let e2 = 0x085a308d | 0;
    let l1 = e1;
    let l2 = e2;
    this.#count++;
    for (let index = 0; index < columns.length; index++) {
      const value = values[index] ?? null;
      const column = columns[index]!;
      let h1: number;
      let h2: number;
      if (value === null) {
        column.nulls++;
        column.amountState = 0;
        h1 = NULL_1;
        h2 = NULL_2;
      } else {
        column.add(value, row);
        h1 = seen[HASH_1]!;
        h2 = seen[HASH_2]!;
      }
      h1s[index] = h1;
      h2s[index] = h2;
      e1 = Math.imul(e1 ^ h1, 0x9e3779b1) ^ (e2 >>> 15);
      e2 = (Math.imul(e2 ^ h2, 0x85ebca77) + h1) | 0;
      if (!this.#stamp[index]) {
        l1 = Math.imul(l1 ^ h1, 0x9e3779b1) ^ (l2 >>> 15);
        l2 = (Math.imul(l2 ^ h2, 0x85ebca77) + h1) | 0;
      }
    }
    e1 = mixed(e1);
    e2 = mixed(e2);
    l1 = mixed(l1);
    l2 = mixed(l2);
    this.#keepRow(l1, l2, e1, e2);
    for (const key of this.#keys) this.#keepKey(key, values, row, l1, l2);
    for (const pair of this.#pairs) pair.row(values, row, h1s, h2s);
    if (this.#links.length > 0) this.#keepLinks(values, row);
    if (this.#rules.rules.length > 0) this.#rules.count(values, row);
    if (faults !== undefined) for (const fault of faults) this.#fault(fault.code, fault.column ?? "", at);
  }

  #keepRow(l1: number, l2: number, e1: number, e2: number): void {
    const { chunk, at } = this.#rows.place(l1);
    chunk[at] = l1;
    chunk[at + 1] = l2;
    chunk[at + 2] = e1;
    chunk[at + 3] = e2;
    // three bits a column: ten in one word, six in the other
    let states = 0;
    let more = 0;
    const { length } = this.#money;
    for (let index = 0; index < length; index++) {
      const { amount, amountState } = this.#columns[this.#money[index]!]!;
      if (amountState === 0) {
        chunk.fill(0, at + 6 + index * 4, at + 10 + index * 4);
        continue;
      }
      if (index < 10) states |= amountState << (index * 3);
      else more |= amountState << ((index - 10) * 3);
      packed[0] = amount[0]!;
      packed[1] = amount[1]!;
      chunk.set(packedWords, at + 6 + index * 4);
    }
    chunk[at + 4] = states;
    chunk[at + 5] = more;
  }

  #keepKey(key: Key, values: readonly (string | null)[], row: number, l1: number, l2: number): void {
    let k1 = 0x13198a2e;
    let k2 = 0x03707344;
    let index = 0;
    for (const column of key.columns) {
      if (key.counts[index++] ? (values[column] ?? "").trim() === "" : isMissing(values[column] ?? null)) {
        key.missing++;
        return;
      }
      k1 = Math.imul(k1 ^ this.#h1[column]!, 0x9e3779b1) ^ (k2 >>> 15);
      k2 = (Math.imul(k2 ^ this.#h2[column]!, 0x85ebca77) + this.#h1[column]!) | 0;
    }
    k1 = mixed(k1);
    const { chunk, at } = key.spill.place(k1);
    chunk[at] = k1;
    chunk[at + 1] = mixed(k2);
    chunk[at + 2] = l1;
    chunk[at + 3] = l2;
    chunk[at + 4] = row;
    chunk[at + 5] = 0;
  }

  #keepLinks(values: readonly (string | null)[], row: number): void {
    const worth = this.#linkValue < 0 ? undefined : this.#columns[this.#linkValue];
    const value =
      worth === undefined || worth.amountState === 0 ? Number.NaN : worth.amount[0]! + worth.amount[1]! / 1e12;
    for (const { columns, add } of this.#links) {
      const [only] = columns;
      const text = values[only!] ?? null;
      if (columns.length > 1) {
        if (columns.some((column) => isMissing(values[column] ?? null))) continue;
        let k1 = 0x13198a2e;
        let k2 = 0x03707344;
        for (const column of columns) {
          k1 = Math.imul(k1 ^ this.#h1[column]!, 0x9e3779b1) ^ (k2 >>> 15);
          k2 = (Math.imul(k2 ^ this.#h2[column]!, 0x85ebca77) + this.#h1[column]!) | 0;
        }
        add(mixed(k1), mixed(k2), row, value);
      } else if (text === null || isMissing(text)) continue;
      else if (text.includes(";")) {
        // one cell may name several plans: 54429215;54429217
        for (const part of text.split(";")) {
          const each = part.trim();
          if (each === "") continue;
          look(each);
          add(seen[HASH_1]!, seen[HASH_2]!, row, value);
        }
      } else add(this.#h1[only!]!, this.#h2[only!]!, row, value);
    }
  }

  #fault(code: ReasonCode, column: string, at: string): void {
    const known = this.#faults.get(`${code}\0${column}`);
    if (known === undefined) this.#faults.set(`${code}\0${column}`, { code, column, count: 1, at });
    else known.count++;
  }

  finish(source: string, scan: { rows: number; last: string; sha256: string }, started: number): TableProfile {
    if (scan.rows !== this.#count)
      throw new RangeError(`${source}, ${this.#table.name}: the scan says ${scan.rows} rows, ${this.#count} came.`);
    const columns = this.#columns.map((column) => column.finish());
    const { repeated, reloaded, sums } = this.#distinctRows(columns);
    return {
      source,
      table: this.#table.name,
      rows: scan.rows,
      sha256: scan.sha256,
      last: scan.last,
      stage: stageOf(this.#table.columns.map(({ name }) => name)),
      columns: columns.map((column) => withoutPersons(column)),
      years: this.#years(columns),
      agencies: this.#agencies(),
      stamps: this.#table.columns.filter((_, at) => this.#stamp[at]).map(({ name }) => name),
      repeated,
      reloaded,
      keys: this.#keys.map((key) => this.#keyProfile(key)),
      pairs: this.#pairs.map((pair) => pair.finish()),
      sums,
      rules: this.#rules.tallies(),
      faults: [...this.#faults.values()],
      seconds: Math.round(performance.now() - started) / 1000,
    };
  }

  #years(columns: readonly ColumnProfile[]): TableProfile["years"] {
    const named = this.#columns.find(({ name }) => YEAR.test(name));
    if (named !== undefined) {
      const counts = named.values().values.slice(0, MOST_YEARS);
      return { column: named.name, counts: counts.sort((a, b) => (a.value < b.value ? -1 : 1)) };
    }
    const dates = columns.filter(({ kind, date }) => kind === "date" && date !== null);
    const [most] = dates.sort((a, b) => b.date!.count - a.date!.count);
    if (most === undefined) return null;
    const counts = Object.entries(most.date!.years).map(([value, count]) => ({ value, count }));
    return { column: most.name, counts: counts.slice(0, MOST_YEARS) };
  }

  #agencies(): TableProfile["agencies"] {
    return this.#columns
      .filter(({ name }) => AGENCY.test(name))
      .map((column) => {
        const { values, exact } = column.values();
        return {
          column: column.name,
          counts: values.slice(0, MOST_AGENCIES),
          exact: exact && values.length <= MOST_AGENCIES,
        };
      });
  }

  #distinctRows(columns: readonly ColumnProfile[]): { repeated: number; reloaded: number; sums: SumProfile[] } {
    const width = this.#rows.words;
    const exact = this.#money.map(() => new ExactSum());
    const loose = this.#money.map(() => new ExactSum());
    const left = this.#money.map(() => 0);
    let repeated = 0;
    let reloaded = 0;
    const byContent = new HashIndex();
    const byAll = new HashIndex();
    for (const part of this.#rows.parts()) {
      const count = part.length / width;
      if (count === 0) continue;
      byContent.reset(count);
      byAll.reset(count);
      for (let at = 0; at < part.length; at += width) {
        const before = byContent.size;
        const firstOfContent = byContent.add(part[at]!, part[at + 1]!) === before;
        const beforeAll = byAll.size;
        const firstOfAll = byAll.add(part[at + 2]!, part[at + 3]!) === beforeAll;
        if (!firstOfContent) reloaded++;
        if (!firstOfAll) repeated++;
        if (!firstOfAll) continue;
        for (let index = 0; index < this.#money.length; index++) {
          const state = index < 10 ? (part[at + 4]! >>> (index * 3)) & 7 : (part[at + 5]! >>> ((index - 10) * 3)) & 7;
          if (state === 0) continue;
          if (state === 3) {
            left[index]!++;
            continue;
          }
          packedWords.set(part.subarray(at + 6 + index * 4, at + 10 + index * 4));
          let [whole, parts] = packed as unknown as [number, number];
          if (state !== 1 && this.#columns[this.#money[index]!]!.one === "thousands") {
            if (state === 2) {
              whole = whole * 1000 + parts / 1e9;
              parts = 0;
            } else {
              parts = (whole % 1000) * 1e9;
              whole = Math.trunc(whole / 1000);
            }
          }
          exact[index]!.add(whole, parts);
          if (firstOfContent) loose[index]!.add(whole, parts);
        }
      }
    }
    const sums = this.#money.flatMap((column, index) => {
      const { name, number } = columns[column]!;
      return number === null
        ? []
        : [
            {
              column: name,
              raw: number.sum,
              withoutRepeated: exact[index]!.text,
              withoutReloaded: loose[index]!.text,
              left: left[index]!,
            },
          ];
    });
    return { repeated, reloaded, sums };
  }

  #keyProfile({ columns, declared, missing, spill }: Key): KeyProfile {
    let distinct = 0;
    let differing = 0;
    let differingRows = 0;
    const examples: number[][] = [];
    const keys = new HashIndex();
    let first = new Int32Array(0);
    let numbers = first;
    let rows = first;
    let differs = new Uint8Array(0);
    for (const part of spill.parts()) {
      const count = part.length / 6;
      if (count === 0) continue;
      keys.reset(count);
      if (first.length < count) {
        const room = Math.ceil(count * 1.25);
        first = new Int32Array(room);
        numbers = new Int32Array(room);
        rows = new Int32Array(room);
        differs = new Uint8Array(room);
      } else {
        rows.fill(0);
        differs.fill(0);
      }
      for (let at = 0, record = 0; at < part.length; at += 6, record++) {
        const before = keys.size;
        const key = keys.add(part[at]!, part[at + 1]!);
        numbers[record] = key;
        rows[key]!++;
        if (key === before) first[key] = at;
        else if (part[first[key]! + 2] !== part[at + 2] || part[first[key]! + 3] !== part[at + 3]) differs[key] = 1;
      }
      distinct += keys.size;
      for (let key = 0; key < keys.size; key++) {
        if (differs[key] === 0) continue;
        differing++;
        differingRows += rows[key]!;
        if (examples.length >= EXAMPLES * 8) continue;
        const found: number[] = [];
        for (let record = 0; record < count && found.length < 4; record++)
          if (numbers[record] === key) found.push(part[record * 6 + 4]!);
        examples.push(found);
      }
    }
    return {
      columns: columns.map((at) => this.#table.columns[at]!.name),
      declared,
      missing,
      distinct,
      again: this.#count - missing - distinct,
      differing,
      differingRows,
      examples: firstOf(examples),
    };
  }

  close(): void {
    this.#rows.close();
    for (const { spill } of this.#keys) spill.close();
    for (const pair of this.#pairs) pair.close();
  }
}

/** Sixteen digits that stand in a column of another name are a number all the same: its least, largest and sum would tell it. */
function isOfPersons(number: ColumnProfile["number"]): boolean {
  return number !== null && [number.min, number.max].some((text) => ["nik", "nip"].includes(classOfText(text) ?? ""));
}

/** A profile is shown and kept: of what concerns persons it shows the form, not the value. */
function withoutPersons(column: ColumnProfile): TableProfile["columns"][number] {
  const personal = classOfColumn(column.name) ?? null;
  const shown = (value: string) => {
    const text = value.length > 200 ? `${value.slice(0, 200)}…` : value;
    return classToMask(text) === undefined ? text : patternOf(text);
  };
  return {
    ...column,
    personal,
    text:
      column.text === null || personal !== null ? null : { min: shown(column.text.min), max: shown(column.text.max) },
    number: personal === null && !isOfPersons(column.number) ? column.number : null,
    date: personal === null ? column.date : null,
    top: {
      ...column.top,
      values: personal === null ? column.top.values.map(({ value, count }) => ({ value: shown(value), count })) : [],
    },
  };
}

const packed = new Float64Array(2);
const packedWords = new Uint32Array(packed.buffer);

/** Those that stand earliest in the table, by their rows. */
function firstOf(examples: number[][]): number[][] {
  return examples
    .map((rows) => rows.sort((a, b) => a - b))
    .sort((a, b) => a[0]! - b[0]!)
    .slice(0, EXAMPLES);
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35 | 0);
  return h ^ (h >>> 16);
}

/** Null, empty, or nothing but zeros and marks: no key. */
function isMissing(text: string | null): boolean {
  if (text === null) return true;
  const first = text.charCodeAt(0);
  // most begin with a digit or a letter
  if ((first > 48 && first < 58) || (first >= 65 && first < 123 && first !== 95)) return false;
  return text.length < 30 && /^[\s0.,:;\-_–—/]*$/.test(text);
}

/** The declared key; else columns whose names say that they name a package or a document, alone and with their version. */
function keysOf(names: readonly string[], declared: readonly string[]): string[][] {
  const known = declared.filter((name) => names.includes(name));
  if (known.length > 0 && known.length === declared.length) {
    const version = names.find((name) => VERSION.test(name));
    return version === undefined || known.includes(version) ? [[...known]] : [[...known], [...known, version]];
  }
  const package_ =
    names.find((name) => /^kd_(?:non)?tender(?:_pct)?$|^kd_lelang$/i.test(name)) ??
    names.find((name) => PACKAGE.test(name));
  const own = package_ ?? names.find((name) => OWN_KEYS.test(name)) ?? names[0];
  if (own === undefined) return [];
  const version = names.find((name) => VERSION.test(name));
  const year = names.find((name) => YEAR.test(name));
  const keys = [[own]];
  if (version !== undefined) keys.push([own, version]);
  // SIMDA: a number of a contract is one in its year
  if (package_ === undefined && year !== undefined && year !== own) keys.push([year, own]);
  return keys;
}

/** What one value of a column should go with only once, and how the two are compared. */
function pairsOf(names: readonly string[], key: readonly string[]): Pairs[] {
  const found: Pairs[] = [];
  const add = (name: PairName, of: string, other: string, ...how: [Comparison, Comparison]) => {
    found.push(new Pairs(name, of, other, names.indexOf(of), names.indexOf(other), ...how));
  };
  const number = names.find((name) => CONTRACT_NUMBER.test(name));
  const owner = key.find((name) => name !== number && !/^tahun/i.test(name) && !VERSION.test(name));
  if (number !== undefined && owner !== undefined) add("number-used-again", number, owner, "trimmed", "trimmed");
  const document = names.find((name) => PAYMENT_DOCUMENT.test(name));
  if (document !== undefined && number !== undefined && document !== number)
    add("document-of-several-contracts", document, number, "trimmed", "trimmed");
  const name = names.find((each) => NAME.test(each));
  for (const npwp of names.filter((each) => NPWP.test(each))) {
    if (name === undefined) break;
    add("spellings-of-npwp", npwp, name, "digits", "exact");
    add("npwps-of-name", name, npwp, "name", "digits");
  }
  return found;
}

type Comparison = "exact" | "trimmed" | "digits" | "name";

/** Leaves in `seen` the hash by which a text is compared; false where there is nothing to compare by. */
function lookAs(text: string, how: Comparison): boolean {
  if (how === "digits") return lookDigits(text);
  if (how === "name") return lookName(text);
  if (how === "trimmed") {
    if (isMissing(text)) return false;
    look(text.trim());
  } else look(text);
  return true;
}

/** Pairs seen not long ago need not be kept again. */
const RECENT = 1 << 14;

class Pairs {
  readonly #name: PairName;
  readonly #of: string;
  readonly #with: string;
  readonly #left: number;
  readonly #right: number;
  readonly #howLeft: Comparison;
  readonly #howRight: Comparison;
  readonly #spill = new Spill(6);
  readonly #recent = new Int32Array(RECENT * 4);

  constructor(
    name: PairName,
    of: string,
    other: string,
    left: number,
    right: number,
    howLeft: Comparison,
    howRight: Comparison,
  ) {
    this.#name = name;
    this.#of = of;
    this.#with = other;
    this.#left = left;
    this.#right = right;
    this.#howLeft = howLeft;
    this.#howRight = howRight;
  }

  row(values: readonly (string | null)[], row: number, h1s: Int32Array, h2s: Int32Array): void {
    const left = values[this.#left] ?? null;
    const right = values[this.#right] ?? null;
    if (left === null || right === null || left === "" || right === "") return;
    const slot = ((h1s[this.#left]! ^ Math.imul(h1s[this.#right]!, 0x9e3779b1)) & (RECENT - 1)) * 4;
    const recent = this.#recent;
    if (
      recent[slot] === h1s[this.#left] &&
      recent[slot + 1] === h2s[this.#left] &&
      recent[slot + 2] === h1s[this.#right] &&
      recent[slot + 3] === h2s[this.#right]
    )
      return;
    recent[slot] = h1s[this.#left]!;
    recent[slot + 1] = h2s[this.#left]!;
    recent[slot + 2] = h1s[this.#right]!;
    recent[slot + 3] = h2s[this.#right]!;
    if (!lookAs(left, this.#howLeft)) return;
    const o1 = seen[HASH_1]!;
    const o2 = seen[HASH_2]!;
    // as it stands it was looked at already
    if (this.#howRight === "exact") {
      seen[HASH_1] = h1s[this.#right]!;
      seen[HASH_2] = h2s[this.#right]!;
    } else if (!lookAs(right, this.#howRight)) return;
    const { chunk, at } = this.#spill.place(o1);
    chunk[at] = o1;
    chunk[at + 1] = o2;
    chunk[at + 2] = seen[HASH_1]!;
    chunk[at + 3] = seen[HASH_2]!;
    chunk[at + 4] = row;
    chunk[at + 5] = 0;
  }

  finish(): PairProfile {
    let values = 0;
    let several = 0;
    const examples: number[][] = [];
    const index = new HashIndex();
    let first = new Int32Array(0);
    for (const part of this.#spill.parts()) {
      const count = part.length / 6;
      if (count === 0) continue;
      index.reset(count);
      if (first.length < count) first = new Int32Array(Math.ceil(count * 1.25));
      const others = new Map<number, number[]>();
      for (let at = 0; at < part.length; at += 6) {
        const before = index.size;
        const number = index.add(part[at]!, part[at + 1]!);
        if (number === before) {
          first[number] = at;
          continue;
        }
        const start = first[number]!;
        if (part[start + 2] === part[at + 2] && part[start + 3] === part[at + 3]) continue;
        const rows = others.get(number);
        if (rows === undefined) others.set(number, [part[start + 4]!, part[at + 4]!]);
        else if (rows.length < 3) rows.push(part[at + 4]!);
      }
      values += index.size;
      several += others.size;
      if (examples.length < EXAMPLES * 8) examples.push(...others.values());
    }
    return { name: this.#name, of: this.#of, with: this.#with, values, several, examples: firstOf(examples) };
  }

  close(): void {
    this.#spill.close();
  }
}
