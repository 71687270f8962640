import type { CheckRuleName } from "../ocds/check-rules.ts";

// Why a release of somebody is not recorded.

/** English, Indonesian; `{}` stands for the offending value. */
const texts = {
  "tag-compiled": [
    "This is a compiled release. Send the releases that it was made of.",
    "Ini rilis kompilasi. Kirim rilis-rilis asalnya.",
  ],
  "buyer-missing": [
    "A new process needs a buyer. Name the registered agency that buys.",
    "Proses baru memerlukan buyer. Sebutkan instansi terdaftar yang membeli.",
  ],
  "buyer-unregistered": [
    "{} is no registered agency. Ask the registrar to register it, or correct the id.",
    "{} bukan instansi terdaftar. Minta petugas pendaftaran mendaftarkannya, atau betulkan id.",
  ],
  "buyer-differs": [
    "The process belongs to another agency than {}. A process keeps its agency.",
    "Proses ini milik instansi selain {}. Instansi sebuah proses tidak berganti.",
  ],
  "term-null": [
    "This is removed by null, but the register keeps it. Give its new value; the old one stays in the history.",
    "Bidang ini dihapus dengan null, tetapi register menyimpannya. Beri nilai barunya; yang lama tetap di riwayat.",
  ],
  "value-incomplete": ["An amount and a currency are needed here.", "Di sini perlu amount dan currency."],
  "amount-unreadable": [
    "{} cannot be held exactly in minor units of its currency.",
    "{} tidak dapat dinyatakan tepat dalam satuan terkecil mata uangnya.",
  ],
  "amount-beyond": ["{} is more than the register can hold.", "{} melebihi yang dapat dimuat register."],
  "id-unfit": [
    "{} is no id that the register can hold: at most 200 bytes, without # and without control characters.",
    "{} bukan id yang dapat dimuat register: paling banyak 200 byte, tanpa # dan tanpa karakter kendali.",
  ],
  "date-precision": [
    "{} has parts of a second; the register counts whole seconds. Leave them out.",
    "{} memuat pecahan detik; register menghitung detik penuh. Hilangkan pecahannya.",
  ],
  "award-value-missing": [
    "An award is recorded with its value. Add it.",
    "Penetapan dicatat beserta nilainya. Tambahkan.",
  ],
  "award-status": [
    "The status {} cannot be recorded: an award is recorded once there is a winner. Leave it out, or say it in the tender.",
    "Status {} tidak dapat dicatat: penetapan dicatat bila pemenang ada. Hilangkan, atau nyatakan pada tender.",
  ],
  "supplier-many": [
    "An award has one supplier. Register the KSO (joint operation) as one, and name it.",
    "Penetapan memiliki satu penyedia. Daftarkan KSO sebagai satu penyedia, lalu sebutkan.",
  ],
  "supplier-unregistered": [
    "{} is no registered supplier. Ask the registrar to register it, or correct the id.",
    "{} bukan penyedia terdaftar. Minta petugas pendaftaran mendaftarkannya, atau betulkan id.",
  ],
  "supplier-changed": [
    "Another supplier than before. An award keeps its supplier; cancel it and record another.",
    "Penyedia berbeda dari sebelumnya. Penyedia sebuah penetapan tidak berganti; batalkan dan catat yang lain.",
  ],
  "award-unknown": [
    "No award {} is known. Record it first, or in the same release.",
    "Penetapan {} tidak dikenal. Catat lebih dulu, atau dalam rilis yang sama.",
  ],
  "award-changed": [
    "The contract stands on another award. A contract keeps its award.",
    "Kontrak ini berdasar penetapan lain. Penetapan sebuah kontrak tidak berganti.",
  ],
  "contract-value-missing": [
    "The contract is not known here, and begins with its value. Add it, or record the contract first.",
    "Kontrak belum dikenal di sini, dan dimulai dengan nilainya. Tambahkan, atau catat kontraknya lebih dulu.",
  ],
  "contract-transition": [
    "The contract cannot become {} from what it is now.",
    "Kontrak tidak dapat menjadi {} dari keadaannya sekarang.",
  ],
  "currency-differs": [
    "The contract is in another currency than {}. A contract keeps its currency.",
    "Mata uang kontrak bukan {}. Mata uang sebuah kontrak tidak berganti.",
  ],
  "transaction-incomplete": [
    "A transaction is recorded with value and date. Add them.",
    "Transaksi dicatat beserta value dan date. Tambahkan.",
  ],
  "transaction-changed": [
    "The transaction {} is recorded otherwise. Record a correction of its payment.",
    "Transaksi {} tercatat lain. Catat ralat pembayarannya.",
  ],
  "transaction-negative": [
    "Money paid back is recorded as a return, not as a negative transaction.",
    "Uang yang dikembalikan dicatat sebagai pengembalian, bukan transaksi negatif.",
  ],
  "payee-differs": ["The payee {} is not the contract's supplier.", "Penerima {} bukan penyedia kontrak."],
  "payer-unregistered": [
    "{} is no registered agency, so that nobody may pay for it.",
    "{} bukan instansi terdaftar, sehingga tidak ada yang boleh membayar untuknya.",
  ],
  "milestone-terms": [
    "{} is said by the register itself: accepted work and certificates are recorded as entries of their own.",
    "{} dinyatakan register sendiri: pekerjaan diterima dan BAP dicatat sebagai entri tersendiri.",
  ],
  "value-shift": [
    "No single correction leads to this value. Record an amendment, or corrections of the entries that set it.",
    "Tidak ada satu ralat yang menghasilkan nilai ini. Catat adendum, atau ralat atas entri yang menetapkannya.",
  ],
  "release-changed": [
    "A release {} of this date was recorded with other content. A release never changes: give what is new its own id and date.",
    "Rilis {} bertanggal ini sudah tercatat dengan isi lain. Rilis tidak berubah: beri isi baru id dan tanggal sendiri.",
  ],
  "release-older": [
    "A release of a later date is recorded; this one would put older values back. Send what still holds with a new id and date.",
    "Rilis bertanggal lebih baru sudah tercatat; rilis ini akan mengembalikan nilai lama. Kirim yang masih berlaku dengan id dan tanggal baru.",
  ],
  "nothing-to-carry": [
    "What is new here belongs to no section of the process. Send it with a planning, tender, award or contract.",
    "Hal baru di sini bukan bagian proses mana pun. Kirim bersama planning, tender, award, atau contract.",
  ],
} as const satisfies Record<string, readonly [string, string]>;

/** Our own rules for splitting; a release is refused by rules of the check too. */
export type OwnRule = keyof typeof texts;
type SplitRule = OwnRule | CheckRuleName;
/** Why a release is not recorded: the place (RFC 6901), the rule, and what to do, in both languages. */
export type SplitFault = { pointer: string; rule: SplitRule; message: string; messageId: string };

export function splitFault(rule: OwnRule, pointer: string, value: unknown = ""): SplitFault {
  const told = typeof value === "object" ? JSON.stringify(value) : String(value);
  const [message, messageId] = texts[rule].map((text) => text.replace("{}", () => told)) as [string, string];
  return {
    pointer,
    rule,
    message: `${pointer || "top level"}: ${message}`,
    messageId: `${pointer || "tingkat atas"}: ${messageId}`,
  };
}
