import { createHmac, createPublicKey, verify } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { ProblemError } from "../../../server/domain/problems.ts";
import { SealedTexts } from "../../../server/integrations/sealed-texts.ts";
import { Addresses } from "../../../server/integrations/webhooks/address-policy.ts";
import { type Subscription, Webhooks } from "../../../server/integrations/webhooks/webhooks.ts";
import { Table } from "../../../server/store/store.ts";
import { until } from "../../gateway/world.ts";
import { Feed } from "./feed.ts";
import { type Got, Receiver } from "./receiver.ts";

const HOLDER = `0x${"11".repeat(32)}` as const;
const OTHER = `0x${"22".repeat(32)}` as const;

describe("webhooks", function () {
  this.timeout(60_000);
  let folder: string;
  let rows: Table;
  let feed: Feed;
  let receiver: Receiver;
  let hooks: Webhooks;
  /** milliseconds that the clock of the register is ahead */
  let ahead = 0;
  const open = (options: { timeout?: number; ca?: string; addresses?: Addresses } = {}) =>
    Webhooks.open({
      rows,
      events: feed,
      sealed: new SealedTexts(Buffer.alloc(32, 7)),
      addresses: new Addresses({ loopback: true }),
      now: () => Date.now() + ahead,
      chance: () => 0,
      timeout: 2_000,
      tick: 10,
      ...options,
    });
  beforeEach(async () => {
    ahead = 0;
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-hooks-"));
    rows = await Table.open(folder);
    feed = new Feed();
    receiver = new Receiver();
    await receiver.open();
    hooks = await open();
  });
  afterEach(async () => {
    await hooks.close();
    await receiver.close();
    await rows.close();
    await rm(folder, { recursive: true, force: true });
  });
  const subscribe = (more: Partial<Parameters<Webhooks["subscribe"]>[1]> = {}) =>
    hooks.subscribe(HOLDER, { url: receiver.url, ...more });
  const arrived = (count: number) => until(`${count} arrived`, () => receiver.got.length >= count);
  const settled = (subscription: Subscription, position: number) =>
    until(`place ${position}`, async () => (await hooks.get(subscription.id)).position >= position);
  /** Waits until it failed so often, and lets the time come when it is tried again. */
  const failedThen = async (id: string, attempts: number) => {
    await until(`${attempts} attempts`, async () => (await hooks.get(id)).trying?.attempts === attempts);
    const { next } = (await hooks.get(id)).trying!;
    if (next !== undefined) ahead += Date.parse(next) - (Date.now() + ahead);
  };

  it("brings the events since the subscription, as the feed tells them and in its order", async () => {
    feed.add(5);
    const { subscription } = await subscribe();
    feed.add(30);
    await arrived(30);
    await settled(subscription, 35);
    expect(receiver.sequences).to.deep.equal(Array.from({ length: 30 }, (_, index) => index + 6));
    expect(receiver.got[0]!.body).to.equal(JSON.stringify(feed.events[5]));
    expect(new Set(receiver.got.map(({ id }) => id)).size).to.equal(30);
    expect(await hooks.get(subscription.id)).to.include({ state: "active", delivered: 30, deadLetters: 0 });
  });

  it("brings what came before too where it is asked for, and only what passes the filter", async () => {
    feed.add(3, { agency: OTHER });
    feed.add(2, { agency: HOLDER, kind: "payment" });
    feed.add(1, { agency: HOLDER, kind: "contract" });
    const { subscription } = await subscribe({ after: 0, filter: { agency: HOLDER, kinds: ["payment"] } });
    await arrived(2);
    await settled(subscription, 6);
    feed.add(2_500, { agency: OTHER });
    await settled(subscription, 2_506);
    feed.add(1, { agency: HOLDER, kind: "payment" });
    await arrived(3);
    expect(receiver.sequences).to.deep.equal([4, 5, 2_507]);
  });

  it("signs with the secret that is shown once, and with a key that everybody can fetch", async () => {
    const { subscription, secret } = await subscribe();
    feed.add();
    await arrived(1);
    const { headers, body, id } = receiver.got[0]!;
    expect(id.startsWith(`${subscription.id}_1_`)).to.equal(true);
    const content = `${id}.${headers["webhook-timestamp"]}.${body}`;
    expect(signaturesOf(receiver.got[0]!, "v1")).to.deep.equal([hmac(secret, content)]);
    const [key] = hooks.publicKeys();
    expect(verifies(key!, content, signaturesOf(receiver.got[0]!, "v1a")[0]!)).to.equal(true);
    expect(Buffer.from(key!.whpk.slice(5), "base64").toString("base64url")).to.equal(key!.x);
    const everything = JSON.stringify([await hooks.list(), subscription]);
    expect(everything).not.to.include(secret).and.not.to.include("sealed");
    const stored = JSON.stringify(await Array.fromAsync(rows.range("hook/")));
    expect(stored).not.to.include(secret.slice(6));
  });

  it("signs with the old and the new secret and key while they change, then with the new alone", async () => {
    const { subscription, secret } = await subscribe();
    const { secret: next } = await hooks.rotateSecret(subscription.id);
    await hooks.rotateKey();
    feed.add();
    await arrived(1);
    const contentOf = (got: Got) => `${got.id}.${got.headers["webhook-timestamp"]}.${got.body}`;
    const both = receiver.got[0]!;
    expect(signaturesOf(both, "v1")).to.deep.equal([hmac(next, contentOf(both)), hmac(secret, contentOf(both))]);
    expect(hooks.publicKeys()).to.have.length(2);
    for (const [index, key] of hooks.publicKeys().entries())
      expect(verifies(key, contentOf(both), signaturesOf(both, "v1a")[index]!)).to.equal(true);
    ahead = 8 * 86_400_000;
    feed.add();
    await arrived(2);
    expect(signaturesOf(receiver.got[1]!, "v1")).to.deep.equal([hmac(next, contentOf(receiver.got[1]!))]);
    expect(signaturesOf(receiver.got[1]!, "v1a")).to.have.length(1);
    expect(hooks.publicKeys()).to.have.length(1);
  });

  const faults = {
    "a 500": [{ status: 500 }, "status"],
    "a 404": [{ status: 404 }, "status"],
    "a redirect": [{ status: 302, headers: { location: "http://127.0.0.1:9/else" } }, "redirect"],
    "a connection that closes": ["close", "cut-off"],
    "an answer that breaks off": ["half", "cut-off"],
    "a hang": ["hang", "timeout"],
  } as const;
  for (const [name, [fault, code]] of Object.entries(faults))
    it(`tries again after ${name}, under the same id, and keeps the order`, async () => {
      if (name === "a hang") {
        await hooks.close();
        hooks = await open({ timeout: 200 });
      }
      const { subscription } = await subscribe();
      receiver.faults.push(fault as never);
      feed.add(3);
      await until("failed", async () => (await hooks.get(subscription.id)).state === "failing");
      expect((await hooks.get(subscription.id)).trying).to.include({ sequence: 1, attempts: 1, code });
      await failedThen(subscription.id, 1);
      await settled(subscription, 3);
      expect(receiver.sequences).to.deep.equal([1, 1, 2, 3]);
      const ids = receiver.got.map(({ id }) => id);
      expect(ids[0]).to.equal(ids[1]);
      expect(await hooks.get(subscription.id)).to.include({ state: "active", delivered: 3 });
    });

  it("waits as long as a receiver asks that is busy", async () => {
    const { subscription } = await subscribe();
    receiver.faults.push({ status: 429, headers: { "retry-after": "600" } });
    feed.add();
    await until("failed", async () => (await hooks.get(subscription.id)).state === "failing");
    const { since, next } = (await hooks.get(subscription.id)).trying!;
    expect(Date.parse(next!) - Date.parse(since)).to.be.within(599_000, 601_000);
  });

  it("is slow with a slow receiver, and takes his status where he answers with a book", async () => {
    const { subscription } = await subscribe();
    receiver.faults.push("slow", "book");
    feed.add(3);
    await settled(subscription, 3);
    expect(receiver.sequences).to.deep.equal([1, 2, 3]);
  });

  it("sets an event aside that its receiver refuses, goes on with the next, and sends it again when asked", async () => {
    const { subscription } = await subscribe();
    const { id } = subscription;
    receiver.always = (request, response) => {
      const isSecond = String(request.headers["webhook-id"]).startsWith(`${id}_2_`);
      response.writeHead(isSecond ? 422 : 204).end();
    };
    feed.add(3);
    for (let attempts = 1; attempts < 5; attempts++) await failedThen(id, attempts);
    await settled(subscription, 3);
    expect(receiver.sequences).to.deep.equal([1, 2, 2, 2, 2, 2, 3]);
    const [letter] = await hooks.deadLetters(id);
    expect(letter).to.include({ sequence: 2, attempts: 5, passed: true, code: "status", status: 422 });
    expect(letter!.reason.id).to.be.a("string");
    expect(await hooks.resend(id, 2)).to.include({ arrived: false });
    receiver.always = undefined;
    expect(await hooks.resend(id, 2)).to.deep.equal({ arrived: true });
    expect(await hooks.deadLetters(id)).to.deep.equal([]);
    expect(receiver.got.at(-1)!.id).to.equal(receiver.got[1]!.id);
  });

  it("pauses with an alarm when a receiver refuses one event after the other", async () => {
    const { subscription } = await subscribe();
    receiver.always = { status: 400 };
    feed.add(10);
    for (let events = 0; events < 5; events++)
      for (let attempts = 1; attempts < 5; attempts++) await failedThen(subscription.id, attempts);
    await until("paused", async () => (await hooks.get(subscription.id)).state === "paused");
    expect((await hooks.deadLetters(subscription.id)).map(({ sequence, passed }) => [sequence, passed])).to.deep.equal([
      [1, true],
      [2, true],
      [3, true],
      [4, true],
      [5, false],
    ]);
    expect((await hooks.alarms()).map(({ what }) => what)).to.deep.equal([subscription.id]);
    receiver.always = undefined;
    await hooks.resume(subscription.id);
    await settled(subscription, 10);
    expect((await hooks.deadLetters(subscription.id)).map(({ sequence }) => sequence)).to.deep.equal([1, 2, 3, 4]);
    expect(await hooks.alarms()).to.deep.equal([]);
  });

  it("tries a receiver that is down for three days, then pauses with an alarm, and leaves nothing out on resuming", async () => {
    const { subscription } = await subscribe();
    const { id } = subscription;
    receiver.always = { status: 503 };
    feed.add(2);
    const began = Date.now();
    for (let attempts = 1; (await hooks.get(id)).state !== "paused"; attempts++) {
      await until("tried", async () => {
        const { trying, state } = await hooks.get(id);
        return state === "paused" || trying?.attempts === attempts;
      });
      if ((await hooks.get(id)).state !== "paused") await failedThen(id, attempts);
      if (attempts === 8) expect((await hooks.alarms())[0]?.words.en).to.match(/fails since/);
    }
    expect(Date.now() + ahead - began).to.be.within(3 * 86_400_000, 3 * 86_400_000 + 7_200_000);
    expect(receiver.got.length).to.be.within(70, 90);
    expect(new Set(receiver.got.map(({ id: each }) => each)).size).to.equal(1);
    expect((await hooks.get(id)).paused).to.include({ by: "failure" });
    expect((await hooks.deadLetters(id))[0]).to.include({ sequence: 1, passed: false, status: 503 });
    receiver.always = undefined;
    receiver.got.length = 0;
    await hooks.resume(id);
    await settled(subscription, 2);
    expect(receiver.sequences).to.deep.equal([1, 2]);
    expect(await hooks.deadLetters(id)).to.deep.equal([]);
  });

  it("pauses at once where the receiver wants no more", async () => {
    const { subscription } = await subscribe();
    receiver.faults.push({ status: 410 });
    feed.add(2);
    await until("paused", async () => (await hooks.get(subscription.id)).state === "paused");
    expect(receiver.got).to.have.length(1);
    expect((await hooks.alarms())[0]?.words.en).to.match(/410/);
    await hooks.resume(subscription.id);
    await settled(subscription, 2);
    expect(receiver.sequences).to.deep.equal([1, 1, 2]);
  });

  it("sends nothing while paused by a person, and everything since when resumed", async () => {
    const { subscription } = await subscribe();
    feed.add(2);
    await settled(subscription, 2);
    await hooks.pause(subscription.id);
    feed.add(3);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(receiver.got).to.have.length(2);
    expect(await hooks.alarms()).to.deep.equal([]);
    await hooks.resume(subscription.id);
    await settled(subscription, 5);
    expect(receiver.sequences).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("goes on after a restart where it stood, with the attempts it had made", async () => {
    const { subscription } = await subscribe();
    feed.add(2);
    await settled(subscription, 2);
    receiver.always = { status: 500 };
    feed.add(2);
    await failedThen(subscription.id, 1);
    await until("twice", async () => (await hooks.get(subscription.id)).trying?.attempts === 2);
    await hooks.close();
    feed.add(2);
    receiver.always = undefined;
    receiver.got.length = 0;
    hooks = await open();
    expect((await hooks.get(subscription.id)).trying).to.include({ sequence: 3, attempts: 2 });
    await failedThen(subscription.id, 2);
    await settled(subscription, 6);
    expect(receiver.sequences).to.deep.equal([3, 4, 5, 6]);
  });

  it("tells a receiver what was taken back, then the numbers anew with other ids", async () => {
    const { subscription } = await subscribe();
    feed.add(6);
    await settled(subscription, 6);
    const before = receiver.got.map(({ id }) => id);
    feed.events = feed.events.slice(0, 3);
    feed.add(4, { ocid: "ocds-a-2" });
    await hooks.fell(3);
    await settled(subscription, 7);
    const told = receiver.got.slice(6).map(({ body }) => JSON.parse(body));
    expect(told[0]).to.deep.equal({ event: "takenBack", from: 4, to: 6 });
    expect(told.slice(1).map(({ sequence }) => sequence)).to.deep.equal([4, 5, 6, 7]);
    expect(before).not.to.include.members([receiver.got[7]!.id]);
  });

  it("sees after a restart that the register was restored to before what a receiver has had", async () => {
    const { subscription } = await subscribe();
    feed.add(6);
    await settled(subscription, 6);
    await hooks.close();
    feed.events = feed.events.slice(0, 4);
    feed.add(8, { ocid: "ocds-a-2" });
    receiver.got.length = 0;
    hooks = await open();
    await settled(subscription, 12);
    const told = receiver.got.map(({ body }) => JSON.parse(body));
    expect(told[0]).to.deep.equal({ event: "takenBack", from: 5, to: 6 });
    expect(told.slice(1).map(({ sequence }) => sequence)).to.deep.equal([5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("does not know the subscriptions of others, and the operator knows all", async () => {
    const { subscription } = await subscribe();
    const code = (work: Promise<unknown>) => work.catch((error: ProblemError) => error.code);
    expect(await code(hooks.get(subscription.id, OTHER))).to.equal("not-found");
    expect(await code(hooks.pause(subscription.id, OTHER))).to.equal("not-found");
    expect(await code(hooks.resend(subscription.id, 1, OTHER))).to.equal("not-found");
    expect(await hooks.list(OTHER)).to.deep.equal([]);
    expect(await hooks.list()).to.have.length(1);
    await hooks.remove(subscription.id, HOLDER);
    expect(await hooks.list()).to.deep.equal([]);
    expect(await Array.fromAsync(rows.keys("hook/at/"))).to.deep.equal([]);
  });

  it("answers a ping with what happened", async () => {
    const { subscription } = await subscribe();
    expect(await hooks.ping(subscription.id)).to.deep.equal({ arrived: true });
    expect(JSON.parse(receiver.got[0]!.body)).to.include({ event: "ping", subscription: subscription.id });
    receiver.faults.push({ status: 500 });
    expect(await hooks.ping(subscription.id)).to.include({ arrived: false, code: "status", status: 500 });
  });

  it("speaks TLS with authorities that it trusts, and with no others", async () => {
    const { key, cert } = await certificate();
    const secure = new Receiver({ key, cert });
    await secure.open();
    try {
      const { subscription } = await hooks.subscribe("operator", { url: secure.url.replace("127.0.0.1", "localhost") });
      feed.add();
      await until("failed", async () => (await hooks.get(subscription.id)).trying !== undefined);
      expect((await hooks.get(subscription.id)).trying).to.include({ code: "tls" });
      expect(secure.got).to.deep.equal([]);
      await hooks.close();
      hooks = await open({ ca: cert });
      await failedThen(subscription.id, 1);
      await settled(subscription, 1);
      expect(secure.sequences).to.deep.equal([1]);
    } finally {
      await secure.close();
    }
  });

  it("brings 10,000 events, each once and in order", async () => {
    const { subscription } = await subscribe();
    feed.add(10_000);
    const began = performance.now();
    // a thousand at a time, so that a machine that is busy with others is no fault
    for (let each = 1_000; each < 10_000; each += 1_000)
      await until(`event ${each}`, () => receiver.got.length >= each);
    await settled(subscription, 10_000);
    const seconds = (performance.now() - began) / 1_000;
    expect(receiver.sequences).to.deep.equal(Array.from({ length: 10_000 }, (_, index) => index + 1));
    console.log(
      `      10,000 events in ${seconds.toFixed(1)} s: ${Math.round(10_000 / seconds)} a second, one receiver`,
    );
  });
});

function hmac(secret: string, content: string): string {
  return createHmac("sha256", Buffer.from(secret.slice("whsec_".length), "base64"))
    .update(content)
    .digest("base64");
}

function signaturesOf({ headers }: Got, version: string): string[] {
  return String(headers["webhook-signature"])
    .split(" ")
    .filter((each) => each.startsWith(`${version},`))
    .map((each) => each.slice(version.length + 1));
}

function verifies({ kty, crv, x }: { kty: string; crv: string; x: string }, content: string, signature: string) {
  const key = createPublicKey({ key: { kty, crv, x }, format: "jwk" });
  return verify(null, Buffer.from(content), key, Buffer.from(signature, "base64"));
}

/** The certificate of this machine that tests have, which nobody has signed but itself. */
async function certificate(): Promise<{ key: string; cert: string }> {
  const read = (name: string) => readFile(new URL(`../../identity/slapd-${name}.pem`, import.meta.url), "utf8");
  return { key: await read("key"), cert: await read("cert") };
}
