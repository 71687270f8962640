import { type Act, ActCode, type ActSigner } from "../entries/act.ts";
import { WaveState, type WaveStateName } from "../entries/kinds.ts";
import { fromHex, type Hex, readUint, toHex, WORD } from "../entries/words.ts";
import { ordered } from "./ordered.ts";
import type { ProcessView } from "./process-view.ts";

// Waves of legacy records as the register knows them: what they are, and whether what they brought counts.

/**
 * One idempotent load unit. `root` is the tree over its rows; amounts in minor units of `currency` ("" where no row has
 * money); `cutOver` and `expires` in seconds UTC.
 */
export type Lot = {
  wave: Hex;
  epoch: number;
  agency: Hex;
  lotKey: Hex;
  tier: number;
  root: Hex;
  rows: number;
  currency: string;
  value: bigint;
  paid: bigint;
  cutOver: number;
  seen: Hex;
  expires: number;
};

type Acted = { leaf: Hex; wave: number; registerSequence: number; timeMs: number; signers: ActSigner[] };
export type WaveActed = Acted & { act: Act; body: Uint8Array };
export type LotAccepted = Acted & { lot: Lot };

/** Amounts as decimal text of minor units, by currency; counts of rows that its lots hold. */
export type WaveView = {
  number: number;
  id: Hex;
  plan: Hex;
  /** the agency that leads it */
  agency: Hex;
  state: WaveStateName;
  /** rolled back, it leaves the processes in force on which people have signed since */
  detaches: boolean;
  /** seconds between coming into force and the earliest end of the time in which it may be rolled back */
  grace: number;
  epoch: number;
  after: Hex[];
  agencies: Hex[];
  lots: number;
  rows: number;
  sums: Record<string, { value: string; paid: string }>;
  /** entries that the ledger has of it: rows, and what people signed on its processes since */
  loaded: number;
  natives: number;
  /** leaves of its acts, with their moments (milliseconds UTC) */
  acts: { act: string; leaf: Hex; at: number; signers: Hex[] }[];
  /** of what was signed when it was closed */
  certificate?: { read: number; rejected: number; merged: number; excluded: number; digest: Hex };
};

export const WAVES = "wave/";
export function waveKey(number: number): string {
  return `${WAVES}${ordered(number)}`;
}

/** Row of the text of a wave's certificate, by its number. */
export function certificateKey(number: number): string {
  return `certificate/${ordered(number)}`;
}

/** Row of a lot, in the order of acceptance. */
export function lotKey(wave: number, sequence: number): string {
  return `lot/${ordered(wave)}/${ordered(sequence)}`;
}

export type LotRow = Omit<Lot, "value" | "paid" | "wave"> & { value: string; paid: string; leaf: Hex; at: number };

const states: Readonly<Record<number, WaveStateName>> = {
  [ActCode.openWave]: "open",
  [ActCode.closeWave]: "closed",
  [ActCode.activateWave]: "active",
  [ActCode.finaliseWave]: "final",
  [ActCode.rollBackWave]: "rolledBack",
};

/** A wave after one of its acts; undefined for an act on a wave that was never opened. */
export function afterWaveAct(before: WaveView | undefined, event: WaveActed): WaveView | undefined {
  const { act, leaf, timeMs, wave: number, body } = event;
  const opens = act.code === ActCode.openWave;
  const view: WaveView | undefined = opens
    ? {
        ...{ number, id: act.post, plan: act.key, agency: act.agency, state: "open", detaches: (act.role & 1) === 1 },
        ...{ grace: act.until, epoch: 1, after: idsIn(body), agencies: [act.agency], lots: 0, rows: 0, sums: {} },
        ...{ loaded: 0, natives: 0, acts: [] },
      }
    : before;
  if (view === undefined) return undefined;
  const name = Object.entries(ActCode).find(([, code]) => code === act.code)?.[0] ?? String(act.code);
  const signers = event.signers.map(({ holder }) => holder);
  const isConsent = act.code === ActCode.consentToWave;
  return {
    ...view,
    state: states[act.code] ?? view.state,
    epoch: act.code === ActCode.leaseWave ? act.from : view.epoch,
    agencies: isConsent && !view.agencies.includes(act.agency) ? [...view.agencies, act.agency] : view.agencies,
    acts: [...view.acts, { act: name, leaf, at: timeMs, signers }],
    ...(act.code === ActCode.closeWave ? { certificate: { ...countsIn(act.holder), digest: act.digest } } : {}),
  };
}

/** A wave after one of its lots was accepted. */
export function afterLot(before: WaveView, { lot }: LotAccepted): WaveView {
  const had = before.sums[lot.currency] ?? { value: "0", paid: "0" };
  const more = { value: String(BigInt(had.value) + lot.value), paid: String(BigInt(had.paid) + lot.paid) };
  const sums = lot.currency === "" ? before.sums : { ...before.sums, [lot.currency]: more };
  return { ...before, lots: before.lots + 1, rows: before.rows + lot.rows, sums };
}

function idsIn(body: Uint8Array): Hex[] {
  return Array.from({ length: Math.floor(body.length / WORD) }, (_, i) => toHex(body, i * WORD, (i + 1) * WORD));
}

function countsIn(word: Hex): { read: number; rejected: number; merged: number; excluded: number } {
  const bytes = fromHex(word);
  const count = (place: number) => Number(readUint(bytes, place * 8, 8));
  return { read: count(0), rejected: count(1), merged: count(2), excluded: count(3) };
}

/** What stands of a process: it counts, it waits for its wave, or it was taken back with it. */
export type Standing = "inForce" | "waiting" | "takenBack";

/** Whether a process counts, by the wave that brought it; one without a wave always does. */
export function standingOf(
  view: Pick<ProcessView, "wave" | "touched">,
  wave: Pick<WaveView, "state" | "detaches"> | undefined,
): Standing {
  if (view.wave === undefined) return "inForce";
  if (wave === undefined || WaveState[wave.state] < WaveState.active) return "waiting";
  if (wave.state !== "rolledBack") return "inForce";
  return wave.detaches && view.touched === true ? "inForce" : "takenBack";
}
