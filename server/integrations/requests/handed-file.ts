import type { Day } from "../../domain/rules/civil-days.ts";

/** One payment of a file, with what only the file may hold: the payee's account. Amounts in minor units. */
export type Instruction = {
  /** at most 35 characters, the same whenever this payment is asked for; the bank's answer names it */
  readonly endToEndId: string;
  readonly amount: bigint;
  readonly payee: { readonly name: string; readonly account: string; readonly bank: string };
  /** what it is for: contract and certificate */
  readonly purpose: string;
  readonly contractId: string;
  readonly certificate: string;
};

/** A file that is handed over: whose account pays, when, and what. */
export type HandedFile = {
  /** at most 35 characters; who takes a file twice sees the same */
  readonly messageId: string;
  /** milliseconds UTC */
  readonly createdAt: number;
  readonly executeOn: Day;
  readonly currency: string;
  readonly debtor: { readonly name: string; readonly account: string; readonly bank: string };
  readonly instructions: readonly Instruction[];
};

/** How amounts are written: with the digits of the currency, or none where the bank takes whole rupiah alone. */
export type Decimals = 0 | 2;

/**
 * An amount as decimal text. @throws RangeError where it has sen and the bank takes none
 */
export function amountText(minor: bigint, exponent: number, decimals: Decimals | undefined): string {
  const digits = decimals ?? exponent;
  const unit = 10n ** BigInt(exponent);
  if (digits === 0 && minor % unit !== 0n) throw new RangeError(`${minor} has a part of the whole unit.`);
  const whole = minor / unit;
  if (digits === 0) return String(whole);
  return `${whole}.${String(minor % unit)
    .padStart(exponent, "0")
    .padEnd(digits, "0")}`;
}

export const BIC = /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$/;
