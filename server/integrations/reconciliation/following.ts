import type { Hex } from "../../domain/entries/words.ts";
import { notProcurementIn } from "../../domain/matching/not-procurement.ts";
import type { BankLine, PaymentDocument, ReturnDocument } from "../../domain/payments/payment-document.ts";
import type { ContractLink } from "../../domain/reconciliation/case.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Book } from "../book.ts";
import type { CaseBook } from "./case-book.ts";

/** What finance systems and banks have delivered, each with a number that grows with every change. */
export type Deliveries = {
  documents(
    after: number,
  ): AsyncIterable<{ readonly document: PaymentDocument; readonly seq: number; readonly state: "inForce" | "gone" }>;
  returns(): AsyncIterable<{
    readonly return: ReturnDocument;
    readonly seq: number;
    readonly state: "inForce" | "gone";
  }>;
  lines(after: number): AsyncIterable<{ readonly line: BankLine; readonly seq: number }>;
  /** which payments a line was matched with before it was read here; undefined: nothing is certain of it */
  linksOf?(line: BankLine): Promise<Parameters<CaseBook["linkBankLines"]>[0][number] | undefined>;
  /** the treasury whose account a connector's bank lines are of */
  treasuryOf(connector: string): Hex;
};

type Marks = { documents: number; returns: number; lines: number };
const MARKS = "recon/marks";
const BATCH = 500;

/**
 * Brings the case book up to what the register, finance systems and banks have said. Each batch is kept before its mark
 * moves; after a crash the last one is told again, which changes nothing.
 */
export class Following {
  readonly #book: Book;
  readonly #cases: CaseBook;
  readonly #deliveries: Deliveries;
  readonly #storage: Storage;
  #running: Promise<void> | undefined;

  constructor(needs: { book: Book; cases: CaseBook; deliveries: Deliveries; storage: Storage }) {
    this.#book = needs.book;
    this.#cases = needs.cases;
    this.#deliveries = needs.deliveries;
    this.#storage = needs.storage;
  }

  /** Resolves when all is kept that was there when it was asked; who asks meanwhile waits for one more look. */
  async catchUp(): Promise<void> {
    await this.#running?.catch(() => {}); // told to whoever began it
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #all(): Promise<void> {
    await this.#ledger();
    const marks: Marks = (await this.#storage.get<Marks>(MARKS)) ?? { documents: 0, returns: 0, lines: 0 };
    await this.#documents(marks);
    await this.#lines(marks);
    await this.#returns(marks);
  }

  async #ledger(): Promise<void> {
    const [size, before] = [await this.#book.size(), await this.#cases.position()];
    // a register that was put back from a backup, or fell back, is read anew, also what it does not have any more
    if (before > size) await this.fallBack();
    for await (const { ocids, next } of this.#book.touchedSince(await this.#cases.position())) {
      await this.#processes(ocids);
      await this.#cases.movedTo(next);
    }
  }

  /** Reads everything of the register once more, beginning with what is kept of it. */
  async fallBack(): Promise<void> {
    await this.#cases.movedTo(0);
    await this.#batched(this.#cases.processes(), (some) => this.#processes(some));
  }

  async #processes(ocids: readonly string[]): Promise<void> {
    for (let at = 0; at < ocids.length; at += BATCH) {
      const some = ocids.slice(at, at + BATCH);
      await this.#cases.keepProcesses(
        await Promise.all(some.map(async (ocid) => ({ ocid, published: await this.#book.process(ocid) }))),
      );
    }
  }

  async #documents(marks: Marks): Promise<void> {
    await this.#batched(this.#deliveries.documents(marks.documents), async (some) => {
      const inForce = some.filter(({ state }) => state === "inForce");
      await this.#cases.keepDocuments(inForce.map(({ document }) => ({ document, link: firstLinkOf(document) })));
      await this.#cases.forgetDocuments(some.filter(({ state }) => state === "gone").map(({ document }) => document));
      await this.#mark(marks, "documents", some);
    });
  }

  async #lines(marks: Marks): Promise<void> {
    await this.#batched(this.#deliveries.lines(marks.lines), async (some) => {
      await this.#cases.keepBankLines(
        some.map(({ line }) => ({ line, agency: this.#deliveries.treasuryOf(line.source.connector) })),
      );
      const links = await Promise.all(some.map(({ line }) => this.#deliveries.linksOf?.(line)));
      await this.#cases.linkBankLines(links.filter((each) => each !== undefined));
      await this.#mark(marks, "lines", some);
    });
  }

  async #returns(marks: Marks): Promise<void> {
    const fresh: { return: ReturnDocument; seq: number; state: "inForce" | "gone" }[] = [];
    for await (const each of this.#deliveries.returns()) if (each.seq > marks.returns) fresh.push(each);
    if (fresh.length === 0) return;
    await this.#cases.keepReturns(
      fresh.filter(({ state }) => state === "inForce").map((each) => ({ document: each.return, of: each.return.of })),
    );
    await this.#cases.forgetReturns(fresh.filter(({ state }) => state === "gone").map((each) => each.return));
    await this.#mark(marks, "returns", fresh);
  }

  async #batched<T>(all: AsyncIterable<T>, keep: (some: T[]) => Promise<void>): Promise<void> {
    let some: T[] = [];
    for await (const each of all) {
      some.push(each);
      if (some.length < BATCH) continue;
      await keep(some);
      some = [];
    }
    if (some.length > 0) await keep(some);
  }

  async #mark(marks: Marks, of: keyof Marks, some: readonly { seq: number }[]): Promise<void> {
    failpoint("reconciliation-kept");
    marks[of] = some.reduce((most, { seq }) => Math.max(most, seq), marks[of]);
    await this.#storage.put([{ key: MARKS, value: { ...marks } }], { sync: true });
  }
}

/** What a document itself says of how it stands to contracts, before anybody has matched it. */
function firstLinkOf(document: PaymentDocument): ContractLink {
  if (document.type === "receipt" || (document.route !== undefined && document.route !== "LS")) return "pettyCash";
  return notProcurementIn(document) === undefined ? "open" : "none";
}
