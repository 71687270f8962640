import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, constants, lstat, mkdir, readdir, rename } from "node:fs/promises";
import nodePath from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Batch, Captured, Feed } from "../connect/feed.ts";
import type { DropSettings } from "./drop-settings.ts";
import { FeedFault } from "./feed-fault.ts";
import { plain } from "./plain.ts";

const TAKEN = "taken";
const AGAIN = "again";
/** What programs call a file while they write it, and what office programs leave beside an open one. */
const UNFINISHED = /^(?:\.|~\$)|\.(?:part|partial|tmp|temp|filepart|crdownload|swp|lock)$|~$/i;

type Found = { readonly name: string; readonly path: string; readonly stamp: string; readonly bytes: number };

/**
 * A folder into which files are put. Each file is an answer, once by its content: when it has been kept it is moved to
 * `taken/`, under the beginning of its SHA-256; what has that content again goes to `again/`. Nothing is ever deleted. A
 * file that still changes waits for the next run, and links are not followed.
 */
export class DropFeed implements Feed {
  readonly #settings: DropSettings;
  readonly #folder: string;
  readonly #form: Feed;

  /** `form` reads one file of the declared form */
  constructor(settings: DropSettings, baseFolder: string, form: Feed) {
    this.#settings = settings;
    this.#folder = nodePath.resolve(baseFolder, settings.folder);
    this.#form = form;
  }

  read(captured: Captured): AsyncGenerator<Batch> {
    return this.#form.read(captured);
  }

  close(): Promise<void> {
    return this.#form.close();
  }

  async *answers({ table, dry, signal, pace }: Parameters<Feed["answers"]>[0]): AsyncGenerator<Answer> {
    const first = await this.#files();
    if (first.length === 0) return;
    if (!dry) await this.#places();
    if (this.#settings.still > 0) await sleep(1_000 * this.#settings.still, undefined, { signal });
    const before = new Map(first.map(({ name, stamp }) => [name, stamp]));
    const still = (await this.#files()).filter(({ name, stamp }) => before.get(name) === stamp);
    const names = await readdir(this.#place(TAKEN)).catch(() => []);
    const taken = new Set(names.map((name) => name.slice(0, name.indexOf("-"))));
    const given = new Set<string>();
    const large: Found[] = [];
    let unread: FeedFault | undefined;
    for (const file of still) {
      signal.throwIfAborted();
      if (file.bytes > this.#settings.maxBytes) {
        large.push(file);
        continue;
      }
      let digest: string | undefined;
      try {
        digest = await digestOf(file.path, signal);
      } catch (error) {
        signal.throwIfAborted();
        unread ??= unreadable(file.name, error);
        continue;
      }
      // it was written to after all, or is gone: the next run looks again
      if (digest === undefined || (await this.#found(file.name))?.stamp !== file.stamp) continue;
      if (taken.has(digest)) {
        if (!dry) await this.#move(file, AGAIN, digest);
        continue;
      }
      // two of the same content in one dry run are still one
      if (given.has(digest)) continue;
      given.add(digest);
      await pace();
      yield {
        table: table ?? "",
        content: { file: file.path },
        mediaType: this.#settings.as.engine,
        from: plain(file.name),
        // should the process end before, it is taken again, and its rows are known by their content
        kept: async () => {
          await this.#move(file, TAKEN, digest);
          taken.add(digest);
        },
      };
    }
    // one file never stops the others
    if (unread !== undefined) throw unread;
    if (large.length > 0) throw tooLarge(large, this.#settings.maxBytes);
  }

  #place(name: typeof TAKEN | typeof AGAIN): string {
    return nodePath.join(this.#folder, name);
  }

  async #files(): Promise<Found[]> {
    let names: string[];
    try {
      names = await readdir(this.#folder);
    } catch (cause) {
      throw unreachable(this.#settings.folder, cause);
    }
    const found: Found[] = [];
    // systems that tell large letters from small are not where most of these files come from
    const pattern = this.#settings.names.toLowerCase();
    for (const name of names) {
      if (UNFINISHED.test(name) || !nodePath.matchesGlob(name.toLowerCase(), pattern)) continue;
      const file = await this.#found(name);
      if (file) found.push(file);
    }
    return found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  }

  /** A file as it stands now; no link, no folder, nothing that has gone meanwhile. */
  async #found(name: string): Promise<Found | undefined> {
    const path = nodePath.join(this.#folder, name);
    const stat = await lstat(path, { bigint: true }).catch(() => undefined);
    if (stat === undefined || !stat.isFile()) return undefined;
    return { name, path, stamp: `${stat.ino}/${stat.size}/${stat.mtimeNs}`, bytes: Number(stat.size) };
  }

  /** Before anything is taken: what cannot be moved would be taken for ever. */
  async #places(): Promise<void> {
    try {
      for (const name of [TAKEN, AGAIN] as const) await mkdir(this.#place(name), { recursive: true, mode: 0o700 });
      await access(this.#folder, constants.W_OK);
    } catch (cause) {
      throw unmovable(this.#settings.folder, cause);
    }
  }

  async #move({ name, path }: Found, to: typeof TAKEN | typeof AGAIN, digest: string): Promise<void> {
    const folder = this.#place(to);
    // names of files are cut by their bytes, so that the digest always fits before them
    const kept =
      Buffer.from(name).length > 180 ? `${digest}-${nodePath.extname(name).slice(0, 20)}` : `${digest}-${name}`;
    const names = new Set(await readdir(folder));
    let target = kept;
    for (let times = 2; names.has(target); times++) target = kept.replace("-", `-(${times}) `);
    try {
      await rename(path, nodePath.join(folder, target));
    } catch (cause) {
      // whoever put it there has taken it away: it is not ours any more
      if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw unmovable(this.#settings.folder, cause);
    }
  }
}

/** The first 32 characters of its SHA-256; undefined where the file has gone. */
async function digestOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path, { signal })) hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex").slice(0, 32);
}

function unreachable(folder: string, cause: unknown): FeedFault {
  const { message } = cause as Error;
  return new FeedFault(
    "feed-unreachable",
    { en: `The folder ${folder} cannot be read: ${message}.`, id: `Folder ${folder} tidak dapat dibaca: ${message}.` },
    {
      en: "Create it, or correct `folder` or its permissions.",
      id: "Buat folder itu, atau perbaiki `folder` atau izinnya.",
    },
    { cause },
  );
}

function unreadable(file: string, cause: unknown): FeedFault {
  const name = plain(file);
  return new FeedFault(
    "feed-unreachable",
    {
      en: `The file ${name} cannot be read: ${(cause as Error).message}.`,
      id: `Berkas ${name} tidak dapat dibaca: ${(cause as Error).message}.`,
    },
    { en: "Correct its permissions.", id: "Perbaiki izinnya." },
    { cause },
  );
}

function unmovable(folder: string, cause: unknown): FeedFault {
  const { message } = cause as Error;
  return new FeedFault(
    "feed-setting",
    {
      en: `Files in ${folder} cannot be moved to ${TAKEN}: ${message}.`,
      id: `Berkas di ${folder} tidak dapat dipindahkan ke ${TAKEN}: ${message}.`,
    },
    {
      en: "Give this program write permission there; files are moved, never deleted.",
      id: "Beri program ini izin menulis di sana; berkas dipindahkan, tidak pernah dihapus.",
    },
    { cause },
  );
}

function tooLarge(files: readonly Found[], most: number): FeedFault {
  const names = plain(files.map(({ name }) => name).join(", "));
  return new FeedFault(
    "feed-too-large",
    {
      en: `Larger than ${most} bytes, and left where they are: ${names}.`,
      id: `Lebih besar dari ${most} byte, dan dibiarkan di tempatnya: ${names}.`,
    },
    { en: "Split them, or raise `maxBytes`.", id: "Pecah berkasnya, atau naikkan `maxBytes`." },
  );
}
