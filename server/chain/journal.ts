import { createHash } from "node:crypto";
import { Level } from "level";
import { type Block, ChainFault, type Log, type Mined, type Transaction } from "./chain.ts";

/**
 * The embedded chain's memory on disk: one record a block, written with fsync before anyone is told.
 * Each record carries SHA-256(checksum of the record before ‖ payload), and the head record names the last: a torn,
 * missing, swapped or altered record is found at the block where it stands.
 */

export const FORMAT = 1;

export type JournalHeader = {
  format: number;
  chainId: number;
  hardfork: string;
  /** versions of the packages that computed the blocks */
  engine: Record<string, string>;
  genesisHash: string;
  /** seconds UTC of block 0 */
  genesisTime: number;
  /** hex; the chain's own accounts follow from it */
  seed: string;
};

/** What was asked of the engine, so that it can be asked again. */
export type JournalledBlock = { block: Block; asked: Transaction[]; payload: Uint8Array };

type Head = { number: number; checksum: string };

export class Journal {
  readonly #db: Level<string, Uint8Array>;
  #head: Head = { number: 0, checksum: "" };

  private constructor(db: Level<string, Uint8Array>) {
    this.#db = db;
  }

  static async open(directory: string): Promise<Journal> {
    const db = new Level<string, Uint8Array>(directory, { valueEncoding: "view" });
    try {
      await db.open();
    } catch (error) {
      const cause = (error as { cause?: { code?: string; message?: string } }).cause;
      if (cause?.code === "LEVEL_LOCKED") throw new ChainFault("journal-busy", 0, directory);
      throw new ChainFault("journal-torn", 0, cause?.message ?? "the database cannot be opened");
    }
    const journal = new Journal(db);
    const head = await db.get("head");
    if (head !== undefined) journal.#head = parse<Head>(head, 0);
    return journal;
  }

  get height(): number {
    return this.#head.number;
  }

  async header(): Promise<JournalHeader | undefined> {
    const bytes = await this.#db.get("header");
    if (bytes === undefined) {
      if (this.#head.number > 0) throw new ChainFault("journal-torn", 0, "the header is missing");
      return undefined;
    }
    return parse<JournalHeader>(bytes, 0);
  }

  async writeHeader(header: JournalHeader): Promise<void> {
    await this.#db.put("header", Buffer.from(JSON.stringify(header)), { sync: true });
  }

  /** Appends the next block; resolves when it is on disk. Returns the payload, which `decodeBlock` reads. */
  async append(block: Block, asked: Transaction[]): Promise<Uint8Array> {
    const payload = encode(block, asked);
    const checksum = chain(this.#head.checksum, payload);
    const head = { number: block.number, checksum };
    await this.#db.batch<string, Uint8Array>(
      [
        { type: "put", key: keyOf(block.number), value: Buffer.concat([Buffer.from(checksum, "hex"), payload]) },
        { type: "put", key: "head", value: Buffer.from(JSON.stringify(head)) },
      ],
      { sync: true },
    );
    this.#head = head;
    return payload;
  }

  /** Records from..to in order, each checked against the one before it. */
  async *read(from: number, to: number): AsyncGenerator<JournalledBlock> {
    let before = "";
    if (from > 1) before = checksumOf(await this.#record(from - 1));
    for (let number = from; number <= to; number++) {
      const record = await this.#record(number);
      const payload = record.subarray(32);
      const checksum = checksumOf(record);
      if (chain(before, payload) !== checksum) {
        throw new ChainFault("journal-altered", number, "its checksum does not follow from the record before");
      }
      if (number === this.#head.number && checksum !== this.#head.checksum) {
        throw new ChainFault("journal-altered", number, "the head names another record");
      }
      let decoded: { block: Block; asked: Transaction[] };
      try {
        decoded = decodeBlock(payload);
      } catch {
        throw new ChainFault("journal-torn", number, "the record cannot be read");
      }
      if (decoded.block.number !== number) {
        throw new ChainFault("journal-altered", number, `the record is of block ${decoded.block.number}`);
      }
      yield { ...decoded, payload };
      before = checksum;
    }
  }

  async #record(number: number): Promise<Uint8Array> {
    let record: Uint8Array | undefined;
    try {
      record = await this.#db.get(keyOf(number));
    } catch {
      throw new ChainFault("journal-torn", number, "the database cannot read it");
    }
    if (record === undefined) throw new ChainFault("journal-gap", number, `blocks up to ${this.#head.number} are kept`);
    if (record.length < 36) throw new ChainFault("journal-torn", number, `${record.length} bytes are left`);
    return record;
  }

  /** A record beyond the head means that the head was set back. */
  async checkEnd(): Promise<void> {
    for await (const key of this.#db.keys({ gt: keyOf(this.#head.number), lt: "c", limit: 1 })) {
      throw new ChainFault("journal-altered", Number(key.slice(1)), `the head says ${this.#head.number}`);
    }
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

const keyOf = (number: number) => `b${String(number).padStart(12, "0")}`;
const checksumOf = (record: Uint8Array) => Buffer.from(record.buffer, record.byteOffset, 32).toString("hex");
const chain = (before: string, payload: Uint8Array) => createHash("sha256").update(before).update(payload).digest("hex");

function parse<T>(bytes: Uint8Array, block: number): T {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8")) as T;
  } catch {
    throw new ChainFault("journal-torn", block, "the header or head cannot be read");
  }
}

/** Payload: u32 length of a JSON index ‖ index ‖ the byte strings that the index gives the lengths of. */
function encode(block: Block, asked: Transaction[]): Uint8Array {
  const blobs: Uint8Array[] = [];
  const put = (bytes: Uint8Array) => {
    blobs.push(bytes);
    return bytes.length;
  };
  const index = {
    number: block.number,
    hash: block.hash,
    parentHash: block.parentHash,
    time: block.time,
    // a transaction's input is what was asked, so it is kept once
    asked: asked.map((t) =>
      "raw" in t ? { raw: put(t.raw) } : { from: t.from, to: t.to, gas: String(t.gas), data: put(t.data) },
    ),
    transactions: block.transactions.map((t, i) => ({
      hash: t.hash,
      from: t.from,
      to: t.to,
      ok: t.ok,
      gasUsed: String(t.gasUsed),
      ...("raw" in asked[i]! ? { input: put(t.input) } : {}),
    })),
    logs: block.logs.map((l) => ({ ...l, data: put(l.data) })),
  };
  const json = Buffer.from(JSON.stringify(index));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...blobs]);
}

/** Reads a payload; the byte strings are views into it. Throws on anything else. */
export function decodeBlock(payload: Uint8Array): { block: Block; asked: Transaction[] } {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  const end = 4 + bytes.readUInt32BE(0);
  const index = JSON.parse(bytes.toString("utf8", 4, end));
  let at = end;
  const take = (length: number) => {
    if (at + length > payload.length) throw new RangeError("payload too short");
    at += length;
    return payload.subarray(at - length, at);
  };
  const asked: Transaction[] = index.asked.map(
    (t: { raw?: number; from: string; to?: string; gas: string; data: number }) =>
      t.raw === undefined
        ? { from: t.from, ...(t.to === undefined ? {} : { to: t.to }), gas: BigInt(t.gas), data: take(t.data) }
        : { raw: take(t.raw) },
  );
  const transactions: Mined[] = index.transactions.map(
    (t: Omit<Mined, "input" | "gasUsed"> & { gasUsed: string; input?: number }, i: number) => ({
      ...t,
      gasUsed: BigInt(t.gasUsed),
      input: t.input === undefined ? (asked[i] as { data: Uint8Array }).data : take(t.input),
    }),
  );
  const logs: Log[] = index.logs.map((l: Omit<Log, "data"> & { data: number }) => ({ ...l, data: take(l.data) }));
  const { number, hash, parentHash, time } = index;
  return { block: { number, hash, parentHash, time, transactions, logs }, asked };
}
