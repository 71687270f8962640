import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { failpoint } from "../failpoint.ts";
import { type Block, ChainFault, type Log, type Mined, type Transaction } from "./chain.ts";
import { FORMAT, Journal, type JournalHeader } from "./journal.ts";

/**
 * The thread that owns the engine and the journals. The engine's native part can be loaded by one thread of a process
 * only, once; so the thread lives as long as the process and holds any number of chains (one in a gateway, more in tests).
 */

const HARDFORK = "london";
const BLOCK_GAS = 30_000_000_000;
const ACCOUNTS = 4;
/** rich enough for nothing: gas costs zero, and no contract of the register takes value */
const BALANCE = "0x0";

const port = parentPort!;

type Provider = { request(call: { method: string; params?: unknown[] }): Promise<unknown> };
type Receipt = { transactionHash: string; from: string; to: string | null; status: string; gasUsed: string; logs: RawLog[] };
type RawLog = { logIndex: string; transactionHash: string; address: string; topics: string[]; data: string };

const require = createRequire(import.meta.url);
const engine = { hardhat: version("hardhat"), edr: version("@nomicfoundation/edr") };

/** The version of an installed package; not every one lets its manifest be imported, so it is looked up by path. */
function version(name: string): string {
  const folder = `/node_modules/${name}/`;
  const entry = require.resolve(name).replaceAll("\\", "/");
  const root = entry.slice(0, entry.lastIndexOf(folder) + folder.length);
  return (JSON.parse(readFileSync(`${root}package.json`, "utf8")) as { version: string }).version;
}

function privateKeys(seed: string): string[] {
  return Array.from({ length: ACCOUNTS }, (_, i) =>
    `0x${createHash("sha256").update(`${seed}:${i}`).digest("hex")}`,
  );
}

type Engine = { provider: Provider; close(): Promise<void> };

async function startEngine({ chainId, genesisTime, seed }: JournalHeader): Promise<Engine> {
  const hre = await createHardhatRuntimeEnvironment({
    networks: {
      register: {
        type: "edr-simulated",
        chainType: "l1",
        chainId,
        hardfork: HARDFORK,
        allowBlocksWithSameTimestamp: true,
        blockGasLimit: BLOCK_GAS,
        gasPrice: 0,
        initialBaseFeePerGas: 0,
        initialDate: new Date(genesisTime * 1000).toISOString(),
        mining: { auto: false, interval: 0, mempool: { order: "fifo" } },
        accounts: privateKeys(seed).map((privateKey) => ({ privateKey, balance: BigInt(BALANCE) })),
      },
    },
  });
  const connection = await hre.network.create("register");
  return { provider: connection.provider as Provider, close: () => connection.close() };
}

const hex = (value: number | bigint) => `0x${value.toString(16)}`;
const toHex = (bytes: Uint8Array) => `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
const fromHex = (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex"));

/** Mines one block at `time`. The engine signs for its own accounts: deterministic, and far faster than doing it here. */
async function mine(provider: Provider, asked: Transaction[], time: number): Promise<Block> {
  const request = (method: string, params: unknown[]) => provider.request({ method, params });
  const hashes: string[] = [];
  for (const t of asked) {
    hashes.push(
      (await ("raw" in t
        ? request("eth_sendRawTransaction", [toHex(t.raw)])
        : request("eth_sendTransaction", [
            { from: t.from, ...(t.to === undefined ? {} : { to: t.to }), data: toHex(t.data), gas: hex(t.gas), gasPrice: "0x0" },
          ]))) as string,
    );
  }
  await request("evm_setNextBlockTimestamp", [hex(time)]);
  await request("evm_mine", []);
  const head = (await request("eth_getBlockByNumber", ["latest", false])) as {
    number: string;
    hash: string;
    parentHash: string;
    timestamp: string;
  };
  const transactions: Mined[] = [];
  const logs: Log[] = [];
  for (const [i, hash] of hashes.entries()) {
    const receipt = (await request("eth_getTransactionReceipt", [hash])) as Receipt | null;
    if (receipt === null) throw new Error("the engine left out a transaction");
    const t = asked[i]!;
    transactions.push({
      hash,
      from: receipt.from,
      to: receipt.to,
      input: "raw" in t ? fromHex(((await request("eth_getTransactionByHash", [hash])) as { input: string }).input) : t.data,
      ok: receipt.status === "0x1",
      gasUsed: BigInt(receipt.gasUsed),
    });
    for (const l of receipt.logs) {
      logs.push({
        index: Number(l.logIndex),
        transactionHash: l.transactionHash,
        address: l.address,
        topics: l.topics,
        data: fromHex(l.data),
      });
    }
  }
  return { number: Number(head.number), hash: head.hash, parentHash: head.parentHash, time: Number(head.timestamp), transactions, logs };
}

function plain(error: unknown): unknown {
  if (error instanceof ChainFault) {
    const found = /\((.*)\)\. /s.exec(error.message)?.[1] ?? "";
    return { code: error.code, block: error.block, found };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}

/** One chain: its journal at once, its engine once history is replayed. Requests to the engine are answered in order. */
class EmbeddedChain {
  readonly #chain: number;
  readonly #chainId: number;
  #journal: Journal | undefined;
  #engine: Engine | undefined;
  #parent = { number: 0, time: 0 };
  #last: Promise<unknown> = Promise.resolve();
  #closing = false;

  constructor(chain: number, chainId: number) {
    this.#chain = chain;
    this.#chainId = chainId;
  }

  async open(directory: string): Promise<void> {
    const journal = await Journal.open(directory);
    this.#journal = journal;
    const chainId = this.#chainId;
    const kept = await journal.header();
    if (kept !== undefined && (kept.format !== FORMAT || kept.chainId !== chainId || kept.hardfork !== HARDFORK)) {
      throw new ChainFault("journal-foreign", 0, `format ${kept.format}, chain id ${kept.chainId}, ${kept.hardfork}`);
    }
    const header = kept ?? {
      format: FORMAT,
      chainId,
      hardfork: HARDFORK,
      engine,
      genesisHash: "",
      genesisTime: Math.floor(Date.now() / 1000),
      seed: createHash("sha256").update(crypto.getRandomValues(new Uint8Array(32))).digest("hex"),
    };
    await journal.checkEnd();
    // what is kept can be read at once; the engine catches up behind it
    this.#tell({ type: "opened", height: journal.height });
    const { provider } = (this.#engine = await startEngine(header));
    const genesis = (await provider.request({ method: "eth_getBlockByNumber", params: ["0x0", false] })) as {
      hash: string;
    };
    if (kept === undefined) {
      header.genesisHash = genesis.hash;
      await journal.writeHeader(header);
    } else if (kept.genesisHash !== genesis.hash) {
      throw new ChainFault("replay-differs", 0, `kept ${kept.genesisHash}, computed ${genesis.hash}`);
    }
    this.#parent = { number: 0, time: header.genesisTime };
    for await (const { block, asked } of journal.read(1, journal.height)) {
      if (this.#closing) return;
      const again = await mine(provider, asked, block.time);
      if (again.hash !== block.hash) {
        throw new ChainFault("replay-differs", block.number, `kept ${block.hash}, computed ${again.hash}`);
      }
      this.#parent = block;
      failpoint("replaying");
      if (block.number % 20 === 0) this.#tell({ type: "replayed", done: block.number, total: journal.height });
    }
    // another engine version computed the same history, so it may go on with it
    if (JSON.stringify(header.engine) !== JSON.stringify(engine)) await journal.writeHeader({ ...header, engine });
    this.#tell({ type: "ready", accounts: await provider.request({ method: "eth_accounts" }) });
  }

  /** Reading the journal needs no turn; everything that touches the engine waits for its own. */
  request(id: number, method: string, params: unknown[]): void {
    if (method === "close") this.#closing = true;
    const answer = async () => {
      try {
        this.#tell({ type: "answer", id, result: await this.#answer(method, params) });
      } catch (error) {
        this.#tell({ type: "answer", id, fault: plain(error) });
      }
    };
    if (method === "read") void answer();
    else this.#last = this.#last.then(answer);
  }

  async #answer(method: string, params: unknown[]): Promise<unknown> {
    if (method === "read") {
      const payloads: Uint8Array[] = [];
      for await (const { payload } of this.#journal!.read(params[0] as number, params[1] as number)) {
        payloads.push(payload.slice());
      }
      return payloads;
    }
    if (method === "submit") return this.#submit(params[0] as Transaction[]);
    if (method === "close") {
      await this.#journal?.close();
      await this.#engine?.close();
      return undefined;
    }
    return this.#engine!.provider.request({ method: params[0] as string, params: params[1] as unknown[] });
  }

  async #submit(asked: Transaction[]): Promise<Uint8Array> {
    // never ahead of the clock, and never before the parent where the clock was set back
    const time = Math.max(this.#parent.time, Math.floor(Date.now() / 1000));
    const block = await mine(this.#engine!.provider, asked, time);
    failpoint("block-mined");
    const payload = await this.#journal!.append(block, asked);
    failpoint("journalled");
    this.#parent = block;
    return payload;
  }

  #tell(message: object): void {
    port.postMessage({ chain: this.#chain, ...message });
  }
}

const chains = new Map<number, EmbeddedChain>();

type Request = { chain: number; id: number; method: string; params: unknown[] };

port.on("message", ({ chain, id, method, params }: Request) => {
  if (method === "open") {
    const [directory, chainId] = params as [string, number];
    const opening = new EmbeddedChain(chain, chainId);
    chains.set(chain, opening);
    opening.open(directory).catch((error) => port.postMessage({ chain, type: "failed", fault: plain(error) }));
  } else chains.get(chain)?.request(id, method, params);
});
