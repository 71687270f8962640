import { sha256 } from "#hash";
import { type Act, ActCode, bodyBytesOf, isWaveAct, officeKey, subjectOfAct } from "../domain/entries/act.ts";
import { actRefusals } from "../domain/entries/act-refusals.ts";
import { Role } from "../domain/entries/kinds.ts";
import { type PostedSignature, readPosted, type Signed } from "../domain/entries/signature.ts";
import { type Hex, NO_ID, toHex } from "../domain/entries/words.ts";
import { codeOf, ProblemError, type Refusal, type Words } from "../domain/problems.ts";
import { inForce } from "../domain/projection/offices.ts";
import type { HolderView, OfficeView } from "../domain/projection/project-block.ts";
import { screenBody, screenPlaces } from "../domain/sealing/screen.ts";

/** A signature of an act as it is posted, and in hand. */
type By<S> = { holder: Hex; role: number; agency: Hex; signature: S };
export type PostedAct = { act: Act; signatures: readonly By<PostedSignature>[]; body: string };
export type SignedAct = { act: Act; signatures: readonly By<Uint8Array>[]; body: Uint8Array };

type Needs = {
  now(): number;
  /** a row of the projection */
  read<T>(key: string): Promise<T | undefined>;
  /** whose key signed the act for this register, or what the ledger would say of these bytes */
  signerOf(act: Act, signature: Uint8Array): Promise<Signed | Refusal>;
  /** asks the chain, without sending: the error of the contract, undefined where it would pass */
  wouldRefuse(signed: SignedAct): Promise<ContractError | undefined>;
  /** sends it; false where it was refused after all */
  relay(signed: SignedAct): Promise<{ ok: boolean; block: number }>;
};

/** An error of Authority or Waves by its name, with its values; no name where it is none that we know. */
type ContractError = { name: string; values: readonly unknown[] };

const MONTH = 31 * 86_400;

/**
 * Relays an act that should pass, and no other: what the chain refuses it journals for ever. What can be seen here is
 * looked at first, so that strangers cannot even make the chain look: when it ends, what it follows, and that each
 * signature is of an enrolled key whose holder has the office that he names. Then the chain is asked; its answer stands.
 * @throws ProblemError act-refused with the error that Authority or Waves answers; personal-data
 */
export async function relayAct(posted: PostedAct, needs: Needs): Promise<{ block: number }> {
  assertNobodysNumber(posted);
  const signatures = posted.signatures.map((each) => ({ ...each, signature: readPosted(each.signature, 0) }));
  const signed = { ...posted, signatures, body: bytesOf(posted) };
  const refusal = (await foreseen(signed, needs)) ?? (await needs.wouldRefuse(signed));
  if (refusal !== undefined) throw new ProblemError("act-refused", inWords(refusal));
  const { ok, block } = await needs.relay(signed);
  if (!ok) {
    // what came in between decided otherwise
    const found = await needs.wouldRefuse(signed);
    throw new ProblemError("act-refused", found === undefined ? "" : inWords(found));
  }
  return { block };
}

/** The text of an act is public for ever, as any entry's. @throws ProblemError personal-data */
function assertNobodysNumber({ body }: PostedAct): void {
  let said: unknown;
  try {
    said = JSON.parse(body);
  } catch {
    said = { text: body };
  }
  const found = screenBody(said, () => undefined);
  if (found.length > 0) throw new ProblemError("personal-data", "", {}, screenPlaces(found));
}

function inWords({ name, values }: ContractError): Words {
  const told = name === "" ? "" : `${name}(${values.map(String).join(", ")})`;
  const { en, id } = actRefusals[name] ?? { en: "", id: "" };
  return { en: `${en} ${told}`.trim(), id: `${id} ${told}`.trim() };
}

/** @throws ProblemError invalid-request where it is no body of such an act */
function bytesOf({ act, body }: PostedAct): Uint8Array {
  try {
    return bodyBytesOf(act, body);
  } catch (error) {
    throw new ProblemError("invalid-request", error instanceof Error ? error.message : "");
  }
}

/** Acts that people sign; the others are the council's alone. */
const RELAYED: ReadonlySet<number> = new Set(
  Object.values(ActCode).filter((code) => code <= ActCode.handOver || isWaveAct(code)),
);

/** The contract that records an act, and its names for what both refuse. */
export function contractOf({ code }: Pick<Act, "code">): "Authority" | "Waves" {
  return isWaveAct(code) ? "Waves" : "Authority";
}
const AUTHORITY_NAMES: Readonly<Record<string, string>> = {
  Expired: "ActExpired",
  ExpiresTooFar: "ActExpiresTooFar",
};

/** In the order in which Authority.act or Waves.act asks, with its errors. */
async function foreseen({ act, signatures, body }: SignedAct, needs: Needs): Promise<ContractError | undefined> {
  const now = needs.now();
  const contract = contractOf(act);
  const onWave = contract === "Waves";
  const error = (name: string, ...values: unknown[]) => {
    return { name: `${contract}${onWave ? name : (AUTHORITY_NAMES[name] ?? name)}`, values };
  };
  if (act.expires < now) return error("Expired", act.expires, now);
  if (act.expires > now + MONTH) return error("ExpiresTooFar", act.expires, now + MONTH);
  const digest = toHex(sha256(body));
  if (digest !== act.digest) return error("WrongBody", act.digest, digest);
  if (!RELAYED.has(act.code)) return error("UnknownAct", act.code);
  const last = (await needs.read<Hex>(`last/${subjectOfAct(act)}`)) ?? NO_ID;
  if (last !== act.previous) return error("StaleAct", last, act.previous);
  if (signatures[0]?.holder !== act.maker)
    return onWave
      ? error("BadSignature", act.maker, codeOf("unknown-holder"))
      : error("SignatureMissing", act.maker, 0);
  for (const { holder, role, agency, signature } of signatures) {
    const by = await needs.signerOf(act, signature);
    if ("code" in by) return error("BadSignature", holder, by.code);
    const { key } = by;
    // the key that is enrolled now agrees with its own signature; it is nobody's yet
    const isNew = role === 0 && holder === act.holder && act.key !== NO_ID && key === `0x${act.key.slice(26)}`;
    if (isNew) continue;
    const known = await needs.read<HolderView>(`holder/${holder}`);
    if (known === undefined) return error("BadSignature", holder, codeOf("unknown-holder"));
    const own = known.keys.find(({ address }) => address === key);
    if (own === undefined) return error("BadSignature", holder, codeOf("bad-signature"));
    if (own.revoked || own.from > now) return error("BadSignature", holder, codeOf("key-revoked"));
    if (role === 0 && onWave) return error("WrongCapacity", holder, Role.head);
    if (role === 0) continue;
    // who delegates signs in the office that he delegates, others in one without a post
    const post = act.code === ActCode.delegate ? act.post : NO_ID;
    const office = await needs.read<OfficeView>(`office/${holder}/${role}/${officeKey(holder, agency, role, post)}`);
    const none = onWave ? error("BadSignature", holder, codeOf("no-office")) : error("NoOffice", holder, agency, role);
    if (office === undefined) return none;
    const { suspended, ...running } = office;
    if (!inForce(running, now)) return none;
    if (suspended) return onWave ? none : error("Suspended", holder, agency, role);
  }
  return undefined;
}
