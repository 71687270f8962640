import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Scan, Source, SourceRow } from "../../../migration/row.ts";
import { openSource } from "../../../migration/sources/open-source.ts";
import { type SourceSettings, sourceSettings } from "../../../migration/sources/settings.ts";
import type { SourceFault } from "../../../migration/sources/source-fault.ts";

/** All rows of a table, and what the scan proved. */
export async function read(source: Source, table?: string): Promise<{ rows: SourceRow[]; scan: Scan }> {
  const rows: SourceRow[] = [];
  const generator = source.rows(table ?? (await source.tables())[0]!.name);
  for (;;) {
    const { done, value } = await generator.next();
    if (done) return { rows, scan: value };
    rows.push(...value);
  }
}

/** Values alone. */
export async function valuesOf(source: Source, table?: string): Promise<(readonly (string | null)[])[]> {
  return (await read(source, table)).rows.map(({ values }) => values);
}

/** The code and exit code of the fault that work ends with. */
export async function faultOf(work: () => Promise<unknown>): Promise<{ code: string; exit: number; text: string }> {
  try {
    await work();
  } catch (error) {
    const { code, exit, words } = error as SourceFault;
    if (code === undefined || words === undefined) throw error;
    return { code, exit, text: words.en };
  }
  throw new Error("no fault");
}

/** Files in a folder of their own, that `open` opens as a plan would; gone with the block. */
export async function files(contents: Record<string, string | Uint8Array>) {
  const folder = await mkdtemp(path.join(tmpdir(), "prasasti-sources-"));
  for (const [name, content] of Object.entries(contents)) await writeFile(path.join(folder, name), content);
  return {
    folder,
    open: (settings: { engine: SourceSettings["engine"]; [name: string]: unknown }, env = {}) =>
      openSource(sourceSettings.parse(settings), folder, { env }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
