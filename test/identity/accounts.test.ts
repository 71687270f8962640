import { expect } from "chai";
import { type Running, startGateway } from "../gateway/world.ts";
import { ask, codeOf, invited, PASSWORD, person, personWithCodes } from "./world.ts";

describe("accounts", function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startGateway();
  });
  after(() => running.remove());

  it("begin with an invitation that is answered once, and lead to a session", async () => {
    const { account, secret } = await invited(running);
    const answer = { token: secret, name: "sri", password: PASSWORD };
    const answers = await Promise.all(
      [1, 2, 3].map(() => ask(running, "/api/v1/accounts/invitations/answers", answer)),
    );
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 422, 422]);
    const { status, body } = await ask(running, "/api/v1/sessions/password", { name: " SRI ", password: PASSWORD });
    expect(status).to.equal(201);
    expect(body.me.account).to.include({ id: account, kind: "person" });
    expect(body.me.session).to.include({ method: "password" });
    const me = await ask(running, "/api/v1/sessions/current", undefined, { token: body.token });
    expect(me.status).to.equal(200);
  });

  it("second factor, replay, recovery", async () => {
    const { name, password, secret, recoveryCodes, account } = await personWithCodes(running);
    const first = async () => (await ask(running, "/api/v1/sessions/password", { name, password })).body;
    const { ticket, methods } = await first();
    expect(methods).to.deep.equal(["code", "recoveryCode"]);
    const shown = (code: object) => ask(running, "/api/v1/sessions/second-factor", { ticket, shown: code });
    expect((await shown({ code: codeOf(secret) })).body.type).to.equal("/problems/second-factor-wrong");
    const next = await shown({ code: codeOf(secret, 1) });
    expect(next.status, JSON.stringify(next.body)).to.equal(201);
    expect(next.body.me.session.secondFactor).to.be.a("number");
    expect((await shown({ recoveryCode: recoveryCodes[0] })).status).to.equal(201);
    expect((await shown({ recoveryCode: recoveryCodes[0] })).body.type).to.equal("/problems/second-factor-wrong");
    expect(account).to.match(/^A-/);
  });
  it("person", async () => {
    await person(running);
  });
});
