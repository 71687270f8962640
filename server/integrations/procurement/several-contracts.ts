import { documentKeyOf } from "../../domain/entries/entry.ts";
import { isObject, type Json } from "../../domain/ocds/check-fields.ts";
import type { PackagePart } from "./kept-rows.ts";

// Maps name a contract by its package, for most packages have one. Where a package has several (one for each winner, or
// one for each part of the work), its rows say which they are of: by the letter of award (SPPBJ), which addenda keep, or
// by the supplier.

/** By the id by which maps call a contract: the ids of those that are meant, by their `part`. */
export type Parts = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Tells the contracts of a package apart, where its rows are of several.
 * @param parts rows that are in force
 * @param before as they were told apart when some were recorded; kept as far as `isRecorded`
 */
export function severalContracts(
  parts: readonly PackagePart[],
  before: Parts,
  isRecorded: (contract: string) => boolean,
): { parts: readonly PackagePart[]; several: Parts } {
  const first = Map.groupBy(
    parts.flatMap((each) => beginningsIn(each)),
    ({ id }) => id,
  );
  const several: Record<string, Record<string, string>> = {};
  const replaced = new Set<string>();
  for (const [id, told] of first) {
    const own = oneForEach(told);
    for (const { part, now } of own) if (now !== undefined) replaced.add(`${id}\n${part}`);
    const live = own.filter(({ now }) => now === undefined);
    const known = Object.entries(before[id] ?? {}).filter(([, contract]) => isRecorded(contract));
    const ids: Record<string, string> = Object.fromEntries(known);
    // a letter that was put right is of the contract that it was of
    for (const { part, now } of own) if (now !== undefined && ids[part] !== undefined) ids[now] ??= ids[part];
    const taken = new Set(Object.values(ids));
    let next = 1;
    for (const { part } of live) {
      while (ids[part] === undefined) {
        const free = numbered(id, next++);
        if (!taken.has(free)) ids[part] = free;
      }
      taken.add(ids[part]);
    }
    for (const { part, now } of own) if (now !== undefined) ids[part] ??= ids[now]!;
    several[id] = ids;
  }
  const isOne = Object.entries(several).every(([id, ids]) => Object.values(ids).every((own) => own === id));
  if (isOne && replaced.size === 0) return { parts, several };
  return {
    parts: parts.flatMap((each) => {
      const { fragment } = each;
      if (fragment.part === undefined) return [each];
      if (beginningsIn(each).some(({ id, part }) => replaced.has(`${id}\n${part}`))) return [];
      const of = (id: unknown) => several[String(id)]?.[fragment.part!] ?? String(id);
      return [{ ...each, fragment: { ...fragment, ...renamedBy(of, fragment) } }];
    }),
    several,
  };
}

/** A first version of a contract, as a row tells it. `first`, `last`: the runs in which it was heard. */
type Beginning = {
  readonly id: string;
  readonly part: string;
  readonly number: string;
  readonly on: string;
  readonly first: number;
  readonly last: number;
};

function beginningsIn({ fragment, kept, last }: PackagePart): Beginning[] {
  const { part, contracts = {}, at = "" } = fragment;
  if (part === undefined) return [];
  return Object.entries(contracts).flatMap(([id, { version, value, number = "" }]) =>
    version === 0 && value !== undefined ? [{ id, part, number, on: at, first: kept.run, last }] : [],
  );
}

/**
 * The contracts, by their days. `now`: by what it is told apart since; of two of one number that no run told side by side
 * the later is the other, put right.
 */
function oneForEach(told: readonly Beginning[]): { part: string; now?: string }[] {
  const [{ part: only }] = told as [Beginning];
  if (told.every(({ part }) => part === only)) return [{ part: only }];
  const own = [...Map.groupBy(told, ({ part }) => part)].map(([part, rows]) => ({
    ...rows.toSorted((a, b) => compare(a.on, b.on))[0]!,
    part,
    first: Math.min(...rows.map(({ first }) => first)),
    last: Math.max(...rows.map(({ last }) => last)),
  }));
  return own
    .toSorted((a, b) => compare(a.on, b.on) || compare(a.part, b.part))
    .map(({ part, number, last }) => {
      const key = documentKeyOf(number);
      const later = own.filter((other) => other.first > last && documentKeyOf(other.number) === key);
      const newest = later.toSorted((a, b) => b.last - a.last || compare(a.part, b.part))[0];
      return newest === undefined ? { part } : { part, now: newest.part };
    });
}

/** `70000001-1`, `70000001-2`; what does not end so has a number added. */
function numbered(id: string, at: number): string {
  if (at === 1) return id;
  return id.endsWith("-1") ? `${id.slice(0, -1)}${at}` : `${id}-${at}`;
}

function renamedBy(of: (id: unknown) => string, { release, contracts }: PackagePart["fragment"]) {
  const each = (name: "awards" | "contracts", more: (entry: Json) => Json = () => ({})) =>
    Array.isArray(release[name])
      ? { [name]: release[name].filter(isObject).map((entry) => ({ ...entry, id: of(entry.id), ...more(entry) })) }
      : {};
  return {
    release: { ...release, ...each("awards"), ...each("contracts", ({ awardID }) => ({ awardID: of(awardID) })) },
    ...(contracts === undefined
      ? {}
      : { contracts: Object.fromEntries(Object.entries(contracts).map(([id, facts]) => [of(id), facts])) }),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
