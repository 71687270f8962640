import type { SourceRow } from "../../../migration/row.ts";
import type { TakenRows } from "../../../server/integrations/sink.ts";

// Invented packages in the shape of the ISB sets, with what each of their rows says.

export type Row = Record<string, string | null>;
/** The sets in the order in which a package goes through them. */
export const SETS = ["announcement", "result", "sppbj", "contract", "spmk", "bap"] as const;
export type SetName = (typeof SETS)[number];

export type PackageChoices = {
  key?: string;
  title?: string;
  satker?: string;
  supplier?: string;
  rup?: string;
  /** rupiah, as the source writes them */
  price?: string;
  value?: string;
  number?: string;
  /** days after `start` */
  start?: string;
  status?: string;
  addenda?: { version: string; value: string; on: string; number?: string; reason?: string }[];
  baps?: { number: string | null; bast: string; on: string; amount: string }[];
};

export const SATKER = "1.03.0.00.0.00.01.0000";
const midnight = (day: string) => `${day}T00:00:00.000000Z`;

/** A day so many days from `from`. */
export function day(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The rows of one non-tender package, by set. */
export function aPackage(choices: PackageChoices = {}): Record<SetName, Row[]> {
  const {
    key = "70000001",
    title = "Rehabilitasi Saluran Uji",
    satker = SATKER,
    supplier = "CV Sumber Uji",
    rup = "51000001",
  } = choices;
  const { price = "150000000", value = price, number = "602/7/SPK/2026", start = "2026-03-02" } = choices;
  const { status = "Kontrak Sedang Berjalan", addenda = [], baps = [] } = choices;
  const head = {
    tahun_anggaran: "2026",
    kd_klpd: "D999",
    nama_klpd: "Kab. Uji",
    jenis_klpd: "KABUPATEN",
    kd_satker: "1",
    kd_satker_str: satker,
    nama_satker: "Dinas Uji",
    kd_lpse: "9",
  };
  const common = { ...head, kd_nontender: key, nama_paket: title };
  const method = {
    mtd_pemilihan: "Pengadaan Langsung",
    jenis_pengadaan: "Pekerjaan Konstruksi",
    sumber_dana: "APBD",
    mak: "5.1.02.02.08.0009",
    kd_rup: rup,
    pagu: "160000000",
    hps: "155000000",
  };
  const winner = { nama_penyedia: supplier, npwp_penyedia: null, npwp16_penyedia: null, bentuk_usaha_penyedia: null };
  const announced = midnight(start);
  const version = (of: string, more: Row = {}): Row => ({
    ...{
      apakah_addendum: of === "0" ? "Tidak" : "Ya",
      versi_addendum: of,
      alasan_addendum: null,
      alasan_ubah_nilai_kontrak: null,
      status_kontrak: status,
    },
    ...more,
  });
  const letter = `${number}/SPPBJ`;
  const signed = { no_sppbj: letter, no_kontrak: number, tgl_kontrak: midnight(day(start, 20)) };
  return {
    announcement: [{ ...common, ...method, status_nontender: "Selesai", tgl_pengumuman_nontender: announced }],
    result: [
      {
        ...common,
        ...method,
        ...winner,
        status_nontender: "Selesai",
        nilai_penawaran: price,
        nilai_negosiasi: price,
        nilai_kontrak: null,
        tgl_pengumuman_nontender: announced,
        tgl_selesai_nontender: midnight(day(start, 10)),
      },
    ],
    sppbj: [{ ...common, ...winner, no_sppbj: letter, tgl_sppbj: midnight(day(start, 15)), harga_final: price }],
    contract: [
      {
        ...common,
        ...winner,
        ...signed,
        ...version("0"),
        nilai_kontrak: value,
        tgl_kontrak_awal: null,
        tgl_kontrak_akhir: null,
        lingkup_pekerjaan: "<p>Saluran &amp; bak</p>",
      },
      ...addenda.map(({ version: of, value: worth, on, number: own = number, reason = "Perubahan lapangan" }) => ({
        ...{
          ...common,
          ...winner,
          no_sppbj: letter,
          no_kontrak: own,
          tgl_kontrak: midnight(on),
          ...version(of, { alasan_addendum: reason }),
        },
        ...{ nilai_kontrak: worth, tgl_kontrak_awal: null, tgl_kontrak_akhir: null, lingkup_pekerjaan: null },
      })),
    ],
    spmk: [
      {
        ...common,
        ...winner,
        ...signed,
        no_spmk_spp: `${number}/SPMK`,
        tgl_spmk_spp: midnight(day(start, 21)),
        tgl_mulai_pekerjaan: midnight(day(start, 21)),
        tgl_selesai_pekerjaan: midnight(day(start, 81)),
        waktu_penyelesaian: "60 (enam puluh) hari kalender",
        versi_addendum: "0",
      },
    ],
    bap: baps.map(({ number: bap, bast, on, amount }) => ({
      ...{ ...common, ...winner, ...signed, ...version("0"), no_bast: bast, tgl_bast: midnight(on), no_bap: bap },
      ...{ tgl_bap: midnight(on), besar_pembayaran: amount, _inserted_date: "2026-09-01", nilai_kontrak: value },
    })),
  };
}

/** Rows as a connector hands them over. */
export function batchOf(job: string, rows: readonly Row[], capture = "c".repeat(64)): TakenRows {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const values: SourceRow[] = rows.map((row, index) => ({
    ...{ row: index + 1, at: `element ${index + 1}`, values: columns.map((name) => row[name] ?? null) },
  }));
  return { job, table: job, capture, columns, rows: values };
}
