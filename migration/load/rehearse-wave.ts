import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEmbedded } from "../../server/chain/embedded.ts";
import { utf8 } from "../../server/domain/entries/words.ts";
import { writeWhole } from "../stage/lot.ts";
import { foundRegister } from "./found-register.ts";
import type { Job } from "./job.ts";
import { rememberRefused } from "./refused-records.ts";
import { runWave, type Tell } from "./run-wave.ts";
import { verifyWave } from "./verify-wave.ts";
import { activateWave, closeWave, rollBackWave } from "./wave-stages.ts";

/** What a rehearsal has shown; kept in `.migrate/rehearsal/<wave>.json`. Times in seconds. */
export type Rehearsal = {
  format: "prasasti-rehearsal";
  version: 1;
  wave: string;
  attempt: number;
  planHash: string;
  lots: string;
  started: string;
  finished: string;
  passed: boolean;
  steps: { step: string; seconds: number; said: string }[];
  rows: number;
  rowsASecond: number;
  gasARow: number;
  bytes: number;
  /** foreseen from the first tenth of the rows against what it took, in percent */
  etaErrorPercent: number;
  /** seconds that the rows would take by their gas, at usual block sizes */
  foreseen: Record<string, number>;
  /** file of the rows that the ledger refused */
  refused?: string;
};

const CHAIN_ID = 3_101_946;
/** gas and seconds of a block */
const NETWORKS = {
  "30M gas / 2 s": [30_000_000, 2],
  "60M gas / 1 s": [60_000_000, 1],
  "100M gas / 1 s": [100_000_000, 1],
} as const;
/** Part of a block that the loading fills. */
const FILL = 0.92;

/**
 * Goes the whole way of a wave on a chain of its own, with people and keys made for it: up, verify, close, into force,
 * roll back, verify, up again. Nothing of it touches the register. The evidence opens the gate of a real run.
 * @param again the next attempt, staged; undefined: the same lots, on a second register
 */
export async function rehearseWave(
  job: Job,
  hashOfStage: string,
  tell: Tell,
  again?: () => Promise<Job>,
): Promise<Rehearsal> {
  const started = new Date();
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-rehearsal-"));
  const steps: Rehearsal["steps"] = [];
  let [rows, rate, gas, error] = [0, 0, 0, 0];
  let refused: string | undefined;
  const chain = await openEmbedded({ folder: path.join(folder, "chain"), chainId: CHAIN_ID });
  const step = async (name: string, work: () => Promise<string>): Promise<boolean> => {
    const began = performance.now();
    tell("rehearsing", { step: name });
    try {
      const said = await work();
      steps.push({ step: name, seconds: (performance.now() - began) / 1000, said });
      return true;
    } catch (fault) {
      const said = fault instanceof Error ? fault.message : String(fault);
      steps.push({ step: name, seconds: (performance.now() - began) / 1000, said: `failed: ${said}` });
      return false;
    }
  };
  try {
    // the agency that leads a wave need not have records in it
    const others = job.agencies.filter(({ id }) => id !== job.lead.id);
    const agencies = [job.lead, ...others].map(({ id, name, stem, by }) => ({ id, name, stem, head: by.id }));
    const here = (one: Job, name: string): Job => ({
      ...one,
      ...{ project: path.join(folder, name), folder: path.join(folder, name, ".migrate"), after: [] },
      window: { start: 0, end: Number.MAX_SAFE_INTEGER },
      cutOver: Math.min(one.cutOver, Math.floor(Date.now() / 1000) - 60),
      agencies: one.agencies.map((each) => ({ ...each, by: { id: each.by.id, places: [each.agency] } })),
      lead: { ...one.lead, by: { id: one.lead.by.id, places: [one.lead.agency] } },
    });
    let { register, keys } = await foundRegister(chain, { agencies });
    let marks: { rows: number; at: number }[] = [];
    const listen: Tell = (event, values = {}) => {
      if (event === "rows") {
        marks.push({ rows: Number(values.rows), at: performance.now() });
        gas = Math.max(gas, Number(values.gasARow));
      }
      tell(event, values);
    };
    const up = (one: Job) => async () => {
      marks = [];
      const began = performance.now();
      const end = await runWave(one, { register, keys, tell: listen });
      if (end.end === "refused") refused = end.file;
      if (end.end !== "loaded")
        throw new Error(`${end.end}${end.end === "refused" ? `: ${end.refused} rows, ${end.file}` : ""}`);
      rows = end.loaded;
      const seconds = (performance.now() - began) / 1000;
      rate = rows / seconds;
      error = foreseenError(marks, rows);
      return `${rows} rows, ${Math.round(rate)} a second`;
    };
    const verify = (one: Job) => async () => {
      const { differences, rows: compared } = await verifyWave(one, register, tell);
      if (differences.length > 0) throw new Error(`${differences.length} differences: ${differences[0]!.place}`);
      return `${compared} rows and all roots are equal`;
    };
    const force = (one: Job) => async () => {
      await closeWave(one, { register, keys, tell });
      const end = await activateWave(one, { register, keys, tell }, []);
      return end.end;
    };
    const first = here(job, "first");
    const passed =
      (await step("up", up(first))) &&
      (await step("verify", verify(first))) &&
      (await step("close and bring into force", force(first))) &&
      (await step("roll back", async () => {
        const { end, ...rest } = await rollBackWave(first, { register, keys, tell });
        if (end === "rolledBack" && "verdict" in rest && rest.verdict.differences.length > 0)
          throw new Error(rest.verdict.differences[0]!.words.en);
        return end;
      })) &&
      (await step("up again", async () => {
        let second = here(job, "second");
        if (again === undefined) ({ register, keys } = await foundRegister(chain, { agencies }));
        else second = here(await again(), "second");
        return `${await up(second)()}; ${await verify(second)()}`;
      }));
    if (refused !== undefined) refused = await keepRefused(job, refused);
    const evidence: Rehearsal = {
      ...{ format: "prasasti-rehearsal", version: 1, wave: job.wave, attempt: job.attempt, planHash: job.plan.hash },
      ...{ lots: hashOfStage, started: started.toISOString(), finished: new Date().toISOString(), passed, steps, rows },
      ...{ rowsASecond: Math.round(rate), gasARow: gas, etaErrorPercent: error },
      bytes: job.stage.lots.reduce((sum, { bytes }) => sum + bytes, 0),
      foreseen: Object.fromEntries(
        Object.entries(NETWORKS).map(([name, [blockGas, seconds]]) => [
          name,
          Math.ceil((rows * gas * seconds) / (blockGas * FILL)),
        ]),
      ),
      ...(refused === undefined ? {} : { refused }),
    };
    const place = path.join(job.folder, "rehearsal", `${job.wave}.json`);
    await mkdir(path.dirname(place), { recursive: true });
    await writeWhole(place, utf8(`${JSON.stringify(evidence, null, 2)}\n`));
    return evidence;
  } finally {
    await chain.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is over sooner, in milliseconds, is no measure of how well time is foreseen. */
const SHORTEST_FORESEEN = 60_000;

/** By how much the first tenth of the rows misjudged the rest, in percent of what it took. */
function foreseenError(marks: readonly { rows: number; at: number }[], rows: number): number {
  const [first, last] = [marks[0], marks.at(-1)];
  const tenth = marks.find((mark) => mark.rows >= rows / 10 && mark !== first);
  if (first === undefined || last === undefined || tenth === undefined) return 0;
  if (last.at - first.at < SHORTEST_FORESEEN) return 0;
  const foreseen = ((tenth.at - first.at) * (rows - first.rows)) / Math.max(1, tenth.rows - first.rows);
  return Math.round((Math.abs(foreseen - (last.at - first.at)) / (last.at - first.at)) * 100);
}

/** Rows that the ledger refused, kept in the project: the next stage of the wave takes them for rejects. */
async function keepRefused({ project, folder, wave, attempt }: Job, file: string): Promise<string> {
  const place = path.join(folder, "refused", `${wave}-${attempt}.ndjson`);
  const bytes = await readFile(file);
  await mkdir(path.dirname(place), { recursive: true });
  await writeWhole(place, bytes);
  const lines = bytes.toString().trim().split("\n");
  await rememberRefused(
    project,
    lines.map((line) => JSON.parse(line) as { key: string; code: string }),
  );
  return place;
}
