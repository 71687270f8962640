import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Command } from "commander";
import { stageCommands } from "../../../migration/cli/stage.ts";
import { initProject } from "../../../migration/plan/init-project.ts";
import type { Staged } from "../../../migration/stage/stage.ts";
import { lockWave } from "../../../migration/wave-lock.ts";

const HEAD =
  "kd_lelang,nama_paket,kd_satker,nama_satker,pagu,hps,hasil_lelang,nama_pemenang,npwp_pemenang,tanggal_akhir_lelang,dimuat";
const lelang = (no: number, more: { hps?: string; winner?: string; npwp?: string; loaded?: string } = {}) =>
  [
    no,
    `Paket ${no}`,
    "S1",
    "DINAS UJI",
    "1000",
    more.hps ?? "900",
    "800",
    more.winner ?? "CV Maju",
    more.npwp ?? "",
    "2013-05-02",
    more.loaded ?? "1",
  ].join(",");

describe("migrate stage and dedupe, at the keyboard", () => {
  let folder: string;
  const at = (...names: string[]) => path.join(folder, ...names);
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "prasasti cli "));
    writeFileSync(
      at("lelang.csv"),
      `${[HEAD, lelang(1), lelang(2), lelang(2, { loaded: "2" }), lelang(3, { hps: "sembilan" })].join("\n")}\n`,
    );
    await initProject(folder);
    const plan = readFileSync(at("waves.yaml"), "utf8");
    writeFileSync(
      at("waves.yaml"),
      plan
        .replace(/stem: "TODO[^"]*"/, 'stem: "ocds-lama-uji"')
        .replace(/lead: "TODO[^"]*"/g, 'lead: "ID-S1"')
        .replaceAll('"TODO 2026-03-02T20:00"', '"2026-03-02T20:00"')
        .replaceAll('"TODO 2026-03-03T04:00"', '"2026-03-03T04:00"')
        .replace(/(on: process, rules: \[)[^\]]*\][^}]*\}/, "$1exact-row] }")
        .replace(/"TODO[^"]*"/g, '"ada"'),
    );
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a verb; what it printed, and the exit code that it set. */
  async function migrate(...words: string[]): Promise<{ code: number; text: string }> {
    const command = new Command("migrate").exitOverride();
    for (const each of stageCommands()) command.addCommand(each);
    let text = "";
    const streams = [process.stdout, process.stderr] as const;
    const before = streams.map((stream) => stream.write);
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
  const waveOf = () =>
    /- id: (W\d)\n {4}name: (?:The rest|Archive|Pilot)/.exec(readFileSync(at("waves.yaml"), "utf8"))![1]!;

  it("stops with 4 where duplicates are undecided, takes a person's decision from a table, and then stages", async () => {
    const wave = waveOf();
    const suppliers = await migrate("stage", "W0");
    expect(suppliers.code, suppliers.text).to.equal(0);
    // two rows of one package that differ in a stamp which the plan does not name: both say the same of the process
    const first = await migrate("stage", wave, "--json");
    expect(first.code, first.text).to.equal(0);
    const { counts } = JSON.parse(first.text) as Staged;
    expect(counts).to.deep.equal({ read: 4, migrated: 3, rejected: 1, merged: 0, excluded: 0, held: 0 });
    expect(readFileSync(at(".migrate", "rejects", wave, "lelang.csv"), "utf8"))
      .to.contain("money-unreadable")
      .and.contain("sembilan");
    appendFileSync(at("lelang.csv"), `${lelang(1)}\n`);
    writeFileSync(
      at("waves.yaml"),
      readFileSync(at("waves.yaml"), "utf8").replace(/(on: process, rules: \[)exact-row\]/, "$1]"),
    );
    const blocked = await migrate("stage", wave, "--lang", "id");
    expect([blocked.code, blocked.text]).to.satisfy(
      ([code, text]: [number, string]) => code === 4 && text.includes("belum diputuskan"),
    );
    expect(existsSync(at(".migrate", "stage", wave, "1", "stage.json"))).to.equal(false);
    const review = await migrate("dedupe", "review", "process");
    expect([review.code, review.text.includes("exact-row")]).to.deep.equal([4, true]);
    const table = at(".migrate", "dedupe", "process.csv");
    // as a spreadsheet saves it: commas, and a decision on one row
    const [head, one, ...rest] = readFileSync(table, "utf8").trim().split("\r\n");
    writeFileSync(table, `${[head, `${one!.slice(0, -1)}same;sama persis`, ...rest].join("\r\n")}\r\n`);
    expect((await migrate("dedupe", "apply", table, "--by", "Kepala LPSE")).code).to.equal(0);
    expect(readFileSync(at("decisions", "process.ndjson"), "utf8"))
      .to.contain("Kepala LPSE")
      .and.contain("sama persis");
    const last = await migrate("stage", wave, "--json");
    expect([last.code, (JSON.parse(last.text) as Staged).counts.merged]).to.deep.equal([0, 1]);
    expect((await migrate("dedupe", "review")).code).to.equal(0);
    expect((await migrate("dedupe")).code).to.equal(0);
  }).timeout(60_000);

  it("keeps nothing of a dry run but shows the same counts, and notices an edited reject file", async () => {
    const wave = waveOf();
    expect((await migrate("stage", "W0", "--dry-run")).code).to.equal(0);
    expect(existsSync(at("decisions", "suppliers.ndjson"))).to.equal(false);
    await migrate("stage", "W0");
    expect(existsSync(at("decisions", "suppliers.ndjson"))).to.equal(true);
    const dry = await migrate("stage", wave, "--dry-run", "--json");
    expect(dry.code, dry.text).to.equal(0);
    expect(readdirSync(at(".migrate", "stage"))).to.not.include(wave);
    const real = await migrate("stage", wave, "--json");
    const [a, b] = [dry, real].map(({ text }) => JSON.parse(text) as Staged);
    expect(a!.counts).to.deep.equal(b!.counts);
    expect(a!.lots.map(({ root }) => root)).to.deep.equal(b!.lots.map(({ root }) => root));
    expect((await migrate("rejects", wave)).code).to.equal(0);
    const file = at(".migrate", "rejects", wave, "lelang.csv");
    writeFileSync(file, readFileSync(file, "utf8").replace("sembilan", "900"));
    expect((await migrate("rejects", wave)).code).to.equal(8);
  }).timeout(60_000);

  it("lets one process at a time stage a wave, and touches nothing of it for a second one", async () => {
    const wave = waveOf();
    await migrate("stage", "W0");
    await migrate("stage", wave);
    const file = at(".migrate", "stage", wave, "1", "stage.json");
    const before = statSync(file).mtimeMs;
    const unlock = await lockWave(at(".migrate"), wave);
    const second = await migrate("stage", wave);
    expect(second.code, second.text).to.equal(9);
    expect(second.text).to.contain(wave);
    expect(statSync(file).mtimeMs).to.equal(before);
    await unlock();
    expect((await migrate("stage", wave)).code).to.equal(0);
  }).timeout(60_000);

  it("F11: says that the disk is full, leaves nothing half staged, and gives the same lots when there is room", async function () {
    const rows = Array.from({ length: 3_000 }, (_, no) => lelang(no + 1));
    writeFileSync(at("lelang.csv"), `${[HEAD, ...rows].join("\n")}\n`);
    const wave = waveOf();
    await migrate("stage", "W0");
    expect((await migrate("stage", wave)).code).to.equal(0);
    const stageFile = at(".migrate", "stage", wave, "1", "stage.json");
    const whole = (JSON.parse(readFileSync(stageFile, "utf8")) as Staged).lots.map(({ root }) => root);
    const small = at(".migrate", "stage");
    try {
      execFileSync("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", small], { stdio: "ignore" });
    } catch {
      if (process.env.CI === "true" && process.getuid?.() === 0) throw new Error("no tmpfs can be mounted here");
      console.log("      a small disk is made by mount(8) as root: skipped here");
      return this.skip();
    }
    try {
      const { code, text } = await migrate("stage", wave);
      expect(code, text).to.equal(7);
      expect(text).to.match(/disk is full|Penyimpanan penuh/);
      expect(existsSync(stageFile)).to.equal(false);
      execFileSync("/bin/mount", ["-o", "remount,size=200m", small]);
      const again = await migrate("stage", wave);
      expect(again.code, again.text).to.equal(0);
      const { lots } = JSON.parse(readFileSync(stageFile, "utf8")) as Staged;
      expect(lots.map(({ root }) => root)).to.deep.equal(whole);
    } finally {
      execFileSync("/bin/umount", ["-l", small]);
    }
  }).timeout(120_000);

  it("says by exit code what is wrong: the plan, the wave, the table of decisions", async () => {
    expect((await migrate("stage", "W9")).code).to.equal(5);
    writeFileSync(at("table.csv"), "a;b\r\n1;2\r\n");
    expect((await migrate("dedupe", "apply", at("table.csv"), "--by", "x")).code).to.equal(1);
    rmSync(at("waves.yaml"));
    expect((await migrate("stage", "W0")).code).to.equal(5);
  });
});
