import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, readdirSync, rmSync } from "node:fs";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { SourceFault } from "./source-fault.ts";

const run = promisify(execFile);

/** PostgreSQL does not run as root; this user exists everywhere and owns nothing. */
const NOBODY = 65_534;

/**
 * A PostgreSQL server of our own, in a folder of its own, on a free loopback port with a password that only we know;
 * gone with its folder when it is stopped, or when this process ends. What is written to it is not meant to last.
 */
export class ThrowawayPostgres {
  /** the folder of its programs */
  readonly programs: string;
  readonly port: number;
  /** of the person `owner`, who may do all in her databases and nothing outside them */
  readonly password: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #leave: () => void;
  readonly #guard: ChildProcess;

  private constructor(programs: string, folder: string, child: ChildProcess, port: number, password: string) {
    this.programs = programs;
    this.#folder = folder;
    this.#process = child;
    this.port = port;
    this.password = password;
    this.#leave = () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    };
    process.once("exit", this.#leave);
    // a process that is killed says nothing; the end of its pipe does
    this.#guard = spawn("sh", ["-c", GUARD, "sh", folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
    this.#guard.on("error", () => {});
    this.#guard.unref();
    (this.#guard.stdin as Socket).unref();
  }

  /** Throws a SourceFault where PostgreSQL is not installed or does not start. */
  static async start(): Promise<ThrowawayPostgres> {
    const programs = neededPrograms();
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-postgres-"));
    const password = randomBytes(24).toString("base64url");
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    try {
      const secret = path.join(folder, "password");
      await writeFile(secret, password, { mode: 0o600 });
      if ("uid" in user) for (const name of [folder, secret]) await chown(name, NOBODY, NOBODY);
      await chmod(folder, 0o700);
      const data = path.join(folder, "data");
      const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: "C" } };
      const initialise = ["-D", data, "-U", "throwaway", "-A", "scram-sha-256", `--pwfile=${secret}`];
      await run(path.join(programs, "initdb"), [...initialise, "-E", "UTF8", "--locale=C", "--no-sync"], options);
      await rm(secret);
      for (let tries = 1; ; tries++) {
        const port = await freePort();
        const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", ...QUICK };
        const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
        const child = spawn(path.join(programs, "postgres"), ["-D", data, ...given], {
          ...options,
          stdio: ["ignore", "ignore", "pipe"],
        });
        let log = "";
        child.stderr!.setEncoding("utf8").on("data", (text: string) => {
          log = (log + text).slice(-4_096);
        });
        const server = new ThrowawayPostgres(programs, folder, child, port, password);
        if (await server.#ready()) {
          await server.#begin();
          return server;
        }
        process.off("exit", server.#leave);
        server.#guard.kill();
        // somebody else may have taken the port meanwhile
        if (tries === 3) throw new Error(log.trim());
      }
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      const { message } = cause as Error;
      throw new SourceFault(
        "source-tool-missing",
        {
          en: `The PostgreSQL server for the dump did not start: ${message}`,
          id: `Server PostgreSQL untuk dump tidak dapat dijalankan: ${message}`,
        },
        { en: "Check the installation of PostgreSQL.", id: "Periksa pemasangan PostgreSQL." },
        { cause },
      );
    }
  }

  async #ready(): Promise<boolean> {
    for (let tries = 0; tries < 400 && this.#process.exitCode === null; tries++) {
      try {
        await this.#ask("postgres", "select 1");
        return true;
      } catch {
        await pause(50);
      }
    }
    return false;
  }

  /** As the superuser, who serves for nothing else. */
  async #ask(database: string, ...statements: string[]): Promise<void> {
    const { default: pg } = await import("pg");
    const client = new pg.Client({ ...this.#address(database), user: "throwaway" });
    client.on("error", () => {});
    await client.connect();
    try {
      for (const statement of statements) await client.query(statement);
    } finally {
      await client.end();
    }
  }

  #address(database: string) {
    return { host: "127.0.0.1", port: this.port, user: "owner", password: this.password, database, ssl: false };
  }

  async #begin(): Promise<void> {
    await this.#ask("postgres", `create role owner login createrole password '${this.password}'`);
  }

  /**
   * An empty database that `owner` owns, without being a superuser: a dump that tries to run programs is refused.
   * @param encoding `SQL_ASCII` for bytes that the server shall not judge
   */
  async database(name: string, encoding: "UTF8" | "SQL_ASCII" = "UTF8", roles: readonly string[] = []): Promise<void> {
    const named = roles.map((role) => `"${role.replaceAll('"', '""')}"`);
    await this.#ask(
      "postgres",
      `create database "${name}" owner owner encoding '${encoding}' template template0`,
      ...named.flatMap((role) => [`create role ${role}`, `grant ${role} to owner`]),
    );
    // whoever makes an extension owns it, and dumps of old versions comment on this one
    await this.#ask(name, "drop extension plpgsql", "alter schema public owner to owner");

    const { default: pg } = await import("pg");
    const client = new pg.Client(this.#address(name));
    await client.connect();
    try {
      await client.query("create extension plpgsql");
      // a table is given only to a role that could have made it
      for (const role of named) {
        await client.query(`grant create on schema public to ${role}`);
        await client.query(`alter default privileges grant create on schemas to ${role}`);
      }
    } finally {
      await client.end();
    }
  }

  /** The address of a database, as drivers take it. */
  url(database: string): string {
    return `postgres://owner:${this.password}@127.0.0.1:${this.port}/${database}?sslmode=disable`;
  }

  /** What PostgreSQL's own programs need to find it. */
  environment(): Record<string, string> {
    return {
      PGHOST: "127.0.0.1",
      PGPORT: String(this.port),
      PGUSER: "owner",
      PGPASSWORD: this.password,
      PGSSLMODE: "disable",
      PGOPTIONS: "",
      PATH: process.env.PATH ?? "",
      LC_ALL: "C",
    };
  }

  async stop(): Promise<void> {
    process.off("exit", this.#leave);
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, "exit");
      this.#process.kill("SIGINT");
      const force = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(force);
    }
    await rm(this.#folder, { recursive: true, force: true });
    this.#guard.stdin!.end();
  }
}

/** Waits for the end of our process; then stops the server that still runs in the folder, by its id, and removes both. */
const GUARD =
  'cat >/dev/null; pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" && sleep 2; rm -rf "$1"';

/** Nothing here has to survive a crash. */
const QUICK = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_wal_size: "4GB",
  autovacuum: "off",
  logging_collector: "off",
};

/** The folder with PostgreSQL's programs, the newest version first; undefined where there is none. */
export function postgresPrograms(): string | undefined {
  const named = process.env.PRASASTI_POSTGRES_BIN;
  const versions = (folder: string, name: RegExp, below: string) => {
    try {
      return readdirSync(folder)
        .filter((entry) => name.test(entry))
        .sort((a, b) => Number.parseFloat(b.replace(/^\D+/, "")) - Number.parseFloat(a.replace(/^\D+/, "")))
        .map((entry) => path.join(folder, entry, below));
    } catch {
      return [];
    }
  };
  const usual = () => [
    ...versions("/usr/lib/postgresql", /^[0-9]/, "bin"),
    ...versions("/usr", /^pgsql-/, "bin"),
    ...versions("/opt/homebrew/opt", /^postgresql@/, "bin"),
    ...versions("/usr/local/opt", /^postgresql@/, "bin"),
    ...(process.env.PATH ?? "").split(path.delimiter),
  ];
  return (named ? [named] : usual()).find((folder) =>
    ["initdb", "postgres", "pg_restore", "psql"].every((program) => {
      try {
        accessSync(path.join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

/** The same; throws a SourceFault where there is none. */
export function neededPrograms(): string {
  const programs = postgresPrograms();
  if (programs === undefined)
    throw new SourceFault(
      "source-tool-missing",
      {
        en: "A dump is read through a PostgreSQL server, and none is installed here.",
        id: "Dump dibaca melalui server PostgreSQL, dan server itu tidak terpasang di sini.",
      },
      {
        en: "Install it (Debian and Ubuntu: apt-get install postgresql), or name the folder of its programs in PRASASTI_POSTGRES_BIN.",
        id: "Pasang (Debian dan Ubuntu: apt-get install postgresql), atau sebutkan folder programnya dalam PRASASTI_POSTGRES_BIN.",
      },
    );
  return programs;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once("error", reject)
      .listen(0, "127.0.0.1", () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
  });
}
