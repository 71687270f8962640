import { mkdirSync } from "node:fs";
import { appendFile, readFile } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "#hash";
import { toHex, utf8 } from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import type { Position } from "./lot.ts";

// What people decided about duplicates: a file that is only added to, and that gives the same result whenever it is
// replayed over the same data.

/**
 * `same`: one thing, told by `keep`; `different`: not one thing; `reject`: rows that nobody can put right stay out. `keys` name what it was decided about, `seen` is the
 * digest of what they said then: where they say something else now, the decision is stale and counts for nothing.
 */
export type Decision = {
  readonly cluster: string;
  readonly verdict: "same" | "different" | "reject";
  readonly keys: readonly string[];
  readonly keep?: string;
  readonly seen: string;
  /** holder or office that decided */
  readonly by: string;
  readonly at: string;
  readonly why: string;
};

export type Member = {
  readonly key: string;
  /** what tells it from the others, without personal data */
  readonly says: Readonly<Record<string, string>>;
  readonly from: readonly Position[];
};

/** Things that may be one. */
export type Cluster = {
  readonly id: string;
  readonly entity: string;
  /** what was found: the same key with other content (`key-differs`), the same row again, or a rule of likeness */
  readonly rule: string;
  /** the stage cannot go on without a decision */
  readonly blocks: boolean;
  /** 0 to 1 */
  readonly score: number;
  readonly evidence: readonly string[];
  readonly members: readonly Member[];
  /** members beyond those listed */
  readonly more: number;
  readonly seen: string;
  readonly stale?: boolean;
};

/** Digest of what members say, whatever their order. */
export function digestOf(parts: readonly string[]): string {
  return toHex(sha256(utf8(JSON.stringify([...parts].sort())))).slice(2);
}

/** The id of a cluster of these keys. */
export function clusterOf(entity: string, keys: readonly string[]): string {
  return `${entity}-${digestOf(keys).slice(0, 16)}`;
}

/** The decisions of an entity; the last one about a cluster counts. */
export class Decisions {
  readonly file: string;
  readonly #by = new Map<string, Decision>();
  readonly #used = new Set<string>();

  private constructor(file: string) {
    this.file = file;
  }

  /** @param folder `decisions` of the project @throws Fault `decisions-unreadable` */
  static async open(folder: string, entity: string): Promise<Decisions> {
    const decisions = new Decisions(path.join(folder, `${entity}.ndjson`));
    for (const line of await readLines(decisions.file)) decisions.#by.set((line as Decision).cluster, line as Decision);
    return decisions;
  }

  /** What was decided about a cluster whose members say what they said then; "stale" where they say something else. */
  about(cluster: string, seen: string): Decision | "stale" | undefined {
    const found = this.#by.get(cluster);
    if (found === undefined) return undefined;
    this.#used.add(cluster);
    return found.seen === seen ? found : "stale";
  }

  all(): Decision[] {
    return [...this.#by.values()];
  }

  /** Decisions about clusters that were not met. */
  unused(): Decision[] {
    return this.all().filter(({ cluster }) => !this.#used.has(cluster));
  }

  async add(decisions: readonly Decision[]): Promise<void> {
    if (decisions.length === 0) return;
    await appendLines(this.file, decisions);
    for (const decision of decisions) this.#by.set(decision.cluster, decision);
  }
}

/** The lines of an NDJSON file; none where it is not there. @throws Fault `decisions-unreadable` */
export async function readLines(file: string): Promise<unknown[]> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [JSON.parse(line) as unknown];
    } catch (cause) {
      throw new Fault(
        "decisions-unreadable",
        {
          explanation: {
            en: `${file}, line ${index + 1} is not JSON.`,
            id: `${file}, baris ${index + 1} bukan JSON.`,
          },
          remedy: { en: "Put the line right, or remove it.", id: "Betulkan atau hapus barisnya." },
        },
        { cause },
      );
    }
  });
}

/** Adds lines to an NDJSON file and makes them durable. */
export async function appendLines(file: string, lines: readonly unknown[]): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""), { flush: true });
}
