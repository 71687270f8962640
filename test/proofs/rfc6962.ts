import { createHash } from "node:crypto";

/**
 * RFC 6962 section 2.1 as it is written: recursive, over a list that may be far too long to hold. `leaf(i)` gives the
 * hash of leaf i; `same(from, to)` may say that all leaves of a range are alike, so that it is hashed once per length.
 */
export class WrittenTree {
  readonly #leaf: (index: number) => Buffer;
  readonly #same: (from: number, to: number) => boolean;
  readonly #known = new Map<string, Buffer>();

  constructor(leaf: (index: number) => Buffer, same: (from: number, to: number) => boolean = () => false) {
    this.#leaf = leaf;
    this.#same = same;
  }

  /** MTH(D[from:to]) */
  mth(from: number, to: number): Buffer {
    if (from === to) return createHash("sha256").digest();
    if (to - from === 1) return this.#leaf(from);
    const key = this.#same(from, to) ? `${to - from}` : `${from}-${to}`;
    let hash = this.#known.get(key);
    if (hash === undefined) {
      const k = largestPowerBelow(to - from);
      const parts = [Buffer.of(1), this.mth(from, from + k), this.mth(from + k, to)];
      hash = createHash("sha256").update(Buffer.concat(parts)).digest();
      this.#known.set(key, hash);
    }
    return hash;
  }

  /** PATH(m, D[from:to]) */
  path(m: number, from: number, to: number): Buffer[] {
    if (to - from === 1) return [];
    const k = largestPowerBelow(to - from);
    return m < k
      ? [...this.path(m, from, from + k), this.mth(from + k, to)]
      : [...this.path(m - k, from + k, to), this.mth(from, from + k)];
  }

  /** PROOF(m, D[0:n]) for 0 < m */
  proof(m: number, n: number): Buffer[] {
    return this.#subproof(m, 0, n, true);
  }

  #subproof(m: number, from: number, to: number, b: boolean): Buffer[] {
    const n = to - from;
    if (m === n) return b ? [] : [this.mth(from, to)];
    const k = largestPowerBelow(n);
    return m <= k
      ? [...this.#subproof(m, from, from + k, b), this.mth(from + k, to)]
      : [...this.#subproof(m - k, from + k, to, false), this.mth(from, from + k)];
  }
}

/** "Let k be the largest power of two smaller than n" */
function largestPowerBelow(n: number): number {
  return 2 ** (Math.ceil(Math.log2(n)) - 1);
}
