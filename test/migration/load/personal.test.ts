// What a whole run leaves behind holds no number, address or account of a person, whatever column they stood in.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { mapCommands } from "../../../migration/cli/map.ts";
import { profileCommands } from "../../../migration/cli/profile.ts";
import { stageCommands } from "../../../migration/cli/stage.ts";
import { foundRegister } from "../../../migration/load/found-register.ts";
import { hashOfLots } from "../../../migration/load/job.ts";
import { openJob } from "../../../migration/load/open-job.ts";
import { rehearseWave } from "../../../migration/load/rehearse-wave.ts";
import { runWave } from "../../../migration/load/run-wave.ts";
import { signSamples, writeSamples } from "../../../migration/load/samples.ts";
import { writeReport } from "../../../migration/load/wave-report.ts";
import { activateWave, closeWave, rollBackWave } from "../../../migration/load/wave-stages.ts";
import { initProject } from "../../../migration/plan/init-project.ts";
import { sealPlan } from "../../../migration/plan/seal.ts";
import { openEmbedded } from "../../../server/chain/embedded.ts";

const NIK = ["3204121708850001", "3273016505900002", "3204097112850003", "3217064101990004"];
/** A day of birth that there is not: a slip of the pen in somebody's number. */
const SLIPPED = "3204129908850001";
const SECRETS = {
  nik: [...NIK, SLIPPED],
  npwp: ["04.123.456.7-421.000", "041234567421000", "0412345674"],
  address: ["Jl. Rahasia Uji No. 17", "Kampung Sunyi RT 03/RW 09"],
  phone: ["081234567890", "0812-9876-5432"],
  account: ["0098765432101", "1310012345678"],
  email: ["orang.uji@contoh.id"],
};

const COLUMNS = [
  ...["kd_lelang", "nama_paket", "kd_satker", "nama_satker", "pagu", "hps", "hasil_lelang", "nama_pemenang"],
  ...["npwp_pemenang", "tanggal_akhir_lelang", "nik_pemilik", "alamat_pemenang", "telepon", "no_rekening", "email"],
];
const row = (no: number, cells: Record<string, string>) =>
  COLUMNS.map((name) => {
    const plain: Record<string, string> = {
      ...{ kd_lelang: String(no), nama_paket: `Pekerjaan ${no}`, kd_satker: "S1", nama_satker: "DINAS UJI" },
      ...{
        pagu: "1000",
        hps: "900",
        hasil_lelang: "800",
        nama_pemenang: "CV Maju",
        tanggal_akhir_lelang: "2013-05-02",
      },
      ...{ nik_pemilik: NIK[no % 4]!, alamat_pemenang: SECRETS.address[no % 2]!, telepon: SECRETS.phone[no % 2]! },
      ...{ no_rekening: SECRETS.account[no % 2]!, email: SECRETS.email[0]!, npwp_pemenang: "" },
      ...cells,
    };
    return /[",]/.test(plain[name]!) ? `"${plain[name]}"` : plain[name]!;
  }).join(",");

describe("personal data in what a migration leaves behind", function () {
  this.timeout(180_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "prasasti personal "));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const at = (...names: string[]) => path.join(folder, ...names);

  /** Runs a verb; what it prints is a log like any other. */
  async function migrate(...words: string[]): Promise<{ code: number; text: string }> {
    const command = new Command("migrate").exitOverride();
    for (const verbs of [profileCommands, mapCommands, stageCommands])
      for (const each of verbs()) command.addCommand(each);
    const streams = [process.stdout, process.stderr] as const;
    const before = streams.map((stream) => stream.write);
    let text = "";
    const write = (part: string) => {
      text += part;
      return true;
    };
    for (const stream of streams) stream.write = write as never;
    process.exitCode = 0;
    try {
      await command.parseAsync(["node", "migrate", ...words, "--folder", folder]);
      return { code: Number(process.exitCode), text };
    } finally {
      for (const [index, stream] of streams.entries()) stream.write = before[index] as never;
      process.exitCode = 0;
    }
  }

  function* filesOf(place: string): Generator<string> {
    for (const name of readdirSync(place)) {
      const file = path.join(place, name);
      if (statSync(file).isDirectory()) yield* filesOf(file);
      else yield file;
    }
  }

  const told = (text: string): string[] =>
    Object.entries(SECRETS).flatMap(([kind, values]) =>
      values.filter((each) => text.includes(each)).map((each) => `${kind} ${each}`),
    );

  it("holds nothing of it: profile, trail, lots, rejects, acts, journal, reports, certificate, samples, messages", async () => {
    writeFileSync(
      at("lelang.csv"),
      `${[
        COLUMNS.join(","),
        row(1, {}),
        row(2, { nama_pemenang: "Budi Uji", npwp_pemenang: NIK[0]! }),
        row(3, { nama_pemenang: "Siti Uji", npwp_pemenang: SECRETS.npwp[0]! }),
        row(4, { nama_paket: `Sewa lahan a.n. Budi NIK ${NIK[1]} hp ${SECRETS.phone[0]}` }),
        row(5, { hps: `NIK ${NIK[2]}` }),
        row(6, { hps: "sembilan", npwp_pemenang: SECRETS.npwp[1]! }),
        row(7, { tanggal_akhir_lelang: NIK[3]! }),
        row(8, { nama_pemenang: `Ani Uji ${NIK[0]}` }),
        row(10, { nama_pemenang: `CV Maju ${SLIPPED}` }),
        row(11, { nama_paket: `Sewa lahan Budi${NIK[1]}x`, hps: "sembilan" }),
        row(12, { hps: NIK[2]! }),
        row(13, { pagu: NIK[3]! }),
        row(9, { nama_pemenang: "PT Sentosa" }),
        row(9, { nama_pemenang: "PT Sentosa" }),
      ].join("\n")}\n`,
    );
    await initProject(folder);
    const plan = readFileSync(at("waves.yaml"), "utf8");
    let [day, night] = [0, 0];
    writeFileSync(
      at("waves.yaml"),
      plan
        .replace(/stem: "TODO[^"]*"/, 'stem: "ocds-lama-uji"')
        .replace(/lead: "TODO[^"]*"/g, 'lead: "ID-S1"')
        .replace(/deadline: "TODO[^"]*"/, 'deadline: "2026-12-31"')
        .replaceAll('"TODO 2026-03-02T20:00"', () => `"2026-03-${10 + day++}T20:00"`)
        .replaceAll('"TODO 2026-03-03T04:00"', () => `"2026-03-${11 + night++}T04:00"`)
        .replace(/(on: process, rules: \[)[^\]]*\][^}]*\}/, "$1exact-row] }")
        .replace(/"TODO[^"]*"/g, () => `"ada-${Math.random().toString(36).slice(2, 8)}"`),
    );
    const wave = /- id: (W\d)\n {4}name: (?:The rest|Archive|Pilot)/.exec(readFileSync(at("waves.yaml"), "utf8"))![1]!;
    let log = "";
    for (const words of [["inventory"], ["profile"], ["clean"], ["dedupe"], ["stage", "W0"], ["stage", wave]]) {
      const { text } = await migrate(...words);
      log += text;
    }
    expect(log).to.contain(wave);
    const { sealed } = await sealPlan(folder, new Date());
    const opened = await openJob(folder, wave);
    const job = { ...opened.job, after: [], window: { start: 0, end: Date.now() + 3_600_000 } };
    expect(job.plan.hash).to.equal(sealed.hash);
    expect(job.counts.rejected, "rows that cannot be read").to.be.greaterThan(0);
    const chain = await openEmbedded({ folder: at("chain"), chainId: 7_412 });
    try {
      const agencies = job.agencies.map(({ id, name, stem, by }) => ({ id, name, stem, head: by.id }));
      const { register, keys, keyOf } = await foundRegister(chain, { agencies });
      const hands = {
        register,
        keys,
        tell: (event: string, values: object = {}) => {
          log += JSON.stringify([event, values], (_, value) => (typeof value === "bigint" ? String(value) : value));
        },
      };
      await rehearseWave(job, hashOfLots(job.stage.lots), hands.tell);
      expect((await runWave(job, hands)).end).to.equal("loaded");
      await writeSamples(job, 10);
      const table = at("samples", `${wave}-1.csv`);
      writeFileSync(table, readFileSync(table, "utf8").replaceAll(/;;\r/g, ";y;\r"));
      await signSamples(job, keyOf(agencies[0]!.head), new Date());
      await closeWave(job, hands);
      await activateWave(job, hands, []);
      await writeReport(job, register, "id");
      await rollBackWave(job, hands);
      await writeReport(job, register, "en");
    } finally {
      await chain.close();
    }
    expect(told(log), "what was said").to.deep.equal([]);
    const found: string[] = [];
    let files = 0;
    for (const file of filesOf(folder)) {
      if (file === at("lelang.csv")) continue;
      files++;
      for (const each of told(readFileSync(file, "latin1"))) found.push(`${path.relative(folder, file)}: ${each}`);
    }
    expect(found).to.deep.equal([]);
    expect(files).to.be.greaterThan(20);
    for (const part of ["profile", "rejects", "reports", "journal", "stage", "rehearsal"])
      expect(readdirSync(at(".migrate")), part).to.include(part);
    // the search itself finds them where they may stand
    expect(told(readFileSync(at("lelang.csv"), "latin1"))).to.include(`nik ${NIK[0]}`);
    await migrate("stage", wave, "--with-personal");
    expect(told(readFileSync(at(".migrate", "rejects", wave, "lelang.csv"), "latin1"))).not.to.deep.equal([]);
  });
});
