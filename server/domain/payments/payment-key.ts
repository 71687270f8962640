import type { Hex } from "../entries/words.ts";
import type { PaymentDocument } from "./payment-document.ts";

/** A paper's number however it is typed: compatibility forms, every dash a hyphen, capitals, no blanks. */
export function levelNumber(number: string): string {
  return number
    .normalize("NFKC")
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/\s+/g, "")
    .toUpperCase();
}

/** The name of a payment document for ever: issuer, year, type and number, its blanks and case levelled. */
export function paymentKey(
  issuer: Hex,
  { year, type, number }: Pick<PaymentDocument, "year" | "type" | "number">,
): string {
  return `${issuer}/${year}/${type}/${levelNumber(number)}`;
}
