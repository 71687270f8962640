import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { fromHex, type Hex, readNumber, toHex, writeUint } from "../domain/entries/words.ts";

/** How long a challenge may be answered, in seconds. */
const CHALLENGE_SECONDS = 300;

const TIME = 6;
const BODY = 16;
const WORD = 32;

export type NonceState = "fresh" | "unknown" | "expired" | "used";

/**
 * Nonces for signing in, each good once. A nonce says itself when it was given out, under a key of this process: asking
 * for a million of them costs no memory, only those that were answered are remembered, until they expire. A restart
 * forgets the key, and with it every nonce.
 */
export class Challenges {
  readonly #key = randomBytes(32);
  readonly #used = new Map<Hex, number>();

  issue(now: number): { nonce: Hex; expires: number } {
    const bytes = new Uint8Array(WORD);
    writeUint(bytes, 0, now, TIME);
    bytes.set(randomBytes(BODY - TIME), TIME);
    bytes.set(this.#seal(bytes), BODY);
    return { nonce: toHex(bytes), expires: now + CHALLENGE_SECONDS };
  }

  judge(nonce: Hex, now: number): NonceState {
    const bytes = fromHex(nonce);
    if (bytes.length !== WORD || !timingSafeEqual(bytes.subarray(BODY), this.#seal(bytes))) return "unknown";
    if (readNumber(bytes, 0, TIME) + CHALLENGE_SECONDS <= now) return "expired";
    return this.#used.has(nonce) ? "used" : "fresh";
  }

  /** True for the first who uses it. */
  use(nonce: Hex, now: number): boolean {
    if (this.#used.has(nonce)) return false;
    for (const [old, until] of this.#used) if (until <= now) this.#used.delete(old);
    this.#used.set(nonce, now + CHALLENGE_SECONDS);
    return true;
  }

  #seal(bytes: Uint8Array): Uint8Array {
    return createHmac("sha256", this.#key)
      .update(bytes.subarray(0, BODY))
      .digest()
      .subarray(0, WORD - BODY);
  }
}

/** A bearer token: 256 random bits as text. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}
