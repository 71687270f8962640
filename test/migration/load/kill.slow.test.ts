// Loaders that are killed as a power cut would, at every named place and at random moments, two at a time on one chain.
//
// By default each named place has its kill, those that are passed once a batch in the first, a middle and the last one,
// and a few lives are killed at random; PRASASTI_KILLS=200 is how many lives die at random instead.

import { glob, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { journalFolder } from "../../../migration/load/job.ts";
import { waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { Ground, runLoader, standsOf } from "./faults.ts";
import type { Task } from "./loader-process.ts";
import { type JobChoices, stageJob } from "./world.ts";

/** Every place at which loading, closing and taking back may die. */
const PLACES = [
  ...[
    "wave-gated",
    "wave-staged",
    "act-made",
    "act-made:2",
    "act-sent",
    "act-recorded",
    "act-recorded:2",
    "wave-opened",
  ],
  ...["wave-consented", "wave-registered", "wave-lots-signed", "wave-lot-accepted", "wave-lots-accepted"],
  ...["batch-signed", "batch-signed:4", "batch-sent", "batch-sent:5"],
  ...["load-starting", "load-resent", "load-reconciled", "load-built", "load-built:2", "load-signed", "load-signed:3"],
  ...[
    "load-kept",
    "load-kept:3",
    "load-included",
    "load-included:3",
    "load-decided",
    "load-decided:2",
    "load-advanced",
  ],
  ...["load-final", "wave-loaded", "wave-verified", "wave-certified", "wave-closed", "wave-activated"],
  ...["rollback-delta", "rollback-sent", "rollback-done"],
];
const REBUILDING = ["rebuild-aside", "rebuild-begun", "rebuild-done"];
const LIFE: Task["steps"] = ["run", "close", "activate", "rollback"];
const FINAL: Task["steps"] = ["run", "close", "activate", "finalise"];
/** 64 rows, which go in four groups. */
const CHOICES: JobChoices = { wave: "K", processes: 16, rowsALot: 16, detaches: true, grace: 0 };
const GROUP = { groupBytes: 8_000 };
const ROUNDS = Number(process.env.PRASASTI_KILLS ?? 4);
/** Loaders that run side by side. */
const LANES = 2;

describe("a loader that is killed", function () {
  this.timeout(900_000);
  let ground: Ground;
  /** what stands after a life that nothing disturbed, and how long that took, in milliseconds */
  const undisturbed = new Map<Task["steps"], Record<string, unknown>>();
  let span: number;

  /** A register and a stage of their own. */
  async function begin(name: string) {
    const founded = await ground.another();
    const project = path.join(ground.world.folder, name.replace(":", "-"));
    const job = await stageJob(ground.world.folder, { ...CHOICES, project });
    return { founded, job, task: (steps: Task["steps"]) => ground.task(job, founded, steps, GROUP) };
  }
  type Begun = Awaited<ReturnType<typeof begin>>;

  /** Lets it go on to its end, after which all has to stand as if nothing had happened. */
  async function goesOn({ founded, job, task }: Begun, steps: Task["steps"], left = steps): Promise<void> {
    const end = await runLoader(await task(left));
    const ends = steps.at(-1) === "finalise" ? "final" : "rolledBack";
    expect(end.said.at(-1), end.error).to.deep.include({ step: steps.at(-1), end: ends });
    const stands = await standsOf(founded.register, job.id);
    if (!undisturbed.has(steps)) undisturbed.set(steps, stands);
    else expect(stands).to.deep.equal(undisturbed.get(steps));
    await rm(job.project, { recursive: true });
  }

  async function dies(task: string, place: string): Promise<void> {
    const { signal, said, error } = await runLoader(task, { PRASASTI_FAILPOINT: place });
    expect(signal, `never came to ${place}: ${JSON.stringify(said.at(-1))} ${error}`).to.equal("SIGKILL");
  }

  const kills = new Map<string, () => Promise<void>>();
  for (const place of PLACES)
    kills.set(`goes on after ${place} as if it never had`, async () => {
      const begun = await begin(place);
      await dies(await begun.task(LIFE), place);
      // what is rolled back is not loaded again
      const isBack = /^rollback-(sent|done)/.test(place);
      await goesOn(begun, LIFE, isBack ? ["rollback"] : LIFE);
    });
  kills.set("goes on after wave-finalised as if it never had", async () => {
    const begun = await begin("wave-finalised");
    await dies(await begun.task(FINAL), "wave-finalised");
    await goesOn(begun, FINAL);
  });
  for (const place of REBUILDING)
    kills.set(`goes on after ${place} of a rebuild of its journal`, async () => {
      const begun = await begin(place);
      await dies(await begun.task(LIFE), "load-kept:3");
      await rm(journalFolder(begun.job), { recursive: true });
      const again: Task["steps"] = ["rebuild", ...LIFE];
      await dies(await begun.task(again), place);
      await goesOn(begun, LIFE, again);
    });
  for (let round = 1; round <= ROUNDS; round++)
    kills.set(`goes on after kills at random moments, and again while it goes on (${round} of ${ROUNDS})`, async () => {
      const begun = await begin(`random-${round}`);
      const task = await begun.task(LIFE);
      for (let again = 0; again < 3; again++) {
        const after = span * (0.2 + 0.7 * Math.random());
        await runLoader(task, {}, (child) => void sleep(after).then(() => child.kill("SIGKILL")));
      }
      const isBack = (await waveOnChain(begun.founded.register, begun.job.id))?.state === "rolledBack";
      await goesOn(begun, LIFE, isBack ? ["rollback"] : LIFE);
    });

  const ended = new Map<string, Promise<() => void>>();
  before(async () => {
    ground = await Ground.open();
    await goesOn(await begin("undisturbed-final"), FINAL);
    const begun = await begin("undisturbed");
    const from = performance.now();
    await goesOn(begun, LIFE);
    span = performance.now() - from;
    expect(undisturbed.get(LIFE)).to.include({ state: "rolledBack", loaded: 64, entries: 64 });
    expect(undisturbed.get(FINAL)).to.include({ state: "final", loaded: 64, entries: 64 });
    // each begins when a lane is free; its own test waits for it and tells how it went
    const lanes: Promise<unknown>[] = Array.from({ length: LANES }, async () => {});
    for (const [number, [name, kill]] of [...kills].entries()) {
      const told = lanes[number % LANES]!.then(kill).then(
        () => () => {},
        (error: unknown) => () => {
          throw error;
        },
      );
      lanes[number % LANES] = told;
      ended.set(name, told);
    }
  });
  after(async () => {
    await Promise.all(ended.values());
    await ground.close();
  });

  for (const name of kills.keys()) it(name, async () => (await ended.get(name)!)());

  it("leaves out no place that the program names", async () => {
    const folder = fileURLToPath(new URL("../../../migration/load", import.meta.url));
    const named = new Set<string>();
    for await (const file of glob("*.ts", { cwd: folder }))
      for (const [, name] of (await readFile(path.join(folder, file), "utf8")).matchAll(/\bfailpoint\("([^"]+)"\)/g))
        named.add(name!);
    const killed = [...PLACES, ...REBUILDING, "wave-finalised"].map((place) => place.split(":")[0]!);
    expect([...named].filter((name) => !killed.includes(name))).to.deep.equal([]);
    expect(named.size).to.be.above(30);
  });
});
