import { createHash, randomBytes } from "node:crypto";
import { readdir, rm, truncate, writeFile } from "node:fs/promises";
import { request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { type Running, signedIn, startGateway, until } from "./world.ts";

const LIMIT = 1_000_000;

describe("documents", () => {
  let running: Running;
  let token: string;
  before(async () => {
    running = await startGateway(undefined, { maxDocument: LIMIT });
    token = await signedIn(running);
  });
  after(() => running.remove());

  const put = async (payload: Buffer | string, type = "application/pdf", headers: Record<string, string> = {}) => {
    const response = await running.app.inject({
      method: "POST",
      url: "/api/v1/documents",
      payload,
      headers: { authorization: `Bearer ${token}`, "content-type": type, ...headers },
    });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  };
  const get = (hash: string, headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") =>
    running.app.inject({ method, url: `/api/v1/documents/${hash}`, headers });
  const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const placeOf = (hash: string) => path.join(running.folder, "documents", hash.slice(0, 2), hash);
  const incoming = () => readdir(path.join(running.folder, "documents", "incoming"));

  it("keeps bytes under their hash and gives them to anybody, as a file and nothing else", async () => {
    const bytes = randomBytes(300_000);
    const { status, body, headers } = await put(bytes);
    expect(status).to.equal(201);
    expect(body).to.include({ sha256: sha256(bytes), size: 300_000, mediaType: "application/pdf" });
    expect(headers.location).to.equal(`/api/v1/documents/${body.sha256}`);
    const answer = await get(body.sha256);
    expect(answer.rawPayload.equals(bytes)).to.equal(true);
    expect(answer.headers).to.include({
      "content-type": "application/pdf",
      "x-content-type-options": "nosniff",
      "content-disposition": `attachment; filename="${body.sha256}"`,
      etag: `"${body.sha256}"`,
      "content-length": "300000",
    });
    const head = await get(body.sha256, {}, "HEAD");
    expect([head.statusCode, head.headers["content-length"], head.payload]).to.deep.equal([200, "300000", ""]);
    const known = await get(body.sha256, { "if-none-match": `"${body.sha256}"` });
    expect([known.statusCode, known.payload]).to.deep.equal([304, ""]);
  });

  it("answers the same bytes with the first answer, whatever type they declare now", async () => {
    const bytes = randomBytes(1000);
    const first = await put(bytes, "image/png");
    const again = await put(bytes, "text/plain; charset=utf-8");
    expect([again.status, again.body]).to.deep.equal([200, first.body]);
    const many = await Promise.all(Array.from({ length: 8 }, () => put(bytes)));
    expect(new Set(many.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(await incoming()).to.deep.equal([]);
  });

  it("reads JSON and text as bytes too, and keeps an empty file", async () => {
    const odd = Buffer.from('{"a":1,"a":2}\ufeff');
    expect((await put(odd, "application/json")).body.sha256).to.equal(sha256(odd));
    const empty = await put("", "text/plain");
    expect([empty.status, empty.body.size]).to.deep.equal([201, 0]);
    expect((await get(empty.body.sha256)).statusCode).to.equal(200);
  });

  it("takes nothing from strangers, no page and no script, nothing beyond the limit", async () => {
    const stranger = await put("x", "application/pdf", { authorization: "Bearer nobody" });
    expect([stranger.status, stranger.body.type]).to.deep.equal([401, "/problems/unauthenticated"]);
    for (const type of ["text/html", "image/svg+xml", "application/javascript", "nonsense", "text/xml"]) {
      const { status, body } = await put("<script>", type);
      expect([status, body.type], type).to.deep.equal([415, "/problems/unsupported-media-type"]);
    }
    expect((await put(randomBytes(LIMIT))).status).to.equal(201);
    expect((await put(randomBytes(LIMIT + 1))).body.type).to.equal("/problems/too-large");
    expect(await incoming()).to.deep.equal([]);
  });

  it("counts the bytes of a stream that names no length, and leaves nothing behind one that breaks off", async () => {
    await running.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = running.app.server.address() as AddressInfo;
    const send = (write: (request: ReturnType<typeof httpRequest>) => void) =>
      new Promise<number>((resolve) => {
        const request = httpRequest(
          {
            port,
            method: "POST",
            path: "/api/v1/documents",
            headers: { authorization: `Bearer ${token}`, "content-type": "application/zip" },
          },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        );
        request.on("error", () => resolve(0));
        write(request);
      });
    expect(
      await send((request) => {
        for (let i = 0; i < 20; i++) request.write(randomBytes(100_000));
        request.end();
      }),
    ).to.equal(413);
    await send((request) => {
      request.write(randomBytes(50_000));
      void until("the upload has begun", async () => (await incoming()).length > 0).then(() => request.destroy());
    });
    await until("what it left is gone", async () => (await incoming()).length === 0);
  });

  it("throws away at the start what a killed upload left", async () => {
    await writeFile(path.join(running.folder, "documents", "incoming", "half"), "half");
    await running.close();
    running = await startGateway(running.folder, { maxDocument: LIMIT });
    expect(await incoming()).to.deep.equal([]);
    token = await signedIn(running);
  });

  it("says so when a stored file was altered or lost, in the answer and in health, until it is brought again", async () => {
    const [altered, lost] = [randomBytes(5000), randomBytes(5000)];
    for (const bytes of [altered, lost]) await put(bytes);
    await truncate(placeOf(sha256(altered)), 4999);
    await rm(placeOf(sha256(lost)));
    for (const [bytes, found] of [
      [altered, "altered"],
      [lost, "missing"],
    ] as const) {
      const answer = await get(sha256(bytes));
      expect(answer.statusCode).to.equal(500);
      expect(answer.json()).to.deep.include({
        type: "/problems/document-altered",
        values: { sha256: sha256(bytes), found },
      });
    }
    const alarms = async () => (await running.app.inject({ url: "/health/ready" })).json().alarms;
    expect(await alarms()).to.deep.include({ kind: "document", what: sha256(altered), detail: "altered" });
    expect(await alarms()).to.have.length(2);
    for (const bytes of [altered, lost]) expect((await put(bytes)).status).to.equal(200);
    expect((await get(sha256(altered))).rawPayload.equals(altered)).to.equal(true);
    expect(await alarms()).to.deep.equal([]);
  });

  it("knows nothing of a name that is no hash, however it is written", async () => {
    for (const name of ["..%2f..%2fkeys%2foperator.key", "%2e%2e", "A".repeat(64), "0x", "a".repeat(63), "a%00"])
      expect((await get(name)).statusCode, name).to.be.oneOf([400, 404]);
    expect((await get("a".repeat(64))).statusCode).to.equal(404);
  });
});
