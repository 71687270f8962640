import { keccak256 } from "#hash";
import { fromHex, type Hex, toHex, utf8 } from "./words.ts";
export type WebAuthnSignature = {
  type: "webauthn";
  x: Hex;
  y: Hex;
  r: Hex;
  s: Hex;
  authenticatorData: Hex;
  clientDataJSON: string;
};
export function passkeyAddress(rpIdHash: Hex, x: Hex, y: Hex): Hex {
  const parts = [utf8("prasasti passkey v1"), fromHex(rpIdHash), fromHex(x), fromHex(y)];
  return toHex(keccak256(Uint8Array.from(parts.flatMap((p) => [...p]))).slice(12));
}
