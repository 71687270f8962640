import type { Deduction } from "./payment-document.ts";

const KINDS: readonly (readonly [Deduction["kind"], RegExp])[] = [
  // PPnBM is a tax of its own
  ["PPN", /\bppn\b(?!\s*bm)|pajak pertambahan nilai/i],
  ["PPh4(2)", /\bp(?:ph|s|asal)\b.{0,12}\b4\b.{0,10}\b2\b|\bpph\b.{0,8}\bfinal\b/i],
  ["PPh21", /\bp(?:ph|s|asal)\b.{0,12}\b21\b|pph\s*21\b/i],
  ["PPh22", /\bp(?:ph|s|asal)\b.{0,12}\b22\b|pph\s*22\b/i],
  ["PPh23", /\bp(?:ph|s|asal)\b.{0,12}\b23\b|pph\s*23\b/i],
  ["retention", /\bretensi\b|pemeliharaan/i],
  ["fine", /\bdenda\b|keterlambatan/i],
  ["advance", /\buang muka\b|pengembalian um\b/i],
];

/**
 * The kind of a deduction by the name its source gives it: `PPh Ps. 23`, `Penerimaan PFK - PPN`, `Pajak Pertambahan
 * Nilai`. Amounts for insurance and pensions (IWP, BPJS, Taperum) and all else are `other`.
 */
export function deductionKind(name: string): Deduction["kind"] {
  const text = name.replace(/[._()]+/g, " ");
  return KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? "other";
}
