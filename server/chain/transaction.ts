import secp256k1 from "secp256k1";
import { keccak256 } from "#hash";
import { decodeRlp, encodeRlp, fromNumber, toBytes, toList, toNumber } from "../domain/proofs/rlp.ts";
import { TransactionRefused } from "./chain.ts";

/** A legacy transaction (EIP-155): what this register sends, on any chain. */
export type TransactionFields = {
  chainId: number;
  nonce: number;
  gas: number;
  /** 0x address, or null to create a contract */
  to: string | null;
  data: Uint8Array;
  /** in wei; zero where the chain has no fees */
  gasPrice?: number;
};

/** What the signed bytes say. `from` is recovered from the signature. */
export type Transaction = TransactionFields & { hash: string; from: string; raw: Uint8Array };

/** Signs with a 32-byte secp256k1 key; the same fields and key always give the same bytes (RFC 6979). */
export function signTransaction(fields: TransactionFields, key: Uint8Array): { raw: Uint8Array; hash: string } {
  const { chainId, nonce, gas, to, data } = fields;
  const gasPrice = fromNumber(fields.gasPrice ?? 0);
  const value = fromNumber(0);
  const body = [fromNumber(nonce), gasPrice, fromNumber(gas), to === null ? empty : fromHex(to), value, data];
  const digest = keccak256(encodeRlp([...body, fromNumber(chainId), empty, empty]));
  const { signature, recid } = secp256k1.ecdsaSign(digest, key);
  const v = fromNumber(chainId * 2 + 35 + recid);
  const raw = encodeRlp([...body, v, unpadded(signature.subarray(0, 32)), unpadded(signature.subarray(32))]);
  return { raw, hash: toHex(keccak256(raw)) };
}

/**
 * Reads a signed transaction, legacy with EIP-155 or of type 1 or 2, and recovers its sender.
 * Throws `RangeError` on anything else. Fee fields are not read: the engine judges those.
 */
export function parseTransaction(raw: Uint8Array): Transaction {
  const { preimage, signature, recovery, ...fields } = read(raw);
  return { ...fields, raw, hash: toHex(keccak256(raw)), from: recover(keccak256(preimage()), signature, recovery) };
}

/** The fields alone, for bytes that were checked before: nothing is hashed or recovered. */
export function readFields(raw: Uint8Array): TransactionFields {
  return read(raw);
}

/** The 0x address, in lower case, of a 32-byte private key. */
export function addressOf(key: Uint8Array): string {
  return toAddress(secp256k1.publicKeyCreate(key, false));
}

/** As `domain/entries/words.ts` has it, by Buffer: whole blocks and deployments pass here. */
export function toHex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** Bytes of 0x text; throws `RangeError` if it is not whole bytes in hexadecimal. */
export function fromHex(text: string): Uint8Array {
  // Buffer stops at the first bad digit without a word, so the length tells.
  const bytes = Buffer.from(text.startsWith("0x") ? text.slice(2) : "zz", "hex");
  if (bytes.length * 2 + 2 !== text.length) throw new RangeError("not 0x-prefixed hexadecimal bytes");
  return bytes;
}

/** The type of a signed transaction (EIP-2718): 0 legacy, 1 or 2. */
export function typeOf(raw: Uint8Array): 0 | 1 | 2 {
  return raw[0] === 1 || raw[0] === 2 ? raw[0] : 0;
}

const empty = new Uint8Array();

// Number of fields; places of nonce, gas (then to, value, data) and signature: EIP-155, EIP-2930, EIP-1559.
const layouts = [
  { count: 9, nonce: 0, gas: 2, signature: 6 },
  { count: 11, nonce: 1, gas: 3, signature: 8 },
  { count: 12, nonce: 1, gas: 4, signature: 9 },
] as const;

function read(raw: Uint8Array) {
  const type = typeOf(raw);
  const layout = layouts[type];
  const fields = toList(decodeRlp(type === 0 ? raw : raw.subarray(1)));
  if (fields.length !== layout.count) throw new RangeError("transaction: wrong number of fields");
  const [v, r, s] = fields.slice(layout.signature);
  const parity = toNumber(v);
  if (type === 0 && parity < 37) throw new RangeError("transaction: does not name its chain (EIP-155)");
  const chainId = type === 0 ? Math.floor((parity - 35) / 2) : toNumber(fields[0]);
  const signed = fields.slice(0, layout.signature);
  const to = toBytes(fields[layout.gas + 1]);
  if (to.length !== 0 && to.length !== 20) throw new RangeError("transaction: address");
  return {
    chainId,
    nonce: toNumber(fields[layout.nonce]),
    gas: toNumber(fields[layout.gas]),
    to: to.length === 0 ? null : toHex(to),
    data: toBytes(fields[layout.gas + 3]),
    /** The bytes whose hash was signed. */
    preimage: () =>
      type === 0
        ? encodeRlp([...signed, fromNumber(chainId), empty, empty])
        : Buffer.concat([Uint8Array.of(type), encodeRlp(signed)]),
    signature: { r: toBytes(r), s: toBytes(s) },
    recovery: type === 0 ? (parity - 35) % 2 : parity,
  };
}

function recover(digest: Uint8Array, { r, s }: { r: Uint8Array; s: Uint8Array }, recovery: number): string {
  if (r.length > 32 || s.length > 32 || recovery > 1) throw new RangeError("transaction: signature");
  const signature = new Uint8Array(64);
  signature.set(r, 32 - r.length);
  signature.set(s, 64 - s.length);
  try {
    return toAddress(secp256k1.ecdsaRecover(signature, recovery, digest, false));
  } catch (cause) {
    throw new RangeError("transaction: signature", { cause });
  }
}

function toAddress(publicKey: Uint8Array): string {
  return toHex(keccak256(publicKey.subarray(1)).subarray(12));
}

function unpadded(word: Uint8Array): Uint8Array {
  let zeros = 0;
  while (word[zeros] === 0) zeros++;
  return word.subarray(zeros);
}

/** One of the transactions of a `Chain.submit`. @throws TransactionRefused with its place */
export function parseSubmitted(raw: Uint8Array, index: number): Transaction {
  try {
    return parseTransaction(raw);
  } catch (cause) {
    throw new TransactionRefused("malformed", index, "not a signed transaction", { cause });
  }
}
