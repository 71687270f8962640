import { writeFile } from "node:fs/promises";
import { Command, Option } from "commander";
import type { ClosingProposal } from "../actions/reconciliation.ts";
import { type Domain, domainSeparator, signedDigest } from "../domain/entries/entry.ts";
import { moneyInWords } from "../domain/entries/telling.ts";
import { toHex } from "../domain/entries/words.ts";
import { PAYMENT_EXCEPTIONS } from "../domain/payments/payment-exceptions.ts";
import { CAUSES, COMPARISONS, type Comparison } from "../domain/reconciliation/causes.ts";
import { actOf, closingDigest, closingHash, type KeptClosing } from "../domain/reconciliation/closing.ts";
import type { PeriodReport } from "../domain/reconciliation/period-account.ts";
import type { YearEnd } from "../domain/reconciliation/year-end.ts";
import { sign } from "../ledger/signatures.ts";
import { openKey } from "./key.ts";
import { Exit, type Language, paint, print, run, say, strict, table, Usage } from "./terminal.ts";
import { asSomebody, type SomebodyOptions as Options, signedInTo } from "./who-asks.ts";

type ReportOptions = Options & { format?: "json" | "html" | "csv" | "xlsx"; out?: string; alone?: true };

/** `reconcile`: ledger, SP2D and bank held together; closing of months; obligations; absorption. */
export function reconcileCommand(): Command {
  const command = strict(new Command("reconcile"))
    .description(
      "Ledger, SP2D and bank held together, month by month; closing with a treasurer's signature. / Rekonsiliasi register, SP2D, dan bank; penutupan bulan bertanda tangan bendahara.",
    )
    .addHelpText(
      "after",
      `
Examples / Contoh:
  prasasti reconcile show ID-PRS-DPUPR 2026-03 --as bendahara
  prasasti reconcile show ID-PRS-DPUPR 2026 --as bendahara --format xlsx --out 2026.xlsx
  prasasti reconcile close ID-PRS-DPUPR 2026-03 --as bendahara
  prasasti reconcile reopen ID-PRS-DPUPR 2026-03 --reason "..." --as bendahara
  prasasti reconcile year-end ID-PRS-DPUPR 2026 --as bendahara
  prasasti reconcile absorption ID-PRS-DPUPR 2026 --as bendahara --format html --out serapan.html`,
    );
  const verb = (name: string, description: string) =>
    asSomebody(strict(command.command(name)).description(description)).argument(
      "<agency>",
      "its id, such as ID-PRS-DPUPR",
    );
  const report = (of: Command) =>
    of
      .addOption(new Option("--format <format>", "print or write it so").choices(["json", "html", "csv", "xlsx"]))
      .option("--out <file>", "write it there")
      .option("--alone", "without the agencies below it")
      .addHelpText(
        "after",
        `\nExit codes: 0 shown, 1 yours to fix, 2 usage, ${Exit.look} shown, and something differs, 75 try again.`,
      );

  report(verb("show", "A month or a year, and why sides differ. / Satu bulan atau tahun, dan sebab selisihnya."))
    .argument("<period>", "2026-03 or 2026")
    .action((agency: string, period: string, options: ReportOptions) =>
      run(options.lang, () => show(`${of(agency)}/${period}`, options, tellReport)),
    );
  report(verb("year-end", "What contracts owe at 31 December. / Kewajiban kontrak per 31 Desember."))
    .argument("<year>", "such as 2026")
    .action((agency: string, year: string, options: ReportOptions) =>
      run(options.lang, () => show(`${of(agency)}/${year}/year-end`, options, tellYearEnd)),
    );
  report(verb("absorption", "Planned against paid and built, by month. / Rencana terhadap realisasi per bulan."))
    .argument("<year>", "such as 2026")
    .action((agency: string, year: string, options: ReportOptions) =>
      run(options.lang, () => show(`${of(agency)}/${year}/absorption`, options, tellAbsorption)),
    );
  const signing = "\nExit codes: 0 signed and kept, 1 yours to fix, 2 usage, 75 try again.";
  verb("close", "Close a month: shows what is signed, signs and keeps it. / Tutup bulan dengan tanda tangan.")
    .argument("<month>", "such as 2026-03")
    .option("--reason <words>", "what you want to add; kept, so without personal data")
    .addHelpText("after", signing)
    .action((agency: string, month: string, options: Options & { reason?: string }) =>
      run(options.lang, () => closing(agency, month, "close", options)),
    );
  verb("reopen", "Open a closed month again, with a reason that is signed too. / Buka kembali bulan yang ditutup.")
    .argument("<month>", "such as 2026-03")
    .requiredOption("--reason <words>", "why; kept, so without personal data")
    .addHelpText("after", signing)
    .action((agency: string, month: string, options: Options & { reason?: string }) =>
      run(options.lang, () => closing(agency, month, "reopen", options)),
    );
  verb("closings", "Signed closings and reopenings. / Penutupan dan pembukaan kembali.").action(
    (agency: string, options: Options) => run(options.lang, () => closings(agency, options)),
  );
  return command;
}

const of = (agency: string) => `/api/v1/reconciliation/${encodeURIComponent(agency)}`;

async function show(
  path: string,
  options: ReportOptions,
  tell: (answer: never, lang: Language) => number,
): Promise<number> {
  const { format, out, lang, alone, json } = options;
  if (format === "xlsx" && out === undefined)
    throw new Usage({ en: "A workbook needs --out.", id: "Buku kerja memerlukan --out." });
  const { client } = await signedInTo(options);
  const query = new URLSearchParams({ format: format ?? "json", lang, ...(alone ? { alone: "true" } : {}) });
  if (format === undefined && out === undefined) {
    const answer = await client.get<never>(`${path}?${query}`);
    if (json) {
      print(JSON.stringify(answer, null, 2));
      return Exit.done;
    }
    return tell(answer, lang);
  }
  const bytes = await client.bytes(`${path}?${query}`);
  if (out === undefined) print(new TextDecoder().decode(bytes));
  else {
    await writeFile(out, bytes);
    print(`${say({ en: "Written", id: "Ditulis" }, lang)}: ${out}`);
  }
  return Exit.done;
}

type Coverage = { isComplete: boolean; sources: { connector: string; kind: string; from: string; until: string }[] };

function tellReport(
  {
    currencies,
    coverage,
    closing,
  }: PeriodReport & { coverage: Coverage; closing?: { state: keyof typeof closingWords } },
  lang: Language,
): number {
  let isWhole = true;
  for (const { currency, figures, causes, balance, exceptions } of currencies) {
    let differs = false;
    const money = (amount: string) => moneyInWords(amount, currency);
    print(paint("bold", currency));
    const names = [
      ["ledger", "register"],
      ["gross", "SP2D"],
      ["net", "neto"],
      ["bank", "bank"],
    ] as const;
    print(
      table(
        ["", ""],
        names.map(([name, id]) => [lang === "id" ? id : name, money(figures[name])]),
        [1],
      ),
    );
    for (const comparison of Object.keys(COMPARISONS) as Comparison[]) {
      const { difference, explained } = balance[comparison];
      if (difference === "0") continue;
      differs = true;
      isWhole = false;
      const whole =
        difference === explained
          ? say({ en: "explained to the sen by", id: "terjelaskan sampai sen oleh" }, lang)
          : paint("red", say({ en: "NOT wholly explained by", id: "BELUM seluruhnya terjelaskan oleh" }, lang));
      print(`\n${paint("bold", COMPARISONS[comparison][lang])}: ${money(difference)}, ${whole}`);
      for (const { cause, count, amount } of causes.filter((each) => each.comparison === comparison)) {
        print(`  ${money(amount)}  ${count}×  ${CAUSES[cause].words[lang]}`);
        print(`    → ${CAUSES[cause].act[lang]}`);
      }
    }
    if (!differs) print(paint("green", say({ en: "\n✓ All sides agree.", id: "\n✓ Semua sisi cocok." }, lang)));
    if (exceptions.length > 0)
      print(`\n${paint("bold", say({ en: "unusual payments on the record", id: "pembayaran tidak lazim" }, lang))}`);
    for (const { exception, count, amount } of exceptions) {
      const { words, remedy } = PAYMENT_EXCEPTIONS[exception];
      print(`  ${money(amount)}  ${count}×  ${paint("yellow", words[lang])}\n    → ${remedy[lang]}`);
    }
  }
  print(`\n${say({ en: "Delivered", id: "Diterima" }, lang)}:${coverage.sources.length === 0 ? " –" : ""}`);
  for (const { connector, kind, from, until } of coverage.sources) print(`  ${connector} (${kind}) ${from} – ${until}`);
  if (!coverage.isComplete)
    print(
      paint(
        "yellow",
        say({ en: "The period is not delivered whole yet.", id: "Periode belum diterima lengkap." }, lang),
      ),
    );
  if (closing !== undefined)
    print(`${say({ en: "Closing", id: "Penutupan" }, lang)}: ${say(closingWords[closing.state], lang)}`);
  return isWhole ? Exit.done : Exit.look;
}

const closingWords = {
  open: { en: "open", id: "terbuka" },
  closed: { en: "closed", id: "ditutup" },
  reopened: { en: "opened again", id: "dibuka kembali" },
} as const;

function tellYearEnd({ totals, open }: YearEnd, lang: Language): number {
  for (const { currency, contracts, value, paid, debt, acceptedUncertified, notAccepted } of totals) {
    const money = (amount: string) => moneyInWords(amount, currency);
    const rows = [
      [say({ en: "agreed", id: "nilai kontrak" }, lang), money(value)],
      [say({ en: "paid", id: "dibayar" }, lang), money(paid)],
      [say({ en: "certified, not paid (debt)", id: "BAP belum dibayar (utang)" }, lang), money(debt)],
      [say({ en: "delivered, not certified", id: "diterima, belum BAP" }, lang), money(acceptedUncertified)],
      [say({ en: "not delivered", id: "belum diterima" }, lang), money(notAccepted)],
    ];
    print(`${paint("bold", currency)}  ${contracts}`);
    print(table(["", ""], rows, [1]));
  }
  return open.some(({ certifiedUnpaid }) => certifiedUnpaid !== "0") ? Exit.look : Exit.done;
}

type AbsorptionTold = {
  agencies: { hex: string; name: string }[];
  absorption: {
    agency: string;
    currency: string;
    plan: string;
    months: {
      month: string;
      planned: string;
      paid: string;
      financial: number;
      financialPlan: number;
      physical: number;
    }[];
  }[];
};

function tellAbsorption({ agencies, absorption }: AbsorptionTold, lang: Language): number {
  const percent = (points: number) => `${(points / 100).toFixed(2).replace(".", ",")} %`;
  for (const { agency, currency, plan, months } of absorption) {
    print(`\n${paint("bold", agencies.find(({ hex }) => hex === agency)?.name ?? agency)}  ${paint("dim", plan)}`);
    const head =
      lang === "id"
        ? ["bulan", "rencana", "realisasi", "rencana", "keuangan", "fisik"]
        : ["month", "planned", "paid", "plan", "money", "work"];
    const rows = months.map((each) => [
      each.month,
      moneyInWords(each.planned, currency),
      moneyInWords(each.paid, currency),
      percent(each.financialPlan),
      percent(each.financial),
      percent(each.physical),
    ]);
    print(table(head, rows, [1, 2, 3, 4, 5]));
  }
  return Exit.done;
}

async function closing(
  agency: string,
  month: string,
  act: "close" | "reopen",
  options: Options & { reason?: string },
): Promise<number> {
  const { as, keys, lang, json, reason } = options;
  const { client } = await signedInTo(options);
  const key = await openKey(as, keys, lang);
  const path = `${of(agency)}/${encodeURIComponent(month)}/closing`;
  const { document } = await client.post<ClosingProposal>(path, { act, ...(reason === undefined ? {} : { reason }) });
  // what is signed is worked out here, from what is shown here
  const signed = actOf(document, key.holderId, Math.floor(Date.now() / 1000));
  if (!json) {
    print(
      `${paint("bold", `${document.act} ${document.agency} ${document.month}`)}  SHA-256 ${closingDigest(document)}`,
    );
    for (const { currency, figures } of document.currencies)
      print(
        `${currency}: ${say({ en: "ledger", id: "register" }, lang)} ${moneyInWords(figures.ledger, currency)}, SP2D ${moneyInWords(figures.gross, currency)}, bank ${moneyInWords(figures.bank, currency)}`,
      );
  }
  const { domain } = await client.get<{ domain: Domain }>("/api/v1/ledger");
  const signature = toHex(sign(signedDigest(domainSeparator(domain), closingHash(signed)), key.secret));
  const kept = await client.put<KeptClosing>(path, { document, act: signed, signature });
  if (json) print(JSON.stringify(kept, null, 2));
  else
    print(
      `${paint("green", "✓")} ${say({ en: "kept as act", id: "disimpan sebagai penutupan" }, lang)} ${kept.document.number}`,
    );
  return Exit.done;
}

async function closings(agency: string, options: Options): Promise<number> {
  const { client } = await signedInTo(options);
  const { closings: all } = await client.get<{ closings: KeptClosing[] }>(`${of(agency)}/closings`);
  if (options.json) print(JSON.stringify(all, null, 2));
  else
    print(
      table(
        [
          "no.",
          say({ en: "act", id: "perbuatan" }, options.lang),
          say({ en: "month", id: "bulan" }, options.lang),
          "SHA-256",
          "",
        ],
        all.map(({ document, digest }) => [
          String(document.number),
          document.act,
          document.month,
          digest,
          document.reason ?? "",
        ]),
        [0],
      ),
    );
  return Exit.done;
}
