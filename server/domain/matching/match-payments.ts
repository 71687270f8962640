import { nameFingerprint } from "../company-name.ts";
import type { PaymentDocument } from "../payments/payment-document.ts";
import type { Words } from "../problems.ts";
import {
  type ContractIndex,
  dayNumber,
  type Expected,
  type Indexed,
  keyOf,
  likenessOf,
  type Pattern,
} from "./contract-index.ts";
import { type Evidence, type EvidenceCode, WEIGHTS } from "./evidence.ts";
import { notProcurementIn } from "./not-procurement.ts";
import {
  type Condensed,
  condenseWithBorders,
  digitsDiffering,
  type Found,
  findNear,
  longNumbers,
  standsAlone,
} from "./number-text.ts";

/** How sure a match is: `certain` is proposed in bulk, `doubtful` waits for a person, of `none` nothing speaks. */
export type Band = "certain" | "doubtful" | "none";

/** A contract that a payment may be of, with what speaks for and against it. `bits`: all of it together, with the prior. */
export type Candidate = {
  readonly ocid: string;
  readonly contractId: string;
  readonly bits: number;
  readonly evidence: readonly Evidence[];
  /** leaf of the certificate that it seems to pay */
  readonly certificate?: string;
};

/** A part of a payment that is of one contract; amounts in minor units as text. */
type Share = Candidate & { readonly amount: string };

export type ReasonCode = keyof typeof REASONS;
export type Match = {
  /** the document's key */
  readonly document: string;
  readonly band: Band;
  /** what it pays, of a certain match; of a doubtful one what would be proposed */
  readonly shares: readonly Share[];
  /** the best, the likeliest first */
  readonly candidates: readonly Candidate[];
  /** why it is not certain, or what is unusual about it */
  readonly reasons: readonly ReasonCode[];
};

/** Why a payment waits for a person. */
export const REASONS = {
  noCandidate: {
    en: "No contract of the register looks like it.",
    id: "Tidak ada kontrak dalam register yang mirip.",
  },
  notProcurement: {
    en: "It looks like a payment that needs no contract.",
    id: "Tampak sebagai belanja yang tidak memerlukan kontrak.",
  },
  weak: {
    en: "What speaks for the best contract is not enough.",
    id: "Bukti bagi kontrak terbaik belum cukup.",
  },
  unexplained: {
    en: "The document does not name the contract in full, and the amount is none that it lets expect.",
    id: "Dokumen tidak menyebut kontrak secara lengkap, dan jumlahnya bukan jumlah yang diharapkan.",
  },
  oneGroup: {
    en: "Only one kind of evidence speaks for the best contract; a second one is needed.",
    id: "Hanya satu jenis bukti yang mendukung kontrak terbaik; perlu bukti jenis lain.",
  },
  close: {
    en: "Another contract is nearly as likely.",
    id: "Kontrak lain hampir sama mungkinnya.",
  },
  contradiction: {
    en: "Something speaks strongly against the best contract.",
    id: "Ada bukti kuat yang bertentangan dengan kontrak terbaik.",
  },
  severalContracts: {
    en: "It names several contracts, and it does not follow how much is for which.",
    id: "Dokumen menyebut beberapa kontrak, dan pembagiannya tidak dapat dipastikan.",
  },
  perhapsDouble: {
    en: "Another document of the same days pays the same amount to the same payee for the same: perhaps it is the same payment.",
    id: "Dokumen lain pada hari-hari yang sama membayar jumlah, penerima, dan uraian yang sama: mungkin pembayaran yang sama.",
  },
  aboveRemainder: {
    en: "It is more than is left of the contract.",
    id: "Jumlahnya melebihi sisa kontrak.",
  },
  anotherCurrency: {
    en: "It is in another currency than the contract.",
    id: "Mata uangnya berbeda dari kontrak.",
  },
} as const satisfies Record<string, Words>;

/**
 * From where on a match is certain: bits of evidence above the prior, bits before the next contract, and bits of at least
 * two groups. Calibrated on generated years (scripts/payment-year) with seeds 1 to 20, tested on others.
 */
const CERTAIN = { bits: 6, margin: 6, group: 3.5 } as const;
/** From where on a contract is shown as candidate. */
const SHOWN = -6;
const SHOW = 5;
/** A register with few contracts is still one of many payers: as if it had so many. */
const AT_LEAST = 4_096;
/** Usual shares of a value in twelve-thousandths: whole twentieths (advances, instalments, retention), months, thirds. */
const SHARES: ReadonlySet<bigint> = new Set([
  ...Array.from({ length: 19 }, (_, at) => BigInt((at + 1) * 600)),
  ...[1_000n, 2_000n, 4_000n, 8_000n, 1_500n, 10_500n],
]);
/** PPN as hundredths of the amount without it: 10 until March 2022 (UU 42/2009), in effect 11 since (UU 7/2021, PMK 131/2024). */
const PPN = { before: 10n, since: 11n, from: 19_083 };
/** PPh in hundred-thousandths of the amount without PPN: none, 22, 23 and the kinds of 4(2) for construction. */
const PPH = [0n, 1500n, 2000n, 1750n, 2650n, 3500n, 4000n, 3000n, 10_000n];
/** Two rupiah, in sen. */
const ROUNDED = 200n;
const SIGNING_SLACK = 14;
const LONG = 400;
const SIXTY = 60;

/** Matches all of these documents, in the order of their days, whatever order they come in. */
export function matchPayments(documents: Iterable<PaymentDocument>, index: ContractIndex): Match[] {
  const matching = new Matching(index);
  const sorted = [...documents].sort(inOrder);
  const matches = sorted.map((document) => matching.match(document));
  const revised = new Map(matching.parts().map((match) => [match.document, match]));
  return matches.map((match) => revised.get(match.document) ?? match);
}

/** The order in which documents are judged: by day, then by key, so that every run judges alike. */
export function inOrder(a: PaymentDocument, b: PaymentDocument): number {
  return a.on < b.on ? -1 : a.on > b.on ? 1 : a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/**
 * Matches payments against contracts by evidence, one after the other in the order of their days (`inOrder`). What is
 * certain uses up certificates and what is left of contracts, so that later payments are judged against what is still
 * open. The same documents and contracts give the same matches.
 */
export class Matching {
  readonly #index: ContractIndex;
  readonly #population: number;
  readonly #prior: number;
  /** days of payments by payee, amount and purpose, to see doubles */
  readonly #seenOn = new Map<number, number>();
  readonly #seenOf = new Map<number, number>();
  /** by contract, payments that may be parts of one amount */
  readonly #partial = new Map<string, PaymentDocument[]>();

  constructor(index: ContractIndex) {
    this.#index = index;
    this.#population = Math.max(index.size, AT_LEAST);
    this.#prior = -Math.log2(this.#population);
  }

  /** That a document was judged before, by another run: doubles of it are seen. */
  remember(document: PaymentDocument): void {
    this.#isDouble(this.#ask(document));
  }

  /** @param without contracts that a person said it is not of, by their keys */
  match(document: PaymentDocument, without: ReadonlySet<string> = NOTHING): Match {
    const match = this.#one(document, without);
    const [best] = match.candidates;
    if (match.band !== "doubtful" || best === undefined || best.bits < PART_BITS) return match;
    if (match.reasons.includes("perhapsDouble") || match.shares.length !== 1) return match;
    if (!best.evidence.some(({ code }) => code === "amountUnexplained")) return match;
    const key = `${best.ocid}\n${best.contractId}`;
    const others = this.#partial.get(key);
    if (others === undefined) this.#partial.set(key, [document]);
    else others.push(document);
    return match;
  }

  #one(document: PaymentDocument, without: ReadonlySet<string>): Match {
    const asked = this.#ask(document);
    const all = this.#candidates(asked);
    const slots = without.size === 0 ? all : all.filter((slot) => !without.has(keyOf(this.#index.at(slot))));
    const judged = slots.map((slot) => this.#judge(asked, slot)).sort(likeliest);
    const several = this.#several(asked, judged);
    if (several !== undefined) return this.#settle(asked, several.shares, judged, several.reasons);
    const [best, next] = judged;
    if (best === undefined || best.bits < SHOWN)
      return this.#none(asked, judged, asked.notProcurement === undefined ? "noCandidate" : "notProcurement");
    const merged = this.#merged(asked, best);
    if (merged !== undefined) return this.#settle(asked, merged, judged, []);
    const reasons = this.#doubts(asked, best, next);
    return this.#settle(asked, [{ judged: best, amount: asked.gross }], judged, reasons);
  }

  /** What of a document is asked again and again. */
  #ask(document: PaymentDocument): Asked {
    const texts = {
      text: condenseWithBorders(document.purpose),
      field: condenseWithBorders(document.contractNumber ?? ""),
      delivery: condenseWithBorders(document.deliveryNumber ?? ""),
    };
    const long = new Set(longNumbers(`${document.purpose} ${document.contractNumber ?? ""}`));
    const places = new Map<number, { found: Found; where: "text" | "field" | "delivery" }>();
    for (const where of PLACES)
      for (const { pattern } of this.#index.patternsIn(texts[where].text, MOST_PATTERNS)) {
        const { text: number } = this.#index.patterns[pattern]!;
        const found = foundIn(number, texts[where], editsOf(number.length));
        const known = places.get(pattern);
        if (found !== undefined && (known === undefined || found.edits < known.found.edits))
          places.set(pattern, { found, where });
      }
    const deliveries = [...places.keys()].filter((place) => this.#index.patterns[place]!.kind === "delivery");
    const print = nameFingerprint(document.payee.name);
    const day = dayNumber(document.cleared ?? document.on);
    const notProcurement = notProcurementIn(document);
    const named = CONTRACT_NUMBER.exec(document.purpose)?.[1];
    return {
      document,
      gross: BigInt(document.gross),
      net: BigInt(document.net),
      texts,
      long,
      places,
      deliveries,
      exact: this.#exactSpans(places),
      agencyBits: document.agency === undefined ? 0 : this.#rare("agencySame", this.#index.ofAgency(document.agency)),
      likeness: new Map(),
      listed: isListed(document.purpose),
      ...(named === undefined ? {} : { named }),
      print,
      words: this.#index.knownWords(document.purpose),
      ...(day === undefined ? {} : { day }),
      ...(notProcurement === undefined ? {} : { notProcurement }),
    };
  }

  /** Numbers that stand in full, the longest at each place: a shorter one within a longer one is none. */
  #exactSpans(places: Asked["places"]): Map<number, Span> {
    const spans = new Map<number, Span>();
    for (const [pattern, { found, where }] of places)
      if (found.edits === 0) spans.set(pattern, this.#spanOf(pattern, found, where));
    for (const [pattern, span] of spans)
      for (const [other, wider] of spans)
        if (other !== pattern && isWithin(span, wider) && wider.to - wider.from > span.to - span.from)
          spans.delete(pattern);
    return spans;
  }

  #spanOf(pattern: number, { to }: Found, where: Span["where"]): Span {
    return { from: to - this.#index.patterns[pattern]!.text.length, to, where };
  }

  /** Whether a number in full stands where this one was found with slips: then it is that number. */
  #isTaken(pattern: number, { found, where }: { found: Found; where: Span["where"] }, exact: Asked["exact"]): boolean {
    if (found.edits === 0) return !exact.has(pattern);
    const span = this.#spanOf(pattern, found, where);
    for (const each of exact.values())
      if (each.where === where && each.from < span.to && span.from < each.to) return true;
    return false;
  }

  #candidates(asked: Asked): number[] {
    const slots = new Set<number>();
    const { document } = asked;
    for (const [pattern, place] of asked.places) {
      if (this.#isTaken(pattern, place, asked.exact)) continue;
      const { slot } = this.#index.patterns[pattern]!;
      if (this.#index.at(slot).gone === undefined) slots.add(slot);
    }
    for (const id of asked.long) for (const slot of this.#index.byId(id)) slots.add(slot);
    const suppliers = new Set<number>();
    const { npwpCore, account, name } = document.payee;
    if (npwpCore !== undefined) for (const each of this.#index.byCore(npwpCore)) suppliers.add(each);
    if (account !== undefined) for (const each of this.#index.byAccount(account)) suppliers.add(each);
    for (const { supplier } of this.#index.byName(name).slice(0, 6)) suppliers.add(supplier);
    for (const supplier of suppliers) this.#ofSupplier(supplier, asked, slots);
    // an amount that many expect tells nothing by itself
    if (slots.size < 24 && this.#index.amountCount(asked.gross) <= 8)
      for (const slot of this.#index.byAmount(asked.gross, 8)) slots.add(slot);
    return [...slots].filter((slot) => this.#index.at(slot).currency === document.currency);
  }

  /** A supplier's contracts; of one with many those of the office and of the amount, and then the latest. */
  #ofSupplier(supplier: number, { document, gross }: Asked, slots: Set<number>): void {
    const { contracts } = this.#index.supplierAt(supplier);
    if (contracts.length > MANY) {
      for (const slot of this.#index.byAmount(gross, 200))
        if (this.#index.at(slot).supplier === supplier) slots.add(slot);
      let left = MANY;
      for (let at = contracts.length - 1; at >= 0 && left > 0; at--) {
        const { slot, gone, agency } = this.#index.at(contracts[at]!);
        if (gone !== undefined || agency !== document.agency) continue;
        slots.add(slot);
        left--;
      }
    }
    let left = MANY;
    for (let at = contracts.length - 1; at >= 0 && left > 0; at--) {
      const { slot, gone } = this.#index.at(contracts[at]!);
      if (gone !== undefined) continue;
      slots.add(slot);
      left--;
    }
  }

  #judge(asked: Asked, slot: number): Judged {
    const contract = this.#index.at(slot);
    const evidence: Evidence[] = [];
    const add = (code: EvidenceCode, bits: number, found?: string) =>
      evidence.push(found === undefined ? { code, bits } : { code, bits, found });
    this.#numbers(asked, contract, add);
    this.#supplier(asked, contract, add);
    const amount = this.#amount(asked, contract, asked.gross, add);
    this.#place(asked, contract, add);
    this.#time(asked, contract, amount, add);
    this.#subject(asked, contract, add);
    const bits = evidence.reduce((sum, each) => sum + each.bits, this.#prior);
    return { slot, bits, evidence, ...(amount === undefined ? {} : { expected: amount }) };
  }

  #rare(code: EvidenceCode, count: number): number {
    return Math.min(WEIGHTS[code].bits, Math.log2(this.#population / Math.max(1, count)));
  }

  #numbers(asked: Asked, contract: Indexed, add: Add): void {
    const { document, long, exact } = asked;
    const best: Record<Pattern["kind"], Evidence | undefined> = { number: undefined, delivery: undefined };
    const look = (place: number) => {
      const pattern = this.#index.patterns[place]!;
      const evidence = this.#numberEvidence(pattern, place, asked);
      if (evidence !== undefined && evidence.bits > (best[pattern.kind]?.bits ?? 0)) best[pattern.kind] = evidence;
    };
    for (const place of contract.patterns) look(place);
    for (const place of asked.deliveries) if (this.#index.patterns[place]!.slot === contract.slot) look(place);
    const id = long.size === 0 ? undefined : contract.ids.find((each) => long.has(each));
    if (id !== undefined) {
      const bits = this.#rare("packageId", this.#index.idCount(id));
      if (bits > (best.number?.bits ?? 0)) best.number = { code: "packageId", bits, found: id };
    }
    if (best.number !== undefined) add(best.number.code, best.number.bits, best.number.found);
    if (best.delivery !== undefined) {
      const bits = best.number === undefined ? best.delivery.bits : best.delivery.bits * BESIDE;
      add(best.delivery.code, bits, best.delivery.found);
    }
    const own = best.number ?? best.delivery;
    const isOwnExact = own !== undefined && own.code !== "numberNear" && own.code !== "deliveryNear";
    if (isOwnExact) return;
    const other = [...exact.keys()].find((place) => {
      const pattern = this.#index.patterns[place]!;
      const { slot, gone } = this.#index.at(pattern.slot);
      return slot !== contract.slot && gone === undefined && pattern.kind === "number" && isTelling(pattern.text);
    });
    if (other !== undefined) {
      // a slip may have led onto another contract's number
      const isSlip = contract.patterns.some((place) => {
        const { text, kind } = this.#index.patterns[place]!;
        return kind === "number" && isTelling(text) && nearIn(text, asked, 1) !== undefined;
      });
      const bits = isSlip ? SLIPPED : WEIGHTS.numberOther.bits;
      add("numberOther", bits, this.#index.patterns[other]!.written);
    } else if (own === undefined && contract.isNumbered) {
      const unlike = isTelling(asked.texts.field.text) ? document.contractNumber : asked.named;
      if (unlike !== undefined) add("numberUnlike", WEIGHTS.numberUnlike.bits, unlike);
    }
  }

  /** What one number of a contract finds in the document. */
  #numberEvidence(pattern: Pattern, place: number, asked: Asked): Evidence | undefined {
    const { text, written, kind } = pattern;
    const known = asked.places.get(place);
    if (known !== undefined && this.#isTaken(place, known, asked.exact)) return undefined;
    // what names a contract in full has no other number, but where its grams were seen
    const isLooked = asked.exact.size === 0 && kind === "number";
    const near = known ?? (isLooked ? nearIn(text, asked, editsOf(text.length)) : undefined);
    if (near === undefined) return undefined;
    const { found, where } = near;
    const [exactly, nearly] = kind === "number" ? NUMBER_CODES : DELIVERY_CODES;
    const same = this.#index.sameNumber(text);
    // a short number stands in a long text by chance
    const telling = TELLS * Math.max(0, text.length - 3);
    if (found.edits === 0)
      return { code: exactly, bits: Math.min(this.#rare(exactly, same), telling), ...(written && { found: written }) };
    const most = Math.min(this.#rare(nearly, same), telling);
    if (most <= found.edits * LETTER) return undefined;
    const digits = digitsDiffering(text, asked.texts[where].text, found);
    const bits = most - digits * DIGIT - (found.edits - digits) * LETTER;
    return bits > 0 ? { code: nearly, bits, ...(written && { found: written }) } : undefined;
  }

  #supplier(asked: Asked, contract: Indexed, add: Add): void {
    if (contract.supplier === undefined) return;
    const supplier = this.#index.supplierAt(contract.supplier);
    const { npwpCore, account, name } = asked.document.payee;
    const many = supplier.contracts.length;
    const found: Evidence[] = [];
    if (npwpCore !== undefined && supplier.cores.size > 0) {
      if (supplier.cores.has(npwpCore)) found.push({ code: "npwpSame", bits: this.#rare("npwpSame", many) });
      else if ([...supplier.cores].some((core) => digitsApart(core, npwpCore) <= 2))
        found.push({ code: "npwpNear", bits: WEIGHTS.npwpNear.bits });
      else add("npwpOther", WEIGHTS.npwpOther.bits);
    }
    if (account !== undefined && supplier.accounts.has(account))
      found.push({ code: "accountSame", bits: this.#rare("accountSame", many) });
    let likeness = asked.likeness.get(contract.supplier);
    if (likeness === undefined && asked.print !== "") {
      likeness = likenessOf(asked.print, supplier.prints);
      asked.likeness.set(contract.supplier, likeness);
    }
    if (likeness === 1) found.push({ code: "nameSame", bits: this.#rare("nameSame", many), found: name });
    else if (likeness !== undefined && likeness >= CLOSE_NAME)
      found.push({
        code: "nameAlike",
        bits: this.#rare("nameAlike", many) * ((likeness - FAR_NAME) / (1 - FAR_NAME)),
        found: name,
      });
    else if (likeness !== undefined && likeness < FAR_NAME && !GO_BETWEEN.test(name))
      add("nameOther", WEIGHTS.nameOther.bits, name);
    // name, number and account say the same of one payee: the surest counts, the others a little
    found.sort((a, b) => b.bits - a.bits);
    for (const [at, { code, bits, found: what }] of found.entries()) add(code, at === 0 ? bits : bits * BESIDE, what);
  }

  /** The best explanation of an amount; what it pays, where that is known. */
  #amount(asked: Asked, contract: Indexed, gross: bigint, add: Add): Expected | undefined {
    const expected = contract.expected;
    const left = contract.value - contract.paid;
    const round = roundness(gross);
    let best: { code: EvidenceCode; bits: number; expected: Expected } | undefined;
    const consider = (code: EvidenceCode, bits: number, each: Expected) => {
      if (bits > (best?.bits ?? 0)) best = { code, bits, expected: each };
    };
    for (const each of expected) {
      const difference = gross > each.amount ? gross - each.amount : each.amount - gross;
      if (difference === 0n) {
        consider(
          each.how,
          Math.min(this.#rare(each.how, this.#index.amountCount(gross)), round + RARE_SUM) + nearness(each),
          each,
        );
      } else if (difference <= ROUNDED)
        consider("amountRounded", Math.min(WEIGHTS.amountRounded.bits, round + 5), each);
      else if (difference * 4n < each.amount) {
        const net = withoutTaxes(each.amount, gross, asked.day);
        if (net === "ppn") consider("amountWithoutTax", WEIGHTS.amountWithoutTax.bits, each);
        else if (net === "pph") consider("amountNet", WEIGHTS.amountNet.bits, each);
      }
    }
    if (best === undefined && gross <= left && isPaidBefore(contract, gross))
      consider("amountAgain", WEIGHTS.amountAgain.bits, { how: "amountInstalment", amount: gross });
    if (best === undefined && gross < contract.value) {
      const share = (gross * 12_000n + contract.value / 2n) / contract.value;
      const part = (contract.value * share) / 12_000n;
      const difference = gross > part ? gross - part : part - gross;
      if (SHARES.has(share) && difference <= 100n)
        consider("amountShare", WEIGHTS.amountShare.bits, { how: "amountInstalment", amount: part });
    }
    if (best !== undefined) {
      add(best.code, best.bits, moneyText(best.expected.amount));
      if (gross > left + ROUNDED) add("amountAboveRemainder", WEIGHTS.amountAboveRemainder.bits);
      return best.expected;
    }
    if (gross > contract.value + ROUNDED) add("amountAboveValue", WEIGHTS.amountAboveValue.bits);
    else if (gross > left + ROUNDED) add("amountAboveRemainder", WEIGHTS.amountAboveRemainder.bits);
    else add("amountUnexplained", WEIGHTS.amountUnexplained.bits);
    return undefined;

    /** Of two certificates of one amount the one that was signed last before the payment. */
    function nearness({ certificate }: Expected): number {
      const on = certificate === undefined ? undefined : contract.certificates[certificate]!.on;
      if (on === undefined || asked.day === undefined) return 0;
      const days = asked.day - on;
      return days < 0 ? -0.5 : days <= SIXTY ? 0.02 * (1 - days / SIXTY) : -0.25;
    }
  }

  #place(asked: Asked, contract: Indexed, add: Add): void {
    const { agency, lines } = asked.document;
    if (agency !== undefined) {
      if (agency === contract.agency) add("agencySame", asked.agencyBits);
      else add("agencyOther", WEIGHTS.agencyOther.bits);
    }
    const line = lines.find(({ account }) => contract.accounts.some((each) => sameAccount(each, account)));
    if (line !== undefined) add("accountOfBudget", WEIGHTS.accountOfBudget.bits, line.account);
  }

  #time({ day }: Asked, contract: Indexed, expected: Expected | undefined, add: Add): void {
    if (day === undefined) return;
    const { from, until, certificates } = contract;
    if (from !== undefined && day < from - SIGNING_SLACK) {
      add("beforeSigning", WEIGHTS.beforeSigning.bits);
      return;
    }
    const certificate = expected?.certificate === undefined ? undefined : certificates[expected.certificate];
    const after = certificate?.on === undefined ? undefined : day - certificate.on;
    if (after !== undefined && after >= 0 && after <= SIXTY)
      add("afterCertificate", WEIGHTS.afterCertificate.bits, certificate?.number);
    else if (until !== undefined && day > until + LONG) add("longAfter", WEIGHTS.longAfter.bits);
    else if (from !== undefined) add("inTime", WEIGHTS.inTime.bits);
  }

  #subject(asked: Asked, contract: Indexed, add: Add): void {
    let [all, both] = [0, 0];
    const shared: number[] = [];
    for (const word of contract.words) {
      const bits = this.#index.wordBits(word);
      all += bits;
      if (!asked.words.has(word)) continue;
      both += bits;
      shared.push(word);
    }
    const share = all === 0 ? 0 : both / all;
    if (share >= 0.5) add("titleAlike", Math.min(WEIGHTS.titleAlike.bits, both / 3) * share, contract.title);
    const { route } = asked.document;
    if (route !== undefined && route !== "LS") add("pettyCash", WEIGHTS.pettyCash.bits);
    if (asked.notProcurement !== undefined) add("notProcurement", WEIGHTS.notProcurement.bits, asked.notProcurement);
  }

  // ---- one document over several contracts

  /** Contracts that the document names, each at a place of its own, where it names more than one. */
  #several(asked: Asked, judged: readonly Judged[]): { shares: Part[]; reasons: ReasonCode[] } | undefined {
    const named = new Map<number, Judged>();
    const taken: Span[] = [];
    const bySpan = [...asked.places]
      .filter(([place, each]) => each.found.edits <= 1 && !this.#isTaken(place, each, asked.exact))
      .map(([place, { found, where }]) => ({ place, edits: found.edits, ...this.#spanOf(place, found, where) }))
      .sort((a, b) => a.edits - b.edits || b.to - b.from - (a.to - a.from) || a.place - b.place);
    for (const { place, from, to, where } of bySpan) {
      const pattern = this.#index.patterns[place]!;
      if (pattern.kind !== "number" || !isTelling(pattern.text) || where === "delivery") continue;
      if (taken.some((span) => span.where === where && span.from < to && from < span.to)) continue;
      const candidate = judged.find(({ slot }) => slot === pattern.slot);
      if (candidate === undefined || saysAgainst(candidate, "supplier") <= -6) continue;
      taken.push({ from, to, where });
      named.set(pattern.slot, candidate);
    }
    if (named.size < 2 || named.size > MOST_SHARES) return undefined;
    const parts = [...named.values()];
    const ways = sharesOf(
      parts.map(({ slot }) => this.#index.at(slot)),
      asked.gross,
    );
    if (ways.length !== 1)
      return { shares: parts.map((each) => ({ judged: each, amount: 0n })), reasons: ["severalContracts"] };
    const shares = ways[0]!.map((expected, at) => this.#asShare(parts[at]!, expected));
    return { shares, reasons: shares.flatMap(({ judged: each }) => this.#doubtsOfShare(each)) };
  }

  #doubtsOfShare(judged: Judged): ReasonCode[] {
    if (groupsOf(judged, CERTAIN.group) < 2) return ["oneGroup"];
    return judged.evidence.some(({ code }) => stopsMatch(code) && code !== "numberOther") ? ["contradiction"] : [];
  }

  /** The same contract as part of a document: its share explains the amount, and the others' numbers are none against it. */
  #asShare(judged: Judged, expected: Expected): Part {
    const kept = judged.evidence.filter(({ code }) => WEIGHTS[code].group !== "amount" && code !== "numberOther");
    const evidence: Evidence[] = [
      ...kept,
      { code: "amountSum", bits: WEIGHTS.amountSum.bits, found: moneyText(expected.amount) },
    ];
    const bits = evidence.reduce((sum, each) => sum + each.bits, this.#prior);
    return { judged: { ...judged, evidence, bits, expected }, amount: expected.amount };
  }

  /** Several open certificates or remainders of one supplier that a document pays at once without naming them all. */
  #merged(asked: Asked, best: Judged): Part[] | undefined {
    const isExplained = best.evidence.some(({ code, bits }) => WEIGHTS[code].group === "amount" && bits > 0);
    // who names one contract in full, and lists no others, means that one
    const names = best.evidence.some(({ code }) => NAMED.has(code));
    if (names && !asked.listed) return undefined;
    const contract = this.#index.at(best.slot);
    if (isExplained || contract.supplier === undefined) return undefined;
    if (saysFor(best, "supplier") < 5 || (asked.document.route ?? "LS") !== "LS") return undefined;
    const others = this.#index
      .supplierAt(contract.supplier)
      .contracts.map((slot) => this.#index.at(slot))
      .filter(
        ({ gone, agency, currency }) =>
          gone === undefined && agency === contract.agency && currency === contract.currency,
      );
    if (others.length < 2 || others.length > 12) return undefined;
    const found = subsetsOf(others, asked.gross);
    if (found.length !== 1) return undefined;
    const parts = found[0]!.map(({ slot, expected }) => this.#asShare(this.#judge(asked, slot), expected));
    return parts.every(({ judged }) => this.#doubtsOfShare(judged).length === 0) ? parts : undefined;
  }

  // ---- several documents for one amount

  /**
   * Doubtful payments of one contract without an explained amount that add up to a certificate, to the value or to what is
   * left: the sum explains each. Asked once, after the last payment; tells the matches that changed.
   */
  parts(): Match[] {
    const settled: Match[] = [];
    for (const [key, documents] of this.#partial) {
      if (documents.length < 2 || documents.length > 6) continue;
      const [ocid, contractId] = key.split("\n") as [string, string];
      const contract = this.#index.get(ocid, contractId);
      const sum = documents.reduce((all, { gross }) => all + BigInt(gross), 0n);
      const expected = contract?.expected.find(({ amount }) => amount === sum);
      if (contract === undefined || expected === undefined) continue;
      for (const document of documents) {
        const asked = this.#ask(document);
        const raised = this.#candidates(asked)
          .map((slot) => this.#judge(asked, slot))
          .map((each) => (each.slot === contract.slot ? this.#asPart(each, expected) : each))
          .sort(likeliest);
        const [best, next] = raised;
        if (best?.slot !== contract.slot) continue;
        const parts = [{ judged: best, amount: asked.gross }];
        settled.push(this.#settle(asked, parts, raised, this.#doubts(asked, best, next)));
      }
    }
    this.#partial.clear();
    return settled;
  }

  #asPart(judged: Judged, expected: Expected): Judged {
    const kept = judged.evidence.filter(({ code }) => code !== "amountUnexplained");
    const evidence: Evidence[] = [
      ...kept,
      { code: "amountParts", bits: WEIGHTS.amountParts.bits, found: moneyText(expected.amount) },
    ];
    return { ...judged, evidence, bits: evidence.reduce((sum, each) => sum + each.bits, this.#prior) };
  }

  // ---- judgement

  #doubts(asked: Asked, best: Judged, next: Judged | undefined): ReasonCode[] {
    const reasons: ReasonCode[] = [];
    if (best.bits < CERTAIN.bits) reasons.push("weak");
    if (groupsOf(best, CERTAIN.group) < 2) reasons.push("oneGroup");
    if (saysFor(best, "amount") < CERTAIN.group) {
      const isNamed = best.evidence.some(({ code }) => NAMED.has(code));
      if (asked.listed) reasons.push("severalContracts");
      if (!isNamed) reasons.push("unexplained");
    }
    if (next !== undefined && best.bits - next.bits < CERTAIN.margin) reasons.push("close");
    if (best.evidence.some(({ code }) => stopsMatch(code)) || saysAgainst(best, "supplier") <= -6)
      reasons.push("contradiction");
    if (best.evidence.some(({ code }) => code === "amountAboveRemainder")) reasons.push("aboveRemainder");
    if (this.#isDouble(asked)) reasons.push("perhapsDouble");
    return reasons;
  }

  /** Whether a document of the last sixty days said the same of the same payee. */
  #isDouble({ document, print, day = 0, gross, texts }: Asked): boolean {
    const { npwpCore, account } = document.payee;
    const payee = npwpCore ?? account ?? print;
    const key = hashOf(
      `${document.issuer} ${payee} ${gross} ${texts.text.text} ${texts.field.text} ${texts.delivery.text}`,
    );
    const own = hashOf(document.key);
    const before = this.#seenOn.get(key);
    if (before !== undefined && this.#seenOf.get(key) === own) return false;
    if (before !== undefined && day >= before && day - before <= SIXTY) return true;
    this.#seenOn.set(key, day);
    this.#seenOf.set(key, own);
    return false;
  }

  #settle(asked: Asked, parts: readonly Part[], judged: readonly Judged[], reasons: readonly ReasonCode[]): Match {
    const band: Band = reasons.length === 0 ? "certain" : "doubtful";
    if (parts.length > 1 && reasons.length === 0 && this.#isDouble(asked))
      return this.#settle(asked, parts, judged, ["perhapsDouble"]);
    // shares are told before what they use up is gone
    const shares = parts.map(({ judged: each, amount }) => ({ ...this.#told(each), amount: String(amount) }));
    // of a certain match its shares tell the evidence, and the next candidate how far it is behind
    const shown = band === "certain" ? judged.slice(parts.length, parts.length + 1) : judged.slice(0, SHOW);
    const candidates = shown.filter(({ bits }) => bits >= SHOWN).map((each) => this.#told(each));
    if (band === "certain")
      for (const { judged: each, amount } of parts)
        this.#index.use(each.slot, amount, asked.document.key, this.#leafOf(each));
    return { document: asked.document.key, band, shares, candidates, reasons: [...new Set(reasons)] };
  }

  #none(asked: Asked, judged: readonly Judged[], reason: ReasonCode): Match {
    const candidates = judged.slice(0, 2).map((each) => this.#told(each));
    return { document: asked.document.key, band: "none", shares: [], candidates, reasons: [reason] };
  }

  /** The certificate that it seems to pay. */
  #leafOf({ slot, expected }: Judged): string | undefined {
    return expected?.certificate === undefined
      ? undefined
      : this.#index.at(slot).certificates[expected.certificate]?.leaf;
  }

  #told(judged: Judged): Candidate {
    const { slot, bits, evidence } = judged;
    const { ocid, contractId } = this.#index.at(slot);
    const leaf = this.#leafOf(judged);
    return {
      ocid,
      contractId,
      bits: rounded(bits),
      evidence: evidence.map((each) => ({ ...each, bits: rounded(each.bits) })),
      ...(leaf === undefined ? {} : { certificate: leaf }),
    };
  }
}

const NOTHING: ReadonlySet<string> = new Set();
type Span = { from: number; to: number; where: "text" | "field" | "delivery" };
type Asked = {
  document: PaymentDocument;
  gross: bigint;
  net: bigint;
  texts: Record<Span["where"], Condensed>;
  long: ReadonlySet<string>;
  /** numbers found by their grams, by place of their pattern */
  places: Map<number, { found: Found; where: Span["where"] }>;
  /** of these, the places that are of certificates and hand-overs */
  deliveries: readonly number[];
  exact: Map<number, Span>;
  /** what it tells that the office is the contract's */
  agencyBits: number;
  /** of suppliers' names to the payee's, as far as it was asked */
  likeness: Map<number, number>;
  /** whether it lists several numbers, of which some may be cut off or unknown */
  listed: boolean;
  /** what stands after the words for a contract's number */
  named?: string;
  print: string;
  words: ReadonlySet<number>;
  day?: number;
  notProcurement?: string;
};
type Judged = { slot: number; bits: number; evidence: readonly Evidence[]; expected?: Expected };
type Part = { judged: Judged; amount: bigint };
type Add = (code: EvidenceCode, bits: number, found?: string) => void;

const MOST_PATTERNS = 12;
const MOST_SHARES = 8;
const MANY = 24;
/** How much a second finding of one thing counts. */
const BESIDE = 0.3;
const DIGIT = 5;
const LETTER = 2.5;
/** Bits that each character of a number beyond the third tells at most. */
const TELLS = 1.8;
/** Bits that even a round sum tells. */
const RARE_SUM = 4;
/** Who receives for others: treasurers of offices, banks, the treasury itself. */
const GO_BETWEEN = /\b(?:bendahara\w*|bank|bpd|bjb|kas daerah|rkud|kasda|bpr)\b/i;
const CLOSE_NAME = 0.8;
const FAR_NAME = 0.5;
const PART_BITS = 0;
/** Findings that name the contract itself, without a slip: books of certificates are those of contracts, too. */
const NAMED: ReadonlySet<EvidenceCode> = new Set(["numberExact", "packageId"]);
/** After a comma or an "and": a number, by itself or after "No." or a few letters. */
const ANOTHER = /(?:[,;&+]|\s(?:dan|serta)\s)\s*(?:no[.:]*\s*)?[a-z]{0,4}[.-]?\d/gi;
/** Bits against a contract whose number differs in one character from another's that the document names. */
const SLIPPED = -3;
const PLACES = ["field", "delivery", "text"] as const;
const NUMBER_CODES = ["numberExact", "numberNear"] as const;
const DELIVERY_CODES = ["deliveryExact", "deliveryNear"] as const;

const likeliest = (a: Judged, b: Judged) => b.bits - a.bits || a.slot - b.slot;
const rounded = (bits: number) => Math.round(bits * 100) / 100;
const stopsMatch = (code: EvidenceCode) => "stops" in WEIGHTS[code];

/** How many characters of a number may differ. */
function editsOf(length: number): number {
  return length < 8 ? 0 : length < 12 ? 1 : length < 20 ? 2 : 3;
}

/** A number for a text, of 52 bits (FNV-1a, twice): texts that differ have others, but for one in 10^15. */
function hashOf(text: string): number {
  let [one, other] = [0x811c9dc5, 0x01000193];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b);
  }
  return (one >>> 0) * 0x100000 + ((other >>> 0) & 0xfffff);
}

/** Whether a condensed number tells a contract by itself. */
function isTelling(text: string): boolean {
  return text.length >= 8 && /\d/.test(text);
}

/** A number in a text; one that goes on a longer number there is another, by a digit at least. */
function foundIn(number: string, where: Condensed, most: number): Found | undefined {
  const found = findNear(number, where.text, most);
  if (found?.edits !== 0) return found;
  // the same signs may stand by themselves further on
  for (let from = found.to - number.length; from >= 0; from = where.text.indexOf(number, from + 1))
    if (standsAlone(where, from, from + number.length)) return { to: from + number.length, edits: 0 };
  return most === 0 ? undefined : { to: found.to, edits: 1, joined: true };
}

function nearIn(number: string, { texts }: Asked, most: number): { found: Found; where: Span["where"] } | undefined {
  let best: { found: Found; where: Span["where"] } | undefined;
  for (const where of PLACES) {
    if (texts[where].text === "") continue;
    const found = foundIn(number, texts[where], most);
    if (found !== undefined && (best === undefined || found.edits < best.found.edits)) best = { found, where };
  }
  return best;
}

/** Whether a number stands in a text, and soon after it another, or a list that is cut off. */
function isListed(text: string): boolean {
  if (/(?:[,;&]\s*[0-9]{0,3}|\s(?:d|da|dan|s|se|ser|serta)\s*)$/i.test(text.slice(-8)) && NUMBER_BEFORE.test(text))
    return true;
  for (const { index } of text.matchAll(ANOTHER))
    if (NUMBER_BEFORE.test(text.slice(Math.max(0, index - SOON), index))) return true;
  return false;
}
/** Of a contract's number, however its slashes are written: a digit, a separator, and more of it. */
const NUMBER_BEFORE = /[a-z0-9]\s*[/.-]\s*[a-z0-9]+\s*[/.-]\s*[a-z0-9]/i;
const SOON = 30;
/** A number after the words for a contract: at least eight signs, with a digit and a separator within. */
const CONTRACT_NUMBER =
  /\b(?:spk|kontrak|perjanjian|surat pesanan|sp)\s*(?:no(?:mor)?)?\s*[.:]*\s*((?=[^\s,]*\d)(?=[^\s,]{8})[a-z0-9]+[/.-][^\s,]*)/i;

/** Whether the same was paid of the contract before, as month by month. */
function isPaidBefore({ payments, uses }: Indexed, gross: bigint): boolean {
  if (payments.includes(gross)) return true;
  for (const { amount } of uses?.values() ?? []) if (amount === gross) return true;
  return false;
}

const isWithin = (span: Span, wider: Span) =>
  span.where === wider.where && wider.from <= span.from && wider.to >= span.to;

function saysFor({ evidence }: Judged, group: string): number {
  return evidence.reduce((sum, { code, bits }) => (WEIGHTS[code].group === group && bits > 0 ? sum + bits : sum), 0);
}
function saysAgainst({ evidence }: Judged, group: string): number {
  return evidence.reduce((sum, { code, bits }) => (WEIGHTS[code].group === group ? sum + bits : sum), 0);
}

/** How many independent kinds of evidence speak for it with so many bits: number or delivery, supplier, amount, subject. */
function groupsOf(judged: Judged, least: number): number {
  const named = Math.max(saysFor(judged, "number"), saysFor(judged, "delivery"));
  return [named, saysFor(judged, "supplier"), saysFor(judged, "amount"), saysFor(judged, "subject")].filter(
    (bits) => bits >= least,
  ).length;
}

/** In how many digits two numbers of nine differ; two neighbours swapped count as one slip of two. */
function digitsApart(one: string, other: string): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  let apart = 0;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) apart++;
  return apart;
}

/** Bits that an amount tells by its form: one that ends in many zeros is had by many. In sen. */
function roundness(amount: bigint): number {
  let [zeros, rest] = [0, amount / 100n];
  if (amount % 100n !== 0n) return 12;
  while (rest > 0n && rest % 10n === 0n) {
    rest /= 10n;
    zeros++;
  }
  return Math.max(1, 9 - 1.4 * Math.max(0, zeros - 2));
}

/** Whether `paid` is `gross` without PPN, or without PPN and PPh, within some rupiah of rounding. */
function withoutTaxes(gross: bigint, paid: bigint, day: number | undefined): "ppn" | "pph" | undefined {
  const base = (gross * 100n) / (100n + ((day ?? PPN.from) < PPN.from ? PPN.before : PPN.since));
  for (const pph of PPH) {
    const net = base - (base * pph) / 100_000n;
    const difference = net > paid ? net - paid : paid - net;
    if (difference <= ROUNDED) return pph === 0n ? "ppn" : "pph";
  }
  return undefined;
}

/** Budget accounts are one where one is the beginning of the other, by levels. */
function sameAccount(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length >= 12 && (long === short || long.startsWith(`${short}.`) || long.endsWith(`.${short}`));
}

/** Ways to share a sum over contracts so that each gets an amount that it lets expect; at most two are told. */
function sharesOf(contracts: readonly Indexed[], sum: bigint): Expected[][] {
  const forms = contracts.map((contract) => distinct(contract.expected));
  const ways: Expected[][] = [];
  let steps = 0;
  const go = (at: number, left: bigint, chosen: Expected[]) => {
    if (ways.length > 1 || ++steps > 50_000 || left < 0n) return;
    if (at === forms.length) {
      if (left === 0n) ways.push(chosen);
      return;
    }
    for (const each of forms[at]!) go(at + 1, left - each.amount, [...chosen, each]);
  };
  go(0, sum, []);
  return ways;
}

/** Two to four contracts whose open amounts add up to a sum; at most two such sets are told. */
function subsetsOf(contracts: readonly Indexed[], sum: bigint): { slot: number; expected: Expected }[][] {
  const forms = contracts.map((contract) =>
    distinct(contract.expected.filter(({ how }) => how !== "amountInstalment")),
  );
  const found: { slot: number; expected: Expected }[][] = [];
  let steps = 0;
  const go = (at: number, left: bigint, chosen: { slot: number; expected: Expected }[]) => {
    if (found.length > 1 || ++steps > 20_000 || left < 0n) return;
    if (left === 0n) {
      if (chosen.length > 1) found.push(chosen);
      return;
    }
    if (at === forms.length || chosen.length === 4) return;
    go(at + 1, left, chosen);
    for (const expected of forms[at]!)
      go(at + 1, left - expected.amount, [...chosen, { slot: contracts[at]!.slot, expected }]);
  };
  go(0, sum, []);
  return found;
}

/** Each amount once: of a certificate rather than of the value. */
function distinct(expected: readonly Expected[]): Expected[] {
  const seen = new Set<bigint>();
  return expected.filter(({ amount }) => !seen.has(amount) && seen.add(amount));
}

/** An amount in words of neither language: digits in groups, sen after a comma where there are any. */
function moneyText(minor: bigint): string {
  const rupiah = String(minor / 100n).replace(/\B(?=(\d{3})+$)/g, ".");
  const sen = minor % 100n;
  return sen === 0n ? rupiah : `${rupiah},${String(sen).padStart(2, "0")}`;
}
