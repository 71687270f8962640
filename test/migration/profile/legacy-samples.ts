import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.PRASASTI_SAMPLES;

const legacyFolder = root === undefined ? undefined : join(root, "legacy-samples");

/**
 * Tests against real legacy feeds. Without PRASASTI_SAMPLES they are skipped, with a notice; where it names a folder that
 * holds none, they fail: a run that looks at nothing must not look like a pass.
 */
export function describeWithLegacySamples(title: string, body: (folder: string, facts: Facts) => void): void {
  if (legacyFolder === undefined) {
    process.stderr.write(`skipped, as PRASASTI_SAMPLES is not set: ${title}\n`);
    describe.skip(title, () => it("needs PRASASTI_SAMPLES"));
    return;
  }
  const file = join(legacyFolder, "FACTS.json");
  const facts: Facts | undefined = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  if (facts === undefined || Object.keys(facts).length === 0)
    describe(title, () => {
      it("finds the samples", () => {
        throw new Error(`PRASASTI_SAMPLES is set, but ${legacyFolder} holds no samples.`);
      });
    });
  else describe(title, () => body(legacyFolder!, facts));
}

/** Figures by file; names that begin with `_` are of several files. */
export type Facts = Record<string, Record<string, unknown>>;
