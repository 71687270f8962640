import { Readable } from "node:stream";
import { type ExportFilter, type ExportName, exportTable } from "../actions/export-tables.ts";
import type { ExportForm } from "../http/exports.ts";
import { csvOf } from "../integrations/sheets/csv-of.ts";
import { xlsxOf } from "../integrations/sheets/xlsx-of.ts";

/** The bytes of a table as they are made: CSV with a byte-order mark, or a workbook with a sheet about its columns. */
export function exportedFile(
  name: ExportName,
  filter: ExportFilter,
  { format, language, delimiter, decimal, dates }: ExportForm,
  needs: Parameters<typeof exportTable>[3],
): Readable {
  const { table, about } = exportTable(name, filter, language, needs);
  if (format === "xlsx") return xlsxOf([table, about]);
  const id = language === "id";
  const form = {
    bom: true,
    dayFirst: (dates ?? (id ? "local" : "iso")) === "local",
    delimiter: delimiter ?? (id ? ";" : ","),
    decimal: decimal ?? (id ? "," : "."),
  } as const;
  return Readable.from(csvOf(table, form), { objectMode: false });
}
