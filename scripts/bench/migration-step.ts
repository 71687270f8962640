import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Job } from "../../migration/load/job.ts";
import { Register } from "../../migration/load/register.ts";
import { type Hands, runWave } from "../../migration/load/run-wave.ts";
import { verifyWave } from "../../migration/load/verify-wave.ts";
import { historyOfWave, waveOnChain } from "../../migration/load/wave-on-chain.ts";
import { activateWave, closeWave, rollBackWave } from "../../migration/load/wave-stages.ts";
import { readPlan } from "../../migration/plan/read-plan.ts";
import { profile } from "../../migration/profile/profile.ts";
import { openSource } from "../../migration/sources/open-source.ts";
import { readStage, stage, stageFolder } from "../../migration/stage/stage.ts";
import { openWave } from "../../migration/stage/wave-input.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import { idOf } from "../../server/domain/entries/entry.ts";
import { fromHex, type Hex, toHex } from "../../server/domain/entries/words.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { type Call, Sender } from "../../server/ledger/sender.ts";
import { AGENCIES, WAVE } from "./migration-project.ts";

// One step of a migration in a process of its own, so that its memory and processor time are its own:
// `migration-step.ts <file>` with a task as JSON. Prints what is told meanwhile, and at the end figures.

export type ChainPlace = {
  rpc: string;
  token: string;
  ledger: Hex;
  keys: (Omit<Hands["keys"][number], "secret"> & { secret: Hex })[];
};
export type Task = {
  step: "profile" | "copy" | "stage" | "open" | "run" | "calls" | "bare" | "verify" | "close" | "rollback";
  project: string;
  /** folder of this try at loading */
  work?: string;
  chain?: ChainPlace;
};
/** What a step came to; times in seconds, memory in bytes. */
export type Figures = { rows: number; seconds: number; cpu: number; rss: number; [more: string]: number };

const task = JSON.parse(await readFile(process.argv[2]!, "utf8")) as Task;
const { project, work = project } = task;
const say = (value: unknown) =>
  console.log(JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}` : each)));
const steps: Record<Task["step"], () => Promise<Record<string, number>>> = {
  async profile() {
    const source = await payments();
    const { rows } = await profile(source, "payments");
    await source.close();
    return { rows };
  },

  /** The same rows from the same reader, written as JSON lines: nothing is mapped, hashed or kept account of. */
  async copy() {
    const source = await payments();
    const [table] = await source.tables();
    const names = table!.columns.map(({ name }) => name);
    const out = createWriteStream(join(project, "copy.ndjson"));
    let count = 0;
    for await (const rows of source.rows("payments")) {
      const lines = rows.map(
        ({ values }) => `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, values[at]])))}\n`,
      );
      count += rows.length;
      if (!out.write(lines.join(""))) await new Promise((resolve) => out.once("drain", resolve));
    }
    out.end();
    await finished(out);
    await source.close();
    return { rows: count };
  },

  async stage() {
    const { input, close } = await openWave(project, WAVE);
    const { staged, blocked } = await stage(input);
    await close();
    const { read, migrated } = staged.counts;
    if (blocked || read !== migrated) throw new Error(`${migrated} of ${read} rows are staged`);
    return { rows: read, entries: staged.lots.reduce((sum, { tier, rows }) => sum + (tier === "C" ? 0 : rows), 0) };
  },

  /** Everything before the rows: the wave is open, its lots are accepted, and its window is over. */
  open: () =>
    onChain(async (job, hands) => {
      const end = await runWave({ ...job, window: { start: 0, end: 0 } }, hands);
      if (end.end !== "stopped") throw new Error(`opening the wave ended as ${end.end}`);
      return { rows: end.loaded };
    }),

  run: () =>
    onChain(async (job, hands) => {
      let since = performance.now();
      const tell: Hands["tell"] = (event, values = {}) => {
        // what comes after the last lot is the rows
        if (event === "lots") since = performance.now();
        if (event === "lots" || event === "rows" || event === "trouble") say({ event, ...values });
      };
      const end = await runWave(job, { ...hands, tell });
      if (end.end !== "loaded") throw new Error(`loading ended as ${end.end}`);
      return { rows: end.loaded, rowSeconds: (performance.now() - since) / 1000 };
    }),

  /** Writes down the calls that brought the rows, block by block: of those that succeeded. */
  calls: () =>
    onChain(async (job, { register }) => {
      const { openedAt } = await historyOfWave(register, (await waveOnChain(register, job.id))!.number);
      const selector = interfaceOf("Ledger").getFunction("submit")!.selector;
      const groups: { data: string; gas: number }[][] = [];
      for (let block = openedAt; block <= (await register.height()); block++) {
        const found = (await register.chain.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, true])) as {
          transactions: { hash: string; to: string | null; input: string; gas: string }[];
        };
        const calls: { data: string; gas: number }[] = [];
        for (const { hash, to, input, gas } of found.transactions) {
          if (to?.toLowerCase() !== register.places.Ledger || !input.startsWith(selector)) continue;
          const receipt = (await register.chain.request("eth_getTransactionReceipt", [hash])) as { status: string };
          // what took too much gas went again in halves
          if (receipt.status === "0x1") calls.push({ data: input, gas: Number(gas) });
        }
        if (calls.length > 0) groups.push(calls);
      }
      await writeFile(join(project, "calls.json"), JSON.stringify(groups));
      return { rows: groups.flat().length };
    }),

  /** Sends the calls that another chain has taken from the loader, and does nothing else. */
  bare: () =>
    onChain(async (job, { register }) => {
      const groups = (
        JSON.parse(await readFile(join(project, "calls.json"), "utf8")) as { data: string; gas: number }[][]
      ).map((calls): Call[] =>
        calls.map(({ data, gas }) => ({ to: register.places.Ledger, data: fromHex(data), gas })),
      );
      const { chain, chainId } = register;
      const secret = new Uint8Array(randomBytes(32));
      const nothing = async () => {};
      const sender = new Sender({
        ...{ chain, address: addressOf(secret), ahead: AHEAD, onLost: () => {} },
        sign: (fields) => signTransaction({ chainId, gasPrice: 0, ...fields }, secret).raw,
        outbox: { keep: nothing, kept: async () => [], setAside: nothing },
      });
      await sender.start();
      const since = performance.now();
      const failed = (await Promise.all(groups.map((calls) => sender.send(calls)))).flat().filter(({ ok }) => !ok);
      const rowSeconds = (performance.now() - since) / 1000;
      if (failed.length > 0) throw new Error(`${failed.length} batches failed`);
      return { rows: (await waveOnChain(register, job.id))!.loaded, rowSeconds };
    }),

  verify: () =>
    onChain(async (job, { register, tell }) => {
      const { differences, seconds } = await verifyWave(job, register, tell);
      if (differences.length > 0) throw new Error(`${differences.length} differences: ${differences[0]!.words.en}`);
      return { rows: job.stage.lots.reduce((sum, { rows }) => sum + rows, 0), verifySeconds: seconds };
    }),

  close: () =>
    onChain(async (job, hands) => {
      await closeWave(job, hands);
      const { end } = await activateWave(job, hands, []);
      return { rows: end === "active" ? 1 : 0 };
    }),

  rollback: () =>
    onChain(async (job, hands) => {
      const { register } = hands;
      const before = await register.height();
      const started = performance.now();
      let actSeconds = 0;
      const tell = (event: string) => {
        if (event === "act") actSeconds = (performance.now() - started) / 1000;
      };
      const end = await rollBackWave(job, { ...hands, tell });
      if (end.end !== "rolledBack" || end.verdict.differences.length > 0)
        throw new Error(`rollback ended as ${end.end}`);
      let transactions = 0;
      for (let block = before + 1; block <= (await register.height()); block++) {
        const found = (await register.chain.request("eth_getBlockByNumber", [`0x${block.toString(16)}`, false])) as {
          transactions: unknown[];
        };
        transactions += found.transactions.length;
      }
      return { rows: (await waveOnChain(register, job.id))!.rows, transactions, actSeconds };
    }),
};

/** Groups of batches under way in the bare loop: as many as the loader has on such a chain. */
const AHEAD = 3;

const started = performance.now();
const more = await steps[task.step]();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
say({ figures: { rows: 0, ...more, seconds, cpu: (user + system) / 1e6, rss: process.resourceUsage().maxRSS * 1024 } });

function payments() {
  return openSource(
    { engine: "csv", path: "data/payments.csv", encoding: "utf-8", delimiter: ",", quote: '"' },
    project,
  );
}

/** A try at loading what is staged in the project, with a journal and a register of its own. */
async function onChain(
  doing: (job: Job, hands: Hands) => Promise<Record<string, number>>,
): Promise<Record<string, number>> {
  const { rpc, token, ledger, keys } = task.chain!;
  const plan = await readPlan(project);
  const folder = join(project, ".migrate");
  const place = stageFolder(folder, WAVE, 1);
  const staged = await readStage(place);
  const agencyIn = (id: string) => {
    const { name, stem, head } = AGENCIES.find((each) => each.id === id)!;
    return { id, agency: idOf(id), name, stem, by: { id: head, places: [idOf(id)] } };
  };
  const { read, migrated, merged, excluded, rejected } = staged.counts;
  const job: Job = {
    ...{ project: work, folder: join(work, ".migrate"), wave: WAVE, attempt: 1, id: staged.id },
    plan: { id: plan.id, hash: toHex(new Uint8Array(32).fill(7)) },
    lead: agencyIn(AGENCIES[0]!.id),
    agencies: [...new Set(staged.lots.map(({ agencyId }) => agencyId))].map(agencyIn),
    ...{ after: [], detaches: false, grace: 14 * 86_400, cutOver: staged.cutOver, suppliers: staged.suppliers },
    window: { start: 0, end: Number.MAX_SAFE_INTEGER },
    stage: { folder: place, lots: staged.lots },
    ...{ counts: { read, migrated, merged, excluded, rejected }, reasons: staged.reasons, reverseDelta: "csv" },
  };
  await mkdir(job.folder, { recursive: true });
  const register = await Register.reach({ rpc: [rpc], token, ledger, confirmations: 0 }, job.folder);
  try {
    const opened = keys.map((key) => ({ ...key, secret: fromHex(key.secret) }));
    return await doing(job, { register, keys: opened, tell: () => {} });
  } finally {
    await register.close();
  }
}
