import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { compileMap } from "../../../migration/mapping/compile-map.ts";
import type { MapSpec } from "../../../migration/mapping/map-schema.ts";
import type { Mapped } from "../../../migration/mapping/mapped.ts";
import { classToMask } from "../../../migration/mapping/personal.ts";
import { MAPS, MapFault, type MapFile, readMap } from "../../../migration/mapping/read-map.ts";
import { type References, readReferences } from "../../../migration/mapping/references.ts";
import { nearestMap, ourMaps, suggestMaps } from "../../../migration/mapping/suggest-maps.ts";
import type { Column, Source } from "../../../migration/row.ts";
import { type FileForm, fileForm, filesBelow } from "../../../migration/sources/file-form.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { sourceSettings } from "../../../migration/sources/settings.ts";
import { Fault } from "../../domain/fault.ts";
import type { Words } from "../../domain/problems.ts";
import { plain } from "../feeds/plain.ts";
import type { SinkName } from "../sink.ts";
import { sinksOf } from "./job-map.ts";

type Form = FileForm["form"];

/** A map that reads a table, and what it makes of the rows that are there. */
export type MapUse = {
  /** as a job names it: of ours, or the file of a copy that is to be written */
  readonly map: string;
  readonly sink: SinkName;
  readonly taken: number;
  /** rows that it leaves out on purpose: they say nothing */
  readonly leftOut: number;
  /** how many rows for each reason, with its column */
  readonly refused: ReadonlyMap<string, number>;
  /** text of the copy, where one of our maps fits but for how amounts are written */
  readonly copy?: string;
  /** tables of the same source in which it looks things up */
  readonly references: readonly string[];
  /** of payments: whether every row tells its year, or a day that does; and the years of the days that rows tell */
  readonly tellsYear: boolean;
  readonly years: ReadonlySet<number>;
  /** of bank lines: whether every row names its account */
  readonly tellsAccount: boolean;
  /** another map would fit as well by the columns alone */
  readonly rival?: string;
};

/** A table, sheet or file of rows. `file` is an absolute path; `table` what a job would call it. */
export type FoundTable = {
  readonly file: string;
  readonly form: Form;
  readonly unsure: readonly Words[];
  readonly table: string;
  /** the file holds tables of its own: sheets, tables of a dump */
  readonly isPart: boolean;
  readonly rows: number;
  /** none where no map fits */
  readonly uses: readonly MapUse[];
};

/** What is not read, and what somebody can do about it. */
export type LeftFile = {
  readonly file: string;
  readonly table?: string;
  readonly words: Words;
  readonly remedy: Words;
};

/** An office as rows name it. `codes` has more than one where a list of offices in the folder says that they are one. */
export type FoundOffice = { readonly codes: readonly string[]; readonly name?: string; readonly rows: number };

export type Findings = {
  readonly tables: readonly FoundTable[];
  readonly left: readonly LeftFile[];
  readonly offices: readonly FoundOffice[];
};

/** Sinks in the order in which a table is offered to them; it may be for several: SIMDA's contracts are for two. */
const OFFERED: readonly { sink: SinkName; isFor(spec: MapSpec): boolean }[] = [
  { sink: "payments", isFor: (spec) => sinksOf(spec).has("payments") },
  { sink: "bank", isFor: (spec) => sinksOf(spec).has("bank") },
  {
    sink: "procurement",
    // payments of a migration say nothing that a connector needs; suppliers alone are the registry's, where they have a NIB
    isFor: (spec) =>
      sinksOf(spec).has("procurement") &&
      ([spec.process, spec.agency, spec.record].some(Boolean) ||
        (Object.keys(spec.suppliers).length > 0 && spec.fields.nib === undefined)),
  },
  {
    sink: "registry",
    isFor: (spec) =>
      sinksOf(spec).has("registry") &&
      ![spec.process, spec.agency, spec.record].some(Boolean) &&
      spec.fields.nib !== undefined,
  },
];
const isForAny = (spec: MapSpec) => OFFERED.some(({ isFor }) => isFor(spec));

/** Offices keep titles above a table; its header is looked for so far down. */
const LAST_HEADER = 20;
/** More offices than this are no regency's, and no file that a person fills in. */
const MOST_OFFICES = 2_000;
const OFFICE_NAME = /^(?:nama|nm)[ _]*(?:skpd|opd|satker|satuan[ _]kerja|unit|instansi)(?:[ _]|$)/i;

/**
 * Reads all files of some folders, or files, once: how each is read, which maps fit its tables, what these make of the
 * rows, which offices the rows name. Nothing is kept of a row but counts, and codes and names of offices.
 * @param progress told of each file
 * @throws Fault nothing-found where a folder is missing
 */
export async function lookIntoFiles(
  places: readonly string[],
  progress: (file: string) => void = () => {},
): Promise<Findings> {
  const left: LeftFile[] = [];
  const files: ({ file: string } & FileForm)[] = [];
  for (const file of await filesOf(places)) {
    progress(file);
    const found = await formOf(file);
    if ("words" in found) left.push({ file, ...found });
    else files.push({ file, ...found });
  }
  const offices = new Offices();
  const tables: FoundTable[] = [];
  const pending: { file: string; table?: string; words: Words; remedy: Words }[] = [];
  const looking = new Looking(files, offices);
  for (const each of alike(files)) {
    progress(each.file);
    try {
      for (const one of await looking.tablesOf(each)) {
        if ("remedy" in one) pending.push({ ...one, file: each.file });
        else tables.push(one);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      left.push({ file: each.file, words: inFile(error.explanation, each.file), remedy: error.remedy });
    }
  }
  // what maps look things up in is read with them
  const lookedUp = new Set(tables.flatMap(({ uses }) => uses.flatMap(({ references }) => references)));
  for (const one of pending) if (one.table === undefined || !lookedUp.has(bare(one.table))) left.push(one);
  return { tables, left, offices: offices.all() };
}

const bare = (table: string) => table.slice(table.lastIndexOf(".") + 1).toLowerCase();

/** A fault of a reader names whole paths: whoever asked knows the folder. */
function inFile({ en, id }: Words, file: string): Words {
  const name = plain(path.basename(file));
  return { en: en.replaceAll(file, name), id: id.replaceAll(file, name) };
}

/** Where dropped files are moved to, settings and maps; and what office programs leave beside an open file. */
const OURS = /^(?:taken|again|node_modules|~\$.*|.*\.ya?ml)$/i;

async function filesOf(places: readonly string[]): Promise<string[]> {
  const files = new Set<string>();
  for (const place of places) {
    const found = await stat(place).catch(() => undefined);
    if (found === undefined) throw noPlace(place);
    if (found.isFile()) files.add(path.resolve(place));
    else
      for (const name of await filesBelow(place, (each) => OURS.test(path.basename(each))))
        files.add(path.resolve(place, name));
  }
  return [...files];
}

async function formOf(file: string): Promise<FileForm | { words: Words; remedy: Words }> {
  const { size } = await stat(file);
  if (size === 0)
    return {
      words: { en: "the file is empty: 0 bytes", id: "berkas kosong: 0 byte" },
      remedy: { en: "Export it again.", id: "Ekspor ulang." },
    };
  try {
    return (await fileForm(file)) ?? unread(file);
  } catch (error) {
    if (error instanceof Fault) return { words: inFile(error.explanation, file), remedy: error.remedy };
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) throw error;
    return {
      words: { en: `it cannot be opened: ${code}`, id: `tidak dapat dibuka: ${code}` },
      remedy: { en: "Correct its permissions.", id: "Perbaiki izinnya." },
    };
  }
}

const OTHERS: readonly [RegExp, Words][] = [
  [
    /^\.(?:xls|xlsb|ods)$/,
    { en: "Open it and save it as .xlsx or CSV.", id: "Buka lalu simpan sebagai .xlsx atau CSV." },
  ],
  [
    /^\.(?:pdf|docx?|png|jpe?g)$/,
    {
      en: "It is for reading, not data: ask the system it comes from for an export as XLSX, CSV or JSON.",
      id: "Ini bacaan, bukan data: minta ekspor XLSX, CSV, atau JSON dari sistem asalnya.",
    },
  ],
  [/^\.(?:zip|rar|7z|gz|tgz)$/, { en: "Unpack it into this folder.", id: "Buka kemasannya di folder ini." }],
  [
    /^\.(?:sql|bak|mdf|sqlite3?|db|mdb|accdb|dbf)$/,
    {
      en: "Restore it where it came from and connect the database (engine mysql, postgres or sqlserver with dsnEnv), or export its tables as CSV.",
      id: "Pulihkan di basis data asalnya lalu hubungkan basis data itu (engine mysql, postgres, atau sqlserver dengan dsnEnv), atau ekspor tabelnya sebagai CSV.",
    },
  ],
  [
    /^\.xml$/,
    {
      en: "Of XML, camt.053 bank statements are read; answers of the bank (pain.002) go to: prasasti requests acknowledge.",
      id: "Dari XML, yang dibaca adalah rekening koran camt.053; jawaban bank (pain.002) melalui: prasasti requests acknowledge.",
    },
  ],
];

function unread(file: string): { words: Words; remedy: Words } {
  const extension = path.extname(file).toLowerCase();
  const [, remedy] = OTHERS.find(([of]) => of.test(extension)) ?? [];
  return {
    words: { en: "no kind of file that is read here", id: "bukan jenis berkas yang dibaca di sini" },
    remedy: remedy ?? {
      en: "Data is read as JSON, CSV, XLSX, camt.053, MT940 or OCDS; leave other files out.",
      id: "Data dibaca dari JSON, CSV, XLSX, camt.053, MT940, atau OCDS; keluarkan berkas lain.",
    },
  };
}

/** Files that nothing but ASCII stands in are read as their neighbours are: their system writes all of them alike. */
function alike(files: readonly ({ file: string } & FileForm)[]): ({ file: string } & FileForm)[] {
  const encodingOf = ({ form }: FileForm) => ("encoding" in form ? form.encoding : undefined);
  return files.map((each) => {
    if (!each.ascii) return each;
    const neighbours = files.filter(
      ({ file, form, ascii }) =>
        !ascii && form.engine === each.form.engine && path.dirname(file) === path.dirname(each.file),
    );
    const [encoding, ...more] = new Set(neighbours.map(encodingOf));
    return encoding === undefined || more.length > 0 ? each : { ...each, form: { ...each.form, encoding } as Form };
  });
}

/** Looks into files; knows their neighbours, for maps look things up in these. */
class Looking {
  readonly #files: readonly ({ file: string } & FileForm)[];
  readonly #offices: Offices;
  /** of this one look: pseudonyms of persons lead nowhere */
  readonly #secret = randomBytes(32).toString("hex");

  constructor(files: readonly ({ file: string } & FileForm)[], offices: Offices) {
    this.#files = files;
    this.#offices = offices;
  }

  async tablesOf({
    file,
    form: first,
    unsure,
  }: { file: string } & FileForm): Promise<(FoundTable | { table: string; words: Words; remedy: Words })[]> {
    const isPart = first.engine === "xlsx" || first.engine === "pgdump";
    const found: (FoundTable | { table: string; words: Words; remedy: Words })[] = [];
    const source = await this.#open(file, first);
    try {
      for (const { name, columns: given } of await source.tables()) {
        const table = isPart ? name : path.basename(file, path.extname(file));
        let columns = given;
        let form = first;
        // sheets that nobody has written on
        if (columns.length === 0 && isPart) continue;
        if (form.engine === "xlsx" && fits(columns, file, name).length === 0) {
          const header = await this.#headerOf(file, form, name);
          if (header !== undefined) ({ columns, form } = header);
        }
        const wanted = fits(columns, file, name);
        if (wanted.length === 0) found.push({ table, ...unfit(columns, name) });
        else {
          const looked = await this.#look(file, form, name, columns, wanted);
          found.push("remedy" in looked ? { table, ...looked } : { file, form, unsure, table, isPart, ...looked });
        }
      }
    } finally {
      await source.close();
    }
    return found;
  }

  #open(file: string, form: Form): Promise<Source> {
    return openSource(sourceSettings.parse({ ...form, path: file }), path.dirname(file), {
      name: path.basename(file),
    });
  }

  /** Where the columns of a sheet are named below its titles. */
  async #headerOf(
    file: string,
    form: Form,
    sheet: string,
  ): Promise<{ columns: readonly Column[]; form: Form } | undefined> {
    for (let row = 2; row <= LAST_HEADER; row++) {
      const below = { ...form, headerRow: { [sheet]: row } } as Form;
      const source = await this.#open(file, below);
      try {
        const columns = (await source.tables()).find(({ name }) => name === sheet)?.columns ?? [];
        if (fits(columns, file, sheet).length > 0) return { columns, form: below };
      } finally {
        await source.close();
      }
    }
    return undefined;
  }

  async #look(
    file: string,
    form: Form,
    table: string,
    columns: readonly Column[],
    wanted: readonly Wanted[],
  ): Promise<{ rows: number; uses: MapUse[] } | { words: Words; remedy: Words }> {
    const counts: Counting[] = [];
    try {
      for (const each of wanted) {
        const references = await this.#references(each.map, file, form);
        for (const [map, copy] of [[each.map] as const, ...inOtherNotation(each.map)])
          counts.push(new Counting(each, map, copy, columns, references, this.#secret));
      }
    } catch (error) {
      if (error instanceof MapFault)
        return {
          words: { en: error.faults[0]!.en, id: error.faults[0]!.id },
          remedy: {
            en: `Copy the map, correct it for this file, and name the copy at a job; \`prasasti migrate map check\` tells what is wrong.`,
            id: `Salin petanya, sesuaikan dengan berkas ini, lalu sebutkan salinannya pada job; \`prasasti migrate map check\` menyebut yang salah.`,
          },
        };
      if (error instanceof Fault) return { words: error.explanation, remedy: error.remedy };
      throw error;
    }
    const named = columns.findIndex(({ name }) => OFFICE_NAME.test(name));
    let rows = 0;
    const source = await this.#open(file, form);
    try {
      for await (const batch of source.rows(table))
        for (const row of batch) {
          rows++;
          for (const each of counts) each.count(row);
          const name = named < 0 ? undefined : (row.values[named] ?? undefined);
          this.#offices.row(
            counts.flatMap(({ last }) => last ?? []),
            name,
          );
        }
    } finally {
      await source.close();
    }
    const uses = wanted.map((each) => {
      const [best] = counts.filter((one) => one.wanted === each).sort((a, b) => b.taken - a.taken);
      return best!.use();
    });
    return { rows, uses };
  }

  /** From the files beside it, as the gateway will: those with the same settings are one source. */
  async #references(map: MapFile, file: string, form: Form): Promise<References> {
    if (Object.keys(map.spec.references).length === 0) return {};
    const folder = path.dirname(file);
    const beside = this.#files.filter((each) => path.dirname(each.file) === folder && each.form.engine === form.engine);
    const opened = await Promise.all(beside.map((each) => this.#open(each.file, form)));
    try {
      const source: Source = {
        name: path.basename(folder),
        tables: async () => (await Promise.all(opened.map((each) => each.tables()))).flat(),
        async *rows(table) {
          for (const each of opened)
            if ((await each.tables()).some(({ name }) => name === table)) return yield* each.rows(table);
          throw new Error(table);
        },
        close: async () => {},
      };
      return await readReferences(map, source);
    } finally {
      for (const each of opened) await each.close();
    }
  }
}

type Wanted = { readonly sink: SinkName; readonly map: MapFile; readonly rival?: string };

/** For each sink the map that fits best. */
function fits(columns: readonly Column[], file: string, table: string): Wanted[] {
  const found = OFFERED.flatMap(({ sink, isFor }): (Wanted & { covers: number })[] => {
    const name = `${path.basename(file)} ${table}`;
    const [best, next] = suggestMaps(columns, name, isFor);
    if (best === undefined) return [];
    const map = ourMaps().find(({ spec }) => spec.id === best.id)!;
    const named = map.spec.match.table;
    const rival = next?.covers === best.covers && named !== undefined && !new RegExp(named, "i").test(name);
    return [{ sink, map, covers: best.covers, ...(rival ? { rival: next.id } : {}) }];
  });
  // a line of a bank's statement is no payment document
  const money = found.filter(({ sink }) => sink === "payments" || sink === "bank").sort((a, b) => b.covers - a.covers);
  return found.filter((each) => money.length < 2 || each !== money[1]);
}

/** Our map with amounts written as 1234567.89, where it wants 1.234.567,89. */
function inOtherNotation({ file, spec }: MapFile): (readonly [MapFile, string])[] {
  if (!Object.values(spec.fields).some(({ as, format }) => as === "money" && format === "id")) return [];
  const id = `${spec.id}-plain`;
  const text = readFileSync(new URL(file, MAPS), "utf8")
    .replace(/^id: .*$/m, `id: ${id}`)
    .replace(/(as: money, format: )id\b/g, "$1plain");
  return [[readMap(text, `${id}.yaml`), text]];
}

/** What one map makes of the rows of a table. */
class Counting {
  readonly wanted: Wanted;
  readonly #map: MapFile;
  readonly #copy: string | undefined;
  readonly #mapped: ReturnType<typeof compileMap>;
  last: Mapped | undefined;
  taken = 0;
  #leftOut = 0;
  #tellsYear = true;
  #tellsAccount = true;
  readonly #years = new Set<number>();
  readonly #refused = new Map<string, number>();

  /** @throws MapFault where it does not fit the columns */
  constructor(
    wanted: Wanted,
    map: MapFile,
    copy: string | undefined,
    columns: readonly Column[],
    references: References,
    secret: string,
  ) {
    this.wanted = wanted;
    this.#map = map;
    this.#copy = copy;
    this.#mapped = compileMap(map, columns, { secret, references });
  }

  count(row: Parameters<ReturnType<typeof compileMap>>[0]): void {
    const mapped = this.#mapped(row);
    this.last = mapped;
    const [fault] = [...(row.faults ?? []), ...mapped.faults];
    if (fault !== undefined) {
      const why = fault.column === undefined ? fault.code : `${fault.code} ${fault.column}`;
      this.#refused.set(why, (this.#refused.get(why) ?? 0) + 1);
      return;
    }
    if (mapped.fragments.length + mapped.finance.length === 0) {
      this.#leftOut++;
      return;
    }
    this.taken++;
    for (const fragment of mapped.finance) {
      if (fragment.entity === "bankLine") this.#tellsAccount &&= fragment.account !== undefined;
      else if (fragment.entity === "return") this.#years.add(Number(fragment.on.slice(0, 4)));
      else {
        const { year } = fragment.entity === "paper" ? fragment : fragment.of;
        const on = fragment.entity === "paper" ? fragment.on : undefined;
        if (on !== undefined) this.#years.add(Number(on.slice(0, 4)));
        this.#tellsYear &&= year !== undefined || on !== undefined;
      }
    }
  }

  use(): MapUse {
    const { spec } = this.#map;
    const { sink, rival } = this.wanted;
    return {
      map: this.#copy === undefined ? spec.id : this.#map.file,
      sink,
      taken: this.taken,
      leftOut: this.#leftOut,
      refused: this.#refused,
      ...(this.#copy === undefined ? {} : { copy: this.#copy }),
      references: Object.values(spec.references).map(({ table }) => bare(table)),
      tellsYear: this.#tellsYear,
      years: this.#years,
      tellsAccount: this.#tellsAccount,
      ...(rival === undefined ? {} : { rival }),
    };
  }
}

/** Codes and names of offices; a text that may be a person's is neither. */
class Offices {
  readonly #rows = new Map<string, { name?: string; rows: number }>();
  readonly #lists: { name: string; codes: readonly string[] }[] = [];

  /** @param said what the maps of its table make of a row */
  row(said: readonly Mapped[], named: string | undefined): void {
    const codes = new Set<string>();
    for (const { fragments, finance } of said) {
      for (const fragment of fragments) {
        if (fragment.entity === "agency") this.#lists.push({ name: fragment.name, codes: fragment.codes });
        else if (fragment.entity === "process") {
          codes.add(fragment.agency);
          named ??= fragment.by;
        }
      }
      for (const fragment of finance)
        if ("agency" in fragment && fragment.agency !== undefined) codes.add(fragment.agency);
    }
    for (const code of codes) {
      const known = this.#rows.get(code.trim()) ?? { rows: 0 };
      known.rows++;
      if (named !== undefined && !isPersonal(named)) known.name ??= plain(named);
      this.#rows.set(code.trim(), known);
    }
  }

  /** Those that rows name, most rows first; with what a list of offices says of them. */
  all(): FoundOffice[] {
    const listed = new Map(this.#lists.flatMap((each) => each.codes.map((code) => [code, each] as const)));
    const found = new Map<string, { codes: Set<string>; name?: string; rows: number }>();
    for (const [code, { name, rows }] of this.#rows) {
      if (code === "" || code.length > 200 || isPersonal(code)) continue;
      const list = listed.get(code);
      const key = list?.codes[0] ?? code;
      const office = found.get(key) ?? { codes: new Set(list?.codes ?? []), rows: 0 };
      office.codes.add(code);
      office.rows += rows;
      const told = list?.name ?? name;
      if (told !== undefined) office.name ??= plain(told);
      found.set(key, office);
    }
    return [...found.values()]
      .map((office) => ({ ...office, codes: [...office.codes] }))
      .sort((a, b) => b.rows - a.rows || (a.codes[0]! < b.codes[0]! ? -1 : 1))
      .slice(0, MOST_OFFICES);
  }
}

const isPersonal = (text: string) => classToMask(text) !== undefined;

/** Column names of such a table are not told: without a header they would be somebody's data. */
function unfit(columns: readonly Column[], table: string): { words: Words; remedy: Words } {
  const [ofMigration] = suggestMaps(columns, table);
  if (ofMigration !== undefined)
    return {
      words: {
        en: `${ofMigration.id} fits, which only a migration reads`,
        id: `${ofMigration.id} cocok, tetapi hanya dibaca oleh migrasi`,
      },
      remedy: {
        en: "Whole databases of old systems are taken over once: prasasti migrate init.",
        id: "Basis data utuh dari sistem lama diambil alih sekali: prasasti migrate init.",
      },
    };
  const near = nearestMap(columns, isForAny);
  const words = { en: "no map fits its columns", id: "tidak ada peta yang cocok dengan kolomnya" };
  const map = {
    en: "`prasasti migrate map list` shows all maps; copy the nearest, put the names of your columns into it, and name the copy at a job.",
    id: "`prasasti migrate map list` menampilkan semua peta; salin yang terdekat, isi nama kolom Anda, lalu sebutkan salinannya pada job.",
  };
  if (near === undefined || near.lacks.length + near.has.length === 0) return { words, remedy: map };
  const lacks = near.lacks.map((names) => names.join(" / ")).join("; ");
  const en = [
    `nearest is ${near.id}`,
    ...(lacks === "" ? [] : [`which wants ${lacks}`]),
    ...(near.has.length === 0 ? [] : [`which is not for tables with ${near.has.join(", ")}`]),
  ].join(", ");
  const id = [
    `yang terdekat ${near.id}`,
    ...(lacks === "" ? [] : [`yang memerlukan ${lacks}`]),
    ...(near.has.length === 0 ? [] : [`yang bukan untuk tabel dengan ${near.has.join(", ")}`]),
  ].join(", ");
  return { words: { en: `${words.en}; ${en}`, id: `${words.id}; ${id}` }, remedy: map };
}

function noPlace(place: string): Fault {
  return new Fault("nothing-found", {
    explanation: { en: `There is no folder or file ${place}.`, id: `Tidak ada folder atau berkas ${place}.` },
    remedy: { en: "Name the folder in which your files lie.", id: "Sebutkan folder tempat berkas Anda." },
  });
}
