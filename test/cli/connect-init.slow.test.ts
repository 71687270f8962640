import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import type { Run } from "../../server/domain/connectors.ts";
import { OFFICE, PRIVATE, TREASURY_CODE, writeOwnFiles } from "../integrations/connect/own-files.ts";
import { describeWithLegacy, LEGACY, legacyFacts } from "../migration/samples.ts";
import { Gateway, prasasti, temporaryFolder } from "../operations/prasasti.ts";

// From a folder of files to a gateway that has read them, as somebody does it who has never done it.

type Told = {
  tables: {
    file: string;
    rows: number;
    taken: number;
    leftOut: number;
    refused: Record<string, number>;
    job: string;
  }[];
};

/** Runs every job of a file in a gateway of its own; gives what became of the rows. */
async function runAll(file: string, jobs: readonly string[]): Promise<Map<string, Run>> {
  await using data = await temporaryFolder();
  await using gateway = await Gateway.start(data.path, undefined, { PRASASTI_CONNECTORS: file });
  const runs = new Map<string, Run>();
  for (const job of jobs) {
    const { out, err, exit } = await prasasti(["connect", "run", job, "--json", "--data", data.path]);
    expect([0, 4], `${job} ${err}`).to.include(exit);
    runs.set(job, JSON.parse(out));
  }
  await gateway.stop();
  return runs;
}

describe("connect init", function () {
  this.timeout(180_000);

  it("writes what a gateway then reads: every row that it counted as taken, and sets aside the others", async () => {
    await using folder = await temporaryFolder();
    const rows = await writeOwnFiles(folder.path);
    const out = path.join(folder.path, "connectors.yaml");
    const args = ["connect", "init", folder.path, "--out", out, "--lang", "id"];
    const offices = ["--agency", `ID-PRS-DPUPR=${OFFICE},1.3.1.2`, "--agency", `ID-PRS-BPKAD=${TREASURY_CODE}`];
    const made = await prasasti([...args, ...offices, "--treasury", "ID-PRS-TIRTARAYA"]);
    expect(made.exit, made.err).to.equal(4);
    expect(made.out).to.contain("isb-nontender-contract").and.to.contain("prasasti connect run");
    for (const word of PRIVATE) expect(made.out).to.not.contain(word);
    const again = await prasasti(args);
    expect([again.exit, again.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("--force"),
    );
    // what is left for a person: an account that its file does not name
    const text = await readFile(out, "utf8");
    await writeFile(
      out,
      text
        .replace("    # account:", "    account:")
        .replace(/^# (bankAccounts:)\n# (.*)"ISI"/m, '$1\n$2"0010001234567"'),
    );
    const runs = await runAll(out, Object.keys(rows));
    for (const [job, { read, drafted, unchanged, merged, setAside }] of runs) {
      expect(read, job).to.equal(rows[job]);
      expect([drafted + unchanged + merged, setAside], job).to.deep.equal([rows[job], 0]);
    }
  });

  it("asks a gateway for the stems of agencies, and knows which are none of its own", async () => {
    await using folder = await temporaryFolder();
    await writeOwnFiles(folder.path);
    await using data = await temporaryFolder();
    await using gateway = await Gateway.start(data.path);
    const init = (...more: string[]) =>
      prasasti([
        "connect",
        "init",
        path.join(folder.path, "isb"),
        "--out",
        path.join(folder.path, "c.yaml"),
        "--data",
        data.path,
        ...more,
      ]);
    const unknown = await init("--agency", `ID-PRS-NOBODY=${OFFICE}`);
    expect([unknown.exit, unknown.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("is not registered"),
    );
    expect((await init("--agency", "ID-PRS-PJN")).exit).to.equal(2);
    const whole = await init("--agency", `ID-PRS-PJN=${OFFICE}`, "--agency", `ID-PRS-BPKAD=${TREASURY_CODE}`);
    expect([whole.exit, whole.err]).to.deep.equal([0, ""]);
    expect(await readFile(path.join(folder.path, "c.yaml"), "utf8")).to.contain('stem: "ocds-213czf-pjn" }');
    await gateway.stop();
  });

  it("writes nothing where no file fits, and says so", async () => {
    await using folder = await temporaryFolder();
    await writeOwnFiles(folder.path);
    const out = path.join(folder.path, "c.yaml");
    const none = await prasasti(["connect", "init", path.join(folder.path, "lain"), "--out", out]);
    expect([none.exit, none.err]).to.satisfy(
      ([exit, err]: [number, string]) => exit === 1 && err.includes("Nothing was written"),
    );
    expect((await prasasti(["connect", "init", path.join(folder.path, "nowhere"), "--out", out])).exit).to.equal(1);
    expect((await prasasti(["connect", "init", "--out", out])).exit).to.equal(2);
  });
});

describeWithLegacy("connect init over a regency's real feeds", function (this: Mocha.Suite) {
  this.timeout(600_000);

  it("finds a map for each, and a gateway reads all of them as it said", async () => {
    const name = "isb-lkpp-kab-bandung-2025";
    await using folder = await temporaryFolder();
    await cp(path.join(LEGACY, name), path.join(folder.path, name), { recursive: true });
    const out = path.join(folder.path, "connectors.yaml");
    const offices = ["--agency", "ID-PRS-DISDIK=1.01.0.00.0.00.01.0000", "--agency", "ID-PRS-DINKES=60414"];
    const made = await prasasti(["connect", "init", folder.path, "--out", out, "--json", ...offices]);
    expect(made.exit, made.err).to.equal(4);
    const { tables } = JSON.parse(made.out) as Told;
    const facts = Object.entries(legacyFacts()).filter(([file]) => file.startsWith(`${name}/`));
    expect(tables.map(({ file, rows }) => [`${name}/${path.basename(file)}`, rows])).to.have.deep.members(
      facts.map(([file, { rows }]) => [file, rows]),
    );
    const runs = await runAll(
      out,
      tables.map(({ job }) => job),
    );
    let kept = 0;
    for (const { job, rows, taken, leftOut } of tables) {
      const { state, read, drafted, unchanged, merged, setAside } = runs.get(job)!;
      expect([state, read, drafted + unchanged + merged + setAside], job).to.deep.equal(["done", rows, rows]);
      // offices that nobody named are set aside, and nothing else
      expect(drafted + unchanged + merged, job).to.be.at.most(taken + leftOut);
      kept += drafted;
    }
    expect(kept).to.be.greaterThan(1_500);
  });
});
