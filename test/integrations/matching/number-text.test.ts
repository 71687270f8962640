import { expect } from "chai";
import fc from "fast-check";
import { condense, digitsDiffering, findNear, longNumbers } from "../../../server/domain/matching/number-text.ts";

describe("numbers of documents in free text", () => {
  it("are one however they are written: blanks, dashes, case, zeros, letters for digits, Roman months", () => {
    const spellings = [
      "027/045/SPK/DLH/VII/2025",
      "027 / 45 / SPK / DLH / VII / 2025",
      "o27/O45/spk/dlh/07/2O25",
      "027-045-SPK-DLH-7-2025",
      "027/045/SPK/DLH/Vll/2025",
      "０２７/045/ＳＰＫ/DLH/VII/2025",
      "027/0\u200b45/SPK/DLH/VII/2025",
    ];
    expect(new Set(spellings.map(condense)).size, spellings.map(condense).join(" ")).to.equal(1);
    expect(condense("PA.02.02/1640 - BidSMP")).not.to.equal(condense("PA.02.02/1641 - BidSMP"));
    expect(condense("  ")).to.equal("");
  });

  it("are found within a text exactly, or with few slips, and digits are told from letters", () => {
    const text = condense("Pembayaran SPK No. 027/046/SPK/DLH/VII/2025 tgl 3 Juli 2025 Jasa Kebersihan");
    const one = condense("027/046/SPK/DLH/VII/2025");
    expect(findNear(one, text, 0)).to.include({ edits: 0 });
    const next = condense("027/045/SPK/DLH/VII/2025");
    const near = findNear(next, text, 2)!;
    expect(near.edits).to.equal(1);
    expect(digitsDiffering(next, text, near)).to.equal(1);
    expect(findNear(condense("602.1/9/KTR/DINKES/2025"), text, 2)).to.equal(undefined);
  });

  it("are found with as many edits as a plain edit distance says, short numbers and long ones", () => {
    const letters = fc.constantFrom(..."01234ABC");
    const piece = (min: number, max: number) =>
      fc.array(letters, { minLength: min, maxLength: max }).map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(piece(5, 12), piece(28, 40)), piece(0, 50), (number, text) => {
        const found = findNear(number, text, 4);
        const least = slowest(number, text);
        expect(found?.edits ?? Number.POSITIVE_INFINITY).to.equal(
          least <= 4 && text.length >= number.length - 4 ? least : Number.POSITIVE_INFINITY,
        );
        if (found !== undefined) expect(digitsDiffering(number, text, found)).to.be.at.most(found.edits);
      }),
    );
  });

  it("never breaks, whatever the text holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(condense(text)).to.match(/^[A-Z0-9]*$/);
        expect(condense(condense(text)).length).to.be.at.most(condense(text).length);
        longNumbers(text);
      }),
    );
  });
});

/** The least edit distance of a number to any part of a text, by the book. */
function slowest(number: string, text: string): number {
  let row = Array.from({ length: text.length + 1 }, () => 0);
  for (let i = 1; i <= number.length; i++) {
    const next = [i];
    for (let j = 1; j <= text.length; j++)
      next.push(Math.min(row[j - 1]! + (number[i - 1] === text[j - 1] ? 0 : 1), row[j]! + 1, next[j - 1]! + 1));
    row = next;
  }
  return Math.min(...row);
}
