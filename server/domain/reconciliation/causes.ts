import type { Words } from "../problems.ts";

/**
 * What is held against what, so that nothing is left over: `ledger` − gross; gross − deductions − net (the document
 * itself); net + what the bank passed on to the state − bank; taxes withheld − taxes with a receipt of the state.
 */
export const COMPARISONS = {
  ledger: {
    en: "ledger against SP2D, gross",
    id: "register terhadap SP2D, bruto",
  },
  document: {
    en: "SP2D in itself: gross, deductions, net",
    id: "SP2D sendiri: bruto, potongan, neto",
  },
  bank: {
    en: "SP2D against bank, net",
    id: "SP2D terhadap bank, neto",
  },
  state: {
    en: "taxes withheld against receipts of the state (NTPN)",
    id: "pajak dipungut terhadap bukti penerimaan negara (NTPN)",
  },
} as const satisfies Record<string, Words>;
export type Comparison = keyof typeof COMPARISONS;

/** `act`: who does what about it. `settles`: it cancels itself against another month or agency. */
export type CauseWords = { readonly words: Words; readonly act: Words; readonly settles?: true };

const cause = (en: string, id: string, actEn: string, actId: string): CauseWords => ({
  words: { en, id },
  act: { en: actEn, id: actId },
});
const settling = (...texts: Parameters<typeof cause>): CauseWords => ({ ...cause(...texts), settles: true });

const nothing = ["Nothing: it is not for the register.", "Tidak perlu: bukan untuk register."] as const;

/** Why two sides differ: a closed list. Each difference has exactly one. */
export const CAUSES = {
  notInLedger: cause(
    "paid, not yet in the ledger",
    "sudah dibayar, belum tercatat di register",
    "The treasurer signs the payment that is proposed.",
    "Bendahara menandatangani usulan pembayaran.",
  ),
  notInSource: cause(
    "in the ledger, but not in the source, which was delivered for that day",
    "tercatat di register, tidak ada di sumber yang sudah diterima untuk hari itu",
    "The treasurer shows the SP2D, or corrects the entry.",
    "Bendahara menunjukkan SP2D, atau meralat entri.",
  ),
  awaitingSource: cause(
    "entered by hand, no source has spoken of that day",
    "dicatat manual, belum ada sumber untuk hari itu",
    "Wait for the source; the entry is compared when it arrives.",
    "Tunggu sumbernya; entri dibandingkan saat sumber diterima.",
  ),
  amountDiffers: cause(
    "the ledger has another amount than the SP2D",
    "jumlah di register berbeda dari SP2D",
    "The treasurer corrects the payment, with an approver.",
    "Bendahara meralat pembayaran, dengan persetujuan.",
  ),
  netRecorded: cause(
    "the net was recorded instead of the gross",
    "yang dicatat neto, bukan bruto",
    "The treasurer corrects the payment to the gross.",
    "Bendahara meralat pembayaran menjadi bruto.",
  ),
  sharesDoNotAddUp: cause(
    "the shares in its contracts do not add up to the SP2D",
    "bagian per kontrak tidak berjumlah sama dengan SP2D",
    "The treasurer records the missing share, or corrects one.",
    "Bendahara mencatat bagian yang kurang, atau meralatnya.",
  ),
  doubled: cause(
    "the same payment once more",
    "pembayaran yang sama tercatat ganda",
    "Keep one; the treasurer corrects or returns the other.",
    "Pertahankan satu; bendahara meralat atau mengembalikan yang lain.",
  ),
  unmatched: cause(
    "paid directly (LS), contract not found",
    "dibayar langsung (LS), kontrak belum ditemukan",
    "Choose the contract in the queue of exceptions, or say that there is none.",
    "Pilih kontraknya dalam antrean pengecualian, atau nyatakan tidak ada.",
  ),
  pettyCash: cause(
    "petty cash (UP, GU, TU): no single contract owns it",
    "UP/GU/TU: bukan milik satu kontrak",
    ...nothing,
  ),
  noContract: cause(
    "pays no contract: salaries, utilities and the like by its words, or so decided",
    "tidak membayar kontrak: gaji, listrik, dan sejenisnya menurut uraiannya, atau sudah diputuskan",
    ...nothing,
  ),
  otherMonth: settling(
    "counts in another month on the other side (cut-off)",
    "di sisi lain masuk bulan lain (pisah batas)",
    "Nothing: both months together agree.",
    "Tidak perlu: kedua bulan bersama-sama cocok.",
  ),
  otherAgency: settling(
    "counts for another agency on the other side",
    "di sisi lain tercatat pada instansi lain",
    "The treasurers of both settle whose budget paid.",
    "Bendahara kedua instansi menetapkan anggaran siapa yang membayar.",
  ),
  returned: cause(
    "came back, the other side does not have it yet",
    "sudah kembali (retur), sisi lain belum mencatatnya",
    "The treasurer records the return.",
    "Bendahara mencatat pengembaliannya.",
  ),
  returnNotInSource: cause(
    "a return that no source tells",
    "pengembalian yang tidak ada di sumber",
    "The treasurer shows its document (STS, retur), or corrects the return.",
    "Bendahara menunjukkan dokumennya (STS, retur), atau meralat pengembalian.",
  ),
  returnNotAtBank: cause(
    "a return that has not reached the bank account",
    "pengembalian yang belum masuk rekening kas",
    "The treasury asks the bank.",
    "Kasda menanyakan kepada bank.",
  ),
  returnDiffers: cause(
    "both sides have the return, with different amounts",
    "pengembalian ada di kedua sisi, jumlahnya berbeda",
    "The treasurer compares both documents and corrects.",
    "Bendahara membandingkan kedua dokumen dan meralat.",
  ),
  documentDoesNotAddUp: cause(
    "gross less deductions is not the net, in the SP2D itself",
    "bruto dikurangi potongan bukan neto, pada SP2D sendiri",
    "The treasury corrects the SP2D in its system.",
    "Kasda memperbaiki SP2D di sistemnya.",
  ),
  notCleared: cause(
    "not cleared at the bank, whose statements were delivered for that day",
    "belum cair di bank, padahal rekening koran hari itu sudah diterima",
    "The treasury asks the bank, or voids the SP2D.",
    "Kasda menanyakan kepada bank, atau membatalkan SP2D.",
  ),
  awaitingStatement: cause(
    "no bank statement of that day was delivered",
    "rekening koran hari itu belum diterima",
    "Wait for the statement; the SP2D is compared when it arrives.",
    "Tunggu rekening koran; SP2D dibandingkan saat diterima.",
  ),
  paidTwice: cause(
    "the bank paid the same once more",
    "bank membayar dua kali",
    "The treasury gets the second transfer back, from the bank or the payee.",
    "Kasda menarik kembali transfer kedua dari bank atau penerima.",
  ),
  withoutSp2d: cause(
    "left the bank account without a known SP2D",
    "keluar dari rekening kas tanpa SP2D yang diketahui",
    "The treasury says what it was; perhaps a charge, a tax or a transfer.",
    "Kasda menjelaskan transaksinya; mungkin biaya, pajak, atau pemindahan.",
  ),
  grossAtBank: cause(
    "the bank paid the gross: deductions were not kept back",
    "bank membayar bruto: potongan tidak dipungut",
    "The treasury claims the deductions, or shows how the state got them.",
    "Kasda menagih potongan, atau menunjukkan penyetorannya.",
  ),
  amountDiffersAtBank: cause(
    "the bank has another amount than the SP2D",
    "jumlah di bank berbeda dari SP2D",
    "The treasury compares the SP2D with the bank's advice.",
    "Kasda membandingkan SP2D dengan nota bank.",
  ),
  deductionWithoutNtpn: cause(
    "tax withheld without a receipt of the state (NTPN)",
    "pajak dipungut tanpa bukti penerimaan negara (NTPN)",
    "The treasurer remits it, or enters the NTPN in the source.",
    "Bendahara menyetorkannya, atau mengisi NTPN di sistem sumber.",
  ),
} as const satisfies Record<string, CauseWords>;
export type Cause = keyof typeof CAUSES;
