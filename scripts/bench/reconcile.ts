import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { documentKeyOf } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import type { Published } from "../../server/domain/entries/plan.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import type { BankLine, PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import { Reconciliation } from "../../server/integrations/reconciliation/reconciliation.ts";
import { Table } from "../../server/store/store.ts";

// A month of one treasury: a payment in the ledger, an SP2D and a bank line each, some of them wrong. Prints seconds and
// memory of taking it in and of reading the month: `node scripts/bench/reconcile.ts --lines 200000`.

const AGENCY: Hex = `0x${"a1".repeat(32)}`;
const MONTH = "2026-03";
const PER_CONTRACT = 4;

const { values } = parseArgs({
  options: { lines: { type: "string", default: "200000" }, read: { type: "string" } },
});
// reading is done in a process of its own, so that its memory is its own; as in the thread of the integrations, little
// is set aside for what is dropped at once
if (values.read !== undefined) await read(values.read);
else {
  const folder = await mkdtemp(join(tmpdir(), "prasasti-reconcile-"));
  try {
    await takeIn(folder, Math.ceil(Number(values.lines) / 3));
    const reader = spawn(
      process.execPath,
      ["--max-semi-space-size=8", fileURLToPath(import.meta.url), "--read", folder],
      { stdio: "inherit" },
    );
    [process.exitCode] = (await once(reader, "exit")) as [number];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function takeIn(folder: string, payments: number): Promise<void> {
  const table = await Table.open(folder);
  const { book } = new Reconciliation(table, { accounts: [] });
  const begun = process.hrtime.bigint();
  const BATCH = 1_000;
  for (let from = 0; from < payments; from += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, payments - from) }, (_, at) => from + at);
    await book.keepDocuments(some.map((number) => ({ document: documentOf(number), link: "contract" as const })));
    await book.keepBankLines(some.map((number) => ({ line: lineOf(number), agency: AGENCY })));
    await book.linkBankLines(
      some.map((number) => {
        const { account, key, amount } = lineOf(number);
        const document = { issuer: AGENCY, key: keyOf(number) };
        return { account, key, links: [{ document, amount, part: "paid" as const }] };
      }),
    );
    const contracts = Array.from({ length: Math.ceil(some.length / PER_CONTRACT) }, (_, at) =>
      some.slice(at * PER_CONTRACT, (at + 1) * PER_CONTRACT),
    );
    await book.keepProcesses(contracts.map((own) => ({ ocid: `ocds-bench-${own[0]}`, published: publishedOf(own) })));
  }
  tell("taken in", begun);
  await table.close();
}

async function read(folder: string): Promise<void> {
  const table = await Table.open(folder);
  const reconciliation = new Reconciliation(table, { accounts: [] });
  const begun = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const report = await reconciliation.report({ agencies: [{ hex: AGENCY, id: "BENCH", name: "Bench" }] }, MONTH);
  const { user, system } = process.cpuUsage(cpu);
  tell("month read", begun, `${((user + system) / 1e6).toFixed(1)} s of processor`);
  const [found] = report.currencies;
  process.stdout.write(`${JSON.stringify({ cases: found?.cases, causes: found?.causes, balance: found?.balance })}\n`);
  await table.close();
}

function tell(what: string, since: bigint, more = ""): void {
  const seconds = Number(process.hrtime.bigint() - since) / 1e9;
  const { maxRSS } = process.resourceUsage();
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, at most ${Math.round(maxRSS / 1024)} MB ${more}\n`);
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
