import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readConfig } from "../../server/config.ts";
import { type ConfigFault, Fault } from "../../server/domain/fault.ts";
import { sandboxChoices } from "../../server/sandbox/bootstrap.ts";
import { SANDBOX_CHAIN_ID } from "../../server/sandbox/people.ts";
import { openServices } from "../../server/services.ts";
import { contractTerms, posted, type Running, STEM, startGateway, until } from "../gateway/world.ts";
import { Gateway, prasasti, temporaryFolder } from "../operations/prasasti.ts";
import { ExternalNode } from "./external-nodes.ts";

type Told = { id: string; state: string; recorded?: { registerSequence: number }; timeline: { state: string }[] };

describe("settings of a network", () => {
  it("must go together, each named where it does not", async () => {
    const faultsOf = async (env: Record<string, string>) =>
      readConfig(env, {}).then(
        () => [],
        ({ faults }: ConfigFault) => faults.map(({ en }) => en.split(":")[0]),
      );
    const nodes = "http://127.0.0.1:8545, https://node.example/key";
    expect(await faultsOf({ PRASASTI_CHAIN: "network", PRASASTI_NODES: nodes })).to.deep.equal([]);
    expect(await faultsOf({ PRASASTI_CHAIN: "network" })).to.deep.equal(["PRASASTI_NODES"]);
    expect(await faultsOf({ PRASASTI_CHAIN: "network", PRASASTI_NODES: "http://a:b@node" })).to.deep.equal([
      "PRASASTI_NODES",
    ]);
    expect(await faultsOf({ PRASASTI_NODES: nodes, PRASASTI_LEDGER: `0x${"1".repeat(40)}` })).to.deep.equal([
      "PRASASTI_NODES",
      "PRASASTI_LEDGER",
    ]);
    const withRpc = { PRASASTI_CHAIN: "network", PRASASTI_NODES: nodes, PRASASTI_RPC_PORT: "8545" };
    expect(await faultsOf(withRpc)).to.deep.equal(["PRASASTI_RPC_PORT"]);
  });
});

describe("a gateway on a network's node", function () {
  this.timeout(60_000);
  let node: ExternalNode;
  /** by which the gateway reaches it */
  let door: ExternalNode;
  let running: Running;
  const folders: string[] = [];
  const depth = 8;
  const settings = { confirmations: depth, ledger: undefined, gasPrice: 0 };
  const networkOf = (changes = {}) => ({ urls: [door.url], ...settings, ...changes });

  before(async () => {
    node = await ExternalNode.start(SANDBOX_CHAIN_ID);
    door = await ExternalNode.doorTo(node.url);
    running = await startGateway(undefined, { network: networkOf() });
    folders.push(running.folder);
  });
  after(async () => {
    await running.close();
    await Promise.all([door.kill(), node.kill()]);
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  // one by one: what hardhat_mine makes is not linked by parents' hashes
  const mine = async (blocks: number) => {
    for (let count = 0; count < blocks; count++) await node.request("evm_mine");
  };
  const caughtUp = () =>
    until("the gateway has seen the newest block", async () => {
      const { height } = { height: await node.height() };
      await running.services.projected();
      return running.services.register().block === height;
    });
  const submit = async (choices: Parameters<typeof posted>[2] = {}, wait = 0): Promise<Told> => {
    const { separator, register } = running.services;
    const { payload } = posted(separator, register().seen, choices);
    const answer = await running.app.inject({ method: "POST", url: `/api/v1/submissions?wait=${wait}`, payload });
    expect(answer.statusCode, answer.body).to.be.oneOf([201, 202]);
    return answer.json();
  };
  const told = async (id: string): Promise<Told> =>
    (await running.app.inject({ url: `/api/v1/submissions/${id}` })).json();
  const reaches = (id: string, state: string) =>
    until(`${id.slice(0, 8)} is ${state}`, async () => (await told(id)).state === state);
  const entriesOf = async (ocid: string) =>
    (await running.app.inject({ url: `/api/v1/entries?from=1&limit=200` }))
      .json()
      .entries.filter((entry: { ocid: string }) => entry.ocid === ocid);

  it("says what the network proves, and how deep a block must lie to count", async () => {
    const { finality, confirmations } = (await running.app.inject({ url: "/api/v1/ledger" })).json();
    expect([finality, confirmations]).to.deep.equal(["depth", depth]);
    expect((await running.app.inject({ url: "/?lang=en" })).body)
      .to.include("This network proves no finality")
      .and.not.include("embedded");
  });

  it("starts by configuration alone", async () => {
    await using folder = await temporaryFolder();
    const env = { PRASASTI_CHAIN: "network", PRASASTI_NODES: node.url, PRASASTI_CONFIRMATIONS: "1" };
    await using gateway = await Gateway.start(folder.path, undefined, env);
    const told = async (path: string) =>
      (await (await fetch(`${gateway.url}${path}`)).json()) as Record<string, unknown>;
    await until("it takes writes", async () => (await told("/health/ready")).ready === true);
    const { finality, confirmations, ledger } = await told("/api/v1/ledger");
    expect([finality, confirmations]).to.deep.equal(["depth", 1]);
    expect(ledger, "a register of its own").not.to.equal(running.services.deployment.addresses.Ledger);
    await gateway.stop();
  });

  it("tells a submission as included, and as final only when blocks stand on its own", async () => {
    const { id } = await submit();
    await reaches(id, "included");
    // the block after its own has the checkpoint
    await mine(depth - 2);
    await caughtUp();
    expect((await told(id)).state).to.equal("included");
    await mine(1);
    await reaches(id, "final");
    const answer = await told(id);
    expect(answer.timeline.map(({ state }) => state)).to.deep.equal(["queued", "included", "final"]);
    expect(JSON.stringify(answer)).to.include("proves no finality").and.not.include("for ever");
  });

  it("tells a refusal only when its block is final", async () => {
    const height = await node.height();
    const { id } = await submit({ terms: { ...contractTerms(), on: Math.floor(Date.now() / 1000) + 7 * 86_400 } });
    await until("it is in a block, and the checkpoint in the next", async () => (await node.height()) === height + 2);
    await caughtUp();
    expect((await told(id)).state).to.equal("queued");
    await mine(depth);
    await reaches(id, "refused");
  });

  it("takes back exactly the rows of a reorganisation, and lands what was in it once more, once", async () => {
    await mine(depth);
    await caughtUp();
    const { services } = running;
    const before = { hash: await services.projection.stateHash(), height: await node.height() };
    const fork = await node.request<string>("evm_snapshot");
    const ocid = `${STEM}-fork-${before.height}`;
    const sent = await Promise.all([submit({ ocid }), submit(), submit()]);
    for (const { id } of sent) await reaches(id, "included");
    const entries = services.register().entries;
    expect(await services.projection.stateHash()).not.to.equal(before.hash);

    const hashes: string[] = [];
    services.chain.follow({
      block() {},
      // after it was taken back, before anything else is projected
      takenBack: () => void services.projected().then(async () => hashes.push(await services.projection.stateHash())),
    });
    await node.request("evm_setAutomine", false);
    await node.request("evm_revert", fork);
    // a longer branch without them
    await mine(1);
    await until("the blocks are taken back", async () => hashes.length > 0);
    expect(hashes[0]).to.equal(before.hash);
    for (const { id } of sent) expect((await told(id)).state).to.equal("queued");
    expect(await entriesOf(ocid)).to.deep.equal([]);

    await node.request("evm_setAutomine", true);
    await node.request("evm_mine");
    for (const { id } of sent) await reaches(id, "included");
    expect(services.register().entries).to.equal(entries);
    await mine(depth);
    for (const { id } of sent) {
      await reaches(id, "final");
      expect((await told(id)).timeline.map(({ state }) => state)).to.deep.equal([
        "queued",
        "included",
        "queued",
        "included",
        "final",
      ]);
    }
    expect(await entriesOf(ocid)).to.have.length(1);
    expect(services.faults).to.deep.equal([]);
  });

  it("keeps rows that undo for no block that is final", async () => {
    await mine(depth + 1);
    await caughtUp();
    const { projection, register } = running.services;
    const kept: string[] = [];
    for await (const key of projection.keys("undo/")) kept.push(key);
    const { block } = register();
    expect(kept.map((key) => Number(key.slice(5)))).to.deep.equal(
      Array.from({ length: depth }, (_, index) => block - depth + 1 + index),
    );
  });

  it("goes on after a restart where it was, though blocks were replaced meanwhile", async () => {
    const first = await submit();
    await reaches(first.id, "included");
    await mine(depth);
    await reaches(first.id, "final");
    const fork = await node.request<string>("evm_snapshot");
    const second = await submit();
    await reaches(second.id, "included");
    await running.close();
    await node.request("evm_revert", fork);
    await mine(3);
    running = await startGateway(running.folder, { network: networkOf() });
    expect((await told(first.id)).state).to.equal("final");
    await reaches(second.id, "included");
    await mine(depth);
    await reaches(second.id, "final");
    expect((await told(second.id)).recorded!.registerSequence).to.equal(
      (await told(first.id)).recorded!.registerSequence + 1,
    );
    expect(running.services.faults).to.deep.equal([]);
  });

  it("is found by a second gateway by the ledger's address, which shows the same", async () => {
    await mine(depth);
    await caughtUp();
    const folder = await mkdtemp(join(tmpdir(), "prasasti-test-"));
    folders.push(folder);
    const options = { data: folder, chainId: SANDBOX_CHAIN_ID, choices: sandboxChoices() };
    const { Ledger, Policy } = running.services.deployment.addresses;
    const faultOf = async (changes: Partial<typeof options>, network: object) => {
      try {
        await (await openServices({ ...options, ...changes, network: networkOf(network) })).close();
      } catch (error) {
        if (error instanceof Fault) return error.code;
        throw error;
      }
      return "none";
    };
    // wrong ones first: they leave nothing behind
    expect(await faultOf({}, { ledger: `0x${"1".repeat(40)}` })).to.equal("no-register");
    expect(await faultOf({}, { ledger: Policy })).to.equal("other-register");
    const otherCouncil = { ...sandboxChoices(), vetoDelay: 60 };
    expect(await faultOf({ choices: otherCouncil }, { ledger: Ledger })).to.equal("other-register");

    const second = await openServices({ ...options, network: networkOf({ ledger: Ledger }) });
    try {
      expect(second.deployment).to.deep.equal(running.services.deployment);
      await second.projected();
      expect(await second.projection.stateHash()).to.equal(await running.services.projection.stateHash());
    } finally {
      await second.close();
    }
    expect(await faultOf({}, { ledger: Policy }), "the folder follows another").to.equal("other-register");
    const embedded = { ...options, network: undefined };
    expect(await openServices(embedded).catch(({ code }) => code), "a network's folder").to.equal("other-engine");
  });

  it("is rebuilt and examined from outside, equal at the block it was at, though blocks were replaced", async () => {
    const fork = await node.request<string>("evm_snapshot");
    const lost = await submit();
    await reaches(lost.id, "included");
    await running.close();
    await node.request("evm_revert", fork);
    await mine(3);
    const env = { PRASASTI_CHAIN: "network", PRASASTI_NODES: door.url, PRASASTI_CONFIRMATIONS: String(depth) };
    const at = ["--data", running.folder];
    const rebuilt = await prasasti(["rebuild", "--verify", "--json", ...at], env);
    expect(rebuilt.exit, rebuilt.out + rebuilt.err).to.equal(0);
    expect(JSON.parse(rebuilt.out).drill.before).to.equal(JSON.parse(rebuilt.out).drill.after);
    const examined = await prasasti(["doctor", "--json", ...at], env);
    const checks = JSON.parse(examined.out).checks as { name: string; level: string }[];
    expect(checks.filter(({ level }) => level === "fault")).to.deep.equal([]);
    expect(checks.map(({ name }) => name)).to.include.members(["register", "node", "projection", "submissions"]);
    expect((await prasasti(["rebuild", ...at])).err, "without the settings").to.include("PRASASTI_CHAIN");
    running = await startGateway(running.folder, { network: networkOf() });
    await reaches(lost.id, "included");
  });

  it("answers that it cannot record while its node is away, and records when it is back", async () => {
    await door.kill();
    try {
      await until("it is seen", () => !running.services.writable());
      const { payload } = posted(running.services.separator, running.services.register().seen);
      const answer = await running.app.inject({ method: "POST", url: "/api/v1/submissions", payload });
      expect([answer.statusCode, answer.json().type]).to.deep.equal([503, "/problems/not-ready"]);
      expect((await running.app.inject({ url: "/api/v1/entries" })).statusCode).to.equal(200);
      expect((await running.app.inject({ url: "/health/ready" })).json().reasons.join()).to.include("does not answer");
    } finally {
      door = await ExternalNode.doorTo(node.url, door.port);
    }
    await until("it is back", () => running.services.writable());
    await reaches((await submit()).id, "included");
  });
});
