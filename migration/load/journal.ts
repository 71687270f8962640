import { createHash } from "node:crypto";
import { mkdir, rename, stat } from "node:fs/promises";
import { Level } from "level";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Kept, Outbox } from "../../server/ledger/sender.ts";

/** What one attempt at a wave is, as its journal was begun. */
export type Head = {
  format: typeof format;
  wave: string;
  attempt: number;
  waveId: Hex;
  planHash: Hex;
  /** hash over the lots as they were staged: other lots are another attempt */
  lots: Hex;
  sender: string;
};

/**
 * How far the loading is: every row before row `row` of lot `lot` is decided, in blocks that stay, the newest of them
 * `block`. Numbers count rows.
 */
export type Cursor = {
  lot: number;
  row: number;
  block: number;
  blockHash: string;
  loaded: number;
  refused: number;
};

/** A row that the ledger refused, with the values that its refusal names. */
export type RefusedRow = { lot: number; row: number; key: string; hash: Hex; code: number; a: string; b: string };

/** Something that happened to the wave, for its report; times in milliseconds UTC. */
export type Happening = { at: number; what: string; more?: Record<string, unknown> };

const format = "prasasti-wave-journal-1";
type Operation = { type: "put"; key: string; value: string } | { type: "del"; key: string };

/**
 * What an attempt at a wave is about to do, on disk before it is done. The chain is the checkpoint: whatever is lost here
 * can be read from it again (`journal rebuild`), so a journal may be behind, but is never believed where it differs.
 * Its folder is locked by the operating system as long as a process has it open.
 */
export class Journal implements Outbox {
  readonly #rows: Level<string, string>;
  readonly folder: string;

  private constructor(rows: Level<string, string>, folder: string) {
    this.#rows = rows;
    this.folder = folder;
  }

  /** @throws Fault lease-held where another process has it open; journal-unreadable where it is damaged */
  static async open(folder: string): Promise<Journal> {
    await mkdir(folder, { recursive: true });
    const rows = new Level<string, string>(folder, { valueEncoding: "utf8" });
    try {
      await rows.open();
    } catch (error) {
      const cause = (error as { cause?: { code?: string; message?: string } }).cause;
      if (cause?.code === "LEVEL_LOCKED") throw locked(folder, error);
      throw unreadable(folder, cause?.message ?? (error as Error).message, error);
    }
    return new Journal(rows, folder);
  }

  /** The head that this journal was begun with, or nothing in a new one. @throws Fault journal-unreadable */
  async head(): Promise<Head | undefined> {
    const head = await this.#get<Head>("head");
    if (head !== undefined && head.format !== format) throw unreadable(this.folder, head.format);
    if (head === undefined)
      for await (const _ of this.#rows.keys({ limit: 1 })) throw unreadable(this.folder, "its head is missing");
    return head;
  }

  /** Begins; of what was begun before only what happened stays. */
  async begin(head: Omit<Head, "format">): Promise<void> {
    const former: Operation[] = [];
    for await (const key of this.#rows.keys()) if (!key.startsWith("told/")) former.push({ type: "del", key });
    await this.#write([...former, this.#put("head", { format, ...head })]);
  }

  async cursor(): Promise<Cursor | undefined> {
    return this.#get<Cursor>("cursor");
  }

  /** Refused rows are on disk before the cursor that passes them. */
  async advance(cursor: Cursor, refused: readonly RefusedRow[]): Promise<void> {
    await this.#write([
      ...refused.map((row) => this.#put(`refused/${pad(row.lot)}/${pad(row.row)}`, row)),
      this.#put("cursor", cursor),
    ]);
  }

  /** Forgets how far it was: the next start reads it from the chain. */
  async forget(): Promise<void> {
    const refused: Operation[] = [];
    for await (const key of this.#rows.keys({ gt: "refused/", lt: "refused0" })) refused.push({ type: "del", key });
    await this.#write([{ type: "del", key: "cursor" }, ...refused]);
  }

  async *refused(): AsyncGenerator<RefusedRow> {
    for await (const [key, value] of this.#rows.iterator({ gt: "refused/", lt: "refused0" }))
      yield this.#read<RefusedRow>(key, value);
  }

  /** A step that is done, so that a later start need not ask the chain again; `value` of what it found. */
  async raise(step: string, value = "1"): Promise<void> {
    await this.#write([this.#put(`step/${step}`, value)]);
  }

  async flag(step: string): Promise<string | undefined> {
    return this.#get<string>(`step/${step}`);
  }

  async tell(what: string, more?: Record<string, unknown>): Promise<void> {
    const at = Date.now();
    const key = `told/${String(at).padStart(15, "0")}/${createHash("sha256").update(what).digest("hex").slice(0, 8)}`;
    await this.#write([this.#put(key, { at, what, ...(more === undefined ? {} : { more }) })]);
  }

  async *told(): AsyncGenerator<Happening> {
    for await (const [key, value] of this.#rows.iterator({ gt: "told/", lt: "told0" }))
      yield this.#read<Happening>(key, value);
  }

  // ---- what its account is about to send (ledger/sender.ts)

  async keep(transactions: readonly Kept[], done: readonly number[]): Promise<void> {
    await this.#write([
      ...done.map((nonce) => ({ type: "del" as const, key: `tx/${pad(nonce)}` })),
      ...transactions.map(({ nonce, raw }) => this.#put(`tx/${pad(nonce)}`, Buffer.from(raw).toString("base64"))),
    ]);
  }

  async kept(): Promise<Kept[]> {
    const kept: Kept[] = [];
    for await (const [key, value] of this.#rows.iterator({ gt: "tx/", lt: "tx0" }))
      kept.push({ nonce: Number(key.slice(3)), raw: Buffer.from(this.#read<string>(key, value), "base64") });
    return kept;
  }

  async setAside(transactions: readonly Kept[], reason: string): Promise<void> {
    await this.#write(transactions.map(({ nonce }) => ({ type: "del" as const, key: `tx/${pad(nonce)}` })));
    await this.tell("set-aside", { nonces: transactions.map(({ nonce }) => nonce), reason });
  }

  close(): Promise<void> {
    return this.#rows.close();
  }

  async #get<T>(key: string): Promise<T | undefined> {
    let value: string | undefined;
    try {
      value = await this.#rows.get(key);
    } catch (error) {
      throw unreadable(this.folder, (error as Error).message, error);
    }
    return value === undefined ? undefined : this.#read<T>(key, value);
  }

  #put(key: string, value: unknown): Operation {
    const text = JSON.stringify(value);
    return { type: "put", key, value: `${sumOf(key, text)} ${text}` };
  }

  #read<T>(key: string, value: string): T {
    const text = value.slice(SUM + 1);
    if (value.slice(0, SUM) !== sumOf(key, text)) throw unreadable(this.folder, `${key} is not as it was written`);
    return JSON.parse(text) as T;
  }

  async #write(operations: Operation[]): Promise<void> {
    if (operations.length === 0) return;
    try {
      await this.#rows.batch(operations, { sync: true });
    } catch (error) {
      throw unwritable(this.folder, error);
    }
  }
}

/** Puts a damaged journal out of the way, for examination. @returns where it lies now */
export async function setJournalAside(folder: string): Promise<string | undefined> {
  const there = await stat(folder).catch(() => undefined);
  if (there === undefined) return undefined;
  const aside = `${folder}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  await rename(folder, aside);
  return aside;
}

const SUM = 16;
function sumOf(key: string, text: string): string {
  return createHash("sha256").update(`${key}\n${text}`).digest("hex").slice(0, SUM);
}

function pad(number: number): string {
  return String(number).padStart(12, "0");
}

function locked(folder: string, cause: unknown): Fault {
  return new Fault(
    "lease-held",
    {
      explanation: {
        en: `${folder} is in use by another process of this machine.`,
        id: `${folder} sedang dipakai proses lain di mesin ini.`,
      },
      remedy: {
        en: "Only one may load a wave: wait for it, or stop it with `prasasti migrate pause`.",
        id: "Hanya satu yang boleh memuat sebuah gelombang: tunggu, atau hentikan dengan `prasasti migrate pause`.",
      },
    },
    { cause },
  );
}

function unreadable(folder: string, found: string, cause?: unknown): Fault {
  return new Fault(
    "journal-unreadable",
    {
      explanation: {
        en: `The journal in ${folder} cannot be read (${found}).`,
        id: `Jurnal di ${folder} tidak dapat dibaca (${found}).`,
      },
      remedy: {
        en: "Run `prasasti migrate journal rebuild WAVE`: it sets this one aside and reads the chain.",
        id: "Jalankan `prasasti migrate journal rebuild GELOMBANG`: jurnal ini disisihkan dan rantai dibaca ulang.",
      },
    },
    { cause },
  );
}

/** A disk that takes no more: nothing was sent that is not written down. */
export function unwritable(folder: string, cause: unknown): Fault {
  const { message, code, cause: inner } = cause as Error & { code?: string; cause?: { message?: string } };
  const found = inner?.message ?? message;
  const full = /no space|ENOSPC|quota/i.test(`${code} ${found}`);
  return new Fault(
    full ? "disk-full" : "journal-unwritable",
    {
      explanation: full
        ? {
            en: `The disk under ${folder} is full. Nothing was sent that is not written down.`,
            id: `Disk untuk ${folder} penuh. Tidak ada yang dikirim tanpa tercatat lebih dahulu.`,
          }
        : {
            en: `The journal in ${folder} cannot be written (${found}). Nothing was sent that is not written down.`,
            id: `Jurnal di ${folder} tidak dapat ditulis (${found}). Tidak ada yang dikirim tanpa tercatat lebih dahulu.`,
          },
      remedy: {
        en: "Free disk space or mend the disk, then run the same command again: it goes on where it was.",
        id: "Kosongkan ruang disk atau perbaiki disk, lalu jalankan perintah yang sama: dilanjutkan dari tempat terakhir.",
      },
    },
    { cause },
  );
}
