import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import { idOf, signedDigest, signInHash } from "../../server/domain/entries/entry.ts";
import { toHex } from "../../server/domain/entries/words.ts";
import { localPath } from "../../server/http/sign-in-pages.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { atSecond, now, OPERATOR, type Running, signedIn, startGateway } from "../gateway/world.ts";
import { Authenticator } from "./authenticator.ts";
import { ask, codeOf, invited, PASSWORD, person, personWithCodes } from "./world.ts";

const ORIGIN = "https://register.example";

describe("attacks on the sign-in", function () {
  this.timeout(60_000);
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

  const password = (name: string, secret: string, more: object = {}, headers: Record<string, string> = {}) =>
    ask(running, "/api/v1/sessions/password", { name, password: secret, ...more }, { headers });
  const type = ({ body }: { body: { type?: string } }) => body.type?.replace("/problems/", "");
  const cookieOf = (headers: Record<string, unknown>, name: string) =>
    [headers["set-cookie"]]
      .flat()
      .map(String)
      .find((each) => each.startsWith(`${name}=`));

  it("guessing an invitation, a used, an expired and a closed one: all are answered alike", async () => {
    const used = await invited(running);
    const answer = (token: string, name: string) =>
      ask(running, "/api/v1/accounts/invitations/answers", { token, name, password: PASSWORD });
    expect((await answer(used.secret, "pemakai-pertama")).status).to.equal(201);
    const replaced = await invited(running);
    await ask(
      running,
      "/api/v1/accounts/invitations",
      { account: replaced.account, reason: "tautan hilang" },
      { token: OPERATOR },
    );
    const closed = await invited(running);
    await ask(
      running,
      `/api/v1/accounts/${closed.account}/state`,
      { state: "left", reason: "batal" },
      { token: OPERATOR },
    );
    const answers = [];
    for (const secret of ["x".repeat(43), "x", used.secret, replaced.secret, closed.secret])
      answers.push(await answer(secret, "penebak"));
    const told = answers.map(({ status, body: { instance: _, ...body } }) => ({ status, body }));
    for (const one of told) expect(one).to.deep.equal(told[0]);
    expect(told[0]!.body.type).to.equal("/problems/invitation-invalid");
    for await (const { key, value } of running.services.state.range(""))
      expect(`${key} ${JSON.stringify(value)}`)
        .to.not.include(used.secret)
        .and.not.include(closed.secret);
  });

  it("asking which names exist: unknown, wrong and locked are answered alike, by JSON and by page", async () => {
    const { name } = await person(running);
    const locked = await person(running);
    await ask(
      running,
      `/api/v1/accounts/${locked.account}/state`,
      { state: "locked", reason: "uji" },
      { token: OPERATOR },
    );
    const strip = ({ status, body: { instance: _, ...body } }: Awaited<ReturnType<typeof password>>) => ({
      status,
      body,
    });
    const [unknown, wrong, closed] = [
      await password("tidak-ada", PASSWORD),
      await password(name, "kata yang salah semua"),
      await password(locked.name, locked.password),
    ].map(strip);
    expect(unknown!.status).to.equal(401);
    expect(wrong).to.deep.equal(unknown);
    expect(closed).to.deep.equal(unknown);
  });

  it("timing of passwords: a name that nobody has costs the same hashing", async () => {
    const known = await Promise.all([1, 2, 3, 4, 5, 6].map(() => person(running)));
    const time = async (name: string) => {
      const begun = performance.now();
      await password(name, "kata yang salah semua");
      return performance.now() - begun;
    };
    const [of, none]: [number[], number[]] = [[], []];
    // in turns, so that whatever else the machine does falls on both; twice a name, before it is slowed
    for (const round of [0, 1])
      for (const [index, { name }] of known.entries()) {
        of.push(await time(name));
        none.push(await time(`tidak-ada-${round}-${index}`));
      }
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!;
    // without the hashing an unknown name takes a twentieth
    expect(median(none) / median(of)).to.be.within(0.4, 2.5);
    expect(median(none)).to.be.greaterThan(8);
  });

  it("guessing a password costs longer and longer waits, told in Retry-After, and locks nobody out", async () => {
    const { name, password: right } = await person(running);
    const known = await password(name, right, { keep: "cookie" });
    const browser = cookieOf(known.headers, "__Host-prasasti-browser")!.split(";")[0]!;
    const seen: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) seen.push(type(await password(name, `tebakan nomor ${i}`)));
    expect(seen.slice(0, 5)).to.deep.equal(Array(5).fill("sign-in-wrong"));
    expect(seen[5]).to.equal("sign-in-slowed");
    const slowed = await password(name, right);
    expect([slowed.status, Number(slowed.headers["retry-after"])]).to.satisfy(
      ([status, seconds]: number[]) => status === 429 && seconds! >= 1,
    );
    // the person at his own browser does not wait for a stranger
    expect((await password(name, right, {}, { cookie: browser })).status).to.equal(201);
    // an unknown name is slowed in the same way
    const unknown: (string | undefined)[] = [];
    for (let i = 0; i < 6; i++) unknown.push(type(await password("siapa-pun", `tebakan nomor ${i}`)));
    expect(unknown).to.deep.equal(seen);
  });

  it("many guesses at once are slowed as one after the other", async () => {
    const { name } = await person(running);
    // waits are counted in whole seconds: a first wait of one is over when the second is
    await atSecond(now() + 1);
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => password(name, `serentak nomor ${i}`)));
    expect(answers.filter((each) => type(each) === "sign-in-wrong")).to.have.length(5);
    expect(answers.filter((each) => type(each) === "sign-in-slowed")).to.have.length(15);
  });

  it("a weak password is refused: short, common, one's own name, one sign over and over", async () => {
    const { secret } = await invited(running);
    for (const weak of [
      "pendek",
      "password12345",
      "aaaaaaaaaaaaaaaa",
      "01234567890123",
      "pegawai-baru1",
      "Indonesia2026!",
    ]) {
      const answer = { token: secret, name: "pegawai-baru", password: weak };
      expect(type(await ask(running, "/api/v1/accounts/invitations/answers", answer)), weak).to.equal("password-weak");
    }
  });

  it("a one-time code is good once, at both places that take one, and a recovery code once", async () => {
    const { name, secret, recoveryCodes, token } = await personWithCodes(running);
    const { ticket } = (await password(name, PASSWORD)).body;
    const second = (shown: object) => ask(running, "/api/v1/sessions/second-factor", { ticket, shown });
    const code = codeOf(secret, 1);
    const both = await Promise.all([second({ code }), second({ code })]);
    expect(both.map(({ status }) => status).sort()).to.deep.equal([201, 422]);
    const again = await ask(running, "/api/v1/sessions/current/step-up", { shown: { code } }, { token });
    expect(type(again)).to.equal("second-factor-wrong");
    const recovery = { recoveryCode: recoveryCodes[3]!.toLowerCase() };
    const twice = await Promise.all([second(recovery), second(recovery)]);
    expect(twice.map(({ status }) => status).sort()).to.deep.equal([201, 422]);
  });

  it("a mistyped code on the page keeps the secret that the phone has already", async () => {
    const { name } = await person(running);
    const cookie = cookieOf((await password(name, PASSWORD, { keep: "cookie" })).headers, "__Host-prasasti")!.split(
      ";",
    )[0]!;
    const { csrf } = (await ask(running, "/api/v1/sessions/current", undefined, { headers: { cookie } })).body.session;
    const post = async (act: string, fields: Record<string, string> = {}) => {
      const { statusCode, payload } = await running.app.inject({
        method: "POST",
        url: `/account/${act}`,
        headers: { "content-type": "application/x-www-form-urlencoded", origin: ORIGIN, cookie },
        payload: new URLSearchParams({ csrf, ...fields }).toString(),
      });
      const field = (of: string) =>
        new RegExp(`name="${of}" value="([^"]*)"`).exec(payload)?.[1]?.replaceAll("&amp;", "&");
      return { status: statusCode, payload, secret: field("secret")!, uri: field("uri")! };
    };
    const { secret, uri } = await post("one-time-codes");
    const wrong = await post("one-time-codes-confirmed", { secret, uri, code: "kode?" });
    expect([wrong.status, wrong.secret, wrong.uri]).to.deep.equal([422, secret, uri]);
    expect(wrong.payload).to.contain('role="alert"');
    const planted = await post("one-time-codes-confirmed", { secret, uri: "javascript:alert(1)", code: "kode?" });
    expect(planted.payload).to.not.contain("javascript:");
    const right = await post("one-time-codes-confirmed", { secret, uri, code: codeOf(secret) });
    expect([right.status, right.payload.match(/<pre>([^<]*)/)![1]!.split("\n")]).to.satisfy(
      ([status, codes]: [number, string[]]) => status === 200 && codes.length === 10,
    );
  });

  it("guessing codes after the password is slowed, and a ticket dies with its password", async () => {
    const { name, token, secret } = await personWithCodes(running);
    const { ticket } = (await password(name, PASSWORD)).body;
    const guess = () =>
      ask(running, "/api/v1/sessions/second-factor", { ticket, shown: { recoveryCode: "AAAAAAAAAAAA" } });
    for (let i = 0; i < 5; i++) expect(type(await guess())).to.equal("second-factor-wrong");
    expect(type(await guess())).to.equal("sign-in-slowed");
    const changed = await ask(running, "/api/v1/me/password", { password: `${PASSWORD} lain` }, { token });
    expect(changed.status).to.equal(204);
    const shown = { code: codeOf(secret, 1) };
    expect(type(await ask(running, "/api/v1/sessions/second-factor", { ticket, shown }))).to.equal("ticket-expired");
    const forged = { ticket: `${ticket.slice(0, -3)}AAA`, shown };
    expect(type(await ask(running, "/api/v1/sessions/second-factor", forged))).to.equal("ticket-expired");
  });

  describe("passkeys", () => {
    const device = new Authenticator();
    let owner: Awaited<ReturnType<typeof person>>;
    const challenge = async () =>
      (await ask(running, "/api/v1/sessions/passkey-challenges", undefined, { method: "POST" })).body;
    const use = (response: object) => ask(running, "/api/v1/sessions/passkey", { response });
    before(async () => {
      owner = await person(running);
      const offer = (
        await ask(running, "/api/v1/me/passkey-challenges", undefined, { token: owner.token, method: "POST" })
      ).body;
      const added = await ask(
        running,
        "/api/v1/me/passkeys",
        { response: device.create(offer, ORIGIN), label: "kunci" },
        { token: owner.token },
      );
      expect(added.status, JSON.stringify(added.body)).to.equal(201);
    });

    it("sign in, as two factors", async () => {
      const { status, body } = await use(device.get(await challenge(), ORIGIN));
      expect(status, JSON.stringify(body)).to.equal(201);
      expect(body.me.session).to.include({ method: "passkey", account: owner.account });
      expect(body.me.session.secondFactor).to.be.a("number");
    });

    it("of another origin, for another site, without the device asking who, of a stranger, or replayed: refused", async () => {
      expect(type(await use(device.get(await challenge(), "https://register.example.evil")))).to.equal(
        "passkey-refused",
      );
      expect(type(await use(device.get({ ...(await challenge()), rpId: "other.example" }, ORIGIN)))).to.equal(
        "passkey-refused",
      );
      expect(type(await use(device.get(await challenge(), ORIGIN, { verified: false })))).to.equal("passkey-refused");
      const mine = Buffer.alloc(32, 7).toString("base64url");
      expect(type(await use(device.get({ ...(await challenge()), challenge: mine }, ORIGIN)))).to.equal(
        "passkey-refused",
      );
      const stranger = new Authenticator();
      stranger.create({ ...(await challenge()), rp: { id: "register.example" }, user: { id: "x" } }, ORIGIN);
      expect(type(await use(stranger.get(await challenge(), ORIGIN)))).to.equal("passkey-refused");
      const once = device.get(await challenge(), ORIGIN);
      expect((await use(once)).status).to.equal(201);
      expect(type(await use(once))).to.equal("passkey-refused");
    });

    it("of one person is no second factor of another, and opens no closed account", async () => {
      const other = await personWithCodes(running);
      const shown = { passkey: device.get(await challenge(), ORIGIN) };
      const answer = await ask(running, "/api/v1/sessions/current/step-up", { shown }, { token: other.token });
      expect(type(answer)).to.equal("passkey-refused");
      await ask(
        running,
        `/api/v1/accounts/${owner.account}/state`,
        { state: "locked", reason: "uji" },
        { token: OPERATOR },
      );
      expect(type(await use(device.get(await challenge(), ORIGIN)))).to.equal("account-closed");
    });
  });

  it("session fixation and cookie flags: every sign-in sets a new token, that no script, page or plain line sees", async () => {
    const { name } = await person(running);
    const planted = "p".repeat(43);
    const first = await password(name, PASSWORD, { keep: "cookie" }, { cookie: `__Host-prasasti=${planted}` });
    const second = await password(name, PASSWORD, { keep: "cookie" }, { cookie: `__Host-prasasti=${planted}` });
    const [one, two] = [first, second].map(({ headers }) => cookieOf(headers, "__Host-prasasti")!);
    expect(one).to.match(/^__Host-prasasti=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
    expect(one!.split(";")[0]).to.not.equal(two!.split(";")[0]);
    expect(one).to.not.include(planted);
    expect(first.body).to.not.have.property("token");
    const me = await ask(running, "/api/v1/sessions/current", undefined, {
      headers: { cookie: `__Host-prasasti=${planted}` },
    });
    expect(me.status).to.equal(401);
    // a cookie without the prefix could have been planted by a neighbouring site
    const bare = one!.split(";")[0]!.replace("__Host-", "");
    const plain = await ask(running, "/api/v1/sessions/current", undefined, { headers: { cookie: bare } });
    expect(plain.status).to.equal(401);
  });

  it("requests of other pages: a cookie alone changes nothing, and nobody is signed in from elsewhere", async () => {
    const { name } = await person(running);
    const opened = await password(name, PASSWORD, { keep: "cookie" });
    const cookie = cookieOf(opened.headers, "__Host-prasasti")!.split(";")[0]!;
    const end = (headers: Record<string, string>) =>
      ask(running, "/api/v1/sessions/current", undefined, { method: "DELETE", headers: { cookie, ...headers } });
    expect([(await end({})).status, type(await end({ "x-prasasti-csrf": "x" }))]).to.deep.equal([403, "csrf"]);
    const told = (await ask(running, "/api/v1/sessions/current", undefined, { headers: { cookie } })).body.session.csrf;
    expect(told).to.equal(opened.body.csrf);
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
    ] as Record<string, string>[])
      expect(type(await password(name, PASSWORD, { keep: "cookie" }, headers))).to.equal("csrf");
    const page = await running.app.inject({
      method: "POST",
      url: "/sign-in",
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "https://evil.example" },
      payload: `name=${name}&password=${encodeURIComponent(PASSWORD)}`,
    });
    expect([page.statusCode, page.headers["set-cookie"]]).to.deep.equal([403, undefined]);
    // what somebody else's page had his browser do stands in the log as refused, in his name
    const forged = await running.app.inject({
      method: "POST",
      url: "/account/sign-out-everywhere",
      headers: { "content-type": "application/x-www-form-urlencoded", origin: "https://evil.example", cookie },
      payload: `csrf=${told}`,
    });
    expect([forged.statusCode, forged.headers["content-type"]]).to.deep.equal([403, "text/html; charset=utf-8"]);
    const { accessLog } = (await ask(running, "/api/v1/me/data", undefined, { headers: { cookie } })).body;
    const refused = accessLog.filter(({ act }: { act: string }) => act === "refused");
    expect(refused.map(({ what }: { what: string }) => what)).to.deep.equal([
      ...Array(2).fill("DELETE /api/v1/sessions/current csrf"),
      "POST /account/:act csrf",
    ]);
    const away = await end({ "x-prasasti-csrf": told });
    expect(away.status).to.equal(204);
    expect(cookieOf(away.headers, "__Host-prasasti")).to.match(/Expires=Thu, 01 Jan 1970/);
  });

  it("open redirect: after signing in one goes on within this site only", () => {
    for (const evil of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "/a\r\nb: c",
      "",
    ])
      expect(localPath(evil), evil).to.equal("/account");
    expect(localPath("/oidc/interaction/x?y=1")).to.equal("/oidc/interaction/x?y=1");
  });

  it("a token after signing out everywhere, of a locked, a left and an erased account: refused at once", async () => {
    const { name, token, account } = await person(running);
    const second = (await password(name, PASSWORD)).body.token;
    const current = async (of: string) =>
      (await ask(running, "/api/v1/sessions/current", undefined, { token: of })).status;
    const everywhere = await ask(running, "/api/v1/me/sessions", undefined, { token, method: "DELETE" });
    expect(everywhere.body).to.deep.equal({ ended: 2 });
    expect([await current(token), await current(second)]).to.deep.equal([401, 401]);
    for (const state of ["locked", "left"]) {
      const fresh = (await password(name, PASSWORD)).body.token;
      expect(await current(fresh)).to.equal(200);
      await ask(running, `/api/v1/accounts/${account}/state`, { state, reason: "uji" }, { token: OPERATOR });
      expect(await current(fresh)).to.equal(401);
      await ask(running, `/api/v1/accounts/${account}/state`, { state: "active", reason: "uji" }, { token: OPERATOR });
      expect(await current(fresh), "what ended stays ended").to.equal(401);
    }
    const last = (await password(name, PASSWORD)).body.token;
    const erased = await ask(running, "/api/v1/me/erasure", { erase: "everything that names me" }, { token: last });
    expect(erased.status).to.equal(200);
    expect(await current(last)).to.equal(401);
    expect(type(await password(name, PASSWORD))).to.equal("sign-in-wrong");
  });

  it("a key of the register signs in no more when its holder's account is closed, and its session ends", async () => {
    const { account, token } = await person(running);
    const { nonce, origin } = (await ask(running, "/api/v1/sessions/challenges", undefined, { method: "POST" })).body;
    const signIn = { origin, holder: idOf("H-PRS-DIR-1"), nonce, issued: now(), expires: now() + 600 };
    const signature = toHex(
      sign(signedDigest(running.services.separator, signInHash(signIn)), sandboxSecret("direktur-1")),
    );
    const linked = await ask(running, "/api/v1/me/holder", { signIn, signature }, { token });
    expect(linked.status, JSON.stringify(linked.body)).to.equal(200);
    expect(linked.body.offices).to.not.have.length(0);
    const byKey = await signedIn(running, "direktur-1", "H-PRS-DIR-1");
    expect((await ask(running, "/api/v1/sessions/current", undefined, { token: byKey })).body.account.id).to.equal(
      account,
    );
    await ask(running, `/api/v1/accounts/${account}/state`, { state: "left", reason: "pindah" }, { token: OPERATOR });
    expect((await ask(running, "/api/v1/sessions/current", undefined, { token: byKey })).status).to.equal(401);
    expect(await signedIn(running, "direktur-1", "H-PRS-DIR-1")).to.equal(undefined);
  });

  it("a cookie over plain http from another machine: refused; a bearer token is not", async () => {
    const plain = await startGateway(undefined, { publicOrigin: "http://register.lan" });
    try {
      const { name } = await person(plain);
      const from = (keep: string) =>
        plain.app.inject({
          method: "POST",
          url: "/api/v1/sessions/password",
          remoteAddress: "10.0.0.7",
          payload: { name, password: PASSWORD, keep },
        });
      expect((await from("cookie")).json().type).to.equal("/problems/cookie-needs-https");
      expect((await from("bearer")).statusCode).to.equal(201);
    } finally {
      await plain.remove();
    }
  });

  it("on one's own machine the page may be opened by number or by name, and by name it takes passkeys", async () => {
    const own = await startGateway(undefined, { publicOrigin: "http://127.0.0.1:8080" });
    try {
      const { name, token } = await person(own);
      const signIn = async (origin: string) =>
        (await ask(own, "/api/v1/sessions/password", { name, password: PASSWORD }, { headers: { origin } })).status;
      const tried = [
        "http://127.0.0.1:8080",
        "http://localhost:8080",
        "http://localhost:8081",
        "https://localhost:8080",
      ];
      expect(await Promise.all(tried.map(signIn))).to.deep.equal([201, 201, 403, 403]);
      const offer = (await ask(own, "/api/v1/me/passkey-challenges", undefined, { token, method: "POST" })).body;
      const response = new Authenticator().create(offer, "http://localhost:8080");
      expect((await ask(own, "/api/v1/me/passkeys", { response, label: "laptop" }, { token })).status).to.equal(201);
    } finally {
      await own.remove();
    }
  });

  it("nobody keeps accounts but registrars with a fresh second factor, and nobody decides of himself", async () => {
    const { token, account } = await person(running);
    const state = { state: "locked", reason: "uji" };
    expect(type(await ask(running, `/api/v1/accounts/${account}/state`, state, { token }))).to.equal("not-allowed");
    expect(type(await ask(running, "/api/v1/accounts", undefined, { token }))).to.equal("not-allowed");
    const officer = await signedIn(running);
    const invitation = { displayName: "X", reason: "uji coba" };
    expect(type(await ask(running, "/api/v1/accounts/invitations", invitation, { token: officer }))).to.equal(
      "not-allowed",
    );
    const operator = { token: OPERATOR };
    const until = now() + 86_400;
    const letter = `0x${"11".repeat(32)}`;
    const reading = { agency: "ID-PRS-DPUPR", until, letter };
    expect(type(await ask(running, `/api/v1/accounts/${account}/reading`, reading, operator))).to.equal(
      "scope-missing",
    );
    const registrar = { token: await signedIn(running, "pendaftar", "H-PRS-PENDAFTAR") };
    expect(type(await ask(running, `/api/v1/accounts/${account}/reading`, reading, registrar))).to.equal("not-allowed");
  });

  it("secrets and what names a person stand in no log and in no file of the data folder", async () => {
    const mark = "Rahasia Unik Tujuhbelas";
    const { account, secret } = await invited(running, mark);
    const name = "nama-unik-tujuhbelas";
    await ask(running, "/api/v1/accounts/invitations/answers", { token: secret, name, password: PASSWORD });
    const { token } = (await password(name, PASSWORD)).body;
    const offer = (await ask(running, "/api/v1/me/one-time-codes", undefined, { token, method: "POST" })).body;
    const { recoveryCodes } = (
      await ask(running, "/api/v1/me/one-time-codes/confirmation", { code: codeOf(offer.secret) }, { token })
    ).body;
    const { ticket } = (await password(name, PASSWORD)).body;
    await running.app.inject({ url: `/invitation?token=${secret}` });
    const session = (
      await ask(running, "/api/v1/sessions/second-factor", { ticket, shown: { recoveryCode: recoveryCodes[0] } })
    ).body;
    const data = await ask(running, "/api/v1/me/data", undefined, { token: session.token });
    expect(data.body.personal).to.include({ displayName: mark, loginName: name });
    expect(log).to.include("/api/v1/sessions/second-factor");
    const secrets = [
      secret,
      token,
      session.token,
      offer.secret,
      ticket,
      ...recoveryCodes,
      PASSWORD,
      mark,
      name,
      "sri.wahyuni",
    ];
    for (const each of secrets) expect(log.includes(each), each).to.equal(false);
    // Level writes what is young to its log uncompressed; folders of databases hold no other encoding of a text
    const state = path.join(running.folder, "state");
    const files = Buffer.concat(readdirSync(state).map((file) => readFileSync(path.join(state, file))));
    expect(files.includes(account)).to.equal(true);
    for (const each of secrets) expect(files.includes(each), each).to.equal(false);
  });
});
