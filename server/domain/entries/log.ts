import { sha256 } from "#hash";

// The register's log: RFC 6962 over SHA-256 leaf hashes (the leaf's own 0x00 prefix is its first byte).

const node = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
};

/** Grows leaf by leaf and knows its root; keeps one hash per perfect subtree. */
export class LogFrontier {
  #size = 0;
  readonly #roots: Uint8Array[] = [];

  /** Goes on from what `size` and `roots` of another one said. */
  static from(size: number, roots: readonly Uint8Array[]): LogFrontier {
    const log = new LogFrontier();
    log.#size = size;
    log.#roots.push(...roots);
    return log;
  }

  /** Roots of perfect subtrees by height; those that the size does not use are left-overs. */
  roots(): readonly Uint8Array[] {
    return this.#roots;
  }

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let hash = leaf;
    let height = 0;
    for (let n = this.#size; n % 2 === 1; n = Math.floor(n / 2)) hash = node(this.#roots[height++]!, hash);
    this.#roots[height] = hash;
    this.#size++;
  }

  root(): Uint8Array {
    let root: Uint8Array | undefined;
    let height = 0;
    for (let n = this.#size; n > 0; n = Math.floor(n / 2), height++) {
      if (n % 2 === 1) root = root === undefined ? this.#roots[height]! : node(this.#roots[height]!, root);
    }
    return root ?? sha256(new Uint8Array());
  }
}
