/** What a number format makes of a number that is a point in time; undefined where it is a number. */
export type TimeFormat = { readonly date: boolean; readonly time: boolean; readonly elapsed: boolean };

const builtIn: Record<number, TimeFormat> = {};
const both = { date: true, time: true, elapsed: false };
for (const id of [14, 15, 16, 17, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 57, 58])
  builtIn[id] = { ...both, time: false };
for (const id of [18, 19, 20, 21, 32, 33, 45, 47, 55, 56]) builtIn[id] = { ...both, date: false };
builtIn[22] = both;
builtIn[46] = { date: false, time: true, elapsed: true };

/** Of a style's `numFmtId`, with the code where the workbook defines it itself (ECMA-376 part 1, 18.8.30 and 18.8.31). */
export function timeFormat(id: number, code: string | undefined): TimeFormat | undefined {
  if (code === undefined) return builtIn[id];
  // the section for positive numbers, without quoted and escaped characters, colours, conditions and locales
  const plain = (code.replace(/"[^"]*"|\\.|_.|\*./g, "").split(";")[0] ?? "")
    .replace(/\[(?![hms]+\])[^\]]*\]/gi, "")
    .replace(/general/gi, "")
    .toLowerCase();
  const elapsed = /\[[hms]+\]/.test(plain);
  const letters = plain.replace(/am\/pm|a\/p/g, "h");
  const time = /[hs]/.test(letters);
  // `m` is minutes beside hours or seconds, else months
  const date = /[yd]/.test(letters) || (!time && /m/.test(letters.replaceAll(/\[m+\]/g, "")));
  return time || date || elapsed ? { date, time: time || elapsed, elapsed } : undefined;
}

const DAY = 86_400_000;

/**
 * A serial number of days as ISO 8601 text; as hours, minutes and seconds where the format shows no date. Undefined for
 * what no spreadsheet shows as a date. The 29 February 1900 that the 1900 system counts is kept as it shows it.
 */
export function timeText(serial: number, { date, time, elapsed }: TimeFormat, from1904: boolean): string | undefined {
  if (!(serial >= 0 && serial < 2_958_466)) return undefined;
  const total = Math.round(serial * DAY);
  const days = Math.floor(total / DAY);
  const within = total - days * DAY;
  const clock = (milliseconds: number) => {
    const two = (value: number) => String(value).padStart(2, "0");
    const seconds = Math.floor(milliseconds / 1_000);
    const rest = milliseconds % 1_000;
    const text = `${two(Math.floor(seconds / 3_600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return rest === 0 ? text : `${text}.${String(rest).padStart(3, "0")}`;
  };
  if (elapsed) return clock(total);
  if (!date && days === 0) return clock(within);
  const day = dayText(days, from1904);
  return time || within > 0 ? `${day}T${clock(within)}` : day;
}

function dayText(days: number, from1904: boolean): string {
  if (!from1904 && days === 60) return "1900-02-29";
  if (!from1904 && days === 0) return "1900-01-00";
  const start = from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  return new Date(start + days * DAY).toISOString().slice(0, 10);
}
