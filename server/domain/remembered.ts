/** Longer texts seldom come twice. */
const LONGEST = 200;

/**
 * A function of a text that remembers what it gave: the same days, names and numbers come again and again. What it gives
 * is shared, so nobody changes it. `most` are remembered, then it begins anew.
 */
export function remembered<T extends string | number | object>(
  of: (text: string) => T,
  most = 4_096,
): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = of(text);
    if (text.length > LONGEST) return found;
    if (known.size >= most) known.clear();
    known.set(text, found);
    return found;
  };
}
