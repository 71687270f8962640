import { expect } from "chai";
import { Connection, Request } from "tedious";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { faultOf, read } from "../../migration/sources/reading.ts";
import { TdsServer, type TdsTable } from "./tds-server.ts";

const orders = (count: number): TdsTable => ({
  name: "Ta_SP2D",
  columns: [
    { name: "Tahun", type: "int" },
    { name: "No_SP2D", type: "nvarchar", length: 50 },
    { name: "Tgl_SP2D", type: "datetime2", scale: 7 },
    { name: "Nilai", type: "money" },
    { name: "Keterangan", type: "nvarchar", length: -1 },
    { name: "Batal", type: "bit" },
  ],
  key: ["Tahun", "No_SP2D"],
  rows: Array.from({ length: count }, (_, at) => [
    2024,
    `${String(at + 1).padStart(6, "0")}/SP2D/2024`,
    "2024-03-01 08:30:00.1234567",
    12_345_600n + BigInt(at),
    at % 3 === 0 ? null : `pembayaran ${at} — Ünïcode ${"x".repeat(at % 50)}`,
    at % 2 === 0,
  ]),
});

describe("a SQL Server, played by a TDS server", function () {
  this.timeout(30_000);
  let server: TdsServer;
  const closing: (() => Promise<unknown>)[] = [];
  beforeEach(async () => {
    server = await TdsServer.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.stop();
  });

  const opened = async (settings: object = {}, url = server.url()) => {
    const source = await openSource(
      sourceSettings.parse({ engine: "sqlserver", dsnEnv: "SIMDA", encrypt: false, ...settings }),
      ".",
      { name: "simda", env: { SIMDA: url } },
    );
    closing.push(() => source.close());
    return source;
  };

  it("gives a real client every type of the wire, nulls and texts of many packets", async () => {
    server.tables.push({
      name: "semua",
      columns: [
        { name: "i", type: "int" },
        { name: "b", type: "bigint" },
        { name: "d", type: "decimal", precision: 20, scale: 4 },
        { name: "m", type: "money" },
        { name: "t", type: "nvarchar", length: -1 },
        { name: "w", type: "datetime2", scale: 7 },
        { name: "f", type: "bit" },
      ],
      rows: [
        [
          -5,
          9_007_199_254_740_993n,
          -12_345_678n,
          123_450_000n,
          "á".repeat(10_000),
          "2024-02-29 23:59:59.1230000",
          true,
        ],
        [null, null, null, null, null, null, null],
      ],
    });
    const { hostname, port, password } = new URL(server.url());
    const connection = new Connection({
      server: hostname,
      authentication: { type: "default", options: { userName: "sa", password } },
      options: { port: Number(port), encrypt: false, database: "x" },
    });
    await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
    const rows: unknown[][] = [];
    await new Promise<void>((resolve, reject) => {
      const request = new Request("select * from [dbo].[semua]", (error) => (error ? reject(error) : resolve()));
      request.on("row", (columns: { value: unknown }[]) => rows.push(columns.map(({ value }) => value)));
      connection.execSqlBatch(request);
    });
    connection.close();
    expect(rows[0]!.slice(0, 5)).to.deep.equal([-5, "9007199254740993", -1234.5678, 12345, "á".repeat(10_000)]);
    expect((rows[0]![5] as Date).toISOString()).to.equal("2024-02-29T23:59:59.123Z");
    expect(rows[0]![6]).to.equal(true);
    expect(rows[1]).to.deep.equal([null, null, null, null, null, null, null]);
  });

  it("reads a table by its key, every column as the engine's own text, and proves the end", async () => {
    server.tables.push(orders(2_500));
    const source = await opened();
    const [table] = await source.tables();
    expect(table).to.deep.include({ name: "Ta_SP2D", key: ["Tahun", "No_SP2D"], rows: 2_500 });
    expect(table!.columns.map(({ type }) => type)).to.deep.equal([
      "int",
      "nvarchar(50)",
      "datetime2(7)",
      "money",
      "nvarchar(max)",
      "bit",
    ]);
    expect(table!.notes).to.equal(undefined);
    const { rows, scan } = await read(source, "Ta_SP2D");
    expect(scan).to.deep.include({ rows: 2_500, last: "Tahun=2024,No_SP2D=002500/SP2D/2024" });
    expect(rows[1]!.values).to.deep.equal([
      "2024",
      "000002/SP2D/2024",
      "2024-03-01 08:30:00.1234567",
      "1234.5601",
      "pembayaran 1 — Ünïcode x",
      "0",
    ]);
    expect(rows[0]!.values[4]).to.equal(null);
    expect(server.asked.some((sql) => /isolation level snapshot;.*begin transaction/.test(sql))).to.equal(true);
    // the same rows have the same digest
    expect((await read(source, "Ta_SP2D")).scan.sha256).to.equal(scan.sha256);
  });

  it("writes bytes, identifiers, dates and decimals as text", async () => {
    server.tables.push({
      name: "lain",
      schema: "arsip",
      columns: [
        { name: "id", type: "uniqueidentifier" },
        { name: "isi", type: "varbinary", length: -1 },
        { name: "hari", type: "date" },
        { name: "jumlah", type: "decimal", precision: 38, scale: 2 },
        { name: "a]b", type: "nvarchar", length: 10 },
      ],
      rows: [
        ["6F9619FF-8B86-D011-B42D-00C04FC964FF", Buffer.from("00ff", "hex"), "2024-02-29", -5n, "x"],
        ["7F9619FF-8B86-D011-B42D-00C04FC964FF", null, null, 12_345_678_901_234_567_890n, "e\u0301"],
      ],
    });
    const source = await opened();
    const { rows } = await read(source, "arsip.lain");
    expect(rows.map(({ values }) => values)).to.deep.equal([
      ["6F9619FF-8B86-D011-B42D-00C04FC964FF", "\\x00ff", "2024-02-29", "-0.05", "x"],
      ["7F9619FF-8B86-D011-B42D-00C04FC964FF", null, null, "123456789012345678.90", "e\u0301"],
    ]);
    expect((await source.tables())[0]!.notes).to.have.length(1);
  });

  it("says of each table that the database has no snapshots, and holds no transaction", async () => {
    server.snapshots = false;
    server.tables.push(orders(3));
    const source = await opened();
    const [table] = await source.tables();
    expect(table!.notes![0]!.en).to.contain("snapshot isolation");
    expect((await read(source)).scan.rows).to.equal(3);
    expect(server.asked.some((sql) => sql.includes("begin transaction"))).to.equal(false);
  });

  it("tells of a table that grew while it was read", async () => {
    server.snapshots = false;
    server.tables.push(orders(1_500));
    const source = await opened();
    server.onScan = () => {
      server.tables[0]!.rows = [...orders(1_501).rows];
    };
    expect(await faultOf(() => read(source))).to.include({ code: "source-cut" });
  });

  it("reads only the tables that are named", async () => {
    server.tables.push(orders(1), { ...orders(1), name: "Ta_Lain" });
    const source = await opened({ tables: ["ta_sp2d"] });
    expect((await source.tables()).map(({ name }) => name)).to.deep.equal(["Ta_SP2D"]);
    expect(await faultOf(() => opened({ tables: ["tidak_ada"] }))).to.include({ code: "source-setting" });
  });

  it("is cut off: nothing that was read counts", async () => {
    server.tables.push(orders(5_000));
    const source = await opened();
    server.cutAfter = 1_700;
    expect(await faultOf(() => read(source))).to.include({ code: "source-cut", exit: 75 });
  });

  it("never takes an early end for the end", async () => {
    server.tables.push(orders(2_000));
    const source = await opened();
    server.endAfter = 1_999;
    expect(await faultOf(() => read(source))).to.include({ code: "source-cut" });
  });

  it("translates the engine's errors", async () => {
    server.tables.push(orders(1));
    const source = await opened();
    server.error = { number: 3961, message: "Snapshot isolation transaction failed" };
    expect(await faultOf(() => read(source))).to.include({ code: "source-changed", exit: 8 });
    server.error = { number: 229, message: "The SELECT permission was denied" };
    const denied = await faultOf(() => read(source));
    expect(denied.code).to.equal("source-unreachable");
    expect(denied.text).to.contain("permission was denied");
    // and goes on
    expect((await read(source)).scan.rows).to.equal(1);
  });

  it("is left early and asked again", async () => {
    server.tables.push(orders(20_000));
    const source = await opened();
    const rows = source.rows("Ta_SP2D");
    expect((await rows.next()).value).to.have.length(1_000);
    await rows.return(undefined as never);
    expect((await read(source, "Ta_SP2D")).scan.rows).to.equal(20_000);
  });

  it("does not let in who has the wrong password, and names no secret", async () => {
    const fault = await faultOf(() => opened({}, server.url("x", "salah-sekali")));
    expect(fault).to.include({ code: "source-unreachable", exit: 75 });
    expect(fault.text).not.to.contain("salah-sekali");
  });

  it("insists on encryption unless told otherwise", async () => {
    expect(await faultOf(() => opened({ encrypt: true }))).to.include({ code: "source-unreachable" });
  });

  it("tells an address that is none of SQL Server", async () => {
    expect(await faultOf(() => opened({}, "mysql://a:b@localhost/x"))).to.include({ code: "source-setting" });
    expect(await faultOf(() => opened({}, "mssql://sa:x@127.0.0.1:9/x"))).to.include({ code: "source-unreachable" });
  });
});
