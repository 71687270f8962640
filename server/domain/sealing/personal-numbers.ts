/**
 * Numbers that name a person in Indonesia, by their form.
 *
 * NIK: 6 digits of the district that issued it, birth day (+ 40 for women) month year, 4 running. NIP: birth date, month
 * of appointment, sex, 3 running. NPWP: 15 digits of which the ninth is a Luhn check digit over the first nine, or since
 * 2024 16 digits: 0 and the old 15, or the NIK. Source: Permendagri 72/2022, BKN, PMK 112/2022.
 */

/** Codes of provinces, present and former. */
const PROVINCES: ReadonlySet<string> = new Set(
  [
    [11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 31, 32, 33, 34, 35, 36, 51, 52, 53, 54],
    [61, 62, 63, 64, 65, 71, 72, 73, 74, 75, 76, 81, 82, 91, 92, 93, 94, 95, 96, 97],
  ]
    .flat()
    .map(String),
);
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const between = (text: string, least: number, most: number) => Number(text) >= least && Number(text) <= most;
const isDay = (day: number, month: number) => month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1]!;

/** Whether 16 digits can be a NIK. */
export function isNik(digits: string): boolean {
  if (!/^\d{16}$/.test(digits) || !PROVINCES.has(digits.slice(0, 2))) return false;
  const day = Number(digits.slice(6, 8));
  return (
    between(digits.slice(2, 4), 1, 79) &&
    digits.slice(4, 6) !== "00" &&
    isDay(day > 40 ? day - 40 : day, Number(digits.slice(8, 10))) &&
    digits.slice(12) !== "0000"
  );
}

/** Whether 18 digits can be a NIP. */
export function isNip(digits: string): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)(\d{4})(\d\d)([12])(\d{3})$/.exec(digits);
  if (match === null) return false;
  const [, year, month, day, begun, begunMonth] = match.map(Number) as number[];
  return (
    between(String(year), 1930, 2015) &&
    isDay(day!, month!) &&
    begun! >= year! + 14 &&
    begun! <= 2060 &&
    // 21 in place of a month: contract staff (PPPK)
    ((begunMonth! >= 1 && begunMonth! <= 12) || begunMonth === 21)
  );
}

/** Whether the ninth digit checks the eight before it. */
export function isLuhn(nine: string): boolean {
  let sum = 0;
  for (let at = 0; at < 9; at++) {
    const digit = Number(nine[8 - at]);
    const doubled = at % 2 === 0 ? digit : digit * 2;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Whether 15 digits, or 0 and 15 digits, have the check digit of an NPWP; zeros alone stand for "none". */
export function isNpwp(digits: string): boolean {
  const old = /^0?(\d{15})$/.exec(digits)?.[1];
  return old !== undefined && /[1-9]/.test(old.slice(0, 9)) && isLuhn(old.slice(0, 9));
}

/** Whether a text is written as an NPWP is: with its points and dash, or as bare digits that check. */
export function looksLikeNpwp(text: string): boolean {
  if (/^\d{2}\.\d{3}\.\d{3}\.\d[-.]\d{3}\.\d{3}$/.test(text)) return /[1-9]/.test(text.slice(0, 12));
  return isNpwp(text.replace(/[\s.-]/g, ""));
}

/** How many digits a text has. */
export function digitsIn(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) count++;
  }
  return count;
}
