import { createHash } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../server/domain/entries/words.ts";
import {
  auditPath,
  consistencyPath,
  EMPTY_ROOT,
  isConsistent,
  LogFrontier,
  type ReadNode,
  rootAt,
  rootOfPath,
} from "../../server/domain/proofs/log.ts";
import { WrittenTree } from "./rfc6962.ts";

const hex = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}` as Hex;
const leafOf = (index: number) => createHash("sha256").update(`leaf ${index}`).digest();

/** The nodes as the projection keeps them: what appending told, and nothing else. */
function kept(leaves: number): { read: ReadNode; roots: Hex[]; nodes: Map<string, Hex> } {
  const nodes = new Map<string, Hex>();
  const log = new LogFrontier();
  const roots = [hex(log.root())];
  for (let i = 0; i < leaves; i++) {
    log.append(leafOf(i), (height, index, hash) => nodes.set(`${height}/${index}`, hex(hash)));
    roots.push(hex(log.root()));
  }
  return { read: async (height, index) => nodes.get(`${height}/${index}`)!, roots, nodes };
}

describe("proofs of the log", () => {
  const MOST = 300;
  const { read, roots, nodes } = kept(MOST);
  const written = new WrittenTree(leafOf);

  it("keep a node once for each complete subtree: fewer than two a leaf", () => {
    let complete = 0;
    for (let width = 1; width <= MOST; width *= 2) complete += Math.floor(MOST / width);
    expect(nodes.size)
      .to.equal(complete)
      .and.to.be.lessThan(2 * MOST);
  });

  it("have the roots of RFC 6962 at every size from 0 to 300", async () => {
    for (let size = 0; size <= MOST; size++) {
      expect(roots[size]).to.equal(hex(written.mth(0, size)));
      expect(await rootAt(size, read)).to.equal(roots[size]);
    }
    expect(EMPTY_ROOT).to.equal(roots[0]);
  });

  it("show every leaf in every size from 1 to 300 by the path of RFC 6962, which leads to the root and no other", async () => {
    let shown = 0;
    for (let size = 1; size <= MOST; size++)
      for (let index = 0; index < size; index++) {
        const path = await auditPath(index, size, read);
        if (`${path}` !== `${written.path(index, 0, size).map(hex)}`) expect.fail(`leaf ${index} of ${size}`);
        if (rootOfPath(hex(leafOf(index)), index, size, path) !== roots[size]) expect.fail(`root ${index} of ${size}`);
        shown++;
      }
    expect(shown).to.equal((MOST * (MOST + 1)) / 2);
  });

  it("show every size from 0 to 300 as the beginning of every later one by the proof of RFC 6962", async () => {
    let shown = 0;
    for (let second = 0; second <= MOST; second++)
      for (let first = 0; first <= second; first++) {
        const path = await consistencyPath(first, second, read);
        const asWritten = first === 0 ? [] : written.proof(first, second);
        if (`${path}` !== `${asWritten.map(hex)}`) expect.fail(`${first} in ${second}`);
        const holds = isConsistent({ size: first, root: roots[first]! }, { size: second, root: roots[second]! }, path);
        if (!holds) expect.fail(`${first} in ${second} does not hold`);
        shown++;
      }
    expect(shown).to.equal(((MOST + 1) * (MOST + 2)) / 2);
  });

  it("never hold for another leaf, place, size or root, nor with a hash more, less or changed", async () => {
    const place = fc.integer({ min: 1, max: MOST }).chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)));
    const changed = (path: readonly Hex[], at: number): Hex[] =>
      path.map((hash, i) => (i === at % path.length ? hex(leafOf(999_999)) : hash));
    await fc.assert(
      fc.asyncProperty(place, fc.nat(), async ([index, size], n) => {
        const leaf = hex(leafOf(index));
        const path = await auditPath(index, size, read);
        const leadsTo = (l: Hex, i: number, s: number, p: readonly Hex[]) => rootOfPath(l, i, s, p) === roots[s];
        expect(leadsTo(hex(leafOf(index + 1)), index, size, path)).to.equal(false);
        for (let other = 0; other < size; other++)
          if (other !== index) expect(leadsTo(leaf, other, size, path)).to.equal(false);
        expect(rootOfPath(leaf, index, size, [...path, leaf])).to.equal(undefined);
        expect(rootOfPath(leaf, size, size, path)).to.equal(undefined);
        if (path.length > 0) {
          expect(rootOfPath(leaf, index, size, path.slice(1))).to.not.equal(roots[size]);
          expect(rootOfPath(leaf, index, size, path.slice(0, -1))).to.not.equal(roots[size]);
          expect(leadsTo(leaf, index, size, changed(path, n))).to.equal(false);
        }

        const first = { size: index + 1, root: roots[index + 1]! };
        const second = { size, root: roots[size]! };
        const proof = await consistencyPath(first.size, size, read);
        expect(isConsistent(first, second, proof)).to.equal(true);
        expect(isConsistent({ ...first, root: leaf === first.root ? EMPTY_ROOT : leaf }, second, proof)).to.equal(
          false,
        );
        expect(isConsistent(first, { ...second, root: hex(leafOf(n + MOST)) }, proof)).to.equal(false);
        expect(isConsistent(first, second, [...proof, leaf])).to.equal(false);
        if (first.size < size) {
          expect(isConsistent(second, first, proof)).to.equal(false);
          expect(isConsistent(first, second, proof.slice(1))).to.equal(false);
          expect(isConsistent(first, second, proof.slice(0, -1))).to.equal(false);
          expect(isConsistent(first, second, changed(proof, n))).to.equal(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("take nothing for a hash that is none", () => {
    const root = hex(leafOf(0));
    for (const bad of ["0x", `${root}00`, root.slice(0, -2), root.toUpperCase(), 7, null, { length: 32 }]) {
      expect(rootOfPath(root, 0, 2, [bad as Hex])).to.equal(undefined);
      expect(isConsistent({ size: 1, root }, { size: 2, root }, [bad as Hex])).to.equal(false);
    }
    for (const none of [undefined, null, 7, "0x", {}, { size: 4, root: "zz" }]) {
      expect(rootOfPath(root, 0, 1, none as never)).to.equal(undefined);
      expect(isConsistent(none as never, { size: 5, root }, [root])).to.equal(false);
      expect(isConsistent({ size: 4, root }, none as never, [root])).to.equal(false);
      expect(isConsistent({ size: 1, root }, { size: 1, root }, none as never)).to.equal(false);
    }
    for (const size of [-1, 1.5, Number.NaN, 2 ** 53]) {
      expect(rootOfPath(root, 0, size, [])).to.equal(undefined);
      expect(isConsistent({ size: 0, root: EMPTY_ROOT }, { size, root }, [])).to.equal(false);
    }
    expect(isConsistent({ size: 0, root }, { size: 1, root }, [])).to.equal(false);
  });

  for (const [most, pairs] of [
    [2 ** 20, 2_000],
    [2 ** 48, 500],
  ] as const)
    it(`hold in logs of up to ${most} leaves, ${pairs} pairs at random, with at most 2·log2 reads`, async () => {
      // a few leaves differ, all others are alike, so that no tree of this size has to be held
      const marked = [0, 1, 1023, 1024, 524_287, 700_001, 1_048_575, most - 1].sort((a, b) => a - b);
      const leaf = (index: number) => leafOf(marked.includes(index) ? index : -1);
      const alike = (from: number, to: number) => !marked.some((index) => from <= index && index < to);
      const tree = new WrittenTree(leaf, alike);
      let reads = 0;
      const sparse: ReadNode = async (height, index) => {
        reads++;
        return hex(tree.mth(index * 2 ** height, (index + 1) * 2 ** height));
      };
      const log2 = Math.log2(most);
      const size = fc.oneof(
        fc.integer({ min: 1, max: most }),
        fc.integer({ min: 1, max: log2 }).map((height) => 2 ** height),
        fc.integer({ min: 1, max: log2 }).map((height) => 2 ** height - 1),
      );
      await fc.assert(
        fc.asyncProperty(size, fc.double({ min: 0, max: 1, noNaN: true }), async (second, part) => {
          const first = Math.min(second, 1 + Math.floor(part * second));
          const [index, root] = [first - 1, hex(tree.mth(0, second))];
          reads = 0;
          const path = await auditPath(index, second, sparse);
          expect(reads).to.be.at.most(2 * log2);
          expect(path).to.deep.equal(tree.path(index, 0, second).map(hex));
          expect(rootOfPath(hex(leaf(index)), index, second, path)).to.equal(root);
          reads = 0;
          const proof = await consistencyPath(first, second, sparse);
          expect(reads).to.be.at.most(2 * log2);
          expect(proof).to.deep.equal(tree.proof(first, second).map(hex));
          const earlier = { size: first, root: hex(tree.mth(0, first)) };
          expect(isConsistent(earlier, { size: second, root }, proof)).to.equal(true);
          expect(await rootAt(second, sparse)).to.equal(root);
        }),
        { numRuns: pairs },
      );
    });
});
