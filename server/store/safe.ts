import { randomBytes } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { utf8 } from "../domain/entries/words.ts";
import { Fault } from "../domain/fault.ts";
import { canonicalJson } from "../domain/json.ts";
import type { Words } from "../domain/problems.ts";
import { failpoint } from "../failpoint.ts";
import { type DataFolder, reasonOf } from "./data-folder.ts";
import { decrypt, derive, encrypt } from "./envelope.ts";
import { Table } from "./store.ts";

/**
 * What lies in `vault`, and the master key over it, which lies elsewhere. Nothing but keys is encrypted under the master
 * key, each in an envelope of a row of its own, so that another master key takes its place by wrapping these anew:
 *
 * | row | its envelope, the field `key` |
 * |---|---|
 * | `subject/{subject}` | key of a person or entity, under the master key itself |
 * | `kept/{holder}/{address}` | a signing key that the gateway keeps, under a key derived for these |
 * | `period/{month}` | key over who stands in the access log, under a key derived for these |
 * | `purpose/{name}` | key over what lies in other tables, which stays when the master key changes, under a key derived for these |
 *
 * and `master`, a known text under the master key, tells another key at once. An envelope opens in its own row alone.
 */
const KINDS: Readonly<Record<string, { purpose?: string; additional(row: string): Uint8Array }>> = {
  "subject/": {
    additional: (row) => {
      const subject = decodeURIComponent(row.slice("subject/".length));
      return utf8(canonicalJson(["prasasti vault 1", "", ["subject"], subject]));
    },
  },
  "kept/": { purpose: "kept keys", additional: inRow },
  "period/": { purpose: "access log", additional: inRow },
  "purpose/": { purpose: "purposes", additional: inRow },
};
type Envelope = { key: string };

/** What lies elsewhere under keys that are kept here. */
const PURPOSES = ["accounts"] as const;
export type Purpose = (typeof PURPOSES)[number];

function inRow(row: string): Uint8Array {
  return utf8(canonicalJson(["prasasti vault 1", row]));
}

function kindOf(row: string) {
  return KINDS[row.slice(0, row.indexOf("/") + 1)]!;
}

/** A master key, and the keys derived of it. */
class Master {
  readonly #key: Buffer;
  readonly #derived = new Map<string, Buffer>();

  constructor(key: Buffer) {
    this.#key = key;
  }

  seal(row: string, plain: Uint8Array): string {
    return encrypt(this.#for(row), plain, kindOf(row).additional(row));
  }

  open(row: string, text: string): Buffer | undefined {
    return decrypt(this.#for(row), text, kindOf(row).additional(row));
  }

  /** The known text under this key. */
  check(): string {
    return encrypt(this.#key, utf8(KNOWN), MASTER_CHECK);
  }

  wrote(check: string): boolean {
    return decrypt(this.#key, check, MASTER_CHECK)?.toString() === KNOWN;
  }

  #for(row: string): Buffer {
    const { purpose } = kindOf(row);
    if (purpose === undefined) return this.#key;
    const key = this.#derived.get(purpose) ?? derive(this.#key, new Uint8Array(), purpose);
    this.#derived.set(purpose, key);
    return key;
  }
}
const KNOWN = "prasasti vault 1";
const MASTER_CHECK = utf8("prasasti vault master key");

export class Safe {
  readonly rows: Table;
  readonly #master: Master;
  readonly #lasting: ReadonlyMap<Purpose, Buffer>;

  private constructor(rows: Table, master: Master, lasting: ReadonlyMap<Purpose, Buffer>) {
    this.rows = rows;
    this.#master = master;
    this.#lasting = lasting;
  }

  /**
   * Opens what a data folder keeps. Its master key is in `keys/vault.key`, made at first, or in the file that is given
   * (64 hexadecimal digits). A change of the master key that was cut short after its one write is finished.
   * @throws Fault vault-key-lost, vault-key-differs, vault-key-unreadable, vault-key-open, vault-envelope-broken
   */
  static async open(folder: DataFolder, masterFile?: string): Promise<Safe> {
    const rows = await Table.open(folder.of("vault"));
    try {
      const check = await rows.get<string>("master");
      if (masterFile === undefined) {
        if (check !== undefined && !folder.hasSecret(OWN_KEY)) throw vaultFault("lost");
        await folder.secret(OWN_KEY, newKey);
      }
      const own = path.join(folder.of("keys"), OWN_KEY);
      let master = await masterIn(masterFile ?? own);
      if (check === undefined) await rows.put([{ key: "master", value: master.check() }], { sync: true });
      else if (!master.wrote(check)) {
        const next = masterFile === undefined && folder.hasSecret(NEXT_KEY) ? await masterIn(`${own}.next`) : undefined;
        if (!next?.wrote(check)) throw vaultFault("differs");
        await finish(rows, folder);
        master = next;
      }
      return new Safe(rows, master, await lastingIn(rows, master));
    } catch (error) {
      await rows.close();
      throw error;
    }
  }

  /** The envelope that stands in a row. */
  seal(row: string, plain: Uint8Array): string {
    return this.#master.seal(row, plain);
  }

  /** What is in the envelope of a row; undefined where it was not written for that row. */
  unseal(row: string, text: string): Buffer | undefined {
    return this.#master.open(row, text);
  }

  /** The key for a purpose elsewhere, which stays when the master key changes. */
  lasting(purpose: Purpose): Buffer {
    return this.#lasting.get(purpose)!;
  }

  close(): Promise<void> {
    return this.rows.close();
  }
}

async function lastingIn(rows: Table, master: Master): Promise<Map<Purpose, Buffer>> {
  const found = new Map<Purpose, Buffer>();
  for (const purpose of PURPOSES) {
    const row = `purpose/${purpose}`;
    const kept = await rows.get<Envelope>(row);
    const key = kept === undefined ? randomBytes(32) : master.open(row, kept.key);
    if (key === undefined) throw vaultFault("broken", row);
    if (kept === undefined) await rows.put([{ key: row, value: { key: master.seal(row, key) } }], { sync: true });
    found.set(purpose, key);
  }
  return found;
}

/**
 * Whether what is kept in a folder opens with the master key in a file; changes nothing but the folder's own log.
 * @param fits whether what an envelope holds is what its row says
 * @returns how many envelopes there are, and the rows of those that do not open or do not fit
 * @throws Fault vault-key-lost, vault-key-differs, vault-key-unreadable, vault-key-open
 */
export async function examineSafe(
  folder: string,
  masterFile: string,
  fits: (row: string, plain: Uint8Array) => boolean,
): Promise<{ envelopes: number; broken: string[] }> {
  const rows = await Table.open(folder);
  try {
    const check = await rows.get<string>("master");
    let master = await masterIn(masterFile);
    if (check !== undefined && !master.wrote(check)) {
      // cut short in the change of its master key: the next start finishes it
      const next = await masterIn(`${masterFile}.next`).catch(() => undefined);
      if (!next?.wrote(check)) throw vaultFault("differs");
      master = next;
    }
    const found = { envelopes: 0, broken: [] as string[] };
    for await (const { row, key } of envelopesIn(rows)) {
      found.envelopes++;
      const plain = master.open(row, key);
      if (plain === undefined || !fits(row, plain)) found.broken.push(row);
      plain?.fill(0);
    }
    return found;
  } finally {
    await rows.close();
  }
}

/**
 * Puts another master key in the place of the present one: every envelope is opened and sealed anew, in one write, so
 * that all of them are under the one key or under the other. The former key is needed until this resolves; interrupted
 * at any moment, it is begun again or finished, by this or by the next start.
 * @param masterFile the file of the present key; undefined: the data folder's own, which is replaced
 * @param to the file of the new key, made where it is not there; only with `masterFile`
 * @returns how many envelopes were sealed anew, 0 where all were
 * @throws Fault vault-key-lost, vault-key-differs, vault-key-unreadable, vault-key-open, vault-envelope-broken
 */
export async function rotateMaster(
  folder: DataFolder,
  { masterFile, to }: { masterFile: string; to: string } | { masterFile?: undefined; to?: undefined },
): Promise<number> {
  const rows = await Table.open(folder.of("vault"));
  try {
    const check = await rows.get<string>("master");
    if (check === undefined || (masterFile === undefined && !folder.hasSecret(OWN_KEY))) throw vaultFault("lost");
    const own = path.join(folder.of("keys"), OWN_KEY);
    if (to === undefined) await folder.secret(NEXT_KEY, newKey);
    else await folder.secretAt(to, newKey);
    failpoint("rotate-key-made");
    const next = await masterIn(to ?? `${own}.next`);
    let count = 0;
    if (!next.wrote(check)) {
      const master = await masterIn(masterFile ?? own);
      if (!master.wrote(check)) throw vaultFault("differs");
      const puts: { key: string; value: unknown }[] = [{ key: "master", value: next.check() }];
      for await (const { row, key, rest } of envelopesIn(rows)) {
        const plain = master.open(row, key);
        if (plain === undefined) throw vaultFault("broken", row);
        puts.push({ key: row, value: { ...rest, key: next.seal(row, plain) } });
        plain.fill(0);
        count++;
      }
      await rows.put(puts, { sync: true });
    }
    failpoint("rotate-wrapped");
    await finish(rows, folder, to !== undefined);
    return count;
  } finally {
    await rows.close();
  }
}

/** Rewrites the files that held the former envelopes, and puts the new key of the folder's own in its place. */
async function finish(rows: Table, folder: DataFolder, elsewhere = false): Promise<void> {
  for (const prefix of Object.keys(KINDS)) await rows.compact(prefix);
  failpoint("rotate-compacted");
  if (!elsewhere) await folder.replaceSecret(OWN_KEY, NEXT_KEY);
}

async function* envelopesIn(rows: Table): AsyncGenerator<{ row: string; key: string; rest: object }> {
  for (const prefix of Object.keys(KINDS))
    for await (const { key: row, value } of rows.range<Envelope>(prefix)) {
      const { key, ...rest } = value;
      yield { row, key, rest };
    }
}

/** Its name in the data folder's `keys`. */
export const OWN_KEY = "vault.key";
const NEXT_KEY = `${OWN_KEY}.next`;
/** What nobody but the owner may do with the file of a master key; his group may read it, as some give out secrets. */
const TOO_OPEN = 0o037;

const newKey = () => randomBytes(32).toString("hex");

async function masterIn(file: string): Promise<Master> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" && file.endsWith(path.join("keys", OWN_KEY))
      ? vaultFault("lost")
      : vaultFault("unreadable", reasonOf(error));
  });
  if (process.platform !== "win32" && ((await stat(file)).mode & TOO_OPEN) !== 0) throw vaultFault("open", file);
  const hex = text.trim();
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) throw vaultFault("unreadable", "64 hexadecimal digits expected");
  return new Master(Buffer.from(hex, "hex"));
}

const faults = {
  lost: () => ({
    explanation: {
      en: "The vault's master key, keys/vault.key of the data folder, is gone.",
      id: "Kunci induk brankas, keys/vault.key dalam folder data, hilang.",
    },
    remedy: {
      en: "Put it back from the backup of `keys`, or name it with PRASASTI_VAULT_KEY_FILE. Without it sealed values can't be opened here; the register itself is whole. To begin anew, move the folder `vault` away.",
      id: "Kembalikan dari cadangan `keys`, atau sebutkan dengan PRASASTI_VAULT_KEY_FILE. Tanpa kunci itu nilai tersegel tidak dapat dibuka di sini; register sendiri utuh. Untuk memulai baru, pindahkan folder `vault`.",
    },
  }),
  differs: () => ({
    explanation: {
      en: "The vault was written under another master key.",
      id: "Brankas ditulis dengan kunci induk lain.",
    },
    remedy: {
      en: "Name its key with PRASASTI_VAULT_KEY_FILE: the former one, or after `prasasti keys rotate` the new one. Nothing was changed.",
      id: "Sebutkan kuncinya dengan PRASASTI_VAULT_KEY_FILE: yang sebelumnya, atau setelah `prasasti keys rotate` yang baru. Tidak ada yang diubah.",
    },
  }),
  unreadable: (reason) => ({
    explanation: {
      en: `The vault's master key can't be read (${reason}).`,
      id: `Kunci induk brankas tidak dapat dibaca (${reason}).`,
    },
    remedy: {
      en: "The file holds 64 hexadecimal digits and nothing else; let this user read it.",
      id: "Berkas itu memuat 64 digit heksadesimal saja; izinkan pengguna ini membacanya.",
    },
  }),
  open: (file) => ({
    explanation: {
      en: `Other users can read or change the vault's master key, ${file}.`,
      id: `Pengguna lain dapat membaca atau mengubah kunci induk brankas, ${file}.`,
    },
    remedy: {
      en: `chmod 600 ${file}. If others may have read it: prasasti keys rotate.`,
      id: `chmod 600 ${file}. Bila mungkin sudah dibaca orang lain: prasasti keys rotate.`,
    },
  }),
  broken: (row) => ({
    explanation: {
      en: `What is kept in ${row} does not open with the master key. Nothing was changed.`,
      id: `Isi ${row} tidak terbuka dengan kunci induk. Tidak ada yang diubah.`,
    },
    remedy: {
      en: "`prasasti doctor` names all that do not open. Restore the folder `vault` from a backup.",
      id: "`prasasti doctor` menyebutkan semua yang tidak terbuka. Pulihkan folder `vault` dari cadangan.",
    },
  }),
} satisfies Record<string, (reason: string) => { explanation: Words; remedy: Words }>;

function vaultFault(code: keyof typeof faults, reason = ""): Fault {
  return new Fault(code === "broken" ? "vault-envelope-broken" : `vault-key-${code}`, faults[code](reason));
}
