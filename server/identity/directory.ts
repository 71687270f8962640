import { connect, type Socket } from "node:net";
import {
  AndFilter,
  Client,
  type Entry,
  EqualityFilter,
  type Filter,
  FilterParser,
  ResultCodeError,
  SizeLimitExceededError,
} from "ldapts";
import { Fault } from "../domain/fault.ts";
import type { Words } from "../domain/problems.ts";
import type { DirectorySettings } from "./settings.ts";

/**
 * An LDAP directory or Active Directory, read and never written (RFC 4511). Every operation has a time limit. A reading
 * is whole or it is none: who could not be read to the end must not look like one that left.
 */

/** Somebody in a directory, by what a register needs to know of him; `department` where he belongs, as it is written there. */
export type DirectoryEntry = { entry: string; department: string; disabled: boolean };

export type Reading = {
  /** everybody whom the filter finds, by his unchanging id */
  entries: Map<string, DirectoryEntry>;
  /** Asks for one entry alone: whether the filter finds it after all. */
  isThere(entry: string): Promise<boolean>;
};

/** Active Directory: userAccountControl ACCOUNTDISABLE, and the moments that say "never" in accountExpires. */
const ACCOUNTDISABLE = 0x2;
const NEVER = new Set(["0", "9223372036854775807"]);
/** From 1601 to 1970, in seconds. */
const FILETIME_SECONDS = 11_644_473_600;

/**
 * Reads all of a directory and hands it over while the connection stands.
 * @throws Fault directory-unreachable, directory-refused, directory-partial
 */
export async function withReading<T>(
  settings: DirectorySettings,
  now: number,
  use: (reading: Reading) => Promise<T>,
): Promise<T> {
  return connected(settings, async (client, standing) => {
    const filter = FilterParser.parseString(settings.filter);
    const entries = new Map<string, DirectoryEntry>();
    const names = attributesOf(settings);
    const pages = client.searchPaginated(settings.base, {
      scope: "sub",
      filter,
      attributes: names,
      explicitBufferAttributes: [idOf(settings)],
      paged: { pageSize: settings.pageSize },
      timeLimit: settings.timeoutSeconds,
    });
    for await (const { searchEntries } of pages)
      for (const each of searchEntries) {
        const read = entryOf(each, settings, now);
        // an id that may not be read, or stands twice, makes the whole reading worthless
        if (read === undefined || entries.has(read.entry)) throw partial(settings, `${idOf(settings)}?`);
        entries.set(read.entry, read);
      }
    standing();
    return use({
      entries,
      async isThere(entry) {
        const one = new AndFilter({ filters: [filter, equals(settings, entry)] });
        const { searchEntries } = await client.search(settings.base, {
          scope: "sub",
          filter: one,
          attributes: ["1.1"],
        });
        // an answer over a connection that was made anew, and is nobody's, would say that nobody is there
        standing();
        return searchEntries.length > 0;
      },
    });
  });
}

/**
 * The entry of a login name, where the filter finds exactly one.
 * @throws Fault directory-unreachable, directory-refused
 */
export async function findEntry(
  settings: DirectorySettings,
  login: string,
  now: number,
): Promise<DirectoryEntry | undefined> {
  return connected(settings, async (client) => {
    const attribute = settings.login ?? (settings.kind === "ad" ? "sAMAccountName" : "uid");
    const filters: Filter[] = [
      FilterParser.parseString(settings.filter),
      new EqualityFilter({ attribute, value: login }),
    ];
    const { searchEntries } = await client.search(settings.base, {
      scope: "sub",
      filter: new AndFilter({ filters }),
      attributes: attributesOf(settings),
      explicitBufferAttributes: [idOf(settings)],
      sizeLimit: 2,
    });
    return searchEntries.length === 1 ? entryOf(searchEntries[0]!, settings, now) : undefined;
  });
}

/** Whether the directory lets its reader in and has the base. @throws Fault directory-unreachable, directory-refused, directory-partial */
export async function probe(settings: DirectorySettings): Promise<void> {
  await connected(settings, (client) => client.search(settings.base, { scope: "base", attributes: ["1.1"] }));
}

async function connected<T>(
  settings: DirectorySettings,
  work: (client: Client, standing: () => void) => Promise<T>,
): Promise<T> {
  const { url, startTls, ca, bindDn, bindPassword, timeoutSeconds } = settings;
  const limit = timeoutSeconds * 1000;
  const tlsOptions = { minVersion: "TLSv1.2" as const, ...(ca === undefined ? {} : { ca: [ca] }) };
  const opened: Socket[] = [];
  const client = new Client({
    url,
    timeout: limit,
    connectTimeout: limit,
    ...(url.startsWith("ldaps:") ? { tlsOptions } : {}),
    createConnection: ((port: number, host: string) => {
      const socket = connect(port, host);
      opened.push(socket);
      return socket;
    }) as typeof connect,
    strictDN: false,
  });
  // the client waits for the handshake of StartTLS without a limit
  const late = setTimeout(() => {
    for (const socket of opened) socket.destroy(new Error("timeout"));
  }, limit * 2);
  let read = false;
  try {
    if (startTls) await client.startTLS({ ...tlsOptions, host: new URL(url.replace(/^ldap/, "http")).hostname });
    await client.bind(bindDn, bindPassword);
    clearTimeout(late);
    read = true;
    return await work(client, () => {
      if (!client.isBound) throw partial(settings, "connection lost");
    });
  } catch (error) {
    if (error instanceof SizeLimitExceededError) throw partial(settings, "sizeLimitExceeded");
    if (error instanceof ResultCodeError)
      throw read ? partial(settings, error.name) : fault(settings, "directory-refused", error.name);
    // what is no answer of the directory, and no fault that was told already
    if (error instanceof Fault || !isOfNetwork(error)) throw error;
    throw read ? partial(settings, reasonOf(error)) : fault(settings, "directory-unreachable", reasonOf(error));
  } finally {
    clearTimeout(late);
    await client.unbind().catch(() => {});
    for (const socket of opened) socket.destroy();
  }
}

const idOf = ({ kind }: DirectorySettings) => (kind === "ad" ? "objectGUID" : "entryUUID");

function attributesOf(settings: DirectorySettings): string[] {
  const { kind, department, disabled } = settings;
  const own = kind === "ad" ? ["userAccountControl", "accountExpires"] : [];
  return [...new Set([idOf(settings), ...own, department, disabled?.attribute].filter((name) => name !== undefined))];
}

function entryOf(found: Entry, settings: DirectorySettings, now: number): DirectoryEntry | undefined {
  const values = (name: string) => [found[name] ?? []].flat().map(String);
  const id = [found[idOf(settings)]].flat()[0];
  const entry = Buffer.isBuffer(id) ? (settings.kind === "ad" ? guidOf(id) : id.toString("latin1").toLowerCase()) : "";
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(entry)) return undefined;
  const { department, disabled } = settings;
  const marked = disabled !== undefined && values(disabled.attribute).some((each) => disabled.values.includes(each));
  const off = settings.kind === "ad" && isOff(values("userAccountControl")[0], values("accountExpires")[0], now);
  return {
    entry,
    // where no attribute is named: the unit of the tree that he stands in
    department: department === undefined ? above(found.dn) : values(department).sort().join(" | "),
    disabled: marked || off,
  };
}

function isOff(control = "0", expires = "0", now: number): boolean {
  if ((Number(control) & ACCOUNTDISABLE) !== 0) return true;
  return !NEVER.has(expires) && Number(BigInt(expires) / 10_000_000n) - FILETIME_SECONDS <= now;
}

/** A distinguished name without its first part. */
function above(dn: string): string {
  for (let index = 0; index < dn.length; index++) {
    if (dn[index] === "\\") index++;
    else if (dn[index] === ",")
      return dn
        .slice(index + 1)
        .trim()
        .toLowerCase();
  }
  return "";
}

/** objectGUID as text, as Microsoft writes it: the first three parts are little-endian. */
function guidOf(bytes: Buffer): string {
  if (bytes.length !== 16) return "";
  const hex = Buffer.concat([
    Buffer.from(bytes.subarray(0, 4)).reverse(),
    Buffer.from(bytes.subarray(4, 6)).reverse(),
    Buffer.from(bytes.subarray(6, 8)).reverse(),
    bytes.subarray(8),
  ]).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function equals(settings: DirectorySettings, entry: string): Filter {
  if (settings.kind === "ldap") return new EqualityFilter({ attribute: "entryUUID", value: entry });
  const bytes = Buffer.from(entry.replaceAll("-", ""), "hex");
  const value = Buffer.concat([
    Buffer.from(bytes.subarray(0, 4)).reverse(),
    Buffer.from(bytes.subarray(4, 6)).reverse(),
    Buffer.from(bytes.subarray(6, 8)).reverse(),
    bytes.subarray(8),
  ]);
  return new EqualityFilter({ attribute: "objectGUID", value });
}

function isOfNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  return code !== undefined || /timeout|timed out|closed|socket|connection|TLS/i.test(error.message);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code ?? (/time/i.test(message) ? "timeout" : "connection closed");
}

function partial(settings: DirectorySettings, reason: string): Fault {
  return fault(settings, "directory-partial", reason);
}

function fault({ id }: DirectorySettings, code: keyof typeof faults, reason: string): Fault {
  const { explanation, remedy } = faults[code];
  return new Fault(code, {
    explanation: { en: `${id}: ${explanation.en} (${reason}).`, id: `${id}: ${explanation.id} (${reason}).` },
    remedy,
  });
}

const again: Words = {
  en: "Nobody was taken for one that left; the next sync tries again.",
  id: "Tidak ada yang dianggap keluar; sinkronisasi berikutnya mencoba lagi.",
};
const faults = {
  "directory-unreachable": {
    explanation: { en: "the directory cannot be reached", id: "direktori tidak dapat dijangkau" },
    remedy: again,
  },
  "directory-refused": {
    explanation: { en: "the directory refused the account that reads it", id: "direktori menolak akun pembacanya" },
    remedy: {
      en: "Check bindDn, the password and the encryption that the directory asks for.",
      id: "Periksa bindDn, kata sandi, dan enkripsi yang diminta direktori.",
    },
  },
  "directory-partial": {
    explanation: { en: "the directory was not read to its end", id: "direktori tidak terbaca sampai akhir" },
    remedy: again,
  },
} satisfies Record<string, { explanation: Words; remedy: Words }>;
