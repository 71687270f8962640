import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Words } from "../../server/domain/problems.ts";
import { ruleBook, ruleOn, rulesTables } from "../../server/domain/rules/rule-table.ts";
import { readRules } from "../../server/rule-settings.ts";

/** Figures that an agency changes, and the page that lists all. */

describe("rules that an agency changed", () => {
  it("count from their day on, over what was in force then, and say so", () => {
    const rules = ruleBook([
      { rule: "more-time", from: "2026-01-01", regulation: "Perbup 1/2026", parameters: { days: 60 } },
      { rule: "more-time", from: "2026-07-01", regulation: "Perbup 2/2026", parameters: { acrossYearDays: 100 } },
    ]);
    expect(rules("more-time", "2025-12-31")).to.deep.equal(ruleOn("more-time", "2025-12-31"));
    expect(rules("more-time", "2026-01-01")).to.deep.include({
      regulation: "Perbup 1/2026",
      assurance: "agency",
      parameters: { days: 60, acrossYearDays: 90 },
    });
    expect(rules("more-time", "2026-07-01").parameters).to.deep.equal({ days: 60, acrossYearDays: 100 });
    expect(rules("late-fine", "2026-07-01")).to.deep.equal(ruleOn("late-fine", "2026-07-01"));
    // of the same day as a version, it takes its place
    const same = ruleBook([{ rule: "retention", from: "2018-07-01", regulation: "x", parameters: { bps: 1_000 } }]);
    expect(same("retention", "2018-07-01").parameters.bps).to.equal(1_000);
    expect(same("retention", "2018-06-30").parameters.bps).to.equal(500);
  });

  describe("in a file", () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), "prasasti-rules-"));
    });
    after(() => rm(folder, { recursive: true }));
    const read = async (changes: string) => {
      const name = path.join(folder, "rules.yaml");
      await writeFile(name, `apiVersion: prasasti/rules/v1\nchanges:\n${changes}\n`);
      const faults: Words[] = [];
      return { rules: await readRules(name, faults), faults };
    };

    it("are read, whole shapes too", async () => {
      const limits = "upTo: { goods: 1, works: 2, services: 3, consulting: 4 }";
      const { rules, faults } = await read(
        `  - { rule: direct-purchase, from: "2026-01-01", regulation: x, parameters: { ${limits} } }`,
      );
      expect(faults).to.deep.equal([]);
      expect(rules!("direct-purchase", "2026-01-01").parameters.upTo.works).to.equal(2);
    });

    it("are refused with line and column where they are none of a rule", async () => {
      for (const [changes, said] of [
        ['  - { rule: no-rule, from: "2026-01-01", regulation: x, parameters: {} }', /rules\.yaml:3:\d+: .*late-fine/],
        ['  - { rule: more-time, from: "2026-02-30", regulation: x, parameters: {} }', /a day is expected/],
        ['  - { rule: more-time, from: "2026-01-01", parameters: {} }', /regulation/],
        [
          '  - { rule: more-time, from: "2026-01-01", regulation: x, parameters: { weeks: 5 } }',
          /rules\.yaml:3:\d+: more-time has no figure weeks/,
        ],
        [
          '  - { rule: more-time, from: "2026-01-01", regulation: x, parameters: { days: "5" } }',
          /days has another shape/,
        ],
        ['  - { rule: more-time, from: "2026-01-01", regulation: x, parameters: { days: 1.5 } }', /another shape/],
        [
          '  - { rule: direct-purchase, from: "2026-01-01", regulation: x, parameters: { upTo: { goods: 1 } } }',
          /another shape/,
        ],
      ] as const) {
        const { rules, faults } = await read(changes);
        expect(rules, changes).to.equal(undefined);
        expect(faults[0]!.en, changes).to.match(said);
        expect(faults[0]!.id).to.not.equal(faults[0]!.en);
      }
      const faults: Words[] = [];
      expect(await readRules(path.join(folder, "none.yaml"), faults)).to.equal(undefined);
      expect(faults).to.have.length(1);
    });
  });

  it("stand in the reference as the table has them; else write it again: npm run generate", async () => {
    const page = await readFile(new URL("../../docs/reference/rules.md", import.meta.url), "utf8");
    const { before, ledger } = rulesTables();
    expect(page).to.contain(before).and.to.contain(ledger);
  });
});
