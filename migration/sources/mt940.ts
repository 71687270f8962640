import {
  BankStatementSource,
  damagedStatement,
  isDay,
  type Statement,
  type StatementEvent,
  type StatementLine,
  scaled,
} from "./bank-statement.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import type { SettingsOf } from "./settings.ts";
import { FileReading, type SourceFile } from "./source-files.ts";

// MT940 Customer Statement Message (SWIFT, category 9): fields 20, 21, 25, 28C, 60a, 61, 86, 62a, 64, 65. Banks differ in
// line ends, in block headers, and in how they fill field 86.

/** Longer lines, and fields of more of them, are nothing that a bank writes. */
const LONGEST_LINE = 16_384;
const MOST_LINES = 500;

/** Bank statements of SWIFT. */
export function mt940Source(
  name: string,
  { encoding }: Pick<SettingsOf<"mt940">, "encoding">,
  files: readonly SourceFile[],
): BankStatementSource {
  const declared = encodingOf(encoding);
  return new BankStatementSource(name, files, (file) => readMt940(file, declared));
}

type Field = { readonly tag: string; readonly line: number; lines: string[] };

/** Runs through a file of MT940 messages, in bounded memory however long it is. */
async function* readMt940(file: string, encoding: Encoding): AsyncGenerator<readonly StatementEvent[]> {
  const events: StatementEvent[] = [];
  const messages = new Messages((event) => events.push(event));
  let field: Field | undefined;
  let fields = 0;
  const flush = () => {
    if (field === undefined) return;
    messages.take(field);
    field = undefined;
  };
  for await (const lines of linesOf(file, encoding)) {
    for (const { text: given, line } of lines) {
      // header and trailer blocks; the text block begins behind its mark and may go on in the same line
      const text = given.includes("{") || given.startsWith("-}") ? given.replace(BLOCKS, "") : given;
      // a rule in a text, where the statement is not closed yet, ends nothing
      const isRule = text === "-" && field?.tag === "86" && !messages.isClosed;
      if (!isRule && (text === "-" || given.startsWith("-}"))) {
        flush();
        messages.end();
        continue;
      }
      const [, tag, rest] = TAG.exec(text) ?? [];
      if (tag !== undefined) {
        flush();
        field = { tag, line, lines: [rest!] };
        fields++;
      } else if (field !== undefined && text !== "") {
        if (field.lines.length >= MOST_LINES)
          throw damagedStatement(
            file,
            `the field :${field.tag}: of line ${field.line} has more than ${MOST_LINES} lines`,
            `bidang :${field.tag}: pada baris ${field.line} lebih dari ${MOST_LINES} baris`,
          );
        field.lines.push(text);
      }
    }
    if (events.length > 0) yield events.splice(0);
  }
  flush();
  messages.end();
  if (fields === 0) throw damagedStatement(file, "it holds no field of MT940", "berkas tidak memuat bidang MT940");
  if (events.length > 0) yield events.splice(0);
}

/** The five blocks of a SWIFT message, but for what stands in the fourth. */
const BLOCKS = /\{[1235]:(?:[^{}]|\{[^{}]*\})*\}|\{4:|^-\}/g;
const TAG = /^[ \t]*:(\d{2}[A-Z]?):(.*)$/s;

/** Lines with their numbers, without line ends: LF, CRLF or CR. */
async function* linesOf(file: string, encoding: Encoding): AsyncGenerator<{ text: string; line: number }[]> {
  const reading = await FileReading.open(file);
  try {
    if (reading.size === 0) throw damagedStatement(file, "0 bytes", "0 byte");
    const { unit } = encoding;
    let buffer: Buffer = Buffer.allocUnsafe(1 << 16);
    let filled = 0;
    let line = 0;
    let isFirst = true;
    let skipLf = false;
    for (let ended = false; !ended; ) {
      const read = await reading.read(buffer, filled);
      ended = read === 0;
      filled += read;
      if (encoding.swapped && read > 0) swapPairs(buffer, filled - read, filled);
      let from = 0;
      const marked = encoding.mark.every(
        (byte, at) => buffer[at] === (encoding.swapped ? encoding.mark[at ^ 1] : byte),
      );
      if (isFirst && encoding.mark.length > 0 && filled >= encoding.mark.length && marked) from = encoding.mark.length;
      isFirst = false;
      const lines: { text: string; line: number }[] = [];
      const push = (start: number, stop: number) => {
        line++;
        if (!encoding.isText(buffer, start / unit, stop / unit))
          throw damagedStatement(
            file,
            `line ${line} is no text of the encoding ${encoding.name}; declare the right one`,
            `baris ${line} bukan teks dalam pengodean ${encoding.name}; nyatakan pengodean yang benar`,
          );
        lines.push({ text: encoding.text(buffer, start / unit, stop / unit).trimEnd(), line });
      };
      for (let at = from; at + unit <= filled; at += unit) {
        const code = buffer[at]!;
        if (unit === 2 && buffer[at + 1] !== 0) continue;
        if (code === 10 && skipLf && at === from) {
          from = at + unit;
          skipLf = false;
          continue;
        }
        if (code !== 10 && code !== 13) continue;
        push(from, at);
        from = at + unit;
        skipLf = code === 13;
      }
      if (ended && from < filled) {
        push(from, filled - ((filled - from) % unit));
        from = filled;
      }
      if (filled - from > LONGEST_LINE * unit)
        throw damagedStatement(
          file,
          `line ${line + 1} is longer than ${LONGEST_LINE} characters`,
          `baris ${line + 1} lebih dari ${LONGEST_LINE} karakter`,
        );
      const rest = buffer.subarray(from, filled);
      buffer = Buffer.allocUnsafe(1 << 16);
      rest.copy(buffer);
      filled = rest.length;
      yield lines;
    }
    await reading.prove();
  } finally {
    await reading.close();
  }
}

function swapPairs(buffer: Buffer, from: number, to: number): void {
  for (let at = from - (from % 2); at + 1 < to; at += 2) {
    const byte = buffer[at]!;
    buffer[at] = buffer[at + 1]!;
    buffer[at + 1] = byte;
  }
}

/** What fields say, message by message. */
class Messages {
  readonly #emit: (event: StatementEvent) => void;
  #ordinal = 0;
  #started = 0;
  #account: string | undefined;
  #number: string | undefined;
  #statement: Statement | undefined;
  #information: string[] = [];
  #pending: (Omit<StatementLine, keyof Information> & Partial<Information>) | undefined;
  #closing: bigint | undefined;
  #isClosed = false;
  #fault: string | undefined;

  /** Whether the closing balance of the message was read. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  constructor(emit: (event: StatementEvent) => void) {
    this.#emit = emit;
  }

  take({ tag, line, lines }: Field): void {
    // a message begins with its reference, and where that is left out, with its account
    if (tag === "20" || (this.#started === 0 && tag !== "86")) {
      if (tag === "20") this.end();
      this.#started ||= line;
    }
    if (this.#started === 0) return;
    switch (tag) {
      case "25":
      case "25P":
        this.#account = lines[0]!.trim();
        break;
      case "28":
      case "28C":
        this.#number = lines[0]!.trim();
        break;
      case "60F":
      case "60M":
        this.#opens(lines[0]!, line);
        break;
      case "61":
        this.#lineEnds();
        this.#begins();
        if (this.#isClosed) this.#wrong("61", line);
        else this.#entry(lines, line);
        break;
      case "86":
        // before the first entry and behind the closing balance it speaks of the statement; some banks write several
        if (this.#information.length < MOST_LINES) this.#information.push(...lines);
        break;
      case "62F":
      case "62M":
        this.#lineEnds();
        this.#begins();
        this.#closes(lines[0]!, line);
        break;
      default:
    }
  }

  /** Ends the message that was begun, if any. */
  end(): void {
    this.#lineEnds();
    if (this.#started > 0) {
      this.#begins();
      this.#emit({
        kind: "end",
        at: `line ${this.#started}`,
        ...(this.#closing === undefined ? {} : { closing: this.#closing }),
        ...(this.#fault === undefined ? {} : { fault: this.#fault }),
      });
    }
    this.#started = 0;
    this.#account = this.#number = this.#statement = this.#closing = this.#fault = undefined;
    this.#isClosed = false;
  }

  #wrong(tag: string, line: number): void {
    this.#fault ??= `:${tag}: (line ${line})`;
  }

  #begins(opening?: { signed: bigint; currency: string; on: string }): void {
    if (this.#statement !== undefined) return;
    this.#ordinal++;
    const name = [this.#ordinal, this.#number, opening?.on].filter((part) => part !== undefined).join(" ");
    this.#statement = {
      name,
      ...(this.#account === undefined ? {} : { account: bareAccount(this.#account) }),
      ...(opening === undefined ? {} : { currency: opening.currency, opening: opening.signed }),
    };
    this.#emit({ kind: "begin", statement: this.#statement });
  }

  #opens(text: string, line: number): void {
    const balance = balanceIn(text);
    // a second opening balance in one message, or one behind its entries
    if (balance === undefined || this.#statement !== undefined) this.#wrong("60", line);
    this.#begins(balance);
  }

  #closes(text: string, line: number): void {
    const balance = balanceIn(text);
    if (balance === undefined || this.#isClosed) {
      this.#wrong("62", line);
      return;
    }
    const { currency } = this.#statement!;
    if (currency !== undefined && currency !== balance.currency) this.#wrong("62", line);
    this.#closing = balance.signed;
    this.#isClosed = true;
  }

  #entry(lines: readonly string[], line: number): void {
    const [, valued, entered, mark, amount, rest = ""] = ENTRY.exec(lines[0]!.trim()) ?? [];
    const valueDate = valued === undefined ? undefined : dayOf(valued);
    const value = amount === undefined ? undefined : amountIn(amount);
    if (valueDate === undefined || value === undefined) {
      this.#wrong("61", line);
      return;
    }
    // what is only expected is in no balance
    if (mark === "EC" || mark === "ED") return;
    const entryDate = entered === undefined ? valueDate : besides(valueDate, entered);
    if (entryDate === undefined) {
      this.#wrong("61", line);
      return;
    }
    const isOut = mark === "D" || mark === "RC";
    const [, , own = "", bank] = REFERENCES.exec(rest) ?? [];
    const supplementary = lines.slice(1).join(" ").trim();
    this.#pending = {
      at: `line ${line}`,
      signed: isOut ? -value : value,
      entryDate,
      valueDate,
      reversal: mark === "RC" || mark === "RD",
      ...(own.trim() === "" ? {} : { reference: own.trim() }),
      ...(bank === undefined || bank.trim() === "" ? {} : { bankReference: bank.trim() }),
      ...(supplementary === "" ? {} : { furtherText: supplementary }),
    };
  }

  #lineEnds(): void {
    const lines = this.#information;
    this.#information = [];
    if (this.#pending === undefined) return;
    const line = lines.length === 0 ? this.#pending : { ...this.#pending, ...informationIn(lines, this.#pending) };
    this.#emit({ kind: "line", line });
    this.#pending = undefined;
  }
}

/** Value date, entry date, mark, letters of the currency (the third; some banks write more), amount, type, references. */
const ENTRY = /^(\d{8}|\d{6})(\d{4})?(?=\D)(RC|RD|EC|ED|C|D)[A-Z]{0,3}\s*(\d[\d.,]*)(.*)$/;
const REFERENCES = /^([NFS][A-Z0-9]{3})?(.*?)(?:\/\/(.*))?$/;
const BALANCE = /^(C|D)(\d{8}|\d{6})([A-Z]{3})\s*(\d[\d.,]*)$/;

/**
 * An amount: the comma is its decimal sign, and nothing stands between its digits. Some banks put points between
 * thousands, others a point before the sen; a comma between thousands is one only where a point follows.
 */
function amountIn(text: string): bigint | undefined {
  if (/^\d+,?$/.test(text) || /^\d+,\d+$/.test(text)) return scaled(text.replace(",", "."));
  if (/^\d{1,3}(\.\d{3})+(,\d*)?$/.test(text)) return scaled(text.replaceAll(".", "").replace(",", "."));
  if (/^\d{1,3}(,\d{3})+\.\d*$/.test(text)) return scaled(text.replaceAll(",", ""));
  return /^\d+\.\d{0,2}$/.test(text) ? scaled(text) : undefined;
}

function balanceIn(text: string): { signed: bigint; currency: string; on: string } | undefined {
  const [, mark, date, currency, amount] = BALANCE.exec(text.trim()) ?? [];
  const value = amount === undefined ? undefined : amountIn(amount);
  const on = date === undefined ? undefined : dayOf(date);
  if (value === undefined || on === undefined) return undefined;
  return { signed: mark === "D" ? -value : value, currency: currency!, on };
}

function dayOf(text: string): string | undefined {
  const yyyymmdd = text.padStart(8, "20");
  const day = `${yyyymmdd.slice(0, 4)}-${yyyymmdd.slice(4, 6)}-${yyyymmdd.slice(6)}`;
  return isDay(day) ? day : undefined;
}

/** The day of an entry, which has no year, nearest to that of its value. */
function besides(valueDate: string, mmdd: string): string | undefined {
  const year = Number(valueDate.slice(0, 4));
  const days = [year, year - 1, year + 1]
    .map((each) => `${each}-${mmdd.slice(0, 2)}-${mmdd.slice(2)}`)
    .filter(isDay)
    .map((day) => ({ day, apart: Math.abs(Date.parse(day) - Date.parse(valueDate)) }));
  return days.toSorted((a, b) => a.apart - b.apart)[0]?.day;
}

/** Without the bank in front and the currency behind. */
function bareAccount(text: string): string {
  return text.replace(/^[A-Z0-9]{8,11}\//, "").replace(/(?<=\d)[\s/]*[A-Z]{3}$/, "");
}

type Information = Pick<
  StatementLine,
  "text" | "furtherText" | "counterparty" | "counterpartyAccount" | "reference" | "bankReference"
>;

/**
 * What field 86 tells: in numbered parts (`166?00…?20…?32…`), under code words (`/EREF/…/REMI/…`), or as free text.
 * Lines are broken at 65 characters, in the middle of a word if need be.
 */
function informationIn(
  lines: readonly string[],
  { reference, signed }: Partial<Information> & Pick<StatementLine, "signed">,
): Partial<Information> {
  const whole = lines.reduce((text, line, index) => {
    const isBroken = index > 0 && lines[index - 1]!.length >= 64;
    return index === 0 ? line : `${text}${isBroken ? "" : "\n"}${line}`;
  }, "");
  const numbered = NUMBERED.exec(whole);
  if (numbered !== null) return fromNumbered(whole, numbered[1]!);
  if (/^\/[A-Z]{2,8}\//.test(whole)) {
    const found = fromCodeWords(whole.replaceAll("\n", ""), signed < 0n ? "BENM" : "ORDP");
    if (found !== undefined) return reference === undefined || reference === "NONREF" ? found : omitReference(found);
  }
  return { text: whole.replaceAll("\n", " ").trim() };
}

function omitReference({ reference: _, ...found }: Partial<Information>): Partial<Information> {
  return found;
}

/** Three digits and a sign, which then stands before every part. */
const NUMBERED = /^\d{3}([^A-Za-z0-9\s])(?=\d{2})/;

function fromNumbered(whole: string, sign: string): Partial<Information> {
  const parts = new Map<number, string>();
  // the sign of a part may stand at the end of a line
  for (const part of whole.slice(3).replaceAll("\n", "").split(sign).slice(1)) {
    const [, code, text = ""] = /^(\d{2})(.*)$/s.exec(part) ?? [];
    // the sign as a part of a text
    if (code === undefined) {
      const last = [...parts.keys()].at(-1);
      if (last !== undefined) parts.set(last, `${parts.get(last)}${sign}${part}`);
    } else parts.set(Number(code), text);
  }
  const between = (from: number, to: number, joint: string) =>
    [...parts]
      .filter(([code]) => code >= from && code <= to)
      .toSorted(([a], [b]) => a - b)
      .map(([, text]) => text)
      .join(joint)
      .trim();
  const text = [between(20, 29, ""), between(60, 63, "")].filter((each) => each !== "").join(" ");
  const name = between(32, 33, "");
  const account = parts.get(31)?.trim() ?? "";
  const further = parts.get(0)?.trim() ?? "";
  return {
    ...(text === "" ? {} : { text }),
    ...(name === "" ? {} : { counterparty: name }),
    ...(account === "" ? {} : { counterpartyAccount: account }),
    ...(further === "" ? {} : { furtherText: further }),
  };
}

const WORDS =
  "EREF|REMI|IREF|PREF|CREF|MREF|BENM|ORDP|CNTP|NAME|ACCT|IBAN|BIC|ADDR|ID|USTD|CSID|RTRN|TRCD|PURP|ULTC|ULTD|MARF|KREF|SVCL";

const CODE_WORDS = new RegExp(`/(${WORDS})/(.*?)(?=/(?:${WORDS})/|$)`, "gs");

/** @param other the word before what the line says of the other party, where it speaks of both */
function fromCodeWords(whole: string, other: "BENM" | "ORDP"): Partial<Information> | undefined {
  const parts = new Map<string, string>();
  let party = other as string;
  for (const { 1: word = "", 2: text = "" } of whole.matchAll(CODE_WORDS)) {
    if (word === "BENM" || word === "ORDP") party = word;
    const isOurs = party !== other && (word === "NAME" || word === "ACCT" || word === "IBAN");
    if (!isOurs && !parts.has(word)) parts.set(word, text.replace(/\/+$/, "").trim());
  }
  if (parts.size === 0) return undefined;
  const said = (word: string) => (parts.get(word) === "" ? undefined : parts.get(word));
  const counter = said("CNTP")?.split("/");
  const name = said("NAME") ?? counter?.[2] ?? said(other) ?? said("BENM") ?? said("ORDP");
  const account = said("IBAN") ?? said("ACCT") ?? counter?.[0];
  const text = [said("REMI"), said("USTD")].filter((each) => each !== undefined).join(" ");
  const reference = said("EREF");
  return {
    text: text === "" ? whole : text,
    ...(name === undefined || name === "" ? {} : { counterparty: name }),
    ...(account === undefined || account === "" ? {} : { counterpartyAccount: account }),
    ...(reference === undefined ? {} : { reference }),
  };
}
