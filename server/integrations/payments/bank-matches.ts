import type { Hex } from "../../domain/entries/words.ts";
import {
  BANK_WEIGHTS,
  type BankEvidence,
  type BankMatch,
  type BankPart,
  matchBankLine,
  type PaidSoFar,
  serialsOf,
} from "../../domain/matching/match-bank.ts";
import { paymentIdOf, type ToldPayment } from "../../domain/payments/matched-payment.ts";
import type { BankLine, PaymentDocument } from "../../domain/payments/payment-document.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { DocumentStore } from "../finance/document-store.ts";

/** What a bank line is: parts of payments, by their documents; amounts in minor units. */
export type LineLinks = {
  readonly account: string;
  readonly key: string;
  readonly links: readonly {
    readonly document: { readonly issuer: Hex; readonly key: string };
    readonly amount: string;
    readonly part: BankPart;
  }[];
};
type KeptLine = LineLinks & {
  readonly line: BankLine;
  readonly band: BankMatch["band"];
  readonly bits: number;
  readonly evidence: readonly BankEvidence[];
};
type StoredLine = { readonly line: BankLine; readonly seq: number };
type Needs = {
  readonly storage: Storage;
  readonly documents: Pick<DocumentStore, "document" | "since">;
  lines(after: number): AsyncIterable<StoredLine>;
};

const LINE = "match/bank/";
const OPEN = "match/bank-open/";
const KEY = "match/bank-key/";
const PAID = "match/bank-paid/";
const OF = "match/bank-of/";
const DOCUMENTS = "match/bank-documents";
const LINES = "match/bank-lines";
const place = ({ account, key }: { account: string; key: string }) =>
  `${encodeURIComponent(account)}/${encodeURIComponent(key)}`;

/** Payments of one sum that are looked at; more of them tell nothing apart. */
const MOST = 40;
const TOGETHER = 200;

/**
 * Keeps which payments bank lines are. Lines that nothing was found for are looked at again when a payment comes that
 * they may be. Everything may be told twice.
 */
export class BankMatches {
  readonly #needs: Needs;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Judges lines that came, and those that waited for payments that came. Tells what is certain now. */
  run(): Promise<LineLinks[]> {
    const done = this.#turn.then(() => this.#run());
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Waits until what is under way is written. */
  async close(): Promise<void> {
    await this.#turn;
  }

  async #run(): Promise<LineLinks[]> {
    const { storage } = this.#needs;
    const lines = new Map<string, BankLine>();
    const before = {
      documents: (await storage.get<number>(DOCUMENTS)) ?? 0,
      lines: (await storage.get<number>(LINES)) ?? 0,
    };
    const documents = await this.#documents(before.documents, lines);
    let seq = before.lines;
    for await (const stored of this.#needs.lines(seq)) {
      seq = Math.max(seq, stored.seq);
      lines.set(place(stored.line), stored.line);
    }
    if (documents === before.documents && seq === before.lines) return [];
    const linked = await this.#judge([...lines.values()].sort(inOrder));
    failpoint("bank-matched");
    await storage.put(
      [
        { key: LINES, value: seq },
        { key: DOCUMENTS, value: documents },
      ],
      { sync: true },
    );
    return linked;
  }

  /** Notes by what new documents are found, and which lines waited for them. */
  async #documents(after: number, lines: Map<string, BankLine>): Promise<number> {
    const { storage, documents } = this.#needs;
    let seq = after;
    let rows: { key: string; value: unknown }[] = [];
    for await (const { document, seq: at } of documents.since(after)) {
      seq = Math.max(seq, at);
      const id = paymentIdOf(document.key);
      for (const key of keysOfDocument(document)) {
        rows.push({ key: `${KEY}${key}/${id}`, value: document.key });
        for await (const { value } of storage.range<BankLine>(`${OPEN}${key}/`)) lines.set(place(value), value);
      }
      if (rows.length >= TOGETHER) await storage.put(rows.splice(0));
    }
    if (rows.length > 0) await storage.put(rows);
    rows = [];
    return seq;
  }

  async #judge(lines: readonly BankLine[]): Promise<LineLinks[]> {
    const linked: LineLinks[] = [];
    const paid = new Map<string, bigint>();
    let put: { key: string; value: unknown }[] = [];
    let remove: string[] = [];
    const write = async () => {
      const rows = new Map(put.map((row) => [row.key, row]));
      await this.#needs.storage.put([...rows.values()], { sync: true, remove: remove.filter((key) => !rows.has(key)) });
      put = [];
      remove = [];
    };
    for (const line of lines) {
      const before = await this.#needs.storage.get<KeptLine>(`${LINE}${place(line)}`);
      if (before !== undefined) await this.#pay(before, -1n, paid);
      const candidates = await this.#candidates(line, paid);
      const match = matchBankLine(line, candidates);
      const kept = this.#kept(line, match, candidates);
      await this.#pay(kept, 1n, paid);
      put.push({ key: `${LINE}${place(line)}`, value: kept });
      for (const { document } of before?.links ?? []) remove.push(`${OF}${paymentIdOf(document.key)}/${place(line)}`);
      for (const { document } of kept.links)
        put.push({ key: `${OF}${paymentIdOf(document.key)}/${place(line)}`, value: 0 });
      for (const key of keysOfLine(line))
        if (match.band === "certain") remove.push(`${OPEN}${key}/${place(line)}`);
        else put.push({ key: `${OPEN}${key}/${place(line)}`, value: line });
      for (const [id, amount] of paid) put.push({ key: `${PAID}${id}`, value: String(amount) });
      if (kept.band === "certain" || before?.band === "certain")
        linked.push({ account: line.account, key: line.key, links: kept.band === "certain" ? kept.links : [] });
      if (put.length >= TOGETHER) {
        await write();
        paid.clear();
      }
    }
    await write();
    return linked;
  }

  #kept(line: BankLine, { band, shares, bits, evidence }: BankMatch, candidates: readonly PaidSoFar[]): KeptLine {
    const issuers = new Map(candidates.map(({ document }) => [document.key, document.issuer]));
    const links = shares.map(({ document: key, amount, part }) => ({
      document: { issuer: issuers.get(key)!, key },
      amount,
      part,
    }));
    return { account: line.account, key: line.key, line, links, band, bits: Math.round(bits * 100) / 100, evidence };
  }

  /** How much of each payment its lines paid, with this one or without it. */
  async #pay({ band, links }: KeptLine, sign: bigint, paid: Map<string, bigint>): Promise<void> {
    if (band !== "certain") return;
    for (const { document, amount, part } of links) {
      if (part === "deduction") continue;
      const id = paymentIdOf(document.key);
      const known = paid.get(id) ?? BigInt((await this.#needs.storage.get<string>(`${PAID}${id}`)) ?? "0");
      paid.set(id, known + sign * (part === "takenBack" ? -1n : 1n) * BigInt(amount));
    }
  }

  async #candidates(line: BankLine, paid: ReadonlyMap<string, bigint>): Promise<PaidSoFar[]> {
    const { storage, documents } = this.#needs;
    const found = new Map<string, PaidSoFar>();
    for (const key of keysOfLine(line))
      for await (const { key: row, value } of storage.range<string>(`${KEY}${key}/`, { limit: MOST })) {
        if (found.has(value)) continue;
        const stored = await documents.document(value);
        if (stored?.state !== "inForce" || stored.document.currency !== line.currency) continue;
        const id = row.slice(row.lastIndexOf("/") + 1);
        const sum = paid.get(id) ?? BigInt((await storage.get<string>(`${PAID}${id}`)) ?? "0");
        found.set(value, { document: stored.document, paid: String(sum) });
      }
    return [...found.values()];
  }

  /** Lines of a payment, by its document's id, as far as they are certain. */
  async linesOf(id: string): Promise<ToldPayment["bank"]> {
    const found: ToldPayment["bank"][number][] = [];
    for await (const { key } of this.#needs.storage.range<0>(`${OF}${id}/`)) {
      const kept = await this.#needs.storage.get<KeptLine>(`${LINE}${key.slice(OF.length + id.length + 1)}`);
      if (kept?.band !== "certain") continue;
      const { on, accountName } = kept.line;
      const evidence = kept.evidence.map(({ code, bits }) => ({ code, bits, words: BANK_WEIGHTS[code].words }));
      for (const { document, amount, part } of kept.links)
        if (paymentIdOf(document.key) === id) found.push({ on, accountName, amount, part, evidence });
    }
    return found;
  }
}

/** What a line is certainly, for whoever reads lines after it was judged; undefined: nothing is certain of it. */
export async function bankLinksOf(
  storage: Pick<Storage, "get">,
  line: Pick<BankLine, "account" | "key">,
): Promise<LineLinks | undefined> {
  const kept = await storage.get<KeptLine>(`${LINE}${place(line)}`);
  return kept?.band === "certain" ? { account: kept.account, key: kept.key, links: kept.links } : undefined;
}

/** What was paid before it came back, and each day in its order. */
function inOrder(a: BankLine, b: BankLine): number {
  if (a.on !== b.on) return a.on < b.on ? -1 : 1;
  if (a.direction !== b.direction) return a.direction === "debit" ? -1 : 1;
  return a.key < b.key ? -1 : 1;
}

function keysOfDocument({ number, net, gross, deductions }: PaymentDocument): Set<string> {
  const amounts = [net, gross, ...deductions.map(({ amount }) => amount)];
  return new Set([...serialsOf(number).map((serial) => `s${serial}`), ...amounts.map((amount) => `a${amount}`)]);
}

function keysOfLine({ text, reference = "", amount }: BankLine): Set<string> {
  return new Set([...serialsOf(`${text} ${reference}`).map((serial) => `s${serial}`), `a${amount}`]);
}
