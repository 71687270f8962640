import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parseJson } from "../../server/domain/json.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { merge } from "../../server/domain/ocds/merge.ts";
import { describeWithSamples, sample, sampleFiles } from "./samples.ts";

/**
 * The official implementations (ocdsmerge, libcoveocds) against ours, on random input. OCDS_REFERENCE names a program
 * with `merge FILE` and `check --json FILE...`; without it these tests are skipped.
 *
 * Where `check` differs from libcoveocds on purpose, so that the input here avoids it:
 * - JSON that programs read differently (duplicate names, NaN, numbers too long for a double) is refused, not read;
 * - a line feed after a date or an address is a fault (the official patterns overlook it);
 * - extension addresses of schemes other than http(s) are unknown extensions (the official tool stops).
 */
const program = process.env.OCDS_REFERENCE;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

type Json = Record<string, unknown>;

/** A small generator of known sequence (mulberry32), so that a failure can be repeated with SEED. */
class Random {
  private state: number;

  constructor(start: number) {
    this.state = start;
  }

  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const lists = [
  "awards",
  "contracts",
  "parties",
  "items",
  "documents",
  "suppliers",
  "additionalIdentifiers",
  "amendments",
  "bar",
];
const objects = ["tender", "planning", "buyer", "value", "unit", "period", "details", "foo"];
const literals = ["title", "amount", "roles", "submissionMethod", "description"];

/** Fields whose names and kinds of values go together, as in `merge` a change of kind is a fault. */
function fields(random: Random, depth: number): Json {
  const result: Json = {};
  for (let count = random.below(5); count > 0; count--) {
    const name = random.of([...lists, ...objects, ...literals]);
    if (depth === 0 || literals.includes(name)) {
      if (lists.includes(name) || objects.includes(name)) continue;
      result[name] =
        name === "roles" || name === "submissionMethod"
          ? random.of([["a"], ["a", "b"], [], null])
          : random.of(["x", "y", 1, 0.01, 982451653000000, true, null]);
    } else if (lists.includes(name)) {
      result[name] = Array.from({ length: random.below(4) }, () => ({
        ...(random.chance(85) && { id: random.of(["1", "2", 1, 2]) }),
        ...fields(random, depth - 1),
      }));
    } else result[name] = fields(random, depth - 1);
  }
  return result;
}

function processOf(random: Random, number: number): Json[] {
  return Array.from({ length: 1 + random.below(5) }, (_, index) => ({
    ocid: `ocds-213czf-${number}`,
    id: `r${index}`,
    date: `202${random.below(3)}-01-0${1 + random.below(3)}T00:00:00${random.of(["Z", "-05:00", ".5Z"])}`,
    tag: random.of([["tender"], ["award", "contract"]]),
    ...fields(random, 3),
  }));
}

const oddities: readonly unknown[] = [
  null,
  "",
  " ",
  0,
  1.5,
  true,
  [],
  {},
  [{}],
  [[]],
  [""],
  ["x"],
  "2026-01-01",
  "2026-01-01T00:00:00Z",
  "http://a b",
  "urn:x:y",
  "active",
  "Active",
  "IDR",
  [{ id: "1" }, { id: "1" }],
  [{ id: 1 }, { id: "1" }],
  [{ a: 1 }, { a: 1 }],
  { id: "1" },
  { amount: "1" },
];
const oddNames = [
  "id",
  "ocid",
  "date",
  "status",
  "value",
  "items",
  "title_es",
  "tag",
  "url",
  "foo",
  "releases",
  "compiledRelease",
  "suppliers",
];

/** The value with one thing changed, taken away or added, somewhere. */
function mutated(value: unknown, random: Random): unknown {
  const places: { parent: Record<string | number, unknown>; key: string | number }[] = [];
  const visit = (node: unknown) => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Array.isArray(node) ? node.keys() : Object.keys(node)) {
      const parent = node as Record<string | number, unknown>;
      places.push({ parent, key });
      visit(parent[key]);
    }
  };
  const copy = structuredClone(value);
  visit(copy);
  const { parent, key } = random.of(places);
  const kind = random.below(4);
  if (kind === 0) parent[key] = structuredClone(random.of(oddities));
  else if (kind === 1) Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key];
  else if (Array.isArray(parent)) parent.push(structuredClone(kind === 2 ? parent[Number(key)] : random.of(oddities)));
  else parent[random.of(oddNames)] = structuredClone(kind === 2 ? parent[key] : random.of(oddities));
  return copy;
}

(program ? describeWithSamples : describe.skip)("the official implementations", () => {
  const folder = mkdtempSync(join(tmpdir(), "ocds-reference-"));
  after(() => rmSync(folder, { recursive: true }));
  before(() => {
    process.stderr.write(`random input with SEED=${seed}\n`);
  });

  it("merge 400 random processes as we do", () => {
    const random = new Random(seed);
    const processes = Array.from({ length: 400 }, (_, number) => processOf(random, number));
    const file = join(folder, "releases.json");
    writeFileSync(file, JSON.stringify(processes.flat()));
    const { stdout, stderr } = spawnSync(program!, ["merge", file], { encoding: "utf8", maxBuffer: 1 << 28 });
    expect(stdout, stderr).not.to.equal("");
    const merged = processes.map((releases) => {
      const { compiledRelease, versionedRelease } = merge(releases);
      return { ocid: releases[0]!.ocid, compiled: compiledRelease, versioned: versionedRelease };
    });
    expect(merged).to.deep.equal(JSON.parse(stdout));
  }).timeout(60_000);

  it("judge 300 mutated packages as we do", () => {
    const random = new Random(seed);
    const originals = sampleFiles("examples").map(sample);
    const files = Array.from({ length: 300 }, (_, number) => {
      const file = join(folder, `${number}.json`);
      writeFileSync(file, JSON.stringify(mutated(random.of(originals), random)));
      return file;
    });
    const verdicts = officialVerdicts(files);
    const different = files.filter((file) => {
      const parsed = parseJson(readFileSync(file));
      return !parsed.ok || check(parsed.value, parsed).valid !== verdicts.get(file);
    });
    expect([...verdicts.values()].filter(Boolean).length, "valid ones").to.be.within(30, 270);
    expect(different.map((file) => readFileSync(file, "utf8").slice(0, 2000))).to.deep.equal([]);
  }).timeout(300_000);

  /** The official program stops at some faults: then the file it was reading is not valid, and it starts again behind it. */
  function officialVerdicts(files: readonly string[]): Map<string, boolean> {
    const verdicts = new Map<string, boolean>();
    while (verdicts.size < files.length) {
      const rest = files.slice(verdicts.size);
      const { stdout } = spawnSync(program!, ["check", "--json", ...rest], { encoding: "utf8", maxBuffer: 1 << 28 });
      const lines = stdout.split("\n").filter(Boolean);
      for (const line of lines) {
        const { file, errors } = JSON.parse(line) as { file: string; errors: unknown[] };
        verdicts.set(file, errors.length === 0);
      }
      if (lines.length < rest.length) verdicts.set(rest[lines.length]!, false);
    }
    return verdicts;
  }
});
