import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { initProject } from "../../../migration/plan/init-project.ts";
import { Decisions } from "../../../migration/stage/decisions.ts";
import { type Balance, checkBalance } from "../../../migration/stage/fates.ts";
import { type StageResult, stage } from "../../../migration/stage/stage.ts";
import { openWave } from "../../../migration/stage/wave-input.ts";

// The real feeds: what FACTS.json counts in each file is what the stage finds, and every row and rupiah has its place.

const root = process.env.PRASASTI_SAMPLES;
const samples = root === undefined ? undefined : path.join(root, "legacy-samples");
type Facts = Record<
  string,
  { rows: number; duplicate_rows_ignoring_load_stamps?: number; besar_pembayaran_sum_after_exact_dedupe?: number }
>;

/** What only people know of a plan, filled in. */
function filledIn(text: string): string {
  let stem = 0;
  return text
    .replace(/stem: "TODO[^"]*"/g, () => `stem: "ocds-lama-${++stem}"`)
    .replace(/holder: "TODO holder of the head of ([^"]*)"/g, 'holder: "kepala-$1"')
    .replace(/lead: "TODO[^"]*"/g, `lead: "${/\{ id: "([^"]+)"/.exec(text.slice(text.indexOf("\nagencies:")))![1]}"`)
    .replaceAll('"TODO 2026-03-02T20:00"', '"2026-03-02T20:00"')
    .replaceAll('"TODO 2026-03-03T04:00"', '"2026-03-03T04:00"')
    .replace(/(on: process, rules: \[[^\]]*\])[^}]*\}/, "$1, ignore: [_event_date, _inserted_date] }")
    .replace(/"TODO[^"]*"/g, '"ada"');
}

describe("staging the real feeds", () => {
  if (samples === undefined) {
    process.stderr.write("skipped, as PRASASTI_SAMPLES is not set: staging the real feeds\n");
    return it.skip("needs PRASASTI_SAMPLES");
  }
  let folder: string;
  let facts: Facts;
  before(async function () {
    this.timeout(120_000);
    if (!existsSync(path.join(samples, "FACTS.json")))
      throw new Error(`PRASASTI_SAMPLES is set, but ${samples} holds no samples.`);
    facts = JSON.parse(readFileSync(path.join(samples, "FACTS.json"), "utf8")) as Facts;
    folder = mkdtempSync(path.join(tmpdir(), "prasasti samples "));
    for (const name of readdirSync(samples).filter((each) => /^isb-lkpp-kab|^lpse-winners/.test(each))) {
      cpSync(path.join(samples, name), path.join(folder, "data", name), {
        recursive: true,
        filter: (from) => !/\.md$/.test(from),
      });
    }
    await initProject(folder);
    const plan = path.join(folder, "waves.yaml");
    writeFileSync(plan, filledIn(readFileSync(plan, "utf8")));
  });
  after(() => folder && rmSync(folder, { recursive: true, force: true }));

  async function staged(wave: string): Promise<StageResult> {
    const { input, close } = await openWave(folder, wave);
    try {
      return await stage(input);
    } finally {
      await close();
    }
  }

  /** Stages a wave, and where people must decide, says that things are different, or that nobody can tell. */
  async function decided(wave: string): Promise<StageResult> {
    const first = await staged(wave);
    if (!first.blocked) return first;
    for (const { entity, id, members, seen } of first.clusters) {
      const decisions = await Decisions.open(path.join(folder, "decisions"), entity);
      const verdict = entity === "supplier" ? "different" : "reject";
      await decisions.add([
        { cluster: id, verdict, keys: members.map(({ key }) => key), seen, by: "LPSE", at: "", why: "" },
      ]);
    }
    const second = await staged(wave);
    expect(second.blocked).to.equal(false);
    return second;
  }

  it("migrates all waves with every row and rupiah accounted for, and finds the duplicates that FACTS.json counts", async () => {
    const merged = new Map<string, number>();
    const certificates: bigint[] = [];
    const balances: Balance[] = [];
    for (const wave of ["W0", "W1", "W2", "W3"]) {
      const { staged: result } = await decided(wave);
      for (const balance of result.balances) {
        checkBalance(balance);
        balances.push(balance);
        if (wave === "W0") continue;
        merged.set(balance.table, (merged.get(balance.table) ?? 0) + balance.merged.rows);
        const at = balance.money.findIndex(({ column }) => column === "besar_pembayaran");
        if (at >= 0) certificates.push(BigInt(balance.migrated.money[at]!));
      }
      // nothing waits for what never comes
      expect(result.counts.held, wave).to.equal(0);
    }
    for (const [
      name,
      { rows, duplicate_rows_ignoring_load_stamps: again, besar_pembayaran_sum_after_exact_dedupe: sum },
    ] of Object.entries(facts)) {
      const table = path.basename(name).replace(/\.\w+$/, "");
      const own = balances.filter((balance) => balance.table === table);
      if (own.length === 0) continue;
      for (const balance of own) expect(balance.read.rows, name).to.equal(rows);
      if (merged.has(table)) expect(merged.get(table), name).to.equal(again);
      if (sum !== undefined) {
        const sen = certificates.reduce((all, each) => all + each, 0n);
        expect(sen, name).to.equal(BigInt(Math.round(sum * 100)));
      }
    }
    // each row is migrated, rejected or merged by one wave at most
    const settled = new Map<string, number>();
    for (const { table, migrated, rejected, merged: again } of balances) {
      settled.set(table, (settled.get(table) ?? 0) + migrated.rows + rejected.rows + again.rows);
    }
    for (const { table, read } of balances) expect(settled.get(table), table).to.be.at.most(read.rows);
  }).timeout(300_000);
});
