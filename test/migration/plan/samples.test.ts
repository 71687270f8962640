import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { readFigures } from "../../../migration/plan/figures.ts";
import { initProject } from "../../../migration/plan/init-project.ts";
import { lintPlan } from "../../../migration/plan/lint.ts";
import type { Plan } from "../../../migration/plan/schema.ts";
import { describeWithLegacySamples } from "../profile/legacy-samples.ts";

describeWithLegacySamples("a first plan of real feeds", (samples, facts) => {
  it("knows every table, asks only what people know, and proposes four waves", async function () {
    this.timeout(120_000);
    const folder = await mkdtemp(join(tmpdir(), "prasasti-first-plan-"));
    try {
      const feeds = ["isb-lkpp-kab-bandung-2025", "lpse-winners-2013"];
      for (const name of feeds) await cp(join(samples, name), join(folder, "data", name), { recursive: true });
      const { unmapped, unread, datasets } = await initProject(folder, { env: {} });
      expect([unmapped, unread]).to.deep.equal([[], []]);
      expect((await lintPlan(folder)).faults.filter(({ code }) => code !== "todo")).to.deep.equal([]);
      const plan = parse(await readFile(join(folder, "waves.yaml"), "utf8")) as Plan;
      const files = Object.keys(facts).filter((name) => feeds.some((feed) => name.startsWith(`${feed}/`)));
      expect(datasets).to.equal(files.length);
      expect(plan.waves.map(({ tier, pilot, after }) => [tier, pilot, after])).to.deep.equal([
        ["C", undefined, []],
        ["A", true, ["W0"]],
        ["A", undefined, ["W1"]],
        ["C", undefined, ["W2"]],
      ]);
      // figures are of these files, and add up with theirs
      const figures = [...(await readFigures(folder))!.values()];
      const rows = files.reduce((sum, name) => sum + Number(facts[name]!.rows), 0);
      const text = await readFile(join(folder, "waves.yaml"), "utf8");
      const told = [...text.matchAll(/ {3}# (\d+) rows,/g)].reduce((sum, [, count]) => sum + Number(count), 0);
      expect(told).to.equal(rows);
      const pilot = figures.find(({ agency }) => agency === (plan.waves[1]!.scope.agencies as string[])[0])!;
      expect(pilot.open).to.be.within(1, 50);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
