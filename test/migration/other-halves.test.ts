import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { initProject } from "../../migration/plan/init-project.ts";
import { lintPlan } from "../../migration/plan/lint.ts";
import type { Plan } from "../../migration/plan/schema.ts";
import { checkBalance } from "../../migration/stage/fates.ts";
import { readLot } from "../../migration/stage/lot.ts";
import { type Staged, stage } from "../../migration/stage/stage.ts";
import { openWave } from "../../migration/stage/wave-input.ts";
import { readBalances } from "../../server/domain/entries/entry.ts";
import { unpackEntry } from "../../server/ledger/codec.ts";
import { temporaryFolder } from "../operations/prasasti.ts";
import { npwp } from "./mapping/rows.ts";
import { put } from "./plan/folder.ts";

// Feeds of governments that nobody has seen, in the shapes of the ISB: other institutions, codes, LPSE and years. What a
// feed holds is known here, so that each figure of the stage is held against it.

type Half = {
  title: string;
  institution: string;
  /** the last digits of every package code of its LPSE */
  lpse: string;
  year: number;
  units: readonly { code: string; number: number; name: string }[];
  master: boolean;
  /** as a feed writes amounts */
  amount: (sen: bigint) => number | string;
};

const HALVES: Half[] = [
  {
    ...{ title: "a regency with a list of its units", institution: "D911", lpse: "77", year: 2024, master: true },
    units: [
      { code: "1.03.2.10.1.04.07.0000", number: 7_701, name: "DINAS PEKERJAAN UMUM &amp; TATA RUANG" },
      { code: "1.02.0.00.0.00.02.0000", number: 7_702, name: "DINAS  KESEHATAN" },
      { code: "7.01.0.00.0.00.09.0003", number: 7_703, name: "KELURAHAN MUARA" },
    ],
    amount: (sen) => Number(sen) / 100,
  },
  {
    ...{ title: "a ministry without one", institution: "K91", lpse: "9055", year: 2021, master: false },
    units: [
      { code: "416195", number: 88_001, name: "SEKRETARIAT JENDERAL" },
      { code: "000417", number: 88_002, name: "BALAI BESAR" },
    ],
    amount: (sen) => `${sen / 100n}.${String(sen % 100n).padStart(2, "0")}`,
  },
];

const PACKAGES = 30;
/** every fifth contract is changed once, by a tenth more; every third certificate is sent again with another stamp */
const isChanged = (index: number) => index % 5 === 0;
const isSentAgain = (index: number) => index % 3 === 0;

type Known = {
  files: Record<string, string>;
  rows: Record<string, number>;
  value: bigint;
  certified: bigint;
  again: number;
};

/** What a government exports, and what it comes to. */
function exportsOf({ institution, lpse, year, units, master, amount }: Half): Known {
  const sets: Record<string, Record<string, unknown>[]> = {
    "36_Pengumuman": [],
    "35_SPPBJ": [],
    "33_Kontrak": [],
    "34_SPMK": [],
    "32_BAPBAST": [],
  };
  const known = { value: 0n, certified: 0n, again: 0 };
  for (let index = 0; index < PACKAGES; index++) {
    const unit = units[index % units.length]!;
    const firm = npwp(String(30_000_000 + index * 7_919).padStart(8, "0"));
    const head = {
      ...{ tahun_anggaran: year, kd_klpd: institution, nama_klpd: "INSTANSI UJI", jenis_klpd: "UJI" },
      ...{ kd_satker: String(unit.number), kd_satker_str: unit.code, nama_satker: unit.name, kd_lpse: Number(lpse) },
      ...{ kd_nontender: Number(`${5_000 + index}${lpse}`), nama_paket: `Pengadaan uji ${index}` },
    };
    const day = (more: number) => new Date(Date.UTC(year, 2, 1 + index + more)).toISOString();
    const supplier = { nama_penyedia: `PT Sumber Uji ${index}`, npwp_penyedia: firm, npwp16_penyedia: `0${firm}` };
    const state = { status_kontrak: "Kontrak Sedang Berjalan", apakah_addendum: "Tidak", versi_addendum: 0 };
    const signed = 10_000_000_00n + BigInt(index) * 1_234_567n;
    const number = `${index}/SPK/${year}`;
    sets["36_Pengumuman"]!.push({
      ...{ ...head, pagu: amount(signed * 2n), hps: amount(signed + 50n), kd_rup: String(index), sumber_dana: "APBN" },
      ...{ mak: "5.1", jenis_pengadaan: "Pengadaan Barang", mtd_pemilihan: "Pengadaan Langsung" },
      ...{ status_nontender: "Selesai", tgl_pengumuman_nontender: day(0) },
    });
    sets["35_SPPBJ"]!.push({
      ...{ ...head, ...supplier, ...state, no_sppbj: `${index}/SPPBJ`, tgl_sppbj: day(5) },
      harga_final: amount(signed),
    });
    const contract = { ...head, ...supplier, ...state, no_kontrak: number, tgl_kontrak: day(7) };
    const rest = { bentuk_usaha_penyedia: "Perseroan Terbatas (PT)", jenis_kontrak: "Lumsum", kota_kontrak: "Uji" };
    sets["33_Kontrak"]!.push({ ...contract, ...rest, nilai_kontrak: amount(signed) });
    const value = isChanged(index) ? signed + signed / 10n : signed;
    if (isChanged(index))
      sets["33_Kontrak"]!.push({
        ...{ ...contract, ...rest, nilai_kontrak: amount(value), tgl_kontrak: day(20), no_kontrak: `${number}/ADD` },
        ...{ apakah_addendum: "Ya", versi_addendum: 1, alasan_addendum: "Volume" },
      });
    sets["34_SPMK"]!.push({
      ...{ ...contract, no_spmk_spp: `${index}/SPMK`, tgl_spmk_spp: day(8), tgl_mulai_pekerjaan: day(8) },
      ...{ tgl_selesai_pekerjaan: day(38), waktu_penyelesaian: "30 Hari", kota_spmk_spp: "Uji" },
    });
    const part = signed / 2n;
    const certificate = {
      ...{ ...contract, nilai_kontrak: amount(signed), no_bast: `${index}/BAST`, tgl_bast: day(30) },
      ...{ no_bap: `${index}/BAP`, tgl_bap: day(31), besar_pembayaran: amount(part), _event_date: day(32) },
    };
    sets["32_BAPBAST"]!.push(certificate);
    if (isSentAgain(index)) sets["32_BAPBAST"]!.push({ ...certificate, _event_date: day(33) });
    known.value += value;
    known.certified += part;
    if (isSentAgain(index)) known.again++;
  }
  // what no feed should hold, and each does: a key that is none, an amount that is none
  sets["33_Kontrak"]!.push({ ...sets["33_Kontrak"]![0], kd_nontender: null });
  sets["35_SPPBJ"]!.push({ ...sets["35_SPPBJ"]![0], kd_nontender: Number(`9999${lpse}`), harga_final: "belum ada" });
  if (master)
    sets["17_Satker"] = [...units, { code: "9.99", number: 7_799, name: "TANPA BARIS" }].map(
      ({ code, number, name }) => ({
        ...{ kd_satker: number, kd_satker_str: code, nama_satker: name, alamat: null, jenis_satker: "SATKER" },
        ...{ kd_klpd: institution, nama_klpd: "INSTANSI UJI" },
      }),
    );
  const files = Object.fromEntries(
    Object.entries(sets).map(([name, rows]) => [`data/${name}.json`, JSON.stringify(rows)]),
  );
  return { files, rows: Object.fromEntries(Object.entries(sets).map(([name, rows]) => [name, rows.length])), ...known };
}

/** What only people know, filled in. */
function filledIn(text: string): string {
  let stems = 0;
  let days = 0;
  const lead = /\{ id: "([^"]+)"/.exec(text.slice(text.indexOf("\nagencies:")))![1]!;
  return text
    .replace(/stem: "TODO[^"]*"/g, () => `stem: "ocds-uji-lama-${++stems}"`)
    .replace(/lead: "TODO[^"]*"/g, `lead: "${lead}"`)
    .replace(
      /start: "TODO[^"]*", end: "TODO[^"]*"/g,
      () => `start: "2026-0${++days}-02T20:00", end: "2026-0${days}-03T04:00"`,
    )
    .replace(/deadline: "TODO[^"]*"/, 'deadline: "2026-12-31"')
    .replace(/holder: "TODO[^"]*"/g, () => `holder: "H-${++stems}"`)
    .replace(/"TODO[^"]*"/g, '"ada"');
}

async function staged(folder: string, wave: string): Promise<Staged> {
  const { input, close } = await openWave(folder, wave);
  try {
    const result = await stage(input);
    expect(result.clusters.filter(({ blocks }) => blocks)).to.deep.equal([]);
    return result.staged;
  } finally {
    await close();
  }
}

describe("feeds of governments that nobody has seen", () => {
  for (const half of HALVES)
    it(`${half.title}: from files to lots, each row and amount in its place`, async () => {
      const known = exportsOf(half);
      await using folder = await temporaryFolder();
      for (const [name, text] of Object.entries(known.files)) await put(folder.path, name, text);
      const { unmapped, unread, agencies } = await initProject(folder.path, { env: {} });
      expect([unmapped, unread, agencies]).to.deep.equal([[], [], half.units.length]);
      const file = path.join(folder.path, "waves.yaml");
      await writeFile(file, filledIn(await readFile(file, "utf8")));
      expect((await lintPlan(folder.path)).faults.filter(({ level }) => level === "error")).to.deep.equal([]);
      const { waves, agencies: named } = parse(await readFile(file, "utf8")) as Plan;
      for (const { code } of half.units) expect(named.flatMap(({ codes }) => codes)).to.include(code);

      const ends = new Map<string, { read: number; migrated: number; merged: number; rejected: number }>();
      const reasons: Record<string, number> = {};
      let [value, certified] = [0n, 0n];
      for (const { id } of waves) {
        const { balances, lots, counts } = await staged(folder.path, id);
        expect(counts.held, id).to.equal(0);
        for (const balance of balances) {
          checkBalance(balance);
          const before = ends.get(balance.table) ?? { read: 0, migrated: 0, merged: 0, rejected: 0 };
          ends.set(balance.table, {
            ...{ read: balance.read.rows, migrated: before.migrated + balance.migrated.rows },
            ...{ merged: before.merged + balance.merged.rows, rejected: before.rejected + balance.rejected.rows },
          });
          for (const [reason, rows] of Object.entries(balance.reasons))
            if (!reason.startsWith("excluded")) reasons[reason] = (reasons[reason] ?? 0) + rows;
        }
        for (const lot of lots) {
          if (lot.entity !== "process") continue;
          value += BigInt(lot.value);
          for (const { item } of await readLot(path.join(folder.path, ".migrate", "stage", id, "1"), lot)) {
            const { entry, preimage } = unpackEntry(item);
            if (entry.contractId !== "") certified += readBalances(preimage).certified;
          }
        }
      }
      for (const [name, rows] of Object.entries(known.rows)) {
        const { read, migrated, merged, rejected } = ends.get(name)!;
        expect([read, migrated + merged + rejected], name).to.deep.equal([rows, rows]);
      }
      // of versions the last, of what was sent again once
      expect([value, certified]).to.deep.equal([known.value, known.certified]);
      expect(reasons).to.deep.equal({
        "merged ignoring-load-stamps": known.again,
        "rejected key-missing": 1,
        "rejected money-unreadable": 1,
      });
    }).timeout(60_000);
});
