import { GuaranteeType, Kind } from "../entries/kinds.ts";
import type { Hex } from "../entries/words.ts";
import { addDays, type Day, dayOf, daysBetween } from "./civil-days.ts";
import { type ContractStory, guaranteed } from "./contract-story.ts";
import { above, bpsOf } from "./exact.ts";
import { type Finding, finding, sentence } from "./finding.ts";
import { rupiah } from "./rule-table.ts";

export type GuaranteeKind = keyof typeof GuaranteeType;

/** A guarantee as it stands: `left` 0 once it was called whole or returned. */
export type GuaranteeLine = {
  readonly posting: Hex;
  readonly sequence: number;
  readonly type: GuaranteeKind;
  readonly posted: string;
  readonly left: string;
  readonly on: Day;
  readonly until: Day;
  /** days until it ends: 0 on its last day, negative after it */
  readonly daysLeft: number;
  /** `expired`: it ended while it was needed; a number: it ends within so many days; none: nothing to do */
  readonly alarm?: "expired" | number;
};

/** The guarantees of a contract, in the order of their posting, with an alarm for those that are still needed. */
export function guaranteesOf(story: ContractStory, today: Day): GuaranteeLine[] {
  const { contract, truths, conditions, signedOn, ruleOn } = story;
  const { alarmDays } = ruleOn("guarantee-expiry", signedOn).parameters;
  return truths
    .filter(({ kind, leaf }) => kind === Kind.guarantee && contract.guarantees[leaf] !== undefined)
    .map(({ leaf, sequence, terms }) => {
      const { type: number, amount, until: ends } = contract.guarantees[leaf]!;
      const type = nameOfType(number);
      const until = dayOf(ends, conditions.zone);
      const daysLeft = daysBetween(today, until);
      const needed = BigInt(amount) > 0n && isNeeded(story, type, today);
      // the nearest border that it has passed: of 30, 14, 7 the 14 from the 14th day on
      const border = [...alarmDays].sort((a, b) => a - b).find((days) => daysLeft <= days);
      const alarm = !needed ? undefined : daysLeft < 0 ? "expired" : border;
      return {
        ...{ posting: leaf, sequence, type, posted: String(terms.amount ?? 0n), left: amount },
        ...{ on: dayOf(terms.on ?? 0, conditions.zone), until, daysLeft },
        ...(alarm === undefined ? {} : { alarm }),
      };
    });
}

export function nameOfType(number: number): GuaranteeKind {
  return (Object.keys(GuaranteeType) as GuaranteeKind[]).find((name) => GuaranteeType[name] === number) ?? "bid";
}

/** Whether what a guarantee stands for is still open. */
export function isNeeded({ contract, doneOn, conditions }: ContractStory, type: GuaranteeKind, today: Day): boolean {
  const { status } = contract;
  if (status === "closed" || status === "cancelled" || status === "recordedInError") return false;
  switch (type) {
    case "bid":
    case "appeal":
      return status === "pending";
    case "performance":
      return doneOn === undefined;
    case "advance":
      return BigInt(contract.advance) > BigInt(contract.recovered);
    case "maintenance":
      return conditions.maintenanceUntil === undefined || conditions.maintenanceUntil >= today;
    default:
      return doneOn === undefined && BigInt(contract.certified) > BigInt(contract.accepted);
  }
}

/** The performance guarantee that the rule asks, in minor units; undefined where it asks none. */
export function performanceNeeded(story: ContractStory): { amount: bigint; lowBid: boolean } | undefined {
  const { contract, conditions, signedOn, estimate, ruleOn } = story;
  const {
    above: limit,
    ofContractBps,
    lowBidBelowBps,
    ofEstimateBps,
  } = ruleOn("performance-guarantee", signedOn).parameters;
  const value = BigInt(contract.value);
  const swakelola = contract.party === undefined;
  if (contract.currency !== "IDR" || conditions.category === "consulting" || swakelola) return undefined;
  if (value <= rupiah(limit)) return undefined;
  // the bid is what the contract was first worth
  const bid = BigInt(contract.firstValue);
  const lowBid = estimate !== undefined && bid * 10_000n < estimate * BigInt(lowBidBelowBps);
  return { amount: lowBid ? bpsOf(estimate, ofEstimateBps) : bpsOf(value, ofContractBps), lowBid };
}

/** What is wrong with the guarantees of a contract on a day: too small, too short, missing, or soon at their end. */
export function guaranteeFindings(story: ContractStory, today: Day): Finding[] {
  const { contract, deadline, conditions, signedOn, ruleOn } = story;
  const { currency } = contract;
  const lines = guaranteesOf(story, today);
  const found: Finding[] = [];
  const begun = contract.status === "active";

  const needed = begun && isNeeded(story, "performance", today) ? performanceNeeded(story) : undefined;
  const performance = lines
    .filter(({ type }) => type === "performance")
    .reduce((sum, { left }) => sum + BigInt(left), 0n);
  if (needed !== undefined && performance < needed.amount) {
    const what = needed.lowBid ? (["5 % of the HPS", "5 % dari HPS"] as const) : (["5 %", "5 %"] as const);
    found.push(
      finding(
        ruleOn("performance-guarantee", signedOn),
        sentence(
          currency,
          (money) => `The performance guarantee is ${money(performance)}; ${what[0]} are ${money(needed.amount)}.`,
          (money) => `Jaminan pelaksanaan ${money(performance)}; ${what[1]} adalah ${money(needed.amount)}.`,
        ),
        { guaranteed: performance, needed: needed.amount },
      ),
    );
  }
  const end = deadline?.chanceUntil ?? deadline?.dueOn;
  for (const { type, left, until } of lines) {
    if (BigInt(left) === 0n || type !== "performance" || end === undefined || until >= end) continue;
    if (!isNeeded(story, "performance", today)) continue;
    found.push(
      finding(
        ruleOn("guarantee-covers-contract", signedOn),
        sentence(
          currency,
          (_, day) => `The performance guarantee ends on ${day(until)}, before the contract does (${day(end)}).`,
          (_, day) => `Jaminan pelaksanaan berakhir ${day(until)}, sebelum kontrak berakhir (${day(end)}).`,
        ),
        { until, end },
      ),
    );
  }
  const outstanding = above(BigInt(contract.advance), BigInt(contract.recovered));
  const secured = guaranteed(story, "advance", today);
  if (outstanding > secured) {
    found.push(
      finding(
        ruleOn("advance-guarantee", signedOn),
        sentence(
          currency,
          (money) =>
            `${money(outstanding)} of the advance is not paid back; the guarantee stands for ${money(secured)}.`,
          (money) => `Uang muka ${money(outstanding)} belum kembali; jaminannya ${money(secured)}.`,
        ),
        { outstanding, guaranteed: secured },
      ),
    );
  }
  const { maintenanceUntil } = conditions;
  const maintenance = ruleOn("maintenance-guarantee", signedOn);
  for (const { type, left, until } of lines) {
    if (type !== "maintenance" || BigInt(left) === 0n || !isNeeded(story, "maintenance", today)) continue;
    const enough = bpsOf(BigInt(contract.value), maintenance.parameters.bps);
    const goodUntil = maintenanceUntil && addDays(maintenanceUntil, maintenance.parameters.daysAfter);
    if (BigInt(left) < enough) {
      found.push(
        finding(
          maintenance,
          sentence(
            currency,
            (money) => `The maintenance bond is ${money(BigInt(left))}; 5 % of the contract are ${money(enough)}.`,
            (money) => `Jaminan pemeliharaan ${money(BigInt(left))}; 5 % dari kontrak adalah ${money(enough)}.`,
          ),
          { guaranteed: left, needed: enough },
        ),
      );
    }
    if (goodUntil !== undefined && until < goodUntil) {
      found.push(
        finding(
          maintenance,
          sentence(
            currency,
            (_, day) => `The maintenance bond ends on ${day(until)}; it must be good until ${day(goodUntil)}.`,
            (_, day) => `Jaminan pemeliharaan berakhir ${day(until)}; harus berlaku sampai ${day(goodUntil)}.`,
          ),
          { until, needed: goodUntil },
        ),
      );
    }
  }
  for (const { type, left, until, daysLeft, alarm } of lines) {
    if (alarm === undefined) continue;
    const [en, id] = guaranteeNames[type];
    found.push(
      finding(
        ruleOn("guarantee-expiry", signedOn),
        sentence(
          currency,
          (money, day) =>
            alarm === "expired"
              ? `The ${en} of ${money(BigInt(left))} ended on ${day(until)} and is still needed.`
              : `The ${en} of ${money(BigInt(left))} ends on ${day(until)}, in ${daysLeft} days.`,
          (money, day) =>
            alarm === "expired"
              ? `${id} ${money(BigInt(left))} telah berakhir ${day(until)} padahal masih diperlukan.`
              : `${id} ${money(BigInt(left))} berakhir ${day(until)}, ${daysLeft} hari lagi.`,
        ),
        { until, daysLeft, alarm },
      ),
    );
  }
  return found;
}

export const guaranteeNames: Readonly<Record<GuaranteeKind, readonly [en: string, id: string]>> = {
  bid: ["bid bond", "Jaminan penawaran"],
  performance: ["performance guarantee", "Jaminan pelaksanaan"],
  advance: ["advance guarantee", "Jaminan uang muka"],
  maintenance: ["maintenance bond", "Jaminan pemeliharaan"],
  appeal: ["appeal bond", "Jaminan sanggah banding"],
  yearEnd: ["year-end guarantee", "Jaminan akhir tahun"],
};
