import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { nameOfAct } from "../../server/domain/entries/act.ts";
import { textOf, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Language, Words } from "../../server/domain/problems.ts";
import { REASONS, type ReasonCode } from "../row.ts";
import { writeWhole } from "../stage/lot.ts";
import { type Certificate, countsOf, reportFolder } from "./certificate.ts";
import { type Job, journalFolder } from "./job.ts";
import { type Happening, Journal } from "./journal.ts";
import type { Register } from "./register.ts";
import { historyOfWave, waveOnChain } from "./wave-on-chain.ts";

/** All that is to be said of an attempt at a wave; amounts as decimal text, times RFC 3339. */
export type WaveReport = {
  wave: string;
  attempt: number;
  id: string;
  state: string;
  plan: string;
  counts: Job["counts"];
  /** read = migrated + rejected + merged + excluded */
  conserved: boolean;
  reasons: Record<string, number>;
  lots: number;
  rows: number;
  loaded: number;
  natives: number;
  acts: { act: string; at: string; signers: number }[];
  happened: Happening[];
  certificate?: Certificate;
};

/** Gathers the report of a wave and writes it as JSON and as a page that needs nothing else. */
export async function writeReport(
  job: Job,
  register: Register,
  language: Language,
): Promise<{ report: WaveReport; json: string; html: string }> {
  const wave = await waveOnChain(register, job.id);
  const history = wave === undefined ? undefined : await historyOfWave(register, wave.number);
  const closing = history?.acts.find(({ act }) => nameOfAct(act.code) === "closeWave");
  const certificate = closing === undefined ? undefined : (JSON.parse(textOf(closing.body)) as Certificate);
  const counts = closing === undefined ? job.counts : countsOf(closing.act.holder);
  const report: WaveReport = {
    ...{ wave: job.wave, attempt: job.attempt, id: job.id, plan: job.plan.hash, counts },
    state: wave?.state ?? "not open",
    conserved: counts.read === counts.migrated + counts.rejected + counts.merged + counts.excluded,
    ...{ reasons: { ...job.reasons }, lots: wave?.lots ?? 0, rows: wave?.rows ?? 0, loaded: wave?.loaded ?? 0 },
    natives: wave?.natives ?? 0,
    acts: (history?.acts ?? []).map(({ act, timeMs, signers }) => ({
      ...{ act: nameOfAct(act.code), at: new Date(timeMs).toISOString(), signers: signers.length },
    })),
    happened: await happenings(job),
    ...(certificate === undefined ? {} : { certificate }),
  };
  const folder = reportFolder(job);
  await mkdir(folder, { recursive: true });
  const [json, html] = [path.join(folder, "report.json"), path.join(folder, "report.html")];
  await writeWhole(json, utf8(`${JSON.stringify(report, null, 2)}\n`));
  await writeWhole(html, utf8(page(report, language, (id) => job.agencies.find((one) => one.id === id)?.name ?? "")));
  return { report, json, html };
}

/** What the journal tells, where no run has it open. */
async function happenings(job: Job): Promise<Happening[]> {
  const told: Happening[] = [];
  let journal: Journal;
  try {
    journal = await Journal.open(journalFolder(job));
  } catch (error) {
    if (error instanceof Fault) return told;
    throw error;
  }
  try {
    for await (const each of journal.told()) told.push(each);
  } finally {
    await journal.close();
  }
  return told;
}

const texts = {
  title: { en: "Wave", id: "Gelombang" },
  attempt: { en: "attempt", id: "percobaan" },
  rows: { en: "Source rows", id: "Baris sumber" },
  read: { en: "read", id: "dibaca" },
  migrated: { en: "migrated", id: "dimigrasikan" },
  rejected: { en: "rejected", id: "ditolak" },
  merged: { en: "merged", id: "digabung" },
  excluded: { en: "excluded", id: "dikecualikan" },
  conserved: {
    en: "the account closes: read = migrated + rejected + merged + excluded",
    id: "hitungan tertutup: dibaca = dimigrasikan + ditolak + digabung + dikecualikan",
  },
  open: { en: "the account does not close", id: "hitungan tidak tertutup" },
  reasons: { en: "Why rows did not come over", id: "Mengapa baris tidak dimigrasikan" },
  ledger: { en: "On the ledger", id: "Di buku besar" },
  lots: { en: "lots", id: "lot" },
  records: { en: "records", id: "catatan" },
  entries: { en: "entries of tiers A and B", id: "entri tingkat A dan B" },
  natives: { en: "entries signed since", id: "entri yang ditandatangani sejak itu" },
  sums: { en: "Sums by agency, year and currency", id: "Jumlah per instansi, tahun, dan mata uang" },
  agency: { en: "agency", id: "instansi" },
  year: { en: "year", id: "tahun" },
  currency: { en: "currency", id: "mata uang" },
  value: { en: "value", id: "nilai" },
  paid: { en: "paid before", id: "telah dibayar" },
  acts: { en: "Acts", id: "Perbuatan" },
  happened: { en: "What happened", id: "Yang terjadi" },
} as const satisfies Record<string, Words>;

/** @param nameOf an agency's name by its id */
function page(report: WaveReport, language: Language, nameOf: (id: string) => string): string {
  const t = (name: keyof typeof texts) => texts[name][language];
  const { counts, certificate } = report;
  const fates = (["migrated", "rejected", "merged", "excluded"] as const).map((fate) => ({ fate, rows: counts[fate] }));
  const most = Math.max(1, ...Object.values(report.reasons));
  // what has no money is counted above
  const sums = Array.isArray(certificate?.sums) ? certificate.sums.filter(({ currency }) => currency !== "") : [];
  const locale = language === "id" ? "id-ID" : "en-US";
  const number = (value: number) => value.toLocaleString(locale);
  const amount = (decimal: string) => {
    const [whole = "0", cents = "00"] = decimal.split(".");
    return `${BigInt(whole).toLocaleString(locale)}${language === "id" ? "," : "."}${cents}`;
  };
  const reasonWords = (code: string) => {
    const reason = code.split(" ").slice(1).join(" ");
    return (REASONS as Record<string, Words>)[reason as ReasonCode]?.[language] ?? code;
  };
  return `<!doctype html>
<html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(`${t("title")} ${report.wave}`)}</title>
<style>
:root{color-scheme:light dark;--line:#8884;--bar:#2f6f8f;--bad:#b23b3b}
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{border-bottom:1px solid var(--line);padding:.3rem .6rem;text-align:left}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bar{display:flex;height:1.4rem;border-radius:.3rem;overflow:hidden;background:var(--line)}
.bar span{min-width:1px}.migrated{background:var(--bar)}.rejected{background:var(--bad)}.merged{background:#9a7b2f}.excluded{background:#777}
.mark{display:inline-block;width:.8em;height:.8em;border-radius:.2em;margin-right:.3em}svg{display:block}code{overflow-wrap:anywhere}
</style>
<h1>${escaped(`${t("title")} ${report.wave}`)}, ${t("attempt")} ${report.attempt}: ${escaped(report.state)}</h1>
<p><code>${escaped(report.id)}</code></p>
<h2>${t("rows")}: ${number(counts.read)}</h2>
<div class="bar" role="img" aria-label="${fates.map(({ fate, rows }) => `${t(fate)} ${rows}`).join(", ")}">${fates
    .map(({ fate, rows }) => `<span class="${fate}" style="width:${(100 * rows) / Math.max(1, counts.read)}%"></span>`)
    .join("")}</div>
<p>${fates.map(({ fate, rows }) => `<span class="mark ${fate}"></span>${t(fate)} ${number(rows)}`).join(" · ")}</p>
<p><strong>${report.conserved ? `✓ ${t("conserved")}` : `✗ ${t("open")}`}</strong></p>
<h2>${t("reasons")}</h2>
<table>${Object.entries(report.reasons)
    .sort(([, a], [, b]) => b - a)
    .map(
      ([code, rows]) =>
        `<tr><td>${reasonWords(code) === code ? "" : `${escaped(reasonWords(code))}<br>`}<code>${escaped(code)}</code></td><td class="n">${number(rows)}</td><td style="width:40%"><svg width="100%" height="12" aria-hidden="true"><rect width="${(100 * rows) / most}%" height="12" fill="var(--bad)"/></svg></td></tr>`,
    )
    .join("")}</table>
<h2>${t("ledger")}</h2>
<table><tr><td>${t("lots")}</td><td class="n">${number(report.lots)}</td></tr><tr><td>${t("records")}</td><td class="n">${number(report.rows)}</td></tr><tr><td>${t("entries")}</td><td class="n">${number(report.loaded)}</td></tr><tr><td>${t("natives")}</td><td class="n">${number(report.natives)}</td></tr></table>
${
  sums.length === 0
    ? ""
    : `<h2>${t("sums")}</h2><table><tr><th>${t("agency")}</th><th>${t("year")}</th><th>${t("currency")}</th><th class="n">${t("records")}</th><th class="n">${t("value")}</th><th class="n">${t("paid")}</th></tr>${sums
        .map(
          ({ agency, year, currency, rows, value, paid }) =>
            `<tr><td>${escaped(nameOf(agency))}<br><code>${escaped(agency)}</code></td><td>${escaped(year)}</td><td>${escaped(currency)}</td><td class="n">${number(rows)}</td><td class="n">${amount(value)}</td><td class="n">${amount(paid)}</td></tr>`,
        )
        .join("")}</table>`
}
<h2>${t("acts")}</h2>
<table>${report.acts.map(({ act, at, signers }) => `<tr><td>${escaped(act)}</td><td>${escaped(at)}</td><td class="n">${signers}</td></tr>`).join("")}</table>
<h2>${t("happened")}</h2>
<table>${report.happened.map(({ at, what, more }) => `<tr><td>${new Date(at).toISOString()}</td><td>${escaped(what)}</td><td><code>${escaped(JSON.stringify(more ?? {}))}</code></td></tr>`).join("")}</table>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** What a run wrote last of its progress, for `status`. */
export async function lastProgress(folder: string, wave: string): Promise<Record<string, unknown> | undefined> {
  const text = await readFile(path.join(folder, "status", `${wave}.json`), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>);
}
