import { type Cancel, cancelHash } from "../domain/entries/entry.ts";
import { type PostedSignature, readPosted } from "../domain/entries/signature.ts";
import { toHex } from "../domain/entries/words.ts";
import { codeOf, ProblemError, type Refusal } from "../domain/problems.ts";
import { CANCEL, type Misjudged, refusedAtOnce, type Sending, type Submission } from "./submissions.ts";

type Needs = Sending & {
  now(): number;
  pack(cancel: Cancel, signature: Uint8Array): Uint8Array;
  submission(id: Cancel["target"]): Promise<Submission | undefined>;
  misjudged: Misjudged;
};

const MONTH = 31 * 86_400;

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
  const known = await needs.submission(id);
  const signature = readPosted(posted, 0);
  // what nobody signed, or signed for another time, does not reach the chain, which would journal its refusal for ever
  const refusal = known === undefined ? await foreseen(cancel, hash, signature, needs) : undefined;
  if (refusal !== undefined) return refusedAtOnce(given, refusal, needs.now());
  const packed = needs.pack(cancel, signature);
  const { isNew, ...submission } = await needs.submit(given, packed, needs.now());
  if (isNew) await needs.release(packed);
  return (wait > 0 ? await needs.settled(id, wait) : undefined) ?? submission;
}

/** In the order in which the ledger asks. */
async function foreseen(
  { expires, holder }: Cancel,
  hash: Uint8Array,
  signature: Uint8Array,
  { now, misjudged }: Needs,
): Promise<Refusal | undefined> {
  const time = now();
  if (expires < time) return { code: codeOf("expired"), a: BigInt(expires), b: BigInt(time) };
  if (expires > time + MONTH) return { code: codeOf("expires-too-far"), a: BigInt(expires), b: BigInt(time + MONTH) };
  return misjudged(hash, signature, { holder, capacity: 0 });
}
