import { readFile } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { expect } from "chai";
import { Fault } from "../../server/domain/fault.ts";
import { findEntry, withReading } from "../../server/identity/directory.ts";
import type { DirectorySettings } from "../../server/identity/settings.ts";
import { BASE, CA_FILE, cutLine, needSlapd, Slapd } from "./slapd.ts";

const now = () => Math.floor(Date.now() / 1000);

describe("reading a directory", () => {
  let slapd: Slapd;
  const people = new Map<string, string>();
  before(async function () {
    needSlapd(this);
    slapd = await Slapd.start();
    for (let index = 0; index < 23; index++) people.set(`p${index}`, await slapd.person(`p${index}`));
    people.set(
      "lain",
      await slapd.person("lain", "dikes", { employeeType: "pensiun", departmentNumber: "Dinas Kesehatan" }),
    );
  });
  after(() => slapd?.stop());

  const entries = (changes: Partial<DirectorySettings> = {}) =>
    withReading(slapd.settings(changes), now(), async (reading) => reading.entries);
  const faultOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(Fault);
    return (error as Fault).code;
  };

  it("finds everybody over many pages, by the id that never changes, with his unit", async () => {
    const found = await entries();
    expect([...found.keys()].sort()).to.deep.equal([...people.values()].sort());
    expect(found.get(people.get("p0")!)).to.deep.equal({
      entry: people.get("p0"),
      department: `ou=pu,${BASE}`,
      disabled: false,
    });
    expect(found.get(people.get("lain")!)?.department).to.equal(`ou=dikes,${BASE}`);
  });

  it("takes department and departure from attributes where they are named", async () => {
    const found = await entries({
      department: "departmentNumber",
      disabled: { attribute: "employeeType", values: ["pensiun"] },
    });
    expect(found.get(people.get("lain")!)).to.include({ department: "Dinas Kesehatan", disabled: true });
    expect(found.get(people.get("p1")!)).to.include({ department: "", disabled: false });
  });

  it("asks for one alone, past what was read", async () => {
    await withReading(slapd.settings(), now(), async ({ entries: read, isThere }) => {
      const late = await slapd.person("telat");
      expect(read.has(late)).to.equal(false);
      expect(await isThere(late)).to.equal(true);
      await slapd.admin.del(`uid=telat,ou=pu,${BASE}`);
      expect(await isThere(late)).to.equal(false);
    });
  });

  it("finds an entry by login name, and takes what looks like a filter for a name", async () => {
    expect((await findEntry(slapd.settings(), "p3", now()))?.entry).to.equal(people.get("p3"));
    const odd = await slapd.person("a(b*c)");
    expect((await findEntry(slapd.settings(), "a(b*c)", now()))?.entry).to.equal(odd);
    await slapd.admin.del(`uid=a(b*c),ou=pu,${BASE}`);
    for (const login of ["*", "p*", "p3)(uid=*", "p3)(|(uid=*)", "a(b*", "*)(objectClass=*", "\\2a", "p3\0", "nobody"])
      expect(await findEntry(slapd.settings(), login, now()), login).to.equal(undefined);
  });

  it("reads over StartTLS with the CA that is named, and refuses another", async () => {
    const certificate = await readFile(CA_FILE, "utf8");
    expect((await entries({ startTls: true, ca: certificate })).size).to.equal(people.size);
    expect(await faultOf(entries({ startTls: true }))).to.equal("directory-unreachable");
  });

  describe("is whole or none:", () => {
    it("a size limit of the server is directory-partial", async () => {
      expect(await faultOf(entries({ bindDn: `cn=small,${BASE}` }))).to.equal("directory-partial");
    });

    it("a line that is cut anywhere gives a fault, never a shorter list", async () => {
      const codes = new Set<string>();
      for (let bytes = 10; bytes < 6_000; bytes += 400) {
        const line = await cutLine(slapd.port, bytes);
        try {
          const size = await entries({ url: `ldap://127.0.0.1:${line.port}` }).then(
            ({ size: all }) => all,
            (error: unknown) => {
              expect(error).to.be.instanceOf(Fault);
              codes.add((error as Fault).code);
            },
          );
          if (size !== undefined) expect(size).to.equal(people.size);
        } finally {
          line.close();
        }
      }
      expect([...codes]).to.include("directory-partial");
    });

    it("a connection that was lost says of nobody that he is gone", async () => {
      const line = await cutLine(slapd.port, Number.POSITIVE_INFINITY);
      const url = `ldap://127.0.0.1:${line.port}`;
      const asked = withReading(slapd.settings({ url }), now(), async ({ isThere }) => {
        // the next question goes over a new connection, on which we are nobody, and nobody sees anything
        line.cut();
        return isThere(people.get("p0")!);
      });
      expect(await faultOf(asked)).to.equal("directory-partial");
      line.close();
    });
  });

  it("tells a wrong password from a directory that is not there", async () => {
    expect(await faultOf(entries({ bindPassword: "wrong" }))).to.equal("directory-refused");
    expect(await faultOf(entries({ url: "ldap://127.0.0.1:1" }))).to.equal("directory-unreachable");
  });

  it("waits for a silent server no longer than its limit, also in the midst of StartTLS", async () => {
    const sockets: Socket[] = [];
    // answers the request for StartTLS with success, and then nothing
    const answer = Buffer.from("300c02010178070a010004000400", "hex");
    for (const reply of [undefined, answer]) {
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on("error", () => {});
        if (reply) socket.once("data", () => socket.write(reply));
      });
      const port = await new Promise<number>((resolve) =>
        server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port)),
      );
      const begun = performance.now();
      const url = `ldap://127.0.0.1:${port}`;
      expect(await faultOf(entries({ url, timeoutSeconds: 1, startTls: reply !== undefined }))).to.equal(
        "directory-unreachable",
      );
      expect(performance.now() - begun).to.be.below(4_000);
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });
});
