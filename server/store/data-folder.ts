import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { Level } from "level";
import { Fault } from "../domain/fault.ts";
import type { Words } from "../domain/problems.ts";

/**
 * The folder that keeps everything of one register.
 *
 * | name | holds |
 * |---|---|
 * | `FORMAT` | the number of this layout |
 * | `chain` | the journal: the register itself |
 * | `projection` | what follows from the chain; may be deleted, `rebuild` makes it anew |
 * | `state` | what only this gateway knows: submissions under way, what the writer is about to send |
 * | `vault` | sealed fields |
 * | `documents` | files under their SHA-256 |
 * | `integrations` | what connectors read: raw answers, rows, proposals |
 * | `keys` | the gateway's own keys and tokens |
 * | `lock` | held by the one process that has the folder open; nothing to back up |
 */
const PARTS = ["chain", "projection", "state", "vault", "documents", "integrations", "keys"] as const;
export type Part = (typeof PARTS)[number];

export const FORMAT = 1;

/** Who has the folder open, as he wrote it down: for messages, never to decide by. */
export type Occupant = { pid: number; address?: string };

/** An open data folder. Only one process has it at a time, and the operating system takes the lock from a dead one. */
export class DataFolder {
  readonly path: string;
  readonly #lock: Level;

  private constructor(folder: string, lock: Level) {
    this.path = folder;
    this.#lock = lock;
  }

  /**
   * Opens the folder; where it is absent or empty, makes it, unless `existing` asks for one that is there.
   * @throws Fault data-absent, data-foreign, data-format, data-locked, data-unusable
   */
  static async open(folder: string, { existing = false } = {}): Promise<DataFolder> {
    try {
      const found = await formatOf(folder);
      if (found === undefined && existing) throw dataFault("data-absent", folder);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const lock = await lockOf(folder);
      try {
        if (!existsSync(path.join(folder, "FORMAT"))) await writeWhole(path.join(folder, "FORMAT"), `${FORMAT}\n`);
        for (const part of PARTS) await mkdir(path.join(folder, part), { recursive: true, mode: 0o700 });
        await rm(setAside(folder), { recursive: true, force: true });
        await writeFile(occupantFile(folder), JSON.stringify({ pid: process.pid }));
      } catch (error) {
        await lock.close();
        throw error;
      }
      return new DataFolder(folder, lock);
    } catch (error) {
      throw unusable(folder, error);
    }
  }

  of(part: Part): string {
    return path.join(this.path, part);
  }

  /** The text of a file in `keys` that only its owner may read; made once, and on disk before it is used. */
  async secret(name: string, make: () => string): Promise<string> {
    return this.secretAt(path.join(this.of("keys"), name), make);
  }

  /** The same of a file elsewhere. */
  async secretAt(file: string, make: () => string): Promise<string> {
    const kept = await readFile(file, "utf8").catch(absent);
    if (kept !== undefined) return kept.trim();
    const text = make();
    await writeWhole(file, `${text}\n`);
    return text;
  }

  /** Puts one file of `keys` in the place of another, which is gone then. */
  async replaceSecret(name: string, by: string): Promise<void> {
    await rename(path.join(this.of("keys"), by), path.join(this.of("keys"), name));
    await syncFolder(this.of("keys"));
  }

  /** Whether `keys` has a file of that name. */
  hasSecret(name: string): boolean {
    return existsSync(path.join(this.of("keys"), name));
  }

  /** Tells others where this process answers. */
  async announce(address: string): Promise<void> {
    await writeFile(occupantFile(this.path), JSON.stringify({ pid: process.pid, address }));
  }

  /**
   * Moves the projection out of the way and says where to. What is moved goes for good when the folder is next opened,
   * so a deletion that is cut short leaves no half of a database in its place.
   */
  async setProjectionAside(): Promise<string> {
    const aside = setAside(this.path);
    await rm(aside, { recursive: true, force: true });
    await rename(this.of("projection"), aside);
    return aside;
  }

  async close(): Promise<void> {
    await rm(occupantFile(this.path), { force: true });
    await this.#lock.close();
  }
}

/**
 * The number in `FORMAT`, or undefined where there is no data folder yet. One from before that file existed has the
 * layout of format 1. @throws Fault data-foreign, data-format
 */
export async function formatOf(folder: string): Promise<number | undefined> {
  const text = await readFile(path.join(folder, "FORMAT"), "utf8").catch(absent);
  if (text !== undefined) {
    if (text.trim() !== String(FORMAT)) throw dataFault("data-format", folder, text.trim().slice(0, 20));
    return FORMAT;
  }
  const names = (await readdir(folder).catch(absent)) ?? [];
  if (existsSync(path.join(folder, "chain", "journal"))) return FORMAT;
  // a first start that was cut short leaves the lock; a mount point has lost+found
  if (names.some((name) => !name.startsWith(".") && !["lock", "lost+found", "FORMAT.new"].includes(name)))
    throw dataFault("data-foreign", folder);
  return undefined;
}

/** Who has the folder open, as far as he wrote it down. */
export async function occupantOf(folder: string): Promise<Occupant | undefined> {
  try {
    const { pid, address } = JSON.parse(await readFile(occupantFile(folder), "utf8"));
    return { pid: Number(pid), ...(typeof address === "string" ? { address } : {}) };
  } catch {
    return undefined;
  }
}

/** Takes the lock of the folder without changing anything else in it. @throws Fault data-locked */
export async function lockOf(folder: string): Promise<Level> {
  const lock = new Level(path.join(folder, "lock"));
  try {
    await lock.open();
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    if ((cause as { code?: string }).code !== "LEVEL_LOCKED") throw error;
    const occupant = await occupantOf(folder);
    const who = occupant === undefined ? "" : ` ${occupant.pid}${occupant.address ? ` (${occupant.address})` : ""}`;
    throw dataFault("data-locked", folder, who, error);
  }
  return lock;
}

/** A fault as it is; another error as what keeps the folder from being used. */
export function unusable(folder: string, error: unknown): Fault {
  return error instanceof Fault ? error : dataFault("data-unusable", folder, reasonOf(error), error);
}

function setAside(folder: string): string {
  return path.join(folder, "projection.before");
}

function occupantFile(folder: string): string {
  return path.join(folder, "lock", "occupant");
}

/** Writes a file of the owner's alone: whole or not at all, and on disk when this resolves. */
async function writeWhole(file: string, text: string): Promise<void> {
  const draft = await open(`${file}.new`, "w", 0o600);
  await draft.writeFile(text);
  await draft.sync();
  await draft.close();
  await rename(`${file}.new`, file);
  await syncFolder(path.dirname(file));
}

/** Has the names of a folder on the disk, where its file system knows of that. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const names = await open(folder, "r");
  await names.sync();
  await names.close();
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** The code of an error or of its cause, else its words. */
export function reasonOf(error: unknown): string {
  const { code, message } = ((error as Error).cause ?? error) as { code?: string; message?: string };
  return code ?? message ?? String(error);
}

function dataFault(code: keyof typeof faults, folder: string, found = "", cause?: unknown): Fault {
  return new Fault(code, faults[code](path.resolve(folder), found), { cause });
}

const faults = {
  "data-locked": (folder, who) => ({
    explanation: {
      en: `The data folder ${folder} is in use by another process${who}.`,
      id: `Folder data ${folder} sedang dipakai proses lain${who}.`,
    },
    remedy: {
      en: "Stop that process first, or choose another folder with --data. Nothing was changed.",
      id: "Hentikan dahulu proses itu, atau pilih folder lain dengan --data. Tidak ada yang diubah.",
    },
  }),
  "data-format": (folder, found) => ({
    explanation: {
      en: `The data folder ${folder} has format "${found}"; this version reads ${FORMAT}.`,
      id: `Folder data ${folder} berformat "${found}"; versi ini membaca ${FORMAT}.`,
    },
    remedy: {
      en: "Start the version of the software that wrote it, or a newer one. Nothing was changed.",
      id: "Jalankan versi perangkat lunak yang menulisnya, atau yang lebih baru. Tidak ada yang diubah.",
    },
  }),
  "data-foreign": (folder) => ({
    explanation: {
      en: `The folder ${folder} is not empty and is no data folder of Prasasti.`,
      id: `Folder ${folder} tidak kosong dan bukan folder data Prasasti.`,
    },
    remedy: {
      en: "Choose an empty or new folder with --data.",
      id: "Pilih folder kosong atau baru dengan --data.",
    },
  }),
  "data-absent": (folder) => ({
    explanation: { en: `There is no data folder at ${folder}.`, id: `Tidak ada folder data di ${folder}.` },
    remedy: {
      en: "Name the right one with --data; `prasasti serve` makes a new one.",
      id: "Sebutkan yang benar dengan --data; `prasasti serve` membuat yang baru.",
    },
  }),
  "data-unusable": (folder, found) => ({
    explanation: {
      en: `The data folder ${folder} cannot be used (${found}).`,
      id: `Folder data ${folder} tidak dapat dipakai (${found}).`,
    },
    remedy: {
      en: "Give this user the right to write there, free disk space, or choose another folder with --data.",
      id: "Beri pengguna ini hak menulis di sana, kosongkan ruang disk, atau pilih folder lain dengan --data.",
    },
  }),
} satisfies Record<string, (folder: string, found: string) => { explanation: Words; remedy: Words }>;
