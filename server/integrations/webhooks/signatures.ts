import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/**
 * Signatures of what is sent, as Standard Webhooks 1.0 has them: over `id.timestamp.body`, `v1` HMAC-SHA-256 under a
 * secret that the receiver shares, `v1a` Ed25519 under a key whose public half everybody can fetch. While keys change,
 * both the old and the new one sign, and a receiver is content with any that he knows.
 */

/** Base64 of 32 random bytes behind `whsec_`. */
export function newSecret(): string {
  return `whsec_${randomBytes(32).toString("base64")}`;
}

/** A key pair; `secret` (PKCS #8, base64) is kept sealed, `public` is the raw 32 bytes in base64 behind `whpk_`. */
export function newSigningKey(): { secret: string; public: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
  return {
    secret: privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
    public: `whpk_${raw.toString("base64")}`,
  };
}

export function signingKey(secret: string): KeyObject {
  return createPrivateKey({ key: Buffer.from(secret, "base64"), format: "der", type: "pkcs8" });
}

/** The headers of one attempt. @param timestamp seconds UTC of the attempt, not of the event */
export function signedHeaders(
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
  keys: { secrets: readonly string[]; signers: readonly KeyObject[] },
): Record<string, string> {
  const content = Buffer.from(`${id}.${timestamp}.${body}`);
  const hmac = (secret: string) =>
    createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
      .update(content)
      .digest("base64");
  const signatures = [
    ...keys.secrets.map((secret) => `v1,${hmac(secret)}`),
    ...keys.signers.map((key) => `v1a,${sign(null, content, key).toString("base64")}`),
  ];
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": signatures.join(" "),
  };
}
