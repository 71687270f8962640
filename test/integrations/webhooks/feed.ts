import type { EventFilter, Events, EventTold } from "../../../server/integrations/book.ts";

/** The feed of events of a register that a test fills: numbered from 1, and able to fall back. */
export class Feed implements Events {
  events: EventTold[] = [];
  pages = 0;
  #waiting: (() => void)[] = [];

  /** @returns the number of the newest */
  add(count = 1, about: Record<string, unknown> = {}): number {
    for (let index = 0; index < count; index++) {
      const sequence = this.events.length + 1;
      const at = new Date(Date.UTC(2026, 0, 1) + sequence * 1_000).toISOString();
      this.events.push({ sequence, event: "entry", at, block: sequence, kind: "contract", ocid: "ocds-a-1", ...about });
    }
    for (const wake of this.#waiting.splice(0)) wake();
    return this.events.length;
  }

  async newest(): Promise<number> {
    return this.events.length;
  }

  async page(after: number, limit: number, { agency, ocid, kinds }: EventFilter) {
    this.pages++;
    const newest = this.events.length;
    if (after > newest) return { events: [], next: newest, newest, takenBack: { from: newest + 1, to: after } };
    const looked = this.events.slice(after, after + 2_000);
    const events: EventTold[] = [];
    let next = after;
    for (const event of looked) {
      next = event.sequence;
      const isWanted =
        (agency === undefined || event.agency === agency) &&
        (ocid === undefined || event.ocid === ocid) &&
        (kinds === undefined || kinds.includes(event.event) || kinds.includes(String(event.kind)));
      if (isWanted) events.push(event);
      if (events.length >= limit) break;
    }
    return { events, next, newest };
  }

  news(after: number, milliseconds: number): Promise<unknown> {
    if (this.events.length > after) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      timer.unref();
      this.#waiting.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
