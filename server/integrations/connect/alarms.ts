import type { Alarm, Drift } from "../../domain/connectors.ts";
import { ProblemError } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Storage } from "../../domain/storage.ts";

const prefixOf = (job: string) => `job/alarm/${job}/`;
const keyOf = ({ job, number }: Pick<Alarm, "job" | "number">) => `${prefixOf(job)}${ordered(number)}`;
const isSame = (a: Drift, b: Drift) =>
  a.kind === b.kind && a.table === b.table && a.column === b.column && a.is === b.is;

/** Alarms of jobs, numbered from 1 in each. */
export class Alarms {
  readonly #storage: Storage;
  readonly #now: () => number;

  constructor(storage: Storage, now: () => number) {
    this.#storage = storage;
    this.#now = now;
  }

  async list(job: string, state: Alarm["state"] | "all" = "open"): Promise<Alarm[]> {
    const found: Alarm[] = [];
    for await (const { value } of this.#storage.range<Alarm>(prefixOf(job)))
      if (state === "all" || value.state === state) found.push(value);
    return found;
  }

  /** Raises those that are not open already; says how many are new. */
  async raise(job: string, run: number, drift: readonly (Drift & { stops: boolean })[]): Promise<number> {
    if (drift.length === 0) return 0;
    const all = await this.list(job, "all");
    const open = all.filter(({ state }) => state === "open");
    let fresh = 0;
    const rows: Alarm[] = [];
    for (const one of drift) {
      const known = open.find((alarm) => (one.kind === "volume" ? alarm.kind === "volume" : isSame(alarm, one)));
      if (known !== undefined) rows.push({ ...known, ...one, lastAt: this.#now(), times: known.times + 1 });
      else {
        const number = all.length + ++fresh;
        rows.push({ ...one, job, number, run, firstAt: this.#now(), lastAt: this.#now(), times: 1, state: "open" });
      }
    }
    await this.#put(rows);
    return fresh;
  }

  /** Ends open alarms that a whole run did not raise again: what drifted is as it was. */
  async end(job: string, run: number, raised: readonly Drift[]): Promise<void> {
    const past = (await this.list(job)).filter(
      (alarm) => alarm.run < run && !raised.some((one) => one.kind === alarm.kind && one.column === alarm.column),
    );
    await this.#put(past.map((alarm) => ({ ...alarm, state: "ended" })));
  }

  /** Marks alarms as accepted. @throws ProblemError unknown-alarm */
  async accept(job: string, numbers: readonly number[] | "all"): Promise<Alarm[]> {
    const open = await this.list(job);
    const wanted = numbers === "all" ? open : open.filter(({ number }) => numbers.includes(number));
    if (wanted.length === 0 || (numbers !== "all" && wanted.length < new Set(numbers).size))
      throw new ProblemError("unknown-alarm", String(numbers), { job });
    await this.#put(wanted.map((alarm) => ({ ...alarm, state: "accepted" })));
    return wanted;
  }

  async #put(alarms: readonly Alarm[]): Promise<void> {
    await this.#storage.put(
      alarms.map((value) => ({ key: keyOf(value), value })),
      { sync: true },
    );
  }
}
