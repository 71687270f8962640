import type { RegisterView } from "../actions/project-block.ts";

/** The page at `/`: what this is, how the register stands, five things to try. Plain HTML, nothing from elsewhere. */
export function homePage(view: {
  language: "en" | "id";
  mode: "sandbox" | "production";
  register: RegisterView;
  operator: string;
}): string {
  const { language, mode, register } = view;
  const t = texts[language];
  const { checkpoint } = register;
  const number = new Intl.NumberFormat(language === "id" ? "id-ID" : "en-GB");
  const time =
    checkpoint === undefined
      ? "–"
      : new Intl.DateTimeFormat(language === "id" ? "id-ID" : "en-GB", {
          dateStyle: "medium",
          timeStyle: "medium",
          timeZone: "Asia/Jakarta",
        }).format(checkpoint.time * 1000);
  // the sandbox's own contract, or the place where the reader puts one of his
  const ocid = mode === "sandbox" ? "ocds-213czf-dpupr-jalan-2026-01" : "OCID";
  const tries = t.tries
    .map(([title, command]) => [title, command.replace("{ocid}", ocid)] as const)
    .map(([title, command]) => `<li><strong>${html(title)}</strong><pre><code>${html(command)}</code></pre></li>`)
    .join("");
  return `<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Prasasti</title>
<style>
:root{--ink:#1d2733;--soft:#5b6875;--line:#d9dee4;--accent:#0b5d56;--ground:#fbfbf9}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:46rem;margin:0 auto;padding:3rem 1.25rem 4rem}h1{font-size:2.2rem;line-height:1.15;margin:.2em 0}h2{font-size:1.15rem;margin:2.4rem 0 .6rem}
.mark{background:#fff3cd;border-bottom:1px solid #e5d28a;padding:.5rem 1.25rem;text-align:center;font-size:.92rem}
.lead{font-size:1.12rem;color:var(--soft)}a{color:var(--accent)}dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem;margin:1.5rem 0 0}
dl div{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem;background:#fff}dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.25rem;font-variant-numeric:tabular-nums}
dd.small{font-size:.95rem}ol{padding-left:1.2rem}li{margin:.9rem 0}pre{background:#10202b;color:#e8eef2;border-radius:.4rem;padding:.7rem .9rem;overflow:auto;margin:.4rem 0 0;font-size:.88rem}
.root{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.82rem;overflow-wrap:anywhere;color:var(--soft)}
</style></head>
<body>${mode === "sandbox" ? `<div class="mark">${html(t.sandbox)}</div>` : ""}
<main>
<p><a href="/?lang=${language === "id" ? "en" : "id"}">${language === "id" ? "English" : "Bahasa Indonesia"}</a></p>
<h1>Prasasti</h1><p class="lead">${html(t.lead)}</p>
<dl><div><dt>${html(t.entries)}</dt><dd>${number.format(register.entries)}</dd></div>
<div><dt>${html(t.logSize)}</dt><dd>${number.format(register.log.size)}</dd></div>
<div><dt>${html(t.block)}</dt><dd>${number.format(register.block)}</dd></div>
<div><dt>${html(t.checkpoint)}</dt><dd class="small">${html(time)}${checkpoint === undefined ? "" : " WIB"}</dd></div></dl>
<p class="root">${html(checkpoint === undefined ? "" : `${t.root} ${checkpoint.root}`)}</p>
<h2>${html(t.reference)}</h2><p><a href="/docs">${html(t.docs)}</a> · <a href="/api/v1/openapi.json">OpenAPI 3.1</a> · <a href="/health/ready">${html(t.health)}</a></p>
<h2>${html(t.try)}</h2><ol>${tries}</ol>
<h2>${html(t.trust)}</h2><p>${html(t.trustText)}</p>
</main></body></html>`;
}

const html = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[c]!);

const local = "http://127.0.0.1:8080";
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
    docs: "API, offline",
    health: "State of this gateway",
    try: "Five things to try",
    tries: [
      ["All processes", `curl -s ${local}/api/v1/ocids`],
      ["One contract, with what was paid and what is left", `curl -s ${local}/api/v1/processes/{ocid}`],
      ["Its whole history, with who signed in which office", `curl -s ${local}/api/v1/processes/{ocid}/history`],
      ["The signed checkpoint that pins all of it", `curl -s ${local}/api/v1/checkpoints`],
      ["Check an OCDS file of your own", "npx prasasti ocds check FILE"],
    ],
    trust: "What you can rely on, and what not",
    trustText:
      "Each entry counts because holders of the right offices signed it and the ledger checked signatures, offices, dates and thresholds. On this embedded chain, entries newer than the last checkpoint held outside could still be rewritten by the operator: finality is operator-signed.",
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
    docs: "API, luring",
    health: "Keadaan gateway ini",
    try: "Lima hal untuk dicoba",
    tries: [
      ["Semua proses", `curl -s ${local}/api/v1/ocids`],
      ["Satu kontrak, dengan yang dibayar dan sisanya", `curl -s ${local}/api/v1/processes/{ocid}`],
      ["Seluruh riwayatnya, dengan penanda tangan dan jabatannya", `curl -s ${local}/api/v1/processes/{ocid}/history`],
      ["Checkpoint bertanda tangan yang mengunci semuanya", `curl -s ${local}/api/v1/checkpoints`],
      ["Periksa berkas OCDS Anda sendiri", "npx prasasti ocds check BERKAS"],
    ],
    trust: "Apa yang dapat diandalkan, dan apa yang tidak",
    trustText:
      "Setiap entri berlaku karena pemegang jabatan yang tepat menandatanganinya dan ledger memeriksa tanda tangan, jabatan, tanggal, dan ambang. Pada rantai tertanam ini, entri yang lebih baru daripada checkpoint terakhir di luar masih dapat ditulis ulang oleh pengelola: finalitas ditandatangani pengelola.",
  },
} as const;
