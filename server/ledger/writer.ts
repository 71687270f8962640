import type { Hex } from "../domain/entries/words.ts";
import { failpoint } from "../failpoint.ts";
import { packBatch, passkeysIn } from "./codec.ts";
import { interfaceOf } from "./deploy.ts";
import type { Sender } from "./sender.ts";

/** More would make waiting longer, not the ledger faster: of 25 and more an item costs the same. */
const ITEMS_A_TRANSACTION = 100;
/** The most items that are sent together, and how often that may be under way at once. */
export type Pace = { most: number; ahead: number };
/** For a chain that seals as soon as it is given something. */
export const AT_ONCE: Pace = { most: ITEMS_A_TRANSACTION, ahead: 2 };
/** For one with a block each second or so, which counts only when it is told: what fills several blocks is under way. */
export const BY_THE_SECOND: Pace = { most: 250, ahead: 8 };
const MAX_BYTES = 1_500_000;
/** More than twice what the dearest item takes: one that ran out of gas would take its whole batch with it. */
const GAS_AN_ITEM = 1_500_000;
const GAS_A_BYTE = 60;
/**
 * Passkeys' signatures that go out together: each costs the embedded engine as much as a dozen entries, and 17 MB while
 * its block is made (docs/decisions/0011). All of a bundle have one.
 */
const MOST_PASSKEYS = 20;
const GAS_A_PASSKEY = 300_000;
const GAS_OF_A_BATCH = 100_000;
/** The lengths in front of it, and its part of what stands around. */
const BYTES_BESIDE_AN_ITEM = 64;

/** Items of one transaction, the bytes and the gas that it may take. */
type Batch = { items: Uint8Array[]; bytes: number; gas: number };

/**
 * Sends packed items to the ledger: whatever is ready, at once, as much at a time as its pace says. What was sent is
 * sent again by its account for as long as it must, and the ledger records a command only once. What became of an item
 * is told by the events of its block, never by the answer to sending.
 */
export class LedgerWriter {
  readonly #ledger: Hex;
  readonly #sender: Sender;
  readonly #largest: () => { bytes: number; gas: number };
  readonly #waiting: Uint8Array[] = [];
  readonly #pace: Pace;
  #running: Promise<unknown> = Promise.resolve();
  #batches = 0;
  #stopped = false;
  readonly #failed: (error: unknown) => void;
  readonly #sent: (items: number, seconds: number) => void;
  #underWay = 0;

  constructor(options: {
    ledger: Hex;
    sender: Sender;
    pace: Pace;
    /** the largest transaction that the chain takes */
    largest: () => { bytes: number; gas: number };
    /** told once when nothing can be written any more */
    onFailure: (error: unknown) => void;
    /** told of each block: how many items, and how long until it was durable */
    onSent?: (items: number, seconds: number) => void;
  }) {
    this.#ledger = options.ledger;
    this.#sender = options.sender;
    this.#pace = options.pace;
    this.#largest = options.largest;
    this.#failed = options.onFailure;
    this.#sent = options.onSent ?? (() => {});
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

  /**
   * What waits goes out as soon as nothing is under way; and before that once it is as much as goes out together, so that
   * it is packed, signed and kept while the chain works on what went before.
   */
  #run(): void {
    const { most, ahead } = this.#pace;
    const isReady = () =>
      this.#batches === 0 ? this.#waiting.length > 0 : this.#batches < ahead && this.#waiting.length >= most;
    while (isReady() && !this.#stopped) {
      const batches = this.#take();
      failpoint("batch-built");
      this.#batches++;
      const sending = this.#send(batches).then(
        () => {
          this.#batches--;
          this.#run();
        },
        (error) => {
          if (!this.#stopped) this.#failed(error);
          this.#stopped = true;
        },
      );
      this.#running = Promise.all([this.#running, sending]);
    }
  }

  /** The oldest items, in as few batches as transactions have room for. */
  #take(): Batch[] {
    const batches: Batch[] = [];
    const passkeys = new Set<Hex>();
    let [total, count] = [0, 0];
    const largest = this.#largest();
    while (this.#waiting.length > 0 && count < this.#pace.most && total < MAX_BYTES) {
      const own = passkeysIn(this.#waiting[0]!).filter((each) => !passkeys.has(each));
      if (count > 0 && passkeys.size + own.length > MOST_PASSKEYS) break;
      for (const each of own) passkeys.add(each);
      const item = this.#waiting.shift()!;
      total += item.length;
      count++;
      const bytes = item.length + BYTES_BESIDE_AN_ITEM;
      const gas = gasOf(bytes, own.length);
      const last = batches.at(-1);
      if (
        last !== undefined &&
        last.items.length < ITEMS_A_TRANSACTION &&
        last.bytes + bytes < largest.bytes &&
        last.gas + gas < largest.gas
      ) {
        last.items.push(item);
        last.bytes += bytes;
        last.gas += gas;
      } else batches.push({ items: [item], bytes, gas: GAS_OF_A_BATCH + gas });
    }
    return batches;
  }

  async #send(batches: Batch[]): Promise<void> {
    const calls = batches.map(({ items, gas }) => ({ gas, to: this.#ledger, data: encodeSubmit(packBatch(items)) }));
    const checkpoint = { gas: 2_000_000, to: this.#ledger, data: CHECKPOINT };
    const count = batches.reduce((sum, { items }) => sum + items.length, 0);
    const started = performance.now();
    this.#underWay += count;
    const inclusions = await this.#sender.send([...calls, checkpoint]).finally(() => {
      this.#underWay -= count;
    });
    this.#sent(count, (performance.now() - started) / 1000);
    const failed = inclusions.find(({ ok }) => !ok);
    if (failed !== undefined)
      throw new Error(`transaction ${failed.transactionHash} failed in block ${failed.blockNumber}`);
  }
}

/** The gas that an item of so many bytes is sent with, for so many signatures of passkeys that its batch had not yet. */
export function gasOf(bytes: number, passkeys: number): number {
  return GAS_AN_ITEM + bytes * GAS_A_BYTE + passkeys * GAS_A_PASSKEY;
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
