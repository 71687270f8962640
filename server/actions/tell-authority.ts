import { Role, type RoleName } from "../domain/entries/kinds.ts";
import type { Hex } from "../domain/entries/words.ts";
import { type Done, type TermIndex, termLists, termRow } from "../domain/projection/offices.ts";
import type { AgencyView, OfficeView } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";
import { readCursor, writeCursor } from "./publish.ts";

/** What is asked: offices that somebody had at some moment of a span, in seconds UTC, both ends included. */
export type AuthorityQuery = {
  from: number;
  until: number;
  /** at it, or above it and covering it, as the tree stood at the end of the span */
  agency?: Hex | undefined;
  holder?: Hex | undefined;
  role?: RoleName | undefined;
};

/** One term of an office as it was in the span, and what happened to it since. */
export type OfficeThen = Omit<OfficeView, "turns" | "suspended" | "until" | "leaf" | "place" | "term"> & {
  roleName: RoleName;
  /** until when it was set to last, as was known then; 0: no end was set */
  until: number;
  /** `suspended`: for all of the span */
  state: "inForce" | "suspended";
  /** by the end of the span, oldest first */
  before: Done[];
  /** after it: revoked, suspended, handed over … */
  since: Done[];
  /** when it ended in fact, where it has an end by now */
  ended?: number;
};

type Needs = Pick<Storage, "get" | "range">;

const isTerm = (key: string) => /^[0-9]{15}\.[0-9]{3}$/.test(key);

/**
 * Who could do what then, in the order of the grants: worked out from each act as it was effective, never from what an
 * office is now.
 * @throws ProblemError invalid-cursor
 */
export async function tellAuthority(
  query: AuthorityQuery,
  cursor: string | undefined,
  limit: number,
  { get, range }: Needs,
): Promise<{ offices: OfficeThen[]; next?: string }> {
  const after = readCursor(cursor, isTerm)?.key;
  const role = query.role === undefined ? undefined : Role[query.role];
  const places = query.agency === undefined ? undefined : await coveringThen(query.agency, query.until, get);
  const lists =
    query.holder !== undefined
      ? [termLists.holder(query.holder)]
      : (places?.map(({ agency }) => termLists.agency(agency)) ?? [termLists.all]);
  const covers = ({ agency, subtree }: OfficeView) =>
    places === undefined || places.some((place) => place.agency === agency && (place.whole || subtree));
  const concerns = ([from, until, as]: TermIndex) =>
    from <= query.until && (until === 0 || until > query.from) && (role === undefined || role === as);
  const offices: OfficeThen[] = [];
  let last = "";
  for await (const term of merged(lists.map((list) => termsIn(list, after, concerns, range)))) {
    const view = await get<OfficeView>(termRow(term));
    if (view === undefined || !covers(view)) continue;
    if (offices.length === limit) return { offices, next: writeCursor("after", last) };
    offices.push(officeThen(view, query));
    last = term;
  }
  return { offices };
}

async function* termsIn(
  list: string,
  after: string | undefined,
  concerns: (index: TermIndex) => boolean,
  range: Needs["range"],
): AsyncGenerator<string> {
  for await (const { key, value } of range<TermIndex>(list, after === undefined ? {} : { after }))
    if (concerns(value)) yield key.slice(key.lastIndexOf("/") + 1);
}

/** What several lists have, each in order, in one order. */
async function* merged(lists: AsyncGenerator<string>[]): AsyncGenerator<string> {
  const heads = await Promise.all(lists.map((list) => list.next()));
  try {
    for (;;) {
      let first = -1;
      for (const [index, { value, done }] of heads.entries())
        if (!done && (first < 0 || value < heads[first]!.value)) first = index;
      if (first < 0) return;
      yield heads[first]!.value;
      heads[first] = await lists[first]!.next();
    }
  } finally {
    await Promise.all(lists.map((list) => list.return(undefined)));
  }
}

/** All terms of one office, oldest first, each with everything that happened to it; undefined where there never was one. */
export async function tellOffice(office: Hex, { get, range }: Needs): Promise<OfficeView[] | undefined> {
  const terms: OfficeView[] = [];
  for await (const { key } of range(termLists.office(office))) {
    const view = await get<OfficeView>(termRow(key.slice(key.lastIndexOf("/") + 1)));
    if (view !== undefined) terms.push(view);
  }
  return terms.length === 0 ? undefined : terms;
}

function officeThen(view: OfficeView, { from, until }: { from: number; until: number }): OfficeThen {
  const { turns, suspended: _, leaf: _leaf, place: _place, term: _term, until: ended, ...rest } = view;
  const before = turns.filter(({ at }) => at <= until);
  return {
    ...rest,
    roleName: (Object.keys(Role) as RoleName[])[view.role - 1]!,
    until: view.granted.until,
    state: isSuspendedThroughout(view, from, until) ? "suspended" : "inForce",
    before,
    since: turns.slice(before.length),
    ...(ended === 0 ? {} : { ended }),
  };
}

/** Whether no moment of the span finds the office in force. */
function isSuspendedThroughout({ turns, from, until }: OfficeView, first: number, last: number): boolean {
  const [start, end] = [Math.max(first, from), until === 0 ? last : Math.min(last, until - 1)];
  let suspended: number | undefined;
  for (const { act, at, ofPrincipal } of turns) {
    if (ofPrincipal) continue;
    if (act === "suspend") suspended ??= at;
    else if (act === "resume") {
      if (suspended !== undefined && suspended <= start && at > end) return true;
      suspended = undefined;
    }
  }
  return suspended !== undefined && suspended <= start;
}

/** Agencies whose offices counted for one: itself, its successor as if it were itself, and those above, by their reach. */
async function coveringThen(
  agency: Hex,
  moment: number,
  get: Needs["get"],
): Promise<{ agency: Hex; whole: boolean }[]> {
  const found: { agency: Hex; whole: boolean }[] = [];
  let whole = true;
  for (let id: Hex | undefined = agency; id !== undefined && found.length <= 8; ) {
    found.push({ agency: id, whole });
    const view: AgencyView | undefined = await get<AgencyView>(`agency/${id}`);
    const place: AgencyView["placed"][number] | undefined = view?.placed.findLast(({ at }) => at <= moment);
    whole &&= place?.ended === true;
    id = place?.parent;
  }
  return found;
}
