/**
 * Named places where a test makes the process die as a power cut would: no handler runs, nothing is flushed.
 *
 * `PRASASTI_FAILPOINT=journalled` dies when that place is first reached, `journalled:3` the third time (counted in each
 * thread by itself). Unset, a call is one comparison.
 */
const [armed, nth] = (process.env.PRASASTI_FAILPOINT ?? "").split(":");
let left = Number(nth ?? 1);

/** The places, as an entry passes them; then those of a start, of a rebuild, and of a change of the master key. */
type Place =
  | "draft-stored"
  | "draft-signed"
  | "submission-stored"
  | "sent-back"
  | "batch-built"
  | "batch-signed"
  | "batch-sent"
  | "block-mined"
  | "journalled"
  | "projected"
  | "answered"
  | "replaying"
  | "rebuilding"
  | "rotate-key-made"
  | "rotate-wrapped"
  | "rotate-compacted"
  | "backup-dumped"
  | "backup-source-done"
  | "backup-before-swap"
  | "reconciliation-kept"
  | "closing-lines-kept"
  // of a wave of legacy records, as it is loaded, closed and taken back
  | `load-${"starting" | "resent" | "reconciled" | "built" | "signed" | "kept" | "included" | "decided" | "advanced" | "final"}`
  | `wave-${"gated" | "staged" | "opened" | "consented" | "registered" | "lots-signed" | "lot-accepted" | "lots-accepted" | "loaded" | "verified" | "certified" | "closed" | "activated" | "finalised"}`
  | `act-${"made" | "sent" | "recorded"}`
  | `rollback-${"delta" | "sent" | "done"}`
  // of rows of connected procurement systems: kept, their processes planned, proposals written, some made drafts
  | `procurement-${"kept" | "planned" | "proposed" | "taken"}`
  | `rebuild-${"aside" | "begun" | "done"}`
  // of a run of a connector
  | "capture-kept"
  | "capture-noted"
  | "rows-taken"
  | "rows-noted"
  | "cursor-moved"
  // of what connectors take
  | `payments-${"laid" | "assembled" | "judged" | "kept"}`
  | "payment-decided"
  | "bank-matched"
  | "bank-kept"
  // of a file of payment requests on its way out
  | `request-${"intended" | "written" | "noted" | "renamed" | "recorded"}`
  // of an event on its way to a subscriber
  | `hook-${"answered" | "kept" | "failed" | "dead"}`;

export function failpoint(name: Place): void {
  if (name !== armed || --left > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may reach this thread a moment later; nothing after a failpoint may run.
  for (;;);
}
