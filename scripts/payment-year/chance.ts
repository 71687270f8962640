import { keccak256 } from "#hash";
import { toHex, utf8 } from "../../server/domain/entries/words.ts";

/** Chance from a seed (Mulberry32): the same numbers from the same seed everywhere. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
  happens(share: number): boolean {
    return this.next() < share;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  weighted<K extends string>(shares: Readonly<Record<K, number>>): K {
    const all = Object.entries(shares) as [K, number][];
    let left = this.next() * all.reduce((sum, [, share]) => sum + share, 0);
    for (const [name, share] of all) {
      left -= share;
      if (left < 0) return name;
    }
    return all[0]![0];
  }
  /** In place. */
  shuffled<T>(list: T[]): T[] {
    for (let at = list.length - 1; at > 0; at--) {
      const other = this.below(at + 1);
      [list[at], list[other]] = [list[other]!, list[at]!];
    }
    return list;
  }
  /** 32 bytes that nobody can guess from the text alone. */
  digest(text: string): `0x${string}` {
    return toHex(keccak256(utf8(`${this.next()} ${text}`)));
  }
}
