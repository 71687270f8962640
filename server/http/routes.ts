import { z } from "zod";
import type {
  AgencyView,
  EntryRow,
  HolderView,
  OfficeView,
  PublishedRelease,
  RegisterView,
} from "../actions/project-block.ts";
import type { Submission } from "../actions/submissions.ts";
import { stateWords } from "../actions/submissions.ts";
import type { PostedEntry } from "../actions/submit-entry.ts";
import type { Hex } from "../domain/entries/words.ts";
import { ProblemError } from "../domain/problems.ts";
import type { ProcessView } from "../domain/projection/process-view.ts";
import { failpoint } from "../failpoint.ts";
import type { App } from "./app.ts";
import { page, postedAct, postedCancel, postedEntry, signedApproval, wait } from "./schemas.ts";

/** What the routes ask of the gateway; services.ts gives it. */
export type Gateway = {
  ledger(): Record<string, unknown>;
  register(): RegisterView;
  ready(): { ready: boolean; reasons: string[] };
  submit(posted: PostedEntry, wait: number): Promise<Submission>;
  approve(id: Hex, approval: PostedEntry["approvals"][number], wait: number): Promise<Submission>;
  submission(id: Hex): Promise<Submission | undefined>;
  cancel(posted: z.infer<typeof postedCancel>): Promise<void>;
  act(posted: z.infer<typeof postedAct>): Promise<{ block: number }>;
  signedCheckpoint(): Record<string, unknown> | undefined;
  process(ocid: string): Promise<ProcessView | undefined>;
  history(ocid: string): Promise<EntryRow[]>;
  entries(from: number, limit: number): Promise<EntryRow[]>;
  ocids(after: string | undefined, limit: number): Promise<string[]>;
  checkpoints(after: number, limit: number): Promise<unknown[]>;
  agencies(): Promise<AgencyView[]>;
  holder(id: Hex): Promise<{ holder: HolderView; offices: OfficeView[] } | undefined>;
  lastAct(subject: Hex): Promise<Hex>;
  /** Releases in register order after `after`, with the sequence to go on from. */
  releases(after: number, limit: number): Promise<{ releases: Record<string, unknown>[]; next?: number }>;
  release(ocid: string, id: string): Promise<PublishedRelease | undefined>;
  record(ocid: string): Promise<Record<string, unknown> | undefined>;
  processCount(): Promise<number>;
  /** What every package says of itself. */
  packageHead(path: string): Record<string, unknown>;
  home(language: "en" | "id"): string;
};

/** A submission as it is told: its row, what it waits for and what comes next, and once recorded the signed checkpoint. */
function told(gateway: Gateway, submission: Submission) {
  const { waitsFor, next } = stateWords[submission.state];
  const checkpoint = submission.state === "final" ? gateway.signedCheckpoint() : undefined;
  return { ...submission, waitsFor, next, ...(checkpoint ? { checkpoint } : {}) };
}

const idParam = z.object({ id: z.string().regex(/^0x[0-9a-f]{64}$/) });
const ocidParam = z.object({ ocid: z.string().min(1).max(200) });

export async function routes(app: App, gateway: Gateway): Promise<void> {
  const found = <T>(value: T | undefined): T => {
    if (value === undefined) throw new ProblemError("not-found");
    return value;
  };
  const writable = () => {
    const { ready, reasons } = gateway.ready();
    if (!ready) throw new ProblemError("not-ready", reasons.join("; "));
  };
  const statusOf = ({ state }: Submission) => (state === "final" ? 201 : state === "refused" ? 422 : 202);

  app.addHook("onResponse", async ({ method }) => {
    if (method === "POST") failpoint("answered");
  });

  app.get("/", { schema: { hide: true } }, async (request, reply) => {
    const language = /^\s*id\b/i.test(request.headers["accept-language"] ?? "") ? "id" : "en";
    const asked = (request.query as { lang?: unknown }).lang;
    return reply
      .type("text/html; charset=utf-8")
      .send(gateway.home(asked === "id" || asked === "en" ? asked : language));
  });
  app.get("/health/live", { schema: { summary: "The process runs" } }, async () => ({ live: true }));
  app.get("/health/ready", { schema: { summary: "Writes are possible" } }, async (_request, reply) => {
    const state = gateway.ready();
    return reply.code(state.ready ? 200 : 503).send({ ...state, entries: gateway.register().entries });
  });

  app.get(
    "/api/v1/ledger",
    { schema: { summary: "What a signer needs: chain, ledger, salt, the checkpoint to sign as seen" } },
    async () => gateway.ledger(),
  );
  app.post(
    "/api/v1/submissions",
    {
      schema: {
        summary: "Submit a signed entry; waits up to `wait` milliseconds for its fate",
        body: postedEntry,
        querystring: wait,
      },
    },
    async (request, reply) => {
      writable();
      const key = request.headers["idempotency-key"];
      if (key !== undefined && key !== request.body.entry.commandId)
        throw new ProblemError("invalid-request", "Idempotency-Key is not the entry's commandId");
      const basis = request.headers["if-match"]?.replaceAll('"', "");
      if (basis !== undefined && basis !== request.body.entry.basis)
        throw new ProblemError("basis-mismatch", "If-Match is not the entry's basis");
      const submission = await gateway.submit(request.body as PostedEntry, request.query.wait);
      return reply
        .code(statusOf(submission))
        .header("location", `/api/v1/submissions/${submission.id}`)
        .send(told(gateway, submission));
    },
  );
  app.get(
    "/api/v1/submissions/:id",
    { schema: { summary: "Where a submission stands", params: idParam } },
    async (request) => told(gateway, found(await gateway.submission(request.params.id as Hex))),
  );
  app.post(
    "/api/v1/submissions/:id/approve",
    { schema: { summary: "Add a second signature", params: idParam, body: signedApproval, querystring: wait } },
    async (request, reply) => {
      writable();
      const approval = request.body as PostedEntry["approvals"][number];
      const submission = await gateway.approve(request.params.id as Hex, approval, request.query.wait);
      return reply.code(statusOf(submission)).send(told(gateway, submission));
    },
  );
  app.post(
    "/api/v1/cancels",
    { schema: { summary: "Take back one's own signature before it counts", body: postedCancel } },
    async (request, reply) => {
      writable();
      await gateway.cancel(request.body);
      return reply.code(202).send({ queued: true });
    },
  );
  app.post(
    "/api/v1/acts",
    { schema: { summary: "Relay a signed act on holders, agencies or offices", body: postedAct } },
    async (request, reply) => {
      writable();
      return reply.code(201).send(await gateway.act(request.body));
    },
  );

  app.get(
    "/api/v1/entries",
    { schema: { summary: "Entries in register order", querystring: page } },
    async (request) => {
      const { from, limit } = request.query;
      const entries = await gateway.entries(from, limit);
      const last = entries.at(-1)?.assigned.registerSequence;
      const more = entries.length === limit && last !== undefined;
      return {
        entries,
        total: gateway.register().entries,
        ...(more ? { links: { next: `/api/v1/entries?from=${last + 1}&limit=${limit}` } } : {}),
      };
    },
  );
  app.get(
    "/api/v1/checkpoints",
    { schema: { summary: "Checkpoints by log size", querystring: page } },
    async (request) => ({
      checkpoints: await gateway.checkpoints(request.query.from, request.query.limit),
      newest: gateway.signedCheckpoint(),
    }),
  );
  app.get(
    "/api/v1/ocids",
    {
      schema: {
        summary: "All processes",
        querystring: z.object({
          after: z.string().max(200).optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
      },
    },
    async (request) => {
      const { after, limit } = request.query;
      const ocids = await gateway.ocids(after, limit);
      const more = ocids.length === limit;
      return {
        ocids,
        ...(more ? { links: { next: `/api/v1/ocids?limit=${limit}&after=${encodeURIComponent(ocids.at(-1)!)}` } } : {}),
      };
    },
  );
  app.get(
    "/api/v1/processes/:ocid",
    {
      schema: {
        summary: "The state of a process, with the heads that the next entry signs as basis",
        params: ocidParam,
      },
    },
    async (request) => found(await gateway.process(request.params.ocid)),
  );
  app.get(
    "/api/v1/processes/:ocid/history",
    { schema: { summary: "Every entry of a process, with its signers", params: ocidParam } },
    async (request) => {
      const history = await gateway.history(request.params.ocid);
      if (history.length === 0) throw new ProblemError("not-found");
      return { ocid: request.params.ocid, history };
    },
  );
  app.get("/api/v1/authority/agencies", { schema: { summary: "Agencies and suppliers" } }, async () => ({
    agencies: await gateway.agencies(),
  }));
  app.get(
    "/api/v1/authority/holders/:id",
    { schema: { summary: "A holder's keys and offices", params: idParam } },
    async (request) => found(await gateway.holder(request.params.id as Hex)),
  );
  app.get(
    "/api/v1/authority/last/:id",
    { schema: { summary: "The leaf that the next act on this subject names", params: idParam } },
    async (request) => ({
      leaf: await gateway.lastAct(request.params.id as Hex),
    }),
  );

  const cursor = z.object({
    after: z.coerce.number().int().min(0).default(0),
    limit: z.coerce.number().int().min(1).max(200).default(100),
  });
  const absolute = (request: { protocol: string; host: string }, path: string) =>
    `${request.protocol}://${request.host}${path}`;
  app.get(
    "/api/v1/releases",
    { schema: { summary: "OCDS release packages, oldest first", querystring: cursor } },
    async (request, reply) => {
      const { after, limit } = request.query;
      const { releases, next } = await gateway.releases(after, limit);
      reply.header("x-total-count", gateway.register().entries);
      const links =
        next === undefined
          ? {}
          : { links: { next: absolute(request, `/api/v1/releases?after=${next}&limit=${limit}`) } };
      return { ...gateway.packageHead(absolute(request, request.url)), ...links, releases };
    },
  );
  app.get(
    "/api/v1/releases/:ocid/:id",
    {
      schema: {
        summary: "One OCDS release in its package",
        params: ocidParam.extend({ id: z.string().min(1).max(240) }),
      },
    },
    async (request) => {
      const { release } = found(await gateway.release(request.params.ocid, request.params.id));
      return { ...gateway.packageHead(absolute(request, request.url)), releases: [release] };
    },
  );
  app.get(
    "/api/v1/records",
    {
      schema: {
        summary: "OCDS record packages by ocid",
        querystring: z.object({
          after: z.string().max(200).optional(),
          limit: z.coerce.number().int().min(1).max(100).default(20),
        }),
      },
    },
    async (request, reply) => {
      const { after, limit } = request.query;
      const ocids = await gateway.ocids(after, limit);
      const records = (await Promise.all(ocids.map((ocid) => gateway.record(ocid)))).filter(
        (record) => record !== undefined,
      );
      const more = ocids.length === limit;
      const links = more
        ? {
            links: {
              next: absolute(request, `/api/v1/records?limit=${limit}&after=${encodeURIComponent(ocids.at(-1)!)}`),
            },
          }
        : {};
      reply.header("x-total-count", await gateway.processCount());
      return { ...gateway.packageHead(absolute(request, request.url)), ...links, records };
    },
  );
  app.get(
    "/api/v1/records/:ocid",
    { schema: { summary: "The record of one process: its releases, compiled and versioned", params: ocidParam } },
    async (request) => ({
      ...gateway.packageHead(absolute(request, request.url)),
      records: [found(await gateway.record(request.params.ocid))],
    }),
  );
}
