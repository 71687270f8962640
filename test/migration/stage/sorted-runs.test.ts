import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { byteOrder, SortedRuns, textOfKey } from "../../../migration/stage/sorted-runs.ts";

const NONE = new Uint8Array();

describe("sorted runs", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), "prasasti runs "));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("give back everything, by the bytes of its key, however little memory a run has", () => {
    const text = fc.string({ unit: "binary", maxLength: 12 });
    const settings = fc.record({ runBytes: fc.integer({ min: 1, max: 400 }), runRows: fc.integer({ min: 1, max: 9 }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 60 }), settings, (given, { runBytes, runRows }) => {
        const all = given.map(([key, value]) => [key.toWellFormed(), value.toWellFormed()] as const);
        const runs = new SortedRuns(path.join(folder, "p"), { runBytes, runRows });
        for (const [key, value] of all) runs.add(byteOrder(key), Uint8Array.of(7), value);
        const back: unknown[] = [];
        // what is given is good until the next is asked for
        for (const { key, bytes } of runs.read()) back.push([textOfKey(key), bytes[0], bytes.toString("utf8", 1)]);
        const wanted = all
          .map(([key, value], at) => ({ key, value, at }))
          .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)) || a.at - b.at)
          .map(({ key, value }) => [key, 7, value]);
        expect(back).to.deep.equal(wanted);
        expect(runs.size).to.equal(all.length);
        runs.close();
        expect(existsSync(path.join(folder, "p"))).to.equal(false);
      }),
      { numRuns: 200 },
    );
  });

  it("hold one thing larger than a run, between small ones", () => {
    const runs = new SortedRuns(path.join(folder, "large"), { runBytes: 100 });
    for (const [key, size] of [
      ["b", 3],
      ["a", 5_000_000],
      ["c", 2],
    ] as const)
      runs.add(key, NONE, "x".repeat(size));
    const back: unknown[] = [];
    for (const { key, bytes } of runs.read()) back.push([key, bytes.length]);
    expect(back).to.deep.equal([
      ["a", 5_000_000],
      ["b", 3],
      ["c", 2],
    ]);
    runs.close();
  });
});
