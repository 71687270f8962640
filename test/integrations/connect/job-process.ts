// Runs one job in a process of its own, for the test that kills it: what an earlier one left is finished first.
import { openWorld } from "./world.ts";

const [folder, yaml] = process.argv.slice(2) as [string, string];
const world = await openWorld(yaml, {}, folder);
await world.jobs.run("sp2d", "asked");
const runs = await world.jobs.runs("sp2d", 200);
const keys = async (prefix: string) => Array.fromAsync(world.storage.keys(prefix));
const told = {
  runs,
  kept: await keys("kept/"),
  log: await keys("log/"),
  pending: await keys("job/pending/"),
  letters: await keys("dead/"),
};
process.stdout.write(JSON.stringify(told));
await world.jobs.close();
await world.storage.close();
