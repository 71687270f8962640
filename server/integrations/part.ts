import type { Storage } from "../domain/storage.ts";
import type { Book, Events } from "./book.ts";
import type { ConnectorsFile } from "./settings.ts";
import type { Sink, SinkName } from "./sink.ts";

/** What may be asked of a part from the other side of the thread: arguments and answers are data. */
// biome-ignore lint/suspicious/noExplicitAny: each call has its own argument; whoever calls knows it by its name
export type Calls = Record<string, (args: any) => Promise<unknown>>;

/** One part of the integrations: what it answers, which rows it takes, what it does when the register has grown. */
export type Part = {
  readonly calls: Calls;
  readonly sinks?: Partial<Record<SinkName, Sink>>;
  /** Processes that entries touched since it was last told; may be told twice. */
  onLedger?(ocids: readonly string[]): Promise<void>;
  /** The register fell back: events above this number were taken back, and their numbers are given anew. */
  onFall?(low: number): Promise<void>;
  close(): Promise<void>;
};

/** What a part is opened with. Its rows have key prefixes of its own in the one store. */
export type PartNeeds = {
  readonly storage: Storage;
  readonly connectors: ConnectorsFile;
  readonly book: Book;
  readonly events: Events;
  /** of this register alone: personal numbers and accounts are compared by digests keyed with it */
  readonly secret: Uint8Array;
  /** milliseconds UTC */
  now(): number;
  /** where secrets are looked up that the settings name */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Tells somebody of what failed and is tried again by itself. */
  report(error: unknown): void;
  /** Asks another part, by the name of its call. */
  call<T>(name: string, args?: unknown): Promise<T>;
};
