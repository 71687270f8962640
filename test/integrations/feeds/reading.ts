import { copyFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SourceRow } from "../../../migration/row.ts";
import type { Answer, Note } from "../../../server/integrations/connect/feed.ts";
import { FeedFault } from "../../../server/integrations/feeds/feed-fault.ts";
import { feedSettings } from "../../../server/integrations/feeds/feed-settings.ts";
import { HttpFeed } from "../../../server/integrations/feeds/http-feed.ts";

export type Told = {
  from: string[];
  tables: string[];
  columns: (readonly string[])[];
  rows: SourceRow[];
  values: (readonly (string | null)[])[];
  cursors: (string | undefined)[];
  notes: Note[];
  fault?: FeedFault;
};

type Options = {
  table?: string;
  cursor?: string;
  overlap?: number;
  env?: Record<string, string>;
  now?: number;
  signal?: AbortSignal;
  /** stop after that many answers */
  most?: number;
};

/**
 * Reads a feed as a run does: each answer is copied as a capture is, then read from the copy alone. What was read before a
 * fault is told with it.
 */
export async function readFeed(settings: object, options: Options = {}): Promise<Told> {
  const { table, cursor, overlap = 0, env = {}, now, most = Number.POSITIVE_INFINITY } = options;
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-captured-"));
  const feed = new HttpFeed(feedSettings.parse(settings), {
    env,
    folder,
    ...(now === undefined ? {} : { now: () => now }),
  });
  const told: Told = { from: [], tables: [], columns: [], rows: [], values: [], cursors: [], notes: [] };
  const captured: Answer[] = [];
  try {
    const asked = {
      table,
      cursor,
      overlap,
      window: undefined,
      signal: options.signal ?? new AbortController().signal,
      pace: async () => {},
    };
    for await (const answer of feed.answers(asked)) {
      const { content } = answer;
      if (!("file" in content)) throw new Error("an answer is a file");
      const file = path.join(folder, String(captured.length));
      await copyFile(content.file, file);
      captured.push({ ...answer, content: { file } });
      told.from.push(answer.from);
      told.tables.push(answer.table);
      told.cursors.push(answer.cursor);
      told.notes.push(...(answer.notes ?? []));
      for await (const { columns, rows } of feed.read({ table: answer.table, file, mediaType: answer.mediaType })) {
        told.columns.push(columns);
        told.rows.push(...rows);
        told.values.push(...rows.map(({ values }) => values));
      }
      if (captured.length >= most) break;
    }
  } catch (error) {
    if (!(error instanceof FeedFault)) throw error;
    told.fault = error;
  } finally {
    await feed.close();
    await rm(folder, { recursive: true, force: true });
  }
  return told;
}

/** Folders of answers of a process, this one unless said, that are still there. */
export async function leftOver(pid = process.pid): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith(`prasasti-feed-${pid}-`));
}
