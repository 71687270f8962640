import type { Words } from "../../domain/problems.ts";

/** What started a run. `resumed`: the one before it was cut off by the end of the process. */
export type RunReason = "schedule" | "asked" | "resumed" | "backfill" | "captures" | "retry";

/**
 * One reading of a job's source, from when it started to what came of it. Times are milliseconds UTC. Over an ended run
 * read = drafted + unchanged + merged + setAside; while it goes on, `undecided` is what its sink has not told of yet.
 */
export type Run = {
  readonly job: string;
  readonly number: number;
  readonly reason: RunReason;
  readonly startedAt: number;
  endedAt?: number;
  /** `interrupted`: the process ended; `cutOff`: it passed its time limit; `stopped`: somebody paused the job */
  state: "running" | "done" | "failed" | "interrupted" | "cutOff" | "stopped";
  /** nothing was kept */
  readonly dry?: true;
  /** answers that came; of these, how many nobody gave before; their bytes */
  answers: number;
  fresh: number;
  bytes: number;
  read: number;
  drafted: number;
  unchanged: number;
  merged: number;
  setAside: number;
  /** tries at reaching the source */
  tries: number;
  fault?: { readonly code: string; readonly words: Words; readonly remedy?: Words };
  /** what a drift or a volume off the usual has raised */
  alarms: number;
  cursor?: string;
};

/** Rows whose fate the sink has not told. */
export function undecided({ read, drafted, unchanged, merged, setAside }: Run): number {
  return read - drafted - unchanged - merged - setAside;
}
