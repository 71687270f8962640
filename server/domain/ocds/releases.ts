import { isObject, type Json } from "./check-fields.ts";
import { type ExtensionName, extensionAt } from "./schema.ts";

/** A release found in a file, with the place where it stands and the extensions that its package names. */
export type FoundRelease = { release: Json; pointer: string; extensions: readonly ExtensionName[] };

/** The releases of a release, a list, a release package, a record or a record package; none in anything else. */
export function releasesIn(value: unknown, pointer = "", extensions: readonly ExtensionName[] = []): FoundRelease[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => releasesIn(each, `${pointer}/${index}`, extensions));
  if (!isObject(value)) return [];
  const named = Array.isArray(value.extensions)
    ? value.extensions.flatMap((each) => extensionAt(each) ?? [])
    : extensions;
  if (Array.isArray(value.releases)) return releasesIn(value.releases, `${pointer}/releases`, named);
  if (Array.isArray(value.records)) return releasesIn(value.records, `${pointer}/records`, named);
  const isRelease = typeof value.ocid === "string" && Array.isArray(value.tag);
  return isRelease ? [{ release: value, pointer, extensions: named }] : [];
}
