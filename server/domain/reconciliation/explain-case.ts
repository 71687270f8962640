import type { Hex } from "../entries/words.ts";
import {
  atHome,
  type BankMove,
  type CameBack,
  type Case,
  type Cell,
  cellOf,
  type LedgerLine,
  type PaidLine,
} from "./case.ts";
import type { Cause, Comparison } from "./causes.ts";
import type { Doubles } from "./doubles.ts";

/** Whether the sources of a treasury have spoken of a day. */
export type Delivered = (issuer: Hex, kind: "documents" | "bank", on: string) => boolean;

/**
 * Minor units. `gross`, `deductions` and `net` are those of the documents less what came back; `toState`: deductions that
 * the bank is known to have passed on; `bank`: what left the account less what was taken back; `taxes` withheld, and of
 * these `receipted` with the state's number.
 */
export type Figures = Record<FigureName, bigint>;
export const FIGURE_NAMES = ["ledger", "gross", "deductions", "net", "toState", "bank", "taxes", "receipted"] as const;
type FigureName = (typeof FIGURE_NAMES)[number];

export const noFigures = (): Figures => ({
  ...{ ledger: 0n, gross: 0n, deductions: 0n, net: 0n, toState: 0n, bank: 0n, taxes: 0n, receipted: 0n },
});

/** Of how much one comparison differs in one cell, why, and through which lines. `amount`: left side less right side. */
export type Difference = {
  readonly case: string;
  readonly comparison: Comparison;
  readonly cause: Cause;
  readonly amount: bigint;
  readonly cell: Cell;
  readonly lines: readonly string[];
};

/** What one comparison says of one line. */
type Verdict = {
  readonly side: "ledger" | "paid" | "back" | "bank";
  readonly key: string;
  readonly comparison: Comparison;
  readonly cause: Cause | "agrees";
};

/** `cells`: the figures of each cell that it touches, by `agency/month`. */
export type Explained = {
  readonly cells: ReadonlyMap<string, { cell: Cell; figures: Figures }>;
  readonly differences: readonly Difference[];
  readonly verdicts: readonly Verdict[];
};

export const keyOfCell = ({ agency, month }: Cell): string => `${agency}/${month}`;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, amount) => all + amount, 0n);
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Taxes for which the state gives a receipt; what is kept back for others has none. */
const TAXES: ReadonlySet<string> = new Set(["PPN", "PPh21", "PPh22", "PPh23", "PPh4(2)"]);

/** One line's part in a comparison; `amount` with its sign. */
type Item = Pick<Verdict, "side" | "key"> & { readonly cell: Cell; readonly amount: bigint };
/** A difference that stays when all months and agencies are taken together, where it counts and whose lines it is. */
type Lasting = { readonly cause: Cause; readonly amount: bigint; readonly cell: Cell; readonly of: readonly Item[] };

/**
 * Explains one payment completely: in every cell and every comparison, left − right is the sum of the differences listed,
 * and each line has exactly one verdict in each comparison that it takes part in.
 * @param given its lines in their order (`inOrder`)
 */
export function explainCase(given: Case, doubles: Doubles, delivered: Delivered): Explained {
  const { paid } = given;
  const bank = atHome(paid, given.bank);
  const work = new Work(given.id);
  const [first] = paid;
  const reached = (kind: "documents" | "bank", on: string) => delivered(given.issuer, kind, on);

  const payments = given.ledger
    .filter(({ kind }) => kind === "payment")
    .map((line) => ({ line, item: itemOf("ledger", line.leaf, line, BigInt(line.amount)) }));
  const returns = given.ledger
    .filter(({ kind }) => kind === "return")
    .map((line) => ({ line, item: itemOf("ledger", line.leaf, line, -BigInt(line.amount)) }));
  const gross = paid.map((line) => ({ line, item: itemOf("paid", line.key, line, BigInt(line.gross)) }));
  const back = atHome(paid, given.back).map((line) => ({
    line,
    item: itemOf("back", line.key, line, -BigInt(line.amount)),
  }));
  const cameBack = sum(back.map(({ item }) => -item.amount));
  const isVoid = first !== undefined && cameBack > 0n && cameBack === BigInt(first.gross);

  for (const { item } of [...payments, ...returns]) work.add(item.cell, "ledger", item.amount);
  for (const { item } of [...gross, ...back]) work.add(item.cell, "gross", item.amount);

  // ledger against documents, gross
  if (isVoid && payments.length + returns.length === 0) {
    // what was called back in full needs no entry
    work.compare(
      "ledger",
      [],
      [...gross, ...back].map(({ item }) => item),
      overOnce(gross),
      first,
    );
  } else {
    work.compare(
      "ledger",
      payments.map(({ item }) => item),
      gross.map(({ item }) => item),
      lastingOfPayments(payments, gross, doubles, reached, given.currency),
      first,
    );
    work.compare(
      "ledger",
      returns.map(({ item }) => item),
      back.map(({ item }) => item),
      lastingOfReturns("ledger", returns, back),
      first,
    );
  }

  // the document in itself; a document called back in full has neither net nor deductions left
  const netBack = (line: CameBack): bigint =>
    isVoid && first !== undefined && back.length === 1 ? BigInt(first.net) : BigInt(line.amount);
  for (const { line, item } of gross) {
    const deducted = sum(line.deductions.map(({ amount }) => BigInt(amount)));
    const net = BigInt(line.net);
    work.add(item.cell, "deductions", deducted);
    work.add(item.cell, "net", net);
    const off = item.amount - deducted - net;
    work.tell(
      "document",
      [item],
      off === 0n ? [] : [{ cause: "documentDoesNotAddUp", amount: off, cell: item.cell, of: [item] }],
    );
  }
  for (const { line, item } of back) {
    work.add(item.cell, "net", -netBack(line));
    work.add(item.cell, "deductions", netBack(line) - BigInt(line.amount));
  }

  // documents against the bank, net
  const net = gross.map(({ line, item }) => ({ line, item: { ...item, amount: BigInt(line.net) } }));
  const netReturned = back.map(({ line, item }) => ({ line, item: { ...item, amount: -netBack(line) } }));
  const left = bank
    .filter(({ part }) => part !== "takenBack")
    .map((line) => ({ line, item: itemOf("bank", line.key, line, BigInt(line.amount)) }));
  const taken = bank
    .filter(({ part }) => part === "takenBack")
    .map((line) => ({ line, item: itemOf("bank", line.key, line, -BigInt(line.amount)) }));
  for (const { item } of [...left, ...taken]) work.add(item.cell, "bank", item.amount);
  const toState = passedOn(left, sum(paid.flatMap(({ deductions }) => deductions.map(({ amount }) => BigInt(amount)))));
  for (const { cell, amount } of toState) work.add(cell, "toState", amount);
  if (isVoid && back.length === 1 && left.length + taken.length === 0) {
    work.compare(
      "bank",
      [...net, ...netReturned].map(({ item }) => item),
      [],
      overOnce(net, 1n),
      first,
    );
  } else {
    work.compare(
      "bank",
      [...net.map(({ item }) => item), ...toState],
      left.map(({ item }) => item),
      lastingOfBank(net, left, toState, doubles, reached, given),
      first,
    );
    work.compare(
      "bank",
      netReturned.map(({ item }) => item),
      taken.map(({ item }) => item),
      lastingOfReturns("bank", netReturned, taken),
      first,
    );
  }

  // taxes against receipts
  for (const { line, item } of gross) {
    const taxes = isVoid ? [] : line.deductions.filter(({ kind }) => TAXES.has(kind));
    const open = sum(taxes.filter(({ receipted }) => !receipted).map(({ amount }) => BigInt(amount)));
    const all = sum(taxes.map(({ amount }) => BigInt(amount)));
    work.add(item.cell, "taxes", all);
    work.add(item.cell, "receipted", all - open);
    work.tell(
      "state",
      [item],
      open === 0n ? [] : [{ cause: "deductionWithoutNtpn", amount: open, cell: item.cell, of: [item] }],
    );
  }
  return work;
}

function itemOf(side: Item["side"], key: string, line: { agency: Hex; on: string }, amount: bigint): Item {
  return { side, key, cell: cellOf(line), amount };
}

type Of<T> = { readonly line: T; readonly item: Item };
type Reached = (kind: "documents" | "bank", on: string) => boolean;

/** Documents under one number after the first: whichever came first, one of them counts. `sign` of the side they stand on. */
function overOnce(documents: readonly Of<PaidLine>[], sign = -1n): Lasting[] {
  return documents
    .slice(1)
    .map(({ item }) => ({ cause: "doubled", amount: sign * item.amount, cell: item.cell, of: [item] }));
}

function lastingOfPayments(
  payments: readonly Of<LedgerLine>[],
  gross: readonly Of<PaidLine>[],
  doubles: Doubles,
  reached: Reached,
  currency: string,
): Lasting[] {
  const [first] = gross;
  if (first === undefined)
    return payments.map(({ line, item }) => {
      const cause = doubles.isDoubledEntry(line)
        ? "doubled"
        : reached("documents", line.on)
          ? "notInSource"
          : "awaitingSource";
      return { cause, amount: item.amount, cell: item.cell, of: [item] };
    });
  const lasting = overOnce(gross);
  const paid = sum(payments.map(({ item }) => item.amount));
  const off = paid - first.item.amount;
  if (off === 0n) return lasting;
  const cause =
    payments.length === 0 ? whyNotRecorded(first.line, doubles, currency) : whyOtherwise(payments, first, paid);
  return [
    ...lasting,
    { cause, amount: off, cell: first.item.cell, of: [...payments.map(({ item }) => item), first.item] },
  ];
}

function whyNotRecorded(line: PaidLine, doubles: Doubles, currency: string): Cause {
  if (doubles.isDoubledDocument(line, currency)) return "doubled";
  return ({ contract: "notInLedger", pettyCash: "pettyCash", none: "noContract", open: "unmatched" } as const)[
    line.link
  ];
}

function whyOtherwise(payments: readonly Of<LedgerLine>[], { line, item }: Of<PaidLine>, paid: bigint): Cause {
  const totals = new Set(payments.map(({ line: { total, amount } }) => total ?? amount));
  const [total = ""] = totals;
  if (totals.size === 1 && BigInt(total) === item.amount) return "sharesDoNotAddUp";
  if (paid === BigInt(line.net)) return "netRecorded";
  if (isTwice(payments, ({ line: { ocid, contractId } }) => `${ocid} ${contractId}`, paid - item.amount))
    return "doubled";
  return "amountDiffers";
}

/** Whether two of them are the same, and one too many explains what is over. */
function isTwice<T extends { item: Item }>(all: readonly T[], what: (one: T) => string, over: bigint): boolean {
  const seen = new Set<string>();
  return all.some((one) => {
    const sign = `${one.item.amount} ${what(one)}`;
    if (one.item.amount === over && seen.has(sign)) return true;
    seen.add(sign);
    return false;
  });
}

function lastingOfReturns(
  comparison: "ledger" | "bank",
  left: readonly { item: Item }[],
  right: readonly { item: Item }[],
): Lasting[] {
  const off = sum(left.map(({ item }) => item.amount)) - sum(right.map(({ item }) => item.amount));
  if (off === 0n) return [];
  const cause: Cause =
    left.length === 0
      ? "returned"
      : right.length > 0
        ? "returnDiffers"
        : comparison === "ledger"
          ? "returnNotInSource"
          : "returnNotAtBank";
  const items = [...left, ...right].map(({ item }) => item);
  return [{ cause, amount: off, cell: items[0]!.cell, of: items }];
}

/** Deductions that the bank has passed on, as far as there were any, where each of these bank lines counts. */
function passedOn(left: readonly Of<BankMove>[], deducted: bigint): Item[] {
  let rest = deducted;
  return left
    .filter(({ line }) => line.part === "deduction")
    .toSorted((a, b) => order(a.line.on, b.line.on) || order(a.line.key, b.line.key))
    .flatMap(({ item }) => {
      const amount = item.amount < rest ? item.amount : rest;
      rest -= amount;
      return amount === 0n ? [] : [{ ...item, amount }];
    });
}

function lastingOfBank(
  net: readonly Of<PaidLine>[],
  left: readonly Of<BankMove>[],
  toState: readonly Item[],
  doubles: Doubles,
  reached: Reached,
  { paid, currency }: Case,
): Lasting[] {
  const [first] = net;
  if (first === undefined)
    return left.map(({ line, item }) => {
      const cause = doubles.isDoubledMove(line) ? "paidTwice" : "withoutSp2d";
      return { cause, amount: -item.amount, cell: item.cell, of: [item] };
    });
  const lasting = overOnce(net, 1n);
  const cleared = sum(left.map(({ item }) => item.amount));
  const off = first.item.amount + sum(toState.map(({ amount }) => amount)) - cleared;
  if (off === 0n) return lasting;
  const { line, item } = first;
  let cause: Cause = "amountDiffersAtBank";
  if (left.length === 0) {
    const isDoubled = paid.length === 1 && doubles.isDoubledDocument(line, currency);
    cause = isDoubled ? "doubled" : reached("bank", line.on) ? "notCleared" : "awaitingStatement";
  } else if (toState.length === 0 && cleared === BigInt(line.gross)) cause = "grossAtBank";
  else if (isTwice(left, ({ line: { part } }) => part, -off)) cause = "paidTwice";
  return [...lasting, { cause, amount: off, cell: item.cell, of: [item, ...left.map((each) => each.item)] }];
}

/** Gathers what is found of one case. */
class Work implements Explained {
  readonly cells = new Map<string, { cell: Cell; figures: Figures }>();
  readonly differences: Difference[] = [];
  readonly verdicts: Verdict[] = [];
  readonly #id: string;

  constructor(id: string) {
    this.#id = id;
  }

  add(cell: Cell, name: FigureName, amount: bigint): void {
    const key = keyOfCell(cell);
    let there = this.cells.get(key);
    if (there === undefined) {
      there = { cell, figures: noFigures() };
      this.cells.set(key, there);
    }
    there.figures[name] += amount;
  }

  /**
   * Left against right: the lasting differences where they count, and what one cell has too much and another too little
   * as a matter of month or agency. The cell of the document is the one that others are held against.
   */
  compare(
    comparison: Comparison,
    left: readonly Item[],
    right: readonly Item[],
    lasting: readonly Lasting[],
    document: { agency: Hex; on: string } | undefined,
  ): void {
    const items = [...left, ...right];
    if (items.length === 0) return;
    const rest = new Map<string, { cell: Cell; amount: bigint }>();
    const count = (cell: Cell, amount: bigint) => {
      const key = keyOfCell(cell);
      rest.set(key, { cell, amount: (rest.get(key)?.amount ?? 0n) + amount });
    };
    for (const { cell, amount } of left) count(cell, amount);
    for (const { cell, amount } of right) count(cell, -amount);
    for (const { cell, amount } of lasting) count(cell, -amount);
    const home =
      document === undefined
        ? items.map(({ cell }) => cell).toSorted((a, b) => order(keyOfCell(a), keyOfCell(b)))[0]!
        : cellOf(document);
    const moved = new Map<string, Cause>();
    for (const { cell, amount } of rest.values()) {
      if (amount === 0n || keyOfCell(cell) === keyOfCell(home)) continue;
      const cause = cell.agency === home.agency ? "otherMonth" : "otherAgency";
      moved.set(keyOfCell(cell), cause);
      const lines = items.filter((item) => keyOfCell(item.cell) === keyOfCell(cell)).map(({ key }) => key);
      this.differences.push({ case: this.#id, comparison, cause, amount, cell, lines });
      this.differences.push({ case: this.#id, comparison, cause, amount: -amount, cell: home, lines });
    }
    this.tell(comparison, items, lasting, ({ cell }) => moved.get(keyOfCell(cell)) ?? "agrees");
  }

  /** Lists lasting differences, and says of each line what it is. */
  tell(
    comparison: Comparison,
    items: readonly Item[],
    lasting: readonly Lasting[],
    otherwise: (item: Item) => Verdict["cause"] = () => "agrees",
  ): void {
    const causes = new Map<string, Cause>();
    for (const { cause, amount, cell, of } of lasting) {
      this.differences.push({ case: this.#id, comparison, cause, amount, cell, lines: of.map(({ key }) => key) });
      for (const { side, key } of of) causes.set(`${side} ${key}`, cause);
    }
    const told = new Set<string>();
    for (const item of items) {
      const { side, key } = item;
      if (told.has(`${side} ${key}`)) continue;
      told.add(`${side} ${key}`);
      this.verdicts.push({ side, key, comparison, cause: causes.get(`${side} ${key}`) ?? otherwise(item) });
    }
  }
}
