/** A number as text that sorts as it does: part of a row's key, so that a range read is a history read. */
export function ordered(number: number): string {
  return String(number).padStart(15, "0");
}

/**
 * A text as one step of a row's key: the ledger takes any text as an ocid, and one with a slash in it must not look like
 * a row of another. Ordinary ids stay as they are.
 */
export function keyPart(text: string): string {
  return encodeURIComponent(text);
}

/**
 * Rows that tell how the projection was before each of its newest blocks. They are no part of what it says: its state
 * hash leaves them out.
 */
export const UNDO = "undo/";
