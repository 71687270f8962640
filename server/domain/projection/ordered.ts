/** A number as text that sorts as it does: part of a row's key, so that a range read is a history read. */
export function ordered(number: number): string {
  return String(number).padStart(15, "0");
}
