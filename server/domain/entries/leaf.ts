import { sha256 } from "#hash";
import { type Entry, entryWords, hashText, hashWords } from "./entry.ts";
import { LeafType } from "./kinds.ts";
import { type Hex, readUint, toHex, WORD, writeHex, writeUint } from "./words.ts";

// Leaves of the register's log (docs/reference/formats.md section 4).

const LEAF_BYTES = 44 * WORD;
/** The log's own prefix of a leaf (RFC 6962), the version of its layout, its type. */
const HEAD = [0, 1, LeafType.entry];

/** What the ledger assigns to an accepted entry. `timeMs` is the OCDS date of its release. */
export type Assigned = {
  registerSequence: number;
  processSequence: number;
  agencySequence: number;
  timeMs: number;
  previousProcess: Hex;
  previousAgency: Hex;
  wave: number;
  signers: Hex;
  exceptions: number;
};

/** One signer as the leaf chains him. `exceptions` is 0 for the maker. */
export type Signer = { holder: Hex; capacity: number; custody: number; office: Hex; exceptions: number; seen: Hex };

/** The `signers` word: chained from zero, maker first. */
export function chainSigners(signers: readonly Signer[]): Uint8Array {
  let word: Uint8Array = new Uint8Array(WORD);
  for (const s of signers) word = hashWords(word, s.holder, s.capacity, s.custody, s.office, s.exceptions, s.seen);
  return word;
}

/** The 1,408 bytes whose SHA-256 is the leaf of an entry. */
export function leafPreimage(entry: Entry, assigned: Assigned): Uint8Array {
  const out = new Uint8Array(LEAF_BYTES);
  out.set(HEAD);
  out.set(entryWords(entry), WORD);
  let at = 35 * WORD;
  for (const value of [assigned.registerSequence, assigned.processSequence, assigned.agencySequence, assigned.timeMs]) {
    writeUint(out, at, value, WORD);
    at += WORD;
  }
  writeHex(out, at, assigned.previousProcess, WORD);
  writeHex(out, at + WORD, assigned.previousAgency, WORD);
  writeUint(out, at + 2 * WORD, assigned.wave, WORD);
  writeHex(out, at + 3 * WORD, assigned.signers, WORD);
  writeUint(out, at + 4 * WORD, assigned.exceptions, WORD);
  return out;
}

/** The nine assigned words as the event carries them. @throws RangeError for a number beyond 2^53 */
export function readAssigned(bytes: Uint8Array, at: number): Assigned {
  const number = (index: number) => {
    const value = readUint(bytes, at + index * WORD, WORD);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`assigned word ${index} is too large`);
    return Number(value);
  };
  const id = (index: number) => toHex(bytes, at + index * WORD, at + (index + 1) * WORD);
  return {
    registerSequence: number(0),
    processSequence: number(1),
    agencySequence: number(2),
    timeMs: number(3),
    previousProcess: id(4),
    previousAgency: id(5),
    wave: number(6),
    signers: id(7),
    exceptions: number(8),
  };
}

export function leafHash(preimage: Uint8Array): Uint8Array {
  return sha256(preimage);
}

/**
 * A gateway's account fixed its access log: `head` is the RFC 6962 root over the hashes of the rows after its last
 * anchor, up to number `rows`.
 */
export type Anchor = {
  leaf: Hex;
  head: Hex;
  rows: number;
  account: Hex;
  registerSequence: number;
  timeMs: number;
};

const anchorType = hashText("AccessLog(bytes32 head,uint64 rows,address account)");

/** The 576 bytes whose SHA-256 is the leaf of an anchor of a gateway's access log. */
export function anchorPreimage(anchor: Omit<Anchor, "leaf">): Uint8Array {
  const out = new Uint8Array(18 * WORD);
  out.set([0, 1, LeafType.anchor]);
  out.set(anchorType, WORD);
  writeHex(out, 2 * WORD, anchor.head, WORD);
  writeUint(out, 3 * WORD, anchor.rows, WORD);
  writeHex(out, 4 * WORD + 12, anchor.account, 20);
  writeUint(out, 15 * WORD, anchor.registerSequence, WORD);
  writeUint(out, 16 * WORD, anchor.timeMs, WORD);
  return out;
}

export function anchorLeaf(anchor: Omit<Anchor, "leaf">): Hex {
  return toHex(leafHash(anchorPreimage(anchor)));
}
