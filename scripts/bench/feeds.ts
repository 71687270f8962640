import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { SourceRow } from "../../migration/row.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Book, Organisation } from "../../server/integrations/book.ts";
import { MapsOfRows } from "../../server/integrations/procurement/map-of-rows.ts";
import { Procurement } from "../../server/integrations/procurement/procurement.ts";
import { Proposals } from "../../server/integrations/procurement/proposals.ts";
import { Suppliers } from "../../server/integrations/procurement/suppliers.ts";
import { Table } from "../../server/store/store.ts";

// How many rows a second of processor time procurement feeds become proposals, and how much memory that takes: made-up
// packages in the shape of six ISB sets, each set read as a job of its own, then all of them a second time.

const { values: options } = parseArgs({
  options: { rows: { type: "string", default: "200000" }, seed: { type: "string", default: "1" } },
});
const AGENCY: Organisation = {
  id: "ID-UJI-DPUPR",
  hex: idOf("ID-UJI-DPUPR"),
  name: "Dinas PUPR (uji)",
  kind: "agency",
};
const SUPPLIERS: Organisation[] = Array.from({ length: 2_000 }, (_, n) => ({
  ...{ id: `ID-UJI-S-${n}`, hex: idOf(`ID-UJI-S-${n}`), name: `CV Rekanan Uji ${word(n)}`, kind: "supplier" as const },
}));
function word(n: number): string {
  return [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");
}

const book: Book = {
  size: async () => 1,
  process: async () => undefined,
  async *touchedSince() {},
  organisation: async (hex) => [AGENCY, ...SUPPLIERS].find((each) => each.hex === hex),
  async *organisations() {
    yield AGENCY;
    yield* SUPPLIERS;
  },
};

let state = Number(options.seed) >>> 0;
function random(below: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state % below;
}

const head = {
  tahun_anggaran: "2026",
  kd_klpd: "D999",
  nama_klpd: "Kab. Uji",
  jenis_klpd: "KABUPATEN",
  kd_satker: "1",
  kd_satker_str: "1.03.0.00.0.00.01.0000",
  nama_satker: "Dinas PUPR",
  kd_lpse: "9",
};
type Values = Record<string, string | null>;
const day = (n: number) => `${new Date(Date.UTC(2026, 0, 1 + n)).toISOString().slice(0, 10)}T00:00:00.000000Z`;

/** The six rows of one package. */
function rowsOf(number: number): Values[] {
  const key = String(20_000_000_000 + number);
  const title = `Rehabilitasi Saluran ${word(number)}`;
  const value = String(10_000_000 + random(900_000_000));
  const supplier = SUPPLIERS[random(SUPPLIERS.length)]!.name;
  const start = random(200);
  const winner = {
    nama_penyedia: supplier,
    npwp_penyedia: null,
    npwp16_penyedia: null,
    bentuk_usaha_penyedia: "Persekutuan Komanditer (CV)",
  };
  const method = {
    mtd_pemilihan: "Pengadaan Langsung",
    jenis_pengadaan: "Pekerjaan Konstruksi",
    sumber_dana: "APBD",
    mak: "5.1.02.02.08.0009",
    kd_rup: String(50_000_000 + number),
    pagu: value,
    hps: value,
  };
  const signed = { no_kontrak: `602/${number}/SPK/2026`, tgl_kontrak: day(start + 20) };
  const added = {
    apakah_addendum: "Tidak",
    versi_addendum: "0",
    alasan_addendum: null,
    status_kontrak: "Kontrak Sedang Berjalan",
  };
  return [
    {
      ...head,
      ...method,
      kd_nontender: key,
      nama_paket: title,
      status_nontender: "Selesai",
      tgl_pengumuman_nontender: day(start),
    },
    {
      ...head,
      ...method,
      ...winner,
      kd_nontender: key,
      nama_paket: title,
      status_nontender: "Selesai",
      nilai_penawaran: value,
      nilai_negosiasi: value,
      nilai_kontrak: value,
      tgl_pengumuman_nontender: day(start),
      tgl_selesai_nontender: day(start + 10),
    },
    {
      ...head,
      ...winner,
      kd_nontender: key,
      nama_paket: title,
      no_sppbj: `602/${number}/SPPBJ`,
      tgl_sppbj: day(start + 15),
      harga_final: value,
    },
    {
      ...head,
      ...winner,
      ...signed,
      ...added,
      kd_nontender: key,
      nama_paket: title,
      nilai_kontrak: value,
      tgl_kontrak_awal: null,
      tgl_kontrak_akhir: null,
      lingkup_pekerjaan: "<p>Pekerjaan saluran</p>",
    },
    {
      ...head,
      ...winner,
      ...signed,
      kd_nontender: key,
      nama_paket: title,
      no_spmk_spp: `602/${number}/SPMK`,
      tgl_spmk_spp: day(start + 21),
      tgl_mulai_pekerjaan: day(start + 21),
      tgl_selesai_pekerjaan: day(start + 81),
      waktu_penyelesaian: "60 hari",
      versi_addendum: "0",
    },
    {
      ...head,
      ...winner,
      ...signed,
      ...added,
      kd_nontender: key,
      nama_paket: title,
      no_bast: `602/${number}/BAST`,
      tgl_bast: day(start + 80),
      no_bap: `602/${number}/BAP`,
      tgl_bap: day(start + 81),
      besar_pembayaran: value,
    },
  ];
}

const SETS = ["announcement", "result", "sppbj", "contract", "spmk", "bap"];
const packages = Math.ceil(Number(options.rows) / SETS.length);
const folder = await mkdtemp(path.join(tmpdir(), "prasasti-feeds-"));
const storage = await Table.open(folder);
const proposals = new Proposals(storage, Date.now);
const sink = new Procurement({
  ...{ storage, book, proposals, suppliers: new Suppliers(storage, book), now: Date.now },
  maps: new MapsOfRows(() => undefined, folder, "bench"),
  agencies: [{ id: AGENCY.id, codes: [head.kd_satker_str], stem: "ocds-uji-dpupr" }],
});

let most = 0;
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, 50);

console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`);
console.log("run     set            rows  drafted unchanged  cpu s  rows/s of processor time  MiB");
for (const run of ["first", "again"]) {
  let [rows, spent] = [0, 0];
  for (const [nth, set] of SETS.entries()) {
    state = Number(options.seed) >>> 0;
    let result = { drafted: 0, unchanged: 0, merged: 0, setAside: 0 };
    let cpu = 0;
    for (let from = 0; from < packages; from += 1_000) {
      const values = Array.from({ length: Math.min(1_000, packages - from) }, (_, n) => rowsOf(from + n)[nth]!);
      const columns = Object.keys(values[0]!);
      const batch: SourceRow[] = values.map((each, n) => ({
        row: from + n + 1,
        at: `element ${from + n + 1}`,
        values: columns.map((name) => each[name] ?? null),
      }));
      const before = process.cpuUsage();
      const taken = await sink.take({ job: set, table: set, capture: String(from), columns, rows: batch });
      const used = process.cpuUsage(before);
      cpu += (used.user + used.system) / 1e6;
      result = {
        drafted: result.drafted + taken.drafted,
        unchanged: result.unchanged + taken.unchanged,
        merged: result.merged + taken.merged,
        setAside: result.setAside + taken.setAside.length,
      };
    }
    const before = process.cpuUsage();
    await sink.finish(set);
    const used = process.cpuUsage(before);
    cpu += (used.user + used.system) / 1e6;
    if (result.drafted + result.unchanged + result.merged + result.setAside !== packages)
      throw new Error("rows are lost");
    rows += packages;
    spent += cpu;
    console.log(
      `${run.padEnd(7)} ${set.padEnd(12)} ${String(packages).padStart(6)} ${String(result.drafted).padStart(8)} ${String(result.unchanged).padStart(9)} ${cpu.toFixed(1).padStart(6)} ${(packages / cpu).toFixed(0).padStart(10)} ${(most / 2 ** 20).toFixed(0).padStart(20)}`,
    );
  }
  console.log(
    `${run.padEnd(7)} all          ${String(rows).padStart(6)} ${"".padStart(18)} ${spent.toFixed(1).padStart(6)} ${(rows / spent).toFixed(0).padStart(10)} ${(most / 2 ** 20).toFixed(0).padStart(20)}`,
  );
}
const { total } = await proposals.list({ limit: 1 });
console.log(`${total} proposals`);
clearInterval(watch);
await storage.close();
await rm(folder, { recursive: true });
