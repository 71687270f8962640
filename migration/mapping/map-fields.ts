import { isObject } from "../../server/domain/ocds/check-fields.ts";
import { OUR_EXTENSIONS } from "../../server/domain/ocds/own-extension.ts";
import { modelOf } from "../../server/domain/ocds/schema.ts";
import type { FieldSpec, MapSpec } from "./map-schema.ts";
import { classOfColumn } from "./personal.ts";

// What is known of a map's fields before any row is read: where they come from, where they go.

/** What a release of a map may hold. */
export const RELEASE_MODEL = modelOf(OUR_EXTENSIONS);

/** The fields that a field goes on from. */
export function sourcesOf({ of }: Pick<FieldSpec, "of">): readonly string[] {
  return of === undefined ? [] : typeof of === "string" ? [of] : of;
}

/** The columns that a field is read from, by all their names. */
export function columnsOf({ from }: Pick<FieldSpec, "from">): readonly string[] {
  return from === undefined ? [] : typeof from === "string" ? [from] : from;
}

export function isReference(text: string): boolean {
  return /^\$[a-z][A-Za-z0-9]*$/.test(text);
}

/** The fields that a text of a map names. */
export function fieldsIn(text: string): string[] {
  if (isReference(text)) return [text.slice(1)];
  return [...text.matchAll(/\{([a-z][A-Za-z0-9]*)\}/g)].map(([, name]) => name!);
}

/** Where a column of this name stands; engines differ in how they write capitals. */
export function columnIndex(columns: readonly string[], name: string): number | undefined {
  const exact = columns.indexOf(name);
  if (exact >= 0) return exact;
  const lower = name.toLowerCase();
  const found = columns.findIndex((column) => column.toLowerCase() === lower);
  return found < 0 ? undefined : found;
}

/** Whether what a field holds is personal by its column's name, its type, or a field that it is made of. */
export function isPersonalField({ fields }: Pick<MapSpec, "fields">, name: string): boolean {
  const field = fields[name];
  if (field === undefined) return false;
  if (field.as === "npwp" || field.as === "nik") return true;
  if (columnsOf(field).some((column) => classOfColumn(column) !== undefined)) return true;
  const others = [...sourcesOf(field), ...(field.join === undefined ? [] : fieldsIn(field.join))];
  return others.some((other) => other !== name && isPersonalField({ fields }, other));
}

/** Names of the fields that stand in a public place: in a release, a record, a key, a document's number. */
export function publicFields(spec: MapSpec): Set<string> {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node === "string") for (const name of fieldsIn(node)) found.add(name);
    else if (Array.isArray(node)) node.forEach(walk);
    else if (isObject(node)) for (const [name, value] of Object.entries(node)) if (name !== "when") walk(value);
  };
  for (const part of [spec.process, spec.agency, spec.payment, spec.record]) walk(part);
  for (const { name, nib } of Object.values(spec.suppliers)) walk([name, nib]);
  // what a public field is made of is public in it
  for (;;) {
    const before = found.size;
    for (const name of [...found]) {
      const field = spec.fields[name];
      for (const other of field === undefined ? [] : sourcesOf(field)) found.add(other);
      if (field?.join !== undefined) walk(field.join);
    }
    if (found.size === before) return found;
  }
}
