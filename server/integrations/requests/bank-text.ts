/**
 * Text as banks take it: the letters, digits and signs that every payment system carries (the character set of
 * ISO 20022 usage guides and SWIFT MT), one space at a time, never beginning with a sign that a spreadsheet would take
 * for a formula. Accents fall off, what else is not in the set becomes a point.
 * @param limit in characters; the rest is cut off
 */
export function bankText(text: string, limit: number): string {
  const plain = text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replaceAll("&", "+")
    .replaceAll("_", "-")
    .replace(/[‐-―−]/gu, "-")
    .replace(/[‘’`´]/gu, "'")
    .replace(/\s+/gu, " ")
    // code points, so that a character of two units becomes one point
    .replace(/[^A-Za-z0-9/\-?:().,'+ ]/gu, ".");
  return plain
    .replace(/^[\s+\-/']+/, "")
    .slice(0, limit)
    .trim();
}
