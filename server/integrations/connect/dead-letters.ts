import { createHmac } from "node:crypto";
import { classOfColumn, classToMask } from "../../../migration/mapping/personal.ts";
import type { SourceRow } from "../../../migration/row.ts";
import type { DeadLetter } from "../../domain/connectors.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import type { Storage } from "../../domain/storage.ts";
import type { SetAside } from "../sink.ts";

type Place = { job: string; table: string; capture: string };
/** The rows that `row` of letters name, by their number and place. */
type RowsByPlace = (row: number, at: string) => SourceRow | undefined;

/** Digits enough to be an account or a person's number, whatever the column is called. */
const LONG = /\d(?:[ .-]?\d){8,}/g;
const LETTERS = "dead/";
const keyOf = ({ job, id }: Pick<DeadLetter, "job" | "id">) => `${LETTERS}${job}/${id}`;

/** Rows and answers that were set aside, by the digest of what they say: keyed, so that it tells nobody what that is. */
export class DeadLetters {
  readonly #storage: Storage;
  readonly #secret: Uint8Array;
  readonly #now: () => number;

  constructor({ storage, secret, now }: { storage: Storage; secret: Uint8Array; now(): number }) {
    this.#storage = storage;
    this.#secret = secret;
    this.#now = now;
  }

  /** The name of a letter about that row. */
  idOf(job: string, values: readonly (string | null)[]): string {
    return createHmac("sha256", this.#secret).update(job).update(JSON.stringify(values)).digest("hex").slice(0, 24);
  }

  /** The name of a letter about a whole answer, by what was captured or by where it came from. */
  idOfAnswer(job: string, of: string): string {
    return this.idOf(job, ["answer", of]);
  }

  /** Rows of letters about rows, to be written with what else the step changes. `retried`: somebody asked for it. */
  async letters(
    place: Place,
    setAside: readonly SetAside[],
    rows: RowsByPlace,
    retried: boolean,
  ): Promise<{ key: string; value: DeadLetter }[]> {
    const found = new Map<string, { key: string; value: DeadLetter }>();
    for (const { row, at, code, column, found: text, words } of setAside) {
      const values = rows(row, at)?.values ?? [place.capture, String(row), at];
      const id = this.idOf(place.job, values);
      const key = keyOf({ job: place.job, id });
      const known = found.get(key)?.value ?? (await this.#storage.get<DeadLetter>(key));
      const shown = text === undefined || isPersonal(column, text) ? undefined : text.replace(LONG, "…").slice(0, 120);
      const value: DeadLetter = {
        ...place,
        ...{ id, row, rows: 1, at, code, words, firstAt: known?.firstAt ?? this.#now(), lastAt: this.#now() },
        ...(column === undefined ? {} : { column }),
        ...(shown === undefined ? {} : { found: shown }),
        ...counted(known, retried),
        // what somebody gave up stays given up, however often it is sent
        ...(known?.state === "dropped" ? { state: "dropped", reason: known.reason ?? "" } : { state: "open" }),
      };
      found.set(key, { key, value });
    }
    return [...found.values()];
  }

  /** The row of a letter about a whole answer, or what is left of one. */
  async answer(
    place: Place,
    { of, code, words, rows, from }: { of: string; code: string; words: Words; rows: number; from: string },
    retried: boolean,
  ): Promise<{ key: string; value: DeadLetter }> {
    const id = this.idOfAnswer(place.job, of);
    const known = await this.#storage.get<DeadLetter>(keyOf({ job: place.job, id }));
    const value: DeadLetter = {
      ...place,
      ...{ id, rows, at: from, code, words, firstAt: known?.firstAt ?? this.#now(), lastAt: this.#now() },
      ...counted(known, retried),
      ...(known?.state === "dropped" ? { state: "dropped", reason: known.reason ?? "" } : { state: "open" }),
    };
    return { key: keyOf({ job: place.job, id }), value };
  }

  /** Ids of the letters of a job that are open. */
  async open(job: string): Promise<Set<string>> {
    const open = new Set<string>();
    for await (const { value } of this.#storage.range<DeadLetter>(`${LETTERS}${job}/`))
      if (value.state === "open") open.add(value.id);
    return open;
  }

  /** A page of letters, of one job or of all, by their ids; `next` goes on from there. */
  async list({
    job,
    state = "open",
    after,
    limit,
  }: {
    job?: string | undefined;
    state?: DeadLetter["state"] | "all" | undefined;
    after?: string | undefined;
    limit: number;
  }): Promise<{ letters: DeadLetter[]; next?: string }> {
    const prefix = job === undefined ? LETTERS : `${LETTERS}${job}/`;
    const letters: DeadLetter[] = [];
    for await (const { key, value } of this.#storage.range<DeadLetter>(prefix, after === undefined ? {} : { after })) {
      if (state !== "all" && value.state !== state) continue;
      letters.push(value);
      if (letters.length === limit) return { letters, next: key.slice(prefix.length) };
    }
    return { letters };
  }

  /** @throws ProblemError unknown-dead-letter */
  async get(job: string, id: string): Promise<DeadLetter> {
    const letter = await this.#storage.get<DeadLetter>(keyOf({ job, id }));
    if (letter === undefined) throw new ProblemError("unknown-dead-letter", id, { job, id });
    return letter;
  }

  async put(letters: readonly DeadLetter[]): Promise<void> {
    await this.#storage.put(
      letters.map((value) => ({ key: keyOf(value), value })),
      { sync: true },
    );
  }

  /** Those of these ids, as taken: rows to be written with what else the step changes. */
  async taken(job: string, ids: Iterable<string>): Promise<{ key: string; value: DeadLetter }[]> {
    const rows: { key: string; value: DeadLetter }[] = [];
    for (const id of ids) {
      const value = await this.#storage.get<DeadLetter>(keyOf({ job, id }));
      if (value?.state === "open")
        rows.push({ key: keyOf(value), value: { ...value, state: "taken", lastAt: this.#now() } });
    }
    return rows;
  }
}

function counted(known: DeadLetter | undefined, retried: boolean): Pick<DeadLetter, "times" | "retries"> {
  const { times, retries } = known ?? { times: 0, retries: 0 };
  return retried ? { times, retries: retries + 1 } : { times: times + 1, retries };
}

/** Whether a text may be a person's, by where it stands or by what it looks like. */
function isPersonal(column: string | undefined, text: string): boolean {
  return (column !== undefined && classOfColumn(column) !== undefined) || classToMask(text) !== undefined;
}
