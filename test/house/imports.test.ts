import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from "dependency-cruiser";
// @ts-expect-error: the tool reads its settings as plain JavaScript, which has no types
import configuration from "../../.dependency-cruiser.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { forbidden, options } = configuration;

async function look(baseDir: string, folders: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(folders, {
    ...options,
    baseDir,
    tsConfig: { fileName: path.join(root, "tsconfig.json") },
    validate: true,
    ruleSet: { forbidden } as IFlattenedRuleSet,
  });
  if (typeof output === "string") throw new Error(output);
  return output;
}

const findings = ({ summary }: ICruiseResult) =>
  summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort();

describe("who imports whom (DESIGN 4)", () => {
  it("keeps every arrow, in every file", async () => {
    const folders = ["server", "migration", "web", "scripts", "test"].filter((name) =>
      existsSync(path.join(root, name)),
    );
    const result = await look(root, folders);
    expect(findings(result), "rules and reasons: .dependency-cruiser.mjs").to.deep.equal([]);
    // with another TypeScript the tool sees no modules and is content
    const seen = new Set(result.modules.map(({ source }) => source));
    const files = folders.flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
        .map((name) => path.posix.join(folder, name.replaceAll("\\", "/")))
        .filter((name) => /\.(ts|mjs)$/.test(name)),
    );
    expect(files.length).to.be.greaterThan(90);
    expect(files.filter((file) => !seen.has(file))).to.deep.equal([]);
  });

  describe("sees each forbidden import", () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), "prasasti imports "));
    });
    after(() => rmSync(folder, { recursive: true }));

    // the file that is wrong, what it imports, the rule that says so
    const wrong: [file: string, target: string, rule: string][] = [
      ["server/domain/pure.ts", "../http/app.ts", "domain"],
      ["server/domain/pure.ts", "node:fs", "domain-outside"],
      ["server/domain/projection/project-block.ts", "../../ledger/events.ts", "domain"],
      ["server/domain/hash-node.ts", "node:http", "hash-node-outside"],
      ["server/actions/act.ts", "../store/store.ts", "actions"],
      ["server/actions/act.ts", "node:fs", "actions-outside"],
      ["server/ledger/writer.ts", "../chain/embedded.ts", "ledger"],
      ["server/ledger/writer.ts", "../store/store.ts", "ledger"],
      ["server/ledger/follower.ts", "../actions/submissions.ts", "ledger"],
      ["server/chain/embedded.ts", "../ledger/writer.ts", "chain"],
      ["server/store/store.ts", "../http/app.ts", "store"],
      ["server/identity/people.ts", "../store/store.ts", "identity"],
      ["server/integrations/bank.ts", "../ledger/writer.ts", "integrations"],
      ["server/workers/check.ts", "../chain/embedded.ts", "workers"],
      ["server/http/app.ts", "../ledger/writer.ts", "http"],
      ["server/http/app.ts", "../main.ts", "http"],
      ["migration/run.ts", "../server/store/store.ts", "migration"],
      ["migration/run.ts", "../server/http/app.ts", "migration"],
      ["web/page.ts", "../server/http/app.ts", "web"],
      ["server/failpoint.ts", "./main.ts", "leaf"],
      ["server/main.ts", "../test/world.ts", "product"],
      ["server/main.ts", "./nowhere.ts", "unresolved"],
    ];
    const targets = wrong
      .map(([file, target]) => (target.startsWith(".") ? path.posix.join(path.posix.dirname(file), target) : ""))
      .filter((target) => target !== "" && !target.includes("nowhere"));

    wrong.forEach(([file, target, rule], index) => {
      it(`${file} → ${target}`, async () => {
        const project = path.join(folder, String(index));
        const write = (name: string, text: string) => {
          mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
          writeFileSync(path.join(project, name), text);
        };
        for (const name of targets) write(name, "export const nothing = 0;\n");
        // a type is an import too
        const what =
          target.startsWith(".") && rule !== "unresolved" ? "import type { nothing }" : "import * as nothing";
        write(file, `${what} from "${target}";\nexport type Nothing = typeof nothing;\n`);
        const rules = (await look(project, ["."])).summary.violations
          .filter(({ from }) => from === file)
          .map((violation) => violation.rule.name);
        expect(rules).to.include(rule);
      });
    });

    it("and leaves the allowed ones alone", async () => {
      const project = path.join(folder, "allowed");
      const files = {
        "server/domain/entry.ts": "export type Entry = { id: string };",
        "server/failpoint.ts": "export const failpoint = 0;",
        "server/chain/chain.ts": 'import type { Entry } from "../domain/entry.ts"; export type Chain = Entry;',
        "server/ledger/writer.ts": 'import type { Chain } from "../chain/chain.ts"; export type Writer = Chain;',
        "server/actions/act.ts": 'import { failpoint } from "../failpoint.ts"; export const act = failpoint;',
        "server/http/app.ts": 'import { act } from "../actions/act.ts"; export const app = act;',
        "server/main.ts":
          'import { app } from "./http/app.ts"; import type { Writer } from "./ledger/writer.ts"; export const main: [number, Writer?] = [app];',
        "migration/run.ts": 'import type { Writer } from "../server/ledger/writer.ts"; export type Run = Writer;',
      };
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
        writeFileSync(path.join(project, name), `${text}\n`);
      }
      const result = await look(project, ["."]);
      expect(findings(result)).to.deep.equal([]);
      expect(result.modules).to.have.length.of.at.least(Object.keys(files).length);
    });
  });
});
