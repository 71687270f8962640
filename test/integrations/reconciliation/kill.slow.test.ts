import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../killed-process.ts";

const PROGRAM = new URL("following-process.ts", import.meta.url);
const run = (folder: string, failpoint?: string) => runProgram(PROGRAM, [folder], failpoint);

describe("reconciliation that is killed", function () {
  this.timeout(240_000);

  it("comes to the same after a power cut at each place, and closes once", async () => {
    const folders: string[] = [];
    const inFolder = async (work: (folder: string) => Promise<string>) => {
      const folder = await mkdtemp(path.join(tmpdir(), "prasasti-recon-kill-"));
      folders.push(folder);
      return work(folder);
    };
    try {
      const whole = await inFolder(async (folder) => (await run(folder)).out);
      expect(JSON.parse(whole).acts).to.have.length(1);
      expect(JSON.parse(whole).later.count).to.equal(0);
      for (const place of [
        "reconciliation-kept:1",
        "reconciliation-kept:4",
        "reconciliation-kept:6",
        "closing-lines-kept",
      ]) {
        const after = await inFolder(async (folder) => {
          expect((await run(folder, place)).signal, place).to.equal("SIGKILL");
          return (await run(folder)).out;
        });
        expect(after, place).to.equal(whole);
      }
    } finally {
      for (const folder of folders) await rm(folder, { recursive: true });
    }
  });
});
