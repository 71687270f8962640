import path from "node:path";
import { idOf } from "../../server/domain/entries/entry.ts";
import { readJobMap } from "../../server/integrations/connect/job-map.ts";
import { PaymentsSink } from "../../server/integrations/finance/payments-sink.ts";
import { ROW_BUFFER } from "../../server/integrations/thread.ts";
import { Table } from "../../server/store/store.ts";
import { Stopwatch } from "./stopwatch.ts";

// Rows of finance systems become payment documents: `bank`, one table with an SP2D a row, or `simda`, four tables of as
// many rows each; ROWS FOLDER.

const [system = "bank", count = "0", folder = "."] = process.argv.slice(2);
type Row = Readonly<Record<string, string | null>>;
const office = { Kd_Urusan: "1", Kd_Bidang: "3", Kd_Unit: "1", Kd_Sub: "2" };
const payee = (n: number) => ({
  ...{ Nm_Penerima: `CV. MAJU ${n % 5_000}`, NPWP: "826033270437000", Rek_Penerima: String(10_000_000 + (n % 5_000)) },
});
const TABLES: Readonly<Record<string, Readonly<Record<string, (n: number) => Row>>>> = {
  bank: {
    "finance-cms-sp2d": (n) => ({
      ...{ Tahun: "2026", No_SP2D: `${n}/SP2D/2026`, Tgl_SP2D: "2026-03-01 00:00:00.000", No_SPM: `${n}/SPM/2026` },
      ...{
        Jn_SPM: "LS",
        Keterangan: `SPK 602/${n}/2026`,
        ...payee(n),
        Nilai: `${1_000 + n}.0000`,
        TglCair: "2026-03-02",
      },
    }),
  },
  simda: {
    "finance-simda-sp2d": (n) => ({
      ...{ Tahun: "2026", No_SP2D: `${n}/SP2D/2026`, No_SPM: `${n}/SPM/2026`, Tgl_SP2D: "2026-03-01 00:00:00.000" },
      Keterangan: `Pembayaran termin ${n % 5} SPK 602/${n}/2026 pekerjaan jalan`,
    }),
    "finance-simda-spm": (n) => ({
      ...{ Tahun: "2026", No_SPM: `${n}/SPM/2026`, No_SPP: `${n}/SPP/2026`, Jn_SPM: "3", ...office },
      ...{ Tgl_SPM: "2026-02-28 00:00:00.000", Uraian: `Pekerjaan jalan ${n}`, ...payee(n), Bank_Penerima: "BPD" },
    }),
    "finance-simda-spm-rinc": (n) => ({
      ...{ Tahun: "2026", No_SPM: `${n}/SPM/2026`, No_ID: "1", ...office, Kd_Prog: "15", ID_Prog: "103", Kd_Keg: "5" },
      ...{ Kd_Rek_1: "5", Kd_Rek_2: "2", Kd_Rek_3: "3", Kd_Rek_4: "21", Kd_Rek_5: "3", Nilai: `${1_000 + n}.0000` },
    }),
    "finance-simda-spm-pot": (n) => ({
      ...{ Tahun: "2026", No_SPM: `${n}/SPM/2026`, Kd_Pot_Rek: "4", Nilai: "10.0000" },
      ...{ Kd_Billing: "820191122334455", NTPN: null },
    }),
  },
};
const tables = TABLES[system]!;
const issuer = idOf("ID-UJI-BUD");
const PAGE = 1_000;

const storage = await Table.open(path.join(folder, system), { buffer: ROW_BUFFER });
const sink = new PaymentsSink(storage, {
  secret: "07".repeat(32),
  agency: () => issuer,
  job: (id) => ({
    ...{ map: readJobMap(id, folder), issuer },
    references: async () => ({ accounts: new Map([["4", ["1"]]]), names: new Map([["1", ["PPN"]]]) }),
  }),
});
const size = Math.ceil(Number(count) / Object.keys(tables).length);
for (const run of ["first time", "again"]) {
  const watch = new Stopwatch();
  for (const [table, rowOf] of Object.entries(tables)) {
    const columns = Object.keys(rowOf(0));
    for (let from = 0; from < size; from += PAGE) {
      const rows = Array.from({ length: Math.min(PAGE, size - from) }, (_, n) => ({
        ...{ row: from + n + 1, at: `row ${from + n + 1}`, values: Object.values(rowOf(from + n + 1)) },
      }));
      const batch = { job: table, table, capture: String(from), columns, rows };
      const { setAside } = await watch.during(() => sink.take(batch));
      if (setAside.length > 0) throw new Error(JSON.stringify(setAside[0]));
    }
    await watch.during(() => sink.finish(table, { whole: true }));
  }
  let documents = 0;
  for await (const _ of sink.documents.documents()) documents++;
  if (documents !== size) throw new Error(`${documents} documents of ${size} SP2D`);
  const rows = size * Object.keys(tables).length;
  const from = system === "bank" ? "one table" : "four tables, one after the other";
  watch.tell(`SP2D of ${from}, ${run}: ${rows} rows, ${documents} documents`, rows);
}
await storage.close();
