import { expect } from "chai";
import fc from "fast-check";
import type { Hex } from "../../../server/domain/entries/words.ts";
import type { BankMove, CameBack, Case, LedgerLine, PaidLine } from "../../../server/domain/reconciliation/case.ts";
import { cellsOf, inOrder } from "../../../server/domain/reconciliation/case.ts";
import { CAUSES, type Cause, COMPARISONS, type Comparison } from "../../../server/domain/reconciliation/causes.ts";
import { Doubles } from "../../../server/domain/reconciliation/doubles.ts";
import { type Delivered, explainCase } from "../../../server/domain/reconciliation/explain-case.ts";
import { PeriodAccount } from "../../../server/domain/reconciliation/period-account.ts";
import { AGENCY, aCase, back, entry, move, OTHER, sp2d, TREASURY } from "./cases.ts";

const between =
  (from: string, until: string): Delivered =>
  (_issuer, _kind, on) =>
    from <= on && on <= until;
const everything = between("2026-01-01", "2026-12-31");
const nothing: Delivered = () => false;
const since = (from: string) => between(from, "2026-12-31");

function explain(of: Case, { others = [] as Case[], delivered = everything } = {}) {
  const doubles = new Doubles();
  for (const each of [of, ...others]) doubles.see(each);
  return explainCase(inOrder(of), doubles, delivered);
}
const told = (of: Case, options?: Parameters<typeof explain>[1]) =>
  explain(of, options).differences.map(({ comparison, cause, amount, cell }) => [
    `${comparison}: ${cause}`,
    Number(amount),
    cell.month,
  ]);

describe("a payment explained", () => {
  const withTax = {
    gross: "100000",
    net: "88000",
    deductions: [{ kind: "PPN", amount: "12000", receipted: true }],
  } as const;

  it("finds nothing where ledger, SP2D and bank agree, also over several contracts and bank lines", () => {
    expect(
      told(aCase(1, { ledger: [entry(1)], paid: [sp2d(1, withTax)], bank: [move(1, { amount: "88000" })] })),
    ).to.deep.equal([]);
    const shares = [entry(1, { amount: "60000", total: "100000" }), entry(2, { amount: "40000", total: "100000" })];
    const parts = [move(1, { amount: "88000" }), move(2, { amount: "12000", part: "deduction" })];
    expect(told(aCase(1, { ledger: shares, paid: [sp2d(1, withTax)], bank: parts }))).to.deep.equal([]);
  });

  const bank = [move(1)];
  const paid = [sp2d(1)];
  const cases: [
    what: string,
    sides: Partial<Case>,
    expected: [string, number, string][],
    options?: Parameters<typeof explain>[1],
  ][] = [
    ["not yet recorded", { paid, bank }, [["ledger: notInLedger", -100_000, "2026-03"]]],
    ["petty cash", { paid: [sp2d(1, { link: "pettyCash" })], bank }, [["ledger: pettyCash", -100_000, "2026-03"]]],
    ["of no contract", { paid: [sp2d(1, { link: "none" })], bank }, [["ledger: noContract", -100_000, "2026-03"]]],
    [
      "of an unknown contract",
      { paid: [sp2d(1, { link: "open" })], bank },
      [["ledger: unmatched", -100_000, "2026-03"]],
    ],
    ["recorded without a document", { ledger: [entry(1)] }, [["ledger: notInSource", 100_000, "2026-03"]]],
    [
      "recorded by hand before its source came",
      { ledger: [entry(1)] },
      [["ledger: awaitingSource", 100_000, "2026-03"]],
      { delivered: nothing },
    ],
    [
      "recorded by hand for a day before the first that the source tells",
      { ledger: [entry(1)] },
      [["ledger: awaitingSource", 100_000, "2026-03"]],
      { delivered: since("2026-06-01") },
    ],
    [
      "off by a sen",
      { ledger: [entry(1, { amount: "100001" })], paid, bank },
      [["ledger: amountDiffers", 1, "2026-03"]],
    ],
    [
      "recorded net",
      { ledger: [entry(1, { amount: "88000" })], paid: [sp2d(1, withTax)], bank: [move(1, { amount: "88000" })] },
      [["ledger: netRecorded", -12_000, "2026-03"]],
    ],
    [
      "one share missing",
      { ledger: [entry(1, { amount: "60000", total: "100000" })], paid, bank },
      [["ledger: sharesDoNotAddUp", -40_000, "2026-03"]],
    ],
    [
      "recorded twice under one number",
      { ledger: [entry(1, { total: "200000" }), entry(2, { ocid: "ocds-x-1", total: "200000" })], paid, bank },
      [["ledger: doubled", 100_000, "2026-03"]],
    ],
    [
      "recorded in the month after",
      { ledger: [entry(1, { on: "2026-04-01" })], paid, bank },
      [
        ["ledger: otherMonth", 100_000, "2026-04"],
        ["ledger: otherMonth", -100_000, "2026-03"],
      ],
    ],
    [
      "recorded for another agency",
      { ledger: [entry(1, { agency: OTHER })], paid, bank },
      [
        ["ledger: otherAgency", 100_000, "2026-03"],
        ["ledger: otherAgency", -100_000, "2026-03"],
      ],
    ],
    ["not cleared", { ledger: [entry(1)], paid }, [["bank: notCleared", 100_000, "2026-03"]]],
    [
      "not cleared as far as is known",
      { ledger: [entry(1)], paid },
      [["bank: awaitingStatement", 100_000, "2026-03"]],
      { delivered: nothing },
    ],
    [
      "not cleared before the first statement that was delivered",
      { ledger: [entry(1)], paid },
      [["bank: awaitingStatement", 100_000, "2026-03"]],
      { delivered: since("2026-06-01") },
    ],
    [
      "cleared after the year's end",
      {
        ledger: [entry(1, { on: "2026-12-31" })],
        paid: [sp2d(1, { on: "2026-12-31" })],
        bank: [move(1, { on: "2027-01-04" })],
      },
      [
        ["bank: otherMonth", -100_000, "2027-01"],
        ["bank: otherMonth", 100_000, "2026-12"],
      ],
    ],
    [
      "paid twice by the bank",
      { ledger: [entry(1)], paid, bank: [move(1), move(2)] },
      [["bank: paidTwice", -100_000, "2026-03"]],
    ],
    [
      "paid gross by the bank",
      { ledger: [entry(1)], paid: [sp2d(1, withTax)], bank },
      [["bank: grossAtBank", -12_000, "2026-03"]],
    ],
    [
      "another amount at the bank",
      { ledger: [entry(1)], paid, bank: [move(1, { amount: "99999" })] },
      [["bank: amountDiffersAtBank", 1, "2026-03"]],
    ],
    ["a bank line alone", { bank }, [["bank: withoutSp2d", -100_000, "2026-03"]]],
    [
      "taken back by the bank",
      { ledger: [entry(1)], paid, bank: [move(1), move(2, { part: "takenBack" })] },
      [["bank: returned", 100_000, "2026-03"]],
    ],
    [
      "returned, not recorded",
      {
        ledger: [entry(1)],
        paid,
        back: [back(1, { amount: "40000" })],
        bank: [move(1), move(2, { part: "takenBack", amount: "40000" })],
      },
      [["ledger: returned", 40_000, "2026-03"]],
    ],
    [
      "returned by the source, not at the bank",
      {
        ledger: [entry(1), entry(2, { kind: "return", amount: "40000" })],
        paid,
        back: [back(1, { amount: "40000" })],
        bank,
      },
      [["bank: returnNotAtBank", -40_000, "2026-03"]],
    ],
    [
      "a return that no source has",
      { ledger: [entry(1), entry(2, { kind: "return", amount: "40000" })], paid, bank },
      [["ledger: returnNotInSource", -40_000, "2026-03"]],
    ],
    [
      "returns of two amounts",
      {
        ledger: [entry(1), entry(2, { kind: "return", amount: "30000" })],
        paid,
        back: [back(1, { amount: "40000" })],
        bank: [move(1), move(2, { part: "takenBack", amount: "40000" })],
      },
      [["ledger: returnDiffers", 10_000, "2026-03"]],
    ],
    ["voided before anything was recorded or paid", { paid: [sp2d(1, withTax)], back: [back(1)] }, []],
    [
      "a tax without receipt",
      {
        ledger: [entry(1)],
        paid: [sp2d(1, { ...withTax, deductions: [{ kind: "PPN", amount: "12000", receipted: false }] })],
        bank: [move(1, { amount: "88000" })],
      },
      [["state: deductionWithoutNtpn", 12_000, "2026-03"]],
    ],
    [
      "an SP2D that does not add up",
      { ledger: [entry(1)], paid: [sp2d(1, { net: "99000" })], bank: [move(1, { amount: "99000" })] },
      [["document: documentDoesNotAddUp", 1_000, "2026-03"]],
    ],
    [
      "two documents of one number",
      { ledger: [entry(1)], paid: [sp2d(1), sp2d(1, { connector: "sipd" })], bank },
      [
        ["ledger: doubled", -100_000, "2026-03"],
        ["bank: doubled", 100_000, "2026-03"],
      ],
    ],
  ];
  for (const [what, sides, expected, options] of cases)
    it(`says why: ${what}`, () => expect(told(aCase(1, sides), options)).to.deep.equal(expected));

  it("has a case here for every cause of the list", () => {
    const tried = new Set(cases.flatMap(([, , expected]) => expected.map(([text]) => text.split(": ")[1])));
    expect([...tried].sort()).to.deep.equal(Object.keys(CAUSES).sort());
  });

  it("knows the same payment under two numbers, on each side, by what the other sides have", () => {
    const whole = aCase(1, { ledger: [entry(1)], paid: [sp2d(1)], bank: [move(1)] });
    const others = [whole];
    const again = aCase(2, { ledger: [entry(2, { ocid: "ocds-x-1" })] });
    expect(told(again, { others })).to.deep.equal([["ledger: doubled", 100_000, "2026-03"]]);
    const copy = aCase(3, { paid: [sp2d(3, { same: "payee and purpose 1" })] });
    expect(told(copy, { others })).to.deep.equal([
      ["ledger: doubled", -100_000, "2026-03"],
      ["bank: doubled", 100_000, "2026-03"],
    ]);
    const twice = aCase(4, { bank: [move(4, { reference: "1/SP2D/2026", agency: AGENCY })] });
    expect(told(twice, { others }).map(([text]) => text)).to.deep.equal(["bank: withoutSp2d"]);
    const really = aCase(4, { bank: [move(4, { reference: "1/SP2D/2026" })] });
    expect(told(really, { others }).map(([text]) => text)).to.deep.equal(["bank: paidTwice"]);
    // an instalment of the same amount on another day is none
    expect(told(aCase(5, { ledger: [entry(5, { ocid: "ocds-x-1", on: "2026-03-12" })] }), { others })[0]![0]).to.equal(
      "ledger: notInSource",
    );
  });
});

describe("whatever documents, lines and payments there are", () => {
  const agency = fc.constantFrom<Hex>(AGENCY, OTHER, TREASURY);
  const on = fc.constantFrom("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01", "2026-12-31");
  const amount = fc.oneof(
    fc.constantFrom("0", "1", "88000", "100000", "200000"),
    fc.bigInt({ min: 0n, max: 10n ** 17n }).map(String),
  );
  const number = fc.integer({ min: 1, max: 9 });
  const ledger: fc.Arbitrary<LedgerLine> = fc
    .record({
      number: fc.nat({ max: 10_000 }),
      kind: fc.constantFrom("payment" as const, "return" as const),
      ocid: fc.constantFrom("o-1", "o-2"),
      agency,
      amount,
      total: amount,
      on,
    })
    .map(({ number: leaf, ...fields }) => entry(leaf, fields));
  const deduction = fc.record({
    kind: fc.constantFrom("PPN" as const, "PPh22" as const, "retention" as const),
    amount,
    receipted: fc.boolean(),
  });
  const line = fc.record({
    account: fc.constantFrom("5.1.02", "5.2.2.03", ""),
    chart: fc.constantFrom("permendagri90" as const, "permendagri13" as const),
    fund: fc.constantFrom("DAU", "DAK"),
    amount,
  });
  const paid: fc.Arbitrary<PaidLine> = fc
    .record({
      number,
      agency,
      on,
      gross: amount,
      net: amount,
      deductions: fc.array(deduction, { maxLength: 3 }),
      lines: fc.array(line, { maxLength: 3 }),
      link: fc.constantFrom("contract" as const, "pettyCash" as const, "none" as const, "open" as const),
      same: fc.constantFrom("x", "y"),
      connector: fc.constantFrom("simda", "sipd"),
    })
    .map(({ number: key, ...fields }) => sp2d(key, fields));
  const returned: fc.Arbitrary<CameBack> = fc
    .record({ number, agency, on, amount })
    .map(({ number: key, ...fields }) => back(key, fields));
  const moved: fc.Arbitrary<BankMove> = fc
    .record({
      number,
      agency,
      on,
      amount,
      part: fc.constantFrom("paid" as const, "deduction" as const, "takenBack" as const),
    })
    .map(({ number: key, ...fields }) => move(key, fields));
  const distinct = <T>(each: fc.Arbitrary<T>, key: (one: T) => string) =>
    fc.uniqueArray(each, { maxLength: 3, selector: key });
  const sides = fc.record({
    ledger: distinct(ledger, ({ leaf }) => leaf),
    paid: distinct(paid, ({ key }) => key),
    back: distinct(returned, ({ key }) => key),
    bank: distinct(moved, ({ key }) => key),
    currency: fc.constantFrom("IDR", "USD"),
  });
  const year = fc.array(sides, { maxLength: 12 }).map((all) => all.map((each, at) => aCase(at, each)));
  const reach = fc.constantFrom(nothing, between("2026-01-01", "2026-03-01"), since("2026-03-05"));

  const agencies = [AGENCY, OTHER, TREASURY];
  const months = ["2026-02", "2026-03", "2026-04", "2026-12"];

  function reportOf(all: Case[], delivered: Delivered, scope = { agencies, months }) {
    const doubles = new Doubles();
    for (const each of all) doubles.see(each);
    const account = new PeriodAccount({ agencies: new Set(scope.agencies), months: new Set(scope.months) });
    const verdicts = all.map((each) => account.take(each, doubles, delivered).verdicts);
    return { report: account.report(), verdicts };
  }

  it("sums conserve, in every month and agency, and each line has exactly one cause in each comparison", () => {
    fc.assert(
      fc.property(year, reach, (all, days) => {
        for (const of of agencies)
          for (const month of months) {
            const { report } = reportOf(all, days, { agencies: [of], months: [month] });
            const mine = (line: { agency: Hex; on: string }) => line.agency === of && line.on.startsWith(month);
            for (const { currency, figures, balance, causes } of report.currencies) {
              for (const { difference, explained } of Object.values(balance)) expect(difference).to.equal(explained);
              // ledger − (deductions − passed on) − bank is all that is explained, to the sen
              const total = (comparisons: Comparison[]) =>
                causes
                  .filter(({ comparison }) => comparisons.includes(comparison))
                  .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
              expect(
                BigInt(figures.ledger) - BigInt(figures.deductions) + BigInt(figures.toState) - BigInt(figures.bank),
              ).to.equal(total(["ledger", "document", "bank"]));
              // what went in is what is added up
              const entered = all
                .filter((each) => each.currency === currency)
                .flatMap((each) => each.ledger)
                .filter(mine);
              expect(BigInt(figures.ledger)).to.equal(
                entered.reduce((sum, { kind, amount }) => sum + (kind === "payment" ? 1n : -1n) * BigInt(amount), 0n),
              );
              const rows = report.rows.filter((row) => row.currency === currency);
              for (const name of ["ledger", "gross", "deductions", "net", "bank"] as const)
                expect(rows.reduce((sum, row) => sum + BigInt(row[name]), 0n)).to.equal(BigInt(figures[name]));
            }
          }
        const { report, verdicts } = reportOf(all, days);
        const bank = all.flatMap((each) => each.bank.map((line) => ({ ...line, currency: each.currency })));
        for (const { currency, figures } of report.currencies)
          expect(BigInt(figures.bank)).to.equal(
            bank
              .filter((each) => each.currency === currency)
              .reduce((sum, { part, amount }) => sum + (part === "takenBack" ? -1n : 1n) * BigInt(amount), 0n),
          );
        for (const [at, of] of all.entries()) {
          const expected = [
            ...of.ledger.map(({ leaf }) => `ledger ledger ${leaf}`),
            ...of.paid.flatMap(({ key }) => Object.keys(COMPARISONS).map((comparison) => `${comparison} paid ${key}`)),
            ...of.back.flatMap(({ key }) => [`ledger back ${key}`, `bank back ${key}`]),
            ...of.bank.map(({ key }) => `bank bank ${key}`),
          ];
          const found = verdicts[at]!.map(({ comparison, side, key }) => `${comparison} ${side} ${key}`);
          expect(found.sort()).to.deep.equal(expected.sort());
          for (const { cause } of verdicts[at]!)
            expect(cause === "agrees" || Object.hasOwn(CAUSES, cause as Cause)).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("what settles between months and agencies is nothing when all are taken together", () => {
    fc.assert(
      fc.property(year, reach, (all, days) => {
        for (const { causes } of reportOf(all, days).report.currencies)
          for (const { cause, amount } of causes) if ("settles" in CAUSES[cause]) expect(amount).to.equal("0");
      }),
      { numRuns: 200 },
    );
  });

  it("the order in which things arrive does not matter", () => {
    const shuffled = fc.tuple(year, reach, fc.infiniteStream(fc.nat({ max: 1_000 })));
    fc.assert(
      fc.property(shuffled, ([all, days, stream]) => {
        const numbers = stream[Symbol.iterator]();
        const shuffle = <T>(list: readonly T[]) =>
          list
            .map((one) => ({ one, at: numbers.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ one }) => one);
        const other = shuffle(all).map((each) => ({
          ...each,
          ledger: shuffle(each.ledger),
          paid: shuffle(each.paid),
          back: shuffle(each.back),
          bank: shuffle(each.bank),
        }));
        expect(reportOf(other, days).report).to.deep.equal(reportOf(all, days).report);
      }),
      { numRuns: 200 },
    );
  });

  it("every cell that a case touches has its figures", () => {
    fc.assert(
      fc.property(sides, (each) => {
        const of = aCase(1, each);
        const cells = cellsOf(of).map(({ agency: by, month }) => `${by}/${month}`);
        expect([...explain(of).cells.keys()].filter((key) => !cells.includes(key))).to.deep.equal([]);
      }),
    );
  });
});
