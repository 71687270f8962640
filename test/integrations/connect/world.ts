import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Captures } from "../../../server/integrations/connect/captures.ts";
import { Jobs, type JobsNeeds } from "../../../server/integrations/connect/jobs.ts";
import { openFeed } from "../../../server/integrations/connect/open-feed.ts";
import { parseConnectors } from "../../../server/integrations/settings.ts";
import type { SetAside, Sink, TakenRows, TakeResult } from "../../../server/integrations/sink.ts";
import type { Measure } from "../../../server/integrations/thread.ts";
import { Table } from "../../../server/store/store.ts";

/** Keeps rows by their first column, as a real sink does: by (job, key, content). A row whose first cell begins with "bad" is set aside. */
export class PlainSink implements Sink {
  readonly storage: Table;
  /** takes what it would set aside too */
  accepts = false;
  /** called with what it is to take, before anything */
  before: (batch: TakenRows) => Promise<void> = async () => {};

  constructor(storage: Table) {
    this.storage = storage;
  }

  async take(batch: TakenRows): Promise<TakeResult> {
    await this.before(batch);
    let [drafted, unchanged, merged] = [0, 0, 0];
    const setAside: SetAside[] = [];
    for (const { row, at, values } of batch.rows) {
      const key = `kept/${batch.job}/${values[0]}`;
      const text = JSON.stringify(values);
      const known = await this.storage.get<string>(key);
      const bad = !this.accepts && values[0]?.startsWith("bad");
      if (bad)
        setAside.push({
          row,
          at,
          code: "test",
          column: batch.columns[1]!,
          found: values[1] ?? "",
          words: { en: "bad", id: "buruk" },
        });
      else if (known === undefined) {
        drafted++;
        await this.storage.put([{ key: `log/${batch.job}/${values[0]}/${performance.now()}`, value: text }]);
      } else if (known === text) unchanged++;
      else merged++;
      if (!bad) await this.storage.put([{ key, value: text }]);
    }
    await this.storage.put([], { sync: true });
    return { drafted, unchanged, merged, setAside };
  }

  async finish(): Promise<TakeResult> {
    return { drafted: 0, unchanged: 0, merged: 0, setAside: [] };
  }

  async count(job: string): Promise<number> {
    return this.storage.count(`kept/${job}/`);
  }
}

export type World = {
  folder: string;
  storage: Table;
  sink: PlainSink;
  jobs: Jobs;
  measures: Measure[];
  /** jobs over the same store, as after a start */
  again(): Jobs;
  /** writes a file beside connectors.yaml */
  write(name: string, text: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
};

/** Jobs over a real store in a temporary folder, with a sink that only keeps. */
export async function openWorld(yaml: string, more: Partial<JobsNeeds> = {}, existing?: string): Promise<World> {
  const folder = existing ?? (await mkdtemp(path.join(tmpdir(), "prasasti-connect-")));
  const read = parseConnectors(yaml, "connectors.yaml");
  if ("faults" in read) throw new Error(read.faults.map(({ en }) => en).join("\n"));
  const storage = await Table.open(path.join(folder, "rows"));
  const sink = new PlainSink(storage);
  const measures: Measure[] = [];
  const captures = await Captures.open(path.join(folder, "raw"), Buffer.alloc(32, 7));
  const needs: JobsNeeds = {
    storage,
    captures,
    connectors: { file: "connectors.yaml", folder, settings: read.settings },
    secret: Buffer.alloc(32, 7),
    env: {},
    now: Date.now,
    open: openFeed,
    sink: () => sink,
    measure: (measure) => measures.push(measure),
    report(error) {
      throw error;
    },
    ...more,
  };
  const jobs = new Jobs(needs);
  return {
    ...{ folder, storage, sink, jobs, measures },
    again: () => new Jobs(needs),
    async write(name, text) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    },
    async close() {
      await jobs.close();
      await storage.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
