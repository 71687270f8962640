import type { CellType, Contract, ContractColumn, Drift } from "../../domain/connectors.ts";
import type { Words } from "../../domain/problems.ts";
import type { Batch } from "./feed.ts";

// What a job's rows looked like when it ran first, frozen; and in what a later answer differs from that. Told by what
// stands in the cells, since most sources declare no types, and by the declared type where there is one.

/** Cells of a column that are looked at in one answer: enough to tell, and no more than a glance. */
const LOOKED = 500;
/** Filled cells below which nothing is said of a column's type, and from which a few strangers are no matter. */
const [FEW, MANY] = [5, 20];
/** Runs whose volume is remembered, and how many there must be before one is unusual. */
const [REMEMBERED, ENOUGH] = [9, 3];

const FORMS: readonly (readonly [CellType, RegExp])[] = [
  ["number", /^-?\d+([.,]\d+)?$/],
  ["date", /^(\d{4}-\d{2}-\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})$/],
  ["time", /^(\d{4}-\d{2}-\d{2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})[T ]\d{1,2}:\d{2}/],
  ["flag", /^(true|false|t|f)$/i],
  ["json", /^\s*[[{]/],
];

function formOf(text: string): CellType {
  return FORMS.find(([, form]) => form.test(text))?.[0] ?? "any";
}

type Seen = {
  filled: number;
  looked: number;
  answers: number;
  declared?: string;
  of: Partial<Record<CellType, number>>;
};

/** Watches one run's answers: what their columns are like, and in what each differs from the contract. */
export class ContractWatch {
  readonly #contract: Contract | undefined;
  readonly #tables = new Map<string, { answers: number; columns: Map<string, Seen> }>();

  constructor(contract: Contract | undefined) {
    this.#contract = contract;
  }

  /** Looks at the first rows of an answer: call it once for each, with its first batch. */
  look(table: string, { columns, types, rows }: Batch): Drift[] {
    // an answer without rows says nothing of its columns
    if (rows.length === 0) return [];
    const seen = this.#tables.get(table) ?? { answers: 0, columns: new Map<string, Seen>() };
    this.#tables.set(table, seen);
    seen.answers++;
    const here = new Map<string, Seen>();
    for (const [index, name] of columns.entries()) {
      const column: Seen = { filled: 0, looked: 0, answers: 1, of: {} };
      const declared = types?.[index];
      if (declared !== undefined) column.declared = declared;
      for (let row = 0; row < rows.length && row < LOOKED; row++) {
        const cell = rows[row]!.values[index];
        column.looked++;
        if (cell === null || cell === undefined || cell === "") continue;
        column.filled++;
        const form = formOf(cell);
        column.of[form] = (column.of[form] ?? 0) + 1;
      }
      here.set(name, column);
      const before = seen.columns.get(name);
      if (before === undefined) seen.columns.set(name, column);
      else seen.columns.set(name, added(before, column));
    }
    const known = this.#contract?.tables[table];
    return known === undefined ? [] : driftOf(table, known, here);
  }

  /** Whether the run's number of rows is off the usual by more than so many percent. */
  volume(rows: number, percent: number): Drift | undefined {
    const usual = median(this.#contract?.volumes ?? []);
    if (usual === undefined || Math.abs(rows - usual) * 100 <= usual * percent) return undefined;
    return { kind: "volume", table: "", column: "", was: String(usual), is: String(rows) };
  }

  /** The contract after this run: frozen where there was none for a table, its volume remembered. */
  after(run: { number: number; rows: number; at: number }): Contract {
    const tables = { ...this.#contract?.tables };
    for (const [table, { answers, columns }] of this.#tables)
      if (tables[table] === undefined)
        tables[table] = Object.fromEntries([...columns].map(([name, seen]) => [name, columnOf(seen, answers)]));
    const volumes = [...(this.#contract?.volumes ?? []), run.rows].slice(-REMEMBERED);
    return { frozenAt: this.#contract?.frozenAt ?? run.at, run: this.#contract?.run ?? run.number, tables, volumes };
  }
}

function added(a: Seen, b: Seen): Seen {
  const of = { ...a.of };
  for (const [form, count] of Object.entries(b.of)) of[form as CellType] = (of[form as CellType] ?? 0) + count;
  const declared = b.declared ?? a.declared;
  return {
    ...{ filled: a.filled + b.filled, looked: a.looked + b.looked, answers: a.answers + b.answers, of },
    ...(declared === undefined ? {} : { declared }),
  };
}

function columnOf({ filled, of, declared, answers }: Seen, all: number): ContractColumn {
  const [form, count] = (Object.entries(of) as [CellType, number][]).toSorted((a, b) => b[1] - a[1])[0] ?? ["any", 0];
  const type = filled >= FEW && (count === filled || (filled >= MANY && count >= filled * 0.95)) ? form : "any";
  return { type, ...(declared === undefined ? {} : { declared }), always: answers === all };
}

function driftOf(table: string, known: Readonly<Record<string, ContractColumn>>, here: Map<string, Seen>): Drift[] {
  const drift: Drift[] = [];
  const missing = Object.entries(known).filter(([name, { always }]) => always && !here.has(name));
  const fresh = [...here].filter(([name]) => !Object.hasOwn(known, name));
  for (const [name, column] of missing) {
    // the most alike of the new ones, if one is alike at all, and holds the same kind of thing
    const [best] = fresh
      .filter(([, seen]) => column.type === "any" || fits(column.type, seen))
      .map(([other]) => ({ other, likeness: likeness(name, other) }))
      .filter(({ likeness: degree }) => degree >= 0.5)
      .toSorted((a, b) => b.likeness - a.likeness);
    if (best === undefined) drift.push({ kind: "missing", table, column: name });
    else {
      fresh.splice(
        fresh.findIndex(([other]) => other === best.other),
        1,
      );
      drift.push({ kind: "renamed", table, column: name, was: name, is: best.other });
    }
  }
  for (const [name] of fresh) drift.push({ kind: "new", table, column: name });
  for (const [name, seen] of here) {
    const column = Object.hasOwn(known, name) ? known[name]! : undefined;
    if (column === undefined) continue;
    const { declared } = column;
    if (declared !== undefined && seen.declared !== undefined && declared !== seen.declared)
      drift.push({ kind: "retyped", table, column: name, was: declared, is: seen.declared });
    else if (column.type !== "any" && seen.filled >= 3 && !fits(column.type, seen))
      drift.push({ kind: "retyped", table, column: name, was: column.type, is: mostOf(seen) });
  }
  return drift;
}

/** Of few cells one that fits will do; of many, half. */
function fits(type: CellType, { filled, of }: Seen): boolean {
  if (filled === 0) return true;
  // a date may have got its time, or lost it
  const count = type === "date" || type === "time" ? (of.date ?? 0) + (of.time ?? 0) : (of[type] ?? 0);
  return filled < MANY ? count > 0 : count * 2 >= filled;
}

function mostOf({ of }: Seen): CellType {
  return (Object.entries(of) as [CellType, number][]).toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? "any";
}

/** 1 the same but for case and separators, 0 nothing in common: by pairs of neighbouring letters (Dice). */
function likeness(a: string, b: string): number {
  const [x, y] = [plain(a), plain(b)];
  if (x === y) return 1;
  const pairs = (text: string) => new Set(Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)));
  const [p, q] = [pairs(x), pairs(y)];
  if (p.size + q.size === 0) return 0;
  return (2 * [...p].filter((pair) => q.has(pair)).length) / (p.size + q.size);
}

const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

function median(volumes: readonly number[]): number | undefined {
  if (volumes.length < ENOUGH) return undefined;
  const sorted = volumes.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The contract once a person has accepted a drift. */
export function accepted(contract: Contract, { kind, table, column, was: before, is }: Drift): Contract {
  if (kind === "volume") return { ...contract, volumes: [] };
  if (kind === "source") return contract;
  const columns = { ...contract.tables[table] };
  const { [column]: was, ...others } = columns;
  const changed: Record<Exclude<Drift["kind"], "volume" | "source">, Record<string, ContractColumn>> = {
    new: { ...columns, [column]: { type: "any", always: false } },
    missing: others,
    renamed: { ...others, [is ?? column]: was ?? { type: "any", always: true } },
    retyped: {
      ...others,
      [column]:
        was?.declared === undefined || was.declared !== before || is === undefined
          ? {
              ...was,
              type: (is ?? "any") as CellType,
              always: was?.always ?? false,
            }
          : { ...was, declared: is },
    },
  };
  return { ...contract, tables: { ...contract.tables, [table]: changed[kind] } };
}

/** Whether rows wait until somebody has looked; a new column harms nobody. */
export function stops({ kind, column }: Drift, used: ReadonlySet<string> | undefined): boolean {
  if (kind === "new" || kind === "volume" || kind === "source") return false;
  return used === undefined || used.has(column.toLowerCase());
}

export function driftInWords({ kind, table, column, was, is, says }: Drift): Words {
  const of = table === "" ? { en: "", id: "" } : { en: ` of ${table}`, id: ` pada ${table}` };
  switch (kind) {
    case "new":
      return { en: `a new column${of.en}: ${column}`, id: `kolom baru${of.id}: ${column}` };
    case "missing":
      return { en: `a column${of.en} is missing: ${column}`, id: `kolom hilang${of.id}: ${column}` };
    case "renamed":
      return {
        en: `a column${of.en} is called ${is} now, no longer ${was}`,
        id: `kolom${of.id} kini bernama ${is}, bukan lagi ${was}`,
      };
    case "retyped":
      return {
        en: `${column}${of.en} held ${TYPES.en(was)} and holds ${TYPES.en(is)} now`,
        id: `${column}${of.id} semula berisi ${TYPES.id(was)}, kini ${TYPES.id(is)}`,
      };
    case "volume":
      return {
        en: `${is} rows, where ${was} are usual`,
        id: `${is} baris, biasanya ${was}`,
      };
    case "source":
      return says ?? { en: column, id: column };
  }
}

const NAMES: Readonly<Record<string, Words>> = {
  number: { en: "numbers", id: "angka" },
  date: { en: "dates", id: "tanggal" },
  time: { en: "times", id: "waktu" },
  flag: { en: "yes or no", id: "ya atau tidak" },
  json: { en: "objects or lists", id: "objek atau daftar" },
  any: { en: "text", id: "teks" },
};
const TYPES = {
  en: (type = "any") => NAMES[type]?.en ?? type,
  id: (type = "any") => NAMES[type]?.id ?? type,
};
