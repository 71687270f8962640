import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, chown, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "ldapts";
import type { DirectorySettings } from "../../server/identity/settings.ts";

/** A real LDAP server of its own, in a folder of its own; stopped by its process id. */

const SLAPD = "/usr/sbin/slapd";
const NOBODY = 65_534;
export const BASE = "dc=instansi,dc=example";
export const PASSWORD = "a password of the tests";
const ca = fileURLToPath(new URL("slapd-cert.pem", import.meta.url));
const key = fileURLToPath(new URL("slapd-key.pem", import.meta.url));
export const CA_FILE = ca;

/** Whether there is one; in CI, where it must be, its absence is a failure. */
export function needSlapd(test: Mocha.Context): void {
  if (existsSync(SLAPD)) return;
  if (process.env.CI === "true" && process.getuid?.() === 0)
    throw new Error(`${SLAPD} is missing: apt-get install slapd`);
  process.stderr.write(`      skipped: no ${SLAPD} here (Debian package slapd)\n`);
  test.skip();
}

export class Slapd {
  readonly port: number;
  readonly admin: Client;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, port: number, admin: Client) {
    this.#process = child;
    this.#folder = folder;
    this.port = port;
    this.admin = admin;
  }

  static async start(): Promise<Slapd> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-slapd-"));
    await mkdir(path.join(folder, "data"));
    await cp(ca, path.join(folder, "cert.pem"));
    await cp(key, path.join(folder, "key.pem"));
    const schema = ["core", "cosine", "inetorgperson"].map((name) => `include /etc/ldap/schema/${name}.schema`);
    await writeFile(
      path.join(folder, "slapd.conf"),
      [
        ...schema,
        "modulepath /usr/lib/ldap",
        "moduleload back_mdb",
        `TLSCertificateFile ${folder}/cert.pem`,
        `TLSCertificateKeyFile ${folder}/key.pem`,
        "database mdb",
        "maxsize 33554432",
        `suffix "${BASE}"`,
        `rootdn "cn=admin,${BASE}"`,
        `rootpw "${PASSWORD}"`,
        `directory ${folder}/data`,
        // whoever is nobody sees nothing: an empty answer, not a refusal
        "access to attrs=userPassword by anonymous auth by * none",
        "access to * by users read by * none",
        // one account that gets ten entries and no more, however they are paged
        `limits dn.exact="cn=small,${BASE}" size.prtotal=10 size=10`,
        "",
      ].join("\n"),
    );
    await chmod(path.join(folder, "key.pem"), 0o600);
    const root = process.getuid?.() === 0;
    if (root)
      for (const name of ["", "data", "cert.pem", "key.pem", "slapd.conf"])
        await chown(path.join(folder, name), NOBODY, NOBODY);
    const port = await freePort();
    const args = ["-d", "0", "-f", path.join(folder, "slapd.conf"), "-h", `ldap://127.0.0.1:${port}`];
    const child = spawn(SLAPD, args, { stdio: "ignore", ...(root ? { uid: NOBODY, gid: NOBODY } : {}) });
    const admin = new Client({ url: `ldap://127.0.0.1:${port}`, timeout: 5_000, connectTimeout: 5_000 });
    for (let tries = 0; ; tries++) {
      try {
        await admin.bind(`cn=admin,${BASE}`, PASSWORD);
        break;
      } catch (error) {
        if (tries > 200 || child.exitCode !== null) throw new Error(`slapd did not start: ${error}`);
        await pause(25);
      }
    }
    await admin.add(BASE, { objectClass: ["dcObject", "organization"], dc: "instansi", o: "Instansi" });
    for (const ou of ["pu", "dikes"]) await admin.add(`ou=${ou},${BASE}`, { objectClass: "organizationalUnit", ou });
    for (const cn of ["reader", "small"])
      await admin.add(`cn=${cn},${BASE}`, {
        objectClass: ["organizationalRole", "simpleSecurityObject"],
        cn,
        userPassword: PASSWORD,
      });
    return new Slapd(child, folder, port, admin);
  }

  /** @returns the entryUUID of a new person */
  async person(uid: string, ou = "pu", more: Record<string, string> = {}): Promise<string> {
    const dn = `uid=${uid},ou=${ou},${BASE}`;
    await this.admin.add(dn, { objectClass: "inetOrgPerson", uid, cn: uid, sn: uid, ...more });
    const { searchEntries } = await this.admin.search(dn, { scope: "base", attributes: ["entryUUID"] });
    return String(searchEntries[0]!.entryUUID);
  }

  settings(changes: Partial<DirectorySettings> = {}): DirectorySettings {
    return {
      id: "instansi",
      name: { en: "The agency's directory", id: "Direktori instansi" },
      url: `ldap://127.0.0.1:${this.port}`,
      startTls: false,
      ca: undefined,
      base: BASE,
      filter: "(objectClass=inetOrgPerson)",
      bindDn: `cn=reader,${BASE}`,
      bindPassword: PASSWORD,
      kind: "ldap",
      onMove: "tell",
      everyMinutes: 0,
      pageSize: 5,
      timeoutSeconds: 2,
      stop: { percent: 20, floor: 1 },
      ...changes,
    };
  }

  async stop(): Promise<void> {
    await this.admin.unbind().catch(() => {});
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A line to a port that is cut after so many bytes came back, or when it is told; then another can be had. */
export async function cutLine(port: number, bytes: number): Promise<{ port: number; cut(): void; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    let left = bytes;
    sockets.push(near, far);
    near.on("error", () => {});
    near.pipe(far);
    far.on("error", () => {});
    far.on("data", (chunk: Buffer) => {
      left -= chunk.length;
      near.write(chunk.subarray(0, Math.max(0, chunk.length + Math.min(0, left))));
      if (left <= 0) {
        near.end();
        far.destroy();
      }
    });
    near.on("close", () => far.destroy());
    far.on("close", () => near.end());
  });
  const at = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  const cut = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  return {
    port: at,
    cut,
    close() {
      cut();
      server.close();
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}
