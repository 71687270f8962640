import * as z from "zod/mini";
import { codelists } from "./codelists.ts";
import { instantOf } from "./dates.ts";
import type { Field, JsonType, Model } from "./schema.ts";

/**
 * The zod schema of a part of the field table, for request checks and OpenAPI: kinds of values, required fields, closed
 * code lists, lengths, dates. Unknown fields pass and are kept. For faults with places and remedies use `check`.
 */
export function zodOf(field: Field, definitions: Model["definitions"]): z.ZodMiniType {
  return new Translation(definitions).translate(field);
}

class Translation {
  private readonly done = new Map<string, z.ZodMiniType>();
  private readonly definitions: Model["definitions"];

  constructor(definitions: Model["definitions"]) {
    this.definitions = definitions;
  }

  translate(field: Field): z.ZodMiniType {
    if (field.ref === undefined) {
      const kinds = (field.types ?? []).map((type) => this.kind(type, field));
      return kinds.length > 1 ? z.union(kinds) : (kinds[0] ?? z.unknown());
    }
    let known = this.done.get(field.ref);
    if (!known) {
      known = this.translate(this.definitions[field.ref] ?? {});
      this.done.set(field.ref, known);
    }
    return known;
  }

  private kind(type: JsonType, field: Field): z.ZodMiniType {
    switch (type) {
      case "null":
        return z.null();
      case "boolean":
        return z.boolean();
      case "number":
        return z.number();
      case "integer":
        return z.number().check(z.refine(Number.isInteger));
      case "string":
        return textOf(field);
      case "array":
        return this.list(field);
      case "object":
        return this.object(field);
    }
  }

  private list({ items, codelist, minItems = 0 }: Field): z.ZodMiniType {
    const entry = items && codelist ? { ...items, codelist } : items;
    return z.array(entry ? this.translate(entry) : z.unknown()).check(z.minLength(minItems));
  }

  private object({ fields = {}, required = [], minProperties = 0 }: Field): z.ZodMiniType {
    const shape = Object.fromEntries(
      Object.entries(fields).map(([name, field]) => {
        const value = this.translate(field);
        return [name, required.includes(name) ? value : z.optional(value)];
      }),
    );
    const object = z.looseObject(shape);
    return minProperties ? object.check(z.refine((value) => Object.keys(value).length >= minProperties)) : object;
  }
}

function textOf({ codelist, format, minLength }: Field): z.ZodMiniType {
  const list = codelist && codelists[codelist];
  if (list?.closed) return z.enum([...list.codes]);
  if (format === "date-time") return z.string().check(z.refine((text) => instantOf(text) !== undefined));
  return minLength ? z.string().check(z.minLength(minLength)) : z.string();
}
