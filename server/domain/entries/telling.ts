// Entries in the words of the people who sign and read them.

import { currencyExponent } from "../ocds/money.ts";
import type { Language } from "../problems.ts";
import type { TermsText } from "./entry.ts";
import { AmendmentMask, CODES_OF, Exception, type ExceptionName, type KindName, kindName, Role } from "./kinds.ts";

const kinds: Record<KindName, readonly [en: string, id: string]> = {
  opening: ["opening balance", "saldo awal"],
  planning: ["planning", "perencanaan"],
  tender: ["tender", "pemilihan"],
  award: ["award", "penetapan pemenang"],
  contract: ["contract", "kontrak"],
  countersignature: ["supplier's signature", "tanda tangan penyedia"],
  amendment: ["amendment", "adendum"],
  correction: ["correction", "ralat pencatatan"],
  implementation: ["implementation", "pelaksanaan"],
  guarantee: ["guarantee", "jaminan"],
  certificate: ["payment certificate", "berita acara pembayaran"],
  payment: ["payment", "pembayaran"],
  return: ["return", "pengembalian"],
  hold: ["hold", "penangguhan pembayaran"],
  status: ["status", "status"],
  note: ["note", "catatan"],
  withdrawal: ["withdrawal", "pembatalan entri"],
};

const roles: Record<number, readonly [string, string]> = {
  [Role.procurement]: ["procurement", "Pokja/PP"],
  [Role.officer]: ["officer", "PPK"],
  [Role.approver]: ["approver", "PA/KPA"],
  [Role.treasurer]: ["treasurer", "bendahara/BUD"],
  [Role.supplier]: ["supplier", "penyedia"],
  [Role.auditor]: ["auditor", "pemeriksa"],
  [Role.overseer]: ["overseer", "inspektorat"],
  [Role.head]: ["head", "pimpinan"],
  [Role.registrar]: ["registrar", "petugas pendaftaran"],
};

const terms: Record<string, readonly [string, string]> = {
  value: ["value", "nilai"],
  scopeValue: ["first value + net scope", "nilai awal + tambah kurang"],
  amount: ["amount", "jumlah"],
  advance: ["advance", "uang muka"],
  recovered: ["advance recovered", "potongan uang muka"],
  withheld: ["withheld", "ditahan"],
  released: ["released", "dilepas"],
  documentTotal: ["document total", "jumlah dokumen"],
  on: ["date", "tanggal"],
  until: ["until", "sampai"],
};

const marks: Record<ExceptionName, readonly [string, string]> = {
  scopeAboveCap: ["scope above the cap, signed for", "lingkup melebihi batas, disetujui"],
  valueBelowCertified: ["value below what is certified, signed for", "nilai di bawah yang disahkan, disetujui"],
  acceptedAboveValue: ["accepted above the value, signed for", "diterima melebihi nilai, disetujui"],
  certifiedAboveValue: ["certified above the value, signed for", "disahkan melebihi nilai, disetujui"],
  certifiedAboveAccepted: ["certified above accepted work, signed for", "disahkan melebihi yang diterima, disetujui"],
  late: ["recorded more than 30 days late", "dicatat terlambat lebih dari 30 hari"],
  paidAboveValue: ["paid above the value", "dibayar melebihi nilai"],
  paidWhileHeld: ["paid during a hold", "dibayar saat ditangguhkan"],
  paidAfterClosure: ["paid after closing", "dibayar setelah ditutup"],
  beforeOpening: ["in the opening balance already", "sudah termasuk saldo awal"],
  raisesFirstValue: ["raises the first value", "menaikkan nilai awal"],
  imported: ["taken over from elsewhere", "diambil alih dari sistem lain"],
  paidBeforeActive: ["paid before the start", "dibayar sebelum mulai"],
};

/** Codes in Indonesian, where the word is another. */
const codesInIndonesian: Readonly<Record<string, string>> = {
  new: "baru",
  update: "pembaruan",
  amendment: "perubahan",
  cancelled: "dibatalkan",
  receipt: "kuitansi",
  spk: "SPK",
  agreement: "surat perjanjian",
  order: "surat pesanan",
  framework: "kontrak payung",
  other: "lainnya",
  administrative: "administrasi",
  scope: "lingkup",
  time: "waktu",
  priceAdjustment: "penyesuaian harga",
  taxChange: "perubahan pajak",
  finalAccount: "perhitungan akhir",
  spmk: "SPMK",
  siteHandOver: "serah terima lapangan",
  mc0: "MC-0",
  progress: "kemajuan",
  mc100: "MC-100",
  partialBast: "BAST sebagian",
  pho: "PHO",
  fho: "FHO",
  report: "laporan",
  activated: "mulai berlaku",
  completed: "selesai",
  stopped: "penghentian",
  broken: "pemutusan",
  closed: "ditutup",
  reopened: "dibuka kembali",
  recordedInError: "salah catat",
  returned: "retur",
  paidBack: "setor kembali",
  contraEntry: "kontra pos",
  voided: "batal",
  held: "ditangguhkan",
  lifted: "dicabut",
  // a guarantee: its type, and what is done with it
  bid: "jaminan penawaran",
  performance: "jaminan pelaksanaan",
  maintenance: "jaminan pemeliharaan",
  appeal: "jaminan sanggah banding",
  yearEnd: "jaminan akhir tahun",
  advance: "jaminan uang muka",
  ".posted": "diserahkan",
  ".extended": "diperpanjang",
  ".reduced": "dikurangi",
  ".called": "dicairkan",
  ".returned": "dikembalikan",
};

export function kindInWords(kind: number, language: Language): string {
  const name = kindName(kind);
  return name === undefined ? String(kind) : kinds[name][language === "id" ? 1 : 0];
}

export function roleInWords(role: number, language: Language): string {
  return roles[role]?.[language === "id" ? 1 : 0] ?? String(role);
}

/** A code by its name, such as `spk` or `scope+time`; empty where the kind has none. */
function codeInWords(kind: number, code: number | undefined, language: Language): string {
  if (code === undefined) return "";
  const said = (name: string): string => {
    if (language !== "id") return name.replace(".", " ");
    const [whole, action] = name.split(".");
    return action === undefined
      ? (codesInIndonesian[name] ?? name)
      : `${said(whole!)} ${codesInIndonesian[`.${action}`]}`;
  };
  const name = kindName(kind);
  if (name === "amendment")
    return Object.entries(AmendmentMask)
      .filter(([, bit]) => code & bit)
      .map(([each]) => said(each))
      .join("+");
  const list = name === undefined ? undefined : CODES_OF[name];
  return said(Object.entries(list ?? {}).find(([, value]) => value === code)?.[0] ?? String(code));
}

/** `Rp 1.250.000,50`, exactly; other currencies with their code. */
export function moneyInWords(minor: bigint | string, currency: string): string {
  const amount = BigInt(minor);
  const exponent = currencyExponent(currency) ?? 0;
  const digits = String(amount < 0n ? -amount : amount).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ".");
  const fraction = exponent === 0 ? "" : digits.slice(-exponent);
  const sign = amount < 0n ? "−" : "";
  return `${sign}${currency === "IDR" ? "Rp" : currency} ${whole}${/[1-9]/.test(fraction) ? `,${fraction}` : ""}`;
}

/** Terms as [name, value] pairs: amounts, dates, code. Ids are left to whoever knows their names. */
export function termsInWords(kind: number, given: TermsText, language: Language): [name: string, value: string][] {
  const rows: [string, string][] = [];
  const code = codeInWords(kind, given.code as number | undefined, language);
  if (code) rows.push([language === "id" ? "jenis" : "code", code]);
  for (const [name, words] of Object.entries(terms)) {
    const value = given[name];
    // said only where it says something: most documents pay one contract
    if (value === undefined || (name === "documentTotal" && value === given.amount)) continue;
    const title = words[language === "id" ? 1 : 0];
    rows.push([
      title,
      typeof value === "number"
        ? value === 0
          ? { en: "not known", id: "tidak diketahui" }[language]
          : dayInWords(value * 1000, language)
        : moneyInWords(value, String(given.currency ?? "")),
    ]);
  }
  return rows;
}

/** Names of the marks in an exception mask, as programs read them. */
export function marksIn(mask: number): ExceptionName[] {
  return (Object.keys(Exception) as ExceptionName[]).filter((name) => mask & Exception[name]);
}

/** The marks as people read them. */
export function marksInWords(mask: number, language: Language): string[] {
  return marksIn(mask).map((name) => marks[name][language === "id" ? 1 : 0]);
}

/** A day in western Indonesia. */
export function dayInWords(ms: number, language: Language): string {
  return new Intl.DateTimeFormat(language === "id" ? "id-ID" : "en-GB", {
    dateStyle: "medium",
    timeZone: "Asia/Jakarta",
  }).format(ms);
}

export function timeInWords(ms: number, language: Language): string {
  const format = { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Jakarta" } as const;
  return `${new Intl.DateTimeFormat(language === "id" ? "id-ID" : "en-GB", format).format(ms)} WIB`;
}
