import { expect } from "chai";
import { runWave } from "../../../migration/load/run-wave.ts";
import { waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { openWorld, stageJob } from "./world.ts";

describe("loading a wave", () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  it("opens it, has its lots signed and accepted, and loads every row once", async () => {
    const { register, keys, folder } = world;
    const job = await stageJob(folder, { processes: 50 });
    const told: string[] = [];
    const end = await runWave(job, { register, keys, tell: (event) => told.push(event) });
    if (end.end === "refused") console.log((await import("node:fs")).readFileSync(end.file, "utf8").split("\n").slice(0, 3));
    expect(end).to.deep.equal({ end: "loaded", loaded: 200, finished: false });
    const wave = (await waveOnChain(register, job.id))!;
    expect([wave.state, wave.loaded, wave.expected, wave.lots]).to.deep.equal(["open", 200, 200, 14]);
    expect(await runWave(job, { register, keys, tell: () => {} })).to.include({ end: "loaded", loaded: 200 });
  });
});
