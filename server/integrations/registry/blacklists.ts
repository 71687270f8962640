import { nameFingerprint } from "../../domain/company-name.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Named, Sanction } from "../../domain/registry/blacklist.ts";
import type { Storage } from "../../domain/storage.ts";
import type { SealedTexts } from "../sealed-texts.ts";
import { readSanctions, type Unread } from "./read-sanctions.ts";
import { digestOfFile, type FileRecord } from "./registry-file.ts";

/** A list as it was loaded: which, as of which day, by whom, how many sanctions. Times in milliseconds UTC. */
export type ListRow = {
  readonly name: string;
  readonly asOf: string;
  readonly at: number;
  readonly by: string;
  readonly sha256: string;
  readonly read: number;
  readonly sanctions: number;
  readonly unread: readonly Unread[];
};

/** Rows of one list in one row of the store: a list is looked at whole. */
const PIECE = 2_000;

/**
 * Blacklists as they were published, each load kept, so that what a list said on a day can be told. The list of a name
 * that was loaded last is the one in force.
 */
export class Blacklists {
  readonly #rows: Storage;
  readonly #sealed: SealedTexts;
  readonly #now: () => number;
  #inForce: InForce[] | undefined;

  constructor(rows: Storage, sealed: SealedTexts, now: () => number) {
    this.#rows = rows;
    this.#sealed = sealed;
    this.#now = now;
  }

  /** Takes a list in, whole; the same bytes again are the same list. @param asOf the day that it is of, `YYYY-MM-DD` */
  async load(
    bytes: Uint8Array,
    records: readonly FileRecord[],
    { name, asOf, by }: { name: string; asOf: string; by: string },
  ): Promise<ListRow & { isNew: boolean }> {
    const sha256 = digestOfFile(bytes);
    const known = (await this.lists(name)).find((list) => list.sha256 === sha256 && list.asOf === asOf);
    if (known !== undefined) return { ...known, isNew: false };
    const { sanctions, unread } = readSanctions(records);
    const at = this.#now();
    const list: ListRow = {
      ...{ name, asOf, at, by, sha256, read: records.length, sanctions: sanctions.length },
      unread: unread.slice(0, 1_000),
    };
    const key = `${encodeURIComponent(name)}/${asOf}-${ordered(at)}`;
    const pieces = [];
    for (let first = 0; first < sanctions.length; first += PIECE)
      pieces.push({ key: `reg/sanctions/${key}/${ordered(first)}`, value: sanctions.slice(first, first + PIECE) });
    const raw = `reg/raw/${sha256}`;
    await this.#rows.put(
      [
        { key: `reg/list/${key}`, value: list },
        ...pieces,
        // the file as it came names persons: it is kept, and nobody reads it by accident
        { key: raw, value: this.#sealed.seal(bytes, raw) },
      ],
      { sync: true },
    );
    this.#inForce = undefined;
    return { ...list, isNew: true };
  }

  /** Loads, the newest first. */
  async lists(name?: string): Promise<ListRow[]> {
    const prefix = name === undefined ? "reg/list/" : `reg/list/${encodeURIComponent(name)}/`;
    const found = await Array.fromAsync(this.#rows.range<ListRow>(prefix), ({ value }) => value);
    return found.sort((a, b) => (a.asOf === b.asOf ? b.at - a.at : a.asOf < b.asOf ? 1 : -1));
  }

  /** Of each name the newest list, with its sanctions; undefined where none was ever loaded. */
  async inForce(): Promise<readonly InForce[] | undefined> {
    if (this.#inForce === undefined) {
      const newest = new Map<string, ListRow>();
      for (const list of await this.lists()) if (!newest.has(list.name)) newest.set(list.name, list);
      const found: InForce[] = [];
      for (const list of newest.values()) {
        const key = `${encodeURIComponent(list.name)}/${list.asOf}-${ordered(list.at)}`;
        const pieces = this.#rows.range<Sanction[]>(`reg/sanctions/${key}/`);
        found.push(new InForce(list, (await Array.fromAsync(pieces, ({ value }) => value)).flat()));
      }
      this.#inForce = found;
    }
    return this.#inForce.length === 0 ? undefined : this.#inForce;
  }
}

/** A list in force: its sanctions by what they are found by. */
class InForce {
  readonly list: ListRow;
  readonly #by = new Map<string, Sanction[]>();

  constructor(list: ListRow, sanctions: readonly Sanction[]) {
    this.list = list;
    for (const sanction of sanctions) {
      const { name, nib, npwp } = sanction;
      const core = npwp?.slice(0, 9);
      this.#put(`name ${nameFingerprint(name)}`, sanction);
      if (nib !== undefined) this.#put(`nib ${nib}`, sanction);
      if (core !== undefined && !core.includes("?")) this.#put(`core ${core}`, sanction);
    }
  }

  #put(key: string, sanction: Sanction): void {
    const known = this.#by.get(key);
    if (known === undefined) this.#by.set(key, [sanction]);
    else known.push(sanction);
  }

  /** Those that may be of this supplier, each once. */
  about({ names, nibs, npwpCores }: Named): Sanction[] {
    const keys = [
      ...names.map((name) => `name ${nameFingerprint(name)}`),
      ...nibs.map((nib) => `nib ${nib}`),
      ...npwpCores.map((core) => `core ${core}`),
    ];
    return [...new Set(keys.flatMap((key) => this.#by.get(key) ?? []))];
  }
}
