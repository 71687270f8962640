import { createPublicKey, randomBytes, verify } from "node:crypto";
import { createRequire } from "node:module";
import * as tiny from "tiny-secp256k1";
import { keccak256 } from "#hash";
import type { Assertion, Curves } from "../domain/entries/signature.ts";
import { fromHex, type Hex, toHex } from "../domain/entries/words.ts";

// Signatures over secp256k1, native where there is a binary (65 bytes: r ‖ s ‖ v, v = 27 or 28, low s), and of passkeys
// over P-256.

type Native = typeof import("secp256k1");

function loadNative(): Native | undefined {
  try {
    // the package's own entry falls back to slow JavaScript in silence; its native part alone is asked for
    return createRequire(import.meta.url)("secp256k1/bindings") as Native;
  } catch {
    return undefined;
  }
}

const native = loadNative();

/** Which implementation signs and recovers: the WebAssembly one is about four times slower. */
export const signatureBackend: "native" | "wasm" = native === undefined ? "wasm" : "native";

/** @param digest 32 bytes @param privateKey 32 bytes */
export function sign(digest: Uint8Array, privateKey: Uint8Array): Uint8Array {
  const out = new Uint8Array(65);
  if (native !== undefined) {
    const { signature, recid } = native.ecdsaSign(digest, privateKey);
    out.set(signature);
    out[64] = 27 + recid;
  } else {
    const { signature, recoveryId } = tiny.signRecoverable(digest, privateKey);
    out.set(signature);
    out[64] = 27 + recoveryId;
  }
  return out;
}

/** Half the order of each curve: a signature with a higher s is a second form of the same one. */
const HALF_SECP256K1 = fromHex("0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0");
const HALF_P256 = fromHex("0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8");

function isLow(s: Uint8Array, half: Uint8Array): boolean {
  for (let i = 0; i < 32; i++) if (s[i] !== half[i]) return s[i]! < half[i]!;
  return true;
}

/** The address that signed, or undefined where these 65 bytes are no signature (high s and other v included). */
export function recover(digest: Uint8Array, signature: Uint8Array): Hex | undefined {
  const v = signature[64];
  if (signature.length !== 65 || (v !== 27 && v !== 28) || !isLow(signature.subarray(32, 64), HALF_SECP256K1))
    return undefined;
  try {
    const rs = signature.subarray(0, 64);
    const recid = (v - 27) as 0 | 1;
    const key =
      native !== undefined ? native.ecdsaRecover(rs, recid, digest, false) : tiny.recover(digest, rs, recid, false);
    return key === null ? undefined : addressOf(key);
  } catch {
    return undefined;
  }
}

/** Whether a key of P-256 signed these bytes, with a low s. */
function isSigned({ x, y, signature, message }: Pick<Assertion, "x" | "y" | "signature" | "message">): boolean {
  if (!isLow(signature.subarray(32), HALF_P256)) return false;
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  try {
    // what is no point of the curve is no key
    const key = createPublicKey({ key: { kty: "EC", crv: "P-256", x: text(x), y: text(y) }, format: "jwk" });
    return verify("sha256", message, { key, dsaEncoding: "ieee-p1363" }, signature);
  } catch {
    return false;
  }
}

export const curves: Curves = { recover, isSigned };

/** The address of a public key (65 bytes, uncompressed). */
function addressOf(publicKey: Uint8Array): Hex {
  return toHex(keccak256(publicKey.subarray(1)), 12);
}

/** The address of a private key. @throws RangeError if it is none */
export function addressOfKey(privateKey: Uint8Array): Hex {
  const key = tiny.isPrivate(privateKey) ? tiny.pointFromScalar(privateKey, false) : null;
  if (key === null) throw new RangeError("not a private key of secp256k1");
  return addressOf(key);
}

/** A new private key, 32 bytes. */
export function newSecret(): Uint8Array {
  const secret = new Uint8Array(randomBytes(32));
  return tiny.isPrivate(secret) ? secret : newSecret();
}
