/** One thing that can be wrong with OCDS data. `{0}`, `{1}` in its texts stand for details of the case. */
export interface CheckRule {
  /** `error`: against the standard. `rule`: against what we, beyond the standard, want of data that is written here. */
  readonly level: "error" | "rule";
  readonly en: string;
  readonly id: string;
  /** Where the rule comes from. */
  readonly source: string;
}

const schema = "OCDS 1.1.5, release, record and package schemas";
const pelican = "OCDS Pelican, checks of a compiled release";
const merging = "OCDS 1.1, Merging; behaviour of its reference implementation";

export const checkRules = {
  // ---- faults against the standard
  "not-ocds": {
    level: "error",
    en: "This is no release, record or package. Send an object, or a list of releases.",
    id: "Ini bukan rilis, rekaman, atau paket. Kirim sebuah objek, atau larik rilis.",
    source: schema,
  },
  required: {
    level: "error",
    en: "{0} is missing. Add it.",
    id: "{0} tidak ada. Tambahkan.",
    source: schema,
  },
  "version-missing": {
    level: "error",
    en: 'version is missing, so that readers take the package for OCDS 1.0. Add "version": "1.1".',
    id: 'version tidak ada, sehingga paket dibaca sebagai OCDS 1.0. Tambahkan "version": "1.1".',
    source: schema,
  },
  "version-pattern": {
    level: "error",
    en: "{0} is no version. Write it like 1.1.",
    id: "{0} bukan versi. Tulis seperti 1.1.",
    source: schema,
  },
  type: {
    level: "error",
    en: "The value must be {0}, but is {1}. Change it, or leave the field out.",
    id: "Nilai harus berupa {0}, tetapi berupa {1}. Ubah, atau hilangkan bidangnya.",
    source: schema,
  },
  "date-time": {
    level: "error",
    en: "{0} is no date of RFC 3339. Write it like 2026-11-24T00:00:00Z.",
    id: "{0} bukan tanggal RFC 3339. Tulis seperti 2026-11-24T00:00:00Z.",
    source: schema,
  },
  uri: {
    level: "error",
    en: "{0} is no complete web address (RFC 3986). Begin with https:// and write blanks as %20.",
    id: "{0} bukan alamat web yang lengkap (RFC 3986). Awali dengan https:// dan tulis spasi sebagai %20.",
    source: schema,
  },
  email: {
    level: "error",
    en: "{0} is no e-mail address. Correct it, or leave the field out.",
    id: "{0} bukan alamat surel. Perbaiki, atau hilangkan bidangnya.",
    source: schema,
  },
  "min-length": {
    level: "error",
    en: "The text is empty. Fill it in, or leave the field out.",
    id: "Teks kosong. Isi, atau hilangkan bidangnya.",
    source: schema,
  },
  "min-items": {
    level: "error",
    en: "The list needs at least one entry. Fill it, or leave the field out.",
    id: "Larik memerlukan sedikitnya satu isi. Isi, atau hilangkan bidangnya.",
    source: schema,
  },
  "min-properties": {
    level: "error",
    en: "The object is empty. Fill it, or leave the field out.",
    id: "Objek kosong. Isi, atau hilangkan bidangnya.",
    source: schema,
  },
  "codelist-closed": {
    level: "error",
    en: "{0} is not in the closed code list {1}. Use one of its codes.",
    id: "{0} tidak ada dalam daftar kode tertutup {1}. Gunakan salah satu kodenya.",
    source: "OCDS 1.1, Codelists",
  },
  "duplicate-entry": {
    level: "error",
    en: "{0} occurs twice in the list. Give each entry an id of its own, or remove one.",
    id: "{0} muncul dua kali dalam larik. Beri setiap isi id tersendiri, atau hapus satu.",
    source: schema,
  },
  "duplicate-release": {
    level: "error",
    en: "The ocid and id {0} occur twice. Every change needs a release with a new id.",
    id: "Ocid dan id {0} muncul dua kali. Setiap perubahan memerlukan rilis dengan id baru.",
    source: "OCDS 1.1, Releases and records",
  },
  "duplicate-record": {
    level: "error",
    en: "The ocid {0} has two records. Join them.",
    id: "Ocid {0} memiliki dua rekaman. Gabungkan.",
    source: "OCDS 1.1, Releases and records",
  },
  "mixed-releases": {
    level: "error",
    en: "The record mixes embedded and linked releases. Embed all, or link all.",
    id: "Rekaman mencampur rilis yang dimuat dan yang ditautkan. Muat semua, atau tautkan semua.",
    source: schema,
  },
  "ambiguous-releases": {
    level: "error",
    en: "The releases of the record could be links as well as releases. Remove url from releases that are embedded.",
    id: "Rilis dalam rekaman dapat dibaca sebagai tautan maupun rilis. Hapus url dari rilis yang dimuat.",
    source: schema,
  },
  "empty-field": {
    level: "error",
    en: "The field is empty. Leave out a field that has no value.",
    id: "Bidang kosong. Hilangkan bidang yang tidak bernilai.",
    source: "OCDS Data Review Tool, additional checks",
  },
  "extension-broken": {
    level: "error",
    en: "The extension {0} refers to {1}, which OCDS 1.1 lacks, so that official validators stop. Take the address out of extensions.",
    id: "Ekstensi {0} merujuk {1} yang tidak ada dalam OCDS 1.1, sehingga validator resmi berhenti. Keluarkan alamatnya dari extensions.",
    source: "OCDS Data Review Tool",
  },

  // ---- rules of our own: form
  "empty-metadata": {
    level: "rule",
    en: "The field of the package is empty. Leave out a field that has no value.",
    id: "Bidang paket kosong. Hilangkan bidang yang tidak bernilai.",
    source: "OCDS 1.1, Reference",
  },
  "version-unsupported": {
    level: "rule",
    en: "The package says OCDS {0}; it was checked against 1.1. Upgrade it.",
    id: "Paket menyatakan OCDS {0}; diperiksa terhadap 1.1. Perbarui paketnya.",
    source: "OCDS 1.1, Packaging",
  },
  "extension-unknown": {
    level: "rule",
    en: "The extension {0} is not known here; its fields are not checked.",
    id: "Ekstensi {0} tidak dikenal di sini; bidang-bidangnya tidak diperiksa.",
    source: "OCDS 1.1, Extensions",
  },
  links: {
    level: "rule",
    en: "links.next and links.prev must be complete web addresses.",
    id: "links.next dan links.prev harus berupa alamat web lengkap.",
    source: "OCDS extension pagination",
  },
  "pattern-field": {
    level: "rule",
    en: "The value must be {0}, but is {1}. Change it, or leave the field out.",
    id: "Nilai harus berupa {0}, tetapi berupa {1}. Ubah, atau hilangkan bidangnya.",
    source: "OCDS 1.1.5, patternProperties of the schemas, which the official validator does not check",
  },
  "unknown-field": {
    level: "rule",
    en: "{0} is no field of OCDS 1.1 nor of the extensions named. Correct the name, or describe it in an extension.",
    id: "{0} bukan bidang OCDS 1.1 maupun ekstensi yang disebut. Perbaiki namanya, atau uraikan dalam ekstensi.",
    source: "OCDS Data Review Tool, additional fields",
  },
  "deprecated-field": {
    level: "rule",
    en: "{0} is deprecated since OCDS {1}. Use the field that took its place.",
    id: "{0} usang sejak OCDS {1}. Gunakan bidang penggantinya.",
    source: "OCDS 1.1, Deprecation",
  },
  "codelist-open": {
    level: "rule",
    en: "{0} is not in the open code list {1}. Use one of its codes where one fits.",
    id: "{0} tidak ada dalam daftar kode terbuka {1}. Gunakan kodenya bila ada yang sesuai.",
    source: "OCDS 1.1, Codelists",
  },
  "ocid-prefix": {
    level: "rule",
    en: "The ocid {0} does not begin with ocds- and six lowercase letters or digits. Use the prefix that was issued to you.",
    id: "Ocid {0} tidak diawali ocds- dan enam huruf kecil atau angka. Gunakan prefiks yang diberikan kepada Anda.",
    source: "OCDS 1.1, Contracting process identifiers",
  },
  "release-id-hash": {
    level: "rule",
    en: "The release id {0} contains #, so that no link can point to it. Choose another id.",
    id: "Id rilis {0} memuat #, sehingga tidak dapat ditautkan. Pilih id lain.",
    source: "OCDS 1.1, Release identifiers; linked releases",
  },
  "release-date-repeated": {
    level: "rule",
    en: "Two releases of {0} have the date {1}, so that their order is not certain. Give each its own.",
    id: "Dua rilis {0} bertanggal {1}, sehingga urutannya tidak pasti. Beri masing-masing tanggal sendiri.",
    source: "open-contracting/standard#848",
  },
  "id-not-text": {
    level: "rule",
    en: 'The id {0} is a number. Write ids as text, as 1 and "1" are taken for two.',
    id: 'Id {0} berupa angka. Tulis id sebagai teks, karena 1 dan "1" dianggap berbeda.',
    source: merging,
  },
  "id-missing": {
    level: "rule",
    en: "The entry has no id, so that each merge appends it again. Give it one.",
    id: "Isi larik tidak memiliki id, sehingga ditambahkan lagi pada setiap penggabungan. Beri id.",
    source: merging,
  },
  "duplicate-id": {
    level: "rule",
    en: "The id {0} occurs twice in the list, so that the entries are merged into one. Give each its own.",
    id: "Id {0} muncul dua kali dalam larik, sehingga isinya digabung menjadi satu. Beri masing-masing id sendiri.",
    source: merging,
  },
  "null-not-leaf": {
    level: "rule",
    en: "null stands where an object or a list of objects belongs, and removes nothing. Set the fields inside to null.",
    id: "null berada di tempat objek atau larik objek, dan tidak menghapus apa pun. Isi null pada bidang di dalamnya.",
    source: merging,
  },
  "date-offset": {
    level: "rule",
    en: "The date {0} has no offset from UTC. Add Z or an offset such as +07:00.",
    id: "Tanggal {0} tanpa selisih dari UTC. Tambahkan Z atau selisih seperti +07:00.",
    source: "RFC 3339; OCDS 1.1, Date",
  },
  "release-date-form": {
    level: "rule",
    en: "The date of release {0} is not in UTC, and releases are ordered by the text of their dates. Write it like 2026-11-24T00:00:00Z.",
    id: "Tanggal rilis {0} tidak dalam UTC, padahal rilis diurutkan menurut teks tanggalnya. Tulis seperti 2026-11-24T00:00:00Z.",
    source: merging,
  },
  "date-range": {
    level: "rule",
    en: "The date {0} is outside the years 1990 to 2050. Correct it.",
    id: "Tanggal {0} di luar tahun 1990 sampai 2050. Perbaiki.",
    source: pelican,
  },
  "description-length": {
    level: "rule",
    en: "The description has {0} characters; up to 250 are useful. Shorten it, or attach a document.",
    id: "Uraian memuat {0} karakter; sebaiknya paling banyak 250. Persingkat, atau lampirkan dokumen.",
    source: pelican,
  },
  "email-form": {
    level: "rule",
    en: "The text is no e-mail address. Write it like nama@contoh.go.id.",
    id: "Teks bukan alamat surel. Tulis seperti nama@contoh.go.id.",
    source: pelican,
  },
  "telephone-form": {
    level: "rule",
    en: "The text is no telephone number. Write digits, with + and the country code in front.",
    id: "Teks bukan nomor telepon. Tulis angka, diawali + dan kode negara.",
    source: pelican,
  },
  "language-form": {
    level: "rule",
    en: "{0} is no language code. Write it like id or en.",
    id: "{0} bukan kode bahasa. Tulis seperti id atau en.",
    source: pelican,
  },
  "media-type": {
    level: "rule",
    en: "{0} is no media type. Write it like application/pdf.",
    id: "{0} bukan jenis media. Tulis seperti application/pdf.",
    source: pelican,
  },
  "document-section": {
    level: "rule",
    en: "Documents of type {0} do not belong to {1}. Move it, or correct its type.",
    id: "Dokumen jenis {0} tidak termasuk {1}. Pindahkan, atau perbaiki jenisnya.",
    source: "OCDS 1.1, documentType code list",
  },

  // ---- rules of our own: money
  "amount-negative": {
    level: "rule",
    en: "The amount {0} is negative. Write a positive amount.",
    id: "Jumlah {0} negatif. Tulis jumlah positif.",
    source: pelican,
  },
  "amount-precision": {
    level: "rule",
    en: "The amount {0} is finer than the minor unit of {1}. Round it as the contract does.",
    id: "Jumlah {0} lebih kecil dari satuan terkecil {1}. Bulatkan seperti dalam kontrak.",
    source: "ISO 4217",
  },
  "amount-range": {
    level: "rule",
    en: "The amount {0} {1} is beyond what one contract can be worth. Check the digits.",
    id: "Jumlah {0} {1} melampaui nilai yang wajar bagi satu kontrak. Periksa angkanya.",
    source: `${pelican} (5 billion USD; here 100 trillion IDR, else 10^15)`,
  },
  "currency-missing": {
    level: "rule",
    en: "The amount {0} has no currency. Add it, such as IDR.",
    id: "Jumlah {0} tanpa mata uang. Tambahkan, misalnya IDR.",
    source: "OCDS 1.1, Value",
  },
  "payments-exceed-contract": {
    level: "rule",
    en: "The payments, {0} {2}, exceed the value of the contract, {1} {2}. Correct them, or amend the contract.",
    id: "Pembayaran, {0} {2}, melampaui nilai kontrak, {1} {2}. Perbaiki, atau ubah kontraknya.",
    source: pelican,
  },
  "contract-award-ratio": {
    level: "rule",
    en: "The contracts under award {0} are worth less than half or more than one and a half times the award. Check both.",
    id: "Nilai kontrak pada penetapan {0} kurang dari setengah atau lebih dari satu setengah kali nilai penetapan. Periksa keduanya.",
    source: pelican,
  },
  "budget-tender-ratio": {
    level: "rule",
    en: "The budget is less than half or more than one and a half times the value of the tender. Check both.",
    id: "Anggaran kurang dari setengah atau lebih dari satu setengah kali nilai tender. Periksa keduanya.",
    source: pelican,
  },

  // ---- rules of our own: references
  "reference-unresolved": {
    level: "rule",
    en: "The organization {0} matches {1} entries of parties, not one. Add it to parties with this id.",
    id: "Organisasi {0} cocok dengan {1} isi parties, bukan satu. Tambahkan ke parties dengan id ini.",
    source: pelican,
  },
  "award-unresolved": {
    level: "rule",
    en: "awardID {0} matches {1} awards, not one. Add the award, or correct the id.",
    id: "awardID {0} cocok dengan {1} awards, bukan satu. Tambahkan penetapannya, atau perbaiki id.",
    source: pelican,
  },
  "party-role": {
    level: "rule",
    en: "The party {0} is used as {1}, but its roles do not say so. Add the role.",
    id: "Pihak {0} dipakai sebagai {1}, tetapi roles tidak memuatnya. Tambahkan perannya.",
    source: pelican,
  },
  "party-role-unused": {
    level: "rule",
    en: "The party has the role {0}, but nothing refers to it as such. Remove the role, or add the reference.",
    id: "Pihak berperan {0}, tetapi tidak ada yang merujuknya demikian. Hapus perannya, atau tambahkan rujukan.",
    source: pelican,
  },
  "party-name": {
    level: "rule",
    en: "The name {0} differs from that of the party. Use one name.",
    id: "Nama {0} berbeda dari nama pihaknya. Gunakan satu nama.",
    source: pelican,
  },
  "milestone-unresolved": {
    level: "rule",
    en: "The milestone {0} of the transaction is not one of the implementation. Add it, or correct the id.",
    id: "Tonggak {0} pada transaksi tidak ada dalam implementation. Tambahkan, atau perbaiki id.",
    source: "OCDS extension transactions_relatedMilestone",
  },

  // ---- rules of our own: order in time
  "period-order": {
    level: "rule",
    en: "The period ends before it starts. Correct {0} or {1}.",
    id: "Periode berakhir sebelum dimulai. Perbaiki {0} atau {1}.",
    source: pelican,
  },
  "duration-days": {
    level: "rule",
    en: "durationInDays is {0}, but from start to end are {1} days. Correct one of them.",
    id: "durationInDays adalah {0}, tetapi dari awal sampai akhir {1} hari. Perbaiki salah satu.",
    source: pelican,
  },
  "date-sequence": {
    level: "rule",
    en: "{0} ({1}) is before {2} ({3}). Correct one of the dates.",
    id: "{0} ({1}) mendahului {2} ({3}). Perbaiki salah satu tanggal.",
    source: pelican,
  },
  "date-after-release": {
    level: "rule",
    en: "The date {0} is later than the release, {1}, though it tells of the past. Correct it.",
    id: "Tanggal {0} lebih akhir dari rilisnya, {1}, padahal menyatakan hal yang sudah terjadi. Perbaiki.",
    source: pelican,
  },
  "document-dates": {
    level: "rule",
    en: "The document was modified before it was published. Correct one of the dates.",
    id: "Dokumen diubah sebelum diterbitkan. Perbaiki salah satu tanggal.",
    source: pelican,
  },

  // ---- rules of our own: states
  "award-under-tender": {
    level: "rule",
    en: "The tender is {0}, so that it cannot have awards or contracts yet. Set its status to complete.",
    id: "Tender berstatus {0}, sehingga belum dapat memiliki penetapan atau kontrak. Ubah statusnya menjadi complete.",
    source: pelican,
  },
  "contract-under-award": {
    level: "rule",
    en: "The contract stands under an award that is {0}. Correct the status of one of them.",
    id: "Kontrak berada di bawah penetapan berstatus {0}. Perbaiki status salah satunya.",
    source: pelican,
  },
  "payment-under-contract": {
    level: "rule",
    en: "The contract is {0}, but has transactions. Correct its status, or remove them.",
    id: "Kontrak berstatus {0}, tetapi memiliki transaksi. Perbaiki statusnya, atau hapus transaksinya.",
    source: pelican,
  },
  "milestone-date-met": {
    level: "rule",
    en: "The milestone is {0}, but has dateMet. Remove dateMet, or correct the status.",
    id: "Tonggak berstatus {0}, tetapi memiliki dateMet. Hapus dateMet, atau perbaiki statusnya.",
    source: pelican,
  },
  "tenderers-number": {
    level: "rule",
    en: "numberOfTenderers is {0}, but {1} tenderers are listed. Correct one of them.",
    id: "numberOfTenderers adalah {0}, tetapi tercantum {1} peserta. Perbaiki salah satu.",
    source: pelican,
  },
  "direct-tenderers": {
    level: "rule",
    en: "The method is direct, but {0} tenderers are given. Correct the method or the tenderers.",
    id: "Metodenya direct, tetapi ada {0} peserta. Perbaiki metode atau pesertanya.",
    source: pelican,
  },
} as const satisfies Record<string, CheckRule>;

export type CheckRuleName = keyof typeof checkRules;

export interface CheckFault {
  /** RFC 6901, from the value that was checked. */
  readonly pointer: string;
  readonly rule: CheckRuleName;
  readonly level: "error" | "rule";
  readonly message: string;
  readonly messageId: string;
}

/** The fault at a place, with the details filled into its texts. `details` may differ by language: `[english, indonesian]`. */
export function checkFault(
  rule: CheckRuleName,
  pointer: string,
  details: readonly (string | number | readonly [string, string])[] = [],
): CheckFault {
  const { level, en, id } = checkRules[rule];
  const fill = (template: string, language: 0 | 1) =>
    template.replaceAll(/\{(\d)\}/g, (_, index) => {
      const detail = details[Number(index)] ?? "";
      return typeof detail === "object" ? detail[language] : String(detail);
    });
  return {
    pointer,
    rule,
    level,
    message: `${pointer || "top level"}: ${fill(en, 0)}`,
    messageId: `${pointer || "tingkat atas"}: ${fill(id, 1)}`,
  };
}
