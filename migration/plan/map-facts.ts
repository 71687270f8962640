import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Words } from "../../server/domain/problems.ts";
import { ENTITIES, type Entity } from "./schema.ts";

/** What a plan must know of a map: which things it makes, and whether it says what was paid of contracts. */
export type MapFacts = { readonly entities: readonly Entity[]; readonly paid: boolean };

/** Undefined where there is no such file. */
export async function readMapFacts(
  folder: string,
  path: string,
): Promise<MapFacts | { readonly wrong: Words } | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, path), "utf8");
  } catch {
    return undefined;
  }
  const entities = new Set<Entity>();
  let paid = false;
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, part] of Object.entries(value)) {
      if (name === "entity" && ENTITIES.includes(part)) entities.add(part);
      if (name === "paid" || (name === "kind" && part === "payment")) paid = true;
      look(part);
    }
  };
  try {
    look(parse(text));
  } catch (error) {
    return { wrong: { en: (error as Error).message, id: (error as Error).message } };
  }
  return { entities: [...entities], paid };
}
