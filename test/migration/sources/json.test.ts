import { appendFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { faultOf, files, read, valuesOf } from "./reading.ts";

const json = { engine: "json", path: "t.json" } as const;

describe("JSON files", () => {
  it("takes each number as the text that stands in the file, and what is nested as its JSON", async () => {
    const text = `\ufeff[
      {"n": 1234567890123456789, "m": 1.10, "e": 1E2, "z": -0.0, "b": true, "c": false, "x": null, "o": {"a": [1, 2.50]}, "l": [ ]},
      {"s": "a\\u00e9\\n\\"", "late": "é", "n": 5}
    ]`;
    await using folder = await files({ "t.json": text });
    const source = await folder.open(json);
    const [table] = await source.tables();
    expect(table!.columns.map(({ name }) => name)).to.deep.equal([
      "n",
      "m",
      "e",
      "z",
      "b",
      "c",
      "x",
      "o",
      "l",
      "s",
      "late",
    ]);
    expect(table!.rows).to.equal(2);
    const { rows } = await read(source);
    expect(rows[0]!.values).to.deep.equal([
      "1234567890123456789",
      "1.10",
      "1E2",
      "-0.0",
      "true",
      "false",
      null,
      '{"a": [1, 2.50]}',
      "[ ]",
      null,
      null,
    ]);
    expect(rows[1]!.values).to.deep.equal(["5", null, null, null, null, null, null, null, null, 'aé\n"', "é"]);
    const bytes = Buffer.from(text);
    expect(rows[1]!.at).to.equal(`element 2, byte ${bytes.indexOf('{"s"')}`);
  });

  it("reads rows at a pointer, rows that are arrays, and a lone object", async () => {
    const tables = {
      draw: 1,
      data: [
        ["a", 1, null],
        ["b", 2, "x"],
      ],
      more: { "a/b": [{ id: 1 }, { id: 2 }] },
    };
    await using folder = await files({ "t.json": JSON.stringify(tables) });
    const columns = ["nama", "nilai", "catatan"];
    const rows = [
      ["a", "1", null],
      ["b", "2", "x"],
    ];
    expect(await valuesOf(await folder.open({ ...json, columns }))).to.deep.equal(rows);
    const numbered = await folder.open({ ...json, pointer: "/data" });
    expect((await numbered.tables())[0]!.columns.map(({ name }) => name)).to.deep.equal(["1", "2", "3"]);
    expect(await valuesOf(numbered)).to.deep.equal(rows);
    expect(await valuesOf(await folder.open({ ...json, pointer: "/more/a~1b" }))).to.deep.equal([["1"], ["2"]]);
    expect(await valuesOf(await folder.open({ ...json, pointer: "/data/1" }))).to.have.length(3);
    expect((await read(await folder.open({ ...json, pointer: "" }))).rows[0]!.values[0]).to.equal("1");
    const unsaid = await faultOf(async () => valuesOf(await folder.open(json)));
    expect(unsaid).to.include({ code: "source-setting", exit: 5 });
    expect(unsaid.text).to.contain("/data");
    expect(await faultOf(async () => valuesOf(await folder.open({ ...json, pointer: "/results" })))).to.include({
      code: "source-setting",
    });
  });

  it("marks arrays of another length, names that the plan does not declare, names given twice and rows that are none", async () => {
    await using folder = await files({
      "t.json": '[["1","2"],["1"],["1","2","3"],7]',
      "o.json": '[{"a":1,"b":2},{"a":1,"a":2},{"a":3}]',
    });
    const arrays = await read(await folder.open({ ...json, columns: ["a", "b"] }));
    expect(arrays.rows.map(({ faults }) => faults?.[0]?.found)).to.deep.equal([undefined, "1/2", "3/2", "7"]);
    const objects = await read(await folder.open({ ...json, path: "o.json", columns: ["a"] }));
    expect(objects.rows.map(({ faults }) => faults ?? [])).to.deep.equal([
      [{ code: "ragged", column: "b" }],
      [{ code: "name-twice", column: "a" }],
      [],
    ]);
    expect(Buffer.from(objects.rows[0]!.raw!, "base64").toString()).to.equal('{"a":1,"b":2}');
  });

  it("rejects bytes that are no UTF-8, half characters and null characters, and reads the neighbours", async () => {
    const bytes = Buffer.concat([
      Buffer.from('[{"a":"x"},{"a":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"},{"a":"\\ud83d"},{"a":"b\\u0000c"},{"a":"\ufffd"},{"a":"😀"}]'),
    ]);
    await using folder = await files({ "t.json": bytes });
    const { rows } = await read(await folder.open(json));
    expect(rows.map(({ faults }) => faults?.map(({ code }) => code) ?? [])).to.deep.equal([
      [],
      ["undecodable"],
      ["undecodable"],
      ["nul"],
      [],
      [],
    ]);
    expect(Buffer.from(rows[1]!.raw!, "base64").toString("latin1")).to.equal('{"a":"caf\xe9"}');
    expect(rows[5]!.values).to.deep.equal(["😀"]);
  });

  it("refuses a file that was cut at any byte, and names the byte", async () => {
    const whole = '{"data":[{"a":1,"b":"x\\n"},{"a":[true],"b":null}],"n":5}';
    for (let length = 1; length < whole.length; length++) {
      await using folder = await files({ "t.json": whole.slice(0, length) });
      const fault = await faultOf(async () => valuesOf(await folder.open({ ...json, pointer: "/data" })));
      expect(fault, whole.slice(0, length)).to.include({ code: "source-damaged", exit: 1 });
      expect(fault.text).to.match(/byte \d+/);
    }
    await using folder = await files({ "t.json": whole });
    expect(await valuesOf(await folder.open({ ...json, pointer: "/data" }))).to.have.length(2);
  });

  it("refuses what is no JSON", async () => {
    for (const text of [
      '[{"a":1},]',
      '[{"a" 1}]',
      "[{a:1}]",
      '[{"a":01}]',
      '[{"a":NaN}]',
      "[{}] x",
      '[{"a":[1}]',
      '[{"a":{"b":tru}}]',
      '[{"a":"\\x"}]',
      // an escape of a character that must itself be escaped: no letter of it may be guessed
      '[{"a":"\\\u0000b"}]',
      '[{"a":"\\\n"}]',
      "nothing",
      '[{"a":1,}]',
      '[{"a":1}{"a":2}]',
    ]) {
      await using folder = await files({ "t.json": text });
      expect(await faultOf(async () => valuesOf(await folder.open(json))), text).to.include({ code: "source-damaged" });
    }
    await using folder = await files({ "t.json": Buffer.from("[]", "utf16le") });
    expect(await faultOf(async () => valuesOf(await folder.open(json)))).to.include({ code: "source-damaged" });
  });

  it("takes a file of no bytes for an empty table, and says so", async () => {
    await using folder = await files({ "t.json": "", "e.json": "[]" });
    const source = await folder.open(json);
    expect((await source.tables())[0]).to.deep.include({ rows: 0, columns: [] });
    expect((await source.tables())[0]!.notes![0]!.id).to.contain("0 byte");
    expect(await valuesOf(source)).to.deep.equal([]);
    expect(await valuesOf(await folder.open({ ...json, path: "e.json" }))).to.deep.equal([]);
  });

  it("finds that the file was written to while it was read, and learns its columns anew when it is another", async () => {
    await using folder = await files({ "t.json": `[${Array.from({ length: 200_000 }, () => '{"a":1}').join(",\n")}]` });
    const source = await folder.open(json);
    const rows = source.rows("t");
    await rows.next();
    await appendFile(path.join(folder.folder, "t.json"), " ");
    const fault = await faultOf(async () => {
      while (!(await rows.next()).done);
    });
    expect(fault).to.include({ code: "source-changed", exit: 8 });
    await writeFile(path.join(folder.folder, "t.json"), '[{"a":1},{"b":2}]');
    expect(await valuesOf(source)).to.deep.equal([
      ["1", null],
      [null, "2"],
    ]);
  });

  it("reads rows over every border of its window, and elements larger than it", async () => {
    const rows = Array.from({ length: 20_000 }, (_, n) => ({ n, t: `${'é\\"'.repeat(n % 40)}`, o: { n: [n] } }));
    const large = { n: -1, t: "x".repeat(3_000_000), o: null };
    await using folder = await files({ "t.json": JSON.stringify([...rows, large], null, 1) });
    const { rows: found } = await read(await folder.open(json));
    expect(found).to.have.length(20_001);
    for (const [n, { t }] of rows.entries()) expect(found[n]!.values.slice(0, 2)).to.deep.equal([String(n), t]);
    expect(found.at(-1)!.values[1]).to.have.length(3_000_000);
  });

  it("reads any object as JSON.parse does", async () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
      fc.json().map((text) => JSON.parse(text)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.dictionary(fc.string({ unit: "grapheme" }), value), { maxLength: 5 }),
        fc.constantFrom(undefined, 2),
        async (rows, indent) => {
          await using folder = await files({ "t.json": JSON.stringify(rows, null, indent) });
          const source = await folder.open(json);
          const names = (await source.tables())[0]!.columns.map(({ name }) => name);
          const found = await valuesOf(source);
          const parsed = JSON.parse(JSON.stringify(rows)) as Record<string, unknown>[];
          for (const [index, row] of parsed.entries())
            for (const [column, name] of names.entries()) {
              const cell = Object.hasOwn(row, name) ? row[name] : null;
              const text = found[index]![column]!;
              if (typeof cell === "string") expect(text).to.equal(cell.toWellFormed());
              else if (cell === null) expect(text).to.equal(null);
              else expect(JSON.parse(text)).to.deep.equal(cell);
            }
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("JSON lines", () => {
  const lines = { engine: "jsonl", path: "t.jsonl" } as const;

  it("reads one row of each line, rejects a line that is no JSON, and reads its neighbours", async () => {
    await using folder = await files({ "t.jsonl": '{"a":1}\r\n\n{"a":,}\n{"b":"x"}\n{"a":1} 2\n[1]\n' });
    const { rows } = await read(await folder.open(lines));
    expect(rows.map(({ values, faults }) => [values, faults?.[0]?.code])).to.deep.equal([
      [["1", null, null], undefined],
      [[null, null, null], "not-json"],
      [[null, "x", null], undefined],
      [[null, null, null], "not-json"],
      [["1", null, null], "ragged"],
    ]);
    expect(Buffer.from(rows[1]!.raw!, "base64").toString()).to.equal('{"a":,}');
  });

  it("refuses a file whose last line was cut", async () => {
    await using folder = await files({ "t.jsonl": '{"a":1}\n{"a":2', "ok.jsonl": '{"a":1}\n{"a":2}' });
    expect(await faultOf(async () => valuesOf(await folder.open(lines)))).to.include({ code: "source-damaged" });
    expect(await valuesOf(await folder.open({ ...lines, path: "ok.jsonl" }))).to.have.length(2);
  });
});

describe("OCDS files", () => {
  const ocds = { engine: "ocds", path: "t.json" } as const;
  const release = (n: number) => ({
    ocid: `ocds-213czf-${n}`,
    id: `${n}`,
    date: "2024-01-02T00:00:00Z",
    tag: ["tender"],
    tender: { value: { amount: n } },
  });
  const ids = async (content: unknown) => {
    await using folder = await files({ "t.json": typeof content === "string" ? content : JSON.stringify(content) });
    return (await read(await folder.open(ocds))).rows;
  };

  it("makes a row of each release, however they are packed", async () => {
    const [a, b, c] = [release(1), release(2), release(3)];
    const pack = (releases: unknown[]) => ({ uri: "x", version: "1.1", publisher: {}, releases });
    for (const content of [
      pack([a, b, c]),
      [a, b, c],
      [pack([a]), pack([b, c])],
      {
        records: [
          { ocid: a.ocid, releases: [a, b], compiledRelease: c },
          { ocid: c.ocid, compiledRelease: c },
        ],
        packages: [],
      },
      { ocid: a.ocid, releases: [a, b, c] },
      [a, b, c].map((one) => JSON.stringify(one)).join("\n"),
      `${JSON.stringify(pack([a]))}\n${JSON.stringify(pack([b, c]))}\n`,
    ]) {
      const rows = await ids(content);
      expect(rows.map(({ values }) => values[1])).to.deep.equal(["1", "2", "3"]);
      expect(rows[0]!.values).to.deep.equal([a.ocid, "1", a.date, '["tender"]', JSON.stringify(a)]);
    }
    expect((await ids(a)).map(({ values }) => values[0])).to.deep.equal([a.ocid]);
    expect(await ids(pack([]))).to.deep.equal([]);
  });

  it("takes the compiled release where a record only links to its releases, and rejects a record with neither", async () => {
    const linked = { ocid: "o", releases: [{ url: "https://x.example/1", date: "2024-01-01T00:00:00Z" }] };
    const rows = await ids({ records: [{ ...linked, compiledRelease: release(1) }, linked] });
    expect(rows.map(({ values, faults }) => [values[1], faults?.[0]?.code])).to.deep.equal([
      ["1", undefined],
      [null, "value-missing"],
    ]);
  });

  it("streams a package that is larger than its window, and keeps what stands behind it in view", async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => release(n));
    const rows = await ids({ uri: "x", releases: many, extra: { a: "z".repeat(100) } });
    expect(rows).to.have.length(20_000);
    const cut = JSON.stringify({ releases: many }).slice(0, -1);
    expect(await faultOf(() => ids(cut))).to.include({ code: "source-damaged" });
    expect(await faultOf(() => ids({ a: 1 }))).to.include({ code: "source-damaged" });
  });
});
