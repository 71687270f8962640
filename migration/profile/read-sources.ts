import { Fault } from "../../server/domain/fault.ts";
import { type Path, type PlanText, readPlanText } from "../plan/read-plan.ts";
import { type SourceSettings, sourceSettings } from "../sources/settings.ts";
import type { PlanFacts } from "./assess.ts";
import type { QualityRule } from "./quality.ts";

/** One table of one source, as a dataset of the plan names it. */
export type DatasetPlace = { readonly id: string; readonly source: string; readonly table: string };

/** What looking at the sources needs of a plan, which may be unfinished elsewhere. */
export type SourcesPlan = {
  readonly sources: Readonly<Record<string, SourceSettings>>;
  readonly datasets: readonly DatasetPlace[];
  readonly rules: readonly (QualityRule & { readonly on: string })[];
  /** columns that say when a row was loaded, by dataset or entity, where the plan names them */
  readonly stamps: ReadonlyMap<string, readonly string[]>;
  readonly facts: PlanFacts;
};

/**
 * Reads of `waves.yaml` the sources, and as much of the rest as is there and right: one looks at the data before a plan
 * is whole. Throws a Fault `plan-missing`, or `plan-wrong` with line and column.
 */
export async function readSources(folder: string): Promise<SourcesPlan> {
  const plan = await readPlanText(folder);
  const [syntax] = plan.syntax;
  if (syntax !== undefined) throw wrong(plan, syntax, syntax.text);
  const value = (plan.value ?? {}) as Record<string, unknown>;
  const sources: Record<string, SourceSettings> = {};
  const given = value.sources;
  if (typeof given !== "object" || given === null || Object.keys(given).length === 0)
    throw wrong(plan, plan.position(["sources"]), "no sources", "tidak ada `sources`");
  for (const [name, settings] of Object.entries(given)) {
    const parsed = sourceSettings.safeParse(settings);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const path: Path = ["sources", name, ...(issue!.path as (string | number)[])];
      throw wrong(plan, plan.position(path), `${path.join(".")}: ${issue!.message}`);
    }
    sources[name] = parsed.data;
  }
  const datasets = list(value.datasets).flatMap(({ id, source, table }) =>
    isText(id) && isText(source) && isText(table) ? [{ id, source, table }] : [],
  );
  const rules = list(value.quality).flatMap((rule) => {
    const { id, on, check, level, onRow, maxPercent } = rule;
    if (!isText(id) || !isText(on) || !isText(check) || (level !== "warn" && level !== "fail")) return [];
    return [
      {
        id,
        on,
        check,
        level: level as "warn" | "fail",
        ...(onRow === "reject" || onRow === "exclude" || onRow === "stop"
          ? { onRow: onRow as "reject" | "exclude" | "stop" }
          : {}),
        ...(typeof maxPercent === "number" ? { maxPercent } : {}),
      },
    ];
  });
  const dedupe = list(value.dedupe).filter(({ on }) => isText(on));
  const agencies = list(value.agencies);
  return {
    sources,
    datasets,
    rules,
    stamps: new Map(
      dedupe.flatMap(({ on, ignore }) => (Array.isArray(ignore) ? [[on as string, ignore.map(String)] as const] : [])),
    ),
    facts: {
      ...(agencies.length === 0
        ? {}
        : { agencies: agencies.flatMap(({ codes }) => (Array.isArray(codes) ? codes.map(String) : [])) }),
      ...(datasets.length === 0
        ? {}
        : { datasets: new Map(datasets.map(({ id, source, table }) => [`${source}/${table}`, id])) }),
      dedupe: new Map(dedupe.map(({ on, rules }) => [on as string, Array.isArray(rules) ? rules.map(String) : []])),
    },
  };
}

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each !== null) : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function wrong({ file }: PlanText, { line, column }: { line: number; column: number }, en: string, id = en): Fault {
  return new Fault("plan-wrong", {
    explanation: {
      en: `${file}, line ${line}, column ${column}: ${en}.`,
      id: `${file}, baris ${line}, kolom ${column}: ${id}.`,
    },
    remedy: {
      en: "See all that is wrong with: prasasti migrate plan lint",
      id: "Lihat semua kesalahannya dengan: prasasti migrate plan lint",
    },
  });
}
