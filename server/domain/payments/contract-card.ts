import { termsFromText } from "../entries/entry.ts";
import { ACCEPTING_CODES, Kind } from "../entries/kinds.ts";
import type { Published } from "../entries/plan.ts";
import type { Hex } from "../entries/words.ts";
import { optional } from "../json.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import { compile } from "../ocds/merge.ts";
import type { ContractState, ContractView, EntryView, ProcessView } from "../projection/process-view.ts";
import { type Day, dayOf as dayIn } from "../rules/civil-days.ts";
import { documentNumbers, payableOf } from "../rules/contract-story.ts";
import { above } from "../rules/exact.ts";

/**
 * A document of a contract, and how much of its money it speaks of. `leaf` is the entry that says so now, `sequence` the
 * number in its process of the entry that recorded it first.
 */
type CardDocument = {
  readonly leaf: Hex;
  readonly sequence: number;
  readonly number?: string;
  readonly on?: string;
  readonly amount: string;
};

/** Since which day something stands, and the number in its process of the entry that began it. */
type Begun = { readonly on?: string; readonly sequence: number };

/**
 * A contract as money sees it (kartu kendali): its terms, what was delivered, certified and paid, and what it is called
 * outside. Made of what the register publishes; amounts are decimal text of minor units, dates `YYYY-MM-DD`.
 */
export type ContractCard = {
  readonly ocid: string;
  readonly contractId: string;
  readonly agency: Hex;
  readonly status: ContractState;
  readonly currency: string;
  readonly value: string;
  readonly firstValue: string;
  readonly accepted: string;
  readonly certified: string;
  readonly advance: string;
  readonly recovered: string;
  readonly withheld: string;
  readonly released: string;
  readonly paid: string;
  readonly excess: string;
  readonly isHeld: boolean;
  /** holds that were not lifted: from which day and entry, and where told to which day */
  readonly holds?: readonly (Begun & { readonly until?: string })[];
  /** of a closed contract: since when */
  readonly closed?: Begun;
  readonly on?: string;
  readonly until?: string;
  /** the numbers under which people know it: of the contract, its SPMK, its amendments, as written */
  readonly numbers: readonly string[];
  /** numbers of certificates and hand-overs that are known without an amount */
  readonly references: readonly string[];
  readonly title?: string;
  /** ids of the plan (RUP) and of the package, as its source calls them */
  readonly planIds: readonly string[];
  readonly packageIds: readonly string[];
  /**
   * `npwpCores`: nine digits of an organisation's tax numbers; `accounts`: keyed digests of where it was paid before;
   * `aliases`: other spellings of its name. The register publishes the name; the rest comes from sources and decisions.
   */
  readonly supplier?: {
    readonly id: Hex;
    readonly name: string;
    readonly aliases?: readonly string[];
    readonly npwpCores?: readonly string[];
    readonly accounts?: readonly string[];
  };
  /** whose treasurers pay, beside those of the agency */
  readonly payer?: Hex;
  readonly budget: readonly { readonly account: string; readonly amount?: string }[];
  /** instalments that the contract plans, in the order of the plan */
  readonly instalments: readonly string[];
  /** certificates (BAP), with the amount that each lets be paid, and its gross before advance, retention and fines */
  readonly certificates: readonly (CardDocument & { readonly gross: string })[];
  /** deliveries and hand-overs (BAST), with what was accepted by then */
  readonly deliveries: readonly CardDocument[];
  /** payments in force, with their document's key as the ledger keeps it; `returned`: how much of one came back */
  readonly payments: readonly (CardDocument & {
    readonly documentKey: Hex;
    readonly issuer: Hex;
    /** what the whole document pays */
    readonly total: string;
    readonly returned?: string;
  })[];
  /** money that came back: `of` is the sequence of the payment, `code` how it came back */
  readonly returns: readonly (CardDocument & {
    readonly documentKey: Hex;
    readonly issuer: Hex;
    readonly code: number;
    readonly of: number;
  })[];
  readonly amendments: readonly CardDocument[];
};

/** What is known of a supplier beside its public name. */
export type SupplierFacts = (id: Hex) =>
  | {
      readonly aliases?: readonly string[];
      readonly npwpCores?: readonly string[];
      readonly accounts?: readonly string[];
    }
  | undefined;

/** States of a contract that never was one: no money can belong to it. */
const NEVER: ReadonlySet<ContractState> = new Set(["cancelled", "recordedInError"]);

/**
 * The cards of a process's contracts, as the register publishes them now; none of what was cancelled before it was signed
 * or recorded in error. Pure: the same publication gives the same cards.
 * @param facts of suppliers, where somebody knows more than their names
 */
export function contractCards(published: Published, facts: SupplierFacts = () => undefined): ContractCard[] {
  if (published === undefined) return [];
  const { view, releases } = published;
  const compiled = compile(releases);
  return Object.values(view.contracts)
    .filter(({ status, paid }) => !NEVER.has(status) || BigInt(paid) > 0n)
    .map((contract) => cardOf(view, contract, compiled, facts));
}

function cardOf(view: ProcessView, contract: ContractView, compiled: Json, facts: SupplierFacts): ContractCard {
  const told = listOf(compiled.contracts).find(({ id }) => id === contract.id) ?? {};
  const implementation = isObject(told.implementation) ? told.implementation : {};
  const milestones = [...listOf(implementation.milestones), ...listOf(told.milestones)];
  const documents = [...listOf(told.documents), ...listOf(implementation.documents)];
  const numberOf = documentNumbers(told, view.ocid);
  const inForce = (kind: number): [Hex, EntryView, number][] =>
    Object.entries(view.entries)
      .filter(([, entry]) => entry.kind === kind && entry.of === contract.id && entry.by === undefined)
      .map(([leaf, entry]) => [leaf as Hex, entry, originOf(view, entry)]);
  const document = ([leaf, { terms }, sequence]: [Hex, EntryView, number], amount: string) => ({
    leaf,
    sequence,
    ...optional("number", numberOf(sequence)),
    ...optional("on", dayOf(terms.on as number | undefined)),
    amount,
  });
  const supplierId = contract.party;
  const supplierName = supplierId === undefined ? undefined : nameOfSupplier(compiled, contract, told);
  const tender = isObject(compiled.tender) ? compiled.tender : {};
  const budget = isObject(compiled.planning) && isObject(compiled.planning.budget) ? compiled.planning.budget : {};
  const title = [told.title, tender.title, budget.description].find((each) => typeof each === "string");
  return {
    ocid: view.ocid,
    contractId: contract.id,
    agency: view.agency,
    ...pick(contract, "status", "currency", "value", "firstValue", "accepted", "certified", "advance"),
    ...pick(contract, "recovered", "withheld", "released", "paid", "excess"),
    isHeld: Object.keys(contract.holds).length > 0,
    ...optional("holds", holdsOf(view, contract)),
    ...optional("closed", contract.status === "closed" ? begun(inForce(Kind.status).at(-1)?.[1]) : undefined),
    ...optional("on", dayOf(contract.on)),
    ...optional("until", dayOf(contract.until)),
    numbers: unique([
      ...(looksLikeNumber(contract.id) ? [contract.id] : []),
      ...textsOf(told.documentNumber),
      ...textsOf(told.description).flatMap((text) => /^nomor kontrak\s*:\s*(.+)$/i.exec(text)?.[1] ?? []),
      ...documents.filter(isOfContract).flatMap(numberIn),
      ...milestones.filter(isOrderToBegin).flatMap(numberIn),
      ...listOf(told.amendments).flatMap(numberIn),
    ]),
    references: unique([
      ...documents.filter((each) => !isOfContract(each)).flatMap(numberIn),
      ...milestones.filter((each) => !isOrderToBegin(each)).flatMap(numberIn),
    ]),
    ...optional("title", title as string | undefined),
    planIds: unique([...listedIn(budget.projectID), ...listedIn(budget.project)]),
    packageIds: unique([...textsOf(tender.id), contract.id, ...textsOf(contract.awardId), view.ocid]),
    ...optional(
      "supplier",
      supplierId && { id: supplierId, name: supplierName ?? "", ...known(facts(supplierId), compiled, supplierName) },
    ),
    ...optional("payer", contract.payer),
    budget: budgetOf(budget),
    instalments: instalmentsOf(listOf(told.milestones), contract.value),
    certificates: inForce(Kind.certificate).map((entry) => ({
      ...document(entry, String(above(payableOf(termsFromText(entry[1].terms)), 0n))),
      gross: String(entry[1].terms.amount ?? "0"),
    })),
    deliveries: inForce(Kind.implementation)
      .filter(([, { terms }]) => ACCEPTING_CODES.has(Number(terms.code)))
      .map((entry) => document(entry, String(entry[1].terms.amount ?? "0"))),
    payments: inForce(Kind.payment).map((entry) => {
      const { terms, anchor } = entry[1];
      const returned = view.entries[anchor ?? entry[0]]?.returned;
      return {
        ...document(entry, String(terms.amount)),
        documentKey: terms.documentKey as Hex,
        issuer: terms.issuer as Hex,
        total: String(terms.documentTotal ?? terms.amount),
        ...optional("returned", returned === "0" ? undefined : returned),
      };
    }),
    returns: inForce(Kind.return).map((entry) => {
      const { terms, anchor } = entry[1];
      return {
        ...document(entry, String(terms.amount)),
        documentKey: terms.documentKey as Hex,
        issuer: terms.issuer as Hex,
        code: Number(terms.code),
        of: (anchor === undefined ? undefined : view.entries[anchor]?.sequence) ?? 0,
      };
    }),
    amendments: inForce(Kind.amendment).map((entry) => document(entry, String(entry[1].terms.value ?? "0"))),
  };
}

function begun(entry: EntryView | undefined): Begun | undefined {
  return entry && { sequence: entry.sequence, ...optional("on", dayOf(entry.terms.on as number | undefined)) };
}

function holdsOf(view: ProcessView, { holds }: ContractView): ContractCard["holds"] {
  const found = Object.values(holds).flatMap(({ since, until }) => {
    const from = begun(view.entries[since]);
    return from === undefined ? [] : [{ ...from, ...optional("until", dayOf(until)) }];
  });
  return found.length === 0 ? undefined : found;
}

/** The sequence of the entry that a chain of corrections began with. */
function originOf(view: ProcessView, entry: EntryView): number {
  let first = entry;
  for (let named = first.corrects; named !== undefined; named = first.corrects) {
    const before = view.entries[named];
    if (before === undefined) break;
    first = before;
  }
  return first.sequence;
}

const CONTRACT_DOCUMENTS: ReadonlySet<unknown> = new Set([
  ...["contractSigned", "contractAnnexe", "contractSchedule", "contractText", "contractNotice", "contractArrangements"],
]);
const isOfContract = ({ documentType }: Json) => CONTRACT_DOCUMENTS.has(documentType);
const isOrderToBegin = ({ title }: Json) => typeof title === "string" && /^(surat perintah mulai|spmk)/i.test(title);

/** Words that stand before a number in a title, each with what ends it. */
const LEADING =
  /^(?:(?:nomor|no|kontrak|perjanjian|surat|perintah|kerja|mulai|pesanan|spk|spmk(?:\/spp)?|spp|add?endum|amandemen|berita|acara|serah|terima|pembayaran|pekerjaan|bast|bap)\.?[\s:]+|\d+\s*:\s*)+/i;

/** The number that a document says: in its own field, or in its title after the words for it. */
function numberIn(each: Json): string[] {
  const own = textsOf(each.documentNumber);
  if (own.length > 0) return own;
  return textsOf(each.title)
    .map((title) => title.replace(LEADING, "").trim())
    .filter(looksLikeNumber);
}

/** Whether a text could be the number of a document: it has a digit, and is neither all words nor a share of the value. */
function looksLikeNumber(text: string): boolean {
  return /\d/.test(text) && /[/.-]|\d{4}/.test(text) && text.length >= 3 && text.length <= 120 && !/%\s*$/.test(text);
}

function nameOfSupplier(compiled: Json, contract: ContractView, told: Json): string | undefined {
  const awardId = contract.awardId ?? told.awardID;
  const award = listOf(compiled.awards).find(({ id }) => id === awardId || id === contract.id);
  const [supplier] = listOf(award?.suppliers);
  return typeof supplier?.name === "string" ? supplier.name : undefined;
}

/** What is published beside the name, with what others know of the supplier. */
function known(facts: ReturnType<SupplierFacts>, compiled: Json, name: string | undefined) {
  const party = listOf(compiled.parties).find((each) => each.name === name && name !== undefined);
  const identifiers = [party?.identifier, ...listOf(party?.additionalIdentifiers)].filter(isObject);
  const cores = identifiers.flatMap(({ scheme, id }) => {
    const digits = scheme === "ID-NPWP" && typeof id === "string" ? id.replace(/\D/g, "") : "";
    return digits.length === 15
      ? [digits.slice(0, 9)]
      : digits.length === 16 && digits[0] === "0"
        ? [digits.slice(1, 10)]
        : [];
  });
  const npwpCores = unique([...cores, ...(facts?.npwpCores ?? [])]);
  return {
    ...optional("aliases", facts?.aliases),
    ...optional("npwpCores", npwpCores.length > 0 ? npwpCores : undefined),
    ...optional("accounts", facts?.accounts),
  };
}

function budgetOf(budget: Json): ContractCard["budget"] {
  const lines = listOf(budget.budgetBreakdown).flatMap(({ id }) => listedIn(id));
  return unique([...listedIn(budget.id), ...lines]).map((account) => ({ account }));
}

/** Instalments of a plan in words such as `Termin 2: 30 %`, as amounts of the value; nothing where one says no share. */
function instalmentsOf(milestones: readonly Json[], value: string): string[] {
  const shares = milestones.flatMap(({ title }) => {
    const [, whole, fraction = ""] =
      /(?<!\d)(\d{1,3})(?:[.,](\d{1,4}))?\s*%/.exec(typeof title === "string" ? title : "") ?? [];
    return whole === undefined ? [] : [BigInt(whole + fraction.padEnd(4, "0"))];
  });
  return shares.map((share) => String((BigInt(value) * share) / 1_000_000n));
}

/** A day in western Indonesia, where a plain day of the ledger begins; none for an unknown day. */
export function dayOf(seconds: number | undefined): Day | undefined {
  return seconds === undefined || seconds === 0 || seconds > 253_402_300_799 ? undefined : dayIn(seconds, "WIB");
}

const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const textsOf = (value: unknown): string[] => (typeof value === "string" && value.trim() !== "" ? [value.trim()] : []);
/** One text that lists several, by commas or semicolons. */
const listedIn = (value: unknown): string[] =>
  textsOf(value).flatMap((text) => text.split(/[;,]\s*/).filter((part) => part !== ""));
const unique = (values: readonly string[]): string[] => [...new Set(values)];

function pick<T extends object, Name extends keyof T>(from: T, ...names: Name[]): Pick<T, Name> {
  return Object.fromEntries(names.map((name) => [name, from[name]])) as Pick<T, Name>;
}
