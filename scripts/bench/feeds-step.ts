import path from "node:path";
import type { SourceRow } from "../../migration/row.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import type { Book, Organisation } from "../../server/integrations/book.ts";
import { MapsOfRows } from "../../server/integrations/procurement/map-of-rows.ts";
import { Procurement } from "../../server/integrations/procurement/procurement.ts";
import { Proposals } from "../../server/integrations/procurement/proposals.ts";
import { Suppliers } from "../../server/integrations/procurement/suppliers.ts";
import { ROW_BUFFER } from "../../server/integrations/thread.ts";
import { Table } from "../../server/store/store.ts";
import { Stopwatch } from "./stopwatch.ts";

// Six sets of made-up packages become proposals: `together`, `inTurn` or `apart`, SEED ROWS FOLDER.

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

type Random = (below: number) => number;

/** Numbers below a limit, the same for the same seed. */
function drawing(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
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

/** The nth of the six rows of one package. */
function rowOf(number: number, nth: number, random: Random): Values {
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
  const common = { ...head, kd_nontender: key, nama_paket: title };
  const bought = { ...common, ...winner };
  const contract = { ...bought, ...signed };
  const rows = [
    () => ({
      ...common,
      ...method,
      status_nontender: "Selesai",
      tgl_pengumuman_nontender: day(start),
    }),
    () => ({
      ...bought,
      ...method,
      status_nontender: "Selesai",
      nilai_penawaran: value,
      nilai_negosiasi: value,
      nilai_kontrak: value,
      tgl_pengumuman_nontender: day(start),
      tgl_selesai_nontender: day(start + 10),
    }),
    () => ({
      ...bought,
      no_sppbj: `602/${number}/SPPBJ`,
      tgl_sppbj: day(start + 15),
      harga_final: value,
    }),
    () => ({
      ...contract,
      ...added,
      nilai_kontrak: value,
      tgl_kontrak_awal: null,
      tgl_kontrak_akhir: null,
      lingkup_pekerjaan: "<p>Pekerjaan saluran</p>",
    }),
    () => ({
      ...contract,
      no_spmk_spp: `602/${number}/SPMK`,
      tgl_spmk_spp: day(start + 21),
      tgl_mulai_pekerjaan: day(start + 21),
      tgl_selesai_pekerjaan: day(start + 81),
      waktu_penyelesaian: "60 hari",
      versi_addendum: "0",
    }),
    () => ({
      ...contract,
      ...added,
      no_bast: `602/${number}/BAST`,
      tgl_bast: day(start + 80),
      no_bap: `602/${number}/BAP`,
      tgl_bap: day(start + 81),
      besar_pembayaran: value,
    }),
  ];
  return rows[nth]!();
}

const SETS = ["announcement", "result", "sppbj", "contract", "spmk", "bap"];
const PAGE = 1_000;

const WAYS = {
  together: "six sets at the same time",
  inTurn: "six sets one after the other",
  apart: "six sets, each planned before the next",
};
const [how = "together", seed = "", count = "", folder = "."] = process.argv.slice(2);
const packages = Math.ceil(Number(count) / SETS.length);
const own = path.join(folder, how);
const storage = await Table.open(own, { buffer: ROW_BUFFER });
const proposals = new Proposals(storage, Date.now);
const sink = new Procurement({
  ...{ storage, book, proposals, suppliers: new Suppliers(storage, book), now: Date.now },
  ...(how === "inTurn" ? { quiet: 3_600_000 } : {}),
  maps: new MapsOfRows(() => undefined, folder, "bench"),
  agencies: [{ id: AGENCY.id, codes: [head.kd_satker_str], stem: "ocds-uji-dpupr" }],
});

const draws = SETS.map(() => drawing(Number(seed)));
/** A page of one set, as its source would give it. */
function pageOf(from: number, nth: number): { columns: string[]; rows: SourceRow[] } {
  const size = Math.min(PAGE, packages - from);
  const values = Array.from({ length: size }, (_, n) => rowOf(from + n, nth, draws[nth]!));
  const columns = Object.keys(values[0]!);
  const rows = values.map((each, n) => ({
    ...{ row: from + n + 1, at: `element ${from + n + 1}`, values: columns.map((name) => each[name] ?? null) },
  }));
  return { columns, rows };
}

for (const run of ["first time", "again"]) {
  const watch = new Stopwatch();
  for (const nth of SETS.keys()) draws[nth] = drawing(Number(seed));
  const take = async (from: number, nth: number) => {
    const { columns, rows } = pageOf(from, nth);
    const set = SETS[nth]!;
    const told = await watch.during(() => sink.take({ job: set, table: set, capture: String(from), columns, rows }));
    const { drafted, unchanged, merged, setAside } = told;
    if (drafted + unchanged + merged + setAside.length !== rows.length) throw new Error("rows are lost");
  };
  if (how === "together") {
    for (let from = 0; from < packages; from += PAGE) for (const nth of SETS.keys()) await take(from, nth);
    for (const set of SETS) await watch.during(() => sink.finish(set));
  } else
    for (const [nth, set] of SETS.entries()) {
      for (let from = 0; from < packages; from += PAGE) await take(from, nth);
      await watch.during(() => sink.finish(set));
    }
  await watch.during(() => sink.resume());
  const { total } = await proposals.list({ limit: 1 });
  watch.tell(
    `${WAYS[how as keyof typeof WAYS]}, ${run}: ${packages * SETS.length} rows, ${total} proposals`,
    packages * SETS.length,
  );
}
await sink.close();
await storage.close();
