import { expect } from "chai";
import { contractTerms, posted, type Running, startGateway } from "./world.ts";

/** Figures as Prometheus reads them. */
function figuresIn(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ")))]),
  );
}

describe("metrics", function () {
  this.timeout(60_000);
  let running: Running;
  before(async () => {
    running = await startGateway(undefined, { rateLimit: 1_000_000 });
  });
  after(() => running.remove());
  const read = async () => figuresIn((await running.app.inject({ url: "/metrics" })).body);
  const post = async (choices: Parameters<typeof posted>[2] = {}) => {
    const { payload } = posted(running.services.separator, running.services.register().seen, choices);
    return running.app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
  };

  it("tell of submissions by state, refusals by rule, batches, blocks, the journal, and how long it all took", async () => {
    const before = await read();
    const grown = async (name: string) => ((await read()).get(name) ?? 0) - (before.get(name) ?? 0);
    await post();
    await post({ terms: { ...contractTerms(), on: 4_000_000_000 } });
    await post({ terms: contractTerms(250_000_000_00n) });
    const { payload } = posted(running.services.separator, running.services.register().seen);
    const forged = { ...payload, signature: `0x${"11".repeat(65)}` };
    await running.app.inject({ method: "POST", url: "/api/v1/submissions", payload: forged });
    expect(await grown('prasasti_submissions_total{state="queued"}')).to.equal(3);
    for (const state of ["final", "refused", "awaitingApproval"])
      expect(await grown(`prasasti_submissions_total{state="${state}"}`), state).to.equal(1);
    for (const rule of ["date-in-future", "second-needed", "bad-signature"])
      expect(await grown(`prasasti_refusals_total{rule="${rule}"}`), rule).to.equal(1);
    expect(await grown("prasasti_final_seconds_count")).to.equal(1);
    expect(await grown("prasasti_batch_items_sum")).to.equal(3);
    for (const name of ["batch_items", "block_seconds", "journal_seconds"])
      expect(await grown(`prasasti_${name}_count`), name).to.be.within(3, 4);
    for (const name of ["final", "block", "journal"])
      expect(await grown(`prasasti_${name}_seconds_sum`), name).to.be.within(0.000_01, 9);
    expect(await grown("prasasti_entries")).to.equal(1);
  });

  it("tell how the gateway stands: queue, follower, what was set aside, process", async () => {
    const figures = await read();
    const { entries, events } = running.services.register();
    const stands = Object.fromEntries(
      ["entries", "events", "queue_items", "follower_lag_blocks", "poison", "writable", "event_streams"].map((name) => [
        name,
        figures.get(`prasasti_${name}`),
      ]),
    );
    expect(stands).to.deep.equal({
      ...{ entries, events, queue_items: 0, follower_lag_blocks: 0, poison: 0, writable: 1, event_streams: 0 },
    });
    for (const name of ["nodejs_eventloop_lag_p99_seconds", "process_resident_memory_bytes"])
      expect(figures.get(name), name).to.be.greaterThan(0);
  });

  it("count answers by the pattern of the route, so that no request makes a new figure", async () => {
    const ask = async (n: number) => {
      await running.app.inject({ url: `/api/v1/records/ocds-none-${n}` });
      await running.app.inject({ url: `/nowhere/${n}?x=${n}` });
      await running.app.inject({ method: "PROPFIND" as "GET", url: `/api/v1/records/a-${n}` });
      await running.app.inject({ url: "/api/v1/events", headers: { "last-event-id": `x${n}` } });
    };
    await ask(0);
    const before = await read();
    for (let n = 1; n < 200; n++) await ask(n);
    const after = await read();
    // Node adds a figure of its own at the first garbage collection of each kind
    const isNew = (name: string) => !before.has(name) && !name.startsWith("nodejs_gc_duration_seconds");
    expect([...after.keys()].filter(isNew)).to.deep.equal([]);
    const name = 'prasasti_http_request_seconds_count{method="GET",route="/api/v1/records/:ocid",status="404"}';
    expect(after.get(name)).to.equal(200);
    expect(after.get('prasasti_http_request_seconds_count{method="GET",route="none",status="404"}')).to.equal(200);
    expect([...after.keys()].length).to.be.lessThan(1_000);
  });

  it("are for who has the token, where there is one; no other token opens them", async () => {
    const metricsToken = "t".repeat(43);
    const other = await startGateway(undefined, { metricsToken });
    const ask = (authorization?: string) =>
      other.app.inject({ url: "/metrics", headers: authorization === undefined ? {} : { authorization } });
    for (const wrong of [undefined, "Bearer ", `Bearer ${"u".repeat(43)}`, `Basic ${metricsToken}`]) {
      const answer = await ask(wrong);
      expect([answer.statusCode, answer.json().type], wrong).to.deep.equal([401, "/problems/metrics-token"]);
    }
    const answer = await ask(`Bearer ${metricsToken}`);
    expect(answer.statusCode).to.equal(200);
    expect(answer.headers["content-type"]).to.equal("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.headers["cache-control"]).to.equal("no-store");
    await other.remove();
  });
});
