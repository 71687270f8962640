import { moneyInWords } from "../../domain/entries/telling.ts";
import type { Hex } from "../../domain/entries/words.ts";
import { PAYMENT_EXCEPTIONS } from "../../domain/payments/payment-exceptions.ts";
import type { Language, Words } from "../../domain/problems.ts";
import type { ContractLink } from "../../domain/reconciliation/case.ts";
import { CAUSES, COMPARISONS, type Comparison } from "../../domain/reconciliation/causes.ts";
import type { FigureTexts } from "../../domain/reconciliation/period-account.ts";
import { grid, type Html, html, page } from "../../domain/report/page.ts";
import { type Stack, shareBar, signed, stack } from "../../domain/report/plots.ts";
import { count, day, roughly, share } from "../../domain/report/spelled.ts";
import type { ClosingState, LaterChanges } from "./closings.ts";
import type { Reconciled } from "./reconciliation.ts";

export const LINK_WORDS: Readonly<Record<ContractLink, Words>> = {
  contract: { en: "of a contract", id: "milik kontrak" },
  open: { en: "LS, contract not found", id: "LS, kontrak belum ditemukan" },
  pettyCash: { en: "petty cash (UP, GU, TU)", id: "UP, GU, TU" },
  none: { en: "of no contract", id: "bukan kontrak" },
};

const SOURCE_WORDS: Readonly<Record<string, Words>> = {
  documents: { en: "SP2D", id: "SP2D" },
  bank: { en: "bank statement", id: "rekening koran" },
  returns: { en: "returns", id: "pengembalian" },
};

/** January 2026; 2026 for a year. */
export function periodInWords(period: string, language: Language): string {
  if (period.length === 4) return period;
  const [year, month] = period.split("-").map(Number) as [number, number];
  return new Intl.DateTimeFormat(language === "id" ? "id-ID" : "en-GB", {
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  }).format(Date.UTC(year, month - 1, 1));
}

/** Money that is not broken at the end of a line. */
export function inWords(amount: string | bigint, currency: string): string {
  return moneyInWords(amount, currency).replaceAll(" ", "\u00a0");
}

type Told = Reconciled & { readonly closing?: ClosingState; readonly later?: LaterChanges };

/** A month or a year as a page for people, screens and printers; it needs nothing from anywhere. */
export function reportPage(report: Told, language: Language): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { agency, period, currencies, coverage } = report;
  const title = `${t("Reconciliation", "Rekonsiliasi")} ${periodInWords(period, language)}`;
  const body = html`
<p class="kicker">${t("Register, SP2D and bank", "Register, SP2D, dan bank")}</p>
<h1>${title}</h1>
<p class="soft">${agency.name}${report.agencies.length > 1 ? t(`, with ${report.agencies.length - 1} agencies below it`, `, beserta ${report.agencies.length - 1} instansi di bawahnya`) : ""}</p>
${closingHtml(report, language)}
${currencies.length === 0 ? html`<p>${t("Nothing was recorded, delivered or paid in this period.", "Tidak ada yang tercatat, diterima, atau dibayar pada periode ini.")}</p>` : ""}
${currencies.map((each) => currencyHtml(each, language))}
${coverageHtml(report, language)}
${rowsHtml(report, language)}
${largestHtml(report, language)}
<footer><p>${t(
    "Amounts are exact to the sen. In each line of the balance the differences listed add up to the whole difference. Shares of one SP2D over several accounts follow its own lines.",
    "Jumlah tepat sampai sen. Pada setiap baris neraca, selisih yang dirinci berjumlah sama dengan selisih seluruhnya. Pembagian satu SP2D ke beberapa rekening mengikuti rinciannya sendiri.",
  )} ${t(`The register was read up to entry ${count(coverage.register)}.`, `Register dibaca sampai entri ${count(coverage.register)}.`)}</p></footer>`;
  return page(language, `${title} · ${agency.name}`, body);
}

function tile(name: string, value: string, note = ""): Html {
  return html`<div><dt>${name}</dt><dd class="${value.length > 12 ? "long" : ""}">${value}${note === "" ? "" : html`<small>${note}</small>`}</dd></div>`;
}

type Currency = Reconciled["currencies"][number];

function currencyHtml(each: Currency, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { currency, figures, causes, balance, covered, cases, agreeing } = each;
  const money = (amount: string) => inWords(amount, currency);
  const sides: Readonly<Record<Comparison, readonly [Words, string, Words, string]>> = {
    ledger: [{ en: "ledger", id: "register" }, figures.ledger, { en: "SP2D, gross", id: "SP2D, bruto" }, figures.gross],
    document: [
      { en: "gross less deductions", id: "bruto dikurangi potongan" },
      String(BigInt(figures.gross) - BigInt(figures.deductions)),
      { en: "net", id: "neto" },
      figures.net,
    ],
    bank: [
      { en: "net, and what the bank passed on", id: "neto, dan potongan yang disetor bank" },
      String(BigInt(figures.net) + BigInt(figures.toState)),
      { en: "bank", id: "bank" },
      figures.bank,
    ],
    state: [
      { en: "taxes withheld", id: "pajak dipungut" },
      figures.taxes,
      { en: "with NTPN", id: "ber-NTPN" },
      figures.receipted,
    ],
  };
  const open = causes.filter(({ cause }) => !("settles" in CAUSES[cause]));
  return html`
<dl class="tiles wide">
${tile(t("Ledger", "Register"), money(figures.ledger))}
${tile(t("SP2D, gross", "SP2D, bruto"), money(figures.gross), `${t("deductions", "potongan")} ${money(figures.deductions)}`)}
${tile(t("SP2D, net", "SP2D, neto"), money(figures.net))}
${tile(t("Bank", "Bank"), money(figures.bank))}
${tile(t("Payments that agree", "Pembayaran cocok"), `${count(agreeing)} / ${count(cases)}`, share(agreeing, cases))}
</dl>
<h2>${t("Balance", "Neraca")} · ${currency}</h2>
${grid(
  t(
    "What is held against what, and how much of the difference is explained",
    "Yang dibandingkan, dan selisih yang dijelaskan",
  ),
  [
    t("comparison", "perbandingan"),
    t("left", "kiri"),
    t("right", "kanan"),
    t("difference", "selisih"),
    t("explained", "dijelaskan"),
  ],
  (Object.keys(COMPARISONS) as Comparison[]).map((of) => {
    const [left, leftAmount, right, rightAmount] = sides[of];
    const { difference, explained } = balance[of];
    return [
      COMPARISONS[of][language],
      html`${left[language]}<br><strong>${money(leftAmount)}</strong>`,
      html`${right[language]}<br><strong>${money(rightAmount)}</strong>`,
      { n: money(difference) },
      explainedHtml(difference, explained, money(explained), language),
    ];
  }),
)}
<h2>${t("Why they differ", "Sebab selisih")}</h2>
${
  causes.length === 0
    ? html`<p>${t("They do not: every payment agrees on all sides.", "Tidak ada selisih: semua pembayaran cocok di semua sisi.")}</p>`
    : html`<div class="two">${(Object.keys(COMPARISONS) as Comparison[])
        .map((of) => ({ of, some: causes.filter(({ comparison }) => comparison === of) }))
        .filter(({ some }) => some.length > 0)
        .map(
          ({ of, some }) =>
            html`<figure><figcaption>${COMPARISONS[of][language]}<small>${t("left side less right side", "sisi kiri dikurangi sisi kanan")}</small></figcaption>${signed(
              some.map(({ cause, amount }) => ({
                label: cut(CAUSES[cause].words[language], 64),
                value: Number(amount),
                text: `${amount.startsWith("-") ? "−" : "+"}${roughly(Math.abs(Number(amount)) / 100, language)}`,
              })),
              480,
            )}</figure>`,
        )}</div>${grid(
        t("Differences by cause, exact", "Selisih menurut sebab, tepat"),
        [
          t("cause", "sebab"),
          t("comparison", "perbandingan"),
          t("times", "kali"),
          t("amount", "jumlah"),
          t("who does what", "tindak lanjut"),
        ],
        causes.map(({ comparison, cause, count: times, amount }) => [
          CAUSES[cause].words[language],
          COMPARISONS[comparison][language],
          { n: count(times) },
          { n: money(amount) },
          CAUSES[cause].act[language],
        ]),
      )}`
}
${open.length === 0 && causes.length > 0 ? html`<p>${t("All of these settle between months or agencies.", "Semuanya terselesaikan antarbulan atau antarinstansi.")}</p>` : ""}
${exceptionsHtml(each, language)}
<h2>${t("How much is of contracts", "Cakupan kontrak")}</h2>
<figure><figcaption>${t("SP2D by what they pay, gross", "SP2D menurut yang dibayar, bruto")}</figcaption>${stack(
    (Object.keys(LINK_WORDS) as ContractLink[]).map(
      (link, at): Stack => ({
        label: `${LINK_WORDS[link][language]} (${count(covered[link].count)})`,
        value: Number(covered[link].gross),
        text: money(covered[link].gross),
        colour: (["bar", "bar3", "bar2", "rest"] as const)[at]!,
      }),
    ),
  )}</figure>`;
}

/** Two sides that agree, a difference that is explained to the sen, or one that is not. */
function explainedHtml(difference: string, explained: string, amount: string, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (difference === "0" && explained === "0") return html`<span class="pill passed">✓ ${t("agrees", "cocok")}</span>`;
  return difference === explained
    ? html`<span class="pill warn">${t("to the sen", "sampai sen")}</span>`
    : html`<span class="pill block">✗ ${amount}</span>`;
}

function exceptionsHtml({ exceptions, currency }: Currency, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (exceptions.length === 0) return html``;
  return html`<h2>${t("Unusual payments on the record", "Pembayaran tidak lazim yang tercatat")}</h2>${grid(
    t(
      "Facts all the same, until somebody acts; one payment may be unusual in several ways",
      "Tetap fakta sampai ditindaklanjuti; satu pembayaran dapat tidak lazim karena beberapa hal",
    ),
    [t("what", "apa"), t("times", "kali"), t("amount", "jumlah"), t("who does what", "tindak lanjut")],
    exceptions.map(({ exception, count: times, amount }) => [
      PAYMENT_EXCEPTIONS[exception].words[language],
      { n: count(times) },
      { n: inWords(amount, currency) },
      PAYMENT_EXCEPTIONS[exception].remedy[language],
    ]),
  )}`;
}

function coverageHtml({ coverage, agencies }: Told, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { sources, isComplete, receipts } = coverage;
  const nameOf = (hex: Hex) => agencies.find((each) => each.hex === hex)?.name ?? `${hex.slice(0, 10)}…`;
  return html`<h2>${t("What was delivered", "Yang sudah diterima")}</h2>
<p>${
    isComplete
      ? t(
          "SP2D and bank statements reach over the whole period. Nothing is said of what no source has.",
          "SP2D dan rekening koran mencakup seluruh periode. Yang tidak dimuat sumber mana pun tidak dinyatakan apa-apa.",
        )
      : t(
          "SP2D or bank statements do not reach over the whole period: the figures speak of what was delivered, and of no more.",
          "SP2D atau rekening koran belum mencakup seluruh periode: angka hanya berbicara tentang yang sudah diterima.",
        )
  }</p>
${
  sources.length === 0
    ? html`<p>${t("No source has delivered anything.", "Belum ada sumber yang mengirim.")}</p>`
    : grid(
        t("Sources", "Sumber"),
        [
          t("connector", "konektor"),
          t("what", "apa"),
          t("of", "milik"),
          t("from", "dari"),
          t("until", "sampai"),
          t("lines", "baris"),
        ],
        sources.map(({ connector, kind, issuer, from, until, lines }) => [
          connector,
          SOURCE_WORDS[kind]![language],
          nameOf(issuer),
          day(from),
          day(until),
          { n: count(lines) },
        ]),
      )
}
${receipts.map(
  ({ currency, count: times, amount }) =>
    html`<p class="soft small">${t(`Beside these the accounts took in ${count(times)} credits of ${inWords(amount, currency)} that give back no payment; they are not compared.`, `Selain itu rekening menerima ${count(times)} kredit sebesar ${inWords(amount, currency)} yang bukan pengembalian pembayaran; tidak dibandingkan.`)}</p>`,
)}`;
}

const ROWS = 60;

function rowsHtml({ rows, agencies }: Told, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (rows.length === 0) return html``;
  const size = ({ gross, ledger }: FigureTexts) => Math.max(Number(gross), Number(ledger));
  const sorted = [...rows].sort((a, b) => size(b) - size(a));
  const most = size(sorted[0]!);
  const nameOf = (hex: Hex) => agencies.find((each) => each.hex === hex)?.name ?? "";
  return html`<h2>${t("By account, sub-activity and fund", "Menurut rekening, subkegiatan, dan dana")}</h2>
${grid(
  t("Gross of the SP2D, the ledger, and what left the bank", "Bruto SP2D, register, dan yang keluar dari bank"),
  [
    t("account, sub-activity, fund", "rekening, subkegiatan, dana"),
    t("ledger", "register"),
    t("SP2D gross", "SP2D bruto"),
    t("deductions", "potongan"),
    t("SP2D net", "SP2D neto"),
    t("bank", "bank"),
  ],
  sorted.slice(0, ROWS).map((row) => {
    const money = (amount: string) => ({ n: inWords(amount, row.currency).replace(/^(−?)Rp\u00a0/, "$1") });
    const { account, group, chart, agency, subActivity, fund, ledger, gross, deductions, net, bank } = row;
    const groupText =
      group === undefined || group === account ? "" : ` (${t("compared with", "dibandingkan bersama")} ${group})`;
    return [
      html`<code>${account || t("no account stated", "rekening tidak dinyatakan")}</code>${shareBar(size(row), most)}<span class="soft small">${[
        nameOf(agency),
        chart === "permendagri13" ? "Permendagri 13" : "",
        subActivity,
        fund,
      ]
        .filter(Boolean)
        .join(" · ")}${groupText}</span>`,
      money(ledger),
      money(gross),
      money(deductions),
      money(net),
      money(bank),
    ];
  }),
)}${rows.length > ROWS ? html`<p class="soft small">${t(`and ${count(rows.length - ROWS)} more, in the tables for download`, `dan ${count(rows.length - ROWS)} lagi, dalam tabel unduhan`)}</p>` : ""}`;
}

const SHOWN = 10;

function largestHtml({ largest }: Told, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (largest.length === 0) return html``;
  const groups = Map.groupBy(largest, ({ comparison, cause }) => `${comparison} ${cause}`);
  return html`<h2>${t("The largest differences", "Selisih terbesar")}</h2>${[...groups.values()].map((all) => {
    const { comparison, cause } = all[0]!;
    return html`<details><summary>${CAUSES[cause].words[language]} <span class="soft">· ${COMPARISONS[comparison][language]}</span></summary><div>${grid(
      t("The largest of this cause", "Yang terbesar dengan sebab ini"),
      [t("document", "dokumen"), t("day", "tanggal"), t("amount", "jumlah"), t("contract", "kontrak")],
      all
        .slice(0, SHOWN)
        .map(({ number, case: id, on, amount, currency, contracts }) => [
          html`<code>${number ?? id.slice(0, 12)}</code>`,
          on === undefined ? "–" : day(on),
          { n: inWords(amount, currency) },
          contracts.map(({ ocid, contractId }) => html`<code>${ocid} ${contractId}</code> `).length === 0
            ? "–"
            : html`${contracts.map(({ ocid, contractId }) => html`<code>${ocid} · ${contractId}</code> `)}`,
        ]),
    )}</div></details>`;
  })}`;
}

function closingHtml({ closing, later, period }: Told, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (period.length === 4 || closing === undefined) return html``;
  const { state, last } = closing;
  if (last === undefined || state === "open")
    return html`<p><span class="pill idle">${t("open", "terbuka")}</span> ${t("The month is not closed.", "Bulan ini belum ditutup.")}</p>`;
  const when = day(last.document.at.slice(0, 10));
  if (state === "reopened")
    return html`<p><span class="pill warn">${t("reopened", "dibuka kembali")}</span> ${when}: ${last.document.reason ?? ""}</p>`;
  return html`<section class="find b-${later?.count ? "warn" : "passed"}"><h3>${t("Closed", "Ditutup")} ${when} <span class="pill passed">${t("signed by the treasurer", "ditandatangani bendahara")}</span></h3>
<p class="small soft">${t("act", "penutupan")} ${last.document.number} · SHA-256 <code>${last.digest}</code></p>
${
  later === undefined || later.count === 0
    ? html`<p>${t("Nothing of it has changed since.", "Tidak ada yang berubah sejak itu.")}</p>`
    : html`<p>${t(`Since then ${count(later.count)} payments of this month have changed. What was signed stays; these are later corrections:`, `Sejak itu ${count(later.count)} pembayaran bulan ini berubah. Yang ditandatangani tetap; berikut koreksi kemudian:`)}</p>${grid(
        t("Closed, later corrections, now", "Ditutup, koreksi kemudian, sekarang"),
        ["", t("as closed", "saat ditutup"), t("corrections", "koreksi"), t("now", "sekarang")],
        Object.entries(later.figures).flatMap(([currency, figures]) => {
          const closed = last.document.currencies.find((each) => each.currency === currency)?.figures;
          return (["ledger", "gross", "net", "bank"] as const).map((name) => {
            const before = closed?.[name] ?? "0";
            const money = (amount: string) => ({ n: inWords(amount, currency) });
            return [
              FIGURE_WORDS[name][language],
              money(before),
              money(figures[name]),
              money(String(BigInt(before) + BigInt(figures[name]))),
            ];
          });
        }),
      )}`
}</section>`;
}

export const FIGURE_WORDS: Readonly<Record<keyof FigureTexts, Words>> = {
  ledger: { en: "ledger", id: "register" },
  gross: { en: "SP2D, gross", id: "SP2D, bruto" },
  deductions: { en: "deductions", id: "potongan" },
  net: { en: "SP2D, net", id: "SP2D, neto" },
  toState: { en: "passed on by the bank", id: "disetor oleh bank" },
  bank: { en: "bank", id: "bank" },
  taxes: { en: "taxes withheld", id: "pajak dipungut" },
  receipted: { en: "with NTPN", id: "ber-NTPN" },
};

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}
