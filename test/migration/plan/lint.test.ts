import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { lintPlan, type PlanFault, tellFault } from "../../../migration/plan/lint.ts";
import { PLAN_RULES, type PlanRule } from "../../../migration/plan/rules.ts";
import { aFolder, aMap, PAYMENT, PLAN, put } from "./folder.ts";

/** What the lint says where one thing is otherwise: the place is that of `mark` in the changed text, or of its ^. */
type Case = [rule: PlanRule, from: string | RegExp, to: string, mark: string];

// each breaks one rule of a plan against which nothing stands
const cases: Case[] = [
  ["todo", "Kabupaten Tirtaraya, contracts", "TODO what is migrated, contracts", "TODO"],
  ["missing", /\n {4}deputy: .*(?=\n {4}window: { start: "2026-03-15)/, "", "id: W1"],
  ["missing", /\n {4}owner: .*(?=\n.*\n {4}window: { start: "2026-03-15)/, "", "id: W1"],
  ["missing", /\n {4}window: { start: "2026-03-15.*/, "", "id: W1"],
  ["missing", /\n {4}rollback:\n.*\n.*\n.*\n.*(?=\n {4}requireLessons|\ngoals)/, "", "id: W2"],
  ["missing", "baseline: 40, ", "", "{ id: G1"],
  ["missing", 'deadline: "2026-12-31"\n', "", "apiVersion"],
  ["unknown-field", "pilot: true", "pilott: true", "pilott"],
  ["wrong-shape", "edited: block", "edited: withdraw", "withdraw"],
  ["wrong-shape", "deadline: 14d", "deadline: soon", "soon"],
  ["wrong-shape", "tier: A", "tier: D", "tier: ^D"],
  ["wrong-shape", "engine: json", "engine: oracle", "oracle"],
  ["wrong-shape", 'agencies: "*" }', "agencies: all }", "all"],
  ["not-text", 'codes: ["100"]', "codes: [100]", "100]"],
  ["not-text", '"25000000.00"', "25000000.00", "25000000.00"],
  ["secret-in-file", "# a plan, with comments", "# mysql://simda:rahasia@10.0.0.1/simda", "mysql:"],
  ["secret-in-file", "currency: IDR\ntimezone", "currency: IDR # password: rahasia\ntimezone", "password"],
  ["env-name", /engine: csv,.*}/, "engine: mysql, dsnEnv: simda on the old server }", "simda on"],
  ["personal-data", "Dibekukan semalam", "Hubungi Budi di 0812 3456 7890", "Hubungi"],
  ["personal-data", "use the backup", "ask the owner of NPWP 01.234.567.8-429.000", "ask the"],
  ["id-twice", "id: kontrak, source", "id: satker, source", "satker, source: spse, table: kontrak"],
  ["source-unknown", "id: satker, source: spse", "id: satker, source: sipd", "sipd"],
  ["source-unused", "id: arsip, source: arsip", "id: arsip, source: spse", "arsip: { engine"],
  ["path-outside", "data/arsip.csv", "../arsip.csv", "../arsip.csv"],
  ["file-missing", "data/arsip.csv", "data/arsib.csv", "data/arsib.csv"],
  ["map-missing", "maps/arsip.yaml", "maps/other.yaml", "maps/other.yaml"],
  ["map-wrong", "maps/arsip.yaml", "maps/broken.yaml", "maps/broken.yaml"],
  ["sign-off-missing", /\n {2}- { source: arsip.*/, "", "arsip: { engine"],
  ["dataset-unknown", "datasets: [kontrak]", "datasets: [kontrak, kontak]", "kontak"],
  ["dataset-in-no-wave", "datasets: [kontrak, arsip]", "datasets: [kontrak]", "arsip, source"],
  ["dataset-in-two-waves", /(tier: B\n.*\n {4}scope: { agencies: )"\*"/, "$1[ID-77-PU, ID-77-SETDA]", "kontrak, arsip"],
  ["wave-empty", "    datasets: [satker]\n", "", "id: W0"],
  ["wave-unknown", "after: [W0]", "after: [W9]", "W9"],
  ["wave-cycle", "after: []", "after: [W2]", "W2]"],
  ["wave-too-early", "2026-03-20T20:00", "2026-03-16T03:00", '"2026-03-16T03:00'],
  [
    "windows-overlap",
    /after: \[W1\]((?:.|\n)*)"2026-03-20T20:00"/,
    'after: [W0]$1"2026-03-16T03:00"',
    '"2026-03-16T03:00',
  ],
  ["window-empty", "2026-03-11T04:00", "2026-03-10T04:00", '"2026-03-10T04:00'],
  ["window-after-deadline", "2026-12-31", "2026-03-19", '"2026-03-21T04'],
  ["rollback-after-deadline", /deadline: 14d(?=(?:(?!deadline: 14d)[\s\S])*$)/, "deadline: 52w", "52w"],
  ["time-unreadable", "2026-03-15T20:00", "15 Maret 2026", '"15 Maret'],
  ["time-unreadable", "2026-03-15T20:00", "2026-02-30T20:00", '"2026-02-30'],
  ["zone-unknown", "timezone: Asia/Jakarta", "timezone: WIB", "WIB"],
  [
    "time-gap",
    '"2026-03-15T20:00", end: "2026-03-16T04:00"',
    '"2026-03-29T02:30", end: "2026-03-30T04:00", zone: Europe/Berlin',
    '"2026-03-29T02:30',
  ],
  [
    "time-twice",
    '"2026-03-20T20:00", end: "2026-03-21T04:00"',
    '"2026-10-25T02:30", end: "2026-10-26T04:00", zone: Europe/Berlin',
    '"2026-10-25T02:30',
  ],
  ["offset-differs", "2026-03-15T20:00", "2026-03-15T20:00+08:00", '"2026-03-15T20:00+08'],
  ["agency-unknown", "agencies: [ID-77-PU]", "agencies: [ID-77-PU, ID-77-PX]", "ID-77-PX"],
  ["agency-unknown", "lead: ID-77-SETDA", "lead: ID-77-KECAMATAN", "ID-77-KECAMATAN"],
  ["agency-without-codes", '["200", "1.03.0"]', "[]", "codes: []"],
  ["agency-without-stem", "stem: ocds-tirta-lama-pu, ", "", "{ id: ID-77-PU"],
  ["agency-without-wave", /"\*"(?=(?:.|\n)*requireLessons)/g, "[ID-77-PU]", "ID-77-SETDA, name"],
  ["code-twice", '"1.03.0"', '"100"', '"200", ^"100"'],
  ["stem-twice", "ocds-tirta-lama-pu", "ocds-tirta-lama-setda-2", "ocds-tirta-lama-setda-2"],
  [
    "deputy-is-owner",
    "office: Kepala Bidang LPSE, holder: H-LPSE",
    "office: Kepala Bidang LPSE, holder: H-UKPBJ",
    "H-UKPBJ }",
  ],
  ["approver-twice", "holder: H-INSPEKTUR }\nsources", "holder: H-SEKDA }\nsources", "H-SEKDA }\nsources"],
  [
    "overseer-is-head",
    "{ office: Inspektur, holder: H-INSPEKTUR }\n    owner",
    "{ office: Inspektur, holder: H-SEKDA }\n    owner",
    "H-SEKDA }\n    owner",
  ],
  ["percent-range", "rejectsMaxPercent: 0.5", "rejectsMaxPercent: 105", "105"],
  [
    "number-range",
    "backup: { restoreTest: required, maxAgeDays: 3",
    "backup: { restoreTest: required, maxAgeDays: 0",
    "maxAgeDays: ^0 }",
  ],
  ["payments-without-balances", "maps/arsip.yaml", "maps/sp2d.yaml", "kontrak, ^arsip"],
  ["no-pilot", "    pilot: true\n", "", "waves:"],
  ["lessons-not-required", "    requireLessons: true\n", "", "id: W2"],
  ["goal-equals-baseline", "target: 1", "target: 40", "target: ^40 }"],
  ["rule-on-unknown", "on: kontrak, check", "on: kontrek, check", "kontrek"],
  ["rule-unreadable", '"nilai_kontrak > 0"', '"nilai_kontrak >> 0"', '"nilai_kontrak >> 0"'],
  ["when-unreadable", "start-7d", "a week before", "a week"],
  ["training-late", '"2026-03-01"', '"2026-03-19"', '"2026-03-19"'],
  ["syntax", "currency: IDR\ntimezone", "currency: [IDR\ntimezone", "timezone"],
];

async function faultsOf(text: string, more: Record<string, string> = {}): Promise<readonly PlanFault[]> {
  await using folder = await aFolder({ "waves.yaml": text, ...more });
  return (await lintPlan(folder.path)).faults;
}

describe("the lint of a plan", () => {
  it("says nothing against a plan that is whole", async () => {
    expect(await faultsOf(PLAN)).to.deep.equal([]);
  });

  it("has nothing against the same plan written as JSON", async () => {
    const { parse } = await import("yaml");
    await using folder = await aFolder();
    await writeFile(`${folder.path}/waves.yaml`, JSON.stringify(parse(PLAN), null, 2));
    expect((await lintPlan(folder.path)).faults).to.deep.equal([]);
  });

  for (const [rule, from, to, mark] of cases) {
    it(`${rule}: ${String(from).slice(0, 40).replaceAll("\n", "⏎")} → ${to.slice(0, 40).replaceAll("\n", "⏎")}`, async () => {
      const text = PLAN.replace(from, to);
      expect(text, "the case changes the plan").not.to.equal(PLAN);
      const faults = await faultsOf(text, { "maps/broken.yaml": "a: [", "maps/sp2d.yaml": aMap("sp2d", PAYMENT) });
      const found = faults.find(({ code }) => code === rule);
      expect(found, JSON.stringify(faults.map(({ code, line }) => [code, line]))).not.to.equal(undefined);
      const caret = Math.max(0, mark.indexOf("^"));
      const offset = text.indexOf(mark.replace("^", "")) + caret;
      const before = text.slice(0, offset).split("\n");
      // with no mark of its own the place is where the thing should stand
      expect(text, "the mark is in the text").to.include(mark.replace("^", ""));
      expect([found!.line, found!.column], found!.message.en).to.deep.equal([before.length, before.at(-1)!.length + 1]);
    });
  }

  it("has a case for every rule", () => {
    const others = ["pilot-open-contracts"];
    const tried = new Set<string>([...cases.map(([rule]) => rule), ...others]);
    expect(Object.keys(PLAN_RULES).filter((rule) => !tried.has(rule))).to.deep.equal([]);
  });

  it("names a pilot with many open contracts once the rows are counted", async () => {
    await using folder = await aFolder();
    await put(
      folder.path,
      ".migrate/profile/agencies.json",
      JSON.stringify({ agencies: [{ agency: "ID-77-PU", open: 51 }] }),
    );
    expect((await lintPlan(folder.path)).faults.map(({ code }) => code)).to.deep.equal(["pilot-open-contracts"]);
    await put(
      folder.path,
      ".migrate/profile/agencies.json",
      JSON.stringify({ agencies: [{ agency: "ID-77-PU", open: 50 }] }),
    );
    expect((await lintPlan(folder.path)).faults).to.deep.equal([]);
  });

  it("never repeats a secret that it found", async () => {
    const faults = await faultsOf(PLAN.replace("# a plan", "# postgres://app:s3cr3t@db/spse"));
    expect(faults).to.have.length(1);
    expect(JSON.stringify(faults)).not.to.include("s3cr3t");
  });

  it("never repeats personal data that it found", async () => {
    const faults = await faultsOf(PLAN.replace("use the backup", "hubungi 0812 3456 7890"));
    expect(faults.map(({ code }) => code)).to.deep.equal(["personal-data"]);
    expect(JSON.stringify(faults)).not.to.include("3456");
  });

  it("lets owners keep their telephone numbers under contact", async () => {
    expect(PLAN).to.include("+62 811");
    expect(await faultsOf(PLAN)).to.deep.equal([]);
  });

  for (const language of ["en", "id"] as const) {
    it(`tells everything against a bad plan, in order (${language})`, async () => {
      const golden = (name: string) => fileURLToPath(new URL(`golden/${name}`, import.meta.url));
      const faults = await faultsOf(await readFile(golden("bad.yaml"), "utf8"));
      const told = `${faults.map((fault) => tellFault(fault, language)).join("\n")}\n`;
      if (process.env.UPDATE_GOLDEN) await writeFile(golden(`bad.${language}.txt`), told);
      expect(told).to.equal(await readFile(golden(`bad.${language}.txt`), "utf8"));
    });
  }

  it("stands whatever is in the file", async () => {
    for (const text of [
      "",
      "[]",
      "null",
      "7",
      "waves: x",
      "waves: [1, null, {after: 3}]",
      "a: &a [*a]",
      "sources: {__proto__: {engine: csv}}",
      "agencies: [{codes: [null]}]",
      "waves: [{id: a, scope: {agencies: [null, 3]}, window: {start: 5}}]",
      "? {a: 1}\n: 2",
      "%YAML 1.1\n---\na: no",
      "---\na: 1\n---\nb: 2",
    ]) {
      const faults = await faultsOf(text);
      expect(faults, text).not.to.deep.equal([]);
      for (const { line, column } of faults) expect(line >= 1 && column >= 1, text).to.equal(true);
    }
  });
});
