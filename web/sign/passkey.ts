import { p256 } from "@noble/curves/nist.js";
import { sha256 } from "#hash";
import { type PostedPasskey, passkeyAddress, pointOf, rpIdHashOf } from "../../server/domain/entries/signature.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";

// Passkeys: the challenge is the digest that is signed, so the authenticator's answer is the signature.

export type Passkey = { address: Hex; x: Hex; y: Hex; rpId: string; rpIdHash: Hex };

/** Makes a passkey that stays with the person (discoverable, user verified); only its public part leaves. */
export async function makePasskey(name: string): Promise<Passkey> {
  const rpId = location.hostname;
  const created = (await navigator.credentials.create({
    publicKey: {
      rp: { id: rpId, name: "Prasasti" },
      user: { id: crypto.getRandomValues(new Uint8Array(16)), name, displayName: name },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    },
  })) as PublicKeyCredential | null;
  const spki = (created?.response as AuthenticatorAttestationResponse | undefined)?.getPublicKey();
  if (!spki) throw new Error("the authenticator gave no public key");
  const { x, y } = pointOf(new Uint8Array(spki));
  const rpIdHash = rpIdHashOf(rpId);
  return { address: passkeyAddress(rpIdHash, x, y), x, y, rpId, rpIdHash };
}

/**
 * Signs a digest. An answer does not say whose key it was; of the keys that could have made it the one is taken whose
 * address is among `addresses`.
 * @throws Error "unknown-key" where none is
 */
export async function signWithPasskey(digest: Hex, addresses: readonly string[]): Promise<PostedPasskey> {
  const asserted = (await navigator.credentials.get({
    publicKey: { challenge: fromHex(digest) as BufferSource, rpId: location.hostname, userVerification: "required" },
  })) as PublicKeyCredential | null;
  const response = asserted?.response as AuthenticatorAssertionResponse | undefined;
  if (response === undefined) throw new Error("no-answer");
  const authenticatorData = new Uint8Array(response.authenticatorData);
  const clientData = new Uint8Array(response.clientDataJSON);
  const signature = p256.Signature.fromBytes(new Uint8Array(response.signature), "der");
  const message = new Uint8Array([...authenticatorData, ...sha256(clientData)]);
  const rpIdHash = toHex(authenticatorData.slice(0, 32));
  const known = new Set(addresses.map((address) => address.toLowerCase()));
  for (const recovery of [0, 1, 2, 3]) {
    let point: Uint8Array;
    try {
      point = signature.addRecoveryBit(recovery).recoverPublicKey(sha256(message)).toBytes(false);
    } catch {
      continue;
    }
    const [x, y] = [toHex(point.slice(1, 33)), toHex(point.slice(33))];
    if (!known.has(passkeyAddress(rpIdHash, x, y))) continue;
    // the ledger takes the lower of the two forms that a signature has
    const s = signature.hasHighS() ? p256.Point.Fn.neg(signature.s) : signature.s;
    const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
    return {
      type: "webauthn",
      ...{ x, y, r: word(signature.r), s: word(s) },
      authenticatorData: toHex(authenticatorData),
      clientDataJSON: toHex(clientData),
    };
  }
  throw new Error("unknown-key");
}
