import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { postgresPrograms, ThrowawayPostgres } from "../../migration/sources/throwaway-postgres.ts";

const run = promisify(execFile);

/** Whether PostgreSQL is installed; in CI, where it must be, its absence is a failure. */
export function needPostgres(test: Mocha.Context): void {
  if (postgresPrograms() !== undefined) return;
  if (process.env.CI === "true" && process.getuid?.() === 0)
    throw new Error("PostgreSQL is missing: apt-get install postgresql");
  process.stderr.write("      skipped: no PostgreSQL server here (Debian package postgresql)\n");
  test.skip();
}

/** A real server of its own. */
export class Postgres {
  readonly server: ThrowawayPostgres;
  #databases = 0;

  private constructor(server: ThrowawayPostgres) {
    this.server = server;
  }

  static async start(): Promise<Postgres> {
    return new Postgres(await ThrowawayPostgres.start());
  }

  /** A new database, filled by SQL; the connection is the caller's. */
  async database(sql: string, encoding?: "UTF8" | "SQL_ASCII"): Promise<{ name: string; client: pg.Client }> {
    const name = `legacy${++this.#databases}`;
    await this.server.database(name, encoding);
    const client = new pg.Client(this.server.url(name));
    await client.connect();
    await client.query(sql);
    return { name, client };
  }

  async dump(name: string, file: string, ...args: string[]): Promise<void> {
    const env = this.server.environment();
    await run(path.join(this.server.programs, "pg_dump"), [...args, "-f", file, name], { env });
  }

  /** Runs a script by psql, in that client encoding. */
  async script(name: string, script: Uint8Array, encoding: string): Promise<void> {
    const env = { ...this.server.environment(), PGCLIENTENCODING: encoding };
    const running = run(path.join(this.server.programs, "psql"), ["-X", "-q", "-v", "ON_ERROR_STOP=1", name], { env });
    running.child.stdin!.end(script);
    await running;
  }

  async stop(): Promise<void> {
    await this.server.stop();
  }
}
