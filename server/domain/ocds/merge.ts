import { pointerStep } from "../json.ts";
import { isObject, type Json } from "./check-fields.ts";
import { type MergeRules, mergeRules10, mergeRulesOf } from "./merge-rules.ts";
import type { ExtensionName } from "./schema.ts";

export interface MergeOptions {
  /** Extensions whose merge rules hold besides the standard's; default none. */
  readonly extensions?: readonly ExtensionName[];
  /** Default 1.1. */
  readonly version?: "1.0" | "1.1";
  /** Instead of the rules of `version` and `extensions`. */
  readonly rules?: MergeRules;
}

export interface MergedReleases {
  readonly compiledRelease: Json;
  readonly versionedRelease: Json;
}

const texts = {
  "release-not-object": ["A release must be an object.", "Rilis harus berupa objek."],
  "release-linked": [
    "The record only links to this release. Fetch it, and put it in the place of the link.",
    "Rekaman hanya menautkan rilis ini. Ambil rilisnya, lalu taruh di tempat tautannya.",
  ],
  "date-missing": [
    "A release has no date. Give every release its date, as they are merged by date.",
    "Sebuah rilis tidak memiliki tanggal. Beri setiap rilis tanggal, karena digabung menurut tanggal.",
  ],
  "date-not-text": [
    "The date of a release is not text. Write it like 2026-11-24T00:00:00Z.",
    "Tanggal rilis bukan teks. Tulis seperti 2026-11-24T00:00:00Z.",
  ],
  "id-not-simple": [
    "An id is an object or a list. Write it as text.",
    "Sebuah id berupa objek atau larik. Tulis sebagai teks.",
  ],
  "type-change": [
    "An earlier release has another kind of value here (value, object or list). Keep the kind.",
    "Rilis terdahulu berisi jenis nilai lain di sini (nilai, objek atau larik). Pertahankan jenisnya.",
  ],
} as const satisfies Record<string, readonly [string, string]>;

/** Releases that cannot be merged; the reference implementation raises an error for the same input. */
export class MergeFault extends Error {
  readonly rule: keyof typeof texts;
  readonly pointer: string;
  readonly messageId: string;

  constructor(rule: keyof typeof texts, pointer: string) {
    super(`${texts[rule][0]} (${pointer || "top level"})`);
    this.rule = rule;
    this.pointer = pointer;
    this.messageId = `${texts[rule][1]} (${pointer || "tingkat atas"})`;
  }
}

/**
 * Merges releases of one process: compiled (the last value of every field) and versioned (every value that it had).
 * They are ordered by the text of `date`; releases of one date keep their order. The results share values with the
 * input: treat both as read-only. Throws a MergeFault.
 */
export function merge(releases: readonly unknown[], options: MergeOptions = {}): MergedReleases {
  const merger = new ReleaseMerger(options);
  for (const release of sortedByDate(releases)) merger.append(release);
  return { compiledRelease: merger.compiled(), versionedRelease: merger.versioned() };
}

/** What releases say together, as `compiledRelease`: nothing of none. In half the time where no history is asked for. */
export function compile(releases: readonly unknown[]): Json {
  if (releases.length === 0) return {};
  const merger = new CompiledMerger();
  for (const release of sortedByDate(releases)) merger.append(release);
  return merger.compiled();
}

/** Merges releases one after the other to the last value of every field. The caller keeps them in the order of their dates. */
export class CompiledMerger {
  protected readonly rules: MergeRules;
  private readonly values: Leaves = new Map();

  constructor({ extensions, version, rules }: MergeOptions = {}) {
    this.rules = rules ?? (version === "1.0" ? mergeRules10 : mergeRulesOf(extensions));
    put(this.values, field("tag"), ["compiled"]);
  }

  append(release: unknown): void {
    const read = readRelease(release);
    this.name(read);
    this.flatten(read, this.values);
  }

  compiled(): Json {
    return unflatten(this.values);
  }

  protected name({ ocid, date }: ReadRelease): void {
    put(this.values, field("id"), `${asText(ocid)}-${asText(date)}`);
    put(this.values, field("date"), date);
    put(this.values, field("ocid"), ocid);
  }

  /** `tag` is left out even where an old schema does not say so; the others are left out by their rules. */
  protected flatten({ rest, names }: ReadRelease, into: Leaves): void {
    flattenObject(rest, this.rules, into, "", []);
    flattenObject(names, this.rules, into, "", []);
  }

  protected take(leaves: Leaves): void {
    for (const [key, leaf] of leaves) {
      const known = this.values.get(key);
      if (known) known.value = leaf.value;
      else this.values.set(key, { path: leaf.path, value: leaf.value });
    }
  }
}

/** The same, with every value that a field had: for a record that grows. */
export class ReleaseMerger extends CompiledMerger {
  private readonly versions: Leaves = new Map();

  override append(release: unknown): void {
    const read = readRelease(release);
    const { ocid, id, date, tag } = read;
    const leaves: Leaves = new Map();
    this.flatten(read, leaves);
    this.name(read);
    this.take(leaves);

    const plainId = field("ocid");
    leaves.delete(plainId.key);
    put(this.versions, plainId, ocid);
    for (const [key, { path, value }] of leaves) {
      const version = { releaseID: id, releaseDate: date, releaseTag: tag, value };
      const known = this.versions.get(key);
      if (!known) this.versions.set(key, { path, value: [version] });
      else {
        const versions = known.value as { value: unknown }[];
        if (!sameValue(value, versions.at(-1)?.value)) versions.push(version);
      }
    }
  }

  versioned(): Json {
    return unflatten(this.versions);
  }
}

/** A release without the fields that name it, and these. */
type ReadRelease = {
  readonly rest: Json;
  /** those of `ocid`, `id` and `date` that it has */
  readonly names: Json;
  readonly ocid: unknown;
  readonly id: unknown;
  readonly date: unknown;
  readonly tag: unknown;
};

function readRelease(release: unknown): ReadRelease {
  if (!isObject(release)) throw new MergeFault("release-not-object", "");
  const { ocid = null, id = null, date = null, tag = null, ...rest } = release;
  const names: Json = {};
  if (Object.hasOwn(release, "ocid")) names.ocid = ocid;
  if (Object.hasOwn(release, "id")) names.id = id;
  if (Object.hasOwn(release, "date")) names.date = date;
  return { rest, names, ocid, id, date, tag };
}

/** By the text of the date, as the reference does: not by the instant, which differs where offsets do. */
function sortedByDate(releases: readonly unknown[]): readonly unknown[] {
  if (releases.length === 1 && isObject(releases[0])) return releases;
  releases.forEach((release, index) => {
    if (!isObject(release)) throw new MergeFault("release-not-object", pointerStep(index));
    const date = Object.hasOwn(release, "date") ? release.date : undefined;
    if (date === undefined) throw new MergeFault("date-missing", `${pointerStep(index)}/date`);
    if (typeof date !== "string") throw new MergeFault("date-not-text", `${pointerStep(index)}/date`);
  });
  const dated = releases as readonly { date: string }[];
  return [...dated].sort((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
}

// ---- a release as a list of leaves, and back
//
// Objects in arrays are told apart by `id`, not by position, so that a leaf has one path in all releases. This is how
// the reference implementation works, and its behaviour on unusual input follows from it; hence the same method here.

/** One step of a path: a field of an object, or an entry of an array. */
interface Step {
  readonly name: string;
  /** The path up to here as one text. A field "1" and an entry with the id 1 have the same, as in the reference. */
  readonly key: string;
  /** Only for an entry: its id; null if it has none. `place`: which entry of which array; undefined for what cannot be an id. */
  readonly entry?: { readonly id: unknown; readonly place: string | undefined };
}

type Leaves = Map<string, { readonly path: readonly Step[]; value: unknown }>;

function field(name: string): Step {
  return { name, key: keyOf("", name) };
}

function put(leaves: Leaves, step: Step, value: unknown): void {
  const known = leaves.get(step.key);
  if (known) known.value = value;
  else leaves.set(step.key, { path: [step], value });
}

function keyOf(parent: string, name: string): string {
  return `${parent}${name.length}:${name}`;
}

function flattenObject(
  object: Json,
  rules: MergeRules | undefined,
  leaves: Leaves,
  key: string,
  path: readonly Step[],
): void {
  for (const name of Object.keys(object)) {
    const value = object[name];
    const own = rules?.fields.get(name);
    if (own?.rule === "omitWhenMerged") continue;
    const place = keyOf(key, name);
    if (own?.rule !== "wholeListMerge" && isObject(value)) {
      flattenObject(value, own, leaves, place, [...path, { name, key: place }]);
    } else if (own?.rule !== "wholeListMerge" && Array.isArray(value) && value.every(isObject)) {
      flattenEntries(value, own, leaves, place, [...path, { name, key: place }]);
    } else {
      const known = leaves.get(place);
      if (known) known.value = value;
      else leaves.set(place, { path: [...path, { name, key: place }], value });
    }
  }
}

/** Entries without an id are never the same as another: each gets a number of its own. */
let anonymous = 0;

function flattenEntries(
  entries: readonly Json[],
  rules: MergeRules | undefined,
  leaves: Leaves,
  key: string,
  path: readonly Step[],
): void {
  for (const entry of entries) {
    let step: Step;
    if (Object.hasOwn(entry, "id")) {
      const id = entry.id;
      const name = asText(id);
      const identity = identityOf(id);
      const place = identity === undefined ? undefined : `${key} ${identity}`;
      step = { name, key: keyOf(key, name), entry: { id, place } };
    } else {
      const name = `#${anonymous++}`;
      step = { name, key: `${key}${name}:`, entry: { id: null, place: `${key} ${name}` } };
    }
    flattenObject(entry, rules, leaves, step.key, [...path, step]);
  }
}

/** Text and number ids differ here even where their text is the same. Undefined for what cannot be an id. */
function identityOf(id: unknown): string | undefined {
  if (typeof id === "string") return `s${id}`;
  if (typeof id === "number" || typeof id === "boolean") return `n${Number(id)}`;
  return id === null ? "null" : undefined;
}

/**
 * Builds the object. A path that was an object and is a value later keeps the object; a value that becomes an object,
 * or an object a list, is a fault; a null value is left out.
 */
function unflatten(leaves: Leaves): Json {
  const root: Json = {};
  const entries = new Map<string, Json>();
  for (const { path, value } of leaves.values()) {
    let node: unknown = root;
    for (let index = 0; index < path.length; index++) {
      const step = path[index]!;
      if (step.entry) {
        const { place } = step.entry;
        if (place === undefined) throw new MergeFault("id-not-simple", pointerOf(path, index));
        let entry = entries.get(place);
        if (!entry) {
          entry = {};
          if (step.entry.id !== null) entry.id = step.entry.id;
          entries.set(place, entry);
          if (!Array.isArray(node)) throw new MergeFault("type-change", pointerOf(path, index));
          node.push(entry);
        }
        node = entry;
      } else if (!isObject(node)) {
        throw new MergeFault("type-change", pointerOf(path, index));
      } else if (Object.hasOwn(node, step.name)) {
        node = node[step.name];
      } else if (index < path.length - 1) {
        const next: unknown = path[index + 1]!.entry ? [] : {};
        setOwn(node, step.name, next);
        node = next;
      } else if (value !== null) {
        // a copy, as entries may be appended below
        setOwn(node, step.name, Array.isArray(value) ? [...value] : value);
      }
    }
  }
  return root;
}

function pointerOf(path: readonly Step[], length: number): string {
  return path
    .slice(0, length)
    .map(({ name }) => pointerStep(name))
    .join("");
}

/** A field named `__proto__` is a field like any other and must not become the prototype. */
function setOwn(object: Json, name: string, value: unknown): void {
  if (name === "__proto__")
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** As the reference (in Python) writes a value into a text. */
function asText(value: unknown): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Equality as the reference sees it: fields in any order, and true equal to 1, false to 0. */
function sameValue(one: unknown, two: unknown): boolean {
  const a = typeof one === "boolean" ? Number(one) : one;
  const b = typeof two === "boolean" ? Number(two) : two;
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameValue(a[name], b[name]))
  );
}
