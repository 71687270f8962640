import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { Command } from "commander";
import type { Browser, BrowserContext } from "playwright-core";
import { profileCommands } from "../../../migration/cli/profile.ts";
import { accessibilityFaults, needsBrowser, openBrowser } from "../../web/browser.ts";

const NPWP = "01.601.315.3-051.000";
const rows = [
  "kd_nontender;nama_satker;tahun_anggaran;no_kontrak;no_bap;tgl_bap;besar_pembayaran;npwp_penyedia;nama_penyedia;ket;_event_date",
  `101;DINAS <b>PENDIDIKAN</b>;2025;K/1;B/1;2025-02-03;72897000;${NPWP};PT Satu;NIK 3204141811690019;2025-10-01`,
  `101;DINAS <b>PENDIDIKAN</b>;2025;K/1;B/1;2025-02-03;72897000;${NPWP};PT Satu;NIK 3204141811690019;2025-10-03`,
  `102;DINAS PERTANIAN;2024;K/2;B/2;2025-02-30;1.5;${NPWP};PT SATU;;2025-10-03`,
  `103;DINAS PERTANIAN;2024;K/3;B/3;2025-03-01;900000000;${NPWP};PT SATU;"x""y & z";2025-10-03`,
];

/** Runs a verb as a person would; what it printed, and its exit code. */
async function run(...args: string[]): Promise<{ out: string; code: number }> {
  const command = new Command("migrate");
  for (const verb of profileCommands()) command.addCommand(verb);
  const write = process.stdout.write;
  let out = "";
  process.stdout.write = ((text: string) => {
    out += text;
    return true;
  }) as typeof process.stdout.write;
  const before = process.exitCode;
  try {
    await command.parseAsync(args, { from: "user" });
    return { out, code: Number(process.exitCode ?? 0) };
  } finally {
    process.stdout.write = write;
    process.exitCode = before;
  }
}

describe("inventory, profile and assess", () => {
  let folder: string;
  const report = (name: string) => join(folder, ".migrate", name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "prasasti sumber "));
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/bap.csv"), rows.join("\r\n"));
    writeFileSync(
      join(folder, "waves.yaml"),
      `id: uji
sources:
  keuangan: { engine: csv, path: data/*.csv, encoding: utf-8, delimiter: ";" }
datasets:
  - { id: bap, source: keuangan, table: bap, map: maps/bap.yaml, order: 1 }
quality:
  - { id: Q1, on: bap, check: "besar_pembayaran > 2", level: fail, onRow: reject, maxPercent: 50 }
`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  it("lists what there is, with a proposal for the form of files", async () => {
    const { out, code } = await run("inventory", "--folder", folder, "--json");
    expect(code).to.equal(0);
    const { tables, proposals } = JSON.parse(out);
    expect(tables).to.have.length(1);
    expect(tables[0]).to.include({ source: "keuangan", table: "bap", rows: 4, rowsBy: "scan", stage: "acceptance" });
    expect(proposals[0].encoding.value).to.match(/utf-8|us-ascii/);
    expect(proposals[0].delimiter.value).to.equal(";");
  });

  it("profiles a dataset by its id, its source and its table, and keeps the same bytes for the same data", async () => {
    const bytes = () => readFileSync(report("profile/keuangan.json"), "utf8");
    expect((await run("profile", "bap", "--folder", folder)).code).to.equal(0);
    const first = bytes();
    expect((await run("profile", "keuangan", "--folder", folder, "--lang", "id")).code).to.equal(0);
    expect(bytes()).to.equal(first);
    expect(JSON.parse(first).tables[0]).to.include({ rows: 4, reloaded: 1 });
    expect(JSON.parse(first).tables[0].rules[0]).to.include({ id: "Q1", judged: 4, broken: 1 });
  });

  it("ends with 3 while something blocks, with 0 once the plan settles it", async () => {
    const { out, code } = await run("assess", "--folder", folder, "--json");
    expect(code).to.equal(3);
    const blocking = JSON.parse(out).checks.filter(
      (each: { severity: string; verdict: string }) => each.severity === "block" && each.verdict === "open",
    );
    expect(blocking.map(({ id }: { id: string }) => id)).to.deep.equal(["MIG-A005"]);
    const plan = join(folder, "waves.yaml");
    const text = readFileSync(plan, "utf8");
    writeFileSync(plan, `${text}dedupe: [{ on: bap, rules: [ignoring-load-stamps] }]\n`);
    expect((await run("assess", "--folder", folder, "--lang", "id")).code).to.equal(0);
    writeFileSync(plan, text);
  });

  it("says where a plan or a rule is wrong, with exit code 5, and leaves what it wrote before", async () => {
    const plan = join(folder, "waves.yaml");
    const text = readFileSync(plan, "utf8");
    const before = readFileSync(report("profile/keuangan.json"), "utf8");
    writeFileSync(plan, text.replace("besar_pembayaran > 2", "besar_bayar > 2"));
    expect((await run("profile", "--folder", folder)).code).to.equal(5);
    writeFileSync(plan, text.replace("engine: csv", "engine: csvv"));
    expect((await run("inventory", "--folder", folder)).code).to.equal(5);
    writeFileSync(plan, text);
    expect((await run("profile", "tidak-ada", "--folder", folder)).code).to.equal(2);
    expect((await run("inventory", "--folder", join(folder, "tidak ada"))).code).to.equal(5);
    expect(readFileSync(report("profile/keuangan.json"), "utf8")).to.equal(before);
  });

  it("writes no number of a person anywhere", async () => {
    await run("assess", "--folder", folder);
    const written = readdirSync(report(""), { recursive: true, encoding: "utf8" }).filter((name) =>
      /\.(html|json)$/.test(name),
    );
    expect(written.length).to.be.greaterThan(5);
    for (const name of written) {
      const text = readFileSync(report(name), "utf8");
      for (const secret of [NPWP, "016013153051000", "3204141811690019"]) expect(text, name).to.not.include(secret);
    }
  });

  describe("as pages", () => {
    let browser: Browser;
    let context: BrowserContext;
    before(async function () {
      needsBrowser(this);
      await run("inventory", "--folder", folder, "--lang", "id");
      await run("assess", "--folder", folder, "--lang", "id");
      ({ browser, context } = await openBrowser());
    });
    after(async () => browser?.close());

    for (const name of ["inventory.html", "assessment.html", "profile/index.html", "profile/keuangan/bap.html"])
      it(`${name} asks nothing of anybody, and can be read by everybody`, async () => {
        const page = await context.newPage();
        const asked: string[] = [];
        page.on("request", (request) => asked.push(request.url()));
        await page.goto(pathToFileURL(report(name)).href);
        expect(asked).to.have.length(1);
        expect(await page.locator("html").getAttribute("lang")).to.equal("id");
        // what is in a cell is text, whatever it looks like
        expect(await page.locator("b").count()).to.equal(0);
        for (const colorScheme of ["light", "dark"] as const)
          expect(await faultsOf(name, colorScheme)).to.deep.equal([]);
        await page.setViewportSize({ width: 360, height: 800 });
        expect(await page.evaluate("document.documentElement.scrollWidth")).to.be.at.most(360);
        await page.close();
      });

    async function faultsOf(name: string, colorScheme: "light" | "dark"): Promise<string[]> {
      // the looker is a script, which the page itself forbids
      const bare = await browser.newContext({ bypassCSP: true, colorScheme });
      const page = await bare.newPage();
      await page.goto(pathToFileURL(report(name)).href);
      await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
      const faults = await accessibilityFaults(page);
      await bare.close();
      return faults;
    }

    it("show plots, each with its table", async () => {
      const page = await context.newPage();
      await page.goto(pathToFileURL(report("profile/keuangan/bap.html")).href);
      expect(await page.locator("figure svg").count()).to.be.greaterThan(2);
      expect(
        await page.locator("figure").filter({ hasText: "besar_pembayaran" }).locator("details table").count(),
      ).to.equal(1);
      const text = await page.locator("main").innerText();
      expect(text).to.include("Rp 972.897.001,50");
      await page.close();
    });
  });
});
