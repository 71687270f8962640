import { keccak256 } from "#hash";
import type { Act } from "../domain/entries/act.ts";
import { hashText, signedDigest } from "../domain/entries/entry.ts";
import { type Hex, readUint, textOf, toHex, WORD, writeHex, writeUint } from "../domain/entries/words.ts";
import type { Lot, LotAccepted, WaveActed } from "../domain/projection/waves.ts";
import { type ActSignature, asCallData, readAct, readActSigners } from "./acts.ts";
import { interfaceOf } from "./deploy.ts";

// Waves of legacy records: their acts, the lots that heads sign, and what the chain tells of both
// (docs/reference/formats.md section 12).

const LOT_TYPE = hashText(
  "Lot(bytes32 wave,uint64 epoch,bytes32 agency,bytes32 lotKey,uint8 tier,bytes32 root,uint32 rows,string currency,uint128 value,uint128 paid,uint64 cutOver,bytes32 seen,uint64 expires)",
);

/** The 14 EIP-712 words of a lot, its type hash first, as its leaf holds them. */
export function lotWords(lot: Lot): Uint8Array {
  const out = new Uint8Array(14 * WORD);
  out.set(LOT_TYPE);
  const fields = [lot.wave, lot.epoch, lot.agency, lot.lotKey, lot.tier, lot.root, lot.rows, hashText(lot.currency)];
  for (const [i, field] of [...fields, lot.value, lot.paid, lot.cutOver, lot.seen, lot.expires].entries()) {
    if (typeof field === "string") writeHex(out, (i + 1) * WORD, field, WORD);
    else if (typeof field === "object") out.set(field, (i + 1) * WORD);
    else writeUint(out, (i + 1) * WORD, field, WORD);
  }
  return out;
}

/** hashStruct(Lot): what a head signs, or a bundle of lots holds. */
export function lotHash(lot: Lot): Uint8Array {
  return keccak256(lotWords(lot));
}

export function lotDigest(separator: Uint8Array, lot: Lot): Uint8Array {
  return signedDigest(separator, lotHash(lot));
}

/** The id of an attempt at a wave of a plan; numbers are given on the chain, in the order in which waves are opened. */
export function waveIdOf(plan: string, wave: string, attempt: number): Hex {
  return toHex(hashText(`${plan}/${wave}/${attempt}`));
}

/** What close signs as `key`, step by step: the chain of the lots in the order in which they were accepted. */
export function chainLots(lots: readonly Pick<Lot, "lotKey" | "root">[]): Hex {
  let hash = new Uint8Array(3 * WORD);
  for (const { lotKey, root } of lots) {
    writeHex(hash, WORD, lotKey, WORD);
    writeHex(hash, 2 * WORD, root, WORD);
    const next = new Uint8Array(3 * WORD);
    next.set(keccak256(hash));
    hash = next;
  }
  return toHex(hash, 0, WORD);
}

/** What close signs as `holder`: source rows read, rejected, merged and excluded; the others were migrated. */
export function packCounts(counts: { read: number; rejected: number; merged: number; excluded: number }): Hex {
  const out = new Uint8Array(WORD);
  for (const [i, name] of (["read", "rejected", "merged", "excluded"] as const).entries())
    writeUint(out, i * 8, counts[name], 8);
  return toHex(out);
}

/** The body of the act that opens a wave: ids of the waves that must be in force before this one is. */
export function openingBody(after: readonly Hex[]): Uint8Array {
  const out = new Uint8Array(after.length * WORD);
  for (const [i, id] of after.entries()) writeHex(out, i * WORD, id, WORD);
  return out;
}

/** Call data of Waves.act. */
export function encodeWaveAct(act: Act, signatures: readonly ActSignature[], body: Uint8Array): Hex {
  return interfaceOf("Waves").encodeFunctionData("act", [act, signatures.map(asCallData), body]) as Hex;
}

/** Call data of Waves.accept. */
export function encodeLot(lot: Lot, signature: ActSignature): Hex {
  return interfaceOf("Waves").encodeFunctionData("accept", [lot, asCallData(signature)]) as Hex;
}

export const WAVE_TOPICS = ["WaveActed", "LotAccepted"].map((name) => interfaceOf("Waves").getEvent(name)!.topicHash);

const [ACTED, ACCEPTED] = WAVE_TOPICS;

/** What a log of Waves tells; undefined for logs of other contracts' shapes. */
export function readWaveLog(log: {
  topics: readonly string[];
  data: Uint8Array;
}): ({ type: "waveAct" } & WaveActed) | ({ type: "lot" } & LotAccepted) | undefined {
  const { data } = log;
  const number = (word: number) => Number(readUint(data, word * WORD, WORD));
  const id = (word: number) => toHex(data, word * WORD, (word + 1) * WORD);
  const bytesAt = (word: number) => {
    const offset = number(word);
    return data.subarray(offset + WORD, offset + WORD + Number(readUint(data, offset, WORD)));
  };
  if (log.topics[0] !== ACTED && log.topics[0] !== ACCEPTED) return undefined;
  const told = {
    leaf: log.topics[1] as Hex,
    wave: Number(BigInt(log.topics[2]!)),
    registerSequence: number(14),
    timeMs: number(15),
    signers: readActSigners(bytesAt(18)),
  };
  if (log.topics[0] === ACTED) return { type: "waveAct", ...told, act: readAct(data), body: bytesAt(17) };
  const lot: Lot = {
    wave: id(1),
    epoch: number(2),
    agency: id(3),
    lotKey: id(4),
    tier: number(5),
    root: id(6),
    rows: number(7),
    currency: textOf(bytesAt(17)),
    value: readUint(data, 9 * WORD, WORD),
    paid: readUint(data, 10 * WORD, WORD),
    cutOver: number(11),
    seen: id(12),
    expires: number(13),
  };
  return { type: "lot", ...told, lot };
}
