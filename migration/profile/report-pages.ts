import type { Language, Words } from "../../server/domain/problems.ts";
import { grid, html, page } from "../../server/domain/report/page.ts";
import { columns as columnPlot, shareBar } from "../../server/domain/report/plots.ts";
import { bytes, count, day, share } from "../../server/domain/report/spelled.ts";
import { PERSONAL_WORDS } from "../mapping/personal.ts";
import { type CheckResult, isBlocked, type Severity } from "./assess.ts";
import type { Inventory } from "./inventory.ts";
import type { AwardProfile, LinkProfile } from "./links.ts";
import type { TableProfile } from "./profile.ts";
import { findings, type PageSetting, SEVERITY } from "./profile-page.ts";
import { STAGES } from "./stage-of.ts";

/** All tables that were profiled, with the way to the page of each. `file`: the name of that page. */
export function profilesPage(
  profiles: readonly { profile: TableProfile; file: string }[],
  links: readonly LinkProfile[],
  awards: readonly AwardProfile[],
  results: readonly CheckResult[],
  { language, on }: PageSetting,
): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const rows = profiles.reduce((sum, { profile }) => sum + profile.rows, 0);
  const again = profiles.reduce((sum, { profile }) => sum + profile.reloaded, 0);
  const openAt = (table: string, severity: Severity) =>
    results.filter(
      (each) =>
        each.severity === severity &&
        each.verdict === "open" &&
        each.found.some((one) => one.table.split(", ").includes(table)),
    ).length;
  const body = html`
<p class="kicker">${t("Profile of the legacy data", "Profil data lama")}</p>
<h1>${t("What the sources hold", "Isi sumber data")}</h1>
<p class="soft">${day(on)} · ${t("every row of every table was read", "setiap baris setiap tabel dibaca")}</p>
<dl class="tiles"><div><dt>${t("Tables", "Tabel")}</dt><dd>${count(profiles.length)}</dd></div>
<div><dt>${t("Rows", "Baris")}</dt><dd>${count(rows)}</dd></div>
<div><dt>${t("Sent again", "Terkirim ulang")}</dt><dd>${count(again)}<small>${share(again, rows)}</small></dd></div>
<div><dt>${t("Findings", "Temuan")}</dt><dd>${count(results.filter(({ verdict }) => verdict === "open").length)}<small>${order
    .map(
      (severity) =>
        `${results.filter((each) => each.severity === severity && each.verdict === "open").length} ${SEVERITY[severity][language]}`,
    )
    .join(" · ")}</small></dd></div></dl>
<h2>${t("Tables", "Tabel")}</h2>
${grid(
  t("Tables and what is to be decided about them", "Tabel dan yang perlu diputuskan"),
  [
    t("table", "tabel"),
    t("stage", "tahap"),
    t("rows", "baris"),
    t("sent again", "terkirim ulang"),
    t("key", "kunci"),
    t("different keys", "kunci berbeda"),
    t("blocks", "menghalangi"),
    t("to decide", "perlu putusan"),
  ],
  profiles.map(({ profile, file }) => [
    html`<a href="${encodeURIComponent(file)}">${profile.table}</a><br><span class="soft small">${profile.source}</span>`,
    STAGES[profile.stage][language],
    { n: count(profile.rows) },
    { n: count(profile.reloaded) },
    html`<code>${profile.keys[0]?.columns.join(" + ") ?? "–"}</code>`,
    { n: profile.keys[0] === undefined ? "–" : count(profile.keys[0].distinct) },
    { n: count(openAt(profile.table, "block")) },
    { n: count(openAt(profile.table, "warn")) },
  ]),
)}
${linksSection(links, awards, language)}
<footer><p>${t("All of it as data: <source>.json beside this page, for which the owner of the source signs.", "Semuanya sebagai data: <sumber>.json di sebelah halaman ini, yang ditandatangani pemilik sumber.")}</p></footer>`;
  return page(language, t("Profile of the legacy data", "Profil data lama"), body);
}

const order: readonly Severity[] = ["block", "warn", "info"];

function linksSection(links: readonly LinkProfile[], awards: readonly AwardProfile[], language: Language) {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const stepwise = links.filter(({ by }) => !by.includes("("));
  const groups = Map.groupBy(stepwise, ({ by, source }) => `${source}: ${by}`);
  if (stepwise.length === 0) return html``;
  return html`<h2>${t("From stage to stage", "Dari tahap ke tahap")}</h2>
<p>${t("A package should be in each stage before the one that it reached. What is missing was never recorded, or was not sent.", "Paket semestinya ada di setiap tahap sebelum tahap yang dicapainya. Yang tidak ada berarti tidak dicatat, atau tidak terkirim.")}</p>
${[...groups].map(([by, members]) => {
  const stages = [...new Map(members.flatMap(({ from, keys }) => [[from.stage, keys] as const]))].sort(
    ([a], [b]) => ranks.indexOf(a) - ranks.indexOf(b),
  );
  return html`<figure><figcaption>${t("Different packages by stage", "Paket berbeda menurut tahap")}<small><code>${by}</code></small></figcaption>${columnPlot(
    stages.map(([stage, keys]) => ({
      label: /\((.*)\)/.exec(STAGES[stage][language])?.[1] ?? STAGES[stage][language],
      value: keys,
      text: count(keys),
    })),
  )}<details><summary>${t("What is missing, as a table", "Yang tidak ada, sebagai tabel")}</summary>${grid(
    by,
    [t("in", "ada di"), t("but not in", "tetapi tidak di"), "", t("packages", "paket"), t("missing", "tidak ada")],
    members
      .toSorted((a, b) => b.without - a.without)
      .map(({ from, to, keys, without }) => [
        STAGES[from.stage][language],
        STAGES[to.stage][language],
        shareBar(without, keys, "bar2"),
        { n: count(keys) },
        { n: count(without) },
      ]),
  )}</details></figure>`;
})}
${
  awards.length === 0
    ? ""
    : grid(
        t("Values of contracts against their awards", "Nilai kontrak terhadap penunjukannya"),
        [
          t("by", "menurut"),
          t("compared", "dibandingkan"),
          t("equal", "sama"),
          t("within a rupiah", "selisih di bawah Rp 1"),
          t("above", "di atas"),
          t("below", "di bawah"),
          t("tenfold", "sepuluh kali"),
        ],
        awards.map(({ by, compared, equal, rounded, above, below, tenfold }) => [
          by,
          ...[compared, equal, rounded, above, below, tenfold].map((value) => ({ n: count(value) })),
        ]),
      )
}`;
}
const ranks = Object.keys(STAGES);

/** What there is, for whoever plans: tables, keys, personal data, order. */
export function inventoryPage(
  { tables, order, cycles, dangling, proposals }: Inventory,
  { language, on }: PageSetting,
): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const rows = tables.reduce((sum, each) => sum + (each.rows ?? 0), 0);
  const size = tables.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
  const personal = tables.flatMap(({ source, table, columns }) =>
    columns.filter((column) => column.personal !== null).map((column) => ({ source, table, column })),
  );
  const body = html`
<p class="kicker">${t("Inventory of the sources", "Inventaris sumber")}</p>
<h1>${t("What there is", "Yang tersedia")}</h1>
<p class="soft">${day(on)}</p>
<dl class="tiles"><div><dt>${t("Sources", "Sumber")}</dt><dd>${count(new Set(tables.map(({ source }) => source)).size)}</dd></div>
<div><dt>${t("Tables", "Tabel")}</dt><dd>${count(tables.length)}</dd></div>
<div><dt>${t("Rows", "Baris")}</dt><dd>${count(rows)}</dd></div>
<div><dt>${t("Size", "Ukuran")}</dt><dd>${bytes(size)}</dd></div>
<div><dt>${t("Columns with personal data", "Kolom data pribadi")}</dt><dd>${count(personal.length)}</dd></div></dl>
<h2>${t("Tables", "Tabel")}</h2>
${grid(
  t("Tables of all sources", "Tabel semua sumber"),
  [
    t("table", "tabel"),
    t("stage", "tahap"),
    t("rows", "baris"),
    t("size", "ukuran"),
    t("columns", "kolom"),
    t("key", "kunci"),
    t("refers to", "merujuk"),
    t("owner", "pemilik"),
  ],
  tables.map(({ source, table, stage, rows, bytes: size, columns, key, references, owner, notes }) => [
    html`${table}<br><span class="soft small">${source}${notes.map((words) => html`<br>${words[language]}`)}</span>`,
    STAGES[stage][language],
    { n: rows === null ? "?" : count(rows) },
    { n: size === null ? "–" : bytes(size) },
    { n: count(columns.length) },
    key.length === 0
      ? html`<span class="soft">${t("none", "tidak ada")}</span>`
      : html`<code>${key.join(" + ")}</code>`,
    references.map(({ columns, table }) => `${columns.join(" + ")} → ${table}`).join(", "),
    owner ?? "",
  ]),
)}
<h2>${t("Columns with personal data", "Kolom berisi data pribadi")}</h2>
<p>${t("By the names of the columns. They stay off chain.", "Menurut nama kolomnya. Tidak masuk rantai.")}</p>
${
  personal.length === 0
    ? html`<p>${t("None.", "Tidak ada.")}</p>`
    : grid(
        t("Columns with personal data", "Kolom berisi data pribadi"),
        [t("column", "kolom"), t("table", "tabel"), t("concerns", "menyangkut")],
        personal.map(({ table, column }) => [
          html`<code>${column.name}</code>`,
          table,
          PERSONAL_WORDS[column.personal!][language],
        ]),
      )
}
<h2>${t("Order of loading", "Urutan pemuatan")}</h2>
${
  order.every(([, table]) => tables.find((each) => each.table === table)?.references.length === 0)
    ? html`<p>${t("No source declares references between its tables: the order follows from the ranks of the datasets in the plan.", "Tidak ada sumber yang menyatakan rujukan antartabel: urutannya mengikuti peringkat dataset dalam rencana.")}</p>`
    : html`<ol>${order.map(([source, table]) => html`<li>${table} <span class="soft small">${source}</span></li>`)}</ol>`
}
${cycles.map((circle) => html`<section class="find b-warn"><h3>${t("References in a circle", "Rujukan melingkar")}</h3><p>${[...circle, circle[0]].join(" → ")}</p></section>`)}
${dangling.map(({ table, to }) => html`<section class="find b-warn"><h3>${t("Points to a table that is not there", "Merujuk tabel yang tidak ada")}</h3><p>${table} → ${to}</p></section>`)}
${
  proposals.length === 0
    ? ""
    : html`<h2>${t("What the files seem to be", "Dugaan bentuk berkas")}</h2>${grid(
        t(
          "Encoding and delimiter: proposals, the plan decides",
          "Pengodean dan pemisah: usulan, rencana yang menentukan",
        ),
        [
          t("table", "tabel"),
          t("encoding", "pengodean"),
          t("why", "alasan"),
          t("delimiter", "pemisah"),
          t("why", "alasan"),
        ],
        proposals.map(({ table, encoding, delimiter }) => [
          table,
          `${encoding.value}${encoding.sure ? "" : " ?"}`,
          encoding.why[language],
          html`<code>${JSON.stringify(delimiter.value)}</code>${delimiter.sure ? "" : " ?"}`,
          delimiter.why[language],
        ]),
      )}`
}`;
  return page(language, t("Inventory of the sources", "Inventaris sumber"), body);
}

const VERDICT: Readonly<Record<CheckResult["verdict"], Words>> = {
  open: { en: "open", id: "terbuka" },
  settled: { en: "settled by the plan", id: "diselesaikan rencana" },
  passed: { en: "passed", id: "lolos" },
  idle: { en: "nothing to look at", id: "tidak ada bahan" },
};

/** All checks: what is open first, then what passed, each by its stable id. */
export function assessmentPage(results: readonly CheckResult[], { language, on }: PageSetting): string {
  const t = (en: string, id: string) => (language === "id" ? id : en);
  const blocked = isBlocked(results);
  const number = (verdict: CheckResult["verdict"], severity?: Severity) =>
    results.filter((each) => each.verdict === verdict && (severity === undefined || each.severity === severity)).length;
  const told = results.filter(({ verdict }) => verdict === "open" || verdict === "settled");
  const rest = results.filter(({ verdict }) => verdict === "passed" || verdict === "idle");
  const body = html`
<p class="kicker">${t("Assessment before migration", "Penilaian sebelum migrasi")}</p>
<h1>${blocked ? t("Not ready: something blocks", "Belum siap: ada yang menghalangi") : t("Nothing blocks", "Tidak ada yang menghalangi")}</h1>
<p class="soft">${day(on)} · ${t(`${results.length} checks`, `${results.length} pemeriksaan`)}</p>
<dl class="tiles">
<div><dt>${t("Block", "Menghalangi")}</dt><dd>${count(number("open", "block"))}</dd></div>
<div><dt>${t("To decide", "Perlu putusan")}</dt><dd>${count(number("open", "warn"))}</dd></div>
<div><dt>${t("To know", "Untuk diketahui")}</dt><dd>${count(number("open", "info"))}</dd></div>
<div><dt>${t("Settled by the plan", "Diselesaikan rencana")}</dt><dd>${count(number("settled"))}</dd></div>
<div><dt>${t("Passed", "Lolos")}</dt><dd>${count(number("passed"))}<small>${count(number("idle"))} ${VERDICT.idle[language]}</small></dd></div></dl>
<h2>${t("What was found", "Yang ditemukan")}</h2>
${told.length === 0 ? html`<p>${t("Nothing.", "Tidak ada.")}</p>` : foundByTable(told, language)}
<h2>${t("What was looked at besides", "Yang juga diperiksa")}</h2>
${grid(
  t("Checks that passed or had nothing to look at", "Pemeriksaan yang lolos atau tidak ada bahannya"),
  ["id", t("check", "pemeriksaan"), t("looks at", "melihat"), t("verdict", "putusan")],
  rest.map(({ id, title, looks, verdict }) => [
    id,
    title[language],
    looks[language],
    html`<span class="pill ${verdict}">${VERDICT[verdict][language]}</span>`,
  ]),
)}`;
  return page(language, t("Assessment before migration", "Penilaian sebelum migrasi"), body);
}

/** As the cards of one table, with the table before each finding. */
function foundByTable(results: readonly CheckResult[], language: Language) {
  return findings(
    results.map((result) => ({
      ...result,
      found: result.found.map((each) => ({
        ...each,
        column: each.column === undefined ? each.table : `${each.table}.${each.column}`,
      })),
    })),
    language,
  );
}
