import { expect } from "chai";
import fc from "fast-check";
import { AmendmentMask } from "../../server/domain/entries/kinds.ts";
import {
  advanceLimit,
  type CertificateAsk,
  calculateCertificate,
} from "../../server/domain/rules/certificate-calculator.ts";
import { addDays } from "../../server/domain/rules/civil-days.ts";
import { at, JUTA, Life } from "./lives.ts";

/** The certificate calculator: every line by hand, both sides of every border, and lines that add up to the sen. */

const works = { category: "works" as const };
const lineOf = (life: Life, ask: CertificateAsk) => {
  const { lines, net, terms, findings } = calculateCertificate(life.story(), ask);
  const line = Object.fromEntries(lines.map(({ line, amount }) => [line, BigInt(amount)]));
  return { line, net: BigInt(net), terms, findings };
};
const roadWorks = () => {
  const life = new Life();
  life.conditions = works;
  return life.contract(1_110n * JUTA, "2026-01-05", "2026-06-30");
};

describe("a payment certificate", () => {
  it("certifies what is accepted and not certified, with retention, recovery and net as lines", () => {
    const life = roadWorks()
      .certified({ advance: 222n * JUTA }, "2026-01-20")
      .accepted(444n * JUTA, "2026-03-31");
    const { line, net, terms } = lineOf(life, { purpose: "work", on: "2026-04-01" });
    // 40 % of the work: 40 % of the advance of 222 million, 5 % of 444 million
    expect(line).to.include({ gross: 444n * JUTA, recovered: -8_880_000_000n, retention: -2_220_000_000n });
    expect(net).to.equal(444n * JUTA - 8_880_000_000n - 2_220_000_000n);
    expect(terms).to.deep.equal({ amount: String(444n * JUTA), recovered: "8880000000", withheld: "2220000000" });
    // taxes are information: 333 million with PPN of 11 % are 300 million, PPh 2.65 % of them
    expect(line).to.include({ beforeTax: 300n * JUTA, valueAddedTax: -33n * JUTA, incomeTax: -795_000_000n });
    expect(line.transfer).to.equal(net - 33n * JUTA - 795_000_000n);
  });

  it("takes the rest of the advance back with the last work, and no more than there is", () => {
    const life = roadWorks()
      .certified({ advance: 100n }, "2026-01-20")
      .accepted(370n * JUTA, "2026-03-01")
      .certified({ amount: 370n * JUTA, recovered: 33n }, "2026-03-02")
      .accepted(1_110n * JUTA, "2026-06-30", 7);
    // a third of 100 sen is 33; the rest is 67
    expect(lineOf(life, { purpose: "work", on: "2026-06-30" }).line.recovered).to.equal(-67n);
    const small = new Life()
      .contract(10n * JUTA, "2026-01-05", "2026-06-30")
      .certified({ advance: 9n * JUTA }, "2026-01-06");
    small.accepted(1n * JUTA, "2026-02-01");
    // recovery never goes above what the work earns
    expect(lineOf(small, { purpose: "work", on: "2026-02-02" }).net >= 0n).to.equal(true);
  });

  it("recovers between two stages where the contract says so: nothing before, all after", () => {
    const life = (accepted: bigint) => {
      const made = roadWorks()
        .certified({ advance: 111n * JUTA }, "2026-01-20")
        .accepted(accepted, "2026-03-01");
      made.conditions = { ...works, advance: { recoveredFromPercent: 20, recoveredByPercent: "80" } };
      return lineOf(made, { purpose: "work", on: "2026-03-02" }).line.recovered;
    };
    expect(life(222n * JUTA)).to.equal(undefined);
    expect(life(222n * JUTA + 1n)).to.equal(undefined); // a part of a sen
    expect(life(555n * JUTA)).to.equal(-5_550_000_000n);
    expect(life(888n * JUTA)).to.equal(-111n * JUTA);
    expect(life(1_000n * JUTA)).to.equal(-111n * JUTA);
  });

  it("keeps no retention of goods, nor where a maintenance bond of 5 % stands for it", () => {
    const goods = new Life().contract(100n * JUTA, "2026-01-05", "2026-06-30").accepted(50n * JUTA, "2026-03-01");
    expect(lineOf(goods, { purpose: "work", on: "2026-03-02" }).line).to.not.have.property("retention");
    const bonded = (amount: bigint, until: string) =>
      lineOf(
        roadWorks()
          .guarantee(4, amount, "2026-03-01", until)
          .accepted(111n * JUTA, "2026-03-01"),
        {
          purpose: "work",
          on: "2026-03-02",
        },
      ).line.retention;
    expect(bonded(5_550_000_000n, "2026-12-31")).to.equal(undefined);
    expect(bonded(5_549_999_999n, "2026-12-31")).to.equal(-555_000_000n);
    expect(bonded(5_550_000_000n, "2026-03-01")).to.equal(-555_000_000n);
  });

  it("takes the fine that is due and was not taken, and says what it cannot hold", () => {
    const life = roadWorks()
      .accepted(1_000n * JUTA, "2026-06-30")
      .certified({ amount: 1_000n * JUTA, withheld: 50n * JUTA }, "2026-06-30", { retention: 50n * JUTA })
      .accepted(1_110n * JUTA, "2026-07-10", 7);
    // ten days of 1 million; 110 million gross, less 5.5 million of retention
    const done = lineOf(life, { purpose: "work", on: "2026-08-01" });
    expect(done.line).to.include({ gross: 110n * JUTA, retention: -550_000_000n, fine: -10n * JUTA });
    expect(done.terms.withheld).to.equal(String(1_550_000_000n));
    const again = life.certified({ amount: 110n * JUTA, withheld: 1_550_000_000n }, "2026-08-01", {
      retention: 550_000_000n,
      fine: 10n * JUTA,
    });
    expect(lineOf(again, { purpose: "work", on: "2026-08-02", gross: 1n * JUTA }).line).to.not.have.property("fine");

    const little = roadWorks().accepted(5n * JUTA, "2026-06-30");
    const left = lineOf(little, { purpose: "work", on: "2026-07-20" });
    // 20 million are due, 4.75 million are left after retention
    expect(left.line.fine).to.equal(-475_000_000n);
    expect(left.net).to.equal(0n);
    expect(left.findings.map(({ rule, values }) => [rule, values.left])).to.deep.equal([["late-fine", "1525000000"]]);
  });

  it("counts late days from the deadline that extra time leaves, and from the one that kahar moves", () => {
    const until = (code: number) => {
      const life = roadWorks().amended(code, "2026-06-29", { until: at("2026-07-31") });
      return lineOf(life.accepted(1_110n * JUTA, "2026-07-31", 7), { purpose: "work", on: "2026-08-05" }).line.fine;
    };
    expect(until(AmendmentMask.kesempatan)).to.equal(-31n * JUTA);
    expect(until(AmendmentMask.time)).to.equal(undefined);
    expect(until(AmendmentMask.kahar | AmendmentMask.kesempatan)).to.equal(undefined);
  });

  it("releases retention at the final hand-over, or against a bond of as much", () => {
    const kept = () =>
      roadWorks()
        .accepted(1_110n * JUTA, "2026-06-30", 7)
        .certified({ amount: 1_110n * JUTA, withheld: 60n * JUTA }, "2026-06-30", {
          retention: 5_550_000_000n,
          fine: 450_000_000n,
        });
    const ask = { purpose: "retention" as const, on: "2026-12-31" };
    expect(lineOf(kept(), ask).line.released).to.equal(5_550_000_000n);
    expect(lineOf(kept(), ask).findings.map(({ rule }) => rule)).to.deep.equal(["retention-release"]);
    expect(lineOf(kept().accepted(1_110n * JUTA, "2026-12-31", 8), ask).findings).to.deep.equal([]);
    expect(lineOf(kept().guarantee(4, 5_549_999_999n, "2026-07-01", "2027-01-31"), ask).findings).to.have.length(1);
    expect(lineOf(kept().guarantee(4, 5_550_000_000n, "2026-07-01", "2027-01-31"), ask).findings).to.deep.equal([]);
  });

  it("grants the advance that the firm and the contract allow", () => {
    const limit = (value: bigint, signed: string, conditions: Life["conditions"]) => {
      const life = new Life().contract(value, signed, "2027-12-31");
      life.conditions = conditions;
      const { bps, atLeast } = advanceLimit(life.story());
      return [bps, atLeast];
    };
    const small = { supplierSize: "small" as const };
    const billion = 1_000n * JUTA;
    expect(limit(billion, "2026-01-05", {})).to.deep.equal([2_000, false]);
    expect(limit(billion, "2026-01-05", { multiYear: true })).to.deep.equal([1_500, false]);
    expect(limit(billion, "2026-01-05", { ...small, multiYear: true })).to.deep.equal([1_500, false]);
    expect(limit(50n * JUTA, "2026-01-05", small)).to.deep.equal([5_000, false]);
    expect(limit(50n * JUTA + 1n, "2026-01-05", small)).to.deep.equal([5_000, true]);
    expect(limit(200n * JUTA, "2026-01-05", small)).to.deep.equal([5_000, true]);
    expect(limit(200n * JUTA + 1n, "2026-01-05", small)).to.deep.equal([3_000, true]);
    expect(limit(2_500n * JUTA, "2026-01-05", small)).to.deep.equal([3_000, true]);
    expect(limit(2_500n * JUTA + 1n, "2026-01-05", small)).to.deep.equal([3_000, false]);
    // a contract keeps the set of its day: before Perpres 12/2021 there was no floor
    expect(limit(100n * JUTA, "2021-02-01", small)).to.deep.equal([3_000, false]);
    expect(limit(100n * JUTA, "2021-02-02", small)).to.deep.equal([5_000, true]);
    const { line, terms } = lineOf(roadWorks(), { purpose: "advance", on: "2026-01-10" });
    expect(line.advance).to.equal(222n * JUTA);
    expect(terms).to.deep.equal({ amount: "0", advance: String(222n * JUTA) });
  });

  it("adds up to the sen, is never negative, and over many certificates keeps exactly 5 % and the whole advance", () => {
    const percent = fc.integer({ min: 1, max: 10_000 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 10_000n, max: 10n ** 15n }),
        fc.array(percent, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 2_000 }),
        fc.integer({ min: 0, max: 40 }),
        (value, steps, advanceBps, late) => {
          const life = new Life();
          life.conditions = works;
          life.contract(value, "2026-01-05", "2026-06-30");
          const advance = (value * BigInt(advanceBps)) / 10_000n;
          if (advance > 0n) life.certified({ advance }, "2026-01-06");
          const stages = [...new Set(steps.sort((a, b) => a - b)), 10_000];
          let [retention, recovered, fines] = [0n, 0n, 0n];
          for (const [index, stage] of stages.entries()) {
            const on = addDays("2026-06-30", index === stages.length - 1 ? late : -1);
            life.accepted((value * BigInt(stage)) / 10_000n, on);
            const made = calculateCertificate(life.story(), { purpose: "work", on });
            const sum = made.lines.filter(({ counts }) => counts).reduce((all, { amount }) => all + BigInt(amount), 0n);
            expect(sum).to.equal(BigInt(made.net));
            expect(BigInt(made.net) >= 0n).to.equal(true);
            const { amount, recovered: back = "0", withheld = "0", advance: granted } = made.terms;
            expect(granted).to.equal(undefined);
            expect(BigInt(made.net)).to.equal(BigInt(amount) - BigInt(back) - BigInt(withheld));
            const kept = Object.fromEntries(made.deductions.map(({ type, amount }) => [type, BigInt(amount)]));
            expect((kept.retention ?? 0n) + (kept.fine ?? 0n)).to.equal(BigInt(withheld));
            retention += kept.retention ?? 0n;
            recovered += BigInt(back);
            fines += kept.fine ?? 0n;
            if (BigInt(amount) > 0n)
              life.certified({ amount: BigInt(amount), recovered: BigInt(back), withheld: BigInt(withheld) }, on, kept);
          }
          expect(recovered).to.equal(advance);
          const all = BigInt(life.view!.contracts["K-1"]!.certified);
          expect(all).to.equal(value);
          expect(retention).to.equal((value * 500n * 2n + 10_000n) / 20_000n);
          expect(fines >= 0n).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });
});
