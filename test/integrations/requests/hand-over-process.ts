// A hand-over in a process of its own, so that it can be killed: `hand-over-process.ts <folder>`. It says what it did.

import { AGENCY } from "../../rules/lives.ts";
import { accounts, certified, openWorld } from "./world.ts";

const JUTA = 1_000_000_00n;
const world = await openWorld(certified(100n * JUTA, 200n * JUTA), { folder: process.argv[2]! });
await world.outbox.prepare(world.life.view!.ocid);
const recovered = await world.outbox.recover();
const { file, left } = await world.outbox.handOver({ agency: AGENCY, accounts, executeOn: "2026-03-02" });
console.log(JSON.stringify({ recovered, file, left }));
await world.storage.close();
