import type { SourceRow } from "../../../migration/row.ts";
import { Fault } from "../../domain/fault.ts";
import type { Words } from "../../domain/problems.ts";
import type { Window } from "./window.ts";

/**
 * What a source answered, as it came: bytes, or a file where it may be large. It is captured before anybody reads it.
 * `from` says where it came from, without secrets. `cursor` is where reading goes on once this answer is kept; opaque to
 * all but the feed.
 */
export type Answer = {
  readonly table: string;
  readonly content: Uint8Array | { readonly file: string };
  /** `text/csv`, `application/json`; what `read` needs to tell its form */
  readonly mediaType: string;
  readonly from: string;
  readonly cursor?: string;
  readonly notes?: readonly Note[];
  /** Told once the answer is taken and the cursor moved behind it; never in a dry run. */
  kept?(): Promise<void>;
};

/** What a person should know of an answer that was taken all the same; `alarm`: somebody has to look. */
export type Note = { readonly code: string; readonly alarm: boolean; readonly words: Words };

/** Rows of an answer, of which all have these columns; `types` in the source's own words where it has any. */
export type Batch = {
  readonly columns: readonly string[];
  readonly types?: readonly string[];
  readonly rows: readonly SourceRow[];
};

/** A captured answer, with its bytes in a file. */
export type Captured = { readonly table: string; readonly file: string; readonly mediaType: string };

/**
 * A place from which answers come. Fetching and reading are two steps: what was captured can be read again for ever, by
 * the same code, without its source.
 */
export interface Feed {
  /** its answers from the start are all that the source holds: what is not among them is not there any more */
  readonly isWhole?: boolean;
  /**
   * Answers in order, from the cursor on, which is of the last answer that was kept. `pace` is awaited before each
   * request; `signal` ends everything.
   * @throws ConnectorFault, SourceFault
   */
  answers(options: {
    readonly table: string | undefined;
    readonly cursor: string | undefined;
    /** milliseconds before the cursor that are read again */
    readonly overlap: number;
    /** which rows count, where the job has a cursor column: a feed that makes answers of rows leaves the others out */
    readonly window: Window | undefined;
    /** nothing is kept, and nothing at the source may change either */
    readonly dry?: true | undefined;
    readonly signal: AbortSignal;
    pace(): Promise<void>;
  }): AsyncGenerator<Answer>;
  /** Rows of a captured answer, in batches of at most 1,000. @throws ConnectorFault, SourceFault where it is damaged */
  read(captured: Captured): AsyncGenerator<Batch>;
  close(): Promise<void>;
}

/**
 * Why a source could not be read. `retry`: the same may work later, and after how many milliseconds where the source says
 * so; without it somebody must act first.
 */
export class ConnectorFault extends Fault {
  readonly retry: { readonly after?: number } | undefined;

  constructor(
    code: string,
    { explanation, remedy, retry }: { explanation: Words; remedy: Words; retry?: { after?: number } },
    options?: ErrorOptions,
  ) {
    super(code, { explanation, remedy }, options);
    this.name = "ConnectorFault";
    this.retry = retry;
  }
}
