import type { Language } from "../../domain/problems.ts";
import { type Absorption, INDICATORS, type Indicator } from "../../domain/reconciliation/absorption.ts";
import { grid, type Html, html, page } from "../../domain/report/page.ts";
import { lines } from "../../domain/report/plots.ts";
import { count } from "../../domain/report/spelled.ts";
import type { Scope } from "./reconciliation.ts";
import { inWords, periodInWords } from "./report-page.ts";

/** How agencies spend and build in a year, planned against done, with plots; as SISMONTEPRA and SAKIP lay it out. */
export function absorptionPage(
  all: readonly Absorption[],
  { agencies }: Scope,
  year: number,
  language: Language,
): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const title = `${t("Absorption", "Serapan anggaran")} ${year}`;
  const nameOf = ({ agency }: Absorption) => agencies.find(({ hex }) => hex === agency)?.name ?? agency;
  const sum = (of: (each: Absorption) => string) => all.reduce((total, each) => total + BigInt(of(each)), 0n);
  const body = html`
<p class="kicker">${t("Planned against paid and built", "Rencana terhadap realisasi keuangan dan fisik")}</p>
<h1>${title}</h1>
<p class="soft">${agencies[0]!.name}</p>
${
  all.length === 0
    ? html`<p>${t("No budget, contract or payment of this year is known.", "Belum ada pagu, kontrak, atau pembayaran tahun ini.")}</p>`
    : html`${grid(
        t("Agencies", "Instansi"),
        [
          t("agency", "instansi"),
          t("budget", "pagu"),
          t("paid", "realisasi"),
          t("absorbed", "serapan"),
          t("plan", "rencana"),
          t("physical", "fisik"),
          t("planned", "rencana fisik"),
          t("contracts", "kontrak"),
        ],
        all.map((each) => {
          const last = each.months.at(-1)!;
          const now = each.months.findLast(({ complete }) => complete) ?? each.months[0]!;
          return [
            nameOf(each),
            { n: inWords(each.budget, each.currency) },
            { n: inWords(last.paidSoFar, each.currency) },
            { n: percent(last.financial) },
            { n: percent(now.financialPlan) },
            { n: percent(now.physical) },
            { n: percent(now.physicalPlan) },
            { n: count(each.contracts) },
          ];
        }),
      )}<p class="soft small">${t("All agencies", "Seluruh instansi")}: ${inWords(
        sum((each) => each.budget),
        all[0]!.currency,
      )} · ${inWords(
        sum((each) => each.months.at(-1)!.paidSoFar),
        all[0]!.currency,
      )}</p>`
}
${all.map((each) => agencyHtml(each, nameOf(each), language))}
<footer><p>${t(
    "Paid: gross of the SP2D that were delivered. Physical: what hand-overs have accepted, weighed by the value of the contracts. Months that the sources do not reach are marked.",
    "Realisasi: bruto SP2D yang sudah diterima. Fisik: nilai yang diterima dalam BAST, dibobot dengan nilai kontrak. Bulan yang belum dicapai sumber diberi tanda.",
  )}</p></footer>`;
  return page(language, title, body);
}

function agencyHtml(each: Absorption, name: string, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { months, currency, plan, indicators } = each;
  const labels = months.map(({ month }) => periodInWords(month, language).slice(0, 3));
  const known = months.map(({ complete }) => complete);
  const upTo = (values: readonly number[]) => values.map((value, at) => (known[at] ? value : undefined));
  const most = Math.max(10_000, ...months.map(({ financial, financialPlan }) => Math.max(financial, financialPlan)));
  const axis = { most, text: (value: number) => `${Math.round(value / 100)} %` };
  return html`<h2>${name}</h2>
<p class="soft small">${
    plan === "declared"
      ? t(
          "Against the plan that the agency declared (anggaran kas).",
          "Terhadap rencana yang dinyatakan instansi (anggaran kas).",
        )
      : t(
          "No plan was declared: it is derived from the periods of the contracts, by days.",
          "Rencana belum dinyatakan: diturunkan dari masa kontrak, menurut hari.",
        )
  }</p>
<div class="two"><figure><figcaption>${t("Money, so far, of the budget", "Keuangan, kumulatif, dari pagu")}</figcaption>${lines(
    labels,
    [
      {
        label: t("planned", "rencana"),
        values: months.map(({ financialPlan }) => financialPlan),
        colour: "bar2",
        dashed: true,
      },
      { label: t("paid", "realisasi"), values: upTo(months.map(({ financial }) => financial)), colour: "bar" },
    ],
    axis,
    480,
  )}</figure><figure><figcaption>${t("Work, so far, of all contracts", "Fisik, kumulatif, dari seluruh kontrak")}</figcaption>${lines(
    labels,
    [
      {
        label: t("planned", "rencana"),
        values: months.map(({ physicalPlan }) => physicalPlan),
        colour: "bar2",
        dashed: true,
      },
      { label: t("accepted", "diterima"), values: upTo(months.map(({ physical }) => physical)), colour: "bar" },
    ],
    {
      ...axis,
      most: Math.max(10_000, ...months.map(({ physical, physicalPlan }) => Math.max(physical, physicalPlan))),
    },
    480,
  )}</figure></div>
${grid(
  t("By month", "Menurut bulan"),
  [
    t("month", "bulan"),
    t("planned", "rencana"),
    t("paid", "realisasi"),
    t("paid so far", "realisasi kumulatif"),
    t("money %", "keuangan %"),
    t("plan %", "rencana %"),
    t("deviation", "deviasi"),
    t("work %", "fisik %"),
    t("plan %", "rencana %"),
  ],
  months.map((month) => {
    const money = (amount: string) => ({ n: inWords(amount, currency).replace(/^(−?)Rp\u00a0/, "$1") });
    return [
      html`${periodInWords(month.month, language).split(" ")[0]}${month.complete ? "" : html` <span class="pill idle">${t("not whole", "belum lengkap")}</span>`}`,
      money(month.planned),
      money(month.paid),
      money(month.paidSoFar),
      { n: percent(month.financial) },
      { n: percent(month.financialPlan) },
      { n: percent(month.deviation) },
      { n: percent(month.physical) },
      { n: percent(month.physicalPlan) },
    ];
  }),
)}
${grid(
  t("Indicators", "Indikator"),
  [t("indicator", "indikator"), t("how it is counted", "cara hitung"), t("value", "nilai"), t("better", "lebih baik")],
  indicators.map((indicator) => {
    const { words, formula, good } = INDICATORS[indicator.name];
    return [
      words[language],
      formula[language],
      { n: indicatorInWords(indicator, language) },
      good === "high" ? t("high", "tinggi") : t("low", "rendah"),
    ];
  }),
)}`;
}

/** Hundredths of a percent as 12,34 %. */
function percent(points: number): string {
  const size = Math.abs(points);
  return `${points < 0 ? "−" : ""}${Math.floor(size / 100)},${String(size % 100).padStart(2, "0")} %`;
}

function indicatorInWords({ name, value, of }: Indicator, language: Language): string {
  if (value === undefined) return "–";
  const { unit } = INDICATORS[name];
  if (unit === "share") return percent(value);
  if (unit === "count") return `${count(value)}${of === undefined ? "" : ` / ${count(of)}`}`;
  return `${Math.floor(value / 10)},${value % 10} ${language === "id" ? "hari" : "days"} (${count(of ?? 0)})`;
}
