import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "csv-parse/sync";
import * as z from "zod";
import type { SigningKey } from "../../server/cli/key-file.ts";
import { idOf, readBalances, termsToText } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, NO_ID, textOf, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { codeOf } from "../../server/domain/problems.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { isSigned, signStatement, statementDigest } from "../plan/statement.ts";
import { type LotEntity, type LotRow, readLot, type StagedLot, writeWhole } from "../stage/lot.ts";
import { rejectCell } from "../stage/reject-file.ts";
import type { Job } from "./job.ts";
import type { Register } from "./register.ts";
import { decimal } from "./run-wave.ts";

// Rows that people compare with the old system by eye, and sign for: what no machine can tell of a migration is whether
// the source itself was read as those who work with it read it.

/** A row to be compared, in words. */
export type Sample = {
  /** from 1, in the order in which they were picked */
  no: number;
  key: string;
  /** where it stands in the old system */
  where: string;
  /** its part of a process, or what it is */
  record: string;
  title: string;
  supplier: string;
  value: string;
  dates: string;
  paid: string;
  /** the row hash */
  row: Hex;
};

type SampleJob = Pick<Job, "project" | "wave" | "attempt" | "id" | "plan" | "stage" | "suppliers">;

const WORDS = ["key", "where", "record", "title", "supplier", "value", "dates", "paid", "row"] as const;
const COLUMNS = ["no", ...WORDS, "same", "why"] as const;
const kinds = new Map<number, string>(Object.entries(Kind).map(([name, code]) => [code, name]));
/** Characters of a cell: more than that nobody compares. */
const MOST = 300;

function place({ project, wave, attempt }: SampleJob, ending: "csv" | "ndjson"): string {
  return path.join(project, "samples", `${wave}-${attempt}.${ending}`);
}

/**
 * Picks rows of the stage by the sealed plan's hash, so that nobody chooses them: the first of every agency, entity and
 * dataset in turn, then the second of each. A larger count begins with the same rows.
 */
export async function pickSamples(job: SampleJob, count: number): Promise<Sample[]> {
  type Ranked = { rank: string; lot: StagedLot; index: number };
  const strata = new Map<string, Ranked[]>();
  const seed = `${job.plan.hash} ${job.id}`;
  const rankOf = (what: Uint8Array | string) => createHash("sha256").update(seed).update(what).digest("hex");
  const byRank = (a: { rank: string }, b: { rank: string }) => (a.rank < b.rank ? -1 : 1);
  for (const lot of job.stage.lots)
    for (const [index, { hash, from }] of (await readLot(job.stage.folder, lot)).entries()) {
      const one = { rank: rankOf(hash), lot, index };
      for (const dataset of new Set(from.map(({ dataset }) => dataset))) {
        const name = [lot.agencyId, lot.entity, dataset].join("\t");
        const some = strata.get(name) ?? [];
        strata.set(name, some);
        some.push(one);
        // no more of a stratum than could be wanted, however many rows it has
        if (some.length > 4 * count + 64) some.sort(byRank).splice(count);
      }
    }
  const inTurn = [...strata].map(([name, some]) => ({ rank: rankOf(name), some: some.sort(byRank) })).sort(byRank);
  const picked = new Set<Ranked>();
  for (let turn = 0; picked.size < count && inTurn.some(({ some }) => turn < some.length); turn++)
    for (const { some } of inTurn) if (picked.size < count && some[turn] !== undefined) picked.add(some[turn]!);
  const order = [...picked];
  const samples: Sample[] = [];
  for (const lot of new Set(order.map(({ lot }) => lot))) {
    const rows = await readLot(job.stage.folder, lot);
    for (const [at, { lot: of, index }] of order.entries())
      if (of === lot) samples.push({ no: at + 1, ...inWords(rows[index]!, lot, rows, job) });
  }
  return samples.sort((a, b) => a.no - b.no);
}

/** Writes the table that people fill in. @throws Fault samples-begun where one is there that somebody has filled in */
export async function writeSamples(job: SampleJob, count: number): Promise<{ file: string; samples: Sample[] }> {
  const file = place(job, "csv");
  const kept = await readFile(file, "utf8").catch(() => undefined);
  if (kept !== undefined && tableOf(kept, file).some(({ same }) => (same ?? "").trim() !== "")) throw begun(file);
  const samples = await pickSamples(job, count);
  const lines = samples.map((sample) => [...[sample.no, ...WORDS.map((name) => sample[name])].map(String), "", ""]);
  const text = [COLUMNS as readonly string[], ...lines].map((cells) => cells.map((cell) => rejectCell(cell)).join(";"));
  await mkdir(path.dirname(file), { recursive: true });
  await writeWhole(file, utf8(`\ufeff${text.join("\r\n")}\r\n`));
  return { file, samples };
}

/** What was signed of the table, and what of it nobody has filled in yet. */
export type SamplesSigned = { file: string; signed: number; differ: string[]; open: number };

/**
 * Signs each line of the table that is filled in, in the name of a holder.
 * @throws Fault samples-missing, samples-edited where a line is not as it was written
 */
export async function signSamples(job: SampleJob, key: SigningKey, now: Date): Promise<SamplesSigned> {
  const table = place(job, "csv");
  const text = await readFile(table, "utf8").catch(() => undefined);
  if (text === undefined) throw missing(job.wave);
  const lines = tableOf(text, table);
  const most = Math.max(0, ...lines.map(({ no }) => (/^\d{1,6}$/.test(no ?? "") ? Number(no) : 0)));
  const picked = new Map((await pickSamples(job, most)).map((sample) => [String(sample.no), sample]));
  const edited: string[] = [];
  const filled: { sample: Sample; same: boolean; why: string }[] = [];
  let open = 0;
  for (const line of lines) {
    const sample = picked.get(line.no ?? "");
    const changed = sample === undefined ? ["no"] : WORDS.filter((name) => !isSame(line[name], sample[name]));
    const same = (line.same ?? "").trim().toLowerCase();
    if (!/^(y|ya|yes|n|no|t|tidak)?$/.test(same)) changed.push("same" as never);
    if (sample === undefined || changed.length > 0) edited.push(`${line.no}: ${changed.join(", ")}`);
    else if (same === "") open++;
    else filled.push({ sample, same: same.startsWith("y"), why: (line.why ?? "").trim() });
  }
  if (edited.length > 0) throw tableEdited(table, edited);
  const file = place(job, "ndjson");
  const before = await readFile(file, "utf8").catch(() => "");
  const kept = linesOf(before).flatMap(({ verdict }) => (verdict === undefined ? [] : [verdict]));
  const added: string[] = [];
  for (const { sample, same, why } of filled) {
    const last = kept.findLast(({ row, holder }) => row === sample.row && holder === key.holder);
    if (last?.same === same && last.why === why) continue;
    const signed = signStatement({ says: "sample", wave: job.id, row: sample.row, same, why }, key, now);
    added.push(
      JSON.stringify({ wave: job.id, key: sample.key, row: sample.row, same, why, ...signed } satisfies Verdict),
    );
  }
  if (added.length > 0) {
    const whole = before === "" || before.endsWith("\n") ? before : `${before}\n`;
    await writeWhole(file, utf8(`${whole}${added.join("\n")}\n`));
  }
  return {
    file,
    signed: filled.length,
    differ: filled.filter(({ same }) => !same).map(({ sample }) => sample.key),
    open,
  };
}

const hex = (bytes: number) =>
  z.custom<Hex>((value) => typeof value === "string" && new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`).test(value));
const verdictSchema = z.strictObject({
  ...{ wave: hex(32), key: z.string(), row: hex(32), same: z.boolean(), why: z.string() },
  ...{ holder: z.string().min(1), address: hex(20), at: z.int().min(0), signature: hex(65) },
});
type Verdict = z.infer<typeof verdictSchema>;

/**
 * How many rows of the stage people have signed to be as in the old system. A later word of the same person on the same
 * row takes the place of an earlier one.
 * @throws Fault samples-altered where a line is not as it was signed, is of another attempt, or by a key that the register
 * does not know as its holder's; sample-differs where somebody has signed that a row is not the same
 */
export async function signedSamples(job: SampleJob, register: Register): Promise<number> {
  const file = place(job, "ndjson");
  const lines = linesOf(await readFile(file, "utf8").catch(() => ""));
  const wanted = new Map<Hex, string>();
  for (const { verdict } of lines) if (verdict !== undefined) wanted.set(verdict.row, "");
  if (wanted.size > 0)
    for (const lot of job.stage.lots)
      for (const { hash, key } of await readLot(job.stage.folder, lot)) {
        const row = toHex(hash);
        if (wanted.has(row)) wanted.set(row, keyInWords(lot.entity, key));
      }
  const wrong: { line: number; en: string; id: string }[] = [];
  const holders = new Map<string, boolean>();
  const last = new Map<string, Verdict>();
  for (const { line, verdict } of lines) {
    const say = (en: string, id: string) => wrong.push({ line, en, id });
    if (verdict === undefined) {
      say("it cannot be read", "tidak dapat dibaca");
      continue;
    }
    const { wave, row, same, why, key, holder, address, at, signature } = verdict;
    const statement = { says: "sample", wave, row, same, why } as const;
    const known = `${holder} ${address}`;
    if (wave !== job.id) say("it is of another attempt", "milik percobaan lain");
    else if (!isSigned(statement, verdict)) say("it was changed after it was signed", "diubah setelah ditandatangani");
    else if (wanted.get(row) !== key) say("the stage has no such row", "baris itu tidak ada dalam hasil penyiapan");
    else {
      if (!holders.has(known))
        holders.set(known, await isKeyOf(register, holder, statementDigest(statement, holder, at), fromHex(signature)));
      if (!holders.get(known))
        say(`the register does not know this key as ${holder}'s`, `register tidak mengenal kunci ini milik ${holder}`);
      else last.set(`${holder} ${row}`, verdict);
    }
  }
  if (wrong.length > 0) throw altered(file, wrong);
  const differ = [...last.values()].filter(({ same }) => !same);
  if (differ.length > 0) throw differs(differ);
  return new Set([...last.values()].map(({ row }) => row)).size;
}

/** Whether a signature is by a key that the register knows now as this holder's, in whatever office. */
async function isKeyOf(
  register: Register,
  holder: string,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const [r, s, v] = [toHex(signature, 0, 32), toHex(signature, 32, 64), signature[64]!];
  const values = [toHex(digest), idOf(holder), 0, NO_ID, NO_ID, 0, NO_ID, NO_ID, r, s, v];
  const [code] = await register.view("Authority", "authorize", values);
  // role 0 is no office: the key is proven before the office is looked for
  return Number(code) === codeOf("no-office");
}

function linesOf(text: string): { line: number; verdict: Verdict | undefined }[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [{ line: index + 1, verdict: verdictSchema.safeParse(JSON.parse(line)).data }];
    } catch {
      return [{ line: index + 1, verdict: undefined }];
    }
  });
}

function tableOf(text: string, file: string): Record<string, string | undefined>[] {
  // a spreadsheet of another country saves commas
  const delimiter = text.slice(0, text.search(/[\r\n]|$/)).includes(";") ? ";" : ",";
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true, delimiter, relax_column_count: true });
  } catch (cause) {
    throw tableEdited(file, [(cause as Error).message]);
  }
}

/** As it was written, but for white space and the mark before what a spreadsheet would take for a formula. */
function isSame(found: string | undefined, written: string): boolean {
  const plain = (text: string) => text.replace(/^\s*'/, "").replaceAll(/\s+/g, " ").trim();
  return plain(found ?? "") === plain(written);
}

// ---- a row in words

/** Never a bare number: a spreadsheet would round it, or take it for a day. */
function keyInWords(entity: LotEntity, key: string): string {
  return clean(`${entity}: ${key}`);
}

function inWords(row: LotRow, lot: StagedLot, rows: readonly LotRow[], { suppliers }: SampleJob): Omit<Sample, "no"> {
  const base = {
    key: keyInWords(lot.entity, row.key),
    where: short(row.from.map(({ dataset, at }) => `${dataset} ${at}`).join("; ")),
    row: toHex(row.hash),
  };
  const none = { supplier: "", value: "", dates: "", paid: "" };
  if (row.item.length === 0) {
    const record: unknown = JSON.parse(textOf(row.body));
    return { ...base, ...none, record: lot.entity, title: short(flat(record)) };
  }
  const { entry, body, preimage } = unpackEntry(row.item);
  const said = bodyOf(body.length > 0 ? body : row.body);
  const { terms } = entry;
  const amount = (minor: bigint) => `${terms.currency ?? lot.currency} ${decimal(minor)}`;
  const day = (seconds: number | undefined) =>
    seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().slice(0, 10);
  const named = suppliers.find(({ id }) => idOf(id) === terms.party)?.name;
  const inBody = [said.awards, said.contracts].flatMap((list) => suppliersIn(list)).join(", ");
  const { on, until } = termsToText(terms);
  const dates = [["on", day(seconds(on))] as const, ["until", day(seconds(until))] as const];
  const title = titleIn(said) ?? titleOfProcess(entry.ocid, rows);
  return {
    ...base,
    record: [kinds.get(entry.kind) ?? String(entry.kind), entry.contractId || entry.awardId].join(" ").trim(),
    title: short(title ?? ""),
    supplier: short(named ?? inBody),
    value: terms.value === undefined ? "" : amount(terms.value),
    dates: dates.flatMap(([name, text]) => (text === undefined ? [] : [`${name} ${text}`])).join(", "),
    paid: preimage.length === 0 ? "" : amount(readBalances(preimage).paid),
  };
}

function seconds(value: unknown): number | undefined {
  return value === undefined ? undefined : Number(value);
}

type Said = Record<string, unknown>;

function bodyOf(bytes: Uint8Array): Said {
  const value: unknown = bytes.length === 0 ? {} : JSON.parse(textOf(bytes));
  return typeof value === "object" && value !== null ? (value as Said) : {};
}

function titleIn({ contracts, awards, tender, planning }: Said): string | undefined {
  for (const part of [contracts, awards, tender, planning].flat()) {
    const { title, rationale } = (part ?? {}) as { title?: unknown; rationale?: unknown };
    for (const text of [title, rationale]) if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
}

/** A contract may be called by what its tender was. */
function titleOfProcess(ocid: string, rows: readonly LotRow[]): string | undefined {
  for (const { key, item, body } of rows) {
    if (!key.startsWith(ocid) || item.length === 0) continue;
    const unpacked = unpackEntry(item);
    if (unpacked.entry.ocid !== ocid) continue;
    const title = titleIn(bodyOf(unpacked.body.length > 0 ? unpacked.body : body));
    if (title !== undefined) return title;
  }
  return undefined;
}

function suppliersIn(list: unknown): string[] {
  return [list].flat().flatMap((part) => {
    const { suppliers } = (part ?? {}) as { suppliers?: { name?: unknown }[] };
    return (suppliers ?? []).flatMap(({ name }) => (typeof name === "string" ? [name] : []));
  });
}

/** A record as `name: value` pairs, in the order of its names. */
function flat(value: unknown, name = ""): string {
  if (typeof value !== "object" || value === null) return `${name}: ${value}`;
  return Object.entries(value)
    .map(([own, part]) => flat(part, name === "" ? own : `${name}.${own}`))
    .join("; ");
}

function short(text: string): string {
  return clean(text.length > MOST ? `${text.slice(0, MOST)}…` : text);
}

function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replaceAll(/[\u0000-\u001f]+/g, " ");
}

// ---- faults

function begun(file: string): Fault {
  return new Fault("samples-begun", {
    explanation: { en: `${file} is filled in already.`, id: `${file} sudah diisi.` },
    remedy: {
      en: "Sign it with --as KEY, or move it away to begin anew.",
      id: "Tandatangani dengan --as KUNCI, atau pindahkan untuk memulai lagi.",
    },
  });
}

function missing(wave: string): Fault {
  return new Fault("samples-missing", {
    explanation: { en: `No samples of ${wave} were picked yet.`, id: `Contoh ${wave} belum dipilih.` },
    remedy: {
      en: "Pick them: prasasti migrate samples WAVE",
      id: "Pilih: prasasti migrate samples GELOMBANG",
    },
  });
}

/** The first of a list, and how many more. */
function some(list: readonly string[]): string {
  return `${list.slice(0, 10).join("; ")}${list.length > 10 ? `; … (${list.length})` : ""}`;
}

function tableEdited(file: string, edited: readonly string[]): Fault {
  return new Fault("samples-edited", {
    explanation: {
      en: `Lines of ${file} are not as they were written: ${some(edited)}.`,
      id: `Baris ${file} tidak seperti saat ditulis: ${some(edited)}.`,
    },
    remedy: {
      en: "Only `same` (y or n) and `why` are to be filled in. Nothing was signed: put the other cells back, or pick the samples anew.",
      id: "Hanya `same` (y atau n) dan `why` yang diisi. Tidak ada yang ditandatangani: kembalikan sel lainnya, atau pilih ulang contohnya.",
    },
  });
}

function altered(file: string, wrong: readonly { line: number; en: string; id: string }[]): Fault {
  return new Fault("samples-altered", {
    explanation: {
      en: `${file} is not as it was signed: ${some(wrong.map(({ line, en }) => `line ${line}: ${en}`))}.`,
      id: `${file} tidak seperti saat ditandatangani: ${some(wrong.map(({ line, id }) => `baris ${line}: ${id}`))}.`,
    },
    remedy: {
      en: "Take these lines out, and have the rows signed again: prasasti migrate samples WAVE --as KEY",
      id: "Buang baris itu, dan minta ditandatangani lagi: prasasti migrate samples GELOMBANG --as KUNCI",
    },
  });
}

function differs(differ: readonly Verdict[]): Fault {
  const list = some(differ.map(({ key, holder, why }) => `${key} (${holder}${why === "" ? "" : `: ${why}`})`));
  return new Fault("sample-differs", {
    explanation: {
      en: `No go: people have signed that rows are not as in the old system: ${list}.`,
      id: `Belum boleh: ada yang menandatangani bahwa baris tidak sama dengan sistem lama: ${list}.`,
    },
    remedy: {
      en: "Correct the map or the source, roll back and replan; or where it was a mistake, the same person signs again.",
      id: "Perbaiki peta atau sumbernya, tarik kembali dan rencanakan ulang; bila keliru, orang yang sama menandatangani lagi.",
    },
  });
}
