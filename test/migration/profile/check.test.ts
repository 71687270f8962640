import { expect } from "chai";
import fc from "fast-check";
import { readCheck } from "../../../migration/profile/check.ts";
import { compileRules } from "../../../migration/profile/quality.ts";
import { Fault } from "../../../server/domain/fault.ts";

/** The truth of a check on one row; undefined is unknown. */
function truthOf(text: string, row: Record<string, string | null>): boolean | undefined {
  const result = readCheck(text);
  if (!result.ok) throw new Error(result.fault.words.en);
  return result.check.bind(Object.keys(row))(Object.values(row));
}

describe("the language of quality rules", () => {
  const cases: [check: string, row: Record<string, string | null>, truth: boolean | undefined][] = [
    ["nilai > 0", { nilai: "0" }, false],
    ["nilai > 0", { nilai: "0.01" }, true],
    ["nilai > 0", { nilai: "Rp 1.234.567,89" }, true],
    ["nilai > 0", { nilai: "belum dibuat" }, false],
    ["nilai > 0", { nilai: null }, undefined],
    ["nilai > 0", { nilai: "  " }, undefined],
    ["not (nilai > 0)", { nilai: null }, undefined],
    ["nilai > 0 or exists(nilai)", { nilai: null }, undefined],
    ["nilai > 0 and exists(nilai)", { nilai: null }, false],
    ["nilai > 0 or not exists(nilai)", { nilai: null }, true],
    ["selesai >= mulai", { selesai: "2025-01-31", mulai: "2025-01-31T00:00:00.000000Z" }, true],
    ["selesai >= mulai", { selesai: "30-01-2025", mulai: "31 Januari 2025" }, false],
    ["selesai >= mulai", { selesai: "Nov 10, 2025, 12:00:00AM", mulai: "Aug 13, 2025, 12:00:00AM" }, true],
    ['no not in [0, "-"]', { no: "-" }, false],
    ['no not in [0, "-"]', { no: "0" }, false],
    ['no not in [0, "-"]', { no: "00" }, false],
    ['no not in [0, "-"]', { no: "027/1" }, true],
    ['no in ["a", -1.50]', { no: "-1.5" }, true],
    ["exists(kd_rup)", { kd_rup: "-" }, false],
    ["exists(kd_rup)", { kd_rup: "0" }, true],
    ["year(tgl) = tahun", { tgl: "2025-12-31", tahun: "2025" }, true],
    ["year(tgl) = tahun", { tgl: "2025-13-31", tahun: "2025" }, undefined],
    ["month(tgl) = 12", { tgl: "31/12/2025" }, true],
    // identifiers are text: a leading zero counts
    ["a = b", { a: "007", b: "7" }, false],
    ["a = b", { a: "7.0", b: "7" }, true],
    ["nilai <= hps * 1.1", { nilai: "110.00", hps: "100" }, true],
    ["nilai <= hps * 1.1", { nilai: "110.01", hps: "100" }, false],
    ["a + b - c = 0.3", { a: "0.1", b: "0.2", c: "0" }, true],
    ["a = 90071992547409930.01", { a: "90071992547409930.01" }, true],
    ["a = 90071992547409930.01", { a: "90071992547409930.02" }, false],
    ["-a < -1", { a: "2" }, true],
    ["npwp matches npwp", { npwp: "01.601.315.3-051.000" }, true],
    ["npwp matches npwp", { npwp: "01.601.315.4-051.000" }, false],
    ['npwp matches "99.999.999.9-999.999"', { npwp: "01.601.315.3-051.000" }, true],
    ['npwp not matches "99.999.999.9-999.999"', { npwp: "016013153051000" }, true],
    ['no matches "9*/SPK-*/9999"', { no: "602.1/12/SPK-A/B/2025" }, true],
    ['no matches "A\\\\9"', { no: "X9" }, true],
    ['no matches "A\\\\9"', { no: "X8" }, false],
    ['starts(no, "602") and contains(no, "SPK")', { no: "602/SPK" }, true],
    ["length(trim(a)) = 2", { a: " ab " }, true],
    ['lower(a) = "cv maju"', { a: "CV MAJU" }, true],
    ['digits(a) = "123"', { a: "1-2-3" }, true],
    ["`Nama Kolom` = 'x'", { "Nama Kolom": "x" }, true],
    ["a = 1 or a = 2 and b = 3", { a: "1", b: "0" }, true],
    ["(a = 1 or a = 2) and b = 3", { a: "1", b: "0" }, false],
    ["a ≥ 2", { a: "2" }, true],
    ["a <> 2", { a: "3" }, true],
  ];
  for (const [check, row, truth] of cases)
    it(`${check} of ${JSON.stringify(row)} is ${truth}`, () => expect(truthOf(check, row)).to.equal(truth));

  const faults: [check: string, line: number, column: number, says: RegExp][] = [
    ["", 1, 1, /expected/],
    ["nilai >", 1, 8, /expected, not the end/],
    ["nilai > 0 und x", 1, 11, /`und` was not expected/],
    ["nilai", 1, 1, /a check is a condition/],
    ["nilai > 0 and hps", 1, 11, /joins two conditions/],
    ['a = "x', 1, 5, /not closed/],
    ["a = 1 and\n  b ~ 2", 2, 5, /means nothing here/],
    ["eval(a) = 1", 1, 1, /no function eval/],
    ["year(a, b) = 1", 1, 1, /takes 1 value/],
    ["a in []", 1, 7, /a number or a text/],
    ["a matches x", 1, 11, /a pattern in quotes/],
    ["a not 1", 1, 7, /`in` or `matches`/],
    ['"x" + 1 = 2', 1, 5, /takes numbers/],
    ["(a = 1", 1, 7, /`\)` is expected/],
    ["(a = 1) = (b = 2)", 1, 9, /not compared/],
    [`${"(".repeat(60)}a`, 1, 51, /levels/],
    ["é = é ; 1", 1, 7, /means nothing/],
  ];
  for (const [check, line, column, says] of faults)
    it(`refuses ${JSON.stringify(check.slice(0, 30))} at line ${line}, column ${column}`, () => {
      const result = readCheck(check);
      if (result.ok) throw new Error("it was read");
      expect({ line: result.fault.line, column: result.fault.column }).to.deep.equal({ line, column });
      expect(result.fault.words.en).to.match(says);
      expect(result.fault.words.id).to.not.equal(result.fault.words.en);
    });

  it("reads whatever text without throwing, and says where what it refuses stands", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9 ()<>=+*"'[\],-]{0,40}$/)), (text) => {
        const result = readCheck(text);
        if (!result.ok) expect(result.fault.line).to.be.greaterThan(0);
        else result.check.bind(result.check.columns.map(({ name }) => name))(["1"]);
      }),
    );
  });

  it("takes no longer for a hostile pattern than text times pattern", () => {
    const started = process.cpuUsage();
    expect(truthOf(`a matches "${"*a".repeat(30)}b"`, { a: "a".repeat(20_000) })).to.equal(false);
    // of this process alone: others may keep the machine busy
    expect(process.cpuUsage(started).user).to.be.lessThan(2_000_000);
  });

  it("names rule, column and place where a table lacks a column", () => {
    expect(() => compileRules([{ id: "Q7", check: "a = 1 and hsp > 0", level: "fail" }], ["a", "hps"]))
      .to.throw(Fault)
      .with.property("message")
      .that.matches(/Q7[\s\S]*column 11: the table has no column hsp/);
  });

  it("tells which rules a row breaks, and keeps count of what could be judged", () => {
    const rules = compileRules(
      [
        { id: "Q1", check: "nilai > 0", level: "fail", onRow: "reject" },
        { id: "Q2", check: "exists(no)", level: "warn", maxPercent: 50 },
      ],
      ["no", "nilai"],
    );
    expect(rules.evaluate(["1", "5"])).to.deep.equal([]);
    expect(rules.evaluate([null, "-5"])).to.deep.equal([
      { rule: "Q1", level: "fail", onRow: "reject", column: "nilai", found: "-5" },
      { rule: "Q2", level: "warn", onRow: undefined, column: "no", found: null },
    ]);
    const rows: [string | null, string | null][] = [
      ["1", "5"],
      [null, "-5"],
      ["2", null],
    ];
    for (const [index, row] of rows.entries()) rules.count(row, index + 1);
    expect(
      rules.tallies().map(({ id, judged, broken, percent, within, examples }) => ({
        id,
        judged,
        broken,
        percent,
        within,
        examples,
      })),
    ).to.deep.equal([
      { id: "Q1", judged: 2, broken: 1, percent: 50, within: false, examples: [2] },
      { id: "Q2", judged: 3, broken: 1, percent: 33.33, within: true, examples: [2] },
    ]);
  });
});
