import { expect } from "chai";
import { getCreateAddress, keccak256 } from "ethers";
import { type Block, type Chain, ChainFault, TransactionRefused } from "../../server/chain/chain.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";

/** Init code of three tiny contracts: one logs its call data, one returns it, one always reverts. */
const LOGGER = Buffer.from("6a366000600037366000a000600052600b6015f3", "hex");
const ECHO = Buffer.from("69366000600037366000f3600052600a6016f3", "hex");
const REVERTER = Buffer.from("6460006000fd6000526005601bf3", "hex");

export type Subject = { chain: Chain; keys: [Uint8Array, Uint8Array]; dispose(): Promise<void> };

/**
 * What every `Chain` keeps to, whichever engine is behind it. `make` gives a ready chain with two senders that can pay
 * for what is sent here and have sent nothing yet.
 */
export function behavesLikeAChain(name: string, make: () => Promise<Subject>): void {
  describe(`${name} behaves like a chain`, () => {
    let subject: Subject;
    let chain: Chain;
    const nonces = [0, 0];
    const told: Block[] = [];
    const contracts: string[] = [];

    const signed = (sender: number, to: string | null, data: Uint8Array, changes = {}) =>
      signTransaction(
        { chainId: chain.identity.chainId, nonce: nonces[sender]!, gas: 200_000, to, data, ...changes },
        subject.keys[sender]!,
      ).raw;
    const next = (sender: number, to: string | null, data: Uint8Array) => {
      const raw = signed(sender, to, data);
      nonces[sender]!++;
      return raw;
    };
    const errorOf = async (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => undefined,
        (error) => error,
      );

    before(async () => {
      subject = await make();
      chain = subject.chain;
      chain.follow({
        block: (block) => told.push(block),
        takenBack: (height) => told.splice(told.findIndex(({ number }) => number > height)),
      });
      for (const code of [LOGGER, ECHO, REVERTER]) {
        contracts.push(getCreateAddress({ from: addressOf(subject.keys[0]), nonce: nonces[0]! }).toLowerCase());
        const [inclusion] = await chain.submit([next(0, null, code)]);
        expect(inclusion!.ok).to.equal(true);
      }
    });
    after(() => subject.dispose());

    it("tells a block before it answers who submitted, and the same block when read again", async () => {
      const [inclusion] = await chain.submit([next(0, contracts[0]!, Uint8Array.of(1, 2, 3))]);
      const block = told.find(({ number }) => number === inclusion!.blockNumber)!;
      expect([inclusion!.blockNumber, inclusion!.blockHash]).to.deep.equal([block.number, block.hash]);
      expect(keccak256(block.header)).to.equal(block.hash);
      expect(block.transactions.map(({ type }) => type)).to.deep.equal([0]);
      expect(block.logs).to.have.length(1);
      expect({ ...block.logs[0]!, data: [...block.logs[0]!.data] }).to.deep.equal({
        index: 0,
        transactionHash: inclusion!.transactionHash,
        address: contracts[0],
        topics: [],
        data: [1, 2, 3],
      });
      expect([...block.transactions[0]!.input]).to.deep.equal([1, 2, 3]);
      expect(chain.height()).to.be.at.least(block.number);
      const read: Block[] = [];
      for await (const each of chain.blocks(block.number, block.number)) read.push(each);
      expect(JSON.stringify(read)).to.equal(JSON.stringify([block]));
    });

    it("links every block to the one before, in numbers, hashes and time", () => {
      for (const [index, block] of told.entries()) {
        const before = told[index - 1];
        if (before === undefined) continue;
        expect([block.number, block.parentHash]).to.deep.equal([before.number + 1, before.hash]);
        expect(block.time).to.be.at.least(before.time);
      }
    });

    it("takes transactions of two senders in one call and answers in that order", async () => {
      const answers = await chain.submit([
        next(1, contracts[0]!, Uint8Array.of(7)),
        next(0, contracts[0]!, Uint8Array.of(8)),
        next(1, contracts[0]!, Uint8Array.of(9)),
      ]);
      const senders = answers.map(({ transactionHash, blockNumber }) => {
        const block = told.find(({ number }) => number === blockNumber)!;
        return block.transactions.find(({ hash }) => hash === transactionHash)!.from;
      });
      expect(senders).to.deep.equal([1, 0, 1].map((sender) => addressOf(subject.keys[sender]!)));
      expect(await chain.nonce(addressOf(subject.keys[1]))).to.equal(2);
    });

    it("includes what ran and failed, as not ok and without logs", async () => {
      const [inclusion] = await chain.submit([next(0, contracts[2]!, Uint8Array.of(1))]);
      expect(inclusion!.ok).to.equal(false);
      const block = told.find(({ number }) => number === inclusion!.blockNumber)!;
      expect(block.transactions.map(({ ok }) => ok)).to.deep.equal([false]);
      expect(block.logs).to.deep.equal([]);
    });

    it("answers the same bytes sent again with their first inclusion, alone or beside new ones", async () => {
      const raw = next(0, contracts[0]!, Uint8Array.of(4));
      const [first] = await chain.submit([raw]);
      expect(await chain.submit([raw])).to.deep.equal([first]);
      expect(await chain.inclusion(first!.transactionHash)).to.deep.equal(first);
      const [again, fresh] = await chain.submit([raw, next(0, contracts[0]!, Uint8Array.of(5))]);
      expect(again).to.deep.equal(first);
      expect(fresh!.blockNumber).to.be.greaterThan(first!.blockNumber);
    });

    it("refuses by name, and sends nothing of the call", async () => {
      const good = signed(0, contracts[0]!, Uint8Array.of(6));
      const cases: [string, Uint8Array][] = [
        ["malformed", Uint8Array.of(0xc0)],
        ["malformed", new Uint8Array()],
        ["malformed", good.subarray(0, -1)],
        ["wrong-chain", signed(1, contracts[0]!, Uint8Array.of(), { chainId: 1 })],
        ["nonce-gap", signed(1, contracts[0]!, Uint8Array.of(), { nonce: nonces[1]! + 1 })],
        ["nonce-used", signed(1, contracts[0]!, Uint8Array.of(1), { nonce: 0 })],
        ["not-accepted", signed(1, contracts[0]!, Uint8Array.of(), { gas: 100 })],
      ];
      for (const [code, bad] of cases) {
        const error = await errorOf(chain.submit([good, bad]));
        expect(error, code).to.be.instanceOf(TransactionRefused);
        expect([(error as TransactionRefused).code, (error as TransactionRefused).index]).to.deep.equal([code, 1]);
      }
      expect(await chain.nonce(addressOf(subject.keys[0]))).to.equal(nonces[0]);
      nonces[0]!++;
      expect((await chain.submit([good]))[0]!.ok).to.equal(true);
    });

    it("answers calls, code and nonces on the newest state", async () => {
      expect([...(await chain.call(contracts[1]!, Uint8Array.of(5, 6)))]).to.deep.equal([5, 6]);
      expect(await errorOf(chain.call(contracts[2]!, Uint8Array.of()))).to.be.instanceOf(Error);
      expect(Buffer.from(await chain.code(contracts[2]!)).toString("hex")).to.equal("60006000fd");
      expect(await chain.code(addressOf(subject.keys[0]))).to.have.length(0);
      expect(await chain.nonce(addressOf(subject.keys[0]))).to.equal(nonces[0]);
      expect(await chain.inclusion(`0x${"ab".repeat(32)}`)).to.equal(undefined);
    });

    it("stops telling who does not listen any more", async () => {
      let heard = 0;
      const stop = chain.follow({ block: ({ transactions }) => (heard += transactions.length), takenBack() {} });
      await chain.submit([next(0, contracts[0]!, Uint8Array.of(1))]);
      stop();
      await chain.submit([next(0, contracts[0]!, Uint8Array.of(2))]);
      expect(heard).to.equal(1);
    });

    it("takes many calls at once, each in its turn", async () => {
      const raws = Array.from({ length: 20 }, (_, i) => next(0, contracts[0]!, Uint8Array.of(i)));
      const answers = await Promise.all(raws.map((raw) => chain.submit([raw])));
      const blocks = answers.map(([answer]) => answer!.blockNumber);
      expect(blocks).to.deep.equal([...blocks].sort((a, b) => a - b));
      expect(answers.every(([answer]) => answer!.ok)).to.equal(true);
    });

    it("refuses everything as closed once it is closed", async () => {
      await chain.close();
      const error = await errorOf(chain.submit([signed(0, contracts[0]!, Uint8Array.of(1))]));
      expect(error).to.be.instanceOf(ChainFault);
      expect((error as ChainFault).code).to.equal("closed");
      await chain.close();
    });
  });
}
