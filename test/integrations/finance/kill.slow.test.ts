import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../killed-process.ts";
import { connectorsYaml } from "./finance-world.ts";
import { mt940 } from "./statements.ts";

// Payments and bank lines, killed as a power cut would at every named place: nothing is lost, nothing is double.

const YAML = connectorsYaml(
  `  spm: { engine: csv, path: "spm/*.csv", encoding: utf-8, delimiter: ";" }
  sp2d: { engine: csv, path: "sp2d/*.csv", encoding: utf-8, delimiter: ";" }
  bank: { engine: mt940, path: "bank/*.sta" }`,
  `  - { id: spm, source: spm, map: finance-sipd-spm, sink: payments, agency: ID-TIRTA-BPKAD }
  - { id: sp2d, source: sp2d, map: finance-register, sink: payments, agency: ID-TIRTA-BPKAD, year: 2025 }
  - { id: bank, source: bank, map: bank-statement, sink: bank }`,
);
const ROWS = 2_500;

type Told = { documents: object[]; lines: object[]; dirty: string[]; changes: number };

const PROGRAM = new URL("finance-process.ts", import.meta.url);
async function run(folder: string, failpoint?: string): Promise<{ signal: string | null; told?: Told }> {
  const { signal, out } = await runProgram(PROGRAM, [folder, YAML, "sp2d", "spm", "bank"], failpoint);
  return signal === null ? { signal, told: JSON.parse(out) as Told } : { signal };
}

async function filled(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-finance-"));
  for (const name of ["spm", "sp2d", "bank"]) await mkdir(path.join(folder, name));
  const numbers = Array.from({ length: ROWS }, (_, at) => at + 1);
  const sp2d = numbers.map((at) => `${at}/SP2D;03-01-2025;${at},00;${at}/SPM;SPK ${at}`);
  const spm = numbers.map((at) => `1;2025;${at}/SPM;${at}000;2025-01-02;LS`);
  await writeFile(
    path.join(folder, "sp2d/r.csv"),
    `Nomor SP2D;Tanggal SP2D;Nilai SP2D;Nomor SPM;Uraian\n${sp2d.join("\n")}\n`,
  );
  await writeFile(
    path.join(folder, "spm/m.csv"),
    `active;tahun_anggaran;nomorSpm;nilaiSpm;tanggalSpm;jenisSpm\n${spm.join("\n")}\n`,
  );
  const entries = numbers.map((at) => ({ minor: -BigInt(at % 50), on: "2025-01-05", text: `SP2D ${at % 7}` }));
  await writeFile(path.join(folder, "bank/a.sta"), mt940([{ opening: 10n ** 9n, entries }]));
  return folder;
}

describe("payments and bank lines that are killed", function () {
  this.timeout(240_000);
  let whole: Told;
  before(async () => {
    const folder = await filled();
    whole = (await run(folder)).told!;
    await rm(folder, { recursive: true, force: true });
    expect(whole.documents).to.have.length(ROWS);
  });

  for (const place of [
    "payments-laid:1",
    "payments-laid:3",
    "payments-assembled:1",
    "payments-assembled:4",
    "payments-assembled:7",
    "bank-kept:1",
    "bank-kept:3",
  ])
    it(`at ${place} are in the end what they would have been`, async () => {
      const folder = await filled();
      try {
        expect((await run(folder, place)).signal).to.equal("SIGKILL");
        const { told } = await run(folder);
        expect(told!.dirty).to.deep.equal([]);
        expect(told!.changes).to.equal(ROWS);
        expect(told!.documents).to.deep.equal(whole.documents);
        expect(told!.lines).to.deep.equal(whole.lines);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
});
