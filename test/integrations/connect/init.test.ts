import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Words } from "../../../server/domain/problems.ts";
import { firstConnectors, type NamedAgency } from "../../../server/integrations/connect/first-connectors.ts";
import { type Findings, lookIntoFiles } from "../../../server/integrations/connect/look-into-files.ts";
import { type Connectors, readConnectors } from "../../../server/integrations/settings.ts";
import { OFFICE, PRIVATE, TREASURY_CODE, writeOwnFiles } from "./own-files.ts";

// A first connectors.yaml from a folder of somebody's own files.

describe("a first connectors.yaml", () => {
  let folder: string;
  let rows: Record<string, number>;
  let findings: Findings;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-own-"));
    rows = await writeOwnFiles(folder);
    findings = await lookIntoFiles([folder]);
  });
  after(() => rm(folder, { recursive: true }));

  /** Writes it as the command does, and reads it as the gateway does. */
  async function settingsOf(
    { agencies = [], treasury }: { agencies?: NamedAgency[]; treasury?: string } = {},
    change = (text: string) => text,
  ): Promise<{ settings: Connectors; text: string }> {
    const { text, copies } = firstConnectors(findings, { folder, agencies, treasury });
    for (const [name, copy] of copies) await writeFile(path.join(folder, name), copy);
    const file = path.join(folder, "connectors.yaml");
    await writeFile(file, change(text));
    const faults: Words[] = [];
    const read = await readConnectors(file, faults);
    expect(faults).to.deep.equal([]);
    return { settings: read!.settings, text };
  }

  it("names the map of every table, takes all its rows, and passes the gateway's own check as it is written", async () => {
    const { jobs } = firstConnectors(findings, { folder, agencies: [], treasury: undefined });
    const read: Record<string, number> = {};
    for (const { table, use, job } of jobs) {
      expect([...use.refused], job).to.deep.equal([]);
      read[job] = (read[job] ?? 0) + table.rows;
    }
    expect(read).to.deep.equal(rows);
    const { settings } = await settingsOf();
    expect(settings.jobs.map(({ id }) => id)).to.have.members(Object.keys(rows));
    const job = (id: string) => settings.jobs.find((each) => each.id === id)!;
    expect(job("isb-nontender-contract")).to.include({ sink: "procurement", map: "isb-nontender-contract" });
    expect(job("finance-register-plain")).to.include({ sink: "payments", table: "Daftar" });
    expect(job("finance-sipkd-sp2ddetr").year).to.equal(2025);
    expect(job("finance-register").year).to.equal(undefined);
    const source = (id: string) => settings.sources[job(id).source];
    expect(source("finance-register")).to.deep.include({
      ...{ engine: "csv", path: "register/sp2d-2026-*.csv", encoding: "windows-1252", delimiter: ";" },
    });
    expect(source("bank-statement-bank-mt940")).to.deep.include({ engine: "mt940", path: "bank/rkud-*.sta" });
    expect(source("bank-csv-plain")).to.deep.include({ engine: "csv", delimiter: "\t" });
    expect(source("finance-register-plain")).to.deep.include({ headerRow: { Daftar: 2 } });
    expect(source("isb-nontender-contract")).to.deep.include({ pointer: "/data" });
  });

  it("tells codes and names of offices, of a list beside them too, and is whole once its lines are filled in", async () => {
    expect(findings.offices).to.deep.include({ codes: [OFFICE, "60412"], name: "DINAS UJI", rows: 5 });
    const { settings } = await settingsOf({}, (text) =>
      text
        // as a person does it: the mark away, his own words in
        .split("\n")
        .map((line) =>
          /ISI/.test(line) || /^# (?:agencies|bankAccounts):/.test(line)
            ? line.replace(/^(\s*)# (?=[ a-z])/, "$1")
            : line,
        )
        .join("\n")
        .replaceAll('number: "ISI"', 'number: "0010001234567"')
        .replaceAll('agency: "ISI"', 'agency: "ID-UJI-1"')
        .replace(
          /id: "ISI"(.*)stem: "ISI"/g,
          (_, codes: string) => `id: "ID-UJI-${++filled}"${codes}stem: "ocds-uji-${filled}"`,
        ),
    );
    expect(settings.agencies).to.have.length(3);
    expect(settings.bankAccounts).to.have.length(1);
    for (const { sink, agency, id } of settings.jobs)
      expect(agency, id).to.equal(sink === "payments" || sink === "bank" ? "ID-UJI-1" : undefined);
    expect(settings.jobs.find(({ id }) => id === "bank-csv-plain")!.account).to.equal("RKUD");
  });
  let filled = 0;

  it("has the agencies and the treasury that were named, and asks for the others", async () => {
    const agencies = [
      { id: "ID-UJI-PU", codes: ["60412"], stem: "ocds-uji-pu", sure: true },
      { id: "ID-UJI-BUD", codes: [], stem: "ocds-uji-bud", sure: false },
    ];
    const { settings, text } = await settingsOf({ agencies, treasury: "ID-UJI-BUD" });
    expect(settings.agencies).to.deep.equal([
      { id: "ID-UJI-PU", name: "DINAS UJI", codes: ["60412", OFFICE], stem: "ocds-uji-pu" },
      { id: "ID-UJI-BUD", codes: ["ID-UJI-BUD"], stem: "ocds-uji-bud" },
    ]);
    for (const { sink, agency, id } of settings.jobs)
      expect(agency, id).to.equal(sink === "payments" || sink === "bank" ? "ID-UJI-BUD" : undefined);
    expect(text).to.contain(
      `#   - { id: "ISI", codes: ["${TREASURY_CODE}", "60413"], stem: "ISI" }   # BADAN KEUANGAN UJI`,
    );
    expect(text).to.match(/stem: "ocds-uji-bud" }.*ISI \/ FILL IN: stem is a guess/);
  });

  it("names every file that it does not read, with what to do, in both languages; tables that others look into are none", () => {
    const left = new Map(
      findings.left.map(({ file, table, words, remedy }) => {
        expect(words.id).to.not.equal(words.en);
        expect(remedy.id).to.be.a("string").that.is.not.empty;
        return [table === "Petunjuk" ? table : path.basename(file), `${words.en} ${remedy.en}`];
      }),
    );
    expect([...left.keys()]).to.have.members([
      ...["pain.xml", "kosong.csv", "lama.xls", "catatan.txt", "orang.csv", "hampir.csv", "rusak.json", "Petunjuk"],
    ]);
    expect(left.get("kosong.csv")).to.contain("0 bytes");
    expect(left.get("lama.xls")).to.contain(".xlsx");
    expect(left.get("pain.xml")).to.contain("camt.053");
    expect(left.get("hampir.csv")).to.contain("finance-register").and.to.contain("Nilai SP2D / Nilai Bruto");
    expect(left.get("rusak.json")).to.contain("cut").and.not.to.contain(folder);
  });

  it("says nothing of persons and accounts", async () => {
    const { text } = await settingsOf();
    for (const word of PRIVATE) expect(text + JSON.stringify(findings)).to.not.contain(word);
    for (const name of ["bank-csv-plain.yaml", "finance-register-plain.yaml"])
      expect(await readFile(path.join(folder, name), "utf8")).to.contain("as: money, format: plain");
  });
});
