import { z } from "zod";
import { momentOf } from "../actions/moments.ts";
import type { History } from "../actions/tell-history.ts";
import type { Hex } from "../domain/entries/words.ts";
import {
  type GatewayProblem,
  gatewayProblems,
  type Language,
  ledgerProblems,
  ProblemError,
  type Words,
} from "../domain/problems.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import type { AgencyView, EntryRow, HolderView, OfficeView, RegisterView } from "../domain/projection/project-block.ts";
import type { Standing } from "../domain/projection/waves.ts";
import { agency, entryRow, historyAnswer, holderAnswer, links, signedCheckpoint, words } from "./answers.ts";
import { type App, languageOf } from "./app.ts";
import { historyQuery, id, idParam, ocidParam, page, postedAct } from "./schemas.ts";

export type RegisterGateway = {
  ledger(): Promise<Record<string, unknown>>;
  register(): RegisterView;
  /** whether writes are possible, and why not */
  ready(): { ready: boolean; reasons: readonly Words[] };
  alarms(): Promise<{ kind: "poison" | "document" | "breakGlass" | "webhook"; what: string; detail: string }[]>;
  act(posted: z.infer<typeof postedAct>): Promise<{ block: number }>;
  signedCheckpoint(): Record<string, unknown> | undefined;
  process(ocid: string): Promise<(ProcessView & { standing: Standing }) | undefined>;
  history(ocid: string): Promise<EntryRow[]>;
  tellHistory(ocid: string, asKnown: number | undefined): Promise<History | undefined>;
  /** of the register: milliseconds UTC, never before its newest block */
  now(): number;
  entries(from: number, limit: number): Promise<EntryRow[]>;
  checkpoints(after: number, limit: number): Promise<unknown[]>;
  agencies(): Promise<AgencyView[]>;
  holder(id: Hex): Promise<{ holder: HolderView; offices: OfficeView[] } | undefined>;
  lastAct(subject: Hex): Promise<Hex>;
};

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new ProblemError("not-found");
  return value;
}

/** @throws ProblemError not-ready while nothing can be written */
export function writable(gateway: Pick<RegisterGateway, "ready">): void {
  const { ready, reasons } = gateway.ready();
  const text = (language: Language) => reasons.map((reason) => reason[language]).join("; ");
  if (!ready) throw new ProblemError("not-ready", { en: text("en"), id: text("id") });
}

const loose = z.looseObject({});
const healthAnswer = z.looseObject({
  ready: z.boolean(),
  reasons: z.array(z.string()),
  entries: z.int(),
  alarms: z
    .array(
      z.object({ kind: z.enum(["poison", "document", "breakGlass", "webhook"]), what: z.string(), detail: z.string() }),
    )
    .describe(
      "what was set aside so that the rest could go on, and offices that the council granted in an emergency, while they run; somebody must look",
    ),
});

export async function registerRoutes(
  app: App,
  gateway: RegisterGateway,
  absolute: (request: { protocol: string; host: string }, path: string) => string,
): Promise<void> {
  app.get(
    "/health/live",
    {
      config: { permission: "service.read", rateLimit: false },
      schema: {
        tags: ["Service"],
        summary: "The process runs",
        response: { 200: z.object({ live: z.literal(true) }) },
      },
    },
    async () => ({ live: true as const }),
  );
  app.get(
    "/health/ready",
    {
      config: { permission: "service.read", rateLimit: false },
      schema: {
        tags: ["Service"],
        summary: "Whether writes are possible, and what needs somebody's look",
        response: { 200: healthAnswer, 503: healthAnswer.describe("reads work, writes do not yet") },
      },
    },
    async (request, reply) => {
      const { ready, reasons } = gateway.ready();
      return reply.code(ready ? 200 : 503).send({
        ready,
        reasons: reasons.map((reason) => reason[languageOf(request)]),
        entries: gateway.register().entries,
        alarms: await gateway.alarms(),
      });
    },
  );
  app.get(
    "/problems/:code",
    {
      config: { permission: "service.read" },
      schema: {
        tags: ["Service"],
        summary: "What a problem of this gateway means, and what to do",
        params: z.object({
          code: z
            .string()
            .max(60)
            .meta({ examples: ["key-reused"] }),
        }),
        response: {
          200: z.object({ code: z.string(), status: z.int(), retryable: z.boolean(), title: words, help: words }),
        },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const { code } = request.params;
      const own = Object.hasOwn(gatewayProblems, code) ? gatewayProblems[code as GatewayProblem] : undefined;
      const kind = own ?? Object.values(ledgerProblems).find(([name]) => name === code)?.[1];
      if (kind === undefined) throw new ProblemError("not-found");
      return { code, ...kind };
    },
  );

  app.get(
    "/api/v1/ledger",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "What a signer needs: chain, ledger, salt, the checkpoint to sign as seen",
        response: {
          200: z.looseObject({
            mode: z.enum(["sandbox", "production"]),
            chainId: z.int(),
            ledger: z.string(),
            salt: id,
            domain: loose,
            seen: id,
            seenSize: z.int().describe("leaves in the log at that checkpoint"),
            entries: z.int(),
            origins: z
              .array(z.object({ origin: z.string(), rpId: z.string() }))
              .describe("pages on which passkeys may sign, and the domain that their keys are bound to"),
            operator: z.string(),
            finality: z
              .enum(["operator", "depth", "validators"])
              .describe(
                "who vouches that a block stays: the operator who signs checkpoints, the blocks on top of it alone, or validators' signatures",
              ),
            confirmations: z.int().describe("blocks on top of one that is told as final; 0: a kept block is final"),
            limits: loose,
          }),
        },
      },
    },
    async () => gateway.ledger() as never,
  );
  app.post(
    "/api/v1/acts",
    {
      config: { permission: "acts.relay" },
      schema: {
        tags: ["Register"],
        summary: "Relay a signed act on holders, agencies, offices or waves of legacy records",
        body: postedAct,
        response: { 201: z.object({ block: z.int() }) },
        problems: ["personal-data", "act-refused", "invalid-request", "not-ready"],
      },
    },
    async (request, reply) => {
      writable(gateway);
      return reply.code(201).send(await gateway.act(request.body));
    },
  );
  app.get(
    "/api/v1/entries",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Entries in register order",
        querystring: page,
        response: { 200: z.object({ entries: z.array(entryRow), total: z.int(), links: links.optional() }) },
      },
    },
    async (request, reply) => {
      const { from, limit } = request.query;
      const entries = await gateway.entries(from, limit);
      const last = entries.at(-1)?.assigned.registerSequence;
      const total = gateway.register().entries;
      const more = entries.length === limit && last !== undefined;
      reply.header("x-total-count", total);
      return {
        entries,
        total,
        ...(more ? { links: { next: absolute(request, `/api/v1/entries?from=${last + 1}&limit=${limit}`) } } : {}),
      } as never;
    },
  );
  app.get(
    "/api/v1/checkpoints",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Checkpoints by log size, and the newest one signed",
        querystring: page,
        response: {
          200: z.object({
            checkpoints: z.array(z.looseObject({ size: z.int(), root: id, time: z.int(), block: z.int() })),
            newest: signedCheckpoint.optional(),
            links: links.optional(),
          }),
        },
      },
    },
    async (request) => {
      const { from, limit } = request.query;
      const checkpoints = (await gateway.checkpoints(from, limit)) as { size: number }[];
      const newest = gateway.signedCheckpoint();
      const more = checkpoints.length === limit;
      const next = `/api/v1/checkpoints?from=${(checkpoints.at(-1)?.size ?? 0) + 1}&limit=${limit}`;
      return {
        checkpoints,
        ...(newest ? { newest } : {}),
        ...(more ? { links: { next: absolute(request, next) } } : {}),
      } as never;
    },
  );
  app.get(
    "/api/v1/processes/:ocid",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "The state of a process, with the heads that the next entry signs as basis",
        params: ocidParam,
        response: {
          200: z.looseObject({
            ...{ ocid: z.string(), agency: id, count: z.int(), head: id, contracts: loose },
            standing: z
              .enum(["inForce", "waiting", "takenBack"])
              .describe("of what a wave of legacy records brought: it counts, does not yet, or no longer"),
          }),
        },
        problems: ["not-found"],
      },
    },
    async (request) => found(await gateway.process(request.params.ocid)) as never,
  );
  app.get(
    "/api/v1/processes/:ocid/history",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Every entry of a process as it was signed, with its signers",
        params: ocidParam,
        response: { 200: z.object({ ocid: z.string(), history: z.array(entryRow) }) },
        problems: ["not-found"],
      },
    },
    async (request) => {
      const history = await gateway.history(request.params.ocid);
      if (history.length === 0) throw new ProblemError("not-found");
      return { ocid: request.params.ocid, history } as never;
    },
  );
  app.get(
    "/api/v1/records/:ocid/history",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["OCDS"],
        summary: "The history of a record in words: what changed, who signed it, in which office",
        description:
          "`history`: entry by entry, with every field that it changed (JSON pointer by ids), its signers and the office each signed in, its business day and how much later it was recorded. `corrections`: both truths side by side, since which entry, signed by whom. `amendments`: semula and menjadi. `standing`: what is paid above a contract's value and every mark, since when, and who should act. What a wave of legacy records brought is told whether it counts or not: `wave` says which, what stands of it, and by which act it was withdrawn.",
        params: ocidParam,
        querystring: historyQuery,
        response: { 200: historyAnswer },
        problems: ["not-found", "moment-in-future", "nothing-then"],
      },
    },
    async (request) => {
      const { ocid } = request.params;
      const { asKnown } = request.query;
      const moment = asKnown === undefined ? undefined : momentOf(asKnown, gateway.now());
      const { lines, ...parts } = found(await gateway.tellHistory(ocid, moment));
      const address = (id: unknown) =>
        absolute(request, `/api/v1/releases/${encodeURIComponent(ocid)}/${encodeURIComponent(String(id))}`);
      return { ocid, ...(withAddresses({ history: lines, ...parts }, address) as object) } as never;
    },
  );
  app.get(
    "/api/v1/authority/agencies",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "Agencies and suppliers",
        response: { 200: z.object({ agencies: z.array(agency) }) },
      },
    },
    async () => ({ agencies: await gateway.agencies() }),
  );
  app.get(
    "/api/v1/authority/holders/:id",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "A holder's keys and offices",
        params: idParam,
        response: { 200: holderAnswer },
        problems: ["not-found"],
      },
    },
    async (request) => found(await gateway.holder(request.params.id as Hex)),
  );
  app.get(
    "/api/v1/authority/last/:id",
    {
      config: { permission: "register.read" },
      schema: {
        tags: ["Register"],
        summary: "The leaf that the next act on this subject names",
        params: idParam,
        response: { 200: z.object({ leaf: id }) },
      },
    },
    async (request) => ({ leaf: await gateway.lastAct(request.params.id as Hex) }),
  );
}

/** Every `releaseId` in what is told of entries as the address of that release. */
function withAddresses(told: unknown, address: (id: unknown) => string): unknown {
  if (Array.isArray(told)) return told.map((each) => withAddresses(each, address));
  if (typeof told !== "object" || told === null) return told;
  return Object.fromEntries(
    Object.entries(told).map(([name, value]) =>
      // what releases say themselves stays as it is
      name === "releaseId"
        ? ["release", address(value)]
        : [name, name === "before" || name === "after" ? value : withAddresses(value, address)],
    ),
  );
}
