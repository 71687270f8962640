import type { Words } from "../problems.ts";

// How much each finding counts for or against "this payment is of that contract", in bits: how many times, as a power of
// two, the finding is likelier where they belong together than where they do not (Fellegi and Sunter 1969). What is rare
// counts more: a finding that holds for `n` of all contracts counts log2(all / n) bits, up to the bits below.

type Weight = {
  /** at most so many bits, of what counts by rarity; else exactly so many */
  readonly bits: number;
  /** findings of one group speak of one thing, and do not count twice; "against" stops an automatic match */
  readonly group: "number" | "supplier" | "amount" | "delivery" | "place" | "time" | "subject" | "route";
  readonly rarity?: true;
  readonly stops?: true;
  /** the reason for the weight, for whoever changes it */
  readonly why: string;
  readonly words: Words;
};

const weight = (
  group: Weight["group"],
  bits: number,
  why: string,
  en: string,
  id: string,
  more: { rarity?: true; stops?: true } = {},
): Weight => ({ group, bits, why, words: { en, id }, ...more });
const rarity = { rarity: true } as const;
const stops = { stops: true } as const;

/** The one table of weights; `{}` in the words stands for what was found. */
export const WEIGHTS = {
  numberExact: weight(
    "number",
    15,
    "a whole number is hardly ever written by chance; capped, for clerks copy the line above",
    "the contract's number stands in the document: {}",
    "nomor kontrak tertulis dalam dokumen: {}",
    rarity,
  ),
  numberNear: weight(
    "number",
    12,
    "as exact, less 5 bits a digit and 2.5 bits a letter that differ: numbers of one book differ by a digit",
    "a number like the contract's stands in the document, with a slip: {}",
    "nomor yang mirip nomor kontrak tertulis dalam dokumen, dengan salah ketik: {}",
    rarity,
  ),
  numberOther: weight(
    "number",
    -9,
    "who names another contract in full means that one, unless he slipped onto its number",
    "the document names another contract: {}",
    "dokumen menyebut kontrak lain: {}",
    stops,
  ),
  numberUnlike: weight(
    "number",
    -5,
    "what stands in the field for the number, or after the words for it, is none of this contract's",
    "the document gives a contract's number that is not this one's: {}",
    "dokumen mencantumkan nomor kontrak yang bukan nomor kontrak ini: {}",
  ),
  packageId: weight(
    "number",
    14,
    "ids of packages and plans are long and given once",
    "the id of the package or plan (RUP) stands in the document: {}",
    "kode paket atau RUP tertulis dalam dokumen: {}",
    rarity,
  ),
  deliveryExact: weight(
    "delivery",
    13,
    "numbers of certificates are as rare as contracts', but books restart by year",
    "the number of a certificate or hand-over (BAP, BAST) of the contract stands in the document: {}",
    "nomor BAP atau BAST kontrak ini tertulis dalam dokumen: {}",
    rarity,
  ),
  deliveryNear: weight(
    "delivery",
    9,
    "as exact, less 5 bits a digit and 2.5 bits a letter that differ",
    "a number like that of a certificate or hand-over stands in the document: {}",
    "nomor yang mirip nomor BAP atau BAST tertulis dalam dokumen: {}",
    rarity,
  ),
  npwpSame: weight(
    "supplier",
    11,
    "nine digits with a check digit; counts by how many contracts the supplier has",
    "paid to the supplier's tax number (NPWP core)",
    "dibayar kepada NPWP penyedia (9 digit inti)",
    rarity,
  ),
  npwpNear: weight(
    "supplier",
    6,
    "two digits of nine wrong or swapped: 1 of 20 typed numbers",
    "the tax number differs from the supplier's in at most two digits",
    "NPWP berbeda paling banyak dua digit dari NPWP penyedia",
  ),
  npwpOther: weight(
    "supplier",
    -4,
    "typed numbers are wrong in 2 of 100 rows (1 of 60 names has several); so not more than 4 bits",
    "the tax number is not the supplier's",
    "NPWP bukan milik penyedia",
  ),
  nameSame: weight(
    "supplier",
    10,
    "names are less sure than numbers: 49 normalised names of 1,543 have more than one NPWP",
    "paid to the supplier's name: {}",
    "dibayar atas nama penyedia: {}",
    rarity,
  ),
  nameAlike: weight(
    "supplier",
    7,
    "swapped or missing letters; many firms share words such as JAYA and KARYA",
    "paid to a name like the supplier's: {}",
    "dibayar atas nama yang mirip nama penyedia: {}",
    rarity,
  ),
  nameOther: weight(
    "supplier",
    -6,
    "a bank's or treasurer's name stands there sometimes, another firm's hardly ever",
    "paid to another name: {}",
    "dibayar atas nama lain: {}",
  ),
  accountSame: weight(
    "supplier",
    11,
    "a firm's account is its own; lead firms of a KSO receive for others",
    "paid to an account to which the supplier was paid before",
    "dibayar ke rekening yang pernah menerima pembayaran penyedia",
    rarity,
  ),
  amountCertificate: weight(
    "amount",
    12,
    "to the sen, of a certificate that is not paid yet; counts by how many contracts have that amount",
    "exactly what a certificate lets be paid: {}",
    "tepat sebesar yang disetujui berita acara pembayaran: {}",
    rarity,
  ),
  amountValue: weight(
    "amount",
    11,
    "to the sen; ceilings make equal values in one office",
    "exactly the contract's value: {}",
    "tepat sebesar nilai kontrak: {}",
    rarity,
  ),
  amountRemainder: weight(
    "amount",
    11,
    "to the sen",
    "exactly what is left of the contract: {}",
    "tepat sebesar sisa kontrak: {}",
    rarity,
  ),
  amountInstalment: weight(
    "amount",
    9,
    "to the sen, of an instalment that the contract plans",
    "exactly a planned instalment: {}",
    "tepat sebesar termin yang direncanakan: {}",
    rarity,
  ),
  amountShare: weight(
    "amount",
    5,
    "25 usual shares are tried, so one fits by chance in some 1 of 30 round amounts",
    "a usual share of the value (advance, instalment, month, retention): {}",
    "bagian lazim dari nilai kontrak (uang muka, termin, bulanan, retensi): {}",
  ),
  amountAgain: weight(
    "amount",
    6,
    "services are paid the same month by month; another payment may be of that amount by chance",
    "the same as an earlier payment of the contract: {}",
    "sama dengan pembayaran kontrak sebelumnya: {}",
  ),
  amountRounded: weight(
    "amount",
    8,
    "at most two rupiah off: bank and office round differently",
    "a rupiah or two off what is expected: {}",
    "selisih satu-dua rupiah dari yang diharapkan: {}",
  ),
  amountWithoutTax: weight(
    "amount",
    7,
    "the value without PPN at a rate that was ever in force",
    "what is expected, without PPN: {}",
    "sebesar yang diharapkan tanpa PPN: {}",
  ),
  amountNet: weight(
    "amount",
    6,
    "net of PPN and PPh; a dozen combinations are tried",
    "what is expected, less PPN and PPh: the net amount stands as gross: {}",
    "sebesar yang diharapkan setelah PPN dan PPh: nilai bersih tertulis sebagai bruto: {}",
  ),
  amountParts: weight(
    "amount",
    7,
    "with other payments of the contract it adds up to the sen",
    "with other payments it adds up to what is expected: {}",
    "bersama pembayaran lain berjumlah sesuai yang diharapkan: {}",
  ),
  amountSum: weight(
    "amount",
    10,
    "one document over several contracts, to the sen",
    "the shares of the contracts add up to the document: {}",
    "bagian tiap kontrak berjumlah tepat sebesar dokumen: {}",
  ),
  amountUnexplained: weight(
    "amount",
    -1,
    "partial payments of any size are usual",
    "the amount is part of what is left, but no amount that was expected",
    "jumlahnya sebagian dari sisa kontrak, tetapi bukan jumlah yang diharapkan",
  ),
  amountAboveRemainder: weight(
    "amount",
    -4,
    "paid twice, or another contract",
    "the amount is more than is left of the contract",
    "jumlahnya melebihi sisa kontrak",
  ),
  amountAboveValue: weight(
    "amount",
    -8,
    "no contract is paid more at once than it is worth, but by mistake",
    "the amount is more than the contract's value",
    "jumlahnya melebihi nilai kontrak",
    stops,
  ),
  agencySame: weight(
    "place",
    4,
    "some 50 offices have a treasury in common",
    "the office whose budget paid is the contract's",
    "dibayar dari anggaran perangkat daerah pemilik kontrak",
    rarity,
  ),
  agencyOther: weight(
    "place",
    -5,
    "offices pay for others after reorganisations, and codes are wrong in 1 of 50 rows",
    "another office's budget paid",
    "dibayar dari anggaran perangkat daerah lain",
  ),
  accountOfBudget: weight(
    "place",
    2,
    "half of all contracts are in five accounts",
    "the budget account is the contract's: {}",
    "kode rekening sesuai kontrak: {}",
  ),
  inTime: weight(
    "time",
    1,
    "most payments fall between signing and four months after the end",
    "paid in the contract's time",
    "dibayar dalam masa kontrak",
  ),
  afterCertificate: weight(
    "time",
    2,
    "the payment follows its certificate within some weeks",
    "paid within 60 days of the certificate: {}",
    "dibayar dalam 60 hari sejak berita acara: {}",
  ),
  beforeSigning: weight(
    "time",
    -6,
    "no contract is paid before it is signed; dates of two books differ by days",
    "paid before the contract was signed",
    "dibayar sebelum kontrak ditandatangani",
  ),
  longAfter: weight(
    "time",
    -3,
    "retention is released within some 200 days; debts of the year before are paid in the next",
    "paid more than 400 days after the contract's end",
    "dibayar lebih dari 400 hari setelah kontrak berakhir",
  ),
  titleAlike: weight(
    "subject",
    7,
    "the rare words of the title stand in the purpose; titles of one series differ in a place name",
    "the purpose says the contract's subject: {}",
    "uraian memuat pekerjaan kontrak: {}",
  ),
  pettyCash: weight(
    "route",
    -3,
    "1 of 8 petty-cash documents names a contract",
    "paid through petty cash (UP, GU, TU)",
    "dibayar melalui uang persediaan (UP, GU, TU)",
  ),
  notProcurement: weight(
    "route",
    -9,
    "salaries, allowances, grants and travel have no contract",
    "the purpose says what needs no contract: {}",
    "uraian menyebut belanja tanpa kontrak: {}",
  ),
} as const satisfies Record<string, Weight>;
export type EvidenceCode = keyof typeof WEIGHTS;

/** One finding, what it found as text, and how many bits it counts here. */
export type Evidence = { readonly code: EvidenceCode; readonly bits: number; readonly found?: string };

/** A finding in words. */
export function evidenceWords({ code, found = "" }: Evidence): Words {
  const { words } = WEIGHTS[code];
  const said = (text: string) => (found === "" ? text.replace(/: \{\}$/, "") : text.replace("{}", found));
  return { en: said(words.en), id: said(words.id) };
}
