import type { Log } from "../chain/chain.ts";
import { ActCode } from "../domain/entries/act.ts";
import { entryHash, readBalances } from "../domain/entries/entry.ts";
import { Kind } from "../domain/entries/kinds.ts";
import { type Hex, readUint, textOf, toHex, WORD } from "../domain/entries/words.ts";
import type { RuleSet } from "../domain/lifecycle/policy.ts";
import type { PasskeyOrigin, RegisterEvent } from "../domain/projection/register-event.ts";
import { readAgencyCheckpoint, readCheckpoint } from "../domain/proofs/receipts.ts";
import { keyWord, readAct, readActSigners } from "./acts.ts";
import { readRecorded } from "./codec.ts";
import { type Addresses, interfaceOf } from "./deploy.ts";
import { readWaveLog, WAVE_TOPICS } from "./waves.ts";

const topic = (contract: "Ledger" | "Authority" | "Policy", event: string) =>
  interfaceOf(contract).getEvent(event)!.topicHash;
const topics = {
  entry: topic("Ledger", "EntryRecorded"),
  refused: topic("Ledger", "Refused"),
  cancelled: topic("Ledger", "Cancelled"),
  act: topic("Authority", "ActRecorded"),
  ruleSet: topic("Policy", "RuleSetAdded"),
  anchor: topic("Authority", "AccessLogAnchored"),
};

const withLeaf = new Set<string | undefined>([
  topics.entry,
  topics.cancelled,
  topics.act,
  topics.ruleSet,
  topics.anchor,
  ...WAVE_TOPICS,
]);

/** The register's events among the logs of a block. One that can't be read is told as such, and the others flow. */
export function readEvents(logs: readonly Log[], addresses: Addresses): RegisterEvent[] {
  return logs.flatMap((log): RegisterEvent[] => {
    try {
      const event = readEvent(log, addresses);
      return event === undefined ? [] : [event];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return [{ type: "unreadable", reason, ...(withLeaf.has(log.topics[0]) ? { leaf: log.topics[1] as Hex } : {}) }];
    }
  });
}

/**
 * The event that a log tells, undefined for logs that are not the register's.
 * @throws CodecFault where the log does not hold what its leaf says
 */
function readEvent(log: Log, addresses: Addresses): RegisterEvent | undefined {
  const { data } = log;
  const name = log.topics[0];
  const leaf = log.topics[1] as Hex;
  const number = (word: number) => Number(readUint(data, word * WORD, WORD));
  const id = (word: number) => toHex(data, word * WORD, (word + 1) * WORD);
  if (log.address === addresses.Ledger) {
    if (name === topics.entry) {
      const { entry, preimage, body, assigned, excess, signers } = readRecorded(log.topics, data);
      const opens = entry.kind === Kind.opening && preimage.length > 0;
      const balances = opens ? { balances: readBalances(preimage) } : {};
      const hash = toHex(entryHash(entry));
      return { type: "entry", leaf, entry: { ...entry, leaf, hash, body, assigned, excess, signers, ...balances } };
    }
    if (name === topics.refused)
      return {
        type: "refused",
        entryHash: leaf,
        code: number(0),
        a: readUint(data, WORD, WORD),
        b: readUint(data, 2 * WORD, WORD),
      };
    if (name === topics.cancelled)
      return {
        type: "cancelled",
        leaf,
        target: log.topics[2] as Hex,
        holder: id(0),
        registerSequence: number(1),
        timeMs: number(2),
        expires: number(3),
      };
    const checkpoint = readCheckpoint(log, addresses.Ledger);
    if (checkpoint !== undefined) return { type: "checkpoint", ...checkpoint };
    const ofAgency = readAgencyCheckpoint(log, addresses.Ledger);
    if (ofAgency !== undefined) return { type: "agencyCheckpoint", ...ofAgency };
  } else if (log.address === addresses.Authority && name === topics.act) {
    const bytesAt = (word: number) => {
      const offset = number(word);
      return data.subarray(offset + WORD, offset + WORD + Number(readUint(data, offset, WORD)));
    };
    const [act, body] = [readAct(data), bytesAt(17)];
    const own = act.code === ActCode.decided && act.key === keyWord(addresses.Authority);
    return {
      type: "act",
      leaf,
      subject: log.topics[2] as Hex,
      act,
      ...(own ? { origin: readOrigin(body) } : {}),
      registerSequence: number(14),
      timeMs: number(15),
      body,
      signers: readActSigners(bytesAt(18)),
    };
  } else if (log.address === addresses.Authority && name === topics.anchor) {
    return {
      type: "anchor",
      leaf,
      head: id(0),
      rows: number(1),
      account: toHex(data, 2 * WORD + 12, 3 * WORD),
      registerSequence: number(3),
      timeMs: number(4),
    };
  } else if (log.address === addresses.Waves) {
    return readWaveLog(log);
  } else if (log.address === addresses.Policy && name === topics.ruleSet) {
    return { type: "ruleSet", leaf, ruleSet: readRuleSet(data) };
  }
  return undefined;
}

/** The council's call of Authority.setOrigin: the only one of its own functions that Authority records as a decision. */
function readOrigin(body: Uint8Array): PasskeyOrigin {
  const [origin, rpId, allowed] = interfaceOf("Authority").decodeFunctionData("setOrigin", body);
  return { origin, rpId, allowed };
}

/** The words of RuleSetAdded: the set, where the thresholds begin, their number, then currency, kind and value of each. */
function readRuleSet(data: Uint8Array): RuleSet {
  const word = (place: number) => readUint(data, place * WORD, WORD);
  const number = (place: number) => Number(word(place));
  const first = number(5) / WORD;
  const thresholds = Array.from({ length: number(first) }, (_, i) => {
    const at = first + 1 + 3 * i;
    const currency = textOf(data.subarray(at * WORD, at * WORD + 3));
    return { currency, kind: number(at + 1), value: String(word(at + 2)) };
  });
  const [validFrom, capBps, awardForms, second] = [number(0), number(1), number(2), number(3)];
  return { validFrom, capBps, awardForms, second, certificatesBound: number(4) === 1, thresholds };
}
