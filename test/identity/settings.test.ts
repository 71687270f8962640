import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { readConfig } from "../../server/config.ts";
import type { Words } from "../../server/domain/problems.ts";
import { linkOf, readIdentity } from "../../server/identity/settings.ts";

describe("the settings of issuers and directories", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "prasasti-identity-"));
    const pem = (curve: string) =>
      generateKeyPairSync("ec", { namedCurve: curve }).privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(path.join(folder, "client.pem"), pem("P-256"));
    await writeFile(path.join(folder, "other.pem"), pem("secp384r1"));
    await writeFile(path.join(folder, "secret"), "rahasia\n");
    await writeFile(path.join(folder, "empty"), "\n");
  });
  after(() => rm(folder, { recursive: true }));

  const name = { en: "SIASN", id: "SIASN" };
  const issuer = { id: "siasn", name, issuer: "https://sso.example/realms/asn", clientId: "prasasti" };
  const directory = {
    ...{ id: "ad", name, url: "ldaps://ad.example", base: "DC=instansi, DC=example", filter: "(objectClass=user)" },
    ...{ bindDn: "cn=reader", bindPasswordFile: "secret" },
  };
  const read = async (content: unknown) => {
    const file = path.join(folder, "identity.json");
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    const faults: Words[] = [];
    return { settings: await readIdentity(file, true, faults), faults, file };
  };

  it("are read with what is usual where nothing is said", async () => {
    const { settings, faults } = await read({
      issuers: [issuer, { ...issuer, id: "two", issuer: "https://two.example", privateKeyFile: "client.pem" }],
      directories: [directory],
    });
    expect(faults).to.deep.equal([]);
    expect(settings!.issuers[0]).to.deep.include({
      algorithms: ["ES256", "RS256", "PS256"],
      clockSkewSeconds: 30,
      scopes: ["openid"],
      authentication: "own key",
    });
    expect(settings!.issuers[1]!.authentication).to.have.property("key");
    expect(settings!.directories[0]).to.deep.include({
      bindPassword: "rahasia",
      stop: { percent: 20, floor: 5 },
      onMove: "tell",
      everyMinutes: 60,
    });
    expect(linkOf(directory)).to.equal("ldap:dc=instansi,dc=example");
  });

  it("tell every fault at once, by its place, in both languages", async () => {
    const { settings, faults, file } = await read({
      issuers: [
        { ...issuer, issuer: "http://sso.example", clockSkewSeconds: 61, algorithms: ["HS256"], surprise: 1 },
        { ...issuer, id: "Two", scopes: ["profile"], issuer: "https://x.example/?a=b" },
      ],
      directories: [{ ...directory, url: "ldap://ad.example", filter: "(objectClass=", stop: { percent: 90 } }],
    });
    expect(settings).to.equal(undefined);
    const english = faults.map(({ en }) => en.slice(file.length + 2));
    for (const [place, text] of [
      ["issuers.0.issuer", "must be https; http only on this machine itself"],
      ["issuers.0.clockSkewSeconds", "60"],
      ["issuers.0.algorithms.0", "ES256"],
      ["issuers.0", "surprise"],
      ["issuers.1.id", "lower-case"],
      ["issuers.1.issuer", "query"],
      ["directories.0.stop.percent", "50"],
    ] as const)
      expect(
        english.some((line) => line.startsWith(`${place}: `) && line.includes(text)),
        `${place} in ${english.join("\n")}`,
      ).to.equal(true);
    expect(faults.map(({ id }) => id).join()).to.include("harus https");
    for (const { en, id } of faults) expect(id).to.not.equal(en);
  });

  it("refuse what would be unsafe or ambiguous", async () => {
    const wrong: [object, string][] = [
      [{ issuers: [{ ...issuer, scopes: ["profile"] }] }, "must have openid"],
      [{ issuers: [issuer, { ...issuer, issuer: "https://other.example" }] }, "there is another siasn"],
      [{ issuers: [issuer, { ...issuer, id: "two" }] }, "is named twice"],
      [{ issuers: [{ ...issuer, privateKeyFile: "client.pem", clientSecretFile: "secret" }] }, "not together with"],
      [{ issuers: [{ ...issuer, privateKeyFile: "other.pem" }] }, "is no private P-256 key"],
      [{ issuers: [{ ...issuer, privateKeyFile: "nowhere.pem" }] }, "ENOENT"],
      [{ issuers: [{ ...issuer, clientSecretFile: "empty" }] }, "is empty"],
      [{ issuers: [{ ...issuer, claims: { directory: "ldap_id" }, directory: "none" }] }, "there is no directory none"],
      [{ issuers: [{ ...issuer, claims: { directory: "ldap_id" } }] }, "goes together with"],
      [{ directories: [{ ...directory, url: "ldap://ad.example" }] }, "would travel in clear"],
      [{ directories: [{ ...directory, startTls: true }] }, "not together with ldaps"],
      [{ directories: [{ ...directory, filter: "(uid=" }] }, "RFC 4515"],
      [{ directories: [directory, { ...directory, id: "two", base: "dc=instansi,dc=EXAMPLE" }] }, "is named twice"],
      [{ directories: [{ ...directory, department: "a)(b" }] }, "name of an attribute"],
    ];
    for (const [content, text] of wrong) {
      const { faults } = await read(content);
      expect(faults.map(({ en }) => en).join("\n"), text).to.include(text);
    }
    expect((await read("{")).faults[0]!.id).to.include("bukan JSON");
  });

  it("are as the guide shows them", async () => {
    const guide = await readFile(new URL("../../docs/how-to/connect-identity.md", import.meta.url), "utf8");
    for (const file of ["siasn.secret", "kabupaten-ca.pem", "ad.password", "dinas.password"])
      await writeFile(path.join(folder, file), "x");
    const { settings, faults } = await read(/```json\n(.*?)```/s.exec(guide)![1]!);
    expect(faults).to.deep.equal([]);
    const fields = [...Object.keys(settings!.issuers[0]!), ...Object.keys(settings!.directories[0]!)];
    const files = { authentication: "privateKeyFile", bindPassword: "bindPasswordFile", ca: "caFile" };
    for (const field of fields) expect(guide, field).to.include(`\`${files[field as keyof typeof files] ?? field}\``);
  });

  it("come from identity.json of the data folder, or the file that is named", async () => {
    const { file } = await read({ issuers: [issuer] });
    const config = (env: Record<string, string>) => readConfig(env, { data: folder });
    expect((await config({})).identity!.issuers).to.have.length(1);
    expect((await config({ PRASASTI_IDENTITY: file })).identity!.issuers).to.have.length(1);
    expect((await readConfig({}, { data: path.join(folder, "none") })).identity).to.equal(undefined);
    const error = await config({ PRASASTI_IDENTITY: path.join(folder, "none.json") }).catch((thrown) => thrown);
    expect(error.faults[0].en).to.match(/^PRASASTI_IDENTITY: .*none\.json: ENOENT\.$/);
  });
});
