// The thread of the integrations with one more part: a sink that only keeps, and calls that make the thread die.
import { setTimeout as pause } from "node:timers/promises";
import { PARTS } from "../../server/integrations/parts.ts";
import type { Table } from "../../server/store/store.ts";
import { PlainSink } from "./connect/world.ts";

// alone: what the other parts do is theirs to test
(PARTS as unknown[]).splice(0, PARTS.length, {
  name: "plain",
  async open({ storage, book }: { storage: Table; book: { size(): Promise<number> } }) {
    // main tells of growth once a second, also while parts are opened
    await pause(1_500);
    const sink = new PlainSink(storage);
    const told: string[] = [];
    return {
      sinks: { payments: sink },
      calls: {
        "plain.size": () => book.size(),
        "plain.told": async () => told,
        "plain.kept": ({ job }: { job: string }) => sink.count(job),
        "plain.die": async () => {
          setImmediate(() => {
            throw new Error("a part that fails where nobody listens");
          });
          return new Promise(() => {});
        },
      },
      async onLedger(ocids: readonly string[]) {
        told.push(...ocids);
      },
      async close() {},
    };
  },
});
await import("../../server/integrations-worker.ts");
