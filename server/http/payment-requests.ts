import { z } from "zod";
import type { PaymentRequests } from "../actions/payment-requests.ts";
import { DEDUCTION_KINDS } from "../domain/payments/payment-document.ts";
import { REQUEST_STATES } from "../domain/payments/payment-request.ts";
import { amountText, links, words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, moment, type NamesOrganisations, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { day, id, minorUnits, number, organisationText } from "./schemas.ts";

export type PaymentRequestsGateway = NamesOrganisations & { paymentRequests: PaymentRequests };

const deduction = z.object({
  kind: z.enum(DEDUCTION_KINDS),
  name: z.string().min(1).max(200),
  amount: minorUnits,
  billing: z.string().min(1).max(60).optional(),
  ntpn: z.string().min(1).max(60).optional(),
});
const requestId = z.string().regex(/^[0-9a-f]{32}$/);
const reason = z.object({ code: z.string().optional(), text: z.string().optional() });

const request = z.looseObject({
  id: requestId,
  endToEndId: z.string().describe("its name in files and in the bank's answers"),
  attempt: z.int(),
  agency: id,
  ocid: z.string(),
  contractId: z.string(),
  certificate: z.object({ leaf: id, sequence: z.int(), number: z.string().optional(), on: z.string() }),
  payee: z.object({ id, name: z.string() }),
  currency: z.string(),
  payable: amountText.describe("before taxes, as the SP2D counts it"),
  deductions: z.array(deduction),
  transfer: amountText.describe("what the payee is to get"),
  state: z
    .enum(REQUEST_STATES)
    .describe(
      "partlyPaid, paid: the ledger has payments of it; dropped: its certificate was taken back before it went out",
    ),
  preparedAt: moment,
  file: z.string().optional().describe("message id of the file that it stands in"),
  account: z.string().optional().describe("keyed digest of the account; the account itself is kept nowhere"),
  answer: z.object({ status: z.string(), at: moment, reasons: z.array(reason), report: z.string() }).optional(),
  payments: z
    .array(z.object({ leaf: id, sequence: z.int(), amount: amountText }))
    .describe("payments of the ledger, with what each pays of this request"),
  paid: amountText.describe("their sum, less what came back"),
  notes: z.array(words).describe("what somebody should look at"),
});
const file = z.looseObject({
  messageId: z.string(),
  agency: id,
  name: z.string(),
  format: z.string(),
  sha256: z.string(),
  bytes: z.int(),
  requests: z.array(requestId),
  currency: z.string(),
  sum: amountText,
  executeOn: z.string(),
  createdAt: moment,
  state: z.enum(["intended", "written", "handedOver"]),
  handedOverAt: moment.optional(),
});
const left = z.object({ id: z.string(), code: z.string(), words });

const operating = [...asking, "csrf"] as const;
const ROOT = "/api/v1/payment-requests";
/** A bank file of an agency's suppliers: some ten thousand lines. */
const MAX_BANK_FILE = 8 * 1024 * 1024;
const MAX_REPORT = 16 * 1024 * 1024;

/** What an agency asks its treasury to pay, out to the treasury's folder and back by the bank's answer. */
export async function paymentRequestRoutes(
  app: App,
  { paymentRequests, organisationId }: PaymentRequestsGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  unstored(app);
  app.addContentTypeParser(["application/xml", "text/xml"], { parseAs: "buffer" }, (_request, body, done) =>
    done(null, body),
  );
  const read = { config: { permission: "payment-requests.read" } } as const;
  const operate = { config: { permission: "payment-requests.operate" } } as const;
  const tags = ["Payment requests"];
  const ofAgency = z.strictObject({ agency: organisationText });

  app.get(
    ROOT,
    {
      ...read,
      schema: {
        tags,
        summary: "Payment requests of an agency, and where each stands",
        description: "They ask a treasury to pay. Nothing here moves money.",
        querystring: ofAgency.extend({
          state: z.enum(REQUEST_STATES).optional(),
          ocid: z.string().min(1).max(200).optional(),
          after: requestId.optional(),
          limit: number(1, 1_000, 100),
        }),
        security,
        response: { 200: z.object({ requests: z.array(request), links: links.optional() }) },
        problems: asking,
      },
    },
    async (asked) => {
      const { agency, ...filter } = asked.query;
      const found = await paymentRequests.list(myselfOf(asked), { ...filter, agency: organisationId(agency) });
      if (found.next === undefined) return { requests: found.requests } as never;
      const given = Object.entries({ ...asked.query, after: found.next }).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      );
      const next = absolute(asked, `${ROOT}?${new URLSearchParams(given)}`);
      return { requests: found.requests, links: { next } } as never;
    },
  );
  app.get(
    `${ROOT}/files`,
    {
      ...read,
      schema: {
        tags,
        summary: "Files that were handed over, or are on their way",
        querystring: ofAgency,
        security,
        response: { 200: z.object({ files: z.array(file) }) },
        problems: asking,
      },
    },
    async (asked) => (await paymentRequests.files(myselfOf(asked), organisationId(asked.query.agency))) as never,
  );
  app.post(
    `${ROOT}/prepare`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Prepare what a process lets be paid: a request for each certificate in force",
        description:
          "Safe to repeat. `deductions`: what the treasurer takes before the transfer, of a request that nobody outside has seen. `again`: one that the bank rejected is asked for once more, under a new name.",
        body: z.strictObject({
          ocid: z.string().min(1).max(200),
          changes: z
            .array(
              z.strictObject({
                id: requestId,
                deductions: z.array(deduction).max(20).optional(),
                again: z.boolean().optional(),
              }),
            )
            .max(1_000)
            .default([]),
        }),
        security,
        response: { 200: z.object({ requests: z.array(request) }) },
        problems: [...operating, "not-found"],
      },
    },
    async (asked) => {
      const { ocid, changes } = asked.body;
      return (await paymentRequests.prepare(myselfOf(asked), ocid, changes)) as never;
    },
  );
  app.post(
    `${ROOT}/hand-over`,
    {
      ...operate,
      bodyLimit: MAX_BANK_FILE,
      schema: {
        tags,
        summary: "Hand over prepared requests as one file to the treasury's folder, exactly once",
        description:
          "`accounts`: the lines of the agency's bank file, for its payees and for the agency itself; they go into the file that is handed over and are kept nowhere else. What cannot go is `left` with its reason. A crash between any two steps neither loses a request nor hands one over twice; who takes the file twice sees the same message id.",
        body: z.strictObject({
          agency: organisationText,
          ids: z.array(requestId).max(10_000).optional(),
          executeOn: day,
          accounts: z
            .array(
              z.strictObject({
                party: z.string().min(1).max(200),
                account: z.string().max(100),
                bank: z.string().max(100),
                holder: z.string().min(1).max(200).optional(),
              }),
            )
            .max(100_000),
        }),
        security,
        response: {
          200: z.object({
            file: file.optional(),
            left: z.array(left),
            more: z.int().describe("prepared requests that wait for another file: one has 10,000 at most"),
          }),
        },
        problems: operating,
      },
    },
    async (asked) => {
      const { agency, ...more } = asked.body;
      return (await paymentRequests.handOver(myselfOf(asked), { ...more, agency: organisationId(agency) })) as never;
    },
  );
  app.post(
    `${ROOT}/acknowledgements`,
    {
      ...operate,
      bodyLimit: MAX_REPORT,
      schema: {
        tags,
        summary: "Take the bank's answer to a file (pain.002)",
        description:
          "The same answer twice counts once; an older one never goes over a newer. What it says of unknown payments is told in `faults`, and changes nothing. A DOCTYPE is refused.",
        querystring: ofAgency,
        consumes: ["application/xml", "text/xml"],
        body: z.any().describe("the bytes of the file"),
        security,
        response: {
          200: z.object({
            ...{ sha256: z.string(), readAt: moment, messageId: z.string(), original: z.string() },
            group: z.string().optional(),
            applied: z.int().describe("requests that it changed"),
            faults: z.array(z.object({ endToEndId: z.string().optional(), code: z.string(), words })),
          }),
        },
        problems: [...operating, "acknowledgement-unreadable"],
      },
    },
    async (asked) => {
      const content = new Uint8Array((asked.body as Buffer | undefined) ?? []);
      return (await paymentRequests.acknowledge(myselfOf(asked), organisationId(asked.query.agency), content)) as never;
    },
  );
}
