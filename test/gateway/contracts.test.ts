import { expect } from "chai";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { type Choices, contractTerms, now, posted, type Running, startGateway } from "./world.ts";

/** The control card and the certificate calculator over HTTP, and the dated rules in the check before signing. */

const MILLION = 1_000_000_00n;
const DAY = 86_400;
const text = (amount: bigint) => String(amount);

describe("a contract's card, certificate and rules", () => {
  let running: Running;
  let ocid: string;
  before(async function () {
    this.timeout(60_000);
    running = await startGateway();
    ocid = await built();
  });
  after(() => running.remove());
  const post = async (url: string, payload: object) =>
    (await running.app.inject({ method: "POST", url, payload })).json();
  const make = (choices: Choices) => posted(running.services.separator, running.services.register().seen, choices);
  const submit = async (choices: Choices) => {
    const answer = await post("/api/v1/submissions?wait=10000", make(choices).payload);
    expect(answer.state, JSON.stringify(answer)).to.equal("final");
    return answer;
  };
  const at = (where = ocid, contract = "K-1") =>
    `/api/v1/processes/${encodeURIComponent(where)}/contracts/${encodeURIComponent(contract)}`;

  /** A contract of works of 100 million, begun, late by ten days, half of it accepted. */
  async function built(): Promise<string> {
    const until = now() - 10 * DAY;
    const terms: Terms = { ...contractTerms(100n * MILLION), on: now() - 20 * DAY, until };
    const specialConditions = {
      category: "works",
      taxPercent: "0",
      lateFee: { basis: "contract" },
      retention: { percent: 5 },
    };
    const { ocid: made } = await submit({
      terms,
      body: { contracts: [{ id: "K-1", title: "Jalan <Uji>", specialConditions }] },
    });
    const on = now() - 15 * DAY;
    await submit({ ocid: made, kind: Kind.implementation, terms: { code: 1, on } });
    await submit({
      ocid: made,
      kind: Kind.implementation,
      terms: { code: 4, currency: "IDR", amount: 50n * MILLION, on },
    });
    return made;
  }

  it("works out a certificate whose terms the check before signing takes, with retention and fine as lines", async () => {
    const on = new Date((now() + 7 * 3600) * 1000).toISOString().slice(0, 10);
    const made = await post(`${at()}/certificate`, { purpose: "work", on, number: "BAP-1" });
    const line = Object.fromEntries(
      made.lines.map((each: { line: string; amount: string }) => [each.line, each.amount]),
    );
    expect(line).to.include({ gross: text(50n * MILLION), retention: text(-250_000_000n), fine: text(-1n * MILLION) });
    expect(made.net).to.equal(text(50n * MILLION - 250_000_000n - MILLION));
    expect(made.terms).to.include({ amount: text(50n * MILLION), withheld: text(350_000_000n), currency: "IDR" });
    expect(made.shortForm.certificate).to.include({
      contract: "K-1",
      number: "BAP-1",
      amount: "50000000.00",
      withheld: "3500000.00",
    });
    expect(made.findings).to.deep.equal([]);
    const { details } = made.shortForm.certificate;
    const terms: Terms = {
      currency: "IDR",
      amount: 50n * MILLION,
      withheld: 350_000_000n,
      documentKey: idOf("BAP-1"),
      on: made.terms.on,
    };
    const view = (await running.app.inject({ url: `/api/v1/processes/${ocid}` })).json();
    const body = { contracts: [{ id: "K-1", ...details }] };
    await submit({ ocid, kind: Kind.certificate, basis: view.contracts["K-1"].executionHead, terms, body });
    const card = (await running.app.inject({ url: `${at()}/card` })).json();
    expect(card.fine).to.include({ days: 10, fine: text(MILLION), taken: text(MILLION), running: true });
    expect(card.balance).to.include({
      retention: text(250_000_000n),
      toPay: text(50n * MILLION - 350_000_000n),
      toCertify: text(50n * MILLION),
    });
    expect(card.certificates[0]).to.include({ net: text(50n * MILLION - 350_000_000n) });
    expect(card.next.map(({ what }: { what: { en: string } }) => what.en)).to.include("pay what is certified");
  });

  it("shows the card as a page that is safe to print and as cells that are no formulas", async () => {
    const page = await running.app.inject({ url: `${at()}/card.html?lang=id` });
    expect(page.headers["content-type"]).to.match(/^text\/html/);
    expect(page.payload).to.contain("Kartu kendali").and.to.contain("Jalan &#60;Uji&#62;").and.not.to.contain("<Uji>");
    const sheet = await running.app.inject({ url: `${at()}/card.csv?lang=en` });
    expect(sheet.headers["content-type"]).to.match(/^text\/csv/);
    for (const row of sheet.payload.slice(1).split("\r\n")) expect(row).to.not.match(/(^|,)[=+@-]/);
    for (const [where, contract] of [
      ["ocds-213czf-dpupr-none", "K-1"],
      [ocid, "constructor"],
      [ocid, "K-9"],
    ])
      expect((await running.app.inject({ url: `${at(where, contract)}/card` })).statusCode).to.equal(404);
  });

  it("refuses what is no day or amount, and calculates nothing for a contract that is not there", async () => {
    for (const bad of [{ on: "2026-02-30" }, { gross: "1.5" }, { gross: "-1" }, { purpose: "gift" }])
      expect(await post(`${at()}/certificate`, { purpose: "work", on: "2026-06-01", ...bad })).to.include({
        status: 400,
      });
    expect(await post(`${at(ocid, "K-9")}/certificate`, { purpose: "work", on: "2026-06-01" })).to.include({
      status: 404,
    });
  });

  it("tells findings in the check before signing, refusals with the exception that lifts them", async () => {
    const { capacity, contractId, awardId, agency, refersTo } = make({ ocid }).payload.entry;
    const check = (kind: number, terms: Record<string, string | number>) =>
      post("/api/v1/checks", { entry: { capacity, ocid, contractId, awardId, agency, refersTo, kind, terms } });
    const on = now();
    const over = await check(Kind.certificate, {
      currency: "IDR",
      amount: text(90n * MILLION),
      documentKey: idOf("B-9"),
      on,
    });
    expect(over.findings.find(({ rule }: { rule: string }) => rule === "certificate-within-work")).to.deep.include({
      level: "refuse",
      exception: "certifiedAboveAccepted",
    });
    expect(over.exceptions).to.include("certifiedAboveAccepted");
    const scope = await check(Kind.amendment, {
      code: 2,
      currency: "IDR",
      value: text(110n * MILLION),
      scopeValue: text(110n * MILLION),
      on,
    });
    expect(scope.findings.map(({ rule, level }: { rule: string; level: string }) => `${level} ${rule}`)).to.deep.equal([
      "warn scope-while-late",
      "info scope-cap",
    ]);
    const payment = {
      currency: "IDR",
      amount: "1",
      documentTotal: "1",
      issuer: idOf("ID-PRS-TIRTARAYA"),
      documentKey: idOf("S"),
      on,
    };
    expect((await check(Kind.payment, payment)).findings).to.deep.equal([]);
  });

  it("lists guarantees that end soon, of an agency, page by page", async () => {
    const { ocid: other } = await submit({ terms: { ...contractTerms(), until: now() + 90 * DAY } });
    await submit({ ocid: other, kind: Kind.implementation, terms: { code: 1, on: now() - DAY } });
    const terms = {
      code: 21,
      currency: "IDR",
      amount: 5n * MILLION,
      documentKey: idOf("G-1"),
      on: now() - DAY,
      until: now() + 10 * DAY,
    };
    await submit({ ocid: other, kind: Kind.guarantee, capacity: Role.officer, terms });
    const list = async (query: string) =>
      (await running.app.inject({ url: `/api/v1/guarantees?${query}` })).json().guarantees;
    const mine = (found: { ocid: string }[]) => found.filter((each) => each.ocid === other);
    expect(mine(await list("agency=ID-PRS-DPUPR"))[0]).to.deep.include({
      daysLeft: 10,
      alarm: 14,
      type: "performance",
    });
    expect(mine(await list("within=9"))).to.deep.equal([]);
    expect(mine(await list("agency=ID-PRS-DINKES"))).to.deep.equal([]);
  });
});
