import { sha256 } from "#hash";
import { type Approval, type Entry, entryHash, type TermsText, termsFromText } from "../domain/entries/entry.ts";
import { Kind, kindName } from "../domain/entries/kinds.ts";
import { fromHex, type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { ProblemError } from "../domain/problems.ts";
import { basisOf, type ProcessView } from "../domain/projection/process-view.ts";
import type { PostedApproval } from "./approve-entry.ts";
import type { Sending, Submission } from "./submissions.ts";

/** An entry as it is posted: amounts as decimal text, `body` as the JSON object whose canonical form was signed. */
export type PostedEntry = {
  entry: Omit<Entry, "terms" | "digest"> & { terms: TermsText; digest: Hex };
  body?: Record<string, unknown> | undefined;
  signature: Hex;
  approvals: readonly PostedApproval[];
  up: number;
  stemLength: number;
  preimage?: Hex | undefined;
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
};

/**
 * Takes a signed entry, keeps it on disk, sends it on, and waits up to `wait` milliseconds for its fate.
 * @param ifMatch the basis that the client believes to be the newest: where it is not, nothing is kept or sent
 * @throws ProblemError digest-mismatch, key-reused, invalid-request, basis-moved
 */
export async function submitEntry(
  posted: PostedEntry,
  wait: number,
  ifMatch: Hex | undefined,
  needs: Needs,
): Promise<Submission> {
  const item = readItem(posted);
  const { entry } = item;
  const id = toHex(entryHash(entry));
  let packed: Uint8Array;
  try {
    packed = needs.pack(item);
  } catch (error) {
    throw new ProblemError("invalid-request", error instanceof Error ? error.message : "");
  }
  const { maker, commandId, ocid, kind } = entry;
  // one that was sent before has moved the record itself: it is only told
  if (ifMatch !== undefined && (await needs.byCommand(maker, commandId)) === undefined)
    assertBasis(entry, await needs.process(ocid));
  const submission = await needs.submit({ id, maker, commandId, ocid, kind }, packed, needs.now());
  // one that was kept just now goes out; one whose fate is known is only told
  if (submission.state === "queued" && submission.isNew) await needs.release(packed);
  const { isNew: _, ...told } = submission;
  return (wait > 0 ? await needs.settled(id, wait) : undefined) ?? told;
}

/** @throws ProblemError basis-moved with the entries that came since */
function assertBasis(entry: Entry, view: ProcessView | undefined): void {
  const subject = view?.entries[entry.refersTo]?.kind ?? entry.kind;
  const present = basisOf(entry, view, entry.kind === Kind.correction ? subject : entry.kind);
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
    signature: fromHex(signature),
    approvals: approvals.map((a) => ({ ...a, signature: fromHex(a.signature) })),
    preimage: preimage === undefined ? new Uint8Array() : fromHex(preimage),
    body: bytes,
  };
}
