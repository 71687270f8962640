import { basename } from "node:path";
import { expect } from "chai";
import { check } from "../../server/domain/ocds/check.ts";
import { MergeFault, merge } from "../../server/domain/ocds/merge.ts";
import { describeWithSamples, sample, sampleFiles } from "../ocds/samples.ts";

/**
 * Rules of ours for which a release is not recorded, though the standard lets it pass: what it says has no one meaning.
 * An award that is not in the same release is no reason: an earlier release of the process may hold it.
 */
const unrecordable: ReadonlySet<string> = new Set([
  "reference-unresolved",
  "id-missing",
  "id-not-text",
  "duplicate-id",
  "null-not-leaf",
  "amount-negative",
  "amount-precision",
  "currency-missing",
  "date-offset",
]);

type Judged = { file: string; read: number; holds: number; refused: Map<string, number> };
type Release = { ocid?: unknown };

/** The releases of a file, whatever it is; undefined where it holds none (schemas, versioned releases). */
function releasesIn(value: Record<string, unknown>): Release[] | undefined {
  if (Array.isArray(value)) return value.flatMap((each) => releasesIn(each) ?? []);
  if (Array.isArray(value.releases)) return value.releases as Release[];
  if (Array.isArray(value.records)) return value.records.flatMap((record) => releasesIn(record) ?? []);
  return typeof value.ocid === "string" && Array.isArray(value.tag) ? [value] : undefined;
}

function judge(path: string): Judged | undefined {
  const value = sample(path);
  const releases = releasesIn(value);
  if (!releases?.length) return undefined;
  const judged: Judged = { file: basename(path), read: releases.length, holds: 0, refused: new Map() };
  for (const release of releases) {
    // the extensions that a package names hold for its releases
    const { extensions = [] } = value as { extensions?: unknown };
    const alone = { ...packageOf(release), extensions };
    const reasons = new Set(
      check(alone).faults.flatMap(({ level, rule }) => (level === "error" || unrecordable.has(rule) ? [rule] : [])),
    );
    for (const reason of reasons) judged.refused.set(reason, (judged.refused.get(reason) ?? 0) + 1);
    if (reasons.size === 0) judged.holds++;
  }
  return judged;
}

function packageOf(release: Release) {
  return {
    uri: "https://example.org/releases.json",
    version: "1.1",
    publishedDate: "2026-01-01T00:00:00Z",
    publisher: { name: "samples" },
    releases: [release],
  };
}

describeWithSamples("official and real releases", () => {
  const files: Judged[] = [];

  before(() => {
    for (const path of [...sampleFiles("examples"), ...sampleFiles("real")]) {
      const judged = judge(path);
      if (judged) files.push(judged);
    }
  });
  after(() => {
    const width = Math.max(...files.map(({ file }) => file.length));
    const rows = files.map(({ file, read, holds, refused }) => {
      const reasons = [...refused].map(([reason, count]) => `${reason} ${count}`).join(", ");
      return `  ${file.padEnd(width)}  ${String(read).padStart(4)}  ${String(holds).padStart(5)}  ${reasons}`;
    });
    process.stdout.write(`\n  ${"file".padEnd(width)}  read  holds  refused by\n${rows.join("\n")}\n`);
  });

  const of = (name: string) => files.find(({ file }) => file === name)!;

  it("are all looked at", () => {
    expect(files.length).to.be.greaterThan(30);
    expect(files.reduce((sum, { read }) => sum + read, 0)).to.be.greaterThan(180);
  });

  it("give each release a verdict: it holds, or is refused by named rules", () => {
    for (const { file, read, holds, refused } of files) {
      const most = Math.max(0, ...refused.values());
      expect(read - holds, file).to.be.at.least(most);
      expect(read - holds === 0, file).to.equal(refused.size === 0);
    }
  });

  it("of Colombia are all refused: their suppliers match no party", () => {
    const { read, holds, refused } = of("colombia-cce-2021-a.release-package.json");
    expect([read, holds]).to.deep.equal([50, 0]);
    expect(refused.get("reference-unresolved")).to.equal(50);
  });

  it("of Portugal have no fault against the standard", () => {
    const { refused } = of("portugal-impic-2019.release-package.json");
    expect([...refused.keys()].filter((rule) => !unrecordable.has(rule))).to.deep.equal([]);
  });

  it("merge, or say by name why not", () => {
    for (const path of sampleFiles("real")) {
      const releases = releasesIn(sample(path)) ?? [];
      for (const own of Map.groupBy(releases, ({ ocid }) => ocid).values()) {
        try {
          expect(merge(own).compiledRelease.ocid).to.equal(own[0]!.ocid);
        } catch (error) {
          expect(error, path).to.be.instanceOf(MergeFault);
        }
      }
    }
  });

  // needs `split`, which turns a release into entries; `compose` alone is there
  it("that hold are recorded on a real chain and read back equal");
});
