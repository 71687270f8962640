import { z } from "zod";
import type { HandedReport, ReconciliationActions, ReportFormat } from "../actions/reconciliation.ts";
import type { SpendingPlan } from "../domain/reconciliation/absorption.ts";
import type { ClosingAct, ClosingDocument } from "../domain/reconciliation/closing.ts";
import { type App, languageOf } from "./app.ts";
import { asking, type NamesOrganisations, reason, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { agencyParam, id, minorUnits, ownSignature, whole } from "./schemas.ts";

export type ReconciliationGateway = NamesOrganisations & { reconciliation: ReconciliationActions };

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const PERIOD = /^\d{4}(-(0[1-9]|1[0-2]))?$/;
const monthOf = z
  .string()
  .regex(MONTH)
  .meta({ examples: ["2026-03"] });
const periodParam = agencyParam.extend({
  period: z
    .string()
    .regex(PERIOD)
    .meta({ examples: ["2026-03"] }),
});
const monthParam = agencyParam.extend({ month: monthOf });
const yearParam = agencyParam.extend({ year: whole(1990, 9999).meta({ examples: [2026] }) });
const reportQuery = z.strictObject({
  format: z.enum(["json", "html", "csv", "xlsx"]).optional().describe("else by Accept; JSON at last"),
  lang: z.enum(["en", "id"]).optional(),
  alone: z.enum(["true", "false"]).default("false").describe("without the agencies below it"),
});

/** A closing document, as the gateway made it; judged by its digest, so it is not described field by field here. */
const closingDocument = z
  .looseObject({
    version: z.literal(1),
    act: z.enum(["close", "reopen"]),
    agency: z.string().max(200),
    hex: id,
    month: monthOf,
    number: z.int().min(1),
    at: z.string().max(40),
    reason: reason.optional(),
  })
  .describe("docs/how-to/reconcile-a-month.md; canonical JSON is what its digest is over");
const closingAct = z
  .strictObject({
    agency: id,
    month: z.int().min(190_001).max(999_912),
    act: z.union([z.literal(1), z.literal(2)]),
    digest: id,
    previous: id,
    holder: id,
    issued: z.int().min(0),
  })
  .describe(
    "EIP-712: Closing(bytes32 agency,uint32 month,uint8 act,bytes32 digest,bytes32 previous,bytes32 holder,uint64 issued)",
  );
const proposal = z.object({ document: closingDocument, act: closingAct });
const kept = z.object({
  document: closingDocument,
  digest: id,
  act: closingAct,
  signature: ownSignature,
  key: z.string(),
  keptAt: z.int(),
});

const report = {
  description: "as asked by `format`",
  content: {
    "application/json": { schema: z.looseObject({}) },
    "text/html": { schema: z.string() },
    "text/csv": { schema: z.string() },
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": { schema: z.string() },
  },
};

const closing = [
  ...asking,
  "step-up-needed",
  "csrf",
  "personal-data",
  "month-not-over",
  "month-closed",
  "month-not-closed",
  "earlier-month-open",
] as const;
const ROOT = "/api/v1/reconciliation/:agency";

type Asking = {
  headers: { accept?: string };
  query: { format?: ReportFormat | undefined; lang?: "en" | "id" | undefined; alone: "true" | "false" };
};

/** Ledger, SP2D and bank held together by month and year; closing of months; obligations; absorption. */
export async function reconciliationRoutes(
  app: App,
  { reconciliation, organisationId }: ReconciliationGateway,
): Promise<void> {
  unstored(app);
  const read = { config: { permission: "reconciliation.read" } } as const;
  const close = { config: { permission: "reconciliation.close" } } as const;
  const tags = ["Reconciliation"];
  const reporting = { tags, querystring: reportQuery, security, response: { 200: report }, problems: asking };
  const asked = (request: Asking & Parameters<typeof languageOf>[0], agency: string) => ({
    agency: organisationId(agency),
    alone: request.query.alone === "true",
    format: formatOf(request),
    language: request.query.lang ?? languageOf(request),
  });
  const hand = (
    reply: {
      type(type: string): typeof reply;
      header(name: string, value: string): typeof reply;
      send(body: unknown): unknown;
    },
    { type, content }: HandedReport,
    name: string,
  ) => {
    const ending = /csv|spreadsheet/.exec(type)?.[0];
    if (ending !== undefined) {
      const file = `${name.replace(/[^\w.-]+/g, "-")}.${ending === "csv" ? "csv" : "xlsx"}`;
      reply.header("content-disposition", `attachment; filename="${file}"`);
    }
    return reply.type(type).send(typeof content === "string" ? content : Buffer.from(content)) as never;
  };

  app.get(
    `${ROOT}/:period`,
    {
      ...read,
      schema: {
        summary: "How ledger, SP2D and bank agree in a month or a year, and why they differ",
        description:
          "Of the agency and those below it. Each difference has one cause of a closed list; the sums of the causes are the differences, to the sen. Says which sources were delivered until when, and claims no more. A closed month is told as it was closed, with what changed since. `csv`: all differences; `xlsx`: balance, causes, accounts, differences, sources.",
        params: periodParam,
        ...reporting,
      },
    },
    async (request, reply) => {
      const { agency, period } = request.params;
      const told = await reconciliation.report(myselfOf(request), { ...asked(request, agency), period });
      return hand(reply, told, `reconciliation-${agency}-${period}`);
    },
  );
  app.get(
    `${ROOT}/:year/year-end`,
    {
      ...read,
      schema: {
        summary:
          "What contracts owe at 31 December: certified and not paid, delivered and not certified, not delivered",
        params: yearParam,
        ...reporting,
      },
    },
    async (request, reply) => {
      const { agency, year } = request.params;
      const on = `${year}-12-31`;
      const told = await reconciliation.yearEnd(myselfOf(request), { ...asked(request, agency), on });
      return hand(reply, told, `obligations-${agency}-${on}`);
    },
  );
  app.get(
    `${ROOT}/:year/absorption`,
    {
      ...read,
      schema: {
        summary: "Planned against paid and built by month, with indicators, agency by agency",
        description:
          "Against the plan that the agency declared, else against one derived from the periods of its contracts, which is said.",
        params: yearParam,
        ...reporting,
      },
    },
    async (request, reply) => {
      const { agency, year } = request.params;
      const told = await reconciliation.absorption(myselfOf(request), { ...asked(request, agency), year });
      return hand(reply, told, `absorption-${agency}-${year}`);
    },
  );
  app.put(
    `${ROOT}/:year/plan`,
    {
      ...close,
      schema: {
        tags,
        summary:
          "Declare what the agency means to spend and build in a year (anggaran kas), instead of what it said before",
        params: yearParam,
        body: z.strictObject({
          budget: minorUnits,
          months: z
            .array(
              z.strictObject({
                financial: minorUnits,
                physical: z.int().min(0).max(10_000).optional().describe("hundredths of a percent of the work"),
              }),
            )
            .length(12),
        }),
        security,
        response: { 200: z.looseObject({ agency: id, year: z.int() }) },
        problems: [...asking, "step-up-needed", "csrf"],
      },
    },
    async (request) => {
      const { agency, year } = request.params;
      const plan = { agency: organisationId(agency), year, ...request.body } as SpendingPlan;
      return (await reconciliation.keepPlan(myselfOf(request), plan)) as never;
    },
  );
  app.get(
    `${ROOT}/closings`,
    {
      ...read,
      schema: {
        tags,
        summary: "Signed closings and reopenings of an agency, the first one first",
        params: agencyParam,
        security,
        response: { 200: z.object({ closings: z.array(kept) }) },
        problems: asking,
      },
    },
    async (request) => {
      const closings = await reconciliation.closings(myselfOf(request), organisationId(request.params.agency));
      return { closings } as never;
    },
  );
  app.post(
    `${ROOT}/:month/closing`,
    {
      ...close,
      schema: {
        tags,
        summary: "What is to be signed so that a month is closed, or opened again",
        description: "Keeps nothing. Check the document, compute its digest yourself, sign `act`, and put both.",
        params: monthParam,
        body: z.strictObject({ act: z.enum(["close", "reopen"]), reason: reason.optional() }),
        security,
        response: { 200: proposal },
        problems: closing,
      },
    },
    async (request) => {
      const { agency, month } = request.params;
      const { act, reason: why } = request.body;
      const wanted = { agency: organisationId(agency), month, act, ...(why === undefined ? {} : { reason: why }) };
      return (await reconciliation.propose(myselfOf(request), wanted)) as never;
    },
  );
  app.put(
    `${ROOT}/:month/closing`,
    {
      ...close,
      schema: {
        tags,
        summary: "Close a month, or open it again, by a treasurer's signature",
        description:
          "The same signed document twice is one. From then on what is recorded or delivered for that month shows as a later correction of it.",
        params: monthParam,
        body: z.strictObject({ document: closingDocument, act: closingAct, signature: ownSignature }),
        security,
        response: { 200: kept },
        problems: [...closing, "closing-changed", "closing-signature"],
      },
    },
    async (request) => {
      const { document, act, signature } = request.body;
      const signed = { document: document as unknown as ClosingDocument, act: act as ClosingAct, signature };
      return (await reconciliation.sign(
        myselfOf(request),
        organisationId(request.params.agency),
        signed as never,
      )) as never;
    },
  );
}

function formatOf({ headers: { accept = "" }, query }: Asking): ReportFormat {
  if (query.format !== undefined) return query.format;
  if (/text\/html/.test(accept)) return "html";
  if (/text\/csv/.test(accept)) return "csv";
  return /spreadsheetml/.test(accept) ? "xlsx" : "json";
}
