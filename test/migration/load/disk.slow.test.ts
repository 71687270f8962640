import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { type Hands, runWave } from "../../../migration/load/run-wave.ts";
import { waveOnChain } from "../../../migration/load/wave-on-chain.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { Ground, standsOf } from "./faults.ts";
import { stageJob } from "./world.ts";

const root = (program: string, ...given: string[]) => execFileSync(program, given, { stdio: "ignore" });

describe("a disk that is full", function () {
  this.timeout(120_000);
  let ground: Ground;
  let disk: string | undefined;
  before(async function () {
    const folder = mkdtempSync(path.join(tmpdir(), "prasasti-disk-"));
    try {
      root("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", folder);
    } catch {
      rmSync(folder, { recursive: true });
      if (process.env.CI === "true" && process.getuid?.() === 0) throw new Error("no tmpfs can be mounted here");
      console.log("      a small disk is made by mount(8) as root: skipped here");
      return this.skip();
    }
    disk = folder;
    ground = await Ground.open();
  });
  after(async () => {
    if (disk !== undefined) {
      root("umount", disk);
      rmSync(disk, { recursive: true });
    }
    await ground?.close();
  });

  it("F11: stops before anything is sent that is not written down, says so, and goes on when there is room", async () => {
    const choices = { wave: "V", processes: 60, rowsALot: 16 };
    const { register, keys, folder } = ground.world;
    const undisturbed = await stageJob(folder, choices);
    await runWave(undisturbed, { register, keys, tell: () => {} });
    const founded = await ground.another();
    const staged = await stageJob(folder, { ...choices, project: path.join(folder, "for-the-disk") });
    const project = path.join(disk!, "project");
    await cp(staged.project, project, { recursive: true });
    const job = {
      ...{ ...staged, project, folder: path.join(project, ".migrate") },
      stage: { ...staged.stage, folder: staged.stage.folder.replace(staged.project, project) },
    };
    const filler = path.join(disk!, "filler");
    const fill = (spare: number) => {
      mkdirSync(path.dirname(filler), { recursive: true });
      const free = Number(execFileSync("df", ["--output=avail", "-B1", disk!]).toString().trim().split("\n")[1]);
      if (free > spare) writeFileSync(filler, Buffer.alloc(free - spare));
    };
    const hands: Hands = { register: founded.register, keys: founded.keys, tell: () => {} };
    const codeOf = async (tell: Hands["tell"]) => {
      try {
        await runWave(job, { ...hands, tell }, { ahead: 1, groupBytes: 8_000 });
        return "";
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        expect(error.words.id).to.match(/penuh/);
        return error.code;
      }
    };
    fill(8_000_000);
    expect(await codeOf(() => {})).to.equal("disk-full");
    expect(await waveOnChain(founded.register, job.id)).to.equal(undefined);
    rmSync(filler);
    let filled = false;
    const during = await codeOf((event) => {
      if (event !== "rows" || filled) return;
      filled = true;
      fill(0);
    });
    expect(during).to.equal("disk-full");
    expect((await waveOnChain(founded.register, job.id))!.loaded).to.be.below(240);
    rmSync(filler);
    expect(await codeOf(() => {})).to.equal("");
    expect(await standsOf(founded.register, job.id)).to.deep.equal(await standsOf(register, undisturbed.id));
  });
});
