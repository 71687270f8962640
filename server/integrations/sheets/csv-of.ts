import { csvCell, quoted } from "../../domain/report/csv-cell.ts";
import { decimalOf, type Sheet, type SheetCell, type SheetColumn } from "./sheet.ts";

/**
 * `bom`: Excel takes a file for UTF-8 only where it begins with the mark. `decimal`: of money and shares. `dayFirst`: days
 * as 31/12/2025, as people in Indonesia write and Excel there reads them.
 */
export type CsvOptions = {
  readonly bom?: boolean;
  readonly delimiter?: "," | ";";
  readonly decimal?: "." | ",";
  readonly dayFirst?: boolean;
};

const PIECE = 32_768;

/**
 * A sheet as CSV (RFC 4180, lines end with CRLF), in pieces. Texts that a program for tables would run get an apostrophe
 * before them; numbers, also negative ones, stay numbers.
 */
export async function* csvOf(sheet: Sheet, options: CsvOptions = {}): AsyncGenerator<string> {
  const { bom = false, delimiter = ",", decimal = ".", dayFirst = false } = options;
  const line = (cells: readonly string[]) => `${cells.join(delimiter)}\r\n`;
  let piece = (bom ? "\ufeff" : "") + line(sheet.columns.map(({ title }) => csvCell(title)));
  for await (const cells of sheet.rows) {
    piece += line(sheet.columns.map((column, at) => written(cells[at], column, decimal, dayFirst)));
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

function written(cell: SheetCell, { kind, exponent = 2 }: SheetColumn, decimal: string, dayFirst: boolean): string {
  if (cell === null || cell === undefined || cell === "") return "";
  if (kind === "money") return quoted(decimalOf(cell, exponent).replace(".", decimal));
  if (kind === "share") return quoted(decimalOf(cell, 2).replace(".", decimal));
  if (kind === "count" && typeof cell !== "string") return String(cell);
  const text = String(cell);
  if (kind === "date" && dayFirst) return csvCell(text.replace(/^(\d{4})-(\d\d)-(\d\d)$/, "$3/$2/$1"));
  return csvCell(text);
}
