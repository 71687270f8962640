import { expect } from "chai";
import { AmendmentMask, ContractForm, Kind, StatusCode } from "../../server/domain/entries/kinds.ts";
import { NO_ID } from "../../server/domain/entries/words.ts";
import { addDays } from "../../server/domain/rules/civil-days.ts";
import type { SpecialConditions } from "../../server/domain/rules/conditions.ts";
import { readConditions } from "../../server/domain/rules/conditions.ts";
import { guaranteeFindings, guaranteesOf } from "../../server/domain/rules/guarantee-register.ts";
import { RULES, type RuleName, ruleOn } from "../../server/domain/rules/rule-table.ts";
import { at, CONTRACT, JUTA, Life, leafOf, named, SUPPLIER } from "./lives.ts";

/** What the dated rules find in an act before it is signed: on both sides of every border. */

const road = (value = 1_000n * JUTA) => new Life().contract(value, "2026-01-05", "2026-06-30");

describe("the table of rules", () => {
  it("leaves no day without a version, names a regulation for each, and has words in both languages", () => {
    for (const [name, { versions, what, remedy }] of Object.entries(RULES)) {
      expect(versions.length, name).to.be.greaterThan(0);
      for (const [index, version] of versions.entries()) {
        expect(version.regulation, name).to.not.equal("");
        expect(version.until, name).to.equal(versions[index + 1]?.from);
      }
      for (const words of [what, remedy])
        expect(words.en !== "" && words.id !== "" && words.en !== words.id, name).to.equal(true);
    }
  });

  it("gives a contract the version of its day, and the oldest before that", () => {
    const regulation = (rule: RuleName, day: string) => ruleOn(rule, day).regulation;
    expect(regulation("late-fine", "2018-06-30")).to.equal("Perpres 54/2010 Ps. 120");
    expect(regulation("late-fine", "2018-07-01")).to.equal("Perpres 16/2018 Ps. 79");
    expect(regulation("late-fine", "1999-01-01")).to.equal("Perpres 54/2010 Ps. 120");
    expect(ruleOn("direct-purchase", "2025-04-29").parameters.upTo.works).to.equal(200_000_000);
    expect(ruleOn("direct-purchase", "2025-04-30").parameters.upTo.works).to.equal(400_000_000);
  });
});

describe("special conditions", () => {
  it("go before the defaults, and what cannot be read is named and left out", () => {
    const { conditions, faults } = readConditions(
      {
        timeZone: "WIT",
        taxPercent: "0",
        retention: { percent: 12.345 },
        lateFee: { basis: "half" },
        kahar: [{ from: "2026-02-30", until: "2026-03-01" }],
        colour: "red",
      },
      "2026-01-05",
    );
    expect(conditions).to.deep.include({ zone: "WIT", taxBps: 0, fineBasis: "contract", kahar: [] });
    expect(conditions.retention.bps).to.equal(500);
    expect(faults.map(({ pointer }) => pointer)).to.have.members([
      "/colour",
      "/lateFee/basis",
      "/retention/percent",
      "/kahar/0",
    ]);
    expect(readConditions(undefined, "2022-03-31").conditions.taxBps).to.equal(1_000);
    expect(readConditions(undefined, "2022-04-01").conditions.taxBps).to.equal(1_100);
    for (const odd of [null, [], "text", 5, { kahar: 5 }, { advance: [] }, { multiYear: "yes" }])
      expect(readConditions(odd, "2026-01-05").faults.length, JSON.stringify(odd)).to.be.greaterThan(0);
  });
});

describe("a new contract", () => {
  const sign = (
    value: bigint,
    form: number,
    on: string,
    body: SpecialConditions = {},
    tender = {},
    life = new Life(),
  ) => {
    life.tender = tender;
    const terms = {
      code: form,
      currency: "IDR",
      value,
      on: at(on),
      until: at("2026-12-31"),
      party: SUPPLIER,
      officer: NO_ID,
    };
    return named(
      life.judge("contract", terms, { now: on, body: { contracts: [{ id: CONTRACT, specialConditions: body }] } }),
    );
  };

  it("has the form that its value asks", () => {
    const { receipt, spk, agreement } = ContractForm;
    expect(sign(50n * JUTA, receipt, "2026-01-05")).to.deep.equal([]);
    expect(sign(50n * JUTA + 1n, receipt, "2026-01-05")).to.deep.equal(["warn contract-form"]);
    expect(sign(200n * JUTA, spk, "2026-01-05")).to.deep.equal([]);
    expect(sign(200n * JUTA + 1n, spk, "2026-01-05")).to.deep.equal(["warn contract-form"]);
    expect(sign(400n * JUTA, spk, "2026-01-05", { category: "works" })).to.deep.equal([]);
    expect(sign(400n * JUTA, spk, "2025-04-29", { category: "works" })).to.deep.equal(["warn contract-form"]);
    expect(sign(100n * JUTA + 1n, spk, "2026-01-05", { category: "consulting" })).to.deep.equal(["warn contract-form"]);
    expect(sign(10_000n * JUTA, agreement, "2026-01-05")).to.deep.equal([]);
  });

  it("by Pengadaan Langsung stays below the limit of its day and category", () => {
    const direct = { procurementMethodDetails: "Pengadaan Langsung", mainProcurementCategory: "works" };
    const { agreement } = ContractForm;
    expect(sign(400n * JUTA, agreement, "2025-04-30", {}, direct)).to.deep.equal([]);
    expect(sign(400n * JUTA + 1n, agreement, "2025-04-30", {}, direct)).to.deep.equal(["warn direct-purchase"]);
    expect(sign(200n * JUTA + 1n, agreement, "2025-04-29", {}, direct)).to.deep.equal(["warn direct-purchase"]);
    const advice = {
      ...direct,
      mainProcurementCategory: "services",
      additionalProcurementCategories: ["consultingServices"],
    };
    expect(sign(100n * JUTA + 1n, agreement, "2025-04-30", {}, advice)).to.deep.equal(["warn direct-purchase"]);
    expect(
      sign(900n * JUTA, agreement, "2025-04-30", {}, { procurementMethodDetails: "Penunjukan Langsung" }),
    ).to.deep.equal([]);
  });

  it("is signed within fourteen working days of the award's letter", () => {
    const awarded = () =>
      new Life().add({
        kind: "award",
        awardId: "A-1",
        terms: { code: 1, currency: "IDR", value: 900n * JUTA, on: at("2026-01-05"), party: SUPPLIER },
      });
    const late = (on: string) => {
      const terms = { code: 3, currency: "IDR", value: 900n * JUTA, on: at(on), party: SUPPLIER, officer: NO_ID };
      const life = awarded();
      const act = { kind: Kind.contract, contractId: CONTRACT, awardId: "A-1", refersTo: NO_ID, terms };
      return named(life.judge("contract", terms, { now: on, act }));
    };
    expect(late("2026-01-23")).to.deep.equal([]);
    expect(late("2026-01-26")).to.deep.equal(["warn late-signing"]);
  });
});

describe("an amendment", () => {
  const scope = (more: bigint, life = road(), now = "2026-06-01") =>
    named(
      life.judge(
        "amendment",
        {
          code: AmendmentMask.scope,
          on: at(now),
          currency: "IDR",
          value: 1_000n * JUTA + more,
          scopeValue: 1_000n * JUTA + more,
        },
        { now },
      ),
    );

  it("of +10.00 % passes exactly; a sen more stops until an approver signs the exception", () => {
    expect(scope(100n * JUTA)).to.deep.equal(["info scope-cap"]);
    expect(scope(100n * JUTA + 1n)).to.deep.equal(["refuse scope-cap"]);
    expect(scope(-1n)).to.deep.equal([]);
    const [found] = road().judge("amendment", {
      code: 2,
      on: at("2026-06-01"),
      currency: "IDR",
      value: 1_099_800_000_00n,
      scopeValue: 1_099_800_000_00n,
    });
    expect(found).to.include({ level: "info" }).and.to.not.have.property("exception");
    expect(found!.values).to.include({ percent: "9.98", highest: String(1_100n * JUTA) });
    const [over] = road().judge("amendment", {
      code: 2,
      on: at("2026-06-01"),
      currency: "IDR",
      value: 1_200n * JUTA,
      scopeValue: 1_200n * JUTA,
    });
    expect(over).to.include({ exception: "scopeAboveCap" });
  });

  it("adds no scope while fines run", () => {
    expect(scope(JUTA, road(), "2026-06-30")).to.deep.equal(["info scope-cap"]);
    expect(scope(JUTA, road(), "2026-07-01")).to.deep.equal(["warn scope-while-late", "info scope-cap"]);
    const done = road().accepted(1_000n * JUTA, "2026-06-30", 7);
    expect(scope(JUTA, done, "2026-07-01")).to.deep.equal(["info scope-cap"]);
  });

  it("gives up to fifty days to finish, and up to ninety over the end of a year", () => {
    const { kesempatan, time } = AmendmentMask;
    const chance = (until: string, code: number = kesempatan, life = road()) =>
      named(life.judge("amendment", { code, on: at("2026-06-29"), until: at(until) }, { now: "2026-06-29" }));
    expect(chance(addDays("2026-06-30", 50))).to.deep.equal(["info more-time"]);
    expect(chance(addDays("2026-06-30", 51))).to.deep.equal(["warn more-time"]);
    expect(chance(addDays("2026-06-30", 51), time)).to.deep.equal([]);
    const year = () => new Life().contract(1_000n * JUTA, "2026-01-05", "2026-12-20");
    expect(chance(addDays("2026-12-20", 90), kesempatan, year())).to.deep.equal(["info more-time"]);
    expect(chance(addDays("2026-12-20", 91), kesempatan, year())).to.deep.equal(["warn more-time"]);
    // a second chance counts from the same deadline
    const again = road().amended(kesempatan, "2026-06-29", { until: at("2026-07-30") });
    expect(chance(addDays("2026-06-30", 51), kesempatan, again)).to.deep.equal(["warn more-time"]);
  });

  it("leaves no performance guarantee behind that ends before the contract", () => {
    const secured = (until: string) =>
      named(
        road()
          .guarantee(2, 50n * JUTA, "2026-01-05", until)
          .judge("amendment", { code: AmendmentMask.time, on: at("2026-06-01"), until: at("2026-08-31") }),
      );
    expect(secured("2026-08-31")).to.deep.equal([]);
    expect(secured("2026-08-30")).to.deep.equal(["warn guarantee-covers-contract"]);
  });
});

describe("the start and the hand-over", () => {
  const start = (value: bigint, guaranteed: bigint, conditions: SpecialConditions = {}, estimate?: bigint) => {
    const life = new Life();
    life.conditions = conditions;
    if (estimate !== undefined) life.add({ kind: "tender", terms: { code: 1, currency: "IDR", value: estimate } });
    life.contract(value, "2026-01-05", "2026-06-30");
    if (guaranteed > 0n) life.guarantee(2, guaranteed, "2026-01-06", "2026-07-31");
    return named(life.judge("implementation", { code: 1, on: at("2026-01-23") }, { now: "2026-01-23" }));
  };

  it("need a performance guarantee of 5 % above Rp 200 million", () => {
    expect(start(200n * JUTA, 0n)).to.deep.equal([]);
    expect(start(200n * JUTA + 1n, 0n)).to.deep.equal(["warn performance-guarantee"]);
    expect(start(1_000n * JUTA, 50n * JUTA)).to.deep.equal([]);
    expect(start(1_000n * JUTA, 50n * JUTA - 1n)).to.deep.equal(["warn performance-guarantee"]);
    expect(start(1_000n * JUTA, 0n, { category: "consulting" })).to.deep.equal([]);
  });

  it("of a bid below 80 % of the HPS need 5 % of the HPS", () => {
    expect(start(800n * JUTA, 40n * JUTA, {}, 1_000n * JUTA)).to.deep.equal([]);
    expect(start(800n * JUTA - 1n, 40n * JUTA, {}, 1_000n * JUTA)).to.deep.equal(["warn performance-guarantee"]);
    expect(start(800n * JUTA - 1n, 50n * JUTA, {}, 1_000n * JUTA)).to.deep.equal([]);
  });

  it("begin within fourteen working days", () => {
    const begun = (on: string) =>
      named(road(100n * JUTA).judge("implementation", { code: 1, on: at(on) }, { now: on }));
    expect(begun("2026-01-23")).to.deep.equal([]);
    expect(begun("2026-01-26")).to.deep.equal(["warn late-signing"]);
  });

  it("say the fine that a late hand-over costs", () => {
    const done = (on: string) =>
      road(1_110n * JUTA).judge(
        "implementation",
        { code: 7, currency: "IDR", amount: 1_110n * JUTA, on: at(on) },
        { now: on },
      );
    expect(named(done("2026-06-30"))).to.deep.equal([]);
    const [found] = done("2026-07-03");
    expect(found).to.include({ level: "info", rule: "late-fine" });
    expect(found!.values).to.include({ days: "3", fine: String(3n * JUTA) });
  });
});

describe("a certificate", () => {
  const certify = (life: Life, terms: object, on = "2026-06-01") =>
    named(
      life.judge("certificate", { currency: "IDR", amount: 0n, documentKey: NO_ID, on: at(on), ...terms }, { now: on }),
    );

  it("stays within accepted work, and a year-end guarantee counts as work", () => {
    const life = () => road().accepted(500n * JUTA, "2026-05-31");
    expect(certify(life(), { amount: 500n * JUTA })).to.deep.equal([]);
    expect(certify(life(), { amount: 500n * JUTA + 1n })).to.deep.equal(["refuse certificate-within-work"]);
    expect(certify(life().guarantee(6, 1n * JUTA, "2026-05-01", "2026-12-31"), { amount: 501n * JUTA })).to.deep.equal(
      [],
    );
    const unbound = life().judge(
      "certificate",
      { currency: "IDR", amount: 600n * JUTA, documentKey: NO_ID, on: at("2026-06-01") },
      { certificatesBound: false },
    );
    expect(named(unbound)).to.deep.equal(["warn certificate-within-work"]);
  });

  it("advances up to the limit, against a guarantee of as much", () => {
    const secured = () => road().guarantee(3, 200n * JUTA, "2026-01-05", "2026-12-31");
    expect(certify(secured(), { advance: 200n * JUTA })).to.deep.equal([]);
    expect(certify(secured(), { advance: 200n * JUTA + 1n })).to.deep.equal([
      "warn advance-limit",
      "warn advance-guarantee",
    ]);
    expect(certify(road(), { advance: 1n })).to.deep.equal(["warn advance-guarantee"]);
  });

  it("takes back the advance, the fine and the retention that are due", () => {
    const paid = () =>
      road(1_110n * JUTA)
        .certified({ advance: 100n * JUTA }, "2026-01-10")
        .accepted(555n * JUTA, "2026-05-31");
    expect(certify(paid(), { amount: 555n * JUTA, recovered: 50n * JUTA })).to.deep.equal([]);
    expect(certify(paid(), { amount: 555n * JUTA, recovered: 50n * JUTA - 1n })).to.deep.equal([
      "warn advance-recovery",
    ]);
    const late = () => road(1_110n * JUTA).accepted(1_110n * JUTA, "2026-07-02", 7);
    expect(certify(late(), { amount: 1_110n * JUTA, withheld: 2n * JUTA }, "2026-07-05")).to.deep.equal([]);
    expect(certify(late(), { amount: 1_110n * JUTA, withheld: 2n * JUTA - 1n }, "2026-07-05")).to.deep.equal([
      "warn late-fine",
    ]);
    const works = () => {
      const life = road().accepted(100n * JUTA, "2026-05-31");
      life.conditions = { category: "works" };
      return life;
    };
    expect(certify(works(), { amount: 100n * JUTA, withheld: 5n * JUTA })).to.deep.equal([]);
    expect(certify(works(), { amount: 100n * JUTA, withheld: 5n * JUTA - 1n })).to.deep.equal(["warn retention"]);
  });

  it("is told when it comes late", () => {
    const life = () => road().accepted(1n * JUTA, "2026-02-01");
    const found = (on: string) =>
      life().judge(
        "certificate",
        { currency: "IDR", amount: 1n, documentKey: NO_ID, on: at(on) },
        { now: "2026-06-01" },
      );
    expect(named(found("2026-05-02"))).to.deep.equal([]);
    expect(named(found("2026-05-01"))).to.deep.equal(["info late-recording"]);
  });
});

describe("guarantees", () => {
  it("ring 30, 14 and 7 days before they end, and after it, while they are needed", () => {
    const life = () => road().guarantee(2, 50n * JUTA, "2026-01-05", "2026-08-31");
    const alarm = (today: string, of = life()) => guaranteesOf(of.story(today), today)[0]!.alarm;
    expect(alarm("2026-07-31")).to.equal(undefined);
    expect(alarm("2026-08-01")).to.equal(30);
    expect(alarm("2026-08-16")).to.equal(30);
    expect(alarm("2026-08-17")).to.equal(14);
    expect(alarm("2026-08-24")).to.equal(7);
    expect(alarm("2026-08-31")).to.equal(7);
    expect(alarm("2026-09-01")).to.equal("expired");
    expect(alarm("2026-09-01", life().accepted(1_000n * JUTA, "2026-06-30", 7))).to.equal(undefined);
  });

  it("that end before the contract, are too small or missing, are found", () => {
    const found = (life: Life) => named(guaranteeFindings(life.story("2026-02-01"), "2026-02-01"));
    expect(found(road())).to.deep.equal(["warn performance-guarantee"]);
    expect(found(road().guarantee(2, 50n * JUTA, "2026-01-05", "2026-06-30"))).to.deep.equal([]);
    expect(found(road().guarantee(2, 50n * JUTA, "2026-01-05", "2026-06-29"))).to.deep.equal([
      "warn guarantee-covers-contract",
    ]);
    const advanced = road(100n * JUTA).certified({ advance: 20n * JUTA }, "2026-01-10");
    expect(found(advanced)).to.deep.equal(["warn advance-guarantee"]);
    expect(found(advanced.guarantee(3, 20n * JUTA, "2026-01-10", "2026-12-31"))).to.deep.equal([]);
  });

  it("shrink and go back only as far as what they stand for", () => {
    const secured = () =>
      road()
        .guarantee(3, 200n * JUTA, "2026-01-05", "2026-12-31")
        .certified({ advance: 200n * JUTA }, "2026-01-10")
        .accepted(500n * JUTA, "2026-03-01")
        .certified({ amount: 500n * JUTA, recovered: 100n * JUTA }, "2026-03-02");
    const reduce = (amount: bigint) =>
      named(
        secured().judge(
          "guarantee",
          { code: 33, currency: "IDR", amount, documentKey: NO_ID, on: at("2026-06-01"), until: at("2026-12-31") },
          { refersTo: leafOf(3) },
        ),
      );
    expect(reduce(100n * JUTA)).to.deep.equal([]);
    expect(reduce(100n * JUTA - 1n)).to.deep.equal(["warn advance-guarantee"]);
    const back = (life: Life) =>
      named(
        life.judge(
          "guarantee",
          {
            code: 25,
            currency: "IDR",
            amount: 50n * JUTA,
            documentKey: NO_ID,
            on: at("2026-06-01"),
            until: at("2026-08-31"),
          },
          { refersTo: leafOf(3) },
        ),
      );
    const held = () => road().guarantee(2, 50n * JUTA, "2026-01-05", "2026-08-31");
    expect(back(held())).to.deep.equal(["warn guarantee-covers-contract"]);
    expect(back(held().accepted(1_000n * JUTA, "2026-05-31", 7))).to.deep.equal([]);
  });
});

describe("the end of a contract", () => {
  it("names what is still open before it is closed or broken", () => {
    const end = (life: Life, code: number, on = "2026-06-15") =>
      life.judge("status", { code, on: at(on) }, { now: on });
    const settled = road()
      .accepted(1_000n * JUTA, "2026-06-10", 7)
      .certified({ amount: 1_000n * JUTA }, "2026-06-11");
    expect(end(settled, StatusCode.closed)).to.deep.equal([]);
    const open = road()
      .certified({ advance: 10n * JUTA }, "2026-01-10")
      .accepted(1_000n * JUTA, "2026-06-10", 7);
    const [found] = end(open, StatusCode.closed);
    expect(found).to.include({ level: "warn", rule: "ending-accounts" });
    expect(found!.values).to.include({ advance: String(10n * JUTA) });
    const broken = end(road().guarantee(2, 50n * JUTA, "2026-01-05", "2026-08-31"), StatusCode.broken);
    expect(broken[0]!.values).to.include({ guaranteed: String(50n * JUTA) });
    expect(broken[0]!.words.id).to.contain("daftar hitam");
  });
});
