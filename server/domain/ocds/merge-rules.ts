import { type ExtensionName, type Field, modelOf } from "./schema.ts";

/**
 * Which fields do not merge in the usual way, as a tree of field names (array positions are left out).
 * Source: OCDS 1.1, "Merging", and sections 4 and 10 of our notes on it.
 */
export interface MergeRules {
  readonly rule?: "omitWhenMerged" | "wholeListMerge";
  readonly fields: ReadonlyMap<string, MergeRules>;
}

const cache = new Map<string, MergeRules>();

/** The rules of OCDS 1.1.5 with these extensions patched in. */
export function mergeRulesOf(extensions: readonly ExtensionName[] = []): MergeRules {
  const key = [...extensions].sort().join();
  let rules = cache.get(key);
  if (!rules) {
    const model = modelOf(extensions);
    const resolve = (field: Field): Field => (field.ref ? (model.definitions[field.ref] ?? {}) : field);
    rules = { fields: rulesOfFields(model.release.fields ?? {}, resolve) };
    cache.set(key, rules);
  }
  return rules;
}

function rulesOfFields(
  fields: Readonly<Record<string, Field>>,
  resolve: (field: Field) => Field,
): Map<string, MergeRules> {
  const result = new Map<string, MergeRules>();
  for (const [name, declared] of Object.entries(fields)) {
    const rules = rulesOfField({ ...resolve(declared) }, resolve);
    if (rules) result.set(name, rules);
  }
  return result;
}

function rulesOfField(field: Field, resolve: (field: Field) => Field): MergeRules | undefined {
  const types = field.types ?? [];
  if (field.omitWhenMerged) return { rule: "omitWhenMerged", fields: new Map() };
  if (types.includes("array") && field.wholeListMerge) return { rule: "wholeListMerge", fields: new Map() };
  if (types.includes("object") && field.fields) return branch(rulesOfFields(field.fields, resolve));
  if (types.includes("array") && field.items) {
    const items = resolve(field.items);
    const itemTypes = items.types ?? [];
    if (itemTypes.some((type) => type !== "object")) return { rule: "wholeListMerge", fields: new Map() };
    if (itemTypes.includes("object") && items.fields) {
      if (!items.fields.id) return { rule: "wholeListMerge", fields: new Map() };
      return branch(rulesOfFields(items.fields, resolve));
    }
  }
  return undefined;
}

function branch(fields: Map<string, MergeRules>): MergeRules | undefined {
  return fields.size ? { fields } : undefined;
}

/** Rules from paths such as `tender/items/additionalClassifications`. */
export function mergeRulesFromPaths(paths: Readonly<Record<string, MergeRules["rule"]>>): MergeRules {
  const root: MergeRules = { fields: new Map() };
  for (const [path, rule] of Object.entries(paths)) {
    let node = root;
    for (const name of path.split("/")) {
      let next = node.fields.get(name);
      if (!next) {
        next = { fields: new Map() };
        (node.fields as Map<string, MergeRules>).set(name, next);
      }
      node = next;
    }
    (node as { rule?: MergeRules["rule"] }).rule = rule;
  }
  return root;
}

/**
 * The rules of OCDS 1.0, for packages without a `version`: there organizations stand in place, so that lists of them,
 * such as suppliers, merge as wholes.
 */
export const mergeRules10: MergeRules = mergeRulesFromPaths({
  ocid: "omitWhenMerged",
  id: "omitWhenMerged",
  date: "omitWhenMerged",
  tag: "omitWhenMerged",
  "buyer/additionalIdentifiers": "wholeListMerge",
  "tender/submissionMethod": "wholeListMerge",
  "tender/tenderers": "wholeListMerge",
  "tender/procuringEntity/additionalIdentifiers": "wholeListMerge",
  "tender/items/additionalClassifications": "wholeListMerge",
  "tender/amendment/changes": "wholeListMerge",
  "awards/suppliers": "wholeListMerge",
  "awards/items/additionalClassifications": "wholeListMerge",
  "awards/amendment/changes": "wholeListMerge",
  "contracts/items/additionalClassifications": "wholeListMerge",
  "contracts/amendment/changes": "wholeListMerge",
});

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly omitWhenMerged?: boolean;
  readonly wholeListMerge?: boolean;
  /** OCDS 1.0's way to say the same. */
  readonly mergeStrategy?: string;
}

/**
 * The rules of any release schema of OCDS, for an extension that is not in our table: patch the schema first. Takes
 * references to `definitions` only; a definition inside itself is not followed.
 */
export function mergeRulesFromJsonSchema(schema: JsonSchema): MergeRules {
  const fieldsOf = (properties: JsonSchema["properties"], inside: readonly string[]): Record<string, Field> =>
    Object.fromEntries(Object.entries(properties ?? {}).map(([name, sub]) => [name, fieldOf(sub, inside)]));
  const fieldOf = (declared: JsonSchema, inside: readonly string[]): Field => {
    const name = declared.$ref?.replace("#/definitions/", "");
    if (name !== undefined && inside.includes(name)) return {};
    const sub = name === undefined ? declared : (schema.definitions?.[name] ?? {});
    const within = name === undefined ? inside : [...inside, name];
    return {
      types: [sub.type ?? []].flat() as Field["types"],
      omitWhenMerged: sub.omitWhenMerged || sub.mergeStrategy === "ocdsOmit",
      wholeListMerge: sub.wholeListMerge || sub.mergeStrategy === "ocdsVersion",
      ...(sub.properties && { fields: fieldsOf(sub.properties, within) }),
      ...(sub.items && { items: fieldOf(sub.items, within) }),
    };
  };
  return { fields: rulesOfFields(fieldsOf(schema.properties, []), (field) => field) };
}
