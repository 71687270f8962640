import type { Words } from "../domain/problems.ts";
import type { RegisterView } from "../domain/projection/project-block.ts";

/** The page at `/`: what this is, how the register stands, five things to try. Plain HTML, nothing from elsewhere. */
export function homePage(view: {
  language: "en" | "id";
  mode: "sandbox" | "production";
  register: RegisterView;
  /** the address that the reader used, for what he copies */
  origin: string;
  /** a process to show, if there is any */
  example: string | undefined;
  /** blocks on top of one that counts, where a network keeps the chain and proves no finality; else 0 */
  confirmations: number;
  stories: readonly ToldStory[];
  /** there are waves of legacy records */
  waves: boolean;
  /** how far the sandbox is filled, while it is */
  filling: { done: number; total: number } | undefined;
}): string {
  const { language, mode, register, origin, example, confirmations, stories, waves, filling } = view;
  const t = texts[language];
  const { checkpoint } = register;
  const locale = language === "id" ? "id-ID" : "en-GB";
  const number = new Intl.NumberFormat(locale);
  const time =
    checkpoint === undefined
      ? "–"
      : `${new Intl.DateTimeFormat(locale, {
          dateStyle: "medium",
          timeStyle: "medium",
          timeZone: "Asia/Jakarta",
        }).format(checkpoint.time * 1000)} WIB`;
  const figures = [
    [t.entries, number.format(register.entries)],
    [t.logSize, number.format(register.log.size)],
    [t.block, number.format(register.block)],
    [t.checkpoint, time],
  ];
  const tries = commands(origin, mode, example).map(({ title, path, command }) => {
    const name = html(title[language === "id" ? 1 : 0]);
    const link = path === undefined ? name : `<a href="${html(path)}">${name}</a>`;
    return `<li><strong>${link}</strong><pre><code>${html(command)}</code></pre></li>`;
  });
  const storyLine = ({ ocid, title }: ToldStory) =>
    `<li><a href="/api/v1/records/${html(encodeURIComponent(ocid))}/history">${html(title[language])}</a></li>`;
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Prasasti</title>
<style>
${style}
</style></head>
<body>${mode === "sandbox" ? `<div class="mark">${html(t.sandbox)}</div>` : ""}
<main>
<nav><a href="/work">${html(t.work)}</a><a href="/docs">${html(t.docs)}</a><a href="/api/v1/publication-policy">${html(t.policy)}</a><a href="/?lang=${language === "id" ? "en" : "id"}" lang="${language === "id" ? "en" : "id"}">${language === "id" ? "English" : "Bahasa Indonesia"}</a></nav>
<h1>Prasasti</h1><p class="lead">${html(t.lead)}</p>
<dl>${figures.map(([name, value]) => `<div><dt>${html(name!)}</dt><dd>${html(value!)}</dd></div>`).join("")}</dl>
<p class="root">${html(checkpoint === undefined ? "" : `${t.root} ${checkpoint.root}`)}</p>
${filling === undefined ? "" : `<p>${html(t.filling)} <progress value="${filling.done}" max="${filling.total}"></progress> ${number.format(filling.done)} / ${number.format(filling.total)}</p>`}
<h2>${html(t.try)}</h2><ol>${tries.join("")}</ol>
${stories.length === 0 ? "" : `<h2>${html(t.stories)}</h2><p>${html(t.storiesText)} <code>docs/tutorial</code></p><ul>${stories.map(storyLine).join("")}</ul>`}
<h2>${html(t.trust)}</h2><p>${html(t.trustText)} ${html(confirmations === 0 ? t.trustEmbedded : `${t.trustDepth}${confirmations}.`)}</p>
<h2>${html(t.reference)}</h2><p><a href="/docs">${html(t.docs)}</a> · <a href="/api/v1/openapi.json">OpenAPI 3.1</a> · <a href="/api/v1/events">${html(t.events)}</a>${waves ? ` · <a href="/api/v1/migration/waves">${html(t.waves)}</a>` : ""} · <a href="/metrics">${html(t.metrics)}</a> · <a href="/health/ready">${html(t.health)}</a> · <a href="/api/v1/ledger">${html(t.ledger)}</a></p>
</main></body></html>`;
}

/** How our own pages look. */
export const style = `:root{color-scheme:light dark;--ink:#1c2630;--soft:#566270;--line:#d8dee3;--accent:#0a5a53;--ground:#fbfaf7;--card:#fff;--code:#f0efe9;--mark:#fdf1c7}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaed;--soft:#a3afb9;--line:#34404a;--accent:#6cc7bd;--ground:#141a1f;--card:#1b232a;--code:#10161a;--mark:#4a3d10}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
.mark{background:var(--mark);padding:.5rem 1.25rem;text-align:center;font-size:.92rem}
main{max-width:48rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}nav{display:flex;justify-content:flex-end;gap:1.25rem;font-size:.95rem;flex-wrap:wrap}
h1{font-size:2.6rem;line-height:1.1;margin:1.5rem 0 .5rem;letter-spacing:-.01em}h2{font-size:1.15rem;margin:2.6rem 0 .5rem}
.lead{font-size:1.2rem;line-height:1.5;color:var(--soft);margin:0;max-width:40rem}a{color:var(--accent)}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(10rem,1fr));gap:.8rem;margin:2rem 0 .8rem}
dl div{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;background:var(--card)}dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.2rem;font-variant-numeric:tabular-nums}
dl div:last-child dd{font-size:1rem;padding-top:.15rem}ol{padding-left:1.3rem}li{margin:1rem 0}
pre{background:var(--code);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .8rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.35rem 0 0;font-size:.86rem;line-height:1.5}
code,.root{font-family:ui-monospace,"DejaVu Sans Mono",monospace}.root{font-size:.78rem;overflow-wrap:anywhere;color:var(--soft);margin:0}`;

/** A life that the tutorial tells. */
export type ToldStory = { ocid: string; title: Words };

/** A text where markup is expected. */
export const html = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!);

/** The sandbox's road contract, which has seen everything. */
export const EXAMPLE = "ocds-213czf-dpupr-jalan-2026-01";
type Try = { title: readonly [en: string, id: string]; path?: string; command: string };

/** Five things that work when they are copied; a test runs each. `example`: a process that is there, if any is. */
export function commands(origin: string, mode: "sandbox" | "production", example: string | undefined): Try[] {
  const get = (title: Try["title"], path: string): Try => ({ title, path, command: `curl -s '${origin}${path}'` });
  const process = example === undefined ? undefined : encodeURIComponent(example);
  return [
    get(
      ["What was recorded, as OCDS releases, oldest first", "Yang tercatat, sebagai rilis OCDS, dari yang terlama"],
      "/api/v1/releases?limit=3",
    ),
    process === undefined
      ? get(["All processes; there are none yet", "Semua proses; belum ada"], "/api/v1/ocids")
      : get(
          [
            "One contract in words: what changed, who signed it, in which office",
            "Satu kontrak dalam kata-kata: apa yang berubah, siapa menandatangani, dalam jabatan apa",
          ],
          `/api/v1/records/${process}/history`,
        ),
    process === undefined
      ? get(
          ["Who may record: agencies and suppliers", "Siapa saja: instansi dan penyedia"],
          "/api/v1/authority/agencies",
        )
      : get(["What was paid, and what is left", "Yang sudah dibayar, dan sisanya"], `/api/v1/processes/${process}`),
    get(
      ["The signed checkpoint that pins all of it", "Checkpoint bertanda tangan yang mengunci semuanya"],
      "/api/v1/checkpoints?limit=1",
    ),
    mode === "sandbox"
      ? {
          title: [
            "Record something yourself, signed with a published key",
            "Catat sesuatu sendiri, ditandatangani dengan kunci yang diumumkan",
          ],
          command: `echo '{"planning": {"ocid": "ocds-213czf-dpupr-coba-1", "agency": "ID-PRS-DPUPR", "value": "25.000.000"}}' |\n  npx prasasti submit - --as sandbox:pokja --yes --url ${origin}`,
        }
      : {
          title: ["Check an OCDS file of your own", "Periksa berkas OCDS Anda sendiri"],
          command: "npx prasasti ocds check FILE",
        },
  ];
}

const texts = {
  en: {
    sandbox: "Sandbox: invented agencies, people and contracts; keys that everybody knows. Nothing here is real.",
    lead: "A register of government contracts that nobody, its operator included, can quietly rewrite, and that anybody can check without asking the operator.",
    entries: "entries",
    logSize: "leaves in the log",
    block: "block",
    checkpoint: "newest checkpoint",
    root: "Root of the log:",
    reference: "Reference",
    work: "My work",
    docs: "API reference, offline",
    policy: "Publication policy",
    ledger: "What a signer needs",
    health: "State of this gateway",
    events: "Events",
    waves: "Records taken over from older systems",
    metrics: "Metrics",
    try: "Five things to try",
    filling: "The sandbox is being filled; reading and writing work meanwhile.",
    stories: "Stories",
    storiesText: "Contracts that met something, each as its history; told in",
    trust: "What you can rely on, and what not",
    trustText:
      "Each entry counts because holders of the right offices signed it and the ledger checked signatures, offices, dates and thresholds.",
    trustEmbedded:
      "On this embedded chain, entries newer than the last checkpoint held outside could still be rewritten by the operator: finality is operator-signed.",
    trustDepth:
      "This network proves no finality: an entry is confirmed by the blocks on top of its own, and a checkpoint is signed by the operator. Blocks that count: ",
  },
  id: {
    sandbox:
      "Sandbox: instansi, orang, dan kontrak karangan; kunci yang diketahui semua orang. Tidak ada yang nyata di sini.",
    lead: "Register kontrak pemerintah yang tidak dapat diubah diam-diam oleh siapa pun, termasuk pengelolanya, dan dapat diperiksa siapa saja tanpa bertanya kepada pengelola.",
    entries: "entri",
    logSize: "daun dalam log",
    block: "blok",
    checkpoint: "checkpoint terbaru",
    root: "Akar log:",
    reference: "Rujukan",
    work: "Pekerjaan saya",
    docs: "Rujukan API, luring",
    policy: "Kebijakan publikasi",
    ledger: "Yang diperlukan penanda tangan",
    health: "Keadaan gateway ini",
    events: "Peristiwa",
    waves: "Data yang diambil alih dari sistem lama",
    metrics: "Metrik",
    try: "Lima hal untuk dicoba",
    filling: "Sandbox sedang diisi; membaca dan mencatat sudah bisa.",
    stories: "Kisah",
    storiesText: "Kontrak yang mengalami sesuatu, masing-masing sebagai riwayatnya; dikisahkan dalam",
    trust: "Apa yang dapat diandalkan, dan apa yang tidak",
    trustText:
      "Setiap entri berlaku karena pemegang jabatan yang tepat menandatanganinya dan ledger memeriksa tanda tangan, jabatan, tanggal, dan ambang.",
    trustEmbedded:
      "Pada rantai tertanam ini, entri yang lebih baru daripada checkpoint terakhir di luar masih dapat ditulis ulang oleh pengelola: finalitas ditandatangani pengelola.",
    trustDepth:
      "Jaringan ini tidak membuktikan finalitas: suatu entri dikonfirmasi oleh blok-blok di atasnya, dan checkpoint ditandatangani pengelola. Jumlah blok: ",
  },
} as const;
