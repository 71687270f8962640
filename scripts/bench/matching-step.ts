import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { ContractIndex } from "../../server/domain/matching/contract-index.ts";
import { inOrder, type Match, Matching } from "../../server/domain/matching/match-payments.ts";
import type { PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import { confusionOf, confusionText } from "../payment-year/confusion.ts";
import { paymentYear } from "../payment-year/payment-year.ts";
import type { Truth } from "../payment-year/payments.ts";
import { Stopwatch } from "./stopwatch.ts";

// A process of its own for each step of the bench of matching: `write`, `match` or `compare`, SEED COUNT FOLDER.

const [step, seed = "0", count = "0", folder = "."] = process.argv.slice(2);
const at = (name: string) => path.join(folder, name);
/** The lines of a file, no more of it in memory than a piece. */
async function* linesOf(name: string): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of createReadStream(at(name), "utf8")) {
    const lines = `${rest}${piece}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** A year in three files: contracts, payments in the order in which they are judged, what is true of each. */
async function write(): Promise<void> {
  const year = paymentYear(Number(seed), Math.round(Number(count) / 2));
  const documents = year.documents.slice(0, Number(count)).sort(inOrder);
  const files = {
    cards: year.cards.map((card) => JSON.stringify(card)),
    documents: documents.map((document) => JSON.stringify(document)),
    truth: documents.map(({ key, gross }) => JSON.stringify([key, gross, year.truth.get(key)])),
  };
  for (const [name, all] of Object.entries(files)) {
    const file = await open(at(name), "w");
    for (let from = 0; from < all.length; from += 5_000)
      await file.write(`${all.slice(from, from + 5_000).join("\n")}\n`);
    await file.close();
  }
}

async function match(): Promise<void> {
  const watch = new Stopwatch();
  const index = new ContractIndex();
  await watch.during(async () => {
    for await (const line of linesOf("cards")) index.put(JSON.parse(line));
  });
  watch.tell(`${index.size} contracts read and indexed`, index.size);
  const judge = new Matching(index);
  let payments = 0;
  await watch.during(async () => {
    const out = createWriteStream(at("matches"));
    for await (const line of linesOf("documents")) {
      if (!out.write(`${JSON.stringify(judge.match(JSON.parse(line)))}\n`)) await once(out, "drain");
      payments++;
    }
    for (const revised of judge.parts()) out.write(`${JSON.stringify(revised)}\n`);
    await new Promise<void>((done) => out.end(done));
  });
  watch.tell(`${payments} payments read, matched and written with their evidence, with that`, payments);
}

async function compare(): Promise<void> {
  // of what parts revise, the last word counts
  const matches = new Map<string, Match>();
  for await (const line of linesOf("matches")) {
    const found = JSON.parse(line) as Match;
    matches.set(found.document, found);
  }
  const truth = new Map<string, Truth>();
  const documents: Pick<PaymentDocument, "key" | "gross">[] = [];
  for await (const line of linesOf("truth")) {
    const [key, gross, real] = JSON.parse(line) as [string, string, Truth];
    truth.set(key, real);
    documents.push({ key, gross });
  }
  console.log(`seed ${seed}\n${confusionText(confusionOf([...matches.values()], documents, truth))}`);
}

const steps: Readonly<Record<string, () => Promise<void>>> = { write, match, compare };
await steps[step ?? ""]?.();
