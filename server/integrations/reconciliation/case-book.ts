import { createHash } from "node:crypto";
import { documentKeyOf } from "../../domain/entries/entry.ts";
import { Kind } from "../../domain/entries/kinds.ts";
import type { Published } from "../../domain/entries/plan.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { Fault } from "../../domain/fault.ts";
import { optional } from "../../domain/json.ts";
import { type ContractCard, contractCards, dayOf } from "../../domain/payments/contract-card.ts";
import type { BankLine, PaymentDocument, ReturnDocument } from "../../domain/payments/payment-document.ts";
import { exceptionsOf, type PaymentException } from "../../domain/payments/payment-exceptions.ts";
import { levelNumber } from "../../domain/payments/payment-key.ts";
import type { BankMove, CameBack, Case, ContractLink, LedgerLine, PaidLine } from "../../domain/reconciliation/case.ts";
import { cellsOf, inOrder } from "../../domain/reconciliation/case.ts";
import type { Storage } from "../../domain/storage.ts";

/** What part of a bank line belongs to a payment, by the payment's key. */
export type BankLink = {
  readonly document: { readonly issuer: Hex; readonly key: string };
  readonly amount: string;
  readonly part: BankMove["part"];
};

/** How far one connector has delivered. */
export type SourceReach = {
  readonly issuer: Hex;
  readonly connector: string;
  readonly kind: "documents" | "bank" | "returns";
  /** the first and the last day of which it has spoken */
  readonly from: string;
  readonly until: string;
  /** of each month of which it has spoken, the same; one slip of a year claims no more than its month */
  readonly months: Readonly<Record<string, readonly [first: string, last: string]>>;
  readonly lines: number;
};

/** A part of a bank line in the case of a payment. */
type PlacedLink = {
  readonly issuer: Hex;
  readonly case: string;
  readonly amount: string;
  readonly part: BankMove["part"];
};
/**
 * `by` whom the links were said: found in the line's own text, or told by a match or a person, which counts more.
 * `codes`: keys of what the text names that may be a document's number.
 */
type KeptLine = {
  readonly line: Omit<BankMove, "amount" | "part"> & {
    readonly amount: string;
    readonly currency: string;
    readonly part: BankMove["part"] | "receipt";
  };
  readonly codes: readonly LineCode[];
  readonly links: readonly PlacedLink[];
  readonly by: "text" | "told";
};
/** `bare`: digits alone, and few: a number of anything. */
type LineCode = { readonly key: Hex; readonly bare?: true };
type KeptProcess = {
  readonly lines: readonly { readonly case: string; readonly leaf: Hex }[];
  readonly agencies: readonly Hex[];
};

const ROOT = "recon/";

/**
 * What ledger, finance systems and banks say, kept payment by payment, so that a month is read without looking at any
 * other. Everything may be told again, in any order: the newest of each line counts, and what is put stands on the disk
 * when the promise resolves.
 */
export class CaseBook {
  readonly #storage: Storage;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Payment documents, each with how it stands to contracts. */
  keepDocuments(all: readonly { readonly document: PaymentDocument; readonly link: ContractLink }[]): Promise<void> {
    return this.#alone(async (work) => {
      for (const { document, link } of all) {
        const { issuer, currency, year } = document;
        const key = documentKeyOf(document.key);
        const id = idOfCase(issuer, key, currency);
        const before = await work.get<string>(`document/${issuer}/${key}`);
        if (before !== undefined && before !== id)
          await work.edit(before, (of) => ({ ...of, paid: without(of.paid, document.key) }));
        const line = paidLineOf(document, link);
        const known = await work.edit(id, (of) => ({ ...of, paid: [...without(of.paid, document.key), line] }), {
          issuer,
          currency,
        });
        work.put(`document/${issuer}/${key}`, id);
        if (!known.paid.some((each) => each.key === document.key))
          await work.reach(issuer, document.source.connector, "documents", document.on);
        // entries made by hand, returns and banks know the document by its number alone
        for (const other of new Set([document.number, levelNumber(document.number)].map(documentKeyOf))) {
          if (other === key) continue;
          work.put(`alias/${issuer}/${other}/${year}`, key);
          await work.moveLines(idOfCase(issuer, other, currency), id, String(year));
          await work.relink(issuer, other);
        }
        for (const code of stateCodesOf(document)) {
          work.put(`state/${issuer}/${code}`, id);
          await work.relink(issuer, code);
        }
      }
    });
  }

  /** Documents that their source does not have any more. */
  forgetDocuments(all: readonly Pick<PaymentDocument, "issuer" | "key">[]): Promise<void> {
    return this.#alone(async (work) => {
      for (const { issuer, key } of all) {
        const id = await work.get<string>(`document/${issuer}/${documentKeyOf(key)}`);
        if (id !== undefined) await work.edit(id, (of) => ({ ...of, paid: without(of.paid, key) }));
      }
    });
  }

  /** Returns, each with the key of the payment that it gives back; undefined where nobody knows it. */
  keepReturns(
    all: readonly { readonly document: ReturnDocument; readonly of: string | undefined; readonly agency?: Hex }[],
  ): Promise<void> {
    return this.#alone(async (work) => {
      for (const { document, of, agency } of all) {
        const { issuer, currency, key, number, on, amount, source } = document;
        const own = documentKeyOf(key);
        const id = idOfCase(
          issuer,
          of === undefined ? own : await work.keyOf(issuer, documentKeyOf(of), on.slice(0, 4)),
          currency,
        );
        const before = await work.get<string>(`return/${issuer}/${own}`);
        if (before !== undefined && before !== id)
          await work.edit(before, (each) => ({ ...each, back: without(each.back, key) }));
        const line: CameBack = { key, number, agency: agency ?? issuer, on, amount, connector: source.connector };
        const known = await work.edit(id, (each) => ({ ...each, back: [...without(each.back, key), line] }), {
          issuer,
          currency,
        });
        work.put(`return/${issuer}/${own}`, id);
        if (!known.back.some((each) => each.key === key)) await work.reach(issuer, source.connector, "returns", on);
      }
    });
  }

  /** Returns that their source does not have any more. */
  forgetReturns(all: readonly Pick<ReturnDocument, "issuer" | "key">[]): Promise<void> {
    return this.#alone(async (work) => {
      for (const { issuer, key } of all) {
        const id = await work.get<string>(`return/${issuer}/${documentKeyOf(key)}`);
        if (id !== undefined) await work.edit(id, (of) => ({ ...of, back: without(of.back, key) }));
      }
    });
  }

  /**
   * Bank lines of treasuries' accounts. A line that names one SP2D of its treasury in its text, or the billing code or
   * NTPN of a deduction, is put with it, until somebody tells otherwise; links that were told stay.
   */
  keepBankLines(all: readonly { readonly line: BankLine; readonly agency: Hex }[]): Promise<void> {
    return this.#alone(async (work) => {
      for (const { line, agency } of all) {
        const { account, accountName, on, amount, currency, source, direction, reversal, reference, text } = line;
        const part = direction === "debit" ? "paid" : reversal ? "takenBack" : "receipt";
        const key = keyOfLine(account, line.key);
        const compact = {
          ...({ key, agency, accountName, on, amount, currency, part, connector: source.connector } as const),
          ...(reference === undefined ? {} : { reference: digestOf(reference) }),
        };
        const before = await work.get<KeptLine>(`line/${key}`);
        const codes = codesIn(`${reference ?? ""} ${text}`);
        const kept: KeptLine = { line: compact, codes, links: before?.links ?? [], by: before?.by ?? "text" };
        for (const code of codes) work.put(`code/${agency}/${code.key}/${key}`, 0);
        await work.placeLine(before, await work.linkedByText(kept));
        if (before === undefined) await work.reach(agency, source.connector, "bank", on);
      }
    });
  }

  /**
   * Which payments a bank line is of: instead of what was said before. What is left of it stands alone; of no links all.
   * @throws Fault where the parts are more than the line
   */
  linkBankLines(
    all: readonly { readonly account: string; readonly key: string; readonly links: readonly BankLink[] }[],
  ): Promise<void> {
    return this.#alone(async (work) => {
      for (const { account, key, links } of all) {
        const kept = await work.get<KeptLine>(`line/${keyOfLine(account, key)}`);
        if (kept === undefined) continue;
        const { currency, amount, on } = kept.line;
        if (links.reduce((sum, link) => sum + BigInt(link.amount), 0n) > BigInt(amount)) throw tooMuch(key);
        const placed: PlacedLink[] = [];
        for (const link of links) {
          const { issuer, key: of } = link.document;
          const known = await work.keyOf(issuer, documentKeyOf(of), on.slice(0, 4));
          placed.push({ issuer, case: idOfCase(issuer, known, currency), amount: link.amount, part: link.part });
        }
        await work.placeLine(kept, { ...kept, links: placed, by: "told" });
      }
    });
  }

  /** What the register publishes of processes: their payments and returns in force, and their contracts. */
  keepProcesses(all: readonly { readonly ocid: string; readonly published: Published }[]): Promise<void> {
    return this.#alone(async (work) => {
      for (const { ocid, published } of all) await work.placeProcess(ocid, published);
    });
  }

  /** That a connector has delivered all up to a day, whether or not there was anything. */
  delivered(issuer: Hex, connector: string, kind: SourceReach["kind"], until: string): Promise<void> {
    return this.#alone(async (work) => work.reach(issuer, connector, kind, until, 0));
  }

  /** Up to where the log of the register is kept; 0 at first. */
  async position(): Promise<number> {
    return (await this.#storage.get<number>(`${ROOT}position`)) ?? 0;
  }

  movedTo(position: number): Promise<void> {
    return this.#alone(async (work) => work.put("position", position));
  }

  /** Ocids of the processes that are kept. */
  async *processes(): AsyncGenerator<string> {
    const prefix = `${ROOT}process/`;
    for await (const { key } of this.#storage.range<unknown>(prefix)) yield key.slice(prefix.length);
  }

  /** The cases that touch a cell, by id. */
  async *cases(agency: Hex, month: string): AsyncGenerator<Case> {
    const prefix = `${ROOT}cell/${agency}/${month}/`;
    for await (const { key } of this.#storage.range<0>(prefix)) {
      const of = await this.case(key.slice(prefix.length));
      if (of !== undefined) yield of;
    }
  }

  /** A case by its id. */
  case(id: string): Promise<Case | undefined> {
    return this.#storage.get<Case>(`${ROOT}case/${id}`);
  }

  /** Months of a year in which an agency has anything. */
  async monthsOf(agency: Hex, year: string): Promise<string[]> {
    const months: string[] = [];
    for (let month = 1; month <= 12; month++) {
      const name = `${year}-${String(month).padStart(2, "0")}`;
      for await (const _ of this.#storage.range<0>(`${ROOT}cell/${agency}/${name}/`, { limit: 1 })) months.push(name);
    }
    return months;
  }

  async sources(): Promise<SourceReach[]> {
    const all: SourceReach[] = [];
    for await (const { value } of this.#storage.range<SourceReach>(`${ROOT}source/`)) all.push(value);
    return all;
  }

  async *cards(agency: Hex): AsyncGenerator<ContractCard> {
    for await (const { value } of this.#storage.range<ContractCard[]>(`${ROOT}card/${agency}/`)) yield* value;
  }

  /** Credits that are no return of a payment: not compared, but counted. */
  async receipts(agency: Hex, month: string): Promise<Record<string, { count: number; amount: bigint }>> {
    const found: Record<string, { count: number; amount: bigint }> = {};
    for await (const { value } of this.#storage.range<{ amount: string; currency: string }>(
      `${ROOT}receipt/${agency}/${month}/`,
    )) {
      const { count, amount } = found[value.currency] ?? { count: 0, amount: 0n };
      found[value.currency] = { count: count + 1, amount: amount + BigInt(value.amount) };
    }
    return found;
  }

  /** One change after another, each written whole. */
  #alone(work: (of: Work) => Promise<void>): Promise<void> {
    const done = this.#turn.then(async () => {
      const gathered = new Work(this.#storage);
      await work(gathered);
      await gathered.write();
    });
    this.#turn = done.catch(() => {}); // told to whoever asked; the next goes its own way
    return done;
  }
}

/** Changes that are written together. */
class Work {
  readonly #storage: Storage;
  readonly #rows = new Map<string, unknown>();
  readonly #cases = new Map<string, { before: Case | undefined; now: Case | undefined }>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async get<T>(key: string): Promise<T | undefined> {
    return this.#rows.has(key) ? (this.#rows.get(key) as T | undefined) : this.#storage.get<T>(ROOT + key);
  }

  put(key: string, value: unknown): void {
    this.#rows.set(key, value);
  }

  remove(key: string): void {
    this.#rows.set(key, undefined);
  }

  async find(id: string): Promise<Case | undefined> {
    let there = this.#cases.get(id);
    if (there === undefined) {
      const before = await this.#storage.get<Case>(`${ROOT}case/${id}`);
      there = { before, now: before };
      this.#cases.set(id, there);
    }
    return there.now;
  }

  /** Changes a case; `made` of which treasury and currency a new one is. Gives what it was. */
  async edit(id: string, change: (of: Case) => Case, made?: { issuer: Hex; currency: string }): Promise<Case> {
    const known = (await this.find(id)) ?? (made && { id, ...made, ledger: [], paid: [], back: [], bank: [] });
    if (known === undefined) return { id, issuer: "0x", currency: "", ledger: [], paid: [], back: [], bank: [] };
    this.#cases.get(id)!.now = inOrder(change(known));
    return known;
  }

  /** The key under which a document is kept, by the key or the number with which somebody names it. */
  async keyOf(issuer: Hex, key: Hex, year: string): Promise<Hex> {
    return (await this.get<Hex>(`alias/${issuer}/${key}/${year}`)) ?? key;
  }

  /** Lines of a year that were kept under a document's number go where the document is. */
  async moveLines(from: string, to: string, year: string): Promise<void> {
    const found = await this.find(from);
    if (found === undefined) return;
    const isMine = ({ on }: { on: string }) => on.startsWith(`${year}-`);
    const [ledger, back, bank] = [found.ledger.filter(isMine), found.back.filter(isMine), found.bank.filter(isMine)];
    if (ledger.length + back.length + bank.length === 0) return;
    const rest = <T>(all: readonly T[], moved: readonly T[]) => all.filter((each) => !moved.includes(each));
    await this.edit(from, (of) => ({
      ...of,
      ...{ ledger: rest(of.ledger, ledger), back: rest(of.back, back), bank: rest(of.bank, bank) },
    }));
    await this.edit(to, (of) => ({
      ...of,
      ...{ ledger: [...of.ledger, ...ledger], back: [...of.back, ...back], bank: [...of.bank, ...bank] },
    }));
    const leaves = new Set(ledger.map(({ leaf }) => leaf));
    for (const ocid of new Set(ledger.map((line) => line.ocid))) {
      const kept = (await this.get<KeptProcess>(`process/${ocid}`))!;
      const lines = kept.lines.map((line) => (leaves.has(line.leaf) ? { ...line, case: to } : line));
      this.put(`process/${ocid}`, { ...kept, lines } satisfies KeptProcess);
    }
    for (const { key } of back) this.put(`return/${found.issuer}/${documentKeyOf(key)}`, to);
    for (const { key } of bank) {
      const kept = (await this.get<KeptLine>(`line/${key}`))!;
      const links = kept.links.map((link) => (link.case === from ? { ...link, case: to } : link));
      this.put(`line/${key}`, { ...kept, links } satisfies KeptLine);
    }
  }

  /** Looks once more at the bank lines whose text names this. */
  async relink(issuer: Hex, code: Hex): Promise<void> {
    const prefix = `${ROOT}code/${issuer}/${code}/`;
    for await (const { key } of this.#storage.range<0>(prefix)) {
      const kept = await this.get<KeptLine>(`line/${key.slice(prefix.length)}`);
      if (kept !== undefined) await this.placeLine(kept, await this.linkedByText(kept));
    }
  }

  /** The line with the one payment that its text names; with none where it names several, or none that is known. */
  async linkedByText(kept: KeptLine): Promise<KeptLine> {
    if (kept.by === "told") return kept;
    const { agency: issuer, on, amount, currency, part } = kept.line;
    const found = new Map<string, PlacedLink>();
    for (const { key, bare } of kept.codes) {
      const ofState = await this.get<string>(`state/${issuer}/${key}`);
      if (ofState !== undefined && part === "paid") {
        found.set(ofState, { issuer, case: ofState, amount, part: "deduction" });
        continue;
      }
      const document =
        (await this.get<Hex>(`alias/${issuer}/${key}/${on.slice(0, 4)}`)) ??
        (await this.get<Hex>(`alias/${issuer}/${key}/${Number(on.slice(0, 4)) - 1}`));
      if (document === undefined) continue;
      const id = idOfCase(issuer, document, currency);
      const paid = (await this.find(id))?.paid ?? [];
      if (bare && !paid.some(({ net, gross }) => net === amount || gross === amount)) continue;
      if (paid.length > 0) found.set(id, { issuer, case: id, amount, part: part === "paid" ? "paid" : "takenBack" });
    }
    return { ...kept, links: found.size === 1 ? [...found.values()] : [] };
  }

  async placeProcess(ocid: string, published: Published): Promise<void> {
    const before = await this.get<KeptProcess>(`process/${ocid}`);
    for (const { case: id, leaf } of before?.lines ?? [])
      await this.edit(id, (of) => ({ ...of, ledger: of.ledger.filter((line) => line.leaf !== leaf) }));
    for (const agency of before?.agencies ?? []) this.remove(`card/${agency}/${ocid}`);
    const cards = contractCards(published);
    const lines: { case: string; leaf: Hex }[] = [];
    for (const { line, issuer, documentKey, currency } of ledgerLinesOf(published, cards)) {
      const id = idOfCase(issuer, await this.keyOf(issuer, documentKey, line.on.slice(0, 4)), currency);
      await this.edit(id, (of) => ({ ...of, ledger: [...of.ledger, line] }), { issuer, currency });
      lines.push({ case: id, leaf: line.leaf });
    }
    const agencies = [...new Set(cards.map(({ agency }) => agency))];
    for (const agency of agencies)
      this.put(
        `card/${agency}/${ocid}`,
        cards.filter((card) => card.agency === agency),
      );
    this.put(`process/${ocid}`, { lines, agencies } satisfies KeptProcess);
  }

  /** Puts a bank line where it belongs: a part into each payment, what is left alone. */
  async placeLine(before: KeptLine | undefined, now: KeptLine): Promise<void> {
    const { currency, amount, part, ...move } = now.line;
    const alone = digestOf(`alone ${move.key}`);
    for (const id of new Set([
      ...(before?.links.map((link) => link.case) ?? []),
      ...(before === undefined ? [] : [alone]),
    ]))
      await this.edit(id, (of) => ({ ...of, bank: of.bank.filter(({ key }) => key !== move.key) }));
    for (const link of now.links)
      await this.edit(
        link.case,
        (of) => ({ ...of, bank: [...of.bank, { ...move, amount: link.amount, part: link.part }] }),
        { issuer: link.issuer, currency },
      );
    const left = BigInt(amount) - now.links.reduce((sum, link) => sum + BigInt(link.amount), 0n);
    if (before !== undefined) this.remove(receiptRow(before));
    if (part === "receipt") {
      if (left > 0n) this.put(receiptRow(now), { amount: String(left), currency });
    } else if (left > 0n || now.links.length === 0)
      await this.edit(alone, (of) => ({ ...of, bank: [{ ...move, amount: String(left), part }] }), {
        issuer: move.agency,
        currency,
      });
    this.put(`line/${move.key}`, now);
  }

  async reach(issuer: Hex, connector: string, kind: SourceReach["kind"], on: string, more = 1): Promise<void> {
    const key = `source/${issuer}/${kind}/${connector}`;
    const known = await this.get<SourceReach>(key);
    const earlier = (day = on) => (day < on ? day : on);
    const later = (day = on) => (day > on ? day : on);
    const month = on.slice(0, 7);
    const [first, last] = known?.months[month] ?? [];
    this.put(key, {
      ...{ issuer, connector, kind, from: earlier(known?.from), until: later(known?.until) },
      months: { ...known?.months, [month]: [earlier(first), later(last)] },
      lines: (known?.lines ?? 0) + more,
    } satisfies SourceReach);
  }

  async write(): Promise<void> {
    const rows: { key: string; value: unknown }[] = [];
    const remove: string[] = [];
    const set = (key: string, value: unknown) =>
      value === undefined ? remove.push(ROOT + key) : rows.push({ key: ROOT + key, value });
    for (const [key, value] of this.#rows) set(key, value);
    for (const [id, { before, now }] of this.#cases) {
      if (before === now) continue;
      const isEmpty =
        now === undefined || now.ledger.length + now.paid.length + now.back.length + now.bank.length === 0;
      set(`case/${id}`, isEmpty ? undefined : now);
      const cells = (of: Case | undefined) =>
        new Set((of === undefined ? [] : cellsOf(of)).map(({ agency, month }) => `cell/${agency}/${month}/${id}`));
      const [old, fresh] = [cells(before), cells(isEmpty ? undefined : now)];
      for (const key of old) if (!fresh.has(key)) set(key, undefined);
      for (const key of fresh) if (!old.has(key)) set(key, 0);
    }
    await this.#storage.put(rows, { sync: true, remove });
  }
}

function paidLineOf(document: PaymentDocument, link: ContractLink): PaidLine {
  const {
    key,
    number,
    issuer,
    agency = issuer,
    on,
    route,
    gross,
    net,
    deductions,
    lines,
    payee,
    purpose,
    source,
  } = document;
  return {
    ...{ key, number, agency, on, gross, net, lines, link, connector: source.connector },
    ...(route === undefined ? {} : { route }),
    deductions: deductions.map(({ kind, amount, ntpn }) => ({
      kind,
      amount,
      receipted: ntpn !== undefined && ntpn !== "",
    })),
    same: digestOf(
      JSON.stringify([
        payee.npwpCore ?? payee.person ?? payee.name.toLowerCase(),
        purpose.toLowerCase().replace(/\s+/g, " "),
      ]),
    ),
  };
}

type PublishedLine = { line: LedgerLine; issuer: Hex; documentKey: Hex; currency: string };

/** Payments and returns of a process that are in force, each with the document that it names. */
function ledgerLinesOf(published: Published, cards: readonly ContractCard[]): PublishedLine[] {
  if (published === undefined) return [];
  const { view } = published;
  const byContract = new Map(cards.map((card) => [card.contractId, card]));
  const exceptions = exceptionsByLeaf(cards);
  return Object.entries(view.entries).flatMap(([leaf, entry]): PublishedLine[] => {
    const { kind, by, of: contractId = "", terms, anchor } = entry;
    if (by !== undefined || (kind !== Kind.payment && kind !== Kind.return)) return [];
    // a return names its payment's first leaf; the payment's latest truth says the document
    let payment = entry;
    for (let at: Hex | undefined = kind === Kind.return ? anchor : undefined; at !== undefined; at = payment.by)
      payment = view.entries[at] ?? payment;
    const { issuer, documentKey, currency } = payment.terms as { issuer: Hex; documentKey: Hex; currency: string };
    const budget = byContract.get(contractId)?.budget ?? [];
    const line: LedgerLine = {
      leaf: leaf as Hex,
      kind: kind === Kind.payment ? "payment" : "return",
      ...{ ocid: view.ocid, contractId, agency: view.agency },
      amount: String(terms.amount ?? "0"),
      ...(kind === Kind.payment ? { total: String(terms.documentTotal ?? terms.amount) } : {}),
      on: dayOf(terms.on as number | undefined) ?? "0000-00-00",
      ...optional("exceptions", exceptions.get(leaf as Hex)),
      // without a document the contract's only account is where it is charged
      ...(budget.length === 1
        ? { lines: [{ account: budget[0]!.account, chart: chartOf(budget[0]!.account), amount: "1" }] }
        : {}),
    };
    return [{ line, issuer, documentKey, currency }];
  });
}

/** What is unusual about each payment of the contracts, in the order of their days. */
function exceptionsByLeaf(cards: readonly ContractCard[]): Map<Hex, PaymentException[]> {
  const found = new Map<Hex, PaymentException[]>();
  for (const card of cards) {
    const payments = card.payments.toSorted((a, b) =>
      (a.on ?? "") < (b.on ?? "") ? -1 : (a.on ?? "") > (b.on ?? "") ? 1 : a.sequence - b.sequence,
    );
    const net = ({ amount, returned = "0" }: (typeof payments)[number]) => BigInt(amount) - BigInt(returned);
    // what an opening says was paid before
    let before = BigInt(card.paid) - payments.reduce((sum, payment) => sum + net(payment), 0n);
    for (const payment of payments) {
      const unusual = exceptionsOf(card, {
        ...{ amount: net(payment), on: payment.on ?? "", before, sequence: payment.sequence },
      });
      before += net(payment);
      if (unusual.length > 0) found.set(payment.leaf, unusual);
    }
  }
  return found;
}

/** Permendagri 13 has five levels that begin 5.2.2, Permendagri 90 six that begin 5.1 to 5.4 with two digits. */
function chartOf(account: string): "permendagri13" | "permendagri90" | "unknown" {
  if (/^5\.[1-4]\.0\d(\.|$)/.test(account)) return "permendagri90";
  return /^5\.[12]\.[1-9](\.|$)/.test(account) ? "permendagri13" : "unknown";
}

function idOfCase(issuer: Hex, key: Hex, currency: string): string {
  return digestOf(`${issuer} ${key} ${currency}`);
}

/** 20 of 32 bytes: ids are compared, never signed. */
function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 40);
}

function keyOfLine(account: string, key: string): string {
  return key.startsWith(`${account}/`) ? key : `${account}/${key}`;
}

function receiptRow({ line: { agency, on, key } }: KeptLine): string {
  return `receipt/${agency}/${on.slice(0, 7)}/${key}`;
}

const MOST_CODES = 12;

/** Words of a bank's text that may be numbers of documents, billing codes or NTPN, by their keys. */
function codesIn(text: string): LineCode[] {
  const words = text.normalize("NFKC").match(/[\p{L}\d][\p{L}\d./-]{2,60}[\p{L}\d]/gu) ?? [];
  const named = [...new Set(words.filter((word) => /\d/.test(word)).map(levelNumber))].slice(0, MOST_CODES);
  return named.map((word) => ({
    key: documentKeyOf(word),
    ...(/^\d{1,11}$/.test(word) ? { bare: true as const } : {}),
  }));
}

/** Billing codes and NTPN of a document's deductions, as bank texts name them. */
function stateCodesOf({ deductions }: PaymentDocument): Hex[] {
  const codes = deductions.flatMap(({ billing, ntpn }) => [billing, ntpn]);
  return [
    ...new Set(
      codes.flatMap((code) => (code !== undefined && code.length >= 10 ? [documentKeyOf(levelNumber(code))] : [])),
    ),
  ];
}

function without<T extends { key: string }>(lines: readonly T[], key: string): T[] {
  return lines.filter((line) => line.key !== key);
}

function tooMuch(key: string): Fault {
  return new Fault("bank-links-above-line", {
    explanation: {
      en: `More is assigned to bank line ${key} than it has.`,
      id: `Bagian baris bank ${key} melebihi jumlahnya.`,
    },
    remedy: { en: "Assign at most its amount.", id: "Bagikan paling banyak sebesar jumlahnya." },
  });
}
