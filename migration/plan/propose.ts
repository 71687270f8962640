import type { Words } from "../../server/domain/problems.ts";
import type { AgencyFigures, Figures } from "./figures.ts";
import { PILOT_OPEN_CONTRACTS } from "./lint.ts";
import type { MapFacts } from "./map-facts.ts";
import type { Entity, Plan } from "./schema.ts";

/** A wave as figures propose it; who answers for it, and when it runs, only people know. */
export type ProposedWave = {
  readonly id: string;
  readonly name: string;
  readonly after: readonly string[];
  readonly pilot?: true;
  readonly tier: "A" | "B" | "C";
  readonly datasets: readonly string[];
  readonly entities?: readonly Entity[];
  readonly scope: { readonly agencies: "*" | readonly string[]; readonly keys?: readonly string[] };
  readonly requireLessons?: true;
  readonly why: readonly Words[];
};

export type PilotChoice = { readonly agency: AgencyFigures; readonly keys?: readonly string[]; readonly why: Words };

/** Years without news after which nothing is expected of a source any more. */
export const ARCHIVE_YEARS = 5;
/** Up to here every whole record is worth its place on the chain. */
const TIER_A_PROCESSES = 20_000;
/** From fewer there is little to learn. */
const PILOT_PROCESSES = 10;

type Part = {
  readonly datasets: readonly Plan["datasets"][number][];
  readonly agencies: readonly Plan["agencies"][number][];
};

/** Reference first, then a pilot, then the rest, then what is archive; a part that is empty is left out. */
export function proposeWaves(plan: Part, maps: ReadonlyMap<string, MapFacts>, figures: Figures): ProposedWave[] {
  const counted = new Map(figures.datasets.map((each) => [each.dataset, each]));
  const live = plan.datasets.filter(({ map }) =>
    maps.get(map)?.entities.some((entity) => entity === "process" || entity === "payment"),
  );
  const reference = plan.datasets.filter((each) => !live.includes(each));
  const lastOf = (source: string) =>
    Math.max(0, ...live.filter((each) => each.source === source).map(({ id }) => counted.get(id)?.years?.[1] ?? 0));
  const newest = Math.max(0, ...live.map(({ source }) => lastOf(source)));
  // a source goes as a whole: its datasets tell of the same processes
  const isArchive = ({ source }: { source: string }) => lastOf(source) > 0 && newest - lastOf(source) >= ARCHIVE_YEARS;
  const archive = live.filter(isArchive);
  const current = live.filter((each) => !isArchive(each));
  const waves: ProposedWave[] = [];
  const before = () => waves.slice(-1).map(({ id }) => id);
  // the pilot is W1, whether or not a wave of reference is before it
  const next = () => (waves.length === 0 ? "W0" : `W${Number(waves.at(-1)!.id.slice(1)) + 1}`);
  const ids = (datasets: readonly { id: string }[]) => datasets.map(({ id }) => id);
  const suppliers = live.some(({ map }) => maps.get(map)?.entities.includes("supplier"));
  if (reference.length > 0 || suppliers) {
    waves.push({
      ...{ id: "W0", name: "Reference", after: [], tier: "C", datasets: ids(reference), scope: { agencies: "*" } },
      ...(suppliers ? { entities: ["supplier"] } : {}),
      why: [
        said(
          "Agencies, suppliers and lists come first: the rest refers to them.",
          "Instansi, penyedia, dan daftar lebih dahulu: yang lain merujuk kepadanya.",
        ),
      ],
    });
  }
  if (current.length > 0) {
    const [pilot] = proposePilots(plan, figures);
    const processes = figures.agencies.reduce((sum, each) => sum + each.processes, 0);
    const tier = processes <= TIER_A_PROCESSES ? "A" : "B";
    if (pilot && plan.agencies.length > 1) {
      waves.push({
        ...{ id: "W1", name: "Pilot", after: before(), pilot: true, tier: "A", datasets: ids(current) },
        scope: { agencies: [pilot.agency.agency], ...(pilot.keys ? { keys: pilot.keys } : {}) },
        why: [pilot.why],
      });
    }
    const after = before();
    waves.push({
      ...{ id: next(), name: "The rest", after, tier, datasets: ids(current), scope: { agencies: "*" } },
      ...(waves.some(({ pilot }) => pilot) ? { requireLessons: true } : {}),
      why: [
        said('"*" after a pilot means all that the pilot left.', '"*" setelah percontohan berarti semua yang tersisa.'),
        tier === "A"
          ? said(
              `${processes} processes: tier A, each whole on the chain.`,
              `${processes} proses: tingkat A, masing-masing utuh di rantai.`,
            )
          : said(
              `${processes} processes: tier B, terms and digest on the chain.`,
              `${processes} proses: tingkat B, ketentuan dan digest di rantai.`,
            ),
      ],
    });
  }
  if (archive.length > 0) {
    const last = Math.max(...archive.map(({ source }) => lastOf(source)));
    waves.push({
      ...{
        id: next(),
        name: "Archive",
        after: before(),
        tier: "C",
        datasets: ids(archive),
        scope: { agencies: "*" },
      },
      why: [
        said(
          `Nothing after ${last}: tier C, a root for all; a record is taken out by its proof when it is needed.`,
          `Tidak ada setelah ${last}: tingkat C, satu akar untuk semua; catatan diambil dengan buktinya bila diperlukan.`,
        ),
      ],
    });
  }
  return waves;
}

/** Agencies that could go first, the best one first: enough to learn from, little that runs, clean. */
export function proposePilots({ agencies }: Pick<Part, "agencies">, figures: Figures): PilotChoice[] {
  const known = new Set(agencies.map(({ id }) => id));
  const dirt = ({ rows, faults }: AgencyFigures) => (rows + faults === 0 ? 1 : faults / (rows + faults));
  // small differences in dirt say nothing: per cent, rounded up
  const rank = (each: AgencyFigures) => [
    each.processes >= PILOT_PROCESSES && each.contracts > 0 ? 0 : 1,
    each.open <= PILOT_OPEN_CONTRACTS ? 0 : 1,
    Math.ceil(dirt(each) * 100),
    // without any running contract nobody would notice what goes wrong
    each.open === 0 ? 1 : 0,
    each.open,
    -each.processes,
  ];
  return figures.agencies
    .filter(({ agency, processes }) => known.has(agency) && processes > 0)
    .map((agency) => ({ agency, rank: rank(agency) }))
    .sort(
      (a, b) =>
        a.rank.map((value, i) => value - b.rank[i]!).find((difference) => difference !== 0) ??
        (a.agency.agency < b.agency.agency ? -1 : 1),
    )
    .map(({ agency }) => choice(agency, dirt(agency)));
}

function choice(agency: AgencyFigures, dirt: number): PilotChoice {
  const { processes, contracts, open, faults } = agency;
  const share = `${(dirt * 100).toFixed(1)} %`;
  const few = open <= PILOT_OPEN_CONTRACTS;
  const keys = few ? undefined : [...agency.running.slice(0, 10), ...agency.ended.slice(0, 40)];
  const part = keys
    ? said(
        `; ${keys.length} of them, as more than ${PILOT_OPEN_CONTRACTS} run`,
        `; ${keys.length} di antaranya, karena lebih dari ${PILOT_OPEN_CONTRACTS} masih berjalan`,
      )
    : said("", "");
  return {
    agency,
    ...(keys ? { keys } : {}),
    why: said(
      `${agency.agency}: ${processes} processes, ${contracts} contracts, ${open} still run, ${faults} rows refused (${share})${part.en}.`,
      `${agency.agency}: ${processes} proses, ${contracts} kontrak, ${open} masih berjalan, ${faults} baris ditolak (${share})${part.id}.`,
    ),
  };
}

function said(en: string, id: string): Words {
  return { en, id };
}
