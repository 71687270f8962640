import { ContractIndex } from "../../server/domain/matching/contract-index.ts";
import { matchPayments } from "../../server/domain/matching/match-payments.ts";
import { confusionOf, confusionText } from "../confusion.ts";
import { paymentYear } from "../payment-year.ts";
import { machine } from "./gateway.ts";

/**
 * `count` payments of an invented year against half as many contracts: how long matching takes, what it costs, and what
 * became of each class of fault. The year itself, all in memory here, is counted apart.
 */
export async function matching({ count }: { count: number }): Promise<void> {
  console.log(machine());
  const year = paymentYear(Math.floor(Math.random() * 2 ** 31), count / 2);
  const documents = year.documents.slice(0, count);
  const resident = () => Math.round(process.memoryUsage.rss() / 1_048_576);
  globalThis.gc?.();
  const before = resident();
  const index = new ContractIndex();
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (const card of year.cards) index.put(card);
  const indexed = performance.now() - start;
  const matches = matchPayments(documents, index);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(`| ${year.cards.length} contracts indexed | ${(indexed / 1000).toFixed(1)} s |`);
  console.log(`| ${documents.length} payments matched, with that | ${seconds.toFixed(1)} s |`);
  console.log(`| processor time | ${((user + system) / 1_000_000).toFixed(1)} s |`);
  console.log(`| memory: the year itself, and at the end | ${before} MB, ${resident()} MB |`);
  console.log(confusionText(confusionOf(matches, documents, year.truth)));
}
