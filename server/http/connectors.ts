import { z } from "zod";
import type { Connectors } from "../actions/connectors.ts";
import { CELL_TYPES, DRIFTS, LETTER_STATES, RUN_REASONS, RUN_STATES } from "../domain/connectors.ts";
import { words } from "./answers.ts";
import type { App } from "./app.ts";
import { asking, moment, reason, security, unstored } from "./connected.ts";
import { myselfOf } from "./guard.ts";
import { number, whole } from "./schemas.ts";

export type ConnectorsGateway = { connectors: Connectors };

const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
  .describe("id of the job in connectors.yaml");
const jobParam = z.object({ job: id });
const figure = (text: string) => z.int().min(0).describe(text);
const fault = z.object({
  code: z.string(),
  words,
  remedy: words.optional(),
  retry: z.literal(true).optional().describe("the same may work later"),
});

const run = z
  .object({
    job: id,
    number: z.int().describe("from 1, in its job"),
    reason: z
      .enum(RUN_REASONS)
      .describe("resumed: the one before was cut off by the end of the process; captures: from what was captured"),
    startedAt: moment,
    endedAt: moment.optional(),
    state: z
      .enum(RUN_STATES)
      .describe("interrupted: the process ended; cutOff: it passed its time limit; stopped: the job was paused"),
    dry: z.literal(true).optional().describe("nothing was kept"),
    answers: figure("answers of the source"),
    fresh: figure("of these, such as nobody gave before"),
    damaged: figure("of these, such as could not be read"),
    bytes: figure("of all answers"),
    passed: figure("rows before the cursor's window, which were not looked at"),
    read: figure("rows"),
    carried: figure("rows of an earlier run of which was told only now"),
    drafted: figure("rows that led to something new"),
    unchanged: figure("rows that said what is known"),
    merged: figure("rows that say of a thing what another row says too"),
    setAside: figure("rows that could not be taken"),
    undecided: figure("rows of which nobody has told yet; 0 once it has ended"),
    tries: figure("tries at reaching the source"),
    fault: fault.optional(),
    alarms: figure("new alarms"),
    notes: z
      .array(z.object({ code: z.string(), words }))
      .optional()
      .describe("what else is worth telling of its answers"),
  })
  .describe("read + carried = drafted + unchanged + merged + setAside + undecided");

const connector = z.object({
  id,
  name: z.string(),
  source: z.string(),
  engine: z.string().describe("how the source is read"),
  table: z.string().optional(),
  map: z.string().optional(),
  sink: z.string().describe("what its rows are for"),
  contract: z.string().describe("what happens where columns change"),
  schedule: z.string().optional().describe("15m: so often; 02:30 Asia/Jakarta: daily at that time"),
  state: z.enum(["idle", "running", "paused"]),
  paused: z.object({ at: moment, reason: z.string() }).optional(),
  next: moment.optional().describe("when it is due"),
  lastGood: moment.optional().describe("when a run last ended well"),
  runs: z.int(),
  lastRun: run.optional(),
  openLetters: figure("rows and answers that were set aside and wait"),
  openAlarms: figure("alarms that nobody has looked at"),
});

const letter = z.object({
  id: z.string(),
  job: id,
  table: z.string(),
  capture: z.string().describe("SHA-256 of the captured answer in which it stands"),
  row: z.int().optional().describe("row of that answer; absent where all of it waits"),
  rows: figure("rows that wait with it; 0 where nobody could count them"),
  at: z.string().describe("where it stands, for a person who looks for it"),
  code: z.string(),
  column: z.string().optional(),
  found: z.string().optional().describe("what stands there, unless it may be a person's"),
  words,
  state: z.enum(LETTER_STATES),
  firstAt: moment,
  lastAt: moment,
  times: figure("how often it came"),
  retries: z.int(),
  reason: z.string().optional().describe("why it was given up"),
});

const alarm = z.object({
  job: id,
  number: z.int(),
  kind: z.enum(DRIFTS),
  table: z.string(),
  column: z.string(),
  was: z.string().optional(),
  is: z.string().optional(),
  words,
  firstAt: moment,
  lastAt: moment,
  run: z.int().describe("the run that raised it"),
  times: z.int(),
  stops: z.boolean().describe("rows wait until it is accepted"),
  state: z.enum(["open", "accepted", "ended"]),
});

const contract = z.object({
  frozenAt: moment,
  run: z.int(),
  tables: z.record(
    z.string(),
    z.record(z.string(), z.object({ type: z.enum(CELL_TYPES), declared: z.string().optional(), always: z.boolean() })),
  ),
  volumes: z.array(z.int()).readonly().describe("rows of the last whole runs, oldest first"),
});

const test = z.object({
  ok: z.boolean(),
  fault: fault.optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string().optional() })),
  rows: z.int().describe("rows that were looked at"),
  drift: z.array(words),
  map: z
    .object({
      id: z.string(),
      mapped: z.int(),
      refused: z.int(),
      wrong: z.array(z.object({ code: z.string(), column: z.string().optional(), rows: z.int() })),
      faults: z.array(words),
    })
    .optional()
    .describe("what the job's map makes of these rows"),
});

const letterIds = z
  .array(z.string().regex(/^[0-9a-f]{24}$/))
  .min(1)
  .max(1_000);
const ofJob = [...asking, "unknown-connector"] as const;
const operating = [...ofJob, "csrf"] as const;
const ROOT = "/api/v1/connectors";

/** Jobs that read other systems: where each stands, what came of it, what was set aside, what drifted. */
export async function connectorRoutes(app: App, { connectors }: ConnectorsGateway): Promise<void> {
  unstored(app);
  const read = { config: { permission: "connectors.read" } } as const;
  const operate = { config: { permission: "connectors.operate" } } as const;
  const tags = ["Connectors"];
  app.get(
    ROOT,
    {
      ...read,
      schema: {
        tags,
        summary: "The connectors of this gateway, with what came of their last runs",
        security,
        response: { 200: z.object({ connectors: z.array(connector) }) },
        problems: asking,
      },
    },
    async (request) => ({ connectors: await connectors.list(myselfOf(request)) }),
  );
  app.get(
    `${ROOT}/:job`,
    {
      ...read,
      schema: {
        tags,
        summary: "One connector",
        params: jobParam,
        security,
        response: { 200: connector },
        problems: ofJob,
      },
    },
    async (request) => connectors.one(myselfOf(request), request.params.job),
  );
  app.get(
    `${ROOT}/:job/runs`,
    {
      ...read,
      schema: {
        tags,
        summary: "Runs of a connector, newest first",
        params: jobParam,
        querystring: z.strictObject({
          limit: number(1, 200, 50),
          before: whole(1, 999_999_999_999_999).optional().describe("number of the last run that was told"),
        }),
        security,
        response: { 200: z.object({ runs: z.array(run) }) },
        problems: ofJob,
      },
    },
    async (request) => {
      const { limit, before } = request.query;
      return { runs: await connectors.runs(myselfOf(request), request.params.job, limit, before) };
    },
  );
  app.get(
    `${ROOT}/:job/runs/:number`,
    {
      ...read,
      schema: {
        tags,
        summary: "One run, as it is now",
        params: z.object({ job: id, number: whole(1, 999_999_999_999_999) }),
        security,
        response: { 200: run },
        problems: [...ofJob, "not-found"],
      },
    },
    async (request) => connectors.oneRun(myselfOf(request), request.params.job, request.params.number),
  );
  app.post(
    `${ROOT}/:job/runs`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Run a connector now",
        description:
          "Answers once the run is written down; ask for it by its number until it has ended. `dry`: reads all and keeps nothing. `backfill`: `source` reads it from its beginning again, `captures` takes again what was captured and asks the source nothing.",
        params: jobParam,
        body: z.strictObject({ dry: z.literal(true).optional(), backfill: z.enum(["source", "captures"]).optional() }),
        security,
        response: { 202: run },
        problems: [...operating, "connector-busy", "connector-paused"],
      },
    },
    async (request, reply) => {
      const { dry, backfill } = request.body;
      const how = { ...(dry === undefined ? {} : { dry }), ...(backfill === undefined ? {} : { backfill }) };
      const begun = await connectors.run(myselfOf(request), request.params.job, how);
      return reply
        .code(202)
        .header("location", `${ROOT}/${begun.job}/runs/${begun.number}`)
        .send(begun as never);
    },
  );
  app.post(
    `${ROOT}/:job/test`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Look at the beginning of what a source gives, and keep nothing",
        params: jobParam,
        security,
        response: { 200: test },
        problems: operating,
      },
    },
    async (request) => connectors.test(myselfOf(request), request.params.job),
  );
  app.post(
    `${ROOT}/:job/pause`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Stop a connector until it is resumed",
        description: "What it is taking is finished first; nothing is lost.",
        params: jobParam,
        body: z.strictObject({ reason }),
        security,
        response: { 200: connector },
        problems: [...operating, "personal-data"],
      },
    },
    async (request) => connectors.pause(myselfOf(request), request.params.job, request.body.reason),
  );
  app.post(
    `${ROOT}/:job/resume`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Let a connector go on",
        params: jobParam,
        security,
        response: { 200: connector },
        problems: operating,
      },
    },
    async (request) => connectors.resume(myselfOf(request), request.params.job),
  );
  app.get(
    `${ROOT}/:job/contract`,
    {
      ...read,
      schema: {
        tags,
        summary: "The columns that a connector's rows had when it ran first, and what drifted since",
        params: jobParam,
        security,
        response: { 200: z.object({ contract: contract.optional(), alarms: z.array(alarm) }) },
        problems: ofJob,
      },
    },
    async (request) => connectors.contract(myselfOf(request), request.params.job),
  );
  app.post(
    `${ROOT}/:job/contract`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Accept what drifted as the new contract",
        description: "What waited for that is taken in a run of its own, from what was captured.",
        params: jobParam,
        body: z.strictObject({
          alarms: z.union([z.literal("all"), z.array(z.int().min(1)).min(1).max(1_000)]).describe("their numbers"),
        }),
        security,
        response: { 200: z.object({ accepted: z.array(alarm), run: run.optional() }) },
        problems: [...operating, "connector-busy", "unknown-alarm"],
      },
    },
    async (request) => connectors.accept(myselfOf(request), request.params.job, request.body.alarms),
  );
  app.get(
    `${ROOT}/:job/dead-letters`,
    {
      ...read,
      schema: {
        tags,
        summary: "Rows and answers that were set aside, with the reason",
        params: jobParam,
        querystring: z.strictObject({
          state: z.enum([...LETTER_STATES, "all"]).default("open"),
          after: z
            .string()
            .regex(/^[0-9a-f]{24}$/)
            .optional()
            .describe("`next` of the page before"),
          limit: number(1, 200, 50),
        }),
        security,
        response: { 200: z.object({ letters: z.array(letter), next: z.string().optional() }) },
        problems: ofJob,
      },
    },
    async (request) => {
      const { state, after, limit } = request.query;
      const asked = { job: request.params.job, state, limit, ...(after === undefined ? {} : { after }) };
      return connectors.letters(myselfOf(request), asked);
    },
  );
  app.post(
    `${ROOT}/:job/dead-letters/retry`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Take rows once more that were set aside, from what was captured",
        params: jobParam,
        body: z.strictObject({ letters: z.union([z.literal("all"), letterIds]) }),
        security,
        response: { 202: run },
        problems: [...operating, "connector-busy", "connector-paused", "unknown-dead-letter"],
      },
    },
    async (request, reply) => {
      const begun = await connectors.retry(myselfOf(request), request.params.job, request.body.letters);
      return reply
        .code(202)
        .header("location", `${ROOT}/${begun.job}/runs/${begun.number}`)
        .send(begun as never);
    },
  );
  app.post(
    `${ROOT}/:job/dead-letters/drop`,
    {
      ...operate,
      schema: {
        tags,
        summary: "Give up rows that were set aside, with a reason that is kept",
        params: jobParam,
        body: z.strictObject({ letters: letterIds, reason }),
        security,
        response: { 200: z.object({ letters: z.array(letter) }) },
        problems: [...operating, "personal-data", "unknown-dead-letter"],
      },
    },
    async (request) => ({
      letters: await connectors.drop(myselfOf(request), request.params.job, request.body.letters, request.body.reason),
    }),
  );
}
