import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Client } from "../../server/cli/client.ts";
import { sandboxKey } from "../../server/cli/key.ts";
import { operatorOf } from "../../server/cli/operator.ts";
import { Register } from "../../server/cli/register.ts";
import type { Run } from "../../server/domain/connectors.ts";
import { json, publisher } from "../../test/integrations/feeds/fault-server.ts";
import { LEGACY } from "../../test/migration/samples.ts";
import { Gateway, temporaryFolder } from "../../test/operations/prasasti.ts";
import { machine } from "./gateway.ts";

const CONNECTORS = "/api/v1/connectors";
const PROPOSALS = `${CONNECTORS}/proposals?limit=1`;
const FEEDS = "isb-lkpp-kab-bandung-2025";
type Row = Record<string, unknown>;

/** A feed `copies` times over, each copy of packages and plans of its own. */
function copied(rows: readonly Row[], copies: number): Row[] {
  const isKey = (name: string) => /^kd_(?:tender|nontender|rup|paket)/.test(name);
  return Array.from({ length: copies }, (_, copy) =>
    rows.map((row) =>
      copy === 0
        ? row
        : Object.fromEntries(
            Object.entries(row).map(([name, value]) =>
              isKey(name) && value !== null && value !== "" ? [name, `${value}${copy}`] : [name, value],
            ),
          ),
    ),
  ).flat();
}

const memoryOf = (pid: number, what: "VmHWM" | "VmRSS") =>
  Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024);

/** The real feeds of one regency, `count` times over, as `prasasti connect run` reads them: gateway and publisher over HTTP. */
export async function connect({ count }: { count: number }): Promise<void> {
  if (LEGACY === "") throw new Error("PRASASTI_SAMPLES names the folder of the samples");
  const feeds = new Map<string, string>();
  for (const file of readdirSync(path.join(LEGACY, FEEDS)).sort()) {
    const rows = JSON.parse(readFileSync(path.join(LEGACY, FEEDS, file), "utf8")) as Row[];
    feeds.set(`/${file.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`, JSON.stringify(copied(rows, count)));
  }
  await using source = await publisher(({ path: asked }, response) => json(response, feeds.get(asked)));
  await using folder = await temporaryFolder();
  const jobs = [...feeds.keys()].map((name) => name.slice(1));
  const connectors = {
    apiVersion: "prasasti/connectors/v1",
    agencies: [{ id: "ID-PRS-DPUPR", codes: ["0"], stem: "ocds-213czf-dpupr" }],
    sources: Object.fromEntries(jobs.map((job) => [job, { engine: "isb", url: `${source.url}/${job}` }])),
    jobs: jobs.map((job) => ({ id: job, source: job, sink: "procurement", agency: "ID-PRS-DPUPR" })),
  };
  const file = path.join(folder.path, "connectors.yaml");
  await writeFile(file, JSON.stringify(connectors));
  const data = path.join(folder.path, "data");
  await using gateway = await Gateway.start(data, undefined, { PRASASTI_CONNECTORS: file });
  const operator = await operatorOf({ data, url: gateway.url, lang: "en" }, 60_000);
  const officer = sandboxKey("ppk-pu");
  const register = await Register.open(new Client(gateway.url));
  const reader = new Client(gateway.url, { token: await register.tokenOf(officer) });
  await reader.get(PROPOSALS);
  console.log(machine());
  await pause(5_000);
  const idle = memoryOf(gateway.pid, "VmRSS");
  // what it took to start is forgotten: the most is counted anew
  await writeFile(`/proc/${gateway.pid}/clear_refs`, "5");
  for (const time of ["first time", "again"]) {
    const start = performance.now();
    const sum = { read: 0, drafted: 0, setAside: 0 };
    for (const job of jobs) {
      let run = await operator.post<Run>(`${CONNECTORS}/${job}/runs`, {});
      for (; run.state === "running"; await pause(20))
        run = await operator.get<Run>(`${CONNECTORS}/${job}/runs/${run.number}`);
      if (run.state !== "done") throw new Error(`${job}: ${JSON.stringify(run)}`);
      for (const name of ["read", "drafted", "setAside"] as const) sum[name] += run[name];
    }
    const read = performance.now() - start;
    let total = -1;
    for (let before = -2; before !== total; await pause(500)) {
      before = total;
      ({ total } = await reader.get<{ total: number }>(PROPOSALS));
    }
    const whole = performance.now() - start - 500;
    const rate = (milliseconds: number) =>
      `${(milliseconds / 1_000).toFixed(1)} s, ${Math.round((sum.read * 1_000) / milliseconds)}/s`;
    console.log(
      `| ${time}: ${sum.read} rows of ${jobs.length} feeds, ${sum.drafted} new, ${sum.setAside} set aside | ${rate(read)}; with ${total} proposals ${rate(whole)}; load ${loadavg()[0]!.toFixed(1)} |`,
    );
  }
  console.log(`| gateway at most, idle before | ${memoryOf(gateway.pid, "VmHWM")} MB, ${idle} MB |`);
  await gateway.stop();
}
