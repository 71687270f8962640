import { sha256 } from "#hash";
import type { Draft } from "../../server/domain/entries/draft.ts";
import { type Entry, entryHash, idOf, MAX_BODY, packBalances } from "../../server/domain/entries/entry.ts";
import { Kind, Role, StageCode } from "../../server/domain/entries/kinds.ts";
import { type Organisation, split } from "../../server/domain/entries/split.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../../server/domain/entries/words.ts";
import { canonicalJson } from "../../server/domain/json.ts";
import { isObject, type Json } from "../../server/domain/ocds/check-fields.ts";
import { screenTexts } from "../../server/domain/sealing/screen.ts";
import { withheldFrom } from "../../server/domain/sealing/withheld-from.ts";
import { packEntry } from "../../server/ledger/codec.ts";
import { balancesOf, inOrder, type LayFault, layOver, type Naming, type Part, paidIn } from "../mapping/lay-over.ts";
import type { ReasonCode } from "../row.ts";
import { commandIdOf, type Position, type Tier } from "./lot.ts";

// From what many rows say of one process to the entries that record it as it was found.

export type FoldContext = Naming & {
  readonly wave: Hex;
  readonly tier: Tier;
  readonly agency: { readonly id: string; readonly name: string; readonly stem: string; readonly head: string };
  /** seconds UTC: what came before is in the balances */
  readonly cutOver: number;
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
    const bad = new Map<P, LayFault>();
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

/** Whether a row says what is wrong at a place of the whole release. */
function says({ fragment: { release, contracts = {} } }: Part, { pointer }: LayFault, whole: Json): boolean {
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
  | { faults: LayFault[]; release: Json };

function make<P extends Part>(parts: readonly P[], ocid: string, context: FoldContext): Made<P> {
  const { cutOver } = context;
  const laid = layOver(parts, ocid, context, cutOver);
  if ("faults" in laid) return laid;
  const { release, facts, transactions, notes } = laid;
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
function faultsOf(drafts: readonly Draft[], release: Json, context: FoldContext): LayFault[] {
  const faults: LayFault[] = [];
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

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
