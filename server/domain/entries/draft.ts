import type { Json } from "../ocds/check-fields.ts";
import type { Balances, Terms } from "./entry.ts";
import type { KindName } from "./kinds.ts";
import type { Hex } from "./words.ts";

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
