import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";
import { makeProject, type ProjectKind, writeContracts, writePayments } from "./migration-project.ts";
import type { ChainPlace, Figures, Task } from "./migration-step.ts";

const SECTIONS = ["profile", "archive", "rows", "resume"] as const;
/** As scripts/prasasti.mjs starts `migrate`, and what else node is to be given, such as --cpu-prof. */
const OPTIONS = [
  "--max-semi-space-size=8",
  "--heap-growing-percent=90",
  ...(process.env.PRASASTI_BENCH_NODE?.split(" ") ?? []),
];
/** Loader and bare loop, in turns. */
const ROUNDS = 2;

/**
 * What a migration takes, on data made up here, all of it in a temporary folder and on the loopback. Each step is a
 * process of its own, and so is the chain. `rows`: payments of an archive, ten times a million with `tenMillion` (which
 * leaves the contracts out: they take as long as before). `count`: contracts in each of tiers A and B. `only`: sections.
 */
export async function migrate(options: {
  count: number;
  rows: number;
  tenMillion: boolean;
  only: string;
}): Promise<void> {
  const { count, tenMillion, only } = options;
  const rows = tenMillion ? 10_000_000 : options.rows;
  const asked = only === "" ? SECTIONS.filter((name) => !tenMillion || name !== "rows") : only.split(",");
  const unknown = asked.filter((name) => !(SECTIONS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new RangeError(`--only takes ${SECTIONS.join(",")}, not ${unknown.join(",")}`);
  await using folder = await temporaryFolder();
  const bench = new Bench(folder.path);
  process.stderr.write(`making up ${rows} payments and ${count} contracts …\n`);
  const data = { payments: join(folder.path, "payments.csv"), contracts: join(folder.path, "contracts.jsonl") };
  await writePayments(data.payments, rows);
  await writeContracts(data.contracts, count);
  const project = async (name: string, kind: ProjectKind) => {
    const place = join(folder.path, name);
    await makeProject(place, data, kind);
    return place;
  };
  console.log(`${machine().replace("measured |", "measured | goal |")}---|`);
  const row = (what: string, figures: string, goal = "") =>
    console.log(`| ${what} | ${figures}; load ${loadavg()[0]!.toFixed(1)} | ${goal} |`);
  const many = rows.toLocaleString("en-US");
  try {
    const archive = await project("archive", { tier: "C", payments: true, contracts: false });
    if (asked.includes("profile")) {
      const figures = await bench.step({ step: "profile", project: archive });
      row(`profile of ${many} rows of 9 columns`, said(figures), "≥ 100,000 rows/s, ≤ 300 MB at 10,000,000 rows");
    }
    if (asked.includes("archive")) {
      const copied = await bench.step({ step: "copy", project: archive });
      row(`${many} rows read and written as JSON lines, nothing else`, said(copied));
      const staged = await bench.step({ step: "stage", project: archive });
      row("the same to lots of tier C: mapped, canonical, hashed, accounted for", said(staged));
      await bench.onChain(async (chain) => {
        const loaded = await bench.step({ step: "run", project: archive, chain: chain.place });
        row("their lots signed and accepted on the chain", said({ ...loaded, rows }));
        const all = {
          ...{ rows, seconds: staged.seconds + loaded.seconds, cpu: staged.cpu + loaded.cpu + chain.cpu() },
          rss: Math.max(staged.rss, loaded.rss),
        };
        row("tier C end to end", `${said(all)} (with the chain's)`, "≥ 25,000 rows/s, ≤ 300 MB at 10,000,000 rows");
        const verified = await bench.step({ step: "verify", project: archive, chain: chain.place });
        row("deep verify of tier C", said({ ...verified, seconds: verified.verifySeconds! }), "≥ 20,000 rows/s");
      });
    }
    await rm(archive, { recursive: true });
    if (asked.includes("rows"))
      for (const tier of ["A", "B"] as const) {
        const place = await project(tier, { tier, payments: false, contracts: true });
        await bench.rows(place, tier, count, row);
        await rm(place, { recursive: true });
      }
    if (asked.includes("resume")) {
      const place = await project("both", { tier: "A", payments: true, contracts: true });
      await bench.resume(place, many, row);
    }
  } finally {
    await bench.end();
  }
}

type Row = (what: string, figures: string, goal?: string) => void;
type OpenChain = { place: ChainPlace; cpu(): number };

/** Runs steps, and chains for them. */
class Bench {
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();
  #count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all([...this.#children].map(ended));
  }

  async step(task: Task): Promise<Figures> {
    const { figures, said } = await this.#run(task);
    if (figures === undefined) throw new Error(`${task.step} ended without figures: ${JSON.stringify(said.at(-1))}`);
    return figures;
  }

  /** @param onSaid told of each line, with seconds since the process was started */
  async #run(
    task: Task,
    env: Record<string, string> = {},
    onSaid: (line: Record<string, unknown>, seconds: number) => void = () => {},
  ): Promise<{ figures: Figures | undefined; said: Record<string, unknown>[] }> {
    const file = join(this.#folder, `task-${++this.#count}.json`);
    if (task.work !== undefined) await mkdir(task.work, { recursive: true });
    await writeFile(file, JSON.stringify(task));
    process.stderr.write(`${task.step} …\n`);
    const started = performance.now();
    const child = this.#spawn(new URL("migration-step.ts", import.meta.url), file, env);
    const said: Record<string, unknown>[] = [];
    const over = ended(child);
    for await (const line of createInterface({ input: child.stdout! })) {
      const value = JSON.parse(line) as Record<string, unknown>;
      said.push(value);
      onSaid(value, (performance.now() - started) / 1000);
    }
    await over;
    return { figures: said.at(-1)?.figures as Figures | undefined, said };
  }

  #spawn(program: URL, argument: string, env: Record<string, string> = {}): ChildProcess {
    const child = spawn(process.execPath, [...OPTIONS, fileURLToPath(program), argument], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.add(child);
    child.once("close", () => this.#children.delete(child));
    return child;
  }

  /** A fresh chain with a register, for as long as `doing` takes. */
  async onChain<T>(doing: (chain: OpenChain) => Promise<T>): Promise<T> {
    const folder = join(this.#folder, `chain-${++this.#count}`);
    const child = this.#spawn(new URL("migration-chain.ts", import.meta.url), folder);
    try {
      const place = await new Promise<ChainPlace>((resolve, reject) => {
        createInterface({ input: child.stdout! }).once("line", (line) => resolve(JSON.parse(line) as ChainPlace));
        child.once("exit", (code) => reject(new Error(`the chain ended with ${code}`)));
      });
      const before = secondsOf(child.pid!);
      return await doing({ place, cpu: () => secondsOf(child.pid!) - before });
    } finally {
      child.kill("SIGKILL");
      await ended(child);
      await rm(folder, { recursive: true });
    }
  }

  /** Rows that the chain takes from the loader, and from a loop that does nothing but send the same. */
  async rows(project: string, tier: "A" | "B", count: number, row: Row): Promise<void> {
    const { entries } = await this.step({ step: "stage", project });
    const what = `${entries!.toLocaleString("en-US")} rows of ${count} contracts, tier ${tier}`;
    const runs: { rate: number; cpu: number; chain: number }[] = [];
    const bares: typeof runs = [];
    for (let round = 0; round < ROUNDS; round++) {
      await this.onChain(async ({ place: chain, cpu }) => {
        const loaded = await this.step({ step: "run", project, work: join(project, `run-${round}`), chain });
        runs.push({ rate: loaded.rows / loaded.rowSeconds!, cpu: loaded.cpu, chain: cpu() });
        if (loaded.rows !== entries) throw new Error(`${loaded.rows} of ${entries} rows are loaded`);
        const work = join(project, `run-${round}`);
        if (round === 0) await this.step({ step: "calls", project, work, chain });
        if (round > 0) return;
        const verified = await this.step({ step: "verify", project, work, chain });
        const figures = { ...verified, rows: entries, seconds: verified.verifySeconds! };
        row(`deep verify of tier ${tier}`, said(figures), "≥ 20,000 rows/s");
      });
      await this.onChain(async ({ place: chain, cpu }) => {
        const work = join(project, `bare-${round}`);
        await this.step({ step: "open", project, work, chain });
        const before = cpu();
        const sent = await this.step({ step: "bare", project, work, chain });
        bares.push({ rate: sent.rows / sent.rowSeconds!, cpu: sent.cpu, chain: cpu() - before });
        if (sent.rows !== entries) throw new Error(`${sent.rows} of ${entries} rows are there`);
      });
    }
    const list = (all: typeof runs) =>
      all.map(({ rate, cpu }) => `${rate.toFixed(0)}/s (CPU ${cpu.toFixed(1)} s)`).join(", ");
    const mean = (all: typeof runs) => all.reduce((sum, { rate }) => sum + rate, 0) / all.length;
    const share = `${((100 * mean(runs)) / mean(bares)).toFixed(0)} %`;
    row(`${what}: loader, bare loop`, `${list(runs)}; ${list(bares)}: ${share}`, "≥ 92 %");
  }

  /** A load that is killed when its archive is done and its entries have begun; and all of it rolled back. */
  async resume(project: string, many: string, row: Row): Promise<void> {
    const { entries } = await this.step({ step: "stage", project });
    await this.onChain(async ({ place: chain }) => {
      const task: Task = { step: "run", project, chain };
      const killed = await this.#run(task, { PRASASTI_FAILPOINT: "load-advanced:4" });
      if (killed.figures !== undefined)
        throw new Error("the load was over before it could be killed: use more contracts");
      const rowsOf = (line: Record<string, unknown>) => (line.event === "rows" ? Number(line.rows) : 0);
      const before = Math.max(...killed.said.map(rowsOf));
      let first = 0;
      const resumed = await this.#run(task, {}, (line, seconds) => {
        if (first === 0 && rowsOf(line) > before) first = seconds;
      });
      if (resumed.figures?.rows !== entries) throw new Error("the load did not go on to its end");
      row(`killed with ${many} rows done; from its start to its first new batch`, `${first.toFixed(1)} s`, "≤ 5 s");
      await this.step({ step: "close", project, chain });
      const back = await this.step({ step: "rollback", project, chain });
      row(
        `rollback of ${(back.rows).toLocaleString("en-US")} rows`,
        `${back.transactions} transaction, in force after ${back.actSeconds!.toFixed(1)} s; with the proof that nothing counts ${back.seconds.toFixed(1)} s`,
        "1 transaction",
      );
    });
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("close", () => resolve()));
}

function said({ rows, seconds, cpu, rss }: Figures): string {
  const rate = Math.round(rows / seconds).toLocaleString("en-US");
  return `${rate} rows/s, ${seconds.toFixed(1)} s, CPU ${cpu.toFixed(1)} s, at most ${(rss / 1e6).toFixed(0)} MB`;
}

/** Processor time of a process until now. */
function secondsOf(pid: number): number {
  // fields 14 and 15 of proc(5), in hundredths of a second; the name before them may have spaces
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
