import type { SourceRow } from "../../migration/row.ts";
import type { Words } from "../domain/problems.ts";

/** What rows are for; each is taken by the part that knows. */
export const SINKS = ["procurement", "payments", "bank", "registry"] as const;
export type SinkName = (typeof SINKS)[number];

/**
 * Rows of one captured answer, in its order. `capture` is the SHA-256 of the answer; `row` of a row counts within it, so
 * (capture, row) finds it again for ever.
 */
export type TakenRows = {
  readonly job: string;
  readonly table: string;
  readonly capture: string;
  readonly columns: readonly string[];
  readonly rows: readonly SourceRow[];
};

/**
 * A row that could not be taken: where it stands, why, what was found there. `capture` only where `finish` tells of it.
 * `found` is shown to nobody unmasked.
 */
export type SetAside = {
  readonly capture?: string;
  readonly row: number;
  readonly at: string;
  readonly code: string;
  readonly column?: string;
  readonly found?: string;
  readonly words: Words;
};

/**
 * What became of rows. `drafted`: it led to something new, a proposal or a kept document. `merged`: it says of a thing
 * what another row says too. Each row is counted once, by `take` or, where only the whole run tells, by `finish`: over a
 * run, read = drafted + unchanged + merged + setAside.
 */
export type TakeResult = {
  readonly drafted: number;
  readonly unchanged: number;
  readonly merged: number;
  readonly setAside: readonly SetAside[];
};

/** `whole`: the run read the job's whole table, from its first row to its last; what it did not find is gone there. */
export type Ended = { readonly whole: boolean };

export interface Sink {
  /** Takes rows that were captured; idempotent by (job, key, content). Never throws for one bad row. */
  take(batch: TakenRows): Promise<TakeResult>;
  /** What `take` would say, with nothing kept: for a dry run. Without it a dry run tells how many rows would be handed over. */
  preview?(batch: TakenRows): Promise<TakeResult>;
  /** After a run's last batch, also of a run that was cut off: decides what `take` left open. */
  finish(job: string, ended?: Ended): Promise<TakeResult>;
}
