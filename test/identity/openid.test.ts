import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { expect } from "chai";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, SignJWT } from "jose";
import { OPERATOR, type Running, startGateway } from "../gateway/world.ts";
import { ask, person, personWithCodes } from "./world.ts";

const ORIGIN = "https://register.example";
const REDIRECT = "https://situs.contoh.go.id/kembali";

type Party = { id: string; key: KeyObject };

describe("the built-in OpenID provider", function () {
  this.timeout(60_000);
  let running: Running;
  let site: Party;
  before(async () => {
    running = await startGateway(undefined, { publicOrigin: ORIGIN });
    site = await party({ kind: "site", name: "Situs uji", redirectUris: [REDIRECT] });
  });
  after(() => running.remove());

  const operator = { token: OPERATOR };
  const newKey = () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    return { jwk: { kty, crv, x, y }, key: privateKey };
  };
  async function party(asked: object): Promise<Party> {
    const { jwk, key } = newKey();
    const { status, body } = await ask(running, "/api/v1/clients", { ...asked, jwk }, operator);
    expect(status, JSON.stringify(body)).to.equal(201);
    return { id: body.client.id, key };
  }
  const assertion = ({ id, key }: Party, { audience = `${ORIGIN}/oidc`, jti = randomBytes(8).toString("hex") } = {}) =>
    new SignJWT({ jti })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(key);
  const proofOf = async (of: Party, more?: { audience?: string; jti?: string }) => ({
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await assertion(of, more),
    client_id: of.id,
  });
  const tokenFrom = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const response = await running.app.inject({
      method: "POST",
      url: "/oidc/token",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      payload: new URLSearchParams(fields).toString(),
    });
    return { status: response.statusCode, body: response.json() };
  };

  /** A browser that keeps cookies and follows nothing by itself. */
  class Browser {
    readonly #jar = new Map<string, string>();
    async go(url: string, fields?: Record<string, string>) {
      const response = await running.app.inject({
        method: fields === undefined ? "GET" : "POST",
        url: url.replace(ORIGIN, ""),
        headers: {
          cookie: [...this.#jar].map(([name, value]) => `${name}=${value}`).join("; "),
          ...(fields ? { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN } : {}),
        },
        ...(fields ? { payload: new URLSearchParams(fields).toString() } : {}),
      });
      for (const { name, value } of response.cookies)
        if (value) this.#jar.set(name, value);
        else this.#jar.delete(name);
      return {
        status: response.statusCode,
        to: String(response.headers.location ?? ""),
        page: response.payload,
        headers: response.headers,
      };
    }
  }
  const request = (verifier: string, more: Record<string, string> = {}) =>
    new URLSearchParams({
      ...{ client_id: site.id, response_type: "code", redirect_uri: REDIRECT, scope: "openid profile email" },
      ...{ state: "s1", nonce: "n1", code_challenge_method: "S256" },
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      ...more,
    });
  /** From the site to its page and back; `agree`: what the person presses. */
  async function round(name: string, password: string, agree = "yes") {
    const verifier = randomBytes(32).toString("base64url");
    const browser = new Browser();
    const step = await browser.go(`/oidc/auth?${request(verifier)}`);
    const signIn = await browser.go(step.to);
    expect(signIn.to).to.match(/^\/sign-in\?next=/);
    const next = new URL(signIn.to, ORIGIN).searchParams.get("next")!;
    const signed = await browser.go("/sign-in", { name, password, next });
    expect([signed.status, signed.to]).to.deep.equal([303, next]);
    const asked = await browser.go(next);
    expect(asked.page).to.include("Situs uji").and.include("situs.contoh.go.id");
    expect(asked.headers["content-security-policy"]).to.include("form-action 'self' https://situs.contoh.go.id;");
    const csrf = /name="csrf" value="([^"]+)"/.exec(asked.page)![1]!;
    expect((await browser.go(next, { csrf: "x", agree })).status).to.equal(403);
    const back = await browser.go((await browser.go(next, { csrf, agree })).to);
    return { verifier, back: new URL(back.to) };
  }
  const exchange = async (back: URL, verifier: string, more: Record<string, string> = {}) =>
    tokenFrom({
      ...{ grant_type: "authorization_code", code: back.searchParams.get("code")!, redirect_uri: REDIRECT },
      code_verifier: verifier,
      ...(await proofOf(site)),
      ...more,
    });
  const jwks = async () => (await running.app.inject("/oidc/jwks")).json();
  const verified = async (token: string) =>
    jwtVerify(token, createLocalJWKSet(await jwks()), {
      issuer: `${ORIGIN}/oidc`,
      audience: site.id,
      algorithms: ["ES256"],
    });

  it("tells where everything is, under its own origin alone: code with PKCE, ES256", async () => {
    const url = "/oidc/.well-known/openid-configuration";
    const told = (
      await running.app.inject({ url, headers: { host: "evil.example", "x-forwarded-host": "evil.example" } })
    ).json();
    expect(told).to.include({ issuer: `${ORIGIN}/oidc`, token_endpoint: `${ORIGIN}/oidc/token` });
    expect(told.response_types_supported).to.deep.equal(["code"]);
    expect(told.code_challenge_methods_supported).to.deep.equal(["S256"]);
    expect(told.id_token_signing_alg_values_supported).to.deep.equal(["ES256"]);
    expect(told.grant_types_supported).to.have.members(["authorization_code", "client_credentials"]);
    expect(JSON.stringify(told)).to.not.include("evil.example");
  });

  it("signs a person in at a site: one password page, one agreement, then name and e-mail", async () => {
    const { name, password, account } = await person(running);
    const { verifier, back } = await round(name, password);
    expect(back.origin + back.pathname).to.equal(REDIRECT);
    expect([back.searchParams.get("state"), back.searchParams.get("iss")]).to.deep.equal(["s1", `${ORIGIN}/oidc`]);
    const { status, body } = await exchange(back, verifier);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect((await verified(body.id_token)).payload).to.include({ sub: account, nonce: "n1", aud: site.id });
    const told = async () => {
      const headers = { authorization: `Bearer ${body.access_token}` };
      return running.app.inject({ url: "/oidc/me", headers });
    };
    expect((await told()).json()).to.deep.equal({
      sub: account,
      name: "Sri Wahyuni",
      email: "sri.wahyuni@contoh.go.id",
    });
    // such a token is the site's, to ask who the person is; it opens nothing here
    expect((await ask(running, "/api/v1/sessions/current", undefined, { token: body.access_token })).status).to.equal(
      401,
    );
    // the same code once more ends what it gave
    expect((await exchange(back, verifier)).body.error).to.equal("invalid_grant");
    expect((await told()).statusCode).to.equal(401);
  });

  it("asks for a second factor on the same page, without a script", async () => {
    const { name, password, recoveryCodes } = await personWithCodes(running);
    const browser = new Browser();
    const second = await browser.go("/sign-in", { name, password, next: "/account" });
    expect(second.status).to.equal(200);
    const ticket = /name="ticket" value="([^"]+)"/.exec(second.page)![1]!;
    const wrong = await browser.go("/sign-in/second-factor", { ticket, code: "AAAA", next: "/account" });
    expect([wrong.status, wrong.page.includes('role="alert"')]).to.deep.equal([422, true]);
    const opened = await browser.go("/sign-in/second-factor", { ticket, code: recoveryCodes[0]!, next: "/account" });
    expect([opened.status, opened.to]).to.deep.equal([303, "/account"]);
    const page = (await browser.go("/account")).page;
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)![1]!;
    expect((await browser.go("/account/sign-out", { csrf })).to).to.equal("/sign-in");
    expect((await browser.go("/account")).to).to.match(/^\/sign-in/);
  });

  it("gives nothing where the person says no, or was signed out everywhere meanwhile", async () => {
    const { name, password, token } = await person(running);
    const { back } = await round(name, password, "no");
    expect([back.searchParams.get("error"), back.searchParams.get("code")]).to.deep.equal(["access_denied", null]);
    const agreed = await round(name, password);
    await ask(running, "/api/v1/me/sessions", undefined, { token, method: "DELETE" });
    expect((await exchange(agreed.back, agreed.verifier)).body.error).to.equal("invalid_grant");
  });

  it("refuses another address, no PKCE, a wrong verifier, a stranger's key, a replayed or foreign assertion", async () => {
    const begin = async (more: Record<string, string>, less: string[] = []) => {
      const query = request("v".repeat(43), more);
      for (const name of less) query.delete(name);
      return new Browser().go(`/oidc/auth?${query}`);
    };
    for (const redirect_uri of [
      `${REDIRECT}/`,
      `${REDIRECT}?x=1`,
      "https://evil.example/kembali",
      REDIRECT.toUpperCase(),
    ]) {
      const refused = await begin({ redirect_uri });
      expect([refused.status, refused.to], redirect_uri).to.deep.equal([400, ""]);
      expect(refused.page).to.include("invalid_redirect_uri");
    }
    const open = await begin({}, ["code_challenge", "code_challenge_method"]);
    expect(new URL(open.to).searchParams.get("error")).to.equal("invalid_request");
    expect(new URL((await begin({ code_challenge_method: "plain" })).to).searchParams.get("error")).to.equal(
      "invalid_request",
    );
    expect(
      new URL((await begin({ response_type: "token" })).to).hash +
        new URL((await begin({ response_type: "token" })).to).search,
    ).to.match(/unsupported_response_type|unauthorized_client/);

    const { name, password } = await person(running);
    const { back, verifier } = await round(name, password);
    const stranger = await proofOf({ id: site.id, key: newKey().key });
    expect((await exchange(back, verifier, stranger)).body.error).to.equal("invalid_client");
    expect(
      (await exchange(back, verifier, await proofOf(site, { audience: "https://other.example" }))).body.error,
    ).to.equal("invalid_client");
    const once = await proofOf(site, { jti: "sekali" });
    expect((await exchange(back, "w".repeat(43), once)).body.error).to.equal("invalid_grant");
    const other = await round(name, password);
    expect((await exchange(other.back, other.verifier, once)).body.error).to.equal("invalid_client");
  });

  it("signs with a new key after a rotation, and still tells the old one", async () => {
    const before = await jwks();
    const { name, password } = await person(running);
    const first = await round(name, password);
    const old = (await exchange(first.back, first.verifier)).body.id_token;
    expect((await ask(running, "/api/v1/signing-keys", undefined, { ...operator, method: "POST" })).status).to.equal(
      204,
    );
    const after = await jwks();
    expect(after.keys).to.have.length(before.keys.length + 1);
    expect(JSON.stringify(after)).to.not.match(/"d":/);
    const second = await round(name, password);
    const fresh = (await exchange(second.back, second.verifier)).body.id_token;
    expect(decodeProtectedHeader(fresh).kid).to.equal(after.keys[0].kid).and.not.equal(decodeProtectedHeader(old).kid);
    for (const token of [old, fresh]) await verified(token);
    for await (const { value } of running.services.state.range("oidc"))
      expect(JSON.stringify(value)).to.not.include('"d"');
  });

  describe("machines", () => {
    const grant = { grant_type: "client_credentials" };
    const basic = (id: string, secret: string) => ({
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    });
    const current = async (token: string) =>
      (await ask(running, "/api/v1/sessions/current", undefined, { token })).status;

    it("get a token by their key, which does what its scopes say and nothing else", async () => {
      const machine = await party({ kind: "machine", name: "Pengirim", scopes: ["documents.keep"] });
      const { body } = await tokenFrom({ ...grant, scope: "documents.keep", ...(await proofOf(machine)) });
      const kept = await running.app.inject({
        method: "POST",
        url: "/api/v1/documents",
        headers: { authorization: `Bearer ${body.access_token}`, "content-type": "text/plain" },
        payload: "dari mesin",
      });
      expect(kept.statusCode).to.equal(201);
      for (const url of ["/api/v1/access-log", "/api/v1/me/data", "/api/v1/accounts"])
        expect((await ask(running, url, undefined, { token: body.access_token })).body.type, url).to.equal(
          "/problems/scope-missing",
        );
      const more = await tokenFrom({ ...grant, scope: "sealed.read", ...(await proofOf(machine)) });
      expect(more.body.error).to.equal("invalid_scope");
      const told = (await ask(running, "/api/v1/clients", undefined, operator)).body.clients;
      expect(told.find(({ id }: { id: string }) => id === machine.id).used).to.be.a("number");
    });

    it("or by a secret that is told once and kept as a hash; a new one overlaps, and a revoked client is out at once", async () => {
      const asked = { kind: "machine", name: "Pembaca", scopes: ["requests.read"] };
      const { client, secret } = (await ask(running, "/api/v1/clients", asked, operator)).body;
      for await (const { value } of running.services.state.range("client"))
        expect(JSON.stringify(value)).to.not.include(secret);
      const by = (of: string) => tokenFrom({ ...grant, scope: "requests.read" }, basic(client.id, of));
      const first = await by(secret);
      expect([first.status, await current(first.body.access_token)]).to.deep.equal([200, 200]);
      expect((await by("x".repeat(43))).body.error).to.equal("invalid_client");
      const proofs = `/api/v1/clients/${client.id}/proofs`;
      const renewed = (await ask(running, proofs, { overlap: 3600 }, operator)).body.secret;
      expect([(await by(secret)).status, (await by(renewed)).status]).to.deep.equal([200, 200]);
      const last = (await ask(running, proofs, { overlap: 0 }, operator)).body.secret;
      expect([(await by(secret)).status, (await by(last)).status]).to.deep.equal([401, 200]);
      const revoked = await ask(running, `/api/v1/clients/${client.id}`, undefined, { ...operator, method: "DELETE" });
      expect(revoked.body.revoked).to.be.a("number");
      expect([(await by(last)).status, await current(first.body.access_token)]).to.deep.equal([401, 401]);
    });
  });
});
