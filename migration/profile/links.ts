import type { Table } from "../row.ts";
import { HashIndex, Spill } from "./spill.ts";
import { type Stage, stageOf } from "./stage-of.ts";

/** Keys that stand in one stage of a package's life and are looked for in another. */
export type LinkProfile = {
  /** the columns that link, as one name: `kd_nontender`, `tahun+no_kontrak`, or the reference that a database declares */
  readonly by: string;
  /** whose rows `from` are */
  readonly source: string;
  readonly from: { readonly stage: Stage; readonly tables: readonly string[] };
  readonly to: { readonly stage: Stage; readonly tables: readonly string[] };
  /** different keys in `from`, and how many of them are not in `to` */
  readonly keys: number;
  readonly without: number;
  readonly examples: readonly { readonly table: string; readonly row: number }[];
};

/** How the values of contracts stand to those of their awards, by key. */
export type AwardProfile = {
  readonly by: string;
  readonly compared: number;
  readonly equal: number;
  /** less than one rupiah apart: roundings */
  readonly rounded: number;
  readonly above: number;
  readonly below: number;
  /** about ten times, or a tenth: a digit too many or too few */
  readonly tenfold: number;
  readonly examples: readonly { readonly table: string; readonly row: number }[];
};

/** What a scan hands over for each key that may link: its hash, the row, and the value of the row or NaN. */
export type LinkSet = {
  readonly columns: readonly string[];
  add(h1: number, h2: number, row: number, value: number): void;
};
export type LinkKeeper = { readonly sets: readonly LinkSet[]; readonly valueColumn: string | undefined };

/** Names under which one thing goes in different feeds. */
const LINKING: readonly (readonly [by: string, columns: readonly RegExp[]])[] = [
  ["kd_nontender", [/^kd_nontender$/i]],
  ["kd_tender", [/^(?:kd_tender|kd_lelang)$/i]],
  ["kd_nontender_pct", [/^kd_nontender_pct$/i]],
  ["lls_id", [/^lls_id$/i]],
  ["kd_rup", [/^kd_rup(?:_paket)?$/i]],
  ["tahun+no_kontrak", [/^tahun$/i, /^no_?kontrak$/i]],
  ["tahun+no_sp2d", [/^tahun$/i, /^no_?sp2d$/i]],
  ["tahun+no_spm", [/^tahun$/i, /^no_?spm$/i]],
];
const VALUES: Partial<Record<Stage, RegExp>> = {
  award: /^harga_final$/i,
  contract: /^nilai_?kontrak$|^nilai$/i,
};
const EXAMPLES = 5;

type Member = { source: string; table: string; stage: Stage; spill: Spill };

/** Keeps the keys of all tables that are scanned, then compares them. Whoever makes it closes it. */
export class Links {
  readonly #sets = new Map<string, Member[]>();
  readonly #references: { id: string; from: string; to: string }[] = [];

  /** For one table that is about to be scanned. `all`: the tables of its source, for references that point to it. */
  keeper(source: string, table: Table, all: readonly Table[]): LinkKeeper {
    const names = table.columns.map(({ name }) => name);
    const stage = stageOf(names);
    const sets: LinkSet[] = [];
    for (const [by, patterns] of LINKING) {
      const columns = patterns.map((pattern) => names.find((name) => pattern.test(name)));
      if (columns.every((name) => name !== undefined))
        sets.push(this.#set(by, source, table.name, stage, columns as string[]));
    }
    for (const { columns, table: to, to: target } of table.references) {
      const id = referenceId(to, target);
      const from = `${id}<${table.name}(${columns.join()})`;
      sets.push(this.#set(`${source}\0${from}`, source, table.name, stage, columns));
      this.#references.push({ id, from: `${source}\0${from}`, to: `${source}\0${id}` });
    }
    const pointedAt = new Map(
      all.flatMap(({ references }) =>
        references
          .filter((each) => each.table === table.name)
          .map(({ to }) => [referenceId(table.name, to), to] as const),
      ),
    );
    for (const [id, columns] of pointedAt) sets.push(this.#set(`${source}\0${id}`, source, table.name, stage, columns));
    const value = VALUES[stage];
    return { sets, valueColumn: value && names.find((name) => value.test(name)) };
  }

  #set(id: string, source: string, table: string, stage: Stage, columns: readonly string[]): LinkSet {
    const spill = new Spill(6);
    const members = this.#sets.get(id) ?? [];
    members.push({ source, table, stage, spill });
    this.#sets.set(id, members);
    return {
      columns,
      add: (h1, h2, row, value) => {
        const { chunk, at } = spill.place(h1);
        chunk[at] = h1;
        chunk[at + 1] = h2;
        chunk[at + 2] = row;
        chunk[at + 3] = 0;
        number[0] = value;
        chunk[at + 4] = numberWords[0]!;
        chunk[at + 5] = numberWords[1]!;
      },
    };
  }

  /** Every stage against every other that shares a key with it, both ways; and each declared reference. */
  compare(): { links: LinkProfile[]; awards: AwardProfile[] } {
    const links: LinkProfile[] = [];
    const awards: AwardProfile[] = [];
    for (const [by, members] of this.#sets) {
      if (by.includes("(")) continue;
      const linking = members.filter(({ stage }) => stage !== "other");
      const stages = [...new Set(linking.map(({ stage }) => stage))];
      for (const [source, own] of Map.groupBy(linking, (each) => each.source)) {
        for (const [from, ours] of Map.groupBy(own, ({ stage }) => stage))
          for (const to of stages) {
            if (to === from) continue;
            // a source that has the stage is compared with itself; else with the others, where they share a package at all
            const at = (theirs: readonly Member[]) => theirs.filter(({ stage }) => stage === to);
            const within = at(own);
            const theirs = within.length > 0 ? within : at(linking.filter((each) => each.source !== source));
            const link = missing(by, from, ours, to, theirs);
            if (within.length > 0 || link.without < link.keys) links.push(link);
            if (from === "contract" && to === "award") {
              const award = valuesOf(by, theirs, ours);
              if (award.compared > 0) awards.push(award);
            }
          }
      }
    }
    for (const { id, from, to } of this.#references) {
      const ours = this.#sets.get(from)!;
      const theirs = this.#sets.get(to);
      if (theirs !== undefined) links.push(missing(id, ours[0]!.stage, ours, theirs[0]!.stage, theirs));
    }
    return { links, awards };
  }

  close(): void {
    for (const members of this.#sets.values()) for (const { spill } of members) spill.close();
  }
}

const number = new Float64Array(1);
const numberWords = new Uint32Array(number.buffer);

function referenceId(table: string, columns: readonly string[]): string {
  return `${table}(${columns.join()})`;
}

function missing(by: string, from: Stage, ours: readonly Member[], to: Stage, theirs: readonly Member[]): LinkProfile {
  let keys = 0;
  let without = 0;
  const examples: { table: string; row: number }[] = [];
  const known = new HashIndex();
  const found = new HashIndex();
  for (let part = 0; part < Spill.parts; part++) {
    const their = theirs.map(({ spill }) => spill.part(part));
    known.reset(their.reduce((sum, { length }) => sum + length / 6, 0));
    for (const words of their) for (let at = 0; at < words.length; at += 6) known.add(words[at]!, words[at + 1]!);
    const mine = ours.map(({ spill }) => spill.part(part));
    found.reset(mine.reduce((sum, { length }) => sum + length / 6, 0));
    mine.forEach((words, index) => {
      for (let at = 0; at < words.length; at += 6) {
        const before = found.size;
        if (found.add(words[at]!, words[at + 1]!) !== before) continue;
        keys++;
        if (known.find(words[at]!, words[at + 1]!) >= 0) continue;
        without++;
        if (examples.length < 200) examples.push({ table: ours[index]!.table, row: words[at + 2]! });
      }
    });
  }
  const names = (members: readonly Member[]) => members.map(({ table }) => table);
  return {
    by,
    source: ours[0]!.source,
    from: { stage: from, tables: names(ours) },
    to: { stage: to, tables: names(theirs) },
    keys,
    without,
    examples: earliest(examples),
  };
}

function earliest(examples: { table: string; row: number }[]): { table: string; row: number }[] {
  return examples.sort((a, b) => a.table.localeCompare(b.table, "en") || a.row - b.row).slice(0, EXAMPLES);
}

function valuesOf(by: string, awards: readonly Member[], contracts: readonly Member[]): AwardProfile {
  const tally = { compared: 0, equal: 0, rounded: 0, above: 0, below: 0, tenfold: 0 };
  const examples: { table: string; row: number }[] = [];
  const index = new HashIndex();
  const met = new HashIndex();
  for (let part = 0; part < Spill.parts; part++) {
    const theirs = awards.map(({ spill }) => spill.part(part));
    index.reset(theirs.reduce((sum, { length }) => sum + length / 6, 0));
    const values: number[] = [];
    for (const words of theirs)
      for (let at = 0; at < words.length; at += 6) {
        const before = index.size;
        if (index.add(words[at]!, words[at + 1]!) === before) values.push(valueAt(words, at));
      }
    const mine = contracts.map(({ spill }) => spill.part(part));
    met.reset(mine.reduce((sum, { length }) => sum + length / 6, 0));
    mine.forEach((words, table) => {
      for (let at = 0; at < words.length; at += 6) {
        const award = index.find(words[at]!, words[at + 1]!);
        const value = valueAt(words, at);
        const before = met.size;
        if (met.add(words[at]!, words[at + 1]!) !== before || award < 0) continue;
        const awarded = values[award]!;
        if (!(awarded > 0) || !(value > 0)) continue;
        tally.compared++;
        const apart = value - awarded;
        if (apart === 0) tally.equal++;
        else if (Math.abs(apart) < 1) tally.rounded++;
        else if (apart > 0) tally.above++;
        else tally.below++;
        const ratio = value / awarded;
        if (ratio < 9 && ratio > 1 / 9) continue;
        tally.tenfold++;
        if (examples.length < 200) examples.push({ table: contracts[table]!.table, row: words[at + 2]! });
      }
    });
  }
  return { by, ...tally, examples: earliest(examples) };
}

function valueAt(words: Uint32Array, at: number): number {
  numberWords[0] = words[at + 4]!;
  numberWords[1] = words[at + 5]!;
  return number[0]!;
}
