import { fromHex } from "../entries/words.ts";

/** Recursive Length Prefix, Ethereum's encoding of bytes and lists (yellow paper, appendix B): transactions, headers, receipts, journal. */
export type Rlp = Uint8Array | Rlp[];

/** Encodes bytes or a (nested) list of bytes. */
export function encodeRlp(item: Rlp): Uint8Array {
  const out = new Uint8Array(encodedSize(item));
  write(item, out, 0);
  return out;
}

/** Decodes exactly one item; parts are views into `bytes`. Throws `RangeError` on any encoding that is not the canonical one. */
export function decodeRlp(bytes: Uint8Array): Rlp {
  const { item, end } = read(bytes, 0, bytes.length, 0);
  if (end !== bytes.length) throw new RangeError("RLP: bytes after the item");
  return item;
}

/** The bytes of a whole number, big-endian without leading zeros, as RLP and Ethereum write numbers. */
export function fromNumber(value: number | bigint): Uint8Array {
  if (value < 0 || (typeof value === "number" && !Number.isSafeInteger(value))) throw new RangeError("RLP: number");
  if (BigInt(value) === 0n) return new Uint8Array();
  const hex = value.toString(16);
  return fromHex(`0x${hex.length % 2 ? "0" : ""}${hex}`);
}

/** The number in such bytes; throws `RangeError` beyond 2^53 or with a leading zero. */
export function toNumber(item: Rlp | undefined): number {
  const bytes = toBytes(item);
  if (bytes.length > 7 || bytes[0] === 0) throw new RangeError("RLP: not a number");
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  if (!Number.isSafeInteger(value)) throw new RangeError("RLP: number too large");
  return value;
}

/** The item as bytes, of the given length if one is given; throws `RangeError` otherwise. */
export function toBytes(item: Rlp | undefined, length?: number): Uint8Array {
  if (!(item instanceof Uint8Array) || (length !== undefined && item.length !== length))
    throw new RangeError("RLP: expected bytes");
  return item;
}

/** The item as a list; throws `RangeError` otherwise. */
export function toList(item: Rlp | undefined): Rlp[] {
  if (!Array.isArray(item)) throw new RangeError("RLP: expected a list");
  return item;
}

// Lists inside lists: ours need four levels; strangers' bytes must not exhaust the stack.
const deepest = 16;

function contentSize(item: Rlp): number {
  if (item instanceof Uint8Array) return item.length;
  let size = 0;
  for (const part of item) size += encodedSize(part);
  return size;
}

function encodedSize(item: Rlp): number {
  const size = contentSize(item);
  if (item instanceof Uint8Array && size === 1 && item[0]! < 0x80) return 1;
  return size + (size < 56 ? 1 : 1 + fromNumber(size).length);
}

function write(item: Rlp, out: Uint8Array, at: number): number {
  const isBytes = item instanceof Uint8Array;
  const size = contentSize(item);
  if (!(isBytes && size === 1 && item[0]! < 0x80)) {
    const offset = isBytes ? 0x80 : 0xc0;
    if (size < 56) out[at++] = offset + size;
    else {
      const length = fromNumber(size);
      out[at++] = offset + 55 + length.length;
      out.set(length, at);
      at += length.length;
    }
  }
  if (isBytes) {
    out.set(item, at);
    return at + size;
  }
  for (const part of item) at = write(part, out, at);
  return at;
}

function read(bytes: Uint8Array, at: number, limit: number, depth: number): { item: Rlp; end: number } {
  if (at >= limit || depth > deepest) throw new RangeError("RLP: cut short or too deep");
  const first = bytes[at]!;
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 };
  const isBytes = first < 0xc0;
  const code = first - (isBytes ? 0x80 : 0xc0);
  let start = at + 1;
  let size = code;
  if (code > 55) {
    start += code - 55;
    if (start > limit) throw new RangeError("RLP: cut short");
    size = toNumber(bytes.subarray(at + 1, start));
    if (size < 56) throw new RangeError("RLP: length not in its shortest form");
  }
  const end = start + size;
  if (end > limit) throw new RangeError("RLP: cut short");
  if (isBytes) {
    if (size === 1 && bytes[start]! < 0x80) throw new RangeError("RLP: byte not in its shortest form");
    return { item: bytes.subarray(start, end), end };
  }
  const item: Rlp[] = [];
  for (let next = start; next < end; ) {
    const part = read(bytes, next, end, depth + 1);
    item.push(part.item);
    next = part.end;
  }
  return { item, end };
}
