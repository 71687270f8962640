import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import mysql from "mysql2/promise";
import { freePort } from "../identity/slapd.ts";

/** A real MariaDB server of its own, in a folder of its own; stopped by its process id. */

const SERVER = "/usr/sbin/mariadbd";
const NOBODY = 65_534;

/** Whether there is one; in CI, where it must be, its absence is a failure. */
export function needMariadb(test: Mocha.Context): void {
  if (existsSync(SERVER)) return;
  if (process.env.CI === "true" && process.getuid?.() === 0)
    throw new Error(`${SERVER} is missing: apt-get install mariadb-server`);
  process.stderr.write(`      skipped: no ${SERVER} here (Debian package mariadb-server)\n`);
  test.skip();
}

export class Mariadb {
  readonly port: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#process = child;
    this.#folder = folder;
    this.port = port;
  }

  static async start(): Promise<Mariadb> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-mariadb-"));
    const root = process.getuid?.() === 0;
    if (root) await chown(folder, NOBODY, NOBODY);
    const user = root ? { uid: NOBODY, gid: NOBODY } : {};
    const data = `--datadir=${folder}/data`;
    const install = ["--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"];
    execFileSync("/usr/bin/mariadb-install-db", install, {
      ...user,
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const port = await freePort();
    const args = ["--no-defaults", data, `--port=${port}`, "--bind-address=127.0.0.1", `--socket=${folder}/socket`];
    const quick = ["--innodb-flush-log-at-trx-commit=0", "--skip-log-bin", `--pid-file=${folder}/pid`];
    const child = spawn(SERVER, [...args, ...quick], { ...user, cwd: folder, stdio: "ignore" });
    const server = new Mariadb(child, folder, port);
    for (let tries = 0; ; tries++) {
      try {
        await (await server.connect("mysql")).end();
        break;
      } catch (error) {
        if (tries > 400 || child.exitCode !== null) throw new Error(`mariadbd did not start: ${error}`);
        await pause(50);
      }
    }
    return server;
  }

  url(database: string, port = this.port): string {
    return `mysql://root@127.0.0.1:${port}/${database}`;
  }

  connect(database: string): Promise<mysql.Connection> {
    return mysql.createConnection({ uri: this.url(database), multipleStatements: true, charset: "utf8mb4" });
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
