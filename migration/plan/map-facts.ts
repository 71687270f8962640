import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "../../server/domain/entries/words.ts";
import { ConfigFault } from "../../server/domain/fault.ts";
import type { Words } from "../../server/domain/problems.ts";
import { readMap } from "../mapping/read-map.ts";
import type { Entity } from "./schema.ts";

/** What a plan must know of a map: its digest, which things it makes, whether it says what was paid of contracts. */
export type MapFacts = { readonly digest: Hex; readonly entities: readonly Entity[]; readonly paid: boolean };

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
  try {
    const { digest, spec } = readMap(text, path);
    const facts = spec.process?.facts ?? [];
    return {
      digest,
      entities: [
        ...(spec.agency ? (["agency"] as const) : []),
        ...(Object.keys(spec.suppliers).length > 0 ? (["supplier"] as const) : []),
        ...(spec.process ? (["process"] as const) : []),
        ...(spec.payment ? (["payment"] as const) : []),
        ...(spec.record ? (["record"] as const) : []),
      ],
      paid: facts.some(
        ({ paid, documents = [] }) => paid !== undefined || documents.some(({ kind }) => kind === "payment"),
      ),
    };
  } catch (error) {
    if (error instanceof ConfigFault) return { wrong: error.faults[0]! };
    throw error;
  }
}
