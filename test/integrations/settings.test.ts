import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect } from "chai";
import { parse } from "yaml";
import { readConfig } from "../../server/config.ts";
import type { ConfigFault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import {
  connectorsJsonSchema,
  milliseconds,
  parseConnectors,
  readConnectors,
} from "../../server/integrations/settings.ts";

const GOOD = `apiVersion: prasasti/connectors/v1
timezone: Asia/Makassar
agencies:
  - { id: ID-PRS-DPUPR, codes: ["1.03.01", "61234"], stem: ocds-213czf-dpupr }
sources:
  simda: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" }
  sipd: { engine: mysql, dsnEnv: SIPD_DSN }
jobs:
  - id: simda-sp2d
    source: simda
    map: finance-simda-sp2d
    sink: payments
    agency: ID-PRS-DPUPR
    schedule: { daily: "02:30" }
  - { id: sipd-sp2d, source: sipd, table: sp2d, sink: payments, schedule: { every: 15m }, contract: warn }
machines:
  - { holder: H-1, keyEnv: MACHINE_KEY, agency: ID-PRS-DPUPR, kinds: [payment], jobs: [simda-sp2d] }
`;

const faultsOf = (text: string) => {
  const read = parseConnectors(text, "connectors.yaml");
  return "faults" in read ? read.faults : [];
};

describe("connectors.yaml", () => {
  it("is read with what it leaves out", () => {
    const read = parseConnectors(GOOD, "connectors.yaml");
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    const [daily, often] = read.settings.jobs;
    expect(daily).to.deep.include({ overlap: "3d", contract: "freeze", volume: 50, timeLimit: "30m" });
    expect(daily!.retry).to.deep.equal({ attempts: 5, first: "1s", most: "5m" });
    expect(often).to.deep.include({ contract: "warn", rate: { requests: 60, per: "1m" } });
  });

  it("tells all that is wrong with it at once, each with line and column, in both languages", () => {
    const bad = GOOD.replace("Asia/Makassar", "WITA")
      .replace('daily: "02:30"', 'daily: "25:30"')
      .replace("every: 15m", "every: a while")
      .replace("contract: warn", "contrakt: warn")
      .replace("dsnEnv: SIPD_DSN", "dsnEnv: mysql://u:p@h/db");
    const faults = faultsOf(bad);
    expect(faults.map(({ line }) => line)).to.have.members([2, 7, 14, 15, 15]);
    for (const { en, id, column } of faults) {
      expect(en).to.not.equal(id);
      expect(column).to.be.greaterThan(0);
    }
    expect(faults.map(({ en }) => en).join("\n")).to.not.include("u:p@h");
  });

  it("names what nothing has and what two things have", () => {
    const bad = GOOD.replace("source: simda\n", "source: simba\n")
      .replace("id: sipd-sp2d", "id: simda-sp2d")
      .replace("agency: ID-PRS-DPUPR\n    schedule", "agency: ID-PRS-OTHER\n    schedule")
      .replace('"61234"', '"1.03.01"');
    const faults = faultsOf(bad);
    expect(faults.map(({ line, column }) => `${line}:${column}`)).to.have.members(["4:44", "10:13", "13:13", "15:11"]);
  });

  it("names a job that would stand under an address of the gateway's own", () => {
    const [fault, ...more] = faultsOf(GOOD.replace("id: sipd-sp2d", "id: proposals"));
    expect(fault).to.include({ line: 15, column: 11 });
    expect(fault!.en).to.include("another id");
    expect(more).to.deep.equal([]);
  });

  it("holds no secret: a password in it is refused, and not repeated", () => {
    const faults = faultsOf(`${GOOD}# password: rahasia123\n`);
    expect(faults).to.have.length(1);
    expect(faults[0]).to.include({ line: 18 });
    expect(JSON.stringify(faults)).to.not.include("rahasia123");
  });

  it("names a map that is neither ours nor beside it, and what is wrong with one that is", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-settings-"));
    const file = path.join(folder, "connectors.yaml");
    await writeFile(path.join(folder, "own.yaml"), "apiVersion: prasasti/map/v2\n");
    await writeFile(
      file,
      GOOD.replace("map: finance-simda-sp2d", "map: finance-simda-sp3d").replace(
        "table: sp2d,",
        "table: sp2d, map: own.yaml,",
      ),
    );
    const faults: Words[] = [];
    expect(await readConnectors(file, faults)).to.equal(undefined);
    expect(faults.map(({ en }) => en).join("\n"))
      .to.contain("connectors.yaml:11:10: there is no map finance-simda-sp3d")
      .and.to.contain("own.yaml:1:13:");
    await writeFile(file, GOOD);
    const none: Words[] = [];
    expect((await readConnectors(file, none))!.folder).to.equal(folder);
    expect(await readConnectors(path.join(folder, "absent.yaml"), none)).to.equal(undefined);
    expect(none.map(({ id }) => id)).to.deep.equal([
      `PRASASTI_CONNECTORS: tidak ada berkas ${path.join(folder, "absent.yaml")}.`,
    ]);
    await rm(folder, { recursive: true });
  });

  it("names a map whose rows say nothing to the sink that would take them", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-settings-"));
    const file = path.join(folder, "connectors.yaml");
    // of a migration, which wants payments of old contracts alone
    await writeFile(file, GOOD.replace("map: finance-simda-sp2d", "map: simda-sp2d"));
    const faults: Words[] = [];
    expect(await readConnectors(file, faults)).to.equal(undefined);
    expect(faults.map(({ en }) => en)).to.deep.equal([
      "connectors.yaml:11:10: the map simda-sp2d is for procurement: payments finds nothing in its rows; change `sink` or `map`.",
    ]);
    await rm(folder, { recursive: true });
  });

  it("makes the gateway refuse to start, and a sandbox has an empty one", async () => {
    const code = await readConfig({ PRASASTI_CONNECTORS: "/none.yaml" }, {}).catch(
      (error: ConfigFault) => error.faults,
    );
    expect(JSON.stringify(code)).to.include("/none.yaml");
    expect((await readConfig({}, {})).connectors!.settings.jobs).to.deep.equal([]);
  });

  it("is described by the published schema; npm run generate writes it", async () => {
    const published = await readFile(new URL("../../docs/reference/connectors.schema.json", import.meta.url), "utf8");
    expect(JSON.parse(published)).to.deep.equal(connectorsJsonSchema());
    const judge = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(
      connectorsJsonSchema(),
    );
    expect(judge(parse(GOOD)), JSON.stringify(judge.errors)).to.equal(true);
    expect(judge(parse(GOOD.replace("sink: payments", "sink: cash")))).to.equal(false);
  });

  it("has durations of one number and one unit", () => {
    expect(["30s", "15m", "6h", "3d"].map(milliseconds)).to.deep.equal([30_000, 900_000, 21_600_000, 259_200_000]);
  });
});
