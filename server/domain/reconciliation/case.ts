import type { Hex } from "../entries/words.ts";
import type { BudgetLine, Deduction, PaymentRoute } from "../payments/payment-document.ts";
import type { PaymentException } from "../payments/payment-exceptions.ts";

// What is compared, a payment at a time. Amounts are decimal text of minor units (sen) and never negative; days are
// `YYYY-MM-DD`. Nothing here says who was paid, nor from or to which bank account.

/** A payment in force on the ledger, or a return of one: a share of a document in one contract. */
export type LedgerLine = {
  readonly leaf: Hex;
  readonly kind: "payment" | "return";
  readonly ocid: string;
  readonly contractId: string;
  /** of the contract */
  readonly agency: Hex;
  readonly amount: string;
  /** what the whole document is said to pay: `documentTotal` of a payment */
  readonly total?: string;
  readonly on: string;
  /** what the contract is charged to, where no document says it */
  readonly lines?: readonly BudgetLine[];
  /** what is unusual about having paid it */
  readonly exceptions?: readonly PaymentException[];
};

/**
 * How a payment document stands to contracts: it pays one (found or decided), is petty cash that no single contract owns,
 * was decided to pay none (salaries, subsidies), or nobody knows yet.
 */
export type ContractLink = "contract" | "pettyCash" | "none" | "open";

/** A cleared SP2D or receipt. */
export type PaidLine = {
  readonly key: string;
  readonly number: string;
  /** whose budget paid */
  readonly agency: Hex;
  readonly on: string;
  readonly route?: PaymentRoute;
  readonly gross: string;
  readonly net: string;
  readonly deductions: readonly (Pick<Deduction, "kind" | "amount"> & { readonly receipted: boolean })[];
  readonly lines: readonly BudgetLine[];
  readonly link: ContractLink;
  /** digest of payee and purpose: tells whether two documents say the same */
  readonly same: string;
  readonly connector: string;
};

/** Money that came back, as its source tells it. */
export type CameBack = {
  readonly key: string;
  readonly number: string;
  readonly agency: Hex;
  readonly on: string;
  readonly amount: string;
  readonly connector: string;
};

/**
 * A bank line, or the part of it that belongs to this payment: what the payee got, a deduction that the bank passed on
 * to the state, or money taken back.
 */
export type BankMove = {
  readonly key: string;
  /** the treasury whose account it is */
  readonly agency: Hex;
  readonly accountName: string;
  readonly on: string;
  readonly amount: string;
  readonly part: "paid" | "deduction" | "takenBack";
  /** digest of the bank's reference: tells whether two lines have the same */
  readonly reference?: string;
  readonly connector: string;
};

/**
 * All that is known of one payment: what the ledger, its source and the bank say of the same document, in one currency;
 * or a bank line alone, for which no document is known. Every line of every side belongs to exactly one.
 */
export type Case = {
  readonly id: string;
  /** the treasury whose document or bank line it is */
  readonly issuer: Hex;
  readonly currency: string;
  readonly ledger: readonly LedgerLine[];
  readonly paid: readonly PaidLine[];
  readonly back: readonly CameBack[];
  readonly bank: readonly BankMove[];
};

/** Where a line counts: whose, and in which month (`YYYY-MM`). */
export type Cell = { readonly agency: Hex; readonly month: string };

export function cellOf({ agency, on }: { readonly agency: Hex; readonly on: string }): Cell {
  return { agency, month: on.slice(0, 7) };
}

/** The cells that a case touches, each once. */
export function cellsOf(of: Case): Cell[] {
  const { ledger, paid, back, bank } = inOrder(of);
  const cells = new Map<string, Cell>();
  for (const line of [...paid, ...ledger, ...atHome(paid, back), ...atHome(paid, bank)]) {
    const cell = cellOf(line);
    cells.set(`${cell.agency}/${cell.month}`, cell);
  }
  return [...cells.values()];
}

/** What came back or passed the bank counts, where the payment is known, for whose budget paid. */
export function atHome<T extends { readonly agency: Hex }>(
  paid: readonly PaidLine[],
  lines: readonly T[],
): readonly T[] {
  const [first] = paid;
  return first === undefined ? lines : lines.map((line) => ({ ...line, agency: first.agency }));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const sorted = <T>(lines: readonly T[], key: (line: T) => string): readonly T[] =>
  lines.length < 2
    ? lines
    : lines.toSorted((a, b) => order(key(a), key(b)) || order(JSON.stringify(a), JSON.stringify(b)));

/** The same with its lines in an order of their own, so that it does not matter which arrived first. */
export function inOrder(of: Case): Case {
  return {
    ...of,
    ledger: sorted(of.ledger, ({ leaf }) => leaf),
    paid: sorted(of.paid, ({ key }) => key),
    back: sorted(of.back, ({ key }) => key),
    bank: sorted(of.bank, ({ key }) => key),
  };
}
