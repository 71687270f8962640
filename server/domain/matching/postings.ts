/**
 * Which places hold a key: an index for many keys with few places each, in two arrays of numbers instead of a list a key.
 * Places are told newest first; one that is gone is told too, and its owner knows.
 */
export class Postings<Key> {
  readonly #last = new Map<Key, number>();
  readonly #count = new Map<Key, number>();
  readonly #place: number[] = [];
  readonly #before: number[] = [];

  add(key: Key, place: number): void {
    const last = this.#last.get(key) ?? -1;
    if (last >= 0) {
      if (this.#place[last] === place) return;
      this.#count.set(key, this.count(key) + 1);
    }
    this.#last.set(key, this.#place.length);
    this.#place.push(place);
    this.#before.push(last);
  }

  /** How many places a key has had. */
  count(key: Key): number {
    return this.#count.get(key) ?? (this.#last.has(key) ? 1 : 0);
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
}
