import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";

/** More bytes came than are taken. */
export class DocumentTooLarge extends Error {}

/**
 * Files under their SHA-256, each once. A file is written aside, flushed to the disk and only then moved to its name, so
 * that under a name stands the whole file or none, whenever the process is killed.
 */
export class DocumentStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the folder, and throws away what an interrupted upload left. */
  static async open(folder: string): Promise<DocumentStore> {
    const store = new DocumentStore(folder);
    await mkdir(store.#aside, { recursive: true, mode: 0o700 });
    for (const name of await readdir(store.#aside)) await rm(path.join(store.#aside, name), { force: true });
    return store;
  }

  get #aside(): string {
    return path.join(this.#folder, "incoming");
  }

  /** Two letters a folder: none grows beyond what a file system likes. */
  #place(hash: string): string {
    return path.join(this.#folder, hash.slice(0, 2), hash);
  }

  /** Keeps the bytes of a stream; on disk when this resolves. @throws DocumentTooLarge */
  async keep(bytes: Readable, limit: number): Promise<{ hash: string; size: number }> {
    const aside = path.join(this.#aside, randomUUID());
    const digest = createHash("sha256");
    let size = 0;
    const file = await open(aside, "wx", 0o600);
    try {
      // a stream that is not read to its end stays open, so that its sender can still be told why
      for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > limit) throw new DocumentTooLarge();
        digest.update(chunk);
        await file.write(chunk);
      }
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(aside, { force: true });
      throw error;
    }
    await file.close();
    const hash = digest.digest("hex");
    const place = this.#place(hash);
    // over one that is there: the same bytes, unless the old one was altered, and then this mends it
    await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
    await rename(aside, place);
    await flushFolder(path.dirname(place));
    await flushFolder(this.#folder);
    return { hash, size };
  }

  /** Whether the file still is what its name says; "missing" where there is none. */
  async examine(hash: string): Promise<"whole" | "altered" | "missing"> {
    const place = this.#place(hash);
    const digest = createHash("sha256");
    try {
      for await (const chunk of createReadStream(place)) digest.update(chunk as Uint8Array);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
      throw error;
    }
    return digest.digest("hex") === hash ? "whole" : "altered";
  }

  read(hash: string): Readable {
    return createReadStream(this.#place(hash));
  }
}

/** A rename is kept only once its folder is. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
