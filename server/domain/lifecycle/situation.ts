import type { Balances, Terms } from "../entries/entry.ts";
import { Kind, ReturnCode } from "../entries/kinds.ts";
import type { Hex } from "../entries/words.ts";

/** What an entry meets: the part of its process that it can touch. Amounts in minor units, times in seconds UTC. */
export type Situation = {
  /** of the process; undefined while it has no entry */
  agency?: Hex;
  /** entries of the process, those that were taken back with the wave that brought them too */
  count: number;
  /** it was opened by itself, in the wave that it is in */
  opened?: true;
  /** a wave brought it, and people have signed on it since */
  touched?: true;
  /** of a process whose wave does not count now: its number, and what Waves says of it (0 not yet, 2 and 3 taken back) */
  notInForce?: { wave: number; standing: number };
  planning: Section;
  tender: Section;
  /** awards recorded new, contracts and openings of contracts in the process; a withdrawn award counts no more */
  awards: number;
  /** the award that the entry names, or that its contract was made on */
  award?: AwardState;
  contract?: ContractState;
  /** the entry that `refersTo` names; undefined where the process has none */
  named?: Told;
  /** of a return and its correction: the payment, as it is true now */
  payment?: Told;
  /** of a guarantee's act, its correction, or a certificate: the posting it stands on */
  guarantee?: GuaranteeState;
  /** whether another certificate, or another guarantee, of the contract has the entry's number */
  numberUsed: boolean;
  /** the payment document, or the returns' own document, that the entry names */
  document: Document;
  /** the one that the corrected entry named, where it is another */
  formerDocument: Document;
};

/** `status` as of a contract: unknown 0, active 2, cancelled 7. `head` is the leaf of the section's last entry. */
export type Section = { status: number; head: Hex };

export type AwardState = Section & {
  currency: string;
  value: bigint;
  /** what the contracts on it were first worth together, cancelled ones apart */
  agreed: bigint;
  /** contracts and openings made on it */
  contracts: number;
  party?: Hex;
};

export type ContractState = {
  status: number;
  /** the status before it was closed, or before its last order to start */
  previousStatus: number;
  form: number;
  currency: string;
  /** day of signing; 0 where an opening does not know it */
  on: number;
  /** of an opening: payments up to this day are in its balance; 0: none is */
  balanceOn: number;
  awardId: string;
  party?: Hex;
  post?: Hex;
  payer?: Hex;
  firstValue: bigint;
  value: bigint;
  scopeValue: bigint;
  accepted: bigint;
  certified: bigint;
  advance: bigint;
  recovered: bigint;
  withheld: bigint;
  released: bigint;
  paid: bigint;
  /** the scope was reduced, so that what is accepted may fall once */
  scopeReduced: boolean;
  supplierSigned: boolean;
  /** until when each capacity holds payments back; `FOR_EVER` without an end */
  holds: Readonly<Record<number, number>>;
  /** leaves of the last entries that matter to terms, and to execution: what is signed as `basis` */
  termsHead: Hex;
  executionHead: Hex;
};

/** The end of a hold that has none: later than any date. */
export const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** A guarantee as its acts leave it. `posting` is the leaf of its posting, by which later acts name it. */
type GuaranteeState = { posting: Hex; type: number; amount: bigint; until: number };

/** A document's total as first recorded, and the sum of its shares in force; 0 and 0 where nothing is known of it. */
export type Document = { total: bigint; used: bigint };
export const NO_DOCUMENT: Document = { total: 0n, used: 0n };

/** An entry of the process, and what is true of it now. */
export type Told = {
  leaf: Hex;
  /** of a correction: the kind that it corrects */
  kind: number;
  isCorrection: boolean;
  capacity: number;
  contractId: string;
  awardId: string;
  terms: Terms;
  /** the correction or withdrawal that came after it */
  by?: Hex;
  /** of a payment: what came back of it */
  returned?: bigint;
};

/** An entry as its maker signs it, as far as rules look at it. */
export type Act = {
  kind: number;
  capacity: number;
  ocid: string;
  agency: Hex;
  contractId: string;
  awardId: string;
  terms: Terms;
  refersTo: Hex;
  basis: Hex;
  /** of an opening of a contract */
  balances?: Balances;
};

/** What the rule sets say of this entry. */
export type Policy = {
  /** how far scope may grow over the first value, in basis points */
  capBps: bigint;
  /** forms that need an award, as a mask */
  awardForms: number;
  /** from this amount on the second signature is needed; an unlisted currency has 0 */
  threshold: bigint;
  /** who signs second: a `Role`, or `PARENT_APPROVER` */
  second: number;
  /** certificates are bound by accepted work */
  certificatesBound: boolean;
};

/** An approver whose office is held above the agency. */
export const PARENT_APPROVER = 11;

/** Who signs beside the maker. `exceptions` are those that an approver names in his signature. */
export type Approvals = {
  approver: boolean;
  parentApprover: boolean;
  supplier: boolean;
  exceptions: number;
  /** nobody: a head signed the lot of a wave, and it is recorded as found */
  found?: true;
};

/** What is true beside the process: the time, the rule sets, the registry of suppliers, and who signs. */
export type Facts = { now: number; policy: Policy; partyKnown: boolean; approvals: Approvals };

/**
 * The name of the document that an entry of this kind pays from or is booked under. Returns have documents of their own;
 * one that voids a payment names the payment's.
 */
function documentName(kind: number, { code, issuer, documentKey }: Terms): string {
  const isOwn = kind === Kind.return && code !== ReturnCode.voided;
  return `${isOwn ? "return" : "payment"}/${issuer}/${documentKey}`;
}

/** Kinds whose entries share documents. */
const SHARES_DOCUMENT: ReadonlySet<number> = new Set([Kind.payment, Kind.return]);

/** Names of the documents that an act touches: its own, and of a correction the one that was named before. */
export function documentsOf(
  subject: number,
  { kind, terms }: Pick<Act, "kind" | "terms">,
  { named }: Pick<Situation, "named">,
): { own: string; former: string } | undefined {
  if (!SHARES_DOCUMENT.has(subject)) return undefined;
  const own = documentName(subject, terms);
  return { own, former: kind === Kind.correction && named !== undefined ? documentName(subject, named.terms) : own };
}
