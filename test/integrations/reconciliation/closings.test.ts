import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Kind } from "../../../server/domain/entries/kinds.ts";
import { actOf, type ClosingDocument, closingDigest } from "../../../server/domain/reconciliation/closing.ts";
import { Closings } from "../../../server/integrations/reconciliation/closings.ts";
import { Reconciliation } from "../../../server/integrations/reconciliation/reconciliation.ts";
import { reportPage } from "../../../server/integrations/reconciliation/report-page.ts";
import { Table } from "../../../server/store/store.ts";
import { AGENCY, OTHER, TREASURY } from "./cases.ts";
import { madeUpYear, publishedOf, tellBook } from "./made-up-year.ts";

const region = {
  agencies: [TREASURY, AGENCY, OTHER].map((hex) => ({ hex, id: hex.slice(0, 6), name: hex.slice(0, 6) })),
};
const HOLDER = `0x${"44".repeat(32)}` as const;

describe("closing a month", () => {
  let folder: string;
  let table: Table;
  let reconciliation: Reconciliation;
  let closings: Closings;
  let now = Date.parse("2027-01-20T00:00:00Z");

  beforeEach(async function () {
    this.timeout(30_000);
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-closings-"));
    table = await Table.open(folder);
    reconciliation = new Reconciliation(table, { accounts: [] });
    closings = new Closings(table, reconciliation, () => now);
    now = Date.parse("2027-01-20T00:00:00Z");
    await tellBook(reconciliation.book, madeUpYear(11, 200), ["documents", "lines", "returns", "ledger"]);
  });
  afterEach(async () => {
    await table.close();
    await rm(folder, { recursive: true });
  });

  const signed = (document: ClosingDocument) => ({
    document,
    act: actOf(document, HOLDER, now / 1000),
    signature: "0x00" as const,
    key: "0x01" as const,
  });
  const close = async (month: string) => closings.keep(region, signed(await closings.propose(region, month, "close")));
  const codeOf = async (work: Promise<unknown>) =>
    work.then(
      () => "done",
      ({ code }: { code: string }) => code,
    );
  const late = {
    ocid: "ocds-late",
    published: publishedOf("ocds-late", AGENCY, [
      {
        ocid: "ocds-late",
        leaf: `0x${"ee".repeat(32)}`,
        kind: Kind.payment,
        amount: 777n,
        total: 777n,
        key: "LATE/1",
        on: "2026-01-20",
      },
    ]),
  };

  it("keeps figures, sources and the digest of every line; each act names the one before", async function () {
    this.timeout(30_000);
    const first = await close("2026-01");
    const report = await reconciliation.report(region, "2026-01");
    expect(first.document.currencies[0]!.figures).to.deep.equal(report.currencies[0]!.figures);
    expect(first.digest).to.equal(closingDigest(first.document));
    expect(first.document.lines.count).to.equal(report.currencies[0]!.cases);
    expect(first.document.sources.map(({ connector }) => connector)).to.deep.equal(["bank", "simda", "retur"]);
    const second = await close("2026-02");
    expect(second.document).to.deep.include({ number: 2, previous: first.digest });
    expect((await closings.acts(TREASURY)).map(({ document }) => document.month)).to.deep.equal(["2026-01", "2026-02"]);
  });

  it("tells what is recorded afterwards as later corrections: closed + corrections = now", async function () {
    this.timeout(30_000);
    const { document } = await close("2026-01");
    expect(await closings.laterChanges(region, "2026-01")).to.include({ count: 0 });
    await reconciliation.book.keepProcesses([late]);
    const gone = madeUpYear(11, 200).documents.find(({ document: each }) => each.on.startsWith("2026-01"))!.document;
    await reconciliation.book.forgetDocuments([gone]);
    const later = (await closings.laterChanges(region, "2026-01"))!;
    expect(later.count).to.equal(2);
    const report = await reconciliation.report(region, "2026-01");
    const [closed, present] = [document.currencies[0]!.figures, report.currencies[0]!.figures];
    for (const name of ["ledger", "gross", "net", "bank"] as const)
      expect(BigInt(closed[name]) + BigInt(later.figures.IDR![name]), name).to.equal(BigInt(present[name]));
    expect(later.figures.IDR!.ledger).to.equal("777");
    // what was signed stays as it was
    expect((await closings.acts(TREASURY))[0]!.document).to.deep.equal(document);
    const html = reportPage({ ...report, closing: await closings.stateOf(TREASURY, "2026-01"), later }, "en");
    expect(html).to.include("later corrections").and.to.include(closingDigest(document));
  });

  it("refuses a month that is not over, is closed, or comes before an open one; reopening is an act of its own", async function () {
    this.timeout(30_000);
    now = Date.parse("2026-01-31T16:59:59Z"); // 23.59 in Jakarta
    expect(await codeOf(closings.propose(region, "2026-01", "close"))).to.equal("month-not-over");
    now = Date.parse("2026-01-31T17:00:00Z");
    expect(await codeOf(closings.propose(region, "2026-01", "close"))).to.equal("done");
    now = Date.parse("2027-01-20T00:00:00Z");
    expect(await codeOf(closings.propose(region, "2026-02", "close"))).to.equal("earlier-month-open");
    expect(await codeOf(closings.propose(region, "2026-01", "reopen", "why"))).to.equal("month-not-closed");
    await close("2026-01");
    expect(await codeOf(closings.propose(region, "2026-01", "close"))).to.equal("month-closed");
    const reopening = await closings.propose(region, "2026-01", "reopen", "the statement of 9 January was missing");
    await closings.keep(region, signed(reopening));
    expect(await closings.stateOf(TREASURY, "2026-01")).to.include({ state: "reopened" });
    expect((await close("2026-01")).document.number).to.equal(3);
  });

  it("refuses what is not what the month says now, keeps the same signed document once, and lets the rest of the year grow", async function () {
    this.timeout(30_000);
    const proposal = await closings.propose(region, "2026-01", "close");
    const first = proposal.currencies[0]!;
    const forged = { ...proposal, currencies: [{ ...first, figures: { ...first.figures, ledger: "1" } }] };
    expect(await codeOf(closings.keep(region, signed(forged)))).to.equal("closing-changed");
    const beyond = { ...proposal, register: proposal.register + 1 };
    expect(await codeOf(closings.keep(region, signed(beyond)))).to.equal("closing-changed");
    await reconciliation.book.keepProcesses([late]);
    expect(await codeOf(closings.keep(region, signed(proposal)))).to.equal("closing-changed");
    const again = await closings.propose(region, "2026-01", "close");
    // of another month: nothing of this one is another
    await reconciliation.book.keepProcesses([
      {
        ocid: "ocds-june",
        published: publishedOf("ocds-june", AGENCY, [
          {
            ocid: "ocds-june",
            leaf: `0x${"ef".repeat(32)}`,
            kind: Kind.payment,
            amount: 5n,
            total: 5n,
            key: "JUNE/1",
            on: "2026-06-20",
          },
        ]),
      },
    ]);
    await reconciliation.book.movedTo(99);
    const kept = await closings.keep(region, signed(again));
    expect(await closings.keep(region, signed(again))).to.deep.equal(kept);
    expect(await closings.acts(TREASURY)).to.have.length(1);
  });
});
