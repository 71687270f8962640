import type { Hex } from "../entries/words.ts";
import type { BudgetLine } from "../payments/payment-document.ts";
import type { PaymentException } from "../payments/payment-exceptions.ts";
import type { AccountGroups } from "./account-groups.ts";
import { apportion } from "./apportion.ts";
import { type Case, type ContractLink, cellOf, inOrder } from "./case.ts";
import { CAUSES, type Cause, COMPARISONS, type Comparison } from "./causes.ts";
import type { Doubles } from "./doubles.ts";
import {
  type Delivered,
  type Difference,
  type Explained,
  explainCase,
  FIGURE_NAMES,
  type Figures,
  keyOfCell,
  noFigures,
} from "./explain-case.ts";

/** Figures as decimal text of minor units. */
export type FigureTexts = Readonly<Record<keyof Figures, string>>;

/** Differences of one cause in one comparison. */
type CauseSum = {
  readonly comparison: Comparison;
  readonly cause: Cause;
  readonly count: number;
  readonly amount: string;
};

/** A difference as it is listed; `number` of the SP2D, or the key of the bank line, where there is one. */
export type ListedDifference = {
  readonly comparison: Comparison;
  readonly cause: Cause;
  readonly currency: string;
  readonly amount: string;
  readonly agency: Hex;
  readonly month: string;
  readonly case: string;
  readonly number?: string;
  readonly on?: string;
  readonly contracts: readonly { readonly ocid: string; readonly contractId: string }[];
};

/** What one account of one sub-activity and fund was paid; shares of a document over several accounts by their amounts. */
export type AccountRow = FigureTexts & {
  readonly agency: Hex;
  readonly currency: string;
  readonly chart: BudgetLine["chart"];
  /** empty where no source says it */
  readonly account: string;
  readonly group?: string;
  readonly subActivity: string;
  readonly fund: string;
};

type Covered = { readonly count: number; readonly gross: string };

/** A month, or several, of one agency or those below it; all amounts as decimal text of minor units. */
export type PeriodReport = {
  readonly currencies: readonly {
    readonly currency: string;
    readonly figures: FigureTexts;
    readonly causes: readonly CauseSum[];
    /** of each comparison: left less right, and what is explained; always the same */
    readonly balance: Readonly<Record<Comparison, { readonly difference: string; readonly explained: string }>>;
    /** payments on the ledger that are unusual: a fact all the same, until somebody acts */
    readonly exceptions: readonly {
      readonly exception: PaymentException;
      readonly count: number;
      readonly amount: string;
    }[];
    /** SP2D that pay a contract, and those that do not */
    readonly covered: Readonly<Record<ContractLink, Covered>>;
    readonly cases: number;
    /** cases that agree everywhere */
    readonly agreeing: number;
  }[];
  readonly rows: readonly AccountRow[];
  /** the largest of each cause */
  readonly largest: readonly ListedDifference[];
};

type Scope = { readonly agencies: ReadonlySet<Hex>; readonly months: ReadonlySet<string> };
type Tally = {
  figures: Figures;
  causes: Map<string, { comparison: Comparison; cause: Cause; count: number; amount: bigint }>;
  covered: Record<ContractLink, { count: number; gross: bigint }>;
  exceptions: Map<PaymentException, { count: number; amount: bigint }>;
  cases: number;
  agreeing: number;
};

const LISTED = 40;
const NONE: Pick<BudgetLine, "account" | "chart"> = { account: "", chart: "unknown" };

/** Adds up explained cases, as far as they touch the agencies and months asked for. */
export class PeriodAccount {
  readonly #scope: Scope;
  readonly #groups: AccountGroups | undefined;
  readonly #tallies = new Map<string, Tally>();
  readonly #rows = new Map<string, { row: Omit<AccountRow, keyof Figures>; figures: Figures }>();
  readonly #largest = new Map<string, { size: bigint; difference: Difference; of: Case }[]>();

  constructor(scope: Scope, groups?: AccountGroups) {
    this.#scope = scope;
    this.#groups = groups;
  }

  has({ agency, month }: { agency: Hex; month: string }): boolean {
    return this.#scope.agencies.has(agency) && this.#scope.months.has(month);
  }

  /** Explains a case and adds it up. */
  take(given: Case, doubles: Doubles, delivered: Delivered): Explained {
    const of = inOrder(given);
    const explained = explainCase(of, doubles, delivered);
    this.#add(of, explained);
    return explained;
  }

  #add(of: Case, explained: Explained): void {
    const tally = this.#tallyOf(of.currency);
    tally.cases++;
    for (const { cell, figures } of explained.cells.values()) {
      if (!this.has(cell)) continue;
      for (const name of FIGURE_NAMES) tally.figures[name] += figures[name];
      this.#addRows(of, cell.agency, figures);
    }
    const here = explained.differences.filter(({ cell }) => this.has(cell));
    if (here.length === 0) tally.agreeing++;
    for (const difference of here) {
      const { comparison, cause, amount } = difference;
      const key = `${comparison} ${cause}`;
      const sum = tally.causes.get(key) ?? { comparison, cause, count: 0, amount: 0n };
      sum.count++;
      sum.amount += amount;
      tally.causes.set(key, sum);
      this.#list(`${of.currency} ${key}`, difference, of);
    }
    for (const line of of.ledger)
      for (const exception of this.has(cellOf(line)) ? (line.exceptions ?? []) : []) {
        const { count, amount } = tally.exceptions.get(exception) ?? { count: 0, amount: 0n };
        tally.exceptions.set(exception, { count: count + 1, amount: amount + BigInt(line.amount) });
      }
    for (const line of of.paid) {
      if (!this.has(cellOf(line))) continue;
      const covered = tally.covered[of.ledger.length > 0 ? "contract" : line.link];
      covered.count++;
      covered.gross += BigInt(line.gross);
    }
  }

  #tallyOf(currency: string): Tally {
    let tally = this.#tallies.get(currency);
    if (tally === undefined) {
      const none = () => ({ count: 0, gross: 0n });
      const covered = { contract: none(), pettyCash: none(), none: none(), open: none() };
      tally = { figures: noFigures(), causes: new Map(), covered, exceptions: new Map(), cases: 0, agreeing: 0 };
      this.#tallies.set(currency, tally);
    }
    return tally;
  }

  #addRows({ currency, paid, ledger }: Case, agency: Hex, figures: Figures): void {
    const lines = linesOf(paid, ledger);
    const weights = lines.map(({ amount }) => amount);
    const split = FIGURE_NAMES.map((name) =>
      lines.length === 1 ? [figures[name]] : apportion(figures[name], weights),
    );
    for (const [at, { line }] of lines.entries()) {
      const { account, chart, subActivity = "", fund = "" } = line;
      const key = [currency, agency, chart, account, subActivity, fund].join("\u0000");
      let there = this.#rows.get(key);
      if (there === undefined) {
        const group = this.#groups?.of(chart, account)?.name;
        const row = { agency, currency, chart, account, subActivity, fund, ...(group === undefined ? {} : { group }) };
        there = { row, figures: noFigures() };
        this.#rows.set(key, there);
      }
      for (const [of, name] of FIGURE_NAMES.entries()) there.figures[name] += split[of]![at]!;
    }
  }

  #list(key: string, difference: Difference, of: Case): void {
    const size = difference.amount < 0n ? -difference.amount : difference.amount;
    const list = this.#largest.get(key) ?? [];
    this.#largest.set(key, list);
    if (list.length >= 2 * LISTED) trim(list);
    list.push({ size, difference, of });
  }

  report(): PeriodReport {
    const lists = [...this.#largest].sort(([a], [b]) => order(a, b));
    const largest = lists.flatMap(([, list]) => {
      trim(list);
      return list.map(({ difference, of }) => listed(difference, of));
    });
    return {
      currencies: [...this.#tallies].sort(([a], [b]) => order(a, b)).map(([currency, tally]) => told(currency, tally)),
      rows: [...this.#rows]
        .sort(([a], [b]) => order(a, b))
        .map(([, { row, figures }]) => ({ ...row, ...textsOf(figures) })),
      largest: largest.sort(
        (a, b) =>
          COMPARISON_NAMES.indexOf(a.comparison) - COMPARISON_NAMES.indexOf(b.comparison) ||
          CAUSE_NAMES.indexOf(a.cause) - CAUSE_NAMES.indexOf(b.cause),
      ),
    };
  }
}

/** A difference as it is listed. */
export function listed({ comparison, cause, amount, cell, case: id }: Difference, of: Case): ListedDifference {
  const [paid] = of.paid;
  const number = paid?.number ?? of.bank[0]?.key;
  const on = paid?.on ?? of.ledger[0]?.on ?? of.bank[0]?.on ?? of.back[0]?.on;
  const contracts = new Map(of.ledger.map(({ ocid, contractId }) => [`${ocid} ${contractId}`, { ocid, contractId }]));
  return {
    ...{
      comparison,
      cause,
      currency: of.currency,
      amount: String(amount),
      agency: cell.agency,
      month: cell.month,
      case: id,
    },
    ...(number === undefined ? {} : { number }),
    ...(on === undefined ? {} : { on }),
    contracts: [...contracts.values()],
  };
}

/** Budget lines with their weights: of the first document, else of the contracts; what they leave open is of no account. */
function linesOf(paid: Case["paid"], ledger: Case["ledger"]): { line: Omit<BudgetLine, "amount">; amount: bigint }[] {
  const [document] = paid;
  const given = document === undefined ? ledger.flatMap(({ lines = [] }) => lines) : document.lines;
  const lines = given.map((line) => ({ line, amount: BigInt(line.amount) })).filter(({ amount }) => amount > 0n);
  const stated = lines.reduce((sum, { amount }) => sum + amount, 0n);
  const open = document === undefined ? 0n : BigInt(document.gross) - stated;
  if (lines.length === 0 || open > 0n) return [...lines, { line: NONE, amount: open > 0n ? open : 1n }];
  return lines;
}

const COMPARISON_NAMES = Object.keys(COMPARISONS) as Comparison[];
const CAUSE_NAMES = Object.keys(CAUSES) as Cause[];
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function trim(list: { size: bigint; difference: Difference; of: Case }[]): void {
  list.sort((a, b) => (a.size > b.size ? -1 : a.size < b.size ? 1 : order(keyOf(a.difference), keyOf(b.difference))));
  list.length = Math.min(list.length, LISTED);
}

function keyOf({ case: id, cell, amount }: Difference): string {
  return `${id} ${keyOfCell(cell)} ${amount}`;
}

export function textsOf(figures: Figures): FigureTexts {
  return Object.fromEntries(FIGURE_NAMES.map((name) => [name, String(figures[name])])) as FigureTexts;
}

function told(
  currency: string,
  { figures, causes, covered, exceptions, cases, agreeing }: Tally,
): PeriodReport["currencies"][number] {
  const { ledger, gross, deductions, net, toState, bank, taxes, receipted } = figures;
  const difference: Record<Comparison, bigint> = {
    ledger: ledger - gross,
    document: gross - deductions - net,
    bank: net + toState - bank,
    state: taxes - receipted,
  };
  const explained = (of: Comparison) =>
    [...causes.values()].reduce((sum, { comparison, amount }) => (comparison === of ? sum + amount : sum), 0n);
  return {
    currency,
    figures: textsOf(figures),
    causes: [...causes.values()]
      .sort(
        (a, b) =>
          COMPARISON_NAMES.indexOf(a.comparison) - COMPARISON_NAMES.indexOf(b.comparison) ||
          CAUSE_NAMES.indexOf(a.cause) - CAUSE_NAMES.indexOf(b.cause),
      )
      .map((each) => ({ ...each, amount: String(each.amount) })),
    balance: Object.fromEntries(
      COMPARISON_NAMES.map((of) => [of, { difference: String(difference[of]), explained: String(explained(of)) }]),
    ) as Record<Comparison, { difference: string; explained: string }>,
    exceptions: [...exceptions]
      .sort(([a], [b]) => order(a, b))
      .map(([exception, { count, amount }]) => ({ exception, count, amount: String(amount) })),
    covered: Object.fromEntries(
      Object.entries(covered).map(([link, { count, gross: paid }]) => [link, { count, gross: String(paid) }]),
    ) as Record<ContractLink, Covered>,
    cases,
    agreeing,
  };
}
