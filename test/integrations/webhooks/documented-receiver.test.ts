import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { SealedTexts } from "../../../server/integrations/sealed-texts.ts";
import { Addresses } from "../../../server/integrations/webhooks/address-policy.ts";
import { Webhooks } from "../../../server/integrations/webhooks/webhooks.ts";
import { Table } from "../../../server/store/store.ts";
import { until } from "../../gateway/world.ts";
import { Feed } from "./feed.ts";
import { Receiver } from "./receiver.ts";

const PAGE = fileURLToPath(new URL("../../../docs/how-to/receive-webhooks.md", import.meta.url));

describe("the receiver of the documentation", function () {
  this.timeout(30_000);
  let folder: string;
  let rows: Table;
  let hooks: Webhooks;
  let feed: Feed;
  let recorder: Receiver;
  let child: ChildProcess;
  let url: string;
  let secret: string;
  let told: string[];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-receiver-"));
    rows = await Table.open(path.join(folder, "rows"));
    feed = new Feed();
    recorder = new Receiver();
    hooks = await Webhooks.open({
      rows,
      events: feed,
      sealed: new SealedTexts(Buffer.alloc(32, 7)),
      addresses: new Addresses({ loopback: true }),
      tick: 10,
    });
    // what is sent is recorded on its way, so that it can be sent again by somebody else
    const made = await hooks.subscribe("operator", { url: await recorder.open() });
    secret = made.secret;
    const program = /```js\n([\s\S]+?)```/.exec(await readFile(PAGE, "utf8"))![1]!;
    await writeFile(path.join(folder, "receiver.mjs"), program);
    const env = { ...process.env, SECRET: secret, SUBSCRIPTION: made.subscription.id, PORT: "0" };
    child = spawn(process.execPath, ["receiver.mjs"], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });
    told = [];
    let text = "";
    child.stdout!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      told = text.split("\n").filter((line) => line !== "");
    });
    await until("it listens", () => told.length > 0);
    url = `http://127.0.0.1:${told[0]!.split(" ")[1]}/`;
    recorder.always = async (request, response) => {
      const { headers, body } = recorder.got.at(-1)!;
      response.writeHead((await send(headers as Record<string, string>, body)).status).end();
      request.resume();
    };
  });
  after(async () => {
    await hooks.close();
    await rows.close();
    await recorder.close();
    child.kill();
    await rm(folder, { recursive: true, force: true });
  });
  const send = async (headers: Record<string, unknown>, body: string) => {
    const own = Object.entries(headers).filter(([name]) => name.startsWith("webhook-")) as [string, string][];
    const response = await fetch(url, { method: "POST", headers: Object.fromEntries(own), body });
    return { status: response.status, text: await response.text() };
  };
  const signed = (id: string, timestamp: number, body: string) => {
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
    return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
  };
  const now = () => Math.floor(Date.now() / 1_000);

  it("takes what is sent, each event once", async () => {
    feed.add(3);
    await until("all told", () => told.length === 4);
    expect(told.slice(1).map((line) => JSON.parse(line).sequence)).to.deep.equal([1, 2, 3]);
    // the same again, as after a crash of the sender
    const { headers, body } = recorder.got[1]!;
    expect((await send(headers, body)).status).to.equal(204);
    expect(told).to.have.length(4);
  });

  it("refuses what was caught and is sent again later, and clocks that differ by too much", async () => {
    const { id, body } = recorder.got[0]!;
    for (const timestamp of [now() - 301, now() + 301, 0])
      expect(await send(signed(id, timestamp, body), body)).to.deep.equal({ status: 401, text: "time" });
    for (const timestamp of [now() - 290, now() + 290])
      expect((await send(signed(id, timestamp, body), body)).status).to.equal(204);
    // the old signature under a new time is none
    const { headers } = recorder.got[0]!;
    const renewed = { ...headers, "webhook-timestamp": String(now() + 5) };
    expect(await send(renewed, body)).to.deep.equal({ status: 401, text: "signature" });
  });

  it("refuses changed bytes, another secret, no signature, and what was meant for another", async () => {
    const { headers, body, id } = recorder.got[0]!;
    expect((await send(headers, body.replace("contract", "payment"))).text).to.equal("signature");
    expect((await send({ ...headers, "webhook-id": id.replace("_1_", "_2_") }, body)).text).to.equal("signature");
    expect((await send({}, body)).text).to.equal("signature");
    expect((await send({ ...headers, "webhook-signature": "v1,AAAA v2,x" }, body)).text).to.equal("signature");
    const other = `hook_${"0".repeat(24)}_1_${"a".repeat(16)}`;
    expect((await send(signed(other, now(), body), body)).text).to.equal("subscription");
    expect(told).to.have.length(4);
  });

  it("goes on while the secret changes", async () => {
    const [subscription] = await hooks.list();
    await hooks.rotateSecret(subscription!.id);
    feed.add();
    await until("told", () => told.length === 5);
  });
});
