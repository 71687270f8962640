import type { Connection, ConnectionConfiguration, Request } from "tedious";
import type { Scan, Source, SourceRow, Table } from "../row.ts";
import { columnsChanged, connectionCut, incomplete, sourceRefuses, sourceUnreachable } from "./database-fault.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { noSuchTable } from "./source-files.ts";

const BATCH = 1_000;

type Tedious = typeof import("tedious");
type Values = (string | null)[];
type Field = { readonly name: string; readonly type: string; readonly full: string; readonly nullable: boolean };
type Relation = {
  readonly name: string;
  /** ready for a query */
  readonly quoted: string;
  readonly fields: readonly Field[];
  readonly table: Table;
};

/**
 * A Microsoft SQL Server database (2012 and later), read-only. Where it allows snapshot isolation, one transaction holds
 * for the whole life of the source: all tables are one moment, and who writes meanwhile neither waits nor is seen. Where
 * it does not, each table is read by one statement that sees only what is committed, its rows are counted before and
 * after, and its inventory says so: nothing is locked against the offices that work in it. Every column is read as text
 * by the engine's own CONVERT: money with four digits, times with all of theirs, bytes as `\x…`, floats with seventeen
 * digits. Rows come by primary key, texts in the order of their code points, or by all columns where there is none.
 */
export class SqlServerSource implements Source {
  readonly name: string;
  readonly #session: Session;
  readonly #relations: ReadonlyMap<string, Relation>;
  readonly #floats: string;
  #tables: readonly Table[] | undefined;
  #busy = false;

  private constructor(name: string, session: Session, relations: ReadonlyMap<string, Relation>, floats: string) {
    this.name = name;
    this.#session = session;
    this.#relations = relations;
    this.#floats = floats;
  }

  /** @param url mssql://user:password@host:port/database */
  static async open(name: string, settings: SettingsOf<"sqlserver">, url: string): Promise<SqlServerSource> {
    const session = await Session.open(name, settings, url);
    try {
      const [[version, snapshots]] = (await session.ask(
        `select convert(nvarchar(20), serverproperty('ProductVersion')),
          convert(nvarchar(1), (select snapshot_isolation_state from sys.databases where name = db_name()))`,
      )) as [Values];
      const isSnapshot = snapshots === "1";
      // outside of any procedure: within one it would end with it
      await session.batch(
        isSnapshot
          ? "set transaction isolation level snapshot; set lock_timeout 30000; begin transaction"
          : "set transaction isolation level read committed; set lock_timeout 30000",
      );
      const relations = await relationsOf(session, settings, isSnapshot);
      // style 3 gives all seventeen digits since 2016 (13)
      const floats = Number.parseInt(version ?? "0", 10) >= 13 ? "3" : "2";
      return new SqlServerSource(name, session, relations, floats);
    } catch (error) {
      session.close();
      throw session.fault(error, name);
    }
  }

  /** Counts every table, exactly; the first call takes as long as that takes. */
  async tables(): Promise<readonly Table[]> {
    if (this.#tables) return this.#tables;
    const tables: Table[] = [];
    for (const relation of this.#relations.values()) {
      try {
        tables.push({ ...relation.table, rows: await this.#count(relation) });
      } catch (error) {
        throw this.#session.fault(error, relation.name);
      }
    }
    this.#tables = tables;
    return tables;
  }

  async #count({ quoted }: Relation): Promise<number> {
    const [[count]] = (await this.#session.ask(`select count_big(*) from ${quoted}`)) as [unknown[]];
    return Number(count);
  }

  async *rows(name: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const relation = this.#relations.get(name);
    if (!relation) throw noSuchTable(name, [...this.#relations.keys()]);
    if (this.#busy) throw new Error(`${this.name} is being scanned: one table after the other.`);
    this.#busy = true;
    try {
      const { fields, table, quoted } = relation;
      const expected = await this.#count(relation);
      const columns = fields.map((field) => textOf(field, this.#floats)).join(", ");
      const order = this.#order(relation);
      const positions = table.key.map((key) => fields.findIndex((field) => field.name === key));
      const where = (values: Values, row: number) =>
        table.key.map((key, index) => `${key}=${values[positions[index]!]}`).join(",") || `row ${row}`;
      const digest = new ScanDigest();
      let number = 0;
      let last = "";
      for await (const found of this.#session.stream(
        `select ${columns} from ${quoted} t order by ${order.join(", ")}`,
      )) {
        const batch = found.map((values): SourceRow => ({ row: ++number, at: where(values, number), values }));
        last = batch.at(-1)!.at;
        digest.add(batch);
        yield batch;
      }
      if (number !== expected) throw incomplete(name, expected, number);
      if (number > 0 && table.key.length > 0) {
        const backwards = order.map((by) => `${by} desc`).join(", ");
        const [values] = await this.#session.ask(`select top (1) ${columns} from ${quoted} t order by ${backwards}`);
        if (values === undefined || where(values as Values, number) !== last) throw incomplete(name, expected, number);
      }
      if ((await this.#count(relation)) !== expected) throw columnsChanged(name);
      return { rows: number, last, sha256: digest.sha256() };
    } catch (error) {
      throw this.#session.fault(error, name);
    } finally {
      this.#busy = false;
    }
  }

  #order({ fields, table }: Relation): string[] {
    if (table.key.length === 0) return fields.map((field) => `${textOf(field, this.#floats)} collate ${BINARY}`);
    return table.key.map((key) => {
      const { name, type } = fields.find((field) => field.name === key)!;
      return TEXTS.has(type) ? `t.${quote(name)} collate ${BINARY}` : `t.${quote(name)}`;
    });
  }

  async close(): Promise<void> {
    this.#session.close();
  }
}

/** Code points in their order, whatever the database's collation. */
const BINARY = "Latin1_General_100_BIN2";
const TEXTS: ReadonlySet<string> = new Set(["char", "varchar", "nchar", "nvarchar", "text", "ntext"]);
const BYTES: ReadonlySet<string> = new Set(["binary", "varbinary", "image", "timestamp", "rowversion"]);
const SHAPES: ReadonlySet<string> = new Set(["geography", "geometry", "hierarchyid"]);
/** The style of CONVERT that loses nothing. */
const STYLES: Readonly<Record<string, readonly [length: string, style: string]>> = {
  money: ["40", "2"],
  smallmoney: ["40", "2"],
  date: ["40", "23"],
  time: ["40", "121"],
  datetime: ["40", "121"],
  smalldatetime: ["40", "120"],
  datetime2: ["40", "121"],
  datetimeoffset: ["50", "121"],
};

/** The engine's own cast of a column to text. */
function textOf({ name, type }: Field, floats: string): string {
  const column = `t.${quote(name)}`;
  const styled = STYLES[type];
  if (styled !== undefined) return `convert(nvarchar(${styled[0]}), ${column}, ${styled[1]})`;
  if (type === "float" || type === "real") return `convert(nvarchar(60), ${column}, ${floats})`;
  if (BYTES.has(type)) return `N'\\x' + lower(convert(nvarchar(max), convert(varbinary(max), ${column}), 2))`;
  if (SHAPES.has(type)) return `${column}.ToString()`;
  if (type === "sql_variant") return `convert(nvarchar(4000), ${column})`;
  if (TEXTS.has(type) || type === "xml") return `convert(nvarchar(max), ${column})`;
  return `convert(nvarchar(100), ${column})`;
}

function quote(name: string): string {
  return `[${name.replaceAll("]", "]]")}]`;
}

async function relationsOf(
  session: Session,
  { schemas, tables: wanted }: SettingsOf<"sqlserver">,
  isSnapshot: boolean,
): Promise<ReadonlyMap<string, Relation>> {
  const named = (schema: string | null, name: string | null) => (schema === "dbo" ? name! : `${schema}.${name}`);
  const columns = (await session.ask(
    `select c.table_schema, c.table_name, c.column_name, c.data_type, c.is_nullable,
      convert(nvarchar(12), c.character_maximum_length), convert(nvarchar(12), c.numeric_precision),
      convert(nvarchar(12), c.numeric_scale), convert(nvarchar(12), c.datetime_precision)
    from information_schema.columns c order by c.table_schema, c.table_name, c.ordinal_position`,
  )) as Values[];
  const keys = (await session.ask(
    `select k.table_schema, k.table_name, k.column_name, t.constraint_type, k.constraint_name,
      u.table_schema, u.table_name, u.column_name
    from information_schema.table_constraints t
    join information_schema.key_column_usage k
      on k.constraint_schema = t.constraint_schema and k.constraint_name = t.constraint_name
    left join information_schema.referential_constraints r
      on r.constraint_schema = t.constraint_schema and r.constraint_name = t.constraint_name
    left join information_schema.key_column_usage u
      on u.constraint_schema = r.unique_constraint_schema and u.constraint_name = r.unique_constraint_name
        and u.ordinal_position = k.ordinal_position
    where t.constraint_type in ('PRIMARY KEY', 'FOREIGN KEY')
    order by k.table_schema, k.table_name, k.constraint_name, k.ordinal_position`,
  )) as Values[];
  const fields = new Map<string, { quoted: string; schema: string; fields: Field[] }>();
  for (const [schema, table, name, type, nullable, length, precision, scale, digits] of columns) {
    const key = named(schema!, table!);
    const found = fields.get(key) ?? {
      quoted: `${quote(schema!)}.${quote(table!)}`,
      schema: schema!,
      fields: [] as Field[],
    };
    const kind = type!.toLowerCase();
    const full =
      kind === "decimal" || kind === "numeric"
        ? `${kind}(${precision},${scale})`
        : length != null
          ? `${kind}(${length === "-1" ? "max" : length})`
          : digits != null && (kind === "datetime2" || kind === "time" || kind === "datetimeoffset")
            ? `${kind}(${digits})`
            : kind;
    found.fields.push({ name: name!, type: kind, full, nullable: nullable === "YES" });
    fields.set(key, found);
  }
  const relations = new Map<string, Relation>();
  const isWanted = (name: string, schema: string) =>
    (schemas === undefined || schemas.includes(schema)) &&
    (wanted === undefined || wanted.some((each) => each.toLowerCase() === name.toLowerCase()));
  for (const name of [...fields.keys()].sort()) {
    const { quoted, schema, fields: own } = fields.get(name)!;
    if (!isWanted(name, schema)) continue;
    const mine = keys.filter(([keySchema, table]) => named(keySchema!, table!) === name);
    const key = mine.filter(([, , , kind]) => kind === "PRIMARY KEY").map(([, , column]) => column!);
    const references = new Map<string, { columns: string[]; table: string; to: string[] }>();
    for (const [, , column, kind, constraint, toSchema, toTable, to] of mine) {
      if (kind !== "FOREIGN KEY" || toTable == null) continue;
      const reference = references.get(constraint!) ?? { columns: [], table: named(toSchema!, toTable), to: [] };
      reference.columns.push(column!);
      reference.to.push(to!);
      references.set(constraint!, reference);
    }
    const notes = [...(key.length > 0 ? [] : [NOTES.key]), ...(isSnapshot ? [] : [NOTES.snapshot])];
    const table: Table = {
      name,
      columns: own.map(({ name: column, full, nullable }) => ({ name: column, type: full, nullable })),
      key,
      references: [...references.values()],
      ...(notes.length > 0 ? { notes } : {}),
    };
    relations.set(name, { name, quoted, fields: own, table });
  }
  const missing = wanted?.find(
    (each) => ![...relations.keys()].some((name) => name.toLowerCase() === each.toLowerCase()),
  );
  if (missing !== undefined) throw noSuchTable(missing, [...fields.keys()].sort());
  return relations;
}

const NOTES = {
  key: {
    en: "no primary key: rows come by all their columns",
    id: "tanpa kunci utama: baris diurutkan menurut semua kolomnya",
  },
  snapshot: {
    en: "the database does not allow snapshot isolation: tables are read one after the other, at moments of their own; ask for ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON",
    id: "basis data tidak mengizinkan snapshot isolation: tabel dibaca satu per satu pada saat yang berbeda; mintalah ALTER DATABASE … SET ALLOW_SNAPSHOT_ISOLATION ON",
  },
};

/** One connection; one question at a time. */
class Session {
  readonly #name: string;
  readonly #tedious: Tedious;
  readonly #connection: Connection;
  #lost: SourceFault | undefined;
  #isClosing = false;

  private constructor(name: string, tedious: Tedious, connection: Connection) {
    this.#name = name;
    this.#tedious = tedious;
    this.#connection = connection;
    connection.on("error", (cause) => {
      this.#lost ??= connectionCut(name, cause);
    });
    connection.on("end", () => {
      if (!this.#isClosing) this.#lost ??= connectionCut(name);
    });
  }

  static async open(name: string, settings: SettingsOf<"sqlserver">, url: string): Promise<Session> {
    let tedious: Tedious;
    try {
      tedious = await import("tedious");
    } catch (cause) {
      throw driverMissing(name, cause);
    }
    let connection: Connection;
    try {
      connection = new tedious.Connection(configuration(name, settings, url));
    } catch (cause) {
      if (cause instanceof SourceFault) throw cause;
      throw sourceUnreachable(name, cause as Error);
    }
    const session = new Session(name, tedious, connection);
    try {
      await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
    } catch (cause) {
      session.close();
      throw sourceUnreachable(name, cause as Error);
    }
    return session;
  }

  ask(sql: string): Promise<unknown[][]> {
    return this.#collect(sql, (request) => this.#connection.execSql(request));
  }

  async batch(sql: string): Promise<void> {
    await this.#collect(sql, (request) => this.#connection.execSqlBatch(request));
  }

  #collect(sql: string, run: (request: Request) => void): Promise<unknown[][]> {
    if (this.#lost !== undefined) throw this.#lost;
    return new Promise((resolve, reject) => {
      const rows: unknown[][] = [];
      const request = new this.#tedious.Request(sql, (error) => (error ? reject(error) : resolve(rows)));
      request.on("row", (columns: { value: unknown }[]) => rows.push(columns.map(({ value }) => value)));
      run(request);
    });
  }

  /** Rows in batches; the server waits while nobody takes them. Left early, the question is taken back. */
  async *stream(sql: string): AsyncGenerator<Values[]> {
    if (this.#lost !== undefined) throw this.#lost;
    const rows: Values[] = [];
    let ended = false;
    let failure: unknown;
    let wake = () => {};
    const request = new this.#tedious.Request(sql, (error) => {
      failure = error ?? undefined;
      ended = true;
      wake();
    });
    request.on("row", (columns: { value: unknown }[]) => {
      const values = columns.map(({ value }) => value as string | null);
      if (rows.push(values) < BATCH) return;
      request.pause();
      wake();
    });
    this.#connection.execSql(request);
    try {
      for (;;) {
        if (rows.length < BATCH && !ended)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        if (failure !== undefined) throw failure;
        // a pause may let through what has arrived already
        while (rows.length >= BATCH) yield rows.splice(0, BATCH);
        if (ended) {
          if (rows.length > 0) yield rows;
          return;
        }
        request.resume();
      }
    } finally {
      if (!ended) {
        this.#connection.cancel();
        request.resume();
        await new Promise<void>((resolve) => {
          if (ended) resolve();
          else wake = resolve;
        });
      }
    }
  }

  /** What went wrong, in our words. */
  fault(error: unknown, table: string): unknown {
    if (error instanceof SourceFault || !(error instanceof Error)) return error;
    const { number, code } = error as { number?: number; code?: string };
    // no such object or column, and a snapshot whose table has another form by now
    if (number !== undefined && CHANGED.has(number)) return columnsChanged(table, error);
    if (this.#lost !== undefined) return this.#lost;
    if (
      code === "ECLOSE" ||
      code === "ESOCKET" ||
      code === "ETIMEOUT" ||
      code === "EINVALIDSTATE" ||
      code === "ECANCEL"
    )
      return connectionCut(this.#name, error);
    return sourceRefuses(this.#name, error);
  }

  close(): void {
    this.#isClosing = true;
    this.#connection.close();
  }
}

const CHANGED: ReadonlySet<number> = new Set([207, 208, 3961, 4413, 4501, 4502]);

function configuration(
  name: string,
  { database, encrypt, trustServerCertificate }: SettingsOf<"sqlserver">,
  address: string,
): ConnectionConfiguration {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw wrongAddress(name, cause);
  }
  if (url.protocol !== "mssql:" && url.protocol !== "sqlserver:") throw wrongAddress(name);
  const inAddress = decodeURIComponent(url.pathname.slice(1));
  const chosen = database ?? inAddress;
  return {
    server: url.hostname.replace(/^\[|\]$/g, ""),
    authentication: {
      type: "default",
      options: { userName: decodeURIComponent(url.username), password: decodeURIComponent(url.password) },
    },
    options: {
      port: url.port === "" ? 1433 : Number(url.port),
      ...(chosen === "" ? {} : { database: chosen }),
      encrypt,
      trustServerCertificate,
      appName: "prasasti",
      // a scan takes as long as it takes; a server that does not answer at all is told at once
      requestTimeout: 0,
      connectTimeout: 15_000,
      tdsVersion: "7_4",
      rowCollectionOnRequestCompletion: false,
    },
  };
}

function wrongAddress(name: string, cause?: unknown): SourceFault {
  return new SourceFault(
    "source-setting",
    { en: `The address of ${name} is not one of SQL Server.`, id: `Alamat ${name} bukan alamat SQL Server.` },
    {
      en: "Write it as mssql://user:password@host:1433/database, special signs of the password as %40 and the like.",
      id: "Tulis sebagai mssql://pengguna:sandi@host:1433/basisdata; tanda khusus dalam sandi sebagai %40 dan seterusnya.",
    },
    { cause },
  );
}

function driverMissing(name: string, cause: unknown): SourceFault {
  return new SourceFault(
    "source-tool-missing",
    {
      en: `${name} is a SQL Server, and its driver (tedious) is not installed here.`,
      id: `${name} adalah SQL Server, dan driver-nya (tedious) tidak terpasang di sini.`,
    },
    {
      en: "Install it beside the software: npm ci without --omit=optional.",
      id: "Pasang bersama perangkat lunak ini: npm ci tanpa --omit=optional.",
    },
    { cause },
  );
}
