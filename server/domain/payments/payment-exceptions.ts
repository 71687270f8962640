import type { RoleName } from "../entries/kinds.ts";
import type { Words } from "../problems.ts";
import type { ContractCard } from "./contract-card.ts";

/**
 * What is unusual about a cleared payment. It is a fact, and recorded all the same; each of these stands on the record, in
 * the queue and in the reconciliation until somebody acts.
 */
export const PAYMENT_EXCEPTIONS = {
  aboveValue: {
    words: {
      en: "More is paid than the contract is worth.",
      id: "Pembayaran melebihi nilai kontrak.",
    },
    remedy: {
      en: "The treasurer gets the excess back and records the return, or the officer records the amendment that raises the value.",
      id: "Bendahara menagih kelebihannya dan mencatat pengembaliannya, atau PPK mencatat adendum yang menaikkan nilai.",
    },
    who: ["treasurer", "officer"],
  },
  withoutCertificate: {
    words: {
      en: "Paid without a payment certificate (BAP) that covers it.",
      id: "Dibayar tanpa berita acara pembayaran (BAP) yang mencakupnya.",
    },
    remedy: {
      en: "The officer records the certificate that the payment was made on; if there is none, the inspectorate must know.",
      id: "PPK mencatat BAP yang menjadi dasar pembayaran; bila tidak ada, inspektorat harus diberi tahu.",
    },
    who: ["officer"],
  },
  beforeCertificate: {
    words: {
      en: "Paid before the payment certificate (BAP) was signed.",
      id: "Dibayar sebelum berita acara pembayaran (BAP) ditandatangani.",
    },
    remedy: {
      en: "The officer says why in a note, or corrects the certificate's date.",
      id: "PPK menjelaskan sebabnya dalam catatan, atau meralat tanggal BAP.",
    },
    who: ["officer"],
  },
  whileHeld: {
    words: {
      en: "Paid while payments of the contract are on hold.",
      id: "Dibayar selama pembayaran kontrak ditangguhkan.",
    },
    remedy: {
      en: "Who holds payments lifts the hold, or the treasurer gets the money back.",
      id: "Pihak yang menangguhkan mencabut penangguhan, atau bendahara menagih kembali uangnya.",
    },
    who: ["treasurer", "head"],
  },
  afterClosing: {
    words: {
      en: "Paid after the contract was closed.",
      id: "Dibayar setelah kontrak ditutup.",
    },
    remedy: {
      en: "The officer reopens the contract for what was still owed, or the treasurer gets the money back.",
      id: "PPK membuka kembali kontrak untuk sisa kewajiban, atau bendahara menagih kembali uangnya.",
    },
    who: ["officer", "treasurer"],
  },
  beforeContract: {
    words: {
      en: "Paid before the contract was signed.",
      id: "Dibayar sebelum kontrak ditandatangani.",
    },
    remedy: {
      en: "The treasurer corrects day or year of the SP2D where they are wrong, or the officer the contract's date; else the inspectorate must know.",
      id: "Bendahara membetulkan tanggal atau tahun SP2D bila salah, atau PPK meralat tanggal kontrak; selain itu inspektorat harus diberi tahu.",
    },
    who: ["treasurer", "officer"],
  },
  beforeStart: {
    words: {
      en: "Paid before work on the contract began (no SPMK is recorded).",
      id: "Dibayar sebelum pekerjaan dimulai (SPMK belum tercatat).",
    },
    remedy: {
      en: "The officer records the order to begin (SPMK) that is missing.",
      id: "PPK mencatat SPMK yang belum tercatat.",
    },
    who: ["officer"],
  },
} as const satisfies Record<string, { words: Words; remedy: Words; who: readonly RoleName[] }>;
type Paying = { amount: bigint; on: string; before: bigint; sequence?: number | undefined };
export type PaymentException = keyof typeof PAYMENT_EXCEPTIONS;

/**
 * What is unusual about paying an amount of a contract on a day, as the register stands. What came after a payment makes
 * it not unusual: a hold of a later day, the closing that follows the last payment.
 * @param before what is paid of it without this payment, in minor units
 * @param sequence of the payment in its process, where it is recorded: tells what came first on one day
 */
export function exceptionsOf(
  card: ContractCard,
  { amount, on, before, sequence = Number.POSITIVE_INFINITY }: Paying,
): PaymentException[] {
  // of what came back whole there is nothing left to act on
  if (amount <= 0n) return [];
  const found: PaymentException[] = [];
  const after = before + amount;
  const covered = (until?: string) =>
    card.certificates.reduce(
      (sum, { amount: payable, gross, on: day }) =>
        until === undefined || (day ?? "") <= until
          ? sum + (BigInt(gross) > BigInt(payable) ? BigInt(gross) : BigInt(payable))
          : sum,
      0n,
    );
  if (after > BigInt(card.value)) found.push("aboveValue");
  // a contract that began here in mid-life was certified before, by what its balance says
  const certified = BigInt(card.certified) + BigInt(card.advance) + BigInt(card.released);
  const most = covered() > certified ? covered() : certified;
  if (after > most) found.push("withoutCertificate");
  else if (card.certificates.length > 0 && after > covered(on) + (most - covered())) found.push("beforeCertificate");
  const isAfter = (begun: { on?: string; sequence: number }) =>
    (begun.on ?? "") < on || (begun.on === on && begun.sequence < sequence);
  if (card.holds?.some((hold) => isAfter(hold) && on <= (hold.until ?? on))) found.push("whileHeld");
  if (card.closed !== undefined && isAfter(card.closed)) found.push("afterClosing");
  if (card.status === "cancelled" || card.status === "recordedInError") found.push("afterClosing");
  if (card.on !== undefined && on < card.on) found.push("beforeContract");
  if (card.status === "pending") found.push("beforeStart");
  return found;
}
