import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = process.env.PRASASTI_SAMPLES;
const folder = root === undefined ? undefined : join(root, "ocds");

/**
 * Tests against the official OCDS material. Without PRASASTI_SAMPLES they are skipped, with a notice; where it names a
 * folder that holds none, they fail: a run that looks at nothing must not look like a pass.
 */
export function describeWithSamples(title: string, body: () => void): void {
  if (folder === undefined) {
    process.stderr.write(`skipped, as PRASASTI_SAMPLES is not set: ${title}\n`);
    describe.skip(title, () => it("needs PRASASTI_SAMPLES"));
  } else if (!existsSync(join(folder, "README.md")) || readdirSync(folder).length < 3) {
    describe(title, () => {
      it("finds the samples", () => {
        throw new Error(`PRASASTI_SAMPLES is set, but ${folder} holds no samples.`);
      });
    });
  } else describe(title, body);
}

export function sampleBytes(path: string): Uint8Array {
  return readFileSync(samplePath(path));
}

// biome-ignore lint/suspicious/noExplicitAny: samples are read as they come
export function sample(path: string): any {
  return JSON.parse(readFileSync(samplePath(path), "utf8"));
}

export function samplePath(path: string): string {
  return join(folder ?? "", path);
}

/** Paths of all JSON files below, but for the one that is not UTF-8. */
export function sampleFiles(under: string): string[] {
  return readdirSync(samplePath(under), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json") && !name.includes("iso-8859-1"))
    .map((name) => join(under, name))
    .sort();
}
