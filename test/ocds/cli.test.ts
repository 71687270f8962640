import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { describeWithSamples, sample, sampleFiles, samplePath } from "./samples.ts";

const entry = `import { ocdsCommand } from ${JSON.stringify(new URL("../../server/cli/ocds.ts", import.meta.url).href)};
await ocdsCommand().parseAsync(["node", "ocds", ...process.argv.slice(1)]);`;

function run(args: string[], input: string | Uint8Array = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", entry, "--", ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
  });
  expect(stderr, "a stack trace").not.to.match(/\n\s+at /);
  return { status, stdout, stderr };
}

const release = (day: number, title: string) => ({
  ocid: "ocds-a1b2c3-1",
  id: `1-${day}`,
  date: `2026-01-0${day}T00:00:00Z`,
  tag: ["tender"],
  initiationType: "tender",
  tender: { id: "t", title },
});

describe("ocds check on the command line", () => {
  it("exits 0 for valid data, 1 for faults, 2 for wrong usage", () => {
    expect(run(["check", "-"], JSON.stringify(release(1, "x")))).to.include({ status: 0 });
    expect(run(["check", "-"], "{}")).to.include({ status: 1 });
    expect(run(["check", "no-such-file"])).to.include({ status: 2, stdout: "" });
    expect(run(["check"])).to.include({ status: 2 });
    expect(run(["check", "-", "--what"])).to.include({ status: 2 });
    expect(run(["check", "--help"])).to.include({ status: 0 });
  });

  it("prints faults as JSON, with pointers", () => {
    const { status, stdout } = run(["check", "-", "--json"], JSON.stringify({ ...release(1, ""), ocid: "x" }));
    const { valid, faults } = JSON.parse(stdout);
    expect([status, valid]).to.deep.equal([1, false]);
    expect(faults.map(({ pointer, rule, level }: Record<string, string>) => [pointer, rule, level])).to.deep.equal([
      ["/tender/title", "empty-field", "error"],
      ["/ocid", "ocid-prefix", "rule"],
    ]);
    expect(faults[0]).to.include.keys("message", "messageId");
  });

  it("answers in Indonesian when asked", () => {
    expect(run(["check", "-", "--lang", "id"], JSON.stringify(release(1, ""))).stdout).to.include("Bidang kosong");
  });

  it("refuses what is not JSON with place, reason and remedy, whatever the bytes", () => {
    for (const bytes of [
      "",
      "{",
      "[1,]",
      '{"a":NaN}',
      '{"__proto__":1}',
      "\0",
      "\ufeff",
      Uint8Array.of(0xff, 0xfe, 0x00),
      Uint8Array.of(0x22, 0xe9, 0x22),
    ]) {
      const { status, stdout } = run(["check", "-", "--json"], bytes);
      expect(status).to.equal(1);
      expect(JSON.parse(stdout).faults[0]).to.include.keys("pointer", "rule", "level", "message", "line", "column");
    }
    expect(run(["check", "-"], Uint8Array.of(0x22, 0xe9, 0x22)).stdout).to.include("--encoding latin1");
  });
});

describe("ocds merge on the command line", () => {
  const folder = mkdtempSync(join(tmpdir(), "ocds-"));
  after(() => rmSync(folder, { recursive: true }));

  it("makes a record of a list of releases", () => {
    const file = join(folder, "releases.json");
    writeFileSync(file, JSON.stringify([release(2, "new"), release(1, "old")]));
    const { status, stdout } = run(["merge", file]);
    expect(status).to.equal(0);
    const record = JSON.parse(stdout);
    expect(Object.keys(record)).to.deep.equal(["ocid", "releases", "compiledRelease", "versionedRelease"]);
    expect(record.releases).to.have.lengthOf(2);
    expect(record.compiledRelease.tender.title).to.equal("new");
  });

  it("makes a list of records where there are several processes", () => {
    const { stdout } = run(
      ["merge", "-"],
      JSON.stringify([release(1, "a"), { ...release(1, "b"), ocid: "ocds-a1b2c3-2" }]),
    );
    expect(JSON.parse(stdout).map(({ ocid }: { ocid: string }) => ocid)).to.deep.equal([
      "ocds-a1b2c3-1",
      "ocds-a1b2c3-2",
    ]);
  });

  it("says what cannot be merged, on standard error", () => {
    const { status, stdout, stderr } = run(
      ["merge", "-", "--lang", "id"],
      JSON.stringify([release(1, "a"), { ...release(2, "b"), tender: [] }, 5]),
    );
    expect([status, stdout]).to.deep.equal([1, ""]);
    expect(stderr).to.include("release-not-object").and.include("Rilis");
  });

  it("does not take a link for a release", () => {
    const links = [{ url: "https://contoh.go.id/p#1", date: "2026-01-01T00:00:00Z" }];
    const { status, stderr } = run(
      ["merge"],
      JSON.stringify({ records: [{ ocid: "ocds-a1b2c3-1", releases: links }] }),
    );
    expect(status).to.equal(1);
    expect(stderr).to.include("release-linked").and.include("/records/0/releases/0");
  });

  it("keeps the lines aligned with --jsonl, and puts a fault where a line fails", () => {
    const good = JSON.stringify([release(1, "a")]);
    const lines = [good, "", "[1]", "{", good, '[{"ocid":"x"},{"ocid":"x"}]', "null"];
    const { status, stdout } = run(["merge", "--jsonl"], `${lines.join("\n")}\n`);
    expect(status).to.equal(1);
    const results = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(results.map((result) => result.fault?.rule ?? "merged")).to.deep.equal([
      "merged",
      "syntax",
      "release-not-object",
      "syntax",
      "merged",
      "date-missing",
      "release-not-object",
    ]);
    expect(run(["merge", "--jsonl", "-"], `${good}\n${good}`).stdout.split("\n")).to.have.lengthOf(3);
    expect(run(["merge", "--jsonl", join(folder, "absent")])).to.include({ status: 2, stdout: "" });
  });

  it("carries exact amounts through", () => {
    const value = { amount: 9824516530000.01, currency: "IDR" };
    const { stdout } = run(["merge", "--jsonl"], JSON.stringify([{ ...release(1, "a"), tender: { id: "t", value } }]));
    expect(JSON.parse(stdout).compiledRelease.tender.value.amount).to.equal(9824516530000.01);
    expect(run(["merge", "-"], JSON.stringify([release(1, "a")]).replace('"t"', "9007199254740993"))).to.include({
      status: 1,
    });
  });
});

describeWithSamples("the command line on the official samples", () => {
  it("merges every vector of a file, line by line", () => {
    const vectors = readFileSync(samplePath("merge-vectors.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { status, stdout } = run(
      ["merge", "--jsonl"],
      vectors.map(({ releases }) => JSON.stringify(releases)).join("\n"),
    );
    expect(status).to.equal(0);
    const merged = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(merged).to.deep.equal(
      vectors.map(({ compiled, versioned }) => ({ compiledRelease: compiled, versionedRelease: versioned })),
    );
  });

  it("merges a package without version by the rules of 1.0", () => {
    const { stdout } = run(["merge", samplePath("real/mexico-city-1.release-package.json")]);
    expect(JSON.parse(stdout)).to.deep.include({
      compiledRelease: sample("real/mexico-city-1.compiled.json"),
      versionedRelease: sample("real/mexico-city-1.versioned.json"),
    });
  });

  it("reads ISO-8859-1 when told to", () => {
    const file = samplePath("real/mexico-city-3.iso-8859-1.release-package.json");
    expect(run(["merge", file])).to.include({ status: 1 });
    const { status, stdout } = run(["merge", file, "--encoding", "latin1"]);
    expect(status).to.equal(0);
    expect(stdout).to.equal(run(["merge", samplePath("real/mexico-city-3.release-package.json")]).stdout);
  });

  it("checks every file without a stack trace", () => {
    for (const file of [...sampleFiles("real"), ...sampleFiles("examples/milestones")]) {
      expect(run(["check", samplePath(file)]).status, file).to.be.oneOf([0, 1]);
    }
  });
});
