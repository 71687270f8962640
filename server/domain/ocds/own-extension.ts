import { type Extension, type ExtensionName, type Field, ownExtensions } from "./schema.ts";

/** The extensions that our own releases use. */
export const OUR_EXTENSIONS = ["guarantees", "prasasti"] as const satisfies readonly ExtensionName[];

/** What each own field means, in English and Indonesian. */
const meanings: Readonly<Record<string, readonly [title: string, en: string, id: string]>> = {
  accepted: [
    "Accepted work",
    "All work accepted so far, in money, as of this milestone.",
    "Seluruh pekerjaan yang telah diterima hingga tonggak ini, dalam uang.",
  ],
  certified: [
    "Certified",
    "The gross amount that this certificate authorises to be paid.",
    "Jumlah bruto yang disetujui untuk dibayar oleh berita acara ini.",
  ],
  advance: ["Advance", "The advance that this certificate grants.", "Uang muka yang diberikan berita acara ini."],
  recovered: [
    "Recovered",
    "The part of an earlier advance that is taken back here.",
    "Potongan uang muka yang diperhitungkan di sini.",
  ],
  withheld: ["Withheld", "Retention and fines withheld here.", "Retensi dan denda yang ditahan di sini."],
  released: [
    "Released",
    "Amounts withheld earlier and released here.",
    "Jumlah yang tadinya ditahan dan dilepas di sini.",
  ],
  specialConditions: [
    "Special conditions",
    "What the contract's special conditions (SSKK) say that the rules before signing ask: time zone, category, size of the firm, fine, retention, advance, taxes, maintenance, days of force majeure. Per cents and days as text.",
    "Isi syarat khusus kontrak (SSKK) yang ditanyakan aturan sebelum penandatanganan: zona waktu, jenis, golongan usaha, denda, retensi, uang muka, pajak, pemeliharaan, hari kahar. Persen dan tanggal sebagai teks.",
  ],
  deductions: [
    "Deductions",
    "What of the withheld amount is retention, and what a fine.",
    "Bagian dari yang ditahan: retensi dan denda.",
  ],
  excess: [
    "Excess",
    "What is paid above the contract's value: it stands until money comes back or the value is raised.",
    "Yang dibayar melebihi nilai kontrak: tetap ada sampai uang kembali atau nilai dinaikkan.",
  ],
  exceptions: [
    "Exceptions",
    "Names of what the ledger marked: what an approver signed for, and what it found by itself, such as paidAboveValue.",
    "Nama hal yang ditandai ledger: yang disetujui pejabat penyetuju dan yang ditemukannya sendiri, seperti paidAboveValue.",
  ],
  documentNumber: [
    "Document number",
    "The number of the document (SP2D, certificate) as its issuer writes it.",
    "Nomor dokumen (SP2D, berita acara) sebagaimana ditulis penerbitnya.",
  ],
  sourceID: [
    "Source's id",
    "The id that the publisher of the source release gave the transaction.",
    "Id transaksi menurut penerbit rilis asalnya.",
  ],
  sourceRelease: [
    "Source release",
    "The release of another publisher from which this entry was made.",
    "Rilis penerbit lain yang menjadi asal entri ini.",
  ],
  digest: [
    "Digest",
    "SHA-256 of the source release's canonical form (RFC 8785).",
    "SHA-256 bentuk kanonik rilis asal (RFC 8785).",
  ],
  remarks: ["Remarks", "What people remarked in the register.", "Catatan dalam register."],
  text: ["Text", "What is remarked.", "Isi catatan."],
  relatedRelease: ["Related release", "The release that the remark is about.", "Rilis yang diberi catatan."],
  withdrawn: ["Withdrawn", "The remark was taken back.", "Catatan telah dibatalkan."],
  withdrawals: [
    "Withdrawals",
    "Releases that should not have been recorded, each with the release that took it back.",
    "Rilis yang seharusnya tidak dicatat, beserta rilis yang membatalkannya.",
  ],
  holds: [
    "Holds",
    "Who holds payments (by office), and until when.",
    "Siapa yang menangguhkan pembayaran (menurut jabatan), dan sampai kapan.",
  ],
  signedBySupplier: [
    "Signed by the supplier",
    "Whether the supplier has signed the terms as they stand, in the register.",
    "Apakah penyedia telah menandatangani ketentuan yang berlaku, dalam register.",
  ],
  returns: [
    "Returns",
    "The id of the transaction of which this amount came back.",
    "Id transaksi yang dikembalikan oleh jumlah ini.",
  ],
  returnType: [
    "Return type",
    "returned by the bank (retur), paidBack (setor kembali), contraEntry (kontra pos) or voided (batal).",
    "returned (retur), paidBack (setor kembali), contraEntry (kontra pos), atau voided (batal).",
  ],
  migration: [
    "Migration",
    "Of a record that was taken over from an older system, in a wave of legacy records: how it came here.",
    "Dari rekaman yang diambil alih dari sistem lama, dalam gelombang data lama: bagaimana rekaman ini masuk.",
  ],
  wave: ["Wave", "The number of the wave in the register.", "Nomor gelombang dalam register."],
  plan: ["Plan", "The hash of the migration plan that was signed.", "Hash rencana migrasi yang ditandatangani."],
  cutOver: [
    "Cut-over",
    "Until when the older system was the place of record.",
    "Sampai kapan sistem lama menjadi tempat pencatatan.",
  ],
  migratedAt: ["Migrated", "When it was recorded here.", "Kapan tercatat di sini."],
  bodyUnavailable: [
    "Body unavailable",
    "Its text is kept off the chain and is not at hand here: what the terms say counts all the same.",
    "Teksnya disimpan di luar rantai dan tidak ada di sini: yang dinyatakan ketentuan tetap berlaku.",
  ],
  complete: [
    "Complete",
    "With this entry all that the source release adds is recorded.",
    "Dengan entri ini seluruh isi baru rilis asal sudah tercatat.",
  ],
};

const packageLinks = {
  properties: {
    links: {
      type: "object",
      properties: { next: { type: "string", format: "uri" }, prev: { type: "string", format: "uri" } },
    },
  },
};

/**
 * The files of our own extension: what a reader patches into the standard's schemas to know our fields.
 * @param addressOf the public address of a file
 */
export function ownExtensionFiles(addressOf: (file: string) => string): Readonly<Record<string, object>> {
  const { release = {}, definitions = {} }: Extension = ownExtensions.prasasti;
  return {
    "extension.json": {
      name: { en: "Prasasti contract register", id: "Register kontrak Prasasti" },
      description: {
        en: "Money of acceptances and payment certificates on milestones, payments above a contract's value and other marks, numbers of documents, and links between pages.",
        id: "Nilai penerimaan dan berita acara pembayaran pada tonggak, pembayaran melebihi nilai kontrak dan tanda lain, nomor dokumen, serta tautan antarhalaman.",
      },
      documentationUrl: { en: addressOf("release-schema.json") },
      compatibility: ["1.1"],
      schemas: ["release-schema.json", "release-package-schema.json", "record-package-schema.json"],
      contactPoint: { name: "Prasasti" },
    },
    "release-schema.json": {
      properties: propertiesOf(release),
      definitions: Object.fromEntries(
        Object.entries(definitions).map(([name, { fields = {} }]) => [name, { properties: propertiesOf(fields) }]),
      ),
    },
    "release-package-schema.json": packageLinks,
    "record-package-schema.json": packageLinks,
  };
}

function propertiesOf(fields: Readonly<Record<string, Field>>): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, jsonSchemaOf(name, field)]));
}

function jsonSchemaOf(name: string, { ref, types, minLength, format, fields, items }: Field): object {
  const kind =
    ref === undefined
      ? {
          type: types,
          ...(minLength ? { minLength } : {}),
          ...(format ? { format } : {}),
          ...(fields ? { properties: propertiesOf(fields) } : {}),
          ...(items ? { items: jsonSchemaOf("", items) } : {}),
        }
      : { $ref: `#/definitions/${ref}` };
  const [title, en, id] = meanings[name] ?? [];
  return title === undefined ? kind : { title, description: en, description_id: id, ...kind };
}
