import { Role } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import { covers, holds, isOwnSubject, type Lineage } from "../domain/sealing/readers.ts";
import type { Storage } from "../domain/storage.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import { type Myself, personOf } from "./sessions.ts";

/**
 * What a person or entity asks about the data kept of it: to be told (access), to have it put right (correction), to
 * have it destroyed (erasure), to have it not given out (restriction) or given out again (lifting).
 */
export type RequestKind = "access" | "correction" | "erasure" | "restriction" | "lifting";

/**
 * Hours within which a request must be decided. Law 27/2022 on personal data gives 3 × 24 hours for access, correction
 * and restriction (articles 30, 32, 41); it names no hours for erasure, and we take the same.
 */
const DUE_HOURS = 72;

/** A request and what became of it; times in seconds UTC. `changed`: how many values the decision reached. */
export type SubjectRequest = {
  id: number;
  subject: string;
  kind: RequestKind;
  reason: string;
  received: number;
  due: number;
  /** a holder of the register, or an account of one who is none */
  filedBy: string;
  state: "open" | "done" | "refused";
  decision?: { by: string; at: number; reason: string; changed: number };
};

type Needs = {
  now(): number;
  state: Storage;
  lineage(agency: Hex): Promise<Lineage>;
  agencyOf(ocid: string): Promise<Hex | undefined>;
  agencyOfDocument(sha256: string): Promise<Hex | undefined>;
  subject(subject: string): Promise<{ since: number; restricted?: number } | undefined>;
  holdings(subject: string): Promise<{ ocid: string; digest: Hex }[]>;
  restrict(subject: string, restricted: number | undefined): Promise<boolean>;
  destroy(subject: string, at: number): Promise<number>;
  log(access: Access): Promise<void>;
};

/**
 * Enters a request in the register. A registrar, a head or an overseer enters what he received; a supplier asks for
 * himself.
 * @throws ProblemError not-allowed, not-found, invalid-request
 */
export async function fileRequest(
  me: Myself,
  {
    subject,
    kind,
    reason,
    received,
  }: { subject: string; kind: RequestKind; reason: string; received?: number | undefined },
  needs: Needs,
): Promise<SubjectRequest> {
  if (!holds(me.offices, Role.registrar, Role.head, Role.overseer) && !isOwnSubject(me, subject))
    throw new ProblemError("not-allowed");
  if ((await needs.subject(subject)) === undefined) throw new ProblemError("not-found");
  assertPublicWords("reason", reason);
  const now = needs.now();
  const at = received ?? now;
  if (at > now) throw new ProblemError("invalid-request", notYet);
  let last = 0;
  for await (const { value } of needs.state.range<SubjectRequest>(ROWS, { reverse: true, limit: 1 })) last = value.id;
  const request: SubjectRequest = {
    ...{
      id: last + 1,
      subject,
      kind,
      reason,
      received: at,
      due: at + DUE_HOURS * 3600,
      filedBy: personOf(me),
      state: "open",
    },
  };
  await needs.state.put([{ key: row(request.id), value: request }], { sync: true });
  await needs.log(accessOf(me, request, "file-request", reason, now));
  return request;
}

/**
 * Decides a request, and does what it asks where it is granted. A registrar decides, or a head whose office covers
 * every process in which something of the subject is kept; of an erasure, which nothing undoes, not he who filed it.
 * @throws ProblemError not-found, not-allowed, request-decided, same-person-decides
 */
export async function decideRequest(
  me: Myself,
  id: number,
  { grant, reason }: { grant: boolean; reason: string },
  needs: Needs,
): Promise<SubjectRequest> {
  const request = await needs.state.get<SubjectRequest>(row(id));
  if (request === undefined) throw new ProblemError("not-found");
  if (!(await mayDecide(me, request.subject, needs))) throw new ProblemError("not-allowed");
  if (request.state !== "open") throw new ProblemError("request-decided", "", { id, state: request.state });
  if (grant && request.kind === "erasure" && request.filedBy === personOf(me))
    throw new ProblemError("same-person-decides");
  assertPublicWords("reason", reason);
  const at = needs.now();
  // the log first: what cannot be undone is never done unseen
  await needs.log(accessOf(me, request, "decide-request", reason, at));
  const changed = grant ? await carryOut(request, at, needs) : 0;
  const decided: SubjectRequest = {
    ...request,
    state: grant ? "done" : "refused",
    decision: { by: personOf(me), at, reason, changed },
  };
  await needs.state.put([{ key: row(id), value: decided }], { sync: true });
  return decided;
}

async function carryOut({ kind, subject }: SubjectRequest, at: number, needs: Needs): Promise<number> {
  if (kind === "erasure") return needs.destroy(subject, at);
  if (kind === "restriction" || kind === "lifting") {
    const changed = (await needs.holdings(subject)).length;
    return (await needs.restrict(subject, kind === "restriction" ? at : undefined)) ? changed : 0;
  }
  // people tell the person what is kept, or record the correction as an entry
  return 0;
}

async function mayDecide(me: Myself, subject: string, needs: Needs): Promise<boolean> {
  if (holds(me.offices, Role.registrar)) return true;
  if (!holds(me.offices, Role.head)) return false;
  for (const { ocid, digest } of await needs.holdings(subject)) {
    const agency = ocid === "document" ? await needs.agencyOfDocument(digest.slice(2)) : await needs.agencyOf(ocid);
    // what no entry holds concerns no agency yet
    if (agency !== undefined && !covers(me.offices, await needs.lineage(agency), HEADS)) return false;
  }
  return true;
}

const HEADS: ReadonlySet<number> = new Set([Role.head]);

/** The requests, oldest first: for registrars, heads and overseers; a supplier sees his own. @throws ProblemError not-allowed */
export async function listRequests(me: Myself, state: Storage): Promise<SubjectRequest[]> {
  const all = holds(me.offices, Role.registrar, Role.head, Role.overseer);
  if (!all && !holds(me.offices, Role.supplier) && !me.account?.entities.some(({ inForce }) => inForce))
    throw new ProblemError("not-allowed");
  const found: SubjectRequest[] = [];
  for await (const { value } of state.range<SubjectRequest>(ROWS))
    if (all || isOwnSubject(me, value.subject)) found.push(value);
  return found;
}

function accessOf(
  me: Myself,
  { id, subject }: SubjectRequest,
  act: "file-request" | "decide-request",
  purpose: string,
  at: number,
): Access {
  return { ...who(me, at), act, outcome: "done", request: id, subjects: [subject], places: [], purpose };
}

const ROWS = "subject-request/";
const row = (id: number) => `${ROWS}${ordered(id)}`;
const notYet = { en: "`received` is still to come.", id: "`received` belum tiba." };
