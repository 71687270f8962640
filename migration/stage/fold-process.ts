import { sha256 } from "#hash";
import type { Draft } from "../../server/domain/entries/draft.ts";
import {
  type Balances,
  documentKeyOf,
  type Entry,
  entryHash,
  idOf,
  MAX_BODY,
  packBalances,
} from "../../server/domain/entries/entry.ts";
import { ContractStatus, Kind, Role, StageCode } from "../../server/domain/entries/kinds.ts";
import { type Organisation, split } from "../../server/domain/entries/split.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { formatDate, instantOf } from "../../server/domain/ocds/dates.ts";
import { MergeFault, ReleaseMerger } from "../../server/domain/ocds/merge.ts";
import { fromMinor, MoneyFault, toMinor } from "../../server/domain/ocds/money.ts";
import { screenBody, screenTexts } from "../../server/domain/sealing/screen.ts";
import { packEntry } from "../../server/ledger/codec.ts";
import type { ContractFacts, ContractStatusWord, PaidDocument, ProcessFragment } from "../mapping/mapped.ts";
import type { ReasonCode } from "../row.ts";
import { commandIdOf, type Position, type Tier } from "./lot.ts";

// From what many rows say of one process to the entries that record it as it was found.

/** What one row says of the process; `order` of its dataset. */
export type Part = {
  readonly order: number;
  readonly from: Position;
  readonly fragment: ProcessFragment;
  /** settles the order of parts that nothing else tells apart */
  readonly signature: string;
};

export type FoldContext = {
  readonly wave: Hex;
  readonly tier: Tier;
  readonly agency: { readonly id: string; readonly name: string; readonly stem: string; readonly head: string };
  /** seconds UTC: what came before is in the balances */
  readonly cutOver: number;
  /** the register's organisation behind a supplier's key or an agency's legacy code, as the sources write it */
  supplier(key: string, name: string | undefined): { readonly id: string; readonly name: string } | undefined;
  legacyAgency(code: string): { readonly id: string; readonly name: string } | undefined;
  /** registered organisations by their id on the ledger */
  organisation(id: Hex): Organisation | undefined;
  /** whether the ledger has refused this record before, in a rehearsal */
  wasRefused?(key: string): string | undefined;
};

/** An entry as a row of a lot. */
type FoldedEntry = {
  readonly key: string;
  readonly hash: Uint8Array;
  readonly item: Uint8Array;
  /** of tier B: the body that stays off the chain */
  readonly body: Uint8Array;
  readonly from: readonly Position[];
  readonly currency: string;
  readonly value: bigint;
  readonly paid: bigint;
};

type RejectedPart<P> = {
  readonly part: P;
  readonly code: ReasonCode;
  readonly found: string;
  readonly held?: boolean;
};

export type Folded<P> = {
  readonly ocid: string;
  readonly entries: FoldedEntry[];
  readonly rejected: RejectedPart<P>[];
  /** suppliers that the entries name */
  readonly suppliers: ReadonlyMap<string, string>;
  /** payments that stood inside contracts: they become records of their own */
  readonly transactions: { readonly contract: string; readonly transaction: Json; readonly part: P }[];
  /** texts that were left out of public bodies, as they hold personal data */
  readonly withheld: number;
  /** where rows say different things and the later rank won */
  readonly notes: readonly string[];
};

type Fault = { readonly pointer: string; readonly rule: string };

/** What is missing where these are found belongs to another row, which may still come. */
const WAITS: ReadonlySet<string> = new Set([
  "contract-value-missing",
  "award-unknown",
  "supplier-unregistered",
  "award-value-missing",
]);

/**
 * Lays the parts of a process over each other, by the order of their datasets, then by version, then by time, and makes
 * its entries. Where a part of the process can't be recorded, the rows that say it are rejected and the rest goes on.
 * @param given all of one process, duplicates taken out
 */
export function foldProcess<P extends Part>(given: readonly P[], context: FoldContext): Folded<P> {
  const ocid = `${context.agency.stem}-${given[0]!.fragment.key}`;
  const rejected: RejectedPart<P>[] = [];
  let parts = [...given].sort(inOrder);
  for (;;) {
    if (parts.length === 0)
      return { ocid, entries: [], rejected, suppliers: new Map(), transactions: [], withheld: 0, notes: [] };
    const made = make(parts, ocid, context);
    if ("entries" in made) return { ...made, ocid, rejected };
    const bad = new Map<P, Fault>();
    for (const fault of made.faults)
      for (const part of parts) if (says(part, fault, made.release)) bad.set(part, fault);
    // what no row says by itself is the fault of them all
    if (bad.size === 0) for (const part of parts) bad.set(part, made.faults[0]!);
    for (const [part, { rule, pointer }] of bad) {
      const held = WAITS.has(rule);
      const code: ReasonCode = held
        ? "parent-missing"
        : rule.startsWith("ledger ")
          ? "refused"
          : rule === "body-over-limit"
            ? "too-long"
            : "release";
      rejected.push({ part, code, found: `${rule} ${pointer}`.trim(), ...(held ? { held } : {}) });
    }
    parts = parts.filter((part) => !bad.has(part));
  }
}

function inOrder(a: Part, b: Part): number {
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

function versionOf({ fragment: { contracts } }: Part): number {
  return Object.values(contracts ?? {}).reduce((most, { version = 0 }) => Math.max(most, version), 0);
}

/** Whether a row says what is wrong at a place of the whole release. */
function says({ fragment: { release, contracts = {} } }: Part, { pointer }: Fault, whole: Json): boolean {
  const [, section = "", index = ""] = pointer.split("/");
  if (section === "") return true;
  if (section !== "contracts" && section !== "awards") return section in release;
  const id = list(whole[section])[Number(index)]?.id;
  return (
    list(release[section]).some((each) => each.id === id) ||
    (section === "contracts" && Object.hasOwn(contracts, String(id)))
  );
}

type Made<P> =
  | Pick<Folded<P>, "entries" | "suppliers" | "transactions" | "withheld" | "notes">
  | { faults: Fault[]; release: Json };

function make<P extends Part>(parts: readonly P[], ocid: string, context: FoldContext): Made<P> {
  const organisations = new Organisations(context);
  const transactions: { contract: string; transaction: Json; part: P }[] = [];
  const merger = new ReleaseMerger();
  const winners = new Map<unknown, Json[]>();
  const notes = new Set<string>();
  for (const part of parts) {
    const release = organisations.translated(part.fragment.release);
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
  const { cutOver, agency } = context;
  const latest = parts.reduce((most, { fragment: { at } }) => Math.max(most, instantOf(at) ?? 0), 0);
  const date = formatDate(Math.floor(latest === 0 ? cutOver : Math.min(latest / 1000, cutOver)) * 1000);
  const sections = (["planning", "tender", "award", "contract"] as const).filter(
    (tag) => release[tag === "award" || tag === "contract" ? `${tag}s` : tag] !== undefined,
  );
  Object.assign(release, {
    ...{ ocid, id: `${ocid}-1`, date, tag: sections.length === 0 ? ["planning"] : sections, initiationType: "tender" },
    buyer: { id: agency.id, name: agency.name },
    parties: organisations.parties(list(release.parties)),
  });

  const { drafts, faults } = split(release, undefined, {
    organisation: context.organisation,
    now: cutOver,
    asFound: (contractId) => balancesOf(facts.get(contractId), cutOver, paidIn(contractId, transactions)),
  });
  if (faults.length > 0) return { faults, release };
  const refused = faultsOf(drafts, release, context);
  if (refused.length > 0) return { faults: refused, release };

  const entries: FoldedEntry[] = [];
  const seen = new Map<string, number>();
  const suppliers = new Map<string, string>();
  let withheld = 0;
  for (const draft of drafts) {
    const base = keyOf(draft);
    const count = (seen.get(base) ?? 0) + 1;
    seen.set(base, count);
    const { entry, left } = entryOf(draft, count === 1 ? base : `${base}\t${count}`, parts, context);
    if (entry === undefined)
      return { faults: [{ pointer: placeOf(draft, release), rule: "body-over-limit" }], release };
    withheld += left;
    entries.push(entry);
    const party = draft.terms.party === undefined ? undefined : context.organisation(draft.terms.party);
    if (party !== undefined) suppliers.set(party.id, party.name);
  }
  return { entries, suppliers, transactions, withheld, notes: [...notes] };
}

/**
 * Contracts and awards of which no row says the value: that row was rejected, or has not come. An award that is only known
 * from its contracts has their first value.
 */
function valuesMissing(release: Json, facts: ReadonlyMap<string, Known>): Fault[] {
  const faults: Fault[] = [];
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
  readonly #context: FoldContext;
  readonly #parties = new Map<string, { name: string; roles: Set<string> }>();

  constructor(context: FoldContext) {
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

type Known = ContractFacts & { documents: PaidDocument[] };

/** What all parts together say of each contract: of one fact the last that says it, of documents all. */
function factsOf(parts: readonly Part[], notes: Set<string>): Map<string, Known> {
  const all = new Map<string, Known>();
  for (const { fragment } of parts) {
    for (const [id, facts] of Object.entries(fragment.contracts ?? {})) {
      const before = all.get(id);
      const { documents = [], version = 0, ...said } = facts;
      const isFirst = version === 0 && said.firstValue === undefined && said.value !== undefined;
      const next = {
        ...before,
        ...said,
        ...(isFirst && before?.firstValue === undefined ? { firstValue: said.value! } : {}),
      };
      all.set(id, { ...next, documents: [...(before?.documents ?? [])] });
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

function isSameDocument(a: PaidDocument, b: PaidDocument): boolean {
  return (
    a.kind === b.kind && a.amount === b.amount && a.on === b.on && documentKeyOf(a.number) === documentKeyOf(b.number)
  );
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
function balancesOf(facts: Known | undefined, cutOver: number, transactions: bigint | undefined): Partial<Balances> {
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
function paidIn(
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

// ---- entries

/** Sections in the order in which the ledger takes them. */
const RANK: Readonly<Partial<Record<Draft["kind"], number>>> = { planning: 1, tender: 2, award: 3 };

/** A record's key: the same thing has the same key in every attempt, and keys are in the order of recording. */
function keyOf({ kind, ocid, awardId, contractId }: Draft): string {
  const rank = contractId === "" ? (RANK[kind] ?? 0) : 4;
  return [ocid, `${rank} ${kind}`, awardId, contractId].join("\t");
}

/** Where the release says what a draft records. */
function placeOf({ kind, awardId, contractId }: Draft, release: Json): string {
  const at = (section: string, id: string) =>
    `/${section}/${list(release[section]).findIndex((each) => each.id === id)}`;
  if (contractId !== "") return at("contracts", contractId);
  if (kind === "award") return at("awards", awardId);
  return kind === "tender" || kind === "planning" ? `/${kind}` : "";
}

/** What the ledger would refuse, by its own words, and what it has refused before. */
function faultsOf(drafts: readonly Draft[], release: Json, context: FoldContext): Fault[] {
  const faults: Fault[] = [];
  for (const draft of drafts) {
    const pointer = placeOf(draft, release);
    if ((draft.terms.on ?? 0) > context.cutOver) faults.push({ pointer, rule: "ledger date-in-future" });
    const { ocid, awardId, contractId } = draft;
    if (screenTexts({ ocid, awardId, contractId }).length > 0) faults.push({ pointer, rule: "personal-data in an id" });
    const before = context.wasRefused?.(keyOf(draft));
    if (before !== undefined) faults.push({ pointer, rule: `ledger ${before}` });
  }
  return faults;
}

const NONE = new Uint8Array();
const EMPTY_DIGEST = toHex(sha256(NONE));

function entryOf(
  draft: Draft,
  key: string,
  parts: readonly Part[],
  context: FoldContext,
): { entry?: FoldedEntry; left: number } {
  const { agency, wave, tier, organisation } = context;
  const { terms, balances, ocid, awardId, contractId } = draft;
  const { body: given, left } = withheldFrom(draft.body, (id) => {
    const found = organisation(idOf(id));
    return found && { kind: found.kind, name: found.name };
  });
  const body = given === undefined ? NONE : utf8(canonicalJson(given));
  if (body.length > MAX_BODY) return { left };
  const entry: Entry = {
    commandId: commandIdOf(wave, key),
    maker: idOf(agency.head),
    capacity: Role.head,
    ...{ ocid, contractId, awardId },
    agency: idOf(agency.id),
    kind: Kind[draft.kind],
    ...{ basis: NO_ID, seen: NO_ID, refersTo: NO_ID, expires: 0 },
    digest: body.length === 0 ? EMPTY_DIGEST : toHex(sha256(body)),
    terms,
  };
  const item = packEntry({
    entry,
    up: 0,
    stemLength: utf8(agency.stem).length,
    signature: NONE,
    approvals: [],
    preimage: balances === undefined ? NONE : packBalances(balances, terms.currency!),
    body: tier === "B" ? NONE : body,
  });
  return {
    left,
    entry: {
      ...{ key, item, hash: entryHash(entry) },
      body: tier === "B" ? body : NONE,
      from: parts.filter((part) => isFrom(part, draft)).map(({ from }) => from),
      currency: terms.currency ?? "",
      value: balances === undefined ? 0n : (terms.value ?? 0n),
      paid: balances?.paid ?? 0n,
    },
  };
}

/** Whether a row says something of what an entry records. */
function isFrom({ fragment: { release, contracts = {} } }: Part, { kind, awardId, contractId, terms }: Draft): boolean {
  if (contractId !== "")
    return Object.hasOwn(contracts, contractId) || list(release.contracts).some(({ id }) => id === contractId);
  if (kind === "award") return list(release.awards).some(({ id }) => id === awardId);
  if (kind === "tender" && terms.code === StageCode.cancelled)
    return isObject(release.tender) && "status" in release.tender;
  return kind === "opening" || kind in release;
}

const WITHHELD = "[data pribadi / personal data]";

/** A body without texts that hold somebody's numbers: what is on the chain stays there for ever. */
function withheldFrom(
  body: Json | undefined,
  known: Parameters<typeof screenBody>[1],
): { body: Json | undefined; left: number } {
  if (body === undefined) return { body, left: 0 };
  const found = screenBody(body, known);
  if (found.length === 0) return { body, left: 0 };
  const copy = structuredClone(body);
  for (const { pointer } of found) {
    const steps = pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const last = steps.pop()!;
    let node: unknown = copy;
    for (const step of steps)
      node = Array.isArray(node)
        ? (node[Number(step)] ?? node.find((each) => isObject(each) && each.id === step))
        : isObject(node)
          ? node[step]
          : undefined;
    if (Array.isArray(node)) node[Number(last)] = WITHHELD;
    else if (isObject(node) && last in node) {
      if (typeof node[last] === "string") node[last] = WITHHELD;
      else delete node[last];
    }
  }
  return { body: copy, left: new Set(found.map(({ pointer }) => pointer)).size };
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
