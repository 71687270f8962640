import http from "node:http";

/** A number of clients, each with a connection of its own that stays open, who ask one thing after the other. */
export class Load {
  readonly clients: number;
  readonly #agent: http.Agent;

  constructor(clients: number) {
    this.clients = clients;
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  }

  /** Asks once, reads the whole answer, and gives its status. */
  ask(url: string, payload?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const given = payload === undefined ? { method: "GET" } : { method: "POST", headers: json };
      const request = http.request(url, { ...given, agent: this.#agent }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode ?? 0));
      });
      request.on("error", reject).end(payload);
    });
  }

  /** Runs lists of tasks, each list in its order, as many lists at a time as there are clients; a task tells success. */
  async run(lists: readonly (readonly (() => Promise<boolean>)[])[]): Promise<Figures> {
    const times: number[] = [];
    let [failed, next] = [0, 0];
    const start = performance.now();
    await Promise.all(
      Array.from({ length: this.clients }, async () => {
        while (next < lists.length) {
          for (const task of lists[next++]!) {
            const begun = performance.now();
            if (!(await task())) failed++;
            times.push(performance.now() - begun);
          }
        }
      }),
    );
    return figuresOf(times, failed, (performance.now() - start) / 1000);
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** @param times of each request, in milliseconds, in any order */
export function figuresOf(times: number[], failed: number, seconds: number): Figures {
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { count: times.length, failed, seconds, p50: at(0.5), p99: at(0.99) };
}

/** Times in milliseconds. */
export type Figures = { count: number; failed: number; seconds: number; p50: number; p99: number };

export function inWords({ count, failed, seconds, p50, p99 }: Figures): string {
  const rate = (count / seconds).toFixed(0);
  const faults = failed === 0 ? "" : `; ${failed} of ${count} FAILED`;
  return `${rate}/s, p50 ${p50.toFixed(p50 < 10 ? 1 : 0)} ms, p99 ${p99.toFixed(p99 < 10 ? 1 : 0)} ms${faults}`;
}

const json = { "content-type": "application/json" };
