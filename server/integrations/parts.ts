import { financePart } from "./finance/finance-part.ts";
import { openManual } from "./manual/manual-part.ts";
import type { Part, PartNeeds } from "./part.ts";
import { openPayments } from "./payments/payments-part.ts";
import { openProcurement } from "./procurement/open-procurement.ts";
import { openReconciliation } from "./reconciliation/reconciliation-part.ts";
import { openRegistry } from "./registry/registry-part.ts";
import { openRequests } from "./requests/requests-part.ts";
import { openWebhooks } from "./webhooks/webhooks-part.ts";

/** The parts by their names, in the order in which they are opened: later ones may ask earlier ones. One line each. */
export const PARTS: readonly { readonly name: string; open(needs: PartNeeds): Promise<Part> }[] = [
  { name: "procurement", open: openProcurement },
  financePart,
  { name: "registry", open: openRegistry },
  { name: "payments", open: openPayments },
  { name: "reconciliation", open: openReconciliation },
  { name: "manual", open: openManual },
  { name: "requests", open: openRequests },
  { name: "webhooks", open: openWebhooks },
];
