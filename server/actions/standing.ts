import type { ProcessView } from "../domain/projection/process-view.ts";
import {
  type Lane,
  lanesInForce,
  type Standing,
  standingOf,
  WAVES,
  type WaveView,
  waveAt,
  waveKey,
} from "../domain/projection/waves.ts";
import type { Storage } from "../domain/storage.ts";

// What of the register counts, as its waves stand when somebody asks, or stood then; the decision is `standingOf`.

/** A wave by its number, as it stood at a moment (milliseconds UTC), or stands. */
export async function waveThen(
  number: number,
  moment: number | undefined,
  get: Storage["get"],
): Promise<WaveView | undefined> {
  const wave = await get<WaveView>(waveKey(number));
  return wave && moment !== undefined ? waveAt(wave, moment) : wave;
}

/** What stands of a process now. */
export async function standingNow(view: Pick<ProcessView, "wave" | "touched">, get: Storage["get"]): Promise<Standing> {
  return standingOf(view, view.wave === undefined ? undefined : await waveThen(view.wave, undefined, get));
}

/** The parts of the index that count now, or counted at a moment. */
export async function lanesThen(moment: number | undefined, range: Storage["range"]): Promise<Lane[]> {
  const waves: WaveView[] = [];
  for await (const { value } of range<WaveView>(WAVES)) {
    const then = moment === undefined ? value : waveAt(value, moment);
    if (then !== undefined) waves.push(then);
  }
  return lanesInForce(waves);
}
