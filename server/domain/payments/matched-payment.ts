import { sha256 } from "#hash";
import type { Hex } from "../entries/words.ts";
import { toHex, utf8 } from "../entries/words.ts";
import type { EvidenceCode } from "../matching/evidence.ts";
import type { BankPart } from "../matching/match-bank.ts";
import type { ReasonCode } from "../matching/match-payments.ts";
import type { Words } from "../problems.ts";
import type { DocumentException, PaymentDocument, ReturnDocument, SourcePlace } from "./payment-document.ts";
import type { PaymentException } from "./payment-exceptions.ts";

// What becomes of payment documents: what matching found, what people decided, what is proposed and recorded.

/**
 * Where a payment stands. `certain`: proposed by matching; `doubtful`: waits for a person; `none`: nothing looks like it;
 * `accepted`, `notContract`: a person's word; `recorded`: all of it that is of contracts stands on the ledger.
 */
export const PAYMENT_STATES = ["certain", "doubtful", "none", "accepted", "notContract", "recorded"] as const;
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** What a person says of a payment. `reject`: it is not of this contract; `undo`: an earlier decision no longer counts. */
export const DECISIONS = ["accept", "reject", "split", "notContract", "undo"] as const;
export type DecisionAct = (typeof DECISIONS)[number];

/** A decision as it is kept for ever; `number` counts those of one document from 1, `at` in milliseconds UTC. */
export type Decision = {
  readonly document: string;
  readonly number: number;
  readonly act: DecisionAct;
  readonly by: Hex;
  readonly at: number;
  readonly note?: string;
  /** of `accept` and `split`: amounts in minor units; of `reject`: the contract that it is not of, without an amount */
  readonly shares?: readonly { readonly ocid: string; readonly contractId: string; readonly amount: string }[];
  /** of `undo`: the number of the decision that no longer counts */
  readonly of?: number;
};

export type ToldEvidence = { readonly code: EvidenceCode; readonly bits: number; readonly words: Words };
export type ToldCandidate = {
  readonly ocid: string;
  readonly contractId: string;
  readonly title?: string;
  readonly number?: string;
  readonly supplier?: string;
  readonly value: string;
  readonly paid: string;
  readonly currency: string;
  readonly bits: number;
  readonly evidence: readonly ToldEvidence[];
};
/** A part of a payment that is of one contract. `leaf`: of its entry, where it is recorded. */
export type ToldShare = {
  readonly ocid: string;
  readonly contractId: string;
  readonly amount: string;
  readonly state: "proposed" | "taken" | "declined" | "recorded" | "waiting";
  readonly proposal?: string;
  readonly leaf?: Hex;
  readonly exceptions: readonly {
    readonly code: PaymentException;
    readonly words: Words;
    readonly remedy: Words;
    readonly who: readonly string[];
  }[];
  readonly bits?: number;
  readonly evidence?: readonly ToldEvidence[];
};

/** A payment document as people see it. `payee` is left out where it is a person. */
export type ToldPayment = {
  readonly id: string;
  readonly issuer: Hex;
  readonly agency?: Hex;
  readonly year: number;
  readonly type: PaymentDocument["type"];
  readonly number: string;
  readonly on: string;
  readonly cleared?: string;
  readonly route?: PaymentDocument["route"];
  readonly currency: string;
  readonly gross: string;
  readonly net: string;
  readonly payee?: string;
  readonly purpose: string;
  readonly contractNumber?: string;
  readonly source: SourcePlace;
  readonly state: PaymentState;
  readonly inQueue: boolean;
  readonly reasons: readonly {
    readonly code: ReasonCode | StateReason | DocumentException["code"];
    readonly words: Words;
  }[];
  readonly shares: readonly ToldShare[];
  readonly candidates: readonly ToldCandidate[];
  readonly decisions: readonly Decision[];
  /** what the bank says of it, as far as it is certain */
  readonly bank: readonly {
    readonly on: string;
    readonly accountName: string;
    readonly amount: string;
    readonly part: BankPart;
    readonly evidence: readonly { readonly code: string; readonly bits: number; readonly words: Words }[];
  }[];
};

/** A return as people see it. */
export type ToldReturn = {
  readonly id: string;
  readonly document: Omit<ReturnDocument, "text">;
  readonly state: "proposed" | "taken" | "declined" | "recorded" | "waiting";
  readonly reason?: Words;
  readonly payment?: string;
  readonly proposals: readonly string[];
};

/** Why a payment is in the queue beside what matching says. */
export const STATE_REASONS = {
  changed: {
    en: "Its source says otherwise now than when it was decided: the treasurer looks at it again.",
    id: "Sumbernya kini menyatakan lain daripada saat diputuskan: bendahara memeriksanya kembali.",
  },
  gone: {
    en: "Its source does not have it any more: the treasurer finds out why, and records the return of what was void (batal).",
    id: "Sumbernya tidak lagi memuat dokumen ini: bendahara menelusuri sebabnya, dan mencatat pengembalian bila SP2D batal.",
  },
  contractGone: {
    en: "The register does not have its contract any more: its wave was rolled back, or the entry withdrawn. The treasurer undoes the decision and chooses another contract.",
    id: "Register tidak lagi memuat kontraknya: gelombang migrasinya dibatalkan, atau entrinya dicabut. Bendahara membatalkan keputusan dan memilih kontrak lain.",
  },
  byHand: {
    en: "Somebody recorded it by hand before its source came; what is recorded counts.",
    id: "Telah dicatat manual sebelum sumbernya datang; yang tercatat yang berlaku.",
  },
  recordedOtherwise: {
    en: "What is recorded of it differs from what its source says: the treasurer corrects the payment, or the treasury its system.",
    id: "Yang tercatat berbeda dari yang dinyatakan sumbernya: bendahara meralat pembayaran, atau BUD membetulkan sistemnya.",
  },
  recordedBeside: {
    en: "It is recorded on other contracts than what was matched or decided: the treasurer corrects the payment, or decides otherwise.",
    id: "Tercatat pada kontrak lain daripada hasil pencocokan atau keputusan: bendahara meralat pembayaran, atau mengubah keputusan.",
  },
} as const satisfies Record<string, Words>;
export type StateReason = keyof typeof STATE_REASONS;

/** The id of a document, for addresses: of its key, which may hold anything. */
export function paymentIdOf(key: string): string {
  return toHex(sha256(utf8(key))).slice(2, 34);
}
