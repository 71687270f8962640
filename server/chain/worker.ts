import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { failpoint } from "../failpoint.ts";
import {
  ChainFault,
  type ChainIdentity,
  type FaultCode,
  type FaultValues,
  type Inclusion,
  messageOf,
  type RefusalCode,
  TransactionRefused,
} from "./chain.ts";
import { Engine, engineVersions, sealingTime } from "./engine.ts";
import { encodeBlock, format, Journal, readReplay } from "./journal.ts";
import { parseSubmitted, parseTransaction, type Transaction, toHex } from "./transaction.ts";

/**
 * The thread that owns engine and journal of embedded chains. Of one chain it does one thing at a time: while a block
 * is between mining and its fsync nothing is read from its engine either, so nobody is ever told of a block that could
 * be lost. The engine's native part can be loaded by one thread of a process only, and once: so this thread lives as
 * long as the process and holds any number of chains (one in a gateway, several in tests).
 */

/** What a chain is opened with. */
export type Settings = {
  folder: string;
  chainId: number;
  hardfork: string;
  blockGasLimit: number;
  charter: string | undefined;
};

/** What the main thread asks; each but `open` is answered once, with the same id. */
export type Call =
  | { kind: "open"; settings: Settings }
  | { id: number; kind: "read"; from: number; to: number }
  | { id: number; kind: "submit"; transactions: readonly Uint8Array[] }
  | { id: number; kind: "request"; method: string; params: unknown[] }
  | { id: number; kind: "inclusion"; hash: string }
  | { id: number; kind: "close" };

/** What this thread says. A block is told before the `submit` that made it is answered. */
export type Message =
  | { kind: "opened"; identity: ChainIdentity; height: number }
  | { kind: "progress"; done: number; total: number }
  | { kind: "ready" }
  /** `journalled`: seconds that writing it down took */
  | { kind: "block"; payload: Uint8Array; journalled: number }
  | { kind: "fault"; error: SentError }
  | { kind: "answer"; id: number; result: unknown }
  | { kind: "failure"; id: number; error: SentError };

/** Errors lose their class between threads, so they travel as data. */
export type SentError =
  | { kind: "fault"; code: FaultCode; values: FaultValues }
  | { kind: "refused"; code: RefusalCode; index: number; message: string }
  | { kind: "rpc"; code: number; message: string; data: unknown };

const port = parentPort!;
const chains = new Map<number, EmbeddedChain>();

port.on("message", ({ chain, call }: { chain: number; call: Call }) => {
  if (call.kind === "open") {
    const say = (message: Message) => port.postMessage({ chain, message });
    const opened = new EmbeddedChain(call.settings, say, () => chains.delete(chain));
    chains.set(chain, opened);
    void opened.start();
  } else void chains.get(chain)?.answer(call);
});

class EmbeddedChain {
  readonly #settings: Settings;
  readonly #say: (message: Message) => void;
  /** Called when nothing will be asked any more, so that the engine's memory is given back. */
  readonly #forget: () => void;
  #journal: Journal | undefined;
  #engine: Engine | undefined;
  #parent = { number: 0, time: 0 };
  /** Everything that touches the engine waits for what came before it, and first for the replay. */
  #turn: Promise<unknown> = Promise.resolve();
  #fault: ChainFault | undefined;
  #closing = false;

  constructor(settings: Settings, say: (message: Message) => void, forget: () => void) {
    this.#settings = settings;
    this.#say = say;
    this.#forget = forget;
  }

  start(): Promise<void> {
    const started = this.#start().catch((error) => {
      this.#fail(error);
      if (this.#journal === undefined) this.#forget();
    });
    this.#turn = started;
    return started;
  }

  async #start(): Promise<void> {
    const { folder, chainId } = this.#settings;
    const journal = await Journal.open(folder, chainId, () => this.#create());
    this.#journal = journal;
    const { genesisHash, salt, charter } = journal.header;
    const identity = { chainId, genesisHash, salt, ...(charter === undefined ? {} : { charter }) };
    // what is kept can be read from here on; the engine catches up behind it
    this.#say({ kind: "opened", identity, height: journal.height });
    const engine = await Engine.start(journal.header);
    this.#engine = engine;
    await this.#replay(journal, engine);
    if (!this.#closing) this.#say({ kind: "ready" });
  }

  /** A new chain: its genesis is made once to learn its hash. */
  async #create() {
    const { chainId, hardfork, blockGasLimit, charter } = this.#settings;
    const genesis = { chainId, hardfork, blockGasLimit, genesisTime: Math.floor(Date.now() / 1000) };
    const { hash } = await (await Engine.start(genesis)).newest();
    const salt = toHex(randomBytes(32));
    return { format, ...genesis, genesisHash: hash, salt, ...(charter === undefined ? {} : { charter }) } as const;
  }

  async #replay(journal: Journal, engine: Engine): Promise<void> {
    const versions = engineVersions();
    const before = await journal.engine();
    const differs = (block: number, found: string, expected: string) =>
      before === undefined || before === versions
        ? new ChainFault("replay-differs", { block, found, expected })
        : new ChainFault("engine-differs", { block, found: versions, expected: before });
    const genesis = await engine.newest();
    if (genesis.hash !== journal.header.genesisHash) throw differs(0, genesis.hash, journal.header.genesisHash);
    this.#parent = genesis;
    for await (const { number, payload } of journal.read(1, journal.height)) {
      if (this.#closing) return;
      const { time, hash, raws } = readReplay(payload);
      const block = await engine.mine(raws.map(parseTransaction), time).catch((cause) => {
        throw differs(number, messageOf(cause), hash);
      });
      if (block.hash !== hash) throw differs(number, block.hash, hash);
      // readers are served from the record, so results and logs in it must be the engine's too
      if (Buffer.compare(encodeBlock(block, raws), payload) !== 0)
        throw differs(number, "the same hash with other results or logs", hash);
      this.#parent = block;
      failpoint("replaying");
      if (number % 20 === 0) this.#say({ kind: "progress", done: number, total: journal.height });
    }
    // another engine version that reproduced every block may go on with the chain
    if (before !== versions) await journal.setEngine(versions);
  }

  async answer(call: Exclude<Call, { kind: "open" }>): Promise<void> {
    if (call.kind === "close") this.#closing = true;
    const run = async () => {
      try {
        this.#say({ kind: "answer", id: call.id, result: await this.#result(call) });
      } catch (error) {
        this.#say({ kind: "failure", id: call.id, error: sent(error) });
      }
    };
    // the journal can be read at any time; everything else takes its turn
    if (call.kind === "read") return run();
    this.#turn = this.#turn.then(run);
  }

  async #result(call: Exclude<Call, { kind: "open" }>): Promise<unknown> {
    if (call.kind === "close") {
      this.#forget();
      return this.#journal?.close();
    }
    if (call.kind === "read") {
      const payloads: Uint8Array[] = [];
      for await (const { payload } of this.#journal!.read(call.from, call.to)) payloads.push(payload.slice());
      return payloads;
    }
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#engine === undefined || this.#closing) throw new ChainFault("closed");
    if (call.kind === "inclusion") return this.#engine.inclusion(call.hash);
    if (call.kind === "request") return this.#engine.request(call.method, call.params);
    return this.#submit(this.#engine, call.transactions.map(parseSubmitted));
  }

  /** Transactions that are in a block already are not sent again; the rest become one block, or none of them does. */
  async #submit(engine: Engine, transactions: Transaction[]): Promise<Inclusion[]> {
    const inclusions = new Map<string, Inclusion>();
    const fresh: Transaction[] = [];
    const nonces = new Map<string, number>();
    for (const [index, transaction] of transactions.entries()) {
      const { hash, from, nonce, chainId } = transaction;
      if (chainId !== this.#settings.chainId)
        throw new TransactionRefused(
          "wrong-chain",
          index,
          `signed for chain ${chainId}, this is ${this.#settings.chainId}`,
        );
      const known = await engine.inclusion(hash);
      if (known !== undefined) {
        inclusions.set(hash, known);
        continue;
      }
      const expected = nonces.get(from) ?? (await engine.nonce(from));
      if (nonce !== expected)
        throw new TransactionRefused(
          nonce < expected ? "nonce-used" : "nonce-gap",
          index,
          `nonce ${nonce} of ${from}; its next is ${expected}`,
        );
      nonces.set(from, nonce + 1);
      fresh.push(transaction);
    }
    if (fresh.length > 0) {
      const block = await this.#seal(engine, fresh);
      for (const { hash: transactionHash, ok, gasUsed } of block.transactions)
        inclusions.set(transactionHash, {
          transactionHash,
          blockNumber: block.number,
          blockHash: block.hash,
          ok,
          gasUsed,
        });
    }
    return transactions.map(({ hash }) => inclusions.get(hash)!);
  }

  async #seal(engine: Engine, transactions: Transaction[]) {
    let sealing = sealingTime(this.#parent, Date.now());
    while ("wait" in sealing) {
      await sleep(sealing.wait);
      sealing = sealingTime(this.#parent, Date.now());
    }
    const block = await engine.mine(transactions, sealing.time).catch((error) => {
      // refused as a whole, or nobody knows what the engine holds now
      throw error instanceof TransactionRefused ? error : this.#fail(error);
    });
    failpoint("block-mined");
    const payload = encodeBlock(
      block,
      transactions.map(({ raw }) => raw),
    );
    const started = performance.now();
    try {
      await this.#journal!.append(block.number, payload);
    } catch (cause) {
      // the engine is ahead of the journal now: nothing may follow on it until a restart replays what is kept
      throw this.#fail(
        new ChainFault("journal-write-failed", { block: block.number, found: messageOf(cause) }, { cause }),
      );
    }
    failpoint("journalled");
    this.#parent = block;
    this.#say({ kind: "block", payload, journalled: (performance.now() - started) / 1000 });
    return block;
  }

  #fail(error: unknown): ChainFault {
    const fault = error instanceof ChainFault ? error : new ChainFault("engine-failed", { found: messageOf(error) });
    this.#fault = fault;
    this.#say({ kind: "fault", error: sent(fault) });
    return fault;
  }
}

function sent(error: unknown): SentError {
  if (error instanceof ChainFault) return { kind: "fault", code: error.code, values: error.values };
  if (error instanceof TransactionRefused)
    return { kind: "refused", code: error.code, index: error.index, message: error.message };
  const { code, data } = error as { code?: unknown; data?: unknown };
  return {
    kind: "rpc",
    code: typeof code === "number" ? code : -32603,
    message: messageOf(error),
    data: plainData(data),
  };
}

/** Data of a failed call that can cross between threads: revert data is text. */
function plainData(data: unknown): string | undefined {
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null && "data" in data) return plainData(data.data);
  return undefined;
}
