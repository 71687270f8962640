/**
 * The clock by which a run sees its window end. A machine's clock may be set back or jump while it runs; the window is
 * over at the latest of what that clock shows, of the time that has passed since the start, and of the newest block.
 */
export class WindowClock {
  readonly #end: number;
  readonly #now: () => number;
  readonly #passed: () => number;
  readonly #start: number;
  #latest: number;

  /**
   * @param end milliseconds UTC
   * @param passed milliseconds since some moment, by a clock that nobody sets
   */
  constructor(end: number, now: () => number = Date.now, passed: () => number = () => performance.now()) {
    [this.#end, this.#now, this.#passed] = [end, now, passed];
    this.#start = now() - passed();
    this.#latest = now();
  }

  /** Takes in a time that was shown elsewhere: of a block, which no honest node dates ahead. */
  see(milliseconds: number): void {
    this.#latest = Math.max(this.#latest, milliseconds);
  }

  /** The latest time that was shown. */
  get latest(): number {
    return this.#latest;
  }

  isOver(): boolean {
    this.see(Math.max(this.#now(), this.#start + this.#passed()));
    return this.#latest >= this.#end;
  }
}
