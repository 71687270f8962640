/**
 * Which places hold a key: an index for many keys with few places each, in arrays of numbers instead of a list a key.
 * Places are told newest first; one that is gone is told too, and its owner knows.
 */
/** Numbers by key: a Map, or less. */
type Numbers<Key> = { get(key: Key): number | undefined; set(key: Key, value: number): unknown };

export class Postings<Key> {
  readonly #most: number;
  readonly #last: Numbers<Key>;
  #place = new Int32Array(1_024);
  #before = new Int32Array(1_024);
  /** how many places its key had by then */
  #rank = new Int32Array(1_024);
  #size = 0;

  /**
   * @param most of a key with more places than that none more are kept: it tells nothing
   * @param last where the newest place of each key is kept
   */
  constructor(most = Number.POSITIVE_INFINITY, last: Numbers<Key> = new Map()) {
    this.#most = most;
    this.#last = last;
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

/** Whole numbers from 0 below 2^31 by such numbers, in two arrays: a Map of a million takes five times as much. */
export class WholeNumbers {
  #keys = new Int32Array(4_096).fill(-1);
  #values = new Int32Array(4_096);
  #size = 0;

  get(key: number): number | undefined {
    const at = this.#placeOf(key);
    return this.#keys[at] === key ? this.#values[at] : undefined;
  }

  set(key: number, value: number): void {
    const at = this.#placeOf(key);
    if (this.#keys[at] !== key) {
      this.#keys[at] = key;
      this.#size++;
    }
    this.#values[at] = value;
    if (this.#size * 3 > this.#keys.length * 2) this.#grow();
  }

  /** Where a key stands, or would. */
  #placeOf(key: number): number {
    const mask = this.#keys.length - 1;
    let at = (Math.imul(key, 0x9e3779b1) >>> 12) & mask;
    while (this.#keys[at] !== key && this.#keys[at] !== -1) at = (at + 1) & mask;
    return at;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#keys = new Int32Array(keys.length * 2).fill(-1);
    this.#values = new Int32Array(keys.length * 2);
    for (const [index, key] of keys.entries()) {
      if (key === -1) continue;
      const at = this.#placeOf(key);
      this.#keys[at] = key;
      this.#values[at] = values[index]!;
    }
  }
}
