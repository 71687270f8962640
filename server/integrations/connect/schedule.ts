import { milliseconds, type Schedule } from "../settings.ts";

/**
 * When a job is due next, in milliseconds UTC; undefined where only somebody's asking starts it. One that was missed
 * while nothing ran is due at once, and only once.
 * @param last when it last started; undefined: never
 * @param zone of a daily time that has none of its own
 */
export function dueAt(
  schedule: Schedule | undefined,
  last: number | undefined,
  now: number,
  zone: string,
): number | undefined {
  if (schedule === undefined) return undefined;
  if ("every" in schedule) return last === undefined ? now : last + milliseconds(schedule.every);
  // a job that never ran waits for its first time of day
  return nextDaily(schedule.daily, last ?? now, schedule.zone ?? zone);
}

/** The first moment after `after` at which clocks of the zone show that time of day. */
function nextDaily(time: string, after: number, zone: string): number {
  const [hour, minute] = time.split(":").map(Number) as [number, number];
  const day = 86_400_000;
  for (let ahead = 0; ; ahead++) {
    const { year, month, date } = wall(after + ahead * day, zone);
    const shown = Date.UTC(year, month - 1, date, hour, minute);
    // what the zone is ahead of UTC changes by the season in some places: looked at where it counts
    const first = shown - offsetAt(shown, zone);
    const moment = shown - offsetAt(first, zone);
    if (moment > after) return moment;
  }
}

function wall(at: number, zone: string) {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  const found = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return {
    ...{ year: found.year!, month: found.month!, date: found.day! },
    ...{ hour: found.hour!, minute: found.minute!, second: found.second! },
  };
}

function offsetAt(at: number, zone: string): number {
  const { year, month, date, hour, minute, second } = wall(at, zone);
  return Date.UTC(year, month - 1, date, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
