import type { Hex } from "../entries/words.ts";
import type { ContractCard } from "../payments/contract-card.ts";
import type { Words } from "../problems.ts";
import { apportion } from "./apportion.ts";
import { standingAt } from "./year-end.ts";

/**
 * What an agency means to spend and build in a year: its budget and, by month, money (anggaran kas, Permendagri 77/2020)
 * and physical progress in hundredths of a percent, each month's own. Amounts as decimal text of minor units.
 */
export type SpendingPlan = {
  readonly agency: Hex;
  readonly year: number;
  readonly budget: string;
  readonly months: readonly { readonly financial: string; readonly physical?: number }[];
};

/** A month of a year, and the year up to its end. Shares in hundredths of a percent of the budget, or of the work. */
type AbsorbedMonth = {
  readonly month: string;
  readonly planned: string;
  readonly paid: string;
  readonly plannedSoFar: string;
  readonly paidSoFar: string;
  readonly financialPlan: number;
  readonly financial: number;
  readonly physicalPlan: number;
  readonly physical: number;
  /** paid less planned, so far */
  readonly deviation: number;
  /** whether the sources reach the end of this month: else what is paid may be more */
  readonly complete: boolean;
};

/** How an agency spends in a year (as SISMONTEPRA asks), and how well (as SAKIP asks). */
export type Absorption = {
  readonly agency: Hex;
  readonly year: number;
  readonly currency: string;
  readonly budget: string;
  /** `declared` by the agency, or derived from the periods of its contracts */
  readonly plan: "declared" | "contracts";
  readonly contracts: number;
  readonly months: readonly AbsorbedMonth[];
  readonly indicators: readonly Indicator[];
};

type IndicatorName = keyof typeof INDICATORS;
/** `value` in the unit of its kind: hundredths of a percent, a count, or tenths of a day; none where nothing can be said. */
export type Indicator = { readonly name: IndicatorName; readonly value?: number; readonly of?: number };

const both = (en: string, id: string): Words => ({ en, id });
export const INDICATORS = {
  absorbed: {
    unit: "share",
    good: "high",
    words: both("budget absorbed", "serapan anggaran"),
    formula: both("paid ÷ budget", "realisasi ÷ pagu"),
  },
  onPlan: {
    unit: "share",
    good: "high",
    words: both("paid against plan, so far", "realisasi terhadap rencana, s.d. saat ini"),
    formula: both("paid so far ÷ planned so far", "realisasi ÷ rencana s.d. bulan laporan"),
  },
  built: {
    unit: "share",
    good: "high",
    words: both("physical progress", "realisasi fisik"),
    formula: both("accepted ÷ value of all contracts", "nilai diterima ÷ nilai seluruh kontrak"),
  },
  onTime: {
    unit: "share",
    good: "high",
    words: both("handed over in time", "serah terima tepat waktu"),
    formula: both(
      "accepted in full by their end ÷ contracts whose end has come",
      "diterima penuh sampai akhir masa ÷ kontrak yang masanya berakhir",
    ),
  },
  overdue: {
    unit: "count",
    good: "low",
    words: both("past their end, not handed over", "lewat masa, belum serah terima"),
    formula: both("contracts", "kontrak"),
  },
  daysToPay: {
    unit: "days",
    good: "low",
    words: both("days from certificate to payment", "hari dari BAP sampai dibayar"),
    formula: both("average over certificates that are paid in full", "rata-rata BAP yang sudah dibayar penuh"),
  },
  uncertified: {
    unit: "count",
    good: "low",
    words: both("paid beyond their certificates", "dibayar melebihi BAP"),
    formula: both("contracts", "kontrak"),
  },
  aboveValue: {
    unit: "count",
    good: "low",
    words: both("paid above their value", "dibayar melebihi nilai"),
    formula: both("contracts", "kontrak"),
  },
} as const satisfies Record<
  string,
  { unit: "share" | "count" | "days"; good: "high" | "low"; words: Words; formula: Words }
>;

const MONTHS = 12;

/**
 * Planned against paid and built, month by month. Without a declared plan money and work are planned by the days of each
 * contract's period that lie in the year, and the budget is what its contracts may still be paid.
 * @param paid by month, decimal text: the gross of all SP2D of the agency
 * @param until the last day that the sources reach; later months are not complete
 * @param on the day of the report: indicators speak of the year up to it
 */
export function absorption(given: {
  agency: Hex;
  year: number;
  currency: string;
  plan: SpendingPlan | undefined;
  cards: readonly ContractCard[];
  paid: Readonly<Record<string, string>>;
  until: string | undefined;
  on: string;
}): Absorption {
  const { agency, year, currency, plan, until = "", on } = given;
  const [first, last] = [`${year}-01-01`, `${year}-12-31`];
  const cards = given.cards.filter(
    (card) => card.currency === currency && (card.on ?? first) <= last && reaches(card, first),
  );
  const months = Array.from({ length: MONTHS }, (_, at) => `${year}-${String(at + 1).padStart(2, "0")}`);
  const derived = cards.map((card) => plannedByDays(card, year, "paid"));
  const built = cards.map((card) => plannedByDays(card, year, "accepted"));
  const financialPlan = months.map((_, at) =>
    plan === undefined ? derived.reduce((sum, each) => sum + each[at]!, 0n) : BigInt(plan.months[at]?.financial ?? "0"),
  );
  const budget = plan === undefined ? financialPlan.reduce((sum, each) => sum + each, 0n) : BigInt(plan.budget);
  const states = months.map((month) => cards.map((card) => standingAt(card, endOf(month))));
  const total = (list: readonly { value: bigint; accepted: bigint }[], name: "value" | "accepted") =>
    list.reduce((sum, each) => sum + each[name], 0n);
  const work = total(
    cards.map((card) => standingAt(card, last)),
    "value",
  );
  const accepted = states.map((list) => total(list, "accepted"));
  const isPhysical = plan?.months.some(({ physical }) => physical !== undefined) === true;
  let [plannedSoFar, paidSoFar, physicalSoFar] = [0n, 0n, 0];
  const before = total(
    cards.map((card) => standingAt(card, dayBefore(first))),
    "accepted",
  );
  let builtPlan = before;
  const told = months.map((month, at): AbsorbedMonth => {
    const planned = financialPlan[at]!;
    const paid = BigInt(given.paid[month] ?? "0");
    plannedSoFar += planned;
    paidSoFar += paid;
    physicalSoFar += plan?.months[at]?.physical ?? 0;
    builtPlan += built.reduce((sum, each) => sum + each[at]!, 0n);
    return {
      ...{ month, planned: String(planned), paid: String(paid) },
      ...{ plannedSoFar: String(plannedSoFar), paidSoFar: String(paidSoFar) },
      financialPlan: shareOf(plannedSoFar, budget),
      financial: shareOf(paidSoFar, budget),
      physicalPlan: isPhysical ? physicalSoFar : shareOf(builtPlan, work),
      physical: shareOf(accepted[at]!, work),
      deviation: shareOf(paidSoFar - plannedSoFar, budget),
      complete: until >= endOf(month),
    };
  });
  return {
    ...{ agency, year, currency, budget: String(budget), plan: plan === undefined ? "contracts" : "declared" },
    contracts: cards.length,
    months: told,
    indicators: indicatorsOf(cards, told, budget, on < last ? on : last),
  };
}

function indicatorsOf(
  cards: readonly ContractCard[],
  months: readonly AbsorbedMonth[],
  budget: bigint,
  on: string,
): Indicator[] {
  const now = months.findLast(({ month }) => month <= on.slice(0, 7)) ?? months[0]!;
  const [planned, paid] = [BigInt(now.plannedSoFar), BigInt(now.paidSoFar)];
  const states = cards.map((card) => ({ card, at: standingAt(card, on) }));
  const ended = states.filter(({ card }) => card.until !== undefined && card.until <= on);
  const inTime = ended.filter(({ card }) => {
    const { accepted, value } = standingAt(card, card.until!);
    return accepted >= value;
  });
  const value = states.reduce((sum, { at }) => sum + at.value, 0n);
  const accepted = states.reduce((sum, { at }) => sum + at.accepted, 0n);
  const waits = cards.flatMap((card) => daysToPay(card, on));
  const ratio = (part: bigint, of: bigint) => (of > 0n ? { value: shareOf(part, of) } : {});
  const count = (test: (of: (typeof states)[number]) => boolean) => ({
    value: states.filter(test).length,
    of: states.length,
  });
  return [
    { name: "absorbed", ...ratio(paid, budget) },
    { name: "onPlan", ...ratio(paid, planned) },
    { name: "built", ...ratio(accepted, value) },
    { name: "onTime", ...ratio(BigInt(inTime.length), BigInt(ended.length)), of: ended.length },
    {
      name: "overdue",
      ...count(({ card, at }) => card.until !== undefined && card.until < on && at.accepted < at.value),
    },
    {
      name: "daysToPay",
      ...(waits.length > 0
        ? { value: Math.round((10 * waits.reduce((sum, days) => sum + days, 0)) / waits.length) }
        : {}),
      of: waits.length,
    },
    { name: "uncertified", ...count(({ at }) => at.paid > at.payable) },
    { name: "aboveValue", ...count(({ at }) => at.paid > at.value) },
  ];
}

/** Days from each certificate to the payment with which it was paid in full, oldest first; open ones are left out. */
function daysToPay(card: ContractCard, on: string): number[] {
  const payments = card.payments
    .filter((each) => each.on !== undefined && each.on <= on)
    .sort((a, b) => order(a.on!, b.on!));
  const certificates = card.certificates.filter((each) => each.on !== undefined).sort((a, b) => order(a.on!, b.on!));
  let [due, paid, next] = [0n, 0n, 0];
  return certificates.flatMap(({ on: certified, amount }) => {
    due += BigInt(amount);
    while (paid < due && next < payments.length) paid += BigInt(payments[next++]!.amount);
    const at = payments[next - 1]?.on;
    return paid < due || at === undefined ? [] : [Math.max(0, dayNumber(at) - dayNumber(certified!))];
  });
}

/** What a contract may be paid, or have accepted, in each month of the year, by the days of its period in it. */
function plannedByDays(card: ContractCard, year: number, done: "paid" | "accepted"): bigint[] {
  const [first, last] = [`${year}-01-01`, `${year}-12-31`];
  const left = standingAt(card, last).value - standingAt(card, dayBefore(first))[done];
  const from = dayNumber((card.on ?? first) > first ? card.on! : first);
  const to = dayNumber(card.until ?? last);
  const days = Array.from({ length: MONTHS }, (_, at) => {
    const month = `${year}-${String(at + 1).padStart(2, "0")}`;
    const [begins, ends] = [dayNumber(`${month}-01`), dayNumber(endOf(month))];
    return BigInt(Math.max(0, Math.min(to, ends) - Math.max(from, begins) + 1));
  });
  const beyond = BigInt(Math.max(0, to - dayNumber(last)));
  if (left <= 0n) return days.map(() => 0n);
  // a period that was over before the year: what is left is due at once
  if (days.every((each) => each === 0n) && beyond === 0n) return days.map((_, at) => (at === 0 ? left : 0n));
  return apportion(left, [...days, beyond]).slice(0, MONTHS);
}

/** Whether something of a contract is left to do or to pay when the year begins. */
function reaches(card: ContractCard, first: string): boolean {
  if ((card.on ?? "") >= first || (card.until ?? "") >= first) return true;
  const { value, paid, accepted } = standingAt(card, dayBefore(first));
  return paid < value || accepted < value;
}

const DAY = 86_400_000;
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const dayNumber = (day: string): number => Date.parse(`${day}T00:00:00Z`) / DAY;
const dayBefore = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) - DAY).toISOString().slice(0, 10);

/** The last day of a month. */
export function endOf(month: string): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

/** Hundredths of a percent, rounded half away from zero; 0 of nothing. */
function shareOf(part: bigint, of: bigint): number {
  if (of <= 0n) return 0;
  const size = part < 0n ? -part : part;
  const share = Number((size * 20_000n + of) / (2n * of));
  return part < 0n ? -share : share;
}
