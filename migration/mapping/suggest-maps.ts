import { readdirSync, readFileSync } from "node:fs";
import { columnIndex, columnsOf } from "./map-fields.ts";
import type { MapSpec } from "./map-schema.ts";
import { classOfColumn } from "./personal.ts";
import { MAPS, type MapFile, readMap } from "./read-map.ts";

let ours: readonly MapFile[] | undefined;

/** The maps that come with the software, by name. */
export function ourMaps(): readonly MapFile[] {
  ours ??= readdirSync(MAPS)
    .filter((name) => name.endsWith(".yaml") && name !== "codes.yaml")
    .sort()
    .map((name) => readMap(readFileSync(new URL(name, MAPS), "utf8"), name));
  return ours;
}

export type Suggestion = {
  /** file name of one of our maps */
  readonly map: string;
  /** its `id` */
  readonly id: string;
  /** how many of the table's columns the map reads or leaves out on purpose, of 1 */
  readonly covers: number;
};

/** Of maps for a migration: the others are for connectors, a migration makes nothing of them. */
const isForMigration = ({ process, agency, payment, record, suppliers }: MapSpec) =>
  [process, agency, payment, record].some(Boolean) || Object.keys(suppliers).length > 0;

/**
 * Which of our maps fit a table with these columns, the best first; none where nothing is recognized. Tables without
 * names for their columns look alike: there the table's own name decides.
 * @param isWanted which maps count; those for a migration unless said
 */
export function suggestMaps(
  columns: readonly { readonly name: string }[],
  table = "",
  isWanted: (spec: MapSpec) => boolean = isForMigration,
): Suggestion[] {
  const names = columns.map(({ name }) => name);
  return ourMaps()
    .filter(({ spec }) => isWanted(spec) && lackOf(spec.match, names) === undefined)
    .map(({ file, spec }) => {
      const known = new Set(
        [...Object.values(spec.fields).flatMap(columnsOf), ...spec.ignore].map((column) => column.toLowerCase()),
      );
      const covered = names.filter(
        (column) => known.has(column.toLowerCase()) || classOfColumn(column) !== undefined,
      ).length;
      const isNamed = spec.match.table !== undefined && new RegExp(spec.match.table, "i").test(table);
      return { map: file, id: spec.id, covers: names.length === 0 ? 0 : covered / names.length, isNamed };
    })
    .sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || b.covers - a.covers || (a.map < b.map ? -1 : 1))
    .map(({ isNamed: _, ...suggestion }) => suggestion);
}

/** `lacks`: columns that the table would need, each by all its names; `has`: columns that speak against the map. */
export type NearMap = {
  readonly id: string;
  readonly lacks: readonly (readonly string[])[];
  readonly has: readonly string[];
};

/** Where no map fits: the one that comes closest, if it finds at least half of what it looks for. */
export function nearestMap(
  columns: readonly { readonly name: string }[],
  isWanted: (spec: MapSpec) => boolean,
): NearMap | undefined {
  const names = columns.map(({ name }) => name);
  const near = ourMaps().flatMap(({ spec: { id, match }, spec }) => {
    const lack = lackOf(match, names);
    const wanted = match.all.length + match.any.length;
    // without names for columns there is nothing to compare
    if (!isWanted(spec) || lack === undefined || match.columns !== undefined) return [];
    return lack.lacks.length * 2 <= wanted ? [{ id, ...lack, share: lack.lacks.length / wanted }] : [];
  });
  const [best] = near.sort((a, b) => a.share - b.share || a.has.length - b.has.length || (a.id < b.id ? -1 : 1));
  return best && { id: best.id, lacks: best.lacks, has: best.has };
}

/** Why a map does not fit these columns; undefined where it does. */
function lackOf(
  { all, any, none, columns }: MapSpec["match"],
  names: readonly string[],
): Omit<NearMap, "id"> | undefined {
  const stands = (column: string) => columnIndex(names, column) !== undefined;
  const lacks = [...all.map((column) => [column]), ...any].filter((some) => !some.some(stands));
  const has = none.filter(stands);
  const fits = lacks.length + has.length === 0 && (columns === undefined || columns === names.length);
  return fits ? undefined : { lacks, has };
}
