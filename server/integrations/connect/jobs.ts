import { setTimeout as sleep } from "node:timers/promises";
import { Fault } from "../../domain/fault.ts";
import { ProblemError } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import { type ConnectorsFile, type JobSettings, milliseconds } from "../settings.ts";
import type { Sink, SinkName, TakeResult } from "../sink.ts";
import type { Measure } from "../thread.ts";
import type { Captures } from "./captures.ts";
import { type Answer, ConnectorFault, type Feed } from "./feed.ts";
import { openFeed } from "./open-feed.ts";
import { backOff, Pace } from "./pace.ts";
import { type Run, type RunReason, undecided } from "./run.ts";
import { dueAt } from "./schedule.ts";

export type JobsNeeds = {
  readonly storage: Storage;
  readonly captures: Captures;
  readonly connectors: ConnectorsFile;
  readonly env: Readonly<Record<string, string | undefined>>;
  now(): number;
  sink(name: SinkName): Sink | undefined;
  measure(measure: Measure): void;
};

/** What a job remembers between runs. `cursor`: as its feed gave it with the last answer that was kept. */
type JobState = {
  runs: number;
  captures: number;
  cursor?: string;
  paused?: { at: number; reason?: string };
  last?: number;
};

/** A captured answer, by the order in which its job got it. */
type CaptureRow = {
  sha256: string;
  table: string;
  mediaType: string;
  from: string;
  bytes: number;
  at: number;
  run: number;
};

/** What is being taken: written down before a sink hears of it, with how many of its rows are done. */
type Pending = { run: number; capture: CaptureRow; cursor?: string; done: number };

const stateKey = (job: string) => `job/state/${job}`;
const runKey = (job: string, number: number) => `job/run/${job}/${ordered(number)}`;
const pendingKey = (job: string) => `job/pending/${job}`;
const captureKey = (job: string, number: number) => `capture/${job}/${ordered(number)}`;

/** The jobs of `connectors.yaml`: run when they are due or asked for, each step written down before it is done. */
export class Jobs {
  readonly #needs: JobsNeeds;
  readonly #running = new Map<string, { done: Promise<Run>; stop: AbortController }>();
  readonly #paces = new Map<string, Pace>();
  #closing = false;

  constructor(needs: JobsNeeds) {
    this.#needs = needs;
  }

  #settings(id: string): JobSettings {
    const found = this.#needs.connectors.settings.jobs.find((job) => job.id === id);
    if (found === undefined) throw new ProblemError("unknown-connector", id, { job: id });
    return found;
  }

  async #state(id: string): Promise<JobState> {
    return (await this.#needs.storage.get<JobState>(stateKey(id))) ?? { runs: 0, captures: 0 };
  }

  /** Goes on with what the end of a process has cut off. */
  async resume(): Promise<void> {
    for (const job of this.#needs.connectors.settings.jobs) {
      const { runs } = await this.#state(job.id);
      const last = await this.#needs.storage.get<Run>(runKey(job.id, runs));
      if (last?.state !== "running") continue;
      void this.run(job.id, "resumed").catch(() => {});
    }
  }

  /** Starts what is due. */
  async tick(): Promise<void> {
    const { settings } = this.#needs.connectors;
    for (const job of settings.jobs) {
      if (this.#closing || this.#running.has(job.id)) continue;
      const { last, paused } = await this.#state(job.id);
      const due = dueAt(job.schedule, last, this.#needs.now(), settings.timezone);
      if (paused === undefined && due !== undefined && due <= this.#needs.now())
        void this.run(job.id, "schedule").catch(() => {});
    }
  }

  /** Runs a job to its end; who asks for one that runs gets that. @throws ProblemError unknown-connector */
  async run(id: string, reason: RunReason): Promise<Run> {
    const job = this.#settings(id);
    const running = this.#running.get(id);
    if (running !== undefined) return running.done;
    const stop = new AbortController();
    const done = this.#run(job, reason, stop).finally(() => this.#running.delete(id));
    this.#running.set(id, { done, stop });
    return done;
  }

  async #run(job: JobSettings, reason: RunReason, stop: AbortController): Promise<Run> {
    const { storage, now } = this.#needs;
    await this.#endInterrupted(job);
    const state = await this.#state(job.id);
    const run: Run = {
      ...{ job: job.id, number: state.runs + 1, reason, startedAt: now(), state: "running" },
      ...{ answers: 0, fresh: 0, bytes: 0, read: 0, drafted: 0, unchanged: 0, merged: 0, setAside: 0 },
      ...{ tries: 0, alarms: 0 },
    };
    state.runs = run.number;
    state.last = run.startedAt;
    await storage.put(
      [
        { key: stateKey(job.id), value: state },
        { key: runKey(job.id, run.number), value: run },
      ],
      { sync: true },
    );
    const sink = this.#needs.sink(job.sink);
    try {
      if (sink === undefined) throw noSink(job);
      await this.#readAll(job, run, state, sink, stop.signal);
      this.#count(run, await sink.finish(job.id));
      run.state = "done";
    } catch (error) {
      run.state = "failed";
      run.fault = faultOf(error);
    }
    run.endedAt = now();
    await storage.put([{ key: runKey(job.id, run.number), value: run }], { sync: true });
    this.#needs.measure({ of: "run", job: job.id, outcome: run.state, seconds: (run.endedAt - run.startedAt) / 1000 });
    return run;
  }

  /** Takes what the process that ended had captured and not taken whole, and closes its run. */
  async #endInterrupted(job: JobSettings): Promise<void> {
    const { storage, now } = this.#needs;
    const state = await this.#state(job.id);
    const run = await storage.get<Run>(runKey(job.id, state.runs));
    if (run?.state !== "running") return;
    const pending = await storage.get<Pending>(pendingKey(job.id));
    const sink = this.#needs.sink(job.sink);
    if (sink !== undefined) {
      if (pending !== undefined) {
        const feed = await this.#open(job);
        try {
          await this.#take(job, run, state, sink, feed, pending);
        } finally {
          await feed.close();
        }
      }
      this.#count(run, await sink.finish(job.id));
    }
    run.state = "interrupted";
    run.endedAt = now();
    await storage.put([{ key: runKey(job.id, run.number), value: run }], { sync: true });
  }

  #open(job: JobSettings): Promise<Feed> {
    const { connectors, env } = this.#needs;
    return openFeed(connectors.settings.sources[job.source]!, connectors.folder, env);
  }

  #pace(job: JobSettings): Pace {
    const known = this.#paces.get(job.source) ?? new Pace(job.rate);
    this.#paces.set(job.source, known);
    return known;
  }

  /** Reads from the cursor to the end; a source that fails is tried again from where it has come. */
  async #readAll(job: JobSettings, run: Run, state: JobState, sink: Sink, signal: AbortSignal): Promise<void> {
    for (;;) {
      run.tries++;
      try {
        const feed = await this.#open(job);
        try {
          const options = { table: job.table, cursor: state.cursor, overlap: milliseconds(job.overlap), signal };
          const pace = () => this.#pace(job).wait(signal);
          for await (const answer of feed.answers({ ...options, pace }))
            await this.#keep(job, run, state, sink, feed, answer);
          return;
        } finally {
          await feed.close();
        }
      } catch (error) {
        const retry = retryOf(error);
        if (retry === undefined || run.tries >= job.retry.attempts) throw error;
        await sleep(backOff(job.retry, run.tries, retry.after), undefined, { signal });
      }
    }
  }

  async #keep(job: JobSettings, run: Run, state: JobState, sink: Sink, feed: Feed, answer: Answer): Promise<void> {
    const { storage, captures, now } = this.#needs;
    const { sha256, bytes, fresh } = await captures.keep(answer);
    failpoint("capture-kept");
    const { table, mediaType, from, cursor } = answer;
    const capture = { sha256, table, mediaType, from, bytes, at: now(), run: run.number };
    const pending: Pending = { run: run.number, capture, ...(cursor === undefined ? {} : { cursor }), done: 0 };
    run.answers++;
    run.bytes += bytes;
    if (fresh) run.fresh++;
    state.captures++;
    await storage.put(
      [
        { key: stateKey(job.id), value: state },
        { key: captureKey(job.id, state.captures), value: capture },
        { key: pendingKey(job.id), value: pending },
        { key: runKey(job.id, run.number), value: run },
      ],
      { sync: true },
    );
    failpoint("capture-noted");
    await this.#take(job, run, state, sink, feed, pending);
  }

  /** Hands the rows of a captured answer to the sink, from where it has come, and moves the cursor behind it. */
  async #take(job: JobSettings, run: Run, state: JobState, sink: Sink, feed: Feed, pending: Pending): Promise<void> {
    const { storage, captures } = this.#needs;
    const { sha256, table, mediaType } = pending.capture;
    let passed = 0;
    await captures.with(sha256, async (file) => {
      for await (const { columns, rows } of feed.read({ table, file, mediaType })) {
        const left = rows.slice(Math.max(0, pending.done - passed));
        passed += rows.length;
        if (left.length === 0) continue;
        const result = await sink.take({ job: job.id, table, capture: sha256, columns, rows: left });
        failpoint("rows-taken");
        run.read += left.length;
        this.#count(run, result);
        pending.done = passed;
        await storage.put(
          [
            { key: pendingKey(job.id), value: pending },
            { key: runKey(job.id, run.number), value: run },
          ],
          { sync: true },
        );
        failpoint("rows-noted");
      }
    });
    if (pending.cursor !== undefined) state.cursor = pending.cursor;
    await storage.put([{ key: stateKey(job.id), value: state }], { sync: true, remove: [pendingKey(job.id)] });
    failpoint("cursor-moved");
  }

  #count(run: Run, { drafted, unchanged, merged, setAside }: TakeResult): void {
    run.drafted += drafted;
    run.unchanged += unchanged;
    run.merged += merged;
    run.setAside += setAside.length;
    if (undecided(run) < 0) throw new Error(`${run.job}: more rows were told of than were read`);
  }

  get calls() {
    return {
      "connectors.run": ({ job }: { job: string }) => this.run(job, "asked"),
    };
  }

  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort();
    await Promise.allSettled(all.map(({ done }) => done));
  }
}

function faultOf(error: unknown): NonNullable<Run["fault"]> {
  if (error instanceof Fault) return { code: error.code, words: error.explanation, remedy: error.remedy };
  const text = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", words: { en: text, id: text } };
}

/** Whether the same may work later; of what the migration's readers throw, exit code 75 says so. */
function retryOf(error: unknown): { after?: number } | undefined {
  if (error instanceof ConnectorFault) return error.retry;
  return (error as { exit?: number }).exit === 75 ? {} : undefined;
}

function noSink(job: JobSettings): Fault {
  return new Fault("sink-absent", {
    explanation: { en: `Nothing takes rows for ${job.sink}.`, id: `Tidak ada yang menerima baris untuk ${job.sink}.` },
    remedy: { en: "Correct `sink` of the job.", id: "Perbaiki `sink` pekerjaan itu." },
  });
}
