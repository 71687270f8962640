import { readFileSync } from "node:fs";
import { type Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { sha256 } from "#hash";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { ConfigFault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Words } from "../../server/domain/problems.ts";
import { codesSchema, type MapSpec, mapSchema } from "./map-schema.ts";

/** What is wrong with a mapping file, and where; lines and columns from 1. */
export type PlacedFault = Words & { readonly file: string; readonly line: number; readonly column: number };

/** Every fault of a mapping file at once. */
export class MapFault extends ConfigFault {
  readonly placed: readonly PlacedFault[];
  constructor(placed: readonly PlacedFault[]) {
    super(
      placed.map(({ file, line, column, en, id }) => ({
        en: `${file}:${line}:${column}: ${en}`,
        id: `${file}:${line}:${column}: ${id}`,
      })),
    );
    this.placed = placed;
  }
}

/** A mapping file that was read. `digest`: SHA-256 of what it says with the codes it uses; comments and blanks do not count. */
export type MapFile = {
  readonly file: string;
  readonly spec: MapSpec;
  readonly digest: Hex;
  /** tables of codes by name, its own before the shared ones */
  readonly tables: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** where in the file something stands, for faults found later */
  place(path: readonly (string | number)[]): { line: number; column: number };
};

/** The folder of the maps that come with the software. */
export const MAPS = new URL("../maps/", import.meta.url);

let shared: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;

function sharedCodes() {
  if (shared === undefined) {
    const url = new URL("codes.yaml", MAPS);
    shared = parsed(readFileSync(url, "utf8"), "codes.yaml", codesSchema).value.tables;
  }
  return shared;
}

/** Reads a mapping file. Throws a MapFault with everything that is wrong with its form. */
export function readMap(text: string, file: string): MapFile {
  const { value: spec, place } = parsed(text, file, mapSchema);
  const used = new Set(Object.values(spec.fields).flatMap(({ table }) => table ?? []));
  const tables = Object.fromEntries(
    Object.entries({ ...sharedCodes(), ...spec.tables }).filter(([name]) => used.has(name)),
  );
  const digest = toHex(sha256(utf8(canonicalJson({ map: spec, tables }))));
  return { file, spec, digest, tables, place };
}

function parsed<T extends z.ZodType>(text: string, file: string, schema: T) {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: "1.2", lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (document.errors.length > 0) {
    throw new MapFault(
      document.errors.map(({ pos, message }) => ({
        file,
        ...at(pos[0]),
        en: `This is not YAML: ${message}`,
        id: `Ini bukan YAML: ${message}`,
      })),
    );
  }
  const place = (path: readonly (string | number)[]) => at(offsetOf(document, path));
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new MapFault([
      { file, line: 1, column: 1, en: `This is not read: ${message}.`, id: `Ini tidak dibaca: ${message}.` },
    ]);
  }
  const result = schema.safeParse(content);
  if (!result.success)
    throw new MapFault(
      result.error.issues.flatMap((issue) => faultsOf(issue, document, at).map((fault) => ({ file, ...fault }))),
    );
  return { value: result.data as z.output<T>, place };
}

/** Where the value at a path begins, or what is nearest around it. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as { range?: [number, number, number] | null } | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: readonly (string | number)[], key: string): number {
  const parent = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(parent)) return offsetOf(document, path);
  const pair = parent.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) && pair.key.range ? pair.key.range[0] : offsetOf(document, path);
}

type Issue = z.core.$ZodIssue;
type Placed = Words & { line: number; column: number };

const FORMS: Readonly<Record<string, Words>> = {
  "a-name": {
    en: "a name begins with a small letter and has letters and digits",
    id: "nama diawali huruf kecil dan berisi huruf dan angka",
  },
  "a-slug": { en: "small letters, digits and hyphens", id: "huruf kecil, angka, dan tanda hubung" },
  "a-reference": { en: "a field is named as $name", id: "bidang ditulis sebagai $nama" },
  "a-zone": {
    en: "Asia/Jakarta, Asia/Makassar, Asia/Jayapura, UTC or an offset such as +07:00",
    id: "Asia/Jakarta, Asia/Makassar, Asia/Jayapura, UTC, atau selisih seperti +07:00",
  },
  "a-currency": { en: "a currency is three capital letters", id: "mata uang ditulis tiga huruf besar" },
};

function faultsOf(
  issue: Issue,
  document: Document,
  at: (offset: number) => { line: number; column: number },
): Placed[] {
  const path = issue.path as (string | number)[];
  const where = path.length === 0 ? { en: "The file", id: "Berkas" } : { en: path.join("."), id: path.join(".") };
  const here = at(offsetOf(document, path));
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => ({
        ...at(keyOffset(document, path, key)),
        en: `${where.en}: "${key}" is no setting of a map. Remove it, or correct its spelling.`,
        id: `${where.id}: "${key}" bukan setelan peta. Hapus, atau perbaiki ejaannya.`,
      }));
    case "invalid_value":
      return [
        {
          ...here,
          en: `${where.en}: one of ${issue.values.join(", ")} is expected.`,
          id: `${where.id}: harus salah satu dari ${issue.values.join(", ")}.`,
        },
      ];
    case "invalid_type":
      return [
        {
          ...here,
          en: `${where.en}: ${issue.expected} is expected, and is missing or of another kind.`,
          id: `${where.id}: diharapkan ${issue.expected}, tetapi tidak ada atau jenisnya lain.`,
        },
      ];
    case "invalid_union": {
      // the alternative that came furthest tells most
      const [best] = issue.errors.toSorted(
        (a, b) => Math.max(0, ...b.map((each) => each.path.length)) - Math.max(0, ...a.map((each) => each.path.length)),
      );
      const inner = best?.filter(({ path: below }) => below.length > 0) ?? [];
      if (inner.length > 0)
        return inner.flatMap((each) => faultsOf({ ...each, path: [...path, ...each.path] } as Issue, document, at));
      return [
        {
          ...here,
          en: `${where.en}: this is none of the forms that may stand here.`,
          id: `${where.id}: bukan salah satu bentuk yang boleh ada di sini.`,
        },
      ];
    }
    case "invalid_key":
      return [{ ...here, en: `${where.en}: ${FORMS["a-name"]!.en}.`, id: `${where.id}: ${FORMS["a-name"]!.id}.` }];
    default: {
      const form = FORMS[issue.message] ?? { en: issue.message, id: issue.message };
      return [{ ...here, en: `${where.en}: ${form.en}.`, id: `${where.id}: ${form.id}.` }];
    }
  }
}
