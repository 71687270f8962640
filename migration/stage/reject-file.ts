import { createHash, type Hash } from "node:crypto";
import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../server/domain/fault.ts";
import { csvCell } from "../../server/domain/report/csv-cell.ts";
import { classOfColumn, classToMask } from "../mapping/personal.ts";
import { REASONS, type ReasonCode } from "../row.ts";
import { writeWhole } from "./lot.ts";

// The rows that were not migrated, as a table that people open in a spreadsheet, put right in the source, and answer for.

/** One row of it. `held`: it waits for what it belongs to, and is migrated when that arrives. */
export type Reject = {
  readonly at: string;
  readonly code: ReasonCode;
  readonly column?: string | undefined;
  readonly found?: string | undefined;
  readonly values: readonly (string | null)[];
  /** columns that hold personal data in this row */
  readonly private?: ReadonlySet<string> | undefined;
  readonly held?: boolean | undefined;
};

export type RejectSettings = { readonly delimiter?: ";" | ","; readonly withPersonal?: boolean };

const MASK = "•••";
const MAX_CELL = 2_000;

/** A cell as text and nothing else, whatever program opens the file. */
export function rejectCell(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  const plain = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "\ufffd");
  const short = plain.length > MAX_CELL ? `${plain.slice(0, MAX_CELL)}… (${plain.length})` : plain;
  return csvCell(short);
}

/** The reject file of one dataset: there whole, with its SHA-256 beside it, once `close` has returned. */
export class RejectFile {
  readonly #place: string;
  readonly #source: string;
  readonly #table: string;
  readonly #columns: readonly string[];
  readonly #byName: readonly boolean[];
  readonly #delimiter: string;
  readonly #withPersonal: boolean;
  readonly #file: number;
  readonly #hash: Hash = createHash("sha256");
  #lines: string[] = [];
  #waiting = 0;
  #rows = 0;
  #isOpen = true;

  constructor(
    place: string,
    { source, table, columns }: { source: string; table: string; columns: readonly string[] },
    { delimiter = ";", withPersonal = false }: RejectSettings = {},
  ) {
    this.#place = place;
    this.#source = source;
    this.#table = table;
    this.#columns = columns;
    this.#byName = columns.map((name) => classOfColumn(name) !== undefined);
    this.#delimiter = delimiter;
    this.#withPersonal = withPersonal;
    this.#file = openSync(`${place}.new`, "w", withPersonal ? 0o600 : 0o644);
    const head = ["source", "table", "position", "code", "alasan", "reason", "column", "found", "held", ...columns];
    this.#write(`\ufeff${this.#line(head)}`);
  }

  get rows(): number {
    return this.#rows;
  }

  add({ at, code, column = "", found, values, private: cells, held = false }: Reject): void {
    const reason = REASONS[code];
    const told = found ?? (column === "" ? "" : (values[this.#columns.indexOf(column)] ?? ""));
    const raw = this.#columns.map((name, index) => this.#shown(name, values[index] ?? "", this.#byName[index]!, cells));
    const isPrivate = classOfColumn(column) !== undefined;
    this.#write(
      this.#line([
        ...[this.#source, this.#table, at, code, reason.id, reason.en, column],
        this.#shown(column, told, isPrivate, cells),
        held ? "1" : "",
        ...raw,
      ]),
    );
    this.#rows++;
  }

  #shown(column: string, text: string, byName: boolean, cells: ReadonlySet<string> | undefined): string {
    if (this.#withPersonal || text === "") return text;
    return byName || cells?.has(column) || classToMask(text.slice(0, MAX_CELL)) !== undefined ? MASK : text;
  }

  #line(cells: readonly string[]): string {
    return `${cells.map((cell) => rejectCell(cell)).join(this.#delimiter)}\r\n`;
  }

  #write(line: string): void {
    this.#lines.push(line);
    this.#waiting += line.length;
    if (this.#waiting > 256 * 1024) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#lines.join(""), "utf8");
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#lines = [];
    this.#waiting = 0;
  }

  /** @returns its SHA-256, in hexadecimal */
  async close(): Promise<string> {
    this.#flush();
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#isOpen = false;
    renameSync(`${this.#place}.new`, this.#place);
    const digest = this.#hash.digest("hex");
    await writeWhole(`${this.#place}.sha256`, Buffer.from(`${digest}  ${path.basename(this.#place)}\n`));
    return digest;
  }

  /** Leaves nothing behind. */
  abandon(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

/** @throws Fault `rejects-altered` where a reject file is not as it was written */
export async function verifyRejectFile(place: string, expected?: string): Promise<void> {
  const bytes = await readFile(place);
  const digest = createHash("sha256").update(bytes).digest("hex");
  const written = expected ?? (await readFile(`${place}.sha256`, "utf8")).slice(0, 64);
  if (digest === written) return;
  throw new Fault("rejects-altered", {
    explanation: {
      en: `${place} was edited after it was written: its SHA-256 is ${digest}, not ${written}.`,
      id: `${place} disunting sesudah ditulis: SHA-256-nya ${digest}, bukan ${written}.`,
    },
    remedy: {
      en: "Put rows right in their source, not here, and stage the wave again.",
      id: "Betulkan baris di sumbernya, bukan di sini, lalu siapkan ulang gelombangnya.",
    },
  });
}
