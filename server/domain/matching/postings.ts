/**
 * Which places hold a key: an index for many keys with few places each, in arrays of numbers instead of a list a key.
 * Places are told newest first; one that is gone is told too, and its owner knows.
 */
export class Postings<Key> {
  readonly #most: number;
  readonly #last = new Map<Key, number>();
  #place = new Int32Array(1_024);
  #before = new Int32Array(1_024);
  /** how many places its key had by then */
  #rank = new Int32Array(1_024);
  #size = 0;

  /** @param most of a key with more places than that none more are kept: it tells nothing */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  add(key: Key, place: number): void {
    const last = this.#last.get(key) ?? -1;
    if (last >= 0 && (this.#place[last] === place || this.#rank[last]! > this.#most)) return;
    if (this.#size === this.#place.length) this.#grow();
    const at = this.#size++;
    this.#last.set(key, at);
    this.#place[at] = place;
    this.#before[at] = last;
    this.#rank[at] = last < 0 ? 1 : this.#rank[last]! + 1;
  }

  /** How many places a key has had. */
  count(key: Key): number {
    const last = this.#last.get(key);
    return last === undefined ? 0 : this.#rank[last]!;
  }

  *of(key: Key, most = Number.POSITIVE_INFINITY): Generator<number> {
    let left = most;
    for (let at = this.#last.get(key) ?? -1; at >= 0 && left > 0; at = this.#before[at]!, left--)
      yield this.#place[at]!;
  }

  /** The same without a generator, where it is asked a million times. */
  each(key: Key, visit: (place: number) => void): void {
    for (let at = this.#last.get(key) ?? -1; at >= 0; at = this.#before[at]!) visit(this.#place[at]!);
  }

  #grow(): void {
    const grown = (array: Int32Array<ArrayBuffer>) => {
      const more = new Int32Array(array.length * 2);
      more.set(array);
      return more;
    };
    this.#place = grown(this.#place);
    this.#before = grown(this.#before);
    this.#rank = grown(this.#rank);
  }
}
