import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { stateHashOf } from "../../server/store/store.ts";
import { copyOf, freePort, Gateway, prasasti, type Temporary, temporaryFolder } from "../operations/prasasti.ts";
import { CarefulClient, faultsOf, numbersFrom, type Register, registerOf } from "./careful-client.ts";

// What was acknowledged survives kill -9, at every named place and at any moment; nothing doubles (DESIGN 2.3, 2.4).

describe("kill -9", function () {
  this.timeout(120_000);

  let template: Temporary;
  let register: Register;
  let port: string;
  /** Always at one port: at another, a start writes an act that admits its page. */
  const start = (data: string, failpoint?: string) => Gateway.start(data, failpoint, { PRASASTI_PORT: port });

  before(async () => {
    port = await freePort();
    template = await temporaryFolder();
    await using gateway = await start(template.path);
    // the first checkpoint of the day comes with the first entry; signers name it from then on
    const first = new CarefulClient(await registerOf(gateway.url), "awal");
    first.prepare(1);
    await first.sendOpen(gateway.url);
    register = await registerOf(gateway.url);
    await gateway.stop();
  });
  after(() => template[Symbol.asyncDispose]());

  /**
   * Everything unanswered goes out again; then the oracle, twice: on the projection that lived through it, and on one
   * that was made from the journal alone, where a lost block would show.
   */
  async function settle(data: string, client: CarefulClient): Promise<void> {
    await using gateway = await start(data);
    expect(await client.sendOpen(gateway.url)).to.equal("all acknowledged");
    await expectOnce(client, gateway);
    await gateway.stop();
    const disturbed = await stateHashOf(join(data, "projection"));
    const drill = await prasasti(["rebuild", "--data", data, "--verify"]);
    expect(drill.exit, drill.out + drill.err).to.equal(0);
    expect(await stateHashOf(join(data, "projection")), "state hash after a rebuild").to.equal(disturbed);
    await using rebuilt = await start(data);
    await expectOnce(client, rebuilt);
    await rebuilt.stop();
    expect(await stateHashOf(join(data, "projection")), "state hash after a start").to.equal(disturbed);
  }

  async function expectOnce(client: CarefulClient, { url }: Gateway): Promise<void> {
    expect(await faultsOf(client, url)).to.deep.equal([`${await firstEntry(url)} was never sent`]);
  }

  /** The template's own entry is the one that this client did not send. */
  async function firstEntry(url: string): Promise<string> {
    const page = (await (await fetch(`${url}/api/v1/entries?from=1&limit=1`)).json()) as {
      entries: { maker: string; commandId: string }[];
    };
    return `${page.entries[0]!.maker} ${page.entries[0]!.commandId}`;
  }

  // [place, which passage]: late enough that some are acknowledged and some under way
  const whileWriting: [string, number][] = [
    ["submission-stored", 21],
    ["batch-built", 4],
    ["batch-signed", 4],
    ["batch-sent", 4],
    ["block-mined", 4],
    ["journalled", 4],
    ["projected", 4],
    ["answered", 20],
  ];
  for (const [place, passage] of whileWriting) {
    it(`at ${place}: all acknowledged is there once, the rest is recorded when sent again`, async () => {
      await using folder = await copyOf(template.path);
      const { path: data } = folder;
      const client = new CarefulClient(register, place);
      client.prepare(60);
      await using gateway = await start(data, `${place}:${passage}`);
      expect(await client.sendOpen(gateway.url)).to.equal("gateway gone");
      expect(await gateway.ended).to.equal("SIGKILL");
      expect(client.acknowledged.size, "acknowledged before the kill").to.be.within(1, 59);
      await settle(data, client);
    });
  }

  /** A data folder with forty acknowledged submissions, its gateway stopped. */
  async function withForty(name: string) {
    await using opened = new AsyncDisposableStack();
    const folder = opened.use(await copyOf(template.path));
    const client = new CarefulClient(register, name);
    client.prepare(40);
    await using gateway = await start(folder.path);
    expect(await client.sendOpen(gateway.url)).to.equal("all acknowledged");
    await gateway.stop();
    opened.move();
    return { ...folder, client };
  }

  it("while replaying at start: the next start finds everything", async () => {
    await using folder = await withForty("replaying");
    const { path: data, client } = folder;
    const refused = await start(data, "replaying:30").then(
      async (gateway) => {
        await gateway[Symbol.asyncDispose]();
        return "it took writes";
      },
      (error: Error) => error.message,
    );
    expect(refused).to.contain("SIGKILL");
    client.prepare(10);
    await settle(data, client);
  });

  for (const [passage, verify] of [
    [1, []],
    [30, []],
    [30, ["--verify"]],
  ] as const) {
    it(`while rebuilding, at block ${passage}${verify.length ? " of the drill" : ""}: start or rebuild goes on`, async () => {
      await using folder = await withForty(`rebuilding-${passage}-${verify.length}`);
      const { path: data, client } = folder;
      const undisturbed = await stateHashOf(join(data, "projection"));
      const rebuild = ["rebuild", "--data", data, ...verify];
      const killed = await prasasti(rebuild, { PRASASTI_FAILPOINT: `rebuilding:${passage}` });
      expect(killed.signal, killed.err).to.equal("SIGKILL");
      // once by rebuilding again, once more killed and then simply started
      expect((await prasasti(rebuild)).exit).to.equal(0);
      expect(await stateHashOf(join(data, "projection"))).to.equal(undisturbed);
      expect((await prasasti(rebuild, { PRASASTI_FAILPOINT: `rebuilding:${passage}` })).signal).to.equal("SIGKILL");
      client.prepare(10);
      await settle(data, client);
    });
  }

  it("20 times at random under load: all acknowledged is there once, nothing twice, and a rebuild agrees", async () => {
    await using folder = await copyOf(template.path);
    const { path: data } = folder;
    const client = new CarefulClient(register, "acak");
    const seed = Number(process.env.PRASASTI_SEED ?? Date.now() % 1_000_000);
    const random = numbersFrom(seed);
    for (let kills = 0; kills < 20; kills++) {
      client.prepare(60);
      await using gateway = await start(data);
      const sending = client.sendOpen(gateway.url);
      await pause(random() * 400);
      gateway.kill();
      await sending;
      expect(await gateway.ended).to.equal("SIGKILL");
    }
    expect(client.open, `some are left open (PRASASTI_SEED=${seed})`).not.to.have.length(0);
    expect(client.acknowledged.size, "acknowledged under way").to.be.greaterThan(0);
    await settle(data, client);
  });
});
