import { sha256 } from "#hash";
import { Role } from "../domain/entries/kinds.ts";
import { type Anchor, anchorLeaf } from "../domain/entries/leaf.ts";
import { fromHex, type Hex, NO_ID, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { ProblemError, type Words } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import { auditPath, LogFrontier } from "../domain/proofs/log.ts";
import type { Person } from "../domain/pseudonym.ts";
import { covers, holds, isOwnSubject, type Lineage } from "../domain/sealing/readers.ts";
import type { Path } from "../domain/sealing/seal.ts";
import type { Storage } from "../domain/storage.ts";
import type { InclusionProof } from "./prove.ts";
import type { Myself } from "./sessions.ts";

/** What stands in the access log, besides what concerns sealed data: whoever adds a route that does one of these logs it. */
export const ACTS = [
  "sign-in",
  "sign-out",
  "step-up",
  "read-disclosures",
  "read-document",
  "read-draft",
  "file-request",
  "decide-request",
  "make-key",
  "sign-with-key",
  "forget-key",
  "relay-act",
  "invite",
  "read-account",
  "change-account",
  "grant-reading",
  "erase-account",
  "change-client",
  "operate-connector",
  "take-proposal",
  "release-proposal",
  "drop-proposal",
  "name-supplier",
  "request-payments",
  "change-webhook",
  "ask-registry",
  "decide-link",
  "read-payments",
  "decide-payment",
  "close-month",
  "refused",
  "forget-names",
] as const;

/**
 * What somebody did with what is not public, or as himself. Never holds a value, a salt or a secret; `at` in seconds
 * UTC. Who it was, as far as he is known: account, holder, key that he used.
 */
export type Access = Person & {
  at: number;
  act: (typeof ACTS)[number];
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
  /** the route that was refused and by which problem, the sort of what was signed, the name of an act */
  what?: string;
  /** what a kept key signed: the digest */
  signed?: Hex;
  purpose: string;
};

/**
 * A row as it is kept. `who` and `concerns` are pseudonyms, so that they can stay when nobody may know any longer who it
 * was; `who` is absent where the gateway itself did it. `hash` is SHA-256 of 0x00 and the canonical form (RFC 8785) of all other fields: a leaf
 * hash of RFC 6962. `previous` is the hash of the row before, zero in the first, and in one before which rows are lost.
 */
export type AccessRow = Omit<Access, keyof Person | "concerns"> & {
  who?: Hex;
  concerns?: Hex;
  sequence: number;
  previous: Hex;
  hash: Hex;
};

type Named = Person & { salt: Hex };
/** A row as it is told: who stands behind `who` and `concerns`, with the salts that show it, while those are kept. */
export type AccessTold = AccessRow & { by?: Named; about?: Named };

type Names = {
  /** the pseudonym of a person at a moment */
  of(person: Person, at: number): Promise<Hex>;
};

/**
 * The access log: rows are only added, numbered from 1, each with the hash of the one before. A row is on the disk
 * before what it tells of is answered. Once a day the gateway anchors the root over the rows since its last anchor in
 * the register's own log: so that whoever changes rows would have to change what others hold.
 */
export class AccessLog {
  readonly #state: Storage;
  readonly #names: Names;
  #newest: { sequence: number; hash: Hex };
  #last: Promise<unknown> = Promise.resolve();

  private constructor(state: Storage, names: Names, newest: { sequence: number; hash: Hex }) {
    this.#state = state;
    this.#names = names;
    this.#newest = newest;
  }

  static async open(state: Storage, names: Names): Promise<AccessLog> {
    for await (const { value } of state.range<AccessRow>(ROWS, { reverse: true, limit: 1 }))
      return new AccessLog(state, names, value);
    return new AccessLog(state, names, { sequence: 0, hash: NO_ID });
  }

  /** The number of the newest row that is on the disk. */
  get rows(): number {
    return this.#newest.sequence;
  }

  append({ account, holder, key, concerns, ...access }: Access): Promise<void> {
    return this.#alone(async () => {
      const person = {
        ...(account === undefined ? {} : { account }),
        ...(holder === undefined ? {} : { holder }),
        ...(key === undefined ? {} : { key }),
      };
      const who = Object.keys(person).length === 0 ? {} : { who: await this.#names.of(person, access.at) };
      const about = concerns === undefined ? {} : { concerns: await this.#names.of({ account: concerns }, access.at) };
      const { sequence, hash: previous } = this.#newest;
      const bare = { ...access, ...who, ...about, sequence: sequence + 1, previous };
      const row: AccessRow = { ...bare, hash: hashOf(bare) };
      await this.#state.put([{ key: rowKey(row.sequence), value: row }], { sync: true });
      this.#newest = row;
    });
  }

  /**
   * Goes on after what was anchored, where rows up to there are lost, as with a database that was put back from a
   * backup: their numbers are never given again, so that it stays visible that they are missing.
   */
  goOnAfter(anchored: number): Promise<void> {
    return this.#alone(async () => {
      if (anchored > this.#newest.sequence) this.#newest = { sequence: anchored, hash: NO_ID };
    });
  }

  /** Rows from a number on, in their order. */
  async *from(first: number): AsyncGenerator<AccessRow> {
    yield* rowsFrom(this.#state, first);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Rows of the log in a database, from a number on. */
export async function* rowsFrom(state: Storage, first = 1): AsyncGenerator<AccessRow> {
  for await (const { value } of state.range<AccessRow>(ROWS, { after: ordered(first - 1) })) yield value;
}

/** Root over the rows of numbers `first` to `last`, as an anchor has it. */
export async function headOf(rows: AsyncIterable<AccessRow>, last: number): Promise<Hex> {
  const frontier = new LogFrontier();
  for await (const { sequence, hash } of rows) {
    if (sequence > last) break;
    frontier.append(fromHex(hash));
  }
  return toHex(frontier.root());
}

/** What of the log somebody asks for. `since`, `until`: seconds UTC, the second not within. */
export type AccessFilter = {
  /** an account, or a holder of the register */
  who?: string | undefined;
  act?: string | undefined;
  ocid?: string | undefined;
  subject?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
};

type TellNeeds = {
  from(first: number): AsyncGenerator<AccessRow>;
  lineage(agency: Hex): Promise<Lineage>;
  /** all pseudonyms of who is meant */
  pseudonyms(is: (person: Person) => boolean): Promise<Set<Hex>>;
  who(pseudonym: Hex, at: number): Promise<Named | undefined>;
};

/** A page looks at so many rows, whoever asks: none reads the whole log in one request. */
const LOOKED_AT = 5_000;

/**
 * A page of the log as somebody may see it: overseers and registrars all of it, an agency's auditors and heads what
 * concerns their agency and those below, a supplier who read what is his, everybody what he did himself. `next`: the
 * number to go on from.
 */
export async function tellAccess(
  me: Myself,
  first: number,
  limit: number,
  filter: AccessFilter,
  needs: TellNeeds,
): Promise<{ rows: AccessTold[]; next?: number }> {
  const isSeen = await sightOf(me, needs);
  const { who, act, ocid, subject, since = 0, until = Number.POSITIVE_INFINITY } = filter;
  const wanted =
    who === undefined ? undefined : await needs.pseudonyms(({ account, holder }) => account === who || holder === who);
  const rows: AccessTold[] = [];
  let looked = 0;
  for await (const row of needs.from(first)) {
    if (rows.length === limit || looked++ === LOOKED_AT) return { rows, next: row.sequence };
    if (act !== undefined && row.act !== act) continue;
    if (ocid !== undefined && row.ocid !== ocid) continue;
    if (subject !== undefined && !row.subjects.includes(subject)) continue;
    if (row.at < since || row.at >= until) continue;
    if (wanted && !(row.who && wanted.has(row.who)) && !(row.concerns && wanted.has(row.concerns))) continue;
    if (await isSeen(row)) rows.push(await named(row, needs));
  }
  return { rows };
}

async function named(row: AccessRow, { who }: Pick<TellNeeds, "who">): Promise<AccessTold> {
  const by = row.who && (await who(row.who, row.at));
  const about = row.concerns && (await who(row.concerns, row.at));
  return { ...row, ...(by && { by }), ...(about && { about }) };
}

/** Whether it is one person: by account or by holder, as far as each has them. */
export function isSame(
  one: Person,
  { account, holder }: { account?: string | undefined; holder?: Hex | undefined },
): boolean {
  return (holder !== undefined && one.holder === holder) || (account !== undefined && one.account === account);
}

/** All rows that somebody is in. */
export async function accessOf(
  is: (person: Person) => boolean,
  needs: Omit<TellNeeds, "lineage">,
): Promise<AccessTold[]> {
  const own = await needs.pseudonyms(is);
  const found: AccessTold[] = [];
  for await (const row of needs.from(1))
    if ((row.who && own.has(row.who)) || (row.concerns && own.has(row.concerns))) found.push(await named(row, needs));
  return found;
}

/** Which rows somebody may see. */
async function sightOf(me: Myself, { lineage, pseudonyms }: TellNeeds): Promise<(row: AccessRow) => Promise<boolean>> {
  if (holds(me.offices, Role.overseer, Role.registrar)) return async () => true;
  const { holder, account } = me.session;
  const own = await pseudonyms((person) => isSame(person, { holder, account }));
  const covered = new Map<Hex, boolean>();
  return async ({ who, concerns, agency, subjects }) => {
    if ((who && own.has(who)) || (concerns && own.has(concerns))) return true;
    if (subjects.some((subject) => isOwnSubject(me, subject))) return true;
    if (agency === undefined) return false;
    const known = covered.get(agency) ?? covers(me.offices, await lineage(agency), WATCHERS);
    covered.set(agency, known);
    return known;
  };
}

/** That a row stands in the access log as it was anchored, and the anchor in the register's log. */
export type AccessProof = {
  row: AccessTold;
  anchor: Anchor;
  /** the row's place, from 0, among those that the anchor adds, and how many they are */
  index: number;
  size: number;
  auditPath: Hex[];
  inclusion: InclusionProof;
};

/**
 * Proves a row that its asker may see.
 * @throws ProblemError not-found, not-anchored, log-altered
 */
export async function proveAccess(
  me: Myself,
  number: number,
  needs: TellNeeds & {
    /** what this gateway anchored, oldest first */
    anchors(): Promise<Anchor[]>;
    inclusion(leaf: Hex): Promise<InclusionProof>;
  },
): Promise<AccessProof> {
  const isSeen = await sightOf(me, needs);
  const { value: row } = await needs.from(number).next();
  if (row?.sequence !== number || !(await isSeen(row))) throw new ProblemError("not-found");
  const anchors = await needs.anchors();
  const at = anchors.findIndex(({ rows }) => rows >= number);
  const anchor = anchors[at];
  if (anchor === undefined)
    throw new ProblemError("not-anchored", "", { row: number, rows: anchors.at(-1)?.rows ?? 0 });
  const nodes = new Map<string, Hex>();
  const frontier = new LogFrontier();
  let index = -1;
  for await (const { sequence, hash } of needs.from((anchors[at - 1]?.rows ?? 0) + 1)) {
    if (sequence > anchor.rows) break;
    if (sequence === number) index = frontier.size;
    frontier.append(fromHex(hash), (height, place, node) => nodes.set(`${height}/${place}`, toHex(node)));
  }
  const { hash, ...bare } = row;
  if (toHex(frontier.root()) !== anchor.head || hashOf(bare) !== hash)
    throw new ProblemError("log-altered", "", { row: number });
  const path = await auditPath(index, frontier.size, async (height, place) => nodes.get(`${height}/${place}`)!);
  return {
    row: await named(row, needs),
    anchor,
    ...{ index, size: frontier.size, auditPath: path },
    inclusion: await needs.inclusion(anchor.leaf),
  };
}

const WATCHERS: ReadonlySet<number> = new Set([Role.auditor, Role.head]);
const ROWS = "access/";
const rowKey = (sequence: number) => `${ROWS}${ordered(sequence)}`;

/** The hash of a row without its own. */
export function hashOf(row: Omit<AccessRow, "hash">): Hex {
  const text = utf8(canonicalJson(row));
  const leaf = new Uint8Array(1 + text.length);
  leaf.set(text, 1);
  return toHex(sha256(leaf));
}

/** What is wrong with a log: rows `first` to `last` are missing, or one of them is not as it was written. */
export type LogFault = { how: "altered" | "missing"; first: number; last: number };
export type LogExamined = { rows: number; anchored: number; anchors: number; fault?: LogFault };

export function logFaultWords({ how, first, last }: LogFault): Words {
  const one = first === last;
  if (how === "missing")
    return {
      en: one ? `row ${first} of the access log is missing` : `rows ${first} to ${last} of the access log are missing`,
      id: one ? `baris ${first} log akses hilang` : `baris ${first} sampai ${last} log akses hilang`,
    };
  return {
    en: one
      ? `row ${first} of the access log is not as it was written`
      : `the access log differs from row ${first} on: one of rows ${first} to ${last} is not as it was written`,
    id: one
      ? `baris ${first} log akses tidak lagi seperti saat ditulis`
      : `log akses berbeda mulai baris ${first}: salah satu baris ${first} sampai ${last} tidak lagi seperti saat ditulis`,
  };
}

/**
 * Goes through a log from its first row: each must follow from the one before, and the roots over them must be those
 * that were anchored. Names the first that differs; where rows were written anew with all that follow, the first that an
 * anchor shows, and the last that it may be.
 * @param anchors oldest first
 */
export async function examineLog(rows: AsyncIterable<AccessRow>, anchors: readonly Anchor[]): Promise<LogExamined> {
  const found: LogExamined = { rows: 0, anchored: anchors.at(-1)?.rows ?? 0, anchors: anchors.length };
  let [before, first, at, frontier] = [NO_ID, 1, 0, new LogFrontier()];
  const fault = (how: LogFault["how"], from: number, last = from) => ({ ...found, fault: { how, first: from, last } });
  for (const anchor of anchors) if (anchorLeaf(anchor) !== anchor.leaf) return fault("altered", anchor.rows);
  for await (const { hash, ...row } of rows) {
    const expected = found.rows + 1;
    if (row.sequence !== expected) return fault("missing", expected, row.sequence - 1);
    if (hashOf(row) !== hash) return fault("altered", row.sequence);
    // whole in itself, and not what the row after it saw
    if (row.previous !== before) return fault("altered", Math.max(1, row.sequence - 1), row.sequence);
    [found.rows, before] = [row.sequence, hash];
    frontier.append(fromHex(hash));
    if (anchors[at]?.rows !== row.sequence) continue;
    if (toHex(frontier.root()) !== anchors[at]!.head) return fault("altered", first, row.sequence);
    [first, at, frontier] = [row.sequence + 1, at + 1, new LogFrontier()];
  }
  if (at < anchors.length) return fault("missing", found.rows + 1, found.anchored);
  return found;
}
