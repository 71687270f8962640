import type { Hex } from "../../domain/entries/words.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import {
  inDependencyOrder,
  type Proposal,
  type ProposalKind,
  type ProposalState,
} from "../../domain/proposals/proposal.ts";
import type { Storage } from "../../domain/storage.ts";

const ROWS = "proposal/";
export const proposalKey = (id: string) => `${ROWS}${id}`;

/** Which proposals somebody asks for. Without `states` those that are open. */
export type ProposalQuery = {
  readonly agencies?: readonly Hex[] | undefined;
  readonly states?: readonly ProposalState[] | undefined;
  readonly kinds?: readonly ProposalKind[] | undefined;
  /** kinds of entries, by name */
  readonly entries?: readonly string[] | undefined;
  readonly ocid?: string | undefined;
  readonly jobs?: readonly string[] | undefined;
  /** the id after which to go on */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
};

/** A proposal with what it waits for: others that must be recorded before. */
export type ToldProposal = Proposal & { readonly waitsFor: readonly string[] };

/** What anybody proposes to be signed, in the one store that all parts share. */
export class Proposals {
  readonly #storage: Storage;
  readonly #now: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  /** The proposals of a store: one for all parts, so that what they change is changed in turn. */
  static of(storage: Storage, now: () => number): Proposals {
    const known = opened.get(storage);
    if (known !== undefined) return known;
    const proposals = new Proposals(storage, now);
    opened.set(storage, proposals);
    return proposals;
  }

  get(id: string): Promise<Proposal | undefined> {
    return this.#storage.get<Proposal>(proposalKey(id));
  }

  /** @throws ProblemError not-found */
  async show(id: string): Promise<ToldProposal> {
    const found = await this.get(id);
    if (found === undefined) throw new ProblemError("not-found");
    return { ...found, waitsFor: await this.#waitsFor(found) };
  }

  /**
   * Those that match, what others wait for before them: a list that is signed from its beginning. Processes come in the
   * order of their ocids; no more than the page is held in memory.
   */
  async list(query: ProposalQuery): Promise<{ proposals: ToldProposal[]; total: number }> {
    const { limit = 100, after } = query;
    const last = after === undefined ? undefined : await this.get(after);
    const page = new FirstProcesses(last?.ocid ?? "", limit);
    let total = 0;
    for await (const { value } of this.#storage.range<Proposal>(ROWS)) {
      if (!matches(value, query)) continue;
      total++;
      page.add(value);
    }
    const ordered = inReadingOrder(page.all());
    // what was shown last may have been taken since: then its process is shown from its beginning
    const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
    const shown = ordered.slice(from, from + limit);
    const proposals = await Promise.all(shown.map(async (each) => ({ ...each, waitsFor: await this.#waitsFor(each) })));
    return { proposals, total };
  }

  async #waitsFor({ after = [] }: Proposal): Promise<string[]> {
    const before = await Promise.all(after.map((id) => this.get(id)));
    return after.filter((_, index) => before[index] !== undefined && before[index].state !== "recorded");
  }

  /**
   * Makes proposals somebody's own; what they wait for must be recorded, taken, or in the same act.
   * @throws ProblemError not-found, proposal-not-open, proposal-waits
   */
  async take(ids: readonly string[], by: Hex): Promise<Proposal[]> {
    return this.#inTurn(async () => {
      const own = new Set(ids);
      const taken: Proposal[] = [];
      for (const id of own) {
        const found = await this.get(id);
        if (found === undefined) throw new ProblemError("not-found");
        const isOwn = found.state === "taken" && found.taken?.by === by;
        if (found.state !== "open" && !isOwn)
          throw new ProblemError("proposal-not-open", id, { proposal: id, state: found.state });
        for (const before of await this.#waitsFor(found)) {
          const state = (await this.get(before))?.state;
          if (!own.has(before) && state !== "taken")
            throw new ProblemError("proposal-waits", id, { proposal: id, before });
        }
        taken.push(isOwn ? found : { ...found, state: "taken", taken: { by, at: this.#now() } });
      }
      await this.#keep(taken);
      return inReadingOrder(taken);
    });
  }

  /** Gives back what was taken and not signed. */
  async release(ids: readonly string[], by: Hex): Promise<void> {
    await this.#inTurn(async () => {
      const found = await Promise.all(ids.map((id) => this.get(id)));
      const own = found.filter((each) => each?.state === "taken" && each.taken?.by === by) as Proposal[];
      await this.#keep(own.map(({ taken: _, ...rest }) => ({ ...rest, state: "open" })));
    });
  }

  /** Declines one: the same is not proposed again. @throws ProblemError not-found, proposal-not-open */
  async drop(id: string, by: Hex, why: Words): Promise<Proposal> {
    return this.#inTurn(async () => {
      const found = await this.get(id);
      if (found === undefined) throw new ProblemError("not-found");
      const isOwn = found.state === "taken" && found.taken?.by === by;
      if (found.state !== "open" && !isOwn)
        throw new ProblemError("proposal-not-open", id, { proposal: id, state: found.state });
      const { taken: _, ...rest } = found;
      const dropped: Proposal = { ...rest, state: "dropped", dropped: { by, at: this.#now(), why } };
      await this.#keep([dropped]);
      return dropped;
    });
  }

  async #keep(proposals: readonly Proposal[]): Promise<void> {
    await this.#storage.put(
      proposals.map((each) => ({ key: proposalKey(each.id), value: each })),
      { sync: true },
    );
  }

  /** One after the other, of whatever changes a proposal. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Rows that a plan changes, written in turn with what people do. */
  write(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(work);
  }
}

const opened = new WeakMap<Storage, Proposals>();

function matches(
  proposal: Proposal,
  { agencies, states = ["open"], kinds, entries, ocid, jobs }: ProposalQuery,
): boolean {
  return (
    states.includes(proposal.state) &&
    (agencies === undefined || agencies.includes(proposal.agency)) &&
    (kinds === undefined || kinds.includes(proposal.kind)) &&
    (entries === undefined || proposal.drafts.every(({ kind }) => entries.includes(kind))) &&
    (ocid === undefined || proposal.ocid === ocid) &&
    (jobs === undefined || proposal.jobs?.some((job) => jobs.includes(job)) === true)
  );
}

/** The proposals of the first processes by ocid, from one on: as many as a page may need, and no others. */
class FirstProcesses {
  readonly #from: string;
  readonly #limit: number;
  readonly #processes = new Map<string, Proposal[]>();
  #count = 0;
  /** of the last process that may still be on the page */
  #last: string | undefined;

  constructor(from: string, limit: number) {
    this.#from = from;
    this.#limit = limit;
  }

  add(proposal: Proposal): void {
    const { ocid } = proposal;
    if (ocid < this.#from || (this.#last !== undefined && ocid > this.#last)) return;
    const known = this.#processes.get(ocid);
    if (known === undefined) this.#processes.set(ocid, [proposal]);
    else known.push(proposal);
    if (++this.#count > 4 * this.#limit + 1_000) this.#prune();
  }

  /** Leaves out processes that come after a whole page, the one at its beginning not counted. */
  #prune(): void {
    let before = 0;
    for (const ocid of [...this.#processes.keys()].sort()) {
      const { length } = this.#processes.get(ocid)!;
      if (before > this.#limit) {
        this.#processes.delete(ocid);
        this.#count -= length;
        continue;
      }
      if (ocid !== this.#from) before += length;
      this.#last = ocid;
    }
  }

  all(): Proposal[] {
    return [...this.#processes.values()].flat();
  }
}

/** By process and age, so that what belongs together stands together; each after those that it waits for. */
function inReadingOrder(proposals: readonly Proposal[]): Proposal[] {
  const sorted = [...proposals].sort((a, b) =>
    a.ocid < b.ocid ? -1 : a.ocid > b.ocid ? 1 : a.madeAt - b.madeAt || (a.id < b.id ? -1 : 1),
  );
  return inDependencyOrder(sorted);
}
