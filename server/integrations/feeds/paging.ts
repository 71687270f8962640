import { FeedFault } from "./feed-fault.ts";
import type { FeedSettings, Paging } from "./feed-settings.ts";
import { plain } from "./plain.ts";
import type { Survey } from "./survey.ts";

/** What SPSE answers where it does not count. */
const UNCOUNTED = 2_147_483_647;

/** How each engine's answers go on. */
export function pagingOf(settings: FeedSettings): Paging {
  switch (settings.engine) {
    case "isb":
      return { by: "none" };
    case "inaproc":
      if (settings.legacy) return { by: "none" };
      return {
        by: "cursor",
        parameter: "cursor",
        pointer: "/meta/cursor",
        more: "/meta/has_more",
        size: { parameter: "limit", value: settings.limit },
      };
    case "spse":
      return {
        by: "offset",
        parameter: "start",
        total: "/recordsFiltered",
        size: { parameter: "length", value: settings.length },
      };
    default:
      return settings.paging;
  }
}

/** Pointers of the members by which answers say how they go on. */
export function pagingMembers(paging: Paging): readonly string[] {
  switch (paging.by) {
    case "none":
      return [];
    case "link":
      return [paging.pointer];
    case "cursor":
      return paging.more === undefined ? [paging.pointer] : [paging.pointer, paging.more];
    case "page":
      return paging.pages === undefined ? [] : [paging.pages];
    case "offset":
      return paging.total === undefined ? [] : [paging.total];
  }
}

/** Parameters by which one page is asked for; `at`: its place, none for the first. A link says all itself. */
export function pagingParameters(paging: Paging, at: string | undefined): Record<string, string> {
  if (paging.by === "none" || paging.by === "link") return {};
  const size = paging.size === undefined ? {} : { [paging.size.parameter]: String(paging.size.value) };
  if (paging.by === "cursor") return { ...size, ...(at === undefined ? {} : { [paging.parameter]: at }) };
  return { ...size, [paging.parameter]: at ?? (paging.by === "page" ? String(paging.first) : "0") };
}

/** `next`: the place of the next page; `missing`: how many rows the source speaks of and does not give. */
export type Onward = { readonly next?: string | undefined; readonly missing?: number };

/**
 * Where the feed goes on after an answer, by what the answer says. Throws a FeedFault where it says that there is more and
 * not where: rows that are not read would be lost without a trace.
 */
export function onward(paging: Paging, at: string | undefined, { count, members }: Survey): Onward {
  const told = (pointer: string | undefined) => {
    const member = pointer === undefined ? undefined : members.get(pointer);
    return member === undefined || member.kind === "null" || member.text === "" ? undefined : member.text;
  };
  switch (paging.by) {
    case "none":
      return {};
    case "link":
      return { next: told(paging.pointer) };
    case "cursor": {
      const cursor = told(paging.pointer);
      const more = paging.more === undefined ? undefined : told(paging.more);
      if (more !== undefined && more !== "true" && more !== "false") throw unclear(paging.more!, more);
      if (more === "false" || (more === undefined && cursor === undefined)) {
        if (more === undefined && paging.size !== undefined && count >= paging.size.value)
          throw unclear(paging.more ?? paging.pointer, undefined);
        return {};
      }
      if (cursor === undefined) throw unclear(paging.pointer, undefined);
      return { next: cursor };
    }
    case "page": {
      const page = Number(at ?? paging.first);
      const pages = counted(paging.pages, told(paging.pages));
      const last = pages === undefined ? undefined : paging.first + pages - 1;
      if (last === undefined ? count === 0 : page >= last) return {};
      return { next: String(page + 1) };
    }
    case "offset": {
      const start = Number(at ?? 0);
      const total = counted(paging.total, told(paging.total));
      const read = start + count;
      if (total !== undefined && read >= total) return {};
      if (count === 0) return total === undefined ? {} : { missing: total - read };
      // it has given more than it was asked for: it knows nothing of pages, and this was all
      if (start === 0 && count > paging.size.value) return {};
      return { next: String(read) };
    }
  }
}

function counted(pointer: string | undefined, text: string | undefined): number | undefined {
  if (pointer === undefined || text === undefined) return undefined;
  if (!/^[0-9]{1,15}$/.test(text)) throw unclear(pointer, text);
  return Number(text) >= UNCOUNTED ? undefined : Number(text);
}

function unclear(pointer: string, found: string | undefined): FeedFault {
  const en = found === undefined ? "says nothing" : `says “${plain(found)}”`;
  const id = found === undefined ? "tidak menyebut apa-apa" : `menyebut “${plain(found)}”`;
  return new FeedFault(
    "feed-shape",
    {
      en: `Whether and where the feed goes on cannot be told: ${pointer} ${en}.`,
      id: `Tidak jelas apakah dan ke mana umpan berlanjut: ${pointer} ${id}.`,
    },
    {
      en: "If the publisher has changed the form, correct `paging` of this feed; else tell the publisher.",
      id: "Bila penerbit mengubah bentuknya, perbaiki `paging` umpan ini; bila tidak, beri tahu penerbitnya.",
    },
  );
}
