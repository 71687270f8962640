import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { mkdtemp, open, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { crc32 } from "node:zlib";
import { SaxesParser } from "saxes";
import yauzl from "yauzl";
import { SourceFault } from "./source-fault.ts";

/** More parts than any workbook has. */
const MOST_PARTS = 20_000;
/** A part may not unpack to more than this many times its size, unless it stays small. */
const MOST_RATIO = 1_000;
const SMALL = 64 << 20;
/** No text, attribute or tag of a workbook is longer: a cell holds 32,767 characters. */
const LONGEST = 8 << 20;

export type XmlHandlers = {
  open?(name: string, attributes: Record<string, string>): void;
  close?(name: string): void;
  text?(text: string): void;
};

/**
 * The parts of an XLSX file, by name, in whatever order they stand in it; read as a stream of XML events, with their
 * checksums verified. A file that unpacks to more than the plan allows is refused before it is unpacked.
 */
export class XlsxPackage {
  readonly path: string;
  readonly bytes: number;
  readonly stamp: string;
  readonly #zip: yauzl.ZipFile;
  readonly #parts: ReadonlyMap<string, yauzl.Entry>;

  private constructor(
    file: string,
    bytes: number,
    stamp: string,
    zip: yauzl.ZipFile,
    parts: ReadonlyMap<string, yauzl.Entry>,
  ) {
    this.path = file;
    this.bytes = bytes;
    this.stamp = stamp;
    this.#zip = zip;
    this.#parts = parts;
  }

  static async open(file: string, maxBytes: number): Promise<XlsxPackage> {
    const { size, mtimeMs } = await stat(file);
    await refuseOthers(file, size);
    let zip: yauzl.ZipFile;
    try {
      zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(file, {
        lazyEntries: true,
        autoClose: false,
      });
    } catch (cause) {
      throw damaged(file, (cause as Error).message, cause);
    }
    try {
      const parts = await new Promise<Map<string, yauzl.Entry>>((resolve, reject) => {
        const found = new Map<string, yauzl.Entry>();
        zip.on("error", (cause: Error) => reject(damaged(file, cause.message, cause)));
        zip.on("end", () => resolve(found));
        zip.on("entry", (entry: yauzl.Entry) => {
          const { fileName, uncompressedSize, compressedSize } = entry;
          const ratio = uncompressedSize > SMALL && uncompressedSize > MOST_RATIO * compressedSize;
          if (found.size >= MOST_PARTS || uncompressedSize > maxBytes || ratio)
            reject(bomb(file, fileName, uncompressedSize));
          else {
            found.set(fileName.replace(/^\//, "").toLowerCase(), entry);
            zip.readEntry();
          }
        });
        zip.readEntry();
      });
      return new XlsxPackage(file, size, `${size}/${mtimeMs}`, zip, parts);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.#parts.has(name.toLowerCase());
  }

  /** Bytes of a part when it is unpacked. */
  unpacked(name: string): number {
    return this.#parts.get(name.toLowerCase())?.uncompressedSize ?? 0;
  }

  /** Runs through a part; `pause` is awaited between pieces of it, for whoever hands on what was found. */
  async *events(name: string, handlers: XmlHandlers): AsyncGenerator<void> {
    const entry = this.#parts.get(name.toLowerCase());
    if (!entry) throw damaged(this.path, `${name} is missing`);
    let stream: NodeJS.ReadableStream;
    try {
      stream = await promisify<yauzl.Entry, NodeJS.ReadableStream>(this.#zip.openReadStream.bind(this.#zip))(entry);
    } catch (cause) {
      throw damaged(this.path, (cause as Error).message, cause);
    }
    const parser = new SaxesParser({ position: false });
    let fed = 0;
    let heard = 0;
    let failure: Error | undefined;
    parser.on("error", (error) => {
      failure ??= error;
    });
    const local = (full: string) => full.slice(full.indexOf(":") + 1);
    parser.on("opentag", ({ name: full, attributes }) => {
      heard = fed;
      handlers.open?.(local(full), attributes as Record<string, string>);
    });
    parser.on("closetag", ({ name: full }) => {
      heard = fed;
      handlers.close?.(local(full));
    });
    parser.on("text", (text) => {
      heard = fed;
      handlers.text?.(text);
    });
    parser.on("cdata", (text) => {
      heard = fed;
      handlers.text?.(text);
    });
    let decoder: TextDecoder | undefined;
    let sum = 0;
    const write = (text: string) => {
      parser.write(text);
      if (failure) throw damaged(this.path, `${name}: ${failure.message}`, failure);
    };
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        sum = crc32(chunk, sum);
        decoder ??= new TextDecoder(wide(chunk), { fatal: true });
        fed += chunk.length;
        write(decoder.decode(chunk, { stream: true }));
        if (fed - heard > LONGEST) throw bomb(this.path, name, entry.uncompressedSize);
        yield;
      }
      write(decoder?.decode() ?? "");
      parser.close();
      if (failure) throw damaged(this.path, `${name}: ${failure.message}`, failure);
      if (sum !== entry.crc32) throw damaged(this.path, `${name}: the checksum differs`);
    } catch (cause) {
      if (cause instanceof SourceFault) throw cause;
      throw damaged(this.path, `${name}: ${(cause as Error).message}`, cause);
    } finally {
      (stream as unknown as { destroy(): void }).destroy();
    }
  }

  /** Reads a small part at once. */
  async parse(name: string, handlers: XmlHandlers): Promise<void> {
    for await (const _piece of this.events(name, handlers));
  }

  /** Throws where the file was written to since it was opened. */
  async unchanged(): Promise<boolean> {
    const { size, mtimeMs } = await stat(this.path);
    return `${size}/${mtimeMs}` === this.stamp;
  }

  async close(): Promise<void> {
    this.#zip.close();
  }
}

function wide(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  return "utf-8";
}

async function refuseOthers(file: string, size: number): Promise<void> {
  const handle = await open(file);
  try {
    const start = Buffer.alloc(8);
    await handle.read(start, 0, 8, 0);
    if (size === 0) throw damaged(file, "0 bytes");
    if (start.toString("hex") === "d0cf11e0a1b11ae1")
      throw new SourceFault(
        "source-damaged",
        {
          en: `${file} is an old .xls file, or is protected by a password.`,
          id: `${file} adalah berkas .xls lama, atau dilindungi kata sandi.`,
        },
        {
          en: "Open it and save it as .xlsx without a password.",
          id: "Buka dan simpan sebagai .xlsx tanpa kata sandi.",
        },
      );
  } finally {
    await handle.close();
  }
}

export function damaged(file: string, why: string, cause?: unknown): SourceFault {
  return new SourceFault(
    "source-damaged",
    { en: `${file} cannot be read as XLSX: ${why}.`, id: `${file} tidak dapat dibaca sebagai XLSX: ${why}.` },
    {
      en: "Fetch the file again, or open it in a spreadsheet program and save it anew.",
      id: "Ambil ulang berkas itu, atau buka di program lembar kerja lalu simpan kembali.",
    },
    { cause },
  );
}

function bomb(file: string, part: string, bytes: number): SourceFault {
  return new SourceFault(
    "source-damaged",
    {
      en: `${file} unpacks beyond all measure: ${part} to ${bytes} bytes. It is not unpacked.`,
      id: `${file} mengembang di luar batas: ${part} menjadi ${bytes} byte. Berkas tidak dibuka.`,
    },
    {
      en: "If it is honest, raise `maxBytes` of the source, or save the sheet as CSV.",
      id: "Bila memang benar, naikkan `maxBytes` sumber itu, atau simpan lembarnya sebagai CSV.",
    },
  );
}

/** Texts by number: in memory as bytes, and beyond 64 MiB in a temporary file. */
export class TextStore {
  #starts = new Float64Array(1_024);
  #count = 0;
  #size = 0;
  #memory: Buffer = Buffer.alloc(1 << 20);
  /** bytes before what memory holds, once there is a file */
  #flushed = 0;
  #file: { folder: string; descriptor: number } | undefined;
  readonly #limit: number;

  constructor(limit = 64 << 20) {
    this.#limit = limit;
  }

  async add(text: string): Promise<void> {
    if (this.#count + 1 >= this.#starts.length) {
      const larger = new Float64Array(2 * this.#starts.length);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    const length = Buffer.byteLength(text);
    const used = this.#size - this.#flushed;
    if (used + length > this.#memory.length) {
      if (this.#memory.length < this.#limit) {
        const larger = Buffer.alloc(Math.max(2 * this.#memory.length, used + length));
        this.#memory.copy(larger, 0, 0, used);
        this.#memory = larger;
      } else {
        await this.#flush(used);
        if (length > this.#memory.length) this.#memory = Buffer.alloc(length);
      }
    }
    this.#memory.write(text, this.#size - this.#flushed);
    this.#size += length;
    this.#starts[++this.#count] = this.#size;
  }

  async #flush(used: number): Promise<void> {
    if (!this.#file) {
      const folder = await mkdtemp(path.join(tmpdir(), "prasasti-texts-"));
      this.#file = { folder, descriptor: openSync(path.join(folder, "texts"), "w+", 0o600) };
    }
    writeSync(this.#file.descriptor, this.#memory, 0, used, this.#flushed);
    this.#flushed += used;
  }

  get(index: number): string | undefined {
    if (!(index >= 0 && index < this.#count)) return undefined;
    const [from, to] = [this.#starts[index]!, this.#starts[index + 1]!];
    if (from >= this.#flushed) return this.#memory.toString("utf8", from - this.#flushed, to - this.#flushed);
    const bytes = Buffer.alloc(to - from);
    readSync(this.#file!.descriptor, bytes, 0, bytes.length, from);
    return bytes.toString("utf8");
  }

  get count(): number {
    return this.#count;
  }

  close(): void {
    if (!this.#file) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
    this.#file = undefined;
  }
}
