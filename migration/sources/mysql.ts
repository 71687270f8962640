import type { Connection, RowDataPacket } from "mysql2";
import type { Scan, Source, SourceRow, Table } from "../row.ts";
import { columnsChanged, connectionCut, incomplete, sourceRefuses, sourceUnreachable } from "./database-fault.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { noSuchTable } from "./source-files.ts";

const BATCH = 1_000;

type Field = { name: string; type: string; full: string; nullable: boolean };
type Relation = { name: string; engine: string | null; fields: readonly Field[]; table: Table };

/**
 * A MySQL or MariaDB database, in one read-only transaction with a consistent snapshot for the whole life of the source.
 * Every column is read as text by the engine's own cast: zero dates, nineteen-digit numbers and microseconds as they
 * are; bytes as `\x…`. Rows come by the bytes of the primary key, or by those of all columns where there is none.
 */
export class MysqlSource implements Source {
  readonly name: string;
  readonly #connection: Connection;
  readonly #relations: ReadonlyMap<string, Relation>;
  readonly #lost: () => SourceFault | undefined;
  #tables: readonly Table[] | undefined;
  #busy = false;

  private constructor(
    name: string,
    connection: Connection,
    relations: ReadonlyMap<string, Relation>,
    lost: () => SourceFault | undefined,
  ) {
    this.name = name;
    this.#connection = connection;
    this.#relations = relations;
    this.#lost = lost;
  }

  /** @param url mysql://user:password@host:port/database */
  static async open(name: string, settings: SettingsOf<"mysql">, url: string): Promise<MysqlSource> {
    const { default: mysql } = await import("mysql2");
    let lost: SourceFault | undefined;
    let connection: Connection;
    try {
      connection = mysql.createConnection({
        uri: url,
        charset: "utf8mb4",
        rowsAsArray: true,
        multipleStatements: false,
      });
      await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())));
    } catch (cause) {
      throw sourceUnreachable(name, cause as Error);
    }
    connection.on("error", (cause) => {
      lost ??= connectionCut(name, cause);
    });
    connection.on("end", () => {
      lost ??= connectionCut(name);
    });
    try {
      await ask(connection, "set names utf8mb4");
      // MAX_SORT_LENGTH: longer texts would count as equal; NET_WRITE_TIMEOUT: the server hangs up on a slow reader
      await ask(connection, "set session max_sort_length = 8388608, net_write_timeout = 86400, wait_timeout = 86400");
      await ask(connection, "set session time_zone = ?", [settings.timezone]);
      await ask(connection, "set session transaction isolation level repeatable read");
      await ask(connection, "start transaction with consistent snapshot, read only");
      return new MysqlSource(name, connection, await relationsOf(connection), () => lost);
    } catch (error) {
      connection.destroy();
      throw lost ?? translated(name, error);
    }
  }

  /** Counts every table, exactly; the first call takes as long as that takes. */
  async tables(): Promise<readonly Table[]> {
    if (this.#tables) return this.#tables;
    const tables: Table[] = [];
    for (const relation of this.#relations.values()) {
      await this.#enter(relation);
      try {
        tables.push({ ...relation.table, rows: await this.#count(relation) });
      } catch (error) {
        throw this.#fault(error, relation.name);
      } finally {
        await this.#leave();
      }
    }
    this.#tables = tables;
    return tables;
  }

  #fault(error: unknown, table: string): unknown {
    return error instanceof SourceFault ? error : (this.#lost() ?? translated(this.name, error, table));
  }

  async #count({ name }: Relation): Promise<number> {
    const [[count]] = (await ask(this.#connection, `select count(*) from ${quote(name)}`)) as [[unknown]];
    return Number(count);
  }

  /** The savepoint holds the lock on the table's columns, which ends with it. */
  async #enter(relation: Relation): Promise<void> {
    if (this.#busy) throw new Error(`${this.name} is being scanned: one table after the other.`);
    this.#busy = true;
    try {
      await ask(this.#connection, "savepoint scan");
      await this.#unchanged(relation);
    } catch (error) {
      await this.#leave();
      throw this.#fault(error, relation.name);
    }
  }

  async #leave(): Promise<void> {
    this.#busy = false;
    // a connection that is gone has told so already
    await ask(this.#connection, "rollback to savepoint scan").catch(() => {});
  }

  async #unchanged({ name, fields }: Relation): Promise<void> {
    // touched first: from here on nobody alters it, and what the catalogue says is what will be read
    await ask(this.#connection, `select 1 from ${quote(name)} limit 1`);
    const now = (await fieldsOf(this.#connection)).get(name) ?? [];
    if (JSON.stringify(now) !== JSON.stringify(fields)) throw columnsChanged(name);
  }

  async *rows(name: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const relation = this.#relations.get(name);
    if (!relation) throw noSuchTable(name, [...this.#relations.keys()]);
    await this.#enter(relation);
    try {
      const { fields, table } = relation;
      const expected = await this.#count(relation);
      const columns = fields.map(textOf).join(", ");
      const order = orderOf(relation);
      const positions = table.key.map((key) => fields.findIndex((field) => field.name === key));
      const where = (values: readonly (string | null)[], row: number) =>
        table.key.map((key, index) => `${key}=${values[positions[index]!]}`).join(",") || `row ${row}`;
      const digest = new ScanDigest();
      let batch: SourceRow[] = [];
      let number = 0;
      let last = "";
      const query = `select ${columns} from ${quote(name)} t order by ${order.join(", ")}`;
      const stream = this.#connection.query({ sql: query, rowsAsArray: true }).stream({ highWaterMark: BATCH });
      const fail = () => stream.destroy(this.#lost());
      try {
        // the driver tells the connection alone, and its stream would wait for ever
        this.#connection.once("error", fail).once("end", fail);
        for await (const values of stream as AsyncIterable<(string | null)[]>) {
          number++;
          batch.push({ row: number, at: where(values, number), values });
          if (batch.length < BATCH) continue;
          last = batch.at(-1)!.at;
          digest.add(batch);
          yield batch;
          batch = [];
        }
      } finally {
        this.#connection.off("error", fail).off("end", fail);
        // left early, the server still sends: what comes is thrown away, so that the connection can be asked again
        stream.destroy();
        this.#connection.resume();
      }
      if (batch.length > 0) {
        last = batch.at(-1)!.at;
        digest.add(batch);
        yield batch;
      }
      if (number !== expected) throw incomplete(name, expected, number);
      if (number > 0 && table.key.length > 0) {
        const backwards = order.map((by) => `${by} desc`).join(", ");
        const rows = await ask(
          this.#connection,
          `select ${columns} from ${quote(name)} t order by ${backwards} limit 1`,
        );
        if (where(rows[0] as (string | null)[], number) !== last) throw incomplete(name, expected, number);
      }
      if ((await this.#count(relation)) !== expected) throw columnsChanged(name);
      return { rows: number, last, sha256: digest.sha256() };
    } catch (error) {
      throw this.#fault(error, name);
    } finally {
      await this.#leave();
    }
  }

  async close(): Promise<void> {
    this.#connection.destroy();
  }
}

function ask(connection: Connection, sql: string, values: readonly unknown[] = []): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    connection.query<RowDataPacket[]>({ sql, rowsAsArray: true }, [...values], (error, rows) =>
      error ? reject(error) : resolve(rows as unknown as unknown[][]),
    );
  });
}

function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}

const BYTES = new Set(["binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"]);
const SHAPES = new Set([
  "geometry",
  "point",
  "linestring",
  "polygon",
  "multipoint",
  "multilinestring",
  "multipolygon",
  "geometrycollection",
  "geomcollection",
]);

/** The engine's own cast, but where it would lose something: bytes would become nothing, a float six digits. */
function textOf({ name, type }: Field): string {
  const column = quote(name);
  const cast = (what: string) => `cast(${what} as char character set utf8mb4)`;
  if (BYTES.has(type)) return `concat('\\\\x', lower(hex(${column})))`;
  if (SHAPES.has(type)) return cast(`st_astext(${column})`);
  if (type === "bit") return cast(`${column} + 0`);
  if (type === "float") return cast(`${column} + 0e0`);
  return cast(column);
}

const TEXTS = new Set(["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set"]);

function orderOf({ fields, table }: Relation): string[] {
  if (table.key.length === 0)
    return [`sha2(concat_ws(',', ${fields.map((field) => `quote(${textOf(field)})`).join(", ")}), 256)`];
  return table.key.map((key) => {
    const { name, type } = fields.find((field) => field.name === key)!;
    return TEXTS.has(type) ? `cast(t.${quote(name)} as binary)` : `t.${quote(name)}`;
  });
}

async function fieldsOf(connection: Connection): Promise<Map<string, Field[]>> {
  const rows = (await ask(
    connection,
    `select table_name, column_name, data_type, column_type, is_nullable from information_schema.columns
     where table_schema = database() order by table_name, ordinal_position`,
  )) as string[][];
  const found = new Map<string, Field[]>();
  for (const [table, name, type, full, nullable] of rows) {
    const fields = found.get(table!) ?? [];
    fields.push({ name: name!, type: type!.toLowerCase(), full: full!, nullable: nullable === "YES" });
    found.set(table!, fields);
  }
  return found;
}

async function relationsOf(connection: Connection): Promise<ReadonlyMap<string, Relation>> {
  const fields = await fieldsOf(connection);
  const keys = (await ask(
    connection,
    `select table_name, constraint_name, column_name, referenced_table_name, referenced_column_name
     from information_schema.key_column_usage where table_schema = database()
     order by table_name, constraint_name, ordinal_position`,
  )) as (string | null)[][];
  const tables = (await ask(
    connection,
    `select table_name, table_type, engine, coalesce(data_length, 0) + coalesce(index_length, 0)
     from information_schema.tables where table_schema = database() and table_type <> 'SEQUENCE'`,
  )) as (string | null)[][];
  tables.sort((a, b) => Buffer.compare(Buffer.from(a[0]!), Buffer.from(b[0]!)));
  const relations = new Map<string, Relation>();
  for (const [name, kind, engine, bytes] of tables as [string, string, string | null, string][]) {
    const mine = keys.filter(([table]) => table === name);
    const key = mine.filter(([, constraint]) => constraint === "PRIMARY").map(([, , column]) => column!);
    const references = new Map<string, { columns: string[]; table: string; to: string[] }>();
    for (const [, constraint, column, table, to] of mine) {
      if (table === null || table === undefined) continue;
      const reference = references.get(constraint!) ?? { columns: [], table, to: [] };
      reference.columns.push(column!);
      reference.to.push(to!);
      references.set(constraint!, reference);
    }
    const notes = [
      ...(key.length > 0 ? [] : [NOTES.key]),
      ...(kind === "BASE TABLE" && engine !== null && engine.toLowerCase() !== "innodb" ? [NOTES.snapshot] : []),
    ];
    const table: Table = {
      name,
      columns: (fields.get(name) ?? []).map(({ name: column, full, nullable }) => ({
        name: column,
        type: full,
        nullable,
      })),
      key,
      references: [...references.values()],
      bytes: Number(bytes),
      ...(notes.length > 0 ? { notes } : {}),
    };
    relations.set(name, { name, engine, fields: fields.get(name) ?? [], table });
  }
  return relations;
}

const NOTES = {
  key: {
    en: "no primary key: rows come by a hash of all their columns",
    id: "tanpa kunci utama: baris diurutkan menurut hash semua kolomnya",
  },
  snapshot: {
    en: "its engine has no snapshots: let nobody write to it while it is read",
    id: "mesinnya tidak mendukung snapshot: jangan ada yang menulis selagi dibaca",
  },
};

/** What a change of the catalogue looks like: definition changed, no such table, unknown column. */
const CHANGED = new Set([1412, 1146, 1054, 1932]);

function translated(name: string, error: unknown, table = name): unknown {
  if (error instanceof SourceFault || !(error instanceof Error)) return error;
  const { errno, code, fatal } = error as { errno?: number; code?: string; fatal?: boolean };
  if (errno !== undefined && CHANGED.has(errno)) return columnsChanged(table, error);
  if (fatal || code?.startsWith("PROTOCOL_") || (code?.startsWith("E") && !code.startsWith("ER_")))
    return connectionCut(name, error);
  return sourceRefuses(name, error);
}
