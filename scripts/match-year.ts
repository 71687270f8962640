import { parseArgs } from "node:util";
import { ContractIndex } from "../server/domain/matching/contract-index.ts";
import { evidenceWords } from "../server/domain/matching/evidence.ts";
import { matchPayments } from "../server/domain/matching/match-payments.ts";
import { openBankWorld } from "../test/integrations/matching/bank-world.ts";
import { bankConfusionOf, confusionOf, confusionText } from "./payment-year/confusion.ts";
import { legacyContracts } from "./payment-year/legacy-contracts.ts";
import { paymentYear } from "./payment-year/payment-year.ts";

/**
 * `node scripts/match-year.ts --seed 7 [--contracts 2000] [--wrong]`: invents a year of payments from a seed, matches it,
 * and prints what became of each class of fault, of SP2D and of bank lines. `--wrong` shows the first wrong automatic matches with their evidence;
 * `--queue CLASS` those of a class that wait for a person. `--legacy FOLDER`: upon the contracts of ISB feeds there.
 */
const { values } = parseArgs({
  options: {
    seed: { type: "string", multiple: true },
    contracts: { type: "string", default: "2000" },
    wrong: { type: "boolean", default: false },
    queue: { type: "string" },
    legacy: { type: "string" },
  },
});
const given = values.legacy === undefined ? undefined : legacyContracts(values.legacy);
if (given?.length === 0) {
  console.error(`No contracts of ISB feeds (…Ekontrak-2Kontrak….json) in ${values.legacy}.`);
  process.exit(2);
}
for (const seed of values.seed ?? [String(Math.floor(Math.random() * 2 ** 31))]) {
  const year = paymentYear(Number(seed), Number(values.contracts), given);
  const index = new ContractIndex();
  for (const card of year.cards) index.put(card);
  const start = performance.now();
  const matches = matchPayments(year.documents, index);
  const seconds = (performance.now() - start) / 1000;
  const confusion = confusionOf(matches, year.documents, year.truth);
  console.log(
    `seed ${seed}: ${year.cards.length} contracts, ${year.documents.length} payments, ${seconds.toFixed(1)} s`,
  );
  console.log(`${confusionText(confusion)}\n`);
  const bank = await openBankWorld();
  bank.bring(year);
  const linked = bankConfusionOf(year, await bank.bank.run());
  await bank.close();
  console.log(`seed ${seed}: ${year.lines.length} bank lines\n${confusionText(linked)}\n`);
  if (values.wrong)
    for (const key of linked.wrong.slice(0, 12))
      console.log(JSON.stringify(year.lines.find((each) => each.key === key)));
  const shown = values.wrong
    ? confusion.wrong
    : values.queue === undefined
      ? []
      : matches.flatMap(({ document, band }) =>
          band !== "certain" &&
          year.truth.get(document)!.class === values.queue &&
          year.truth.get(document)!.shares.length > 0
            ? [document]
            : [],
        );
  for (const key of shown.slice(0, 12)) {
    const document = year.documents.find((each) => each.key === key)!;
    const match = matches.find((each) => each.document === key)!;
    const { class: kind, shares } = year.truth.get(key)!;
    console.log(
      `--- ${kind} ${document.gross} ${document.on} ${match.band} ${match.reasons}\n${document.purpose} | ${document.contractNumber ?? ""} | ${JSON.stringify(document.payee)}`,
    );
    for (const { ocid, contractId, amount } of shares) {
      const card = year.cards.find((each) => each.ocid === ocid && each.contractId === contractId)!;
      console.log(
        `  true   ${ocid} ${amount}: ${card.numbers} | ${card.supplier?.name} ${card.supplier?.npwpCores} | ${card.title} | ${card.value} ${card.on} ${card.certificates.map((each) => `${each.gross}@${each.on}`)}`,
      );
    }
    for (const { ocid, bits, evidence } of [...match.shares, ...match.candidates.slice(0, 3)])
      console.log(
        `  ${ocid} ${bits}: ${evidence.map((each) => `${each.code} ${each.bits} ${evidenceWords(each).en.slice(-30)}`).join("; ")}`,
      );
  }
}
