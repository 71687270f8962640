import { utf8 } from "../../server/domain/entries/words.ts";
import { parseJson } from "../../server/domain/json.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { MoneyFault, toMinor } from "../../server/domain/ocds/money.ts";
import { screenBody } from "../../server/domain/sealing/screen.ts";
import { Unreadable } from "./functions.ts";
import type { ContractFacts, ContractStatusWord, PaidDocument } from "./mapped.ts";

// A row that holds a whole OCDS release, of 1.0 or 1.1, as JSON text.

/** What of a release goes on into the register; the rest it assigns itself. */
const SECTIONS = [
  "parties",
  "buyer",
  "planning",
  "tender",
  "awards",
  "contracts",
  "language",
  "relatedProcesses",
] as const;

const unreadable = new Unreadable("value-unreadable");
let last: { text: string; release: Json | undefined } | undefined;

/**
 * A part of the release in a cell: by a path as `buyer/id`, or, without one, its sections in the form of OCDS 1.1 and
 * without what is private in it.
 */
export function ocdsPart(text: string, path?: string): unknown {
  if (last?.text !== text) {
    const read = parseJson(utf8(text));
    last = { text, release: read.ok && isObject(read.value) ? upgraded(read.value) : undefined };
  }
  const { release } = last;
  if (release === undefined) return unreadable;
  if (path !== undefined) {
    const found = path
      .split("/")
      .reduce<unknown>(
        (inner, step) => (isObject(inner) || Array.isArray(inner) ? (inner as Json)[step] : undefined),
        release,
      );
    return found === undefined || found === null ? undefined : typeof found === "object" ? unreadable : String(found);
  }
  const sections: Json = {};
  for (const name of SECTIONS) if (release[name] !== undefined) sections[name] = release[name];
  return withoutPrivate(sections);
}

/** A release of OCDS 1.0 in the form of 1.1: amendments as lists, organizations in `parties`, transactions by their new names. */
function upgraded(given: Json): Json {
  const release = structuredClone(given);
  const parties = new Map<string, Json>();
  const is10 = release.parties === undefined;
  for (const party of list(release.parties)) if (typeof party.id === "string") parties.set(party.id, party);

  const refer = (holder: Json | undefined, name: string, role: string): void => {
    const value = holder?.[name];
    if (holder === undefined || value === undefined || value === null) return;
    const one = (organization: Json): Json => {
      const identifier = isObject(organization.identifier) ? organization.identifier : {};
      const told =
        organization.id ??
        (identifier.id === undefined ? undefined : [identifier.scheme, identifier.id].filter(Boolean).join("-"));
      const id = String(told ?? organization.name ?? "");
      if (id === "") return organization;
      const { id: _, roles, ...rest } = organization;
      const known = parties.get(id) ?? { ...rest, id };
      const before = Array.isArray(known.roles) ? (known.roles as string[]) : [];
      parties.set(id, { ...known, roles: before.includes(role) ? before : [...before, role] });
      return { id, ...(organization.name === undefined ? {} : { name: organization.name }) };
    };
    if (Array.isArray(value)) holder[name] = value.map((each) => (isObject(each) ? one(each) : each));
    // in 1.0 one supplier could stand without a list
    else if (isObject(value)) holder[name] = name === "suppliers" || name === "tenderers" ? [one(value)] : one(value);
  };
  const amend = (section: Json): void => {
    const { amendment } = section;
    if (!isObject(amendment)) return;
    delete section.amendment;
    if (section.amendments === undefined) section.amendments = [amendment];
  };

  const tender = isObject(release.tender) ? release.tender : undefined;
  if (tender !== undefined) amend(tender);
  for (const name of ["awards", "contracts"]) {
    // a single object in place of a list
    if (isObject(release[name])) release[name] = [release[name]];
    for (const each of list(release[name])) amend(each);
  }
  if (is10) {
    refer(release, "buyer", "buyer");
    refer(tender, "procuringEntity", "procuringEntity");
    refer(tender, "tenderers", "tenderer");
    for (const award of list(release.awards)) refer(award, "suppliers", "supplier");
    if (parties.size > 0) release.parties = [...parties.values()];
  }
  for (const contract of list(release.contracts)) {
    const { implementation } = contract;
    for (const transaction of isObject(implementation) ? list(implementation.transactions) : []) {
      move(transaction, "amount", "value");
      for (const [old, now] of [
        ["providerOrganization", "payer"],
        ["receiverOrganization", "payee"],
      ] as const) {
        const identifier = transaction[old];
        delete transaction[old];
        if (transaction[now] !== undefined || !isObject(identifier)) continue;
        const id = [identifier.scheme, identifier.id].filter(Boolean).join("-");
        transaction[now] = {
          ...(id === "" ? {} : { id }),
          ...(identifier.legalName === undefined ? {} : { name: identifier.legalName }),
        };
      }
    }
  }
  return release;
}

function move(object: Json, from: string, to: string): void {
  if (object[from] !== undefined && object[to] === undefined) object[to] = object[from];
  delete object[from];
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** A body without the leaves that the screen finds. */
function withoutPrivate(body: Json): Json {
  for (const { pointer } of screenBody(body, () => undefined)) {
    const steps = pointer
      .split("/")
      .slice(1)
      .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
    const name = steps.pop();
    if (name === undefined) continue;
    const holder = steps.reduce<unknown>(
      (inner, step) => (isObject(inner) || Array.isArray(inner) ? (inner as Json)[step] : undefined),
      body,
    );
    if (isObject(holder)) delete holder[name];
  }
  return body;
}

const STATUS: Readonly<Record<string, ContractStatusWord>> = {
  pending: "pending",
  active: "active",
  terminated: "completed",
  cancelled: "cancelled",
};

/** What a release says of its contracts, in minor units. */
export function factsOfRelease(release: Json): Record<string, ContractFacts> {
  const facts: Record<string, ContractFacts> = {};
  for (const contract of list(release.contracts)) {
    const value = minorOf(contract.value);
    const status = STATUS[String(contract.status)];
    const { implementation } = contract;
    const documents = (isObject(implementation) ? list(implementation.transactions) : []).flatMap(
      (transaction): PaidDocument[] => {
        const amount = minorOf(transaction.value);
        if (amount === undefined) return [];
        const { date } = transaction;
        return [
          {
            kind: "payment",
            number: String(transaction.documentNumber ?? transaction.id),
            amount: amount.minor,
            ...(typeof date === "string" ? { on: date } : {}),
          },
        ];
      },
    );
    facts[String(contract.id)] = {
      ...(status === undefined ? {} : { status }),
      ...(value === undefined ? {} : { currency: value.currency, value: value.minor }),
      ...(documents.length === 0 ? {} : { documents }),
    };
  }
  return facts;
}

function minorOf(value: unknown): { minor: string; currency: string } | undefined {
  if (!isObject(value) || typeof value.amount !== "number" || typeof value.currency !== "string") return undefined;
  try {
    return { minor: toMinor(value.amount, value.currency).toString(), currency: value.currency };
  } catch (error) {
    if (error instanceof MoneyFault) return undefined;
    throw error;
  }
}
