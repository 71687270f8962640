// How a contract's life in the sandbox is told: step by step, in the words of those who take the steps. What follows
// from the rules (second signatures, running sums, numbers) is added here, so that stories only say what happened.

import { keccak256 } from "#hash";
import { type Balances, documentKeyOf, idOf, packBalances, type Terms } from "../domain/entries/entry.ts";
import {
  AmendmentMask,
  ContractForm,
  GuaranteeAction,
  ImplementationCode,
  KIND_RULES,
  type KindName,
  ReturnCode,
  Role,
  StageCode,
  StatusCode,
} from "../domain/entries/kinds.ts";
import { type Hex, toHex } from "../domain/entries/words.ts";
import type { Json } from "../domain/ocds/check-fields.ts";
import { SECOND_SIGNATURE_FROM } from "./bootstrap.ts";
import {
  AGENCIES,
  POST_DIK,
  POST_INFO,
  POST_KES,
  POST_KEU,
  POST_PJN,
  POST_PU_1,
  POST_PU_2,
  POST_SETDA,
  POST_TAN,
  SUPPLIERS,
} from "./people.ts";

const DAY = 86_400;
/** The fiscal year that numbers name. Dates move with the day of the first start, so that dated rules hold on any. */
const YEAR = 2026;

/** One entry of a life before it is signed. */
export type Step = {
  readonly by: string;
  readonly kind: KindName;
  readonly capacity: number;
  readonly terms: Terms;
  readonly contractId: string;
  readonly awardId: string;
  readonly body?: Json;
  /** who approves, and the exceptions that he signs for */
  readonly approvals: readonly { readonly by: string; readonly exceptions: number }[];
  /** who approves besides where it is recorded more than thirty days late */
  readonly whenLate?: string;
  /** levels above the agency at which the maker's office stands */
  readonly up: number;
  /** the place in the life of the entry that it refers to; `basis`: the entry that set the present terms */
  readonly names?: number | "basis";
  /** of an opening */
  readonly balances?: Balances;
  /** the rule by which the ledger refuses it, on purpose */
  readonly refused?: string;
};

/** A process and all that was submitted for it, in order. The last step is never a refused one. */
export type Life = {
  readonly ocid: string;
  readonly stem: string;
  readonly agency: string;
  readonly steps: readonly Step[];
};

/** Where contracts are made: an agency with the people who make them. */
export type Desk = {
  readonly agency: string;
  readonly code: string;
  readonly officer: string;
  readonly post: string;
  readonly approver: string;
  /** pejabat pengadaan, for what needs no Pokja */
  readonly buyer: string;
  readonly pokja: string;
  /** levels above the agency at which the Pokja's office stands */
  readonly pokjaUp: number;
  readonly treasurer: string;
  /** who issues the payment documents */
  readonly issuer: string;
  readonly payer?: string;
  /** the number of the agency's field of government in its document numbers */
  readonly field: string;
};

const ofRegency = {
  pokja: "H-PRS-POKJA",
  pokjaUp: 1,
  treasurer: "H-PRS-BUD",
  issuer: "ID-PRS-TIRTARAYA",
} as const;
const desk = (agency: string, key: string, post: string, field: string, officer = `H-PRS-PPK-${key}`): Desk => ({
  agency: `ID-PRS-${agency}`,
  code: agency,
  officer,
  post,
  approver: `H-PRS-PA-${key}`,
  buyer: `H-PRS-PP-${key}`,
  field,
  ...ofRegency,
});

export const DESKS = {
  roads: desk("DPUPR", "PU", POST_PU_1, "1.03"),
  water: desk("DPUPR", "PU", POST_PU_2, "1.03", "H-PRS-PPK2-PU"),
  health: desk("DINKES", "KES", POST_KES, "1.02"),
  schools: desk("DISDIK", "DIK", POST_DIK, "1.01"),
  farming: desk("DISTAN", "TAN", POST_TAN, "3.27"),
  informatics: desk("DISKOMINFO", "INFO", POST_INFO, "2.16"),
  finance: desk("BPKAD", "KEU", POST_KEU, "5.02"),
  secretariat: desk("SETDA", "SETDA", POST_SETDA, "4.01"),
  highways: {
    ...desk("PJN", "PJN", POST_PJN, "498"),
    pokja: "H-PRS-PP-PJN",
    pokjaUp: 0,
    treasurer: "H-PRS-KPPN",
    issuer: "ID-PRS-KPPN",
    payer: "ID-PRS-KPPN",
  },
} as const satisfies Record<string, Desk>;

/** Rupiah as sen. */
export const rp = (rupiah: number): bigint => BigInt(Math.round(rupiah * 100));
/** A share in basis points, in whole rupiah. */
export const share = (amount: bigint, basisPoints: number): bigint =>
  ((amount * BigInt(basisPoints)) / 1_000_000n) * 100n;

const stemOf = ({ agency }: Desk): string => AGENCIES.find(({ id }) => id === agency)!.stem!;
export const ocidOf = (desk: Desk, local: string): string => `${stemOf(desk)}-${local}`;

/** Who signs for a supplier. */
function directorOf(supplier: string): string {
  return supplier === "ID-PRS-KSO-01" ? "H-PRS-DIR-1" : `H-PRS-DIR-${Number(supplier.slice(-4))}`;
}

/** Numbers of documents, one after the other in each book. */
export class Books {
  readonly #last = new Map<string, number>();
  next(book: string, width = 3): string {
    const number = (this.#last.get(book) ?? 0) + 1;
    this.#last.set(book, number);
    return String(number).padStart(width, "0");
  }
}

type More = {
  by?: string;
  /** an approver signs; a number: for these exceptions */
  approved?: boolean | number;
  /** another approver than the agency's */
  approver?: string;
  approvals?: Step["approvals"];
  refused?: string;
  body?: Json;
};

/** A process in the making. Days are counted back from the day of the first start. */
export class Process {
  readonly steps: Step[] = [];
  readonly ocid: string;
  readonly desk: Desk;
  readonly #today: number;
  readonly books: Books;

  /** @param today midnight of the day that days are counted from, in seconds UTC */
  constructor(desk: Desk, local: string, today: number, books: Books) {
    this.desk = desk;
    this.ocid = ocidOf(desk, local);
    this.#today = today;
    this.books = books;
  }

  get life(): Life {
    return { ocid: this.ocid, stem: stemOf(this.desk), agency: this.desk.agency, steps: this.steps };
  }

  /** Midnight of the day that many days ago; of a day to come where it is negative. */
  day(ago: number): number {
    return this.#today - ago * DAY;
  }

  date(ago: number): string {
    return new Date(this.day(ago) * 1000).toISOString().replace(".000", "");
  }

  /** Writes a step down; answers its place. */
  add(kind: KindName, terms: Terms, more: More & Partial<Omit<Step, "kind" | "terms" | "body">> = {}): number {
    const { approved = false, approver = this.desk.approver, by = this.desk.officer, body, refused } = more;
    const exceptions = typeof approved === "number" ? approved : 0;
    const approves = approved !== false || more.approvals !== undefined;
    this.steps.push({
      by,
      kind,
      capacity: more.capacity ?? KIND_RULES[kind].roles[0] ?? Role.officer,
      terms,
      contractId: more.contractId ?? "",
      awardId: more.awardId ?? "",
      ...(body === undefined ? {} : { body }),
      approvals: more.approvals ?? (approved === false ? [] : [{ by: approver, exceptions }]),
      ...(kind === "payment" || kind === "return" || approves || by === approver ? {} : { whenLate: approver }),
      up: more.up ?? 0,
      ...(more.names === undefined ? {} : { names: more.names }),
      ...(more.balances === undefined ? {} : { balances: more.balances }),
      ...(refused === undefined ? {} : { refused }),
    });
    return this.steps.length - 1;
  }

  /** Takes a step's place to correct: every term of it, some of them changed. */
  correct(names: number, changes: Terms, more: More = {}): number {
    const old = this.steps[names]!;
    const { by, capacity, contractId, awardId, up } = old;
    const rest = { by, capacity, contractId, awardId, up, names, approved: true };
    return this.add("correction", { ...old.terms, ...changes }, { ...rest, ...more });
  }

  withdraw(names: number, more: More = {}): number {
    const { by, capacity, contractId, awardId, up, terms } = this.steps[names]!;
    const post = contractId === "" && terms.officer !== undefined ? { officer: terms.officer } : {};
    return this.add("withdrawal", post, { by, capacity, contractId, awardId, up, names, approved: true, ...more });
  }

  // ---- before the contract

  plan(value: bigint, title: string, more: More = {}): number {
    const id = `RUP-${YEAR}${this.books.next("RUP", 5)}`;
    const planning = { rationale: title, budget: { id, description: "APBD TA 2026" } };
    const terms = { code: StageCode.new, currency: "IDR", value };
    return this.add("planning", terms, { by: this.desk.buyer, body: { planning }, ...more });
  }

  /** @param open days ago that bids opened and closed */
  tender(given: {
    method: Method;
    title: string;
    category: Category;
    /** HPS, the owner's estimate */
    value: bigint;
    open: readonly [from: number, until: number];
    items?: readonly Item[];
    more?: More;
  }): number {
    const { method, title, category, value, open, items = [], more = {} } = given;
    const { procurementMethod, byPokja } = METHODS[method];
    const tender = {
      title,
      status: "active",
      procurementMethod,
      procurementMethodDetails: method,
      ...categoryOf(category),
      ...(items.length === 0 ? {} : { items: items.map(plainItem) }),
    };
    const terms = {
      code: StageCode.new,
      currency: "IDR",
      value,
      on: this.day(open[0]),
      until: this.day(open[1]),
    };
    return this.add("tender", terms, { ...this.#buying(byPokja), body: { tender }, ...more });
  }

  /** The bids are in: who bid. */
  bids(suppliers: readonly string[], more: More = {}): number {
    const tenderers = suppliers.map((id) => ({ id, name: nameOf(id) }));
    const members = suppliers.flatMap((id) => SUPPLIERS.find((each) => each.id === id)?.members ?? []);
    const parties = members.map(({ id, name }) => ({ id, name, roles: ["tenderer"] }));
    const body = {
      tender: { status: "complete", numberOfTenderers: suppliers.length, tenderers },
      ...(parties.length === 0 ? {} : { parties }),
    };
    return this.add("tender", { code: StageCode.update }, { ...this.#buying(true), body, ...more });
  }

  tenderAgain(code: StageCode, more: More = {}): number {
    return this.add("tender", { code }, { ...this.#buying(true), ...more });
  }

  award(awardId: string, supplier: string, value: bigint, ago: number, more: More & { code?: StageCode } = {}): number {
    const { code = StageCode.new, ...rest } = more;
    const terms = { code, currency: "IDR", value, party: idOf(supplier), on: this.day(ago) };
    const approved = value >= SECOND_SIGNATURE_FROM;
    return this.add("award", terms, { ...this.#buying(true), awardId, approved, ...rest });
  }

  /** SPPBJ: the officer names the supplier that the Pokja chose. */
  appoint(awardId: string, supplier: string, value: bigint, ago: number, more: More = {}): number {
    const { officer, post, code } = this.desk;
    const terms = {
      code: StageCode.update,
      currency: "IDR",
      value,
      party: idOf(supplier),
      officer: idOf(post),
      on: this.day(ago),
    };
    const description = `SPPBJ nomor 000.3.3/${this.books.next(`SPPBJ ${code}`)}/SPPBJ/${code}/${YEAR}`;
    return this.add("award", terms, {
      by: officer,
      capacity: Role.officer,
      awardId,
      approved: value >= SECOND_SIGNATURE_FROM,
      body: { awards: [{ id: awardId, description }] },
      ...more,
    });
  }

  #buying(byPokja: boolean): { by: string; up: number } {
    const { pokja, pokjaUp, buyer } = this.desk;
    return byPokja ? { by: pokja, up: pokjaUp } : { by: buyer, up: 0 };
  }

  contract(given: ContractGiven): Contract {
    return new Contract(this, given);
  }

  /** A remark on the process. */
  note(text: string, ago: number, more: More & { capacity?: number; up?: number } = {}): number {
    const terms = { on: this.day(ago), ...(more.capacity === undefined ? { officer: idOf(this.desk.post) } : {}) };
    return this.add("note", terms, { capacity: Role.officer, body: { remarks: [{ text }] }, ...more });
  }
}

export type Method =
  | "Tender"
  | "Seleksi"
  | "Tender Cepat"
  | "Pengadaan Langsung"
  | "Penunjukan Langsung"
  | "E-Purchasing"
  | "Swakelola";
type Category = "Pekerjaan Konstruksi" | "Pengadaan Barang" | "Jasa Konsultansi" | "Jasa Lainnya";

/** The OCDS method of each Indonesian one, and whether a Pokja carries it out. */
const METHODS: Readonly<Record<Method, { procurementMethod: string; byPokja: boolean }>> = {
  Tender: { procurementMethod: "open", byPokja: true },
  "Tender Cepat": { procurementMethod: "open", byPokja: true },
  Seleksi: { procurementMethod: "selective", byPokja: true },
  "Pengadaan Langsung": { procurementMethod: "direct", byPokja: false },
  "Penunjukan Langsung": { procurementMethod: "direct", byPokja: true },
  "E-Purchasing": { procurementMethod: "direct", byPokja: false },
  Swakelola: { procurementMethod: "direct", byPokja: false },
};

function categoryOf(category: Category): Json {
  if (category === "Pekerjaan Konstruksi") return { mainProcurementCategory: "works" };
  if (category === "Pengadaan Barang") return { mainProcurementCategory: "goods" };
  const consulting = { additionalProcurementCategories: ["consultingServices"] };
  return { mainProcurementCategory: "services", ...(category === "Jasa Konsultansi" ? consulting : {}) };
}

/** `unspsc`: a class of the United Nations' list; `price` in sen, of one unit. */
export type Item = {
  readonly description: string;
  readonly unspsc: string;
  readonly quantity: number;
  readonly unit: string;
  readonly price?: bigint;
};

function plainItem({ description, unspsc, quantity, unit }: Item, index: number): Json {
  return {
    id: String(index + 1),
    description,
    classification: { scheme: "UNSPSC", id: unspsc },
    quantity,
    unit: { name: unit },
  };
}

function pricedItem(item: Item, index: number): Json {
  const plain = plainItem(item, index);
  if (item.price === undefined) return plain;
  return { ...plain, unit: { name: item.unit, value: { amount: Number(item.price) / 100, currency: "IDR" } } };
}

function nameOf(supplier: string): string {
  return SUPPLIERS.find(({ id }) => id === supplier)!.name;
}

export type ContractGiven = {
  form: ContractForm;
  supplier?: string;
  value: bigint;
  title: string;
  signed: number;
  /** days from signing to the end */
  lasts: number;
  awardId?: string;
  /** the contract's number where it is not the next one of its book */
  id?: string;
  items?: readonly Item[];
  /** what is paid when: parts of 100 */
  instalments?: readonly number[];
  /** how the price is agreed: Lumsum, Harga Satuan … */
  pricing?: string;
  /** it began elsewhere, and is taken over with these balances */
  balances?: Balances;
  more?: More;
};

const BOOK_OF_FORM: Readonly<Record<number, readonly [prefix: string, name: string]>> = {
  [ContractForm.receipt]: ["000.3.1", "KW"],
  [ContractForm.spk]: ["000.3.2", "SPK"],
  [ContractForm.agreement]: ["000.3.3", "SP"],
  [ContractForm.order]: ["000.3.1", "EP"],
  [ContractForm.framework]: ["000.3.3", "KP"],
  [ContractForm.swakelola]: ["000.3.4", "SW"],
  [ContractForm.other]: ["000.3.9", "LL"],
};

/** A contract in the making, with what it has come to. */
export class Contract {
  readonly process: Process;
  readonly id: string;
  readonly supplier: string | undefined;
  /** the step that made it */
  readonly made: number;
  value: bigint;
  scope: bigint;
  accepted = 0n;
  certified = 0n;
  advanced = 0n;
  recovered = 0n;
  withheld = 0n;
  released = 0n;
  paid = 0n;
  until: number;
  #officer: string;
  readonly #guarantees = new Map<number, { type: number; amount: bigint; until: number }>();

  constructor(process: Process, given: ContractGiven) {
    const { form, supplier, value, title, signed, lasts, awardId = "", items = [], instalments = [], more } = given;
    const { desk, books } = process;
    const [prefix, name] = BOOK_OF_FORM[form]!;
    this.process = process;
    this.id = given.id ?? `${prefix}/${books.next(`${name} ${desk.code}`)}/${name}/${desk.code}/${YEAR}`;
    this.supplier = supplier;
    [this.value, this.scope] = [value, value];
    this.until = process.day(signed - lasts);
    this.#officer = desk.officer;
    const description = given.pricing === undefined ? {} : { description: `Jenis kontrak: ${given.pricing}` };
    const section = {
      id: this.id,
      title,
      ...description,
      period: { startDate: process.date(signed) },
      ...(items.length === 0 ? {} : { items: items.map(pricedItem) }),
      ...(instalments.length === 0
        ? {}
        : {
            milestones: instalments.map((percent, index) => ({
              id: `termin-${index + 1}`,
              title: `Termin ${index + 1}: ${percent} %`,
              type: "payment",
              dueDate: process.date(signed - Math.round((lasts * (index + 1)) / instalments.length)),
              status: "scheduled",
            })),
          }),
    };
    const terms: Terms = {
      code: form,
      currency: "IDR",
      value,
      officer: idOf(desk.post),
      ...(supplier === undefined ? {} : { party: idOf(supplier) }),
      ...(desk.payer === undefined ? {} : { payer: idOf(desk.payer) }),
      on: process.day(signed),
      until: this.until,
    };
    const approved = value >= SECOND_SIGNATURE_FROM;
    const all = { contractId: this.id, awardId, approved, body: { contracts: [section] }, ...more };
    const { balances } = given;
    if (balances === undefined) {
      this.made = process.add("contract", terms, all);
      return;
    }
    const documentKey = toHex(keccak256(packBalances(balances, "IDR")));
    this.made = process.add("opening", { ...terms, documentKey }, { ...all, approved: true, balances });
    this.scope = balances.scopeValue;
    this.accepted = balances.accepted;
    this.certified = balances.certified;
    this.advanced = balances.advance;
    this.recovered = balances.recovered;
    this.withheld = balances.withheld;
    this.released = balances.released;
    this.paid = balances.paid;
  }

  #add(kind: KindName, terms: Terms, more: More & Partial<Omit<Step, "kind" | "terms" | "body">> = {}): number {
    return this.process.add(kind, terms, { by: this.#officer, ...more, contractId: this.id });
  }

  #section(said: Json): Json {
    return { contracts: [{ id: this.id, ...said }] };
  }

  /** The supplier signs in the register, what the paper has been signed with before. */
  countersign(ago: number, more: More = {}): number {
    const by = directorOf(this.supplier!);
    return this.#add("countersignature", { on: this.process.day(ago) }, { names: "basis", ...more, by });
  }

  // ---- work

  #work(code: ImplementationCode, ago: number, more: More, terms: Terms = {}): number {
    return this.#add("implementation", { code, on: this.process.day(ago), ...terms }, more);
  }

  start(ago: number, more: More = {}): number {
    return this.#work(ImplementationCode.spmk, ago, more);
  }

  handOverSite(ago: number): number {
    return this.#work(ImplementationCode.siteHandOver, ago, {});
  }

  mc0(ago: number): number {
    return this.#work(ImplementationCode.mc0, ago, {});
  }

  report(text: string, ago: number): number {
    const milestone = {
      id: `laporan-${this.process.books.next(`laporan ${this.id}`)}`,
      title: text,
      type: "reporting",
    };
    const implementation = { milestones: [{ ...milestone, status: "met", dateMet: this.process.date(ago) }] };
    return this.#work(ImplementationCode.report, ago, { body: this.#section({ implementation }) });
  }

  /** All work accepted so far, in money. */
  accept(code: ImplementationCode, amount: bigint, ago: number, more: More = {}): number {
    if (more.refused === undefined) this.accepted = amount;
    return this.#work(code, ago, more, { currency: "IDR", amount });
  }

  /** Physical progress: so many basis points of the present value. */
  progress(basisPoints: number, ago: number, more: More = {}): number {
    const description = `Kemajuan fisik ${(basisPoints / 100).toLocaleString("id-ID")} %`;
    const body = this.#section({ implementation: { milestones: [{ description }] } });
    return this.accept(ImplementationCode.progress, share(this.value, basisPoints), ago, { body, ...more });
  }

  // ---- money

  /** BAP: the officer certifies what may be paid. */
  certify(
    ago: number,
    { amount = 0n, advance = 0n, recovered = 0n, withheld = 0n, released = 0n }: Partial<Money> = {},
    more: More & { number?: string; names?: number; why?: string } = {},
  ): number {
    const { desk, books } = this.process;
    const { number = `BAP-${books.next(`BAP ${desk.code}`)}/${desk.code}/${YEAR}`, why, ...rest } = more;
    if (more.refused === undefined) {
      this.certified += amount;
      this.advanced += advance;
      this.recovered += recovered;
      this.withheld += withheld;
      this.released += released;
    }
    const terms: Terms = { currency: "IDR", amount, documentKey: documentKeyOf(number), on: this.process.day(ago) };
    for (const [name, money] of Object.entries({ advance, recovered, withheld, released }))
      if (money > 0n) terms[name as "advance"] = money;
    const milestone = { documentNumber: number, ...(why === undefined ? {} : { description: why }) };
    const body = this.#section({ implementation: { milestones: [milestone] } });
    return this.#add("certificate", terms, { approved: amount + advance >= SECOND_SIGNATURE_FROM, body, ...rest });
  }

  /** A cleared SP2D; `number` and `total` where it pays several contracts. */
  pay(
    amount: bigint,
    ago: number,
    more: More & { number?: string; total?: bigint; issuer?: string; up?: number } = {},
  ): number {
    const { desk } = this.process;
    const { number = this.sp2d(), total = amount, issuer = desk.issuer, by = desk.treasurer, ...rest } = more;
    if (more.refused === undefined) this.paid += amount;
    const terms = {
      currency: "IDR",
      amount,
      documentTotal: total,
      issuer: idOf(issuer),
      documentKey: documentKeyOf(number),
      on: this.process.day(ago),
    };
    const body = this.#section({ implementation: { transactions: [{ documentNumber: number }] } });
    return this.#add("payment", terms, { body, ...rest, by });
  }

  /** The next number of the treasury's book of SP2D. */
  sp2d(): string {
    const { desk, books } = this.process;
    const kppn = desk.issuer === "ID-PRS-KPPN";
    const number = books.next(`SP2D ${desk.issuer}`, kppn ? 6 : 5);
    return kppn ? `260461301${number}` : `${number}/SP2D-LS/${desk.field}/${YEAR}`;
  }

  /** Pays what was certified and not paid yet, net of what is withheld. */
  payDue(ago: number): number {
    return this.pay(this.due, ago);
  }

  get due(): bigint {
    return this.certified + this.advanced - this.recovered - this.withheld + this.released - this.paid;
  }

  /** What came back of a payment. */
  comesBack(payment: number, code: number, amount: bigint, ago: number, more: More & { number?: string } = {}) {
    const { terms } = this.process.steps[payment]!;
    const { number, ...rest } = more;
    if (more.refused === undefined) this.paid -= amount;
    const own =
      code === ReturnCode.voided
        ? { documentKey: terms.documentKey!, documentTotal: terms.documentTotal! }
        : { documentKey: documentKeyOf(number!), documentTotal: amount };
    const all = { code, currency: "IDR", amount, issuer: terms.issuer!, ...own, on: this.process.day(ago) };
    const said = number === undefined ? {} : { documentNumber: number };
    const body = number === undefined ? undefined : this.#section({ implementation: { transactions: [said] } });
    const told = body === undefined ? {} : { body };
    return this.#add("return", all, { by: this.process.desk.treasurer, names: payment, ...told, ...rest });
  }

  // ---- guarantees

  /** Posts a guarantee; `lasts` in days from then. */
  guarantee(type: number, amount: bigint, ago: number, lasts: number, guarantor = "Bank Raya Nusa"): number {
    const number = `JAM-${this.process.books.next("jaminan", 4)}/${YEAR}`;
    const until = this.process.day(ago - lasts);
    const posted = { code: type * 10 + GuaranteeAction.posted, amount, documentKey: documentKeyOf(number), until };
    const said = {
      guarantees: [{ type: "bankGuarantee", guarantor: { id: `contoh-${slug(guarantor)}`, name: guarantor } }],
    };
    const terms = { currency: "IDR", on: this.process.day(ago), ...posted };
    const place = this.#add("guarantee", terms, { body: this.#section(said) });
    this.#guarantees.set(place, { type, amount, until });
    return place;
  }

  #onGuarantee(
    posting: number,
    action: number,
    ago: number,
    { amount, until }: { amount?: bigint; until?: number },
    more: More,
  ): number {
    const had = this.#guarantees.get(posting)!;
    const now = { amount: amount ?? had.amount, until: until ?? had.until };
    const terms: Terms = {
      code: had.type * 10 + action,
      currency: "IDR",
      ...now,
      documentKey: this.process.steps[posting]!.terms.documentKey!,
      on: this.process.day(ago),
    };
    if (more.refused === undefined) {
      if (action === GuaranteeAction.called) now.amount = had.amount - now.amount;
      if (action === GuaranteeAction.returned) now.amount = 0n;
      this.#guarantees.set(posting, { ...had, ...now });
    }
    return this.#add("guarantee", terms, { names: posting, ...more });
  }

  extend(posting: number, ago: number, days: number, more: More = {}): number {
    const until = this.#guarantees.get(posting)!.until + days * DAY;
    return this.#onGuarantee(posting, GuaranteeAction.extended, ago, { until }, more);
  }

  reduce(posting: number, ago: number, amount: bigint, more: More = {}): number {
    return this.#onGuarantee(posting, GuaranteeAction.reduced, ago, { amount }, more);
  }

  call(posting: number, ago: number, more: More & { amount?: bigint } = {}): number {
    const { amount, ...rest } = more;
    return this.#onGuarantee(posting, GuaranteeAction.called, ago, amount === undefined ? {} : { amount }, rest);
  }

  giveBack(posting: number, ago: number, more: More = {}): number {
    return this.#onGuarantee(posting, GuaranteeAction.returned, ago, {}, more);
  }

  // ---- terms

  /** An addendum. `scope` and `price`: by how much each changes the value; `days`: by how many the end moves. */
  amend(
    reasons: readonly (keyof typeof AmendmentMask)[],
    ago: number,
    rationale: string,
    given: { scope?: bigint; price?: bigint; days?: number; officer?: string; by?: string } = {},
    more: More = {},
  ): number {
    const { scope = 0n, price = 0n, days = 0, officer, by } = given;
    const code = reasons.reduce((mask, reason) => mask | AmendmentMask[reason], 0);
    const terms: Terms = { code, on: this.process.day(ago) };
    const value = this.value + scope + price;
    if (scope !== 0n || price !== 0n) Object.assign(terms, { currency: "IDR", value, scopeValue: this.scope + scope });
    if (days !== 0) terms.until = this.until + days * DAY;
    if (officer !== undefined) terms.officer = idOf(officer);
    if (by !== undefined) this.#officer = by;
    if (more.refused === undefined) {
      [this.value, this.scope] = [value, this.scope + scope];
      this.until += days * DAY;
    }
    const approved = price !== 0n || (terms.value !== undefined && value >= SECOND_SIGNATURE_FROM);
    const body = this.#section({ amendments: [{ rationale }] });
    return this.#add("amendment", terms, { approved, body, ...more });
  }

  status(code: StatusCode, ago: number, more: More & { why?: string } = {}): number {
    const { why, ...rest } = more;
    const two = code === StatusCode.broken || code === StatusCode.reopened;
    const body = why === undefined ? {} : { body: { remarks: [{ text: why }] } };
    const terms = { code, on: this.process.day(ago) };
    return this.#add("status", terms, { approved: two || this.value >= SECOND_SIGNATURE_FROM, ...body, ...rest });
  }

  // ---- holds and remarks

  hold(code: number, ago: number, who: Who, more: More & { why?: string; days?: number } = {}): number {
    const { why, days, ...rest } = more;
    const ends = days === undefined ? {} : { until: this.process.day(ago - days) };
    const body = why === undefined ? {} : { body: { remarks: [{ text: why }] } };
    return this.#add(
      "hold",
      { code, on: this.process.day(ago), ...who.terms, ...ends },
      { ...who.signs, ...body, ...rest },
    );
  }

  note(text: string, ago: number, more: More & Partial<Pick<Step, "capacity" | "up" | "names">> = {}): number {
    const body = { remarks: [{ text }] };
    return this.#add("note", { on: this.process.day(ago) }, { capacity: Role.officer, body, ...more });
  }
}

export type Money = { amount: bigint; advance: bigint; recovered: bigint; withheld: bigint; released: bigint };
/** In which office somebody signs what several offices may sign. */
export type Who = { signs: { by: string; capacity: number; up: number }; terms?: { issuer: Hex } };

export const INSPECTOR: Who = { signs: { by: "H-PRS-INSPEKTUR", capacity: Role.overseer, up: 0 } };
export const TREASURER: Who = {
  signs: { by: "H-PRS-BUD", capacity: Role.treasurer, up: 0 },
  terms: { issuer: idOf("ID-PRS-TIRTARAYA") },
};

const slug = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
