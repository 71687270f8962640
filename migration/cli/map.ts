import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { Command } from "commander";
import {
  Exit,
  type Language,
  languageOption,
  Progress,
  print,
  say,
  strict,
  table,
  Usage,
} from "../../server/cli/terminal.ts";
import { Fault } from "../../server/domain/fault.ts";
import { checkMap, type MapCheck } from "../mapping/check-map.ts";
import { compileMap } from "../mapping/compile-map.ts";
import { mapJsonSchema } from "../mapping/map-schema.ts";
import { classToMask, PERSONAL_WORDS } from "../mapping/personal.ts";
import type { PlacedFault } from "../mapping/placed-yaml.ts";
import { MapFault, type MapFile, readMap } from "../mapping/read-map.ts";
import { readReferences } from "../mapping/references.ts";
import { ourMaps } from "../mapping/suggest-maps.ts";
import { readPlan } from "../plan/read-plan.ts";
import type { Dataset, Plan } from "../plan/schema.ts";
import { REASONS, type ReasonCode, type Source, type SourceRow, type Table } from "../row.ts";
import { openSource } from "../sources/open-source.ts";
import { conclude, Ended } from "./exits.ts";

type Common = { folder: string; json?: true; lang: Language };

/** `migrate map …` and `migrate clean`. */
export function mapCommands(): Command[] {
  const map = strict(new Command("map")).description(
    "How rows of a source become records of the register. / Pemetaan baris sumber menjadi catatan register.",
  );
  for (const part of [listing(), checking(), trying(), schema()]) map.addCommand(part);
  return [map, cleaning()];
}

function common(command: Command): Command {
  return strict(command)
    .option("--folder <dir>", "the folder of waves.yaml / folder waves.yaml", ".")
    .option("--json", "print JSON / cetak JSON")
    .addOption(languageOption());
}

function listing(): Command {
  return common(new Command("list"))
    .description("The maps that come with the software. / Peta yang disertakan.")
    .addHelpText(
      "after",
      guide(
        "Copy one into maps/ of your folder and change it there (`migrate init` does so for the tables it recognizes). Exit codes: 0.",
        "Salin ke maps/ di folder Anda lalu ubah di sana (`migrate init` melakukannya untuk tabel yang dikenal). Kode keluar: 0.",
      ),
    )
    .action(({ json, lang }: Common) => {
      const maps = ourMaps().map(({ file, spec, digest }) => ({
        map: file,
        id: spec.id,
        title: spec.title,
        about: spec.about,
        digest,
        gives: entitiesOf({ spec }),
      }));
      if (json) print(JSON.stringify(maps, undefined, 2));
      else
        print(
          table(
            [
              say({ en: "map", id: "peta" }, lang),
              say({ en: "for", id: "untuk" }, lang),
              say({ en: "gives", id: "menghasilkan" }, lang),
            ],
            maps.map((each) => [each.map, each.title[lang], each.gives.join(", ")]),
          ),
        );
    });
}

function schema(): Command {
  return strict(new Command("schema"))
    .description("The JSON Schema of mapping files, for editors. / Skema JSON berkas pemetaan.")
    .action(() => print(JSON.stringify(mapJsonSchema(), undefined, 2)));
}

function entitiesOf({ spec }: Pick<MapFile, "spec">): string[] {
  const some = (["process", "agency", "payment", "record"] as const).filter((name) => spec[name] !== undefined);
  return Object.keys(spec.suppliers).length > 0 ? [...some, "supplier"] : [...some];
}

// ---- check

type Checked = {
  map: string;
  dataset?: string;
  table?: string;
  faults: readonly PlacedFault[];
  unmapped: readonly string[];
  personal: MapCheck["personal"];
  total?: number;
};

function checking(): Command {
  return common(new Command("check"))
    .description(
      "Check maps in themselves and against the tables they are for. / Periksa peta dan kecocokannya dengan tabel.",
    )
    .argument("[file...]", "maps; all of the plan where none is named / peta; semua dalam rencana bila tidak disebut")
    .option("--all", "all maps of the plan / semua peta dalam rencana")
    .addHelpText(
      "after",
      guide(
        `What it does: reads each map, finds the datasets of waves.yaml that use it, and compares it with the columns of their
tables: types of fields, required fields without a column, personal data in a public place. It reads no rows and
writes nothing. A map that no dataset uses is checked in itself.
What it needs: waves.yaml and its sources, unless a file is named.
What can go wrong: a column was renamed (add its new name to \`from\`); a personal column stands in a release (remove it:
nothing allows it). Columns that are not mapped are named; whoever owns the source decides whether they matter.
Exit codes: 0 all fit; 3 a map does not fit; 1 or 75 a source cannot be read (75: try again); 2 usage; 5 the plan has to be
mended; 8 a source has changed.`,
        `Fungsi: membaca tiap peta, mencari dataset di waves.yaml yang memakainya, dan membandingkannya dengan kolom tabel:
jenis bidang, bidang wajib tanpa kolom, data pribadi di tempat terbuka. Tidak membaca baris dan tidak menulis apa pun.
Kode keluar: 0 semua cocok; 3 ada yang tidak cocok; 1 atau 75 sumber tidak terbaca (75: coba lagi); 2 salah pemakaian;
5 rencana harus diperbaiki; 8 sumber berubah.`,
      ),
    )
    .action((files: string[], { folder, json, lang, all }: Common & { all?: true }) =>
      conclude(lang, async () => {
        const results = await checkAll(folder, all ? [] : files);
        if (json) print(JSON.stringify(results, undefined, 2));
        else for (const result of results) tellCheck(result, lang);
        return results.some(({ faults }) => faults.length > 0) ? Ended.blocked : Exit.done;
      }),
    );
}

async function checkAll(folder: string, files: readonly string[]): Promise<Checked[]> {
  const plan = await planOf(folder, files.length === 0);
  const results: Checked[] = [];
  const wanted = new Set(files.map((file) => resolve(file)));
  const datasets = (plan?.datasets ?? []).filter(
    (dataset) => wanted.size === 0 || wanted.has(resolve(folder, dataset.map)),
  );
  const seen = new Set(datasets.map((dataset) => resolve(folder, dataset.map)));
  for (const file of wanted) {
    if (seen.has(file)) continue;
    const map = await mapAt(file, relative(process.cwd(), file));
    results.push(
      "faults" in map ? { map: file, ...map, unmapped: [], personal: [] } : { map: map.file, ...checkMap(map) },
    );
  }
  for (const [source, of] of bySource(datasets)) {
    await withSource(plan!, source, folder, async (opened) => {
      const tables = await opened.tables();
      for (const dataset of of) {
        const map = await mapAt(join(folder, dataset.map), dataset.map);
        const at = { map: dataset.map, dataset: dataset.id, table: dataset.table };
        if ("faults" in map) results.push({ ...at, ...map, unmapped: [], personal: [] });
        else {
          const { columns } = tableOf(tables, dataset);
          results.push({ ...at, ...checkMap(map, columns), total: columns.length });
        }
      }
    });
  }
  return results;
}

function tellCheck({ map, dataset, faults, unmapped, personal, total }: Checked, lang: Language): void {
  const mark = faults.length === 0 ? "✓" : "✗";
  const of =
    dataset === undefined
      ? ""
      : ` (${dataset}${total === undefined ? "" : `, ${total} ${say({ en: "columns", id: "kolom" }, lang)}`})`;
  print(`${mark} ${map}${of}`);
  for (const { file, line, column, ...words } of faults) print(`  ${file}:${line}:${column}: ${words[lang]}`);
  if (personal.length > 0) {
    print(
      `  ${say({ en: "kept out of every public place", id: "tidak akan terbuka" }, lang)}: ${personal.map((each) => `${each.column} (${PERSONAL_WORDS[each.class][lang]})`).join(", ")}`,
    );
  }
  if (unmapped.length > 0) print(`  ${say({ en: "not mapped", id: "tidak dipetakan" }, lang)}: ${unmapped.join(", ")}`);
}

// ---- try

function trying(): Command {
  return common(new Command("try"))
    .description("Show what a map makes of one row. / Tunjukkan hasil pemetaan satu baris.")
    .argument("<file>", "a map of the plan / peta dalam rencana")
    .requiredOption("--row <number>", "from 1 / mulai dari 1", (text) => Number(text))
    .option("--dataset <id>", "where several datasets use the map / bila beberapa dataset memakai peta ini")
    .addHelpText(
      "after",
      guide(
        "Shows raw text, what became of it and by which rule, and the records. Cells with personal data are shown by what they hold, never by their text. Exit codes: 0 mapped; 3 the row has a fault; 1 no such row; 2 usage.",
        "Menampilkan teks asli, hasilnya, aturannya, dan catatan yang dihasilkan. Sel berisi data pribadi hanya disebut jenisnya. Kode keluar: 0 terpetakan; 3 baris bermasalah; 1 baris tidak ada; 2 salah pemakaian.",
      ),
    )
    .action((file: string, { folder, json, lang, row, dataset: only }: Common & { row: number; dataset?: string }) =>
      conclude(lang, async () => {
        if (!Number.isInteger(row) || row < 1)
          throw new Usage({ en: "--row is a whole number from 1.", id: "--row adalah bilangan bulat mulai dari 1." });
        const plan = (await planOf(folder, true))!;
        const dataset = plan.datasets.find((each) =>
          only === undefined ? resolve(folder, each.map) === resolve(file) || each.map === file : each.id === only,
        );
        if (dataset === undefined)
          throw new Usage({
            en: `No dataset of the plan uses ${file}.`,
            id: `Tidak ada dataset dalam rencana yang memakai ${file}.`,
          });
        return withSource(plan, dataset.source, folder, async (source) => {
          const { columns, map } = await prepared(source, folder, dataset);
          for await (const found of rowsOf(source, dataset)) {
            if (found.row !== row) continue;
            const mapped = map(found);
            const cells = columns.map(({ name }, index) => {
              const isPrivate = mapped.private.find((each) => each.column === name);
              const steps = mapped.trail.filter((each) => each.column === name);
              const raw = found.values[index] ?? null;
              const clean = steps.length === 0 ? raw : steps.at(-1)!.after;
              const shown = (text: string | null) => (isPrivate === undefined ? masked(text) : `[${isPrivate.class}]`);
              return { column: name, raw: shown(raw), clean: shown(clean), rules: steps.map(({ rule }) => rule) };
            });
            if (json)
              print(
                JSON.stringify(
                  { row, at: found.at, cells, fragments: mapped.fragments, faults: mapped.faults },
                  undefined,
                  2,
                ),
              );
            else {
              print(found.at);
              print(
                table(
                  [
                    say({ en: "column", id: "kolom" }, lang),
                    say({ en: "raw", id: "asli" }, lang),
                    say({ en: "clean", id: "bersih" }, lang),
                    say({ en: "rules", id: "aturan" }, lang),
                  ],
                  cells.map((cell) => [
                    cell.column,
                    short(cell.raw),
                    cell.clean === cell.raw ? "=" : short(cell.clean),
                    cell.rules.join(" → "),
                  ]),
                ),
              );
              for (const { code, column, found: what } of mapped.faults)
                print(`✗ ${column ?? ""} ${REASONS[code][lang]} (${code})${what === undefined ? "" : `: ${what}`}`);
              for (const fragment of mapped.fragments) print(JSON.stringify(fragment, undefined, 2));
            }
            return mapped.faults.length === 0 ? Exit.done : Ended.blocked;
          }
          throw new Fault("row-missing", {
            explanation: {
              en: `${dataset.table} has no row ${row}.`,
              id: `${dataset.table} tidak memiliki baris ${row}.`,
            },
            remedy: { en: "Name a row of the table.", id: "Sebutkan baris yang ada." },
          });
        });
      }),
    );
}

// ---- clean

type CleanResult = {
  dataset: string;
  rows: number;
  withFaults: number;
  changes: number;
  rules: Record<string, number>;
  reasons: Partial<Record<ReasonCode, number>>;
  private: Record<string, number>;
  source: string;
};

function cleaning(): Command {
  return common(new Command("clean"))
    .description(
      "Run all maps over their sources and write what each changes, cell by cell. / Jalankan semua peta dan catat perubahan tiap sel.",
    )
    .option("--dataset <id...>", "only these / hanya ini")
    .option("--dry-run", "count, write nothing / hitung saja")
    .addHelpText(
      "after",
      guide(
        `What it does: maps every row of every dataset and writes .migrate/clean/<dataset>.ndjson: a line for each change of a
cell (row, place in the source, column, before, after, rule) and for each fault. Sources are only read, nothing reaches
the chain. Cells with personal data are told by what they hold, never by their text.
What it needs: waves.yaml, maps that pass \`map check\`, and the sources.
What can go wrong: rows with faults: the reasons are counted here and named row by row in the file. Whoever owns the source
decides whether to correct it there, to change the map, or to let the rows be rejected.
Exit codes: 0 every dataset was read to its proven end; 3 a map does not fit; 1 or 75 a source failed (75: try again);
2 usage; 5 the plan has to be mended; 8 a source has changed.`,
        `Fungsi: memetakan setiap baris tiap dataset dan menulis .migrate/clean/<dataset>.ndjson: satu baris untuk tiap perubahan
sel (baris, letak di sumber, kolom, sebelum, sesudah, aturan) dan tiap masalah. Sumber hanya dibaca, tidak ada yang
menyentuh rantai. Sel berisi data pribadi hanya disebut jenisnya.
Kode keluar: 0 semua dataset terbaca sampai akhir; 3 peta tidak cocok; 1 atau 75 sumber gagal
(75: coba lagi); 2 salah pemakaian; 5 rencana harus diperbaiki; 8 sumber berubah.`,
      ),
    )
    .action(({ folder, json, lang, dataset: only, dryRun }: Common & { dataset?: string[]; dryRun?: true }) =>
      conclude(lang, async () => {
        const plan = (await planOf(folder, true))!;
        const unknown = (only ?? []).filter((id) => !plan.datasets.some((dataset) => dataset.id === id));
        if (unknown.length > 0)
          throw new Usage({
            en: `The plan has no dataset ${unknown.join(", ")}.`,
            id: `Rencana tidak memiliki dataset ${unknown.join(", ")}.`,
          });
        const datasets = plan.datasets.filter(({ id }) => only === undefined || only.includes(id));
        const faults = (
          await checkAll(
            folder,
            datasets.map((dataset) => join(folder, dataset.map)),
          )
        ).flatMap((each) => each.faults);
        if (faults.length > 0) {
          for (const { file, line, column, ...words } of faults) print(`${file}:${line}:${column}: ${words[lang]}`);
          return Ended.blocked;
        }
        const results: CleanResult[] = [];
        for (const [source, of] of bySource(datasets)) {
          await withSource(plan, source, folder, async (opened) => {
            for (const dataset of of) results.push(await cleanDataset(opened, folder, dataset, dryRun === true));
          });
        }
        if (!dryRun)
          await writeWhole(join(folder, ".migrate/clean/summary.json"), `${JSON.stringify(results, undefined, 2)}\n`);
        if (json) print(JSON.stringify(results, undefined, 2));
        else tellClean(results, lang);
        return Exit.done;
      }),
    );
}

async function cleanDataset(source: Source, folder: string, dataset: Dataset, isDry: boolean): Promise<CleanResult> {
  const { map } = await prepared(source, folder, dataset);
  const result: CleanResult = {
    dataset: dataset.id,
    rows: 0,
    withFaults: 0,
    changes: 0,
    rules: {},
    reasons: {},
    private: {},
    source: "",
  };
  const path = join(folder, ".migrate/clean", `${dataset.id}.ndjson`);
  if (!isDry) await mkdir(join(folder, ".migrate/clean"), { recursive: true });
  const out = isDry ? undefined : createWriteStream(`${path}.part`);
  const failure = out === undefined ? undefined : finished(out);
  // a full disk is told at the next write, not as a rejection that nobody waits for
  failure?.catch(() => undefined);
  const progress = new Progress();
  const scan = source.rows(dataset.table);
  for (;;) {
    const next = await scan.next();
    if (next.done) {
      // read to its proven end
      result.source = next.value.sha256;
      break;
    }
    let lines = "";
    for (const row of next.value) {
      const { trail, faults, private: cells } = map(row);
      result.rows++;
      result.changes += trail.length;
      if (faults.length > 0) result.withFaults++;
      for (const { rule } of trail) result.rules[rule] = (result.rules[rule] ?? 0) + 1;
      for (const { code } of faults) result.reasons[code] = (result.reasons[code] ?? 0) + 1;
      for (const cell of cells) result.private[cell.class] = (result.private[cell.class] ?? 0) + 1;
      if (out === undefined) continue;
      for (const { column, before, after, rule } of trail)
        lines += `${JSON.stringify({ row: row.row, at: row.at, column, before: masked(before), after: masked(after), rule })}\n`;
      for (const fault of faults)
        lines += `${JSON.stringify({ row: row.row, at: row.at, fault: fault.code, column: fault.column, found: fault.found })}\n`;
    }
    if (out !== undefined && lines !== "" && !out.write(lines))
      await Promise.race([new Promise((done) => out.once("drain", done)), failure]);
    progress.show(`${dataset.id} ${result.rows}`);
  }
  progress.end();
  if (out !== undefined) {
    out.end();
    await failure;
    await rename(`${path}.part`, path);
  }
  return result;
}

function tellClean(results: readonly CleanResult[], lang: Language): void {
  const number = (value: number) => value.toLocaleString(lang);
  print(
    table(
      [
        say({ en: "dataset", id: "dataset" }, lang),
        say({ en: "rows", id: "baris" }, lang),
        say({ en: "changes", id: "perubahan" }, lang),
        say({ en: "rows with faults", id: "baris bermasalah" }, lang),
      ],
      results.map((each) => [each.dataset, number(each.rows), number(each.changes), number(each.withFaults)]),
      [1, 2, 3],
    ),
  );
  const rules = new Map<string, number>();
  for (const { rules: own } of results)
    for (const [rule, count] of Object.entries(own)) rules.set(rule, (rules.get(rule) ?? 0) + count);
  print();
  print(
    table(
      [say({ en: "rule", id: "aturan" }, lang), say({ en: "cells", id: "sel" }, lang)],
      [...rules].sort((a, b) => b[1] - a[1]).map(([rule, count]) => [rule, number(count)]),
      [1],
    ),
  );
  const reasons = results.flatMap(({ dataset, reasons: own }) =>
    Object.entries(own).map(([code, count]) => [dataset, REASONS[code as ReasonCode][lang], number(count)]),
  );
  if (reasons.length === 0) return;
  print();
  print(
    table(
      [
        say({ en: "dataset", id: "dataset" }, lang),
        say({ en: "reason", id: "alasan" }, lang),
        say({ en: "rows", id: "baris" }, lang),
      ],
      reasons,
      [2],
    ),
  );
}

// ---- what they share

async function planOf(folder: string, isNeeded: boolean): Promise<Plan | undefined> {
  try {
    return await readPlan(folder);
  } catch (error) {
    if (!isNeeded && error instanceof Fault && error.code === "plan-missing") return undefined;
    throw error;
  }
}

function bySource(datasets: readonly Dataset[]): Map<string, Dataset[]> {
  const groups = new Map<string, Dataset[]>();
  for (const dataset of datasets) groups.set(dataset.source, [...(groups.get(dataset.source) ?? []), dataset]);
  return groups;
}

async function withSource<T>(
  plan: Plan,
  name: string,
  folder: string,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const settings = plan.sources[name];
  if (settings === undefined) {
    throw new Fault("source-unknown", {
      explanation: { en: `The plan has no source ${name}.`, id: `Rencana tidak memiliki sumber ${name}.` },
      remedy: { en: "Name it under `sources`.", id: "Sebutkan di `sources`." },
    });
  }
  const source = await openSource(settings, folder, { name });
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

function tableOf(tables: readonly Table[], { id, table: name, source }: Dataset): Table {
  const found = tables.find((each) => each.name === name);
  if (found !== undefined) return found;
  throw new Fault("table-missing", {
    explanation: {
      en: `Dataset ${id}: the source ${source} has no table ${name}.`,
      id: `Dataset ${id}: sumber ${source} tidak memiliki tabel ${name}.`,
    },
    remedy: {
      en: "See its tables with: prasasti migrate inventory",
      id: "Lihat tabelnya dengan: prasasti migrate inventory",
    },
  });
}

async function mapAt(path: string, shown: string): Promise<MapFile | { faults: readonly PlacedFault[] }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new Fault(
      "map-missing",
      {
        explanation: { en: `There is no map ${shown}.`, id: `Tidak ada peta ${shown}.` },
        remedy: {
          en: "See those that come with the software: prasasti migrate map list",
          id: "Lihat peta yang disertakan: prasasti migrate map list",
        },
      },
      { cause },
    );
  }
  try {
    return readMap(text, shown);
  } catch (error) {
    if (error instanceof MapFault) return { faults: error.placed };
    throw error;
  }
}

async function prepared(source: Source, folder: string, dataset: Dataset) {
  const { columns } = tableOf(await source.tables(), dataset);
  const file = await mapAt(join(folder, dataset.map), dataset.map);
  if ("faults" in file) throw new MapFault(file.faults);
  return { columns, map: compileMap(file, columns, { references: await readReferences(file, source) }) };
}

async function* rowsOf(source: Source, { table: name }: Dataset): AsyncGenerator<SourceRow> {
  for await (const batch of source.rows(name)) yield* batch;
}

/** A text as it may be written down: what looks like somebody's number is told by its kind. */
function masked(text: string | null): string | null {
  const found = text === null ? undefined : classToMask(text);
  return found === undefined ? text : `[${found}]`;
}

function short(text: string | null): string {
  if (text === null) return "∅";
  const line = text.replace(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.part`, text);
  await rename(`${path}.part`, path);
}

function guide(en: string, id: string): string {
  return `\n${en}\n\n${id}`;
}
