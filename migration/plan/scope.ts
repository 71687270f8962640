import type { Entity, Plan, Wave } from "./schema.ts";

/** What is known of one thing before it is put in a wave; what is not known takes no part in the choice. */
export type Belonging = {
  readonly dataset: string;
  readonly entity?: Entity;
  /** id as registered, never a legacy code */
  readonly agency?: string;
  readonly year?: number;
  /** of the process, in its source */
  readonly key?: string;
};

/**
 * The wave that takes a row: the first of the plan, in the order that `after` demands, that reads its dataset and whose
 * scope accepts it. So `"*"` after a pilot means "the rest", and nothing is in two waves.
 */
export function waveOf(plan: Plan, what: Belonging): string | undefined {
  return inOrder(plan.waves).find((wave) => takes(wave, what))?.id;
}

/** Whether a wave, looked at alone, accepts a row. */
export function takes({ datasets = [], entities = [], scope }: Wave, what: Belonging): boolean {
  if (!datasets.includes(what.dataset) && !(what.entity !== undefined && entities.includes(what.entity))) return false;
  const { agency, year, key } = what;
  if (agency !== undefined) {
    if (scope.agencies !== "*" && !scope.agencies.includes(agency)) return false;
    if (scope.except?.includes(agency)) return false;
  }
  if (year !== undefined && scope.years !== undefined && !scope.years.includes(year)) return false;
  return key === undefined || scope.keys === undefined || scope.keys.includes(key);
}

/** Ids as a wave's scope accepts them, from all agencies of the plan. */
export function agenciesOf({ agencies }: Plan, { scope }: Wave): string[] {
  const ids = scope.agencies === "*" ? agencies.map(({ id }) => id) : scope.agencies;
  return ids.filter((id) => !scope.except?.includes(id));
}

/**
 * Waves so that each comes after those of its `after`; in the order of the file where that leaves a choice. What is in a
 * cycle, or waits for one, keeps its place at the end.
 */
export function inOrder<W extends { id: string; after: readonly string[] }>(waves: readonly W[]): W[] {
  const known = new Set(waves.map(({ id }) => id));
  const left = [...waves];
  const done: W[] = [];
  const ids = new Set<string>();
  for (;;) {
    const at = left.findIndex(({ after }) => after.every((id) => ids.has(id) || !known.has(id)));
    if (at < 0) return [...done, ...left];
    const [next] = left.splice(at, 1);
    done.push(next!);
    ids.add(next!.id);
  }
}
