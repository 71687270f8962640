import { documentKeyOf } from "../../../server/domain/entries/entry.ts";
import { ContractStatus, Kind } from "../../../server/domain/entries/kinds.ts";
import type { Published } from "../../../server/domain/entries/plan.ts";
import type { Hex } from "../../../server/domain/entries/words.ts";
import type { BankLine, PaymentDocument, ReturnDocument } from "../../../server/domain/payments/payment-document.ts";
import type { ContractLink } from "../../../server/domain/reconciliation/case.ts";
import type { Cause, Comparison } from "../../../server/domain/reconciliation/causes.ts";
import type { CaseBook } from "../../../server/integrations/reconciliation/case-book.ts";
import { AGENCY, OTHER, TREASURY } from "./cases.ts";

/** mulberry32: the same seed gives the same year. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Payment = {
  ocid: string;
  leaf: Hex;
  kind: number;
  amount: bigint;
  total: bigint;
  key: string;
  on: string;
  of?: Hex;
};
export type Truth = Record<string, { count: number; amount: bigint }>;

/**
 * A year of one treasury and two offices, with what is wrong in it known by construction: by month of the office, and
 * comparison and cause, how often and how much.
 */
export function madeUpYear(seed: number, payments: number) {
  const random = randomOf(seed);
  const pick = (most: number) => Math.floor(random() * most);
  const documents: { document: PaymentDocument; link: ContractLink }[] = [];
  const lines: BankLine[] = [];
  const returns: ReturnDocument[] = [];
  const entries: Payment[] = [];
  const truth: Truth = {};
  const expected = (cell: string, comparison: Comparison, cause: Cause, amount: bigint) => {
    const key = `${cell} ${comparison} ${cause}`;
    const known = truth[key] ?? { count: 0, amount: 0n };
    truth[key] = { count: known.count + 1, amount: known.amount + amount };
  };
  let leaves = 0;
  const leafOf = (): Hex => `0x${(++leaves).toString(16).padStart(64, "0")}`;

  for (let number = 1; number <= payments; number++) {
    const agency = pick(4) === 0 ? OTHER : AGENCY;
    const month = 1 + pick(12);
    const dayIn = (of: number, at: number) => `2026-${String(of).padStart(2, "0")}-${String(at).padStart(2, "0")}`;
    const on = dayIn(month, 1 + pick(25));
    const cell = `${agency} ${on.slice(0, 7)}`;
    const gross = BigInt(100_000 + pick(900_000_000)) * 100n + BigInt(pick(100));
    const isTaxed = pick(3) > 0;
    const [ppn, pph] = isTaxed ? [(gross * 11n) / 111n, (gross * 2n) / 111n] : [0n, 0n];
    const net = gross - ppn - pph;
    const wrong = pick(22);
    const withoutNtpn = isTaxed && pick(10) === 0;
    const key = `${TREASURY}/2026/SP2D/${number}/SP2D/2026`;
    const contract = `ocds-made-${1 + pick(Math.ceil(payments / 6))}`;
    const link: ContractLink = wrong === 1 ? "pettyCash" : wrong === 2 ? "none" : wrong === 3 ? "open" : "contract";
    const document: PaymentDocument = {
      ...{ key, issuer: TREASURY, year: 2026, type: "SP2D", number: `${number}/SP2D/2026`, on, currency: "IDR" },
      ...{ route: link === "pettyCash" ? "GU" : "LS", gross: String(gross), net: String(net), agency },
      deductions: isTaxed
        ? [
            { kind: "PPN", name: "PPN", amount: String(ppn), ...(withoutNtpn ? {} : { ntpn: `NTPN${number}000000` }) },
            { kind: "PPh22", name: "PPh 22", amount: String(pph), ntpn: `NTPH${number}000000` },
          ]
        : [],
      lines: [
        {
          account: `5.1.02.0${1 + pick(4)}.01.00${10 + pick(20)}`,
          chart: "permendagri90",
          subActivity: `1.03.10.2.01.00${1 + pick(5)}`,
          fund: ["DAU", "DAK", "PAD"][pick(3)]!,
          amount: String(gross),
        },
      ],
      payee: { name: `CV Penyedia ${pick(50)}` },
      purpose: `Pembayaran pekerjaan ${number} pada ${contract}`,
      source: { connector: "simda", capture: "c", at: `row ${number}` },
    };
    const isInLedger = !(wrong >= 1 && wrong <= 4);
    const isInSource = wrong !== 5;
    const isAtBank = isInSource && wrong !== 6;
    if (isInSource) documents.push({ document, link });
    if (withoutNtpn && isInSource) expected(cell, "state", "deductionWithoutNtpn", ppn);

    if (!isInLedger)
      expected(
        cell,
        "ledger",
        ({ 1: "pettyCash", 2: "noContract", 3: "unmatched", 4: "notInLedger" } as const)[wrong as 1]!,
        -gross,
      );
    let amount = gross;
    let total = gross;
    let recordedOn = on;
    if (wrong === 5) expected(cell, "ledger", "notInSource", gross);
    if (wrong === 7) {
      amount = gross + 100n;
      total = amount;
      expected(cell, "ledger", "amountDiffers", 100n);
    }
    if (wrong === 8 && isTaxed) {
      amount = net;
      total = amount;
      expected(cell, "ledger", "netRecorded", net - gross);
    }
    if (wrong === 9 && month < 12) {
      recordedOn = dayIn(month + 1, 1);
      expected(`${agency} ${recordedOn.slice(0, 7)}`, "ledger", "otherMonth", gross);
      expected(cell, "ledger", "otherMonth", -gross);
    }
    if (wrong === 10) {
      amount = gross / 2n;
      expected(cell, "ledger", "sharesDoNotAddUp", amount - gross);
    }
    const shares = wrong === 11 ? [gross / 3n, gross - gross / 3n] : [amount];
    const own: Payment[] = isInLedger
      ? shares.map((share, at) => ({
          ...{ ocid: at === 0 ? contract : `${contract}-b`, leaf: leafOf(), kind: Kind.payment, amount: share, total },
          // half of them know the document by its number alone
          ...{ key: number % 2 === 0 ? key : document.number, on: recordedOn },
        }))
      : [];
    for (const each of own) entries.push({ ...each, ocid: agency === OTHER ? `${each.ocid}-other` : each.ocid });

    if (wrong === 6) expected(cell, "bank", "notCleared", net);
    if (isAtBank) {
      let cleared = net;
      let bankOn = on;
      if (wrong === 12) {
        cleared = net + 500n;
        expected(cell, "bank", "amountDiffersAtBank", -500n);
      }
      if (wrong === 13 && isTaxed) {
        cleared = gross;
        expected(cell, "bank", "grossAtBank", net - gross);
      }
      if (wrong === 14 && month < 12) {
        bankOn = dayIn(month + 1, 2);
        expected(`${agency} ${bankOn.slice(0, 7)}`, "bank", "otherMonth", -net);
        expected(cell, "bank", "otherMonth", net);
      }
      const lineOf = (at: number, fields: Partial<BankLine>): BankLine => ({
        ...{
          key: `${number}-${at}`,
          account: "rkud",
          accountName: "RKUD",
          on: bankOn,
          currency: "IDR",
          amount: String(cleared),
        },
        ...{ direction: "debit", reversal: false, reference: `B${number}-${at}`, text: `SP2D ${document.number} CV` },
        source: { connector: "bank", capture: "c", at: `line ${number}` },
        ...fields,
      });
      lines.push(lineOf(0, {}));
      // the bank passes the tax on, naming its receipt
      if (wrong === 15 && isTaxed && !withoutNtpn)
        lines.push(lineOf(1, { amount: String(ppn), text: `MPN NTPN${number}000000` }));
      if (wrong === 16) {
        lines.push(lineOf(2, {}));
        expected(cell, "bank", "paidTwice", -cleared);
      }
      if (wrong === 17) {
        lines.push(lineOf(3, { direction: "credit", reversal: true }));
        expected(cell, "bank", "returned", cleared);
      }
      if (wrong === 18) {
        returns.push({
          ...{
            key: `R${number}`,
            issuer: TREASURY,
            year: 2026,
            number: `R${number}`,
            on,
            kind: "returned",
            of: document.number,
          },
          ...{
            currency: "IDR",
            amount: String(net),
            text: "",
            source: { connector: "retur", capture: "c", at: `row ${number}` },
          },
        });
        lines.push(lineOf(4, { direction: "credit", text: `RETUR SP2D ${document.number}` }));
        expected(cell, "ledger", "returned", net);
      }
    }
    if (wrong === 19) {
      lines.push({
        ...{ key: `${number}-fee`, account: "rkud", accountName: "RKUD", on, currency: "IDR", amount: "650000" },
        ...{ direction: "debit", reversal: false, text: "BIAYA ADM" },
        source: { connector: "bank", capture: "c", at: `fee ${number}` },
      });
      expected(`${TREASURY} ${on.slice(0, 7)}`, "bank", "withoutSp2d", -650_000n);
    }
    // taxes that came in are no payment
    if (wrong === 20)
      lines.push({
        ...{ key: `${number}-in`, account: "rkud", accountName: "RKUD", on, currency: "IDR", amount: "1234500" },
        ...{ direction: "credit", reversal: false, text: "PAJAK DAERAH" },
        source: { connector: "bank", capture: "c", at: `in ${number}` },
      });
  }
  const processes = [...Map.groupBy(entries, ({ ocid }) => ocid)].map(([ocid, own]) => ({
    ocid,
    published: publishedOf(ocid, ocid.endsWith("-other") ? OTHER : AGENCY, own),
  }));
  return { documents, lines, returns, processes, truth };
}

export type MadeUpYear = ReturnType<typeof madeUpYear>;

/** Tells the book everything, in the order of `steps`, a few at a time. */
export async function tellBook(
  book: CaseBook,
  year: MadeUpYear,
  steps: readonly ("documents" | "lines" | "returns" | "ledger")[],
  size = 40,
): Promise<void> {
  const parts = <T>(all: readonly T[]) =>
    Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));
  for (const step of steps) {
    if (step === "documents") for (const some of parts(year.documents)) await book.keepDocuments(some);
    if (step === "lines")
      for (const some of parts(year.lines)) await book.keepBankLines(some.map((line) => ({ line, agency: TREASURY })));
    if (step === "returns")
      for (const some of parts(year.returns))
        await book.keepReturns(some.map((document) => ({ document, of: document.of })));
    if (step === "ledger") for (const some of parts(year.processes)) await book.keepProcesses(some);
  }
  await book.delivered(TREASURY, "simda", "documents", "2026-12-31");
  await book.delivered(TREASURY, "bank", "bank", "2026-12-31");
}

/** What the register would publish of a process with these payments. */
export function publishedOf(ocid: string, agency: Hex, payments: readonly Payment[]): Published {
  const paid = payments.reduce((sum, { amount }) => sum + amount, 0n);
  const instant = (day: string) => Date.parse(`${day}T00:00:00+07:00`) / 1000;
  const value = String(paid * 2n);
  const contract = {
    ...{
      id: "K1",
      status: "active",
      form: ContractStatus.active,
      currency: "IDR",
      value,
      firstValue: value,
      scopeValue: value,
    },
    ...{ accepted: String(paid), certified: String(paid), advance: "0", recovered: "0", withheld: "0", released: "0" },
    ...{ paid: String(paid), excess: "0", on: instant("2026-01-05"), until: instant("2026-12-20") },
    ...{ termsHead: "0x", executionHead: "0x", exceptions: 0, supplierSigned: true, holds: {}, guarantees: {} },
  };
  const entries: Record<string, unknown> = {
    [`0xcc${ocid}`]: {
      kind: Kind.certificate,
      of: "K1",
      terms: {
        currency: "IDR",
        amount: String(paid),
        documentKey: documentKeyOf(`BAP ${ocid}`),
        on: instant("2026-01-05"),
      },
      sequence: 1,
    },
  };
  for (const [at, { leaf, kind, amount, total, key, on }] of payments.entries())
    entries[leaf] = {
      kind,
      of: "K1",
      terms: {
        currency: "IDR",
        amount: String(amount),
        documentTotal: String(total),
        issuer: TREASURY,
        documentKey: documentKeyOf(key),
        on: instant(on),
      },
      sequence: at + 2,
    };
  return { view: { ocid, agency, contracts: { K1: contract }, entries }, releases: [] } as unknown as Published;
}
