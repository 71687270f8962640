import { type Cancel, cancelHash } from "../domain/entries/entry.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { CANCEL, type Sending, type Submission } from "./submissions.ts";

type Needs = Sending & {
  now(): number;
  pack(cancel: Cancel, signature: Hex): Uint8Array;
  submission(id: Hex): Promise<Submission | undefined>;
};

/**
 * Takes back one's own signature: of an entry, by its hash, or of an approval. Kept and sent like an entry, since who
 * was told that it is on its way must be able to rely on it.
 * @throws ProblemError not-cancellable where the entry is recorded already
 */
export async function cancelSignature(cancel: Cancel, signature: Hex, wait: number, needs: Needs): Promise<Submission> {
  const target = await needs.submission(cancel.target);
  if (target?.state === "final" || target?.state === "included")
    throw new ProblemError("not-cancellable", "", { submission: cancel.target });
  const id = toHex(cancelHash(cancel));
  const given = { id, maker: cancel.holder, commandId: id, ocid: target?.ocid ?? "", kind: CANCEL };
  const packed = needs.pack(cancel, signature);
  const { isNew, ...submission } = await needs.submit(given, packed, needs.now());
  if (isNew) await needs.release(packed);
  return (wait > 0 ? await needs.settled(id, wait) : undefined) ?? submission;
}
