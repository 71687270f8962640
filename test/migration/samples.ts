import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

const root = process.env.PRASASTI_SAMPLES;

/** The folder of legacy samples; empty where there are none. */
export const LEGACY = root === undefined ? "" : path.join(root, "legacy-samples");

/** What was counted in each file of the samples. */
export function legacyFacts(): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(path.join(LEGACY, "FACTS.json"), "utf8"));
}

/**
 * Tests against real legacy records. Without PRASASTI_SAMPLES they are skipped, with a notice; where it names a folder
 * that holds none, they fail: a run that looks at nothing must not look like a pass.
 */
export function describeWithLegacy(title: string, body: () => void): void {
  if (root === undefined) {
    process.stderr.write(`skipped, as PRASASTI_SAMPLES is not set: ${title}\n`);
    describe.skip(title, () => it("needs PRASASTI_SAMPLES"));
  } else if (!existsSync(path.join(LEGACY, "FACTS.json"))) {
    describe(title, () => {
      it("finds the samples", () => {
        throw new Error(`PRASASTI_SAMPLES is set, but ${LEGACY} holds no samples.`);
      });
    });
  } else describe(title, body);
}
