import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/** AES-256-GCM: `nonce 12 ‖ text ‖ tag 16` as base64. `additional` binds the text to its place. */
export function encrypt(key: Uint8Array, plain: Uint8Array, additional: Uint8Array): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

/** Undefined where the text was not written with this key for this place. */
export function decrypt(key: Uint8Array, text: string, additional: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length < 28) return undefined;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12)).setAAD(additional);
  decipher.setAuthTag(bytes.subarray(-16));
  // in this mode all of the text comes at once, in one buffer, which whoever asked can wipe
  const plain = decipher.update(bytes.subarray(12, -16));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return undefined;
  }
}

/** A key of its own for a purpose, of another key. */
export function derive(key: Uint8Array, salt: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync("sha256", key, salt, `prasasti vault 1 ${purpose}`, 32));
}
