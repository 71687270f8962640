import { idOf } from "../../../server/domain/entries/entry.ts";
import { type Published, planReleases } from "../../../server/domain/entries/plan.ts";
import { paymentIdOf } from "../../../server/domain/payments/matched-payment.ts";
import type { BankLine, PaymentDocument } from "../../../server/domain/payments/payment-document.ts";
import type { Proposal } from "../../../server/domain/proposals/proposal.ts";
import { DocumentStore } from "../../../server/integrations/finance/document-store.ts";
import { BankMatches } from "../../../server/integrations/payments/bank-matches.ts";
import { Payments } from "../../../server/integrations/payments/payments.ts";
import { Proposals } from "../../../server/integrations/procurement/proposals.ts";
import { Table } from "../../../server/store/store.ts";

// Payments from documents to proposals and decisions, over a folder that may hold what was done before; prints what is
// kept in the end. kill.slow.test.ts lets it die at its places.

const COUNT = 12;
const ISSUER = idOf("ID-T");
const buyer = { id: "ID-A", name: "Dinas" };
const firm = { id: "ID-S", name: "CV Batu Alam" };
const ocidOf = (at: number) => `ocds-213czf-a-${at}`;
const numberOf = (at: number) => `027/${300 + at * 7}/SPK/PU/2026`;
const worthOf = (at: number) => (at % 4 === 3 ? 10_000_000 : 10_000_000 + at * 1_234_567);

/** What the register would publish of a contract. */
function published(at: number): Published {
  const release = {
    ...{
      ocid: ocidOf(at),
      id: "r",
      date: "2026-01-10T00:00:00Z",
      tag: ["contract"],
      initiationType: "tender",
      language: "id",
    },
    ...{
      buyer,
      parties: [
        { ...buyer, roles: ["buyer"] },
        { ...firm, roles: ["supplier"] },
      ],
    },
    awards: [{ id: "1", status: "active", value: { amount: worthOf(at), currency: "IDR" }, suppliers: [firm] }],
    contracts: [
      {
        ...{
          id: numberOf(at),
          awardID: "1",
          title: `Jalan ${at}`,
          status: "active",
          dateSigned: "2026-01-10T00:00:00Z",
        },
        value: { amount: worthOf(at), currency: "IDR" },
      },
    ],
  };
  const plan = planReleases([release], undefined, {
    now: Math.floor(Date.parse("2026-11-20T00:00:00Z") / 1000),
    organisation: (id) => (id === idOf(firm.id) ? { ...firm, kind: "supplier" } : { ...buyer, kind: "agency" }),
    extensions: [],
    agency: idOf(buyer.id),
    post: idOf("POST"),
  });
  return { view: plan.view!, releases: plan.releases };
}

function documents(): PaymentDocument[] {
  return Array.from({ length: COUNT }, (_, at) => {
    const number = `${String(at + 1).padStart(5, "0")}/SP2D/2026`;
    const gross = String(BigInt(worthOf(at)) * 100n);
    return {
      ...{ key: `${ISSUER}/2026/SP2D/${number}`, issuer: ISSUER, year: 2026, type: "SP2D", number, on: "2026-03-01" },
      ...{ route: "LS", currency: "IDR", gross, net: gross, deductions: [], agency: idOf(buyer.id), lines: [] },
      payee: { name: firm.name },
      // every fourth names nothing, and its value is that of others
      purpose: at % 4 === 3 ? "Pembayaran" : `Pembayaran Jalan ${at} SPK ${numberOf(at)}`,
      source: { connector: "test", capture: "0".repeat(64), at: String(at) },
    };
  });
}

const lines = (): BankLine[] =>
  documents().map(({ number, net, source }, at) => ({
    ...{ key: `L${at}`, account: "own", accountName: "RKUD", on: "2026-03-02", currency: "IDR", amount: net },
    ...{ direction: "debit", reversal: false, text: `SP2D ${number}`, source },
  }));

const storage = await Table.open(process.argv[2]!);
const store = new DocumentStore(storage);
const proposals = new Proposals(storage, () => 0);
const book = {
  size: async () => COUNT,
  process: async (ocid: string) => published(Number(ocid.slice(ocid.lastIndexOf("-") + 1))),
  async *touchedSince() {},
  organisation: async () => undefined,
  async *organisations() {},
};
const payments = new Payments({ storage, book, documents: store, proposals, now: () => 0 });
await payments.onLedger(Array.from({ length: COUNT }, (_, at) => ocidOf(at)));
for (const document of documents()) {
  const before = await store.document(document.key);
  if (before !== undefined) continue;
  const { put, remove } = await store.rowsFor({ document, version: 1, state: "inForce" }, before);
  await storage.put(put, { sync: true, remove });
}
await payments.run();
const bank = new BankMatches({
  storage,
  documents: store,
  async *lines(after) {
    for (const [at, line] of lines().entries()) if (at >= after) yield { line, seq: at + 1 };
  },
});
await bank.run();
const waiting = paymentIdOf(documents()[3]!.key);
if ((await payments.decisionsOf(waiting)).length === 0)
  await payments.decide(waiting, idOf("H"), { act: "accept", shares: [{ ocid: ocidOf(3), contractId: numberOf(3) }] });
// what a crash left of a decision is taken up by the next look at the ledger
await payments.onLedger([ocidOf(3)]);
const told = [];
for (const document of documents()) {
  const { state, shares, decisions } = await payments.show(paymentIdOf(document.key));
  const lined = await bank.linesOf(paymentIdOf(document.key));
  told.push([
    document.number,
    state,
    shares.map(({ ocid, amount, state: of }) => [ocid, amount, of]),
    decisions.length,
    lined,
  ]);
}
const open: string[] = [];
for await (const { value } of storage.range<Proposal>("proposal/")) if (value.state === "open") open.push(value.id);
await storage.close();
console.log(JSON.stringify({ told, open: open.sort() }));
