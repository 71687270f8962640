import { nameFingerprint } from "../company-name.ts";
import type { Words } from "../problems.ts";
import { tellNumber } from "./numbers.ts";

/**
 * A business as OSS knows it, without its people: shareholders, responsible persons, addresses and contacts are left in
 * the answer. Dates `YYYY-MM-DD`. Source: OSS web services 5.0, `inqueryNIB`, appendices 2, 12, 18, 31.
 */
export type NibRecord = {
  readonly nib: string;
  readonly ossId?: string;
  readonly name: string;
  readonly issuedOn?: string;
  readonly changedOn?: string;
  /** until when the business is entered, where OSS says so (jangka_waktu) */
  readonly validUntil?: string;
  /** legal form by its OSS code */
  readonly form?: string;
  /** a natural person trades under this name */
  readonly person: boolean;
  readonly scale?: Scale;
  /** micro or small, by OSS's own flag */
  readonly isSmall?: boolean;
  /** of an organisation; nine digits */
  readonly npwpCore?: string;
  readonly npwpValid?: boolean;
  readonly activities: readonly Activity[];
  /** places of business: last digits of NITKU or branch NPWP, with their name */
  readonly branches: readonly { readonly npwpBranch: string; readonly name?: string }[];
};

export type Scale = "micro" | "small" | "medium" | "large";
/** A line of business: KBLI with the edition that its source names, or undefined. */
export type Activity = { readonly kbli: string; readonly edition?: number; readonly title?: string };

export const SCALES: Readonly<Record<Scale, Words>> = {
  micro: { en: "micro", id: "mikro" },
  small: { en: "small", id: "kecil" },
  medium: { en: "medium", id: "menengah" },
  large: { en: "large", id: "besar" },
};

/** OSS appendix 2. */
export const FORMS: Readonly<Record<string, string>> = {
  "01": "PT",
  "02": "CV",
  "04": "Badan Usaha Pemerintah",
  "05": "Firma",
  "06": "Persekutuan Perdata",
  "07": "Koperasi",
  "08": "Dana Pensiun",
  "09": "Persekutuan dan Perkumpulan",
  "10": "Yayasan",
  "16": "BUT",
  "17": "Perseorangan",
  "18": "BLU",
  "19": "Badan Hukum",
  "20": "Badan Usaha Lainnya",
  "21": "Perum",
  "22": "Perumda",
  "23": "Perusda",
  "24": "BOB",
  "25": "Badan Usaha Perwakilan",
  "26": "PT Perorangan",
  "27": "PBA",
  "28": "BUM Desa",
  "29": "BUM Desa Bersama",
};

/** What OSS answered. `missing`: there is no such NIB; `refused`: our access; `failed`: may work later; `bad`: the question. */
export type NibAnswer =
  | { outcome: "found"; code: number; record: NibRecord }
  | { outcome: "missing" | "refused" | "failed" | "bad" | "unreadable"; code: number; words: Words };

const OUTCOMES: Readonly<Record<number, Exclude<NibAnswer["outcome"], "found">>> = {
  400: "bad",
  401: "refused",
  403: "refused",
  404: "missing",
  405: "refused",
  500: "failed",
  504: "failed",
};

const SAID: Readonly<Record<Exclude<NibAnswer["outcome"], "found">, Words>> = {
  bad: { en: "OSS finds the question wrong", id: "OSS menyatakan parameter salah" },
  refused: { en: "OSS refuses our key", id: "OSS menolak kunci akses kita" },
  missing: { en: "OSS knows no such NIB", id: "OSS tidak mengenal NIB itu" },
  failed: { en: "OSS failed", id: "OSS gagal memproses" },
  unreadable: { en: "what came is no answer of OSS", id: "yang diterima bukan jawaban OSS" },
};

export function answerInWords(outcome: Exclude<NibAnswer["outcome"], "found">): Words {
  return SAID[outcome];
}

type Plain = Readonly<Record<string, unknown>>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads an answer, as the service gives it (`responinqueryNIB`) or as people keep it: its `dataNIB` alone, or one row of
 * a list. Only the fields above are taken. @param http status of the transport, where there was one
 */
export function readNibAnswer(value: unknown, http = 200): NibAnswer {
  const unreadable = (code = http): NibAnswer => ({ outcome: "unreadable", code, words: SAID.unreadable });
  if (!isPlain(value)) return http === 200 ? unreadable() : failed(http);
  const wrapped =
    ["responinqueryNIB", "responseinqueryNIB", "respon"].map((name) => value[name]).find(isPlain) ?? value;
  const code = Number(textOf(wrapped.kode) ?? http);
  const data = isPlain(wrapped.dataNIB) ? wrapped.dataNIB : wrapped;
  if (code !== 200) return failed(code);
  const nib = textOf(data.nib)?.replace(/\D/g, "");
  const name = [data.nama_perseroan, data.nama_perusahaan, data.nama_badan_usaha].map(textOf).find(Boolean);
  if (nib === undefined || nib.length !== 13 || name === undefined) {
    // OSS says 200 and "Data NIB tidak ditemukan" too
    return /tidak (di)?temu|tidak ada|not found/i.test(textOf(wrapped.keterangan) ?? "")
      ? failed(404)
      : unreadable(code);
  }
  const form = textOf(data.jenis_perseroan)?.padStart(2, "0");
  const person = form === "17" || textOf(data.jenis_pelaku_usaha)?.padStart(2, "0") === "02";
  const npwp = textOf(data.npwp_perseroan) ?? textOf(data.npwp_perusahaan) ?? textOf(data.npwp);
  const told = npwp === undefined ? undefined : tellNumber(npwp);
  const [ossId, scale, small] = [textOf(data.oss_id), scaleOf(data.skala_usaha), textOf(data.flag_umk)];
  const dates = {
    ...dated("issuedOn", data.tgl_terbit_nib),
    ...dated("changedOn", data.tgl_perubahan_nib),
    ...dated("validUntil", data.jangka_waktu),
  };
  return {
    outcome: "found",
    code,
    record: {
      ...{ nib, name: name.replace(/\s+/g, " "), person, ...dates },
      ...(ossId === undefined ? {} : { ossId }),
      ...(form === undefined ? {} : { form }),
      ...(scale === undefined ? {} : { scale }),
      ...(small === undefined || !/^(y|n|umk|non ?umk)$/i.test(small) ? {} : { isSmall: /^(y|umk)$/i.test(small) }),
      // the number of a person who trades stays in the answer
      ...(told?.core === undefined || person || told.person ? {} : { npwpCore: told.core }),
      ...(told === undefined || told.kind === "none" ? {} : { npwpValid: told.valid }),
      activities: activitiesOf(data),
      branches: branchesOf(data),
    },
  };
}

function failed(code: number): NibAnswer {
  const outcome = OUTCOMES[code] ?? (code >= 500 || code === 429 || code === 408 ? "failed" : "unreadable");
  return { outcome, code, words: SAID[outcome] };
}

function activitiesOf(data: Plain): Activity[] {
  const found = new Map<string, Activity>();
  const own = Number(textOf(data.tahun_kbli) ?? "");
  const add = (code: unknown, title: unknown, year: unknown) => {
    const kbli = textOf(code)?.replace(/\D/g, "").slice(0, 5);
    if (kbli === undefined || kbli.length !== 5) return;
    const edition = Number(textOf(year) ?? own);
    const said = textOf(title)?.replace(/\s+/g, " ").slice(0, 300);
    const known = found.get(kbli);
    found.set(kbli, {
      kbli,
      ...(edition >= 2000 ? { edition } : known?.edition === undefined ? {} : { edition: known.edition }),
      ...(said === undefined ? (known?.title === undefined ? {} : { title: known.title }) : { title: said }),
    });
  };
  for (const row of listOf(data.data_kbli))
    add(row.kbli5 ?? row.kbli ?? row.kode_kbli, row.uraian_usaha ?? row.judul, row.tahun);
  for (const row of listOf(data.data_proyek)) add(row.kbli, row.uraian_usaha, row.tahun_kbli);
  // a table has them in one cell
  if (typeof data.kbli === "string") for (const code of data.kbli.split(/[;,|]/)) add(code, undefined, undefined);
  if (typeof data.data_kbli === "string")
    for (const code of data.data_kbli.split(/[;,|]/)) add(code, undefined, undefined);
  return [...found.values()].sort((a, b) => (a.kbli < b.kbli ? -1 : 1));
}

function branchesOf(data: Plain): NibRecord["branches"] {
  const found = new Map<string, { npwpBranch: string; name?: string }>();
  for (const row of listOf(data.data_proyek)) {
    if (textOf(row.flag_cabang) !== "Y") continue;
    const branch = tellNumber(textOf(row.npwp_cabang) ?? textOf(row.nitku) ?? "");
    const name = textOf(row.nama_cabang)?.replace(/\s+/g, " ").slice(0, 300);
    if (branch.branch !== undefined && !branch.person)
      found.set(branch.branch, { npwpBranch: branch.branch, ...(name === undefined ? {} : { name }) });
  }
  return [...found.values()];
}

function listOf(value: unknown): Plain[] {
  return (Array.isArray(value) ? value : isPlain(value) ? [value] : []).filter(isPlain);
}

function textOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
  return text === "" || text === "-" || text.toLowerCase() === "null" ? undefined : text;
}

function dated<K extends string>(name: K, value: unknown): { [P in K]?: string } {
  const text = textOf(value)?.slice(0, 10);
  const usable =
    text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !text.startsWith("0000") && !text.startsWith("9999");
  return (usable && !Number.isNaN(Date.parse(text)) ? { [name]: text } : {}) as { [P in K]?: string };
}

function scaleOf(value: unknown): Scale | undefined {
  const text = textOf(value)?.toLowerCase() ?? "";
  const byCode: Readonly<Record<string, Scale>> = { "01": "micro", "02": "small", "03": "medium", "04": "large" };
  const found = byCode[text.padStart(2, "0")];
  if (found !== undefined) return found;
  return (["mikro", "kecil", "menengah", "besar"] as const)
    .map((word, at) => (text.includes(word) ? (["micro", "small", "medium", "large"] as const)[at] : undefined))
    .find((scale) => scale !== undefined);
}

/** Whether a NIB was valid on a day, as far as its record tells. */
export function nibOn({ issuedOn, validUntil }: NibRecord, on: string): "valid" | "notYet" | "ended" | "unknown" {
  if (issuedOn === undefined) return "unknown";
  if (on < issuedOn) return "notYet";
  return validUntil !== undefined && on > validUntil ? "ended" : "valid";
}

/** Whether two spellings are one name. */
export function isSameName(a: string, b: string): boolean {
  return nameFingerprint(a) === nameFingerprint(b);
}
