import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

/** The house keeps its shape: what files are called, what is written where. */

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => path.join(folder, name));

describe("the house", () => {
  it("calls no file by what it is not about", () => {
    const vague = /(^|[/-])(utils?|helpers?|managers?|common|misc)\.|(^|\/)types\.ts$/;
    expect(
      [...files("server"), ...files("scripts"), ...files("test")].filter((name) => vague.test(name)),
    ).to.deep.equal([]);
  });

  it("keeps at the root of server/ what wires its parts, and nothing that belongs to one of them", () => {
    const atRoot = readdirSync(path.join(root, "server"), { withFileTypes: true }).filter((each) => each.isFile());
    expect(atRoot.map(({ name }) => name).sort()).to.deep.equal([
      "config.ts",
      "doctor.ts",
      "failpoint.ts",
      "integrations-worker.ts",
      "machine-signing.ts",
      "main.ts",
      "metrics.ts",
      "open-integrations.ts",
      "production.ts",
      "rebuild.ts",
      "register-book.ts",
      "rule-settings.ts",
      "services.ts",
      "watches.ts",
    ]);
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

  it("has the commands that README and CI call", () => {
    const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(scripts).to.include.keys("start", "test", "test:fast", "lint", "format", "types", "generate", "bench");
    const missing = Object.values(scripts)
      .flatMap((command) => command.split(" ").filter((word) => word.startsWith("scripts/")))
      .filter((file) => !existsSync(path.join(root, file)));
    expect(missing).to.deep.equal([]);
  });

  it("describes every setting that it reads", () => {
    const reference = readFileSync(path.join(root, "docs/reference/configuration.md"), "utf8");
    const read = files("server")
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => readFileSync(path.join(root, name), "utf8").match(/\bPRASASTI_[A-Z_]+/g) ?? []);
    expect(read).to.include("PRASASTI_COUNCIL");
    expect([...new Set(read)].filter((name) => !reference.includes(name))).to.deep.equal([]);
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

  it("names in the README tests and scripts that there are", () => {
    const all = [...files("test"), ...files("scripts")];
    const readme = readFileSync(path.join(root, "README.md"), "utf8");
    const named = [...readme.matchAll(/`((?:test|scripts)\/[\w./-]+|[\w.-]+\.test\.ts)/g)].map(([, name]) => name!);
    expect(named.length).to.be.greaterThan(40);
    const isThere = (name: string) => all.some((file) => file === name || file.endsWith(`/${name}`));
    expect(named.filter((name) => !isThere(name))).to.deep.equal([]);
  });

  it("leads to every page of documentation from its index", () => {
    const index = readFileSync(path.join(root, "docs/README.md"), "utf8");
    const pages = ["explanation", "how-to", "reference"].flatMap((folder) =>
      files(path.join("docs", folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => path.relative("docs", name)),
    );
    expect(pages.length).to.be.greaterThan(12);
    expect(pages.filter((page) => !index.includes(`](${page})`))).to.deep.equal([]);
  });
});
