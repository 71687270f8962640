import { nameFingerprint } from "../company-name.ts";
import type { BankLine, PaymentDocument } from "../payments/payment-document.ts";
import type { Words } from "../problems.ts";
import { dayNumber } from "./contract-index.ts";
import type { Band } from "./match-payments.ts";
import { alike, condense, condenseWithBorders, findNear, standsAlone } from "./number-text.ts";

// What left the treasury's account, and which payments it was: by numbers in the bank's text, amounts, days, payees.

/** Which part of a payment a line is: what the payee got, a tax or other deduction passed on, or money taken back. */
export type BankPart = "paid" | "deduction" | "takenBack";

/** A payment, or part of it, that a bank line is; amounts in minor units as text. */
type BankShare = {
  /** the document's key */
  readonly document: string;
  readonly amount: string;
  readonly part: BankPart;
};
export type BankEvidence = { readonly code: keyof typeof BANK_WEIGHTS; readonly bits: number };
export type BankMatch = {
  readonly band: Band;
  readonly shares: readonly BankShare[];
  readonly bits: number;
  readonly evidence: readonly BankEvidence[];
};

/** What speaks for a line being a payment, in bits, as of contracts (`WEIGHTS`). */
export const BANK_WEIGHTS = {
  numberExact: {
    bits: 15,
    why: "the whole number of an SP2D stands by itself",
    words: { en: "the bank's text has the SP2D's number", id: "teks bank memuat nomor SP2D" },
  },
  numberSerial: {
    bits: 9,
    why: "banks keep the serial of a number alone; other references have as many digits",
    words: { en: "the bank's text has the serial of the SP2D", id: "teks bank memuat nomor urut SP2D" },
  },
  ntpn: {
    bits: 15,
    why: "the state gives each receipt (NTPN) and each bill once",
    words: { en: "the tax's NTPN or billing id stands there", id: "memuat NTPN atau id billing pajaknya" },
  },
  amountNet: {
    bits: 9,
    why: "to the sen what the payee gets; some hundred payments of a year have the same sum",
    words: { en: "exactly the net amount", id: "tepat sebesar nilai bersih" },
  },
  amountGross: {
    bits: 6,
    why: "a bank that passes on taxes from the same line shows the gross",
    words: { en: "exactly the gross amount", id: "tepat sebesar nilai bruto" },
  },
  amountDeduction: {
    bits: 5,
    why: "taxes of like contracts are alike",
    words: { en: "exactly a deduction", id: "tepat sebesar sebuah potongan" },
  },
  amountTogether: {
    bits: 11,
    why: "several named payments add up to the sen (daftar penguji)",
    words: {
      en: "several payments that it names add up to it",
      id: "beberapa pembayaran yang disebutkan berjumlah tepat",
    },
  },
  amountOther: {
    bits: -7,
    why: "a bank pays what the SP2D says, or not at all",
    words: { en: "another amount", id: "jumlahnya lain" },
  },
  accountSame: {
    bits: 9,
    why: "digests of bank and account; a firm has a few",
    words: { en: "paid to the payee's account", id: "ke rekening penerima" },
  },
  accountOther: {
    bits: -5,
    why: "the account of an SP2D is checked before it is paid",
    words: { en: "paid to another account", id: "ke rekening lain" },
  },
  name: {
    bits: 6,
    why: "banks cut names off, and many share words",
    words: { en: "the payee's name", id: "nama penerima" },
  },
  days: {
    bits: 2,
    why: "paid within ten days of the SP2D",
    words: { en: "within ten days of the SP2D", id: "dalam sepuluh hari sejak SP2D" },
  },
  daysOff: {
    bits: -8,
    why: "an SP2D is not paid before its day, and lapses at the end of the year",
    words: { en: "before the SP2D, or long after", id: "sebelum SP2D, atau lama sesudahnya" },
  },
  paidAlready: {
    bits: -8,
    why: "another line has paid it",
    words: { en: "another line has paid it already", id: "sudah dibayar oleh baris lain" },
  },
} as const satisfies Record<string, { bits: number; why: string; words: Words }>;

/** One of some thousand payments that a treasury made in these weeks. */
const PRIOR = -12;
const CERTAIN = { bits: 5, margin: 5 };
const SOON = 10;
const LATE = 40;
const SERIAL = 5;

/** A payment that a line may be; `paid`: how much of its net other lines have paid, in minor units. */
export type PaidSoFar = { readonly document: PaymentDocument; readonly paid: string };

/** Runs of digits by which payments and lines are looked up: serials of SP2D, NTPN and billing ids aside. */
export function serialsOf(text: string): string[] {
  return [...new Set((text.match(/\d{5,}/g) ?? []).map((run) => run.replace(/^0+(?=\d{3})/, "")))];
}

/** Which payments a line is, of those that it may be. */
export function matchBankLine(line: BankLine, candidates: readonly PaidSoFar[]): BankMatch {
  const back = line.reversal || line.direction === "credit";
  const said = condenseWithBorders(`${line.text} ${line.reference ?? ""}`);
  const serials = new Set(serialsOf(`${line.text} ${line.reference ?? ""}`));
  const together = back ? undefined : severalOf(line, candidates, said, serials);
  if (together !== undefined) return together;
  const judged = candidates
    .map((each) => judge(line, each, { said, serials, back }))
    .sort((a, b) => b.bits - a.bits || (a.document < b.document ? -1 : 1));
  const [best, next] = judged;
  if (best === undefined || best.bits < 0 || best.part === undefined) return nothing;
  const { document, part, bits, evidence } = best;
  // a bank that pays twice says the same twice: the second line is a person's to look at, however well it fits
  const isTwice = evidence.some(({ code }) => code === "paidAlready");
  const isClear = !isTwice && bits >= CERTAIN.bits && (next === undefined || bits - next.bits >= CERTAIN.margin);
  return {
    band: isClear ? "certain" : "doubtful",
    shares: [{ document, amount: line.amount, part }],
    bits,
    evidence,
  };
}

const nothing: BankMatch = { band: "none", shares: [], bits: 0, evidence: [] };

type Asked = { said: ReturnType<typeof condenseWithBorders>; serials: ReadonlySet<string>; back: boolean };

function judge(line: BankLine, { document, paid }: PaidSoFar, { said, serials, back }: Asked) {
  const evidence: BankEvidence[] = [];
  const add = (code: BankEvidence["code"], share = 1) => evidence.push({ code, bits: BANK_WEIGHTS[code].bits * share });
  const named = nameIn(document, said, serials);
  if (named !== undefined) add(named);
  const amount = BigInt(line.amount);
  const net = BigInt(document.net);
  const deduction = document.deductions.find((each) => BigInt(each.amount) === amount);
  const receipt = document.deductions.find(({ ntpn, billing }) => isIn(said.text, ntpn) || isIn(said.text, billing));
  let part: BankPart | undefined = back ? "takenBack" : "paid";
  if (amount === net) add("amountNet");
  else if (amount === BigInt(document.gross)) add("amountGross");
  else if (deduction !== undefined && !back) {
    add("amountDeduction");
    part = "deduction";
  } else if (back && amount < net) part = "takenBack";
  else {
    add("amountOther");
    part = undefined;
  }
  if (receipt !== undefined) add("ntpn");
  const isPayees = part !== "deduction";
  const account = line.counterparty?.account;
  if (isPayees && account !== undefined && document.payee.account !== undefined)
    add(account === document.payee.account ? "accountSame" : "accountOther");
  const likeness = isPayees ? nameLikeness(line, document) : 0;
  if (likeness > 0.6) add("name", likeness);
  const days = (dayNumber(line.on) ?? 0) - (dayNumber(document.on) ?? 0);
  if (days >= 0 && days <= SOON) add("days");
  else if (days < -1 || days > (back ? 400 : LATE)) add("daysOff");
  if (part === "paid" && BigInt(paid) + amount > BigInt(document.gross)) add("paidAlready");
  // what nobody paid cannot come back
  if (part === "takenBack" && BigInt(paid) < amount) add("daysOff");
  const bits = evidence.reduce((sum, each) => sum + each.bits, PRIOR);
  return { document: document.key, part, bits, evidence };
}

/** Whether a bank's text names a document: in full, or by its serial. */
function nameIn(
  { number }: PaymentDocument,
  said: Asked["said"],
  serials: ReadonlySet<string>,
): "numberExact" | "numberSerial" | undefined {
  const whole = condense(number);
  const found = whole.length >= SERIAL ? findNear(whole, said.text, 0) : undefined;
  if (found !== undefined && standsAlone(said, found.to - whole.length, found.to)) return "numberExact";
  return serialsOf(number).some((serial) => serials.has(serial)) ? "numberSerial" : undefined;
}

function isIn(said: string, code: string | undefined): boolean {
  const plain = condense(code ?? "");
  return plain.length >= 10 && said.includes(plain);
}

/** How alike the payee's name is to the line's, which is cut off as it may be. */
function nameLikeness({ counterparty, text }: BankLine, { payee }: PaymentDocument): number {
  const own = nameFingerprint(payee.name);
  if (own === "") return 0;
  const told = counterparty?.name;
  if (told !== undefined && told !== "") {
    const other = nameFingerprint(told);
    return Math.max(alike(own, other), alike(own.slice(0, other.length), other));
  }
  const words = own.split(" ").filter((word) => word.length > 2);
  const upper = text.toUpperCase();
  return words.length === 0 ? 0 : words.filter((word) => upper.includes(word)).length / words.length;
}

/** Several payments that a line names, each whole, if they add up to it. */
function severalOf(
  line: BankLine,
  candidates: readonly PaidSoFar[],
  said: Asked["said"],
  serials: ReadonlySet<string>,
): BankMatch | undefined {
  const named = candidates.filter(
    ({ document, paid }) => paid === "0" && nameIn(document, said, serials) !== undefined,
  );
  if (named.length < 2 || named.length > 40) return undefined;
  const sum = named.reduce((all, { document }) => all + BigInt(document.net), 0n);
  if (sum !== BigInt(line.amount)) return undefined;
  return {
    band: "certain",
    shares: named.map(({ document }) => ({ document: document.key, amount: document.net, part: "paid" })),
    bits: PRIOR + BANK_WEIGHTS.numberSerial.bits + BANK_WEIGHTS.amountTogether.bits,
    evidence: [
      { code: "numberSerial", bits: BANK_WEIGHTS.numberSerial.bits },
      { code: "amountTogether", bits: BANK_WEIGHTS.amountTogether.bits },
    ],
  };
}
