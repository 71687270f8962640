import {
  balancesOf,
  type Known as Facts,
  isSameDocument,
  type Laid,
  layOver,
  type Naming,
  type Part,
  versionOf,
} from "../../../migration/mapping/lay-over.ts";
import type { Deed, PaidDocument } from "../../../migration/mapping/mapped.ts";
import { bodyOf } from "../../domain/entries/body.ts";
import { compose } from "../../domain/entries/compose.ts";
import type { Draft } from "../../domain/entries/draft.ts";
import { documentKeyOf, idOf, type Terms, termsFromText, termsToText } from "../../domain/entries/entry.ts";
import { foresee } from "../../domain/entries/foresee.ts";
import { ContractStatus, ImplementationCode, Kind, StatusCode } from "../../domain/entries/kinds.ts";
import type { Published } from "../../domain/entries/plan.ts";
import { type Organisation, split } from "../../domain/entries/split.ts";
import { dayInWords, kindInWords, moneyInWords, stateInWords, termsInWords } from "../../domain/entries/telling.ts";
import { type Hex, NO_ID, utf8 } from "../../domain/entries/words.ts";
import { canonicalJson } from "../../domain/json.ts";
import { isObject, type Json } from "../../domain/ocds/check-fields.ts";
import { instantOf } from "../../domain/ocds/dates.ts";
import { CompiledMerger } from "../../domain/ocds/merge.ts";
import { fromMinor, toMinor } from "../../domain/ocds/money.ts";
import type { Words } from "../../domain/problems.ts";
import {
  type ContractState,
  type ContractView,
  contractIn,
  type EntryView,
  type ProcessView,
} from "../../domain/projection/process-view.ts";
import type { ProposalKind } from "../../domain/proposals/proposal.ts";

// From what the sources say of a process, and what the register has of it, to the entries that would record the rest.

export type PlanContext = Naming & {
  readonly ocid: string;
  readonly agency: { readonly id: string; readonly name: string; readonly hex: Hex };
  /** the officer's post that new contracts name; whoever takes the proposal names his own where it is not said */
  readonly post?: Hex | undefined;
  organisation(id: Hex): Organisation | undefined;
  readonly published: Published;
  /** seconds UTC */
  readonly now: number;
  /** seconds UTC: contracts signed before begin in mid-life, with what had come by then */
  readonly openBefore?: number | undefined;
  /** every row was read by a map of fields: none brought a release of its own, which must be checked */
  readonly madeHere?: boolean | undefined;
};

type Planned<P> = {
  readonly draft: Draft;
  readonly kind: ProposalKind;
  readonly reason: Words;
  readonly from: readonly P[];
  /** indexes of those that must be recorded before */
  readonly after: readonly number[];
};

/** What stops a part of the process from being proposed, in words with the remedy. */
export type Wait = { readonly code: string; readonly words: Words; readonly supplier?: { key: string; name?: string } };

export type ProcessPlan<P> = {
  readonly planned: readonly Planned<P>[];
  readonly waits: readonly Wait[];
  /** where rows say different things and the later one counts */
  readonly notes: readonly string[];
};

/**
 * Compares all that is known of a process with what is recorded of it. Pure: the same rows and the same record give the
 * same entries, in whatever order the rows came.
 * @param parts of one process, sorted by `inOrder`
 */
export function planProcess<P extends Part>(parts: readonly P[], context: PlanContext): ProcessPlan<P> {
  return new Planner(parts, context).plan();
}

/** A contract as far as steps look at it; amounts in minor units. */
type Contract = {
  status: ContractState;
  currency: string;
  value: bigint;
  certified: bigint;
  accepted: bigint;
  on?: number;
  until?: number;
};

/** A step before it has its place among the others. */
type Step = { draft: Draft; kind: ProposalKind; reason: Words };

class Planner<P extends Part> {
  readonly #parts: readonly P[];
  readonly #context: PlanContext;
  readonly #steps: Step[] = [];
  readonly #waits: Wait[] = [];
  readonly #notes = new Set<string>();
  /** the process as recorded */
  readonly #view: ProcessView | undefined;
  #merger: CompiledMerger | undefined;
  #compiled: Json = {};
  /** the process with the first steps, as many as were composed */
  #ahead: ProcessView | undefined;
  #composed = 0;
  /** contracts with all steps so far */
  readonly #contracts = new Map<string, Contract>();

  constructor(parts: readonly P[], context: PlanContext) {
    this.#parts = parts;
    this.#context = context;
    const { published } = context;
    this.#view = published?.view;
    this.#ahead = this.#view;
    if (published === undefined) return;
    this.#merger = new CompiledMerger();
    for (const release of published.releases) this.#merger.append(release);
    this.#compiled = this.#merger.compiled();
  }

  plan(): ProcessPlan<P> {
    const whole = this.#lay(this.#parts);
    if (whole !== undefined) this.#compare(whole);
    const planned = this.#steps.map((step, index) => ({
      ...step,
      from: this.#parts.filter((part) => isFrom(part, step.draft)),
      after: this.#before(step.draft, index),
    }));
    return { planned, waits: this.#waits, notes: [...this.#notes] };
  }

  /** What these parts say together, without what cannot be recorded yet; undefined where that is all of it. */
  #lay(parts: readonly P[]): Laid<P> | undefined {
    const { ocid, now } = this.#context;
    const unknown = new Map<string, string | undefined>();
    const naming: Naming = {
      agency: this.#context.agency,
      legacyAgency: (code) => this.#context.legacyAgency(code),
      supplier: (key, name) => {
        const found = this.#context.supplier(key, name);
        if (found === undefined && this.#context.legacyAgency(key) === undefined && key !== this.#context.agency.id)
          unknown.set(key, name);
        return found;
      },
    };
    let given = parts;
    for (;;) {
      const laid = layOver(given, ocid, naming, now);
      if (!("faults" in laid)) {
        for (const note of laid.notes) this.#notes.add(note);
        this.#withoutUnknown(laid.release, unknown);
        return laid;
      }
      // a contract or an award of which nobody says the value waits for the row that does
      const bad = new Set(laid.faults.map(({ pointer }) => pointerTarget(laid.release, pointer)));
      for (const { pointer, rule } of laid.faults) this.#wait(rule, valueMissing(pointer));
      const rest = given.flatMap((part) => {
        const without = withoutEntries(part, bad);
        return without === undefined ? [] : [without];
      });
      if (rest.length === 0 || bad.has("")) return undefined;
      given = rest;
    }
  }

  /** Awards and contracts of suppliers that the register does not know wait for the registrar. */
  #withoutUnknown(release: Json, unknown: ReadonlyMap<string, string | undefined>): void {
    if (unknown.size === 0) return;
    const names = (entry: Json) => list(entry.suppliers).some(({ id }) => unknown.has(String(id)));
    const out = new Set(
      list(release.awards)
        .filter(names)
        .map(({ id }) => id),
    );
    const keep = (name: "awards" | "contracts", stays: (entry: Json) => boolean) => {
      const left = list(release[name]).filter(stays);
      if (left.length > 0) release[name] = left;
      else delete release[name];
    };
    keep("awards", ({ id }) => !out.has(id));
    keep("contracts", ({ awardID }) => !out.has(awardID));
    release.parties = list(release.parties).filter(({ id }) => !unknown.has(String(id)));
    for (const [key, name] of unknown)
      this.#wait("supplier-unregistered", unregistered(name ?? key), { key, ...(name === undefined ? {} : { name }) });
  }

  #wait(code: string, words: Words, supplier?: Wait["supplier"]): void {
    const wait = { code, words, ...(supplier === undefined ? {} : { supplier }) };
    if (!this.#waits.some((each) => each.words.en === words.en)) this.#waits.push(wait);
  }

  // ---- the whole process

  #compare({ release, facts }: Laid<P>): void {
    const versions = [...new Set(this.#parts.map(versionOf))].sort((a, b) => a - b);
    const highest = versions.at(-1) ?? 0;
    const isNew = (id: string) => contractIn(this.#view, id) === undefined;
    const contracts = list(release.contracts).map(({ id }) => String(id));
    // a contract whose first version nobody has begins in mid-life with the newest
    const natural = new Set(contracts.filter((id) => isNew(id) && this.#beginsAtSigning(id, release, facts)));
    const recorded = Math.min(...contracts.filter((id) => !isNew(id)).map((id) => this.#versionRecorded(id)));
    const first = natural.size > 0 ? 0 : Number.isFinite(recorded) ? recorded : highest;
    const levels = [first, ...versions.filter((version) => version > first)];
    for (const [index, version] of levels.entries()) {
      const isLast = index === levels.length - 1;
      const own = isLast ? { release, facts } : this.#lay(this.#parts.filter((part) => versionOf(part) <= version));
      if (own === undefined) continue;
      const level = isLast ? release : own.release;
      const wanted = ownContracts(level);
      this.#prepare(wanted, facts, natural, version);
      if (index > 0) this.#onlyContracts(wanted);
      if (!this.#split(wanted, facts, natural)) return;
      if (index === 0) for (const id of contracts) this.#starts(id, release, facts.get(id));
    }
    for (const id of contracts) this.#execution(id, release, facts.get(id));
    for (const id of contracts) this.#ofAnotherSupplier(id, release);
    this.#withoutFuture();
  }

  /** Later levels say of everything but contracts what the first has said. */
  #onlyContracts(release: Json): void {
    delete release.planning;
    delete release.tender;
    delete release.awards;
  }

  /** Whether a new contract can be recorded from its signing on, with all that came after as entries of its own. */
  #beginsAtSigning(id: string, release: Json, facts: ReadonlyMap<string, Facts>): boolean {
    const { now, openBefore } = this.#context;
    const contract = list(release.contracts).find((each) => each.id === id);
    const { firstValue, documents = [], paid } = facts.get(id) ?? {};
    const signed = secondsOf(contract?.dateSigned);
    if (contract === undefined || signed === undefined || signed > now) return false;
    if (openBefore !== undefined && signed < openBefore) return false;
    const supplier = list(list(release.awards).find((each) => each.id === contract.awardID)?.suppliers)[0];
    // what was paid before it came here, only a balance can say
    return (
      firstValue !== undefined &&
      paid === undefined &&
      supplier !== undefined &&
      !documents.some(({ kind }) => kind === "payment")
    );
  }

  /** Of which version the contract is recorded: 0 as signed first. */
  #versionRecorded(id: string): number {
    const told = list(this.#contractRecorded(id)?.amendments).map((each) =>
      Number(ADDENDUM.exec(String(each.id))?.[1] ?? 0),
    );
    const entries = Object.values(this.#ahead?.entries ?? {}).filter(
      ({ kind, of, corrects }) => kind === Kind.amendment && of === id && corrects === undefined,
    );
    return Math.max(0, entries.length, ...told);
  }

  /** The newest version of a contract of which rows tell. */
  #highest(id: string): number {
    return this.#parts.reduce((most, { fragment }) => Math.max(most, fragment.contracts?.[id]?.version ?? 0), 0);
  }

  #isPast(id: string, version: number): boolean {
    return contractIn(this.#view, id) !== undefined && version < Math.min(this.#versionRecorded(id), this.#highest(id));
  }

  #contractRecorded(id: string): Json | undefined {
    return list(this.#compiled.contracts).find((each) => each.id === id);
  }

  /** Takes out of a release what entries of their own say, and what is recorded in another way already. */
  #prepare(release: Json, facts: ReadonlyMap<string, Facts>, natural: ReadonlySet<string>, version: number): void {
    this.#catchUp();
    // of several contracts some are recorded as of newer versions than this one
    const left = list(release.contracts).filter(({ id }) => !this.#isPast(String(id), version));
    if (release.contracts !== undefined) release.contracts = left;
    for (const contract of left) {
      const id = String(contract.id);
      const known = contractIn(this.#ahead, id);
      const own = facts.get(id);
      const isNatural = natural.has(id) || known !== undefined;
      if (isNatural && own !== undefined) this.#withoutPapers(contract, own, natural.has(id) || this.#hasStart(id));
      if (natural.has(id) && known === undefined) {
        // the order to begin makes it active
        const starts = own?.deeds.some(({ kind, on }) => kind === "start" && on !== undefined) === true;
        contract.status = starts || own?.status === "cancelled" || own?.status === "pending" ? "pending" : "active";
      }
      if (known === undefined) continue;
      delete contract.status;
      this.#asRecorded(contract, known, version);
    }
    for (const award of list(release.awards)) this.#awardAsAgreed(award, release, natural, facts);
  }

  #hasStart(id: string): boolean {
    return this.#entriesOf(id, Kind.implementation).some(({ terms }) => terms.code === ImplementationCode.spmk);
  }

  /** Papers that stand behind deeds and certificates go with the entries that record these. */
  #withoutPapers(contract: Json, { deeds, documents }: Facts, startIsOwn: boolean): void {
    const papers = new Set([
      ...deeds.map((deed) => paperOf(deed)).filter((paper) => paper !== "spmk" || startIsOwn),
      ...documents.map((document) => paperOf(document)),
    ]);
    const without = (holder: Json, name: string) => {
      const left = list(holder[name]).filter(({ id }) => !papers.has(String(id)));
      if (left.length > 0) holder[name] = left;
      else delete holder[name];
    };
    without(contract, "documents");
    const { implementation } = contract;
    if (!isObject(implementation)) return;
    without(implementation, "documents");
    without(implementation, "milestones");
    if (Object.keys(implementation).length === 0) delete contract.implementation;
  }

  /** What the record says in other words than the source, or knows better than an older version, is no difference. */
  #asRecorded(contract: Json, known: ContractView, version: number): void {
    const highest = this.#highest(known.id);
    const recorded = this.#versionRecorded(known.id);
    const told = new Set(list(this.#contractRecorded(known.id)?.amendments).map(({ id }) => id));
    const amendments = list(contract.amendments).filter(
      ({ id }) => told.has(id) || Number(ADDENDUM.exec(String(id))?.[1] ?? Number.POSITIVE_INFINITY) > recorded,
    );
    if (amendments.length > 0) contract.amendments = amendments;
    else delete contract.amendments;
    if (isObject(contract.period)) {
      if (secondsOf(contract.period.endDate) === known.until) delete contract.period.endDate;
      if (Object.keys(contract.period).length === 0) delete contract.period;
    }
    if (recorded <= highest && version >= recorded) return;
    // the source has not heard of the newest amendment
    delete contract.value;
    delete contract.period;
  }

  /** An award is worth at least what was contracted on it: most gaps are contracts rounded to whole rupiah. */
  #awardAsAgreed(award: Json, release: Json, natural: ReadonlySet<string>, facts: ReadonlyMap<string, Facts>): void {
    const { value } = award;
    if (!isObject(value) || typeof value.amount !== "number" || typeof value.currency !== "string") return;
    const { currency } = value;
    const known = this.#view?.awards[String(award.id)];
    const added = list(release.contracts)
      .filter(({ id, awardID }) => awardID === award.id && natural.has(String(id)))
      .reduce((sum, { id }) => sum + BigInt(facts.get(String(id))?.firstValue ?? 0), 0n);
    // what began in mid-life on it may have brought more than it is worth: that stands as found
    const isExceeded = known !== undefined && BigInt(known.agreed) > BigInt(known.value);
    if (added === 0n && isExceeded) return;
    const agreed = BigInt(known?.agreed ?? 0) + added;
    const told = toMinor(value.amount, currency);
    if (agreed <= told) return;
    award.value = { amount: fromMinor(agreed, currency), currency };
    this.#notes.add("award-below-contract");
  }

  /** @returns whether later steps may build on it */
  #split(wanted: Json, facts: ReadonlyMap<string, Facts>, natural: ReadonlySet<string>): boolean {
    const { organisation, now, post } = this.#context;
    // a contract that is new has the supplier that its award is corrected to
    this.#changedSuppliers(wanted);
    this.#catchUp();
    const known = this.#ahead === undefined ? undefined : { view: this.#ahead, compiled: this.#compiled };
    const begin = (id: string) => (natural.has(id) ? ("signing" as const) : this.#balances(id, wanted, facts));
    const options = {
      organisation,
      now,
      begin,
      ...(post === undefined ? {} : { post }),
      ...(this.#context.madeHere ? { madeHere: true as const } : {}),
    };
    let { drafts, faults } = split(wanted, known, options);
    if (faults.length > 0) {
      for (const { message, messageId, rule } of faults) this.#wait(rule, { en: message, id: messageId });
      const late = faults.every(({ pointer }) => /^\/(awards|contracts)\//.test(pointer));
      if (!late) return false;
      // what comes before the contract is proposed all the same
      const { awards: _, contracts: __, ...before } = wanted;
      ({ drafts, faults } = split(before, known, options));
      if (faults.length > 0) return false;
      for (const draft of drafts) this.#add(withoutSource(draft), this.#kindOf(draft));
      return false;
    }
    for (const draft of drafts) this.#add(withoutSource(draft), this.#kindOf(draft));
    return true;
  }

  /** What had come before a contract that begins here in mid-life. */
  #balances(id: string, { contracts }: Json, facts: ReadonlyMap<string, Facts>) {
    const own = facts.get(id);
    const contract = list(contracts).find((each) => each.id === id);
    return balancesOf(
      own === undefined ? undefined : this.#before0(own, contract),
      this.#openedOn(own, contract),
      undefined,
    );
  }

  /** The facts as of the day of the opening: what came later is recorded by itself. */
  #before0(own: Facts, contract: Json | undefined): Facts {
    const on = this.#openedOn(own, contract);
    return { ...own, documents: own.documents.filter((each) => (secondsOf(each.on) ?? on) <= on) };
  }

  /**
   * The day of an opening's balances. Payments up to it count as being in there: so where the sources tell what was paid
   * it is the newest day they tell of, and else the first, that no payment which is found later is lost.
   */
  #openedOn(own: Facts | undefined, contract: Json | undefined): number {
    const { now, openBefore } = this.#context;
    const days = [
      secondsOf(contract?.dateSigned),
      ...(own?.documents ?? []).map(({ on }) => secondsOf(on)),
      ...this.#parts.flatMap(({ fragment }) =>
        Object.hasOwn(fragment.contracts ?? {}, String(contract?.id)) ? [secondsOf(fragment.at)] : [],
      ),
    ].filter((day) => day !== undefined && day <= now) as number[];
    if (openBefore !== undefined) return Math.min(openBefore - 1, now);
    if (days.length === 0) return now;
    const isPaid = own?.paid !== undefined || own?.documents.some(({ kind }) => kind === "payment") === true;
    return isPaid ? Math.max(...days) : Math.min(...days);
  }

  // ---- suppliers that are others than recorded

  /** Another winner than recorded is no update: award and contract are corrected, which an approver signs too. */
  #changedSuppliers(wanted: Json): void {
    for (const award of list(wanted.awards)) {
      const known = this.#view?.awards[String(award.id)];
      const [only, ...more] = list(award.suppliers);
      if (known?.party === undefined || only === undefined || more.length > 0) continue;
      const party = idOf(String(only.id));
      if (party === known.party || this.#context.organisation(party) === undefined) continue;
      const awardId = String(award.id);
      const entry = this.#latest(
        ({ kind, of, terms }) => kind === Kind.award && of === awardId && terms.party !== undefined,
      );
      if (entry === undefined)
        award.suppliers = [
          { id: this.#context.organisation(known.party)?.id ?? known.party, name: this.#nameOf(known.party) },
        ];
      else this.#correctSupplier(entry, { awardId }, party);
    }
  }

  /** A contract that was recorded with the supplier of its award has that which the award has by now. */
  #ofAnotherSupplier(id: string, release: Json): void {
    const known = contractIn(this.#view, id);
    const contract = list(release.contracts).find((each) => each.id === id);
    const [only, ...more] = list(list(release.awards).find((each) => each.id === contract?.awardID)?.suppliers);
    if (known?.party === undefined || only === undefined || more.length > 0 || CLOSED.has(known.status)) return;
    const party = idOf(String(only.id));
    if (party === known.party || this.#context.organisation(party) === undefined) return;
    const entry = this.#latest(
      ({ kind, of, terms: { party: own } }) => BEGINS.has(kind) && of === id && own !== undefined,
    );
    // whoever took it over since is no mistake of the entry; and of one entry there is one correction at a time
    if (entry?.terms.party !== known.party || this.#steps.some(({ draft }) => draft.names === entry.sequence)) return;
    this.#correctSupplier(
      entry,
      { contractId: id, ...(known.awardId === undefined ? {} : { awardId: known.awardId }) },
      party,
    );
  }

  #correctSupplier(entry: EntryView, place: { contractId?: string; awardId?: string }, party: Hex): void {
    const [now, before] = [this.#nameOf(party), this.#nameOf(entry.terms.party as Hex)];
    this.#correct(
      entry,
      place,
      { party },
      {
        en: `The sources name another ${place.contractId === undefined ? "winner" : "supplier"}: ${now}, where ${before} is recorded.`,
        id: `Sumber menyebut ${place.contractId === undefined ? "pemenang" : "penyedia"} lain: ${now}, sedangkan yang tercatat ${before}.`,
      },
    );
  }

  #nameOf(id: Hex): string {
    return this.#context.organisation(id)?.name ?? id;
  }

  // ---- what is done under a contract

  #entriesOf(contractId: string, ...kinds: number[]): EntryView[] {
    return Object.values(this.#view?.entries ?? {}).filter(
      ({ kind, of, by }) => of === contractId && by === undefined && kinds.includes(kind),
    );
  }

  #latest(matches: (entry: EntryView) => boolean): EntryView | undefined {
    return Object.values(this.#view?.entries ?? {})
      .filter((entry) => entry.by === undefined && matches(entry))
      .sort((a, b) => b.sequence - a.sequence)[0];
  }

  /** The order to begin (SPMK). */
  #starts(id: string, release: Json, facts: Facts | undefined): void {
    const contract = list(release.contracts).find((each) => each.id === id);
    const view = this.#contract(id);
    if (contract === undefined || view === undefined || facts === undefined) return;
    for (const deed of facts.deeds) {
      if (deed.kind !== "start" || deed.on === undefined) continue;
      const on = secondsOf(deed.on);
      if (on === undefined || this.#isTold(id, deed)) continue;
      const entry = this.#entriesOf(id, Kind.implementation).find(
        ({ terms }) => terms.code === ImplementationCode.spmk,
      );
      const terms: Terms = { code: ImplementationCode.spmk, on, documentKey: documentKeyOf(deed.number) };
      if (entry !== undefined) {
        if (entry.terms.documentKey === undefined || entry.terms.documentKey === terms.documentKey) {
          if (entry.terms.on !== on) this.#correct(entry, { contractId: id }, { on });
        }
        continue;
      }
      if (CLOSED.has(view.status)) continue;
      const end = secondsOf(isObject(contract.period) ? contract.period.endDate : undefined);
      if (end !== undefined && view.until !== end && end >= on) terms.until = end;
      const section = { documents: list(contract.documents).filter((each) => each.id === paperOf(deed)) };
      this.#act("implementation", id, terms, section.documents.length > 0 ? section : {});
    }
  }

  /** Hand-overs and certificates by their days, then what became of the contract. */
  #execution(id: string, release: Json, facts: Facts | undefined): void {
    const contract = list(release.contracts).find((each) => each.id === id);
    if (contract === undefined || facts === undefined || this.#contract(id) === undefined) return;
    const said = isObject(contract.implementation) ? contract.implementation : {};
    const events = [
      ...facts.deeds.filter(({ kind }) => kind === "delivery"),
      ...numbered(facts.documents.filter(({ kind }) => kind === "certificate")),
    ].sort(
      (a, b) => compareText(a.on ?? "", b.on ?? "") || compareText(b.kind, a.kind) || compareText(a.number, b.number),
    );
    // an active contract before the first certificate
    const certifies = events.some((event) => event.kind === "certificate");
    if (certifies && this.#contract(id)?.status === "pending") this.#reach(id, "active");
    for (const event of events) {
      if (event.kind === "delivery") this.#delivery(id, event as Deed, said);
      else this.#certificate(id, event as Certificate, said);
    }
    if (facts.status !== undefined) this.#reach(id, STATES[facts.status]);
  }

  /** Whether the record tells of this paper: in an entry of its own, or in what an opening brought. */
  #isTold(id: string, paper: Deed | PaidDocument): boolean {
    const name = paperOf(paper);
    const recorded = this.#contractRecorded(id);
    const implementation = isObject(recorded?.implementation) ? recorded.implementation : {};
    const inBody = [
      ...list(recorded?.documents),
      ...list(implementation.documents),
      ...list(implementation.milestones),
    ];
    if (!inBody.some((each) => each.id === name)) return false;
    // what has an entry of its own may differ from it
    return this.#entryOf(id, paper) === undefined;
  }

  #entryOf(id: string, paper: Deed | PaidDocument): EntryView | undefined {
    const kind = paper.kind === "certificate" ? Kind.certificate : Kind.implementation;
    const key = documentKeyOf(paper.number);
    return this.#entriesOf(id, kind).find(({ terms }) => terms.documentKey === key);
  }

  #delivery(id: string, deed: Deed, said: Json): void {
    const on = secondsOf(deed.on);
    if (on === undefined || this.#isTold(id, deed)) return;
    const entry = this.#entryOf(id, deed);
    if (entry !== undefined) {
      if (entry.terms.on !== on) this.#correct(entry, { contractId: id }, { on });
      return;
    }
    const view = this.#contract(id)!;
    if (view.status === "pending") this.#reach(id, "active");
    if (CLOSED.has(view.status)) return;
    // the certificate that goes with a hand-over says how much was accepted by it
    const own = this.#amountWith(id, deed);
    const certified = view.certified + own;
    const accepted = view.accepted > certified ? view.accepted : certified;
    const {
      title: _,
      status: __,
      type: ___,
      dateMet: ____,
      ...milestone
    } = list(said.milestones).find((each) => each.id === paperOf(deed)) ?? {};
    const terms: Terms = {
      ...{ code: ImplementationCode.partialBast, on, currency: view.currency, amount: accepted },
      documentKey: documentKeyOf(deed.number),
    };
    const description = `BAST ${deed.number}`;
    this.#act("implementation", id, terms, { implementation: { milestones: [{ ...milestone, description }] } });
  }

  /** What certificates of the same rows let be paid, that are not recorded yet. */
  #amountWith(id: string, deed: Deed): bigint {
    const documents: PaidDocument[] = [];
    for (const { fragment } of this.#parts) {
      const { deeds = [], documents: own = [] } = fragment.contracts?.[id] ?? {};
      if (!deeds.some((each) => each.kind === deed.kind && each.on === deed.on && each.number === deed.number))
        continue;
      for (const each of own)
        if (each.kind === "certificate" && !documents.some((known) => isSameDocument(known, each)))
          documents.push(each);
    }
    return documents
      .filter((each) => this.#entryOf(id, each) === undefined && !this.#isTold(id, each))
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  }

  #certificate(id: string, document: Certificate, said: Json): void {
    const view = this.#contract(id)!;
    const on = secondsOf(document.on);
    const amount = BigInt(document.amount);
    const keyed = { ...document, number: document.name };
    if (this.#isTold(id, keyed)) return;
    const entry = this.#entryOf(id, keyed);
    if (entry !== undefined) {
      const terms = {
        ...(BigInt(entry.terms.amount ?? 0) === amount ? {} : { amount }),
        ...(on === undefined || entry.terms.on === on ? {} : { on }),
      };
      if (Object.keys(terms).length > 0) this.#correct(entry, { contractId: id }, terms);
      return;
    }
    if (on === undefined) {
      this.#wait("date-missing", {
        en: `The certificate (BAP) ${document.number} has no date. It is recorded with one: put it right in its source.`,
        id: `BAP ${document.number} tidak bertanggal. BAP dicatat beserta tanggalnya: betulkan di sumbernya.`,
      });
      return;
    }
    if (view.status === "cancelled" || view.status === "recordedInError" || view.status === "pending") return;
    const terms: Terms = { currency: view.currency, amount, documentKey: documentKeyOf(document.name), on };
    const papers = list(said.documents).filter((each) => each.id === paperOf(document));
    const paper = papers.map((each) => ({ ...each, id: paperOf(keyed) }));
    const total = view.certified + amount;
    const above: Words | undefined =
      total > view.value
        ? {
            en: ` With it ${moneyInWords(total, view.currency)} are certified, more than the contract's value of ${moneyInWords(view.value, view.currency)}: an approver signs that exception.`,
            id: ` Dengan ini ${moneyInWords(total, view.currency)} disahkan, melebihi nilai kontrak ${moneyInWords(view.value, view.currency)}: PA/KPA menandatangani pengecualiannya.`,
          }
        : undefined;
    this.#act("certificate", id, terms, paper.length > 0 ? { implementation: { documents: paper } } : {}, above);
  }

  /** Leads a contract to the state that the sources tell of. */
  #reach(id: string, to: ContractState): void {
    const view = this.#contract(id)!;
    const codes = WAYS[view.status]?.[to];
    if (codes === undefined) {
      if (view.status !== to && !isAt(view.status, to))
        this.#wait("status-differs", statusDiffers(id, view.status, to));
      return;
    }
    const signed = view.on ?? this.#newest(id);
    const recorded = contractIn(this.#view, id)?.status;
    for (const code of codes) {
      const on = code === StatusCode.activated ? signed : this.#newest(id);
      this.#act("status", id, { code, on: Math.max(on, 0) }, {}, recorded && statusChanged(recorded, to));
    }
  }

  /** The newest day that rows tell of a contract, in seconds UTC; never in the future. */
  #newest(id: string): number {
    const { now } = this.#context;
    let newest = this.#contract(id)?.on ?? 0;
    for (const { fragment } of this.#parts) {
      const own = fragment.contracts?.[id];
      if (own === undefined) continue;
      for (const text of [fragment.at, ...[...(own.documents ?? []), ...(own.deeds ?? [])].map(({ on }) => on)]) {
        const day = secondsOf(text);
        if (day !== undefined && day <= now && day > newest) newest = day;
      }
    }
    return newest;
  }

  // ---- drafts

  #act(
    kind: "implementation" | "certificate" | "status",
    contractId: string,
    terms: Terms,
    section: Json,
    more?: Words,
  ): void {
    const { ocid, agency } = this.#context;
    const body = bodyOf({ kind: Kind[kind], contractId, awardId: "" }, section);
    const draft = sourced({
      kind,
      ocid,
      contractId,
      awardId: "",
      agency: agency.hex,
      terms,
      ...(body === undefined ? {} : { body }),
    });
    this.#add(draft, "new", undefined, more);
  }

  /** What should have been recorded, with every term of the entry as it is true now but for those that differ. */
  #correct(
    entry: EntryView,
    place: { contractId?: string; awardId?: string },
    change: Partial<Terms>,
    reason?: Words,
  ): void {
    const { ocid, agency } = this.#context;
    const { contractId = "", awardId = "" } = place;
    const terms = { ...termsFromText(entry.terms), ...change };
    const names = entry.sequence;
    const draft = sourced({ kind: "correction", ocid, contractId, awardId, agency: agency.hex, terms, names });
    this.#add(draft, "correction", reason);
  }

  #kindOf({ kind, terms }: Draft): ProposalKind {
    if (kind === "correction") return "correction";
    if (kind === "amendment") return "amendment";
    const isUpdate = (kind === "planning" || kind === "tender" || kind === "award") && terms.code !== 1;
    return isUpdate ? "amendment" : "new";
  }

  #add(draft: Draft, kind: ProposalKind, reason?: Words, more?: Words): void {
    const told = reason ?? this.#reasonOf(draft, kind);
    const words = more === undefined ? told : { en: told.en + more.en, id: told.id + more.id };
    this.#steps.push({ draft, kind, reason: words });
    this.#follow(draft);
  }

  /** What a step leaves of its contract, as far as later steps look at it. */
  #follow({ kind, contractId, terms, balances }: Draft): void {
    if (contractId === "") return;
    const { currency = "IDR", value = 0n, amount = 0n, on = 0, until, code = 0 } = terms;
    const ends = until === undefined ? {} : { until };
    if (kind === "contract" || kind === "opening") {
      const { status = 1, certified = 0n, accepted = 0n } = balances ?? {};
      const state = CONTRACT_STATES[status - 1]!;
      this.#contracts.set(contractId, { status: state, currency, value, certified, accepted, on, ...ends });
      return;
    }
    const before = this.#contract(contractId);
    if (before === undefined) return;
    const after = { ...before, ...ends };
    if (kind === "amendment" && terms.value !== undefined) after.value = value;
    if (kind === "certificate") after.certified += amount;
    if (kind === "implementation") {
      if (terms.amount !== undefined) after.accepted = amount;
      if (code === ImplementationCode.spmk && before.status === "pending") after.status = "active";
    }
    if (kind === "status") after.status = LEADS_TO[code] ?? after.status;
    this.#contracts.set(contractId, after);
  }

  /** A contract as recorded, with what is proposed so far. */
  #contract(id: string): Contract | undefined {
    const known = this.#contracts.get(id);
    if (known !== undefined) return known;
    const view = contractIn(this.#view, id);
    if (view === undefined) return undefined;
    const { status, currency, on, until } = view;
    const [value, certified, accepted] = [BigInt(view.value), BigInt(view.certified), BigInt(view.accepted)];
    return {
      status,
      currency,
      value,
      certified,
      accepted,
      ...(on === undefined ? {} : { on }),
      ...(until === undefined ? {} : { until }),
    };
  }

  /** The process as it will be, composed as the register would publish it: for what builds on its texts. */
  #catchUp(): void {
    const { organisation } = this.#context;
    const registry = (id: Hex) => {
      const found = organisation(id);
      return found && { id: found.id, name: found.name };
    };
    const left = this.#steps.slice(this.#composed);
    if (left.length === 0) return;
    for (const { draft } of left) {
      const leaf = Object.entries(this.#ahead?.entries ?? {}).find(([, { sequence }]) => sequence === draft.names)?.[0];
      const { ocid, contractId, awardId, agency = NO_ID, terms, balances, body } = draft;
      const foreseen = foresee(
        {
          ...{ kind: Kind[draft.kind], ocid, contractId, awardId, agency, terms, refersTo: (leaf ?? NO_ID) as Hex },
          ...(balances === undefined ? {} : { balances }),
          body: body === undefined ? new Uint8Array() : utf8(canonicalJson(body)),
        },
        this.#ahead,
      );
      const { release, after } = compose(this.#ahead, foreseen, registry);
      this.#ahead = after;
      this.#merger ??= new CompiledMerger();
      this.#merger.append(release);
    }
    this.#compiled = this.#merger!.compiled();
    this.#composed = this.#steps.length;
  }

  #before(draft: Draft, index: number): number[] {
    const earlier = this.#steps.slice(0, index);
    const last = (matches: (other: Draft) => boolean) => earlier.findLastIndex((other) => matches(other.draft));
    const own = draft.contractId === "" ? -1 : last(({ contractId }) => contractId === draft.contractId);
    const award =
      draft.awardId === "" ? -1 : last(({ awardId, contractId }) => awardId === draft.awardId && contractId === "");
    // a contract's supplier is that of its award, whatever else is proposed of it
    if (own >= 0) return draft.kind === "correction" && award >= 0 ? [award, own] : [own];
    if (award >= 0) return [award];
    const process = last(({ contractId, awardId }) => contractId === "" && awardId === "");
    return process >= 0 ? [process] : [];
  }

  /** Nothing is recorded before its day: what says so waits, and what builds on it. */
  #withoutFuture(): void {
    const { now } = this.#context;
    const late = this.#steps.findIndex(({ draft: { terms } }) => (terms.on ?? 0) > now);
    if (late < 0) return;
    const { kind, terms, contractId } = this.#steps[late]!.draft;
    const day = (terms.on ?? 0) * 1000;
    this.#wait("date-in-future", {
      en: `${kindInWords(Kind[kind], "en")} ${contractId} is dated ${dayInWords(day, "en")}, which has not come. It waits for that day, or for a correction in its source.`,
      id: `${kindInWords(Kind[kind], "id")} ${contractId} bertanggal ${dayInWords(day, "id")} yang belum tiba. Menunggu hari itu, atau pembetulan di sumbernya.`,
    });
    this.#steps.length = late;
  }

  // ---- words

  #reasonOf(draft: Draft, kind: ProposalKind): Words {
    const what = (lang: "en" | "id") => kindInWords(Kind[draft.kind], lang);
    if (kind === "new")
      return {
        en: `Not recorded yet: ${what("en")}, as the sources tell it.`,
        id: `Belum tercatat: ${what("id")}, menurut sumber.`,
      };
    const entry =
      draft.names === undefined
        ? undefined
        : Object.values(this.#view?.entries ?? {}).find(({ sequence }) => sequence === draft.names);
    const before = entry?.terms ?? this.#termsRecorded(draft);
    const now = termsToText(draft.terms);
    const told = (lang: "en" | "id") => {
      const shown = (terms: typeof now) =>
        new Map(termsInWords(entry?.kind ?? Kind[draft.kind], { currency: "IDR", ...terms }, lang));
      const [old, fresh] = [shown(before), shown(now)];
      const terms = [...fresh].flatMap(([name, value]) =>
        old.has(name) && old.get(name) === value ? [] : [[name, old.get(name), value] as const],
      );
      const rows = [...terms.filter(([name]) => !UNTOLD.has(name)), ...this.#saidAnew(draft)].slice(0, 8);
      const none = lang === "en" ? "nothing" : "tidak ada";
      return rows
        .map(([name, from, to]) =>
          lang === "en"
            ? `${name}: recorded ${from ?? none}, the source says ${to}`
            : `${name}: tercatat ${from ?? none}, menurut sumber ${to}`,
        )
        .join("; ");
    };
    const [en, id] = [told("en"), told("id")];
    const lead =
      kind === "amendment"
        ? { en: "A newer version", id: "Versi lebih baru" }
        : { en: "The same version says something else", id: "Versi yang sama memuat hal lain" };
    return { en: `${lead.en} (${what("en")}). ${en}`.trim(), id: `${lead.id} (${what("id")}). ${id}`.trim() };
  }

  /** What the record says where an update or amendment would say something. */
  #termsRecorded({ contractId, awardId, kind }: Draft): ReturnType<typeof termsToText> {
    const contract = contractIn(this.#view, contractId);
    if (contract !== undefined)
      return {
        currency: contract.currency,
        value: contract.value,
        scopeValue: contract.scopeValue,
        ...(contract.until === undefined ? {} : { until: contract.until }),
      };
    // an update says only what it changes
    const own = Object.values(this.#view?.entries ?? {})
      .filter(({ kind: of, of: it, by }) => by === undefined && of === Kind[kind] && (awardId === "" || it === awardId))
      .sort((a, b) => a.sequence - b.sequence);
    return Object.assign({}, ...own.map(({ terms }) => terms));
  }

  #saidAnew({ body, contractId, awardId, kind }: Draft): [string, string | undefined, string][] {
    const section =
      contractId !== "" ? list(body?.contracts)[0] : awardId !== "" ? list(body?.awards)[0] : body?.[kind];
    const recorded =
      contractId !== ""
        ? this.#contractRecorded(contractId)
        : awardId !== ""
          ? list(this.#compiled.awards).find(({ id }) => id === awardId)
          : this.#compiled[kind];
    return [...leaves(section, recorded, "")];
  }
}

/** Terms that a person does not compare. */
const UNTOLD: ReadonlySet<string> = new Set(["code", "jenis"]);

function* leaves(now: unknown, before: unknown, at: string): Generator<[string, string | undefined, string]> {
  if (Array.isArray(now)) {
    const known = new Map(list(before).map((each) => [each.id, each]));
    for (const each of now) yield* leaves(each, isObject(each) ? known.get(each.id) : undefined, at);
  } else if (isObject(now)) {
    for (const [name, value] of Object.entries(now))
      if (name !== "id")
        yield* leaves(value, isObject(before) ? before[name] : undefined, at === "" ? name : `${at}.${name}`);
  } else if (now !== undefined && now !== before) {
    const short = (value: unknown) => (String(value).length > 120 ? `${String(value).slice(0, 117)}…` : String(value));
    yield [at, before === undefined || typeof before === "object" ? undefined : short(before), short(now)];
  }
}

const ADDENDUM = /^addendum-(\d+)$/;

type Certificate = PaidDocument & { /** its number, told apart from others of the same */ name: string };

/** Certificates of one contract by numbers of their own: one that is used again has its day and amount with it. */
function numbered(documents: readonly PaidDocument[]): Certificate[] {
  const used = new Set<string>();
  return [...documents]
    .sort((a, b) => compareText(a.on ?? "", b.on ?? "") || compareText(a.amount, b.amount))
    .map((document) => {
      const key = documentKeyOf(document.number);
      const name = used.has(key)
        ? `${document.number} (${(document.on ?? "").slice(0, 10)}, ${document.amount} sen)`
        : document.number;
      used.add(key);
      return { ...document, name };
    });
}

/** The id under which maps put the paper of a deed or certificate into a release. */
function paperOf({ kind, number }: { kind: string; number: string }): string {
  return kind === "start" ? "spmk" : kind === "delivery" ? `bast:${number}` : `bap:${number}`;
}

const STATES = {
  pending: "pending",
  active: "active",
  completed: "completed",
  terminated: "broken",
  cancelled: "cancelled",
} as const satisfies Record<string, ContractState>;

const { activated, completed, broken, cancelled, reopened } = StatusCode;
const CONTRACT_STATES = Object.keys(ContractStatus) as ContractState[];
const LEADS_TO: Readonly<Record<number, ContractState>> = {
  [activated]: "active",
  [completed]: "completed",
  [broken]: "broken",
  [cancelled]: "cancelled",
  [reopened]: "active",
};
/** Status acts that lead from one state to another, where there is a way. */
const WAYS: Readonly<Partial<Record<ContractState, Partial<Record<ContractState, readonly number[]>>>>> = {
  pending: {
    active: [activated],
    completed: [activated, completed],
    broken: [activated, broken],
    cancelled: [cancelled],
  },
  active: { completed: [completed], broken: [broken] },
  completed: { active: [reopened] },
  stopped: { active: [reopened] },
};

/** Whether a state is as far as the one that the sources tell of, or further. */
function isAt(state: ContractState, to: ContractState): boolean {
  return state === "closed" ? to === "completed" || to === "broken" : state === to || to === "pending";
}

/** Kinds of entries with which a contract begins here. */
const BEGINS: ReadonlySet<number> = new Set([Kind.contract, Kind.opening]);

const CLOSED: ReadonlySet<ContractState> = new Set(["closed", "cancelled", "recordedInError"]);

/** A draft that says what it is of when it has its place among the proposals. */
function sourced(draft: Omit<Draft, "source">): Draft {
  return { ...draft, source: {} };
}

/** A draft of a release that nobody has published names no source release. */
function withoutSource({ body, source: _, ...draft }: Draft): Draft {
  if (body?.sourceRelease === undefined) return sourced({ ...draft, ...(body === undefined ? {} : { body }) });
  const { sourceRelease: __, ...rest } = body;
  return sourced({ ...draft, ...(Object.keys(rest).length === 0 ? {} : { body: rest }) });
}

function secondsOf(value: unknown): number | undefined {
  const instant = instantOf(value);
  return instant === undefined ? undefined : Math.floor(instant / 1000);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** `awards/ID` or `contracts/ID` of a place in a release; empty where it is neither. */
function pointerTarget(release: Json, pointer: string): string {
  const [, section = "", index = ""] = pointer.split("/");
  const id = list(release[section])[Number(index)]?.id;
  return id === undefined || (section !== "awards" && section !== "contracts") ? "" : `${section}/${String(id)}`;
}

/** A part without these awards and contracts, and contracts of these awards; undefined where nothing is left. */
function withoutEntries<P extends Part>(part: P, out: ReadonlySet<string>): P | undefined {
  const { fragment } = part;
  const { awards, contracts, ...rest } = fragment.release;
  const keep = (name: string, entries: unknown, stays: (entry: Json) => boolean) => {
    const left = list(entries).filter((entry) => !out.has(`${name}/${String(entry.id)}`) && stays(entry));
    return left.length === 0 ? {} : { [name]: left };
  };
  const release: Json = {
    ...rest,
    ...keep("awards", awards, () => true),
    ...keep("contracts", contracts, ({ awardID }) => !out.has(`awards/${String(awardID)}`)),
  };
  if (Object.keys(release).length === 0) return undefined;
  const left = new Set(list(release.contracts).map(({ id }) => String(id)));
  const facts = Object.fromEntries(Object.entries(fragment.contracts ?? {}).filter(([id]) => left.has(id)));
  return { ...part, fragment: { ...fragment, release, contracts: facts } };
}

/** A copy in which contracts and awards may be changed. */
function ownContracts(release: Json): Json {
  const copy = (value: unknown) => (isObject(value) ? { ...value } : value);
  const contracts = list(release.contracts).map(({ implementation, period, ...rest }) => ({
    ...rest,
    ...(implementation === undefined ? {} : { implementation: copy(implementation) }),
    ...(period === undefined ? {} : { period: copy(period) }),
  }));
  return {
    ...release,
    ...(release.contracts === undefined ? {} : { contracts }),
    ...(release.awards === undefined ? {} : { awards: list(release.awards).map((award) => ({ ...award })) }),
  };
}

/** Whether a row says something of what a draft records. */
function isFrom({ fragment: { release, contracts = {} } }: Part, { kind, awardId, contractId }: Draft): boolean {
  if (contractId !== "")
    return Object.hasOwn(contracts, contractId) || list(release.contracts).some(({ id }) => id === contractId);
  if (awardId !== "") return list(release.awards).some(({ id }) => id === awardId);
  return kind === "opening" || kind in release;
}

/** Said after the words of an act that leads on from what is recorded. */
function statusChanged(from: ContractState, to: ContractState): Words {
  return {
    en: ` Recorded as ${stateInWords(from, "en")}, the sources say ${stateInWords(to, "en")}.`,
    id: ` Tercatat ${stateInWords(from, "id")}, menurut sumber ${stateInWords(to, "id")}.`,
  };
}

function statusDiffers(contract: string, from: ContractState, to: ContractState): Words {
  const told = (lang: "en" | "id") => [stateInWords(from, lang), stateInWords(to, lang)] as const;
  const [[was, says], [semula, menjadi]] = [told("en"), told("id")];
  return {
    en: `Contract ${contract} is recorded as ${was}, the sources say ${says}. No single act leads there: look which is right; then correct the source, or have PPK and PA/KPA record what happened.`,
    id: `Kontrak ${contract} tercatat ${semula}, menurut sumber ${menjadi}. Tidak ada satu tindakan yang mengantar ke sana: periksa mana yang benar; lalu betulkan sumbernya, atau PPK dan PA/KPA mencatat yang terjadi.`,
  };
}

function valueMissing(pointer: string): Words {
  const isAward = pointer.startsWith("/awards");
  return {
    en: `Rows tell of ${isAward ? "an award" : "a contract"}, but not its value. It waits for the row that does (${isAward ? "result or SPPBJ" : "e-kontrak"}).`,
    id: `Ada baris tentang ${isAward ? "penetapan" : "kontrak"}, tetapi tanpa nilainya. Menunggu baris yang memuatnya (${isAward ? "hasil atau SPPBJ" : "e-kontrak"}).`,
  };
}

function unregistered(name: string): Words {
  return {
    en: `${name} is no registered supplier. The registrar registers it, or somebody says which registered supplier it is: prasasti connect supplier.`,
    id: `${name} bukan penyedia terdaftar. Petugas pendaftaran mendaftarkannya, atau sebutkan penyedia terdaftar yang dimaksud: prasasti connect supplier.`,
  };
}
