import { Kind } from "../../server/domain/entries/kinds.ts";
import type { ToldPayment } from "../../server/domain/payments/matched-payment.ts";
import { IntegrationsHere } from "./integrations-world.ts";
import { contractTerms, now, OPERATOR, posted, type Running, until } from "./world.ts";

/** The contracts are signed now, and paid on the same day. */
const [YEAR, month, day] = new Date(now() * 1000).toISOString().slice(0, 10).split("-") as [string, string, string];
const TODAY = `${day}/${month}/${YEAR}`;
const YAML = `
apiVersion: prasasti/connectors/v1
agencies:
  - { id: ID-PRS-TIRTARAYA, codes: ["5.02"], stem: ocds-213czf-tirtaraya }
  - { id: ID-PRS-DPUPR, codes: ["1.03"], stem: ocds-213czf-dpupr }
sources: { register: { engine: csv, path: "in/*.csv", encoding: utf-8, delimiter: ";" } }
jobs:
  - { id: sp2d, source: register, sink: payments, map: finance-register, agency: ID-PRS-TIRTARAYA, year: ${YEAR} }
`;
const HEAD = "Nomor SP2D;Tanggal SP2D;Nilai SP2D;Nilai Netto;Kode SKPD;Nomor Kontrak;Uraian;Penerima";
const SUPPLIER = "PT Bangun Jembatan Lestari (contoh)";
/** Contracts of one supplier and the same value: a payment that names none of them could be of any. */
const NUMBERS = [601, 602, 603].map((number) => `SPK-${number}/BM/${YEAR}`);

/** The thread of the integrations beside a tested gateway, with payments that are, may be and are not of its contracts. */
export class PaymentsHere extends IntegrationsHere {
  /** of the contracts that were recorded, in order */
  readonly #ocids: string[] = [];

  static async open(running: Running): Promise<PaymentsHere> {
    const rows = [
      `00001/SP2D-LS/1.03/${YEAR};${TODAY};25.000.000,00;25.000.000,00;1.03;${NUMBERS[0]};Pembayaran ${NUMBERS[0]};${SUPPLIER}`,
      `00002/SP2D-LS/1.03/${YEAR};${TODAY};25.000.000,00;25.000.000,00;1.03;;Pembayaran jalan;${SUPPLIER}`,
      `00003/SP2D-GU/1.03/${YEAR};${TODAY};1.250.000,00;1.250.000,00;1.03;;Konsumsi rapat;Bendahara Pengeluaran`,
    ];
    const files = { "in/register.csv": [HEAD, ...rows, ""].join("\n") };
    const here = new PaymentsHere(await IntegrationsHere.beside(running, { yaml: YAML, files }));
    for (const number of NUMBERS) await here.#contract(number);
    return here;
  }

  async #contract(number: string): Promise<void> {
    const { app, services } = this.running;
    const { payload } = posted(services.separator, services.register().seen, {
      kind: Kind.contract,
      terms: contractTerms(25_000_000_00n),
      body: { contracts: [{ id: "K-1", title: `Pemeliharaan jalan ${number}`, documentNumber: number }] },
    });
    const url = "/api/v1/submissions?wait=10000";
    const answer = (await app.inject({ method: "POST", url, payload })).json();
    if (answer.state !== "final") throw new Error(JSON.stringify(answer));
    this.#ocids.push(payload.entry.ocid);
  }

  /** Reads the register and matches it; the gateway must have been told of the integrations. */
  async read(treasurer: Record<string, string>): Promise<void> {
    const { app } = this.running;
    const headers = { authorization: `Bearer ${OPERATOR}` };
    const url = "/api/v1/connectors/sp2d";
    await app.inject({ method: "POST", url: `${url}/runs`, headers, payload: {} });
    await until("the register is read", async () => (await app.inject({ url, headers })).json().state !== "running");
    const of = { url: "/api/v1/payments", headers: treasurer };
    await until("payments are matched", async () => {
      await app.inject({ ...of, method: "POST", url: `${of.url}/match` });
      const { payments } = (await app.inject(of)).json();
      // both contracts are known once the doubtful one may be of either
      const isOf = (wanted: string, candidates: number) => (each: ToldPayment) =>
        each.state === wanted && each.candidates.length >= candidates;
      return payments.length === 3 && payments.some(isOf("certain", 0)) && payments.some(isOf("doubtful", 2));
    });
  }

  /** The payment that matching left to a person, the one that it is certain of, and that one's proposal. */
  async ids(treasurer: Record<string, string>): Promise<{ id: string; certain: string; proposal: string }> {
    const told = async (what: string) =>
      (await this.running.app.inject({ url: `/api/v1/payments${what}`, headers: treasurer })).json();
    const { payments } = await told("");
    const idOf = (wanted: string): string => payments.find(({ state }: { state: string }) => state === wanted).id;
    return { id: idOf("doubtful"), certain: idOf("certain"), proposal: (await told("/proposals")).proposals[0].id };
  }

  /** What each route is asked: of the payment that matching left to a person. */
  asked(route: string, { id = NONE, proposal = NONE }: { id?: string; proposal?: string } = {}) {
    const url = route.split(" ")[1]!.replace(":id", id);
    const { payload } = PAYMENT_ROUTES.find((each) => each.route === route)!;
    const query = url.endsWith("/contracts") ? "?text=jalan" : "";
    return { url: url + query, payload: payload?.({ ocid: this.#ocids[1]!, proposal }) };
  }
}

const NONE = "0".repeat(32);
type Ids = { ocid: string; proposal: string };
/** Every route of payments, with what it is asked, in an order in which each is answered. */
export const PAYMENT_ROUTES: readonly { route: string; payload?(ids: Ids): object }[] = [
  { route: "POST /api/v1/payments/match" },
  { route: "GET /api/v1/payments" },
  { route: "GET /api/v1/payments/queue" },
  { route: "GET /api/v1/payments/contracts" },
  { route: "GET /api/v1/payments/returns" },
  { route: "GET /api/v1/payments/:id" },
  { route: "GET /api/v1/payments/proposals" },
  { route: "POST /api/v1/payments/proposals/take", payload: ({ proposal }) => ({ ids: [proposal] }) },
  { route: "POST /api/v1/payments/proposals/give-back", payload: ({ proposal }) => ({ ids: [proposal] }) },
  {
    route: "POST /api/v1/payments/:id/decisions",
    payload: ({ ocid }) => ({ act: "accept", shares: [{ ocid, contractId: "K-1" }], note: "sesuai BAP" }),
  },
];
