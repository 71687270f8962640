import { remembered } from "../remembered.ts";

/** A moment: milliseconds since 1970 UTC. */
export type Instant = number;

type DateFault = "date-time" | "date-offset";

export type ParsedDate =
  | { readonly ok: true; readonly instant: Instant }
  | { readonly ok: false; readonly rule: DateFault };

const pattern =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])(\.[0-9]+)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))$/;
const withoutOffset = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$/;

/**
 * Reads an RFC 3339 date-time, as OCDS wants dates. `date-offset`: a date, but without the offset from UTC that tells
 * which moment it is. Fractions finer than a millisecond are cut off. Leap seconds are refused, as no clock here has them.
 */
export const parseDate = remembered((text: string): ParsedDate => {
  const match = pattern.exec(text);
  if (!match) return { ok: false, rule: withoutOffset.test(text) ? "date-offset" : "date-time" };
  const [, year, month, day, hour, minute, second, fraction = "", sign, offsetHours, offsetMinutes] = match;
  if (!isDay(Number(year), Number(month), Number(day))) return { ok: false, rule: "date-time" };
  const local = new Date(0);
  // not Date.UTC, which takes the years 0 to 99 for 1900 to 1999
  local.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  local.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(1, 4).padEnd(3, "0")));
  const offset = sign ? (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === "-" ? -1 : 1) : 0;
  return { ok: true, instant: local.getTime() - offset * 60_000 };
});

/** The instant of a date-time, or undefined. */
export function instantOf(value: unknown): Instant | undefined {
  if (typeof value !== "string") return undefined;
  const date = parseDate(value);
  return date.ok ? date.instant : undefined;
}

/** `YYYY-MM-DDTHH:MM:SSZ`, or with milliseconds: the one form in which we write dates. Throws a RangeError outside years 1 to 9999. */
export function formatDate(instant: Instant, precision: "seconds" | "milliseconds" = "seconds"): string {
  const text = new Date(instant).toISOString();
  if (text.length !== 24 || text.startsWith("0000")) throw new RangeError(`No date of RFC 3339: ${instant}.`);
  return precision === "milliseconds" ? text : `${text.slice(0, 19)}Z`;
}

/** Seconds since 1970 UTC, as the ledger counts; parts of a second are cut off. Undefined for what is not a date-time. */
export function toUnixSeconds(text: string): number | undefined {
  const instant = instantOf(text);
  return instant === undefined ? undefined : Math.floor(instant / 1000);
}

export function fromUnixSeconds(seconds: number): string {
  return formatDate(seconds * 1000);
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]!;
}
