import { type Approval, approvalHash } from "../domain/entries/entry.ts";
import { type PostedSignature, readPosted } from "../domain/entries/signature.ts";
import { fromHex, type Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { CANCEL, type Misjudged, refusedAtOnce, type Sending, type Submission } from "./submissions.ts";

export type PostedApproval = { approval: Approval; up: number; signature: PostedSignature };

type Needs = Sending & {
  now(): number;
  submission(id: Hex): Promise<Submission | undefined>;
  /** the packed item of a submission, as it was last sent */
  item(id: Hex): Promise<Uint8Array | undefined>;
  /** the same item with this approval, in the place of an earlier one by the same holder */
  withApproval(packed: Uint8Array, approval: PostedApproval): Uint8Array;
  misjudged: Misjudged;
};

/**
 * Adds a second signature to an entry that was submitted, and sends it on; one that is recorded is only told. A
 * signature that is refused leaves the entry waiting for another.
 * @throws ProblemError not-found where there is no such entry
 */
export async function approveEntry(id: Hex, approval: PostedApproval, wait: number, needs: Needs): Promise<Submission> {
  const submission = await needs.submission(id);
  const packed = await needs.item(id);
  if (packed === undefined || submission === undefined || submission.kind === CANCEL)
    throw new ProblemError("not-found");
  if (submission.state === "final" || submission.state === "included") return submission;
  const hash = approvalHash(fromHex(id), approval.approval);
  const signature = readPosted(approval.signature, approval.approval.capacity);
  const forged = await needs.misjudged(hash, signature, approval.approval);
  if (forged !== undefined) return refusedAtOnce(submission, forged, needs.now());
  const again = needs.withApproval(packed, approval);
  // should this approval be refused, the entry waits for another as it did
  const { isNew, ...told } = await needs.submit(submission, again, needs.now(), packed);
  if (isNew) await needs.release(again);
  const now = (await needs.settled(id, wait)) ?? told;
  // who approved is told that his approval was refused; the entry itself still waits
  return now.state === "awaitingApproval" && now.refusal?.rule !== "second-needed" ? { ...now, state: "refused" } : now;
}
