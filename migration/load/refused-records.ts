import { mkdir } from "node:fs/promises";
import path from "node:path";
import { appendLines, readLines } from "../stage/decisions.ts";

/**
 * Remembers records that the ledger has refused, or would refuse, so that the next stage of their wave takes them for
 * rejects. It is a decision of the project like any other: the plan is sealed anew with it.
 * @param code the ledger's name of the refusal
 */
export async function rememberRefused(
  project: string,
  refused: readonly { key: string; code: string }[],
): Promise<void> {
  const file = path.join(project, "decisions", "refused.ndjson");
  const known = new Set(((await readLines(file)) as { key: string }[]).map(({ key }) => key));
  const fresh = refused.filter(({ key }) => !known.has(key));
  if (fresh.length === 0) return;
  await mkdir(path.dirname(file), { recursive: true });
  await appendLines(
    file,
    fresh.map(({ key, code }) => ({ key, code })),
  );
}
