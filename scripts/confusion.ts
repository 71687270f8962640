import type { Band, Match } from "../server/domain/matching/match-payments.ts";
import type { PaymentDocument } from "../server/domain/payments/payment-document.ts";
import type { Truth } from "./payment-year.ts";

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
  const table = new Map<string, Record<Outcome, number>>();
  const wrong: string[] = [];
  let [automatic, right, payable, found] = [0, 0, 0, 0];
  let [matched, mistaken] = [0n, 0n];
  /** of doubles, which were matched or left to a person */
  const twins = new Map<string, Band>();
  for (const { document, band, shares } of matches) {
    const { class: kind, shares: real, twin } = truth.get(document)!;
    twins.set(document, band);
    const first = twin === undefined ? undefined : twins.get(twin);
    const isPaidTwice = first === "certain";
    const isRight = sharesText(shares) === sharesText(real) && real.length > 0 && !isPaidTwice;
    const outcome = outcomeOf(band, isRight);
    const row = table.get(kind) ?? { right: 0, wrong: 0, queue: 0, none: 0 };
    row[outcome]++;
    table.set(kind, row);
    if (real.length > 0 && first === undefined) payable++;
    if (band !== "certain") continue;
    automatic++;
    matched += gross.get(document)!;
    if (isRight) {
      right++;
      found++;
    } else {
      mistaken += gross.get(document)!;
      wrong.push(document);
    }
  }
  return {
    table,
    precision: automatic === 0 ? 1 : right / automatic,
    recall: payable === 0 ? 1 : found / payable,
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
