import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { Fault } from "../../domain/fault.ts";
import type { Answer } from "./feed.ts";

/** Bytes of a kept answer before and after what is enciphered: AES-256-GCM's nonce, and its tag. */
const [NONCE, TAG] = [12, 16];

/**
 * Answers as they came, each once under the SHA-256 of its bytes: `raw/ab/cdef….gz.enc`, gzipped and enciphered with a key
 * of this register, for they hold what sources know of people.
 */
export class Captures {
  readonly #folder: string;
  readonly #key: Uint8Array;

  private constructor(folder: string, key: Uint8Array) {
    this.#folder = folder;
    this.#key = key;
  }

  /** @param secret of this register; the key of the captures is made of it */
  static async open(place: string, secret: Uint8Array): Promise<Captures> {
    // files are linked to from other folders
    const folder = path.resolve(place);
    // what was being written when the process died
    for (const name of ["new", "out"]) {
      await rm(path.join(folder, name), { recursive: true, force: true });
      await mkdir(path.join(folder, name), { recursive: true, mode: 0o700 });
    }
    return new Captures(folder, new Uint8Array(hkdfSync("sha256", secret, "", "captures", 32)));
  }

  #place(sha256: string): string {
    return path.join(this.#folder, sha256.slice(0, 2), `${sha256.slice(2)}.gz.enc`);
  }

  /** Keeps an answer; on the disk when it resolves. `fresh`: nobody answered that before. */
  async keep({ content }: Pick<Answer, "content">): Promise<{ sha256: string; bytes: number; fresh: boolean }> {
    const hash = createHash("sha256");
    let bytes = 0;
    const counted = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        bytes += chunk.length;
        done(null, chunk);
      },
    });
    const fresh = path.join(this.#folder, "new", `${process.pid}-${++Captures.#made}`);
    const input = "file" in content ? createReadStream(content.file) : Readable.from([content]);
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const whole = async function* (enciphered: AsyncIterable<Buffer>) {
      yield nonce;
      yield* enciphered;
      yield cipher.getAuthTag();
    };
    await pipeline(input, counted, createGzip({ level: 3 }), cipher, whole, createWriteStream(fresh, { mode: 0o600 }));
    const sha256 = hash.digest("hex");
    const place = this.#place(sha256);
    if (await exists(place)) {
      await rm(fresh);
      return { sha256, bytes, fresh: false };
    }
    await synced(fresh);
    // a new folder is on the disk once the one that holds it is
    if ((await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })) !== undefined) await synced(this.#folder);
    await rename(fresh, place);
    await synced(path.dirname(place));
    return { sha256, bytes, fresh: true };
  }
  static #made = 0;

  /** Unpacks a captured answer into a file while `use` runs. @throws Fault capture-missing, capture-damaged */
  async with<T>(sha256: string, use: (file: string) => Promise<T>): Promise<T> {
    const place = this.#place(sha256);
    if (!(await exists(place))) throw missing(sha256);
    const file = path.join(this.#folder, "out", `${sha256}-${++Captures.#made}`);
    const hash = createHash("sha256");
    const hashed = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    try {
      await this.#open(place)
        .then(({ kept, decipher }) =>
          pipeline(kept, decipher, createGunzip(), hashed, createWriteStream(file, { mode: 0o600 })),
        )
        .catch((cause: unknown) => {
          throw damaged(sha256, cause);
        });
      if (hash.digest("hex") !== sha256) throw damaged(sha256);
      return await use(file);
    } finally {
      await rm(file, { force: true });
    }
  }

  /** A kept file's text, and what deciphers it. */
  async #open(place: string) {
    const handle = await open(place);
    try {
      const { size } = await handle.stat();
      const part = async (position: number, length: number) =>
        (await handle.read(Buffer.alloc(length), 0, length, position)).buffer;
      const decipher = createDecipheriv("aes-256-gcm", this.#key, await part(0, NONCE));
      decipher.setAuthTag(await part(size - TAG, TAG));
      return { kept: createReadStream(place, { start: NONCE, end: size - TAG - 1 }), decipher };
    } finally {
      await handle.close();
    }
  }

  /** Writes an answer into a file while `use` runs, and keeps nothing of it. */
  async passing<T>({ content }: Pick<Answer, "content">, use: (file: string, bytes: number) => Promise<T>): Promise<T> {
    const file = path.join(this.#folder, "out", `passing-${++Captures.#made}`);
    try {
      const input = "file" in content ? createReadStream(content.file) : Readable.from([content]);
      await pipeline(input, createWriteStream(file, { mode: 0o600 }));
      return await use(file, (await stat(file)).size);
    } finally {
      await rm(file, { force: true });
    }
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.#place(sha256), { force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

async function synced(file: string): Promise<void> {
  const handle = await open(file, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function missing(sha256: string): Fault {
  return new Fault("capture-missing", {
    explanation: { en: `The captured answer ${sha256} is not there.`, id: `Jawaban tersimpan ${sha256} tidak ada.` },
    remedy: {
      en: "Restore `integrations` of the data folder from its backup, or read the source again.",
      id: "Pulihkan `integrations` folder data dari cadangan, atau baca ulang sumbernya.",
    },
  });
}

function damaged(sha256: string, cause?: unknown): Fault {
  return new Fault(
    "capture-damaged",
    {
      explanation: {
        en: `The captured answer ${sha256} is not what was captured.`,
        id: `Jawaban tersimpan ${sha256} bukan lagi yang disimpan.`,
      },
      remedy: {
        en: "Restore `integrations` of the data folder from its backup, or read the source again.",
        id: "Pulihkan `integrations` folder data dari cadangan, atau baca ulang sumbernya.",
      },
    },
    { cause },
  );
}
