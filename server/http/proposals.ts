import { z } from "zod";
import type { ProposalActions } from "../actions/proposals.ts";
import { KIND_RULES } from "../domain/entries/kinds.ts";
import { MAX_BUNDLE } from "../domain/entries/signature.ts";
import { PROPOSAL_KINDS, PROPOSAL_STATES } from "../domain/proposals/proposal.ts";
import { draft, words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, moment, type NamesOrganisations, reason, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { id, number, organisationText } from "./schemas.ts";

export type ProposalsGateway = NamesOrganisations & { proposals: ProposalActions };

const ROOT = "/api/v1/connectors/proposals";
const ENTRY_KINDS = Object.keys(KIND_RULES) as [string, ...string[]];
const proposalId = z.string().regex(/^[0-9a-f]{32}$/);
const idParam = z.object({ id: proposalId });
const amounts = z.record(z.string(), z.union([z.string(), z.number()]));

const proposalFields = {
  id: proposalId,
  agency: id,
  ocid: z.string(),
  kind: z
    .enum(PROPOSAL_KINDS)
    .describe("amendment: a newer version of what is recorded; correction: the same version with other content"),
  state: z.enum(PROPOSAL_STATES),
  reason: words.describe("why: what is not recorded, or what is recorded and what the source says"),
  drafts: z
    .array(
      z.looseObject({
        kind: z.enum(ENTRY_KINDS),
        ocid: z.string(),
        contractId: z.string(),
        awardId: z.string(),
        terms: amounts.describe("amounts in minor units, as text; times in seconds UTC"),
        names: z.int().optional().describe("process sequence of the entry that it corrects"),
        balances: amounts.optional(),
        body: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .describe("the entries, before anybody has signed them"),
  sources: z.array(
    z.object({
      connector: z.string(),
      capture: z.string().describe("SHA-256 of the answer in which the row stands"),
      at: z.string(),
    }),
  ),
  jobs: z.array(z.string()).optional(),
  madeAt: moment,
  after: z.array(proposalId).optional().describe("proposals that must be recorded before"),
  taken: z.object({ by: id, at: moment }).optional(),
  dropped: z.object({ by: id.optional(), at: moment, why: words }).optional(),
  recorded: z.object({ at: moment, leaf: id.optional() }).optional(),
};
const kept = z.object(proposalFields);
const proposal = z.object({
  ...proposalFields,
  waitsFor: z.array(proposalId).describe("of `after`, those that are not recorded yet"),
});

const ofOne = [...asking, "not-found"] as const;
const taking = [...ofOne, "csrf"] as const;
const tags = ["Connectors"];

/** What connected systems propose to record: lists, taking into drafts of one's own, declining. */
export async function proposalRoutes(app: App, { proposals, organisationId }: ProposalsGateway): Promise<void> {
  unstored(app);
  const read = { config: { permission: "proposals.read" } } as const;
  const take = { config: { permission: "proposals.take" } } as const;
  app.get(
    ROOT,
    {
      ...read,
      schema: {
        tags,
        summary: "What connected systems propose to record, each after what it waits for",
        description:
          "Of agencies where you hold an office. Without `state` those that are open. A list from its beginning can be taken and signed in one act.",
        querystring: z.strictObject({
          agency: organisationText.optional(),
          state: z.enum(PROPOSAL_STATES).optional(),
          kind: z.enum(PROPOSAL_KINDS).optional(),
          entry: z
            .string()
            .regex(/^[a-z]+(,[a-z]+)*$/)
            .optional()
            .describe("kinds of entries, with commas between them: award,contract"),
          ocid: z.string().max(200).optional(),
          job: z.string().max(63).optional(),
          after: proposalId.optional().describe("id of the last one that was told"),
          limit: number(1, MAX_BUNDLE, 100),
        }),
        security,
        response: { 200: z.object({ proposals: z.array(proposal), total: z.int() }) },
        problems: asking,
      },
    },
    async (request, reply) => {
      const { entry, agency, ...asked } = request.query;
      const found = await proposals.list(myselfOf(request), {
        ...asked,
        agency: agency === undefined ? undefined : organisationId(agency),
        entry: entry?.split(","),
      });
      reply.header("x-total-count", found.total);
      return found as never;
    },
  );
  app.get(
    `${ROOT}/waiting`,
    {
      ...read,
      schema: {
        tags,
        summary: "Packages of which something cannot be proposed yet, and what is to be done",
        querystring: z.strictObject({ limit: number(1, 1_000, 100) }),
        security,
        response: {
          200: z.object({
            waiting: z.array(
              z.object({
                ocid: z.string(),
                agency: z.string(),
                waits: z.array(
                  z.object({
                    code: z.string(),
                    words,
                    supplier: z
                      .object({ key: z.string(), name: z.string().optional() })
                      .optional()
                      .describe("as the sources name it, for POST /connectors/proposals/suppliers"),
                  }),
                ),
              }),
            ),
            total: z.int(),
          }),
        },
        problems: asking,
      },
    },
    async (request) => (await proposals.waiting(myselfOf(request), request.query.limit)) as never,
  );
  app.get(
    `${ROOT}/matched`,
    {
      ...read,
      schema: {
        tags,
        summary: "Processes recorded by hand that were matched to their source when it came",
        querystring: z.strictObject({ limit: number(1, 1_000, 100) }),
        security,
        response: {
          200: z.object({
            matched: z.array(z.object({ ocid: z.string(), agency: z.string(), how: words, at: moment })),
            total: z.int(),
          }),
        },
        problems: asking,
      },
    },
    async (request) => (await proposals.matched(myselfOf(request), request.query.limit)) as never,
  );
  app.get(
    `${ROOT}/:id`,
    {
      ...read,
      schema: {
        tags,
        summary: "One proposal",
        params: idParam,
        security,
        response: { 200: proposal },
        problems: ofOne,
      },
    },
    async (request) => (await proposals.show(myselfOf(request), request.params.id)) as never,
  );
  const ids = z.array(proposalId).min(1).max(MAX_BUNDLE);
  app.post(
    `${ROOT}/take`,
    {
      ...take,
      schema: {
        tags,
        summary: "Make proposals one's own: each becomes a draft, to be signed as any other",
        description:
          "All of them or none is taken. Repeated by the same person it answers the same drafts. `drafts: false`: nothing is drafted here, since you sign them elsewhere. What cannot become a draft stays open, with its problem.",
        body: z.strictObject({ ids, drafts: z.boolean().default(true) }),
        security,
        response: {
          200: z.object({
            taken: z.array(
              z.object({
                id: proposalId,
                draft: draft.optional(),
                problem: z.object({ code: z.string(), detail: words }).optional(),
              }),
            ),
          }),
        },
        problems: [...taking, "proposal-not-open", "proposal-waits"] as const,
      },
    },
    async (request) => {
      const { ids: wanted, drafts } = request.body;
      return { taken: await proposals.take(myselfOf(request), wanted, drafts) } as never;
    },
  );
  app.post(
    `${ROOT}/release`,
    {
      ...take,
      schema: {
        tags,
        summary: "Give back proposals that one has taken and not signed",
        body: z.strictObject({ ids }),
        security,
        response: { 204: z.null() },
        problems: taking,
      },
    },
    async (request, reply) => {
      await proposals.release(myselfOf(request), request.body.ids);
      return reply.code(204).send(null);
    },
  );
  app.post(
    `${ROOT}/suppliers`,
    {
      ...take,
      schema: {
        tags,
        summary: "Say which registered supplier it is that the sources name",
        body: z.strictObject({
          key: z.string().min(1).max(300).describe("as `waiting` tells it"),
          supplier: z.string().min(1).max(200).describe("id of the registered supplier"),
        }),
        security,
        response: { 204: z.null() },
        problems: taking,
      },
    },
    async (request, reply) => {
      await proposals.nameSupplier(myselfOf(request), request.body.key, request.body.supplier);
      return reply.code(204).send(null);
    },
  );
  app.post(
    `${ROOT}/:id/drop`,
    {
      ...take,
      schema: {
        tags,
        summary: "Decline a proposal: the same is not proposed again",
        params: idParam,
        body: z.strictObject({ reason }),
        security,
        response: { 200: kept },
        problems: [...taking, "proposal-not-open", "personal-data"] as const,
      },
    },
    async (request) => (await proposals.drop(myselfOf(request), request.params.id, request.body.reason)) as never,
  );
}
