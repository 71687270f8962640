import type { BankLine, PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import type { Chance } from "./chance.ts";
import { dateOf, dayOf } from "./days-of-year.ts";

/** What the bank does with a payment, of a hundred. */
const BANK_CLASSES = {
  plain: 83,
  /** no line at all */
  unseen: 1,
  /** two payments in one sum (daftar penguji) */
  together: 4,
  /** paid, and back on the next day */
  returned: 1,
  /** deductions passed on to the state in lines of their own */
  taxes: 8,
  /** a rupiah off, or a fee taken from it: not the payment's amount, so nothing to link by itself */
  otherAmount: 1,
  /** the same line once more, which nobody ordered */
  twice: 2,
} as const;
/** The documents that a bank line pays, or brings back; none of lines that are of no payment. */
export type BankTruth = { class: keyof typeof BANK_CLASSES | "noPayment"; documents: readonly string[] };

/** What the treasury's account says of documents, and of what no document is about. */
export function bankLines(
  documents: readonly PaymentDocument[],
  chance: Chance,
): { lines: BankLine[]; bankTruth: Map<string, BankTruth> } {
  const lines: BankLine[] = [];
  const bankTruth = new Map<string, BankTruth>();
  const line = (truth: BankTruth, day: number, amount: bigint, text: string, more: Partial<BankLine> = {}) => {
    const key = `B${lines.length + 1}`;
    lines.push({
      key,
      account: "treasury",
      accountName: "RKUD",
      on: dateOf(Math.min(365, day)),
      currency: "IDR",
      amount: String(amount),
      direction: "debit",
      reversal: false,
      text: text.slice(0, 65),
      source: { connector: "generated", capture: "generated", at: key },
      ...more,
    });
    bankTruth.set(key, truth);
  };
  const cleared = ({ cleared, on }: PaymentDocument) => dayOf(cleared ?? on);
  const waiting: PaymentDocument[] = [];
  for (const document of documents) {
    const { net, number, payee, key, deductions } = document;
    const kind = chance.weighted(BANK_CLASSES);
    const truth = { class: kind, documents: [key] };
    if (kind === "unseen") continue;
    if (kind === "together") {
      waiting.push(document);
      continue;
    }
    const counterparty = {
      ...(chance.happens(0.6) ? { name: payee.name.toUpperCase().slice(0, 24) } : {}),
      ...(payee.account !== undefined && chance.happens(0.7) ? { account: payee.account } : {}),
    };
    const serial = /\d{5,}/.exec(number)?.[0] ?? number;
    const text = chance.pick([
      `SP2D ${number}`,
      `TRF SP2D NO ${number.replace(/\//g, " ")}`,
      `${serial} ${payee.name}`,
      `PENCAIRAN SP2D ${number} ${payee.name}`,
      `KLIRING ${payee.name}`,
    ]);
    const more = { counterparty, ...(chance.happens(0.3) ? { reference: number } : {}) };
    const day = cleared(document) + chance.below(3);
    const off = chance.pick([100n, -100n, 250_000n, 650_000n]);
    line(truth, day, BigInt(net) - (kind === "otherAmount" ? off : 0n), text, more);
    if (kind === "returned")
      line(truth, day + 1, BigInt(net), `RETUR SP2D ${number} REK TIDAK AKTIF`, {
        direction: "credit",
        reversal: true,
      });
    if (kind === "twice") line({ class: kind, documents: [] }, day + 1, BigInt(net), text, more);
    if (kind === "taxes")
      for (const { amount, ntpn, name } of deductions)
        line(truth, day + chance.below(4), BigInt(amount), `MPN G3 ${name} ${ntpn ?? `SP2D ${number}`}`);
  }
  for (let at = 0; at + 1 < waiting.length; at += 2) {
    const pair = waiting.slice(at, at + 2);
    const sum = pair.reduce((all, { net }) => all + BigInt(net), 0n);
    const serials = pair.map(({ number }) => /\d{5,}/.exec(number)?.[0]).join(" ");
    const truth: BankTruth = { class: "together", documents: pair.map(({ key }) => key) };
    line(truth, Math.max(...pair.map(cleared)) + chance.below(3), sum, `DAFTAR PENGUJI ${serials}`);
  }
  for (let left = Math.round(documents.length * 0.05); left > 0; left--) {
    // as much as some payment, now and then
    const amount = chance.happens(0.3) ? BigInt(chance.pick(documents).net) : BigInt(1_000 + chance.below(9e6)) * 100n;
    const isIncome = chance.happens(0.6);
    const text = chance.pick(isIncome ? INCOME : CHARGES).replace("#", String(chance.below(1e6)).padStart(6, "0"));
    line({ class: "noPayment", documents: [] }, chance.below(365), amount, text, {
      direction: isIncome ? "credit" : "debit",
    });
  }
  return { lines, bankTruth };
}

const INCOME = "JASA GIRO|SETORAN PAD #|PENERIMAAN RETRIBUSI #|DAU TAHAP # KPPN|STS # UPTD PASAR".split("|");
const CHARGES = "BIAYA ADM|PAJAK JASA GIRO|PINDAH BUKU DEPOSITO #|KOREKSI #".split("|");
