import { z } from "zod";
import type { Payments } from "../actions/payments.ts";
import { MAX_BUNDLE } from "../domain/entries/signature.ts";
import { DECISIONS, PAYMENT_STATES } from "../domain/payments/matched-payment.ts";
import { PROPOSAL_KINDS, PROPOSAL_STATES } from "../domain/proposals/proposal.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { day, id, minorUnits, number } from "./schemas.ts";

export type PaymentsGateway = { payments: Payments };

const documentId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .describe("id of a payment document");
const proposalId = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .describe("id of a proposal");
const place = { ocid: z.string(), contractId: z.string() };
const source = z.object({ connector: z.string(), capture: z.string(), at: z.string() });

const evidence = z
  .array(z.object({ code: z.string(), bits: z.number().describe("for it, or below 0 against it"), words }))
  .readonly()
  .describe("what speaks for and against, the strongest first");
const candidate = z.object({
  ...place,
  title: z.string().optional(),
  number: z.string().optional(),
  supplier: z.string().optional(),
  value: minorUnits,
  paid: minorUnits,
  currency: z.string(),
  bits: z.number().describe("all evidence together, with how seldom a payment is of any one contract"),
  evidence,
});
const shareState = z.enum(["proposed", "taken", "declined", "recorded", "waiting"]);
const share = z.object({
  ...place,
  amount: minorUnits,
  state: shareState,
  proposal: z.string().optional(),
  leaf: id.optional().describe("of its entry on the ledger"),
  exceptions: z
    .array(z.object({ code: z.string(), words, remedy: words, who: z.array(z.string()).readonly() }))
    .readonly()
    .describe("what is unusual about it, and who must act; it is recorded all the same"),
  bits: z.number().optional(),
  evidence: evidence.optional(),
});
const decision = z.object({
  document: z.string(),
  number: z.int().describe("from 1, of this document"),
  act: z.enum(DECISIONS),
  by: id,
  at: z.int().describe("milliseconds UTC"),
  note: z.string().optional(),
  shares: z
    .array(z.object({ ...place, amount: minorUnits }))
    .readonly()
    .optional(),
  of: z.int().optional().describe("of `undo`: the decision that no longer counts"),
});
const payment = z.object({
  id: documentId,
  issuer: id,
  agency: id.optional().describe("whose budget paid"),
  year: z.int(),
  type: z.string(),
  number: z.string(),
  on: day,
  cleared: day.optional(),
  route: z.string().optional().describe("LS, UP, GU or TU, by the source's word"),
  currency: z.string(),
  gross: minorUnits,
  net: minorUnits,
  payee: z.string().optional().describe("left out where it is a person"),
  purpose: z.string(),
  contractNumber: z.string().optional(),
  source,
  state: z
    .enum(PAYMENT_STATES)
    .describe(
      "certain: proposed by matching; doubtful: waits for a person; none: nothing looks like it; accepted, notContract: decided; recorded: on the ledger",
    ),
  inQueue: z.boolean().describe("somebody must look at it or act"),
  reasons: z.array(z.object({ code: z.string(), words })).readonly(),
  shares: z.array(share).readonly(),
  candidates: z.array(candidate).readonly(),
  decisions: z.array(decision).readonly().describe("all of them, the first one first; none is ever taken away"),
  bank: z
    .array(
      z.object({
        on: day,
        accountName: z.string(),
        amount: minorUnits,
        part: z.enum(["paid", "deduction", "takenBack"]),
        evidence,
      }),
    )
    .readonly()
    .describe("lines of bank statements that are certainly of it"),
});

const returned = z.object({
  id: documentId,
  document: z.object({
    key: z.string(),
    issuer: id,
    year: z.int(),
    number: z.string(),
    on: day,
    kind: z.string(),
    of: z.string().describe("the payment, as its source names it"),
    currency: z.string(),
    amount: minorUnits,
    source,
  }),
  state: shareState,
  reason: words.optional().describe("why it waits"),
  payment: documentId.optional(),
  proposals: z.array(proposalId).readonly(),
});

const proposal = z.object({
  id: proposalId,
  agency: id.describe("whose treasurer signs"),
  ocid: z.string(),
  drafts: z.array(z.record(z.string(), z.unknown())).readonly(),
  reason: words,
  sources: z.array(source).readonly(),
  kind: z.enum(PROPOSAL_KINDS),
  state: z.enum(PROPOSAL_STATES),
  madeAt: z.int(),
});

const posted = z
  .strictObject({
    act: z.enum(DECISIONS),
    shares: z
      .array(
        z.strictObject({
          ocid: z.string().min(1).max(200),
          contractId: z.string().min(1).max(200),
          amount: z
            .string()
            .regex(/^(0|[1-9][0-9]{0,38})$/)
            .optional()
            .describe("minor units; of `accept`: absent for all of the document"),
        }),
      )
      .min(1)
      .max(64)
      .optional(),
    of: z.int().min(1).optional(),
    note: z.string().trim().min(1).max(500).optional().describe("kept for ever, so without personal data"),
  })
  .describe(
    "`accept`: it is of this contract; `split`: of these, with amounts; `reject`: not of this one; `notContract`: it needs none; `undo`: an earlier decision no longer counts",
  );
const proposalIds = z.strictObject({ ids: z.array(proposalId).min(1).max(MAX_BUNDLE) });

const ofOne = [...asking, "not-found"] as const;
const deciding = [...ofOne, "csrf"] as const;
const ROOT = "/api/v1/payments";

/** Payments from finance systems: which contracts they are of, by which evidence, and what people decided. */
export async function paymentRoutes(app: App, { payments }: PaymentsGateway): Promise<void> {
  unstored(app);
  const read = { config: { permission: "payments.read" } } as const;
  const decide = { config: { permission: "payments.decide" } } as const;
  const tags = ["Payments"];
  const page = {
    state: z.enum(PAYMENT_STATES).optional(),
    after: z
      .string()
      .regex(/^0x[0-9a-f]{64}\/\d{4}-\d{2}-\d{2}\/[0-9a-f]{32}$/)
      .optional()
      .describe("`next` of the page before"),
    limit: number(1, 200, 50),
  };
  for (const only of ["all", "queue"] as const)
    app.get(
      only === "all" ? ROOT : `${ROOT}/queue`,
      {
        ...read,
        schema: {
          tags,
          summary:
            only === "all"
              ? "Payment documents, by day, with the contracts that they are of"
              : "Payments that wait for a person: doubtful ones with their candidates, and exceptions with who must act",
          description:
            "Of treasuries that one's office covers, and of budgets of one's own office. Amounts in minor units as text.",
          querystring: z.strictObject(page),
          security,
          response: { 200: z.object({ payments: z.array(payment), next: z.string().optional() }) },
          problems: asking,
        },
      },
      async (request) => payments.list(myselfOf(request), only, request.query) as never,
    );
  app.get(
    `${ROOT}/contracts`,
    {
      ...read,
      schema: {
        tags,
        summary: "Contracts by words of their numbers, titles and suppliers, to decide upon",
        querystring: z.strictObject({ text: z.string().trim().min(2).max(200), limit: number(1, 50, 20) }),
        security,
        response: { 200: z.object({ contracts: z.array(candidate) }) },
        problems: asking,
      },
    },
    async (request) => {
      const { text, limit } = request.query;
      return { contracts: await payments.contracts(myselfOf(request), text, limit) } as never;
    },
  );
  app.get(
    `${ROOT}/returns`,
    {
      ...read,
      schema: {
        tags,
        summary: "Money that came back (retur, setor kembali, kontra pos, batal), and of which payment",
        security,
        response: { 200: z.object({ returns: z.array(returned) }) },
        problems: asking,
      },
    },
    async (request) => ({ returns: await payments.returns(myselfOf(request)) }) as never,
  );
  app.get(
    `${ROOT}/proposals`,
    {
      ...decide,
      schema: {
        tags,
        summary: "Entries of payments and returns that are proposed to be signed",
        querystring: z.strictObject({ after: proposalId.optional(), limit: number(1, MAX_BUNDLE, 100) }),
        security,
        response: { 200: z.object({ proposals: z.array(proposal), total: z.int() }) },
        problems: asking,
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      return payments.proposals(myselfOf(request), { limit, ...(after === undefined ? {} : { after }) }) as never;
    },
  );
  app.post(
    `${ROOT}/proposals/take`,
    {
      ...decide,
      schema: {
        tags,
        summary: `Make up to ${MAX_BUNDLE} proposals one's own, to sign them in one act`,
        description: "Taking again what one has taken answers the same. `drafts` are what is signed, in this order.",
        body: proposalIds,
        security,
        response: { 200: z.object({ proposals: z.array(proposal) }) },
        problems: [...deciding, "proposal-not-open", "proposal-waits"],
      },
    },
    async (request) => ({ proposals: await payments.take(myselfOf(request), request.body.ids) }) as never,
  );
  app.post(
    `${ROOT}/proposals/give-back`,
    {
      ...decide,
      schema: {
        tags,
        summary: "Give back what one has taken and not signed",
        body: proposalIds,
        security,
        response: { 204: z.undefined().describe("given back") },
        problems: deciding,
      },
    },
    async (request, reply) => {
      await payments.giveBack(myselfOf(request), request.body.ids);
      return reply.code(204).send();
    },
  );
  app.post(
    `${ROOT}/match`,
    {
      ...decide,
      schema: {
        tags,
        summary: "Match what came since the last time now; it happens by itself too",
        security,
        response: { 200: z.record(z.string(), z.int()) },
        problems: [...asking, "csrf"],
      },
    },
    async (request) => payments.match(myselfOf(request)),
  );
  app.get(
    `${ROOT}/:id`,
    {
      ...read,
      schema: {
        tags,
        summary: "One payment: candidates with their evidence, shares, exceptions, decisions",
        params: z.object({ id: documentId }),
        security,
        response: { 200: payment },
        problems: ofOne,
      },
    },
    async (request) => payments.show(myselfOf(request), request.params.id) as never,
  );
  app.post(
    `${ROOT}/:id/decisions`,
    {
      ...decide,
      schema: {
        tags,
        summary: "Decide which contracts a payment is of, or take a decision back",
        description: "Every decision is kept, with who and when; a later run of matching never overrides it.",
        params: z.object({ id: documentId }),
        body: posted,
        security,
        response: { 201: payment },
        problems: [...deciding, "payment-shares", "payment-recorded", "decision-unknown", "personal-data"],
      },
    },
    async (request, reply) =>
      reply.code(201).send((await payments.decide(myselfOf(request), request.params.id, request.body)) as never),
  );
}
