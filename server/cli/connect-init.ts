import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import type { Words } from "../domain/problems.ts";
import { type FirstConnectors, firstConnectors, type NamedAgency } from "../integrations/connect/first-connectors.ts";
import {
  type Findings,
  type FoundTable,
  type LeftFile,
  lookIntoFiles,
} from "../integrations/connect/look-into-files.ts";
import { plain } from "../integrations/feeds/plain.ts";
import { readConnectors } from "../integrations/settings.ts";
import { occupantOf } from "../store/data-folder.ts";
import { Client } from "./client.ts";
import { complain, Exit, type Language, Progress, paint, print, run, say, table, Usage } from "./terminal.ts";

type Options = {
  out: string;
  agency: string[];
  treasury?: string;
  force?: true;
  data: string;
  url?: string;
  lang: Language;
  json?: true;
};

/** `connect init`: a first connectors.yaml from a folder of somebody's own files. */
export function addInit(verb: Command): void {
  verb
    .argument("<folder...>", "where your files lie: exports, lists, bank statements; or single files")
    .option("--out <file>", "the file to write", "connectors.yaml")
    .option("--agency <id=codes>", "ID=CODE[,CODE]: an agency of the register and how your files call it", several, [])
    .option("--treasury <id>", "the agency that issues payments (SP2D)")
    .option("--force", "write over a file that is there")
    .addHelpText(
      "after",
      `
Does      Reads JSON, CSV, XLSX, camt.053, MT940, OCDS and dumps below the folder, finds the map that fits each table
          and what it makes of the rows, encodings, delimiters, header rows, offices. Writes connectors.yaml. Nothing is
          recorded, and no row is kept or shown.
Needs     Files. Where a gateway runs (--url, or the one with --data open), it is asked for ids and stems of --agency.
Decides   Nobody: it is a proposal. Lines with "ISI / FILL IN" are for people.
Exit codes: 0 written and whole, 1 yours to fix (a file is there already, nothing can be read), 2 usage, ${Exit.look} written, and
something waits for a person: lines to fill in, files that no map fits, rows that are refused.

Example / Contoh:
  prasasti connect init berkas/ --agency "ID-PRS-DPUPR=1.03.0.00.0.00.01.0000" --treasury ID-PRS-TIRTARAYA`,
    )
    .action((folders: string[], options: Options) => run(options.lang, () => init(folders, options)));
}

const several = (given: string, before: string[]) => [...before, given];

async function init(folders: readonly string[], options: Options): Promise<number> {
  const { lang, json, force } = options;
  const out = path.resolve(options.out);
  const asked = options.agency.map(agencyIn);
  if (!force && existsSync(out)) throw isThere(options.out);
  const { treasury } = options;
  if (treasury !== undefined && !asked.some(({ id }) => id === treasury)) asked.push({ id: treasury, codes: [] });
  const agencies = await named(asked, options);
  const progress = new Progress();
  const findings = await lookIntoFiles(folders, (file) => progress.show(path.basename(file)));
  progress.end();
  const first = firstConnectors(findings, { folder: path.dirname(out), agencies, treasury });
  if (first.jobs.length === 0) {
    tellLeft(findings.left, lang);
    throw new Usage(
      {
        en: "Nothing was written: no file there fits a map.",
        id: "Tidak ada yang ditulis: tidak ada berkas yang cocok dengan peta.",
      },
      Exit.yours,
    );
  }
  const copies = [...first.copies].map(([name, text]) => ({ file: path.join(path.dirname(out), name), text }));
  const there = copies.find(({ file }) => !force && existsSync(file));
  if (there !== undefined) throw isThere(there.file);
  await mkdir(path.dirname(out), { recursive: true });
  const flag = force ? "w" : "wx";
  for (const { file, text } of copies) await writeFile(file, text, { flag });
  await writeFile(out, first.text, { flag });
  const faults: Words[] = [];
  await readConnectors(out, faults);
  if (json) print(JSON.stringify(toldAsJson(options.out, findings, first), null, 2));
  else tell(options.out, findings, first, agencies, lang);
  for (const fault of faults) complain(say(fault, lang));
  if (faults.length > 0) return Exit.yours;
  const refused = findings.tables.some(({ uses }) => uses.some((use) => use.refused.size > 0));
  return findings.left.length + first.open.length > 0 || refused ? Exit.look : Exit.done;
}

type Asked = { readonly id: string; readonly codes: readonly string[] };

function agencyIn(text: string): Asked {
  const at = text.indexOf("=");
  const id = text.slice(0, at).trim();
  const codes = text
    .slice(at + 1)
    .split(",")
    .map((code) => code.trim())
    .filter((code) => code !== "");
  if (at < 1 || id === "" || codes.length === 0)
    throw new Usage({
      en: `--agency ${text}: write ID=CODE or ID=CODE,CODE, such as ID-PRS-DPUPR=1.03.0.00.0.00.01.0000.`,
      id: `--agency ${text}: tulis ID=KODE atau ID=KODE,KODE, misalnya ID-PRS-DPUPR=1.03.0.00.0.00.01.0000.`,
    });
  return { id, codes };
}

/** With their stems as registered, where a gateway can be asked; else with a guess that the file marks. */
async function named(asked: readonly Asked[], { data, url, lang }: Options): Promise<NamedAgency[]> {
  const byId = new Map<string, string[]>();
  for (const { id, codes } of asked) byId.set(id, [...(byId.get(id) ?? []), ...codes]);
  const address = url ?? (await occupantOf(data))?.address;
  if (byId.size === 0) return [];
  if (address === undefined) return [...byId].map(([id, codes]) => ({ id, codes, stem: guessedStem(id), sure: false }));
  type Row = { kind: string; details: { id?: string }; stems?: string[] };
  const { agencies } = await new Client(address, { language: lang }).get<{ agencies: Row[] }>(
    "/api/v1/authority/agencies",
  );
  const stems = new Map(agencies.map(({ details, stems: of = [] }) => [details.id, of]));
  return [...byId].map(([id, codes]) => {
    const [stem] = stems.get(id) ?? [];
    if (!stems.has(id))
      throw new Usage(
        {
          en: `${id} is not registered at ${address}; prasasti agency list shows who is.`,
          id: `${id} tidak terdaftar di ${address}; lihat prasasti agency list.`,
        },
        Exit.yours,
      );
    // who only pays begins no process
    return { id, codes, stem: stem ?? guessedStem(id), sure: true };
  });
}

/** As stems are made: a prefix and a short name in small letters. */
function guessedStem(id: string): string {
  return `ocds-213czf-${id
    .slice(id.lastIndexOf("-") + 1)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")}`;
}

function isThere(file: string): Usage {
  return new Usage(
    {
      en: `${file} is there already and was left as it is. Name another with --out, or write over it with --force.`,
      id: `${file} sudah ada dan dibiarkan. Sebutkan berkas lain dengan --out, atau timpa dengan --force.`,
    },
    Exit.yours,
  );
}

// ---- what it says

const nameOf = ({ file, table: part, isPart }: Pick<FoundTable, "file" | "table" | "isPart">) =>
  plain(isPart ? `${path.basename(file)} / ${part}` : path.basename(file));

function tell(
  out: string,
  findings: Findings,
  { jobs, open, copies }: FirstConnectors,
  agencies: readonly NamedAgency[],
  lang: Language,
): void {
  const heads = [
    { en: "file", id: "berkas" },
    { en: "rows", id: "baris" },
    { en: "taken", id: "terambil" },
    { en: "refused", id: "ditolak" },
    { en: "map", id: "peta" },
    { en: "sink", id: "tujuan" },
    { en: "connector", id: "konektor" },
  ].map((words) => say(words, lang));
  const rows = jobs.map(({ table: of, use, job }, at) => {
    const own = of.uses.find(({ sink }) => sink === use.sink) ?? use;
    const refused = [...own.refused.values()].reduce((sum, each) => sum + each, 0);
    const shown = refused > 0 ? paint("yellow", String(refused)) : "0";
    const again = at > 0 && jobs[at - 1]!.table === of;
    return [again ? "" : nameOf(of), String(of.rows), String(own.taken), shown, own.map, own.sink, paint("bold", job)];
  });
  print(table(heads, rows, [1, 2, 3]));
  const reasons = jobs.flatMap(({ table: of, use }) => {
    const own = of.uses.find(({ sink }) => sink === use.sink) ?? use;
    return [...own.refused].map(([why, many]) => `  ${nameOf(of)}: ${why}: ${many}`);
  });
  if (reasons.length > 0) {
    print(
      `\n${say({ en: "Rows that would be set aside, by reason and column:", id: "Baris yang akan disisihkan, menurut sebab dan kolom:" }, lang)}`,
    );
    for (const reason of reasons) print(reason);
  }
  tellLeft(findings.left, lang);
  if (open.length > 0) {
    print(
      `\n${say({ en: `To fill in in ${out} (lines with ISI / FILL IN):`, id: `Yang perlu diisi di ${out} (baris bertanda ISI / FILL IN):` }, lang)}`,
    );
    for (const { words, jobs: of } of open)
      print(`  ${paint("yellow", "!")} ${say(words, lang)}${of.length === 0 ? "" : `: ${of.join(", ")}`}`);
  }
  const codes = new Set(findings.offices.flatMap((office) => office.codes));
  for (const { id, codes: own } of agencies)
    for (const code of own.filter((each) => !codes.has(each)))
      print(
        `  ${paint("yellow", "!")} ${say({ en: `${id}: no row names the code ${code}`, id: `${id}: tidak ada baris dengan kode ${code}` }, lang)}`,
      );
  print(`\n${paint("green", "✓")} ${[out, ...copies.keys()].join(", ")}`);
  const sinks = new Set(jobs.map(({ use }) => use.sink));
  const [first] = jobs;
  const next: [string, Words][] = [
    [
      `PRASASTI_CONNECTORS=${out} npm start`,
      { en: "start the gateway with it (in another terminal)", id: "jalankan gateway dengannya (di terminal lain)" },
    ],
    ["prasasti connect list", { en: "every connector", id: "semua konektor" }],
    [
      `prasasti connect test ${first!.job}`,
      { en: "look at the beginning, keep nothing", id: "lihat awalnya, tanpa menyimpan" },
    ],
    [`prasasti connect run ${first!.job}`, { en: "read it", id: "baca" }],
    ...(sinks.has("procurement")
      ? ([
          [
            "prasasti connect proposals --as KEY",
            { en: "what officers can sign", id: "yang dapat ditandatangani pejabat" },
          ],
        ] as [string, Words][])
      : []),
    ...(sinks.has("payments")
      ? ([
          [
            "prasasti payments queue --as KEY",
            { en: "payments that wait for the treasurer", id: "pembayaran yang menunggu bendahara" },
          ],
        ] as [string, Words][])
      : []),
  ];
  print(`\n${say({ en: "Next", id: "Berikutnya" }, lang)}:`);
  const width = Math.max(...next.map(([command]) => command.length));
  for (const [command, words] of next) print(`  ${command.padEnd(width)}   ${paint("dim", say(words, lang))}`);
}

function tellLeft(left: readonly LeftFile[], lang: Language): void {
  if (left.length === 0) return;
  print(`\n${say({ en: "Not read:", id: "Tidak dibaca:" }, lang)}`);
  const byRemedy = left.toSorted((a, b) => (a.remedy.en < b.remedy.en ? -1 : a.remedy.en > b.remedy.en ? 1 : 0));
  for (const [at, { file, table: part, words, remedy }] of byRemedy.entries()) {
    const isPart = part !== undefined && part !== path.basename(file, path.extname(file));
    print(`  ${paint("yellow", "!")} ${nameOf({ file, table: part ?? "", isPart })}: ${say(words, lang)}`);
    if (byRemedy[at + 1]?.remedy.en !== remedy.en) print(`    ${say(remedy, lang)}`);
  }
}

function toldAsJson(out: string, { left, offices }: Findings, { jobs, open, copies }: FirstConnectors): object {
  return {
    file: out,
    copies: [...copies.keys()],
    tables: jobs.map(({ table: of, use, job }) => {
      const { map, sink, taken, leftOut, refused } = of.uses.find(({ sink: own }) => own === use.sink) ?? use;
      return {
        file: of.file,
        table: of.table,
        rows: of.rows,
        taken,
        leftOut,
        refused: Object.fromEntries(refused),
        map,
        sink,
        job,
      };
    }),
    left,
    offices,
    open,
  };
}
