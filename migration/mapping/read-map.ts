import { readFileSync } from "node:fs";
import type { z } from "zod";
import { sha256 } from "#hash";
import { type Hex, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { ConfigFault } from "../../server/domain/fault.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import type { Words } from "../../server/domain/problems.ts";
import { codesSchema, type MapSpec, mapSchema } from "./map-schema.ts";
import { type Place, type PlacedFault, placedYaml, withPlace } from "./placed-yaml.ts";

/** Every fault of a mapping file at once. */
export class MapFault extends ConfigFault {
  readonly placed: readonly PlacedFault[];
  constructor(placed: readonly PlacedFault[]) {
    super(placed.map(withPlace));
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
  place: Place;
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

/** @throws MapFault */
function parsed<T extends z.ZodType>(text: string, file: string, schema: T) {
  const read = placedYaml(text, file, schema, { what: { en: "a map", id: "peta" }, forms: FORMS });
  if ("faults" in read) throw new MapFault(read.faults);
  return read;
}

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
