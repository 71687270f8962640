import { hash } from "node:crypto";
import type { Part } from "../../../migration/mapping/lay-over.ts";
import type { Fragment, ProcessFragment } from "../../../migration/mapping/mapped.ts";
import { isObject, type Json } from "../../domain/ocds/check-fields.ts";
import { screenTexts } from "../../domain/sealing/screen.ts";
import { mayHoldPersonal, withheldFrom } from "../../domain/sealing/withheld-from.ts";
import type { Storage } from "../../domain/storage.ts";
import type { RowMap } from "./map-of-rows.ts";

// What rows said, by package and by content. A row that was heard before is not kept twice; one whose like came with
// other content stands beside it until a run brings the one without the other.

/** A row of a package as it is kept, without personal data. */
export type KeptRow = {
  readonly map: string;
  readonly rank: number;
  /** what it is a row of: rows of one map and thing replace each other from run to run */
  readonly thing: string;
  /** the run in which it was first heard, counted over all jobs */
  readonly run: number;
  readonly job: string;
  readonly capture: string;
  readonly row: number;
  readonly at: string;
  readonly fragment: ProcessFragment;
  /** a release of somebody */
  readonly isOcds?: true;
};

/** A row of a package with its place in the order of things. */
export type PackagePart = Part & {
  readonly kept: KeptRow;
  readonly digest: string;
  /** the run in which it was last heard, as far as somebody asked; at least `kept.run` */
  readonly last: number;
};

const part = (text: string) => encodeURIComponent(text);

/** A package of an agency: what its rows are kept under. */
export const packageKey = (agency: string, key: string) => `${part(agency)}/${part(key)}`;

const ROW = "proc/row/";
const SEEN = "proc/seen/";
const PLAN = "proc/plan/";
const KNOWN_PLAN = "proc/known-plan/";
const USES = "proc/uses/";
const DIRTY = "proc/dirty/";
const REPLACED = "proc/replaced/";

type Rows = { key: string; value: unknown }[];

/** What keeping a row came to; `unfit`: a code of `REASONS`. */
export type Kept = "new" | "again" | "before" | { readonly unfit: "personal" | "too-long" };

export class KeptRows {
  readonly #storage: Storage;

  /** other things that were looked up of late, with the run in which they were first heard */
  readonly #others = new Map<string, number>();
  #hasPlans: boolean | undefined;
  #hasReplaced: boolean | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /**
   * What is to be written of a row, added to `rows`.
   * @param fresh digests that were added to `rows` and are not on the disk yet
   */
  async add(
    agency: string,
    fragment: ProcessFragment,
    from: Pick<KeptRow, "run" | "job" | "capture" | "row" | "at">,
    { id, rank, isPlan, isOcds }: RowMap,
    rows: Rows,
    fresh: Set<string>,
  ): Promise<Kept> {
    if (fragment.key.length > MAX_KEY) return { unfit: "too-long" };
    const ids = idsIn(fragment);
    if (screenTexts(ids).length > 0) return { unfit: "personal" };
    const digest = digestOf([id, fragment]);
    const place = `${packageKey(agency, fragment.key)}/`;
    const prefix = isPlan ? PLAN : ROW;
    const key = `${prefix}${place}${digest}`;
    if (fresh.has(key)) return "again";
    const known = await this.#storage.get<KeptRow>(key);
    if (known !== undefined) {
      if (known.run === from.run) return "again";
      const seen = `${SEEN}${place}${digest}`;
      const last = await this.#storage.get<number>(seen);
      fresh.add(key);
      if (last === from.run) return "again";
      rows.push({ key: seen, value: from.run });
      // what was said before the newest is the newest once more
      this.#hasReplaced ??= await isAny(this.#storage, REPLACED);
      if (this.#hasReplaced && (await this.#storage.get(`${REPLACED}${place}`)) !== undefined)
        await this.#touch(agency, fragment, isPlan, rows);
      return "before";
    }
    fresh.add(key);
    const kept: KeptRow = {
      map: id,
      rank,
      thing: thingOf(id, fragment),
      ...from,
      fragment: withoutPersonal(fragment),
      ...(isOcds ? { isOcds } : {}),
    };
    rows.push({ key, value: kept });
    if (isPlan) {
      this.#hasPlans = true;
      rows.push({ key: `${KNOWN_PLAN}${packageKey(agency, fragment.key)}`, value: true });
    } else {
      for (const plan of plansOf(fragment))
        rows.push({ key: `${USES}${packageKey(agency, plan)}/${part(fragment.key)}`, value: true });
    }
    await this.#touch(agency, fragment, isPlan, rows);
    return "new";
  }

  /** The package is to be planned anew, or of a plan those that name it. */
  async #touch(agency: string, { key }: ProcessFragment, isPlan: boolean, rows: Rows): Promise<void> {
    if (!isPlan) return void rows.push({ key: this.dirtyKey(packageKey(agency, key)), value: true });
    for await (const { key: use } of this.#storage.range(`${USES}${packageKey(agency, key)}/`))
      rows.push({ key: this.dirtyKey(`${part(agency)}/${use.slice(use.lastIndexOf("/") + 1)}`), value: true });
  }

  /** Anything else that rows tell: of suppliers, agencies and budgets, by content. */
  async addOther(
    fragment: Fragment,
    from: Pick<KeptRow, "run" | "job">,
    rows: Rows,
    fresh: Set<string>,
  ): Promise<Kept> {
    const content = fragment.entity === "supplier" ? (({ npwp: _, ...rest }) => rest)(fragment) : fragment;
    const said = JSON.stringify(content);
    const heard = this.#others.get(said);
    if (heard !== undefined) return heard === from.run ? "again" : "before";
    const key = `proc/${fragment.entity}/${part(fragment.key)}/${digestOf(said)}`;
    if (fresh.has(key)) return "again";
    fresh.add(key);
    const known = (await this.#storage.get<{ run: number }>(key))?.run;
    if (this.#others.size >= MOST_REMEMBERED) this.#others.clear();
    this.#others.set(said, known ?? from.run);
    if (known !== undefined) return known === from.run ? "again" : "before";
    rows.push({ key, value: { ...from, fragment: content } });
    return "new";
  }

  /** What was looked at and not written is not remembered. */
  forget(): void {
    this.#others.clear();
  }

  /** Packages whose rows or record changed since they were last planned. */
  async *dirty(): AsyncGenerator<string> {
    for await (const { key } of this.#storage.range(DIRTY)) yield key.slice(DIRTY.length);
  }

  dirtyKey(of: string): string {
    return `${DIRTY}${of}`;
  }

  /**
   * The rows of packages that are in force, with the plans that these name.
   * @param packages in the order of their keys
   * @param write what is to be remembered of them is added here
   */
  async partsOfMany(packages: readonly string[], write: Rows = []): Promise<Map<string, PackagePart[]>> {
    const result = new Map<string, PackagePart[]>();
    for (const [of, rows] of await this.#read<KeptRow>(ROW, packages)) {
      const own = await this.#inForce(of, rows.map(partOf), write);
      const plans = new Set(own.flatMap(({ kept }) => plansOf(kept.fragment)));
      const agency = of.slice(0, of.indexOf("/"));
      const parts: PackagePart[] = [];
      for (const plan of plans) {
        const key = `${agency}/${part(plan)}`;
        this.#hasPlans ??= await isAny(this.#storage, KNOWN_PLAN);
        if (!this.#hasPlans) break;
        if ((await this.#storage.get(`${KNOWN_PLAN}${key}`)) === undefined) continue;
        const told: { key: string; value: KeptRow }[] = [];
        for await (const row of this.#storage.range<KeptRow>(`${PLAN}${key}/`)) told.push(row);
        for (const each of await this.#inForce(key, told.map(partOf), write))
          parts.push(plans.size === 1 ? each : { ...each, fragment: oneOfSeveral(each.fragment, plan) });
      }
      result.set(of, [...parts, ...own]);
    }
    return result;
  }

  /** Rows of packages, read in one go where they stand near each other. */
  async #read<T>(prefix: string, packages: readonly string[]): Promise<Map<string, { key: string; value: T }[]>> {
    const found = new Map<string, { key: string; value: T }[]>(packages.map((of) => [of, []]));
    const left = packages.values();
    let next = left.next();
    while (!next.done) {
      let strange = 0;
      for await (const row of this.#storage.range<T>(prefix, { after: `${next.value}/` })) {
        const of = row.key.slice(prefix.length, row.key.lastIndexOf("/"));
        while (!next.done && next.value < of) next = left.next();
        if (next.done) break;
        const own = found.get(of);
        if (own !== undefined) {
          own.push(row);
          strange = 0;
        } else if (++strange > MOST_STRANGE) break;
        if (of > packages.at(-1)!) break;
      }
      // none stand behind this one, or the next stands far away
      if (!next.done && strange <= MOST_STRANGE) break;
    }
    return found;
  }

  async #inForce(of: string, found: PackagePart[], write: Rows): Promise<PackagePart[]> {
    const things = Map.groupBy(found, ({ kept }) => kept.thing);
    const several = new Set(found.flatMap(({ fragment }) => fragment.part ?? [])).size > 1;
    if (things.size === found.length && !several) return found;
    const seen = new Map<string, number>();
    for await (const { key, value } of this.#storage.range<number>(`${SEEN}${of}/`))
      seen.set(key.slice(key.lastIndexOf("/") + 1), value);
    const left = [...things.values()].flatMap((rows) => {
      const heard = rows.map((each) => ({ ...each, last: Math.max(each.last, seen.get(each.digest) ?? 0) }));
      const newest = Math.max(...heard.map(({ last }) => last));
      return heard.filter(({ last }) => last === newest);
    });
    if (left.length < found.length) {
      this.#hasReplaced = true;
      write.push({ key: `${REPLACED}${of}/`, value: true });
    }
    return left;
  }
}

/** Whether there is any row under a prefix. */
export async function isAny(storage: Storage, prefix: string): Promise<boolean> {
  for await (const _ of storage.range(prefix, { limit: 1 })) return true;
  return false;
}

/** So many rows of other packages in a row are read over before one looks for the next by its key. */
const MOST_STRANGE = 64;

function partOf({ key, value }: { key: string; value: KeptRow }): PackagePart {
  const { rank: order, map, row, at, fragment } = value;
  const digest = key.slice(key.lastIndexOf("/") + 1);
  return { kept: value, digest, last: value.run, order, from: { dataset: map, row, at }, fragment, signature: digest };
}

const MAX_KEY = 200;
/** Suppliers and the like that are remembered at most. */
const MOST_REMEMBERED = 20_000;

/** SHA-256 of what is said, 96 bits of it: enough to tell apart what one package says. */
function digestOf(content: unknown): string {
  return hash("sha256", typeof content === "string" ? content : JSON.stringify(content), "hex").slice(0, 24);
}

/**
 * What a row is a row of: the map, contracts and awards with the version, and the papers that it tells of. A contract
 * under several plans has a row for each.
 */
function thingOf(map: string, fragment: ProcessFragment): string {
  const { contracts = {}, release, part: own } = fragment;
  const said = Object.entries(contracts).map(([id, { version = 0, documents = [] }]) => [
    id,
    version,
    documents.map(({ kind, number }) => `${kind} ${number}`),
  ]);
  const papers = list(release.contracts).map(({ id, amendments }) => [id, list(amendments).map((each) => each.id)]);
  const plans = said.length === 0 ? [] : plansOf(fragment);
  return JSON.stringify([map, said, papers, list(release.awards).map(({ id }) => id), own, plans]);
}

/** Ids of the plans (RUP) that a package names. */
function plansOf({ release }: ProcessFragment): string[] {
  const { planning } = release;
  const budget = isObject(planning) ? planning.budget : undefined;
  const told = isObject(budget) ? budget.projectID : undefined;
  if (typeof told !== "string") return [];
  return [...new Set(told.split(/[;,]\s*/).filter((id) => id !== ""))];
}

/** One of several plans of a package: what is its own stands beside the others'. */
function oneOfSeveral(fragment: ProcessFragment, plan: string): ProcessFragment {
  const { planning } = fragment.release;
  if (!isObject(planning)) return fragment;
  const { budget, milestones, ...rest } = planning;
  const { amount: _, projectID: __, ...own } = isObject(budget) ? budget : {};
  return {
    ...fragment,
    release: {
      planning: {
        ...rest,
        ...(Object.keys(own).length === 0 ? {} : { budget: own }),
        ...(milestones === undefined
          ? {}
          : { milestones: list(milestones).map((each) => ({ ...each, id: `${plan}:${String(each.id)}` })) }),
      },
    },
  };
}

function idsIn({ key, release, contracts = {} }: ProcessFragment): Record<string, string> {
  const ids: Record<string, string> = { key };
  // what the package's own key begins says nothing more
  const add = (id: string) => {
    if (!id.startsWith(`${key}-`) || id.length > key.length + 4) ids[id] = id;
  };
  for (const id in contracts) add(id);
  for (const { id } of list(release.awards)) add(String(id));
  return ids;
}

/** What is kept may be published: texts with somebody's numbers in them are left out before anything is compared. */
function withoutPersonal(fragment: ProcessFragment): ProcessFragment {
  if (!mayHoldPersonal(fragment.release)) return fragment;
  const { body, left } = withheldFrom(fragment.release, () => undefined);
  return left === 0 || body === undefined ? fragment : { ...fragment, release: body };
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
