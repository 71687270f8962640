import { expect } from "chai";
import { openSource } from "../../../migration/sources/open-source.ts";
import { cutLine } from "../../identity/slapd.ts";
import { needPostgres, Postgres } from "../postgres.ts";
import { faultOf, read, valuesOf } from "./reading.ts";

describe("PostgreSQL as a source", function () {
  this.timeout(60_000);
  let postgres: Postgres;
  const closing: (() => Promise<unknown>)[] = [];

  before(async function () {
    needPostgres(this);
    postgres = await Postgres.start();
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close().catch(() => {});
  });
  after(async () => {
    await postgres?.stop();
  });

  const legacy = async (sql: string, encoding?: "SQL_ASCII") => {
    const { name, client } = await postgres.database(sql, encoding);
    closing.push(() => client.end());
    return { url: postgres.server.url(name), client };
  };
  const opened = async (url: string, settings: Record<string, unknown> = {}) => {
    const source = await openSource({ engine: "postgres", dsnEnv: "SPSE", timezone: "UTC", ...settings }, ".", {
      name: "spse",
      env: { SPSE: url },
    });
    closing.push(() => source.close());
    return source;
  };
  const many = (rows: number) =>
    `create table t (id int primary key, x text); insert into t select n, repeat('x', 100) || n from generate_series(1, ${rows}) n`;

  it("reads every type as the engine writes it, in the declared zone, by the bytes of the key", async () => {
    const { url } = await legacy(`
      create table "Ta_Kontrak" (kode text, id bigint, nilai numeric(20,2), t timestamptz, ts timestamp, d date, b bytea, f float8, a text[], primary key (kode, id));
      insert into "Ta_Kontrak" values
        ('b', 9223372036854775807, 1.10, '2024-01-01 00:00:00.123456+07', '0044-03-15 12:00:00 BC', 'infinity', '\\xdead', 0.1, '{"x,y",null}'),
        ('B', 1, 9999999999999999.99, null, null, null, null, null, null), ('é', 3, null, null, null, null, null, null, null), ('a', 2, null, null, null, null, null, 'NaN', null)`);
    const { rows, scan } = await read(await opened(url, { timezone: "Asia/Jakarta" }));
    expect(rows.map(({ at }) => at)).to.deep.equal([
      "kode=B,id=1",
      "kode=a,id=2",
      "kode=b,id=9223372036854775807",
      "kode=é,id=3",
    ]);
    expect(rows[2]!.values).to.deep.equal([
      "b",
      "9223372036854775807",
      "1.10",
      "2024-01-01 00:00:00.123456+07",
      "0044-03-15 12:00:00 BC",
      "infinity",
      "\\xdead",
      "0.1",
      '{"x,y",NULL}',
    ]);
    expect(rows[0]!.values[2]).to.equal("9999999999999999.99");
    expect(scan).to.include({ rows: 4, last: "kode=é,id=3" });
  });

  it("lists tables with keys, references, counts and owners, and says where there is no key", async () => {
    const { url } = await legacy(`
      create schema arsip; create table induk (a int, b text, primary key (b, a)); insert into induk values (1, 'x');
      create table arsip.anak (n int, ref_b text, ref_a int, foreign key (ref_b, ref_a) references induk); insert into arsip.anak values (2, 'x', 1), (1, null, null);
      create table tahunan (y int not null, v text) partition by range (y); create table tahunan_2024 partition of tahunan for values from (2024) to (2025); insert into tahunan values (2024, 'p');
      create view lihat as select n from arsip.anak`);
    const tables = await (await opened(url)).tables();
    expect(tables.map(({ name, key, rows, notes }) => [name, key, rows, notes?.length ?? 0])).to.deep.equal([
      ["arsip.anak", [], 2, 1],
      ["induk", ["b", "a"], 1, 0],
      ["lihat", [], 2, 1],
      ["tahunan", [], 1, 1],
    ]);
    expect(tables[0]).to.deep.include({
      owner: "owner",
      references: [{ columns: ["ref_b", "ref_a"], table: "induk", to: ["b", "a"] }],
    });
    expect(tables[1]!.columns).to.deep.equal([
      { name: "a", type: "integer", nullable: false },
      { name: "b", type: "text", nullable: false },
    ]);
    const source = await opened(url, { schemas: ["arsip"] });
    expect((await source.tables()).map(({ name }) => name)).to.deep.equal(["arsip.anak"]);
    expect((await read(source, "arsip.anak")).rows.map(({ at, values }) => [at, values[0]])).to.deep.equal([
      ["ctid=(0,1)", "2"],
      ["ctid=(0,2)", "1"],
    ]);
    const all = await opened(url);
    expect(await valuesOf(all, "tahunan")).to.deep.equal([["2024", "p"]]);
    expect(await valuesOf(all, "lihat")).to.deep.equal([["1"], ["2"]]);
    expect(await faultOf(() => valuesOf(all, "tidak_ada"))).to.include({ code: "source-setting" });
  });

  it("reads all tables from one snapshot, whatever is written meanwhile", async () => {
    const { url, client } = await legacy(
      `${many(3_000)}; create table u (id int primary key); insert into u values (1)`,
    );
    const source = await opened(url);
    const rows = source.rows("t");
    await rows.next();
    await client.query(
      "delete from t where id > 10; update t set x = 'changed'; insert into t values (9999, 'new'); insert into u values (2); delete from u where id = 1",
    );
    let count = 1_000;
    let step = await rows.next();
    for (; !step.done; step = await rows.next()) {
      count += step.value.length;
      for (const { values } of step.value) expect(values[1]).to.match(/^x+[0-9]+$/);
    }
    expect(count).to.equal(3_000);
    expect(step.value.last).to.equal("id=3000");
    expect(await valuesOf(source, "u")).to.deep.equal([["1"]]);
  });

  it("stops with exit code 8 where a table was altered, rewritten, emptied or dropped since the snapshot", async () => {
    for (const change of [
      "alter table t add column y int",
      "alter table t drop column x",
      "alter table t rename column x to y",
      "alter table t alter column id type bigint",
      "truncate t",
      "drop table t",
    ]) {
      const { url, client } = await legacy(many(10));
      const source = await opened(url);
      await client.query(change);
      expect(await faultOf(() => valuesOf(source, "t")), change).to.include({ code: "source-changed", exit: 8 });
    }
  });

  it("holds changes of a table off while it is scanned, and no longer", async () => {
    const { url, client } = await legacy(many(2_500));
    const source = await opened(url);
    const rows = source.rows("t");
    await rows.next();
    await client.query("set lock_timeout = '200ms'");
    const altered = await client.query("alter table t add column y int").then(
      () => "altered",
      (error: { code: string }) => error.code,
    );
    expect(altered).to.equal("55P03");
    while (!(await rows.next()).done);
    await client.query("alter table t add column y int");
  });

  it("takes a connection that dies, wherever it dies, for a fault and never for the end", async () => {
    const { url } = await legacy(many(20_000));
    const port = postgres.server.port;
    for (const bytes of [500, 20_000, 150_000, 1_000_000, 2_000_000]) {
      const line = await cutLine(port, bytes);
      closing.push(async () => line.close());
      const fault = await faultOf(async () => valuesOf(await opened(url.replace(`:${port}`, `:${line.port}`)), "t"));
      expect(fault.code, `${bytes}`).to.be.oneOf(["source-cut", "source-unreachable"]);
      expect(fault.exit).to.equal(75);
    }
  });

  it("takes an end of the session at the server, between two batches, for a fault", async () => {
    const { url, client } = await legacy(many(20_000));
    const source = await opened(url);
    const rows = source.rows("t");
    await rows.next();
    await client.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'prasasti migrate' and datname = current_database()",
    );
    const fault = await faultOf(async () => {
      while (!(await rows.next()).done);
    });
    expect(fault).to.include({ code: "source-cut", exit: 75 });
  });

  it("can be left in the middle of a table and read again from its start", async () => {
    const { url } = await legacy(many(2_500));
    const source = await opened(url);
    for await (const batch of source.rows("t")) {
      expect(batch).to.have.length(1_000);
      break;
    }
    const first = await read(source, "t");
    const again = await read(source, "t");
    expect(first.scan).to.deep.equal(again.scan);
    expect(first.rows).to.have.length(2_500);
  });

  it("refuses rows that a policy would hide, and tables that may not be read", async () => {
    const { url, client } = await legacy(
      `${many(3)}; alter table t enable row level security; alter table t force row level security`,
    );
    expect(await faultOf(async () => valuesOf(await opened(url), "t"))).to.include({ code: "source-unreachable" });
    await client.query("alter table t no force row level security; revoke select on t from owner");
    const fault = await faultOf(async () => opened(url));
    expect(fault.text).to.contain("may not read the table t");
  });

  it("reads a database that does not know its encoding by the declared one, strictly", async () => {
    const { url, client } = await legacy("create table t (id int primary key, x text, j json)", "SQL_ASCII");
    await client.query(
      "insert into t values (1, convert_from('\\x436166e9', 'SQL_ASCII'), '{\"a\":1}'), (2, convert_from('\\x636166c3a9', 'SQL_ASCII'), null)",
    );
    expect(await faultOf(() => opened(url))).to.include({ code: "source-setting", exit: 5 });
    const { rows } = await read(await opened(url, { encoding: "utf-8" }), "t");
    expect(rows[0]!.faults).to.deep.equal([{ code: "undecodable", column: "x" }]);
    expect(Buffer.from(rows[0]!.raw!, "base64").toString("latin1")).to.equal("Caf\xe9");
    expect(rows[1]!.values).to.deep.equal(["2", "café", null]);
    expect((await valuesOf(await opened(url, { encoding: "windows-1252" }), "t"))[0]).to.deep.equal([
      "1",
      "Café",
      '{"a":1}',
    ]);
  });

  it("rejects a text that is no text in the database's own encoding", async () => {
    const { url, client } = await legacy(
      "create table t (id int primary key, x text); insert into t values (1, 'utuh')",
    );
    const script = Buffer.concat([
      Buffer.from("copy t from stdin;\n2\tCaf"),
      Buffer.from([0xe9]),
      Buffer.from("\n\\.\n"),
    ]);
    // so do dumps of a database that did not know its encoding come in
    await postgres.script(new URL(url).pathname.slice(1), script, "SQL_ASCII");
    const { rows } = await read(await opened(url), "t");
    expect(rows.map(({ faults }) => faults)).to.deep.equal([undefined, [{ code: "undecodable", column: "x" }]]);
    await client.query("delete from t");
  });

  it("says what to do where nothing answers, the password is wrong, or the variable is missing", async () => {
    const { url } = await legacy("select 1");
    expect(await faultOf(() => opened(url.replace(/:[0-9]+\//, ":1/")))).to.include({
      code: "source-unreachable",
      exit: 75,
    });
    const wrong = await faultOf(() => opened(url.replace(postgres.server.password, "wrong")));
    expect(wrong).to.include({ code: "source-unreachable" });
    expect(wrong.text).not.to.contain("wrong@");
    expect(
      await faultOf(() => openSource({ engine: "postgres", dsnEnv: "NONE", timezone: "UTC" }, ".", { env: {} })),
    ).to.include({ code: "source-setting" });
  });
});
