import type { Language } from "../../domain/problems.ts";
import type { YearEnd } from "../../domain/reconciliation/year-end.ts";
import { grid, html, page } from "../../domain/report/page.ts";
import { type Stack, stack } from "../../domain/report/plots.ts";
import { count, day } from "../../domain/report/spelled.ts";
import type { Scope } from "./reconciliation.ts";
import { inWords } from "./report-page.ts";

const SHOWN = 200;

/** What contracts owe at the end of a day, as a page. */
export function yearEndPage({ on, totals, open }: YearEnd, { agencies }: Scope, language: Language): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const title = t(`Obligations unpaid at ${day(on)}`, `Kewajiban belum dibayar per ${day(on)}`);
  const nameOf = (agency: string) => agencies.find(({ hex }) => hex === agency)?.name ?? agency;
  const body = html`
<p class="kicker">${t("Contracts at the year's end", "Kontrak pada akhir tahun")}</p>
<h1>${title}</h1>
<p class="soft">${agencies[0]!.name}</p>
${totals.map((total) => {
  const money = (amount: string) => inWords(amount, total.currency);
  const part = (label: string, amount: string, colour: Stack["colour"]): Stack => ({
    label,
    value: Math.max(0, Number(amount)),
    text: money(amount),
    colour,
  });
  return html`<h2>${nameOf(total.agency)} · ${total.currency}</h2>
<dl class="tiles"><div><dt>${t("debt: certified, not paid", "utang: BAP belum dibayar")}</dt><dd class="long">${money(total.debt)}</dd></div><div><dt>${t("delivered, not certified", "diterima, belum BAP")}</dt><dd class="long">${money(total.acceptedUncertified)}</dd></div><div><dt>${t("contracts", "kontrak")}</dt><dd>${count(total.contracts)}</dd></div></dl>
<figure><figcaption>${t("Of what is agreed", "Dari nilai kontrak")}: ${money(total.value)}</figcaption>${stack([
    part(t("paid", "dibayar"), total.paid, "bar"),
    part(t("certified, not paid", "BAP belum dibayar"), total.certifiedUnpaid, "bar3"),
    ...(total.keptBack === "0"
      ? []
      : [
          part(
            total.keptBack.startsWith("-")
              ? t(
                  "advanced, not yet recovered, less what is kept back",
                  "uang muka belum kembali, dikurangi yang ditahan",
                )
              : t("kept back", "ditahan"),
            total.keptBack,
            "rest",
          ),
        ]),
    part(t("delivered, not certified", "diterima, belum BAP"), total.acceptedUncertified, "bar2"),
    part(t("not delivered", "belum diterima"), total.notAccepted, "rest"),
  ])}</figure>`;
})}
<h2>${t("Contract by contract", "Per kontrak")}</h2>
${
  open.length === 0
    ? html`<p>${t("Nothing is owed.", "Tidak ada kewajiban.")}</p>`
    : grid(
        t(
          "value = paid + certified, not paid + kept back + delivered, not certified + not delivered",
          "nilai = dibayar + BAP belum dibayar + ditahan + diterima belum BAP + belum diterima",
        ),
        [
          t("contract", "kontrak"),
          t("supplier", "penyedia"),
          t("until", "sampai"),
          t("value", "nilai"),
          t("paid", "dibayar"),
          t("certified, not paid", "BAP belum dibayar"),
          t("kept back", "ditahan"),
          t("delivered, not certified", "diterima, belum BAP"),
          t("not delivered", "belum diterima"),
        ],
        open.slice(0, SHOWN).map((each) => {
          const money = (amount: string) => ({ n: inWords(amount, each.currency).replace(/^(−?)Rp\u00a0/, "$1") });
          return [
            html`<code>${each.ocid} · ${each.contractId}</code>${each.title === undefined ? "" : html`<br><span class="soft small">${each.title}</span>`}`,
            each.supplier ?? "–",
            html`<span class="n">${each.until === undefined ? "–" : day(each.until).replaceAll("-", "\u2011")}</span>${each.isLate ? html` <span class="pill warn">${t("past", "lewat")}</span>` : ""}`,
            ...[
              each.value,
              each.paid,
              each.certifiedUnpaid,
              each.keptBack,
              each.acceptedUncertified,
              each.notAccepted,
            ].map(money),
          ];
        }),
      )
}
${open.length > SHOWN ? html`<p class="soft small">${t(`and ${count(open.length - SHOWN)} more, in the tables for download`, `dan ${count(open.length - SHOWN)} lagi, dalam tabel unduhan`)}</p>` : ""}`;
  return page(language, title, body);
}
