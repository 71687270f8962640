import path from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import type { Book, Events } from "./integrations/book.ts";
import { Captures } from "./integrations/connect/captures.ts";
import { Jobs } from "./integrations/connect/jobs.ts";
import { openFeed } from "./integrations/connect/open-feed.ts";
import type { Calls, Part, PartNeeds } from "./integrations/part.ts";
import { PARTS } from "./integrations/parts.ts";
import type { Sink, SinkName } from "./integrations/sink.ts";
import {
  type AnswerTo,
  type FromThread,
  type Question,
  ROW_BUFFER,
  received,
  type Started,
  sent,
  type ToThread,
} from "./integrations/thread.ts";
import { Table } from "./store/store.ts";

/**
 * The thread of the integrations: its own Level, its jobs and its parts. It knows the register by what main answers, and
 * nothing that happens here stops the register.
 */

const { folder, connectors, secret } = workerData as Started;
const port = parentPort!;
const say = (message: FromThread) => port.postMessage(message);
/** Milliseconds between two looks at what is due, and two signs of life. */
const TICK = 1_000;
/** Milliseconds for which what failed once is told. */
const TROUBLE = 600_000;
const MOST_TROUBLES = 20;
/** Row: the position in the register's log up to which the parts have been told. */
const TOLD = "job/told";

// ---- the register, as main answers

let asked = 0;
const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
function ask<Q extends Question>(question: Q): Promise<AnswerTo[Q["about"]]> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
    say({ kind: "ask", id, question });
  });
}
const book: Book = {
  size: () => ask({ about: "size" }),
  process: (ocid, waiting) => ask({ about: "process", ocid, waiting: waiting !== undefined }),
  async *touchedSince(position) {
    for (let at: { next: number; after: string | undefined } = { next: position, after: undefined }; ; ) {
      const page = await ask({ about: "touched", position: at.next, after: at.after });
      if (page === undefined) return;
      yield page;
      at = page;
    }
  },
  organisation: (hex) => ask({ about: "organisation", hex }),
  async *organisations() {
    for (let after: string | undefined; ; ) {
      const page = await ask({ about: "organisations", after });
      yield* page.organisations;
      if (page.after === undefined) return;
      after = page.after;
    }
  },
};

let newestEvent = 0;
const listening = new Set<() => void>();
const events: Events = {
  newest: () => ask({ about: "newest" }),
  page: (after, limit, filter) => ask({ about: "events", after, limit, filter }),
  news(after, milliseconds) {
    if (newestEvent > after) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    // who waits for news holds up no end
    const timer = setTimeout(resolve, milliseconds).unref();
    listening.add(resolve);
    return promise.finally(() => {
      clearTimeout(timer);
      listening.delete(resolve);
    });
  },
};
/** Parts hear of a fall before anybody asks for what comes after it. */
async function hear({ newest, fell }: { newest: number; fell?: number }): Promise<void> {
  newestEvent = newest;
  if (fell !== undefined) fallen = Math.min(fell, fallen ?? fell);
  await fall();
  for (const wake of listening) wake();
}
let fallen: number | undefined;
async function fall(): Promise<void> {
  const low = fallen;
  if (low === undefined || !isOpen) return;
  for (const part of parts) await part.onFall?.(low);
  if (fallen === low) fallen = undefined;
}

// ---- parts and jobs

const storage = await Table.open(path.join(folder, "rows"), { buffer: ROW_BUFFER });
const calls: Calls = {};
const parts: Part[] = [];
const sinks = new Map<SinkName, Sink>();
const needs: PartNeeds = {
  storage,
  connectors,
  book,
  events,
  secret,
  now: Date.now,
  env: process.env,
  report,
  call: <T>(name: string, args?: unknown) => answerOf(name, args) as Promise<T>,
};
const jobs = new Jobs({
  storage,
  captures: await Captures.open(path.join(folder, "raw"), secret),
  connectors,
  secret,
  env: process.env,
  now: Date.now,
  open: openFeed,
  sink: (name) => sinks.get(name),
  measure: (measure) => say({ kind: "measure", measure }),
  report,
});
Object.assign(calls, jobs.calls);

async function answerOf(name: string, args: unknown): Promise<unknown> {
  const call = Object.hasOwn(calls, name) ? calls[name] : undefined;
  if (call === undefined) throw new Error(`the integrations have no call ${name}`);
  return call(args);
}

/** Whether all parts are there: what is told to some of them would never be told to the others. */
let isOpen = false;
let grown = 0;
let hasGrown = false;
let telling: Promise<void> | undefined;
/** Tells the parts which processes entries have touched, and remembers how far. */
async function tell(): Promise<void> {
  hasGrown = false;
  let told = (await storage.get<number>(TOLD)) ?? 0;
  // a register that was put back from a backup
  if (told > grown) told = grown;
  for await (const { ocids, next } of book.touchedSince(told)) {
    for (const part of parts) await part.onLedger?.(ocids);
    await storage.put([{ key: TOLD, value: next }], { sync: true });
  }
}
/** Where one fails, or the register grew meanwhile, they are told again at the next tick. */
function tellSoon(): void {
  if (!isOpen || !hasGrown || closing) return;
  telling ??= tell()
    .catch((error: unknown) => {
      hasGrown = true;
      report(error);
    })
    .finally(() => {
      telling = undefined;
    });
}

port.on("message", (message: ToThread) => {
  switch (message.kind) {
    case "call": {
      const { id } = message;
      answerOf(message.name, message.args).then(
        (result) => say({ kind: "answer", id, result }),
        (error: unknown) => say({ kind: "answer", id, error: sent(error) }),
      );
      return;
    }
    case "answer": {
      const { resolve, reject } = waiting.get(message.id)!;
      waiting.delete(message.id);
      return message.error === undefined ? resolve(message.result) : reject(received(message.error));
    }
    case "grew":
      grown = message.size;
      hasGrown = true;
      tellSoon();
      return;
    case "events":
      hear(message).catch(report);
      return;
    case "close":
      void close();
  }
});

/** What failed, and when it did last: told to main until it has not for a while. */
const troubles = new Map<string, number>();
function report(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const isNew = !troubles.has(text);
  troubles.set(text, Date.now());
  if (troubles.size > MOST_TROUBLES) troubles.delete(troubles.keys().next().value!);
  if (isNew) sayTroubles();
}
function forgetTroubles(): void {
  const over = [...troubles].filter(([, at]) => Date.now() - at > TROUBLE);
  for (const [text] of over) troubles.delete(text);
  if (over.length > 0) sayTroubles();
}
function sayTroubles(): void {
  const told = [...troubles.keys()].map((text) => ({
    en: `the integrations could not do their work: ${text}`,
    id: `integrasi tidak dapat bekerja: ${text}`,
  }));
  say({ kind: "troubles", troubles: told });
}

let timer: NodeJS.Timeout | undefined;
let closing = false;
async function close(): Promise<void> {
  closing = true;
  // what is being opened is closed like the rest
  await opening;
  clearInterval(timer);
  await jobs.close();
  await telling;
  for (const part of parts.toReversed()) await part.close();
  await storage.close();
  say({ kind: "closed" });
  port.close();
}

async function open(): Promise<void> {
  for (const { open } of PARTS) {
    if (closing) return;
    const part = await open(needs);
    parts.push(part);
    Object.assign(calls, part.calls);
    for (const [name, sink] of Object.entries(part.sinks ?? {})) sinks.set(name as SinkName, sink);
  }
  if (closing) return;
  isOpen = true;
  await fall();
  tellSoon();
  await jobs.resume();
  timer = setInterval(() => {
    say({ kind: "alive" });
    forgetTroubles();
    fall().catch(report);
    tellSoon();
    jobs.tick().catch(report);
  }, TICK);
  say({ kind: "ready" });
}
const opening = open().catch((error: unknown) => say({ kind: "failed", error: sent(error) }));
