import type { Words } from "./problems.ts";

// What is told of connectors: jobs that read other systems, their runs, the rows that were set aside, the alarms. Times are
// milliseconds UTC.

/** What started a run. `resumed`: the one before it was cut off by the end of the process. */
export const RUN_REASONS = ["schedule", "asked", "resumed", "backfill", "captures", "retry"] as const;
export type RunReason = (typeof RUN_REASONS)[number];

/** `interrupted`: the process ended; `cutOff`: it passed its time limit; `stopped`: somebody paused the job. */
export const RUN_STATES = ["running", "done", "failed", "interrupted", "cutOff", "stopped"] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Why something could not be done, as it is kept and told. `retry`: the same may work later. */
export type KeptFault = {
  readonly code: string;
  readonly words: Words;
  readonly remedy?: Words;
  readonly retry?: true;
};

/**
 * One reading of a job's source, from when it started to what came of it. Over a run
 * read + carried = drafted + unchanged + merged + setAside + undecided, and `undecided` is 0 once it has ended; `carried`
 * are rows of an earlier run of which its sink told only now.
 */
export type Run = {
  readonly job: string;
  readonly number: number;
  readonly reason: RunReason;
  readonly startedAt: number;
  endedAt?: number;
  state: RunState;
  /** nothing was kept */
  readonly dry?: true;
  /** answers that came; of these, how many nobody gave before, and how many could not be read; their bytes */
  answers: number;
  fresh: number;
  damaged: number;
  bytes: number;
  /** rows before the cursor's window, which were not looked at */
  passed: number;
  read: number;
  carried: number;
  drafted: number;
  unchanged: number;
  merged: number;
  setAside: number;
  undecided: number;
  /** tries at reaching the source */
  tries: number;
  fault?: KeptFault | undefined;
  /** new alarms that it raised */
  alarms: number;
  /** what else its answers are worth telling of, each thing once */
  notes?: { code: string; words: Words }[];
};

/**
 * One way in which an answer is not what the contract says. `is`: the new name or type. `source`: what the source itself
 * did is a matter of its own, whose code is the column; it `says` what.
 */
export const DRIFTS = ["new", "missing", "renamed", "retyped", "volume", "source"] as const;
export type Drift = {
  readonly kind: (typeof DRIFTS)[number];
  readonly table: string;
  readonly column: string;
  readonly was?: string;
  readonly is?: string;
  readonly says?: Words;
};

/** A drift that somebody must look at. Raised again while it is open it is the same alarm. */
export type Alarm = Drift & {
  readonly job: string;
  readonly number: number;
  readonly firstAt: number;
  lastAt: number;
  readonly run: number;
  times: number;
  /** rows wait for it */
  readonly stops: boolean;
  state: "open" | "accepted" | "ended";
};
export type AlarmTold = Alarm & { words: Words };

/** What the cells of a column have in common; `any` where nothing holds for nearly all of them. */
export const CELL_TYPES = ["number", "date", "time", "flag", "json", "any"] as const;
export type CellType = (typeof CELL_TYPES)[number];
export type ContractColumn = {
  readonly type: CellType;
  /** in the source's own word, where it declares one */
  readonly declared?: string;
  /** in every answer of the first run */
  readonly always: boolean;
};
/** Columns of a job's rows by table and name; `volumes`: rows of its last whole runs, oldest first. */
export type Contract = {
  readonly frozenAt: number;
  readonly run: number;
  readonly tables: Readonly<Record<string, Readonly<Record<string, ContractColumn>>>>;
  readonly volumes: readonly number[];
};

/** `taken`: it was taken since, by a retry or because it came again; `dropped`: somebody gave it up, and said why. */
export const LETTER_STATES = ["open", "taken", "dropped"] as const;

/**
 * A row that could not be taken, or a whole answer (`row` absent), with what is wrong and where to find it again. The same
 * row sent again is the same letter: `times` counts. Values stay in the captured answer; `found` is kept only where it can
 * be no person's.
 */
export type DeadLetter = {
  readonly id: string;
  readonly job: string;
  readonly table: string;
  capture: string;
  row?: number;
  /** rows that wait with it: 1, those of an answer that waits whole, 0 where nobody could count them */
  rows: number;
  at: string;
  code: string;
  column?: string;
  found?: string;
  words: Words;
  state: (typeof LETTER_STATES)[number];
  readonly firstAt: number;
  lastAt: number;
  times: number;
  retries: number;
  reason?: string;
};

/** A job as it is told: its settings, where it stands, what came of its last run. */
export type ConnectorTold = {
  id: string;
  name: string;
  source: string;
  engine: string;
  table?: string;
  map?: string;
  sink: string;
  contract: string;
  schedule?: string;
  state: "idle" | "running" | "paused";
  paused?: { at: number; reason: string };
  next?: number;
  lastGood?: number;
  runs: number;
  lastRun?: Run;
  openLetters: number;
  openAlarms: number;
};

/** What a look at a source has shown: nothing is kept of it. `wrong`: of the first rows, how many the map refuses, by code. */
export type ConnectorTest = {
  ok: boolean;
  fault?: KeptFault;
  columns: { name: string; type?: string }[];
  rows: number;
  drift: Words[];
  map?: {
    id: string;
    mapped: number;
    refused: number;
    wrong: { code: string; column?: string; rows: number }[];
    faults: Words[];
  };
};
