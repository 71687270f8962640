import { sha256 } from "#hash";
import { hashText, hashWords } from "../entries/entry.ts";
import type { PostedSignature } from "../entries/signature.ts";
import { type Hex, toHex, utf8 } from "../entries/words.ts";
import { canonicalJson } from "../json.ts";
import type { PeriodReport } from "./period-account.ts";

/**
 * What a treasurer signs when a month is closed, or opened again: the figures, and the digest of every line behind them.
 * Canonical JSON (RFC 8785); amounts as decimal text of minor units. `previous` is the digest of the agency's act before,
 * so that none can be left out or put between.
 */
export type ClosingDocument = {
  readonly version: 1;
  readonly act: "close" | "reopen";
  /** as registered, and as the ledger has it; with those below it whose months are closed together */
  readonly agency: string;
  readonly hex: Hex;
  readonly covers: readonly Hex[];
  readonly month: string;
  /** counts the acts of this agency, from 1 */
  readonly number: number;
  readonly previous?: Hex;
  /** why it is opened again; of a closing what the treasurer wants to add */
  readonly reason?: string;
  /** up to which position the log of the register was read */
  readonly register: number;
  readonly sources: readonly {
    readonly connector: string;
    readonly kind: string;
    readonly until: string;
    readonly lines: number;
  }[];
  readonly currencies: readonly Omit<PeriodReport["currencies"][number], "cases" | "agreeing">[];
  /** SHA-256 over the lines `id SP figures SP causes LF` of all payments of the month, by id */
  readonly lines: { readonly count: number; readonly sha256: Hex };
  /** when it was made, RFC 3339 */
  readonly at: string;
};

/** SHA-256 of the canonical document. */
export function closingDigest(document: ClosingDocument): Hex {
  return toHex(sha256(utf8(canonicalJson(document))));
}

/** What the treasurer's key signs in the register's EIP-712 domain. */
export type ClosingAct = {
  readonly agency: Hex;
  /** 202603 */
  readonly month: number;
  /** 1 closes, 2 opens again */
  readonly act: 1 | 2;
  readonly digest: Hex;
  readonly previous: Hex;
  readonly holder: Hex;
  /** seconds UTC */
  readonly issued: number;
};

const CLOSING =
  "Closing(bytes32 agency,uint32 month,uint8 act,bytes32 digest,bytes32 previous,bytes32 holder,uint64 issued)";
const NONE: Hex = `0x${"0".repeat(64)}`;
const typeHash = hashText(CLOSING);

/** The act that says that a holder signs a closing document now. @param issued seconds UTC */
export function actOf(document: ClosingDocument, holder: Hex, issued: number): ClosingAct {
  return {
    agency: document.hex,
    month: Number(document.month.replace("-", "")),
    act: document.act === "close" ? 1 : 2,
    digest: closingDigest(document),
    previous: document.previous ?? NONE,
    holder,
    issued,
  };
}

/** EIP-712 struct hash. */
export function closingHash({ agency, month, act, digest, previous, holder, issued }: ClosingAct): Uint8Array {
  return hashWords(typeHash, agency, month, act, digest, previous, holder, issued);
}

/** A signed closing or reopening, as it is kept for ever. */
export type KeptClosing = {
  readonly document: ClosingDocument;
  readonly digest: Hex;
  readonly act: ClosingAct;
  readonly signature: PostedSignature;
  /** the key that signed */
  readonly key: Hex;
  /** milliseconds UTC */
  readonly keptAt: number;
};
