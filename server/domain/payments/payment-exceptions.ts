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
export type PaymentException = keyof typeof PAYMENT_EXCEPTIONS;

/**
 * What is unusual about paying an amount of a contract on a day, as the register stands.
 * @param before what is paid of it without this payment, in minor units
 */
export function exceptionsOf(
  card: ContractCard,
  { amount, on, before }: { amount: bigint; on: string; before: bigint },
): PaymentException[] {
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
  if (card.isHeld) found.push("whileHeld");
  if (card.status === "closed" || card.status === "cancelled" || card.status === "recordedInError")
    found.push("afterClosing");
  if (card.status === "pending") found.push("beforeStart");
  return found;
}
