import { expect } from "chai";
import { type Running, startGateway } from "./world.ts";

describe("limits", () => {
  let running: Running;
  before(async () => {
    running = await startGateway(undefined, { rateLimit: 70, proxies: 1 });
  });
  after(() => running.remove());
  const ask = async (url: string, remoteAddress: string, headers: Record<string, string> = {}) =>
    running.app.inject({ url, remoteAddress, headers, method: url.includes("sessions") ? "POST" : "GET" });

  it("answers 429 with Retry-After to who asks too often, and goes on answering everybody else", async () => {
    for (let i = 0; i < 70; i++) expect((await ask("/api/v1/ocids", "203.0.113.5")).statusCode).to.equal(200);
    const refused = await ask("/api/v1/ocids", "203.0.113.5");
    expect(refused.statusCode).to.equal(429);
    expect(refused.headers["content-type"]).to.match(/^application\/problem\+json/);
    expect(refused.json()).to.include({ type: "/problems/too-many-requests", retryable: true });
    expect(Number(refused.headers["retry-after"])).to.be.within(1, 60);
    expect((await ask("/nothing", "203.0.113.5")).statusCode).to.equal(429);
    expect((await ask("/api/v1/ocids", "203.0.113.6")).statusCode).to.equal(200);
  });

  it("lets who reads much sign in all the same, though not guess for ever", async () => {
    for (let i = 0; i < 70; i++)
      expect((await ask("/api/v1/sessions/challenges", "203.0.113.5")).statusCode).to.equal(201);
    expect((await ask("/api/v1/sessions/challenges", "203.0.113.5")).statusCode).to.equal(429);
  });

  it("never limits health, nor this machine itself", async () => {
    for (let i = 0; i < 100; i++) {
      expect((await ask("/health/live", "203.0.113.5")).statusCode).to.equal(200);
      expect((await ask("/api/v1/ocids", "127.0.0.1")).statusCode).to.equal(200);
    }
  });

  it("counts the client, not the proxy, and believes no address beyond the proxy's", async () => {
    const from = (client: string, claimed = "") =>
      ask("/api/v1/ocids", "127.0.0.1", { "x-forwarded-for": claimed ? `${claimed}, ${client}` : client });
    for (let i = 0; i < 70; i++) await from("198.51.100.7", `10.0.0.${i}`);
    expect((await from("198.51.100.7", "10.9.9.9")).statusCode).to.equal(429);
    expect((await from("198.51.100.8")).statusCode).to.equal(200);
  });
});
