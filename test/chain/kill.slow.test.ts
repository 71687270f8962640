import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openEmbedded } from "../../server/chain/embedded.ts";

const program = fileURLToPath(new URL("./submitter.ts", import.meta.url));

describe("the embedded chain after kill -9", function () {
  this.timeout(60_000);
  let folder = "";
  /** What any process was told, block number to hash. */
  const told = new Map<number, string>();

  const run = async (count: number, failpoint = ""): Promise<NodeJS.Signals | null> => {
    const env = { ...process.env, PRASASTI_FAILPOINT: failpoint };
    const child = spawn(process.execPath, [program, folder, `${count}`], {
      env,
      stdio: ["ignore", "pipe", "inherit"],
      timeout: 50_000,
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    const signal = await new Promise<NodeJS.Signals | null>((resolve) => child.once("close", (_, by) => resolve(by)));
    for (const line of output.split("\n").slice(0, -1)) {
      const [number, hash] = line.split(" ");
      expect(told.has(Number(number)), `block ${number} told twice`).to.equal(false);
      told.set(Number(number), hash!);
    }
    return signal;
  };
  /** Opens it here: every told block is there with its hash, replay included. Returns the height. */
  const check = async (): Promise<number> => {
    const chain = await openEmbedded({ folder, chainId: 7357 });
    const kept = new Map<number, string>();
    for await (const { number, hash } of chain.blocks(1)) kept.set(number, hash);
    for (const [number, hash] of told) expect(kept.get(number)).to.equal(hash);
    await chain.ready();
    await chain.close();
    return kept.size;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "prasasti-kill-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("has lost a block that was mined but not journalled, of which nobody was told", async () => {
    expect(await run(9, "block-mined:5")).to.equal("SIGKILL");
    expect(told.size).to.equal(4);
    expect(await check()).to.equal(4);
  });

  it("has kept a block that was journalled, though nobody was told", async () => {
    expect(await run(9, "journalled:3")).to.equal("SIGKILL");
    expect(told.size).to.equal(6);
    expect(await check()).to.equal(7);
  });

  it("loses nothing when killed in the middle of a replay", async () => {
    expect(await run(9, "replaying:4")).to.equal("SIGKILL");
    expect(told.size).to.equal(6);
    expect(await check()).to.equal(7);
  });

  it("goes on from there", async () => {
    expect(await run(3)).to.equal(null);
    expect(told.size).to.equal(9);
    expect(await check()).to.equal(10);
  });
});
