import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import { isOwnSubject, type Lineage, mayReadAgency } from "../domain/sealing/readers.ts";
import { screenTexts } from "../domain/sealing/screen.ts";
import type { Storage } from "../domain/storage.ts";
import type { Access } from "./access-log.ts";
import { assertPublicWords, who } from "./disclosures.ts";
import type { Myself } from "./sessions.ts";

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

/**
 * A stored file. `by` is the holder, or the account of one who is none, who brought it first, `at` in seconds UTC. `restricted`: kept encrypted under the
 * key of `subject`, and given only to who may read what is sealed in `agency`.
 */
export type DocumentRow = {
  sha256: string;
  size: number;
  mediaType: string;
  by: string;
  at: number;
  restricted?: { subject: string; agency: Hex };
};

export type Examined = "whole" | "altered" | "missing";
export type Altered = { sha256: string; found: string; at: number };

/** Documents whose bytes were found altered or missing: rows of `state`, and at hand for every record that is read. */
export class Alterations {
  readonly #state: Storage;
  readonly #found: Map<string, Altered>;

  private constructor(state: Storage, found: Map<string, Altered>) {
    this.#state = state;
    this.#found = found;
  }

  static async open(state: Storage): Promise<Alterations> {
    const found = new Map<string, Altered>();
    for await (const { key, value } of state.range<{ found: string; at: number }>("altered/")) {
      const sha256 = key.slice("altered/".length);
      found.set(sha256, { sha256, ...value });
    }
    return new Alterations(state, found);
  }

  list(): Altered[] {
    return [...this.#found.values()];
  }

  /** Those that a text speaks of: documents are named by their hash, in addresses too. */
  in(value: unknown): Altered[] {
    if (this.#found.size === 0) return [];
    const text = JSON.stringify(value);
    return this.list().filter(({ sha256 }) => text.includes(sha256));
  }

  /** Remembers what was found; a file that is whole again is no alarm any longer. */
  async note(sha256: string, found: Examined, at: number): Promise<void> {
    const known = this.#found.get(sha256);
    if (found === "whole") {
      if (known === undefined) return;
      this.#found.delete(sha256);
      return this.#state.put([], { sync: true, remove: [`altered/${sha256}`] });
    }
    if (known?.found === found) return;
    this.#found.set(sha256, { sha256, found, at });
    await this.#state.put([{ key: `altered/${sha256}`, value: { found, at } }], { sync: true });
  }
}

type Needs<Bytes, Content> = {
  now(): number;
  state: Storage;
  alterations: Alterations;
  limit: number;
  /**
   * Stores the bytes under their hash, undefined where they are more than `limit`. Asks `admit` before they get their
   * name: with a key where they are to be encrypted, for its wrapped form; undefined throws them away.
   */
  keep(
    bytes: Bytes,
    limit: number,
    encrypted: boolean,
    admit: (hash: string, key: Uint8Array) => Promise<string | undefined>,
  ): Promise<{ hash: string; size: number } | undefined>;
  examine(document: DocumentRow): Promise<Examined>;
  read(document: DocumentRow): Promise<Content>;
  wrapKey(whose: { subject: string; agency: Hex }, hash: string, key: Uint8Array, at: number): Promise<string>;
  /** what the vault knows of a restricted document */
  look(hash: string): Promise<"kept" | "restricted" | "erased" | undefined>;
  lineage(agency: Hex): Promise<Lineage>;
  log(access: Access): Promise<void>;
};

/**
 * Keeps a document under its SHA-256. The same bytes again give the first answer, whatever they declare now; only what
 * was restricted before can be brought as restricted.
 * @param restricted `subject`: under whose key; by default the document has a key of its own
 * @throws ProblemError unsupported-media-type, too-large, document-public, erased, personal-data
 */
export async function keepDocument<Bytes, Content>(
  bytes: Bytes,
  declared: string | undefined,
  by: string,
  restricted: { agency: Hex; subject?: string | undefined } | undefined,
  needs: Needs<Bytes, Content>,
): Promise<{ document: DocumentRow; isNew: boolean }> {
  const { now, state, limit, alterations } = needs;
  const mediaType = (declared ?? "").split(";")[0]!.trim().toLowerCase();
  if (!(MEDIA_TYPES as readonly string[]).includes(mediaType))
    throw new ProblemError("unsupported-media-type", "", { given: mediaType, allowed: MEDIA_TYPES });
  if (restricted !== undefined && (await needs.lineage(restricted.agency)).length === 0)
    throw new ProblemError("invalid-request", unknownAgency);
  if (restricted?.subject !== undefined && screenTexts({ subject: restricted.subject }).length > 0)
    throw new ProblemError("personal-data");
  const subjectOf = (hash: string) => restricted?.subject ?? `document:${hash}`;
  let known: DocumentRow | undefined;
  let stands = true;
  const kept = await needs.keep(bytes, limit, restricted !== undefined, async (hash, key) => {
    known = await state.get<DocumentRow>(rowOf(hash));
    if ((await needs.look(hash)) === "erased") throw new ProblemError("erased", "", { sha256: hash });
    // what was restricted does not come to lie here in clear because somebody else brings it
    stands = restricted !== undefined || known?.restricted === undefined;
    if (restricted === undefined) return stands ? "" : undefined;
    if (known !== undefined && known.restricted === undefined)
      throw new ProblemError("document-public", "", { sha256: hash });
    const whose = known?.restricted ?? { subject: subjectOf(hash), agency: restricted.agency };
    return needs.wrapKey(whose, hash, key, now());
  });
  if (kept === undefined) throw new ProblemError("too-large", "", { limit });
  const { hash: sha256, size } = kept;
  const document: DocumentRow = known ?? {
    ...{ sha256, size, mediaType, by, at: now() },
    ...(restricted === undefined ? {} : { restricted: { subject: subjectOf(sha256), agency: restricted.agency } }),
  };
  // the file is there before its row: a row never promises what is not on the disk
  await state.put([{ key: rowOf(sha256), value: document }], { sync: true });
  if (stands) await alterations.note(sha256, "whole", now());
  return { document, isNew: known === undefined };
}

/**
 * A document and its bytes, hashed again before anyone gets them. A restricted one is given to who may read it, once
 * the reading stands in the access log.
 * @param me who is signed in, asked only where it matters
 * @throws ProblemError not-found; document-altered where the bytes are no longer those that were stored; of a restricted
 * one also personal-data, unauthenticated, session-expired, session-key-revoked, not-a-reader, subject-restricted, erased, invalid-request
 */
export async function readDocument<Bytes, Content>(
  hash: string,
  me: () => Promise<Myself>,
  purpose: string | undefined,
  needs: Needs<Bytes, Content>,
): Promise<{ document: DocumentRow; content: Content }> {
  const { state, now, alterations, examine, read } = needs;
  const document = await state.get<DocumentRow>(rowOf(hash));
  if (document === undefined) throw new ProblemError("not-found");
  if (document.restricted !== undefined) await assertReader(document, document.restricted, await me(), purpose, needs);
  const found = await examine(document);
  await alterations.note(hash, found, now());
  if (found !== "whole") throw new ProblemError("document-altered", "", { sha256: hash, found });
  return { document, content: await read(document) };
}

async function assertReader<Bytes, Content>(
  { sha256 }: DocumentRow,
  { subject, agency }: { subject: string; agency: Hex },
  me: Myself,
  purpose: string | undefined,
  { now, look, lineage, log }: Needs<Bytes, Content>,
): Promise<void> {
  if (purpose !== undefined) assertPublicWords("purpose", purpose);
  const state = await look(sha256);
  const reads = mayReadAgency(me, await lineage(agency)) || isOwnSubject(me, subject);
  if (reads && state === "erased") throw new ProblemError("erased", "", { sha256 });
  if (reads && state === "restricted") throw new ProblemError("subject-restricted", "", { subject });
  if (reads && (purpose === undefined || purpose.trim().length < PURPOSE_LENGTH))
    throw new ProblemError("invalid-request", noPurpose);
  await log({
    ...who(me, now()),
    act: "read-document",
    outcome: reads ? "given" : "refused",
    agency,
    document: sha256,
    subjects: [subject],
    places: [],
    purpose: purpose ?? "",
  });
  if (!reads) throw new ProblemError("not-a-reader");
}

/**
 * Looks at every document once: what changed on the disk since it was stored is noted, and what was mended too. Slow on
 * purpose: `examine` keeps to its pace, so that nobody waits for it.
 */
export async function recheckDocuments({
  state,
  now,
  alterations,
  examine,
  look,
  signal,
}: Pick<Needs<never, never>, "state" | "now" | "alterations" | "examine" | "look"> & { signal: AbortSignal }): Promise<{
  examined: number;
  altered: number;
}> {
  let examined = 0;
  let altered = 0;
  for await (const { key, value } of state.range<DocumentRow>("document/")) {
    if (signal.aborted) break;
    // one that was erased is meant to be unreadable
    if (value.restricted !== undefined && (await look(value.sha256)) === "erased") continue;
    const found = await examine(value);
    if (signal.aborted) break;
    await alterations.note(key.slice("document/".length), found, now());
    examined++;
    if (found !== "whole") altered++;
  }
  return { examined, altered };
}

/** Characters that a purpose has at least. */
const PURPOSE_LENGTH = 8;
const noPurpose = {
  en: `Say in the header X-Purpose, in ${PURPOSE_LENGTH} characters or more, what you read it for: the access log keeps it.`,
  id: `Sebutkan di header X-Purpose, sedikitnya ${PURPOSE_LENGTH} karakter, untuk apa dibaca: log akses menyimpannya.`,
};
const unknownAgency = {
  en: "The agency is not registered here.",
  id: "Instansi itu tidak terdaftar di sini.",
};
const rowOf = (hash: string) => `document/${hash}`;
