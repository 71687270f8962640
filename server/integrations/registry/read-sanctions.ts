import { dateOf, Unreadable } from "../../../migration/mapping/functions.ts";
import type { Words } from "../../domain/problems.ts";
import { maskedNpwp, type Sanction, sanctionState } from "../../domain/registry/blacklist.ts";
import { tellNumber } from "../../domain/registry/numbers.ts";
import { type FileRecord, plainName } from "./registry-file.ts";

/** Names that lists use for one thing, of which the first that is there counts. Everything else stays in the file. */
const FIELDS = {
  name: ["penyedia", "nama_penyedia", "nama_perusahaan", "nama_badan_usaha", "nama", "name"],
  npwp: ["npwp", "npwp_penyedia", "nomor_npwp"],
  nib: ["nib", "nomor_nib"],
  decree: ["nomor_sk", "no_sk", "sk", "sk_penetapan", "nomor_sk_penetapan", "nomor_keputusan", "sk_nomor"],
  from: [
    "tanggal_mulai",
    "tgl_mulai",
    "berlaku_mulai",
    "mulai",
    "masa_berlaku_mulai",
    "berlaku_sejak",
    "start_date",
    "tmt",
  ],
  until: [
    "tanggal_selesai",
    "tgl_selesai",
    "berlaku_sampai",
    "tanggal_berakhir",
    "tgl_berakhir",
    "selesai",
    "sampai",
    "masa_berlaku_selesai",
    "end_date",
  ],
  period: ["masa_berlaku", "masa_berlaku_sanksi", "periode"],
  state: ["status", "status_sanksi", "status_daftar_hitam", "state"],
  reason: ["pelanggaran", "jenis_pelanggaran", "alasan", "deskripsi", "keterangan"],
  by: ["instansi", "nama_instansi", "klpd", "k_l_pd", "nama_klpd", "satker", "ditetapkan_oleh"],
} as const;

/** A record of a list that is no sanction as it stands. */
export type Unread = { readonly at: string; readonly code: string; readonly words: Words };

/**
 * Sanctions of a list's records. Persons, addresses and contacts in them are not taken over, nor a text in which a
 * number of a person may hide.
 */
export function readSanctions(records: readonly FileRecord[]): { sanctions: Sanction[]; unread: Unread[] } {
  const sanctions: Sanction[] = [];
  const unread: Unread[] = [];
  for (const { at, fields } of records) {
    const named = new Map(Object.entries(fields).map(([name, value]) => [plainName(name), value]));
    const get = (field: keyof typeof FIELDS): string | undefined => {
      for (const name of FIELDS[field]) {
        const value = named.get(name);
        const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
        // no end is no date
        if (field === "until" && /\b9999\b|selamanya|permanen|seterusnya/i.test(text)) return undefined;
        if (text !== "" && text !== "-") return text.replace(/\s+/g, " ");
      }
      return undefined;
    };
    const [name, decree] = [get("name"), get("decree")];
    if (name === undefined || decree === undefined) {
      unread.push({
        at,
        code: "value-missing",
        words: missing(name === undefined ? FIELDS.name[0] : FIELDS.decree[0]),
      });
      continue;
    }
    const [told, period] = [get("state"), spanOf(get("period"))];
    const [from, until] = [dayOf(get("from")) ?? period.from, dayOf(get("until")) ?? period.until];
    const wrong = (["from", "until"] as const).find(
      (field) => get(field) !== undefined && dayOf(get(field)) === undefined,
    );
    if (wrong !== undefined || (from !== undefined && until !== undefined && until < from)) {
      unread.push({ at, code: "date-unreadable", words: badDate(FIELDS[wrong ?? "until"][0]) });
      continue;
    }
    const nib = get("nib")?.replace(/\D/g, "");
    const npwp = maskedNpwp(get("npwp") ?? "");
    const [reason, by] = [harmless(get("reason")), harmless(get("by"))];
    sanctions.push({
      ...{
        name: name.slice(0, 300),
        decree: decree.slice(0, 200),
        state: told === undefined ? "unknown" : sanctionState(told),
      },
      ...(npwp === undefined ? {} : { npwp }),
      ...(nib === undefined || nib.length !== 13 ? {} : { nib }),
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
      ...(reason === undefined ? {} : { reason }),
      ...(by === undefined ? {} : { by }),
    });
  }
  return { sanctions, unread };
}

/** A day, however a list writes it; its time of day says nothing. */
function dayOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const read = dateOf(text.replace(/[T ]\d\d:\d\d.*$/, ""), ["iso", "dmy", "indonesian", "english", "excel"], 0);
  return read instanceof Unreadable ? undefined : read.text.slice(0, 10);
}

/** `01-02-2024 s.d. 01-02-2025`, `1 Januari 2024 sampai 1 Januari 2026`. */
function spanOf(text: string | undefined): { from?: string; until?: string } {
  const [from, until] = (text ?? "").split(/\s*(?:s\.?\s?\/?d\.?|sampai(?: dengan)?|hingga|–|—| - )\s*/i);
  const [first, last] = [dayOf(from?.trim()), dayOf(until?.trim())];
  return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { until: last }) };
}

/** A text of a few words, without what names a person: numbers of persons, and names behind their usual labels. */
function harmless(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const numbers = text.match(/\d[\d.\- ]{11,24}\d/g) ?? [];
  if (numbers.some((each) => tellNumber(each).person)) return undefined;
  if (/\b(?:nik|ktp|direktur|direksi|a\.?n\.?|atas nama|sdr|saudara|bapak|ibu)\b/i.test(text)) return undefined;
  return text.slice(0, 300);
}

const missing = (column: string): Words => ({ en: `${column} is empty`, id: `${column} kosong` });
const badDate = (column: string): Words => ({
  en: `${column} is no date that can be read, or the end comes before the beginning`,
  id: `${column} bukan tanggal yang terbaca, atau akhir mendahului awal`,
});
