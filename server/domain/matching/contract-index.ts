import { nameFingerprint } from "../company-name.ts";
import type { Hex } from "../entries/words.ts";
import type { ContractCard } from "../payments/contract-card.ts";
import { alike, condense, eachGram, longNumbers, wordsOf } from "./number-text.ts";
import { Postings, WholeNumbers } from "./postings.ts";

/** A number of a contract or of one of its certificates and hand-overs, ready to be looked for. */
export type Pattern = {
  readonly slot: number;
  readonly text: string;
  readonly written: string;
  readonly kind: "number" | "delivery";
};

/** An amount that a contract lets expect, and why. */
export type Expected = {
  readonly how: "amountCertificate" | "amountValue" | "amountRemainder" | "amountInstalment";
  readonly amount: bigint;
  /** place in the card's certificates */
  readonly certificate?: number;
};

/** A certificate as payments use it up. */
type OpenCertificate = {
  readonly leaf: string;
  readonly amount: bigint;
  readonly gross: bigint;
  readonly on?: number;
  readonly number?: string;
  /** the document that paid it */
  paidBy?: string | undefined;
};

/** A contract with what matching asks of it at hand. Days count from 1970. */
export type Indexed = {
  readonly slot: number;
  readonly ocid: string;
  readonly contractId: string;
  readonly agency: Hex;
  readonly currency: string;
  readonly title?: string;
  /** whether anybody gave it a number */
  readonly isNumbered: boolean;
  /** of the budget, as they are written */
  readonly accounts: readonly string[];
  /** amounts of recorded payments */
  readonly payments: readonly bigint[];
  readonly value: bigint;
  /** paid as recorded, and by what was matched since */
  paid: bigint;
  /** what was matched and is not recorded, by the document's key */
  uses?: Map<string, { readonly amount: bigint; readonly certificate?: string }>;
  readonly certificates: OpenCertificate[];
  readonly instalments: readonly bigint[];
  /** places of its own numbers; those of its certificates and hand-overs are found by their grams alone */
  readonly patterns: readonly number[];
  readonly from?: number;
  readonly until?: number;
  readonly words: readonly number[];
  /** long numbers among the ids of its package and plan */
  readonly ids: readonly string[];
  readonly supplier?: number;
  /** what it lets expect now */
  expected: readonly Expected[];
  gone?: true;
};

/** A supplier as payments name it. */
type Supplier = {
  readonly id: Hex;
  readonly prints: readonly string[];
  readonly cores: Set<string>;
  readonly accounts: Set<string>;
  readonly contracts: number[];
};

/** Grams that so many numbers share tell nothing. */
const COMMON = 40;
const COMMON_NAME = 120;
const KNOWN_NAMES = 8_192;

/**
 * Contracts by everything that a payment may say of one. Contracts come, change and go one at a time; nothing is compared
 * pairwise.
 */
export class ContractIndex {
  readonly #slots: Indexed[] = [];
  readonly #byKey = new Map<string, number>();
  readonly patterns: Pattern[] = [];
  readonly #patternsOf = new Postings<string>();
  readonly #grams = new Postings<number>(COMMON, new WholeNumbers());
  readonly #ids = new Postings<string>();
  readonly #amounts = new Postings<string>();
  readonly #suppliers: Supplier[] = [];
  readonly #supplierById = new Map<Hex, number>();
  readonly #byCore = new Postings<string>();
  readonly #byAccount = new Postings<string>();
  readonly #byPrint = new Postings<string>();
  readonly #byNameGram = new Postings<number>(COMMON_NAME, new WholeNumbers());
  readonly #words = new Map<string, number>();
  readonly #wordCounts: number[] = [];
  readonly #agencies = new Map<Hex, number>();
  readonly #names = new Map<string, { supplier: number; likeness: number }[]>();
  readonly #texts = new Map<string, string>();
  #alive = 0;

  /** How many contracts there are. */
  get size(): number {
    return this.#alive;
  }

  /** Puts a contract in the place of what was known of it; what was matched and is not recorded still uses it. */
  put(card: ContractCard): void {
    const before = this.get(card.ocid, card.contractId);
    this.remove(card.ocid, card.contractId);
    const slot = this.#slots.length;
    const supplier = card.supplier && this.#supplier(card.supplier, slot);
    const certificates = certificatesOf(card);
    const agency = this.#same(card.agency);
    const from = dayNumber(card.on);
    const until = dayNumber(card.until);
    const patterns = [
      ...card.numbers.map((written) => this.#pattern(slot, written, "number")),
      ...deliveryNumbers(card).map((written) => this.#pattern(slot, written, "delivery")),
    ].filter((place) => place >= 0);
    const indexed: Indexed = {
      slot,
      ...{ ocid: card.ocid, contractId: card.contractId, agency, currency: this.#same(card.currency) },
      ...(card.title === undefined ? {} : { title: card.title }),
      isNumbered: card.numbers.length > 0,
      accounts: few(card.budget.map(({ account }) => this.#same(account))),
      payments: few(card.payments.map(({ amount }) => BigInt(amount))),
      value: BigInt(card.value),
      paid: BigInt(card.paid),
      certificates,
      instalments: few(card.instalments.map(BigInt)),
      patterns: patterns.filter((place) => this.patterns[place]!.kind === "number"),
      words: this.#wordsOf(card.title ?? ""),
      expected: [],
      ids: [...new Set([...card.planIds, ...card.packageIds].flatMap(longNumbers))],
      ...(from === undefined ? {} : { from }),
      ...(until === undefined ? {} : { until }),
      ...(supplier === undefined ? {} : { supplier }),
    };
    indexed.expected = expectedOf(indexed);
    this.#slots.push(indexed);
    this.#byKey.set(keyOf(card), slot);
    this.#agencies.set(agency, (this.#agencies.get(agency) ?? 0) + 1);
    for (const id of indexed.ids) this.#ids.add(id, slot);
    for (const { amount } of indexed.expected) this.#amounts.add(String(amount), slot);
    this.#alive++;
    for (const [document, { amount, certificate }] of before?.uses ?? []) this.use(slot, amount, document, certificate);
  }

  remove(ocid: string, contractId: string): void {
    const slot = this.#byKey.get(keyOf({ ocid, contractId }));
    if (slot === undefined) return;
    const gone = this.#slots[slot]!;
    gone.gone = true;
    this.#byKey.delete(keyOf(gone));
    this.#agencies.set(gone.agency, this.#agencies.get(gone.agency)! - 1);
    this.#alive--;
  }

  /**
   * A payment was matched: it uses up what is left of a contract, and of a certificate where it pays one.
   * @param certificate its leaf
   */
  use(slot: number, amount: bigint, document: string, certificate?: string): void {
    this.release(slot, document);
    const contract = this.#slots[slot]!;
    contract.uses ??= new Map();
    contract.uses.set(document, { amount, ...(certificate === undefined ? {} : { certificate }) });
    contract.paid += amount;
    const paid = contract.certificates.find(({ leaf }) => leaf === certificate);
    if (paid !== undefined) paid.paidBy ??= document;
    contract.expected = expectedOf(contract);
    const left = contract.value - contract.paid;
    if (left > 0n) this.#amounts.add(String(left), slot);
  }

  /** It is matched otherwise, or recorded: the card tells it then. */
  release(slot: number, document: string): void {
    const contract = this.#slots[slot]!;
    const used = contract.uses?.get(document);
    if (used === undefined) return;
    contract.uses!.delete(document);
    contract.paid -= used.amount;
    for (const certificate of contract.certificates)
      if (certificate.paidBy === document) certificate.paidBy = undefined;
    contract.expected = expectedOf(contract);
  }

  /** What was learnt of a supplier: where it was paid, or its tax number. */
  learn(id: Hex, { core, account }: { core?: string | undefined; account?: string | undefined }): void {
    const place = this.#supplierById.get(id);
    if (place === undefined) return;
    const { cores, accounts } = this.#suppliers[place]!;
    if (core !== undefined && !cores.has(core)) {
      cores.add(core);
      this.#byCore.add(core, place);
    }
    if (account !== undefined && !accounts.has(account)) {
      accounts.add(account);
      this.#byAccount.add(account, place);
    }
  }

  at(slot: number): Indexed {
    return this.#slots[slot]!;
  }

  get(ocid: string, contractId: string): Indexed | undefined {
    const slot = this.#byKey.get(keyOf({ ocid, contractId }));
    return slot === undefined ? undefined : this.#slots[slot];
  }

  *all(): Generator<Indexed> {
    for (const each of this.#slots) if (each.gone === undefined) yield each;
  }

  /** Patterns whose grams stand in a condensed text, the rarest grams counting most; at most `most`. */
  patternsIn(text: string, most: number): { pattern: number; share: number }[] {
    const shares = new Map<number, number>();
    eachGram(text, (gram) => {
      const count = this.#grams.count(gram);
      if (count === 0 || count > COMMON) return;
      this.#grams.each(gram, (pattern) => shares.set(pattern, (shares.get(pattern) ?? 0) + 1 / count));
    });
    let best = 0;
    for (const share of shares.values()) best = Math.max(best, share);
    const found: { pattern: number; share: number }[] = [];
    // what shares little with the text beside what shares much is another number of the same book
    for (const [pattern, share] of shares) if (share >= best / 5) found.push({ pattern, share });
    if (found.length > most) found.sort((a, b) => b.share - a.share || a.pattern - b.pattern).length = most;
    return found;
  }

  /** How many contracts have a number that is the same once condensed. */
  sameNumber(text: string): number {
    return Math.max(1, this.#patternsOf.count(text));
  }

  byId(id: string): number[] {
    return this.#living(this.#ids.of(id, 64));
  }

  idCount(id: string): number {
    return Math.max(1, this.#ids.count(id));
  }

  /** Contracts that let expect this amount. */
  byAmount(amount: bigint, most: number): number[] {
    return this.#living(this.#amounts.of(String(amount), most));
  }

  amountCount(amount: bigint): number {
    return Math.max(1, this.#amounts.count(String(amount)));
  }

  supplierAt(place: number): Supplier {
    return this.#suppliers[place]!;
  }

  byCore(core: string): number[] {
    return [...new Set(this.#byCore.of(core))];
  }

  byAccount(account: string): number[] {
    return [...new Set(this.#byAccount.of(account))];
  }

  /** Suppliers whose name is this or nearly, with how alike they are, the likest first. */
  byName(name: string): readonly { supplier: number; likeness: number }[] {
    const print = nameFingerprint(name);
    const known = this.#names.get(print);
    if (known !== undefined) return known;
    const found = new Map<number, number>();
    for (const supplier of this.#byPrint.of(print)) found.set(supplier, 1);
    if (found.size === 0) {
      const shared = new Map<number, number>();
      eachGram(condense(print), (gram) => {
        if (this.#byNameGram.count(gram) <= COMMON_NAME)
          this.#byNameGram.each(gram, (supplier) => shared.set(supplier, (shared.get(supplier) ?? 0) + 1));
      });
      const best = [...shared].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 24);
      for (const [supplier] of best) {
        const likeness = likenessOf(print, this.#suppliers[supplier]!.prints);
        if (likeness >= ALIKE) found.set(supplier, likeness);
      }
    }
    const list = [...found].map(([supplier, likeness]) => ({ supplier, likeness }));
    list.sort((a, b) => b.likeness - a.likeness);
    if (this.#names.size >= KNOWN_NAMES) this.#names.clear();
    this.#names.set(print, list);
    return list;
  }

  /** Places of the words of a text that titles of contracts have too. */
  knownWords(text: string): Set<number> {
    return new Set(wordsOf(text).flatMap((word) => this.#words.get(word) ?? []));
  }

  /** How many bits a word of a title tells. */
  wordBits(word: number): number {
    return Math.log2((this.#alive + 1) / this.#wordCounts[word]!);
  }

  /** How many contracts are of an agency, and how many agencies there are. */
  ofAgency(agency: Hex): number {
    return Math.max(1, this.#agencies.get(agency) ?? 0);
  }

  /** One text for all that are the same: agencies, currencies and accounts stand in every contract. */
  #same<Text extends string>(text: Text): Text {
    const known = this.#texts.get(text);
    if (known !== undefined) return known as Text;
    this.#texts.set(text, text);
    return text;
  }

  #living(slots: Iterable<number>): number[] {
    return [...slots].filter((slot) => this.#slots[slot]!.gone === undefined);
  }

  #pattern(slot: number, written: string, kind: Pattern["kind"]): number {
    const text = condense(written);
    // what is as short as a day or a sum stands anywhere
    if (text.length < GRAM_MIN || !/\d/.test(text)) return -1;
    const place = this.patterns.length;
    // what a certificate is called stands in its card
    this.patterns.push({ slot, text, written: kind === "number" ? written : "", kind });
    this.#patternsOf.add(text, place);
    eachGram(text, (gram) => this.#grams.add(gram, place));
    return place;
  }

  #supplier(given: NonNullable<ContractCard["supplier"]>, slot: number): number {
    const known = this.#supplierById.get(given.id);
    const place = known ?? this.#suppliers.length;
    const prints = [
      ...new Set([given.name, ...(given.aliases ?? [])].map(nameFingerprint).filter((each) => each !== "")),
    ];
    if (known === undefined) {
      this.#supplierById.set(given.id, place);
      this.#suppliers.push({ id: given.id, prints, cores: new Set(), accounts: new Set(), contracts: [] });
      for (const print of prints) {
        this.#byPrint.add(print, place);
        eachGram(condense(print), (gram) => this.#byNameGram.add(gram, place));
      }
      this.#names.clear();
    }
    const supplier = this.#suppliers[place]!;
    for (const core of given.npwpCores ?? []) this.learn(given.id, { core });
    for (const account of given.accounts ?? []) this.learn(given.id, { account });
    supplier.contracts.push(slot);
    return place;
  }

  #wordsOf(title: string): number[] {
    const words = new Set<number>();
    for (const word of wordsOf(title)) {
      let place = this.#words.get(word);
      if (place === undefined) {
        place = this.#wordCounts.length;
        this.#words.set(word, place);
        this.#wordCounts.push(0);
      }
      if (!words.has(place)) this.#wordCounts[place]!++;
      words.add(place);
    }
    return [...words];
  }
}

const NONE: readonly never[] = [];
/** One empty list for all that have none. */
function few<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list;
}

/** Names less alike than this are other names. */
const ALIKE = 0.72;
/** The shortest condensed number that is looked for. */
const GRAM_MIN = 5;

/** How alike a fingerprint is to the nearest of a supplier's. */
export function likenessOf(print: string, prints: readonly string[]): number {
  return prints.reduce((most, each) => Math.max(most, alike(each, print)), 0);
}

/** A contract's name in maps: of its process and itself. */
export const keyOf = ({ ocid, contractId }: { ocid: string; contractId: string }) => `${ocid}\n${contractId}`;

function deliveryNumbers(card: ContractCard): string[] {
  const documents = [...card.certificates, ...card.deliveries].flatMap(({ number }) => number ?? []);
  return [...new Set([...documents, ...card.references])].filter((number) => !card.numbers.includes(number));
}

/** Certificates in the order of their days, those used up that recorded payments paid: by amount, else by order. */
function certificatesOf(card: ContractCard): OpenCertificate[] {
  const certificates: OpenCertificate[] = card.certificates.map(({ leaf, amount, gross, on, number }) => {
    const day = dayNumber(on);
    return {
      leaf,
      amount: BigInt(amount),
      gross: BigInt(gross),
      ...(day === undefined ? {} : { on: day }),
      ...(number === undefined ? {} : { number }),
    };
  });
  for (const { amount, returned, documentKey } of card.payments) {
    const left = BigInt(amount) - BigInt(returned ?? "0");
    const paid = certificates.find((each) => each.paidBy === undefined && each.amount === left);
    if (paid !== undefined) paid.paidBy = documentKey;
  }
  return certificates;
}

/** Amounts that a contract lets expect now. */
function expectedOf(contract: Indexed): Expected[] {
  const { value, paid, certificates, instalments } = contract;
  const expected: Expected[] = [];
  for (const [certificate, { amount, gross, paidBy }] of certificates.entries())
    for (const each of gross === amount ? [amount] : [amount, gross])
      if (paidBy === undefined && each > 0n) expected.push({ how: "amountCertificate", amount: each, certificate });
  if (value > 0n && paid === 0n) expected.push({ how: "amountValue", amount: value });
  if (value > paid && paid > 0n) expected.push({ how: "amountRemainder", amount: value - paid });
  for (const amount of instalments) if (amount > 0n) expected.push({ how: "amountInstalment", amount });
  return expected;
}

/** Days since 1970 of a date; undefined for none. */
export function dayNumber(date: string | undefined): number | undefined {
  if (date === undefined) return undefined;
  const known = days.get(date);
  if (known !== undefined) return known;
  const time = Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(time)) return undefined;
  if (days.size > 20_000) days.clear();
  days.set(date, time / 86_400_000);
  return time / 86_400_000;
}
const days = new Map<string, number>();
