// Exact shares of money: whole minor units in, whole minor units out, rounded once.

/** The whole of something in basis points: a hundredth of a per cent. */
export const WHOLE = 10_000n;

/**
 * `amount × numerator / denominator`, rounded once to the minor unit, a half away from zero. The one rule of rounding
 * here: each line of a calculation is rounded at its end and never in between.
 */
export function share(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError("A share of nothing.");
  const product = amount * numerator;
  const half = product < 0n ? -denominator : denominator;
  return (2n * product + half) / (2n * denominator);
}

/** Basis points of an amount. */
export function bpsOf(amount: bigint, bps: number): bigint {
  return share(amount, BigInt(bps), WHOLE);
}

/** An amount that contains a tax, without it: `amount / (1 + tax)`. */
export function beforeTax(amount: bigint, taxBps: number): bigint {
  return share(amount, WHOLE, WHOLE + BigInt(taxBps));
}

export const least = (a: bigint, b: bigint) => (a < b ? a : b);
export const above = (a: bigint, b: bigint) => (a > b ? a - b : 0n);

/**
 * Per cent as people write it, up to two decimals, in basis points; undefined for what is none or finer. Read from the
 * decimal text, never multiplied.
 */
export function bpsFrom(percent: unknown): number | undefined {
  const match = /^(\d{1,3})(?:[.,](\d{1,2}))?$/.exec(String(percent));
  const bps = match === null ? Number.NaN : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
  return bps <= 10_000 ? bps : undefined;
}

/** `5 %`, `2,65 %`: basis points in words of both languages. */
export function bpsWords(bps: number): { en: string; id: string } {
  const [whole, rest] = [Math.floor(bps / 100), bps % 100];
  const decimals = rest === 0 ? "" : String(rest).padStart(2, "0").replace(/0$/, "");
  return {
    en: `${whole}${decimals && `.${decimals}`} %`,
    id: `${whole}${decimals && `,${decimals}`} %`,
  };
}
