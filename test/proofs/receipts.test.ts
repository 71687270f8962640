import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { AbiCoder, decodeRlp, encodeRlp, getCreateAddress, hexlify, id, keccak256 } from "ethers";
import type { Block } from "../../server/chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "../../server/chain/embedded.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { checkpointIn, type ProvableBlock, proveEvent, readEventProof } from "../../server/domain/proofs/receipts.ts";
import { walked } from "./patricia.ts";

const KEY = new Uint8Array(32).fill(7);
/** Init code of a contract that logs its call data, without topics. */
const LOGGER = Buffer.from("6a366000600037366000a000600052600b6015f3", "hex");

const checkpointTopic = id("Checkpoint(uint64,bytes32)");

describe("proofs that an event is in a block", function () {
  this.timeout(30_000);
  let folder: string;
  let chain: EmbeddedChain;
  let logger: string;
  let nonce = 0;
  const told: Block[] = [];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-receipts-"));
    chain = await openEmbedded({ folder, chainId: 777 });
    await chain.ready();
    chain.follow({ block: (block) => told.push(block), takenBack: () => expect.fail() });
    logger = getCreateAddress({ from: addressOf(KEY), nonce: 0 }).toLowerCase();
    await chain.submit([signed(null, LOGGER)]);
  });
  after(async () => {
    await chain.close();
    await rm(folder, { recursive: true });
  });
  const signed = (to: string | null, data: Uint8Array) =>
    signTransaction({ chainId: 777, nonce: nonce++, gas: 200_000, to, data }, KEY).raw;
  /** A block of so many transactions, each of which logs its place. */
  const blockOf = async (count: number): Promise<Block> => {
    await chain.submit(
      Array.from({ length: count }, (_, i) => signed(logger, Buffer.from(i.toString(16).padStart(128, "0"), "hex"))),
    );
    return told.at(-1)!;
  };
  const place = (data: Uint8Array) => Number(BigInt(hexlify(data)));

  it("lead from the engine's own header, whose hash is the block's, to every receipt of blocks of many sizes", async () => {
    for (const count of [1, 2, 3, 16, 17, 128, 129, 200]) {
      const block = await blockOf(count);
      expect(keccak256(block.header)).to.equal(block.hash);
      const rpc = (await chain.request("eth_getBlockByNumber", [`0x${block.number.toString(16)}`, false])) as {
        receiptsRoot: string;
      };
      for (let i = 0; i < count; i++) {
        const proof = proveEvent(block, ({ data }) => place(data) === i)!;
        expect([proof.transaction, proof.log]).to.deep.equal([i, 0]);
        expect(keccak256(proof.nodes[0]!)).to.equal(rpc.receiptsRoot);
        const { blockHash, receipt } = walked(proof);
        expect(blockHash).to.equal(block.hash);
        const [status, , , logs] = decodeRlp(receipt) as unknown as [
          string,
          string,
          string,
          [string, string[], string][],
        ];
        expect(status).to.equal("0x01");
        expect(logs).to.have.length(1);
        expect([logs[0]![0], Number(BigInt(logs[0]![2]))]).to.deep.equal([logger, i]);
        const read = readEventProof(proof)!;
        expect(read.block).to.deep.equal({
          number: block.number,
          hash: block.hash,
          parentHash: block.parentHash,
          time: block.time,
        });
        expect([read.log.address, place(read.log.data)]).to.deep.equal([logger, i]);
      }
    }
  });

  it("are there before the chain is ready and after a start, from what is journalled", async () => {
    const block = await blockOf(3);
    const before = proveEvent(block, ({ data }) => place(data) === 1);
    await chain.close();
    chain = await openEmbedded({ folder, chainId: 777 });
    for await (const kept of chain.blocks(block.number, block.number))
      expect(proveEvent(kept, ({ data }) => place(data) === 1)).to.deep.equal(before);
    await chain.ready();
    chain.follow({ block: (one) => told.push(one), takenBack: () => expect.fail() });
  });

  it("show nothing where a byte of header or tree, or the place, is another", async () => {
    const block = await blockOf(20);
    const proof = proveEvent(block, ({ data }) => place(data) === 5)!;
    const spoilt = (hex: Hex, at: number): Hex => {
      const digit = 2 + (at % (hex.length - 2));
      return `${hex.slice(0, digit)}${hex[digit] === "0" ? "1" : "0"}${hex.slice(digit + 1)}` as Hex;
    };
    for (const [i, node] of proof.nodes.entries())
      for (let at = 0; at < node.length - 2; at++) {
        const nodes = proof.nodes.with(i, spoilt(node, at));
        if (readEventProof({ ...proof, nodes }) !== undefined) expect.fail(`node ${i}, digit ${at}`);
      }
    for (let at = 0; at < proof.header.length - 2; at++) {
      const read = readEventProof({ ...proof, header: spoilt(proof.header, at) });
      // a header that can be read is another block's, or of another tree
      if (read?.block.hash === block.hash) expect.fail(`header digit ${at}`);
    }
    for (const changes of [
      { transaction: 4 },
      { transaction: -1 },
      { transaction: 1.5 },
      { log: 1 },
      { log: -1 },
      { nodes: [] },
      { nodes: proof.nodes.slice(1) },
      { nodes: proof.nodes.slice(0, -1) },
      { nodes: [...proof.nodes, proof.nodes[0]!] },
      { nodes: proof.nodes.toReversed() },
      { header: "0x" as Hex },
      { header: "0xzz" as Hex },
      { header: proof.nodes[0]! },
      // of another shape altogether
      { nodes: undefined },
      { nodes: [7] },
      { header: null },
      { transaction: "0x" },
      { log: {} },
    ] as object[])
      expect(readEventProof({ ...proof, ...changes }), JSON.stringify(changes).slice(0, 60)).to.equal(undefined);
    expect(proveEvent(block, () => false)).to.equal(undefined);
  });

  it("read receipts of typed transactions, topics and several events a receipt as ethers encodes them", () => {
    const ledger = `0x${"ab".repeat(20)}` as Hex;
    const root = `0x${"cd".repeat(32)}`;
    const data = Buffer.from(AbiCoder.defaultAbiCoder().encode(["uint64", "bytes32"], [77, root]).slice(2), "hex");
    const event = { address: ledger, topics: [checkpointTopic], data, transactionHash: "two" };
    const other = { ...event, topics: [id("Other()"), `0x${"01".repeat(32)}`], data: new Uint8Array() };
    for (const type of [0, 1, 2]) {
      const block: ProvableBlock = {
        header: new Uint8Array(),
        transactions: [
          { hash: "one", type: 0, ok: false, gasUsed: 21_000 },
          { hash: "two", type, ok: true, gasUsed: 50_000 },
        ],
        logs: [other, event],
      };
      // a header whose root is that of the proof's first node
      const unsealed = proveEvent(block, ({ topics }) => topics[0] === checkpointTopic)!;
      const fields = Array.from({ length: 16 }, (_, i) =>
        i === 5 ? keccak256(unsealed.nodes[0]!) : i === 0 ? root : "0x",
      );
      const proof = { ...unsealed, header: encodeRlp(fields) as Hex };
      expect([proof.transaction, proof.log]).to.deep.equal([1, 1]);
      const { receipt } = walked(proof);
      expect(Number.parseInt(receipt.slice(2, 4), 16) < 0xc0 ? Number(receipt.slice(0, 4)) : 0).to.equal(type);
      const [status, gas] = decodeRlp(type === 0 ? receipt : `0x${receipt.slice(4)}`) as string[];
      expect([status, Number(gas)]).to.deep.equal(["0x01", 71_000]);
      expect(checkpointIn(proof, ledger)).to.deep.include({ size: 77, root });
      expect(checkpointIn(proof, `0x${"ac".repeat(20)}`), "another contract's").to.equal(undefined);
      expect(checkpointIn({ ...proof, log: 0 }, ledger), "another event").to.equal(undefined);
    }
  });
});
