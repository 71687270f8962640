import { expect } from "chai";
import { runWave } from "../../../migration/load/run-wave.ts";
import { verifyWave } from "../../../migration/load/verify-wave.ts";
import { waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { openWorld, stageJob } from "./world.ts";

const silent = () => {};

describe("loading a wave", () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  it("opens it, has its lots signed and accepted, and loads every row once", async () => {
    const { register, keys, folder } = world;
    const job = await stageJob(folder, { processes: 50 });
    const end = await runWave(job, { register, keys, tell: silent });
    expect(end).to.deep.equal({ end: "loaded", loaded: 200, finished: false });
    const wave = (await waveOnChain(register, job.id))!;
    expect([wave.state, wave.loaded, wave.expected, wave.lots]).to.deep.equal(["open", 200, 200, 14]);
    expect(await runWave(job, { register, keys, tell: silent })).to.include({ end: "loaded", loaded: 200 });
    const verdict = await verifyWave(job, register, silent);
    expect(verdict.differences).to.deep.equal([]);
    expect([verdict.rows, verdict.natives]).to.deep.equal([200, 0]);
  });
});
