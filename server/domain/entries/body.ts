import { type JsonFault, parseJson } from "../json.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import type { RecordedEntry } from "../projection/process-view.ts";
import { idOf } from "./entry.ts";
import { Kind } from "./kinds.ts";
import type { Hex } from "./words.ts";

// The body of an entry: a part of an OCDS release, what the terms do not say.

/** What terms, registry and ledger say of a release; a body never holds these, and its own section only for itself. */
const RESERVED: ReadonlySet<string> = new Set([
  "ocid",
  "id",
  "date",
  "tag",
  "initiationType",
  "buyer",
  "planning",
  "tender",
  "awards",
  "contracts",
]);

/** `section`: the entry's own planning, tender, award or contract; `rest`: parties, language, other top-level fields. */
export type Body = { section: Json; rest: Json };
export type BodyFault = { rule: "body-unreadable" | "body-outside"; pointer: string };

type Place = { kind: number; contractId: string; awardId: string };

/** Kinds that add nothing to a section: their bodies hold a remark, and no more. */
const REMARKS_ONLY: ReadonlySet<number> = new Set([Kind.countersignature, Kind.hold, Kind.note, Kind.withdrawal]);
const REMARK: ReadonlySet<string> = new Set(["remarks", "language"]);

/** The section of a release in which an entry stands: its name, and the id where it is one of several. */
function sectionOf({ kind, contractId, awardId }: Place): { name: string; id?: string } | undefined {
  if (kind === Kind.planning) return { name: "planning" };
  if (kind === Kind.tender) return { name: "tender" };
  if (kind === Kind.award) return { name: "awards", id: awardId };
  if (REMARKS_ONLY.has(kind)) return undefined;
  return contractId === "" ? undefined : { name: "contracts", id: contractId };
}

/** A body that says this in the section of an entry; undefined where there is nothing to say. */
export function bodyOf(place: Place, section: Json, rest: Json = {}): Json | undefined {
  const own = sectionOf(place);
  const said = own === undefined || Object.keys(section).length === 0 ? {} : { [own.name]: wrapped(own.id, section) };
  const body = { ...rest, ...said };
  return Object.keys(body).length === 0 ? undefined : body;
}

function wrapped(id: string | undefined, section: Json): unknown {
  return id === undefined ? section : [{ ...section, id }];
}

/**
 * Reads what an entry's body says. `kind` is the entry's, or that of the entry which a correction names. A body that
 * says anything outside its own section is left out whole.
 */
export function readBody(bytes: Uint8Array, place: Place): Body | BodyFault | undefined {
  if (bytes.length === 0) return undefined;
  const parsed = parseJson(bytes);
  if (!parsed.ok || !isObject(parsed.value)) return { rule: "body-unreadable", pointer: faultAt(parsed) };
  const own = sectionOf(place);
  const { [own?.name ?? ""]: given, ...rest } = parsed.value;
  const remarksOnly = REMARKS_ONLY.has(place.kind);
  const outside = Object.keys(rest).find((key) => RESERVED.has(key) || (remarksOnly && !REMARK.has(key)));
  if (outside !== undefined) return { rule: "body-outside", pointer: `/${outside}` };
  if (given === undefined || own === undefined) return { section: {}, rest };
  const [only, more] = own.id === undefined ? [given] : Array.isArray(given) ? given : [];
  if (more !== undefined || !isObject(only) || (own.id !== undefined && only.id !== own.id)) {
    return { rule: "body-outside", pointer: `/${own.name}` };
  }
  return { section: only, rest };
}

function faultAt(parsed: { ok: boolean; faults?: readonly JsonFault[] }): string {
  return parsed.faults?.[0]?.pointer ?? "";
}

/** The organisations that an entry's body may name, as the registry knows them. */
export function organisationsIn({ body }: Pick<RecordedEntry, "body">): Hex[] {
  if (body.length === 0) return [];
  const found = new Set<string>();
  const take = (value: unknown): void => {
    if (isObject(value) && typeof value.id === "string") found.add(value.id);
  };
  const walk = (value: unknown, depth: number): void => {
    if (depth > 64 || typeof value !== "object" || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      if (REFERENCES.has(key)) for (const each of Array.isArray(inner) ? inner : [inner]) take(each);
      walk(inner, depth + 1);
    }
  };
  try {
    walk(JSON.parse(new TextDecoder().decode(body)), 0);
  } catch {
    return []; // unreadable: `readBody` says so
  }
  return [...found].map(idOf);
}

const REFERENCES: ReadonlySet<string> = new Set([
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
]);
