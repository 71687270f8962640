import { type Act, ActCode, type ActSigner, nameOfAct } from "../entries/act.ts";
import { WaveState, type WaveStateName } from "../entries/kinds.ts";
import { fromHex, type Hex, readUint, toHex, WORD } from "../entries/words.ts";
import { ordered } from "./ordered.ts";
import type { ProcessView, RecordedEntry } from "./process-view.ts";

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
  /** cut-over of each agency's lots, seconds UTC: the earliest and the latest */
  cutOver: Record<Hex, [earliest: number, latest: number]>;
  lots: number;
  rows: number;
  sums: Record<string, { value: string; paid: string }>;
  /** entries that the ledger has of it: rows, of these how many with their body off the chain; what people signed since */
  loaded: number;
  away: number;
  natives: number;
  /** leaves of its acts, with their places in the log (from 1) and moments (milliseconds UTC) */
  acts: WaveAct[];
  /** of what was signed when it was closed */
  certificate?: { read: number; rejected: number; merged: number; excluded: number; digest: Hex };
};

export type WaveAct = { act: string; leaf: Hex; sequence: number; at: number; signers: Hex[] };

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
  return `${LOTS}${ordered(wave)}/${ordered(sequence)}`;
}
export const LOTS = "lot/";

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
        ...{ grace: act.until, epoch: 1, after: idsIn(body), agencies: [act.agency], cutOver: {} },
        ...{ lots: 0, rows: 0, sums: {}, loaded: 0, away: 0, natives: 0, acts: [] },
      }
    : before;
  if (view === undefined) return undefined;
  const sequence = event.registerSequence;
  const signers = event.signers.map(({ holder }) => holder);
  const isConsent = act.code === ActCode.consentToWave;
  return {
    ...view,
    state: states[act.code] ?? view.state,
    epoch: act.code === ActCode.leaseWave ? act.from : view.epoch,
    agencies: isConsent && !view.agencies.includes(act.agency) ? [...view.agencies, act.agency] : view.agencies,
    acts: [...view.acts, { act: nameOfAct(act.code), leaf, sequence, at: timeMs, signers }],
    ...(act.code === ActCode.closeWave ? { certificate: { ...countsIn(act.holder), digest: act.digest } } : {}),
  };
}

/** A wave after one of its lots was accepted. */
export function afterLot(before: WaveView, { lot }: LotAccepted): WaveView {
  const had = before.sums[lot.currency] ?? { value: "0", paid: "0" };
  const more = { value: String(BigInt(had.value) + lot.value), paid: String(BigInt(had.paid) + lot.paid) };
  const sums = lot.currency === "" ? before.sums : { ...before.sums, [lot.currency]: more };
  const [earliest, latest] = before.cutOver[lot.agency] ?? [lot.cutOver, lot.cutOver];
  const cutOver: WaveView["cutOver"] = {
    ...before.cutOver,
    [lot.agency]: [Math.min(earliest, lot.cutOver), Math.max(latest, lot.cutOver)],
  };
  return { ...before, cutOver, lots: before.lots + 1, rows: before.rows + lot.rows, sums };
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

/** The wave as it was at a moment, in milliseconds UTC; undefined before it was opened. */
export function waveAt(wave: WaveView, moment: number): WaveView | undefined {
  const acts = wave.acts.filter(({ at }) => at <= moment);
  const state = acts
    .map(({ act }) => states[ActCode[act as keyof typeof ActCode]])
    .findLast((each) => each !== undefined);
  return state && { ...wave, acts, state };
}

/** What `Waves.standing` answers of a wave: 1 in force; 2 taken back, but for what people signed on; 3 taken back; else 0. */
export function standingCode(wave: Pick<WaveView, "state" | "detaches">): number {
  const of = (touched: object) => standingOf({ wave: 1, ...touched }, wave);
  if (of({}) !== "takenBack") return of({}) === "inForce" ? 1 : 0;
  return of({ touched: true }) === "inForce" ? 2 : 3;
}

/** What stands of one entry: it falls with the incarnation of its process that it belongs to. */
export function standingOfEntry(
  { assigned }: Pick<RecordedEntry, "assigned">,
  view: Pick<ProcessView, "wave" | "touched">,
  wave: Pick<WaveView, "state" | "detaches"> | undefined,
): Standing {
  return assigned.wave === (view.wave ?? 0) ? standingOf(view, wave) : "takenBack";
}

/** By whom, in which act, a wave was rolled back. */
export function rolledBackBy({ acts }: Pick<WaveView, "acts">): WaveAct | undefined {
  return acts.findLast(({ act }) => ActCode[act as keyof typeof ActCode] === ActCode.rollBackWave);
}

/**
 * A part of the index rows, which counts as a whole or not at all: what began here; of each wave what it brought and what
 * people signed on it; the same of the processes on which people signed, where these outlast their wave. So a wave comes
 * into force, or is taken back, without any of its rows being touched.
 */
export type Lane = {
  /** begins the names of its lists */
  prefix: string;
  /** the place in the log (from 1) at which its rows came into force: readers meet none of them before */
  since: number;
};

const NATIVE: Lane = { prefix: "", since: 0 };
/** The lane of a wave (0: what began here). */
export function laneOf(wave: number): string {
  return wave === 0 ? NATIVE.prefix : `wave/${wave}/`;
}
/** The lane of what outlasts a wave. */
export function stayingLaneOf(wave: number): string {
  return `stays/${wave}/`;
}

/** The lanes whose rows count, by the waves as they stand. */
export function lanesInForce(waves: readonly WaveView[]): Lane[] {
  const lanes = [NATIVE];
  for (const wave of waves) {
    const { number, acts } = wave;
    const since = acts.find(({ act }) => ActCode[act as keyof typeof ActCode] === ActCode.activateWave)?.sequence ?? 0;
    const counts = (touched: object) => standingOf({ wave: number, ...touched }, wave) === "inForce";
    if (counts({})) lanes.push({ prefix: laneOf(number), since });
    else if (counts({ touched: true })) lanes.push({ prefix: stayingLaneOf(number), since });
  }
  return lanes;
}
