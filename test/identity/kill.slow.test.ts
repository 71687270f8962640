import { readFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { Gateway, temporaryFolder } from "../operations/prasasti.ts";
import { codeOf, PASSWORD } from "./world.ts";

describe("kill -9 between the steps of signing in", function () {
  this.timeout(120_000);

  it("loses nothing that was answered, and brings nothing back that was ended or used", async () => {
    await using folder = await temporaryFolder();
    let gateway = await Gateway.start(folder.path);
    try {
      const killed = async () => {
        gateway.kill();
        await gateway.ended;
        gateway = await Gateway.start(folder.path);
      };
      const ask = async (method: string, url: string, token?: string, body?: object) => {
        const response = await fetch(`${gateway.url}/api/v1/${url}`, {
          method,
          headers: {
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
      };
      const operator = (await readFile(path.join(folder.path, "keys", "operator.token"), "utf8")).trim();
      const invitation = { displayName: "Sri", reason: "pegawai baru" };
      const { link } = (await ask("POST", "accounts/invitations", operator, invitation)).body;
      await killed();
      const token = new URL(link).searchParams.get("token");
      const answer = { token, name: "sri", password: PASSWORD };
      expect((await ask("POST", "accounts/invitations/answers", undefined, answer)).status).to.equal(201);
      await killed();
      expect((await ask("POST", "accounts/invitations/answers", undefined, answer)).status).to.equal(422);
      const session = (await ask("POST", "sessions/password", undefined, { name: "sri", password: PASSWORD })).body
        .token;
      const { secret } = (await ask("POST", "me/one-time-codes", session)).body;
      await killed();
      const code = codeOf(secret);
      const confirmed = await ask("POST", "me/one-time-codes/confirmation", session, { code });
      expect(confirmed.status).to.equal(200);
      await killed();
      const recovery = { shown: { recoveryCode: confirmed.body.recoveryCodes[0] } };
      expect((await ask("POST", "sessions/current/step-up", session, { shown: { code } })).status).to.equal(422);
      expect((await ask("POST", "sessions/current/step-up", session, recovery)).status).to.equal(200);
      await killed();
      expect((await ask("POST", "sessions/current/step-up", session, recovery)).status).to.equal(422);
      expect((await ask("DELETE", "me/sessions", session)).body).to.deep.equal({ ended: 1 });
      await killed();
      expect((await ask("GET", "sessions/current", session)).status).to.equal(401);
      await gateway.stop();
    } finally {
      await gateway[Symbol.asyncDispose]();
    }
  });
});
