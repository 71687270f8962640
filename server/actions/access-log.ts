import { sha256 } from "#hash";
import { Role } from "../domain/entries/kinds.ts";
import { type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { ProblemError } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import { covers, holds, isOwnSubject, type Lineage } from "../domain/sealing/readers.ts";
import type { Path } from "../domain/sealing/seal.ts";
import type { Storage } from "../domain/storage.ts";
import type { Myself } from "./sessions.ts";

/** What somebody did with what is not public. Never holds a value, a salt or a key; `at` in seconds UTC. */
export type Access = {
  at: number;
  /** of whom, as far as he has them: holder in the register, account here, the key that opened the session */
  holder?: Hex;
  key?: Hex;
  account?: string;
  act:
    | "read-disclosures"
    | "read-document"
    | "file-request"
    | "decide-request"
    | "invite"
    | "read-account"
    | "change-account"
    | "grant-reading"
    | "erase-account"
    | "change-client";
  outcome: "given" | "refused" | "done";
  ocid?: string;
  agency?: Hex;
  /** whose data, and where it stands */
  subjects: string[];
  places: { digest: Hex; path: Path }[];
  document?: string;
  request?: number;
  /** the account that was invited, changed or given something */
  concerns?: string;
  purpose: string;
};
export type AccessRow = Access & { sequence: number; previous: Hex; hash: Hex };

/**
 * The access log: rows are only added, numbered from 1, each with the hash of the one before, so that one who took a
 * row out or changed it would have to change all that follow. A row is on the disk before what it tells of is answered.
 */
export class AccessLog {
  readonly #state: Storage;
  #newest: { sequence: number; hash: Hex };
  #last: Promise<unknown> = Promise.resolve();

  private constructor(state: Storage, newest: { sequence: number; hash: Hex }) {
    this.#state = state;
    this.#newest = newest;
  }

  static async open(state: Storage): Promise<AccessLog> {
    for await (const { value } of state.range<AccessRow>(ROWS, { reverse: true, limit: 1 }))
      return new AccessLog(state, value);
    return new AccessLog(state, { sequence: 0, hash: NO_ID });
  }

  append(access: Access): Promise<void> {
    const done = this.#last.then(async () => {
      const { sequence, hash: previous } = this.#newest;
      const bare = { ...access, sequence: sequence + 1, previous };
      const row: AccessRow = { ...bare, hash: hashOf(bare) };
      await this.#state.put([{ key: `${ROWS}${ordered(row.sequence)}`, value: row }], { sync: true });
      this.#newest = row;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Rows from a number on, in their order. */
  async *from(first: number): AsyncGenerator<AccessRow> {
    for await (const { value } of this.#state.range<AccessRow>(ROWS, { after: ordered(first - 1) })) yield value;
  }
}

/**
 * A page of the log as somebody may see it: overseers and registrars all of it, an agency's auditors and heads what
 * concerns their agency and those below, a supplier who read what is his. `next`: the number to go on from.
 * @throws ProblemError not-allowed for whom none of it is
 */
export async function tellAccess(
  me: Myself,
  first: number,
  limit: number,
  { from, lineage }: { from(first: number): AsyncGenerator<AccessRow>; lineage(agency: Hex): Promise<Lineage> },
): Promise<{ rows: AccessRow[]; next?: number }> {
  const all = holds(me.offices, Role.overseer, Role.registrar);
  if (!all && !holds(me.offices, Role.auditor, Role.head, Role.supplier)) throw new ProblemError("not-allowed");
  const isSeen = async ({ agency, subjects }: AccessRow) =>
    all ||
    subjects.some((subject) => isOwnSubject(me, subject)) ||
    (agency !== undefined && covers(me.offices, await lineage(agency), WATCHERS));
  const rows: AccessRow[] = [];
  let looked = 0;
  for await (const row of from(first)) {
    // a page looks at so many rows, whoever asks: none reads the whole log in one request
    if (looked === limit) return { rows, next: row.sequence };
    looked++;
    if (await isSeen(row)) rows.push(row);
  }
  return { rows };
}

const WATCHERS: ReadonlySet<number> = new Set([Role.auditor, Role.head]);
const ROWS = "access/";

function hashOf(row: Omit<AccessRow, "hash">): Hex {
  return toHex(sha256(utf8(canonicalJson(row))));
}

/** The number of the first row that does not follow from the one before; undefined where all do. */
export function brokenAt(rows: readonly AccessRow[]): number | undefined {
  let before = rows[0]?.previous;
  for (const { hash, ...row } of rows) {
    if (row.previous !== before || hashOf(row) !== hash) return row.sequence;
    before = hash;
  }
  return undefined;
}
