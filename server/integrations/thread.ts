import type { Published } from "../domain/entries/plan.ts";
import type { Hex } from "../domain/entries/words.ts";
import { Fault } from "../domain/fault.ts";
import { type GatewayProblem, ProblemError, type Words } from "../domain/problems.ts";
import type { EventFilter, EventsPage, Organisation } from "./book.ts";
import type { ConnectorsFile } from "./settings.ts";

// What main and the integrations thread say to each other. Everything is data; errors lose their class between threads.

/**
 * Megabytes that the thread is given. For what is made and dropped at once V8's own choice is several times that, and no
 * faster over many rows. The other limit is far above what is needed: the closer it is, the less garbage V8 lets lie.
 */
export const MEMORY = { maxYoungGenerationSizeMb: 48, maxOldGenerationSizeMb: 1_024 };

/** Bytes of rows that its store holds until it sorts them into files: with an eighth of that a fifth of all work is sorting. */
export const ROW_BUFFER = 32 * 2 ** 20;

/** What the thread is started with. */
export type Started = { readonly folder: string; readonly connectors: ConnectorsFile; readonly secret: Uint8Array };

/**
 * What main says. `grew`: the log of the register has this many leaves now. `events`: the number of its newest event;
 * `fell`: numbers above it were taken back and are given anew.
 */
export type ToThread =
  | { kind: "call"; id: number; name: string; args: unknown }
  | { kind: "answer"; id: number; result?: unknown; error?: SentError }
  | { kind: "grew"; size: number }
  | { kind: "events"; newest: number; fell?: number }
  | { kind: "close" };

/** What the thread says; `ask` is a question about the register, which main answers. */
export type FromThread =
  | { kind: "ready" }
  | { kind: "failed"; error: SentError }
  | { kind: "answer"; id: number; result?: unknown; error?: SentError }
  | { kind: "ask"; id: number; question: Question }
  | { kind: "measure"; measure: Measure }
  | { kind: "troubles"; troubles: readonly Words[] }
  | { kind: "alive" }
  | { kind: "closed" };

/** What may be asked of the register; long answers come in pages. */
export type Question =
  | { about: "size" }
  | { about: "process"; ocid: string; waiting: boolean }
  | { about: "touched"; position: number; after: string | undefined }
  | { about: "newest" }
  | { about: "events"; after: number; limit: number; filter: EventFilter }
  | { about: "organisation"; hex: Hex }
  | { about: "organisations"; after: string | undefined };
export type AnswerTo = {
  size: number;
  process: Published;
  touched: { ocids: string[]; next: number; after: string | undefined } | undefined;
  newest: number;
  events: EventsPage;
  organisation: Organisation | undefined;
  organisations: { organisations: Organisation[]; after: string | undefined };
};

/** Figures of one step, for the metrics of the process. Names of jobs are those of the settings. */
export type Measure =
  | { of: "rows"; job: string; outcome: "drafted" | "unchanged" | "merged" | "setAside"; count: number }
  | { of: "run"; job: string; outcome: string; seconds: number }
  | { of: "dead"; job: string; open: number }
  | { of: "alarms"; job: string; open: number }
  | { of: "good"; job: string; at: number };

export type SentError =
  | { kind: "problem"; name: GatewayProblem; detail: Words | string; values: Record<string, unknown> }
  | { kind: "fault"; code: string; explanation: Words; remedy: Words }
  | { kind: "error"; message: string };

export function sent(error: unknown): SentError {
  if (error instanceof ProblemError)
    return { kind: "problem", name: error.code, detail: error.detail, values: error.values };
  if (error instanceof Fault)
    return { kind: "fault", code: error.code, explanation: error.explanation, remedy: error.remedy };
  return { kind: "error", message: error instanceof Error ? error.message : String(error) };
}

export function received(error: SentError): Error {
  if (error.kind === "problem") return new ProblemError(error.name, error.detail, error.values);
  if (error.kind === "fault") return new Fault(error.code, error);
  return new Error(error.message);
}
