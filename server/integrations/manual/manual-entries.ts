import { Kind, type KindName, kindName } from "../../domain/entries/kinds.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { canonicalJson } from "../../domain/json.ts";
import type { SourcePlace } from "../../domain/payments/payment-document.ts";
import type { Words } from "../../domain/problems.ts";
import { keyPart, ordered } from "../../domain/projection/ordered.ts";
import type { EntryView } from "../../domain/projection/process-view.ts";
import type { Proposal } from "../../domain/proposals/proposal.ts";
import type { Storage } from "../../domain/storage.ts";
import type { Book } from "../book.ts";

// What people typed although a connected system has it: marked, until its source comes and says the same, or otherwise.

/** `waiting`: no source has come yet; `reconciled`: one says it too; `differs`: one says it otherwise. */
const MANUAL_STATES = ["waiting", "reconciled", "differs"] as const;
export type ManualState = (typeof MANUAL_STATES)[number];

/** An entry that a person recorded of an agency that connectors cover. Times in milliseconds UTC, amounts in minor units. */
export type ManualEntry = {
  readonly leaf: Hex;
  readonly ocid: string;
  readonly agency: Hex;
  readonly kind: KindName;
  readonly contractId?: string;
  readonly sequence: number;
  readonly currency?: string;
  readonly amount?: string;
  /** `YYYY-MM-DD` */
  readonly on?: string;
  /** connectors that bring such things */
  readonly jobs: readonly string[];
  readonly seenAt: number;
  readonly state: ManualState;
  readonly source?: Arrived;
};

/** What a source says of it: how it was recognised, where it stands, and whether it says the same. */
export type Arrived = {
  readonly how: Words;
  readonly at: number;
  readonly same: boolean;
  readonly place?: SourcePlace;
};

type Needs = {
  readonly rows: Storage;
  readonly book: Book;
  readonly now: () => number;
  /** connectors that bring entries of this kind for an agency; none: it is nobody's but the officer's */
  readonly covering: (agency: Hex, of: "procurement" | "payments") => readonly string[];
  /** everything that was ever proposed */
  readonly proposals: () => AsyncIterable<Proposal>;
  /** what sources say of an entry; undefined: none has come */
  readonly arrived: (entry: ManualEntry, terms: EntryView["terms"]) => Promise<Arrived | undefined>;
};

/** Which connected systems bring what. Corrections, status, notes and holds are people's own. */
const BROUGHT: Readonly<Record<number, "procurement" | "payments">> = {
  [Kind.planning]: "procurement",
  [Kind.tender]: "procurement",
  [Kind.award]: "procurement",
  [Kind.contract]: "procurement",
  [Kind.amendment]: "procurement",
  [Kind.implementation]: "procurement",
  [Kind.certificate]: "procurement",
  [Kind.payment]: "payments",
  [Kind.return]: "payments",
};

const ROW = "manual/row/";
const LEAF = "manual/leaf/";
const DONE = "manual/done/";
/** Rows that one look goes over. */
const LOOKED_AT = 500;

export class ManualEntries {
  readonly #needs: Needs;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** Looks at what was recorded in these processes since it looked last. May be told twice. */
  onLedger(ocids: readonly string[]): Promise<void> {
    return this.#inTurn(async () => {
      const found: { entry: ManualEntry; terms: EntryView["terms"] }[] = [];
      const done: { key: string; value: number }[] = [];
      for (const ocid of ocids) await this.#look(ocid, found, done);
      if (found.length > 0) {
        const proposed = await this.#proposed(new Set(found.map(({ entry }) => entry.ocid)));
        const puts = [];
        for (const { entry, terms } of found) {
          if (isProposed(entry, terms, proposed.get(entry.ocid))) continue;
          const place = `${keyPart(entry.ocid)}-${ordered(entry.sequence)}`;
          const key = `${ROW}${entry.agency}/${ordered(entry.seenAt)}-${place}`;
          puts.push({ key, value: entry }, { key: `${LEAF}${entry.leaf}`, value: key });
        }
        await this.#needs.rows.put(puts, { sync: true });
      }
      // only when what was found is kept
      await this.#needs.rows.put(done);
    });
  }

  async #look(
    ocid: string,
    found: { entry: ManualEntry; terms: EntryView["terms"] }[],
    done: { key: string; value: number }[],
  ): Promise<void> {
    const { book, covering, rows, now } = this.#needs;
    const published = await book.process(ocid);
    if (published === undefined) return;
    const { view, releases } = published;
    const agency = view.agency;
    const jobs = { procurement: covering(agency, "procurement"), payments: covering(agency, "payments") };
    if (jobs.procurement.length === 0 && jobs.payments.length === 0) return;
    const key = `${DONE}${keyPart(ocid)}`;
    const since = (await rows.get<number>(key)) ?? 0;
    // what waves brought says so itself
    const brought = new Set(releases.filter(({ migration }) => migration !== undefined).map(({ id }) => id));
    let last = since;
    for (const [leaf, { kind, of, terms, sequence, corrects }] of Object.entries(view.entries)) {
      last = Math.max(last, sequence);
      const sink = BROUGHT[kind];
      if (sequence <= since || sink === undefined || corrects !== undefined || jobs[sink].length === 0) continue;
      if (brought.has(`${ocid}-${sequence}`) || (await rows.get(`${LEAF}${leaf}`)) !== undefined) continue;
      const amount = terms.amount ?? terms.value;
      const entry: ManualEntry = {
        ...{ leaf: leaf as Hex, ocid, agency, kind: kindName(kind)!, sequence, jobs: jobs[sink] },
        ...(of === undefined ? {} : { contractId: of }),
        ...(terms.currency === undefined ? {} : { currency: String(terms.currency) }),
        ...(amount === undefined ? {} : { amount: String(amount) }),
        ...(terms.on === undefined ? {} : { on: new Date(Number(terms.on) * 1_000).toISOString().slice(0, 10) }),
        ...{ seenAt: now(), state: "waiting" },
      };
      found.push({ entry, terms });
    }
    if (last > since) done.push({ key, value: last });
  }

  /** Looks whether sources have come for what waits, or say otherwise now, and returns how many changed. */
  refresh(agencies?: readonly Hex[]): Promise<number> {
    return this.#inTurn(async () => {
      const waiting: { key: string; value: ManualEntry }[] = [];
      for await (const row of this.#needs.rows.range<ManualEntry>(ROW)) {
        if (row.value.state === "reconciled" || (agencies !== undefined && !agencies.includes(row.value.agency)))
          continue;
        waiting.push(row);
        if (waiting.length >= LOOKED_AT) break;
      }
      if (waiting.length === 0) return 0;
      const proposed = await this.#proposed(new Set(waiting.map(({ value }) => value.ocid)));
      const puts: { key: string; value: unknown }[] = [];
      const remove: string[] = [];
      for (const { key, value } of waiting) {
        const view = (await this.#needs.book.process(value.ocid))?.view;
        const terms = view?.entries[value.leaf]?.terms;
        // a network took it back, or it came from a proposal that was known to be signed only later
        if (terms === undefined || isProposed(value, terms, proposed.get(value.ocid))) {
          remove.push(key, `${LEAF}${value.leaf}`);
          continue;
        }
        const source = await this.#needs.arrived(value, terms);
        const state: ManualState = source === undefined ? "waiting" : source.same ? "reconciled" : "differs";
        if (state === value.state) continue;
        const { source: _, ...rest } = value;
        puts.push({ key, value: { ...rest, state, ...(source === undefined ? {} : { source }) } });
      }
      await this.#needs.rows.put(puts, { sync: true, remove });
      return puts.length + remove.length / 2;
    });
  }

  /** Entries by agency and in the order in which they were seen, and how many are in each state. */
  async list({
    agencies,
    state,
    limit = 100,
  }: {
    agencies?: readonly Hex[];
    state?: ManualState;
    limit?: number;
  }): Promise<{ entries: ManualEntry[]; counts: Record<ManualState, number> }> {
    const counts: Record<ManualState, number> = { waiting: 0, reconciled: 0, differs: 0 };
    const entries: ManualEntry[] = [];
    for await (const { value } of this.#needs.rows.range<ManualEntry>(ROW)) {
      if (agencies !== undefined && !agencies.includes(value.agency)) continue;
      counts[value.state]++;
      if ((state === undefined || value.state === state) && entries.length < limit) entries.push(value);
    }
    return { entries, counts };
  }

  async #proposed(ocids: ReadonlySet<string>): Promise<Map<string, Proposal["drafts"][number][]>> {
    const found = new Map<string, Proposal["drafts"][number][]>();
    for await (const { ocid, state, drafts } of this.#needs.proposals())
      if (state !== "dropped" && ocids.has(ocid)) found.set(ocid, [...(found.get(ocid) ?? []), ...drafts]);
    return found;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** Whether an entry says what was proposed: then its source has brought it, whoever signed. */
function isProposed(
  { kind, contractId }: ManualEntry,
  terms: EntryView["terms"],
  drafts: readonly Proposal["drafts"][number][] = [],
): boolean {
  return drafts.some(
    (draft) =>
      draft.kind === kind &&
      (draft.contractId === (contractId ?? "") || draft.awardId === (contractId ?? "")) &&
      Object.entries(draft.terms).every(
        ([name, value]) => canonicalJson(String(value)) === canonicalJson(String(terms[name as keyof typeof terms])),
      ),
  );
}
