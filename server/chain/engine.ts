import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import { type Block, ChainFault, messageOf, TransactionRefused } from "./chain.ts";
import { encodeHeader, type RpcHeader } from "./header.ts";
import type { Header } from "./journal.ts";
import { fromHex, type Transaction, toHex } from "./transaction.ts";

/**
 * EDR, Hardhat's engine, with a chain of its own in memory: no accounts of its own, no fees, London rules, blocks only
 * when told, at the time told. The same header and the same blocks always give the same hashes, in any process.
 *
 * Transactions come signed. Measured, for 20 kB: signing 0.15 ms and sending 0.55 ms, against 0.44 ms for letting the
 * engine sign with a key it is given; hashes repeat either way. Signed bytes keep the key out of the engine, need no
 * trust in how an engine signs when a journal is replayed, and are what a network of nodes takes as well.
 *
 * EDR 0.20 records every opcode of every transaction while it runs it; no setting turns that off (NomicFoundation/edr
 * issue 1657). Hence the limits on gas: opcodes are memory.
 */
export class Engine {
  readonly #provider: Provider;
  readonly #blockGasLimit: number;

  private constructor(provider: Provider, blockGasLimit: number) {
    this.#provider = provider;
    this.#blockGasLimit = blockGasLimit;
  }

  /** Starts a chain that has only its genesis. */
  static async start(settings: GenesisSettings): Promise<Engine> {
    const { chainId, hardfork, blockGasLimit, genesisTime } = settings;
    const networks = {
      embedded: {
        type: "edr-simulated" as const,
        chainType: "l1" as const,
        chainId,
        hardfork,
        accounts: [],
        gasPrice: 0,
        initialBaseFeePerGas: 0,
        blockGasLimit,
        initialDate: new Date(genesisTime * 1000),
        allowBlocksWithSameTimestamp: true,
        throwOnTransactionFailures: false,
        mining: { auto: false, interval: 0, mempool: { order: "fifo" as const } },
      },
    };
    const hre = await createHardhatRuntimeEnvironment({ networks }, {}, here);
    const { provider } = await hre.network.create("embedded");
    return new Engine(provider, blockGasLimit);
  }

  request(method: string, params: unknown[]): Promise<unknown> {
    return this.#provider.request({ method, params });
  }

  /**
   * Mines one block of exactly these transactions, in this order, at `time`. Throws `TransactionRefused` if the engine
   * does not take one of them; then none is in.
   */
  async mine(transactions: readonly Pick<Transaction, "hash" | "raw" | "gas">[], time: number): Promise<Block> {
    // Above half of the limit the next base fee would rise from zero, and a price of zero would never do again.
    const gas = transactions.reduce((sum, transaction) => sum + transaction.gas, 0);
    if (gas > this.#blockGasLimit / 2)
      throw new TransactionRefused("too-much-gas", 0, `gas of ${gas} in one block; at most ${this.#blockGasLimit / 2}`);
    await this.#send(transactions);
    await this.request("evm_mine", [toQuantity(time)]);
    const block = (await this.request("eth_getBlockByNumber", ["latest", false])) as RpcBlock;
    if (Number(block.timestamp) !== time || `${block.transactions}` !== `${transactions.map(({ hash }) => hash)}`)
      throw new ChainFault("engine-failed", { found: `block ${Number(block.number)} is not made of what was sent` });
    const receipts = await Promise.all(block.transactions.map((hash) => this.#receipt(hash)));
    return {
      number: Number(block.number),
      hash: block.hash,
      parentHash: block.parentHash,
      time,
      header: encodeHeader(block),
      transactions: receipts.map(({ transactionHash, type, from, to, status, gasUsed }) => ({
        hash: transactionHash,
        type: Number(type),
        from,
        to,
        input: noBytes,
        ok: Number(status) === 1,
        gasUsed: Number(gasUsed),
      })),
      logs: receipts
        .flatMap(({ logs }) => logs)
        .map(({ transactionHash, address, topics, data }, index) => ({
          index,
          transactionHash,
          address,
          topics,
          data: fromHex(data),
        })),
    };
  }

  /** Where a transaction stands, if it is in a block. */
  async inclusion(hash: string) {
    const receipt = (await this.request("eth_getTransactionReceipt", [hash])) as RpcReceipt | null;
    if (receipt === null) return undefined;
    const { transactionHash, blockNumber, blockHash, status, gasUsed } = receipt;
    return {
      transactionHash,
      blockNumber: Number(blockNumber),
      blockHash,
      ok: Number(status) === 1,
      gasUsed: Number(gasUsed),
    };
  }

  async nonce(address: string): Promise<number> {
    return Number(await this.request("eth_getTransactionCount", [address, "latest"]));
  }

  async newest(): Promise<{ number: number; hash: string; time: number }> {
    const { number, hash, timestamp } = (await this.request("eth_getBlockByNumber", ["latest", false])) as RpcBlock;
    return { number: Number(number), hash, time: Number(timestamp) };
  }

  async #send(transactions: readonly Pick<Transaction, "hash" | "raw">[]): Promise<void> {
    for (const [index, { raw }] of transactions.entries()) {
      try {
        await this.request("eth_sendRawTransaction", [toHex(raw)]);
      } catch (cause) {
        for (const { hash } of transactions.slice(0, index)) await this.request("hardhat_dropTransaction", [hash]);
        throw new TransactionRefused("not-accepted", index, messageOf(cause), { cause });
      }
    }
  }

  async #receipt(hash: string): Promise<RpcReceipt> {
    return (await this.request("eth_getTransactionReceipt", [hash])) as RpcReceipt;
  }
}

export type GenesisSettings = Pick<Header, "chainId" | "hardfork" | "blockGasLimit" | "genesisTime">;

/**
 * When the next block may be sealed: at once with a time (never before its parent's, never ahead of the clock), or after
 * a wait because the clock was set back a little. Throws `clock-behind` when it was set back further.
 */
export function sealingTime(
  parent: { number: number; time: number },
  now: number,
): { time: number } | { wait: number } {
  const seconds = Math.floor(now / 1000);
  if (seconds >= parent.time) return { time: seconds };
  if (parent.time - seconds > patience)
    throw new ChainFault("clock-behind", {
      block: parent.number,
      found: new Date(now).toISOString(),
      expected: new Date(parent.time * 1000).toISOString(),
    });
  return { wait: parent.time * 1000 - now };
}

/** Name and exact versions of the engine, as recorded in the journal. */
export function engineVersions(): string {
  const require = createRequire(import.meta.url);
  const hardhat = require.resolve("hardhat/package.json");
  const edr = join(dirname(createRequire(hardhat).resolve("@nomicfoundation/edr")), "package.json");
  const versionOf = (file: string) => JSON.parse(readFileSync(file, "utf8")).version;
  return `hardhat ${versionOf(hardhat)}, edr ${versionOf(edr)}`;
}

type Provider = { request(call: { method: string; params: unknown[] }): Promise<unknown> };

/** The parts we read of what Ethereum's JSON-RPC answers. */
type RpcBlock = RpcHeader & { transactions: string[] };
type RpcReceipt = {
  transactionHash: string;
  type: string;
  blockNumber: string;
  blockHash: string;
  from: string;
  to: string | null;
  status: string;
  gasUsed: string;
  logs: { transactionHash: string; address: string; topics: string[]; data: string }[];
};

// A clock corrected by NTP may step back this many seconds without anybody noticing.
const patience = 5;

// Hardhat wants the folder of a project; without one it takes the current folder, wherever that is.
const here = import.meta.dirname;

const noBytes = new Uint8Array();

function toQuantity(value: number): string {
  return `0x${value.toString(16)}`;
}
