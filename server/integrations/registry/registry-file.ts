import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sniff } from "../../../migration/sources/sniff.ts";
import { parseJson } from "../../domain/json.ts";
import { ProblemError } from "../../domain/problems.ts";

/** One record of a file as it stands there: names in small letters with `_`, and where it stands. */
export type FileRecord = { readonly at: string; readonly fields: Readonly<Record<string, unknown>> };

const MOST_BYTES = 64 * 1024 * 1024;
const MOST_RECORDS = 500_000;
const ZIP = Buffer.from("PK\u0003\u0004");

/**
 * The records of a file that somebody brings, as JSON, CSV or XLSX by what is in it, not by its name. JSON may be a list,
 * one record, or a list below one name.
 * @throws ProblemError invalid-request, SourceFault where the file is damaged
 */
export async function recordsOf(bytes: Uint8Array): Promise<FileRecord[]> {
  if (bytes.length === 0) throw unusable("The file is empty: 0 bytes.", "Berkas kosong: 0 byte.");
  if (bytes.length > MOST_BYTES) throw unusable("The file is larger than 64 MiB.", "Berkas lebih besar dari 64 MiB.");
  const head = Buffer.from(bytes.subarray(0, 4_096))
    .toString("latin1")
    .replace(/^\u00ef\u00bb\u00bf/, "")
    .trimStart();
  if (head.startsWith("{") || head.startsWith("[")) return fromJson(bytes);
  if (head.startsWith("<"))
    throw unusable(
      "This is HTML or XML: save the list as CSV, JSON or XLSX.",
      "Ini HTML atau XML: simpan sebagai CSV, JSON, atau XLSX.",
    );
  return fromTable(bytes, ZIP.compare(bytes, 0, 4) === 0);
}

function fromJson(bytes: Uint8Array): FileRecord[] {
  const parsed = parseJson(bytes, { maxBytes: MOST_BYTES });
  if (!parsed.ok) {
    const [{ line, column, message, messageId }] = parsed.faults as [(typeof parsed.faults)[number]];
    throw unusable(`line ${line}, column ${column}: ${message}`, `baris ${line}, kolom ${column}: ${messageId}`);
  }
  const { value } = parsed;
  const isRecord = (one: unknown): one is Record<string, unknown> =>
    typeof one === "object" && one !== null && !Array.isArray(one);
  let list: unknown = value;
  if (isRecord(value)) {
    const inner = Object.values(value).filter((each) => Array.isArray(each) && each.some(isRecord));
    const isOne = ["responinqueryNIB", "respon", "dataNIB", "nib"].some((name) => name in value);
    list = !isOne && inner.length === 1 ? inner[0] : [value];
  }
  const records = (list as unknown[]).map((one, index) => {
    const at = `#${index + 1}`;
    if (!isRecord(one)) throw unusable(`Record ${at} is no object.`, `Rekaman ${at} bukan objek.`);
    return { at, fields: one };
  });
  if (records.length > MOST_RECORDS) throw tooMany();
  return records;
}

async function fromTable(bytes: Uint8Array, workbook: boolean): Promise<FileRecord[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-registry-"));
  try {
    const file = path.join(folder, `${randomUUID()}.${workbook ? "xlsx" : "csv"}`);
    await writeFile(file, bytes, { mode: 0o600 });
    const source = await openSource(
      workbook
        ? { engine: "xlsx", path: file, textColumns: [], merged: "fill", maxBytes: 512 * 2 ** 20 }
        : await csvSettings(file),
      folder,
    );
    try {
      const records: FileRecord[] = [];
      for (const table of await source.tables()) {
        const names = table.columns.map(({ name }) => plainName(name));
        for await (const batch of source.rows(table.name))
          for (const { at, values } of batch) {
            const fields = names.map((name, index) => [name, values[index] ?? undefined] as const);
            records.push({ at, fields: Object.fromEntries(fields) });
            if (records.length > MOST_RECORDS) throw tooMany();
          }
      }
      return records;
    } finally {
      await source.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function csvSettings(file: string) {
  const { encoding, delimiter, quote } = await sniff(file);
  return { engine: "csv", path: file, encoding: encoding.value, delimiter: delimiter.value, quote } as const;
}

/** `Nomor SK` and `nomor-sk` are `nomor_sk`. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .replace(/^_+|_+$/g, "");
}

export function digestOfFile(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function unusable(en: string, id: string): ProblemError {
  return new ProblemError("invalid-request", { en, id });
}

function tooMany(): ProblemError {
  return unusable(`More than ${MOST_RECORDS} records.`, `Lebih dari ${MOST_RECORDS} rekaman.`);
}
