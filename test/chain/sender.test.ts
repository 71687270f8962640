import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { TransactionRefused } from "../../server/chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "../../server/chain/embedded.ts";
import { openNetwork } from "../../server/chain/network.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { type Call, type Outbox, Sender } from "../../server/ledger/sender.ts";
import { until } from "../gateway/world.ts";
import { ExternalNode } from "./external-nodes.ts";

/** An account with two batches under way: what becomes of the others where one is refused. */

const chainId = 779;
const key = new Uint8Array(32).fill(7);
const address = addressOf(key) as Hex;

describe("an account that sends ahead", function () {
  this.timeout(20_000);
  let folder = "";
  let chain: EmbeddedChain;
  let sender: Sender;
  let slow = 0;
  const onDisk = new Map<number, Uint8Array>();
  const outbox: Outbox = {
    async keep(transactions, done) {
      if (transactions.length > 0) await setTimeout(slow);
      for (const nonce of done) onDisk.delete(nonce);
      for (const { nonce, raw } of transactions) onDisk.set(nonce, raw);
    },
    kept: async () => [...onDisk].sort(([a], [b]) => a - b).map(([nonce, raw]) => ({ nonce, raw })),
    setAside: () => expect.fail(),
  };
  const open = () =>
    new Sender({
      chain,
      address,
      sign: (fields) => signTransaction({ chainId, ...fields }, key).raw,
      outbox,
      onLost: () => expect.fail(),
      ahead: 2,
    });
  const calls = (count: number, byte: number, gas = 100_000): Call[] =>
    Array.from({ length: count }, () => ({ to: address, data: Uint8Array.of(byte), gas }));

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-sender-"));
    chain = await openEmbedded({ folder: path.join(folder, "chain"), chainId });
    sender = open();
    await sender.start();
  });
  after(async () => {
    await chain.close();
    await rm(folder, { recursive: true });
  });

  it("carries out in order all that it is given at once, each once", async () => {
    const sent = await Promise.all([1, 2, 3, 4, 5].map((byte) => sender.send(calls(byte % 2 === 0 ? 1 : 3, byte))));
    expect(sent.flat().every(({ ok }) => ok)).to.equal(true);
    const blocks = sent.map(([first]) => first!.blockNumber);
    expect(blocks).to.deep.equal([...blocks].sort((a, b) => a - b));
    expect(await chain.nonce(address)).to.equal(11);
  });

  for (const [disk, milliseconds] of [
    ["quicker", 0],
    ["slower", 60],
  ] as const)
    it(`goes on behind one that the chain refuses, on a ${disk} disk, and keeps there what it sends then`, async () => {
      slow = milliseconds;
      const before = await chain.nonce(address);
      const tooMuch = sender.send(calls(1, 6, chain.largest.gas * 10));
      const behind = sender.send(calls(2, 7));
      const next = sender.send(calls(3, 8));
      const fates = await Promise.allSettled([tooMuch, behind, next]);
      expect(fates.map(({ status }) => status)).to.deep.equal(["rejected", "rejected", "fulfilled"]);
      for (const fate of fates.slice(0, 2))
        expect((fate as PromiseRejectedResult).reason).to.be.instanceOf(TransactionRefused);
      expect(await chain.nonce(address)).to.equal(before + 3);
      expect([...onDisk.keys()].filter((nonce) => nonce >= before)).to.have.members([before, before + 1, before + 2]);
      const [after] = await sender.send(calls(1, 9));
      expect(after!.ok).to.equal(true);
    });

  it("sends nothing twice after a restart", async () => {
    const [before, height] = [await chain.nonce(address), chain.height()];
    sender = open();
    await sender.start();
    expect([await chain.nonce(address), chain.height()]).to.deep.equal([before, height]);
    const [sent] = await sender.send(calls(1, 10));
    expect(sent!.ok).to.equal(true);
  });
});

describe("an account on a network", function () {
  this.timeout(20_000);

  it("sends again what a block held that was taken back, though the rest of its batch is in none yet", async () => {
    await using node = await ExternalNode.start(chainId);
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-sender-"));
    const begin = async () => ({ founder: address, salt: `0x${"2".repeat(64)}`, charter: "", from: 0 });
    const chain = await openNetwork({ folder, urls: [node.url], chainId, confirmations: 8, begin });
    try {
      const sender = new Sender({
        chain,
        address,
        sign: (fields) => signTransaction({ chainId, ...fields }, key).raw,
        outbox: { keep: async () => {}, kept: async () => [], setAside: () => expect.fail() },
        onLost: (reason) => expect.fail(reason),
        ahead: 4,
      });
      await sender.start();
      await node.request("evm_setAutomine", false);
      const fork = await node.request<string>("evm_snapshot");
      // memory of 16 MB: half of a block's gas, and it has room for one of them
      const data = Buffer.from("600162f424005200", "hex");
      const calls = Array.from({ length: 3 }, (): Call => ({ to: null, data, gas: 600_000_000 }));
      const sent = [sender.send(calls.slice(0, 2)), sender.send(calls.slice(2))];
      const pending = () => node.request<unknown[]>("eth_pendingTransactions");
      await until("all three wait", async () => (await pending()).length === 3);
      await node.request("evm_mine");
      await until("the first is in a block", () => chain.height() === 1);
      await node.request("evm_revert", fork);
      // a longer branch without it
      for (let blocks = 0; blocks < 2; blocks++) await node.request("evm_mine");
      await until("its block is taken back", () => chain.height() === 2);
      await until("all three wait again", async () => (await pending()).length === 3);
      for (let blocks = 0; blocks < 3; blocks++) await node.request("evm_mine");
      const inclusions = (await Promise.all(sent)).flat();
      expect(inclusions.map(({ ok }) => ok)).to.deep.equal([true, true, true]);
      expect(await chain.nonce(address)).to.equal(3);
    } finally {
      await chain.close();
      await rm(folder, { recursive: true });
    }
  });
});
