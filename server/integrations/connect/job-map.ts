import { readFileSync } from "node:fs";
import path from "node:path";
import { columnsOf } from "../../../migration/mapping/map-fields.ts";
import type { MapSpec } from "../../../migration/mapping/map-schema.ts";
import { MAPS, type MapFile, readMap } from "../../../migration/mapping/read-map.ts";
import type { SinkName } from "../sink.ts";

/**
 * The sinks that make something of what a map says; the others would take its rows and find nothing in them. That of
 * procurement looks nothing up in other tables: maps that do are a migration's.
 */
export function sinksOf(spec: MapSpec): ReadonlySet<SinkName> {
  const { process, agency, record, payment, paymentDocument, deduction, budgetLine, return: returned, bankLine } = spec;
  const sinks = new Set<SinkName>();
  if ([paymentDocument, deduction, budgetLine, returned].some(Boolean)) sinks.add("payments");
  if (bankLine !== undefined) sinks.add("bank");
  const isAlone = Object.keys(spec.references).length === 0;
  if (isAlone && [process, agency, record, payment].some(Boolean)) sinks.add("procurement");
  if (isAlone && Object.keys(spec.suppliers).length > 0) sinks.add("procurement").add("registry");
  return sinks;
}

/**
 * The map that a job names: one that comes with the software, by its name alone, else a file beside connectors.yaml.
 * @throws MapFault where its form is wrong; the file system's error where there is none
 */
export function readJobMap(map: string, folder: string): MapFile {
  const ours = /^[a-z0-9-]+$/.test(map);
  const file = ours ? new URL(`${map}.yaml`, MAPS) : path.resolve(folder, map);
  return readMap(readFileSync(file, "utf8"), ours ? `${map}.yaml` : map);
}

/** The columns that a map reads, in small letters; without them its rows mean something else. */
export function columnsUsed({ spec }: MapFile): ReadonlySet<string> {
  return new Set(
    Object.values(spec.fields)
      .flatMap(columnsOf)
      .map((name) => name.toLowerCase()),
  );
}
