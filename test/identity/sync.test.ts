import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Attribute, Change } from "ldapts";
import { openSession } from "../../server/actions/sessions.ts";
import { openForeign } from "../../server/gateway/foreign.ts";
import { Accounts } from "../../server/identity/accounts.ts";
import { newToken } from "../../server/identity/challenges.ts";
import { type DirectorySettings, linkOf } from "../../server/identity/settings.ts";
import { now, type Running, signedIn, startGateway } from "../gateway/world.ts";
import { prasasti } from "../operations/prasasti.ts";
import { BASE, needSlapd, PASSWORD, Slapd } from "./slapd.ts";

const OPERATOR = "o".repeat(43);

describe("who left and who moved, by a directory", function () {
  this.timeout(30_000);
  let slapd: Slapd;
  let running: Running;
  let accounts: Accounts;
  let url: string;
  /** one directory with several settings: the same base under several ids would be two of the same */
  const settings: DirectorySettings[] = [];
  const people: { uid: string; entry: string; account: string }[] = [];

  before(async function () {
    needSlapd(this);
    slapd = await Slapd.start();
    const disabled = { attribute: "employeeType", values: ["pensiun"] };
    settings.push(
      slapd.settings({ id: "instansi", disabled, filter: "(&(objectClass=inetOrgPerson)(!(employeeType=honorer)))" }),
      slapd.settings({ id: "kesehatan", base: `ou=dikes,${BASE}`, onMove: "hold", department: "departmentNumber" }),
      slapd.settings({ id: "kecil", base: `ou=pu,${BASE}`, bindDn: `cn=small,${BASE}` }),
    );
    const foreign = await openForeign({ secret: async () => "" }, { issuers: [], directories: settings }, () => "");
    running = await startGateway(undefined, { operatorToken: OPERATOR, foreign });
    url = await running.app.listen({ port: 0, host: "127.0.0.1" });
    await writeFile(path.join(running.folder, "keys", "operator.token"), OPERATOR);
    const { state, vault } = running.services;
    accounts = new Accounts({ now, state, sealing: vault.sealing("accounts"), ended: async () => {} });
    for (let index = 0; index < 20; index++) {
      const uid = `p${String(index).padStart(2, "0")}`;
      people.push({ uid, entry: await slapd.person(uid), account: await anAccount() });
    }
  });
  after(async () => {
    await running?.remove();
    await slapd?.stop();
  });

  const anAccount = async () => {
    const { id } = await accounts.create("person", { displayName: "Siti" }, "test");
    await accounts.setState(id, "active", "test");
    return id;
  };
  const ask = async (method: "GET" | "POST", address: string, payload?: object, token = OPERATOR) => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await running.app.inject({ method, url: address, headers, ...(payload ? { payload } : {}) });
    return { status: answer.statusCode, body: answer.body === "" ? undefined : answer.json() };
  };
  const sync = async (payload: object = {}, directory = "instansi") => {
    const { status, body } = await ask("POST", `/api/v1/identity/directories/${directory}/syncs`, payload);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body;
  };
  const link = (account: string, login: string, directory = "instansi") =>
    ask("POST", `/api/v1/identity/directories/${directory}/links`, { account, login });
  const states = async () => Promise.all(people.map(async ({ account }) => (await accounts.get(account))!.state));
  const stateOf = async (account: string) => (await accounts.get(account))!.state;
  const aSession = async (account: string) => {
    const needs = {
      ...{ now, state: running.services.state, newToken, isOperator: () => false },
      holder: async () => undefined,
      accountOf: async () => undefined,
      told: async () => {},
      account: (id: string) => accounts.get(id),
    };
    return (await openSession({ account, method: "oidc", issuer: "https://x.example" }, needs)).token;
  };
  const sessionIs = async (token: string) => (await ask("GET", "/api/v1/sessions/current", undefined, token)).status;
  const remove = (uid: string) => slapd.admin.del(`uid=${uid},ou=pu,${BASE}`);

  it("links an account to the one entry of a login name, and takes a filter for a name", async () => {
    for (const { uid, entry, account } of people) {
      expect((await link(account, uid)).status).to.equal(204);
      expect((await accounts.byLink(linkOf(settings[0]!), entry))?.id).to.equal(account);
    }
    const another = await anAccount();
    for (const login of ["*", "p0*", "p00)(uid=*", "nobody"])
      expect((await link(another, login)).body.type, login).to.equal("/problems/unknown-entry");
    expect((await link(another, "p00")).body.type).to.equal("/problems/sign-in-linked");
    expect((await link(another, "p00", "none")).body.type).to.equal("/problems/unknown-directory");
  });

  it("is run by a registrar or the operator, and by nobody else", async () => {
    const officer = await signedIn(running);
    const registrar = await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR");
    const calls: ["GET" | "POST", string, object?][] = [
      ["POST", "/api/v1/identity/directories/instansi/syncs", {}],
      ["POST", "/api/v1/identity/directories/instansi/links", { account: people[0]!.account, login: "p00" }],
      ["POST", `/api/v1/identity/moves/${people[0]!.account}/confirm`],
      ["GET", "/api/v1/identity/directories"],
      ["GET", "/api/v1/identity/syncs"],
      ["GET", "/api/v1/identity/moves"],
    ];
    for (const [method, address, payload] of calls) {
      expect((await ask(method, address, payload, "x".repeat(43))).status, address).to.equal(401);
      expect((await ask(method, address, payload, officer)).body.type, address).to.equal("/problems/not-allowed");
      expect((await ask(method, address, payload, registrar)).status, address).to.be.oneOf([200, 204, 404]);
    }
  });

  it("finds nothing to do where nobody left", async () => {
    const done = await sync();
    expect(done).to.deep.include({
      outcome: "done",
      read: 20,
      linked: 20,
      left: [],
      moved: [],
      returned: [],
      withoutAccount: 0,
    });
  });

  it("says in a dry run who would leave, and changes nothing", async () => {
    await remove("p00");
    const token = await aSession(people[0]!.account);
    const dry = await sync({ dryRun: true });
    expect(dry).to.deep.include({
      outcome: "done",
      dryRun: true,
      left: [{ account: people[0]!.account, why: "absent" }],
    });
    expect(new Set(await states())).to.deep.equal(new Set(["active"]));
    expect(await sessionIs(token)).to.equal(200);
  });

  it("has who left out within one sync, his sessions with him", async () => {
    const tokens = [await aSession(people[0]!.account), await aSession(people[0]!.account)];
    const stays = await aSession(people[1]!.account);
    expect((await sync()).left).to.deep.equal([{ account: people[0]!.account, why: "absent" }]);
    expect(await stateOf(people[0]!.account)).to.equal("left");
    for (const token of tokens) expect(await sessionIs(token)).to.equal(401);
    expect(await sessionIs(stays)).to.equal(200);
    expect((await sync()).left, "once is enough").to.deep.equal([]);
  });

  it("takes for gone who is disabled there, and who is no longer found by the filter", async () => {
    const set = (uid: string, employeeType: string) =>
      slapd.admin.modify(`uid=${uid},ou=pu,${BASE}`, [
        new Change({
          operation: "replace",
          modification: new Attribute({ type: "employeeType", values: [employeeType] }),
        }),
      ]);
    await set("p01", "pensiun");
    expect((await sync()).left).to.deep.equal([{ account: people[1]!.account, why: "disabled" }]);
    await set("p02", "honorer");
    expect((await sync()).left).to.deep.equal([{ account: people[2]!.account, why: "absent" }]);
    // one who is back is told, and let in by a person
    await set("p01", "tetap");
    const again = await sync();
    expect(again.returned).to.deep.equal([people[1]!.account]);
    expect(await stateOf(people[1]!.account)).to.equal("left");
  });

  it("tells who moved to another unit until somebody confirms, and lets him work meanwhile", async () => {
    const { account } = people[3]!;
    await slapd.admin.modifyDN(`uid=p03,ou=pu,${BASE}`, `uid=p03,ou=dikes,${BASE}`);
    const [from, to] = [`ou=pu,${BASE}`, `ou=dikes,${BASE}`];
    expect((await sync()).moved).to.deep.equal([{ account, from, to }]);
    expect((await sync()).moved).to.deep.equal([]);
    const open = (await ask("GET", "/api/v1/identity/moves")).body.moves;
    expect(open).to.have.length(1);
    expect(open[0]).to.deep.include({ account, directory: "instansi", from, to, held: false });
    expect(await stateOf(account)).to.equal("active");
    expect((await ask("POST", `/api/v1/identity/moves/${account}/confirm`)).status).to.equal(204);
    expect((await ask("GET", "/api/v1/identity/moves")).body.moves).to.deep.equal([]);
    expect((await ask("POST", `/api/v1/identity/moves/${account}/confirm`)).body.type).to.equal(
      "/problems/unknown-move",
    );
  });

  it("holds who moved where the settings say so, until somebody confirms or he is back", async () => {
    const account = await anAccount();
    await slapd.person("k0", "dikes", { departmentNumber: "Gizi" });
    expect((await link(account, "k0", "kesehatan")).status).to.equal(204);
    const moveTo = (department: string) =>
      slapd.admin.modify(`uid=k0,ou=dikes,${BASE}`, [
        new Change({
          operation: "replace",
          modification: new Attribute({ type: "departmentNumber", values: [department] }),
        }),
      ]);
    await sync({}, "kesehatan");
    await moveTo("Farmasi");
    const token = await aSession(account);
    await sync({}, "kesehatan");
    expect([await stateOf(account), await sessionIs(token)]).to.deep.equal(["locked", 401]);
    expect((await ask("POST", `/api/v1/identity/moves/${account}/confirm`)).status).to.equal(204);
    expect(await stateOf(account)).to.equal("active");
    await moveTo("Gizi");
    await sync({}, "kesehatan");
    expect(await stateOf(account)).to.equal("locked");
    await moveTo("Farmasi");
    await sync({}, "kesehatan");
    expect(await stateOf(account), "back where he was").to.equal("active");
    expect((await ask("GET", "/api/v1/identity/moves")).body.moves).to.deep.equal([]);
    // a lock for another reason is not opened by it
    await moveTo("Gizi");
    await sync({}, "kesehatan");
    await accounts.setState(account, "active", "test");
    await accounts.setState(account, "locked", "for another reason");
    await ask("POST", `/api/v1/identity/moves/${account}/confirm`);
    expect(await stateOf(account)).to.equal("locked");
  });

  it("stops before a fifth is gone, says why, and goes on with the exact number only", async () => {
    const before = await states();
    for (const uid of ["p04", "p05", "p06", "p07"]) await remove(uid);
    const stopped = await sync();
    expect(stopped.outcome).to.equal("stopped");
    expect(stopped.left).to.have.length(4);
    expect(stopped.reason.en).to.match(/^4 of 17 linked accounts would leave, .*nothing was changed.*confirm 4\.$/);
    expect(stopped.reason.id).to.include("konfirmasi 4");
    for (const confirm of [0, 3, 5]) expect((await sync({ confirm })).outcome).to.equal("stopped");
    expect(await states()).to.deep.equal(before);
    expect((await ask("GET", "/health/ready")).body.reasons.join()).to.include("4 are due");
    expect((await sync({ confirm: 4 })).outcome).to.equal("done");
    expect((await states()).filter((state) => state === "left")).to.have.length(7);
    expect((await ask("GET", "/health/ready")).body.reasons).to.deep.equal([]);
  });

  it("lets a few of few go, but believes no directory in which nobody is found", async () => {
    const [one, other] = [await anAccount(), await anAccount()];
    for (const [uid, account] of [
      ["k1", one],
      ["k2", other],
    ] as const) {
      await slapd.person(uid, "dikes");
      await link(account, uid, "kesehatan");
    }
    await slapd.admin.del(`uid=k0,ou=dikes,${BASE}`);
    expect((await sync({}, "kesehatan")).left).to.have.length(1);
    await slapd.admin.del(`uid=k1,ou=dikes,${BASE}`);
    expect((await sync({}, "kesehatan")).left).to.deep.equal([{ account: one, why: "absent" }]);
    for (const uid of ["k2", "p03"]) await slapd.admin.del(`uid=${uid},ou=dikes,${BASE}`);
    const stopped = await sync({}, "kesehatan");
    expect(stopped).to.include({ outcome: "stopped", read: 0, linked: 1 });
    expect(await stateOf(other)).to.equal("active");
  });

  it("takes nobody for gone whom a reading cut short did not reach", async () => {
    const account = await anAccount();
    for (let index = 0; index < 12; index++) await slapd.person(`q${index}`);
    // the account with a limit finds one person; to read all of them is beyond it
    expect((await link(account, "q11", "kecil")).status).to.equal(204);
    const failed = await sync({ confirm: 1 }, "kecil");
    expect(failed).to.deep.include({ outcome: "failed", left: [] });
    expect(failed.reason.en).to.include("not read to its end");
    expect(await stateOf(account)).to.equal("active");
    expect((await ask("GET", "/health/ready")).body).to.deep.include({ ready: true });
    expect((await ask("GET", "/health/ready")).body.reasons.join()).to.include("kecil");
  });

  it("runs one sync of a directory at a time", async () => {
    const both = await Promise.all(
      [1, 2].map(() => ask("POST", "/api/v1/identity/directories/instansi/syncs", { dryRun: true })),
    );
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
  });

  it("keeps a journal of what each did, without a name in it", async () => {
    const { syncs } = (await ask("GET", "/api/v1/identity/syncs?limit=200")).body;
    expect(new Set(syncs.map(({ outcome }: { outcome: string }) => outcome))).to.deep.equal(
      new Set(["done", "stopped", "failed"]),
    );
    expect(syncs.every(({ ended, at }: { ended: number; at: number }) => ended >= at)).to.equal(true);
    expect(JSON.stringify(syncs)).to.not.match(/p\d\d|Siti/);
  });

  describe("from the command line", function () {
    // each is a process of its own
    this.timeout(120_000);
    const cli = (...args: string[]) => prasasti(["identity", ...args, "--data", running.folder, "--url", url]);

    it("tells by its exit code what came of it", async () => {
      const dry = await cli("sync", "instansi", "--dry-run", "--json");
      expect(dry.exit, dry.err).to.equal(0);
      expect(JSON.parse(dry.out).syncs[0]).to.include({ directory: "instansi", outcome: "done", dryRun: true });
      const stopped = await cli("sync", "kesehatan", "--lang", "id");
      expect(stopped.exit, stopped.err).to.equal(4);
      expect(stopped.out).to.include("dihentikan").and.include("konfirmasi");
      const partial = await cli("sync", "kecil", "--lang", "en");
      expect(partial.exit, partial.err).to.equal(75);
      expect(partial.out).to.include("not read to its end");
      const unknown = await cli("sync", "none", "--lang", "en");
      expect([unknown.exit, unknown.err.includes("unknown-directory")]).to.deep.equal([1, true]);
      expect((await cli("sync", "instansi", "--confirm", "many")).exit).to.equal(2);
    });

    it("lists syncs and moves", async () => {
      expect((await cli("syncs")).out)
        .to.include("instansi")
        .and.include("stopped");
      expect(JSON.parse((await cli("moves", "--json")).out)).to.deep.equal({ moves: [] });
    });

    it("says what is missing where there is no data folder of a gateway", async () => {
      const { exit, err } = await prasasti(["identity", "sync", "--data", "/nowhere", "--lang", "en"]);
      expect([exit, err.includes("operator.token")]).to.deep.equal([1, true]);
    });
  });

  it("never writes the password of the directory into what it tells", async () => {
    const text = JSON.stringify((await ask("GET", "/api/v1/identity/syncs?limit=200")).body);
    expect(text).to.not.include(PASSWORD);
  });
});
