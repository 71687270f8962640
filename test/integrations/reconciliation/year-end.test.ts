import { expect } from "chai";
import fc from "fast-check";
import type { ContractCard } from "../../../server/domain/payments/contract-card.ts";
import { absorption, endOf, type SpendingPlan } from "../../../server/domain/reconciliation/absorption.ts";
import { AccountGroups } from "../../../server/domain/reconciliation/account-groups.ts";
import { apportion } from "../../../server/domain/reconciliation/apportion.ts";
import { yearEnd } from "../../../server/domain/reconciliation/year-end.ts";
import { AGENCY, TREASURY } from "./cases.ts";

const leaf = (number: number) => `0x${String(number).padStart(64, "0")}` as const;
const document = (number: number, on: string, amount: string) => ({ leaf: leaf(number), sequence: number, on, amount });

/** Agreed 1,000 of which by the year's end 600 are delivered, 500 certified, 450 of these to be paid, 300 paid. */
function card(fields: Partial<ContractCard> = {}): ContractCard {
  return {
    ...{ ocid: "ocds-x-1", contractId: "K1", agency: AGENCY, status: "active", currency: "IDR" },
    ...{ value: "1000", firstValue: "1000", accepted: "600", certified: "500", advance: "0", recovered: "0" },
    ...{
      withheld: "50",
      released: "0",
      paid: "300",
      excess: "0",
      isHeld: false,
      on: "2026-01-01",
      until: "2026-12-31",
    },
    ...{ numbers: [], references: [], planIds: [], packageIds: [], budget: [], instalments: [] },
    certificates: [
      { ...document(1, "2026-05-01", "300"), gross: "300" },
      { ...document(2, "2026-11-01", "150"), gross: "200" },
    ],
    deliveries: [document(3, "2026-04-20", "350"), document(4, "2026-10-20", "600")],
    payments: [{ ...document(5, "2026-05-11", "300"), documentKey: leaf(9), issuer: TREASURY, total: "300" } as never],
    returns: [],
    amendments: [],
    ...fields,
  };
}

describe("obligations at the end of a day", () => {
  const amounts = (of: ContractCard, on = "2026-12-31") => {
    const { value, paid, certifiedUnpaid, keptBack, acceptedUncertified, notAccepted } = yearEnd([of], on).open[0]!;
    return { value, paid, certifiedUnpaid, keptBack, acceptedUncertified, notAccepted };
  };

  it("splits what is agreed into paid, certified, kept back, delivered and not delivered, without a remainder", () => {
    const parts = { certifiedUnpaid: "150", keptBack: "50", acceptedUncertified: "100", notAccepted: "400" };
    expect(amounts(card())).to.deep.equal({ value: "1000", paid: "300", ...parts });
    expect(yearEnd([card()], "2026-12-31").totals).to.deep.include({
      agency: AGENCY,
      currency: "IDR",
      contracts: 1,
      debt: "150",
      accepted: "600",
      certified: "500",
      value: "1000",
      paid: "300",
      ...parts,
    });
  });

  it("does not count what is of a later day: certificates, deliveries, payments, amendments", () => {
    expect(amounts(card(), "2026-05-10")).to.deep.equal({
      value: "1000",
      paid: "0",
      certifiedUnpaid: "300",
      keptBack: "0",
      acceptedUncertified: "50",
      notAccepted: "650",
    });
    const amended = card({
      value: "1500",
      amendments: [document(6, "2026-06-01", "1200"), document(7, "2027-01-10", "1500")],
    });
    expect(amounts(amended).value).to.equal("1200");
    expect(amounts(amended, "2026-05-31").value).to.equal("1000");
    expect(amounts(amended, "2027-02-01").value).to.equal("1500");
    expect(yearEnd([card({ on: "2027-01-02" })], "2026-12-31").totals).to.deep.equal([]);
  });

  it("knows of a return that what came back is owed again, from its own day on", () => {
    const returns = [{ ...document(8, "2026-07-01", "120"), documentKey: leaf(8), issuer: TREASURY, code: 1, of: 5 }];
    const back = card({ paid: "180", returns, payments: [{ ...card().payments[0]!, returned: "120" }] });
    expect(amounts(back)).to.include({ paid: "180", certifiedUnpaid: "270" });
    expect(amounts(back, "2026-06-30")).to.include({ paid: "300" });
    expect(amounts(back, "2026-05-10")).to.include({ paid: "0" });
  });

  it("marks what is past its end and not handed over, and leaves out what is settled", () => {
    const { open } = yearEnd(
      [card(), card({ ocid: "done", paid: "1000", certified: "1000", accepted: "1000", withheld: "0" })],
      "2027-01-05",
    );
    expect(open.map(({ ocid, isLate }) => [ocid, isLate])).to.deep.equal([["ocds-x-1", true]]);
  });
});

describe("absorption of a year", () => {
  const given = {
    agency: AGENCY,
    year: 2026,
    currency: "IDR",
    cards: [card()],
    paid: { "2026-05": "300" },
    until: "2026-12-31",
    on: "2026-12-31",
  };

  it("holds what was paid against the declared plan, by month and so far, in hundredths of a percent", () => {
    const months = Array.from({ length: 12 }, (_, at) => ({
      financial: at < 10 ? "100" : "0",
      physical: at < 10 ? 1_000 : 0,
    }));
    const plan: SpendingPlan = { agency: AGENCY, year: 2026, budget: "1000", months };
    const told = absorption({ ...given, plan });
    expect(told).to.include({ plan: "declared", budget: "1000", contracts: 1 });
    expect(told.months[4]).to.deep.equal({
      ...{ month: "2026-05", planned: "100", paid: "300", plannedSoFar: "500", paidSoFar: "300" },
      ...{
        financialPlan: 5_000,
        financial: 3_000,
        physicalPlan: 5_000,
        physical: 3_500,
        deviation: -2_000,
        complete: true,
      },
    });
    const value = (name: string) => told.indicators.find((each) => each.name === name)?.value;
    expect([value("absorbed"), value("onPlan"), value("built"), value("daysToPay")]).to.deep.equal([
      3_000, 3_000, 6_000, 100,
    ]);
    expect([value("onTime"), value("uncertified"), value("aboveValue")]).to.deep.equal([0, 0, 0]);
  });

  it("derives a plan from the periods of contracts, to the sen, and says so", () => {
    const told = absorption({
      ...given,
      plan: undefined,
      cards: [card({ value: "1001", paid: "0", payments: [], on: "2026-11-01", until: "2027-01-31" })],
    });
    expect(told.plan).to.equal("contracts");
    const planned = told.months.map(({ planned }) => BigInt(planned));
    expect(planned.slice(0, 10).every((each) => each === 0n)).to.equal(true);
    // 30 + 31 of 92 days are of this year
    expect(planned[10]! + planned[11]!).to.equal(BigInt(told.budget));
    expect(Number(told.budget)).to.be.within((1001 * 61) / 92 - 1, (1001 * 61) / 92 + 1);
  });

  it("says of months that the sources do not reach that they are not whole", () => {
    const told = absorption({ ...given, plan: undefined, until: "2026-05-30" });
    expect(told.months.map(({ complete }) => complete)).to.deep.equal([
      true,
      true,
      true,
      true,
      ...Array(8).fill(false),
    ]);
    expect(endOf("2028-02")).to.equal("2028-02-29");
  });
});

describe("shares and groups", () => {
  it("shares add up to the amount, whatever the weights, and none is off by a unit or more", () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 16n }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), weights, (amount, all) => {
        const shares = apportion(amount, all);
        expect(shares.reduce((sum, share) => sum + share, 0n)).to.equal(amount);
        const total = all.reduce((sum, each) => sum + each, 0n);
        if (total > 0n)
          for (const [at, share] of shares.entries()) {
            const off = share * total - amount * all[at]!;
            expect(off < total && off > -total).to.equal(true);
          }
      }),
    );
  });

  it("accounts of both charts that can only be compared together are one group, and what lies below goes with it", () => {
    const groups = new AccountGroups([
      { from: "5.2.2.03", to: "5.1.02.02" },
      { from: "5.2.2.03", to: "5.1.02.03" },
      { from: "5.2.2.20", to: "5.1.02.03" },
      { from: "5.2.3.01", to: "5.2.02.01" },
    ]);
    const group = groups.of("permendagri13", "5.2.2.03.05");
    expect(group).to.deep.equal({
      name: "5.1.02.02 + 5.1.02.03",
      permendagri13: ["5.2.2.03", "5.2.2.20"],
      permendagri90: ["5.1.02.02", "5.1.02.03"],
    });
    expect(groups.of("permendagri90", "5.1.02.03.01.0009")).to.equal(group);
    expect(groups.of("permendagri13", "5.2.2.20")).to.equal(group);
    expect(groups.of("permendagri13", "5.2.3.01")?.name).to.equal("5.2.02.01");
    expect(groups.of("permendagri90", "5.2.2.03")).to.equal(undefined);
    expect(groups.of("permendagri13", "5.2.2.2")).to.equal(undefined);
  });
});
