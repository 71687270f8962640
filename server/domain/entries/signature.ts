import { keccak256, sha256 } from "#hash";
import { codeOf, type Refusal } from "../problems.ts";
import { auditPath, LogFrontier, rootOfPath } from "../proofs/log.ts";
import { bundleHash, signedDigest } from "./entry.ts";
import { SignatureType } from "./kinds.ts";
import { fromHex, type Hex, readNumber, readUint, textOf, toHex, utf8, WORD, writeHex, writeUint } from "./words.ts";

// Signatures in their four forms, and everything about them that takes no elliptic curve: contracts/Passkeys.sol judges
// the same (docs/reference/formats.md section 5). A signature in hand is one array of bytes: the 65 of secp256k1, or its
// type and what follows. No other form has 65 bytes.

/** A passkey's assertion as it is posted: `0x` text, `s` low; what the browser gave, byte for byte. */
export type PostedPasskey = {
  type: "webauthn";
  x: Hex;
  y: Hex;
  r: Hex;
  s: Hex;
  authenticatorData: Hex;
  clientDataJSON: Hex;
};
/** A place in a signed bundle; without `capacity` it is that of what is signed. */
export type PostedBundle = {
  type: "bundle";
  root: Hex;
  count: number;
  capacity?: number | undefined;
  expires: number;
  index: number;
  /** siblings from the leaf's own to the root's */
  proof: readonly Hex[];
  signature: Hex | PostedPasskey;
};
/** A signature as it is posted; as text it is that of secp256k1. */
export type PostedSignature = Hex | PostedPasskey | PostedBundle;

export const MAX_BUNDLE = 256;
/** Bytes of a passkey's signature, at most. */
export const MAX_PASSKEY = 2_048;
const SECP256K1_BYTES = 65;
/** x, y, r, s and the length of authenticatorData */
const PASSKEY_HEADER = 4 * WORD + 2;
/** rpIdHash, flags, counter of signatures */
const AUTHENTICATOR_DATA = 37;
/** root, count, capacity, expires, index, number of siblings */
const BUNDLE_HEADER = WORD + 14;

/** Which of the four forms a signature has; what is empty has none. */
export function typeOf(signature: Uint8Array): number {
  return signature.length === SECP256K1_BYTES ? SignatureType.secp256k1 : (signature[0] ?? 0);
}

/** A signature without its type: the bytes that travel behind it. */
export function bytesOf(signature: Uint8Array): Uint8Array {
  return signature.length === SECP256K1_BYTES ? signature : signature.subarray(1);
}

function typed(type: number, ...parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(1 + parts.reduce((sum, { length }) => sum + length, 0));
  out[0] = type;
  let at = 1;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** @param capacity of what is signed @throws RangeError for numbers and texts that have no such form */
export function readPosted(posted: PostedSignature, capacity: number): Uint8Array {
  if (typeof posted === "string") return fromHex(posted);
  if (posted.type === "webauthn") {
    const data = fromHex(posted.authenticatorData);
    const header = new Uint8Array(PASSKEY_HEADER);
    for (const [i, word] of [posted.x, posted.y, posted.r, posted.s].entries()) writeHex(header, i * WORD, word, WORD);
    writeUint(header, 4 * WORD, data.length, 2);
    return typed(SignatureType.passkey, header, data, fromHex(posted.clientDataJSON));
  }
  const { root, count, expires, index, proof } = posted;
  const inner = readPosted(posted.signature, 0);
  const header = new Uint8Array(BUNDLE_HEADER);
  writeHex(header, 0, root, WORD);
  writeUint(header, WORD, count, 2);
  writeUint(header, WORD + 2, posted.capacity ?? capacity, 1);
  writeUint(header, WORD + 3, expires, 8);
  writeUint(header, WORD + 11, index, 2);
  writeUint(header, WORD + 13, proof.length, 1);
  const type = typeOf(inner) === SignatureType.secp256k1 ? SignatureType.bundle : SignatureType.passkeyBundle;
  return typed(type, header, ...proof.map(fromHex), bytesOf(inner));
}

// ---- passkeys

/** base64url of a digest: what a browser is asked to sign as challenge is the digest's own bytes. */
export function challengeOf(digest: Uint8Array): string {
  return btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/** SHA-256 of the domain that a passkey is bound to. */
export function rpIdHashOf(rpId: string): Hex {
  return toHex(sha256(utf8(rpId)));
}

/** A passkey's address: last 20 bytes of keccak256("prasasti passkey v1" ‖ rpIdHash ‖ x ‖ y). */
export function passkeyAddress(rpIdHash: Hex, x: Hex, y: Hex): Hex {
  return toHex(keccak256(typed(TAG[0]!, TAG.subarray(1), fromHex(rpIdHash), fromHex(x), fromHex(y))), 12);
}
const TAG = utf8("prasasti passkey v1");

/** The order of P-256; of s and the order minus s, one is low. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/**
 * What a browser answers to `navigator.credentials.get`, as it is posted.
 * @param publicKey of the passkey: SubjectPublicKeyInfo, as `getPublicKey()` gave it when it was made
 * @param response its signature is DER, with a high s as often as a low one
 * @throws RangeError where either is of another sort of key
 */
export function fromAssertion(
  publicKey: Uint8Array,
  response: { authenticatorData: Uint8Array; clientDataJSON: Uint8Array; signature: Uint8Array },
): PostedPasskey {
  const { x, y } = pointOf(publicKey);
  const [r, s] = integersOf(response.signature);
  const word = (value: bigint): Hex => `0x${value.toString(16).padStart(2 * WORD, "0")}`;
  return {
    type: "webauthn",
    x,
    y,
    r: word(r),
    s: word(s > ORDER / 2n ? ORDER - s : s),
    authenticatorData: toHex(response.authenticatorData),
    clientDataJSON: toHex(response.clientDataJSON),
  };
}

/** What stands before a point of P-256, uncompressed, in its SubjectPublicKeyInfo (RFC 5480). */
const SPKI = fromHex("0x3059301306072a8648ce3d020106082a8648ce3d03010703420004");

/** The point of a P-256 key in SubjectPublicKeyInfo. @throws RangeError for any other key */
export function pointOf(publicKey: Uint8Array): { x: Hex; y: Hex } {
  const at = SPKI.length;
  if (publicKey.length !== at + 2 * WORD || toHex(publicKey, 0, at) !== toHex(SPKI))
    throw new RangeError("not a public key of P-256");
  return { x: toHex(publicKey, at, at + WORD), y: toHex(publicKey, at + WORD) };
}

/** r and s of a DER signature (RFC 3279 section 2.2.3). */
function integersOf(der: Uint8Array): [bigint, bigint] {
  const found: bigint[] = [];
  let at = 2;
  while (at < der.length && der[at] === 2) {
    const length = der[at + 1]!;
    found.push(readUint(der, at + 2, length));
    at += 2 + length;
  }
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || at !== der.length || found.length !== 2)
    throw new RangeError("not a DER signature of P-256");
  return found as [bigint, bigint];
}

/** What a passkey's signature says, before the curve is asked: who, where, and what bytes the key signed. */
export type Assertion = {
  key: Hex;
  /** keccak256 of the origin, and the domain's hash: registered by the council, or not */
  origin: Hex;
  rpIdHash: Hex;
  x: Uint8Array;
  y: Uint8Array;
  /** r ‖ s */
  signature: Uint8Array;
  /** its SHA-256 is what was signed */
  message: Uint8Array;
};

const refusal = (name: Parameters<typeof codeOf>[0], a: number | Hex, b: number | Hex): Refusal => ({
  code: codeOf(name),
  a: BigInt(a),
  b: BigInt(b),
});
const isRefusal = (value: object): value is Refusal => "code" in value;

const TYPE = '{"type":"webauthn.get","challenge":"';
const ORIGIN = '","origin":"';
const AFTER_CHALLENGE = TYPE.length + 43;
const ORIGIN_AT = AFTER_CHALLENGE + ORIGIN.length;
const [PRESENT_AND_VERIFIED, BACKUP, BACKUP_INVALID] = [0x05, 0x18, 0x10];

/** Reads a passkey's signature of a digest as contracts/Passkeys.sol does. @param bytes without the type */
export function readAssertion(digest: Uint8Array, bytes: Uint8Array): Assertion | Refusal {
  const shortest = PASSKEY_HEADER + AUTHENTICATOR_DATA + ORIGIN_AT;
  if (bytes.length < shortest) return refusal("signature-malformed", bytes.length, shortest);
  if (bytes.length > MAX_PASSKEY) return refusal("signature-malformed", bytes.length, MAX_PASSKEY);
  const length = readNumber(bytes, 4 * WORD, 2);
  if (length < AUTHENTICATOR_DATA) return refusal("signature-malformed", length, AUTHENTICATOR_DATA);
  const room = bytes.length - PASSKEY_HEADER - ORIGIN_AT;
  if (length > room) return refusal("signature-malformed", length, room);
  const data = bytes.subarray(PASSKEY_HEADER, PASSKEY_HEADER + length);
  const client = bytes.subarray(PASSKEY_HEADER + length);
  const flags = data[WORD]!;
  if ((flags & PRESENT_AND_VERIFIED) !== PRESENT_AND_VERIFIED || (flags & BACKUP) === BACKUP_INVALID)
    return refusal("passkey-user", flags, PRESENT_AND_VERIFIED);
  const origin = originIn(digest, client);
  if (isRefusal(origin)) return origin;
  const [rpIdHash, x, y] = [toHex(data, 0, WORD), bytes.subarray(0, WORD), bytes.subarray(WORD, 2 * WORD)];
  return {
    key: passkeyAddress(rpIdHash, toHex(x), toHex(y)),
    origin: toHex(keccak256(origin)),
    rpIdHash,
    x,
    y,
    signature: bytes.subarray(2 * WORD, 4 * WORD),
    message: typed(data[0]!, data.subarray(1), sha256(client)),
  };
}

/** The origin in clientDataJSON, which must be as browsers serialise it (WebAuthn 2, section 5.8.1.1). */
function originIn(digest: Uint8Array, client: Uint8Array): Uint8Array | Refusal {
  const text = (from: number, to: number) => textOf(client.subarray(from, to));
  if (text(0, TYPE.length) !== TYPE) return refusal("passkey-client-data", 0, client.length);
  if (text(TYPE.length, AFTER_CHALLENGE) !== challengeOf(digest))
    return refusal("passkey-challenge", toHex(digest), client.length);
  if (text(AFTER_CHALLENGE, ORIGIN_AT) !== ORIGIN)
    return refusal("passkey-client-data", AFTER_CHALLENGE, client.length);
  const quote = client.indexOf(QUOTE, ORIGIN_AT);
  const end = quote < 0 ? client.length : quote;
  // a page in a frame shows what it likes around it
  if (!/^"(\}$|,"crossOrigin":false[},])/.test(text(end, client.length)))
    return refusal("passkey-client-data", end, client.length);
  return client.subarray(ORIGIN_AT, end);
}
const QUOTE = 0x22;

// ---- bundles

/** The tree's leaf of an entry's or approval's hash: what tells it from a node is the byte before it, as in RFC 6962. */
function leafOf(hash: Uint8Array): Uint8Array {
  return sha256(typed(0, hash));
}

/**
 * A tree over what is signed together, and the proof of each place in it.
 * @param hashes of entries, or of approvals: 1 to 256
 * @throws RangeError for more or none
 */
export async function bundleOver(
  hashes: readonly Uint8Array[],
): Promise<{ root: Hex; count: number; proofs: Hex[][] }> {
  const count = hashes.length;
  if (count < 1 || count > MAX_BUNDLE) throw new RangeError(`a bundle of ${count}`);
  const tree = new LogFrontier();
  const nodes = new Map<string, Hex>();
  for (const hash of hashes)
    tree.append(leafOf(hash), (height, index, node) => nodes.set(`${height}/${index}`, toHex(node)));
  const read = async (height: number, index: number) => nodes.get(`${height}/${index}`)!;
  const proofs = await Promise.all(hashes.map((_, index) => auditPath(index, count, read)));
  return { root: toHex(tree.root()), count, proofs };
}

const MONTH = 31 * 86_400;

/**
 * Reads a bundle's signature as contracts/Passkeys.sol does: the hash of the bundle, and its own signature.
 * @param bytes without the type
 * @param now seconds UTC
 */
export function readBundled(
  hash: Uint8Array,
  capacity: number,
  bytes: Uint8Array,
  now: number,
): { bundle: Uint8Array; own: Uint8Array } | Refusal {
  if (bytes.length < BUNDLE_HEADER) return refusal("signature-malformed", bytes.length, BUNDLE_HEADER);
  const at = BUNDLE_HEADER + bytes[BUNDLE_HEADER - 1]! * WORD;
  if (bytes.length < at) return refusal("signature-malformed", bytes.length, at);
  const root = toHex(bytes, 0, WORD);
  const count = readNumber(bytes, WORD, 2);
  const signedAs = bytes[WORD + 2]!;
  const expires = readUint(bytes, WORD + 3, 8);
  const index = readNumber(bytes, WORD + 11, 2);
  if (count === 0 || count > MAX_BUNDLE) return refusal("bundle-size", count, MAX_BUNDLE);
  if (signedAs !== capacity) return refusal("bundle-capacity", signedAs, capacity);
  if (expires < now) return { code: codeOf("bundle-expired"), a: expires, b: BigInt(now) };
  if (expires > now + MONTH) return { code: codeOf("expires-too-far"), a: expires, b: BigInt(now + MONTH) };
  const path: Hex[] = [];
  for (let p = BUNDLE_HEADER; p < at; p += WORD) path.push(toHex(bytes, p, p + WORD));
  if (rootOfPath(toHex(leafOf(hash)), index, count, path) !== root) return refusal("bundle-proof", index, count);
  return { bundle: bundleHash({ root, count, capacity, expires: Number(expires) }), own: bytes.subarray(at) };
}

/** r ‖ s of the passkey's signature in one, also of its bundle; undefined where there is none. */
export function passkeyIn(signature: Uint8Array): Hex | undefined {
  const bytes = bytesOf(signature);
  const type = typeOf(signature);
  if (type !== SignatureType.passkey && type !== SignatureType.passkeyBundle) return undefined;
  const at = type === SignatureType.passkey ? 0 : BUNDLE_HEADER + (bytes[BUNDLE_HEADER - 1] ?? 0) * WORD;
  return toHex(bytes.subarray(at + 2 * WORD, at + 4 * WORD));
}

// ---- all of them

/** Who signed, in which bundle, and on which page. */
export type Signed = { key: Hex; bundle?: Hex; place?: { origin: Hex; rpIdHash: Hex } };

/** The curves: the address that signed a digest with secp256k1, and whether a key of P-256 signed these bytes, s low. */
export type Curves = {
  recover(digest: Uint8Array, signature: Uint8Array): Hex | undefined;
  isSigned(by: Pick<Assertion, "x" | "y" | "signature" | "message">): boolean;
};

/**
 * Who signed, as the ledger would find it. Whose key it is, whether it counts, and whether the council admits the origin
 * or the signer took the bundle back, is asked elsewhere.
 * @param hash struct hash of what was signed, or of what its bundle holds
 * @param capacity in which it is signed; 0 for what no bundle holds: cancels, acts, sign-ins
 */
export function whoSigned(
  given: { separator: Uint8Array; hash: Uint8Array; capacity: number; signature: Uint8Array; now: number },
  curves: Curves,
): Signed | Refusal {
  const { separator, hash, capacity, signature, now } = given;
  const [type, bytes] = [typeOf(signature), bytesOf(signature)];
  const inner = capacity === 0 ? undefined : BUNDLED[type];
  if (inner === undefined) return signerOf(signedDigest(separator, hash), type, bytes, curves);
  const bundled = readBundled(hash, capacity, bytes, now);
  if (isRefusal(bundled)) return bundled;
  const signed = signerOf(signedDigest(separator, bundled.bundle), inner, bundled.own, curves);
  return isRefusal(signed) ? signed : { ...signed, bundle: toHex(bundled.bundle) };
}

/** The type of a bundle's own signature. */
const BUNDLED: Readonly<Record<number, number>> = {
  [SignatureType.bundle]: SignatureType.secp256k1,
  [SignatureType.passkeyBundle]: SignatureType.passkey,
};

function signerOf(digest: Uint8Array, type: number, bytes: Uint8Array, curves: Curves): Signed | Refusal {
  if (type === SignatureType.passkey) {
    const assertion = readAssertion(digest, bytes);
    if (isRefusal(assertion)) return assertion;
    if (!curves.isSigned(assertion)) return refusal("bad-signature", 0, 0);
    const { key, origin, rpIdHash } = assertion;
    return { key, place: { origin, rpIdHash } };
  }
  if (type !== SignatureType.secp256k1 || bytes.length !== SECP256K1_BYTES)
    return refusal("signature-type", type, bytes.length);
  const key = curves.recover(digest, bytes);
  return key === undefined ? refusal("bad-signature", 0, 0) : { key };
}
