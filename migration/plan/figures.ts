import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What is known of one agency's rows; value in minor units. */
export type AgencyFigures = {
  readonly agency: string;
  readonly rows: number;
  readonly processes: number;
  readonly contracts: number;
  /** contracts that still run */
  readonly open: number;
  /** rows that the maps refuse */
  readonly faults: number;
  readonly value: string;
};

const FILE = ".migrate/profile/agencies.json";

/** By agency; undefined where they were never counted. */
export async function readFigures(folder: string): Promise<ReadonlyMap<string, AgencyFigures> | undefined> {
  try {
    const list: AgencyFigures[] = JSON.parse(await readFile(join(folder, FILE), "utf8"));
    return new Map(list.map((each) => [each.agency, each]));
  } catch {
    return undefined;
  }
}
