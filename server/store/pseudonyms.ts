import { randomBytes } from "node:crypto";
import { type Hex, toHex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { type Person, pseudonymOf } from "../domain/pseudonym.ts";
import { decrypt, encrypt } from "./envelope.ts";
import type { Safe } from "./safe.ts";

/** Who stands behind a pseudonym, and the salt by which anybody can check that. */
export type Named = Person & { salt: Hex };

/**
 * Who stands behind the pseudonyms of the access log. A person has another one each month, with a salt of its own; salt
 * and person are encrypted under a key of the month, which is under the master key. Where the month's key is destroyed,
 * or a person's row, nobody can tell any longer whose the rows of the log are, and their hashes stay what they were.
 *
 * | row | holds |
 * |---|---|
 * | `period/{month}` | the month's key, in its envelope |
 * | `who/{month}/{pseudonym}` | salt and person, encrypted |
 */
export class Pseudonyms {
  readonly #safe: Safe;
  readonly #keys = new Map<string, Buffer>();
  /** the pseudonyms of the newest month that was asked for, by person */
  #newest: { month: string; by: Map<string, Hex> } = { month: "", by: new Map() };
  /** one new pseudonym after the other: a person must not get two */
  #last: Promise<unknown> = Promise.resolve();

  constructor(safe: Safe) {
    this.#safe = safe;
  }

  /** The pseudonym of a person at a moment (seconds UTC); on the disk when this resolves. */
  of(person: Person, at: number): Promise<Hex> {
    return this.#alone(async () => {
      const month = monthOf(at);
      if (this.#newest.month !== month) {
        const by = new Map<string, Hex>();
        for await (const { pseudonym, named } of this.#in(month)) by.set(textOf(named), pseudonym);
        this.#newest = { month, by };
      }
      const known = this.#newest.by.get(textOf(person));
      if (known !== undefined) return known;
      const salt = toHex(new Uint8Array(randomBytes(16)));
      const pseudonym = pseudonymOf(salt, person);
      const key = await this.#keyOf(month, true);
      const value = encrypt(key!, utf8(canonicalJson({ salt, ...person })), utf8(pseudonym));
      await this.#safe.rows.put([{ key: `who/${month}/${pseudonym}`, value }], { sync: true });
      this.#newest.by.set(textOf(person), pseudonym);
      return pseudonym;
    });
  }

  /** Who it was; undefined where nobody can tell any longer. `at`: of the row in which the pseudonym stands. */
  async who(pseudonym: Hex, at: number): Promise<Named | undefined> {
    const month = monthOf(at);
    const text = await this.#safe.rows.get<string>(`who/${month}/${pseudonym}`);
    return text === undefined ? undefined : this.#read(month, pseudonym, text);
  }

  /** All pseudonyms of a person, by his account or holder. */
  async all(is: (person: Person) => boolean): Promise<Set<Hex>> {
    const found = new Set<Hex>();
    for await (const { pseudonym, named } of this.#in("")) if (is(named)) found.add(pseudonym);
    return found;
  }

  /** Destroys who stood in months that had ended by a moment (seconds UTC). @returns the months */
  forgetBefore(moment: number): Promise<string[]> {
    return this.#alone(async () => {
      const limit = monthOf(moment);
      const months: string[] = [];
      for await (const key of this.#safe.rows.keys("period/")) {
        const month = key.slice("period/".length);
        if (month < limit) months.push(month);
      }
      for (const month of months) {
        const remove = [`period/${month}`];
        for await (const key of this.#safe.rows.keys(`who/${month}/`)) remove.push(key);
        await this.#destroy(remove);
        this.#keys.delete(month);
      }
      return months;
    });
  }

  async #destroy(remove: string[]): Promise<void> {
    this.#newest = { month: "", by: new Map() };
    await this.#safe.rows.put([], { sync: true, remove });
    for (const prefix of ["period/", "who/"]) await this.#safe.rows.compact(prefix);
  }

  async *#in(month: string): AsyncGenerator<{ row: string; pseudonym: Hex; named: Named }> {
    const prefix = month === "" ? "who/" : `who/${month}/`;
    for await (const { key: row, value } of this.#safe.rows.range<string>(prefix)) {
      const [, of, pseudonym] = row.split("/") as [string, string, Hex];
      const named = await this.#read(of, pseudonym, value);
      if (named !== undefined) yield { row, pseudonym, named };
    }
  }

  async #read(month: string, pseudonym: Hex, text: string): Promise<Named | undefined> {
    const key = await this.#keyOf(month, false);
    const plain = key && decrypt(key, text, utf8(pseudonym));
    return plain === undefined ? undefined : (JSON.parse(plain.toString()) as Named);
  }

  async #keyOf(month: string, make: boolean): Promise<Buffer | undefined> {
    const known = this.#keys.get(month);
    if (known !== undefined) return known;
    const row = `period/${month}`;
    const kept = await this.#safe.rows.get<{ key: string }>(row);
    let key = kept && this.#safe.unseal(row, kept.key);
    if (kept === undefined && make) {
      key = randomBytes(32);
      await this.#safe.rows.put([{ key: row, value: { key: this.#safe.seal(row, key) } }], { sync: true });
    }
    if (key === undefined && make) throw new Error(`the key of ${row} does not open`);
    if (key !== undefined) this.#keys.set(month, key);
    return key;
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** `2026-11` of a moment in seconds UTC. */
function monthOf(at: number): string {
  return new Date(at * 1000).toISOString().slice(0, 7);
}

function textOf({ account, holder, key }: Person): string {
  return canonicalJson([account ?? null, holder ?? null, key ?? null]);
}
