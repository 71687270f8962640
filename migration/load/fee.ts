import { setTimeout as sleep } from "node:timers/promises";
import { RpcFailure } from "../../server/chain/chain.ts";
import { readFields, signTransaction, toHex as transactionHex } from "../../server/chain/transaction.ts";
import type { Outbox } from "../../server/ledger/sender.ts";
import type { Reach } from "./reach.ts";

/** Milliseconds without anything of ours in a block after which a fee may be too low. */
const STUCK = 30_000;
/** Times what the node asks, or what was named first. */
const MOST = 10;

/**
 * What an account pays for gas, in wei; zero on a network without fees. Where blocks come but nothing of ours is in them,
 * the same calls go out once more for a higher fee, in the same places: only one of the two can ever be carried out.
 */
export class Fee {
  readonly #chain: Pick<Reach, "request">;
  readonly #outbox: Pick<Outbox, "kept">;
  readonly #secret: Uint8Array;
  readonly #address: string;
  readonly #stuckAfter: number;
  readonly #tell: (what: string) => void;
  readonly #first: number;
  #price: number;
  #raised = false;
  #progress = Date.now();

  constructor(options: {
    chain: Pick<Reach, "request">;
    outbox: Pick<Outbox, "kept">;
    secret: Uint8Array;
    address: string;
    price: number;
    stuckAfter?: number | undefined;
    onTrouble?: ((what: string) => void) | undefined;
  }) {
    this.#chain = options.chain;
    this.#outbox = options.outbox;
    this.#secret = options.secret;
    this.#address = options.address;
    this.#first = options.price;
    this.#price = options.price;
    this.#stuckAfter = options.stuckAfter ?? STUCK;
    this.#tell = options.onTrouble ?? (() => {});
  }

  get price(): number {
    return this.#price;
  }

  /** Dearer transactions went out: those that were signed first may never be in a block. */
  get raised(): boolean {
    return this.#raised;
  }

  progressed(): void {
    this.#progress = Date.now();
  }

  /** Waits for something under way to end, well or not, and looks at the fee where that takes long. */
  async watch(awaited: Promise<unknown>): Promise<void> {
    const over = Symbol("over");
    const ended = awaited.catch(() => {});
    for (;;) {
      const timer = new AbortController();
      const late = sleep(this.#stuckAfter, over, { signal: timer.signal }).catch(() => undefined);
      const first = await Promise.race([ended, late]);
      timer.abort();
      if (first !== over) return;
      if (this.#price > 0 && Date.now() - this.#progress >= this.#stuckAfter) await this.#raise();
    }
  }

  async #raise(): Promise<void> {
    this.progressed();
    const asked = Number(await this.#chain.request("eth_gasPrice", []));
    const wished = Math.ceil(Math.max(asked, this.#price) * 1.25);
    // whoever pays has named a fee: what costs a multiple of it is for him to decide
    if (wished > MOST * Math.max(asked, this.#first)) {
      this.#tell(`nothing of ours in a block for ${this.#stuckAfter / 1000} s at ${this.#price} wei`);
      return;
    }
    this.#price = wished;
    this.#raised = true;
    // by blocks alone, without what waits to be in one
    const next = Number(await this.#chain.request("eth_getTransactionCount", [this.#address, "latest"]));
    const kept = (await this.#outbox.kept()).filter(({ nonce }) => nonce >= next);
    this.#tell(`nothing of ours in a block for ${this.#stuckAfter / 1000} s: the fee is raised to ${this.#price} wei`);
    for (const { raw } of kept) {
      const dearer = signTransaction({ ...readFields(raw), gasPrice: this.#price }, this.#secret);
      try {
        await this.#chain.request("eth_sendRawTransaction", [transactionHex(dearer.raw)]);
      } catch (error) {
        // taken meanwhile, or known already: what stands on the chain decides
        if (!(error instanceof RpcFailure)) throw error;
      }
    }
  }
}
