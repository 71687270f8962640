import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { XlsxSource } from "../../../migration/sources/xlsx.ts";
import { Reconciliation, type Scope } from "../../../server/integrations/reconciliation/reconciliation.ts";
import { reportSheets } from "../../../server/integrations/reconciliation/report-sheets.ts";
import { xlsxOf } from "../../../server/integrations/sheets/xlsx-of.ts";
import { Table } from "../../../server/store/store.ts";
import { AGENCY, OTHER, TREASURY } from "./cases.ts";
import { type MadeUpYear, madeUpYear, type Truth, tellBook } from "./made-up-year.ts";

const scope = (...of: [hex: typeof AGENCY, name: string][]): Scope => ({
  agencies: of.map(([hex, name]) => ({ hex, id: name, name })),
});
export const REGION = scope([TREASURY, "BPKAD"], [AGENCY, "Dinas PUPR"], [OTHER, "Dinas Kesehatan"]);
const MONTHS = Array.from({ length: 12 }, (_, at) => `2026-${String(at + 1).padStart(2, "0")}`);

async function withBook(use: (reconciliation: Reconciliation, table: Table) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-reconciliation-"));
  try {
    const table = await Table.open(folder);
    await use(new Reconciliation(table, { accounts: [] }), table);
    await table.close();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What a book finds, in the words of the truth. */
async function found(reconciliation: Reconciliation): Promise<Truth> {
  const all: Truth = {};
  for (const agency of REGION.agencies)
    for (const month of MONTHS)
      for (const { causes } of (await reconciliation.report({ agencies: [agency] }, month)).currencies)
        for (const { comparison, cause, count, amount } of causes)
          all[`${agency.hex} ${month} ${comparison} ${cause}`] = { count, amount: BigInt(amount) };
  return all;
}
const readable = (truth: Truth) =>
  Object.fromEntries(
    Object.entries(truth)
      .sort()
      .map(([key, { count, amount }]) => [key, `${count} × ${amount}`]),
  );

describe("a made-up year with known truth", () => {
  for (const seed of [1, 2, 3])
    it(`is found to be what it is, month by month and cause by cause: seed ${seed}`, async function () {
      this.timeout(60_000);
      await withBook(async (reconciliation) => {
        const year = madeUpYear(seed, 900);
        await tellBook(reconciliation.book, year, ["documents", "lines", "returns", "ledger"]);
        expect(readable(await found(reconciliation))).to.deep.equal(readable(year.truth));
      });
    });

  it("is the same whatever comes first, and when everything is told twice", async function () {
    this.timeout(120_000);
    const year = madeUpYear(4, 300);
    const orders = [
      ["documents", "lines", "returns", "ledger"],
      ["ledger", "returns", "lines", "documents"],
      ["lines", "ledger", "documents", "returns"],
      ["returns", "documents", "ledger", "lines"],
      ["lines", "lines", "documents", "ledger", "returns", "documents", "ledger", "returns", "lines"],
    ] as const;
    const all: unknown[] = [];
    for (const [at, order] of orders.entries())
      await withBook(async (reconciliation) => {
        const told: MadeUpYear =
          at % 2 === 0
            ? year
            : {
                ...year,
                documents: year.documents.toReversed(),
                lines: year.lines.toReversed(),
                processes: year.processes.toReversed(),
              };
        await tellBook(reconciliation.book, told, order);
        const { coverage, ...report } = await reconciliation.report(REGION, "2026");
        expect(readable(await found(reconciliation)), order.join(" ")).to.deep.equal(readable(year.truth));
        all.push({ ...report, receipts: coverage.receipts, sources: coverage.sources });
      });
    for (const each of all) expect(each).to.deep.equal(all[0]);
  });

  it("a year is the sum of its months, whose cut-offs settle", async function () {
    this.timeout(60_000);
    await withBook(async (reconciliation) => {
      await tellBook(reconciliation.book, madeUpYear(5, 400), ["ledger", "documents", "lines", "returns"]);
      const whole = (await reconciliation.report(REGION, "2026")).currencies[0]!;
      const sums: Record<string, bigint> = {};
      for (const month of MONTHS)
        for (const [name, amount] of Object.entries(
          (await reconciliation.report(REGION, month)).currencies[0]?.figures ?? {},
        ))
          sums[name] = (sums[name] ?? 0n) + BigInt(amount);
      for (const [name, amount] of Object.entries(whole.figures)) expect(String(sums[name]), name).to.equal(amount);
      for (const { cause, amount } of whole.causes) if (cause === "otherMonth") expect(amount).to.equal("0");
    });
  });

  it("writes a workbook that our own reader opens, in which the differences add up to the balance", async function () {
    this.timeout(60_000);
    await withBook(async (reconciliation) => {
      await tellBook(reconciliation.book, madeUpYear(6, 300), ["documents", "lines", "returns", "ledger"]);
      const report = await reconciliation.report(REGION, "2026-05");
      const bytes = await buffer(xlsxOf(reportSheets(report, reconciliation.differences(REGION, "2026-05"), "id")));
      const folder = await mkdtemp(path.join(tmpdir(), "prasasti-workbook-"));
      try {
        const file = path.join(folder, "report.xlsx");
        await writeFile(file, bytes);
        const source = new XlsxSource("report", { engine: "xlsx", path: "report.xlsx", maxBytes: 1e9 } as never, [
          { name: "report.xlsx", path: file } as never,
        ]);
        const tables = (await source.tables()).map(({ name }) => name);
        expect(tables).to.include.members(["Neraca", "Sebab", "Rekening", "Selisih", "Sumber"]);
        let sum = 0n;
        for await (const batch of source.rows("Selisih"))
          for (const { values } of batch) {
            const [whole = "0", fraction = ""] = values[7]!.replace("-", "").split(".");
            const minor = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, "0"));
            sum += values[7]!.startsWith("-") ? -minor : minor;
          }
        const { balance } = report.currencies[0]!;
        expect(sum).to.equal(Object.values(balance).reduce((all, { difference }) => all + BigInt(difference), 0n));
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
});
