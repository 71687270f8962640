import type { Hex } from "../entries/words.ts";
import type { ContractState } from "../projection/process-view.ts";

/** A document of a contract, and how much of its money it speaks of; `leaf` is the entry that recorded it. */
type CardDocument = {
  readonly leaf: Hex;
  readonly number?: string;
  readonly on?: string;
  readonly amount: string;
};

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
  readonly on?: string;
  readonly until?: string;
  /** the numbers under which people know it: of the contract, its SPMK, its amendments, as written */
  readonly numbers: readonly string[];
  readonly title?: string;
  /** ids of the plan (RUP) and of the package, as its source calls them */
  readonly planIds: readonly string[];
  readonly packageIds: readonly string[];
  readonly supplier?: { readonly id: Hex; readonly name: string };
  /** whose treasurers pay, beside those of the agency */
  readonly payer?: Hex;
  readonly budget: readonly { readonly account: string; readonly amount?: string }[];
  /** certificates (BAP), with the amount that each lets be paid */
  readonly certificates: readonly CardDocument[];
  /** deliveries and hand-overs (BAST), with what was accepted by then */
  readonly deliveries: readonly CardDocument[];
  /** payments in force, with their document's key as the ledger keeps it */
  readonly payments: readonly (CardDocument & { readonly documentKey: Hex; readonly issuer: Hex })[];
  readonly amendments: readonly CardDocument[];
};
