import type { Plan, Wave } from "./schema.ts";

// Times of a plan: written as a clock on the wall shows them, kept in UTC inside.

/** Why a text is no time of its zone. */
export type TimeFault = "not-a-time" | "no-such-zone" | "gap" | "twice" | "offset-differs";

const shape = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?)?(Z|[+-]\d\d:\d\d)?$/;

/** Whether it is a zone of the IANA database; abbreviations (WIB, EST) are none, as they mean different things elsewhere. */
export function isZone(zone: string): boolean {
  if (zone !== "UTC" && !zone.includes("/")) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/**
 * Milliseconds UTC of a date or time in `zone`; a date is its first moment there. A time that ends in an offset must be
 * one that the zone's clocks show.
 */
export function instantIn(text: string, zone: string): number | TimeFault {
  if (!isZone(zone)) return "no-such-zone";
  const found = shape.exec(text);
  if (!found) return "not-a-time";
  const [year, month, date, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const local = Date.UTC(year!, month! - 1, date!, hour, minute, second);
  const back = new Date(local);
  if (back.getUTCMonth() !== month! - 1 || back.getUTCDate() !== date || hour > 23 || minute > 59 || second > 59)
    return "not-a-time";
  const offset = found[7];
  if (offset !== undefined) {
    const instant = local - offsetOf(offset);
    return offset === "Z" || wallClock(instant, zone) === local ? instant : "offset-differs";
  }
  // an offset of the zone a day before or after is the only one that can hold
  const candidates = new Set(
    [-1, 1].map((days) => local + days * DAY).map((near) => local - (wallClock(near, zone) - near)),
  );
  const fitting = [...candidates].filter((instant) => wallClock(instant, zone) === local);
  if (fitting.length === 0) return "gap";
  return fitting.length === 1 ? fitting[0]! : "twice";
}

const DAY = 86_400_000;

function offsetOf(text: string): number {
  if (text === "Z") return 0;
  const [hours, minutes] = text.slice(1).split(":").map(Number);
  return (text[0] === "-" ? -1 : 1) * (hours! * 60 + minutes!) * 60_000;
}

/** What the clocks of a zone show at an instant, as if it were UTC. */
function wallClock(instant: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" },
  }).formatToParts(instant);
  const value = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  return Date.UTC(value("year"), value("month") - 1, value("day"), value("hour"), value("minute"), value("second"));
}

const units = { m: 60, h: 3600, d: 86_400, w: 604_800 } as const;

/** Seconds of a duration such as 72h or 14d. */
export function secondsOf(duration: string): number {
  return Number(duration.slice(0, -1)) * units[duration.at(-1) as keyof typeof units];
}

/** A wave's window and cut-over in milliseconds UTC, of a plan that lints. */
export function windowOf({ timezone }: Pick<Plan, "timezone">, { window, cutOver }: Pick<Wave, "window" | "cutOver">) {
  const zone = window.zone ?? timezone;
  const at = (text: string) => {
    const instant = instantIn(text, zone);
    if (typeof instant === "string") throw new RangeError(`${text} in ${zone}: ${instant}`);
    return instant;
  };
  const further = (window.further ?? []).map(({ start, end }) => ({ start: at(start), end: at(end) }));
  return { start: at(window.start), end: at(window.end), further, cutOver: at(cutOver ?? window.start), zone };
}

/** A wave's windows in milliseconds UTC, and the zone whose clocks people go by. */
export type Windows = {
  readonly start: number;
  readonly end: number;
  readonly further?: readonly { readonly start: number; readonly end: number }[];
  readonly zone?: string;
};

/** The window that is open at an instant, and the one that opens next. */
export function windowsAt(windows: Windows, now: number) {
  const all = [windows, ...(windows.further ?? [])];
  return {
    open: all.find(({ start, end }) => start <= now && now < end),
    next: all.find(({ start }) => start > now),
  };
}

/** An instant as the clocks of a zone show it, with its name there (WIB, WITA, WIT), and in UTC. */
export function clockText(instant: number, zone = "UTC"): string {
  const short = (text: string) => `${text.slice(0, 10)} ${text.slice(11, 16)}`;
  const utc = `${short(new Date(instant).toISOString())} UTC`;
  if (zone === "UTC") return utc;
  const parts = new Intl.DateTimeFormat("id-ID", { timeZone: zone, timeZoneName: "short" }).formatToParts(instant);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? zone;
  return `${short(new Date(wallClock(instant, zone)).toISOString())} ${name} (${utc})`;
}
