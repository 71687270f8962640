import { type ComposeFault, compose } from "../domain/entries/compose.ts";
import type { Party, Registry } from "../domain/entries/parties.ts";
import { type Hex, NO_ID } from "../domain/entries/words.ts";
import { fromUnixSeconds } from "../domain/ocds/dates.ts";
import { MergeFault, merge } from "../domain/ocds/merge.ts";
import { OUR_EXTENSIONS } from "../domain/ocds/own-extension.ts";
import { ProblemError } from "../domain/problems.ts";
import { inForceAt, momentsOf } from "../domain/projection/in-force.ts";
import { keyPart, ordered } from "../domain/projection/ordered.ts";
import { heldBy, type ProcessView, type RecordedEntry } from "../domain/projection/process-view.ts";
import {
  countKey,
  type EntryRow,
  entryOf,
  type HolderView,
  PROCESSES,
  type PublishedRelease,
  processList,
  type ReleaseRow,
  registryFor,
  releaseList,
} from "../domain/projection/project-block.ts";
import { type Lane, type Standing, standingOf } from "../domain/projection/waves.ts";
import type { Storage } from "../domain/storage.ts";
import { expectPast, knownBy, nothingThen } from "./moments.ts";
import { readOnce } from "./read-once.ts";
import { lanesThen, standingNow, waveThen } from "./standing.ts";

/** What releases a reader asks for; moments in milliseconds since 1970 UTC, `since` included, `until` not. */
export type ReleaseFilter = {
  since?: number | undefined;
  until?: number | undefined;
  agency?: Hex | undefined;
  supplier?: Hex | undefined;
  tag?: string | undefined;
  /** which waves count: as they stood at this moment, not now */
  asKnown?: number | undefined;
};

/** A page and the cursors to go on from. `total`: over all pages, where it is known without counting. */
export type Page<Item> = { items: Item[]; next?: string; prev?: string; total?: number };

type Release = Record<string, unknown>;
type RangeOptions = { after?: string; limit?: number; reverse?: boolean };
type Needs = Pick<Storage, "get" | "range">;

type Cursor = { way: "after" | "before"; key: string };

/** Opaque to readers, yet checked: only what `writeCursor` wrote is read. */
export function readCursor(text: string | undefined, isKey: (key: string) => boolean): Cursor | undefined {
  if (text === undefined) return undefined;
  const plain = Buffer.from(text, "base64url").toString("utf8");
  const way = plain[0] === ">" ? "after" : plain[0] === "<" ? "before" : undefined;
  const key = plain.slice(1);
  if (way === undefined || !isKey(key) || writeCursor(way, key) !== text) throw new ProblemError("invalid-cursor");
  return { way, key };
}

export function writeCursor(way: Cursor["way"], key: string): string {
  return Buffer.from(`${way === "after" ? ">" : "<"}${key}`).toString("base64url");
}

const isPlace = (key: string) => /^[0-9]{15}(\.[0-9]{15})?$/.test(key);
const isOcid = (key: string) => /^[\x21-\x7e]{1,700}$/.test(key);

/** One page of rows around a cursor; `rowsFrom` reads in either direction. */
async function pageOf<Row extends { key: string }>(
  cursor: Cursor | undefined,
  limit: number,
  rowsFrom: (options: RangeOptions) => AsyncGenerator<Row>,
): Promise<{ rows: Row[]; next?: string; prev?: string }> {
  const backward = cursor?.way === "before";
  const rows: Row[] = [];
  // one more than asked tells whether the page is the last
  for await (const row of rowsFrom({ ...(cursor ? { after: cursor.key } : {}), reverse: backward })) {
    rows.push(row);
    if (rows.length > limit) break;
  }
  const more = rows.length > limit;
  if (more) rows.pop();
  if (backward) rows.reverse();
  const [first, last] = [rows[0]?.key, rows.at(-1)?.key];
  const hasNext = backward ? last !== undefined : more;
  const hasPrev = backward ? more : cursor !== undefined && first !== undefined;
  return {
    rows,
    ...(hasNext ? { next: writeCursor("after", last!) } : {}),
    ...(hasPrev ? { prev: writeCursor("before", first!) } : {}),
  };
}

/**
 * A page of releases of processes in force, in the order in which they came to count: that of the register; what a wave
 * brought stands where the wave came into force, so that pages before stay as they are. Every page costs the same, however
 * deep: it is found by index rows. A release that cannot be read is left out, and the others flow.
 * @throws ProblemError invalid-cursor
 */
export async function releasePage(
  filter: ReleaseFilter,
  cursorText: string | undefined,
  limit: number,
  needs: Needs & Bodies,
): Promise<Page<Release>> {
  const { get, range } = needs;
  const cursor = readCursor(cursorText, isPlace);
  const { since = -Infinity, until = Infinity } = filter;
  const firstFrom = async (second: number): Promise<number> => {
    for await (const { value } of range<number>("second/", { after: ordered(second - 1), limit: 1 })) return value;
    return Infinity;
  };
  // blocks are in the order of their seconds: a moment is a place in the register
  const lowest = since === -Infinity ? 1 : await firstFrom(Math.max(1, Math.floor(since / 1000)));
  const end = until === Infinity ? Infinity : await firstFrom(Math.max(1, Math.floor(until / 1000) + 1));
  const lists = listsOf(filter);
  const lanes = await lanesThen(filter.asKnown, range);

  async function* rowsOf(lane: Lane, { after, reverse = false }: RangeOptions) {
    const [place, sequence] = (after ?? "").split(".").map(Number) as [number, number | undefined];
    let start = after === undefined ? undefined : ordered(place === lane.since ? (sequence ?? place) : place);
    if (after !== undefined && place < lane.since) {
      if (reverse) return;
      start = undefined;
    }
    if (reverse && end !== Infinity && (start === undefined || start > ordered(end))) start = ordered(end);
    if (!reverse && lowest > 1 && (start === undefined || start < ordered(lowest - 1))) start = ordered(lowest - 1);
    const own = lists.map((list) => releaseList(lane.prefix, list));
    const found = own.length === 1 ? along(own[0]!, start, reverse, range) : inAll(own, start, reverse, range);
    for await (const row of found) {
      const number = Number(row.key);
      if (reverse ? number < lowest : number >= end) return;
      const key = number < lane.since ? `${ordered(lane.since)}.${row.key}` : row.key;
      if (row.value.at >= since && row.value.at < until) yield { ...row, key };
    }
  }
  const rowsFrom = (options: RangeOptions) =>
    lowest === Infinity
      ? none()
      : together(
          lanes.map((lane) => rowsOf(lane, options)),
          options.reverse,
        );
  const { rows, ...links } = await pageOf(cursor, limit, rowsFrom);
  const published = await Promise.all(rows.map(({ value }) => get<PublishedRelease>(value.release)));
  const found = await Promise.all(published.flatMap((row) => (row === undefined ? [] : [whole(row, needs)])));
  const items = found.map(({ release }) => release);
  const counted = since === -Infinity && until === Infinity && lists.length === 1;
  return { items, ...links, ...(counted ? { total: await totalOf(lanes, lists[0]!, get) } : {}) };
}

async function totalOf(lanes: readonly Lane[], list: string, get: Needs["get"]): Promise<number> {
  const counts = await Promise.all(lanes.map(({ prefix }) => get<number>(countKey(prefix, list))));
  return counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

async function* none(): AsyncGenerator<never> {}

/** The rows of several lists, each in the order of its keys, in one order. */
async function* together<Row extends { key: string }>(
  lists: AsyncGenerator<Row>[],
  reverse = false,
): AsyncGenerator<Row> {
  try {
    const heads = await Promise.all(lists.map((list) => list.next()));
    for (;;) {
      let first = -1;
      for (const [index, { value, done }] of heads.entries()) {
        const best = heads[first]?.value as Row | undefined;
        if (!done && (best === undefined || (reverse ? value.key > best.key : value.key < best.key))) first = index;
      }
      if (first < 0) return;
      yield heads[first]!.value as Row;
      heads[first] = await lists[first]!.next();
    }
  } finally {
    await Promise.all(lists.map((list) => list.return(undefined)));
  }
}

/** The index lists whose common rows are the filtered releases. */
function listsOf({ agency, supplier, tag }: ReleaseFilter): string[] {
  const lists = [
    ...(supplier === undefined ? [] : [`supplier/${supplier}`]),
    ...(agency === undefined ? [] : [`agency/${agency}`]),
    ...(tag === undefined ? [] : [`tag/${tag}`]),
  ];
  return lists.length === 0 ? ["all"] : lists;
}

type IndexRow = { key: string; value: ReleaseRow };

async function* along(prefix: string, after: string | undefined, reverse: boolean, range: Needs["range"]) {
  for await (const { key, value } of range<ReleaseRow>(prefix, { ...(after === undefined ? {} : { after }), reverse }))
    yield { key: key.slice(prefix.length), value };
}

/** How many rows a list is read on before it is opened anew further along. */
const STRIDE = 32;

/** One list on its way, standing at `row`. */
class Strip {
  row: IndexRow | undefined;
  #rows: AsyncGenerator<IndexRow> | undefined;
  readonly #open: (after: string | undefined) => AsyncGenerator<IndexRow>;
  readonly #reverse: boolean;

  constructor(open: (after: string | undefined) => AsyncGenerator<IndexRow>, reverse: boolean) {
    this.#open = open;
    this.#reverse = reverse;
  }

  async start(after: string | undefined): Promise<void> {
    await this.close();
    this.#rows = this.#open(after);
    await this.step();
  }

  async step(): Promise<void> {
    const next = await this.#rows?.next();
    this.row = next?.done === false ? next.value : undefined;
  }

  /** Goes on to the first row at or beyond a key: step by step where it is near, by an index seek where it is far. */
  async reach(key: string): Promise<void> {
    const isShort = () => this.row !== undefined && (this.#reverse ? this.row.key > key : this.row.key < key);
    for (let steps = 0; steps < STRIDE && isShort(); steps++) await this.step();
    if (isShort()) await this.start(ordered(Number(key) + (this.#reverse ? 1 : -1)));
  }

  async close(): Promise<void> {
    await this.#rows?.return(undefined);
  }
}

/** Rows that stand in every list: each goes on to where the furthest of the others stands, until all stand there. */
async function* inAll(
  lists: readonly string[],
  after: string | undefined,
  reverse: boolean,
  range: Needs["range"],
): AsyncGenerator<IndexRow> {
  const lanes = lists.map((list) => new Strip((from) => along(list, from, reverse, range), reverse));
  try {
    for (const lane of lanes) await lane.start(after);
    for (let agreed = 0, at = 0, row = lanes[0]!.row; row !== undefined; at = (at + 1) % lanes.length) {
      const lane = lanes[at]!;
      await lane.reach(row.key);
      if (lane.row === undefined) return;
      agreed = lane.row.key === row.key ? agreed + 1 : 1;
      row = lane.row;
      if (agreed < lanes.length) continue;
      yield row;
      await lane.step();
      agreed = 0;
      row = lane.row;
      // the same lane says where to go on from
      at = (at + lanes.length - 1) % lanes.length;
    }
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

/** A page of holders by id. @throws ProblemError invalid-cursor */
export async function holderPage(
  cursorText: string | undefined,
  limit: number,
  { range }: Pick<Needs, "range">,
): Promise<{ holders: HolderView[]; next?: string }> {
  const cursor = readCursor(cursorText, (key) => /^0x[0-9a-f]{64}$/.test(key));
  const { rows, next } = await pageOf(cursor, limit, async function* (options) {
    for await (const { key, value } of range<HolderView>("holder/", options))
      yield { key: key.slice("holder/".length), value };
  });
  return { holders: rows.map(({ value }) => value), ...(next === undefined ? {} : { next }) };
}

/** A page of processes in force, by ocid. @throws ProblemError invalid-cursor */
export async function ocidPage(
  cursorText: string | undefined,
  limit: number,
  { get, range, keys }: Needs & { keys(prefix: string, options?: RangeOptions): AsyncGenerator<string> },
): Promise<Page<string>> {
  const cursor = readCursor(cursorText, isOcid);
  const lanes = await lanesThen(undefined, range);
  async function* rowsOf({ prefix }: Lane, options: RangeOptions) {
    const list = processList(prefix);
    for await (const key of keys(list, options)) yield { key: key.slice(list.length) };
  }
  const { rows, ...links } = await pageOf(cursor, limit, (options) =>
    together(
      lanes.map((lane) => rowsOf(lane, options)),
      options.reverse,
    ),
  );
  const total = await totalOf(lanes, PROCESSES, get);
  return { items: rows.map(({ key }) => decodeURIComponent(key)), ...links, total };
}

/** A release by its id, whatever stands of its process: what was published has its address for ever. */
export async function releaseOf(
  ocid: string,
  id: string,
  needs: Pick<Needs, "get"> & Bodies,
): Promise<{ release: Release; standing: Standing } | undefined> {
  const sequence = sequenceIn(ocid, id);
  if (sequence === undefined) return undefined;
  const [key, { get }] = [keyPart(ocid), needs];
  const published = await get<PublishedRelease>(`release/${key}/${ordered(sequence)}`);
  const view = await get<ProcessView>(`process/${key}`);
  if (published?.release.id !== id || view === undefined) return undefined;
  const former = sequence <= (view.former ?? 0);
  const { release } = await whole(published, needs);
  return { release, standing: former ? "takenBack" : await standingNow(view, get) };
}

/** The number in its process of the entry whose release has this id. */
export function sequenceIn(ocid: string, releaseId: string): number | undefined {
  const number = releaseId.startsWith(`${ocid}-`) ? releaseId.slice(ocid.length + 1) : "";
  return /^[1-9][0-9]{0,14}$/.test(number) ? Number(number) : undefined;
}

/**
 * The record of a process in force: its releases, embedded or as links, with compiled and versioned release. Releases
 * that can't be merged (a body that changed the kind of a field) still stand there by themselves.
 * @param linkTo the address of a release, for a record that only links
 */
export async function recordOf(
  ocid: string,
  linkTo: LinkTo | undefined,
  needs: Needs & Bodies & { now: number },
): Promise<Record<string, unknown> | undefined> {
  const { get } = needs;
  const view = await get<ProcessView>(`process/${keyPart(ocid)}`);
  if (view === undefined || (await standingNow(view, get)) !== "inForce") return undefined;
  const releases: Release[] = [];
  // row by row: most processes have few, and to open and close an iterator takes as long as all of them
  for (let sequence = (view.former ?? 0) + 1; sequence <= view.count; sequence++) {
    const row = await get<PublishedRelease>(`release/${keyPart(ocid)}/${ordered(sequence)}`);
    if (row?.away) return recordAt(ocid, {}, linkTo, needs);
    if (row !== undefined) releases.push(row.release);
  }
  return releases.length === 0 ? undefined : { ocid, releases: listed(releases, linkTo), ...merged(releases) };
}

/** The business moment at which something is to be in force, and that by which it is to be recorded; milliseconds UTC. */
export type Moments = { asOf?: number | undefined; asKnown?: number | undefined };

/**
 * The record as it was recorded by `asKnown`, of what was in force at `asOf`.
 * What was recorded by then but is not in force is left out, and what followed from it is composed anew:
 * `compiledRelease` and `versionedRelease` say what is true then, while `releases` stay as they were published.
 * @throws ProblemError moment-in-future, nothing-then, not-in-force where the wave that brought it did not count then
 */
export async function recordAt(
  ocid: string,
  { asOf, asKnown }: Moments,
  linkTo: LinkTo | undefined,
  { get, range, entriesOf, now }: Needs & Bodies & { now: number },
): Promise<Record<string, unknown> | undefined> {
  const rows = await entriesOf(ocid);
  if (rows.length === 0) return undefined;
  expectPast("asKnown", asKnown, now);
  expectPast("asOf", asOf, now);
  const recorded = knownBy(rows, asKnown).map(entryOf);
  const held = heldBy(recorded);
  const wave = held.wave === undefined ? undefined : await waveThen(held.wave, asKnown, get);
  const standing = standingOf(held, wave);
  if (standing !== "inForce") throw new ProblemError("not-in-force", "", { wave: held.wave, standing });
  const known = recorded.filter(({ assigned }) => assigned.wave === (held.wave ?? 0));
  const kept = asOf === undefined ? known : inForceAt(known, asOf);
  if (kept.length === 0) throw nothingThen("asOf", asOf!, Math.min(...momentsOf(known)));

  const published = new Map<number, PublishedRelease>();
  for await (const { key, value } of range<PublishedRelease>(`release/${keyPart(ocid)}/`))
    published.set(Number(key.slice(key.lastIndexOf("/") + 1)), value);
  const releases: Release[] = [];
  const inForce: Release[] = [];
  let same = true;
  for await (const { index, row, composed } of composedAnew(kept, published, get)) {
    const entry = kept[index]!;
    const asPublished = row.away !== true || entry.body.length === 0;
    same &&= entry === known[index] && asPublished;
    releases.push(asPublished ? row.release : composed);
    // up to what was left out first, or came later, nothing is otherwise than it was published
    inForce.push(same ? row.release : composed);
  }
  return { ocid, releases: listed(releases, linkTo), ...merged(inForce) };
}

/** Entries of one incarnation, in their order, each with the release that follows from them and from all that is at hand. */
async function* composedAnew(
  entries: readonly RecordedEntry[],
  published: ReadonlyMap<number, PublishedRelease>,
  get: Needs["get"],
): AsyncGenerator<{ index: number; row: PublishedRelease; composed: Release; faults: ComposeFault[] }> {
  const read = readOnce(get);
  let view: ProcessView | undefined;
  for (const [index, entry] of entries.entries()) {
    const row = published.get(entry.assigned.processSequence);
    if (row === undefined) continue;
    const registry = namesIn(row.release, await registryFor(entry, view, read));
    const { release, faults, after } = compose(view, entry, registry, migrationIn(row.release));
    view = after;
    yield { index, row, composed: release, faults };
  }
}

/** The release with its body, where a wave kept that off the chain and it was brought here since. */
export async function whole(
  row: PublishedRelease,
  { get, entriesOf }: Pick<Needs, "get"> & Bodies,
): Promise<PublishedRelease> {
  const { release, away } = row;
  if (away !== true) return row;
  const ocid = String(release.ocid);
  const sequence = sequenceIn(ocid, String(release.id));
  const entries = (await entriesOf(ocid)).map(entryOf);
  const own = entries.find(({ assigned }) => assigned.processSequence === sequence);
  if (own === undefined || own.body.length === 0) return row;
  const published = new Map<number, PublishedRelease>();
  const before = entries.filter(
    ({ assigned }) => assigned.wave === own.assigned.wave && assigned.processSequence <= sequence!,
  );
  for (const { assigned } of before) {
    const found = await get<PublishedRelease>(`release/${keyPart(ocid)}/${ordered(assigned.processSequence)}`);
    if (found !== undefined) published.set(assigned.processSequence, found);
  }
  let last: Pick<PublishedRelease, "release" | "faults"> = row;
  for await (const { composed, faults } of composedAnew(before, published, get)) last = { release: composed, faults };
  return { ...row, ...last };
}

/** How the row of a release came here, as its projection found it. */
function migrationIn({ migration }: Release): Release | undefined {
  if (migration === undefined) return undefined;
  const { bodyUnavailable: _, ...told } = migration as Release;
  return told;
}

type LinkTo = (ocid: string, id: string) => string;
/** The entries of a process, oldest first, with their bodies as far as they are at hand. */
type Bodies = { entriesOf(ocid: string): Promise<EntryRow[]> };

function listed(releases: readonly Release[], linkTo: LinkTo | undefined): object[] {
  if (linkTo === undefined) return [...releases];
  return releases.map(({ ocid, id, date, tag }) => ({ url: linkTo(String(ocid), String(id)), date, tag }));
}

/** Organisations under the names that they had in a release. */
function namesIn({ parties }: Release, registry: Registry): Registry {
  const named = new Map((parties as Party[] | undefined)?.map(({ id, name }) => [id, name]));
  return (id) => {
    const today = registry(id);
    return today && { ...today, name: named.get(today.id) ?? today.name };
  };
}

function merged(releases: Release[]): object {
  try {
    return merge(releases, { extensions: OUR_EXTENSIONS });
  } catch (error) {
    if (error instanceof MergeFault) return {};
    throw error;
  }
}

/** The moment of the last change of some releases, or of `otherwise` (seconds UTC) where there are none. */
export function lastChange(releases: readonly Release[], otherwise: number): string {
  const newest = releases.reduce((last, { date }) => (String(date) > last ? String(date) : last), "");
  return newest === "" ? fromUnixSeconds(otherwise) : newest;
}

/** The register's id of what a reader names: an id as it is, or the text id that an organisation publishes. */
export function organisationId(given: string | undefined, idOf: (text: string) => Hex): Hex | undefined {
  if (given === undefined) return undefined;
  return given.length === NO_ID.length && /^0x[0-9a-f]{64}$/.test(given) ? (given as Hex) : idOf(given);
}
