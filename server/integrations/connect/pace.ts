import { setTimeout as sleep } from "node:timers/promises";
import { type JobSettings, milliseconds } from "../settings.ts";

/** Lets so many through in a while, evenly: requests of one source, whichever job makes them. */
export class Pace {
  readonly #gap: number;
  #next = 0;

  constructor({ requests, per }: JobSettings["rate"]) {
    this.#gap = milliseconds(per) / requests;
  }

  async wait(signal: AbortSignal): Promise<void> {
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#gap;
    if (at > now) await sleep(at - now, undefined, { signal });
  }
}

/**
 * Milliseconds before the next try: doubled each time, up to the longest, of which a random half, so that jobs that failed
 * together do not come back together. At least what the source asks for.
 * @param tries that failed, from 1
 */
export function backOff({ first, most }: JobSettings["retry"], tries: number, asked = 0, random = Math.random): number {
  const longest = Math.min(milliseconds(most), milliseconds(first) * 2 ** (tries - 1));
  return Math.max(asked, longest * (0.5 + random() / 2));
}
