/**
 * How the cells of a column are given and shown. `money`: minor units, as bigint or decimal text; `date`: `YYYY-MM-DD`;
 * `count`: a whole number; `share`: hundredths of a percent (basis points); `text`: as written.
 */
export type SheetColumn = {
  readonly title: string;
  readonly kind: "text" | "money" | "date" | "count" | "share";
  /** in characters */
  readonly width?: number;
  /** digits after the point of a money column's unit, where the cell does not say; 2, as of the rupiah */
  readonly exponent?: number;
};

export type SheetCell = string | bigint | number | SheetMoney | null | undefined;
/** Minor units of a currency with another number of digits than its column's. */
export type SheetMoney = { readonly minor: bigint | string; readonly exponent: number };

/** A table for people: its rows may be made while they are written. */
export type Sheet = {
  readonly name: string;
  readonly columns: readonly SheetColumn[];
  readonly rows: Iterable<readonly SheetCell[]> | AsyncIterable<readonly SheetCell[]>;
};

/** Minor units as decimal text of the unit: 123456 with 2 digits is 1234.56. */
export function decimalOf(cell: bigint | number | string | SheetMoney, otherwise: number): string {
  const { minor, exponent } = typeof cell === "object" ? cell : { minor: cell, exponent: otherwise };
  const amount = BigInt(minor);
  const digits = (amount < 0n ? -amount : amount).toString().padStart(exponent + 1, "0");
  const sign = amount < 0n ? "-" : "";
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}
