import type { RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import { columnNames } from "./column-names.ts";
import { type CsvForm, CsvRows } from "./csv-rows.ts";
import { encodingOf } from "./encoding.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { FileReading, fileNamed, type SourceFile } from "./source-files.ts";

const BATCH = 1_000;

/**
 * Delimited files, one table each. Encoding and delimiter are those of the plan and are never guessed. A row that is no
 * text of that encoding, has more or fewer fields than the header, a null character, or text after a closing quotation
 * mark carries the fault and its bytes in base64; its neighbours are read as ever. Empty lines are no rows, unless the
 * table has a single column. An empty field is an empty text; what stands for no value is declared (`nulls`).
 */
export class CsvSource implements Source {
  readonly name: string;
  readonly #settings: SettingsOf<"csv">;
  readonly #files: readonly SourceFile[];
  readonly #form: CsvForm;

  constructor(name: string, settings: SettingsOf<"csv">, files: readonly SourceFile[]) {
    this.name = name;
    this.#settings = settings;
    this.#files = files;
    this.#form = { encoding: encodingOf(settings.encoding), delimiter: settings.delimiter, quote: settings.quote };
  }

  async tables(): Promise<readonly Table[]> {
    return Promise.all(this.#files.map((file) => this.#table(file)));
  }

  async #table({ name, path }: SourceFile): Promise<Table> {
    const reading = await FileReading.open(path);
    try {
      const names = await this.#header(new CsvRows(reading, this.#form, 1 << 16), path);
      const notes = reading.size === 0 ? [{ en: "the file is empty: 0 bytes", id: "berkas kosong: 0 byte" }] : [];
      return {
        name,
        columns: names.map((column) => ({ name: column, type: "text", nullable: true })),
        key: [],
        references: [],
        bytes: reading.size,
        ...(reading.size === 0 ? { rows: 0, notes } : {}),
      };
    } finally {
      await reading.close();
    }
  }

  /** Reads the header line, where there is one. */
  async #header(rows: CsvRows, path: string): Promise<readonly string[]> {
    if (this.#settings.columns) return columnNames(this.#settings.columns);
    for (;;) {
      const step = rows.step();
      if (step === "more") await rows.more();
      else if (step === "end") return [];
      else if (!rows.blank) {
        const { bytes, count, rowStart, rowStop } = rows;
        if (rows.nul || rows.misplaced || (rows.high && !this.#form.encoding.isText(bytes, rowStart, rowStop)))
          throw unreadableHeader(path, this.#settings.encoding);
        return columnNames(Array.from({ length: count }, (_, field) => this.#field(rows, field)));
      }
    }
  }

  #field(rows: CsvRows, field: number): string {
    const text = this.#form.encoding.text(rows.bytes, rows.starts[field]!, rows.stops[field]!);
    return rows.quoted[field] === 2 ? this.#undoubled(text) : text;
  }

  #undoubled(text: string): string {
    const { quote } = this.#form;
    return text.replaceAll(quote + quote, quote);
  }

  async *rows(table: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const { path } = fileNamed(this.#files, table);
    const reading = await FileReading.open(path);
    try {
      const rows = new CsvRows(reading, this.#form);
      const names = await this.#header(rows, path);
      const digest = new ScanDigest();
      const nulls = this.#settings.nulls && new Set(this.#settings.nulls);
      let batch: SourceRow[] = [];
      let number = 0;
      let last = "the header";
      for (;;) {
        const step = rows.step();
        if (step === "row") {
          if (rows.blank && names.length !== 1) continue;
          const at = `line ${rows.line}, byte ${rows.byte}`;
          batch.push(this.#row(rows, ++number, at, names, nulls));
          if (batch.length < BATCH) continue;
        } else if (step === "more") {
          await rows.more();
          continue;
        }
        if (batch.length > 0) {
          last = batch.at(-1)!.at;
          digest.add(batch);
          yield batch;
          batch = [];
        }
        if (step === "end") break;
      }
      await reading.prove();
      return { rows: number, last: `${last}; end of file at byte ${rows.position}`, sha256: digest.sha256() };
    } finally {
      await reading.close();
    }
  }

  #row(rows: CsvRows, number: number, at: string, names: readonly string[], nulls: Set<string> | undefined): SourceRow {
    const { bytes, count, starts, stops, quoted, rowStart } = rows;
    if (rows.nul || rows.misplaced || count !== names.length) return this.#faulty(rows, number, at, names, nulls);
    const values: (string | null)[] = new Array(count);
    if (rows.high || this.#form.encoding.unit === 2) {
      if (rows.high && !this.#form.encoding.isText(bytes, rowStart, rows.rowStop))
        return this.#faulty(rows, number, at, names, nulls);
      for (let field = 0; field < count; field++) values[field] = this.#field(rows, field);
    } else {
      // one text for the row, cut into its fields: a call into the engine for each row and not for each field
      const text = bytes.toString("latin1", rowStart, rows.rowStop);
      for (let field = 0; field < count; field++) {
        const value = text.slice(starts[field]! - rowStart, stops[field]! - rowStart);
        values[field] = quoted[field] === 2 ? this.#undoubled(value) : value;
      }
    }
    if (nulls)
      for (let field = 0; field < count; field++)
        if (quoted[field] === 0 && nulls.has(values[field]!)) values[field] = null;
    return { row: number, at, values };
  }

  #faulty(
    rows: CsvRows,
    number: number,
    at: string,
    names: readonly string[],
    nulls: Set<string> | undefined,
  ): SourceRow {
    const { encoding } = this.#form;
    const faults: RowFault[] = [];
    if (rows.count !== names.length) faults.push({ code: "ragged", found: `${rows.count}/${names.length}` });
    if (rows.misplaced) faults.push({ code: "quote-misplaced" });
    const values = names.map((column, field) => {
      if (field >= rows.count) return null;
      const value = this.#field(rows, field);
      if (!encoding.isText(rows.bytes, rows.starts[field]!, rows.stops[field]!))
        faults.push({ code: "undecodable", column });
      if (value.includes("\0")) faults.push({ code: "nul", column });
      return rows.quoted[field] === 0 && nulls?.has(value) ? null : value;
    });
    if (faults.length === 0)
      faults.push({ code: encoding.isText(rows.bytes, rows.rowStart, rows.rowStop) ? "nul" : "undecodable" });
    return { row: number, at, values, faults, raw: rows.raw().toString("base64") };
  }

  async close(): Promise<void> {}
}

function unreadableHeader(path: string, encoding: string): SourceFault {
  return new SourceFault(
    "source-setting",
    {
      en: `The header line of ${path} cannot be read as ${encoding}.`,
      id: `Baris judul ${path} tidak dapat dibaca sebagai ${encoding}.`,
    },
    {
      en: "Declare the encoding that it has; `inventory` proposes one.",
      id: "Nyatakan pengodean yang sebenarnya; `inventory` mengusulkannya.",
    },
  );
}
