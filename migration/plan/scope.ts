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
 * Says which wave takes a row: the first of the plan, in the order that `after` demands, that reads its dataset and whose
 * scope accepts it. So `"*"` after a pilot means "the rest", and nothing is in two waves.
 */
export function waveChooser(plan: Pick<Plan, "waves">): (what: Belonging) => string | undefined {
  const waves = inOrder(plan.waves).map((wave) => ({ id: wave.id, accepts: acceptor(wave) }));
  return (what) => waves.find(({ accepts }) => accepts(what))?.id;
}

function acceptor({ datasets = [], entities = [], scope }: Wave): (what: Belonging) => boolean {
  const sets = new Set(datasets);
  const kinds = new Set(entities);
  const among = (list: readonly string[] | undefined) => (list === undefined ? undefined : new Set(list));
  const named = scope.agencies === "*" ? undefined : new Set(scope.agencies);
  const [except, keys, years] = [among(scope.except), among(scope.keys), scope.years && new Set(scope.years)];
  return ({ dataset, entity, agency, year, key }) =>
    (sets.has(dataset) || (entity !== undefined && kinds.has(entity))) &&
    (agency === undefined || ((named?.has(agency) ?? true) && !except?.has(agency))) &&
    (year === undefined || (years?.has(year) ?? true)) &&
    (key === undefined || (keys?.has(key) ?? true));
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
