import type { Hex } from "../entries/words.ts";
import type { Words } from "../problems.ts";

// What finance systems and banks say of money that left, in one form for all of them. Amounts are decimal text of minor
// units (sen), never negative; dates are `YYYY-MM-DD` in the agency's zone; texts are as written, cleaned of blanks.

/** Where something was read: which job, which of its captured answers, and where in it. */
export type SourcePlace = { readonly connector: string; readonly capture: string; readonly at: string };

/**
 * How the money was asked for: directly for a bill (LS), or through petty cash (UP, GU, TU), which no single contract
 * owns. By the source's word; matching routes by evidence.
 */
export type PaymentRoute = "LS" | "UP" | "GU" | "TU";

export const DEDUCTION_KINDS = [
  ...(["PPN", "PPh21", "PPh22", "PPh23", "PPh4(2)"] as const),
  ...(["retention", "fine", "advance", "other"] as const),
] as const;

/** A tax or another amount kept back from what the payee got, with the numbers under which the state received it. */
export type Deduction = {
  readonly kind: (typeof DEDUCTION_KINDS)[number];
  /** as its source calls it */
  readonly name: string;
  readonly amount: string;
  readonly billing?: string;
  readonly ntpn?: string;
};

/** A number and date in the chain SPP, SPM, SP2D. */
export type Numbered = { readonly number: string; readonly on?: string };

/** One line of the budget that a payment used; `account` with its chart, for there are two. */
export type BudgetLine = {
  readonly account: string;
  readonly chart: "permendagri13" | "permendagri90" | "segments12" | "unknown";
  readonly subActivity?: string;
  readonly fund?: string;
  readonly amount: string;
};

/**
 * A cleared SP2D, or a receipt of petty cash. `key` names it for ever: issuer, year, type and number, its blanks and
 * case levelled. Who was paid, and on which account, stands here only as far as matching needs it: the nine digits of an
 * organisation's NPWP, keyed digests of everything that may be a person's.
 */
export type PaymentDocument = {
  readonly key: string;
  /** the register's id of the agency (treasury) that issued it */
  readonly issuer: Hex;
  readonly year: number;
  readonly type: "SP2D" | "receipt";
  readonly number: string;
  readonly on: string;
  /** when the bank paid it */
  readonly cleared?: string;
  readonly route?: PaymentRoute;
  readonly currency: string;
  readonly gross: string;
  readonly net: string;
  readonly deductions: readonly Deduction[];
  readonly spm?: Numbered;
  readonly spp?: Numbered;
  /** the register's id of the office (SKPD) whose budget paid */
  readonly agency?: Hex;
  readonly lines: readonly BudgetLine[];
  readonly payee: {
    readonly name: string;
    readonly npwpCore?: string;
    /** keyed digest of a person's number */
    readonly person?: string;
    /** keyed digest of the account's digits; banks are spelled in too many ways to be a part of it */
    readonly account?: string;
  };
  /** what it was for, as somebody wrote it; contract numbers hide in here */
  readonly purpose: string;
  /** where a field of the source is meant for it */
  readonly contractNumber?: string;
  readonly deliveryNumber?: string;
  /** what does not agree in it, for whoever decides on it; the document counts all the same */
  readonly exceptions?: readonly DocumentException[];
  readonly source: SourcePlace;
};

/** Where the papers of a payment contradict each other, or a source does; the words say who must act. */
export type DocumentException = {
  readonly code:
    | "sums-differ"
    | "lines-differ"
    | "net-negative"
    | "sources-differ"
    | "agency-unknown"
    | "cleared-before-issued"
    | "year-differs";
  readonly words: Words;
};

/** What left or entered an account of the treasury, by its bank. */
export type BankLine = {
  /** bank's reference, or statement, day and order where it gives none; unique per account */
  readonly key: string;
  /** keyed digest of the treasury's own account; `accountName` is how it is called in connectors.yaml */
  readonly account: string;
  readonly accountName: string;
  readonly on: string;
  readonly valueOn?: string;
  readonly currency: string;
  readonly amount: string;
  readonly direction: "debit" | "credit";
  /** the bank took back a line before */
  readonly reversal: boolean;
  readonly reference?: string;
  readonly counterparty?: { readonly name?: string; readonly account?: string };
  readonly text: string;
  readonly source: SourcePlace;
};

/** Money that came back: retur SP2D, setor kembali, kontra pos. `of`: the payment's key or number, as its source names it. */
export type ReturnDocument = {
  readonly key: string;
  readonly issuer: Hex;
  readonly year: number;
  readonly number: string;
  readonly on: string;
  readonly kind: "returned" | "paidBack" | "contraEntry" | "voided";
  readonly of: string;
  readonly currency: string;
  readonly amount: string;
  readonly text: string;
  readonly source: SourcePlace;
};
