import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Level } from "level";
import { decodeRlp, encodeRlp, fromNumber, toBytes, toList, toNumber } from "../domain/proofs/rlp.ts";
import { type Block, ChainFault, type ChainIdentity } from "./chain.ts";
import { fromHex, readFields, toHex, typeOf } from "./transaction.ts";

/**
 * The journal of the embedded chain: a Level database `journal/` in the chain folder, and a small file `head`.
 *
 * | key | value |
 * |---|---|
 * | `header` | checksum, then JSON: what the chain was created with; never changes |
 * | `engine` | checksum, then the name and versions of the engine that last reproduced every block |
 * | `block/0000000001`, … | checksum, then the RLP of the block: all that replay needs and all that readers need |
 *
 * A block's checksum is SHA-256 over the checksum of the record before it (of the header, for block 1) and its own
 * bytes, so an altered, cut, missing or moved record shows. It tells accident and tampering by hand; against a person
 * who recomputes it there are the block hashes, and the checkpoints held outside.
 */
export class Journal {
  readonly header: Header;
  readonly #db: Database;
  readonly #headerChecksum: Uint8Array;
  readonly #head: number;
  #last: Place;

  private constructor(db: Database, header: Header, headerChecksum: Uint8Array, last: Place, head: number) {
    this.#db = db;
    this.header = header;
    this.#headerChecksum = headerChecksum;
    this.#last = last;
    this.#head = head;
  }

  /**
   * Opens the journal in `folder`; where there is none, creates it with what `create` gives. Reads the header and the
   * last record only: `read` checks each block as it passes. Throws `ChainFault`.
   */
  static async open(folder: string, chainId: number, create: () => Promise<Header>): Promise<Journal> {
    await mkdir(join(folder, "journal"), { recursive: true });
    const journal = await Journal.#open(folder, create);
    const found = journal.header.chainId;
    if (found === chainId) return journal;
    await journal.close();
    throw new ChainFault("other-chain", { found: `${found}`, expected: `${chainId}` });
  }

  /** Opens the journal that is in `folder`, whatever chain it is of. Throws `ChainFault`, `no-journal` among them. */
  static async openExisting(folder: string): Promise<Journal> {
    // Level makes its folder even where it then refuses to make a database
    if (!existsSync(join(folder, "journal", "CURRENT"))) throw new ChainFault("no-journal", { folder });
    return Journal.#open(folder);
  }

  static async #open(folder: string, create?: () => Promise<Header>): Promise<Journal> {
    const db: Database = new Level(join(folder, "journal"), { keyEncoding: "utf8", valueEncoding: "view" });
    try {
      await db.open({ createIfMissing: create !== undefined });
    } catch (cause) {
      const code = codeOf(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
      if (code === "LEVEL_LOCKED") throw new ChainFault("locked", { folder }, { cause });
      throw new ChainFault("journal-unreadable", { folder, found: code }, { cause });
    }
    try {
      const last = await lastOf(db);
      let record = await db.get("header");
      if (create && record === undefined && last === undefined && readHead(folder) === undefined) {
        record = sealed(noChecksum, Buffer.from(JSON.stringify(await create())));
        await db.put("header", record, { sync: true });
      }
      const header = readHeader(folder, record);
      const headerChecksum = checksumOf(record!);
      const newest = last ?? { number: 0, checksum: headerChecksum };
      await checkHead(folder, db, newest);
      return new Journal(db, header, headerChecksum, newest, openSync(join(folder, "head"), O_RDWR | O_CREAT));
    } catch (error) {
      await db.close();
      throw isDamage(error)
        ? new ChainFault("journal-unreadable", { folder, found: codeOf(error) }, { cause: error })
        : error;
    }
  }

  /** Number of the last block, 0 if there is none. */
  get height(): number {
    return this.#last.number;
  }

  /** Appends the record of the next block; it survives a power cut once this resolves. */
  async append(number: number, payload: Uint8Array): Promise<void> {
    if (number !== this.#last.number + 1) throw new Error(`block ${number} does not follow ${this.#last.number}`);
    const value = sealed(this.#last.checksum, payload);
    await this.#db.put(keyOf(number), value, { sync: true });
    this.#last = { number, checksum: checksumOf(value) };
    this.#writeHead();
  }

  /**
   * The records `from` to `to`, in order, each checked against the one before; without the checksum. Throws
   * `ChainFault` with the number of the first block that is missing or not as written.
   */
  async *read(from: number, to: number): AsyncGenerator<{ number: number; payload: Uint8Array }> {
    if (from > to) return;
    let before = from === 1 ? this.#headerChecksum : checksumOf(await this.#record(from - 1));
    let number = from;
    for await (const [key, value] of this.#rows(from, to)) {
      // Level passes over a damaged part of its file in silence, too
      if (key !== keyOf(number)) await this.#record(number);
      if (key !== keyOf(number)) throw new ChainFault("missing-block", { block: number });
      const payload = value.subarray(checksumSize);
      if (!Buffer.from(checksumOf(value)).equals(checksum(before, payload))) throw misfit(number, payload);
      yield { number, payload };
      before = checksumOf(value);
      number++;
    }
    if (number <= to) throw new ChainFault("missing-block", { block: number });
  }

  /** Name and versions of the engine that last reproduced every block; undefined before the first was recorded. */
  async engine(): Promise<string | undefined> {
    const record = await this.#db.get("engine").catch((cause) => {
      throw isDamage(cause)
        ? new ChainFault("journal-unreadable", { folder: dirname(this.#db.location), found: codeOf(cause) }, { cause })
        : cause;
    });
    return record && Buffer.from(record.subarray(checksumSize)).toString();
  }

  async setEngine(engine: string): Promise<void> {
    await this.#db.put("engine", sealed(this.#headerChecksum, Buffer.from(engine)), { sync: true });
  }

  async close(): Promise<void> {
    fdatasyncSync(this.#head);
    closeSync(this.#head);
    await this.#db.close();
  }

  /** The records as they are kept; one that Level cannot give is named. */
  async *#rows(from: number, to: number): AsyncGenerator<[string, Uint8Array]> {
    try {
      yield* this.#db.iterator({ gte: keyOf(from), lte: keyOf(to) });
    } catch (error) {
      if (!isDamage(error)) throw error;
      // it reads ahead, so the place is looked for
      for (let number = from; number <= to; number++) await this.#record(number);
      throw new ChainFault("unreadable-block", { block: from, found: codeOf(error) }, { cause: error });
    }
  }

  async #record(number: number): Promise<Uint8Array> {
    const record = await this.#db.get(keyOf(number)).catch((cause) => {
      if (!isDamage(cause)) throw cause;
      throw new ChainFault("unreadable-block", { block: number, found: codeOf(cause) }, { cause });
    });
    if (record === undefined) throw new ChainFault("missing-block", { block: number });
    return record;
  }

  /**
   * Level drops a damaged end of its own log without a word, and checksums cannot miss what is not there; so the number
   * of the last block also stands in a file. It is not fsynced: it may be behind the journal, never ahead of it.
   */
  #writeHead(): void {
    writeSync(this.#head, headLine(this.#last), 0);
  }
}

/** What the chain was created with; the engine makes the same genesis from it at every start. */
export type Header = ChainIdentity & {
  format: typeof format;
  hardfork: string;
  blockGasLimit: number;
  /** seconds since 1970 */
  genesisTime: number;
};

export const format = "prasasti-chain/2";

/** The record of a block: RLP of number, time, hashes, transactions, logs and header. Equal blocks give equal bytes. */
export function encodeBlock(block: Block, raws: readonly Uint8Array[]): Uint8Array {
  const place = new Map(block.transactions.map((transaction, index) => [transaction.hash, index]));
  return encodeRlp([
    fromNumber(block.number),
    fromNumber(block.time),
    fromHex(block.hash),
    fromHex(block.parentHash),
    block.transactions.map(({ hash, from, ok, gasUsed }, index) => [
      fromHex(hash),
      fromHex(from),
      fromNumber(ok ? 1 : 0),
      fromNumber(gasUsed),
      raws[index]!,
    ]),
    block.logs.map(({ transactionHash, address, topics, data }) => [
      fromNumber(place.get(transactionHash)!),
      fromHex(address),
      topics.map(fromHex),
      data,
    ]),
    block.header,
  ]);
}

/** The block in such a record; its byte fields are views into `payload`. Throws `RangeError` if it is not one. */
export function decodeBlock(payload: Uint8Array): Block {
  const [number, time, hash, parentHash, transactions, logs, header] = toList(decodeRlp(payload));
  const included = toList(transactions).map((item) => {
    const [hash, from, ok, gasUsed, raw] = toList(item);
    const { to, data } = readFields(toBytes(raw));
    return {
      hash: toHex(toBytes(hash, 32)),
      type: typeOf(toBytes(raw)),
      from: toHex(toBytes(from, 20)),
      to,
      input: data,
      ok: toNumber(ok) === 1,
      gasUsed: toNumber(gasUsed),
    };
  });
  return {
    number: toNumber(number),
    time: toNumber(time),
    hash: toHex(toBytes(hash, 32)),
    parentHash: toHex(toBytes(parentHash, 32)),
    header: toBytes(header),
    transactions: included,
    logs: toList(logs).map((item, index) => {
      const [transaction, address, topics, data] = toList(item);
      const place = toNumber(transaction);
      if (place >= included.length) throw new RangeError("log of a transaction that is not there");
      return {
        index,
        transactionHash: included[place]!.hash,
        address: toHex(toBytes(address, 20)),
        topics: toList(topics).map((topic) => toHex(toBytes(topic, 32))),
        data: toBytes(data),
      };
    }),
  };
}

/** What replay needs of a record: the time, the signed transactions and the hash they must lead to. */
export function readReplay(payload: Uint8Array): { time: number; hash: string; raws: Uint8Array[] } {
  const [, time, hash, , transactions] = toList(decodeRlp(payload));
  return {
    time: toNumber(time),
    hash: toHex(toBytes(hash, 32)),
    raws: toList(transactions).map((item) => toBytes(toList(item)[4])),
  };
}

type Database = Level<string, Uint8Array>;
type Place = { number: number; checksum: Uint8Array };

const { O_CREAT, O_RDWR } = constants;
const checksumSize = 32;
const noChecksum = new Uint8Array(checksumSize);
const prefix = "block/";

/** Ledger order as text: zero-padded, so a range read is a history read. */
function keyOf(number: number): string {
  return prefix + padded(number);
}

function padded(number: number): string {
  return `${number}`.padStart(10, "0");
}

function checksum(before: Uint8Array, payload: Uint8Array): Buffer {
  return createHash("sha256").update(before).update(payload).digest();
}

function sealed(before: Uint8Array, payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(checksumSize + payload.length);
  record.set(checksum(before, payload));
  record.set(payload, checksumSize);
  return record;
}

function checksumOf(record: Uint8Array): Uint8Array {
  return record.subarray(0, checksumSize);
}

async function lastOf(db: Database): Promise<Place | undefined> {
  for await (const [key, value] of db.iterator({ gte: prefix, lt: "block0", reverse: true, limit: 1 }))
    return { number: Number(key.slice(prefix.length)), checksum: checksumOf(value) };
}

function readHeader(folder: string, record: Uint8Array | undefined): Header {
  const payload = record?.subarray(checksumSize);
  if (!record || !payload || !checksum(noChecksum, payload).equals(checksumOf(record)))
    throw new ChainFault("header-altered", { folder });
  const header: Header = JSON.parse(Buffer.from(payload).toString());
  if (header.format !== format) throw new ChainFault("other-format", { found: header.format, expected: format });
  return header;
}

/** "number checksum", of one length so that a newer line covers the older. */
function headLine({ number, checksum }: Place): string {
  return `${padded(number)} ${Buffer.from(checksum).toString("hex")}\n`;
}

function readHead(folder: string): { number: number; line: string } | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, "head"), "latin1");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new ChainFault("journal-unreadable", { folder, found: codeOf(cause) }, { cause });
  }
  // A power cut may leave it empty or torn: then it says nothing.
  const [line, number] = /^(\d{10}) [0-9a-f]{64}\n$/.exec(text) ?? [];
  return line === undefined ? undefined : { number: Number(number), line };
}

async function checkHead(folder: string, db: Database, newest: Place): Promise<void> {
  const head = readHead(folder);
  if (head === undefined || head.number === 0) return;
  if (head.number > newest.number) throw new ChainFault("lost-tail", { block: head.number, found: `${newest.number}` });
  const record = await db.get(keyOf(head.number));
  if (record === undefined) throw new ChainFault("missing-block", { block: head.number });
  const { number, line } = head;
  if (headLine({ number, checksum: checksumOf(record) }) !== line)
    throw new ChainFault("altered-block", { block: number });
}

/** Why the record in the place of block `number` does not fit: another block's, or not as written. */
function misfit(number: number, payload: Uint8Array): ChainFault {
  try {
    const found = toNumber(toList(decodeRlp(payload))[0]);
    if (found !== number) return new ChainFault("misplaced-block", { block: number, found: `${found}` });
  } catch {
    // Not even readable: altered.
  }
  return new ChainFault("altered-block", { block: number });
}

/** Whether a damaged file or a failing disk kept Level from reading. */
function isDamage(error: unknown): boolean {
  return ["LEVEL_CORRUPTION", "LEVEL_IO_ERROR"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return error instanceof Error ? ("code" in error && `${error.code}`) || error.message : `${error}`;
}
