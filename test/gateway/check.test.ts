import { expect } from "chai";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { type Choices, contractTerms, now, posted, type Running, startGateway } from "./world.ts";

/** What the rules say before anybody signs, beside what the ledger says after it. */

const MILLION = 1_000_000_00n;
const DAY = 86_400;
const document = { issuer: idOf("ID-PRS-TIRTARAYA"), documentKey: idOf("SP2D-1") };

describe("an entry before it is signed", () => {
  let running: Running;
  before(async function () {
    this.timeout(60_000);
    running = await startGateway();
  });
  after(() => running.remove());
  const post = async (url: string, payload: object) =>
    (await running.app.inject({ method: "POST", url, payload })).json();
  const make = (choices: Choices) => posted(running.services.separator, running.services.register().seen, choices);
  const submit = (choices: Choices) => post("/api/v1/submissions?wait=10000", make(choices).payload);
  /** Asks about an entry without what its maker adds when he signs. */
  const check = (choices: Choices, basis?: Hex) => {
    const { capacity, ocid, contractId, awardId, agency, kind, terms, refersTo } = make(choices).payload.entry;
    const entry = { capacity, ocid, contractId, awardId, agency, kind, terms, refersTo, ...(basis && { basis }) };
    return post("/api/v1/checks", { entry });
  };
  const size = () => running.services.register().entries;
  /** A contract of 100 million that has begun, its ocid. */
  const begun = async (): Promise<string> => {
    const { ocid } = await submit({});
    const on = now() - DAY;
    expect((await submit({ ocid, kind: Kind.implementation, terms: { code: 1, on } })).state).to.equal("final");
    return ocid;
  };
  const certificate = (amount: bigint): Terms => ({ currency: "IDR", amount, documentKey: idOf("BAP-1"), on: now() });

  it("is acceptable where it is, with the basis to sign; nothing is kept", async () => {
    const before = size();
    expect(await check({})).to.deep.include({ verdict: "acceptable", second: [], exceptions: [], excess: "0" });
    const ocid = await begun();
    const view = (await running.app.inject({ url: `/api/v1/processes/${ocid}` })).json();
    const terms: Terms = { code: 1, on: now() - DAY };
    expect((await check({ ocid, kind: Kind.amendment, terms })).basis).to.equal(view.contracts["K-1"].termsHead);
    expect(size()).to.equal(before + 2);
  });

  it("is refused with the rule, its values in words and the remedy, as the ledger refuses it afterwards", async () => {
    const ocid = await begun();
    const terms: Terms = { code: 2, currency: "IDR", value: 111n * MILLION, scopeValue: 110n * MILLION, on: now() };
    const { verdict, refusal, basis } = await check({ ocid, kind: Kind.amendment, terms });
    expect(verdict).to.equal("refused");
    expect(refusal).to.deep.include({ rule: "price-change-unmarked", certain: false });
    expect(refusal.detail.id).to.equal("sebelum: Rp 0; sesudah: Rp 1.000.000");
    const answer = await submit({ ocid, kind: Kind.amendment, terms, basis });
    expect(answer.refusal).to.include({ rule: "price-change-unmarked" });
    expect(answer.detail).to.equal("before: Rp 0; after: Rp 1.000.000");
  });

  it("says who must sign too, and what an approver must sign for by name", async () => {
    const large = await check({ terms: contractTerms(500n * MILLION) });
    expect(large).to.deep.include({ verdict: "acceptable", second: [{ role: "approver" }], exceptions: [] });
    const ocid = await begun();
    const over = await check({ ocid, kind: Kind.certificate, terms: certificate(120n * MILLION) });
    expect(over.exceptions).to.deep.equal(["certifiedAboveValue", "certifiedAboveAccepted"]);
    expect(over).to.deep.include({ verdict: "acceptable", second: [{ role: "approver" }] });
  });

  it("says what a payment will be marked with, and how far it goes above the value", async () => {
    const ocid = await begun();
    const amount = 130n * MILLION;
    const terms: Terms = { currency: "IDR", amount, documentTotal: amount, ...document, on: now() - DAY };
    const payment: Choices = { ocid, kind: Kind.payment, capacity: Role.treasurer, terms };
    const foreseen = await check(payment);
    expect(foreseen).to.deep.include({ verdict: "acceptable", marks: ["paidAboveValue"], excess: "3000000000" });
    const recorded = await submit({ ...payment, by: "H-PRS-BUD" });
    expect(recorded.recorded).to.include({ excess: "3000000000" });
    // the document is used up now, for this contract and for every other
    const other = await check({ ...payment, ocid: await begun() });
    expect(other.refusal).to.include({ rule: "document-exceeded", certain: false });
    expect(other.refusal.detail.en).to.equal("shares: Rp 260.000.000; document total: Rp 130.000.000");
  });

  it("names an entry that has moved on, by the basis that was given", async () => {
    const { ocid } = await submit({});
    const terms: Terms = { code: 1, on: now() - DAY };
    const { refusal } = await check({ ocid, kind: Kind.amendment, terms }, idOf("another"));
    expect(refusal).to.include({ rule: "stale-basis", certain: false });
  });

  it("that is wrong in itself is refused at once and costs the chain nothing; what may become right goes to the ledger", async () => {
    const { ocid } = await submit({});
    const blocks = running.services.chain.height();
    for (const [rule, choices] of [
      ["terms-missing", { ocid, kind: Kind.amendment, terms: { code: 1 } }],
      ["terms-unused", { ocid, kind: Kind.status, terms: { code: 1, on: now() - DAY, value: 1n } }],
      ["unknown-code", { ocid, kind: Kind.implementation, terms: { code: 77, on: now() - DAY } }],
      ["wrong-capacity", { ocid, kind: Kind.note, capacity: 17, terms: {} }],
    ] as [string, Choices][]) {
      const answer = await submit(choices);
      expect(answer.refusal, rule).to.include({ rule });
      expect((await check(choices)).refusal, rule).to.include({ rule, certain: true });
    }
    expect(running.services.chain.height()).to.equal(blocks);
    const early = { ocid, kind: Kind.certificate, terms: certificate(1n) };
    expect((await submit(early)).refusal).to.include({ rule: "stale-basis" });
    expect(running.services.chain.height()).to.be.greaterThan(blocks);
  });

  it("may be of a contract that is called like a part of every object, in a process that has others", async () => {
    const { ocid } = await submit({});
    for (const contractId of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
      const act = { ocid, contractId, kind: Kind.implementation, terms: { code: 1, on: now() - DAY } };
      // not there yet
      expect((await check(act)).verdict, contractId).to.equal("refused");
      expect(await check({ ocid, contractId }), contractId).to.include({ verdict: "acceptable" });
      expect((await submit({ ocid, contractId })).state, contractId).to.equal("final");
      expect((await submit(act)).state, contractId).to.equal("final");
    }
    expect((await running.app.inject({ url: "/health/ready" })).json().alarms).to.deep.equal([]);
    const { releases } = (await running.app.inject({ url: `/api/v1/records/${ocid}` })).json().records[0];
    const told = releases.map(({ contracts }: { contracts: { id: string; status: string }[] }) => contracts[0]);
    expect(told.filter(({ status }: { status: string }) => status === "active")).to.have.length(4);
    expect((await running.app.inject({ url: `/api/v1/records/${ocid}/history` })).statusCode).to.equal(200);
  });

  it("of a command that was sent before is named, not judged once more", async () => {
    const { payload, id } = make({});
    await post("/api/v1/submissions?wait=10000", payload);
    const { seen: _, digest: __, expires: ___, ...entry } = payload.entry;
    expect(await post("/api/v1/checks", { entry })).to.include({ earlier: id });
  });
});
