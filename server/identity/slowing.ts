/** How a purse of guesses fills: so many are free, then each costs twice the wait of the one before, up to `most` seconds. */
export type Pace = { free: number; most: number };

/** Purses that nobody touched for so long are empty again, in seconds. */
const FORGET_SECONDS = 3600;
const MOST_PURSES = 50_000;

/**
 * Slows guessing down. Who guesses wrong waits longer each time; nobody is ever locked out, and waiting is counted where
 * it comes from, so that a stranger's guesses do not slow the person down at a browser that is known. Kept in memory: a
 * restart forgives, and only the operator can cause one.
 */
export class Slowing {
  readonly #purses = new Map<string, { failures: number; until: number; touched: number }>();

  /**
   * Counts an attempt as failed in every purse, until `passed` says otherwise: many at once are as slow as one after the
   * other. @returns 0, or the seconds to wait; then nothing is counted
   */
  attempt(purses: Record<string, Pace>, now: number): number {
    let wait = 0;
    for (const name of Object.keys(purses)) wait = Math.max(wait, (this.#find(name, now)?.until ?? 0) - now);
    if (wait > 0) return wait;
    for (const [name, { free, most }] of Object.entries(purses)) {
      const failures = (this.#find(name, now)?.failures ?? 0) + 1;
      const seconds = failures < free ? 0 : Math.min(most, 2 ** Math.min(30, failures - free));
      // put in anew, so that the oldest come first when there are too many
      this.#purses.delete(name);
      this.#purses.set(name, { failures, until: now + seconds, touched: now });
    }
    for (const name of this.#purses.keys()) {
      if (this.#purses.size <= MOST_PURSES) break;
      this.#purses.delete(name);
    }
    return 0;
  }

  passed(purses: Record<string, Pace>): void {
    for (const name of Object.keys(purses)) this.#purses.delete(name);
  }

  #find(name: string, now: number) {
    const found = this.#purses.get(name);
    if (found !== undefined && found.touched + FORGET_SECONDS > now) return found;
    return undefined;
  }
}
