import { sha256 } from "#hash";
import { type Hex, toHex, utf8 } from "../entries/words.ts";
import { canonicalJson } from "../json.ts";
import { isObject } from "../ocds/check-fields.ts";

/**
 * Sealed values (docs/reference/formats.md, section 9). In a body, at the place of a value that is nobody's business,
 * stands a text with the SHA-256 of the canonical `[salt, ocid, path, value]`. Whoever holds salt and value can show
 * them, and anybody can check them; without the salt nothing can be guessed from the digest.
 */

/** Names of fields as text; an entry of a list by its id (text), or by its position (number) where it has none. */
export type Path = readonly (string | number)[];
export type Sealable = string | number | boolean;
/** What opens a sealed value. `salt`: 16 to 32 random bytes, used again only for the same value at the same place. */
export type Disclosure = { path: Path; salt: Hex; value: Sealable };

const PREFIX = "sealed:";
const FORM = /^sealed:sha256:[0-9a-f]{64}$/;
const SALT = /^0x(?:[0-9a-f]{2}){16,32}$/;

/** Whether a value claims to be sealed, well-formed or not. */
export function claimsSeal(value: unknown): value is string {
  return typeof value === "string" && value.startsWith(PREFIX);
}

export function isSealed(value: unknown): value is string {
  return typeof value === "string" && FORM.test(value);
}

/** The text that stands in place of a value. @throws RangeError for a salt that is too short or not hexadecimal */
export function sealedForm(ocid: string, { path, salt, value }: Disclosure): string {
  if (!SALT.test(salt)) throw new RangeError("A salt is 16 to 32 bytes as 0x text.");
  return sealedText(toHex(sha256(utf8(canonicalJson([salt, ocid, path, value])))));
}

export function sealedText(digest: Hex): string {
  return `${PREFIX}sha256:${digest.slice(2)}`;
}

/** The digest inside a sealed text, as `0x` text. */
export function digestIn(sealed: string): Hex {
  return `0x${sealed.slice(-64)}`;
}

/** Whether a disclosure is that of a sealed text: total, false for anything that is not. */
export function opens(sealed: string, ocid: string, disclosure: Disclosure): boolean {
  try {
    return isSealed(sealed) && sealedForm(ocid, disclosure) === sealed;
  } catch {
    return false;
  }
}

/** An object on the way to a value: the name under which it stands (that of its list), and its id if it has one. */
export type Around = { name: string; object: Record<string, unknown>; id: string | undefined };

/**
 * A value that is no object or list, and where it stands. `name`: its field, or that of the list it is in; `around`:
 * the objects that hold it, outermost first.
 */
export type Leaf = { value: unknown; name: string; path: Path; pointer: string; around: readonly Around[] };

/** Lists that OCDS merges as a whole: the ids in them do not name entries. */
const WHOLE: ReadonlySet<string> = new Set(["additionalIdentifiers", "identifiers", "rationaleClassifications"]);

/** Deeper than anything that is read. */
const DEEPEST = 100;

/** All values of a body, in its order. */
export function leavesOf(body: unknown): Leaf[] {
  const found: Leaf[] = [];
  function walk(value: unknown, name: string, path: Path, pointer: string, around: readonly Around[]): void {
    if (path.length > DEEPEST) return;
    if (Array.isArray(value)) {
      const steps = stepsOf(name, value);
      for (let at = 0; at < value.length; at++)
        walk(value[at], name, [...path, steps[at]!], `${pointer}/${at}`, around);
    } else if (isObject(value)) {
      const inside = [...around, { name, object: value, id: idIn(value) }];
      for (const [key, inner] of Object.entries(value))
        walk(inner, key, [...path, key], `${pointer}/${escaped(key)}`, inside);
    } else found.push({ value, name, path, pointer, around });
  }
  walk(body, "", [], "", []);
  return found;
}

/** A step of a JSON pointer (RFC 6901). */
function escaped(key: string): string {
  return /[~/]/.test(key) ? key.replaceAll("~", "~0").replaceAll("/", "~1") : key;
}

function stepsOf(name: string, list: readonly unknown[]): (string | number)[] {
  const seen = new Set<string>();
  return list.map((entry, at) => {
    const id = WHOLE.has(name) ? undefined : idIn(entry);
    if (id === undefined || seen.has(id)) return at;
    seen.add(id);
    return id;
  });
}

function idIn(value: unknown): string | undefined {
  if (!isObject(value)) return undefined;
  const { id } = value;
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** A copy in which some values are replaced; `change` gives the value that is to stand there. */
export function replaceLeaves<T>(body: T, change: (leaf: Leaf) => unknown): T {
  const copy = structuredClone(body);
  for (const leaf of leavesOf(body)) {
    const changed = change(leaf);
    if (changed === leaf.value) continue;
    const steps = leaf.pointer.slice(1).split("/");
    const last = steps.pop()!;
    const unescaped = (step: string) => step.replaceAll("~1", "/").replaceAll("~0", "~");
    let place = copy as Record<string, unknown>;
    for (const step of steps) place = place[unescaped(step)] as Record<string, unknown>;
    place[unescaped(last)] = changed;
  }
  return copy;
}

/** The sealed values of a body and where they stand. */
export function sealedIn(body: unknown): (Leaf & { value: string })[] {
  return leavesOf(body).filter((leaf): leaf is Leaf & { value: string } => isSealed(leaf.value));
}

/** A path as people read it. */
export function pathText(path: Path): string {
  return path.join("/");
}
