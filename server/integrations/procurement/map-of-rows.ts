import { readFileSync } from "node:fs";
import path from "node:path";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import type { MapSpec } from "../../../migration/mapping/map-schema.ts";
import type { Mapped } from "../../../migration/mapping/mapped.ts";
import { type MapFile, readMap } from "../../../migration/mapping/read-map.ts";
import { ourMaps, suggestMaps } from "../../../migration/mapping/suggest-maps.ts";
import type { SourceRow } from "../../../migration/row.ts";
import { Fault } from "../../domain/fault.ts";
import type { TakenRows } from "../sink.ts";

/** A map as rows of one shape are read with it. `rank`: where what it tells of stands in the life of a package. */
export type RowMap = {
  readonly id: string;
  readonly rank: number;
  /** it tells of plans alone: of RUP, which is no package */
  readonly isPlan: boolean;
  /** its rows are whole releases of somebody, which are checked */
  readonly isOcds: boolean;
  map(row: SourceRow): Mapped;
};

/** The maps of jobs, compiled once for each shape of rows. */
export class MapsOfRows {
  readonly #compiled = new Map<string, RowMap>();
  readonly #named: (job: string) => string | undefined;
  readonly #folder: string;
  readonly #secret: string;

  /**
   * @param named the map that a job's settings name: one of ours, or a file
   * @param folder where files are looked for
   * @param secret keys the pseudonyms of persons
   */
  constructor(named: (job: string) => string | undefined, folder: string, secret: string) {
    this.#named = named;
    this.#folder = folder;
    this.#secret = secret;
  }

  /** @throws Fault connector-map where none fits; MapFault where the one that is named does not fit the columns */
  of({ job, table, columns }: Pick<TakenRows, "job" | "table" | "columns">): RowMap {
    const place = JSON.stringify([job, table, columns]);
    let found = this.#compiled.get(place);
    if (found === undefined) {
      const file = this.#fileOf(job, table, columns);
      const map = compileMap(
        file,
        columns.map((name) => ({ name })),
        { secret: this.#secret },
      );
      found = {
        id: file.spec.id,
        rank: rankOf(file.spec),
        isPlan: isPlan(file.spec),
        isOcds: typeof file.spec.process?.release === "string",
        map,
      };
      this.#compiled.set(place, found);
    }
    return found;
  }

  #fileOf(job: string, table: string, columns: readonly string[]): MapFile {
    const named = this.#named(job);
    const ours = ourMaps();
    const wanted =
      named ??
      suggestMaps(
        columns.map((name) => ({ name })),
        table,
      )[0]?.id;
    const found = ours.find(({ spec, file }) => spec.id === wanted || file === wanted);
    if (found !== undefined) return found;
    if (named !== undefined) {
      try {
        return readMap(readFileSync(path.resolve(this.#folder, named), "utf8"), named);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    throw new Fault("connector-map", {
      explanation:
        named === undefined
          ? { en: `No map fits the columns of ${table}.`, id: `Tidak ada peta yang cocok dengan kolom ${table}.` }
          : { en: `There is no map ${named}.`, id: `Tidak ada peta ${named}.` },
      remedy: {
        en: "Name one at the job in connectors.yaml (map: …); `prasasti migrate map` helps to write it.",
        id: "Sebutkan peta pada job di connectors.yaml (map: …); `prasasti migrate map` membantu menulisnya.",
      },
    });
  }
}

/** Later papers are laid over earlier ones, whichever feed came first. */
function rankOf({ process }: MapSpec): number {
  if (process === undefined) return 0;
  const has = (name: string) =>
    typeof process.release === "object" && process.release !== null && name in process.release;
  if (process.facts.some(({ documents = [] }) => documents.some(({ kind }) => kind === "certificate"))) return 70;
  if (process.facts.some(({ deeds = [] }) => deeds.some(({ kind }) => kind === "start"))) return 60;
  if (has("contracts")) return has("awards") ? 40 : 50;
  if (has("awards")) return has("planning") ? 20 : 30;
  return has("tender") ? 10 : 1;
}

function isPlan({ process }: MapSpec): boolean {
  const { release } = process ?? {};
  return typeof release === "object" && release !== null && Object.keys(release).join() === "planning";
}
