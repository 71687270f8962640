import { createHash } from "node:crypto";
import { cp, type FileHandle, mkdtemp, open as openFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Level } from "level";
import { type Block, ChainFault, faultCodes, type Inclusion, TransactionRefused } from "../../server/chain/chain.ts";
import { type EmbeddedChain, openEmbedded } from "../../server/chain/embedded.ts";
import { engineVersions, sealingTime } from "../../server/chain/engine.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";

/** The embedded chain: what it was told is kept, and what is kept is what was told, or it says where not. */

const chainId = 777;
const keys = [3, 4].map((byte) => new Uint8Array(32).fill(byte));
/** Init code of a contract that logs its call data. */
const LOGGER = Buffer.from("6a366000600037366000a000600052600b6015f3", "hex");

async function isFault(code: string, block: number, open: () => Promise<unknown>): Promise<void> {
  let caught: unknown;
  await open().catch((error) => {
    caught = error;
  });
  expect(caught).to.be.instanceOf(ChainFault);
  const fault = caught as ChainFault;
  expect([fault.code, fault.block]).to.deep.equal([code, block]);
  for (const text of [fault.explanation.en, fault.explanation.id, fault.remedy.en, fault.remedy.id])
    expect(text).to.match(/\.$/);
}

describe("embedded chain", () => {
  let root = "";
  let folder = "";
  let chain: EmbeddedChain;
  let logger = "";
  const nonces = [0, 0];
  const told: Block[] = [];

  const transaction = (sender: number, data: Uint8Array, to: string | null = logger) =>
    signTransaction({ chainId, nonce: nonces[sender]!++, gas: 1_000_000, to, data }, keys[sender]!).raw;
  const open = async (at: string) => {
    const opened = await openEmbedded({ folder: at, chainId });
    return opened;
  };
  const all = async (from: EmbeddedChain): Promise<Block[]> => {
    const blocks: Block[] = [];
    for await (const block of from.blocks(1)) blocks.push(block);
    return blocks;
  };

  before(async function () {
    this.timeout(30_000);
    root = await mkdtemp(path.join(tmpdir(), "prasasti-chain-"));
    folder = path.join(root, "chain");
    chain = await open(folder);
    await chain.ready();
    chain.follow({ block: (block) => told.push(block), takenBack: () => expect.fail() });
    const [deployed] = await chain.submit([transaction(0, LOGGER, null)]);
    const receipt = (await chain.request("eth_getTransactionReceipt", [deployed!.transactionHash])) as {
      contractAddress: string;
    };
    logger = receipt.contractAddress;
    for (let i = 0; i < 8; i++)
      await chain.submit([transaction(0, Uint8Array.of(i)), transaction(1, Uint8Array.of(i, i))]);
  });
  after(async () => {
    await chain.close();
    await rm(root, { recursive: true });
  });

  it("tells blocks in order, with the transactions in theirs and the logs of both senders", async () => {
    expect(told.map(({ number }) => number)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const [i, block] of told.entries()) if (i > 0) expect(block.parentHash).to.equal(told[i - 1]!.hash);
    expect(told[3]!.transactions.map(({ from }) => from)).to.deep.equal(keys.map(addressOf));
    expect(told[3]!.logs.map(({ data }) => [...data])).to.deep.equal([[2], [2, 2]]);
    expect((await all(chain)).map(({ hash }) => hash)).to.deep.equal(told.map(({ hash }) => hash));
  });

  it("seals in real time: several blocks a second, none ahead of the clock", () => {
    const times = told.map(({ time }) => time);
    expect(times).to.deep.equal([...times].sort());
    expect(new Set(times).size).to.be.lessThan(times.length);
    expect(times.at(-1)).to.be.at.most(Math.floor(Date.now() / 1000));
  });

  it("has for each fault what is wrong and what to do, in both languages", () => {
    for (const code of faultCodes) {
      const { explanation, remedy } = new ChainFault(code, {
        block: 7,
        found: "a",
        expected: "b",
        folder: "/data/chain",
        node: "127.0.0.1:8545",
      });
      for (const words of [explanation, remedy]) {
        for (const text of [words.en, words.id]) expect(text, code).to.match(/\.$/).and.not.include("undefined");
        expect(words.en, code).not.to.equal(words.id);
      }
    }
  });

  it("waits where the clock was set back a little, and refuses by name where it was set back far", () => {
    expect(sealingTime({ number: 1, time: 100 }, 100_500)).to.deep.equal({ time: 100 });
    expect(sealingTime({ number: 1, time: 100 }, 98_000)).to.deep.equal({ wait: 2_000 });
    expect(() => sealingTime({ number: 1, time: 100 }, 90_000)).to.throw(ChainFault, /clock/);
  });

  it("gives a transaction that is sent again its first inclusion", async () => {
    const raw = transaction(0, Uint8Array.of(99));
    const first: Inclusion[] = await chain.submit([raw]);
    const height = chain.height();
    expect(await chain.submit([raw])).to.deep.equal(first);
    expect(chain.height()).to.equal(height);
  });

  it("refuses by name what it cannot take, and takes nothing of it", async () => {
    const height = chain.height();
    const nonce = nonces[0]!;
    const wrong: [string, Uint8Array[]][] = [
      ["malformed", [Uint8Array.of(1, 2, 3)]],
      [
        "wrong-chain",
        [signTransaction({ chainId: 1, nonce, gas: 100_000, to: logger, data: new Uint8Array() }, keys[0]!).raw],
      ],
      [
        "nonce-gap",
        [
          signTransaction({ chainId, nonce: nonce + 1, gas: 100_000, to: logger, data: new Uint8Array() }, keys[0]!)
            .raw,
        ],
      ],
      [
        "nonce-used",
        [signTransaction({ chainId, nonce: 0, gas: 100_001, to: logger, data: new Uint8Array() }, keys[0]!).raw],
      ],
    ];
    for (const [code, raws] of wrong) {
      let caught: unknown;
      await chain.submit(raws).catch((error) => {
        caught = error;
      });
      expect(caught).to.be.instanceOf(TransactionRefused);
      expect((caught as TransactionRefused).code).to.equal(code);
    }
    expect(chain.height()).to.equal(height);
  });

  describe("opened again from its folder", () => {
    let copies = 0;
    /** A copy of the closed chain's folder, with its journal changed. */
    const changed = async (change: (rows: Level<string, Uint8Array>) => Promise<void>): Promise<string> => {
      const copy = path.join(root, `copy-${++copies}`);
      await cp(folder, copy, { recursive: true });
      const rows = new Level<string, Uint8Array>(path.join(copy, "journal"), { valueEncoding: "view" });
      await change(rows);
      await rows.close();
      return copy;
    };
    const key = (number: number) => `block/${String(number).padStart(10, "0")}`;
    const fails = async (at: string) => {
      const opened = await open(at);
      try {
        await opened.ready();
      } finally {
        await opened.close();
      }
    };
    before(() => chain.close());

    it("shows its blocks before it is ready, and goes on after them", async () => {
      const again = await open(folder);
      expect((await all(again)).map(({ hash }) => hash)).to.deep.equal(told.map(({ hash }) => hash));
      await again.ready();
      const [next] = await again.submit([transaction(1, Uint8Array.of(7))]);
      expect(next!.blockNumber).to.equal(told.length + 1);
      await again.close();
    });

    it("names the block where a byte was altered", async () => {
      const at = await changed(async (rows) => {
        const record = Uint8Array.from((await rows.get(key(4)))!);
        record[record.length - 3]! ^= 1;
        await rows.put(key(4), record);
      });
      await isFault("altered-block", 4, () => fails(at));
    });
    it("names the block that is missing", async () => {
      await isFault("missing-block", 4, async () => fails(await changed((rows) => rows.del(key(4)))));
    });
    it("names the block whose record was cut", async () => {
      const at = await changed(async (rows) => rows.put(key(5), (await rows.get(key(5)))!.slice(0, 60)));
      await isFault("altered-block", 5, () => fails(at));
    });
    it("names the place where two records were swapped", async () => {
      const at = await changed(async (rows) => {
        const [a, b] = [(await rows.get(key(3)))!.slice(), (await rows.get(key(4)))!.slice()];
        await rows.put(key(3), b);
        await rows.put(key(4), a);
      });
      await isFault("misplaced-block", 3, () => fails(at));
    });
    /** Changes the record of a block and every checksum after it, as somebody who knows the format would. */
    const forged = (number: number, change: (payload: Uint8Array) => void) =>
      changed(async (rows) => {
        let before = (await rows.get(key(number - 1)))!.slice(0, 32);
        for (let at = number; at <= told.length + 1; at++) {
          const payload = (await rows.get(key(at)))!.slice(32);
          if (at === number) change(payload);
          const checksum = createHash("sha256").update(before).update(payload).digest();
          await rows.put(key(at), Buffer.concat([checksum, payload]));
          before = checksum;
        }
        await rm(path.join(rows.location, "..", "head"));
      });
    it("names the block whose transactions were forged, checksums and all", async () => {
      const at = await forged(4, (payload) => {
        payload[6]! ^= 1; // somewhere in the time or the hash
      });
      await isFault("replay-differs", 4, () => fails(at));
    });
    it("names the block whose logs were forged while its hash was left alone", async () => {
      const at = await forged(4, (payload) => {
        payload[payload.length - 1]! ^= 1;
      });
      await isFault("replay-differs", 4, () => fails(at));
    });
    it("records another engine's version only after it reproduced every block", async () => {
      const at = await changed(async (rows) => {
        await rows.put("engine", Buffer.concat([Buffer.alloc(32), Buffer.from("hardhat 0, edr 0")]));
      });
      await fails(at);
      const rows = new Level<string, Uint8Array>(path.join(at, "journal"), { valueEncoding: "view" });
      expect(Buffer.from((await rows.get("engine"))!.subarray(32)).toString()).to.equal(engineVersions());
      await rows.close();
    });
    it("says that the engine differs, and changes nothing, if another version does not", async () => {
      const at = await forged(4, (payload) => {
        payload[payload.length - 1]! ^= 1;
      });
      const rows = new Level<string, Uint8Array>(path.join(at, "journal"), { valueEncoding: "view" });
      await rows.put("engine", Buffer.concat([Buffer.alloc(32), Buffer.from("hardhat 0, edr 0")]));
      await rows.close();
      await isFault("engine-differs", 4, () => fails(at));
    });
    /** A journal in one table file, changed there. */
    const damaged = async (change: (file: FileHandle, size: number) => Promise<unknown>) => {
      // what Level is in Node, though not by its types
      const at = await changed((rows) =>
        (rows as unknown as { compactRange(start: string, end: string): Promise<void> }).compactRange("a", "z"),
      );
      const journal = path.join(at, "journal");
      const tables = (await readdir(journal)).filter((name) => name.endsWith(".ldb"));
      expect(tables).to.have.length(1);
      const file = await openFile(path.join(journal, tables[0]!), "r+");
      await change(file, (await file.stat()).size);
      await file.close();
      return at;
    };
    it("names the first block in a damaged part of a table file", async () => {
      // the first bytes of a table are its first blocks
      const at = await damaged((file) => file.write(Buffer.alloc(600, 0xee), 0, 600, 0));
      await isFault("unreadable-block", 1, () => fails(at));
    });
    it("says that it cannot be read where a table file was cut", async () => {
      const at = await damaged((file, size) => file.truncate(size >> 1));
      const fault = (await fails(at).catch((error: unknown) => error)) as ChainFault;
      expect(fault).to.be.instanceOf(ChainFault);
      expect(fault.code).to.equal("journal-unreadable");
      expect(fault.remedy.id).to.contain("cadangan");
    });
    it("notices that the end is gone", async () => {
      const at = await changed((rows) => rows.del(key(told.length + 1)));
      await isFault("lost-tail", told.length + 1, () => open(at));
    });
    it("does not read another chain's folder", async () => {
      let caught: unknown;
      await openEmbedded({ folder, chainId: 778 }).catch((error) => {
        caught = error;
      });
      expect((caught as ChainFault).code).to.equal("other-chain");
    });
  });
});
