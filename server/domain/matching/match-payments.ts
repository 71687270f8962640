import { nameFingerprint } from "../company-name.ts";
import type { PaymentDocument } from "../payments/payment-document.ts";
import type { Words } from "../problems.ts";
import {
  type ContractIndex,
  dayNumber,
  type Expected,
  expectedOf,
  type Indexed,
  likenessOf,
  type Pattern,
} from "./contract-index.ts";
import { type Evidence, type EvidenceCode, WEIGHTS } from "./evidence.ts";
import { notProcurementIn } from "./not-procurement.ts";
import { condense, type Found, findNear, longNumbers } from "./number-text.ts";

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
export type Share = Candidate & { readonly amount: string };

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
 * two groups. Calibrated on generated years (scripts/payment-year.ts) with seeds 1 to 20, tested on others.
 */
export const CERTAIN = { bits: 6, margin: 6, group: 3.5 } as const;
/** From where on a contract is shown as candidate. */
const SHOWN = -6;
const SHOW = 5;
/** A register with few contracts is still one of many payers: as if it had so many. */
const AT_LEAST = 4_096;
/** Usual shares of a value in ten-thousandths: advances, instalments, retention and what is left without it. */
const SHARES = [
  500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 5500, 6000, 6500, 7000, 7500, 8000, 8500, 9000, 9500,
];
/** PPN as hundredths of the amount without it, as ever in force: 10 until March 2022, 11 since, and 12 on luxury. */
const PPN = [11n, 10n, 12n];
/** PPh in hundred-thousandths of the amount without PPN: none, 22, 23 and the kinds of 4(2) for construction. */
const PPH = [0n, 1500n, 2000n, 1750n, 2650n, 3500n, 4000n, 3000n, 10_000n];
/** Two rupiah, in sen. */
const ROUNDED = 200n;
const SIGNING_SLACK = 14;
const LONG = 400;
const SIXTY = 60;

/**
 * Matches payments against contracts by evidence. Documents are judged in the order of their days; what is certain uses
 * up certificates and what is left, so that later payments are judged against what is still open. The same documents and
 * contracts give the same matches, in whatever order they came.
 */
export function matchPayments(documents: Iterable<PaymentDocument>, index: ContractIndex): Match[] {
  return new Matching(index).all(documents);
}

/** One run over some documents. */
class Matching {
  readonly #index: ContractIndex;
  readonly #population: number;
  readonly #prior: number;
  /** payments by payee, amount and purpose, to see doubles */
  readonly #seen = new Map<string, { key: string; day: number }[]>();

  constructor(index: ContractIndex) {
    this.#index = index;
    this.#population = Math.max(index.size, AT_LEAST);
    this.#prior = -Math.log2(this.#population);
  }

  all(documents: Iterable<PaymentDocument>): Match[] {
    const sorted = [...documents].sort((a, b) => (a.on < b.on ? -1 : a.on > b.on ? 1 : a.key < b.key ? -1 : 1));
    const first = sorted.map((document) => this.#one(document));
    const again = sorted.map((document, at) => (first[at]!.band === "doubtful" ? document : undefined));
    const parts = this.#parts(again, first);
    return first.map((match, at) => parts.get(at) ?? match);
  }

  #one(document: PaymentDocument): Match {
    const asked = this.#ask(document);
    const slots = this.#candidates(asked);
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
    const text = condense(document.purpose);
    const field = condense(document.contractNumber ?? "");
    const delivery = condense(document.deliveryNumber ?? "");
    const long = new Set(longNumbers(`${document.purpose} ${document.contractNumber ?? ""}`));
    const places = new Map<number, { found: Found; where: "text" | "field" | "delivery" }>();
    for (const [where, each] of [
      ["field", field],
      ["delivery", delivery],
      ["text", text],
    ] as const)
      for (const { pattern } of this.#index.patternsIn(each, MOST_PATTERNS)) {
        const { text: number } = this.#index.patterns[pattern]!;
        const found = findNear(number, each, editsOf(number.length));
        const known = places.get(pattern);
        if (found !== undefined && (known === undefined || found.edits < known.found.edits))
          places.set(pattern, { found, where });
      }
    const print = nameFingerprint(document.payee.name);
    const day = dayNumber(document.cleared ?? document.on);
    const notProcurement = notProcurementIn(document);
    return {
      document,
      gross: BigInt(document.gross),
      net: BigInt(document.net),
      texts: { text, field, delivery },
      long,
      places,
      exact: this.#exactSpans(places),
      print,
      words: this.#index.knownWords(document.purpose),
      ...(day === undefined ? {} : { day }),
      ...(notProcurement === undefined ? {} : { notProcurement }),
    };
  }

  /** Numbers that stand in full, the longest at each place: a shorter one within a longer one is none. */
  #exactSpans(places: Asked["places"]): Map<number, Span> {
    const full = [...places].filter(([, { found }]) => found.edits === 0);
    const spans = new Map<number, Span>();
    for (const [pattern, { found, where }] of full) {
      const within = full.some(
        ([other, { found: f, where: w }]) =>
          other !== pattern &&
          w === where &&
          f.from <= found.from &&
          f.to >= found.to &&
          f.to - f.from > found.to - found.from,
      );
      if (!within) spans.set(pattern, { from: found.from, to: found.to, where });
    }
    return spans;
  }

  #candidates(asked: Asked): number[] {
    const slots = new Set<number>();
    const { document } = asked;
    for (const pattern of asked.places.keys()) {
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
    return [...slots].filter((slot) => this.#index.at(slot).card.currency === document.currency);
  }

  /** A supplier's contracts; of one with very many those of the office or the amount, and the latest. */
  #ofSupplier(supplier: number, { document, gross }: Asked, slots: Set<number>): void {
    const { contracts } = this.#index.supplierAt(supplier);
    const living = contracts.filter((slot) => this.#index.at(slot).gone === undefined);
    if (living.length <= MANY) for (const slot of living) slots.add(slot);
    else {
      const near = living.filter((slot) => {
        const contract = this.#index.at(slot);
        return contract.card.agency === document.agency || expectedOf(contract).some(({ amount }) => amount === gross);
      });
      for (const slot of near.slice(0, MANY)) slots.add(slot);
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
    const { document, long, places, exact } = asked;
    const best: Record<Pattern["kind"], Evidence | undefined> = { number: undefined, delivery: undefined };
    for (const place of contract.patterns) {
      const pattern = this.#index.patterns[place]!;
      const evidence = this.#numberEvidence(pattern, place, asked);
      if (evidence !== undefined && evidence.bits > (best[pattern.kind]?.bits ?? 0)) best[pattern.kind] = evidence;
    }
    const id = [...contract.card.packageIds, ...contract.card.planIds]
      .flatMap(longNumbers)
      .find((each) => long.has(each));
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
    if (other !== undefined) add("numberOther", WEIGHTS.numberOther.bits, this.#index.patterns[other]!.written);
    else if (own === undefined && isTelling(asked.texts.field) && contract.card.numbers.length > 0)
      add("numberUnlike", WEIGHTS.numberUnlike.bits, document.contractNumber);
    void places;
  }

  /** What one number of a contract finds in the document. */
  #numberEvidence(pattern: Pattern, place: number, asked: Asked): Evidence | undefined {
    const { text, written, kind } = pattern;
    const known = asked.places.get(place);
    const most = editsOf(text.length);
    const found = known?.found ?? nearIn(text, asked, most);
    if (found === undefined) return undefined;
    const [exactly, nearly] = kind === "number" ? NUMBER_CODES : DELIVERY_CODES;
    const same = this.#index.sameNumber(text);
    // a short number stands in a long text by chance
    const telling = TELLS * Math.max(0, text.length - 3);
    if (found.edits === 0) {
      if (known !== undefined && !asked.exact.has(place)) return undefined;
      return { code: exactly, bits: Math.min(this.#rare(exactly, same), telling), found: written };
    }
    const lost = found.digits * DIGIT + (found.edits - found.digits) * LETTER;
    const bits = Math.min(this.#rare(nearly, same), telling) - lost;
    return bits > 0 ? { code: nearly, bits, found: written } : undefined;
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
    const likeness = asked.print === "" ? undefined : likenessOf(asked.print, supplier.prints);
    if (likeness === 1) found.push({ code: "nameSame", bits: this.#rare("nameSame", many), found: name });
    else if (likeness !== undefined && likeness >= CLOSE_NAME)
      found.push({
        code: "nameAlike",
        bits: this.#rare("nameAlike", many) * ((likeness - FAR_NAME) / (1 - FAR_NAME)),
        found: name,
      });
    else if (likeness !== undefined && likeness < FAR_NAME) add("nameOther", WEIGHTS.nameOther.bits, name);
    // name, number and account say the same of one payee: the surest counts, the others a little
    found.sort((a, b) => b.bits - a.bits);
    for (const [at, { code, bits, found: what }] of found.entries()) add(code, at === 0 ? bits : bits * BESIDE, what);
  }

  /** The best explanation of an amount; what it pays, where that is known. */
  #amount(asked: Asked, contract: Indexed, gross: bigint, add: Add): Expected | undefined {
    const expected = expectedOf(contract);
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
        const net = withoutTaxes(each.amount, gross);
        if (net === "ppn") consider("amountWithoutTax", WEIGHTS.amountWithoutTax.bits, each);
        else if (net === "pph") consider("amountNet", WEIGHTS.amountNet.bits, each);
      }
    }
    if (best === undefined && gross < contract.value && contract.value > 0n)
      for (const share of SHARES) {
        const part = (contract.value * BigInt(share)) / 10_000n;
        const difference = gross > part ? gross - part : part - gross;
        if (difference > 100n) continue;
        consider("amountShare", WEIGHTS.amountShare.bits, { how: "amountInstalment", amount: part });
        break;
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

  #place(asked: Asked, { card }: Indexed, add: Add): void {
    const { agency, lines } = asked.document;
    if (agency !== undefined) {
      if (agency === card.agency) add("agencySame", this.#rare("agencySame", this.#index.ofAgency(agency)));
      else add("agencyOther", WEIGHTS.agencyOther.bits);
    }
    const line = lines.find(({ account }) => card.budget.some((each) => sameAccount(each.account, account)));
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
    if (share >= 0.5) add("titleAlike", Math.min(WEIGHTS.titleAlike.bits, both / 3) * share, contract.card.title);
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
      .filter(([place, { found }]) => (found.edits === 0 ? asked.exact.has(place) : found.edits <= 1))
      .sort(([a, { found: x }], [b, { found: y }]) => x.edits - y.edits || y.to - y.from - (x.to - x.from) || a - b);
    for (const [place, { found, where }] of bySpan) {
      const pattern = this.#index.patterns[place]!;
      if (pattern.kind !== "number" || !isTelling(pattern.text) || where === "delivery") continue;
      if (taken.some((span) => span.where === where && span.from < found.to && found.from < span.to)) continue;
      const candidate = judged.find(({ slot }) => slot === pattern.slot);
      if (candidate === undefined || saysAgainst(candidate, "supplier") <= -6) continue;
      taken.push({ from: found.from, to: found.to, where });
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
    const contract = this.#index.at(best.slot);
    if (isExplained || contract.supplier === undefined) return undefined;
    if (saysFor(best, "supplier") < 5 || (asked.document.route ?? "LS") !== "LS") return undefined;
    const others = this.#index
      .supplierAt(contract.supplier)
      .contracts.map((slot) => this.#index.at(slot))
      .filter(
        ({ gone, card }) =>
          gone === undefined && card.agency === contract.card.agency && card.currency === contract.card.currency,
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
   * left: the sum explains each.
   */
  #parts(documents: readonly (PaymentDocument | undefined)[], first: readonly Match[]): Map<number, Match> {
    const byContract = new Map<string, number[]>();
    for (const [at, document] of documents.entries()) {
      const [best] = first[at]!.candidates;
      if (document === undefined || best === undefined || best.bits < PART_BITS) continue;
      if (first[at]!.reasons.includes("perhapsDouble") || first[at]!.shares.length !== 1) continue;
      if (!best.evidence.some(({ code }) => code === "amountUnexplained")) continue;
      const key = `${best.ocid}\n${best.contractId}`;
      byContract.set(key, [...(byContract.get(key) ?? []), at]);
    }
    const settled = new Map<number, Match>();
    for (const places of byContract.values()) {
      if (places.length < 2 || places.length > 6) continue;
      const [one] = first[places[0]!]!.candidates;
      const contract = this.#index.get(one!.ocid, one!.contractId);
      if (contract === undefined) continue;
      const sum = places.reduce((all, at) => all + BigInt(documents[at]!.gross), 0n);
      const expected = expectedOf(contract).find(({ amount }) => amount === sum);
      if (expected === undefined) continue;
      for (const at of places) {
        const asked = this.#ask(documents[at]!);
        const judged = this.#candidates(asked).map((slot) => this.#judge(asked, slot));
        const raised = judged
          .map((each) => (each.slot === contract.slot ? this.#asPart(each, expected) : each))
          .sort(likeliest);
        const [best, next] = raised;
        if (best?.slot !== contract.slot) continue;
        settled.set(
          at,
          this.#settle(asked, [{ judged: best, amount: asked.gross }], raised, this.#doubts(asked, best, next)),
        );
      }
    }
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
    const key = `${document.issuer} ${npwpCore ?? account ?? print} ${gross} ${texts.text} ${texts.field} ${texts.delivery}`;
    const before = this.#seen.get(key) ?? [];
    const double = before.some((each) => each.key !== document.key && day - each.day <= SIXTY);
    if (!before.some((each) => each.key === document.key)) this.#seen.set(key, [...before, { key: document.key, day }]);
    return double;
  }

  #settle(asked: Asked, parts: readonly Part[], judged: readonly Judged[], reasons: readonly ReasonCode[]): Match {
    const band: Band = reasons.length === 0 ? "certain" : "doubtful";
    if (parts.length > 1 && reasons.length === 0 && this.#isDouble(asked))
      return this.#settle(asked, parts, judged, ["perhapsDouble"]);
    // shares are told before what they use up is gone
    const shares = parts.map(({ judged: each, amount }) => ({ ...this.#told(each), amount: String(amount) }));
    const candidates = judged
      .filter(({ bits }) => bits >= SHOWN)
      .slice(0, SHOW)
      .map((each) => this.#told(each));
    if (band === "certain")
      for (const { judged: each, amount } of parts)
        this.#index.use(each.slot, amount, asked.document.key, each.expected?.certificate);
    return { document: asked.document.key, band, shares, candidates, reasons: [...new Set(reasons)] };
  }

  #none(asked: Asked, judged: readonly Judged[], reason: ReasonCode): Match {
    const candidates = judged.slice(0, 2).map((each) => this.#told(each));
    return { document: asked.document.key, band: "none", shares: [], candidates, reasons: [reason] };
  }

  #told({ slot, bits, evidence, expected }: Judged): Candidate {
    const { ocid, contractId, certificates } = this.#index.at(slot).card;
    const leaf = expected?.certificate === undefined ? undefined : certificates[expected.certificate]?.leaf;
    return {
      ocid,
      contractId,
      bits: rounded(bits),
      evidence: evidence.map((each) => ({ ...each, bits: rounded(each.bits) })),
      ...(leaf === undefined ? {} : { certificate: leaf }),
    };
  }
}

type Span = { from: number; to: number; where: "text" | "field" | "delivery" };
type Asked = {
  document: PaymentDocument;
  gross: bigint;
  net: bigint;
  texts: { text: string; field: string; delivery: string };
  long: ReadonlySet<string>;
  /** numbers found by their grams, by place of their pattern */
  places: Map<number, { found: Found; where: Span["where"] }>;
  exact: Map<number, Span>;
  print: string;
  words: ReadonlySet<number>;
  day?: number;
  notProcurement?: string;
};
type Judged = { slot: number; bits: number; evidence: readonly Evidence[]; expected?: Expected };
type Part = { judged: Judged; amount: bigint };
type Add = (code: EvidenceCode, bits: number, found?: string) => void;

const MOST_PATTERNS = 16;
const MOST_SHARES = 8;
const MANY = 60;
/** How much a second finding of one thing counts. */
const BESIDE = 0.3;
const DIGIT = 4;
const LETTER = 2.5;
/** Bits that each character of a number beyond the third tells at most. */
const TELLS = 1.8;
/** Bits that even a round sum tells. */
const RARE_SUM = 4;
const CLOSE_NAME = 0.8;
const FAR_NAME = 0.5;
const PART_BITS = 0;
const NUMBER_CODES = ["numberExact", "numberNear"] as const;
const DELIVERY_CODES = ["deliveryExact", "deliveryNear"] as const;

const likeliest = (a: Judged, b: Judged) => b.bits - a.bits || a.slot - b.slot;
const rounded = (bits: number) => Math.round(bits * 100) / 100;
const stopsMatch = (code: EvidenceCode) => "stops" in WEIGHTS[code];

/** How many characters of a number may differ. */
function editsOf(length: number): number {
  return length < 8 ? 0 : length < 12 ? 1 : length < 20 ? 2 : 3;
}

/** Whether a condensed number tells a contract by itself. */
function isTelling(text: string): boolean {
  return text.length >= 8 && /\d/.test(text);
}

function nearIn(number: string, { texts }: Asked, most: number): Found | undefined {
  let best: Found | undefined;
  for (const text of [texts.field, texts.delivery, texts.text]) {
    if (text === "") continue;
    const found = findNear(number, text, most);
    if (found !== undefined && (best === undefined || found.edits < best.edits)) best = found;
  }
  return best;
}

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
function withoutTaxes(gross: bigint, paid: bigint): "ppn" | "pph" | undefined {
  for (const rate of PPN) {
    const base = (gross * 100n) / (100n + rate);
    for (const pph of PPH) {
      const net = base - (base * pph) / 100_000n;
      const difference = net > paid ? net - paid : paid - net;
      if (difference <= ROUNDED) return pph === 0n ? "ppn" : "pph";
    }
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
  const forms = contracts.map((contract) => distinct(expectedOf(contract)));
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
    distinct(expectedOf(contract).filter(({ how }) => how !== "amountInstalment")),
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
export function moneyText(minor: bigint): string {
  const rupiah = String(minor / 100n).replace(/\B(?=(\d{3})+$)/g, ".");
  const sen = minor % 100n;
  return sen === 0n ? rupiah : `${rupiah},${String(sen).padStart(2, "0")}`;
}
