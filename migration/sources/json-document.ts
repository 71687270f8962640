import { isUtf8 } from "node:buffer";
import { SourceFault } from "./source-fault.ts";
import { FileReading } from "./source-files.ts";

const LF = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
export const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const CHUNK = 1 << 20;
/** One element beyond this is no row. */
const LONGEST = 64 << 20;

const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/** 1: ends a number or word; 2: opens; 3: closes; 4: a quotation mark */
const classes = new Uint8Array(256);
for (const byte of [0x20, 0x0a, 0x0d, 0x09, COMMA, COLON]) classes[byte] = 1;
classes[OPEN_BRACE] = classes[OPEN_BRACKET] = 2;
classes[CLOSE_BRACE] = classes[CLOSE_BRACKET] = 3;
classes[QUOTE] = 4;

/** Of a file that ends before the value that is open there is closed: fetched again, it may be whole. */
export class CutFault extends SourceFault {}

/** A member of an object, or an element of an array, as positions in `document.bytes`. */
export type Span = { readonly from: number; readonly to: number };

/**
 * A JSON file that is read from front to back through a window, so that its size does not matter: arrays are walked
 * element by element, and what nobody asks for is skipped. Values are cut out, never converted: a number is the text
 * that stands in the file. A file that ends too early, or is no JSON, is a SourceFault that names the byte.
 */
export class JsonDocument {
  readonly path: string;
  readonly size: number;
  readonly stamp: string;
  bytes: Buffer = Buffer.alloc(CHUNK);
  at = 0;
  readonly #reading: FileReading;
  #to = 0;
  /** bytes of the file before the window */
  #before = 0;
  /** what must stay in the window, from here on; -1: nothing */
  #kept = -1;

  private constructor(reading: FileReading) {
    this.#reading = reading;
    this.path = reading.path;
    this.size = reading.size;
    this.stamp = reading.stamp;
  }

  static async open(path: string): Promise<JsonDocument> {
    const document = new JsonDocument(await FileReading.open(path));
    await document.#more();
    const { bytes } = document;
    if (document.#to >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) document.at = 3;
    else if (document.#to >= 2 && (bytes[0] === 0 || bytes[1] === 0 || (bytes[0]! >= 0xfe && bytes[1]! >= 0xfe))) {
      await document.close();
      throw new SourceFault(
        "source-damaged",
        { en: `${path} looks like UTF-16; JSON is UTF-8.`, id: `${path} tampaknya UTF-16; JSON harus UTF-8.` },
        { en: "Save it as UTF-8.", id: "Simpan sebagai UTF-8." },
      );
    }
    return document;
  }

  async close(): Promise<void> {
    await this.#reading.close();
  }

  /** Where a position of the window is in the file, in bytes from 0. */
  byte(position = this.at): number {
    return this.#before + position;
  }

  /** Throws unless nothing but white space is left, every byte was read and the file stayed as it was. */
  async prove(): Promise<void> {
    if ((await this.peek()) !== -1) throw this.broken("text follows the end", "ada teks sesudah akhir");
    await this.#reading.prove();
  }

  broken(en: string, id: string, position = this.at, cause?: unknown): SourceFault {
    const byte = this.byte(position);
    return new SourceFault(
      "source-damaged",
      {
        en: `${this.path} is not JSON at byte ${byte}: ${en}.`,
        id: `${this.path} bukan JSON pada byte ${byte}: ${id}.`,
      },
      { en: "Fetch the file again from its source.", id: "Ambil ulang berkas itu dari sumbernya." },
      { cause },
    );
  }

  cut(): CutFault {
    return new CutFault(
      "source-damaged",
      {
        en: `${this.path} ends too early, at byte ${this.size}: the value that is open there is not closed.`,
        id: `${this.path} berakhir terlalu awal, pada byte ${this.size}: nilai yang terbuka di sana tidak ditutup.`,
      },
      { en: "The file was cut: fetch it again.", id: "Berkas terpotong: ambil ulang." },
    );
  }

  /** Reads on; false at the end of the file. Moves the window, so that positions change unless `#kept` holds them. */
  async #more(): Promise<boolean> {
    const keep = this.#kept === -1 ? this.at : this.#kept;
    if (keep > 0) {
      this.bytes.copyWithin(0, keep, this.#to);
      this.#before += keep;
      this.#to -= keep;
      this.at -= keep;
      if (this.#kept !== -1) this.#kept = 0;
    }
    if (this.#to === this.bytes.length) {
      if (this.#to >= LONGEST)
        throw this.broken(`one value is longer than ${LONGEST} bytes`, `satu nilai lebih dari ${LONGEST} byte`, 0);
      const larger = Buffer.alloc(2 * this.#to);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    const read = await this.#reading.read(this.bytes, this.#to);
    this.#to += read;
    return read > 0;
  }

  /** The next byte that is not white space, which stays the next; -1 at the end. */
  async peek(): Promise<number> {
    for (;;) {
      while (this.at < this.#to) {
        const byte = this.bytes[this.at]!;
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return byte;
        this.at++;
      }
      if (!(await this.#more())) return -1;
    }
  }

  /** Goes past the value that comes next; with `keep` it is whole in the window when this returns. */
  async #pass(): Promise<void> {
    const first = await this.peek();
    if (first === -1) throw this.cut();
    const kind = classes[first]!;
    if (kind === 2 || kind === 4) {
      let depth = 0;
      let inText = false;
      for (;;) {
        const { bytes } = this;
        const to = this.#to;
        let at = this.at;
        scan: while (at < to) {
          if (inText) {
            for (;;) {
              const byte = bytes[at]!;
              if (byte === QUOTE) break;
              if (byte === BACKSLASH) {
                // both characters of an escape are in the window together
                if (at + 1 >= to) break scan;
                at++;
              }
              if (++at >= to) break scan;
            }
            inText = false;
            at++;
            if (depth === 0) {
              this.at = at;
              return;
            }
            continue;
          }
          const found = classes[bytes[at]!]!;
          at++;
          if (found === 4) inText = true;
          else if (found === 2) depth++;
          else if (found === 3 && --depth === 0) {
            this.at = at;
            return;
          }
        }
        this.at = at;
        if (!(await this.#more())) throw this.cut();
      }
    }
    if (kind !== 0) throw this.broken("a value is expected", "diharapkan sebuah nilai");
    for (;;) {
      while (this.at < this.#to && classes[this.bytes[this.at]!] === 0) this.at++;
      if (this.at < this.#to || !(await this.#more())) return;
    }
  }

  /** The next value, whole in the window; valid until anything else is read. */
  async value(): Promise<Span> {
    await this.peek();
    this.#kept = this.at;
    try {
      await this.#pass();
      return { from: this.#kept, to: this.at };
    } finally {
      this.#kept = -1;
    }
  }

  /** The next line that is not empty, without white space at its ends; undefined at the end of the file. */
  async line(): Promise<(Span & { readonly last: boolean }) | undefined> {
    if ((await this.peek()) === -1) return undefined;
    this.#kept = this.at;
    try {
      let end = this.#lineEnd();
      let last = false;
      while (end === -1) {
        this.at = this.#to;
        if (await this.#more()) end = this.#lineEnd();
        else {
          end = this.#to;
          last = true;
        }
      }
      this.at = end;
      let to = end;
      while (this.bytes[to - 1] === 0x0d || this.bytes[to - 1] === 0x20 || this.bytes[to - 1] === 0x09) to--;
      return { from: this.#kept, to, last };
    } finally {
      this.#kept = -1;
    }
  }

  #lineEnd(): number {
    const end = this.bytes.indexOf(LF, this.at);
    return end < this.#to ? end : -1;
  }

  /** Keeps all from here on in the window until `work` is done: `work` may go back to the position that it is given. */
  async holding<T>(work: (start: () => number) => Promise<T>): Promise<T> {
    this.#kept = this.at;
    const start = () => this.#kept;
    try {
      return await work(start);
    } finally {
      this.#kept = -1;
    }
  }

  async skip(): Promise<void> {
    await this.#pass();
  }

  async #expect(byte: number, en: string, id: string): Promise<void> {
    const found = await this.peek();
    if (found === -1) throw this.cut();
    if (found !== byte) throw this.broken(en, id);
    this.at++;
  }

  /**
   * Before each element of an array that begins here; the caller reads or skips it, then asks again. The first call
   * passes `first`. Returns false behind the closing bracket.
   */
  async element(first: boolean): Promise<boolean> {
    if (first) await this.#expect(OPEN_BRACKET, "an array is expected", "diharapkan sebuah larik");
    // most elements are found without waiting for anything
    let next = this.#quick();
    if (next === -1) next = await this.peek();
    if (next === -1) throw this.cut();
    if (next === CLOSE_BRACKET) {
      this.at++;
      return false;
    }
    if (first) return true;
    await this.#expect(COMMA, "a comma or ] is expected", "diharapkan koma atau ]");
    if ((await this.peek()) === CLOSE_BRACKET) throw this.broken("a value is expected", "diharapkan sebuah nilai");
    return true;
  }

  #quick(): number {
    return this.at < this.#to && classes[this.bytes[this.at]!] !== 1 ? this.bytes[this.at]! : -1;
  }

  /** The name of each member of an object that begins here; the caller reads or skips its value, then asks again. */
  async member(first: boolean): Promise<string | undefined> {
    if (first) await this.#expect(OPEN_BRACE, "an object is expected", "diharapkan sebuah objek");
    const next = await this.peek();
    if (next === -1) throw this.cut();
    if (next === CLOSE_BRACE) {
      this.at++;
      return undefined;
    }
    if (!first) await this.#expect(COMMA, "a comma or } is expected", "diharapkan koma atau }");
    if ((await this.peek()) !== QUOTE)
      throw this.broken("a name in quotes is expected", "diharapkan nama dalam tanda kutip");
    const held = this.#kept;
    const from = held === -1 ? undefined : this.at - held;
    if (from === undefined) {
      const span = await this.value();
      const name = this.text(span);
      await this.#expect(COLON, "a colon is expected", "diharapkan titik dua");
      return name;
    }
    await this.#pass();
    const name = this.text({ from: this.#kept + from, to: this.at });
    await this.#expect(COLON, "a colon is expected", "diharapkan titik dua");
    return name;
  }

  /** What stands in the file, as it stands there; U+FFFD for bytes that are no UTF-8. */
  source({ from, to }: Span): string {
    return this.bytes.toString("utf8", from, to);
  }

  /** The text that a span in quotation marks means. */
  text(span: Span): string {
    return this.parsed(span) as string;
  }

  parsed(span: Span): unknown {
    try {
      return JSON.parse(this.source(span));
    } catch (cause) {
      throw this.broken((cause as Error).message, (cause as Error).message, span.from, cause);
    }
  }

  /**
   * The members of an object, or the elements of an array, that lies whole in the window: `each` gets the position of
   * the name (-1 in an array; from its opening quotation mark) and of the value.
   */
  each({ from, to }: Span, each: (name: number, nameTo: number, value: number, valueTo: number) => void): void {
    const { bytes } = this;
    const object = bytes[from] === OPEN_BRACE;
    const close = object ? CLOSE_BRACE : CLOSE_BRACKET;
    let at = from + 1;
    const space = () => {
      while (at < to) {
        const byte = bytes[at]!;
        if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
        at++;
      }
    };
    space();
    if (bytes[at] === close && at === to - 1) return;
    for (;;) {
      let name = -1;
      let nameTo = -1;
      space();
      if (object) {
        if (bytes[at] !== QUOTE)
          throw this.broken("a name in quotes is expected", "diharapkan nama dalam tanda kutip", at);
        name = at;
        at = nameTo = this.#end(at, to);
        space();
        if (bytes[at] !== COLON) throw this.broken("a colon is expected", "diharapkan titik dua", at);
        at++;
        space();
      }
      const value = at;
      at = this.#end(at, to);
      each(name, nameTo, value, at);
      space();
      const found = bytes[at];
      if (found === close && at === to - 1) return;
      if (found !== COMMA) {
        if (object) throw this.broken("a comma or } is expected", "diharapkan koma atau }", at);
        throw this.broken("a comma or ] is expected", "diharapkan koma atau ]", at);
      }
      at++;
    }
  }

  /** Where the value that begins at `at` ends, inside a span that is whole. Numbers and words are checked. */
  #end(at: number, to: number): number {
    const { bytes } = this;
    const start = at;
    const kind = classes[bytes[at]!]!;
    if (kind === 4) {
      at++;
      while (bytes[at] !== QUOTE) {
        at += bytes[at] === BACKSLASH ? 2 : 1;
        if (at >= to) throw this.broken("a text is not closed", "teks tidak ditutup", start);
      }
      return at + 1;
    }
    if (kind === 2) {
      let depth = 0;
      for (;;) {
        const found = classes[bytes[at]!]!;
        if (found === 4) at = this.#end(at, to);
        else {
          at++;
          if (found === 2) depth++;
          else if (found === 3 && --depth === 0) break;
        }
        if (at >= to) throw this.broken("brackets do not match", "kurung tidak berpasangan", start);
      }
      // native and strict: a nested value is taken over as it stands, so it must be JSON
      this.parsed({ from: start, to: at });
      return at;
    }
    while (at < to && classes[bytes[at]!] === 0) at++;
    const token = bytes.toString("latin1", start, at);
    if (token !== "null" && token !== "true" && token !== "false" && !numberPattern.test(token))
      throw this.broken("a value is expected", "diharapkan sebuah nilai", start);
    return at;
  }

  /** The column's text of a value: of a text what it means, of null nothing, of all else what stands in the file. */
  cell(from: number, to: number): string | null {
    const { bytes } = this;
    if (bytes[from] === QUOTE) {
      let high = false;
      for (let at = from + 1; at < to - 1; at++) {
        const byte = bytes[at]!;
        if (byte === BACKSLASH) return this.#escaped(from, to);
        if (byte >= 0x80) high = true;
      }
      return high ? bytes.toString("utf8", from + 1, to - 1) : bytes.toString("latin1", from + 1, to - 1);
    }
    if (bytes[from] === 0x6e) return null;
    return this.source({ from, to });
  }

  #escaped(from: number, to: number): string {
    // control characters as such are no JSON, yet what they mean is plain; after a backslash it is not
    const text = this.source({ from, to }).replace(escapesAndControls, (found) =>
      found.length > 1 ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    try {
      return JSON.parse(text) as string;
    } catch (cause) {
      throw this.broken((cause as Error).message, (cause as Error).message, from, cause);
    }
  }

  isText({ from, to }: Span): boolean {
    return isUtf8(this.bytes.subarray(from, to));
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const escapesAndControls = /\\[\s\S]|[\u0000-\u001f]/g;
