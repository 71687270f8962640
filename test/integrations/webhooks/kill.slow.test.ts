import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Table } from "../../../server/store/store.ts";
import { numbersFrom } from "../../crash/careful-client.ts";
import { Receiver } from "./receiver.ts";

const SENDER = fileURLToPath(new URL("./sender.ts", import.meta.url));
const EVENTS = 60;

describe("webhooks, killed", function () {
  this.timeout(300_000);
  let folder: string;
  let receiver: Receiver;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-hook-kill-"));
    receiver = new Receiver();
    await receiver.open();
  });
  afterEach(async () => {
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });
  /** Runs the sender until it has brought all, or dies; says which. @param killAfter milliseconds */
  const run = (failpoint?: string, killAfter?: number) =>
    new Promise<string>((resolve) => {
      const env = { ...process.env, ...(failpoint === undefined ? {} : { PRASASTI_FAILPOINT: failpoint }) };
      const child = spawn(process.execPath, [SENDER, folder, receiver.url, String(EVENTS)], {
        env,
        stdio: ["ignore", "ignore", "inherit"],
      });
      if (killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      child.on("exit", (code, signal) => resolve(signal ?? String(code)));
    });
  /** What a receiver has that keeps each id once. */
  const once = () => [
    ...new Map(receiver.got.map(({ id, body }) => [id, (JSON.parse(body) as { sequence: number }).sequence])).values(),
  ];
  const all = Array.from({ length: EVENTS }, (_, index) => index + 1);

  // the third event fails once, the seventh is refused for good
  const faulty = () => {
    const failed = new Set<string>();
    receiver.always = (request, response) => {
      const [, , sequence] = String(request.headers["webhook-id"]).split("_") as string[];
      const fails = sequence === "3" && !failed.has("3");
      if (fails) failed.add("3");
      response.writeHead(fails ? 500 : sequence === "7" ? 422 : 204).end();
    };
  };

  for (const failpoint of [
    "hook-answered:1",
    "hook-answered:9",
    "hook-kept:1",
    "hook-kept:20",
    "hook-failed:1",
    "hook-failed:3",
    "hook-dead:1",
  ])
    it(`leave out nothing and change no order where they die at ${failpoint}`, async () => {
      faulty();
      expect(await run(failpoint)).to.equal("SIGKILL");
      expect(await run()).to.equal("0");
      expect(once()).to.deep.equal(all);
      const rows = await Table.open(folder);
      const dead = await Array.fromAsync(rows.keys("hook/dead/"));
      await rows.close();
      expect(dead).to.have.length(1);
    });

  it("leave out nothing over ten kills at any moment", async () => {
    const seed = Number(process.env.PRASASTI_SEED ?? Date.now() % 1_000_000);
    const random = numbersFrom(seed);
    receiver.always = "slow";
    for (let kills = 0; kills < 10; kills++) {
      const ended = await run(undefined, 500 + Math.floor(random() * 1_500));
      if (ended === "0") break;
    }
    receiver.always = undefined;
    expect(await run()).to.equal("0");
    expect(once(), `PRASASTI_SEED=${seed}`).to.deep.equal(all);
  });
});
