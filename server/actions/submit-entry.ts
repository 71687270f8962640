import { sha256 } from "#hash";
import {
  type Approval,
  approvalHash,
  type Entry,
  entryHash,
  type TermsText,
  termsFromText,
} from "../domain/entries/entry.ts";
import { kindName } from "../domain/entries/kinds.ts";
import { type PostedSignature, readPosted } from "../domain/entries/signature.ts";
import { fromHex, type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { foreseeVerdict } from "../domain/lifecycle/rules.ts";
import { isCertain, ProblemError, type Refusal } from "../domain/problems.ts";
import { basisOf, type ProcessView } from "../domain/projection/process-view.ts";
import type { PostedApproval } from "./approve-entry.ts";
import { meet } from "./check-entry.ts";
import { type CheckedDisclosure, checkDisclosures, type PostedDisclosure } from "./disclosures.ts";
import { assertFits, assertNothingPersonal, assertPublishable } from "./judge-body.ts";
import { readOnce } from "./read-once.ts";
import { type Misjudged, refusedAtOnce, type Sending, type Submission } from "./submissions.ts";

/** An entry as it is posted: amounts as decimal text, `body` as the JSON object whose canonical form was signed. */
export type PostedEntry = {
  entry: Omit<Entry, "terms" | "digest"> & { terms: TermsText; digest: Hex };
  body?: Record<string, unknown> | undefined;
  signature: PostedSignature;
  approvals: readonly PostedApproval[];
  up: number;
  stemLength: number;
  preimage?: Hex | undefined;
  /** what opens the sealed values of the body; never signed, never on the chain */
  disclosures?: readonly PostedDisclosure[] | undefined;
  /** his own submission of the same command that waits in vain, and that this one comes in place of */
  replaces?: Hex | undefined;
};

/** A posted entry in the form that travels to the ledger. */
type ReadyItem = {
  entry: Entry;
  up: number;
  stemLength: number;
  signature: Uint8Array;
  approvals: { approval: Approval; up: number; signature: Uint8Array }[];
  preimage: Uint8Array;
  body: Uint8Array;
};

type Needs = Sending & {
  now(): number;
  pack(item: ReadyItem): Uint8Array;
  /** the submission that a maker's command id belongs to */
  byCommand(maker: Hex, commandId: Hex): Promise<Submission | undefined>;
  process(ocid: string): Promise<ProcessView | undefined>;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
  misjudged: Misjudged;
  /** what the vault knows of a sealed value of a process */
  look: Parameters<typeof checkDisclosures>[3];
  /** keeps disclosures in the vault, on disk when it resolves */
  keepDisclosures(
    of: { ocid: string; agency: Hex },
    disclosures: readonly CheckedDisclosure[],
    at: number,
  ): Promise<void>;
};

/**
 * Takes a signed entry, keeps it on disk, sends it on, and waits up to `wait` milliseconds for its fate.
 * @param ifMatch the basis that the client believes to be the newest: where it is not, nothing is kept or sent
 * @throws ProblemError digest-mismatch, key-reused, invalid-request, basis-moved, body-over-limit, personal-data,
 * body-not-publishable, disclosure-mismatch, erased
 */
export async function submitEntry(
  posted: PostedEntry,
  wait: number,
  ifMatch: Hex | undefined,
  given: Needs,
): Promise<Submission> {
  const needs = { ...given, read: readOnce(given.read), process: readOnce(given.process) };
  let item: ReadyItem;
  let packed: Uint8Array;
  try {
    item = readItem(posted);
    assertFits(item.body);
    packed = needs.pack(item);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError("invalid-request", error instanceof Error ? error.message : "");
  }
  const { entry } = item;
  const hash = entryHash(entry);
  const id = toHex(hash);
  const { maker, commandId, ocid, kind } = entry;
  // one that was sent before has moved the record itself: it is only told
  const known = await needs.byCommand(maker, commandId);
  // what was refused used nothing up: another entry in its place is judged as the first was
  const isFirst =
    known === undefined || (known.id !== id && (known.state === "refused" || known.id === posted.replaces));
  if (isFirst && ifMatch !== undefined) assertBasis(entry, await needs.process(ocid));
  // what nobody signed does not reach the chain, whose memory is dear
  const forged =
    (await needs.misjudged(hash, item.signature, { holder: maker, capacity: entry.capacity })) ??
    (await firstForged(hash, item.approvals, needs));
  if (forged !== undefined) return refusedAtOnce({ id, maker, commandId, ocid, kind }, forged, needs.now());
  if (isFirst) {
    await assertNothingPersonal(item, posted.body, needs);
    const refusal = await certainRefusal(posted, needs);
    if (refusal !== undefined) return refusedAtOnce({ id, maker, commandId, ocid, kind }, refusal, needs.now());
    await assertPublishable(item, needs);
    const disclosures = await checkDisclosures(ocid, posted.body, posted.disclosures ?? [], needs.look);
    // before the submission: what is acknowledged can be opened
    if (disclosures.length > 0) await needs.keepDisclosures(entry, disclosures, needs.now());
  }
  const { agency, expires } = entry;
  const taken = { id, maker, commandId, ocid, kind, agency, expires };
  const submission = await needs.submit(taken, packed, needs.now(), { replaces: posted.replaces });
  // one that was kept just now goes out; one whose fate is known is only told
  if (submission.state === "queued" && submission.isNew) await needs.release(packed);
  const { isNew: _, ...told } = submission;
  return (wait > 0 ? await needs.settled(id, wait) : undefined) ?? told;
}

/** Why the entry would be refused whenever it came; what the ledger might accept a moment later is the ledger's to judge. */
async function certainRefusal({ entry, preimage }: PostedEntry, needs: Needs): Promise<Refusal | undefined> {
  // whatever its basis is, it would be judged by the present one
  const { situation, act, facts } = await meet({ entry: { ...entry, basis: undefined }, preimage }, needs);
  const { refusal } = foreseeVerdict(situation, act, facts).verdict;
  return refusal !== undefined && isCertain(refusal) ? refusal : undefined;
}

async function firstForged(
  hash: Uint8Array,
  approvals: ReadyItem["approvals"],
  { misjudged }: Pick<Needs, "misjudged">,
): Promise<Refusal | undefined> {
  for (const { approval, signature } of approvals) {
    const forged = await misjudged(approvalHash(hash, approval), signature, approval);
    if (forged !== undefined) return forged;
  }
  return undefined;
}

/** @throws ProblemError basis-moved with the entries that came since */
function assertBasis(entry: Entry, view: ProcessView | undefined): void {
  const present = basisOf(entry, view);
  if (present === entry.basis) return;
  const known = view?.entries[entry.basis]?.sequence ?? 0;
  const changed = Object.entries(view?.entries ?? {})
    .filter(([, { sequence }]) => sequence > known)
    .map(([leaf, { kind, sequence }]) => ({
      leaf,
      kind: kindName(kind),
      release: `${entry.ocid}-${sequence}`,
      history: `/api/v1/records/${encodeURIComponent(entry.ocid)}/history`,
    }));
  throw new ProblemError("basis-moved", "", { signed: entry.basis, present, changed });
}

function readItem({ entry: posted, body, signature, approvals, up, stemLength, preimage }: PostedEntry): ReadyItem {
  const bytes = body === undefined ? new Uint8Array() : utf8(canonicalJson(body));
  const digest = toHex(sha256(bytes));
  if (digest !== posted.digest) throw new ProblemError("digest-mismatch", "", { signed: posted.digest, found: digest });
  const terms = termsFromText(posted.terms);
  return {
    entry: { ...posted, terms },
    up,
    stemLength,
    signature: readPosted(signature, posted.capacity),
    approvals: approvals.map((a) => ({ ...a, signature: readPosted(a.signature, a.approval.capacity) })),
    preimage: preimage === undefined ? new Uint8Array() : fromHex(preimage),
    body: bytes,
  };
}
