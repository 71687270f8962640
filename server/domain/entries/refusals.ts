// A refusal's two values in the words of the people who read them.

import { explainRefusal, type Language, type LedgerProblem, type Refusal, type Words } from "../problems.ts";
import { ContractForm, ContractStatus, TERM_NAMES } from "./kinds.ts";
import { dayInWords, kindInWords, moneyInWords, roleInWords, timeInWords } from "./telling.ts";
import { type Hex, textOf } from "./words.ts";

/** What a value is, so that it can be read: an amount, a moment, an id … */
type Form =
  | ("money" | "change" | "currency" | "moment" | "number" | "id")
  | ("kind" | "role" | "status" | "form" | "terms" | "amountOrDay");

/** The forms of the values that each refusal names in `ledgerProblems`. */
export const valueForms: Readonly<Record<LedgerProblem, readonly Form[]>> = {
  malformed: ["number", "number"],
  "text-too-long": ["number", "number"],
  "terms-missing": ["terms", "kind"],
  "terms-unused": ["terms", "kind"],
  "unknown-kind": ["number"],
  "unknown-code": ["number", "kind"],
  expired: ["moment", "moment"],
  "expires-too-far": ["moment", "moment"],
  "duplicate-command": ["id"],
  "stale-basis": ["id", "id"],
  "unknown-seen": ["id"],
  "seen-too-old": ["moment", "moment"],
  "second-full": ["moment"],
  "body-too-large": ["number", "number"],
  "unknown-stem": ["id", "id"],
  "stem-of-another": ["id", "id"],
  "unknown-process": ["id"],
  "wrong-agency": ["id", "id"],
  "unknown-agency": ["id"],
  "bad-signature": ["id", "id"],
  "unknown-holder": ["id", "id"],
  "no-office": ["id", "id"],
  "office-not-yet": ["id", "id"],
  "office-ended": ["id", "id"],
  "wrong-capacity": ["role", "kind"],
  "same-person": ["id"],
  "second-needed": ["role", "money"],
  "cancelled-before": ["id"],
  "only-gateway-keys": ["number"],
  "signature-type": ["number", "number"],
  "too-many-approvals": ["number", "number"],
  "not-covering": ["id", "id"],
  "key-revoked": ["id", "id"],
  "office-suspended": ["id", "id"],
  "delegation-ended": ["id", "id"],
  "invalid-transition": ["status", "number"],
  "id-in-use": ["status"],
  "unknown-contract": ["id"],
  "unknown-award": ["id"],
  "award-needed": ["form"],
  "award-exceeded": ["money", "money"],
  "currency-differs": ["currency", "currency"],
  "date-in-future": ["moment", "moment"],
  "scope-above-cap": ["money", "money"],
  "value-below-certified": ["money", "money"],
  "accepted-above-value": ["money", "money"],
  "certified-above-value": ["money", "money"],
  "certified-above-accepted": ["money", "money"],
  "number-used": ["id"],
  "document-exceeded": ["money", "money"],
  "document-total-differs": ["money", "money"],
  "price-change-unmarked": ["change", "change"],
  "scope-change-unmarked": ["money", "money"],
  "unknown-reference": ["id"],
  "wrong-preimage": ["id", "id"],
  "wrong-reference": ["kind", "id"],
  "party-needed": ["form"],
  "party-differs": ["id", "id"],
  "on-hold": ["moment"],
  "accepted-falls": ["money", "money"],
  "recovered-above-advance": ["money", "money"],
  "amount-too-large": ["money", "money"],
  "already-corrected": ["id"],
  "before-award": ["status"],
  "released-above-withheld": ["money", "money"],
  "date-too-early": ["moment", "moment"],
  "unknown-party": ["id"],
  "rule-fault": [],
  "date-too-late": ["moment", "moment"],
  "guarantee-differs": ["amountOrDay", "amountOrDay"],
  "below-returned": ["money", "money"],
  "remainder-exceeded": ["money", "money"],
  "nothing-to-sign": ["status"],
  "not-withdrawable": ["kind", "number"],
  "has-dependants": ["number", "kind"],
  "not-held": ["role"],
  "signature-malformed": ["number", "number"],
  "passkey-user": ["number", "number"],
  "passkey-client-data": ["number", "number"],
  "passkey-challenge": ["id", "number"],
  "passkey-origin": ["id", "id"],
  "bundle-size": ["number", "number"],
  "bundle-expired": ["moment", "moment"],
  "bundle-capacity": ["role", "role"],
  "bundle-proof": ["number", "number"],
  "unknown-wave": ["number"],
  "wave-not-in-force": ["number", "number"],
  "wave-not-open": ["number", "number"],
  "unknown-lot": ["id", "number"],
  "row-proof": ["id", "id"],
  "row-differs": ["id", "role"],
  "wave-overlap": ["number", "number"],
  "lot-sums": ["money", "money"],
};

/** The names of values in Indonesian; in English they are read as they are written. */
export const namesInIndonesian: Readonly<Record<string, string>> = {
  wave: "gelombang",
  state: "keadaan",
  lot: "lot",
  root: "akar",
  other: "yang lain",
  left: "sisa",
  position: "posisi",
  expected: "yang diharapkan",
  length: "panjang",
  limit: "batas",
  missing: "yang kurang",
  surplus: "yang berlebih",
  kind: "jenis",
  code: "kode",
  expires: "berlaku sampai",
  now: "sekarang",
  latest: "paling lambat",
  leaf: "entri",
  present: "yang berlaku",
  signed: "yang ditandatangani",
  seen: "titik periksa",
  storedAt: "disimpan pada",
  second: "detik",
  stem: "awalan",
  agency: "instansi",
  process: "proses",
  holder: "pemegang",
  capacity: "kapasitas",
  role: "peran",
  threshold: "ambang",
  hash: "sidik",
  signatures: "tanda tangan",
  type: "tipe",
  count: "banyaknya",
  status: "keadaan",
  contract: "kontrak",
  award: "penetapan",
  form: "bentuk",
  contracts: "jumlah kontrak",
  on: "tanggal",
  scopeValue: "nilai lingkup",
  highest: "tertinggi yang diizinkan",
  value: "nilai",
  certified: "yang disahkan",
  accepted: "yang diterima",
  documentKey: "nomor dokumen",
  shares: "bagian terpakai",
  documentTotal: "jumlah dokumen",
  first: "yang pertama dicatat",
  before: "sebelum",
  after: "sesudah",
  refersTo: "yang dirujuk",
  found: "yang ditemukan",
  until: "sampai",
  recovered: "uang muka yang dikembalikan",
  advance: "uang muka",
  amount: "jumlah",
  correction: "ralat",
  released: "yang dilepas",
  withheld: "yang ditahan",
  party: "penyedia",
  returned: "yang kembali",
  payment: "pembayaran",
  number: "banyaknya",
  flags: "tanda perangkat",
  digest: "sidik yang diminta",
  origin: "alamat halaman",
  domain: "domain",
  index: "urutan",
};

const statesInIndonesian: Readonly<Record<string, string>> = {
  pending: "belum berjalan",
  active: "berjalan",
  completed: "selesai",
  stopped: "dihentikan",
  broken: "diputus",
  closed: "ditutup",
  cancelled: "dibatalkan",
  recordedInError: "salah catat",
};

/**
 * The values of a refusal as a sentence part, such as "scope value: Rp 11.000.000; highest: Rp 10.900.000".
 * @param currency of the contract or the entry; without one, amounts are told in minor units
 */
export function valuesInWords(refusal: Refusal, currency: string | undefined, language: Language): string {
  const { name, kind } = explainRefusal(refusal);
  const forms = valueForms[name as LedgerProblem] ?? [];
  return [refusal.a, refusal.b]
    .flatMap((value, place) => {
      const label = kind.values?.[place];
      const form = forms[place];
      if (!label || form === undefined) return [];
      return [`${nameInWords(label, language)}: ${inWords(form, value, currency, language)}`];
    })
    .join("; ");
}

/** A refusal as it is told, back in the ledger's numbers. */
export function refusalFrom({ code, values }: { code: number; values: Readonly<Record<string, string>> }): Refusal {
  const [nameA = "", nameB = ""] = explainRefusal({ code, a: 0n, b: 0n }).kind.values ?? [];
  return { code, a: BigInt(values[nameA] ?? 0), b: BigInt(values[nameB] ?? 0) };
}

/** The same in both languages. */
export function valuesInBoth(refusal: Refusal, currency: string | undefined): Words {
  return { en: valuesInWords(refusal, currency, "en"), id: valuesInWords(refusal, currency, "id") };
}

function nameInWords(name: string, language: Language): string {
  if (language === "id") return namesInIndonesian[name] ?? name;
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function inWords(form: Form, value: bigint, currency: string | undefined, language: Language): string {
  const said = (en: string, id: string) => (language === "id" ? id : en);
  const money = (amount: bigint) =>
    currency === undefined
      ? `${amount.toLocaleString("id-ID")} ${said("minor units", "satuan terkecil")}`
      : moneyInWords(amount, currency);
  const number = Number(value);
  switch (form) {
    case "money":
      return money(value);
    case "change":
      return money(BigInt.asIntN(256, value));
    case "amountOrDay": {
      // the ledger names amounts and ends of a guarantee alike
      const couldBeDay = value >= YEAR_2000 && value <= LAST_SECOND;
      return couldBeDay ? `${money(value)} ${said("or", "atau")} ${dayInWords(number * 1000, language)}` : money(value);
    }
    case "currency":
      return value === 0n
        ? "-"
        : textOf(Uint8Array.of(Number(value >> 16n), Number((value >> 8n) & 255n), number & 255));
    case "moment":
      return value > LAST_SECOND ? said("without an end", "tanpa batas") : timeInWords(number * 1000, language);
    case "kind":
      return kindInWords(number, language);
    case "role":
      return number === PARENT_APPROVER
        ? said("an approver of an agency above", "PA/KPA instansi di atasnya")
        : roleInWords(number, language);
    case "status": {
      const name = Object.entries(ContractStatus).find(([, each]) => each === number)?.[0];
      return name === undefined ? said("unknown", "belum ada") : said(name, statesInIndonesian[name] ?? name);
    }
    case "form":
      return Object.entries(ContractForm).find(([, each]) => each === number)?.[0] ?? String(value);
    case "terms":
      return TERM_NAMES.filter((_, bit) => (number & (1 << bit)) !== 0).join(", ");
    case "id":
      return idText(value);
    default:
      return value.toString();
  }
}

const PARENT_APPROVER = 11;
const YEAR_2000 = 946_684_800n;
const LAST_SECOND = 253_402_300_799n;
const idText = (value: bigint): Hex | "-" => (value === 0n ? "-" : `0x${value.toString(16).padStart(64, "0")}`);
