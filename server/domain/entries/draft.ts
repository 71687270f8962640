import type { Json } from "../ocds/check-fields.ts";
import { type Balances, type Entry, packBalances, type Terms, type TermsText, termsFromText } from "./entry.ts";
import { KIND_RULES, type KindName } from "./kinds.ts";
import { type Assigned, leafPreimage } from "./leaf.ts";
import { type Hex, toHex } from "./words.ts";

/** An entry before it is signed: what its author says, without what the register's state adds. */
export type Draft = {
  readonly kind: KindName;
  readonly ocid: string;
  readonly contractId: string;
  readonly awardId: string;
  /** absent: that of the known process */
  readonly agency?: Hex;
  /** begins a new ocid; absent: the agency's registered stem that does */
  readonly stem?: string;
  readonly terms: Terms;
  /** a part of an OCDS release: what the terms do not say */
  readonly body?: Json;
  /** process sequence of the entry that this one names: corrects, withdraws, returns, remarks on */
  readonly names?: number;
  /** of an opening of a contract */
  readonly balances?: Balances;
  /** what the author gave, for the command id: the same source by the same maker is the same command */
  readonly source: Json;
};

/** What the ledger is shown besides the entry: the entry that it names, or the balances that it opens with. */
export function preimageOf(
  { kind, balances, terms }: Pick<Draft, "kind" | "balances" | "terms">,
  named: (Omit<Entry, "terms"> & { terms: TermsText; assigned: Assigned }) | undefined,
): Hex | undefined {
  if (named !== undefined && KIND_RULES[kind].preimage === "leaf")
    return toHex(leafPreimage({ ...named, terms: termsFromText(named.terms) }, named.assigned));
  return balances && toHex(packBalances(balances, terms.currency ?? ""));
}

/** The registered stem with which an ocid begins: the longest of them. */
export function stemOf(ocid: string, stems: readonly string[] = []): string | undefined {
  return stems.filter((stem) => ocid.startsWith(`${stem}-`)).sort((a, b) => b.length - a.length)[0];
}
