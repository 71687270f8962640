import { keccak256 } from "#hash";
import { fromHex, type Hex, toHex, WORD } from "../../server/domain/entries/words.ts";

// The tree over the rows of a lot, as OpenZeppelin's MerkleProof reads it: a leaf is hashed twice, a node is the hash of
// its two children in the order of their bytes, and a node without a neighbour is carried up as it is.

/** The leaf of a row: keccak256(keccak256(row hash)). */
function leafOf(rowHash: Uint8Array): Uint8Array {
  return keccak256(keccak256(rowHash));
}

const pair = new Uint8Array(2 * WORD);

function nodeOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  const swapped = Buffer.compare(a, b) > 0;
  pair.set(swapped ? b : a, 0);
  pair.set(swapped ? a : b, WORD);
  return keccak256(pair);
}

/** The tree of a lot's rows, in their order. */
export class LotTree {
  /** from the leaves to the root */
  readonly #levels: Uint8Array[][];

  /** @param rowHashes 32 bytes each @throws RangeError for none */
  constructor(rowHashes: readonly Uint8Array[]) {
    if (rowHashes.length === 0) throw new RangeError("a lot without rows has no root");
    let level = rowHashes.map(leafOf);
    this.#levels = [level];
    while (level.length > 1) {
      const above: Uint8Array[] = [];
      for (let at = 0; at < level.length; at += 2) {
        const right = level[at + 1];
        above.push(right === undefined ? level[at]! : nodeOf(level[at]!, right));
      }
      level = above;
      this.#levels.push(level);
    }
  }

  get root(): Hex {
    return toHex(this.#levels.at(-1)![0]!);
  }

  /** The siblings from the leaf of row `index` (from 0) to the root. @throws RangeError for a row that is not there */
  proof(index: number): Hex[] {
    if (!(index >= 0 && index < this.#levels[0]!.length)) throw new RangeError(`no row ${index} in this lot`);
    const path: Hex[] = [];
    let at = index;
    for (const level of this.#levels) {
      const sibling = level[at ^ 1];
      if (sibling !== undefined) path.push(toHex(sibling));
      at >>= 1;
    }
    return path;
  }
}

/** Whether a row is in the lot with that root. */
export function isInLot(root: Hex, rowHash: Uint8Array, proof: readonly Hex[]): boolean {
  let node = leafOf(rowHash);
  for (const sibling of proof) node = nodeOf(node, fromHex(sibling));
  return toHex(node) === root;
}
