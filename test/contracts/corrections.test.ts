import { expect } from "chai";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { leafPreimage } from "../../server/domain/entries/leaf.ts";
import { type Hex, NO_ID } from "../../server/domain/entries/words.ts";
import type { Recorded } from "../../server/ledger/codec.ts";
import { Code } from "./codes.ts";
import { agency, type EntryChoices, parent, post, STEM, supplier, World } from "./world.ts";

/** What a correction takes back, what it leaves alone, and who may make it: in the ledger with its real neighbours. */

const DAY = 86_400;
const MONEY = 100_000_000_00n;

describe("A correction in the ledger", () => {
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
    ocid = `${STEM}-c${++processes}`;
  });

  const contractTerms = (given: Terms = {}): Terms => ({
    ...{ code: 2, currency: "IDR", value: MONEY, officer: post, party: supplier, on },
    ...given,
  });
  const contract = (given: Terms = {}, more: Partial<EntryChoices> = {}) =>
    world.record({ by: p.officer!, kind: Kind.contract, ocid, terms: contractTerms(given), ...more });
  const state = async () =>
    (await world.contract("Ledger").getFunction("contractOf")(idOf(ocid), idOf("K-1"))).toObject();
  const choicesOf = async (was: Recorded, terms: Terms, given: Partial<EntryChoices> = {}): Promise<EntryChoices> => {
    const { contractId, awardId } = was.entry;
    const basis = contractId === "" ? was.leaf : ((await state()).terms as Hex);
    const fields = { kind: Kind.correction, capacity: was.entry.capacity, ocid, contractId, awardId, basis, terms };
    const preimage = leafPreimage(was.entry, was.assigned);
    return { by: p.officer!, ...fields, refersTo: was.leaf, preimage, approvals: [{ by: p.approver! }], ...given };
  };
  const correct = async (...what: Parameters<typeof choicesOf>) => world.record(await choicesOf(...what));
  const codeOf = async (choices: EntryChoices) => (await world.submit(choices)).refused?.code ?? Code.Accepted;
  const refusal = async (...what: Parameters<typeof choicesOf>) => codeOf(await choicesOf(...what));

  describe("of a certificate", () => {
    const certificate = async (number: string): Promise<EntryChoices> => ({
      ...{ by: p.officer!, kind: Kind.certificate, ocid, basis: (await state()).execution },
      terms: { currency: "IDR", amount: 5n, documentKey: idOf(number), on },
    });
    beforeEach(async () => {
      await contract();
      const act = (terms: Terms) => world.record({ by: p.officer!, kind: Kind.implementation, ocid, terms });
      await act({ code: 1, on });
      await act({ code: 4, on, currency: "IDR", amount: MONEY });
    });

    it("frees the number that it took back, for the certificate that has it and for going back to it", async () => {
      const first = await world.record(await certificate("BAP-1"));
      const second = await correct(first, { ...first.entry.terms, documentKey: idOf("BAP-2") });
      expect(await codeOf(await certificate("BAP-2"))).to.equal(Code.NumberUsed);
      await world.undone(async () => expect(await codeOf(await certificate("BAP-1"))).to.equal(Code.Accepted));
      await correct(second, first.entry.terms);
      expect(await codeOf(await certificate("BAP-1"))).to.equal(Code.NumberUsed);
      expect(await codeOf(await certificate("BAP-2"))).to.equal(Code.Accepted);
      expect((await state()).certified).to.equal(10n);
    });
    it("keeps a number that it does not change", async () => {
      const first = await world.record(await certificate("BAP-1"));
      await correct(first, { ...first.entry.terms, amount: 6n });
      expect(await codeOf(await certificate("BAP-1"))).to.equal(Code.NumberUsed);
    });
  });

  describe("of a payment", () => {
    const paid = (document: string, amount: bigint, total: bigint, issuer = parent): Terms => ({
      ...{ currency: "IDR", amount, documentTotal: total, issuer, documentKey: idOf(`${ocid} ${document}`), on },
    });
    const payment = (terms: Terms, given: Partial<EntryChoices> = {}): EntryChoices => ({
      ...{ by: p.treasurer!, kind: Kind.payment, ocid, terms, ...given },
    });
    const by = () => ({ by: p.treasurer! });
    beforeEach(() => contract());

    it("forgets the total of a document that no share is left of: it may be another's", async () => {
      const wrong = await world.record(payment(paid("SP2D-1", 10n, 10n)));
      expect(await codeOf(payment(paid("SP2D-1", 5n, 50n)))).to.equal(Code.DocumentTotalDiffers);
      await correct(wrong, paid("SP2D-2", 10n, 10n), by());
      expect(await codeOf(payment(paid("SP2D-1", 50n, 50n)))).to.equal(Code.Accepted);
      expect(await codeOf(payment(paid("SP2D-1", 1n, 50n)))).to.equal(Code.DocumentExceeded);
    });
    it("leaves the total of a document that another share is left of", async () => {
      const wrong = await world.record(payment(paid("SP2D-1", 4n, 10n)));
      await world.record(payment(paid("SP2D-1", 6n, 10n)));
      await correct(wrong, paid("SP2D-2", 4n, 4n), by());
      expect(await codeOf(payment(paid("SP2D-1", 4n, 11n)))).to.equal(Code.DocumentTotalDiffers);
      expect(await codeOf(payment(paid("SP2D-1", 5n, 10n)))).to.equal(Code.DocumentExceeded);
      expect(await codeOf(payment(paid("SP2D-1", 4n, 10n)))).to.equal(Code.Accepted);
    });
    it("by a treasurer of another issuer does not take that issuer's document out of force", async () => {
      await world.grant(p.officer2!, Role.treasurer, agency);
      const was = await world.record(payment(paid("SP2D-1", 10n, 10n)));
      const own = paid("SP2D-1", 10n, 10n, agency);
      expect(await refusal(was, own, { by: p.officer2! })).to.equal(Code.NotCovering);
      // one who covers both may
      expect(await refusal(was, own, { ...by(), up: 1 })).to.equal(Code.Accepted);
    });
  });

  describe("of a contract", () => {
    const other = idOf("ppk-2");
    const amended = (basis: Hex) =>
      world.record({ by: p.officer2!, kind: Kind.amendment, ocid, basis, terms: { code: 1, on, officer: other } });

    it("leaves the post that an amendment has given it since, and is signed by who holds that", async () => {
      const was = await contract();
      await amended(was.leaf);
      const terms = contractTerms({ value: 90n });
      expect(await refusal(was, terms)).to.equal(Code.NoOffice);
      await correct(was, terms, { by: p.officer2! });
      expect(await state()).to.include({ post: other, value: 90n });
    });
    it("sets the post that was recorded wrongly", async () => {
      const was = await contract();
      await correct(was, contractTerms({ officer: other }), { by: p.officer2! });
      expect((await state()).post).to.equal(other);
    });
    it("to swakelola takes the supplier away", async () => {
      const was = await contract();
      const { party: _, ...terms } = contractTerms({ code: 6 });
      await correct(was, terms);
      expect(await state()).to.include({ party: NO_ID, form: 6n });
    });
    it("does not bring back the award that was cancelled meanwhile", async () => {
      await world.record({ by: p.pokja!, kind: Kind.planning, ocid, terms: { code: 1 } });
      const money = { currency: "IDR", value: MONEY };
      const award = await world.record({
        by: p.pokja!,
        kind: Kind.award,
        ocid,
        awardId: "A-1",
        terms: { code: 1, ...money },
      });
      const was = await contract({ value: 0n, code: 3 }, { awardId: "A-1" });
      await world.record({
        by: p.pokja!,
        kind: Kind.award,
        ocid,
        awardId: "A-1",
        basis: award.leaf,
        terms: { code: 4 },
      });
      expect(await refusal(was, contractTerms({ value: 1n, code: 3 }))).to.equal(Code.BeforeAward);
    });
  });
});
