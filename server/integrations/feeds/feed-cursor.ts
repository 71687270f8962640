import { z } from "zod";
import { FeedFault } from "./feed-fault.ts";

const schema = z.strictObject({
  v: z.literal(1),
  /** which settings it belongs to */
  of: z.string(),
  /** which combination of the parameters' values, from 0; none: the next run begins */
  part: z.int().min(0).optional(),
  /** the place inside it */
  at: z.string().optional(),
  /** what has changed since then is asked for, by the source's clock (ISO 8601) */
  since: z.string().optional(),
  /** the source's clock when this run began: since then for the next */
  next: z.string().optional(),
});

/** Where a feed goes on: between two pages of a run, or with its next run. Opaque to all but the feed. */
export type FeedCursor = z.output<typeof schema>;

/** `of`: a digest of the settings that say what the places in it mean. */
export function readCursor(text: string | undefined, of: string): FeedCursor {
  if (text === undefined) return { v: 1, of };
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (cause) {
    throw strange(cause);
  }
  const read = schema.safeParse(found);
  if (!read.success) throw strange(read.error);
  // places of another address mean nothing here: from the beginning, and what is not new is ignored by its content
  return read.data.of === of ? read.data : { v: 1, of };
}

export function writeCursor(cursor: FeedCursor): string {
  return JSON.stringify(cursor);
}

function strange(cause: unknown): FeedFault {
  return new FeedFault(
    "feed-cursor",
    { en: "The place to go on from is not one of this feed.", id: "Tempat melanjutkan bukan milik umpan ini." },
    { en: "Run the job from the beginning (backfill).", id: "Jalankan dari awal (backfill)." },
    { cause },
  );
}
