// A signing key in a file: encrypted under a passphrase, or plain where only the folder protects it (sandbox, machines).

import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from "node:crypto";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import * as z from "zod/mini";
import type { Hex } from "../domain/entries/words.ts";
import { addressOfKey } from "../ledger/signatures.ts";

const hex = (bytes: number) => z.string().check(z.regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`)));

const envelopeSchema = z.strictObject({
  kdf: z.literal("scrypt"),
  // bounded, so that a foreign file cannot exhaust this machine's memory
  cost: z.number().check(
    z.int(),
    z.gte(1024),
    z.lte(1 << 20),
    z.refine((cost) => Number.isInteger(Math.log2(cost))),
  ),
  blockSize: z.literal(8),
  parallel: z.literal(1),
  salt: hex(32),
  cipher: z.literal("aes-256-gcm"),
  nonce: hex(12),
  tag: hex(16),
  text: hex(32),
});

const keyFileSchema = z.strictObject({
  format: z.literal("prasasti-key"),
  version: z.literal(1),
  name: z.string().check(z.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)),
  holder: z.string().check(z.minLength(1), z.maxLength(200)),
  holderId: hex(32),
  address: hex(20),
  created: z.string(),
  plain: z.optional(hex(32)),
  sealed: z.optional(envelopeSchema),
});

/** What stands in a key file. `holder` is the registrar's text id, `holderId` its 32-byte form. */
export type KeyFile = z.infer<typeof keyFileSchema>;

/** A key that can sign. */
export type SigningKey = {
  readonly name: string;
  readonly holder: string;
  readonly holderId: Hex;
  readonly address: Hex;
  readonly secret: Uint8Array;
};

/** Something about a key that its owner can put right. */
export class KeyFault extends Error {
  readonly english: string;
  readonly indonesian: string;
  constructor(english: string, indonesian: string) {
    super(english);
    this.english = english;
    this.indonesian = indonesian;
  }
}

/** N of scrypt: 128 MiB of memory and about 0.3 s a guess. */
const SCRYPT_COST = 1 << 17;

/** Where keys lie unless `--keys` says otherwise. */
export function defaultKeyFolder(): string {
  return process.env.PRASASTI_KEYS ?? join(homedir(), ".prasasti", "keys");
}

/** Writes a new key file that only its owner may read. Without a passphrase the key stands in it as it is. */
export async function writeKeyFile(
  folder: string,
  key: SigningKey,
  passphrase: string | undefined,
  created: Date,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const head = {
    format: "prasasti-key",
    version: 1,
    name: key.name,
    holder: key.holder,
    holderId: key.holderId,
    address: key.address,
    created: created.toISOString(),
  } as const;
  const file: KeyFile =
    passphrase === undefined
      ? { ...head, plain: toText(key.secret) }
      : { ...head, sealed: await seal(key.secret, passphrase, boundTo(head)) };
  const path = join(folder, `${key.name}.json`);
  try {
    // `wx`: a key is never overwritten, since there may be no other copy
    await writeFile(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
    throw new KeyFault(
      `There is already a key named ${key.name}. Choose another name.`,
      `Sudah ada kunci bernama ${key.name}. Pilih nama lain.`,
    );
  }
  await chmod(path, 0o600);
  return path;
}

/** Reads a key file by name in `folder`, or by path. @throws KeyFault */
export async function readKeyFile(folder: string, name: string): Promise<KeyFile> {
  const path = name.includes(sep) || name.endsWith(".json") ? name : join(folder, `${name}.json`);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new KeyFault(
      `There is no key ${name}. See "prasasti key list", or make one with "prasasti key new".`,
      `Tidak ada kunci ${name}. Lihat "prasasti key list", atau buat dengan "prasasti key new".`,
    );
  }
  return parseKeyFile(text, path);
}

function parseKeyFile(text: string, path: string): KeyFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = keyFileSchema.safeParse(value);
  if (!parsed.success || (parsed.data.plain === undefined) === (parsed.data.sealed === undefined)) {
    throw new KeyFault(`${path} is not a key file.`, `${path} bukan berkas kunci.`);
  }
  return parsed.data;
}

/** All key files of a folder, by name. Other files are passed over. */
export async function listKeyFiles(folder: string): Promise<KeyFile[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
  const files: KeyFile[] = [];
  for (const name of names.filter((each) => each.endsWith(".json")).sort()) {
    try {
      files.push(parseKeyFile(await readFile(join(folder, name), "utf8"), name));
    } catch (error) {
      if (!(error instanceof KeyFault)) throw error;
    }
  }
  return files;
}

/**
 * The key of a file; `ask` is called only where the file is sealed.
 * @throws KeyFault for a wrong passphrase, or a key that is not that of the address
 */
export async function openKeyFile(file: KeyFile, ask: () => Promise<string>): Promise<SigningKey> {
  const secret = file.sealed ? await open(file.sealed, await ask(), boundTo(file)) : fromText(file.plain!);
  // a plain file is bound to nothing: what it signs would be refused as somebody else's, and nobody would know why
  if (!isKeyOf(secret, file.address)) {
    throw new KeyFault(
      `The key file of ${file.name} was changed: its key is not that of ${file.address}.`,
      `Berkas kunci ${file.name} telah diubah: kuncinya bukan kunci ${file.address}.`,
    );
  }
  return {
    name: file.name,
    holder: file.holder,
    holderId: file.holderId as Hex,
    address: file.address as Hex,
    secret,
  };
}

/** False, too, for 32 bytes that are no key at all. */
function isKeyOf(secret: Uint8Array, address: string): boolean {
  try {
    return addressOfKey(secret) === address;
  } catch {
    return false;
  }
}

/** Name, holder and address are authenticated with the key, so nobody can pass one person's key off as another's. */
function boundTo(file: Pick<KeyFile, "name" | "holder" | "holderId" | "address">): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(["prasasti-key", 1, file.name, file.holder, file.holderId, file.address]))
    .digest();
}

const derive = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(scrypt);

function keyOf(passphrase: string, salt: Buffer, cost: number): Promise<Buffer> {
  return derive(passphrase.normalize("NFKC"), salt, 32, { N: cost, r: 8, p: 1, maxmem: 256 * 8 * cost });
}

async function seal(secret: Uint8Array, passphrase: string, bound: Buffer): Promise<KeyFile["sealed"]> {
  const salt = randomBytes(32);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", await keyOf(passphrase, salt, SCRYPT_COST), nonce).setAAD(bound);
  const text = Buffer.concat([cipher.update(secret), cipher.final()]);
  return {
    kdf: "scrypt",
    cost: SCRYPT_COST,
    blockSize: 8,
    parallel: 1,
    salt: toText(salt),
    cipher: "aes-256-gcm",
    nonce: toText(nonce),
    tag: toText(cipher.getAuthTag()),
    text: toText(text),
  };
}

async function open(sealed: NonNullable<KeyFile["sealed"]>, passphrase: string, bound: Buffer): Promise<Uint8Array> {
  const key = await keyOf(passphrase, fromText(sealed.salt), sealed.cost);
  const decipher = createDecipheriv("aes-256-gcm", key, fromText(sealed.nonce))
    .setAAD(bound)
    .setAuthTag(fromText(sealed.tag));
  try {
    return new Uint8Array(Buffer.concat([decipher.update(fromText(sealed.text)), decipher.final()]));
  } catch {
    throw new KeyFault(
      "The passphrase is wrong, or the key file was changed.",
      "Frasa sandi salah, atau berkas kunci telah diubah.",
    );
  }
}

function toText(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString("hex")}`;
}

function fromText(text: string): Buffer {
  return Buffer.from(text.slice(2), "hex");
}
