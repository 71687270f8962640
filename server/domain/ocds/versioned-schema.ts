import { type Field, type Model, modelOf } from "./schema.ts";

const version = (value: Field): Field => ({
  types: ["array"],
  items: {
    types: ["object"],
    fields: {
      releaseDate: { types: ["string"], format: "date-time" },
      releaseID: { types: ["string"] },
      value,
      releaseTag: { types: ["array"], items: { types: ["string"] } },
    },
  },
});

/**
 * The shape of a versioned release, derived from that of a release: every leaf and whole list becomes the list of its
 * versions; ids of entries stay. Extensions are left out, as the official validator does, so that their fields are
 * not checked here.
 */
export const versionedRelease: Field = versionedObject(modelOf().release, modelOf(), false);

function versionedObject(object: Field, model: Model, isEntry: boolean): Field {
  const fields: Record<string, Field> = {};
  for (const [name, field] of Object.entries(object.fields ?? {})) {
    if (field.omitWhenMerged) continue;
    const plain = name === "ocid" || (name === "id" && isEntry) || name === "changes";
    fields[name] = plain ? field : versionedField(field, model);
  }
  const required = object.required?.filter((name) => fields[name]);
  return { ...object, fields, ...(required && { required }) };
}

function versionedField(declared: Field, model: Model): Field {
  const { definitions } = model;
  const field = declared.ref ? definitions[declared.ref]! : declared;
  // the deprecated single amendment shares the definition of those in lists, with its plain id
  if (field.types?.includes("object") && field.fields)
    return versionedObject(field, model, declared.ref === "Amendment");
  const items = field.items?.ref ? definitions[field.items.ref] : undefined;
  if (items?.fields && !field.wholeListMerge) return { ...field, items: versionedObject(items, model, true) };
  return version(items ? { ...field, items } : field);
}
