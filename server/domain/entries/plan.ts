import { canonicalJson } from "../json.ts";
import type { Json } from "../ocds/check-fields.ts";
import { instantOf } from "../ocds/dates.ts";
import { compile } from "../ocds/merge.ts";
import type { ProcessView, RecordedEntry } from "../projection/process-view.ts";
import { compose } from "./compose.ts";
import type { Draft } from "./draft.ts";
import { foresee } from "./foresee.ts";
import { Kind } from "./kinds.ts";
import type { Registry } from "./parties.ts";
import { digestOfRelease, type SourceRelease, type SplitOptions, split } from "./split.ts";
import { type SplitFault, splitFault } from "./split-faults.ts";
import { type Hex, NO_ID, utf8 } from "./words.ts";

/** What the register publishes of a process: its state and its releases; nothing for a new ocid. */
export type Published = { view: ProcessView; releases: readonly Json[] } | undefined;

/** What becomes of one release: the entries that record it, or why it is not recorded. */
export type Planned = { release: Json; drafts: Draft[]; faults: SplitFault[] };
/** `view` and `releases`: the process as it will be, and all that the register will publish of it. */
export type Plan = { planned: Planned[]; view: ProcessView | undefined; releases: Json[] };

/**
 * The entries that record several releases of one process, in the order of their dates: each is split against what the
 * earlier ones will have left. A release with faults is passed over, and the later ones are split as if it were not. One
 * that was recorded before gives nothing; an older one that would put values back is a fault.
 */
export function planReleases(releases: readonly Json[], published: Published, options: SplitOptions): Plan {
  let view = published?.view;
  const told: Json[] = [...(published?.releases ?? [])];
  const registry: Registry = (id) => {
    const found = options.organisation(id);
    return found && { id: found.id, name: found.name };
  };
  // what has no date in text is refused when its turn comes
  const dateText = ({ date }: Json) => (typeof date === "string" ? date : "");
  const inOrder = releases.toSorted((a, b) => (dateText(a) < dateText(b) ? -1 : dateText(a) > dateText(b) ? 1 : 0));
  const planned = inOrder.map((release) => {
    const { drafts, faults } = recorded(release, told) ?? splitNext(release);
    for (const draft of drafts) {
      const { after, release: published } = compose(view, foreseen(draft, view), registry);
      view = after;
      told.push(published);
    }
    return { release, drafts, faults };
  });
  return { planned, view, releases: told };

  function splitNext(release: Json): { drafts: Draft[]; faults: SplitFault[] } {
    const later = told.some((each) => dateOf(sourceOf(each)) > dateOf(release));
    // what is known by now, or was known by then
    const before = later ? told.filter((each) => dateOf(sourceOf(each)) <= dateOf(release)) : told;
    const known = view === undefined ? undefined : { view, compiled: compile(before) };
    const { drafts, faults } = split(release, known, options);
    if (!later || drafts.length + faults.length === 0) return { drafts, faults };
    return { drafts: [], faults: faults.length > 0 ? faults : [splitFault("release-older", "/date")] };
  }
}

function sourceOf(release: Json): Partial<SourceRelease> {
  return (release.sourceRelease ?? {}) as Partial<SourceRelease>;
}

/** The moment of a release or of its source; entries that were signed here have none, and are older than any. */
function dateOf({ date }: { date?: unknown }): number {
  return instantOf(date) ?? Number.NEGATIVE_INFINITY;
}

/** Of a release that was recorded before: nothing is left to record, and its content must be the same. */
function recorded(release: Json, told: readonly Json[]): { drafts: Draft[]; faults: SplitFault[] } | undefined {
  const same = told.map(sourceOf).filter(({ id, date }) => id === release.id && date === release.date);
  if (same.length === 0) return undefined;
  if (same[0]!.digest !== digestOfRelease(release)) {
    return { drafts: [], faults: [splitFault("release-changed", "/id", release.id)] };
  }
  return same.some(({ complete }) => complete) ? { drafts: [], faults: [] } : undefined;
}

/** The entry that a draft will be. */
function foreseen(draft: Draft, view: ProcessView | undefined): RecordedEntry {
  const corrected = Object.entries(view?.entries ?? {}).find(([, entry]) => entry.sequence === draft.names);
  return foresee(
    {
      ...draft,
      kind: Kind[draft.kind],
      agency: draft.agency ?? view?.agency ?? NO_ID,
      refersTo: (corrected?.[0] ?? NO_ID) as Hex,
      body: draft.body === undefined ? new Uint8Array() : utf8(canonicalJson(draft.body)),
    },
    view,
  );
}
