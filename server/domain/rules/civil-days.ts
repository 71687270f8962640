// Days as people and contracts count them: without clocks, by the calendar of a place.

/** A day, `YYYY-MM-DD`; days of one calendar, so that text order is time order. */
export type Day = string;

/** The three zones of Indonesia, and how many hours each is ahead of UTC; none has summer time. */
export const ZONES = { WIB: 7, WITA: 8, WIT: 9 } as const;
export type Zone = keyof typeof ZONES;

const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;

/** Days since 1970-01-01. @throws RangeError for what is no day of the calendar */
export function dayNumber(day: Day): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  // 2027-02-30 is taken by some readers for a day in March
  if (Number.isNaN(ms) || dayFrom(ms / DAY_MS) !== day) throw new RangeError(`No day: ${day}.`);
  return ms / DAY_MS;
}

export function isDay(text: unknown): text is Day {
  if (typeof text !== "string") return false;
  try {
    return dayNumber(text) > Number.NEGATIVE_INFINITY;
  } catch {
    return false;
  }
}

function dayFrom(number: number): Day {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

export function addDays(day: Day, days: number): Day {
  return dayFrom(dayNumber(day) + days);
}

/** Calendar days from one day to another: 1 from today to tomorrow, negative backwards. */
export function daysBetween(from: Day, to: Day): number {
  return dayNumber(to) - dayNumber(from);
}

/**
 * The day that a moment of the ledger means there. UTC midnight is a date without a time, as feeds and OCDS write it,
 * and the same date everywhere; any other second falls on the day that the clocks of the zone showed.
 * @param seconds since 1970 UTC
 */
export function dayOf(seconds: number, zone: Zone): Day {
  const ahead = seconds % DAY_SECONDS === 0 ? 0 : ZONES[zone] * 3600;
  return dayFrom(Math.floor((seconds + ahead) / DAY_SECONDS));
}

/** The day that clocks show there at a moment: midnight in UTC is a moment like any other. */
export function dayAt(ms: number, zone: Zone): Day {
  return dayFrom(Math.floor((ms + ZONES[zone] * 3_600_000) / DAY_MS));
}

/** The moment at which a day begins there, in seconds UTC. */
export function startOf(day: Day, zone: Zone): number {
  return dayNumber(day) * DAY_SECONDS - ZONES[zone] * 3600;
}

/** Mondays to Fridays after `from` up to and with `to`. National holidays are not known here and count as worked. */
export function workingDaysBetween(from: Day, to: Day): number {
  const [first, last] = [dayNumber(from) + 1, dayNumber(to)];
  let count = 0;
  // 1970-01-01 was a Thursday
  for (let day = first; day <= last; day++) if ((day + 4) % 7 !== 0 && (day + 4) % 7 !== 6) count++;
  return count;
}

/** `24 Nov 2026`, in the words of the reader. */
export function dayWords(day: Day): { en: string; id: string } {
  const at = dayNumber(day) * DAY_MS;
  const told = (locale: string) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(at);
  return { en: told("en-GB"), id: told("id-ID") };
}
