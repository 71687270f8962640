import { type Approval, type Entry, termsToText } from "../domain/entries/entry.ts";
import { Exception, Role } from "../domain/entries/kinds.ts";
import { type Hex, NO_ID } from "../domain/entries/words.ts";
import { type Office, officeFor, peopleOf, type Seat, seatOfApproval } from "../domain/lifecycle/offices.ts";
import { basisOf, foreseeVerdict, outOfForce } from "../domain/lifecycle/rules.ts";
import { type Act, PARENT_APPROVER, type Situation } from "../domain/lifecycle/situation.ts";
import { codeOf, ProblemError, type Refusal } from "../domain/problems.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import { allows, PERMISSIONS } from "../domain/roles.ts";
import { makerOf, meet } from "./check-entry.ts";
import { type Incumbent, type Offices, whoCan } from "./office-book.ts";
import type { Myself } from "./sessions.ts";
import type { Kept, Submission } from "./submissions.ts";

/** An item as far as its approval asks. */
export type SignedItem = {
  entry: Entry;
  up: number;
  stemLength: number;
  approvals: readonly { approval: Approval; up: number }[];
  preimage: Uint8Array;
  body: Uint8Array;
};

/** A submission beside what it meets now. */
export type Met = {
  submission: Submission;
  item: SignedItem;
  situation: Situation;
  act: Act;
  /** the lock as it is now; its maker signed `item.entry.basis` */
  present: Hex;
  /** roles that sign beside the maker, as the rules stand now, `PARENT_APPROVER` among them */
  second: readonly number[];
  /** what an approver signs for by name */
  exceptions: number;
  /** what the rules would still refuse when all that signed */
  refusal: Refusal | undefined;
  offices: Offices;
  now: number;
};

export type MetNeeds = {
  now(): number;
  submission(id: Hex): Promise<Submission | undefined>;
  /** an entry's submission beside its item, both of one moment */
  unpacked(id: Hex): Promise<Kept<SignedItem> | undefined>;
  process(ocid: string): Promise<ProcessView | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
  offices(): Promise<Offices>;
};

/** The submission of an entry, held against its process as it is now. @throws ProblemError not-found */
export async function meetSubmission(id: Hex, needs: MetNeeds): Promise<Met> {
  const kept = await needs.unpacked(id);
  if (kept === undefined) throw new ProblemError("not-found");
  const { submission, item } = kept;
  const { entry, preimage } = item;
  const unsigned = { entry: { ...entry, basis: undefined, terms: termsToText(entry.terms) } };
  const hex: Hex = `0x${Buffer.from(preimage).toString("hex")}`;
  const { situation, act, facts } = await meet(
    { ...unsigned, ...(preimage.length > 0 ? { preimage: hex } : {}) },
    needs,
  );
  const { verdict, second, exceptions } = foreseeVerdict(situation, act, facts);
  const offices = await needs.offices();
  const { now } = facts;
  const present = basisOf(situation, act);
  const refusal = outOfForce(situation) ?? verdict.refusal;
  return { submission, item, situation, act, present, second, exceptions, refusal, offices, now };
}

/** In which capacity somebody approves, and how many levels above the seat his office is held. */
export type Approver = { capacity: number; up: number; office: Office };

/** Seats from which the entry can be approved: what the rules ask for; an approver, where they ask for nobody. */
function seatsOf({ second, situation, act }: Met): { seat: Seat; from: number }[] {
  const roles = second.length === 0 ? [Role.approver] : second;
  return roles.map((role) => {
    const above = role === PARENT_APPROVER;
    return { seat: seatOfApproval(above ? Role.approver : role, situation, act), from: above ? 1 : 0 };
  });
}

/** All in whose name the entry is signed already: nobody of them approves it, nor somebody for them. */
function signersOf({ item: { entry, approvals, up }, situation, act, offices, now }: Met): Hex[] {
  const held = makerOf(entry.maker, situation, act, offices, now, up);
  const maker = "office" in held ? peopleOf(held.office) : [entry.maker];
  const others = approvals.flatMap(({ approval: { holder, capacity }, up: above }) => {
    const seat = seatOfApproval(capacity, situation, act);
    const office = officeFor(holder, seat, offices.of(holder), offices.tree, now, above);
    return "office" in office ? peopleOf(office.office) : [holder];
  });
  return [...maker, ...others];
}

/** Whether somebody could approve the entry now; else what the ledger would answer him. */
export function approverOf(holder: Hex, met: Met): Approver | { refusal: Refusal } {
  const signers = signersOf(met);
  const same: { refusal: Refusal } = { refusal: { code: codeOf("same-person"), a: BigInt(holder), b: 0n } };
  if (signers.includes(holder)) return same;
  const { offices, now } = met;
  let refusal: Refusal | undefined;
  for (const { seat, from } of seatsOf(met)) {
    const own = offices.of(holder);
    for (let up = from; up <= MOST_LEVELS; up++) {
      const held = officeFor(holder, seat, own, offices.tree, now, up);
      if ("office" in held) {
        if (peopleOf(held.office).some((each) => signers.includes(each))) return same;
        return { capacity: seat.role, up, office: held.office };
      }
      if (refusal === undefined || refusal.code === codeOf("no-office")) refusal = held.refusal;
    }
  }
  return { refusal: refusal! };
}

const MOST_LEVELS = 8;

/** Who could approve it now. */
export function approversOf(met: Met): Incumbent[] {
  const except = signersOf(met);
  return seatsOf(met).flatMap(({ seat, from }) => whoCan(seat, met.offices, met.now, { from, except }));
}

/** Why an approval as it is signed would be refused for who signs it; undefined where it would not. */
export function misplacedApproval(met: Met, { approval, up }: SignedItem["approvals"][number]): Refusal | undefined {
  const { holder, capacity } = approval;
  const { item, situation, act, offices, now } = met;
  const others = item.approvals.filter((each) => each.approval.holder !== holder);
  const signers = signersOf({ ...met, item: { ...item, approvals: others } });
  const same = { code: codeOf("same-person"), a: BigInt(holder), b: 0n };
  if (signers.includes(holder)) return same;
  if (capacity !== Role.approver && capacity !== Role.supplier)
    return { code: codeOf("wrong-capacity"), a: BigInt(capacity), b: BigInt(act.kind) };
  const seat = seatOfApproval(capacity, situation, act);
  const held = officeFor(holder, seat, offices.of(holder), offices.tree, now, up);
  if ("refusal" in held) return held.refusal;
  return peopleOf(held.office).some((each) => signers.includes(each)) ? same : undefined;
}

/** Whether the record moved on since its maker signed: then he signs again. */
export function hasMoved({ item: { entry }, present }: Met): boolean {
  return entry.basis !== present;
}

/** Names of the exceptions of a mask that an approver signs for. */
export const SIGNABLE_EXCEPTIONS = Exception.late - 1;

/** The agency and the supplier that a submission concerns. */
function placeOf({ item: { entry }, situation }: Met): { agency: Hex; entity?: Hex | undefined } {
  const party = entry.terms.party ?? situation.contract?.party ?? situation.award?.party;
  return { agency: entry.agency, ...(party === undefined || party === NO_ID ? {} : { entity: party }) };
}

/** Whether a submission is somebody's business: his own, or one that his office could make or approve. */
export function concerns(me: Myself, met: Met): boolean {
  if (me.session.holder !== undefined && me.session.holder === met.submission.maker) return true;
  if (!allows(PERMISSIONS["submissions.review"].who, me.offices)) return false;
  return allows(PERMISSIONS["submissions.review"].who, me.offices, placeOf(met), met.offices.tree);
}
