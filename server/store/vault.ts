import { randomBytes } from "node:crypto";
import { type Hex, utf8 } from "../domain/entries/words.ts";
import { canonicalJson } from "../domain/json.ts";
import { keyPart } from "../domain/projection/ordered.ts";
import { type Disclosure, digestIn, type Path, type Sealable } from "../domain/sealing/seal.ts";
import type { DataFolder } from "./data-folder.ts";
import { decrypt, derive, encrypt } from "./envelope.ts";
import { type Purpose, Safe } from "./safe.ts";
import type { Table } from "./store.ts";

/**
 * The vault: disclosures of sealed values and keys of restricted documents, encrypted under a key of the person or
 * entity they concern. That key is itself encrypted under the master key, which lies outside the vault; when it is
 * destroyed, nothing of the subject can be read here again, and no digest on the chain changes.
 *
 * Everything is AES-256-GCM. A message's key is derived from the subject's key and the digest that the message belongs
 * to, and a message is written once, so that no nonce can meet the same key twice; ocid, path and subject are
 * authenticated with it.
 *
 * | row | holds |
 * |---|---|
 * | `subject/{subject}` | the subject's key, encrypted; whether it is restricted |
 * | `sealed/{ocid}/{digest}` | path, subject, the agency that brought it, and the encrypted salt and value; these no more after erasure |
 * | `of/{subject}/{ocid}/{digest}` | what a subject's key opens |
 * | `unconfirmed/{time}/{ocid}/{digest}` | kept for a submission whose fate is not known to have been looked at |
 */
export class Vault {
  /** what else is under the master key lies here too */
  readonly safe: Safe;
  readonly #rows: Table;
  /** changes one after the other: two first disclosures of a subject must not make two keys */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(safe: Safe) {
    this.safe = safe;
    this.#rows = safe.rows;
  }

  /**
   * Opens the vault of a data folder, with the master key in `masterFile` or one of the folder's own.
   * @throws Fault vault-key-lost, vault-key-differs, vault-key-unreadable, vault-key-open
   */
  static async open(folder: DataFolder, masterFile?: string): Promise<Vault> {
    return new Vault(await Safe.open(folder, masterFile));
  }

  /** Keeps disclosures of one process; on disk when this resolves. One that is there stays as it is. */
  keep(
    { ocid, agency }: { ocid: string; agency: Hex },
    disclosures: readonly (Disclosure & { sealed: string; subject: string })[],
    at: number,
  ): Promise<void> {
    return this.#alone(async () => {
      const puts: { key: string; value: unknown }[] = [];
      for (const { sealed, path, subject, salt, value } of disclosures) {
        const digest = digestIn(sealed);
        const key = sealedRow(ocid, digest);
        if ((await this.#rows.get(key)) !== undefined) continue;
        const subjectKey = await this.#keyOf(subject, at);
        const text = encrypt(
          messageKey(subjectKey, digest),
          utf8(canonicalJson({ salt, value })),
          aad(ocid, path, subject),
        );
        const row: SealedRow = { path, subject, agency, at, text };
        puts.push(
          { key, value: row },
          { key: `of/${keyPart(subject)}/${keyPart(ocid)}/${digest}`, value: at },
          { key: `unconfirmed/${String(at).padStart(12, "0")}/${keyPart(ocid)}/${digest}`, value: { ocid, digest } },
        );
      }
      if (puts.length > 0) await this.#rows.put(puts, { sync: true });
    });
  }

  /** What is known of a sealed value here; undefined where nothing was brought. */
  async look(ocid: string, digest: Hex): Promise<KeptDisclosure | undefined> {
    const row = await this.#rows.get<SealedRow>(sealedRow(ocid, digest));
    if (row === undefined) return undefined;
    const { path, subject, agency, text, erased } = row;
    if (text === undefined) return { state: "erased", path, subject, agency, erased: erased ?? 0 };
    const { restricted } = (await this.#rows.get<SubjectRow>(subjectRow(subject))) ?? {};
    return { state: restricted === undefined ? "kept" : "restricted", path, subject, agency };
  }

  /** The digests of all that was brought for a process, whether an entry holds them or not. */
  async digests(ocid: string): Promise<Hex[]> {
    const prefix = `sealed/${keyPart(ocid)}/`;
    const found: Hex[] = [];
    for await (const key of this.#rows.keys(prefix)) found.push(key.slice(prefix.length) as Hex);
    return found;
  }

  /** Salt and value; undefined where they are not here or can't be opened. Asks nobody whether the reader may. */
  async open(ocid: string, digest: Hex): Promise<{ salt: Hex; value: Sealable } | undefined> {
    const row = await this.#rows.get<SealedRow>(sealedRow(ocid, digest));
    const key = row && (await this.#existingKey(row.subject));
    if (row?.text === undefined || key === undefined) return undefined;
    const plain = decrypt(messageKey(key, digest), row.text, aad(ocid, row.path, row.subject));
    return plain === undefined ? undefined : JSON.parse(plain.toString());
  }

  /** What a subject's key opens: processes and how many values; `document` for restricted documents. */
  async holdings(subject: string): Promise<{ ocid: string; digest: Hex }[]> {
    const prefix = `of/${keyPart(subject)}/`;
    const found: { ocid: string; digest: Hex }[] = [];
    for await (const key of this.#rows.keys(prefix)) {
      const [ocid, digest] = key.slice(prefix.length).split("/");
      found.push({ ocid: decodeURIComponent(ocid!), digest: digest as Hex });
    }
    return found;
  }

  /** Whether there is a key of this subject, and since when it is restricted (seconds UTC). */
  async subject(subject: string): Promise<{ since: number; restricted?: number } | undefined> {
    const row = await this.#rows.get<SubjectRow>(subjectRow(subject));
    return row && { since: row.since, ...(row.restricted === undefined ? {} : { restricted: row.restricted }) };
  }

  /** Disclosures of a restricted subject are kept, and not given out. @returns false where there is no such subject */
  restrict(subject: string, restricted: number | undefined): Promise<boolean> {
    return this.#alone(async () => {
      const row = await this.#rows.get<SubjectRow>(subjectRow(subject));
      if (row === undefined) return false;
      const { restricted: _, ...rest } = row;
      const value = restricted === undefined ? rest : { ...rest, restricted };
      await this.#rows.put([{ key: subjectRow(subject), value }], { sync: true });
      return true;
    });
  }

  /**
   * Destroys a subject's key and everything under it, and rewrites the files that held them. Where a value stood stays
   * known, and that it was erased. @returns how many values and documents can no longer be read
   */
  destroy(subject: string, at: number): Promise<number> {
    return this.#alone(async () => {
      const held = await this.holdings(subject);
      const puts: { key: string; value: unknown }[] = [];
      const remove = [subjectRow(subject)];
      for (const { ocid, digest } of held) {
        remove.push(`of/${keyPart(subject)}/${keyPart(ocid)}/${digest}`);
        const row = await this.#rows.get<SealedRow>(sealedRow(ocid, digest));
        if (row === undefined) continue;
        puts.push({ key: sealedRow(ocid, digest), value: { ...row, text: undefined, erased: at } });
      }
      await this.#rows.put(puts, { sync: true, remove });
      for (const prefix of ["subject/", "sealed/"]) await this.#rows.compact(prefix);
      return held.length;
    });
  }

  /** Encrypts the key of a document under that of its subject. `sha256` is the document's, as 64 digits. */
  wrapDocumentKey(
    { subject, agency }: { subject: string; agency: Hex },
    sha256: string,
    documentKey: Uint8Array,
    at: number,
  ): Promise<string> {
    return this.#alone(async () => {
      const key = messageKey(await this.#keyOf(subject, at), `0x${sha256}`);
      // the key itself stands at the beginning of the file; here, that there is one
      const row: SealedRow = { path: [sha256], subject, agency, at, text: "in the file" };
      const rows = [
        { key: sealedRow(DOCUMENT, `0x${sha256}`), value: row },
        { key: `of/${keyPart(subject)}/${DOCUMENT}/0x${sha256}`, value: at },
      ];
      await this.#rows.put(rows, { sync: true });
      // the same document may be brought again: each time a message key of its own
      const salt = randomBytes(32);
      return salt.toString("base64") + encrypt(derive(key, salt, "document"), documentKey, aad("", [sha256], subject));
    });
  }

  /** The key of a document; undefined where its subject's key was destroyed or the text is not as it was written. */
  async unwrapDocumentKey(subject: string, sha256: string, wrapped: string): Promise<Buffer | undefined> {
    const key = await this.#existingKey(subject);
    if (key === undefined) return undefined;
    const salt = Buffer.from(wrapped.slice(0, 44), "base64");
    return decrypt(
      derive(messageKey(key, `0x${sha256}`), salt, "document"),
      wrapped.slice(44),
      aad("", [sha256], subject),
    );
  }

  /**
   * Disclosures that were brought with a submission before `until` (seconds UTC) and have not been looked at since: each
   * is dropped unless `isRecorded`. What no entry holds serves no purpose here.
   */
  async sweep(until: number, isRecorded: (ocid: string, digest: Hex) => Promise<boolean>): Promise<number> {
    let dropped = 0;
    for await (const { key, value } of this.#rows.range<{ ocid: string; digest: Hex }>("unconfirmed/")) {
      if (Number(key.split("/")[1]) >= until) break;
      const { ocid, digest } = value;
      const recorded = await isRecorded(ocid, digest);
      await this.#alone(async () => {
        const row = await this.#rows.get<SealedRow>(sealedRow(ocid, digest));
        const remove = [key];
        if (!recorded && row !== undefined) {
          dropped++;
          remove.push(sealedRow(ocid, digest), `of/${keyPart(row.subject)}/${keyPart(ocid)}/${digest}`);
        }
        await this.#rows.put([], { sync: true, remove });
      });
    }
    return dropped;
  }

  /** Seals rows of other tables under keys that are kept here: one for each purpose, the same under every master key. */
  sealing(purpose: Purpose): Sealing {
    return {
      key: this.safe.lasting(purpose),
      seal: (key, plain, place) => encrypt(key, plain, utf8(`${purpose} ${place}`)),
      open: (key, text, place) => decrypt(key, text, utf8(`${purpose} ${place}`)),
    };
  }

  async close(): Promise<void> {
    await this.#last;
    await this.safe.close();
  }

  async #keyOf(subject: string, at: number): Promise<Buffer> {
    const known = await this.#existingKey(subject);
    if (known !== undefined) return known;
    const key = randomBytes(32);
    const row: SubjectRow = { key: this.safe.seal(subjectRow(subject), key), since: at };
    await this.#rows.put([{ key: subjectRow(subject), value: row }], { sync: true });
    return key;
  }

  async #existingKey(subject: string): Promise<Buffer | undefined> {
    const row = await this.#rows.get<SubjectRow>(subjectRow(subject));
    return row && this.safe.unseal(subjectRow(subject), row.key);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/**
 * AES-256-GCM for rows that lie elsewhere. `key`: that of the purpose; `place` says which row it is, so that
 * none can be put in another's place. `open` gives nothing where it was not sealed with this key for this place.
 */
export type Sealing = {
  key: Buffer;
  seal(key: Uint8Array, plain: Uint8Array, place: string): string;
  open(key: Uint8Array, text: string, place: string): Buffer | undefined;
};

/** `restricted`, `erased`: seconds UTC. */
export type KeptDisclosure =
  | { state: "kept" | "restricted"; path: Path; subject: string; agency: Hex }
  | { state: "erased"; path: Path; subject: string; agency: Hex; erased: number };

type SealedRow = { path: Path; subject: string; agency: Hex; at: number; text?: string; erased?: number };
type SubjectRow = { key: string; since: number; restricted?: number };

/** In place of an ocid, of restricted documents; no ocid is this, as each begins with a stem and a hyphen. */
export const DOCUMENT = "document";
const subjectRow = (subject: string) => `subject/${keyPart(subject)}`;
const sealedRow = (ocid: string, digest: Hex) => `sealed/${keyPart(ocid)}/${digest}`;
const aad = (ocid: string, path: Path, subject: string) =>
  utf8(canonicalJson(["prasasti vault 1", ocid, path, subject]));

function messageKey(subjectKey: Buffer, digest: string): Buffer {
  return derive(subjectKey, Buffer.from(digest.slice(2), "hex"), "disclosure");
}
