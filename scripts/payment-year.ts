import { keccak256 } from "#hash";
import { idOf } from "../server/domain/entries/entry.ts";
import { type Hex, toHex, utf8 } from "../server/domain/entries/words.ts";
import type { ContractCard } from "../server/domain/payments/contract-card.ts";
import type { BankLine, PaymentDocument } from "../server/domain/payments/payment-document.ts";

// A year of payments as a treasury would see it, invented from a seed: contracts (made up here, or given), the SP2D and
// receipts that pay them, and what the bank says of it. Each payment has one stated fault, or none, on top of the everyday
// carelessness that all have; what is true of each is told apart from the documents.

/** What is wrong with a payment, and how often: of a hundred that pay contracts, or of a hundred in all for the last ones. */
export const CLASSES = {
  clean: 34,
  /** the number in full, but written otherwise: blanks, dashes, Roman or Arabic month, O for 0, l for 1 */
  rewritten: 10,
  /** one or two letters or digits of the number wrong, swapped, lost or doubled */
  typo: 12,
  /** the number of another contract of the same book */
  wrongNumber: 2,
  /** no number anywhere */
  missing: 9,
  /** one certificate paid by two or three documents */
  split: 5,
  /** one document for two to four contracts of a supplier */
  merged: 5,
  /** what the payee got stands as gross, and the taxes nowhere */
  net: 5,
  /** without PPN, which another document paid */
  untaxed: 2,
  wrongNpwp: 5,
  /** the payee's name spelled otherwise, cut off, or another's (bank, owner) */
  wrongName: 4,
  rupiah: 3,
  wrongAgency: 2,
  /** the same payment once more under another number */
  doubled: 2,
} as const;
export const UNLINKED = {
  /** of a contract that the register does not know, from the same books and suppliers */
  foreign: 8,
  salary: 10,
  /** grants, travel, utilities, fees */
  other: 8,
  /** a receipt of petty cash that names a contract: linked after all */
  receipt: 3,
  /** petty cash as it is */
  petty: 7,
} as const;
/** What the bank does with a payment, of a hundred. */
export const BANK_CLASSES = {
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
type FaultClass = keyof typeof CLASSES | keyof typeof UNLINKED;

/**
 * What is true of a document: the shares that it pays of contracts. `twin`: the key of the other of a double, of which only
 * one is a payment, and a person must say which.
 */
export type Truth = {
  class: FaultClass;
  shares: { ocid: string; contractId: string; amount: string }[];
  twin?: string;
};
/** The documents that a bank line pays, or brings back; none of lines that are of no payment. */
export type BankTruth = { class: keyof typeof BANK_CLASSES | "noPayment"; documents: readonly string[] };
export type PaymentYear = {
  cards: ContractCard[];
  documents: PaymentDocument[];
  lines: BankLine[];
  truth: Map<string, Truth>;
  bankTruth: Map<string, BankTruth>;
};

/**
 * A year from a seed: the same seed and contracts give the same year.
 * @param count how many contracts to make up, where none are given
 */
export function paymentYear(seed: number, count: number, given?: readonly ContractCard[]): PaymentYear {
  return new Year(seed).whole(count, given);
}

const AGENCIES = [
  ...[
    "Dinas Kesehatan",
    "Dinas Pendidikan",
    "Dinas Pekerjaan Umum",
    "Dinas Perumahan",
    "Dinas Sosial",
    "Dinas Perhubungan",
  ],
  ...[
    "Dinas Lingkungan Hidup",
    "Dinas Pertanian",
    "Dinas Koperasi",
    "Dinas Pariwisata",
    "Dinas Kominfo",
    "Dinas Perpustakaan",
  ],
  ...[
    "Badan Pendapatan",
    "Badan Perencanaan",
    "BPBD",
    "Satpol PP",
    "Disdukcapil",
    "Sekretariat Daerah",
    "Sekretariat DPRD",
  ],
  ...[
    "Inspektorat",
    "Dispora",
    "Disnaker",
    "Kec. Utara",
    "Kec. Selatan",
    "Kec. Timur",
    "Kec. Barat",
    "RSUD Satu",
    "RSUD Dua",
  ],
];
const SHORT = [
  ...[
    "Dinkes",
    "Disdik",
    "PUTR",
    "Perkim",
    "Dinsos",
    "Dishub",
    "DLH",
    "Distan",
    "Diskop",
    "Disbudpar",
    "Diskominfo",
    "Dispusip",
  ],
  ...["Bapenda", "Bappeda", "BPBD", "SatpolPP", "Disdukcapil", "Setda", "Setwan", "ITDA", "Dispora", "Disnaker"],
  ...["KecU", "KecS", "KecT", "KecB", "RSUD1", "RSUD2"],
];
/** How offices number their contracts: `#` is the running number, `@` the office, `%` the month in Roman, `$` the year. */
const BOOKS = [
  ...[
    "000.3.3/ # /@/$",
    "000.3.2/#/SPK/@/$",
    "027/#/SPK/@/%/$",
    "PA.02.02/# - @",
    "027/#/PPK-@/$",
    "050/#/SPK/PRC-R.#2/@/$",
  ],
  ...[
    "602.1/#/KTR/@/%/$",
    "KU.03.02/#/SPK/@/%/$",
    "000.3.2/SPK.#/@/$",
    "#/SP/PPK/@/$",
    "027/SPK-#.@/SPD/%/$",
    "641/#/SPK/KAJ #2/@/%/$",
  ],
  ...["000.4/#/SPK/@.Kop/$", "900/#/SPK-PL.@", "020/#-Bidang@/$", "#/PPK-SPK/@/$", "0.3.2/PPK/# /%/$"],
];
const WORK = [
  ...[
    "Rehabilitasi Ruang Kelas SDN",
    "Rehabilitasi Jalan",
    "Pemeliharaan Saluran Irigasi",
    "Pengadaan Alat Tulis Kantor",
  ],
  ...["Perencanaan Gedung", "Pengawasan Pembangunan Puskesmas", "Pengadaan Komputer", "Belanja Makan Minum Rapat"],
  ...["Jasa Kebersihan Kantor", "Jasa Konsultansi Kajian", "Pembangunan Drainase", "Pengadaan Obat", "Pengadaan Mebel"],
  ...[
    "Belanja Bahan Cetak",
    "Sewa Kendaraan",
    "Pengadaan Bibit",
    "Pembangunan Jembatan",
    "Pengadaan Seragam",
    "Pembuatan Aplikasi",
  ],
  ...[
    "Pemasangan Lampu Jalan",
    "Pemeliharaan Gedung",
    "Studi Kelayakan",
    "Pengadaan Alat Kesehatan",
    "Rehabilitasi Rumah Tidak Layak Huni",
  ],
];
const PLACES = [
  ...[
    "Cibiru",
    "Sukamaju",
    "Mekarsari",
    "Pasirjambu",
    "Ciwidey",
    "Banjaran",
    "Soreang",
    "Katapang",
    "Margahayu",
    "Dayeuhkolot",
  ],
  ...[
    "Rancaekek",
    "Majalaya",
    "Paseh",
    "Ibun",
    "Kertasari",
    "Pacet",
    "Arjasari",
    "Cimaung",
    "Pangalengan",
    "Kutawaringin",
  ],
  ...[
    "Cangkuang",
    "Bojongsoang",
    "Cileunyi",
    "Cilengkrang",
    "Cimenyan",
    "Nagreg",
    "Cicalengka",
    "Cikancung",
    "Solokan",
    "Ciparay",
  ],
];
const FIRST = [
  ...[
    "Maju",
    "Karya",
    "Sinar",
    "Putra",
    "Cahaya",
    "Mitra",
    "Bina",
    "Citra",
    "Mega",
    "Tirta",
    "Graha",
    "Surya",
    "Bumi",
    "Panca",
  ],
  ...[
    "Multi",
    "Prima",
    "Utama",
    "Anugrah",
    "Berkah",
    "Rizki",
    "Sumber",
    "Mandala",
    "Wira",
    "Adi",
    "Cipta",
    "Sarana",
    "Nusa",
    "Artha",
  ],
];
const SECOND = [
  ...[
    "Jaya",
    "Mandiri",
    "Abadi",
    "Sejahtera",
    "Perkasa",
    "Sentosa",
    "Konsultan",
    "Konstruksi",
    "Persada",
    "Lestari",
    "Makmur",
  ],
  ...[
    "Gemilang",
    "Raya",
    "Bersama",
    "Teknik",
    "Nusantara",
    "Pratama",
    "Indah",
    "Buana",
    "Sukses",
    "Bangun",
    "Wijaya",
    "Kencana",
  ],
];
const THIRD = ["", "", "", "Utama", "Group", "Indonesia", "Baru", "Dua", "Engineering", "Karya", "Jaya"];
const FORMS = ["CV.", "CV", "PT.", "PT", "CV. ", "PT. ", "UD.", ""];
const ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
const MONTHS = [
  ...[
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
  ],
];
const YEAR = 2025;
const ACCOUNTS = [
  ...["5.1.02.01.01.0024", "5.1.02.02.08.0009", "5.1.02.02.01.0041", "5.2.02.10.01.0002", "5.2.03.01.01.0006"],
  ...["5.2.04.01.01.0003", "5.1.02.03.03.0001", "5.1.02.01.01.0052"],
];
const ISSUER = idOf("ID-TREASURY");

type Firm = { id: Hex; name: string; core: string; account: string };
type Book = { agency: number; form: string; next: number };
/** What a payment pays: an event in a contract's life. */
type Event = { card: ContractCard; day: number; amount: bigint; certificate?: string; label: string };

class Year {
  readonly #random: () => number;
  readonly #documents: PaymentDocument[] = [];
  readonly #truth = new Map<string, Truth>();
  #number = 0;

  constructor(seed: number) {
    this.#random = mulberry(seed);
  }

  whole(count: number, given?: readonly ContractCard[]): PaymentYear {
    const firms = this.#firms(Math.max(20, Math.round((given?.length ?? count) / 3)));
    const books = this.#books();
    const known = given ?? Array.from({ length: count }, () => this.#contractOf(firms, books));
    const unknown =
      given === undefined
        ? Array.from({ length: Math.round(count * 0.12) }, () => this.#contractOf(firms, books))
        : this.#strangers(given);
    const payees = new Map(firms.map((firm) => [firm.id, firm]));
    const cards = [...known];
    const events = this.#shuffled(cards.flatMap((card) => this.#events(card)));
    const merged = new Set<Event>();
    const byFirm = Map.groupBy(events, ({ card }) => `${card.supplier?.id} ${card.agency}`);
    for (const event of events) {
      if (merged.has(event)) continue;
      let kind = this.#weighted(CLASSES) as keyof typeof CLASSES;
      const firm = this.#firmOf(event.card, payees);
      const others = byFirm
        .get(`${event.card.supplier?.id} ${event.card.agency}`)!
        .filter((other) => !merged.has(other) && other !== event && other.card !== event.card);
      if (kind === "merged" && others.length === 0) kind = "clean";
      merged.add(event);
      if (kind === "merged") {
        const cardsOf = new Set([event.card]);
        const together = [event];
        for (const other of others.slice(0, 1 + this.#below(3)))
          if (!cardsOf.has(other.card)) {
            cardsOf.add(other.card);
            merged.add(other);
            together.push(other);
          }
        this.#pay(together, firm, kind);
      } else this.#pay([event], firm, kind);
    }
    const linked = this.#documents.length;
    this.#unlinked(linked, unknown, firms, cards, payees);
    const documents = this.#shuffled(this.#documents);
    const { lines, bankTruth } = this.#bank(documents);
    return { cards, documents, lines, truth: this.#truth, bankTruth };
  }

  // ---- contracts

  #firms(count: number): Firm[] {
    return Array.from({ length: count }, (_, at) => {
      const bare = [this.#pick(FIRST), this.#pick(SECOND), this.#pick(THIRD)].filter((word) => word !== "").join(" ");
      const name = `${this.#pick(FORMS)} ${bare}`.trim();
      return {
        id: idOf(`ID-FIRM-${at}`),
        name,
        core: this.#core(),
        account: this.#digest(`account ${at} ${this.#random()}`),
      };
    });
  }

  #core(): string {
    const eight = String(10_000_000 + this.#below(89_999_999));
    for (let check = 0; check < 10; check++) if (isLuhn(`${eight}${check}`)) return `${eight}${check}`;
    throw new Error("one of ten check digits is right");
  }

  #books(): Book[] {
    return AGENCIES.flatMap((_, agency) =>
      Array.from({ length: 1 + this.#below(3) }, () => ({
        agency,
        form: this.#pick(BOOKS),
        next: 1 + this.#below(4000),
      })),
    );
  }

  /** An office knows its firms: most of its contracts go to a few of them. */
  #contractOf(firms: readonly Firm[], books: readonly Book[]): ContractCard {
    const book = this.#pick(books);
    const few = Math.max(9, Math.round(firms.length / AGENCIES.length / 2));
    const own = (book.agency * few * 2 + this.#below(few)) % firms.length;
    return this.#contract(this.#chance(0.6) ? firms[own]! : this.#pick(firms), book);
  }

  #contract(firm: Firm, book: Book): ContractCard {
    const signed = this.#below(300);
    const lasts = 14 + this.#below(120);
    // some numbers of a book go to contracts that nobody recorded
    book.next += 1 + (this.#chance(0.3) ? this.#below(6) : 0);
    const number = this.#numberIn(book, signed);
    const value = this.#value();
    const title = `${this.#pick(WORK)} ${this.#pick(PLACES)}${this.#chance(0.4) ? ` ${1 + this.#below(30)}` : ""}`;
    const id = String(10_000_000_000 + this.#below(999_999_999));
    const ocid = `ocds-213czf-${id}`;
    const certificates: { number: string; on: string; amount: bigint }[] = [];
    const plan = this.#plan(value);
    let day = signed + 7;
    for (const amount of plan) {
      day = Math.min(363, day + 5 + this.#below(Math.max(6, Math.round((lasts * 1.4) / plan.length))));
      const bap = number
        .replace(/SPK|KTR|SP\b/, "BAP")
        .replace(String(book.next), String(book.next + 1 + this.#below(40)));
      certificates.push({ number: `${bap}${bap === number ? "/BAP" : ""}`, on: dateOf(day), amount });
    }
    const told = this.#chance(0.65) ? certificates : [];
    const common = { firstValue: value, accepted: value };
    const card: ContractCard = {
      ocid,
      contractId: `${id}-1`,
      agency: idOf(AGENCIES[book.agency]!),
      status: "active",
      currency: "IDR",
      value: String(value),
      ...{ firstValue: String(common.firstValue), accepted: String(common.accepted) },
      certified: String(told.reduce((sum, { amount }) => sum + amount, 0n)),
      ...{ advance: "0", recovered: "0", withheld: "0", released: "0", paid: "0", excess: "0", isHeld: false },
      on: dateOf(signed),
      until: dateOf(signed + lasts),
      numbers: [number],
      references: [],
      title,
      planIds: [String(50_000_000 + this.#below(9_999_999))],
      packageIds: [id],
      supplier: {
        id: firm.id,
        name: firm.name,
        ...(this.#chance(0.85) ? { npwpCores: [firm.core] } : {}),
        ...(this.#chance(0.4) ? { accounts: [firm.account] } : {}),
      },
      budget: this.#chance(0.7) ? [{ account: this.#pick(ACCOUNTS) }] : [],
      instalments: plan.length > 1 && plan.length < 6 && this.#chance(0.5) ? plan.map(String) : [],
      certificates: told.map(({ number: written, on, amount }, at) => ({
        leaf: this.#digest(`${ocid} certificate ${at}`) as Hex,
        sequence: 3 + at,
        number: written,
        on,
        amount: String(amount),
        gross: String(amount),
      })),
      deliveries: [],
      payments: [],
      returns: [],
      amendments: [],
    };
    this.#plans.set(card, certificates);
    this.#firmsOf.set(card, firm);
    return card;
  }
  readonly #plans = new Map<ContractCard, { number: string; on: string; amount: bigint }[]>();
  readonly #firmsOf = new Map<ContractCard, Firm>();

  #numberIn({ form, agency, next }: Book, signed: number): string {
    const wide = this.#chance(0.5) ? String(next).padStart(3, "0") : String(next);
    return form
      .replace("#2", String(1 + this.#below(9)))
      .replace("#", wide)
      .replace("@", SHORT[agency]!)
      .replace("%", ROMAN[monthOf(signed)]!)
      .replace("$", String(YEAR));
  }

  /** In sen: most small, some large, many at one ceiling, some with sen. */
  #value(): bigint {
    if (this.#chance(0.04)) return this.#pick([38_390_000n, 53_120_000n, 99_900_000n, 199_500_000n]) * 100n;
    const rupiah = Math.round(10 ** (7 + this.#random() * 2.6));
    if (this.#chance(0.08)) return BigInt(rupiah) * 100n + BigInt(this.#below(100));
    const step = this.#chance(0.25) ? 100_000 : this.#chance(0.4) ? 1_000 : 1;
    return BigInt(Math.max(step, Math.round(rupiah / step) * step)) * 100n;
  }

  /** What is paid of a contract, in order. */
  #plan(value: bigint): bigint[] {
    const of = (hundredths: number) => ((value * BigInt(hundredths)) / 10_000n / 100n) * 100n;
    const rest = (parts: bigint[]) => [...parts, value - parts.reduce((sum, part) => sum + part, 0n)];
    const draw = this.#random();
    if (draw < 0.62) return [value];
    if (draw < 0.72) return rest([of(3000)]);
    if (draw < 0.8) return rest([of(2000), of(4000)]);
    if (draw < 0.88) return rest([of(9500)]);
    if (draw < 0.94) return rest(Array.from({ length: 2 + this.#below(9) }, () => (value / 12n / 100n) * 100n));
    return rest([of(500 + this.#below(4000)), of(500 + this.#below(4000))]);
  }

  /** Contracts like the given ones that the register does not know: other numbers of the same books, other sums. */
  #strangers(given: readonly ContractCard[]): ContractCard[] {
    return this.#shuffled([...given])
      .slice(0, Math.round(given.length * 0.12))
      .map((card) => {
        const number = (card.numbers[0] ?? "1/SPK").replace(/\d{2,4}(?!.*\d{2,4}\D.*\d)/, (digits) =>
          String(Number(digits) + 1 + this.#below(60)),
        );
        const value = this.#value();
        const other = this.#pick(given);
        return {
          ...card,
          ...{
            ocid: `${card.ocid}-x`,
            contractId: `${card.contractId}-x`,
            numbers: [number],
            references: [],
            certificates: [],
          },
          ...{ value: String(value), title: other.title ?? "Pekerjaan", packageIds: [], planIds: [] },
          ...(this.#chance(0.5) && other.supplier !== undefined ? { supplier: other.supplier } : {}),
        };
      });
  }

  #events(card: ContractCard): Event[] {
    const planned = this.#plans.get(card) ?? this.#planOf(card);
    return planned
      .map(({ number, on, amount }, at) => {
        const day = Math.min(364, dayOf(on) + 1 + this.#below(25));
        const label = planned.length === 1 ? "100%" : `Termin ${this.#chance(0.5) ? ROMAN[at % 12] : at + 1}`;
        return { card, day, amount, certificate: number, label };
      })
      .filter(({ amount }) => amount > 0n);
  }

  /** Of a given contract: its certificates, or else its value in parts. */
  #planOf(card: ContractCard): { number: string; on: string; amount: bigint }[] {
    if (card.certificates.length > 0)
      return card.certificates.map(({ number = "", on, gross }) => ({
        number,
        on: on ?? card.on ?? dateOf(200),
        amount: BigInt(gross),
      }));
    let day = card.on === undefined ? 100 : dayOf(card.on) + 20;
    return this.#plan(BigInt(card.value)).map((amount) => {
      day = Math.min(360, day + 5 + this.#below(40));
      return { number: "", on: dateOf(day), amount };
    });
  }

  #firmOf(card: ContractCard, payees: ReadonlyMap<Hex, Firm>): Firm {
    const found = this.#firmsOf.get(card) ?? payees.get(card.supplier?.id as Hex);
    if (found !== undefined) return found;
    const { id = idOf(card.ocid), name = "", npwpCores = [] } = card.supplier ?? {};
    const firm = { id, name, core: npwpCores[0] ?? "", account: this.#digest(`account ${id}`) };
    this.#firmsOf.set(card, firm);
    return firm;
  }

  // ---- payments

  #pay(events: Event[], firm: Firm, kind: FaultClass): void {
    const [event] = events as [Event];
    const shares = events.map(({ card, amount }) => ({ card, amount }));
    if (kind === "split") {
      const parts = this.#parts(event.amount);
      for (const [at, amount] of parts.entries())
        this.#write({
          kind,
          firm,
          events: [{ ...event, amount, day: Math.min(364, event.day + at * this.#below(12)) }],
          shares: [{ card: event.card, amount }],
        });
      return;
    }
    const day = Math.max(...events.map((each) => each.day));
    const document = this.#write({ kind, firm, events: events.map((each) => ({ ...each, day })), shares });
    if (kind === "doubled") {
      const again = { ...document, ...this.#named(document.on), on: document.on };
      this.#documents.push(again);
      const real = this.#truth.get(document.key)!;
      this.#truth.set(document.key, { ...real, twin: again.key });
      this.#truth.set(again.key, { ...real, twin: document.key });
    }
  }

  #parts(amount: bigint): bigint[] {
    const first = ((amount * BigInt(25 + this.#below(50))) / 100n / 100_000n) * 100_000n;
    const one = first === 0n ? amount / 2n : first;
    if (this.#chance(0.7)) return [one, amount - one];
    const second = (amount - one) / 2n;
    return [one, second, amount - one - second];
  }

  #named(on: string): { key: string; number: string } {
    const serial = String(++this.#number).padStart(5, "0");
    const forms = [
      `${serial}/SP2D/${YEAR}`,
      `${serial}/LS/BKAD/${ROMAN[monthOf(dayOf(on))]}/${YEAR}`,
      `2504613${YEAR}${serial}`,
    ];
    const number = forms[this.#number % 3]!;
    return { key: `${ISSUER}/${YEAR}/SP2D/${number.replace(/\s/g, "").toUpperCase()}`, number };
  }

  #write(given: {
    kind: FaultClass;
    firm: Firm;
    events: Event[];
    shares: { card: ContractCard; amount: bigint }[];
  }): PaymentDocument {
    const { kind, firm, events, shares } = given;
    const [event] = events as [Event];
    const { card, day } = event;
    const whole = events.reduce((sum, { amount }) => sum + amount, 0n);
    const taxes = this.#taxes(whole);
    let gross = whole;
    let deductions = taxes;
    if (kind === "net") {
      gross = whole - taxes.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
      deductions = [];
    } else if (kind === "untaxed") {
      gross = ((whole * 100n) / 111n / 100n) * 100n;
      deductions = [];
    } else if (kind === "rupiah")
      gross = whole + BigInt(this.#chance(0.5) ? 1 : -1) * 100n * BigInt(1 + this.#below(2));
    const kept = deductions.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const on = dateOf(day);
    const named = this.#named(on);
    const inField = kind !== "missing" && this.#chance(0.35);
    const numbers = kind === "missing" ? [] : events.map((each) => this.#written(each.card, kind));
    const hasText = numbers.length > 1 || !inField || this.#chance(0.5);
    const purpose = this.#purpose(events, hasText && !(kind === "merged" && this.#chance(0.25)) ? numbers : [], firm);
    const isForeignAgency = kind === "wrongAgency";
    const agency = isForeignAgency ? idOf(this.#pick(AGENCIES)) : card.agency;
    const route = kind === "receipt" ? this.#pick(["GU", "UP", "TU"] as const) : "LS";
    const document: PaymentDocument = {
      ...named,
      issuer: ISSUER,
      year: YEAR,
      type: kind === "receipt" ? "receipt" : "SP2D",
      on,
      ...(this.#chance(0.7) ? { cleared: dateOf(Math.min(364, day + this.#below(4))) } : {}),
      ...(this.#chance(0.93) ? { route } : {}),
      currency: "IDR",
      gross: String(gross),
      net: String(gross - kept),
      deductions,
      ...(this.#chance(0.9) ? { agency } : {}),
      lines: this.#lines(card, gross),
      payee: this.#payee(firm, kind),
      purpose,
      ...(inField && numbers.length === 1 ? { contractNumber: numbers[0]! } : {}),
      ...(this.#chance(0.08) && event.certificate && kind !== "missing" ? { deliveryNumber: event.certificate } : {}),
      source: { connector: "generated", capture: "generated", at: named.number },
    };
    this.#documents.push(document);
    const sum = shares.reduce((all, { amount }) => all + amount, 0n);
    this.#truth.set(document.key, {
      class: kind,
      shares:
        kind === "foreign"
          ? []
          : shares.map(({ card: { ocid, contractId }, amount }) => ({
              ocid,
              contractId,
              // one contract gets the whole document, whatever is wrong with its sum
              amount: String(shares.length === 1 || sum === 0n ? gross : amount),
            })),
    });
    return document;
  }

  #lines(card: ContractCard, gross: bigint): PaymentDocument["lines"] {
    const told = card.budget[0]?.account;
    const account = told !== undefined && this.#chance(0.85) ? told : this.#pick(ACCOUNTS);
    return this.#chance(0.8) ? [{ account, chart: "permendagri90", amount: String(gross) }] : [];
  }

  /** PPN 11 of 111 and a PPh of what is left, whole rupiah. */
  #taxes(gross: bigint): PaymentDocument["deductions"] {
    const base = (gross * 100n) / 111n;
    const ppn = ((gross - base) / 100n) * 100n;
    const [name, rate] = this.#pick([
      ["PPh22", 1500n],
      ["PPh23", 2000n],
      ["PPh4(2)", 2650n],
      ["PPh4(2)", 3500n],
    ] as const);
    const pph = ((base * rate) / 100_000n / 100n) * 100n;
    const receipt = () =>
      this.#chance(0.6)
        ? {
            ntpn: toHex(keccak256(utf8(String(this.#random()))))
              .slice(2, 18)
              .toUpperCase(),
          }
        : {};
    return [
      { kind: "PPN", name: "PPN", amount: String(ppn), ...receipt() },
      { kind: name, name, amount: String(pph), ...receipt() },
    ];
  }

  #payee(firm: Firm, kind: FaultClass): PaymentDocument["payee"] {
    let core: string | undefined = this.#chance(0.88) ? firm.core : undefined;
    let name = this.#spelled(firm.name);
    if (kind === "wrongNpwp") {
      const draw = this.#random();
      if (draw < 0.35) core = this.#core();
      else if (draw < 0.7) core = this.#slip(firm.core, DIGITS, 1 + this.#below(2));
      else core = undefined;
    }
    if (kind === "wrongName") {
      const draw = this.#random();
      if (draw < 0.4) name = this.#slip(this.#slip(name, LETTERS, 1), LETTERS, 1);
      else if (draw < 0.6) name = name.slice(0, Math.max(6, Math.round(name.length * 0.6)));
      else if (draw < 0.8) name = this.#pick(["Bank BJB Cabang Soreang", "BANK JABAR BANTEN", "Bendahara Pengeluaran"]);
      else name = `${this.#pick(["Adi", "Budi", "Citra"])} Samaran ${this.#below(900)}`;
    }
    if (kind === "receipt") name = this.#chance(0.5) ? "Bendahara Pengeluaran" : name;
    const account = kind === "receipt" || this.#chance(0.4) ? undefined : firm.account;
    return {
      name,
      ...(core === undefined || core === "" || kind === "receipt" ? {} : { npwpCore: core }),
      ...(account === undefined ? {} : { account }),
    };
  }

  /** Everyday spellings: case, dots, order of the legal form, blanks. */
  #spelled(name: string): string {
    const draw = this.#random();
    if (draw < 0.35) return name;
    if (draw < 0.5) return name.toUpperCase();
    if (draw < 0.6) return name.toLowerCase().replace(/\. /, ".");
    if (draw < 0.7) return name.replace(/^(?:CV|PT|UD)\.?\s*/, "");
    if (draw < 0.8) return `${name.replace(/^(CV|PT|UD)\.?\s*/, "")}, ${/^(CV|PT|UD)/.exec(name)?.[0] ?? "CV"}`;
    if (draw < 0.9) return name.replace(/ /g, "  ");
    return this.#slip(name, LETTERS, 1);
  }

  /** A contract's number as somebody copied it. */
  #written(card: ContractCard, kind: FaultClass): string {
    const number = card.numbers[0] ?? "";
    if (kind === "wrongNumber") return this.#slip(number, DIGITS, 1, /\d(?=[^/]*$|\d*[ /-])/);
    if (kind === "typo") {
      const once = this.#slip(number, this.#chance(0.6) ? DIGITS : LETTERS, 1);
      return this.#chance(0.35) ? this.#slip(once, LETTERS, 1) : once;
    }
    if (kind === "rewritten" || this.#chance(0.25)) return this.#rewritten(number);
    return number;
  }

  #rewritten(number: string): string {
    let text = number;
    for (let times = 1 + this.#below(3); times > 0; times--) {
      const draw = this.#below(9);
      if (draw === 0) text = text.replace(/\s+/g, "");
      else if (draw === 1) text = text.replace(/\//g, " / ");
      else if (draw === 2)
        text = text.replace(
          /\/(I{1,3}|I?V|VI{1,3}|IX|XI{0,2})\//,
          (_, roman) => `/${String(ROMAN.indexOf(roman) + 1).padStart(2, "0")}/`,
        );
      else if (draw === 3) text = text.replace(/0/g, "O");
      else if (draw === 4) text = text.replace(/1/g, "l");
      else if (draw === 5) text = text.toLowerCase();
      else if (draw === 6) text = text.replace(/[-–]/g, " – ");
      else if (draw === 7) text = text.replace(/(\d)(\d)/, "$1 $2");
      else text = text.replace(/\//g, ".");
    }
    return text;
  }

  /** One slip of a hand: a sign replaced, lost, doubled, or swapped with the next. */
  #slip(text: string, signs: string, times: number, where = /[A-Za-z0-9]/): string {
    let slipped = text;
    for (let left = times; left > 0; left--) {
      const isOf = signs === DIGITS ? /\d/ : /[A-Za-z]/;
      const places = [...slipped].flatMap((sign, at) => (where.test(sign) && isOf.test(sign) ? [at] : []));
      if (places.length === 0) return slipped;
      const at = this.#pick(places);
      const draw = this.#random();
      const other = this.#pick([...signs].filter((sign) => sign !== slipped[at]));
      if (draw < 0.5) slipped = slipped.slice(0, at) + other + slipped.slice(at + 1);
      else if (draw < 0.7) slipped = slipped.slice(0, at) + slipped.slice(at + 1);
      else if (draw < 0.85) slipped = slipped.slice(0, at) + slipped[at] + slipped.slice(at);
      else slipped = slipped.slice(0, at) + (slipped[at + 1] ?? "") + slipped[at] + slipped.slice(at + 2);
    }
    return slipped;
  }

  #purpose(events: Event[], numbers: readonly string[], firm: Firm): string {
    const [event] = events as [Event];
    const { card, label, certificate } = event;
    const title = this.#titled(events.map((each) => each.card.title ?? ""));
    const word = this.#pick([
      "SPK No.",
      "Kontrak Nomor",
      "SPK Nomor :",
      "sesuai Kontrak",
      "No. Kontrak",
      "SP No",
      "Surat Perjanjian Nomor",
    ]);
    const list = numbers.length > 1 && this.#chance(0.5) ? numbers.join(" dan ") : numbers.join(", ");
    const day = card.on === undefined ? "" : ` tanggal ${this.#dateText(dayOf(card.on))}`;
    const said = numbers.length === 0 ? "" : ` ${word} ${list}${this.#chance(0.5) ? day : ""}`;
    const bap = certificate && this.#chance(numbers.length === 0 ? 0 : 0.2) ? ` BAP ${certificate}` : "";
    const to = this.#chance(0.3) ? ` kepada ${firm.name}` : "";
    const what = this.#pick([
      "Pembayaran",
      "Pemb.",
      "Dibayarkan",
      "Byr",
      "Belanja",
      "LS",
      "Pelunasan",
      "Pembayaran Belanja Modal",
    ]);
    const part = label === "100%" ? (this.#chance(0.3) ? " (100%)" : "") : ` ${label}`;
    const text = `${what} ${title}${part}${to}${said}${bap}`.replace(/\s+/g, " ").trim();
    const cased = this.#chance(0.3) ? text.toUpperCase() : text;
    return cased.slice(0, this.#pick([120, 160, 255, 255, 255]));
  }

  #titled(titles: readonly string[]): string {
    const [title = ""] = titles;
    const draw = this.#random();
    if (draw < 0.55) return title;
    if (draw < 0.7) return title.split(" ").slice(0, 3).join(" ");
    if (draw < 0.85)
      return title
        .replace(/Rehabilitasi/i, "Rehab")
        .replace(/Pemeliharaan/i, "Pemel.")
        .replace(/Pengadaan/i, "Peng.")
        .replace(/Pembangunan/i, "Pemb.");
    return this.#pick(["Belanja Barang dan Jasa", "Belanja Jasa Konsultansi", "Belanja Modal", "kegiatan dinas"]);
  }

  #dateText(day: number): string {
    const date = dateOf(day);
    const [year, month, of] = date.split("-") as [string, string, string];
    return this.#pick([
      `${Number(of)} ${MONTHS[Number(month) - 1]} ${year}`,
      `${of}-${month}-${year}`,
      `${of}/${month}/${year.slice(2)}`,
    ]);
  }

  // ---- what pays no contract of the register

  #unlinked(
    linked: number,
    strangers: readonly ContractCard[],
    firms: readonly Firm[],
    cards: readonly ContractCard[],
    payees: ReadonlyMap<Hex, Firm>,
  ): void {
    const most = (share: number) => Math.round((linked * share) / 100);
    for (let left = most(UNLINKED.foreign); left > 0 && strangers.length > 0; left--) {
      const card = this.#pick(strangers);
      const events = this.#events(card);
      if (events.length === 0) continue;
      const event = this.#pick(events);
      this.#write({
        kind: "foreign",
        firm: this.#firmOf(card, payees),
        events: [event],
        shares: [{ card, amount: event.amount }],
      });
    }
    for (let left = most(UNLINKED.receipt); left > 0; left--) {
      // a small purchase, paid from petty cash, with its own order
      const card = this.#pick(cards);
      const amount = (BigInt(card.value) / 10n / 100n) * 100n;
      if (amount === 0n) continue;
      const event = {
        card,
        day: Math.min(364, dayOf(card.on ?? dateOf(100)) + 20 + this.#below(60)),
        amount,
        label: "100%",
      };
      this.#write({ kind: "receipt", firm: this.#firmOf(card, payees), events: [event], shares: [{ card, amount }] });
    }
    for (let left = most(UNLINKED.salary); left > 0; left--)
      this.#bare("salary", "LS", this.#pick(SALARY), "Bendahara Gaji", "5.1.01.01.01.0001");
    for (let left = most(UNLINKED.other); left > 0; left--)
      this.#bare(
        "other",
        "LS",
        this.#pick(OTHER),
        this.#pick(["PLN", "Yayasan Bina Umat", "Kelompok Tani Subur", this.#pick(firms).name]),
        this.#pick(["5.1.05.01.01.0001", "5.1.02.02.01.0061", "5.1.02.04.01.0001"]),
      );
    for (let left = most(UNLINKED.petty); left > 0; left--)
      this.#bare(
        "petty",
        this.#pick(["UP", "GU", "TU"] as const),
        this.#pick(PETTY),
        "Bendahara Pengeluaran",
        this.#pick(ACCOUNTS),
      );
  }

  #bare(
    kind: "salary" | "other" | "petty",
    route: "LS" | "UP" | "GU" | "TU",
    purpose: string,
    name: string,
    account: string,
  ): void {
    const on = dateOf(this.#below(365));
    const agency = this.#below(AGENCIES.length);
    const gross = this.#value();
    const named = this.#named(on);
    this.#documents.push({
      ...named,
      ...{ issuer: ISSUER, year: YEAR, type: "SP2D" as const, on, route, currency: "IDR" },
      ...{ gross: String(gross), net: String(gross), deductions: [], agency: idOf(AGENCIES[agency]!) },
      lines: [{ account, chart: "permendagri90", amount: String(gross) }],
      payee: { name },
      purpose: purpose
        .replace("@", AGENCIES[agency]!)
        .replace("%", MONTHS[monthOf(dayOf(on))]!)
        .replace("$", String(YEAR)),
      source: { connector: "generated", capture: "generated", at: named.number },
    });
    this.#truth.set(named.key, { class: kind, shares: [] });
  }

  // ---- the bank

  /** What the treasury's account says of documents, and of what no document is about. */
  #bank(documents: readonly PaymentDocument[]): { lines: BankLine[]; bankTruth: Map<string, BankTruth> } {
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
      const kind = this.#weighted(BANK_CLASSES) as keyof typeof BANK_CLASSES;
      const truth = { class: kind, documents: [key] };
      if (kind === "unseen") continue;
      if (kind === "together") {
        waiting.push(document);
        continue;
      }
      const counterparty = {
        ...(this.#chance(0.6) ? { name: payee.name.toUpperCase().slice(0, 24) } : {}),
        ...(payee.account !== undefined && this.#chance(0.7) ? { account: payee.account } : {}),
      };
      const serial = /\d{5,}/.exec(number)?.[0] ?? number;
      const text = this.#pick([
        `SP2D ${number}`,
        `TRF SP2D NO ${number.replace(/\//g, " ")}`,
        `${serial} ${payee.name}`,
        `PENCAIRAN SP2D ${number} ${payee.name}`,
        `KLIRING ${payee.name}`,
      ]);
      const more = { counterparty, ...(this.#chance(0.3) ? { reference: number } : {}) };
      const day = cleared(document) + this.#below(3);
      const off = this.#pick([100n, -100n, 250_000n, 650_000n]);
      line(truth, day, BigInt(net) - (kind === "otherAmount" ? off : 0n), text, more);
      if (kind === "returned")
        line(truth, day + 1, BigInt(net), `RETUR SP2D ${number} REK TIDAK AKTIF`, {
          direction: "credit",
          reversal: true,
        });
      if (kind === "twice") line({ class: kind, documents: [] }, day + 1, BigInt(net), text, more);
      if (kind === "taxes")
        for (const { amount, ntpn, name } of deductions)
          line(truth, day + this.#below(4), BigInt(amount), `MPN G3 ${name} ${ntpn ?? `SP2D ${number}`}`);
    }
    for (let at = 0; at + 1 < waiting.length; at += 2) {
      const pair = waiting.slice(at, at + 2);
      const sum = pair.reduce((all, { net }) => all + BigInt(net), 0n);
      const serials = pair.map(({ number }) => /\d{5,}/.exec(number)?.[0]).join(" ");
      const truth: BankTruth = { class: "together", documents: pair.map(({ key }) => key) };
      line(truth, Math.max(...pair.map(cleared)) + this.#below(3), sum, `DAFTAR PENGUJI ${serials}`);
    }
    for (let left = Math.round(documents.length * 0.05); left > 0; left--) {
      // as much as some payment, now and then
      const amount = this.#chance(0.3) ? BigInt(this.#pick(documents).net) : BigInt(1_000 + this.#below(9e6)) * 100n;
      const isIncome = this.#chance(0.6);
      const text = this.#pick(isIncome ? INCOME : CHARGES).replace("#", String(this.#below(1e6)).padStart(6, "0"));
      line({ class: "noPayment", documents: [] }, this.#below(365), amount, text, {
        direction: isIncome ? "credit" : "debit",
      });
    }
    return { lines, bankTruth };
  }

  // ---- chance

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
  #chance(share: number): boolean {
    return this.#random() < share;
  }
  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)]!;
  }
  #weighted(shares: Readonly<Record<string, number>>): string {
    let left = this.#random() * Object.values(shares).reduce((sum, share) => sum + share, 0);
    for (const [name, share] of Object.entries(shares)) {
      left -= share;
      if (left < 0) return name;
    }
    return "clean";
  }
  #shuffled<T>(list: T[]): T[] {
    for (let at = list.length - 1; at > 0; at--) {
      const other = this.#below(at + 1);
      [list[at], list[other]] = [list[other]!, list[at]!];
    }
    return list;
  }
  #digest(text: string): string {
    return toHex(keccak256(utf8(`${this.#random()} ${text}`)));
  }
}

const DIGITS = "0123456789";
const LETTERS = "abcdefghijklmnoprstuvwyABCDEFGHIJKLMNOPRSTUVWY";
const SALARY = [
  ...["Pembayaran Gaji Induk ASN @ bulan % $", "Tambahan Penghasilan Pegawai (TPP) @ bulan %", "Gaji PPPK bulan % $ @"],
  ...["Pembayaran kekurangan gaji @ $", "Gaji dan Tunjangan DPRD bulan %"],
];
const OTHER = [
  ...[
    "Belanja Hibah kepada Yayasan TA $",
    "Pembayaran tagihan listrik @ bulan %",
    "Belanja Bantuan Sosial uang @",
    "Honorarium Narasumber @",
  ],
  ...[
    "Belanja Perjalanan Dinas Biasa @ bulan %",
    "Bagi Hasil Pajak kepada Desa triwulan",
    "Bantuan Keuangan Khusus Desa $",
    "Iuran BPJS Kesehatan @ bulan %",
  ],
  ...["Belanja jasa tenaga kebersihan non ASN bulan % @", "Belanja sewa tenda kegiatan @"],
];
const PETTY = [
  ...[
    "Penggantian Uang Persediaan (GU) @ ke 3",
    "Tambahan Uang Persediaan kegiatan @ bulan %",
    "Penyediaan Uang Persediaan @ $",
  ],
  ...["GU belanja ATK, makan minum, penggandaan @ bulan %"],
];

const INCOME = ["JASA GIRO", "SETORAN PAD #", "PENERIMAAN RETRIBUSI #", "DAU TAHAP # KPPN", "STS # UPTD PASAR"];
const CHARGES = ["BIAYA ADM", "PAJAK JASA GIRO", "PINDAH BUKU DEPOSITO #", "KOREKSI #"];

/** Mulberry32: the same numbers from the same seed everywhere. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function isLuhn(digits: string): boolean {
  const sum = [...digits].reduce((all, digit, at) => {
    const doubled = Number(digit) * ((digits.length - at) % 2 === 0 ? 2 : 1);
    return all + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

const START = Date.UTC(YEAR, 0, 1);
const dateOf = (day: number) => new Date(START + day * 86_400_000).toISOString().slice(0, 10);
const dayOf = (date: string) => Math.round((Date.parse(`${date}T00:00:00Z`) - START) / 86_400_000);
const monthOf = (day: number) => new Date(START + day * 86_400_000).getUTCMonth();
