import { randomInt } from "node:crypto";
import { expect } from "chai";
import { type Confusion, confusionOf, confusionText } from "../../../scripts/payment-year/confusion.ts";
import { paymentYear } from "../../../scripts/payment-year/payment-year.ts";
import { CLASSES, UNLINKED } from "../../../scripts/payment-year/payments.ts";
import { ContractIndex } from "../../../server/domain/matching/contract-index.ts";
import { type Match, matchPayments } from "../../../server/domain/matching/match-payments.ts";

const CONTRACTS = 1_500;

function matched(seed: number): { matches: Match[]; confusion: Confusion; year: ReturnType<typeof paymentYear> } {
  const year = paymentYear(seed, CONTRACTS);
  const index = new ContractIndex();
  for (const card of year.cards) index.put(card);
  const matches = matchPayments(year.documents, index);
  return { matches, confusion: confusionOf(matches, year.documents, year.truth), year };
}

describe("matching payments of an invented year", function () {
  this.timeout(120_000);

  // 1 to 20 served to set the weights
  for (const seed of [101, 2_026, 77_777, randomInt(2 ** 31)])
    it(`seed ${seed}: nearly nothing automatic is wrong, nearly everything is found`, () => {
      const { confusion, matches, year } = matched(seed);
      const told = `seed ${seed}\n${confusionText(confusion)}`;
      expect(confusion.precision, told).to.be.at.least(0.995);
      expect(confusion.recall, told).to.be.at.least(0.9);
      expect(confusion.wrongMoney, told).to.be.at.most(0.001);
      expect([...confusion.table.keys()], told).to.have.members([...Object.keys(CLASSES), ...Object.keys(UNLINKED)]);
      const gross = new Map(year.documents.map((document) => [document.key, BigInt(document.gross)]));
      for (const { document, shares, band } of matches) {
        const sum = shares.reduce((all, { amount }) => all + BigInt(amount), 0n);
        expect(sum <= gross.get(document)!, document).to.equal(true);
        if (band === "certain" && shares.length > 1) expect(sum, document).to.equal(gross.get(document));
      }
    });

  it("gives the same matches whatever order documents and contracts come in", () => {
    const year = paymentYear(5, 400);
    const told = (reverse: boolean) => {
      const index = new ContractIndex();
      for (const card of year.cards) index.put(card);
      const documents = reverse ? year.documents.toReversed() : year.documents;
      return matchPayments(documents, index).map(({ document, band, shares }) => [
        document,
        band,
        shares.map(({ ocid, amount }) => [ocid, amount]),
      ]);
    };
    expect(told(true)).to.deep.equal(told(false));
  });

  it("knows nothing of the truth: another year's documents against these contracts give no automatic match", () => {
    const index = new ContractIndex();
    for (const card of paymentYear(11, 500).cards) index.put(card);
    const bands = matchPayments(paymentYear(12, 500).documents, index).filter(({ band }) => band === "certain");
    expect(bands.length).to.be.at.most(2);
  });
});
