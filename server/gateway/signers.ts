import type { Misjudged } from "../actions/submissions.ts";
import { type Act, actStructHash } from "../domain/entries/act.ts";
import { approvalHash, entryHash } from "../domain/entries/entry.ts";
import { type Signed, whoSigned } from "../domain/entries/signature.ts";
import type { Hex } from "../domain/entries/words.ts";
import { codeOf, type Refusal } from "../domain/problems.ts";
import { cancelledKey, type HolderView, originKey } from "../domain/projection/project-block.ts";
import type { PasskeyOrigin } from "../domain/projection/register-event.ts";
import { unpackEntry } from "../ledger/codec.ts";
import { curves } from "../ledger/signatures.ts";
import type { Services } from "../services.ts";

type Signers = {
  /** Who signed a struct hash, on a page that the council admits where it was a passkey. */
  signerOf(hash: Uint8Array, signature: Uint8Array, capacity: number): Promise<Signed | Refusal>;
  signerOfAct(act: Act, signature: Uint8Array): Promise<Signed | Refusal>;
  /** Whether it is the signature of one of a holder's keys that count now; else what the ledger would answer. */
  misjudged: Misjudged;
  /** Where the keys lie that signed a submission, its maker's first; 0 where that is not known. */
  custodies(submission: Hex): Promise<number[]>;
};

/** Whose signatures count, by what the register knows of keys now. @param now seconds UTC */
export function signersOf({ projection, separator, submissions, metrics }: Services, now: () => number): Signers {
  const holderOf = (id: Hex) => projection.get<HolderView>(`holder/${id}`);
  const signerOf: Signers["signerOf"] = async (hash, signature, capacity) => {
    const signed = whoSigned({ separator, hash, capacity, signature, now: now() }, curves);
    if ("code" in signed || signed.place === undefined) return signed;
    const { origin: page, rpIdHash } = signed.place;
    const admitted = (await projection.get<PasskeyOrigin>(originKey(signed.place)))?.allowed === true;
    return admitted ? signed : { code: codeOf("passkey-origin"), a: BigInt(page), b: BigInt(rpIdHash) };
  };
  const judge: Misjudged = async (hash, signature, { holder: id, capacity }) => {
    const known = await holderOf(id);
    if (known === undefined) return { code: codeOf("unknown-holder"), a: BigInt(id), b: 0n };
    const signed = await signerOf(hash, signature, capacity);
    if ("code" in signed) return signed.a === 0n && signed.b === 0n ? { ...signed, a: BigInt(id) } : signed;
    const own = known.keys.find(({ address }) => address === signed.key);
    if (own === undefined) return { code: codeOf("bad-signature"), a: BigInt(id), b: 0n };
    if (own.revoked || own.from > now()) return { code: codeOf("key-revoked"), a: BigInt(id), b: 0n };
    const { bundle } = signed;
    if (bundle !== undefined && (await projection.get(cancelledKey(bundle, id))) !== undefined)
      return { code: codeOf("cancelled-before"), a: BigInt(bundle), b: 0n };
    return undefined;
  };
  const custodyOf = async (by: Hex, hash: Uint8Array, signature: Uint8Array, capacity: number) => {
    const signed = await signerOf(hash, signature, capacity);
    const keys = (await holderOf(by))?.keys;
    return keys?.find(({ address }) => !("code" in signed) && address === signed.key)?.custody ?? 0;
  };
  return {
    signerOf,
    signerOfAct: (act, signature) => signerOf(actStructHash(act), signature, 0),
    async misjudged(hash, signature, by) {
      const refusal = await judge(hash, signature, by);
      if (refusal !== undefined) metrics.refused(refusal.code);
      return refusal;
    },
    async custodies(id) {
      const kept = await submissions.kept(id);
      if (kept === undefined) return [];
      const { entry, signature, approvals } = unpackEntry(kept.item);
      const hash = entryHash(entry);
      return Promise.all([
        custodyOf(entry.maker, hash, signature, entry.capacity),
        ...approvals.map((each) =>
          custodyOf(each.approval.holder, approvalHash(hash, each.approval), each.signature, each.approval.capacity),
        ),
      ]);
    },
  };
}
