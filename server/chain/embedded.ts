import { Worker } from "node:worker_threads";
import {
  type Chain,
  ChainFault,
  type ChainIdentity,
  type Inclusion,
  type Listener,
  RpcFailure,
  TransactionRefused,
} from "./chain.ts";
import { decodeBlock } from "./journal.ts";
import { fromHex, toHex } from "./transaction.ts";
import type { Call, Message, SentError, Settings } from "./worker.ts";

/** The chain of this process: a `Chain` that also passes JSON-RPC calls to its engine, for `rpc.ts` and tools. */
export interface EmbeddedChain extends Chain {
  readonly finality: "operator";
  /** Passes a call to the engine, in its turn. Throws `RpcFailure` with what the engine says. */
  request(method: string, params: unknown[]): Promise<unknown>;
}

/** London, on every engine of this register. */
const hardfork = "london";
const defaultBlockGasLimit = 4_000_000_000;
/** Most gas of a call, 100 million: the engine keeps a record of every opcode while it runs one. */
export const callGas = "0x5f5e100";
/** Blocks that are fetched from the journal at once. */
const page = 50;

// One thread for all chains of the process; see worker.ts.
let thread: Worker | undefined;
let opened = 0;
const receivers = new Map<number, { receive(message: Message): void; end(fault: ChainFault): void }>();

function engineThread(): Worker {
  if (thread !== undefined) return thread;
  // the engine's wrapper would report its errors to its makers from an interactive terminal
  const env = { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" };
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { env });
  thread = worker;
  const stopped = (found: string) => {
    if (thread !== worker) return;
    thread = undefined;
    for (const { end } of receivers.values()) end(new ChainFault("engine-failed", { found }));
    receivers.clear();
  };
  worker.on("message", ({ chain, message }: { chain: number; message: Message }) =>
    receivers.get(chain)?.receive(message),
  );
  worker.on("error", (error) => stopped(error instanceof Error ? error.message : `${error}`));
  worker.on("exit", () => stopped("its thread ended"));
  return worker;
}

/**
 * Opens the embedded chain kept in `folder`, or creates it. Resolves as soon as kept blocks can be read; `ready` tells
 * when history is replayed and new blocks can be made. Throws `ChainFault` if the journal cannot be opened.
 */
export async function openEmbedded(options: {
  folder: string;
  chainId: number;
  blockGasLimit?: number;
  /** Kept in the header of a chain that is made now; `identity` gives the one that it was made with. */
  charter?: string;
  onProgress?: (done: number, total: number) => void;
  /** Told of each new block how many seconds it took to write it down. */
  onJournalled?: (seconds: number) => void;
  /** Called if the chain stops taking transactions; blocks can still be read, up to the place of the fault. */
  onFault?: (fault: ChainFault) => void;
}): Promise<EmbeddedChain> {
  const { folder, chainId, blockGasLimit = defaultBlockGasLimit } = options;
  const worker = engineThread();
  const chain = ++opened;
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<Listener>();
  const opening = Promise.withResolvers<ChainIdentity>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // told to whoever asks for `ready`
  let height = 0;
  let calls = 0;
  let closing: Promise<void> | undefined;
  let ended: ChainFault | undefined;

  const fail = (fault: ChainFault) => {
    opening.reject(fault);
    ready.reject(fault);
    options.onFault?.(fault);
  };
  const receive = (message: Message) => {
    switch (message.kind) {
      case "opened":
        height = message.height;
        return opening.resolve(message.identity);
      case "progress":
        return options.onProgress?.(message.done, message.total);
      case "ready":
        return ready.resolve();
      case "block": {
        const block = decodeBlock(message.payload);
        height = block.number;
        options.onJournalled?.(message.journalled);
        for (const listener of listeners) listener.block(block, block.number);
        return;
      }
      case "fault": {
        const error = received(message.error);
        return fail(error instanceof ChainFault ? error : new ChainFault("engine-failed", { found: error.message }));
      }
      case "answer":
        waiting.get(message.id)?.resolve(message.result);
        break;
      case "failure":
        waiting.get(message.id)?.reject(received(message.error));
    }
    waiting.delete(message.id);
  };
  const end = (fault: ChainFault) => {
    ended = fault;
    fail(fault);
    for (const { reject } of waiting.values()) reject(fault);
    waiting.clear();
  };
  receivers.set(chain, { receive, end });
  const tell = (call: Call) => worker.postMessage({ chain, call });
  const ask = async <T>(call: DistributiveOmit<Exclude<Call, { kind: "open" }>, "id">): Promise<T> => {
    if (closing !== undefined && call.kind !== "close") throw new ChainFault("closed");
    if (ended !== undefined) throw ended;
    const id = ++calls;
    return new Promise<T>((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      tell({ id, ...call } as Call);
    });
  };
  // an open chain keeps the process alive; the thread by itself does not
  const leave = () => {
    receivers.delete(chain);
    if (receivers.size === 0) worker.unref();
  };

  worker.ref();
  const settings: Settings = { folder, chainId, hardfork, blockGasLimit, charter: options.charter };
  tell({ kind: "open", settings });
  let identity: ChainIdentity;
  try {
    identity = await opening.promise;
  } catch (error) {
    leave();
    throw error;
  }

  const request = async (method: string, params: unknown[]) => {
    await ready.promise;
    return ask({ kind: "request", method, params });
  };
  return {
    identity,
    finality: "operator",
    confirmations: 0,
    // above half of a block's gas the next base fee would rise from zero
    largest: { bytes: 2_000_000, gas: blockGasLimit / 2 },
    troubles: () => [],
    get online() {
      return ended === undefined;
    },
    ready: () => ready.promise,
    height: () => height,
    async *blocks(from, to = height) {
      for (let first = Math.max(1, from); first <= Math.min(to, height); first += page) {
        const last = Math.min(to, height, first + page - 1);
        for (const payload of await ask<Uint8Array[]>({ kind: "read", from: first, to: last }))
          yield decodeBlock(payload);
      }
    },
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async submit(transactions) {
      await ready.promise;
      // copies: a view would take all of the buffer behind it along to the other thread
      return ask<Inclusion[]>({ kind: "submit", transactions: transactions.map((raw) => new Uint8Array(raw)) });
    },
    async inclusion(hash) {
      await ready.promise;
      return ask<Inclusion | undefined>({ kind: "inclusion", hash });
    },
    async call(to, data) {
      return fromHex((await request("eth_call", [{ to, data: toHex(data), gas: callGas }, "latest"])) as string);
    },
    async nonce(address) {
      return Number(await request("eth_getTransactionCount", [address, "latest"]));
    },
    async code(address) {
      return fromHex((await request("eth_getCode", [address, "latest"])) as string);
    },
    request,
    close() {
      closing ??= ended ? Promise.resolve() : ask<void>({ kind: "close" }).then(leave);
      return closing;
    },
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function received(error: SentError): Error {
  if (error.kind === "fault") return new ChainFault(error.code, error.values);
  if (error.kind === "refused") return new TransactionRefused(error.code, error.index, error.message);
  return new RpcFailure(error.code, error.message, error.data);
}
