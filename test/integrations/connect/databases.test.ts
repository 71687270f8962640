import { expect } from "chai";
import type mysql from "mysql2/promise";
import type pg from "pg";
import { ThrowawayMariadb } from "../../../migration/plan/throwaway-mariadb.ts";
import { cutLine } from "../../identity/slapd.ts";
import { connectTo, needMariadb } from "../../migration/mariadb.ts";
import { needPostgres, Postgres } from "../../migration/postgres.ts";
import { openWorld, type World } from "./world.ts";

const yaml = (engine: string, more = "") => `
apiVersion: prasasti/connectors/v1
sources:
  db: { engine: ${engine}, dsnEnv: DB_DSN }
jobs:
  - { id: sp2d, source: db, table: sp2d, sink: payments, retry: { attempts: 3, first: 1s, most: 1s }${more} }
`;
const ROWS = 2_500;

describe("jobs over databases", function () {
  this.timeout(60_000);
  let world: World;

  describe("PostgreSQL", () => {
    let postgres: Postgres;
    let name: string;
    let client: pg.Client;
    before(async function () {
      needPostgres(this);
      postgres = await Postgres.start();
    });
    after(() => postgres?.stop());
    beforeEach(async () => {
      ({ name, client } = await postgres.database(
        `create table sp2d (no text primary key, nilai numeric(20,2), diubah timestamp);
         insert into sp2d select 'S' || lpad(n::text, 6, '0'), n, timestamp '2026-01-01' + n * interval '1 minute' from generate_series(1, ${ROWS}) n`,
      ));
    });
    afterEach(async () => {
      await client.end();
      await world.close();
    });
    const env = () => ({ DB_DSN: postgres.server.url(name) });

    it("read a table twice, and find what was added and changed between", async () => {
      world = await openWorld(yaml("postgres"), { env: env() });
      const first = await world.jobs.run("sp2d", "asked");
      expect(first).to.include({ state: "done", answers: 3, read: ROWS, drafted: ROWS });
      expect(await world.jobs.run("sp2d", "asked")).to.include({ read: ROWS, unchanged: ROWS, fresh: 0 });
      await client.query(
        "insert into sp2d values ('S999999', 1, now()); update sp2d set nilai = nilai + 1 where no = 'S000007'",
      );
      const third = await world.jobs.run("sp2d", "asked");
      expect(third).to.include({ read: ROWS + 1, drafted: 1, merged: 1, unchanged: ROWS - 1, undecided: 0 });
    });

    it("keep and hand over only what is new by the cursor", async () => {
      world = await openWorld(yaml("postgres", ", cursor: diubah, overlap: 1h"), { env: env() });
      await world.jobs.run("sp2d", "asked");
      const second = await world.jobs.run("sp2d", "asked");
      // the last hour once more: 60 minutes and the minute of the cursor
      expect(second).to.include({ read: 61, unchanged: 61, passed: ROWS - 61, answers: 1 });
    });

    it("go on after the connection was cut in the middle, without doubling", async () => {
      const direct = new URL(postgres.server.url(name));
      const line = await cutLine(Number(direct.port), 60_000);
      // the first connection goes through the line that is cut; by the second the line is mended
      let mended = false;
      const cut = {
        get DB_DSN() {
          const url = new URL(direct);
          if (!mended) url.port = String(line.port);
          return url.href;
        },
      };
      world = await openWorld(yaml("postgres"), { env: cut });
      const running = world.jobs.run("sp2d", "asked");
      setTimeout(() => {
        mended = true;
      }, 300);
      const run = await running;
      line.close();
      expect(run).to.include({ state: "done", tries: 2, undecided: 0 });
      expect(run.read).to.equal(run.drafted + run.unchanged);
      expect(await world.sink.count("sp2d")).to.equal(ROWS);
    });

    it("hold rows whose column was renamed or got another type, by what the database declares", async () => {
      world = await openWorld(yaml("postgres"), { env: env() });
      await world.jobs.run("sp2d", "asked");
      await client.query("alter table sp2d rename nilai to nilai_sp2d");
      expect(await world.jobs.run("sp2d", "asked")).to.include({ setAside: ROWS, drafted: 0 });
      await client.query("alter table sp2d rename nilai_sp2d to nilai; alter table sp2d alter nilai type text");
      await world.jobs.run("sp2d", "asked");
      const { alarms } = await world.jobs.contract("sp2d");
      expect(alarms.map(({ kind, was, is }) => `${kind}: ${was} → ${is}`)).to.deep.equal([
        "retyped: numeric(20,2) → text",
      ]);
    });

    it("say which variable is missing, and what does not answer, as far as it may be tried again", async () => {
      world = await openWorld(yaml("postgres"), { env: {} });
      const unset = await world.jobs.run("sp2d", "asked");
      expect(unset).to.deep.include({ state: "failed", tries: 1 });
      expect(unset.fault!.words.en).to.contain("DB_DSN");
      await world.close();
      world = await openWorld(yaml("postgres"), { env: { DB_DSN: "postgres://u:rahasia@127.0.0.1:1/x" } });
      const gone = await world.jobs.run("sp2d", "asked");
      expect(gone).to.deep.include({ state: "failed", tries: 3 });
      expect(gone.fault).to.include({ retry: true });
      expect(JSON.stringify(gone)).to.not.contain("rahasia");
    });
  });

  describe("MariaDB", () => {
    let mariadb: ThrowawayMariadb;
    let client: mysql.Connection;
    before(async function () {
      needMariadb(this);
      mariadb = await ThrowawayMariadb.start();
      client = await connectTo(mariadb, "mysql");
    });
    after(async () => {
      await client?.end();
      await mariadb?.stop();
    });

    it("read a table twice, the second time recording nothing new", async () => {
      await client.query(
        `create database sipd character set utf8mb4; use sipd; create table sp2d (no varchar(20) primary key, nilai decimal(20,2));
         insert into sp2d select concat('S', lpad(seq, 6, '0')), seq from seq_1_to_${ROWS}`,
      );
      world = await openWorld(yaml("mysql"), { env: { DB_DSN: mariadb.url("sipd") } });
      expect(await world.jobs.run("sp2d", "asked")).to.include({ state: "done", read: ROWS, drafted: ROWS });
      expect(await world.jobs.run("sp2d", "asked")).to.include({ read: ROWS, unchanged: ROWS, alarms: 0 });
      await world.close();
    });
  });
});
