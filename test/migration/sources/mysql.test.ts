import { expect } from "chai";
import type mysql from "mysql2/promise";
import { ThrowawayMariadb } from "../../../migration/plan/throwaway-mariadb.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { cutLine } from "../../identity/slapd.ts";
import { connectTo, needMariadb } from "../mariadb.ts";
import { faultOf, read, valuesOf } from "./reading.ts";

describe("MariaDB as a source", function () {
  this.timeout(60_000);
  let mariadb: ThrowawayMariadb;
  let client: mysql.Connection;
  let databases = 0;
  const closing: (() => Promise<unknown>)[] = [];

  before(async function () {
    needMariadb(this);
    mariadb = await ThrowawayMariadb.start();
    client = await connectTo(mariadb, "mysql");
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close().catch(() => {});
  });
  after(async () => {
    await client?.end();
    await mariadb?.stop();
  });

  const legacy = async (sql: string) => {
    const name = `legacy${++databases}`;
    await client.query(`create database ${name} character set utf8mb4; use ${name}; set sql_mode = ''; ${sql}`);
    return name;
  };
  const opened = async (name: string, port?: number) => {
    const env = { SIMDA: mariadb.url(name, port) };
    const source = await openSource({ engine: "mysql", dsnEnv: "SIMDA", timezone: "+07:00" }, ".", {
      name: "simda",
      env,
    });
    closing.push(() => source.close());
    return source;
  };
  const many = (rows: number) =>
    `create table t (id int primary key, x varchar(200)); insert into t select seq, concat(repeat('x', 100), seq) from seq_1_to_${rows}`;

  it("reads zero dates, nineteen digits, microseconds, latin1, bytes, bits and floats as they are", async () => {
    const name = await legacy(`
      create table t (k varchar(20) character set latin1, d date, dt datetime(6), n bigint unsigned, uang decimal(30,2), b blob, f float, g double, bits bit(9), e enum('a','b'), z int(5) zerofill, ts timestamp null, primary key (k));
      set time_zone = '+07:00';
      insert into t values ('caf\u00e9\u20ac', '0000-00-00', '2024-01-01 01:02:03.123456', 18446744073709551615, 1234567890123456789012345678.90, x'ff00', 16777216, 0.1, b'101', 'b', 7, '2024-01-01 00:00:00'),
        ('Z', '2024-02-30', '0000-00-00', 1, 1, null, 0.5, 1e300, 0, 'salah', 0, null), ('a', null, null, null, null, '', null, null, null, null, null, null)`);
    const { rows, scan } = await read(await opened(name));
    expect(rows.map(({ at }) => at)).to.deep.equal(["k=Z", "k=a", "k=café€"]);
    expect(rows[2]!.values).to.deep.equal([
      "café€",
      "0000-00-00",
      "2024-01-01 01:02:03.123456",
      "18446744073709551615",
      "1234567890123456789012345678.90",
      "\\xff00",
      "16777216",
      "0.1",
      "5",
      "b",
      "00007",
      "2024-01-01 00:00:00",
    ]);
    expect(rows[0]!.values.slice(1, 3)).to.deep.equal(["0000-00-00", "0000-00-00 00:00:00.000000"]);
    expect(rows[1]!.values.slice(1)).to.deep.equal([null, null, null, null, "\\x", null, null, null, null, null, null]);
    expect(scan).to.include({ rows: 3, last: "k=café€" });
  });

  it("takes mojibake that was already stored for the text that it is", async () => {
    const name = await legacy(
      "create table t (id int primary key, x varchar(20) character set latin1); insert into t values (1, x'636166c3a9')",
    );
    expect(await valuesOf(await opened(name))).to.deep.equal([["1", "cafÃ©"]]);
  });

  it("lists tables with keys, references and counts, and says where there is no key or no snapshot", async () => {
    const name = await legacy(`
      create table induk (a int, b varchar(9), primary key (b, a)); insert into induk values (1, 'x');
      create table anak (n int, rb varchar(9), ra int, foreign key (rb, ra) references induk (b, a)); insert into anak values (2, 'x', 1), (1, null, null), (1, null, null);
      create table lama (n int primary key) engine = myisam`);
    const tables = await (await opened(name)).tables();
    expect(tables.map((table) => [table.name, table.key, table.rows, table.notes?.length ?? 0])).to.deep.equal([
      ["anak", [], 3, 1],
      ["induk", ["b", "a"], 1, 0],
      ["lama", ["n"], 0, 1],
    ]);
    expect(tables[0]!.references).to.deep.equal([{ columns: ["rb", "ra"], table: "induk", to: ["b", "a"] }]);
    const [first, second] = [await opened(name), await opened(name)];
    expect((await read(first, "anak")).scan).to.deep.equal((await read(second, "anak")).scan);
    expect(await faultOf(() => valuesOf(first, "tidak_ada"))).to.include({ code: "source-setting" });
  });

  it("reads all tables from one snapshot, whatever is written meanwhile", async () => {
    const name = await legacy(`${many(3_000)}; create table u (id int primary key); insert into u values (1)`);
    const source = await opened(name);
    const rows = source.rows("t");
    await rows.next();
    await client.query("delete from t where id > 10; update t set x = 'changed'; insert into u values (2)");
    let count = 1_000;
    for (let step = await rows.next(); !step.done; step = await rows.next()) count += step.value.length;
    expect(count).to.equal(3_000);
    expect((await read(source, "t")).scan.last).to.equal("id=3000");
    expect(await valuesOf(source, "u")).to.deep.equal([["1"]]);
  });

  it("stops with exit code 8 where a table was altered, emptied or dropped since the snapshot", async () => {
    for (const change of [
      "alter table t add column y int",
      "alter table t drop column x",
      "alter table t modify x varchar(300)",
      "truncate t",
      "drop table t",
    ]) {
      const name = await legacy(many(10));
      const source = await opened(name);
      await client.query(change);
      expect(await faultOf(() => valuesOf(source, "t")), change).to.include({ code: "source-changed", exit: 8 });
    }
  });

  it("holds changes of a table off while it is scanned, and no longer", async () => {
    const source = await opened(await legacy(many(20_000)));
    const rows = source.rows("t");
    await rows.next();
    await client.query("set lock_wait_timeout = 1");
    const altered = await client.query("alter table t add column y int").then(
      () => "altered",
      (error: { code: string }) => error.code,
    );
    expect(altered).to.equal("ER_LOCK_WAIT_TIMEOUT");
    while (!(await rows.next()).done);
    await client.query("alter table t add column y int");
  });

  it("takes a connection that dies, wherever it dies, for a fault and never for the end", async () => {
    const name = await legacy(many(20_000));
    for (const bytes of [50, 10_000, 150_000, 1_000_000, 2_000_000]) {
      const line = await cutLine(mariadb.port, bytes);
      closing.push(async () => line.close());
      const fault = await faultOf(async () => valuesOf(await opened(name, line.port), "t"));
      expect(fault.code, `${bytes}`).to.be.oneOf(["source-cut", "source-unreachable"]);
      expect(fault.exit).to.equal(75);
    }
  });

  it("takes a killed session for a fault", async () => {
    const name = await legacy(many(200_000));
    const source = await opened(name);
    const rows = source.rows("t");
    await rows.next();
    const [found] = await client.query<mysql.RowDataPacket[]>(
      "select id from information_schema.processlist where db = ? and id <> connection_id()",
      [name],
    );
    await client.query(`kill ${found[0]!.id}`);
    const fault = await faultOf(async () => {
      while (!(await rows.next()).done);
    });
    expect(fault).to.include({ code: "source-cut", exit: 75 });
  });

  it("can be left in the middle of a table and read again from its start", async () => {
    const source = await opened(await legacy(many(20_000)));
    for await (const batch of source.rows("t")) {
      expect(batch).to.have.length(1_000);
      break;
    }
    const first = await read(source, "t");
    expect(first.rows).to.have.length(20_000);
    expect((await read(source, "t")).scan).to.deep.equal(first.scan);
  });

  it("says what to do where nothing answers or the password is wrong", async () => {
    expect(await faultOf(() => opened("mysql", 1))).to.include({ code: "source-unreachable", exit: 75 });
    const env = { SIMDA: mariadb.url("mysql").replace(mariadb.password, "rahasia") };
    const fault = await faultOf(() =>
      openSource({ engine: "mysql", dsnEnv: "SIMDA", timezone: "+00:00" }, ".", { env }),
    );
    expect(fault).to.include({ code: "source-unreachable" });
    expect(fault.text).not.to.contain("rahasia");
  });
});
