import type { Published } from "../domain/entries/plan.ts";
import type { Hex } from "../domain/entries/words.ts";

/** A registered organisation; `id` as the registry writes it, `hex` as the ledger does. */
export type Organisation = {
  readonly id: string;
  readonly hex: Hex;
  readonly name: string;
  readonly kind: "agency" | "supplier";
  /** the agency that it stands below */
  readonly parent?: Hex;
  /** with which the ocids of its native processes begin */
  readonly stems?: readonly string[];
};

/**
 * What integrations may ask of the register. They run in a thread of their own and never open its projection: whoever
 * has it open answers. Everything is as projected at that moment.
 */
export interface Book {
  /** Leaves in the log so far; grows. */
  size(): Promise<number>;
  /**
   * What the register publishes of a process in force; undefined for a new ocid, and for one whose wave was rolled back.
   * One whose wave is not in force yet is told to whoever asks for `waiting` too.
   */
  process(ocid: string, waiting?: "waiting"): Promise<Published>;
  /**
   * Ocids of processes that entries from this log position on have touched, or that came into force or were taken back
   * with their wave; each once in its page, with the position to go on from. Ends where the log ends.
   */
  touchedSince(position: number): AsyncIterable<{ ocids: string[]; next: number }>;
  organisation(hex: Hex): Promise<Organisation | undefined>;
  organisations(): AsyncIterable<Organisation>;
}

/** Which events; what is absent filters nothing. `kinds`: names of events, or kinds of entries and acts. */
export type EventFilter = { readonly agency?: Hex; readonly ocid?: string; readonly kinds?: readonly string[] };
/** An event as the feed of the register tells it. */
export type EventTold = { sequence: number; event: string } & Record<string, unknown>;
/** `takenBack`: numbers that a reader may have seen and that no longer count. */
export type EventsPage = {
  events: EventTold[];
  next: number;
  newest: number;
  takenBack?: { from: number; to: number };
};

/** The feed of events of the register: numbered from 1 without gaps (docs/decisions/0008). */
export interface Events {
  /** the number of the newest */
  newest(): Promise<number>;
  page(after: number, limit: number, filter: EventFilter): Promise<EventsPage>;
  /** Resolves when there is something after `after`, or after so many milliseconds. */
  news(after: number, milliseconds: number): Promise<unknown>;
}
