import path from "node:path";
import { z } from "zod";
import type { NetworkSettings } from "./chain/network.ts";
import type { Hex } from "./domain/entries/words.ts";
import { ConfigFault } from "./domain/fault.ts";
import type { Words } from "./domain/problems.ts";
import type { RuleBook } from "./domain/rules/rule-table.ts";
import { type IdentitySettings, readIdentity } from "./identity/settings.ts";
import { type ConnectorsFile, emptyConnectors, readConnectors } from "./integrations/settings.ts";
import type { Charter } from "./ledger/charter.ts";
import { productionFaults, readCouncil } from "./production.ts";
import { readRules } from "./rule-settings.ts";
import { sandboxChoices } from "./sandbox/bootstrap.ts";
import { SANDBOX_CHAIN_ID } from "./sandbox/people.ts";

/** Settings, read once from the environment and the command line; every fault is reported at once. */
export type Config = {
  mode: "sandbox" | "production";
  data: string;
  port: number;
  host: string;
  empty: boolean;
  /** as people reach it, such as https://register.example; undefined: the address it listens on */
  origin: string | undefined;
  /** requests a minute from one address, 0 without limit; this machine itself is not counted */
  rateLimit: number;
  /** after how many days what waits is due, and overdue */
  reminders: { dueDays: number; overdueDays: number };
  /** how many proxies stand before it: their X-Forwarded-For is believed, nobody else's */
  proxies: number;
  /** open streams of events from one address */
  streams: number;
  /** bytes of the largest document */
  maxDocument: number;
  /** file of the vault's master key; undefined: one of the data folder's own */
  vaultKeyFile: string | undefined;
  /** hours in which every document is hashed again once, 0 never; and at most how many bytes of them a second */
  recheck: { hours: number; bytesPerSecond: number };
  /** the access log: days after which nobody can tell whose its rows are, 0 never; hours between its anchors */
  accessLog: { days: number; anchorHours: number };
  chainId: number;
  choices: Charter;
  /** where other programs reach the chain; undefined: nowhere */
  rpcPort: number | undefined;
  /** the network that keeps the chain; undefined: it is embedded */
  network: NetworkSettings | undefined;
  /** issuers and directories of other systems; undefined: none */
  identity: IdentitySettings | undefined;
  /** what connectors read; undefined: nothing, and no integrations run */
  connectors: ConnectorsFile | undefined;
  /** the dated rules with what was changed; undefined: as they are */
  rules: RuleBook | undefined;
};

/** What a setting is for, what it must look like, and the flag that overrides it. */
export type About = Words & { expects: Words; flag?: string };

const setting = <T extends z.ZodType>(schema: T, about: About) => ({ schema, about });
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((number) => number <= 65_535);
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/)
    .transform(Number)
    .refine((number) => number >= least && number <= most);
const expectsPort = { en: "a port number, 0 to 65535", id: "nomor port, 0 sampai 65535" };

/** All settings of the gateway. `.env.example` and docs/reference/configuration.md are generated from this table. */
export const settings = {
  PRASASTI_MODE: setting(z.enum(["sandbox", "production"]).default("sandbox"), {
    en: "`sandbox`: invented agencies and published keys, to try things. `production`: a real register; refuses to start on anything unsafe.",
    id: "`sandbox`: instansi karangan dan kunci umum, untuk mencoba. `production`: register sungguhan; menolak mulai bila ada yang tidak aman.",
    expects: { en: "sandbox or production", id: "sandbox atau production" },
  }),
  PRASASTI_DATA: setting(z.string().default("data"), {
    en: "Folder that keeps everything.",
    id: "Folder yang menyimpan semuanya.",
    expects: { en: "a folder", id: "sebuah folder" },
    flag: "--data",
  }),
  PRASASTI_HOST: setting(z.string().default("127.0.0.1"), {
    en: "Address to listen on.",
    id: "Alamat tempat mendengarkan.",
    expects: { en: "an address of this machine", id: "alamat mesin ini" },
    flag: "--host",
  }),
  PRASASTI_PORT: setting(port.default(8080), {
    en: "Port of the HTTP API and the page; 0 takes a free one.",
    id: "Port API HTTP dan halaman; 0 mengambil yang bebas.",
    expects: expectsPort,
    flag: "--port",
  }),
  PRASASTI_RPC_PORT: setting(port.optional(), {
    en: "Port of the chain's JSON-RPC, on 127.0.0.1 only and with the token in `keys/rpc.token` of the data folder; off where it is not set.",
    id: "Port JSON-RPC rantai, hanya di 127.0.0.1 dan dengan token di `keys/rpc.token` dalam folder data; mati bila tidak diisi.",
    expects: expectsPort,
  }),
  PRASASTI_ORIGIN: setting(
    z
      .string()
      .regex(/^https?:\/\/[a-z0-9.-]+(:[0-9]+)?$/)
      .optional(),
    {
      en: "Address by which people reach the gateway; what they sign to sign in names it. The address it listens on where it is not set.",
      id: "Alamat yang dipakai orang untuk mencapai gateway; disebut dalam tanda tangan masuk. Alamat dengarnya bila tidak diisi.",
      expects: {
        en: "http(s)://host, without a path or a slash at its end",
        id: "http(s)://host, tanpa jalur atau garis miring di akhir",
      },
    },
  ),
  PRASASTI_RATE_LIMIT: setting(wholeNumber(0, 1_000_000).default(6_000), {
    en: "Requests a minute from one address, 0 without limit; this machine itself is not counted.",
    id: "Permintaan per menit dari satu alamat, 0 tanpa batas; mesin ini sendiri tidak dihitung.",
    expects: { en: "a whole number", id: "bilangan bulat" },
  }),
  PRASASTI_DUE_DAYS: setting(wholeNumber(1, 365).default(3), {
    en: "After how many days what waits for somebody is told to be due.",
    id: "Setelah berapa hari yang menunggu seseorang disebut jatuh tempo.",
    expects: { en: "a whole number, 1 to 365", id: "bilangan bulat, 1 sampai 365" },
  }),
  PRASASTI_OVERDUE_DAYS: setting(wholeNumber(1, 365).default(7), {
    en: "After how many days it is told to be overdue.",
    id: "Setelah berapa hari disebut terlambat.",
    expects: { en: "a whole number, 1 to 365", id: "bilangan bulat, 1 sampai 365" },
  }),
  PRASASTI_PROXIES: setting(wholeNumber(0, 9).default(0), {
    en: "How many proxies stand before the gateway: their X-Forwarded-For is believed, nobody else's.",
    id: "Jumlah proksi di depan gateway: X-Forwarded-For mereka dipercaya, yang lain tidak.",
    expects: { en: "a whole number, 0 to 9", id: "bilangan bulat, 0 sampai 9" },
  }),
  PRASASTI_STREAMS: setting(wholeNumber(1, 1_000).default(50), {
    en: "Open streams of events from one address; 1000 from all together.",
    id: "Aliran peristiwa yang terbuka dari satu alamat; 1000 dari semuanya.",
    expects: { en: "a whole number, 1 to 1000", id: "bilangan bulat, 1 sampai 1000" },
  }),
  PRASASTI_MAX_DOCUMENT: setting(wholeNumber(1, 4_294_967_296).default(33_554_432), {
    en: "Bytes of the largest document that is taken.",
    id: "Ukuran dokumen terbesar yang diterima, dalam byte.",
    expects: { en: "a whole number from 1 on", id: "bilangan bulat mulai dari 1" },
  }),
  PRASASTI_VAULT_KEY_FILE: setting(z.string().optional(), {
    en: "File with the master key of the vault: 64 hexadecimal digits. Where it is not set, `keys/vault.key` of the data folder, made at the first start. Whoever has key and vault can open what is sealed; without the key nobody can.",
    id: "Berkas kunci induk brankas: 64 digit heksadesimal. Bila tidak diisi, `keys/vault.key` di folder data, dibuat saat pertama kali dijalankan. Siapa memegang kunci dan brankas dapat membuka yang tersegel; tanpa kunci tidak seorang pun.",
    expects: { en: "a file", id: "sebuah berkas" },
  }),
  PRASASTI_RECHECK_HOURS: setting(wholeNumber(0, 8_760).default(168), {
    en: "Hours in which every stored document is hashed again once; 0 never. One that changed raises an alarm and marks its records.",
    id: "Jangka (jam) setiap dokumen tersimpan di-hash ulang sekali; 0 tidak pernah. Yang berubah memicu peringatan dan menandai catatannya.",
    expects: { en: "a whole number, 0 to 8760", id: "bilangan bulat, 0 sampai 8760" },
  }),
  PRASASTI_RECHECK_RATE: setting(wholeNumber(1_024, 4_294_967_296).default(8_388_608), {
    en: "Bytes of documents that are hashed again in a second at most, so that nobody waits for it.",
    id: "Byte dokumen yang di-hash ulang per detik paling banyak, agar tidak ada yang menunggu karenanya.",
    expects: { en: "a whole number from 1024 on", id: "bilangan bulat mulai dari 1024" },
  }),
  PRASASTI_ACCESS_LOG_DAYS: setting(wholeNumber(0, 36_500).default(1_825), {
    en: "Days after which nobody can tell any longer whose the rows of the access log are: what names them is destroyed, the rows and their proofs stay. Whole months; 0 never.",
    id: "Hari setelah itu tidak seorang pun dapat mengetahui milik siapa baris log akses: yang menamai dimusnahkan, baris dan buktinya tetap. Per bulan penuh; 0 tidak pernah.",
    expects: { en: "a whole number, 0 to 36500", id: "bilangan bulat, 0 sampai 36500" },
  }),
  PRASASTI_ANCHOR_HOURS: setting(wholeNumber(1, 168).default(24), {
    en: "Hours between the anchors by which the access log is fixed in the register, where it has new rows.",
    id: "Jangka (jam) antara jangkar yang menetapkan log akses dalam register, bila ada baris baru.",
    expects: { en: "a whole number, 1 to 168", id: "bilangan bulat, 1 sampai 168" },
  }),
  PRASASTI_OCID_PREFIX: setting(
    z
      .string()
      .regex(/^ocds-[a-z0-9]{6}$/)
      .optional(),
    {
      en: "The publisher's registered OCDS prefix. Needed in production.",
      id: "Awalan OCDS terdaftar milik penerbit. Wajib di produksi.",
      expects: { en: "ocds- and six lower-case letters or digits", id: "ocds- dan enam huruf kecil atau angka" },
    },
  ),
  PRASASTI_CHAIN_ID: setting(
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/)
      .transform(Number)
      .optional(),
    {
      en: "Number that tells this chain from all others; signatures name it. Needed in production, chosen once.",
      id: "Angka yang membedakan rantai ini dari yang lain; disebut dalam tanda tangan. Wajib di produksi, dipilih sekali.",
      expects: { en: "a whole number from 1 on", id: "bilangan bulat mulai dari 1" },
    },
  ),
  PRASASTI_CHAIN: setting(z.enum(["embedded", "network"]).default("embedded"), {
    en: "What keeps the chain. `embedded`: this process, in the data folder. `network`: nodes of a network, reached by JSON-RPC.",
    id: "Yang menyimpan rantai. `embedded`: proses ini, di folder data. `network`: node-node jaringan, dicapai lewat JSON-RPC.",
    expects: { en: "embedded or network", id: "embedded atau network" },
  }),
  PRASASTI_NODES: setting(
    z
      .string()
      .transform((text) => text.split(",").map((url) => url.trim()))
      .refine((urls) =>
        urls.every((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? "") && !/\/\/[^/]*@/.test(url)),
      )
      .optional(),
    {
      en: "JSON-RPC addresses of the network's nodes, with commas between; two or more, so that none is needed. Needed with `PRASASTI_CHAIN=network`.",
      id: "Alamat JSON-RPC node-node jaringan, dipisah koma; dua atau lebih, agar tidak bergantung pada satu node. Wajib bila `PRASASTI_CHAIN=network`.",
      expects: {
        en: "http(s) addresses without a password in them, with commas between",
        id: "alamat http(s) tanpa kata sandi, dipisah koma",
      },
    },
  ),
  PRASASTI_CONFIRMATIONS: setting(wholeNumber(1, 1_000).optional(), {
    en: "How many blocks stand on a block of the network before it is told as final. Where it is not set: 2(⌊n/2⌋+1) for the n signers that a Clique node tells, else 4. 1 is for a development node alone.",
    id: "Jumlah blok di atas suatu blok jaringan sebelum disebut final. Bila tidak diisi: 2(⌊n/2⌋+1) untuk n penanda tangan menurut node Clique, selain itu 4. 1 hanya untuk node pengembangan.",
    expects: { en: "a whole number, 1 to 1000", id: "bilangan bulat, 1 sampai 1000" },
  }),
  PRASASTI_LEDGER: setting(
    z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/)
      .transform((text) => text.toLowerCase() as Hex)
      .optional(),
    {
      en: "Address of the ledger that stands on the network already, for a further gateway or a new data folder. Where it is not set, a first start deploys a new register.",
      id: "Alamat ledger yang sudah ada di jaringan, untuk gateway tambahan atau folder data baru. Bila tidak diisi, register baru diterapkan saat pertama kali dijalankan.",
      expects: { en: "0x and 40 hexadecimal digits", id: "0x dan 40 digit heksadesimal" },
    },
  ),
  PRASASTI_GAS_PRICE: setting(wholeNumber(0, 2_000_000_000).default(0), {
    en: "Price of gas on the network, in wei. Where it is not 0, the accounts of this gateway need a balance; `prasasti doctor` names them.",
    id: "Harga gas di jaringan, dalam wei. Bila bukan 0, akun gateway ini perlu saldo; `prasasti doctor` menyebutkannya.",
    expects: { en: "a whole number", id: "bilangan bulat" },
  }),
  PRASASTI_IDENTITY: setting(z.string().optional(), {
    en: "JSON file of the OpenID Connect issuers that people sign in through, and of LDAP directories (docs/how-to/connect-identity.md). `identity.json` of the data folder where it is not set and there is one.",
    id: "Berkas JSON penerbit OpenID Connect tempat orang masuk, dan direktori LDAP (docs/how-to/connect-identity.md). `identity.json` di folder data bila tidak diisi dan berkas itu ada.",
    expects: { en: "a file", id: "sebuah berkas" },
  }),
  PRASASTI_CONNECTORS: setting(z.string().optional(), {
    en: "YAML file of the systems that are read and of what is read from them (docs/how-to/connect-systems.md). Where it is not set, a sandbox has none of them and a real register no integrations.",
    id: "Berkas YAML sistem-sistem yang dibaca dan apa yang dibaca darinya (docs/how-to/connect-systems.md). Bila tidak diisi, sandbox berjalan tanpa sumber dan register sungguhan tanpa integrasi.",
    expects: { en: "a file", id: "sebuah berkas" },
  }),
  PRASASTI_RULES: setting(z.string().optional(), {
    en: "YAML file that changes figures of the rules before signing, each from a day and by a regulation (docs/reference/rules.md). Without it they are as that page lists them.",
    id: "Berkas YAML yang mengubah angka aturan sebelum penandatanganan, masing-masing sejak suatu hari dan dengan dasar peraturan (docs/reference/rules.md). Tanpa berkas ini berlaku seperti di halaman itu.",
    expects: { en: "a file", id: "sebuah berkas" },
  }),
  PRASASTI_COUNCIL: setting(z.string().optional(), {
    en: "JSON file of the council: `members` (addresses), `threshold`, and `councilDelay`, `vetoDelay`, `policyDelay` in seconds. Needed in production; fixed by the first start.",
    id: "Berkas JSON dewan: `members` (alamat), `threshold`, serta `councilDelay`, `vetoDelay`, `policyDelay` dalam detik. Wajib di produksi; tetap sejak pertama kali dijalankan.",
    expects: { en: "a file", id: "sebuah berkas" },
  }),
} as const;

/** Settings of the other commands: where they find the gateway and the signer's keys. Read where they are used. */
export const clientSettings: Record<string, Words & { secret?: true }> = {
  PRASASTI_URL: { en: "The gateway that commands ask.", id: "Gateway yang ditanyai perintah." },
  PRASASTI_KEYS: {
    en: "Folder of signing keys; `~/.prasasti/keys` where it is not set.",
    id: "Folder kunci penanda tangan; `~/.prasasti/keys` bila tidak diisi.",
  },
  PRASASTI_HOME: {
    en: "Folder where commands remember what they saw; `~/.prasasti` where it is not set.",
    id: "Folder tempat perintah mengingat yang dilihat; `~/.prasasti` bila tidak diisi.",
  },
  PRASASTI_PASSPHRASE: {
    en: "Opens a sealed signing key without asking. Also as PRASASTI_PASSPHRASE_FILE: the file that holds it.",
    id: "Membuka kunci tersegel tanpa bertanya. Juga PRASASTI_PASSPHRASE_FILE: berkas yang memuatnya.",
    secret: true,
  },
};

export type Flags = { data?: string; port?: string; host?: string; empty?: boolean };
type Name = keyof typeof settings;
type Values = { [N in Name]: z.output<(typeof settings)[N]["schema"]> };

type Environment = Record<string, string | undefined>;

/** How a network is reached; undefined where the chain is embedded. Adds to `faults` what does not go together. */
function networkOf(values: Partial<Values>, env: Environment, faults: Words[]): NetworkSettings | undefined {
  const network = values.PRASASTI_CHAIN === "network";
  if (network && !env.PRASASTI_NODES)
    faults.push({
      en: "PRASASTI_NODES: missing; PRASASTI_CHAIN=network needs the addresses of its nodes.",
      id: "PRASASTI_NODES: belum diisi; PRASASTI_CHAIN=network memerlukan alamat node-nodenya.",
    });
  if (network && values.PRASASTI_RPC_PORT !== undefined)
    faults.push({
      en: "PRASASTI_RPC_PORT: only for the embedded chain; the nodes of a network have their own.",
      id: "PRASASTI_RPC_PORT: hanya untuk rantai tertanam; node-node jaringan punya sendiri.",
    });
  for (const name of ["PRASASTI_NODES", "PRASASTI_CONFIRMATIONS", "PRASASTI_LEDGER", "PRASASTI_GAS_PRICE"] as const)
    if (!network && env[name])
      faults.push({
        en: `${name}: only with PRASASTI_CHAIN=network.`,
        id: `${name}: hanya dengan PRASASTI_CHAIN=network.`,
      });
  if (!network) return undefined;
  return {
    urls: values.PRASASTI_NODES ?? [],
    confirmations: values.PRASASTI_CONFIRMATIONS,
    ledger: values.PRASASTI_LEDGER,
    gasPrice: values.PRASASTI_GAS_PRICE ?? 0,
  };
}

/** The file of the master key alone, for the command that changes it. */
export function vaultKeyFile(env: Environment): string | undefined {
  return env.PRASASTI_VAULT_KEY_FILE || undefined;
}

/** The network's settings alone, for commands that read a data folder which follows a network. @throws ConfigFault */
export function networkSettings(env: Environment): NetworkSettings | undefined {
  const faults: Words[] = [];
  const values = readValues(env, {}, faults);
  const network = networkOf(values, env, faults);
  if (faults.length > 0) throw new ConfigFault(faults);
  return network;
}

/** The value of each setting; adds to `faults` those that are not what they must be. */
function readValues(env: Environment, flags: Flags, faults: Words[]): Partial<Values> {
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of Object.keys(settings) as Name[]) {
    const { schema, about }: { schema: z.ZodType; about: About } = settings[name];
    const flag = about.flag?.slice(2) as "data" | "port" | "host" | undefined;
    // an empty line of a .env file sets nothing
    const given = (flag === undefined ? undefined : flags[flag]) ?? (env[name] || undefined);
    const parsed = schema.safeParse(given);
    if (parsed.success) values[name] = parsed.data;
    else {
      const shown = JSON.stringify(given?.slice(0, 60));
      faults.push({
        en: `${name}: ${shown} is not ${about.expects.en}.`,
        id: `${name}: ${shown} bukan ${about.expects.id}.`,
      });
    }
  }
  return values as Partial<Values>;
}

/** @throws ConfigFault with all faults, in English and Indonesian */
export async function readConfig(env: Environment, flags: Flags): Promise<Config> {
  const faults: Words[] = [];
  const values = readValues(env, flags, faults);
  const { PRASASTI_MODE: mode = "sandbox", PRASASTI_DATA: data = "data", ...rest } = values;
  const council = mode === "production" ? await readCouncil(rest.PRASASTI_COUNCIL, faults) : undefined;
  if (mode === "production") {
    const named = { ocidPrefix: rest.PRASASTI_OCID_PREFIX, chainId: rest.PRASASTI_CHAIN_ID };
    faults.push(...(await productionFaults({ data, council, ...named, given: (name) => Boolean(env[name]) })));
  }
  if (mode === "production" && env.PRASASTI_FAILPOINT)
    faults.push({
      en: "PRASASTI_FAILPOINT: kills the process at a named place; it is for tests.",
      id: "PRASASTI_FAILPOINT: mematikan proses di tempat tertentu; hanya untuk uji.",
    });
  const network = networkOf(rest, env, faults);
  const identityFile = rest.PRASASTI_IDENTITY ?? path.join(data, "identity.json");
  const identity = await readIdentity(identityFile, rest.PRASASTI_IDENTITY !== undefined, faults);
  if (mode === "production" && (identity?.issuers.length ?? 0) > 0 && rest.PRASASTI_ORIGIN === undefined)
    faults.push({
      en: "PRASASTI_ORIGIN: missing; issuers send people back to it.",
      id: "PRASASTI_ORIGIN: belum diisi; penerbit mengembalikan orang ke sana.",
    });
  const connectorsFile = rest.PRASASTI_CONNECTORS;
  const connectors =
    connectorsFile !== undefined
      ? await readConnectors(connectorsFile, faults)
      : mode === "sandbox"
        ? emptyConnectors(data)
        : undefined;
  const rules = rest.PRASASTI_RULES === undefined ? undefined : await readRules(rest.PRASASTI_RULES, faults);
  if (faults.length > 0) throw new ConfigFault(faults);
  return Object.freeze({
    mode,
    data,
    port: rest.PRASASTI_PORT!,
    host: rest.PRASASTI_HOST!,
    empty: flags.empty ?? false,
    origin: rest.PRASASTI_ORIGIN,
    rateLimit: rest.PRASASTI_RATE_LIMIT!,
    reminders: { dueDays: rest.PRASASTI_DUE_DAYS!, overdueDays: rest.PRASASTI_OVERDUE_DAYS! },
    proxies: rest.PRASASTI_PROXIES!,
    streams: rest.PRASASTI_STREAMS!,
    maxDocument: rest.PRASASTI_MAX_DOCUMENT!,
    vaultKeyFile: rest.PRASASTI_VAULT_KEY_FILE,
    accessLog: { days: rest.PRASASTI_ACCESS_LOG_DAYS!, anchorHours: rest.PRASASTI_ANCHOR_HOURS! },
    recheck: { hours: rest.PRASASTI_RECHECK_HOURS!, bytesPerSecond: rest.PRASASTI_RECHECK_RATE! },
    chainId: mode === "sandbox" ? SANDBOX_CHAIN_ID : rest.PRASASTI_CHAIN_ID!,
    choices: council ?? sandboxChoices(),
    rpcPort: rest.PRASASTI_RPC_PORT,
    network,
    identity,
    connectors,
    rules,
  });
}
