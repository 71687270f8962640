import fc from "fast-check";

// Bad input, as a seed makes it: values that are none, changes of good ones, bytes that were cut or turned.

/** `SEED` and `RUNS` by environment: a run is repeated by its seed, and a long one asks for more of each. */
const seed = process.env.SEED === undefined ? 20_261_126 : Number(process.env.SEED);
const factor = process.env.RUNS === undefined ? 1 : Number(process.env.RUNS);
/** Counts what a file of tests tries, and says so at its end with the seed. */
export class Tally {
  readonly #counts = new Map<string, number>();
  add(target: string): void {
    this.#counts.set(target, (this.#counts.get(target) ?? 0) + 1);
  }
  tell(what: string): void {
    const all = [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
    process.stderr.write(`${what}: ${all} cases of ${this.#counts.size} targets (SEED=${seed} RUNS=${factor})\n`);
  }
}
export const settings = (runs: number) => ({ seed, numRuns: Math.max(1, Math.round(runs * factor)) });

/** Strings that have broken programs. */
const naughty = [
  "",
  " ",
  "\u0000",
  "\u0007",
  "\ud800",
  "\udfff\ud800",
  "\u202e\u200b",
  "é".repeat(150),
  "🏗️".repeat(60),
  "x".repeat(5000),
  "../../etc/passwd",
  "..\\..",
  "%00",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "' OR 1=1--",
  "<script>",
  "{{7*7}}",
  "0x",
  `0x${"0".repeat(64)}`,
  `0x${"f".repeat(64)}`,
  `0x${"F".repeat(64)}`,
  `0x${"g".repeat(64)}`,
  "-1",
  "1e309",
  "NaN",
  "0.1",
  "99999999999999999999999999999999999999999999",
  "2026-02-30",
  "2026-02-30T25:61:61Z",
  "-271821-04-20T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "sealed:sha256:",
  `sealed:sha256:${"0".repeat(64)}`,
  "IDR",
  "null",
];
const numbers = [0, -0, -1, 1, 0.5, 255, 256, 4_294_967_296, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e21, 1e308, 5e-324];

export const badText = fc.oneof(
  fc.constantFrom(...naughty),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
);

const deep = fc
  .tuple(fc.integer({ min: 10, max: 80 }), fc.boolean())
  .map(([levels, list]) =>
    Array.from({ length: levels }).reduce<unknown>((inner) => (list ? [inner] : { a: inner }), null),
  );
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  badText,
  fc.constantFrom<unknown>(null, true, false, [], {}, [[]], [null], { toString: 1, valueOf: null }, ...numbers),
  fc.dictionary(badText, badText, { maxKeys: 3 }).map((all) => ({ ...all })),
  fc.array(badText, { maxLength: 3 }),
  deep,
  fc.constant(Array.from({ length: 500 }, () => 0)),
);

type Edit = {
  where: number;
  how: "replace" | "delete" | "double" | "wrap" | "add" | "swap";
  value: unknown;
  key: string;
};
const edit: fc.Arbitrary<Edit> = fc.record({
  where: fc.nat(10_000),
  how: fc.constantFrom("replace", "replace", "replace", "delete", "double", "wrap", "add", "swap"),
  value: junk,
  key: badText,
});

/** A few changes, to be made at places of any JSON value. */
export const edits = fc.array(edit, { minLength: 1, maxLength: 3 });

type Holder = { in: Record<string | number, unknown>; key: string | number };

function placesIn(value: unknown, found: Holder[] = []): Holder[] {
  if (typeof value !== "object" || value === null) return found;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    const inside = value as Holder["in"];
    found.push({ in: inside, key });
    placesIn(inside[key], found);
  }
  return found;
}

/** A changed copy. */
export function changed<T>(value: T, list: readonly Edit[]): unknown {
  const root = { value: structuredClone(value) as unknown };
  for (const { where, how, value: chosen, key } of list) {
    const junked = structuredClone(chosen);
    const places = [{ in: root as Holder["in"], key: "value" }, ...placesIn(root.value)];
    const place = places[where % places.length]!;
    const other = places[(where * 7 + 3) % places.length]!;
    const now = place.in[place.key];
    if (how === "replace") place.in[place.key] = junked;
    else if (how === "delete") {
      if (Array.isArray(place.in)) place.in.splice(Number(place.key), 1);
      else if (place.in !== root) delete place.in[place.key];
    } else if (how === "double") place.in[place.key] = Array.isArray(now) ? [...now, ...now] : [now, now];
    else if (how === "wrap") place.in[place.key] = typeof now === "string" ? [now] : JSON.stringify(now);
    else if (how === "swap") place.in[place.key] = structuredClone(other.in[other.key]);
    else if (typeof now === "object" && now !== null && !Array.isArray(now)) {
      Object.defineProperty(now, key, { value: junked, enumerable: true, configurable: true, writable: true });
    }
  }
  return root.value;
}

type Cut = { where: number; how: "cut" | "flip" | "drop" | "insert" | "repeat"; byte: number };
/** Changes of bytes. */
export const cuts: fc.Arbitrary<Cut[]> = fc.array(
  fc.record({
    where: fc.nat(1_000_000),
    how: fc.constantFrom("cut", "flip", "flip", "flip", "drop", "insert", "repeat"),
    byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
  }),
  { minLength: 1, maxLength: 4 },
);

export function cut(bytes: Uint8Array, list: readonly Cut[]): Uint8Array {
  let all = Buffer.from(bytes);
  for (const { where, how, byte } of list) {
    const at = where % (all.length + 1);
    if (how === "cut") all = all.subarray(0, at);
    else if (how === "flip") {
      if (at < all.length) all[at] = byte;
    } else if (how === "drop") all = Buffer.concat([all.subarray(0, at), all.subarray(at + 1 + (byte % 8))]);
    else if (how === "insert") all = Buffer.concat([all.subarray(0, at), Buffer.from([byte]), all.subarray(at)]);
    else all = Buffer.concat([all.subarray(0, at), all.subarray(at % 97, at), all.subarray(at)]);
  }
  return new Uint8Array(all);
}

/** JSON text of any value that `junk` makes, lone surrogates kept as escapes. */
export const jsonText = (value: unknown): string => JSON.stringify(value) ?? "";

type Schema = {
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  additionalProperties?: Schema | boolean;
};

/** Values as a JSON schema has them, as far as the schemas of the API's requests go. */
export function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  const any = schema.anyOf ?? schema.oneOf;
  if (any !== undefined) return fc.oneof(...any.map(valuesOf));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const length = { minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 60, 300) };
  switch (schema.type) {
    case "string":
      return schema.pattern === undefined
        ? fc.string({ unit: "grapheme", ...length })
        : matching(schema.pattern, length);
    case "integer":
      return fc.oneof(
        fc.integer({
          min: Math.max(schema.minimum ?? 0, -(2 ** 31)),
          max: Math.min(schema.maximum ?? 1e6, 2 ** 31 - 1),
        }),
        fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 2 ** 53 - 1),
      );
    case "number":
      return fc.double({ noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, (schema.minItems ?? 0) + 4),
      });
    case "object": {
      const properties = Object.entries(schema.properties ?? {});
      if (properties.length === 0) return fc.dictionary(badText, junk, { maxKeys: 3 }).map((all) => ({ ...all }));
      return fc.record(Object.fromEntries(properties.map(([name, each]) => [name, valuesOf(each)])), {
        requiredKeys: schema.required ?? [],
      });
    }
    default:
      return junk;
  }
}

function matching(pattern: string, { minLength, maxLength }: { minLength: number; maxLength: number }) {
  // a class by its opposite is more than fast-check knows: what it leaves out is left to `badText`
  if (/\[\^|\\p/.test(pattern)) return fc.string({ minLength, maxLength });
  return fc.stringMatching(new RegExp(pattern));
}
