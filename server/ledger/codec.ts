import { sha256 } from "#hash";
import { type Approval, type Cancel, type Entry, presentOf, type Terms } from "../domain/entries/entry.ts";
import { AMOUNT_TERMS, ItemType, SignatureType, TERM_NAMES } from "../domain/entries/kinds.ts";
import {
  type Assigned,
  chainSigners,
  leafHash,
  leafPreimage,
  readAssigned,
  type Signer,
} from "../domain/entries/leaf.ts";
import { bytesOf, passkeyIn, typeOf } from "../domain/entries/signature.ts";
import {
  type Hex,
  isUtf8,
  NO_ID,
  readNumber,
  readUint,
  textOf,
  toHex,
  utf8,
  WORD,
  writeHex,
  writeUint,
} from "../domain/entries/words.ts";

// The packed batch and the ledger's events (docs/reference/formats.md sections 5 and 6).

export type SignedApproval = { approval: Approval; up: number; signature: Uint8Array };

/**
 * An entry as it travels. `body` is the canonical text whose SHA-256 the entry's digest is; empty means none, or (where
 * the digest says that there is one) kept off the chain, as only waves may. A row of a lot has no signature of its own.
 */
export type EntryItem = {
  entry: Entry;
  up: number;
  stemLength: number;
  signature: Uint8Array;
  approvals: SignedApproval[];
  preimage: Uint8Array;
  body: Uint8Array;
};

export type CancelItem = { cancel: Cancel; signature: Uint8Array };

const EMPTY = toHex(sha256(new Uint8Array()));
const amounts = new Set<string>(AMOUNT_TERMS);
const WIDTH: readonly number[] = TERM_NAMES.map((name) =>
  name === "code" ? 4 : name === "currency" ? 3 : amounts.has(name) ? 16 : name === "on" || name === "until" ? 8 : 32,
);

/** Grows as it is written to; `done` gives what was written. */
class Writer {
  #bytes = new Uint8Array(4096);
  #length = 0;

  #grow(more: number): number {
    const at = this.#length;
    this.#length += more;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return at;
  }

  uint(value: number | bigint, length: number): void {
    const at = this.#grow(length);
    writeUint(this.#bytes, at, value, length);
  }

  id(value: Hex): void {
    const at = this.#grow(WORD);
    writeHex(this.#bytes, at, value, WORD);
  }

  bytes(value: Uint8Array): void {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
  }

  text(value: string): void {
    const bytes = utf8(value);
    this.uint(bytes.length, 1);
    this.bytes(bytes);
  }

  signature(value: Uint8Array): void {
    const bytes = bytesOf(value);
    this.uint(typeOf(value), 1);
    this.uint(bytes.length, 2);
    this.bytes(bytes);
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** @throws RangeError for values that the format has no room for */
export function packEntry(item: EntryItem): Uint8Array {
  const { entry, approvals, preimage, body } = item;
  const has =
    (entry.basis !== NO_ID ? 1 : 0) |
    (entry.refersTo !== NO_ID ? 2 : 0) |
    (entry.contractId !== "" ? 4 : 0) |
    (entry.awardId !== "" ? 8 : 0) |
    (preimage.length > 0 ? 16 : 0) |
    (body.length > 0 ? 32 : 0) |
    (body.length === 0 && entry.digest !== EMPTY ? 64 : 0);
  const w = new Writer();
  for (const byte of [ItemType.entry, entry.kind, entry.capacity, item.up, item.stemLength, has]) w.uint(byte, 1);
  for (const id of [entry.commandId, entry.maker, entry.agency, entry.seen]) w.id(id);
  w.uint(entry.expires, 8);
  if (has & 1) w.id(entry.basis);
  if (has & 2) w.id(entry.refersTo);
  w.text(entry.ocid);
  if (has & 4) w.text(entry.contractId);
  if (has & 8) w.text(entry.awardId);
  w.uint(presentOf(entry.terms), 4);
  for (let bit = 0; bit < TERM_NAMES.length; bit++) {
    const name = TERM_NAMES[bit]!;
    const value = entry.terms[name];
    if (value === undefined) continue;
    if (name === "currency") {
      const letters = utf8(value as string);
      if (letters.length !== 3) throw new RangeError(`currency has ${letters.length} bytes`);
      w.bytes(letters);
    } else if (WIDTH[bit] === 32) w.id(value as Hex);
    else w.uint(value as number | bigint, WIDTH[bit]!);
  }
  w.signature(item.signature);
  w.uint(approvals.length, 1);
  for (const { approval, up, signature } of approvals) {
    w.id(approval.holder);
    w.uint(approval.capacity, 1);
    w.uint(up, 1);
    w.uint(approval.exceptions, 4);
    w.id(approval.seen);
    w.uint(approval.expires, 8);
    w.signature(signature);
  }
  for (const part of [preimage, body]) {
    if (part.length === 0) continue;
    w.uint(part.length, 4);
    w.bytes(part);
  }
  if (has & 64) w.id(entry.digest);
  return w.done();
}

/** A row of a lot: where its wave and lot stand, its proof from the leaf's sibling up, and its packed entry. */
export function packRow(wave: number, lotKey: Hex, proof: readonly Hex[], entry: Uint8Array): Uint8Array {
  const w = new Writer();
  w.uint(ItemType.row, 1);
  w.uint(wave, 4);
  w.id(lotKey);
  w.uint(proof.length, 1);
  for (const sibling of proof) w.id(sibling);
  w.bytes(entry);
  return w.done();
}

export function packCancel({ cancel, signature }: CancelItem): Uint8Array {
  const w = new Writer();
  w.uint(ItemType.cancel, 1);
  w.id(cancel.target);
  w.id(cancel.holder);
  w.uint(cancel.expires, 8);
  w.signature(signature);
  return w.done();
}

/** Packed items into one batch, in order. */
export function packBatch(items: readonly Uint8Array[]): Uint8Array {
  const w = new Writer();
  w.uint(1, 1);
  w.uint(items.length, 2);
  for (const item of items) {
    w.uint(item.length, 4);
    w.bytes(item);
  }
  return w.done();
}

/** The bytes are no item of this version; `position` is where reading stopped. */
export class CodecFault extends Error {
  readonly position: number;

  constructor(position: number, message: string) {
    super(`byte ${position}: ${message}`);
    this.name = "CodecFault";
    this.position = position;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  #take(length: number): number {
    const at = this.position;
    if (at + length > this.#bytes.length) throw new CodecFault(at, `${length} bytes are missing`);
    this.position = at + length;
    return at;
  }

  number(length: number): number {
    const value = this.uint(length);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new CodecFault(this.position - length, "number beyond 2^53");
    return Number(value);
  }

  uint(length: number): bigint {
    return readUint(this.#bytes, this.#take(length), length);
  }

  id(): Hex {
    const at = this.#take(WORD);
    return toHex(this.#bytes, at, at + WORD);
  }

  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    const bytes = this.bytes(this.number(1));
    if (!isUtf8(bytes)) throw new CodecFault(this.position - bytes.length, "text is not UTF-8");
    return textOf(bytes);
  }

  currency(): string {
    const letters = textOf(this.bytes(3));
    if (!/^[A-Z]{3}$/.test(letters)) throw new CodecFault(this.position - 3, "not three capital letters");
    return letters;
  }

  signature(): Uint8Array {
    const at = this.position;
    const type = this.number(1);
    const bytes = this.bytes(this.number(2));
    if (type === 0 && bytes.length === 0) return bytes;
    if (type < SignatureType.secp256k1 || type > SignatureType.passkeyBundle)
      throw new CodecFault(at, `signature type ${type}`);
    // with its type in front, any other of 64 bytes would be taken for one of secp256k1
    if (type === SignatureType.secp256k1 ? bytes.length !== 65 : bytes.length === 64)
      throw new CodecFault(at, `signature of type ${type} with ${bytes.length} bytes`);
    return type === SignatureType.secp256k1 ? bytes : Uint8Array.of(type, ...bytes);
  }
}

/** Reads one entry item. @throws CodecFault for anything else */
export function unpackEntry(bytes: Uint8Array): EntryItem {
  const r = new Reader(bytes);
  const type = r.number(1);
  if (type !== ItemType.entry) throw new CodecFault(0, `item type ${type}`);
  const [kind, capacity, up, stemLength, has] = [r.number(1), r.number(1), r.number(1), r.number(1), r.number(1)];
  // bits without a meaning are refused by the ledger too: what they say would be lost
  if (has > 127 || (has & 96) === 96) throw new CodecFault(5, `presence ${has}`);
  const [commandId, maker, agency, seen] = [r.id(), r.id(), r.id(), r.id()];
  const expires = r.number(8);
  const basis = has & 1 ? r.id() : NO_ID;
  const refersTo = has & 2 ? r.id() : NO_ID;
  const ocid = r.text();
  const contractId = has & 4 ? r.text() : "";
  const awardId = has & 8 ? r.text() : "";
  const present = r.number(4);
  if (present >= 2 ** TERM_NAMES.length) throw new CodecFault(r.position - 4, `terms ${present}`);
  const terms: Record<string, unknown> = {};
  for (let bit = 0; bit < TERM_NAMES.length; bit++) {
    if ((present & (1 << bit)) === 0) continue;
    const width = WIDTH[bit]!;
    terms[TERM_NAMES[bit]!] =
      width === 3 ? r.currency() : width === 32 ? r.id() : width === 16 ? r.uint(16) : r.number(width);
  }
  const signature = r.signature();
  const approvals: SignedApproval[] = [];
  for (let left = r.number(1); left > 0; left--) {
    const holder = r.id();
    const [role, above] = [r.number(1), r.number(1)];
    const approval = { holder, capacity: role, exceptions: r.number(4), seen: r.id(), expires: r.number(8) };
    approvals.push({ approval, up: above, signature: r.signature() });
  }
  const preimage = has & 16 ? r.bytes(r.number(4)) : new Uint8Array();
  const body = has & 32 ? r.bytes(r.number(4)) : new Uint8Array();
  const digest = has & 64 ? r.id() : toHex(sha256(body));
  if (r.position !== bytes.length) throw new CodecFault(r.position, "surplus bytes");
  const entry: Entry = {
    commandId,
    maker,
    capacity,
    ocid,
    contractId,
    awardId,
    agency,
    kind,
    basis,
    seen,
    digest,
    terms: terms as Terms,
    refersTo,
    expires,
  };
  return { entry, up, stemLength, signature, approvals, preimage, body };
}

/** The passkeys' signatures in a packed entry or cancel, each by its r and s: all of a bundle have the same. */
export function passkeysIn(item: Uint8Array): Hex[] {
  const r = new Reader(item);
  const found: Hex[] = [];
  const take = () => {
    const by = passkeyIn(r.signature());
    if (by !== undefined) found.push(by);
  };
  if (r.number(1) === ItemType.entry) {
    r.bytes(4);
    const has = r.number(1);
    r.bytes(4 * WORD + 8 + (has & 1 ? WORD : 0) + (has & 2 ? WORD : 0));
    for (const bit of [0, 4, 8]) if (bit === 0 || has & bit) r.bytes(r.number(1));
    const present = r.number(4);
    r.bytes(WIDTH.reduce((sum, width, bit) => sum + (present & (1 << bit) ? width : 0), 0));
    take();
    for (let left = r.number(1); left > 0; left--) {
      r.bytes(2 * WORD + 14);
      take();
    }
  } else if (item[0] === ItemType.cancel) {
    r.bytes(2 * WORD + 8);
    take();
  }
  return found;
}

/** An accepted entry as its event tells it. */
export type Recorded = {
  leaf: Hex;
  process: Hex;
  agency: Hex;
  assigned: Assigned;
  excess: bigint;
  signers: Signer[];
} & EntryItem;

/**
 * Reads an EntryRecorded event; the leaf is recomputed from it, so what is read is what was logged.
 * @param topics of the log: signature, leaf, process, agency
 * @throws CodecFault where the event and its leaf disagree
 */
export function readRecorded(topics: readonly string[], data: Uint8Array): Recorded {
  const assigned = readAssigned(data, 0);
  const excess = readUint(data, 9 * WORD, WORD);
  const custodies = dynamic(data, 10);
  const item = unpackEntry(dynamic(data, 11));
  const { entry, approvals } = item;
  const signers: Signer[] = [
    { holder: entry.maker, capacity: entry.capacity, exceptions: 0, seen: entry.seen },
    ...approvals.map(({ approval: a }) => ({
      holder: a.holder,
      capacity: a.capacity,
      exceptions: a.capacity === 3 ? a.exceptions : 0, // only an approver's exceptions count
      seen: a.seen,
    })),
  ].map((signer, i) => ({
    ...signer,
    custody: custodies[i * 33] ?? 0,
    office: custodies.length >= (i + 1) * 33 ? toHex(custodies, i * 33 + 1, (i + 1) * 33) : NO_ID,
  }));
  const leaf = toHex(leafHash(leafPreimage(entry, assigned)));
  if (leaf !== topics[1]) throw new CodecFault(0, `the leaf is ${topics[1]}, its content gives ${leaf}`);
  if (toHex(chainSigners(signers)) !== assigned.signers) throw new CodecFault(0, "the signers differ from the leaf's");
  return { leaf, process: topics[2] as Hex, agency: topics[3] as Hex, assigned, excess, signers, ...item };
}

/** The ABI's dynamic bytes whose offset stands in word `index`. */
function dynamic(data: Uint8Array, index: number): Uint8Array {
  const offset = readNumber(data, (index + 1) * WORD - 6, 6);
  const length = readNumber(data, offset + WORD - 6, 6);
  if (!(offset + WORD + length <= data.length)) throw new CodecFault(offset, "the event's bytes are cut");
  return data.subarray(offset + WORD, offset + WORD + length);
}
