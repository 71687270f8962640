import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../killed-process.ts";

const PROGRAM = new URL("payments-process.ts", import.meta.url);

describe("payments of a process that is killed", function () {
  this.timeout(120_000);
  let whole: unknown;

  async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-killed-"));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  const start = (folder: string, failpoint?: string) => runProgram(PROGRAM, [folder], failpoint);
  async function told(folder: string): Promise<unknown> {
    const { out, code } = await start(folder);
    expect(code, out).to.equal(0);
    return JSON.parse(out);
  }

  before(async () => {
    whole = await inFolder(told);
    expect((whole as { open: string[] }).open).to.have.length.greaterThan(8);
  });

  for (const place of ["payments-kept", "payments-kept:3", "payments-judged", "bank-matched", "payment-decided"])
    it(`is what it would have been, nothing lost and nothing twice, killed at ${place}`, () =>
      inFolder(async (folder) => {
        expect((await start(folder, place)).signal).to.equal("SIGKILL");
        expect(await told(folder)).to.deep.equal(whole);
      }));
});
