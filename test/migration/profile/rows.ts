import type { RowFault, Source, Table } from "../../../migration/row.ts";

type Cells = readonly (string | null)[];
export type Given = {
  columns: readonly string[];
  rows: Iterable<Cells>;
  key?: readonly string[];
  references?: Table["references"];
  bytes?: number;
  /** by row, from 1 */
  faults?: Readonly<Record<number, readonly RowFault[]>>;
};

/** A source whose tables are lists in memory, or generators of rows. */
export function sourceOf(tables: Readonly<Record<string, Given>>, name = "uji"): Source {
  return {
    name,
    tables: async () =>
      Object.entries(tables).map(([table, { columns, key = [], references = [], bytes }]) => ({
        name: table,
        columns: columns.map((column) => ({ name: column, type: "text", nullable: true })),
        key,
        references,
        ...(bytes === undefined ? {} : { bytes }),
      })),
    async *rows(table) {
      const { rows, faults = {} } = tables[table]!;
      let batch = [];
      let count = 0;
      for (const values of rows) {
        count++;
        const found = faults[count];
        batch.push({ row: count, at: `line ${count + 1}`, values, ...(found === undefined ? {} : { faults: found }) });
        if (batch.length === 1000) {
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) yield batch;
      return { rows: count, last: `line ${count + 1}`, sha256: "0".repeat(64) };
    },
    close: async () => {},
  };
}
