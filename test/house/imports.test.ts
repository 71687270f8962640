import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

/** The house keeps its shape: who may import whom, what files are called, what is written where. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => path.join(folder, name));

describe("the house", () => {
  it("has only the arrows of its design", function () {
    this.timeout(60_000);
    const cruiser = path.join(root, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");
    const args = [cruiser, "--config", ".dependency-cruiser.mjs", "--output-type", "json", "server"];
    const { summary } = JSON.parse(
      execFileSync(process.execPath, args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 27 }),
    ) as { summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number } };
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).to.deep.equal([]);
    // a reader that cannot parse our files finds no violations in the nothing it sees
    expect(summary.totalCruised).to.be.greaterThan(60);
  });

  it("calls no file by what it is not about", () => {
    const vague = /(^|[/-])(utils?|helpers?|managers?|common|misc)\.|(^|\/)types\.ts$/;
    expect(
      [...files("server"), ...files("scripts"), ...files("test")].filter((name) => vague.test(name)),
    ).to.deep.equal([]);
  });

  it("runs every test: none is singled out", () => {
    const only = new RegExp(`\\b(it|describe)\\.${"only"}\\(`);
    expect(
      files("test").filter((name) => name.endsWith(".ts") && only.test(readFileSync(path.join(root, name), "utf8"))),
    ).to.deep.equal([]);
  });

  it("keeps no addresses of package hosts in the lock file", () => {
    expect(readFileSync(path.join(root, "package-lock.json"), "utf8")).to.not.include('"resolved": "http');
  });

  it("links only to pages that exist", () => {
    const broken = ["README.md", ...files("docs").filter((name) => name.endsWith(".md"))].flatMap((name) =>
      [...readFileSync(path.join(root, name), "utf8").matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target]) => target!)
        .filter((target) => !existsSync(path.join(root, path.dirname(name), target)))
        .map((target) => `${name}: ${target}`),
    );
    expect(broken).to.deep.equal([]);
  });
});
