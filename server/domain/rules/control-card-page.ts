import { moneyInWords } from "../entries/telling.ts";
import type { Language, Words } from "../problems.ts";
import { csvCell } from "../report/csv-cell.ts";
import { grid, html, page } from "../report/page.ts";
import { type Day, dayWords } from "./civil-days.ts";
import type { ControlCard } from "./control-card.ts";
import { guaranteeNames } from "./guarantee-register.ts";

type Section = {
  title: string;
  head: readonly string[];
  rows: readonly (readonly string[])[];
  numbers: readonly number[];
};

/** The sections of a card as tables of text: what the page shows and the CSV lists. */
function sectionsOf(card: ControlCard, language: Language): Section[] {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const money = (amount: string | undefined) => (amount === undefined ? "" : moneyInWords(amount, card.currency));
  const day = (value: Day | undefined) => (value === undefined ? "" : dayWords(value)[language]);
  const words = (each: Words) => each[language];
  const { terms, balance, fine, conditions } = card;
  const pairs = (title: string, rows: [string, string][]): Section => ({
    ...{ title, head: [t("item", "uraian"), t("value", "isi")], numbers: [] },
    rows: rows.filter(([, value]) => value !== ""),
  });
  const no = t("no.", "no.");
  const [date, what, amount] = [t("date", "tanggal"), t("what", "uraian"), t("amount", "jumlah")];
  return [
    pairs(t("Terms", "Ketentuan"), [
      [t("first value", "nilai awal"), money(terms.firstValue)],
      [t("value now", "nilai saat ini"), money(terms.value)],
      [t("signed on", "tanggal kontrak"), day(terms.signedOn)],
      [t("due on", "batas waktu"), day(terms.dueOn)],
      [t("extra time until", "kesempatan sampai"), day(terms.chanceUntil)],
      [t("handed over on", "diserahterimakan"), day(terms.doneOn)],
      [t("zone", "zona waktu"), conditions.zone],
      [
        t("signed by the supplier", "ditandatangani penyedia"),
        terms.signedBySupplier
          ? t("yes", "ya")
          : t("not the terms as they stand", "belum untuk ketentuan yang berlaku"),
      ],
      ...card.holds.map(({ by, until }): [string, string] => [
        t("payments held by", "pembayaran ditangguhkan oleh"),
        `${words(by)}${until === undefined ? "" : ` ${t("until", "sampai")} ${day(until)}`}`,
      ]),
    ]),
    pairs(t("Balance", "Saldo"), [
      [t("accepted", "diterima"), money(balance.accepted)],
      [t("certified", "disahkan"), money(balance.certified)],
      [t("paid", "dibayar"), money(balance.paid)],
      [t("still to accept", "belum diterima"), money(balance.toAccept)],
      [t("still to certify", "belum disahkan"), money(balance.toCertify)],
      [t("certified and not paid", "disahkan belum dibayar"), money(balance.toPay)],
      [t("advance not taken back", "uang muka belum kembali"), money(balance.advance)],
      [t("retention held", "retensi ditahan"), money(balance.retention)],
      [t("paid above the value", "dibayar melebihi nilai"), balance.excess === "0" ? "" : money(balance.excess)],
      [
        t("fine", "denda"),
        fine.days === 0
          ? ""
          : `${money(fine.fine)} (${fine.days} ${t("days", "hari")}${fine.running ? t(", running", ", berjalan") : ""}; ${t("taken", "dipungut")} ${money(fine.taken)})`,
      ],
    ]),
    {
      title: t("Next", "Berikutnya"),
      head: [t("by", "paling lambat"), t("who", "siapa"), what],
      rows: card.next.map(({ by, who, what: next }) => [day(by), words(who), words(next)]),
      numbers: [],
    },
    {
      title: t("Amendments", "Adendum"),
      head: [
        no,
        date,
        t("reasons", "alasan"),
        t("value before", "nilai semula"),
        t("value after", "nilai menjadi"),
        t("until", "sampai"),
      ],
      rows: card.amendments.map(({ sequence, on, reasons, value, until }) => [
        ...[String(sequence), day(on), words(reasons), money(value?.before), money(value?.after), day(until?.after)],
      ]),
      numbers: [0, 3, 4],
    },
    {
      title: t("Guarantees", "Jaminan"),
      head: [
        no,
        t("type", "jenis"),
        t("posted", "nilai"),
        t("left", "sisa"),
        date,
        t("until", "sampai"),
        t("alarm", "peringatan"),
      ],
      rows: card.guarantees.map(({ sequence, type, posted, left, on, until, daysLeft, alarm }) => [
        ...[
          String(sequence),
          guaranteeNames[type][language === "id" ? 1 : 0],
          money(posted),
          money(left),
          day(on),
          day(until),
        ],
        alarm === undefined
          ? ""
          : alarm === "expired"
            ? t("expired", "kedaluwarsa")
            : t(`${daysLeft} days left`, `${daysLeft} hari lagi`),
      ]),
      numbers: [0, 2, 3],
    },
    {
      title: t("Work", "Pelaksanaan"),
      head: [no, date, what, t("accepted so far", "diterima s.d. saat itu")],
      rows: card.work.map(({ sequence, on, what: done, accepted }) => [
        ...[String(sequence), day(on), words(done), money(accepted)],
      ]),
      numbers: [0, 3],
    },
    {
      title: t("Certificates", "Berita acara pembayaran"),
      head: [
        ...[
          no,
          t("number", "nomor"),
          date,
          t("gross", "bruto"),
          t("advance", "uang muka"),
          t("recovered", "potongan uang muka"),
        ],
        ...[
          t("withheld", "ditahan"),
          t("released", "dilepas"),
          t("net", "dibayarkan"),
          t("certified so far", "disahkan s.d. saat itu"),
        ],
      ],
      rows: card.certificates.map(({ sequence, number = "", on, ...row }) => [
        ...[String(sequence), number, day(on), money(row.gross), money(row.advance), money(row.recovered)],
        ...[money(row.withheld), money(row.released), money(row.net), money(row.cumulative)],
      ]),
      numbers: [0, 3, 4, 5, 6, 7, 8, 9],
    },
    {
      title: t("Payments", "Pembayaran"),
      head: [no, t("number", "nomor"), date, what, amount, t("paid so far", "dibayar s.d. saat itu")],
      rows: card.payments.map(({ sequence, number = "", on, what: paid, amount: sum, cumulative }) => [
        ...[String(sequence), number, day(on), words(paid), money(sum), money(cumulative)],
      ]),
      numbers: [0, 4, 5],
    },
    {
      title: t("To look at", "Perlu diperhatikan"),
      head: [t("level", "tingkat"), what, t("what to do", "tindakan"), t("regulation", "dasar")],
      rows: [
        ...card.marks.map(({ words: mark }) => [t("mark", "tanda"), words(mark), "", "register"]),
        ...card.findings.map(({ level, words: found, remedy, regulation }) => [
          ...[level, words(found), words(remedy), regulation],
        ]),
      ],
      numbers: [],
    },
  ];
}

/** The card as one page of HTML, made to be printed on A4; it loads nothing from elsewhere. */
export function controlCardPage(card: ControlCard, language: Language): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const lead = [card.agency.name, card.supplier?.name].filter((each) => each !== undefined).join(" · ");
  const tables = sectionsOf(card, language)
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, head, rows, numbers }) => {
      const cells = (row: readonly string[]) => row.map((cell, at) => (numbers.includes(at) ? { n: cell } : cell));
      return html`<h2>${title}</h2>${grid(title, head, rows.map(cells))}`;
    });
  return page(
    language,
    `${t("Control card", "Kartu kendali")} ${card.contractId}`,
    html`<p class="kicker">${t("Contract control card", "Kartu kendali kontrak")}</p>
<h1>${card.contractId}</h1><p>${card.title ?? ""}</p><p>${lead}</p>
<p class="soft">${card.ocid} · ${t("status", "status")}: ${card.status} · ${t("as of", "per")} ${dayWords(card.on)[language]} · ${card.entries} ${t("entries", "entri")}</p>
${tables}`,
  );
}

/** The card as CSV, one section after the other; cells that a spreadsheet would take for formulas are told as text. */
export function controlCardCsv(card: ControlCard, language: Language): string {
  const lines = sectionsOf(card, language).flatMap(({ title, head, rows }) =>
    rows.length === 0 ? [] : [[title], head, ...rows, [""]],
  );
  const first = [[card.ocid, card.contractId, card.title ?? "", card.on], [""]];
  // a byte order mark: spreadsheets read it as UTF-8 then
  return `\ufeff${[...first, ...lines].map((row) => row.map(csvCell).join(",")).join("\r\n")}\r\n`;
}
