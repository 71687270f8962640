import { writeFileSync } from "node:fs";
import { expect } from "chai";
import fc from "fast-check";
import { type Balance, checkBalance } from "../../../migration/stage/fates.ts";
import { rejectCell, verifyRejectFile } from "../../../migration/stage/reject-file.ts";
import { type Cells, contracts, dataset, minutes, Project, payments, rupiah } from "./world.ts";

describe("conservation", () => {
  it("holds for any mixture of good, poisoned, foreign, repeated and contradicting rows", async () => {
    const cell = fc.constantFrom("10", "10.25", "abc", "-1", "", "9".repeat(40), "7\u0000");
    const satker = fc.constantFrom("11", "12", "99", "dishub");
    const rowsOf = (columns: Record<string, fc.Arbitrary<string | null>>) =>
      fc.array(fc.record(columns), { minLength: 1, maxLength: 25 });
    const paket = fc.constantFrom("P1", "P2", "P3", "");
    const npwp = fc.constantFrom("012345674", "098765432", null);
    const world = fc.record({
      kontrak: rowsOf({
        kd_paket: paket,
        satker,
        nilai: cell,
        penyedia: fc.constantFrom("PT A", "CV B", "PT A."),
        npwp,
        versi: fc.constantFrom("0", "1"),
      }),
      bap: rowsOf({
        kd_paket: paket,
        satker,
        no_bap: fc.constantFrom("B1", "B2"),
        besar: fc.constantFrom("1", "2.50"),
        dimuat: fc.constantFrom("1", "2"),
      }),
      sp2d: rowsOf({
        no_sp2d: fc.constantFrom("1", "2", "3", ""),
        satker,
        nilai: cell,
        uraian: fc.constantFrom("a", "b"),
        kontrak: fc.constantFrom("P1-1", "P2-1", null),
      }),
    });
    const rule = fc.constantFrom("exact-row" as const, undefined);
    await fc.assert(
      fc.asyncProperty(world, rule, async ({ kontrak, bap, sp2d }, same) => {
        const project = new Project();
        try {
          const money = (column: string, rows: readonly Cells[]) => [rupiah(column, Object.keys(rows[0]!))];
          const { staged, blocked } = await project.stage(
            [
              dataset("kontrak", kontrak, contracts, { order: 40, money: money("nilai", kontrak), rules: { same } }),
              dataset("bap", bap, minutes, { order: 60, money: money("besar", bap), rules: { same } }),
              dataset("sp2d", sp2d, payments, { order: 70, money: money("nilai", sp2d), rules: { same } }),
            ],
            { leavesOut: ({ agency }) => (agency === "ID-DINKES" ? "out-of-scope" : undefined) },
          );
          const { read, migrated, rejected, merged, excluded } = staged.counts;
          expect(read).to.equal(kontrak.length + bap.length + sp2d.length);
          expect(migrated + rejected + merged + excluded).to.equal(read);
          for (const balance of staged.balances) checkBalance(balance);
          const lines = project.fates();
          expect(lines.length).to.equal(read);
          expect(new Set(lines.map(([dataset, row]) => `${dataset} ${row}`)).size).to.equal(read);
          // what was migrated is in a lot, and what is in a lot was migrated
          if (blocked) return;
          const rows = await project.rows({ staged, clusters: [], stale: 0, blocked });
          const inLots = new Set(rows.flatMap(({ from }) => from.map(({ dataset, row }) => `${dataset} ${row}`)));
          const moved = lines
            .filter(([, , , fate]) => fate === "migrated")
            .map(([dataset, row]) => `${dataset} ${row}`);
          for (const place of moved) expect(inLots.has(place), place).to.equal(true);
        } finally {
          project.close();
        }
      }),
      { numRuns: 60 },
    );
  }).timeout(120_000);

  it("is checked: one row or one sen too few is a fault by name", () => {
    const tally = (rows: number, money: string) => ({ rows, money: [money] });
    const balance: Balance = {
      ...{ dataset: "kontrak", source: "spse", table: "t", money: [{ column: "nilai", currency: "IDR" }] },
      ...{
        read: tally(4, "100"),
        migrated: tally(1, "40"),
        rejected: tally(1, "30"),
        merged: tally(1, "20"),
        excluded: tally(1, "10"),
      },
      ...{ held: 0, unreadable: 0, reasons: {} },
    };
    checkBalance(balance);
    for (const wrong of [
      { ...balance, migrated: tally(0, "40") },
      { ...balance, merged: tally(1, "19") },
      { ...balance, read: tally(4, "101") },
    ]) {
      expect(() => checkBalance(wrong))
        .to.throw()
        .with.property("code", "not-conserved");
    }
  });

  it("writes reject files that no spreadsheet takes for formulas, and notices when one is edited", async () => {
    for (const text of ["=1+1", "+62", "-5", "@x", "\t=1", " =1", "=cmd|' /C calc'!A0"]) {
      expect(rejectCell(text).replace(/^"/, "").startsWith("'"), text).to.equal(true);
    }
    expect([rejectCell("a;b"), rejectCell('a"b'), rejectCell("a,b"), rejectCell("a\nb")]).to.deep.equal([
      '"a;b"',
      '"a""b"',
      '"a,b"',
      '"a\nb"',
    ]);
    const project = new Project();
    const { staged } = await project.stage([dataset("sp2d", [{ no_sp2d: "1", satker: "99", nilai: "1" }], payments)]);
    const place = project.at("rejects", "W1", "sp2d.csv");
    await verifyRejectFile(place, staged.rejects[0]!.sha256);
    await verifyRejectFile(place);
    writeFileSync(place, project.rejects("sp2d").replace("99", "11"));
    expect(await verifyRejectFile(place).catch(({ code }) => code)).to.equal("rejects-altered");
    expect(await verifyRejectFile(place, staged.rejects[0]!.sha256).catch(({ code }) => code)).to.equal(
      "rejects-altered",
    );
    project.close();
  });
});
