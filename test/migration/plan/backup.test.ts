import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import pg from "pg";
import { backupState, createBackup, verifyBackup } from "../../../migration/plan/backup.ts";
import { readPlan } from "../../../migration/plan/read-plan.ts";
import type { Plan } from "../../../migration/plan/schema.ts";
import { ThrowawayMariadb } from "../../../migration/plan/throwaway-mariadb.ts";
import { postgresPrograms, ThrowawayPostgres } from "../../../migration/sources/throwaway-postgres.ts";
import { Fault } from "../../../server/domain/fault.ts";
import { connectTo, needMariadb } from "../mariadb.ts";
import { aFolder } from "./folder.ts";

const isCi = process.env.CI === "true" && process.getuid?.() === 0;

function skip(test: Mocha.Context, why: string): void {
  if (isCi) throw new Error(why);
  process.stderr.write(`      skipped: ${why}\n`);
  test.skip();
}

async function refusal(work: Promise<unknown>): Promise<Fault> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

async function backedUp(
  folder: string,
  sources: readonly string[] = ["spse", "arsip"],
  settings?: Plan["sources"],
  env = process.env,
) {
  const read = await readPlan(folder);
  const plan = settings ? { ...read, sources: settings } : read;
  return await createBackup(folder, plan, plan.waves[2]!, sources, { env });
}

/** The signal that ended a backup in a process of its own, which kills itself at a named place. */
async function killedAt(
  place: string,
  folder: string,
  sources: readonly string[],
  settings?: Plan["sources"],
  env = process.env,
): Promise<string | null> {
  const at = (file: string) => JSON.stringify(new URL(`../../../migration/plan/${file}`, import.meta.url).href);
  const program = `
    import { createBackup } from ${at("backup.ts")};
    import { readPlan } from ${at("read-plan.ts")};
    const [folder, sources, settings] = process.argv.slice(1);
    const read = await readPlan(folder);
    const plan = settings === undefined ? read : { ...read, sources: JSON.parse(settings) };
    await createBackup(folder, plan, plan.waves[2], JSON.parse(sources));`;
  const given = [folder, JSON.stringify(sources), ...(settings === undefined ? [] : [JSON.stringify(settings)])];
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, ...given], {
    stdio: ["ignore", "ignore", "inherit"],
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    env: { ...env, PRASASTI_FAILPOINT: place },
  });
  const [, signal] = (await once(child, "exit")) as [number, string | null];
  return signal;
}

describe("a backup of files", () => {
  it("is copied, hashed and read again; nothing of it is written to the source", async () => {
    await using folder = await aFolder();
    const { sources } = await backedUp(folder.path);
    expect(
      sources.map(({ source, files, tables }) => [
        source,
        files.map(({ path }) => path),
        tables.map(({ table, rows }) => [table, rows]),
      ]),
    ).to.deep.equal([
      [
        "spse",
        ["data/spse/kontrak.json", "data/spse/satker.json"],
        [
          ["kontrak", 1],
          ["satker", 1],
        ],
      ],
      ["arsip", ["data/arsip.csv"], [["arsip", 1]]],
    ]);
    expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
    expect(await backupState(folder.path, "W2")).to.deep.include({ sources: ["spse", "arsip"] });
    expect(await readdir(join(folder.path, ".migrate/backup"))).to.have.members(["W2", "W2.json"]);
    const copy = join(folder.path, ".migrate/backup/W2/arsip/data/arsip.csv");
    expect(await readFile(copy, "utf8")).to.equal(await readFile(join(folder.path, "data/arsip.csv"), "utf8"));
  });

  const tampering: [what: string, change: (backup: string) => Promise<void>, told: RegExp][] = [
    [
      "a changed byte",
      (backup) => writeFile(join(backup, "arsip/data/arsip.csv"), "kd,kd_satker,nilai\n7,100,501\n"),
      /arsip\/data\/arsip.csv was changed/,
    ],
    [
      "a byte more",
      (backup) => appendFile(join(backup, "spse/data/spse/kontrak.json"), " "),
      /spse\/data\/spse\/kontrak.json was changed/,
    ],
    ["a file that is gone", (backup) => rm(join(backup, "spse/data/spse/satker.json")), /satker.json is gone/],
    [
      "a file that does not belong",
      (backup) => writeFile(join(backup, "spse/more.json"), "[]"),
      /spse\/more.json does not belong/,
    ],
  ];
  for (const [what, change, told] of tampering) {
    it(`names ${what} (F21)`, async () => {
      await using folder = await aFolder();
      await backedUp(folder.path);
      await change(join(folder.path, ".migrate/backup/W2"));
      const { faults } = await verifyBackup(folder.path, "W2");
      expect(faults.map(({ words }) => words.en)).to.have.length(1);
      expect(faults[0]!.words.en).to.match(told);
    });
  }

  it("is none where its record leads elsewhere", async () => {
    await using folder = await aFolder();
    await backedUp(folder.path);
    const record = join(folder.path, ".migrate/backup/W2.json");
    await writeFile(
      record,
      (await readFile(record, "utf8")).replaceAll("data/arsip.csv", "../../../../data/arsip.csv"),
    );
    expect((await refusal(verifyBackup(folder.path, "W2"))).code).to.equal("backup-missing");
  });

  it("stops cleanly on a full disk, keeps the former one, and works once there is room (F11)", async function () {
    this.timeout(60_000);
    if (process.platform !== "linux" || process.getuid?.() !== 0)
      skip(this, "a small disk is mounted as root on Linux alone");
    await using folder = await aFolder();
    const small = join(folder.path, ".migrate/backup");
    await mkdir(small, { recursive: true });
    try {
      execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small], { stdio: "ignore" });
    } catch {
      skip(this, "tmpfs cannot be mounted here");
    }
    try {
      const first = await backedUp(folder.path);
      const rows = Array.from({ length: 20_000 }, (_, i) => `${i},100,${i}`).join("\n");
      await writeFile(join(folder.path, "data/arsip.csv"), `kd,kd_satker,nilai\n${rows}\n`);
      const fault = await refusal(backedUp(folder.path));
      expect(fault.code).to.equal("disk-full");
      expect(fault.words.id).to.include("tidak cukup");
      expect(await readdir(small)).to.have.members(["W2", "W2.json"]);
      const { evidence, faults } = await verifyBackup(folder.path, "W2");
      expect([evidence, faults]).to.deep.equal([first, []]);
      execFileSync("/bin/mount", ["-o", "remount,size=4m", small]);
      expect((await backedUp(folder.path)).sources[1]!.tables[0]!.rows).to.equal(20_000);
      expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
    } finally {
      execFileSync("/bin/umount", [small]);
    }
  });

  for (const place of ["backup-source-done", "backup-before-swap"]) {
    it(`killed at ${place}, leaves the former one or none, and is made by running it again`, async function () {
      this.timeout(60_000);
      await using folder = await aFolder();
      const first = await backedUp(folder.path);
      expect(await killedAt(place, folder.path, ["spse", "arsip"])).to.equal("SIGKILL");
      const { evidence, faults } = await verifyBackup(folder.path, "W2");
      expect([evidence, faults]).to.deep.equal([first, []]);
      await backedUp(folder.path);
      expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
      expect(await readdir(join(folder.path, ".migrate/backup"))).to.have.members(["W2", "W2.json"]);
    });
  }
});

describe("a backup of PostgreSQL", function () {
  this.timeout(120_000);
  let server: ThrowawayPostgres | undefined;
  let client: pg.Client;
  const settings = { db: { engine: "postgres", dsnEnv: "DB_DSN", timezone: "UTC" } } as unknown as Plan["sources"];

  before(async function () {
    if (postgresPrograms() === undefined) skip(this, "PostgreSQL is not installed (apt-get install postgresql)");
    server = await ThrowawayPostgres.start();
    await server.database("spse");
    client = new pg.Client({ connectionString: server.url("spse") });
    await client.connect();
    await client.query(`create schema ekontrak;
      create table ekontrak.kontrak (id bigint primary key, nilai numeric(18, 2), tgl timestamptz, ket text);
      create table tanpa_kunci (a text, b int);
      insert into ekontrak.kontrak select i, i * 1.05, '2025-01-01'::timestamptz + i * interval '1 hour', repeat('é', i % 40) from generate_series(1, 2500) i;
      insert into tanpa_kunci select 'x' || i, nullif(i % 7, 0) from generate_series(1, 1200) i;`);
  });
  after(async () => {
    await client?.end();
    await server?.stop();
  });

  it("is dumped, restored elsewhere, and every table's rows are the same", async () => {
    await using folder = await aFolder();
    const env = { ...process.env, DB_DSN: server!.url("spse") };
    const { sources } = await backedUp(folder.path, ["db"], settings, env);
    expect(sources[0]!.tables.map(({ table, rows }) => [table, rows])).to.deep.equal([
      ["ekontrak.kontrak", 2500],
      ["tanpa_kunci", 1200],
    ]);
    expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
    await appendFile(join(folder.path, ".migrate/backup/W2/db/database.dump"), "x");
    expect((await verifyBackup(folder.path, "W2")).faults[0]!.words.en).to.match(/db\/database.dump was changed/);
  });

  it("killed at backup-dumped, leaves the former one, and is made by running it again", async () => {
    await using folder = await aFolder();
    const env = { ...process.env, DB_DSN: server!.url("spse") };
    const first = await backedUp(folder.path, ["db"], settings, env);
    expect(await killedAt("backup-dumped", folder.path, ["db"], settings, env)).to.equal("SIGKILL");
    const { evidence, faults } = await verifyBackup(folder.path, "W2");
    expect([evidence, faults]).to.deep.equal([first, []]);
    await backedUp(folder.path, ["db"], settings, env);
    expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
    expect(await readdir(join(folder.path, ".migrate/backup"))).to.have.members(["W2", "W2.json"]);
  });

  it("does not put the password on a command line or into its record", async () => {
    await using folder = await aFolder();
    // the real programs, and a pg_dump that writes down how it is called
    const programs = join(folder.path, "programs");
    await mkdir(programs);
    const real = postgresPrograms()!;
    for (const name of await readdir(real))
      if (name !== "pg_dump") await symlink(join(real, name), join(programs, name));
    const seen = join(folder.path, "called");
    await writeFile(join(programs, "pg_dump"), `#!/bin/sh\necho "$@" > '${seen}'\nexec '${real}/pg_dump' "$@"\n`, {
      mode: 0o755,
    });
    const former = process.env.PRASASTI_POSTGRES_BIN;
    process.env.PRASASTI_POSTGRES_BIN = programs;
    try {
      // the throw-away server's user must reach its programs
      await chmod(folder.path, 0o755);
      await backedUp(folder.path, ["db"], settings, { ...process.env, DB_DSN: server!.url("spse") });
    } finally {
      if (former === undefined) delete process.env.PRASASTI_POSTGRES_BIN;
      else process.env.PRASASTI_POSTGRES_BIN = former;
    }
    expect(await readFile(seen, "utf8"))
      .to.include("--dbname=postgres://owner@")
      .and.not.include(server!.password);
    expect(await readFile(join(folder.path, ".migrate/backup/W2.json"), "utf8")).not.to.include(server!.password);
  });

  it("says so where somebody wrote between the two moments", async () => {
    await using folder = await aFolder();
    const plan = { ...(await readPlan(folder.path)), sources: settings };
    const env = { ...process.env, DB_DSN: server!.url("spse") };
    const say = async ({ step }: { step: string }) => {
      if (step === "dump") await client.query("insert into tanpa_kunci values ('meanwhile', 1)");
    };
    const fault = await refusal(createBackup(folder.path, plan, plan.waves[2]!, ["db"], { env, say }));
    expect(fault.code).to.equal("backup-differs");
    expect(fault.words.en).to.include("tanpa_kunci").and.to.include("freeze");
    expect(await readdir(join(folder.path, ".migrate/backup"))).to.deep.equal([]);
  });

  it("says which variable is empty, and what the programs said", async () => {
    await using folder = await aFolder();
    expect((await refusal(backedUp(folder.path, ["db"], settings, {}))).words.en).to.include("DB_DSN");
  });
});

describe("a backup of MariaDB", function () {
  this.timeout(180_000);
  let server: ThrowawayMariadb | undefined;
  const settings = {
    simda: { engine: "mysql", dsnEnv: "SIMDA_DSN", timezone: "+00:00" },
  } as unknown as Plan["sources"];

  before(async function () {
    needMariadb(this);
    server = await ThrowawayMariadb.start();
    const connection = await connectTo(server, "mysql");
    await connection.query(`create database simda character set utf8mb4; use simda;
      create table Ta_Kontrak (Tahun smallint, No_Kontrak varchar(50), Nilai decimal(20, 2), Keperluan text, gambar blob, primary key (Tahun, No_Kontrak));
      create table Ta_SP2D (No_SP2D varchar(50) primary key, Tgl_SP2D datetime(6), Nilai double);`);
    for (let i = 0; i < 300; i++) {
      await connection.query("insert into Ta_Kontrak values (?, ?, ?, ?, ?)", [
        2013 + (i % 10),
        `${i}/SPK`,
        `${i}.25`,
        `Pekerjaan "é" ${i}\n\\`,
        Buffer.from([i % 256, 0, 39, 92]),
      ]);
      await connection.query("insert into Ta_SP2D values (?, ?, ?)", [`${i}`, "2019-02-28 23:59:59.123456", i * 1.1]);
    }
    await connection.end();
  });
  after(async () => {
    await server?.stop();
  });

  it("is dumped, restored elsewhere, and every table's rows are the same", async () => {
    await using folder = await aFolder();
    const { sources } = await backedUp(folder.path, ["simda"], settings, {
      ...process.env,
      SIMDA_DSN: server!.url("simda"),
    });
    expect(sources[0]!.tables.map(({ table, rows }) => [table, rows])).to.deep.equal([
      ["Ta_Kontrak", 300],
      ["Ta_SP2D", 300],
    ]);
    expect((await verifyBackup(folder.path, "W2")).faults).to.deep.equal([]);
  });
});
