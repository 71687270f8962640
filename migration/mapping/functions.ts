import iconv from "iconv-lite";
import { companyName } from "../../server/domain/company-name.ts";
import { parseDate } from "../../server/domain/ocds/dates.ts";
import { currencyExponent, toMinor } from "../../server/domain/ocds/money.ts";
import { type IdentifierClass, identifierClass } from "../profile/identifier.ts";
import type { ReasonCode } from "../row.ts";

// What a map can do to a cell: pure functions from text to text or to a value. None guesses: a notation is declared, and
// what is not written in it fails with a reason.

/** A cell that is not what its map declares. */
export class Unreadable {
  readonly code: ReasonCode;
  constructor(code: ReasonCode) {
    this.code = code;
  }
}

const moneyUnreadable = new Unreadable("money-unreadable");
const moneyNegative = new Unreadable("money-negative");
const moneyOverflow = new Unreadable("money-overflow");
const dateUnreadable = new Unreadable("date-unreadable");
const valueUnreadable = new Unreadable("value-unreadable");

// ---- text to text

const TIDY = /^[!-~]+(?: [!-~]+)*$/;
const XLSX_ESCAPE = /_x00(?:0[9aAdD]|0[bB]|0[cC])_/g;
// blanks of every script; the zero-width ones separate nothing
const BLANKS = /[\s\u00a0\u2000-\u200a\u202f\u205f\u3000]+/g;
const PLAIN_TEXT = /^[\s!-~]*$/;
const INVISIBLE = /(?!\s)[\p{Cc}\p{Cf}]/gu;

/** Steps that every text goes through, in this order; most cells pass `isTidy` and none of them. */
export const CLEANING = {
  "xlsx-escape": (text: string) => (text.includes("_x00") ? text.replace(XLSX_ESCAPE, " ") : text),
  // looking for classes of characters takes long, and most texts have none but plain ones
  invisible: (text: string) => (PLAIN_TEXT.test(text) ? text : text.replace(INVISIBLE, "")),
  nfc: (text: string) => text.normalize("NFC"),
  blanks: (text: string) => text.replace(BLANKS, " ").trim(),
} as const satisfies Record<string, (text: string) => string>;

/** Printable ASCII with single blanks between words: nothing to clean. */
export function isTidy(text: string): boolean {
  return TIDY.test(text) && !text.includes("_x00");
}

const ENTITIES: Readonly<Record<string, string>> = {
  nbsp: " ",
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  hellip: "…",
  deg: "°",
  times: "×",
  middot: "·",
  bull: "•",
  frac12: "½",
  sup2: "²",
  sup3: "³",
};

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-zA-Z][a-zA-Z0-9]{1,7}));/g,
    (whole, decimal, hex, name) => {
      if (name !== undefined) return Object.hasOwn(ENTITIES, name) ? ENTITIES[name]! : whole;
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
      const isCharacter = code >= 32 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
      return isCharacter ? String.fromCodePoint(code) : " ";
    },
  );
}

/** Text whose UTF-8 was once read as Windows-1252 (`PriÃ¨re`), read right; anything else as it is. */
function unmojibake(text: string): string {
  if (!/[\u00c2-\u00f4]/.test(text)) return text;
  const bytes = iconv.encode(text, "win1252");
  if (iconv.decode(bytes, "win1252") !== text) return text;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return text;
  }
}

/** Steps that a field asks for by name, with `do`. */
export const STEPS = {
  /** labels that a listing page puts into names, with what is in them */
  labels: (text: string) =>
    text.includes("<")
      ? text
          .replace(/<span\b[^<>]*\blabel\b[^<>]*>[^<>]*<\/span>/gi, " ")
          .replace(BLANKS, " ")
          .trim()
      : text,
  /** tags out, entities decoded */
  html: (text: string) => {
    if (!text.includes("<") && !text.includes("&")) return text;
    const bare = text.replace(/<!--[\s\S]*?-->/g, " ").replace(/<\/?[a-zA-Z][^<>]*>/g, " ");
    return decodeEntities(bare).replace(BLANKS, " ").trim();
  },
  unmojibake: unmojibake,
  /** commas and the like that stand before or behind everything else */
  edges: (text: string) => text.replace(/^[\s,;:'`"|]+/, "").replace(/[\s,;|]+$/, ""),
  upper: (text: string) => text.toUpperCase(),
  lower: (text: string) => text.toLowerCase(),
  digits: (text: string) => text.replace(/\D/g, ""),
  /** for ids made of free text: letters and digits, hyphens between them, at most 80 characters */
  slug: (text: string) =>
    text
      .normalize("NFKD")
      .replace(/[^A-Za-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 80)
      .replace(/-+$/, ""),
} as const satisfies Record<string, (text: string) => string>;
export type StepName = keyof typeof STEPS;

const PLACEHOLDER = /^[\s0.,:;\-_–—()/*?]+$/;

/** What stands for "nothing": `0`, `-`, `.`, `(-)`, zeros in any layout; never of a number, where 0 is a value. */
export function isPlaceholder(text: string): boolean {
  if (text.length > 40) return false;
  // most texts begin with a letter or another digit
  const code = text.charCodeAt(0);
  return !(code >= 0x41 && code <= 0x7a) && !(code >= 0x31 && code <= 0x39) && PLACEHOLDER.test(text);
}

// ---- money

export const MONEY_FORMATS = ["plain", "id", "short"] as const;
export type MoneyFormat = (typeof MONEY_FORMATS)[number];

const PLAIN = /^([+-])?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;
const RUPIAH = /^(-)?\s*(?:(?:Rp|IDR)\.?\s*)?(-)?\s*(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d*|-))?(?:\s*,?-)?$/i;
const SHORT =
  /^(?:(?:Rp|IDR)\.?\s*)?(\d{1,3}(?:\.\d{3})+|\d+)(?:[.,](\d{1,3}))?\s*(rb|ribu|jt|juta|m|miliar|milyar|t|triliun)?$/i;
const UNITS: Readonly<Record<string, number>> = {
  rb: 3,
  ribu: 3,
  jt: 6,
  juta: 6,
  m: 9,
  miliar: 9,
  milyar: 9,
  t: 12,
  triliun: 12,
};

/**
 * The plain decimal of an amount (`1234567.89`), exactly as many digits as it tells.
 * `plain`: `1234.56`, also `1.2E+7`. `id`: `1.234.567,89`, `Rp 1.234.567,89`, `1.000,-`. `short`: `3,8 Jt`, `22,1 M`,
 * `1 T`, `325.5 Jt`, `1.000 Jt` (what SPSE makes of 995 million: a point before three digits is one of thousands).
 */
export function plainAmount(text: string, format: MoneyFormat): string | Unreadable {
  if (format === "plain") {
    const code = text.charCodeAt(text.length - 1);
    if (code >= 0x30 && code <= 0x39 && /^\d+(?:\.\d+)?$/.test(text)) return text;
    const [, sign, whole, fraction = "", power = "0"] = PLAIN.exec(text) ?? [];
    if (whole === undefined) return moneyUnreadable;
    const moved = shifted(whole, fraction, Number(power));
    return sign === "-" && /[1-9]/.test(moved) ? moneyNegative : moved;
  }
  if (format === "id") {
    const [, before, behind, whole, fraction = ""] = RUPIAH.exec(text) ?? [];
    if (whole === undefined) return moneyUnreadable;
    if (before !== undefined || behind !== undefined) return /[1-9]/.test(text) ? moneyNegative : moneyUnreadable;
    const plain = whole.replaceAll(".", "");
    return fraction === "" || fraction === "-" ? plain : `${plain}.${fraction}`;
  }
  const [, whole, fraction = "", unit] = SHORT.exec(text) ?? [];
  if (whole === undefined) return moneyUnreadable;
  return shifted(whole.replaceAll(".", ""), fraction, unit === undefined ? 0 : UNITS[unit.toLowerCase()]!);
}

function shifted(whole: string, fraction: string, power: number): string {
  if (power === 0) return fraction === "" ? whole : `${whole}.${fraction}`;
  const digits = whole + fraction;
  const point = whole.length + power;
  if (point > 60) return `${digits}${"0".repeat(60)}`;
  if (point <= 0) return `0.${"0".repeat(-point)}${digits}`;
  const padded = digits.padEnd(point, "0");
  return padded.length > point ? `${padded.slice(0, point)}.${padded.slice(point)}` : padded;
}

/** A plain decimal rounded to this many digits after the point, halves to the even neighbour. */
export function roundHalfEven(plain: string, exponent: number): string {
  const at = plain.indexOf(".");
  if (at < 0 || plain.length - at - 1 <= exponent) return plain;
  const kept = plain.slice(0, at) + plain.slice(at + 1, at + 1 + exponent);
  const rest = plain.slice(at + 1 + exponent);
  if (!/[1-9]/.test(rest)) return exponent === 0 ? plain.slice(0, at) : plain.slice(0, at + 1 + exponent);
  const half = /^50*$/.test(rest);
  const up = half ? (kept.charCodeAt(kept.length - 1) - 48) % 2 === 1 : rest.charCodeAt(0) >= 0x35;
  const digits = (BigInt(kept) + (up ? 1n : 0n)).toString().padStart(exponent + 1, "0");
  return exponent === 0 ? digits : `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** An amount: in minor units as decimal text, and as the number that OCDS publishes, which is exactly the same. */
export type Money = { readonly minor: string; readonly amount: number };

const MAX_MINOR = ((1n << 128n) - 1n).toString();

/** An amount from its plain decimal; finer than the minor unit is unreadable, more than a number holds an overflow. */
export function moneyOf(plain: string, currency: string): Money | Unreadable {
  const exponent = currencyExponent(currency) ?? 2;
  const at = plain.indexOf(".");
  const whole = at < 0 ? plain : plain.slice(0, at);
  let fraction = at < 0 ? "" : plain.slice(at + 1);
  if (fraction.length > exponent) {
    let end = fraction.length;
    while (end > exponent && fraction.charCodeAt(end - 1) === 0x30) end--;
    if (end > exponent) return moneyUnreadable;
    fraction = fraction.slice(0, end);
  }
  let digits = whole + fraction.padEnd(exponent, "0");
  if (digits.charCodeAt(0) === 0x30 && digits.length > 1) digits = digits.replace(/^0+(?=\d)/, "");
  const amount = Number(plain);
  // up to 15 digits a double gives back what it was given
  if (digits.length > 15) {
    if (digits.length > MAX_MINOR.length || (digits.length === MAX_MINOR.length && digits > MAX_MINOR))
      return moneyOverflow;
    try {
      if (toMinor(amount, currency).toString() !== digits) return moneyOverflow;
    } catch {
      return moneyOverflow;
    }
  }
  return { minor: digits, amount };
}

// ---- dates

/** Hours from UTC of the zones of Indonesia, which have no summer time; others are written as an offset. */
const ZONES: Readonly<Record<string, number>> = {
  UTC: 0,
  "Asia/Jakarta": 7,
  "Asia/Pontianak": 7,
  "Asia/Makassar": 8,
  "Asia/Jayapura": 9,
  WIB: 7,
  WITA: 8,
  WIT: 9,
};

/** Minutes east of UTC of a zone by name or as `+07:00`; undefined for any other. */
export function zoneMinutes(zone: string): number | undefined {
  if (Object.hasOwn(ZONES, zone)) return ZONES[zone]! * 60;
  const [, sign, hours, minutes] = /^([+-])(0\d|1[0-4]):([0-5]\d)$/.exec(zone) ?? [];
  if (sign === undefined) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const DAY = 86_400_000;
const CLOCK = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;
const FALSE_Z = /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?Z$/;
const ENGLISH = /^([A-Z][a-z]{2})[a-z]*\.? (\d{1,2}), (\d{4})(?:,? (\d{1,2}):(\d{2}):(\d{2})\s?([AP]M))?$/;
const WORDS = /^(?:[A-Za-z]+,?\s+)?(\d{1,2})\s+([A-Za-z]+)\s+(\d{4})$/;
const DMY = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?: (\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const ENGLISH_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const INDONESIAN_MONTHS: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ["januari", "jan"],
    ["februari", "pebruari", "feb"],
    ["maret", "mar"],
    ["april", "apr"],
    ["mei"],
    ["juni", "jun"],
    ["juli", "jul"],
    ["agustus", "agust", "agu", "ags"],
    ["september", "sept", "sep"],
    ["oktober", "okt"],
    ["november", "nopember", "nov", "nop"],
    ["desember", "des"],
  ].flatMap((names, index) => names.map((name) => [name, index + 1])),
);

type DateReader = (text: string, minutes: number) => number | undefined;

/** A time of the clock in a zone; midnight there says a day and no moment, and stands for it at midnight UTC. */
function fromClock(parts: readonly (string | undefined)[], minutes: number): number | undefined {
  const [year, month, day, hour = "0", minute = "0", second = "0"] = parts;
  const instant = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const back = new Date(instant);
  const isDay = back.getUTCMonth() + 1 === Number(month) && back.getUTCDate() === Number(day);
  if (!isDay || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  return instant % DAY === 0 ? instant : instant - minutes * 60_000;
}

function fromInstant(instant: number, minutes: number): number {
  const local = instant + minutes * 60_000;
  return local % DAY === 0 ? local : instant;
}

const DATE_READERS = {
  /** RFC 3339, or a day alone; midnight UTC is a day */
  iso: (text) => {
    const date = parseDate(text.length === 10 ? `${text}T00:00:00Z` : text);
    return date.ok ? date.instant : undefined;
  },
  /** `2025-07-03 08:30:00` by the clock of the declared zone */
  local: (text, minutes) => {
    const parts = CLOCK.exec(text);
    return parts === null ? undefined : fromClock(parts.slice(1), minutes);
  },
  /** the same with a Z that is not true: some feeds put one behind local times */
  "local-z": (text, minutes) => {
    const parts = FALSE_Z.exec(text);
    return parts === null ? undefined : fromClock(parts.slice(1), minutes);
  },
  /** `Jul 3, 2025, 12:00:00AM` */
  english: (text, minutes) => {
    const [, name, day, year, hour, minute, second, half] = ENGLISH.exec(text.replace(/[\u202f\u00a0]/g, " ")) ?? [];
    if (name === undefined) return undefined;
    const month = ENGLISH_MONTHS.indexOf(name) + 1;
    const hours = hour === undefined ? undefined : String((Number(hour) % 12) + (half === "PM" ? 12 : 0));
    if (month === 0 || Number(hour ?? 1) > 12) return undefined;
    return fromClock([year, String(month), day, hours, minute, second], minutes);
  },
  /** `31 Desember 2023`, also after a weekday */
  indonesian: (text, minutes) => {
    const [, day, name, year] = WORDS.exec(text) ?? [];
    const month = name === undefined ? undefined : INDONESIAN_MONTHS[name.toLowerCase()];
    return month === undefined ? undefined : fromClock([year, String(month), day], minutes);
  },
  /** `31-12-2023`, `31/12/2023`: the day first */
  dmy: (text, minutes) => {
    const [, day, month, year, ...clock] = DMY.exec(text) ?? [];
    return day === undefined ? undefined : fromClock([year, month, day, ...clock], minutes);
  },
  "epoch-ms": (text, minutes) => (/^-?\d{9,14}$/.test(text) ? fromInstant(Number(text), minutes) : undefined),
  "epoch-s": (text, minutes) => (/^-?\d{6,11}$/.test(text) ? fromInstant(Number(text) * 1000, minutes) : undefined),
  /** days since 30 December 1899, as spreadsheets count; a fraction is the time of day */
  excel: (text, minutes) => fromSerial(text, 25_569, minutes),
  /** days since 1 January 1904, of spreadsheets made on old Macintoshes */
  "excel-1904": (text, minutes) => fromSerial(text, 24_107, minutes),
} as const satisfies Record<string, DateReader>;
export type DateFormat = keyof typeof DATE_READERS;
export const DATE_FORMATS = Object.keys(DATE_READERS) as DateFormat[];

function fromSerial(text: string, epoch: number, minutes: number): number | undefined {
  if (!/^\d{1,6}(?:\.\d{1,12})?$/.test(text)) return undefined;
  // spreadsheets hold a time of day as a fraction of a double: seconds are as exact as it is
  const seconds = Math.round((Number(text) - epoch) * 86_400);
  return seconds % 86_400 === 0 ? seconds * 1000 : seconds * 1000 - minutes * 60_000;
}

const EARLIEST = Date.UTC(1945, 7, 17);
const LATEST = Date.UTC(2100, 0, 1);

const CLOCK_FORMATS: ReadonlySet<DateFormat> = new Set<DateFormat>(["iso", "local", "local-z"]);
const MIDNIGHT = /^(\d{4}-\d{2}-\d{2})(?:([T ])00:00:00(?:\.0+)?(Z)?)?$/;

/** A date as RFC 3339 in UTC, by the first of the formats that reads it; a day alone is its midnight UTC. */
export function dateOf(
  text: string,
  formats: readonly DateFormat[],
  minutes: number,
): { text: string; format: DateFormat } | Unreadable {
  // most dates are days, and all ways to write one by the clock mean the same
  if (CLOCK_FORMATS.has(formats[0]!)) {
    const [, day, separator, zulu] = MIDNIGHT.exec(text) ?? [];
    if (day !== undefined && day > "1945-08-17" && day < "2100" && isEasyDay(day)) {
      const format =
        separator === undefined || (separator === "T" && zulu !== undefined)
          ? "iso"
          : zulu === undefined
            ? "local"
            : "local-z";
      if (format === "iso" || formats.includes(format)) return { text: `${day}T00:00:00Z`, format };
    }
  }
  for (const format of formats) {
    const instant = DATE_READERS[format](text, minutes);
    if (instant === undefined) continue;
    if (instant < EARLIEST || instant >= LATEST) return dateUnreadable;
    return { text: `${new Date(instant).toISOString().slice(0, 19)}Z`, format };
  }
  return dateUnreadable;
}

/** A day that every month has; the others are looked at in full. */
function isEasyDay(day: string): boolean {
  const date = (day.charCodeAt(8) - 48) * 10 + day.charCodeAt(9) - 48;
  const month = (day.charCodeAt(5) - 48) * 10 + day.charCodeAt(6) - 48;
  return date >= 1 && date <= 28 && month >= 1 && month <= 12;
}

// ---- numbers, durations

export function integerOf(text: string): number | Unreadable {
  const [, whole] = /^(-?\d{1,15})(?:\.0+)?$/.exec(text) ?? [];
  return whole === undefined ? valueUnreadable : Number(whole);
}

const NUMBER_WORDS: Readonly<Record<string, number>> = {
  nol: 0,
  satu: 1,
  dua: 2,
  tiga: 3,
  empat: 4,
  lima: 5,
  enam: 6,
  tujuh: 7,
  delapan: 8,
  sembilan: 9,
  sepuluh: 10,
  sebelas: 11,
  seratus: 100,
  seribu: 1000,
};

/** `tiga ratus enam puluh lima` as 365; undefined for other words. */
export function spelledNumber(text: string): number | undefined {
  let total = 0;
  let last = 0;
  const words = text
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  if (words.length === 0) return undefined;
  for (const word of words) {
    if (word === "belas") last += 10;
    else if (word === "puluh") last *= 10;
    else if (word === "ratus") last *= 100;
    else if (word === "ribu") [total, last] = [(total + last) * 1000, 0];
    else if (Object.hasOwn(NUMBER_WORDS, word)) [total, last] = [total + last, NUMBER_WORDS[word]!];
    else return undefined;
  }
  return total + last;
}

/**
 * Calendar days: `30 (tiga puluh) hari kalender`, `30 Hari Kalendar`, `45 hari`. Months, working days, ranges and numbers
 * without a unit are no number of days; nor is a number whose words say another.
 */
export function daysOf(text: string): number | Unreadable {
  const [, number, spelled] =
    /^(?:selama\s+)?(\d{1,4})\s*(?:\(\s*([a-z ]+?)\s*\))?\s*hari(?:\s+kalend[ae]r)?\.?$/i.exec(text) ?? [];
  if (number === undefined) return valueUnreadable;
  if (spelled !== undefined && spelledNumber(spelled) !== Number(number)) return valueUnreadable;
  return Number(number);
}

const FLAGS: Readonly<Record<string, boolean>> = {
  ya: true,
  y: true,
  true: true,
  t: true,
  "1": true,
  tidak: false,
  n: false,
  false: false,
  f: false,
  "0": false,
};

export function flagOf(text: string): boolean | Unreadable {
  return FLAGS[text.toLowerCase()] ?? valueUnreadable;
}

/** A long whole number as spreadsheets and programs that count in floating point write it: `10060496000.0`. */
const WHOLE = /^([0-9]{5,})\.0+$/;

/** What names a thing of the source: the same however it was written as a number; no object or list. */
export function keyOf(text: string): string | Unreadable {
  // of 1.00604960E+10 nobody knows the last digits
  if (/^[0-9](?:\.[0-9]+[eE]\+?|[eE]\+)[0-9]+$/.test(text)) return new Unreadable("digits-lost");
  if (/^[[{]/.test(text)) return valueUnreadable;
  return text.replace(WHOLE, "$1");
}

/** The parts of a list in one cell, without empty ones and each once. */
export function listOf(text: string, separators: string): string[] {
  const parts: string[] = [];
  let part = "";
  const take = () => {
    const found = part.trim().replace(WHOLE, "$1");
    if (found !== "" && !isPlaceholder(found) && !parts.includes(found)) parts.push(found);
    part = "";
  };
  for (const character of text) {
    if (separators.includes(character)) take();
    else part += character;
  }
  take();
  return parts;
}

// ---- tax and identity numbers

/**
 * A tax number by its digits. `core` are the nine digits that stay when office and branch change, where their check digit
 * is right. `nik`: sixteen digits that do not begin with 0 are a person's identity number, whoever uses it.
 */
export type Npwp = {
  readonly digits: string;
  readonly class: IdentifierClass;
  readonly core?: string;
  readonly nik: boolean;
};

/** Of a cell that holds a tax number, so that only its digits count; a lone digit stands for none, as many of it do. */
export function npwpOf(text: string | null): Npwp {
  const digits = text === null ? "" : text.replace(/\D/g, "");
  const kind = digits.length === 1 ? "all_same_digit" : identifierClass(digits);
  const number = { digits, class: kind, nik: kind === "16_nik_like" };
  if (kind === "15_checkdigit_ok") return { ...number, core: digits.slice(0, 9) };
  return kind === "16_leading0_ok" ? { ...number, core: digits.slice(1, 10) } : number;
}

// ---- names

/** Legal forms of SPSE and OSS by their words; `person` where a natural person trades. */
export function formOf(text: string): { form?: string; person: boolean } {
  const lower = text.toLowerCase();
  if (
    /orang perseorangan|konsultan perseorangan|penyedia perseorangan|^perseorangan$|usaha perseorangan|natural person|^17$/.test(
      lower,
    )
  )
    return { person: true };
  if (/perseroan terbatas|^pt\b|^01$|^26$/.test(lower)) return { form: "PT", person: false };
  if (/komanditer|^cv\b|^02$/.test(lower)) return { form: "CV", person: false };
  if (/firma|^fa\b/.test(lower)) return { form: "Firma", person: false };
  if (/koperasi/.test(lower)) return { form: "Koperasi", person: false };
  if (/yayasan/.test(lower)) return { form: "Yayasan", person: false };
  if (/perusahaan dagang|usaha dagang/.test(lower)) return { form: "PD", person: false };
  return { person: false };
}

export type Member = { name: string; npwpCore?: string; role?: string; value?: string };

/**
 * The members of a consortium from the one text that SPSE gives: `Nama Anggota KSO: X, NPWP Anggota KSO: …, Jenis Anggota
 * KSO: Kemitraan, Nilai Anggota KSO: 2.938.727.850,00; …`. Names may hold commas. `value` in minor units.
 */
export function membersOf(text: string, currency: string): Member[] | Unreadable {
  const members: Member[] = [];
  for (const part of text.split(/(?:^|;\s*|\s+)(?=Nama Anggota KSO\s*:)/i)) {
    if (part.trim() === "") continue;
    const [, name, rest = ""] =
      /^;?\s*Nama Anggota KSO\s*:\s*(.*?)(?=,\s*(?:NPWP|Jenis|Nilai) Anggota KSO\s*:|;?\s*$)([\s\S]*)$/i.exec(part) ??
      [];
    if (name === undefined || name.trim() === "") return valueUnreadable;
    const of = (label: string) =>
      new RegExp(`${label} Anggota KSO\\s*:\\s*(.*?)(?=,\\s*(?:NPWP|Jenis|Nilai) Anggota KSO\\s*:|;|$)`, "i")
        .exec(rest)?.[1]
        ?.trim();
    const core = npwpOf(of("NPWP") ?? null).core;
    const role = of("Jenis");
    const told = of("Nilai");
    const plain = told === undefined || told === "" ? undefined : plainAmount(told, "id");
    const money = plain === undefined || plain instanceof Unreadable ? plain : moneyOf(plain, currency);
    if (money instanceof Unreadable) return money;
    members.push({
      name: companyName(name.trim()).name,
      ...(core === undefined ? {} : { npwpCore: core }),
      ...(role === undefined || role === "" ? {} : { role }),
      ...(money === undefined ? {} : { value: money.minor }),
    });
  }
  return members.length === 0 ? valueUnreadable : members;
}
