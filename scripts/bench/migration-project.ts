import { createWriteStream } from "node:fs";
import { copyFile, link, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";

// Data that is made up here, in the shapes of a treasury's payments and of contracts as ISB gives them, and project
// folders around them. Each number gives the same row every time.

export const AGENCIES = ["dishub", "dinkes", "disdik", "pupr"].map((name, at) => ({
  id: `ID-UKUR-${name.toUpperCase()}`,
  name: `DINAS ${name.toUpperCase()} (UKUR)`,
  code: `1.0${at + 1}.0.01`,
  stem: `ocds-ukur-lama-${name}`,
  head: `kepala-${name}-ukur`,
}));
const OVERSEER = "pengawas-gladi";
export const WAVE = "W1";
const SUPPLIERS = 40;

/** What a project migrates: payments are archive (tier C) in every tier. */
export type ProjectKind = { tier: "A" | "B" | "C"; payments: boolean; contracts: boolean };

/** Nine columns, one line a payment. */
export async function writePayments(file: string, rows: number): Promise<void> {
  const head = "Tahun,No_SP2D,Tgl_SP2D,Nilai,Jn_SPM,No_SPM,No_SPP,No_Kontrak,kode_skpd";
  await writeLines(file, rows, head, (at) => {
    const { code } = AGENCIES[mixed(at) % AGENCIES.length]!;
    const year = 2010 + (at % 15);
    const number = String(at).padStart(8, "0");
    const value = `${1_000 + (mixed(at) % 900_000_000)}.${String(at % 100).padStart(2, "0")}`;
    return `${year},${number}/SP2D/LS/${year},${dayOf(year, at)},${value},LS,${number}/SPM/${year},${number}/SPP/${year},027/${mixed(at) % 50_000}/K/${year},${code}`;
  });
}

/** E-kontrak of non-tender packages, a line of JSON each. */
export async function writeContracts(file: string, rows: number): Promise<void> {
  await writeLines(file, rows, undefined, (at) => {
    const { code, name } = AGENCIES[mixed(at) % AGENCIES.length]!;
    const firm = mixed(at) % SUPPLIERS;
    const year = 2024 + (at % 2);
    const day = dayOf(year, at);
    return JSON.stringify({
      ...{ tahun_anggaran: year, kd_klpd: "D999", nama_klpd: "Kab. Ukur", kd_satker_str: code, nama_satker: name },
      ...{ kd_nontender: String(5_000_000 + at), nama_paket: `Pemeliharaan berkala ruas jalan nomor ${at}` },
      ...{ no_kontrak: `027/${at}/SPK/${year}`, tgl_kontrak: day, tgl_kontrak_awal: day },
      ...{ tgl_kontrak_akhir: `${year}-12-20`, status_kontrak: at % 3 ? "Kontrak Selesai" : "Kontrak Sedang Berjalan" },
      ...{ nilai_kontrak: 10_000_000 + (mixed(at) % 190_000_000), versi_addendum: 0 },
      ...{
        lingkup_pekerjaan: "Pengadaan dan pemasangan sesuai kerangka acuan kerja",
        nama_penyedia: `CV UKUR ${firm}`,
      },
      ...{ npwp_penyedia: `01.${String(234_567 + firm).padStart(6, "0")}.8-423.000`, bentuk_usaha_penyedia: "CV" },
    });
  });
}

/** A project folder with a plan of one wave over data that lies elsewhere. */
export async function makeProject(
  folder: string,
  data: { payments: string; contracts: string },
  { tier, payments, contracts }: ProjectKind,
): Promise<void> {
  const maps = fileURLToPath(new URL("../../migration/maps", import.meta.url));
  await mkdir(join(folder, "data"), { recursive: true });
  await mkdir(join(folder, "maps"));
  for (const name of ["simda-sp2d.yaml", "isb-nontender-contract.yaml", "codes.yaml"])
    await copyFile(join(maps, name), join(folder, "maps", name));
  const person = { office: "Kepala UKPBJ", holder: "ukpbj-ukur" };
  const sources = {
    ...(payments
      ? { arsip: { engine: "csv", path: "data/payments.csv", encoding: "utf-8", delimiter: "," } as const }
      : {}),
    ...(contracts ? { isb: { engine: "jsonl", path: "data/contracts.jsonl" } as const } : {}),
  };
  const datasets = [
    ...(contracts
      ? [{ id: "kontrak", source: "isb", table: "contracts", map: "maps/isb-nontender-contract.yaml", order: 10 }]
      : []),
    ...(payments ? [{ id: "sp2d", source: "arsip", table: "payments", map: "maps/simda-sp2d.yaml", order: 20 }] : []),
  ];
  if (payments) await link(data.payments, join(folder, "data/payments.csv"));
  if (contracts) await link(data.contracts, join(folder, "data/contracts.jsonl"));
  const plan = {
    ...{ apiVersion: "prasasti/migration/v1", id: "ukur", name: "Data made up to measure with", currency: "IDR" },
    ...{ timezone: "Asia/Jakarta", deadline: "2099-12-31", sources, signOff: [], datasets, goals: [], risks: [] },
    approvers: [person, { office: "Inspektur", holder: "inspektur-ukur" }],
    agencies: AGENCIES.map(({ id, name, code, stem, head }) => ({
      id,
      name,
      codes: [code],
      stem,
      head: { holder: head },
    })),
    dedupe: [{ on: "supplier", rules: ["npwp-core", "name-fingerprint"] }],
    waves: [
      {
        ...{ id: WAVE, after: [], tier, datasets: datasets.map(({ id }) => id), scope: { agencies: "*" } },
        ...{
          lead: AGENCIES[0]!.id,
          overseer: { office: "Inspektur", holder: OVERSEER },
          owner: person,
          deputy: person,
        },
        window: { start: "2026-01-01T00:00", end: "2099-01-01T00:00", overrun: "pause" },
        ...{ backup: { restoreTest: "required", maxAgeDays: 3 }, rehearsal: { maxAgeDays: 7 } },
        goNoGo: {
          ...{ rejectsMaxPercent: 0, mismatchesMax: 0, unreviewedDuplicatesMax: 0, controlTotalsDelta: "0" },
          samplesSigned: 0,
        },
        rollback: { trigger: ["a measurement"], deadline: "14d", edited: "block", reverseDelta: "csv" },
      },
    ],
    budget: { currency: "IDR", items: [] },
  };
  // JSON is YAML
  await writeFile(join(folder, "waves.yaml"), JSON.stringify(plan, null, 1));
}

async function writeLines(
  file: string,
  count: number,
  head: string | undefined,
  line: (at: number) => string,
): Promise<void> {
  const out = createWriteStream(file);
  let lines = head === undefined ? [] : [head];
  for (let at = 1; at <= count; at++) {
    lines.push(line(at));
    if (lines.length < 10_000) continue;
    if (!out.write(`${lines.join("\n")}\n`)) await new Promise((resolve) => out.once("drain", resolve));
    lines = [];
  }
  out.end(lines.length === 0 ? "" : `${lines.join("\n")}\n`);
  await finished(out);
}

/** Spreads numbers, so that neighbours differ. */
function mixed(at: number): number {
  return Math.imul(at ^ (at >>> 15), 0x2c1b3c6d) >>> 1;
}

function dayOf(year: number, at: number): string {
  return `${year}-${String(1 + (at % 12)).padStart(2, "0")}-${String(1 + (at % 28)).padStart(2, "0")}`;
}
