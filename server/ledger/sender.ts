import { type Chain, type Inclusion, TransactionRefused } from "../chain/chain.ts";
import type { Hex } from "../domain/entries/words.ts";
import { failpoint } from "../failpoint.ts";

/** What an account is to send; without `to` it creates a contract. */
export type Call = { to: Hex | null; data: Uint8Array; gas: number };

/** Signs a transaction of an account; `chain/transaction` does it. */
export type SignTransaction = (fields: { nonce: number } & Call) => Uint8Array;

/** A transaction as it is kept. */
export type Kept = { nonce: number; raw: Uint8Array };

/**
 * Where an account writes down what it is about to send. All resolve when it is on disk. `setAside` takes what is kept
 * out of the way, for examination.
 */
export type Outbox = {
  /** Keeps some, and drops those with the nonces in `done`. */
  keep(transactions: readonly Kept[], done: readonly number[]): Promise<void>;
  /** In the order of their nonces. */
  kept(): Promise<Kept[]>;
  setAside(transactions: readonly Kept[], reason: string): Promise<void>;
};

/**
 * An account of the gateway and what it sends, in order. Each transaction is on disk before it is sent, and stays there
 * until its block is final: after a crash, and when a network takes the block back, the same bytes are sent again. So
 * each is carried out once.
 */
export class Sender {
  readonly address: string;
  readonly #chain: Pick<Chain, "follow" | "nonce" | "ready" | "submit">;
  readonly #sign: SignTransaction;
  readonly #outbox: Outbox;
  readonly #onLost: (reason: string) => void;
  readonly #ahead: number;
  /** without `block`: not known to be in one */
  #kept: (Kept & { block?: number })[] = [];
  #nonce = -1;
  #final = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** what was handed over and is not in blocks yet; each resolves when it ends, well or not */
  readonly #underWay = new Set<Promise<unknown>>();
  /** something that was under way was refused */
  #refused = false;

  constructor(options: {
    chain: Pick<Chain, "follow" | "nonce" | "ready" | "submit">;
    address: string;
    sign: SignTransaction;
    outbox: Outbox;
    /** told where what was taken back does not stand again as it did */
    onLost: (reason: string) => void;
    /** how much may be handed over at once, before what went before is in blocks */
    ahead: number;
  }) {
    this.address = options.address;
    this.#chain = options.chain;
    this.#sign = options.sign;
    this.#outbox = options.outbox;
    this.#onLost = options.onLost;
    this.#ahead = options.ahead;
    options.chain.follow({
      block: (_, final) => {
        this.#final = final;
      },
      takenBack: (height) => this.#takenBack(height),
    });
  }

  /**
   * Sends again what was under way when the process ended. Where the chain was put back from a backup, those bytes do
   * not follow it and never will: they are set aside.
   */
  async start(): Promise<void> {
    await this.#chain.ready();
    this.#kept = await this.#outbox.kept();
    if (this.#kept.length > 0) {
      try {
        await this.#deliver(this.#kept);
      } catch (error) {
        if (!(error instanceof TransactionRefused) || !error.code.startsWith("nonce-")) throw error;
        await this.#outbox.setAside(this.#kept, error.message);
        this.#kept = [];
      }
    }
    this.#nonce = await this.#chain.nonce(this.address);
  }

  /** Sends calls and resolves with their inclusions when all are in blocks. Throws as `Chain.submit`. */
  async send(calls: readonly Call[]): Promise<Inclusion[]> {
    const started = this.#turn.then(() => this.#start(calls));
    this.#turn = started.catch(() => {});
    return (await started).sent;
  }

  /** Resolves when the calls are on disk and handed over; `sent` when they are in blocks. */
  async #start(calls: readonly Call[]): Promise<{ sent: Promise<Inclusion[]> }> {
    // behind what was refused nothing begins until all that is under way has ended, so that its nonces are free again
    while (this.#underWay.size >= (this.#refused ? 1 : this.#ahead)) await Promise.race(this.#underWay);
    this.#refused = false;
    const fresh = calls.map((call, index) => {
      const nonce = this.#nonce + index;
      return { nonce, raw: this.#sign({ nonce, ...call }) };
    });
    // at once: what is refused meanwhile gives its nonces back
    this.#nonce += fresh.length;
    const done = this.#kept.filter(({ block }) => block !== undefined && block <= this.#final);
    try {
      await this.#outbox.keep(
        fresh,
        done.map(({ nonce }) => nonce),
      );
    } catch (error) {
      this.#nonce = Math.min(this.#nonce, fresh[0]!.nonce);
      throw error;
    }
    this.#kept = [...this.#kept.filter((each) => !done.includes(each)), ...fresh];
    failpoint("batch-signed");
    const sent = this.#deliver(fresh).catch(async (error: unknown) => {
      this.#refused = true;
      if (error instanceof TransactionRefused) await this.#forget(fresh);
      throw error;
    });
    // whoever asked is told how it ended
    const ended = sent.catch(() => {}).finally(() => this.#underWay.delete(ended));
    this.#underWay.add(ended);
    failpoint("batch-sent");
    return { sent };
  }

  /** Of what was refused nothing was sent: a later start must not send it either, and its nonces are free again. */
  async #forget(refused: readonly Kept[]): Promise<void> {
    this.#kept = this.#kept.filter((each) => !refused.includes(each));
    this.#nonce = Math.min(this.#nonce, refused[0]!.nonce);
    await this.#outbox.keep(
      [],
      refused.map(({ nonce }) => nonce),
    );
  }

  /** Where blocks were taken back meanwhile, what was in them goes first. */
  async #deliver(transactions: (Kept & { block?: number })[]): Promise<Inclusion[]> {
    const deliver = async (some: typeof transactions) => {
      const inclusions = await this.#chain.submit(some.map(({ raw }) => raw));
      for (const [index, { blockNumber }] of inclusions.entries()) some[index]!.block = blockNumber;
      return inclusions;
    };
    try {
      return await deliver(transactions);
    } catch (error) {
      const gap = error instanceof TransactionRefused && error.code === "nonce-gap";
      if (!gap || this.#kept.length === transactions.length) throw error;
      const all = [...this.#kept];
      const inclusions = await deliver(all);
      return transactions.map((each) => inclusions[all.indexOf(each)]!);
    }
  }

  #takenBack(height: number): void {
    // of what is under way some may have been in those blocks; what was not is only waited for
    const lost = this.#kept.filter(({ block }) => block === undefined || block > height);
    if (lost.length === 0) return;
    for (const each of lost) delete each.block;
    this.#deliver(lost).then(
      (inclusions) => {
        for (const { ok, transactionHash } of inclusions) if (!ok) this.#onLost(`${transactionHash} failed`);
      },
      (error: unknown) => {
        if (error instanceof TransactionRefused) this.#onLost(error.message);
      },
    );
  }
}
