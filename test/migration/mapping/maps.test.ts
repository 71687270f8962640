import { expect } from "chai";
import type { References } from "../../../migration/mapping/references.ts";
import { ourMaps } from "../../../migration/mapping/suggest-maps.ts";
import { UNRECORDABLE } from "../../../server/domain/entries/split.ts";
import { check } from "../../../server/domain/ocds/check.ts";
import { OUR_EXTENSIONS } from "../../../server/domain/ocds/own-extension.ts";
import { mapped, npwp, type Row } from "./rows.ts";

const firm = npwp("82603327");
const core = firm.slice(0, 9);
const head: Row = {
  tahun_anggaran: "2025",
  kd_klpd: "D107",
  nama_klpd: "Kab. Tirtaraya",
  kd_satker: "2055093",
  kd_satker_str: "1.03.0",
  nama_satker: "DINAS PU",
  kd_lpse: "93",
};
const supplier: Row = {
  nama_penyedia: "CV. MAJU JAYA",
  npwp_penyedia: firm,
  npwp_16_penyedia: `0${firm}`,
  bentuk_usaha_penyedia: "Persekutuan Komanditer (CV / Commanditer Venoschaap )",
};
const listed = (...values: (string | null)[]): Row =>
  Object.fromEntries(values.map((value, at) => [String(at + 1), value]));
const rows = (entries: Record<string, (string | null)[]>) => new Map(Object.entries(entries));

const references: References = {
  units: rows({ "10": ["55", "60528579"] }),
  agencies: rows({ "55": ["1.03.0", "DINAS PU"] }),
  procedures: rows({ "20": ["10"] }),
  suppliers: rows({ "30": ["CV. MAJU JAYA", firm] }),
  contracts: rows({ "602/7/SPK": ["1", "3", "1", "2"] }),
};

const announcement = (kind: string): Row => ({
  ...head,
  [`kd_${kind}`]: "451",
  nama_paket: "Jalan &amp; Jembatan",
  pagu: "1000",
  hps: "999.5",
  kd_rup: "1;2",
  sumber_dana: "APBD",
  mak: "5.1.",
  jenis_pengadaan: "Pekerjaan Konstruksi",
  mtd_pemilihan: "Tender",
  [`status_${kind}`]: "Selesai",
  [`tgl_pengumuman_${kind}`]: "2025-03-24 16:00:00.000000Z",
});

type Expected = { row: Row; gives: Record<string, unknown>; kinds?: string[] };

/** A row in the shape of each map, made up, and what must come of it: paths into the fragment of that kind. */
const CASES: Record<string, Expected[]> = {
  "isb-satker": [
    {
      row: { kd_satker: "60420", kd_satker_str: "2.12.0", nama_satker: "DINAS  X", kd_klpd: "D107" },
      gives: { key: "2.12.0", name: "DINAS X", parent: "D107", codes: ["2.12.0", "60420"] },
    },
  ],
  "isb-budget": [
    {
      row: { ...head, belanja_operasi: "5", belanja_pengadaan: "7", total_belanja: "12" },
      gives: { key: "budget-1.03.0-2025", agency: "1.03.0", value: "1200", "record.procurement.amount": 7 },
    },
    {
      row: { ...head, tahun_anggaran: null, belanja_operasi: null, belanja_pengadaan: null, total_belanja: null },
      gives: {},
      kinds: [],
    },
  ],
  "isb-tender-announcement": [
    {
      row: announcement("tender"),
      gives: {
        key: "451",
        agency: "1.03.0",
        by: "DINAS PU",
        at: "2025-03-24T09:00:00Z",
        "release.tender.title": "Jalan & Jembatan",
        "release.tender.value.amount": 999.5,
        "release.tender.status": "complete",
        "release.tender.procurementMethod": "open",
        "release.tender.mainProcurementCategory": "works",
        "release.planning.budget.projectID": "1; 2",
        "release.planning.budget.amount.amount": 1000,
      },
    },
    // the names of 2022
    {
      row: {
        kd_satker: "427944;664941",
        nama_satker: "A;B",
        kd_tender: "7",
        kd_rup_paket: "3",
        nama_paket: "Kajian",
        pagu: "5",
        hps: "5",
        ang: "APBN",
        jenis_pengadaan: "Jasa Konsultansi Perorangan",
        mtd_pemilihan: "Seleksi",
        nama_status_tender: "Aktif",
        tgl_pengumuman_tender: "2021-10-19 20:30:00",
      },
      gives: {
        agency: "427944",
        "release.planning.budget.description": "APBN",
        "release.planning.budget.projectID": "3",
        "release.tender.status": "active",
        at: "2021-10-19T13:30:00Z",
      },
    },
  ],
  "isb-nontender-announcement": [
    { row: announcement("nontender"), gives: { key: "451", at: "2025-03-24T09:00:00Z", "release.tender.id": "451" } },
    {
      row: {
        kd_satker: "017312",
        nama_satker: "X",
        kd_nontender: "9",
        kd_rup_paket: "3",
        nama_paket: "Sewa",
        pagu: "5",
        hps: "5",
        anggaran: "PHLN",
        kategori_pengadaan: "Jasa Lainnya",
        metode_pengadaan: "Penunjukan Langsung",
        tanggal_buat_paket: "2021-04-05",
        tanggal_pengumuman_nontender: null,
        nama_status_nontender: "Draft",
      },
      gives: {
        "release.tender.procurementMethod": "direct",
        "release.tender.mainProcurementCategory": "services",
        "release.tender.status": "planning",
        "release.planning.budget.description": "PHLN",
        at: undefined,
      },
    },
  ],
  "isb-tender-finished": [
    {
      row: { ...announcement("tender"), tgl_penetapan_pemenang: "2025-04-21 16:00:00" },
      gives: { "release.tender.awardPeriod.endDate": "2025-04-21T09:00:00Z", "release.awards": undefined },
    },
  ],
  "isb-tender-result": [
    {
      row: {
        ...head,
        ...supplier,
        kd_tender: "451",
        nilai_penawaran: "9",
        nilai_terkoreksi: "8",
        nilai_negosiasi: null,
        nilai_kontrak: null,
        pagu: "10",
        hps: "10",
        tgl_penetapan_pemenang: "2025-11-03",
      },
      gives: {
        "release.awards.0.value.amount": 8,
        "release.awards.0.suppliers.0.id": `npwp:${core}`,
        "release.awards.0.date": "2025-11-03T00:00:00Z",
      },
      kinds: ["supplier", "process"],
    },
    {
      row: {
        ...head,
        kd_tender: "451",
        nilai_penawaran: null,
        nama_penyedia: null,
        tgl_penetapan_pemenang: "2025-11-03",
      },
      gives: { "release.awards": undefined },
      kinds: ["process"],
    },
  ],
  "isb-nontender-result": [
    {
      row: {
        ...announcement("nontender"),
        ...supplier,
        nilai_penawaran: "9",
        nilai_kontrak: "7",
        tgl_selesai_nontender: "2025-01-08 23:59:00",
      },
      gives: { "release.awards.0.value.amount": 7, "release.awards.0.date": "2025-01-08T16:59:00Z" },
    },
  ],
  "isb-tender-sppbj": [
    {
      row: {
        ...head,
        ...supplier,
        kd_tender: "451",
        nama_paket: "Jalan",
        no_sppbj: " 027/05 ",
        tgl_sppbj: "2025-05-28T00:00:00.000000Z",
        harga_final: "157293523.57",
      },
      gives: {
        "release.awards.0.id": "451-1",
        "release.awards.0.value.amount": 157293523.57,
        "release.awards.0.documents.0.title": "SPPBJ 027/05",
      },
    },
  ],
  "isb-nontender-sppbj": [
    {
      row: {
        ...head,
        ...supplier,
        kd_nontender: "451",
        nama_paket: "Jalan",
        no_sppbj: "0",
        tgl_sppbj: null,
        harga_final: "1",
      },
      gives: { "release.awards.0.id": "451-1", "release.awards.0.documents": undefined },
    },
  ],
  "isb-tender-contract": [
    {
      row: {
        ...head,
        ...supplier,
        kd_tender: "451",
        nama_paket: "Jalan",
        no_kontrak: "SP/1",
        tgl_kontrak: "2024-02-29T00:00:00Z",
        tgl_kontrak_awal: "2024-02-29T00:00:00Z",
        tgl_kontrak_akhir: "2024-05-01T00:00:00Z",
        nilai_kontrak: "5",
        status_kontrak: "Pemutusan Kontrak",
        versi_addendum: "0",
      },
      gives: {
        "contracts.451-1.status": "terminated",
        "release.contracts.0.status": "terminated",
        "release.contracts.0.period.endDate": "2024-05-01T00:00:00Z",
      },
    },
  ],
  "isb-nontender-contract": [
    {
      row: {
        ...head,
        ...supplier,
        kd_nontender: "451",
        nama_paket: "Jalan",
        no_kontrak: "-",
        tgl_kontrak: null,
        nilai_kontrak: "5",
        status_kontrak: null,
        versi_addendum: null,
      },
      gives: { "contracts.451-1.value": "500", "release.contracts.0.description": undefined },
    },
  ],
  "isb-tender-spmk": [
    {
      row: {
        ...head,
        ...supplier,
        kd_tender: "451",
        nama_paket: "Jalan",
        no_spmk_spp: "S/1",
        tgl_spmk_spp: "2025-07-16T00:00:00Z",
        tgl_mulai_pekerjaan: "Jul 16, 2025, 12:00:00AM",
        tgl_selesai_pekerjaan: "Sep 28, 2025, 12:00:00AM",
        waktu_penyelesaian: "75 Hari",
      },
      gives: { "release.contracts.0.period": { startDate: "2025-07-16T00:00:00Z", endDate: "2025-09-28T00:00:00Z" } },
    },
  ],
  "isb-nontender-spmk": [
    {
      row: {
        ...head,
        ...supplier,
        kd_nontender: "451",
        nama_paket: "Jalan",
        no_spmk_spp: "S/1",
        tgl_mulai_pekerjaan: "Jul 16, 2025, 12:00:00AM",
        tgl_selesai_pekerjaan: null,
        waktu_penyelesaian: "30 (tiga puluh) hari kalender",
      },
      gives: { "release.contracts.0.period": { startDate: "2025-07-16T00:00:00Z", durationInDays: 30 } },
    },
  ],
  "isb-nontender-bap": [
    {
      row: {
        ...head,
        ...supplier,
        kd_nontender: "451",
        no_kontrak: "S",
        no_bast: "B/1",
        tgl_bast: "2025-02-28T00:00:00.000000Z",
        no_bap: "P/1",
        tgl_bap: "2025-03-03T00:00:00.000000Z",
        besar_pembayaran: "6627000.5",
        status_kontrak: "Kontrak Selesai",
      },
      gives: {
        "contracts.451-1": {
          status: "completed",
          documents: [{ kind: "certificate", number: "P/1", amount: "662700050", on: "2025-03-03T00:00:00Z" }],
          deeds: [{ kind: "delivery", number: "B/1", on: "2025-02-28T00:00:00Z" }],
          currency: "IDR",
        },
        "release.contracts.0.implementation.milestones.0.dateMet": "2025-02-28T00:00:00Z",
      },
    },
    {
      row: {
        ...head,
        kd_nontender: "451",
        no_bast: "-",
        no_bap: "-",
        tgl_bap: "2025-03-03T00:00:00.000000Z",
        besar_pembayaran: "73040000",
      },
      gives: {
        "contracts.451-1.documents.0.number": "tanpa nomor, 2025-03-03, 7304000000 sen",
        "release.contracts.0.implementation.milestones": undefined,
      },
    },
  ],
  "isb-tender-bap": [
    {
      row: { ...head, kd_tender: "451", no_bap: "P/1", besar_pembayaran: "1" },
      gives: { "contracts.451-1.documents.0.amount": "100" },
    },
  ],
  "isb-nontender-realization": [
    {
      row: {
        ...head,
        ...supplier,
        kd_nontender_pct: "77",
        nama_paket: "ATK",
        pagu: "9",
        kd_rup_paket: "4",
        jenis_realisasi: "Kwitansi",
        no_realisasi: "BKU_086",
        tgl_realisasi: "2024-04-16T00:00:00.000000Z",
        nilai_realisasi: "551000",
      },
      gives: {
        "contracts.77-2024-04-16-BKU-086": {
          status: "completed",
          number: "BKU_086",
          value: "55100000",
          version: 0,
          firstValue: "55100000",
          documents: [{ kind: "payment", number: "BKU_086", amount: "55100000", on: "2024-04-16T00:00:00Z" }],
          currency: "IDR",
        },
      },
    },
    {
      row: {
        ...head,
        kd_nontender_pct: "77",
        nama_paket: "ATK",
        jenis_realisasi: "Surat Perjanjian",
        no_realisasi: "-",
        tgl_realisasi: "2024-04-16T00:00:00.000000Z",
        nilai_realisasi: "5",
        nama_penyedia: null,
        npwp_penyedia: null,
      },
      gives: {
        "contracts.77-2024-04-16-500": {
          status: "active",
          value: "500",
          version: 0,
          firstValue: "500",
          currency: "IDR",
        },
      },
      kinds: ["process"],
    },
  ],
  "lpse-winners": [
    {
      row: {
        kd_lelang: "255624",
        kd_satker: "23999",
        nama_satker: "DINAS PU",
        nama_paket: "Premi",
        hasil_lelang: "1259743334",
        nama_pemenang: "PT. X",
        npwp_pemenang: firm,
        hps: "1620411318",
        tgl_pengumuman: "2013-12-02",
        nilai_kontrak: "",
        tanggal_kontrak: "",
        tanggal_akhir_lelang: "2014-01-06",
        sumber_dana: "APBD",
        kategori: "Jasa Lainnya",
        pagu: "1959000000",
      },
      gives: {
        key: "255624",
        agency: "23999",
        "release.awards.0.value.amount": 1259743334,
        "release.tender.tenderPeriod.endDate": "2014-01-06T00:00:00Z",
        contracts: undefined,
      },
    },
  ],
  "spse4-listing": [
    {
      row: listed(
        "4924259",
        "Stadion <span class='label label-warning'>Tender Ulang</span>",
        "Pemerintah Kota X",
        "Tender Sudah Selesai",
        "399 Jt",
        "Pasca",
        "Tender",
        "Gugur",
        "Pekerjaan Konstruksi - TA 2019, 2020",
        "3",
        "Rp 383.900.000,00",
        null,
        null,
        "0",
      ),
      gives: {
        "release.tender.title": "Stadion",
        "release.tender.value.amount": 399000000,
        "release.planning.budget.description": "Tahun anggaran 2019, 2020",
        "release.tender.mainProcurementCategory": "works",
      },
      kinds: ["process", "record"],
    },
  ],
  "spse45-tender-listing": [
    {
      row: listed(
        "1",
        "Paket",
        "KEMENTERIAN X",
        "Tender Sedang Berlangsung",
        "",
        "2025",
        "",
        "",
        "Jasa Konsultansi - 2025",
      ),
      gives: {
        "release.tender.status": "active",
        "release.tender.mainProcurementCategory": "services",
        "release.tender.value": undefined,
      },
    },
  ],
  "spse45-nontender-listing": [
    {
      row: listed(
        "1",
        "Paket",
        "KEMENTERIAN X",
        "67,4 Jt",
        "Pengadaan Langsung",
        "Jasa Lainnya",
        "2026",
        "5",
        "Paket Sudah Selesai",
      ),
      gives: { "release.tender.status": "complete", "release.tender.value.amount": 67400000 },
    },
  ],
  "spse45-selfmanaged-listing": [
    {
      row: listed("1", "Paket", "KEMENTERIAN X", "176,3 Jt", "5", "2026", "5", "Paket Sedang Berjalan"),
      gives: { "release.tender.procurementMethodDetails": "Swakelola", "release.tender.value.amount": 176300000 },
    },
  ],
  "sirup-plan": [
    {
      row: {
        id: "688568",
        id_satker: "58004",
        nama_satker: "DINAS PU",
        nama: "Pengawasan",
        kegiatan: "Jalan",
        motode_str: "Lelang",
        total_pagu: "37483600",
        mak: "1.03,1.04",
        sumber_dana_string: "APBD",
        tanggal_awal_pengadaan: "1391097600000",
        tanggal_akhir_pekerjaan: "2014-12-31",
        last_update_time: "1393222414168",
      },
      gives: {
        key: "688568",
        agency: "58004",
        at: "2014-02-24T06:13:34Z",
        "release.planning.budget.id": "1.03; 1.04",
        "release.planning.milestones.0.dueDate": "2014-01-31T00:00:00Z",
      },
    },
  ],
  "spse-db-paket": [
    {
      row: { pkt_id: "10", pkt_nama: "Jalan", pkt_pagu: "10.0000", pkt_hps: "9.5000", kgr_id: "0", pkt_flag: "3" },
      gives: {
        key: "10",
        agency: "1.03.0",
        "release.tender.mainProcurementCategory": "goods",
        "release.planning.budget.projectID": "60528579",
      },
    },
  ],
  "spse-db-paket-nontender": [
    {
      row: { pkt_id: "10", pkt_nama: "Jalan", pkt_pagu: "10", kgr_id: "2" },
      gives: { "release.tender.mainProcurementCategory": "works" },
    },
  ],
  "spse-db-lelang": [
    {
      row: {
        lls_id: "20",
        pkt_id: "10",
        lls_status: "1",
        lls_versi_lelang: "2",
        auditupdate: "2020-01-02 03:04:05.678",
      },
      gives: { key: "10", "release.tender.status": "active", at: "2020-01-01T20:04:05Z" },
    },
  ],
  "spse-db-lelang-nontender": [
    { row: { lls_id: "20", pkt_id: "10", lls_status: "2" }, gives: { "release.tender.status": "unsuccessful" } },
  ],
  "spse-db-peserta": [
    {
      row: {
        psr_id: "1",
        lls_id: "20",
        rkn_id: "30",
        psr_harga: "9.0000",
        psr_harga_terkoreksi: "8.5000",
        is_pemenang: "1",
      },
      gives: { key: "10", "release.awards.0.value.amount": 8.5, "release.awards.0.suppliers.0.name": "CV MAJU JAYA" },
      kinds: ["supplier", "process"],
    },
    {
      row: { psr_id: "1", lls_id: "20", rkn_id: "30", psr_harga: "9", is_pemenang: "0" },
      gives: {},
      kinds: ["supplier"],
    },
  ],
  "spse-db-peserta-nontender": [
    {
      row: { psr_id: "1", lls_id: "20", rkn_id: "30", psr_harga: "9", is_pemenang: "1" },
      gives: { "release.awards.0.value.amount": 9 },
    },
  ],
  "spse-db-rekanan": [
    {
      row: { rkn_id: "30", rkn_nama: "cv.maju jaya", rkn_npwp: firm },
      gives: { key: `npwp:${core}`, name: "CV maju jaya" },
    },
  ],
  "spse-db-evaluasi": [
    {
      row: { psr_id: "1", eva_id: "5", nev_harga: "9.0000", nev_lulus: "1" },
      gives: { key: "evaluation-5-1", value: "900", "record.passed": true },
    },
  ],
  "spse-db-anggaran": [
    {
      row: { ang_id: "3", ang_tahun: "2020", sbd_id: "APBD", ang_koderekening: "5.2.3.", ang_nilai: "7", stk_id: "55" },
      gives: { key: "budget-line-3", agency: "1.03.0", value: "700", "record.account": "5.2.3" },
    },
  ],
  "spse-db-satker": [
    {
      row: { stk_id: "55", stk_nama: "DINAS PU", stk_kode: "1.03.0" },
      gives: { key: "1.03.0", codes: ["1.03.0", "55"] },
    },
  ],
  "simda-kontrak": [
    {
      row: {
        Tahun: "2019",
        No_Kontrak: "602/7/SPK",
        Kd_Urusan: "1",
        Kd_Bidang: "3",
        Kd_Unit: "1",
        Kd_Sub: "2",
        Tgl_Kontrak: "2019-05-06 00:00:00",
        Keperluan: "Jalan",
        Waktu: "90 hari",
        Nilai: "24300000.0000",
        Nm_Perusahaan: "CV. MAJU JAYA",
        Bentuk: "CV",
        NPWP: firm,
      },
      gives: {
        key: "2019-602-7-SPK",
        agency: "1.3.1.2",
        "contracts.2019-602-7-SPK-1.firstValue": "2430000000",
        "release.contracts.0.period.durationInDays": 90,
      },
    },
  ],
  "simda-addendum": [
    {
      row: {
        Tahun: "2019",
        No_Kontrak: "602/7/SPK",
        No_Addendum: "ADD-2",
        Tgl_Addendum: "2019-07-01",
        Keperluan: "tambah",
        Nilai: "25",
      },
      gives: {
        key: "2019-602-7-SPK",
        agency: "1.3.1.2",
        "contracts.2019-602-7-SPK-1.version": 2,
        "release.contracts.0.amendments.0.id": "ADD-2",
      },
    },
    {
      row: {
        Tahun: "2019",
        No_Kontrak: "602/7/SPK",
        No_Addendum: "602/9/ADD/2019",
        Tgl_Addendum: "2019-07-01",
        Keperluan: "x",
        Nilai: "25",
      },
      gives: { "contracts.2019-602-7-SPK-1.version": undefined },
    },
  ],
  "simda-sp2d": [
    {
      row: {
        Tahun: "2019",
        No_SP2D: "10236",
        Tgl_SP2D: "2019-06-01 00:00:00",
        No_SPM: "5/SPM",
        Jn_SPM: "LS",
        Nilai: "123.4500",
        No_Kontrak: "602/7/SPK",
        Kd_Urusan: "1",
        Kd_Bidang: "3",
        Kd_Unit: "1",
        Kd_Sub: "2",
      },
      gives: {
        key: "2019/10236",
        agency: "1.3.1.2",
        contract: "602/7/SPK",
        value: "12345",
        on: "2019-06-01T00:00:00Z",
      },
    },
    {
      row: {
        No_SP2D: "3116/LS/XI/2019",
        Tgl_SP2D: "2019-11-05",
        TglCair: "2019-11-07",
        Nilai: "5",
        Nm_Penerima: "Adi Samaran",
        Rek_Penerima: "0012010001",
      },
      gives: { key: "3116/LS/XI/2019", on: "2019-11-07T00:00:00Z", contract: undefined },
    },
    {
      row: { nomor_sp_2_d: "9", nilai_sp_2_d: "7.5", tanggal_sp_2_d: "2024-01-02", nomor_spm: "8", kode_skpd: "1.03" },
      gives: { key: "9", agency: "1.03", value: "750" },
    },
  ],
  "oss-nib": [
    {
      row: { nib: "8120010203040", nama_perseroan: "PT MAJU", npwp_perseroan: null, jenis_perseroan: "26" },
      gives: { key: "nib:8120010203040", nib: "8120010203040", name: "PT MAJU", form: "PT", person: false },
    },
  ],
  ocds: [
    {
      row: {
        ocid: "ocds-x-1",
        date: "2020-01-01T00:00:00Z",
        release: '{"ocid":"ocds-x-1","buyer":{"id":"A","name":"DINAS"},"tender":{"id":"t","title":"Jalan"}}',
      },
      gives: { key: "ocds-x-1", agency: "A", "release.tender.title": "Jalan" },
    },
  ],
};

const at = (value: unknown, path: string): unknown => {
  // ids of contracts have points and hyphens: the longest name that is there counts
  const walk = (inner: unknown, steps: string[]): unknown => {
    if (steps.length === 0) return inner;
    for (let length = steps.length; length > 0; length--) {
      const name = steps.slice(0, length).join(".");
      if (typeof inner === "object" && inner !== null && name in inner)
        return walk((inner as Record<string, unknown>)[name], steps.slice(length));
    }
    return undefined;
  };
  return walk(value, path.split("."));
};

describe("each map for a migration that comes with the software", () => {
  it("has a row here; those of money for connectors stand in test/integrations/finance", () => {
    expect(Object.keys(CASES).toSorted()).to.deep.equal(
      ourMaps()
        .map(({ spec }) => spec.id)
        .filter((id) => !/^(finance|bank)-/.test(id))
        .toSorted(),
    );
  });

  for (const [id, cases] of Object.entries(CASES))
    for (const [index, { row, gives, kinds }] of cases.entries())
      it(`${id} maps a row of its shape${index === 0 ? "" : ` (${index + 1})`}`, () => {
        const { fragments, faults } = mapped(id, row, { references });
        expect(faults).to.deep.equal([]);
        if (kinds !== undefined) expect(fragments.map(({ entity }) => entity)).to.deep.equal(kinds);
        const main = fragments.find(({ entity }) => entity !== "supplier") ?? fragments[0];
        for (const [path, expected] of Object.entries(gives)) expect(at(main, path), path).to.deep.equal(expected);
        for (const fragment of fragments) {
          if (fragment.entity !== "process") continue;
          const release = {
            ocid: "ocds-tirta-1",
            id: "1",
            date: "2026-01-01T00:00:00Z",
            tag: ["tender"],
            initiationType: "tender",
            ...fragment.release,
          };
          const wrong = check(release, { extensions: [...OUR_EXTENSIONS] }).faults.filter(
            ({ level, rule }) => level === "error" || (UNRECORDABLE.has(rule) && rule !== "reference-unresolved"),
          );
          expect(wrong).to.deep.equal([]);
        }
      });
});
