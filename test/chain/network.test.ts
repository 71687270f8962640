import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { type Block, type Chain, ChainFault } from "../../server/chain/chain.ts";
import { openNetwork } from "../../server/chain/network.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import { until } from "../gateway/world.ts";
import { ExternalNode } from "./external-nodes.ts";

/** Reorganisations and faults of nodes, made with a node that can be told to forget its newest blocks. */
describe("a chain on a network's nodes", function () {
  this.timeout(60_000);
  const chainId = 7360;
  const key = new Uint8Array(32).fill(9);
  let node: ExternalNode;
  let folder: string;
  const open: Chain[] = [];
  let nonce: number;

  /** What is told, as a listener that takes it back would hold it. */
  const told: { blocks: Block[]; final: number; takenBack: number[] } = { blocks: [], final: 0, takenBack: [] };
  const begin = async ({ height }: { height: number }) => ({
    founder: addressOf(key),
    salt: `0x${"2".repeat(64)}`,
    charter: "",
    from: height,
  });
  const opened = async (options: Partial<Parameters<typeof openNetwork>[0]> = {}) => {
    const chain = await openNetwork({ folder, urls: [node.url], chainId, begin, confirmations: 2, ...options });
    open.push(chain);
    chain.follow({
      block(block, final) {
        told.blocks.push(block);
        told.final = final;
      },
      takenBack(height) {
        told.takenBack.push(height);
        told.blocks = told.blocks.filter(({ number }) => number <= height);
      },
    });
    return chain;
  };
  const signed = (data: number, changes = {}) =>
    signTransaction(
      { chainId, nonce: nonce++, gas: 100_000, to: `0x${"c".repeat(40)}`, data: Uint8Array.of(data), ...changes },
      key,
    ).raw;
  const faultOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error as ChainFault,
    );

  before(async () => {
    node = await ExternalNode.start(chainId);
  });
  after(() => node.kill());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "prasasti-network-"));
    nonce = Number(await node.request("eth_getTransactionCount", addressOf(key), "latest"));
    Object.assign(told, { blocks: [], final: 0, takenBack: [] });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((chain) => chain.close()));
    await rm(folder, { recursive: true });
  });

  it("tells how deep each block must lie to count as final, never one that is not that deep", async () => {
    const chain = await opened();
    await chain.ready();
    const start = chain.height();
    const finals: number[] = [];
    chain.follow({ block: (_, final) => finals.push(final - start), takenBack: () => expect.fail() });
    for (let count = 0; count < 4; count++) await chain.submit([signed(count)]);
    expect(finals).to.deep.equal([0, 0, 1, 2]);
    expect([chain.finality, chain.confirmations]).to.deep.equal(["depth", 2]);
  });

  it("tells what a reorganisation takes back and what stands instead, and takes the same bytes again", async () => {
    const chain = await opened({ confirmations: 10 });
    await chain.ready();
    const [kept] = await chain.submit([signed(1)]);
    const fork = await node.request<string>("evm_snapshot");
    const raw = signed(2);
    const [lost] = await chain.submit([raw]);
    expect(lost!.blockNumber).to.equal(kept!.blockNumber + 1);
    await node.request("evm_revert", fork);
    await node.request("evm_mine");
    await until("the block is taken back", () => told.takenBack.length > 0);
    expect(told.takenBack).to.deep.equal([kept!.blockNumber]);
    await until("another stands instead", () => chain.height() === lost!.blockNumber);
    expect(await chain.inclusion(lost!.transactionHash)).to.equal(undefined);
    const [again] = await chain.submit([raw]);
    expect(again!.transactionHash).to.equal(lost!.transactionHash);
    expect(again!.blockNumber).to.equal(lost!.blockNumber + 1);
    // what is told is one chain
    for (const [index, block] of told.blocks.entries())
      if (index > 0) expect(block.parentHash).to.equal(told.blocks[index - 1]!.hash);
  });

  it("sends by itself what is in no block yet when the nodes forget it", async () => {
    await node.request("evm_setAutomine", false);
    try {
      const chain = await opened();
      await chain.ready();
      const sent = chain.submit([signed(1)]);
      let pending: { hash: string }[] = [];
      await until("the node has it", async () => {
        pending = (await node.request<{ transactions: { hash: string }[] }>("eth_getBlockByNumber", "pending", true))
          .transactions;
        return pending.length === 1;
      });
      await node.request("hardhat_dropTransaction", pending[0]!.hash);
      await node.request("evm_mine");
      await until("the node has it again", async () => {
        const block = await node.request<{ transactions: unknown[] }>("eth_getBlockByNumber", "pending", false);
        return block.transactions.length === 1;
      });
      await node.request("evm_mine");
      expect((await sent)[0]!.ok).to.equal(true);
    } finally {
      await node.request("evm_setAutomine", true);
    }
  });

  it("goes on where its listener ended, and takes back first what was replaced meanwhile", async () => {
    const first = await opened({ confirmations: 10 });
    await first.ready();
    await first.submit([signed(1)]);
    const fork = await node.request<string>("evm_snapshot");
    await first.submit([signed(2)]);
    await first.close();
    const known = told.blocks.map(({ number, hash }) => ({ number, hash }));
    await node.request("evm_revert", fork);
    await node.request("evm_mine");
    await node.request("evm_mine");
    const second = await opened({ confirmations: 10, known });
    expect(second.height(), "before it has asked anybody").to.equal(known.at(-1)!.number);
    await second.ready();
    expect(told.takenBack).to.deep.equal([known[0]!.number]);
    expect(told.blocks.map(({ number }) => number)).to.deep.equal([0, 1, 2].map((more) => known[0]!.number + more));
    expect(told.blocks[1]!.hash).not.to.equal(known[1]!.hash);
  });

  it("ends by name where a block that was told as final is replaced", async () => {
    const fork = await node.request<string>("evm_snapshot");
    const faults: ChainFault[] = [];
    const chain = await opened({ confirmations: 1, onFault: (fault) => faults.push(fault) });
    await chain.ready();
    for (let count = 0; count < 3; count++) await chain.submit([signed(count)]);
    await node.request("evm_revert", fork);
    for (let count = 0; count < 4; count++) await node.request("evm_mine");
    await until("the fault is told", () => faults.length > 0);
    expect(faults.map(({ code }) => code)).to.deep.equal(["final-taken-back"]);
    expect(told.takenBack).to.deep.equal([]);
    expect((await faultOf(chain.submit([signed(9)])))?.code).to.equal("final-taken-back");
  });

  it("does not take a node that is behind for a reorganisation, until it stays so", async () => {
    const chain = await opened({ confirmations: 10, lag: 1_000 });
    await chain.ready();
    await chain.submit([signed(1)]);
    const fork = await node.request<string>("evm_snapshot");
    const [lost] = await chain.submit([signed(2)]);
    await node.request("evm_revert", fork);
    await until("it is seen", () => !chain.online);
    expect(chain.troubles().map(({ code }) => code)).to.deep.equal(["node-behind"]);
    expect([chain.height(), told.takenBack]).to.deep.equal([lost!.blockNumber, []]);
    await until("it stays so", () => told.takenBack.length > 0);
    await until("all is well", () => chain.online);
    expect(chain.height()).to.equal(lost!.blockNumber - 1);
  });

  it("waits through a node that hangs, and says so meanwhile", async () => {
    const chain = await opened({ patience: 300 });
    await chain.ready();
    node.pause();
    try {
      const sent = chain.submit([signed(1)]);
      await until("it is seen", () => !chain.online);
      expect(chain.troubles().map(({ code }) => code)).to.include("node-unreachable");
      node.resume();
      expect((await sent)[0]!.ok).to.equal(true);
      expect([chain.online, chain.troubles()]).to.deep.equal([true, []]);
    } finally {
      node.resume();
    }
  });

  it("goes on with the other node where one is killed, and uses it again when it is back", async () => {
    // a node of our own that forwards to the one there is, as another node of the same network would answer
    await using door = await ExternalNode.doorTo(node.url);
    const chain = await opened({ urls: [door.url, node.url] });
    await chain.ready();
    await chain.submit([signed(1)]);
    await door.kill();
    expect((await chain.submit([signed(2)]))[0]!.ok).to.equal(true);
    expect(chain.online).to.equal(true);
    expect(chain.troubles().map(({ code, values }) => [code, values.node])).to.deep.equal([
      ["node-unreachable", new URL(door.url).host],
    ]);
    await using _again = await ExternalNode.doorTo(node.url, door.port);
    await until("it is used again", () => chain.troubles().length === 0);
  });

  it("refuses a node of another chain, and of another network with the same number", async () => {
    const fault = await faultOf(openNetwork({ folder, urls: [node.url], chainId: 99, begin }));
    expect([fault?.code, fault?.values.found]).to.deep.equal(["node-of-another-chain", `chain ${chainId}`]);
    await (await opened()).close();
    const kept = JSON.parse(await readFile(join(folder, "register.json"), "utf8"));
    expect(kept).to.include({ chainId, founder: addressOf(key) });
    await using other = await ExternalNode.start(chainId, 0, { genesisTime: 1_700_000_001 });
    const chain = await opened({ urls: [other.url] });
    await until("it is seen", () => chain.troubles().length > 0);
    expect(chain.troubles()[0]!.code).to.equal("node-of-another-chain");
    expect(chain.online).to.equal(false);
    expect((await faultOf(openNetwork({ folder, urls: [node.url], chainId: 99, begin })))?.code).to.equal(
      "other-chain",
    );
  });

  it("reads in smaller parts where a node refuses so many full blocks in one answer", async () => {
    const small = createServer(async (request, answer) => {
      const body = JSON.parse(await text(request)) as { id: number; params: unknown[] }[] | object;
      const calls = Array.isArray(body) ? body : [];
      const tooMany = calls.filter(({ params }) => params[1] === true).length > 3;
      const error = { code: -32003, message: "response too large" };
      const given = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const passed = tooMany
        ? calls.map(({ id }) => ({ jsonrpc: "2.0", id, error }))
        : await (await fetch(node.url, given)).json();
      answer.end(JSON.stringify(passed));
    });
    await new Promise<void>((resolve) => small.listen(0, "127.0.0.1", resolve));
    try {
      const from = await node.height();
      for (let count = 0; count < 10; count++) await node.request("evm_mine");
      const urls = [`http://127.0.0.1:${(small.address() as AddressInfo).port}`];
      const chain = await opened({ urls, begin: (past) => begin({ height: past.height - 10 }) });
      await chain.ready();
      const wanted = Array.from({ length: 10 }, (_, index) => from + 1 + index);
      expect(told.blocks.map(({ number }) => number)).to.deep.equal(wanted);
      const read = await Array.fromAsync(chain.blocks(from + 1), ({ number }) => number);
      expect(read).to.deep.equal(wanted);
    } finally {
      small.close();
      small.closeAllConnections();
    }
  });

  it("names a node that does not answer at a first start", async () => {
    const fault = await faultOf(openNetwork({ folder, urls: ["http://127.0.0.1:1/secret"], chainId, begin }));
    expect(fault).to.be.instanceOf(ChainFault);
    expect(fault?.code).to.equal("node-unreachable");
    expect(fault?.message).to.include("127.0.0.1:1").and.not.to.include("secret");
  });
});
