import { type Approval, approvalHash } from "../domain/entries/entry.ts";
import { type PostedSignature, readPosted } from "../domain/entries/signature.ts";
import { fromHex, type Hex } from "../domain/entries/words.ts";
import { codeOf, ProblemError } from "../domain/problems.ts";
import { type MetNeeds, meetSubmission, misplacedApproval } from "./approvals.ts";
import {
  CANCEL,
  type Kept,
  type Misjudged,
  refusedAtOnce,
  type Sending,
  type Submission,
  stateAt,
} from "./submissions.ts";

export type PostedApproval = { approval: Approval; up: number; signature: PostedSignature };

type Needs = Sending &
  MetNeeds & {
    /** a submission beside its packed item, as it was last sent */
    kept(id: Hex): Promise<Kept<Uint8Array> | undefined>;
    /** the same item with this approval, in the place of an earlier one by the same holder */
    withApproval(packed: Uint8Array, approval: PostedApproval): Uint8Array;
    misjudged: Misjudged;
  };

/**
 * Adds a second signature to an entry that was submitted, and sends it on; one that is recorded is only told. A
 * signature that is refused leaves the entry waiting for another. Who may not approve it is told so before the chain is.
 * @throws ProblemError not-found where there is no such entry, sent-back, approval-under-way
 */
export async function approveEntry(id: Hex, approval: PostedApproval, wait: number, needs: Needs): Promise<Submission> {
  // of two approvals at once the second waits for what becomes of the first
  if ((await needs.submission(id))?.state === "queued") await needs.settled(id, wait);
  const kept = await needs.kept(id);
  if (kept === undefined || kept.submission.kind === CANCEL) throw new ProblemError("not-found");
  const { submission, item: packed } = kept;
  if (submission.state === "final" || submission.state === "included" || submission.state === "cancelled")
    return submission;
  assertNotSentBack(submission);
  if (submission.state === "queued") throw new ProblemError("approval-under-way");
  const now = needs.now();
  const hash = approvalHash(fromHex(id), approval.approval);
  const signature = readPosted(approval.signature, approval.approval.capacity);
  const forged = await needs.misjudged(hash, signature, approval.approval);
  if (forged !== undefined) return refusedAtOnce(submission, forged, now);
  const { expires } = submission;
  if (stateAt(submission, now) === "expired")
    return refusedAtOnce(submission, { code: codeOf("expired"), a: BigInt(expires!), b: BigInt(now) }, now);
  const misplaced = misplacedApproval(await meetSubmission(id, needs), approval);
  if (misplaced !== undefined) return refusedAtOnce(submission, misplaced, now);
  const again = needs.withApproval(packed, approval);
  // should this approval be refused, the entry waits for another as it did
  const { isNew, ...told } = await needs.submit(submission, again, now, { without: packed });
  assertNotSentBack(told);
  if (isNew) await needs.release(again);
  // another came first in the same moment
  else if (told.state === "queued") throw new ProblemError("approval-under-way");
  const settled = (await needs.settled(id, wait)) ?? told;
  // who approved is told that his approval was refused; the entry itself still waits
  return settled.state === "awaitingApproval" && settled.refusal?.rule !== "second-needed"
    ? { ...settled, state: "refused" }
    : settled;
}

function assertNotSentBack({ id, sentBack }: Submission): void {
  if (sentBack !== undefined) throw new ProblemError("sent-back", "", { submission: id, ...sentBack });
}
