import type { Hex } from "../domain/entries/words.ts";
import type { Safe } from "./safe.ts";

/** A signing key that the gateway keeps for a holder; `made` in seconds UTC. */
export type KeptKey = { address: Hex; holder: Hex; made: number };
type Row = { key: string; made: number };

/**
 * Signing keys that the gateway keeps for people, each in an envelope that opens in its own row alone: of that holder
 * and that address. A key is in the clear only within `use`, and what held it is wiped after.
 */
export class KeptKeys {
  readonly #safe: Safe;

  constructor(safe: Safe) {
    this.#safe = safe;
  }

  /** Keeps a key, and wipes `secret`; on the disk when this resolves. */
  async keep({ address, holder, made }: KeptKey, secret: Uint8Array): Promise<void> {
    const row = rowOf(holder, address);
    try {
      const value: Row = { key: this.#safe.seal(row, secret), made };
      await this.#safe.rows.put([{ key: row, value }], { sync: true });
    } finally {
      secret.fill(0);
    }
  }

  /** Those of a holder. */
  async of(holder: Hex): Promise<KeptKey[]> {
    return Array.fromAsync(this.#safe.rows.range<Row>(`kept/${holder}/`), ({ key, value: { made } }) => {
      return { address: key.split("/").at(-1) as Hex, holder, made };
    });
  }

  /**
   * Does something with the key itself, at once: what `work` gives back must not hold it. Undefined where the holder
   * has no such key here, or its envelope does not open.
   */
  async use<T>(holder: Hex, address: Hex, work: (secret: Uint8Array) => T): Promise<T | undefined> {
    const row = rowOf(holder, address);
    const value = await this.#safe.rows.get<Row>(row);
    const secret = value && this.#safe.unseal(row, value.key);
    if (secret === undefined) return undefined;
    try {
      return work(secret);
    } finally {
      secret.fill(0);
    }
  }

  /** Forgets a key for good, and rewrites the files that held it. */
  async forget(holder: Hex, address: Hex): Promise<void> {
    await this.#safe.rows.put([], { sync: true, remove: [rowOf(holder, address)] });
    await this.#safe.rows.compact("kept/");
  }
}

function rowOf(holder: Hex, address: Hex): string {
  return `kept/${holder}/${address}`;
}
