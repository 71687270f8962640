import type { Words } from "../../server/domain/problems.ts";
import type { RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import { columnNames } from "./column-names.ts";
import { type TimeFormat, timeFormat, timeText } from "./number-format.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { changed, noSuchTable, type SourceFile } from "./source-files.ts";
import { damaged, TextStore, XlsxPackage } from "./xlsx-package.ts";

const BATCH = 1_000;
/** What a double keeps of a whole number, as spreadsheets do. */
const DIGITS = 15;
const MOST_COLUMNS = 16_384;

type Sheet = { readonly table: string; readonly sheet: string; readonly part: string; readonly hidden: boolean };
type Book = {
  readonly pack: XlsxPackage;
  readonly sheets: readonly Sheet[];
  readonly from1904: boolean;
  readonly texts: string | undefined;
  readonly styles: readonly Style[];
};
type Style = {
  readonly time: TimeFormat | undefined /** the digits that the format fills up with zeros */;
  readonly zeros: number;
};
/** `type`: as the cell declares it; `number`: what it holds where it is one */
type Cell = { text: string | null; fault?: RowFault["code"]; found?: string; formula: boolean; digits: boolean };
type Line = { row: number; hidden: boolean; cells: (Cell | undefined)[] };
type Merge = { top: number; left: number; bottom: number; right: number };
/** What a pass over a sheet has found beside its rows. */
type Facts = {
  names: readonly string[];
  rows: number;
  formulas: number;
  firstFormula: string;
  hiddenRows: number;
  merges: readonly Merge[];
  /** columns that hold numbers of more than 15 digits and are not declared as text */
  long: readonly string[];
  stamp: string;
};

/**
 * Workbooks, a table for each sheet; named after the sheet, or `file/sheet` where a pattern gives many files. Sheets are
 * streamed. Names of columns stand in the first row that is not empty, unless the plan says where. A number is the
 * shortest decimal that means it; a date or time is ISO 8601 by the number format of its cell; a formula is the value
 * that was last calculated. Rows of an error value or a merged cell, and whole numbers of more than 15 digits in a
 * declared text column carry the fault.
 */
export class XlsxSource implements Source {
  readonly name: string;
  readonly #settings: SettingsOf<"xlsx">;
  readonly #files: readonly SourceFile[];
  readonly #many: boolean;
  readonly #facts = new Map<string, Facts>();

  constructor(name: string, settings: SettingsOf<"xlsx">, files: readonly SourceFile[]) {
    this.name = name;
    this.#settings = settings;
    this.#files = files;
    this.#many = /[*?[\]{}]/.test(settings.path);
  }

  async tables(): Promise<readonly Table[]> {
    const tables: Table[] = [];
    for (const file of this.#files) {
      const book = await this.#open(file);
      const texts = await this.#texts(book);
      try {
        for (const sheet of book.sheets) {
          const facts = await this.#first(book, texts, sheet);
          const notes = notesOf(sheet, facts);
          tables.push({
            name: sheet.table,
            columns: facts.names.map((name) => ({ name, type: "text", nullable: true })),
            key: [],
            references: [],
            rows: facts.rows,
            bytes: book.pack.unpacked(sheet.part),
            ...(notes.length > 0 ? { notes } : {}),
          });
        }
      } finally {
        texts.close();
        await book.pack.close();
      }
    }
    return tables;
  }

  async *rows(table: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const known: string[] = [];
    for (const file of this.#files) {
      const book = await this.#open(file);
      try {
        const sheet = book.sheets.find((one) => one.table === table);
        known.push(...book.sheets.map((one) => one.table));
        if (sheet) return yield* this.#scan(book, sheet);
      } finally {
        await book.pack.close();
      }
    }
    throw noSuchTable(table, known);
  }

  async *#scan(book: Book, sheet: Sheet): AsyncGenerator<readonly SourceRow[], Scan> {
    const texts = await this.#texts(book);
    try {
      const facts = await this.#first(book, texts, sheet);
      if (facts.stamp !== book.pack.stamp) throw changed(book.pack.path);
      const digest = new ScanDigest();
      const make = new Rows(facts, sheet.sheet, new Set(this.#settings.textColumns), this.#settings.merged === "fill");
      let batch: SourceRow[] = [];
      let number = 0;
      let last = "nothing";
      for await (const lines of this.#lines(book, texts, sheet)) {
        for (const line of lines.data) {
          batch.push(make.row(line, ++number));
          if (batch.length < BATCH) continue;
          last = batch.at(-1)!.at;
          digest.add(batch);
          yield batch;
          batch = [];
        }
      }
      if (batch.length > 0) {
        last = batch.at(-1)!.at;
        digest.add(batch);
        yield batch;
      }
      if (number !== facts.rows || !(await book.pack.unchanged())) throw changed(book.pack.path);
      return { rows: number, last: `${last}; end of sheet`, sha256: digest.sha256() };
    } finally {
      texts.close();
    }
  }

  /** What has to be known before the first row can be given: what is merged stands behind the rows. */
  async #first(book: Book, texts: TextStore, sheet: Sheet): Promise<Facts> {
    const before = this.#facts.get(sheet.table);
    if (before?.stamp === book.pack.stamp) return before;
    const declared = new Set(this.#settings.textColumns);
    let names: readonly string[] = [];
    let rows = 0;
    let formulas = 0;
    let firstFormula = "";
    let hiddenRows = 0;
    let merges: readonly Merge[] = [];
    const long = new Set<string>();
    for await (const lines of this.#lines(book, texts, sheet)) {
      if (lines.header) names = columnNames(Array.from(lines.header.cells, (cell) => cell?.text ?? null));
      merges = lines.merges;
      for (const { cells, row, hidden } of lines.data) {
        rows++;
        if (hidden) hiddenRows++;
        for (const [column, cell] of cells.entries()) {
          if (!cell) continue;
          if (cell.formula && formulas++ === 0) firstFormula = `${columnLetters(column)}${row}`;
          const name = names[column];
          if (cell.digits && name !== undefined && !declared.has(name)) long.add(name);
        }
      }
    }
    const facts = { names, rows, formulas, firstFormula, hiddenRows, merges, long: [...long], stamp: book.pack.stamp };
    this.#facts.set(sheet.table, facts);
    return facts;
  }

  /** Rows of the sheet that hold something, some at a time; `merges` are known once the last were given. */
  async *#lines(
    { pack, from1904, styles }: Book,
    texts: TextStore,
    { part, sheet }: Sheet,
  ): AsyncGenerator<{ header: Line | undefined; data: readonly Line[]; merges: readonly Merge[] }> {
    const { headerRow } = this.#settings;
    const declared = typeof headerRow === "number" ? headerRow : headerRow?.[sheet];
    const merges: Merge[] = [];
    let found: Line[] = [];
    let line: Line | undefined;
    let rowNumber = 0;
    let column = -1;
    let type = "n";
    let style = 0;
    let formula = false;
    let inCell = false;
    let into: "value" | "inline" | undefined;
    let phonetic = 0;
    let value = "";
    let inline = "";
    let filled = false;
    const finishCell = () => {
      if (!line) return;
      const cell = cellOf({ type, style: styles[style], formula, value, inline, filled, texts, from1904 });
      if (cell !== undefined) line.cells[column] = cell;
    };
    const open = (name: string, attributes: Record<string, string>) => {
      switch (name) {
        case "row":
          rowNumber = attributes.r ? Number(attributes.r) : rowNumber + 1;
          line = { row: rowNumber, hidden: isTrue(attributes.hidden), cells: [] };
          column = -1;
          return;
        case "c":
          column = attributes.r ? columnOf(attributes.r) : column + 1;
          if (!(column >= 0 && column < MOST_COLUMNS)) throw damaged(pack.path, `${part}: no cell ${attributes.r}`);
          type = attributes.t ?? "n";
          style = Number(attributes.s ?? 0);
          formula = filled = false;
          value = inline = "";
          inCell = true;
          return;
        case "f":
          if (inCell) formula = true;
          return;
        case "v":
          if (inCell) {
            into = "value";
            filled = true;
          }
          return;
        case "rPh":
          phonetic++;
          return;
        case "t":
          if (inCell && phonetic === 0) {
            into = "inline";
            filled = true;
          }
          return;
        case "mergeCell": {
          const [from = "", to = from] = (attributes.ref ?? "").split(":");
          const merge = { left: columnOf(from), top: rowOf(from), right: columnOf(to), bottom: rowOf(to) };
          merges.push(merge);
          return;
        }
      }
    };
    const close = (name: string) => {
      switch (name) {
        case "v":
        case "t":
          into = undefined;
          return;
        case "rPh":
          phonetic--;
          return;
        case "c":
          finishCell();
          inCell = false;
          return;
        case "row":
          if (line?.cells.some((cell) => cell !== undefined && cell.text !== "")) found.push(line);
          line = undefined;
      }
    };
    const text = (piece: string) => {
      if (into === "value") value += piece;
      else if (into === "inline") inline += piece;
    };
    let header = false;
    const taken = () => {
      let data = found;
      found = [];
      let names: Line | undefined;
      if (!header) {
        const at = declared === undefined ? 0 : data.findIndex(({ row }) => row >= declared);
        names = at === -1 ? undefined : data[at];
        header = names !== undefined;
        data = header ? data.slice(at + 1) : [];
      }
      return { header: names, data, merges };
    };
    for await (const _piece of pack.events(part, { open, close, text })) if (found.length > 0) yield taken();
    // the end of the sheet comes after its last piece, and what is merged with it
    yield taken();
  }

  async #open({ name, path }: SourceFile): Promise<Book> {
    const pack = await XlsxPackage.open(path, this.#settings.maxBytes);
    try {
      return await bookOf(pack, this.#many ? `${name}/` : "");
    } catch (error) {
      await pack.close();
      throw error;
    }
  }

  async #texts({ pack, texts: part }: Book): Promise<TextStore> {
    const texts = new TextStore();
    if (part === undefined) return texts;
    const waiting: string[] = [];
    let text = "";
    let phonetic = 0;
    let within = false;
    const events = pack.events(part, {
      open: (name) => {
        if (name === "si") text = "";
        else if (name === "rPh") phonetic++;
        else if (name === "t") within = phonetic === 0;
      },
      close: (name) => {
        if (name === "si") waiting.push(unescaped(text));
        else if (name === "rPh") phonetic--;
        else if (name === "t") within = false;
      },
      text: (piece) => {
        if (within) text += piece;
      },
    });
    try {
      for await (const _piece of events) for (const one of waiting.splice(0)) await texts.add(one);
      for (const one of waiting) await texts.add(one);
      return texts;
    } catch (error) {
      texts.close();
      throw error;
    }
  }

  async close(): Promise<void> {}
}

/** Rows of a sheet as rows of a table. */
class Rows {
  readonly #names: readonly string[];
  readonly #sheet: string;
  readonly #textual: readonly boolean[];
  readonly #fill: boolean;
  /** merges over several rows or columns, by the row at which they begin */
  readonly #coming: Merge[];
  #open: { merge: Merge; text: string | null }[] = [];

  constructor({ names, merges }: Facts, sheet: string, textColumns: ReadonlySet<string>, fill: boolean) {
    this.#names = names;
    this.#sheet = sheet;
    this.#textual = names.map((name) => textColumns.has(name));
    this.#fill = fill;
    this.#coming = [...merges].sort((a, b) => a.top - b.top);
  }

  row({ row: sheetRow, cells }: Line, row: number): SourceRow {
    const names = this.#names;
    const at = `sheet ${this.#sheet}, row ${sheetRow}`;
    const values: (string | null)[] = new Array(names.length).fill(null);
    const faults: RowFault[] = [];
    let beyond = 0;
    for (const [column, cell] of cells.entries()) {
      if (!cell || cell.text === null) {
        if (cell?.fault)
          faults.push({ code: cell.fault, column: names[column] ?? columnLetters(column), found: cell.found ?? "" });
        continue;
      }
      if (column >= names.length) {
        if (cell.text !== "") beyond = column + 1;
        continue;
      }
      values[column] = cell.text;
      const name = names[column]!;
      if (cell.fault) faults.push({ code: cell.fault, column: name, found: cell.found ?? cell.text });
      if (this.#textual[column] && cell.digits) faults.push({ code: "digits-lost", column: name, found: cell.text });
      if (cell.text.includes("\0")) faults.push({ code: "nul", column: name });
    }
    if (beyond > 0) faults.push({ code: "ragged", found: `${beyond}/${names.length}` });
    this.#merged(sheetRow, cells, values, faults);
    return faults.length === 0 ? { row, at, values } : { row, at, values, faults };
  }

  #merged(row: number, cells: Line["cells"], values: (string | null)[], faults: RowFault[]): void {
    while (this.#coming[0] !== undefined && this.#coming[0].top <= row) {
      const merge = this.#coming.shift()!;
      this.#open.push({ merge, text: merge.top === row ? (cells[merge.left]?.text ?? null) : null });
    }
    if (this.#open.length === 0) return;
    this.#open = this.#open.filter(({ merge }) => merge.bottom >= row);
    for (const { merge, text } of this.#open)
      for (let column = merge.left; column <= Math.min(merge.right, values.length - 1); column++) {
        if (row === merge.top && column === merge.left) continue;
        if (this.#fill) values[column] = text;
        else faults.push({ code: "merged-cell", column: this.#names[column]! });
      }
  }
}

function notesOf({ hidden }: Sheet, { names, formulas, firstFormula, hiddenRows, merges, long }: Facts): Words[] {
  const notes: Words[] = [];
  if (names.length === 0) notes.push({ en: "the sheet is empty", id: "lembar kosong" });
  if (hidden) notes.push({ en: "a hidden sheet", id: "lembar tersembunyi" });
  if (hiddenRows > 0)
    notes.push({ en: `${hiddenRows} hidden rows are read as well`, id: `${hiddenRows} baris tersembunyi ikut dibaca` });
  if (formulas > 0)
    notes.push({
      en: `${formulas} formulas, the first in ${firstFormula}: the value last calculated is taken`,
      id: `${formulas} rumus, yang pertama di ${firstFormula}: diambil nilai perhitungan terakhir`,
    });
  if (merges.length > 0) notes.push({ en: `${merges.length} merged areas`, id: `${merges.length} area sel gabungan` });
  for (const name of long)
    notes.push({
      en: `${name} holds numbers of more than ${DIGITS} digits; if they are identifiers, declare it in textColumns`,
      id: `${name} memuat angka lebih dari ${DIGITS} digit; bila itu pengenal, nyatakan dalam textColumns`,
    });
  return notes;
}

/** The value of a cell; undefined where it is empty. */
function cellOf(cell: {
  type: string;
  style: Style | undefined;
  formula: boolean;
  value: string;
  inline: string;
  filled: boolean;
  texts: TextStore;
  from1904: boolean;
}): Cell | undefined {
  const { type, style, formula, value, inline, filled, texts, from1904 } = cell;
  const plain = { formula, digits: false };
  if (!filled) {
    if (!formula) return undefined;
    return { ...plain, text: null, fault: "cell-error", found: "formula without a value" };
  }
  switch (type) {
    case "s": {
      const text = texts.get(Number(value));
      return text === undefined
        ? { ...plain, text: null, fault: "cell-error", found: `no text ${value}` }
        : { ...plain, text };
    }
    case "inlineStr":
      return { ...plain, text: unescaped(inline) };
    case "str":
      return { ...plain, text: unescaped(value) };
    case "b":
      return { ...plain, text: isTrue(value) ? "true" : "false" };
    case "e":
      return { ...plain, text: value, fault: "cell-error", found: value };
    case "d":
      return { ...plain, text: value };
  }
  const token = value.trim();
  if (token === "") return undefined;
  const number = Number(token);
  if (!/^[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?$/.test(token) || !Number.isFinite(number))
    return { ...plain, text: token, fault: "cell-error", found: token };
  const time = style?.time && timeText(number, style.time, from1904);
  if (time) return { ...plain, text: time };
  // digits of a whole number are kept as they stand; of all else the shortest decimal that means the same double
  const text = /^-?[0-9]+$/.test(token) ? token : plainDecimal(String(number));
  const whole = text.replace(/^-/, "").replace(/\..*$/, "").replace(/^0+/, "");
  const padded =
    style !== undefined && style.zeros > text.length && /^[0-9]+$/.test(text) ? text.padStart(style.zeros, "0") : text;
  return { formula, digits: whole.length > DIGITS, text: padded };
}

/** Without an exponent. */
function plainDecimal(text: string): string {
  const [, sign = "", whole = "", fraction = "", power = "0"] =
    /^(-?)([0-9]+)(?:\.([0-9]+))?(?:e([-+]?[0-9]+))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  const point = whole.length + Number(power);
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** `_x000d_` is how a workbook writes a character that XML cannot; `_x005F_` an underscore that is none of these. */
function unescaped(text: string): string {
  if (!text.includes("_x")) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function isTrue(value: string | undefined): boolean {
  return value === "1" || value === "true" || value === "on";
}

/** From 0. */
function columnOf(reference: string): number {
  let column = 0;
  for (let at = 0; at < reference.length; at++) {
    const code = reference.charCodeAt(at) & ~0x20;
    if (code < 65 || code > 90) break;
    column = 26 * column + code - 64;
  }
  return column - 1;
}

function rowOf(reference: string): number {
  return Number(/[0-9]+$/.exec(reference)?.[0] ?? 0);
}

function columnLetters(column: number): string {
  let letters = "";
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26))
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}

/** Where the parts are, by the package's own relations. */
async function bookOf(pack: XlsxPackage, prefix: string): Promise<Book> {
  const root = (await relationsOf(pack, "_rels/.rels", "")).find(({ type }) =>
    type.endsWith("/officeDocument"),
  )?.target;
  const workbook = root ?? "xl/workbook.xml";
  const folder = workbook.slice(0, workbook.lastIndexOf("/") + 1);
  const relations = await relationsOf(pack, `${folder}_rels/${workbook.slice(folder.length)}.rels`, folder);
  const byId = new Map(relations.map((one) => [one.id, one]));
  const sheets: Sheet[] = [];
  let from1904 = false;
  await pack.parse(workbook, {
    open: (name, attributes) => {
      if (name === "workbookPr") from1904 = isTrue(attributes.date1904);
      if (name !== "sheet") return;
      const id = Object.entries(attributes).find(([key]) => key === "r:id" || key.endsWith(":id"))?.[1];
      const relation = byId.get(id ?? "");
      // charts and macros are sheets as well, of another type
      if (!relation?.type.endsWith("/worksheet")) return;
      const sheet = attributes.name ?? "";
      sheets.push({
        table: prefix + sheet,
        sheet,
        part: relation.target,
        hidden: (attributes.state ?? "visible") !== "visible",
      });
    },
  });
  if (sheets.length === 0) throw damaged(pack.path, "the workbook lists no sheet");
  const texts = relations.find(({ type }) => type.endsWith("/sharedStrings"))?.target;
  const stylesPart = relations.find(({ type }) => type.endsWith("/styles"))?.target;
  const styles = stylesPart === undefined ? [] : await stylesOf(pack, stylesPart);
  return { pack, sheets, from1904, texts, styles };
}

async function relationsOf(
  pack: XlsxPackage,
  part: string,
  folder: string,
): Promise<{ id: string; type: string; target: string }[]> {
  const relations: { id: string; type: string; target: string }[] = [];
  if (!pack.has(part)) return relations;
  await pack.parse(part, {
    open: (name, { Id = "", Type = "", Target = "" }) => {
      if (name !== "Relationship") return;
      const target = Target.startsWith("/") ? Target.slice(1) : new URL(Target, `file:///${folder}`).pathname.slice(1);
      relations.push({ id: Id, type: Type, target: decodeURIComponent(target) });
    },
  });
  return relations;
}

async function stylesOf(pack: XlsxPackage, part: string): Promise<readonly Style[]> {
  const codes = new Map<number, string>();
  const styles: Style[] = [];
  let cells = false;
  await pack.parse(part, {
    open: (name, attributes) => {
      if (name === "numFmt") codes.set(Number(attributes.numFmtId), attributes.formatCode ?? "");
      else if (name === "cellXfs") cells = true;
      else if (name === "xf" && cells) {
        const id = Number(attributes.numFmtId ?? 0);
        const code = codes.get(id);
        styles.push({ time: timeFormat(id, code), zeros: /^0{2,}$/.test(code ?? "") ? code!.length : 0 });
      }
    },
    close: (name) => {
      if (name === "cellXfs") cells = false;
    },
  });
  return styles;
}
