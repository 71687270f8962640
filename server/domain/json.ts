import canonicalize from "canonicalize";

/** One reason why bytes are not acceptable JSON. Line and column count from 1, the column in characters. */
export interface JsonFault {
  readonly pointer: string;
  readonly rule: JsonRule;
  readonly message: string;
  readonly messageId: string;
  readonly line: number;
  readonly column: number;
}

type JsonRule = keyof typeof texts;

export type JsonResult =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** Pointers of whole numbers that were written with a fraction or an exponent (`5.0`, `1e2`): not integers to JSON Schema draft-04. */
      readonly decimals: readonly string[];
    }
  | { readonly ok: false; readonly faults: readonly JsonFault[] };

export interface JsonLimits {
  /** Default 64 MiB. */
  readonly maxBytes?: number;
  /** Objects and arrays inside each other; default 64. */
  readonly maxDepth?: number;
}

/** The text of every rule: English, Indonesian. `{}` stands for the offending detail. */
const texts = {
  "too-large": [
    "The text has more bytes than the {} allowed. Send it in smaller parts.",
    "Teks melebihi batas {} byte. Kirim dalam bagian yang lebih kecil.",
  ],
  encoding: ["The text is not UTF-8: {}. Save it as UTF-8.", "Teks bukan UTF-8: {}. Simpan sebagai UTF-8."],
  syntax: ["This is not JSON: {}.", "Ini bukan JSON: {}."],
  depth: [
    "Objects and arrays are nested deeper than {} levels. Flatten the data.",
    "Objek dan larik bersarang lebih dari {} tingkat. Ratakan datanya.",
  ],
  "duplicate-key": [
    "The name {} occurs twice in one object. Keep one of them.",
    "Nama {} muncul dua kali dalam satu objek. Sisakan satu.",
  ],
  "forbidden-key": [
    "The name {} is not allowed, as programs may take it for a part of themselves. Rename the field.",
    "Nama {} tidak diizinkan karena dapat disalahartikan oleh program. Ganti nama bidangnya.",
  ],
  "lone-surrogate": [
    "The text holds half of a surrogate pair, which is no character. Write the whole character.",
    "Teks memuat separuh pasangan surrogate yang bukan karakter. Tulis karakter utuhnya.",
  ],
  "null-character": [
    "The text holds the character U+0000, which databases cannot store. Remove it.",
    "Teks memuat karakter U+0000 yang tidak dapat disimpan basis data. Hapus karakter itu.",
  ],
  "not-a-number": [
    "{} is not a JSON value. Write a number, or leave the field out.",
    "{} bukan nilai JSON. Tulis sebuah angka, atau hilangkan bidangnya.",
  ],
  "number-precision": [
    "The number {} cannot be held exactly: programs would read another number. Write fewer digits, or text.",
    "Angka {} tidak dapat disimpan dengan tepat: program akan membaca angka lain. Kurangi digitnya, atau tulis sebagai teks.",
  ],
} as const satisfies Record<string, readonly [string, string]>;

const forbiddenKeys = new Set(["__proto__", "constructor", "prototype"]);
const maxFaults = 100;
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordPattern = /[-+]?[A-Za-z_$][A-Za-z0-9_$]*/y;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads JSON as I-JSON (RFC 7493) wants it, and refuses what two programs could read differently: other encodings,
 * names given twice, lone surrogates, U+0000, numbers that a double does not hold, deep nesting. Never throws.
 * A UTF-8 byte order mark is accepted. At most 100 faults are listed; a fault of syntax ends the reading.
 */
export function parseJson(
  bytes: Uint8Array,
  { maxBytes = 64 * 1024 * 1024, maxDepth = 64 }: JsonLimits = {},
): JsonResult {
  if (bytes.length > maxBytes) return refused("too-large", String(maxBytes));
  const wrongEncoding = encodingFault(bytes);
  if (wrongEncoding) return wrongEncoding;
  const reader = new Reader(new TextDecoder().decode(bytes), maxDepth);
  return reader.read();
}

/** RFC 8785: the one text of a JSON value, to be hashed and signed. Throws a TypeError for what is not JSON. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("Not a JSON value.");
  return text;
}

/** A step of a JSON Pointer (RFC 6901), escaped. */
export function pointerStep(step: string | number): string {
  return typeof step === "number" ? `/${step}` : `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function refused(rule: JsonRule, detail: string, detailId = detail, line = 1, column = 1): JsonResult {
  return { ok: false, faults: [jsonFault(rule, "", detail, detailId, line, column)] };
}

function jsonFault(
  rule: JsonRule,
  pointer: string,
  detail: string,
  detailId: string,
  line: number,
  column: number,
): JsonFault {
  const [english, indonesian] = texts[rule];
  const place = ` (${pointer || "top level"}, line ${line}, column ${column})`;
  const placeId = ` (${pointer || "tingkat atas"}, baris ${line}, kolom ${column})`;
  return {
    pointer,
    rule,
    message: english.replace("{}", () => detail) + place,
    messageId: indonesian.replace("{}", () => detailId) + placeId,
    line,
    column,
  };
}

function encodingFault(bytes: Uint8Array): JsonResult | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || first === 0 || second === 0) {
    return refused("encoding", "it looks like UTF-16 or UTF-32", "tampaknya UTF-16 atau UTF-32");
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    const at = firstInvalidByte(bytes);
    const before = new TextDecoder().decode(bytes.subarray(0, at));
    const { line, column } = placeOf(before, before.length);
    const byte = `0x${(bytes[at] ?? 0).toString(16).padStart(2, "0")}`;
    return refused("encoding", `byte ${at} is ${byte}`, `byte ke-${at} adalah ${byte}`, line, column);
  }
}

/** Bisection: a prefix decodes until it holds the first invalid byte (`stream` forgives a character cut at its end). */
function firstInvalidByte(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  const decodes = (length: number, stream: boolean) => {
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length), { stream });
      return true;
    } catch {
      return false;
    }
  };
  if (decodes(invalid, true)) valid = invalid;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (decodes(middle, true)) valid = middle;
    else invalid = middle;
  }
  while (!decodes(valid, false)) valid--;
  return valid;
}

function placeOf(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    start = at + 1;
  }
  return { line, column: offset - start + 1 };
}

/** Ends the reading; never leaves this file. */
class Stop extends Error {}

class Reader {
  private at = 0;
  private readonly path: (string | number)[] = [];
  private readonly faults: JsonFault[] = [];
  private readonly decimals: string[] = [];
  private readonly text: string;
  private readonly maxDepth: number;

  constructor(text: string, maxDepth: number) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  read(): JsonResult {
    try {
      const value = this.value(0);
      this.space();
      if (this.at < this.text.length) this.syntax("text follows the value", "ada teks sesudah nilai");
      if (this.faults.length === 0) return { ok: true, value, decimals: this.decimals };
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    return { ok: false, faults: this.faults };
  }

  private pointer(): string {
    return this.path.map(pointerStep).join("");
  }

  private fault(rule: JsonRule, offset: number, detail: string, detailId = detail): void {
    const { line, column } = placeOf(this.text, offset);
    this.faults.push(jsonFault(rule, this.pointer(), detail, detailId, line, column));
    if (this.faults.length >= maxFaults) throw new Stop();
  }

  private syntax(detail: string, detailId: string, offset = this.at): never {
    this.fault("syntax", offset, detail, detailId);
    throw new Stop();
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private value(depth: number): unknown {
    this.space();
    const code = this.text.charCodeAt(this.at);
    if (code === 0x22) return this.string();
    if (code === 0x7b || code === 0x5b) {
      if (depth >= this.maxDepth) {
        this.fault("depth", this.at, String(this.maxDepth));
        throw new Stop();
      }
      return code === 0x7b ? this.object(depth + 1) : this.array(depth + 1);
    }
    if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return this.number();
    return this.word();
  }

  private object(depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x7d) {
      this.at++;
      return result;
    }
    for (;;) {
      this.space();
      const start = this.at;
      if (this.text.charCodeAt(start) !== 0x22)
        this.syntax("a name in quotes is expected", "diharapkan nama dalam tanda kutip");
      const name = this.string();
      this.path.push(name);
      this.space();
      if (this.text.charCodeAt(this.at) !== 0x3a) this.syntax("a colon is expected", "diharapkan titik dua");
      this.at++;
      const forbidden = forbiddenKeys.has(name);
      if (forbidden) this.fault("forbidden-key", start, JSON.stringify(name));
      else if (Object.hasOwn(result, name)) this.fault("duplicate-key", start, JSON.stringify(shortened(name)));
      const value = this.value(depth);
      if (!forbidden) result[name] = value;
      this.path.pop();
      this.space();
      const code = this.text.charCodeAt(this.at);
      if (code === 0x2c) this.at++;
      else if (code === 0x7d) break;
      else this.syntax("a comma or } is expected", "diharapkan koma atau }");
    }
    this.at++;
    return result;
  }

  private array(depth: number): unknown[] {
    const result: unknown[] = [];
    this.at++;
    this.space();
    if (this.text.charCodeAt(this.at) === 0x5d) {
      this.at++;
      return result;
    }
    for (;;) {
      this.path.push(result.length);
      result.push(this.value(depth));
      this.path.pop();
      this.space();
      const code = this.text.charCodeAt(this.at);
      if (code === 0x2c) this.at++;
      else if (code === 0x5d) break;
      else this.syntax("a comma or ] is expected", "diharapkan koma atau ]");
    }
    this.at++;
    return result;
  }

  private string(): string {
    const { text } = this;
    const opening = this.at;
    let start = ++this.at;
    let built = "";
    let suspect = false;
    for (;;) {
      const code = text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        built += text.slice(start, this.at);
        const letter = text[this.at + 1] ?? "";
        if (letter === "u") {
          const digits = text.slice(this.at + 2, this.at + 6);
          if (!/^[0-9a-fA-F]{4}$/.test(digits))
            this.syntax("\\u needs four hexadecimal digits", "\\u memerlukan empat digit heksadesimal");
          const unit = Number.parseInt(digits, 16);
          suspect ||= unit === 0 || (unit >= 0xd800 && unit <= 0xdfff);
          built += String.fromCharCode(unit);
          this.at += 6;
        } else {
          const character = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
          if (character === undefined) this.syntax("unknown escape after \\", "karakter sesudah \\ tidak dikenal");
          built += character;
          this.at += 2;
        }
        start = this.at;
      } else if (code >= 0x20) this.at++;
      else if (Number.isNaN(code))
        this.syntax("the text ends inside quotes", "teks berakhir di dalam tanda kutip", opening);
      else this.syntax("a control character must be escaped", "karakter kendali harus di-escape");
    }
    built += text.slice(start, this.at++);
    if (suspect) {
      if (built.includes("\u0000")) this.fault("null-character", opening, "");
      if (!built.isWellFormed()) this.fault("lone-surrogate", opening, "");
    }
    return built;
  }

  private number(): unknown {
    const start = this.at;
    numberPattern.lastIndex = start;
    const match = numberPattern.exec(this.text)?.[0];
    if (match === undefined) return this.word();
    this.at += match.length;
    if (/[0-9A-Za-z.+-]/.test(this.text[this.at] ?? ""))
      this.syntax("a number is badly written", "penulisan angka salah", start);
    const value = Number(match);
    if (match.length <= 15 && !/[eE]/.test(match)) {
      // a double holds any 15 digits
    } else if (!holdsExactly(match, value)) {
      this.fault("number-precision", start, shortened(match));
      return 0;
    }
    if (Number.isInteger(value) && /[.eE]/.test(match)) this.decimals.push(this.pointer());
    return value === 0 ? 0 : value;
  }

  private word(): unknown {
    for (const [word, value] of [
      ["true", true],
      ["false", false],
      ["null", null],
    ] as const) {
      if (this.text.startsWith(word, this.at) && !/[A-Za-z0-9_$]/.test(this.text[this.at + word.length] ?? "")) {
        this.at += word.length;
        return value;
      }
    }
    wordPattern.lastIndex = this.at;
    const found = wordPattern.exec(this.text)?.[0];
    if (found && /^[-+]?(?:NaN|Infinity|inf|nan)$/.test(found)) {
      this.fault("not-a-number", this.at, found);
      this.at += found.length;
      return null;
    }
    if (this.at >= this.text.length) this.syntax("the text ends too early", "teks berakhir terlalu awal");
    return this.syntax("a value is expected", "diharapkan sebuah nilai");
  }
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Whether the double nearest to the text is written back, shortest, as the same decimal number. */
function holdsExactly(text: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  const [digits, exponent] = decimalOf(text);
  const [digitsBack, exponentBack] = decimalOf(String(value));
  return digits === digitsBack && exponent === exponentBack;
}

/** A decimal text as digits without zeros at either end, and the power of ten of the last digit. */
function decimalOf(text: string): [digits: string, exponent: number] {
  const [, whole = "", fraction = "", power = "0"] =
    /^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  let end = all.length;
  while (end > 0 && all.charCodeAt(end - 1) === 0x30) end--;
  if (end === 0) return ["", 0];
  return [all.slice(0, end), Number(power) - fraction.length + (all.length - end)];
}

/** A field, or nothing where there is no value: JSON has no undefined. */
export function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
