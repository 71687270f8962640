import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Gateway, temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";
import { inWords, Load } from "./load.ts";

const PASSWORD = "tiga kata yang jarang";

/**
 * Signing in with a password, by `count` people of whom each has an account (by default 1,200), by `clients` at once;
 * then what asking who a token belongs to takes, one after the other. Beside the sign-ins, the gateway is asked for its
 * health twenty times a second: the longest answer shows how long its event loop stood still.
 */
export async function signIns({ count, clients }: { count: number; clients: number }): Promise<void> {
  await using folder = await temporaryFolder();
  await using gateway = await Gateway.start(folder.path);
  const { url } = gateway;
  const operator = (await readFile(join(folder.path, "keys", "operator.token"), "utf8")).trim();
  const post = async (path: string, body: object, token?: string) => {
    const headers = { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(`${url}/api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as Record<string, string> };
  };
  const names = Array.from({ length: count }, (_, i) => `orang-${i}`);
  for (let done = 0; done < count; done += 50) {
    await Promise.all(
      names.slice(done, done + 50).map(async (name) => {
        const { body } = await post("accounts/invitations", { displayName: name, reason: "ukuran" }, operator);
        const token = new URL(body.link!).searchParams.get("token");
        const { status } = await post("accounts/invitations/answers", { token, name, password: PASSWORD });
        if (status !== 201) throw new Error(`${name}: ${status}`);
      }),
    );
    process.stderr.write(`\r${Math.min(count, done + 50)} of ${count} accounts`);
  }
  process.stderr.write("\n");

  const load = new Load(clients);
  const waits: number[] = [];
  let running = true;
  const watch = (async () => {
    while (running) {
      const begun = performance.now();
      await (await fetch(`${url}/health/live`)).arrayBuffer();
      waits.push(performance.now() - begun);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  const tasks = names.map((name) => [
    async () =>
      (await load.ask(`${url}/api/v1/sessions/password`, JSON.stringify({ name, password: PASSWORD }))) === 201,
  ]);
  const begun = performance.now();
  const figures = await load.run(tasks);
  const seconds = (performance.now() - begun) / 1000;
  running = false;
  await watch;
  load.close();
  console.log(machine());
  console.log(
    `| ${count} sign-ins by password, ${clients} at once | ${inWords(figures)}; all in ${seconds.toFixed(1)} s |`,
  );
  const slowest = waits.sort((a, b) => a - b);
  const at = (share: number) => slowest[Math.min(slowest.length - 1, Math.floor(slowest.length * share))]!.toFixed(0);
  console.log(
    `| the gateway's health meanwhile, 20 times a second | p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms |`,
  );
  const { body } = await post("sessions/password", { name: names[0]!, password: PASSWORD });
  const authorization = `Bearer ${body.token}`;
  const times = { who: [] as number[], health: [] as number[] };
  for (let i = 0; i < 2_000; i++)
    for (const [name, path] of [
      ["who", "/api/v1/sessions/current"],
      ["health", "/health/live"],
    ] as const) {
      const start = performance.now();
      await (await fetch(`${url}${path}`, { headers: { authorization } })).arrayBuffer();
      times[name].push(performance.now() - start);
    }
  const median = (list: number[]) => list.sort((a, b) => a - b)[list.length >> 1]!;
  const [who, health] = [median(times.who), median(times.health)];
  console.log(
    `| who a token belongs to, over HTTP one after the other | p50 ${who.toFixed(2)} ms; ${(who - health).toFixed(2)} ms more than a route that asks nothing |`,
  );
  if (figures.failed > 0) process.exitCode = 1;
}
