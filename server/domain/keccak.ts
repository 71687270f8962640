import { keccak_256 } from "@noble/hashes/sha3.js";

/** Keccak-256 of `bytes` (the hash of Ethereum, not the later SHA3-256), 32 bytes. The only door to it in this code. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes);
}
