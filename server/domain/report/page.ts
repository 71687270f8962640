import type { Language } from "../problems.ts";

/** Text that is HTML already; all else is escaped where it is put in. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
type Part = Html | string | number | undefined | null | false | readonly Part[];

export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  let text = strings[0]!;
  for (const [index, part] of parts.entries()) text += written(part) + strings[index + 1]!;
  return new Html(text);
}

function written(part: Part): string {
  if (part === undefined || part === null || part === false) return "";
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(written).join("");
  return String(part).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

const style = `
:root{color-scheme:light dark;--ink:#1c2630;--soft:#4f5b67;--line:#d8dee3;--faint:#eceae3;--accent:#0a5a53;--ground:#fbfaf7;--card:#fff;--bar:#2f8079;--bar2:#b9770e;--bar3:#9b1c1c;--rest:#dfe5e6;--bad:#9b1c1c;--bad-bg:#fbe9e7;--warn:#7a4b00;--warn-bg:#fdf1d8;--note:#1f4f7d;--note-bg:#e6f0f9;--good:#0b6b3a;--good-bg:#e3f4ea}
@media (prefers-color-scheme:dark){:root{--ink:#e6eaed;--soft:#a9b5bf;--line:#34404a;--faint:#222c34;--accent:#6cc7bd;--ground:#141a1f;--card:#1b232a;--bar:#55b3a9;--bar2:#dba63f;--bar3:#ef8f8f;--rest:#33404a;--bad:#ffaaa5;--bad-bg:#40201f;--warn:#f3c976;--warn-bg:#3a2d12;--note:#9cc9f2;--note-bg:#1a2f42;--good:#7fd8a5;--good-bg:#153324}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.55 system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main{max-width:68rem;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:.15rem 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.6rem 0 .6rem;padding-top:.4rem;border-top:2px solid var(--line)}
h3{font-size:1rem;margin:1.1rem 0 .4rem;overflow-wrap:anywhere}
p{margin:.4rem 0}.soft{color:var(--soft)}.small{font-size:.85rem}
.kicker{color:var(--accent);font-weight:600;margin:0}
a{color:var(--accent)}a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1.2rem 0 0;padding:0}
.tiles.wide{grid-template-columns:repeat(auto-fit,minmax(13.5rem,1fr))}.tiles div{min-width:0;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.35rem;font-weight:650;line-height:1.3}.tiles dd.long{font-size:1.02rem;white-space:nowrap;line-height:1.7}.tiles dd small{white-space:normal}@media(max-width:34rem){.tiles div:has(.long){grid-column:1/-1}}
.tiles dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:.6rem 0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.5rem .75rem 0;color:var(--soft);font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.36rem .75rem;border-top:1px solid var(--line)}
thead th,thead td{border-top:0;color:var(--soft);font-weight:600;font-size:.82rem;vertical-align:bottom}
tbody th{font-weight:600;overflow-wrap:break-word;min-width:7rem}
.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}td svg,th svg{min-width:110px;margin-top:.35rem}th .soft{font-weight:400}h3 .soft{font-weight:400}
code,.code{font:.88em/1.45 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:break-word}td .code{overflow-wrap:anywhere}
.pill{display:inline-block;border-radius:1rem;padding:.05rem .6rem;font-size:.78rem;font-weight:650;white-space:nowrap}
.block{color:var(--bad);background:var(--bad-bg)}.warn{color:var(--warn);background:var(--warn-bg)}.info,.idle{color:var(--note);background:var(--note-bg)}.settled,.passed{color:var(--good);background:var(--good-bg)}.idle{color:var(--soft);background:var(--faint)}
.find{background:var(--card);border:1px solid var(--line);border-left-width:5px;border-radius:.5rem;padding:.65rem 1rem;margin:.55rem 0}
.find h3{margin:0 0 .2rem;display:flex;gap:.6rem;align-items:baseline;flex-wrap:wrap}
.find ul{margin:.3rem 0;padding-left:1.2rem}.find.b-block{border-left-color:var(--bar3)}.find.b-warn{border-left-color:var(--bar2)}.find.b-info{border-left-color:var(--note)}.find.b-settled,.find.b-passed{border-left-color:var(--good)}.find.b-idle{border-left-color:var(--line)}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));gap:1rem;align-items:start}
figure{margin:.6rem 0;background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem}
figcaption{font-weight:600;margin-bottom:.4rem}figcaption small{display:block;font-weight:400;color:var(--soft)}
svg{display:block;max-width:100%;height:auto}svg text{fill:var(--soft);font:11px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}svg .strong{fill:var(--ink);paint-order:stroke;stroke:var(--card);stroke-width:3px}
.bar{fill:var(--bar)}.bar2{fill:var(--bar2)}.bar3{fill:var(--bar3)}.rest{fill:var(--rest)}.line-bar,.line-bar2,.line-bar3{fill:none;stroke-width:2;stroke:var(--bar)}.line-bar2{stroke:var(--bar2)}.line-bar3{stroke:var(--bar3)}.axis{stroke:var(--line)}.mark{stroke:var(--ink);stroke-dasharray:3 3}
.key{display:flex;gap:.3rem 1.1rem;flex-wrap:wrap;font-size:.85rem;margin:.4rem 0 0;padding:0;list-style:none}.key svg{display:inline-block;vertical-align:-1px;margin-right:.35rem}
details{border:1px solid var(--line);border-radius:.5rem;background:var(--card);margin:.4rem 0}
figure details,td details{border:0;margin:.3rem 0 0;background:none}
summary{cursor:pointer;padding:.5rem .9rem}figure summary,td summary{padding:.2rem 0;color:var(--soft);font-size:.85rem}
summary .soft{font-weight:400}details>div{padding:0 .9rem .9rem}
footer{margin-top:3rem;border-top:2px solid var(--line);padding-top:.8rem;color:var(--soft);font-size:.85rem}
@page{size:A4 landscape;margin:12mm}
@media print{thead{display:table-header-group}:root{color-scheme:light}body{background:#fff}main{max-width:none;padding:0}.scroll{overflow:visible}details{break-inside:avoid}figure,.find{break-inside:avoid}}
`;

/** A whole page that needs nothing from anywhere: no script, no font, no picture. */
export function page(language: Language, title: string, body: Html): string {
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

/** A sentence in which what stands between backticks is code. */
export function prose(text: string): Html {
  return html`${text.split("`").map((part, index) => (index % 2 === 0 ? part : html`<code>${part}</code>`))}`;
}

export type Cell = Html | string | { n: string | number };

/** A table that scrolls by itself where it is too wide; columns whose cells are `{n}` stand at the right. */
export function grid(caption: string, head: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const isNumber = (column: number) => rows.some((row) => isN(row[column]));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${head.map((title, column) =>
    title === ""
      ? html`<td></td>`
      : html`<th scope="col"${isNumber(column) ? new Html(' class="n"') : ""}>${title}</th>`,
  )}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${row.map((cell, column) =>
        column === 0
          ? html`<th scope="row">${isN(cell) ? cell.n : cell}</th>`
          : isN(cell)
            ? html`<td class="n">${cell.n}</td>`
            : html`<td>${cell}</td>`,
      )}</tr>\n`,
  )}</tbody></table></div>`;
}

function isN(cell: Cell | undefined): cell is { n: string | number } {
  return typeof cell === "object" && "n" in cell;
}
