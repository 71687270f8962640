import type { Hex } from "../entries/words.ts";
import type { Words } from "../problems.ts";
import type { Day } from "../rules/civil-days.ts";
import type { Deduction } from "./payment-document.ts";

/** Why a bank answered as it did: its code, and what it wrote with long runs of digits left out. */
export type StatusReason = { readonly code?: string; readonly text?: string };

/**
 * Where a request stands. `prepared`: nobody outside knows of it. `handingOver`: its file is being written.
 * `handedOver`: the file lies under its final name. `acknowledged`, `rejected`: by the bank's answer. `partlyPaid`, `paid`:
 * the ledger has payments (SP2D) of a part or of all of it. `dropped`: its certificate was withdrawn or corrected before
 * it was handed over.
 */
export const REQUEST_STATES = [
  ...(["prepared", "handingOver", "handedOver", "acknowledged", "rejected", "partlyPaid", "paid", "dropped"] as const),
] as const;
export type RequestState = (typeof REQUEST_STATES)[number];

/**
 * What an agency asks its treasury to pay: one certificate of a contract. It asks; we never move money. Amounts as
 * decimal text of minor units. No account stands here: `account` is a keyed digest.
 */
export type PaymentRequest = {
  readonly id: string;
  /** its name in files: the same for one attempt, whatever file it stands in */
  readonly endToEndId: string;
  /** from 1; asked for again after a rejection, it is another request to the bank */
  readonly attempt: number;
  readonly agency: Hex;
  readonly ocid: string;
  readonly contractId: string;
  readonly certificate: {
    /** the entry that says so now, and the number in its process of the first one */
    readonly leaf: Hex;
    readonly sequence: number;
    readonly number?: string;
    readonly on: Day;
  };
  readonly payee: { readonly id: Hex; readonly name: string };
  readonly currency: string;
  /** what the certificate lets be paid, before taxes: as the SP2D and the ledger count it */
  readonly payable: string;
  /** what the treasurer takes before the transfer */
  readonly deductions: readonly Deduction[];
  /** what the payee is to get */
  readonly transfer: string;
  readonly state: RequestState;
  readonly preparedAt: number;
  /** the file that it stands in, by its message id */
  readonly file?: string;
  readonly account?: string;
  readonly answer?: {
    readonly status: string;
    readonly at: number;
    readonly reasons: readonly StatusReason[];
    readonly report: string;
  };
  /** payments of the ledger that pay it, with what each pays of it, and their sum; less what came back */
  readonly payments: readonly { readonly leaf: Hex; readonly sequence: number; readonly amount: string }[];
  readonly paid: string;
  /** what somebody should look at, such as an account that is another one than last time */
  readonly notes: readonly Words[];
};

/** A file of requests, from intent to answer. What the file says is not kept: its digest and what it is made of are. */
export type RequestFile = {
  readonly messageId: string;
  readonly agency: Hex;
  readonly name: string;
  readonly format: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly requests: readonly string[];
  readonly currency: string;
  readonly sum: string;
  readonly executeOn: Day;
  readonly createdAt: number;
  /**
   * `intended`: nothing lies under its name. `written`: it lies whole beside its final place, where no reader looks.
   * `handedOver`: it came under its name; from then on who takes it twice sees the same message id.
   */
  readonly state: "intended" | "written" | "handedOver";
  readonly handedOverAt?: number;
};

/** An answer of the bank that was read: under its digest, so that the same file counts once. */
export type ReadReport = {
  readonly sha256: string;
  readonly readAt: number;
  readonly messageId: string;
  readonly original: string;
  readonly group?: string;
  readonly applied: number;
  /** what of it could not be applied, and why */
  readonly faults: readonly { readonly endToEndId?: string; readonly code: string; readonly words: Words }[];
};

/** Where somebody is paid: a line of the agency's bank file. It is used for one hand-over and forgotten. */
export type BankAccount = {
  /** the organisation as registered; of the paying agency too */
  readonly party: string;
  readonly account: string;
  /** BIC, or code in the national clearing */
  readonly bank: string;
  /** as the bank knows it; the registered name where left out */
  readonly holder?: string | undefined;
};

/** A request that did not go, and why; it stays as it was. */
export type LeftRequest = { readonly id: string; readonly code: string; readonly words: Words };
