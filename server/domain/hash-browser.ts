/** What `hash-node.ts` gives in Node, for pages: also where `crypto.subtle` is absent (plain http). */
export { sha256 } from "@noble/hashes/sha2.js";
