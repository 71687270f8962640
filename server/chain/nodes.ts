import { setTimeout as sleep } from "node:timers/promises";
import { ChainFault, RpcFailure } from "./chain.ts";

type Call = { method: string; params: unknown[] };
type Node = { url: string; name: string; known: boolean; fault?: ChainFault };

/** Longest wait for an answer, in milliseconds. */
const patience = 10_000;
/** Calls in one HTTP request. */
const together = 50;
/** HTTP's Too Many Requests and Service Unavailable: the node says when it will answer, or we wait a second. */
const LATER: ReadonlySet<number> = new Set([429, 503]);

/**
 * JSON-RPC over HTTP to the nodes of one network. One of them is asked, until it does not answer; each is first asked
 * whether it keeps the right chain, and never used where it does not.
 */
export class Nodes {
  readonly #nodes: readonly Node[];
  readonly #chainId: number;
  readonly #patience: number;
  readonly #headers: Record<string, string>;
  #genesis: string | undefined;
  #asked = 0;
  readonly #closing = new AbortController();

  /**
   * @param genesis hash of block 0, where it is known already
   * @param token bearer token, where the node asks for one, as the embedded chain's own JSON-RPC does
   */
  constructor(options: {
    urls: readonly string[];
    chainId: number;
    genesis?: string | undefined;
    token?: string | undefined;
    patience?: number | undefined;
  }) {
    // a path may hold the key to a service: it is not shown
    this.#nodes = options.urls.map((url) => ({ url, name: new URL(url).host, known: false }));
    this.#chainId = options.chainId;
    this.#genesis = options.genesis;
    this.#patience = options.patience ?? patience;
    this.#headers = { "content-type": "application/json" };
    if (options.token !== undefined) this.#headers.authorization = `Bearer ${options.token}`;
  }

  /** Host and port of the node that is asked now. */
  get name(): string {
    return this.#nodes[this.#asked]!.name;
  }

  get several(): boolean {
    return this.#nodes.length > 1;
  }

  /** What is wrong with each node that is not used at present. */
  get faults(): ChainFault[] {
    return this.#nodes.flatMap(({ fault }) => fault ?? []);
  }

  /** Hash of block 0. Throws where no node answers. */
  async genesis(): Promise<string> {
    await this.request("eth_chainId", []);
    return this.#genesis!;
  }

  /** Asks the next node from now on. */
  next(): void {
    this.#asked = (this.#asked + 1) % this.#nodes.length;
  }

  /** Throws `RpcFailure` with what the node says, `ChainFault` where none answers. */
  async request<T>(method: string, params: unknown[]): Promise<T> {
    return (await this.requests<T>([{ method, params }]))[0]!;
  }

  /** The answers to several calls, all of one node. Throws at the first that fails. */
  async requests<T>(calls: readonly Call[]): Promise<T[]> {
    let fault: ChainFault | undefined;
    for (let tried = 0; tried < this.#nodes.length; tried++, this.next()) {
      const node = this.#nodes[this.#asked]!;
      try {
        await this.#meet(node);
        const answers = await this.#post(node, calls);
        return answers.map((answer) => {
          if (answer instanceof RpcFailure) throw answer;
          return answer as T;
        });
      } catch (error) {
        if (!(error instanceof ChainFault) || error.code === "closed") throw error;
        fault ??= error;
      }
    }
    throw fault;
  }

  /**
   * Sends a transaction to two nodes where there are two: a node that is killed forgets what it accepted. Gives what
   * refused it, if none took it. Throws `ChainFault` where none answers.
   */
  async broadcast(raw: string): Promise<RpcFailure | undefined> {
    const asked = this.#nodes[this.#asked]!;
    const other = this.#nodes.find((node) => node !== asked && node.fault === undefined);
    const offers = [asked, ...(other === undefined ? [] : [other])].map((node) => this.#offer(node, raw));
    // the slower one is not waited for, where the other has taken it
    const taken = offers.map((offer) => offer.then((outcome) => outcome === "taken" || Promise.reject()));
    if (await Promise.any(taken).catch(() => false)) return undefined;
    const outcomes = await Promise.all(offers);
    const refusal = outcomes.find((outcome) => outcome instanceof RpcFailure);
    if (refusal !== undefined) return refusal;
    throw outcomes[0];
  }

  async #offer(node: Node, raw: string): Promise<Offer> {
    try {
      await this.#meet(node);
      const [answer] = await this.#post(node, [{ method: "eth_sendRawTransaction", params: [raw] }]);
      return answer instanceof RpcFailure ? answer : "taken";
    } catch (error) {
      if (error instanceof ChainFault) return error;
      throw error;
    }
  }

  /** How each node is, for who runs them: its newest block and engine, or what is wrong with it. */
  async examine(): Promise<({ name: string; block: number; version: string } | ChainFault)[]> {
    return Promise.all(
      this.#nodes.map(async (node) => {
        try {
          await this.#meet(node);
          const answers = await this.#post(node, [
            { method: "eth_blockNumber", params: [] },
            { method: "web3_clientVersion", params: [] },
          ]);
          return { name: node.name, block: Number(answers[0]), version: String(answers[1]) };
        } catch (error) {
          if (error instanceof ChainFault) return error;
          throw error;
        }
      }),
    );
  }

  close(): void {
    this.#closing.abort();
  }

  /** Makes sure that a node keeps our chain; asked again after each time that it did not answer. */
  async #meet(node: Node): Promise<void> {
    if (node.known) return;
    const [chainId, genesis] = (await this.#post(node, [
      { method: "eth_chainId", params: [] },
      { method: "eth_getBlockByNumber", params: ["0x0", false] },
    ])) as [string, { hash: string }];
    const other = (found: string, expected: string) => {
      node.fault = new ChainFault("node-of-another-chain", { node: node.name, found, expected });
      return node.fault;
    };
    if (Number(chainId) !== this.#chainId) throw other(`chain ${Number(chainId)}`, `chain ${this.#chainId}`);
    this.#genesis ??= genesis.hash;
    if (genesis.hash !== this.#genesis) throw other(`genesis ${genesis.hash}`, `genesis ${this.#genesis}`);
    node.known = true;
    delete node.fault;
  }

  async #post(node: Node, calls: readonly Call[]): Promise<unknown[]> {
    const answers: unknown[] = [];
    for (let from = 0; from < calls.length; from += together)
      answers.push(...(await this.#postSome(node, calls.slice(from, from + together))));
    return answers;
  }

  async #postSome(node: Node, calls: readonly Call[]): Promise<unknown[]> {
    const body = calls.map((call, id) => ({ jsonrpc: "2.0", id, ...call }));
    try {
      const { status, text } = await this.#postText(node.url, JSON.stringify(body.length === 1 ? body[0] : body));
      const given: unknown = text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : undefined;
      const answers = (Array.isArray(given) ? given : [given]) as Answer[];
      const byId = new Map(answers.map((answer) => [answer?.id, answer]));
      return calls.map((_, id) => {
        const answer = byId.get(id);
        if (answer === undefined) throw new Error(`HTTP ${status}`);
        const { error, result } = answer;
        return error === undefined ? result : new RpcFailure(error.code, error.message, error.data);
      });
    } catch (cause) {
      if (this.#closing.signal.aborted) throw new ChainFault("closed", {}, { cause });
      node.known = false;
      node.fault = new ChainFault("node-unreachable", { node: node.name, found: reasonOf(cause) }, { cause });
      throw node.fault;
    }
  }

  /** Posts once, and again where the node asks for time, as often as the patience lasts. */
  async #postText(url: string, body: string): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#patience), this.#closing.signal]);
    for (;;) {
      const response = await fetch(url, { method: "POST", headers: this.#headers, body, signal });
      const text = await response.text();
      if (!LATER.has(response.status)) return { status: response.status, text };
      await sleep(secondsOf(response.headers.get("retry-after")) * 1000, undefined, { signal });
    }
  }
}

type Offer = "taken" | RpcFailure | ChainFault;
type Answer = { id: number; result?: unknown; error?: { code: number; message: string; data?: unknown } };

/** What Retry-After says (RFC 9110, 10.2.3): seconds, or a date; a second where it says nothing. */
function secondsOf(header: string | null): number {
  if (header === null) return 1;
  const seconds = Number(header);
  const found = Number.isFinite(seconds) ? seconds : (Date.parse(header) - Date.now()) / 1000;
  return Math.max(0.05, Number.isFinite(found) ? found : 1);
}

/** The code of a failed connection, else its words; `fetch` hides it in the cause. */
function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  const { code } = (cause ?? {}) as { code?: string };
  return code ?? (name === "TimeoutError" ? name : message);
}
