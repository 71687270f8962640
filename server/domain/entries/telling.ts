// Entries in the words of the people who sign and read them.

import { currencyExponent } from "../ocds/money.ts";
import type { Language } from "../problems.ts";
import type { ContractState } from "../projection/process-view.ts";
import type { TermsText } from "./entry.ts";
import { AmendmentMask, CODES_OF, type ExceptionName, Kind, type KindName, kindName, marksIn, Role } from "./kinds.ts";

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

/** Terms that are ids: told where somebody knows what they name. */
const idTerms: Record<string, readonly [string, string]> = {
  officer: ["officer's post", "jabatan PPK"],
  payer: ["payer", "pembayar"],
  party: ["supplier", "penyedia"],
  issuer: ["issuer", "penerbit"],
  documentKey: ["document", "dokumen"],
  currency: ["currency", "mata uang"],
  code: ["code", "jenis"],
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

/** Who should act on a mark, and how; nobody where an approver has signed for it. */
const acts: Partial<Record<ExceptionName, readonly [string, string]>> = {
  paidAboveValue: [
    "The treasurer records what comes back; or officer and approver amend the value.",
    "Bendahara mencatat pengembalian; atau PPK dan PA/KPA mengubah nilai dengan adendum.",
  ],
  paidWhileHeld: ["The overseer asks why it was paid.", "Inspektorat menanyakan sebab pembayaran."],
  paidAfterClosure: ["The overseer asks why it was paid.", "Inspektorat menanyakan sebab pembayaran."],
  paidBeforeActive: [
    "The officer records the start, or corrects its date.",
    "PPK mencatat SPMK atau meralat tanggalnya.",
  ],
  beforeOpening: [
    "Where it was not in the balance, treasurer and approver correct the payment.",
    "Bila belum termasuk saldo, bendahara dan PA/KPA meralat pembayaran.",
  ],
  late: ["The head sees to it that entries come in time.", "Pimpinan memastikan entri dicatat tepat waktu."],
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
export function codeInWords(kind: number, code: number | undefined, language: Language): string {
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
  for (const name of Object.keys(terms)) {
    const value = given[name];
    // said only where it says something: most documents pay one contract
    if (value === undefined || (name === "documentTotal" && value === given.amount)) continue;
    rows.push([termInWords(name, language), termValueInWords(kind, name, given, language)]);
  }
  return rows;
}

/** What a term is called. */
export function termInWords(name: string, language: Language): string {
  return (terms[name] ?? idTerms[name])?.[language === "id" ? 1 : 0] ?? name;
}

/** The value of one of an entry's terms; `–` where it has none. */
export function termValueInWords(kind: number, name: string, given: TermsText, language: Language): string {
  const value = given[name];
  if (value === undefined) return "–";
  if (name === "code") return codeInWords(kind, Number(value), language) || String(value);
  if (name === "on" || name === "until")
    return value === 0
      ? { en: "not known", id: "tidak diketahui" }[language]
      : dayInWords(Number(value) * 1000, language);
  if (terms[name] !== undefined) return moneyInWords(String(value), String(given.currency ?? ""));
  const text = String(value);
  return text.startsWith("0x") ? `${text.slice(0, 10)}…` : text;
}

/** What the difference between two amounts is, in money and as part of the first: `+Rp 25.000.000 (+9,93 %)`. */
export function differenceInWords(before: bigint, after: bigint, currency: string): string {
  const plus = after > before ? "+" : "";
  const money = `${plus}${moneyInWords(after - before, currency)}`;
  const percent = percentOf(before, after);
  return percent === undefined ? money : `${money} (${plus}${percent.replace("-", "−").replace(".", ",")} %)`;
}

/** The difference in per cent of the first amount with two decimals, rounded half away from zero; of nothing, none. */
export function percentOf(before: bigint, after: bigint): string | undefined {
  if (before === 0n) return undefined;
  const [change, size] = [after - before, before < 0n ? -before : before];
  const hundredths = ((change < 0n ? -change : change) * 20_000n + size) / (2n * size);
  const digits = String(hundredths).padStart(3, "0");
  return `${change < 0n && hundredths > 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

const states: Record<ContractState, readonly [string, string]> = {
  pending: ["pending", "belum berjalan"],
  active: ["active", "berjalan"],
  completed: ["completed", "selesai"],
  stopped: ["stopped", "dihentikan"],
  broken: ["broken off", "diputus"],
  closed: ["closed", "ditutup"],
  cancelled: ["cancelled", "batal"],
  recordedInError: ["recorded in error", "salah catat"],
};

/** Where a contract stands, as people say it. */
export function stateInWords(state: ContractState, language: Language): string {
  return states[state][language === "id" ? 1 : 0];
}

/** Who should act on a mark, and how. */
export function actOn(mark: ExceptionName, language: Language): string | undefined {
  return acts[mark]?.[language === "id" ? 1 : 0];
}

export function markInWords(mark: ExceptionName, language: Language): string {
  return marks[mark][language === "id" ? 1 : 0];
}

const relations: Partial<Record<number, readonly [string, string]>> = {
  [Kind.correction]: ["of no.", "atas no."],
  [Kind.withdrawal]: ["of no.", "atas no."],
  [Kind.note]: ["on no.", "tentang no."],
};

/** How an entry of this kind stands to the one that it names, such as `of no. 3`. */
export function relationInWords(kind: number, sequence: number, language: Language): string {
  return `${(relations[kind] ?? ["for no.", "untuk no."])[language === "id" ? 1 : 0]} ${sequence}`;
}

const units = [
  [86_400_000, "day", "hari"],
  [3_600_000, "hour", "jam"],
  [60_000, "minute", "menit"],
] as const;

/** A length of time in its largest whole unit: `45 days`, `3 jam`; days from two days on. */
export function durationInWords(ms: number, language: Language): string {
  for (const [unit, en, id] of units) {
    const count = Math.floor(ms / unit);
    if (count < (en === "day" ? 2 : 1)) continue;
    return language === "id" ? `${count} ${id}` : `${count} ${en}${count === 1 ? "" : "s"}`;
  }
  return { en: "less than a minute", id: "kurang dari semenit" }[language];
}

/** The marks as people read them. */
export function marksInWords(mask: number, language: Language): string[] {
  return marksIn(mask).map((name) => markInWords(name, language));
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
