import { canonicalJson } from "../../server/domain/json.ts";
import type { Words } from "../../server/domain/problems.ts";

/** One change between two plans. `voids`: gates that were met and are no longer, in the plan's words. */
export type PlanChange = { readonly path: string; readonly words: Words; readonly voids: readonly VoidGate[] };
export type VoidGate = "seal" | "approval" | "rehearsal" | "sign-off" | "backup";

/** What of the plan each part is called. */
const PARTS: Readonly<Record<string, Words>> = {
  waves: { en: "wave", id: "gelombang" },
  agencies: { en: "agency", id: "instansi" },
  datasets: { en: "dataset", id: "dataset" },
  sources: { en: "source", id: "sumber" },
  quality: { en: "quality rule", id: "aturan mutu" },
  dedupe: { en: "rule of doubles", id: "aturan ganda" },
  goals: { en: "goal", id: "sasaran" },
  risks: { en: "risk", id: "risiko" },
  approvers: { en: "approver", id: "penyetuju" },
  signOff: { en: "owner of source", id: "pemilik sumber" },
  items: { en: "budget item", id: "mata anggaran" },
};

/** By which field items of a list are the same thing. */
const NAMES = ["id", "source", "on", "holder", "name", "role", "when"];

/** What a reader of plan `a` must know of plan `b`, contacts left out by the caller; in the order of the plan. */
export function diffPlans(a: unknown, b: unknown): PlanChange[] {
  const changes: PlanChange[] = [];
  walk(a, b, [], [], changes);
  return changes;
}

function walk(a: unknown, b: unknown, path: string[], title: Words[], changes: PlanChange[]): void {
  if (a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b))) return;
  if (isList(a) && isList(b) && [...a, ...b].every(isObject)) {
    const keyed = (list: readonly object[]) => new Map(list.map((item, i) => [nameOf(item) ?? String(i), item]));
    const [before, after] = [keyed(a as object[]), keyed(b as object[])];
    const part = PARTS[path.at(-1)!] ?? { en: path.at(-1)!, id: path.at(-1)! };
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      walk(before.get(name), after.get(name), [...path, name], [...title, joined(part, name)], changes);
    }
    // the order of a list says something only where all else is equal
    if (changes.length === 0 && [...before.keys()].join() !== [...after.keys()].join()) {
      push(path, title, { en: "in another order", id: "dengan urutan lain" }, changes);
    }
  } else if (isObject(a) && isObject(b)) {
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const part = path.length === 1 && path[0] === "sources" ? [joined(PARTS.sources!, name)] : [];
      const inner = path.length === 0 ? [] : part.length > 0 ? part : [...title, { en: name, id: name }];
      const own = path.length === 0 && !isObject((a as Fields)[name]) && !isList((a as Fields)[name]);
      walk((a as Fields)[name], (b as Fields)[name], [...path, name], own ? [{ en: name, id: name }] : inner, changes);
    }
  } else if (a === undefined) {
    push(
      path,
      title,
      isObject(b) ? { en: "added", id: "ditambahkan" } : { en: `added: ${short(b)}`, id: `ditambahkan: ${short(b)}` },
      changes,
    );
  } else if (b === undefined) {
    push(path, title, { en: "removed", id: "dihapus" }, changes);
  } else {
    push(path, title, { en: `${short(a)} → ${short(b)}`, id: `${short(a)} → ${short(b)}` }, changes);
  }
}

function push(path: string[], title: Words[], what: Words, changes: PlanChange[]): void {
  const head = (language: "en" | "id") =>
    (title.length > 0 ? title : [{ en: path.at(-1)!, id: path.at(-1)! }]).map((each) => each[language]).join(", ");
  const voids: VoidGate[] = ["seal", "approval", "rehearsal"];
  if (path[0] === "signOff" || path[0] === "sources") voids.push("sign-off");
  if (path[0] === "sources") voids.push("backup");
  changes.push({
    path: `/${path.join("/")}`,
    words: { en: `${head("en")}: ${what.en}`, id: `${head("id")}: ${what.id}` },
    voids,
  });
}

type Fields = Record<string, unknown>;
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isObject = (value: unknown): value is Fields => typeof value === "object" && value !== null && !isList(value);

function nameOf(item: object): string | undefined {
  const field = NAMES.find((name) => typeof (item as Fields)[name] === "string");
  return field && String((item as Fields)[field]);
}

function joined(part: Words, name: string): Words {
  return { en: `${part.en} ${name}`, id: `${part.id} ${name}` };
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
