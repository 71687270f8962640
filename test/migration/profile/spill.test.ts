import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { HashIndex, Spill } from "../../../migration/profile/spill.ts";
import { Fault } from "../../../server/domain/fault.ts";

function put(spill: Spill, words: readonly number[]): void {
  const { chunk, at } = spill.place(words[0]!);
  chunk.set(words, at);
}

describe("records beyond memory", () => {
  it("come back all, each in the part of its first word, from memory or from a file", () => {
    const word = fc.nat(0xffffffff);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, word), { maxLength: 3_000, size: "max" }),
        fc.constantFrom(0, 20_000, 1 << 30),
        (records, memory) => {
          const spill = new Spill(2, memory);
          try {
            for (const record of records) put(spill, record);
            expect(spill.count).to.equal(records.length);
            // twice, as links read them more than once
            for (let time = 0; time < 2; time++) {
              const found: string[] = [];
              for (let part = 0; part < Spill.parts; part++) {
                const words = spill.part(part);
                for (let at = 0; at < words.length; at += 2) {
                  expect(words[at]! >>> 24).to.equal(part);
                  found.push(`${words[at]} ${words[at + 1]}`);
                }
              }
              expect(found.sort()).to.deep.equal(records.map(([a, b]) => `${a} ${b}`).sort());
            }
          } finally {
            spill.close();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("number hashes as a map would", () => {
    const index = new HashIndex();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.integer({ min: -3, max: 3 }))), (hashes) => {
        index.reset(hashes.length);
        const known = new Map<string, number>();
        for (const [a, b] of hashes) {
          const expected = known.get(`${a} ${b}`) ?? known.size;
          expect(index.find(a, b)).to.equal(known.has(`${a} ${b}`) ? expected : -1);
          expect(index.add(a, b)).to.equal(expected);
          known.set(`${a} ${b}`, expected);
        }
        expect(index.size).to.equal(known.size);
      }),
    );
  });

  it("say that the disk is full, and leave nothing on it", function () {
    const folder = mkdtempSync(join(tmpdir(), "prasasti penuh "));
    const mounted = spawnSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    if (mounted.status !== 0) {
      rmSync(folder, { recursive: true });
      console.log(
        "    A small disk cannot be mounted without root: a full disk is not tried. / Disk kecil perlu root.",
      );
      this.skip();
    }
    const before = process.env.TMPDIR;
    process.env.TMPDIR = folder;
    const spill = new Spill(2, 0);
    try {
      expect(() => {
        for (let at = 0; at < 100_000; at++) put(spill, [0, at]);
      })
        .to.throw(Fault)
        .that.includes({ code: "disk-full" });
    } finally {
      spill.close();
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
      const left = readdirSync(folder);
      spawnSync("/usr/bin/umount", [folder]);
      rmSync(folder, { recursive: true });
      expect(left).to.deep.equal([]);
    }
  });
});
