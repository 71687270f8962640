import { type Cancel, cancelHash } from "../domain/entries/entry.ts";
import { type PostedSignature, readPosted } from "../domain/entries/signature.ts";
import { toHex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { CANCEL, type Misjudged, refusedAtOnce, type Sending, type Submission } from "./submissions.ts";

type Needs = Sending & {
  now(): number;
  pack(cancel: Cancel, signature: Uint8Array): Uint8Array;
  submission(id: Cancel["target"]): Promise<Submission | undefined>;
  misjudged: Misjudged;
};

/**
 * Takes back one's own signature: of an entry, by its hash, of an approval, or of a whole bundle. Kept and sent like an entry, since who
 * was told that it is on its way must be able to rely on it.
 * @throws ProblemError not-cancellable where the entry is recorded already
 */
export async function cancelSignature(
  cancel: Cancel,
  posted: PostedSignature,
  wait: number,
  needs: Needs,
): Promise<Submission> {
  const target = await needs.submission(cancel.target);
  if (target?.state === "final" || target?.state === "included")
    throw new ProblemError("not-cancellable", "", { submission: cancel.target });
  const hash = cancelHash(cancel);
  const id = toHex(hash);
  const given = { id, maker: cancel.holder, commandId: id, ocid: target?.ocid ?? "", kind: CANCEL };
  const signature = readPosted(posted, 0);
  const forged = await needs.misjudged(hash, signature, { holder: cancel.holder, capacity: 0 });
  if (forged !== undefined) return refusedAtOnce(given, forged, needs.now());
  const packed = needs.pack(cancel, signature);
  const { isNew, ...submission } = await needs.submit(given, packed, needs.now());
  if (isNew) await needs.release(packed);
  return (wait > 0 ? await needs.settled(id, wait) : undefined) ?? submission;
}
