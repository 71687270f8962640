import { expect } from "chai";
import { timeFormat, timeText } from "../../../migration/sources/number-format.ts";
import { TextStore } from "../../../migration/sources/xlsx-package.ts";
import { faultOf, files, read, valuesOf } from "./reading.ts";
import { texts, workbook, zip } from "./workbook.ts";

const xlsx = { engine: "xlsx", path: "t.xlsx" } as const;

describe("workbooks", () => {
  const opened = async (book: Parameters<typeof workbook>[0], settings: Record<string, unknown> = {}) => {
    const folder = await files({ "t.xlsx": await workbook(book) });
    return {
      source: await folder.open({ ...xlsx, ...settings }),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  };

  it("reads shared texts that stand last in the file, rich and inline texts, booleans, and cells without an address", async () => {
    await using book = await opened({
      texts: [
        "kode",
        "nama",
        '<r><t>PT </t></r><r><t xml:space="preserve">Maju </t></r><rPh><t>phonetic</t></rPh>',
        "a_x000d_\nb_x005F_x000d_",
      ],
      sheets: [
        {
          name: "Data",
          rows:
            '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="inlineStr"><is><t>aktif</t></is></c></row>' +
            '<row><c t="s"><v>2</v></c><c t="s"><v>3</v></c><c t="b"><v>1</v></c></row>' +
            '<row r="7"><c r="C7" t="str"><v>x&amp;y</v></c></row><row r="8"><c r="A8" s="1"/></row>',
        },
      ],
    });
    const { rows } = await read(book.source);
    expect(rows).to.deep.equal([
      { row: 1, at: "sheet Data, row 2", values: ["PT Maju ", "a\r\nb_x000d_", "true"] },
      { row: 2, at: "sheet Data, row 7", values: [null, null, "x&y"] },
    ]);
    expect((await book.source.tables())[0]).to.deep.include({ name: "Data", rows: 2 });
  });

  it("gives a number as the shortest decimal that means it, and never with an exponent", async () => {
    const cells = [
      "1234567.8899999999",
      "1.5E+10",
      "1E-7",
      "142302000",
      "-0.1",
      "0.30000000000000004",
      "12345678901234567890",
      "1.2345678901234500E+17",
    ];
    await using book = await opened({
      sheets: [
        { name: "S", rows: texts(1, "n") + cells.map((v, n) => `<row r="${n + 2}"><c><v>${v}</v></c></row>`).join("") },
      ],
    });
    expect((await valuesOf(book.source)).flat()).to.deep.equal([
      "1234567.89",
      "15000000000",
      "0.0000001",
      "142302000",
      "-0.1",
      "0.30000000000000004",
      "12345678901234567890",
      "123456789012345000",
    ]);
  });

  it("rejects an identifier of more than fifteen digits that is stored as a number, and names columns that may hold some", async () => {
    const rows =
      texts(1, "npwp", "nilai") +
      '<row r="2"><c><v>3273012345678900</v></c><c><v>1234567890123456</v></c></row>' +
      '<row r="3"><c><v>3.2730123456789E+15</v></c><c><v>1</v></c></row>' +
      '<row r="4"><c t="inlineStr"><is><t>3273012345678901</t></is></c><c><v>1</v></c></row>' +
      '<row r="5"><c s="1"><v>12345678901234</v></c><c><v>1</v></c></row>';
    const parts = { sheets: [{ name: "S", rows }], formats: ["000000000000000"] };
    await using book = await opened(parts, { textColumns: ["npwp"] });
    const found = (await read(book.source)).rows;
    expect(found.map(({ faults }) => faults?.map(({ code, column }) => `${code} ${column}`) ?? [])).to.deep.equal([
      ["digits-lost npwp"],
      ["digits-lost npwp"],
      [],
      [],
    ]);
    expect(found[2]!.values[0]).to.equal("3273012345678901");
    // shown with its zeros, so meant with them
    expect(found[3]!.values[0]).to.equal("012345678901234");
    const notes = (await book.source.tables())[0]!.notes!.map(({ en }) => en);
    expect(notes.filter((note) => note.includes("textColumns"))).to.deep.equal([
      "nilai holds numbers of more than 15 digits; if they are identifiers, declare it in textColumns",
    ]);
  });

  it("writes dates of the 1900 and the 1904 system by the cell's number format", async () => {
    const formats = [
      "dd/mm/yyyy",
      "yyyy\\-mm\\-dd hh:mm:ss",
      "h:mm",
      "[h]:mm",
      '#,##0.00" hari"',
      "[$-421]dd mmmm yyyy;@",
    ];
    const cell = (style: number, value: string) => `<row><c s="${style}"><v>${value}</v></c></row>`;
    const rows = [
      texts(1, "x"),
      cell(1, "45292"),
      cell(1, "45292.5"),
      cell(2, "45292"),
      cell(2, "45292.000011574"),
      cell(3, "0.25"),
      cell(4, "1.5"),
      cell(5, "45292"),
      cell(6, "45292"),
      cell(7, "45292"),
      cell(8, "45292.75"),
      cell(1, "60"),
      cell(1, "1"),
      cell(1, "-3"),
    ].join("");
    await using book = await opened({ sheets: [{ name: "S", rows }], formats });
    expect((await valuesOf(book.source)).flat()).to.deep.equal([
      "2024-01-01",
      "2024-01-01T12:00:00",
      "2024-01-01T00:00:00",
      "2024-01-01T00:00:01",
      "06:00:00",
      "36:00:00",
      "45292",
      "2024-01-01",
      "2024-01-01",
      "2024-01-01T18:00:00",
      "1900-02-29",
      "1900-01-01",
      "-3",
    ]);
    await using apple = await opened({
      sheets: [{ name: "S", rows: texts(1, "x") + cell(1, "43830") }],
      formats,
      date1904: true,
    });
    expect(await valuesOf(apple.source)).to.deep.equal([["2024-01-01"]]);
  });

  it("tells a date format from a number format", () => {
    for (const code of ["dd/mm/yy", "mmm-yy", "m", 'yyyy"年"', "[Red]d.m.yyyy", "h:mm AM/PM", "mm:ss.0"])
      expect(timeFormat(200, code), code).not.to.equal(undefined);
    for (const code of ["General", "0.00", "#,##0", '"dd"0', "\\d0", "[Red]0", "0.00E+00", "@", '_-"Rp"* #,##0_-'])
      expect(timeFormat(200, code), code).to.equal(undefined);
    expect(timeFormat(200, "h:mm")).to.deep.equal({ date: false, time: true, elapsed: false });
    expect(timeText(2_958_466, timeFormat(14, undefined)!, false)).to.equal(undefined);
    expect(timeText(2_958_465, timeFormat(14, undefined)!, false)).to.equal("9999-12-31");
  });

  it("takes the value last calculated of a formula and says so; rejects errors and formulas without a value", async () => {
    const rows =
      texts(1, "a", "b") +
      '<row r="2"><c r="A2"><f>SUM(1,2)</f><v>3</v></c><c r="B2" t="str"><f>"x"</f><v>x</v></c></row>' +
      '<row r="3"><c r="A3" t="e"><f>1/0</f><v>#DIV/0!</v></c></row><row r="4"><c r="A4"><f>B4</f></c><c r="B4"><v>1</v></c></row>';
    await using book = await opened({ sheets: [{ name: "S", rows }] });
    const found = (await read(book.source)).rows;
    expect(found[0]!.values).to.deep.equal(["3", "x"]);
    expect(found.map(({ faults }) => faults?.[0]?.code)).to.deep.equal([undefined, "cell-error", "cell-error"]);
    expect((await book.source.tables())[0]!.notes!.map(({ en }) => en)).to.deep.equal([
      "4 formulas, the first in A2: the value last calculated is taken",
    ]);
  });

  it("rejects rows that share a merged cell, or repeats its value where the plan says so", async () => {
    const sheet = {
      name: "S",
      rows: `${texts(1, "kode", "n")}${texts(2, "A", "1")}<row r="3"><c r="B3"><v>2</v></c></row><row r="4"><c r="A4"><v>9</v></c><c r="B4"><v>3</v></c></row>`,
      after: '<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>',
    };
    await using book = await opened({ sheets: [sheet] });
    expect((await read(book.source)).rows.map(({ faults }) => faults ?? [])).to.deep.equal([
      [],
      [{ code: "merged-cell", column: "kode" }],
      [],
    ]);
    expect((await book.source.tables())[0]!.notes!.map(({ en }) => en)).to.deep.equal(["1 merged areas"]);
    await using filled = await opened({ sheets: [sheet] }, { merged: "fill" });
    expect(await valuesOf(filled.source)).to.deep.equal([
      ["A", "1"],
      ["A", "2"],
      ["9", "3"],
    ]);
  });

  it("lists hidden and empty sheets, and takes the header from the row that the plan names", async () => {
    const rows = `${texts(1, "LAPORAN")}${texts(3, "a", "b")}${texts(4, "1", "2")}<row r="5" hidden="1"><c t="inlineStr"><is><t>3</t></is></c></row>${texts(6, "4", "5", "6")}`;
    await using book = await opened(
      {
        sheets: [
          { name: "S", rows },
          { name: "Rahasia", rows: texts(1, "x"), state: "veryHidden" },
          { name: "Kosong", rows: "" },
        ],
      },
      { headerRow: { S: 3 } },
    );
    const tables = await book.source.tables();
    expect(tables.map(({ name, rows: count, notes }) => [name, count, notes?.map(({ en }) => en) ?? []])).to.deep.equal(
      [
        ["S", 3, ["1 hidden rows are read as well"]],
        ["Rahasia", 0, ["a hidden sheet"]],
        ["Kosong", 0, ["the sheet is empty"]],
      ],
    );
    const { rows: found } = await read(book.source, "S");
    expect(found[2]!.faults).to.deep.equal([{ code: "ragged", found: "3/2" }]);
    expect(await faultOf(() => valuesOf(book.source, "T"))).to.include({ code: "source-setting" });
  });

  it("names sheets after their file where a pattern gives many", async () => {
    const book = await workbook({ sheets: [{ name: "Data", rows: texts(1, "a") + texts(2, "1") }] });
    await using folder = await files({ "a.xlsx": book, "b.xlsx": book });
    const source = await folder.open({ ...xlsx, path: "*.xlsx" });
    expect((await source.tables()).map(({ name }) => name)).to.deep.equal(["a/Data", "b/Data"]);
    expect(await valuesOf(source, "b/Data")).to.deep.equal([["1"]]);
  });

  it("refuses a file that unpacks beyond all measure, before it is unpacked", async () => {
    const bomb = Buffer.alloc(80 << 20, 0x20);
    await using folder = await files({
      "t.xlsx": await workbook({ sheets: [{ name: "S", rows: "" }], more: { "xl/worksheets/sheet1.xml": bomb } }),
      "text.xlsx": await workbook({
        sheets: [{ name: "S", rows: `<row><c t="inlineStr"><is><t>${"x".repeat(20 << 20)}</t></is></c></row>` }],
      }),
    });
    expect((await faultOf(async () => (await folder.open(xlsx)).tables())).text).to.contain("beyond all measure");
    expect((await faultOf(async () => (await folder.open({ ...xlsx, path: "text.xlsx" })).tables())).text).to.contain(
      "beyond all measure",
    );
    expect(
      (await faultOf(async () => (await folder.open({ ...xlsx, path: "text.xlsx", maxBytes: 1 << 20 })).tables())).text,
    ).to.contain("maxBytes");
  });

  it("refuses a file that is cut, damaged, old, protected, or no workbook", async () => {
    const good = await workbook({ sheets: [{ name: "S", rows: texts(1, "a") + texts(2, "PT MAJU") }] });
    const flipped = Buffer.from(good);
    const at = flipped.indexOf("worksheets/sheet1.xml") + 60;
    flipped[at]! ^= 0xff;
    const cutSheet = '<worksheet xmlns="x"><sheetData><row r="1"><c t="inlineStr"><is><t>a</t></is></c></row>';
    await using folder = await files({
      "cut.xlsx": good.subarray(0, good.length - 30),
      "flipped.xlsx": flipped,
      "xml.xlsx": await workbook({ sheets: [{ name: "S", rows: "" }], more: { "xl/worksheets/sheet1.xml": cutSheet } }),
      "old.xlsx": Buffer.from("d0cf11e0a1b11ae10000", "hex"),
      "none.xlsx": "",
      "zip.xlsx": await zip({ "a.txt": "x" }),
      "entity.xlsx": await workbook({
        sheets: [{ name: "S", rows: "" }],
        more: {
          "xl/worksheets/sheet1.xml":
            '<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData><row><c t="str"><v>&a;</v></c></row></sheetData></worksheet>',
        },
      }),
    });
    for (const name of ["cut", "flipped", "xml", "old", "none", "zip", "entity"])
      expect(
        await faultOf(async () => (await folder.open({ ...xlsx, path: `${name}.xlsx` })).tables()),
        name,
      ).to.include({ code: "source-damaged", exit: 1 });
  });

  it("keeps shared texts beyond a measure in a file, and gives them back", async () => {
    const store = new TextStore(1 << 20);
    const text = (n: number) => `${n} é ${"x".repeat(n % 1_000)}`;
    for (let n = 0; n < 10_000; n++) await store.add(text(n));
    for (const n of [0, 1, 1_999, 5_000, 9_998, 9_999]) expect(store.get(n)).to.equal(text(n));
    expect(store.get(10_000)).to.equal(undefined);
    expect(store.get(Number.NaN)).to.equal(undefined);
    store.close();
  });
});
