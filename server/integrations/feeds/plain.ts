/** What others wrote, as one line of at most 120 characters for words to people: nothing in it moves a cursor or turns a line round. */
export function plain(text: string): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  return line.length > 120 ? `${line.slice(0, 119).toWellFormed()}…` : line;
}
