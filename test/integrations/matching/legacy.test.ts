import path from "node:path";
import { expect } from "chai";
import { confusionOf, confusionText } from "../../../scripts/payment-year/confusion.ts";
import { legacyContracts } from "../../../scripts/payment-year/legacy-contracts.ts";
import { paymentYear } from "../../../scripts/payment-year/payment-year.ts";
import { ContractIndex } from "../../../server/domain/matching/contract-index.ts";
import { matchPayments } from "../../../server/domain/matching/match-payments.ts";
import { describeWithLegacy, LEGACY } from "../../migration/samples.ts";

describeWithLegacy("matching payments of invented years upon real contracts", () => {
  const cards = legacyContracts(path.join(LEGACY, "isb-lkpp-kab-bandung-2025"));

  it("counts certificates that a feed repeats once", () => {
    expect(cards.length).to.be.greaterThan(500);
    const certified = cards.reduce((sum, { certified: each }) => sum + BigInt(each), 0n);
    expect(Number(certified) / 100_000_000_000).to.be.closeTo(15.6, 0.1);
  });

  for (const seed of [501, 502, 503])
    it(`seed ${seed}: nearly nothing automatic is wrong, nearly everything is found`, () => {
      const year = paymentYear(seed, 0, cards);
      const index = new ContractIndex();
      for (const card of year.cards) index.put(card);
      const confusion = confusionOf(matchPayments(year.documents, index), year.documents, year.truth);
      const told = `seed ${seed}\n${confusionText(confusion)}`;
      expect(confusion.precision, told).to.be.at.least(0.995);
      expect(confusion.recall, told).to.be.at.least(0.9);
      expect(confusion.wrongMoney, told).to.be.at.most(0.001);
    }).timeout(120_000);
});
