import { expect } from "chai";
import { idOf } from "../../../server/domain/entries/entry.ts";
import { paymentIdOf } from "../../../server/domain/payments/matched-payment.ts";
import { keyPart } from "../../../server/domain/projection/ordered.ts";
import { contractIn, type ProcessView } from "../../../server/domain/projection/process-view.ts";
import { POST_PU_1 } from "../../../server/sandbox/people.ts";
import { anSp2d, openWorld, TREASURY, type World } from "./world.ts";

const ocid = (name: string) => `ocds-213czf-dpupr-pay-${name}`;
const DAY = "2026-11-02";

describe("payments on a real register", function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await openWorld();
  });
  after(() => world.close());

  /** A contract of the roads office, begun and with all of it certified where an amount is given. */
  async function contract(name: string, value: string, certified: string[] = [], more: object = {}): Promise<void> {
    const forms: object[] = [
      {
        contract: {
          ...{ ocid: ocid(name), agency: "ID-PRS-DPUPR", contract: `027/${name}/SPK/PU/2026`, code: "spk", value },
          ...{
            supplier: "ID-PRS-S-0001",
            post: POST_PU_1,
            on: DAY,
            details: { title: `Jalan ${name}` },
            ...more,
          },
        },
      },
      { implementation: { ocid: ocid(name), contract: `027/${name}/SPK/PU/2026`, code: "spmk", on: DAY } },
    ];
    if (certified.length > 0)
      forms.push({
        implementation: {
          ocid: ocid(name),
          contract: `027/${name}/SPK/PU/2026`,
          code: "progress",
          amount: value,
          on: DAY,
        },
      });
    for (const [at, amount] of certified.entries())
      forms.push({
        certificate: {
          ocid: ocid(name),
          contract: `027/${name}/SPK/PU/2026`,
          amount,
          number: `027/${name}.${at}/BAP/2026`,
          on: DAY,
        },
      });
    await world.record("ppk-pu", forms);
  }
  const supplier = () => world.register.nameOf(idOf("ID-PRS-S-0001"));
  const view = async (name: string) =>
    contractIn(
      await world.running.services.projection.get<ProcessView>(`process/${keyPart(ocid(name))}`),
      `027/${name}/SPK/PU/2026`,
    )!;
  const open = async () => (await world.proposals.list({ limit: 256 })).proposals;

  it("proposes what is certain, lets it be signed in one act, and finds nothing new the second time", async () => {
    await contract("a1", "40.000.000", ["15.000.000", "25.000.000"]);
    await contract("a2", "31.234.567", ["31.234.567"]);
    const documents = [
      anSp2d({
        gross: "1500000000",
        payee: { name: supplier() },
        purpose: "Pembayaran Jalan a1 Termin I SPK No. 027/a1/SPK/PU/2026",
      }),
      anSp2d({
        gross: "2500000000",
        payee: { name: supplier() },
        purpose: "Pelunasan Jalan a1 SPK 027 / a1 / SPK / PU / 2026",
      }),
      anSp2d({ gross: "3123456700", payee: { name: supplier() }, purpose: "LS 027/a2/SPK/PU/2026" }),
      anSp2d({ gross: "900000000", payee: { name: "Bendahara Gaji" }, purpose: "Gaji Induk ASN bulan November 2026" }),
    ];
    await world.keep(...documents);
    const proposed = await open();
    expect(proposed.map(({ kind }) => kind)).to.deep.equal(["payment", "payment", "payment"]);
    expect(proposed[0]!.reason.id).to.contain("nomor kontrak tertulis dalam dokumen");
    const { signed, bundles } = await world.signAll("bud");
    expect({ signed, bundles }).to.deep.equal({ signed: 3, bundles: 1 });
    expect((await view("a1")).paid).to.equal("4000000000");
    expect((await view("a2")).paid).to.equal("3123456700");
    // all again, as a full scan brings it, and after a restart
    await world.keep(...documents);
    await world.reopen();
    await world.keep(...documents);
    expect(await open()).to.deep.equal([]);
    const told = await world.payments.show(paymentIdOf(documents[0]!.key));
    expect(told).to.include({ state: "recorded", inQueue: false });
    expect(told.shares[0]!.state).to.equal("recorded");
    expect((await world.payments.show(paymentIdOf(documents[3]!.key))).state).to.equal("none");
  });

  it("recognises a payment that was recorded by hand, under its number, and never proposes it", async () => {
    await contract("b1", "20.000.000", ["20.000.000"]);
    const document = anSp2d({
      number: "777/SP2D/B",
      gross: "2000000000",
      payee: { name: supplier() },
      purpose: "SPK 027/b1/SPK/PU/2026",
    });
    const byHand = { ocid: ocid("b1"), contract: "027/b1/SPK/PU/2026", amount: "20.000.000", number: "777/sp2d/b" };
    await world.record("bud", [{ payment: { ...byHand, issuer: "ID-PRS-TIRTARAYA", on: "2026-11-20" } }]);
    await world.keep(document);
    expect(await open()).to.deep.equal([]);
    const told = await world.payments.show(paymentIdOf(document.key));
    expect(told.state).to.equal("recorded");
    expect(told.reasons.map(({ code }) => code)).to.deep.equal(["byHand"]);
  });

  it("never lets a later run override a person, keeps his decisions for ever, and undoes them on his word", async () => {
    await contract("c1", "12.000.000", ["12.000.000"]);
    await contract("c2", "12.000.000", ["12.000.000"]);
    const document = anSp2d({ gross: "1200000000", payee: { name: supplier() }, purpose: "Pembayaran Jalan" });
    const id = paymentIdOf(document.key);
    await world.keep(document);
    const waiting = await world.payments.show(id);
    expect(waiting).to.include({ state: "doubtful", inQueue: true });
    expect(
      waiting.candidates
        .slice(0, 2)
        .map((each) => each.ocid)
        .sort(),
    ).to.deep.equal([ocid("c1"), ocid("c2")]);
    expect(waiting.candidates[0]!.evidence[0]!.words.id).to.be.a("string");
    const by = idOf("H-PRS-BUD");
    const accepted = await world.payments.decide(id, by, {
      act: "accept",
      shares: [{ ocid: ocid("c1"), contractId: "027/c1/SPK/PU/2026" }],
      note: "BAP dilihat",
    });
    expect(accepted.state).to.equal("accepted");
    expect((await open()).map((each) => each.ocid)).to.deep.equal([ocid("c1")]);
    // its source says another number now, of the other contract: the decision stands, the change is shown
    await world.keep({ ...document, gross: "1100000000", purpose: "SPK 027/c2/SPK/PU/2026" });
    const changed = await world.payments.show(id);
    expect(changed.state).to.equal("accepted");
    expect(changed.reasons.map(({ code }) => code)).to.include("changed");
    await world.payments.decide(id, by, { act: "undo", of: 1 });
    const undone = await world.payments.show(id);
    expect(undone.decisions.map(({ act, number }) => [act, number])).to.deep.equal([
      ["accept", 1],
      ["undo", 2],
    ]);
    expect((await open()).map((each) => each.ocid)).not.to.include(ocid("c1"));
    await world.payments.decide(id, by, { act: "notContract" });
    expect(await open()).to.deep.equal([]);
    let refused: unknown;
    await world.payments.decide(id, by, { act: "undo", of: 1 }).catch((error: unknown) => {
      refused = error;
    });
    expect(refused).to.include({ code: "decision-unknown" });
  });

  it("shares one document over several contracts, never more than it pays, and signs the shares together", async () => {
    await contract("d1", "10.000.000", ["10.000.000"]);
    await contract("d2", "7.500.000", ["7.500.000"]);
    const document = anSp2d({
      gross: "1750000000",
      payee: { name: supplier() },
      purpose: "SPK 027/d1/SPK/PU/2026 dan 027/d2/SPK/PU/2026",
    });
    await world.keep(document);
    const told = await world.payments.show(paymentIdOf(document.key));
    expect(told.state, JSON.stringify(told.reasons)).to.equal("certain");
    expect(told.shares.map(({ amount }) => amount)).to.have.members(["1000000000", "750000000"]);
    let refused: unknown;
    const too = [
      { ocid: ocid("d1"), contractId: "027/d1/SPK/PU/2026", amount: "1000000000" },
      { ocid: ocid("d2"), contractId: "027/d2/SPK/PU/2026", amount: "750000001" },
    ];
    await world.payments.decide(told.id, idOf("H-PRS-BUD"), { act: "split", shares: too }).catch((error: unknown) => {
      refused = error;
    });
    expect(refused).to.include({ code: "payment-shares" });
    await world.signAll("bud");
    expect([(await view("d1")).paid, (await view("d2")).paid]).to.deep.equal(["1000000000", "750000000"]);
  });

  it("records a cleared payment above the value all the same, and says in the queue what is wrong and who must act", async () => {
    await contract("e1", "9.000.000", ["9.000.000"]);
    const purpose = "Pembayaran Jalan e1 SPK 027/e1/SPK/PU/2026";
    const first = anSp2d({ gross: "900000000", payee: { name: supplier() }, purpose, on: "2026-11-10" });
    const second = anSp2d({ gross: "450000000", payee: { name: supplier() }, purpose, on: "2026-11-20" });
    await world.keep(first, second);
    await world.signAll("bud");
    expect((await world.payments.show(paymentIdOf(second.key))).state).to.equal("doubtful");
    await world.payments.decide(paymentIdOf(second.key), idOf("H-PRS-BUD"), {
      act: "accept",
      shares: [{ ocid: ocid("e1"), contractId: "027/e1/SPK/PU/2026" }],
    });
    await world.signAll("bud");
    expect(await view("e1")).to.include({ paid: "1350000000", excess: "450000000" });
    const { payments } = await world.payments.list({ issuers: [TREASURY], limit: 100 }, "queue");
    const told = payments.find(({ id }) => id === paymentIdOf(second.key))!;
    expect(told.state).to.equal("recorded");
    const [exception] = told.shares[0]!.exceptions;
    expect(exception).to.include({ code: "aboveValue" });
    expect(exception!.who).to.include("treasurer");
    expect(exception!.words.id).to.equal("Pembayaran melebihi nilai kontrak.");
    // money comes back: the exception is gone
    const back = {
      key: `${TREASURY}/2026/STS/1`,
      issuer: TREASURY,
      year: 2026,
      number: "STS-1/2026",
      on: "2026-11-24",
    };
    await world.keepReturn({
      ...back,
      kind: "paidBack",
      of: second.number,
      currency: "IDR",
      amount: "450000000",
      text: "",
      source: second.source,
    });
    expect((await open()).map(({ kind }) => kind)).to.deep.equal(["return"]);
    await world.signAll("bud");
    expect(await view("e1")).to.include({ paid: "900000000", excess: "0" });
    expect((await world.payments.returns([TREASURY]))[0]).to.include({ state: "recorded" });
    expect((await world.payments.show(told.id)).inQueue).to.equal(false);
    expect(await open()).to.deep.equal([]);
  });

  it("shows in the queue what contradicts itself in a document of a contract, with who must act", async () => {
    await contract("k1", "10.000.000", ["10.000.000"]);
    const words = { en: "The treasury must find the deduction.", id: "BUD harus mencari potongannya." };
    const one = { gross: "1000000000", exceptions: [{ code: "sums-differ" as const, words }] };
    const ours = anSp2d({ ...one, payee: { name: supplier() }, purpose: "Lunas Jalan k1 SPK 027/k1/SPK/PU/2026" });
    const petty = anSp2d({ ...one, route: "GU", purpose: "Ganti uang persediaan bulan Oktober" });
    await world.keep(ours, petty);
    const told = await world.payments.show(paymentIdOf(ours.key));
    expect(told).to.include({ state: "certain", inQueue: true });
    expect(told.reasons).to.deep.include({ code: "sums-differ", words });
    expect((await world.payments.show(paymentIdOf(petty.key))).inQueue).to.equal(false);
    await world.signAll("bud");
  });

  it("finds nothing unusual in what was paid before a hold, a closing, and in what came back whole", async () => {
    await contract("h1", "10.000.000", ["10.000.000"]);
    const of = { ocid: ocid("h1"), contract: "027/h1/SPK/PU/2026" };
    const purpose = "Pembayaran Jalan h1 SPK 027/h1/SPK/PU/2026";
    const sp2d = (on: string, gross: string) => anSp2d({ gross, payee: { name: supplier() }, purpose, on });
    const [paid, held, late, early] = [
      sp2d("2026-11-10", "600000000"),
      sp2d("2026-11-13", "200000000"),
      sp2d("2026-11-23", "200000000"),
      sp2d("2026-10-31", "1"),
    ];
    const codes = async (document: typeof paid) => {
      const { shares, inQueue } = await world.payments.show(paymentIdOf(document.key));
      return { codes: shares.flatMap(({ exceptions }) => exceptions.map(({ code }) => code)), inQueue };
    };
    const accept = (document: typeof paid) =>
      world.payments.decide(paymentIdOf(document.key), idOf("H-PRS-BUD"), {
        act: "accept",
        shares: [{ ocid: of.ocid, contractId: of.contract }],
      });
    await world.keep(paid);
    await accept(paid);
    await world.signAll("bud");
    await world.record("ppk-pu", [{ hold: { ...of, code: "held", on: "2026-11-12", remark: "uji mutu" } }]);
    await world.keep(held);
    await accept(held);
    expect(await codes(paid)).to.deep.equal({ codes: [], inQueue: false });
    expect(await codes(held)).to.deep.equal({ codes: ["whileHeld"], inQueue: true });
    await world.signAll("bud");
    await world.record("ppk-pu", [
      { hold: { ...of, code: "lifted", on: "2026-11-20" } },
      { status: { ...of, code: "completed", on: "2026-11-21" } },
      { status: { ...of, code: "closed", on: "2026-11-22" } },
    ]);
    for (const each of [paid, held]) expect(await codes(each)).to.deep.equal({ codes: [], inQueue: false });
    await world.keep(late, early);
    await accept(late);
    await accept(early);
    expect(await codes(late)).to.deep.equal({
      codes: ["aboveValue", "withoutCertificate", "afterClosing"],
      inQueue: true,
    });
    expect((await codes(early)).codes).to.deep.equal(["beforeCertificate", "beforeContract"]);
    await world.signAll("bud");
    await world.keepReturn({
      ...{ key: `${TREASURY}/2026/STS/h1`, issuer: TREASURY, year: 2026, number: "STS-h1/2026", on: "2026-11-25" },
      ...{ kind: "paidBack", of: late.number, currency: "IDR", amount: late.gross, text: "", source: late.source },
    });
    await world.signAll("bud");
    expect(await codes(late)).to.deep.equal({ codes: [], inQueue: false });
  });

  it("matches a payment that waited once its contract and certificate are recorded", async () => {
    const document = anSp2d({
      gross: "4321098700",
      payee: { name: supplier() },
      purpose: "Pelunasan SPK Nomor 027/f1/SPK/PU/2026",
    });
    await world.keep(document);
    const id = paymentIdOf(document.key);
    expect((await world.payments.show(id)).state).to.be.oneOf(["none", "doubtful"]);
    await contract("f1", "43.210.987", ["43.210.987"]);
    const told = await world.payments.show(id);
    expect(told.state, JSON.stringify(told)).to.equal("certain");
    expect((await open()).map((each) => each.ocid)).to.deep.equal([ocid("f1")]);
  });
});
