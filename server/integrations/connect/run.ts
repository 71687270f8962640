import type { KeptFault, Run, RunReason } from "../../domain/connectors.ts";
import { Fault } from "../../domain/fault.ts";
import { ConnectorFault } from "./feed.ts";

export function newRun(job: string, number: number, reason: RunReason, startedAt: number, dry?: true): Run {
  return {
    ...{ job, number, reason, startedAt, state: "running" },
    ...(dry === undefined ? {} : { dry }),
    ...{ answers: 0, fresh: 0, damaged: 0, bytes: 0, passed: 0, read: 0, carried: 0 },
    ...{ drafted: 0, unchanged: 0, merged: 0, setAside: 0, undecided: 0, tries: 0, alarms: 0 },
  };
}

/** Adds rows that were read, or what a sink told of them. @throws Error where a sink tells of more rows than it was given */
export function count(
  run: Run,
  step: { read?: number; drafted?: number; unchanged?: number; merged?: number; setAside?: number },
): void {
  const { read = 0, drafted = 0, unchanged = 0, merged = 0, setAside = 0 } = step;
  run.read += read;
  run.drafted += drafted;
  run.unchanged += unchanged;
  run.merged += merged;
  run.setAside += setAside;
  run.undecided += read - drafted - unchanged - merged - setAside;
  if (run.undecided < 0 || Math.min(drafted, unchanged, merged, setAside) < 0)
    throw new Error(`${run.job}, run ${run.number}: its sink told of ${-run.undecided} rows more than it was given`);
}

export function faultOf(error: unknown): KeptFault {
  const retry = retryOf(error) === undefined ? {} : { retry: true as const };
  if (error instanceof Fault) return { code: error.code, words: error.explanation, remedy: error.remedy, ...retry };
  const text = error instanceof Error ? error.message : String(error);
  return { code: "unexpected", words: { en: text, id: text }, ...retry };
}

/** Whether the same may work later; of what the migration's readers throw, exit code 75 says so. */
export function retryOf(error: unknown): { readonly after?: number } | undefined {
  if (error instanceof ConnectorFault) return error.retry;
  return (error as { exit?: number }).exit === 75 ? {} : undefined;
}
