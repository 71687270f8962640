import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { cancelHash, idOf, signedDigest, signInHash } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { gatewayProblems } from "../../server/domain/problems.ts";
import { sign } from "../../server/ledger/signatures.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { sandboxSecret } from "../../server/sandbox/people.ts";
import { person } from "../identity/world.ts";
import {
  approve,
  type Choices,
  contractTerms,
  now,
  posted,
  type Running,
  signedIn,
  startGateway,
  until,
} from "./world.ts";

type Answer = { statusCode: number; headers: Record<string, unknown>; payload: string };

describe("bad input", function () {
  this.timeout(60_000);
  let running: Running;
  let token: string;
  before(async () => {
    running = await startGateway(undefined, { maxDocument: 100_000 });
    // one who has an account and an office: nothing is refused for who asks
    const made = await person(running);
    const challenge = await running.app.inject({ method: "POST", url: "/api/v1/sessions/challenges" });
    const { nonce, origin } = challenge.json();
    const signIn = { origin, holder: idOf("H-PRS-PPK-PU"), nonce, issued: now(), expires: now() + 3600 };
    const signature = toHex(
      sign(signedDigest(running.services.separator, signInHash(signIn)), sandboxSecret("ppk-pu")),
    );
    const linked = await running.app.inject({
      ...{ method: "POST", url: "/api/v1/me/holder", payload: { signIn, signature } },
      headers: { authorization: `Bearer ${made.token}` },
    });
    expect(linked.statusCode, linked.payload).to.equal(200);
    token = await signedIn(running);
  });
  after(() => running.remove());

  const make = (choices?: Choices) => posted(running.services.separator, running.services.register().seen, choices);
  const post = async (payload: object | string | Buffer, url: string, headers: Record<string, string> = {}) =>
    (await running.app.inject({
      method: "POST",
      url,
      payload,
      // who is let in: bad input of a stranger is not even read
      headers: { "content-type": "application/json", authorization: `Bearer ${token}`, ...headers },
    })) as unknown as Answer;
  const submit = async (payload: object, headers: Record<string, string> = {}) => {
    const answer = await post(payload, "/api/v1/submissions?wait=9000", headers);
    return { status: answer.statusCode, body: JSON.parse(answer.payload) };
  };

  /** A 4xx with place or remedy, in our own words. */
  function expectProblem(answer: Answer, what: string, status?: number): Record<string, unknown> {
    expect(answer.statusCode, `${what}: ${answer.payload.slice(0, 300)}`).to.be.within(400, 499);
    if (status !== undefined) expect(answer.statusCode, what).to.equal(status);
    expect(answer.headers["content-type"], what).to.match(/^application\/problem\+json/);
    const problem = JSON.parse(answer.payload);
    expect(problem).to.include.keys("type", "title", "status", "detail", "remedy", "retryable", "instance");
    expect(gatewayProblems, what).to.have.property(problem.type.replace("/problems/", ""));
    expect(answer.payload, what).to.not.match(/node_modules|\.ts[:"]|at .*\(|Error:/);
    return problem;
  }
  /** All that could be half written. */
  const state = async () => {
    const rows: string[] = [];
    for await (const { key } of running.services.state.range("")) rows.push(key);
    return { rows, entries: running.services.register().entries, block: running.services.register().block };
  };
  const posts = () =>
    running.app.routesSeen.filter(({ method, schema }) => method === "POST" && schema.body && !schema.consumes);
  const fill = (url: string) => url.replace(":id", seedId("q"));

  describe("in a body", () => {
    const bodies: [what: string, rule: string | undefined, bytes: string | Buffer][] = [
      ["nothing", undefined, ""],
      ["half of an object", "syntax", "{"],
      ["text after the end", "syntax", "{} x"],
      ["no object", undefined, "null"],
      ["a list", undefined, "[]"],
      ["a name twice", "duplicate-key", '{"a":1,"a":2}'],
      ["a name twice, deep inside", "duplicate-key", '{"entry":{"terms":{"on":1,"\\u006fn":2}}}'],
      ["__proto__", "forbidden-key", '{"__proto__":{"admin":true}}'],
      ["constructor", "forbidden-key", '{"constructor":{"prototype":{}}}'],
      ["half of a surrogate pair", "lone-surrogate", '{"a":"\\ud800"}'],
      ["the character zero", "null-character", '{"a":"\\u0000"}'],
      ["NaN", "not-a-number", '{"a":NaN}'],
      ["Infinity", "not-a-number", '{"a":-Infinity}'],
      ["a number that would become another", "number-precision", '{"a":9007199254740993}'],
      ["a number beyond all", "number-precision", '{"a":1e999}'],
      ["65 levels", "depth", `{"a":${"[".repeat(64)}${"]".repeat(64)}}`],
      ["100,000 levels", "depth", "[".repeat(100_000)],
      ["UTF-16", "encoding", Buffer.from('{"a":1}', "utf16le")],
      ["a byte that is no UTF-8", "encoding", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d])],
      ["zero bytes", "encoding", Buffer.alloc(64)],
      ["a page", "syntax", "<html></html>"],
      ["a packed body", "encoding", gzipSync("{}")],
      ["too much", undefined, JSON.stringify({ a: "x".repeat(300_000) })],
    ];
    for (const [what, rule, bytes] of bodies) {
      it(`${what}: a 4xx with the place on every endpoint, and nothing is written`, async () => {
        const before = await state();
        expect(posts().length).to.be.greaterThan(4);
        for (const { url } of posts()) {
          const problem = expectProblem(await post(bytes, fill(url)), `${url}: ${what}`);
          if (rule === undefined) continue;
          expect(problem.type, what).to.equal("/problems/invalid-json");
          const [fault] = problem.faults as { rule: string; pointer: string; message: string }[];
          expect(fault!.rule, what).to.equal(rule);
          expect(fault!.message, what).to.match(/line \d+, column \d+/);
        }
        expect(await state()).to.deep.equal(before);
      });
    }

    it("names the place and the rule of each wrong field of an entry", async () => {
      const { payload } = make();
      const { entry } = payload;
      const wrong: [pointer: string, body: object][] = [
        ["/entry/maker", { ...payload, entry: { ...entry, maker: "0x12" } }],
        ["/entry/maker", { ...payload, entry: { ...entry, maker: entry.maker.toUpperCase() } }],
        ["/entry/kind", { ...payload, entry: { ...entry, kind: 256 } }],
        ["/entry/kind", { ...payload, entry: { ...entry, kind: 1.5 } }],
        ["/entry/kind", { ...payload, entry: { ...entry, kind: "5" } }],
        ["/entry/expires", { ...payload, entry: { ...entry, expires: -1 } }],
        ["/entry/expires", { ...payload, entry: { ...entry, expires: "2026-01-01" } }],
        ["/entry/ocid", { ...payload, entry: { ...entry, ocid: "" } }],
        ["/entry/ocid", { ...payload, entry: { ...entry, ocid: "é".repeat(101) } }],
        ["/entry/ocid", { ...payload, entry: { ...entry, ocid: "ocds-213czf-dpupr-a#b" } }],
        ["/entry/contractId", { ...payload, entry: { ...entry, contractId: "K\u0007" } }],
        ["/entry/terms/value", { ...payload, entry: { ...entry, terms: { ...entry.terms, value: 5 } } }],
        ["/entry/terms/value", { ...payload, entry: { ...entry, terms: { ...entry.terms, value: "-5" } } }],
        ["/entry/terms/value", { ...payload, entry: { ...entry, terms: { ...entry.terms, value: "05" } } }],
        ["/entry/terms/value", { ...payload, entry: { ...entry, terms: { ...entry.terms, value: "satu" } } }],
        [
          "/entry/terms/value",
          { ...payload, entry: { ...entry, terms: { ...entry.terms, value: String(1n << 128n) } } },
        ],
        ["/entry/terms/on", { ...payload, entry: { ...entry, terms: { ...entry.terms, on: "2026-11-24T00:00:00" } } }],
        ["/entry/terms", { ...payload, entry: { ...entry, terms: { ...entry.terms, vaule: "1" } } }],
        ["", { ...payload, extra: 1 }],
        ["/signature", { ...payload, signature: "0x00" }],
        ["/approvals", { ...payload, approvals: Array.from({ length: 5 }, () => ({})) }],
        ["/body", { ...payload, body: [] }],
        ["/preimage", { ...payload, preimage: "0x1" }],
      ];
      const before = await state();
      for (const [pointer, body] of wrong) {
        const problem = expectProblem(await post(body, "/api/v1/submissions"), pointer, 400);
        expect(problem.type).to.equal("/problems/invalid-request");
        const faults = problem.faults as { pointer: string; rule: string; message: string }[];
        expect(faults.map((fault) => fault.pointer).join(" "), JSON.stringify(problem)).to.include(pointer);
        expect(faults[0]!.rule).to.be.a("string").and.not.equal("");
      }
      expect(await state()).to.deep.equal(before);
    });

    it("another content type, or none: 415", async () => {
      for (const { url } of posts()) {
        for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x"]) {
          const answer = await post("a=b", fill(url), { "content-type": type });
          expect(expectProblem(answer, `${url} ${type}`, 415).type).to.equal("/problems/unsupported-media-type");
        }
      }
    });
  });

  describe("in an address", () => {
    const gets = () => running.app.routesSeen.filter(({ method, url }) => method === "GET" && url.startsWith("/api"));
    const texts = [
      "%00",
      "%ff",
      "%zz",
      "%",
      "..%2f..%2fetc%2fpasswd",
      "%2e%2e%2f%2e%2e",
      "..",
      "__proto__",
      "constructor",
      "a".repeat(3000),
      "%F0%9F%92%A5",
      "%ED%A0%80",
      "'%20OR%201=1--",
      "%3Cscript%3E",
      "0x",
      "-1",
    ];

    it("ids that are none, or climb: 400 or 404", async () => {
      const withParams = gets().filter(({ url }) => url.includes(":"));
      expect(withParams.length).to.be.greaterThan(8);
      for (const { url } of withParams) {
        for (const text of texts) {
          const address = url.replaceAll(/:[a-z0-9]+/gi, text);
          // what climbs is resolved before it is sent: it may arrive at another address that there is
          const arrives = new URL(address, "http://x").pathname.replace(/\/$/, "");
          if (gets().some((each) => each.url === arrives)) continue;
          const answer = (await running.app.inject({ url: address })) as unknown as Answer;
          // the last act on a subject that nobody knows is the zero leaf: any id is a good question
          expectProblem(answer, address);
        }
      }
    });

    it("limits, cursors and dates that are none: 400, wherever they are asked", async () => {
      const numbers = ["-1", "0", "1.5", "1e9", "0x10", "x", "", "99999999999999999999", "NaN", "%00", " 5"];
      const wrong: Record<string, readonly string[]> = {
        limit: numbers,
        from: numbers,
        wait: numbers.filter((text) => text !== "0"),
        cursor: ["-1", "x", "Pg", "%00", "a".repeat(5000), "🏗"],
        since: ["2026-01-01", "2026-01-01T00:00:00", "2026-13-01T00:00:00Z", "0", "x", "2026-02-30T00:00:00Z"],
        until: ["2026-01-01", "now", "%00"],
        tag: ["paid", "compiled,contract", ""],
        agency: ["", "x".repeat(201)],
        releases: ["all", ""],
        lang: ["jv"],
        nothing: ["1"],
      };
      let tried = 0;
      // before the bytes of a document, and so before its address, it is asked who brings them
      const headers = { authorization: `Bearer ${await signedIn(running)}` };
      for (const { method, url, schema } of running.app.routesSeen) {
        const query = schema.querystring as { shape?: object } | undefined;
        if (query?.shape === undefined || (method !== "GET" && method !== "POST")) continue;
        const address = url.replace(":ocid", "ocds-213czf-dpupr-x").replace(":id", seedId("q"));
        // issuers add parameters of their own, which are to be ignored (RFC 6749, section 4.1.2)
        const unknown = url === "/sign-in/:issuer/callback" ? [] : ["nothing"];
        for (const name of [...Object.keys(query.shape), ...unknown]) {
          for (const text of wrong[name] ?? []) {
            const asked = `${address}?${name}=${text}`;
            const answer = await running.app.inject({
              method: method as "GET",
              url: asked,
              headers: { ...headers, ...(schema.consumes && { "content-type": schema.consumes[0] }) },
              ...(method === "POST" ? { payload: schema.consumes ? "x" : {} } : {}),
            });
            expectProblem(answer as unknown as Answer, asked, 400);
            tried++;
          }
        }
        const twice = (await running.app.inject({
          method: "GET",
          url: `${address}?limit=5&limit=6`,
        })) as unknown as Answer;
        expectProblem(twice, address);
      }
      expect(tried).to.be.greaterThan(60);
    });

    it("a query of a hundred thousand characters, or of ten thousand names: 4xx", async () => {
      for (const query of ["x".repeat(100_000), Array.from({ length: 10_000 }, (_, i) => `a${i}=1`).join("&")])
        expectProblem((await running.app.inject({ url: `/api/v1/releases?${query}` })) as unknown as Answer, "long");
    });

    it("a method that an address does not take: 405 with those that it does", async () => {
      for (const url of new Set(running.app.routesSeen.map((route) => route.url))) {
        if (url.includes("*") || url.startsWith("/docs")) continue;
        const address = url.replaceAll(/:[a-z0-9]+/gi, "x");
        const taken = running.app.routesSeen
          .filter((route) => !route.url.includes("*"))
          .filter((route) => new RegExp(`^${route.url.replaceAll(/:[a-z0-9]+/gi, "[^/]+")}$`).test(address))
          .map(({ method }) => method);
        for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH"] as const) {
          if (taken.includes(method)) continue;
          // whatever is sent there
          const sent = method === "GET" ? {} : { payload: "x", headers: { "content-type": "text/plain" } };
          const answer = (await running.app.inject({ method, url: address, ...sent })) as unknown as Answer;
          expectProblem(answer, `${method} ${address}`, 405);
          expect(String(answer.headers.allow).split(", "), address).to.include.members([...new Set(taken)]);
        }
      }
    });

    it("an address that is none: 404, however it is dressed", async () => {
      for (const url of [
        "/nothing",
        "/api/v1",
        "/api/v2/releases",

        "/api/v1/releases/",
        "/.env",
        "/%2e%2e/keys",
      ]) {
        const answer = (await running.app.inject({ url })) as unknown as Answer;
        if (url !== "/api/v1/releases/") expectProblem(answer, url);
        else expect(answer.statusCode).to.equal(200);
      }
    });
  });

  it("on the wire, what is not even HTTP: an answer and the end of the connection", async () => {
    if (!running.app.server.listening) await running.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = running.app.server.address() as AddressInfo;
    const talk = (bytes: string | Buffer) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
        let heard = "";
        socket.on("data", (chunk) => {
          heard += chunk;
        });
        socket.on("close", () => resolve(heard));
        socket.on("error", reject);
      });
    for (const bytes of [
      "NONSENSE\r\n\r\n",
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01]),
      "GET / HTTP/1.1\r\n\r\n",
      "GET /api/v1/releases HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
      "POST /api/v1/submissions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
      `GET / HTTP/1.1\r\nHost: a\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
    ]) {
      const heard = await talk(bytes);
      expect(heard, String(bytes).slice(0, 40)).to.match(/^HTTP\/1\.1 4\d\d /);
      expect(heard).to.not.match(/node_modules|at .*\(/);
    }
    const odd = await talk(`GET /api/v1/releases HTTP/1.1\r\nHost: a"<b>\r\nConnection: close\r\n\r\n`);
    expect(odd)
      .to.match(/^HTTP\/1\.1 (200|400)/)
      .and.not.include("<b>");
  });

  describe("in signatures", () => {
    const refusal = async (choices: Choices, separator = running.services.separator) => {
      const { status, body } = await submit(posted(separator, running.services.register().seen, choices).payload);
      return [status, body.refusal?.rule];
    };
    it("for another chain or deployment: bad-signature", async () => {
      expect(await refusal({}, new Uint8Array(32).fill(9))).to.deep.equal([422, "bad-signature"]);
    });
    it("expired, or valid for too long: expired, expires-too-far", async () => {
      expect(await refusal({ expires: now() - 1 })).to.deep.equal([422, "expired"]);
      expect(await refusal({ expires: now() + 40 * 86_400 })).to.deep.equal([422, "expires-too-far"]);
    });
    it("that name a checkpoint of nobody: unknown-seen", async () => {
      expect(await refusal({ seen: seedId("elsewhere") })).to.deep.equal([422, "unknown-seen"]);
    });
    it("on a basis that has moved: stale-basis, or 412 with what changed before anything is queued", async () => {
      const ocid = `ocds-213czf-dpupr-m${Math.random().toString(36).slice(2)}`;
      const first = await submit(make({ ocid }).payload);
      const head = first.body.recorded.leaf as Hex;
      const amend = (basis: Hex) => make({ ocid, kind: Kind.amendment, basis, terms: { code: 1, on: now() - 60 } });
      const old = amend(idOf("old"));
      expect((await submit(old.payload)).body.refusal.rule).to.equal("stale-basis");
      const mine = amend(head);
      const answer = await submit(mine.payload, { "if-match": `"${head}"` });
      expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
      const before = await state();
      const late = amend(head);
      const refused = await submit(late.payload, { "if-match": `"${head}"` });
      expect([refused.status, refused.body.type]).to.deep.equal([412, "/problems/basis-moved"]);
      expect(refused.body.values).to.deep.include({ signed: head, present: answer.body.recorded.leaf });
      expect(refused.body.values.changed).to.deep.include({
        leaf: answer.body.recorded.leaf,
        kind: "amendment",
        release: `${ocid}-2`,
        history: `/api/v1/records/${ocid}/history`,
      });
      expect(await state()).to.deep.equal(before);
      // what was recorded is answered as recorded, though it has itself moved the record
      const again = await submit(mine.payload, { "if-match": `"${head}"` });
      expect([again.status, again.body.recorded]).to.deep.equal([201, answer.body.recorded]);
      expect((await submit(late.payload, { "if-match": `"${idOf("x")}"` })).body.type).to.equal(
        "/problems/basis-mismatch",
      );
    });
    it("with a command id that stands for something else: key-reused", async () => {
      const commandId = seedId("used", Math.random());
      await submit(make({ commandId }).payload);
      const { status, body } = await submit(make({ commandId }).payload);
      expect([status, body.type]).to.deep.equal([409, "/problems/key-reused"]);
    });
    it("replayed after the gateway lost its database: duplicate-command, and nothing doubles", async () => {
      const { payload, id } = make();
      await submit(payload);
      const before = running.services.register().entries;
      const { maker, commandId } = payload.entry;
      await running.services.state.put([], { remove: [`submission/${id}`, `command/${maker}/${commandId}`] });
      expect((await submit(payload)).body.refusal.rule).to.equal("duplicate-command");
      expect(running.services.register().entries).to.equal(before);
    });

    const cancel = async (target: Hex, holder = "H-PRS-PPK-PU", key = "ppk-pu") => {
      const given = { target, holder: idOf(holder), expires: now() + 600 };
      const digest = signedDigest(running.services.separator, cancelHash(given));
      const payload = { cancel: given, signature: toHex(sign(digest, sandboxSecret(key))) };
      const answer = await post(payload, "/api/v1/cancels?wait=9000");
      return { status: answer.statusCode, body: JSON.parse(answer.payload), payload };
    };
    it("taken back before they were sent: cancelled-before", async () => {
      const { payload, id } = make();
      const taken = await cancel(id);
      expect([taken.status, taken.body.state, taken.body.kind]).to.deep.equal([201, "final", 0]);
      expect(taken.body.recorded.leaf).to.match(/^0x/);
      expect((await submit(payload)).body.refusal.rule).to.equal("cancelled-before");
    });
    it("taken back while they wait for a second one: the submission is cancelled, and can't be approved", async () => {
      const { payload, id } = make({ terms: contractTerms(300_000_000_00n) });
      expect((await submit(payload)).body.state).to.equal("awaitingApproval");
      const taken = await cancel(id);
      expect(taken.status).to.equal(201);
      const shown = await running.app.inject({ url: `/api/v1/submissions/${id}` });
      expect(shown.json()).to.include({ state: "cancelled" });
      const second = approve(running.services.separator, fromHex(id), running.services.register().seen, "H-PRS-PA-PU");
      const late = await post(second, `/api/v1/submissions/${id}/approve?wait=9000`);
      expect(JSON.parse(late.payload).state).to.equal("cancelled");
      const again = await post(taken.payload, "/api/v1/cancels?wait=9000");
      expect(JSON.parse(again.payload).recorded).to.deep.equal(taken.body.recorded);
      expectProblem(await post(second, `/api/v1/submissions/${taken.body.id}/approve`), "a cancel", 404);
    });
    it("kept before they are acknowledged: one that was told as queued counts after a restart", async () => {
      const { id } = make();
      const given = { target: id, holder: idOf("H-PRS-PPK-PU"), expires: now() + 600 };
      const digest = signedDigest(running.services.separator, cancelHash(given));
      const payload = { cancel: given, signature: toHex(sign(digest, sandboxSecret("ppk-pu"))) };
      // the writer is gone: what is acknowledged now lies on the disk only
      const { folder } = running;
      running.services.submissions.release = async () => {};
      const answer = await post(payload, "/api/v1/cancels?wait=0");
      expect(JSON.parse(answer.payload).state).to.equal("queued");
      await running.close();
      running = await startGateway(folder, { maxDocument: 100_000 });
      const address = `/api/v1/submissions/${toHex(cancelHash(given))}`;
      await until("the cancel counts", async () => {
        return (await running.app.inject({ url: address })).json().state === "final";
      });
    });
    it("taken back too late, or by another: not-cancellable, refused", async () => {
      const { payload, id } = make();
      await submit(payload);
      const late = await cancel(id);
      expect([late.status, late.body.type]).to.deep.equal([409, "/problems/not-cancellable"]);
      const other = make();
      const foreign = await cancel(other.id, "H-PRS-PPK-PU", "bud");
      expect([foreign.status, foreign.body.refusal.rule]).to.deep.equal([422, "bad-signature"]);
      expect((await cancel(other.id, "H-PRS-BUD", "bud")).status).to.equal(201);
      // a stranger's cancel takes back nothing but the stranger's own
      expect((await submit(other.payload)).status).to.equal(201);
    });
  });

  it("takes no bearer token for a password: an odd Authorization is 401, never more", async () => {
    for (const value of [
      "Bearer",
      "Bearer ",
      `Bearer ${token} x`,
      `Basic ${token}`,
      token,
      `bearer\t${token}`,
      "\u00ff",
    ]) {
      const answer = await running.app.inject({ url: "/api/v1/sessions/current", headers: { authorization: value } });
      expectProblem(answer as unknown as Answer, value, 401);
    }
  });
});
