import type { PaymentDocument } from "../payments/payment-document.ts";

/**
 * Words that say what a payment was for where no contract is needed: pay of officials, transfers, travel, taxes, bills of
 * utilities, and petty cash itself. Perpres 16/2018 Ps. 1 has goods and services alone; what is bought is never among them.
 */
const WORDS: readonly RegExp[] = [
  /\bgaji\b/,
  /\b(?:tunjangan|tpp|tkd|tamsil)\b/,
  /\bhonor(?:arium)?\b/,
  /\binsentif\b/,
  /\b(?:uang\s+lembur|lembur|uang\s+makan)\b/,
  /\bperjalanan\s+dinas\b/,
  /\b(?:hibah|bansos|bantuan\s+sosial|bantuan\s+keuangan|bagi\s+hasil|dana\s+desa|alokasi\s+dana\s+desa|subsidi)\b/,
  /\b(?:iuran\s+)?(?:bpjs|taspen|jkk|jkm)\b/,
  /\b(?:rekening|tagihan|belanja)\s+(?:listrik|air|telepon|internet)\b/,
  /\b(?:pengisian|penggantian|penyediaan|tambahan)\s+(?:kembali\s+)?uang\s+persediaan\b/,
  /\b(?:pokok\s+)?(?:pinjaman|utang\s+pokok)\b/,
  /\b(?:pajak\s+kendaraan|stnk)\b/,
];

/** Accounts of personnel (both charts), interest, subsidies, grants, social aid, transfers and financing. */
const ACCOUNTS = /^(?:5\.1\.(?:0?1|0?3|0?4|0?5|0?6|0?7|0?8)(?:\.|$)|5\.[34]\.|6\.)/;

/** The words by which a payment needs no contract; undefined where none says so. */
export function notProcurementIn({ purpose, lines }: Pick<PaymentDocument, "purpose" | "lines">): string | undefined {
  const text = purpose.toLowerCase();
  for (const word of WORDS) {
    const found = word.exec(text);
    if (found !== null) return found[0];
  }
  const all = lines.length > 0 && lines.every(({ account, chart }) => chart !== "segments12" && ACCOUNTS.test(account));
  return all ? lines[0]!.account : undefined;
}
