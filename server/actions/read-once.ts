/** The same reads, each made once: for as long as something is judged or told, all of it by one state. */
export function readOnce<Read extends (key: string) => Promise<unknown>>(read: Read): Read {
  const found = new Map<string, Promise<unknown>>();
  const once = (key: string) => {
    if (!found.has(key)) found.set(key, read(key));
    return found.get(key);
  };
  return once as Read;
}
