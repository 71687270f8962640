import { BALANCES_BYTES, type Entry, readBalances, type TermsText, termsFromText } from "../domain/entries/entry.ts";
import { Exception, type ExceptionName, Kind, marksIn, Role, type RoleName } from "../domain/entries/kinds.ts";
import { valuesInBoth } from "../domain/entries/refusals.ts";
import { fromHex, type Hex, NO_ID } from "../domain/entries/words.ts";
import { policyFor, type RuleSet } from "../domain/lifecycle/policy.ts";
import { basisOf, foreseeVerdict, subjectOf } from "../domain/lifecycle/rules.ts";
import { type Act, type Facts, PARENT_APPROVER, type Situation } from "../domain/lifecycle/situation.ts";
import { explainRefusal, type Refusal, type Words } from "../domain/problems.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import { type AgencyView, RULE_SETS, withDocuments } from "../domain/projection/project-block.ts";
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
  /** what its maker signs as `basis` */
  basis: Hex;
  /** who signs beside the maker; `above`: in an office held above the agency */
  second: { role: RoleName; above?: true }[];
  /** what an approver signs for by name */
  exceptions: ExceptionName[];
  /** what the ledger will mark by itself */
  marks: ExceptionName[];
  /** how far what was paid will stand above the contract's value, in minor units */
  excess: string;
  /** the submission that this command has already: it has been judged, and would not be once more */
  earlier?: Hex;
};

type Needs = {
  now(): number;
  process(ocid: string): Promise<ProcessView | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
};

/** What an unsigned entry would meet: nothing is kept or sent, and the ledger remains the judge. */
export async function checkEntry(
  unsigned: UnsignedEntry,
  needs: Needs & { byCommand(maker: Hex, commandId: Hex): Promise<Submission | undefined> },
): Promise<Checked> {
  const { maker, commandId } = unsigned.entry;
  const known = maker && commandId ? await needs.byCommand(maker, commandId) : undefined;
  const earlier = known === undefined || known.state === "refused" ? {} : { earlier: known.id };
  const { situation, act, facts } = await meet(unsigned, needs);
  const { verdict, second, exceptions } = foreseeVerdict(situation, act, facts);
  const signed = {
    basis: basisOf(situation, act),
    second: second.map((role) =>
      role === PARENT_APPROVER ? { role: "approver" as const, above: true as const } : { role: roleName(role) },
    ),
    exceptions: marksIn(exceptions),
    ...earlier,
  };
  if (verdict.refusal !== undefined) {
    const currency = situation.contract?.currency ?? act.terms.currency;
    return { verdict: "refused", refusal: told(verdict.refusal, currency), ...signed, marks: [], excess: "0" };
  }
  const marks = marksIn(verdict.exceptions & ~SIGNED);
  return { verdict: "acceptable", ...signed, marks, excess: String(verdict.excess) };
}

function told(refusal: Refusal, currency: string | undefined): NonNullable<Checked["refusal"]> {
  const { name, kind, values } = explainRefusal(refusal);
  const { title, help, certain = false } = kind;
  return { rule: name, code: refusal.code, title, help, detail: valuesInBoth(refusal, currency), values, certain };
}

/** Exceptions below this bit are signed for, the others are found. */
const SIGNED = Exception.late - 1;

const roleName = (role: number) => (Object.keys(Role) as RoleName[])[role - 1]!;

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
  const situation = await withDocuments(view, unlocked, read);
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
