import { sha256 } from "#hash";
import type { Act } from "../domain/entries/act.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";

/** A signature of an act as it is posted. */
type PostedSignature = { holder: Hex; role: number; agency: Hex; signature: Hex };
export type PostedAct = { act: Act; signatures: readonly PostedSignature[]; body: string };

type Needs = {
  now(): number;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
  /** what the act is about: an office, a holder or an agency; undefined where only the chain knows */
  subjectOf(act: Act): Hex | undefined;
  officeKey(holder: Hex, agency: Hex, role: number, post: Hex): Hex;
  /** the address whose key signed the act for this register, undefined where the bytes are no signature */
  recover(act: Act, signature: Hex): Hex | undefined;
  /** asks the chain, without sending: the error of the contract with its values, undefined where it would pass */
  wouldRefuse(posted: PostedAct): Promise<string | undefined>;
  /** sends it; false where it was refused after all */
  relay(posted: PostedAct): Promise<{ ok: boolean; block: number }>;
};

const MONTH = 31 * 86_400;

/**
 * Relays an act that should pass, and no other: what the chain refuses it journals for ever. What can be seen here is
 * looked at first, so that strangers cannot even make the chain look: when it ends, what it follows, and that each
 * signature is of an enrolled key whose holder has the office that he names. Then the chain is asked; its answer stands.
 * @throws ProblemError act-refused with the error that Authority answers
 */
export async function relayAct(posted: PostedAct, needs: Needs): Promise<{ block: number }> {
  const refusal = (await foreseen(posted, needs)) ?? (await needs.wouldRefuse(posted));
  if (refusal !== undefined) throw new ProblemError("act-refused", refusal);
  const { ok, block } = await needs.relay(posted);
  // what came in between decided otherwise
  if (!ok) throw new ProblemError("act-refused", (await needs.wouldRefuse(posted)) ?? "");
  return { block };
}

/** In the order in which Authority.act asks, with its errors. */
async function foreseen({ act, signatures, body }: PostedAct, needs: Needs): Promise<string | undefined> {
  const now = needs.now();
  const error = (name: string, ...values: unknown[]) => `${name}(${values.map(String).join(", ")})`;
  if (act.expires < now) return error("AuthorityActExpired", act.expires, now);
  if (act.expires > now + MONTH) return error("AuthorityActExpiresTooFar", act.expires, now + MONTH);
  const digest = toHex(sha256(utf8(body)));
  if (digest !== act.digest) return error("AuthorityWrongBody", act.digest, digest);
  const subject = needs.subjectOf(act);
  const last = subject === undefined ? act.previous : ((await needs.read<Hex>(`last/${subject}`)) ?? NO_ID);
  if (last !== act.previous) return error("AuthorityStaleAct", last, act.previous);
  if (signatures[0]?.holder !== act.maker) return error("AuthoritySignatureMissing", act.maker, 0);
  for (const { holder, role, agency, signature } of signatures) {
    const key = needs.recover(act, signature);
    // the key that is enrolled now agrees with its own signature; it is nobody's yet
    const isNew = role === 0 && holder === act.holder && act.key !== NO_ID && key === `0x${act.key.slice(26)}`;
    if (isNew) continue;
    const known = await needs.read<HolderView>(`holder/${holder}`);
    if (known === undefined) return error("AuthorityBadSignature", holder, UNKNOWN_HOLDER);
    const own = known.keys.find(({ address }) => address === key);
    if (own === undefined) return error("AuthorityBadSignature", holder, BAD_SIGNATURE);
    if (own.revoked || own.from > now) return error("AuthorityBadSignature", holder, KEY_REVOKED);
    if (role === 0) continue;
    const office = await needs.read<OfficeView>(
      `office/${holder}/${role}/${needs.officeKey(holder, agency, role, NO_ID)}`,
    );
    if (office === undefined || office.from > now || (office.until !== 0 && office.until <= now))
      return error("AuthorityNoOffice", holder, agency, role);
  }
  return undefined;
}

/** Codes of contracts/Codes.sol that travel in AuthorityBadSignature. */
const [BAD_SIGNATURE, UNKNOWN_HOLDER, KEY_REVOKED] = [40, 41, 53];
