import { type Chain, type Inclusion, TransactionRefused } from "../chain/chain.ts";
import type { Hex } from "../domain/entries/words.ts";
import { failpoint } from "../failpoint.ts";
import { packBatch } from "./codec.ts";
import { interfaceOf } from "./deploy.ts";

/** Signs a transaction of the writer's account; `chain/transaction` does it. */
export type SignTransaction = (fields: { nonce: number; gas: number; to: Hex; data: Uint8Array }) => Uint8Array;

/**
 * Where the writer writes down what it is about to send. All resolve when it is on disk. `setAside` takes what is kept
 * out of the way, for examination.
 */
export type Outbox = {
  keep(transactions: readonly Uint8Array[]): Promise<void>;
  kept(): Promise<Uint8Array[]>;
  setAside(transactions: readonly Uint8Array[], reason: string): Promise<void>;
};

const MAX_ITEMS = 200;
const ITEMS_A_TRANSACTION = 100;
const MAX_BYTES = 1_500_000;
const GAS_AN_ITEM = 1_500_000;
const GAS_A_BYTE = 60;

/**
 * Sends packed items to the ledger: whatever is ready, at once, up to 200 in a block. What is about to be sent is kept
 * on disk first; after a crash the same bytes are sent again, and the ledger records a command only once. What became
 * of an item is told by the events of its block, never by the answer to sending.
 */
export class LedgerWriter {
  readonly #chain: Chain;
  readonly #ledger: Hex;
  readonly #account: string;
  readonly #sign: SignTransaction;
  readonly #outbox: Outbox;
  readonly #waiting: Uint8Array[] = [];
  #nonce = -1;
  #running: Promise<void> | undefined;
  #stopped = false;
  readonly #failed: (error: unknown) => void;
  readonly #sent: (items: number, seconds: number) => void;
  #underWay = 0;

  constructor(options: {
    chain: Chain;
    ledger: Hex;
    account: string;
    sign: SignTransaction;
    outbox: Outbox;
    /** told once when nothing can be written any more */
    onFailure: (error: unknown) => void;
    /** told of each block: how many items, and how long until it was durable */
    onSent?: (items: number, seconds: number) => void;
  }) {
    this.#chain = options.chain;
    this.#ledger = options.ledger;
    this.#account = options.account;
    this.#sign = options.sign;
    this.#outbox = options.outbox;
    this.#failed = options.onFailure;
    this.#sent = options.onSent ?? (() => {});
  }

  /**
   * Sends again what was under way when the process ended. Where the chain was put back from a backup, those bytes do
   * not follow it and never will: they are set aside, and their items go out anew from the submissions.
   */
  async start(): Promise<void> {
    await this.#chain.ready();
    const kept = await this.#outbox.kept();
    if (kept.length > 0) {
      try {
        await this.#chain.submit(kept);
      } catch (error) {
        if (!(error instanceof TransactionRefused) || !error.code.startsWith("nonce-")) throw error;
        await this.#outbox.setAside(kept, error.message);
      }
    }
    this.#nonce = await this.#chain.nonce(this.#account);
  }

  /** Takes a packed item; it goes out with the next batch. */
  enqueue(item: Uint8Array): void {
    this.#waiting.push(item);
    this.#run();
  }

  /** Items that are not in a block yet. */
  get waiting(): number {
    return this.#waiting.length + this.#underWay;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  #run(): void {
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#drain()
      .catch((error) => {
        this.#stopped = true;
        this.#failed(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#waiting.length > 0) this.#run();
      });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stopped) {
      const batches = this.#take();
      failpoint("batch-built");
      const started = performance.now();
      this.#underWay = batches.reduce((count, { length }) => count + length, 0);
      await this.#send(batches);
      this.#sent(this.#underWay, (performance.now() - started) / 1000);
      this.#underWay = 0;
    }
  }

  /** The oldest items, as one or two batches. */
  #take(): Uint8Array[][] {
    const batches: Uint8Array[][] = [];
    let bytes = 0;
    let count = 0;
    let batch: Uint8Array[] = [];
    while (this.#waiting.length > 0 && count < MAX_ITEMS && bytes < MAX_BYTES) {
      const item = this.#waiting.shift()!;
      bytes += item.length;
      count++;
      batch.push(item);
      if (batch.length === ITEMS_A_TRANSACTION) {
        batches.push(batch);
        batch = [];
      }
    }
    if (batch.length > 0) batches.push(batch);
    return batches;
  }

  async #send(batches: Uint8Array[][]): Promise<void> {
    const transactions = batches.map((items, i) => {
      const packed = packBatch(items);
      const gas = 100_000 + items.length * GAS_AN_ITEM + packed.length * GAS_A_BYTE;
      return this.#sign({ nonce: this.#nonce + i, gas, to: this.#ledger, data: encodeSubmit(packed) });
    });
    transactions.push(
      this.#sign({ nonce: this.#nonce + batches.length, gas: 2_000_000, to: this.#ledger, data: CHECKPOINT }),
    );
    await this.#outbox.keep(transactions);
    failpoint("batch-signed");
    const sending: Promise<Inclusion[]> = this.#chain.submit(transactions);
    failpoint("batch-sent");
    const inclusions = await sending;
    this.#nonce += transactions.length;
    const failed = inclusions.find(({ ok }) => !ok);
    if (failed !== undefined)
      throw new Error(`transaction ${failed.transactionHash} failed in block ${failed.blockNumber}`);
  }
}

const CHECKPOINT = selector("checkpoint");
const SUBMIT = selector("submit");

function selector(name: string): Uint8Array {
  return Buffer.from(interfaceOf("Ledger").getFunction(name)!.selector.slice(2), "hex");
}

/** Call data of submit(bytes), by hand: it runs for every batch. */
function encodeSubmit(packed: Uint8Array): Uint8Array {
  const data = new Uint8Array(4 + 64 + Math.ceil(packed.length / 32) * 32);
  const view = new DataView(data.buffer);
  data.set(SUBMIT);
  view.setUint32(4 + 28, 32);
  view.setUint32(4 + 60, packed.length);
  data.set(packed, 68);
  return data;
}
