import { mkdir } from "node:fs/promises";
import path from "node:path";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { readPlan } from "../plan/read-plan.ts";
import type { Plan } from "../plan/schema.ts";
import { approvalsOf, readSealed } from "../plan/seal.ts";
import { secondsOf, windowOf } from "../plan/time.ts";
import { readLot, waveId } from "../stage/lot.ts";
import { readStage, type Staged, stageFolder } from "../stage/stage.ts";
import { lastAttempt } from "../stage/wave-input.ts";
import type { Job } from "./job.ts";
import { legacyColumns } from "./legacy-columns.ts";
import { rememberRefused } from "./refused-records.ts";
import type { Register } from "./register.ts";
import { signedSamples } from "./samples.ts";
import type { Criterion } from "./wave-stages.ts";

/** The folder of the tool in a project. */
export function toolFolder(project: string): string {
  return path.join(project, ".migrate");
}

/** Begins the next attempt at a wave: other ids on the ledger, the same records. @returns its number */
export async function nextAttempt(project: string, wave: string): Promise<number> {
  const next = (await lastAttempt(project, wave)) + 1;
  // the newest folder of a stage is the attempt that is under way
  await mkdir(stageFolder(toolFolder(project), wave, next), { recursive: true });
  return next;
}

/** Writes down which records of a rolled back attempt stay in force: the next one cannot bring them. */
export async function keepStayed(job: Job, ocids: ReadonlySet<string>): Promise<void> {
  const stayed: { key: string; code: string }[] = [];
  for (const lot of job.stage.lots) {
    if (lot.entity !== "process") continue;
    for (const { key, item } of await readLot(job.stage.folder, lot))
      if (ocids.has(unpackEntry(item).entry.ocid)) stayed.push({ key, code: "wave-overlap" });
  }
  await rememberRefused(job.project, stayed);
}

/**
 * A wave of the sealed plan with its stage, ready to be worked on.
 * @param attempt undefined: the one that is under way
 * @throws Fault plan-unsealed, wave-unknown, not-staged
 */
export async function openJob(
  project: string,
  wave: string,
  attempt?: number,
): Promise<{ job: Job; plan: Plan; staged: Staged }> {
  const sealed = await readSealed(project);
  if (sealed === undefined)
    throw new Fault("plan-unsealed", {
      explanation: { en: "The plan is not sealed.", id: "Rencana belum disegel." },
      remedy: { en: "Seal it: prasasti migrate plan seal", id: "Segel: prasasti migrate plan seal" },
    });
  const plan = await readPlan(project);
  const settings = plan.waves.find(({ id }) => id === wave);
  if (settings === undefined)
    throw new Fault("wave-unknown", {
      explanation: { en: `There is no wave ${wave}.`, id: `Tidak ada gelombang ${wave}.` },
      remedy: {
        en: `Waves: ${plan.waves.map(({ id }) => id).join(", ")}.`,
        id: `Gelombang: ${plan.waves.map(({ id }) => id).join(", ")}.`,
      },
    });
  const folder = toolFolder(project);
  const number = attempt ?? (await lastAttempt(project, wave));
  const place = stageFolder(folder, wave, number);
  const staged = await readStage(place);
  const placesOf = (id: string) => {
    // an office held above covers what is below
    const places: Hex[] = [];
    for (let at: string | undefined = id; at !== undefined; at = plan.agencies.find((one) => one.id === at)?.parent)
      if (!places.includes(idOf(at))) places.push(idOf(at));
      else break;
    return places;
  };
  const agencyOf = (id: string) => {
    const found = plan.agencies.find((one) => one.id === id);
    if (found === undefined)
      throw new Fault("agency-unknown", {
        explanation: { en: `The plan names no agency ${id}.`, id: `Rencana tidak menyebut instansi ${id}.` },
        remedy: { en: "Stage the wave again.", id: "Siapkan ulang gelombangnya." },
      });
    return found;
  };
  const agencyIn = (id: string) => {
    const { name, stem, head } = agencyOf(id);
    return { id, agency: idOf(id), name, stem, by: { id: head.holder, places: placesOf(id) } };
  };
  // what is held is among the rejected: its parent did not come
  const { read, migrated, merged, excluded, rejected } = staged.counts;
  const { cutOver: _, ...window } = windowOf(plan, settings);
  const after: Hex[] = [];
  for (const id of settings.after) after.push(waveId(plan.id, id, await lastAttempt(project, id)));
  const job: Job = {
    ...{ project, folder, plan: { id: plan.id, hash: sealed.hash }, wave, attempt: number, id: staged.id },
    lead: agencyIn(settings.lead),
    agencies: [...new Set(staged.lots.map(({ agencyId }) => agencyId))].map(agencyIn),
    ...{ after, detaches: settings.rollback.edited === "detach", grace: secondsOf(settings.rollback.deadline) },
    ...{ window, cutOver: staged.cutOver },
    stage: { folder: place, lots: staged.lots },
    suppliers: staged.suppliers,
    counts: { read, migrated, merged, excluded, rejected },
    ...{ reasons: staged.reasons, reverseDelta: settings.rollback.reverseDelta },
    legacyColumns: await legacyColumns(project, plan),
    approvals: approvalsOf(sealed).valid.map(({ office, holder }) => ({ office, holder })),
  };
  return { job, plan, staged };
}

/**
 * How the criteria of go and no-go stand, as the sealed plan sets them.
 * @throws Fault samples-altered, sample-differs
 */
export async function criteriaOf(
  { job, plan, staged }: { job: Job; plan: Plan; staged: Staged },
  register: Register,
  differences: number,
): Promise<Criterion[]> {
  const { goNoGo } = plan.waves.find(({ id }) => id === job.wave)!;
  const { read, rejected } = job.counts;
  const percent = read === 0 ? 0 : (100 * rejected) / read;
  const samples = await signedSamples(job, register);
  const criterion = (name: string, found: number, most: number, atLeast = false): Criterion => {
    const shown = Number.isInteger(found) ? String(found) : found.toFixed(3);
    const [en, id] = atLeast ? ["at least", "paling sedikit"] : ["at most", "paling banyak"];
    const met = atLeast ? found >= most : found <= most;
    return { name, met, words: { en: `${shown}, ${en} ${most}`, id: `${shown}, ${id} ${most}` } };
  };
  return [
    criterion("rejectsMaxPercent", percent, goNoGo.rejectsMaxPercent),
    criterion("mismatchesMax", differences, goNoGo.mismatchesMax),
    criterion("unreviewedDuplicatesMax", staged.unreviewed, goNoGo.unreviewedDuplicatesMax),
    criterion("samplesSigned", samples, goNoGo.samplesSigned, true),
  ];
}
