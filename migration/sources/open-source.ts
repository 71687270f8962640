import type { Source } from "../row.ts";
import type { SourceSettings } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { sourceFiles } from "./source-files.ts";

/** `name`: of the source in the plan; `env`: where `dsnEnv` is looked up. */
export type OpenOptions = { readonly name?: string; readonly env?: Readonly<Record<string, string | undefined>> };

/**
 * Opens a place from which legacy rows are read; whoever opened it closes it. Paths are relative to `baseFolder`.
 * Drivers are loaded only for the engine that needs them.
 *
 * Throws a SourceFault where there is nothing, it does not let us in, or it is no source of its kind.
 */
export async function openSource(
  settings: SourceSettings,
  baseFolder: string,
  { name = settings.engine, env = process.env }: OpenOptions = {},
): Promise<Source> {
  switch (settings.engine) {
    case "csv": {
      const { CsvSource } = await import("./csv.ts");
      return new CsvSource(name, settings, await sourceFiles(baseFolder, settings.path));
    }
    case "json":
    case "jsonl": {
      const { JsonSource } = await import("./json.ts");
      return new JsonSource(name, settings, await sourceFiles(baseFolder, settings.path), settings.engine === "jsonl");
    }
    case "ocds": {
      const { OcdsSource } = await import("./ocds.ts");
      return new OcdsSource(name, await sourceFiles(baseFolder, settings.path));
    }
    case "xlsx": {
      const { XlsxSource } = await import("./xlsx.ts");
      return new XlsxSource(name, settings, await sourceFiles(baseFolder, settings.path));
    }
    case "postgres": {
      const { PostgresSource } = await import("./postgres.ts");
      return PostgresSource.open(name, settings, dsn(settings.dsnEnv, env));
    }
    case "pgdump": {
      const { openDump } = await import("./pgdump.ts");
      return openDump(name, settings, baseFolder);
    }
    case "camt053": {
      const { camt053Source } = await import("./camt053.ts");
      return camt053Source(name, await sourceFiles(baseFolder, settings.path));
    }
    case "mt940": {
      const { mt940Source } = await import("./mt940.ts");
      return mt940Source(name, settings, await sourceFiles(baseFolder, settings.path));
    }
    case "sqlserver": {
      const { SqlServerSource } = await import("./sqlserver.ts");
      return SqlServerSource.open(name, settings, dsn(settings.dsnEnv, env));
    }
    case "mysql": {
      const { MysqlSource } = await import("./mysql.ts");
      return MysqlSource.open(name, settings, dsn(settings.dsnEnv, env));
    }
  }
}

/** Addresses hold passwords: a plan names the variable, never the address. */
function dsn(variable: string, env: Readonly<Record<string, string | undefined>>): string {
  const address = env[variable];
  if (address) return address;
  throw new SourceFault(
    "source-setting",
    { en: `The variable ${variable} is not set.`, id: `Variabel ${variable} tidak diisi.` },
    {
      en: `Set it to the address of the database, as postgres://user:password@host:5432/name.`,
      id: `Isi dengan alamat basis data, misalnya postgres://pengguna:sandi@host:5432/nama.`,
    },
  );
}
