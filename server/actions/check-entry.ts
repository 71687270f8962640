import {
  BALANCES_BYTES,
  type Entry,
  idOf,
  readBalances,
  type TermsText,
  termsFromText,
} from "../domain/entries/entry.ts";
import { Exception, type ExceptionName, Kind, marksIn, type RoleName, roleName } from "../domain/entries/kinds.ts";
import { valuesInBoth } from "../domain/entries/refusals.ts";
import { fromHex, type Hex, NO_ID, utf8 } from "../domain/entries/words.ts";
import { canonicalJson, optional } from "../domain/json.ts";
import { type Held, officeFor, rolesOfMaker, seatsOfMaker } from "../domain/lifecycle/offices.ts";
import { policyFor, type RuleSet } from "../domain/lifecycle/policy.ts";
import { basisOf, foreseeVerdict, misplaced, subjectOf } from "../domain/lifecycle/rules.ts";
import { type Act, type Facts, PARENT_APPROVER, type Situation } from "../domain/lifecycle/situation.ts";
import type { Json } from "../domain/ocds/check-fields.ts";
import { codeOf, explainRefusal, gatewayProblems, ProblemError, type Refusal, type Words } from "../domain/problems.ts";
import { awardIn, type ProcessView } from "../domain/projection/process-view.ts";
import { type AgencyView, RULE_SETS, withDocuments } from "../domain/projection/project-block.ts";
import { standingCode, type WaveView, waveKey } from "../domain/projection/waves.ts";
import { type Work, workOf } from "../domain/registry/kbli-fit.ts";
import { dayAt } from "../domain/rules/civil-days.ts";
import type { Finding } from "../domain/rules/finding.ts";
import { judgeAct } from "../domain/rules/judge-act.ts";
import type { RuleBook } from "../domain/rules/rule-table.ts";
import { assertFits, assertNothingPersonal, assertPublishable } from "./judge-body.ts";
import { type Incumbent, type Offices, whoCan } from "./office-book.ts";
import { standingNow } from "./standing.ts";
import type { Submission } from "./submissions.ts";

/** An entry before it is signed. Without `basis` the present one is taken. */
export type UnsignedEntry = {
  entry: Pick<Entry, "kind" | "capacity" | "ocid" | "contractId" | "awardId" | "agency" | "refersTo"> & {
    terms: TermsText;
    basis?: Hex | undefined;
    maker?: Hex | undefined;
    commandId?: Hex | undefined;
  };
  /** the balances of an opening */
  preimage?: Hex | undefined;
  /** what it says beside its terms, to be judged too */
  body?: Record<string, unknown> | undefined;
};

/** What the rules say of an entry as its process stands now, before anybody signs it. */
export type Checked = {
  verdict: "acceptable" | "refused";
  refusal?: {
    rule: string;
    code: number;
    title: Words;
    help: Words;
    /** the values in words */
    detail: Words;
    values: Record<string, string>;
    /** whatever happens meanwhile, the same entry stays refused */
    certain: boolean;
  };
  /** what of the body cannot be recorded, as a submission would be answered */
  body?: BodyFault;
  /** what its maker signs as `basis` */
  basis: Hex;
  /** the office in which he who is named as maker would sign, and how many levels above it is held */
  office?: { role: RoleName; agency: Hex; post: Hex; up: number; leaf: Hex };
  /** who could make it now */
  makers: Incumbent[];
  /** who signs beside the maker; `above`: in an office held above the agency */
  second: { role: RoleName; above?: true }[];
  /** what an approver signs for by name */
  exceptions: ExceptionName[];
  /** what the ledger will mark by itself */
  marks: ExceptionName[];
  /** how far what was paid will stand above the contract's value, in minor units */
  excess: string;
  /** what the dated rules say that the ledger does not hold: shown before anybody signs, and stopping nobody here */
  findings: Finding[];
  /** the submission that this command has already: it has been judged, and would not be once more */
  earlier?: Hex;
};

type BodyFault = {
  rule: string;
  title: Words;
  help: Words;
  faults: { pointer: string; rule: string; message: Words }[];
};

type Needs = {
  now(): number;
  process(ocid: string): Promise<ProcessView | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
};

/** Kinds that the dated rules say something of. */
const RULED: ReadonlySet<number> = new Set([
  ...[Kind.contract, Kind.amendment, Kind.implementation, Kind.guarantee, Kind.certificate, Kind.status],
]);

/** What an unsigned entry would meet: nothing is kept or sent, and the ledger remains the judge. */
export async function checkEntry(
  unsigned: UnsignedEntry,
  needs: Needs & {
    byCommand(maker: Hex, commandId: Hex): Promise<Submission | undefined>;
    offices(): Promise<Offices>;
    /** the compiled release of a process in force */
    compiled(ocid: string): Promise<Json | undefined>;
    /** the dated rules, with what the agency changed */
    rules: RuleBook;
    suppliers: SupplierWarnings;
  },
): Promise<Checked> {
  const { maker, commandId } = unsigned.entry;
  const known = maker && commandId ? await needs.byCommand(maker, commandId) : undefined;
  const usedNothing = known?.state === "refused" && known.sentBack === undefined;
  const earlier = known === undefined || usedNothing ? {} : { earlier: known.id };
  const { situation, act, facts } = await meet(unsigned, needs);
  const foreseen = foreseeVerdict(situation, act, facts);
  const offices = await needs.offices();
  const held = maker === undefined ? undefined : makerOf(maker, situation, act, offices, facts.now);
  const body = await bodyFault(unsigned, needs);
  const signed = {
    basis: basisOf(situation, act),
    ...(held !== undefined && "office" in held ? { office: officeTold(held) } : {}),
    makers: makersOf(situation, act, offices, facts.now),
    second: foreseen.second.map((role) =>
      role === PARENT_APPROVER ? { role: "approver" as const, above: true as const } : { role: roleName(role) },
    ),
    exceptions: marksIn(foreseen.exceptions),
    ...optional("body", body),
    findings: await findingsOf(unsigned, act, facts, needs),
    ...earlier,
  };
  const { verdict } = foreseen;
  // as the ledger asks: where it stands, who signs, what the rules say
  const place = misplaced(situation, act) ?? (await stemFault(situation, act, needs));
  const isKnown = maker === undefined || (await needs.read(`holder/${maker}`)) !== undefined;
  const office = !isKnown
    ? { code: codeOf("unknown-holder"), a: BigInt(maker), b: BigInt(act.agency) }
    : held !== undefined && "refusal" in held
      ? held.refusal
      : undefined;
  const refusal = place ?? office ?? verdict.refusal;
  if (refusal !== undefined || verdict.refusal !== undefined) {
    const currency = situation.contract?.currency ?? act.terms.currency;
    return { verdict: "refused", refusal: told(refusal!, currency), ...signed, marks: [], excess: "0" };
  }
  const marks = marksIn(verdict.exceptions & ~SIGNED);
  return {
    verdict: body === undefined ? "acceptable" : "refused",
    ...signed,
    marks,
    excess: String(verdict.excess),
  };
}

/** What is known of a supplier that everybody may know, on a day (`YYYY-MM-DD`), for some work; nothing where nobody can be asked. */
export type SupplierWarnings = (supplier: Hex, on: string, work: Work) => Promise<readonly Finding[]>;

async function findingsOf(
  { body }: UnsignedEntry,
  act: Act,
  { policy }: Omit<Facts, "approvals">,
  {
    now,
    process,
    compiled,
    rules,
    suppliers,
  }: Pick<Parameters<typeof checkEntry>[1], "now" | "process" | "compiled" | "rules" | "suppliers">,
): Promise<Finding[]> {
  const chooses = act.kind === Kind.award || act.kind === Kind.contract;
  if (!RULED.has(act.kind) && !chooses) return [];
  const [view, release] = [await process(act.ocid), await compiled(act.ocid)];
  const { capBps, certificatesBound } = policy;
  const party = act.terms.party ?? awardIn(view, act.awardId)?.party;
  const on = dayAt((act.terms.on ?? now()) * 1000, "WIB");
  const ofSupplier =
    chooses && party !== undefined ? await suppliers(party, on, workOf({ ...release, ...body }, act.contractId)) : [];
  if (!RULED.has(act.kind)) return [...ofSupplier];
  const judged = judgeAct({
    act,
    body,
    process: view,
    compiled: release,
    capBps,
    certificatesBound,
    nowMs: now() * 1000,
    ruleOn: rules,
  });
  return [...ofSupplier, ...judged];
}

/** Whether the maker has what his capacity asks, in each seat that it asks. */
export function makerOf(maker: Hex, situation: Situation, act: Act, offices: Offices, now: number, up?: number): Held {
  const seats = seatsOfMaker(situation, act);
  const held = seats.map((seat) => officeFor(maker, seat, offices.of(maker), offices.tree, now, up));
  return held.find((each) => "refusal" in each) ?? held[0]!;
}

/** Who could make the entry now, in any of the roles of its kind. */
export function makersOf(situation: Situation, act: Act, offices: Offices, now: number): Incumbent[] {
  return rolesOfMaker(situation, act).flatMap((capacity) => {
    const [seat, ...more] = seatsOfMaker(situation, { ...act, capacity });
    const able = (holder: Hex) =>
      more.every((each) => "office" in officeFor(holder, each, offices.of(holder), offices.tree, now));
    return whoCan(seat!, offices, now)
      .map((each) => ({ ...each, holders: each.holders.filter(able) }))
      .filter(({ holders }) => holders.length > 0);
  });
}

const officeTold = ({ office: { role, agency, post, leaf }, up }: Extract<Held, { office: unknown }>) => ({
  ...{ role: roleName(role), agency, post, up, leaf },
});

/** A new process begins with a stem of its agency. */
async function stemFault(situation: Situation, { ocid, agency }: Act, { read }: Needs): Promise<Refusal | undefined> {
  if (situation.agency !== undefined) return undefined;
  const stems = ocid.split("-").map((_, index, parts) => parts.slice(0, index + 1).join("-"));
  for (const stem of stems.slice(0, -1)) {
    const known = await read<{ agency: Hex; waves: boolean }>(`stem/${stem}`);
    if (known === undefined || known.waves) continue;
    const ended = (await read<AgencyView>(`agency/${known.agency}`))?.ended === true;
    if (known.agency === agency && !ended) return undefined;
    const name = known.agency === agency ? "unknown-stem" : "stem-of-another";
    return { code: codeOf(name), a: BigInt(idOf(stem)), b: BigInt(agency) };
  }
  return { code: codeOf("unknown-stem"), a: 0n, b: 0n };
}

/** What a submission of this body would be answered. */
async function bodyFault({ entry, body, preimage }: UnsignedEntry, needs: Needs): Promise<BodyFault | undefined> {
  if (body === undefined) return undefined;
  const bytes = utf8(canonicalJson(body));
  const item = {
    entry: { ...entry, terms: termsFromText(entry.terms) },
    body: bytes,
    preimage: preimage === undefined ? new Uint8Array() : fromHex(preimage),
  };
  try {
    assertFits(bytes);
    await assertNothingPersonal(item, body, needs);
    await assertPublishable(item, needs);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const { title, help } = gatewayProblems[error.code];
    const faults = error.places.map(({ pointer, rule, message }) => ({ pointer, rule, message }));
    return { rule: error.code, title, help, faults };
  }
}

function told(refusal: Refusal, currency: string | undefined): NonNullable<Checked["refusal"]> {
  const { name, kind, values } = explainRefusal(refusal);
  const { title, help, certain = false } = kind;
  return { rule: name, code: refusal.code, title, help, detail: valuesInBoth(refusal, currency), values, certain };
}

/** Exceptions below this bit are signed for, the others are found. */
const SIGNED = Exception.late - 1;

/** Of a process that does not count now: by which wave, and how Waves says it. */
async function forceOf(view: ProcessView | undefined, get: Needs["read"]): Promise<Pick<Situation, "notInForce">> {
  if (view?.wave === undefined || (await standingNow(view, get)) === "inForce") return {};
  const wave = await get<WaveView>(waveKey(view.wave));
  return { notInForce: { wave: view.wave, standing: wave === undefined ? 0 : standingCode(wave) } };
}

/** The part of the register that an entry meets now, and what is true beside it. */
export async function meet(
  { entry, preimage }: UnsignedEntry,
  { now, process, read }: Needs,
): Promise<{ situation: Situation; act: Act; facts: Omit<Facts, "approvals"> }> {
  const view = await process(entry.ocid);
  const opens = entry.kind === Kind.opening && preimage?.length === 2 + 2 * BALANCES_BYTES;
  const unlocked: Act = {
    ...entry,
    terms: termsFromText(entry.terms),
    basis: NO_ID,
    ...(opens && { balances: readBalances(fromHex(preimage)) }),
  };
  const situation = { ...(await withDocuments(view, unlocked, read)), ...(await forceOf(view, read)) };
  const act = { ...unlocked, basis: entry.basis ?? basisOf(situation, unlocked) };
  const { party, on = 0, currency = "" } = act.terms;
  const { contract } = situation;
  const sets = (await read<RuleSet[]>(RULE_SETS)) ?? [];
  const of = {
    kind: subjectOf(situation, act),
    currency: contract?.currency ?? currency,
    on: contract?.on || on || now(),
    now: now(),
  };
  const supplier = party === undefined ? undefined : await read<AgencyView>(`agency/${party}`);
  const facts = { now: now(), policy: policyFor(sets, of), partyKnown: supplier?.kind === "supplier" };
  return { situation, act, facts };
}
