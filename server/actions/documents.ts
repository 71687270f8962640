import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Storage } from "../domain/storage.ts";

/**
 * Types that a document may declare. None of them runs in a browser under our address, and nothing is guessed from the
 * bytes: what a file is called is what its uploader answers for.
 */
export const MEDIA_TYPES = [
  "application/json",
  "application/msword",
  "application/octet-stream",
  "application/pdf",
  "application/vnd.ms-excel",
  "application/vnd.oasis.opendocument.spreadsheet",
  "application/vnd.oasis.opendocument.text",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/zip",
  "image/jpeg",
  "image/png",
  "image/tiff",
  "text/csv",
  "text/plain",
] as const;

/** A stored file. `by` is the holder who brought it first, `at` in seconds UTC. */
export type DocumentRow = { sha256: string; size: number; mediaType: string; by: Hex; at: number };

type Needs<Bytes, Content> = {
  now(): number;
  state: Storage;
  limit: number;
  /** stores the bytes under their hash, undefined where they are more than `limit` */
  keep(bytes: Bytes, limit: number): Promise<{ hash: string; size: number } | undefined>;
  examine(hash: string): Promise<"whole" | "altered" | "missing">;
  read(hash: string): Content;
};

/**
 * Keeps a document under its SHA-256. The same bytes again give the first answer, whatever type they declare now.
 * @throws ProblemError unsupported-media-type, too-large
 */
export async function keepDocument<Bytes, Content>(
  bytes: Bytes,
  declared: string | undefined,
  by: Hex,
  { now, state, limit, keep }: Needs<Bytes, Content>,
): Promise<{ document: DocumentRow; isNew: boolean }> {
  const mediaType = (declared ?? "").split(";")[0]!.trim().toLowerCase();
  if (!(MEDIA_TYPES as readonly string[]).includes(mediaType))
    throw new ProblemError("unsupported-media-type", "", { given: mediaType, allowed: MEDIA_TYPES });
  const kept = await keep(bytes, limit);
  if (kept === undefined) throw new ProblemError("too-large", "", { limit });
  const key = `document/${kept.hash}`;
  const known = await state.get<DocumentRow>(key);
  const document = known ?? { sha256: kept.hash, size: kept.size, mediaType, by, at: now() };
  // the file is there before its row: a row never promises what is not on the disk
  await state.put([{ key, value: document }], { sync: true, remove: [`altered/${kept.hash}`] });
  return { document, isNew: known === undefined };
}

/**
 * A document and its bytes, hashed again before anyone gets them.
 * @throws ProblemError not-found; document-altered where the bytes are no longer those that were stored
 */
export async function readDocument<Bytes, Content>(
  hash: string,
  { state, now, examine, read }: Needs<Bytes, Content>,
): Promise<{ document: DocumentRow; content: Content }> {
  const document = await state.get<DocumentRow>(`document/${hash}`);
  if (document === undefined) throw new ProblemError("not-found");
  const found = await examine(hash);
  if (found !== "whole") {
    await state.put([{ key: `altered/${hash}`, value: { found, at: now() } }], { sync: true });
    throw new ProblemError("document-altered", "", { sha256: hash, found });
  }
  return { document, content: read(hash) };
}

/** Documents whose bytes were found altered or missing, for the alarm in `health`. */
export async function alteredDocuments(state: Storage): Promise<{ sha256: string; found: string; at: number }[]> {
  const found: { sha256: string; found: string; at: number }[] = [];
  for await (const { key, value } of state.range<{ found: string; at: number }>("altered/"))
    found.push({ sha256: key.slice("altered/".length), ...value });
  return found;
}
