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

  it("puts no more rows into a transaction than one may take gas for", async () => {
    const { register, keys, folder } = world;
    const job = await stageJob(folder, { wave: "W2", processes: 150, rowsALot: 4096 });
    const from = await register.height();
    expect(await runWave(job, { register, keys, tell: silent })).to.include({ end: "loaded", loaded: 600 });
    const failed: string[] = [];
    for (let block = from + 1; block <= (await register.height()); block++) {
      const { transactions } = (await register.chain.request("eth_getBlockByNumber", [
        `0x${block.toString(16)}`,
        false,
      ])) as { transactions: string[] };
      for (const hash of transactions) {
        const receipt = (await register.chain.request("eth_getTransactionReceipt", [hash])) as { status: string };
        if (receipt.status !== "0x1") failed.push(hash);
      }
    }
    expect(failed).to.deep.equal([]);
  }).timeout(60_000);
});
