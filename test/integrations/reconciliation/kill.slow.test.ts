import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("following-process.ts", import.meta.url));

async function run(folder: string, failpoint?: string): Promise<{ signal: string | null; out: string }> {
  const env = { ...process.env, ...(failpoint === undefined ? {} : { PRASASTI_FAILPOINT: failpoint }) };
  const child = spawn(process.execPath, [program, folder], { env, stdio: ["ignore", "pipe", "inherit"] });
  const [out, [, signal]] = await Promise.all([
    text(child.stdout),
    once(child, "close") as Promise<[number, string | null]>,
  ]);
  return { signal, out };
}

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
