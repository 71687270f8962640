import { setTimeout as pause } from "node:timers/promises";
import type { SupplierWarnings } from "../actions/check-entry.ts";
import { connectorActions } from "../actions/connectors.ts";
import { manualEntries } from "../actions/manual-entries.ts";
import type { Offices } from "../actions/office-book.ts";
import { paymentRequestActions } from "../actions/payment-requests.ts";
import { paymentActions } from "../actions/payments.ts";
import { proposalActions } from "../actions/proposals.ts";
import { organisationId } from "../actions/publish.ts";
import { reconciliationActions } from "../actions/reconciliation.ts";
import { supplierActions } from "../actions/suppliers.ts";
import { webhookActions } from "../actions/webhooks.ts";
import { idOf } from "../domain/entries/entry.ts";
import { ProblemError } from "../domain/problems.ts";
import type { Finding } from "../domain/rules/finding.ts";
import type { ConnectorsGateway } from "../http/connectors.ts";
import type { ManualEntriesGateway } from "../http/manual-entries.ts";
import type { PaymentRequestsGateway } from "../http/payment-requests.ts";
import type { PaymentsGateway } from "../http/payments.ts";
import type { ProposalsGateway } from "../http/proposals.ts";
import type { ReconciliationGateway } from "../http/reconciliation.ts";
import type { SuppliersGateway } from "../http/suppliers.ts";
import type { WebhooksGateway } from "../http/webhooks.ts";
import type { Integrations } from "../integrations/integrations.ts";

type Needs<F extends (needs: never) => unknown> = Omit<Parameters<F>[0], "call" | "tree">;
type Connected = ConnectorsGateway &
  ManualEntriesGateway &
  PaymentRequestsGateway &
  PaymentsGateway &
  ProposalsGateway &
  ReconciliationGateway &
  SuppliersGateway &
  WebhooksGateway;

/** Subscriptions to events that fail or are paused by that. */
type HookAlarm = { kind: "webhook"; what: string; detail: string };

/** The part of the gateway that asks the thread of the integrations, by the names of its calls. */
export function connectedGateway(
  integrations: () => Integrations | undefined,
  needs: { offices(): Promise<Offices> } & Needs<typeof connectorActions> &
    Needs<typeof paymentActions> &
    Needs<typeof paymentRequestActions> &
    Needs<typeof proposalActions> &
    Needs<typeof reconciliationActions> &
    Needs<typeof supplierActions> &
    Needs<typeof webhookActions>,
): Connected & { supplierWarnings: SupplierWarnings; hookAlarms(): Promise<HookAlarm[]> } {
  /** @throws ProblemError integrations-off, and what they answer */
  const call = async <T>(name: string, args?: unknown): Promise<T> => {
    const there = integrations();
    if (there === undefined) throw new ProblemError("integrations-off");
    return there.call<T>(name, args);
  };
  /** Nothing where they cannot be asked, or not at once: nobody waits for another system to sign, or to see how things are. */
  const quickly = <T>(milliseconds: number, name: string, args?: unknown): Promise<T[]> =>
    Promise.race([call<T[]>(name, args).catch(() => []), pause<T[]>(milliseconds, [], { ref: false })]);
  const asking = { ...needs, call };
  return {
    organisationId: (text) => organisationId(text, idOf)!,
    connectors: connectorActions(asking),
    manualEntries: (me, asked) => manualEntries(me, asked, asking),
    paymentRequests: paymentRequestActions({ ...asking, tree: async () => (await needs.offices()).tree }),
    payments: paymentActions(asking),
    proposals: proposalActions(asking),
    reconciliation: reconciliationActions(asking),
    suppliers: supplierActions(asking),
    webhooks: webhookActions(asking),
    supplierWarnings: (supplier, on, work) => quickly<Finding>(500, "registry.findings", { supplier, on, work }),
    async hookAlarms() {
      const found = await quickly<{ what: string; words: { en: string } }>(300, "webhooks.alarms");
      return found.map(({ what, words }) => ({ kind: "webhook", what, detail: words.en }));
    },
  };
}
