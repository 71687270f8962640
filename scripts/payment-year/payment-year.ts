import type { ContractCard } from "../../server/domain/payments/contract-card.ts";
import type { BankLine, PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import { type BankTruth, bankLines } from "./bank-lines.ts";
import { Chance } from "./chance.ts";
import { Contracts } from "./contracts.ts";
import { Payments, type Truth } from "./payments.ts";

/**
 * A year of payments as a treasury would see it, invented: contracts (made up, or given), the SP2D and receipts that pay
 * them, and what the bank says of it. What is true of each is told apart from the documents.
 */
export type PaymentYear = {
  cards: ContractCard[];
  documents: PaymentDocument[];
  lines: BankLine[];
  truth: Map<string, Truth>;
  bankTruth: Map<string, BankTruth>;
};

/**
 * A year from a seed: the same seed and contracts give the same year.
 * @param count how many contracts to make up, where none are given
 */
export function paymentYear(seed: number, count: number, given?: readonly ContractCard[]): PaymentYear {
  const chance = new Chance(seed);
  const contracts = new Contracts(chance, count, given);
  const { documents, truth } = new Payments(chance, contracts);
  return { cards: [...contracts.known], documents: [...documents], truth, ...bankLines(documents, chance) };
}
