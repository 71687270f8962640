import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Level } from "level";
import { compileMap } from "../mapping/compile-map.ts";
import type { ProcessFragment } from "../mapping/mapped.ts";
import { readMap } from "../mapping/read-map.ts";
import { readReferences } from "../mapping/references.ts";
import type { SourceRow } from "../row.ts";
import { openSource } from "../sources/open-source.ts";
import type { Plan } from "./schema.ts";

// What a plan is made of: how much each agency has, how much of it still runs, how clean it is. From the rows themselves,
// as the maps read them.

/** `agency`: id of the plan, or the legacy code of one that it does not name. Value in minor units of the plan's currency. */
export type AgencyFigures = {
  readonly agency: string;
  /** the office that its rows name, where they do */
  readonly name?: string;
  readonly rows: number;
  readonly processes: number;
  readonly contracts: number;
  /** contracts that still run, or of which nothing says that they ended */
  readonly open: number;
  /** rows that the maps refuse */
  readonly faults: number;
  readonly value: string;
  /** keys of some processes whose contracts have all ended, of some that run */
  /** the last year in which something was said; 0 where no row has a date */
  readonly lastYear: number;
  readonly ended: readonly string[];
  readonly running: readonly string[];
};

type DatasetFigures = {
  readonly dataset: string;
  readonly rows: number;
  readonly faults: number;
  readonly processes: number;
  /** years in which something was said of a process */
  readonly years: readonly [first: number, last: number] | undefined;
};

export type Figures = { readonly agencies: readonly AgencyFigures[]; readonly datasets: readonly DatasetFigures[] };

type Part = Pick<Plan, "sources" | "agencies" | "datasets">;
type Open = {
  name?: string;
  rows: number;
  processes: number;
  contracts: number;
  open: number;
  faults: number;
  value: bigint;
  lastYear: number;
  ended: string[];
  running: string[];
};

const FILE = ".migrate/profile/agencies.json";
const EXAMPLES = 50;
/** Writes at once: each call costs as much as many writes. */
const BATCH = 4_000;
const ENDED: ReadonlySet<string> = new Set(["completed", "terminated", "cancelled"]);
const pad = (value: number) => String(value).padStart(12, "0");

/**
 * Reads every row of the datasets once, in memory that does not grow with them, and keeps the figures in `.migrate`.
 * @throws MapFault, SourceFault
 */
export async function countFigures(folder: string, plan: Part): Promise<Figures> {
  const owners = new Map(plan.agencies.flatMap(({ id, codes }) => codes.map((code) => [code, id] as const)));
  const agencies = new Map<string, Open>();
  const of = (agency: string): Open => {
    const found = agencies.get(agency) ?? {
      rows: 0,
      processes: 0,
      contracts: 0,
      open: 0,
      faults: 0,
      value: 0n,
      lastYear: 0,
      ended: [],
      running: [],
    };
    agencies.set(agency, found);
    return found;
  };
  const place = join(folder, ".migrate/figures");
  await rm(place, { recursive: true, force: true });
  await mkdir(place, { recursive: true });
  const versions = new Level<string, string>(place);
  try {
    const datasets: DatasetFigures[] = [];
    const waiting: ReturnType<typeof versionsOf> = [];
    for (const dataset of plan.datasets) {
      const { id, order } = dataset;
      let [rows, faults, processes, first, last] = [0, 0, 0, 9999, 0];
      for await (const { row, mapped } of mappedRows(folder, plan, dataset)) {
        rows++;
        const found = mapped.fragments.filter((fragment) => fragment.entity === "process");
        if (mapped.faults.length > 0) {
          faults++;
          // a row that is refused makes nothing; whose it is stands in one of its cells
          const code = row.values.find((value) => value !== null && owners.has(value));
          if (code) of(owners.get(code)!).faults++;
        }
        for (const fragment of found) {
          processes++;
          const year = Number(fragment.at?.slice(0, 4));
          if (year > 1900) [first, last] = [Math.min(first, year), Math.max(last, year)];
          const total = of(owners.get(fragment.agency) ?? fragment.agency);
          total.rows++;
          if (year > total.lastYear) total.lastYear = year;
          if (fragment.by !== undefined) total.name ??= fragment.by;
        }
        for (const fragment of found) waiting.push(...versionsOf(fragment, owners, order, row.row));
        if (waiting.length >= BATCH) await versions.batch(waiting.splice(0));
      }
      await versions.batch(waiting.splice(0));
      datasets.push({ dataset: id, rows, faults, processes, years: last === 0 ? undefined : [first, last] });
    }
    await tally(versions, of);
    const figures: Figures = {
      agencies: [...agencies]
        .map(([agency, { value, ...rest }]) => ({ agency, ...rest, value: String(value) }))
        .sort((a, b) => (a.agency < b.agency ? -1 : 1)),
      datasets,
    };
    await mkdir(dirname(join(folder, FILE)), { recursive: true });
    await writeFile(join(folder, FILE), `${JSON.stringify(figures, null, 2)}\n`);
    return figures;
  } finally {
    await versions.close();
    await rm(place, { recursive: true, force: true });
  }
}

/** Rows of a dataset as its map reads them. */
export async function* mappedRows(
  folder: string,
  { sources }: Pick<Plan, "sources">,
  { source: name, table, map: path }: Plan["datasets"][number],
) {
  const map = readMap(await readFile(join(folder, path), "utf8"), path);
  const source = await openSource(sources[name]!, folder, { name });
  try {
    const references = await readReferences(map, source);
    const columns = (await source.tables()).find((each) => each.name === table)?.columns ?? [];
    const compiled = compileMap(map, columns, { references });
    for await (const batch of source.rows(table)) {
      for (const row of batch as readonly SourceRow[]) yield { row, mapped: compiled(row) };
    }
  } finally {
    await source.close();
  }
}

/** A process is there once; of a contract the last version counts, which sorts last. */
function versionsOf(
  { agency, key, contracts = {} }: ProcessFragment,
  owners: ReadonlyMap<string, string>,
  order: number,
  row: number,
) {
  const head = `${owners.get(agency) ?? agency}\u0000${key}\u0000`;
  const put = (name: string, value: string) => ({ type: "put" as const, key: `${head}${name}`, value });
  return [
    put("", ""),
    ...Object.entries(contracts).map(([id, { status = "", value = "", version = 0 }]) =>
      put(`${id}\u0000${pad(version)}${pad(order)}${pad(row)}`, JSON.stringify([status, value])),
    ),
  ];
}

async function tally(versions: Level<string, string>, of: (agency: string) => Open): Promise<void> {
  type Contract = { id: string; status: string; value: string };
  let process: { agency: string; key: string; contracts: Contract[] } | undefined;
  const close = () => {
    if (!process) return;
    const { agency, key, contracts } = process;
    const total = of(agency);
    const open = contracts.filter(({ status }) => !ENDED.has(status)).length;
    total.processes++;
    total.contracts += contracts.length;
    total.open += open;
    for (const { value } of contracts) total.value += BigInt(value || 0);
    const list = open > 0 ? total.running : contracts.length > 0 ? total.ended : [];
    if (list.length < EXAMPLES) list.push(key);
  };
  for await (const [name, value] of versions.iterator()) {
    const [agency, key, id] = name.split("\u0000") as [string, string, string];
    if (process?.agency !== agency || process.key !== key) {
      close();
      process = { agency, key, contracts: [] };
    }
    if (id === "") continue;
    const [status, amount] = JSON.parse(value) as [string, string];
    const last = process.contracts.at(-1);
    if (last?.id === id) {
      // what a later row does not say stays as it was
      if (status) last.status = status;
      if (amount) last.value = amount;
    } else process.contracts.push({ id, status, value: amount });
  }
  close();
}

/** By agency, as they were counted last; undefined where they never were. */
export async function readFigures(folder: string): Promise<ReadonlyMap<string, AgencyFigures> | undefined> {
  try {
    const { agencies }: Figures = JSON.parse(await readFile(join(folder, FILE), "utf8"));
    return new Map(agencies.map((each) => [each.agency, each]));
  } catch {
    return undefined;
  }
}
