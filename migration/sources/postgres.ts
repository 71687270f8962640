import { once } from "node:events";
import type { Client, FieldDef } from "pg";
import type { Column, RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import {
  columnsChanged,
  connectionCut,
  incomplete,
  sourceRefuses,
  sourceUnreachable,
  undeclared,
} from "./database-fault.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { ScanDigest } from "./scan-digest.ts";
import type { SettingsOf } from "./settings.ts";
import { SourceFault } from "./source-fault.ts";
import { noSuchTable } from "./source-files.ts";

const BATCH = 1_000;

type Settings = Pick<SettingsOf<"postgres">, "schemas" | "timezone" | "encoding">;

type Attribute = { name: string; type: string; notNull: boolean; oid: number; number: number; collatable: boolean };
type Relation = {
  name: string;
  oid: number;
  kind: string;
  /** of the file that holds it: another one after the table was rewritten or emptied */
  node: number;
  /** ready for a query */
  quoted: string;
  attributes: readonly Attribute[];
  table: Table;
};

/**
 * A PostgreSQL database, in one read-only transaction of isolation REPEATABLE READ for the whole life of the source: all
 * tables are one snapshot, and who writes meanwhile neither waits nor is seen. Every column is read as text by the
 * engine's own cast; times with a zone are written in the declared one. Rows come by primary key, texts in the order of
 * their bytes, or where there is none by their place in the table (`ctid`), which holds within this snapshot alone.
 * A table is locked against changes of its columns while it is scanned, no longer.
 */
export class PostgresSource implements Source {
  readonly name: string;
  readonly #client: Client;
  readonly #relations: ReadonlyMap<string, Relation>;
  /** set where the database does not know what its bytes mean */
  readonly #encoding: Encoding | undefined;
  /** tells whether the connection is gone, and why */
  readonly #lost: () => SourceFault | undefined;
  #tables: readonly Table[] | undefined;
  #busy = false;

  private constructor(
    name: string,
    client: Client,
    relations: ReadonlyMap<string, Relation>,
    encoding: Encoding | undefined,
    lost: () => SourceFault | undefined,
  ) {
    this.name = name;
    this.#client = client;
    this.#relations = relations;
    this.#encoding = encoding;
    this.#lost = lost;
  }

  /** @param url with user and password; certificates as `sslmode`, `sslrootcert` say */
  static async open(name: string, settings: Settings, url: string): Promise<PostgresSource> {
    const { default: pg } = await import("pg");
    const client = new pg.Client({ connectionString: url, application_name: "prasasti migrate", keepAlive: true });
    let lost: SourceFault | undefined;
    client.once("error", (cause) => {
      lost ??= connectionCut(name, cause);
    });
    client.once("end", () => {
      lost ??= connectionCut(name);
    });
    try {
      await client.connect();
    } catch (cause) {
      throw sourceUnreachable(name, cause as Error);
    }
    try {
      // before the snapshot is taken, and whatever the database's own defaults are
      for (const [setting, value] of Object.entries({ ...SESSION, timezone: settings.timezone }))
        await client.query("select set_config($1, $2, false)", [setting, value]);
      await client.query("begin isolation level repeatable read read only");
      // the first query takes the snapshot
      const { rows: server } = await client.query("select current_setting('server_encoding') as encoding");
      const unknowing = server[0]!.encoding === "SQL_ASCII";
      if (unknowing && settings.encoding === undefined) throw undeclared(name);
      const relations = await relationsOf(client, settings.schemas);
      return new PostgresSource(
        name,
        client,
        relations,
        unknowing ? encodingOf(settings.encoding!) : undefined,
        () => lost,
      );
    } catch (error) {
      await client.end().catch(() => {});
      throw translated(name, error);
    }
  }

  /** Counts every table, exactly and in the snapshot; the first call takes as long as that takes. */
  async tables(): Promise<readonly Table[]> {
    if (this.#tables) return this.#tables;
    const tables: Table[] = [];
    for (const relation of this.#relations.values()) {
      const { table } = relation;
      const rows = await this.#within(relation, async () =>
        Number(await this.#one(`select count(*) from ${from(relation)}`)),
      );
      tables.push({ ...table, rows });
    }
    this.#tables = tables;
    return tables;
  }

  #fault(error: unknown, table: string): unknown {
    return error instanceof SourceFault ? error : (this.#lost() ?? translated(this.name, error, table));
  }

  async #one(query: string): Promise<string> {
    const { rows } = await this.#client.query({ text: query, rowMode: "array" });
    return String(rows[0]![0]);
  }

  /** Work on one table, whose lock ends with it: the savepoint holds it, the transaction goes on. */
  async #within<T>(relation: Relation, work: () => Promise<T>): Promise<T> {
    await this.#enter(relation);
    try {
      return await work();
    } catch (error) {
      throw this.#fault(error, relation.name);
    } finally {
      await this.#leave();
    }
  }

  async #enter(relation: Relation): Promise<void> {
    if (this.#busy) throw new Error(`${this.name} is being scanned: one table after the other.`);
    this.#busy = true;
    try {
      await this.#client.query("savepoint scan");
      await this.#unchanged(relation);
    } catch (error) {
      await this.#leave();
      throw this.#fault(error, relation.name);
    }
  }

  async #leave(): Promise<void> {
    this.#busy = false;
    // a connection that is gone has told so already
    await this.#client.query("rollback to savepoint scan").catch(() => {});
  }

  /** What the engine would read now must be what the snapshot's catalogue says; and locks it until the savepoint ends. */
  async #unchanged({ name, oid, node, kind, quoted, attributes }: Relation): Promise<void> {
    let fields: FieldDef[];
    try {
      ({ fields } = await this.#client.query(`select * from ${quoted} limit 0`));
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "42P01" || code === "3F000") throw columnsChanged(name);
      throw error;
    }
    const now = await this.#one(`select coalesce(pg_relation_filenode(${oid}), 0)`);
    const same =
      (kind === "v" || kind === "f" || Number(now) === node) &&
      fields.length === attributes.length &&
      attributes.every(({ name: column, oid: type }, index) => {
        const field = fields[index]!;
        return field.name === column && field.dataTypeID === type;
      });
    if (!same) throw columnsChanged(name);
  }

  async *rows(name: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const relation = this.#relations.get(name);
    if (!relation) throw noSuchTable(name, [...this.#relations.keys()]);
    await this.#enter(relation);
    try {
      const { default: pgCursor } = await import("pg-cursor");
      const { attributes, table } = relation;
      const place = table.key.length === 0 && hasPlace(relation);
      const columns = attributes.map((attribute) => this.#expression(attribute));
      if (place) columns.push("ctid::text");
      const order = orderOf(relation);
      const key = table.key.map((column) => attributes.findIndex((attribute) => attribute.name === column));
      const labels = place ? ["ctid"] : table.key;
      const positions = place ? [attributes.length] : key;
      const where = (values: readonly (string | null)[]) =>
        labels.length === 0 ? "" : labels.map((label, index) => `${label}=${values[positions[index]!]}`).join(",");

      const expected = Number(await this.#one(`select count(*) from ${from(relation)}`));
      const selected = columns.join(", ");
      const cursor = this.#client.query(
        new pgCursor<(string | Buffer | null)[]>(
          `select ${selected} from ${from(relation)} order by ${order.join(", ")}`,
          [],
          { rowMode: "array" },
        ),
      );
      const digest = new ScanDigest();
      let number = 0;
      let last = "";
      try {
        for (;;) {
          const found = await cursor.read(BATCH);
          if (found.length === 0) break;
          const batch = found.map((values) => this.#row(values, ++number, attributes, where));
          last = batch.at(-1)!.at;
          digest.add(batch);
          yield batch;
        }
      } finally {
        // a cursor waits for ever for a connection that is gone
        if (!this.#lost()) await Promise.race([cursor.close(), once(this.#client, "end")]).catch(() => {});
      }
      if (number !== expected) throw incomplete(name, expected, number);
      if (number > 0 && labels.length > 0) {
        const backwards = order.map((by) => `${by} desc nulls last`);
        const { rows } = await this.#client.query<(string | Buffer | null)[]>({
          text: `select ${selected} from ${from(relation)} order by ${backwards.join(", ")} limit 1`,
          rowMode: "array",
        });
        const final = this.#row(rows[0]!, number, attributes, where).at;
        if (final !== last) throw incomplete(name, expected, number);
      }
      return { rows: number, last, sha256: digest.sha256() };
    } catch (error) {
      throw this.#fault(error, name);
    } finally {
      await this.#leave();
    }
  }

  #expression({ name }: Attribute): string {
    const text = `${quote(name)}::text`;
    // a database that does not know its encoding hands out bytes
    return this.#encoding ? `convert_to(${text}, 'SQL_ASCII')` : text;
  }

  #row(
    found: readonly (string | Buffer | null)[],
    row: number,
    attributes: readonly Attribute[],
    where: (values: readonly (string | null)[]) => string,
  ): SourceRow {
    const faults: RowFault[] = [];
    const raw: Buffer[] = [];
    const texts = found.map((value, index) => {
      if (!Buffer.isBuffer(value)) {
        // the driver puts this character for bytes that are no text; that it stood there already cannot be told apart
        if (value?.includes("\ufffd")) faults.push({ code: "undecodable", column: attributes[index]!.name });
        return value;
      }
      const { unit } = this.#encoding!;
      if (!this.#encoding!.isText(value, 0, value.length / unit)) {
        faults.push({ code: "undecodable", column: attributes[index]!.name });
        raw.push(value);
      }
      return this.#encoding!.text(value, 0, value.length / unit);
    });
    const at = where(texts) || `row ${row}`;
    const values = texts.length > attributes.length ? texts.slice(0, attributes.length) : texts;
    if (faults.length === 0) return { row, at, values };
    return { row, at, values, faults, ...(raw.length > 0 ? { raw: Buffer.concat(raw).toString("base64") } : {}) };
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {});
  }
}

const SESSION = {
  client_encoding: "UTF8",
  datestyle: "ISO, YMD",
  intervalstyle: "postgres",
  extra_float_digits: "1",
  bytea_output: "hex",
  lc_monetary: "C",
  search_path: "",
  // a policy that hides rows is an error, not a smaller table
  row_security: "off",
  statement_timeout: "0",
  lock_timeout: "30s",
  idle_in_transaction_session_timeout: "0",
};

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Of old-style inheritance the parent alone: its children are tables of their own. Of partitions the whole. */
function from({ kind, quoted }: Relation): string {
  return kind === "r" ? `only ${quoted} t` : `${quoted} t`;
}

function hasPlace({ kind }: Relation): boolean {
  return kind === "r" || kind === "m" || kind === "p";
}

function orderOf(relation: Relation): string[] {
  const { attributes, table, kind } = relation;
  // with the table's name: a bare one would mean the text that is selected under it
  const by = ({ name, collatable }: Attribute) => `t.${quote(name)}${collatable ? ' collate "C"' : ""}`;
  if (table.key.length > 0) return table.key.map((key) => by(attributes.find(({ name }) => name === key)!));
  if (kind === "p") return ["t.tableoid", "t.ctid"];
  if (hasPlace(relation)) return ["t.ctid"];
  return attributes.map(({ name }) => `t.${quote(name)}::text collate "C"`);
}

async function relationsOf(
  client: Client,
  schemas: readonly string[] | undefined,
): Promise<ReadonlyMap<string, Relation>> {
  const { rows } = await client.query<{
    oid: number;
    schema: string;
    name: string;
    kind: string;
    node: string;
    owner: string;
    bytes: string;
    readable: boolean;
    attributes: Attribute[];
    key: string[];
    references: { columns: string[]; schema: string; table: string; to: string[] }[];
  }>(CATALOGUE, [schemas ?? null]);
  const named = (schema: string, name: string) => (schema === "public" ? name : `${schema}.${name}`);
  const relations = new Map<string, Relation>();
  for (const { oid, schema, name, kind, node, owner, bytes, readable, attributes, key, references } of rows) {
    if (!readable) throw forbidden(named(schema, name));
    const columns: Column[] = attributes.map((attribute) => ({
      name: attribute.name,
      type: attribute.type,
      nullable: !attribute.notNull,
    }));
    const table: Table = {
      name: named(schema, name),
      columns,
      key,
      references: references.map((one) => ({ columns: one.columns, table: named(one.schema, one.table), to: one.to })),
      bytes: Number(bytes),
      owner,
      ...(key.length > 0 ? {} : { notes: [NOTES[kind === "v" || kind === "f" ? "columns" : "place"]] }),
    };
    const quoted = `${quote(schema)}.${quote(name)}`;
    relations.set(table.name, { name: table.name, oid, kind, node: Number(node), quoted, attributes, table });
  }
  return relations;
}

const NOTES = {
  place: {
    en: "no primary key: rows come by their place in the table (ctid), an order that holds within one snapshot",
    id: "tanpa kunci utama: baris diurutkan menurut letaknya dalam tabel (ctid), urutan yang berlaku dalam satu snapshot",
  },
  columns: {
    en: "a view or foreign table, without key: rows come by all their columns",
    id: "view atau tabel asing, tanpa kunci: baris diurutkan menurut semua kolomnya",
  },
};

const CATALOGUE = `
select c.oid as oid, n.nspname as schema, c.relname as name, c.relkind::text as kind,
  coalesce(c.relfilenode::int8, 0) as node, pg_get_userbyid(c.relowner) as owner,
  case when c.relkind in ('r', 'm', 'p') then pg_total_relation_size(c.oid) else 0 end as bytes,
  has_table_privilege(c.oid, 'select') as readable,
  coalesce((select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'notNull', a.attnotnull, 'oid', a.atttypid::int8, 'number', a.attnum, 'collatable', a.attcollation <> 0) order by a.attnum)
    from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped), '[]') as attributes,
  coalesce((select json_agg(a.attname order by k.place)
    from pg_index i cross join unnest(i.indkey) with ordinality k (number, place)
    join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
    where i.indrelid = c.oid and i.indisprimary), '[]') as key,
  coalesce((select json_agg(json_build_object('schema', fn.nspname, 'table', f.relname,
      'columns', (select json_agg(a.attname order by k.place) from unnest(o.conkey) with ordinality k (number, place)
        join pg_attribute a on a.attrelid = o.conrelid and a.attnum = k.number),
      'to', (select json_agg(a.attname order by k.place) from unnest(o.confkey) with ordinality k (number, place)
        join pg_attribute a on a.attrelid = o.confrelid and a.attnum = k.number)) order by o.conname)
    from pg_constraint o join pg_class f on f.oid = o.confrelid join pg_namespace fn on fn.oid = f.relnamespace
    where o.conrelid = c.oid and o.contype = 'f'), '[]') as "references"
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm', 'v', 'f') and not c.relispartition
  and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
  and ($1::text[] is null or n.nspname = any ($1))
order by n.nspname collate "C", c.relname collate "C"`;

function forbidden(table: string): SourceFault {
  return new SourceFault(
    "source-unreachable",
    { en: `The user may not read the table ${table}.`, id: `Pengguna tidak berhak membaca tabel ${table}.` },
    {
      en: `Grant it: GRANT SELECT ON ALL TABLES IN SCHEMA …; or leave its schema out by \`schemas\`.`,
      id: `Beri hak: GRANT SELECT ON ALL TABLES IN SCHEMA …; atau keluarkan skemanya melalui \`schemas\`.`,
    },
  );
}

function translated(name: string, error: unknown, table = name): unknown {
  if (error instanceof SourceFault || !(error instanceof Error)) return error;
  const { code } = error as { code?: string };
  // what a change of the catalogue looks like to a query
  if (code && ["42P01", "42703", "42804", "0A000", "XX000"].includes(code)) return columnsChanged(table, error);
  if (code === undefined || /^(08|57|E|25)/.test(code)) return connectionCut(name, error);
  return sourceRefuses(name, error);
}
