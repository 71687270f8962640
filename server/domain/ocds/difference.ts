import { canonicalJson } from "../json.ts";
import { isObject, type Json } from "./check-fields.ts";
import { type MergeRules, mergeRulesOf } from "./merge-rules.ts";
import type { ExtensionName } from "./schema.ts";

/**
 * What a release adds to a compiled release, as small as the merge rules allow: merging `compiled` with the result
 * gives the same as merging it with `release`. Undefined where it adds nothing. Values are shared with the input.
 */
export function difference(compiled: Json, release: Json, extensions: readonly ExtensionName[] = []): Json | undefined {
  return ofObjects(compiled, release, mergeRulesOf(extensions));
}

function ofObjects(before: Json, now: Json, rules: MergeRules | undefined): Json | undefined {
  const result: Json = {};
  for (const [name, value] of Object.entries(now)) {
    const added = ofValues(before[name], value, rules?.fields.get(name));
    if (added !== undefined) result[name] = added;
  }
  return Object.keys(result).length === 0 ? undefined : result;
}

function ofValues(before: unknown, now: unknown, rules: MergeRules | undefined): unknown {
  // nothing to remove
  if (now === null) return before === undefined ? undefined : null;
  if (isObject(now) && isObject(before) && !isReference(now)) return ofObjects(before, now, rules);
  if (Array.isArray(now) && Array.isArray(before) && rules?.rule !== "wholeListMerge" && now.every(hasId)) {
    return ofLists(before, now, rules);
  }
  return before !== undefined && canonicalJson(before) === canonicalJson(now) ? undefined : now;
}

function ofLists(before: readonly unknown[], now: readonly Json[], rules: MergeRules | undefined): Json[] | undefined {
  const known = new Map(before.filter(hasId).map((entry) => [entry.id, entry]));
  const added = now.flatMap((entry) => {
    const old = known.get(entry.id);
    if (old === undefined) return [entry];
    const more = ofObjects(old, entry, rules);
    return more === undefined ? [] : [{ id: entry.id, ...more }];
  });
  return added.length === 0 ? undefined : added;
}

/** A reference to an organisation stays whole: its name alone says nothing. */
function isReference(value: Json): boolean {
  return "id" in value && "name" in value;
}

function hasId(value: unknown): value is Json {
  return isObject(value) && typeof value.id === "string";
}
