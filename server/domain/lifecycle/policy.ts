import { Role } from "../entries/kinds.ts";
import type { Policy } from "./situation.ts";

/** A rule set as the council recorded it: in force from `validFrom` until the next one is. Amounts as decimal text. */
export type RuleSet = {
  validFrom: number;
  capBps: number;
  awardForms: number;
  second: number;
  certificatesBound: boolean;
  thresholds: readonly { currency: string; kind: number; value: string }[];
};

const EVERY_FORM = 0xffffffff;

/**
 * What the rule sets say of an entry, as contracts/Policy.sol has it: cap and certificates as on the contract's day, the
 * second signature as now, the threshold the stricter of both.
 * @param on the contract's day; what has none is of now
 */
export function policyFor(
  sets: readonly RuleSet[],
  { kind, currency, on, now }: { kind: number; currency: string; on: number; now: number },
): Policy {
  // without any rule set nothing passes without an approver
  if (sets.length === 0) {
    return { capBps: 0n, awardForms: EVERY_FORM, threshold: 0n, second: Role.approver, certificatesBound: true };
  }
  const inForce = (time: number) => sets.findLast(({ validFrom }) => validFrom <= time) ?? sets[0]!;
  const today = inForce(now);
  const then = on >= now ? today : inForce(on);
  const thresholdOf = ({ thresholds }: RuleSet) =>
    // of several for one kind the last counts; an unlisted currency always needs the second signature
    BigInt(thresholds.findLast((each) => each.currency === currency && each.kind === kind)?.value ?? 0);
  const [former, present] = [thresholdOf(then), thresholdOf(today)];
  return {
    capBps: BigInt(then.capBps),
    awardForms: then.awardForms,
    threshold: present < former ? present : former,
    second: today.second,
    certificatesBound: then.certificatesBound,
  };
}
