import type { Hex } from "../../domain/entries/words.ts";
import type { ContractCard } from "../../domain/payments/contract-card.ts";
import { type Absorption, absorption, endOf, type SpendingPlan } from "../../domain/reconciliation/absorption.ts";
import { AccountGroups, type AccountPair } from "../../domain/reconciliation/account-groups.ts";
import { type Case, type Cell, type ContractLink, cellsOf, type PaidLine } from "../../domain/reconciliation/case.ts";
import { Doubles } from "../../domain/reconciliation/doubles.ts";
import { type Delivered, type Explained, keyOfCell } from "../../domain/reconciliation/explain-case.ts";
import {
  type ListedDifference,
  listed,
  PeriodAccount,
  type PeriodReport,
} from "../../domain/reconciliation/period-account.ts";
import { type YearEnd, yearEnd } from "../../domain/reconciliation/year-end.ts";
import type { Storage } from "../../domain/storage.ts";
import { CaseBook, type SourceReach } from "./case-book.ts";

/** An agency with those below it, whose budgets a report is about. */
export type Scope = { readonly agencies: readonly { readonly hex: Hex; readonly id: string; readonly name: string }[] };

/** What was delivered, and so what a report can speak of. */
export type Coverage = {
  readonly sources: readonly SourceReach[];
  /** whether documents and bank lines of the whole period are delivered */
  readonly isComplete: boolean;
  /** up to which position the log of the register is read */
  readonly register: number;
  /** credits at the bank that are no return: not compared */
  readonly receipts: readonly { readonly currency: string; readonly count: number; readonly amount: string }[];
};

/** A month (`YYYY-MM`) or a year (`YYYY`) of an agency. */
export type Reconciled = PeriodReport & {
  readonly agency: Scope["agencies"][number];
  readonly agencies: Scope["agencies"];
  readonly period: string;
  readonly coverage: Coverage;
};

export type ReconciliationSettings = {
  /** the present day: nobody has delivered what is to come, whatever day stands on a line */
  readonly today?: () => string;
  /** how a document stands to contracts now, where a match or a person has said it */
  readonly linkOf?: (document: { readonly issuer: Hex; readonly key: string }) => Promise<ContractLink | undefined>;
  /** the mapping of Permendagri 13 to 90 that the region has declared */
  readonly accounts: readonly AccountPair[];
};

/** Reads months and years out of what is kept case by case. */
export class Reconciliation {
  readonly book: CaseBook;
  readonly #storage: Storage;
  readonly #groups: AccountGroups;
  readonly #linkOf: NonNullable<ReconciliationSettings["linkOf"]>;
  readonly #today: () => string;

  constructor(storage: Storage, settings: ReconciliationSettings) {
    this.#storage = storage;
    this.book = new CaseBook(storage);
    this.#groups = new AccountGroups(settings.accounts);
    this.#linkOf = settings.linkOf ?? (async () => undefined);
    this.#today = settings.today ?? (() => "9999-12-31");
  }

  /** Ledger, documents and bank of a month or a year, held against each other. */
  async report(scope: Scope, period: string): Promise<Reconciled> {
    const look = await this.#look(scope, period);
    for await (const _ of this.#explained(look)) if (look.isTired()) await breath();
    return {
      ...look.account.report(),
      ...{ agency: scope.agencies[0]!, agencies: scope.agencies, period },
      coverage: await this.#coverage(scope, look),
    };
  }

  /** All differences of a month or a year, one after another. */
  async *differences(scope: Scope, period: string): AsyncGenerator<ListedDifference> {
    const look = await this.#look(scope, period);
    for await (const { of, explained } of this.#explained(look))
      for (const difference of explained.differences)
        if (look.account.has(difference.cell)) yield listed(difference, of);
  }

  /** Every case of a period with its explanation. */
  async *explained(scope: Scope, period: string): AsyncGenerator<{ of: Case; explained: Explained }> {
    yield* this.#explained(await this.#look(scope, period));
  }

  /** What contracts of the agencies owe at the end of a day. */
  async yearEnd(scope: Scope, on: string): Promise<YearEnd> {
    return yearEnd(await this.#cards(scope), on);
  }

  /** Planned against paid and built, an agency at a time; agencies without budget, contracts and payments are left out. */
  async absorption(scope: Scope, year: number, currency: string, on: string): Promise<Absorption[]> {
    const told: Absorption[] = [];
    const sources = await this.#sources();
    const reaches = sources.filter(({ kind }) => kind === "documents").map(({ until }) => until);
    for (const agency of scope.agencies) {
      const plan = await this.#storage.get<SpendingPlan>(planKey(agency.hex, year));
      const cards = await this.#cards({ agencies: [agency] });
      const paid: Record<string, string> = {};
      const one = { agencies: [agency] };
      for (const month of await this.book.monthsOf(agency.hex, String(year))) {
        const { currencies } = await this.report(one, month);
        paid[month] = currencies.find((each) => each.currency === currency)?.figures.gross ?? "0";
      }
      const given = { agency: agency.hex, year, currency, plan, cards, paid, until: reaches.sort().at(-1), on };
      const absorbed = absorption(given);
      if (absorbed.contracts > 0 || plan !== undefined || Object.values(paid).some((amount) => amount !== "0"))
        told.push(absorbed);
    }
    return told;
  }

  /** The plan of an agency and year (anggaran kas), instead of the one before. */
  async keepPlan(plan: SpendingPlan): Promise<void> {
    await this.#storage.put([{ key: planKey(plan.agency, plan.year), value: plan }], { sync: true });
  }

  async #cards({ agencies }: Scope): Promise<ContractCard[]> {
    const all: ContractCard[] = [];
    for (const { hex } of agencies) for await (const card of this.book.cards(hex)) all.push(card);
    return all;
  }

  async #look({ agencies }: Scope, period: string) {
    const months = period.length === 4 ? monthsOfYear(period) : [period];
    const sources = await this.#sources();
    const delivered = daysDelivered(sources, this.#today());
    const within = { agencies: new Set(agencies.map(({ hex }) => hex)), months: new Set(months) };
    let since = Date.now();
    const isTired = () => {
      const now = Date.now();
      if (now - since < 50) return false;
      since = now;
      return true;
    };
    return { months, sources, delivered, isTired, within, account: new PeriodAccount(within, this.#groups) };
  }

  /**
   * The cases of a period, explained: first those that all sides have, for which nothing else need be known, then the
   * others, when all have been seen.
   */
  async *#explained({ within, account, delivered }: Look): AsyncGenerator<{ of: Case; explained: Explained }> {
    const doubles = new Doubles();
    const waiting: string[] = [];
    const several = within.agencies.size * within.months.size > 1;
    for (const agency of within.agencies)
      for (const month of within.months)
        for await (const of of this.book.cases(agency, month)) {
          // a case that touches several cells is taken at the first
          if (several && firstOf(cellsOf(of).filter((cell) => account.has(cell))) !== keyOfCell({ agency, month }))
            continue;
          doubles.see(of);
          if (Doubles.isWhole(of)) yield { of, explained: account.take(of, doubles, delivered) };
          else waiting.push(of.id);
        }
    for (const id of waiting) {
      const found = await this.book.case(id);
      // what was changed meanwhile and is nowhere any more
      if (found === undefined) continue;
      const of = await this.#linked(found);
      yield { of, explained: account.take(of, doubles, delivered) };
    }
  }

  async #sources(): Promise<SourceReach[]> {
    const today = this.#today();
    return (await this.book.sources()).map((source) => (source.until > today ? { ...source, until: today } : source));
  }

  /** With what matches and people say now of documents that the ledger does not have. */
  async #linked(of: Case): Promise<Case> {
    if (of.ledger.length > 0 || of.paid.length === 0) return of;
    const paid: PaidLine[] = [];
    for (const line of of.paid)
      paid.push({ ...line, link: (await this.#linkOf({ issuer: of.issuer, key: line.key })) ?? line.link });
    return { ...of, paid };
  }

  async #coverage({ agencies }: Scope, { sources, months }: Look): Promise<Coverage> {
    const last = endOf(months.at(-1)!);
    const isComplete = (["documents", "bank"] as const).every((kind) =>
      sources.some((source) => source.kind === kind && source.until >= last && source.months[months[0]!] !== undefined),
    );
    const receipts = new Map<string, { count: number; amount: bigint }>();
    for (const { hex } of agencies)
      for (const month of months)
        for (const [currency, { count, amount }] of Object.entries(await this.book.receipts(hex, month))) {
          const sum = receipts.get(currency) ?? { count: 0, amount: 0n };
          receipts.set(currency, { count: sum.count + count, amount: sum.amount + amount });
        }
    return {
      ...{ sources, isComplete, register: await this.book.position() },
      receipts: [...receipts].map(([currency, { count, amount }]) => ({ currency, count, amount: String(amount) })),
    };
  }
}

type Look = {
  readonly months: readonly string[];
  readonly sources: readonly SourceReach[];
  readonly delivered: Delivered;
  readonly within: { readonly agencies: ReadonlySet<Hex>; readonly months: ReadonlySet<string> };
  readonly account: PeriodAccount;
};

/**
 * Of which days sources have spoken: of a month from its first line to its last, and to its edges where they have spoken
 * of the month before or after too.
 */
function daysDelivered(sources: readonly SourceReach[], today: string): Delivered {
  const reach = new Map<string, Map<string, readonly [string, string]>>();
  for (const { issuer, kind, months } of sources)
    for (const [month, [first, last]] of Object.entries(months)) {
      const key = `${issuer} ${kind}`;
      const known = reach.get(key) ?? new Map<string, readonly [string, string]>();
      const [from = first, until = last] = known.get(month) ?? [];
      reach.set(key, known.set(month, [first < from ? first : from, last > until ? last : until]));
    }
  return (issuer, kind, on) => {
    const months = reach.get(`${issuer} ${kind}`);
    const month = on.slice(0, 7);
    const days = months?.get(month);
    if (months === undefined || days === undefined || on > today) return false;
    return (on >= days[0] || months.has(monthAt(month, -1))) && (on <= days[1] || months.has(monthAt(month, 1)));
  };
}

function monthAt(month: string, away: number): string {
  return new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5)) - 1 + away)).toISOString().slice(0, 7);
}

/** Lets others have the thread for a moment. */
const breath = () => new Promise<void>((resolve) => setImmediate(resolve));

function planKey(agency: Hex, year: number): string {
  return `recon/plan/${agency}/${year}`;
}

function monthsOfYear(year: string): string[] {
  return Array.from({ length: 12 }, (_, at) => `${year}-${String(at + 1).padStart(2, "0")}`);
}

function firstOf(cells: readonly Cell[]): string | undefined {
  return cells.map(keyOfCell).sort()[0];
}
