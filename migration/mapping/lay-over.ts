import { type Balances, documentKeyOf } from "../../server/domain/entries/entry.ts";
import { ContractStatus } from "../../server/domain/entries/kinds.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { formatDate, instantOf } from "../../server/domain/ocds/dates.ts";
import { CompiledMerger, MergeFault } from "../../server/domain/ocds/merge.ts";
import { fromMinor, MoneyFault, toMinor } from "../../server/domain/ocds/money.ts";
import type { ContractFacts, ContractStatusWord, Deed, PaidDocument, ProcessFragment } from "./mapped.ts";

// From what many rows say of one process to what they say together: of a wave of legacy records, and of daily feeds.

/** What one row says of the process; `order` of its dataset. */
export type Part = {
  readonly order: number;
  readonly from: { readonly dataset: string; readonly row: number; readonly at: string };
  readonly fragment: ProcessFragment;
  /** settles the order of parts that nothing else tells apart */
  readonly signature: string;
};

/** Who the organisations of the sources are in the register. */
export type Naming = {
  /** of the process */
  readonly agency: { readonly id: string; readonly name: string };
  /** the register's organisation behind a supplier's key or an agency's legacy code, as the sources write it */
  supplier(key: string, name: string | undefined): { readonly id: string; readonly name: string } | undefined;
  legacyAgency(code: string): { readonly id: string; readonly name: string } | undefined;
};

export type LayFault = { readonly pointer: string; readonly rule: string };

/** What all parts together say of a process. */
export type Laid<P> = {
  /** an OCDS release, with registered ids */
  readonly release: Json;
  readonly facts: Map<string, Known>;
  /** payments that stood inside contracts: they become records of their own */
  readonly transactions: { readonly contract: string; readonly transaction: Json; readonly part: P }[];
  /** where rows say different things and the later rank won */
  readonly notes: Set<string>;
};

/**
 * Lays the parts of a process over each other, in the order that they are given.
 * @param parts sorted by `inOrder`
 * @param latest seconds UTC: the release is dated no later
 */
export function layOver<P extends Part>(
  parts: readonly P[],
  ocid: string,
  naming: Naming,
  latest: number,
): Laid<P> | { faults: LayFault[]; release: Json } {
  const organisations = new Organisations(naming);
  const transactions: { contract: string; transaction: Json; part: P }[] = [];
  const merger = new CompiledMerger();
  const winners = new Map<unknown, Json[]>();
  const notes = new Set<string>();
  const sources = budgetSources(parts);
  for (const part of parts) {
    const release = organisations.translated(part.fragment.release);
    const all = sources.get(part.from.dataset);
    if (all !== undefined && isObject(release.planning) && isObject(release.planning.budget))
      Object.assign(release.planning.budget, all);
    for (const award of list(release.awards)) {
      if (!Array.isArray(award.suppliers)) continue;
      // who won is said anew, not added to who was said before
      const before = winners.get(award.id);
      const now = list(award.suppliers);
      if (
        before !== undefined &&
        canonicalJson(before.map(({ id }) => id)) !== canonicalJson(now.map(({ id }) => id))
      ) {
        notes.add("supplier-differs-between-datasets");
      }
      winners.set(award.id, now);
    }
    for (const contract of list(release.contracts)) {
      const { implementation } = contract;
      if (!isObject(implementation) || implementation.transactions === undefined) continue;
      for (const transaction of list(implementation.transactions)) {
        transactions.push({ contract: String(contract.id), transaction, part });
      }
      delete implementation.transactions;
      if (Object.keys(implementation).length === 0) delete contract.implementation;
    }
    merger.append({ ...release, ocid, id: "", date: part.fragment.at ?? "", tag: [] });
  }
  let release: Json;
  try {
    release = merger.compiled();
  } catch (error) {
    if (!(error instanceof MergeFault)) throw error;
    return { faults: [{ pointer: error.pointer, rule: error.rule }], release: {} };
  }
  for (const award of list(release.awards)) if (winners.has(award.id)) award.suppliers = winners.get(award.id);
  const facts = factsOf(parts, notes);
  const waiting = valuesMissing(release, facts);
  if (waiting.length > 0) return { faults: waiting, release };
  const told = parts.reduce((most, { fragment: { at } }) => Math.max(most, instantOf(at) ?? 0), 0);
  const date = formatDate(Math.floor(told === 0 ? latest : Math.min(told / 1000, latest)) * 1000);
  const sections = (["planning", "tender", "award", "contract"] as const).filter(
    (tag) => release[tag === "award" || tag === "contract" ? `${tag}s` : tag] !== undefined,
  );
  const { id, name } = naming.agency;
  Object.assign(release, {
    ...{ ocid, id: `${ocid}-1`, date, tag: sections.length === 0 ? ["planning"] : sections, initiationType: "tender" },
    buyer: { id, name },
    parties: organisations.parties(list(release.parties)),
  });
  return { release, facts, transactions, notes };
}

/** Lists of a package's plans (RUP), accounts and funds, as maps write them. */
const SOURCES = ["projectID", "id", "description"] as const;

/**
 * The plans, accounts and funds of a package by dataset, where several of its rows tell of them: feeds have a row for
 * each, and none of them is newer than the others. A release of somebody, with its parties, says all of it each time.
 */
function budgetSources(parts: readonly Part[]): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  if (parts.length < 2) return found;
  for (const { from, fragment } of parts) {
    const { planning, buyer, parties } = fragment.release;
    if (buyer !== undefined || parties !== undefined || !isObject(planning) || !isObject(planning.budget)) continue;
    const all = found.get(from.dataset) ?? {};
    for (const name of SOURCES) {
      const said = planning.budget[name];
      if (typeof said !== "string") continue;
      const before = all[name] === undefined ? [] : all[name].split("; ");
      const more = said.split("; ").filter((each) => !before.includes(each));
      if (more.length > 0) all[name] = [...before, ...more].join("; ");
    }
    found.set(from.dataset, all);
  }
  return found;
}

/** The order in which parts are laid over each other: later ones win. */
export function inOrder(a: Part, b: Part): number {
  return (
    a.order - b.order ||
    versionOf(a) - versionOf(b) ||
    compare(a.fragment.at ?? "", b.fragment.at ?? "") ||
    compare(a.from.dataset, b.from.dataset) ||
    compare(a.signature, b.signature) ||
    a.from.row - b.from.row
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Of which version of its contract a part speaks; 0 where it says none. */
export function versionOf({ fragment: { contracts } }: Part): number {
  return Object.values(contracts ?? {}).reduce((most, { version = 0 }) => Math.max(most, version), 0);
}

/**
 * Contracts and awards of which no row says the value: that row was rejected, or has not come. An award that is only known
 * from its contracts has their first value.
 */
function valuesMissing(release: Json, facts: ReadonlyMap<string, Known>): LayFault[] {
  const faults: LayFault[] = [];
  const contracts = list(release.contracts);
  for (const [at, contract] of contracts.entries()) {
    if (!isObject(contract.value)) faults.push({ pointer: `/contracts/${at}`, rule: "contract-value-missing" });
  }
  for (const [at, award] of list(release.awards).entries()) {
    if (isObject(award.value)) continue;
    const own = contracts.filter(({ awardID, value }) => awardID === award.id && isObject(value));
    const [only] = own;
    if (only === undefined) faults.push({ pointer: `/awards/${at}`, rule: "award-value-missing" });
    else if (own.length === 1) award.value = firstValueOf(only, facts);
    else award.value = sumOfValues(own.map((contract) => firstValueOf(contract, facts)));
  }
  return faults;
}

function firstValueOf({ id, value }: Json, facts: ReadonlyMap<string, Known>): Json {
  const { firstValue, currency } = facts.get(String(id)) ?? {};
  const { currency: told } = value as Json;
  const code = currency ?? String(told);
  return firstValue === undefined
    ? { ...(value as Json) }
    : { amount: fromMinor(BigInt(firstValue), code), currency: code };
}

function sumOfValues(values: readonly Json[]): Json {
  const currency = String(values[0]!.currency);
  const sum = values.reduce(
    (all, { amount, currency: own }) => (own === currency ? all + toMinor(Number(amount), currency) : all),
    0n,
  );
  return { amount: fromMinor(sum, currency), currency };
}

// ---- organisations

/** Fields that refer to organisations. */
const REFERENCES: ReadonlySet<string> = new Set([
  ...[
    "parties",
    "buyer",
    "buyers",
    "procuringEntity",
    "tenderers",
    "suppliers",
    "payer",
    "payee",
    "sourceParty",
    "guarantor",
  ],
]);
const ROLE_OF: Readonly<Record<string, string>> = {
  ...{ buyer: "buyer", procuringEntity: "procuringEntity", tenderers: "tenderer", suppliers: "supplier" },
  ...{ payer: "payer", payee: "payee", sourceParty: "funder", guarantor: "guarantor" },
};

/** Names the organisations of a release as the register does, and keeps who they are. */
class Organisations {
  readonly #context: Naming;
  readonly #parties = new Map<string, { name: string; roles: Set<string> }>();

  constructor(context: Naming) {
    this.#context = context;
  }

  /** A copy of a release, with registered ids. */
  translated(release: Json): Json {
    return this.#walk(release, "") as Json;
  }

  #walk(value: unknown, under: string): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#walk(each, under));
    if (!isObject(value)) return value;
    const copy: Json = {};
    for (const [name, inner] of Object.entries(value)) copy[name] = this.#walk(inner, name);
    if (REFERENCES.has(under) && typeof copy.id === "string") this.#name(copy, copy.id, under);
    return copy;
  }

  #name(reference: Json, id: string, under: string): void {
    const known =
      this.#context.supplier(id, typeof reference.name === "string" ? reference.name : undefined) ??
      this.#context.legacyAgency(id);
    if (known !== undefined) Object.assign(reference, { id: known.id, name: known.name });
    const name = known?.name ?? (typeof reference.name === "string" ? reference.name : undefined);
    let party = this.#parties.get(String(reference.id));
    if (party === undefined) {
      party = { name: name ?? "", roles: new Set() };
      this.#parties.set(String(reference.id), party);
    }
    const role = ROLE_OF[under];
    if (role !== undefined) party.roles.add(role);
  }

  /** All of them as parties, with what the release itself says of each. */
  parties(told: readonly Json[]): Json[] {
    const { agency } = this.#context;
    const buyer = this.#parties.get(agency.id) ?? { name: agency.name, roles: new Set<string>() };
    buyer.roles.add("buyer");
    this.#parties.set(agency.id, buyer);
    const own = new Map(told.map((party) => [String(party.id), party]));
    return [...this.#parties]
      .sort(([a], [b]) => compare(a, b))
      .map(([id, { name, roles }]) => {
        const said = own.get(id);
        const all = new Set([...(Array.isArray(said?.roles) ? (said.roles as string[]) : []), ...roles]);
        return { ...said, id, ...(name === "" ? {} : { name }), roles: [...all].sort() };
      });
  }
}

// ---- balances

export type Known = ContractFacts & { documents: PaidDocument[]; deeds: Deed[] };

/** What all parts together say of each contract: of one fact the last that says it, of documents all. */
function factsOf(parts: readonly Part[], notes: Set<string>): Map<string, Known> {
  const all = new Map<string, Known>();
  for (const { fragment } of parts) {
    for (const [id, facts] of Object.entries(fragment.contracts ?? {})) {
      const before = all.get(id);
      const { documents = [], deeds = [], version = 0, ...said } = facts;
      const isFirst = version === 0 && said.firstValue === undefined && said.value !== undefined;
      const next = {
        ...before,
        ...said,
        ...(isFirst && before?.firstValue === undefined ? { firstValue: said.value! } : {}),
      };
      const done = [...(before?.deeds ?? [])];
      for (const deed of deeds) if (!done.some((each) => isSameDeed(each, deed))) done.push(deed);
      all.set(id, { ...next, documents: [...(before?.documents ?? [])], deeds: done });
      const known = all.get(id)!.documents;
      for (const document of documents) {
        // one document counts once, however many rows name it
        if (known.some((each) => isSameDocument(each, document))) notes.add("document-named-twice");
        else known.push(document);
      }
    }
  }
  return all;
}

export function isSameDocument(a: PaidDocument, b: PaidDocument): boolean {
  return (
    a.kind === b.kind && a.amount === b.amount && a.on === b.on && documentKeyOf(a.number) === documentKeyOf(b.number)
  );
}

function isSameDeed(a: Deed, b: Deed): boolean {
  return a.kind === b.kind && a.on === b.on && documentKeyOf(a.number) === documentKeyOf(b.number);
}

const STATUS: Readonly<Record<ContractStatusWord, number>> = {
  pending: ContractStatus.pending,
  active: ContractStatus.active,
  completed: ContractStatus.completed,
  terminated: ContractStatus.broken,
  cancelled: ContractStatus.cancelled,
};

const AMOUNTS = ["firstValue", "advance", "recovered", "withheld", "released"] as const;

/** What came before a contract begins here; what nobody says is left to the release. */
export function balancesOf(
  facts: Known | undefined,
  cutOver: number,
  transactions: bigint | undefined,
): Partial<Balances> {
  const balances: Partial<Balances> = { on: cutOver };
  if (transactions !== undefined) balances.paid = transactions;
  if (facts === undefined) return balances;
  for (const name of AMOUNTS) if (facts[name] !== undefined) balances[name] = BigInt(facts[name]);
  if (facts.status !== undefined) balances.status = STATUS[facts.status];
  const certified = sumOf(facts.documents, "certificate") ?? amount(facts.certified);
  const paid = sumOf(facts.documents, "payment") ?? amount(facts.paid) ?? transactions;
  // work that was certified was accepted
  const accepted = amount(facts.accepted) ?? certified;
  return {
    ...balances,
    ...(certified === undefined ? {} : { certified }),
    ...(paid === undefined ? {} : { paid }),
    ...(accepted === undefined ? {} : { accepted }),
  };
}

const amount = (text: string | undefined) => (text === undefined ? undefined : BigInt(text));

function sumOf(documents: readonly PaidDocument[], kind: PaidDocument["kind"]): bigint | undefined {
  const own = documents.filter((document) => document.kind === kind);
  return own.length === 0 ? undefined : own.reduce((sum, document) => sum + BigInt(document.amount), 0n);
}

/** Σ of the transactions inside a contract, in minor units; undefined where there are none that tell an amount. */
export function paidIn(
  contract: string,
  transactions: readonly { contract: string; transaction: Json }[],
): bigint | undefined {
  let sum: bigint | undefined;
  for (const { contract: of, transaction } of transactions) {
    const paid = of === contract ? moneyIn(transaction) : undefined;
    if (paid !== undefined) sum = (sum ?? 0n) + paid.value;
  }
  return sum;
}

/** The amount of a transaction in minor units; undefined where it tells none that can be held. */
export function moneyIn({ value }: Json): { value: bigint; currency: string } | undefined {
  if (!isObject(value) || typeof value.amount !== "number" || typeof value.currency !== "string") return undefined;
  try {
    return { value: toMinor(value.amount, value.currency), currency: value.currency };
  } catch (error) {
    if (error instanceof MoneyFault) return undefined;
    throw error;
  }
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
