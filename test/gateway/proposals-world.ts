import { aPackage, SATKER } from "../integrations/procurement/feeds.ts";
import { IntegrationsHere } from "./integrations-world.ts";
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
export class ProposalsHere extends IntegrationsHere {
  static async open(running: Running): Promise<ProposalsHere> {
    const packages = [
      aPackage({ key: "70000001", supplier: "PT Tidak Dikenal" }),
      aPackage({ key: "70000002", supplier: "CV Sumber Batu Mandiri (contoh)" }),
    ];
    const files = Object.fromEntries(
      SETS.map((set) => [`in/${set}.json`, JSON.stringify(packages.flatMap((each) => each[set]))]),
    );
    return new ProposalsHere(await IntegrationsHere.beside(running, { yaml: YAML, files }));
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
