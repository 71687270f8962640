// A first plan from what can be found out: files and databases, maps that fit their tables, agencies that have rows, waves
// that the figures propose. What only people know stands there as TODO, and the lint names it.

import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../../server/domain/fault.ts";
import type { AgencyFragment } from "../mapping/mapped.ts";
import { MAPS } from "../mapping/read-map.ts";
import { suggestMaps } from "../mapping/suggest-maps.ts";
import { isLoadStamp } from "../profile/profile.ts";
import { fileForm, filesBelow } from "../sources/file-form.ts";
import { openSource } from "../sources/open-source.ts";
import { type SourceSettings, sourceSettings } from "../sources/settings.ts";
import { countFigures, type Figures, mappedRows } from "./figures.ts";
import { type MapFacts, readMapFacts } from "./map-facts.ts";
import { ARCHIVE_YEARS, type ProposedWave, proposePilots, proposeWaves } from "./propose.ts";
import { type Agency, type Dataset, type Plan, planJsonSchema } from "./schema.ts";

export type InitOptions = {
  /** names of variables that hold addresses of databases; those that end in _DSN where left out */
  readonly dsnEnv?: readonly string[];
  /** ocid prefix of the publisher: stems are made of it */
  readonly stemPrefix?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export type InitResult = {
  readonly sources: number;
  readonly datasets: number;
  readonly agencies: number;
  /** tables that no map of ours fits: `source.table` */
  readonly unmapped: readonly string[];
  /** sources that could not be read, and why */
  readonly unread: readonly { readonly source: string; readonly why: string }[];
};

/** `unsure`: what of its settings is a guess, and why. */
type Found = { name: string; settings: SourceSettings; unsure: readonly string[] };

/** Writes `waves.yaml` and `maps/` into a folder. Nothing that is there is overwritten. @throws Fault `plan-exists`, `nothing-found` */
export async function initProject(
  folder: string,
  { dsnEnv, stemPrefix, env = process.env }: InitOptions = {},
): Promise<InitResult> {
  if (["waves.yaml", "waves.yml", "waves.json"].some((name) => existsSync(join(folder, name))))
    throw planExists(folder);
  await mkdir(folder, { recursive: true });
  const found = [...(await fileSources(folder)), ...databaseSources(dsnEnv, env)];
  if (found.length === 0) throw nothingFound(folder);
  const sources: Found[] = [];
  const datasets: Dataset[] = [];
  const stamps = new Set<string>();
  const [unmapped, unread]: [string[], { source: string; why: string }[]] = [[], []];
  for (const { name, settings, unsure } of found) {
    try {
      const source = await openSource(settings, folder, { name, env });
      try {
        for (const { name: table, columns } of await source.tables()) {
          for (const { name: column } of columns) if (isLoadStamp(column)) stamps.add(column);
          const [best] = suggestMaps(columns);
          if (!best) unmapped.push(`${name}.${table}`);
          else
            datasets.push({
              id: unique(slug(table), datasets),
              source: name,
              table,
              map: `maps/${best.map}`,
              order: orderOf(best.id),
            });
        }
        sources.push({ name, settings, unsure });
      } finally {
        await source.close();
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      unread.push({ source: name, why: error.explanation.en });
    }
  }
  const maps = await copyMaps(folder, datasets);
  const part = { sources: Object.fromEntries(sources.map(({ name, settings }) => [name, settings])), datasets };
  const master = await agencyMaster(folder, part, maps);
  const codes = await countFigures(folder, { ...part, agencies: [] });
  const agencies = agenciesFrom(codes, master, stemPrefix);
  const figures = await countFigures(folder, { ...part, agencies });
  const waves = proposeWaves({ datasets, agencies }, maps, figures);
  const text = planText({
    stamps,
    folder,
    sources,
    datasets,
    agencies,
    master: master.length,
    figures,
    waves,
    unmapped,
    unread,
  });
  await writeFile(join(folder, ".migrate/waves.schema.json"), `${JSON.stringify(planJsonSchema(), null, 2)}\n`);
  await writeFile(join(folder, "waves.yaml"), text, { flag: "wx" });
  return { sources: sources.length, datasets: datasets.length, agencies: agencies.length, unmapped, unread };
}

// ---- what is there

/** Folders that the tool itself keeps. */
const OWN = new Set(["maps", "decisions", "acts", "lessons", "sign-off", "node_modules"]);
/** Bank statements are for connectors: a migration makes nothing of them. */
const READ = /\.(?:json|jsonl|ndjson|csv|tsv|xlsx|dump|backup|pgdump)$/i;

/** One source for the files of a folder that are read alike; a dump is one of its own. */
async function fileSources(folder: string): Promise<Found[]> {
  const groups = new Map<string, { form: object; files: string[]; pattern: string; unsure: string[] }>();
  for (const file of (await filesBelow(folder, (path) => OWN.has(path))).filter((name) => READ.test(name))) {
    const { form, unsure } = (await fileForm(join(folder, file)))!;
    const pattern = `${dirname(file) === "." ? "" : `${dirname(file)}/`}*${extname(file)}`;
    const key = form.engine === "pgdump" ? file : `${pattern}\n${JSON.stringify(form)}`;
    const group = groups.get(key) ?? { form, files: [], pattern, unsure: [] };
    groups.set(key, group);
    group.files.push(file);
    for (const guess of unsure) group.unsure.push(`${file}: ${guess.en}`);
  }
  const found: Found[] = [];
  for (const { form, files, pattern, unsure } of groups.values()) {
    // a pattern that would also take files of another kind names them one by one
    const alone = files.length === 1 || [...groups.values()].filter((each) => each.pattern === pattern).length > 1;
    const paths = alone ? files : [pattern];
    for (const path of paths) {
      const name = slug(alone ? basename(path, extname(path)) : basename(dirname(path)) || basename(folder));
      found.push({
        name: unique(
          name,
          found.map((each) => ({ id: each.name })),
        ),
        settings: sourceSettings.parse({ ...form, path }),
        unsure: alone ? unsure.filter((guess) => guess.startsWith(`${path}: `)) : unsure,
      });
    }
  }
  return found;
}

function databaseSources(
  names: readonly string[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Found[] {
  const wanted =
    names ??
    Object.keys(env)
      .filter((name) => /_DSN$/.test(name))
      .sort();
  return wanted.flatMap((name) => {
    const engine = /^postgres(ql)?:\/\//.test(env[name] ?? "")
      ? "postgres"
      : /^(mysql|mariadb):\/\//.test(env[name] ?? "")
        ? "mysql"
        : undefined;
    if (engine === undefined && names !== undefined) throw noAddress(name);
    return engine === undefined
      ? []
      : [
          {
            name: slug(name.replace(/_DSN$/, "")),
            settings: sourceSettings.parse({ engine, dsnEnv: name }),
            unsure: [],
          },
        ];
  });
}

/** In the order in which a process goes on, later documents are laid over earlier ones. */
const STAGES: readonly [RegExp, number][] = [
  [/satker|budget|agency|supplier|nib|oss/, 5],
  [/sirup|rup|plan/, 10],
  [/announc/, 20],
  [/finished|result|winner|lelang/, 30],
  [/sppbj/, 40],
  [/contract|kontrak/, 50],
  [/spmk/, 60],
  [/bap|realization/, 70],
  [/sp2d|payment/, 80],
];

function orderOf(map: string): number {
  return STAGES.find(([pattern]) => pattern.test(map))?.[1] ?? 50;
}

async function copyMaps(folder: string, datasets: readonly Dataset[]): Promise<ReadonlyMap<string, MapFacts>> {
  await mkdir(join(folder, "maps"), { recursive: true });
  const facts = new Map<string, MapFacts>();
  for (const path of new Set(datasets.map(({ map }) => map))) {
    if (!existsSync(join(folder, path)))
      await copyFile(fileURLToPath(new URL(basename(path), MAPS)), join(folder, path));
    const found = await readMapFacts(folder, path);
    if (found && "digest" in found) facts.set(path, found);
  }
  return facts;
}

// ---- agencies

async function agencyMaster(
  folder: string,
  { sources, datasets }: Pick<Plan, "sources" | "datasets">,
  maps: ReadonlyMap<string, MapFacts>,
): Promise<AgencyFragment[]> {
  const found: AgencyFragment[] = [];
  for (const dataset of datasets.filter(({ map }) => maps.get(map)?.entities.includes("agency"))) {
    for await (const { mapped } of mappedRows(folder, { sources }, dataset)) {
      for (const fragment of mapped.fragments) if (fragment.entity === "agency") found.push(fragment);
    }
  }
  return found;
}

/**
 * Agencies that have rows; the others of a master list are not needed in a plan. Codes that the list does not know and
 * that only the archive uses go to one keeper of the archive.
 */
function agenciesFrom({ agencies }: Figures, master: readonly AgencyFragment[], prefix: string | undefined): Agency[] {
  const byCode = new Map(master.flatMap((each) => each.codes.map((code) => [code, each] as const)));
  const newest = Math.max(0, ...agencies.map(({ lastYear }) => lastYear));
  const made = new Map<string, Agency>();
  for (const { agency: code, name, rows, lastYear } of agencies) {
    if (rows === 0) continue;
    const known = byCode.get(code);
    const isArchive = master.length > 0 && !known && lastYear > 0 && newest - lastYear >= ARCHIVE_YEARS;
    const main = isArchive ? "arsip" : (known?.key ?? code);
    const agency = made.get(main) ?? {
      id: isArchive ? "TODO id of the agency that keeps the archive (penyimpan arsip)" : `ID-${slug(main)}`,
      name: isArchive ? "TODO name of the agency that keeps the archive" : (known?.name ?? name ?? code),
      codes: [...new Set(known?.codes ?? [])],
      stem:
        prefix === undefined ? `TODO stem reserved for waves of ${main}` : `${prefix}-lama-${slug(main).toLowerCase()}`,
      head: { holder: `TODO holder of the head of ${main}` },
    };
    if (!agency.codes.includes(code)) agency.codes.push(code);
    made.set(main, agency);
  }
  return [...made.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

// ---- the text

const q = (text: string) => JSON.stringify(text);
const list = (texts: readonly string[]) => `[${texts.map(q).join(", ")}]`;
/** `{ a: 1, b: "x" }` of what has a value. */
function inline(fields: object): string {
  const shown = Object.entries(fields).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return `{ ${shown.map(([name, value]) => `${name}: ${Array.isArray(value) ? list(value) : typeof value === "string" ? q(value) : JSON.stringify(value)}`).join(", ")} }`;
}

type Content = {
  folder: string;
  sources: readonly Found[];
  datasets: readonly Dataset[];
  stamps: ReadonlySet<string>;
  agencies: readonly Agency[];
  master: number;
  figures: Figures;
  waves: readonly ProposedWave[];
  unmapped: readonly string[];
  unread: InitResult["unread"];
};

function planText({
  folder,
  sources,
  datasets,
  stamps,
  agencies,
  master,
  figures,
  waves,
  unmapped,
  unread,
}: Content): string {
  const counted = new Map(figures.datasets.map((each) => [each.dataset, each]));
  const pilots = proposePilots({ agencies }, figures).slice(0, 3);
  const note = (text: string) => `# ${text.replace(/\s+/g, " ")}\n`;
  const block = (name: string, items: readonly string[], none = "[]") =>
    items.length > 0 ? `${name}:\n${items.join("\n")}` : `${name}: ${none}`;
  return `# The plan of a migration. Everything marked TODO only people know; \`prasasti migrate plan lint\` names each.
# Rencana migrasi. Yang bertanda TODO hanya diketahui orang; \`prasasti migrate plan lint\` menyebut satu per satu.
# yaml-language-server: $schema=.migrate/waves.schema.json
apiVersion: prasasti/migration/v1
id: ${
    slug(basename(folder))
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-") || "migration"
  }
name: "TODO what is migrated, in one line (apa yang dimigrasikan)"
currency: IDR
timezone: ${indonesianZone()}   # WIB Asia/Jakarta, WITA Asia/Makassar, WIT Asia/Jayapura
deadline: "TODO day on which the old systems fall silent, 2026-12-31 (tenggat)"

# Two different people sign the sealed plan. / Dua orang berbeda menandatangani rencana.
approvers:
  - { office: "TODO first approver (penyetuju pertama)", holder: "TODO holder of the first approver" }
  - { office: "TODO second approver (penyetuju kedua)", holder: "TODO holder of the second approver" }

# Addresses with passwords are in the environment, never here. / Alamat bersandi ada di lingkungan, bukan di sini.
${block(
  "sources",
  sources.map(
    ({ name, settings, unsure }) =>
      `${unsure.map((guess) => `  # not certain: ${guess}\n`).join("")}  ${name}: ${inline(settings)}`,
  ),
  "{}",
)}
${unread.map(({ source, why }) => note(`${source} was left out: ${why}`)).join("")}
# Who owns each source and signs that he knows its profile. / Pemilik sumber yang menandatangani profilnya.
${block(
  "signOff",
  sources.map(
    ({ name }) =>
      `  - { source: ${name}, office: "TODO office that owns ${name} (pemilik)", holder: "TODO holder of the owner of ${name}" }`,
  ),
)}

# Agencies that have rows (${agencies.length}${master > agencies.length ? ` of ${master} in the master list` : ""}); \`id\` as the register has them. / Instansi yang punya baris data.
${block(
  "agencies",
  agencies.map(
    ({ id, name, codes, stem, head }) =>
      `  - { id: ${q(id)}, name: ${q(name)}, codes: ${list(codes)}, stem: ${q(stem)}, head: { holder: ${q(head.holder)} } }`,
  ),
)}

# What is read by which map; of one process, later ranks are laid over earlier ones. / Dibaca dengan peta mana.
${block(
  "datasets",
  datasets.map((dataset) => {
    const { rows = 0, faults = 0, processes = 0, years } = counted.get(dataset.id) ?? {};
    const when = years ? `, ${years[0] === years[1] ? years[0] : `${years[0]}-${years[1]}`}` : "";
    return `  - ${inline(dataset)}   # ${rows} rows, ${processes} of processes, ${faults} refused${when}`;
  }),
)}
${unmapped.length > 0 ? note(`No map of ours fits: ${unmapped.join(", ")}`) : ""}
dedupe:
  # rows that differ in these columns alone were sent again / baris yang hanya berbeda di kolom ini dikirim ulang
  - { on: process, rules: [exact-row, ignoring-load-stamps], ignore: ${list([...stamps])} }
  - { on: supplier, rules: [npwp-core, name-fingerprint] }

# The pilot: few open contracts, clean data, enough to learn from. Best choices by the figures:
# Percontohan: sedikit kontrak berjalan, data bersih. Pilihan terbaik menurut angka:
${pilots.map(({ why }) => note(`  ${why.en}`)).join("")}${block(
  "waves",
  waves.map((wave) => waveText(wave, agencies)),
)}

# Without a measured baseline nobody can say afterwards that it got better. / Tanpa nilai awal tidak dapat dinilai.
goals:
  - { id: G1, metric: "TODO what is to become better, and in what it is measured (sasaran)", baseline: 0, target: 1 }
risks:
  - id: R1
    text: "TODO what can go wrong (risiko)"
    likelihood: 3
    impact: 3
    mitigation: "TODO what is done about it (mitigasi)"
    owner: "TODO office that watches it (pemilik risiko)"
budget:
  currency: IDR
  items:
    - { name: "TODO what is paid for (mata anggaran)", amount: "0.00" }
`;
}

function waveText(
  { id, name, after, pilot, tier, datasets, entities = [], scope, requireLessons, why }: ProposedWave,
  agencies: readonly Agency[],
): string {
  const head = agencies.length === 1 ? agencies[0]!.id : `TODO agency whose head opens ${id} (instansi pemimpin)`;
  const within =
    scope.agencies === "*"
      ? `{ agencies: "*" }`
      : `{ agencies: ${list(scope.agencies)}${scope.keys ? `, keys: ${list(scope.keys)}` : ""} }`;
  return `  - id: ${id}
    name: ${name}
    after: [${after.join(", ")}]
${pilot ? "    pilot: true\n" : ""}${why.map(({ en, id: indonesian }) => `    # ${en}\n    # ${indonesian}\n`).join("")}    tier: ${tier}
    datasets: ${list(datasets)}
${entities.length > 0 ? `    entities: [${entities.join(", ")}]\n` : ""}    scope: ${within}
    lead: ${q(head)}
    overseer: { office: "TODO second person at activation of ${id} (pengawas)", holder: "TODO holder of the overseer of ${id}" }
    owner: { office: "TODO who answers for ${id} (pemilik gelombang)", holder: "TODO holder of the owner of ${id}" }
    deputy: { office: "TODO who stands in (wakil)", holder: "TODO holder of the deputy of ${id}" }
    window: { start: "TODO 2026-03-02T20:00", end: "TODO 2026-03-03T04:00", overrun: pause }
    backup: { restoreTest: required, maxAgeDays: 3 }
    rehearsal: { maxAgeDays: 14, maxEtaErrorPercent: 20 }
    goNoGo: { rejectsMaxPercent: 0.5, mismatchesMax: 0, unreviewedDuplicatesMax: 0, controlTotalsDelta: "0.00", samplesSigned: ${tier === "C" ? 10 : 30} }
    rollback:
      trigger: ["a mismatch is found after activation", "an agency cannot work for more than a day"]
      deadline: 14d
      edited: ${pilot ? "detach" : "block"}
      reverseDelta: csv
${requireLessons ? "    requireLessons: true\n" : ""}    communication:
      - { when: start-7d, audience: "TODO who must know of ${id} (penerima)", channel: surat, text: "TODO what they are told (isi)" }`;
}

function indonesianZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return ["Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura"].includes(timeZone)
    ? timeZone
    : "Asia/Jakarta";
}

function slug(text: string): string {
  return (
    text
      .normalize("NFKD")
      .replace(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+|-+$/g, "")
      .slice(0, 60) || "x"
  );
}

function unique(name: string, taken: readonly { id: string }[]): string {
  const free = (text: string) => taken.every(({ id }) => id !== text);
  if (free(name)) return name;
  let number = 2;
  while (!free(`${name}-${number}`)) number++;
  return `${name}-${number}`;
}

function planExists(folder: string): Fault {
  return new Fault("plan-exists", {
    explanation: {
      en: `${folder} has a plan already; it was left as it is.`,
      id: `${folder} sudah punya rencana; dibiarkan seperti semula.`,
    },
    remedy: {
      en: "Edit it, or begin in another folder. Waves can be proposed anew with: prasasti migrate plan build",
      id: "Sunting, atau mulai di folder lain. Usulan gelombang baru: prasasti migrate plan build",
    },
  });
}

function nothingFound(folder: string): Fault {
  return new Fault("nothing-found", {
    explanation: {
      en: `${folder} holds no files that can be read (json, jsonl, csv, xlsx, dump), and no variable that ends in _DSN holds an address.`,
      id: `${folder} tidak memuat berkas yang dapat dibaca (json, jsonl, csv, xlsx, dump), dan tidak ada variabel berakhiran _DSN yang memuat alamat.`,
    },
    remedy: {
      en: "Put the exports into data/ of that folder, or set SPSE_DSN=postgres://user:password@host/name and the like.",
      id: "Letakkan ekspor di data/ pada folder itu, atau isi SPSE_DSN=postgres://pengguna:sandi@host/nama dan sejenisnya.",
    },
  });
}

function noAddress(name: string): Fault {
  return new Fault("address-missing", {
    explanation: {
      en: `${name} holds no address of PostgreSQL, MySQL or MariaDB.`,
      id: `${name} tidak memuat alamat PostgreSQL, MySQL atau MariaDB.`,
    },
    remedy: {
      en: `Set ${name}=postgres://user:password@host/name`,
      id: `Isi ${name}=postgres://pengguna:sandi@host/nama`,
    },
  });
}
