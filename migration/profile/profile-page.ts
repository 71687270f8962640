import type { Language, Words } from "../../server/domain/problems.ts";
import { type Cell, grid, type Html, html, page, prose } from "../../server/domain/report/page.ts";
import { columns as columnPlot, type Stack, shareBar, stack } from "../../server/domain/report/plots.ts";
import { count, day, roughly, rupiah, share } from "../../server/domain/report/spelled.ts";
import { PERSONAL_WORDS } from "../mapping/personal.ts";
import { REASONS } from "../row.ts";
import type { CheckResult, Severity } from "./assess.ts";
import type { Kind } from "./column.ts";
import { mainSum, type TableProfile } from "./profile.ts";
import { STAGES } from "./stage-of.ts";

const both = (en: string, id: string): Words => ({ en, id });

export const SEVERITY: Readonly<Record<Severity, Words>> = {
  block: both("blocks", "menghalangi"),
  warn: both("to decide", "perlu putusan"),
  info: both("to know", "untuk diketahui"),
};

const KIND: Readonly<Record<Kind, Words>> = {
  empty: both("empty", "kosong"),
  money: both("money", "uang"),
  number: both("number", "angka"),
  date: both("date", "tanggal"),
  npwp: both("tax number", "NPWP"),
  nip: both("NIP", "NIP"),
  code: both("code", "kode"),
  flag: both("few values", "sedikit nilai"),
  text: both("text", "teks"),
};

const ODD: Readonly<Record<string, Words>> = {
  spaces: both("blanks at an end or doubled", "spasi di ujung atau ganda"),
  outerSpace: both("blanks at an end", "spasi di ujung"),
  doubleSpace: both("doubled blanks", "spasi ganda"),
  control: both("control characters", "karakter kendali"),
  nul: both("null characters", "karakter nol"),
  lineBreak: both("line breaks or tabs", "ganti baris atau tab"),
  html: both("HTML", "HTML"),
  entity: both("HTML entities", "entitas HTML"),
  mojibake: both("spoilt encoding", "pengodean rusak"),
  replacement: both("lost characters (�)", "karakter hilang (�)"),
  invisible: both("invisible characters", "karakter tak tampak"),
  loneSurrogate: both("half characters", "separuh karakter"),
  formula: both("begins like a formula", "diawali seperti rumus"),
  spreadsheetEscape: both("spreadsheet escapes", "sisa lembar kerja"),
  nonAscii: both("other than ASCII", "di luar ASCII"),
};

const IDENTIFIER: Readonly<Record<string, Words>> = {
  empty_or_null: both("empty", "kosong"),
  all_same_digit: both("one digit repeated", "satu digit berulang"),
  "15_checkdigit_ok": both("15 digits, check digit right", "15 digit, digit periksa benar"),
  "15_checkdigit_wrong": both("15 digits, check digit wrong", "15 digit, digit periksa salah"),
  "16_leading0_ok": both("16 digits of a firm, right", "16 digit badan, benar"),
  "16_leading0_wrong": both("16 digits of a firm, wrong", "16 digit badan, salah"),
  "16_nik_like": both("16 digits like a NIK", "16 digit mirip NIK"),
  "13_digits": both("13 digits: cut, or a NIB", "13 digit: terpotong, atau NIB"),
  "18_nip_like": both("NIP", "NIP"),
  "22_nitku_like": both("22 digits (NITKU)", "22 digit (NITKU)"),
  scientific: both("damaged: 1,2E+15", "rusak: 1,2E+15"),
  other: both("another form", "bentuk lain"),
};

export type PageSetting = { readonly language: Language /** YYYY-MM-DD */; readonly on: string };

/** One table, for whoever owns it: what stands out, then everything. `found`: the checks of all tables. */
export function profilePage(
  profile: TableProfile,
  found: readonly CheckResult[],
  { language, on }: PageSetting,
): string {
  const say = (words: Words) => words[language];
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const here = found
    .map((result) => ({
      ...result,
      found: result.found.filter(({ table }) => table === profile.table || table.split(", ").includes(profile.table)),
    }))
    .filter((result) => result.found.length > 0);
  const open = here.filter(({ verdict }) => verdict === "open");
  const number = (severity: Severity) => open.filter((each) => each.severity === severity).length;
  const [key] = profile.keys;
  const sum = mainSum(profile);

  const body = html`
<p class="kicker">${t("Profile of a table", "Profil tabel")} · ${profile.source}</p>
<h1>${profile.table}</h1>
<p class="soft">${say(STAGES[profile.stage])} · ${t("every row read", "seluruh baris dibaca")}, ${day(on)} · SHA-256 <code>${profile.sha256.slice(0, 16)}…</code></p>
<dl class="tiles">
${tile(t("Rows", "Baris"), count(profile.rows), t(`${profile.columns.length} columns`, `${profile.columns.length} kolom`))}
${tile(t("Sent again", "Terkirim ulang"), count(profile.reloaded), profile.rows > 0 ? share(profile.reloaded, profile.rows) : "")}
${key === undefined ? "" : tile(t("Different keys", "Kunci berbeda"), count(key.distinct), key.columns.join(" + "))}
${sum === undefined ? "" : tile(sum.column, rupiah(sum.withoutReloaded.split(".")[0]!), t("without rows sent again", "tanpa baris terkirim ulang"))}
${tile(t("Findings", "Temuan"), count(open.length), [`${number("block")} ${say(SEVERITY.block)}`, `${number("warn")} ${say(SEVERITY.warn)}`].join(" · "))}
</dl>
<h2>${t("What stands out", "Yang menonjol")}</h2>
${here.length === 0 ? html`<p>${t("Nothing: every check passed for this table.", "Tidak ada: semua pemeriksaan lolos untuk tabel ini.")}</p>` : findings(here, language)}
${rowsSection(profile, language)}
${repeatedSection(profile, language)}
${moneySection(profile, language)}
${numbersSection(profile, language)}
${columnsSection(profile, language)}
${rulesSection(profile, language)}
${faultsSection(profile, language)}
<footer>
<p>${t(
    "Columns that concern persons, and texts in which such a number stands, are shown by their form only: 9 is a digit, A and a are letters.",
    "Kolom yang menyangkut orang, dan teks yang memuat nomor semacam itu, hanya ditampilkan bentuknya: 9 adalah digit, A dan a adalah huruf.",
  )} ${t(
    "Counts are exact unless marked ±; sums are exact to the last digit.",
    "Hitungan tepat kecuali bertanda ±; jumlah tepat sampai digit terakhir.",
  )}</p>
</footer>`;
  return page(language, `${profile.table} · ${t("profile", "profil")}`, body);
}

function tile(name: string, value: string, note = ""): Html {
  return html`<div><dt>${name}</dt><dd class="${value.length > 14 ? "long" : ""}">${value}${note === "" ? "" : html`<small>${note}</small>`}</dd></div>`;
}

const order: readonly Severity[] = ["block", "warn", "info"];

/** Results as cards, the gravest first. */
export function findings(results: readonly CheckResult[], language: Language): Html {
  const say = (words: Words) => words[language];
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const sorted = [...results].sort(
    (a, b) =>
      Number(a.verdict !== "open") - Number(b.verdict !== "open") ||
      order.indexOf(a.severity) - order.indexOf(b.severity),
  );
  return html`${sorted.map(({ id, severity, title, remedy, found, verdict }) => {
    const mark = verdict === "open" ? severity : verdict;
    const word = verdict === "settled" ? t("settled by the plan", "diselesaikan rencana") : say(SEVERITY[severity]);
    return html`<section class="find b-${mark}"><h3>${say(title)} <span class="pill ${mark}">${word}</span> <span class="soft small">${id}</span></h3>
<ul>${found
      .slice(0, 12)
      .map(
        (each) =>
          html`<li>${each.column === undefined ? "" : html`<code>${each.column}</code>: `}${say(each.says)}${
            each.rows === undefined || each.rows.length === 0
              ? ""
              : html` <span class="soft small">(${t("row", "baris")} ${each.rows.slice(0, 4).map(count).join(", ")})</span>`
          }${each.settledBy === undefined ? "" : html` <span class="soft small">(${each.settledBy})</span>`}</li>`,
      )}${found.length > 12 ? html`<li class="soft">${t(`and ${found.length - 12} more`, `dan ${found.length - 12} lagi`)}</li>` : ""}</ul>
<p class="small">${prose(say(remedy))}</p></section>`;
  })}`;
}

function rowsSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { years } = profile;
  const agencies = profile.agencies.find(({ column }) => /nama/i.test(column)) ?? profile.agencies[0];
  if ((years === null || years.counts.length === 0) && agencies === undefined) return html``;
  const shown = agencies?.counts.slice(0, 15) ?? [];
  return html`<h2>${t("Rows by year and agency", "Baris menurut tahun dan instansi")}</h2><div class="two">
${
  years === null || years.counts.length === 0
    ? ""
    : html`<figure><figcaption>${t("Rows by year", "Baris menurut tahun")}<small><code>${years.column}</code></small></figcaption>${columnPlot(
        years.counts.slice(0, 30).map(({ value, count: rows }) => ({ label: value, value: rows, text: count(rows) })),
        [],
        480,
      )}<details><summary>${t("As a table", "Sebagai tabel")}</summary>${grid(
        t("Rows by year", "Baris menurut tahun"),
        [t("year", "tahun"), t("rows", "baris"), t("share", "bagian")],
        years.counts.map(({ value, count: rows }) => [value, { n: count(rows) }, { n: share(rows, profile.rows) }]),
      )}</details></figure>`
}
${
  agencies === undefined
    ? ""
    : html`<div>${grid(
        t(`Rows by agency (${agencies.column})`, `Baris menurut instansi (${agencies.column})`),
        [t("agency", "instansi"), "", t("rows", "baris")],
        shown.map(({ value, count: rows }) => [value, shareBar(rows, shown[0]?.count ?? 1), { n: count(rows) }]),
      )}${agencies.counts.length > shown.length ? html`<p class="soft small">${t(`and ${count(agencies.counts.length - shown.length)} more agencies`, `dan ${count(agencies.counts.length - shown.length)} instansi lain`)}</p>` : ""}</div>`
}
</div>`;
}

function repeatedSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const { rows, repeated, reloaded, keys, pairs, stamps } = profile;
  const parts: Stack[] = [
    {
      label: t("different rows", "baris berbeda"),
      value: rows - reloaded,
      text: count(rows - reloaded),
      colour: "bar",
    },
    {
      label: t("sent again, another load stamp", "terkirim ulang, penanda muat lain"),
      value: reloaded - repeated,
      text: count(reloaded - repeated),
      colour: "bar2",
    },
    {
      label: t("the very same row again", "baris persis sama"),
      value: repeated,
      text: count(repeated),
      colour: "bar3",
    },
  ];
  const pairName: Record<string, Words> = {
    "number-used-again": both("contract number of several packages", "nomor kontrak pada beberapa paket"),
    "document-of-several-contracts": both(
      "payment document of several contracts",
      "dokumen pembayaran untuk beberapa kontrak",
    ),
    "spellings-of-npwp": both("NPWP under several names", "NPWP dengan beberapa nama"),
    "npwps-of-name": both("name under several NPWP", "nama dengan beberapa NPWP"),
  };
  return html`<h2>${t("Repeated rows and keys", "Baris berulang dan kunci")}</h2>
<figure><figcaption>${t("Every row once, or more than once", "Setiap baris sekali, atau lebih")}<small>${
    stamps.length === 0
      ? t("no column says when a row was loaded", "tidak ada kolom penanda waktu muat")
      : html`${t("load stamps", "penanda muat")}: <code>${stamps.join(", ")}</code>`
  }</small></figcaption>${stack(parts)}</figure>
${
  keys.length === 0
    ? ""
    : grid(
        t("Keys, declared and proposed", "Kunci, dinyatakan dan diusulkan"),
        [
          t("columns", "kolom"),
          t("different", "berbeda"),
          t("rows beyond the first", "baris sesudah yang pertama"),
          t("missing", "kosong"),
          t("keys with several contents", "kunci dengan beberapa isi"),
          t("for example rows", "misalnya baris"),
        ],
        keys.map((key) => [
          html`<code>${key.columns.join(" + ")}</code>${key.declared ? html` <span class="soft small">(${t("declared", "dinyatakan")})</span>` : ""}`,
          { n: count(key.distinct) },
          { n: count(key.again) },
          { n: count(key.missing) },
          { n: count(key.differing) },
          key.examples
            .slice(0, 2)
            .map((rows) => rows.map(count).join(", "))
            .join(" · "),
        ]),
      )
}
${
  pairs.length === 0
    ? ""
    : grid(
        t("Numbers and names that should go together once", "Nomor dan nama yang semestinya berpasangan tunggal"),
        [
          t("what", "apa"),
          t("column", "kolom"),
          t("with", "dengan"),
          t("compared", "dibandingkan"),
          t("with several", "lebih dari satu"),
          t("for example rows", "misalnya baris"),
        ],
        pairs.map((pair) => [
          pairName[pair.name]![language],
          html`<code>${pair.of}</code>`,
          html`<code>${pair.with}</code>`,
          { n: count(pair.values) },
          { n: count(pair.several) },
          pair.examples
            .slice(0, 2)
            .map((rows) => rows.map(count).join(", "))
            .join(" · "),
        ]),
      )
}`;
}

function moneySection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const amounts = profile.columns.filter(({ kind, number }) => kind === "money" && number !== null && number.count > 0);
  if (amounts.length === 0) return html``;
  return html`<h2>${t("Money", "Uang")}</h2>
${grid(
  t("Sums, exact to the sen", "Jumlah, tepat sampai sen"),
  [
    t("column", "kolom"),
    t("as the rows come", "apa adanya"),
    t("without the very same rows", "tanpa baris persis sama"),
    t("without rows sent again", "tanpa baris terkirim ulang"),
    t("with fractions", "berpecahan"),
    t("zero", "nol"),
    t("negative", "negatif"),
  ],
  amounts.map(({ name, number }) => {
    const sums = profile.sums.find(({ column }) => column === name);
    return [
      html`<code>${name}</code>`,
      { n: rupiah(number!.sum) },
      { n: sums === undefined ? "–" : rupiah(sums.withoutRepeated) },
      { n: sums === undefined ? "–" : rupiah(sums.withoutReloaded) },
      { n: count(number!.fractional) },
      { n: count(number!.zeros) },
      { n: count(number!.negative) },
    ];
  }),
)}
<div class="two">${amounts.map(({ name, number }) => {
    const { histogram, quantiles, outliers } = number!;
    if (histogram.length === 0 || quantiles === null) return "";
    const place = (value: number) => {
      const first = Math.log10(histogram[0]!.from) * 3;
      return Math.log10(value) * 3 - first;
    };
    return html`<figure><figcaption><code>${name}</code><small>${t("how many amounts of which size; the axis grows tenfold in three steps", "berapa banyak jumlah menurut besarnya; sumbu naik sepuluh kali dalam tiga langkah")}</small></figcaption>
${columnPlot(
  histogram.map(({ from, count: times }) => ({ label: roughly(from, language), value: times, text: count(times) })),
  [{ at: place(quantiles.p50), label: `${t("median", "median")} ${roughly(quantiles.p50, language)}` }],
  480,
)}
<p class="small soft">${t("least", "terkecil")} ${rupiah(number!.min)} · ${t("largest", "terbesar")} ${rupiah(number!.max)} · ${t("middle half", "separuh tengah")} ${roughly(quantiles.p25, language)} – ${roughly(quantiles.p75, language)} · ${t("far from the others", "jauh dari yang lain")}: ${count((outliers?.above ?? 0) + (outliers?.below ?? 0))}</p>
<details><summary>${t("As a table", "Sebagai tabel")}</summary>${grid(
      name,
      [t("from", "dari"), t("to", "sampai"), t("amounts", "jumlah")],
      histogram.map(({ from, to, count: times }) => [
        roughly(from, language),
        roughly(to, language),
        { n: count(times) },
      ]),
    )}</details></figure>`;
  })}</div>`;
}

function numbersSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const looked = profile.columns.filter(({ identifiers }) => identifiers !== null);
  if (looked.length === 0) return html``;
  const good = new Set(["15_checkdigit_ok", "16_leading0_ok"]);
  return html`<h2>${t("Tax and identity numbers", "Nomor pajak dan identitas")}</h2>
<div class="two">${looked.map(({ name, identifiers }) => {
    const classes = Object.entries(identifiers!).sort(([, a], [, b]) => b! - a!);
    return html`<div>${grid(
      name,
      [t("form", "bentuk"), "", t("rows", "baris"), t("share", "bagian")],
      classes.map(([kind, times]) => [
        (IDENTIFIER[kind] ?? both(kind, kind))[language],
        shareBar(
          times!,
          profile.rows,
          good.has(kind) ? "bar" : kind.includes("wrong") || kind === "scientific" ? "bar3" : "bar2",
        ),
        { n: count(times!) },
        { n: share(times!, profile.rows) },
      ]),
    )}</div>`;
  })}</div>`;
}

function columnsSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const say = (words: Words) => words[language];
  const { rows } = profile;
  const missing = (column: TableProfile["columns"][number]) => column.nulls + column.empties + column.placeholders;
  const different = ({ distinct }: TableProfile["columns"][number]) =>
    `${distinct.exact ? "" : "± "}${count(distinct.count)}`;
  return html`<h2>${t("Columns", "Kolom")}</h2>
${grid(
  t("What is missing, and what each column holds", "Yang kosong, dan isi setiap kolom"),
  [
    t("column", "kolom"),
    t("holds", "berisi"),
    t("missing", "kosong"),
    "",
    t("different", "berbeda"),
    t("length", "panjang"),
    t("peculiar", "ganjil"),
  ],
  profile.columns.map((column) => {
    const odd = Object.entries(column.odd).filter(
      ([name]) => !["nonAscii", "outerSpace", "doubleSpace"].includes(name),
    );
    return [
      html`<code>${column.name}</code>`,
      html`${say(KIND[column.kind])}${column.personal === null ? "" : html` <span class="pill info">${t("personal", "pribadi")}</span>`}`,
      shareBar(missing(column), rows, "bar2"),
      { n: share(missing(column), rows) },
      { n: different(column) },
      {
        n:
          column.length.min === column.length.max
            ? count(column.length.max)
            : `${count(column.length.min)}–${count(column.length.max)}`,
      },
      odd.map(([name, times]) => `${say(ODD[name]!)} ${count(times!)}`).join(", "),
    ];
  }),
)}
${profile.columns
  .filter(({ kind }) => kind !== "empty")
  .map((column) => {
    const { date, number } = column;
    const facts: [string, Cell][] = [
      [t("null", "null"), { n: count(column.nulls) }],
      [t("empty or blank", "kosong atau spasi"), { n: count(column.empties) }],
      [t("placeholder (-, n/a …)", "pengisi (-, n/a …)"), { n: count(column.placeholders) }],
      [t("zeros only", "hanya nol"), { n: count(column.zeros) }],
      [
        t("different values", "nilai berbeda"),
        {
          n: column.distinct.exact
            ? different(column)
            : `${different(column)} (± ${(column.distinct.error * 100).toFixed(1).replace(".", ",")} %)`,
        },
      ],
      ...(column.text === null
        ? []
        : ([
            [
              t("first and last in order", "pertama dan terakhir menurut abjad"),
              `${column.text.min} … ${column.text.max}`,
            ],
          ] as [string, Cell][])),
      ...(date === null
        ? []
        : ([
            [t("dates", "tanggal"), { n: count(date.count) }],
            [t("from, to", "dari, sampai"), date.min === null ? "–" : `${day(date.min)} … ${day(date.max!)}`],
            [
              t("forms", "bentuk"),
              Object.entries(date.forms)
                .map(([name, times]) => `${name} ${count(times!)}`)
                .join(", "),
            ],
            [
              t("no date, or outside 1990–2100", "bukan tanggal, atau di luar 1990–2100"),
              { n: `${count(date.impossible)}, ${count(date.outside)}` },
            ],
          ] as [string, Cell][])),
      ...(number === null || column.kind === "date" || column.kind === "code"
        ? []
        : ([
            [t("numbers", "angka"), { n: count(number.count) }],
            [t("least, largest", "terkecil, terbesar"), `${number.min} … ${number.max}`],
            [
              t("forms", "bentuk"),
              Object.entries(number.forms)
                .map(([name, times]) => `${name} ${count(times!)}`)
                .join(", "),
            ],
          ] as [string, Cell][])),
      ...Object.entries(column.odd)
        .filter(([name]) => name !== "spaces")
        .map(([name, times]): [string, Cell] => [say(ODD[name]!), { n: count(times!) }]),
    ];
    const filled = rows - column.nulls;
    return html`<details><summary><code>${column.name}</code> <span class="soft">${say(KIND[column.kind])}, ${different(column)} ${t("different", "berbeda")}${
      column.personal === null ? "" : `, ${say(PERSONAL_WORDS[column.personal])}`
    }</span></summary><div class="two">
<div>${grid(t(`Figures of ${column.name}`, `Angka ${column.name}`), ["", t("value", "nilai")], facts)}</div>
<div>${grid(
      `${t("Most frequent values", "Nilai tersering")}: ${column.name}${column.top.missed > 0 ? ` (${t("up to", "hingga")} ${count(column.top.missed)} ${t("each not counted", "masing-masing tidak terhitung")})` : ""}`,
      [t("value", "nilai"), "", t("rows", "baris")],
      column.top.values
        .slice(0, 10)
        .map(({ value, count: times }) => [
          html`<span class="code">${value === "" ? t("(empty)", "(kosong)") : value}</span>`,
          shareBar(times, filled),
          { n: count(times) },
        ]),
    )}
${grid(
  `${t("Patterns (9 a digit, A and a letters)", "Pola (9 digit, A dan a huruf)")}: ${column.name}`,
  [t("pattern", "pola"), "", t("rows", "baris")],
  [
    ...column.patterns.values
      .slice(0, 8)
      .map(({ value, count: times }): Cell[] => [
        html`<span class="code">${value}</span>`,
        shareBar(times, filled),
        { n: count(times) },
      ]),
    ...(column.patterns.others + column.patterns.values.slice(8).reduce((sum, each) => sum + each.count, 0) > 0
      ? [
          [
            t("other patterns", "pola lain"),
            "",
            {
              n: count(
                column.patterns.others + column.patterns.values.slice(8).reduce((sum, each) => sum + each.count, 0),
              ),
            },
          ] as Cell[],
        ]
      : []),
  ],
)}</div></div></details>`;
  })}`;
}

function rulesSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (profile.rules.length === 0) return html``;
  return html`<h2>${t("Rules of quality", "Aturan mutu")}</h2>${grid(
    t("Rules and the rows that break them", "Aturan dan baris yang melanggarnya"),
    [
      t("rule", "aturan"),
      t("condition", "syarat"),
      t("level", "tingkat"),
      t("judged", "dinilai"),
      t("broken", "dilanggar"),
      "",
      t("allowed", "batas"),
    ],
    profile.rules.map(({ id, check, level, judged, broken, maxPercent }) => [
      id,
      html`<code>${check}</code>`,
      level,
      { n: count(judged) },
      { n: count(broken) },
      { n: share(broken, judged) },
      { n: maxPercent === undefined ? "–" : `${String(maxPercent).replace(".", ",")} %` },
    ]),
  )}`;
}

function faultsSection(profile: TableProfile, language: Language): Html {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  if (profile.faults.length === 0) return html``;
  return html`<h2>${t("What could not be read as it stands", "Yang tidak dapat dibaca apa adanya")}</h2>${grid(
    t("Faults of reading", "Kesalahan pembacaan"),
    [t("fault", "kesalahan"), t("column", "kolom"), t("rows", "baris"), t("first at", "pertama di")],
    profile.faults.map(({ code, column, count: times, at }) => [
      REASONS[code][language],
      column,
      { n: count(times) },
      at,
    ]),
  )}`;
}
