import type { Language } from "../problems.ts";

// Numbers, money and days as people here write them, in both languages.

/** 12.345 */
export function count(value: number): string {
  return grouped(String(value));
}

/** An exact decimal text: 1.234.567,89 */
export function decimal(text: string): string {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === "") return text;
  return `${sign === "" ? "" : "−"}${grouped(whole)}${fraction === "" ? "" : `,${fraction.padEnd(2, "0")}`}`;
}

/** An exact decimal text in rupiah: Rp 1.234.567,89 */
export function rupiah(text: string): string {
  const said = decimal(text);
  return said.startsWith("−") ? `−Rp ${said.slice(1)}` : `Rp ${said}`;
}

/** Rounded for axes and headings: Rp 32,1 miliar; 150 juta */
export function roughly(value: number, language: Language): string {
  const units: readonly (readonly [number, string, string])[] = [
    [1e12, "triliun", "trillion"],
    [1e9, "miliar", "billion"],
    [1e6, "juta", "million"],
    [1e3, "ribu", "thousand"],
  ];
  const size = Math.abs(value);
  for (const [unit, id, en] of units) if (size >= unit) return `${short(value / unit)} ${language === "id" ? id : en}`;
  return short(value);
}

function short(value: number): string {
  return Number(value.toPrecision(3)).toString().replace(".", ",");
}

/** 12,3 % */
export function share(part: number, of: number): string {
  if (of === 0) return "–";
  const percent = (part / of) * 100;
  if (part > 0 && percent < 0.1) return "< 0,1 %";
  if (part < of && percent > 99.9) return "> 99,9 %";
  return `${percent.toFixed(1).replace(/\.0$/, "").replace(".", ",")} %`;
}

/** 31-12-2025, of 2025-12-31 */
export function day(text: string): string {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)/.exec(text) ?? [];
  return year === undefined ? text : `${date}-${month}-${year}`;
}

/** 1,3 GB */
export function bytes(value: number): string {
  const units = ["byte", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let size = value;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : short(size)} ${units[unit]}`;
}

function grouped(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ".");
}
