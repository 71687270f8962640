import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect } from "chai";
import fc from "fast-check";
import type { ColumnProfile } from "../../../migration/profile/column.ts";
import { Links } from "../../../migration/profile/links.ts";
import { mainSum, profile, type TableProfile } from "../../../migration/profile/profile.ts";
import { type Given, sourceOf } from "./rows.ts";

const profileOf = async (given: Given, options?: Parameters<typeof profile>[2]): Promise<TableProfile> =>
  profile(sourceOf({ t: given }), "t", options);
const of = async (cells: readonly (string | null)[], name = "x"): Promise<ColumnProfile> => {
  const { columns } = await profileOf({ columns: [name], rows: cells.map((cell) => [cell]) });
  return columns[0]!;
};

describe("the profile of a table", () => {
  describe("repeated rows and keys", () => {
    const columns = ["kd_tender", "versi_addendum", "nilai_kontrak", "_event_date"];
    const rows = [
      ["1", "0", "100.50", "a"],
      ["1", "0", "100.50", "a"],
      ["1", "0", "100.50", "b"],
      ["1", "1", "200.25", "a"],
      ["2", "0", "7", "a"],
      ["2", "0", "8", "a"],
      [null, "0", "9", "a"],
      ["-", null, null, "a"],
    ];

    it("tells the very same row from one that was loaded again, and sums with and without them", async () => {
      const found = await profileOf({ columns, rows });
      expect(found.stamps).to.deep.equal(["_event_date"]);
      expect([found.rows, found.repeated, found.reloaded]).to.deep.equal([8, 1, 2]);
      expect(found.sums).to.deep.equal([
        { column: "nilai_kontrak", raw: "525.75", withoutRepeated: "425.25", withoutReloaded: "324.75", left: 0 },
      ]);
      expect(mainSum(found)?.column).to.equal("nilai_kontrak");
    });

    it("takes the stamps that it is told", async () => {
      const found = await profileOf({ columns, rows }, { stamps: ["nilai_kontrak"] });
      expect(found.reloaded).to.equal(2);
    });

    it("finds what stands under one key, and rows that have none", async () => {
      const { keys } = await profileOf({ columns, rows });
      expect(
        keys.map(({ columns, missing, distinct, again, differing, differingRows }) => ({
          columns,
          missing,
          distinct,
          again,
          differing,
          differingRows,
        })),
      ).to.deep.equal([
        { columns: ["kd_tender"], missing: 2, distinct: 2, again: 4, differing: 2, differingRows: 6 },
        // version 0 is a version; a version that is not there is none
        { columns: ["kd_tender", "versi_addendum"], missing: 2, distinct: 3, again: 3, differing: 1, differingRows: 2 },
      ]);
      expect(keys[1]!.examples).to.deep.equal([[5, 6]]);
    });

    it("holds a declared key against the rows", async () => {
      const { keys } = await profileOf({ columns, rows, key: ["kd_tender"] });
      expect(keys[0]).to.include({ declared: true, differing: 2 });
    });
  });

  it("finds numbers and names that go with several others", async () => {
    const { pairs } = await profileOf({
      columns: ["kd_tender", "no_kontrak", "no_bap", "nama_penyedia", "npwp_penyedia"],
      rows: [
        ["1", "SPK/1", "B1", "CV. Maju Jaya", "01.601.315.3-051.000"],
        ["2", " SPK/1 ", "B1", "cv maju jaya", "016013153051000"],
        ["3", "SPK/2", "B1", "Maju Jaya", "029443280009000"],
        ["4", "-", "B2", "Lain", "00.000.000.0-000.000"],
        ["5", "-", "B2", "Lagi", "00.000.000.0-000.000"],
      ],
    });
    const told = Object.fromEntries(
      pairs.map(({ name, values, several, examples }) => [name, [values, several, examples]]),
    );
    expect(told).to.deep.equal({
      "number-used-again": [2, 1, [[1, 2]]],
      "document-of-several-contracts": [1, 1, [[1, 3]]],
      // zeros are no number
      "spellings-of-npwp": [2, 1, [[1, 2]]],
      "npwps-of-name": [1, 1, [[1, 3]]],
    });
  });

  describe("money", () => {
    it("sums exactly, beyond what a double holds", async () => {
      const { number } = await of(
        ["9007199254740991.99", "0.01", "9007199254740991", "-5.5", "0.000000000001"],
        "nilai",
      );
      expect(number).to.include({
        sum: "18014398509481977.500000000001",
        negative: 1,
        fractional: 4,
        finer: 1,
        beyond: 0,
      });
      expect([number!.min, number!.max]).to.deep.equal(["-5.5", "9007199254740991.99"]);
    });

    it("counts what has too many digits, in no sum", async () => {
      const found = await profileOf({
        columns: ["nilai"],
        rows: [["1"], ["123456789012345678901"], ["0.1234567890123"]],
      });
      expect(found.columns[0]!.number).to.include({ count: 3, beyond: 2, sum: "1" });
      expect(found.sums[0]).to.include({ raw: "1", left: 2 });
    });

    it("reads the forms that are met", async () => {
      const { number, kind } = await of(
        ["Rp 1.234.567,89", "Rp. 5.000,-", "3,8 Jt", "1 T", "24300000.0000", "1.234.567", "12,5", "1.5E+3", "belum"],
        "nilai_kontrak",
      );
      expect(kind).to.equal("money");
      expect(number!.forms).to.deep.equal({ rupiah: 2, short: 2, point: 1, dots: 1, comma: 1, scientific: 1 });
      expect(number!.sum).to.equal("1000030575647.39");
    });

    for (const [cells, readAs, sum] of [
      [["1.500", "2.000.000"], "thousands", "2001500"],
      [["1.500", "2000.25"], "fraction", "2001.75"],
      [["0.125", "2.000.000"], "thousands", "2000000.125"],
      [["1,500", "2000.25"], "fraction", "3500.25"],
      [["1,500", "12,5"], "thousands", "14"],
      [["-1,500", "-2.000.000"], "thousands", "-2000001.5"],
    ] as const)
      it(`reads a lone point of ${cells.join(" and ")} as ${readAs}`, async () => {
        const found = await profileOf({ columns: ["nilai"], rows: cells.map((cell) => [cell]) });
        expect(found.columns[0]!.number).to.include({ readAs, sum, ambiguous: 1 });
        expect(found.sums[0]!.withoutReloaded).to.equal(sum);
      });

    it("shows the median, and what lies far from the others", async () => {
      const { number } = await of(
        [...Array.from({ length: 500 }, (_, at) => String(1_000_000 + at * 10_000)), "1", "99000000000"],
        "nilai",
      );
      expect(number!.quantiles!.p50).to.be.within(3_400_000, 3_600_000);
      expect(number!.outliers).to.include({ below: 1, above: 1 });
      expect(number!.histogram.reduce((total, { count }) => total + count, 0)).to.equal(502);
    });
  });

  describe("dates", () => {
    it("reads the forms that are met, and tells midnight here from midnight in Greenwich", async () => {
      const { date, kind } = await of(
        [
          "2025-03-21T00:00:00.000000Z",
          "2025-03-20T17:00:00Z",
          "2025-03-21 10:00:00",
          "31-12-2024",
          "31 Desember 2023",
          "Jul 3, 2025, 12:00:00AM",
          "2025-02-30",
          "0019-01-01",
        ],
        "tgl_kontrak",
      );
      expect(kind).to.equal("date");
      expect(date).to.deep.include({
        count: 7,
        min: "0019-01-01",
        max: "2025-07-03",
        midnightUtc: 1,
        midnightZone: 1,
        impossible: 1,
        outside: 1,
      });
      expect(date!.years).to.deep.equal({ 19: 1, 2023: 1, 2024: 1, 2025: 4 });
    });

    it("takes counts of milliseconds and of days for dates only where the column's name says so", async () => {
      expect((await of(["1358467200000", "45000"], "create_time")).date).to.include({
        min: "2013-01-18",
        max: "2023-03-15",
      });
      expect((await of(["1358467200000"], "kd_paket")).date).to.equal(null);
    });
  });

  it("classes tax numbers by their digits", async () => {
    const { identifiers, birthDates } = await of(
      [
        "01.601.315.3-051.000",
        "016013154051000",
        "0016013153051000",
        "3204141811690019",
        "0000000000000000",
        "01.601.315.3-0510",
        "3,20414E+15",
        "",
        null,
      ],
      "npwp",
    );
    expect(identifiers).to.deep.equal({
      "15_checkdigit_ok": 1,
      "15_checkdigit_wrong": 1,
      "16_leading0_ok": 1,
      "16_nik_like": 1,
      all_same_digit: 1,
      "13_digits": 1,
      scientific: 1,
      empty_or_null: 2,
    });
    expect(birthDates).to.equal(1);
  });

  it("finds what is odd in texts", async () => {
    const { odd, firstRows } = await of([
      "biasa",
      " depan",
      "dua  spasi",
      "<p>isi</p>",
      "a < b dan c > d",
      "R&amp;D",
      "x\u0000y",
      "\u0001",
      "CafÃ©",
      "hilang \ufffd",
      "a\u00a0b",
      "\ud800",
      "=1+1",
      "a_x000d_b",
      "-",
      "-5",
    ]);
    expect(odd).to.deep.equal({
      outerSpace: 1,
      doubleSpace: 1,
      spaces: 2,
      html: 1,
      entity: 1,
      control: 2,
      nul: 1,
      mojibake: 1,
      replacement: 1,
      invisible: 1,
      loneSurrogate: 1,
      formula: 1,
      spreadsheetEscape: 1,
      nonAscii: 4,
    });
    expect(firstRows.html).to.equal(4);
  });

  it("counts what is missing by how it is missing", async () => {
    const column = await of([null, "", "  ", "-", "n/a", "...", "0", "00.000", "x"], "no_kontrak");
    expect(column).to.deep.include({ nulls: 1, empties: 2, placeholders: 4, zeros: 2 });
  });

  it("keeps no value of what concerns persons, in columns or in texts", async () => {
    const found = await profileOf({
      columns: ["npwp", "nip_ppk", "alamat_penyedia", "no_rek_bank", "ket"],
      rows: [
        ["01.601.315.3-051.000", "198501012010011001", "Jl. Melati 5", "0012345678901", "NIK 3204141811690019 a.n."],
      ],
    });
    const text = JSON.stringify(found);
    for (const secret of ["016013153", "01.601", "19850101", "Melati", "0012345", "32041418"])
      expect(text).to.not.include(secret);
    expect(found.columns.map(({ personal }) => personal)).to.deep.equal([
      "npwp-person",
      "nip",
      "address",
      "bank-account",
      null,
    ]);
    expect(found.columns[4]!.personsInText).to.equal(1);
  });

  it("counts the rows that break rules, and the faults of reading", async () => {
    const found = await profileOf(
      {
        columns: ["nilai"],
        rows: [["1"], ["-1"], [null]],
        faults: { 2: [{ code: "undecodable", column: "nilai" }], 3: [{ code: "undecodable", column: "nilai" }] },
      },
      { rules: [{ id: "Q1", check: "nilai > 0", level: "fail", onRow: "reject" }] },
    );
    expect(found.rules[0]).to.deep.include({ judged: 2, broken: 1, examples: [2] });
    expect(found.faults).to.deep.equal([{ code: "undecodable", column: "nilai", count: 2, at: "line 3" }]);
  });

  it("is no profile where the source says other rows than came", async () => {
    const source = sourceOf({ t: { columns: ["a"], rows: [["1"]] } });
    const lying = {
      ...source,
      async *rows(table: string) {
        const { value } = await source.rows(table).next();
        yield value as never;
        return { rows: 2, last: "", sha256: "" };
      },
    };
    await profile(lying, "t").then(
      () => expect.fail("it was told"),
      (error) => expect(error.message).to.match(/says 2 rows, 1 came/),
    );
  });

  it("says the same of the same rows, byte for byte", async () => {
    const given = {
      columns: ["a", "nilai"],
      rows: Array.from({ length: 5000 }, (_, at) => [String(at % 700), String(at)]),
    };
    const [one, other] = await Promise.all([profileOf(given), profileOf(given)]);
    expect(JSON.stringify({ ...one, seconds: 0 })).to.equal(JSON.stringify({ ...other, seconds: 0 }));
  });

  it("agrees with plain counting, whatever the cells", async () => {
    const amount = fc.stringMatching(/^-?\d{1,4}(\.\d{1,2})?$/);
    const cell = fc.option(fc.oneof(fc.string({ maxLength: 6 }), amount), { nil: null });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, fc.option(amount, { nil: null })), { maxLength: 40 }), async (rows) => {
        const found = await profileOf({ columns: ["a", "nilai"], rows });
        const different = (values: readonly unknown[]) => new Set(values.map((value) => JSON.stringify(value))).size;
        expect(found.repeated).to.equal(rows.length - different(rows));
        const filled = rows.map(([a]) => a).filter((value) => value !== null);
        expect(found.columns[0]!.distinct.count).to.equal(different(filled));
        const hundredths = (amounts: readonly (string | null)[]) =>
          amounts.reduce((total, text) => total + Math.round(Number(text) * 100), 0);
        expect(Math.round(Number(found.columns[1]!.number?.sum ?? 0) * 100)).to.equal(
          hundredths(rows.map(([, text]) => text)),
        );
        const once = [...new Map(rows.map((row) => [JSON.stringify(row), row[1]])).values()];
        expect(Math.round(Number(found.sums[0]?.withoutRepeated ?? 0) * 100)).to.equal(hundredths(once));
      }),
      { numRuns: 500 },
    );
  });

  describe("with more rows than memory is for", () => {
    const many = 300_000;
    let found: TableProfile;
    let left: string[];
    before(async function () {
      this.timeout(60_000);
      const spills = () => readdirSync(tmpdir()).filter((name) => name.startsWith("prasasti-profile-"));
      const before = new Set(spills());
      found = await profileOf({
        columns: ["kd_tender", "nilai_kontrak", "nama", "_event_date"],
        rows: (function* () {
          for (let at = 0; at < many; at++) {
            // every tenth row is the one before it, loaded later; one name is frequent among many
            const row = at % 10 === 9 ? at - 1 : at;
            yield [
              String(1e7 + row),
              `${row}.25`,
              row % 5 === 0 ? "DINAS PENDIDIKAN" : `PENYEDIA ${row}`,
              String(at % 10),
            ];
          }
        })(),
      });
      left = spills().filter((name) => !before.has(name));
    });

    it("counts rows and keys exactly, through a file that is gone afterwards", () => {
      expect([found.rows, found.repeated, found.reloaded]).to.deep.equal([many, 0, many / 10]);
      expect(found.keys[0]).to.deep.include({ distinct: many * 0.9, again: many / 10, differing: 0 });
      expect(left).to.deep.equal([]);
    });

    it("sums to the last digit", () => {
      let raw = 0n;
      let once = 0n;
      for (let at = 0; at < many; at++) {
        const row = BigInt(at % 10 === 9 ? at - 1 : at) * 100n + 25n;
        raw += row;
        if (at % 10 !== 9) once += row;
      }
      const text = (cents: bigint) => `${cents / 100n}.${String(cents % 100n).padStart(2, "0")}`.replace(/\.?0+$/, "");
      expect(found.sums[0]).to.include({ raw: text(raw), withoutReloaded: text(once) });
    });

    it("estimates how many different values there are within three standard errors", () => {
      const { count, exact, error } = found.columns[0]!.distinct;
      expect(exact).to.equal(false);
      expect(Math.abs(count / (many * 0.9) - 1)).to.be.lessThan(3 * error);
    });

    it("follows frequent values, and says how many it may have missed", () => {
      const { values, missed } = found.columns[2]!.top;
      expect(values[0]!.value).to.equal("DINAS PENDIDIKAN");
      // rows that are multiples of five: a tenth of them stands twice
      expect(many / 5 - values[0]!.count).to.be.within(0, missed);
    });
  });
});

describe("links between tables", () => {
  it("finds packages of one stage that another lacks, references that lead nowhere, and values ten times the award", async () => {
    const source = sourceOf({
      sppbj: {
        columns: ["kd_nontender", "no_sppbj", "harga_final"],
        rows: [
          ["1", "S1", "100"],
          ["2", "S2", "127730448.84"],
          ["3", "S3", "50"],
        ],
      },
      kontrak: {
        columns: ["kd_nontender", "no_kontrak", "nilai_kontrak", "tgl_kontrak"],
        rows: [
          ["1", "K1", "100", null],
          ["2", "K2", "1277304500", null],
          ["9", "K9", "1", null],
          ["", "K0", "1", null],
        ],
        references: [{ columns: ["no_kontrak"], table: "register", to: ["nomor"] }],
      },
      register: { columns: ["nomor"], rows: [["K1"], ["K2"]] },
    });
    const links = new Links();
    try {
      const tables = await source.tables();
      for (const table of tables) await profile(source, table, { links: links.keeper(source.name, table, tables) });
      const { links: found, awards } = links.compare();
      const told = found.map(({ by, from, to, keys, without, examples }) => [
        by,
        from.stage,
        to.stage,
        keys,
        without,
        examples[0]?.row,
      ]);
      expect(told).to.deep.equal([
        ["kd_nontender", "award", "contract", 3, 1, 3],
        ["kd_nontender", "contract", "award", 3, 1, 3],
        ["register(nomor)", "contract", "other", 4, 2, 3],
      ]);
      expect(awards).to.deep.equal([
        {
          by: "kd_nontender",
          compared: 2,
          equal: 1,
          rounded: 0,
          above: 1,
          below: 0,
          tenfold: 1,
          examples: [{ table: "kontrak", row: 2 }],
        },
      ]);
    } finally {
      links.close();
    }
  });

  it("compares one source with another only where they have a package in common", async () => {
    const kontrak = (name: string, key: string) =>
      sourceOf({ k: { columns: ["kd_tender", "no_kontrak", "nilai_kontrak"], rows: [[key, "K", "1"]] } }, name);
    const awards = sourceOf(
      {
        s: {
          columns: ["kd_tender", "no_sppbj", "harga_final"],
          rows: [
            ["1", "S", "1"],
            ["2", "S", "1"],
          ],
        },
      },
      "sppbj",
    );
    const links = new Links();
    try {
      for (const source of [kontrak("a", "1"), kontrak("b", "77"), awards]) {
        const tables = await source.tables();
        for (const table of tables) await profile(source, table, { links: links.keeper(source.name, table, tables) });
      }
      const found = links.compare().links.map(({ source, from, without }) => [source, from.stage, without]);
      expect(found).to.deep.equal([
        ["a", "contract", 0],
        ["sppbj", "award", 1],
      ]);
    } finally {
      links.close();
    }
  });
});
