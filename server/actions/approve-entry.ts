import type { Approval } from "../domain/entries/entry.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { CANCEL, type Sending, type Submission } from "./submissions.ts";

export type PostedApproval = { approval: Approval; up: number; signature: Hex };

type Needs = Sending & {
  now(): number;
  submission(id: Hex): Promise<Submission | undefined>;
  /** the packed item of a submission, as it was last sent */
  item(id: Hex): Promise<Uint8Array | undefined>;
  /** the same item with this approval, in the place of an earlier one by the same holder */
  withApproval(packed: Uint8Array, approval: PostedApproval): Uint8Array;
};

/**
 * Adds a second signature to an entry that was submitted, and sends it on; one that is recorded is only told.
 * @throws ProblemError not-found where there is no such entry
 */
export async function approveEntry(id: Hex, approval: PostedApproval, wait: number, needs: Needs): Promise<Submission> {
  const submission = await needs.submission(id);
  const packed = await needs.item(id);
  if (packed === undefined || submission === undefined || submission.kind === CANCEL)
    throw new ProblemError("not-found");
  if (submission.state === "final") return submission;
  const again = needs.withApproval(packed, approval);
  const { isNew, ...told } = await needs.submit(submission, again, needs.now());
  if (isNew) await needs.release(again);
  return (await needs.settled(id, wait)) ?? told;
}
