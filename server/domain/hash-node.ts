import { hash } from "node:crypto";

/** SHA-256 of the bytes: 32 bytes. The browser's twin is `hash-browser.ts`; import both as `#hash`. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(hash("sha256", bytes, "buffer"));
}
