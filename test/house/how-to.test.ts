import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { migrateCommand } from "../../migration/main.ts";
import { ourMaps } from "../../migration/mapping/suggest-maps.ts";
import { approvalCommands } from "../../server/cli/approvals.ts";
import { connectCommand } from "../../server/cli/connect.ts";
import { keyCommand } from "../../server/cli/key.ts";
import { agencyCommand, holderCommand, officeCommand } from "../../server/cli/offices.ts";
import { paymentsCommand } from "../../server/cli/payments.ts";
import { reconcileCommand } from "../../server/cli/reconcile.ts";
import { registryCommand } from "../../server/cli/registry.ts";
import { requestsCommand } from "../../server/cli/requests.ts";
import { PAYMENT_EXCEPTIONS } from "../../server/domain/payments/payment-exceptions.ts";
import type { Words } from "../../server/domain/problems.ts";
import { sinksOf } from "../../server/integrations/connect/job-map.ts";
import { readConnectors } from "../../server/integrations/settings.ts";

// What the how-to pages about connected systems tell people to write and to type.

const HOW_TO = new URL("../../docs/how-to/", import.meta.url);
const page = (name: string) => readFile(new URL(name, HOW_TO), "utf8");
const blocks = (text: string, language: string) =>
  [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, of]) => of === language).map(([, , inside]) => inside!);
const ABOUT = [
  ...["connect-systems.md", "connect-procurement.md", "connect-finance.md", "match-payments.md"],
  ...["request-payments.md", "reconcile-a-month.md", "know-suppliers.md"],
];

describe("how-to pages", () => {
  it("show settings of connectors that the gateway takes, each snippet as it stands", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-how-to-"));
    let checked = 0;
    for (const name of (await readdir(HOW_TO)).filter((each) => each.endsWith(".md")))
      for (const block of blocks(await page(name), "yaml")) {
        // a plan of a migration has files of its own
        if (name === "plan-a-migration.md") continue;
        const file = path.join(folder, "connectors.yaml");
        await writeFile(file, /^apiVersion:/m.test(block) ? block : `apiVersion: prasasti/connectors/v1\n${block}`);
        const faults: Words[] = [];
        await readConnectors(file, faults);
        expect(faults, `${name}\n${block}`).to.deep.equal([]);
        checked++;
      }
    expect(checked).to.be.at.least(12);
    await rm(folder, { recursive: true });
  });

  it("tell to type verbs and options that there are", async () => {
    const commands: Command[] = [
      ...[connectCommand(), paymentsCommand(), requestsCommand(), reconcileCommand(), registryCommand(), keyCommand()],
      ...[agencyCommand(), holderCommand(), officeCommand(), migrateCommand(), ...approvalCommands()],
    ];
    let typed = 0;
    for (const name of ABOUT)
      for (const line of blocks(await page(name), "")
        .join("\n")
        .split("\n")) {
        const [first, ...words] = line.replace(/#.*/, "").trim().split(/\s+/);
        if (first !== "prasasti") continue;
        let at: Command | undefined;
        let from: readonly Command[] = commands;
        let taken = 0;
        for (; from.length > 0; taken++) {
          at = from.find((each) => each.name() === words[taken]);
          expect(at, `${name}: ${line}`).to.not.equal(undefined);
          from = at!.commands;
        }
        const known = at!.options.map(({ long }) => long);
        for (const option of words.slice(taken).filter((word) => /^--\w/.test(word)))
          expect(known, `${name}: ${line}`).to.include(option);
        typed++;
      }
    expect(typed).to.be.at.least(35);
  });

  it("name every map that reads procurement feeds, and none that there is not", async () => {
    const text = await page("connect-procurement.md");
    const maps = ourMaps().filter(({ spec }) => sinksOf(spec).has("procurement") && spec.process !== undefined);
    for (const { spec } of maps) expect(text, spec.id).to.contain(`\`${spec.id}\``);
    const known = new Set(ourMaps().map(({ spec }) => spec.id));
    for (const [, id] of text.matchAll(/`((?:isb|spse|spse4|spse45|finance|bank|simda|sirup)-[a-z0-9-]+)`/g))
      expect(known, id).to.include(id);
  });

  it("tell of every exception of a payment in the words of the queue", async () => {
    const text = await page("match-payments.md");
    for (const { words, remedy } of Object.values(PAYMENT_EXCEPTIONS))
      expect(text).to.contain(`| ${words.en} | ${remedy.en} |`);
  });
});
