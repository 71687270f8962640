import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import { Reconciliation } from "../../../server/integrations/reconciliation/reconciliation.ts";
import { Table } from "../../../server/store/store.ts";
import { anSp2d } from "../payments/world.ts";
import { AGENCY, TREASURY } from "./cases.ts";
import { publishedOf } from "./made-up-year.ts";

describe("days of which sources have spoken", () => {
  const scope = { agencies: [{ hex: AGENCY, id: "A", name: "A" }] };
  let folder: string;
  let table: Table;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-reach-"));
    table = await Table.open(folder);
  });
  afterEach(async () => {
    await table.close();
    await rm(folder, { recursive: true });
  });

  it("are those between the lines of a month, and no others: one wrong year claims nothing of the rest", async () => {
    const reconciliation = new Reconciliation(table, { accounts: [], today: () => "2026-11-20" });
    const sp2d = (number: string, on: string) => ({
      document: anSp2d({
        number,
        on,
        gross: "5",
        issuer: TREASURY,
        agency: AGENCY,
        key: `${TREASURY}/2026/SP2D/${number}`,
      }),
      link: "none" as const,
    });
    const days = ["2024-11-12", "2026-09-10", "2026-10-20", "2026-11-05", "2026-11-16", "2027-05-01"];
    await reconciliation.book.keepDocuments(days.map((on, at) => sp2d(`${at + 1}`, on)));
    const entries = [
      "2024-11-12",
      "2025-06-01",
      "2026-09-09",
      "2026-09-30",
      "2026-10-01",
      "2026-11-16",
      "2026-11-17",
      "2027-05-01",
    ];
    for (const [at, on] of entries.entries()) {
      const leaf: Hex = `0x${String(at + 1).padStart(64, "0")}`;
      const ocid = `ocds-hand-${at}`;
      const payment = { ocid, leaf, kind: Kind.payment, amount: 7n, total: 7n, on, key: `H${at}` };
      await reconciliation.book.keepProcesses([{ ocid, published: publishedOf(ocid, AGENCY, [payment]) }]);
    }
    const told = async (period: string) =>
      (await Array.fromAsync(reconciliation.differences(scope, period)))
        .filter(({ comparison, contracts }) => comparison === "ledger" && contracts.length > 0)
        .map(({ on, cause }) => [on, cause]);
    expect(
      [...(await told("2024")), ...(await told("2025")), ...(await told("2026")), ...(await told("2027"))].sort(),
    ).to.deep.equal([
      ["2024-11-12", "notInSource"],
      ["2025-06-01", "awaitingSource"],
      ["2026-09-09", "awaitingSource"],
      ["2026-09-30", "notInSource"],
      ["2026-10-01", "notInSource"],
      ["2026-11-16", "notInSource"],
      ["2026-11-17", "awaitingSource"],
      ["2027-05-01", "awaitingSource"],
    ]);
  });
});
