import type { RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import { columnNames } from "./column-names.ts";
import { JsonDocument, OPEN_BRACE, OPEN_BRACKET, type Span } from "./json-document.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { changed, fileNamed, type SourceFile } from "./source-files.ts";

const BATCH = 1_000;
/** More names than this are data that somebody used as names. */
const MOST_COLUMNS = 4_096;

type Settings = Pick<SettingsOf<"json">, "pointer" | "columns">;
/** `last`: of lines, the one that no line end follows. */
type Element = Span & { readonly last?: boolean };
type Seen = { columns: readonly string[]; rows: number; bytes: number; stamp: string };

/**
 * JSON files, one table each: an array of objects (or of arrays, as DataTables sends them) at `pointer`, or with `lines`
 * one value after another. Columns are those that the plan declares, else all names in the order in which a first pass
 * meets them. A number is the text that stands in the file, however many digits it has; what is nested is its JSON text.
 * A name that the plan does not declare, an array of another length, and an element that is neither object nor array
 * are `ragged`.
 */
export class JsonSource implements Source {
  readonly name: string;
  readonly #settings: Settings;
  readonly #lines: boolean;
  readonly #files: readonly SourceFile[];
  readonly #seen = new Map<string, Seen>();

  constructor(name: string, settings: Settings, files: readonly SourceFile[], lines: boolean) {
    this.name = name;
    this.#settings = settings;
    this.#files = files;
    this.#lines = lines;
  }

  async tables(): Promise<readonly Table[]> {
    const tables: Table[] = [];
    for (const file of this.#files) {
      const { columns, rows, bytes } = await this.#first(file);
      const notes = bytes === 0 ? [{ en: "the file is empty: 0 bytes", id: "berkas kosong: 0 byte" }] : undefined;
      tables.push({
        name: file.name,
        columns: columns.map((name) => ({ name, type: "text", nullable: true })),
        key: [],
        references: [],
        rows,
        bytes,
        ...(notes ? { notes } : {}),
      });
    }
    return tables;
  }

  /** A pass over the whole file that finds its columns, counts its rows and proves that it is whole. */
  async #first({ name, path }: SourceFile): Promise<Seen> {
    const before = this.#seen.get(name);
    const document = await JsonDocument.open(path);
    try {
      if (before?.stamp === document.stamp) return before;
      const { columns: declared } = this.#settings;
      const columns = new Columns(declared ? columnNames(declared) : [], declared === undefined);
      let rows = 0;
      for await (const span of this.#elements(document)) {
        rows++;
        if (!declared) this.#readable(document, span, () => columns.learn(document, span));
      }
      const seen = { columns: columns.names, rows, bytes: document.size, stamp: document.stamp };
      this.#seen.set(name, seen);
      return seen;
    } finally {
      await document.close();
    }
  }

  async *rows(table: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const file = fileNamed(this.#files, table);
    const seen = await this.#first(file);
    const document = await JsonDocument.open(file.path);
    try {
      if (document.stamp !== seen.stamp) throw changed(file.path);
      const columns = new Columns(seen.columns, false);
      const digest = new ScanDigest();
      let batch: SourceRow[] = [];
      let number = 0;
      let last = "nothing";
      for await (const span of this.#elements(document)) {
        number++;
        const row = () => columns.row(document, span, number);
        batch.push(this.#readable(document, span, row) ?? columns.broken(document, span, number));
        if (batch.length < BATCH) continue;
        last = batch.at(-1)!.at;
        digest.add(batch);
        yield batch;
        batch = [];
      }
      if (batch.length > 0) {
        last = batch.at(-1)!.at;
        digest.add(batch);
        yield batch;
      }
      if (number !== seen.rows) throw changed(file.path);
      return { rows: number, last: `${last}; end of file at byte ${document.size}`, sha256: digest.sha256() };
    } finally {
      await document.close();
    }
  }

  /**
   * A line that is no JSON is one row that cannot be read, and its neighbours can; but one that the end of the file cuts
   * is a file that was cut. Elsewhere nothing behind a broken value can be trusted.
   */
  #readable<T>(document: JsonDocument, span: Element, work: () => T): T | undefined {
    if (!this.#lines) return work();
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SourceFault) || error.code !== "source-damaged") throw error;
      if (span.last) throw document.cut();
      return undefined;
    }
  }

  /** Each element, whole in the window until the next is asked for; ends only where the document is proven whole. */
  async *#elements(document: JsonDocument): AsyncGenerator<Element> {
    if (document.size === 0) return;
    if (this.#lines) for (let line = await document.line(); line; line = await document.line()) yield line;
    else yield* this.#at(document, pointerSteps(this.#settings.pointer));
    await document.prove();
  }

  async *#at(document: JsonDocument, steps: readonly string[] | undefined): AsyncGenerator<Element> {
    const opening = await document.peek();
    if (steps === undefined && opening === OPEN_BRACE) {
      // DataTables answers carry their rows in `data`; which other member is meant nobody but the plan can say
      if (this.#settings.columns === undefined) throw await this.#unsaid(document);
      yield* this.#at(document, ["data"]);
    } else if (steps === undefined || steps.length === 0) {
      if (opening === OPEN_BRACE) yield await document.value();
      else for (let first = true; await document.element(first); first = false) yield await document.value();
    } else {
      const [step, ...rest] = steps;
      let found = false;
      if (opening === OPEN_BRACKET)
        for (let index = 0; await document.element(index === 0); index++) {
          if (String(index) === step) {
            found = true;
            yield* this.#at(document, rest);
          } else await document.skip();
        }
      else
        for (let name = await document.member(true); name !== undefined; name = await document.member(false)) {
          if (name === step && !found) {
            found = true;
            yield* this.#at(document, rest);
          } else await document.skip();
        }
      if (!found) throw this.#nothingAt(document, step!);
    }
  }

  #nothingAt({ path }: JsonDocument, step: string): SourceFault {
    return new SourceFault(
      "source-setting",
      {
        en: `${path} has no member ${step} where \`pointer\` looks for it.`,
        id: `${path} tidak memiliki anggota ${step} di tempat yang ditunjuk \`pointer\`.`,
      },
      { en: "Correct `pointer` of the source in its settings.", id: "Perbaiki `pointer` sumber itu dalam setelannya." },
    );
  }

  async #unsaid(document: JsonDocument): Promise<SourceFault> {
    const arrays: string[] = [];
    for (let name = await document.member(true); name !== undefined; name = await document.member(false)) {
      if ((await document.peek()) === OPEN_BRACKET) arrays.push(`/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
      await document.skip();
    }
    const found = arrays.join(", ") || "-";
    return new SourceFault(
      "source-setting",
      {
        en: `${document.path} is an object, and the plan does not say where its rows are; arrays in it: ${found}.`,
        id: `${document.path} adalah objek, dan rencana tidak menyebut letak barisnya; larik di dalamnya: ${found}.`,
      },
      {
        en: 'Declare `pointer`, as "/data"; "" where the object itself is the one row.',
        id: 'Nyatakan `pointer`, misalnya "/data"; "" bila objek itu sendiri satu-satunya baris.',
      },
    );
  }

  async close(): Promise<void> {}
}

function pointerSteps(pointer: string | undefined): readonly string[] | undefined {
  return pointer
    ?.split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Columns by name, with a guess at each: rows of one file mostly give their names in the same order. */
class Columns {
  readonly names: string[];
  readonly #index = new Map<string, number>();
  readonly #grows: boolean;
  /** bytes of a name as it was last written, with its quotation marks, and the column; by its place in the object */
  readonly #guesses: { bytes: Buffer; column: number }[] = [];

  constructor(names: readonly string[], grows: boolean) {
    this.names = [...names];
    this.#grows = grows;
    for (const [index, name] of names.entries()) this.#index.set(name, index);
  }

  #column(document: JsonDocument, place: number, from: number, to: number): number {
    const guess = this.#guesses[place];
    if (guess !== undefined && same(guess.bytes, document.bytes, from, to)) return guess.column;
    const name = document.text({ from, to });
    let column = this.#index.get(name);
    if (column === undefined) {
      if (!this.#grows) return -1;
      column = this.#add(document, name);
    }
    this.#guesses[place] = { bytes: Buffer.from(document.bytes.subarray(from, to)), column };
    return column;
  }

  #add({ path }: JsonDocument, name: string): number {
    if (this.names.length === MOST_COLUMNS)
      throw new SourceFault(
        "source-setting",
        {
          en: `${path} has more than ${MOST_COLUMNS} names: they seem to be data.`,
          id: `${path} memiliki lebih dari ${MOST_COLUMNS} nama: tampaknya nama itu data.`,
        },
        { en: "Declare the `columns` that matter.", id: "Nyatakan `columns` yang diperlukan." },
      );
    this.#index.set(name, this.names.length);
    return this.names.push(name) - 1;
  }

  /** Adds the names of an element; of an array, the numbers of its places. */
  learn(document: JsonDocument, span: Span): void {
    const opening = document.bytes[span.from];
    let place = 0;
    if (opening === OPEN_BRACE) document.each(span, (name, nameTo) => this.#column(document, place++, name, nameTo));
    else if (opening === OPEN_BRACKET)
      document.each(span, () => {
        const name = String(++place);
        if (!this.#index.has(name)) this.#add(document, name);
      });
  }

  broken(document: JsonDocument, span: Span, row: number): SourceRow {
    return {
      row,
      at: `element ${row}, byte ${document.byte(span.from)}`,
      values: this.names.map(() => null),
      faults: [{ code: "not-json" }],
      raw: document.bytes.subarray(span.from, span.to).toString("base64"),
    };
  }

  row(document: JsonDocument, span: Span, row: number): SourceRow {
    const at = `element ${row}, byte ${document.byte(span.from)}`;
    const values: (string | null)[] = new Array(this.names.length).fill(null);
    const faults: RowFault[] = [];
    const opening = document.bytes[span.from];
    let place = 0;
    if (opening === OPEN_BRACE) {
      const given = new Uint8Array(values.length);
      document.each(span, (name, nameTo, from, to) => {
        const column = this.#column(document, place++, name, nameTo);
        if (column === -1) faults.push({ code: "ragged", column: document.text({ from: name, to: nameTo }) });
        else if (given[column] === 1) faults.push({ code: "name-twice", column: this.names[column]! });
        else {
          given[column] = 1;
          values[column] = document.cell(from, to);
        }
      });
    } else if (opening === OPEN_BRACKET) {
      document.each(span, (_name, _nameTo, from, to) => {
        if (place < values.length) values[place] = document.cell(from, to);
        place++;
      });
      if (place !== values.length) faults.push({ code: "ragged", found: `${place}/${values.length}` });
    } else {
      document.parsed(span);
      faults.push({ code: "ragged", found: document.source(span).slice(0, 60) });
    }
    const text = document.isText(span);
    for (const [index, value] of values.entries()) {
      if (value === null) continue;
      if ((!text && value.includes("\ufffd")) || !value.isWellFormed())
        faults.push({ code: "undecodable", column: this.names[index]! });
      if (value.includes("\0")) faults.push({ code: "nul", column: this.names[index]! });
    }
    if (!text && !faults.some(({ code }) => code === "undecodable")) faults.push({ code: "undecodable" });
    if (faults.length === 0) return { row, at, values };
    const raw = document.bytes.subarray(span.from, span.to).toString("base64");
    return { row, at, values: values.map((value) => value?.toWellFormed() ?? null), faults, raw };
  }
}

/** Names are short: a loop is done before a call into the engine has begun. */
function same(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let at = from; at < to; at++) if (bytes[at] !== name[at - from]) return false;
  return true;
}
