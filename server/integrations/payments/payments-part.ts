import type { Hex } from "../../domain/entries/words.ts";
import type { DecisionAct, PaymentState } from "../../domain/payments/matched-payment.ts";
import { PROPOSAL_KINDS, type ProposalKind } from "../../domain/proposals/proposal.ts";
import { bankLinesSince } from "../finance/bank-sink.ts";
import { DocumentStore } from "../finance/document-store.ts";
import type { Calls, Part, PartNeeds } from "../part.ts";
import { Proposals } from "../procurement/proposals.ts";
import { BankMatches } from "./bank-matches.ts";
import { Payments } from "./payments.ts";

/** Milliseconds between the end of one look at new documents and the next. */
const EVERY = 2_000;

/**
 * Payments against contracts: looks at documents as they come and at the ledger as it grows, and answers what people ask
 * and decide. Who may is asked before.
 */
export async function openPayments({ storage, book, now, report, call }: PartNeeds): Promise<Part> {
  const proposals = Proposals.of(storage, now);
  const documents = new DocumentStore(storage);
  const bank = new BankMatches({ storage, documents, lines: (after) => bankLinesSince(storage, after) });
  const payments = new Payments({
    storage,
    book,
    documents,
    linesOf: (id) => bank.linesOf(id),
    proposals,
    facts: async (supplier) => {
      type Told = { npwpCores: { value: string }[]; names: { value: string }[] };
      // registers without a supplier registry match by names alone
      const told = await call<Told>("registry.supplier", { supplier }).catch(() => undefined);
      return (
        told && { npwpCores: told.npwpCores.map(({ value }) => value), aliases: told.names.map(({ value }) => value) }
      );
    },
    now,
  });
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    // what a look fails on is there at the next one
    await payments.run().catch(report);
    const links = (await bank.run().catch(report)) ?? [];
    // who keeps lines after this asks for their links himself
    if (links.length > 0) await call("reconciliation.linkBankLines", { links }).catch(() => undefined);
    if (!closed) timer = setTimeout(() => void look(), EVERY);
  };
  timer = setTimeout(() => void look(), EVERY);
  return {
    calls: paymentCalls(payments, proposals),
    onLedger: (ocids) => payments.onLedger(ocids),
    onFall: () => payments.fallBack(),
    async close() {
      closed = true;
      clearTimeout(timer);
      await payments.close();
      await bank.close();
    },
  };
}

/** What may be asked of payments, by name. */
export function paymentCalls(payments: Payments, proposals: Proposals): Calls {
  return {
    "payments.run": () => payments.run(),
    "payments.places": () => payments.places(),
    "payments.list": ({ only = "all", ...query }: ListArguments) => payments.list(query, only),
    "payments.documentsOf": ({ issuer, documentKey }: { issuer: Hex; documentKey: Hex }) =>
      payments.documentsOf(issuer, documentKey),
    "payments.show": ({ id }: { id: string }) => payments.show(id),
    "payments.contracts": ({ text, limit }: { text: string; limit: number }) => payments.contracts(text, limit),
    "payments.returns": ({ issuers }: { issuers: Hex[] }) => payments.returns(issuers),
    "payments.decide": ({ id, by, ...asked }: DecideArguments) => payments.decide(id, by, asked),
    "payments.proposals": async ({ issuers, limit, after }: { issuers: Hex[]; limit: number; after?: string }) =>
      proposals.list({ agencies: issuers, kinds: OURS, limit, after, states: ["open"] }),
    "payments.proposalsOf": ({ ids }: { ids: string[] }) => Promise.all(ids.map((id) => proposals.get(id))),
    "payments.take": ({ ids, by }: { ids: string[]; by: Hex }) => proposals.take(ids, by),
    "payments.giveBack": ({ ids, by }: { ids: string[]; by: Hex }) => proposals.release(ids, by),
  };
}

const OURS: readonly ProposalKind[] = PROPOSAL_KINDS.filter((kind) => kind === "payment" || kind === "return");

type ListArguments = {
  only?: "all" | "queue";
  issuers: Hex[];
  agencies: Hex[];
  states?: PaymentState[];
  after?: string;
  limit: number;
};
type DecideArguments = {
  id: string;
  by: Hex;
  act: DecisionAct;
  shares?: { ocid: string; contractId: string; amount?: string }[];
  of?: number;
  note?: string;
};
