import { codelists } from "./codelists.ts";

/**
 * Digits after the point of the minor unit, for every code of the currency list: ISO 4217, frozen. Codes not named
 * have 2. Units without a minor unit (metals, funds, test codes) count as 0. For withdrawn codes: the last exponent.
 */
const exponents: Readonly<Record<number, string>> = {
  0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF
    XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX XFO XFU XRE
    ADP BEC BEF BEL BYB BYR ESA ESB ESP GNE GNS GRD ITL LUC LUF LUL MGF MLF PTE ROK TPE TRL`,
  3: "BHD IQD JOD KWD LYD OMR TND",
  4: "CLF UYW",
};

const byCode = new Map<string, number>([...codelists.currency.codes].map((code) => [code, 2]));
for (const [exponent, codes] of Object.entries(exponents)) {
  for (const code of codes.split(/\s+/)) byCode.set(code, Number(exponent));
}

export type MoneyRule =
  | "amount-number"
  | "amount-negative"
  | "amount-precision"
  | "currency-unknown"
  | "amount-inexact";

/** An amount that cannot be turned into minor units, or back, without changing it. */
export class MoneyFault extends Error {
  readonly rule: MoneyRule;

  constructor(rule: MoneyRule, message: string) {
    super(message);
    this.rule = rule;
  }
}

/** How many digits the currency has after the point: 2 for IDR. Undefined for an unknown code. */
export function currencyExponent(currency: string): number | undefined {
  return byCode.get(currency);
}

/**
 * The amount in minor units of its currency (sen for IDR), exactly: read from the decimal text of the number, never
 * multiplied. Throws a MoneyFault for an unknown currency, a negative amount, or one finer than the minor unit.
 */
export function toMinor(amount: number, currency: string): bigint {
  const exponent = exponentOf(currency);
  if (!Number.isFinite(amount)) throw new MoneyFault("amount-number", `${amount} is not an amount.`);
  if (amount < 0) throw new MoneyFault("amount-negative", `The amount ${amount} is negative.`);
  const [, whole = "0", fraction = "", power = "0"] =
    /^([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?$/.exec(String(amount)) ?? [];
  const shift = exponent - fraction.length + Number(power);
  if (shift >= 0) return BigInt(whole + fraction) * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  const digits = BigInt(whole + fraction);
  if (digits % divisor !== 0n) {
    throw new MoneyFault("amount-precision", `${currency} has ${exponent} digits after the point; ${amount} has more.`);
  }
  return digits / divisor;
}

/**
 * The amount as the number that OCDS publishes. Throws a MoneyFault `amount-inexact` where no double is written back
 * as exactly this amount (beyond about 15 digits), so that no reader is given another sum.
 */
export function fromMinor(minor: bigint, currency: string): number {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, "0");
  const text = exponent ? `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}` : digits;
  const amount = Number(text);
  if (!Number.isFinite(amount) || toMinorOrNothing(amount, currency) !== (minor < 0n ? -minor : minor)) {
    throw new MoneyFault("amount-inexact", `${text} ${currency} cannot be held exactly in a JSON number.`);
  }
  return minor < 0n ? -amount : amount;
}

function toMinorOrNothing(amount: number, currency: string): bigint | undefined {
  try {
    return toMinor(amount, currency);
  } catch {
    return undefined;
  }
}

function exponentOf(currency: string): number {
  const exponent = byCode.get(currency);
  if (exponent === undefined) throw new MoneyFault("currency-unknown", `${currency} is not a currency of the list.`);
  return exponent;
}
