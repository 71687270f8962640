import { Fault } from "../../server/domain/fault.ts";
import type { Source, Table } from "../row.ts";
import { columnIndex } from "./map-fields.ts";
import type { MapFile } from "./read-map.ts";

/** Rows of small tables by their key, as a map looks them up: what it takes of each, in its order. */
export type References = Readonly<Record<string, ReadonlyMap<string, readonly (string | null)[]>>>;

/** More rows than this are no small table. */
const MOST = 2_000_000;

/**
 * Reads the tables that a map looks things up in, which are held in memory. Of a key that occurs more than once the first
 * row counts. Throws a Fault where a table or column is missing or a table is too large.
 */
export async function readReferences({ spec, file }: MapFile, source: Source): Promise<References> {
  const wanted = Object.entries(spec.references);
  if (wanted.length === 0) return {};
  const tables = await source.tables();
  const result: Record<string, Map<string, (string | null)[]>> = {};
  for (const [name, { table, key, take }] of wanted) {
    const found = tableNamed(tables, table);
    if (found === undefined) throw missing(file, table, source.name);
    const columns = found.columns.map((column) => column.name);
    const indexes = [key, ...take].map((column) => {
      const index = columnIndex(columns, column);
      if (index === undefined) throw missing(file, `${table}.${column}`, source.name);
      return index;
    });
    const rows = new Map<string, (string | null)[]>();
    for await (const batch of source.rows(found.name)) {
      for (const { values } of batch) {
        const id = values[indexes[0]!]?.trim();
        if (id === undefined || id === "" || rows.has(id)) continue;
        rows.set(
          id,
          indexes.slice(1).map((index) => values[index] ?? null),
        );
      }
      if (rows.size > MOST) {
        throw new Fault("reference-too-large", {
          explanation: {
            en: `${file}: ${table} has more than ${MOST} rows, too many to look things up in.`,
            id: `${file}: ${table} memiliki lebih dari ${MOST} baris, terlalu banyak untuk pencarian.`,
          },
          remedy: { en: "Join it in the source, by a view.", id: "Gabungkan di sumbernya melalui view." },
        });
      }
    }
    result[name] = rows;
  }
  return result;
}

/** A table by its name, with or without its schema; engines differ in capitals. */
function tableNamed(tables: readonly Table[], name: string): Table | undefined {
  const wanted = name.toLowerCase();
  const bare = wanted.slice(wanted.lastIndexOf(".") + 1);
  return (
    tables.find((each) => each.name === name) ??
    tables.find((each) => each.name.toLowerCase() === wanted) ??
    tables.find((each) => each.name.toLowerCase() === bare)
  );
}

function missing(file: string, what: string, source: string): Fault {
  return new Fault("reference-missing", {
    explanation: {
      en: `${file} looks things up in ${what}, which the source ${source} does not have.`,
      id: `${file} mencari data di ${what} yang tidak ada di sumber ${source}.`,
    },
    remedy: {
      en: "Correct `references` in the map, or add the table to the source.",
      id: "Perbaiki `references` pada peta, atau tambahkan tabel ke sumber.",
    },
  });
}
