import { type IncomingMessage, request } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { EventFeed, type EventPage, eventPage, followEvents } from "../../server/actions/follow-events.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { Kind, Role } from "../../server/domain/entries/kinds.ts";
import { buildApp } from "../../server/http/app.ts";
import { type EventsGateway, eventRoutes } from "../../server/http/events.ts";
import { contractTerms, posted, type Running, STEM, startGateway, until } from "./world.ts";

type Told = { sequence: number; event: string; kind?: string; ocid?: string; agency?: string; submission?: string };

/** An open stream of events as a program reads it: frames as they come, until it is ended. */
function listen(url: string, headers: Record<string, string> = {}) {
  const frames: { event?: string; id?: string; data?: string }[] = [];
  let text = "";
  let status = 0;
  let heard: Record<string, unknown> = {};
  const asked = request(url, { headers: { accept: "text/event-stream", ...headers } });
  const ended = new Promise<void>((resolve) => {
    asked.on("response", (response) => {
      status = response.statusCode ?? 0;
      heard = response.headers;
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
          const lines = text.slice(0, end).split("\n");
          text = text.slice(end + 2);
          frames.push(Object.fromEntries(lines.map((line) => line.split(/: (.*)/s, 2) as [string, string])));
        }
      });
      response.on("close", resolve);
    });
    asked.on("error", () => resolve());
  });
  asked.end();
  return {
    frames,
    events: () => frames.filter(({ data }) => data !== undefined).map(({ data }) => JSON.parse(data!) as Told),
    status: () => status,
    headers: () => heard,
    ended,
    end: () => asked.destroy(),
  };
}

describe("the stream of events", function () {
  this.timeout(60_000);
  let running: Running;
  let url: string;
  const streams = { perAddress: 3, heartbeat: 100, patience: 400 };
  before(async () => {
    running = await startGateway(undefined, { streams });
    url = `${await running.app.listen({ host: "127.0.0.1", port: 0 })}/api/v1/events`;
  });
  after(() => running.remove());

  const newest = () => running.services.register().events;
  /** Posts an entry and waits for its fate. */
  const record = async (choices: Parameters<typeof posted>[2] = {}) => {
    const { services, app } = running;
    const { payload, id } = posted(services.separator, services.register().seen, choices);
    const response = await app.inject({ method: "POST", url: "/api/v1/submissions?wait=9000", payload });
    return { id, ocid: payload.entry.ocid, state: response.json().state as string };
  };
  const page = async (query: string, headers: Record<string, string> = {}) =>
    (await running.app.inject({ url: `/api/v1/events?${query}`, headers })).json();

  it("tells from the first on what happened, without a gap, and goes on with what comes", async () => {
    const reader = listen(url);
    await until("all told", () => reader.events().length === newest());
    const { id, ocid } = await record();
    await until("the new one told", () => reader.events().length === newest());
    const events = reader.events();
    expect(events.map(({ sequence }) => sequence)).to.deep.equal(events.map((_, index) => index + 1));
    expect(events.map(({ event }) => event)).to.include.members(["act", "policy", "entry", "checkpoint"]);
    const entry = events.find(({ submission }) => submission === id)!;
    expect(entry).to.deep.include({ event: "entry", kind: "contract", ocid, agency: idOf("ID-PRS-DPUPR") });
    expect(reader.headers()).to.deep.include({ "content-type": "text/event-stream; charset=utf-8" });
    expect(reader.headers()).to.not.have.property("content-encoding");
    reader.end();
  });

  it("goes on after the number that a reader had last, which goes before the address that he came by first", async () => {
    await record();
    for (const [query, headers] of [
      [`?after=${newest() - 2}`, {}],
      ["?after=1", { "last-event-id": String(newest() - 2) }],
    ] as const) {
      const reader = listen(url + query, headers);
      await until("two told", () => reader.events().length === 2);
      expect(reader.events().map(({ sequence }) => sequence)).to.deep.equal([newest() - 1, newest()]);
      reader.end();
    }
    const reader = listen(`${url}?after=now`);
    await until("opened", () => reader.frames.length > 1);
    await record();
    await until("told", () => reader.events().length === 2);
    reader.end();
  });

  it("filters by process, agency and kind, and tells in its heartbeats where it stands", async () => {
    const { ocid } = await record({ ocid: `${STEM}-events-1` });
    const planning = { contractId: "", kind: Kind.planning, capacity: Role.procurement, by: "H-PRS-POKJA", up: 1 };
    await record({ ocid: `${STEM}-events-2`, ...planning, terms: { code: 1 } });
    const of = async (query: string) => (await page(`limit=1000&${query}`)).events as Told[];
    expect((await of(`ocid=${ocid}`)).map(({ ocid: told }) => told)).to.deep.equal([ocid]);
    expect(new Set((await of("kind=planning")).map(({ kind }) => kind))).to.deep.equal(new Set(["planning"]));
    const both = await of("kind=contract,checkpoint");
    expect(new Set(both.map(({ event, kind }) => kind ?? event))).to.deep.equal(new Set(["contract", "checkpoint"]));
    const agency = await of("agency=ID-PRS-DPUPR&kind=entry");
    expect(agency.length).to.be.greaterThan(1);
    expect(await of("agency=nobody")).to.deep.equal([]);

    const reader = listen(`${url}?kind=payment`);
    await until("a heartbeat", () => reader.frames.some(({ id }) => id === String(newest())));
    expect(reader.events()).to.deep.equal([]);
    reader.end();
  });

  it("tells a refusal with its rule and the submission that it concerns", async () => {
    const { id, state } = await record({ terms: { ...contractTerms(), on: 4_000_000_000 } });
    expect(state).to.equal("refused");
    const told = (await page("kind=refused&limit=1000")).events.at(-1);
    expect(told).to.deep.include({ event: "refused", submission: id, rule: "date-in-future" });
  });

  it("can be polled as JSON, page after page", async () => {
    const seen: number[] = [];
    for (let after = 0, asked = 0; after < newest() && asked < 200; asked++) {
      const { events, next } = await page(`after=${after}&limit=7`);
      seen.push(...events.map(({ sequence }: Told) => sequence));
      after = next;
    }
    expect(seen).to.deep.equal(Array.from({ length: newest() }, (_, index) => index + 1));
    expect(await page("after=now")).to.deep.equal({ events: [], next: newest(), newest: newest() });
    const head = await running.app.inject({
      method: "HEAD",
      url: "/api/v1/events",
      headers: { accept: "text/event-stream" },
    });
    expect(head.statusCode).to.equal(200);
  });

  it("refuses what it cannot follow: a kind that there is not, a place that is none", async () => {
    for (const query of ["kind=nonsense", "after=-1", "after=1.5", "after=yesterday", "limit=0", "other=1"])
      expect((await page(query)).type, query).to.equal("/problems/invalid-request");
    expect((await page("", { "last-event-id": "x" })).type).to.equal("/problems/invalid-request");
  });

  it("tells who saw more than there is, after a restore, which numbers to forget", async () => {
    const beyond = newest() + 5;
    const takenBack = { from: newest() + 1, to: beyond };
    expect(await page(`after=${beyond}`)).to.deep.include({ events: [], takenBack, next: newest() });
    const reader = listen(`${url}?after=${beyond}`);
    await until("told", () => reader.frames.some(({ event }) => event === "takenBack"));
    const frame = reader.frames.find(({ event }) => event === "takenBack")!;
    expect([frame.id, JSON.parse(frame.data!)]).to.deep.equal([String(newest()), takenBack]);
    await record();
    await until("goes on", () => reader.events().at(-1)?.sequence === newest());
    reader.end();
  });

  it("answers 429 to one address too many, and opens again when one has ended", async () => {
    const readers = Array.from({ length: streams.perAddress }, () => listen(`${url}?after=now`));
    await until("all open", () => readers.every(({ status }) => status() === 200));
    const refused = await fetch(url, { headers: { accept: "text/event-stream" } });
    expect([refused.status, refused.headers.get("retry-after")]).to.deep.equal([429, "1"]);
    expect(((await refused.json()) as { type: string }).type).to.equal("/problems/too-many-streams");
    expect((await fetch(url)).status, "polling goes on").to.equal(200);
    const metrics = (await running.app.inject({ url: "/metrics" })).body;
    expect(metrics).to.include(`prasasti_event_streams ${streams.perAddress}`);
    readers[0]!.end();
    await until("one is free", async () => {
      const again = listen(`${url}?after=now`);
      await until("answered", () => again.status() !== 0);
      again.end();
      return again.status() === 200;
    });
    for (const reader of readers) reader.end();
  });

  it("ends every stream at once when the gateway stops", async () => {
    const other = await startGateway();
    const address = await other.app.listen({ host: "127.0.0.1", port: 0 });
    const reader = listen(`${address}/api/v1/events`);
    await until("open", () => reader.events().length > 0);
    const started = performance.now();
    await Promise.all([other.remove(), reader.ended]);
    expect(performance.now() - started).to.be.lessThan(3_000);
  });
});

describe("events read from rows", () => {
  const feedOf = (count: number) => {
    const feed = new EventFeed();
    const rows = new Map<string, unknown>();
    const grow = (to: number, block = to) => {
      for (let n = feed.newest + 1; n <= to; n++)
        rows.set(`event/${String(n).padStart(15, "0")}`, { event: "policy", at: n * 1000, block });
      feed.tell(to);
    };
    grow(count);
    async function* range<T>(prefix: string, { after, limit }: { after: string; limit: number }) {
      const keys = [...rows.keys()].filter((key) => key > prefix + after).sort();
      for (const key of keys.slice(0, limit)) yield { key, value: rows.get(key) as T };
    }
    const back = (to: number) => {
      for (let n = feed.newest; n > to; n--) rows.delete(`event/${String(n).padStart(15, "0")}`);
      feed.tell(to);
    };
    return { feed, range, grow, back };
  };

  it("looks at a bounded number of rows for a page, and says where to go on", async () => {
    const { feed, range } = feedOf(5_000);
    const first = await eventPage(0, 100, { ocid: "none" }, { feed, range });
    expect([first.events, first.next]).to.deep.equal([[], 2_000]);
  });

  it("does not tell of a block before all of it is there", async () => {
    const { feed, range, grow } = feedOf(3);
    grow(5);
    const early = new EventFeed();
    early.tell(3);
    const { events, next } = await eventPage(0, 100, {}, { feed: early, range });
    expect([events.length, next]).to.deep.equal([3, 3]);
    expect((await eventPage(0, 100, {}, { feed, range })).events).to.have.length(5);
  });

  it("tells an open reader when a chain took blocks back, though as many new ones came since", async () => {
    const { feed, range, grow, back } = feedOf(10);
    const reader = feed.open();
    const pages = followEvents(0, {}, 60_000, reader, { feed, range });
    expect((await pages.next()).value?.events).to.have.length(10);
    back(7);
    grow(12, 99);
    const told = (await pages.next()).value!;
    expect([told.takenBack, told.next]).to.deep.equal([{ from: 8, to: 10 }, 7]);
    const { events } = (await pages.next()).value as EventPage;
    expect(events.map(({ sequence, block }) => [sequence, block])).to.deep.equal(
      [8, 9, 10, 11, 12].map((sequence) => [sequence, 99]),
    );
    reader.end();
    expect((await pages.next()).done).to.equal(true);
  });

  it("ends a reader who takes nothing, after some patience, and not one who is slow", async () => {
    const feed = new EventFeed();
    const count = 3_000;
    const row = { event: "policy", at: 0, block: 1, text: "x".repeat(20_000) };
    let [read, closed] = [0, 0];
    // rows larger than any, so that the sockets of both ends fill up soon
    async function* range<T>(_prefix: string, { after, limit }: { after: string; limit: number }) {
      for (let n = Number(after) + 1; n <= Math.min(count, Number(after) + limit); n++, read++)
        yield { key: `event/${n}`, value: row as T };
    }
    feed.tell(count);
    const events: EventsGateway["events"] = {
      newest: () => feed.newest,
      page: (after, limit) => eventPage(after, limit, {}, { feed, range }),
      open: () => feed.open(),
      follow: (after, _filter, heartbeat, reader) => followEvents(after, {}, heartbeat, reader, { feed, range }),
      opened: (open) => {
        if (open === 0) closed++;
      },
      limits: { perAddress: 5, most: 5, heartbeat: 10_000, patience: 1_000 },
    };
    const app = await buildApp({ routes: async (scope) => eventRoutes(scope, { events }) });
    const address = `${await app.listen({ host: "127.0.0.1", port: 0 })}/api/v1/events`;
    const open = () =>
      new Promise<IncomingMessage>((resolve) =>
        request(address, { headers: { accept: "text/event-stream" } })
          .on("response", resolve)
          .end(),
      );
    try {
      const stuck = await open();
      const cut = new Promise<void>((resolve) => stuck.on("error", () => resolve()).on("close", () => resolve()));
      await until("he is cut off", () => closed === 1);
      expect(read, "read for who takes nothing").to.be.lessThan(1_500);
      stuck.resume();
      await cut;
      expect(stuck.complete).to.equal(false);

      const slow = await open();
      let taken = 0;
      for await (const chunk of slow) {
        taken += (chunk as Buffer).length;
        if (taken > count * 20_000) break;
        // a little at a time, and longer over all than the patience
        if (taken % 5 === 0) await pause(5);
      }
      expect(taken).to.be.greaterThan(count * 20_000);
    } finally {
      await app.close();
    }
  });

  it("keeps nothing for a reader who takes nothing", async () => {
    const { feed, range } = feedOf(1_000);
    let read = 0;
    const counted: typeof range = async function* <T>(prefix: string, options: { after: string; limit: number }) {
      for await (const row of range<T>(prefix, options)) {
        read++;
        yield row;
      }
    };
    const reader = feed.open();
    const pages = followEvents(0, {}, 60_000, reader, { feed, range: counted });
    await pages.next();
    expect(read).to.equal(100);
    reader.end();
    await pages.return(undefined);
  });
});
