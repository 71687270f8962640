import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { Fault } from "../../server/domain/fault.ts";
import { countFigures, type Figures } from "./figures.ts";
import { type MapFacts, readMapFacts } from "./map-facts.ts";
import { type PilotChoice, type ProposedWave, proposePilots, proposeWaves } from "./propose.ts";
import { readPlanText } from "./read-plan.ts";
import { planSchema } from "./schema.ts";

export type Built = {
  readonly waves: readonly ProposedWave[];
  readonly pilots: readonly PilotChoice[];
  readonly figures: Figures;
};

/** What waves are proposed from; the rest of the plan may still be unfinished. */
const partSchema = planSchema.pick({ sources: true, agencies: true, datasets: true }).strip();

/** Counts the rows and proposes waves. Changes nothing but the figures in `.migrate`. @throws Fault `plan-faults`, SourceFault, MapFault */
export async function buildWaves(folder: string): Promise<Built> {
  const { value } = await readPlanText(folder);
  const part = partSchema.safeParse(value);
  if (!part.success) throw unready();
  const maps = new Map<string, MapFacts>();
  for (const { map } of part.data.datasets) {
    const facts = await readMapFacts(folder, map);
    if (facts && "digest" in facts) maps.set(map, facts);
  }
  const figures = await countFigures(folder, part.data);
  return { waves: proposeWaves(part.data, maps, figures), pilots: proposePilots(part.data, figures), figures };
}

/** Fields of a proposal that replace those of a wave of the same id; what people wrote beside them stays. */
const PROPOSED = ["name", "after", "pilot", "tier", "datasets", "entities", "scope", "requireLessons"] as const;

/** Puts proposed waves into the plan; comments and all other parts stay as they are. */
export async function writeWaves(folder: string, waves: readonly ProposedWave[]): Promise<void> {
  const { file } = await readPlanText(folder);
  const path = join(folder, file);
  const document = parseDocument(await readFile(path, "utf8"), { version: "1.2" });
  const { waves: before = [] } = (document.toJS() ?? {}) as { waves?: Record<string, unknown>[] };
  const next = waves.map((wave) => {
    const kept = (Array.isArray(before) ? before : []).find((each) => each?.id === wave.id) ?? {};
    const others = Object.entries(kept).filter(([name]) => name !== "id" && !PROPOSED.some((each) => each === name));
    const proposed = PROPOSED.flatMap((name) => (wave[name] === undefined ? [] : [[name, wave[name]]]));
    return Object.fromEntries([["id", wave.id], ...proposed, ...others]);
  });
  document.set("waves", document.createNode(next));
  await writeFile(path, document.toString({ lineWidth: 0 }));
}

function unready(): Fault {
  return new Fault("plan-faults", {
    explanation: {
      en: "Waves are proposed from sources, agencies and datasets, and these have faults.",
      id: "Gelombang diusulkan dari sumber, instansi, dan dataset, dan bagian itu masih salah.",
    },
    remedy: { en: "See them with: prasasti migrate plan lint", id: "Lihat dengan: prasasti migrate plan lint" },
  });
}
