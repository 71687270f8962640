import mysql from "mysql2/promise";
import { programPath, type ThrowawayMariadb } from "../../migration/plan/throwaway-mariadb.ts";

/** Whether MariaDB is installed; in CI, where it must be, its absence is a failure. */
export function needMariadb(test: Mocha.Context): void {
  if (programPath("mariadbd", "mysqld") !== undefined) return;
  if (process.env.CI === "true" && process.getuid?.() === 0)
    throw new Error("MariaDB is missing: apt-get install mariadb-server");
  process.stderr.write("      skipped: no MariaDB server here (Debian package mariadb-server)\n");
  test.skip();
}

/** A connection that takes several statements at once. */
export function connectTo(server: ThrowawayMariadb, database: string): Promise<mysql.Connection> {
  return mysql.createConnection({ uri: server.url(database), multipleStatements: true, charset: "utf8mb4" });
}
