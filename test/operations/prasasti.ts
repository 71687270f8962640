// `prasasti` in processes of their own, and folders for them. None outlives the block that it was made in: `await using`.

import { type ChildProcess, spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Longer than anything here takes: what hangs is killed, so that the run can end. */
const LIMIT = { timeout: 300_000, killSignal: "SIGKILL" } as const;

const main = fileURLToPath(new URL("../../server/main.ts", import.meta.url));

/** The environment without what a developer may have set for himself. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("PRASASTI_")));
}

export type Ended = { exit: number | null; signal: NodeJS.Signals | null; out: string; err: string };

/** Runs `prasasti …` to its end, or until `kill` is aborted; `unread`: nobody reads its standard output. */
export function prasasti(
  args: string[],
  settings: Record<string, string> = {},
  { kill, unread = false }: { kill?: AbortSignal; unread?: boolean } = {},
): Promise<Ended> {
  const env = { ...cleanEnvironment(), LANG: "C", ...settings };
  const child = spawn(process.execPath, [main, ...args], { ...LIMIT, env, stdio: ["ignore", "pipe", "pipe"] });
  kill?.addEventListener("abort", () => child.kill("SIGKILL"));
  if (unread) child.stdout.destroy();
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return new Promise((resolve) => child.once("close", (exit, signal) => resolve({ exit, signal, out, err })));
}

/** A gateway process over a data folder. */
export class Gateway {
  readonly #process: ChildProcess;
  readonly url: string;
  /** Resolves with the signal that ended it, if any. */
  readonly ended: Promise<NodeJS.Signals | null>;

  /** What it printed so far. */
  readonly output: () => string;

  private constructor(child: ChildProcess, url: string, ended: Promise<NodeJS.Signals | null>, output: () => string) {
    this.#process = child;
    this.url = url;
    this.ended = ended;
    this.output = output;
  }

  /**
   * Starts it in the folder `cwd`, on a port of its own unless PRASASTI_PORT names one; rejects with the process's output
   * where it ends before it takes writes. A sandbox admits the page at each new port by an act of its council.
   */
  static async start(
    data: string,
    failpoint?: string,
    settings: Record<string, string> = {},
    cwd = process.cwd(),
    flags: readonly string[] = ["--empty"],
  ): Promise<Gateway> {
    const port = settings.PRASASTI_PORT === undefined ? ["--port", "0"] : [];
    const child = spawn(process.execPath, [main, "serve", "--data", data, ...port, ...flags], {
      ...LIMIT,
      cwd,
      env: { ...cleanEnvironment(), ...settings, ...(failpoint ? { PRASASTI_FAILPOINT: failpoint } : {}) },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise<NodeJS.Signals | null>((resolve) =>
      child.once("exit", (_code, signal) => resolve(signal)),
    );
    let output = "";
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
        if (address) resolve(address);
      });
      void ended.then((signal) => reject(new Error(`the gateway ended before it listened (${signal}): ${output}`)));
    });
    return new Gateway(child, url, ended, () => output);
  }

  get pid(): number {
    return this.#process.pid!;
  }

  kill(): void {
    this.#process.kill("SIGKILL");
  }

  /** Kills it where a test failed before it was stopped. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }

  /** Ends it in order; rejects where it was killed or hangs. */
  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    const signal = await Promise.race([this.ended, pause(20_000, "hangs" as const, { ref: false })]);
    if (signal !== null) throw new Error(`the gateway did not end in order: ${signal}`);
  }
}

/** A folder that is deleted when it is disposed of. */
export type Temporary = AsyncDisposable & { path: string };

export async function temporaryFolder(): Promise<Temporary> {
  const path = await mkdtemp(join(tmpdir(), "prasasti-test-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A free port below those that outgoing connections take, so that it stays free between two starts. */
export async function freePort(): Promise<string> {
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ; port++) {
    const server = createServer().listen(port, "127.0.0.1");
    const free = await new Promise((resolve) =>
      server.once("listening", () => resolve(true)).once("error", () => resolve(false)),
    );
    await new Promise((resolve) => server.close(resolve));
    if (free) return String(port);
  }
}

export async function copyOf(folder: string): Promise<Temporary> {
  const copy = await temporaryFolder();
  await cp(folder, copy.path, { recursive: true });
  return copy;
}
