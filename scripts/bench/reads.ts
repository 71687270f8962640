import { ocidOf, signed } from "./entries.ts";
import { machine, type Register, withRegister } from "./gateway.ts";
import { figuresOf, inWords, Load } from "./load.ts";

type Package = { releases: unknown[]; links?: { next?: string } };

/**
 * Reads over HTTP from a register of `count` contracts: records by ocid and pages of releases by many at once; the first
 * and the last page of what a filter gives, each asked fifty times; a crawl of everything; and 1,200 people at work.
 */
export async function reads({ count, clients }: { count: number; clients: number }): Promise<void> {
  const load = new Load(clients);
  await withRegister(load, async (register) => {
    const { url } = register;
    await fill(register, load, count);
    const entries = await register.entries();
    console.log(machine());
    console.log(`| releases in the register | ${entries} |`);

    const many = async (what: string, by: Load, times: number, address: (i: number) => string) => {
      const tasks = Array.from({ length: times }, (_, i) => [async () => (await by.ask(address(i))) === 200]);
      const figures = await by.run(tasks);
      console.log(`| ${what} | ${inWords(figures)} |`);
      if (figures.failed > 0) process.exitCode = 1;
    };
    const any = (i: number) => encodeURIComponent(ocidOf((i * 7_919) % count));
    await many(`record by ocid, ${clients} clients`, load, 20_000, (i) => `${url}/api/v1/records/${any(i)}`);
    const starts = await startsOf(`${url}/api/v1/releases?limit=100`);
    await many("page of 100 releases, 20 clients", new Load(20), 2_000, (i) => starts[(i * 31) % starts.length]!);

    for (const query of [
      "limit=100",
      "limit=100&agency=ID-PRS-DPUPR",
      "limit=100&supplier=ID-PRS-S-0002&agency=ID-PRS-DPUPR&tag=contract",
      "limit=100&since=2020-01-01T00:00:00Z",
    ]) {
      const first = `${url}/api/v1/releases?${query}`;
      const start = performance.now();
      let [last, found] = [first, 0];
      for (let next: string | undefined = first; next !== undefined; ) {
        const { releases, links }: Package = await page(next);
        found += releases.length;
        if (releases.length === 100) last = next;
        next = links?.next;
      }
      const crawl = (performance.now() - start) / 1000;
      const [one, end] = [await median(first), await median(last)];
      const pages = `first page ${one.toFixed(1)} ms, last full page ${end.toFixed(1)} ms (${(end / one).toFixed(2)} ×)`;
      console.log(`| ${query} | ${pages}; all ${found} in ${crawl.toFixed(1)} s |`);
      if (found !== entries) process.exitCode = 1;
    }

    await atWork(register, count);
  });
  load.close();
}

/** Records contracts, `count` of them. */
export async function fill(register: Register, load: Load, count: number, from = 0): Promise<void> {
  const address = `${register.url}/api/v1/submissions?wait=60000`;
  for (let done = 0; done < count; done += 2_000) {
    const numbers = Array.from({ length: Math.min(2_000, count - done) }, (_, i) => from + done + i);
    const payloads = numbers.map((number) => signed(register.separator, register.seen, number));
    await load.run(payloads.map((payload) => [async () => (await load.ask(address, payload)) === 201]));
    process.stderr.write(`\r${done + numbers.length} of ${count} recorded`);
  }
  process.stderr.write("\n");
}

/** 1,200 people at once, a request every second each: records, searches, and one in twenty submits a contract. */
async function atWork(register: Register, count: number): Promise<void> {
  const people = 1_200;
  const [rounds, pause] = [10, 1_000];
  const crowd = new Load(people);
  const { url, separator, seen } = register;
  const submission = `${url}/api/v1/submissions?wait=60000`;
  const lists = Array.from({ length: people }, (_, person) => {
    const writes = person % 20 === 0;
    return Array.from({ length: rounds }, (_, round) => {
      const number = person * rounds + round;
      const payload = writes ? signed(separator, seen, 5_000_000 + number) : undefined;
      const ocid = encodeURIComponent(ocidOf((number * 7_919) % count));
      const search = `${url}/api/v1/releases?limit=20&supplier=ID-PRS-S-0002`;
      return async () =>
        payload !== undefined
          ? (await crowd.ask(submission, payload)) === 201
          : (await crowd.ask(number % 3 === 0 ? search : `${url}/api/v1/records/${ocid}`)) === 200;
    });
  });
  // people think between two requests: what is timed is the request alone
  const times: number[] = [];
  let failed = 0;
  await Promise.all(
    lists.map(async (tasks, person) => {
      await sleep((person * pause) / people);
      for (const task of tasks) {
        const begun = performance.now();
        if (!(await task())) failed++;
        const took = performance.now() - begun;
        times.push(took);
        await sleep(Math.max(0, pause - took));
      }
    }),
  );
  const { p50, p99, count: asked } = figuresOf(times, failed, 0);
  console.log(
    `| ${people} people, a request a second each, 5 % submissions | p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${failed} failed of ${asked} |`,
  );
  crowd.close();
  if (failed > 0) process.exitCode = 1;
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

async function page(address: string): Promise<Package> {
  return (await (await fetch(address)).json()) as Package;
}

/** Addresses of all pages. */
async function startsOf(first: string): Promise<string[]> {
  const starts: string[] = [];
  for (let next: string | undefined = first; next !== undefined; next = (await page(next)).links?.next)
    starts.push(next);
  return starts;
}

async function median(address: string): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 50; i++) {
    const start = performance.now();
    await (await fetch(address)).arrayBuffer();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[25]!;
}
