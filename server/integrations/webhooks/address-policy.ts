import { lookup as dnsLookup, type LookupAddress } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { ProblemError } from "../../domain/problems.ts";

/** What the operator allows beyond public addresses over https. */
export type AddressPolicy = {
  /** plain http to this machine itself, for trying things out */
  readonly loopback?: boolean;
  /** hosts (exact names) and networks (`10.20.0.0/16`) inside the agency to which events may go */
  readonly inside?: readonly string[];
};

/** Networks that are nobody's public address: RFC 6890 and its registries for IPv4 and IPv6, with what carries IPv4 inside. */
const SPECIAL: readonly string[] = [
  ...["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"],
  ...["192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"],
  ...[
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
  ],
  ...["2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"],
];
const special = networks(SPECIAL);
const loopbacks = networks(["127.0.0.0/8", "::1/128"]);

function networks(list: readonly string[]): BlockList {
  const block = new BlockList();
  for (const each of list) {
    const [address, bits] = each.split("/") as [string, string];
    block.addSubnet(address, Number(bits), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return block;
}
const within = (block: BlockList, address: string) => block.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** An address that must not be asked: a code for the log, never more, so that nobody maps our network by it. */
class ForbiddenAddress extends Error {
  readonly code = "EFORBIDDENADDRESS";
  constructor(host: string) {
    super(`${host} leads to an address that is not public`);
  }
}

/**
 * Where events may be sent. Names are resolved anew for every connection and the connection goes to the address that
 * was looked at, so a name that changes its mind after it was accepted reaches nothing inside.
 */
export class Addresses {
  readonly #loopback: boolean;
  readonly #hosts: ReadonlySet<string>;
  readonly #inside: BlockList;
  readonly #resolve: Resolve;

  constructor({ loopback = false, inside = [] }: AddressPolicy, resolve: Resolve = resolveAll) {
    this.#loopback = loopback;
    this.#hosts = new Set(inside.filter((each) => !each.includes("/")).map((host) => host.toLowerCase()));
    this.#inside = networks(inside.filter((each) => each.includes("/")));
    this.#resolve = resolve;
  }

  /**
   * An address of a receiver as it is kept. What can be seen without asking anybody is refused here, the rest at each
   * connection.
   * @throws ProblemError invalid-request
   */
  accept(text: string): string {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw refused("This is not a URL.", "Ini bukan URL.");
    }
    if (text.length > 2_048) throw refused("The URL is longer than 2,048 characters.", "URL melebihi 2.048 karakter.");
    if (url.username !== "" || url.password !== "" || url.hash !== "")
      throw refused(
        "The URL carries a name, a password or a fragment; signatures prove who sends.",
        "URL memuat nama, sandi, atau fragmen; tanda tangan yang membuktikan pengirim.",
      );
    const host = hostOf(url);
    const own = this.#loopback && (host === "localhost" || (isIP(host) !== 0 && within(loopbacks, host)));
    if (url.protocol !== "https:" && !(url.protocol === "http:" && own))
      throw refused("Events are sent over https only.", "Peristiwa hanya dikirim melalui https.");
    if (!this.#mayBe(host, host))
      throw refused(
        "This is not a public address. The operator can allow networks of the agency (webhooks.inside in connectors.yaml).",
        "Ini bukan alamat publik. Pengelola dapat mengizinkan jaringan instansi (webhooks.inside di connectors.yaml).",
      );
    return url.href;
  }

  /** Whether a connection to that URL's literal address may be tried; names are judged when they are resolved. */
  allows(url: URL): boolean {
    const host = hostOf(url);
    return isIP(host) === 0 || this.#mayBe(host, host);
  }

  /** For the connection: all that a name leads to must be allowed, or none of it is taken. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, (error, found) => {
      if (error !== null) return callback(error, "", 0);
      const family = options.family === 6 || options.family === "IPv6" ? 6 : options.family === 4 ? 4 : 0;
      const usable = found.filter((each) => family === 0 || each.family === family);
      if (usable.length === 0 || found.some(({ address }) => !this.#mayBe(address, hostname)))
        return callback(new ForbiddenAddress(hostname) as NodeJS.ErrnoException, "", 0);
      if (options.all) return callback(null, usable);
      callback(null, usable[0]!.address, usable[0]!.family);
    });
  };

  #mayBe(address: string, host: string): boolean {
    if (this.#hosts.has(host.toLowerCase())) return true;
    if (isIP(address) === 0) return address !== "localhost" || this.#loopback;
    if (within(this.#inside, address)) return true;
    if (this.#loopback && within(loopbacks, address)) return true;
    return !within(special, address);
  }
}

/** How a name becomes addresses; the system's own resolver unless a test brings another. */
export type Resolve = (
  hostname: string,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;
const resolveAll: Resolve = (hostname, callback) =>
  dnsLookup(hostname, { all: true, verbatim: true }, (error, found) => callback(error, found));

/** Without brackets, and without the dot at the end that names the same host. */
const hostOf = (url: URL) => url.hostname.replace(/^\[|\]$|\.$/g, "");
const refused = (en: string, id: string) =>
  new ProblemError("invalid-request", { en, id }, {}, [{ pointer: "/url", rule: "address", message: { en, id } }]);
