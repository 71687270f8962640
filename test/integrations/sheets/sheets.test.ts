import { createWriteStream } from "node:fs";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { expect } from "chai";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { csvOf } from "../../../server/integrations/sheets/csv-of.ts";
import type { Sheet } from "../../../server/integrations/sheets/sheet.ts";
import { xlsxOf } from "../../../server/integrations/sheets/xlsx-of.ts";
import { files, valuesOf } from "../../migration/sources/reading.ts";

const columns: Sheet["columns"] = [
  { title: "nomor", kind: "text" },
  { title: "nilai", kind: "money" },
  { title: "tanggal", kind: "date" },
  { title: "baris", kind: "count" },
  { title: "serapan", kind: "share" },
];

async function workbookOf(...sheets: Sheet[]) {
  const folder = await files({});
  await pipeline(xlsxOf(sheets), createWriteStream(path.join(folder.folder, "t.xlsx")));
  const source = await folder.open({ engine: "xlsx", path: "t.xlsx" });
  return { source, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
const csvText = async (sheet: Sheet, options?: Parameters<typeof csvOf>[1]) =>
  (await Array.fromAsync(csvOf(sheet, options))).join("");

describe("tables for people", () => {
  it("writes a workbook that our own reader gives back: texts, exact money, days, counts and shares", async () => {
    const rows = [
      ["SP2D/1", 123_456n, "2025-12-31", 3, 9_876n],
      ['a_x000D_ <&> "x"\u0007\n', "-1", "2026-02-28", 0, 10_000],
      ["=1+1", 900_719_925_474_099_312n, null, undefined, 1],
    ] as const;
    await using book = await workbookOf({ name: "Selisih", columns, rows });
    expect(await valuesOf(book.source)).to.deep.equal([
      ["SP2D/1", "1234.56", "2025-12-31", "3", "0.9876"],
      ['a_x000D_ <&> "x"\u0007\n', "-0.01", "2026-02-28", "0", "1"],
      ["=1+1", "9007199254740993.12", null, null, "0.0001"],
    ]);
  });

  it("writes as text what a program would run, also behind blanks and in wide signs, and leaves numbers alone", async () => {
    const rows = ["=1+1", "  =1+1", "\u00a0@x", "\uff1d1+1", "|x", "-5"].map((text) => [
      text,
      "-100",
      null,
      null,
      null,
    ]);
    const lines = (await csvText({ name: "S", columns, rows })).trim().split("\r\n").slice(1);
    for (const line of lines) expect(line).to.match(/^"?'/).and.to.contain(",-1.00,");
  });

  it("gives several sheets names that a workbook admits, each its own", async () => {
    const sheet = (name: string): Sheet => ({ name, columns: [{ title: "a", kind: "text" }], rows: [["x"]] });
    const long = "Rekonsiliasi: Dinas Pekerjaan Umum [2026]";
    await using book = await workbookOf(sheet(long), sheet(long), sheet("''"));
    const names = (await book.source.tables()).map(({ name }) => name);
    expect(names).to.deep.equal(["Rekonsiliasi  Dinas Pekerjaan U", "Rekonsiliasi  Dinas Pekerja (2)", "Sheet"]);
  });

  it("goes on in a further sheet where the rows of one are used up, and loses none", async function () {
    this.timeout(60_000);
    const rows = function* () {
      for (let row = 0; row < 1_048_580; row++) yield [row];
    };
    await using book = await workbookOf({ name: "L", columns: [{ title: "n", kind: "count" }], rows: rows() });
    const tables = await book.source.tables();
    expect(tables.map(({ name, rows }) => [name, rows])).to.deep.equal([
      ["L", 1_048_575],
      ["L (2)", 5],
    ]);
  });

  it("writes the same rows as the same bytes, and ends with the error of a source that fails", async () => {
    const make = () => buffer(xlsxOf([{ name: "a", columns, rows: [["x", 1n, "2026-01-01", 1, 1]] }]));
    expect((await make()).equals(await make())).to.equal(true);
    let closed = false;
    async function* failing() {
      try {
        yield ["x"];
        throw new Error("the source broke");
      } finally {
        closed = true;
      }
    }
    const failed = await buffer(xlsxOf([{ name: "a", columns, rows: failing() }])).catch(
      (error: Error) => error.message,
    );
    expect([failed, closed]).to.deep.equal(["the source broke", true]);
  });

  it("writes CSV with mark, delimiter and decimal sign as asked; what would run as a formula is text, and numbers stay numbers", async () => {
    const sheet: Sheet = {
      name: "a",
      columns,
      rows: [
        ['=HYPERLINK("x")', -150n, "2026-01-31", 2, 1_250],
        ['@a; "b"\n', 5n, "-x", -3, null],
      ],
    };
    expect(await csvText(sheet, { bom: true, delimiter: ";", decimal: "," })).to.equal(
      "\ufeffnomor;nilai;tanggal;baris;serapan\r\n" +
        '"\'=HYPERLINK(""x"")";"-1,50";2026-01-31;2;"12,50"\r\n' +
        '"\'@a; ""b""\n";"0,05";\'-x;-3;\r\n',
    );
    expect(await csvText({ ...sheet, rows: [] })).to.equal("nomor,nilai,tanggal,baris,serapan\r\n");
  });

  it("loses no text, whatever stands in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 8 }), async (texts) => {
        const sheet = (rows: string[][]): Sheet => ({
          name: "t",
          columns: [
            { title: "a", kind: "text" },
            { title: "b", kind: "text" },
          ],
          rows,
        });
        const rows = texts.map((text, at) => [`r${at}`, text]);
        await using book = await workbookOf(sheet(rows));
        const read = (await valuesOf(book.source)).map(([, text]) => text ?? "");
        expect(read).to.deep.equal(texts.map((text) => text.toWellFormed()));
        const parsed: string[][] = parse(await csvText(sheet(rows)), { from_line: 1 });
        const back = parsed.slice(1).map(([, text]) => text!.replace(/^'(?=[=+\-@\t\r\n|])/, ""));
        expect(back).to.deep.equal(texts);
      }),
      { numRuns: 60 },
    );
  });
});
