import type { Encoding } from "./encoding.ts";
import { SourceFault } from "./source-fault.ts";
import type { FileReading } from "./source-files.ts";

export type CsvForm = { readonly encoding: Encoding; readonly delimiter: string; readonly quote: string };

const PLAIN = 0;
const DELIMITER = 1;
const LF = 2;
const CR = 3;
const QUOTE = 4;
const NUL = 5;
const HIGH = 6;

const CHUNK = 1 << 20;
/** A row beyond this is a quotation mark that was never closed. */
const LONGEST = 64 << 20;

/**
 * Finds rows and fields in a delimited file, in the file's own units, without decoding anything: delimiters, quotes and
 * line ends are ASCII in every encoding that `encodingOf` knows. LF, CRLF and CR end a row wherever they stand outside
 * quotes. `step` is synchronous as it runs for every row; `more` fetches bytes when it asks for them.
 */
export class CsvRows {
  /** bytes of the window; positions below are units in it */
  bytes: Buffer;
  /** fields of the row that was found, from 0 to `count` */
  count = 0;
  starts = new Int32Array(64);
  stops = new Int32Array(64);
  /** 1 where the field was quoted, 2 where it also holds doubled quotes */
  quoted = new Uint8Array(64);
  rowStart = 0;
  rowStop = 0;
  /** line of the file on which the row begins, from 1 */
  line = 1;
  nul = false;
  high = false;
  /** text stands after a closing quote */
  misplaced = false;
  /** how rows end, counted over the file */
  readonly ends = { lf: 0, crlf: 0, cr: 0 };

  readonly #reading: FileReading;
  readonly #unit: 1 | 2;
  readonly #encoding: Encoding;
  readonly #classes: Uint8Array;
  readonly #quote: number;
  #units: Uint8Array | Uint16Array;
  #at = 0;
  #to = 0;
  /** units of the file before the window */
  #before = 0;
  /** bytes in the window; one more than the units hold where a pair is not whole yet */
  #filled = 0;
  #final = false;
  #nextLine = 1;

  constructor(reading: FileReading, { encoding, delimiter, quote }: CsvForm, chunk = CHUNK) {
    this.#reading = reading;
    this.#encoding = encoding;
    this.#unit = encoding.unit;
    this.#quote = quote === "" ? -1 : quote.charCodeAt(0);
    this.#classes = new Uint8Array(encoding.unit === 1 ? 256 : 65_536).fill(HIGH, 128);
    this.#classes[0] = NUL;
    this.#classes[0x0a] = LF;
    this.#classes[0x0d] = CR;
    this.#classes[delimiter.charCodeAt(0)] = DELIMITER;
    if (quote !== "") this.#classes[this.#quote] = QUOTE;
    this.bytes = Buffer.alloc(chunk);
    this.#units = this.#view();
  }

  #view(): Uint8Array | Uint16Array {
    const { buffer, byteOffset, length } = this.bytes;
    return this.#unit === 1 ? this.bytes : new Uint16Array(buffer, byteOffset, length >> 1);
  }

  /** Where the row begins in the file, in bytes from 0. */
  get byte(): number {
    return (this.#before + this.rowStart) * this.#unit;
  }

  /** Where the reading stands, in bytes from 0. */
  get position(): number {
    return (this.#before + this.#at) * this.#unit;
  }

  /** The row as it stands in the file, without its line end. */
  raw(): Buffer {
    const raw = Buffer.from(this.bytes.subarray(this.rowStart * this.#unit, this.rowStop * this.#unit));
    return this.#encoding.swapped ? raw.swap16() : raw;
  }

  /** Reads on, keeping the row that is not whole yet. */
  async more(): Promise<void> {
    const unit = this.#unit;
    const kept = this.#filled - this.#at * unit;
    if (this.#at > 0) {
      this.bytes.copyWithin(0, this.#at * unit, this.#filled);
      this.#before += this.#at;
      this.#at = 0;
    } else if (kept === this.bytes.length) {
      if (kept >= LONGEST) throw this.#unclosed();
      const larger = Buffer.alloc(2 * kept);
      this.bytes.copy(larger);
      this.bytes = larger;
      this.#units = this.#view();
    }
    const whole = kept - (kept % unit);
    const read = await this.#reading.read(this.bytes, kept);
    this.#filled = kept + read;
    this.#to = Math.floor(this.#filled / unit);
    if (this.#encoding.swapped) this.bytes.subarray(whole, this.#to * unit).swap16();
    if (read > 0) {
      if (this.#before === 0 && whole === 0) this.#start();
      return;
    }
    if (this.#filled % unit !== 0)
      throw new SourceFault(
        "source-damaged",
        {
          en: `${this.#reading.path} ends in the middle of a character, at byte ${this.#reading.size}.`,
          id: `${this.#reading.path} berakhir di tengah karakter, pada byte ${this.#reading.size}.`,
        },
        { en: "Fetch the file again.", id: "Ambil ulang berkas itu." },
      );
    this.#final = true;
  }

  /** Leaves out the mark at the start; refuses the mark of another encoding. */
  #start(): void {
    const { mark, name, swapped } = this.#encoding;
    const first = Buffer.from(this.bytes.subarray(0, Math.min(4, this.#filled - (this.#filled % this.#unit))));
    if (swapped) first.swap16();
    if (mark.length > 0 && first.subarray(0, mark.length).equals(mark)) {
      this.#at = mark.length / this.#unit;
      return;
    }
    const found = markOf(first);
    if (found === undefined) return;
    throw new SourceFault(
      "source-setting",
      {
        en: `${this.#reading.path} begins with the mark of ${found}, but the plan declares ${name}.`,
        id: `${this.#reading.path} diawali tanda ${found}, tetapi rencana menyatakan ${name}.`,
      },
      { en: `Declare \`encoding: ${found}\`.`, id: `Nyatakan \`encoding: ${found}\`.` },
    );
  }

  #unclosed(): SourceFault {
    return new SourceFault(
      "source-damaged",
      {
        en: `${this.#reading.path}: a quotation mark in the row that begins on line ${this.#nextLine} is never closed.`,
        id: `${this.#reading.path}: tanda kutip pada baris data yang dimulai di baris ${this.#nextLine} tidak pernah ditutup.`,
      },
      {
        en: 'Mend that line; or the file was cut: fetch it again. If quotation marks mean nothing in this file, declare `quote: ""`.',
        id: 'Perbaiki baris itu; atau berkasnya terpotong: ambil ulang. Bila tanda kutip tidak bermakna di berkas ini, nyatakan `quote: ""`.',
      },
    );
  }

  /** `row`: a row was found; `more`: call `more` first; `end`: the file is at its end. */
  step(): "row" | "more" | "end" {
    if (this.#at >= this.#to) return this.#final ? "end" : "more";
    const units = this.#units;
    const classes = this.#classes;
    const to = this.#to;
    const final = this.#final;
    const quote = this.#quote;
    let at = this.#at;
    let count = 0;
    let lines = 0;
    let nul = false;
    let high = false;
    let misplaced = false;
    let kind = PLAIN;
    for (;;) {
      let start = at;
      let stop = -1;
      let how = 0;
      if (at < to && classes[units[at]!] === QUOTE) {
        start = ++at;
        how = 1;
        for (;;) {
          kind = PLAIN;
          while (at < to) {
            kind = classes[units[at]!]!;
            if (kind !== PLAIN && kind !== DELIMITER) break;
            at++;
          }
          if (at >= to) {
            if (final) throw this.#unclosed();
            return "more";
          }
          if (kind === QUOTE) {
            if (at + 1 >= to && !final) return "more";
            if (at + 1 < to && units[at + 1] === quote) {
              how = 2;
              at += 2;
              continue;
            }
            break;
          }
          if (kind === HIGH) high = true;
          else if (kind === NUL) nul = true;
          else if (kind === LF) lines++;
          else if (at + 1 >= to && !final) return "more";
          else if (units[at + 1] !== 0x0a || at + 1 >= to) lines++;
          at++;
        }
        stop = at++;
        if (at < to) {
          kind = classes[units[at]!]!;
          if (kind !== DELIMITER && kind !== LF && kind !== CR) {
            misplaced = true;
            start--;
            stop = -1;
            how = 0;
          }
        }
      }
      // the rest of an unquoted field, in which a quotation mark is a character like others
      for (;;) {
        kind = PLAIN;
        while (at < to) {
          kind = classes[units[at]!]!;
          if (kind !== PLAIN && kind !== QUOTE) break;
          at++;
        }
        if (at >= to) {
          if (!final) return "more";
          kind = LF;
          break;
        }
        if (kind === HIGH) high = true;
        else if (kind === NUL) nul = true;
        else break;
        at++;
      }
      if (kind === CR && at + 1 >= to && !final) return "more";
      if (count === this.starts.length) this.#widen();
      this.starts[count] = start;
      this.stops[count] = stop === -1 ? at : stop;
      this.quoted[count] = how;
      count++;
      if (kind !== DELIMITER) break;
      at++;
    }
    this.rowStart = this.#at;
    this.rowStop = at;
    this.count = count;
    this.nul = nul;
    this.high = high;
    this.misplaced = misplaced;
    this.line = this.#nextLine;
    if (at < to) {
      if (kind === LF) this.ends.lf++;
      else if (units[at + 1] === 0x0a && at + 1 < to) {
        this.ends.crlf++;
        at++;
      } else this.ends.cr++;
      at++;
      lines++;
    }
    this.#nextLine += lines;
    this.#at = at;
    return "row";
  }

  #widen(): void {
    const length = 2 * this.starts.length;
    const starts = new Int32Array(length);
    const stops = new Int32Array(length);
    const quoted = new Uint8Array(length);
    starts.set(this.starts);
    stops.set(this.stops);
    quoted.set(this.quoted);
    Object.assign(this, { starts, stops, quoted });
  }

  /** Whether the row is an empty line. */
  get blank(): boolean {
    return this.count === 1 && this.stops[0] === this.starts[0] && this.quoted[0] === 0;
  }
}

/** The encoding whose mark these first bytes are. */
export function markOf(first: Uint8Array): string | undefined {
  if (first[0] === 0xef && first[1] === 0xbb && first[2] === 0xbf) return "utf-8";
  if (first[0] === 0xff && first[1] === 0xfe) return "utf-16le";
  if (first[0] === 0xfe && first[1] === 0xff) return "utf-16be";
  return undefined;
}
