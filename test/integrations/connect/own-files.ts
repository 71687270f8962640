import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import iconv from "iconv-lite";
import { texts, workbook } from "../../migration/sources/workbook.ts";
import { camt, mt940 } from "../finance/statements.ts";
import { aPackage, type Row } from "../procurement/feeds.ts";

// A folder as somebody brings it: exports of several systems, each in its own way, and what lies about among them.

/** Persons and accounts that stand in these files, and in nothing that is said of them. */
export const PRIVATE = ["BUDI SAMARAN", "3204141811690019", "0019998887771", "0010001234567"];
export const OFFICE = "1.03.0.00.0.00.01.0000";
export const TREASURY_CODE = "5.02.0.00.0.00.01.0000";

const csv = (rows: readonly (readonly string[])[], delimiter: string) =>
  rows
    .map((row) => row.join(delimiter))
    .join("\r\n")
    .concat("\r\n");

const REGISTER = [
  ...[
    "Nomor SP2D",
    "Tanggal SP2D",
    "Nilai SP2D",
    "Nilai Netto",
    "Jenis SP2D",
    "Kode SKPD",
    "Nama SKPD",
    "Nomor Kontrak",
  ],
  ...["Uraian", "Nama Penerima", "NPWP", "Nomor Rekening"],
];
const payment = (number: number, day: string, amount: string, purpose: string) => [
  ...[`${number}/LS/2026`, day, amount, amount, "LS", OFFICE, "Dinas Uji", "602/7/SPK/2026", purpose],
  ...["BUDI SAMARAN", "3204141811690019", "0019998887771"],
];

/** Writes it; gives how many rows each job will read, by its map. */
export async function writeOwnFiles(folder: string): Promise<Record<string, number>> {
  const put = async (name: string, content: string | Uint8Array) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  };
  // SPSE, as ISB gives it; one set in an object, one as lines
  const sets = [aPackage({ baps: [] }), aPackage({ key: "70000002", satker: TREASURY_CODE })];
  const of = (name: keyof (typeof sets)[0]): Row[] => sets.flatMap((set) => set[name]);
  await put("isb/32_pengumuman.json", JSON.stringify(of("announcement")));
  await put("isb/33_kontrak.json", JSON.stringify({ meta: { page: 1 }, data: of("contract") }));
  await put(
    "isb/34_spmk.jsonl",
    of("spmk")
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  await put(
    "isb/17_satker.json",
    JSON.stringify([
      { kd_satker: "60412", kd_satker_str: OFFICE, nama_satker: "DINAS UJI", kd_klpd: "D999" },
      { kd_satker: "60413", kd_satker_str: TREASURY_CODE, nama_satker: "BADAN KEUANGAN UJI", kd_klpd: "D999" },
    ]),
  );
  // an office's register, month by month; characters beyond ASCII in one file alone
  await put(
    "register/sp2d-2026-01.csv",
    iconv.encode(
      csv([REGISTER, payment(1, "05-01-2026", "1.500.000,00", "Rehabilitasi “Saluran” – termin 1")], ";"),
      "win1252",
    ),
  );
  await put("register/sp2d-2026-02.csv", csv([REGISTER, payment(2, "06-02-2026", "2.500.000,00", "Termin 2")], ";"));
  // the same of another office as a workbook: titles above the header, decimal points, a sheet of explanations
  const plainRegister = [...REGISTER.slice(0, 2), "Nilai SP2D", "Uraian"];
  await put(
    "bendahara/daftar 2026.xlsx",
    await workbook({
      sheets: [
        {
          name: "Daftar",
          rows: [
            texts(1, "DAFTAR SP2D TAHUN 2026"),
            texts(3, ...plainRegister),
            texts(4, "900/LS/2026", "2026-03-01", "750000.50", "Belanja alat"),
            texts(5, "901/LS/2026", "2026-03-02", "810000.25", "Belanja bahan"),
          ].join(""),
        },
        { name: "Petunjuk", rows: texts(1, "Cara mengisi") + texts(2, "Isi setiap baris") },
      ],
    }),
  );
  // SIMDA by table, one looked up in others
  await put(
    "simda/Ta_SPM.csv",
    csv(
      [
        ["Tahun", "No_SPM", "No_SPP", "Jn_SPM", "Uraian"],
        ["2026", "1/SPM", "1/SPP", "3", "Kantor – uji"],
      ],
      ",",
    ),
  );
  await put(
    "simda/Ta_SPM_Pot.csv",
    csv(
      [
        ["Tahun", "No_SPM", "Kd_Pot_Rek", "Nilai"],
        ["2026", "1/SPM", "4", "10000"],
      ],
      ",",
    ),
  );
  await put(
    "simda/Ref_Pot_SPM_Rek.csv",
    csv(
      [
        ["Kd_Pot_Rek", "Kd_Pot"],
        ["4", "1"],
      ],
      ",",
    ),
  );
  await put(
    "simda/Ref_Pot_SPM.csv",
    csv(
      [
        ["Kd_Pot", "Nm_Pot"],
        ["1", "PPN"],
      ],
      ",",
    ),
  );
  await put(
    "simda/Ta_Kontrak.csv",
    csv(
      [
        [
          "Tahun",
          "No_Kontrak",
          "Tgl_Kontrak",
          "Nilai",
          "Nm_Perusahaan",
          "Kd_Urusan",
          "Kd_Bidang",
          "Kd_Unit",
          "Kd_Sub",
          "Keperluan",
        ],
        ["2026", "602/7/SPK/2026", "2026-03-02", "150000000.0000", "CV Sumber Uji", "1", "3", "1", "2", "Saluran"],
      ],
      ",",
    ),
  );
  // SIPKD: a database for each year, whose rows tell none
  await put(
    "sipkd 2025/SP2DDETR.csv",
    csv(
      [
        ["NOSP2D", "MTGKEY", "KDKEGUNIT", "NILAI"],
        ["250", "m1", "k1", "5.5"],
      ],
      "|",
    ),
  );
  await put(
    "sipkd 2025/MATANGR.csv",
    csv(
      [
        ["MTGKEY", "KDPER"],
        ["m1", "5.2.2.03.05."],
      ],
      "|",
    ),
  );
  await put(
    "sipkd 2025/MKEGIATAN.csv",
    csv(
      [
        ["KDKEGUNIT", "NUKEG"],
        ["k1", "15.02."],
      ],
      "|",
    ),
  );
  // statements of one bank in three ways
  const entry = {
    minor: -150_000_000n,
    on: "2026-01-06",
    text: "SP2D 1/LS/2026",
    party: "BUDI SAMARAN",
    partyAccount: "0019998887771",
  };
  await put("bank/rkud-01.sta", mt940([{ opening: 900_000_000n, entries: [entry] }]));
  await put("bank/rkud-02.sta", mt940([{ opening: 750_000_000n, entries: [{ ...entry, minor: -1_00n }] }]));
  await put("bank/giro.xml", camt([{ opening: 900_000_000n, entries: [entry, { ...entry, minor: 5_00n }] }]));
  await put("bank/pain.xml", '<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"/>');
  await put(
    "bank/mutasi.txt",
    csv(
      [
        ["Tanggal", "Keterangan", "Debet", "Kredit", "Saldo"],
        ["07-01-2026", "SP2D 2", "2500000.00", "0", "1.00"],
        ["08-01-2026", "Setoran", "0", "5.50", "6.50"],
      ],
      "\t",
    ),
  );
  // what else lies there
  await put("lain/kosong.csv", "");
  await put("lain/lama.xls", "x");
  await put("lain/catatan.txt", "Rapat hari Senin, jam 9.\nBawa berkas.\n");
  await put(
    "lain/orang.csv",
    csv(
      [
        ["BUDI SAMARAN", "3204141811690019", "0019998887771"],
        ["BUDI SAMARAN", "1", "2"],
      ],
      ",",
    ),
  );
  await put(
    "lain/hampir.csv",
    csv(
      [
        ["Nomor SP2D", "Tanggal SP2D", "Nilai Rupiah"],
        ["1", "05-01-2026", "5"],
      ],
      ",",
    ),
  );
  await put("lain/rusak.json", '[{"kd_nontender": "7", ');
  return {
    "isb-nontender-announcement": 2,
    "isb-nontender-contract": 2,
    "isb-nontender-spmk": 2,
    "isb-satker": 2,
    "finance-register": 2,
    "finance-register-plain": 2,
    "finance-simda-spm": 1,
    "finance-simda-spm-pot": 1,
    "finance-simda-kontrak": 1,
    "simda-kontrak": 1,
    "finance-sipkd-sp2ddetr": 1,
    "bank-statement": 2,
    "bank-statement-bank-mt940": 2,
    "bank-csv-plain": 2,
  };
}
