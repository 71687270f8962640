import { type FileHandle, glob, open, stat } from "node:fs/promises";
import nodePath from "node:path";
import { SourceFault } from "./source-fault.ts";

export type SourceFile = { readonly name: string; readonly path: string };

/**
 * The files that a path or a pattern means, in the order of their names' bytes. A file's name as a table is its path
 * below the fixed part of the pattern, without extension: `data/isb/*.json` names `data/isb/satker.json` `satker`.
 */
export async function sourceFiles(base: string, pattern: string): Promise<readonly SourceFile[]> {
  const whole = nodePath.resolve(base, pattern);
  const found: string[] = [];
  if (await isFile(whole)) found.push(whole);
  else for await (const path of glob(whole)) if (await isFile(path)) found.push(path);
  if (found.length === 0)
    throw new SourceFault(
      "source-setting",
      { en: `No file matches ${pattern} in ${base}.`, id: `Tidak ada berkas yang cocok dengan ${pattern} di ${base}.` },
      { en: "Correct `path` of the source in its settings.", id: "Perbaiki `path` sumber itu dalam setelannya." },
    );
  const fixed = found[0] === whole ? nodePath.dirname(whole) : fixedPart(whole);
  const files = found.map((path) => {
    const inside = nodePath.relative(fixed, path).split(nodePath.sep).join("/");
    return { name: inside.slice(0, inside.length - nodePath.extname(inside).length), path };
  });
  files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const twice = files.find(({ name }, index) => files.findIndex((other) => other.name === name) !== index);
  if (twice)
    throw new SourceFault(
      "source-setting",
      {
        en: `Two files of ${pattern} would both be the table ${twice.name}.`,
        id: `Dua berkas dari ${pattern} menjadi tabel ${twice.name} yang sama.`,
      },
      { en: "Narrow the pattern to one extension.", id: "Persempit pola menjadi satu ekstensi." },
    );
  return files;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function fixedPart(pattern: string): string {
  const parts = pattern.split(nodePath.sep);
  const first = parts.findIndex((part) => /[*?[\]{}()!]/.test(part));
  return parts.slice(0, first).join(nodePath.sep) || nodePath.sep;
}

/** The file with that name as a table. */
export function fileNamed(files: readonly SourceFile[], name: string): SourceFile {
  const file = files.find((one) => one.name === name);
  if (file) return file;
  throw noSuchTable(
    name,
    files.map((one) => one.name),
  );
}

export function noSuchTable(name: string, known: readonly string[]): SourceFault {
  const some = known.slice(0, 20).join(", ");
  return new SourceFault(
    "source-setting",
    {
      en: `The source has no table ${name}; it has: ${some}.`,
      id: `Sumber tidak memiliki tabel ${name}; yang ada: ${some}.`,
    },
    { en: "Correct `table` where it is named.", id: "Perbaiki `table` di tempat ia disebut." },
  );
}

/** One reading of a file from its first byte to its last, which proves that it was whole and stayed as it was. */
export class FileReading {
  readonly path: string;
  readonly size: number;
  readonly #changed: number;
  readonly #handle: FileHandle;
  #read = 0;

  private constructor(path: string, handle: FileHandle, size: number, changed: number) {
    this.path = path;
    this.size = size;
    this.#handle = handle;
    this.#changed = changed;
  }

  static async open(path: string): Promise<FileReading> {
    try {
      const handle = await open(path);
      const { size, mtimeMs } = await handle.stat();
      return new FileReading(path, handle, size, mtimeMs);
    } catch (cause) {
      throw new SourceFault(
        "source-unreachable",
        {
          en: `${path} cannot be opened: ${(cause as Error).message}.`,
          id: `${path} tidak dapat dibuka: ${(cause as Error).message}.`,
        },
        { en: "Check that the file is there and readable.", id: "Periksa apakah berkas itu ada dan dapat dibaca." },
        { cause },
      );
    }
  }

  /** Size and time of the last change: the same twice means the same file. */
  get stamp(): string {
    return `${this.size}/${this.#changed}`;
  }

  /** The next bytes into `target` from `offset`; 0 at the end of the file. */
  async read(target: Uint8Array, offset: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(target, offset, target.length - offset, this.#read);
    this.#read += bytesRead;
    return bytesRead;
  }

  /** Throws unless every byte was read and nobody wrote to the file meanwhile. */
  async prove(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (this.#read === this.size && size === this.size && mtimeMs === this.#changed) return;
    throw changed(this.path);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Of a file that is no longer what an earlier pass over it saw. */
export function changed(path: string): SourceFault {
  return new SourceFault(
    "source-changed",
    { en: `${path} was changed while it was being read.`, id: `${path} berubah selagi dibaca.` },
    {
      en: "Work on a copy that nobody writes to, and begin again.",
      id: "Gunakan salinan yang tidak ditulisi siapa pun, lalu mulai lagi.",
    },
  );
}
