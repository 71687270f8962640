import { keccak256, sha256 } from "#hash";
import { canonicalJson, pointerStep } from "../json.ts";
import { check, inspect } from "../ocds/check.ts";
import { isObject, type Json, quoted } from "../ocds/check-fields.ts";
import type { CheckRuleName } from "../ocds/check-rules.ts";
import { parseDate, toUnixSeconds } from "../ocds/dates.ts";
import { difference } from "../ocds/difference.ts";
import { MoneyFault, toMinor } from "../ocds/money.ts";
import type { ExtensionName } from "../ocds/schema.ts";
import { awardIn, type ContractView, contractIn, type ProcessView } from "../projection/process-view.ts";
import { bodyOf } from "./body.ts";
import { MILESTONE_TERMS, publishedStatus } from "./compose.ts";
import type { Draft } from "./draft.ts";
import {
  type Balances,
  documentKeyOf,
  idOf,
  isName,
  MAX_AMOUNT,
  packBalances,
  type Terms,
  termsFromText,
  termsToText,
} from "./entry.ts";
import {
  AmendmentMask,
  ContractForm,
  ContractStatus,
  ImplementationCode,
  Kind,
  StageCode,
  StatusCode,
} from "./kinds.ts";
import { ROLES_FROM_TERMS } from "./parties.ts";
import { type OwnRule, type SplitFault, splitFault } from "./split-faults.ts";
import { type Hex, toHex, utf8 } from "./words.ts";

// From an OCDS release to the entries that record it: the inverse of compose.ts.

/** Rules of ours for which a release is not recorded, though the standard lets it pass: it has no one meaning. */
export const UNRECORDABLE: ReadonlySet<CheckRuleName> = new Set<CheckRuleName>([
  "reference-unresolved",
  "id-missing",
  "id-not-text",
  "duplicate-id",
  "null-not-leaf",
  "amount-negative",
  "amount-precision",
  "currency-missing",
  "date-offset",
]);

export type Organisation = { readonly id: string; readonly name: string; readonly kind: "agency" | "supplier" };

/** What is known before the release: the process and its compiled release, undefined for a new ocid. */
export type Known = { view: ProcessView; compiled: Json } | undefined;

export type SplitOptions = {
  /** registered agencies and suppliers */
  organisation(id: Hex): Organisation | undefined;
  /** of a new process without a buyer */
  agency?: Hex;
  /** the officer's post that a new contract names */
  post?: Hex;
  /** seconds UTC */
  now: number;
  /** those that the release's package names */
  extensions?: readonly ExtensionName[];
  /**
   * Of records that another system kept until now: what had come before each contract. A new contract, however young,
   * then begins in mid-life; what is not given of its balances is taken from the release. Tenders and awards that were
   * cancelled there say so in `statusDetails`.
   */
  asFound?(contractId: string): Partial<Balances>;
  /**
   * How a new contract begins here, where its day of signing alone does not decide it: from its signing, however long ago
   * that was, or in mid-life with what had come before.
   */
  begin?(contractId: string): "signing" | Partial<Balances> | undefined;
  /**
   * The release was made here of rows of another system, by a mapping that was checked: it has the standard's form, names
   * organisations as the register does, and is nobody's published release that entries would name as their source.
   */
  madeHere?: true;
};

type Bare = Omit<Draft, "body" | "source">;

/**
 * From which release of its publisher an entry was made, with the SHA-256 of its canonical form; `complete` where with
 * it all that this release adds is recorded. A field of our own, at the top of a release.
 */
export type SourceRelease = { id: string; date: string; digest: Hex; complete?: true };

/** SHA-256 of a publisher's release: it never changes under its id. */
export function digestOfRelease({ sourceRelease: _, ...release }: Json): Hex {
  return toHex(sha256(utf8(canonicalJson(release))));
}

/** A contract signed longer ago than this begins here in mid-life. */
const RECENT = 30 * 86_400;

/**
 * The entries that record what a release adds to what is known, in the order in which they must be recorded; none where
 * it adds nothing. Merging the releases composed of them equals merging the release itself, apart from what the ledger
 * assigns. With faults nothing of it should be recorded.
 */
export function split(release: Json, known: Known, options: SplitOptions): { drafts: Draft[]; faults: SplitFault[] } {
  if (options.madeHere) return new Splitter(release, known, options).split();
  const faults: SplitFault[] = check(release, { extensions: options.extensions ?? [] })
    .faults.filter(({ level, rule }) => level === "error" || UNRECORDABLE.has(rule))
    .map(({ pointer, rule, message, messageId }) => ({ pointer, rule, message, messageId }));
  if (faults.length > 0) return { drafts: [], faults };
  return new Splitter(release, known, options).split();
}

class Splitter {
  readonly #release: Json;
  readonly #digest: Hex | undefined;
  readonly #view: ProcessView | undefined;
  readonly #compiled: Json;
  readonly #options: SplitOptions;
  readonly #faults: SplitFault[] = [];
  readonly #drafts: { draft: Bare; section: Json; rest: Json }[] = [];
  /** seconds of the release's date: when what it says became known */
  readonly #date: number;
  #agency: Hex | undefined;

  constructor(release: Json, known: Known, options: SplitOptions) {
    this.#digest = options.madeHere ? undefined : digestOfRelease(release);
    this.#release = options.madeHere ? release : named(release, options);
    this.#view = known?.view;
    this.#compiled = known?.compiled ?? {};
    this.#options = options;
    const date = parseDate(String(release.date));
    this.#date = date.ok ? Math.min(Math.floor(date.instant / 1000), options.now) : options.now;
  }

  split(): { drafts: Draft[]; faults: SplitFault[] } {
    const { tag, planning, tender } = this.#release;
    if (Array.isArray(tag) && tag.includes("compiled")) this.#fault("tag-compiled", "/tag");
    this.#findAgency();
    this.#checkNames();
    if (isObject(planning)) this.#planning(planning);
    if (isObject(tender)) this.#tender(tender);
    for (const [index, award] of list(this.#release.awards).entries()) this.#award(award, `/awards/${index}`);
    // only these begin a process: where it begins with less, the process itself is opened in mid-life
    const first = this.#drafts[0]?.draft.kind;
    if (this.#view === undefined && first === "award") {
      this.#drafts.unshift({ draft: this.#processOpening(), section: {}, rest: {} });
    }
    for (const [index, contract] of list(this.#release.contracts).entries()) {
      this.#contract(contract, `/contracts/${index}`);
    }
    this.#carryRest();
    if (this.#faults.length > 0) return { drafts: [], faults: this.#faults };
    const last = this.#drafts.length - 1;
    return { drafts: this.#drafts.map((each, index) => this.#finished(each, index === last)), faults: [] };
  }

  // ---- what every draft has

  #fault(rule: OwnRule, pointer: string, value: unknown = ""): undefined {
    this.#faults.push(splitFault(rule, pointer, value));
    return undefined;
  }
  #draftOf(
    kind: Draft["kind"],
    { contractId = "", awardId = "" }: { contractId?: string; awardId?: string },
    terms: Terms,
    more: Partial<Draft> = {},
  ): Bare {
    const agency = this.#agency === undefined ? {} : { agency: this.#agency };
    return { kind, ocid: String(this.#release.ocid), contractId, awardId, ...agency, terms, ...more };
  }

  #add(draft: Bare, section: Json = {}): void {
    this.#drafts.push({ draft, section, rest: {} });
  }

  #finished({ draft, section, rest }: { draft: Bare; section: Json; rest: Json }, isLast: boolean): Draft {
    const { kind, ocid, contractId, awardId, terms, names } = draft;
    const { id, date } = this.#release;
    const sourceRelease: SourceRelease | undefined = this.#digest && {
      id: String(id),
      date: String(date),
      digest: this.#digest,
      ...(isLast ? { complete: true } : {}),
    };
    // a correction stands in the section of what it corrects; it is only made of contracts here
    const body = bodyOf({ kind: Kind[kind], contractId, awardId }, section, {
      ...rest,
      ...(sourceRelease && { sourceRelease }),
    });
    const said = { kind, contractId, awardId, terms: termsToText(terms), body, corrects: names ?? null };
    return { ...draft, ...(body === undefined ? {} : { body }), source: { release: ocid, ...said } };
  }

  /** A process that begins here with less than a planning, a tender or a contract. */
  #processOpening(): Bare {
    const { post } = this.#options;
    return this.#draftOf("opening", {}, { on: this.#date, ...(post === undefined ? {} : { officer: post }) });
  }

  #checkNames(): void {
    const { ocid, awards, contracts } = this.#release;
    const places: [string, unknown][] = [
      ["/ocid", ocid],
      ...list(awards).map(({ id }, index): [string, unknown] => [`/awards/${index}/id`, id]),
      ...list(contracts).map(({ id }, index): [string, unknown] => [`/contracts/${index}/id`, id]),
    ];
    for (const [pointer, id] of places) if (!isName(String(id))) this.#fault("id-unfit", pointer, quoted(id));
  }

  #findAgency(): undefined {
    const { buyer } = this.#release;
    const named = isObject(buyer) && typeof buyer.id === "string" ? buyer.id : undefined;
    const agency = named === undefined ? (this.#view?.agency ?? this.#options.agency) : idOf(named);
    if (agency === undefined) return this.#fault("buyer-missing", "/buyer");
    if (this.#view !== undefined && agency !== this.#view.agency) this.#fault("buyer-differs", "/buyer/id", named);
    else if (this.#options.organisation(agency)?.kind !== "agency")
      this.#fault("buyer-unregistered", "/buyer/id", named ?? agency);
    this.#agency = agency;
  }

  // ---- values of terms

  /** Whole seconds of a date that terms hold. */
  #seconds(value: unknown, pointer: string): number | undefined {
    if (value === undefined) return undefined;
    if (value === null) return this.#fault("term-null", pointer);
    const date = parseDate(String(value));
    if (!date.ok || /\.\d*[1-9]/.test(String(value))) return this.#fault("date-precision", pointer, value);
    return Math.floor(date.instant / 1000);
  }

  /** An amount that terms hold. */
  #money(value: unknown, pointer: string): { currency: string; value: bigint } | undefined {
    if (value === undefined) return undefined;
    if (value === null) return this.#fault("term-null", pointer);
    const { amount, currency } = value as Json;
    if (typeof amount !== "number" || typeof currency !== "string") return this.#fault("value-incomplete", pointer);
    try {
      const minor = toMinor(amount, currency);
      return minor <= MAX_AMOUNT
        ? { currency, value: minor }
        : this.#fault("amount-beyond", `${pointer}/amount`, amount);
    } catch (error) {
      if (!(error instanceof MoneyFault)) throw error;
      return this.#fault("amount-unreadable", `${pointer}/amount`, amount);
    }
  }

  // ---- sections

  #planning(planning: Json): void {
    const added = difference({ planning: this.#compiled.planning }, { planning }, this.#options.extensions)?.planning;
    if (added === undefined) return;
    const { budget, ...section } = added as Json;
    const { amount, ...rest } = isObject(budget) ? budget : {};
    // an amount whose one half changed is signed whole
    const whole =
      amount === undefined
        ? undefined
        : { ...at(this.#compiled, "planning", "budget", "amount"), ...at(planning, "budget", "amount") };
    const money =
      amount === null
        ? this.#fault("term-null", "/planning/budget/amount")
        : this.#money(whole, "/planning/budget/amount");
    const code = this.#view?.planning === undefined ? StageCode.new : StageCode.update;
    this.#add(
      this.#draftOf("planning", {}, { code, ...money }),
      Object.keys(rest).length > 0 ? { ...section, budget: rest } : section,
    );
  }

  #tender(tender: Json): void {
    const { known, added } = this.#tenderAdded(tender);
    if (added === undefined) return;
    const { value, tenderPeriod, ...section } = added;
    const period = isObject(tenderPeriod) ? tenderPeriod : {};
    const { startDate, endDate, ...rest } = period;
    const starts = this.#seconds(startDate, "/tender/tenderPeriod/startDate");
    const until = this.#seconds(endDate, "/tender/tenderPeriod/endDate");
    // a period that has not begun yet is a plan: no day on which something happened
    const planned = starts !== undefined && starts > this.#options.now;
    const { tag } = this.#release;
    const cancels = section.status === "cancelled";
    const isNew = this.#view?.tender === undefined;
    const amends = Array.isArray(tag) && tag.includes("tenderAmendment");
    if (cancels) delete section.status;
    // what is recorded as found takes one entry: a second one would have to name the first
    const foundCancelled = cancels && isNew && this.#options.asFound !== undefined;
    if (foundCancelled) section.statusDetails ??= "cancelled";
    if (planned) rest.startDate = startDate;
    if (Object.keys(rest).length > 0) section.tenderPeriod = rest;
    section.id = tender.id ?? known.id;
    const terms: Terms = {
      code: isNew ? StageCode.new : cancels ? StageCode.cancelled : amends ? StageCode.amendment : StageCode.update,
      ...this.#money(whole(value, known.value, tender.value), "/tender/value"),
      ...(starts === undefined || planned ? {} : { on: starts }),
      ...(until === undefined ? {} : { until }),
    };
    this.#add(this.#draftOf("tender", {}, terms), section);
    if (isNew && cancels && !foundCancelled)
      this.#add(this.#draftOf("tender", {}, { code: StageCode.cancelled }), { id: section.id });
  }

  /** What a tender adds to the one known. */
  #tenderAdded(tender: Json): { known: Json; added: Json | undefined } {
    const known = at(this.#compiled, "tender");
    const it = known === undefined ? undefined : untied(known);
    const added = difference({ it }, { it: untied(tender) }, this.#options.extensions);
    return { known: known ?? {}, added: added?.it as Json | undefined };
  }

  #award(award: Json, pointer: string): undefined {
    const id = String(award.id);
    const { known, added } = this.#entryAdded("awards", award);
    if (added === undefined) return;
    const { id: _, status, value, date, suppliers, ...section } = added;
    const before = awardIn(this.#view, id);
    const isNew = before === undefined;
    if (status === "unsuccessful") return this.#fault("award-status", `${pointer}/status`, status);
    const money = this.#money(whole(value, known.value, award.value) ?? known.value, `${pointer}/value`);
    if (money === undefined) {
      if (value !== null) this.#fault("award-value-missing", `${pointer}/value`);
      return;
    }
    const party = this.#supplier(award.suppliers, `${pointer}/suppliers`);
    if (before?.party !== undefined && party !== undefined && before.party !== party)
      this.#fault("supplier-changed", `${pointer}/suppliers/0/id`);
    const on = this.#seconds(date, `${pointer}/date`);
    if (status === "pending") section.status = status;
    const terms: Terms = {
      code: isNew ? StageCode.new : StageCode.update,
      ...money,
      ...(party === undefined || suppliers === undefined ? {} : { party }),
      ...(on === undefined ? {} : { on }),
    };
    const foundCancelled = status === "cancelled" && isNew && this.#options.asFound !== undefined;
    if (foundCancelled) Object.assign(section, { status: "pending", statusDetails: section.statusDetails ?? status });
    const cancels = status === "cancelled" && !foundCancelled;
    const place = { awardId: id };
    if (isNew || !cancels) this.#add(this.#draftOf("award", place, terms), section);
    if (cancels) this.#add(this.#draftOf("award", place, { code: StageCode.cancelled }), isNew ? {} : section);
  }

  #supplier(suppliers: unknown, pointer: string): Hex | undefined {
    const [only, ...more] = list(suppliers);
    if (only === undefined) return undefined;
    if (more.length > 0) return this.#fault("supplier-many", pointer);
    const party = idOf(String(only.id));
    if (this.#options.organisation(party) === undefined)
      return this.#fault("supplier-unregistered", `${pointer}/0/id`, only.id);
    return party;
  }

  #entryAdded(name: "awards" | "contracts", entry: Json): { known: Json; added: Json | undefined } {
    const known = list(this.#compiled[name]).find(({ id }) => id === entry.id);
    const added = difference(
      known === undefined ? {} : { it: [untied(known)] },
      { it: [untied(entry)] },
      this.#options.extensions,
    )?.it;
    const [only] = list(added);
    return { known: known ?? {}, added: only };
  }

  // ---- contracts

  #contract(contract: Json, pointer: string): void {
    const id = String(contract.id);
    const { implementation } = contract;
    for (const [index, milestone] of list(isObject(implementation) ? implementation.milestones : []).entries()) {
      const own = MILESTONE_TERMS.find((name) => name in milestone);
      if (own !== undefined)
        this.#fault("milestone-terms", `${pointer}/implementation/milestones/${index}/${own}`, own);
    }
    const before = contractIn(this.#view, id);
    const party =
      before === undefined ? this.#newContract(contract, pointer) : this.#knownContract(contract, before, pointer);
    const transactions = isObject(implementation) ? list(implementation.transactions) : [];
    for (const [index, transaction] of transactions.entries()) {
      this.#transaction(
        transaction,
        contract,
        party,
        before?.currency,
        `${pointer}/implementation/transactions/${index}`,
      );
    }
  }

  /** Adds the entry with which a contract begins here. @returns its supplier */
  #newContract(contract: Json, pointer: string): Hex | undefined {
    const { now, post, asFound } = this.#options;
    const { id: _, awardID, status, dateSigned, value, period, implementation, ...section } = untied(contract);
    const money = this.#money(value, `${pointer}/value`);
    if (money === undefined) {
      if (value === undefined) this.#fault("contract-value-missing", `${pointer}/value`);
      return undefined;
    }
    const awardId = String(awardID);
    const inRelease = list(this.#release.awards).find(({ id }) => id === awardId);
    const known = awardIn(this.#view, awardId);
    if (inRelease === undefined && known === undefined)
      return this.#fault("award-unknown", `${pointer}/awardID`, awardId);
    const party = known?.party ?? this.#partyOf(inRelease?.suppliers);
    const { endDate, ...restOfPeriod } = isObject(period) ? period : {};
    const until = this.#seconds(endDate, `${pointer}/period/endDate`);
    const signed = this.#seconds(dateSigned, `${pointer}/dateSigned`);
    if (Object.keys(restOfPeriod).length > 0) section.period = restOfPeriod;
    const { transactions, ...doing } = isObject(implementation) ? implementation : {};
    if (Object.keys(doing).length > 0) section.implementation = doing;
    const place = { contractId: String(contract.id), awardId };
    const shared: Terms = {
      code: ContractForm.other,
      ...money,
      ...(party === undefined ? {} : { party }),
      ...(post === undefined ? {} : { officer: post }),
      ...(until === undefined ? {} : { until }),
    };
    const begin = this.#options.begin?.(place.contractId);
    const recent = signed !== undefined && signed > now - RECENT && asFound === undefined && begin === undefined;
    const fresh = signed !== undefined && signed <= now && (recent || begin === "signing");
    if (fresh && (status === undefined || status === "pending" || status === "active")) {
      this.#add(this.#draftOf("contract", place, { ...shared, on: signed }), section);
      if (status === "active") {
        this.#add(
          this.#draftOf("status", { contractId: place.contractId }, { code: StatusCode.activated, on: signed }),
        );
      }
      return party;
    }
    const paid = list(transactions).reduce((sum, transaction, index) => {
      const each = this.#money(transaction.value, `${pointer}/implementation/transactions/${index}/value`);
      return sum + (each?.value ?? 0n);
    }, 0n);
    const balances: Balances = {
      status: openingStatus[String(status)] ?? (signed === undefined ? ContractStatus.pending : ContractStatus.active),
      firstValue: money.value,
      scopeValue: money.value,
      certified: 0n,
      advance: 0n,
      recovered: 0n,
      withheld: 0n,
      released: 0n,
      paid,
      accepted: 0n,
      on: this.#date,
      ...asFound?.(place.contractId),
      ...(typeof begin === "object" ? begin : {}),
    };
    const documentKey = toHex(keccak256(packBalances(balances, money.currency)));
    this.#add(this.#draftOf("opening", place, { ...shared, documentKey, on: signed ?? 0 }, { balances }), section);
    return party;
  }

  #partyOf(suppliers: unknown): Hex | undefined {
    const [only] = list(suppliers);
    return only === undefined ? undefined : idOf(String(only.id));
  }

  /** Adds what changes a contract that is known: amendment, correction, status, or a report of what terms do not hold. */
  #knownContract(contract: Json, before: ContractView, pointer: string): Hex | undefined {
    const { known, added } = this.#entryAdded("contracts", contract);
    if (added === undefined) return before.party;
    const { id: _, awardID, status, dateSigned, value, period, implementation, ...section } = added;
    if (awardID !== undefined) this.#fault("award-changed", `${pointer}/awardID`);
    const money = this.#money(whole(value, known.value, contract.value), `${pointer}/value`);
    if (money !== undefined && money.currency !== before.currency)
      this.#fault("currency-differs", `${pointer}/value/currency`, money.currency);
    const { endDate, ...restOfPeriod } = isObject(period) ? period : {};
    const until = this.#seconds(endDate, `${pointer}/period/endDate`);
    const signed = this.#seconds(dateSigned, `${pointer}/dateSigned`);
    const { transactions: __, ...doing } = isObject(implementation) ? implementation : {};
    if (Object.keys(restOfPeriod).length > 0) section.period = restOfPeriod;
    if (Object.keys(doing).length > 0) section.implementation = doing;

    const place = { contractId: before.id };
    const { tag } = this.#release;
    const amends = Array.isArray(tag) && tag.includes("contractAmendment");
    const acts: { draft: Bare }[] = [];
    const changes = money !== undefined || until !== undefined;
    const isAmended = section.amendments !== undefined || (amends && (changes || Object.keys(section).length > 0));
    const truth = isAmended
      ? {}
      : { ...(money === undefined ? {} : { value: money.value }), ...(until === undefined ? {} : { until }) };
    for (const draft of this.#corrections(
      before,
      { ...truth, ...(signed === undefined ? {} : { on: signed }) },
      pointer,
    )) {
      acts.push({ draft });
    }
    if (isAmended) {
      // the newest stands first: its date is the entry's own
      const [newest, ...older] = list(section.amendments).toSorted((a, b) =>
        String(a.date) < String(b.date) ? 1 : -1,
      );
      const on = this.#seconds(newest?.date, `${pointer}/amendments`) ?? this.#date;
      if (newest !== undefined) section.amendments = [without(newest, ["date"]), ...older];
      const code =
        (money === undefined ? 0 : AmendmentMask.scope) | (until === undefined ? 0 : AmendmentMask.time) ||
        AmendmentMask.administrative;
      const scope = money && { ...money, scopeValue: BigInt(before.scopeValue) + money.value - BigInt(before.value) };
      // what was added since for other reasons than scope is more than is left
      if (scope !== undefined && scope.scopeValue < 0n) return this.#fault("value-shift", `${pointer}/value`);
      const terms: Terms = { code, ...scope, on, ...(until === undefined ? {} : { until }) };
      acts.push({ draft: this.#draftOf("amendment", place, terms) });
    }
    if (status !== undefined) {
      const codes = this.#transition(before, String(status));
      if (codes === undefined) return this.#fault("contract-transition", `${pointer}/status`, status);
      const on = (code: number) => (code === StatusCode.activated ? (signed ?? before.on ?? this.#date) : this.#date);
      for (const code of codes) acts.push({ draft: this.#draftOf("status", place, { code, on: on(code) }) });
    }
    if (acts.length === 0 && Object.keys(section).length > 0) {
      acts.push({ draft: this.#draftOf("implementation", place, { code: ImplementationCode.report, on: this.#date }) });
    }
    // amendments go with the entry that makes them
    const bearer = Math.max(
      0,
      acts.findIndex(({ draft }) => draft.kind === "amendment"),
    );
    for (const [index, { draft }] of acts.entries()) this.#add(draft, index === bearer ? section : {});
    return before.party;
  }

  /** Corrections of the entries that set these terms of a contract, each as last corrected. */
  #corrections(
    contract: ContractView,
    truth: { value?: bigint; until?: number; on?: number },
    pointer: string,
  ): Bare[] {
    const own = Object.values(this.#view!.entries)
      .filter(({ kind, of, by }) => of === contract.id && by === undefined && SETS_TERMS.has(kind))
      .toSorted((a, b) => b.sequence - a.sequence);
    const begins = own.find(({ kind }) => kind !== Kind.amendment)!;
    const corrected = new Map<(typeof own)[number], Terms>();
    const correct = (entry: (typeof own)[number], change: (terms: Terms) => Partial<Terms>) => {
      const terms = corrected.get(entry) ?? termsFromText(entry.terms);
      corrected.set(entry, { ...terms, ...change(terms) });
    };
    const { value, until, on } = truth;
    if (on !== undefined) correct(begins, () => ({ on }));
    if (until !== undefined) correct(own.find(({ terms }) => terms.until !== undefined) ?? begins, () => ({ until }));
    if (value !== undefined) {
      const more = value - BigInt(contract.value);
      correct(own.find(({ terms }) => terms.value !== undefined)!, (terms) => ({
        value: terms.value! + more,
        ...(terms.scopeValue === undefined ? {} : { scopeValue: terms.scopeValue + more }),
      }));
    }
    return [...corrected].flatMap(([{ kind, sequence }, terms]) => {
      if ((terms.value ?? 0n) < 0n || (terms.scopeValue ?? 0n) < 0n) {
        return this.#fault("value-shift", `${pointer}/value`) ?? [];
      }
      const award = kind === Kind.amendment || contract.awardId === undefined ? {} : { awardId: contract.awardId };
      return [this.#draftOf("correction", { contractId: contract.id, ...award }, terms, { names: sequence })];
    });
  }

  /** The status codes that lead to an OCDS status. */
  #transition({ status }: ContractView, to: string): number[] | undefined {
    if (publishedStatus(status) === to) return [];
    if (to === "active") {
      if (status === "pending") return [StatusCode.activated];
      return status === "completed" || status === "stopped" || status === "closed" ? [StatusCode.reopened] : undefined;
    }
    if (to === "terminated") {
      if (status === "active") return [StatusCode.completed];
      return status === "pending" ? [StatusCode.activated, StatusCode.completed] : undefined;
    }
    return to === "cancelled" && status === "pending" ? [StatusCode.cancelled] : undefined;
  }

  #transaction(
    transaction: Json,
    contract: Json,
    party: Hex | undefined,
    currency: string | undefined,
    pointer: string,
  ): undefined {
    // a publisher's id is its own only within the contract; a document's number is one for all of its issuer
    const sourceID = String(transaction.id);
    const { id: _, date, value, payer, payee, ...rest } = transaction;
    const key =
      typeof rest.documentNumber === "string"
        ? documentKeyOf(rest.documentNumber)
        : idOf(`${this.#release.ocid}/${contract.id}/${sourceID}`);
    const known = list(
      at(
        list(this.#compiled.contracts).find(({ id }) => id === contract.id),
        "implementation",
      )?.transactions,
    ).find(({ id, sourceID: given }) => given === sourceID || id === sourceID);
    if (known !== undefined) {
      const references = Object.entries({ payer, payee }).flatMap(([name, at]) =>
        isObject(at) ? [[name, { id: at.id }] as const] : [],
      );
      const said = { ...rest, ...Object.fromEntries(references), ...(value === undefined ? {} : { value }) };
      const moved = date !== undefined && this.#seconds(date, `${pointer}/date`) !== toUnixSeconds(String(known.date));
      if (moved || difference(known, said) !== undefined) this.#fault("transaction-changed", pointer, sourceID);
      return;
    }
    if (value === undefined || date === undefined) return this.#fault("transaction-incomplete", pointer);
    if ((value as Json).amount !== undefined && Number((value as Json).amount) < 0)
      return this.#fault("transaction-negative", `${pointer}/value/amount`);
    const money = this.#money(value, `${pointer}/value`);
    const on = this.#seconds(date, `${pointer}/date`);
    if (money === undefined || on === undefined) return;
    const agreed = currency ?? at(contract, "value")?.currency;
    if (money.currency !== agreed) return this.#fault("currency-differs", `${pointer}/value/currency`, money.currency);
    if (isObject(payee) && party !== undefined && idOf(String(payee.id)) !== party) {
      return this.#fault("payee-differs", `${pointer}/payee/id`, payee.id);
    }
    const issuer = isObject(payer) ? idOf(String(payer.id)) : this.#agency;
    if (issuer === undefined) return;
    if (this.#options.organisation(issuer)?.kind !== "agency") {
      return this.#fault("payer-unregistered", `${pointer}/payer/id`, at(transaction, "payer")?.id);
    }
    const terms: Terms = {
      currency: money.currency,
      amount: money.value,
      documentTotal: money.value,
      issuer,
      documentKey: key,
      on,
    };
    const section = { implementation: { transactions: [{ sourceID, ...rest }] } };
    this.#add(this.#draftOf("payment", { contractId: String(contract.id) }, terms), section);
  }

  // ---- what belongs to the process as a whole

  /** Parties, language and other top-level fields go with the first entry. */
  #carryRest(): void {
    const {
      ocid,
      id,
      date,
      tag,
      initiationType,
      buyer,
      planning,
      tender,
      awards,
      contracts,
      parties,
      language,
      ...others
    } = this.#release;
    const rest: Json = difference(this.#compiled, others, this.#options.extensions) ?? {};
    const people = list(parties).flatMap((party) => this.#party(party) ?? []);
    if (people.length > 0) rest.parties = people;
    if (language !== undefined && language !== (this.#compiled.language ?? "id")) rest.language = language;
    if (Object.keys(rest).length === 0 || this.#faults.length > 0) return;
    const [first] = this.#drafts;
    if (first !== undefined) first.rest = rest;
    else if (this.#view?.tender !== undefined && !this.#view.tender.cancelled) {
      const known = at(this.#compiled, "tender");
      this.#drafts.push({
        draft: this.#draftOf("tender", {}, { code: StageCode.update }),
        section: { id: known?.id },
        rest,
      });
    } else if (this.#view?.planning !== undefined && !this.#view.planning.cancelled) {
      this.#drafts.push({ draft: this.#draftOf("planning", {}, { code: StageCode.update }), section: {}, rest });
    } else if (this.#view === undefined) {
      this.#drafts.push({ draft: this.#processOpening(), section: {}, rest });
    } else this.#fault("nothing-to-carry", `/${pointerStep(Object.keys(rest)[0]!)}`);
  }

  /** What a party adds to what registry and earlier releases say of it; undefined for nothing. */
  #party(party: Json): Json | undefined {
    const registered = this.#options.organisation(idOf(String(party.id)));
    const known = list(this.#compiled.parties).find(({ id }) => id === party.id);
    const { roles, ...said } = party;
    const told: Json = { ...said };
    if (registered !== undefined) delete told.name;
    const before = (known?.roles as string[] | undefined) ?? [];
    const more = (Array.isArray(roles) ? (roles as string[]) : []).filter(
      (role) => !before.includes(role) && !ROLES_FROM_TERMS.has(role),
    );
    const added = difference({ it: known === undefined ? [] : [known] }, { it: [told] }, this.#options.extensions)?.it;
    const fields = list(added)[0] ?? { id: party.id };
    const isNew = known === undefined || Object.keys(fields).length > 1 || more.length > 0;
    return isNew ? { ...fields, ...(more.length > 0 ? { roles: more } : {}) } : undefined;
  }
}

/** A release with the registry's name of each registered organisation: another spelling of one is no news. */
function named(release: Json, { organisation }: SplitOptions): Json {
  const copy = structuredClone(release);
  for (const { organization } of inspect(copy).references) {
    if (typeof organization.id !== "string" || organization.name === undefined) continue;
    organization.name = organisation(idOf(organization.id))?.name ?? organization.name;
  }
  return copy;
}

/** Fields of an amendment that name releases: the register assigns their ids. */
const TIES = ["amendsReleaseID", "releaseID"] as const;

/** A section whose amendments name no releases. */
function untied(section: Json): Json {
  const { amendments } = section;
  if (!Array.isArray(amendments)) return section;
  return { ...section, amendments: amendments.map((each) => without(each as Json, TIES)) };
}

/** Kinds whose entries set a contract's value, end or date. */
const SETS_TERMS: ReadonlySet<number> = new Set([Kind.contract, Kind.opening, Kind.amendment]);

/** What an opening says of a contract that OCDS calls so. */
const openingStatus: Readonly<Record<string, number>> = {
  pending: ContractStatus.pending,
  active: ContractStatus.active,
  terminated: ContractStatus.completed,
  cancelled: ContractStatus.cancelled,
};

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function at(value: unknown, ...path: string[]): Json | undefined {
  const found = path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value);
  return isObject(found) ? found : undefined;
}

function without(value: Json, names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** An amount of which a part changed, whole; null stays null, undefined is no change. */
function whole(added: unknown, known: unknown, now: unknown): unknown {
  if (added === undefined || added === null) return added;
  return { ...(isObject(known) ? known : {}), ...(isObject(now) ? now : {}) };
}
