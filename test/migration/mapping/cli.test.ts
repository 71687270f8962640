import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { aFolder, PLAN, put } from "../plan/folder.ts";
import { NIK, npwp } from "./rows.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const entry = `import { Command } from "commander";
import { mapCommands } from ${JSON.stringify(new URL("../../../migration/cli/map.ts", import.meta.url).href)};
const migrate = new Command("migrate");
for (const command of mapCommands()) migrate.addCommand(command);
await migrate.parseAsync(["node", "migrate", ...process.argv.slice(1)]);`;

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", entry, "--", ...args], {
    encoding: "utf8",
    cwd: repository,
    env: { ...process.env, LANG: "C" },
  });
  expect(stderr, "a stack trace").not.to.match(/\n\s+at /);
  return { status, stdout, stderr };
}

const ourMap = (id: string) => readFileSync(new URL(`../../../migration/maps/${id}.yaml`, import.meta.url), "utf8");
const contract = {
  kd_nontender: 451,
  kd_satker_str: "1.03.0",
  nama_satker: "DINAS PU",
  nama_paket: ",Jalan  Tirtaraya ",
  no_kontrak: "SPK/1",
  tgl_kontrak: "2025-01-02T00:00:00.000000Z",
  nama_penyedia: "CV. MAJU",
  npwp_penyedia: npwp("82603327"),
  no_rek_bank: "001201000123301",
  nilai_kontrak: 5.5,
  versi_addendum: 0,
  status_kontrak: "Kontrak Selesai",
};
const rows = [
  contract,
  { ...contract, kd_nontender: 452, nilai_kontrak: "lima", nama_penyedia: "Adi Samaran", npwp_penyedia: NIK },
  { ...contract, kd_nontender: null, nama_paket: `Honor NIK ${NIK}` },
];

async function aProject(map = ourMap("isb-nontender-contract")) {
  return aFolder({
    "waves.yaml": PLAN.replace(/ {2}- \{ id: (?:satker|arsip), source.*\n/g, "").replace(
      "data/spse/*.json",
      "data/spse/kontrak.json",
    ),
    "data/spse/kontrak.json": JSON.stringify(rows),
    "maps/kontrak.yaml": map,
  });
}

describe("maps on the command line", () => {
  it("are listed, and have a schema", () => {
    const { status, stdout } = run("map", "list", "--lang", "en");
    expect(status).to.equal(0);
    expect(stdout).to.include("simda-sp2d.yaml").and.include("payment");
    expect(JSON.parse(run("map", "list", "--json").stdout)).to.have.length.greaterThan(30);
    expect(JSON.parse(run("map", "schema").stdout)).to.have.property("type", "object");
    for (const verb of [["map", "check"], ["map", "try"], ["clean"]])
      expect(run(...verb, "--help").stdout)
        .to.include("Exit codes")
        .and.include("Kode keluar");
  });

  it("are checked against the columns of their tables: 0 where they fit, 3 where they do not", async () => {
    await using project = await aProject();
    const fits = run("map", "check", "--folder", project.path, "--lang", "en");
    expect(fits).to.include({ status: 0, stderr: "" });
    expect(fits.stdout).to.include(
      "kept out of every public place: npwp_penyedia (tax numbers (NPWP)), no_rek_bank (bank accounts)",
    );
    await put(
      project.path,
      "maps/kontrak.yaml",
      ourMap("isb-nontender-contract")
        .replace("from: nama_paket", "from: nama_paket_baru")
        .replace('title: "Kontrak {number}"', "title: $npwp"),
    );
    const not = run("map", "check", "--all", "--folder", project.path, "--lang", "id");
    expect(not.status).to.equal(3);
    expect(not.stdout).to.match(
      /maps\/kontrak\.yaml:\d+:\d+: title wajib ada, tetapi tabel tidak punya kolom nama_paket_baru/,
    );
    expect(not.stdout).to.match(
      /maps\/kontrak\.yaml:\d+:\d+: npwp \(npwp_penyedia\) memuat NPWP dan tidak boleh terbuka/,
    );
    const [json] = JSON.parse(run("map", "check", "--json", "--folder", project.path).stdout);
    expect(json.faults.map(({ code }: { code: string }) => code).toSorted()).to.deep.equal([
      "column-missing",
      "personal",
    ]);
    expect(run("map", "check", join(project.path, "maps/none.yaml"), "--folder", project.path)).to.include({
      status: 1,
    });
    await put(project.path, "maps/wrong.yaml", "a: [");
    expect(run("map", "check", join(project.path, "maps/wrong.yaml"), "--folder", project.path)).to.include({
      status: 3,
    });
  });

  it("show what becomes of one row, without its personal data", async () => {
    await using project = await aProject();
    const of = (row: string, ...more: string[]) =>
      run("map", "try", "maps/kontrak.yaml", "--row", row, "--folder", project.path, "--lang", "en", ...more);
    const good = of("1");
    expect(good.status).to.equal(0);
    expect(good.stdout).to.match(/nama_paket\s+,Jalan Tirtaraya\s+Jalan Tirtaraya\s+blanks → edges/);
    expect(good.stdout).to.include('"firstValue": "550"').and.not.include("001201000123301");
    const bad = of("2");
    expect(bad.status).to.equal(3);
    expect(bad.stdout).to.include("nilai_kontrak not an amount of money (money-unreadable): lima").and.not.include(NIK);
    expect(of("3").stdout).to.not.include(NIK);
    expect(JSON.parse(of("1", "--json").stdout)).to.have.nested.property(
      "fragments[0].key",
      `npwp:${npwp("82603327").slice(0, 9)}`,
    );
    expect(of("9")).to.include({ status: 1 });
    expect(of("0")).to.include({ status: 2 });
    expect(run("map", "try", "maps/kontrak.yaml", "--folder", project.path)).to.include({ status: 2 });
    expect(run("map", "try", "maps/other.yaml", "--row", "1", "--folder", project.path)).to.include({ status: 2 });
  });
});

describe("cleaning on the command line", () => {
  it("writes each change of a cell and each fault, with its place, and no personal data", async () => {
    await using project = await aProject();
    const dry = run("clean", "--folder", project.path, "--dry-run", "--json");
    expect(dry.status).to.equal(0);
    expect(existsSync(join(project.path, ".migrate/clean"))).to.equal(false);
    const { status, stdout } = run("clean", "--folder", project.path, "--lang", "en");
    expect(status).to.equal(0);
    expect(stdout)
      .to.match(/kontrak\s+3\s+\d+\s+2/)
      .and.to.include("not an amount of money");
    const text = readFileSync(join(project.path, ".migrate/clean/kontrak.ndjson"), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines[0]).to.have.all.keys("row", "at", "column", "before", "after", "rule");
    expect(lines).to.deep.include({
      row: 1,
      at: lines[0].at,
      column: "nama_paket",
      before: ",Jalan  Tirtaraya ",
      after: ",Jalan Tirtaraya",
      rule: "blanks",
    });
    expect(lines.filter(({ fault }) => fault !== undefined).map(({ row, fault }) => [row, fault])).to.deep.equal([
      [2, "money-unreadable"],
      [3, "key-missing"],
      [3, "personal"],
    ]);
    for (const secret of [NIK, "001201000123301", npwp("82603327")]) expect(text).to.not.include(secret);
    const [summary] = JSON.parse(readFileSync(join(project.path, ".migrate/clean/summary.json"), "utf8"));
    expect(summary).to.include({ dataset: "kontrak", rows: 3, withFaults: 2 });
    expect(summary.changes).to.equal(lines.filter(({ rule }) => rule !== undefined).length);
    expect(JSON.parse(dry.stdout)).to.deep.equal([summary]);
  });

  it("stops before a map that does not fit, and at names that the plan does not have", async () => {
    await using project = await aProject(ourMap("isb-nontender-contract").replace("from: nama_paket", "from: judul"));
    expect(run("clean", "--folder", project.path)).to.include({ status: 3 });
    expect(run("clean", "--folder", project.path, "--dataset", "what")).to.include({ status: 2 });
    expect(run("clean", "--folder", join(project.path, "none"))).to.include({ status: 5 });
  });
});
