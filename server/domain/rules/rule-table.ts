import type { ExceptionName } from "../entries/kinds.ts";
import type { LedgerProblem, Words } from "../problems.ts";
import type { Day } from "./civil-days.ts";

/**
 * Every rule that is looked at before signing and that contract code does not hold: what it asks, since when, by which
 * regulation, and how sure we are of its figures. A contract keeps what was in force on the day of its signing. What
 * the ledger enforces itself stands in `LEDGER_RULES`, by reference. docs/reference/rules.md is made of both.
 */

/** `refuse` stops before anybody signs; `warn` is shown and left to who signs; `info` is good to know. */
export type Level = "refuse" | "warn" | "info";

/**
 * How sure the figures are. `law`: as the regulation named says, by our reading. `secondary`: by writings about it.
 * `setting`: not checked against its text; a default that an agency can change (`PRASASTI_RULES`). `agency`: as it was changed. Ask a PPK before relying on the middle two.
 */
export type Assurance = "law" | "secondary" | "setting" | "agency";

/** From `from` on, before `until`; without `until` still. */
type Version<P> = {
  readonly from: Day;
  readonly until?: Day;
  readonly regulation: string;
  readonly assurance: Assurance;
  readonly parameters: P;
};

export type Rule<P> = {
  readonly level: Level;
  /** what it asks, in one sentence */
  readonly what: Words;
  /** what a person does when it is not met */
  readonly remedy: Words;
  /** of a refusal: the exception that lifts it, signed by an approver, because the ledger has one */
  readonly exception?: ExceptionName;
  readonly versions: readonly Version<P>[];
};

/** Money in rupiah, as the regulations write it; `rupiah` makes minor units of it. */
type Rupiah = number;

/** Up to and with `upTo`, above `above`: the highest (`atMost`) or lowest (`atLeast`) share. */
type AdvanceTier = { above: Rupiah; upTo: Rupiah; bps: number; bound: "atLeast" | "atMost" };
/** What is bought; consulting has thresholds of its own. */
export type Category = "goods" | "works" | "services" | "consulting";

export type RuleParameters = {
  "late-fine": { perMille: number; capBps?: number };
  retention: { bps: number };
  "retention-release": object;
  "advance-limit": { small: readonly AdvanceTier[]; otherBps: number; multiYearBps: number };
  "advance-recovery": object;
  "advance-guarantee": object;
  "performance-guarantee": { above: Rupiah; ofContractBps: number; lowBidBelowBps: number; ofEstimateBps: number };
  "maintenance-guarantee": { bps: number; daysAfter: number };
  "guarantee-expiry": { alarmDays: readonly number[] };
  "guarantee-covers-contract": object;
  "certificate-within-work": object;
  "scope-cap": { bps: number };
  "scope-while-late": object;
  "more-time": { days: number; acrossYearDays: number };
  "late-signing": { contractWorkingDays: number; startWorkingDays: number };
  "late-recording": { days: number };
  "contract-form": { receiptUpTo: Rupiah; spkUpTo: Readonly<Record<Category, Rupiah>> };
  "direct-purchase": { upTo: Readonly<Record<Category, Rupiah>> };
  "ending-accounts": object;
  "value-added-tax": { bps: number };
  "special-conditions": object;
  "income-tax": { bps: Readonly<Record<Category, number>>; names: Readonly<Record<Category, string>> };
};
export type RuleName = keyof RuleParameters;

const both = (en: string, id: string): Words => ({ en, id });

const P54: Day = "2010-08-06";
/** Procurements prepared from this day on follow Perpres 16/2018. */
const P16: Day = "2018-07-01";
const P12: Day = "2021-02-02";
const P46: Day = "2025-04-30";

const JUTA = 1_000_000;
/** A bound that no contract passes. */
const NO_END: Rupiah = 1_000_000_000 * JUTA;

export const RULES: { readonly [N in RuleName]: Rule<RuleParameters[N]> } = {
  "late-fine": {
    level: "warn",
    what: both(
      "Work later than its last day costs 1/1000 of the contract's value, or of the part not done where the contract says so, for each day, before PPN.",
      "Pekerjaan yang melewati batas waktu dikenai denda 1/1000 dari nilai kontrak, atau dari bagian yang belum selesai bila kontrak mengaturnya, setiap hari, sebelum PPN.",
    ),
    remedy: both(
      "Withhold the fine in the certificate; or record the amendment (time, kahar) that shows why the days do not count.",
      "Potong denda dalam berita acara pembayaran; atau catat adendum (waktu, kahar) yang menunjukkan hari-hari itu tidak dihitung.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 120",
        assurance: "secondary",
        parameters: { perMille: 1, capBps: 500 },
      },
      { from: P16, regulation: "Perpres 16/2018 Ps. 79", assurance: "law", parameters: { perMille: 1 } },
    ],
  },
  retention: {
    level: "warn",
    what: both(
      "5 % of each payment for works is held until the end of maintenance, unless a maintenance bond stands for it.",
      "5 % dari setiap pembayaran pekerjaan konstruksi ditahan sampai masa pemeliharaan berakhir, kecuali dijamin jaminan pemeliharaan.",
    ),
    remedy: both(
      "Withhold the retention as a line of the certificate, or post the maintenance bond first.",
      "Potong retensi sebagai baris dalam berita acara, atau catat dahulu jaminan pemeliharaannya.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 101",
        assurance: "secondary",
        parameters: { bps: 500 },
      },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 35 and 53",
        assurance: "secondary",
        parameters: { bps: 500 },
      },
    ],
  },
  "retention-release": {
    level: "warn",
    what: both(
      "Retention is released at the final hand-over (FHO), or before it against a maintenance bond of at least the same amount.",
      "Retensi dilepas saat serah terima akhir (FHO), atau sebelumnya bila ada jaminan pemeliharaan paling sedikit sebesar itu.",
    ),
    remedy: both(
      "Record the FHO or the maintenance bond before the release.",
      "Catat FHO atau jaminan pemeliharaan sebelum pelepasan.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 95", assurance: "secondary", parameters: {} },
      { from: P16, regulation: "Perpres 16/2018 Ps. 35 and 58", assurance: "secondary", parameters: {} },
    ],
  },
  "advance-limit": {
    level: "warn",
    what: both(
      "An advance is bound by the size of the firm and of the contract: 50 % or 30 % for small firms, 20 % for others, 15 % over several years.",
      "Uang muka dibatasi menurut golongan usaha dan nilai kontrak: 50 % atau 30 % untuk usaha kecil, 20 % untuk lainnya, 15 % untuk tahun jamak.",
    ),
    remedy: both(
      "Lower the advance to the limit that is named, or correct the firm's size in the special conditions.",
      "Turunkan uang muka ke batas yang disebut, atau perbaiki golongan usaha dalam syarat khusus kontrak.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 88",
        assurance: "setting",
        parameters: {
          small: [{ above: 0, upTo: NO_END, bps: 3_000, bound: "atMost" }],
          otherBps: 2_000,
          multiYearBps: 2_000,
        },
      },
      {
        from: P16,
        until: P12,
        regulation: "Perpres 16/2018 Ps. 29",
        assurance: "setting",
        parameters: {
          small: [{ above: 0, upTo: NO_END, bps: 3_000, bound: "atMost" }],
          otherBps: 2_000,
          multiYearBps: 1_500,
        },
      },
      {
        from: P12,
        regulation: "Perpres 16/2018 Ps. 29 as changed by Perpres 12/2021",
        assurance: "setting",
        parameters: {
          small: [
            { above: 0, upTo: 50 * JUTA, bps: 5_000, bound: "atMost" },
            { above: 50 * JUTA, upTo: 200 * JUTA, bps: 5_000, bound: "atLeast" },
            { above: 200 * JUTA, upTo: 2_500 * JUTA, bps: 3_000, bound: "atLeast" },
            { above: 2_500 * JUTA, upTo: NO_END, bps: 3_000, bound: "atMost" },
          ],
          otherBps: 2_000,
          multiYearBps: 1_500,
        },
      },
    ],
  },
  "advance-recovery": {
    level: "warn",
    what: both(
      "An advance is taken back in the certificates in step with the work, and wholly when the work is done.",
      "Uang muka diperhitungkan berangsur dalam berita acara pembayaran sesuai kemajuan, dan lunas saat pekerjaan selesai.",
    ),
    remedy: both(
      "Recover the amount that the schedule asks; the certificate calculator works it out.",
      "Potong sebesar yang diminta jadwal; kalkulator berita acara menghitungnya.",
    ),
    versions: [{ from: P54, regulation: "Perpres 16/2018 Ps. 29 and 53", assurance: "secondary", parameters: {} }],
  },
  "advance-guarantee": {
    level: "warn",
    what: both(
      "A guarantee of the same amount stands for the advance, and may shrink as it is paid back.",
      "Uang muka dijamin sebesar nilainya, dan jaminan dapat berkurang sesuai pengembaliannya.",
    ),
    remedy: both(
      "Post or extend the advance guarantee before the advance is paid.",
      "Catat atau perpanjang jaminan uang muka sebelum uang muka dibayar.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 67", assurance: "secondary", parameters: {} },
      { from: P16, regulation: "Perpres 16/2018 Ps. 34", assurance: "law", parameters: {} },
    ],
  },
  "performance-guarantee": {
    level: "warn",
    what: both(
      "Above Rp 200 million goods, works and services need a performance guarantee: 5 % of the contract, or 5 % of the HPS where the bid was below 80 % of it.",
      "Barang, pekerjaan konstruksi, dan jasa lainnya di atas Rp 200 juta memerlukan jaminan pelaksanaan: 5 % dari kontrak, atau 5 % dari HPS bila penawaran di bawah 80 % HPS.",
    ),
    remedy: both(
      "Post the guarantee, or raise it to the amount that is named.",
      "Catat jaminan, atau tambah sampai jumlah yang disebut.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 70",
        assurance: "secondary",
        parameters: { above: 100 * JUTA, ofContractBps: 500, lowBidBelowBps: 8_000, ofEstimateBps: 500 },
      },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 33",
        assurance: "secondary",
        parameters: { above: 200 * JUTA, ofContractBps: 500, lowBidBelowBps: 8_000, ofEstimateBps: 500 },
      },
    ],
  },
  "maintenance-guarantee": {
    level: "warn",
    what: both(
      "A maintenance bond is 5 % of the contract and good until 14 days after the end of maintenance.",
      "Jaminan pemeliharaan sebesar 5 % dari kontrak dan berlaku sampai 14 hari setelah masa pemeliharaan.",
    ),
    remedy: both("Raise or extend the bond.", "Tambah atau perpanjang jaminannya."),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 71",
        assurance: "secondary",
        parameters: { bps: 500, daysAfter: 14 },
      },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 35",
        assurance: "secondary",
        parameters: { bps: 500, daysAfter: 14 },
      },
    ],
  },
  "guarantee-expiry": {
    level: "warn",
    what: both(
      "A guarantee that is still needed is extended before it ends: alarms 30, 14 and 7 days before.",
      "Jaminan yang masih diperlukan diperpanjang sebelum berakhir: peringatan 30, 14, dan 7 hari sebelumnya.",
    ),
    remedy: both(
      "Have it extended and record that; or call it while it still is good.",
      "Minta perpanjangan lalu catat; atau cairkan selagi masih berlaku.",
    ),
    versions: [
      {
        from: P54,
        regulation: "PerLKPP 12/2021 (masa berlaku jaminan)",
        assurance: "setting",
        parameters: { alarmDays: [30, 14, 7] },
      },
    ],
  },
  "guarantee-covers-contract": {
    level: "warn",
    what: both(
      "A performance guarantee is good at least until the end of the contract, extra time included.",
      "Jaminan pelaksanaan berlaku paling sedikit sampai akhir kontrak, termasuk pemberian kesempatan.",
    ),
    remedy: both(
      "Have the guarantee extended to the end of the contract and record that.",
      "Minta jaminan diperpanjang sampai akhir kontrak lalu catat.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 70", assurance: "secondary", parameters: {} },
      { from: P16, regulation: "Perpres 16/2018 Ps. 33 and 56", assurance: "secondary", parameters: {} },
    ],
  },
  "certificate-within-work": {
    level: "refuse",
    exception: "certifiedAboveAccepted",
    what: both(
      "No more is certified than what was accepted: payment follows progress.",
      "Yang disahkan tidak melebihi pekerjaan yang diterima: pembayaran mengikuti kemajuan.",
    ),
    remedy: both(
      "Record the acceptance first; or let an approver sign the exception certifiedAboveAccepted.",
      "Catat dahulu penerimaannya; atau mintalah PA/KPA menandatangani pengecualian certifiedAboveAccepted.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 89", assurance: "secondary", parameters: {} },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 53; PerLKPP 12/2021 7.14",
        assurance: "secondary",
        parameters: {},
      },
    ],
  },
  "scope-cap": {
    level: "refuse",
    exception: "scopeAboveCap",
    what: both(
      "Added work brings the contract to at most +10.00 % of its first value.",
      "Pekerjaan tambah membawa kontrak paling tinggi +10,00 % dari nilai awal.",
    ),
    remedy: both(
      "Lower the added work; or let an approver sign the exception scopeAboveCap.",
      "Kurangi pekerjaan tambah; atau mintalah PA/KPA menandatangani pengecualian scopeAboveCap.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 87",
        assurance: "secondary",
        parameters: { bps: 1_000 },
      },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 54; PerLKPP 12/2021 7.13",
        assurance: "law",
        parameters: { bps: 1_000 },
      },
    ],
  },
  "scope-while-late": {
    level: "warn",
    what: both("No added work while fines run.", "Tidak ada pekerjaan tambah selama denda berjalan."),
    remedy: both(
      "Leave the scope as it is until the work is done; or amend the time first where the delay is not the supplier's.",
      "Biarkan lingkup sampai pekerjaan selesai; atau ubah waktu dahulu bila keterlambatan bukan karena penyedia.",
    ),
    versions: [{ from: P54, regulation: "PerLKPP 12/2021 7.13", assurance: "secondary", parameters: {} }],
  },
  "more-time": {
    level: "warn",
    what: both(
      "A supplier who is late can be given up to 50 days to finish, over the end of the year too; fines run meanwhile.",
      "Penyedia yang terlambat dapat diberi kesempatan sampai 50 hari, juga melewati akhir tahun; denda tetap berjalan.",
    ),
    remedy: both(
      "Give a shorter time; beyond it the officer assesses anew whether the supplier can finish, or breaks the contract.",
      "Beri waktu lebih singkat; selebihnya PPK menilai ulang kesanggupan penyedia, atau memutus kontrak.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 4/2015 Ps. 93; PMK 194/2014",
        assurance: "setting",
        parameters: { days: 50, acrossYearDays: 50 },
      },
      {
        from: P16,
        regulation: "Perpres 16/2018 Ps. 56; PerLKPP 12/2021; PMK 243/2015",
        assurance: "setting",
        parameters: { days: 50, acrossYearDays: 90 },
      },
    ],
  },
  "late-signing": {
    level: "warn",
    what: both(
      "A contract is signed within 14 working days of the award's letter (SPPBJ), and the order to start (SPMK) follows within 14 working days.",
      "Kontrak ditandatangani paling lambat 14 hari kerja sejak SPPBJ, dan SPMK terbit paling lambat 14 hari kerja sejak kontrak.",
    ),
    remedy: both(
      "Say the reason as a remark of the entry; national holidays are not counted here.",
      "Sebutkan alasannya dalam catatan entri; hari libur nasional tidak diperhitungkan di sini.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 86",
        assurance: "setting",
        parameters: { contractWorkingDays: 14, startWorkingDays: 14 },
      },
      {
        from: P16,
        regulation: "PerLKPP 12/2021 7.2 and 7.5",
        assurance: "setting",
        parameters: { contractWorkingDays: 14, startWorkingDays: 14 },
      },
    ],
  },
  "late-recording": {
    level: "info",
    what: both(
      "What happened more than 30 days ago is recorded late: an approver signs too, and the register marks it.",
      "Peristiwa lebih dari 30 hari yang lalu tercatat terlambat: PA/KPA ikut menandatangani, dan register menandainya.",
    ),
    remedy: both("Record entries as they happen.", "Catat entri pada saat terjadinya."),
    versions: [{ from: P54, regulation: "register (Policy)", assurance: "law", parameters: { days: 30 } }],
  },
  "contract-form": {
    level: "warn",
    what: both(
      "The form fits the value: receipt (kuitansi) up to Rp 50 million, SPK up to the limit of its category, above it a surat perjanjian.",
      "Bentuk kontrak sesuai nilainya: kuitansi sampai Rp 50 juta, SPK sampai batas jenis pengadaannya, di atasnya surat perjanjian.",
    ),
    remedy: both("Take the form that the value asks.", "Gunakan bentuk kontrak sesuai nilainya."),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 55",
        assurance: "setting",
        parameters: {
          receiptUpTo: 50 * JUTA,
          spkUpTo: { goods: 200 * JUTA, works: 200 * JUTA, services: 200 * JUTA, consulting: 50 * JUTA },
        },
      },
      {
        from: P16,
        until: P46,
        regulation: "Perpres 16/2018 Ps. 28",
        assurance: "setting",
        parameters: {
          receiptUpTo: 50 * JUTA,
          spkUpTo: { goods: 200 * JUTA, works: 200 * JUTA, services: 200 * JUTA, consulting: 100 * JUTA },
        },
      },
      {
        from: P46,
        regulation: "Perpres 16/2018 Ps. 28 as changed by Perpres 46/2025",
        assurance: "setting",
        parameters: {
          receiptUpTo: 50 * JUTA,
          spkUpTo: { goods: 200 * JUTA, works: 400 * JUTA, services: 200 * JUTA, consulting: 100 * JUTA },
        },
      },
    ],
  },
  "direct-purchase": {
    level: "warn",
    what: both(
      "Pengadaan Langsung up to Rp 200 million (consulting: Rp 100 million), since 2025 works up to Rp 400 million.",
      "Pengadaan Langsung sampai Rp 200 juta (jasa konsultansi: Rp 100 juta), sejak 2025 konstruksi sampai Rp 400 juta.",
    ),
    remedy: both(
      "Take a method that the value allows; a package is never split to stay below.",
      "Gunakan metode sesuai nilainya; paket tidak boleh dipecah agar tetap di bawah batas.",
    ),
    versions: [
      {
        from: P54,
        until: P16,
        regulation: "Perpres 54/2010 Ps. 39 as changed by Perpres 70/2012",
        assurance: "setting",
        parameters: { upTo: { goods: 200 * JUTA, works: 200 * JUTA, services: 200 * JUTA, consulting: 50 * JUTA } },
      },
      {
        from: P16,
        until: P46,
        regulation: "Perpres 16/2018 Ps. 1 and 38; Perpres 12/2021",
        assurance: "secondary",
        parameters: { upTo: { goods: 200 * JUTA, works: 200 * JUTA, services: 200 * JUTA, consulting: 100 * JUTA } },
      },
      {
        from: P46,
        regulation: "Perpres 46/2025 Ps. 1 (40 and 40a) and 38",
        assurance: "secondary",
        parameters: { upTo: { goods: 200 * JUTA, works: 400 * JUTA, services: 200 * JUTA, consulting: 100 * JUTA } },
      },
    ],
  },
  "ending-accounts": {
    level: "warn",
    what: both(
      "At its end a contract's accounts are settled: advance paid back, fine taken, retention released; when broken, the guarantee is called and the supplier proposed for the blacklist.",
      "Saat berakhir, hak dan kewajiban diselesaikan: uang muka kembali, denda dipungut, retensi dilepas; bila diputus, jaminan dicairkan dan penyedia diusulkan masuk daftar hitam.",
    ),
    remedy: both(
      "Record what is still open, as named, before the contract is closed.",
      "Catat yang masih terbuka, seperti disebut, sebelum kontrak ditutup.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 93", assurance: "secondary", parameters: {} },
      { from: P16, regulation: "Perpres 16/2018 Ps. 57, 58 and 78", assurance: "secondary", parameters: {} },
    ],
  },
  "special-conditions": {
    level: "info",
    what: both(
      "What a contract's special conditions (SSKK) say goes before the defaults here; what they do not say, or what cannot be read, is as the rules of the day of signing have it.",
      "Syarat khusus kontrak (SSKK) mendahului nilai bawaan di sini; yang tidak disebut atau tidak terbaca mengikuti aturan pada hari penandatanganan.",
    ),
    remedy: both(
      "Correct `specialConditions` in the contract's details.",
      "Perbaiki `specialConditions` dalam rincian kontrak.",
    ),
    versions: [
      { from: P54, until: P16, regulation: "Perpres 54/2010 Ps. 52", assurance: "setting", parameters: {} },
      { from: P16, regulation: "PerLKPP 12/2021 (SSKK)", assurance: "setting", parameters: {} },
    ],
  },
  "value-added-tax": {
    level: "info",
    what: both(
      "PPN is within the contract's value; the treasurer takes it from what is paid. Luxuries have another rate.",
      "PPN termasuk dalam nilai kontrak; bendahara memungutnya dari pembayaran. Barang mewah bertarif lain.",
    ),
    remedy: both(
      "Say another rate in the special conditions (0 where the supplier levies none).",
      "Sebutkan tarif lain dalam syarat khusus kontrak (0 bila penyedia tidak memungut).",
    ),
    versions: [
      { from: P54, until: "2022-04-01", regulation: "UU PPN Ps. 7", assurance: "setting", parameters: { bps: 1_000 } },
      {
        from: "2022-04-01",
        regulation: "UU 7/2021 Ps. 7; PMK 131/2024 (12 % of 11/12)",
        assurance: "setting",
        parameters: { bps: 1_100 },
      },
    ],
  },
  "income-tax": {
    level: "info",
    what: both(
      "The treasurer withholds income tax from what is paid before PPN, by category and qualification of the supplier.",
      "Bendahara memotong PPh dari pembayaran sebelum PPN, menurut jenis pengadaan dan kualifikasi penyedia.",
    ),
    remedy: both(
      "Say the supplier's rate in the special conditions: it depends on his certificate and on his NPWP.",
      "Sebutkan tarif penyedia dalam syarat khusus kontrak: bergantung pada sertifikat dan NPWP.",
    ),
    versions: [
      {
        from: P54,
        until: "2022-02-21",
        regulation: "PP 51/2008; PMK 59/2022; UU PPh Ps. 22 and 23",
        assurance: "setting",
        parameters: {
          bps: { goods: 150, works: 300, services: 200, consulting: 200 },
          names: { goods: "PPh 22", works: "PPh 4(2)", services: "PPh 23", consulting: "PPh 23" },
        },
      },
      {
        from: "2022-02-21",
        regulation: "PP 9/2022; PMK 59/2022; UU PPh Ps. 22 and 23",
        assurance: "setting",
        parameters: {
          bps: { goods: 150, works: 265, services: 200, consulting: 200 },
          names: { goods: "PPh 22", works: "PPh 4(2)", services: "PPh 23", consulting: "PPh 23" },
        },
      },
    ],
  },
};

/** What contract code holds by itself: never asked once more here, but explained in the same table. */
const LEDGER_RULES: readonly { problem: LedgerProblem; exception?: ExceptionName; regulation: string }[] = [
  { problem: "scope-above-cap", exception: "scopeAboveCap", regulation: "Perpres 16/2018 Ps. 54" },
  { problem: "value-below-certified", exception: "valueBelowCertified", regulation: "Perpres 16/2018 Ps. 54" },
  { problem: "accepted-above-value", exception: "acceptedAboveValue", regulation: "Perpres 16/2018 Ps. 57" },
  { problem: "certified-above-value", exception: "certifiedAboveValue", regulation: "Perpres 16/2018 Ps. 53" },
  { problem: "certified-above-accepted", exception: "certifiedAboveAccepted", regulation: "PerLKPP 12/2021 7.14" },
  { problem: "recovered-above-advance", regulation: "Perpres 16/2018 Ps. 29" },
  { problem: "released-above-withheld", regulation: "Perpres 16/2018 Ps. 35" },
  { problem: "on-hold", regulation: "Perpres 16/2018 Ps. 53" },
  { problem: "document-exceeded", regulation: "PP 12/2019" },
  { problem: "award-exceeded", regulation: "Perpres 16/2018 Ps. 52" },
  { problem: "second-needed", regulation: "Perpres 16/2018 Ps. 9" },
];

/** A rule as it was in force on a day. */
export type RuleThen<N extends RuleName> = {
  readonly rule: N;
  readonly regulation: string;
  readonly assurance: Assurance;
  readonly parameters: RuleParameters[N];
};

/** The rule as on a day, a contract's day of signing; before the oldest version, the oldest. */
export type RuleBook = <N extends RuleName>(rule: N, day: Day) => RuleThen<N>;

/**
 * What an agency sets where a figure above is only a default: from that day on, over the version that was in force then;
 * parameters that are not named stay.
 */
export type RuleChange = {
  readonly rule: RuleName;
  readonly from: Day;
  readonly regulation: string;
  readonly parameters: Readonly<Record<string, unknown>>;
};

/**
 * The rules with an agency's changes, in their order; the table alone without any. A change counts for contracts signed
 * from its day on, so that one of the day of a version takes its place.
 * @param changes checked by `changeFault`
 */
export function ruleBook(changes: readonly RuleChange[]): RuleBook {
  const versions = new Map<RuleName, readonly Version<object>[]>(
    Object.entries(RULES).map(([name, rule]) => [name as RuleName, rule.versions]),
  );
  for (const { rule, from, regulation, parameters } of changes) {
    const known = versions.get(rule)!;
    const at = known.findLastIndex((each) => each.from <= from);
    const before = known[Math.max(at, 0)]!;
    const changed = {
      from,
      regulation,
      assurance: "agency" as const,
      parameters: { ...before.parameters, ...parameters },
    };
    versions.set(rule, known.toSpliced(at + 1, 0, changed));
  }
  return (rule, day) => {
    const known = versions.get(rule)!;
    const { regulation, assurance, parameters } = known.findLast(({ from }) => from <= day) ?? known[0]!;
    return { rule, regulation, assurance, parameters } as never;
  };
}

/** The rules as they stand above. */
export const ruleOn: RuleBook = ruleBook([]);

/** What is wrong with the parameters of a change: a name that the rule does not have, a value of another shape. */
export function changeFault({ rule, parameters }: Pick<RuleChange, "rule" | "parameters">): Words | undefined {
  const samples: Record<string, unknown> = Object.assign({}, ...RULES[rule].versions.map((each) => each.parameters));
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(samples, name)) {
      const names = Object.keys(samples).join(", ") || "–";
      return { en: `${rule} has no figure ${name}: ${names}`, id: `${rule} tidak memiliki angka ${name}: ${names}` };
    }
    if (!fits(value, samples[name]))
      return { en: `${rule}: ${name} has another shape`, id: `${rule}: bentuk ${name} lain` };
  }
  return undefined;
}

function fits(value: unknown, sample: unknown): boolean {
  if (typeof sample === "number") return typeof value === "number" && value >= 0 && Number.isInteger(value);
  if (Array.isArray(sample))
    return Array.isArray(value) && value.length > 0 && value.every((each) => fits(each, sample[0]));
  if (typeof sample !== "object" || sample === null) return typeof value === typeof sample;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const [own, shape] = [value as Record<string, unknown>, sample as Record<string, unknown>];
  return (
    Object.keys(own).length === Object.keys(shape).length &&
    Object.entries(own).every(([name, inner]) => Object.hasOwn(shape, name) && fits(inner, shape[name]))
  );
}

/** Minor units of whole rupiah. */
export const rupiah = (amount: Rupiah): bigint => BigInt(amount) * 100n;

/** Both tables in Markdown, for the reference. */
export function rulesTables(): { before: string; ledger: string } {
  const figures = (parameters: object) =>
    Object.entries(parameters)
      .map(([name, value]) => `${name} ${told(value)}`)
      .join("; ") || "–";
  const rows = Object.entries(RULES).flatMap(([name, rule]) => {
    const { level, what, remedy, exception, versions }: Rule<object> = rule;
    const lifted = exception === undefined ? "" : ` (unless \`${exception}\` is signed)`;
    return versions.map(({ from, until, regulation, assurance, parameters }, index) => {
      const text = index === 0 ? `${what.en} → ${remedy.en}<br>${what.id} → ${remedy.id}` : "as above";
      const span = `${from} – ${until ?? ""}`.trim();
      return `| \`${name}\` | ${level}${lifted} | ${span} | ${regulation} | ${assurance} | ${figures(parameters)} | ${text} |`;
    });
  });
  const ledger = LEDGER_RULES.map(
    ({ problem, exception, regulation }) =>
      `| [\`${problem}\`](problems.md) | ${exception === undefined ? "refused" : `refused, unless an approver signs \`${exception}\``} | ${regulation} |`,
  );
  return {
    before: [
      "| rule | level | from – before | regulation | assurance | figures | what it asks → what to do |",
      "|---|---|---|---|---|---|---|",
      ...rows,
    ].join("\n"),
    ledger: ["| rule | in the ledger | regulation |", "|---|---|---|", ...ledger].join("\n"),
  };

  function told(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(told).join(", ")}]`;
    if (typeof value === "object" && value !== null)
      return `(${Object.entries(value)
        .map(([name, inner]) => `${name} ${told(inner)}`)
        .join(", ")})`;
    if (value === NO_END) return "no end";
    return typeof value === "number" ? value.toLocaleString("en") : String(value);
  }
}
