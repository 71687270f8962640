// Backups of sources before a wave, and the proof that they can be restored. What was never restored is no backup.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { Fault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import { failpoint } from "../../server/failpoint.ts";
import type { Source } from "../row.ts";
import { openSource } from "../sources/open-source.ts";
import type { SourceSettings } from "../sources/settings.ts";
import { sourceFiles } from "../sources/source-files.ts";
import { postgresPrograms } from "../sources/throwaway-postgres.ts";
import type { Plan, Wave } from "./schema.ts";
import { programPath, ThrowawayMariadb } from "./throwaway-mariadb.ts";

const fileSchema = z.strictObject({ path: z.string(), bytes: z.int(), sha256: z.string() });
const tableSchema = z.strictObject({ table: z.string(), rows: z.int(), sha256: z.string() });
const sourceSchema = z.strictObject({
  source: z.string(),
  engine: z.string(),
  files: z.array(fileSchema),
  /** of every table: as it was read from the source, and read from what was restored */
  tables: z.array(tableSchema),
});
const evidenceSchema = z.strictObject({
  format: z.literal("prasasti-backup"),
  version: z.literal(1),
  wave: z.string(),
  taken: z.iso.datetime(),
  seconds: z.number(),
  sources: z.array(sourceSchema),
});
/** `.migrate/backup/<wave>.json`: what was backed up, and that it was restored and compared. */
export type BackupEvidence = z.infer<typeof evidenceSchema>;
type Tables = BackupEvidence["sources"][number]["tables"];

const ROOT = ".migrate/backup";

export type BackupStep = { readonly source: string; readonly step: "copy" | "dump" | "restore" | "compare" };

/**
 * Backs up the sources of a wave into `.migrate/backup/<wave>/`, restores each into something of our own and compares
 * every table's rows. A former backup of the wave stays until the new one is whole.
 * @param sources of the wave (`sourcesOf`)
 * @param say is told each step before it begins, and waited for
 * @throws Fault `disk-full`, `backup-differs`, `backup-tool`; SourceFault
 */
export async function createBackup(
  folder: string,
  plan: Plan,
  wave: Wave,
  sources: readonly string[],
  { now = new Date(), env = process.env, say = (_: BackupStep): void | Promise<void> => {} } = {},
): Promise<BackupEvidence> {
  const began = performance.now();
  const part = join(folder, ROOT, `${wave.id}.part`);
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  try {
    const done: BackupEvidence["sources"] = [];
    for (const source of sources) {
      const settings = plan.sources[source]!;
      const target = join(part, source);
      await mkdir(target, { recursive: true });
      const one = { folder, target, source, settings, env, say };
      const { files, tables } =
        "path" in settings ? await copied({ ...one, settings }) : await dumped({ ...one, settings });
      done.push({ source, engine: settings.engine, files, tables });
      failpoint("backup-source-done");
    }
    const evidence: BackupEvidence = {
      ...{ format: "prasasti-backup", version: 1, wave: wave.id, taken: now.toISOString() },
      seconds: Math.round((performance.now() - began) / 100) / 10,
      sources: done,
    };
    const whole = join(folder, ROOT, wave.id);
    const record = join(folder, ROOT, `${wave.id}.json`);
    await writeFile(`${record}.part`, `${JSON.stringify(evidence, null, 2)}\n`, { flush: true });
    failpoint("backup-before-swap");
    // without its record a folder is no backup, so a crash in between leaves none rather than a wrong one
    await rm(record, { force: true });
    await rm(whole, { recursive: true, force: true });
    await rename(part, whole);
    await rename(`${record}.part`, record);
    return evidence;
  } catch (error) {
    await rm(part, { recursive: true, force: true }).catch(() => {});
    await rm(join(folder, ROOT, `${wave.id}.json.part`), { force: true }).catch(() => {});
    throw (error as NodeJS.ErrnoException).code === "ENOSPC" ? diskFull(join(folder, ROOT), undefined) : error;
  }
}

/** What is wrong with a backup: which file, and how. */
export type BackupFault = { readonly path: string; readonly words: Words };

/** Reads every file of a backup again. Empty where all is as it was. @throws Fault `backup-missing` */
export async function verifyBackup(
  folder: string,
  wave: string,
): Promise<{ evidence: BackupEvidence; faults: BackupFault[] }> {
  const evidence = await readEvidence(folder, wave);
  if (!evidence) throw noBackup(wave);
  const faults: BackupFault[] = [];
  const whole = join(folder, ROOT, wave);
  const known = new Set<string>();
  for (const { source, files } of evidence.sources) {
    for (const { path, bytes, sha256 } of files) {
      const name = `${source}/${path}`;
      known.add(name);
      const found = await digestOf(join(whole, source, path));
      if (!found) faults.push({ path: name, words: { en: `${name} is gone`, id: `${name} hilang` } });
      else if (found.bytes !== bytes || found.sha256 !== sha256) {
        faults.push({
          path: name,
          words: {
            en: `${name} was changed: SHA-256 ${found.sha256.slice(0, 12)}… instead of ${sha256.slice(0, 12)}…`,
            id: `${name} diubah: SHA-256 ${found.sha256.slice(0, 12)}… alih-alih ${sha256.slice(0, 12)}…`,
          },
        });
      }
    }
  }
  for (const name of await filesBelow(whole)) {
    if (!known.has(name))
      faults.push({ path: name, words: { en: `${name} does not belong to it`, id: `${name} bukan bagiannya` } });
  }
  return { evidence, faults };
}

/** As the gates see it: what is there and when it was made. Files are looked at by size; `verifyBackup` reads them. */
export async function backupState(
  folder: string,
  wave: string,
): Promise<{ readonly taken: Date; readonly sources: readonly string[] } | { readonly words: Words }> {
  const evidence = await readEvidence(folder, wave).catch((error: unknown) => error);
  if (evidence === undefined) return { words: { en: "there is none", id: "belum ada" } };
  if (evidence instanceof Error)
    return { words: { en: "its record cannot be read", id: "catatannya tidak dapat dibaca" } };
  const { sources, taken } = evidence as BackupEvidence;
  for (const { source, files } of sources) {
    for (const { path, bytes } of files) {
      const size = await stat(join(folder, ROOT, wave, source, path)).then(
        ({ size }) => size,
        () => undefined,
      );
      if (size !== bytes)
        return { words: { en: `${source}/${path} is not as it was`, id: `${source}/${path} tidak seperti semula` } };
    }
  }
  return { taken: new Date(taken), sources: sources.map(({ source }) => source) };
}

async function readEvidence(folder: string, wave: string): Promise<BackupEvidence | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, ROOT, `${wave}.json`), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const evidence = evidenceSchema.parse(JSON.parse(text));
  // a changed record must not lead out of the backup's folder
  const paths = evidence.sources.flatMap(({ source, files }) => [source, ...files.map(({ path }) => path)]);
  if (paths.some((path) => isAbsolute(path) || path.split(/[\\/]/).includes(".."))) throw noBackup(wave);
  return evidence;
}

// ---- files

type One<S> = {
  folder: string;
  target: string;
  source: string;
  settings: S;
  env: Readonly<Record<string, string | undefined>>;
  say: (step: BackupStep) => void | Promise<void>;
};
type Done = { files: BackupEvidence["sources"][number]["files"]; tables: Tables };

async function copied({
  folder,
  target,
  source,
  settings,
  say,
  env,
}: One<Extract<SourceSettings, { path: string }>>): Promise<Done> {
  await say({ source, step: "copy" });
  const found = await filesOf(folder, settings);
  let needed = 0;
  for (const { path } of found) needed += (await stat(path)).size;
  await assertSpace(target, needed);
  const files: Done["files"] = [];
  for (const { path } of found) {
    const inside = relative(resolve(folder), path).split(sep).join("/");
    const before = await copy(path, join(target, inside));
    // read again: both what arrived on the disk, and that nobody wrote to the source meanwhile
    const [after, origin] = [await digestOf(join(target, inside)), await digestOf(path)];
    if (after?.sha256 !== before.sha256) throw differs(source, inside);
    if (origin?.sha256 !== before.sha256) throw moved(source, inside);
    files.push({ path: inside, ...before });
  }
  await say({ source, step: "restore" });
  // the copies alone, read as the source would be
  const restored = await openSource(settings, target, { name: source, env });
  return { files, tables: await tablesOf(restored) };
}

/** A dump in folder format is all that is in it. */
async function filesOf(
  folder: string,
  { engine, path }: { engine: string; path: string },
): Promise<readonly { path: string }[]> {
  const whole = resolve(folder, path);
  const isFolder = engine === "pgdump" && (await stat(whole).catch(() => undefined))?.isDirectory();
  if (!isFolder) return sourceFiles(folder, path);
  return (await filesBelow(whole)).map((name) => ({ path: join(whole, name) }));
}

async function copy(from: string, to: string): Promise<{ bytes: number; sha256: string }> {
  await mkdir(dirname(to), { recursive: true });
  const digest = createHash("sha256");
  let bytes = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(from), watch, createWriteStream(to, { flush: true }));
  return { bytes, sha256: digest.digest("hex") };
}

async function digestOf(path: string): Promise<{ bytes: number; sha256: string } | undefined> {
  const digest = createHash("sha256");
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path)) {
      digest.update(chunk);
      bytes += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { bytes, sha256: digest.digest("hex") };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** Every table with its rows and what they hash to; closes the source. */
async function tablesOf(source: Source): Promise<Tables> {
  try {
    const tables: Tables = [];
    for (const { name } of await source.tables()) {
      const rows = source.rows(name);
      for (;;) {
        const next = await rows.next();
        if (!next.done) continue;
        tables.push({ table: name, rows: next.value.rows, sha256: next.value.sha256 });
        break;
      }
    }
    return tables;
  } finally {
    await source.close();
  }
}

// ---- databases

type Database = Extract<SourceSettings, { dsnEnv: string }>;

async function dumped(one: One<Database>): Promise<Done> {
  const { folder, target, source, settings, env, say } = one;
  const address = env[settings.dsnEnv];
  if (!address) throw noAddress(source, settings.dsnEnv);
  // opened first: its tables are those of one moment, and that moment is before the dump's
  const origin = await openSource(settings, folder, { name: source, env });
  try {
    const bytes = (await origin.tables()).reduce((sum, table) => sum + (table.bytes ?? 0), 0);
    await assertSpace(target, bytes);
    await say({ source, step: "dump" });
    const name = settings.engine === "postgres" ? "database.dump" : "database.sql";
    const path = join(target, name);
    await (settings.engine === "postgres" ? dumpPostgres : dumpMysql)(source, address, path, settings);
    const size = await digestOf(path);
    failpoint("backup-dumped");
    await say({ source, step: "restore" });
    const after =
      settings.engine === "postgres"
        ? await restorePostgres(path, settings)
        : await restoreMysql(source, path, settings);
    await say({ source, step: "compare" });
    const before = await tablesOf(origin);
    compare(source, before, after);
    return { files: [{ path: name, ...size! }], tables: before };
  } finally {
    await origin.close();
  }
}

function compare(source: string, before: Tables, after: Tables): void {
  for (const { table, rows, sha256 } of before) {
    const other = after.find((each) => each.table === table);
    if (!other) throw differs(source, table);
    if (other.rows !== rows || other.sha256 !== sha256) throw notTheSame(source, table, rows, other.rows);
  }
}

/** The password goes by the environment: a command line is seen by everybody on the machine. */
async function dumpPostgres(source: string, address: string, path: string, settings: Database): Promise<void> {
  const programs = postgresPrograms();
  const url = new URL(address);
  const password = decodeURIComponent(url.password);
  url.password = "";
  const schemas = "schemas" in settings ? (settings.schemas ?? []).map((name) => `--schema=${quoted(name)}`) : [];
  await runTool(
    source,
    programs === undefined ? "pg_dump" : join(programs, "pg_dump"),
    ["--format=custom", "--no-owner", "--no-privileges", ...schemas, `--file=${path}`, `--dbname=${url.href}`],
    password === "" ? {} : { PGPASSWORD: password },
  );
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

async function restorePostgres(path: string, settings: Database): Promise<Tables> {
  const { timezone, schemas, encoding } = settings as Extract<Database, { engine: "postgres" }>;
  const source = await openSource(
    {
      engine: "pgdump",
      path,
      timezone,
      ...(schemas ? { schemas } : {}),
      ...(encoding === undefined ? {} : { encoding }),
    },
    dirname(path),
  );
  return tablesOf(source);
}

async function withMysqlOptions<T>(
  address: string,
  work: (options: string, database: string) => Promise<T>,
): Promise<T> {
  const url = new URL(address);
  const folder = await mkdtemp(join(tmpdir(), "prasasti-mysql-"));
  try {
    const file = join(folder, "my.cnf");
    const field = (name: string, value: string) => `${name}="${decodeURIComponent(value).replace(/[\\"]/g, "\\$&")}"\n`;
    const text = `[client]\n${field("host", url.hostname)}port=${url.port || 3306}\n${field("user", url.username)}${field("password", url.password)}`;
    await writeFile(file, text, { mode: 0o600 });
    return await work(`--defaults-file=${file}`, decodeURIComponent(url.pathname.slice(1)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function dumpMysql(source: string, address: string, path: string): Promise<void> {
  await withMysqlOptions(address, (options, database) =>
    runTool(source, programPath("mariadb-dump", "mysqldump") ?? "mariadb-dump", [
      options,
      ...["--single-transaction", "--hex-blob", "--routines", "--triggers", "--default-character-set=utf8mb4"],
      ...["--skip-lock-tables", "--skip-dump-date", `--result-file=${path}`, "--", database],
    ]),
  );
}

async function restoreMysql(source: string, path: string, settings: Database): Promise<Tables> {
  const server = await ThrowawayMariadb.start();
  try {
    await server.database("restored");
    const address = server.url("restored");
    await withMysqlOptions(address, (options, database) =>
      runTool(
        source,
        programPath("mariadb", "mysql") ?? "mariadb",
        [options, "--binary-mode", "--default-character-set=utf8mb4", database],
        {},
        path,
      ),
    );
    const restored = await openSource({ ...settings, dsnEnv: "RESTORED" }, dirname(path), {
      name: source,
      env: { RESTORED: address },
    });
    return await tablesOf(restored);
  } finally {
    await server.stop();
  }
}

async function runTool(
  source: string,
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<void> {
  const child = spawn(program, args, {
    stdio: [input === undefined ? "ignore" : "pipe", "ignore", "pipe"],
    env: { ...process.env, ...environment },
  });
  let log = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-2_000);
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? String(signal)));
  });
  // a program that ends early closes its input; why is in its log
  if (input !== undefined) await pipeline(createReadStream(input), child.stdin!).catch(() => {});
  const code = await ended;
  if (code === 0) return;
  if (/no space left|disk full|errno:? 28\b/i.test(log)) throw Object.assign(new Error(log), { code: "ENOSPC" });
  throw toolFailed(source, program, typeof code === "string" && log === "" ? code : log.trim());
}

// ---- room, and faults

/** Fails before anything is written rather than in the middle. */
async function assertSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bytes > bavail * bsize) throw diskFull(folder, bytes);
}

function diskFull(folder: string, bytes: number | undefined): Fault {
  const size = bytes === undefined ? "" : ` (${Math.ceil(bytes / 2 ** 20)} MiB)`;
  return new Fault("disk-full", {
    explanation: {
      en: `There is not enough room for the backup${size} in ${folder}. Nothing half-done was left, a former backup is untouched.`,
      id: `Tempat untuk cadangan${size} di ${folder} tidak cukup. Tidak ada sisa setengah jadi, cadangan lama tetap utuh.`,
    },
    remedy: {
      en: "Make room, or let .migrate/backup be a link to a larger disk; then run the same command again.",
      id: "Kosongkan tempat, atau jadikan .migrate/backup tautan ke diska lebih besar; lalu jalankan lagi.",
    },
  });
}

function noBackup(wave: string): Fault {
  return new Fault("backup-missing", {
    explanation: { en: `Wave ${wave} has no backup.`, id: `Gelombang ${wave} belum punya cadangan.` },
    remedy: {
      en: `Make one with: prasasti migrate backup create ${wave}`,
      id: `Buat dengan: prasasti migrate backup create ${wave}`,
    },
  });
}

function noAddress(source: string, name: string): Fault {
  return new Fault("address-missing", {
    explanation: {
      en: `The address of ${source} is to be in ${name}, which is empty.`,
      id: `Alamat ${source} seharusnya ada di ${name}, yang kosong.`,
    },
    remedy: {
      en: `Set ${name} in the environment, never in the plan.`,
      id: `Isi ${name} di lingkungan, jangan di rencana.`,
    },
  });
}

function differs(source: string, what: string): Fault {
  return new Fault("backup-differs", {
    explanation: {
      en: `${what} of ${source} is not in what was restored, or not as it was.`,
      id: `${what} dari ${source} tidak ada dalam hasil pemulihan, atau tidak seperti semula.`,
    },
    remedy: { en: "Check the disk and run it again.", id: "Periksa diska dan jalankan lagi." },
  });
}

function moved(source: string, what: string): Fault {
  return new Fault("source-moved", {
    explanation: {
      en: `${what} of ${source} was changed while it was copied.`,
      id: `${what} dari ${source} berubah selagi disalin.`,
    },
    remedy: { en: "Freeze the source, then run it again.", id: "Bekukan sumbernya, lalu jalankan lagi." },
  });
}

function notTheSame(source: string, table: string, before: number, after: number): Fault {
  return new Fault("backup-differs", {
    explanation: {
      en: `Restored, table ${table} of ${source} differs: ${before} rows in the source, ${after} in the backup${before === after ? ", with other content" : ""}.`,
      id: `Setelah dipulihkan, tabel ${table} dari ${source} berbeda: ${before} baris di sumber, ${after} di cadangan${before === after ? ", dengan isi lain" : ""}.`,
    },
    remedy: {
      en: "Somebody wrote meanwhile: freeze the source and run it again. If nobody did, the restoring server is of another version.",
      id: "Ada yang menulis selagi berjalan: bekukan sumber dan jalankan lagi. Jika tidak, versi server pemulihnya berbeda.",
    },
  });
}

function toolFailed(source: string, program: string, log: string): Fault {
  const name = program.split("/").at(-1)!;
  return new Fault("backup-tool", {
    explanation: { en: `${name} failed for ${source}: ${log}`, id: `${name} gagal untuk ${source}: ${log}` },
    remedy: {
      en: "Install the programs of the database (postgresql-client, mariadb-client) in its version, and check the address.",
      id: "Pasang program basis datanya (postgresql-client, mariadb-client) sesuai versinya, dan periksa alamatnya.",
    },
  });
}
