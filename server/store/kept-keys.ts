import type { Hex } from "../domain/entries/words.ts";
import type { Safe } from "./safe.ts";

/** A signing key that the gateway keeps for a holder, and the account that had it made; `made` in seconds UTC. */
export type KeptKey = { address: Hex; holder: Hex; made: number; account?: string };
type Row = { key: string; made: number; account?: string };

/**
 * Signing keys that the gateway keeps for people, each in an envelope that opens in its own row alone: of that holder
 * and that address. A key is in the clear only within `use`, and what held it is wiped after.
 *
 * | row | holds |
 * |---|---|
 * | `kept/{holder}/{address}` | the envelope, when it was made, for which account |
 * | `kept-of/{account}/{holder}/{address}` | that it is this account's |
 */
export class KeptKeys {
  readonly #safe: Safe;

  constructor(safe: Safe) {
    this.#safe = safe;
  }

  /** Keeps a key, and wipes `secret`; on the disk when this resolves. */
  async keep({ address, holder, ...rest }: KeptKey, secret: Uint8Array): Promise<void> {
    const row = rowOf(holder, address);
    try {
      const value: Row = { key: this.#safe.seal(row, secret), ...rest };
      const index = rest.account === undefined ? [] : [{ key: indexOf(rest.account, row), value: rest.made }];
      await this.#safe.rows.put([{ key: row, value }, ...index], { sync: true });
    } finally {
      secret.fill(0);
    }
  }

  /** Those of a holder, and those that an account had made. */
  async of({ holder, account }: { holder?: Hex | undefined; account?: string | undefined }): Promise<KeptKey[]> {
    const rows = new Set<string>();
    if (holder !== undefined) for await (const row of this.#safe.rows.keys(`kept/${holder}/`)) rows.add(row);
    const own = `kept-of/${account}/`;
    if (account !== undefined)
      for await (const row of this.#safe.rows.keys(own)) rows.add(`kept/${row.slice(own.length)}`);
    return Promise.all(
      [...rows].map(async (row) => {
        const { key: _, ...rest } = (await this.#safe.rows.get<Row>(row))!;
        const [, of, address] = row.split("/") as [string, Hex, Hex];
        return { address, holder: of, ...rest };
      }),
    );
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
    const row = rowOf(holder, address);
    const account = (await this.#safe.rows.get<Row>(row))?.account;
    const index = account === undefined ? [] : [indexOf(account, row)];
    await this.#safe.rows.put([], { sync: true, remove: [row, ...index] });
    await this.#safe.rows.compact("kept/");
  }
}

function rowOf(holder: Hex, address: Hex): string {
  return `kept/${holder}/${address}`;
}

function indexOf(account: string, row: string): string {
  return `kept-of/${account}/${row.slice("kept/".length)}`;
}
