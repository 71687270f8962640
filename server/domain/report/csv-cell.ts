/**
 * A program for tables runs what begins with one of these, also after blanks and in the wide forms of East Asian keyboards
 * (OWASP, CSV injection): for people it is written as text.
 */
export const RUNS_AS_FORMULA = /^[\s\u00a0]*[=+\-@|\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** A text as a cell of CSV (RFC 4180), between commas or semicolons; what would run gets an apostrophe before it. */
export function csvCell(text: string): string {
  return quoted(RUNS_AS_FORMULA.test(text) ? `'${text}` : text);
}

/** A cell that is no text of somebody's, such as a negative number. */
export function quoted(cell: string): string {
  return /[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
