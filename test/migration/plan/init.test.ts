import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { buildWaves, writeWaves } from "../../../migration/plan/build.ts";
import { countFigures } from "../../../migration/plan/figures.ts";
import { initProject } from "../../../migration/plan/init-project.ts";
import { lintPlan } from "../../../migration/plan/lint.ts";
import { readPlan } from "../../../migration/plan/read-plan.ts";
import type { Plan } from "../../../migration/plan/schema.ts";
import type { Fault } from "../../../server/domain/fault.ts";
import { aFolder, PLAN, put } from "./folder.ts";

type Row = Record<string, string | number | null>;
const head = (satker: string) => ({
  tahun_anggaran: 2025,
  kd_klpd: "D177",
  nama_klpd: "Kab. Tirtaraya",
  jenis_klpd: "KABUPATEN",
  kd_satker: 900,
  kd_satker_str: satker,
  nama_satker: `DINAS ${satker}`,
});

/** Exports of a regency: a list of work units, contracts of three of them, and winners of 2013 of everybody. */
function exports(): Record<string, string> {
  const contracts = (satker: string, count: number, open: number): Row[] =>
    Array.from({ length: count }, (_, i) => ({
      ...head(satker),
      kd_nontender: `${satker}${i}`.replaceAll(".", ""),
      nama_paket: `Pekerjaan ${i}`,
      no_kontrak: `${i}/SPK`,
      tgl_kontrak: "2025-03-01",
      nama_penyedia: "PT MAJU",
      nilai_kontrak: "1000000",
      status_kontrak: i < open ? "Kontrak Sedang Berjalan" : "Kontrak Selesai",
      versi_addendum: 0,
      jenis_kontrak: "Lumsum",
      tgl_kontrak_akhir: "2025-06-01",
      bentuk_usaha_penyedia: "Perseroan Terbatas (PT)",
    }));
  const satker = ["1.01", "1.02", "1.03", "1.04"].map(
    (code, i): Row => ({ ...head(code), kd_satker: 900 + i, alamat: null, jenis_satker: "SKPD" }),
  );
  const winners = Array.from(
    { length: 30 },
    (_, i) => `${i + 1},${700 + i},SATKER LAIN ${i},P${i},PT LAMA,1000,2013-05-01`,
  );
  return {
    "data/isb/17_RUP-MasterSatker.json": JSON.stringify(satker),
    "data/isb/33_Kontrak.json": JSON.stringify([
      ...contracts("1.01", 120, 80),
      ...contracts("1.02", 20, 2),
      ...contracts("1.03", 4, 0),
    ]),
    "data/lama/pemenang.csv": `kd_lelang,kd_satker,nama_satker,nama_paket,nama_pemenang,hasil_lelang,tanggal_akhir_lelang\n${winners.join("\n")}\n`,
    "data/lain/catatan.csv": "apa;itu\n1;2\n",
  };
}

async function empty(files: Record<string, string>) {
  const folder = await aFolder();
  const { rm } = await import("node:fs/promises");
  for (const name of await readdir(folder.path)) await rm(join(folder.path, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) await put(folder.path, name, text);
  return folder;
}

describe("a first plan", () => {
  it("lints but for what only people know", async () => {
    await using folder = await empty(exports());
    const result = await initProject(folder.path, { env: {} });
    expect(result).to.deep.include({ sources: 3, datasets: 3, unmapped: ["catatan.catatan"], unread: [] });
    const { faults } = await lintPlan(folder.path);
    expect([...new Set(faults.map(({ code }) => code))].sort()).to.deep.equal(["source-unused", "todo"]);
    // a source that no map reads is left to a person; nothing else is
    expect(faults.filter(({ code }) => code === "source-unused")).to.have.length(1);
  });

  it("once people have answered, it lints whole", async () => {
    await using folder = await empty(exports());
    await initProject(folder.path, { env: {}, stemPrefix: "ocds-tirta" });
    let [person, day] = [0, 10];
    const text = (await readFile(join(folder.path, "waves.yaml"), "utf8"))
      .replace(/start: "TODO[^"]*", end: "TODO[^"]*"/g, () => {
        day += 2;
        return `start: "2026-03-${day}T20:00", end: "2026-03-${day + 1}T04:00"`;
      })
      .replace(/deadline: "TODO[^"]*"/, 'deadline: "2026-12-31"')
      .replace(/lead: "TODO[^"]*"/g, 'lead: "ID-1.01"')
      .replace(/"TODO id of the agency that keeps[^"]*"/g, '"ID-ARSIP"')
      .replace(/holder: "TODO[^"]*"/g, () => `holder: "H-${++person}"`)
      .replace(/"TODO[^"]*"/g, '"a text"')
      .replace(/\n {2}catatan: .*/, "")
      .replace(/\n {2}- { source: catatan.*/, "");
    await put(folder.path, "waves.yaml", text);
    expect((await lintPlan(folder.path)).faults).to.deep.equal([]);
  });

  it("proposes reference, pilot, rest and archive, and the small clean agency as pilot", async () => {
    await using folder = await empty(exports());
    await initProject(folder.path, { env: {} });
    const plan = parse(await readFile(join(folder.path, "waves.yaml"), "utf8")) as Plan;
    expect(
      plan.waves.map(({ id, after, tier, datasets, pilot, scope }) => [
        id,
        after,
        tier,
        datasets,
        pilot,
        scope.agencies,
      ]),
    ).to.deep.equal([
      ["W0", [], "C", ["17_RUP-MasterSatker"], undefined, "*"],
      ["W1", ["W0"], "A", ["33_Kontrak"], true, ["ID-1.02"]],
      ["W2", ["W1"], "A", ["33_Kontrak"], undefined, "*"],
      ["W3", ["W2"], "C", ["pemenang"], undefined, "*"],
    ]);
    expect(plan.waves[0]!.entities).to.deep.equal(["supplier"]);
    // the unit without rows is not in the plan; what only the archive knows has one keeper
    expect(plan.agencies.map(({ id, codes }) => [id.slice(0, 7), codes.length])).to.deep.equal([
      ["ID-1.01", 2],
      ["ID-1.02", 2],
      ["ID-1.03", 2],
      ["TODO id", 30],
    ]);
  });

  it("gives each wave an id of its own where a feed has neither lists nor suppliers", async () => {
    const plans = Array.from({ length: 24 }, (_, i) => ({
      ...{ id_satker: i < 20 ? 7 : 8, nama_satker: "DINAS", id: 100 + i, nama: `Paket ${i}`, total_pagu: 1_000_000 },
      ...{ motode_str: "Tender", tanggal_awal_pengadaan: "2025-02-01", tanggal_akhir_pekerjaan: "2025-06-01" },
    }));
    await using folder = await empty({ "data/rup.json": JSON.stringify(plans) });
    await initProject(folder.path, { env: {} });
    const { waves } = parse(await readFile(join(folder.path, "waves.yaml"), "utf8")) as Plan;
    expect(waves.map(({ id, after }) => [id, after])).to.deep.equal([
      ["W1", []],
      ["W2", ["W1"]],
    ]);
  });

  it("tells how sure it is of an encoding that it had to guess", async () => {
    await using folder = await empty(exports());
    const { writeFile } = await import("node:fs/promises");
    await writeFile(join(folder.path, "data/lain/catatan.csv"), Buffer.from("apa;itu\ncaf\xe9;2\n", "latin1"));
    await initProject(folder.path, { env: {} });
    const text = await readFile(join(folder.path, "waves.yaml"), "utf8");
    expect(text)
      .to.match(/# not certain: data\/lain\/catatan.csv: "windows-1252"/)
      .and.to.match(/encoding: "windows-1252", delimiter: ";"/);
  });

  it("leaves out what cannot be read, and says so", async () => {
    await using folder = await empty({ ...exports(), "data/rusak/rusak.json": '[{"a": 1},' });
    const { unread } = await initProject(folder.path, { env: {} });
    expect(unread.map(({ source }) => source)).to.deep.equal(["rusak"]);
    expect(await readFile(join(folder.path, "waves.yaml"), "utf8")).to.include("# rusak was left out:");
  });

  it("overwrites nothing, and says where there is nothing to begin with", async () => {
    await using folder = await aFolder();
    const code = async (path: string, env = {}) =>
      initProject(path, { env }).then(
        () => "",
        (error: Fault) => error.code,
      );
    expect(await code(folder.path)).to.equal("plan-exists");
    expect(await readFile(join(folder.path, "waves.yaml"), "utf8")).to.equal(PLAN);
    await using nothing = await empty({});
    expect(await code(nothing.path)).to.equal("nothing-found");
    expect(
      await initProject(nothing.path, { env: {}, dsnEnv: ["X_DSN"] }).catch((error: Fault) => error.code),
    ).to.equal("address-missing");
  });
});

describe("figures and proposals", () => {
  it("count a contract once, by what was said of it last", async () => {
    await using folder = await aFolder({
      "data/spse/kontrak.json": JSON.stringify([
        {
          kd: "1",
          kd_satker: "200",
          nilai_kontrak: "100.50",
          status: "Kontrak Sedang Berjalan",
          tanggal: "2024-01-01",
        },
        { kd: "1", kd_satker: "200", nilai_kontrak: "150.75", status: "Kontrak Selesai", tanggal: "2025-01-01" },
        { kd: "2", kd_satker: "1.03.0", nilai_kontrak: "7", status: "Kontrak Sedang Berjalan", tanggal: "2025-01-01" },
        { kd: "3", kd_satker: "999", nilai_kontrak: "7", status: null, tanggal: "2025-01-01" },
        { kd: "4", kd_satker: "200", nilai_kontrak: "not money", status: null, tanggal: "2025-01-01" },
      ]),
    });
    const { agencies, datasets } = await countFigures(folder.path, await readPlan(folder.path));
    const pu = agencies.find(({ agency }) => agency === "ID-77-PU")!;
    expect(pu).to.deep.include({
      rows: 3,
      processes: 2,
      contracts: 2,
      open: 1,
      faults: 1,
      value: "15775",
      lastYear: 2025,
      ended: ["1"],
      running: ["2"],
    });
    // a code that no agency of the plan has
    expect(agencies.map(({ agency }) => agency)).to.deep.equal(["999", "ID-77-PU", "ID-77-SETDA"]);
    expect(datasets.find(({ dataset }) => dataset === "kontrak")).to.deep.include({
      rows: 5,
      processes: 4,
      faults: 1,
      years: [2024, 2025],
    });
    expect(await readdir(join(folder.path, ".migrate"))).to.deep.equal(["profile"]);
  });

  it("are put into a plan that has waves already: owners and windows stay, comments too", async () => {
    await using folder = await aFolder();
    const { waves } = await buildWaves(folder.path);
    await writeWaves(folder.path, waves);
    const text = await readFile(join(folder.path, "waves.yaml"), "utf8");
    expect(text).to.include("# a plan, with comments");
    const plan = parse(text) as Plan;
    expect(plan.waves.map(({ id }) => id)).to.deep.equal(waves.map(({ id }) => id));
    expect(plan.waves[0]).to.deep.include({
      owner: { office: "Kepala UKPBJ", holder: "H-UKPBJ", contact: { phone: "+62 811-0000-001" } },
    });
    expect(plan.waves[0]!.datasets).to.deep.equal(waves[0]!.datasets);
  });

  it("propose single processes where every agency has many open contracts", async () => {
    const rows = Array.from({ length: 90 }, (_, i) => ({
      kd: `k${i}`,
      kd_satker: "200",
      nilai_kontrak: "5",
      status: i < 70 ? "Kontrak Sedang Berjalan" : "Kontrak Selesai",
      tanggal: "2025-01-01",
    }));
    await using folder = await aFolder({ "data/spse/kontrak.json": JSON.stringify(rows) });
    const { pilots, waves } = await buildWaves(folder.path);
    expect(pilots[0]!.agency.agency).to.equal("ID-77-PU");
    expect(pilots[0]!.keys).to.have.length(30);
    expect(waves.find(({ pilot }) => pilot)!.scope).to.deep.equal({ agencies: ["ID-77-PU"], keys: pilots[0]!.keys });
  });
});
