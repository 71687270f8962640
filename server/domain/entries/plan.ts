import { canonicalJson } from "../json.ts";
import type { Json } from "../ocds/check-fields.ts";
import { merge } from "../ocds/merge.ts";
import type { ProcessView, RecordedEntry } from "../projection/process-view.ts";
import { compose, type Registry } from "./compose.ts";
import type { Draft } from "./draft.ts";
import { idOf } from "./entry.ts";
import { Kind } from "./kinds.ts";
import { type SplitFault, type SplitOptions, split } from "./split.ts";
import { type Hex, NO_ID, utf8 } from "./words.ts";

/** What the register publishes of a process: its state and its releases; nothing for a new ocid. */
export type Published = { view: ProcessView; releases: readonly Json[] } | undefined;

/** What becomes of one release: the entries that record it, or why it is not recorded. */
export type Planned = { release: Json; drafts: Draft[]; faults: SplitFault[] };
/** `releases`: all that the register will publish of the process. */
export type Plan = { planned: Planned[]; releases: Json[] };

/**
 * The entries that record several releases of one process, in the order of their dates: each is split against what the
 * earlier ones will have left. A release with faults is passed over, and the later ones are split as if it were not.
 */
export function planReleases(releases: readonly Json[], published: Published, options: SplitOptions): Plan {
  let view = published?.view;
  const told: Json[] = [...(published?.releases ?? [])];
  const registry: Registry = (id) => {
    const found = options.organisation(id);
    return found && { id: found.id, name: found.name };
  };
  const inOrder = releases.toSorted((a, b) =>
    String(a.date) < String(b.date) ? -1 : String(a.date) > String(b.date) ? 1 : 0,
  );
  const planned = inOrder.map((release) => {
    const known = view === undefined ? undefined : { view, compiled: merge(told).compiledRelease };
    const { drafts, faults } = split(release, known, options);
    for (const draft of drafts) {
      const foreseen = compose(view, foresee(draft, view), registry);
      view = foreseen.after;
      told.push(foreseen.release);
    }
    return { release, drafts, faults };
  });
  return { planned, releases: told };
}

/** The entry that a draft will be, with numbers in place of what the ledger assigns. */
function foresee(draft: Draft, view: ProcessView | undefined): RecordedEntry {
  const sequence = (view?.count ?? 0) + 1;
  const leaf = idOf(`foreseen ${draft.ocid} ${sequence}`);
  const corrected = Object.entries(view?.entries ?? {}).find(([, entry]) => entry.sequence === draft.corrects);
  const refersTo = (corrected?.[0] ?? NO_ID) as Hex;
  return {
    leaf,
    hash: leaf,
    commandId: leaf,
    kind: Kind[draft.kind],
    ocid: draft.ocid,
    contractId: draft.contractId,
    awardId: draft.awardId,
    agency: draft.agency ?? view?.agency ?? NO_ID,
    terms: draft.terms,
    refersTo,
    body: draft.body === undefined ? new Uint8Array() : utf8(canonicalJson(draft.body)),
    ...(draft.balances === undefined ? {} : { balances: draft.balances }),
    maker: NO_ID,
    capacity: 0,
    digest: NO_ID,
    signers: [],
    excess: 0n,
    assigned: {
      registerSequence: sequence,
      processSequence: sequence,
      agencySequence: sequence,
      timeMs: (view?.lastTimeMs ?? 0) + 1,
      previousProcess: view?.head ?? NO_ID,
      previousAgency: NO_ID,
      wave: 0,
      signers: NO_ID,
      exceptions: 0,
    },
  };
}
