import { readFileSync } from "node:fs";
import { occupantOf } from "../../server/store/data-folder.ts";
import { Gateway, temporaryFolder } from "../../test/operations/prasasti.ts";
import { signed } from "./entries.ts";
import { machine, Register } from "./gateway.ts";
import { inWords, Load } from "./load.ts";
import { fill } from "./reads.ts";

/**
 * What an entry costs as the register grows, in time and memory, in ten steps up to `count` contracts; then a restart
 * over what was recorded: how long until it can be read, and until it can be written.
 */
export async function growth({ count, clients }: { count: number; clients: number }): Promise<void> {
  const load = new Load(clients);
  await using folder = await temporaryFolder();
  console.log(machine());
  {
    await using gateway = await Gateway.start(folder.path);
    const register = await Register.over(gateway, load);
    const step = Math.floor(count / 10);
    const first = { entries: 0, memory: 0 };
    for (let i = 0; i < 10; i++) {
      const start = performance.now();
      await fill(register, load, step, i * step);
      const seconds = (performance.now() - start) / 1000;
      const [entries, memory] = [await register.entries(), memoryOf(gateway.pid)];
      if (i === 0) Object.assign(first, { entries, memory });
      const each =
        i === 0 ? "" : `, ${((memory - first.memory) / (entries - first.entries)).toFixed(0)} KB an entry since`;
      console.log(
        `| ${entries} entries | ${(step / seconds).toFixed(0)}/s, signing included; RSS ${(memory / 1024).toFixed(0)} MB${each} |`,
      );
    }
    await gateway.stop();
  }
  load.close();
  await restart(folder.path);
}

async function restart(data: string): Promise<void> {
  const started = performance.now();
  const starting = Gateway.start(data);
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  // what is projected is served while history is replayed, before the start says that it is ready
  for (let read = false; !read; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const address = (await occupantOf(data))?.address;
    const answer = await fetch(`${address}/api/v1/releases?limit=1`).catch(() => undefined);
    read = answer?.status === 200;
    await answer?.arrayBuffer();
  }
  console.log(`| restart: first page of releases | ${seconds()} s |`);
  await using gateway = await starting;
  while ((await fetch(`${gateway.url}/health/ready`)).status !== 200) await new Promise((r) => setTimeout(r, 50));
  const one = new Load(1);
  const register = await Register.over(gateway, one);
  const payload = signed(register.separator, register.seen, 9_000_000);
  const figures = await one.run([
    [async () => (await one.ask(`${gateway.url}/api/v1/submissions?wait=60000`, payload)) === 201],
  ]);
  console.log(`| restart: first entry final | ${seconds()} s (${inWords(figures)}) |`);
  if (figures.failed > 0) process.exitCode = 1;
  one.close();
  await gateway.stop();
}

/** Resident memory of a process in KB. */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
}
