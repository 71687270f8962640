import { z } from "zod";
import type { GuaranteeTold } from "../actions/contract-card.ts";
import type { Language } from "../domain/problems.ts";
import type { CertificateAsk, CertificateDraft } from "../domain/rules/certificate-calculator.ts";
import type { ControlCard } from "../domain/rules/control-card.ts";
import { controlCardCsv, controlCardPage } from "../domain/rules/control-card-page.ts";
import type { Finding } from "../domain/rules/finding.ts";
import { amountText, finding, links, words } from "./answers.ts";
import { type App, languageOf } from "./app.ts";
import { day, id, minorUnits, number, ocidParam, organisationText } from "./schemas.ts";

export type ContractsGateway = {
  card(ocid: string, contractId: string): Promise<ControlCard>;
  certificate(
    ocid: string,
    contractId: string,
    ask: CertificateAsk & { number?: string | undefined },
  ): Promise<CertificateDraft & { findings: readonly Finding[] }>;
  guarantees(asked: {
    agency?: string | undefined;
    within: number;
    after?: string | undefined;
    limit: number;
  }): Promise<{ guarantees: GuaranteeTold[]; next?: string }>;
};

const contractParam = ocidParam.extend({
  contract: z
    .string()
    .min(1)
    .max(200)
    .meta({ examples: ["K-DPUPR-2026-01"] }),
});
const dayText = z.string().describe("YYYY-MM-DD in the contract's zone");

const asked = z.object({
  purpose: z.enum(["work", "advance", "retention"]).describe("what it is for"),
  on: day.describe("of the certificate (BAP)").meta({ examples: ["2026-11-24"] }),
  gross: minorUnits.optional().describe("of work; else what is accepted and not certified"),
  advance: minorUnits.optional().describe("of an advance; else what was agreed or the rule gives"),
  release: minorUnits.optional().describe("of retention to release; else all that is held"),
  number: z.string().min(1).max(200).optional().describe("of the certificate, for the short form"),
});

const certificate = z.object({
  currency: z.string(),
  lines: z
    .array(
      z.object({
        line: z.string(),
        amount: z.string().describe("minor units; negative where it is taken"),
        counts: z.boolean().describe("false: information, such as taxes"),
        words,
        regulation: z.string().optional(),
      }),
    )
    .describe("those that count add up to `net`, to the sen"),
  net: z.string(),
  terms: z
    .looseObject({ amount: z.string(), currency: z.string(), on: z.int() })
    .describe("of the `certificate` entry"),
  deductions: z.array(z.object({ type: z.enum(["retention", "fine"]), amount: z.string() })),
  shortForm: z
    .object({ certificate: z.looseObject({}) })
    .describe("what `prasasti submit` takes; its number is to be said"),
  findings: z.array(finding),
});

const guarantee = z.object({
  posting: id.describe("leaf of the entry that posted it"),
  sequence: z.int(),
  type: z.enum(["bid", "performance", "advance", "maintenance", "appeal", "yearEnd"]),
  posted: amountText,
  left: amountText.describe("0 once it was called whole or returned"),
  on: dayText,
  until: dayText,
  daysLeft: z.int().describe("0 on its last day, negative after it"),
  alarm: z
    .union([z.literal("expired"), z.int()])
    .optional()
    .describe("expired while it is needed, or the border in days that it has passed"),
});
const party = z.object({ id, name: z.string() });
const card = z
  .looseObject({
    ...{
      ocid: z.string(),
      contractId: z.string(),
      title: z.string().optional(),
      agency: party,
      supplier: party.optional(),
    },
    ...{ status: z.string(), currency: z.string(), on: dayText, entries: z.int() },
    terms: z.looseObject({ firstValue: amountText, value: amountText, dueOn: dayText.optional() }),
    conditions: z
      .looseObject({})
      .describe("special conditions (SSKK), with what the rules give where they say nothing"),
    amendments: z.array(z.looseObject({})),
    guarantees: z.array(guarantee),
    work: z.array(z.looseObject({})),
    certificates: z.array(z.looseObject({ net: z.string(), cumulative: amountText })),
    payments: z.array(z.looseObject({ amount: z.string().describe("negative: what came back") })),
    balance: z.record(z.string(), amountText),
    fine: z.object({ days: z.int(), paused: z.int(), fine: amountText, taken: amountText, running: z.boolean() }),
    holds: z.array(z.object({ by: words, until: dayText.optional() })),
    marks: z.array(z.object({ mark: z.string(), words })),
    next: z.array(z.object({ by: dayText.optional(), who: words, what: words })).describe("what is due, and by whom"),
    findings: z.array(finding),
  })
  .describe("amounts in minor units");

const page = z.strictObject({
  agency: organisationText.optional().describe("id of the agency, such as ID-PRS-DPUPR"),
  within: number(0, 3_650, 30).describe("days"),
  after: z.string().max(200).optional(),
  limit: number(1, 1_000, 100),
});

export async function contractRoutes(
  app: App,
  contracts: ContractsGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.get(
    "/api/v1/processes/:ocid/contracts/:contract/card",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "The control card of a contract (kartu kendali): all that stands of it, and what is due next",
        description:
          "Terms, amendments, guarantees with their alarms, work, certificates, payments, what remains, fines by today, what is due next and by whom, and what the dated rules say. The same as a page to print at `card.html` and as `card.csv`.",
        params: contractParam,
        response: { 200: card },
        problems: ["not-found"],
      },
    },
    async (request) => (await contracts.card(request.params.ocid, request.params.contract)) as never,
  );
  for (const [kind, type, write] of [
    ["html", "text/html", controlCardPage],
    ["csv", "text/csv", controlCardCsv],
  ] as const) {
    app.get(
      `/api/v1/processes/:ocid/contracts/:contract/card.${kind}`,
      {
        config: { permission: "register.read" },
        schema: {
          tags: ["Register"],
          summary: kind === "html" ? "The control card as a page to print" : "The control card for spreadsheets",
          params: contractParam,
          querystring: z.strictObject({ lang: z.enum(["id", "en"]).optional() }),
          response: { 200: { description: "UTF-8", content: { [type]: { schema: z.string() } } } },
          problems: ["not-found"],
        },
      },
      async (request, reply) => {
        const language: Language = request.query.lang ?? languageOf(request);
        const found = await contracts.card(request.params.ocid, request.params.contract);
        reply.type(`${type}; charset=utf-8`);
        if (kind === "csv") reply.header("content-disposition", 'attachment; filename="kartu-kendali.csv"');
        return reply.send(write(found, language) as never);
      },
    );
  }
  app.post(
    "/api/v1/processes/:ocid/contracts/:contract/certificate",
    {
      config: { permission: "entries.check" },
      schema: {
        tags: ["Work"],
        summary: "Work out a payment certificate (BAP): every deduction as a line, with its reasoning",
        description:
          "Nothing is kept or sent. Gross, recovery of the advance, retention and fine follow from what is recorded and from the special conditions; taxes are information. Each line is rounded once, to the sen, a half upwards. `terms` and `shortForm` are the `certificate` entry that says it.",
        params: contractParam,
        body: asked,
        response: { 200: certificate },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const { gross, advance, release, ...rest } = request.body;
      const amounts = Object.entries({ gross, advance, release }).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, BigInt(text)] as const],
      );
      const ask = { ...rest, ...Object.fromEntries(amounts) };
      return (await contracts.certificate(request.params.ocid, request.params.contract, ask)) as never;
    },
  );
  app.get(
    "/api/v1/guarantees",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Guarantees that ended while they are needed, or end soon",
        description: "Those that end first come first in each page; a page without any may have a next.",
        querystring: page,
        response: {
          200: z.object({
            guarantees: z.array(
              guarantee.extend({ ocid: z.string(), contractId: z.string(), agency: id, currency: z.string() }),
            ),
            links: links.optional(),
          }),
        },
      },
    },
    async (request) => {
      const { next, guarantees } = await contracts.guarantees(request.query);
      const { agency, within, limit } = request.query;
      const query = new URLSearchParams({
        ...{ within: String(within), limit: String(limit), after: next ?? "" },
        ...(agency === undefined ? {} : { agency }),
      });
      const more = next === undefined ? {} : { links: { next: absolute(request, `/api/v1/guarantees?${query}`) } };
      return { guarantees, ...more } as never;
    },
  );
}
