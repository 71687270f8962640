import { readFileSync } from "node:fs";
import { loadavg } from "node:os";

/** Time, processor time and memory of what is measured, without what is done between. */
export class Stopwatch {
  static #own = 0;
  static {
    setInterval(() => {
      Stopwatch.#own = Math.max(Stopwatch.#own, ownMemory());
    }, 50).unref();
  }
  #milliseconds = 0;
  #processor = 0;

  async during<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const before = process.cpuUsage();
    try {
      return await work();
    } finally {
      this.#milliseconds += performance.now() - start;
      const { user, system } = process.cpuUsage(before);
      this.#processor += (user + system) / 1_000;
    }
  }

  /**
   * A row of the table; `count` of what a second is told. Memory is that of the process, at most so far, in MiB: its own,
   * and with the files that are mapped into it, which the system takes back when it is short of memory.
   */
  tell(what: string, count: number): void {
    const rate = (milliseconds: number) => Math.round((count * 1_000) / milliseconds);
    const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(1);
    const memory = Math.round(process.resourceUsage().maxRSS / 1_024);
    console.log(
      `| ${what} | ${seconds(this.#milliseconds)} s, ${rate(this.#milliseconds)}/s; processor ${seconds(this.#processor)} s, ${rate(this.#processor)}/s; at most ${Math.round(Stopwatch.#own)} MB, ${memory} MB with mapped files; load ${loadavg()[0]!.toFixed(1)} |`,
    );
  }
}

/** Where the system does not tell them apart: with what is mapped. */
function ownMemory(): number {
  if (process.platform !== "linux") return process.memoryUsage.rss() / 2 ** 20;
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1_024;
}
