import { compileMap } from "../../../migration/mapping/compile-map.ts";
import type { SourceRow } from "../../../migration/row.ts";
import type {
  AlarmTold,
  ConnectorTest,
  ConnectorTold,
  Contract,
  DeadLetter,
  Run,
  RunReason,
} from "../../domain/connectors.ts";
import { Fault } from "../../domain/fault.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Storage } from "../../domain/storage.ts";
import { type ConnectorSource, type ConnectorsFile, type JobSettings, milliseconds } from "../settings.ts";
import type { Sink, SinkName } from "../sink.ts";
import type { Measure } from "../thread.ts";
import { Alarms } from "./alarms.ts";
import type { Captures } from "./captures.ts";
import { accepted, ContractWatch, driftInWords } from "./contract.ts";
import { DeadLetters } from "./dead-letters.ts";
import { ConnectorFault, type Feed } from "./feed.ts";
import { readJobMap } from "./job-map.ts";
import {
  type CaptureRow,
  capturesOf,
  contractKey,
  ENDING,
  JobRun,
  type JobState,
  type Pending,
  pendingKey,
  type RunNeeds,
  runKey,
  runsOf,
  STOPPED,
  stateKey,
} from "./job-run.ts";
import { Pace } from "./pace.ts";
import { faultOf, newRun } from "./run.ts";
import { dueAt } from "./schedule.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export type JobsNeeds = {
  readonly storage: Storage;
  readonly captures: Captures;
  readonly connectors: ConnectorsFile;
  /** digests of dead letters are keyed with it */
  readonly secret: Uint8Array;
  readonly env: Environment;
  now(): number;
  sink(name: SinkName): Sink | undefined;
  /** opens the place that a source names, its paths relative to the folder */
  open(source: ConnectorSource, folder: string, env: Environment): Promise<Feed>;
  measure(measure: Measure): void;
  /** told what went wrong with this machine, not with a source: a disk that is full */
  report(error: unknown): void;
};

/** Jobs that run at once because they are due; what somebody asks for runs beside them. */
const AT_ONCE = 2;
/** Rows at which a test looks. */
const SAMPLE = 500;
const DAY = 86_400_000;

/** The jobs of `connectors.yaml`: run when they are due or asked for, each step written down before it is done. */
export class Jobs {
  readonly #needs: JobsNeeds;
  readonly #letters: DeadLetters;
  readonly #alarms: Alarms;
  readonly #running = new Map<string, { done: Promise<Run>; stop: AbortController; run: Run }>();
  /** what a run that was cut off has left behind, while it goes on */
  readonly #left = new Map<string, Promise<unknown>>();
  /** jobs that are being paused: none of them starts before that is written */
  readonly #pausing = new Set<string>();
  readonly #paces = new Map<string, Pace>();
  #scheduled = 0;
  #swept = 0;
  #closing = false;

  constructor(needs: JobsNeeds) {
    this.#needs = needs;
    this.#letters = new DeadLetters(needs);
    this.#alarms = new Alarms(needs.storage, needs.now);
  }

  #job(id: string): JobSettings {
    const found = this.#needs.connectors.settings.jobs.find((job) => job.id === id);
    if (found === undefined) throw new ProblemError("unknown-connector", id, { job: id });
    return found;
  }

  async #state(id: string): Promise<JobState> {
    return (await this.#needs.storage.get<JobState>(stateKey(id))) ?? { runs: 0, captures: 0 };
  }

  async #keepState(id: string, change: (state: JobState) => void): Promise<void> {
    const state = await this.#state(id);
    change(state);
    await this.#needs.storage.put([{ key: stateKey(id), value: state }], { sync: true });
  }

  // ---- what starts by itself

  /** Goes on with what the end of a process has cut off. */
  async resume(): Promise<void> {
    for (const job of this.#needs.connectors.settings.jobs) {
      const { runs, paused, replayed } = await this.#state(job.id);
      const last = await this.#needs.storage.get<Run>(runKey(job.id, runs));
      const pending = await this.#needs.storage.get<Pending>(pendingKey(job.id));
      if (pending === undefined && last?.state !== "running" && last?.state !== "interrupted") continue;
      const goingOn: [RunReason, How] = replayed === undefined ? ["resumed", {}] : ["captures", { captures: "goOn" }];
      if (paused === undefined) this.#begin(job, ...goingOn).done.catch(this.#needs.report);
      else await this.#endInterrupted(job, this.#needs.sink(job.sink));
    }
  }

  /** Starts what is due. */
  async tick(): Promise<void> {
    const { settings } = this.#needs.connectors;
    const now = this.#needs.now();
    for (const job of settings.jobs) {
      if (this.#closing || this.#scheduled >= AT_ONCE || this.#isBusy(job.id)) continue;
      const { last, paused } = await this.#state(job.id);
      const due = dueAt(job.schedule, last, now, settings.timezone);
      if (paused !== undefined || due === undefined || due > now || this.#isBusy(job.id)) continue;
      this.#scheduled++;
      this.#begin(job, "schedule")
        .done.catch(this.#needs.report)
        .finally(() => this.#scheduled--);
    }
    if (now - this.#swept > DAY) {
      this.#swept = now;
      for (const job of settings.jobs) await this.#sweep(job, now);
    }
  }

  #isBusy(id: string): boolean {
    return this.#running.has(id) || this.#left.has(id) || this.#pausing.has(id);
  }

  /** Removes captured answers that are older than the job keeps them, unless a letter still waits for one. */
  async #sweep({ id, keep }: JobSettings, now: number): Promise<void> {
    const { storage, captures } = this.#needs;
    const old: string[] = [];
    const [kept, gone] = [new Set<string>(), new Set<string>()];
    for await (const { key, value } of storage.range<CaptureRow>(capturesOf(id)))
      if (value.at >= now - milliseconds(keep)) kept.add(value.sha256);
      else {
        old.push(key);
        gone.add(value.sha256);
      }
    if (old.length === 0) return;
    for await (const { value } of storage.range<DeadLetter>("dead/"))
      if (value.state === "open") kept.add(value.capture);
    // another job may have got the same answer
    for (const job of this.#needs.connectors.settings.jobs)
      if (job.id !== id)
        for await (const { value } of storage.range<CaptureRow>(capturesOf(job.id))) kept.add(value.sha256);
    await storage.put([], { sync: true, remove: old });
    for (const sha256 of gone) if (!kept.has(sha256)) await captures.remove(sha256);
  }

  // ---- runs

  /** Runs a job to its end; where it runs already, to the end of that. @throws ProblemError unknown-connector */
  async run(id: string, reason: RunReason, how: How = {}): Promise<Run> {
    const job = this.#job(id);
    return (this.#running.get(id) ?? this.#begin(job, reason, how)).done;
  }

  /** Starts a job; tells of the run once it is written down. @throws ProblemError unknown-connector, connector-busy, connector-paused */
  async start(id: string, reason: RunReason, how: How = {}): Promise<Run> {
    const job = this.#job(id);
    await this.#mayStart(id, how);
    const begun = this.#begin(job, reason, how);
    return begun.begun;
  }

  /** @throws ProblemError connector-busy, connector-paused */
  async #mayStart(id: string, { dry }: How): Promise<void> {
    const paused = dry === undefined && (await this.#state(id)).paused !== undefined;
    if (this.#isBusy(id)) throw new ProblemError("connector-busy", id, { job: id });
    if (paused) throw new ProblemError("connector-paused", id, { job: id });
  }

  #begin(job: JobSettings, reason: RunReason, how: How = {}): { begun: Promise<Run>; done: Promise<Run> } {
    // between what was asked and now another may have begun
    if (this.#isBusy(job.id)) throw new ProblemError("connector-busy", job.id, { job: job.id });
    const stop = new AbortController();
    const begun = Promise.withResolvers<Run>();
    begun.promise.catch(() => {});
    const entry = {
      stop,
      run: newRun(job.id, 0, reason, this.#needs.now()),
      done: Promise.resolve() as unknown as Promise<Run>,
    };
    this.#running.set(job.id, entry);
    entry.done = this.#run(job, reason, stop, how, (run) => {
      entry.run = run;
      begun.resolve({ ...run });
    }).finally(() => this.#running.delete(job.id));
    entry.done.catch((error: unknown) => begun.reject(error as Error));
    return { begun: begun.promise, done: entry.done };
  }

  async #run(
    job: JobSettings,
    reason: RunReason,
    stop: AbortController,
    how: How,
    begun: (run: Run) => void,
  ): Promise<Run> {
    const { storage, now, measure } = this.#needs;
    const sink = this.#needs.sink(job.sink);
    await this.#endInterrupted(job, sink);
    const state = await this.#state(job.id);
    const run = newRun(job.id, state.runs + 1, reason, now(), how.dry);
    state.runs = run.number;
    if (how.dry === undefined) state.last = run.startedAt;
    if (how.captures === "all") delete state.replayed;
    if (how.fromStart) {
      delete state.cursor;
      delete state.highest;
    }
    await storage.put(
      [
        { key: stateKey(job.id), value: state },
        { key: runKey(job.id, run.number), value: run },
      ],
      { sync: true },
    );
    begun(run);
    if (sink === undefined) {
      Object.assign(run, { state: "failed", fault: faultOf(noSink(job)), endedAt: now() });
      await storage.put([{ key: runKey(job.id, run.number), value: run }], { sync: true });
    } else {
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(milliseconds(job.timeLimit))]);
      const jobRun = new JobRun(job, run, state, sink, signal, this.#runNeeds(job));
      if (how.dry) await jobRun.preview();
      else if (how.captures) await jobRun.replay(this.#captures(job.id, state.replayed));
      else if (how.letters) await jobRun.again(this.#places(job.id, how.letters));
      else await jobRun.read();
      this.#leave(job.id, jobRun.left);
    }
    measure({ of: "run", job: job.id, outcome: run.state, seconds: (run.endedAt! - run.startedAt) / 1000 });
    await this.#measured(job.id);
    return run;
  }

  #leave(id: string, left: Promise<unknown> | undefined): void {
    if (left === undefined) return;
    this.#left.set(id, left);
    void left.finally(() => this.#left.delete(id));
  }

  /** Takes what a process that ended had captured and not taken whole, and closes its run. */
  async #endInterrupted(job: JobSettings, sink: Sink | undefined): Promise<void> {
    const { storage } = this.#needs;
    const state = await this.#state(job.id);
    const pending = await storage.get<Pending>(pendingKey(job.id));
    const run = await storage.get<Run>(runKey(job.id, pending?.run ?? state.runs));
    if (sink === undefined || run === undefined || (pending === undefined && run.state !== "running")) return;
    const { state: ended, endedAt } = run;
    const limit = AbortSignal.timeout(milliseconds(job.timeLimit));
    const jobRun = new JobRun(job, run, state, sink, limit, this.#runNeeds(job));
    await jobRun.resume(pending);
    this.#leave(job.id, jobRun.left);
    // one that had ended, cut off or stopped, stays so
    if (ended !== "running" && run.state === "interrupted") {
      Object.assign(run, { state: ended, endedAt });
      await storage.put([{ key: runKey(job.id, run.number), value: run }], { sync: true });
    }
  }

  #runNeeds(job: JobSettings): RunNeeds {
    const { storage, captures, connectors, now, measure } = this.#needs;
    const pace = this.#paces.get(job.source) ?? new Pace(job.rate);
    this.#paces.set(job.source, pace);
    const open = () => this.#open(job);
    return {
      storage,
      captures,
      letters: this.#letters,
      alarms: this.#alarms,
      folder: connectors.folder,
      pace,
      open,
      now,
      measure,
    };
  }

  #open(job: JobSettings): Promise<Feed> {
    const { connectors, env, open } = this.#needs;
    return open(connectors.settings.sources[job.source]!, connectors.folder, env);
  }

  /** What was captured, oldest first, after the one of that number. */
  async *#captures(id: string, after = 0): AsyncGenerator<{ number: number; capture: CaptureRow }> {
    const prefix = capturesOf(id);
    for await (const { key, value } of this.#needs.storage.range<CaptureRow>(prefix, { after: ordered(after) }))
      yield { number: Number(key.slice(prefix.length)), capture: value };
  }

  /** Where the rows of letters stand, answer by answer, each answer once. */
  async *#places(
    id: string,
    letters: readonly DeadLetter[],
  ): AsyncGenerator<{ capture: CaptureRow; wanted?: (row: SourceRow) => boolean }> {
    const byCapture = Map.groupBy(letters, ({ capture }) => capture);
    for await (const { capture } of this.#captures(id)) {
      const some = byCapture.get(capture.sha256);
      if (some === undefined) continue;
      byCapture.delete(capture.sha256);
      const rows = new Set(some.map(({ row, at }) => `${row}\0${at}`));
      if (some.some(({ row }) => row === undefined)) yield { capture };
      else yield { capture, wanted: ({ row, at }) => rows.has(`${row}\0${at}`) };
    }
  }

  /** Stops a job and lets it not start again until somebody resumes it. */
  async pause(id: string, reason: string): Promise<ConnectorTold> {
    this.#job(id);
    const running = this.#running.get(id);
    this.#pausing.add(id);
    try {
      running?.stop.abort(STOPPED);
      await running?.done.catch(() => {});
      await this.#keepState(id, (state) => {
        state.paused ??= { at: this.#needs.now(), reason };
      });
    } finally {
      this.#pausing.delete(id);
    }
    return this.one(id);
  }

  async unpause(id: string): Promise<ConnectorTold> {
    this.#job(id);
    await this.#keepState(id, (state) => {
      delete state.paused;
    });
    return this.one(id);
  }

  // ---- what is told

  async list(): Promise<ConnectorTold[]> {
    return Promise.all(this.#needs.connectors.settings.jobs.map(({ id }) => this.one(id)));
  }

  async one(id: string): Promise<ConnectorTold> {
    const { connectors, storage, now } = this.#needs;
    const job = this.#job(id);
    const state = await this.#state(id);
    const running = this.#running.get(id);
    const lastRun = running?.run.number ? goingOn(running.run) : await storage.get<Run>(runKey(id, state.runs));
    const due =
      state.paused === undefined ? dueAt(job.schedule, state.last, now(), connectors.settings.timezone) : undefined;
    const { schedule } = job;
    return {
      ...{ id, source: job.source, sink: job.sink, contract: job.contract, name: job.name ?? id },
      engine: connectors.settings.sources[job.source]!.engine,
      ...(job.table === undefined ? {} : { table: job.table }),
      ...(job.map === undefined ? {} : { map: job.map }),
      ...(schedule === undefined
        ? {}
        : {
            schedule:
              "every" in schedule
                ? schedule.every
                : `${schedule.daily} ${schedule.zone ?? connectors.settings.timezone}`,
          }),
      state: this.#isBusy(id) ? "running" : state.paused === undefined ? "idle" : "paused",
      ...(state.paused === undefined ? {} : { paused: state.paused }),
      ...(due === undefined ? {} : { next: due }),
      ...(state.lastGood === undefined ? {} : { lastGood: state.lastGood }),
      runs: state.runs,
      ...(lastRun === undefined ? {} : { lastRun }),
      openLetters: (await this.#letters.open(id)).size,
      openAlarms: (await this.#alarms.list(id)).length,
    };
  }

  /** Runs of a job, newest first; `before`: the number of the last one that was told. */
  async runs(id: string, limit: number, before?: number): Promise<Run[]> {
    this.#job(id);
    const options = { limit, reverse: true, ...(before === undefined ? {} : { after: ordered(before) }) };
    return Array.fromAsync(this.#needs.storage.range<Run>(runsOf(id), options), ({ value }) => value);
  }

  /** One run, as it is now. @throws ProblemError not-found */
  async oneRun(id: string, number: number): Promise<Run> {
    this.#job(id);
    const running = this.#running.get(id)?.run;
    const run = running?.number === number ? goingOn(running) : await this.#needs.storage.get<Run>(runKey(id, number));
    if (run === undefined) throw new ProblemError("not-found");
    return run;
  }

  /** Looks at the beginning of what the source gives; keeps nothing. */
  async test(id: string): Promise<ConnectorTest> {
    const { captures, storage, connectors } = this.#needs;
    const job = this.#job(id);
    const told: ConnectorTest = { ok: true, columns: [], rows: 0, drift: [] };
    const signal = AbortSignal.timeout(Math.min(60_000, milliseconds(job.timeLimit)));
    const { promise: late, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(tooSlow()));
    const look = async () => {
      const state = await this.#state(id);
      const feed = await this.#open(job);
      try {
        const { pace } = this.#runNeeds(job);
        const options = {
          table: job.table,
          cursor: state.cursor,
          overlap: milliseconds(job.overlap),
          window: undefined,
        };
        for await (const answer of feed.answers({ ...options, signal, pace: () => pace.wait(signal) })) {
          await captures.passing(answer, async (file) => {
            for await (const { columns, types, rows } of feed.read({ ...answer, file })) {
              told.columns = columns.map((name, at) => ({ name, ...(types?.[at] ? { type: types[at] } : {}) }));
              told.rows = Math.min(rows.length, SAMPLE);
              const contract = await storage.get<Contract>(contractKey(id));
              told.drift = new ContractWatch(contract)
                .look(job.table ?? "", { columns, rows, ...(types ? { types } : {}) })
                .map(driftInWords);
              if (job.map !== undefined) told.map = mapped(job.map, connectors.folder, columns, rows.slice(0, SAMPLE));
              break;
            }
          });
          break;
        }
      } finally {
        void feed.close().catch(() => {});
      }
    };
    try {
      const looking = look();
      looking.catch(() => {});
      await Promise.race([looking, late]);
    } catch (error) {
      told.fault = faultOf(error);
    }
    told.ok = told.fault === undefined && (told.map?.faults.length ?? 0) === 0;
    return told;
  }

  async contract(id: string): Promise<{ contract?: Contract; alarms: AlarmTold[] }> {
    this.#job(id);
    const contract = await this.#needs.storage.get<Contract>(contractKey(id));
    const alarms = (await this.#alarms.list(id)).map((alarm) => ({ ...alarm, words: driftInWords(alarm) }));
    return { ...(contract === undefined ? {} : { contract }), alarms };
  }

  /** Makes what drifted the contract; what waited for that is taken in a run of its own. */
  async accept(id: string, numbers: readonly number[] | "all"): Promise<{ accepted: AlarmTold[]; run?: Run }> {
    const job = this.#job(id);
    if (this.#isBusy(id)) throw new ProblemError("connector-busy", id, { job: id });
    const { storage } = this.#needs;
    const alarms = await this.#alarms.accept(id, numbers);
    let contract = await storage.get<Contract>(contractKey(id));
    if (contract !== undefined) {
      for (const alarm of alarms) contract = accepted(contract, alarm);
      await storage.put([{ key: contractKey(id), value: contract }], { sync: true });
    }
    const told = alarms.map((alarm) => ({ ...alarm, words: driftInWords(alarm) }));
    const waiting = await this.#openLetters(id, ({ code }) => code === "contract");
    if (waiting.length === 0) return { accepted: told };
    return { accepted: told, run: await this.#begin(job, "retry", { letters: waiting }).begun };
  }

  async #openLetters(job: string, which: (letter: DeadLetter) => boolean): Promise<DeadLetter[]> {
    const { letters } = await this.#letters.list({ job, limit: Number.POSITIVE_INFINITY });
    return letters.filter(which);
  }

  /** Takes rows that were set aside once more, from what was captured. @throws ProblemError unknown-dead-letter, connector-busy */
  async retry(id: string, ids: readonly string[] | "all"): Promise<Run> {
    this.#job(id);
    await this.#mayStart(id, {});
    const letters =
      ids === "all"
        ? await this.#openLetters(id, () => true)
        : await Promise.all(ids.map((one) => this.#letters.get(id, one)));
    if (letters.length === 0) throw new ProblemError("unknown-dead-letter", id, { job: id });
    return this.start(id, "retry", { letters });
  }

  /** Gives rows up, with a reason that is kept. */
  async drop(id: string, ids: readonly string[], reason: string): Promise<DeadLetter[]> {
    this.#job(id);
    const letters = await Promise.all(ids.map((one) => this.#letters.get(id, one)));
    const dropped = letters.map((letter) => ({
      ...letter,
      state: "dropped" as const,
      reason,
      lastAt: this.#needs.now(),
    }));
    await this.#letters.put(dropped);
    await this.#measured(id);
    return dropped;
  }

  async #measured(id: string): Promise<void> {
    const { measure } = this.#needs;
    const { lastGood } = await this.#state(id);
    measure({ of: "dead", job: id, open: (await this.#letters.open(id)).size });
    measure({ of: "alarms", job: id, open: (await this.#alarms.list(id)).length });
    if (lastGood !== undefined) measure({ of: "good", job: id, at: lastGood });
  }

  /** What main may ask. */
  get calls() {
    return {
      "connectors.list": () => this.list(),
      "connectors.one": ({ job }: { job: string }) => this.one(job),
      "connectors.runs": ({ job, limit, before }: { job: string; limit: number; before?: number }) =>
        this.runs(job, limit, before),
      "connectors.oneRun": ({ job, number }: { job: string; number: number }) => this.oneRun(job, number),
      "connectors.start": ({ job, dry }: { job: string; dry?: true }) => this.start(job, "asked", dry ? { dry } : {}),
      "connectors.backfill": ({ job, captures }: { job: string; captures?: true }) =>
        captures ? this.start(job, "captures", { captures: "all" }) : this.start(job, "backfill", { fromStart: true }),
      "connectors.pause": ({ job, reason }: { job: string; reason: string }) => this.pause(job, reason),
      "connectors.resume": ({ job }: { job: string }) => this.unpause(job),
      "connectors.test": ({ job }: { job: string }) => this.test(job),
      "connectors.contract": ({ job }: { job: string }) => this.contract(job),
      "connectors.accept": ({ job, alarms }: { job: string; alarms: readonly number[] | "all" }) =>
        this.accept(job, alarms),
      "connectors.letters": ({ job, ...asked }: { job: string } & Parameters<DeadLetters["list"]>[0]) =>
        this.#letters.list({ ...asked, job: this.#job(job).id }),
      "connectors.retry": ({ job, letters }: { job: string; letters: readonly string[] | "all" }) =>
        this.retry(job, letters),
      "connectors.drop": ({ job, letters, reason }: { job: string; letters: readonly string[]; reason: string }) =>
        this.drop(job, letters, reason),
    };
  }

  /** Ends in order: what is being taken is finished, the rest goes on at the next start. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort(ENDING);
    await Promise.allSettled(all.map(({ done }) => done));
  }
}

/** How a run differs from an ordinary one. `fromStart`: its cursor is forgotten; `captures`: what was captured is taken again. */
type How = { dry?: true; fromStart?: true; captures?: "all" | "goOn"; letters?: readonly DeadLetter[] };

function mapped(
  map: string,
  folder: string,
  columns: readonly string[],
  rows: readonly SourceRow[],
): NonNullable<ConnectorTest["map"]> {
  const told = {
    id: map,
    mapped: 0,
    refused: 0,
    wrong: [] as { code: string; column?: string; rows: number }[],
    faults: [] as Words[],
  };
  try {
    const apply = compileMap(
      readJobMap(map, folder),
      columns.map((name) => ({ name })),
    );
    const wrong = new Map<string, { code: string; column?: string; rows: number }>();
    for (const row of rows) {
      const { fragments, faults } = apply(row);
      // what a map leaves out on purpose is taken too, and finance maps tell no fragments of processes
      if (faults.length > 0 && fragments.length === 0) told.refused++;
      else told.mapped++;
      for (const { code, column } of faults) {
        const known = wrong.get(`${code}\0${column}`) ?? { code, ...(column === undefined ? {} : { column }), rows: 0 };
        wrong.set(`${code}\0${column}`, { ...known, rows: known.rows + 1 });
      }
    }
    told.wrong = [...wrong.values()].toSorted((a, b) => b.rows - a.rows);
  } catch (error) {
    const all = (error as { faults?: readonly Words[] }).faults;
    told.faults = all === undefined ? [faultOf(error).words] : [...all];
  }
  return told;
}

/** A run until its job can begin again: who reads that it has ended may start the next. */
function goingOn({ endedAt: _, ...run }: Run): Run {
  return { ...run, state: "running" };
}

function noSink(job: JobSettings): Fault {
  return new Fault("sink-absent", {
    explanation: { en: `Nothing takes rows for ${job.sink}.`, id: `Tidak ada yang menerima baris untuk ${job.sink}.` },
    remedy: { en: "Correct `sink` of the job.", id: "Perbaiki `sink` pekerjaan itu." },
  });
}

function tooSlow(): Fault {
  return new ConnectorFault("source-slow", {
    retry: {},
    explanation: { en: "The source had not answered after a minute.", id: "Sumber belum menjawab setelah satu menit." },
    remedy: { en: "Check that it is reachable from here.", id: "Periksa apakah sumber terjangkau dari sini." },
  });
}
