import { sha256 } from "#hash";
import { type Entry, type TermsText, termsFromText, termsToText } from "../domain/entries/entry.ts";
import { Role } from "../domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { rolesOfMaker } from "../domain/lifecycle/offices.ts";
import { ProblemError } from "../domain/problems.ts";
import { allows, type Need, PERMISSIONS, rolesIn } from "../domain/roles.ts";
import type { Storage } from "../domain/storage.ts";
import { failpoint } from "../failpoint.ts";
import type { Access } from "./access-log.ts";
import { meet } from "./check-entry.ts";
import { assertPublicWords, checkDisclosures, type PostedDisclosure, who } from "./disclosures.ts";
import { assertFits, assertNothingPersonal } from "./judge-body.ts";
import type { Offices } from "./office-book.ts";
import { holderOf, type Myself } from "./sessions.ts";
import { type Submission, stateAt } from "./submissions.ts";
import type { PostedEntry } from "./submit-entry.ts";

/** What a draft says: an entry before anybody has signed it. */
type DraftEntry = Pick<Entry, "kind" | "ocid" | "contractId" | "awardId" | "agency" | "refersTo"> & {
  terms: TermsText;
};
export type PostedDraft = {
  entry: DraftEntry;
  body?: Record<string, unknown> | undefined;
  preimage?: Hex | undefined;
  /** what opens sealed values of the body: it goes to the vault, and is no part of the draft */
  disclosures?: readonly PostedDisclosure[] | undefined;
  /** for whoever goes on with it; no personal data */
  note?: string | undefined;
};

/** A draft as it is kept; times in seconds UTC. `version` counts its changes. */
type Draft = Omit<PostedDraft, "disclosures"> & {
  id: string;
  version: number;
  made: { by: Hex; at: number };
  changed: { by: Hex; at: number };
  /** since when it waits for a signature, and whose, where somebody is meant */
  handed?: { at: number; by: Hex; to?: Hex };
  /** under which command it is signed: the same for whoever repeats it */
  commandId: Hex;
  /** the entry that was signed of it */
  submission?: Hex;
};
type DraftState = "draft" | "awaitingSignature" | Submission["state"];
export type ToldDraft = Draft & { state: DraftState };

type Needs = {
  now(): number;
  state: Storage;
  newId(): { id: string; commandId: Hex };
  submission(id: Hex): Promise<Submission | undefined>;
  offices(): Promise<Offices>;
  look: Parameters<typeof checkDisclosures>[3];
  keepDisclosures(
    of: { ocid: string; agency: Hex },
    disclosures: Awaited<ReturnType<typeof checkDisclosures>>,
    at: number,
  ): Promise<void>;
  /** one after the other, of whatever changes a draft */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** what is being submitted of a draft at this moment */
  signing: Map<string, Hex>;
  /** whoever is shown drafts stands in the access log before he is */
  log(access: Access): Promise<void>;
  /** submits what was signed of it */
  submit(posted: PostedEntry, wait: number): Promise<Submission>;
} & Parameters<typeof meet>[1];

const ROWS = "draft/";

/**
 * Who makes such an entry, or also who approves it, at that agency or for that supplier: nobody else knows that there is
 * a draft.
 */
async function mayUse(me: Myself, entry: DraftEntry, permission: "drafts.read" | "drafts.write", needs: Needs) {
  if (!allows(PERMISSIONS[permission].who, me.offices)) return false;
  const { situation, act } = await meet({ entry: { ...entry, capacity: 0 } }, needs);
  const makers = rolesOfMaker(situation, act);
  const able = permission === "drafts.read" ? [...makers, Role.approver] : makers;
  const roles = able.filter((role) => rolesIn(PERMISSIONS[permission].who).includes(role));
  const needed: Need[] = [
    { roles: roles.filter((role) => role !== Role.supplier && role !== Role.overseer), scope: "covering" },
    { roles: roles.filter((role) => role === Role.supplier), scope: "entity" },
    { roles: roles.filter((role) => role === Role.overseer), scope: "register" },
  ];
  const entity = entry.terms.party ?? situation.contract?.party ?? situation.award?.party;
  const place = { agency: entry.agency, entity: entity as Hex | undefined };
  return allows(needed, me.offices, place, (await needs.offices()).tree);
}

/** @throws ProblemError not-in-force where nobody could sign it, for its process does not count */
async function assertInForce(entry: DraftEntry, needs: Needs): Promise<void> {
  const { situation } = await meet({ entry: { ...entry, capacity: 0 } }, needs);
  if (situation.notInForce !== undefined) throw new ProblemError("not-in-force", "", situation.notInForce);
}

/**
 * Keeps a draft. What the body holds in clear must be fit to be published, though nothing of it is yet.
 * @throws ProblemError not-allowed, not-in-force, personal-data, body-over-limit, disclosure-mismatch, erased
 */
export async function makeDraft(me: Myself, posted: PostedDraft, needs: Needs): Promise<ToldDraft> {
  const by = holderOf(me);
  if (!(await mayUse(me, posted.entry, "drafts.write", needs))) throw new ProblemError("not-allowed");
  await assertInForce(posted.entry, needs);
  const content = await contentOf(posted, needs);
  const made = { by, at: needs.now() };
  const draft: Draft = { ...needs.newId(), version: 1, made, changed: made, ...content };
  await keep(draft, needs);
  return tell(draft, needs);
}

/** Drafts that somebody may read, newest first. */
export async function listDrafts(me: Myself, limit: number, needs: Needs): Promise<ToldDraft[]> {
  const found: ToldDraft[] = [];
  for await (const { value } of needs.state.range<Draft>(ROWS))
    if (await mayUse(me, value.entry, "drafts.read", needs)) found.push(await tell(value, needs));
  const shown = found.sort((a, b) => b.changed.at - a.changed.at || (a.id < b.id ? -1 : 1)).slice(0, limit);
  if (shown.length > 0) await needs.log({ ...read(me, needs), what: `${shown.length} of a list` });
  return shown;
}

/** @throws ProblemError not-found, also where it is not for the asker */
export async function readDraft(me: Myself, id: string, needs: Needs): Promise<ToldDraft> {
  const draft = await draftFor(me, id, "drafts.read", needs);
  await needs.log({ ...read(me, needs), what: id });
  return tell(draft, needs);
}

/** How a draft is named. @param sixteen bytes, by chance or of what it is made from */
export function draftId(sixteen: Uint8Array): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return `D-${Array.from(sixteen, (byte) => letters[byte % 32]).join("")}`;
}

/** A draft by its id, for whoever made it as a step of something else. */
export async function findDraft(id: string, needs: Needs): Promise<ToldDraft | undefined> {
  const found = await needs.state.get<Draft>(`${ROWS}${id}`);
  return found && tell(found, needs);
}

/** Neither process nor agency: who sees rows of an agency does not learn by them that it has drafts. */
function read(me: Myself, needs: Needs): Access {
  const nothing = { subjects: [], places: [], purpose: "" };
  return { ...who(me, needs.now()), act: "read-draft", outcome: "given", ...nothing };
}

/**
 * Puts another content in the place of what it says; it is a draft again.
 * @param version the one that the asker read
 * @throws ProblemError not-found, not-in-force, draft-changed, draft-signed, not-allowed, personal-data, body-over-limit,
 * disclosure-mismatch, erased
 */
export async function changeDraft(
  me: Myself,
  id: string,
  version: number,
  posted: PostedDraft,
  needs: Needs,
): Promise<ToldDraft> {
  if (!(await mayUse(me, posted.entry, "drafts.write", needs))) throw new ProblemError("not-allowed");
  await assertInForce(posted.entry, needs);
  const content = await contentOf(posted, needs);
  return needs.inTurn(async () => {
    const { made, ...draft } = await openDraft(me, id, version, needs);
    const changed = { by: holderOf(me), at: needs.now() };
    // what comes of another content, where the first went out, is another command
    const { commandId } = draft.submission === undefined ? draft : needs.newId();
    const now: Draft = { id, version: version + 1, made, changed, commandId, ...content };
    await keep(now, needs);
    return tell(now, needs);
  });
}

/**
 * Hands it on to be signed: to somebody, or to whoever may.
 * @throws ProblemError not-found, draft-changed, draft-signed
 */
export async function handDraft(
  me: Myself,
  id: string,
  version: number,
  to: Hex | undefined,
  needs: Needs,
): Promise<ToldDraft> {
  return needs.inTurn(async () => {
    const draft = await openDraft(me, id, version, needs);
    const handed = { at: needs.now(), by: holderOf(me), ...(to === undefined ? {} : { to }) };
    const { submission, ...rest } = draft;
    const commandId = submission === undefined ? draft.commandId : needs.newId().commandId;
    const now: Draft = { ...rest, version: version + 1, handed, commandId };
    await keep(now, needs);
    return tell(now, needs);
  });
}

/** @throws ProblemError not-found, draft-changed, draft-signed */
export async function deleteDraft(me: Myself, id: string, version: number, needs: Needs): Promise<void> {
  await needs.inTurn(async () => {
    await openDraft(me, id, version, needs);
    await needs.state.put([], { sync: true, remove: [`${ROWS}${id}`] });
  });
}

/**
 * Takes what was signed of a draft and submits it. What was signed is written down before it goes out, so that a crash
 * in between leaves one submission or none, and never a second by another signer.
 * @throws ProblemError not-found, draft-signed, draft-differs, not-allowed, and those of submitting
 */
export async function signDraft(
  me: Myself,
  id: string,
  signed: Omit<PostedEntry, "body" | "disclosures"> & { hash: Hex },
  wait: number,
  needs: Needs,
): Promise<Submission> {
  const draft = await draftFor(me, id, "drafts.write", needs);
  const { hash, ...posted } = signed;
  if (posted.entry.maker !== holderOf(me)) throw new ProblemError("not-allowed", notYours);
  const differing = differingFields(draft, posted.entry);
  if (differing.length > 0) {
    const places = differing.map((field) => ({ pointer: `/entry/${field}`, rule: "draft-differs", message: differs }));
    throw new ProblemError("draft-differs", differing.join(", "), {}, places);
  }
  await needs.inTurn(async () => {
    const now = await needs.state.get<Draft>(`${ROWS}${id}`);
    if (now?.version !== draft.version) throw new ProblemError("draft-changed", "", { version: now?.version });
    const under = (await underWay(now, needs))?.id;
    if (under !== undefined && under !== hash) throw new ProblemError("draft-signed", "", { submission: under });
    needs.signing.set(id, hash);
    await keep({ ...now, submission: hash }, needs);
  });
  failpoint("draft-signed");
  const { body, preimage } = draft;
  try {
    return await needs.submit(
      { ...posted, ...(body === undefined ? {} : { body }), ...(preimage === undefined ? {} : { preimage }) },
      wait,
    );
  } finally {
    needs.signing.delete(id);
  }
}

const notYours = {
  en: "Who signs a draft signs it himself, signed in as himself.",
  id: "Penanda tangan konsep menandatanganinya sendiri, dengan masuk sebagai dirinya sendiri.",
};
const differs = { en: "The draft says another value.", id: "Konsep memuat nilai lain." };

/** The fields in which a signed entry is not what a draft says. */
function differingFields({ entry, body, commandId }: Draft, signed: PostedEntry["entry"]): string[] {
  const bytes = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
  const says: Record<string, unknown> = { ...entry, digest: toHex(sha256(bytes)), commandId };
  return Object.entries(says)
    .filter(([name, value]) => {
      const given = (signed as Record<string, unknown>)[name];
      return canonicalJson({ value: given ?? null }) !== canonicalJson({ value: value ?? null });
    })
    .map(([name]) => name);
}

/** A draft that may be changed: by whoever may make such an entry, as he read it, and not signed. */
async function openDraft(me: Myself, id: string, version: number, needs: Needs): Promise<Draft> {
  const draft = await draftFor(me, id, "drafts.write", needs);
  const under = await underWay(draft, needs);
  if (under !== undefined) throw new ProblemError("draft-signed", "", { submission: under.id });
  if (draft.version !== version) throw new ProblemError("draft-changed", "", { version: draft.version });
  return draft;
}

async function draftFor(
  me: Myself,
  id: string,
  permission: "drafts.read" | "drafts.write",
  needs: Needs,
): Promise<Draft> {
  const draft = await needs.state.get<Draft>(`${ROWS}${id}`);
  if (draft === undefined || !(await mayUse(me, draft.entry, permission, needs))) throw new ProblemError("not-found");
  return draft;
}

/** Its submission, while that may still be recorded or is; one that came to nothing leaves the draft open. */
async function underWay(
  { id, submission }: Draft,
  { submission: find, now, signing }: Needs,
): Promise<{ id: Hex } | undefined> {
  const sent = signing.get(id);
  if (sent !== undefined) return { id: sent };
  const found = submission === undefined ? undefined : await find(submission);
  if (found === undefined) return undefined;
  const ended: DraftState[] = ["refused", "expired", "cancelled"];
  return ended.includes(stateAt(found, now())) ? undefined : found;
}

async function tell(draft: Draft, needs: Needs): Promise<ToldDraft> {
  const found = draft.submission === undefined ? undefined : await needs.submission(draft.submission);
  const waits = draft.handed === undefined ? "draft" : "awaitingSignature";
  return { ...draft, state: found === undefined ? waits : stateAt(found, needs.now()) };
}

async function keep(draft: Draft, { state }: Needs): Promise<void> {
  await state.put([{ key: `${ROWS}${draft.id}`, value: draft }], { sync: true });
  failpoint("draft-stored");
}

/** Judged as a submission's content is, but for whether it could be published yet: a draft may be unfinished. */
async function contentOf(posted: PostedDraft, needs: Needs): Promise<Omit<PostedDraft, "disclosures">> {
  const { disclosures = [], ...content } = posted;
  const { entry, body, preimage } = content;
  const bytes = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
  assertFits(bytes);
  if (content.note !== undefined) assertPublicWords("note", content.note);
  const terms = termsFromText(entry.terms);
  const preimageBytes = preimage === undefined ? new Uint8Array() : fromHex(preimage);
  await assertNothingPersonal({ entry: { ...entry, terms }, body: bytes, preimage: preimageBytes }, body, needs);
  const checked = await checkDisclosures(entry.ocid, body, disclosures, needs.look);
  if (checked.length > 0) await needs.keepDisclosures(entry, checked, needs.now());
  return { ...content, entry: { ...entry, refersTo: entry.refersTo ?? NO_ID, terms: termsToText(terms) } };
}

/** Drafts that wait for somebody's signature. */
export async function draftsToSign(me: Myself, needs: Needs): Promise<ToldDraft[]> {
  const holder = me.session.holder;
  const found: ToldDraft[] = [];
  for await (const { value } of needs.state.range<Draft>(ROWS)) {
    if (value.handed === undefined || (value.handed.to !== undefined && value.handed.to !== holder)) continue;
    if (!(await mayUse(me, value.entry, "drafts.write", needs))) continue;
    const draft = await tell(value, needs);
    if (draft.state === "awaitingSignature") found.push(draft);
  }
  return found;
}
