import type { ProcessView, RecordedEntry } from "../projection/process-view.ts";
import { idOf } from "./entry.ts";
import { NO_ID } from "./words.ts";

/** What its author gives of an entry. */
type Given = Pick<
  RecordedEntry,
  "kind" | "ocid" | "contractId" | "awardId" | "agency" | "terms" | "refersTo" | "body" | "balances"
> & { capacity?: number };

/** The entry as it would be recorded next in its process, with numbers in place of what the ledger will assign. */
export function foresee(given: Given, view: ProcessView | undefined): RecordedEntry {
  const sequence = (view?.count ?? 0) + 1;
  const leaf = idOf(`foreseen ${given.ocid} ${sequence}`);
  return {
    leaf,
    hash: leaf,
    commandId: leaf,
    kind: given.kind,
    ocid: given.ocid,
    contractId: given.contractId,
    awardId: given.awardId,
    agency: given.agency,
    terms: given.terms,
    refersTo: given.refersTo,
    body: given.body,
    ...(given.balances === undefined ? {} : { balances: given.balances }),
    maker: NO_ID,
    capacity: given.capacity ?? 0,
    digest: NO_ID,
    signers: [],
    excess: 0n,
    assigned: {
      registerSequence: sequence,
      processSequence: sequence,
      agencySequence: sequence,
      timeMs: (view?.lastTimeMs ?? 0) + 1,
      previousProcess: view?.head ?? NO_ID,
      previousAgency: NO_ID,
      wave: view?.wave ?? 0,
      signers: NO_ID,
      exceptions: 0,
    },
  };
}
