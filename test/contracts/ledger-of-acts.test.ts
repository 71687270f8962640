import { expect } from "chai";
import { sha256 } from "#hash";
import { ActCode } from "../../server/domain/entries/act.ts";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Custody, Kind, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID, toHex } from "../../server/domain/entries/words.ts";
import { packEntry, type Recorded } from "../../server/ledger/codec.ts";
import { Code } from "./codes.ts";
import { agency, type EntryChoices, type Person, parent, person, post, STEM, supplier, World } from "./world.ts";

/**
 * What is countersigned, secured, returned, held, remarked and withdrawn, through the whole ledger: who signs it, what
 * it names, what it leaves behind, and what nobody can make of it.
 */

const DAY = 86_400;
const MONEY = 100_000_000_00n;
const IDR = { currency: "IDR" };

describe("Ledger, acts on a contract", () => {
  let world: World;
  let p: World["people"];
  let ocid = "";
  let on = 0;
  let processes = 0;
  before(async function () {
    this.timeout(120_000);
    world = await World.build();
    p = world.people;
    on = (await world.now()) - DAY;
  });
  beforeEach(() => {
    ocid = `${STEM}-a${++processes}`;
  });

  type Given = Partial<EntryChoices>;
  const contract = (given: Terms = {}, more: Given = {}): Promise<Recorded> => {
    const terms = { code: 2, ...IDR, value: MONEY, officer: post, party: supplier, on, ...given };
    return world.record({ by: p.officer!, kind: Kind.contract, ocid, terms, ...more });
  };
  const stateOf = async (contractId = "K-1") =>
    (await world.contract("Ledger").getFunction("contractOf")(idOf(ocid), idOf(contractId))).toObject();
  const codeOf = async (choices: EntryChoices) => (await world.submit(choices)).refused?.code ?? Code.Accepted;
  /** The code that `choices` would have, which then never were. */
  const would = (choices: EntryChoices | Promise<EntryChoices>) => world.undone(async () => codeOf(await choices));
  const record = async (choices: EntryChoices | Promise<EntryChoices>) => world.record(await choices);
  const naming = ({ leaf, entry, assigned }: Recorded): Given => ({
    ...{ refersTo: leaf, preimage: leafPreimage(entry, assigned) },
    ...{ ocid: entry.ocid, contractId: entry.contractId, awardId: entry.awardId },
  });
  const approvals = () => [{ by: p.approver! }];
  const correction = async (was: Recorded, terms: Terms, given: Given = {}): Promise<EntryChoices> => ({
    ...{ by: p.officer!, kind: Kind.correction, capacity: was.entry.capacity, approvals: approvals(), terms },
    ...{ basis: (await stateOf(was.entry.contractId)).terms, ...naming(was), ...given },
  });
  const status = async (code: number, given: Given = {}): Promise<EntryChoices> => ({
    ...{ by: p.officer!, kind: Kind.status, ocid, basis: (await stateOf()).terms, terms: { code, on }, ...given },
  });
  const work = (code: number, amount?: bigint, given: Given = {}): EntryChoices => ({
    ...{ by: p.officer!, kind: Kind.implementation, ocid },
    ...{ terms: { code, on, ...(amount === undefined ? {} : { ...IDR, amount }) }, ...given },
  });
  const certificate = async (amount: bigint, number = "BAP-1", given: Given = {}): Promise<EntryChoices> => ({
    ...{ by: p.officer!, kind: Kind.certificate, ocid, basis: (await stateOf()).execution },
    ...{ terms: { ...IDR, amount, documentKey: idOf(number), on }, ...given },
  });
  const document = (name: string, amount: bigint, total = amount, issuer = parent): Terms => ({
    ...{ ...IDR, amount, documentTotal: total, issuer, documentKey: idOf(`${ocid} ${name}`), on },
  });
  const payment = (terms: Terms, given: Given = {}): EntryChoices => ({
    ...{ by: p.treasurer!, kind: Kind.payment, ocid, terms, ...given },
  });

  describe("a countersignature", () => {
    const countersignature = async (given: Given = {}): Promise<EntryChoices> => {
      const basis = (await stateOf()).terms as Hex;
      return { by: p.director!, kind: Kind.countersignature, ocid, basis, refersTo: basis, terms: { on }, ...given };
    };

    it("is the contract's supplier's, and nobody else's", async () => {
      const other = person("another director");
      const entity = idOf("ID-PT-LAIN");
      await world.act(
        [p.registrar!, Role.registrar],
        { code: ActCode.registerEntity, agency: entity },
        [],
        '{"id":"ID-PT-LAIN","name":"PT Lain"}',
      );
      await world.enrol(other);
      await world.grant(other, Role.supplier, entity);
      await contract();
      expect(await would(countersignature({ by: other }))).to.equal(Code.NoOffice);
      expect(await would(countersignature({ by: p.officer! }))).to.equal(Code.NoOffice);
      expect(await would(countersignature({ by: p.officer!, capacity: Role.officer }))).to.equal(Code.WrongCapacity);
      expect(await would(countersignature({ by: person("nobody") }))).to.equal(Code.UnknownHolder);
      await record(countersignature());
      expect((await stateOf()).supplierSigned).to.equal(1n);
    });
    it("of a KSO is its signatory's, not a member's", async () => {
      const group = idOf("ID-KSO");
      const signatory = person("signatory");
      await world.act(
        [p.registrar!, Role.registrar],
        { code: ActCode.registerEntity, agency: group },
        [],
        '{"id":"ID-KSO","name":"KSO Batu-Lain"}',
      );
      await world.enrol(signatory);
      await world.grant(signatory, Role.supplier, group);
      await contract({ party: group });
      expect(await would(countersignature())).to.equal(Code.NoOffice);
      expect(await would(countersignature({ by: signatory }))).to.equal(Code.Accepted);
    });
    it("names the terms that stand, which it then is itself", async () => {
      const first = await contract();
      expect(await would(countersignature({ refersTo: idOf("x") }))).to.equal(Code.WrongReference);
      expect(await would(countersignature({ basis: idOf("x"), refersTo: idOf("x") }))).to.equal(Code.StaleBasis);
      expect(await would(countersignature({ refersTo: NO_ID }))).to.equal(Code.UnknownReference);
      const signed = await record(countersignature());
      expect(await stateOf()).to.include({ terms: signed.leaf, execution: signed.leaf });
      expect(await would(countersignature())).to.equal(Code.NothingToSign);
      expect(await would(countersignature({ basis: first.leaf, refersTo: first.leaf }))).to.equal(Code.StaleBasis);
    });
    it("is due again after an amendment and after its correction, not after a status", async () => {
      const first = await contract();
      await record(countersignature());
      await record(status(1));
      expect((await stateOf()).supplierSigned).to.equal(1n);
      expect(await would(countersignature())).to.equal(Code.NothingToSign);
      const basis = (await stateOf()).terms as Hex;
      const amended = await record({ by: p.officer!, kind: Kind.amendment, ocid, basis, terms: { code: 1, on } });
      expect((await stateOf()).supplierSigned).to.equal(0n);
      await record(countersignature());
      await record(correction(amended, { code: 4, on }));
      expect((await stateOf()).supplierSigned).to.equal(0n);
      await record(countersignature());
      const { terms } = first.entry;
      await record(correction(first, { ...terms, value: MONEY - 1n }));
      expect((await stateOf()).supplierSigned).to.equal(0n);
      await record(countersignature());
      expect(await stateOf()).to.include({ supplierSigned: 1n, value: MONEY - 1n, status: 2n });
    });
    it("is there already where the supplier approved", async () => {
      await contract({}, { approvals: [{ by: p.director!, capacity: Role.supplier }] });
      expect((await stateOf()).supplierSigned).to.equal(1n);
      expect(await would(countersignature())).to.equal(Code.NothingToSign);
    });
    it("of a contract that is over is refused", async () => {
      await contract();
      await record(status(7));
      expect(await would(countersignature())).to.equal(Code.InvalidTransition);
    });
  });

  describe("a guarantee", () => {
    let until = 0;
    beforeEach(async () => {
      until = on + 90 * DAY;
      await contract();
    });
    const guarantee = (
      code: number,
      amount: bigint,
      given: Given & { number?: string; end?: number } = {},
    ): EntryChoices => {
      const { number = "JAM-1", end = until, ...more } = given;
      const terms = { code, ...IDR, amount, documentKey: idOf(number), on, until: end };
      return { by: p.officer!, kind: Kind.guarantee, ocid, terms, ...more };
    };
    const left = async ({ leaf }: Recorded | { leaf: Hex }) =>
      [...(await world.contract("Ledger").getFunction("guaranteeOf")(leaf))].map(Number);
    const post_ = (code = 21, amount = 50n, given: Parameters<typeof guarantee>[2] = {}) =>
      world.record(guarantee(code, amount, given));

    it("lives under its posting: extended, reduced, called, returned", async () => {
      const posting = await post_();
      const by = { refersTo: posting.leaf };
      expect(await left(posting)).to.deep.equal([2, 50, until]);
      const before = await stateOf();
      const extension = await world.record(guarantee(22, 50n, { ...by, end: until + DAY }));
      until += DAY;
      expect(await left(posting)).to.deep.equal([2, 50, until]);
      await world.record(guarantee(23, 40n, by));
      await world.record(guarantee(24, 15n, by));
      expect(await left(posting)).to.deep.equal([2, 25, until]);
      expect(await would(guarantee(25, 24n, by))).to.equal(Code.GuaranteeDiffers);
      expect(await would(guarantee(25, 25n, { refersTo: extension.leaf }))).to.equal(Code.UnknownReference);
      await world.record(guarantee(25, 25n, by));
      expect(await left(posting)).to.deep.equal([2, 0, until]);
      expect(await would(guarantee(24, 1n, by))).to.equal(Code.GuaranteeDiffers);
      expect(await left(extension)).to.deep.equal([0, 0, 0]);
      expect(await stateOf(), "and the contract stays as it was").to.deep.equal(before);
    });
    it("is signed by the officer of the contract's post", async () => {
      expect(await would(guarantee(21, 1n, { by: p.officer2! }))).to.equal(Code.NoOffice);
      expect(await would(guarantee(21, 1n, { by: p.treasurer!, capacity: Role.treasurer, up: 1 }))).to.equal(
        Code.WrongCapacity,
      );
    });
    it("has a number that counts once on its contract, apart from those of certificates", async () => {
      await post_();
      expect(await would(guarantee(31, 5n))).to.equal(Code.NumberUsed);
      expect(await would(guarantee(31, 5n, { number: "JAM-2" }))).to.equal(Code.Accepted);
      await contract({}, { contractId: "K-2" });
      expect(await would(guarantee(21, 5n, { contractId: "K-2" }))).to.equal(Code.Accepted);
      await world.record(work(1));
      await world.record(work(4, MONEY));
      await record(certificate(1n, "JAM-1"));
      await record(certificate(1n, "JAM-9"));
      expect(await would(guarantee(21, 5n, { number: "JAM-9" }))).to.equal(Code.Accepted);
    });
    it("of another contract, process or kind is not this one's", async () => {
      const posting = await post_();
      const paid = await world.record(payment(document("SP2D", 5n)));
      await contract({}, { contractId: "K-2" });
      const by = { refersTo: posting.leaf };
      expect(await would(guarantee(24, 1n, { ...by, contractId: "K-2" }))).to.equal(Code.UnknownReference);
      expect(await would(guarantee(24, 1n, { refersTo: paid.leaf }))).to.equal(Code.UnknownReference);
      expect(await would(guarantee(34, 1n, by))).to.equal(Code.WrongReference);
      ocid = `${ocid}-2`;
      await contract();
      expect(await would(guarantee(24, 1n, by))).to.equal(Code.UnknownReference);
      expect(await left(posting)).to.deep.equal([2, 50, until]);
    });
    it("is corrected, again and again, under the same posting", async () => {
      const posting = await post_();
      const by = { refersTo: posting.leaf };
      const call = await world.record(guarantee(24, 20n, by));
      const terms = (code: number, amount: bigint, number = "JAM-1") => guarantee(code, amount, { number }).terms!;
      const first = await record(correction(posting, terms(21, 60n, "JAM-7")));
      expect(await left(posting)).to.deep.equal([2, 40, until]);
      expect(await would(guarantee(31, 5n, { number: "JAM-7" }))).to.equal(Code.NumberUsed);
      expect(await would(guarantee(31, 5n)), "the number that was wrong is free").to.equal(Code.Accepted);
      expect(await would(correction(posting, terms(21, 70n)))).to.equal(Code.AlreadyCorrected);
      expect(await would(guarantee(24, 1n, { refersTo: first.leaf }))).to.equal(Code.UnknownReference);
      const second = await record(correction(first, terms(21, 55n)));
      expect(await left(posting)).to.deep.equal([2, 35, until]);
      expect(await would(guarantee(31, 5n))).to.equal(Code.NumberUsed);
      expect(await would(guarantee(31, 5n, { number: "JAM-7" }))).to.equal(Code.Accepted);
      const called = await record(correction(call, terms(24, 30n)));
      await record(correction(called, terms(24, 55n)));
      expect(await left(posting)).to.deep.equal([2, 0, until]);
      expect(await would(correction(second, terms(21, 54n)))).to.equal(Code.AmountTooLarge);
      for (const { leaf } of [first, second, call, called]) expect(await left({ leaf })).to.deep.equal([0, 0, 0]);
    });
    it("posted for the end of a year bears certificates of its contract ahead of the work", async () => {
      await world.record(work(1));
      await world.record(work(4, 60n));
      const posting = await post_(61, 40n);
      const performance = await post_(21, 40n, { number: "JAM-2" });
      await contract({}, { contractId: "K-2" });
      const elsewhere = await post_(61, 40n, { contractId: "K-2" });
      expect(await would(certificate(100n))).to.equal(Code.CertifiedAboveAccepted);
      const naming = (leaf: Hex, amount = 100n) => certificate(amount, "BAP-1", { refersTo: leaf });
      expect(await would(naming(posting.leaf, 101n))).to.equal(Code.CertifiedAboveAccepted);
      expect(await would(naming(performance.leaf))).to.equal(Code.WrongReference);
      for (const leaf of [elsewhere.leaf, idOf("x")]) expect(await would(naming(leaf))).to.equal(Code.UnknownReference);
      await world.record(guarantee(64, 10n, { refersTo: posting.leaf }));
      expect(await would(naming(posting.leaf, 91n))).to.equal(Code.CertifiedAboveAccepted);
      await record(naming(posting.leaf, 90n));
      expect((await stateOf()).certified).to.equal(90n);
    });
  });

  describe("a return", () => {
    beforeEach(() => contract());
    const by = () => ({ by: p.treasurer!, capacity: Role.treasurer });
    const returned = (was: Recorded, code: number, terms: Terms, given: Given = {}): EntryChoices => ({
      ...{ by: p.treasurer!, kind: Kind.return, terms: { code, ...terms }, ...naming(was), ...given },
    });
    const voided = (was: Recorded, amount: bigint, given: Given = {}) =>
      returned(was, 4, { ...was.entry.terms, amount }, given);
    const documentOf = async ({ issuer, documentKey }: Terms) =>
      [...(await world.contract("Ledger").getFunction("documentOf")(issuer, documentKey))].map(Number);
    const paid = async () => Number((await stateOf()).paid);

    it("takes off what was paid, up to the payment and no sen more, however often", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      await world.record(payment(document("SP2D-2", 500n)));
      await world.record(returned(was, 1, document("R-1", 30n)));
      expect(await paid()).to.equal(570);
      expect(await would(returned(was, 2, document("R-2", 71n)))).to.equal(Code.RemainderExceeded);
      await world.record(returned(was, 3, document("R-2", 70n)));
      expect(await paid()).to.equal(500);
      expect(await would(returned(was, 1, document("R-3", 1n)))).to.equal(Code.RemainderExceeded);
      expect(await would(voided(was, 1n))).to.equal(Code.RemainderExceeded);
    });
    it("has a document of its own, apart from that of a payment with the same number", async () => {
      const terms = document("SAME", 100n);
      const was = await world.record(payment(terms));
      await world.record(returned(was, 1, document("SAME", 30n, 40n)));
      expect(await documentOf(terms)).to.deep.equal([100, 100]);
      expect(await would(returned(was, 1, document("SAME", 11n, 40n)))).to.equal(Code.DocumentExceeded);
      expect(await would(returned(was, 1, document("SAME", 10n, 41n)))).to.equal(Code.DocumentTotalDiffers);
      expect(await would(returned(was, 1, document("SAME", 10n, 40n)))).to.equal(Code.Accepted);
      expect(await would(payment(document("SAME", 1n, 100n)))).to.equal(Code.DocumentExceeded);
    });
    it("that voids frees its share, which is paid again once", async () => {
      const terms = document("SP2D", 60n, 100n);
      const was = await world.record(payment(terms));
      await world.record(payment({ ...terms, amount: 40n }));
      await world.record(voided(was, 25n));
      expect(await documentOf(terms)).to.deep.equal([100, 75]);
      expect(await paid()).to.equal(75);
      expect(await would(payment({ ...terms, amount: 26n }))).to.equal(Code.DocumentExceeded);
      await world.record(payment({ ...terms, amount: 25n }));
      expect(await would(payment({ ...terms, amount: 1n }))).to.equal(Code.DocumentExceeded);
    });
    it("that voids the last share leaves nothing known of the document", async () => {
      const terms = document("SP2D", 60n);
      const was = await world.record(payment(terms));
      const whole = await world.record(voided(was, 60n));
      expect(await documentOf(terms)).to.deep.equal([0, 0]);
      await world.undone(async () => {
        await world.record(payment({ ...terms, documentTotal: 90n }));
        expect(
          await would(correction(whole, { ...whole.entry.terms, amount: 30n }, by())),
          "as far as there is room",
        ).to.equal(Code.Accepted);
        expect(await would(correction(whole, { ...whole.entry.terms, amount: 29n }, by()))).to.equal(
          Code.DocumentExceeded,
        );
        await record(correction(whole, { ...whole.entry.terms, on: on + 1 }, by()));
        expect(await documentOf(terms), "and the total of who pays by it now stays").to.deep.equal([90, 60]);
      });
      await record(correction(whole, { ...whole.entry.terms, amount: 20n }, by()));
      expect(await documentOf(terms)).to.deep.equal([60, 40]);
      expect(await paid()).to.equal(40);
    });
    it("that voids leaves the document's total to the shares in force", async () => {
      const terms = document("SP2D", 50n, 100n);
      const was = await world.record(payment(terms));
      const other = await world.record(payment({ ...terms }));
      await record(correction(other, { ...terms, documentTotal: 150n }, by()));
      await world.record(voided(was, 10n));
      expect(await documentOf(terms)).to.deep.equal([150, 90]);
    });
    it("names the payment as it was corrected last", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      const first = await record(correction(was, document("SP2D", 80n, 100n), by()));
      const second = await record(correction(first, document("SP2D", 90n, 100n), by()));
      for (const old of [was, first])
        expect(await would(returned(old, 1, document("R", 1n)))).to.equal(Code.AlreadyCorrected);
      expect(await would(returned(second, 1, document("R", 91n)))).to.equal(Code.RemainderExceeded);
      await world.record(returned(second, 1, document("R", 90n)));
      expect(await paid()).to.equal(0);
    });
    it("is counted across the payment's corrections, and bounds them", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      await world.record(returned(was, 1, document("R-1", 30n)));
      expect(await would(correction(was, document("SP2D", 29n, 100n), by()))).to.equal(Code.BelowReturned);
      const corrected = await record(correction(was, document("SP2D", 50n, 100n), by()));
      expect(await paid()).to.equal(20);
      expect(await would(returned(corrected, 1, document("R-2", 21n)))).to.equal(Code.RemainderExceeded);
      const last = await world.record(returned(corrected, 1, document("R-2", 20n)));
      expect(await would(correction(corrected, document("SP2D", 49n, 100n), by()))).to.equal(Code.BelowReturned);
      expect(await would(correction(last, { ...last.entry.terms, amount: 21n, documentTotal: 21n }, by()))).to.equal(
        Code.RemainderExceeded,
      );
      const higher = await record(correction(corrected, document("SP2D", 51n, 100n), by()));
      await record(correction(last, { ...last.entry.terms, amount: 21n, documentTotal: 21n }, by()));
      expect(await paid()).to.equal(0);
      expect(await would(returned(higher, 1, document("R-3", 1n)))).to.equal(Code.RemainderExceeded);
    });
    it("is corrected in a chain, down to nothing, from which nothing comes back", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      const first = await world.record(returned(was, 2, document("STS-1", 30n)));
      const less = await record(correction(first, { ...first.entry.terms, amount: 10n }, by()));
      expect(await paid()).to.equal(90);
      expect(await would(correction(first, first.entry.terms, by()))).to.equal(Code.AlreadyCorrected);
      const none = await record(correction(less, { ...first.entry.terms, amount: 0n }, by()));
      expect(await paid()).to.equal(100);
      expect(await would(correction(none, first.entry.terms, by()))).to.equal(Code.WrongReference);
      expect(await would(returned(was, 2, document("STS-1", 31n))), "its document is free").to.equal(Code.Accepted);
    });
    it("keeps its payment's document where it is, until it is corrected to nothing", async () => {
      const terms = document("SP2D", 100n, 200n);
      const was = await world.record(payment(terms));
      await world.record(payment(terms));
      const part = await world.record(voided(was, 40n));
      const moved = () => correction(was, document("OTHER", 60n, 200n), by());
      expect(await would(moved())).to.equal(Code.BelowReturned);
      const none = await record(correction(part, { ...part.entry.terms, amount: 0n }, by()));
      expect(await documentOf(terms)).to.deep.equal([200, 200]);
      const elsewhere = await record(moved());
      expect(await documentOf(terms)).to.deep.equal([200, 100]);
      expect(await would(correction(none, part.entry.terms, by())), "it would take off another's share").to.equal(
        Code.WrongReference,
      );
      await world.record(voided(elsewhere, 60n));
      expect(await paid()).to.equal(100);
    });
    it("is signed by a treasurer who covers its issuer and may pay the contract", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      const local = person("local treasurer");
      const far = person("far treasurer");
      const there = idOf("ID-JAUH");
      await world.act(
        [p.registrar!, Role.registrar],
        { code: ActCode.registerAgency, agency: there, holder: parent },
        [],
        "{}",
      );
      for (const [who, at] of [
        [local, agency],
        [far, there],
      ] as const) {
        await world.enrol(who);
        await world.grant(who, Role.treasurer, at);
      }
      const from = (issuer: Hex, given: Given) => would(returned(was, 1, document("R", 1n, 1n, issuer), given));
      expect(await from(agency, { by: local })).to.equal(Code.Accepted);
      expect(await from(parent, { by: local })).to.equal(Code.NoOffice);
      expect(await from(there, { by: far })).to.equal(Code.NotCovering);
      expect(await from(parent, { by: p.officer!, capacity: Role.officer })).to.equal(Code.WrongCapacity);
      const own = await world.record(returned(was, 1, document("R", 1n)));
      const moved = document("R", 1n, 1n, agency);
      expect(await would(correction(own, { code: 1, ...moved }, { ...by(), by: local }))).to.equal(Code.NotCovering);
      expect(await would(correction(own, { code: 1, ...moved }, { ...by(), up: 1 }))).to.equal(Code.Accepted);
    });
    it("names a payment of its own contract and nothing else", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      const back = await world.record(returned(was, 1, document("R", 1n)));
      const spmk = await world.record(work(1));
      await contract({}, { contractId: "K-2" });
      const one = document("R-2", 1n);
      for (const other of [back, spmk]) expect(await would(returned(other, 1, one))).to.equal(Code.WrongReference);
      expect(await would(returned(was, 1, one, { contractId: "K-2" }))).to.equal(Code.WrongReference);
      const here = ocid;
      ocid = `${here}-2`;
      await contract();
      expect(await would(returned(was, 1, one, { ocid }))).to.equal(Code.WrongReference);
      ocid = here;
      for (const preimage of [
        new Uint8Array(),
        leafPreimage(back.entry, back.assigned),
        leafPreimage(was.entry, was.assigned).slice(32),
      ])
        expect(await would(returned(was, 1, one, { preimage }))).to.equal(Code.WrongPreimage);
      const act = await world.lastAct(agency);
      expect(await would(returned(was, 1, one, { refersTo: act }))).to.equal(Code.WrongPreimage);
      const never = (await world.item(payment(document("SP2D-9", 9n)))).item;
      const preimage = leafPreimage(never.entry, was.assigned);
      const invented = { leaf: idOf("x"), entry: never.entry, assigned: was.assigned } as Recorded;
      expect(await would(returned(invented, 1, one, { refersTo: toHex(sha256(preimage)) }))).to.equal(
        Code.UnknownReference,
      );
    });
    it("after closing is taken off and marked", async () => {
      const was = await world.record(payment(document("SP2D", 100n)));
      await record(status(7));
      const back = await world.record(returned(was, 1, document("R", 30n)));
      expect(back.assigned.exceptions).to.equal(2048);
      expect(await paid()).to.equal(70);
      const less = await record(correction(back, { ...back.entry.terms, amount: 1n }, by()));
      expect(less.assigned.exceptions).to.equal(2048);
      expect(await paid()).to.equal(99);
      expect((await stateOf()).status).to.equal(7n);
    });
  });

  describe("a hold", () => {
    const hold = (by: Person, capacity: number, code = 1, terms: Terms = {}, given: Given = {}): EntryChoices => ({
      ...{ by, kind: Kind.hold, capacity, ocid, terms: { code, on, ...terms }, ...given },
    });
    const holders = (): [Person, number, number][] => [
      [p.officer!, Role.officer, 0],
      [p.treasurer!, Role.treasurer, 1],
      [p.overseer!, Role.overseer, 0],
      [p.head!, Role.head, 1],
    ];
    beforeEach(async () => {
      await contract();
      await world.record(work(1));
      await world.record(work(4, MONEY));
    });

    it("stops certificates until each who holds has lifted his own", async () => {
      for (const [by, capacity, up] of holders()) {
        expect(await would(hold(by, capacity, 2, {}, { up }))).to.equal(Code.NotHeld);
        const { leaf } = await world.record(hold(by, capacity, 1, {}, { up }));
        expect((await stateOf()).execution).to.equal(leaf);
        expect(await would(certificate(1n))).to.equal(Code.OnHold);
      }
      for (const [by, capacity, up] of holders()) {
        expect(await would(certificate(1n))).to.equal(Code.OnHold);
        await world.record(hold(by, capacity, 2, {}, { up }));
        expect(await would(hold(by, capacity, 2, {}, { up }))).to.equal(Code.NotHeld);
      }
      expect(await would(certificate(1n))).to.equal(Code.Accepted);
      expect((await stateOf()).heldUntil).to.equal(0n);
    });
    it("ends by itself, the latest of them last, and a payment meanwhile is marked", async () => {
      await world.undone(async () => {
        const now = await world.now();
        await world.record(hold(p.officer!, Role.officer, 1, { until: now + 1000 }));
        await world.record(hold(p.overseer!, Role.overseer, 1, { until: now + 2000 }));
        await world.record(hold(p.officer!, Role.officer, 1, { until: now + 500 }));
        expect((await stateOf()).heldUntil).to.equal(BigInt(now + 2000));
        expect((await world.record(payment(document("SP2D", 1n)))).assigned.exceptions).to.equal(1024);
        await world.at(now + 1999);
        expect(await codeOf(await certificate(1n))).to.equal(Code.OnHold);
        const ended = hold(p.overseer!, Role.overseer, 2);
        await world.at(now + 2000);
        expect(await codeOf(ended)).to.equal(Code.NotHeld);
        expect((await world.record(payment(document("SP2D-2", 1n)))).assigned.exceptions).to.equal(0);
        expect(await codeOf(await certificate(1n))).to.equal(Code.Accepted);
      });
    });
    it("is of those offices alone, each over this contract", async () => {
      expect(await would(hold(p.officer2!, Role.officer))).to.equal(Code.NoOffice);
      expect(await would(hold(p.head!, Role.head)), "the parent's head says so").to.equal(Code.NoOffice);
      expect(await would(hold(p.overseer!, Role.overseer, 1, {}, { up: 1 }))).to.equal(Code.NoOffice);
      expect(await would(hold(p.head!, Role.overseer))).to.equal(Code.NoOffice);
      expect(await would(hold(p.approver!, Role.approver))).to.equal(Code.WrongCapacity);
      expect(await would(hold(p.director!, Role.supplier))).to.equal(Code.WrongCapacity);
    });
    it("of a treasurer is of the agency, the payer or the issuer that he names", async () => {
      const payer = idOf("ID-KAS");
      const cashier = person("cashier");
      await world.act(
        [p.registrar!, Role.registrar],
        { code: ActCode.registerAgency, agency: payer, holder: parent },
        [],
        "{}",
      );
      await world.enrol(cashier);
      await world.grant(cashier, Role.treasurer, payer);
      const as = (given: Terms = {}, more: Given = {}) => would(hold(cashier, Role.treasurer, 1, given, more));
      expect(await as()).to.equal(Code.NoOffice);
      expect(await as({ issuer: payer })).to.equal(Code.NotCovering);
      expect(await would(hold(p.treasurer!, Role.treasurer, 1, { issuer: parent }))).to.equal(Code.Accepted);
      expect(await would(hold(p.officer!, Role.officer, 1, { issuer: parent }))).to.equal(Code.TermsUnused);
      ocid = `${ocid}-2`;
      await contract({ payer });
      expect(await as()).to.equal(Code.Accepted);
      expect(await as({ issuer: payer })).to.equal(Code.Accepted);
      expect(await would(hold(p.treasurer!, Role.treasurer)), "the parent's, of the payer below it").to.equal(
        Code.NoOffice,
      );
      expect(await would(hold(p.treasurer!, Role.treasurer, 1, {}, { up: 1 }))).to.equal(Code.Accepted);
    });
    it("of one contract does not hold its neighbour", async () => {
      await contract({}, { contractId: "K-2" });
      await world.record(hold(p.officer!, Role.officer));
      expect(await would(hold(p.officer!, Role.officer, 2, {}, { contractId: "K-2" }))).to.equal(Code.NotHeld);
      expect((await stateOf("K-2")).heldUntil).to.equal(0n);
    });
  });

  describe("a note", () => {
    const note = (by: Person, capacity: number, given: Given = {}): EntryChoices => ({
      ...{ by, capacity, kind: Kind.note, ocid, terms: { on }, body: '{"description":"lihat"}', ...given },
    });

    it("is anybody's who holds an office, and changes nothing", async () => {
      const auditor = person("auditor");
      await world.enrol(auditor);
      await world.grant(auditor, Role.auditor, agency);
      await contract();
      const before = await stateOf();
      const remarks: [Person, number, Given?][] = [
        [p.pokja!, Role.procurement],
        [p.officer!, Role.officer],
        [p.approver!, Role.approver],
        [p.kabApprover!, Role.approver, { up: 1 }],
        [p.treasurer!, Role.treasurer, { up: 1 }],
        [p.director!, Role.supplier],
        [auditor, Role.auditor],
        [p.overseer!, Role.overseer],
        [p.head!, Role.head, { up: 1 }],
        [p.registrar!, Role.registrar],
      ];
      for (const [by, capacity, given] of remarks) await world.record(note(by, capacity, given));
      expect(await stateOf()).to.deep.equal(before);
      for (const [by, capacity] of [
        [p.stranger!, Role.auditor],
        [p.officer2!, Role.officer],
        [p.pokja!, Role.auditor],
        [p.head!, Role.registrar],
      ] as const)
        expect(await would(note(by, capacity))).to.be.oneOf([Code.NoOffice, Code.UnknownHolder]);
      expect(await would(note(auditor, 0))).to.equal(Code.NoOffice);
    });
    it("on a process is the officer's of the post that it names, on an award its supplier's", async () => {
      await world.record({ by: p.pokja!, kind: Kind.planning, ocid, terms: { code: 1 } });
      const bare = { contractId: "" };
      expect(await would(note(p.officer!, Role.officer, bare))).to.equal(Code.NoOffice);
      expect(await would(note(p.officer!, Role.officer, { ...bare, terms: { officer: idOf("ppk-2") } }))).to.equal(
        Code.NoOffice,
      );
      expect(await would(note(p.officer!, Role.officer, { ...bare, terms: { officer: post } }))).to.equal(
        Code.Accepted,
      );
      expect(await would(note(p.director!, Role.supplier, bare))).to.equal(Code.NoOffice);
      const onAward = { ...bare, awardId: "A-1" };
      expect(await would(note(p.pokja!, Role.procurement, onAward))).to.equal(Code.UnknownAward);
      const terms = { code: 1, ...IDR, value: 1n, party: supplier };
      await world.record({ by: p.pokja!, kind: Kind.award, ocid, awardId: "A-1", terms });
      expect(await would(note(p.director!, Role.supplier, onAward))).to.equal(Code.Accepted);
      expect(await would(note(p.pokja!, Role.procurement, { awardId: "A-1" })), "and K-1, which is not there").to.equal(
        Code.UnknownAward,
      );
      expect(await would(note(p.pokja!, Role.procurement))).to.equal(Code.UnknownContract);
    });
    it("names an entry of its own place, corrected or not", async () => {
      const first = await contract();
      const other = await contract({}, { contractId: "K-2" });
      const by = (was: Recorded, given: Given = {}) => note(p.pokja!, Role.procurement, { ...naming(was), ...given });
      expect(await would(by(first))).to.equal(Code.Accepted);
      expect(await would(by(first, { preimage: new Uint8Array() }))).to.equal(Code.WrongPreimage);
      expect(await would(by(other, { contractId: "K-1" }))).to.equal(Code.WrongReference);
      expect(await would(by(first, { contractId: "" }))).to.equal(Code.WrongReference);
      await record(correction(first, { ...first.entry.terms, value: MONEY - 1n }));
      expect(await would(by(first))).to.equal(Code.Accepted);
    });
    it("that names none brings no bytes that nobody looks at", async () => {
      await contract();
      const bytes = packEntry((await world.item(note(p.pokja!, Role.procurement))).item);
      const [HAS, REFERS, PREIMAGE] = [5, 2, 16];
      const at = 6 + 4 * 32 + 8; // behind the fixed fields: a reference, of zero
      const longer = Uint8Array.from([...bytes.subarray(0, at), ...new Uint8Array(32), ...bytes.subarray(at)]);
      longer[HAS]! |= REFERS;
      const bodyAt = longer.length - 4 - 23;
      const more = Uint8Array.from([
        ...longer.subarray(0, bodyAt),
        0,
        0,
        0,
        9,
        ...new Uint8Array(9),
        ...longer.subarray(bodyAt),
      ]);
      more[HAS]! |= PREIMAGE;
      expect((await world.send([more]))[0]!.refused?.code).to.equal(Code.Malformed);
      expect((await world.send([longer]))[0]!.recorded).to.not.equal(undefined);
    });
  });

  describe("a withdrawal", () => {
    const section = (kind: number, code: number, basis: Hex = NO_ID, given: Given = {}): EntryChoices => ({
      ...{ by: p.pokja!, kind, ocid, basis, terms: { code }, ...given },
    });
    const award = (code: number, basis: Hex = NO_ID, terms: Terms = {}): EntryChoices =>
      section(Kind.award, code, basis, {
        awardId: "A-1",
        terms: code === 4 ? { code } : { code, ...IDR, value: MONEY, party: supplier, ...terms },
      });
    const withdrawal = (was: Recorded, given: Given = {}): EntryChoices => ({
      ...{ by: p.pokja!, kind: Kind.withdrawal, capacity: was.entry.capacity, basis: was.leaf, approvals: approvals() },
      ...{ terms: {}, ...naming(was), ...given },
    });
    const process = async () => (await world.contract("Ledger").getFunction("processOf")(idOf(ocid))).toObject();
    const awardState = async () =>
      (await world.contract("Ledger").getFunction("awardOf")(idOf(ocid), idOf("A-1"))).toObject();

    it("takes a planning out of force, which may then be new again, once", async () => {
      const was = await world.record(section(Kind.planning, 1));
      expect(await would(withdrawal(was, { basis: NO_ID }))).to.equal(Code.StaleBasis);
      const gone = await world.record(withdrawal(was));
      expect(await process()).to.include({ planning: 0n, planningHead: gone.leaf });
      expect(await would(withdrawal(was, { basis: gone.leaf }))).to.equal(Code.AlreadyCorrected);
      expect(
        await would({ ...withdrawal(was, { basis: gone.leaf }), kind: Kind.correction, terms: { code: 1 } }),
      ).to.equal(Code.AlreadyCorrected);
      expect(await would(section(Kind.planning, 2, gone.leaf))).to.equal(Code.InvalidTransition);
      expect(await would(section(Kind.planning, 1))).to.equal(Code.StaleBasis);
      const again = await world.record(section(Kind.planning, 1, gone.leaf));
      expect((await process()).planning).to.equal(2n);
      expect(await would(withdrawal(was, { basis: again.leaf }))).to.equal(Code.AlreadyCorrected);
      expect(await would(withdrawal(again))).to.equal(Code.Accepted);
    });
    it("is itself neither withdrawn nor corrected", async () => {
      const was = await world.record(section(Kind.planning, 1));
      const gone = await world.record(withdrawal(was));
      expect(await would(withdrawal(gone, { basis: NO_ID }))).to.equal(Code.WrongCapacity);
      expect(await would({ ...withdrawal(gone), kind: Kind.correction, basis: NO_ID })).to.equal(Code.WrongCapacity);
    });
    it("of what came before the last entry of its section is refused, and so is that of an update", async () => {
      const was = await world.record(section(Kind.tender, 1));
      const update = await world.record(section(Kind.tender, 2, was.leaf));
      expect(await would(withdrawal(was, { basis: update.leaf }))).to.equal(Code.WrongReference);
      expect(await would(withdrawal(update))).to.equal(Code.NotWithdrawable);
      const cancelled = await world.record(section(Kind.tender, 4, update.leaf));
      const back = await world.record(withdrawal(cancelled));
      expect((await process()).tender).to.equal(2n);
      expect(await would(withdrawal(was, { basis: back.leaf }))).to.equal(Code.WrongReference);
      expect(await would(section(Kind.tender, 4, back.leaf))).to.equal(Code.Accepted);
    });
    it("of what was corrected names the correction", async () => {
      const was = await world.record(section(Kind.planning, 1));
      const corrected = await world.record({
        ...withdrawal(was),
        ...{ kind: Kind.correction, terms: { code: 1, ...IDR, value: 7n } },
      });
      expect(await would(withdrawal(was, { basis: corrected.leaf }))).to.equal(Code.AlreadyCorrected);
      await world.record(withdrawal(corrected));
      expect((await process()).planning).to.equal(0n);
    });
    it("waits until nothing stands on it", async () => {
      const planning = await world.record(section(Kind.planning, 1));
      const tender = await world.record(section(Kind.tender, 1));
      const first = await world.record(award(1));
      expect((await process()).agreements).to.equal(1n);
      expect(await would(withdrawal(planning))).to.equal(Code.HasDependants);
      expect(await would(withdrawal(tender))).to.equal(Code.HasDependants);
      await world.record(withdrawal(first));
      expect(await process()).to.include({ agreements: 0n });
      expect(await would(withdrawal(planning))).to.equal(Code.HasDependants);
      const gone = await world.record(withdrawal(tender));
      await world.undone(async () => {
        await contract();
        expect(await would(withdrawal(planning))).to.equal(Code.HasDependants);
      });
      await world.record(withdrawal(planning));
      expect(await process()).to.include({ planning: 0n, tender: 0n, tenderHead: gone.leaf });
    });
    it("of an award leaves neither value nor supplier, until it is new again", async () => {
      await world.record(section(Kind.planning, 1));
      const was = await world.record(award(1));
      expect(
        await would(withdrawal(was, { by: p.officer!, capacity: Role.officer, terms: { officer: post } })),
        "who may sign an award",
      ).to.equal(Code.Accepted);
      const gone = await world.record(withdrawal(was));
      expect(await awardState()).to.include({ status: 0n, value: 0n, party: NO_ID, agreed: 0n, head: gone.leaf });
      const on_ = { awardId: "A-1" };
      expect(
        await would({ by: p.officer!, kind: Kind.note, ocid, contractId: "", ...on_, terms: { officer: post } }),
      ).to.equal(Code.UnknownAward);
      const terms = { code: 3, ...IDR, value: 1n, officer: post, party: supplier, on };
      expect(await would({ by: p.officer!, kind: Kind.contract, ocid, ...on_, terms })).to.equal(Code.UnknownAward);
      await world.record(award(1, gone.leaf, { value: 2n }));
      expect(await awardState()).to.include({ status: 2n, value: 2n, party: supplier });
      expect((await process()).agreements).to.equal(1n);
    });
    it("of an award on which a contract was made is refused, even once that is cancelled", async () => {
      await world.record(section(Kind.planning, 1));
      const was = await world.record(award(1));
      await contract({ code: 3 }, { awardId: "A-1" });
      expect((await awardState()).contracts).to.equal(1n);
      expect(await would(withdrawal(was))).to.equal(Code.HasDependants);
      await record(status(7));
      expect(await awardState()).to.include({ contracts: 1n, agreed: 0n });
      expect(await would(withdrawal(was))).to.equal(Code.HasDependants);
      const cancelled = await world.record(award(4, was.leaf));
      await world.record(withdrawal(cancelled));
      expect(await awardState()).to.include({ status: 2n, value: MONEY, party: supplier });
      expect((await process()).agreements).to.equal(2n);
    });
    const ofWork = async (was: Recorded, given: Given = {}) =>
      withdrawal(was, { by: p.officer!, basis: (await stateOf()).execution, ...given });
    it("of the SPMK that made the contract active makes it wait again", async () => {
      await contract();
      const spmk = await world.record(work(1));
      expect(await stateOf()).to.include({ status: 2n, previous: 1n });
      await world.undone(async () => {
        await world.record(work(2));
        expect(await would(ofWork(spmk))).to.equal(Code.WrongReference);
      });
      await world.undone(async () => {
        const paid = await world.record(payment(document("SP2D", 1n)));
        expect(await would(ofWork(spmk))).to.equal(Code.InvalidTransition);
        const terms = { code: 1, ...document("R", 1n) };
        await world.record({ by: p.treasurer!, kind: Kind.return, terms, ...naming(paid) });
        expect(await would(ofWork(spmk))).to.equal(Code.Accepted);
      });
      const gone = await record(ofWork(spmk));
      expect(await stateOf()).to.include({ status: 1n, execution: gone.leaf });
      expect(await would(ofWork(spmk))).to.equal(Code.AlreadyCorrected);
      expect(await would(certificate(0n))).to.equal(Code.InvalidTransition);
      const again = await world.record(work(1));
      const further = await world.record(work(1));
      expect(await stateOf()).to.include({ status: 2n, previous: 2n });
      await record(ofWork(further));
      expect((await stateOf()).status).to.equal(2n);
      expect(await would(ofWork(again))).to.equal(Code.WrongReference);
    });
    it("of an SPMK after its correction names that, unless more was done", async () => {
      await contract();
      const spmk = await world.record(work(1));
      const corrected = await record(correction(spmk, { code: 1, on: on + 60 }));
      expect(await would(ofWork(spmk))).to.equal(Code.AlreadyCorrected);
      await world.undone(async () => {
        await record(ofWork(corrected));
        expect((await stateOf()).status).to.equal(1n);
      });
      await record(status(2));
      const later = await record(correction(corrected, { code: 1, on }));
      expect(await would(ofWork(later)), "it was completed since").to.equal(Code.InvalidTransition);
    });
    it("of a report, hand-over or measurement changes no state", async () => {
      await contract();
      await world.record(work(1));
      for (const code of [2, 3, 9]) {
        const was = await world.record(work(code));
        const { execution: _, terms, ...before } = await stateOf();
        await world.record(work(9));
        await record(ofWork(was));
        const { execution: __, terms: after, ...now } = await stateOf();
        expect([now, after]).to.deep.equal([before, terms]);
      }
      const progress = await world.record(work(4, 5n));
      expect(await would(ofWork(progress))).to.equal(Code.NotWithdrawable);
    });
    it("of a note is of the capacity that made it", async () => {
      await contract();
      const note = await world.record({ by: p.director!, capacity: Role.supplier, kind: Kind.note, ocid, terms: {} });
      const of = (by: Person, capacity: number, given: Given = {}) =>
        withdrawal(note, { by, capacity, basis: NO_ID, ...given });
      expect(await would(of(p.officer!, Role.officer))).to.equal(Code.WrongCapacity);
      expect(await would(of(p.officer!, Role.supplier))).to.equal(Code.NoOffice);
      expect(await would(of(p.director!, Role.supplier, { basis: note.leaf }))).to.equal(Code.StaleBasis);
      const before = await stateOf();
      await world.record(of(p.director!, Role.supplier));
      expect(await stateOf()).to.deep.equal(before);
      expect(await would(of(p.director!, Role.supplier))).to.equal(Code.AlreadyCorrected);
    });
    it("is approved by another person, not with two keys that the gateway keeps", async () => {
      const was = await world.record(section(Kind.planning, 1));
      expect(await would(withdrawal(was, { approvals: [] }))).to.equal(Code.SecondNeeded);
      expect(
        await would(withdrawal(was, { by: p.officer!, capacity: Role.officer, terms: { officer: post } })),
      ).to.equal(Code.WrongCapacity);
      await world.grant(p.approver!, Role.procurement, agency);
      expect(await would(withdrawal(was, { by: p.approver! }))).to.equal(Code.SamePerson);
      expect(await would(withdrawal(was, { approvals: [{ by: p.director!, capacity: Role.supplier }] }))).to.be.oneOf([
        Code.NoOffice,
        Code.SecondNeeded,
      ]);
      const [kept, keeper] = [person("kept pokja"), person("kept pa")];
      for (const who of [kept, keeper]) await world.enrol(who, Custody.gateway);
      await world.grant(kept, Role.procurement, agency);
      await world.grant(keeper, Role.approver, agency);
      expect(await would(withdrawal(was, { by: kept, approvals: [{ by: keeper }] }))).to.equal(Code.OnlyGatewayKeys);
      expect(await would(withdrawal(was, { by: kept }))).to.equal(Code.Accepted);
    });
    it("reaches no opening, contract, amendment, guarantee, certificate, payment, return, hold or status", async () => {
      const made: Recorded[] = [await contract()];
      made.push(await record(status(1)));
      made.push(await world.record({ by: p.officer!, kind: Kind.hold, ocid, terms: { code: 1, on } }));
      made.push(await world.record({ by: p.officer!, kind: Kind.hold, ocid, terms: { code: 2, on } }));
      const paid = await world.record(payment(document("SP2D", 5n)));
      const back = { code: 1, ...document("R", 1n) };
      made.push(paid, await world.record({ by: p.treasurer!, kind: Kind.return, terms: back, ...naming(paid) }));
      const jam = { code: 21, ...IDR, amount: 1n, documentKey: idOf("J"), on, until: on };
      made.push(await world.record({ by: p.officer!, kind: Kind.guarantee, ocid, terms: jam }));
      for (const was of made) {
        const by = was.entry.capacity === Role.treasurer ? p.treasurer! : p.officer!;
        const up = was.entry.capacity === Role.treasurer ? 1 : 0;
        const basis = [Kind.contract, Kind.status].includes(was.entry.kind as 5) ? (await stateOf()).terms : NO_ID;
        expect(await would(withdrawal(was, { by, up, basis })), `kind ${was.entry.kind}`).to.equal(
          Code.NotWithdrawable,
        );
      }
    });
  });
});
