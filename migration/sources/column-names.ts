/**
 * Names for the columns of a header as it was found: a name again gets its number, an empty one that of its place, so
 * that each column can be named and none is lost.
 */
export function columnNames(header: readonly (string | null)[]): readonly string[] {
  const seen = new Map<string, number>();
  const taken = new Set(header);
  return header.map((found, index) => {
    const name = found === null || found.trim() === "" ? `column ${index + 1}` : found;
    let times = (seen.get(name) ?? 0) + 1;
    while (times > 1 && taken.has(`${name} (${times})`)) times++;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}
