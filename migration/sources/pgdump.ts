import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Source } from "../row.ts";
import { undeclared } from "./database-fault.ts";
import { PostgresSource } from "./postgres.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { neededPrograms, ThrowawayPostgres } from "./throwaway-postgres.ts";

const DATABASE = "dump";

/**
 * A file of `pg_dump` (custom, tar or folder format, or plain SQL, also gzipped), restored into a throw-away server and
 * read from there; the server is gone when the source is closed. Nothing of a dump is believed: it is restored by a user
 * who is no superuser, and psql's own commands in it are refused. One that is damaged or cut restores to nothing.
 */
export async function openDump(name: string, settings: SettingsOf<"pgdump">, baseFolder: string): Promise<Source> {
  const file = path.resolve(baseFolder, settings.path);
  const form = await formOf(file);
  const { roles, encoding } =
    form === "archive" ? { roles: [], encoding: await encodingOfArchive(file) } : await lookThrough(file, form);
  // such a dump would be restored without a complaint, and its texts damaged on the way out
  const unknowing = encoding === "SQL_ASCII";
  if (unknowing && settings.encoding === undefined) throw undeclared(name);
  const server = await ThrowawayPostgres.start();
  try {
    await server.database(DATABASE, unknowing ? "SQL_ASCII" : "UTF8", roles);
    if (form === "archive") await restoreArchive(server, file);
    else await restorePlain(server, file, form);
    const source = await PostgresSource.open(name, settings, server.url(DATABASE));
    return {
      name,
      tables: () => source.tables(),
      rows: (table) => source.rows(table),
      close: async () => {
        await source.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

type Form = "archive" | "plain" | "gzip";

async function formOf(file: string): Promise<Form> {
  const found = await stat(file).catch(() => undefined);
  if (!found)
    throw new SourceFault(
      "source-setting",
      { en: `There is no dump ${file}.`, id: `Tidak ada dump ${file}.` },
      { en: "Correct `path` of the source in its settings.", id: "Perbaiki `path` sumber itu dalam setelannya." },
    );
  if (found.isDirectory()) return "archive";
  const handle = await open(file);
  try {
    const start = Buffer.alloc(512);
    const { bytesRead } = await handle.read(start, 0, 512, 0);
    if (bytesRead === 0) throw damaged(file, "0 bytes", "0 byte");
    if (start.subarray(0, 5).toString("latin1") === "PGDMP") return "archive";
    if (start.subarray(257, 262).toString("latin1") === "ustar") return "archive";
    return start[0] === 0x1f && start[1] === 0x8b ? "gzip" : "plain";
  } finally {
    await handle.close();
  }
}

async function restoreArchive(server: ThrowawayPostgres, file: string): Promise<void> {
  const args = [
    "--no-owner",
    "--no-privileges",
    "--no-tablespaces",
    "--exit-on-error",
    "--single-transaction",
    "-d",
    DATABASE,
    file,
  ];
  // run by us, who may read the file, and not by the user whom the server runs as
  const child = spawn(path.join(server.programs, "pg_restore"), args, {
    env: server.environment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const said = lastWords(child.stderr);
  const [exit] = (await once(child, "close")) as [number | null];
  if (exit !== 0) throw damaged(file, said());
}

async function restorePlain(server: ThrowawayPostgres, file: string, form: Form): Promise<void> {
  const child = spawn(
    path.join(server.programs, "psql"),
    ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-1", "-d", DATABASE, "-f", "-"],
    {
      env: server.environment(),
      stdio: ["pipe", "ignore", "pipe"],
    },
  );
  const said = lastWords(child.stderr);
  const ended = once(child, "close") as Promise<[number | null]>;
  const { stdin } = child;
  stdin.on("error", () => {});
  const write = async (text: string) => {
    if (!stdin.destroyed && !stdin.write(text, "latin1"))
      await Promise.race([once(stdin, "drain").catch(() => {}), ended]);
  };
  try {
    // no command of psql's own runs after this but the one that knows the word; psql that lacks it stops here
    await write("\\restrict prasasti\n");
    let whole = false;
    let copying = false;
    for await (const lines of linesOf(file, form)) {
      const kept: string[] = [];
      for (const line of lines) {
        if (copying) copying = line !== "\\." && line !== "\\.\r";
        else if (COPY.test(line)) copying = true;
        else if (whole === false && LAST.test(line)) whole = true;
        else if (LEFT_OUT.test(line)) continue;
        kept.push(line);
      }
      await write(`${kept.join("\n")}\n`);
      if (child.exitCode !== null) break;
    }
    // psql takes the end of its input for the end of a table: whether the dump is whole only its last line says
    if (child.exitCode === null && (copying || !whole)) {
      child.kill("SIGKILL");
      await ended;
      throw damaged(file, "its end is missing: the dump was cut", "bagian akhirnya tidak ada: dump terpotong");
    }
    stdin.end();
    const [exit] = await ended;
    if (exit !== 0) throw damaged(file, said());
  } finally {
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}

const COPY = /^COPY .* FROM stdin;\r?$/;
const LAST = /^-- PostgreSQL database (?:cluster )?dump complete/;
/** What a newer pg_dump writes that this server may not know, and what moves to another database or user. */
const LEFT_OUT =
  /^(?:SET transaction_timeout = 0;|\\(?:un)?restrict \w+|\\connect .*|(?:CREATE|ALTER|DROP) DATABASE .*;|SET SESSION AUTHORIZATION .*;)\r?$/;

const ENCODING = /^SET client_encoding = '([^']+)';\r?$/;

/** What the dump says its texts are. */
async function encodingOfArchive(file: string): Promise<string | undefined> {
  const child = spawn(path.join(neededPrograms(), "pg_restore"), ["--schema-only", "-f", "-", file], {
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = lastWords(child.stderr);
  const ended = once(child, "close") as Promise<[number | null]>;
  let start = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    if (start.length < 4_096) start += text;
  });
  const [exit] = await ended;
  if (exit !== 0) throw damaged(file, said());
  return start
    .split("\n")
    .map((line) => ENCODING.exec(line)?.[1])
    .find(Boolean);
}

/** Of a plain dump what it says its texts are, and the roles that it names: they must exist before it gives to them. */
async function lookThrough(
  file: string,
  form: Form,
): Promise<{ roles: readonly string[]; encoding: string | undefined }> {
  let encoding: string | undefined;
  const roles = new Set<string>();
  let copying = false;
  for await (const lines of linesOf(file, form))
    for (const line of lines) {
      if (copying) copying = !line.startsWith("\\.");
      else if (COPY.test(line)) copying = true;
      else {
        encoding ??= ENCODING.exec(line)?.[1];
        const found =
          /^(?:ALTER .* OWNER TO|GRANT .* TO|REVOKE .* FROM|ALTER DEFAULT PRIVILEGES FOR ROLE) ("(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)/.exec(
            line,
          )?.[1];
        if (found) roles.add(found.startsWith('"') ? found.slice(1, -1).replaceAll('""', '"') : found);
      }
    }
  for (const known of ["public", "owner", "throwaway", "current_user", "session_user"]) roles.delete(known);
  return { roles: [...roles].filter((role) => role.toLowerCase() !== "public" && !role.startsWith("pg_")), encoding };
}

/** Lines of a file, as bytes in Latin-1 texts, some thousand at a time. */
async function* linesOf(file: string, form: Form): AsyncGenerator<readonly string[]> {
  const stream: Readable =
    form === "gzip" ? createReadStream(file).pipe(createGunzip()) : createReadStream(file, { highWaterMark: 1 << 20 });
  let rest = "";
  try {
    for await (const chunk of stream) {
      const lines = (rest + (chunk as Buffer).toString("latin1")).split("\n");
      rest = lines.pop()!;
      yield lines;
    }
  } catch (cause) {
    throw damaged(file, (cause as Error).message);
  }
  if (rest !== "") yield [rest];
}

function lastWords(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    text = (text + more).slice(-2_048);
  });
  return () => text.trim().split("\n").slice(-4).join(" ");
}

function damaged(file: string, en: string, id = en): SourceFault {
  return new SourceFault(
    "source-damaged",
    { en: `The dump ${file} cannot be restored: ${en}.`, id: `Dump ${file} tidak dapat dipulihkan: ${id}.` },
    {
      en: "Have it made again by pg_dump -Fc of this or an older version of PostgreSQL, and compare its size with the original.",
      id: "Minta dibuat ulang dengan pg_dump -Fc dari PostgreSQL versi ini atau yang lebih lama, dan bandingkan ukurannya dengan aslinya.",
    },
  );
}
