import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { keccak256 } from "#hash";
import { Control } from "../../../migration/load/control.ts";
import { type Job, journalFolder } from "../../../migration/load/job.ts";
import { Journal } from "../../../migration/load/journal.ts";
import { rebuildJournal } from "../../../migration/load/rebuild-journal.ts";
import { Register } from "../../../migration/load/register.ts";
import { type Hands, runWave } from "../../../migration/load/run-wave.ts";
import { accountKey } from "../../../migration/load/wave-account.ts";
import { waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { activateWave, closeWave } from "../../../migration/load/wave-stages.ts";
import { addressOf, fromHex, parseTransaction, signTransaction, toHex } from "../../../server/chain/transaction.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { door, Ground, standsOf, type Trick } from "./faults.ts";
import { type JobChoices, stageJob } from "./world.ts";

const silent = () => {};
const TOKEN = "a token of the tests, long enough";
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "";
};

describe("faults of a load", function () {
  this.timeout(120_000);
  let ground: Ground;
  let undisturbed: Record<string, unknown>;
  let count = 0;
  const CHOICES: JobChoices = { wave: "F", processes: 40, rowsALot: 16 };

  before(async () => {
    ground = await Ground.open();
    const { register, keys, folder } = ground.world;
    const job = await stageJob(folder, CHOICES);
    await runWave(job, { register, keys, tell: silent });
    undisturbed = await standsOf(register, job.id);
    expect(undisturbed).to.include({ loaded: 160, entries: 160 });
  });
  after(() => ground.close());

  /** A fresh register and the same wave in a folder of its own. */
  async function fresh(
    choices: JobChoices = {},
  ): Promise<{ job: Job; hands: Hands; founded: Awaited<ReturnType<Ground["another"]>> }> {
    const founded = await ground.another();
    const project = path.join(ground.world.folder, `fault-${++count}`);
    const job = await stageJob(ground.world.folder, { ...CHOICES, project, ...choices });
    return { job, founded, hands: { register: founded.register, keys: founded.keys, tell: silent } };
  }

  /** The same through a node that plays tricks. */
  async function through(
    trick: Trick,
    work: (job: Job, hands: Hands, real: Register) => Promise<void>,
    isBusy?: () => boolean,
  ): Promise<void> {
    const { job, hands, founded } = await fresh();
    const node = await door(ground.rpc.url, trick, isBusy);
    const settings = { rpc: [node.url], token: TOKEN, ledger: founded.register.places.Ledger, confirmations: 0 };
    const register = await Register.reach(settings, job.folder);
    try {
      await work(job, { ...hands, register }, founded.register);
    } finally {
      await register.close();
      await node.close();
    }
  }

  it("F10: goes on where a node takes a batch and answers nothing", async () => {
    let hung = 0;
    await through(
      async ({ method }, pass) => {
        if (method !== "eth_sendRawTransaction" || hung >= 2 || Math.random() < 0.7) return undefined;
        hung++;
        await pass();
        return { id: -1 };
      },
      async (job, hands, real) => {
        expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
        expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
      },
    );
  });

  it("F10: waits where a node asks for time (429), as long as it asks", async () => {
    let asked = 0;
    await through(
      async () => undefined,
      async (job, hands, real) => {
        expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
        expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
      },
      () => ++asked % 5 === 0,
    );
    expect(asked).to.be.above(20);
  });

  it("F10: believes no inclusion that the ledger's own counter does not bear out", async () => {
    let lies = 0;
    await through(
      async ({ id, method, params }) => {
        if (method !== "prasasti_submit" || lies > 0 || (params as string[])[0]!.length < 20_000) return undefined;
        lies++;
        const result = (params as string[]).map((raw) => ({
          ...{ transactionHash: toHex(keccak256(fromHex(raw))), blockNumber: 1, blockHash: "0x", ok: true, gasUsed: 1 },
        }));
        return { id, result };
      },
      async (job, hands, real) => {
        expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
        expect(lies).to.equal(1);
        expect(await standsOf(real, job.id)).to.deep.equal(undisturbed);
      },
    );
  });

  it("F10: uses no node of another chain, and pins the register at the first contact", async () => {
    const { job, founded } = await fresh();
    const ledger = founded.register.places.Ledger;
    const first = await Register.reach({ rpc: [ground.rpc.url], token: TOKEN, ledger, confirmations: 0 }, job.folder);
    await first.close();
    const other = await door(ground.rpc.url, async ({ id, method }) =>
      method === "eth_chainId" ? { id, result: "0x1" } : undefined,
    );
    const reach = (rpc: string, more = {}) =>
      Register.reach({ rpc: [rpc], token: TOKEN, confirmations: 0, ...more }, job.folder);
    expect(await codeOf(reach(other.url))).to.equal("node-of-another-chain");
    expect(await codeOf(reach(ground.rpc.url, { chainId: 1 }))).to.equal("other-register");
    expect(await codeOf(reach(ground.rpc.url, { ledger: ground.world.register.places.Ledger }))).to.equal(
      "other-register",
    );
    await other.close();
  });

  it("F8: heals where another transaction took a nonce of its account, without a second effect", async () => {
    const { job, hands, founded } = await fresh();
    const { chain } = ground.world;
    const secret = await accountKey(job.folder, job.wave, job.attempt);
    let foreign = 0;
    let sent = "";
    const tell: Hands["tell"] = (event) => {
      if (event !== "rows" || foreign > 0) return;
      foreign++;
      void (async () => {
        const nonce = await chain.nonce(addressOf(secret));
        const { raw } = signTransaction(
          { chainId: founded.register.chainId, nonce, gas: 30_000, to: addressOf(secret), data: new Uint8Array() },
          secret,
        );
        sent = parseTransaction(raw).hash;
        await chain.request("eth_sendRawTransaction", [toHex(raw)]).catch(() => {});
      })();
    };
    expect(await runWave(job, { ...hands, tell })).to.include({ end: "loaded", loaded: 160 });
    expect(foreign).to.equal(1);
    // given to the engine past its queue, it would wait for a block of the tests after this one
    await chain.request("hardhat_dropTransaction", [sent]).catch(() => {});
    expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
  });

  it("F7: sends only what is missing where some batches of a stopped run are in blocks and others are not", async () => {
    const { job, hands, founded } = await fresh();
    const control = new Control(job.folder, job.wave);
    let stopped = false;
    const end = await runWave(
      job,
      {
        ...hands,
        tell: (event) => {
          if (event === "rows" && !stopped) {
            stopped = true;
            void control.give({ panic: true });
          }
        },
      },
      { ahead: 1 },
    );
    expect(["stopped", "loaded"]).to.include(end.end);
    const before = (await waveOnChain(founded.register, job.id))!.loaded;
    const journal = await Journal.open(journalFolder(job));
    await journal.forget();
    await journal.close();
    const sent: number[] = [];
    await runWave(job, { ...hands, tell: (event, values) => event === "rows" && sent.push(Number(values!.rows)) });
    expect(before).to.be.at.least(1);
    expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
  });

  it("F3: reads from the chain how far it is where its journal is gone, or torn", async () => {
    for (const harm of ["gone", "torn"] as const) {
      const { job, hands, founded } = await fresh();
      await runWave(job, hands);
      const folder = journalFolder(job);
      if (harm === "gone") await rm(folder, { recursive: true });
      else
        for (const name of await readdir(folder))
          if (/\.(log|ldb)$|MANIFEST/.test(name)) {
            const bytes = await readFile(path.join(folder, name));
            await writeFile(
              path.join(folder, name),
              Buffer.from(bytes.map((byte, at) => (at % 7 === 3 ? byte ^ 0x55 : byte))),
            );
          }
      if (harm === "torn") expect(await codeOf(runWave(job, hands))).to.equal("journal-unreadable");
      const rebuilt = await rebuildJournal(job, hands);
      expect(rebuilt).to.include({ lots: 10, rows: 160 });
      expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
      expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
    }
  });

  it("F16: does nothing for a wave that is finished, and stops where plan or stage changed", async () => {
    const { job, hands, founded } = await fresh();
    await runWave(job, hands);
    const height = await founded.register.height();
    expect(await runWave(job, hands)).to.include({ end: "loaded", loaded: 160 });
    expect(await founded.register.height()).to.equal(height);
    const otherPlan = { ...job, plan: { ...job.plan, hash: `0x${"11".repeat(32)}` as const } };
    expect(await codeOf(runWave(otherPlan, hands))).to.equal("stale");
    const fewer = { ...job, stage: { ...job.stage, lots: job.stage.lots.slice(1) } };
    expect(await codeOf(runWave(fewer, hands))).to.equal("stale");
    await rm(journalFolder(job), { recursive: true });
    expect(await codeOf(runWave(otherPlan, hands))).to.equal("stale");
  });

  it("F16: begins afresh under a plan that was sealed anew while nothing of the attempt was on the ledger", async () => {
    const { job, hands, founded } = await fresh();
    const some = founded.keys.filter(({ holder }) => !/kepala/.test(holder));
    const waiting = await runWave(job, { ...hands, keys: some });
    expect(waiting.end).to.equal("waiting");
    const resealed = { ...job, plan: { ...job.plan, hash: `0x${"22".repeat(32)}` as const } };
    const told: string[] = [];
    const end = await runWave(resealed, { ...hands, tell: (event) => told.push(event) });
    expect(end).to.include({ end: "loaded", loaded: 160 });
    expect(told).to.contain("afresh");
    const [aside] = await readdir(path.join(job.project, "acts", "set-aside"));
    expect(await readdir(path.join(job.project, "acts", "set-aside", aside!))).to.deep.equal(["F-1-open.json"]);
    expect((await waveOnChain(founded.register, job.id))!.plan).to.equal(resealed.plan.hash);
    expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
    expect(await codeOf(runWave(job, hands))).to.equal("stale");
  });

  it("F20: pauses where its window ends, says when the next is, and goes on there", async () => {
    const { job, hands, founded } = await fresh();
    const hour = 3_600_000;
    const start = Date.now();
    const next = { start: start + 10 * hour, end: start + 12 * hour };
    const night = { ...job, window: { start, end: start + hour, further: [next], zone: "Asia/Jayapura" } };
    // the clock jumps by two hours once the loading has begun
    let looked = 0;
    const now = () => Date.now() + (++looked > 3 ? 2 * hour : 0);
    const first = await runWave(night, { ...hands, now }, { ahead: 1 });
    expect(first.end === "stopped" && first.why).to.equal("over");
    if (first.end !== "stopped" || first.why !== "over") return;
    expect(first.loaded).to.be.lessThan(160);
    expect(first.next).to.deep.equal(next);
    // outside it nothing more is sent; in the next it goes on
    const again = await runWave(night, { ...hands, now: () => start + 2 * hour });
    expect(again).to.deep.include({ end: "stopped", why: "over", loaded: first.loaded });
    const last = await runWave(night, { ...hands, now: () => next.start + 1 });
    expect(last).to.include({ end: "loaded", loaded: 160 });
    expect(await standsOf(founded.register, job.id)).to.deep.equal(undisturbed);
  });

  it("F19: has one writer: on this machine by a lock, elsewhere by a lease that a head takes over", async () => {
    const { job, hands, founded } = await fresh();
    const control = new Control(job.folder, job.wave);
    const begun = Promise.withResolvers<void>();
    const tell: Hands["tell"] = (event) => {
      // what it tells first comes after it has locked its journal
      begun.resolve();
      if (event === "rows") void control.give({ paused: true });
    };
    const first = runWave(job, { ...hands, tell }, { ahead: 1 });
    await begun.promise;
    expect(await codeOf(runWave(job, hands))).to.equal("lease-held");
    await first;
    // the whole folder, copied to another place
    const project = `${job.project}-copy`;
    await cp(job.project, project, { recursive: true });
    const copied: Job = { ...job, project, folder: path.join(project, ".migrate") };
    expect(await codeOf(runWave(copied, hands))).to.equal("lease-held");
    expect(await runWave(copied, hands, { takeOver: true })).to.include({ end: "loaded" });
    expect(await codeOf(runWave(job, hands))).to.equal("lease-held");
    const { epoch, acts, ...rest } = await standsOf(founded.register, job.id);
    const { epoch: _, acts: __, accepted, lotsHash, ...expected } = undisturbed;
    expect(epoch).to.equal(2);
    expect(acts).to.deep.equal([30, 31, 32]);
    expect(rest).to.deep.include(expected);
  });

  it("F21: names the file of the stage that was changed, and sends nothing", async () => {
    const { job, hands, founded } = await fresh();
    const lot = path.join(job.stage.folder, job.stage.lots[3]!.file);
    const bytes = await readFile(lot);
    bytes[bytes.length - 40] = bytes[bytes.length - 40]! ^ 1;
    await writeFile(lot, bytes);
    let fault: Fault | undefined;
    await runWave(job, hands).catch((error: Fault) => {
      fault = error;
    });
    expect(fault?.code).to.equal("lot-altered");
    expect(fault?.explanation.id).to.contain(lot);
    expect(await waveOnChain(founded.register, job.id)).to.equal(undefined);
  });

  it("F13: finds the one row that the ledger refuses, and loads its neighbours", async () => {
    const { job, hands } = await fresh({
      change: (entry, number) =>
        number === 7 && entry.contractId !== "" ? { ...entry, terms: { ...entry.terms, party: entry.agency } } : entry,
    });
    const end = await runWave(job, hands);
    expect(end).to.include({ end: "refused", refused: 2 });
    if (end.end !== "refused") return;
    const lines = (await readFile(end.file, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map(({ key }) => key)).to.deep.equal([
      "ocds-uji-lama-dishub-F-000007|2 contract",
      "ocds-uji-lama-dpupr-F-000007|2 contract",
    ]);
    expect(lines[0].from).to.deep.equal([{ dataset: "kontrak", row: 7, at: "line 8" }]);
    expect((await waveOnChain(hands.register, job.id))!.loaded).to.equal(158);
  });

  it("F17: is not rolled back where another wave builds on it, nor twice, nor when it is final", async () => {
    const { job, hands, founded } = await fresh({ grace: 0 });
    await runWave(job, hands);
    await closeWave(job, hands);
    await activateWave(job, hands, []);
    const next = await stageJob(ground.world.folder, {
      ...{
        wave: "F2",
        tier: "C",
        processes: 4,
        after: [job.id],
        project: path.join(ground.world.folder, `fault-${++count}`),
      },
    });
    await runWave(next, hands);
    await closeWave(next, hands);
    await activateWave(next, hands, []);
    const { finaliseWave, rollBackWave } = await import("../../../migration/load/wave-stages.ts");
    expect(await codeOf(rollBackWave(job, hands))).to.equal("rollback-blocked");
    await rollBackWave(next, hands);
    expect((await finaliseWave(job, hands)).end).to.equal("final");
    expect(await codeOf(rollBackWave(job, hands))).to.equal("rollback-blocked");
    expect((await waveOnChain(founded.register, job.id))!.state).to.equal("final");
  });
});
