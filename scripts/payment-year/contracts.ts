import { idOf } from "../../server/domain/entries/entry.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import type { ContractCard } from "../../server/domain/payments/contract-card.ts";
import { isLuhn } from "../../server/domain/sealing/personal-numbers.ts";
import type { Chance } from "./chance.ts";
import { dateOf, dayOf, monthOf, ROMAN, YEAR } from "./days-of-year.ts";

export type Firm = { id: Hex; name: string; core: string; account: string };
/** What a payment pays: an event in a contract's life. */
export type ContractEvent = { card: ContractCard; day: number; amount: bigint; certificate?: string; label: string };
type Book = { agency: number; form: string; next: number };
type Planned = { number: string; on: string; amount: bigint };

/** The contracts of the year, known to the register and unknown, the firms that they are with, and what is due of each. */
export class Contracts {
  readonly known: readonly ContractCard[];
  readonly unknown: readonly ContractCard[];
  readonly firms: readonly Firm[];
  readonly #chance: Chance;
  readonly #plans = new Map<ContractCard, Planned[]>();
  readonly #firmsOf = new Map<ContractCard, Firm>();
  readonly #byId: ReadonlyMap<Hex, Firm>;

  /** @param count how many to make up, where none are given */
  constructor(chance: Chance, count: number, given?: readonly ContractCard[]) {
    this.#chance = chance;
    this.firms = this.#someFirms(Math.max(20, Math.round((given?.length ?? count) / 3)));
    const books = this.#books();
    const some = (size: number) => Array.from({ length: size }, () => this.#contractOf(books));
    this.known = given ?? some(count);
    this.unknown = given === undefined ? some(Math.round(count * 0.12)) : this.#strangers(given);
    this.#byId = new Map(this.firms.map((firm) => [firm.id, firm]));
  }

  #someFirms(count: number): Firm[] {
    return Array.from({ length: count }, (_, at) => {
      const bare = [this.#chance.pick(FIRST), this.#chance.pick(SECOND), this.#chance.pick(THIRD)]
        .filter((word) => word !== "")
        .join(" ");
      const name = `${this.#chance.pick(FORMS)} ${bare}`.trim();
      return {
        id: idOf(`ID-FIRM-${at}`),
        name,
        core: npwpCore(this.#chance),
        account: this.#chance.digest(`account ${at} ${this.#chance.next()}`),
      };
    });
  }

  #books(): Book[] {
    return AGENCIES.flatMap((_, agency) =>
      Array.from({ length: 1 + this.#chance.below(3) }, () => ({
        agency,
        form: this.#chance.pick(BOOKS),
        next: 1 + this.#chance.below(4000),
      })),
    );
  }

  /** An office knows its firms: most of its contracts go to a few of them. */
  #contractOf(books: readonly Book[]): ContractCard {
    const book = this.#chance.pick(books);
    const { firms } = this;
    const few = Math.max(9, Math.round(firms.length / AGENCIES.length / 2));
    const own = (book.agency * few * 2 + this.#chance.below(few)) % firms.length;
    return this.#contract(this.#chance.happens(0.6) ? firms[own]! : this.#chance.pick(firms), book);
  }

  #contract(firm: Firm, book: Book): ContractCard {
    const signed = this.#chance.below(300);
    const lasts = 14 + this.#chance.below(120);
    // some numbers of a book go to contracts that nobody recorded
    book.next += 1 + (this.#chance.happens(0.3) ? this.#chance.below(6) : 0);
    const number = this.#numberIn(book, signed);
    const value = this.value();
    const title = `${this.#chance.pick(WORK)} ${this.#chance.pick(PLACES)}${this.#chance.happens(0.4) ? ` ${1 + this.#chance.below(30)}` : ""}`;
    const id = String(10_000_000_000 + this.#chance.below(999_999_999));
    const ocid = `ocds-213czf-${id}`;
    const certificates: Planned[] = [];
    const plan = this.#plan(value);
    let day = signed + 7;
    for (const amount of plan) {
      day = Math.min(363, day + 5 + this.#chance.below(Math.max(6, Math.round((lasts * 1.4) / plan.length))));
      const bap = number
        .replace(/SPK|KTR|SP\b/, "BAP")
        .replace(String(book.next), String(book.next + 1 + this.#chance.below(40)));
      certificates.push({ number: `${bap}${bap === number ? "/BAP" : ""}`, on: dateOf(day), amount });
    }
    const told = this.#chance.happens(0.65) ? certificates : [];
    const card: ContractCard = {
      ocid,
      contractId: `${id}-1`,
      agency: idOf(AGENCIES[book.agency]!),
      status: "active",
      currency: "IDR",
      value: String(value),
      ...{ firstValue: String(value), accepted: String(value) },
      certified: String(told.reduce((sum, { amount }) => sum + amount, 0n)),
      ...{ advance: "0", recovered: "0", withheld: "0", released: "0", paid: "0", excess: "0", isHeld: false },
      on: dateOf(signed),
      until: dateOf(signed + lasts),
      numbers: [number],
      references: [],
      title,
      planIds: [String(50_000_000 + this.#chance.below(9_999_999))],
      packageIds: [id],
      supplier: {
        id: firm.id,
        name: firm.name,
        ...(this.#chance.happens(0.85) ? { npwpCores: [firm.core] } : {}),
        ...(this.#chance.happens(0.4) ? { accounts: [firm.account] } : {}),
      },
      budget: this.#chance.happens(0.7) ? [{ account: this.#chance.pick(ACCOUNTS) }] : [],
      instalments: plan.length > 1 && plan.length < 6 && this.#chance.happens(0.5) ? plan.map(String) : [],
      certificates: told.map(({ number: written, on, amount }, at) => ({
        leaf: this.#chance.digest(`${ocid} certificate ${at}`),
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

  #numberIn({ form, agency, next }: Book, signed: number): string {
    const wide = this.#chance.happens(0.5) ? String(next).padStart(3, "0") : String(next);
    return form
      .replace("#2", String(1 + this.#chance.below(9)))
      .replace("#", wide)
      .replace("@", SHORT[agency]!)
      .replace("%", ROMAN[monthOf(signed)]!)
      .replace("$", String(YEAR));
  }

  /** In sen: most small, some large, many at one ceiling, some with sen. */
  value(): bigint {
    if (this.#chance.happens(0.04))
      return this.#chance.pick([38_390_000n, 53_120_000n, 99_900_000n, 199_500_000n]) * 100n;
    const rupiah = Math.round(10 ** (7 + this.#chance.next() * 2.6));
    if (this.#chance.happens(0.08)) return BigInt(rupiah) * 100n + BigInt(this.#chance.below(100));
    const step = this.#chance.happens(0.25) ? 100_000 : this.#chance.happens(0.4) ? 1_000 : 1;
    return BigInt(Math.max(step, Math.round(rupiah / step) * step)) * 100n;
  }

  /** What is paid of a contract, in order. */
  #plan(value: bigint): bigint[] {
    const of = (hundredths: number) => ((value * BigInt(hundredths)) / 10_000n / 100n) * 100n;
    const rest = (parts: bigint[]) => [...parts, value - parts.reduce((sum, part) => sum + part, 0n)];
    const draw = this.#chance.next();
    if (draw < 0.62) return [value];
    if (draw < 0.72) return rest([of(3000)]);
    if (draw < 0.8) return rest([of(2000), of(4000)]);
    if (draw < 0.88) return rest([of(9500)]);
    if (draw < 0.94) return rest(Array.from({ length: 2 + this.#chance.below(9) }, () => (value / 12n / 100n) * 100n));
    return rest([of(500 + this.#chance.below(4000)), of(500 + this.#chance.below(4000))]);
  }

  /** Contracts like the given ones that the register does not know: other numbers of the same books, other sums. */
  #strangers(given: readonly ContractCard[]): ContractCard[] {
    return this.#chance
      .shuffled([...given])
      .slice(0, Math.round(given.length * 0.12))
      .map((card) => {
        const number = (card.numbers[0] ?? "1/SPK").replace(/\d{2,4}(?!.*\d{2,4}\D.*\d)/, (digits) =>
          String(Number(digits) + 1 + this.#chance.below(60)),
        );
        const value = this.value();
        const other = this.#chance.pick(given);
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
          ...(this.#chance.happens(0.5) && other.supplier !== undefined ? { supplier: other.supplier } : {}),
        };
      });
  }

  /** What is due of a contract, and when. */
  eventsOf(card: ContractCard): ContractEvent[] {
    const planned = this.#plans.get(card) ?? this.#planOf(card);
    return planned
      .map(({ number, on, amount }, at) => {
        const day = Math.min(364, dayOf(on) + 1 + this.#chance.below(25));
        const label = planned.length === 1 ? "100%" : `Termin ${this.#chance.happens(0.5) ? ROMAN[at % 12] : at + 1}`;
        return { card, day, amount, certificate: number, label };
      })
      .filter(({ amount }) => amount > 0n);
  }

  /** Of a given contract: its certificates, or else its value in parts. */
  #planOf(card: ContractCard): Planned[] {
    if (card.certificates.length > 0)
      return card.certificates.map(({ number = "", on, gross }) => ({
        number,
        on: on ?? card.on ?? dateOf(200),
        amount: BigInt(gross),
      }));
    let day = card.on === undefined ? 100 : dayOf(card.on) + 20;
    return this.#plan(BigInt(card.value)).map((amount) => {
      day = Math.min(360, day + 5 + this.#chance.below(40));
      return { number: "", on: dateOf(day), amount };
    });
  }

  firmOf(card: ContractCard): Firm {
    const found = this.#firmsOf.get(card) ?? this.#byId.get(card.supplier?.id as Hex);
    if (found !== undefined) return found;
    const { id = idOf(card.ocid), name = "", npwpCores = [] } = card.supplier ?? {};
    const firm = { id, name, core: npwpCores[0] ?? "", account: this.#chance.digest(`account ${id}`) };
    this.#firmsOf.set(card, firm);
    return firm;
  }
}

/** Offices, and how each writes itself in the numbers of its contracts. */
export const AGENCIES = (
  "Dinas Kesehatan|Dinas Pendidikan|Dinas Pekerjaan Umum|Dinas Perumahan|Dinas Sosial|Dinas Perhubungan|" +
  "Dinas Lingkungan Hidup|Dinas Pertanian|Dinas Koperasi|Dinas Pariwisata|Dinas Kominfo|Dinas Perpustakaan|" +
  "Badan Pendapatan|Badan Perencanaan|BPBD|Satpol PP|Disdukcapil|Sekretariat Daerah|Sekretariat DPRD|" +
  "Inspektorat|Dispora|Disnaker|Kec. Utara|Kec. Selatan|Kec. Timur|Kec. Barat|RSUD Satu|RSUD Dua"
).split("|");
const SHORT = (
  "Dinkes Disdik PUTR Perkim Dinsos Dishub DLH Distan Diskop Disbudpar Diskominfo Dispusip Bapenda Bappeda " +
  "BPBD SatpolPP Disdukcapil Setda Setwan ITDA Dispora Disnaker KecU KecS KecT KecB RSUD1 RSUD2"
).split(" ");
/** How offices number their contracts: `#` is the running number, `@` the office, `%` the month in Roman, `$` the year. */
const BOOKS = (
  "000.3.3/ # /@/$|000.3.2/#/SPK/@/$|027/#/SPK/@/%/$|PA.02.02/# - @|027/#/PPK-@/$|050/#/SPK/PRC-R.#2/@/$|" +
  "602.1/#/KTR/@/%/$|KU.03.02/#/SPK/@/%/$|000.3.2/SPK.#/@/$|#/SP/PPK/@/$|027/SPK-#.@/SPD/%/$|" +
  "641/#/SPK/KAJ #2/@/%/$|000.4/#/SPK/@.Kop/$|900/#/SPK-PL.@|020/#-Bidang@/$|#/PPK-SPK/@/$|0.3.2/PPK/# /%/$"
).split("|");
const WORK = (
  "Rehabilitasi Ruang Kelas SDN|Rehabilitasi Jalan|Pemeliharaan Saluran Irigasi|Pengadaan Alat Tulis Kantor|" +
  "Perencanaan Gedung|Pengawasan Pembangunan Puskesmas|Pengadaan Komputer|Belanja Makan Minum Rapat|" +
  "Jasa Kebersihan Kantor|Jasa Konsultansi Kajian|Pembangunan Drainase|Pengadaan Obat|Pengadaan Mebel|" +
  "Belanja Bahan Cetak|Sewa Kendaraan|Pengadaan Bibit|Pembangunan Jembatan|Pengadaan Seragam|" +
  "Pembuatan Aplikasi|Pemasangan Lampu Jalan|Pemeliharaan Gedung|Studi Kelayakan|Pengadaan Alat Kesehatan|" +
  "Rehabilitasi Rumah Tidak Layak Huni"
).split("|");
const PLACES = (
  "Cibiru Sukamaju Mekarsari Pasirjambu Ciwidey Banjaran Soreang Katapang Margahayu Dayeuhkolot Rancaekek " +
  "Majalaya Paseh Ibun Kertasari Pacet Arjasari Cimaung Pangalengan Kutawaringin Cangkuang Bojongsoang " +
  "Cileunyi Cilengkrang Cimenyan Nagreg Cicalengka Cikancung Solokan Ciparay"
).split(" ");
const FIRST = (
  "Maju Karya Sinar Putra Cahaya Mitra Bina Citra Mega Tirta Graha Surya Bumi Panca Multi Prima Utama Anugrah " +
  "Berkah Rizki Sumber Mandala Wira Adi Cipta Sarana Nusa Artha"
).split(" ");
const SECOND = (
  "Jaya Mandiri Abadi Sejahtera Perkasa Sentosa Konsultan Konstruksi Persada Lestari Makmur Gemilang Raya " +
  "Bersama Teknik Nusantara Pratama Indah Buana Sukses Bangun Wijaya Kencana"
).split(" ");
const THIRD = "|||Utama|Group|Indonesia|Baru|Dua|Engineering|Karya|Jaya".split("|");
const FORMS = "CV.|CV|PT.|PT|CV. |PT. |UD.|".split("|");
/** What budgets pay contracts from. */
export const ACCOUNTS = (
  "5.1.02.01.01.0024 5.1.02.02.08.0009 5.1.02.02.01.0041 5.2.02.10.01.0002 5.2.03.01.01.0006 5.2.04.01.01.0003 " +
  "5.1.02.03.03.0001 5.1.02.01.01.0052"
).split(" ");

/** The nine digits of an NPWP that stay, with their check digit. */
export function npwpCore(chance: Chance): string {
  const eight = String(10_000_000 + chance.below(89_999_999));
  for (let check = 0; check < 10; check++) if (isLuhn(`${eight}${check}`)) return `${eight}${check}`;
  throw new Error("one of ten check digits is right");
}
