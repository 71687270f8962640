import { nameFingerprint } from "../../domain/company-name.ts";
import { bodyOf } from "../../domain/entries/body.ts";
import type { Draft } from "../../domain/entries/draft.ts";
import { documentKeyOf } from "../../domain/entries/entry.ts";
import { Kind, ReturnCode } from "../../domain/entries/kinds.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { ContractIndex, keyOf } from "../../domain/matching/contract-index.ts";
import { evidenceWords } from "../../domain/matching/evidence.ts";
import { type Candidate, type Match, Matching, REASONS } from "../../domain/matching/match-payments.ts";
import { type ContractCard, contractCards, type SupplierFacts } from "../../domain/payments/contract-card.ts";
import {
  type Decision,
  type DecisionAct,
  type PaymentState,
  paymentIdOf,
  STATE_REASONS,
  type StateReason,
  type ToldCandidate,
  type ToldEvidence,
  type ToldPayment,
  type ToldReturn,
  type ToldShare,
} from "../../domain/payments/matched-payment.ts";
import type { PaymentDocument, ReturnDocument } from "../../domain/payments/payment-document.ts";
import { exceptionsOf, PAYMENT_EXCEPTIONS, type PaymentException } from "../../domain/payments/payment-exceptions.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { draftToText, type Proposal, proposalIdOf } from "../../domain/proposals/proposal.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Book } from "../book.ts";
import type { DocumentStore, StoredDocument, StoredReturn } from "../finance/document-store.ts";
import { type Proposals, proposalKey } from "../procurement/proposals.ts";

export type PaymentsNeeds = {
  readonly storage: Storage;
  readonly book: Book;
  readonly documents: Pick<DocumentStore, "document" | "documents" | "since" | "returns">;
  readonly proposals: Proposals;
  /** the bank's lines of a document, by its id */
  linesOf?(id: string): Promise<ToldPayment["bank"]>;
  /** what others know of a supplier beside its public name */
  facts?(supplier: Hex): Promise<ReturnType<SupplierFacts>>;
  /** milliseconds UTC */
  now(): number;
};

/** A payment that the ledger has of a document, in force. */
type Recorded = {
  readonly ocid: string;
  readonly contractId: string;
  readonly documentKey: Hex;
  readonly amount: string;
  readonly total: string;
  readonly returned?: string;
  readonly on?: string;
  readonly leaf: Hex;
  readonly sequence: number;
};
type Part = { readonly ocid: string; readonly contractId: string; readonly amount: string };

/** What is kept of a document. */
type Kept = {
  readonly id: string;
  readonly key: string;
  readonly issuer: Hex;
  readonly on: string;
  readonly gross: string;
  readonly version: number;
  readonly isGone: boolean;
  readonly match: Match;
  readonly state: PaymentState;
  /** what it pays as far as it is known, recorded or not */
  readonly parts: readonly Part[];
  readonly proposals: readonly string[];
  readonly recorded: readonly Recorded[];
  readonly reasons: readonly StateReason[];
  /** by contract */
  readonly exceptions: Readonly<Record<string, readonly PaymentException[]>>;
  readonly inQueue: boolean;
};

type KeptReturn = {
  readonly id: string;
  readonly key: string;
  readonly state: "proposed" | "recorded" | "waiting";
  readonly reason?: Words;
  readonly payment?: string;
  readonly proposals: readonly string[];
};

export type RunResult = {
  readonly judged: number;
  readonly certain: number;
  readonly doubtful: number;
  readonly none: number;
  readonly proposed: number;
  readonly returns: number;
};

export type PaymentsQuery = {
  /** treasuries of which all is told, and offices of which it is told what was paid from their budgets */
  readonly issuers: readonly Hex[];
  readonly agencies?: readonly Hex[] | undefined;
  readonly states?: readonly PaymentState[] | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
};

const DOC = "match/doc/";
const BY_DAY = "match/day/";
const QUEUE = "match/queue/";
const OPEN = "match/open/";
const CARD = "match/card/";
const KEY = "match/key/";
const PAID = "match/paid/";
const OF = "match/of/";
const PLACE = "match/place/";
const DECIDED = "match/decided/";
const LEARNT = "match/learnt/";
const RETURN = "match/return/";
const SEQ = "match/seq";
const part = (text: string) => encodeURIComponent(text);
const contractPlace = ({ ocid, contractId }: { ocid: string; contractId: string }) =>
  `${part(ocid)}/${part(contractId)}`;
const paidRow = (card: ContractCard, { issuer, documentKey, leaf }: ContractCard["payments"][number]) =>
  `${PAID}${issuer}/${documentKey}/${contractPlace(card)}/${leaf}`;
const dayPlace = ({ issuer, on, id }: Pick<Kept, "issuer" | "on" | "id">) => `${issuer}/${on}/${id}`;
const numbered = (count: number) => String(count).padStart(6, "0");

type Row = { key: string; value: unknown };
type Batch = { put: Row[]; remove: string[] };

/** Rows that are written at once. */
const TOGETHER = 500;

/**
 * Keeps how payment documents stand to contracts: matches them as documents, contracts and certificates come, remembers
 * what people decided, and proposes what is to be signed. What a person decided stands until he takes it back; what is
 * recorded is never proposed again. Everything may be told twice.
 */
export class Payments {
  readonly #needs: PaymentsNeeds;
  readonly #index = new ContractIndex();
  readonly #matching: Matching;
  /** by contract, what is matched or decided and not recorded yet, by the document's key */
  readonly #pending = new Map<string, Map<string, { amount: bigint; on: string }>>();
  #loaded: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(needs: PaymentsNeeds) {
    this.#needs = needs;
    this.#matching = new Matching(this.#index);
  }

  // ---- what comes

  /** Judges documents that came or changed since the last time, and returns. */
  run(): Promise<RunResult> {
    return this.#alone(async () => {
      await this.#load();
      const { storage, documents } = this.#needs;
      const since = (await storage.get<number>(SEQ)) ?? 0;
      let seq = since;
      const fresh: { key: string; on: string }[] = [];
      for await (const stored of documents.since(since)) {
        fresh.push({ key: stored.document.key, on: stored.document.on });
        seq = Math.max(seq, stored.seq);
      }
      const counts = await this.#judge(fresh);
      const returns = await this.#returns();
      failpoint("payments-judged");
      if (seq !== since) await storage.put([{ key: SEQ, value: seq }], { sync: true });
      return { ...counts, returns };
    });
  }

  /** Processes that entries have touched: contracts, certificates, payments that were recorded. */
  onLedger(ocids: readonly string[]): Promise<void> {
    return this.#alone(async () => {
      await this.#load();
      const changed: ContractCard[] = [];
      const touched = new Set<string>();
      const orphans = new Set<string>();
      for (const ocid of ocids) {
        const batch: Batch = { put: [], remove: [] };
        const cards = await this.#cardsOf(ocid);
        await this.#forgetOthers(ocid, new Set(cards.map(keyOf)), batch, touched, orphans);
        for (const card of cards) {
          const known = await this.#card(card);
          if (JSON.stringify(known) !== JSON.stringify(card)) changed.push(card);
          await this.#keepCard(card, batch, touched);
        }
        await this.#write(batch);
      }
      // what was of a contract that is gone may be of another
      await this.#judge(await this.#documentsOf(orphans));
      if (changed.length > 0) await this.#judgeAgain(changed, touched);
      await this.#refresh(touched);
      await this.#returns();
    });
  }

  /** Reads everything once more that is kept of the register, which fell back or was put back from a backup. */
  async fallBack(): Promise<void> {
    const ocids = new Set<string>();
    for await (const { value } of this.#needs.storage.range<ContractCard>(CARD)) ocids.add(value.ocid);
    await this.onLedger([...ocids]);
  }

  /** Contracts of a process that the register does not have any more. */
  async #forgetOthers(
    ocid: string,
    there: ReadonlySet<string>,
    batch: Batch,
    touched: Set<string>,
    orphans: Set<string>,
  ): Promise<void> {
    for await (const { key, value: card } of this.#needs.storage.range<ContractCard>(`${CARD}${part(ocid)}/`)) {
      if (there.has(keyOf(card))) continue;
      this.#index.remove(card.ocid, card.contractId);
      batch.remove.push(key);
      for (const payment of card.payments) {
        batch.remove.push(paidRow(card, payment));
        await this.#touch(payment, touched);
      }
      for await (const { key: row } of this.#needs.storage.range<0>(`${OF}${contractPlace(card)}/`))
        orphans.add(row.slice(row.lastIndexOf("/") + 1));
    }
  }

  async #documentsOf(ids: Iterable<string>): Promise<{ key: string; on: string }[]> {
    const found = await Promise.all([...ids].map((id) => this.#needs.storage.get<Kept>(`${DOC}${id}`)));
    return found.flatMap((kept) => (kept === undefined ? [] : [{ key: kept.key, on: kept.on }]));
  }

  async #cardsOf(ocid: string): Promise<ContractCard[]> {
    const published = await this.#needs.book.process(ocid);
    const known = new Map<Hex, ReturnType<SupplierFacts>>();
    for (const { party } of Object.values(published?.view.contracts ?? {}))
      if (party !== undefined && !known.has(party)) known.set(party, await this.#factsOf(party));
    return contractCards(published, (id) => known.get(id));
  }

  #card(of: { ocid: string; contractId: string }): Promise<ContractCard | undefined> {
    return this.#needs.storage.get<ContractCard>(`${CARD}${contractPlace(of)}`);
  }

  async #factsOf(supplier: Hex): Promise<ReturnType<SupplierFacts>> {
    const told = await this.#needs.facts?.(supplier);
    const learnt = await this.#needs.storage.get<{ cores: string[]; accounts: string[] }>(`${LEARNT}${supplier}`);
    if (learnt === undefined) return told;
    return {
      ...told,
      npwpCores: [...new Set([...(told?.npwpCores ?? []), ...learnt.cores])],
      accounts: [...new Set([...(told?.accounts ?? []), ...learnt.accounts])],
    };
  }

  /** Rows of a card and of the payments on it; which documents this concerns is added to `touched`. */
  async #keepCard(card: ContractCard, batch: Batch, touched: Set<string>): Promise<void> {
    const { storage } = this.#needs;
    const before = await this.#card(card);
    const place = contractPlace(card);
    this.#index.put(card);
    batch.put.push({ key: `${CARD}${place}`, value: card });
    const rowOf = (payment: ContractCard["payments"][number]) => paidRow(card, payment);
    const now = new Set(card.payments.map(rowOf));
    for (const payment of before?.payments ?? []) {
      if (!now.has(rowOf(payment))) batch.remove.push(rowOf(payment));
      await this.#touch(payment, touched);
    }
    for (const payment of card.payments) {
      const { leaf, sequence, on, amount, documentKey, total, returned } = payment;
      const { ocid, contractId } = card;
      const recorded: Recorded = {
        ...{ ocid, contractId, documentKey, amount, total, leaf, sequence },
        ...(on === undefined ? {} : { on }),
        ...(returned === undefined ? {} : { returned }),
      };
      batch.put.push({ key: rowOf(payment), value: recorded });
      await this.#touch(payment, touched);
    }
    for await (const { key: row } of storage.range<0>(`${OF}${place}/`))
      touched.add(row.slice(row.lastIndexOf("/") + 1));
  }

  async #touch({ issuer, documentKey }: { issuer: Hex; documentKey: Hex }, touched: Set<string>): Promise<void> {
    for await (const { value } of this.#needs.storage.range<string>(`${KEY}${issuer}/${documentKey}/`))
      touched.add(value);
  }

  /** Judges once more what waits and may be of contracts that changed. */
  async #judgeAgain(changed: readonly ContractCard[], touched: Set<string>): Promise<void> {
    const wanted = new Set(changed.flatMap(keysOfCard));
    const again: { key: string; on: string }[] = [];
    for await (const { key, value } of this.#needs.storage.range<{ key: string; on: string; keys: string[] }>(OPEN)) {
      if (!value.keys.some((each) => wanted.has(each))) continue;
      again.push(value);
      touched.delete(key.slice(OPEN.length));
    }
    await this.#judge(again);
  }

  // ---- judging

  async #judge(some: readonly { key: string; on: string }[]): Promise<Omit<RunResult, "returns">> {
    const counts = { judged: 0, certain: 0, doubtful: 0, none: 0, proposed: 0 };
    const sorted = [...some].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : a.key < b.key ? -1 : 1));
    const { storage } = this.#needs;
    let batch: Batch = { put: [], remove: [] };
    const known = new Map<string, StoredDocument>();
    const settle = async (stored: StoredDocument, match: Match) => {
      const kept = await this.#settle(stored, match, batch);
      counts.judged++;
      counts[kept.state === "certain" || kept.state === "doubtful" || kept.state === "none" ? kept.state : "certain"]++;
      counts.proposed += kept.proposals.length;
      if (batch.put.length >= TOGETHER) {
        await this.#write(batch);
        batch = { put: [], remove: [] };
      }
    };
    for (const { key } of sorted) {
      const stored = await this.#needs.documents.document(key);
      if (stored === undefined) continue;
      const before = await storage.get<Kept>(`${DOC}${paymentIdOf(key)}`);
      if (before !== undefined) this.#release(before);
      const decisions = await this.decisionsOf(paymentIdOf(key));
      const match = this.#matching.match(stored.document, rejectedBy(decisions));
      if (match.band === "doubtful") known.set(key, stored);
      await settle(stored, match);
    }
    for (const match of this.#matching.parts()) {
      const stored = known.get(match.document) ?? (await this.#needs.documents.document(match.document));
      if (stored !== undefined) await settle(stored, match);
    }
    await this.#write(batch);
    return counts;
  }

  /** Judges again by what is kept: after a decision, or when the ledger has grown. */
  async #refresh(ids: Iterable<string>): Promise<void> {
    let batch: Batch = { put: [], remove: [] };
    for (const id of ids) {
      const kept = await this.#needs.storage.get<Kept>(`${DOC}${id}`);
      const stored = kept && (await this.#needs.documents.document(kept.key));
      if (kept === undefined || stored === undefined) continue;
      this.#release(kept);
      await this.#settle(stored, kept.match, batch);
      if (batch.put.length >= TOGETHER) {
        await this.#write(batch);
        batch = { put: [], remove: [] };
      }
    }
    await this.#write(batch);
  }

  /** What a document comes to, by its match, by decisions and by what is recorded; all of it as rows. */
  async #settle(stored: StoredDocument, match: Match, batch: Batch): Promise<Kept> {
    const { storage } = this.#needs;
    const { document } = stored;
    const id = paymentIdOf(document.key);
    const before = await storage.get<Kept>(`${DOC}${id}`);
    const decisions = await this.decisionsOf(id);
    const verdict = verdictOf(decisions);
    const recorded = await this.#recordedOf(document);
    const gross = BigInt(document.gross);
    const told: readonly Part[] =
      verdict?.act === "notContract" ? [] : (verdict?.shares ?? (match.band === "certain" ? match.shares : []));
    const reasons = new Set<StateReason>();
    if (stored.state === "gone") reasons.add("gone");
    const done = recorded.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const isAt = (one: { ocid: string; contractId: string }) => (other: { ocid: string; contractId: string }) =>
      one.ocid === other.ocid && one.contractId === other.contractId;
    const isKnown = ({ ocid, contractId }: Part) => this.#index.get(ocid, contractId) !== undefined;
    if (!told.every(isKnown)) reasons.add("contractGone");
    const open = stored.state === "gone" ? [] : told.filter((each) => isKnown(each) && !recorded.some(isAt(each)));
    const known = await this.#ownProposals(before);
    if (recorded.length > 0) {
      if (recorded.some(({ total }) => total !== document.gross)) reasons.add("recordedOtherwise");
      else if (recorded.some((each) => told.some((share) => isAt(each)(share) && share.amount !== each.amount)))
        reasons.add("recordedOtherwise");
      if (told.length > 0 && recorded.some((each) => !told.some(isAt(each)))) reasons.add("recordedBeside");
      if (
        !recorded.some(({ leaf }) => known.some((each) => each.recorded?.leaf === leaf || each.state === "taken")) &&
        known.length === 0
      )
        reasons.add("byHand");
    }
    const planned = told.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    if (
      planned > gross ||
      (before !== undefined &&
        verdict !== undefined &&
        before.version !== stored.version &&
        before.gross !== document.gross)
    )
      reasons.add("changed");
    // never more of a document than it pays, whoever said so
    let left = (recorded[0] === undefined ? gross : BigInt(recorded[0].total)) - done;
    const proposable = reasons.has("recordedBeside") || reasons.has("recordedOtherwise") ? [] : open;
    const drafts: { share: Part; draft: Draft }[] = [];
    for (const share of proposable) {
      const amount = BigInt(share.amount);
      if (amount <= 0n || amount > left) continue;
      left -= amount;
      drafts.push({ share, draft: paymentDraft(document, share, recorded[0]) });
    }
    const proposals = await this.#propose(document, drafts, known, recorded, match, batch);
    const parts =
      recorded.length > 0 && told.length === 0
        ? recorded.map(partOf)
        : [...told.map(partOf), ...recorded.filter((each) => !told.some(isAt(each))).map(partOf)];
    const state: PaymentState =
      recorded.length > 0 && (open.length === 0 || done >= gross)
        ? "recorded"
        : verdict === undefined
          ? match.band
          : verdict.act === "notContract"
            ? "notContract"
            : told.some(isKnown)
              ? "accepted"
              : "doubtful";
    if (state !== "recorded") for (const share of open) this.#use(document, share, match);
    const exceptions: Record<string, readonly PaymentException[]> = {};
    for (const share of parts) {
      const found = await this.#exceptions(document, share, recorded.find(isAt(share)));
      if (found.length > 0) exceptions[keyOf(share)] = found;
    }
    if (state === "recorded") await this.#learn(document, recorded, batch);
    const isContract = state === "doubtful" || parts.length > 0;
    const inQueue =
      state === "doubtful" ||
      Object.keys(exceptions).length > 0 ||
      (isContract && document.exceptions !== undefined) ||
      [...reasons].some((reason) => reason !== "byHand" && (reason !== "gone" || parts.length > 0));
    const kept: Kept = {
      ...{ id, key: document.key, issuer: document.issuer, on: document.on, gross: document.gross },
      ...{ version: stored.version, isGone: stored.state === "gone", match, state, parts, proposals, recorded },
      ...{ reasons: [...reasons], exceptions, inQueue },
    };
    this.#rowsOf(document, before, kept, batch);
    return kept;
  }

  #rowsOf(document: PaymentDocument, before: Kept | undefined, kept: Kept, batch: Batch): void {
    const { id } = kept;
    batch.put.push({ key: `${DOC}${id}`, value: kept }, { key: `${PLACE}issuer/${document.issuer}`, value: 0 });
    if (document.agency !== undefined) batch.put.push({ key: `${PLACE}agency/${document.agency}`, value: 0 });
    if (before !== undefined && before.on !== kept.on)
      batch.remove.push(`${BY_DAY}${dayPlace(before)}`, `${QUEUE}${dayPlace(before)}`);
    batch.put.push({ key: `${BY_DAY}${dayPlace(kept)}`, value: kept.state });
    if (kept.inQueue) batch.put.push({ key: `${QUEUE}${dayPlace(kept)}`, value: kept.state });
    else batch.remove.push(`${QUEUE}${dayPlace(kept)}`);
    if (kept.state === "doubtful" || kept.state === "none")
      batch.put.push({
        key: `${OPEN}${id}`,
        value: { key: document.key, on: document.on, keys: keysOfDocument(document, kept.match) },
      });
    else batch.remove.push(`${OPEN}${id}`);
    if (before === undefined)
      for (const key of ledgerKeysOf(document))
        batch.put.push({ key: `${KEY}${document.issuer}/${key}/${document.year}/${id}`, value: id });
    const places = new Set(kept.parts.map((each) => `${OF}${contractPlace(each)}/${id}`));
    for (const each of before?.parts ?? []) {
      const place = `${OF}${contractPlace(each)}/${id}`;
      if (!places.has(place)) batch.remove.push(place);
    }
    for (const place of places) batch.put.push({ key: place, value: 0 });
  }

  /** Documents of finance systems that a payment of this key on the ledger is of, whoever recorded it. */
  async documentsOf(issuer: Hex, documentKey: Hex): Promise<Pick<PaymentDocument, "gross" | "currency" | "source">[]> {
    const found: Pick<PaymentDocument, "gross" | "currency" | "source">[] = [];
    for await (const { value } of this.#needs.storage.range<string>(`${KEY}${issuer}/${documentKey}/`)) {
      const kept = await this.#needs.storage.get<Kept>(`${DOC}${value}`);
      const stored = kept && (await this.#needs.documents.document(kept.key));
      if (stored?.state !== "inForce") continue;
      const { gross, currency, source } = stored.document;
      found.push({ gross, currency, source });
    }
    return found;
  }

  /** Payments of the document that the ledger has, under any of the keys by which people may have recorded it. */
  async #recordedOf(document: PaymentDocument): Promise<Recorded[]> {
    const found: Recorded[] = [];
    const [own, ...others] = ledgerKeysOf(document);
    for (const key of [own!, ...others])
      for await (const { value } of this.#needs.storage.range<Recorded>(`${PAID}${document.issuer}/${key}/`)) {
        // books of SP2D begin anew each year
        if (key !== own && value.on !== undefined && Number(value.on.slice(0, 4)) !== document.year) continue;
        if (!found.some(({ leaf }) => leaf === value.leaf)) found.push(value);
      }
    return found;
  }

  #use(document: PaymentDocument, share: Part, match: Match): void {
    const contract = this.#index.get(share.ocid, share.contractId);
    const certificate = [...match.shares, ...match.candidates].find(
      ({ ocid, contractId }) => ocid === share.ocid && contractId === share.contractId,
    )?.certificate;
    if (contract !== undefined) this.#index.use(contract.slot, BigInt(share.amount), document.key, certificate);
    const key = keyOf(share);
    const pending = this.#pending.get(key) ?? new Map();
    pending.set(document.key, { amount: BigInt(share.amount), on: document.on });
    this.#pending.set(key, pending);
  }

  #release({ key, parts, match }: Kept): void {
    for (const share of [...parts, ...match.shares]) {
      const contract = this.#index.get(share.ocid, share.contractId);
      if (contract !== undefined) this.#index.release(contract.slot, key);
      this.#pending.get(keyOf(share))?.delete(key);
    }
  }

  /** What is unusual about a share: of what is paid of the contract up to that day, recorded or waiting. */
  async #exceptions(
    document: PaymentDocument,
    share: Part,
    recorded: Recorded | undefined,
  ): Promise<PaymentException[]> {
    const card = await this.#card(share);
    if (card === undefined) return [];
    const on = recorded?.on ?? dayOfPayment(document);
    let before = 0n;
    let counted = 0n;
    for (const payment of card.payments) {
      const amount = BigInt(payment.amount) - BigInt(payment.returned ?? "0");
      counted += amount;
      const isEarlier =
        (payment.on ?? "") < on ||
        ((payment.on ?? "") === on && payment.sequence < (recorded?.sequence ?? Number.POSITIVE_INFINITY));
      if (payment.leaf !== recorded?.leaf && isEarlier) before += amount;
    }
    // what was paid before the contract began here is in no payment
    before += BigInt(card.paid) > counted ? BigInt(card.paid) - counted : 0n;
    for (const [key, pending] of this.#pending.get(keyOf(share)) ?? [])
      if (key !== document.key && (pending.on < document.on || (pending.on === document.on && key < document.key)))
        before += pending.amount;
    const amount = BigInt(recorded?.amount ?? share.amount) - BigInt(recorded?.returned ?? "0");
    return exceptionsOf(card, { amount, on, before, sequence: recorded?.sequence });
  }

  /** What a recorded payment tells of its supplier: the number and the account that it was paid to. */
  async #learn(document: PaymentDocument, recorded: readonly Recorded[], batch: Batch): Promise<void> {
    const { npwpCore: core, account } = document.payee;
    if (core === undefined && account === undefined) return;
    const cards = await Promise.all(recorded.map((each) => this.#card(each)));
    const suppliers = new Set(cards.flatMap((card) => card?.supplier?.id ?? []));
    const [supplier] = suppliers;
    if (supplier === undefined || suppliers.size > 1) return;
    // a payee of another name is a bank or a treasurer
    const name = cards[0]?.supplier?.name ?? "";
    if (nameFingerprint(name) !== nameFingerprint(document.payee.name)) return;
    this.#index.learn(supplier, { core, account });
    const row = `${LEARNT}${supplier}`;
    const known = (await this.#needs.storage.get<{ cores: string[]; accounts: string[] }>(row)) ?? {
      cores: [],
      accounts: [],
    };
    const cores = [...new Set([...known.cores, ...(core === undefined ? [] : [core])])];
    const accounts = [...new Set([...known.accounts, ...(account === undefined ? [] : [account])])];
    if (cores.length + accounts.length > known.cores.length + known.accounts.length)
      batch.put.push({ key: row, value: { cores, accounts } });
  }

  // ---- proposals

  async #ownProposals(before: Kept | undefined): Promise<Proposal[]> {
    const found = await Promise.all((before?.proposals ?? []).map((id) => this.#needs.proposals.get(id)));
    return found.filter((each) => each !== undefined);
  }

  /** Proposes these, and no others that nobody has taken; what is recorded of it says so. */
  async #propose(
    document: PaymentDocument,
    drafts: readonly { share: Part; draft: Draft }[],
    known: readonly Proposal[],
    recorded: readonly Recorded[],
    match: Match,
    batch: Batch,
  ): Promise<string[]> {
    const madeAt = this.#needs.now();
    const wanted = new Map<string, Proposal>();
    for (const { share, draft } of drafts) {
      const text = draftToText(draft);
      const id = proposalIdOf([text]);
      const evidence = [...match.shares, ...match.candidates].find(
        (each) => each.ocid === share.ocid && each.contractId === share.contractId,
      );
      wanted.set(id, {
        ...{ id, agency: document.issuer, ocid: share.ocid, drafts: [text], kind: "payment", state: "open", madeAt },
        reason: reasonOf(document, evidence),
        sources: [document.source],
      });
    }
    const ids = new Set<string>();
    for (const proposal of known) {
      const { id, state, ocid, drafts: of } = proposal;
      const done = recorded.find((each) => each.ocid === ocid && each.contractId === of[0]?.contractId);
      if (done !== undefined && state !== "recorded") {
        batch.put.push({
          key: proposalKey(id),
          value: { ...proposal, state: "recorded", recorded: { at: madeAt, leaf: done.leaf } },
        });
        ids.add(id);
      } else if (state === "open" && !wanted.has(id))
        batch.put.push({
          key: proposalKey(id),
          value: { ...proposal, state: "dropped", dropped: { at: madeAt, why: replaced } },
        });
      else if (state !== "dropped" || wanted.has(id)) ids.add(id);
    }
    for (const [id, proposal] of wanted) {
      ids.add(id);
      const there = await this.#needs.proposals.get(id);
      const isDropped = there?.state === "dropped" && there.dropped?.by === undefined;
      // what a person declined stays declined
      if (there === undefined || isDropped) batch.put.push({ key: proposalKey(id), value: proposal });
    }
    return [...ids];
  }

  // ---- returns

  async #returns(): Promise<number> {
    let count = 0;
    const batch: Batch = { put: [], remove: [] };
    for await (const stored of this.#needs.documents.returns()) if (await this.#return(stored, batch)) count++;
    await this.#write(batch);
    return count;
  }

  /** What becomes of a return; whether anything new did. */
  async #return(stored: StoredReturn, batch: Batch): Promise<boolean> {
    const { return: document } = stored;
    const { storage, proposals } = this.#needs;
    const id = paymentIdOf(document.key);
    const before = await storage.get<KeptReturn>(`${RETURN}${id}`);
    if (before?.state === "recorded") return false;
    const kept = await this.#returnOf(document, stored.state === "gone", id);
    const { drafts, ...told } = kept;
    const ids: string[] = [];
    const madeAt = this.#needs.now();
    for (const draft of drafts) {
      const text = draftToText(draft);
      const proposal = proposalIdOf([text]);
      ids.push(proposal);
      const there = await proposals.get(proposal);
      if (there !== undefined && !(there.state === "dropped" && there.dropped?.by === undefined)) continue;
      const value: Proposal = {
        ...{
          id: proposal,
          agency: document.issuer,
          ocid: draft.ocid,
          drafts: [text],
          kind: "return",
          state: "open",
          madeAt,
        },
        ...{ reason: returnReason(document), sources: [document.source] },
      };
      batch.put.push({ key: proposalKey(proposal), value });
    }
    for (const old of before?.proposals ?? []) {
      const there = await proposals.get(old);
      if (there === undefined || ids.includes(old)) continue;
      if (told.state === "recorded")
        batch.put.push({ key: proposalKey(old), value: { ...there, state: "recorded", recorded: { at: madeAt } } });
      else if (there.state === "open")
        batch.put.push({
          key: proposalKey(old),
          value: { ...there, state: "dropped", dropped: { at: madeAt, why: replaced } },
        });
    }
    const value: KeptReturn = { ...told, proposals: told.state === "recorded" ? (before?.proposals ?? []) : ids };
    if (JSON.stringify(value) === JSON.stringify(before)) return false;
    batch.put.push({ key: `${RETURN}${id}`, value });
    return true;
  }

  async #returnOf(
    document: ReturnDocument,
    isGone: boolean,
    id: string,
  ): Promise<Omit<KeptReturn, "proposals"> & { drafts: Draft[] }> {
    const waits = (reason: Words, payment?: string) => ({
      ...{ id, key: document.key, state: "waiting" as const, reason, drafts: [] },
      ...(payment === undefined ? {} : { payment }),
    });
    if (isGone) return waits(STATE_REASONS.gone);
    const payment = await this.#paymentOf(document);
    if (payment === undefined) return waits(returnWaits.unknown);
    const kept = (await this.#needs.storage.get<Kept>(`${DOC}${payment}`))!;
    const returnKey = documentKeyOf(document.number);
    const isOf = (each: ContractCard["returns"][number], of: Recorded) =>
      each.of === of.sequence &&
      each.issuer === document.issuer &&
      (each.documentKey === returnKey ||
        each.documentKey === documentKeyOf(document.key) ||
        (each.code === ReturnCode[document.kind] && each.documentKey === of.documentKey));
    const done: ContractCard["returns"][number][] = [];
    for (const of of kept.recorded)
      done.push(...((await this.#card(of))?.returns ?? []).filter((each) => isOf(each, of)));
    if (done.length > 0 && done.reduce((sum, { amount }) => sum + BigInt(amount), 0n) >= BigInt(document.amount))
      return { id, key: document.key, state: "recorded", payment, drafts: [] };
    if (kept.recorded.length === 0)
      return waits(
        kept.state === "notContract" || kept.state === "none" ? returnWaits.noContract : returnWaits.notRecorded,
        payment,
      );
    const parts = shareOut(kept.recorded, BigInt(document.amount));
    if (parts === undefined) return waits(returnWaits.unclear, payment);
    const drafts = parts.map(({ of, amount }) => returnDraft(document, of, amount));
    return { id, key: document.key, state: "proposed", payment, drafts };
  }

  /** The payment that a return names: by its key, or by its number. */
  async #paymentOf({ of, issuer, year }: ReturnDocument): Promise<string | undefined> {
    const { storage } = this.#needs;
    const byKey = await storage.get<Kept>(`${DOC}${paymentIdOf(of)}`);
    if (byKey !== undefined) return byKey.id;
    const found: string[] = [];
    for (const each of [year, year - 1])
      for await (const { value } of storage.range<string>(`${KEY}${issuer}/${documentKeyOf(of)}/${each}/`))
        found.push(value);
    return found[0];
  }

  // ---- decisions

  /** All decisions on a document, the first one first. */
  async decisionsOf(id: string): Promise<Decision[]> {
    const found: Decision[] = [];
    for await (const { value } of this.#needs.storage.range<Decision>(`decision/${id}/`)) found.push(value);
    return found;
  }

  /**
   * Writes down what a person says of a payment, and lets it count. Nothing is taken away: undoing is a decision too.
   * @param shares of `split` with amounts; of `accept` and `reject` one contract, of which `accept` may say the amount
   * @throws ProblemError not-found, payment-shares, payment-recorded, decision-unknown
   */
  decide(
    id: string,
    by: Hex,
    asked: {
      readonly act: DecisionAct;
      readonly shares?:
        | readonly { readonly ocid: string; readonly contractId: string; readonly amount?: string | undefined }[]
        | undefined;
      readonly of?: number | undefined;
      readonly note?: string | undefined;
    },
  ): Promise<ToldPayment> {
    return this.#alone(async () => {
      await this.#load();
      const { storage, documents } = this.#needs;
      const kept = await storage.get<Kept>(`${DOC}${id}`);
      const stored = kept && (await documents.document(kept.key));
      if (kept === undefined || stored === undefined) throw new ProblemError("not-found");
      const decisions = await this.decisionsOf(id);
      const decision: Decision = {
        ...{ document: id, number: decisions.length + 1, act: asked.act, by, at: this.#needs.now() },
        ...(asked.note === undefined ? {} : { note: asked.note }),
        ...this.#checked(asked, kept, stored.document, decisions),
      };
      // until its consequences are written too, they are taken up at the next start
      const rows = [
        { key: `decision/${id}/${numbered(decision.number)}`, value: decision },
        { key: `${DECIDED}${id}`, value: decision },
      ];
      await storage.put(rows, { sync: true });
      failpoint("payment-decided");
      await this.#follow(kept, decision);
      return this.#tell(id);
    });
  }

  /** Lets a decision count that is written down. */
  async #follow(kept: Kept, decision: Decision): Promise<void> {
    if (decision.act === "reject" || decision.act === "undo") await this.#judge([{ key: kept.key, on: kept.on }]);
    else await this.#refresh([kept.id]);
    await this.#refresh(await this.#neighbours(kept, decision));
    await this.#needs.storage.put([], { remove: [`${DECIDED}${kept.id}`] });
  }

  /** Other documents of the contracts that a decision is about: what is left for them may be another. */
  async #neighbours(kept: Kept, { shares = [] }: Decision): Promise<Set<string>> {
    const ids = new Set<string>();
    for (const each of [...kept.parts, ...shares])
      for await (const { key } of this.#needs.storage.range<0>(`${OF}${contractPlace(each)}/`))
        ids.add(key.slice(key.lastIndexOf("/") + 1));
    ids.delete(kept.id);
    return ids;
  }

  #checked(
    { act, shares = [], of }: Parameters<Payments["decide"]>[2],
    kept: Kept,
    document: PaymentDocument,
    decisions: readonly Decision[],
  ): Pick<Decision, "shares" | "of"> {
    const wrong = (en: string, indonesian: string) =>
      new ProblemError("payment-shares", { en, id: indonesian }, { document: kept.id });
    if (act === "undo") {
      const target = decisions.find(({ number }) => number === of);
      const isUndone = decisions.some((each) => each.act === "undo" && each.of === of);
      if (target === undefined || target.act === "undo" || isUndone)
        throw new ProblemError("decision-unknown", "", { decision: of ?? 0 });
      // what was signed upon it is undone by a return, not by a decision
      const rests = kept.recorded.find(
        (each) =>
          target.act !== "reject" &&
          target.shares?.some((share) => share.ocid === each.ocid && share.contractId === each.contractId),
      );
      if (rests !== undefined) throw new ProblemError("payment-recorded", "", { ocid: rests.ocid });
      return { of: of! };
    }
    if (act === "notContract") {
      const [first] = kept.recorded;
      if (first !== undefined) throw new ProblemError("payment-recorded", "", { ocid: first.ocid });
      return {};
    }
    const keys = new Set(shares.map(keyOf));
    if (shares.length === 0 || keys.size < shares.length)
      throw wrong("Name each contract once.", "Sebutkan setiap kontrak satu kali.");
    if (act !== "split" && shares.length !== 1) throw wrong("Name one contract.", "Sebutkan satu kontrak.");
    for (const share of shares) {
      const card = this.#index.get(share.ocid, share.contractId);
      if (card === undefined)
        throw wrong(
          `The register has no contract ${share.contractId} in ${share.ocid}.`,
          `Register tidak memuat kontrak ${share.contractId} dalam ${share.ocid}.`,
        );
      if (card.currency !== document.currency)
        throw wrong(
          `The contract is in ${card.currency}, the payment in ${document.currency}.`,
          `Kontrak dalam ${card.currency}, pembayaran dalam ${document.currency}.`,
        );
    }
    if (act === "reject") {
      const on = kept.recorded.find((each) => keys.has(keyOf(each)));
      if (on !== undefined) throw new ProblemError("payment-recorded", "", { ocid: on.ocid });
      return { shares: shares.map(({ ocid, contractId }) => ({ ocid, contractId, amount: "0" })) };
    }
    const told = shares.map(({ ocid, contractId, amount }) => ({ ocid, contractId, amount: amount ?? document.gross }));
    if (told.some(({ amount }) => BigInt(amount) <= 0n))
      throw wrong("Each share must be more than nothing.", "Setiap bagian harus lebih dari nol.");
    const sum = told.reduce((all, { amount }) => all + BigInt(amount), 0n);
    if (sum > BigInt(document.gross))
      throw wrong(
        `The shares add up to ${sum}, the document pays ${document.gross} (in the smallest unit).`,
        `Jumlah bagian ${sum}, dokumen membayar ${document.gross} (satuan terkecil).`,
      );
    return { shares: told };
  }

  // ---- what is told

  /** A payment with its candidates, evidence, decisions. @throws ProblemError not-found */
  async show(id: string): Promise<ToldPayment> {
    await this.#ready();
    return this.#tell(id);
  }

  async returns(issuers: readonly Hex[]): Promise<ToldReturn[]> {
    const all: ToldReturn[] = [];
    for await (const { return: document } of this.#needs.documents.returns()) {
      if (!issuers.includes(document.issuer)) continue;
      const id = paymentIdOf(document.key);
      const kept = await this.#needs.storage.get<KeptReturn>(`${RETURN}${id}`);
      const { text: _, ...shown } = document;
      const { reason, payment, proposals = [], state = "waiting" } = kept ?? {};
      const taken = await Promise.all(proposals.map((each) => this.#needs.proposals.get(each)));
      const told = state !== "proposed" ? state : stateOfProposals(taken);
      all.push({
        id,
        document: shown,
        state: told,
        proposals,
        ...(reason === undefined ? {} : { reason }),
        ...(payment === undefined ? {} : { payment }),
      });
    }
    return all;
  }

  /** Treasuries that issued payments, and offices whose budgets paid. */
  async places(): Promise<{ issuers: Hex[]; agencies: Hex[] }> {
    const places: Record<"issuer" | "agency", Hex[]> = { issuer: [], agency: [] };
    for (const kind of ["issuer", "agency"] as const)
      for await (const { key } of this.#needs.storage.range<0>(`${PLACE}${kind}/`))
        places[kind].push(key.slice(key.lastIndexOf("/") + 1) as Hex);
    return { issuers: places.issuer, agencies: places.agency };
  }

  /** Payments of some treasuries, by day; of all, or of the queue alone. `next`: where to go on. */
  async list(query: PaymentsQuery, only: "all" | "queue"): Promise<{ payments: ToldPayment[]; next?: string }> {
    await this.#ready();
    const payments: ToldPayment[] = [];
    const prefix = only === "all" ? BY_DAY : QUEUE;
    const { issuers: treasuries } = await this.places();
    const { agencies = [] } = query;
    for (const issuer of agencies.length > 0 ? treasuries : [...query.issuers].sort()) {
      const isWhole = query.issuers.includes(issuer);
      const [afterIssuer = ""] = query.after?.split("/") ?? [];
      if (issuer < afterIssuer) continue;
      const after = issuer === afterIssuer ? query.after!.slice(issuer.length + 1) : undefined;
      for await (const { key, value } of this.#needs.storage.range<PaymentState>(
        `${prefix}${issuer}/`,
        after === undefined ? {} : { after },
      )) {
        if (query.states !== undefined && !query.states.includes(value)) continue;
        if (payments.length === query.limit)
          return { payments, next: `${payments.at(-1)!.issuer}/${payments.at(-1)!.on}/${payments.at(-1)!.id}` };
        const told = await this.#tell(key.slice(key.lastIndexOf("/") + 1));
        if (isWhole || (told.agency !== undefined && agencies.includes(told.agency))) payments.push(told);
      }
    }
    return { payments };
  }

  /** Cards of contracts by words: of a number, a title, a supplier; for a person who looks for one. */
  async contracts(text: string, limit: number): Promise<ToldCandidate[]> {
    await this.#ready();
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    const found: ToldCandidate[] = [];
    for await (const { value: card } of this.#needs.storage.range<ContractCard>(CARD)) {
      const said = [...card.numbers, card.title ?? "", card.supplier?.name ?? "", card.contractId, card.ocid]
        .join(" ")
        .toLowerCase();
      if (words.every((word) => said.includes(word))) found.push(candidateOf(card, { bits: 0, evidence: [] }));
      if (found.length === limit) break;
    }
    return found;
  }

  async #tell(id: string): Promise<ToldPayment> {
    const kept = await this.#needs.storage.get<Kept>(`${DOC}${id}`);
    const stored = kept && (await this.#needs.documents.document(kept.key));
    if (kept === undefined || stored === undefined) throw new ProblemError("not-found");
    const { document } = stored;
    const { match, recorded } = kept;
    const proposals = await Promise.all(kept.proposals.map((each) => this.#needs.proposals.get(each)));
    const shares = kept.parts.map((share): ToldShare => {
      const done = recorded.find((each) => each.ocid === share.ocid && each.contractId === share.contractId);
      const proposal = proposals.find(
        (each) => each?.ocid === share.ocid && each.drafts[0]?.contractId === share.contractId,
      );
      const found = [...match.shares, ...match.candidates].find(
        (each) => each.ocid === share.ocid && each.contractId === share.contractId,
      );
      return {
        ...share,
        ...(done === undefined ? {} : { amount: done.amount, leaf: done.leaf }),
        state: done !== undefined ? "recorded" : proposal === undefined ? "waiting" : stateOfProposals([proposal]),
        ...(proposal === undefined || done !== undefined ? {} : { proposal: proposal.id }),
        exceptions: (kept.exceptions[keyOf(share)] ?? []).map((code) => ({ code, ...PAYMENT_EXCEPTIONS[code] })),
        ...(found === undefined ? {} : { bits: found.bits, evidence: toldEvidence(found) }),
      };
    });
    const decided = kept.state !== "doubtful" && kept.state !== "none";
    const { payee, agency, cleared, route, contractNumber } = document;
    return {
      ...{
        id,
        issuer: document.issuer,
        year: document.year,
        type: document.type,
        number: document.number,
        on: document.on,
      },
      ...(agency === undefined ? {} : { agency }),
      ...(cleared === undefined ? {} : { cleared }),
      ...(route === undefined ? {} : { route }),
      ...{ currency: document.currency, gross: document.gross, net: document.net },
      ...(payee.person === undefined ? { payee: payee.name } : {}),
      purpose: document.purpose,
      ...(contractNumber === undefined ? {} : { contractNumber }),
      source: document.source,
      ...{ state: kept.state, inQueue: kept.inQueue },
      reasons: [
        ...kept.reasons.map((code) => ({ code, words: STATE_REASONS[code] })),
        ...(document.exceptions ?? []),
        ...(decided ? [] : match.reasons.map((code) => ({ code, words: REASONS[code] }))),
      ],
      shares,
      candidates: await Promise.all(
        match.candidates.map(async (each) => candidateOf((await this.#card(each)) ?? each, each)),
      ),
      decisions: await this.decisionsOf(id),
      bank: (await this.#needs.linesOf?.(id)) ?? [],
    };
  }

  // ---- rows

  async #ready(): Promise<void> {
    await this.#alone(() => this.#load());
  }

  /** Reads contracts and what was matched before, once. */
  async #load(): Promise<void> {
    this.#loaded ??= (async () => {
      const { storage, documents } = this.#needs;
      for await (const { value } of storage.range<ContractCard>(CARD)) {
        this.#index.put(value);
      }
      for await (const { value } of storage.range<Kept>(DOC)) {
        const stored = await documents.document(value.key);
        if (stored === undefined) continue;
        if (value.match.band !== "none") this.#matching.remember(stored.document);
        if (value.state === "recorded") continue;
        const open = value.parts.filter((share) => !value.recorded.some((each) => keyOf(each) === keyOf(share)));
        for (const share of open) this.#use(stored.document, share, value.match);
      }
      for await (const { value } of storage.range<Decision>(DECIDED)) {
        const kept = await storage.get<Kept>(`${DOC}${value.document}`);
        if (kept !== undefined) await this.#follow(kept, value);
      }
    })();
    await this.#loaded;
  }

  async #write({ put, remove }: Batch): Promise<void> {
    if (put.length + remove.length === 0) return;
    // within a batch the last word on a key counts
    const rows = new Map(put.map((row) => [row.key, row]));
    await this.#needs.proposals.write(() =>
      this.#needs.storage.put([...rows.values()], { sync: true, remove: remove.filter((key) => !rows.has(key)) }),
    );
    failpoint("payments-kept");
  }

  /** One after the other, of whatever changes something. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Waits until what is under way is written. */
  async close(): Promise<void> {
    await this.#turn;
  }
}

// ---- pure

const replaced = { en: "Something else is proposed in its place.", id: "Digantikan oleh usulan lain." };
const returnWaits = {
  unknown: {
    en: "No payment document is known that it names: it waits for that; where the number is wrong the treasury corrects it at its source.",
    id: "Dokumen pembayaran yang disebut tidak dikenal: menunggu dokumennya; bila nomornya salah, BUD membetulkan di sumbernya.",
  },
  notRecorded: {
    en: "The payment that it names is not recorded yet: the treasurer signs it first.",
    id: "Pembayaran yang disebut belum dicatat: bendahara menandatanganinya lebih dahulu.",
  },
  noContract: {
    en: "The payment that it names is of no contract of the register.",
    id: "Pembayaran yang disebut bukan pembayaran kontrak dalam register.",
  },
  unclear: {
    en: "The payment is of several contracts, or less is left of it: the treasurer records the return by hand.",
    id: "Pembayaran itu untuk beberapa kontrak, atau sisanya kurang: bendahara mencatat pengembaliannya secara manual.",
  },
} as const;

/** A candidate as people see it, by its card, or by its name alone where the register has it no more. */
function candidateOf(
  card: Pick<ContractCard, "ocid" | "contractId"> & Partial<ContractCard>,
  { bits, evidence }: Pick<Candidate, "bits" | "evidence">,
): ToldCandidate {
  const { ocid, contractId, value = "0", paid = "0", currency = "IDR", title, numbers, supplier } = card;
  const number = numbers?.[0];
  return {
    ...{ ocid, contractId, bits, evidence: toldEvidence({ evidence }), value, paid, currency },
    ...(title === undefined ? {} : { title }),
    ...(number === undefined ? {} : { number }),
    ...(supplier === undefined ? {} : { supplier: supplier.name }),
  };
}

const partOf = ({ ocid, contractId, amount }: Part): Part => ({ ocid, contractId, amount });
/** When the money left: the bank's day, where it is known. */
const dayOfPayment = ({ cleared, on }: PaymentDocument) => cleared ?? on;

/** The last decision that counts and says where the money belongs. */
function verdictOf(decisions: readonly Decision[]): Decision | undefined {
  const undone = new Set(decisions.flatMap(({ act, of }) => (act === "undo" && of !== undefined ? [of] : [])));
  return decisions.findLast(({ act, number }) => act !== "undo" && act !== "reject" && !undone.has(number));
}

/** Contracts that the document is not of, as people said. */
function rejectedBy(decisions: readonly Decision[]): Set<string> {
  const undone = new Set(decisions.flatMap(({ act, of }) => (act === "undo" && of !== undefined ? [of] : [])));
  return new Set(
    decisions.flatMap(({ act, number, shares }) =>
      act === "reject" && !undone.has(number) ? (shares ?? []).map(keyOf) : [],
    ),
  );
}

/**
 * The keys under which the ledger may know a document, ours first: of its number where that tells the year, for so people
 * type it too; else of issuer, year, type and number together, for books of SP2D begin anew each year. The issuer is a
 * term of its own.
 */
function ledgerKeysOf(document: Pick<PaymentDocument, "key" | "number" | "year" | "type">): Hex[] {
  const byNumber = documentKeyOf(document.number);
  const byKey = documentKeyOf(document.key);
  const tells = document.type === "SP2D" && new RegExp(`(?<!\\d)${document.year}(?!\\d)`).test(document.number);
  return tells ? [byNumber, byKey] : [byKey, byNumber];
}

function paymentDraft(
  document: PaymentDocument,
  { ocid, contractId, amount }: Part,
  recorded: Recorded | undefined,
): Draft {
  const { issuer, currency, gross, number } = document;
  const place = { kind: Kind.payment, contractId, awardId: "" };
  const body = bodyOf(place, { implementation: { transactions: [{ documentNumber: number }] } });
  const documentKey = recorded?.documentKey ?? ledgerKeysOf(document)[0]!;
  return {
    ...{ kind: "payment", ocid, contractId, awardId: "" },
    terms: {
      currency,
      amount: BigInt(amount),
      documentTotal: BigInt(recorded?.total ?? gross),
      issuer,
      documentKey,
      on: secondsOf(dayOfPayment(document)),
    },
    ...(body === undefined ? {} : { body }),
    source: { document: document.key, ocid, contract: contractId, amount },
  };
}

function returnDraft(document: ReturnDocument, of: Recorded, amount: bigint): Draft {
  const { kind, number, issuer, currency } = document;
  const { ocid, contractId, sequence } = of;
  const own =
    kind === "voided"
      ? { documentKey: of.documentKey, documentTotal: BigInt(of.total) }
      : { documentKey: documentKeyOf(number), documentTotal: BigInt(document.amount) };
  const body = bodyOf(
    { kind: Kind.return, contractId, awardId: "" },
    { implementation: { transactions: [{ documentNumber: number }] } },
  );
  return {
    ...{ kind: "return", ocid, contractId, awardId: "", names: sequence },
    terms: { code: ReturnCode[kind], currency, amount, issuer, ...own, on: secondsOf(document.on) },
    ...(body === undefined ? {} : { body }),
    source: { return: document.key, ocid, contract: contractId, amount: String(amount) },
  };
}

/** How much of a return is of which payment; undefined where it does not follow. */
function shareOut(recorded: readonly Recorded[], amount: bigint): { of: Recorded; amount: bigint }[] | undefined {
  const left = recorded
    .map((of) => ({ of, amount: BigInt(of.amount) - BigInt(of.returned ?? "0") }))
    .filter((each) => each.amount > 0n);
  const sum = left.reduce((all, each) => all + each.amount, 0n);
  if (sum === amount) return left;
  const exact = left.filter((each) => each.amount === amount);
  if (exact.length === 1) return exact;
  const [only] = left;
  return left.length === 1 && only !== undefined && only.amount >= amount ? [{ of: only.of, amount }] : undefined;
}

/** A plain day begins at midnight in western Indonesia, as everywhere in the register. */
function secondsOf(day: string): number {
  return Math.floor(Date.parse(`${day}T00:00:00+07:00`) / 1_000);
}

function reasonOf({ type, number }: PaymentDocument, evidence: Candidate | undefined): Words {
  const name = type === "SP2D" ? `SP2D ${number}` : number;
  const best = [...(evidence?.evidence ?? [])]
    .sort((a, b) => b.bits - a.bits)
    .slice(0, 3)
    .map(evidenceWords);
  const said = (language: "en" | "id") =>
    best.length === 0 ? "" : `: ${best.map((each) => each[language]).join("; ")}`;
  return {
    en: `${name} is a payment of this contract${said("en")}.`,
    id: `${name} adalah pembayaran kontrak ini${said("id")}.`,
  };
}

function returnReason({ number, of }: ReturnDocument): Words {
  return { en: `${number} gives back money of ${of}.`, id: `${number} mengembalikan uang dari ${of}.` };
}

function toldEvidence({ evidence }: Pick<Candidate, "evidence">): ToldEvidence[] {
  return [...evidence]
    .sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits))
    .map((each) => ({ code: each.code, bits: each.bits, words: evidenceWords(each) }));
}

function stateOfProposals(
  proposals: readonly (Proposal | undefined)[],
): "proposed" | "taken" | "declined" | "recorded" | "waiting" {
  const [first] = proposals;
  if (first === undefined) return "waiting";
  if (first.state === "open") return "proposed";
  return first.state === "dropped" ? "declined" : first.state;
}

/** What a document may be found by when a contract comes or changes. */
function keysOfDocument(document: PaymentDocument, { candidates }: Match): string[] {
  const { payee, purpose, contractNumber = "", deliveryNumber = "", gross } = document;
  return [
    ...candidates.map((each) => `c:${keyOf(each)}`),
    ...(payee.npwpCore === undefined ? [] : [`t:${payee.npwpCore}`]),
    ...(payee.account === undefined ? [] : [`b:${payee.account}`]),
    `n:${nameFingerprint(payee.name)}`,
    `a:${gross}`,
    ...digitsIn(`${purpose} ${contractNumber} ${deliveryNumber}`),
  ];
}

function keysOfCard(card: ContractCard): string[] {
  const { supplier, value, numbers, references, certificates, deliveries, instalments, planIds, packageIds } = card;
  const texts = [
    ...numbers,
    ...references,
    ...planIds,
    ...packageIds,
    ...[...certificates, ...deliveries].flatMap(({ number }) => number ?? []),
  ];
  return [
    `c:${keyOf(card)}`,
    ...(supplier?.npwpCores ?? []).map((core) => `t:${core}`),
    ...(supplier?.accounts ?? []).map((account) => `b:${account}`),
    ...(supplier === undefined
      ? []
      : [supplier.name, ...(supplier.aliases ?? [])].map((name) => `n:${nameFingerprint(name)}`)),
    ...[value, ...instalments, ...certificates.flatMap(({ amount, gross }) => [amount, gross])].map(
      (amount) => `a:${amount}`,
    ),
    ...digitsIn(texts.join(" ")),
  ];
}

/** Runs of at least three digits, but for years: the part of a number that tells. */
function digitsIn(text: string): string[] {
  const runs = text.match(/\d{3,}/g) ?? [];
  return [...new Set(runs.filter((run) => !/^20\d\d$/.test(run)))]
    .slice(0, 24)
    .map((run) => `d:${Number(run.slice(0, 15))}`);
}

/** Where a document stands, by its key; undefined where it was not looked at yet. */
export async function paymentStateOf(storage: Storage, key: string): Promise<PaymentState | undefined> {
  return (await storage.get<Kept>(`${DOC}${paymentIdOf(key)}`))?.state;
}
