import { setTimeout as sleep } from "node:timers/promises";
import { inOrder } from "../../../migration/mapping/lay-over.ts";
import type { ProcessFragment } from "../../../migration/mapping/mapped.ts";
import { REASONS, type RowFault } from "../../../migration/row.ts";
import { documentKeyOf, type termsToText } from "../../domain/entries/entry.ts";
import { Kind, type KindName } from "../../domain/entries/kinds.ts";
import type { Published } from "../../domain/entries/plan.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { ConfigFault, Fault } from "../../domain/fault.ts";
import { isObject, type Json } from "../../domain/ocds/check-fields.ts";
import type { SourcePlace } from "../../domain/payments/payment-document.ts";
import type { Words } from "../../domain/problems.ts";
import { contractIn, type ProcessView } from "../../domain/projection/process-view.ts";
import { draftToText, type Proposal, proposalIdOf } from "../../domain/proposals/proposal.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Book } from "../book.ts";
import type { SetAside, Sink, TakenRows, TakeResult } from "../sink.ts";
import { isAny, KeptRows, type PackagePart, packageKey } from "./kept-rows.ts";
import type { MapsOfRows, RowMap } from "./map-of-rows.ts";
import { planProcess, type Wait } from "./plan-process.ts";
import { type Proposals, proposalKey } from "./proposals.ts";
import { type Parts, severalContracts } from "./several-contracts.ts";
import type { Suppliers } from "./suppliers.ts";

/** An agency as the settings name it. `codes`: what the sources call it. */
export type ProcurementAgency = {
  readonly id: string;
  readonly codes: readonly string[];
  /** with which its ocids begin */
  readonly stem: string;
  /** the officer's post that new contracts name */
  readonly post?: Hex | undefined;
  /** seconds UTC: contracts signed before begin in mid-life */
  readonly openBefore?: number | undefined;
};

export type ProcurementNeeds = {
  readonly storage: Storage;
  readonly book: Book;
  readonly proposals: Proposals;
  readonly suppliers: Suppliers;
  readonly maps: MapsOfRows;
  readonly agencies: readonly ProcurementAgency[];
  /** whose rows a job brings, where they do not say so themselves */
  agencyOfJob?(job: string): string | undefined;
  /** milliseconds UTC */
  now(): number;
  /** milliseconds that packages wait for the next feed when one has ended; without, they are planned before it ends */
  readonly quiet?: number;
  /** told what went wrong where nobody waits for it */
  report?(error: unknown): void;
  /** told once of each name and number under which sources name a registered supplier */
  heard?(said: SupplierHeard): Promise<unknown>;
};

/** Under what a source names a supplier that is registered: nine digits of an organisation's tax number, NIB, spelling. */
export type SupplierHeard = {
  readonly supplier: Hex;
  readonly name?: string;
  readonly npwpCore?: string;
  readonly nib?: string;
  readonly source: SourcePlace;
};

/** How a package is called in the record, where somebody recorded it before its rows came. */
type Link = {
  readonly contracts: Readonly<Record<string, string>>;
  /** by award of the source: that of the record, empty where its contract has none */
  readonly awards: Readonly<Record<string, string>>;
};

/** What is kept of a package beside its rows. `matched`: recorded by hand before; how it was recognised. */
type PackageState = {
  readonly ocid: string;
  readonly agency: string;
  /** ids of what is proposed of it, each with what it waits for */
  readonly proposals: Readonly<Record<string, readonly string[]>>;
  /** ids of those that were proposed once, and are not any more */
  readonly past?: readonly string[];
  readonly waits: readonly Wait[];
  readonly notes: readonly string[];
  readonly link?: Link;
  /** which contracts its rows tell of */
  readonly several?: Parts;
  readonly matched?: { readonly how: Words; readonly at: number };
};

/** A contract of the record, to be recognised by when its source comes. */
type Numbered = {
  readonly ocid: string;
  readonly contractId: string;
  readonly party?: Hex;
  readonly values: readonly string[];
};

/** What sources say of a process that is recorded. */
export type SourceOfProcess = {
  readonly matched?: { readonly how: Words; readonly at: number };
  readonly says: readonly KindName[];
  /** process sequences of entries that it is proposed to correct */
  readonly corrects: readonly number[];
  readonly place: SourcePlace;
};

const STATE = "proc/package/";
const OF_OCID = "proc/ocid/";
const RECORDED = "proc/recorded/";
const NUMBER = "proc/number/";
const WANTED = "proc/wanted/";
const RUN = "proc/run/";
const CLOCK = "proc/clock";
const part = (text: string) => encodeURIComponent(text);

/** Packages that are planned at once. */
const TOGETHER = 256;
/** Processes that the register is asked for at once. */
const ASKED_AT_ONCE = 32;
/** Milliseconds that packages wait for other feeds at most. */
const LONGEST_WAIT = 60_000;
/** Milliseconds that somebody waits for what is being planned before he is told of what there is. */
const PATIENCE = 5_000;
/** So many contracts of one number are not recognised by it. */
const MOST_OF_A_NUMBER = 64;

/**
 * The sink of all procurement feeds: rows are kept by package and content, and what they say together is compared with
 * the record. What is not recorded, or recorded otherwise, becomes proposals. The same rows in any order give the same
 * proposals; rows that were heard before give none.
 */
export class Procurement implements Sink {
  readonly #needs: ProcurementNeeds;
  readonly #rows: KeptRows;
  readonly #agencies = new Map<string, ProcurementAgency>();
  readonly #byId = new Map<string, ProcurementAgency>();
  readonly #runs = new Map<string, number>();
  /** whether the record tells of any process of these agencies */
  #hasRecorded: boolean | undefined;

  constructor(needs: ProcurementNeeds) {
    this.#needs = needs;
    this.#rows = new KeptRows(needs.storage);
    for (const agency of needs.agencies) {
      this.#byId.set(agency.id, agency);
      for (const code of [agency.id, ...agency.codes]) this.#agencies.set(code.trim(), agency);
    }
  }

  /** Goes on with what the end of a process has cut off. */
  async resume(): Promise<void> {
    await this.#plan();
  }

  take(batch: TakenRows): Promise<TakeResult> {
    return this.#inTurn(async () => {
      const { result, rows } = await this.#judge(batch);
      await this.#needs.storage.put(rows, { sync: true });
      failpoint("procurement-kept");
      return result;
    });
  }

  preview(batch: TakenRows): Promise<TakeResult> {
    return this.#inTurn(async () => {
      const isNew = !this.#runs.has(batch.job);
      const { result } = await this.#judge(batch);
      if (isNew) this.#runs.delete(batch.job);
      this.#rows.forget();
      return result;
    });
  }

  #turn: Promise<unknown> = Promise.resolve();

  /** One after the other: no row comes between what a plan has read and what it writes. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** What becomes of rows, and what is to be written for that. */
  async #judge(batch: TakenRows): Promise<{ result: TakeResult; rows: { key: string; value: unknown }[] }> {
    const { job, capture } = batch;
    const rows: { key: string; value: unknown }[] = [];
    const result = { drafted: 0, unchanged: 0, merged: 0, setAside: [] as SetAside[] };
    let map: RowMap;
    try {
      map = this.#needs.maps.of(batch);
    } catch (error) {
      const words = unfit(error);
      for (const { row, at } of batch.rows) result.setAside.push({ row, at, code: "connector-map", words });
      return { result, rows };
    }
    const fresh = new Set<string>();
    const run = await this.#runOf(job, rows);
    for (const row of batch.rows) {
      const from = { run, job, capture, row: row.row, at: row.at };
      const aside = (fault: RowFault, words?: Words) =>
        result.setAside.push({ row: row.row, at: row.at, ...fault, words: words ?? REASONS[fault.code] });
      const [unread] = row.faults ?? [];
      if (unread !== undefined) {
        aside(unread);
        continue;
      }
      const { fragments, faults } = map.map(row);
      if (faults.length > 0) {
        aside(faults[0]!);
        continue;
      }
      let fate: "new" | "again" | "before" | undefined;
      const primary = fragments.find(({ entity }) => entity !== "supplier" && entity !== "agency") ?? fragments[0];
      for (const fragment of fragments) {
        if (fragment.entity === "process") {
          const agency = this.#agencyOf(fragment, job);
          if (agency === undefined) {
            aside({ code: "agency-unknown", found: fragment.agency }, agencyUnknown(fragment));
            fate = undefined;
            break;
          }
          const kept = await this.#rows.add(agency.id, fragment, from, map, rows, fresh);
          if (typeof kept === "object") {
            aside({ code: kept.unfit, found: fragment.key });
            fate = undefined;
            break;
          }
          fate = kept;
        } else {
          const kept = (await this.#rows.addOther(fragment, from, rows, fresh)) as "new" | "again" | "before";
          if (fragment === primary) fate = kept;
        }
      }
      if (fragments.length === 0 || fate === "before") result.unchanged++;
      else if (fate === "again") result.merged++;
      else if (fate === "new") result.drafted++;
    }
    return { result, rows };
  }

  async finish(job: string): Promise<TakeResult> {
    // what comes next is another run: it may say something else of the same things
    await this.#needs.storage.put([], { sync: true, remove: [`${RUN}${job}`] });
    this.#runs.delete(job);
    if (this.#runs.size === 0 && this.#needs.quiet === undefined) await this.#plan();
    else this.#planLater();
    return { drafted: 0, unchanged: 0, merged: 0, setAside: [] };
  }

  /** Runs are counted over all jobs, so that of two the later is known. */
  async #runOf(job: string, rows: { key: string; value: unknown }[]): Promise<number> {
    const { storage } = this.#needs;
    let run = this.#runs.get(job) ?? (await storage.get<number>(`${RUN}${job}`));
    if (run === undefined) {
      run = ((await storage.get<number>(CLOCK)) ?? 0) + 1;
      rows.push({ key: CLOCK, value: run }, { key: `${RUN}${job}`, value: run });
    }
    this.#runs.set(job, run);
    return run;
  }

  #agencyOf({ agency }: ProcessFragment, job: string): ProcurementAgency | undefined {
    const named = this.#agencies.get(agency.trim());
    if (named !== undefined) return named;
    const own = this.#needs.agencyOfJob?.(job);
    return own === undefined ? undefined : this.#byId.get(own);
  }

  // ---- what the record tells

  /** Processes that entries have touched: what was proposed of them may be recorded, and others be matched. */
  async onLedger(ocids: readonly string[]): Promise<void> {
    const { storage, book, suppliers } = this.#needs;
    if (await suppliers.refresh()) await this.#retryWaiting();
    for (let from = 0; from < ocids.length; from += TOGETHER) {
      await this.#inTurn(async () => {
        const rows: { key: string; value: unknown }[] = [];
        for (const ocid of ocids.slice(from, from + TOGETHER)) {
          const published = await book.process(ocid, "waiting");
          if (published !== undefined) await this.#remember(ocid, published, rows);
        }
        await storage.put(rows, { sync: true });
      });
    }
    await this.#plan();
  }

  /** What a recorded process is recognised by, and the packages that this concerns. */
  async #remember(
    ocid: string,
    { view, releases }: NonNullable<Published>,
    rows: { key: string; value: unknown }[],
  ): Promise<void> {
    const { storage, suppliers } = this.#needs;
    const own = await storage.get<string>(`${OF_OCID}${part(ocid)}`);
    if (own !== undefined) rows.push({ key: this.#rows.dirtyKey(own), value: true });
    const agency = suppliers.organisation(view.agency)?.id;
    if (agency === undefined || !this.#byId.has(agency)) return;
    const touch = async (key: string) => {
      if ((await storage.get<PackageState>(`${STATE}${key}`)) !== undefined)
        rows.push({ key: this.#rows.dirtyKey(key), value: true });
    };
    const names = new Set([...(view.tender?.id === undefined ? [] : [view.tender.id]), ...Object.keys(view.contracts)]);
    this.#hasRecorded = true;
    for (const name of names) {
      rows.push({ key: `${RECORDED}${packageKey(agency, name)}`, value: ocid });
      await touch(packageKey(agency, name));
    }
    for (const contract of Object.values(view.contracts)) {
      const { id, party, firstValue, value } = contract;
      for (const number of numbersOf(view, releases, id)) {
        const place = `${part(agency)}/${number}`;
        const told: Numbered = {
          ocid,
          contractId: id,
          ...(party === undefined ? {} : { party }),
          values: [firstValue, value],
        };
        await this.#number(`${NUMBER}${place}`, told, rows);
        for await (const { value: wanting } of storage.range<string>(`${WANTED}${place}/`)) await touch(wanting);
      }
    }
  }

  /** Adds a contract to those of its number. */
  async #number(key: string, told: Numbered, rows: { key: string; value: unknown }[]): Promise<void> {
    const pending = rows.findLast((row) => row.key === key)?.value as Numbered[] | undefined;
    const before = pending ?? (await this.#needs.storage.get<Numbered[]>(key)) ?? [];
    const others = before.filter(({ ocid, contractId }) => ocid !== told.ocid || contractId !== told.contractId);
    rows.push({ key, value: [...others, told].slice(-MOST_OF_A_NUMBER) });
  }

  /** Packages that wait for a supplier are looked at again when there are new ones. */
  #retryWaiting(): Promise<void> {
    const { storage } = this.#needs;
    return this.#inTurn(async () => {
      const rows: { key: string; value: unknown }[] = [];
      for await (const { key, value } of storage.range<PackageState>(STATE))
        if (value.waits.some(({ code }) => code.endsWith("-unregistered")))
          rows.push({ key: this.#rows.dirtyKey(key.slice(STATE.length)), value: true });
      await storage.put(rows);
    });
  }

  /** Ends what is planned, and plans no more by itself. */
  async close(): Promise<void> {
    clearTimeout(this.#later?.timer);
    await this.#planning;
    await this.#turn;
  }

  /** A person says which registered supplier it is that sources name; what waited for it is planned. */
  async nameSupplier({ key, id, by }: { key: string; id: string; by: Hex }): Promise<void> {
    await this.#needs.suppliers.name(key, id, by, this.#needs.now());
    await this.#retryWaiting();
    await this.#plan();
  }

  /** Packages of which something cannot be proposed, and why. */
  async waiting({ agencies, limit = 100 }: { agencies?: readonly string[]; limit?: number }) {
    const found: { ocid: string; agency: string; waits: readonly Wait[] }[] = [];
    let total = 0;
    for await (const { value } of this.#needs.storage.range<PackageState>(STATE)) {
      const { ocid, agency, waits } = value;
      if (waits.length === 0 || (agencies !== undefined && !agencies.includes(agency))) continue;
      total++;
      if (found.length < limit) found.push({ ocid, agency, waits });
    }
    return { waiting: found, total };
  }

  /** Processes that somebody recorded by hand before their source came, and how each was recognised. */
  async matched({ agencies, limit = 100 }: { agencies?: readonly string[]; limit?: number }) {
    const found: { ocid: string; agency: string; how: Words; at: number }[] = [];
    let total = 0;
    for await (const { value } of this.#needs.storage.range<PackageState>(STATE)) {
      const { ocid, agency, matched } = value;
      if (matched === undefined || (agencies !== undefined && !agencies.includes(agency))) continue;
      total++;
      if (found.length < limit) found.push({ ocid, agency, ...matched });
    }
    return { matched: found, total };
  }

  /**
   * What sources say of a recorded process, whoever recorded it: of which kinds of entries their rows speak, how it was
   * recognised, and which entries they would correct. Undefined: none has come.
   */
  async sourceOf(ocid: string): Promise<SourceOfProcess | undefined> {
    const { storage, proposals } = this.#needs;
    const of = await storage.get<string>(`${OF_OCID}${part(ocid)}`);
    const state = of === undefined ? undefined : await storage.get<PackageState>(`${STATE}${of}`);
    const parts = of === undefined ? [] : ((await this.#rows.partsOfMany([of])).get(of) ?? []);
    const [first] = parts;
    if (state === undefined || first === undefined) return undefined;
    const corrects: number[] = [];
    for (const id of Object.keys(state.proposals)) {
      const proposal = await proposals.get(id);
      if (proposal?.kind !== "correction" || (proposal.state !== "open" && proposal.state !== "taken")) continue;
      corrects.push(...proposal.drafts.flatMap(({ names }) => names ?? []));
    }
    const { job: connector, capture, at } = first.kept;
    return {
      ...(state.matched === undefined ? {} : { matched: state.matched }),
      says: kindsIn(parts.map(({ fragment }) => fragment)),
      corrects,
      place: { connector, capture, at },
    };
  }

  // ---- planning

  #planning: Promise<void> = Promise.resolve();
  /** what will be planned by itself, and since when it waits */
  #later: { timer: NodeJS.Timeout; since: number } | undefined;

  /** Feeds that follow each other tell of the same packages: these are planned once, when the last of them is read. */
  #planLater(): void {
    const since = this.#later?.since ?? performance.now();
    clearTimeout(this.#later?.timer);
    const most = since + LONGEST_WAIT - performance.now();
    const plan = () => {
      // another has begun meanwhile
      if (this.#runs.size > 0 && most > 0) return this.#planLater();
      this.#plan().catch(this.#failed);
    };
    const wait = this.#runs.size > 0 ? most : Math.min(most, this.#needs.quiet ?? 0);
    this.#later = { timer: setTimeout(plan, wait).unref(), since };
  }

  /** Resolves when what ended feeds told is planned, or after as long as somebody waits for an answer. */
  async planned(): Promise<void> {
    if (this.#later !== undefined && this.#runs.size === 0) this.#plan().catch(this.#failed);
    await Promise.race([this.#planning, sleep(PATIENCE, undefined, { ref: false })]);
  }

  readonly #failed = (error: unknown) => this.#needs.report?.(error);

  /** One after the other: whoever asks meanwhile waits for a plan that has seen his rows. */
  #plan(): Promise<void> {
    const done = this.#planning.then(() => this.#planAll());
    this.#planning = done.catch(() => {});
    return done;
  }

  async #planAll(): Promise<void> {
    clearTimeout(this.#later?.timer);
    this.#later = undefined;
    await this.#needs.suppliers.refresh();
    let some: string[] = [];
    for await (const of of this.#rows.dirty()) {
      some.push(of);
      if (some.length < TOGETHER) continue;
      await this.#planSome(some);
      some = [];
    }
    if (some.length > 0) await this.#planSome(some);
  }

  async #planSome(packages: readonly string[]): Promise<void> {
    failpoint("procurement-planned");
    const { proposals, storage } = this.#needs;
    const work = async () => {
      const rows: { key: string; value: unknown }[] = [];
      const all = [...(await this.#rows.partsOfMany(packages, rows))];
      // the register is asked from another thread: what it has of some is on its way while others are planned
      for (let from = 0; from < all.length; from += ASKED_AT_ONCE)
        await Promise.all(
          all.slice(from, from + ASKED_AT_ONCE).map(([of, parts]) => this.#planPackage(of, parts, rows)),
        );
      // with the marks in one write: what a failing disk loses of it is planned again
      await storage.put(rows, { remove: packages.map((of) => this.#rows.dirtyKey(of)) });
    };
    await this.#inTurn(() => proposals.write(work));
    failpoint("procurement-proposed");
    await this.#tellHeard();
  }

  /** What was heard of suppliers and not told yet, by what it says. */
  readonly #hearing = new Map<string, SupplierHeard>();
  readonly #told = new Set<string>();

  #hear(supplier: Hex, key: string, name: string | undefined, parts: readonly PackagePart[]): void {
    const says = `${supplier} ${key} ${name}`;
    if (this.#needs.heard === undefined || this.#told.has(says) || this.#hearing.has(says)) return;
    const named = JSON.stringify(key);
    const part = parts.find(({ fragment }) => JSON.stringify(fragment.release).includes(named));
    if (part === undefined) return;
    const { job: connector, capture, at } = part.kept;
    const [form, number] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    this.#hearing.set(says, {
      supplier,
      ...(name === undefined ? {} : { name }),
      ...(form === "npwp" && /^\d{9}$/.test(number) ? { npwpCore: number } : {}),
      ...(form === "nib" ? { nib: number } : {}),
      source: { connector, capture, at },
    });
  }

  /** Nobody may be there to hear yet: then it is told with the next plan. */
  async #tellHeard(): Promise<void> {
    const { heard } = this.#needs;
    if (heard === undefined) return;
    for (const [says, said] of [...this.#hearing]) {
      try {
        await heard(said);
      } catch {
        return;
      }
      this.#hearing.delete(says);
      this.#told.add(says);
    }
  }

  async #planPackage(
    of: string,
    parts: readonly PackagePart[],
    rows: { key: string; value: unknown }[],
  ): Promise<void> {
    const { storage, suppliers, now } = this.#needs;
    const [agencyId, key] = of.split("/").map(decodeURIComponent) as [string, string];
    const settings = this.#byId.get(agencyId);
    const agency = suppliers.agency(agencyId);
    if (settings === undefined) return;
    const before = await storage.get<PackageState>(`${STATE}${of}`);
    if (parts.length === 0) return;
    if (agency === undefined) {
      const waits = [{ code: "agency-unregistered", words: agencyUnregistered(agencyId) }];
      const state: PackageState = {
        ocid: `${settings.stem}-${key}`,
        agency: agencyId,
        proposals: before?.proposals ?? {},
        waits,
        notes: [],
      };
      rows.push({ key: `${STATE}${of}`, value: state });
      return;
    }
    const found = await this.#processOf(of, key, settings, agency.stems ?? [], parts, before, rows);
    const { ocid, published, link } = found;
    const { parts: told, several } = severalContracts(
      parts,
      before?.several ?? {},
      (id) => contractIn(published?.view, id) !== undefined,
    );
    const named =
      link === undefined
        ? told
        : told.map((each) => ({ ...each, fragment: renamed(each.fragment, link, published?.view) }));
    const { planned, waits, notes } = planProcess([...named].sort(inOrder), {
      ocid,
      agency: { id: agency.id, name: agency.name, hex: agency.hex },
      supplier: (name, spelled) => {
        const found = suppliers.of(name, spelled);
        if (found !== undefined) this.#hear(found.hex, name, spelled, parts);
        return found;
      },
      legacyAgency: (code) => this.#agencies.get(code) && suppliers.agency(this.#agencies.get(code)!.id),
      organisation: (id) => suppliers.organisation(id),
      post: settings.post,
      openBefore: settings.openBefore,
      published,
      madeHere: parts.every(({ kept }) => kept.isOcds !== true),
      now: Math.floor(now() / 1000),
    });
    const made: Proposal[] = [];
    for (const { draft, kind, reason, from, after } of planned) {
      const text = draftToText(draft);
      const id = proposalIdOf([text]);
      made.push({
        id,
        agency: agency.hex,
        ocid,
        // its command follows from the proposal: whoever signs it twice signs one entry
        drafts: [{ ...text, source: { proposal: id } }],
        reason: found.matched === undefined ? reason : matchedToSource(reason),
        sources: from.slice(0, 8).map(({ kept }) => ({ connector: kept.job, capture: kept.capture, at: kept.at })),
        kind,
        state: "open",
        madeAt: now(),
        after: after.map((index) => made[index]!.id),
        jobs: [...new Set(from.map(({ kept }) => kept.job))],
      });
    }
    const taken = await this.#replace(before, made, published, rows);
    const ids = new Set([...made.map(({ id }) => id), ...taken]);
    const past = [...(before?.past ?? []), ...Object.keys(before?.proposals ?? {})].filter((id) => !ids.has(id));
    const state: PackageState = {
      ...{ ocid, agency: agencyId, waits, notes },
      proposals: {
        ...Object.fromEntries(made.map(({ id, after = [] }) => [id, after])),
        // those that somebody has taken are followed until they are recorded
        ...Object.fromEntries(taken.map((id) => [id, []])),
      },
      ...(past.length === 0 ? {} : { past }),
      ...(link === undefined ? {} : { link }),
      ...(Object.keys(several).length === 0 ? {} : { several }),
      ...(found.matched === undefined ? {} : { matched: found.matched }),
    };
    rows.push({ key: `${STATE}${of}`, value: state });
    if (before?.ocid !== ocid) rows.push({ key: `${OF_OCID}${part(ocid)}`, value: of });
  }

  /**
   * Older proposals that are no longer made are recorded, or replaced; what somebody has taken remains his.
   * @returns those that stay taken
   */
  async #replace(
    before: PackageState | undefined,
    made: readonly Proposal[],
    published: Published,
    rows: { key: string; value: unknown }[],
  ): Promise<string[]> {
    const { proposals, now } = this.#needs;
    const taken: string[] = [];
    const old = before?.proposals ?? {};
    const past = new Set(before?.past);
    const still = new Set(made.map(({ id }) => id));
    for (const proposal of made) {
      const own = old[proposal.id];
      // nothing of it can have changed but what people did, which stays
      if (own !== undefined && published === undefined && own.join() === proposal.after?.join()) continue;
      if (own === undefined && !past.has(proposal.id)) {
        rows.push({ key: proposalKey(proposal.id), value: proposal });
        continue;
      }
      const known = await proposals.get(proposal.id);
      const isReplaced = known?.state === "dropped" && known.dropped?.by === undefined;
      if (known === undefined || isReplaced || known.state === "recorded")
        rows.push({ key: proposalKey(proposal.id), value: proposal });
      else if (known.state === "open" && JSON.stringify(known.after) !== JSON.stringify(proposal.after))
        rows.push({ key: proposalKey(proposal.id), value: { ...known, after: proposal.after } });
    }
    for (const id of Object.keys(old)) {
      if (still.has(id)) continue;
      const known = await proposals.get(id);
      if (known === undefined || (known.state !== "open" && known.state !== "taken")) continue;
      const leaf = recordedAs(known, published?.view);
      if (leaf !== undefined) {
        rows.push({
          key: proposalKey(id),
          value: { ...known, state: "recorded", recorded: { at: now(), leaf } } satisfies Proposal,
        });
      } else if (known.state === "open") {
        const dropped = { at: now(), why: replaced };
        rows.push({ key: proposalKey(id), value: { ...known, state: "dropped", dropped } satisfies Proposal });
      } else taken.push(id);
    }
    return taken;
  }

  // ---- which process a package is

  async #processOf(
    of: string,
    key: string,
    { id: agency, stem }: ProcurementAgency,
    stems: readonly string[],
    parts: readonly PackagePart[],
    before: PackageState | undefined,
    rows: { key: string; value: unknown }[],
  ): Promise<{ ocid: string; published: Published; link?: Link; matched?: { how: Words; at: number } }> {
    const { book, storage } = this.#needs;
    const native = `${stem}-${key}`;
    if (before !== undefined) {
      const published = await book.process(before.ocid, "waiting");
      // once something of it is recorded it is that process for ever
      if (published !== undefined || before.link !== undefined)
        return {
          ocid: before.ocid,
          published,
          ...(before.link === undefined ? {} : { link: before.link }),
          ...(before.matched === undefined ? {} : { matched: before.matched }),
        };
    }
    // the agency's other stems too: of waves, which brought packages under the same keys
    const candidates = [native, ...stems.filter((each) => each !== stem).map((each) => `${each}-${key}`)];
    const contracts = [...new Set(parts.flatMap(({ fragment }) => Object.keys(fragment.contracts ?? {})))];
    this.#hasRecorded ??= await isAny(storage, RECORDED);
    for (const name of this.#hasRecorded ? [key, ...contracts] : []) {
      const recorded = await storage.get<string>(`${RECORDED}${packageKey(agency, name)}`);
      if (recorded !== undefined && !candidates.includes(recorded)) candidates.push(recorded);
    }
    for (const ocid of candidates) {
      const published = await book.process(ocid, "waiting");
      if (published !== undefined) return { ocid, published };
    }
    return (await this.#byNumber(of, agency, parts, rows)) ?? { ocid: native, published: undefined };
  }

  /** A process that somebody recorded by hand: its contract has the number, the supplier and the value of the source's. */
  async #byNumber(of: string, agency: string, parts: readonly PackagePart[], rows: { key: string; value: unknown }[]) {
    const { storage, suppliers, book, now } = this.#needs;
    let parties: Map<string, Hex> | undefined;
    for (const { fragment } of parts) {
      for (const [id, { number, value, firstValue }] of Object.entries(fragment.contracts ?? {})) {
        if (number === undefined) continue;
        const place = `${part(agency)}/${documentKeyOf(number)}`;
        rows.push({ key: `${WANTED}${place}/${of}`, value: of });
        if (!this.#hasRecorded) continue;
        parties ??= partiesOf(parts, (key, name) => suppliers.of(key, name)?.hex);
        const party = parties.get(id);
        const found: Numbered[] = [];
        for (const told of (await storage.get<Numbered[]>(`${NUMBER}${place}`)) ?? []) {
          const sameValue = [value, firstValue].some((each) => each !== undefined && told.values.includes(each));
          if (!sameValue || party === undefined || told.party !== party) continue;
          const owner = await storage.get<string>(`${OF_OCID}${part(told.ocid)}`);
          if (owner === undefined || owner === of) found.push(told);
        }
        const [only, ...others] = found;
        if (only === undefined || others.length > 0) continue;
        const published = await book.process(only.ocid, "waiting");
        const contract = contractIn(published?.view, only.contractId);
        if (published === undefined || contract === undefined) continue;
        const award = awardOf(parts, id);
        const link: Link = {
          contracts: { [id]: only.contractId },
          awards: award === undefined ? {} : { [award]: contract.awardId ?? "" },
        };
        return { ocid: only.ocid, published, link, matched: { how: recognised(number), at: now() } };
      }
    }
    return undefined;
  }
}

/** Why no map reads these rows, in words; what is no fault of a map goes on. */
function unfit(error: unknown): Words {
  if (error instanceof Fault) return error.words;
  if (!(error instanceof ConfigFault)) throw error;
  const [first = { en: "", id: "" }] = error.faults;
  return first;
}

/** The suppliers of contracts, by contract id of the source, as rows name them last. */
function partiesOf(
  parts: readonly PackagePart[],
  hexOf: (key: string, name: string | undefined) => Hex | undefined,
): Map<string, Hex> {
  const winners = new Map<string, Hex>();
  const found = new Map<string, Hex>();
  for (const { fragment } of parts)
    for (const { id, suppliers } of list(fragment.release.awards)) {
      const [only] = list(suppliers);
      const hex =
        only === undefined ? undefined : hexOf(String(only.id), typeof only.name === "string" ? only.name : undefined);
      if (hex !== undefined) winners.set(String(id), hex);
    }
  for (const { fragment } of parts)
    for (const { id, awardID } of list(fragment.release.contracts)) {
      const hex = winners.get(String(awardID));
      if (hex !== undefined) found.set(String(id), hex);
    }
  return found;
}

function awardOf(parts: readonly PackagePart[], contract: string): string | undefined {
  for (const { fragment } of parts)
    for (const { id, awardID } of list(fragment.release.contracts))
      if (id === contract && typeof awardID === "string") return awardID;
  return undefined;
}

/** What a row says, by the ids of the record. */
function renamed(
  fragment: ProcessFragment,
  { contracts, awards }: Link,
  view: ProcessView | undefined,
): ProcessFragment {
  const { release } = fragment;
  const tender =
    isObject(release.tender) && view?.tender?.id !== undefined
      ? { tender: { ...release.tender, id: view.tender.id } }
      : {};
  const contractId = (id: unknown) => contracts[String(id)] ?? String(id);
  const ofAwards = list(release.awards).flatMap((award) => {
    const id = awards[String(award.id)] ?? String(award.id);
    return id === "" ? [] : [{ ...award, id }];
  });
  const ofContracts = list(release.contracts).map((contract) => {
    const id = contractId(contract.id);
    const award = awards[String(contract.awardID)] ?? contract.awardID;
    return { ...contract, id, awardID: award === "" ? id : award };
  });
  const { awards: _, contracts: __, ...rest } = release;
  return {
    ...fragment,
    release: {
      ...rest,
      ...tender,
      ...(ofAwards.length === 0 ? {} : { awards: ofAwards }),
      ...(ofContracts.length === 0 ? {} : { contracts: ofContracts }),
    },
    ...(fragment.contracts === undefined
      ? {}
      : {
          contracts: Object.fromEntries(
            Object.entries(fragment.contracts).map(([id, facts]) => [contractId(id), facts]),
          ),
        }),
  };
}

/** Keys of the numbers under which people know a recorded contract. */
function numbersOf(view: ProcessView, releases: readonly Json[], id: string): Set<Hex> {
  const numbers = new Set<Hex>([documentKeyOf(id)]);
  for (const { kind, of, terms } of Object.values(view.entries))
    if (of === id && kind === Kind.contract && typeof terms.documentKey === "string")
      numbers.add(terms.documentKey as Hex);
  for (const release of releases)
    for (const contract of list(release.contracts)) {
      if (contract.id !== id) continue;
      for (const text of [contract.description, ...list(contract.documents).map(({ title }) => title)]) {
        const number =
          typeof text === "string" ? /^(?:nomor kontrak:|kontrak|spk|no\.?|nomor)\s+(.+)$/i.exec(text)?.[1] : undefined;
        if (number !== undefined) numbers.add(documentKeyOf(number));
      }
    }
  return numbers;
}

/** The leaf of the entry that a proposal has become. */
function recordedAs({ drafts }: Proposal, view: ProcessView | undefined): Hex | undefined {
  const [draft] = drafts;
  if (draft === undefined || view === undefined) return undefined;
  const subject = draft.contractId || draft.awardId || undefined;
  const said = (terms: ReturnType<typeof termsToText>) => {
    // the post is that of whoever has signed
    const { officer: _, ...rest } = terms;
    return JSON.stringify(Object.entries(rest).sort());
  };
  const found = Object.entries(view.entries).find(
    ([, { kind, of, terms, corrects }]) =>
      of === subject &&
      said(terms) === said(draft.terms) &&
      (draft.kind === "correction" ? corrects !== undefined : kind === Kind[draft.kind as KindName]),
  );
  return found?.[0] as Hex | undefined;
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

const replaced: Words = {
  en: "The sources, or the record, say something else by now.",
  id: "Sumber atau register kini memuat hal lain.",
};

const recognised = (number: string): Words => ({
  en: `Recorded by hand before its source came: the contract ${number} of the same supplier and value.`,
  id: `Dicatat manual sebelum sumbernya datang: kontrak ${number} dengan penyedia dan nilai yang sama.`,
});

const matchedToSource = ({ en, id }: Words): Words => ({
  en: `Recorded by hand, matched to source. ${en}`,
  id: `Dicatat manual, dicocokkan dengan sumber. ${id}`,
});

const agencyUnknown = ({ agency }: ProcessFragment): Words => ({
  en: `${agency} is no agency that connectors.yaml names. Add it to the codes of one there, then retry.`,
  id: `${agency} bukan instansi yang disebut connectors.yaml. Tambahkan ke codes salah satunya, lalu ulangi.`,
});

const agencyUnregistered = (agency: string): Words => ({
  en: `${agency} is not registered. The registrar registers it; then its packages are proposed.`,
  id: `${agency} belum terdaftar. Setelah petugas pendaftaran mendaftarkannya, paketnya diusulkan.`,
});

/** Kinds of entries of which rows speak. */
function kindsIn(fragments: readonly ProcessFragment[]): KindName[] {
  const says = (is: (fragment: ProcessFragment) => unknown) => fragments.some(is);
  const facts = fragments.flatMap(({ contracts = {} }) => Object.values(contracts));
  const found: [KindName, unknown][] = [
    ["planning", says(({ release }) => release.planning)],
    ["tender", says(({ release }) => release.tender)],
    ["award", says(({ release }) => list(release.awards).length > 0)],
    ["contract", says(({ release }) => list(release.contracts).length > 0)],
    ["amendment", facts.some(({ version = 0 }) => version > 0)],
    ["implementation", facts.some(({ deeds = [] }) => deeds.length > 0)],
    ["certificate", facts.some(({ documents = [] }) => documents.some(({ kind }) => kind === "certificate"))],
  ];
  return found.filter(([, is]) => Boolean(is)).map(([kind]) => kind);
}
