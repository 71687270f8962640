import { leafHash } from "../entries/leaf.ts";
import { fromHex, type Hex, NO_ID, readUint, toHex, WORD } from "../entries/words.ts";

/** An entry of an agency under its consecutive number; `preimage` are the 1,408 bytes whose SHA-256 is its leaf. */
export type NumberedEntry = { number: number; preimage: Hex };

/** What an agency's checkpoint says: so many entries, the last of which has this leaf. */
export type AgencyClaim = { agency: Hex; count: number; head: Hex };

/** `number`: the first entry at which the list departs from the claim. */
export type ListFault = { number: number; rule: "missing" | "surplus" | "not-an-entry" | "not-chained" | "other-head" };

/** Words of a leaf (docs/reference/formats.md section 4). */
const [AGENCY, AGENCY_SEQUENCE, PREVIOUS_AGENCY] = [8, 37, 40];
/** RFC 6962 prefix, version, type entry, and the rest of 44 words */
const PREIMAGE = new RegExp(`^0x000101[0-9a-f]{${2 * (44 * WORD - 3)}}$`);

/**
 * Whether a list is all that the register holds of an agency up to its checkpoint: numbered 1 to `count`, each naming
 * the leaf before it, the last being the claim's. @returns the first fault, undefined where the list is complete
 */
export function listFault(
  { agency, count, head }: AgencyClaim,
  entries: Iterable<NumberedEntry>,
): ListFault | undefined {
  let previous = NO_ID;
  let expected = 1;
  for (const { number, preimage } of entries) {
    if (number !== expected)
      return { number: expected, rule: Number.isSafeInteger(number) && number > expected ? "missing" : "surplus" };
    if (number > count) return { number, rule: "surplus" };
    if (!isPreimage(preimage)) return { number, rule: "not-an-entry" };
    const bytes = fromHex(preimage);
    const id = (word: number) => toHex(bytes, word * WORD, (word + 1) * WORD);
    if (id(AGENCY) !== agency || readUint(bytes, AGENCY_SEQUENCE * WORD, WORD) !== BigInt(number))
      return { number, rule: "not-an-entry" };
    if (id(PREVIOUS_AGENCY) !== previous) return { number, rule: "not-chained" };
    previous = toHex(leafHash(bytes));
    expected++;
  }
  if (expected <= count) return { number: expected, rule: "missing" };
  return previous === head ? undefined : { number: count, rule: "other-head" };
}

function isPreimage(text: unknown): boolean {
  return typeof text === "string" && PREIMAGE.test(text);
}
