import { z } from "zod";
import type { WaveTold } from "../actions/tell-waves.ts";
import { WaveState, type WaveStateName } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import type { LotRow } from "../domain/projection/waves.ts";
import { links, words } from "./answers.ts";
import type { App } from "./app.ts";
import { found } from "./register.ts";
import { digestParam, id, page, waveBody, waveParam } from "./schemas.ts";

export type WavesGateway = {
  waves: {
    list(from: number, limit: number): Promise<WaveTold[]>;
    tell(number: number): Promise<(WaveTold & { certificateText?: string }) | undefined>;
    lots(
      wave: number,
      from: number,
      limit: number,
    ): Promise<{ lots: (LotRow & { number: number })[]; total: number } | undefined>;
    /** keeps a body of tier B, if it is one */
    bringBody(digest: Hex, body: Record<string, unknown>): Promise<void>;
    /** its canonical text */
    body(digest: Hex): Promise<string | undefined>;
  };
};

const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]*)$/)
  .describe("minor units");
const seconds = z.int().describe("seconds UTC");
const milliseconds = z.int().describe("milliseconds UTC");
const wave = z.looseObject({
  number: z.int(),
  id,
  plan: id.describe("hash of the plan that was signed"),
  agency: id.describe("the agency that leads it"),
  agencies: z.array(id).describe("whose records it may bring: the one that leads it, and those that agreed"),
  state: z.enum(Object.keys(WaveState) as [WaveStateName, ...WaveStateName[]]),
  inForce: z.boolean().describe("what it brought counts now"),
  detaches: z.boolean().describe("rolled back, it leaves the processes in force on which people signed"),
  grace: z.int().describe("seconds in which it may be rolled back once it is in force"),
  epoch: z.int().describe("the writer's turn"),
  after: z.array(id).describe("ids of the waves that must be in force before it is"),
  lots: z.int(),
  rows: z.int().describe("rows of its lots"),
  loaded: z.int().describe("rows that are entries of the register"),
  away: z.int().describe("of these, rows whose body is kept off the chain"),
  natives: z.int().describe("entries that people signed on what it brought"),
  sums: z.array(z.object({ currency: z.string(), value: amount, paid: amount })).describe("as the heads signed them"),
  cutOver: z.array(z.object({ agency: id, earliest: seconds, latest: seconds })),
  acts: z.array(
    z.object({
      ...{ act: z.string(), words, leaf: id, at: milliseconds, signers: z.array(id) },
      sequence: z.int().describe("number of its leaf in the log"),
    }),
  ),
  certificate: z
    .object({
      ...{ read: z.int(), migrated: z.int(), rejected: z.int(), merged: z.int(), excluded: z.int() },
      digest: id.describe("SHA-256 of the certificate"),
    })
    .optional()
    .describe("source rows, as its head signed them when it was closed"),
});
const lot = z.looseObject({
  number: z.int().describe("in its wave, in the order of acceptance"),
  ...{ lotKey: id, agency: id, epoch: z.int(), root: id, rows: z.int(), currency: z.string(), leaf: id },
  tier: z.int().describe("1: whole on the chain; 2: bodies off it; 3: its root alone"),
  ...{ value: amount, paid: amount, cutOver: seconds, seen: id, expires: seconds, at: milliseconds },
});

export async function waveRoutes(
  app: App,
  { waves }: WavesGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.get(
    "/api/v1/migration/waves",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Waves of legacy records, by number",
        querystring: page,
        response: { 200: z.object({ waves: z.array(wave), links: links.optional() }) },
      },
    },
    async (request) => {
      const { from, limit } = request.query;
      const found = await waves.list(from, limit);
      const next = `/api/v1/migration/waves?from=${(found.at(-1)?.number ?? 0) + 1}&limit=${limit}`;
      return {
        waves: found,
        ...(found.length === limit ? { links: { next: absolute(request, next) } } : {}),
      } as never;
    },
  );
  app.get(
    "/api/v1/migration/waves/:number",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "A wave: where it stands, what it holds, who acted on it, its certificate",
        description:
          "What a wave brought counts while `inForce`; processes that are not in force are told by their history alone. Each act is a leaf of the log: `proofs/inclusion?leaf=`.",
        params: waveParam,
        response: {
          200: wave.extend({
            certificateText: z.string().optional().describe("whose SHA-256 is `certificate.digest`"),
          }),
        },
        problems: ["not-found"],
      },
    },
    async (request) => found(await waves.tell(request.params.number)) as never,
  );
  app.get(
    "/api/v1/migration/waves/:number/lots",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "The lots of a wave, in the order in which they were accepted",
        params: waveParam,
        querystring: page,
        response: { 200: z.object({ lots: z.array(lot), total: z.int(), links: links.optional() }) },
        problems: ["not-found"],
      },
    },
    async (request, reply) => {
      const { number } = request.params;
      const { from, limit } = request.query;
      const { lots, total } = found(await waves.lots(number, from, limit));
      const last = lots.at(-1)?.number ?? total;
      const next = `/api/v1/migration/waves/${number}/lots?from=${last + 1}&limit=${limit}`;
      reply.header("x-total-count", total);
      return { lots, total, ...(last < total ? { links: { next: absolute(request, next) } } : {}) } as never;
    },
  );
  app.get(
    "/api/v1/migration/bodies/:digest",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "A body that a wave kept off the chain, where it is at hand",
        params: digestParam,
        response: { 200: z.looseObject({}).describe("SHA-256 of its canonical form (RFC 8785) is the digest") },
        problems: ["not-found"],
      },
    },
    async (request) => JSON.parse(found(await waves.body(request.params.digest as Hex))),
  );
  app.put(
    "/api/v1/migration/bodies/:digest",
    {
      config: { permission: "migration.bodies" },
      schema: {
        tags: ["Register"],
        summary: "Bring a body that a wave kept off the chain",
        description:
          "The digest was signed with the lot and decides whether it is the right one, so it does not matter who brings it. From then on the release is published whole; what the terms say counted before.",
        params: digestParam,
        body: waveBody,
        response: { 204: z.undefined().describe("kept") },
        problems: ["body-not-wanted", "digest-mismatch", "body-over-limit", "personal-data"],
      },
    },
    async (request, reply) => {
      await waves.bringBody(request.params.digest as Hex, request.body);
      return reply.code(204).send();
    },
  );
}
