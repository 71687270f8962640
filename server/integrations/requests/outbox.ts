import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Kind } from "../../domain/entries/kinds.ts";
import type { Published } from "../../domain/entries/plan.ts";
import { moneyInWords } from "../../domain/entries/telling.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { compile } from "../../domain/ocds/merge.ts";
import type { Deduction } from "../../domain/payments/payment-document.ts";
import type {
  BankAccount,
  LeftRequest,
  PaymentRequest,
  ReadReport,
  RequestFile,
  RequestState,
} from "../../domain/payments/payment-request.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { contractIn } from "../../domain/projection/process-view.ts";
import { type Day, dayOf } from "../../domain/rules/civil-days.ts";
import { contractOf, documentNumbers, payableOf, type True, truthsOf } from "../../domain/rules/contract-story.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Book } from "../book.ts";
import { bankText } from "./bank-text.ts";
import { declaredFile, type Layout, TooWide } from "./declared-layout.ts";
import { BIC, type Decimals, type HandedFile, type Instruction } from "./handed-file.ts";
import { pain001 } from "./pain-001.ts";
import { readPain002, type StatusReport } from "./pain-002.ts";

/** How the requests of an agency go out. `folder`: where the treasury's system fetches files; it must be one disk. */
export type Route = {
  readonly agency: Hex;
  readonly name: string;
  readonly folder: string;
  readonly format: "pain.001" | "layout";
  readonly layout?: Layout;
  readonly decimals?: Decimals;
};

export type HandOver = {
  readonly agency: Hex;
  /** all that are prepared where left out */
  readonly ids?: readonly string[] | undefined;
  readonly accounts: readonly BankAccount[];
  readonly executeOn: Day;
};

type Needs = {
  readonly storage: Storage;
  readonly book: Pick<Book, "process" | "organisation">;
  readonly routes: readonly Route[];
  /** keyed digest of an account; undefined for what is none */
  digest(account: string): string | undefined;
  now(): number;
};

/** Payments in one file: more than banks take, and little to hold. */
const MOST = 10_000;
const ITEM = "request/item/";
const OF_PROCESS = "request/of/";
const FILE = "request/file/";
const BY_NAME = "request/name/";
const ACCOUNT = "request/account/";
const REPORT = "request/report/";
/** Beside the final place: no reader of the folder looks into names with a leading point. */
const ASIDE = ".prasasti";

/**
 * Payment requests on their way out. A file is handed over exactly once: its intent is written first; it lies whole
 * beside its final place before that is noted; it comes under its name by one rename; that is noted last. After a crash
 * the folder tells how far it came: what is aside was not seen by anybody, what is gone from there was handed over.
 */
export class Outbox {
  readonly #needs: Needs;
  /** one act at a time: two hand-overs never take the same request */
  #line: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => {});
    return done;
  }

  // ---- what is to be asked for, as the register stands

  /**
   * Brings the requests of a process in step with the register: a request for each certificate in force, `paid` as far
   * as the ledger has payments of it, `dropped` where its certificate is gone. Repeatable.
   */
  refresh(ocid: string): Promise<PaymentRequest[]> {
    return this.#inTurn(() => this.#refresh(ocid));
  }

  async #refresh(ocid: string): Promise<PaymentRequest[]> {
    const { storage, book, now } = this.#needs;
    const published = await book.process(ocid);
    const known = await this.#of(ocid);
    const before = new Map(known.map((request) => [request.id, request]));
    const asked: PaymentRequest[] = [];
    for (const found of await this.#certificates(ocid, published)) {
      const request = before.get(found.id);
      asked.push(request === undefined ? { ...found, preparedAt: now() } : inStep(unpaid(request), found));
    }
    // the certificate is no longer in force
    for (const request of known.filter(({ id }) => !asked.some((each) => each.id === id))) {
      const bare = unpaid(request);
      asked.push(OPEN.has(bare.state) ? { ...bare, state: "dropped" } : withNote(bare, gone));
    }
    const after = withPayments(published, asked).map((request) => {
      const less = BigInt(request.paid) < BigInt(before.get(request.id)?.paid ?? "0");
      return less ? withNote(request, cameBack) : request;
    });
    const rows = after.flatMap((request) =>
      JSON.stringify(request) === JSON.stringify(before.get(request.id))
        ? []
        : [
            { key: ITEM + request.id, value: request },
            { key: `${OF_PROCESS}${encodeURIComponent(ocid)}/${request.id}`, value: request.id },
            { key: BY_NAME + request.endToEndId, value: request.id },
          ],
    );
    if (rows.length > 0) await storage.put(rows, { sync: true });
    return after;
  }

  async #certificates(ocid: string, published: Published): Promise<PaymentRequest[]> {
    if (published === undefined) return [];
    const { view, releases } = published;
    const compiled = compile(releases);
    const found: PaymentRequest[] = [];
    for (const { leaf, latest, kind, sequence, of = "", terms } of truthsOf(view)) {
      const contract = contractIn(view, of);
      if (kind !== Kind.certificate || contract?.party === undefined) continue;
      const payable = payableOf(terms);
      if (payable <= 0n) continue;
      const payee = await this.#needs.book.organisation(contract.party);
      const number = documentNumbers(contractOf(compiled, of), ocid)(sequence);
      const id = digestOf("request", ocid, of, leaf).slice(0, 32);
      found.push({
        ...{ id, endToEndId: nameOf(id, 1), attempt: 1, agency: view.agency, ocid, contractId: of },
        certificate: {
          leaf: latest,
          sequence,
          on: dayOf(terms.on ?? 0, "WIB"),
          ...(number === undefined ? {} : { number }),
        },
        payee: { id: contract.party, name: payee?.name ?? contract.party },
        ...{ currency: terms.currency ?? contract.currency, payable: String(payable), deductions: [] },
        ...{ transfer: String(payable), state: "prepared" as const, preparedAt: 0, payments: [], paid: "0", notes: [] },
      });
    }
    return found;
  }

  /**
   * Prepares what a process lets be paid. `deductions` of a request that nobody outside has seen replace those before;
   * `again` takes up one that the bank rejected, under a new name.
   * @throws ProblemError not-found, invalid-request
   */
  prepare(
    ocid: string,
    changes: readonly { id: string; deductions?: readonly Deduction[] | undefined; again?: boolean | undefined }[] = [],
  ): Promise<PaymentRequest[]> {
    return this.#inTurn(async () => {
      const requests = await this.#refresh(ocid);
      const rows: { key: string; value: unknown }[] = [];
      const changed = new Map(requests.map((request) => [request.id, request]));
      for (const { id, deductions, again } of changes) {
        let request = changed.get(id);
        if (request === undefined) throw new ProblemError("not-found");
        if (again && request.state === "rejected") {
          const { answer, file, ...rest } = request;
          const attempt = request.attempt + 1;
          request = { ...rest, state: "prepared", attempt, endToEndId: nameOf(id, attempt) };
          rows.push({ key: BY_NAME + request.endToEndId, value: id });
        }
        if (deductions !== undefined) request = withDeductions(request, deductions);
        changed.set(id, request);
        rows.push({ key: ITEM + id, value: request });
      }
      if (rows.length > 0) await this.#needs.storage.put(rows, { sync: true });
      return [...changed.values()];
    });
  }

  // ---- the hand-over

  /**
   * Hands over prepared requests of an agency as one file. What cannot go is left with its reason; the others go; `more`:
   * how many wait for another file, for one has 10,000 at most.
   * @throws ProblemError invalid-request where the agency has no route, or the bank file not its own account
   */
  handOver(asked: HandOver): Promise<{ file?: RequestFile; left: LeftRequest[]; more: number }> {
    return this.#inTurn(async () => {
      await this.#recover();
      const { storage, now } = this.#needs;
      const route = this.#routeOf(asked.agency);
      const left: LeftRequest[] = [];
      const [wanted, more] = await this.#asked(asked, left);
      const accounts = await this.#accountsOf(asked, route, wanted);
      const going: PaymentRequest[] = [];
      for (const request of wanted) {
        const fault = accounts.faultOf(request) ?? faultOfAmount(request, route, accounts);
        if (fault === undefined) going.push(request);
        else left.push({ id: request.id, ...fault });
      }
      const [first] = going;
      if (first === undefined) return { left, more };
      // one file is of one currency: its control sum is one sum
      const together = going.filter(({ currency }) => currency === first.currency);
      for (const { id } of going.filter((each) => !together.includes(each)))
        left.push({ id, code: "other-currency", words: otherCurrency });
      const createdAt = Math.floor(now() / 1000) * 1000;
      const messageId = messageIdOf(together, asked.executeOn, createdAt);
      const handed = accounts.file(together, messageId, createdAt);
      const content = new TextEncoder().encode(render(handed, route));
      const file: RequestFile = {
        ...{ messageId, agency: asked.agency, name: `${messageId}.${extensionOf(route)}`, format: route.format },
        ...{ sha256: sha256(content), bytes: content.length, requests: together.map(({ id }) => id) },
        currency: first.currency,
        sum: String(together.reduce((all, { transfer }) => all + BigInt(transfer), 0n)),
        ...{ executeOn: asked.executeOn, createdAt, state: "intended" },
      };
      const items = together.map((request) => accounts.taken(request, messageId));
      await storage.put(
        [{ key: FILE + messageId, value: file }, ...items.map((value) => ({ key: ITEM + value.id, value }))],
        { sync: true },
      );
      failpoint("request-intended");
      await writeAside(route.folder, file.name, content);
      failpoint("request-written");
      await this.#advance(route, { ...file, state: "written" });
      await this.#remember(items);
      return { file: (await storage.get<RequestFile>(FILE + messageId))!, left, more };
    });
  }

  /** From a file that lies whole beside its place: noted, renamed, noted. */
  async #advance(route: Route, file: RequestFile): Promise<void> {
    const { storage, now } = this.#needs;
    await storage.put([{ key: FILE + file.messageId, value: file }], { sync: true });
    failpoint("request-noted");
    await moveIntoPlace(route.folder, file.name);
    failpoint("request-renamed");
    await this.#handedOver(file, now());
    failpoint("request-recorded");
  }

  async #handedOver(file: RequestFile, at: number): Promise<void> {
    const rows = (await this.#items(file.requests))
      .filter(({ state, file: of }) => state === "handingOver" && of === file.messageId)
      .map((request) => ({ key: ITEM + request.id, value: { ...request, state: "handedOver" as const } }));
    const done: RequestFile = { ...file, state: "handedOver", handedOverAt: at };
    await this.#needs.storage.put([{ key: FILE + file.messageId, value: done }, ...rows], { sync: true });
  }

  /**
   * Brings every hand-over that a crash cut short to its end, or back to its beginning. A file that is noted as written
   * goes into its place, unless it left the side already; of one that is only intended nobody outside knows: its
   * requests are prepared again, for its content, which holds accounts, is kept nowhere.
   */
  recover(): Promise<{ finished: number; undone: number }> {
    return this.#inTurn(() => this.#recover());
  }

  async #recover(): Promise<{ finished: number; undone: number }> {
    const { storage, now } = this.#needs;
    let [finished, undone] = [0, 0];
    const open: RequestFile[] = [];
    for await (const { value } of storage.range<RequestFile>(FILE)) if (value.state !== "handedOver") open.push(value);
    for (const file of open) {
      const folder = this.#needs.routes.find(({ agency }) => agency === file.agency)?.folder;
      // its agency has no route any more: it waits until somebody says where the folder is
      if (folder === undefined) continue;
      if (file.state === "written") {
        if (await exists(aside(folder, file.name))) await moveIntoPlace(folder, file.name);
        await this.#handedOver(file, now());
        finished++;
      } else {
        const items = await this.#items(file.requests);
        const back = items
          .filter((request) => request.file === file.messageId)
          .map(({ file: _, account: __, ...request }) => ({
            key: ITEM + request.id,
            value: { ...request, state: "prepared" as const },
          }));
        await rm(aside(folder, file.name), { force: true });
        await storage.put(back, { sync: true, remove: [FILE + file.messageId] });
        undone++;
      }
    }
    return { finished, undone };
  }

  async #asked({ agency, ids }: HandOver, left: LeftRequest[]): Promise<[PaymentRequest[], more: number]> {
    if (ids === undefined) {
      const { requests } = await this.list({ agency, state: "prepared" });
      return [requests.slice(0, MOST), Math.max(0, requests.length - MOST)];
    }
    const found: PaymentRequest[] = [];
    for (const id of new Set(ids)) {
      const request = await this.#needs.storage.get<PaymentRequest>(ITEM + id);
      if (request === undefined || request.agency !== agency) left.push({ id, code: "unknown", words: unknownRequest });
      else if (request.state === "prepared") found.push(request);
      else left.push({ id, code: "not-prepared", words: notPrepared(request.state) });
    }
    return [found.slice(0, MOST), Math.max(0, found.length - MOST)];
  }

  #routeOf(agency: Hex): Route {
    const route = this.#needs.routes.find((each) => each.agency === agency);
    if (route !== undefined) return route;
    throw new ProblemError("invalid-request", noRoute, { agency });
  }

  /** Reads the bank file, once, for one hand-over: nothing of it is kept but digests. */
  async #accountsOf(
    { agency, accounts, executeOn }: HandOver,
    route: Route,
    wanted: readonly PaymentRequest[],
  ): Promise<Accounts> {
    const byParty = new Map<string, BankAccount[]>();
    for (const each of accounts) byParty.set(each.party, [...(byParty.get(each.party) ?? []), each]);
    const registered = await this.#needs.book.organisation(agency);
    const own = byParty.get(registered?.id ?? agency) ?? byParty.get(agency);
    const [debtor] = own ?? [];
    if (debtor === undefined || own!.length > 1 || !isAccount(debtor)) throw new ProblemError("invalid-request", noOwn);
    const ids = new Map<Hex, string>();
    const digests = new Map<Hex, string | undefined>();
    const before = new Map<Hex, string>();
    for (const { payee } of wanted) {
      if (ids.has(payee.id)) continue;
      ids.set(payee.id, (await this.#needs.book.organisation(payee.id))?.id ?? payee.id);
      const known = await this.#needs.storage.get<string>(ACCOUNT + payee.id);
      if (known !== undefined) before.set(payee.id, known);
      const [account] = byParty.get(ids.get(payee.id)!) ?? [];
      digests.set(payee.id, account && this.#needs.digest(account.account));
    }
    return new Accounts(byParty, ids, digests, before, { ...debtor, name: route.name }, executeOn);
  }

  /** By digest, where each payee was paid: another one next time is shown. */
  async #remember(items: readonly PaymentRequest[]): Promise<void> {
    const rows = items.flatMap(({ payee, account }) =>
      account === undefined ? [] : [{ key: ACCOUNT + payee.id, value: account }],
    );
    await this.#needs.storage.put(rows, { sync: true });
  }

  // ---- the bank's answer

  /**
   * Takes an answer (pain.002) of the bank: the same file twice counts once; what it says of unknown or paid requests is
   * told and changes nothing; an older report never goes over a newer one.
   * @param agency whose file it must answer; to others it is an unknown message
   * @throws ProblemError acknowledgement-unreadable
   */
  acknowledge(bytes: Uint8Array, agency?: Hex): Promise<ReadReport> {
    return this.#inTurn(async () => {
      const { storage, now } = this.#needs;
      const digest = sha256(bytes);
      const known = await storage.get<ReadReport>(REPORT + digest);
      if (known !== undefined) return known;
      const report = readPain002(bytes);
      const faults: ReadReport["faults"][number][] = [];
      const rows: { key: string; value: unknown }[] = [];
      const file = await storage.get<RequestFile>(FILE + report.original);
      if (file === undefined || (agency !== undefined && file.agency !== agency))
        faults.push({ code: "unknown-message", words: unknownMessage(report.original) });
      else {
        const at = report.createdAt ?? now();
        for (const [endToEndId, told] of await this.#told(report, file, faults)) {
          const id = await storage.get<string>(BY_NAME + endToEndId);
          const request = id === undefined ? undefined : await storage.get<PaymentRequest>(ITEM + id);
          if (request === undefined) continue;
          const after = answered(request, { ...told, at, report: digest }, faults);
          if (after !== undefined) rows.push({ key: ITEM + after.id, value: after });
        }
      }
      const read: ReadReport = {
        ...{ sha256: digest, readAt: now(), messageId: report.messageId, original: report.original },
        ...(report.group === undefined ? {} : { group: report.group }),
        ...{ applied: rows.length, faults },
      };
      await storage.put([...rows, { key: REPORT + digest, value: read }], { sync: true });
      return read;
    });
  }

  /** What a report says of each request of its file, by the name that it has there. */
  async #told(
    { group, reasons, payments }: StatusReport,
    file: RequestFile,
    faults: ReadReport["faults"][number][],
  ): Promise<Map<string, { status: string; reasons: StatusReport["reasons"] }>> {
    const inFile = new Map((await this.#items(file.requests)).map((each) => [each.endToEndId, each]));
    const told = new Map<string, { status: string; reasons: StatusReport["reasons"] }>();
    // a partly accepted group says of itself nothing about any payment
    if (group !== undefined && group !== "PART")
      for (const endToEndId of inFile.keys()) told.set(endToEndId, { status: group, reasons });
    for (const { endToEndId, status, reasons: own } of payments) {
      if (!inFile.has(endToEndId))
        faults.push({ endToEndId, code: "unknown-payment", words: unknownPayment(endToEndId) });
      else if (status !== "") told.set(endToEndId, { status, reasons: own });
    }
    return told;
  }

  // ---- reading

  /** Requests by agency, state or process, in the order of their ids; `next` goes on after a full page. */
  async list(
    filter: { agency?: Hex | undefined; state?: RequestState | undefined; ocid?: string | undefined } = {},
    { after, limit = Number.POSITIVE_INFINITY }: { after?: string | undefined; limit?: number | undefined } = {},
  ): Promise<{ requests: PaymentRequest[]; next?: string }> {
    const requests: PaymentRequest[] = [];
    const rows =
      filter.ocid === undefined
        ? this.#needs.storage.range<PaymentRequest>(ITEM, after === undefined ? {} : { after })
        : inList((await this.#of(filter.ocid)).filter(({ id }) => after === undefined || id > after));
    for await (const { value } of rows) {
      if (filter.agency !== undefined && value.agency !== filter.agency) continue;
      if (filter.state !== undefined && value.state !== filter.state) continue;
      if (requests.length >= limit) return { requests, next: requests.at(-1)!.id };
      requests.push(value);
    }
    return { requests };
  }

  async files(agency?: Hex): Promise<RequestFile[]> {
    const found: RequestFile[] = [];
    for await (const { value } of this.#needs.storage.range<RequestFile>(FILE))
      if (agency === undefined || value.agency === agency) found.push(value);
    return found;
  }

  async #of(ocid: string): Promise<PaymentRequest[]> {
    const ids: string[] = [];
    for await (const { value } of this.#needs.storage.range<string>(`${OF_PROCESS}${encodeURIComponent(ocid)}/`))
      ids.push(value);
    return this.#items(ids);
  }

  async #items(ids: readonly string[]): Promise<PaymentRequest[]> {
    const found = await Promise.all(ids.map((id) => this.#needs.storage.get<PaymentRequest>(ITEM + id)));
    return found.filter((each) => each !== undefined);
  }
}

async function* inList(requests: readonly PaymentRequest[]) {
  for (const value of requests) yield { value };
}

// ---- requests against the register

/** States in which nobody outside has seen the request. */
const OPEN: ReadonlySet<RequestState> = new Set(["prepared", "rejected"]);

/** A request beside what the register says of its certificate now. */
function inStep(before: PaymentRequest, found: PaymentRequest): PaymentRequest {
  const same =
    before.payable === found.payable && before.currency === found.currency && before.payee.id === found.payee.id;
  const certificate = found.certificate;
  if (before.state === "dropped")
    return {
      ...before,
      certificate,
      state: "prepared",
      payable: found.payable,
      deductions: [],
      transfer: found.transfer,
    };
  if (same) return { ...before, certificate, payee: found.payee };
  // what is outside stays as it went, and is marked
  if (!OPEN.has(before.state)) return withNote(before, changed);
  const { payable, currency, payee } = found;
  // deductions were of the former amount
  return { ...before, certificate, payable, currency, payee, deductions: [], transfer: payable };
}

function withNote(request: PaymentRequest, note: Words): PaymentRequest {
  return request.notes.some(({ en }) => en === note.en) ? request : { ...request, notes: [...request.notes, note] };
}

function withDeductions(request: PaymentRequest, deductions: readonly Deduction[]): PaymentRequest {
  const taken = deductions.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const transfer = BigInt(request.payable) - taken;
  if (request.state !== "prepared") throw new ProblemError("invalid-request", notPrepared(request.state));
  if (transfer <= 0n || deductions.some(({ amount }) => BigInt(amount) < 0n))
    throw new ProblemError("invalid-request", tooMuchTaken);
  return { ...request, deductions, transfer: String(transfer) };
}

/** As it stands outside, whatever the ledger has of it. */
function unpaid(request: PaymentRequest): PaymentRequest {
  const { answer, file } = request;
  const isPaid = request.state === "paid" || request.state === "partlyPaid";
  const known = answer === undefined ? undefined : stateBy(answer.status);
  const state = isPaid ? (known ?? (file === undefined ? "prepared" : "handedOver")) : request.state;
  return { ...request, state, payments: [], paid: "0" };
}

/**
 * What payments of the ledger pay of requests: of the same contract, recorded after the certificate, less what came back.
 * One of exactly a request's amount (an SP2D is gross of taxes; some record what was transferred) pays that request; what
 * others pay goes to the requests in the order of their certificates, so that several may pay one and one several.
 */
function withPayments(published: Published, asked: readonly PaymentRequest[]): PaymentRequest[] {
  if (published === undefined) return [...asked];
  const left = new Map(
    truthsOf(published.view)
      .filter(({ kind }) => kind === Kind.payment)
      .map((payment) => [payment, (payment.terms.amount ?? 0n) - (payment.returned ?? 0n)] as const),
  );
  const parts = new Map<string, { leaf: Hex; sequence: number; amount: bigint }[]>();
  const isWhole = new Set<string>();
  const paidOf = ({ id }: PaymentRequest) => (parts.get(id) ?? []).reduce((sum, { amount }) => sum + amount, 0n);
  const pay = (request: PaymentRequest, { leaf, sequence }: True, amount: bigint) =>
    parts.set(request.id, [...(parts.get(request.id) ?? []), { leaf, sequence, amount }]);
  const inTurn = asked
    .filter(({ state }) => state !== "dropped")
    .sort((a, b) => a.certificate.sequence - b.certificate.sequence);
  const mayPay = ({ of, sequence }: True, { contractId, certificate }: PaymentRequest) =>
    of === contractId && sequence > certificate.sequence;
  for (const request of inTurn)
    for (const [payment, amount] of left) {
      const exact = amount === BigInt(request.payable) || amount === BigInt(request.transfer);
      if (amount <= 0n || !exact || !mayPay(payment, request)) continue;
      pay(request, payment, amount);
      isWhole.add(request.id);
      left.delete(payment);
      break;
    }
  for (let [payment, amount] of left)
    for (const request of inTurn) {
      if (amount <= 0n || isWhole.has(request.id) || !mayPay(payment, request)) continue;
      const open = BigInt(request.payable) - paidOf(request);
      const part = amount < open ? amount : open;
      if (part > 0n) pay(request, payment, part);
      amount -= part;
    }
  return asked.map((request) => {
    const [payments, paid] = [parts.get(request.id) ?? [], paidOf(request)];
    if (payments.length === 0) return request;
    // an SP2D pays whole rupiah; certificates may have sen
    const all = BigInt(request.payable) - paid < 100n || paid === BigInt(request.transfer);
    return {
      ...request,
      state: all ? "paid" : "partlyPaid",
      payments: payments.map(({ amount, ...payment }) => ({ ...payment, amount: String(amount) })),
      paid: String(paid),
    };
  });
}

/** The number of a certificate, as its milestone is published. */
// ---- accounts, for the time of one hand-over

type Fault = { code: string; words: Words };

class Accounts {
  readonly #byParty: ReadonlyMap<string, readonly BankAccount[]>;
  readonly #ids: ReadonlyMap<Hex, string>;
  readonly #digests: ReadonlyMap<Hex, string | undefined>;
  readonly #before: ReadonlyMap<Hex, string>;
  readonly #debtor: BankAccount & { name: string };
  readonly #executeOn: Day;

  constructor(
    byParty: ReadonlyMap<string, readonly BankAccount[]>,
    ids: ReadonlyMap<Hex, string>,
    digests: ReadonlyMap<Hex, string | undefined>,
    before: ReadonlyMap<Hex, string>,
    debtor: BankAccount & { name: string },
    executeOn: Day,
  ) {
    this.#byParty = byParty;
    this.#ids = ids;
    this.#digests = digests;
    this.#before = before;
    this.#debtor = debtor;
    this.#executeOn = executeOn;
  }

  #of({ payee }: PaymentRequest): readonly BankAccount[] {
    return this.#byParty.get(this.#ids.get(payee.id) ?? payee.id) ?? [];
  }

  faultOf(request: PaymentRequest): Fault | undefined {
    const [account, another] = this.#of(request);
    const name = request.payee.name;
    if (account === undefined) return { code: "no-account", words: noAccount(name) };
    if (another !== undefined) return { code: "two-accounts", words: twoAccounts(name) };
    if (!isAccount(account)) return { code: "bad-account", words: badAccount(name) };
    if (bankText(account.holder ?? name, 140) === "") return { code: "bad-name", words: badAccount(name) };
    return undefined;
  }

  /** @param requests whose accounts have no fault */
  file(requests: readonly PaymentRequest[], messageId: string, createdAt: number): HandedFile {
    const { name, account, bank } = this.#debtor;
    return {
      ...{ messageId, createdAt, executeOn: this.#executeOn, currency: requests[0]!.currency },
      debtor: { name, account: plain(account), bank: bank.trim() },
      instructions: requests.map((request): Instruction => {
        const { endToEndId, transfer, payee, contractId, certificate } = request;
        const [own] = this.#of(request);
        const number = certificate.number ?? `${request.ocid}-${certificate.sequence}`;
        return {
          ...{ endToEndId, amount: BigInt(transfer), contractId, certificate: number },
          payee: { name: own!.holder ?? payee.name, account: plain(own!.account), bank: own!.bank.trim() },
          purpose: `${contractId} ${number}`,
        };
      }),
    };
  }

  /** The request as it goes: with its file, its account's digest, and a note where that is another than last time. */
  taken(request: PaymentRequest, messageId: string): PaymentRequest {
    const digest = this.#digests.get(request.payee.id);
    const before = this.#before.get(request.payee.id);
    const other = before !== undefined && digest !== undefined && before !== digest;
    const going = {
      ...request,
      state: "handingOver" as const,
      file: messageId,
      ...(digest ? { account: digest } : {}),
    };
    return other ? withNote(going, otherAccount) : going;
  }
}

const plain = (account: string) => account.replace(/[\s.-]/g, "").toUpperCase();

/** Max34Text of an account that letters and digits make, and a BIC or a code of the clearing. */
function isAccount({ account, bank }: BankAccount): boolean {
  const code = bank.trim();
  return (
    /^[A-Z0-9]{1,34}$/.test(plain(account)) &&
    /\d/.test(account) &&
    (BIC.test(code) || /^[A-Za-z0-9]{2,35}$/.test(code))
  );
}

/** Why an amount or a field cannot stand in a file of this route. */
function faultOfAmount(request: PaymentRequest, route: Route, accounts: Accounts): Fault | undefined {
  try {
    render(accounts.file([request], "PRS-00000000-00000000000000000000", 0), route);
    return undefined;
  } catch (error) {
    if (error instanceof TooWide) return { code: "too-wide", words: tooWide(error.field) };
    if (error instanceof RangeError)
      return { code: "has-sen", words: hasSen(moneyInWords(request.transfer, request.currency)) };
    throw error;
  }
}

function render(file: HandedFile, { format, layout, decimals }: Route): string {
  return format === "layout" && layout !== undefined
    ? declaredFile(file, layout, decimals)
    : pain001(file, { decimals });
}

const extensionOf = ({ format, layout }: Route) =>
  format === "pain.001" ? "xml" : layout?.form === "csv" ? "csv" : "txt";

// ---- names

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const digestOf = (...parts: string[]) => sha256(new TextEncoder().encode(JSON.stringify(parts)));

/** At most 35 characters, of the set that every bank takes. */
const nameOf = (id: string, attempt: number) =>
  `PRS${id.slice(0, 28).toUpperCase()}${attempt === 1 ? "" : `-${attempt}`}`.slice(0, 35);

/** Of exactly this hand-over: the same requests handed over once more, after an undone one, are another message. */
function messageIdOf(requests: readonly PaymentRequest[], executeOn: Day, createdAt: number): string {
  const digest = digestOf("file", executeOn, String(createdAt), ...requests.map(({ endToEndId }) => endToEndId));
  return `PRS-${executeOn.replaceAll("-", "")}-${digest.slice(0, 20).toUpperCase()}`;
}

// ---- files

const aside = (folder: string, name: string) => path.join(folder, ASIDE, name);

async function exists(file: string): Promise<boolean> {
  return access(file, constants.F_OK).then(
    () => true,
    () => false,
  );
}

/** On the disk, whole, where no reader looks. */
async function writeAside(folder: string, name: string, content: Uint8Array): Promise<void> {
  await mkdir(path.join(folder, ASIDE), { recursive: true, mode: 0o700 });
  const handle = await open(aside(folder, name), "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(path.join(folder, ASIDE));
}

/** One rename: a reader sees the whole file or none. */
async function moveIntoPlace(folder: string, name: string): Promise<void> {
  await rename(aside(folder, name), path.join(folder, name));
  await syncFolder(folder);
  await syncFolder(path.join(folder, ASIDE));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// ---- answers of banks

/** Codes by which a bank takes a payment on; ISO external payment transaction status. */
const TAKEN: ReadonlySet<string> = new Set(["ACTC", "ACCP", "ACSP", "ACSC", "ACCC", "ACWC", "ACWP", "ACFC"]);

/** The request with the bank's answer; undefined where the answer changes nothing. */
function answered(
  request: PaymentRequest,
  answer: NonNullable<PaymentRequest["answer"]>,
  faults: ReadReport["faults"][number][],
): PaymentRequest | undefined {
  const { endToEndId, state } = request;
  const rejected = answer.status === "RJCT";
  if (request.answer !== undefined && request.answer.at > answer.at) {
    faults.push({ endToEndId, code: "older", words: older });
    return undefined;
  }
  const isPaid = state === "paid" || state === "partlyPaid";
  if (rejected && isPaid) faults.push({ endToEndId, code: "rejected-but-paid", words: rejectedButPaid });
  if (isPaid) return { ...request, answer };
  if (state === "dropped" || state === "prepared") return undefined;
  return { ...request, answer, state: stateBy(answer.status) ?? state };
}

/** What an answer decides; of one that is received or pending nothing. */
function stateBy(status: string): "rejected" | "acknowledged" | undefined {
  return status === "RJCT" ? "rejected" : TAKEN.has(status) ? "acknowledged" : undefined;
}

// ---- words

const gone: Words = {
  en: "Its certificate was withdrawn after it was handed over: tell the treasury.",
  id: "Berita acaranya dibatalkan setelah diserahkan: beri tahu bendahara umum.",
};
const changed: Words = {
  en: "Its certificate was corrected after it was handed over: tell the treasury.",
  id: "Berita acaranya diralat setelah diserahkan: beri tahu bendahara umum.",
};
const cameBack: Words = {
  en: "A payment of it came back or was withdrawn.",
  id: "Pembayarannya kembali atau dibatalkan, seluruhnya atau sebagian.",
};
const otherAccount: Words = {
  en: "The payee's account is another one than last time: confirm it with him by a way that you know.",
  id: "Rekening penerima berbeda dari sebelumnya: pastikan kepadanya melalui saluran yang Anda kenal.",
};
const otherCurrency: Words = {
  en: "It is in another currency than the file: hand it over by itself.",
  id: "Mata uangnya lain dari berkas ini: serahkan tersendiri.",
};
const unknownRequest: Words = {
  en: "The agency has no such request.",
  id: "Instansi tidak memiliki permintaan ini.",
};
const notPrepared = (state: RequestState): Words => ({
  en: `It is ${state} and not handed over once more.`,
  id: `Keadaannya ${state}, tidak diserahkan lagi.`,
});
const noRoute: Words = {
  en: "This agency has no `requests` in connectors.yaml: say there in which folder and form its files go.",
  id: "Instansi ini tidak memiliki `requests` dalam connectors.yaml: sebutkan folder dan bentuk berkasnya di sana.",
};
const noOwn: Words = {
  en: "The bank file needs one line for the paying agency itself, with account and bank.",
  id: "Berkas rekening harus memuat satu baris bagi instansi pembayar, dengan rekening dan bank.",
};
const tooMuchTaken: Words = {
  en: "Deductions must leave something to be paid.",
  id: "Potongan harus menyisakan jumlah yang dibayar.",
};
const noAccount = (name: string): Words => ({
  en: `The bank file has no account of ${name}.`,
  id: `Berkas rekening tidak memuat rekening ${name}.`,
});
const twoAccounts = (name: string): Words => ({
  en: `The bank file has several accounts of ${name}: leave one.`,
  id: `Berkas rekening memuat beberapa rekening ${name}: sisakan satu.`,
});
const badAccount = (name: string): Words => ({
  en: `The account of ${name} in the bank file is none: letters and digits, at most 34, and a BIC or clearing code.`,
  id: `Rekening ${name} dalam berkas rekening tidak sah: huruf dan angka, paling banyak 34, serta BIC atau sandi kliring.`,
});
const tooWide = (field: string): Words => ({
  en: `Its ${field} is longer than the column of the layout.`,
  id: `Isi ${field} lebih panjang dari kolom pada tata letak.`,
});
const hasSen = (amount: string): Words => ({
  en: `${amount} has sen, and this bank takes whole rupiah alone: correct the certificate, or the route's decimals.`,
  id: `${amount} memuat sen, padahal bank ini hanya menerima rupiah bulat: ralat berita acaranya, atau desimal rutenya.`,
});
const unknownMessage = (id: string): Words => ({
  en: `No file of ours has the message id ${bankText(id, 35)}.`,
  id: `Tidak ada berkas kami dengan nomor pesan ${bankText(id, 35)}.`,
});
const unknownPayment = (id: string): Words => ({
  en: `The file has no payment ${bankText(id, 35)}.`,
  id: `Berkas tidak memuat pembayaran ${bankText(id, 35)}.`,
});
const older: Words = {
  en: "An answer that the bank gave later is known: this one changes nothing.",
  id: "Jawaban bank yang lebih baru sudah ada: yang ini tidak mengubah apa pun.",
};
const rejectedButPaid: Words = {
  en: "The bank rejects what the ledger has as paid: the treasurer looks for the payment.",
  id: "Bank menolak yang di ledger sudah dibayar: bendahara menelusuri pembayarannya.",
};
