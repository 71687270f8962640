import type { BankMove, Case, LedgerLine, PaidLine } from "./case.ts";

/**
 * Finds what stands twice: the same payment under two numbers. `see` every case first, in any order; then ask. Only what
 * one side alone knows can be a double of what both sides know, so two equal instalments that are both paid are none.
 */
export class Doubles {
  readonly #recorded = new Set<string>();
  readonly #cleared = new Set<string>();
  /** by what a document says: the one that stands, the best known of them */
  readonly #documents = new Map<string, { key: string; rank: number }>();

  see({ ledger, paid, bank, currency }: Case): void {
    if (paid.length === 0) return;
    for (const line of ledger) this.#recorded.add(signOfEntry(line));
    for (const move of bank) this.#cleared.add(signOfMove(move));
    const rank = ledger.length > 0 ? 2 : bank.length > 0 ? 1 : 0;
    for (const line of paid) {
      const sign = signOfDocument(line, currency);
      const other = this.#documents.get(sign);
      if (other === undefined || rank > other.rank || (rank === other.rank && line.key < other.key))
        this.#documents.set(sign, { key: line.key, rank });
    }
  }

  /** Whether a case can be explained without asking for doubles: all sides have it. */
  static isWhole({ ledger, paid, bank }: Case): boolean {
    return ledger.length > 0 && paid.length === 1 && bank.length > 0;
  }

  /** An entry without a document: another with one has the same contract, day and amount. */
  isDoubledEntry(line: LedgerLine): boolean {
    return this.#recorded.has(signOfEntry(line));
  }

  /** A document that neither the ledger nor the bank has: another says the same of the same day. */
  isDoubledDocument(line: PaidLine, currency: string): boolean {
    return (this.#documents.get(signOfDocument(line, currency))?.key ?? line.key) !== line.key;
  }

  /** A bank line without a document: another with one has the same reference, day and amount. */
  isDoubledMove(move: BankMove): boolean {
    return move.reference !== undefined && this.#cleared.has(signOfMove(move));
  }
}

function signOfEntry({ ocid, contractId, kind, amount, on }: LedgerLine): string {
  return `${kind} ${on} ${amount} ${ocid} ${contractId}`;
}

function signOfDocument({ agency, on, gross, net, same }: PaidLine, currency: string): string {
  return `${currency} ${on} ${gross} ${net} ${agency} ${same}`;
}

function signOfMove({ agency, accountName, on, amount, part, reference }: BankMove): string {
  return `${part} ${on} ${amount} ${agency} ${accountName} ${reference}`;
}
