import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
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
const LIFE: Task["steps"] = ["run", "close", "activate", "rollback"];
const CHOICES: JobChoices = { wave: "K", processes: 60, rowsALot: 16, detaches: true };

describe("a loader that is killed", function () {
  this.timeout(900_000);
  let ground: Ground;
  let undisturbed: Record<string, unknown>;
  before(async () => {
    ground = await Ground.open();
    const job = await stageJob(ground.world.folder, CHOICES);
    const end = await runLoader(await ground.task(job, ground.world, LIFE));
    expect(end.said.at(-1), end.error).to.deep.include({ step: "rollback", end: "rolledBack" });
    undisturbed = await standsOf(ground.world.register, job.id);
    expect(undisturbed).to.include({ state: "rolledBack", loaded: 240, entries: 240 });
  });
  after(() => ground.close());

  for (const place of PLACES)
    it(`goes on after ${place} as if it never had`, async () => {
      const founded = await ground.another();
      const job = await stageJob(ground.world.folder, {
        ...CHOICES,
        project: path.join(ground.world.folder, `at-${place}`),
      });
      const task = await ground.task(job, founded, LIFE);
      const killed = await runLoader(task, { PRASASTI_FAILPOINT: place });
      expect(killed.signal, `never came to ${place}: ${JSON.stringify(killed.said.at(-1))} ${killed.error}`).to.equal(
        "SIGKILL",
      );
      // what is rolled back is not loaded again
      const isBack = /^rollback-(sent|done)/.test(place);
      const end = await runLoader(isBack ? await ground.task(job, founded, ["rollback"]) : task);
      expect(end.said.at(-1), end.error).to.deep.include({ step: "rollback", end: "rolledBack" });
      expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
    });

  for (const place of ["rebuild-aside", "rebuild-begun", "rebuild-done"])
    it(`goes on after ${place} of a rebuild of its journal`, async () => {
      const founded = await ground.another();
      const job = await stageJob(ground.world.folder, {
        ...CHOICES,
        project: path.join(ground.world.folder, `at-${place}`),
      });
      await runLoader(await ground.task(job, founded, LIFE), { PRASASTI_FAILPOINT: "load-kept:3" });
      await rm(journalFolder(job), { recursive: true });
      const task = await ground.task(job, founded, ["rebuild", ...LIFE]);
      expect((await runLoader(task, { PRASASTI_FAILPOINT: place })).signal).to.equal("SIGKILL");
      const end = await runLoader(task);
      expect(end.said.at(-1), end.error).to.deep.include({ end: "rolledBack" });
      expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
    });

  it("goes on after kills at random moments, and again while it goes on", async () => {
    const rounds = Number(process.env.PRASASTI_KILLS ?? 12);
    for (let round = 0; round < rounds; round++) {
      const founded = await ground.another();
      const job = await stageJob(ground.world.folder, {
        ...CHOICES,
        project: path.join(ground.world.folder, `random-${round}`),
      });
      const task = await ground.task(job, founded, LIFE);
      for (let again = 0; again < 3; again++) {
        const after = 250 + Math.floor(Math.random() * 900);
        await runLoader(task, {}, (child) => void sleep(after).then(() => child.kill("SIGKILL")));
      }
      const isBack = (await waveOnChain(founded.register, job.id))?.state === "rolledBack";
      const end = await runLoader(isBack ? await ground.task(job, founded, ["rollback"]) : task);
      expect(end.said.at(-1), end.error).to.deep.include({ step: "rollback", end: "rolledBack" });
      expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
    }
  });
});
