import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Integrations } from "../../server/integrations/integrations.ts";
import { parseConnectors } from "../../server/integrations/settings.ts";
import { openIntegrations } from "../../server/open-integrations.ts";
import { aPackage, SATKER } from "../integrations/procurement/feeds.ts";
import { OPERATOR, type Running, until } from "./world.ts";

const SETS = ["announcement", "sppbj"] as const;
const YAML = `
apiVersion: prasasti/connectors/v1
agencies: [{ id: ID-PRS-DPUPR, codes: ["${SATKER}"], stem: ocds-213czf-dpupr }]
sources: { feeds: { engine: json, path: "in/*.json" } }
jobs:
${SETS.map((set) => `  - { id: ${set}, source: feeds, table: ${set}, sink: procurement, map: isb-nontender-${set} }`).join("\n")}
`;

/** The thread of the integrations beside a tested gateway, with proposals of two packages, one of a supplier nobody knows. */
export class ProposalsHere {
  readonly integrations: Integrations;
  readonly #folder: string;

  private constructor(integrations: Integrations, folder: string) {
    this.integrations = integrations;
    this.#folder = folder;
  }

  static async open(running: Running): Promise<ProposalsHere> {
    const folder = await mkdtemp(path.join(tmpdir(), "prasasti-proposals-"));
    await mkdir(path.join(folder, "in"));
    const packages = [
      aPackage({ key: "70000001", supplier: "PT Tidak Dikenal" }),
      aPackage({ key: "70000002", supplier: "CV Sumber Batu Mandiri (contoh)" }),
    ];
    for (const set of SETS)
      await writeFile(path.join(folder, "in", `${set}.json`), JSON.stringify(packages.flatMap((each) => each[set])));
    const read = parseConnectors(YAML, "connectors.yaml");
    if ("faults" in read) throw new Error(JSON.stringify(read.faults));
    const connectors = { file: "connectors.yaml", folder, settings: read.settings };
    return new ProposalsHere(await openIntegrations(running.services, connectors), folder);
  }

  /** Reads both feeds; the gateway must have been told of the integrations. */
  async read({ app }: Running): Promise<void> {
    const headers = { authorization: `Bearer ${OPERATOR}` };
    for (const set of SETS) {
      const url = `/api/v1/connectors/${set}`;
      await app.inject({ method: "POST", url: `${url}/runs`, headers, payload: {} });
      const state = async () => (await app.inject({ url, headers })).json().state;
      await until(`${set} has run`, async () => (await state()) !== "running");
    }
  }

  async close(): Promise<void> {
    await this.integrations.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

const NONE = "0".repeat(32);
/** Every route of proposals, with what it is asked: in an order in which each is answered by the ids of a list. */
export const PROPOSAL_ROUTES: readonly { route: string; payload?(ids: readonly string[]): object }[] = [
  { route: "GET /api/v1/connectors/proposals" },
  { route: "GET /api/v1/connectors/proposals/waiting" },
  { route: "GET /api/v1/connectors/proposals/matched" },
  { route: "GET /api/v1/connectors/proposals/:id" },
  { route: "POST /api/v1/connectors/proposals/take", payload: ([first = NONE]) => ({ ids: [first] }) },
  { route: "POST /api/v1/connectors/proposals/release", payload: ([first = NONE]) => ({ ids: [first] }) },
  {
    route: "POST /api/v1/connectors/proposals/suppliers",
    payload: () => ({ key: "name:TIDAK DIKENAL", supplier: "ID-PRS-S-0001" }),
  },
  { route: "POST /api/v1/connectors/proposals/:id/drop", payload: () => ({ reason: "paket dibatalkan" }) },
];

export const proposalUrl = (route: string, [first = NONE]: readonly string[] = []) =>
  route.split(" ")[1]!.replace(":id", first);
