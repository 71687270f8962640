import { appendFile, truncate, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { sniff } from "../../../migration/sources/sniff.ts";
import { faultOf, files, read, valuesOf } from "./reading.ts";

const csv = { engine: "csv", path: "t.csv", encoding: "utf-8", delimiter: "," } as const;

describe("delimited files", () => {
  it("reads LF, CRLF, CR and a mixture of them alike, with the line and byte of each row", async () => {
    for (const end of ["\n", "\r\n", "\r"]) {
      await using folder = await files({ "t.csv": ["a,b", "1,2", "3,4"].join(end) });
      const { rows, scan } = await read(await folder.open(csv));
      expect(rows.map(({ values }) => values)).to.deep.equal([
        ["1", "2"],
        ["3", "4"],
      ]);
      const step = 3 + end.length;
      expect(rows.map(({ at }) => at)).to.deep.equal([`line 2, byte ${step}`, `line 3, byte ${2 * step}`]);
      expect(scan.rows).to.equal(2);
    }
    await using folder = await files({ "t.csv": "a,b\r\n1,2\n3,4\r5,6\r\n" });
    const { rows } = await read(await folder.open(csv));
    expect(rows.map(({ at }) => at)).to.deep.equal(["line 2, byte 5", "line 3, byte 9", "line 4, byte 13"]);
  });

  it("keeps delimiters, line ends and doubled quotes inside quotes", async () => {
    await using folder = await files({ "t.csv": 'a,b\n"x, ""y""\r\nz",2\n"",3\nPT "Maju",4\n' });
    const { rows } = await read(await folder.open(csv));
    expect(rows.map(({ values }) => values)).to.deep.equal([
      ['x, "y"\r\nz', "2"],
      ["", "3"],
      ['PT "Maju"', "4"],
    ]);
    expect(rows[1]!.at).to.match(/^line 4,/);
  });

  it("reads every declared delimiter", async () => {
    for (const delimiter of [",", ";", "\t", "|"]) {
      await using folder = await files({ "t.csv": `a${delimiter}b\nx.5${delimiter}"2${delimiter}3"\n` });
      const [values] = await valuesOf(await folder.open({ ...csv, delimiter, encoding: "windows-1252" }));
      expect(values!.at(-1)).to.equal(`2${delimiter}3`);
    }
  });

  it("leaves out the mark at the start, and refuses the mark of another encoding", async () => {
    await using folder = await files({ "t.csv": "\ufeffa,b\n1,2\n", "u.csv": Buffer.from("\ufeffa,b\n", "utf16le") });
    expect((await (await folder.open(csv)).tables())[0]!.columns.map(({ name }) => name)).to.deep.equal(["a", "b"]);
    expect(await faultOf(async () => valuesOf(await folder.open({ ...csv, path: "u.csv" })))).to.include({
      code: "source-setting",
      exit: 5,
    });
  });

  it("reads UTF-16 of either order, with and without mark, and names bytes of the file", async () => {
    for (const [encoding, mark] of [
      ["utf-16le", "\ufeff"],
      ["utf-16le", ""],
      ["utf-16be", "\ufeff"],
      ["utf-16be", ""],
    ] as const) {
      const bytes = Buffer.from(`${mark}a;b\r\né;"日\n本"\r\n😀;x`, "utf16le");
      await using folder = await files({ "t.csv": encoding === "utf-16be" ? bytes.swap16() : bytes });
      const { rows } = await read(await folder.open({ ...csv, encoding, delimiter: ";" }));
      expect(rows.map(({ values }) => values)).to.deep.equal([
        ["é", "日\n本"],
        ["😀", "x"],
      ]);
      expect(rows[0]!.at).to.equal(`line 2, byte ${2 * (5 + mark.length)}`);
    }
  });

  it("rejects a row of UTF-16 with half a character, and keeps its bytes as they stood", async () => {
    const row = Buffer.from([0xd8, 0x3d, 0x00, 0x2c, 0x00, 0x31]);
    const bytes = Buffer.concat([
      Buffer.from("a,b\n", "utf16le").swap16(),
      row,
      Buffer.from("\n2,3", "utf16le").swap16(),
    ]);
    await using folder = await files({ "t.csv": bytes });
    const { rows } = await read(await folder.open({ ...csv, encoding: "utf-16be" }));
    expect(rows[0]!.faults).to.deep.equal([{ code: "undecodable", column: "a" }]);
    expect(Buffer.from(rows[0]!.raw!, "base64").equals(row)).to.equal(true);
    expect(rows[1]!.values).to.deep.equal(["2", "3"]);
  });

  it("rejects what is no text of the declared encoding, however late in the file, and reads its neighbours", async () => {
    const start = `no,nama\n${Array.from({ length: 2_000 }, (_, n) => `${n},CV Karya ${n}`).join("\n")}\n`;
    expect(start.length).to.be.above(10_000);
    const bytes = Buffer.concat([
      Buffer.from(start),
      Buffer.from("2000,Caf\xe9\n", "latin1"),
      Buffer.from("2001,Café\n"),
    ]);
    await using folder = await files({ "t.csv": bytes });
    const { rows } = await read(await folder.open(csv));
    expect(rows.filter(({ faults }) => faults)).to.have.length(1);
    const { row, at, faults, raw } = rows[2_000]!;
    expect({ row, at, faults, raw: Buffer.from(raw!, "base64").toString("latin1") }).to.deep.equal({
      row: 2_001,
      at: `line 2002, byte ${start.length}`,
      faults: [{ code: "undecodable", column: "nama" }],
      raw: "2000,Caf\xe9",
    });
    expect(rows[2_001]!.values).to.deep.equal(["2001", "Café"]);
    expect(await sniff(path.join(folder.folder, "t.csv"))).to.deep.include({ rows: 2_002 });
  });

  it("reads windows-1252, but not the five bytes that it does not define", async () => {
    await using folder = await files({ "t.csv": Buffer.from("a,b\n\x80\x99\xe9,1\n\x81,2\n", "latin1") });
    const { rows } = await read(await folder.open({ ...csv, encoding: "windows-1252" }));
    expect(rows[0]!.values).to.deep.equal(["€™é", "1"]);
    expect(rows[1]!.faults).to.deep.equal([{ code: "undecodable", column: "a" }]);
    const ascii = await read(await folder.open({ ...csv, encoding: "us-ascii" }));
    expect(ascii.rows.map(({ faults }) => faults?.[0]?.code)).to.deep.equal(["undecodable", "undecodable"]);
    expect(await faultOf(() => folder.open({ ...csv, encoding: "shift_jis" }))).to.include({ code: "source-setting" });
    expect(await faultOf(() => folder.open({ ...csv, encoding: "latinish" }))).to.include({ code: "source-setting" });
  });

  it("takes mojibake that was already stored for the text that it is", async () => {
    await using folder = await files({ "t.csv": "a\nCafÃ©\n" });
    expect(await valuesOf(await folder.open(csv))).to.deep.equal([["CafÃ©"]]);
  });

  it("marks ragged rows, null characters and text behind a closing quote, and keeps their bytes", async () => {
    await using folder = await files({ "t.csv": 'a,b\n1\n1,2,3\nx\0,2\n"PT "Maju" Jaya",2\n7,8\n' });
    const { rows } = await read(await folder.open(csv));
    expect(rows.map(({ faults }) => faults ?? [])).to.deep.equal([
      [{ code: "ragged", found: "1/2" }],
      [{ code: "ragged", found: "3/2" }],
      [{ code: "nul", column: "a" }],
      [{ code: "quote-misplaced" }],
      [],
    ]);
    expect(rows.map(({ values }) => values.length)).to.deep.equal([2, 2, 2, 2, 2]);
    expect(rows.slice(0, 4).map(({ raw }) => Buffer.from(raw!, "base64").toString())).to.deep.equal([
      "1",
      "1,2,3",
      "x\0,2",
      '"PT "Maju" Jaya",2',
    ]);
  });

  it("stops at a quotation mark that is never closed, and names its line", async () => {
    await using folder = await files({ "t.csv": 'a,b\n1,2\n3,"4\n5,6\n' });
    const fault = await faultOf(async () => valuesOf(await folder.open(csv)));
    expect(fault).to.include({ code: "source-damaged", exit: 1 });
    expect(fault.text).to.contain("line 3");
    expect(await valuesOf(await folder.open({ ...csv, quote: "" }))).to.deep.equal([
      ["1", "2"],
      ["3", '"4'],
      ["5", "6"],
    ]);
  });

  it("gives each column a name of its own", async () => {
    await using folder = await files({ "t.csv": "a,,a,a (2),a\n1,2,3,4,5\n" });
    const [table] = await (await folder.open(csv)).tables();
    expect(table!.columns.map(({ name }) => name)).to.deep.equal(["a", "column 2", "a (3)", "a (2)", "a (4)"]);
  });

  it("takes an empty field for an empty text, and for no value only what the plan declares", async () => {
    await using folder = await files({ "t.csv": 'a,b\n,NULL\n"NULL",\\N\n' });
    expect(await valuesOf(await folder.open({ ...csv, nulls: ["NULL", "\\N"] }))).to.deep.equal([
      ["", null],
      ["NULL", null],
    ]);
  });

  it("skips empty lines, but in a table of a single column they are rows", async () => {
    await using folder = await files({ "t.csv": "a,b\n\n1,2\n\n", "one.csv": "a\n\nx\n" });
    expect(await valuesOf(await folder.open(csv))).to.deep.equal([["1", "2"]]);
    expect(await valuesOf(await folder.open({ ...csv, path: "one.csv" }))).to.deep.equal([[""], ["x"]]);
  });

  it("reads a file without header by the declared columns, and an empty file as an empty table with a note", async () => {
    await using folder = await files({ "t.csv": "1,2\n", "none.csv": "" });
    expect(await valuesOf(await folder.open({ ...csv, columns: ["x", "y"] }))).to.deep.equal([["1", "2"]]);
    const [table] = await (await folder.open({ ...csv, path: "none.csv" })).tables();
    expect(table).to.deep.include({ rows: 0, bytes: 0, columns: [] });
    expect(table!.notes![0]!.en).to.contain("0 bytes");
  });

  it("makes one table of each file that a pattern means, named by its place below the fixed part", async () => {
    await using folder = await files({ "b.csv": "a\n1\n", "a.csv": "a\n2\n", "a.txt": "a" });
    const source = await folder.open({ ...csv, path: "*.csv" });
    expect((await source.tables()).map(({ name }) => name)).to.deep.equal(["a", "b"]);
    expect(await faultOf(() => valuesOf(source, "c"))).to.include({ code: "source-setting" });
    expect(await faultOf(() => folder.open({ ...csv, path: "*.xyz" }))).to.include({ code: "source-setting" });
    expect(await faultOf(() => folder.open({ ...csv, path: "a.*" }))).to.include({ code: "source-setting" });
  });

  it("finds that the file grew, shrank or was written to while it was read", async () => {
    const text = `a,b\n${"1,2\n".repeat(600_000)}`;
    for (const change of [
      (file: string) => appendFile(file, "3,4\n"),
      (file: string) => truncate(file, text.length - 400_000),
      (file: string) => utimes(file, new Date(), new Date(1)),
    ]) {
      await using folder = await files({ "t.csv": text });
      const rows = (await folder.open(csv)).rows("t");
      await rows.next();
      await change(path.join(folder.folder, "t.csv"));
      const fault = await faultOf(async () => {
        while (!(await rows.next()).done);
      });
      expect(fault).to.include({ code: "source-changed", exit: 8 });
    }
  });

  it("reads a row of five megabytes and rows over every border of its window", async () => {
    const long = "x".repeat(5_000_000);
    const lines = Array.from({ length: 30_000 }, (_, n) => `${n},"${"y".repeat(n % 97)}\r\n,é",${n % 7}`);
    await using folder = await files({ "t.csv": `a,b,c\r\n1,${long},2\r\n${lines.join("\r\n")}` });
    const { rows } = await read(await folder.open(csv));
    expect(rows[0]!.values[1] === long).to.equal(true);
    expect(rows).to.have.length(30_001);
    for (const { row, values, faults } of rows.slice(1)) {
      const n = row - 2;
      expect(values).to.deep.equal([String(n), `${"y".repeat(n % 97)}\r\n,é`, String(n % 7)]);
      expect(faults).to.equal(undefined);
    }
  });

  it("reads every well-formed file as csv-parse does", async () => {
    const field = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "1", " ", "é", "日"), maxLength: 5 }),
      fc.string({ unit: fc.constantFrom("a", '""', ";", "\n", "\r\n", "é"), maxLength: 5 }).map((text) => `"${text}"`),
    );
    const file = fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom("\n", "\r\n"), fc.boolean(), async (rows, end, ended) => {
        const text = rows.map((row) => row.join(";")).join(end) + (ended ? end : "");
        await using folder = await files({ "t.csv": text });
        const found = await valuesOf(await folder.open({ ...csv, delimiter: ";", columns: ["a", "b", "c"] }));
        expect(found).to.deep.equal(parse(text, { delimiter: ";" }));
      }),
      { numRuns: 200 },
    );
  });

  it("reads back any table that was written by the rules", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", "é", "😀", " "), maxLength: 8 });
    const table = fc
      .integer({ min: 2, max: 4 })
      .chain((width) =>
        fc.array(fc.array(text, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 6 }),
      );
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.constantFrom("utf-8", "utf-16le"),
        async (rows, end, encoding) => {
          const header = rows[0]!.map((_, index) => `c${index}`).join(",");
          const body = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join(end);
          await using folder = await files({
            "t.csv": Buffer.from(header + end + body, encoding === "utf-8" ? "utf8" : "utf16le"),
          });
          expect(await valuesOf(await folder.open({ ...csv, encoding }))).to.deep.equal(rows);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("sniffing a delimited file", () => {
  const of = async (content: string | Uint8Array) => {
    await using folder = await files({ "t.csv": content });
    return await sniff(path.join(folder.folder, "t.csv"));
  };

  it("proposes delimiter and encoding from the whole file, and is sure only where nothing else fits", async () => {
    const semicolons = await of("nama;nilai\nPT A;1.000,50\nPT B;2.000,75\n");
    expect(semicolons.delimiter).to.deep.include({ value: ";", sure: true });
    expect(semicolons.encoding).to.deep.include({ value: "utf-8", sure: true });
    // a decimal comma in every row and in the header splits as evenly as the semicolon
    const both = await of("nama;ni,lai\nPT A;1,5\nPT B;2,5\n");
    expect(both.delimiter.sure).to.equal(false);
    expect((await of("nama\tn\r\na\tb\r\n")).delimiter).to.deep.include({ value: "\t", sure: true });
    const ragged = await of("a|b\n1|2\n1|2|3\n4|5\n");
    expect(ragged).to.deep.include({ rows: 3, ragged: 1 });
    expect(ragged.delimiter).to.deep.include({ value: "|", sure: false });
    expect((await of("a\rb\r")).lineEnds).to.deep.equal({ lf: 0, crlf: 0, cr: 2 });
  });

  it("tells the encodings that mislead a reader of the first bytes", async () => {
    const long = "a,b\n".repeat(5_000);
    expect((await of(Buffer.from(`${long}\xe9,1\n`, "latin1"))).encoding).to.deep.include({
      value: "windows-1252",
      sure: false,
    });
    expect((await of(Buffer.from(`${long}\x81\xe9,1\n`, "latin1"))).encoding.value).to.equal("iso-8859-1");
    expect((await of(`${long}é,1\n`)).encoding).to.deep.include({ value: "utf-8", sure: true });
    const mixed = await of(Buffer.concat([Buffer.from("a,b\né,è\né,é\n"), Buffer.from("\xe9,1\n", "latin1")]));
    expect(mixed.encoding).to.deep.include({ value: "utf-8", sure: false });
    expect(mixed.undecodable).to.equal(1);
    expect((await of(Buffer.from("a;b\n1;2\n", "utf16le"))).encoding).to.deep.include({
      value: "utf-16le",
      sure: true,
    });
    expect((await of(Buffer.from("a;b\n1;2\n", "utf16le").swap16())).encoding.value).to.equal("utf-16be");
    expect((await of("\ufeffa,b\n")).encoding).to.deep.include({ value: "utf-8", sure: true });
  });

  it("proposes that quotation marks mean nothing where they do not close", async () => {
    const found = await of('a,b\n1,"2\n3,4\n');
    expect(found).to.deep.include({ quote: "", rows: 2, ragged: 0 });
  });
});
