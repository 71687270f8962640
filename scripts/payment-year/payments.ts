import { keccak256 } from "#hash";
import { idOf } from "../../server/domain/entries/entry.ts";
import { toHex, utf8 } from "../../server/domain/entries/words.ts";
import type { ContractCard } from "../../server/domain/payments/contract-card.ts";
import type { PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import type { Chance } from "./chance.ts";
import { Clerk, DIGITS, LETTERS } from "./clerk.ts";
import { ACCOUNTS, AGENCIES, type ContractEvent, type Contracts, type Firm, npwpCore } from "./contracts.ts";
import { dateOf, dayOf, MONTHS, monthOf, ROMAN, YEAR } from "./days-of-year.ts";

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

const ISSUER = idOf("ID-TREASURY");

/** The SP2D and receipts of the year. Each has one stated fault, or none, on top of how people write anyway. */
export class Payments {
  readonly documents: readonly PaymentDocument[];
  readonly truth = new Map<string, Truth>();
  readonly #chance: Chance;
  readonly #clerk: Clerk;
  readonly #contracts: Contracts;
  readonly #documents: PaymentDocument[] = [];
  #number = 0;

  constructor(chance: Chance, contracts: Contracts) {
    this.#chance = chance;
    this.#clerk = new Clerk(chance);
    this.#contracts = contracts;
    this.#linked();
    this.#unlinked(this.#documents.length);
    this.documents = chance.shuffled(this.#documents);
  }

  /** What pays contracts of the register. */
  #linked(): void {
    const contracts = this.#contracts;
    const events = this.#chance.shuffled(contracts.known.flatMap((card) => contracts.eventsOf(card)));
    const paid = new Set<ContractEvent>();
    const whose = ({ card }: ContractEvent) => `${card.supplier?.id} ${card.agency}`;
    const byFirm = Map.groupBy(events, whose);
    for (const event of events) {
      if (paid.has(event)) continue;
      const others = new Map<ContractCard, ContractEvent>();
      let kind = this.#chance.weighted(CLASSES);
      const left = byFirm.get(whose(event))!.filter((other) => !paid.has(other) && other.card !== event.card);
      if (kind === "merged" && left.length === 0) kind = "clean";
      if (kind === "merged")
        for (const other of left.slice(0, 1 + this.#chance.below(3)))
          if (!others.has(other.card)) others.set(other.card, other);
      const together = [event, ...others.values()];
      for (const each of together) paid.add(each);
      this.#pay(together, kind);
    }
  }

  #pay(events: readonly ContractEvent[], kind: FaultClass): void {
    const [event] = events as readonly [ContractEvent];
    const shares = events.map(({ card, amount }) => ({ card, amount }));
    if (kind === "split") {
      const parts = this.#parts(event.amount);
      for (const [at, amount] of parts.entries())
        this.#write({
          kind,
          events: [{ ...event, amount, day: Math.min(364, event.day + at * this.#chance.below(12)) }],
          shares: [{ card: event.card, amount }],
        });
      return;
    }
    const day = Math.max(...events.map((each) => each.day));
    const document = this.#write({ kind, events: events.map((each) => ({ ...each, day })), shares });
    if (kind === "doubled") {
      const again = { ...document, ...this.#named(document.on), on: document.on };
      this.#documents.push(again);
      const real = this.truth.get(document.key)!;
      this.truth.set(document.key, { ...real, twin: again.key });
      this.truth.set(again.key, { ...real, twin: document.key });
    }
  }

  #parts(amount: bigint): bigint[] {
    const first = ((amount * BigInt(25 + this.#chance.below(50))) / 100n / 100_000n) * 100_000n;
    const one = first === 0n ? amount / 2n : first;
    if (this.#chance.happens(0.7)) return [one, amount - one];
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
    events: readonly ContractEvent[];
    shares: { card: ContractCard; amount: bigint }[];
  }): PaymentDocument {
    const { kind, events, shares } = given;
    const [event] = events as readonly [ContractEvent];
    const { card, day } = event;
    const firm = this.#contracts.firmOf(card);
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
      gross = whole + BigInt(this.#chance.happens(0.5) ? 1 : -1) * 100n * BigInt(1 + this.#chance.below(2));
    const kept = deductions.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
    const on = dateOf(day);
    const named = this.#named(on);
    const inField = kind !== "missing" && this.#chance.happens(0.35);
    const numbers = kind === "missing" ? [] : events.map((each) => this.#clerk.written(each.card, kind));
    const hasText = numbers.length > 1 || !inField || this.#chance.happens(0.5);
    const purpose = this.#clerk.purpose(
      events,
      hasText && !(kind === "merged" && this.#chance.happens(0.25)) ? numbers : [],
      firm,
    );
    const isForeignAgency = kind === "wrongAgency";
    const agency = isForeignAgency ? idOf(this.#chance.pick(AGENCIES)) : card.agency;
    const route = kind === "receipt" ? this.#chance.pick(["GU", "UP", "TU"] as const) : "LS";
    const document: PaymentDocument = {
      ...named,
      issuer: ISSUER,
      year: YEAR,
      type: kind === "receipt" ? "receipt" : "SP2D",
      on,
      ...(this.#chance.happens(0.7) ? { cleared: dateOf(Math.min(364, day + this.#chance.below(4))) } : {}),
      ...(this.#chance.happens(0.93) ? { route } : {}),
      currency: "IDR",
      gross: String(gross),
      net: String(gross - kept),
      deductions,
      ...(this.#chance.happens(0.9) ? { agency } : {}),
      lines: this.#lines(card, gross),
      payee: this.#payee(firm, kind),
      purpose,
      ...(inField && numbers.length === 1 ? { contractNumber: numbers[0]! } : {}),
      ...(this.#chance.happens(0.08) && event.certificate && kind !== "missing"
        ? { deliveryNumber: event.certificate }
        : {}),
      source: { connector: "generated", capture: "generated", at: named.number },
    };
    this.#documents.push(document);
    const sum = shares.reduce((all, { amount }) => all + amount, 0n);
    this.truth.set(document.key, {
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
    const account = told !== undefined && this.#chance.happens(0.85) ? told : this.#chance.pick(ACCOUNTS);
    return this.#chance.happens(0.8) ? [{ account, chart: "permendagri90", amount: String(gross) }] : [];
  }

  /** PPN 11 of 111 and a PPh of what is left, whole rupiah. */
  #taxes(gross: bigint): PaymentDocument["deductions"] {
    const base = (gross * 100n) / 111n;
    const ppn = ((gross - base) / 100n) * 100n;
    const [name, rate] = this.#chance.pick([
      ["PPh22", 1500n],
      ["PPh23", 2000n],
      ["PPh4(2)", 2650n],
      ["PPh4(2)", 3500n],
    ] as const);
    const pph = ((base * rate) / 100_000n / 100n) * 100n;
    const receipt = () =>
      this.#chance.happens(0.6)
        ? {
            ntpn: toHex(keccak256(utf8(String(this.#chance.next()))))
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
    let core: string | undefined = this.#chance.happens(0.88) ? firm.core : undefined;
    let name = this.#clerk.spelled(firm.name);
    if (kind === "wrongNpwp") {
      const draw = this.#chance.next();
      if (draw < 0.35) core = npwpCore(this.#chance);
      else if (draw < 0.7) core = this.#clerk.slip(firm.core, DIGITS, 1 + this.#chance.below(2));
      else core = undefined;
    }
    if (kind === "wrongName") {
      const draw = this.#chance.next();
      if (draw < 0.4) name = this.#clerk.slip(this.#clerk.slip(name, LETTERS, 1), LETTERS, 1);
      else if (draw < 0.6) name = name.slice(0, Math.max(6, Math.round(name.length * 0.6)));
      else if (draw < 0.8)
        name = this.#chance.pick(["Bank BJB Cabang Soreang", "BANK JABAR BANTEN", "Bendahara Pengeluaran"]);
      else name = `${this.#chance.pick(["Adi", "Budi", "Citra"])} Samaran ${this.#chance.below(900)}`;
    }
    if (kind === "receipt") name = this.#chance.happens(0.5) ? "Bendahara Pengeluaran" : name;
    const account = kind === "receipt" || this.#chance.happens(0.4) ? undefined : firm.account;
    return {
      name,
      ...(core === undefined || core === "" || kind === "receipt" ? {} : { npwpCore: core }),
      ...(account === undefined ? {} : { account }),
    };
  }

  // ---- what pays no contract of the register

  #unlinked(linked: number): void {
    const { unknown, known, firms } = this.#contracts;
    const most = (share: number) => Math.round((linked * share) / 100);
    for (let left = most(UNLINKED.foreign); left > 0 && unknown.length > 0; left--) {
      const card = this.#chance.pick(unknown);
      const events = this.#contracts.eventsOf(card);
      if (events.length === 0) continue;
      const event = this.#chance.pick(events);
      this.#write({
        kind: "foreign",
        events: [event],
        shares: [{ card, amount: event.amount }],
      });
    }
    for (let left = most(UNLINKED.receipt); left > 0; left--) {
      // a small purchase, paid from petty cash, with its own order
      const card = this.#chance.pick(known);
      const amount = (BigInt(card.value) / 10n / 100n) * 100n;
      if (amount === 0n) continue;
      const event = {
        card,
        day: Math.min(364, dayOf(card.on ?? dateOf(100)) + 20 + this.#chance.below(60)),
        amount,
        label: "100%",
      };
      this.#write({ kind: "receipt", events: [event], shares: [{ card, amount }] });
    }
    for (let left = most(UNLINKED.salary); left > 0; left--)
      this.#bare("salary", "LS", this.#chance.pick(SALARY), "Bendahara Gaji", "5.1.01.01.01.0001");
    for (let left = most(UNLINKED.other); left > 0; left--)
      this.#bare(
        "other",
        "LS",
        this.#chance.pick(OTHER),
        this.#chance.pick(["PLN", "Yayasan Bina Umat", "Kelompok Tani Subur", this.#chance.pick(firms).name]),
        this.#chance.pick(["5.1.05.01.01.0001", "5.1.02.02.01.0061", "5.1.02.04.01.0001"]),
      );
    for (let left = most(UNLINKED.petty); left > 0; left--)
      this.#bare(
        "petty",
        this.#chance.pick(["UP", "GU", "TU"] as const),
        this.#chance.pick(PETTY),
        "Bendahara Pengeluaran",
        this.#chance.pick(ACCOUNTS),
      );
  }

  #bare(
    kind: "salary" | "other" | "petty",
    route: "LS" | "UP" | "GU" | "TU",
    purpose: string,
    name: string,
    account: string,
  ): void {
    const on = dateOf(this.#chance.below(365));
    const agency = this.#chance.below(AGENCIES.length);
    const gross = this.#contracts.value();
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
    this.truth.set(named.key, { class: kind, shares: [] });
  }
}

const SALARY = (
  "Pembayaran Gaji Induk ASN @ bulan % $|Tambahan Penghasilan Pegawai (TPP) @ bulan %|Gaji PPPK bulan % $ @|" +
  "Pembayaran kekurangan gaji @ $|Gaji dan Tunjangan DPRD bulan %"
).split("|");
const OTHER = (
  "Belanja Hibah kepada Yayasan TA $|Pembayaran tagihan listrik @ bulan %|Belanja Bantuan Sosial uang @|" +
  "Honorarium Narasumber @|Belanja Perjalanan Dinas Biasa @ bulan %|Bagi Hasil Pajak kepada Desa triwulan|" +
  "Bantuan Keuangan Khusus Desa $|Iuran BPJS Kesehatan @ bulan %|" +
  "Belanja jasa tenaga kebersihan non ASN bulan % @|Belanja sewa tenda kegiatan @"
).split("|");
const PETTY = (
  "Penggantian Uang Persediaan (GU) @ ke 3|Tambahan Uang Persediaan kegiatan @ bulan %|" +
  "Penyediaan Uang Persediaan @ $|GU belanja ATK, makan minum, penggandaan @ bulan %"
).split("|");
