import { keccak256, sha256 } from "#hash";
import { hashText, hashWords } from "./entry.ts";
import { fromHex, type Hex, NO_ID, textOf, toHex, utf8, WORD, writeHex, writeUint } from "./words.ts";

// Acts on holders, agencies and offices (docs/reference/formats.md section 7).

export const ActCode = {
  enrol: 1,
  addKey: 2,
  revokeKey: 3,
  replaceKey: 4,
  registerAgency: 5,
  registerEntity: 6,
  addStem: 7,
  grant: 8,
  revoke: 9,
  veto: 10,
  moveAgency: 11,
  succeed: 12,
  suspend: 13,
  resume: 14,
  delegate: 15,
  handOver: 16,
  appoint: 20,
  dismiss: 21,
  breakGlass: 22,
  decided: 23,
  // on waves of legacy records (section 12)
  openWave: 30,
  consentToWave: 31,
  leaseWave: 32,
  closeWave: 33,
  activateWave: 34,
  rollBackWave: 35,
  finaliseWave: 36,
} as const;

const names = new Map<number, string>(Object.entries(ActCode).map(([name, code]) => [code, name]));

/** The name of an act; its number as text where we know none. */
export function nameOfAct(code: number): string {
  return names.get(code) ?? String(code);
}

/** Whether Waves records the act, and not Authority: codes 30 to 39 are its own. */
export function isWaveAct(code: number): boolean {
  return code >= ActCode.openWave && code < ActCode.openWave + 10;
}

/** Fields of an act in the order of its type; what is not given is zero. Times in seconds UTC. */
export type Act = {
  code: number;
  maker: Hex;
  holder: Hex;
  agency: Hex;
  role: number;
  post: Hex;
  key: Hex;
  custody: number;
  from: number;
  until: number;
  digest: Hex;
  previous: Hex;
  expires: number;
};

/** Who signed an act: in which role (0: for himself), held at which agency, by which grant. */
export type ActSigner = { holder: Hex; role: number; agency: Hex; custody: number; office: Hex };

/** Key of an office: the subject of the acts on it. */
export function officeKey(holder: Hex, agency: Hex, role: number, post: Hex): Hex {
  return toHex(hashWords(holder, agency, role, post));
}

/** What an act is on: the holder, agency or office whose last act it names as `previous`. */
export function subjectOfAct({ code, holder, agency, role, post }: Act): Hex {
  if (code <= ActCode.replaceKey) return holder;
  if (code === ActCode.consentToWave) return toHex(hashWords(post, agency));
  if (isWaveAct(code)) return post;
  // no office has role 0
  if (code === ActCode.handOver) return officeKey(holder, agency, 0, NO_ID);
  const onOffice = (code >= ActCode.grant && code <= ActCode.veto) || code >= ActCode.suspend;
  return onOffice ? officeKey(holder, agency, role, post) : agency;
}

/**
 * The bytes of an act's body, which is text; but that of the act that opens a wave is 32-byte ids, and stands as 0x text
 * wherever acts are text. @throws RangeError where that is none
 */
export function bodyBytesOf({ code }: Pick<Act, "code">, text: string): Uint8Array {
  if (code !== ActCode.openWave) return utf8(text);
  if (!/^0x([0-9a-f]{64})*$/.test(text)) throw new RangeError("the body of this act is 0x and 64 digits for each wave");
  return fromHex(text as Hex);
}

/** Whether it is the body whose digest the act signs. */
export function isBodyOf(act: Pick<Act, "code" | "digest">, text: string): boolean {
  try {
    return toHex(sha256(bodyBytesOf(act, text))) === act.digest;
  } catch {
    return false;
  }
}

/** The same bytes as text. */
export function bodyTextOf({ code }: Pick<Act, "code">, body: Uint8Array): string {
  return code === ActCode.openWave ? toHex(body) : textOf(body);
}

const ACT_TYPE =
  "Act(uint16 code,bytes32 maker,bytes32 holder,bytes32 agency,uint8 role,bytes32 post,bytes32 key,uint8 custody,uint64 from,uint64 until,bytes32 digest,bytes32 previous,uint64 expires)";
const typeHash = hashText(ACT_TYPE);

/** The 14 EIP-712 words of an act, its type hash first, as its leaf holds them. */
export function actWords(act: Act): Uint8Array {
  const out = new Uint8Array(14 * WORD);
  out.set(typeHash);
  const a = act;
  const fields = [a.code, a.maker, a.holder, a.agency, a.role, a.post, a.key, a.custody, a.from, a.until];
  for (const [i, field] of [...fields, a.digest, a.previous, a.expires].entries()) {
    if (typeof field === "string") writeHex(out, (i + 1) * WORD, field, WORD);
    else writeUint(out, (i + 1) * WORD, field, WORD);
  }
  return out;
}

/** hashStruct(Act). */
export function actStructHash(act: Act): Uint8Array {
  return keccak256(actWords(act));
}
