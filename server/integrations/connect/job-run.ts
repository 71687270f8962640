import { setTimeout as sleep } from "node:timers/promises";
import type { SourceRow } from "../../../migration/row.ts";
import type { Contract, Drift, KeptFault, Run } from "../../domain/connectors.ts";
import { Fault } from "../../domain/fault.ts";
import type { Words } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import { type JobSettings, milliseconds } from "../settings.ts";
import type { SetAside, Sink, TakeResult } from "../sink.ts";
import type { Measure } from "../thread.ts";
import type { Alarms } from "./alarms.ts";
import type { Captures } from "./captures.ts";
import { ContractWatch, driftInWords, stops } from "./contract.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Answer, Batch, Feed } from "./feed.ts";
import { columnsUsed, readJobMap } from "./job-map.ts";
import { backOff, type Pace } from "./pace.ts";
import { count, faultOf, retryOf } from "./run.ts";
import { Window } from "./window.ts";

/**
 * What a job remembers between runs. `cursor`: as its feed gave it with the last answer that was kept; `highest`: of its
 * cursor column, by the last whole run; `carried`: rows of which the sink has not told yet.
 */
export type JobState = {
  runs: number;
  captures: number;
  cursor?: string;
  highest?: string;
  carried?: number;
  last?: number;
  lastGood?: number;
  paused?: { at: number; reason: string };
  /** how far a replay of what was captured has come, while one goes on */
  replayed?: number;
};

/** A captured answer, by the order in which its job got it. */
export type CaptureRow = {
  readonly sha256: string;
  readonly table: string;
  readonly mediaType: string;
  readonly from: string;
  readonly bytes: number;
  readonly at: number;
  readonly run: number;
};

/** What is being taken: written down before its sink hears of it, with how many of its rows are done and how often that failed. */
export type Pending = {
  readonly run: number;
  readonly capture: CaptureRow;
  readonly cursor?: string;
  done: number;
  tries: number;
};

export const stateKey = (job: string) => `job/state/${job}`;
export const runsOf = (job: string) => `job/run/${job}/`;
export const runKey = (job: string, number: number) => `${runsOf(job)}${ordered(number)}`;
export const contractKey = (job: string) => `job/contract/${job}`;
export const capturesOf = (job: string) => `capture/${job}/`;
export const pendingKey = (job: string) => `job/pending/${job}`;

/** Starts of the process after which what is being taken is set aside: it may be what ends the process. */
const MOST_TRIES = 3;

export type RunNeeds = {
  readonly storage: Storage;
  readonly captures: Captures;
  readonly letters: DeadLetters;
  readonly alarms: Alarms;
  readonly folder: string;
  readonly pace: Pace;
  open(): Promise<Feed>;
  now(): number;
  measure(measure: Measure): void;
};

/** One run of one job: reads from the cursor on, captures, checks the contract, hands over, moves the cursor. */
export class JobRun {
  readonly run: Run;
  readonly #job: JobSettings;
  readonly #needs: RunNeeds;
  readonly #state: JobState;
  readonly #sink: Sink;
  readonly #signal: AbortSignal;
  #watch: ContractWatch | undefined;
  #used: ReadonlySet<string> | undefined;
  #window: Window | undefined;
  /** ids of letters that are open: a row of one that is taken now ends it */
  #open: Set<string> = new Set();
  readonly #drift: Drift[] = [];
  /** all rows that the source has were read, from the first to the last */
  #isWhole = false;
  /** a call of the sink that the run's end has left behind, while it goes on */
  left: Promise<unknown> | undefined;

  constructor(job: JobSettings, run: Run, state: JobState, sink: Sink, signal: AbortSignal, needs: RunNeeds) {
    this.#job = job;
    this.run = run;
    this.#state = state;
    this.#sink = sink;
    this.#signal = signal;
    this.#needs = needs;
  }

  /** Rows to be written whenever the run's figures have changed. */
  get #rows() {
    const { job, number } = this.run;
    return [
      { key: runKey(job, number), value: this.run },
      { key: stateKey(job), value: this.#state },
    ];
  }

  /** Reads the source, from where it was left, to its end. Leaves the run as it ended; throws nothing of the source. */
  async read(): Promise<void> {
    await this.#ending(async () => {
      const { attempts } = this.#job.retry;
      for (let failures = 0; ; ) {
        const { cursor } = this.#state;
        this.run.tries++;
        try {
          await this.#readOnce(failures + 1 < attempts);
          break;
        } catch (error) {
          // what has got further may fail as often again
          failures = this.#state.cursor === cursor ? failures + 1 : 1;
          const retry = this.#signal.aborted ? undefined : retryOf(error);
          if (retry === undefined || failures >= attempts) throw error;
          this.run.fault = faultOf(error);
          await this.#needs.storage.put(this.#rows, { sync: true });
          await sleep(backOff(this.#job.retry, failures, retry.after), undefined, { signal: this.#signal });
        }
      }
      delete this.run.fault;
      // what could not be read or taken is there all the same
      if (this.run.damaged > 0) this.#isWhole = false;
      if (this.#window?.cursor !== undefined) this.#state.highest = this.#window.cursor;
      await this.#freeze();
    });
  }

  /** Reads the source as `read` would, and keeps nothing: neither answers nor rows, no alarm, no cursor. */
  async preview(): Promise<void> {
    const { captures, open } = this.#needs;
    await this.#ending(async () => {
      const feed = await this.#cut(open());
      try {
        for await (const answer of this.#answersOf(feed)) {
          this.run.answers++;
          await captures.passing(answer, async (file, bytes) => {
            this.run.bytes += bytes;
            const { table, mediaType, from } = answer;
            const capture = { sha256: "", table, mediaType, from, bytes, at: this.#needs.now(), run: this.run.number };
            const pending = { run: this.run.number, capture, done: 0, tries: 0 };
            const judged = async () => {
              if (bytes === 0) throw nothingThere();
              return this.#judged(feed.read({ table, mediaType, file }), (rows) => this.#takeRows(rows, pending, {}));
            };
            const held = await judged().catch((error: unknown) => {
              if (this.#signal.aborted || !isOfTheAnswer(error)) throw error;
              this.run.damaged++;
              return undefined;
            });
            if (held !== undefined) count(this.run, { read: held.rows, setAside: held.rows });
          });
        }
      } finally {
        void feed.close().catch(() => {});
      }
    });
  }

  /** Takes again what was captured, oldest first: nothing is asked of the source. */
  async replay(captures: AsyncIterable<{ number: number; capture: CaptureRow }>): Promise<void> {
    await this.#captured(async (feed) => {
      for await (const { number, capture } of captures) {
        this.#signal.throwIfAborted();
        this.run.answers++;
        this.run.bytes += capture.bytes;
        const pending = { run: this.run.number, capture, done: 0, tries: 0 };
        await this.#note(pending, []);
        // with the cursor of the answer: a replay that is cut off goes on behind it
        this.#state.replayed = number;
        await this.#take(feed, pending, { lastTry: true });
      }
      delete this.#state.replayed;
    });
  }

  /**
   * Takes rows again that were set aside, found by their place in what was captured.
   * @param some of a captured answer the rows that are wanted; all of them where `wanted` is absent
   */
  async again(some: AsyncIterable<{ capture: CaptureRow; wanted?: (row: SourceRow) => boolean }>): Promise<void> {
    await this.#captured(async (feed) => {
      for await (const { capture, wanted } of some) {
        this.#signal.throwIfAborted();
        this.run.answers++;
        this.run.bytes += capture.bytes;
        const pending = { run: this.run.number, capture, done: 0, tries: 0 };
        await this.#take(feed, pending, { lastTry: true, ...(wanted === undefined ? {} : { wanted }) });
      }
    });
  }

  /** Finishes what a process that ended has left, and closes the run with that. */
  async resume(pending: Pending | undefined): Promise<void> {
    await this.#captured(async (feed) => {
      if (pending === undefined) return;
      const again = { ...pending, tries: pending.tries + 1 };
      // before it is tried: it may be what ends the process
      await this.#note(again, []);
      await this.#take(feed, again, { lastTry: true });
    });
    if (this.run.state === "done") this.run.state = "interrupted";
    await this.#needs.storage.put(this.#rows, { sync: true });
  }

  /** What is done with captured answers: all rows count, whatever the cursor says. */
  async #captured(work: (feed: Feed) => Promise<void>): Promise<void> {
    await this.#ending(async () => {
      this.#window = undefined;
      const feed = await this.#needs.open();
      try {
        await work(feed);
      } finally {
        await feed.close();
      }
    });
  }

  async #prepare(): Promise<void> {
    const { id, map, cursor, overlap, contract } = this.#job;
    if (map !== undefined) this.#used = columnsUsed(readJobMap(map, this.#needs.folder));
    if (contract !== "off") this.#watch = new ContractWatch(await this.#needs.storage.get<Contract>(contractKey(id)));
    this.#open = await this.#needs.letters.open(id);
    if (cursor !== undefined) this.#window = new Window(cursor, this.#state.highest, milliseconds(overlap));
    if (this.#state.carried !== undefined && this.run.dry === undefined) {
      this.run.carried += this.#state.carried;
      this.run.undecided += this.#state.carried;
      delete this.#state.carried;
    }
  }

  async #ending(work: () => Promise<void>): Promise<void> {
    try {
      await this.#prepare();
      await work();
      if (this.run.dry === undefined) await this.#finish();
      this.run.state = "done";
      this.#state.lastGood = this.#needs.now();
    } catch (error) {
      this.run.state = "failed";
      this.run.fault = faultOf(error);
      if (this.#signal.aborted) {
        const ended = this.#signal.reason === ENDING ? "interrupted" : "stopped";
        const isOurs = [STOPPED, ENDING].includes(this.#signal.reason);
        this.run.state = isOurs ? ended : "cutOff";
        this.run.fault = isOurs ? undefined : overTime(this.#job);
      }
      // what was taken is told of, also where the rest did not come; unless the sink is what hangs
      if (this.run.dry === undefined && this.left === undefined) await this.#finish().catch(() => {});
    }
    this.run.endedAt = this.#needs.now();
    if (this.run.dry === undefined && this.run.undecided > 0) this.#state.carried = this.run.undecided;
    await this.#needs.storage.put(this.#rows, { sync: true });
  }

  /** Freezes the contract of a first whole run; compares the volume of a further one; ends alarms of what is as it was. */
  async #freeze(): Promise<void> {
    const { storage, alarms, now } = this.#needs;
    if (this.#watch === undefined) return;
    const { job, number, read } = this.run;
    const off = this.#watch.volume(read, this.#job.volume);
    if (off !== undefined) await this.#raise([off]);
    await alarms.end(job, number, this.#drift);
    const contract = this.#watch.after({ number, rows: read, at: now() });
    await storage.put([{ key: contractKey(job), value: contract }], { sync: true });
  }

  async #finish(): Promise<void> {
    const result = await this.#ofSink(
      // rows that wait for somebody to accept new columns are there, though they were not handed over
      this.#sink.finish(this.run.job, { whole: this.#isWhole && this.#drift.length === 0 }),
    );
    const { setAside, ...counts } = result;
    const byCapture = Map.groupBy(setAside, ({ capture }) => capture ?? "");
    const rows: Put[] = [];
    for (const [capture, some] of byCapture) rows.push(...(await this.#lettersOf(capture, some)));
    count(this.run, { ...counts, setAside: setAside.length });
    this.#measured(result);
    await this.#needs.storage.put([...rows, ...this.#rows], { sync: true });
  }

  /** Letters of rows that were set aside after their answer was done with: what they say stands in what was captured. */
  async #lettersOf(sha256: string, setAside: readonly SetAside[]): Promise<Put[]> {
    const { letters, captures, storage, open } = this.#needs;
    const wanted = new Map(setAside.map(({ row, at }) => [placeOf(row, at), undefined as SourceRow | undefined]));
    let table = "";
    for await (const { value } of storage.range<CaptureRow>(capturesOf(this.run.job), { reverse: true })) {
      if (value.sha256 !== sha256) continue;
      table = value.table;
      const feed = await open();
      try {
        await captures.with(sha256, async (file) => {
          for await (const { rows } of feed.read({ table, mediaType: value.mediaType, file }))
            for (const row of rows) if (wanted.has(placeOf(row.row, row.at))) wanted.set(placeOf(row.row, row.at), row);
        });
      } finally {
        await feed.close();
      }
      break;
    }
    const place = { job: this.run.job, table, capture: sha256 };
    return letters.letters(place, setAside, (row, at) => wanted.get(placeOf(row, at)), this.run.reason === "retry");
  }

  /** Waits for something as long as the run may last; what hangs is left behind. */
  async #cut<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(this.#signal.reason);
    if (this.#signal.aborted) stop();
    this.#signal.addEventListener("abort", stop, { once: true });
    work.catch(() => {});
    try {
      return await Promise.race([work, promise]);
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }

  /** The same of what a sink does: a job does not begin again while that goes on. */
  async #ofSink<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.left = settled;
    void settled.then(() => {
      if (this.left === settled) this.left = undefined;
    });
    const result = this.#signal.aborted ? await work : await this.#cut(work);
    this.left = undefined;
    return result;
  }

  async *#answersOf(feed: Feed): AsyncGenerator<Answer> {
    const answers = feed.answers({
      table: this.#job.table,
      cursor: this.#state.cursor,
      overlap: milliseconds(this.#job.overlap),
      window: this.#window,
      signal: this.#signal,
      pace: () => this.#needs.pace.wait(this.#signal),
    });
    try {
      for (let next = await this.#cut(answers.next()); !next.done; next = await this.#cut(answers.next()))
        yield next.value;
    } finally {
      // a feed that hangs is not waited for
      void answers.return(undefined).catch(() => {});
    }
  }

  /** @param again whether an answer that cannot be read makes the source be asked again; else it is set aside */
  async #readOnce(again: boolean): Promise<void> {
    const feed = await this.#cut(this.#needs.open());
    try {
      for await (const answer of this.#answersOf(feed)) await this.#keep(feed, answer, again);
      this.#isWhole = feed.isWhole === true && this.#job.cursor === undefined;
    } finally {
      void feed.close().catch(() => {});
    }
  }

  async #keep(feed: Feed, answer: Answer, again: boolean): Promise<void> {
    const { captures, now } = this.#needs;
    const { sha256, bytes, fresh } = await captures.keep(answer);
    failpoint("capture-kept");
    const { table, mediaType, from, cursor } = answer;
    const capture: CaptureRow = { sha256, table, mediaType, from, bytes, at: now(), run: this.run.number };
    const pending: Pending = {
      ...{ run: this.run.number, capture, done: 0, tries: 0 },
      ...(cursor === undefined ? {} : { cursor }),
    };
    this.run.answers++;
    this.run.bytes += bytes;
    if (fresh) this.run.fresh++;
    this.#state.captures++;
    await this.#note(pending, [{ key: `${capturesOf(this.run.job)}${ordered(this.#state.captures)}`, value: capture }]);
    failpoint("capture-noted");
    await this.#take(feed, pending, { lastTry: !again });
  }

  async #note(pending: Pending, more: Put[]): Promise<void> {
    const row = { key: pendingKey(this.run.job), value: pending };
    await this.#needs.storage.put([...more, row, ...this.#rows], { sync: true });
  }

  /**
   * Hands the rows of a captured answer to the sink, from where it has come, and moves the cursor behind it. An answer
   * that cannot be read is set aside whole, unless the source may give it better.
   */
  async #take(feed: Feed, pending: Pending, { lastTry, ...some }: Some & { lastTry: boolean }): Promise<void> {
    const { storage, captures, letters } = this.#needs;
    const { job } = this.run;
    const { sha256, table, mediaType, from } = pending.capture;
    const place = { job, table, capture: sha256 };
    /** named by what was captured, or by where it came from: the next answer from there may be whole */
    const aside = (of: string, code: string, words: Words, rows: number) => {
      count(this.run, { read: rows, setAside: rows });
      return letters.answer(place, { of, code, words, rows, from }, this.run.reason === "retry");
    };
    const more: Put[] = [];
    try {
      if (pending.tries > MOST_TRIES) throw endsTheProcess();
      if (pending.capture.bytes === 0) throw nothingThere();
      const held = await captures.with(sha256, (file) =>
        this.#judged(feed.read({ table, file, mediaType }), (batches) => this.#takeRows(batches, pending, some)),
      );
      const left = held === undefined ? 0 : Math.max(0, held.rows - pending.done);
      if (held !== undefined && left > 0) more.push(await aside(sha256, "contract", held.words, left));
      else
        more.push(
          ...(await letters.taken(
            job,
            [sha256, from].map((of) => letters.idOfAnswer(job, of)),
          )),
        );
    } catch (error) {
      if (this.#signal.aborted || !(isOfTheAnswer(error) || (lastTry && isOfCapture(error)))) throw error;
      this.run.damaged++;
      if (!lastTry && retryOf(error) !== undefined) {
        await storage.put(this.#rows, { sync: true, remove: [pendingKey(job)] });
        throw error;
      }
      const { code, words } = faultOf(error);
      // what a sink failed at can be read, and so be counted
      const counted = code === "sink-failed" && pending.tries <= MOST_TRIES && some.wanted === undefined;
      const left = counted ? (await this.#rowsOf(feed, pending.capture)) - pending.done : 0;
      more.push(await aside(code === "sink-failed" ? sha256 : from, code, words, left));
    }
    if (pending.cursor !== undefined) this.#state.cursor = pending.cursor;
    await storage.put([...more, ...this.#rows], { sync: true, remove: [pendingKey(job)] });
    failpoint("cursor-moved");
  }

  async #rowsOf(feed: Feed, { sha256, table, mediaType }: CaptureRow): Promise<number> {
    let count = 0;
    await this.#needs.captures.with(sha256, async (file) => {
      for await (const { rows } of feed.read({ table, mediaType, file })) count += rows.length;
    });
    return count;
  }

  /** Holds an answer against the contract by its first rows: where it may pass, `use` has all; else it is only counted. */
  async #judged(
    batches: AsyncGenerator<Batch>,
    use: (batches: AsyncGenerator<Batch>) => Promise<void>,
  ): Promise<{ words: Words; rows: number } | undefined> {
    try {
      const first = await this.#cut(batches.next());
      if (first.done) return undefined;
      const drift = this.#watch?.look(this.#job.table ?? "", first.value) ?? [];
      const stopping = (await this.#raise(drift)).filter((one) => one.stops);
      const all = (async function* () {
        yield first.value;
        yield* batches;
      })();
      if (stopping.length === 0) {
        await use(all);
        return undefined;
      }
      let rows = 0;
      for await (const batch of all) rows += batch.rows.length;
      const said = stopping.map(driftInWords);
      return { words: { en: said.map(({ en }) => en).join("; "), id: said.map(({ id }) => id).join("; ") }, rows };
    } finally {
      // not waited for: it may be what hangs
      void batches.return(undefined).catch(() => {});
    }
  }

  async #raise(drift: readonly Drift[]): Promise<(Drift & { stops: boolean })[]> {
    const judged = drift.map((one) => ({ ...one, stops: this.#job.contract === "freeze" && stops(one, this.#used) }));
    this.#drift.push(...drift);
    if (this.run.dry !== undefined) this.run.alarms += drift.length;
    else this.run.alarms += await this.#needs.alarms.raise(this.run.job, this.run.number, judged);
    return judged;
  }

  async #takeRows(batches: AsyncGenerator<Batch>, pending: Pending, { wanted }: Some): Promise<void> {
    let passed = 0;
    for (let next = await this.#cut(batches.next()); !next.done; next = await this.#cut(batches.next())) {
      const { columns, rows } = next.value;
      const left = rows.slice(Math.max(0, pending.done - passed));
      passed += rows.length;
      const before = pending.done;
      pending.done = Math.max(pending.done, passed);
      const inWindow = this.#window?.rows(columns, left) ?? left;
      const taken = wanted === undefined ? inWindow : inWindow.filter(wanted);
      this.run.passed = this.#window?.passed ?? 0;
      if (taken.length === 0) continue;
      try {
        await this.#hand(columns, taken, pending, wanted === undefined);
      } catch (error) {
        pending.done = before;
        throw error;
      }
    }
  }

  /** Hands rows to the sink and writes down what it tells of them: figures, letters, how far it has come, in one step. */
  async #hand(columns: readonly string[], rows: readonly SourceRow[], pending: Pending, noted: boolean): Promise<void> {
    const { letters, storage } = this.#needs;
    const { sha256, table } = pending.capture;
    const place = { job: this.run.job, table, capture: sha256 };
    if (this.run.dry !== undefined && this.#sink.preview === undefined) {
      count(this.run, { read: rows.length });
      return;
    }
    const take = this.run.dry === undefined ? this.#sink.take.bind(this.#sink) : this.#sink.preview!.bind(this.#sink);
    const result = await this.#ofSink(take({ ...place, columns, rows })).catch((error: unknown) => {
      if (this.#signal.aborted) throw error;
      throw new Fault("sink-failed", { explanation: faultOf(error).words, remedy: SINK_REMEDY }, { cause: error });
    });
    const { setAside, ...counts } = result;
    failpoint("rows-taken");
    count(this.run, { ...counts, read: rows.length, setAside: setAside.length });
    if (this.run.dry !== undefined) return;
    const byPlace = new Map(setAside.length === 0 ? [] : rows.map((row) => [placeOf(row.row, row.at), row]));
    const told = await letters.letters(
      place,
      setAside,
      (row, at) => byPlace.get(placeOf(row, at)),
      this.run.reason === "retry",
    );
    if (this.#open.size > 0) {
      const aside = new Set(setAside.map(({ row, at }) => placeOf(row, at)));
      const good = rows
        .filter(({ row, at }) => !aside.has(placeOf(row, at)))
        .map(({ values }) => letters.idOf(place.job, values))
        .filter((id) => this.#open.delete(id));
      told.push(...(await letters.taken(place.job, good)));
    }
    const progress = noted ? [{ key: pendingKey(place.job), value: pending }] : [];
    await storage.put([...told, ...progress, ...this.#rows], { sync: true });
    this.#measured(result);
    failpoint("rows-noted");
  }

  #measured({ drafted, unchanged, merged, setAside }: TakeResult): void {
    for (const [outcome, rows] of Object.entries({ drafted, unchanged, merged, setAside: setAside.length }))
      if (rows > 0) this.#needs.measure({ of: "rows", job: this.run.job, outcome: outcome as Outcome, count: rows });
  }
}

type Put = { key: string; value: unknown };
type Outcome = "drafted" | "unchanged" | "merged" | "setAside";
/** Of an answer, which rows are meant; all where nothing is said. */
type Some = { wanted?: (row: SourceRow) => boolean };

/** Reasons with which a run is stopped: its job is paused; the process ends, and it goes on at the next start. */
export const STOPPED = new Error("stopped");
export const ENDING = new Error("ending");

/** A row of an answer: sheets of one file each count their rows from 1. */
function placeOf(row: number, at: string): string {
  return `${row}\0${at}`;
}

function overTime({ timeLimit }: JobSettings): KeptFault {
  return {
    code: "time-limit",
    retry: true,
    words: {
      en: `It had not ended after ${timeLimit} and was cut off.`,
      id: `Belum selesai setelah ${timeLimit} dan dihentikan.`,
    },
    remedy: {
      en: "It goes on from its cursor when it runs next. Raise `timeLimit` where the source is slow.",
      id: "Dilanjutkan dari kursornya saat berjalan lagi. Naikkan `timeLimit` bila sumbernya lambat.",
    },
  };
}

/** What is wrong with an answer or its rows, and not with this machine. */
function isOfTheAnswer(error: unknown): boolean {
  return error instanceof Fault && !isOfCapture(error);
}

/** What was captured is no longer there as it was: no reason to leave the others alone. */
function isOfCapture(error: unknown): boolean {
  return error instanceof Fault && error.code.startsWith("capture-");
}

const SINK_REMEDY: Words = {
  en: "Its rows wait as a dead letter; report it, then retry them.",
  id: "Baris-barisnya menunggu sebagai surat mati; laporkan, lalu coba lagi.",
};

function nothingThere(): Fault {
  return new Fault("answer-empty", {
    explanation: { en: "The answer has no bytes.", id: "Jawaban tidak berisi satu byte pun." },
    remedy: {
      en: "Export the file again, or ask whoever runs the source.",
      id: "Ekspor ulang berkasnya, atau tanyakan kepada pengelola sumber.",
    },
  });
}

function endsTheProcess(): Fault {
  return new Fault("sink-failed", {
    explanation: {
      en: "The process ended each time that this answer was taken.",
      id: "Proses berhenti setiap kali jawaban ini diolah.",
    },
    remedy: SINK_REMEDY,
  });
}
