import { readdirSync, readFileSync } from "node:fs";
import { columnIndex, columnsOf } from "./map-fields.ts";
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

/**
 * Which of our maps for a migration fit a table with these columns, the best first; none where nothing is recognized. Tables without
 * names for their columns look alike: there the table's own name decides.
 */
export function suggestMaps(columns: readonly { readonly name: string }[], table = ""): Suggestion[] {
  const names = columns.map(({ name }) => name);
  const has = (column: string) => columnIndex(names, column) !== undefined;
  return ourMaps()
    .filter(({ spec: { match, suppliers, process, agency, payment, record } }) => {
      // the others are for connectors: a migration makes nothing of them
      if (![process, agency, payment, record].some(Boolean) && Object.keys(suppliers).length === 0) return false;
      if (match.columns !== undefined && match.columns !== names.length) return false;
      return match.all.every(has) && match.any.every((some) => some.some(has)) && !match.none.some(has);
    })
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
