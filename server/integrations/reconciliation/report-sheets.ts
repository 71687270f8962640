import { currencyExponent } from "../../domain/ocds/money.ts";
import { PAYMENT_EXCEPTIONS } from "../../domain/payments/payment-exceptions.ts";
import type { Language, Words } from "../../domain/problems.ts";
import { type Absorption, INDICATORS } from "../../domain/reconciliation/absorption.ts";
import type { ContractLink } from "../../domain/reconciliation/case.ts";
import { CAUSES, COMPARISONS, type Comparison } from "../../domain/reconciliation/causes.ts";
import type { FigureTexts, ListedDifference } from "../../domain/reconciliation/period-account.ts";
import type { YearEnd } from "../../domain/reconciliation/year-end.ts";
import type { Sheet, SheetColumn, SheetMoney } from "../sheets/sheet.ts";
import type { Reconciled, Scope } from "./reconciliation.ts";
import { FIGURE_WORDS, LINK_WORDS } from "./report-page.ts";

// The same that the pages say, as tables: every row, nothing left out. Amounts are in the currency that stands in the row.

type Say = (en: string, id: string) => string;
const sayIn =
  (language: Language): Say =>
  (en, id) =>
    language === "id" ? id : en;

const money = (title: string): SheetColumn => ({ title, kind: "money" });

const FIGURES = Object.keys(FIGURE_WORDS) as (keyof FigureTexts)[];

/** All differences of a period, one a row. */
export function differenceSheet(
  differences: AsyncIterable<ListedDifference>,
  { agencies }: Scope,
  language: Language,
): Sheet {
  const t = sayIn(language);
  const names = new Map(agencies.map(({ hex, name }) => [hex, name]));
  return {
    name: t("Differences", "Selisih"),
    columns: [
      { title: t("agency", "instansi"), kind: "text", width: 30 },
      { title: t("month", "bulan"), kind: "text", width: 10 },
      { title: t("comparison", "perbandingan"), kind: "text", width: 30 },
      { title: t("cause", "sebab"), kind: "text", width: 44 },
      { title: t("document", "dokumen"), kind: "text", width: 26 },
      { title: t("day", "tanggal"), kind: "date" },
      { title: t("currency", "mata uang"), kind: "text", width: 10 },
      { title: t("amount", "jumlah"), kind: "money" },
      { title: t("contracts", "kontrak"), kind: "text", width: 40 },
      { title: t("who does what", "tindak lanjut"), kind: "text", width: 60 },
    ],
    rows: rowsOf(),
  };

  async function* rowsOf() {
    for await (const { agency, month, comparison, cause, number, on, currency, amount, contracts } of differences)
      yield [
        names.get(agency) ?? agency,
        month,
        COMPARISONS[comparison][language],
        CAUSES[cause].words[language],
        number,
        on,
        currency,
        amountOf(amount, currency),
        contracts.map(({ ocid, contractId }) => `${ocid} ${contractId}`).join("; "),
        CAUSES[cause].act[language],
      ];
  }
}

/** An amount in its own currency's digits. */
function amountOf(minor: string, currency: string): SheetMoney {
  return { minor, exponent: currencyExponent(currency) ?? 0 };
}

/** A month or a year: balance, causes, unusual payments, accounts, all differences, sources. */
export function reportSheets(
  report: Reconciled,
  differences: AsyncIterable<ListedDifference>,
  language: Language,
): Sheet[] {
  const t = sayIn(language);
  const words = (of: Words) => of[language];
  const text = (title: string, width = 24): SheetColumn => ({ title, kind: "text", width });
  const names = new Map(report.agencies.map(({ hex, name }) => [hex, name]));
  const each = report.currencies;
  return [
    {
      name: t("Balance", "Neraca"),
      columns: [
        text(t("currency", "mata uang"), 10),
        text(t("comparison", "perbandingan"), 60),
        money(t("difference", "selisih")),
        money(t("explained", "dijelaskan")),
      ],
      rows: each.flatMap(({ currency, balance }) =>
        (Object.keys(balance) as Comparison[]).map((of) => [
          currency,
          words(COMPARISONS[of]),
          amountOf(balance[of].difference, currency),
          amountOf(balance[of].explained, currency),
        ]),
      ),
    },
    {
      name: t("Figures", "Angka"),
      columns: [
        text(t("currency", "mata uang"), 10),
        text(t("figure", "angka"), 30),
        money(t("amount", "jumlah")),
        { title: t("SP2D", "SP2D"), kind: "count" },
      ],
      rows: each.flatMap(({ currency, figures, covered }) => [
        ...FIGURES.map((name) => [currency, words(FIGURE_WORDS[name]), amountOf(figures[name], currency), null]),
        ...(Object.keys(LINK_WORDS) as ContractLink[]).map((link) => [
          currency,
          `SP2D: ${words(LINK_WORDS[link])}`,
          amountOf(covered[link].gross, currency),
          covered[link].count,
        ]),
      ]),
    },
    {
      name: t("Causes", "Sebab"),
      columns: [
        text(t("currency", "mata uang"), 10),
        text(t("comparison", "perbandingan"), 40),
        text(t("cause", "sebab"), 60),
        { title: t("times", "kali"), kind: "count" },
        money(t("amount", "jumlah")),
        text(t("who does what", "tindak lanjut"), 60),
      ],
      rows: each.flatMap(({ currency, causes }) =>
        causes.map(({ comparison, cause, count, amount }) => [
          currency,
          words(COMPARISONS[comparison]),
          words(CAUSES[cause].words),
          count,
          amountOf(amount, currency),
          words(CAUSES[cause].act),
        ]),
      ),
    },
    {
      name: t("Unusual", "Tidak lazim"),
      columns: [
        text(t("currency", "mata uang"), 10),
        text(t("what", "apa"), 60),
        { title: t("times", "kali"), kind: "count" },
        money(t("amount", "jumlah")),
        text(t("who does what", "tindak lanjut"), 60),
      ],
      rows: each.flatMap(({ currency, exceptions }) =>
        exceptions.map(({ exception, count, amount }) => [
          currency,
          words(PAYMENT_EXCEPTIONS[exception].words),
          count,
          amountOf(amount, currency),
          words(PAYMENT_EXCEPTIONS[exception].remedy),
        ]),
      ),
    },
    {
      name: t("Accounts", "Rekening"),
      columns: [
        text(t("agency", "instansi"), 30),
        text(t("currency", "mata uang"), 10),
        text(t("chart", "bagan akun"), 16),
        text(t("account", "rekening")),
        text(t("compared with", "dibandingkan bersama"), 30),
        text(t("sub-activity", "subkegiatan")),
        text(t("fund", "dana"), 12),
        ...FIGURES.map((name) => money(words(FIGURE_WORDS[name]))),
      ],
      rows: report.rows.map((row) => [
        names.get(row.agency) ?? row.agency,
        row.currency,
        row.chart,
        row.account,
        row.group,
        row.subActivity,
        row.fund,
        ...FIGURES.map((name) => amountOf(row[name], row.currency)),
      ]),
    },
    differenceSheet(differences, report, language),
    {
      name: t("Sources", "Sumber"),
      columns: [
        text(t("connector", "konektor")),
        text(t("what", "apa"), 14),
        { title: t("from", "dari"), kind: "date" },
        { title: t("until", "sampai"), kind: "date" },
        { title: t("lines", "baris"), kind: "count" },
      ],
      rows: report.coverage.sources.map(({ connector, kind, from, until, lines }) => [
        ...[connector, kind, from, until, lines],
      ]),
    },
  ];
}

/** Obligations contract by contract, and their totals. */
export function yearEndSheets({ on, totals, open }: YearEnd, { agencies }: Scope, language: Language): Sheet[] {
  const t = sayIn(language);
  const names = new Map(agencies.map(({ hex, name }) => [hex, name]));
  const amounts = [
    ["value", t("value", "nilai")],
    ["paid", t("paid", "dibayar")],
    ["certifiedUnpaid", t("certified, not paid", "BAP belum dibayar")],
    ["keptBack", t("kept back", "ditahan")],
    ["acceptedUncertified", t("delivered, not certified", "diterima, belum BAP")],
    ["notAccepted", t("not delivered", "belum diterima")],
  ] as const;
  return [
    {
      name: t("Totals", "Jumlah"),
      columns: [
        { title: t("agency", "instansi"), kind: "text", width: 34 },
        { title: t("currency", "mata uang"), kind: "text", width: 10 },
        { title: t("at", "per"), kind: "date" },
        { title: t("contracts", "kontrak"), kind: "count" },
        money(t("debt", "utang")),
        ...amounts.map(([, title]) => money(title)),
      ],
      rows: totals.map((total) => [
        names.get(total.agency) ?? total.agency,
        total.currency,
        on,
        total.contracts,
        amountOf(total.debt, total.currency),
        ...amounts.map(([name]) => amountOf(total[name], total.currency)),
      ]),
    },
    {
      name: t("Contracts", "Kontrak"),
      columns: [
        { title: t("agency", "instansi"), kind: "text", width: 30 },
        { title: "ocid", kind: "text", width: 34 },
        { title: t("contract", "kontrak"), kind: "text", width: 26 },
        { title: t("title", "pekerjaan"), kind: "text", width: 44 },
        { title: t("supplier", "penyedia"), kind: "text", width: 30 },
        { title: t("until", "sampai"), kind: "date" },
        { title: t("past its end", "lewat masa"), kind: "text", width: 10 },
        { title: t("currency", "mata uang"), kind: "text", width: 10 },
        ...amounts.map(([, title]) => money(title)),
      ],
      rows: open.map((each) => [
        names.get(each.agency) ?? each.agency,
        each.ocid,
        each.contractId,
        each.title,
        each.supplier,
        each.until,
        each.isLate ? t("yes", "ya") : "",
        each.currency,
        ...amounts.map(([name]) => amountOf(each[name], each.currency)),
      ]),
    },
  ];
}

/** Planned against paid and built by month, and indicators. */
export function absorptionSheets(all: readonly Absorption[], { agencies }: Scope, language: Language): Sheet[] {
  const t = sayIn(language);
  const names = new Map(agencies.map(({ hex, name }) => [hex, name]));
  const share = (title: string): SheetColumn => ({ title, kind: "share", width: 12 });
  return [
    {
      name: t("Months", "Bulan"),
      columns: [
        { title: t("agency", "instansi"), kind: "text", width: 30 },
        { title: t("month", "bulan"), kind: "text", width: 10 },
        { title: t("currency", "mata uang"), kind: "text", width: 10 },
        money(t("budget", "pagu")),
        money(t("planned", "rencana")),
        money(t("paid", "realisasi")),
        money(t("planned so far", "rencana kumulatif")),
        money(t("paid so far", "realisasi kumulatif")),
        share(t("money plan", "rencana keuangan")),
        share(t("money", "keuangan")),
        share(t("deviation", "deviasi")),
        share(t("work plan", "rencana fisik")),
        share(t("work", "fisik")),
        { title: t("plan", "rencana dari"), kind: "text", width: 12 },
        { title: t("whole", "lengkap"), kind: "text", width: 8 },
      ],
      rows: all.flatMap(({ agency, currency, budget, plan, months }) =>
        months.map((month) => [
          names.get(agency) ?? agency,
          month.month,
          currency,
          amountOf(budget, currency),
          amountOf(month.planned, currency),
          amountOf(month.paid, currency),
          amountOf(month.plannedSoFar, currency),
          amountOf(month.paidSoFar, currency),
          month.financialPlan,
          month.financial,
          month.deviation,
          month.physicalPlan,
          month.physical,
          plan === "declared" ? t("declared", "dinyatakan") : t("contracts", "kontrak"),
          month.complete ? t("yes", "ya") : t("no", "tidak"),
        ]),
      ),
    },
    {
      name: t("Indicators", "Indikator"),
      columns: [
        { title: t("agency", "instansi"), kind: "text", width: 30 },
        { title: t("indicator", "indikator"), kind: "text", width: 40 },
        { title: t("how it is counted", "cara hitung"), kind: "text", width: 50 },
        { title: "%", kind: "share", width: 12 },
        { title: t("count", "jumlah"), kind: "count" },
        { title: t("days", "hari"), kind: "money", exponent: 1, width: 10 },
        { title: t("of", "dari"), kind: "count" },
      ],
      rows: all.flatMap(({ agency, indicators }) =>
        indicators.map(({ name, value, of }) => {
          const { unit, words, formula } = INDICATORS[name];
          const at = (wanted: typeof unit) => (unit === wanted ? value : null);
          return [
            names.get(agency) ?? agency,
            words[language],
            formula[language],
            at("share"),
            at("count"),
            at("days"),
            of,
          ];
        }),
      ),
    },
  ];
}
