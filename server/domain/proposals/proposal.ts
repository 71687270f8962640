import { sha256 } from "#hash";
import type { Draft } from "../entries/draft.ts";
import {
  type BalancesText,
  balancesFromText,
  balancesToText,
  type TermsText,
  termsFromText,
  termsToText,
} from "../entries/entry.ts";
import { type Hex, toHex, utf8 } from "../entries/words.ts";
import type { SourcePlace } from "../payments/payment-document.ts";
import type { Words } from "../problems.ts";
import { remembered } from "../remembered.ts";

// Entries that a connected system gives cause for, and that nobody has signed yet.

/** A draft as plain JSON: amounts as decimal text. */
export type DraftText = Omit<Draft, "terms" | "balances"> & {
  readonly terms: TermsText;
  readonly balances?: BalancesText;
};

/**
 * `new`: something that is not recorded; `amendment`: a newer version of what is; `correction`: the same version with
 * other content, so that either the record or the source is wrong.
 */
export const PROPOSAL_KINDS = ["new", "amendment", "correction", "payment", "return"] as const;
export type ProposalKind = (typeof PROPOSAL_KINDS)[number];

/** `taken`: somebody has made it his own and signs it; `recorded`: the ledger has it; `dropped`: declined, or replaced. */
export const PROPOSAL_STATES = ["open", "taken", "recorded", "dropped"] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** A proposal as it is kept, under `proposal/<id>`. Times in milliseconds UTC. */
export type Proposal = {
  readonly id: string;
  readonly agency: Hex;
  readonly ocid: string;
  /** what is signed of it, in this order */
  readonly drafts: readonly DraftText[];
  readonly reason: Words;
  readonly sources: readonly SourcePlace[];
  readonly kind: ProposalKind;
  readonly state: ProposalState;
  readonly madeAt: number;
  /** proposals that must be recorded before */
  readonly after?: readonly string[];
  /** jobs whose rows led to it */
  readonly jobs?: readonly string[];
  readonly taken?: { readonly by: Hex; readonly at: number };
  readonly dropped?: { readonly by?: Hex; readonly at: number; readonly why: Words };
  readonly recorded?: { readonly at: number; readonly leaf?: Hex };
};

export function draftToText({ terms, balances, ...rest }: Draft): DraftText {
  return {
    ...rest,
    terms: termsToText(terms),
    ...(balances === undefined ? {} : { balances: balancesToText(balances) }),
  };
}

/** @throws SyntaxError for an amount that is no whole number */
export function draftFromText({ terms, balances, ...rest }: DraftText): Draft {
  return {
    ...rest,
    terms: termsFromText(terms),
    ...(balances === undefined ? {} : { balances: balancesFromText(balances) }),
  };
}

/** Follows from what is proposed: the same proposal made again is the same one, whatever the order of its fields. */
export function proposalIdOf(drafts: readonly DraftText[]): string {
  let said = "";
  for (const { kind, ocid, contractId, awardId, terms, body = null, names = 0, balances = null } of drafts)
    said += stable([kind, ocid, contractId, awardId, terms, body, names, balances]);
  return toHex(sha256(utf8(said))).slice(2, 34);
}

/** Each after those of the list that it waits for; the order of the list is kept otherwise. */
export function inDependencyOrder<T extends Pick<Proposal, "id" | "after">>(proposals: readonly T[]): T[] {
  const byId = new Map(proposals.map((each) => [each.id, each]));
  const placed = new Set<string>();
  const ordered: T[] = [];
  const place = (each: T) => {
    if (placed.has(each.id)) return;
    placed.add(each.id);
    for (const id of each.after ?? []) {
      const before = byId.get(id);
      if (before !== undefined) place(before);
    }
    ordered.push(each);
  };
  for (const each of proposals) place(each);
  return ordered;
}

const quoted = remembered((name) => JSON.stringify(name));

/** JSON with the fields of each object in the order of their names. */
function stable(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) {
    let list = "[";
    for (let at = 0; at < value.length; at++) list += (at === 0 ? "" : ",") + stable(value[at]);
    return `${list}]`;
  }
  let object = "{";
  for (const name of Object.keys(value).sort()) {
    const inner = (value as Record<string, unknown>)[name];
    if (inner !== undefined) object += `${object === "{" ? "" : ","}${quoted(name)}:${stable(inner)}`;
  }
  return `${object}}`;
}
