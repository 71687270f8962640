import { Worker } from "node:worker_threads";
import { Fault } from "../domain/fault.ts";
import type { Words } from "../domain/problems.ts";
import {
  type FromThread,
  MEMORY,
  type Measure,
  type Question,
  received,
  type Started,
  sent,
  type ToThread,
} from "./thread.ts";

/** Milliseconds without a sign of life after which the thread is taken for hung. */
const SILENCE = 120_000;
/** Milliseconds that it has to end in order. */
const PATIENCE = 20_000;
/** Milliseconds before a thread that died is started again: doubled each time, until it has lived for a while. */
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;

type Options = Started & {
  /** Answers what the thread asks of the register: an `AnswerTo` of its kind. */
  answer(question: Question): Promise<unknown>;
  /** how many leaves the log of the register has now */
  size(): number;
  /** Tells `heard` the number of the newest event whenever it changes, and how far the register fell; returns what ends that. */
  follow(heard: (newest: number, fell?: number) => void): () => void;
  measure(measure: Measure): void;
  /** told once for each crash; the integrations go on */
  onCrash(fault: Words): void;
  /** where the thread's program is, for tests that have one of their own */
  program?: URL;
};

/**
 * The integrations as main sees them: a thread that is asked by name. One that dies or hangs is started again with an
 * alarm; what waits for its answer is refused then, and nothing of the register waits for it.
 */
export class Integrations {
  readonly #options: Options;
  #worker: Worker | undefined;
  #ready = Promise.withResolvers<void>();
  #calls = 0;
  readonly #waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #troubles: readonly Words[] = [];
  #down: Words | undefined;
  #alive = performance.now();
  #wait = FIRST_WAIT;
  #again: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #closing: PromiseWithResolvers<void> | undefined;
  #size = 0;
  #last = "";
  #newestEvent = 0;
  readonly #unfollow: () => void;

  private constructor(options: Options) {
    this.#options = options;
    this.#ready.promise.catch(() => {}); // told to whoever waits for it
    this.#watch = setInterval(() => {
      this.#tellGrowth();
      if (this.#worker !== undefined && performance.now() - this.#alive > SILENCE) void this.#worker.terminate();
    }, 1_000);
    this.#watch.unref();
    this.#unfollow = options.follow((newest, fell) => {
      this.#newestEvent = newest;
      this.#tell({ kind: "events", newest, ...(fell === undefined ? {} : { fell }) });
    });
    this.#start();
  }

  /** Starts the thread; what is asked meanwhile waits for it. A thread that cannot open its folder is an alarm, no end. */
  static start(options: Options): Integrations {
    return new Integrations(options);
  }

  #start(): void {
    const { folder, connectors, secret, program } = this.#options;
    const worker = new Worker(program ?? new URL("../integrations-worker.ts", import.meta.url), {
      workerData: { folder, connectors, secret } satisfies Started,
      resourceLimits: MEMORY,
    });
    this.#worker = worker;
    this.#alive = performance.now();
    this.#last = "its thread ended / utasnya berakhir";
    worker.on("message", (message: FromThread) => this.#receive(message));
    worker.on("error", (error) => {
      this.#last = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => this.#ended(this.#last));
  }

  #receive(message: FromThread): void {
    this.#alive = performance.now();
    switch (message.kind) {
      case "ready":
        this.#down = undefined;
        this.#troubles = [];
        this.#ready.resolve();
        this.#size = 0;
        this.#tellGrowth();
        this.#tell({ kind: "events", newest: this.#newestEvent });
        return;
      case "failed":
        this.#last = received(message.error).message;
        void this.#worker?.terminate();
        return;
      case "answer": {
        const { id, result, error } = message;
        const asked = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error === undefined) asked?.resolve(result);
        else asked?.reject(received(error));
        return;
      }
      case "ask": {
        const { id, question } = message;
        this.#options.answer(question).then(
          (result) => this.#tell({ kind: "answer", id, result }),
          (error: unknown) => this.#tell({ kind: "answer", id, error: sent(error) }),
        );
        return;
      }
      case "measure":
        this.#options.measure(message.measure);
        return;
      case "troubles":
        this.#troubles = message.troubles;
        return;
      case "alive":
        // it has lived for a while: the next crash is a new one
        this.#wait = FIRST_WAIT;
        return;
      case "closed":
        return;
    }
  }

  #tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #ended(found: string): void {
    this.#worker = undefined;
    const stopped = new Fault("integrations-stopped", {
      explanation: { en: `The integrations stopped: ${found}.`, id: `Integrasi berhenti: ${found}.` },
      remedy: {
        en: "They are started again by themselves; what was under way goes on from where it was.",
        id: "Integrasi dijalankan lagi dengan sendirinya; yang sedang berjalan diteruskan dari tempatnya.",
      },
    });
    for (const { reject } of this.#waiting.values()) reject(stopped);
    this.#waiting.clear();
    this.#ready.reject(stopped);
    if (this.#closing !== undefined) {
      this.#closing.resolve();
      return;
    }
    this.#ready = Promise.withResolvers();
    this.#ready.promise.catch(() => {}); // told to whoever waits for it
    this.#down = stopped.words;
    this.#options.onCrash(stopped.words);
    this.#again = setTimeout(() => this.#start(), this.#wait);
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
  }

  /** Asks the thread by the name of a call. @throws ProblemError, Fault as it does; Fault integrations-stopped */
  async call<T>(name: string, args?: unknown): Promise<T> {
    await this.#ready.promise;
    const id = ++this.#calls;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#tell({ kind: "call", id, name, args });
    });
  }

  #tellGrowth(): void {
    const size = this.#options.size();
    if (size === this.#size) return;
    this.#size = size;
    this.#tell({ kind: "grew", size });
  }

  /** What needs somebody's eye. */
  troubles(): readonly Words[] {
    return this.#down === undefined ? this.#troubles : [this.#down, ...this.#troubles];
  }

  /** Ends it in order: the step that is being done is finished, the rest goes on at the next start. */
  async close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#closing = Promise.withResolvers();
    clearInterval(this.#watch);
    clearTimeout(this.#again);
    this.#unfollow();
    if (this.#worker === undefined) this.#closing.resolve();
    this.#tell({ kind: "close" });
    // what hangs is left: each of its steps was written down before it was done
    const worker = this.#worker;
    const late = setTimeout(() => void worker?.terminate(), PATIENCE);
    return this.#closing.promise.finally(() => clearTimeout(late));
  }
}
