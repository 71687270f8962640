import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("payments-process.ts", import.meta.url));

describe("payments of a process that is killed", function () {
  this.timeout(120_000);
  let whole: unknown;

  async function inFolder<T>(work: (folder: string) => T): Promise<T> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-killed-"));
    try {
      return work(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  function start(folder: string, failpoint?: string) {
    const env = { ...process.env, ...(failpoint === undefined ? {} : { PRASASTI_FAILPOINT: failpoint }) };
    return spawnSync(process.execPath, [program, folder], { env, encoding: "utf8" });
  }

  before(async () => {
    whole = await inFolder((folder) => {
      const { stdout, stderr, status } = start(folder);
      expect(status, stderr).to.equal(0);
      return JSON.parse(stdout);
    });
    expect((whole as { open: string[] }).open).to.have.length.greaterThan(8);
  });

  for (const place of ["payments-kept", "payments-kept:3", "payments-judged", "bank-matched", "payment-decided"])
    it(`is what it would have been, nothing lost and nothing twice, killed at ${place}`, () =>
      inFolder((folder) => {
        expect(start(folder, place).signal).to.equal("SIGKILL");
        const { stdout, stderr, status } = start(folder);
        expect(status, stderr).to.equal(0);
        expect(JSON.parse(stdout)).to.deep.equal(whole);
      }));
});
