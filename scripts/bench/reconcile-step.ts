import path from "node:path";
import { documentKeyOf } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import type { Published } from "../../server/domain/entries/plan.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import type { BankLine, PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import { Reconciliation } from "../../server/integrations/reconciliation/reconciliation.ts";
import { ROW_BUFFER } from "../../server/integrations/thread.ts";
import { Table } from "../../server/store/store.ts";
import { Stopwatch } from "./stopwatch.ts";

// A month of one treasury: a payment in the ledger, an SP2D and a bank line each, some of them wrong. `take` or `read`,
// LINES FOLDER.

const AGENCY: Hex = `0x${"a1".repeat(32)}`;
const MONTH = "2026-03";
const PER_CONTRACT = 4;
const BATCH = 1_000;

const [step, lines = "0", folder = "."] = process.argv.slice(2);
const table = await Table.open(path.join(folder, "rows"), { buffer: ROW_BUFFER });
const reconciliation = new Reconciliation(table, { accounts: [] });
const watch = new Stopwatch();
if (step === "take") {
  const payments = Math.ceil(Number(lines) / 3);
  for (let from = 0; from < payments; from += BATCH)
    await take(Array.from({ length: Math.min(BATCH, payments - from) }, (_, at) => from + at));
  watch.tell(`${lines} lines taken in, as they come`, Number(lines));
} else {
  const scope = { agencies: [{ hex: AGENCY, id: "BENCH", name: "Bench" }] };
  const report = await watch.during(() => reconciliation.report(scope, MONTH));
  const [found] = report.currencies;
  if (found === undefined || Object.keys(found.causes).length === 0) throw new Error("nothing is found wrong");
  watch.tell(`the month read: ${JSON.stringify(found.cases)} cases`, Number(lines));
}
await table.close();

async function take(some: readonly number[]): Promise<void> {
  const { book } = reconciliation;
  const documents = some.map((number) => ({ document: documentOf(number), link: "contract" as const }));
  const lines = some.map((number) => ({ line: lineOf(number), agency: AGENCY }));
  const links = some.map((number) => {
    const { account, key, amount } = lineOf(number);
    const document = { issuer: AGENCY, key: keyOf(number) };
    return { account, key, links: [{ document, amount, part: "paid" as const }] };
  });
  const contracts = Array.from({ length: Math.ceil(some.length / PER_CONTRACT) }, (_, at) => {
    const own = some.slice(at * PER_CONTRACT, (at + 1) * PER_CONTRACT);
    return { ocid: `ocds-bench-${own[0]}`, published: publishedOf(own) };
  });
  await watch.during(async () => {
    await book.keepDocuments(documents);
    await book.keepBankLines(lines);
    await book.linkBankLines(links);
    await book.keepProcesses(contracts);
  });
}

function keyOf(number: number): string {
  return `${AGENCY}/2026/SP2D/${number}`;
}

function dayOf(number: number): string {
  return `${MONTH}-${String(1 + (number % 28)).padStart(2, "0")}`;
}

function documentOf(number: number): PaymentDocument {
  const gross = 1_000_000_00n + BigInt(number) * 100n;
  const tax = gross / 10n;
  return {
    ...{
      key: keyOf(number),
      issuer: AGENCY,
      year: 2026,
      type: "SP2D",
      number: `${number}/SP2D/2026`,
      on: dayOf(number),
    },
    ...{ route: "LS", currency: "IDR", gross: String(gross), net: String(gross - tax) },
    deductions: [{ kind: "PPN", name: "PPN", amount: String(tax), ...(number % 50 === 0 ? {} : { ntpn: "A1B2C3" }) }],
    lines: [
      {
        account: `5.1.02.0${number % 9}.01.00${number % 7}0`,
        chart: "permendagri90",
        subActivity: `1.03.10.2.01.0${number % 5}`,
        fund: "DAU",
        amount: String(gross),
      },
    ],
    payee: { name: `CV Penyedia ${number % 5_000}` },
    purpose: `Pembayaran termin ${1 + (number % 4)} pekerjaan ${number}`,
    source: { connector: "simda", capture: "0", at: `row ${number}` },
  };
}

function lineOf(number: number): BankLine {
  const document = documentOf(number);
  return {
    ...{
      key: `B${number}`,
      account: "a0",
      accountName: "RKUD",
      on: document.on,
      currency: "IDR",
      amount: document.net,
    },
    ...{ direction: "debit", reversal: false, reference: document.number, text: document.number },
    source: { connector: "bank", capture: "0", at: `line ${number}` },
  };
}

function publishedOf(numbers: readonly number[]): Published {
  const entries = Object.fromEntries(
    numbers
      .filter((number) => number % 40 !== 0)
      .map((number, at) => {
        const { gross, net, on } = documentOf(number);
        const amount = number % 41 === 0 ? net : gross;
        const terms = {
          ...{
            currency: "IDR",
            amount,
            documentTotal: amount,
            issuer: AGENCY,
            documentKey: documentKeyOf(keyOf(number)),
          },
          on: Date.parse(`${on}T00:00:00+07:00`) / 1000,
        };
        const leaf = `0x${number.toString(16).padStart(64, "0")}`;
        return [leaf, { kind: Kind.payment, of: "K1", terms, sequence: at + 1 }];
      }),
  );
  const view = { ocid: `ocds-bench-${numbers[0]}`, agency: AGENCY, contracts: {}, entries };
  return { view, releases: [] } as unknown as Published;
}
