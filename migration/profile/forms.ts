/**
 * In which form a text says a number or a date, told from its pattern, and what it says. Money is read from its digits
 * into a whole part and a part of billionths of a thousandth (10⁻¹²), never as a fraction.
 */

export type NumberForm =
  | "integer"
  | "point" // 1234.56
  | "comma" // 1234,56
  | "dots" // 1.234.567,89
  | "commas" // 1,234,567.89
  | "oneDot" // 1.234: thousands or a fraction
  | "oneComma" // 1,234
  | "scientific" // 1.5E+10
  | "rupiah" // Rp 1.234.567,89
  | "short"; // 3,8 Jt
export type DateForm =
  | "iso" // 2025-03-21
  | "isoTime" // 2025-03-21T00:00:00.000000Z
  | "isoLocal" // 2025-03-21 00:00:00
  | "dayFirst" // 31-12-2023, 31/12/2023
  | "monthName" // 31 Desember 2023
  | "english"; // Jul 3, 2025, 12:00:00AM
export type Form = { is: "number"; form: NumberForm } | { is: "date"; form: DateForm } | { is: "text" };

const numbers: readonly (readonly [RegExp, NumberForm])[] = [
  [/^[-+]?9+$/, "integer"],
  [/^[-+]?9{1,3}\.999$/, "oneDot"],
  [/^[-+]?9{1,3},999$/, "oneComma"],
  [/^[-+]?9*\.9+$/, "point"],
  [/^[-+]?9*,9+$/, "comma"],
  [/^[-+]?9{1,3}(?:\.999)+(?:,9+)?$/, "dots"],
  [/^[-+]?9{1,3}(?:,999)+(?:\.9+)?$/, "commas"],
  [/^[-+]?9+(?:[.,]9+)?[Aa][-+]?9{1,3}$/, "scientific"],
  [/^[-+]?(?:A|Aa|a)\.?[ \u00a0]*[-+]?9[9.,]*(?:,-)?-?$/, "rupiah"],
  [/^[-+]?9+(?:[.,]9+)? ?(?:Aa|A|a)$/, "short"],
];
const dates: readonly (readonly [RegExp, DateForm])[] = [
  [/^9999-99-99$/, "iso"],
  [/^9999-99-99A99:99(?::99(?:\.9+)?)?(?:A|[+-]99:?99)$/, "isoTime"],
  [/^9999-99-99[ A]99:99(?::99(?:[.,]9+)?)?$/, "isoLocal"],
  [/^9999\/99\/99$/, "iso"],
  [/^99?[-/.]99?[-/.]9999(?: 99?[:.]99(?:[:.]99)?)?$/, "dayFirst"],
  [/^99?[- ](?:Aa|A|a)[- ]9999$/, "monthName"],
  [/^Aa 99?, 9999(?:, 99?:99:99 ?A)?$/, "english"],
];

/** By its pattern; whether a text that looks so really says it, reading it tells. */
export function formOf(pattern: string): Form {
  for (const [shape, form] of dates) if (shape.test(pattern)) return { is: "date", form };
  for (const [shape, form] of numbers) if (shape.test(pattern)) return { is: "number", form };
  return { is: "text" };
}

/** What the last number that was read says: whole part, 10⁻¹² parts, how many digits after the point count. */
export const said = new Float64Array(3);
export const WHOLE = 0;
export const PART = 1;
export const PLACES = 2;
/** No more whole digits than a double holds, no more places than 10⁻¹². */
const MOST = 9_007_199_254_740_991;

/** Whether a single separator stands before a fraction (`point`), or before thousands (`groups`). */
export type OneSeparator = "fraction" | "thousands";

/**
 * Reads a number into `said`. False where the text is none, `undefined` where it has more digits than can be held:
 * it is a number, but one that is not summed.
 */
export function readNumber(text: string, form: NumberForm, one: OneSeparator = "fraction"): boolean | undefined {
  switch (form) {
    case "integer":
      return digits(text, 0, text.length, 0, 0);
    case "point":
      return digits(text, 0, text.length, 46, 0);
    case "comma":
      return digits(text, 0, text.length, 44, 0);
    case "dots":
      return digits(text, 0, text.length, 44, 46);
    case "commas":
      return digits(text, 0, text.length, 46, 44);
    case "oneDot":
      // 0.125 and 007.125 are no thousands
      return one === "fraction" || leadsWithZero(text)
        ? digits(text, 0, text.length, 46, 0)
        : digits(text, 0, text.length, 0, 46);
    case "oneComma":
      return one === "fraction" && !leadsWithZero(text)
        ? digits(text, 0, text.length, 0, 44)
        : digits(text, 0, text.length, 44, 0);
    case "scientific":
      return scientific(text);
    case "rupiah":
      return rupiah(text);
    case "short":
      return short(text);
  }
}

function leadsWithZero(text: string): boolean {
  const first = text.charCodeAt(0);
  return (first === 43 || first === 45 ? text.charCodeAt(1) : first) === 48;
}

/** Digits with this mark before the fraction and that one between thousands; 0 = neither. */
function digits(text: string, from: number, to: number, point: number, group: number): boolean | undefined {
  let at = from;
  const first = text.charCodeAt(at);
  if (first === 43 || first === 45) at++;
  let whole = 0;
  let part = 0;
  let places = 0;
  let fraction = false;
  let seen = false;
  for (; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code < 58) {
      seen = true;
      if (!fraction) {
        whole = whole * 10 + (code - 48);
        if (whole > MOST) return undefined;
      } else {
        places++;
        if (places <= 12) part = part * 10 + (code - 48);
        else if (code !== 48) return undefined;
      }
    } else if (code === point && !fraction) fraction = true;
    else if (code !== group || fraction) return false;
  }
  if (!seen) return false;
  let counted = Math.min(places, 12);
  for (let left = counted; left < 12; left++) part *= 10;
  for (let rest = part; counted > 0 && rest % 10 ** (13 - counted) === 0; ) counted--;
  said[WHOLE] = first === 45 ? -whole : whole;
  said[PART] = first === 45 ? -part : part;
  said[PLACES] = counted;
  return true;
}

function scientific(text: string): boolean | undefined {
  const [, sign = "", whole = "", fraction = "", power = ""] =
    /^([-+]?)(\d+)(?:[.,](\d+))?[eE]([-+]?\d{1,3})$/.exec(text) ?? [];
  if (whole === "") return false;
  const shift = Number(power);
  if (Math.abs(shift) > 30) return undefined;
  const all = whole + fraction;
  const point = whole.length + shift;
  const padded = point <= 0 ? `${"0".repeat(1 - point)}${all}` : all.padEnd(point, "0");
  const cut = point <= 0 ? 1 : point;
  const plain = `${sign}${padded.slice(0, cut)}.${padded.slice(cut)}`;
  return digits(plain.endsWith(".") ? `${plain}0` : plain, 0, plain.length + (plain.endsWith(".") ? 1 : 0), 46, 0);
}

function rupiah(text: string): boolean | undefined {
  const [, sign, amount] = /^([-+]?)(?:rp|idr)\.?[\s\u00a0]*([-+]?\d[\d.,]*?)(?:,-|-)?$/i.exec(text) ?? [];
  if (amount === undefined) return false;
  // what Rupiah are written with: points between thousands; where there are two marks, the last is the fraction's
  const comma = amount.lastIndexOf(",");
  const point = amount.lastIndexOf(".");
  const english = comma >= 0 && point > comma;
  const many = amount.indexOf(",") !== comma;
  const result =
    english || (many && point < 0)
      ? digits(amount, 0, amount.length, 46, 44)
      : digits(amount, 0, amount.length, 44, 46);
  if (sign === "-" && result) {
    said[WHOLE] = -said[WHOLE]!;
    said[PART] = -said[PART]!;
  }
  return result;
}

const words: Readonly<Record<string, number>> = {
  rb: 3,
  ribu: 3,
  jt: 6,
  juta: 6,
  m: 9,
  mlr: 9,
  miliar: 9,
  milyar: 9,
  t: 12,
  tr: 12,
  triliun: 12,
  trilyun: 12,
};

function short(text: string): boolean | undefined {
  const [, sign = "", whole = "", fraction = "", word = ""] =
    /^([-+]?)(\d+)(?:[.,](\d+))? ?([a-z]+)$/i.exec(text) ?? [];
  const power = words[word.toLowerCase()];
  if (whole === "" || power === undefined) return false;
  const all = whole + fraction.padEnd(power, "0");
  const cut = whole.length + power;
  const plain = `${sign}${all.slice(0, cut)}.${all.slice(cut)}0`;
  return digits(plain, 0, plain.length, 46, 0);
}

const months: Readonly<Record<string, number>> = Object.fromEntries(
  [
    ["jan", "januari", "january"],
    ["feb", "februari", "february", "pebruari"],
    ["mar", "maret", "march"],
    ["apr", "april"],
    ["mei", "may"],
    ["jun", "juni", "june"],
    ["jul", "juli", "july"],
    ["agu", "agt", "agustus", "aug", "august", "ags"],
    ["sep", "september", "sept"],
    ["okt", "oktober", "oct", "october"],
    ["nov", "november", "nopember", "nop"],
    ["des", "desember", "dec", "december"],
  ].flatMap((names, index) => names.map((name) => [name, index + 1])),
);

/** How a time of day stands to a day: midnight in UTC says a day; midnight of an Indonesian zone in UTC says the day before. */
export type TimeOfDay = "none" | "midnightUtc" | "midnightZone" | "other";
/** Set by `readDate`. */
export const read = { time: "none" as TimeOfDay };

/** The day as the number yyyymmdd; 0 where the text looks like a date but is no day; NaN where it is none. */
export function readDate(text: string, form: DateForm): number {
  read.time = "none";
  switch (form) {
    case "iso":
      return day(four(text, 0), two(text, 5), two(text, 8));
    case "isoTime":
    case "isoLocal": {
      const hour = two(text, 11);
      const rest = text.slice(14);
      if (hour > 24 || !(two(text, 14) < 60)) return 0;
      const whole = /^00(?::00(?:[.,]0+)?)?(?:Z|\+00:?00)?$/i.test(rest);
      if (form === "isoTime") {
        const offset = /[+-]\d\d:?\d\d$/.test(rest) && !/\+00:?00$/.test(rest);
        read.time =
          !whole || offset ? "other" : hour === 0 ? "midnightUtc" : hour >= 15 && hour <= 17 ? "midnightZone" : "other";
      } else read.time = whole && hour === 0 ? "none" : "other";
      return day(four(text, 0), two(text, 5), two(text, 8));
    }
    case "dayFirst": {
      const [, d, m, y] = /^(\d\d?)[-/.](\d\d?)[-/.](\d{4})/.exec(text) ?? [];
      return day(Number(y), Number(m), Number(d));
    }
    case "monthName": {
      const [d, name = "", y] = text.split(/[- ]/);
      const month = months[name.toLowerCase()];
      return month === undefined ? Number.NaN : day(Number(y), month, Number(d));
    }
    case "english": {
      const [, name = "", d, y] = /^([A-Za-z]+) (\d\d?), (\d{4})/.exec(text) ?? [];
      const month = months[name.toLowerCase()];
      return month === undefined ? Number.NaN : day(Number(y), month, Number(d));
    }
  }
}

function two(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}
function four(text: string, at: number): number {
  return two(text, at) * 100 + two(text, at + 2);
}

function day(year: number, month: number, date: number): number {
  if (!(month >= 1 && month <= 12 && date >= 1)) return 0;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return date > last ? 0 : year * 10_000 + month * 100 + date;
}

/** A moment given as milliseconds or seconds since 1970, or as days since 1899-12-30 as spreadsheets count: as yyyymmdd. */
export function dayOfCount(whole: number): number {
  const milliseconds =
    whole >= 1e11 && whole < 1e13
      ? whole
      : whole >= 1e8 && whole < 1e10
        ? whole * 1000
        : whole >= 20_000 && whole < 80_000
          ? (whole - 25_569) * 86_400_000
          : Number.NaN;
  if (Number.isNaN(milliseconds)) return Number.NaN;
  const date = new Date(milliseconds);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

/** An exact decimal text of a sum of whole parts and 10⁻¹² parts: `1234.5`, without zeros at the end. */
export function decimalText(whole: bigint, parts: bigint): string {
  const scaled = whole * 1_000_000_000_000n + parts;
  const size = scaled < 0n ? -scaled : scaled;
  const text = size.toString().padStart(13, "0");
  const fraction = text.slice(-12).replace(/0+$/, "");
  return `${scaled < 0n ? "-" : ""}${text.slice(0, -12)}${fraction === "" ? "" : `.${fraction}`}`;
}
