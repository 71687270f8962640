import { readFileSync } from "node:fs";
import path from "node:path";
import { columnsOf } from "../../../migration/mapping/map-fields.ts";
import { MAPS, type MapFile, readMap } from "../../../migration/mapping/read-map.ts";

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
