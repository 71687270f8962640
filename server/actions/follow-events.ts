import { marksIn } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import { formatDate } from "../domain/ocds/dates.ts";
import { explainRefusal } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import type { EventRow } from "../domain/projection/register-event.ts";

// What the chain tells, numbered without gaps from 1 on. A reader goes on after any number that he names, for events
// are read from the projection: the numbers follow from the chain, so they are the same after a rebuild.

/** Which events a reader wants; what is absent filters nothing. `kinds`: names of events, or kinds of entries and acts. */
export type EventFilter = {
  agency?: Hex | undefined;
  ocid?: string | undefined;
  kinds?: ReadonlySet<string> | undefined;
};

/** An event as it is told; ids as 0x text, `excess` in minor units. */
type EventTold = { sequence: number; event: EventRow["event"]; at: string; block: number } & Record<string, unknown>;

/** A page of events. `next`: the number to go on after, also where the filter found nothing. */
export type EventPage = {
  events: EventTold[];
  next: number;
  newest: number;
  /** numbers that a reader may have seen and that no longer count, first and last; they are given anew from `from` on */
  takenBack?: { from: number; to: number };
};

type Needs = {
  range<T>(prefix: string, options: { after: string; limit: number }): AsyncGenerator<{ key: string; value: T }>;
  feed: EventFeed;
};

/** Rows that one page looks at: a filter that finds little does not keep the gateway busy. */
const LOOKED_AT = 2_000;

export async function eventPage(
  after: number,
  limit: number,
  filter: EventFilter,
  { range, feed }: Needs,
): Promise<EventPage> {
  const { newest } = feed;
  if (after > newest) return { events: [], next: newest, newest, takenBack: { from: newest + 1, to: after } };
  const events: EventTold[] = [];
  let next = after;
  for await (const { key, value } of range<EventRow>("event/", { after: ordered(after), limit: LOOKED_AT })) {
    const sequence = Number(key.slice("event/".length));
    // of a block that is being projected, readers hear when all of it is
    if (sequence > newest) break;
    next = sequence;
    if (isWanted(value, filter)) events.push(tell(sequence, value));
    if (events.length >= limit) break;
  }
  return { events, next, newest };
}

/**
 * Pages one after the other, each when the one before was taken: nothing is kept for a reader who is slow. Where there is
 * nothing new for `heartbeat` milliseconds, an empty page tells where he stands. Ends with `reader`.
 */
export async function* followEvents(
  after: number,
  filter: EventFilter,
  heartbeat: number,
  reader: EventReader,
  needs: Needs,
): AsyncGenerator<EventPage> {
  let at = after;
  while (!reader.ended) {
    const low = reader.takeLow();
    if (low < at) {
      yield { events: [], next: low, newest: needs.feed.newest, takenBack: { from: low + 1, to: at } };
      at = low;
      continue;
    }
    const page = await eventPage(at, 100, filter, needs);
    const moved = page.next !== at;
    at = page.next;
    if (page.events.length > 0 || page.takenBack !== undefined) yield page;
    if (moved) continue;
    if (!(await reader.news(at, heartbeat)) && !reader.ended) yield { events: [], next: at, newest: needs.feed.newest };
  }
}

/** Tells open readers that there is more. `newest` is the number of the newest event that is projected. */
export class EventFeed {
  readonly #readers = new Set<EventReader>();
  #newest = 0;

  get newest(): number {
    return this.#newest;
  }

  /** A number lower than before: a chain took blocks back, and what comes next has numbers that were used before. */
  tell(newest: number): void {
    const lower = newest < this.#newest;
    this.#newest = newest;
    for (const reader of this.#readers) reader.hear(newest, lower);
  }

  open(): EventReader {
    const reader: EventReader = new EventReader(this, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }
}

/** One open stream's place in the feed. */
export class EventReader {
  readonly #feed: EventFeed;
  readonly #left: () => void;
  #low = Number.POSITIVE_INFINITY;
  #wake: (() => void) | undefined;
  ended = false;

  constructor(feed: EventFeed, left: () => void) {
    this.#feed = feed;
    this.#left = left;
  }

  hear(newest: number, lower: boolean): void {
    if (lower) this.#low = Math.min(this.#low, newest);
    this.#wake?.();
  }

  /** The lowest number to which the register fell back since this was asked last. */
  takeLow(): number {
    const low = this.#low;
    this.#low = Number.POSITIVE_INFINITY;
    return low;
  }

  /** Resolves when there is something after `at`, or nothing for so many milliseconds, or the end: says whether news. */
  async news(at: number, milliseconds: number): Promise<boolean> {
    if (this.#feed.newest > at || this.#low < at) return true;
    if (this.ended) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), milliseconds);
    this.#wake = () => resolve(true);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#wake = undefined;
    }
  }

  end(): void {
    this.ended = true;
    this.#left();
    this.#wake?.();
  }
}

function isWanted(row: EventRow, { agency, ocid, kinds }: EventFilter): boolean {
  const about = row as { agency?: Hex; ocid?: string; kind?: string };
  return (
    (agency === undefined || about.agency === agency) &&
    (ocid === undefined || about.ocid === ocid) &&
    (kinds === undefined || kinds.has(row.event) || (about.kind !== undefined && kinds.has(about.kind)))
  );
}

function tell(sequence: number, { event, at, block, ...row }: EventRow): EventTold {
  const { exceptions, code, ...rest } = row as { exceptions?: number; code?: number };
  return {
    sequence,
    event,
    at: formatDate(at, "milliseconds"),
    block,
    ...rest,
    ...(exceptions === undefined ? {} : { marks: marksIn(exceptions) }),
    ...(code === undefined ? {} : { rule: explainRefusal({ code, a: 0n, b: 0n }).name }),
  };
}
