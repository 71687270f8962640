import { expect } from "chai";
import { backOff, Pace } from "../../../server/integrations/connect/pace.ts";
import { dueAt } from "../../../server/integrations/connect/schedule.ts";

const at = (text: string) => Date.parse(text);
const shown = (moment: number | undefined) => moment && new Date(moment).toISOString().slice(0, 16);

describe("when a job is due", () => {
  it("at once where it never ran, then so long after it last started, once for what was missed", () => {
    const now = at("2026-03-02T10:00Z");
    expect(dueAt({ every: "15m" }, undefined, now, "UTC")).to.equal(now);
    expect(shown(dueAt({ every: "15m" }, at("2026-03-02T09:50Z"), now, "UTC"))).to.equal("2026-03-02T10:05");
    expect(shown(dueAt({ every: "15m" }, at("2026-03-01T09:50Z"), now, "UTC"))).to.equal("2026-03-01T10:05");
    expect(dueAt(undefined, undefined, now, "UTC")).to.equal(undefined);
  });

  it("at a time of day as clocks of its zone show it", () => {
    const last = at("2026-03-02T10:00Z");
    const daily = (zone: string) => shown(dueAt({ daily: "02:30", zone }, last, last, "UTC"));
    expect(daily("Asia/Jakarta")).to.equal("2026-03-02T19:30");
    expect(daily("Asia/Makassar")).to.equal("2026-03-02T18:30");
    expect(daily("Asia/Jayapura")).to.equal("2026-03-02T17:30");
    // a night in which clocks go forward has no 02:30, and the day after has it again
    expect(shown(dueAt({ daily: "02:30", zone: "Europe/Berlin" }, at("2026-03-29T03:00Z"), last, "UTC"))).to.equal(
      "2026-03-30T00:30",
    );
    expect(shown(dueAt({ daily: "02:30" }, at("2026-03-02T02:30Z"), last, "UTC"))).to.equal("2026-03-03T02:30");
  });
});

describe("the pace of a source", () => {
  it("lets requests through evenly", async () => {
    const pace = new Pace({ requests: 20, per: "1s" });
    const { signal } = new AbortController();
    const started = performance.now();
    for (let request = 0; request < 4; request++) await pace.wait(signal);
    expect(performance.now() - started).to.be.within(140, 400);
  });

  it("waits twice as long after each failure, up to the longest, never less than it was asked to", () => {
    const retry = { attempts: 9, first: "1s", most: "10s" };
    const waits = [1, 2, 3, 4, 5, 6].map((tries) => backOff(retry, tries, 0, () => 1));
    expect(waits).to.deep.equal([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(backOff(retry, 1, 0, () => 0)).to.equal(500);
    expect(backOff(retry, 1, 30_000, () => 0)).to.equal(30_000);
  });
});
