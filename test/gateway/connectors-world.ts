import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { IntegrationsHere } from "./integrations-world.ts";
import { OPERATOR, type Running, until } from "./world.ts";

const YAML = `
apiVersion: prasasti/connectors/v1
sources: { payments: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" } }
jobs:
  - { id: sp2d, name: SP2D of SIMDA, source: payments, sink: payments, schedule: { daily: "02:30" } }
`;

/** The thread of the integrations beside a tested gateway, with one job over a folder of files and a sink that only keeps. */
export class ConnectorsHere extends IntegrationsHere {
  static async open(running: Running): Promise<ConnectorsHere> {
    const program = new URL("../integrations/plain-worker.ts", import.meta.url);
    return new ConnectorsHere(await IntegrationsHere.beside(running, { yaml: YAML, program }));
  }

  /** Puts a file where the job looks for files. */
  async write(text: string): Promise<void> {
    await mkdir(path.join(this.folder, "in"), { recursive: true });
    await writeFile(path.join(this.folder, "in", "a.csv"), text);
  }

  /** The job once its run has ended. */
  async ended() {
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const one = async () => (await this.running.app.inject({ url: "/api/v1/connectors/sp2d", headers })).json();
    await until("it has run", async () => (await one()).state !== "running");
    return one();
  }
}

/** Every route of connectors, with what it is asked: in an order in which each is answered, where `ended` is waited for. */
export const CONNECTOR_ROUTES: readonly { route: string; payload?: object; letter?: true }[] = [
  { route: "POST /api/v1/connectors/:job/test" },
  { route: "POST /api/v1/connectors/:job/runs", payload: {} },
  { route: "GET /api/v1/connectors" },
  { route: "GET /api/v1/connectors/:job" },
  { route: "GET /api/v1/connectors/:job/runs" },
  { route: "GET /api/v1/connectors/:job/runs/:number" },
  { route: "GET /api/v1/connectors/:job/dead-letters" },
  { route: "POST /api/v1/connectors/:job/dead-letters/retry", payload: { letters: "all" } },
  {
    route: "POST /api/v1/connectors/:job/dead-letters/drop",
    payload: { letters: ["0123456789abcdef01234567"], reason: "diketik dua kali" },
    letter: true,
  },
  { route: "GET /api/v1/connectors/:job/contract" },
  { route: "POST /api/v1/connectors/:job/contract", payload: { alarms: "all" } },
  { route: "POST /api/v1/connectors/:job/pause", payload: { reason: "SIMDA dipindahkan" } },
  { route: "POST /api/v1/connectors/:job/resume" },
];

export const connectorUrl = (route: string) => route.split(" ")[1]!.replace(":job", "sp2d").replace(":number", "1");
