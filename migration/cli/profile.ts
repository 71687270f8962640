// The verbs that look at the sources before anything is moved: inventory, profile, assess.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Command } from "commander";
import {
  Exit,
  table as grid,
  type Language,
  languageOption,
  Progress,
  paint,
  print,
  say,
  strict,
  Usage,
} from "../../server/cli/terminal.ts";
import { bytes, count, rupiah } from "../../server/domain/report/spelled.ts";
import { assess, type CheckResult, isBlocked, standardRules } from "../profile/assess.ts";
import { type FileProposal, type Inventory, inventory } from "../profile/inventory.ts";
import { Links } from "../profile/links.ts";
import { mainSum, profile, type TableProfile } from "../profile/profile.ts";
import { profilePage, SEVERITY } from "../profile/profile-page.ts";
import { type DatasetPlace, readSources, type SourcesPlan } from "../profile/read-sources.ts";
import { assessmentPage, inventoryPage, profilesPage } from "../profile/report-pages.ts";
import { STAGES } from "../profile/stage-of.ts";
import type { Source, Table } from "../row.ts";
import { openSource } from "../sources/open-source.ts";
import { sniff } from "../sources/sniff.ts";
import { sourceFiles } from "../sources/source-files.ts";
import { conclude, Ended } from "./exits.ts";

const REPORTS = ".migrate";

type Options = { folder: string; json?: true; lang: Language };

/** `migrate inventory`, `migrate profile` and `migrate assess`. */
export function profileCommands(): Command[] {
  return [inventoryCommand(), profileCommand(), assessCommand()];
}

function common(command: Command): Command {
  return strict(command)
    .option("--folder <dir>", "the project folder, with waves.yaml / folder proyek, berisi waves.yaml", ".")
    .option("--json", "print JSON / cetak JSON")
    .addOption(languageOption());
}

// ---- inventory

function inventoryCommand(): Command {
  return common(new Command("inventory"))
    .description(
      "What the sources hold: tables, keys, counts, personal data. / Isi sumber: tabel, kunci, jumlah, data pribadi.",
    )
    .option(
      "--no-count",
      "do not read tables through that do not count themselves / jangan membaca tabel untuk menghitung",
    )
    .addHelpText(
      "after",
      `
Does      Lists every table of every source in waves.yaml: columns with their types, primary and foreign keys, exact
          rows, bytes, owner, columns that concern persons, the order in which tables depend on each other, and references
          that run in a circle. Of delimited files it proposes encoding and delimiter. Sources are only read.
Writes    .migrate/inventory.json and .migrate/inventory.html (one file, works offline).
Needs     waves.yaml with its sources; the rest of the plan may be unfinished.
Wrong     A source that does not answer or a damaged file ends the verb: half a list is no list.
Decides   The LPSE administrator, what belongs into the migration; the owner of a source, whether the list is whole.
Exit      0 all listed · 1 a source is damaged · 2 usage · 5 plan · 75 a source does not answer: try again

Fungsi    Mendaftar semua tabel tiap sumber: kolom dan tipenya, kunci, jumlah baris tepat, ukuran, pemilik, kolom data
          pribadi, urutan ketergantungan, dan rujukan melingkar. Untuk berkas teks diusulkan pengodean dan pemisahnya.
          Sumber hanya dibaca. Hasil: .migrate/inventory.json dan .html.`,
    )
    .action((options: Options & { count: boolean }) =>
      conclude(options.lang, async () => {
        const { folder, lang, json } = options;
        const found = await withSources(folder, await readSources(folder), (sources, plan) =>
          listed(folder, plan, sources, lang, options.count),
        );
        await keep(join(folder, REPORTS, "inventory.json"), JSON.stringify(found, null, 1));
        await keep(join(folder, REPORTS, "inventory.html"), inventoryPage(found, { language: lang, on: today() }));
        if (json) print(JSON.stringify(found, null, 2));
        else printInventory(found, lang);
        return Exit.done;
      }),
    );
}

async function listed(
  folder: string,
  plan: SourcesPlan,
  sources: readonly Source[],
  lang: Language,
  counted = true,
): Promise<Inventory> {
  const watch = new Watch(lang);
  const found = await inventory(sources, {
    count: counted,
    proposals: await proposalsOf(folder, plan),
    progress: (source, table, rows) => watch.rows("inventory", source, table, rows, undefined, undefined),
  });
  watch.end();
  return found;
}

async function proposalsOf(folder: string, { sources }: SourcesPlan): Promise<FileProposal[]> {
  const proposals: FileProposal[] = [];
  for (const [source, settings] of Object.entries(sources)) {
    if (settings.engine !== "csv") continue;
    for (const { name, path } of await sourceFiles(resolve(folder), settings.path)) {
      const { encoding, delimiter } = await sniff(path);
      const declared = { encoding: settings.encoding, delimiter: settings.delimiter };
      proposals.push({ source, table: name, declared, encoding, delimiter });
    }
  }
  return proposals;
}

function printInventory({ tables, cycles, dangling, proposals }: Inventory, lang: Language): void {
  const t = (en: string, id: string) => say({ en, id }, lang);
  print(
    grid(
      [
        t("source", "sumber"),
        t("table", "tabel"),
        t("stage", "tahap"),
        t("rows", "baris"),
        t("size", "ukuran"),
        t("columns", "kolom"),
        t("personal", "pribadi"),
        t("key", "kunci"),
      ],
      tables.map(({ source, table, stage, rows, bytes: size, columns, key }) => [
        source,
        table,
        STAGES[stage][lang],
        rows === null ? "?" : count(rows),
        size === null ? "–" : bytes(size),
        count(columns.length),
        count(columns.filter(({ personal }) => personal !== null).length),
        key.join("+") || "–",
      ]),
      [3, 4, 5, 6],
    ),
  );
  for (const { table, notes } of tables) for (const note of notes) print(`  ${table}: ${note[lang]}`);
  for (const circle of cycles) print(`${t("circle", "melingkar")}: ${[...circle, circle[0]].join(" → ")}`);
  for (const { table, to } of dangling)
    print(t(`${table} refers to ${to}, which is not there`, `${table} merujuk ${to} yang tidak ada`));
  for (const { table, encoding, delimiter } of proposals)
    print(
      `${table}: ${encoding.value}${encoding.sure ? "" : "?"}, ${JSON.stringify(delimiter.value)}${delimiter.sure ? "" : "?"}`,
    );
  print(paint("dim", `${REPORTS}/inventory.html`));
}

// ---- profile

function profileCommand(): Command {
  return common(new Command("profile"))
    .description("Every row read, every column told. / Seluruh baris dibaca, setiap kolom dijelaskan.")
    .argument(
      "[names...]",
      "datasets, sources or tables; all datasets of the plan unless said / dataset, sumber, atau tabel",
    )
    .option("--all", "all tables of the sources, not only those that a dataset names / semua tabel")
    .addHelpText(
      "after",
      `
Does      Reads each table to its proven end, once, in bounded memory, and tells what is in it: what is missing, how many
          different values, shapes, lengths, dates, sums exact to the sen with and without rows sent again, outliers,
          keys and what contradicts itself under one key, tax numbers by their check digit, stray blanks and characters,
          which packages reach which stage, and how many rows break each quality rule of the plan.
Writes    .migrate/profile/<source>.json (what the owner signs for: the same data give the same bytes),
          .migrate/profile/<source>/<table>.html, .migrate/profile/index.html. Pages work offline. Of columns that
          concern persons they show forms, never values.
Needs     waves.yaml with its sources. Room in the temporary folder: about 40 bytes a row and key.
Wrong     A source that changes or breaks off ends the verb with nothing written for it: run it again.
Decides   The owner of each source reads his profile and signs for it: prasasti migrate plan sign-off.
Rules     quality:
            - { id: Q1, on: kontrak, check: "nilai_kontrak > 0", level: fail, onRow: reject }
            - { id: Q2, on: kontrak, check: "tgl_selesai >= tgl_mulai", level: warn, maxPercent: 0.5 }
          Conditions: = != < <= > >=, in [0, "-"], matches "99.999.999.9-999.999" (9 digit, A capital, a small letter,
          x either, ? any, * any number) or matches npwp | nik | nip | nib | date | number, and, or, not, + - *,
          exists(x) year(x) month(x) length(x) number(x) digits(x) trim(x) lower(x) starts(x, "…") contains(x, "…").
          Columns by name, in backticks where they hold blanks. What is missing makes a comparison unknown, and an
          unknown condition is not broken: ask for presence with exists(x).
Exit      0 all read to the end · 1 a source is damaged · 2 usage · 5 plan or rule · 7 disk full · 75 try again

Fungsi    Membaca setiap tabel sampai akhir, sekali, dengan memori terbatas, lalu menjelaskan isinya: yang kosong, nilai
          berbeda, bentuk, tanggal, jumlah tepat sampai sen dengan dan tanpa baris terkirim ulang, pencilan, kunci,
          NPWP menurut digit periksa, spasi dan karakter ganjil, serta aturan mutu. Kolom data pribadi hanya ditampilkan
          bentuknya. Pemilik sumber membaca lalu menandatangani profilnya.`,
    )
    .action((names: string[], options: Options & { all?: true }) =>
      conclude(options.lang, async () => {
        const { folder, lang, json } = options;
        const plan = await readSources(folder);
        const looked = await withSources(folder, plan, (sources) =>
          look(folder, plan, sources, names, options.all === true, lang),
        );
        await keepProfiles(folder, looked, assessed(plan, looked), lang);
        if (json)
          print(JSON.stringify({ tables: looked.profiles, links: looked.links, awards: looked.awards }, null, 2));
        else {
          printProfiles(looked.profiles, lang);
          print(paint("dim", `${REPORTS}/profile/index.html`));
        }
        return Exit.done;
      }),
    );
}

type Looked = {
  inventory: Inventory;
  profiles: TableProfile[];
  links: ReturnType<Links["compare"]>["links"];
  awards: ReturnType<Links["compare"]>["awards"];
  /** sources of which every table that counts was read */
  whole: string[];
};

/** Reads the tables that are meant, in the order of the plan, else of the sources. */
async function look(
  folder: string,
  plan: SourcesPlan,
  sources: readonly Source[],
  names: readonly string[],
  all: boolean,
  lang: Language,
): Promise<Looked> {
  const found = await inventory(sources, { count: false, proposals: await proposalsOf(folder, plan) });
  const tables = new Map<string, readonly Table[]>();
  for (const source of sources) tables.set(source.name, await source.tables());
  const everything = sources.flatMap((source) =>
    tables.get(source.name)!.map(({ name }): DatasetPlace => ({ id: name, source: source.name, table: name })),
  );
  // a table that the plan names and no source has is told by assess, not passed over here
  const inPlan = plan.datasets.filter(({ source, table }) =>
    everything.some((each) => each.source === source && each.table === table),
  );
  const usual = all || inPlan.length === 0 ? everything : distinctPlaces(inPlan);
  const wanted =
    names.length === 0 ? usual : distinctPlaces(names.flatMap((name) => meant(name, usual, everything, inPlan)));
  const links = new Links();
  const watch = new Watch(lang);
  try {
    const profiles: TableProfile[] = [];
    for (const { source: sourceName, table: tableName } of wanted) {
      const source = sources.find(({ name }) => name === sourceName)!;
      const own = tables.get(sourceName)!;
      const table = own.find(({ name }) => name === tableName)!;
      const columns = table.columns.map(({ name }) => name);
      const datasets = plan.datasets
        .filter((each) => each.source === sourceName && each.table === tableName)
        .map(({ id }) => id);
      const stamps = datasets.map((id) => plan.stamps.get(id)).find((each) => each !== undefined);
      const result = await profile(source, table, {
        rules: [...plan.rules.filter(({ on }) => datasets.includes(on)), ...standardRules(columns)],
        links: links.keeper(sourceName, table, own),
        ...(stamps === undefined ? {} : { stamps }),
        progress: (rows, at) =>
          watch.rows(
            "profile",
            sourceName,
            tableName,
            rows,
            table.rows,
            table.bytes === undefined ? undefined : placeIn(at, table.bytes),
          ),
      });
      watch.done("profile", result);
      profiles.push(result);
    }
    watch.end();
    const read = new Set(profiles.map(({ source, table }) => `${source}/${table}`));
    return {
      inventory: {
        ...found,
        tables: found.tables.map((each) => ({
          ...each,
          rows:
            each.rows ??
            profiles.find(({ source, table }) => source === each.source && table === each.table)?.rows ??
            null,
        })),
      },
      profiles,
      ...links.compare(),
      whole: sources
        .map(({ name }) => name)
        .filter(
          (name) =>
            usual
              .filter(({ source }) => source === name)
              .every(({ source, table }) => read.has(`${source}/${table}`)) &&
            usual.some(({ source }) => source === name),
        ),
    };
  } finally {
    links.close();
  }
}

function distinctPlaces(places: readonly DatasetPlace[]): DatasetPlace[] {
  return [...new Map(places.map((place) => [`${place.source}\0${place.table}`, place])).values()];
}

function meant(
  name: string,
  usual: readonly DatasetPlace[],
  everything: readonly DatasetPlace[],
  datasets: readonly DatasetPlace[],
): readonly DatasetPlace[] {
  const dataset = datasets.filter(({ id }) => id === name);
  if (dataset.length > 0) return dataset;
  const source = usual.filter((each) => each.source === name);
  if (source.length > 0) return source;
  const table = everything.filter((each) => each.table === name || `${each.source}/${each.table}` === name);
  if (table.length > 0) return table;
  const known = [
    ...new Set([
      ...datasets.map(({ id }) => id),
      ...everything.map(({ source }) => source),
      ...everything.map(({ table }) => table),
    ]),
  ];
  throw new Usage({
    en: `There is no dataset, source or table ${name}. There are: ${known.join(", ")}.`,
    id: `Tidak ada dataset, sumber, atau tabel ${name}. Yang ada: ${known.join(", ")}.`,
  });
}

/** Which part of a file the place of a row lies at, where it says its byte. */
function placeIn(at: string, size: number): number | undefined {
  const byte = /byte (\d+)/.exec(at)?.[1];
  return byte === undefined || size === 0 ? undefined : Number(byte) / size;
}

function assessed(plan: SourcesPlan, looked: Looked): CheckResult[] {
  return assess({ ...looked, plan: plan.facts });
}

/** The profile of a source is what its owner signs for: how long reading took is no part of it. */
function signed(profile: TableProfile): Omit<TableProfile, "seconds"> {
  const { seconds: _, ...rest } = profile;
  return rest;
}

async function keepProfiles(
  folder: string,
  looked: Looked,
  results: readonly CheckResult[],
  lang: Language,
): Promise<void> {
  const setting = { language: lang, on: today() };
  const pages: { profile: TableProfile; file: string }[] = [];
  const taken = new Set<string>();
  for (const profile of looked.profiles) {
    let file = `${fileName(profile.source)}/${fileName(profile.table)}.html`;
    for (let again = 2; taken.has(file); again++)
      file = `${fileName(profile.source)}/${fileName(profile.table)}-${again}.html`;
    taken.add(file);
    pages.push({ profile, file });
    await keep(join(folder, REPORTS, "profile", file), profilePage(profile, results, setting));
  }
  for (const source of looked.whole)
    await keep(
      join(folder, REPORTS, "profile", `${source}.json`),
      JSON.stringify({ source, tables: looked.profiles.filter((each) => each.source === source).map(signed) }, null, 1),
    );
  await keep(
    join(folder, REPORTS, "profile", "index.html"),
    profilesPage(pages, looked.links, looked.awards, results, setting),
  );
}

function fileName(name: string): string {
  const safe = name
    .replace(/[^\p{L}\p{N}._-]+/gu, "_")
    .replace(/^\.+/, "_")
    .slice(0, 120);
  return safe === "" ? "_" : safe;
}

function printProfiles(profiles: readonly TableProfile[], lang: Language): void {
  const t = (en: string, id: string) => say({ en, id }, lang);
  print(
    grid(
      [
        t("table", "tabel"),
        t("rows", "baris"),
        t("sent again", "terkirim ulang"),
        t("key", "kunci"),
        t("different", "berbeda"),
        t("sum without rows sent again", "jumlah tanpa baris terkirim ulang"),
        t("rows/s", "baris/dtk"),
      ],
      profiles.map((each) => {
        const { table, rows, reloaded, keys, seconds } = each;
        const sum = mainSum(each);
        return [
          table,
          count(rows),
          count(reloaded),
          keys[0]?.columns.join("+") ?? "–",
          keys[0] === undefined ? "–" : count(keys[0].distinct),
          sum === undefined ? "–" : `${sum.column} ${rupiah(sum.withoutReloaded)}`,
          seconds === 0 ? "–" : count(Math.round(rows / seconds)),
        ];
      }),
      [1, 2, 4, 6],
    ),
  );
}

// ---- assess

function assessCommand(): Command {
  return common(new Command("assess"))
    .description(
      "Named checks before migration; some block it. / Pemeriksaan bernama sebelum migrasi; sebagian menghalangi.",
    )
    .addHelpText(
      "after",
      `
Does      Reads the sources as \`profile\` does and runs all named checks (docs/reference/migration-checks.md): each says
          what it looked at, what it found with figures and rows, and what to do. A check is settled where the plan holds
          the rule that answers it, such as a dedupe rule for rows sent again.
Writes    .migrate/assessment.json and .migrate/assessment.html, and the profile.
Needs     waves.yaml with its sources; what the plan says of agencies, datasets, dedupe and quality is taken into account.
Wrong     A finding is not an error of the tool: the remedy names who can settle it, mostly the owner of the source.
Decides   Blocking checks: nobody may wave them through, the data or the plan must change. Others: the owner of the wave.
Exit      0 nothing blocks · 3 a blocking check is open · 1 a source is damaged · 2 usage · 5 plan · 7 disk full
          75 a source does not answer: try again

Fungsi    Membaca sumber seperti \`profile\` lalu menjalankan semua pemeriksaan bernama: yang dilihat, yang ditemukan
          beserta angka dan barisnya, dan tindakannya. Kode keluar 3: ada yang menghalangi. Pemeriksaan yang menghalangi
          tidak dapat diabaikan: data atau rencana harus diubah.`,
    )
    .action((options: Options) =>
      conclude(options.lang, async () => {
        const { folder, lang, json } = options;
        const plan = await readSources(folder);
        const looked = await withSources(folder, plan, (sources) => look(folder, plan, sources, [], false, lang));
        const results = assessed(plan, looked);
        await keepProfiles(folder, looked, results, lang);
        await keep(
          join(folder, REPORTS, "assessment.json"),
          JSON.stringify({ blocked: isBlocked(results), checks: results }, null, 1),
        );
        await keep(join(folder, REPORTS, "assessment.html"), assessmentPage(results, { language: lang, on: today() }));
        if (json) print(JSON.stringify({ blocked: isBlocked(results), checks: results }, null, 2));
        else printChecks(results, lang);
        return isBlocked(results) ? Ended.blocked : Exit.done;
      }),
    );
}

const colours = { block: "red", warn: "yellow", info: "cyan" } as const;

function printChecks(results: readonly CheckResult[], lang: Language): void {
  const t = (en: string, id: string) => say({ en, id }, lang);
  for (const { id, severity, title, remedy, found, verdict } of results) {
    if (verdict !== "open") continue;
    print(`${paint(colours[severity], id)} ${paint("bold", title[lang])} (${SEVERITY[severity][lang]})`);
    for (const each of found.slice(0, 8))
      print(
        `  ${each.table}${each.column === undefined ? "" : `.${each.column}`}: ${each.says[lang]}${each.rows?.length ? ` [${t("row", "baris")} ${each.rows.slice(0, 3).join(", ")}]` : ""}`,
      );
    if (found.length > 8) print(`  … ${count(found.length - 8)}`);
    if (severity !== "info") print(`  → ${remedy[lang]}`);
  }
  const number = (verdict: CheckResult["verdict"]) => results.filter((each) => each.verdict === verdict).length;
  const open = (severity: CheckResult["severity"]) =>
    results.filter((each) => each.verdict === "open" && each.severity === severity).length;
  print(
    t(
      `${open("block")} block, ${open("warn")} to decide, ${open("info")} to know; ${number("settled")} settled by the plan, ${number("passed")} passed, ${number("idle")} without anything to look at.`,
      `${open("block")} menghalangi, ${open("warn")} perlu putusan, ${open("info")} untuk diketahui; ${number("settled")} diselesaikan rencana, ${number("passed")} lolos, ${number("idle")} tanpa bahan.`,
    ),
  );
  print(paint("dim", `${REPORTS}/assessment.html`));
}

// ---- what the verbs share

async function withSources<T>(
  folder: string,
  plan: SourcesPlan,
  use: (sources: readonly Source[], plan: SourcesPlan) => Promise<T>,
): Promise<T> {
  const sources: Source[] = [];
  try {
    for (const [name, settings] of Object.entries(plan.sources))
      sources.push(await openSource(settings, resolve(folder), { name }));
    return await use(sources, plan);
  } finally {
    for (const source of sources) await source.close();
  }
}

/** Whole or not at all: who reads it meanwhile sees the one before. */
async function keep(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, text.endsWith("\n") ? text : `${text}\n`);
  await rename(`${path}.new`, path);
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A line on a terminal that tells how far a scan is; elsewhere an event a line on standard error, every five seconds. */
class Watch {
  readonly #line = new Progress();
  readonly #lang: Language;
  #table = "";
  #started = 0;
  #told = 0;

  constructor(lang: Language) {
    this.#lang = lang;
  }

  /** `part`: of the table that was read, where that is known better than by its rows */
  rows(
    verb: string,
    source: string,
    table: string,
    rows: number,
    of: number | undefined,
    part: number | undefined,
  ): void {
    const now = performance.now();
    if (this.#table !== `${source}/${table}`) {
      this.#table = `${source}/${table}`;
      this.#started = now;
      this.#told = now;
    }
    if (!process.stderr.isTTY && now - this.#told < 5_000) return;
    const seconds = (now - this.#started) / 1000;
    const rate = seconds > 0.2 ? Math.round(rows / seconds) : 0;
    const share = part ?? (of === undefined || of === 0 ? undefined : rows / of);
    const eta =
      share === undefined || share <= 0 || seconds < 1
        ? undefined
        : Math.max(0, Math.round((seconds / share) * (1 - share)));
    if (process.stderr.isTTY) {
      const t = (en: string, id: string) => say({ en, id }, this.#lang);
      this.#line.show(
        [
          table,
          `${count(rows)} ${t("rows", "baris")}`,
          rate > 0 ? `${count(rate)} ${t("rows/s", "baris/dtk")}` : "",
          share === undefined ? "" : `${(share * 100).toFixed(0)} %`,
          eta === undefined ? "" : `${t("left", "sisa")} ${eta >= 60 ? `${Math.floor(eta / 60)} m ` : ""}${eta % 60} s`,
        ]
          .filter((each) => each !== "")
          .join("  "),
      );
      return;
    }
    this.#told = now;
    this.#event({
      event: "progress",
      verb,
      source,
      table,
      rows,
      rate,
      ...(share === undefined ? {} : { share: Math.round(share * 1000) / 1000 }),
      ...(eta === undefined ? {} : { eta }),
    });
  }

  done(verb: string, { source, table, rows, seconds }: TableProfile): void {
    this.#line.end();
    if (!process.stderr.isTTY) this.#event({ event: "read", verb, source, table, rows, seconds });
  }

  #event(event: Record<string, unknown>): void {
    process.stderr.write(`${JSON.stringify(event)}\n`);
  }

  end(): void {
    this.#line.end();
  }
}
