// A contract on one page (kartu kendali), guarantees that end soon, and the calculator of payment certificates.

import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { GuaranteeTold } from "../actions/contract-card.ts";
import { moneyInWords } from "../domain/entries/telling.ts";
import type { CertificateDraft, CertificatePurpose } from "../domain/rules/certificate-calculator.ts";
import { dayWords, isDay } from "../domain/rules/civil-days.ts";
import type { ControlCard } from "../domain/rules/control-card.ts";
import { controlCardCsv, controlCardPage } from "../domain/rules/control-card-page.ts";
import type { Finding } from "../domain/rules/finding.ts";
import { guaranteeNames } from "../domain/rules/guarantee-register.ts";
import { Client } from "./client.ts";
import { DraftFault, readAmount } from "./short-form.ts";
import { findingInWords } from "./submit.ts";
import {
  complain,
  Exit,
  type Language,
  languageOption,
  paint,
  print,
  run,
  say,
  strict,
  table,
  Usage,
  urlOption,
} from "./terminal.ts";

type Options = { url: string; lang: Language; json?: true };

const common = (command: Command) =>
  strict(command).addOption(urlOption()).option("--json", "print JSON").addOption(languageOption());

/** `contract`: its control card, and guarantees that need somebody. */
export function contractCommand(): Command {
  const command = strict(
    new Command("contract").description(
      "A contract on one page, and guarantees that end soon. / Kartu kendali kontrak.",
    ),
  );
  command.addCommand(
    common(new Command("card"))
      .description("The control card (kartu kendali): what stands, what remains, what is due next and by whom.")
      .argument("<ocid>", "the process")
      .argument("<contract>", "the contract")
      .addOption(
        new Option("--format <form>", "how it is written").choices(["text", "html", "csv", "json"]).default("text"),
      )
      .option("--out <file>", "into a file; else printed")
      .addHelpText("after", "\nExit codes: 0 printed, 1 no such contract, 2 usage, 75 try again.")
      .action((ocid: string, contract: string, options: Options & { format: string; out?: string }) =>
        run(options.lang, () => card(ocid, contract, options)),
      ),
  );
  command.addCommand(
    common(new Command("guarantees"))
      .description("Guarantees that ended while they are needed, or end soon.")
      .option("--agency <id>", "of one agency, such as ID-PRS-DPUPR")
      .option("--within <days>", "that end within so many days", "30")
      .addHelpText("after", "\nExit codes: 0 none, 1 there are some, 2 usage, 75 try again.")
      .action((options: Options & { agency?: string; within: string }) => run(options.lang, () => guarantees(options))),
  );
  return command;
}

/** `certificate`: works one out. */
export function certificateCommand(): Command {
  const command = strict(
    new Command("certificate").description("Payment certificates (BAP). / Berita acara pembayaran."),
  );
  command.addCommand(
    common(new Command("calculate"))
      .description(
        "Work out a certificate: gross, each deduction as a line with its reasoning, net. Nothing is recorded.",
      )
      .argument("<ocid>", "the process")
      .argument("<contract>", "the contract")
      .requiredOption("--on <day>", "of the certificate, such as 2026-11-24")
      .addOption(
        new Option("--for <purpose>", "what it is for").choices(["work", "advance", "retention"]).default("work"),
      )
      .option("--amount <money>", "gross, advance or release; else what follows from the contract")
      .option("--number <number>", "of the certificate, for --draft")
      .option("--draft <file>", "write the entry that says it, for `prasasti submit`")
      .addHelpText("after", "\nExit codes: 0 calculated, 1 no such contract, 2 usage, 75 try again.")
      .action((ocid: string, contract: string, options: CalculateOptions) =>
        run(options.lang, () => calculate(ocid, contract, options)),
      ),
  );
  return command;
}

const pathOf = (ocid: string, contract: string) =>
  `/api/v1/processes/${encodeURIComponent(ocid)}/contracts/${encodeURIComponent(contract)}`;
const reach = ({ url, lang }: Options) => new Client(url, { language: lang, patience: 5_000 });

async function card(ocid: string, contract: string, options: Options & { format: string; out?: string }) {
  const { lang, json, out } = options;
  const format = json ? "json" : options.format;
  const found = await reach(options).get<ControlCard>(`${pathOf(ocid, contract)}/card`);
  const text =
    format === "html"
      ? controlCardPage(found, lang)
      : format === "csv"
        ? controlCardCsv(found, lang)
        : format === "json"
          ? `${JSON.stringify(found, null, 2)}\n`
          : cardInWords(found, lang);
  if (out === undefined) print(text.replace(/\n$/, ""));
  else {
    await writeFile(out, text);
    print(out);
  }
  return Exit.done;
}

function cardInWords(card: ControlCard, lang: Language): string {
  const { currency, terms, balance, fine } = card;
  const money = (amount: string) => moneyInWords(amount, currency);
  const day = (value: string | undefined) => (value === undefined ? "–" : dayWords(value)[lang]);
  const t = (en: string, id: string) => say({ en, id }, lang);
  const rows: [string, string][] = [
    [t("agency", "instansi"), card.agency.name],
    [t("supplier", "penyedia"), card.supplier?.name ?? "–"],
    [t("status", "status"), card.status],
    [t("value", "nilai"), `${money(terms.value)} (${t("first", "awal")} ${money(terms.firstValue)})`],
    [t("due on", "batas waktu"), `${day(terms.dueOn)}${terms.chanceUntil ? ` → ${day(terms.chanceUntil)}` : ""}`],
    [t("accepted", "diterima"), money(balance.accepted)],
    [t("certified", "disahkan"), money(balance.certified)],
    [t("paid", "dibayar"), `${money(balance.paid)} (${t("to pay", "belum dibayar")} ${money(balance.toPay)})`],
    [t("advance open", "uang muka terbuka"), money(balance.advance)],
    [t("retention held", "retensi ditahan"), money(balance.retention)],
    [t("fine", "denda"), `${money(fine.fine)} (${fine.days} ${t("days", "hari")})`],
  ];
  const next = card.next.map(
    ({ by, who, what }) => `  ${by === undefined ? "–" : day(by)}  ${who[lang]}: ${what[lang]}`,
  );
  return [
    paint("bold", `${card.contractId}  ${card.title ?? ""}`.trim()),
    paint("dim", `${card.ocid}  ${t("as of", "per")} ${day(card.on)}`),
    table(["", ""], rows),
    ...(next.length > 0 ? [paint("bold", t("next", "berikutnya")), ...next] : []),
    ...card.findings.map((each) => findingInWords(each, lang)),
    "",
  ].join("\n");
}

async function guarantees(options: Options & { agency?: string; within: string }): Promise<number> {
  const { lang, json, agency, within } = options;
  if (!/^\d{1,4}$/.test(within))
    throw new Usage({ en: "--within is a number of days.", id: "--within adalah jumlah hari." });
  const client = reach(options);
  const found: GuaranteeTold[] = [];
  let path: string | undefined =
    `/api/v1/guarantees?limit=1000&within=${within}${agency === undefined ? "" : `&agency=${encodeURIComponent(agency)}`}`;
  while (path !== undefined) {
    type Page = { guarantees: GuaranteeTold[]; links?: { next: string } };
    const page: Page = await client.get<Page>(path);
    found.push(...page.guarantees);
    const next = page.links?.next;
    path = next === undefined ? undefined : new URL(next).pathname + new URL(next).search;
  }
  found.sort((a, b) => a.daysLeft - b.daysLeft);
  if (json) print(JSON.stringify(found, null, 2));
  else if (found.length === 0) print(say({ en: "None.", id: "Tidak ada." }, lang));
  else
    print(
      table(
        lang === "id"
          ? ["sisa hari", "sampai", "jenis", "nilai", "kontrak", "proses"]
          : ["days left", "until", "type", "amount", "contract", "process"],
        found.map(({ daysLeft, until, type, left, currency, contractId, ocid }) => [
          String(daysLeft),
          dayWords(until)[lang],
          guaranteeNames[type][lang === "id" ? 1 : 0],
          moneyInWords(left, currency),
          contractId,
          ocid,
        ]),
        [0, 3],
      ),
    );
  return found.length === 0 ? Exit.done : Exit.yours;
}

type CalculateOptions = Options & {
  on: string;
  for: CertificatePurpose;
  amount?: string;
  number?: string;
  draft?: string;
};

async function calculate(ocid: string, contract: string, options: CalculateOptions): Promise<number> {
  const { lang, json, on, for: purpose, amount, number, draft } = options;
  if (!isDay(on))
    throw new Usage({
      en: `--on: ${on} is no day; write 2026-11-24.`,
      id: `--on: ${on} bukan tanggal; tulis 2026-11-24.`,
    });
  const client = reach(options);
  const which = { work: "gross", advance: "advance", retention: "release" }[purpose];
  const given = amount === undefined ? {} : { [which]: String(minorOf(amount)) };
  const asked = { purpose, on, ...given, ...(number === undefined ? {} : { number }) };
  const made = await client.post<CertificateDraft & { findings: Finding[] }>(
    `${pathOf(ocid, contract)}/certificate`,
    asked,
  );
  if (json) print(JSON.stringify(made, null, 2));
  else {
    const { currency } = made;
    for (const { line, amount: sum, counts, words, regulation } of made.lines) {
      const style = counts ? "bold" : "dim";
      print(`${paint(style, moneyInWords(sum, currency).padStart(24))}  ${line}`);
      print(paint("dim", `${" ".repeat(26)}${words[lang]}${regulation === undefined ? "" : ` (${regulation})`}`));
    }
    print(
      paint(
        "bold",
        `${moneyInWords(made.net, currency).padStart(24)}  ${say({ en: "net, to be paid", id: "bersih, dibayarkan" }, lang)}`,
      ),
    );
    for (const each of made.findings) print(findingInWords(each, lang));
  }
  if (draft !== undefined) {
    if (number === undefined) complain(say(noNumber, lang));
    await writeFile(draft, `${JSON.stringify(made.shortForm, null, 2)}\n`);
    print(`${draft}: prasasti submit ${draft} --as KEY`);
  }
  return Exit.done;
}

const noNumber = {
  en: "The draft has no number yet: say the certificate's before you submit it.",
  id: "Konsep ini belum bernomor: isi nomor berita acaranya sebelum diajukan.",
};

/** An amount as people write it, in rupiah; the calculator's other currencies are asked for over HTTP. */
function minorOf(text: string): bigint {
  try {
    return readAmount(text, "IDR", "--amount");
  } catch (error) {
    if (!(error instanceof DraftFault)) throw error;
    throw new Usage({ en: `--amount ${error.text.en}`, id: `--amount ${error.text.id}` });
  }
}
