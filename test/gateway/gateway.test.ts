import { rm } from "node:fs/promises";
import { expect } from "chai";
import { recoverAddress } from "ethers";
import { checkpointDigest } from "../../server/domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { check } from "../../server/domain/ocds/check.ts";
import { seedId } from "../../server/sandbox/bootstrap.ts";
import { approve, type Choices, contractTerms, now, posted, type Running, STEM, startGateway } from "./world.ts";

describe("the gateway", () => {
  let running: Running;
  before(async function () {
    this.timeout(60_000);
    running = await startGateway();
  });
  after(() => running.remove());
  const seen = () => running.services.register().seen;
  const make = (choices?: Choices) => posted(running.services.separator, seen(), choices);
  const post = async (
    payload: object,
    headers: Record<string, string> = {},
    url = "/api/v1/submissions?wait=10000",
  ) => {
    const response = await running.app.inject({ method: "POST", url, payload, headers });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  };
  const get = async (url: string) => {
    const response = await running.app.inject({ url });
    return { status: response.statusCode, body: response.json() };
  };

  it("records a signed entry and answers with the operator's signed checkpoint", async () => {
    const { payload, id } = make({ body: { contracts: [{ id: "K-1", title: "Jalan" }] } });
    const { status, body, headers } = await post(payload);
    expect(status).to.equal(201);
    expect(body).to.include({ id, state: "final" });
    expect(headers.location).to.equal(`/api/v1/submissions/${id}`);
    const { size, root, time, signature, operator } = body.checkpoint;
    const digest = toHex(checkpointDigest(running.services.separator, size, root, time));
    expect(recoverAddress(digest, signature).toLowerCase()).to.equal(operator);
    const process = (await get(`/api/v1/processes/${payload.entry.ocid}`)).body;
    expect(process.contracts["K-1"]).to.include({
      status: "pending",
      value: "10000000000",
      termsHead: body.recorded.leaf,
    });
    const { history } = (await get(`/api/v1/processes/${payload.entry.ocid}/history`)).body;
    expect(history).to.have.length(1);
    expect(history[0]).to.include({ leaf: body.recorded.leaf, body: '{"contracts":[{"id":"K-1","title":"Jalan"}]}' });
  });

  it("answers the same command again with the first answer, and records nothing twice", async () => {
    const { payload } = make();
    const first = await post(payload);
    const before = running.services.register().entries;
    const again = await Promise.all([post(payload), post(payload), post(payload)]);
    for (const { body } of again) expect(body.recorded).to.deep.equal(first.body.recorded);
    expect(running.services.register().entries).to.equal(before);
  });

  it("keeps two hundred tries of ten commands at ten entries", async () => {
    const before = running.services.register().entries;
    const items = Array.from({ length: 10 }, () => make());
    const answers = await Promise.all(items.flatMap(({ payload }) => Array.from({ length: 20 }, () => post(payload))));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([201]));
    expect(running.services.register().entries).to.equal(before + 10);
  });

  it("goes on saying final of a command that reached the ledger twice at once", async () => {
    const items = Array.from({ length: 10 }, () => make());
    await Promise.all(items.flatMap(({ payload }) => Array.from({ length: 20 }, () => post(payload))));
    for (const { id } of items) {
      const { body } = await get(`/api/v1/submissions/${id}`);
      expect([body.state, body.refusal], JSON.stringify(body.timeline)).to.deep.equal(["final", undefined]);
    }
  });

  it("refuses the same command id for another entry", async () => {
    const commandId = seedId("reused");
    expect((await post(make({ commandId }).payload)).status).to.equal(201);
    const { status, body } = await post(make({ commandId }).payload);
    expect(status).to.equal(409);
    expect(body.type).to.equal("/problems/key-reused");
  });

  it("waits for a second signature where one is missing, and records once it is there", async () => {
    const { payload, id } = make({ terms: contractTerms(200_000_000_00n) });
    const first = await post(payload);
    expect(first.status).to.equal(202);
    expect(first.body).to.include({ state: "awaitingApproval" });
    expect(first.body.refusal).to.include({ rule: "second-needed" });
    const signed = approve(running.services.separator, fromHex(id), seen(), "H-PRS-PA-PU");
    const second = await post(signed, {}, `/api/v1/submissions/${id}/approve`);
    expect(second.status, JSON.stringify(second.body)).to.equal(201);
    expect(second.body.timeline.map((t: { state: string }) => t.state)).to.deep.equal([
      "queued",
      "awaitingApproval",
      "queued",
      "final",
    ]);
  });

  describe("a second signature that does not count", () => {
    const waiting = async () => {
      const { payload, id } = make({ terms: contractTerms(200_000_000_00n) });
      expect((await post(payload)).body.state).to.equal("awaitingApproval");
      const url = `/api/v1/submissions/${id}`;
      const by = (holder: string) =>
        post(approve(running.services.separator, fromHex(id), seen(), holder), {}, `${url}/approve`);
      const stands = async () => (await running.app.inject({ url })).json().state;
      return { id, url, by, stands };
    };
    it("is refused alone when nobody signed it, and leaves the entry waiting", async () => {
      const { id, url, by, stands } = await waiting();
      const { approval, up } = approve(running.services.separator, fromHex(id), seen(), "H-PRS-PA-PU");
      const unknown = { ...approval, holder: `0x${"12".repeat(32)}` };
      for (const [given, rule] of [
        [approval, "bad-signature"],
        [unknown, "unknown-holder"],
      ] as const) {
        const forged = { approval: given, up, signature: `0x${"00".repeat(65)}` };
        const { status, body } = await post(forged, {}, `${url}/approve`);
        expect([status, body.refusal.rule]).to.deep.equal([422, rule]);
        expect(await stands()).to.equal("awaitingApproval");
      }
      expect((await by("H-PRS-PA-PU")).status).to.equal(201);
    });
    it("is refused alone when its signer has no office, and the right one counts after it", async () => {
      const { by, stands } = await waiting();
      const { status, body } = await by("H-PRS-BPK");
      expect([status, body.refusal.rule]).to.deep.equal([422, "no-office"]);
      expect(await stands()).to.equal("awaitingApproval");
      expect((await by("H-PRS-PA-PU")).status).to.equal(201);
    });
  });

  describe("before anything goes to the chain", () => {
    const blocks = () => running.services.chain.height();
    it("refuses what nobody signed, keeps nothing of it, and uses no command up", async () => {
      const { payload, id } = make();
      const height = blocks();
      const forged = await post({ ...payload, signature: `0x${"00".repeat(65)}` });
      expect([forged.status, forged.body.refusal.rule]).to.deep.equal([422, "bad-signature"]);
      expect((await running.app.inject({ url: `/api/v1/submissions/${id}` })).statusCode).to.equal(404);
      expect(blocks()).to.equal(height);
      expect((await post(payload)).status).to.equal(201);
    });
    it("refuses a body beyond 96 KiB, and takes one of just that", async () => {
      const body = (bytes: number) => ({ contracts: [{ id: "K-1", title: "x".repeat(bytes - 39) }] });
      expect(JSON.stringify(body(98_304)).length).to.equal(98_304);
      const over = await post(make({ body: body(98_305) }).payload);
      expect([over.status, over.body.type]).to.deep.equal([422, "/problems/body-over-limit"]);
      expect((await post(make({ body: body(98_304) }).payload)).status).to.equal(201);
    });
    it("refuses a body that could not be published, by place and rule", async () => {
      const document = { id: "1", url: "bukan alamat" };
      for (const [choices, rule] of [
        [{ body: { contracts: [{ id: "K-1", documents: [document] }] } }, "body-invalid"],
        [{ body: { contracts: [{ id: "K-1", value: { amount: 1, currency: "IDR" } }] } }, "body-says-terms"],
        [{ body: { tender: { id: "T" } } }, "body-outside"],
        [{ body: {}, terms: { ...contractTerms(), currency: "ZZZ" } }, "amount-inexact"],
        [{ body: {}, terms: contractTerms(98_245_165_300_000_001n) }, "amount-inexact"],
      ] as const) {
        const { status, body } = await post(make(choices as Choices).payload);
        expect([status, body.type, body.faults[0].rule]).to.deep.equal([422, "/problems/body-not-publishable", rule]);
      }
    });
  });

  describe("names what is wrong", () => {
    const names = (title: string, rule: string, choices: () => Choices) =>
      it(`${title}: ${rule}`, async () => {
        const { status, body } = await post(make(choices()).payload);
        expect(status).to.equal(422);
        expect(body.refusal.rule).to.equal(rule);
        expect(body.refusal.help.id).to.be.a("string");
      });
    names("an expired signature", "expired", () => ({ expires: now() - 5 }));
    names("an unknown checkpoint", "unknown-seen", () => ({ seen: seedId("x") }));
    names("a stale basis", "stale-basis", () => ({ basis: seedId("x") }));
    names("a stem of nobody", "unknown-stem", () => ({ ocid: "ocds-213czf-zzzzz-1" }));
    names("an office not held", "no-office", () => ({ by: "H-PRS-PPK-KES" }));
    names("a date ahead", "date-in-future", () => ({ terms: { ...contractTerms(), on: now() + 9999 } }));
    names("a supplier nobody registered", "unknown-party", () => ({
      terms: { ...contractTerms(), party: seedId("x") },
    }));
    it("a signature for another register: bad-signature", async () => {
      const { payload } = posted(new Uint8Array(32).fill(1), seen());
      expect((await post(payload)).body.refusal.rule).to.equal("bad-signature");
    });
    it("a body that is not the signed one: digest-mismatch", async () => {
      const { payload } = make({ body: { a: 1 } });
      const { status, body } = await post({ ...payload, body: { a: 2 } });
      expect([status, body.type]).to.deep.equal([422, "/problems/digest-mismatch"]);
    });
    it("an Idempotency-Key or If-Match that is not what was signed", async () => {
      expect((await post(make().payload, { "idempotency-key": "x" })).status).to.equal(400);
      expect((await post(make().payload, { "if-match": `"${seedId("y")}"` })).status).to.equal(412);
    });
    it("in the reader's language, places included", async () => {
      const asked = async (payload: string | object, header: Record<string, string>) => {
        const headers = { "content-type": "application/json", ...header };
        const { body } = await post(payload as object, { ...headers, "accept-language": "id" });
        return [body.detail, ...(body.faults ?? []).map(({ message }: { message: string }) => message)].join(" ");
      };
      expect(await asked("[1,]", {}))
        .to.match(/JSON|nilai|koma/)
        .and.not.match(/\b(the|is|expected)\b/);
      expect(await asked(make().payload, { "idempotency-key": "x" })).to.match(/^Header .* bukan .* bukan /);
      expect(await asked(make().payload, { "if-match": `"${seedId("y")}"` })).to.match(/^Header .* bukan /);
    });
  });

  it("relays an act once: sent again it is stale, and says by which rule", async () => {
    const { body } = await get("/api/v1/authority/agencies");
    expect(body.agencies.map((a: { details: { name: string } }) => a.details.name)).to.include(
      "CV Sumber Batu Mandiri (contoh)",
    );
    const act = {
      code: 6,
      maker: seedId("a"),
      holder: seedId("b"),
      agency: seedId("c"),
      role: 0,
      post: seedId("d"),
      key: seedId("e"),
      custody: 0,
      from: 0,
      until: 0,
      digest: toHex(new Uint8Array(32)),
      previous: toHex(new Uint8Array(32)),
      expires: now() + 60,
    };
    const answer = await post(
      {
        act,
        signatures: [{ holder: act.maker, role: 9, agency: act.post, signature: `0x${"11".repeat(65)}` }],
        body: "{}",
      },
      {},
      "/api/v1/acts",
    );
    expect(answer.status).to.equal(422);
    expect(answer.body.detail).to.match(/^The body is not the one that was signed\. AuthorityWrongBody\(/);
  });

  it("answers any bytes on any endpoint with a problem, never with a 5xx", async () => {
    const bodies: (string | Buffer)[] = [
      "",
      "{",
      "null",
      "[]",
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"a":"\\ud800"}',
      '{"a":"\\u0000"}',
      '{"a":NaN}',
      '{"a":9007199254740993}',
      `${"[".repeat(70)}${"]".repeat(70)}`,
      "\ufeff{}",
      Buffer.from([0xff, 0xfe, 0x00]),
      "x".repeat(300_000),
      JSON.stringify({ ...make().payload, extra: 1 }),
      JSON.stringify({ ...make().payload, signature: "0x00" }),
      JSON.stringify({ ...make().payload, entry: { ...make().payload.entry, terms: { value: "-1" } } }),
      JSON.stringify({ ...make().payload, entry: { ...make().payload.entry, ocid: "\u0007".repeat(201) } }),
    ];
    for (const url of [
      "/api/v1/submissions",
      "/api/v1/acts",
      "/api/v1/cancels",
      `/api/v1/submissions/${seedId("q")}/approve`,
    ]) {
      for (const payload of bodies) {
        const response = await running.app.inject({
          method: "POST",
          url,
          payload,
          headers: { "content-type": "application/json" },
        });
        expect(response.statusCode, `${url} ${payload.toString().slice(0, 60)}`).to.be.within(400, 499);
        expect(response.headers["content-type"]).to.match(/^application\/problem\+json/);
        expect(response.json()).to.include.keys("type", "title", "remedy", "instance");
        expect(response.payload).to.not.match(/node_modules|\.ts:/);
      }
      const text = await running.app.inject({
        method: "POST",
        url,
        payload: "a=b",
        headers: { "content-type": "text/plain" },
      });
      expect(text.statusCode).to.equal(415);
    }
    for (const url of [
      "/api/v1/entries?from=-1",
      "/api/v1/entries?limit=x",
      "/api/v1/submissions/0x12",
      "/api/v1/processes/%ff",
      "/api/v1/ocids?limit=99999",
      "/api/v1/processes/none",
      "/%00",
      "/nothing",
    ]) {
      expect((await running.app.inject({ url })).statusCode, url).to.be.within(400, 499);
    }
    expect((await running.app.inject({ method: "DELETE", url: "/api/v1/ocids" })).statusCode).to.equal(405);
  });

  it("publishes each entry as an OCDS release, and their record, without an error against the standard", async () => {
    const errors = (value: unknown) => check(value).faults.filter(({ level }) => level === "error");
    const { payload } = make({ body: { contracts: [{ id: "K-1", title: "Jembatan" }] } });
    await post(payload);
    const { ocid } = payload.entry;
    const record = (await get(`/api/v1/records/${ocid}`)).body;
    expect(errors(record)).to.deep.equal([]);
    expect(record.records[0].compiledRelease.contracts[0]).to.deep.include({
      id: "K-1",
      title: "Jembatan",
      status: "pending",
    });
    const one = (await get(`/api/v1/releases/${ocid}/${ocid}-1`)).body;
    expect(one.releases).to.deep.equal(record.records[0].releases);
    expect(errors(one)).to.deep.equal([]);
    expect((await get(`/api/v1/releases/${ocid}/${ocid}-01`)).status).to.equal(404);
    expect((await get("/api/v1/records/none")).status).to.equal(404);
    const found: string[] = [];
    let next: string | undefined = "/api/v1/releases?limit=4";
    while (next !== undefined) {
      const { body }: { body: { releases: { id: string }[]; links?: { next?: string } } } = await get(next);
      expect(errors(body)).to.deep.equal([]);
      found.push(...body.releases.map((release) => release.id));
      next = body.links?.next;
    }
    expect(found).to.have.length(running.services.register().entries);
    expect(new Set(found).size).to.equal(found.length);
  });

  it("pages entries without gaps", async () => {
    const found: number[] = [];
    let next: string | undefined = "/api/v1/entries?limit=3";
    while (next !== undefined) {
      const { body }: { body: { entries: { assigned: { registerSequence: number } }[]; links?: { next: string } } } =
        await get(next);
      found.push(...body.entries.map((entry) => entry.assigned.registerSequence));
      next = body.links?.next;
    }
    expect(found).to.have.length(running.services.register().entries);
    expect(found).to.deep.equal([...found].sort((a, b) => a - b));
  });

  it("rebuilds the same projection from the chain alone", async () => {
    const before = await running.services.projection.stateHash();
    await running.close();
    await rm(`${running.folder}/projection`, { recursive: true });
    running = await startGateway(running.folder);
    expect(await running.services.projection.stateHash()).to.equal(before);
    expect((await get(`/health/ready`)).body.ready).to.equal(true);
  });

  it("serves a page and the description of the API", async () => {
    const page = await running.app.inject({ url: "/?lang=id" });
    expect(page.body).to.include("Register kontrak pemerintah").and.not.include("https://");
    const openapi = (await running.app.inject({ url: "/api/v1/openapi.json" })).json();
    expect(openapi.openapi).to.equal("3.1.0");
    expect(Object.keys(openapi.paths)).to.include("/api/v1/submissions");
    expect((await running.app.inject({ url: "/docs/" })).statusCode).to.equal(200);
  });

  it("tells of a submission by its id", async () => {
    const { payload, id } = make({ ocid: `${STEM}-told` });
    await post(payload);
    const { body } = await get(`/api/v1/submissions/${id as Hex}`);
    expect(body).to.include({ state: "final", ocid: `${STEM}-told` });
    expect(body.next.id).to.equal("Tercatat selamanya.");
  });
});
