import { expect } from "chai";
import { concat, keccak256 as ethersKeccak, sha256 as ethersSha256, TypedDataEncoder, toBeHex } from "ethers";
import fc from "fast-check";
import { recordHash } from "../../../migration/stage/lot.ts";
import { isInLot, LotTree } from "../../../migration/stage/merkle.ts";
import { fromHex, type Hex, toHex } from "../../../server/domain/entries/words.ts";

// OpenZeppelin's algorithm, written again with another library's hash: MerkleProof.processProof of
// @openzeppelin/contracts, and the standard leaf of @openzeppelin/merkle-tree.

const pairOf = (a: string, b: string) => ethersKeccak(a < b ? concat([a, b]) : concat([b, a]));
const leafOf = (row: string) => ethersKeccak(ethersKeccak(row));
const processProof = (proof: readonly string[], leaf: string) =>
  proof.reduce((node, sibling) => pairOf(node, sibling), leaf);

const rowsOf = (count: number, seed: number) =>
  Array.from({ length: count }, (_, at) => ethersKeccak(toBeHex(BigInt(seed) * 100_000n + BigInt(at) + 1n, 32)));

describe("the tree of a lot", () => {
  it("proves each row as OpenZeppelin's MerkleProof reads it, whatever the number of rows", () => {
    for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 33, 100]) {
      const rows = rowsOf(count, count);
      const tree = new LotTree(rows.map(fromHex));
      for (const [at, row] of rows.entries()) {
        const proof = tree.proof(at);
        expect(processProof(proof, leafOf(row)), `${at} of ${count}`).to.equal(tree.root);
        expect(isInLot(tree.root, fromHex(row), proof)).to.equal(true);
      }
    }
  });

  it("has the root of two known rows: the hash of their sorted leaves", () => {
    const [a, b] = rowsOf(2, 7).map(leafOf) as [string, string];
    expect(new LotTree(rowsOf(2, 7).map(fromHex)).root).to.equal(pairOf(a, b));
  });

  it("proves no row that is not there, nor one with a changed proof", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat({ max: 255 }), (count, where, bit) => {
        const rows = rowsOf(count, 3);
        const tree = new LotTree(rows.map(fromHex));
        const at = where % count;
        const proof = tree.proof(at);
        const other = fromHex(rows[at]!);
        other[bit >> 3]! ^= 1 << (bit & 7);
        expect(isInLot(tree.root, other, proof)).to.equal(false);
        const broken = fromHex(proof[0]!);
        broken[bit >> 3]! ^= 1 << (bit & 7);
        const changed = `0x${Buffer.from(broken).toString("hex")}` as Hex;
        expect(isInLot(tree.root, fromHex(rows[at]!), [changed, ...proof.slice(1)])).to.equal(false);
        // a node is no row: the leaf of a row is hashed twice
        expect(isInLot(tree.root, fromHex(pairOf(leafOf(rows[0]!), leafOf(rows[1]!))), proof.slice(1))).to.equal(false);
      }),
    );
  });

  it("is made of row hashes that any EIP-712 library computes", () => {
    const types = {
      Record: ["string entity", "string key", "bytes32 digest"].map((field) => {
        const [type = "", name = ""] = field.split(" ");
        return { type, name };
      }),
    };
    for (const [key, text] of [
      ["2013/0001/SP2D", '{"a":1}'],
      ["kunci é 漢", "{}"],
      ["x".repeat(900), '{"b":[]}'],
    ] as const) {
      const body = new TextEncoder().encode(text);
      const told = { entity: "payment", key, digest: ethersSha256(body) };
      expect(toHex(recordHash("payment", key, body))).to.equal(TypedDataEncoder.hashStruct("Record", types, told));
    }
  });

  it("refuses a lot without rows and a row beyond its end", () => {
    expect(() => new LotTree([])).to.throw(RangeError);
    expect(() => new LotTree(rowsOf(3, 1).map(fromHex)).proof(3)).to.throw(RangeError);
  });
});
