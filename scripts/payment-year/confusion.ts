import type { Band, Match } from "../../server/domain/matching/match-payments.ts";
import type { PaymentDocument } from "../../server/domain/payments/payment-document.ts";
import type { LineLinks } from "../../server/integrations/payments/bank-matches.ts";
import type { PaymentYear } from "./payment-year.ts";
import type { Truth } from "./payments.ts";

/** What became of a payment: proposed and right, proposed and wrong, with a person, or left alone; right if it pays nothing. */
type Outcome = "right" | "wrong" | "queue" | "none";
export type Confusion = {
  table: Map<string, Record<Outcome, number>>;
  /** of automatic matches, how many are right; of payments of contracts, how many were matched automatically */
  precision: number;
  recall: number;
  /** of money matched automatically, how much is wrong */
  wrongMoney: number;
  wrong: string[];
};

/** Compares matches with what is true, by class of fault. */
export function confusionOf(
  matches: readonly Match[],
  documents: readonly Pick<PaymentDocument, "key" | "gross">[],
  truth: ReadonlyMap<string, Truth>,
): Confusion {
  const gross = new Map(documents.map((document) => [document.key, BigInt(document.gross)]));
  /** of doubles, which were matched or left to a person */
  const twins = new Map<string, Band>();
  return tally(
    matches.map(({ document: key, band, shares }) => {
      const { class: kind, shares: real, twin } = truth.get(key)!;
      twins.set(key, band);
      const first = twin === undefined ? undefined : twins.get(twin);
      const isRight = sharesText(shares) === sharesText(real) && real.length > 0 && first !== "certain";
      return { key, kind, band, isRight, isFindable: real.length > 0 && first === undefined, amount: gross.get(key)! };
    }),
  );
}

/** The same of bank lines and the documents that they pay; lines without a link were left alone. */
export function bankConfusionOf(
  { lines, bankTruth }: Pick<PaymentYear, "lines" | "bankTruth">,
  linked: readonly LineLinks[],
): Confusion {
  const links = new Map(linked.map((each) => [each.key, each.links.map(({ document }) => document.key)]));
  return tally(
    lines.map(({ key, amount }) => {
      const { class: kind, documents } = bankTruth.get(key)!;
      const found = links.get(key) ?? [];
      const isRight = documents.length > 0 && [...found].sort().join("\n") === [...documents].sort().join("\n");
      const band: Band = found.length > 0 ? "certain" : "none";
      return { key, kind, band, isRight, isFindable: documents.length > 0, amount: BigInt(amount) };
    }),
  );
}

type Judged = { key: string; kind: string; band: Band; isRight: boolean; isFindable: boolean; amount: bigint };

function tally(all: readonly Judged[]): Confusion {
  const table = new Map<string, Record<Outcome, number>>();
  const wrong: string[] = [];
  let [right, findable] = [0, 0];
  let [matched, mistaken] = [0n, 0n];
  for (const { key, kind, band, isRight, isFindable, amount } of all) {
    const row = table.get(kind) ?? { right: 0, wrong: 0, queue: 0, none: 0 };
    row[outcomeOf(band, isRight)]++;
    table.set(kind, row);
    if (isFindable) findable++;
    if (band !== "certain") continue;
    matched += amount;
    if (isRight) right++;
    else {
      mistaken += amount;
      wrong.push(key);
    }
  }
  const automatic = right + wrong.length;
  return {
    table,
    precision: automatic === 0 ? 1 : right / automatic,
    recall: findable === 0 ? 1 : right / findable,
    wrongMoney: matched === 0n ? 0 : Number((mistaken * 1_000_000n) / matched) / 1_000_000,
    wrong,
  };
}

/** The table as text: class of fault by outcome. */
export function confusionText({ table, precision, recall, wrongMoney }: Confusion): string {
  const head = `${"class".padEnd(14)}${["right", "wrong", "queue", "none"].map((name) => name.padStart(8)).join("")}`;
  const rows = [...table].map(
    ([name, { right, wrong, queue, none }]) =>
      `${name.padEnd(14)}${[right, wrong, queue, none].map((count) => String(count).padStart(8)).join("")}`,
  );
  const percent = (share: number) => `${(share * 100).toFixed(3)} %`;
  const sums = `precision ${percent(precision)}, recall ${percent(recall)}, wrong money ${percent(wrongMoney)}`;
  return [head, ...rows, sums].join("\n");
}

function outcomeOf(band: Band, isRight: boolean): Outcome {
  if (band === "certain") return isRight ? "right" : "wrong";
  return band === "doubtful" ? "queue" : "none";
}

function sharesText(shares: readonly { ocid: string; contractId: string; amount: string }[]): string {
  return shares
    .map(({ ocid, contractId, amount }) => `${ocid} ${contractId} ${amount}`)
    .sort()
    .join("\n");
}
