import type { Words } from "../server/domain/problems.ts";

/**
 * A row as its source gave it: every column as text by the engine's own cast, null where it has none. `at` says where it
 * stands for whoever looks for it: `line 12, byte 3051`, `sheet Data, row 7`, `no_sp2d=10236`.
 */
export type SourceRow = {
  /** from 1, in the order of the scan */
  readonly row: number;
  readonly at: string;
  readonly values: readonly (string | null)[];
  /** what reading it found: bytes that are no text of the declared encoding, a number that a spreadsheet has damaged */
  readonly faults?: readonly RowFault[];
  /** the bytes as found, in base64, where they could not be read */
  readonly raw?: string;
};

/** What is wrong with one row, and with which column; a `code` is one of `REASONS`. */
export type RowFault = { readonly code: ReasonCode; readonly column?: string; readonly found?: string };

/** A column as its source declares it; `type` in the engine's own word, `text` where a file has no types. */
export type Column = { readonly name: string; readonly type: string; readonly nullable: boolean };

/** A table, sheet or file of a source, as an inventory lists it. */
export type Table = {
  readonly name: string;
  readonly columns: readonly Column[];
  /** columns of the primary key, in its order; empty where there is none */
  readonly key: readonly string[];
  readonly references: readonly {
    readonly columns: readonly string[];
    readonly table: string;
    readonly to: readonly string[];
  }[];
  /** exact; undefined where only a scan can tell */
  readonly rows?: number;
  readonly bytes?: number;
  readonly owner?: string;
  /** what a person should know before reading it: no key to order by, formulas, merged cells, a hidden sheet, no bytes */
  readonly notes?: readonly Words[];
};

/** What a scan that reached the end has proven: how many rows, the last key or position, and the SHA-256 over all values. */
export type Scan = { readonly rows: number; readonly last: string; readonly sha256: string };

/**
 * A place from which legacy rows are read. Rows come in a stable order, in batches of at most 1,000. The generator ends
 * with a `Scan` only where count and last key are proven; a driver that stops early is a `SourceFault`, never an end.
 */
export interface Source {
  readonly name: string;
  tables(): Promise<readonly Table[]>;
  rows(table: string): AsyncGenerator<readonly SourceRow[], Scan>;
  close(): Promise<void>;
}

/** Why a row was not migrated as it stands: stable codes, in words for the report. */
export const REASONS = {
  undecodable: {
    en: "bytes that are no text of the declared encoding",
    id: "byte yang bukan teks dalam pengodean yang dinyatakan",
  },
  ragged: { en: "more or fewer columns than the header", id: "kolom lebih atau kurang dari judul" },
  "quote-misplaced": { en: "text after a closing quotation mark", id: "teks sesudah tanda kutip penutup" },
  "not-json": { en: "not JSON", id: "bukan JSON" },
  "name-twice": { en: "the same name twice in one object", id: "nama yang sama dua kali dalam satu objek" },
  nul: { en: "a null character in the text", id: "karakter nol dalam teks" },
  "too-long": { en: "a text beyond what the register holds", id: "teks melebihi daya tampung register" },
  "digits-lost": {
    en: "a number that the spreadsheet rounded: digits are lost",
    id: "angka yang dibulatkan lembar kerja: digitnya hilang",
  },
  "merged-cell": {
    en: "a merged cell: which rows its value is for, the sheet does not say",
    id: "sel gabungan: lembar tidak menyatakan nilainya untuk baris mana",
  },
  "cell-error": { en: "an error of the spreadsheet in place of a value", id: "galat lembar kerja, bukan nilai" },
  "balance-differs": {
    en: "a bank statement whose opening balance and entries do not give its closing balance",
    id: "rekening koran yang saldo awal dan mutasinya tidak menghasilkan saldo akhirnya",
  },
  "balance-missing": {
    en: "a bank statement without opening or closing balance",
    id: "rekening koran tanpa saldo awal atau saldo akhir",
  },
  "statement-damaged": {
    en: "a bank statement with a part that cannot be read",
    id: "rekening koran dengan bagian yang tidak dapat dibaca",
  },
  "key-missing": { en: "the key is empty or a placeholder", id: "kunci kosong atau hanya pengisi" },
  "value-missing": { en: "a field that the record needs is empty", id: "isian wajib kosong" },
  personal: { en: "personal data in a field that is public", id: "data pribadi di isian yang terbuka" },
  "money-unreadable": { en: "not an amount of money", id: "bukan jumlah uang" },
  "money-negative": { en: "a negative amount", id: "jumlah negatif" },
  "money-overflow": { en: "an amount beyond what the register holds", id: "jumlah melebihi daya tampung register" },
  "value-unreadable": { en: "not what the mapping declares", id: "bukan seperti yang dinyatakan pemetaan" },
  "date-unreadable": { en: "not a date of the declared form", id: "bukan tanggal dalam bentuk yang dinyatakan" },
  "code-unknown": { en: "a code that the mapping does not know", id: "kode yang tidak dikenal pemetaan" },
  "agency-unknown": { en: "an agency that the plan does not name", id: "instansi yang tidak disebut rencana" },
  "parent-missing": { en: "what it belongs to was rejected or is not there", id: "induknya ditolak atau tidak ada" },
  "key-differs": {
    en: "the same key with other content, undecided",
    id: "kunci sama dengan isi berbeda, belum diputuskan",
  },
  rule: { en: "a quality rule of the plan", id: "aturan mutu dari rencana" },
  release: { en: "the record breaks a rule of the register", id: "catatan melanggar aturan register" },
  refused: { en: "the ledger refused it", id: "ditolak buku besar" },
  duplicate: { en: "the same row again", id: "baris yang sama sekali lagi" },
  "same-entity": {
    en: "the same supplier or record under another spelling",
    id: "penyedia atau catatan yang sama dengan ejaan lain",
  },
  "out-of-scope": { en: "outside the scope of the wave", id: "di luar lingkup gelombang" },
  withdrawn: { en: "a rule of the plan leaves it out", id: "dikecualikan oleh aturan rencana" },
} as const satisfies Record<string, Words>;
export type ReasonCode = keyof typeof REASONS;

/** What became of a row. `read = migrated + rejected + merged + excluded`, exactly. */
export type Fate = "migrated" | "rejected" | "merged" | "excluded";
