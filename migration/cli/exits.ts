import { ChainFault } from "../../server/chain/chain.ts";
import { complain, Exit, explain, type Language, paint } from "../../server/cli/terminal.ts";
import { Fault } from "../../server/domain/fault.ts";
import { SourceFault } from "../sources/source-fault.ts";

/** Exit codes of the migration's verbs beside those of every verb (`Exit`). */
export const Ended = {
  /** a check that blocks */
  blocked: 3,
  undecided: 4,
  /** the plan has to be mended */
  plan: 5,
  /** what comes before is not done */
  gate: 6,
  /** nothing is broken, and the same command goes on once what stopped it is gone */
  stopped: 7,
  /** what was sealed, staged or written is not as it was */
  stale: 8,
  lease: 9,
  mismatch: 10,
  noGo: 11,
  /** something stands in the way that only people can move */
  held: 12,
} as const;

/** What a fault means to whoever runs the verb, wherever it is met; every other fault is 1, theirs to fix. */
const BY_CODE: Readonly<Record<string, number>> = {
  ...{ "not-conserved": Ended.blocked, "rule-stops": Ended.blocked },
  ...{ "plan-missing": Ended.plan, "plan-wrong": Ended.plan, "plan-large": Ended.plan, "plan-faults": Ended.plan },
  ...{ "wave-unknown": Ended.plan, "table-missing": Ended.plan, "source-unknown": Ended.plan },
  "quality-rule": Ended.plan,
  ...{ "plan-unsealed": Ended.gate, "gate-shut": Ended.gate, "not-staged": Ended.gate, "profile-missing": Ended.gate },
  ...{ "backup-missing": Ended.gate, "backup-differs": Ended.gate, "source-moved": Ended.gate },
  ...{ "disk-full": Ended.stopped, "journal-unwritable": Ended.stopped, "source-ended-early": Ended.stopped },
  "not-signed": Ended.stopped,
  ...{ "plan-stale": Ended.stale, stale: Ended.stale, "sealed-changed": Ended.stale, "lot-altered": Ended.stale },
  "rejects-altered": Ended.stale,
  "lease-held": Ended.lease,
  ...{ mismatch: Ended.mismatch, "rows-missing": Ended.mismatch },
  ...{ "no-go": Ended.noGo, "samples-altered": Ended.noGo, "sample-differs": Ended.noGo },
  ...{ "rollback-blocked": Ended.held, "rollback-lossy": Ended.held, "rows-refused": Ended.held },
};

/** Runs a verb: says what went wrong in the chosen language, and ends with the exit code that it means. */
export async function conclude(language: Language, verb: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await verb();
  } catch (error) {
    const exit = exitOf(error);
    if (exit === undefined) process.exitCode = explain(error, language);
    else {
      complain(`${paint("red", "✗")} ${(error as Fault).words[language]}`);
      process.exitCode = exit;
    }
  }
}

function exitOf(error: unknown): number | undefined {
  if (error instanceof SourceFault) return error.exit;
  if (error instanceof ChainFault) return Exit.tryAgain;
  return error instanceof Fault ? BY_CODE[error.code] : undefined;
}
