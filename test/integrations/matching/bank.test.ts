import { randomInt } from "node:crypto";
import { expect } from "chai";
import { bankConfusionOf, confusionText } from "../../../scripts/payment-year/confusion.ts";
import { paymentYear } from "../../../scripts/payment-year/payment-year.ts";
import { bankLinksOf, type LineLinks } from "../../../server/integrations/payments/bank-matches.ts";
import { openBankWorld } from "./bank-world.ts";

describe("bank lines and the payments that they are", function () {
  this.timeout(120_000);

  for (const seed of [301, 302, randomInt(2 ** 31)])
    it(`seed ${seed}: nearly nothing is linked wrongly, nearly all is linked`, async () => {
      const year = paymentYear(seed, 600);
      const world = await openBankWorld();
      try {
        world.bring(year);
        const links = await world.bank.run();
        for (const { key, links: of } of links) {
          const amount = BigInt(year.lines.find((line) => line.key === key)!.amount);
          expect(of.reduce((sum, link) => sum + BigInt(link.amount), 0n) <= amount, key).to.equal(true);
        }
        const confusion = bankConfusionOf(year, links);
        const told = `seed ${seed}\n${confusionText(confusion)}`;
        expect(confusion.precision, told).to.be.at.least(0.995);
        expect(confusion.recall, told).to.be.at.least(0.9);
        expect(confusion.wrongMoney, told).to.be.at.most(0.001);
      } finally {
        await world.close();
      }
    });

  it("links the same whatever comes first, judges nothing twice, and goes on after a restart", async () => {
    const year = paymentYear(9, 120);
    const told = async (order: "documents" | "lines" | "restart"): Promise<Map<string, LineLinks | undefined>> => {
      const world = await openBankWorld();
      try {
        world.bring(order === "lines" ? { lines: year.lines } : { documents: year.documents });
        await world.bank.run();
        const bank = order === "restart" ? world.open() : world.bank;
        world.bring(order === "lines" ? { documents: year.documents } : { lines: year.lines });
        await bank.run();
        expect(await bank.run()).to.deep.equal([]);
        const found = new Map<string, LineLinks | undefined>();
        for (const line of year.lines) found.set(line.key, await bankLinksOf(world.storage, line));
        return found;
      } finally {
        await world.close();
      }
    };
    const first = await told("documents");
    expect([...first.values()].filter((each) => each !== undefined).length).to.be.greaterThan(100);
    expect(await told("lines")).to.deep.equal(first);
    expect(await told("restart")).to.deep.equal(first);
  });
});
