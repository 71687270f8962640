import { createHash } from "node:crypto";
import type { SourceRow } from "../row.ts";

/**
 * The SHA-256 over all values of a scan: of each row its values as a JSON array, and where the row was kept as raw bytes
 * also these as a JSON string, one row a line. Anybody can compute it again from the same rows.
 */
export class ScanDigest {
  readonly #hash = createHash("sha256");
  #rows = 0;

  get rows(): number {
    return this.#rows;
  }

  add(batch: readonly SourceRow[]): void {
    let text = "";
    for (const { values, raw } of batch) text += `${JSON.stringify(values)}${raw === undefined ? "" : `"${raw}"`}\n`;
    this.#hash.update(text);
    this.#rows += batch.length;
  }

  sha256(): string {
    return this.#hash.digest("hex");
  }
}
