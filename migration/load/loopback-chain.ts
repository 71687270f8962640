import { setTimeout as sleep } from "node:timers/promises";
import {
  type Block,
  ChainFault,
  type ChainIdentity,
  type Inclusion,
  type Listener,
  type RefusalCode,
  RpcFailure,
  TransactionRefused,
} from "../../server/chain/chain.ts";
import { Nodes } from "../../server/chain/nodes.ts";
import { fromHex, toHex } from "../../server/chain/transaction.ts";
import type { Reach } from "./reach.ts";

/** Milliseconds: what is sent waits for what others have sent before, and the engine does one thing at a time. */
const PATIENCE = 60_000;

/**
 * The embedded chain of a gateway on this machine, through its JSON-RPC. What it answers is in a journalled block and
 * stays, so nothing is polled and no block is read back: a transaction's place comes with the answer to sending it.
 * Through troubles the same bytes are sent again; one that is included already gives its inclusion once more.
 */
export class LoopbackChain implements Reach {
  readonly identity: ChainIdentity;
  readonly confirmations = 0;
  readonly light = true;
  readonly largest = { bytes: 1_900_000, gas: 100_000_000 };
  readonly #nodes: Nodes;
  readonly #listeners = new Set<Listener>();
  #trouble: ChainFault | undefined;
  #closed = false;

  private constructor(nodes: Nodes, identity: ChainIdentity) {
    this.#nodes = nodes;
    this.identity = identity;
  }

  /** @throws ChainFault where it does not answer, or keeps another chain */
  static async open(options: {
    url: string;
    token: string;
    chainId: number;
    genesis?: string | undefined;
    patience?: number;
  }): Promise<LoopbackChain> {
    const { url, token, chainId, genesis } = options;
    const nodes = new Nodes({ urls: [url], chainId, genesis, token, patience: options.patience ?? PATIENCE });
    try {
      return new LoopbackChain(nodes, { chainId, genesisHash: await nodes.genesis(), salt: "" });
    } catch (error) {
      nodes.close();
      throw error;
    }
  }

  async ready(): Promise<void> {}

  troubles(): readonly ChainFault[] {
    return this.#trouble === undefined ? [] : [this.#trouble];
  }

  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async submit(transactions: readonly Uint8Array[]): Promise<Inclusion[]> {
    const inclusions = await this.#steadily<Inclusion[]>("prasasti_submit", transactions.map(toHex));
    for (const { blockNumber, blockHash } of inclusions) {
      const empty = { parentHash: "", time: 0, header: new Uint8Array(), logs: [], transactions: [] };
      const block: Block = { number: blockNumber, hash: blockHash, ...empty };
      for (const listener of this.#listeners) listener.block(block, blockNumber);
    }
    return inclusions;
  }

  request(method: string, params: unknown[]): Promise<unknown> {
    return this.#steadily(method, params);
  }

  async call(to: string, data: Uint8Array): Promise<Uint8Array> {
    return fromHex(await this.#steadily<string>("eth_call", [{ to, data: toHex(data) }, "latest"]));
  }

  async nonce(address: string): Promise<number> {
    return Number(await this.#steadily<string>("eth_getTransactionCount", [address, "latest"]));
  }

  async code(address: string): Promise<Uint8Array> {
    return fromHex(await this.#steadily<string>("eth_getCode", [address, "latest"]));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#nodes.close();
  }

  /** Asks until it is answered: a gateway that restarts is back in a while, and what was asked changes nothing twice. */
  async #steadily<T>(method: string, params: unknown[]): Promise<T> {
    for (let waited = 100; ; waited = Math.min(2_000, 2 * waited)) {
      try {
        const answer = await this.#nodes.request<T>(method, params);
        this.#trouble = undefined;
        return answer;
      } catch (error) {
        const fault = error instanceof RpcFailure ? faultOf(error) : error;
        const passes = fault instanceof ChainFault && fault.code === "node-unreachable" && !this.#closed;
        if (!passes) throw fault;
        this.#trouble = fault;
        await sleep(waited);
      }
    }
  }
}

const refusals: ReadonlySet<string> = new Set([
  ...["malformed", "wrong-chain", "nonce-used", "nonce-gap", "too-much-gas", "not-accepted"],
]);
/** The gateway's own word for what cannot be answered now. */
const UNAVAILABLE = -32002;

/** What the JSON-RPC says in `data` of why it refuses (chain/rpc.ts). */
function faultOf(failure: RpcFailure): Error {
  const code = (failure.data as { code?: string } | undefined)?.code ?? "";
  if (refusals.has(code)) return new TransactionRefused(code as RefusalCode, 0, failure.message, { cause: failure });
  if (failure.code !== UNAVAILABLE) return failure;
  return new ChainFault("node-unreachable", { node: "127.0.0.1", found: failure.message }, { cause: failure });
}
