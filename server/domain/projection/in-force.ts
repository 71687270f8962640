import type { Terms } from "../entries/entry.ts";
import { Kind } from "../entries/kinds.ts";
import type { Hex } from "../entries/words.ts";
import { afterEntry, contractIn, type ProcessView, type RecordedEntry } from "./process-view.ts";

// From which business moment each entry of a process counts, and what was in force at one (docs/reference/http.md).

/** What corrects or takes back another entry has no day of its own: it counts wherever that one counts. */
const CONCERNS_ANOTHER: ReadonlySet<number> = new Set([Kind.correction, Kind.withdrawal]);
const STAGES: readonly number[] = [Kind.planning, Kind.tender, Kind.award];

/** For each entry the place of the one that it corrects or takes back in the end; its own where it does neither. */
export function originsOf(entries: readonly Pick<RecordedEntry, "leaf" | "kind" | "refersTo">[]): number[] {
  const places = new Map<Hex, number>(entries.map(({ leaf }, index) => [leaf, index]));
  const origins: number[] = [];
  for (const [index, { kind, refersTo }] of entries.entries()) {
    const named = CONCERNS_ANOTHER.has(kind) ? places.get(refersTo) : undefined;
    origins.push(named === undefined || named >= index ? index : origins[named]!);
  }
  return origins;
}

/**
 * From which business moment each entry counts, in milliseconds UTC, in the order given, which is that of recording.
 * - its day is the `on` that is true of it now; of an opening, that of its balances;
 * - without one it counts from its recording; a planning, tender or award from the first day of what builds on it, where
 *   that is earlier;
 * - never before what it stands on: the first entry of its contract, award or stage, and the entry that it refers to.
 */
export function momentsOf(entries: readonly RecordedEntry[]): number[] {
  const origins = originsOf(entries);
  const days = entries.map(dayOf);
  for (const [index, origin] of origins.entries())
    if (origin !== index && entries[index]!.kind === Kind.correction && entries[origin]!.balances === undefined)
      days[origin] = dayOf(entries[index]!);

  const places = new Map<Hex, number>(entries.map(({ leaf }, index) => [leaf, index]));
  /** the place of the first entry of each contract, award and stage */
  const begun = new Map<string, number>();
  const moments: number[] = [];
  for (const [index, entry] of entries.entries()) {
    const origin = origins[index]!;
    if (origin !== index) {
      moments.push(moments[origin]!);
      // what was taken back may begin anew, on another day
      const section = sectionOf(entries[origin]!);
      if (entry.kind === Kind.withdrawal && begun.get(section) === origin) begun.delete(section);
      continue;
    }
    const own = days[index] ?? Math.min(entry.assigned.timeMs, firstDayUpon(index, entries, origins, days));
    const stoodOn = [begun.get(sectionOf(entry)), places.get(entry.refersTo)];
    if (!begun.has(sectionOf(entry))) begun.set(sectionOf(entry), index);
    moments.push(Math.max(own, ...stoodOn.map((place) => moments[place ?? -1] ?? -Infinity)));
  }
  return moments;
}

/** The business day that an entry says, in milliseconds UTC. */
function dayOf({ terms, balances }: RecordedEntry): number | undefined {
  const on = balances?.on || terms.on;
  // 0 in an opening: the day is not known
  return on === undefined || (on === 0 && balances !== undefined) ? undefined : on * 1000;
}

/** What an entry belongs to that must have begun; a note on the process by itself belongs to nothing. */
function sectionOf({ kind, contractId, awardId, leaf }: RecordedEntry): string {
  if (contractId !== "") return `contract ${contractId}`;
  if (awardId !== "") return `award ${awardId}`;
  return kind === Kind.note ? leaf : `${kind}`;
}

/** The first day of what was recorded later and builds on a planning, tender or award. */
function firstDayUpon(
  index: number,
  entries: readonly RecordedEntry[],
  origins: readonly number[],
  days: readonly (number | undefined)[],
): number {
  const { kind, awardId } = entries[index]!;
  if (!STAGES.includes(kind)) return Infinity;
  let first = Infinity;
  for (let later = index + 1; later < entries.length; later++) {
    const entry = entries[later]!;
    const begins = entry.kind === Kind.contract || entry.kind === Kind.opening;
    const upon = kind === Kind.award ? begins && entry.awardId === awardId : begins || entry.kind > kind;
    const isStage = STAGES.includes(entry.kind);
    if (origins[later] === later && upon && (begins || isStage)) first = Math.min(first, days[later] ?? Infinity);
  }
  return first;
}

/**
 * The entries that count at a business moment (milliseconds UTC), corrected by all that is known, in the order of
 * recording. An amendment states new totals: where an earlier recorded one does not count yet, its part is taken out; and
 * what is paid above the value is counted anew. All of them, and the very ones given, where all count.
 */
export function inForceAt(entries: readonly RecordedEntry[], moment: number): RecordedEntry[] {
  const moments = momentsOf(entries);
  if (moments.every((each) => each <= moment)) return [...entries];
  const origins = originsOf(entries);
  const kept: RecordedEntry[] = [];
  const missing = new Map<string, Shift>();
  const shifts: Shift[] = [];
  /** as all that was recorded leaves it, and as what counts does */
  let view: ProcessView | undefined;
  let counting: ProcessView | undefined;
  for (const [index, entry] of entries.entries()) {
    const before = contractIn(view, entry.contractId);
    view = afterEntry(view, entry);
    const after = contractIn(view, entry.contractId);
    const gone = missing.get(entry.contractId) ?? none;
    shifts.push(origins[index] === index ? gone : shifts[origins[index]!]!);
    if (moments[index]! <= moment) {
      const counted = shifted(entry, entries[origins[index]!]!.kind, shifts[index]!);
      counting = afterEntry(counting, counted);
      kept.push(kept.length === index ? counted : withExcess(counted, counting));
    } else if (before !== undefined && after !== undefined) {
      missing.set(entry.contractId, {
        value: gone.value + BigInt(after.value) - BigInt(before.value),
        scopeValue: gone.scopeValue + BigInt(after.scopeValue) - BigInt(before.scopeValue),
      });
    }
  }
  return kept;
}

function withExcess(entry: RecordedEntry, view: ProcessView): RecordedEntry {
  const contract = contractIn(view, entry.contractId);
  if (contract === undefined) return entry;
  const above = BigInt(contract.paid) - BigInt(contract.value);
  return { ...entry, excess: above > 0n ? above : 0n };
}

type Shift = { value: bigint; scopeValue: bigint };
const none: Shift = { value: 0n, scopeValue: 0n };

function shifted(entry: RecordedEntry, kind: number, { value, scopeValue }: Shift): RecordedEntry {
  const { terms } = entry;
  if (kind !== Kind.amendment || terms.value === undefined || (value === 0n && scopeValue === 0n)) return entry;
  const less: Terms = { ...terms, value: terms.value - value, scopeValue: (terms.scopeValue ?? 0n) - scopeValue };
  return { ...entry, terms: less };
}
