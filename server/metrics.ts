import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Submission } from "./actions/submissions.ts";
import { WaveState, type WaveStateName } from "./domain/entries/kinds.ts";
import { explainRefusal, ledgerProblems } from "./domain/problems.ts";
import type { Measure } from "./integrations/thread.ts";

/** What is looked at when somebody asks. */
type Looked = {
  entries: number;
  events: number;
  /** blocks that the chain has and the projection not yet */
  lag: number;
  /** items that wait for a block */
  queue: number;
  poison: number;
  faults: number;
  /** offices that the council granted in an emergency, while they run */
  glass: number;
  /** waves of legacy records by where they stand */
  waves: Partial<Record<WaveStateName, number>>;
  writable: boolean;
  /** entries that wait for a second signature */
  waiting: number;
  /** since when the longest waiting one does, in seconds: 0 where none waits */
  longestWait: number;
};

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]);
const RULES = new Set<string>(Object.values(ledgerProblems).map(([name]) => name));
const long = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3_600];
const fast = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

let ofProcess: Registry | undefined;
/** What Node tells of the process; its observers are never taken down, so there is one of each. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/**
 * Figures of this process in the text format of Prometheus. Labels come from fixed lists (route patterns, states, names
 * of rules), so that no request can make a new one.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #look: () => Promise<void>;
  /** when each submission was taken, until its fate is known; monotonic milliseconds */
  readonly #taken = new Map<string, number>();

  readonly #requests = this.#histogram("http_request_seconds", "Time to answer, by route", fast, [
    "method",
    "route",
    "status",
  ]);
  readonly #submissions = this.#counter("submissions_total", "Submissions that came into a state", ["state"]);
  readonly #refusals = this.#counter("refusals_total", "What the ledger refused, or would have, by rule", ["rule"]);
  readonly #final = this.#histogram("final_seconds", "From taking a submission to its record in the register", fast);
  readonly #batch = this.#histogram("batch_items", "Items sent in a block", [1, 2, 5, 10, 20, 50, 100, 150, 200]);
  readonly #block = this.#histogram("block_seconds", "From sending a block's items to its being durable", fast);
  readonly #journal = this.#histogram("journal_seconds", "Writing a block to the journal, with fsync", fast);
  readonly #rows = this.#counter("connector_rows_total", "Rows that connectors read, by what became of them", [
    "job",
    "outcome",
  ]);
  readonly #runs = this.#histogram("connector_run_seconds", "Runs of connectors, by how they ended", long, [
    "job",
    "state",
  ]);
  readonly #letters = this.#gauge("connector_dead_letters", "Rows and answers that were set aside and wait", ["job"]);
  readonly #alarms = this.#gauge(
    "connector_alarms",
    "Drifts of a source's columns or volume that nobody has looked at",
    ["job"],
  );
  readonly #good = this.#gauge(
    "connector_last_good_seconds",
    "When a connector last ended well, in seconds since 1970",
    ["job"],
  );
  readonly #crashes = this.#counter(
    "integrations_crashes_total",
    "Times that the integrations' thread had to be started again",
    [],
  );
  readonly #waves = this.#gauge("waves", "Waves of legacy records, by state", ["state"]);
  readonly #streams = this.#gauge("event_streams", "Open streams of events");

  /** @param look asked at each reading */
  constructor(look: () => Promise<Looked>) {
    const figures: Record<Exclude<keyof Looked, "waves">, Gauge> = {
      entries: this.#gauge("entries", "Entries in the register"),
      events: this.#gauge("events", "Number of the newest event"),
      lag: this.#gauge("follower_lag_blocks", "Blocks of the chain that are not projected yet"),
      queue: this.#gauge("queue_items", "Items that wait for a block"),
      poison: this.#gauge("poison", "Events that were set aside"),
      glass: this.#gauge("break_glass_offices", "Offices that the council granted in an emergency, while they run"),
      faults: this.#gauge("faults", "What needs somebody's eye"),
      writable: this.#gauge("writable", "1 where entries are taken"),
      waiting: this.#gauge("awaiting_approval", "Entries that wait for a second signature"),
      longestWait: this.#gauge("awaiting_approval_seconds", "How long the longest waiting of them has"),
    };
    this.#look = async () => {
      const found = await look();
      for (const [name, gauge] of Object.entries(figures)) gauge.set(Number(found[name as keyof typeof figures]));
      for (const state of Object.keys(WaveState) as WaveStateName[])
        this.#waves.set({ state }, found.waves[state] ?? 0);
    };
  }

  #histogram<L extends string = never>(name: string, help: string, buckets: number[], labelNames: L[] = []) {
    return new Histogram<L>({ name: `prasasti_${name}`, help, buckets, labelNames, registers: [this.#registry] });
  }

  #counter<L extends string>(name: string, help: string, labelNames: L[]) {
    return new Counter<L>({ name: `prasasti_${name}`, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string = never>(name: string, help: string, labelNames: L[] = []): Gauge<L> {
    return new Gauge<L>({ name: `prasasti_${name}`, help, labelNames, registers: [this.#registry] });
  }

  /** @param route the pattern of the route; undefined where none answered */
  answered(method: string, route: string | undefined, status: number, seconds: number): void {
    const known = METHODS.has(method) ? method : "other";
    this.#requests.observe({ method: known, route: route ?? "none", status: String(status) }, seconds);
  }

  moved({ id, state, refusal }: Submission): void {
    this.#submissions.inc({ state });
    if (refusal !== undefined && state !== "final") this.refused(refusal.code);
    if (state === "queued") {
      this.#taken.set(id, performance.now());
      return;
    }
    const taken = this.#taken.get(id);
    this.#taken.delete(id);
    if (taken !== undefined && state === "final") this.#final.observe((performance.now() - taken) / 1000);
  }

  refused(code: number): void {
    const { name } = explainRefusal({ code, a: 0n, b: 0n });
    this.#refusals.inc({ rule: RULES.has(name) ? name : "other" });
  }

  sent(items: number, seconds: number): void {
    this.#batch.observe(items);
    this.#block.observe(seconds);
  }

  journalled(seconds: number): void {
    this.#journal.observe(seconds);
  }

  /** What the thread of the integrations tells; its jobs are those of the settings, so their names make no new ones. */
  integrated(measure: Measure): void {
    const { job } = measure;
    switch (measure.of) {
      case "rows":
        this.#rows.inc({ job, outcome: measure.outcome }, measure.count);
        return;
      case "run":
        this.#runs.observe({ job, state: measure.outcome }, measure.seconds);
        return;
      case "dead":
        this.#letters.set({ job }, measure.open);
        return;
      case "alarms":
        this.#alarms.set({ job }, measure.open);
        return;
      case "good":
        this.#good.set({ job }, measure.at / 1000);
    }
  }

  crashed(): void {
    this.#crashes.inc();
  }

  streams(count: number): void {
    this.#streams.set(count);
  }

  /** All of it, that of the process (memory, event loop, garbage collection) included. */
  async text(): Promise<string> {
    await this.#look();
    return `${await this.#registry.metrics()}\n${await processRegistry().metrics()}`;
  }
}
