import { Writable } from "node:stream";
import { expect } from "chai";
import { ActCode } from "../../server/domain/entries/act.ts";
import { idOf, type SignIn, signedDigest, signInHash } from "../../server/domain/entries/entry.ts";
import { Role } from "../../server/domain/entries/kinds.ts";
import { type Hex, toHex } from "../../server/domain/entries/words.ts";
import { keyWord } from "../../server/ledger/acts.ts";
import { addressOfKey, sign } from "../../server/ledger/signatures.ts";
import { sendAct } from "../../server/sandbox/bootstrap.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { atSecond, now, type Running, signedIn, startGateway } from "./world.ts";

const ORIGIN = "https://register.example";
const holder = idOf("H-PRS-PPK-PU");

describe("sessions", () => {
  let running: Running;
  let log = "";
  before(async () => {
    const stream = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        done();
      },
    });
    running = await startGateway(undefined, { publicOrigin: ORIGIN, logger: { level: "trace", stream } });
  });
  after(() => running.remove());

  const challenge = async () =>
    (await running.app.inject({ method: "POST", url: "/api/v1/sessions/challenges" })).json() as {
      nonce: Hex;
      origin: string;
      expires: number;
    };
  const post = async (payload: object) => {
    const response = await running.app.inject({ method: "POST", url: "/api/v1/sessions", payload });
    return { status: response.statusCode, body: response.json() };
  };
  const current = async (token: string | undefined, method: "GET" | "DELETE" = "GET") => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await running.app.inject({ method, url: "/api/v1/sessions/current", headers });
    return {
      status: response.statusCode,
      body: response.body === "" ? {} : response.json(),
      headers: response.headers,
    };
  };
  type Changes = Partial<SignIn> & { key?: string; separator?: Uint8Array };
  const signed = async ({ key = "ppk-pu", separator = running.services.separator, ...changes }: Changes = {}) => {
    const { nonce } = await challenge();
    const signIn = { origin: ORIGIN, holder, nonce, issued: now(), expires: now() + 3600, ...changes };
    return { signIn, signature: toHex(sign(signedDigest(separator, signInHash(signIn)), sandboxSecret(key))) };
  };

  it("gives a token for a signed SignIn, and tells who is signed in, with which keys and offices", async () => {
    const { status, body } = await post(await signed());
    expect(status).to.equal(201);
    expect(body.token).to.match(/^[A-Za-z0-9_-]{43}$/);
    const me = await current(body.token);
    expect(me.status).to.equal(200);
    expect(me.headers["cache-control"]).to.equal("no-store");
    expect(me.body.session).to.include({ holder, custody: 2 });
    expect(me.body.holder.keys).to.have.length(1);
    const own = { address: addressOfKey(sandboxSecret("ppk-pu")), custody: 2, revoked: false };
    expect(me.body.holder.keys[0]).to.include(own);
    expect(me.body.holder.keys[0].from).to.be.at.most(now());
    expect(me.body.offices[0]).to.include({ role: Role.officer, inForce: true });
  });

  it("counts a second factor from now at the latest, also of a signer whose clock runs ahead", async () => {
    const ahead = await post(await signed({ issued: now() + 240 }));
    expect(ahead.body.me.session.secondFactor).to.be.at.most(now());
    const behind = now() - 240;
    expect((await post(await signed({ issued: behind }))).body.me.session.secondFactor).to.equal(behind);
  });

  it("ends a session on request, and does not mind being asked twice", async () => {
    const { token } = (await post(await signed())).body;
    expect((await current(token, "DELETE")).status).to.equal(204);
    expect((await current(token, "DELETE")).status).to.equal(204);
    expect((await current(token)).body.type).to.equal("/problems/unauthenticated");
  });

  it("keeps the hash of a token only, and never logs one", async () => {
    const { token } = (await post(await signed())).body;
    await current(token);
    for await (const row of running.services.state.range("session/")) expect(JSON.stringify(row)).to.not.include(token);
    expect(log).to.include("/api/v1/sessions").and.not.include(token);
  });

  it("survives a restart, since it is on disk before it is told", async () => {
    const { token } = (await post(await signed())).body;
    await running.close();
    running = await startGateway(running.folder, { publicOrigin: ORIGIN });
    expect((await current(token)).status).to.equal(200);
  });

  it("takes a nonce once, even of many at the same time", async () => {
    const payload = await signed();
    const answers = await Promise.all([post(payload), post(payload), post(payload)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 422, 422]);
    expect((await post(payload)).body.type).to.equal("/problems/sign-in-nonce-used");
  });

  it("does not use the nonce up by a mistake", async () => {
    const { nonce } = await challenge();
    expect((await post(await signed({ nonce, key: "bud" }))).status).to.equal(422);
    expect((await post(await signed({ nonce }))).status).to.equal(201);
  });

  describe("refuses, each by its name,", () => {
    const refuses = (title: string, code: string, changes: () => Changes) =>
      it(`${title}: ${code}`, async () => {
        const { status, body } = await post(await signed(changes()));
        expect([status, body.type]).to.deep.equal([422, `/problems/${code}`]);
      });
    refuses("another origin", "sign-in-other-origin", () => ({ origin: "https://register.example.evil" }));
    refuses("one issued ten minutes ago", "sign-in-clock", () => ({ issued: now() - 600 }));
    refuses("one issued in ten minutes", "sign-in-clock", () => ({ issued: now() + 600 }));
    refuses("an expired one", "sign-in-expired", () => ({ issued: now() - 100, expires: now() - 1 }));
    refuses("a session of a day", "sign-in-too-long", () => ({ expires: now() + 86_400 }));
    refuses("a nonce of its own making", "sign-in-unknown-nonce", () => ({ nonce: idOf("nonce") }));
    refuses("a holder whom nobody enrolled", "sign-in-unknown-holder", () => ({ holder: idOf("nobody") }));
    refuses("somebody else's key", "sign-in-foreign-key", () => ({ key: "bud" }));
    refuses("a signature for another register", "sign-in-foreign-key", () => ({
      separator: new Uint8Array(32).fill(7),
    }));
    it("what is no signature: sign-in-bad-signature", async () => {
      const { signIn } = await signed();
      const { body } = await post({ signIn, signature: `0x${"ff".repeat(65)}` });
      expect(body.type).to.equal("/problems/sign-in-bad-signature");
    });
    it("no token, an unknown one, another scheme: unauthenticated, with a challenge", async () => {
      for (const token of [undefined, "x".repeat(43), "x", "a b"]) {
        const { status, body, headers } = await current(token);
        expect([status, body.type]).to.deep.equal([401, "/problems/unauthenticated"]);
        expect(headers["www-authenticate"]).to.match(/^Bearer/);
      }
    });
  });

  it("ends when its time is over: session-expired", async () => {
    const { token, expires } = (await post(await signed({ expires: now() + 2 }))).body;
    expect((await current(token)).status).to.equal(200);
    await atSecond(expires);
    expect((await current(token)).body.type).to.equal("/problems/session-expired");
  });

  it("ends when its key is revoked, and the key signs in no more", async () => {
    const token = await signedIn(running, "direktur-3", "H-PRS-DIR-3");
    expect((await current(token)).status).to.equal(200);
    const subject = idOf("H-PRS-DIR-3");
    const key = keyWord(addressOfKey(sandboxSecret("direktur-3")));
    const registrar = { id: "H-PRS-PENDAFTAR", role: Role.registrar };
    await sendAct(running.services, [registrar], { code: ActCode.revokeKey, holder: subject, key }, subject);
    expect((await current(token)).body.type).to.equal("/problems/session-key-revoked");
    const again = await post(await signed({ holder: subject, key: "direktur-3" }));
    expect(again.body.type).to.equal("/problems/sign-in-key-revoked");
  });
});
