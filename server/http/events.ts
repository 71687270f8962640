import { Readable } from "node:stream";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { EventPage, EventReader } from "../actions/follow-events.ts";
import { ActCode } from "../domain/entries/act.ts";
import { Kind } from "../domain/entries/kinds.ts";
import { ProblemError } from "../domain/problems.ts";
import type { App } from "./app.ts";
import { eventsQuery, id } from "./schemas.ts";

export type EventsGateway = {
  events: {
    /** the number of the newest event */
    newest(): number;
    page(after: number, limit: number, filter: EventQuery): Promise<EventPage>;
    open(): EventReader;
    follow(after: number, filter: EventQuery, heartbeat: number, reader: EventReader): AsyncGenerator<EventPage>;
    /** told how many streams are open, whenever that changes */
    opened(count: number): void;
    limits: StreamLimits;
  };
};
export type EventQuery = {
  agency?: string | undefined;
  ocid?: string | undefined;
  kinds?: ReadonlySet<string> | undefined;
};

/** Times in milliseconds. */
export type StreamLimits = {
  /** open streams from one address, and from all */
  perAddress: number;
  most: number;
  /** an idle stream says that it lives, and where it stands */
  heartbeat: number;
  /** a reader who takes nothing for so long is ended; he goes on with his last number */
  patience: number;
};
/** Characters that are handed over at once, unless one event has more: who takes even that little at a time is not idle. */
const PIECE = 16_384;
export const streamLimits: StreamLimits = { perAddress: 50, most: 1_000, heartbeat: 15_000, patience: 30_000 };

const EVENTS = [
  "entry",
  "refused",
  "cancelled",
  "act",
  "wave",
  "lot",
  "policy",
  "anchor",
  "checkpoint",
  "agencyCheckpoint",
  "unreadable",
] as const;

/** What `kind` may name. `takenBack` comes whatever is asked for. */
export const EVENT_KINDS: ReadonlySet<string> = new Set([...EVENTS, ...Object.keys(Kind), ...Object.keys(ActCode)]);

const eventTold = z.looseObject({
  sequence: z.int().describe("without gaps, from 1 on"),
  event: z.enum(EVENTS),
  at: z.string().describe("time of the block, or of the release"),
  block: z.int(),
  kind: z.string().optional().describe("of an entry or an act"),
  wave: z.int().optional().describe("number of the wave that it is about"),
  ocid: z.string().optional(),
  agency: id.optional(),
  submission: id.optional().describe("hash of what was signed: the id of its submission"),
  rule: z.string().optional().describe("by which the ledger refused"),
  registerSequence: z.int().optional().describe("number of its leaf in the log"),
  marks: z.array(z.string()).optional(),
  excess: z.string().optional().describe("paid above the contract's value after it, in minor units"),
});
const eventPage = z.object({
  events: z.array(eventTold),
  next: z.int().describe("ask again with after=next"),
  newest: z.int(),
  takenBack: z
    .object({ from: z.int(), to: z.int() })
    .optional()
    .describe("a chain took these back, or the register was restored: forget them; their numbers are given anew"),
});

export async function eventRoutes(app: App, { events }: EventsGateway): Promise<void> {
  const { perAddress, most, heartbeat, patience } = events.limits;
  const open = new Map<EventReader, string>();
  // an open stream would hold up the end of the gateway for ever
  app.addHook("preClose", async () => {
    for (const reader of open.keys()) reader.end();
  });

  app.get(
    "/api/v1/events",
    {
      config: { permission: "register.read" },
      // packing would hold events back
      compress: false,
      schema: {
        tags: ["Register"],
        summary: "What happens, as it happens: a stream of server-sent events, or a page to poll",
        description: `With \`Accept: text/event-stream\` a stream that stays open; with anything else a page of JSON. Events are numbered without gaps; \`after\` or, stronger, the header \`Last-Event-ID\` says after which number to go on, so nothing is lost or given twice, whatever ended in between. Without either it begins with the first; \`after=now\` begins with what comes. A filtered stream tells its place in its heartbeats. An idle stream says every ${heartbeat / 1000} seconds that it lives; a reader who takes nothing for ${patience / 1000} seconds is ended. At most ${perAddress} streams from one address.`,
        querystring: eventsQuery,
        headers: z.looseObject({ "last-event-id": z.string().optional() }),
        response: {
          200: {
            description: "events in the order of the chain",
            content: { "application/json": { schema: eventPage }, "text/event-stream": { schema: z.string() } },
          },
        },
        problems: ["too-many-streams"],
      },
    },
    async (request, reply) => {
      reply.header("vary", "accept, last-event-id").header("cache-control", "no-store");
      const { limit, agency, ocid } = request.query;
      const filter = { agency, ocid, kinds: kindsOf(request.query.kind) };
      const after = afterOf(request, events.newest());
      // a HEAD has no body that could go on
      if (request.method === "HEAD" || !/\btext\/event-stream\b/.test(request.headers.accept ?? ""))
        return (await events.page(after, limit, filter)) as never;

      const fromHere = [...open.values()].filter((address) => address === request.ip).length;
      if (fromHere >= perAddress || open.size >= most)
        throw new ProblemError("too-many-streams", "", { open: Math.min(fromHere, perAddress), limit: perAddress });
      const reader = events.open();
      open.set(reader, request.ip);
      events.opened(open.size);
      let waitingSince: number | undefined;
      async function* text() {
        yield "retry: 2000\n\n";
        for await (const page of events.follow(after, filter, heartbeat, reader)) {
          for (const piece of written(page)) {
            waitingSince = Date.now();
            yield piece;
            waitingSince = undefined;
          }
        }
      }
      const stream = Readable.from(text(), { objectMode: false, highWaterMark: PIECE });
      const watch = setInterval(() => {
        // what he has not taken yet can't be told him in order: he is cut off, and comes again with his last number
        if (waitingSince !== undefined && Date.now() - waitingSince > patience) reply.raw.destroy();
      }, patience / 4);
      reply.raw.once("close", () => {
        clearInterval(watch);
        reader.end();
        stream.destroy();
        open.delete(reader);
        events.opened(open.size);
      });
      return reply
        .type("text/event-stream; charset=utf-8")
        .header("connection", "close")
        .header("x-accel-buffering", "no")
        .send(stream as never) as never;
    },
  );
}

/** @throws ProblemError invalid-request for a kind that there is not */
function kindsOf(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const kinds = text.split(",");
  const unknown = kinds.find((kind) => !EVENT_KINDS.has(kind));
  if (unknown !== undefined) throw new ProblemError("invalid-request", `kind: ${unknown}`);
  return new Set(kinds);
}

/** @throws ProblemError invalid-request for a Last-Event-ID that no event of ours has */
function afterOf(request: FastifyRequest, newest: number): number {
  const { after } = request.query as { after: number | "now" };
  const last = request.headers["last-event-id"];
  if (last === undefined || last === "") return after === "now" ? newest : after;
  if (typeof last !== "string" || !/^[0-9]{1,15}$/.test(last))
    throw new ProblemError("invalid-request", "Last-Event-ID");
  return Number(last);
}

/** A page as text/event-stream, in pieces. One without events only moves the reader's place. */
function* written({ events, next, takenBack }: EventPage): Generator<string> {
  if (takenBack !== undefined) {
    yield `event: takenBack\nid: ${next}\ndata: ${JSON.stringify(takenBack)}\n\n`;
    return;
  }
  let piece = "";
  for (const event of events) {
    piece += `event: ${event.event}\nid: ${event.sequence}\ndata: ${JSON.stringify(event)}\n\n`;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (events.at(-1)?.sequence !== next) piece += `: here\nid: ${next}\n\n`;
  if (piece !== "") yield piece;
}
