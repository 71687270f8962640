import { spawnSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ContractIndex } from "../../server/domain/matching/contract-index.ts";
import { inOrder, type Match, Matching } from "../../server/domain/matching/match-payments.ts";
import type { PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { confusionOf, confusionText } from "../confusion.ts";
import { paymentYear, type Truth } from "../payment-year.ts";
import { machine } from "./gateway.ts";

/**
 * `count` payments of an invented year against half as many contracts, read from files as a store would give them: how
 * long matching takes, what it costs, and what became of each class of fault.
 */
export async function matching({ count }: { count: number }): Promise<void> {
  console.log(machine());
  await using folder = await temporaryFolder();
  const seed = Math.floor(Math.random() * 2 ** 31);
  const made = spawnSync(process.execPath, [fileURLToPath(import.meta.url), String(seed), String(count), folder.path]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  const resident = () => Math.round(process.memoryUsage.rss() / 1_048_576);
  const before = resident();
  const index = new ContractIndex();
  const cpu = process.cpuUsage();
  const start = performance.now();
  let most = before;
  for await (const line of linesOf(path.join(folder.path, "cards"))) index.put(JSON.parse(line));
  const indexed = performance.now() - start;
  const judge = new Matching(index);
  const bands = new Map<string, Match>();
  let payments = 0;
  for await (const line of linesOf(path.join(folder.path, "documents"))) {
    const match = judge.match(JSON.parse(line));
    payments++;
    // what a store would keep
    bands.set(match.document, {
      ...match,
      candidates: [],
      shares: match.shares.map((each) => ({ ...each, evidence: [] })),
    });
    if (payments % 1_000 === 0) most = Math.max(most, resident());
  }
  for (const match of judge.parts()) bands.set(match.document, match);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(`| ${index.size} contracts read and indexed | ${(indexed / 1000).toFixed(1)} s |`);
  console.log(`| ${payments} payments read and matched, with that | ${seconds.toFixed(1)} s |`);
  console.log(`| processor time | ${((user + system) / 1_000_000).toFixed(1)} s |`);
  console.log(`| memory: at the beginning, and at most | ${before} MB, ${most} MB |`);
  const truth = new Map<string, Truth>();
  const documents: PaymentDocument[] = [];
  for await (const line of linesOf(path.join(folder.path, "truth"))) {
    const [key, gross, real] = JSON.parse(line) as [string, string, Truth];
    truth.set(key, real);
    documents.push({ key, gross } as PaymentDocument);
  }
  const told = confusionOf([...bands.values()], documents, truth);
  console.log(`seed ${seed}\n${confusionText(told)}`);
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}

/** A year in three files: contracts, payments in the order in which they are judged, what is true of each. */
async function write(seed: number, count: number, folder: string): Promise<void> {
  const year = paymentYear(seed, Math.round(count / 2));
  const documents = year.documents.slice(0, count).sort(inOrder);
  const lines = {
    cards: year.cards.map((card) => JSON.stringify(card)),
    documents: documents.map((document) => JSON.stringify(document)),
    truth: documents.map(({ key, gross }) => JSON.stringify([key, gross, year.truth.get(key)])),
  };
  for (const [name, all] of Object.entries(lines)) {
    const file = await open(path.join(folder, name), "w");
    for (let from = 0; from < all.length; from += 5_000)
      await file.write(`${all.slice(from, from + 5_000).join("\n")}\n`);
    await file.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [seed, count, folder] = process.argv.slice(2) as [string, string, string];
  await write(Number(seed), Number(count), folder);
}
