import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { ZipFile } from "yazl";
import { RUNS_AS_FORMULA } from "../../domain/report/csv-cell.ts";
import { decimalOf, type Sheet, type SheetCell, type SheetColumn } from "./sheet.ts";

// What a workbook may hold, by Microsoft's "Excel specifications and limits".
const MOST_ROWS = 1_048_576;
const MOST_TEXT = 32_767;
/** Digits that a cell keeps: Excel's numbers are doubles, so a longer amount is written as text. */
const DIGITS = 15;
const PIECE = 65_536;

/** Styles by their place in `cellXfs` of `STYLES`. */
const STYLE = { text: 0, head: 1, money: 2, whole: 3, date: 4, share: 5, quoted: 6 } as const;

/**
 * Sheets as an XLSX workbook (ECMA-376), written as they are read: rows that do not fit go on in a further sheet, texts
 * beyond what a cell holds are cut with "…". Every row and cell carries its address; nothing is ever a formula, and what
 * looks like one is marked as text (`quotePrefix`). The same rows give the same bytes. Errors of a row's source destroy
 * the stream with them.
 */
export function xlsxOf(sheets: readonly Sheet[]): Readable {
  const zip = new ZipFile();
  const out = new PassThrough();
  const refuse = (error: unknown) => out.destroy(error as Error);
  zip.on("error", refuse);
  zip.outputStream.on("error", refuse);
  zip.outputStream.pipe(out);
  fill(zip, sheets, out).catch(refuse);
  return out;
}

/** so that the same rows give the same bytes */
const PART = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644 };

async function fill(zip: ZipFile, sheets: readonly Sheet[], out: PassThrough): Promise<void> {
  const names: string[] = [];
  for (const sheet of sheets) {
    const rows = iteratorOf(sheet.rows);
    const ahead: { next: IteratorResult<readonly SheetCell[]> } = { next: await rows.next() };
    try {
      do {
        names.push(nameOf(sheet.name, names));
        const part = Readable.from(sheetXml(sheet.columns, rows, ahead), { objectMode: false });
        const stop = () => part.destroy();
        out.once("close", stop);
        zip.addReadStream(part, `xl/worksheets/sheet${names.length}.xml`, PART);
        await finished(part);
        out.off("close", stop);
      } while (ahead.next.done !== true);
    } finally {
      await rows.return?.();
    }
  }
  const add = (path: string, xml: string) => zip.addBuffer(Buffer.from(DECLARATION + xml), path, PART);
  add("[Content_Types].xml", contentTypes(names.length));
  add("_rels/.rels", relations([["officeDocument", "xl/workbook.xml"]]));
  add("xl/workbook.xml", workbook(names));
  const parts = names.map((_, at): [string, string] => ["worksheet", `worksheets/sheet${at + 1}.xml`]);
  add("xl/_rels/workbook.xml.rels", relations([...parts, ["styles", "styles.xml"]]));
  add("xl/styles.xml", STYLES);
  zip.end();
}

type Rows = AsyncIterator<readonly SheetCell[]> | Iterator<readonly SheetCell[]>;

function iteratorOf(rows: Sheet["rows"]): Rows {
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
}

async function* sheetXml(
  columns: readonly SheetColumn[],
  rows: Rows,
  ahead: { next: IteratorResult<readonly SheetCell[]> },
): AsyncGenerator<string> {
  const letters = columns.map((_, at) => lettersOf(at));
  const widths = columns.map(
    ({ kind, title, width }, at) =>
      `<col min="${at + 1}" max="${at + 1}" width="${width ?? Math.max(title.length + 2, WIDTH[kind])}" customWidth="1"/>`,
  );
  let piece = `${DECLARATION}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/><cols>${widths.join("")}</cols><sheetData>`;
  const titles = columns.map(({ title }, at) => textCell(`${letters[at]}1`, title, STYLE.head));
  piece += `<row r="1">${titles.join("")}</row>`;
  let row = 1;
  for (; ahead.next.done !== true && row < MOST_ROWS; ahead.next = await rows.next()) {
    row++;
    const cells = ahead.next.value;
    piece += `<row r="${row}">`;
    for (const [at, column] of columns.entries()) piece += cellOf(`${letters[at]}${row}`, cells[at], column);
    piece += "</row>";
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  const last = letters.at(-1) ?? "A";
  yield `${piece}</sheetData><autoFilter ref="A1:${last}${row}"/><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/><pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>`;
}

const WIDTH: Readonly<Record<SheetColumn["kind"], number>> = { text: 22, money: 20, date: 12, count: 10, share: 10 };

function cellOf(address: string, cell: SheetCell, { kind, exponent = 2 }: SheetColumn): string {
  if (cell === null || cell === undefined || cell === "") return "";
  if (kind === "money") {
    const text = decimalOf(cell, exponent);
    if (text.replace(/\D/g, "").replace(/^0+/, "").length > DIGITS) return textCell(address, text, STYLE.text);
    return numberCell(address, text, exponent === 0 ? STYLE.whole : STYLE.money);
  }
  if (kind === "share") return numberCell(address, decimalOf(cell, 4), STYLE.share);
  if (kind === "count" && typeof cell !== "string") return numberCell(address, String(cell), STYLE.whole);
  const text = String(cell);
  const day = kind === "date" ? serialOf(text) : undefined;
  if (day !== undefined) return numberCell(address, String(day), STYLE.date);
  return textCell(address, text, RUNS_AS_FORMULA.test(text) ? STYLE.quoted : STYLE.text);
}

function numberCell(address: string, value: string, style: number): string {
  return `<c r="${address}" s="${style}"><v>${value}</v></c>`;
}

function textCell(address: string, text: string, style: number): string {
  const cut = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT - 1).toWellFormed()}…` : text;
  return `<c r="${address}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escaped(cut)}</t></is></c>`;
}

/** Days since 30 December 1899, as Excel counts from March 1900 on; undefined for what is no such day. */
function serialOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const at = Date.parse(`${text}T00:00:00Z`);
  const serial = at / 86_400_000 + 25_569;
  return Number.isNaN(at) || serial < 61 ? undefined : serial;
}

/** XML 1.0 text; what it cannot hold is written as a workbook writes it, `_x0007_`, and so is what only looks like that. */
function escaped(text: string): string {
  if (PLAIN.test(text)) return text;
  return (
    text
      .toWellFormed()
      .replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
      .replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]/g, (sign) => {
        return `_x${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}_`;
      })
  );
}

/** Most texts, at once: nothing in them needs another form. */
const PLAIN = /^[ !#-%'-;=?-^`-~\u00a0-\ud7ff]*$/;

/** A sheet's name as Excel admits it: at most 31 signs, none of `[]:*?/\`, and no other sheet's. */
function nameOf(wanted: string, taken: readonly string[]): string {
  const base =
    wanted
      .replace(/[[\]:*?/\\]/g, " ")
      .replace(/^'+|'+$/g, "")
      .trim()
      .slice(0, 31) || "Sheet";
  const isTaken = (name: string) => taken.some((each) => each.toLowerCase() === name.toLowerCase());
  let name = base;
  for (let number = 2; isTaken(name); number++) {
    const end = ` (${number})`;
    name = base.slice(0, 31 - end.length) + end;
  }
  return name;
}

/** A, B, …, Z, AA, … of a column from 0. */
function lettersOf(column: number): string {
  const before = Math.floor(column / 26) - 1;
  return (before < 0 ? "" : lettersOf(before)) + String.fromCharCode(65 + (column % 26));
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

function contentTypes(sheets: number): string {
  const type = (part: string, name: string) =>
    `<Override PartName="/xl/${part}.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${name}+xml"/>`;
  const all = Array.from({ length: sheets }, (_, at) => type(`worksheets/sheet${at + 1}`, "worksheet"));
  return `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${type("workbook", "sheet.main")}${all.join("")}${type("styles", "styles")}</Types>`;
}

function relations(all: readonly [type: string, target: string][]): string {
  const each = all.map(
    ([type, target], at) => `<Relationship Id="rId${at + 1}" Type="${OFFICE}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${each.join("")}</Relationships>`;
}

function workbook(names: readonly string[]): string {
  const all = names.map((name, at) => `<sheet name="${escaped(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`);
  return `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${all.join("")}</sheets></workbook>`;
}

const STYLES = `<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill><fill><patternFill patternType="solid"><fgColor rgb="FFE3ECEB"/><bgColor indexed="64"/></patternFill></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf><xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="3" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`;
