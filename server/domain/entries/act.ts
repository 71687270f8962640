import { hashWords } from "./entry.ts";
import { type Hex, NO_ID, toHex } from "./words.ts";

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
} as const;

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
  // no office has role 0
  if (code === ActCode.handOver) return officeKey(holder, agency, 0, NO_ID);
  const onOffice = (code >= ActCode.grant && code <= ActCode.veto) || code >= ActCode.suspend;
  return onOffice ? officeKey(holder, agency, role, post) : agency;
}
