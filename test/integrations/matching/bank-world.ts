import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { BankLine, PaymentDocument } from "../../../server/domain/payments/payment-document.ts";
import { BankMatches } from "../../../server/integrations/payments/bank-matches.ts";
import { Table } from "../../../server/store/store.ts";

/** What finance and banks delivered, kept in memory, and a real store for what is matched. */
export async function openBankWorld() {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-bank-"));
  const storage = await Table.open(folder);
  const documents: PaymentDocument[] = [];
  const lines: BankLine[] = [];
  const stored = (document: PaymentDocument, seq: number) => ({
    document,
    seq: seq + 1,
    version: 1,
    state: "inForce" as const,
  });
  const byKey = new Map<string, number>();
  const open = () =>
    new BankMatches({
      storage,
      documents: {
        document: async (key) => (byKey.has(key) ? stored(documents[byKey.get(key)!]!, byKey.get(key)!) : undefined),
        async *since(seq) {
          for (let at = seq; at < documents.length; at++) yield stored(documents[at]!, at);
        },
      },
      async *lines(after) {
        for (let at = after; at < lines.length; at++) yield { line: lines[at]!, seq: at + 1 };
      },
    });
  return {
    storage,
    bank: open(),
    open,
    bring(some: { documents?: readonly PaymentDocument[]; lines?: readonly BankLine[] }) {
      for (const document of some.documents ?? []) byKey.set(document.key, documents.push(document) - 1);
      lines.push(...(some.lines ?? []));
    },
    async close() {
      await storage.close();
      await rm(folder, { recursive: true });
    },
  };
}
