// Runs jobs of payments and bank lines in a process of its own, for the test that kills it.
import type { StoredLine } from "../../../server/integrations/finance/bank-sink.ts";
import type { StoredDocument } from "../../../server/integrations/finance/document-store.ts";
import { financeWorld } from "./finance-world.ts";

const [folder, yaml, ...jobs] = process.argv.slice(2) as [string, string, ...string[]];
const world = await financeWorld(yaml, {}, folder);
for (const job of jobs) await world.jobs.run(job, "asked");
const values = async <T>(prefix: string) => {
  const found: T[] = [];
  for await (const { value } of world.storage.range<T>(prefix)) found.push(value);
  return found;
};
const told = {
  documents: (await values<StoredDocument>("fin/doc/")).map(({ document, version, state }) => ({
    document,
    version,
    state,
  })),
  lines: (await values<StoredLine>("bank/line/")).map(({ line }) => line),
  dirty: await Array.fromAsync(world.storage.keys("fin/dirty/")),
  changes: (await Array.fromAsync(world.storage.keys("fin/change/"))).length,
};
process.stdout.write(JSON.stringify(told));
await world.jobs.close();
await world.storage.close();
