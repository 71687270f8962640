import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { type Domain, domainSeparator } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Table } from "../../server/store/store.ts";
import { posted } from "./world.ts";

/**
 * The process is killed at named points and at random, under load. The oracle is a client that knows what it was told:
 * every acknowledged submission is there once, as acknowledged; none is there twice; and the projection is the one that
 * the chain alone gives.
 */

const main = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

type Server = { url: string; child: ChildProcess; ended: Promise<NodeJS.Signals | number | null> };

async function start(folder: string, failpoint?: string): Promise<Server> {
  const env = { ...process.env, ...(failpoint === undefined ? {} : { PRASASTI_FAILPOINT: failpoint }) };
  const child = spawn(process.execPath, [main, "serve", "--data", folder, "--port", "0", "--empty"], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.on("exit", (code, signal) => resolve(signal ?? code)),
  );
  let log = "";
  const url = await new Promise<string>((resolve) => {
    child.stderr!.on("data", (part: Buffer) => {
      log += part;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(log);
      if (found !== null) resolve(found[0]);
    });
    void ended.then(() => resolve(""));
  });
  if (url === "" && failpoint === undefined) throw new Error(`the gateway did not start: ${log}`);
  return { url, child, ended };
}

async function stop({ child, ended }: Server): Promise<void> {
  child.kill("SIGTERM");
  await ended;
}

describe("kill -9", function () {
  this.timeout(240_000);
  let folder = "";
  let separator: Uint8Array;
  let seen: Hex;
  /** what the client was told: leaf by id */
  const acknowledged = new Map<Hex, Hex>();
  const sent = new Map<Hex, object>();

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-crash-"));
    const server = await start(folder);
    const ledger = (await (await fetch(`${server.url}/api/v1/ledger`)).json()) as { domain: Domain };
    separator = domainSeparator(ledger.domain);
    // the first entry brings the first checkpoint, which later signers name
    seen = `0x${"0".repeat(64)}`;
    await send(server, 1);
    seen = ((await (await fetch(`${server.url}/api/v1/ledger`)).json()) as { seen: Hex }).seen;
    await stop(server);
  });
  after(() => rm(folder, { recursive: true }));

  async function post(server: Server, id: Hex, payload: object): Promise<void> {
    sent.set(id, payload);
    const response = await fetch(`${server.url}/api/v1/submissions?wait=20000`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(payload),
    });
    const body = (await response.json()) as { recorded?: { leaf: Hex }; state: string };
    if (response.status !== 201) throw new Error(`${response.status} ${JSON.stringify(body)}`);
    const told = acknowledged.get(id);
    if (told !== undefined) expect(body.recorded!.leaf, "the answer to a repeated submission").to.equal(told);
    acknowledged.set(id, body.recorded!.leaf);
  }

  /** Sends `count` new submissions at once; what fails for the server's death is left to be sent again. */
  async function send(server: Server, count: number): Promise<void> {
    const items = Array.from({ length: count }, () => posted(separator, seen));
    await Promise.allSettled(items.map(({ id, payload }) => post(server, id, payload)));
  }

  /** Everything not acknowledged is sent again; then the register holds each submission once, as it was told. */
  async function settle(server: Server): Promise<void> {
    for (const [id, payload] of sent) if (!acknowledged.has(id)) await post(server, id, payload);
    const found = new Map<Hex, Hex[]>();
    let next: string | undefined = "/api/v1/entries?limit=200";
    while (next !== undefined) {
      const page = (await (await fetch(server.url + next)).json()) as {
        entries: { hash: Hex; leaf: Hex }[];
        links?: { next: string };
      };
      for (const { hash, leaf } of page.entries) found.set(hash, [...(found.get(hash) ?? []), leaf]);
      next = page.links?.next;
    }
    expect(found.size, "entries in the register").to.equal(sent.size);
    for (const [id, leaf] of acknowledged) expect(found.get(id)).to.deep.equal([leaf]);
  }

  for (const point of [
    "submission-stored",
    "batch-built",
    "batch-signed",
    "batch-sent",
    "block-mined",
    "journalled",
    "projected",
    "answered",
  ]) {
    it(`at ${point}: loses nothing, doubles nothing`, async () => {
      const doomed = await start(folder, `${point}:2`);
      for (let round = 0; round < 4; round++) await send(doomed, 4);
      expect(await doomed.ended, "the failpoint was passed").to.equal("SIGKILL");
      const server = await start(folder);
      await settle(server);
      await stop(server);
    });
  }

  for (const point of ["replaying", "rebuilding"]) {
    it(`at ${point}: the next start goes on as if nothing had been`, async () => {
      if (point === "rebuilding") await rm(path.join(folder, "projection"), { recursive: true });
      const doomed = await start(folder, `${point}:5`);
      expect(await doomed.ended).to.equal("SIGKILL");
      const server = await start(folder);
      await settle(server);
      await stop(server);
    });
  }

  it("at twenty random moments under load", async () => {
    let seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    console.log(`      SEED=${seed}`);
    for (let round = 0; round < 20; round++) {
      const server = await start(folder);
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      const moment = 5 + (seed % 150);
      const killed = new Promise<void>((resolve) =>
        setTimeout(() => {
          server.child.kill("SIGKILL");
          resolve();
        }, moment),
      );
      await Promise.all([send(server, 12), killed]);
      await server.ended;
    }
    const server = await start(folder);
    await settle(server);
    await stop(server);
  });

  it("leaves the projection that the chain alone gives", async () => {
    const hashOf = async () => {
      const table = await Table.open(path.join(folder, "projection"));
      const hash = await table.stateHash();
      await table.close();
      return hash;
    };
    const before = await hashOf();
    await rm(path.join(folder, "projection"), { recursive: true });
    await stop(await start(folder));
    expect(await hashOf()).to.equal(before);
  });
});
