import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";

/** Every way in which a source is not read to its end, with the exit code that a verb ends with. */
const EXITS = {
  /** the settings of the source are wrong or not complete: the plan has to be mended */
  "source-setting": 5,
  /** nothing answers there, or it does not let us in */
  "source-unreachable": 75,
  /** the connection ended before the rows did */
  "source-cut": 75,
  /** a file that is no file of its kind, ends too early, or is made to exhaust the reader */
  "source-damaged": 1,
  /** columns, rows or bytes are no longer those that the inventory saw: what was sealed is stale */
  "source-changed": 8,
  /** a program that reading needs is not on this machine */
  "source-tool-missing": 1,
} as const;

type SourceFaultCode = keyof typeof EXITS;

/**
 * Why a source cannot be read, or not to its end: nothing that was read from it counts. `exit` is the exit code of the
 * verb that meets it: 1 yours to fix, 5 the plan, 8 stale, 75 try again.
 */
export class SourceFault extends Fault {
  readonly exit: number;

  constructor(code: SourceFaultCode, explanation: Words, remedy: Words, options?: ErrorOptions) {
    super(code, { explanation, remedy }, options);
    this.name = "SourceFault";
    this.exit = EXITS[code];
  }
}
