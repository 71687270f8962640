import { financePart } from "./finance/finance-part.ts";
import type { Part, PartNeeds } from "./part.ts";
import { openPayments } from "./payments/payments-part.ts";
import { openReconciliation } from "./reconciliation/reconciliation-part.ts";

/** The parts by their names, in the order in which they are opened: later ones may ask earlier ones. One line each. */
export const PARTS: readonly { readonly name: string; open(needs: PartNeeds): Promise<Part> }[] = [
  financePart,
  { name: "payments", open: openPayments },
  { name: "reconciliation", open: openReconciliation },
];
