import { type Terms, termsFromText } from "../entries/entry.ts";
import {
  ACCEPTING_CODES,
  AmendmentMask,
  GuaranteeType,
  ImplementationCode,
  Kind,
  StageCode,
  StatusCode,
} from "../entries/kinds.ts";
import type { Hex } from "../entries/words.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import { toMinor } from "../ocds/money.ts";
import { type ContractView, contractIn, type EntryView, type ProcessView } from "../projection/process-view.ts";
import { type Day, dayOf, type Zone } from "./civil-days.ts";
import { type ConditionFault, type Conditions, readConditions } from "./conditions.ts";
import { above } from "./exact.ts";
import type { Accepted } from "./late-fine.ts";
import { type Category, type RuleBook, ruleOn as standing } from "./rule-table.ts";

/** An entry of a process as it is true now: with the terms of its last correction; what was withdrawn is none. */
export type True = {
  /** of the entry itself; `latest` of the last correction of it, where there is one */
  readonly leaf: Hex;
  readonly latest: Hex;
  readonly kind: number;
  readonly sequence: number;
  readonly of?: string;
  readonly terms: Terms;
  /** of a payment */
  readonly returned?: bigint;
  /** of a return or a guarantee's act: the leaf of the payment's first entry, or of the posting */
  readonly anchor?: Hex;
};

/** Entries of a process that are true now, in the order in which they were first recorded. */
export function truthsOf(view: ProcessView): True[] {
  const last = (leaf: Hex): [Hex, EntryView] => {
    const entry = view.entries[leaf]!;
    return entry.by === undefined || view.entries[entry.by] === undefined ? [leaf, entry] : last(entry.by);
  };
  return Object.entries(view.entries)
    .filter(([, { kind, corrects }]) => corrects === undefined && kind !== Kind.withdrawal)
    .flatMap(([key, first]): True[] => {
      const leaf = key as Hex;
      const [latest, entry] = last(leaf);
      if (entry.kind === Kind.withdrawal) return [];
      const { kind, sequence, of, anchor, returned } = first;
      return [
        {
          ...{ leaf, latest, kind, sequence, terms: termsFromText(entry.terms) },
          ...(of === undefined ? {} : { of }),
          ...(anchor === undefined ? {} : { anchor }),
          ...(returned === undefined ? {} : { returned: BigInt(returned) }),
        },
      ];
    })
    .sort((a, b) => a.sequence - b.sequence);
}

/** How far a deadline moved: the last day in time, and beyond it the last of extra time (kesempatan). */
type Deadline = { readonly dueOn: Day; readonly chanceUntil?: Day };

/** A contract and all that rules ask of it, read once. Amounts in minor units. */
export type ContractStory = {
  /** the rules, of which those of its day count */
  readonly ruleOn: RuleBook;
  readonly process: ProcessView;
  readonly contract: ContractView;
  /** true entries of the contract, and those of its process before it */
  readonly truths: readonly True[];
  readonly conditions: Conditions;
  readonly conditionFaults: readonly ConditionFault[];
  /** whose rules count: the day of signing; today where an opening does not know it */
  readonly signedOn: Day;
  readonly deadline?: Deadline;
  readonly accepted: readonly Accepted[];
  /** the day on which the work was handed over whole */
  readonly doneOn?: Day;
  /** of the award's letter */
  readonly awardedOn?: Day;
  /** the owner's estimate (HPS), where the tender says it */
  readonly estimate?: bigint;
  /** of the procurement, as its publisher writes it */
  readonly method?: string;
  /** of what is withheld: retention kept back, and fines, as the certificates' lines say; the rest is not told */
  readonly kept: { readonly retention: bigint; readonly fines: bigint; readonly untold: bigint };
};

/**
 * Reads a contract's story; undefined where the process has no such contract.
 * @param compiled the compiled release, for what terms do not say: special conditions, category, lines of certificates
 * @param today in the contract's zone, where no day of signing is known
 */
export function storyOf(
  process: ProcessView,
  contractId: string,
  compiled: Json | undefined,
  today: Day,
  ruleOn: RuleBook = standing,
): ContractStory | undefined {
  const contract = contractIn(process, contractId);
  if (contract === undefined) return undefined;
  const published = contractOf(compiled, contractId);
  const given = published?.specialConditions;
  // the zone decides on which day it was signed, and the day which rules say what is not said
  const zone = zoneOf(given);
  const signedOn = contract.on === undefined ? today : dayOf(contract.on, zone);
  const tender = isObject(compiled?.tender) ? compiled.tender : {};
  const { conditions, faults } = readConditions(given, signedOn, { category: categoryOf(tender), ruleOn });
  const truths = truthsOf(process);
  const own = truths.filter(({ of }) => of === contractId);
  const awards = truths.filter(({ kind, of }) => kind === Kind.award && of === contract.awardId);
  const awardedOn = awards.findLast(({ terms }) => terms.on !== undefined && terms.code !== StageCode.cancelled);
  const tenders = truths.findLast(({ kind, terms }) => kind === Kind.tender && terms.value !== undefined);
  const accepted = own
    .filter(({ kind, terms }) => kind === Kind.implementation && ACCEPTING_CODES.has(terms.code ?? 0))
    .map(({ terms }) => ({ on: dayOf(terms.on ?? 0, zone), amount: terms.amount ?? 0n }))
    .sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : a.amount < b.amount ? -1 : 1));
  const deadline = deadlineOf(own, zone);
  const doneOn = doneIn(own, zone, accepted, BigInt(contract.value));
  const method = tender.procurementMethodDetails;
  return {
    ruleOn,
    process,
    contract,
    truths: own,
    conditions,
    conditionFaults: faults,
    signedOn,
    accepted,
    kept: keptOf(published, contract),
    ...(deadline === undefined ? {} : { deadline }),
    ...(doneOn === undefined ? {} : { doneOn }),
    ...(awardedOn?.terms.on === undefined ? {} : { awardedOn: dayOf(awardedOn.terms.on, zone) }),
    ...(tenders?.terms.value === undefined ? {} : { estimate: tenders.terms.value }),
    ...(typeof method === "string" ? { method } : {}),
  };
}

/** A contract as a compiled release has it. */
export function contractOf(compiled: Json | undefined, id: string): Json | undefined {
  const list = Array.isArray(compiled?.contracts) ? compiled.contracts : [];
  return list.find((each): each is Json => isObject(each) && each.id === id);
}

/** Document numbers by the sequence of the entry that made the milestone or transaction: its id ends in it. */
export function documentNumbers(published: Json | undefined, ocid: string): (sequence: number) => string | undefined {
  const implementation = isObject(published?.implementation) ? published.implementation : {};
  const lists = [published?.milestones, implementation.milestones, implementation.transactions];
  const numbers = new Map(
    lists.flatMap((each) =>
      Array.isArray(each) ? each.filter(isObject).map(({ id, documentNumber }) => [id, documentNumber]) : [],
    ),
  );
  return (sequence) => {
    const found = numbers.get(`${ocid}-${sequence}`);
    return typeof found === "string" && found.trim() !== "" ? found.trim() : undefined;
  };
}

/** What a certificate lets be paid: its gross, with the advance and what is released, less what is taken back or kept. */
export function payableOf({ amount = 0n, advance = 0n, recovered = 0n, withheld = 0n, released = 0n }: Terms): bigint {
  return amount + advance + released - recovered - withheld;
}

function zoneOf(given: unknown): Zone {
  return readConditions(given, "2018-07-01").conditions.zone;
}

/** What the tender says is bought. Consulting is a service by OCDS; its details tell. */
export function categoryOf(tender: Json): Category | undefined {
  const { mainProcurementCategory: main, mainProcurementCategoryDetails: details } = tender;
  const more = Array.isArray(tender.additionalProcurementCategories) ? tender.additionalProcurementCategories : [];
  const told = [details, ...more].filter((each) => typeof each === "string").join(" ");
  if (/consult|konsultan/i.test(told)) return "consulting";
  return main === "goods" || main === "works" || main === "services" ? main : undefined;
}

/** Amendments that only give extra time leave the deadline where it was: fines run from it. */
function deadlineOf(own: readonly True[], zone: Zone): Deadline | undefined {
  let dueOn: Day | undefined;
  let chanceUntil: Day | undefined;
  for (const { kind, terms } of own) {
    const until = SAYS_END.has(kind) ? terms.until : undefined;
    if (until === undefined) continue;
    const day = dayOf(until, zone);
    const reasons = kind === Kind.amendment ? (terms.code ?? 0) : 0;
    const isChance = (reasons & AmendmentMask.kesempatan) !== 0 && (reasons & MOVES_DEADLINE) === 0;
    if (isChance && dueOn !== undefined) chanceUntil = day;
    else {
      dueOn = day;
      if (chanceUntil !== undefined && chanceUntil <= day) chanceUntil = undefined;
    }
  }
  return dueOn === undefined ? undefined : { dueOn, ...(chanceUntil === undefined ? {} : { chanceUntil }) };
}

const MOVES_DEADLINE = AmendmentMask.time | AmendmentMask.kahar;
/** Kinds whose `until` is the end of the contract's period. */
const SAYS_END: ReadonlySet<number> = new Set([
  ...[Kind.opening, Kind.contract, Kind.amendment, Kind.implementation, Kind.status],
]);

/** The first hand-over, or whatever came first that says that all is done. */
function doneIn(own: readonly True[], zone: Zone, accepted: readonly Accepted[], value: bigint): Day | undefined {
  const { pho, fho } = ImplementationCode;
  const days = own.flatMap(({ kind, terms: { code, on } }) => {
    const isHandOver = kind === Kind.implementation && (code === pho || code === fho);
    const isOver = kind === Kind.status && (code === StatusCode.completed || code === StatusCode.stopped);
    return (isHandOver || isOver) && on !== undefined ? [dayOf(on, zone)] : [];
  });
  const whole = value > 0n ? accepted.find(({ amount }) => amount >= value)?.on : undefined;
  return [...days, ...(whole === undefined ? [] : [whole])].sort()[0];
}

/** What is withheld so far, as retention and as fines; of certificates without lines it is not told which. */
function keptOf(published: Json | undefined, contract: ContractView): ContractStory["kept"] {
  const implementation = isObject(published?.implementation) ? published.implementation : {};
  const milestones = Array.isArray(implementation.milestones) ? implementation.milestones.filter(isObject) : [];
  let [retention, fines] = [0n, 0n];
  for (const { deductions } of milestones) {
    for (const each of Array.isArray(deductions) ? deductions.filter(isObject) : []) {
      const amount = minorOf(each.amount, contract.currency);
      if (each.type === "retention") retention += amount;
      else if (each.type === "fine") fines += amount;
    }
  }
  const withheld = BigInt(contract.withheld);
  // a body that claims more than the terms say is not heard
  if (retention + fines > withheld) return { retention: 0n, fines: 0n, untold: withheld };
  return { retention, fines, untold: above(withheld, retention + fines) };
}

/** An OCDS value in minor units of the currency; 0 where it is none. Written by us from minor units, so it reads back. */
function minorOf(value: unknown, currency: string): bigint {
  if (!isObject(value) || typeof value.amount !== "number" || value.currency !== currency) return 0n;
  try {
    return toMinor(value.amount, currency);
  } catch {
    return 0n;
  }
}

/** What stands of a type of guarantee on a day: what is still in force of it. */
export function guaranteed(
  { contract, conditions }: ContractStory,
  type: keyof typeof GuaranteeType,
  day: Day,
): bigint {
  return Object.values(contract.guarantees)
    .filter((each) => each.type === GuaranteeType[type] && dayOf(each.until, conditions.zone) >= day)
    .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
}

/** Whether the final hand-over (FHO) was by that day. */
export function hasFinalHandOver({ truths, conditions }: ContractStory, day: Day): boolean {
  return truths.some(
    ({ kind, terms: { code, on } }) =>
      kind === Kind.implementation &&
      code === ImplementationCode.fho &&
      on !== undefined &&
      dayOf(on, conditions.zone) <= day,
  );
}
