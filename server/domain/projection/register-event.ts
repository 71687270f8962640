import { type Act, type ActSigner, nameOfAct } from "../entries/act.ts";
import { cancelHash } from "../entries/entry.ts";
import { kindName } from "../entries/kinds.ts";
import type { Anchor } from "../entries/leaf.ts";
import { type Hex, NO_ID, toHex } from "../entries/words.ts";
import type { RuleSet } from "../lifecycle/policy.ts";
import type { AgencyCheckpoint, Checkpoint } from "../proofs/receipts.ts";
import type { RecordedEntry } from "./process-view.ts";
import type { LotAccepted, WaveActed } from "./waves.ts";

/** Pages on which passkeys may sign, or no longer: their origin, and the domain that the keys are bound to. */
export type PasskeyOrigin = { origin: string; rpId: string; allowed: boolean };

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
  | {
      type: "act";
      leaf: Hex;
      subject: Hex;
      act: Act;
      registerSequence: number;
      timeMs: number;
      body: Uint8Array;
      /** where the council decided on which pages passkeys may sign */
      origin?: PasskeyOrigin;
      /** in their order; none signed what the council decided */
      signers: ActSigner[];
    }
  /** The register said something that can't be read; its leaf, where it has one, is still part of the log. */
  | { type: "unreadable"; leaf?: Hex; reason: string }
  | ({ type: "waveAct" } & WaveActed)
  | ({ type: "lot" } & LotAccepted)
  | { type: "ruleSet"; leaf: Hex; ruleSet: RuleSet }
  | ({ type: "anchor" } & Anchor)
  | ({ type: "checkpoint" } & Checkpoint)
  | ({ type: "agencyCheckpoint" } & AgencyCheckpoint);

/**
 * An event as it is kept and told: what happened, to what, so that a reader knows what to fetch. Times in milliseconds
 * UTC; `submission` is the hash of the signed item, by which its maker knows it.
 */
export type EventRow = { at: number; block: number } & (
  | {
      event: "entry";
      kind: string;
      agency: Hex;
      ocid: string;
      contractId?: string;
      awardId?: string;
      registerSequence: number;
      processSequence: number;
      submission: Hex;
      exceptions: number;
      excess: string;
    }
  | { event: "refused"; submission: Hex; code: number }
  | { event: "cancelled"; submission: Hex; target: Hex; registerSequence: number }
  | { event: "act"; kind: string; agency?: Hex; holder?: Hex; registerSequence: number }
  | { event: "wave"; kind: string; wave: number; agency: Hex; registerSequence: number }
  | { event: "lot"; wave: number; agency: Hex; lotKey: Hex; rows: number; registerSequence: number }
  | { event: "policy" }
  | { event: "anchor"; account: Hex; head: Hex; rows: number; registerSequence: number }
  | { event: "checkpoint"; size: number; root: Hex }
  | { event: "agencyCheckpoint"; agency: Hex; count: number; size: number }
  | { event: "unreadable" }
);

const given = <K extends string>(key: K, id: string): { [P in K]?: Hex } =>
  (id === NO_ID ? {} : { [key]: id }) as { [P in K]?: Hex };

/** The row of an event in a block. Total: one that cannot be read has a row too. */
export function eventRow(event: RegisterEvent, block: { number: number; time: number }): EventRow {
  const when = { at: block.time * 1000, block: block.number };
  switch (event.type) {
    case "entry": {
      const { kind, agency, ocid, contractId, awardId, assigned, hash, excess } = event.entry;
      return {
        event: "entry",
        at: assigned.timeMs,
        block: block.number,
        kind: kindName(kind) ?? String(kind),
        agency,
        ocid,
        ...(contractId === "" ? {} : { contractId }),
        ...(awardId === "" ? {} : { awardId }),
        registerSequence: assigned.registerSequence,
        processSequence: assigned.processSequence,
        submission: hash,
        exceptions: assigned.exceptions,
        excess: String(excess),
      };
    }
    case "refused":
      return { event: "refused", ...when, submission: event.entryHash, code: event.code };
    case "cancelled": {
      const { target, holder, expires, registerSequence } = event;
      const submission = toHex(cancelHash({ target, holder, expires }));
      return { event: "cancelled", at: event.timeMs, block: block.number, submission, target, registerSequence };
    }
    case "act": {
      const { act, registerSequence, timeMs } = event;
      const kind = nameOfAct(act.code);
      const about = { ...given("agency", act.agency), ...given("holder", act.holder) };
      return { event: "act", at: timeMs, block: block.number, kind, ...about, registerSequence };
    }
    case "waveAct": {
      const { act, wave, registerSequence, timeMs } = event;
      const kind = nameOfAct(act.code);
      return { event: "wave", at: timeMs, block: block.number, kind, wave, agency: act.agency, registerSequence };
    }
    case "lot": {
      const { lot, wave, registerSequence, timeMs } = event;
      const { agency, lotKey, rows } = lot;
      return { event: "lot", at: timeMs, block: block.number, wave, agency, lotKey, rows, registerSequence };
    }
    case "ruleSet":
      return { event: "policy", ...when };
    case "anchor": {
      const { account, head, rows, registerSequence, timeMs } = event;
      return { event: "anchor", at: timeMs, block: block.number, account, head, rows, registerSequence };
    }
    case "checkpoint":
      return { event: "checkpoint", ...when, size: event.size, root: event.root };
    case "agencyCheckpoint":
      return { event: "agencyCheckpoint", ...when, agency: event.agency, count: event.count, size: event.size };
    case "unreadable":
      return { event: "unreadable", ...when };
  }
}
