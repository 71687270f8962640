import { Worker } from "node:worker_threads";
import { type Block, type Chain, ChainFault, type ChainIdentity, type Inclusion, TransactionRefused } from "./chain.ts";
import { decodeBlock } from "./journal.ts";
import { fromHex, toHex } from "./transaction.ts";
import type { Call, Message, SentError, Settings } from "./worker.ts";

/** The chain of this process: a `Chain` that also passes JSON-RPC calls to its engine, for `rpc.ts` and tools. */
export interface EmbeddedChain extends Chain {
  readonly finality: "operator";
  /** Passes a call to the engine, in its turn. Throws `RpcFailure` with what the engine says. */
  request(method: string, params: unknown[]): Promise<unknown>;
}

/** What the engine answered to a call that failed; `data` is the revert data, if there is some. */
export class RpcFailure extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    super(message);
    this.name = "RpcFailure";
    this.code = code;
    this.data = data;
  }
}

/** London, on every engine of this register. */
const hardfork = "london";
const defaultBlockGasLimit = 4_000_000_000;
/** Blocks that are fetched from the journal at once. */
const page = 50;

// One thread for all chains of the process; see worker.ts.
let thread: Worker | undefined;
let opened = 0;
const receivers = new Map<number, (message: Message) => void>();

function engineThread(): Worker {
  if (thread !== undefined) return thread;
  const worker = new Worker(new URL("./worker.ts", import.meta.url));
  thread = worker;
  const stopped = (found: string) => {
    thread = undefined;
    const error: SentError = { kind: "fault", code: "engine-failed", values: { found } };
    for (const receive of receivers.values()) receive({ kind: "fault", error });
  };
  worker.on("message", ({ chain, message }: { chain: number; message: Message }) => receivers.get(chain)?.(message));
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
  onProgress?: (done: number, total: number) => void;
}): Promise<EmbeddedChain> {
  const { folder, chainId, blockGasLimit = defaultBlockGasLimit } = options;
  const worker = engineThread();
  const chain = ++opened;
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<(block: Block) => void>();
  const opening = Promise.withResolvers<ChainIdentity>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // told to whoever asks for `ready`
  let height = 0;
  let calls = 0;
  let closing: Promise<void> | undefined;

  receivers.set(chain, (message) => {
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
        for (const listener of listeners) listener(block);
        return;
      }
      case "fault": {
        const error = received(message.error);
        opening.reject(error);
        ready.reject(error);
        return;
      }
      case "answer":
        waiting.get(message.id)?.resolve(message.result);
        break;
      case "failure":
        waiting.get(message.id)?.reject(received(message.error));
    }
    waiting.delete(message.id);
  });
  const tell = (call: Call) => worker.postMessage({ chain, call });
  const ask = async <T>(call: DistributiveOmit<Exclude<Call, { kind: "open" }>, "id">): Promise<T> => {
    if (closing !== undefined && call.kind !== "close") throw new ChainFault("closed");
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
  const settings: Settings = { folder, chainId, hardfork, blockGasLimit };
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
    ready: () => ready.promise,
    height: () => height,
    async *blocks(from, to = height) {
      for (let first = Math.max(1, from); first <= Math.min(to, height); first += page) {
        const last = Math.min(to, height, first + page - 1);
        for (const payload of await ask<Uint8Array[]>({ kind: "read", from: first, to: last }))
          yield decodeBlock(payload);
      }
    },
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async submit(transactions) {
      await ready.promise;
      return ask<Inclusion[]>({ kind: "submit", transactions });
    },
    async inclusion(hash) {
      await ready.promise;
      return ask<Inclusion | undefined>({ kind: "inclusion", hash });
    },
    async call(to, data) {
      return fromHex((await request("eth_call", [{ to, data: toHex(data) }, "latest"])) as string);
    },
    async nonce(address) {
      return Number(await request("eth_getTransactionCount", [address, "latest"]));
    },
    async code(address) {
      return fromHex((await request("eth_getCode", [address, "latest"])) as string);
    },
    request,
    close() {
      closing ??= ask<void>({ kind: "close" }).then(leave);
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
