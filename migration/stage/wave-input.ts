import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../server/domain/fault.ts";
import { compileMap } from "../mapping/compile-map.ts";
import { moneyOf, plainAmount, roundHalfEven, Unreadable } from "../mapping/functions.ts";
import { columnIndex, columnsOf } from "../mapping/map-fields.ts";
import { type MapFile, readMap } from "../mapping/read-map.ts";
import { readReferences } from "../mapping/references.ts";
import { readPlan } from "../plan/read-plan.ts";
import type { Dataset, Entity, Plan, Wave } from "../plan/schema.ts";
import { inOrder, waveChooser } from "../plan/scope.ts";
import { windowOf } from "../plan/time.ts";
import { isLoadStamp } from "../profile/profile.ts";
import { compileRules } from "../profile/quality.ts";
import type { Source, Table } from "../row.ts";
import { openSource } from "../sources/open-source.ts";
import { readLines } from "./decisions.ts";
import type { RejectSettings } from "./reject-file.ts";
import type { RowRules } from "./row-duplicates.ts";
import { type MoneyReader, type StageDataset, type StageInput, stageFolder } from "./stage.ts";
import { SupplierRegister } from "./supplier-register.ts";

export type WaveOptions = {
  /** the highest that was staged before, or 1, where left out */
  readonly attempt?: number | undefined;
  /** staged here instead of in the project, and without a trace: to see what it would give */
  readonly elsewhere?: string | undefined;
  readonly csv?: RejectSettings | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** What `.migrate` of a project holds. */
export const MIGRATE = ".migrate";

/** The input of a wave's stage, from the files of its project; whoever opened it closes it. @throws Fault */
export async function openWave(
  folder: string,
  id: string,
  { attempt: asked, elsewhere, csv, env = process.env }: WaveOptions = {},
): Promise<{ input: StageInput; close(): Promise<void> }> {
  const plan = await readPlan(folder);
  const wave = plan.waves.find((each) => each.id === id);
  if (wave === undefined) throw unknownWave(id, plan);
  const attempt = asked ?? (await lastAttempt(folder, id));
  const sources = new Map<string, Source>();
  const close = async () => {
    for (const source of sources.values()) await source.close();
  };
  try {
    const datasets: StageDataset[] = [];
    const secret = await secretOf(folder);
    for (const dataset of plan.datasets) {
      const map = readMap(await readFile(path.join(folder, dataset.map), "utf8"), dataset.map);
      if (!reads(wave, dataset, map)) continue;
      let source = sources.get(dataset.source);
      if (source === undefined) {
        source = await openSource(plan.sources[dataset.source]!, folder, { name: dataset.source, env });
        sources.set(dataset.source, source);
      }
      datasets.push(await stageDataset(plan, dataset, map, source, secret));
    }
    const waveOf = waveChooser(plan);
    // of rows that cannot be read, the last wave that reads their dataset answers: not the pilot
    const lastOf = new Map(
      inOrder(plan.waves).flatMap(({ id: wave, datasets: own = [] }) => own.map((name) => [name, wave])),
    );
    const migrate = elsewhere ?? path.join(folder, MIGRATE);
    const decisions = path.join(folder, "decisions");
    const input: StageInput = {
      ...{ plan: plan.id, wave: id, attempt, tier: wave.tier, lead: wave.lead, agencies: plan.agencies, datasets },
      cutOver: Math.floor(windowOf(plan, wave).cutOver / 1000),
      leavesOut: ({ dataset, entity, agency, year, key }) => {
        const taken =
          entity === undefined
            ? (lastOf.get(dataset) ?? id)
            : waveOf({
                ...{ dataset, entity },
                ...(agency === undefined ? {} : { agency }),
                ...(year === undefined ? {} : { year }),
                ...(key === undefined ? {} : { key }),
              });
        return taken === id ? undefined : taken === undefined ? "out-of-scope" : `out-of-scope: ${taken}`;
      },
      supplierRules: supplierRulesOf(plan),
      refused: await refusedOf(decisions),
      register: await SupplierRegister.open(decisions),
      decisions,
      folder: stageFolder(migrate, id, attempt),
      rejects: path.join(migrate, "rejects", id),
      dry: elsewhere !== undefined,
      ...(csv === undefined ? {} : { csv }),
    };
    return { input, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether a wave reads a dataset: by its name, or for what its map makes. */
function reads({ datasets = [], entities = [] }: Wave, { id }: Dataset, { spec }: MapFile): boolean {
  if (datasets.includes(id)) return true;
  const makes: Record<Entity, boolean> = {
    process: spec.process !== undefined,
    agency: spec.agency !== undefined,
    payment: spec.payment !== undefined,
    record: spec.record !== undefined,
    supplier: Object.keys(spec.suppliers).length > 0,
  };
  return entities.some((entity) => makes[entity]);
}

async function stageDataset(
  plan: Plan,
  dataset: Dataset,
  map: MapFile,
  source: Source,
  secret: string,
): Promise<StageDataset> {
  const table = (await source.tables()).find(({ name }) => name === dataset.table);
  if (table === undefined) throw tableMissing(dataset);
  const columns = table.columns.map(({ name }) => name);
  const compiled = compileMap(map, table.columns, { references: await readReferences(map, source), secret });
  const own = (plan.quality ?? []).filter(({ on }) => on === dataset.id);
  const rules = own.length === 0 ? undefined : compileRules(own, columns);
  const year = yearColumn(columns);
  return {
    ...{ id: dataset.id, source: dataset.source, table: dataset.table, order: dataset.order, columns },
    rows: () => source.rows(dataset.table),
    map: compiled,
    money: moneyOfMap(map, columns),
    rules: rowRules(plan, dataset, map, table),
    ...(rules === undefined
      ? {}
      : {
          judge: ({ values }) =>
            rules.evaluate(values).map(({ rule, level, onRow, column, found }) => ({
              ...{ rule, level, column, stops: onRow === "stop" },
              found: found ?? undefined,
            })),
        }),
    ...(year < 0 ? {} : { year: ({ values }) => yearIn(values[year]) }),
  };
}

/** The columns that a map reads as money, each as its map reads it. */
function moneyOfMap({ spec }: MapFile, columns: readonly string[]): MoneyReader[] {
  const readers = new Map<number, MoneyReader>();
  for (const field of Object.values(spec.fields)) {
    if (field.as !== "money") continue;
    const format = field.format === "id" || field.format === "short" ? field.format : "plain";
    for (const name of columnsOf(field)) {
      const index = columnIndex(columns, name);
      if (index === undefined || readers.has(index)) continue;
      readers.set(index, {
        ...{ column: columns[index]!, currency: spec.currency, index },
        read(text) {
          const plain = plainAmount(text.trim(), format);
          if (plain instanceof Unreadable) return undefined;
          const money = moneyOf(field.round === undefined ? plain : roundHalfEven(plain, 2), spec.currency);
          return money instanceof Unreadable ? undefined : BigInt(money.minor);
        },
      });
    }
  }
  return [...readers.values()].sort((a, b) => a.index - b.index);
}

/** What the plan says of duplicates in a dataset: the rule for it before the rule for what it makes. */
function rowRules(plan: Plan, dataset: Dataset, { spec }: MapFile, { columns }: Table): RowRules {
  const names = columns.map(({ name }) => name);
  const made =
    (["process", "payment", "record", "agency"] as const).find((entity) => spec[entity] !== undefined) ?? "supplier";
  const rule = plan.dedupe?.find(({ on }) => on === dataset.id) ?? plan.dedupe?.find(({ on }) => on === made);
  if (rule === undefined) return { columns: names, ignored: new Set() };
  const at = (name: string) => columnIndex(names, name);
  const found = (list: readonly string[] = []) => list.flatMap((name) => at(name) ?? []);
  const stamps = rule.rules.includes("ignoring-load-stamps");
  const key = rule.rules.includes("key") && rule.key !== undefined ? found(rule.key) : undefined;
  const { keep } = rule;
  const newest = typeof keep === "object" ? at(keep.newest) : undefined;
  return {
    columns: names,
    ignored: new Set(stamps ? found(rule.ignore ?? names.filter(isLoadStamp)) : []),
    same: stamps ? "ignoring-load-stamps" : rule.rules.includes("exact-row") ? "exact-row" : undefined,
    key: key?.length === rule.key?.length ? key : undefined,
    keep: keep === "first" ? keep : newest === undefined ? undefined : { newest },
  };
}

function supplierRulesOf(plan: Plan): string[] {
  return plan.dedupe?.filter(({ on }) => on === "supplier").flatMap(({ rules }) => rules) ?? [];
}

const YEAR_COLUMNS = ["tahun_anggaran", "tahunanggaran", "thn_anggaran", "tahun", "year"];

function yearColumn(columns: readonly string[]): number {
  const lower = columns.map((name) => name.toLowerCase());
  return YEAR_COLUMNS.map((name) => lower.indexOf(name)).find((at) => at >= 0) ?? -1;
}

function yearIn(text: string | null | undefined): number | undefined {
  const [found] = /\b(?:19|20)\d\d\b/.exec(text ?? "") ?? [];
  return found === undefined ? undefined : Number(found);
}

/** What tells persons apart without their numbers: of the project, and never in a file that is handed on. */
async function secretOf(folder: string): Promise<string> {
  const place = path.join(folder, MIGRATE, "person-key");
  const found = await readFile(place, "utf8").catch(() => undefined);
  if (found !== undefined) return found.trim();
  await mkdir(path.dirname(place), { recursive: true });
  const secret = randomBytes(32).toString("hex");
  await writeFile(place, `${secret}\n`, { mode: 0o600, flag: "wx" });
  return secret;
}

/** Records that the ledger has refused, as `decisions/refused.ndjson` lists them: `{"key", "code"}`. */
async function refusedOf(decisions: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await readLines(path.join(decisions, "refused.ndjson"))) as { key: string; code: string }[];
  return new Map(lines.map(({ key, code }) => [key, code]));
}

/** The last attempt at a wave that was staged in a project; 1 where none was. */
export async function lastAttempt(folder: string, wave: string): Promise<number> {
  const names = await readdir(path.join(folder, MIGRATE, "stage", wave)).catch(() => []);
  return Math.max(1, ...names.map(Number).filter(Number.isSafeInteger));
}

function unknownWave(id: string, { waves }: Plan): Fault {
  const known = waves.map((wave) => wave.id).join(", ");
  return new Fault("wave-unknown", {
    explanation: { en: `The plan has no wave ${id}.`, id: `Rencana tidak memiliki gelombang ${id}.` },
    remedy: { en: `It has: ${known}.`, id: `Yang ada: ${known}.` },
  });
}

function tableMissing({ id, source, table }: Dataset): Fault {
  return new Fault("table-missing", {
    explanation: {
      en: `Dataset ${id}: source ${source} has no table ${table}.`,
      id: `Dataset ${id}: sumber ${source} tidak memiliki tabel ${table}.`,
    },
    remedy: {
      en: "List what it has with: prasasti migrate inventory",
      id: "Lihat isinya dengan: prasasti migrate inventory",
    },
  });
}
