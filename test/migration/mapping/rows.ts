import { type CompileOptions, compileMap } from "../../../migration/mapping/compile-map.ts";
import type { Mapped } from "../../../migration/mapping/mapped.ts";
import { type MapFile, readMap } from "../../../migration/mapping/read-map.ts";
import { ourMaps } from "../../../migration/mapping/suggest-maps.ts";
import { isLuhn } from "../../../server/domain/sealing/personal-numbers.ts";

export type Row = Readonly<Record<string, string | null>>;

/** One row through a map: ours by its id, or the text of one. */
export function mapped(map: string | MapFile, row: Row, options?: CompileOptions): Mapped {
  const file = typeof map !== "string" ? map : map.includes("\n") ? readMap(map, "map.yaml") : ours(map);
  const columns = Object.keys(row).map((name) => ({ name }));
  return compileMap(file, columns, options)({ row: 1, at: "line 1", values: Object.values(row) });
}

export function ours(id: string): MapFile {
  const found = ourMaps().find(({ spec }) => spec.id === id);
  if (found === undefined) throw new Error(`no map ${id}`);
  return found;
}

/** A tax number in 15 digits whose check digit is right; `seed` is its first eight digits. */
export function npwp(seed: string): string {
  return `${seed + [..."0123456789"].find((digit) => isLuhn(seed + digit))!}437000`;
}

/** An identity number that nobody has: district 99 of a province that exists, a day that exists. */
export const NIK = "3278061704980015";

/** A map of few lines, with more where a test needs it. */
export function aMap(fields: string, emit: string, more = ""): string {
  return `apiVersion: prasasti/map/v1
id: a-map
title: { en: a map, id: sebuah peta }
match: { all: [id] }
${more}fields:
${fields}
${emit}
`;
}
