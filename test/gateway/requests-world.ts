import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { idOf, type Terms } from "../../server/domain/entries/entry.ts";
import { Kind } from "../../server/domain/entries/kinds.ts";
import { IntegrationsHere } from "./integrations-world.ts";
import { type Choices, contractTerms, now, posted, type Running, signedIn } from "./world.ts";

const YAML = `
apiVersion: prasasti/connectors/v1
agencies: [{ id: ID-PRS-DPUPR, name: "Dinas PUPR", codes: ["1.03"], stem: ocds-213czf-dpupr }]
requests: [{ agency: ID-PRS-DPUPR, folder: out }]
`;
const DAY = 86_400;

/** The lines of a bank file. */
export const BANK_FILE = [
  { party: "ID-PRS-DPUPR", account: "0019988776655", bank: "110" },
  { party: "ID-PRS-S-0001", account: "0012345678901", bank: "BBRIIDJA" },
];

/** The real thread of the integrations beside a tested gateway, with a folder that the treasury fetches from. */
export class RequestsHere extends IntegrationsHere {
  static async open(running: Running): Promise<RequestsHere> {
    return new RequestsHere(await IntegrationsHere.beside(running, { yaml: YAML }));
  }

  /** Files that lie in the treasury's folder, in the order of their names. */
  async files(): Promise<string[]> {
    const names = (await readdir(path.join(this.folder, "out"))).filter((name) => !name.startsWith("."));
    return Promise.all(names.sort().map((name) => readFile(path.join(this.folder, "out", name), "utf8")));
  }
}

/** A contract with a certificate of ten million, of this gateway; its ocid. */
export async function certifiedContract({ app, services }: Running): Promise<string> {
  const submit = async (choices: Choices) => {
    const { payload } = posted(services.separator, services.register().seen, choices);
    const answer = (await app.inject({ method: "POST", url: "/api/v1/submissions?wait=10000", payload })).json();
    if (answer.state !== "final") throw new Error(JSON.stringify(answer));
    return answer;
  };
  const on = now() - 2 * DAY;
  const { ocid } = await submit({ terms: { ...contractTerms(), on } });
  const accepted: Terms = { code: 4, currency: "IDR", amount: 10_000_000_00n, on };
  await submit({ ocid, kind: Kind.implementation, terms: { code: 1, on } });
  await submit({ ocid, kind: Kind.implementation, terms: accepted });
  const view = (await app.inject({ url: `/api/v1/processes/${ocid}` })).json();
  const basis = view.contracts["K-1"].executionHead;
  const terms: Terms = { currency: "IDR", amount: 10_000_000_00n, documentKey: idOf("BAP-1"), on };
  const milestones = [{ documentNumber: "BAP-1" }];
  const body = { contracts: [{ id: "K-1", implementation: { milestones } }] };
  await submit({ ocid, kind: Kind.certificate, basis, terms, body });
  return ocid;
}

export const REQUEST_ROUTES = [
  "POST /api/v1/payment-requests/prepare",
  "POST /api/v1/payment-requests/hand-over",
  "GET /api/v1/payment-requests",
  "GET /api/v1/payment-requests/files",
  "POST /api/v1/payment-requests/acknowledgements",
] as const;

export type RequestAsked = { url: string; payload?: object | string; headers?: Record<string, string> };

/** How each of these routes is asked. @param answered the message that the bank's answer is about */
export function requestAsked(route: string, agency: string, ocid: string, answered = "NONE"): RequestAsked {
  const url = route.split(" ")[1]!;
  const at = `${url}?agency=${agency}`;
  switch (route) {
    case "POST /api/v1/payment-requests/prepare":
      return { url, payload: { ocid } };
    case "POST /api/v1/payment-requests/hand-over":
      return { url, payload: { agency, executeOn: "2026-11-30", accounts: BANK_FILE } };
    case "POST /api/v1/payment-requests/acknowledgements":
      return { url: at, payload: answerOf(answered), headers: { "content-type": "application/xml" } };
    default:
      return { url: at };
  }
}

/** The bank takes all of a file. */
function answerOf(message: string): string {
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>B-1</MsgId><CreDtTm>2026-11-30T09:00:00+07:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${message}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>ACCP</GrpSts></OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>`;
}

/** The headers of somebody who is signed in. */
export const bearerOf = async (running: Running, key?: string, holder?: string) => ({
  authorization: `Bearer ${await signedIn(running, key, holder)}`,
});
