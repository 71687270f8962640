// A loader in a process of its own, so that it can be killed: `loader-process.ts <file>` with what it is to do as JSON.

import { readFile } from "node:fs/promises";
import type { Job } from "../../../migration/load/job.ts";
import { rebuildJournal } from "../../../migration/load/rebuild-journal.ts";
import { Register } from "../../../migration/load/register.ts";
import { runWave } from "../../../migration/load/run-wave.ts";
import { activateWave, closeWave, finaliseWave, rollBackWave } from "../../../migration/load/wave-stages.ts";
import { fromHex, type Hex } from "../../../server/domain/entries/words.ts";
import { Fault } from "../../../server/domain/fault.ts";

export type Task = {
  job: Job;
  rpc: string;
  token: string;
  ledger: Hex;
  keys: { name: string; holder: string; holderId: Hex; address: Hex; secret: Hex }[];
  /** bytes of a group of rows; undefined: as the program chooses */
  groupBytes?: number;
  steps: ("run" | "rebuild" | "close" | "activate" | "rollback" | "finalise")[];
};

const task = JSON.parse(await readFile(process.argv[2]!, "utf8")) as Task;
const { job, rpc, token, ledger, keys: texts, steps } = task;
const options = task.groupBytes === undefined ? {} : { groupBytes: task.groupBytes };
const keys = texts.map((key) => ({ ...key, secret: fromHex(key.secret) }));
const say = (value: unknown) =>
  console.log(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}` : each)));
let register: Register | undefined;
try {
  register = await Register.reach({ rpc: [rpc], token, ledger, confirmations: 0 }, job.folder);
  const hands = { register, keys, tell: (event: string, values = {}) => say({ event, at: Date.now(), ...values }) };
  for (const step of steps) {
    if (step === "run") say({ step, ...(await runWave(job, hands, options)) });
    else if (step === "rebuild") say({ step, ...(await rebuildJournal(job, hands)) });
    else if (step === "close") say({ step, end: (await closeWave(job, hands)).end });
    else if (step === "activate") say({ step, end: (await activateWave(job, hands, [])).end });
    else if (step === "finalise") say({ step, end: (await finaliseWave(job, hands)).end });
    else say({ step, end: (await rollBackWave(job, hands)).end });
  }
} catch (error) {
  say({ fault: error instanceof Fault ? error.code : String(error), message: (error as Error).message });
  process.exitCode = 1;
}
await register?.close();
