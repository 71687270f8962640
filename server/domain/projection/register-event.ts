import type { Act } from "../entries/act.ts";
import type { Hex } from "../entries/words.ts";
import type { AgencyCheckpoint, Checkpoint } from "../proofs/receipts.ts";
import type { RecordedEntry } from "./process-view.ts";

/** What the register's contracts tell, in the order of the chain. */
export type RegisterEvent =
  | { type: "entry"; leaf: Hex; entry: RecordedEntry }
  | { type: "refused"; entryHash: Hex; code: number; a: bigint; b: bigint }
  | {
      type: "cancelled";
      leaf: Hex;
      target: Hex;
      holder: Hex;
      expires: number;
      registerSequence: number;
      timeMs: number;
    }
  | { type: "act"; leaf: Hex; subject: Hex; act: Act; registerSequence: number; timeMs: number; body: Uint8Array }
  /** The register said something that can't be read; its leaf, where it has one, is still part of the log. */
  | { type: "unreadable"; leaf?: Hex; reason: string }
  | { type: "ruleSet"; leaf: Hex }
  | ({ type: "checkpoint" } & Checkpoint)
  | ({ type: "agencyCheckpoint" } & AgencyCheckpoint);
