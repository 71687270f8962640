import { addDays, type Day, dayNumber, daysBetween } from "./civil-days.ts";
import { bpsOf, least, share, WHOLE } from "./exact.ts";
import { type RuleBook, ruleOn as standing } from "./rule-table.ts";

/** From this day on so much work was accepted, in minor units. */
export type Accepted = { readonly on: Day; readonly amount: bigint };

export type LateInput = {
  /** the day of the contract's signing, whose rules count */
  readonly signedOn: Day;
  /** the table's own where left out */
  readonly ruleOn?: RuleBook;
  /** the last day on which work is in time: extra time (kesempatan) does not move it */
  readonly dueOn: Day;
  /** the day of hand-over, or today while work goes on; itself late when it is later than `dueOn` */
  readonly until: Day;
  readonly value: bigint;
  /** in time order; with `basis` "remaining" each lowers what the fine is of, from the day after it */
  readonly accepted: readonly Accepted[];
  readonly basis: "contract" | "remaining";
  /** PPN within the value, which the fine leaves out */
  readonly taxBps: number;
  readonly pauses: readonly { readonly from: Day; readonly until: Day }[];
  /** of the performance guarantee, which caps fines where the rule has a cap */
  readonly guarantee?: bigint;
};

/** Days with the same basis: `from` and `until` both late, `days` of them counted, without pauses. */
type LateSpan = { readonly from: Day; readonly until: Day; readonly days: number; readonly basis: bigint };

export type LateFine = {
  /** counted days: late, without pauses */
  readonly days: number;
  readonly paused: number;
  readonly spans: readonly LateSpan[];
  /** rounded once, at its end, to the minor unit */
  readonly fine: bigint;
  /** what it would be without the cap, where an older rule has one that bites */
  readonly uncapped?: bigint;
  readonly perMille: number;
  readonly regulation: string;
};

/** The fine for lateness; no days and no fine where work was in time. */
export function lateFine(input: LateInput): LateFine {
  const { signedOn, dueOn, until, value, accepted, basis, taxBps, pauses, guarantee, ruleOn = standing } = input;
  const { parameters, regulation } = ruleOn("late-fine", signedOn);
  const { perMille, capBps } = parameters;
  const spans: LateSpan[] = [];
  let paused = 0;
  if (until > dueOn) {
    // what was accepted by the due day lowers the basis from the first late day on
    const steps = basis === "contract" ? [] : accepted.filter(({ on }) => on > dueOn && on < until);
    let done = basis === "contract" ? 0n : (accepted.findLast(({ on }) => on <= dueOn)?.amount ?? 0n);
    let from = addDays(dueOn, 1);
    for (const { on, amount } of [...steps, { on: until, amount: 0n }]) {
      if (on >= from) {
        const resting = pausedBetween(from, on, pauses);
        paused += resting;
        const left = value > done ? value - done : 0n;
        spans.push({ from, until: on, days: daysBetween(from, on) + 1 - resting, basis: left });
        from = addDays(on, 1);
      }
      done = amount;
    }
  }
  const weighed = spans.reduce((sum, { days, basis }) => sum + BigInt(days) * basis, 0n);
  const uncapped = share(weighed, BigInt(perMille) * WHOLE, 1000n * (WHOLE + BigInt(taxBps)));
  const cap = capBps === undefined ? undefined : (guarantee ?? bpsOf(value, capBps));
  const fine = cap === undefined ? uncapped : least(uncapped, cap);
  return {
    days: spans.reduce((sum, { days }) => sum + days, 0),
    paused,
    spans,
    fine,
    ...(fine === uncapped ? {} : { uncapped }),
    perMille,
    regulation,
  };
}

/** Days from one to another, both included, on which something rests; days of two pauses rest once. */
function pausedBetween(from: Day, until: Day, pauses: LateInput["pauses"]): number {
  const [first, last] = [dayNumber(from), dayNumber(until)];
  let next = first;
  let count = 0;
  for (const pause of pauses.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const begin = Math.max(next, dayNumber(pause.from));
    const end = Math.min(last, dayNumber(pause.until));
    if (begin > end) continue;
    count += end - begin + 1;
    next = end + 1;
  }
  return count;
}
