import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import type { BankLine, PaymentDocument } from "../../../server/domain/payments/payment-document.ts";
import { closingDigest } from "../../../server/domain/reconciliation/closing.ts";
import type { Part } from "../../../server/integrations/part.ts";
import { POST_PU_1 } from "../../../server/sandbox/people.ts";
import { signedIn } from "../../gateway/world.ts";
import { prasasti as run } from "../../operations/prasasti.ts";
import { accessibilityFaults, needsBrowser, openBrowser } from "../../web/browser.ts";
import { anSp2d, openReconciliationOf, openWorld, TREASURY, type World } from "../payments/world.ts";

const DAY = 86_400_000;
/** In western Indonesia, so many days ago. */
const daysAgo = (days: number) => new Date(Date.now() + 7 * 3_600_000 - days * DAY).toISOString().slice(0, 10);
const today = daysAgo(0);
const month = today.slice(0, 7);
/** the last day of the month before */
const lastDay = new Date(Date.parse(`${month}-01T00:00:00Z`) - DAY).toISOString().slice(0, 10);

const CONNECTORS = `
apiVersion: prasasti/connectors/v1
agencies: [{ id: ID-PRS-TIRTARAYA, codes: ["0.00"], stem: ocds-213czf-tirtaraya }, { id: ID-PRS-DPUPR, codes: ["1.03"], stem: ocds-213czf-dpupr }]
reconciliation: { accounts: [{ from: "5.2.2.03", to: "5.1.02.02" }] }
sources: { bank: { engine: csv, path: bank.csv, encoding: utf-8, delimiter: "," } }
jobs: [{ id: bank, source: bank, map: bank-csv, sink: bank, agency: ID-PRS-TIRTARAYA }]
`;

describe("reconciliation as a treasurer works with it", function () {
  this.timeout(180_000);
  let world: World;
  let part: Part;
  let bud: string;
  let outsider: string;
  let lines = 0;
  const ocid = "ocds-213czf-dpupr-rekon-1";

  async function keepLine(fields: Partial<BankLine>): Promise<void> {
    const seq = ++lines;
    const line: BankLine = {
      ...{ key: `k${seq}`, account: "digest", accountName: "RKUD", on: today, currency: "IDR", amount: "0" },
      ...{
        direction: "debit",
        reversal: false,
        text: "",
        source: { connector: "bank", capture: "c", at: `line ${seq}` },
      },
      ...fields,
    };
    const key = `bank/line/${line.key}`;
    const change = { key: `bank/change/${String(seq).padStart(15, "0")}`, value: { key } };
    await world.storage.put([{ key, value: { line, seq } }, change], { sync: true });
  }

  before(async () => {
    world = await openWorld();
    part = await openReconciliationOf(world, CONNECTORS);
    Object.assign(world.calls, part.calls);
    bud = await signedIn(world.running, "bud", "H-PRS-BUD");
    outsider = await signedIn(world.running, "bend-dik", "H-PRS-BEND-DIK");
    await world.record("ppk-pu", [
      {
        contract: {
          ...{ ocid, agency: "ID-PRS-DPUPR", contract: "SPK-1", code: "spk", value: "20.000.000" },
          ...{ supplier: "ID-PRS-S-0001", post: POST_PU_1, on: daysAgo(2), details: { title: "Talud" } },
        },
      },
    ]);
    const gross = "600000000";
    const withTax: Partial<PaymentDocument> = {
      net: "540000000",
      deductions: [{ kind: "PPN", name: "PPN", amount: "60000000" }],
      lines: [{ account: "5.2.2.03.05", chart: "permendagri13", subActivity: "1.03.10", fund: "DAU", amount: gross }],
    };
    await world.keep(
      anSp2d({ number: "11/SP2D/2026", on: today, gross, ...withTax, purpose: "Pembayaran SPK-1" }),
      anSp2d({ number: "12/SP2D/2026", on: today, gross: "5000000", route: "GU", purpose: "Ganti uang persediaan" }),
      anSp2d({ number: "9/SP2D/2026", on: lastDay, gross: "7000000", route: "GU", purpose: "Ganti uang persediaan" }),
    );
    await keepLine({ amount: "540000000", text: "SP2D 11/SP2D/2026" });
    await keepLine({ amount: "650000", text: "BIAYA" });
    await keepLine({ amount: "7000000", on: lastDay, reference: "9/SP2D/2026" });
    // the treasurer records the net by hand, by the number that he reads
    await world.record("bud", [
      {
        payment: {
          ...{ ocid, contract: "SPK-1", number: "11/SP2D/2026", issuer: "ID-PRS-TIRTARAYA" },
          ...{ amount: "5.400.000", total: "5.400.000", on: today },
        },
      },
    ]);
  });
  after(async () => {
    await part?.close();
    await world.close();
  });

  const ask = (token: string, url: string, headers: Record<string, string> = {}) =>
    world.running.app.inject({
      url: `/api/v1/reconciliation/${url}`,
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
  const prasasti = (...args: string[]) =>
    run(["reconcile", ...args, "--as", "sandbox:bud"], {
      PRASASTI_URL: world.url,
      PRASASTI_HOME: process.env.PRASASTI_HOME!,
    });

  it("tells a month with one cause for each difference, of the regency and of the office alone", async () => {
    const answer = await ask(bud, `ID-PRS-TIRTARAYA/${month}`);
    expect(answer.statusCode, answer.body).to.equal(200);
    const [rupiah] = answer.json().currencies;
    const told = rupiah.causes.map(({ cause, count, amount }: Record<string, unknown>) => [cause, count, amount]);
    expect(told).to.deep.include.members([
      ["netRecorded", 1, "-60000000"],
      ["pettyCash", 1, "-5000000"],
      ["withoutSp2d", 1, "-650000"],
      ["deductionWithoutNtpn", 1, "60000000"],
    ]);
    for (const { difference, explained } of Object.values(rupiah.balance) as {
      difference: string;
      explained: string;
    }[])
      expect(difference).to.equal(explained);
    expect(rupiah.exceptions.map(({ exception }: { exception: string }) => exception)).to.include("withoutCertificate");
    expect(answer.json().closing.state).to.equal("open");
    const row = answer.json().rows.find(({ account }: { account: string }) => account === "5.2.2.03.05");
    expect(row).to.deep.include({ group: "5.1.02.02", gross: "600000000", ledger: "540000000", fund: "DAU" });
    const office = (await ask(bud, `ID-PRS-DPUPR/${month}?alone=true`)).json();
    const causes = office.currencies[0].causes.map(({ cause }: { cause: string }) => cause);
    expect(causes).to.include("netRecorded").and.not.include("withoutSp2d");
    // what is delivered, and until when: nothing of accounts or people
    expect(answer.json().coverage.sources.map(({ until }: { until: string }) => until)).to.deep.equal([today, today]);
    expect(answer.body).not.to.contain("Batu Alam");
  });

  it("gives the same as page, CSV and workbook, by address or by Accept, in both languages", async () => {
    const page = await ask(bud, `ID-PRS-TIRTARAYA/${month}?lang=id`, { accept: "text/html" });
    expect(page.headers["content-type"]).to.contain("text/html");
    expect(page.body).to.contain("yang dicatat neto, bukan bruto").and.to.contain("<svg");
    expect(page.body).not.to.match(/<script|https?:\/\/(?!www\.w3\.org)/);
    const csv = await ask(bud, `ID-PRS-TIRTARAYA/${month}?format=csv&lang=en`);
    expect(csv.headers["content-disposition"]).to.contain(".csv");
    expect(csv.body.split("\r\n")[0]).to.contain("cause");
    expect(csv.body).to.contain("-600000.00");
    const book = await ask(bud, `ID-PRS-TIRTARAYA/${month}?format=xlsx`);
    expect(book.rawPayload.subarray(0, 2).toString()).to.equal("PK");
    for (const path of [`${month.slice(0, 4)}/year-end`, `${month.slice(0, 4)}/absorption`])
      for (const format of ["json", "html", "csv", "xlsx"])
        expect((await ask(bud, `ID-PRS-TIRTARAYA/${path}?format=${format}`)).statusCode, `${path} ${format}`).to.equal(
          200,
        );
  });

  it("is a page without faults for people who see or hear otherwise", async function () {
    needsBrowser(this);
    const { browser, context } = await openBrowser();
    try {
      const page = await context.newPage();
      for (const path of [month, `${month.slice(0, 4)}/absorption`, `${month.slice(0, 4)}/year-end`]) {
        await page.setContent(
          (await ask(bud, `ID-PRS-TIRTARAYA/${path}?format=html&lang=id`)).body.replace(/<meta http-equiv.*?>/, ""),
        );
        expect(await accessibilityFaults(page), path).to.deep.equal([]);
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).to.equal(true);
      }
    } finally {
      await browser.close();
    }
  });

  it("shows it to nobody whose office does not cover the agency", async () => {
    expect((await ask(outsider, `ID-PRS-TIRTARAYA/${month}`)).json().type).to.contain("not-allowed");
    expect(
      (await world.running.app.inject({ url: `/api/v1/reconciliation/ID-PRS-TIRTARAYA/${month}` })).statusCode,
    ).to.equal(401);
    expect((await ask(bud, "ID-PRS-TIRTARAYA/2026-13")).statusCode).to.equal(400);
  });

  it("is worked from the command line: show, close, later correction, reopen", async () => {
    const shown = await prasasti("show", "ID-PRS-TIRTARAYA", month, "--lang", "id");
    expect(shown.exit, shown.err).to.equal(4);
    expect(shown.out).to.contain("yang dicatat neto, bukan bruto");
    const early = await prasasti("close", "ID-PRS-TIRTARAYA", month);
    expect(early.exit).to.equal(1);
    expect(early.err).to.contain("The month is not over yet");
    const last = lastDay.slice(0, 7);
    const closed = await prasasti("close", "ID-PRS-TIRTARAYA", last);
    expect(closed.exit, closed.err).to.equal(0);
    const [kept] = (await ask(bud, "ID-PRS-TIRTARAYA/closings")).json().closings;
    expect(kept.digest).to.equal(closingDigest(kept.document));
    expect(kept.document).to.deep.include({ act: "close", month: last, agency: "ID-PRS-TIRTARAYA", number: 1 });
    const twice = await prasasti("close", "ID-PRS-TIRTARAYA", last);
    expect(twice.err).to.contain("The month is closed");

    await world.keep(anSp2d({ number: "10/SP2D/2026", on: lastDay, gross: "300", route: "GU", purpose: "Terlambat" }));
    const { later } = (await ask(bud, `ID-PRS-TIRTARAYA/${last}`)).json();
    expect(later).to.deep.include({ month: last, count: 1 });
    expect(later.figures.IDR.gross).to.equal("300");
    const reopened = await prasasti("reopen", "ID-PRS-TIRTARAYA", last, "--reason", "SP2D 10 terlambat diterima");
    expect(reopened.exit, reopened.err).to.equal(0);
    expect((await prasasti("closings", "ID-PRS-TIRTARAYA")).out).to.contain("reopen");
    const file = path.join(await mkdtemp(path.join(tmpdir(), "prasasti-out-")), "r.html");
    try {
      const written = await prasasti("show", "ID-PRS-TIRTARAYA", last, "--format", "html", "--out", file);
      expect(written.exit, written.err).to.equal(0);
      expect(await readFile(file, "utf8")).to.contain("SP2D 10 terlambat diterima");
    } finally {
      await rm(path.dirname(file), { recursive: true });
    }
  });

  it("keeps no closing that another key signed or that says otherwise, and proposes none to whose office does not cover it", async () => {
    const last = lastDay.slice(0, 7);
    const url = `/api/v1/reconciliation/ID-PRS-TIRTARAYA/${last}/closing`;
    const headers = { authorization: `Bearer ${bud}` };
    const { document, act } = (
      await world.running.app.inject({ method: "POST", url, headers, payload: { act: "close" } })
    ).json();
    const forged = await world.running.app.inject({
      method: "PUT",
      url,
      headers,
      payload: { document, act, signature: `0x${"11".repeat(64)}1b` },
    });
    expect(forged.json().type).to.contain("closing-signature");
    const other = { ...document, currencies: [] };
    const changed = await world.running.app.inject({
      method: "PUT",
      url,
      headers,
      payload: { document: other, act, signature: `0x${"11".repeat(64)}1b` },
    });
    expect(changed.json().type).to.contain("closing-signature");
    const denied = await world.running.app.inject({
      method: "POST",
      url,
      headers: { authorization: `Bearer ${outsider}` },
      payload: { act: "close" },
    });
    expect(denied.json().type).to.contain("not-allowed");
  });

  it("holds a declared plan against what was paid", async () => {
    const year = month.slice(0, 4);
    const months = Array.from({ length: 12 }, () => ({ financial: "1000000000", physical: 800 }));
    const url = `/api/v1/reconciliation/ID-PRS-DPUPR/${year}/plan`;
    const put = await world.running.app.inject({
      method: "PUT",
      url,
      headers: { authorization: `Bearer ${bud}` },
      payload: { budget: "12000000000", months },
    });
    expect(put.statusCode, put.body).to.equal(200);
    const told = (await ask(bud, `ID-PRS-DPUPR/${year}/absorption?alone=true`)).json().absorption[0];
    expect(told).to.deep.include({ plan: "declared", budget: "12000000000" });
    const paid = told.months.find((each: { month: string }) => each.month === month);
    expect(paid.paid).to.equal("605000000");
    expect(TREASURY).to.equal(idOf("ID-PRS-TIRTARAYA"));
  });
});
