import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";

/** More bytes came than are taken. */
export class DocumentTooLarge extends Error {}

/** The key of an encrypted file, from its wrapped form; undefined where it can't be had. */
type Unwrap = (wrapped: string) => Promise<Uint8Array | undefined>;

/** Bytes at the beginning of an encrypted file that hold its wrapped key, and at its end its tag. */
const HEADER = 256;
const TAG = 16;
/** A key encrypts one file and nothing else, so its nonce need not change. */
const NONCE = Buffer.alloc(12);

/**
 * Files under their SHA-256, each once. A file is written aside, flushed to the disk and only then moved to its name, so
 * that under a name stands the whole file or none, whenever the process is killed. An encrypted one is called by the
 * hash of what it holds and `.sealed`: `wrapped key, padded to 256 bytes ‖ AES-256-GCM ‖ tag 16`; never is a byte of it
 * on the disk in clear.
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
  #place(hash: string, encrypted: boolean): string {
    return path.join(this.#folder, hash.slice(0, 2), encrypted ? `${hash}.sealed` : hash);
  }

  /**
   * Keeps the bytes of a stream; on disk when this resolves.
   * @param admit asked once the hash is known, with the key of an encrypted file, for what stands at its beginning; where
   * it gives nothing or throws, the file is thrown away
   * @throws DocumentTooLarge
   */
  async keep(
    bytes: Readable,
    limit: number,
    encrypted: boolean,
    admit: (hash: string, key: Uint8Array) => Promise<string | undefined>,
  ): Promise<{ hash: string; size: number }> {
    const aside = path.join(this.#aside, randomUUID());
    const digest = createHash("sha256");
    const key = randomBytes(32);
    const cipher = createCipheriv("aes-256-gcm", key, NONCE);
    let size = 0;
    let hash: string;
    let admitted: string | undefined;
    const file = await open(aside, "wx", 0o600);
    try {
      if (encrypted) await file.write(Buffer.alloc(HEADER, " "));
      // a stream that is not read to its end stays open, so that its sender can still be told why
      for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
        size += chunk.length;
        if (size > limit) throw new DocumentTooLarge();
        digest.update(chunk);
        await file.write(encrypted ? cipher.update(chunk) : chunk);
      }
      hash = digest.digest("hex");
      admitted = await admit(hash, key);
      if (encrypted && admitted !== undefined) {
        cipher.final();
        await file.write(cipher.getAuthTag());
        await file.write(Buffer.from(admitted), 0, admitted.length, 0);
      }
      await file.sync();
    } catch (error) {
      await file.close();
      await rm(aside, { force: true });
      throw error;
    }
    await file.close();
    if (admitted === undefined) {
      await rm(aside);
      return { hash, size };
    }
    const place = this.#place(hash, encrypted);
    // over one that is there: the same bytes, unless the old one was altered, and then this mends it
    await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
    await rename(aside, place);
    await flushFolder(path.dirname(place));
    await flushFolder(this.#folder);
    return { hash, size };
  }

  /**
   * Whether the file still is what its name says; "missing" where there is none.
   * @param unwrap for a file that is encrypted
   * @param pace awaited after each piece, with its bytes: who is in no hurry lets others go first
   */
  async examine(
    hash: string,
    unwrap?: Unwrap,
    pace?: (bytes: number) => Promise<void>,
  ): Promise<"whole" | "altered" | "missing"> {
    const digest = createHash("sha256");
    try {
      for await (const chunk of await this.#content(hash, unwrap)) {
        digest.update(chunk as Uint8Array);
        await pace?.((chunk as Uint8Array).length);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT") return "missing";
      if (error instanceof Undecipherable) return "altered";
      throw error;
    }
    return digest.digest("hex") === hash ? "whole" : "altered";
  }

  /** The bytes; a stream that fails at its end where an encrypted file was altered. */
  async read(hash: string, unwrap?: Unwrap): Promise<Readable> {
    return this.#content(hash, unwrap);
  }

  async #content(hash: string, unwrap: Unwrap | undefined): Promise<Readable> {
    if (unwrap === undefined) return createReadStream(this.#place(hash, false));
    const place = this.#place(hash, true);
    const file = await open(place);
    try {
      const { size } = await file.stat();
      const ends = Buffer.alloc(HEADER + TAG);
      if (size < ends.length) throw new Undecipherable();
      await file.read(ends, 0, HEADER, 0);
      await file.read(ends, HEADER, TAG, size - TAG);
      const key = await unwrap(ends.subarray(0, HEADER).toString("latin1").trim());
      if (key === undefined) throw new Undecipherable();
      const decipher = createDecipheriv("aes-256-gcm", key, NONCE).setAuthTag(ends.subarray(HEADER));
      // nothing between the header and the tag: an empty document
      const text = size === ends.length ? [] : createReadStream(place, { start: HEADER, end: size - TAG - 1 });
      return Readable.from(deciphered(text, decipher), { objectMode: false });
    } finally {
      await file.close();
    }
  }
}

class Undecipherable extends Error {}

async function* deciphered(
  text: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  decipher: ReturnType<typeof createDecipheriv>,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of text) yield decipher.update(chunk);
  try {
    decipher.final();
  } catch {
    throw new Undecipherable();
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
