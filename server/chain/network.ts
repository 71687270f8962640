import { existsSync } from "node:fs";
import { open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hex } from "../domain/entries/words.ts";
import {
  type Block,
  type Chain,
  ChainFault,
  type ChainIdentity,
  type Inclusion,
  type Listener,
  messageOf,
  RpcFailure,
  TransactionRefused,
} from "./chain.ts";
import { encodeHeader, type RpcHeader } from "./header.ts";
import { Nodes } from "./nodes.ts";
import { fromHex, parseSubmitted, type Transaction, toHex } from "./transaction.ts";

/** How a network is reached, as it is configured. */
export type NetworkSettings = {
  /** JSON-RPC of its nodes */
  urls: readonly string[];
  /** blocks on top of a final one; undefined: as the network's signers make it */
  confirmations: number | undefined;
  /** where the register stands already; undefined: a first start deploys it */
  ledger: Hex | undefined;
  /** wei */
  gasPrice: number;
};

/** A `Chain` on nodes that also passes JSON-RPC calls on to them. */
export type NetworkChain = Chain & {
  readonly identity: ChainIdentity & { founder: string };
  /** Throws `RpcFailure` with what the node says, `ChainFault` where none answers. */
  request<T>(method: string, params: unknown[]): Promise<T>;
};

/** A block that a listener has taken in. */
export type Mark = { number: number; hash: string };

/** Which register on the network a data folder follows, as `register.json` in its chain folder keeps it. */
export type RegisterFile = {
  format: typeof format;
  chainId: number;
  genesisHash: string;
  salt: string;
  charter: string;
  /** who deploys it, with his first transactions: so its addresses are known before it stands */
  founder: string;
  /** a block before all of it, which stays */
  from: Mark;
};

/** What is looked at to find a register that stands already. */
export type Past = {
  height: number;
  /** Throws `node-without-history` where the node does not keep the state of that block. */
  codeAt(address: string, block: number): Promise<Uint8Array>;
  block(number: number): Promise<Block>;
};

const format = "prasasti-network-1";
/** Depth where neither settings nor nodes tell: for three validators. */
const usualConfirmations = 4;
/** Milliseconds between two looks at the newest block, while something is awaited and otherwise. */
const [eager, idle] = [50, 400];
/** Milliseconds after which a transaction that is in no block is sent again. */
const resendAfter = 3_000;
/** Milliseconds in which a node may tell blocks that are not linked. */
const movedFor = 5_000;
/** Milliseconds between two visits to nodes that do not answer. */
const visitAfter = 5_000;
/** Milliseconds in which a node may be behind what was told, before that counts as taken back. */
const usualLag = 15_000;
/** Blocks that are fetched at once. */
const page = 20;
/** Go-ethereum takes no transaction of more than 128 KiB; the rest is room for what stands around the call data. */
const largestTransaction = 120_000;
const callGas = "0x5f5e100";
/** What nodes say of a transaction that they have, or had: what becomes of it is seen in the blocks. */
const underWay = /already known|known transaction|already imported|nonce too low/i;

/**
 * Follows a chain on nodes that are reached by JSON-RPC, and sends to it. It is polled: a subscription would be another
 * way in, through which blocks are missed without a word.
 *
 * Nothing that a node says of a block is believed before the block is linked to the one told before by its parent's
 * hash. What a node answers to a sent transaction is no acknowledgement: it is sent again until it stands in a block.
 */
export async function openNetwork(options: {
  folder: string;
  urls: readonly string[];
  chainId: number;
  /** blocks on top of one that is final; without it 2(⌊n/2⌋+1) for n signers of Clique, as the node tells them */
  confirmations?: number | undefined;
  /** the newest blocks that the listener has taken in, oldest first: following goes on from there */
  known?: readonly Mark[];
  /** says which register a new data folder follows */
  begin(past: Past): Promise<Pick<RegisterFile, "salt" | "charter" | "founder"> & { from: number }>;
  /** Called if the chain stops for good. */
  onFault?: (fault: ChainFault) => void;
  lag?: number;
  patience?: number;
}): Promise<NetworkChain> {
  const { folder, urls, chainId, known = [], onFault } = options;
  let kept = await readRegisterFile(folder);
  if (kept !== undefined && kept.chainId !== chainId)
    throw new ChainFault("other-chain", { found: `${kept.chainId}`, expected: `${chainId}` });
  const nodes = new Nodes({ urls, chainId, genesis: kept?.genesisHash, patience: options.patience });
  kept ??= await begin();
  const network = new Network({ nodes, kept, known, onFault, lag: options.lag, confirmations: options.confirmations });
  return network;

  async function begin(): Promise<RegisterFile> {
    if (existsSync(path.join(folder, "journal")))
      throw new ChainFault("other-engine", { folder, found: "the embedded chain / rantai tertanam" });
    try {
      const genesisHash = await nodes.genesis();
      const reader = new Reader(nodes);
      const height = (await reader.head()).number;
      const { from, ...rest } = await options.begin({
        height,
        block: async (number) => (await reader.read(number, number))[0]!,
        codeAt: (address, block) => reader.codeAt(address, block),
      });
      const mark = { number: from, hash: (await reader.hashes([from]))[0]! };
      const file: RegisterFile = { format, chainId, genesisHash, ...rest, from: mark };
      await writeRegisterFile(folder, file);
      return file;
    } catch (error) {
      nodes.close();
      throw error;
    }
  }
}

/** Which register a data folder follows, or nothing. Throws `ChainFault` register-file-unreadable. */
export async function readRegisterFile(folder: string): Promise<RegisterFile | undefined> {
  const file = path.join(folder, "register.json");
  try {
    const kept = JSON.parse(await readFile(file, "utf8")) as RegisterFile;
    if (kept.format !== format) throw new Error(`format ${kept.format}`);
    return kept;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new ChainFault("register-file-unreadable", { folder: file, found: messageOf(error) }, { cause: error });
  }
}

async function writeRegisterFile(folder: string, kept: RegisterFile): Promise<void> {
  const file = path.join(folder, "register.json");
  const draft = await open(`${file}.new`, "w", 0o600);
  await draft.writeFile(`${JSON.stringify(kept, null, 2)}\n`);
  await draft.sync();
  await draft.close();
  await rename(`${file}.new`, file);
}

/** Reads blocks of the nodes. */
class Reader {
  readonly #nodes: Nodes;
  /** the node has no call for all receipts of a block */
  #oneByOne = false;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  async head(): Promise<Mark & { gas: number }> {
    const { number, hash, gasLimit } = await this.#nodes.request<RpcBlock>("eth_getBlockByNumber", ["latest", false]);
    return { number: Number(number), hash, gas: Number(gasLimit) };
  }

  /** Hashes of the blocks with these numbers; undefined where there is none. */
  async hashes(numbers: readonly number[]): Promise<(string | undefined)[]> {
    const calls = numbers.map((number) => ({ method: "eth_getBlockByNumber", params: [toQuantity(number), false] }));
    return (await this.#nodes.requests<RpcBlock | null>(calls)).map((block) => block?.hash);
  }

  /**
   * Blocks `from` to `to`, each with what happened in it; fewer where the chain moves meanwhile, or where they are more
   * than a node gives in one answer. Whether each is linked to the one before is for the caller to see.
   */
  async read(from: number, to: number): Promise<Block[]> {
    const calls = Array.from({ length: to - from + 1 }, (_, index) => ({
      method: "eth_getBlockByNumber",
      params: [toQuantity(from + index), true],
    }));
    const answers = await this.#nodes.requests<RpcBlock | null>(calls).catch((error: unknown) => {
      if (error instanceof RpcFailure && to > from) return undefined;
      throw error;
    });
    if (answers === undefined) return this.read(from, Math.floor((from + to) / 2));
    const blocks: Block[] = [];
    for (const block of answers) {
      const receipts = block === null ? undefined : await this.#receipts(block);
      if (block === null || receipts === undefined) break;
      blocks.push(blockOf(block, receipts));
    }
    return blocks;
  }

  /** The receipts of a block; undefined where they are no longer of this block. */
  async #receipts({ hash, transactions }: RpcBlock): Promise<RpcReceipt[] | undefined> {
    if (transactions.length === 0) return [];
    const receipts = await this.#askReceipts(
      hash,
      transactions.map((transaction) => transaction.hash),
    );
    const fits = (receipt: RpcReceipt | null | undefined, index: number) =>
      receipt?.blockHash === hash && receipt.transactionHash === transactions[index]!.hash;
    return receipts?.length === transactions.length && receipts.every(fits) ? (receipts as RpcReceipt[]) : undefined;
  }

  async #askReceipts(block: string, hashes: string[]): Promise<(RpcReceipt | null)[] | null> {
    if (!this.#oneByOne) {
      try {
        return await this.#nodes.request<RpcReceipt[] | null>("eth_getBlockReceipts", [block]);
      } catch (error) {
        if (!(error instanceof RpcFailure)) throw error;
        this.#oneByOne = true;
      }
    }
    return this.#nodes.requests(hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] })));
  }

  async codeAt(address: string, block: number): Promise<Uint8Array> {
    try {
      return fromHex(await this.#nodes.request<string>("eth_getCode", [address, toQuantity(block)]));
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      const values = { node: this.#nodes.name, block, found: error.message };
      throw new ChainFault("node-without-history", values, { cause: error });
    }
  }
}

/** A transaction that is in no block yet. */
type Sent = {
  transaction: Transaction;
  included: Promise<Inclusion>;
  resolve(inclusion: Inclusion): void;
  reject(error: Error): void;
  /** when it was last sent, in milliseconds; 0: not yet */
  at: number;
};

class Network implements NetworkChain {
  readonly identity: ChainIdentity & { founder: string };
  readonly finality = "depth";
  readonly #nodes: Nodes;
  readonly #reader: Reader;
  readonly #onFault: (fault: ChainFault) => void;
  readonly #lag: number;
  readonly #listeners = new Set<Listener>();
  readonly #ready = Promise.withResolvers<void>();
  /** The newest final block and all that were told after it, linked to each other. Never empty. */
  readonly #marks: Mark[];
  readonly #sent = new Map<string, Sent>();
  #confirmations: number | undefined;
  #blockGas = 30_000_000;
  #trouble: ChainFault | undefined;
  #ended: ChainFault | undefined;
  #behindSince: number | undefined;
  #movedSince: number | undefined;
  #visited = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #running: Promise<void> | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(options: {
    nodes: Nodes;
    kept: RegisterFile;
    known: readonly Mark[];
    confirmations: number | undefined;
    onFault: ((fault: ChainFault) => void) | undefined;
    lag: number | undefined;
  }) {
    const { chainId, genesisHash, salt, charter, founder, from } = options.kept;
    this.identity = { chainId, genesisHash, salt, charter, founder };
    this.#nodes = options.nodes;
    this.#reader = new Reader(options.nodes);
    this.#marks = options.known.length > 0 ? [...options.known] : [from];
    this.#confirmations = options.confirmations;
    this.#onFault = options.onFault ?? (() => {});
    this.#lag = options.lag ?? usualLag;
    this.#ready.promise.catch(() => {}); // told to whoever asks for `ready`
  }

  get confirmations(): number {
    return this.#confirmations ?? usualConfirmations;
  }

  get largest() {
    return { bytes: largestTransaction, gas: Math.floor(this.#blockGas / 2) };
  }

  ready(): Promise<void> {
    this.#begin();
    return this.#ready.promise;
  }

  troubles(): readonly ChainFault[] {
    return [...new Set([...(this.#trouble ? [this.#trouble] : []), ...this.#nodes.faults])];
  }

  get online(): boolean {
    return this.#trouble === undefined && this.#ended === undefined;
  }

  height(): number {
    return this.#newest.number;
  }

  async *blocks(from: number, to = this.height()): AsyncGenerator<Block> {
    const last = Math.min(to, this.height());
    let before: Block | undefined;
    for (let first = Math.max(1, from); first <= last; ) {
      const some = await this.#reader.read(first, Math.min(last, first + page - 1));
      if (some.length === 0) throw new ChainFault("blocks-moved", { block: first });
      for (const block of some) {
        const mark = this.#marks.find(({ number }) => number === block.number);
        if ((before !== undefined && block.parentHash !== before.hash) || (mark && mark.hash !== block.hash))
          throw new ChainFault("blocks-moved", { block: block.number });
        yield block;
        before = block;
      }
      first += some.length;
    }
  }

  follow(listener: Listener): () => void {
    this.#listeners.add(listener);
    this.#begin();
    return () => this.#listeners.delete(listener);
  }

  async submit(raws: readonly Uint8Array[]): Promise<Inclusion[]> {
    const transactions = raws.map(parseSubmitted);
    if (this.#ended === undefined) await this.ready();
    const admitted = this.#turn.then(() => this.#admit(transactions));
    this.#turn = admitted.catch(() => {});
    const { inclusions } = await admitted;
    return Promise.all(inclusions);
  }

  async inclusion(hash: string): Promise<Inclusion | undefined> {
    const found = await this.#receipt(hash);
    return found !== undefined && found.blockNumber <= this.height() ? found : undefined;
  }

  async call(to: string, data: Uint8Array): Promise<Uint8Array> {
    return fromHex(await this.#ask<string>("eth_call", [{ to, data: toHex(data), gas: callGas }, "latest"]));
  }

  request<T>(method: string, params: unknown[]): Promise<T> {
    return this.#ask<T>(method, params);
  }

  async nonce(address: string): Promise<number> {
    return (await this.#nonces(new Set([address]))).get(address)!;
  }

  async code(address: string): Promise<Uint8Array> {
    return fromHex(await this.#ask<string>("eth_getCode", [address, "latest"]));
  }

  async close(): Promise<void> {
    this.#end(new ChainFault("closed"));
    this.#nodes.close();
    await this.#running;
  }

  /** Begins to follow, once somebody listens or waits, until it is closed or cannot go on. */
  #begin(): void {
    if (this.#running !== undefined || this.#ended !== undefined) return;
    this.#running = (async () => {
      // whoever else subscribes now hears all of it too
      await sleep(0);
      while (this.#ended === undefined) {
        try {
          await this.#look();
          await this.#resend();
          this.#visit();
        } catch (error) {
          this.#stumble(error);
        }
        const pause = this.#sent.size > 0 ? eager : idle;
        await Promise.race([sleep(pause, undefined, { ref: false }), this.#wake.promise]);
        this.#wake = Promise.withResolvers();
      }
    })();
  }

  get #newest(): Mark {
    return this.#marks.at(-1)!;
  }

  /** Nodes that do not answer, or wrongly, are a trouble that passes; only what was told as final cannot be undone. */
  #stumble(error: unknown): void {
    if (this.#ended !== undefined) return;
    if (error instanceof ChainFault && error.code === "final-taken-back") {
      this.#end(error);
      this.#onFault(error);
    } else if (error instanceof ChainFault) this.#trouble = error;
    else {
      const values = { node: this.#nodes.name, found: messageOf(error) };
      this.#trouble = new ChainFault("node-unreachable", values, { cause: error });
      this.#nodes.next();
    }
  }

  #end(fault: ChainFault): void {
    if (this.#ended !== undefined) return;
    this.#ended = fault;
    this.#ready.reject(fault);
    for (const { reject } of this.#sent.values()) reject(fault);
    this.#sent.clear();
    this.#wake.resolve();
  }

  async #ask<T>(method: string, params: unknown[]): Promise<T> {
    return (await this.#askAll<T>([{ method, params }]))[0]!;
  }

  async #askAll<T>(calls: readonly { method: string; params: unknown[] }[]): Promise<T[]> {
    if (this.#ended !== undefined) throw this.#ended;
    await this.ready();
    return this.#nodes.requests<T>(calls);
  }

  // ---- following

  /** Takes in what is new on the node. */
  async #look(): Promise<void> {
    const head = await this.#reader.head();
    this.#blockGas = head.gas;
    this.#confirmations ??= await this.#confirmationsOfSigners();
    if (head.hash !== this.#newest.hash) {
      if (!(await this.#agree(head))) return;
      while (this.height() < head.number) {
        const from = this.height() + 1;
        const blocks = await this.#reader.read(from, Math.min(head.number, from + page - 1));
        if (this.#ended !== undefined) return;
        const linked = blocks.findIndex(
          (block, index) => block.parentHash !== (blocks[index - 1] ?? this.#newest).hash,
        );
        for (const block of linked < 0 ? blocks : blocks.slice(0, linked)) this.#tell(block, head.number);
        if (blocks.length === 0 || linked >= 0) return this.#moved();
      }
    }
    this.#movedSince = undefined;
    this.#behindSince = undefined;
    this.#trouble = undefined;
    this.#ready.resolve();
  }

  /** Blocks were replaced while they were read: the next look finds which. A node that goes on so is no use. */
  #moved(): void {
    this.#movedSince ??= Date.now();
    if (Date.now() - this.#movedSince < movedFor) return;
    this.#trouble = new ChainFault("blocks-moved", { block: this.height() + 1 });
    if (this.#nodes.several) this.#nodes.next();
  }

  /** Looks now and then whether nodes that are out of use are back. */
  #visit(): void {
    if (this.#nodes.faults.length === 0 || Date.now() - this.#visited < visitAfter) return;
    this.#visited = Date.now();
    void this.#nodes.examine();
  }

  /** Takes back what is not in the node's chain. False where that is not known yet. */
  async #agree(head: Mark): Promise<boolean> {
    const marks = this.#marks;
    const hashes = await this.#reader.hashes(marks.map(({ number }) => number));
    const agreed = marks.findLastIndex(({ hash }, index) => hashes[index] === hash);
    if (agreed === marks.length - 1) return true;
    const [oldest] = marks as [Mark];
    const found = hashes[0];
    if (agreed < 0 && found !== undefined) {
      const values = { node: this.#nodes.name, block: oldest.number, found, expected: oldest.hash };
      throw new ChainFault("final-taken-back", values);
    }
    // a node that has not caught up yet tells nothing of what comes after; but where it stays so, that is the chain
    if (hashes[agreed + 1] === undefined) {
      this.#behindSince ??= Date.now();
      const values = { node: this.#nodes.name, block: head.number, expected: `${this.height()}` };
      this.#trouble = new ChainFault("node-behind", values);
      if (this.#nodes.several) this.#nodes.next();
      if (agreed < 0 || Date.now() - this.#behindSince < this.#lag) return false;
    }
    marks.length = agreed + 1;
    for (const listener of this.#listeners) listener.takenBack(marks[agreed]!.number);
    // what was in those blocks may be forgotten: it is sent again at once
    for (const sent of this.#sent.values()) sent.at = 0;
    return true;
  }

  #tell(block: Block, head: number): void {
    const marks = this.#marks;
    marks.push({ number: block.number, hash: block.hash });
    const final = Math.max(marks[0]!.number, Math.min(block.number, head - this.confirmations));
    while (marks[0]!.number < final) marks.shift();
    for (const listener of this.#listeners) listener.block(block, final);
    for (const { hash: transactionHash, ok, gasUsed } of block.transactions) {
      const { number: blockNumber, hash: blockHash } = block;
      this.#sent.get(transactionHash)?.resolve({ transactionHash, blockNumber, blockHash, ok, gasUsed });
      this.#sent.delete(transactionHash);
    }
  }

  /** Clique tells its signers; another engine does not, and has to be configured. */
  async #confirmationsOfSigners(): Promise<number> {
    try {
      const signers = await this.#nodes.request<string[]>("clique_getSigners", ["latest"]);
      return 2 * (Math.floor(signers.length / 2) + 1);
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      return usualConfirmations;
    }
  }

  // ---- sending

  /** Looks at all transactions of a call before it sends the first. In a list of its own: awaiting it awaits no block. */
  async #admit(transactions: readonly Transaction[]): Promise<{ inclusions: (Inclusion | Promise<Inclusion>)[] }> {
    // a node that is behind would take a nonce for too high, or for unused
    await this.#untroubled();
    const { chainId } = this.identity;
    const fresh: { sent: Sent; index: number }[] = [];
    const inclusions: (Inclusion | Promise<Inclusion>)[] = [];
    const next = new Map<string, number>();
    // In this order: what a block takes in meanwhile is under way still, or has a receipt; its nonce is not taken for
    // one that another transaction used, nor for one that is missing.
    const before = new Map(this.#sent);
    const nonces = await this.#steadily(() => this.#nonces(new Set(transactions.map(({ from }) => from))));
    const unknown = transactions.filter(({ hash }) => !before.has(hash)).map(({ hash }) => hash);
    const receipts = await this.#steadily(() => this.#receipts(unknown));
    for (const [index, transaction] of transactions.entries()) {
      const { hash, from, nonce } = transaction;
      const refuse = (code: TransactionRefused["code"], why: string) => new TransactionRefused(code, index, why);
      if (transaction.chainId !== chainId)
        throw refuse("wrong-chain", `signed for chain ${transaction.chainId}, this is ${chainId}`);
      const under = before.get(hash);
      const known = receipts.get(hash);
      if (known !== undefined && known.blockNumber <= this.height()) {
        inclusions.push(known);
        continue;
      }
      // in a block that was not told yet, it is only waited for
      const sent = under ?? this.#waitFor(transaction, known === undefined ? 0 : Date.now());
      inclusions.push(sent.included);
      if (under !== undefined || known !== undefined) {
        if (under === undefined) this.#sent.set(hash, sent);
        next.set(from, nonce + 1);
        continue;
      }
      const included = nonces.get(from)!;
      const rivals = [...before.values()].filter(({ transaction: { from: other } }) => other === from);
      const waiting = (number: number) => rivals.some(({ transaction: { nonce: other } }) => other === number);
      if (nonce < included || waiting(nonce)) throw refuse("nonce-used", `nonce ${nonce} of ${from} is used`);
      if (nonce !== included && next.get(from) !== nonce && !waiting(nonce - 1))
        throw refuse("nonce-gap", `nonce ${nonce} of ${from}; its next is ${included}`);
      const least = intrinsicGas(transaction);
      if (transaction.gas < least) throw refuse("not-accepted", `gas ${transaction.gas}; at least ${least}`);
      if (transaction.gas > this.#blockGas)
        throw refuse("too-much-gas", `gas ${transaction.gas}; a block has ${this.#blockGas}`);
      next.set(from, nonce + 1);
      fresh.push({ sent, index });
    }
    for (const [place, { sent, index }] of fresh.entries()) {
      this.#sent.set(sent.transaction.hash, sent);
      const refusal = await this.#offer(sent);
      if (refusal === undefined || underWay.test(refusal.message)) continue;
      for (const { sent: left } of fresh.slice(place)) this.#sent.delete(left.transaction.hash);
      if (place === 0) throw new TransactionRefused("not-accepted", index, refusal.message, { cause: refusal });
      throw new ChainFault("node-refused", { node: this.#nodes.name, found: refusal.message }, { cause: refusal });
    }
    this.#wake.resolve();
    return { inclusions };
  }

  #waitFor(transaction: Transaction, at: number): Sent {
    const { promise, resolve, reject } = Promise.withResolvers<Inclusion>();
    promise.catch(() => {}); // told to who submitted, if he still waits
    return { transaction, included: promise, resolve, reject, at };
  }

  /** Sends a transaction; gives the refusal of one that is not on its way already. */
  async #offer(sent: Sent): Promise<RpcFailure | undefined> {
    sent.at = Date.now();
    try {
      const refusal = await this.#nodes.broadcast(toHex(sent.transaction.raw));
      // included or pending under this very hash: what becomes of it is seen in the blocks
      if (refusal === undefined || (await this.#isKnown(sent.transaction.hash))) return undefined;
      return refusal;
    } catch (error) {
      if (this.#ended !== undefined) throw this.#ended;
      this.#stumble(error);
      return undefined;
    }
  }

  async #isKnown(hash: string): Promise<boolean> {
    return (await this.#nodes.request("eth_getTransactionByHash", [hash])) !== null;
  }

  /** Sends again what is in no block after a while, in the order of its nonces. */
  async #resend(): Promise<void> {
    const late = [...this.#sent.values()].filter(({ at }) => Date.now() - at > resendAfter);
    late.sort((a, b) => a.transaction.nonce - b.transaction.nonce);
    for (const sent of late) {
      const { hash, from, nonce } = sent.transaction;
      const refusal = await this.#offer(sent);
      if (refusal === undefined || this.#trouble !== undefined) continue;
      // another transaction has its place for good, as far as anybody can tell: its sender has to decide
      if ((await this.nonce(from)) > nonce && !(await this.#isKnown(hash)) && this.#sent.delete(hash))
        sent.reject(new TransactionRefused("nonce-used", 0, `nonce ${nonce} of ${from} is used`));
    }
  }

  async #receipt(hash: string): Promise<Inclusion | undefined> {
    return (await this.#receipts([hash])).get(hash);
  }

  /** Where those transactions are that stand in a block. */
  async #receipts(hashes: readonly string[]): Promise<Map<string, Inclusion>> {
    const calls = hashes.map((hash) => ({ method: "eth_getTransactionReceipt", params: [hash] }));
    const found = new Map<string, Inclusion>();
    for (const receipt of await this.#askAll<RpcReceipt | null>(calls)) {
      // a pending one has no block yet
      if (receipt === null || receipt.blockNumber === null) continue;
      const { transactionHash, blockNumber, blockHash, status, gasUsed } = receipt;
      found.set(transactionHash, {
        transactionHash,
        blockNumber: Number(blockNumber),
        blockHash,
        ok: Number(status) === 1,
        gasUsed: Number(gasUsed),
      });
    }
    return found;
  }

  /** The next nonce of each account. */
  async #nonces(accounts: ReadonlySet<string>): Promise<Map<string, number>> {
    const calls = [...accounts].map((account) => ({ method: "eth_getTransactionCount", params: [account, "latest"] }));
    const counts = await this.#askAll<string>(calls);
    return new Map([...accounts].map((account, index) => [account, Number(counts[index])]));
  }

  /** Asks until a node answers. */
  async #steadily<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (this.#ended !== undefined) throw this.#ended;
        this.#stumble(error);
        await this.#untroubled();
      }
    }
  }

  /** Resolves when all is well again. Throws where it never will be. */
  async #untroubled(): Promise<void> {
    while (this.#ended === undefined && this.#trouble !== undefined) await sleep(eager, undefined, { ref: false });
    if (this.#ended !== undefined) throw this.#ended;
  }
}

type RpcBlock = RpcHeader & {
  transactions: { hash: string; type?: string; from: string; to: string | null; input: string }[];
};
type RpcReceipt = {
  transactionHash: string;
  blockNumber: string | null;
  blockHash: string;
  status: string;
  gasUsed: string;
  logs: { address: string; topics: string[]; data: string }[];
};

function blockOf(block: RpcBlock, receipts: readonly RpcReceipt[]): Block {
  const { number, hash, parentHash, timestamp } = block;
  let index = 0;
  return {
    number: Number(number),
    hash,
    parentHash,
    time: Number(timestamp),
    header: encodeHeader(block),
    transactions: block.transactions.map(({ hash: own, type = "0x0", from, to, input }, place) => ({
      hash: own,
      type: Number(type),
      from: from.toLowerCase(),
      to: to?.toLowerCase() ?? null,
      input: fromHex(input),
      ok: Number(receipts[place]!.status) === 1,
      gasUsed: Number(receipts[place]!.gasUsed),
    })),
    logs: receipts.flatMap(({ transactionHash, logs }) =>
      logs.map(({ address, topics, data }) => ({
        index: index++,
        transactionHash,
        address: address.toLowerCase(),
        topics,
        data: fromHex(data),
      })),
    ),
  };
}

/** What a transaction costs before it runs (yellow paper, appendix G; EIP-2028), London: below it no node takes it. */
function intrinsicGas({ to, data }: Transaction): number {
  let zeros = 0;
  for (const byte of data) if (byte === 0) zeros++;
  return 21_000 + (to === null ? 32_000 : 0) + 4 * zeros + 16 * (data.length - zeros);
}

function toQuantity(value: number): string {
  return `0x${value.toString(16)}`;
}
