import { expect } from "chai";
import { isNib, npwpCore } from "../../server/domain/accounts.ts";
import { sealedForm } from "../../server/domain/sealing/seal.ts";
import { atSecond, now, OPERATOR, posted, type Running, signedIn, startGateway } from "../gateway/world.ts";
import { ask, codeOf, invited, PASSWORD, person, personWithCodes } from "./world.ts";

const LETTER = `0x${"1e".repeat(32)}`;
const DAY = 86_400;

describe("accounts", function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startGateway();
  });
  after(() => running.remove());
  const type = ({ body }: { body: { type?: string } }) => body.type?.replace("/problems/", "");
  const registrar = async () => ({ token: await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR") });
  const head = async () => ({ token: await signedIn(running, "sekda", "H-PRS-SEKDA") });

  it("begin with an invitation that one person answers, and lead to a session", async () => {
    const { account, secret } = await invited(running);
    const answer = { token: secret, name: "sri", password: PASSWORD };
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(running, "/api/v1/accounts/invitations/answers", answer)),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 422, 422]);
    const { status, body } = await ask(running, "/api/v1/sessions/password", { name: " SRI ", password: PASSWORD });
    expect(status).to.equal(201);
    expect(body.me.account).to.include({ id: account, kind: "person" });
    expect(body.me.session).to.include({ method: "password" }).and.not.have.property("secondFactor");
    const taken = { token: (await invited(running)).secret, name: "Sri", password: PASSWORD };
    expect(type(await ask(running, "/api/v1/accounts/invitations/answers", taken))).to.equal("sign-in-linked");
  });

  it("a lost password: a new link gives a new one, ends every session, and asks for the second factor as before", async () => {
    const { account, name, token, secret } = await personWithCodes(running);
    const asked = { account, reason: "kata sandi hilang" };
    const { body } = await ask(running, "/api/v1/accounts/invitations", asked, await registrar());
    const link = new URL(body.link).searchParams.get("token");
    const fresh = { token: link, name, password: `${PASSWORD} baru` };
    expect((await ask(running, "/api/v1/accounts/invitations/answers", fresh)).body).to.deep.equal({ account });
    expect((await ask(running, "/api/v1/sessions/current", undefined, { token })).status).to.equal(401);
    expect((await ask(running, "/api/v1/sessions/password", { name, password: PASSWORD })).status).to.equal(401);
    const next = await ask(running, "/api/v1/sessions/password", { name, password: `${PASSWORD} baru` });
    expect([next.status, next.body.methods]).to.deep.equal([202, ["code", "recoveryCode"]]);
    const shown = { ticket: next.body.ticket, shown: { code: codeOf(secret, 1) } };
    expect((await ask(running, "/api/v1/sessions/second-factor", shown)).status).to.equal(201);
    // and where the phone is lost too
    const both = await ask(
      running,
      "/api/v1/accounts/invitations",
      { ...asked, forget: "secondFactors" },
      await registrar(),
    );
    const last = { ...fresh, token: new URL(both.body.link).searchParams.get("token") };
    expect((await ask(running, "/api/v1/accounts/invitations/answers", last)).status).to.equal(201);
    expect((await ask(running, "/api/v1/sessions/password", { name, password: `${PASSWORD} baru` })).status).to.equal(
      201,
    );
  });

  it("several people act for one supplier, each by a dated letter, with numbers that can be right", async () => {
    const people = [await personWithCodes(running), await personWithCodes(running)];
    const give = async (account: string, more: object) =>
      ask(
        running,
        `/api/v1/accounts/${account}/mandates`,
        { entity: "ID-PRS-S-0001", letter: LETTER, until: now() + DAY, ...more },
        await registrar(),
      );
    for (const { account, token } of people) {
      const { status, body } = await give(account, { npwp: "01.312.166.0-091.000" });
      expect(status, JSON.stringify(body)).to.equal(200);
      expect(body.entities[0]).to.include({ npwpCore: "013121660" });
      const me = await ask(running, "/api/v1/sessions/current", undefined, { token });
      expect(me.body.account.entities[0]).to.include({ inForce: true });
    }
    const { account } = people[0]!;
    for (const wrong of [{ nib: "812001234567" }, { npwp: "01.312.166.1-091.000" }, {}])
      expect(type(await give(account, wrong)), JSON.stringify(wrong)).to.equal("business-number");
    expect(type(await give(account, { nib: "8120012345678", entity: "ID-PRS-DPUPR" }))).to.equal("unknown-supplier");
    expect(type(await give(account, { nib: "8120012345678", until: now() - 1 }))).to.equal("period-wrong");
    expect([
      npwpCore("013121660"),
      npwpCore("0013121660091000"),
      npwpCore("000000000"),
      npwpCore("3273121701850024"),
    ]).to.deep.equal(["013121660", "013121660", undefined, undefined]);
    expect([isNib("8120012345678"), isNib("81200123456789")]).to.deep.equal([true, false]);
  });

  it("an auditor reads what is sealed of one agency for the time of his letter, and not by a password alone", async () => {
    const ocid = "ocds-213czf-dpupr-tugas";
    const account = {
      path: ["contracts", "K-1", "bankAccount"],
      salt: `0x${"12".repeat(16)}` as const,
      value: "0012345678",
    };
    const { payload } = posted(running.services.separator, running.services.register().seen, {
      ocid,
      body: { contracts: [{ id: "K-1", bankAccount: sealedForm(ocid, account) }] },
    });
    const disclosures = [{ ...account, subject: "ID-PRS-S-0002" }];
    const sent = await ask(running, "/api/v1/submissions?wait=9000", { ...payload, disclosures });
    expect(sent.status).to.equal(201);
    const auditor = await personWithCodes(running);
    const read = (token: string) =>
      ask(running, `/api/v1/records/${ocid}/disclosures`, { purpose: "pemeriksaan uji" }, { token });
    expect(type(await read(auditor.token))).to.equal("not-a-reader");
    const until = now() + 3;
    const grant = { agency: "ID-PRS-DPUPR", until, letter: LETTER };
    const given = await ask(running, `/api/v1/accounts/${auditor.account}/reading`, grant, await head());
    expect(given.status, JSON.stringify(given.body)).to.equal(200);
    const opened = await read(auditor.token);
    expect(opened.body.disclosures[0]).to.include({ state: "open", value: "0012345678" });
    const rows = (await ask(running, "/api/v1/access-log?limit=200", undefined, await registrar())).body.rows;
    expect(rows.findLast(({ act }: { act: string }) => act === "read-disclosures").by).to.include({
      account: auditor.account,
    });
    await atSecond(until);
    expect(type(await read(auditor.token))).to.equal("not-a-reader");
    // the same grant for one who has no second factor
    const plain = await person(running);
    await ask(running, `/api/v1/accounts/${plain.account}/reading`, { ...grant, until: now() + DAY }, await head());
    expect(type(await read(plain.token))).to.equal("second-factor-needed");
    const far = { ...grant, until: now() + 400 * DAY };
    expect(type(await ask(running, `/api/v1/accounts/${plain.account}/reading`, far, await head()))).to.equal(
      "period-wrong",
    );
  });

  it("my data: all of it, put right, and erased but for a pseudonym that the log keeps", async () => {
    const { account, name, token } = await personWithCodes(running);
    const me = async () => (await ask(running, "/api/v1/me/data", undefined, { token })).body;
    const told = await me();
    expect(told.account).to.include({ id: account, state: "active" });
    expect(told.personal).to.deep.equal({
      displayName: "Sri Wahyuni",
      email: "sri.wahyuni@contoh.go.id",
      loginName: name,
    });
    expect(told.signIn).to.include({ password: "argon2id", recoveryCodes: 10 });
    expect(told.sessions).to.have.length(1);
    expect(told.accessLog.map(({ act }: { act: string }) => act)).to.deep.equal(["invite", "sign-in"]);
    await ask(running, "/api/v1/me/data", { displayName: "Sri Wahyuni Lestari" }, { token, method: "PATCH" });
    expect((await me()).personal.displayName).to.equal("Sri Wahyuni Lestari");
    const erased = await ask(running, "/api/v1/me/erasure", { erase: "everything that names me" }, { token });
    expect(erased.body.stays[0].what.en).to.include(account);
    const rows = (await ask(running, "/api/v1/access-log?limit=200", undefined, await registrar())).body.rows;
    const last = rows.findLast(({ act }: { act: string }) => act === "erase-account");
    expect([last.by.account, last.about.account]).to.deep.equal([account, account]);
    const left: string[] = [];
    for await (const { key, value } of running.services.state.range("account"))
      if (`${key}${JSON.stringify(value)}`.includes(account)) left.push(key);
    expect(left).to.deep.equal([`account/${account}`]);
    const seen = (await ask(running, `/api/v1/accounts/${account}/person`, undefined, await registrar())).body;
    expect(seen).to.include({ state: "erased" }).and.not.have.property("displayName");
    // the name is free again, and nobody comes back under the old account
    const other = { token: (await invited(running)).secret, name, password: PASSWORD };
    expect((await ask(running, "/api/v1/accounts/invitations/answers", other)).body.account).to.not.equal(account);
    expect(
      type(await ask(running, "/api/v1/accounts/invitations", { account, reason: "kembali" }, { token: OPERATOR })),
    ).to.equal("account-state");
  });

  it("sessions are listed, ended one by one, and changing the password ends the others", async () => {
    const { name, token } = await person(running);
    const opened = async () =>
      (await ask(running, "/api/v1/sessions/password", { name, password: PASSWORD })).body.token;
    const [second, third] = [await opened(), await opened()];
    const { sessions } = (await ask(running, "/api/v1/me/sessions", undefined, { token })).body;
    expect(sessions.map(({ current }: { current: boolean }) => current).filter(Boolean)).to.have.length(1);
    expect(sessions).to.have.length(3);
    const status = async (of: string) =>
      (await ask(running, "/api/v1/sessions/current", undefined, { token: of })).status;
    const mine = (await ask(running, "/api/v1/me/sessions", undefined, { token: second })).body.sessions;
    const { id } = mine.find(({ current }: { current: boolean }) => current);
    expect((await ask(running, `/api/v1/me/sessions/${id}`, undefined, { token, method: "DELETE" })).status).to.equal(
      204,
    );
    expect([await status(second), await status(third)]).to.deep.equal([401, 200]);
    const stranger = await person(running);
    const theirs = (await ask(running, "/api/v1/me/sessions", undefined, { token: stranger.token })).body.sessions[0]
      .id;
    expect(
      (await ask(running, `/api/v1/me/sessions/${theirs}`, undefined, { token, method: "DELETE" })).status,
    ).to.equal(404);
    await ask(running, "/api/v1/me/password", { password: `${PASSWORD} lain` }, { token });
    expect([await status(token), await status(third)]).to.deep.equal([200, 401]);
  });
});
