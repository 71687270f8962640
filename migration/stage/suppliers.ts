import { nameFingerprint } from "../../server/domain/company-name.ts";
import type { SupplierFragment } from "../mapping/mapped.ts";
import { type Cluster, clusterOf, type Decisions, digestOf, type Member } from "./decisions.ts";
import type { Position } from "./lot.ts";
import type { SupplierRegister } from "./supplier-register.ts";

// Which spellings and numbers are one supplier: by rules of the plan, by people, and by nothing else.

export type SupplierRule = "npwp-core" | "nib" | "name-fingerprint" | "key" | "exact-row";

/** A supplier as it is registered. Its record holds no tax number, and of a person nothing but the name. */
export type Supplier = { readonly id: string; readonly name: string; readonly form?: string; readonly person: boolean };

/** As one key of the sources names a supplier. */
type Known = {
  readonly key: string;
  readonly person: boolean;
  /** by fingerprint: its names, how often each was said, and where */
  readonly spellings: Map<string, Spelling>;
  core?: string | undefined;
  nib?: string | undefined;
  form?: string | undefined;
};

type Spelling = { readonly names: Map<string, number>; readonly from: Position[] };

/** So many different names on one number are no spellings of one firm. */
const MANY_NAMES = 3;
/** So many suppliers of one name, or on one number, tell nothing. */
const HOT_BLOCK = 50;
const POSITIONS = 3;

export class Suppliers {
  readonly #rules: ReadonlySet<string>;
  readonly #decisions: Decisions;
  readonly #known = new Map<string, Known>();
  readonly #parents = new Map<string, string>();
  readonly #why = new Map<string, string>();
  readonly #byKey = new Map<string, Supplier>();
  readonly clusters: Cluster[] = [];
  /** keys whose names contradict each other, undecided */
  readonly undecided = new Set<string>();
  /** keys that people found to be several suppliers, told apart by their names */
  readonly #several = new Set<string>();

  constructor(rules: readonly string[], decisions: Decisions) {
    this.#rules = new Set(rules);
    this.#decisions = decisions;
  }

  get size(): number {
    return this.#known.size;
  }

  add({ key, name, form, npwpCore, nib, person }: SupplierFragment, from: Position): void {
    let known = this.#known.get(key);
    if (known === undefined) {
      known = { key, person, spellings: new Map() };
      this.#known.set(key, known);
    }
    known.core ??= npwpCore;
    known.nib ??= nib;
    if (form !== undefined && (known.form === undefined || form < known.form)) known.form = form;
    const fingerprint = nameFingerprint(name);
    let spelling = known.spellings.get(fingerprint);
    if (spelling === undefined) {
      spelling = { names: new Map(), from: [] };
      known.spellings.set(fingerprint, spelling);
    }
    if (spelling.from.length < POSITIONS) spelling.from.push(from);
    spelling.names.set(name, (spelling.names.get(name) ?? 0) + 1);
  }

  /** Decides what is one, and gives ids. */
  resolve(register: SupplierRegister, wave: string): void {
    for (const key of [...this.#known.keys()].sort()) this.#judgeNames(this.#known.get(key)!);
    const keys = [...this.#known.keys()].sort();
    this.#judgeBlocks(keys, "nib", ({ nib }) => nib);
    this.#judgeBlocks(keys, "npwp-core", ({ core }) => core);
    this.#judgeBlocks(keys, "name-fingerprint", ({ spellings, person }) =>
      person ? undefined : [...spellings.keys()][0],
    );
    for (const decision of this.#decisions.all()) {
      const present = decision.keys.filter((key) => this.#known.has(key));
      if (decision.verdict !== "same" || present.length < 2) continue;
      if (this.#decisions.about(decision.cluster, this.#seenOf(decision.keys)) === decision) {
        for (const key of present.slice(1)) this.#unite(present[0]!, key, `decided by ${decision.by}`);
      }
    }
    const groups = new Map<string, string[]>();
    for (const key of keys) {
      const root = this.#root(key);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [key]);
      else group.push(key);
    }
    // in the order of the keys, so that the same suppliers get the same numbers
    for (const group of groups.values()) {
      const best = group.map((key) => this.#known.get(key)!).reduce((a, b) => (mentions(b) > mentions(a) ? b : a));
      const name = nameOf(best);
      const id = register.register(group, name, wave);
      const form = best.form;
      // the name it was registered with is the one that the ledger knows
      const supplier = {
        id,
        name: register.supplierOf(group[0]!)?.name ?? name,
        ...(form === undefined ? {} : { form }),
        person: best.person,
      };
      for (const key of group) this.#byKey.set(key, supplier);
    }
  }

  /** The supplier that a key names; of a key that several share, the one of that name. */
  of(key: string, name = ""): Supplier | undefined {
    return this.#byKey.get(this.#several.has(key) ? sharedKey(key, nameFingerprint(name)) : key);
  }

  /** All keys, in their order, with the supplier that each names and where it was told. */
  *all(): Generator<{ key: string; supplier: Supplier; from: readonly Position[] }> {
    for (const key of [...this.#known.keys()].sort()) {
      yield { key, supplier: this.#byKey.get(key)!, from: fromOf(this.#known.get(key)!) };
    }
  }

  /** The rule of the plan by which rows of one key are one supplier. */
  rule(key: string): string | undefined {
    const own = key.startsWith("npwp:") ? "npwp-core" : key.startsWith("nib:") ? "nib" : "name-fingerprint";
    return [own, "key"].find((rule) => this.#rules.has(rule));
  }

  /** Why a key is the same supplier as another one: the rule, or who decided. */
  reason(key: string): string | undefined {
    return this.#why.get(key);
  }

  // ---- one key, several names

  #judgeNames(known: Known): void {
    if (known.spellings.size === 1) return;
    const rule = known.key.startsWith("npwp:") ? "npwp-core" : known.key.startsWith("nib:") ? "nib" : "key";
    const byRule = this.#rules.has(rule) || this.#rules.has("key");
    if (byRule && !known.person && known.spellings.size <= MANY_NAMES) return;
    const members: Member[] = [...known.spellings].map(([fingerprint, { names, from }]) => ({
      key: sharedKey(known.key, fingerprint),
      says: { name: mostSaid(names) },
      from,
    }));
    const keys = members.map(({ key }) => key);
    const seen = digestOf(keys);
    const id = clusterOf("supplier", [known.key]);
    const decision = this.#decisions.about(id, seen);
    if (decision !== undefined && decision !== "stale" && decision.verdict === "same") {
      this.#why.set(known.key, `decided by ${decision.by}`);
      return;
    }
    if (decision !== undefined && decision !== "stale" && decision.verdict === "reject") {
      this.undecided.add(known.key);
      return;
    }
    if (decision !== undefined && decision !== "stale") {
      this.#several.add(known.key);
      this.#known.delete(known.key);
      // a number that several share tells nothing of any of them
      for (const [fingerprint, spelling] of known.spellings) {
        const key = sharedKey(known.key, fingerprint);
        const own = { ...known, key, core: undefined, nib: undefined, spellings: new Map([[fingerprint, spelling]]) };
        this.#known.set(key, own);
      }
      return;
    }
    this.undecided.add(known.key);
    this.clusters.push({
      ...{ id, entity: "supplier", rule: "key-differs", blocks: true, score: 0.5, seen },
      evidence: [`one key, ${known.spellings.size} names`],
      members: members.slice(0, 12),
      more: Math.max(0, members.length - 12),
      ...(decision === "stale" ? { stale: true } : {}),
    });
  }

  // ---- several keys, one supplier

  #judgeBlocks(keys: readonly string[], rule: SupplierRule, blockOf: (known: Known) => string | undefined): void {
    const blocks = new Map<string, Known[]>();
    for (const key of keys) {
      const known = this.#known.get(key)!;
      const block = blockOf(known);
      if (block === undefined || block === "") continue;
      const members = blocks.get(block);
      if (members === undefined) blocks.set(block, [known]);
      else members.push(known);
    }
    for (const members of blocks.values()) {
      if (members.length < 2) continue;
      const roots = new Set(members.map(({ key }) => this.#root(key)));
      if (roots.size < 2) continue;
      const cores = new Set(members.flatMap(({ core }) => core ?? []));
      const nibs = new Set(members.flatMap(({ nib }) => nib ?? []));
      // firms of one name with numbers of their own are as likely two; people are never one by a name or a number
      const contradicts =
        (rule === "name-fingerprint" && (cores.size > 1 || nibs.size > 1)) || members.some(({ person }) => person);
      if (this.#rules.has(rule) && !contradicts && members.length <= HOT_BLOCK) {
        for (const { key } of members.slice(1)) this.#unite(members[0]!.key, key, rule);
        continue;
      }
      this.#propose(rule, members, cores.size > 1 || nibs.size > 1 ? 0.4 : rule === "name-fingerprint" ? 0.7 : 0.9);
    }
  }

  #propose(rule: SupplierRule, members: readonly Known[], score: number): void {
    const keys = members.map(({ key }) => key);
    const id = clusterOf("supplier", keys);
    const seen = this.#seenOf(keys);
    const decision = this.#decisions.about(id, seen);
    if (decision !== undefined && decision !== "stale") return;
    this.clusters.push({
      ...{ id, entity: "supplier", rule, blocks: false, score, seen },
      evidence: [`same ${rule}`, ...(score < 0.5 ? ["different NPWP or NIB"] : [])],
      members: members.slice(0, 12).map((known) => ({
        key: known.key,
        says: { name: nameOf(known), ...(known.form === undefined ? {} : { form: known.form }) },
        from: fromOf(known),
      })),
      more: Math.max(0, members.length - 12),
      ...(decision === "stale" ? { stale: true } : {}),
    });
  }

  #seenOf(keys: readonly string[]): string {
    return digestOf(
      keys.map((key) => {
        const known = this.#known.get(key);
        return JSON.stringify([key, [...(known?.spellings.keys() ?? [])].sort(), known?.core ?? "", known?.nib ?? ""]);
      }),
    );
  }

  #root(key: string): string {
    let root = key;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root)) root = up;
    return root;
  }

  #unite(a: string, b: string, why: string): void {
    const [one, two] = [this.#root(a), this.#root(b)];
    if (one === two) return;
    const [low, high] = one < two ? [one, two] : [two, one];
    this.#parents.set(high, low);
    this.#why.set(b, why);
  }
}

/** The key of one of several suppliers on one number. */
export function sharedKey(key: string, fingerprint: string): string {
  return `${key}#${fingerprint}`;
}

function fromOf({ spellings }: Known): Position[] {
  return [...spellings.values()].flatMap(({ from }) => from).slice(0, POSITIONS);
}

function mentions({ spellings }: Known): number {
  let count = 0;
  for (const { names } of spellings.values()) for (const times of names.values()) count += times;
  return count;
}

/** The name said most often; of several, the first by its letters. */
function mostSaid(names: ReadonlyMap<string, number>): string {
  return [...names].reduce((best, each) =>
    each[1] > best[1] || (each[1] === best[1] && each[0] < best[0]) ? each : best,
  )[0];
}

function nameOf({ spellings }: Known): string {
  const all = new Map<string, number>();
  for (const { names } of spellings.values())
    for (const [name, times] of names) all.set(name, (all.get(name) ?? 0) + times);
  return mostSaid(all);
}
