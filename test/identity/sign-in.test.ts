import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import { exportJWK, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { type Foreign, openForeign } from "../../server/gateway/foreign.ts";
import { Accounts } from "../../server/identity/accounts.ts";
import type { IssuerSettings } from "../../server/identity/settings.ts";
import { DataFolder } from "../../server/store/data-folder.ts";
import { now, type Running, startGateway, until } from "../gateway/world.ts";
import { Browser, LyingIssuer, SecondIssuer } from "./issuers.ts";
import { freePort } from "./slapd.ts";

const OPERATOR = "o".repeat(43);

describe("signing in through other issuers", function () {
  this.timeout(30_000);
  let origin: string;
  let running: Running;
  let accounts: Accounts;
  let second: SecondIssuer;
  let liar: LyingIssuer;
  let dead: LyingIssuer;
  let foreign: Foreign;
  let log = "";

  const issuer = (id: string, url: string, changes: Partial<IssuerSettings> = {}): IssuerSettings => ({
    id,
    name: { en: id, id },
    issuer: url,
    clientId: "prasasti",
    scopes: ["openid", "profile"],
    claims: { name: "name", nip: "nip" },
    secondFactor: { acr: [], amr: ["otp"] },
    algorithms: ["ES256", "RS256", "PS256"],
    clockSkewSeconds: 30,
    authentication: "own key",
    ...changes,
  });

  before(async () => {
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    const folder = await DataFolder.open(path.join(tmpdir(), `prasasti-foreign-${port}`));
    liar = await LyingIssuer.start();
    dead = await LyingIssuer.start();
    // its keys are the gateway's own: asked of the gateway, as an issuer does
    const unborn = await openForeign(
      folder,
      { issuers: [issuer("second", "http://127.0.0.1:1")], directories: [] },
      () => origin,
    );
    second = await SecondIssuer.start({
      client_id: "prasasti",
      redirect_uris: [`${origin}/sign-in/second/callback`],
      post_logout_redirect_uris: [`${origin}/`],
      token_endpoint_auth_method: "private_key_jwt",
      id_token_signed_response_alg: "ES256",
      backchannel_logout_uri: `${origin}/sign-in/second/backchannel-logout`,
      backchannel_logout_session_required: true,
      jwks: unborn.issuers.jwks as never,
    });
    const settings = [issuer("second", second.url), issuer("liar", liar.url), issuer("dead", dead.url)];
    foreign = await openForeign(folder, { issuers: settings, directories: [] }, () => origin);
    await folder.close();
    await rm(folder.path, { recursive: true });
    const stream = new Writable({
      write(chunk, _encoding, done) {
        log += chunk;
        if (String(chunk).includes('"err"')) console.log(String(chunk).slice(0, 900));
        done();
      },
    });
    running = await startGateway(undefined, {
      publicOrigin: origin,
      operatorToken: OPERATOR,
      foreign,
      logger: { level: "trace", stream },
    });
    await running.app.listen({ port, host: "127.0.0.1" });
    const { state, vault } = running.services;
    accounts = new Accounts({ now, state, sealing: vault.sealing("accounts"), ended: async () => {} });
  });
  after(async () => {
    await running?.remove();
    await Promise.all([second?.stop(), liar?.stop(), dead?.stop()]);
  });

  const anAccount = async (issuerUrl: string, subject: string) => {
    const { id } = await accounts.create("person", { displayName: "Siti" }, "test");
    await accounts.link(id, issuerUrl, subject);
    await accounts.setState(id, "active", "test");
    return id;
  };
  const get = (url: string, cookie = "", accept = "application/json") =>
    running.app.inject({ url, headers: { cookie, accept } });
  /** What the browser keeps of an answer, as it sends it back. */
  const kept = (answer: { headers: Record<string, unknown> }) =>
    [answer.headers["set-cookie"] ?? []]
      .flat()
      .map((each) => String(each).split(";")[0])
      .join("; ");
  const begin = async (id: string, query = "") => {
    const answer = await get(`/sign-in/${id}${query}`);
    expect(answer.statusCode, answer.body).to.equal(303);
    return { location: new URL(String(answer.headers.location)), cookie: kept(answer) };
  };
  const me = async (token: string) => {
    const answer = await running.app.inject({
      url: "/api/v1/sessions/current",
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  const tokenIn = (answer: { headers: Record<string, unknown> }) => /(?:^|; )prasasti=([^;]*)/.exec(kept(answer))![1]!;
  /** Through the second issuer, as its `person`. */
  const through = async (query = "", browser = new Browser()) => {
    const { location, cookie } = await begin("second", query);
    const back = (await browser.follow(location.href, `${origin}/`)).slice(origin.length);
    return { back, cookie, answer: await get(back, cookie) };
  };

  describe("a second issuer, ES256 and private_key_jwt", () => {
    it("signs in who has an account: code, PKCE, and the key that the gateway publishes", async () => {
      const id = await anAccount(second.url, "orang-1");
      second.person = { sub: "orang-1", name: "Siti Aminah", nip: "198501012010012001", amr: ["pwd", "otp"] };
      const { location } = await begin("second");
      expect(Object.fromEntries(location.searchParams)).to.include({
        response_type: "code",
        code_challenge_method: "S256",
        client_id: "prasasti",
        redirect_uri: `${origin}/sign-in/second/callback`,
      });
      const { answer } = await through("?return_to=/docs%3Fx=1");
      expect([answer.statusCode, answer.headers.location], answer.body).to.deep.equal([303, "/docs?x=1"]);
      expect(String(answer.headers["set-cookie"]))
        .to.match(/HttpOnly/)
        .and.match(/SameSite=Lax/);
      const { body } = await me(tokenIn(answer));
      expect(body.account.id).to.equal(id);
      expect(body.session).to.include({ method: "oidc", issuer: second.url });
      expect(body.session.secondFactor).to.be.closeTo(now(), 5);
      expect(await accounts.personal(id)).to.include({ displayName: "Siti Aminah", nip: "198501012010012001" });
    });

    it("counts no second factor where none was shown", async () => {
      second.person = { sub: "orang-1", amr: ["pwd"] };
      const { answer } = await through();
      expect((await me(tokenIn(answer))).body.session).to.not.have.property("secondFactor");
    });

    it("asks for a fresh sign-in with a second factor for a step-up", async () => {
      const { location } = await begin("second", "?step_up=1");
      expect(location.searchParams.get("prompt")).to.equal("login");
      expect(location.searchParams.get("max_age")).to.equal("300");
      second.person = { sub: "orang-1", amr: ["otp"] };
      const { answer } = await through("?step_up=1");
      expect((await me(tokenIn(answer))).body.session.secondFactor).to.be.closeTo(now(), 5);
    });

    it("makes no account of a stranger, and tells him in his language what to do", async () => {
      second.person = { sub: "orang-asing" };
      const { location, cookie } = await begin("second");
      const back = (await new Browser().follow(location.href, `${origin}/`)).slice(origin.length);
      const before = (await accounts.list(undefined, 1000)).length;
      const answer = await get(back, cookie, "text/html");
      expect(answer.statusCode).to.equal(403);
      expect(answer.headers["content-type"]).to.match(/text\/html/);
      expect(answer.body).to.include("You have no account here yet").and.include("Ask the registrar");
      const indonesian = await running.app.inject({
        url: back,
        headers: { cookie, accept: "text/html", "accept-language": "id" },
      });
      expect(indonesian.body).to.include("Masuk ini sudah diselesaikan");
      expect(kept(answer)).to.not.include("prasasti=");
      expect((await accounts.list(undefined, 1000)).length).to.equal(before);
    });

    it("lets nobody in who is locked or left", async () => {
      const id = await anAccount(second.url, "orang-2");
      second.person = { sub: "orang-2" };
      await accounts.setState(id, "left", "test");
      const { answer } = await through();
      expect(answer.json().type).to.equal("/problems/account-closed");
    });

    it("answers an invitation with this sign-in, once", async () => {
      const { id } = await accounts.create("person", { displayName: "Budi" }, "test");
      const { secret } = await accounts.invite(id, "test");
      second.person = { sub: "orang-3" };
      const { answer } = await through(`?invitation=${secret}`);
      expect(answer.statusCode, answer.body).to.equal(303);
      expect((await me(tokenIn(answer))).body.account.id).to.equal(id);
      second.person = { sub: "orang-4" };
      expect((await through(`?invitation=${secret}`)).answer.json().type).to.equal("/problems/invitation-invalid");
    });

    it("links another sign-in to who is signed in with a fresh second factor, and to nobody else", async () => {
      second.person = { sub: "orang-1", amr: ["pwd"] };
      const weak = tokenIn((await through()).answer);
      const link = (token: string, payload: object = { returnTo: "/" }) =>
        running.app.inject({
          method: "POST",
          url: "/api/v1/sign-in/issuers/second/links",
          headers: { authorization: `Bearer ${token}` },
          payload,
        });
      expect((await link(weak)).json().type).to.equal("/problems/step-up-needed");
      second.person = { sub: "orang-1", amr: ["otp"] };
      const strong = tokenIn((await through()).answer);
      const begun = await link(strong);
      second.person = { sub: "orang-1-lain" };
      const back = await new Browser().follow(begun.json().location, `${origin}/`);
      const answer = await get(back.slice(origin.length), kept(begun));
      expect(answer.statusCode, answer.body).to.equal(303);
      expect(kept(answer)).to.not.include("prasasti=");
      const owner = (await me(strong)).body.account.id;
      expect((await accounts.byLink(second.url, "orang-1-lain"))?.id).to.equal(owner);
      // a sign-in of another account is not taken from it
      await anAccount(second.url, "orang-5");
      const again = await link(strong);
      second.person = { sub: "orang-5" };
      const taken = await new Browser().follow(again.json().location, `${origin}/`);
      expect((await get(taken.slice(origin.length), kept(again))).json().type).to.equal("/problems/sign-in-linked");
    });

    it("ends the session that a browser had before: nobody who knew it is in the new one", async () => {
      second.person = { sub: "orang-1" };
      const before = tokenIn((await through()).answer);
      const { location, cookie } = await begin("second");
      const back = (await new Browser().follow(location.href, `${origin}/`)).slice(origin.length);
      const answer = await get(back, `${cookie}; prasasti=${before}`);
      expect(tokenIn(answer)).to.not.equal(before);
      expect((await me(before)).status).to.equal(401);
      expect((await me(tokenIn(answer))).status).to.equal(200);
    });

    it("follows new keys at once", async () => {
      second.person = { sub: "orang-1" };
      expect((await through()).answer.statusCode).to.equal(303);
      await second.rotate();
      const { answer } = await through();
      expect(answer.statusCode, answer.body).to.equal(303);
    });

    it("signs out at the issuer too, and hears when the issuer signs somebody out", async () => {
      second.person = { sub: "orang-1" };
      const browser = new Browser();
      const token = tokenIn((await through("", browser)).answer);
      const other = tokenIn((await through()).answer);
      const out = await running.app.inject({
        method: "POST",
        url: "/api/v1/sign-in/sign-out",
        headers: { authorization: `Bearer ${other}` },
      });
      expect(out.json().endSession)
        .to.match(/session\/end\?/)
        .and.include("post_logout_redirect_uri");
      expect((await me(other)).status).to.equal(401);
      expect((await me(token)).status).to.equal(200);
      await endAt(second, browser);
      await until("the session of that browser ends", async () => (await me(token)).status === 401);
    });

    /** The person signs out at the issuer itself, which tells its clients. */
    async function endAt(at: SecondIssuer, browser: Browser): Promise<void> {
      const page = await browser.read(`${at.url}/session/end`);
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)![1]!;
      await browser.read(`${at.url}/session/end/confirm`, new URLSearchParams({ xsrf, logout: "yes" }));
    }

    it("refuses a code that was used before, by us and by the issuer", async () => {
      second.person = { sub: "orang-1" };
      const { back, cookie, answer } = await through();
      expect(answer.statusCode).to.equal(303);
      expect((await get(back, cookie)).json().type).to.equal("/problems/sign-in-used");
      // the same code in a flow of its own
      const fresh = await begin("second");
      const query = new URLSearchParams(back.split("?")[1]);
      query.set("state", fresh.location.searchParams.get("state")!);
      const replayed = await get(`/sign-in/second/callback?${query}`, fresh.cookie);
      expect(replayed.json()).to.deep.include({ type: "/problems/sign-in-code-refused" });
      expect(replayed.json().values.error).to.equal("invalid_grant");
    });

    it("says so where the person was not let in", async () => {
      const { location, cookie } = await begin("second");
      const state = location.searchParams.get("state");
      const iss = encodeURIComponent(second.url);
      const answer = await get(
        `/sign-in/second/callback?error=access_denied&error_description=%3Cb%3E&state=${state}&iss=${iss}`,
        cookie,
      );
      expect([answer.statusCode, answer.json().type]).to.deep.equal([403, "/problems/sign-in-denied"]);
      expect(answer.body).to.not.include("<b>");
    });
  });

  describe("refuses", () => {
    it("login CSRF: a callback in a browser that began nothing, or something else", async () => {
      second.person = { sub: "orang-1" };
      const { location } = await begin("second");
      const back = (await new Browser().follow(location.href, `${origin}/`)).slice(origin.length);
      const other = await begin("second");
      for (const cookie of ["", other.cookie, "prasasti-flow-none=x"]) {
        const answer = await get(back, cookie);
        expect([answer.statusCode, answer.json().type]).to.deep.equal([400, "/problems/sign-in-not-begun-here"]);
      }
      // a cookie of the right name with what was sealed for another flow
      const name = `prasasti-flow-${location.searchParams.get("state")!.slice(0, 16)}`;
      const forged = `${name}=${other.cookie.split("=")[1]}`;
      expect((await get(back, forged)).json().type).to.equal("/problems/sign-in-not-begun-here");
    });

    it("an open redirect, however it is written", async () => {
      for (const to of [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil",
        "/%0d%0aset-cookie: x",
        "",
      ]) {
        const answer = await get(`/sign-in/second?return_to=${encodeURIComponent(to).replace("%2F%250d", "%2F%0d")}`);
        if (answer.statusCode === 303) {
          // what passes is a path of ours, with nothing in it that a browser reads as another
          expect(new URL(to, origin).origin, to).to.equal(origin);
          expect(to).to.match(/^\/[^/\\\s]/);
        } else expect([answer.statusCode, answer.json().type], to).to.deep.equal([400, "/problems/invalid-request"]);
      }
    });

    it("a browser that comes over plain http from another machine: it could keep no session", async () => {
      const answer = await running.app.inject({ url: "/sign-in/second", remoteAddress: "10.1.2.3" });
      expect(answer.json().type).to.equal("/problems/cookie-needs-https");
    });

    it("an issuer that nobody configured, before anything is fetched", async () => {
      for (const path of ["/sign-in/evil", "/sign-in/evil/callback?code=x&state=y", "/sign-in/https%3A%2F%2Fevil"])
        expect((await get(path)).json().type, path).to.equal("/problems/unknown-issuer");
    });

    const callback = async (claims: Changes, how: How = {}) => {
      const { location, cookie } = await begin("liar", how.query);
      const nonce = location.searchParams.get("nonce")!;
      liar.idToken = await token({ nonce, ...claims }, how);
      const state = location.searchParams.get("state");
      const iss = encodeURIComponent(how.iss ?? liar.url);
      return get(`/sign-in/liar/callback?code=c&state=${state}${how.iss === "" ? "" : `&iss=${iss}`}`, cookie);
    };
    type Changes = { [claim: string]: unknown };
    type How = {
      alg?: "ES256" | "RS256" | "HS256" | "none" | "foreign";
      kid?: string;
      iss?: string;
      query?: string;
      typ?: string;
    };
    const token = async (claims: Changes, { alg = "ES256", kid, typ = "JWT" }: How = {}): Promise<string> => {
      const all = { iss: liar.url, aud: "prasasti", sub: "orang-1", iat: now(), exp: now() + 60, ...claims };
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JWTPayload;
      if (alg === "none") return new UnsecuredJWT(payload).encode();
      if (alg === "HS256") {
        const secret = Buffer.from(await exportSPKI(liar.keys.RS256.publicKey));
        return new SignJWT(payload).setProtectedHeader({ alg, kid: "RS256", typ }).sign(createSecretKey(secret));
      }
      const key =
        alg === "foreign" ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : liar.keys[alg].privateKey;
      const header = alg === "foreign" ? "ES256" : alg;
      return new SignJWT(payload).setProtectedHeader({ alg: header, kid: kid ?? header, typ }).sign(key);
    };

    it("nothing of a token that is right, or the tests below show nothing", async () => {
      await anAccount(liar.url, "orang-1");
      for (const alg of ["ES256", "RS256"] as const) {
        const answer = await callback({}, { alg });
        expect(answer.statusCode, answer.body).to.equal(303);
      }
      for (const claims of [{ exp: now() - 10 }, { iat: now() + 10 }, { aud: ["prasasti", "other"], azp: "prasasti" }])
        expect((await callback(claims)).statusCode, JSON.stringify(claims)).to.equal(303);
    });

    const refuses = (what: string, claims: () => Changes, how: How, ...checks: string[]) =>
      it(what, async () => {
        const answer = await callback(claims(), how);
        expect(answer.json()).to.deep.include({ type: "/problems/sign-in-token-refused", status: 403 });
        expect(answer.json().values).to.deep.include({ issuer: "liar" });
        expect(checks).to.include(answer.json().values.check);
        expect(kept(answer)).to.not.include("prasasti=");
      });
    refuses("a token of another issuer", () => ({ iss: second.url }), {}, "iss");
    refuses("a token of another realm of it", () => ({ iss: `${liar.url}/realms/other` }), {}, "iss");
    refuses("a token for another audience", () => ({ aud: "other" }), {}, "aud");
    refuses("a token that another party was given", () => ({ azp: "other" }), {}, "azp");
    refuses(
      "a token for two that names neither as its party",
      () => ({ aud: ["prasasti", "other"] }),
      {},
      "azp",
      "aud",
      "format",
    );
    refuses("algorithm none", () => ({}), { alg: "none" }, "algorithm");
    refuses("HS256 with the public key as its secret", () => ({}), { alg: "HS256" }, "algorithm");
    refuses("a key that is not the issuer's", () => ({}), { alg: "foreign" }, "signature");
    refuses("a key that nobody published", () => ({}), { alg: "foreign", kid: "unknown" }, "key");
    refuses("a token whose time is over", () => ({ exp: now() - 60 }), {}, "exp", "format");
    refuses("a token without an end", () => ({ exp: undefined }), {}, "exp", "format");
    refuses("a token that is not valid yet", () => ({ nbf: now() + 120 }), {}, "nbf", "format");
    refuses("a token issued long ago, whatever its end", () => ({ iat: now() - 3_600, exp: now() + 3_600 }), {}, "iat");
    refuses("a token issued in the future", () => ({ iat: now() + 120, exp: now() + 180 }), {}, "iat");
    refuses("another nonce, as of a token that was used before", () => ({ nonce: "of another sign-in" }), {}, "nonce");
    refuses("no nonce", () => ({ nonce: undefined }), {}, "nonce", "format");
    refuses("a token without a subject", () => ({ sub: undefined }), {}, "sub", "format");
    refuses(
      "mixed-up issuers: the answer of one at the door of another",
      () => ({}),
      { iss: "http://127.0.0.1:1" },
      "iss",
      "format",
    );
    refuses("an answer without iss of an issuer that says it gives one", () => ({}), { iss: "" }, "iss", "format");
    refuses(
      "a step-up that shows no fresh sign-in",
      () => ({ auth_time: now() - 3_600 }),
      { query: "?step_up=1" },
      "auth_time",
      "format",
    );
    refuses("a step-up that does not say when", () => ({}), { query: "?step_up=1" }, "auth_time", "format");

    it("the subject of one issuer where another has the account", async () => {
      await anAccount("https://elsewhere.example", "orang-9");
      expect((await callback({ sub: "orang-9" })).json().type).to.equal("/problems/no-account");
    });

    it("a state at the door of another issuer than began it", async () => {
      const { location, cookie } = await begin("second");
      const state = location.searchParams.get("state");
      const answer = await get(`/sign-in/liar/callback?code=c&state=${state}`, cookie);
      expect(answer.json().type).to.equal("/problems/sign-in-not-begun-here");
    });

    describe("a logout token", () => {
      const logout = async (claims: Changes, how: How = {}) => {
        const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
        const jti = crypto.randomUUID();
        const payload = await token(
          { sub: undefined, sid: "s-1", events, jti, ...claims },
          { typ: "logout+jwt", ...how },
        );
        return running.app.inject({
          method: "POST",
          url: "/sign-in/liar/backchannel-logout",
          headers: { "content-type": "application/x-www-form-urlencoded" },
          payload: `logout_token=${payload}`,
        });
      };
      const signedInAs = async (sid: string) => tokenIn(await callback({ sid }));

      it("ends the session that it names, and no other", async () => {
        const [one, two] = [await signedInAs("s-1"), await signedInAs("s-2")];
        expect((await logout({})).statusCode).to.equal(204);
        expect([(await me(one)).status, (await me(two)).status]).to.deep.equal([401, 200]);
      });

      it("ends all that this issuer opened for a subject", async () => {
        const [one, two] = [await signedInAs("s-3"), await signedInAs("s-4")];
        expect((await logout({ sub: "orang-1", sid: undefined })).statusCode).to.equal(204);
        expect([(await me(one)).status, (await me(two)).status]).to.deep.equal([401, 401]);
      });

      it("that is an id token, or forged, or for another, or heard before, ends nothing", async () => {
        const open = await signedInAs("s-1");
        const jti = "once";
        await logout({ sid: "none", jti });
        const wrong: [Changes, How, string][] = [
          [{ nonce: "n" }, {}, "nonce"],
          [{ events: undefined }, {}, "events"],
          [{ events: { other: {} } }, {}, "events"],
          [{ sid: undefined }, {}, "sub"],
          [{ jti: undefined }, {}, "jti"],
          [{ jti }, {}, "jti"],
          [{ aud: "other" }, {}, "aud"],
          [{ iss: second.url }, {}, "iss"],
          [{ iat: now() - 3_600 }, {}, "iat"],
          [{}, { alg: "none" }, "algorithm"],
          [{}, { alg: "HS256" }, "algorithm"],
          [{}, { alg: "foreign" }, "signature"],
        ];
        for (const [claims, how, check] of wrong) {
          const answer = await logout(claims, how);
          expect(answer.json(), check).to.deep.include({ type: "/problems/logout-token-refused", status: 400 });
          expect(answer.json().values.check, JSON.stringify([claims, how])).to.equal(check);
        }
        expect((await me(open)).status).to.equal(200);
      });
    });
  });

  describe("an issuer that does not do what it should", () => {
    const fresh = async (id: string, changes: Partial<IssuerSettings> = {}) => {
      const folder = { secret: async () => "" };
      const settings = issuer(id, dead.url, { authentication: { secret: "s" }, ...changes });
      return (await openForeign(folder, { issuers: [settings], directories: [] }, () => origin)).issuers;
    };
    const reason = async (
      mood: LyingIssuer["mood"],
      about: Record<string, unknown> = {},
      changes: Partial<IssuerSettings> = {},
    ) => {
      dead.mood = mood;
      dead.about = about;
      const [view] = await (await fresh("x", changes)).examine(now());
      dead.mood = "answering";
      dead.about = {};
      return view!.reason?.en ?? view!.state;
    };

    it("is told within its limit, by name, to who wants to sign in, in the list and in the state of health", async () => {
      dead.mood = "silent";
      const begun = performance.now();
      const answer = await get("/sign-in/dead");
      const took = performance.now() - begun;
      expect([answer.statusCode, answer.json().type]).to.deep.equal([503, "/problems/issuer-unavailable"]);
      expect(answer.json().detail).to.equal("no answer within 5 seconds");
      expect(answer.headers["retry-after"]).to.equal("1");
      expect(took).to.be.within(4_000, 6_500);
      // and nobody else waits for it
      const again = performance.now();
      expect((await get("/sign-in/dead")).statusCode).to.equal(503);
      expect(performance.now() - again).to.be.below(500);
      const { issuers } = (await get("/api/v1/sign-in/issuers")).json();
      const byId = Object.fromEntries(issuers.map((each: { id: string }) => [each.id, each]));
      expect(byId.dead).to.deep.include({ state: "down", signIn: "/sign-in/dead" });
      expect(byId.second.state).to.equal("up");
      const { ready, reasons } = (await get("/health/ready")).json();
      expect(ready).to.equal(true);
      expect(reasons).to.deep.equal(["issuer dead: no answer within 5 seconds"]);
      dead.mood = "answering";
    });

    it("says what is wrong with it, and nothing that it wrote itself", async () => {
      expect(await reason("answering")).to.equal("up");
      expect(await reason("answering", { issuer: "https://other.example" })).to.equal(
        "it says that it is another issuer",
      );
      expect(await reason("answering", { jwks_uri: "http://10.0.0.1/jwks" })).to.equal(
        "its jwks_uri is missing or not https",
      );
      expect(await reason("answering", { token_endpoint: undefined })).to.equal(
        "its token_endpoint is missing or not https",
      );
      expect(await reason("answering", { id_token_signing_alg_values_supported: ["HS256"] })).to.equal(
        "it signs with HS256; allowed are ES256, RS256, PS256",
      );
      expect(await reason("raving")).to.equal("its answer is too long");
      expect(await reason("answering", {}, { issuer: `http://127.0.0.1:${await freePort()}` })).to.equal(
        "ECONNREFUSED",
      );
      expect(await reason("answering", {}, { issuer: `${dead.url}/realms/none` })).to.equal(
        "what it answers is not an issuer's",
      );
    });
  });

  it("asks for keys once a second at most, whatever kids are thrown at it", async () => {
    const before = liar.asked.filter((path) => path === "/jwks").length;
    const junk = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    for (let index = 0; index < 20; index++) {
      const payload = await new SignJWT({ sub: "x" }).setProtectedHeader({ alg: "ES256", kid: `k${index}` }).sign(junk);
      await running.app.inject({
        method: "POST",
        url: "/sign-in/liar/backchannel-logout",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        payload: `logout_token=${payload}`,
      });
    }
    expect(liar.asked.filter((path) => path === "/jwks").length - before).to.be.below(4);
  });

  it("publishes the keys by which it is known, and no private one", async () => {
    const { keys } = (await get("/.well-known/prasasti-jwks.json")).json();
    expect(keys).to.have.length(1);
    expect(keys[0]).to.include({ kty: "EC", crv: "P-256", alg: "ES256", use: "sig" });
    expect(keys[0]).to.not.have.property("d");
    expect((await exportJWK(liar.keys.ES256.privateKey)).d).to.be.a("string");
  });

  describe("its log", () => {
    it("writes no code, token, subject or number of a person into its log", () => {
      expect(log).to.include("/sign-in/second/callback");
      for (const secret of ["code=", "state=", "orang-1", "198501012010012001", "Siti Aminah", "eyJ"])
        expect(log, secret).to.not.include(secret);
    });
  });
});
