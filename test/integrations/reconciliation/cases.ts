import type { Hex } from "../../../server/domain/entries/words.ts";
import type { BankMove, CameBack, Case, LedgerLine, PaidLine } from "../../../server/domain/reconciliation/case.ts";

/** Made-up payments, a field at a time. */
export const AGENCY: Hex = `0x${"a1".repeat(32)}`;
export const OTHER: Hex = `0x${"b2".repeat(32)}`;
export const TREASURY: Hex = `0x${"c3".repeat(32)}`;

const leafOf = (number: number): Hex => `0x${number.toString(16).padStart(64, "0")}`;

export function entry(number: number, fields: Partial<LedgerLine> = {}): LedgerLine {
  return {
    leaf: leafOf(number),
    kind: "payment",
    ocid: `ocds-x-${number}`,
    contractId: "K1",
    agency: AGENCY,
    amount: "100000",
    total: fields.amount ?? "100000",
    on: "2026-03-10",
    ...fields,
  };
}

export function sp2d(number: number, fields: Partial<PaidLine> = {}): PaidLine {
  const gross = fields.gross ?? "100000";
  return {
    key: `${number}/SP2D/2026`,
    number: `${number}/SP2D/2026`,
    agency: AGENCY,
    on: "2026-03-10",
    route: "LS",
    gross,
    net: gross,
    deductions: [],
    lines: [{ account: "5.1.02.02", chart: "permendagri90", subActivity: "1.03.10.2.01", fund: "DAU", amount: gross }],
    link: "contract",
    same: `payee and purpose ${number}`,
    connector: "simda",
    ...fields,
  };
}

export function move(number: number, fields: Partial<BankMove> = {}): BankMove {
  return {
    key: `bank-${number}`,
    agency: TREASURY,
    accountName: "RKUD",
    on: "2026-03-11",
    amount: "100000",
    part: "paid",
    reference: `${number}/SP2D/2026`,
    connector: "bank-daerah",
    ...fields,
  };
}

export function back(number: number, fields: Partial<CameBack> = {}): CameBack {
  return {
    key: `R${number}`,
    number: `R${number}`,
    agency: AGENCY,
    on: "2026-03-20",
    amount: "100000",
    connector: "simda",
    ...fields,
  };
}

export function aCase(number: number, sides: Partial<Case> = {}): Case {
  return {
    id: `case-${number}`,
    issuer: TREASURY,
    currency: "IDR",
    ledger: [],
    paid: [],
    back: [],
    bank: [],
    ...sides,
  };
}
