import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { accessSync, constants, rmSync } from "node:fs";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Fault } from "../../server/domain/fault.ts";

const run = promisify(execFile);
/** A server of databases does not run as root; this user exists everywhere and owns nothing. */
const NOBODY = 65_534;

/** A MariaDB server of our own, on loopback, gone with its folder when it is stopped or when this process ends. */
export class ThrowawayMariadb {
  readonly port: number;
  readonly password: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #leave: () => void;

  private constructor(folder: string, child: ChildProcess, port: number, password: string) {
    this.#folder = folder;
    this.#process = child;
    this.port = port;
    this.password = password;
    this.#leave = () => {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    };
    process.once("exit", this.#leave);
  }

  /** @throws Fault `mariadb-missing` where it is not installed or does not start */
  static async start(): Promise<ThrowawayMariadb> {
    const [server, install] = [
      programPath("mariadbd", "mysqld"),
      programPath("mariadb-install-db", "mysql_install_db"),
    ];
    if (server === undefined || install === undefined) throw missing("");
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-mariadb-"));
    const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    try {
      const data = path.join(folder, "data");
      await mkdir(data, { mode: 0o700 });
      if ("uid" in user) for (const name of [folder, data]) await chown(name, NOBODY, NOBODY);
      const options = { ...user, cwd: folder };
      await run(
        install,
        ["--no-defaults", `--datadir=${data}`, "--auth-root-authentication-method=normal", "--skip-test-db"],
        options,
      );
      const port = await freePort();
      const socket = path.join(folder, "s");
      const child = spawn(
        server,
        [
          "--no-defaults",
          `--datadir=${data}`,
          `--port=${port}`,
          "--bind-address=127.0.0.1",
          `--socket=${socket}`,
          `--pid-file=${folder}/pid`,
          ...QUICK,
        ],
        { ...options, stdio: ["ignore", "ignore", "pipe"] },
      );
      let log = "";
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        log = (log + text).slice(-4_096);
      });
      const throwaway = new ThrowawayMariadb(folder, child, port, randomBytes(24).toString("base64url"));
      if (await throwaway.#ready()) return throwaway;
      process.off("exit", throwaway.#leave);
      child.kill("SIGKILL");
      throw new Error(log.trim());
    } catch (cause) {
      await rm(folder, { recursive: true, force: true });
      throw cause instanceof Fault ? cause : missing((cause as Error).message);
    }
  }

  /** Until it answers; then the password of its only user is set. */
  async #ready(): Promise<boolean> {
    const { createConnection } = await import("mysql2/promise");
    for (let tries = 0; tries < 600 && this.#process.exitCode === null; tries++) {
      try {
        const connection = await createConnection({ host: "127.0.0.1", port: this.port, user: "root" });
        try {
          await connection.query("create user 'owner'@'127.0.0.1' identified by ?", [this.password]);
          await connection.query("grant all on *.* to 'owner'@'127.0.0.1'");
          await connection.query("drop user 'root'@'localhost'");
        } finally {
          await connection.end();
        }
        return true;
      } catch {
        await pause(50);
      }
    }
    return false;
  }

  /** An empty database. */
  async database(name: string): Promise<void> {
    const { createConnection } = await import("mysql2/promise");
    const connection = await createConnection(this.url("mysql"));
    try {
      await connection.query("create database ??", [name]);
    } finally {
      await connection.end();
    }
  }

  /** The address of a database, as drivers take it; `port`: of a relay in front of it. */
  url(database: string, port = this.port): string {
    return `mysql://owner:${this.password}@127.0.0.1:${port}/${database}`;
  }

  async stop(): Promise<void> {
    process.off("exit", this.#leave);
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      const force = setTimeout(() => this.#process.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(force);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Nothing here has to survive a crash. */
const QUICK = [
  "--innodb-flush-log-at-trx-commit=0",
  "--skip-log-bin",
  "--innodb-buffer-pool-size=64M",
  "--max-allowed-packet=1G",
];

/** The first of these programs that is installed. */
export function programPath(...names: string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/usr/bin", "/usr/local/bin"];
  for (const name of names) {
    for (const folder of folders) {
      try {
        accessSync(path.join(folder, name), constants.X_OK);
        return path.join(folder, name);
      } catch {}
    }
  }
  return undefined;
}

function missing(why: string): Fault {
  return new Fault("mariadb-missing", {
    explanation: {
      en: `A backup is restored into a MariaDB server of its own, and none starts here${why && `: ${why}`}.`,
      id: `Cadangan dipulihkan ke server MariaDB tersendiri, dan di sini tidak dapat dijalankan${why && `: ${why}`}.`,
    },
    remedy: {
      en: "Install it (Debian and Ubuntu: apt-get install mariadb-server).",
      id: "Pasang (Debian dan Ubuntu: apt-get install mariadb-server).",
    },
  });
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
