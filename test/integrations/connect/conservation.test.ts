import { readFile } from "node:fs/promises";
import { expect } from "chai";
import fc from "fast-check";
import type { SourceRow } from "../../../migration/row.ts";
import { type Answer, type Captured, ConnectorFault, type Feed } from "../../../server/integrations/connect/feed.ts";
import type { SetAside, Sink, TakenRows, TakeResult } from "../../../server/integrations/sink.ts";
import { openWorld } from "./world.ts";

// Whatever a source gives, a sink tells, and breaks on the way: over each run, read + carried is the sum of what became of
// rows, and over all runs every row was taken or waits with its reason.

const FATES = ["drafted", "unchanged", "merged", "aside", "lateDrafted", "lateMerged", "lateAside"] as const;
type Fate = (typeof FATES)[number];
type Page = { rows: Fate[]; fault: "none" | "retry" | "damaged" | "sink" };

const YAML = `
apiVersion: prasasti/connectors/v1
sources: { pages: { engine: jsonl, path: none } }
jobs: [{ id: job, source: pages, sink: payments, contract: off, retry: { attempts: 2, first: 1s, most: 1s } }]
`;
const words = { en: "x", id: "x" };

/** Pages of rows whose second cell says what shall become of them; a fault happens the first time a page is met. */
class Told implements Feed {
  readonly pages: readonly Page[];
  readonly met = new Set<number>();

  constructor(pages: readonly Page[]) {
    this.pages = pages;
  }

  async *answers({ cursor }: Parameters<Feed["answers"]>[0]): AsyncGenerator<Answer> {
    for (let at = Number(cursor ?? 0); at < this.pages.length; at++) {
      const { rows, fault } = this.pages[at]!;
      const first = !this.met.has(at);
      this.met.add(at);
      if (first && fault === "retry") throw faultNamed("http-503", { after: 1 });
      const values = rows.map((fate, row) => [`${at}-${row}`, fate]);
      const text = first && fault === "damaged" ? "[[" : JSON.stringify(values);
      yield { table: "t", content: Buffer.from(text), mediaType: "json", from: `page ${at}`, cursor: String(at + 1) };
    }
  }

  async *read({ file }: Captured) {
    let values: string[][];
    try {
      values = JSON.parse(await readFile(file, "utf8")) as string[][];
    } catch {
      throw faultNamed("damaged", undefined);
    }
    const rows = values.map((each, at): SourceRow => ({ row: at + 1, at: `item ${at + 1}`, values: each }));
    // in batches of two, so that an answer has several
    for (let at = 0; at < rows.length; at += 2) yield { columns: ["id", "fate"], rows: rows.slice(at, at + 2) };
  }

  async close() {}
}

function faultNamed(code: string, retry: { after?: number } | undefined): ConnectorFault {
  return new ConnectorFault(code, { explanation: words, remedy: words, ...(retry === undefined ? {} : { retry }) });
}

/** Tells of a row what its second cell says; of late ones when the run ends. Each row's last fate is remembered. */
class TellingSink implements Sink {
  readonly told = new Map<string, string>();
  readonly fails: ReadonlySet<string>;
  readonly #failed = new Set<string>();
  #late: { capture: string; row: SourceRow }[] = [];

  constructor(fails: ReadonlySet<string>) {
    this.fails = fails;
  }

  #count(rows: readonly { capture: string; row: SourceRow }[], late: boolean): TakeResult {
    const result = { drafted: 0, unchanged: 0, merged: 0 };
    const setAside: SetAside[] = [];
    for (const { capture, row } of rows) {
      const [id, fate] = row.values as [string, Fate];
      const known = this.told.has(id);
      const name = fate.replace(/^late./, (start) => start.at(-1)!.toLowerCase()) as "drafted" | "aside";
      if (name === "aside")
        setAside.push({ ...(late ? { capture } : {}), row: row.row, at: row.at, code: "told", words });
      else if (known) result.unchanged++;
      else result[name]++;
      this.told.set(id, name);
    }
    return { ...result, setAside };
  }

  async take({ capture, rows }: TakenRows): Promise<TakeResult> {
    for (const { values } of rows)
      if (this.fails.has(values[0]!) && !this.#failed.has(values[0]!)) {
        this.#failed.add(values[0]!);
        throw new Error("the sink broke");
      }
    const all = rows.map((row) => ({ capture, row }));
    const isLate = ({ row }: { row: SourceRow }) => row.values[1]!.startsWith("late");
    this.#late.push(...all.filter(isLate));
    return this.#count(
      all.filter((each) => !isLate(each)),
      false,
    );
  }

  async finish(): Promise<TakeResult> {
    const late = this.#late;
    this.#late = [];
    return this.#count(late, true);
  }
}

const page = fc.record({
  rows: fc.array(fc.constantFrom(...FATES), { maxLength: 7 }),
  fault: fc.constantFrom("none", "none", "none", "none", "damaged", "sink", "damaged", "sink", "retry"),
}) as fc.Arbitrary<Page>;

describe("totals of runs", function () {
  this.timeout(120_000);

  it("conserve, whatever happens: every row is taken or waits with its reason", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(page, { minLength: 1, maxLength: 5 }), async (pages) => {
        const fails = new Set(
          pages.flatMap(({ rows, fault }, at) => (fault === "sink" && rows.length > 0 ? [`${at}-0`] : [])),
        );
        const sink = new TellingSink(fails);
        const feed = new Told(pages);
        const world = await openWorld(YAML, { open: async () => feed, sink: () => sink });
        try {
          // twice, so that what was set aside whole is met whole; then once more what still waits
          for (let run = 0; run < 2; run++) await world.jobs.run("job", "asked");
          const list = () => world.jobs.calls["connectors.letters"]({ job: "job", state: "open", limit: 1_000 });
          const whole = (await list()).letters.filter(({ row }) => row === undefined);
          if (whole.length > 0) {
            const { number } = await world.jobs.retry("job", "all");
            while ((await world.jobs.oneRun("job", number)).state === "running") await new Promise(setImmediate);
          }
          const runs = await world.jobs.runs("job", 100);
          for (const { read, carried, drafted, unchanged, merged, setAside, undecided } of runs) {
            expect(read + carried).to.equal(drafted + unchanged + merged + setAside);
            expect(undecided).to.equal(0);
          }
          const ids = pages.flatMap(({ rows, fault }, at) =>
            // a page that was never whole gave no rows; its letter waits
            fault === "damaged" ? [] : rows.map((_, row) => `${at}-${row}`),
          );
          expect([...sink.told.keys()].filter((id) => ids.includes(id))).to.have.members(ids);
          const { letters } = await list();
          const aside = [...sink.told].filter(([, fate]) => fate === "aside").map(([id]) => id);
          expect(letters.filter(({ row }) => row !== undefined)).to.have.length(aside.length);
          const damaged = pages.filter(({ fault }) => fault === "damaged").length;
          expect(letters.filter(({ row }) => row === undefined)).to.have.length(damaged);
        } finally {
          await world.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
