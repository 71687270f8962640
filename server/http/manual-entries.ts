import { z } from "zod";
import type { ManualEntriesTold, ManualStates } from "../actions/manual-entries.ts";
import type { Myself } from "../actions/sessions.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, security } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { id, number, organisationText } from "./schemas.ts";

export type ManualEntriesGateway = {
  manualEntries(
    me: Myself,
    asked: { agency?: string | undefined; state?: ManualStates | undefined; limit: number },
  ): Promise<ManualEntriesTold>;
};

const STATES = ["waiting", "reconciled", "differs"] as const;
const entry = z.object({
  leaf: id,
  ocid: z.string(),
  agency: id,
  kind: z.string(),
  contractId: z.string().optional(),
  sequence: z.int().describe("number of the entry in its process"),
  currency: z.string().optional(),
  amount: z.string().optional().describe("minor units"),
  on: z.string().optional(),
  jobs: z.array(z.string()).readonly().describe("connectors that bring such things for this agency"),
  seenAt: z.int().describe("milliseconds UTC"),
  state: z.enum(STATES),
  source: z
    .object({
      how: words,
      at: z.int(),
      same: z.boolean(),
      place: z.object({ connector: z.string(), capture: z.string(), at: z.string() }).optional(),
    })
    .optional()
    .describe("what the source says, once it has come"),
});

/** What people typed although a connected system has it. */
export async function manualEntryRoutes(app: App, { manualEntries }: ManualEntriesGateway): Promise<void> {
  app.get(
    "/api/v1/manual-entries",
    {
      config: { permission: "connectors.read" },
      schema: {
        tags: ["Connectors"],
        summary: "Entries that people recorded although a connector covers their agency",
        description:
          "`waiting`: no source has come yet; `reconciled`: one came and says the same; `differs`: one came and says otherwise, which is proposed as a correction or stands in the queue of payments.",
        querystring: z.strictObject({
          agency: organisationText.optional(),
          state: z.enum(STATES).optional(),
          limit: number(1, 1_000, 100),
        }),
        security,
        response: {
          200: z.object({
            entries: z.array(entry),
            counts: z.object({ waiting: z.int(), reconciled: z.int(), differs: z.int() }),
          }),
        },
        problems: asking,
      },
    },
    async (request, reply) => {
      reply.header("cache-control", "no-store");
      return (await manualEntries(myselfOf(request), request.query)) as never;
    },
  );
}
