import { randomInt } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { paymentYear } from "../../../scripts/payment-year.ts";
import type { BankLine, PaymentDocument } from "../../../server/domain/payments/payment-document.ts";
import { BankMatches, bankLinksOf, type LineLinks } from "../../../server/integrations/payments/bank-matches.ts";
import { Table } from "../../../server/store/store.ts";

/** What finance and banks delivered, kept in memory, and a real store for what is matched. */
async function openWorld() {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-bank-"));
  const storage = await Table.open(folder);
  const documents: PaymentDocument[] = [];
  const lines: BankLine[] = [];
  const stored = (document: PaymentDocument, seq: number) => ({
    document,
    seq: seq + 1,
    version: 1,
    state: "inForce" as const,
  });
  const byKey = new Map<string, number>();
  const open = () =>
    new BankMatches({
      storage,
      documents: {
        document: async (key) => (byKey.has(key) ? stored(documents[byKey.get(key)!]!, byKey.get(key)!) : undefined),
        async *since(seq) {
          for (let at = seq; at < documents.length; at++) yield stored(documents[at]!, at);
        },
      },
      async *lines(after) {
        for (let at = after; at < lines.length; at++) yield { line: lines[at]!, seq: at + 1 };
      },
    });
  return {
    storage,
    bank: open(),
    open,
    bring(some: { documents?: readonly PaymentDocument[]; lines?: readonly BankLine[] }) {
      for (const document of some.documents ?? []) byKey.set(document.key, documents.push(document) - 1);
      lines.push(...(some.lines ?? []));
    },
    async close() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
}

describe("bank lines and the payments that they are", function () {
  this.timeout(120_000);

  for (const seed of [301, 302, randomInt(2 ** 31)])
    it(`seed ${seed}: nearly nothing is linked wrongly, nearly all is linked`, async () => {
      const year = paymentYear(seed, 600);
      const world = await openWorld();
      try {
        world.bring(year);
        const links = new Map((await world.bank.run()).map((each) => [each.key, each]));
        let [right, wrong, wrongMoney, money] = [0, 0, 0n, 0n];
        for (const [key, { links: of }] of links) {
          const amount = BigInt(year.lines.find((line) => line.key === key)!.amount);
          money += amount;
          const isRight =
            [...of.map(({ document }) => document.key)].sort().join() === [...year.bankTruth.get(key)!].sort().join();
          if (isRight) right++;
          else {
            wrong++;
            wrongMoney += amount;
          }
          expect(of.reduce((sum, link) => sum + BigInt(link.amount), 0n) <= amount, key).to.equal(true);
        }
        const told = `seed ${seed}: ${right} right, ${wrong} wrong of ${year.lines.length} lines`;
        expect(right / (right + wrong), told).to.be.at.least(0.995);
        expect(right / year.lines.length, told).to.be.at.least(0.85);
        expect(Number(wrongMoney) / Number(money), told).to.be.at.most(0.001);
      } finally {
        await world.close();
      }
    });

  it("links the same whatever comes first, judges nothing twice, and goes on after a restart", async () => {
    const year = paymentYear(9, 120);
    const told = async (order: "documents" | "lines" | "restart"): Promise<Map<string, LineLinks | undefined>> => {
      const world = await openWorld();
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
