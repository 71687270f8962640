import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { needPostgres, Postgres } from "../postgres.ts";
import { faultOf, files, read, valuesOf } from "./reading.ts";

/** Each of them has a server of its own to wait for. */
async function twoAtATime<T>(all: readonly T[], work: (each: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all([lane(), lane()]);
}

describe("dumps of PostgreSQL", function () {
  this.timeout(120_000);
  let postgres: Postgres;
  let folder: Awaited<ReturnType<typeof files>>;
  /** servers of other runs stand elsewhere */
  let temporary: string;
  const usual = process.env.TMPDIR;
  const at = (name: string) => path.join(folder.folder, name);

  before(async function () {
    needPostgres(this);
    postgres = await Postgres.start();
    folder = await files({});
    temporary = await mkdtemp(path.join(tmpdir(), "prasasti-dumps-"));
    await chmod(temporary, 0o711);
    process.env.TMPDIR = temporary;
    const { name, client } = await postgres.database(`
      create role spse; grant spse to owner; grant create on schema public to spse;
      create table rekanan (id bigint primary key, nama text, npwp varchar(20));
      insert into rekanan select n, 'PT ' || md5(n::text) || E'\\nbaris "dua" \\\\.', lpad(n::text, 15, '0') from generate_series(1, 3000) n;
      alter table rekanan owner to spse; create view lihat as select 1 as satu; grant select on lihat to public`);
    await client.end();
    await postgres.dump(name, at("custom"), "-Fc");
    await postgres.dump(name, at("tar"), "-Ft");
    await postgres.dump(name, at("dir"), "-Fd");
    await postgres.dump(name, at("plain.sql"));
    await postgres.dump(name, at("create.sql"), "--create");
    await postgres.dump(name, at("inserts.sql"), "--inserts");
    await writeFile(at("plain.sql.gz"), gzipSync(await readFile(at("plain.sql"))));
  });
  after(async () => {
    if (usual === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = usual;
    if (temporary) await rm(temporary, { recursive: true });
    await folder?.[Symbol.asyncDispose]();
    await postgres?.stop();
  });

  const open = (name: string, settings = {}) => folder.open({ engine: "pgdump", path: name, ...settings });
  const servers = () => readdirSync(temporary);

  for (const name of ["custom", "tar", "dir", "plain.sql", "create.sql", "inserts.sql", "plain.sql.gz"])
    it(`reads a dump as ${name}, and leaves no server behind`, async () => {
      const source = await open(name);
      try {
        const tables = await source.tables();
        expect(tables.map((table) => [table.name, table.rows])).to.deep.equal([
          ["lihat", 1],
          ["rekanan", 3_000],
        ]);
        const { rows, scan } = await read(source, "rekanan");
        expect(rows.at(-1)!.values[2]).to.equal("000000000003000");
        expect(rows[0]!.values[1]).to.match(/\nbaris "dua" \\\.$/);
        expect(scan.last).to.equal("id=3000");
      } finally {
        await source.close();
      }
      expect(servers()).to.deep.equal([]);
    });

  it("refuses a dump that was cut, wherever, and one that is damaged", async () => {
    const custom = await readFile(at("custom"));
    const plain = await readFile(at("plain.sql"), "utf8");
    const middle = plain.indexOf("\n", plain.indexOf("\t000000000001500") + 1);
    await writeFile(at("c1"), custom.subarray(0, custom.length - 2_000));
    await writeFile(at("c2"), custom.subarray(0, 100));
    const flipped = Buffer.from(custom);
    for (let byte = custom.length - 3_000; byte < custom.length - 2_900; byte++) flipped[byte]! ^= 0x55;
    await writeFile(at("c3"), flipped);
    await writeFile(at("p1.sql"), plain.slice(0, middle + 1));
    await writeFile(at("p2.sql"), plain.slice(0, plain.indexOf("-- PostgreSQL database dump complete")));
    await writeFile(at("p3.sql"), plain.replace("\t000000000000002", ""));
    await writeFile(at("p4.sql.gz"), gzipSync(plain).subarray(0, -500));
    await writeFile(at("none"), "");
    await twoAtATime(["c1", "c2", "c3", "p1.sql", "p2.sql", "p3.sql", "p4.sql.gz", "none"], async (name) => {
      expect(await faultOf(() => open(name)), name).to.include({ code: "source-damaged", exit: 1 });
    });
    expect(await faultOf(() => open("nowhere"))).to.include({ code: "source-setting" });
    expect(servers()).to.deep.equal([]);
  });

  it("runs no program that a dump asks for", async () => {
    const plain = await readFile(at("plain.sql"), "utf8");
    const lines = (trace: string) => [
      `\\! touch ${trace}`,
      `COPY (select 1) TO PROGRAM 'touch ${trace}';`,
      `\\o | touch ${trace}\nselect 1;`,
      "select pg_read_file('/etc/passwd');",
    ];
    await twoAtATime([0, 1, 2, 3], async (number) => {
      const trace = at(`trace${number}`);
      const line = lines(trace)[number]!;
      const name = `evil${number}.sql`;
      await writeFile(at(name), plain.replace("SET lock_timeout = 0;", `SET lock_timeout = 0;\n${line}`));
      expect(await faultOf(() => open(name)), line).to.include({ code: "source-damaged" });
      expect(existsSync(trace), line).to.equal(false);
    });
  });

  it("reads a dump whose texts are not in the encoding that it claims, by the declared one", async () => {
    const { name, client } = await postgres.database("create table t (id int primary key, x text)", "SQL_ASCII");
    await client.query("insert into t values (1, convert_from('\\x436166e9', 'SQL_ASCII'))");
    await client.end();
    await postgres.dump(name, at("ascii.sql"));
    await postgres.dump(name, at("ascii"), "-Fc");
    await twoAtATime(["ascii.sql", "ascii"], async (file) => {
      expect(await faultOf(() => open(file))).to.include({ code: "source-setting", exit: 5 });
      const source = await open(file, { encoding: "windows-1252" });
      try {
        expect(await valuesOf(source)).to.deep.equal([["1", "Café"]]);
      } finally {
        await source.close();
      }
    });
  });

  it("leaves no server behind when its process is killed", async () => {
    const program = `import { openSource } from ${JSON.stringify(new URL("../../../migration/sources/open-source.ts", import.meta.url).href)};
      await openSource({ engine: "pgdump", path: "custom", timezone: "UTC" }, ${JSON.stringify(folder.folder)});
      console.log("open"); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const [mine] = servers();
    const pid = Number((await readFile(path.join(tmpdir(), mine!, "data", "postmaster.pid"), "utf8")).split("\n")[0]);
    process.kill(pid, 0);
    child.kill("SIGKILL");
    for (let tries = 0; tries < 600 && existsSync(path.join(tmpdir(), mine!)); tries++) await pause(100);
    expect(existsSync(path.join(tmpdir(), mine!))).to.equal(false);
    expect(() => process.kill(pid, 0)).to.throw("ESRCH");
  });

  it("says how to get PostgreSQL where there is none", async () => {
    process.env.PRASASTI_POSTGRES_BIN = at("nothing");
    try {
      const fault = await faultOf(() => open("custom"));
      expect(fault).to.include({ code: "source-tool-missing", exit: 1 });
    } finally {
      delete process.env.PRASASTI_POSTGRES_BIN;
    }
  });
});
