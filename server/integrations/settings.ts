import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import * as z from "zod";
import {
  type Place,
  type PlacedFault,
  placedYaml,
  SECRET_IN_FILE,
  secretsIn,
  withPlace,
} from "../../migration/mapping/placed-yaml.ts";
import { MapFault } from "../../migration/mapping/read-map.ts";
import { sourceSettings } from "../../migration/sources/settings.ts";
import { Kind } from "../domain/entries/kinds.ts";
import type { Words } from "../domain/problems.ts";
import { readJobMap, sinksOf } from "./connect/job-map.ts";
import { dropSettings } from "./feeds/drop-settings.ts";
import { feedSettings } from "./feeds/feed-settings.ts";
import { layoutSchema } from "./requests/declared-layout.ts";
import { SINKS } from "./sink.ts";

// The shape of `connectors.yaml`. What a field means stands here once: types, checks and the published JSON Schema come
// of it. Every part of the integrations has its own section.

/** Writes down beside a field what its reader needs to know; editors show it. */
const said = <T extends z.ZodType>(text: string, schema: T): T => schema.meta({ description: text }) as T;

const line = z.string().trim().min(1).max(500);
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a-slug");
const registered = said("id of the organisation as registered", z.string().min(1).max(200));
const duration = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, "a-duration");
const zone = said(
  "IANA zone, such as Asia/Jakarta (WIB), Asia/Makassar (WITA), Asia/Jayapura (WIT)",
  z.string().refine(isZone, "a-zone"),
);
/** Secrets never stand in the file: it names the variable, whose value may also come from a file (NAME_FILE). */
const secretEnv = said(
  "the name of the environment variable that holds it; with _FILE at its end, the file that holds it",
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a-variable"),
);

const agency = z.strictObject({
  id: registered,
  name: line.optional(),
  codes: said(
    "what the source systems call it; text, so quote what looks like a number",
    z.array(z.string().min(1).max(200)).min(1),
  ),
  stem: said("the ocid stem under which its processes are recorded", z.string().min(1).max(200)),
  post: said(
    "the officer's post that new contracts name; that of whoever signs where left out",
    z.string().min(1).max(200),
  ).optional(),
  openBefore: said(
    "contracts signed before this day (2026-01-01) begin with an opening balance; others from their signing on",
    z.iso.date(),
  ).optional(),
});

const schedule = z.union([
  z.strictObject({ every: said("a whole number and its unit: 15m, 6h, 1d", duration) }),
  z.strictObject({
    daily: said(
      "a time of day, in the file's zone unless the job has its own",
      z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a-time"),
    ),
    zone: zone.optional(),
  }),
]);

const job = z.strictObject({
  id: slug,
  name: line.optional(),
  source: said("one of `sources`", slug),
  table: said(
    "table, sheet, file or dataset of the source; all files of the source where left out",
    z.string().min(1).max(500),
  ).optional(),
  map: said(
    "a map that comes with the software, by its name, or a file beside this one",
    z.string().min(1).max(1000),
  ).optional(),
  sink: said("what its rows are for", z.enum(SINKS)),
  agency: said(
    "whose rows these are, where they do not say so themselves; of payments the treasury that issues them",
    registered,
  ).optional(),
  year: said(
    "fiscal year of rows that tell none: systems with one database per year",
    z.int().min(1945).max(2100),
  ).optional(),
  account: said("of `bankAccounts`, whose lines these are where the file does not say so", line).optional(),
  schedule: said("when it runs by itself; only when asked where left out", schedule).optional(),
  cursor: said(
    "column by which later rows are told from earlier ones: a date, a time or a growing number",
    line,
  ).optional(),
  overlap: said("how far before the cursor it is read again, for what was entered late", duration).default("3d"),
  retry: z
    .strictObject({
      attempts: said("tries of one run before it fails", z.int().min(1).max(20)).default(5),
      first: said("wait before the second try; each further one doubles it", duration).default("1s"),
      most: said("longest wait", duration).default("5m"),
    })
    .prefault({}),
  rate: said(
    "most requests to the source",
    z.strictObject({ requests: z.int().min(1).max(10_000), per: duration }),
  ).prefault({
    requests: 60,
    per: "1m",
  }),
  timeLimit: said("after which a run that has not ended is cut off", duration).default("30m"),
  contract: said(
    "what happens where columns are no longer those of the first run. freeze: their rows wait until somebody accepts the change; warn: an alarm alone; off: nothing",
    z.enum(["freeze", "warn", "off"]),
  ).default("freeze"),
  volume: said(
    "percent by which a run may differ from the usual number of rows without an alarm",
    z.int().min(1).max(1000),
  ).default(50),
  keep: said("how long captured answers are kept", duration).default("3650d"),
});

const machine = z.strictObject({
  holder: said("id of the machine as enrolled in the register", z.string().min(1).max(200)),
  keyEnv: secretEnv,
  agency: said("the agency that allowed it", registered),
  kinds: said(
    "kinds of entries that it signs by itself; officers sign all others",
    z.array(z.enum(Object.keys(Kind) as [keyof typeof Kind])).min(1),
  ),
  jobs: said("jobs whose proposals it signs; all where left out", z.array(slug)).optional(),
});

const requestRoute = z
  .strictObject({
    agency: said("whose payment requests these are", registered),
    folder: said("where the treasury's system fetches files; one disk, made where it is missing", line),
    format: z.enum(["pain.001", "layout"]).default("pain.001"),
    layout: said("columns as the bank declares them; with format layout", layoutSchema).optional(),
    decimals: said(
      "digits after the point of amounts; 0 where the bank takes whole rupiah alone; the currency's where left out",
      z.union([z.literal(0), z.literal(2)]),
    ).optional(),
  })
  .refine(({ format, layout }) => (format === "layout") === (layout !== undefined), "a-layout");
const oss = z.strictObject({
  url: said("address of inqueryNIB", z.url({ protocol: /^https?$/ }).max(2048)),
  userKeyEnv: secretEnv,
  basicEnv: said("the variable with name:password, where a gateway stands before OSS", secretEnv).optional(),
  rate: said("most requests to OSS", z.strictObject({ requests: z.int().min(1).max(10_000), per: duration })).prefault({
    requests: 30,
    per: "1m",
  }),
  timeout: said("for one request", duration).default("20s"),
  retry: z
    .strictObject({
      attempts: z.int().min(1).max(10).default(3),
      first: duration.default("1s"),
      most: duration.default("30s"),
    })
    .prefault({}),
  validFor: said("how long an answer is current", duration).default("30d"),
  missingFor: said("how long OSS is believed that there is no such NIB", duration).default("1d"),
  staleFor: said("how old an answer may be that is shown, marked, where OSS fails", duration).default("365d"),
});

const kbliRule = z.strictObject({
  id: slug,
  words: z.strictObject({ en: line, id: line }),
  category: said("of OCDS", z.enum(["works", "goods", "services", "consultingServices"])).optional(),
  terms: said("beginnings of words of a title, in small letters", z.array(line)).default([]),
  groups: said("first digits of the codes that fit; text", z.array(z.string().regex(/^\d{1,5}$/))).min(1),
});

const registry = z.strictObject({
  oss: said("how OSS is asked for a NIB; without it, answers are brought as files", oss).optional(),
  kbli: said(
    "which lines of business do which work; an edition here replaces the one that comes with the software",
    z.array(
      z.strictObject({
        edition: z.int().min(2000).max(2100),
        since: said("YYYY-MM-DD", z.string().regex(/^\d{4}-\d\d-\d\d$/)),
        source: line,
        rules: z.array(kbliRule).min(1),
      }),
    ),
  ).default([]),
});

const webhooks = z.strictObject({
  inside: said(
    "host names and networks (10.20.0.0/16) of the agency that may get events; else only public addresses do",
    z.array(z.union([z.cidrv4(), z.cidrv6(), z.string().regex(/^[a-z0-9.-]{1,253}$/)])),
  ).default([]),
  loopback: said("plain http to this machine: for trying things out", z.boolean()).default(false),
  ca: said(
    "certificates (PEM) of the agency's own authority, a file beside this one",
    z.string().min(1).max(1000),
  ).optional(),
});

const bankAccount = z.strictObject({
  name: said("what it is called in reports: RKUD, bendahara pengeluaran Dinas PU", line),
  number: said(
    "as the bank writes it; kept and shown as a digest alone",
    z.string().regex(/\d{5}/, "an-account").max(64),
  ),
});

const reconciliation = z.strictObject({
  accounts: said(
    "accounts of Permendagri 13 and 90 that are, or may be, for the same, pair by pair; many to many",
    z.array(z.strictObject({ from: z.string().min(1).max(60), to: z.string().min(1).max(60) })),
  ).default([]),
});

/** `connectors.yaml`. */
const connectorsSchema = z.strictObject({
  $schema: z.string().optional(),
  apiVersion: z.literal("prasasti/connectors/v1"),
  timezone: zone.default("Asia/Jakarta"),
  currency: said("ISO 4217", z.string().regex(/^[A-Z]{3}$/, "a-currency")).default("IDR"),
  agencies: z.array(agency).default([]),
  sources: z
    .record(slug, z.discriminatedUnion("engine", [...sourceSettings.options, ...feedSettings.options, dropSettings]))
    .default({}),
  jobs: z.array(job).default([]),
  bankAccounts: said("accounts of the treasury whose statements are read", z.array(bankAccount)).default([]),
  machines: z.array(machine).default([]),
  requests: said(
    "payment requests to the treasury, by agency; without it none are prepared",
    z.array(requestRoute),
  ).default([]),
  registry: registry.prefault({}),
  webhooks: webhooks.prefault({}),
  reconciliation: reconciliation.prefault({}),
});

export type Connectors = z.output<typeof connectorsSchema>;
export type JobSettings = Connectors["jobs"][number];
export type Schedule = NonNullable<JobSettings["schedule"]>;
export type ConnectorSource = Connectors["sources"][string];

/** Read and checked; `folder` is where the paths in it begin. */
export type ConnectorsFile = { readonly file: string; readonly folder: string; readonly settings: Connectors };

/** No agencies and no jobs: what the sandbox starts with. */
export function emptyConnectors(folder: string): ConnectorsFile {
  return {
    file: "connectors.yaml",
    folder,
    settings: connectorsSchema.parse({ apiVersion: "prasasti/connectors/v1", webhooks: { loopback: true } }),
  };
}

const MAX_BYTES = 4 * 1024 * 1024;

/** Reads the file; adds to `faults` everything that is wrong with it, each with its line and column. */
export async function readConnectors(file: string, faults: Words[]): Promise<ConnectorsFile | undefined> {
  const size = await stat(file).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined || size > MAX_BYTES) {
    faults.push(
      size === undefined
        ? { en: `PRASASTI_CONNECTORS: there is no file ${file}.`, id: `PRASASTI_CONNECTORS: tidak ada berkas ${file}.` }
        : { en: `${file} is larger than 4 MiB.`, id: `${file} lebih besar dari 4 MiB.` },
    );
    return undefined;
  }
  const read = parseConnectors(await readFile(file, "utf8"), path.basename(file));
  const wrong = "faults" in read ? read.faults : mapFaults(read, path.basename(file), path.dirname(path.resolve(file)));
  if (wrong.length > 0) faults.push(...wrong.map(withPlace));
  if ("faults" in read || wrong.length > 0) return undefined;
  return { file, folder: path.dirname(path.resolve(file)), settings: read.settings };
}

/** What the text says, or everything that is wrong with it: first its form, then what does not go together. */
export function parseConnectors(
  text: string,
  file: string,
): { settings: Connectors; place: Place } | { faults: readonly PlacedFault[] } {
  const read = placedYaml(text, file, connectorsSchema, {
    what: { en: "connectors.yaml", id: "connectors.yaml" },
    forms: FORMS,
  });
  const secrets = secretsIn(text).map((place) => ({ file, ...place, ...SECRET }));
  // what complains about a value must not repeat a secret in it
  if ("faults" in read)
    return { faults: [...read.faults.filter(({ line }) => secrets.every((one) => one.line !== line)), ...secrets] };
  const faults = [...disagreements(read.value, read.place).map((fault) => ({ file, ...fault })), ...secrets];
  return faults.length > 0 ? { faults } : { settings: read.value, place: read.place };
}

const FORMS: Readonly<Record<string, Words>> = {
  "a-slug": {
    en: "small letters, digits and hyphens, at most 63",
    id: "huruf kecil, angka, dan tanda hubung, paling banyak 63",
  },
  "a-duration": {
    en: "a whole number and its unit is expected: 30s, 15m, 6h, 3d",
    id: "diharapkan bilangan bulat dan satuannya: 30s, 15m, 6h, 3d",
  },
  "a-time": {
    en: 'a time of day is expected, in quotation marks: "02:30"',
    id: 'diharapkan jam dalam tanda kutip: "02:30"',
  },
  "a-zone": {
    en: "an IANA zone is expected: Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
    id: "diharapkan zona IANA: Asia/Jakarta, Asia/Makassar, Asia/Jayapura",
  },
  "a-variable": {
    en: "the name of an environment variable is expected, not the secret itself",
    id: "diharapkan nama variabel lingkungan, bukan rahasianya",
  },
  "a-day": { en: "a day is expected, as 2026-01-31", id: "diharapkan tanggal, misalnya 2026-01-31" },
  "a-pointer": {
    en: 'a pointer into JSON is expected: "" or "/data"',
    id: 'diharapkan penunjuk ke dalam JSON: "" atau "/data"',
  },
  "an-address": {
    en: "an address is expected, as https://host/path: no placeholders, user or password in the host",
    id: "diharapkan alamat, misalnya https://host/jalur: tanpa isian, pengguna, atau sandi pada host",
  },
  "a-file-name": {
    en: "the name of a file is expected, with * for what varies, and no folder",
    id: "diharapkan nama berkas, dengan * untuk bagian yang berubah, tanpa folder",
  },
  "a-host": {
    en: "a host is expected, with its port where it is not the usual one",
    id: "diharapkan sebuah host, dengan porta bila bukan yang biasa",
  },
  "a-layout": {
    en: "`layout` stands with format layout, and only with it",
    id: "`layout` ditulis bersama format layout, dan hanya dengannya",
  },
  "a-column": {
    en: "a column has a field or a text, one of both",
    id: "kolom memuat field atau text, salah satu",
  },
  "a-width": {
    en: "every column of a fixed form has its width",
    id: "setiap kolom bentuk fixed memiliki width",
  },
  "a-currency": { en: "a currency is three capital letters", id: "mata uang ditulis tiga huruf besar" },
  "an-account": { en: "an account has at least five digits", id: "rekening berisi paling sedikit lima angka" },
};

/** What is wrong with the maps that jobs name. */
function mapFaults(
  { settings, place }: { settings: Connectors; place: Place },
  file: string,
  folder: string,
): PlacedFault[] {
  return settings.jobs.flatMap(({ map, sink }, index) => {
    try {
      if (map === undefined) return [];
      const sinks = sinksOf(readJobMap(map, folder).spec);
      if (sinks.has(sink)) return [];
      const into = [...sinks].join(", ") || "prasasti migrate";
      const en = `the map ${map} is for ${into}: ${sink} finds nothing in its rows; change \`sink\` or \`map\``;
      const id = `peta ${map} adalah untuk ${into}: ${sink} tidak menemukan apa pun dalam barisnya; ubah \`sink\` atau \`map\``;
      return [{ file, ...place(["jobs", index, "map"]), en: `${en}.`, id: `${id}.` }];
    } catch (error) {
      if (error instanceof MapFault) return [...error.placed];
      const en = `there is no map ${map}: neither one that comes with the software nor a file beside this one`;
      const id = `tidak ada peta ${map}: bukan peta bawaan, bukan pula berkas di samping berkas ini`;
      return [{ file, ...place(["jobs", index, "map"]), en: `${en}.`, id: `${id}.` }];
    }
  });
}

const SECRET: Words = {
  en: `${SECRET_IN_FILE.en}. Name the environment variable that holds it instead.`,
  id: `${SECRET_IN_FILE.id}. Sebutkan variabel lingkungan yang memuatnya.`,
};

/** What stands beside the jobs in the API (/api/v1/connectors/…): a job of that name could not be reached. */
const TAKEN_IDS = new Set(["proposals"]);

type At = Words & { line: number; column: number };

/** What the form alone does not tell: names that nothing has, names that two things have. */
function disagreements(connectors: Connectors, place: Place): At[] {
  const { agencies, sources, jobs, machines, requests, bankAccounts } = connectors;
  const faults: At[] = [];
  const say = (at: readonly (string | number)[], en: string, id: string) => faults.push({ ...place(at), en, id });
  const once = <T>(
    list: readonly T[],
    names: (one: T) => readonly string[],
    at: (one: number, name: number) => (string | number)[],
  ) => {
    const seen = new Set<string>();
    for (const [index, one] of list.entries())
      for (const [nth, name] of names(one).entries()) {
        if (seen.has(name)) say(at(index, nth), `${name} stands here a second time.`, `${name} sudah ada sebelumnya.`);
        seen.add(name);
      }
  };
  once(
    jobs,
    ({ id }) => [id],
    (index) => ["jobs", index, "id"],
  );
  for (const [index, { id }] of jobs.entries())
    if (TAKEN_IDS.has(id))
      say(
        ["jobs", index, "id"],
        `${id} is an address of the gateway's own; give the job another id.`,
        `${id} sudah menjadi alamat gateway; beri pekerjaan ini id lain.`,
      );
  once(
    agencies,
    ({ id }) => [id],
    (index) => ["agencies", index, "id"],
  );
  once(
    agencies,
    ({ codes }) => codes,
    (index, nth) => ["agencies", index, "codes", nth],
  );
  const known = new Set(agencies.map(({ id }) => id));
  const agency = (id: string | undefined, at: (string | number)[]) => {
    if (id !== undefined && !known.has(id))
      say(at, `${id} is not one of \`agencies\`.`, `${id} tidak ada dalam \`agencies\`.`);
  };
  once(
    bankAccounts,
    ({ name }) => [name],
    (index) => ["bankAccounts", index, "name"],
  );
  for (const [index, { account }] of jobs.entries()) {
    if (account !== undefined && !bankAccounts.some(({ name }) => name === account))
      say(
        ["jobs", index, "account"],
        `${account} is not one of \`bankAccounts\`.`,
        `${account} tidak ada dalam \`bankAccounts\`.`,
      );
  }
  for (const [index, { source, agency: id }] of jobs.entries()) {
    if (!Object.hasOwn(sources, source))
      say(["jobs", index, "source"], `${source} is not one of \`sources\`.`, `${source} tidak ada dalam \`sources\`.`);
    agency(id, ["jobs", index, "agency"]);
  }
  once(
    requests,
    ({ agency: id }) => [id],
    (index) => ["requests", index, "agency"],
  );
  for (const [index, { agency: id }] of requests.entries()) agency(id, ["requests", index, "agency"]);
  for (const [index, { agency: id, jobs: named = [] }] of machines.entries()) {
    agency(id, ["machines", index, "agency"]);
    for (const [nth, name] of named.entries())
      if (!jobs.some((one) => one.id === name))
        say(["machines", index, "jobs", nth], `${name} is not one of \`jobs\`.`, `${name} tidak ada dalam \`jobs\`.`);
  }
  return faults;
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of a duration of the file, such as 15m. */
export function milliseconds(text: string): number {
  return Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];
}

function isZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return text.includes("/") || text === "UTC";
  } catch {
    return false;
  }
}

/** The published JSON Schema (docs/reference/connectors.schema.json), so that editors complete and check while one types. */
export function connectorsJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(connectorsSchema, { io: "input" }), title: "connectors.yaml of prasasti" };
}
