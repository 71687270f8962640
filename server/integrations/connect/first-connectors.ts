import path from "node:path";
import type { Words } from "../../domain/problems.ts";
import { plain } from "../feeds/plain.ts";
import type { Findings, FoundOffice, FoundTable, MapUse } from "./look-into-files.ts";

// A first `connectors.yaml` from what lies in a folder. What only people know stands there as a line to fill in, behind a
// mark, so that the file is whole as it is written: whoever takes the mark away has filled it in.

/** An agency of the register that somebody has named for codes of the rows. */
export type NamedAgency = {
  readonly id: string;
  readonly codes: readonly string[];
  /** of its ocids; `sure`: as registered, else a guess from its id */
  readonly stem: string;
  readonly sure: boolean;
};

export type FirstConnectors = {
  readonly text: string;
  /** maps that are written beside it: by their file, their text */
  readonly copies: ReadonlyMap<string, string>;
  /** which table is read by which jobs */
  readonly jobs: readonly { readonly table: FoundTable; readonly use: MapUse; readonly job: string }[];
  /** what somebody has to fill in, and at which jobs */
  readonly open: readonly OpenLine[];
};

type OpenLine = { readonly words: Words; readonly jobs: readonly string[] };

const MARK = "ISI / FILL IN";
const TODO = "ISI";

type Choices = {
  /** where the file will stand: paths in it begin there */
  readonly folder: string;
  readonly agencies: readonly NamedAgency[];
  /** id of the agency that issues payments */
  readonly treasury: string | undefined;
};

type Open = { readonly words: Words; readonly job?: string };
type SourceLine = { readonly name: string; readonly settings: object; readonly notes: readonly string[] };
type JobLine = {
  readonly id: string;
  readonly source: string;
  readonly table: string | undefined;
  readonly use: MapUse;
  readonly tables: readonly FoundTable[];
  readonly folder: string;
};

/** What cannot be decided stands in it as a line to fill in. */
export function firstConnectors({ tables, left, offices }: Findings, choices: Choices): FirstConnectors {
  const read = tables.filter(({ uses }) => uses.length > 0);
  const { sources, jobs } = new Arranging(
    read,
    left.map(({ file }) => file),
    choices.folder,
  );
  const open: Open[] = [];
  const copies = new Map(jobs.flatMap(({ use }) => (use.copy === undefined ? [] : [[use.map, use.copy] as const])));
  const text = [
    HEAD,
    agenciesText(offices, choices, open),
    block(
      "sources",
      sources.flatMap(({ name, settings, notes }) => [
        ...notes.map((note) => `  # ${note}`),
        `  ${name}: ${inline(settings)}`,
      ]),
    ),
    bankText(jobs, open),
    jobsText(jobs, choices, open),
    leftText(left, choices.folder),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
  const told = jobs.flatMap(({ id, use, tables: of }) => of.map((table) => ({ table, use, job: id })));
  const lines = groups(open, ({ words }) => words.en).map((of) => ({
    words: of[0]!.words,
    jobs: of.flatMap(({ job }) => job ?? []),
  }));
  return { text: `${text}\n`, copies, jobs: told, open: lines };
}

// ---- which source, which job

/** Tables that are read by the same maps go together, where one pattern means their files and no others. */
class Arranging {
  readonly sources: SourceLine[] = [];
  readonly jobs: JobLine[] = [];
  readonly #folder: string;
  /** every file that was found, read or not: what a pattern may mean */
  readonly #all: readonly string[];
  readonly #left: ReadonlySet<string>;

  constructor(tables: readonly FoundTable[], leftFiles: readonly string[], folder: string) {
    this.#folder = folder;
    this.#left = new Set(leftFiles);
    this.#all = [...new Set([...tables.map(({ file }) => file), ...leftFiles])];
    const readAlike = groups(tables, ({ file, form }) =>
      JSON.stringify([path.dirname(file), path.extname(file), form]),
    );
    for (const group of readAlike) {
      if (group[0]!.isPart) this.#books(group);
      else this.#files(group);
    }
  }

  /** Files that are one table each: in a folder of many kinds a job names its file, else the pattern of its source does. */
  #files(group: readonly FoundTable[]): void {
    const [{ file: first }] = group as readonly [FoundTable, ...FoundTable[]];
    const folder = path.dirname(first);
    let whole: string | undefined;
    for (const of of groups(group, ({ uses }) => mapsOf(uses))) {
      const own = of.map(({ file }) => file);
      const found = this.#pattern(own);
      // a file among many is a table of theirs, unless its name says that others will follow it
      const pattern = found === own[0] && group.length > 1 ? undefined : found;
      const looksUp = of.some(({ uses }) => uses.some(({ references }) => references.length > 0));
      if (pattern !== undefined && !looksUp) {
        const name = of.length === group.length ? path.basename(folder) : nameOf(pattern);
        this.#job(this.#source(pattern, of, name), undefined, of);
        continue;
      }
      if (isPlainPath(first))
        whole ??= this.#source(path.join(folder, `*${path.extname(first)}`), group, path.basename(folder));
      for (const each of of) {
        if (whole === undefined) this.#job(this.#source(each.file, [each], each.table), undefined, [each]);
        else this.#job(whole, each.table, [each]);
      }
    }
  }

  /** Workbooks and dumps: those with the same sheets for the same maps are one source, with a job for each sheet. */
  #books(group: readonly FoundTable[]): void {
    const files = [...new Set(group.map(({ file }) => file))];
    const sheetsOf = (file: string) => group.filter((each) => each.file === file);
    const alike = groups(files, (file) => {
      const sheets = sheetsOf(file);
      // the only sheet of a book may have any name
      return JSON.stringify(sheets.map(({ table, uses }) => [sheets.length === 1 ? "" : table, mapsOf(uses)]));
    });
    for (const of of alike) {
      const pattern = of.length === 1 ? of[0] : this.#pattern(of);
      for (const some of pattern === undefined ? of.map((file) => [file]) : [of]) {
        const own = some.flatMap(sheetsOf);
        const isOne = some.length === 1;
        const name = isOne ? nameOf(some[0]!) : path.basename(path.dirname(some[0]!));
        const source = this.#source(isOne ? some[0]! : pattern!, own, name);
        // where no sheet is named all are read: those for which there is no map too
        if (own.length === some.length && !some.some((file) => this.#left.has(file))) this.#job(source, undefined, own);
        else for (const sheets of groups(own, ({ table }) => table)) this.#job(source, sheets[0]!.table, sheets);
      }
    }
  }

  #source(pattern: string, of: readonly FoundTable[], named: string): string {
    const { engine, ...form } = of[0]!.form as { engine: string };
    const taken = new Set(this.sources.map((each) => each.name));
    const name = unique(slug(taken.has(slug(named)) ? `${named}-${engine}` : named), taken);
    this.sources.push({
      name,
      settings: { engine, path: shown(pattern, this.#folder), ...withoutDefaults(form) },
      notes: [...new Set(of.flatMap(({ unsure }) => unsure.map(({ en, id }) => `${en} / ${id}`)))],
    });
    return name;
  }

  /** Jobs are called as their map; the second one of a map as its source too, or as its table. */
  #job(source: string, table: string | undefined, tables: readonly FoundTable[]): void {
    const taken = new Set(this.jobs.map(({ id }) => id));
    for (const use of together(tables)) {
      const map = slug(use.map.replace(/\.yaml$/, ""));
      const names = [map, slug(`${map}-${source}`), slug(`${map}-${table ?? source}`)];
      const id = names.find((each) => !taken.has(each)) ?? unique(names[2]!, taken);
      taken.add(id);
      this.jobs.push({ id, source, table, use, tables, folder: path.dirname(tables[0]!.file) });
    }
  }

  /**
   * One pattern for these files and no others of their folder: their name with * for the digits that vary, or all of
   * their extension. So next month's file is read too.
   */
  #pattern(files: readonly string[]): string | undefined {
    const [only, ...more] = files as readonly [string, ...string[]];
    const whole = more.length === 0 ? only : undefined;
    if (!isPlainPath(only)) return whole;
    const beside = this.#all.filter((file) => path.dirname(file) === path.dirname(only));
    const isExact = (pattern: string) =>
      beside.every((file) => path.matchesGlob(path.basename(file), pattern) === files.includes(file));
    const named = varying(files.map((file) => path.basename(file)));
    const found = [
      ...(named === undefined ? [] : [named]),
      // of one file alone: a neighbour of another kind may come any day
      ...(whole === undefined ? [`*${path.extname(only)}`] : []),
    ].find(isExact);
    return found === undefined ? whole : path.join(path.dirname(only), found);
  }
}

const mapsOf = (uses: readonly MapUse[]) => uses.map(({ map, sink }) => `${sink} ${map}`).join("\n");
const nameOf = (file: string) => path.basename(file, path.extname(file));

/** What the maps of several tables say, as if they were one. */
function together(tables: readonly FoundTable[]): MapUse[] {
  return tables[0]!.uses.map((first, index) => {
    const uses = tables.map(({ uses: each }) => each[index]!);
    return {
      ...first,
      tellsYear: uses.every(({ tellsYear }) => tellsYear),
      years: new Set(uses.flatMap(({ years }) => [...years])),
      tellsAccount: uses.every(({ tellsAccount }) => tellsAccount),
    };
  });
}

/** `sp2d-*.csv` of `sp2d-2026-01.csv` and `sp2d-2026-02.csv`; of one name, the numbers at its end vary. */
function varying(names: readonly string[]): string | undefined {
  const parts = names.map((name) => nameOf(name).split(/(\d+)/));
  const [first] = parts as [string[], ...string[][]];
  const isAlike = parts.every(
    (of) => of.length === first.length && of.every((text, at) => at % 2 === 1 || text === first[at]),
  );
  if (!isAlike || !/^[^*?[\]{}()!]*$/.test(names[0]!)) return undefined;
  const isVarying = (at: number) =>
    at % 2 === 1 &&
    (parts.length > 1 ? parts.some((of) => of[at] !== first[at]) : /^[-_. \d]*$/.test(first.slice(at).join("")));
  const made = first
    .map((text, at) => (isVarying(at) ? "*" : text))
    .join("")
    .replace(/\*(?:[-_. ]\*)+/g, "*");
  // a name of digits alone would be a pattern for everything
  return made.includes("*") && /[\p{L}\d]/u.test(made) ? `${made}${path.extname(names[0]!)}` : undefined;
}

/** Folders whose names mean something in a pattern are named file by file. */
const isPlainPath = (file: string) => !/[*?[\]{}()!]/.test(path.dirname(file));

function groups<T>(list: readonly T[], by: (one: T) => string): T[][] {
  const found = new Map<string, T[]>();
  for (const one of list) found.set(by(one), [...(found.get(by(one)) ?? []), one]);
  return [...found.values()];
}

/** Relative where it lies below the file, so that both can be moved together. */
function shown(file: string, folder: string): string {
  const relative = path.relative(folder, file);
  return (relative.startsWith("..") ? file : relative).split(path.sep).join("/");
}

const DEFAULTS: Readonly<Record<string, string>> = {
  textColumns: "[]",
  merged: '"reject"',
  maxBytes: String(4 * 2 ** 30),
  timezone: '"UTC"',
};
function withoutDefaults(form: object): object {
  return Object.fromEntries(Object.entries(form).filter(([name, value]) => DEFAULTS[name] !== JSON.stringify(value)));
}

// ---- the text

const q = (text: string) => JSON.stringify(text);
function inline(fields: object): string {
  const shownAs = (value: unknown): string =>
    Array.isArray(value)
      ? `[${value.map(shownAs).join(", ")}]`
      : typeof value === "object" && value !== null
        ? inline(value)
        : JSON.stringify(value);
  const name = (text: string) => (/^[A-Za-z]+$/.test(text) ? text : q(text));
  return `{ ${Object.entries(fields)
    .map(([key, value]) => `${name(key)}: ${shownAs(value)}`)
    .join(", ")} }`;
}
const block = (name: string, lines: readonly string[]) => (lines.length === 0 ? "" : `${name}:\n${lines.join("\n")}`);

const HEAD = `# Written by \`prasasti connect init\`: a first proposal from the files that were there. Read it, correct it, keep it.
# Ditulis oleh \`prasasti connect init\`: usulan awal dari berkas yang ada. Baca, perbaiki, simpan.
# Lines with "${MARK}" only people know: take the # away and write what belongs there. Until then they count for nothing.
# Baris bertanda "${MARK}" hanya diketahui orang: hapus tanda #, lalu isi. Sebelum itu baris tersebut tidak berlaku.
apiVersion: prasasti/connectors/v1
timezone: Asia/Jakarta   # WIB; WITA: Asia/Makassar, WIT: Asia/Jayapura`;

function agenciesText(offices: readonly FoundOffice[], { agencies }: Choices, open: Open[]): string {
  const rest = offices.filter(({ codes }) => !agencies.some((each) => codes.some((code) => each.codes.includes(code))));
  const known = agencies.map(({ id, codes, stem, sure }) => {
    const own = offices.filter((office) => office.codes.some((code) => codes.includes(code)));
    const all = [...new Set([...codes, ...own.flatMap((office) => office.codes)])];
    const name = own.length === 1 ? own[0]!.name : undefined;
    const rows = own.reduce((sum, office) => sum + office.rows, 0);
    if (!sure)
      open.push({
        words: {
          en: `the stem of ${id}: ${stem} is a guess, as no gateway was asked`,
          id: `awalan (stem) ${id}: ${stem} adalah tebakan, karena gateway tidak ditanya`,
        },
      });
    const check = sure ? "" : `; ${MARK}: stem is a guess, see \`prasasti agency list\` / stem ini tebakan`;
    return `  - ${inline({ id, ...(name === undefined ? {} : { name }), codes: all.length === 0 ? [id] : all, stem })}   # ${count(rows)}${check}`;
  });
  if (rest.length > 0)
    open.push({
      words: {
        en: `\`agencies\`: offices of the rows that are no agency of the register yet: ${rest.length}`,
        id: `\`agencies\`: instansi dalam baris yang belum dipasangkan dengan instansi register: ${rest.length}`,
      },
    });
  const todo = rest.map(
    ({ codes, name = "?", rows }) => `- ${inline({ id: TODO, codes, stem: TODO })}   # ${plain(name)}: ${count(rows)}`,
  );
  const words = `# Offices that the rows name, by the codes that the sources use. Rows of an office that is not here are set aside.
# Instansi yang disebut dalam baris, menurut kode sistem sumber. Baris instansi yang tidak ada di sini disisihkan.`;
  const how = `# ${MARK}: \`id\` and \`stem\` as registered (\`prasasti agency list\`). Leave out whom you do not record.
# ${MARK}: \`id\` dan \`stem\` seperti terdaftar (\`prasasti agency list\`). Hapus yang tidak Anda catat.`;
  if (known.length === 0 && todo.length === 0) return "";
  if (known.length === 0) return `${words}\n${how}\n# agencies:\n${todo.map((line) => `#   ${line}`).join("\n")}`;
  if (todo.length === 0) return `${words}\nagencies:\n${known.join("\n")}`;
  return `${words}\nagencies:\n${known.join("\n")}\n${how}\n${todo.map((line) => `#   ${line}`).join("\n")}`;
}

const count = (rows: number) => `${rows} ${rows === 1 ? "row" : "rows"} / baris`;

function bankText(jobs: readonly JobLine[], open: Open[]): string {
  if (!jobs.some(({ use }) => use.sink === "bank")) return "";
  open.push({
    words: { en: "`bankAccounts`: what the treasury's accounts are called", id: "`bankAccounts`: nama rekening kas" },
  });
  return `# Accounts whose statements are read, so that reports can name them; numbers are kept as digests alone.
# Rekening yang dibaca, agar laporan dapat menyebut namanya; nomornya hanya disimpan sebagai sidik.
# ${MARK}
# bankAccounts:
#   - { name: "RKUD", number: ${q(TODO)} }`;
}

function jobsText(jobs: readonly JobLine[], { treasury }: Choices, open: Open[]): string {
  const lines = jobs.flatMap((job) => {
    const { id, source, table, use, tables } = job;
    const rows = tables.reduce((sum, each) => sum + each.rows, 0);
    const from = tables.length === 1 ? plain(path.basename(tables[0]!.file)) : `${tables.length} files / berkas`;
    const found = [`  # ${from}: ${count(rows)}`];
    if (use.rival !== undefined) {
      open.push({
        words: { en: `the columns fit ${use.rival} as well`, id: `kolomnya cocok pula dengan ${use.rival}` },
        job: id,
      });
      found.push(`  # ${MARK}: the columns alone fit ${use.rival} as well / kolomnya cocok pula dengan ${use.rival}`);
    }
    if (use.copy !== undefined)
      found.push("  # a copy of our map for amounts written as 1234567.89 / salinan peta untuk jumlah 1234567.89");
    found.push(`  - id: ${id}`, `    source: ${source}`);
    if (table !== undefined) found.push(`    table: ${q(table)}`);
    found.push(`    map: ${use.map}`, `    sink: ${use.sink}`, ...more(job, treasury, jobs, open));
    return found;
  });
  return `# What is read: \`prasasti connect run ID\`. To have it read by itself, add to a job: schedule: { daily: "02:30" }
# Yang dibaca: \`prasasti connect run ID\`. Agar dibaca sendiri, tambahkan pada pekerjaan: schedule: { daily: "02:30" }
${block("jobs", lines)}`;
}

/** What a job needs beside its map, by what its rows do not say. */
function more(
  { id, use, folder }: JobLine,
  treasury: string | undefined,
  jobs: readonly JobLine[],
  open: Open[],
): string[] {
  const lines: string[] = [];
  const ask = (line: string, en: string, indonesian: string) => {
    open.push({ words: { en, id: indonesian }, job: id });
    lines.push(`    # ${line}   # ${MARK}: ${en} / ${indonesian}`);
  };
  if (use.sink === "payments") {
    if (treasury === undefined)
      ask(`agency: ${q(TODO)}`, "the agency that issues these SP2D", "instansi penerbit SP2D ini (BUD)");
    else lines.push(`    agency: ${q(treasury)}`);
    // papers of one system are joined by number and year: where one of its tables tells none, all have the same
    const siblings = jobs.filter((each) => each.folder === folder && each.use.sink === "payments");
    if (siblings.some((each) => !each.use.tellsYear)) {
      const [year, ...others] = yearsOf(siblings, folder);
      if (year !== undefined && others.length === 0) lines.push(`    year: ${year}`);
      else
        ask(
          `year: ${TODO}`,
          "the fiscal year of its rows, which tell none",
          "tahun anggaran barisnya, yang tidak menyebutnya",
        );
    }
  }
  if (use.sink === "bank") {
    if (treasury === undefined)
      ask(`agency: ${q(TODO)}`, "the treasury whose accounts these are", "BUD pemilik rekening");
    else lines.push(`    agency: ${q(treasury)}`);
  }
  if (use.sink === "bank" && !use.tellsAccount)
    ask(
      `account: "RKUD"`,
      "whose lines these are, of `bankAccounts`",
      "rekening pemilik baris ini, dari `bankAccounts`",
    );
  return lines;
}

/** By the days in the rows, else by the names of files and folder. */
function yearsOf(jobs: readonly JobLine[], folder: string): number[] {
  const told = new Set(jobs.flatMap(({ use }) => [...use.years]));
  if (told.size > 0) return [...told];
  const names = [path.basename(folder), ...jobs.flatMap(({ tables }) => tables.map(({ file }) => path.basename(file)))];
  return [
    ...new Set(names.flatMap((name) => [...name.matchAll(/(?<!\d)20\d\d(?!\d)/g)].map(([year]) => Number(year)))),
  ];
}

function leftText(left: Findings["left"], folder: string): string {
  const lines = groups(left, ({ remedy }) => remedy.en).flatMap((of) => [
    ...of.map(({ file, table, words }) => {
      const name =
        table === undefined || table === nameOf(file) ? shown(file, folder) : `${shown(file, folder)} / ${table}`;
      return `# ${plain(name)}: ${words.en} / ${words.id}`;
    }),
    `#   ${of[0]!.remedy.en}`,
    `#   ${of[0]!.remedy.id}`,
  ]);
  return lines.length === 0 ? "" : `# Not read. / Tidak dibaca.\n${lines.join("\n")}`;
}

function slug(text: string): string {
  const made = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 55)
    .replace(/-+$/, "");
  return made || "x";
}

function unique(name: string, taken: ReadonlySet<string>): string {
  let found = name;
  for (let number = 2; taken.has(found); number++) found = `${name}-${number}`;
  return found;
}
