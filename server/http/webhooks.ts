import { z } from "zod";
import type { WebhookActions } from "../actions/webhooks.ts";
import { ProblemError } from "../domain/problems.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, type NamesOrganisations, security, unstored } from "./connected.ts";
import { EVENT_KINDS } from "./events.ts";
import { myselfOf } from "./guard.ts";
import { number, id as organisation, whole } from "./schemas.ts";

export type WebhooksGateway = NamesOrganisations & { webhooks: WebhookActions };

const id = z
  .string()
  .regex(/^hook_[0-9a-f]{24}$/)
  .describe("id of the subscription");
const idParam = z.object({ id });
const time = z.string().describe("RFC 3339, UTC");
const subscription = z.object({
  id,
  url: z.string(),
  filter: z.object({
    agency: organisation.optional(),
    ocid: z.string().optional(),
    kinds: z.array(z.string()).readonly().optional(),
  }),
  by: z.string().describe("who subscribed: operator, or a person"),
  createdAt: time,
  state: z.enum(["active", "failing", "paused"]),
  position: z.int().describe("number of the last event that it is done with"),
  since: z.int().describe("events up to this number were before it"),
  delivered: z.int(),
  lastDelivered: time.optional(),
  deadLetters: z.int(),
  trying: z
    .object({
      sequence: z.int(),
      attempts: z.int(),
      since: time,
      next: time.optional(),
      reason: words,
      code: z.string(),
    })
    .optional()
    .describe("the event that did not arrive yet; what follows it waits"),
  paused: z.object({ by: z.enum(["person", "failure"]), at: time, reason: words }).optional(),
});
const deadLetter = z.object({
  sequence: z.int().describe("number of the event"),
  id: z.string().describe("webhook-id under which it is sent"),
  event: z.string(),
  attempts: z.int(),
  since: time,
  at: time,
  passed: z.boolean().describe("what follows it has been sent; else it holds up the others"),
  code: z.string(),
  status: z.int().optional(),
  reason: words,
});
const key = z.object({
  kid: z.string(),
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  alg: z.literal("EdDSA"),
  use: z.literal("sig"),
  x: z.string().describe("base64url, 32 bytes"),
  whpk: z.string().describe("the same as Standard Webhooks writes it"),
  from: time,
  until: time.optional().describe("a newer key signs too; this one ends then"),
});
const off = ["integrations-off", "integrations-stopped"] as const;
const ofOne = [...asking, "not-found"] as const;
const changing = [...ofOne, "csrf"] as const;
const ROOT = "/api/v1/webhooks";
const tags = ["Webhooks"];

/** Events brought over HTTP to whoever subscribed, signed as Standard Webhooks has it. */
export async function webhookRoutes(app: App, { webhooks, organisationId }: WebhooksGateway): Promise<void> {
  unstored(app);
  const own = { config: { permission: "webhooks.own" } } as const;
  app.get(
    "/.well-known/prasasti-webhook-keys.json",
    {
      config: { permission: "register.read" },
      schema: {
        tags,
        summary: "The public keys with which events are signed",
        description: "A set of keys (RFC 7517), newest first. While keys change, two sign each event.",
        response: { 200: z.object({ keys: z.array(key) }) },
        problems: off,
      },
    },
    async (_request, reply) => {
      reply.header("cache-control", "public, max-age=300");
      return { keys: await webhooks.keys() } as never;
    },
  );
  app.post(
    ROOT,
    {
      ...own,
      schema: {
        tags,
        summary: "Subscribe to events",
        description:
          "Every event since then is POSTed there, one at a time, in the order of the register, exactly as GET /api/v1/events tells it, at least once, under a `webhook-id` that stays the same when it is sent again. Signed by Standard Webhooks 1.0: `v1` HMAC-SHA-256 under the secret that this answer shows once, `v1a` Ed25519 under /.well-known/prasasti-webhook-keys.json. Any status of 200 to 299 is taken for received; a redirection is not followed. See docs/how-to/receive-webhooks.md.",
        body: z.strictObject({
          url: z.string().max(2_048).describe("https, a public address unless the operator allows others"),
          agency: z.string().min(1).max(200).optional().describe("id as registered"),
          ocid: z.string().min(1).max(200).optional(),
          kinds: z
            .array(z.string().max(60))
            .min(1)
            .max(50)
            .optional()
            .describe("names of events, or kinds of entries and acts, as in GET /api/v1/events"),
          after: z
            .union([z.int().min(0), z.literal("now")])
            .default("now")
            .describe("events after this number, also those that were told before"),
        }),
        security,
        response: {
          201: z.object({ subscription, secret: z.string().describe("whsec_…, shown this once") }),
        },
        problems: [...asking, "csrf"],
      },
    },
    async (request, reply) => {
      const { agency, kinds, ...asked } = request.body;
      const unknown = kinds?.find((kind) => !EVENT_KINDS.has(kind));
      if (unknown !== undefined) throw new ProblemError("invalid-request", `kinds: ${unknown}`);
      const made = await webhooks.subscribe(myselfOf(request), {
        ...asked,
        kinds,
        agency: agency === undefined ? undefined : organisationId(agency),
      });
      return reply
        .code(201)
        .header("location", `${ROOT}/${(made.subscription as { id: string }).id}`)
        .send(made as never);
    },
  );
  app.get(
    ROOT,
    {
      ...own,
      schema: {
        tags,
        summary: "One's own subscriptions; of the operator all",
        security,
        response: { 200: z.object({ subscriptions: z.array(subscription) }) },
        problems: asking,
      },
    },
    async (request) => ({ subscriptions: await webhooks.list(myselfOf(request)) }) as never,
  );
  app.get(
    `${ROOT}/:id`,
    {
      ...own,
      schema: {
        tags,
        summary: "A subscription: where it stands, and why it waits",
        params: idParam,
        security,
        response: { 200: subscription },
        problems: ofOne,
      },
    },
    async (request) => (await webhooks.get(myselfOf(request), request.params.id)) as never,
  );
  for (const [what, summary] of [
    ["pause", "Send nothing until it is resumed"],
    ["resume", "Go on where it stood, and try at once what did not arrive"],
  ] as const)
    app.post(
      `${ROOT}/:id/${what}`,
      {
        ...own,
        schema: { tags, summary, params: idParam, security, response: { 200: subscription }, problems: changing },
      },
      async (request) => (await webhooks.change(myselfOf(request), request.params.id, what)) as never,
    );
  app.delete(
    `${ROOT}/:id`,
    {
      ...own,
      schema: {
        tags,
        summary: "End a subscription and forget it",
        params: idParam,
        security,
        response: { 204: z.undefined().describe("ended") },
        problems: changing,
      },
    },
    async (request, reply) => {
      await webhooks.remove(myselfOf(request), request.params.id);
      return reply.code(204).send();
    },
  );
  app.post(
    `${ROOT}/:id/secret`,
    {
      ...own,
      schema: {
        tags,
        summary: "A new secret",
        description:
          "Shown this once. For a day the old one signs too, so that a receiver can change it without a gap.",
        params: idParam,
        security,
        response: { 200: z.object({ secret: z.string(), oldUntil: time }) },
        problems: changing,
      },
    },
    async (request) => webhooks.rotateSecret(myselfOf(request), request.params.id),
  );
  app.post(
    `${ROOT}/:id/ping`,
    {
      ...own,
      schema: {
        tags,
        summary: "Send a signed ping now, and say what came back",
        params: idParam,
        security,
        response: {
          200: z.object({
            arrived: z.boolean(),
            code: z.string().optional(),
            status: z.int().optional(),
            reason: words.optional(),
          }),
        },
        problems: changing,
      },
    },
    async (request) => webhooks.ping(myselfOf(request), request.params.id),
  );
  app.get(
    `${ROOT}/:id/dead-letters`,
    {
      ...own,
      schema: {
        tags,
        summary: "Events that did not arrive, with the reason",
        params: idParam,
        querystring: z.strictObject({
          after: whole(0, 999_999_999_999_999).default(0).describe("number of the last one that was told"),
          limit: number(1, 200, 50),
        }),
        security,
        response: { 200: z.object({ letters: z.array(deadLetter) }) },
        problems: ofOne,
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      return { letters: await webhooks.deadLetters(myselfOf(request), request.params.id, after, limit) } as never;
    },
  );
  const letterParam = z.object({ id, sequence: whole(1, 999_999_999_999_999) });
  app.post(
    `${ROOT}/:id/dead-letters/:sequence`,
    {
      ...own,
      schema: {
        tags,
        summary: "Send one of them again, under its old id",
        params: letterParam,
        security,
        response: { 200: z.object({ arrived: z.boolean(), reason: words.optional() }) },
        problems: changing,
      },
    },
    async (request) => webhooks.resend(myselfOf(request), request.params.id, request.params.sequence),
  );
  app.delete(
    `${ROOT}/:id/dead-letters/:sequence`,
    {
      ...own,
      schema: {
        tags,
        summary: "Leave one of them out for good; what it holds up goes on",
        params: letterParam,
        security,
        response: { 204: z.undefined().describe("left out") },
        problems: changing,
      },
    },
    async (request, reply) => {
      await webhooks.drop(myselfOf(request), request.params.id, request.params.sequence);
      return reply.code(204).send();
    },
  );
  app.post(
    `${ROOT}/keys`,
    {
      config: { permission: "connectors.operate" },
      schema: {
        tags,
        summary: "A new key of the register; for a week the one before signs too",
        security,
        response: { 200: z.object({ keys: z.array(key) }) },
        problems: [...asking, "csrf"],
      },
    },
    async (request) => ({ keys: await webhooks.rotateKey(myselfOf(request)) }) as never,
  );
}
