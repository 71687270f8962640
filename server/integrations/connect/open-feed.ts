import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import type { Source, SourceRow } from "../../../migration/row.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import type { SourceSettings } from "../../../migration/sources/settings.ts";
import { noSuchTable, sourceFiles } from "../../../migration/sources/source-files.ts";
import { DropFeed } from "../feeds/drop-feed.ts";
import { HttpFeed } from "../feeds/http-feed.ts";
import { secretOf } from "../secret-of.ts";
import type { ConnectorSource } from "../settings.ts";
import type { Answer, Batch, Captured, Feed } from "./feed.ts";

type Environment = Readonly<Record<string, string | undefined>>;
type FileSettings = Extract<SourceSettings, { path: string }>;

/** Opens the place that a source of `connectors.yaml` names; paths are relative to `folder`. @throws SourceFault, ConnectorFault */
export async function openFeed(settings: ConnectorSource, folder: string, env: Environment): Promise<Feed> {
  if ("path" in settings) return new FileFeed(settings, folder);
  if ("url" in settings) return new HttpFeed(settings, { env, folder });
  if (settings.engine === "drop")
    return new DropFeed(settings, folder, new FileFeed({ ...settings.as, path: settings.names }, folder));
  return new ScanFeed(
    await openSource(settings, folder, { env: { ...env, [settings.dsnEnv]: secretOf(settings.dsnEnv, env) } }),
  );
}

/** Files: each is an answer, whole; which of its tables is read, the job says. */
class FileFeed implements Feed {
  readonly #settings: FileSettings;
  readonly #folder: string;

  constructor(settings: FileSettings, folder: string) {
    this.#settings = settings;
    this.#folder = folder;
  }

  /** Files hold one table each, named as the file, or tables of their own. */
  get #many(): boolean {
    return this.#settings.engine === "xlsx" || this.#settings.engine === "pgdump";
  }

  async *answers({ table, signal }: Parameters<Feed["answers"]>[0]): AsyncGenerator<Answer> {
    const files = await sourceFiles(this.#folder, this.#settings.path);
    const wanted = this.#many || table === undefined ? files : files.filter(({ name }) => name === table);
    if (wanted.length === 0)
      throw noSuchTable(
        table!,
        files.map(({ name }) => name),
      );
    for (const file of wanted) {
      signal.throwIfAborted();
      yield {
        table: this.#many ? (table ?? "") : file.name,
        content: { file: file.path },
        mediaType: this.#settings.engine,
        from: path.relative(this.#folder, file.path),
      };
    }
  }

  async *read({ table, file }: Captured): AsyncGenerator<Batch> {
    // a source names its table as its file is called
    const place = await mkdtemp(path.join(path.dirname(file), "read-"));
    try {
      const named = path.join(place, `${path.basename(table || "rows")}.${this.#settings.engine}`);
      await symlink(file, named);
      const source = await openSource({ ...this.#settings, path: named }, place);
      try {
        const tables = (await source.tables()).filter(({ name }) => !this.#many || table === "" || name === table);
        if (tables.length === 0)
          throw noSuchTable(
            table,
            (await source.tables()).map(({ name }) => name),
          );
        for (const each of tables) yield* batchesOf(source, each);
      } finally {
        await source.close();
      }
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {}
}

/** What an answer of a scan looks like once captured: one document. */
type Scanned = { columns: string[]; types: string[]; rows: SourceRow[] };
const SCANNED = "application/vnd.prasasti.rows+json";

/** A table of a database: each batch of its scan is an answer. */
class ScanFeed implements Feed {
  readonly isWhole = true;
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  async *answers({ table, signal, pace, window }: Parameters<Feed["answers"]>[0]): AsyncGenerator<Answer> {
    await pace();
    const tables = await this.#source.tables();
    const found = tables.find(({ name }) => name === table);
    if (found === undefined)
      throw noSuchTable(
        table ?? "",
        tables.map(({ name }) => name),
      );
    for await (const batch of batchesOf(this.#source, found)) {
      signal.throwIfAborted();
      const rows = window?.rows(batch.columns, batch.rows) ?? batch.rows;
      if (rows.length === 0) continue;
      const content = Buffer.from(JSON.stringify({ ...batch, rows }));
      yield { table: found.name, content, mediaType: SCANNED, from: `${this.#source.name}/${found.name}` };
    }
  }

  async *read({ file }: Captured): AsyncGenerator<Batch> {
    yield JSON.parse(await readFile(file, "utf8")) as Scanned;
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

async function* batchesOf(
  source: Source,
  { name, columns }: Awaited<ReturnType<Source["tables"]>>[number],
): AsyncGenerator<Batch> {
  const heads = { columns: columns.map((one) => one.name), types: columns.map(({ type }) => type) };
  const rows = source.rows(name);
  try {
    for (let next = await rows.next(); !next.done; next = await rows.next()) yield { ...heads, rows: next.value };
  } finally {
    // whoever has seen enough leaves no file open
    await rows.return(undefined as never);
  }
}
