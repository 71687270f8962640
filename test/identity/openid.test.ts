import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { expect } from "chai";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { OPERATOR, type Running, startGateway } from "../gateway/world.ts";
import { ask, person } from "./world.ts";

const ORIGIN = "https://register.example";
const REDIRECT = "https://situs.contoh.go.id/kembali";

describe("the built-in OpenID provider", function () {
  this.timeout(60_000);
  let running: Running;
  let site: { id: string; key: KeyObject };
  before(async () => {
    running = await startGateway(undefined, { publicOrigin: ORIGIN });
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { kty, crv, x, y } = publicKey.export({ format: "jwk" });
    const asked = { kind: "site", name: "Situs uji", redirectUris: [REDIRECT], jwk: { kty, crv, x, y } };
    const { status, body } = await ask(running, "/api/v1/clients", asked, { token: OPERATOR });
    expect(status, JSON.stringify(body)).to.equal(201);
    site = { id: body.client.id, key: privateKey };
  });
  after(() => running.remove());

  const assertion = ({ id, key }: { id: string; key: KeyObject }, changes: Record<string, unknown> = {}) =>
    new SignJWT({ jti: randomBytes(8).toString("hex"), ...changes })
      .setProtectedHeader({ alg: "ES256" })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(`${ORIGIN}/oidc`)
      .setIssuedAt()
      .setExpirationTime("1m")
      .sign(key);
  const form = (url: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    running.app.inject({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      payload: new URLSearchParams(fields).toString(),
    });

  it("tells where everything is, under its own origin alone", async () => {
    const response = await running.app.inject({
      url: "/oidc/.well-known/openid-configuration",
      headers: { host: "evil.example" },
    });
    const told = response.json();
    expect(told).to.include({
      issuer: `${ORIGIN}/oidc`,
      token_endpoint: `${ORIGIN}/oidc/token`,
      authorization_endpoint: `${ORIGIN}/oidc/auth`,
    });
    expect(told.response_types_supported).to.deep.equal(["code"]);
    expect(told.code_challenge_methods_supported).to.deep.equal(["S256"]);
    expect(JSON.stringify(told)).to.not.include("evil.example");
  });

  it("whole", async () => {
    const jar = new Map<string, string>();
    const browse = async (method: "GET" | "POST", url: string, fields?: Record<string, string>) => {
      const response = await running.app.inject({
        method,
        url: url.replace(ORIGIN, ""),
        headers: {
          cookie: [...jar].map(([n, v]) => `${n}=${v}`).join("; "),
          ...(fields ? { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN } : {}),
        },
        ...(fields ? { payload: new URLSearchParams(fields).toString() } : {}),
      });
      for (const { name, value } of response.cookies)
        if (value) jar.set(name, value);
        else jar.delete(name);
      console.log(
        method,
        url.slice(0, 100),
        response.statusCode,
        response.headers.location,
        response.statusCode >= 400 ? response.payload.slice(0, 1500) : "",
      );
      return response;
    };
    const { name, password, account } = await person(running);
    const verifier = randomBytes(32).toString("base64url");
    const query = new URLSearchParams({
      client_id: site.id,
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: "openid profile email",
      state: "s1",
      nonce: "n1",
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    });
    let at = await browse("GET", `/oidc/auth?${query}`);
    at = await browse("GET", at.headers.location as string);
    const signIn = at.headers.location as string;
    at = await browse("GET", signIn);
    const next = new URL(signIn, ORIGIN).searchParams.get("next")!;
    at = await browse("POST", "/sign-in", { name, password, next });
    at = await browse("GET", at.headers.location as string);
    const csrf = /name="csrf" value="([^"]+)"/.exec(at.payload)![1]!;
    at = await browse("POST", next, { csrf, agree: "yes" });
    at = await browse("GET", at.headers.location as string);
    const back = new URL(at.headers.location as string);
    const token = await form("/oidc/token", {
      grant_type: "authorization_code",
      code: back.searchParams.get("code")!,
      redirect_uri: REDIRECT,
      code_verifier: verifier,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: await assertion(site),
      client_id: site.id,
    });
    console.log(token.statusCode, token.payload);
    const jwks = (await running.app.inject("/oidc/jwks")).json();
    const { payload } = await jwtVerify(token.json().id_token, createLocalJWKSet(jwks), {
      issuer: `${ORIGIN}/oidc`,
      audience: site.id,
      algorithms: ["ES256"],
    });
    expect(payload).to.include({ sub: account, nonce: "n1" });
    const info = await running.app.inject({
      url: "/oidc/me",
      headers: { authorization: `Bearer ${token.json().access_token}` },
    });
    console.log(info.payload);
  });
  it("machine", async () => {
    const made = await ask(
      running,
      "/api/v1/clients",
      { kind: "machine", name: "Mesin", scopes: ["documents.keep"] },
      { token: OPERATOR },
    );
    console.log(made.body);
    const { client, secret } = made.body;
    const basic = `Basic ${Buffer.from(`${client.id}:${secret}`).toString("base64")}`;
    const token = await form(
      "/oidc/token",
      { grant_type: "client_credentials", scope: "documents.keep" },
      { authorization: basic },
    );
    console.log(token.statusCode, token.payload);
    const me = await ask(running, "/api/v1/sessions/current", undefined, { token: token.json().access_token });
    console.log(me.status, JSON.stringify(me.body));
  });
});
