import { readFile } from "node:fs/promises";
import path from "node:path";
import type { MapSpec } from "../mapping/map-schema.ts";
import { readMap } from "../mapping/read-map.ts";
import type { Plan } from "../plan/schema.ts";

/** By dataset, and by kind and term of an entry (`amendment.value`): the column of the old system that held the like. */
export type LegacyColumns = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Where the terms of entries that people sign here had a column before: what a map reads it from. Everything else that
 * they say (other terms, references, texts, signatures) has no place in the old system.
 */
export async function legacyColumns(project: string, { datasets }: Pick<Plan, "datasets">): Promise<LegacyColumns> {
  const found: Record<string, Record<string, string>> = {};
  for (const { id, map } of datasets) {
    const text = await readFile(path.join(project, map), "utf8").catch(() => undefined);
    if (text !== undefined) found[id] = columnsOf(readMap(text, map).spec);
  }
  return found;
}

function columnsOf(spec: MapSpec): Record<string, string> {
  const columns: Record<string, string> = {};
  const say = (term: string, reference: string | undefined) => {
    const column = reference?.startsWith("$") ? columnOf(spec, reference.slice(1)) : undefined;
    if (column !== undefined) columns[term] ??= column;
  };
  for (const { value, status, documents = [] } of spec.process?.facts ?? []) {
    for (const kind of ["amendment", "correction"]) say(`${kind}.value`, value);
    say("status.code", status);
    for (const { kind, amount, on } of documents) {
      if (kind !== "certificate") continue;
      say("certificate.amount", amount);
      say("certificate.on", on);
    }
  }
  return columns;
}

/** The column that a field of a map is read from first; undefined where it is put together from several, or constant. */
function columnOf({ fields }: MapSpec, name: string, depth = 0): string | undefined {
  const field = fields[name];
  if (field === undefined || depth > 20 || field.reference !== undefined) return undefined;
  if (field.from !== undefined) return [field.from].flat()[0];
  const of = [field.of ?? []].flat();
  return of.length === 1 ? columnOf({ fields } as MapSpec, of[0]!, depth + 1) : undefined;
}
