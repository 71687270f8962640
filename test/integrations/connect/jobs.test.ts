import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import type { SourceRow } from "../../../migration/row.ts";
import type { Run } from "../../../server/domain/connectors.ts";
import { type Answer, type Captured, ConnectorFault, type Feed } from "../../../server/integrations/connect/feed.ts";
import { openWorld, type World } from "./world.ts";

const yaml = (job: string, source = `{ engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" }`) => `
apiVersion: prasasti/connectors/v1
sources:
  payments: ${source}
jobs:
  - { id: sp2d, source: payments, sink: payments, retry: { attempts: 3, first: 1s, most: 1s }${job} }
  - { id: other, source: payments, sink: payments }
`;

function conserves({ read, carried, drafted, unchanged, merged, setAside, undecided }: Run): void {
  expect(read + carried).to.equal(drafted + unchanged + merged + setAside);
  expect(undecided).to.equal(0);
}

/** A source of pages, each of which is a list of rows in JSON; what happens at a page is up to the test. */
class Pages implements Feed {
  readonly pages: readonly (readonly string[][])[];
  readonly before: (page: number) => Promise<void>;
  closed = 0;
  asked: (string | undefined)[] = [];

  constructor(pages: readonly (readonly string[][])[], before: (page: number) => Promise<void> = async () => {}) {
    this.pages = pages;
    this.before = before;
  }

  async *answers({ cursor }: Parameters<Feed["answers"]>[0]): AsyncGenerator<Answer> {
    this.asked.push(cursor);
    for (let page = Number(cursor ?? 0); page < this.pages.length; page++) {
      await this.before(page);
      const content = Buffer.from(JSON.stringify(this.pages[page]));
      yield { table: "pages", content, mediaType: "application/json", from: `page ${page}`, cursor: String(page + 1) };
    }
  }

  async *read({ file }: Captured) {
    const text = await readFile(file, "utf8");
    let values: string[][];
    try {
      values = JSON.parse(text) as string[][];
    } catch (cause) {
      throw truncated(cause);
    }
    const rows = values.map((each, at): SourceRow => ({ row: at + 1, at: `item ${at + 1}`, values: each }));
    yield { columns: ["no", "amount"], rows };
  }

  async close() {
    this.closed++;
  }
}

const words = { en: "x", id: "x" };
const later = (after?: number) =>
  new ConnectorFault("http-429", { explanation: words, remedy: words, retry: after === undefined ? {} : { after } });
const truncated = (cause: unknown) =>
  new ConnectorFault("truncated", { explanation: words, remedy: words, retry: {} }, { cause: cause as Error });

describe("jobs of connectors.yaml", function () {
  this.timeout(20_000);
  let world: World;
  const open = async (text: string, more: Parameters<typeof openWorld>[1] = {}) => {
    world = await openWorld(text, more);
    return world;
  };
  const letters = async (state: "open" | "taken" | "dropped" | "all" = "open") =>
    (await world.jobs.calls["connectors.letters"]({ job: "sp2d", state, limit: 100 })).letters;
  const retried = async (run: Promise<Run>) => {
    const { number } = await run;
    for (;;) {
      const now = await world.jobs.oneRun("sp2d", number);
      if (now.state !== "running") return now;
      await pause(10);
    }
  };
  afterEach(() => world.close());

  it("read every file of a source, keep it raw, and count every row once", async () => {
    await open(yaml(""));
    await world.write("in/a.csv", "no;amount\n1;10\n2;20\n");
    await world.write("in/b.csv", "no;amount\n2;20\n3;30\n");
    const run = await world.jobs.run("sp2d", "asked");
    expect(run).to.include({ state: "done", answers: 2, fresh: 2, read: 4, drafted: 3, unchanged: 1, undecided: 0 });
    const again = await world.jobs.run("sp2d", "asked");
    expect(again).to.include({ state: "done", answers: 2, fresh: 0, read: 4, drafted: 0, unchanged: 4 });
    conserves(run);
    conserves(again);
  });

  it("start nothing while they are paused, however often they come due meanwhile", async () => {
    let now = Date.now();
    await open(yaml(", schedule: { every: 1m }"), { now: () => now });
    await world.write("in/a.csv", "no;amount\n1;10\n");
    for (let round = 0; round < 5; round++) {
      await world.jobs.unpause("sp2d");
      now += 120_000;
      await world.jobs.tick();
      let paused = false;
      const pausing = world.jobs.pause("sp2d", "maintenance").finally(() => {
        paused = true;
      });
      while (!paused) {
        now += 120_000;
        await world.jobs.tick();
      }
      expect((await pausing).state).to.equal("paused");
      const { runs } = await world.jobs.one("sp2d");
      now += 120_000;
      await world.jobs.tick();
      expect((await world.jobs.one("sp2d")).runs).to.equal(runs);
    }
  });

  it("keep raw answers enciphered and for their owner alone, each once under its digest", async () => {
    await open(yaml(""));
    await world.write("in/a.csv", `no;amount\n1;3171020101900001\n`);
    await world.jobs.run("sp2d", "asked");
    await world.jobs.run("other", "asked");
    const raw = path.join(world.folder, "raw");
    const files = (await readdir(raw, { recursive: true })).filter((name) => name.endsWith(".gz.enc"));
    expect(files).to.have.length(1);
    const file = path.join(raw, files[0]!);
    expect((await stat(file)).mode & 0o077).to.equal(0);
    const kept = await readFile(file);
    expect(kept.includes("3171020101900001")).to.equal(false);
    // one bit of it changed is noticed, and nothing of it is taken
    await writeFile(file, kept.with(20, kept[20]! ^ 1));
    const run = await retried(world.jobs.calls["connectors.backfill"]({ job: "sp2d", captures: true }));
    expect(run).to.include({ state: "done", read: 0, damaged: 1 });
    expect((await letters())[0]).to.include({ code: "capture-damaged" });
  });

  describe("a row that cannot be taken", () => {
    it("waits as one letter however often it is sent, and no other row waits for it", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;amount\n1;10\nbad;20\n2;30\n");
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "done", read: 3, drafted: 2, setAside: 1 });
      await world.write("in/a.csv", "no;amount\n9;9\n1;10\nbad;20\n");
      conserves(await world.jobs.run("sp2d", "asked"));
      const [letter, ...more] = await letters();
      expect(more).to.deep.equal([]);
      expect(letter).to.include({ code: "test", column: "amount", found: "20", times: 2, state: "open" });
      expect(letter!.at).to.include("line 4");
    });

    it("never shows what may be a person's", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;no_rekening\nbad;0012345678901\n");
      await world.write("in/b.csv", "no;isi\nbad2;3171020112900001\n");
      await world.write("in/c.csv", "no;isi\nbad3;SP2D 20260112345678901234/LS\n");
      await world.jobs.run("sp2d", "asked");
      const found = (await letters()).map((letter) => letter.found);
      expect(found).to.have.members([undefined, undefined, "SP2D …/LS"]);
    });

    it("is taken by a retry once it can be", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;amount\nbad;20\n2;30\n");
      await world.jobs.run("sp2d", "asked");
      // the source is gone: what was captured is enough
      await rm(path.join(world.folder, "in"), { recursive: true });
      const still = await retried(world.jobs.retry("sp2d", "all"));
      expect(still).to.include({ reason: "retry", read: 1, setAside: 1 });
      expect((await letters())[0]).to.include({ retries: 1, times: 1 });
      world.sink.accepts = true;
      const run = await retried(world.jobs.retry("sp2d", [(await letters())[0]!.id]));
      expect(run).to.include({ state: "done", read: 1, drafted: 1 });
      expect(await letters()).to.deep.equal([]);
      expect(await letters("taken")).to.have.length(1);
    });

    it("ends its letter when it comes again and can be taken", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;amount\nbad;20\n");
      await world.jobs.run("sp2d", "asked");
      world.sink.accepts = true;
      await world.jobs.run("sp2d", "asked");
      expect(await letters()).to.deep.equal([]);
    });

    it("stays given up, with the reason, when it is sent again", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;amount\nbad;20\n");
      await world.jobs.run("sp2d", "asked");
      await world.jobs.drop("sp2d", [(await letters())[0]!.id], "typed twice");
      conserves(await world.jobs.run("sp2d", "asked"));
      expect(await letters()).to.deep.equal([]);
      expect((await letters("dropped"))[0]).to.include({ reason: "typed twice", times: 2 });
    });
  });

  describe("a source that is broken", () => {
    it("in one file, is set aside with that file, and ends when the file is whole", async () => {
      await open(yaml("", `{ engine: json, path: "in/*.json" }`));
      await world.write("in/a.json", `[{"no":"1","amount":"2"},{"no":"2"`);
      await world.write("in/b.json", "");
      await world.write("in/c.json", "<html><body>Error</body></html>");
      await world.write("in/d.json", `[{"no":"3","amount":"4"}]`);
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "done", answers: 4, damaged: 3, drafted: 1 });
      conserves(run);
      expect((await letters()).map(({ at }) => at)).to.have.members(["in/a.json", "in/b.json", "in/c.json"]);
      for (const name of ["a", "b", "c"]) await world.write(`in/${name}.json`, `[{"no":"${name}","amount":"2"}]`);
      expect(await world.jobs.run("sp2d", "asked")).to.include({ damaged: 0, drafted: 3 });
      expect(await letters()).to.deep.equal([]);
    });

    it("is tried again from where it has come, after waiting, and goes on", async () => {
      let failures = 0;
      const feed = new Pages([[["1", "1"]], [["2", "2"]], [["3", "3"]]], async (page) => {
        if (page === 1 && failures++ < 2) throw later();
      });
      await open(yaml(""), { open: async () => feed });
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "done", tries: 3, answers: 3, read: 3, drafted: 3 });
      expect(run.endedAt! - run.startedAt).to.be.greaterThan(900);
      expect(feed.asked).to.deep.equal([undefined, "1", "1"]);
      expect(feed.closed).to.equal(3);
    });

    it("that never answers fails after its tries and says why; the next run goes on from the cursor", async () => {
      let broken = true;
      const feed = new Pages([[["1", "1"]], [["2", "2"]]], async (page) => {
        if (page === 1 && broken) throw later(5);
      });
      await open(yaml(""), { open: async () => feed });
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "failed", read: 1 });
      expect(run.fault).to.include({ code: "http-429" });
      conserves(run);
      broken = false;
      expect(await world.jobs.run("sp2d", "asked")).to.include({ state: "done", read: 1, drafted: 1 });
      expect(feed.asked.at(-1)).to.equal("1");
    });

    it("with a page that is always truncated, is asked again, then sets that page aside and goes on", async () => {
      const feed = new Pages([[["1", "1"]], [["2", "2"]], [["3", "3"]]]);
      const answers = feed.answers.bind(feed);
      feed.answers = async function* (options) {
        for await (const answer of answers(options))
          yield answer.from === "page 1" ? { ...answer, content: Buffer.from('[["2",') } : answer;
      };
      await open(yaml(""), { open: async () => feed });
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "done", tries: 3, damaged: 3, read: 2, drafted: 2 });
      expect((await letters()).map(({ at, code }) => ({ at, code }))).to.deep.equal([
        { at: "page 1", code: "truncated" },
      ]);
    });

    it("that hangs is cut off by its time limit, and other jobs run meanwhile", async () => {
      const feed = new Pages([[["1", "1"]], [["2", "2"]]], (page) =>
        page === 1 ? new Promise(() => {}) : Promise.resolve(),
      );
      await open(yaml(", timeLimit: 1s"), { open: async () => feed });
      const hanging = world.jobs.run("sp2d", "asked");
      const run = await hanging;
      expect(run).to.include({ state: "cutOff", read: 1, drafted: 1 });
      expect(run.fault).to.include({ code: "time-limit" });
      conserves(run);
      expect(await world.jobs.one("sp2d")).to.include({ state: "idle" });
    });

    it("whose sink hangs is cut off, and does not begin again while that goes on", async () => {
      const feed = new Pages([[["1", "1"]]]);
      await open(yaml(", timeLimit: 1s"), { open: async () => feed });
      const { promise, resolve } = Promise.withResolvers<void>();
      world.sink.before = () => promise;
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "cutOff", read: 0 });
      expect(await world.jobs.start("sp2d", "asked").catch((error: { code: string }) => error.code)).to.equal(
        "connector-busy",
      );
      resolve();
      world.sink.before = async () => {};
      await pause(50);
      const next = await world.jobs.run("sp2d", "asked");
      expect(next.state).to.equal("done");
      // what was captured before the end is taken in the account of the run that captured it
      const all = await world.jobs.runs("sp2d", 10);
      expect(all.map(({ read }) => read)).to.deep.equal([0, 1]);
      all.forEach(conserves);
    });

    it("whose sink fails at an answer sets that answer aside and takes the others", async () => {
      const feed = new Pages([[["1", "1"]], [["poison", "2"]], [["3", "3"]]]);
      await open(yaml(""), { open: async () => feed });
      world.sink.before = async ({ rows }) => {
        if (rows.some(({ values }) => values[0] === "poison")) throw new Error("cannot");
      };
      const run = await world.jobs.run("sp2d", "asked");
      expect(run).to.include({ state: "done", read: 3, drafted: 2, setAside: 1, damaged: 1 });
      expect((await letters())[0]).to.include({ code: "sink-failed", at: "page 1", rows: 1 });
      world.sink.before = async () => {};
      expect(await retried(world.jobs.retry("sp2d", "all"))).to.include({ state: "done", read: 1, drafted: 1 });
      expect(await letters()).to.deep.equal([]);
    });
  });

  describe("the contract", () => {
    const rows = (name: string, from: number, count = 30) =>
      `no;${name};paid\n${Array.from({ length: count }, (_, at) => `${from + at};${at}00;2026-01-02`).join("\n")}\n`;
    const alarms = async () => (await world.jobs.contract("sp2d")).alarms;

    it("keeps rows of a renamed column until somebody accepts it, then takes them from what was captured", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", rows("nilai_sp2d", 0));
      await world.jobs.run("sp2d", "asked");
      await world.write("in/a.csv", rows("nilaiSP2D", 100));
      const held = await world.jobs.run("sp2d", "asked");
      expect(held).to.include({ state: "done", read: 30, setAside: 30, drafted: 0, alarms: 1 });
      expect(await world.sink.count("sp2d")).to.equal(30);
      const [alarm] = await alarms();
      expect(alarm).to.include({ kind: "renamed", was: "nilai_sp2d", is: "nilaiSP2D", stops: true });
      expect(alarm!.words.id).to.include("nilaiSP2D");
      const { run } = await world.jobs.accept("sp2d", "all");
      expect(await retried(Promise.resolve(run!))).to.include({ state: "done", read: 30, drafted: 30 });
      expect(await world.jobs.run("sp2d", "asked")).to.include({ unchanged: 30, alarms: 0 });
      expect(await alarms()).to.deep.equal([]);
      expect(await letters()).to.deep.equal([]);
    });

    it("names a missing and a retyped column, and only tells of a new one", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", rows("nilai", 0));
      await world.jobs.run("sp2d", "asked");
      await world.write("in/a.csv", rows("nilai;catatan", 0).replaceAll(/;(\d+00);/g, ";$1;x;"));
      expect(await world.jobs.run("sp2d", "asked")).to.include({ alarms: 1, merged: 30 });
      expect((await alarms())[0]).to.include({ kind: "new", column: "catatan", stops: false });
      await world.write("in/a.csv", rows("nilai", 0).replaceAll(/;(\d+00);/g, ";Rp $1,-;"));
      expect(await world.jobs.run("sp2d", "asked")).to.include({ setAside: 30 });
      expect((await alarms()).map(({ kind, column }) => `${kind} ${column}`)).to.include("retyped nilai");
      await world.write("in/a.csv", `no;paid\n1;2026-01-02\n`);
      await world.jobs.run("sp2d", "asked");
      expect((await alarms()).map(({ kind, column }) => `${kind} ${column}`)).to.include("missing nilai");
      // as it was: what drifted is over
      await world.write("in/a.csv", rows("nilai", 0));
      await world.jobs.run("sp2d", "asked");
      expect((await alarms()).map(({ kind }) => kind)).to.not.include.members(["missing", "retyped"]);
    });

    it("is not changed while the job runs by it", async () => {
      await open(yaml(""));
      const { promise, resolve } = Promise.withResolvers<void>();
      await world.write("in/a.csv", rows("nilai", 0));
      world.sink.before = () => promise;
      const running = world.jobs.run("sp2d", "asked");
      const code = await world.jobs.accept("sp2d", "all").catch((error: { code: string }) => error.code);
      expect(code).to.equal("connector-busy");
      resolve();
      await running;
    });

    it("warns without stopping where the job says so", async () => {
      await open(yaml(", contract: warn"));
      await world.write("in/a.csv", rows("nilai", 0));
      await world.jobs.run("sp2d", "asked");
      await world.write("in/a.csv", rows("jumlah", 100));
      expect(await world.jobs.run("sp2d", "asked")).to.include({ drafted: 30, setAside: 0, alarms: 2 });
    });

    it("alarms where a run has half as many rows again as usual, or half as few", async () => {
      await open(yaml(""));
      for (let run = 0; run < 3; run++) {
        await world.write("in/a.csv", rows("nilai", 0, 40));
        await world.jobs.run("sp2d", "asked");
      }
      await world.write("in/a.csv", rows("nilai", 0, 60));
      expect(await world.jobs.run("sp2d", "asked")).to.include({ alarms: 0 });
      await world.write("in/a.csv", rows("nilai", 0, 61));
      expect(await world.jobs.run("sp2d", "asked")).to.include({ alarms: 1, setAside: 0 });
      await world.write("in/a.csv", rows("nilai", 0, 40));
      await world.jobs.run("sp2d", "asked");
      expect(await alarms()).to.deep.equal([]);
      await world.write("in/a.csv", rows("nilai", 0, 19));
      await world.jobs.run("sp2d", "asked");
      expect((await alarms())[0]).to.include({ kind: "volume", was: "40", is: "19" });
    });

    it("says nothing of a column of few or mixed values: another half of a feed is no drift", async () => {
      await open(yaml(""));
      await world.write("in/a.csv", "no;kode\n1;01\n2;02\n3;03\n");
      await world.jobs.run("sp2d", "asked");
      await world.write("in/a.csv", "no;kode\n4;A.1\n5;02\n6;-\n");
      expect(await world.jobs.run("sp2d", "asked")).to.include({ alarms: 0, drafted: 3 });
    });
  });

  it("take again what was captured, without the source, and record nothing new", async () => {
    await open(yaml(""));
    await world.write("in/a.csv", "no;amount\n1;10\n");
    await world.jobs.run("sp2d", "asked");
    await world.write("in/a.csv", "no;amount\n1;11\n2;20\n");
    await world.jobs.run("sp2d", "asked");
    await rm(path.join(world.folder, "in"), { recursive: true });
    const run = await retried(world.jobs.calls["connectors.backfill"]({ job: "sp2d", captures: true }));
    expect(run).to.include({ state: "done", reason: "captures", answers: 2, read: 3 });
    conserves(run);
    expect(await world.sink.count("sp2d")).to.equal(2);
  });

  it("go on where the end of the process has left them: a reading, and a replay of what was captured", async () => {
    const pages = [[["1", "1"]], [["2", "2"]], [["3", "3"]]];
    const feed = new Pages(pages, (page) => (page === 2 && !mended ? new Promise(() => {}) : Promise.resolve()));
    let mended = false;
    await open(yaml(""), { open: async () => feed });
    const begun = world.jobs.run("sp2d", "asked");
    while ((await world.jobs.oneRun("sp2d", 1).catch(() => undefined))?.read !== 2) await pause(5);
    await world.jobs.close();
    expect(await begun).to.include({ state: "interrupted", read: 2, undecided: 0 });
    mended = true;
    const next = world.again();
    await next.resume();
    expect(await next.run("sp2d", "asked")).to.include({ reason: "resumed", state: "done", read: 1, drafted: 1 });

    // the same of a replay that is cut off at its second answer
    const { promise, resolve } = Promise.withResolvers<void>();
    const taken: string[] = [];
    world.sink.before = async ({ rows }) => {
      taken.push(rows[0]!.values[0]!);
      if (taken.length === 2) await promise;
    };
    await next.calls["connectors.backfill"]({ job: "sp2d", captures: true });
    while (taken.length < 2) await pause(5);
    const closing = next.close();
    resolve();
    await closing;
    const last = world.again();
    await last.resume();
    const run = await last.run("sp2d", "asked");
    expect(run).to.include({ reason: "captures", state: "done" });
    expect(taken.filter((each) => each === "1")).to.have.length(1);
    expect(taken.filter((each) => each === "3")).to.have.length(1);
    (await last.runs("sp2d", 10)).forEach(conserves);
    await last.close();
  });

  it("keep nothing on a dry run, and tell how many rows there are", async () => {
    await open(yaml(""));
    await world.write("in/a.csv", "no;amount\n1;10\nbad;20\n");
    const run = await world.jobs.run("sp2d", "asked", { dry: true });
    expect(run).to.include({ state: "done", dry: true, answers: 1, read: 2, undecided: 2, drafted: 0 });
    expect(await world.sink.count("sp2d")).to.equal(0);
    expect(await letters()).to.deep.equal([]);
    const files = await readdir(path.join(world.folder, "raw"), { recursive: true });
    expect(files.filter((name) => !["new", "out"].includes(name))).to.deep.equal([]);
    expect(await world.jobs.run("sp2d", "asked")).to.include({ drafted: 1, setAside: 1, carried: 0 });
  });

  it("read only what is new by their cursor column, and once more what is within the overlap", async () => {
    await open(yaml(`, cursor: changed, overlap: 2d`));
    const day = (date: number) => `2026-03-${String(date).padStart(2, "0")}`;
    const file = (dates: readonly number[]) =>
      `no;changed\n${dates.map((date) => `${date};${day(date)}`).join("\n")}\n`;
    await world.write("in/a.csv", file([1, 2, 3, 10]));
    expect(await world.jobs.run("sp2d", "asked")).to.include({ read: 4, passed: 0 });
    await world.write("in/a.csv", file([1, 2, 3, 9, 10, 11]));
    expect(await world.jobs.run("sp2d", "asked")).to.include({ read: 3, passed: 3, drafted: 2, unchanged: 1 });
  });

  it("run when they are due, not while they are paused, and once for what was missed", async () => {
    let now = Date.UTC(2026, 2, 2, 1);
    await open(yaml(", schedule: { every: 15m }"), { now: () => now });
    await world.write("in/a.csv", "no;amount\n1;10\n");
    const runs = async () => (await world.jobs.one("sp2d")).runs;
    const tick = async () => {
      await world.jobs.tick();
      await world.jobs.run("sp2d", "asked").catch(() => {});
    };
    await world.jobs.tick();
    while ((await world.jobs.one("sp2d")).state === "running") await pause(10);
    expect(await runs()).to.equal(1);
    await world.jobs.tick();
    expect((await world.jobs.one("sp2d")).state).to.equal("idle");
    now += 3 * 3_600_000;
    await world.jobs.tick();
    while ((await world.jobs.one("sp2d")).state === "running") await pause(10);
    await world.jobs.tick();
    expect(await runs()).to.equal(2);
    const told = await world.jobs.pause("sp2d", "maintenance");
    expect(told).to.deep.include({ state: "paused", paused: { at: now, reason: "maintenance" } });
    now += 3 * 3_600_000;
    await world.jobs.tick();
    expect(await runs()).to.equal(2);
    expect(await world.jobs.start("sp2d", "asked").catch((error: { code: string }) => error.code)).to.equal(
      "connector-paused",
    );
    await world.jobs.unpause("sp2d");
    await tick();
    expect(await runs()).to.equal(3);
  });

  it("tell of a source without keeping anything of it", async () => {
    await open(yaml(", map: simda-sp2d"));
    await world.write("in/a.csv", "no;amount\n1;10\n");
    const told = await world.jobs.test("sp2d");
    expect(told).to.deep.include({
      ok: false,
      rows: 1,
      columns: [
        { name: "no", type: "text" },
        { name: "amount", type: "text" },
      ],
    });
    expect(told.map!.faults.length).to.be.greaterThan(0);
    expect(await world.jobs.one("sp2d")).to.include({ runs: 0 });
    const absent = await world.jobs.test("other");
    expect(absent.ok).to.equal(true);
    await rm(path.join(world.folder, "in"), { recursive: true });
    expect((await world.jobs.test("other")).fault).to.include({ code: "source-setting" });
  });

  it("tell figures for the metrics", async () => {
    await open(yaml(""));
    await world.write("in/a.csv", "no;amount\n1;10\nbad;20\n");
    await world.jobs.run("sp2d", "asked");
    expect(world.measures).to.deep.include.members([
      { of: "rows", job: "sp2d", outcome: "drafted", count: 1 },
      { of: "rows", job: "sp2d", outcome: "setAside", count: 1 },
      { of: "dead", job: "sp2d", open: 1 },
    ]);
  });
});
