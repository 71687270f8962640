import { sha256 } from "#hash";
import { fromHex, type Hex, toHex } from "../entries/words.ts";
import type { Checkpoint } from "./receipts.ts";

// The register's log: RFC 6962 over SHA-256 leaf hashes (the leaf's own 0x00 prefix is its first byte), and its proofs.
// Sizes and indexes are whole numbers up to 2^53, so they are halved by division: `>>` would cut them at 32 bits.

export const EMPTY_ROOT: Hex = toHex(sha256(new Uint8Array()));

const node = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(65);
  bytes[0] = 1;
  bytes.set(left, 1);
  bytes.set(right, 33);
  return sha256(bytes);
};

/** Told of each subtree that an appended leaf completes: the leaves `index`·2^`height` and the 2^`height` − 1 after it. */
type Completed = (height: number, index: number, hash: Uint8Array) => void;

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

  append(leaf: Uint8Array, completed: Completed = () => {}): void {
    let hash = leaf;
    let height = 0;
    let index = this.#size;
    completed(height, index, hash);
    while (index % 2 === 1) {
      hash = node(this.#roots[height]!, hash);
      index = Math.floor(index / 2);
      completed(++height, index, hash);
    }
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

/** Gives the root of a complete subtree, as `LogFrontier.append` told it. A proof asks at most 2·log2(size) times. */
export type ReadNode = (height: number, index: number) => Promise<Hex>;

/** The root that the log had at a size. */
export async function rootAt(size: number, read: ReadNode): Promise<Hex> {
  return size === 0 ? EMPTY_ROOT : rangeRoot(0, size, read);
}

/** The audit path (RFC 6962 section 2.1.1) of the leaf at `index`, counted from 0, in the log of `size`, leaf's sibling first. */
export async function auditPath(index: number, size: number, read: ReadNode): Promise<Hex[]> {
  const siblings: [from: number, to: number][] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      siblings.push([middle, to]);
      to = middle;
    } else {
      siblings.push([from, middle]);
      from = middle;
    }
  }
  return rootsOf(siblings, read);
}

/** The consistency proof (RFC 6962 section 2.1.2) that the log of `second` begins with that of `first`. */
export async function consistencyPath(first: number, second: number, read: ReadNode): Promise<Hex[]> {
  // every log begins with the empty one, which has no subtree to show
  if (first === 0) return [];
  const parts: [from: number, to: number][] = [];
  let [from, to] = [0, second];
  while (first !== to) {
    const middle = from + split(to - from);
    if (first <= middle) {
      parts.push([middle, to]);
      to = middle;
    } else {
      parts.push([from, middle]);
      from = middle;
    }
  }
  // the first log's own root is known to whoever asks, where it is a subtree of the second
  if (from > 0) parts.push([from, to]);
  return rootsOf(parts, read);
}

async function rootsOf(parts: [from: number, to: number][], read: ReadNode): Promise<Hex[]> {
  const roots: Hex[] = [];
  for (const [from, to] of parts.reverse()) roots.push(await rangeRoot(from, to, read));
  return roots;
}

/** The root over leaves `from` (included) to `to` (not): complete subtrees from left to right, joined from the right. */
async function rangeRoot(from: number, to: number, read: ReadNode): Promise<Hex> {
  const complete: Hex[] = [];
  for (let at = from; at < to; ) {
    let [height, width] = [0, 1];
    while (width * 2 <= to - at) [height, width] = [height + 1, width * 2];
    complete.push(await read(height, at / width));
    at += width;
  }
  return complete.reduceRight((right, left) => toHex(node(fromHex(left), fromHex(right))));
}

/** The largest power of two below n. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/**
 * The root to which an audit path leads (RFC 9162 section 2.1.3.2); undefined where it is no path of that leaf in a log
 * of that size.
 */
export function rootOfPath(leaf: Hex, index: number, size: number, path: readonly Hex[]): Hex | undefined {
  if (!isSize(size) || !isSize(index) || index >= size || !isHash(leaf) || !isPath(path)) return undefined;
  let root = fromHex(leaf);
  let [at, last] = [index, size - 1];
  for (const hash of path) {
    if (last === 0) return undefined;
    if (at % 2 === 1 || at === last) {
      root = node(fromHex(hash), root);
      // a subtree that ends the log has no sibling on these levels
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else root = node(root, fromHex(hash));
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 ? toHex(root) : undefined;
}

/** Whether the path shows that the log of `second` begins with that of `first` (RFC 9162 section 2.1.4.2). */
export function isConsistent(first: Checkpoint, second: Checkpoint, path: readonly Hex[]): boolean {
  if (!isCheckpoint(first) || !isCheckpoint(second) || first.size > second.size || !isPath(path)) return false;
  if (first.size === 0) return path.length === 0 && first.root === EMPTY_ROOT;
  if (first.size === second.size) return path.length === 0 && first.root === second.root;
  let [at, last] = [first.size - 1, second.size - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  const rest = path.map(fromHex);
  // a first log that is a complete subtree is not repeated in the path
  const begin = at === 0 ? fromHex(first.root) : rest.shift();
  if (begin === undefined) return false;
  let [one, two] = [begin, begin];
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      [one, two] = [node(hash, one), node(hash, two)];
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else two = node(two, hash);
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && toHex(one) === first.root && toHex(two) === second.root;
}

// proofs come from strangers: whatever stands in place of one is none, and a text of another length must not be hashed as
// if it were a node

function isCheckpoint(value: Checkpoint | null | undefined): value is Checkpoint {
  return isSize(value?.size) && isHash(value?.root);
}

function isPath(value: unknown): value is Hex[] {
  return Array.isArray(value) && value.every(isHash);
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHash(value: unknown): value is Hex {
  return typeof value === "string" && /^0x[0-9a-f]{64}$/.test(value);
}
