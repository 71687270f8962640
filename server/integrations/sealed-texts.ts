import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** Texts that lie encrypted in the rows of integrations: AES-256-GCM, each bound to its place. */
export class SealedTexts {
  readonly #key: Uint8Array;

  /** @param key 32 bytes, the gateway's for this purpose */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new TypeError(`A key of 32 bytes is needed, not of ${key.length}.`);
    this.#key = key;
  }

  /** `nonce 12 ‖ text ‖ tag 16` as base64. @param place the row where it will lie; it opens nowhere else */
  seal(text: string | Uint8Array, place: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce).setAAD(Buffer.from(place));
    return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]).toString("base64");
  }

  /** Undefined where it was not sealed with this key for this place. */
  open(sealed: string, place: string): Buffer | undefined {
    const bytes = Buffer.from(sealed, "base64");
    if (bytes.length < 28) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12)).setAAD(Buffer.from(place));
    decipher.setAuthTag(bytes.subarray(-16));
    try {
      return Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    } catch {
      return undefined;
    }
  }
}
