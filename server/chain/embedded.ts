import { Worker } from "node:worker_threads";
import { type Block, type Chain, type ChainFaultCode, faultFrom, type Transaction } from "./chain.ts";
import { decodeBlock } from "./journal.ts";

type Fault = { code: ChainFaultCode; block: number; found: string } | { message: string };
type Message = { chain: number } & Reply;
type Reply =
  | { type: "opened"; height: number }
  | { type: "replayed"; done: number; total: number }
  | { type: "ready"; accounts: string[] }
  | { type: "failed"; fault: Fault }
  | { type: "answer"; id: number; result?: unknown; fault?: Fault };

/** How many blocks are fetched from the journal at once. */
const PAGE = 50;

function errorFrom(fault: Fault): Error {
  return "code" in fault ? faultFrom(fault) : new Error(fault.message);
}

/** The engine's thread, one for the whole process (see worker.ts). */
let thread: Worker | undefined;
let chains = 0;
const receivers = new Map<number, (reply: Reply) => void>();

function engineThread(): Worker {
  if (thread === undefined) {
    thread = new Worker(new URL("./worker.ts", import.meta.url));
    const stopped = (message: string) => {
      thread = undefined;
      for (const receive of receivers.values()) receive({ type: "failed", fault: { message } });
    };
    thread.on("message", ({ chain, ...reply }: Message) => receivers.get(chain)?.(reply as Reply));
    thread.on("error", (error) => stopped(error.message));
    thread.on("exit", () => stopped("the chain has stopped"));
    thread.unref();
  }
  return thread;
}

/**
 * The embedded chain: Hardhat's engine in a worker, each block journalled with fsync before anyone is told, and
 * replayed at start with every hash compared. Resolves as soon as kept blocks can be read; `ready()` when new ones can
 * be written. Throws ChainFault if the journal cannot be opened.
 */
export async function openEmbedded(options: {
  /** folder of the journal */
  directory: string;
  chainId: number;
  onReplay?: (done: number, total: number) => void;
}): Promise<Chain> {
  const worker = engineThread();
  const chain = ++chains;
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<(block: Block) => void>();
  const accounts: string[] = [];
  let height = 0;
  let nextId = 1;
  let closed = false;

  const opened = Promise.withResolvers<void>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {}); // told to whoever asks for ready()

  receivers.set(chain, (message) => {
    if (message.type === "opened") {
      height = message.height;
      opened.resolve();
    } else if (message.type === "replayed") options.onReplay?.(message.done, message.total);
    else if (message.type === "ready") {
      accounts.push(...message.accounts);
      ready.resolve();
    } else if (message.type === "failed") {
      const error = errorFrom(message.fault);
      opened.reject(error);
      ready.reject(error);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    } else {
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.fault !== undefined) call?.reject(errorFrom(message.fault));
      else call?.resolve(message.result);
    }
  });

  const ask = <T>(method: string, params: unknown[]): Promise<T> => {
    if (closed) return Promise.reject(new Error("the chain has stopped"));
    return new Promise<T>((resolve, reject) => {
      const id = nextId++;
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      worker.postMessage({ chain, id, method, params });
    });
  };

  // an open chain keeps the process alive; the thread alone does not
  worker.ref();
  const leave = () => {
    receivers.delete(chain);
    if (receivers.size === 0) worker.unref();
  };
  worker.postMessage({ chain, id: 0, method: "open", params: [options.directory, options.chainId] });
  try {
    await opened.promise;
  } catch (error) {
    worker.postMessage({ chain, id: 0, method: "close", params: [] });
    leave();
    throw error;
  }

  return {
    chainId: options.chainId,
    accounts,
    ready: () => ready.promise,
    height: () => height,
    async *blocks(from, to) {
      for (let first = Math.max(1, from); first <= Math.min(to, height); first += PAGE) {
        const last = Math.min(to, height, first + PAGE - 1);
        for (const payload of await ask<Uint8Array[]>("read", [first, last])) yield decodeBlock(payload).block;
      }
    },
    onBlock(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async submit(transactions: Transaction[]) {
      await ready.promise;
      const { block } = decodeBlock(await ask<Uint8Array>("submit", [transactions]));
      height = block.number;
      for (const listener of listeners) listener(block);
      return block;
    },
    async rpc(method, params) {
      await ready.promise;
      return ask("rpc", [method, params]);
    },
    async close() {
      if (closed) return;
      const done = ask("close", []);
      closed = true;
      await done.catch(() => {});
      leave();
    },
  };
}
