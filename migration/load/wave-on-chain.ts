import { WaveState, type WaveStateName } from "../../server/domain/entries/kinds.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import type { LotAccepted, WaveActed } from "../../server/domain/projection/waves.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { readWaveLog } from "../../server/ledger/waves.ts";
import type { Register } from "./register.ts";

/** A wave as the chain keeps it; counts in rows. */
export type WaveOnChain = {
  number: number;
  id: Hex;
  plan: Hex;
  agency: Hex;
  state: WaveStateName;
  detaches: boolean;
  epoch: number;
  /** seconds after activation in which it can be rolled back */
  grace: number;
  activatedAt: number;
  lots: number;
  dependants: number;
  rows: number;
  expected: number;
  loaded: number;
  promoted: number;
  natives: number;
  touched: number;
  payments: number;
  lotsHash: Hex;
};

const states = new Map<number, WaveStateName>(
  Object.entries(WaveState).map(([name, number]) => [number, name as WaveStateName]),
);

/** The wave with an id, or nothing where it was never opened. */
export async function waveOnChain(register: Register, id: Hex): Promise<WaveOnChain | undefined> {
  const number = Number(await register.text("Waves", "numberOf", [id]));
  if (number === 0) return undefined;
  const [found] = (await register.view("Waves", "waveOf", [number])) as [Record<string, unknown>];
  const count = (name: string) => Number(found[name]);
  const hex = (name: string) => String(found[name]).toLowerCase() as Hex;
  return {
    ...{ number, id: hex("id"), plan: hex("plan"), agency: hex("agency"), lotsHash: hex("lotsHash") },
    ...{ state: states.get(count("state"))!, detaches: found.detaches === true },
    ...{ epoch: count("epoch"), grace: count("grace"), activatedAt: count("activatedAt"), lots: count("lots") },
    ...{ dependants: count("dependants"), rows: count("rows"), expected: count("expected"), loaded: count("loaded") },
    ...{
      promoted: count("promoted"),
      natives: count("natives"),
      touched: count("touched"),
      payments: count("payments"),
    },
  };
}

/** Leaf of a lot that the wave has accepted (undefined: none), and how many of its rows are missing. */
export async function lotOnChain(
  register: Register,
  wave: number,
  lotKey: Hex,
): Promise<{ leaf: Hex; left: number } | undefined> {
  const [leaf, left] = await register.view("Waves", "lotOf", [wave, lotKey]);
  return BigInt(String(leaf)) === 0n ? undefined : { leaf: String(leaf).toLowerCase() as Hex, left: Number(left) };
}

export type WaveHistory = {
  acts: (WaveActed & { block: number })[];
  lots: (LotAccepted & { block: number })[];
  /** block of its opening */
  openedAt: number;
};

/** Acts on a wave and the lots that it accepted, in ledger order. @param from a block before its opening */
export async function historyOfWave(register: Register, wave: number, from = 0): Promise<WaveHistory> {
  const word = `0x${wave.toString(16).padStart(64, "0")}`;
  const events = interfaceOf("Waves");
  const topics = [events.getEvent("WaveActed")!.topicHash, events.getEvent("LotAccepted")!.topicHash];
  const history: WaveHistory = { acts: [], lots: [], openedAt: from };
  for await (const page of register.logs("Waves", [topics, null, word], from, await register.height()))
    for (const log of page) {
      const told = readWaveLog(log);
      if (told?.type === "waveAct") history.acts.push({ ...told, block: log.blockNumber });
      else if (told?.type === "lot") history.lots.push({ ...told, block: log.blockNumber });
    }
  history.openedAt = history.acts[0]?.block ?? from;
  return history;
}
