import { createHash } from "node:crypto";
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { keccak256, sha256 } from "#hash";
import { hashText } from "../../server/domain/entries/entry.ts";
import {
  type Hex,
  readNumber,
  textOf,
  toHex,
  utf8,
  WORD,
  writeHex,
  writeUint,
} from "../../server/domain/entries/words.ts";
import { Fault } from "../../server/domain/fault.ts";
import { LotTree } from "./merkle.ts";

// A lot: what goes on the ledger in one piece, and the file in which it waits for that.

export type LotEntity = "process" | "supplier" | "agency" | "payment" | "record";
/** A: whole on chain; B: terms and digest on chain; C: the root alone. */
export type Tier = "A" | "B" | "C";

/** At most so many rows, and bytes of what they hold, in one lot. */
export const MAX_ROWS = 4_096;
export const MAX_BYTES = 16 * 1024 * 1024;

/** What a lot says of itself; amounts in minor units of `currency`, as decimal text. */
export type LotHead = {
  /** keccak256 of wave, agency, entity, tier, currency and number: what the ledger accepts once */
  readonly key: Hex;
  /** the wave's id on the ledger, attempt and all */
  readonly wave: Hex;
  /** from 0, in the order in which the lots of a wave are loaded */
  readonly number: number;
  readonly agency: Hex;
  /** the agency's id as text, and the holder who signs for it */
  readonly agencyId: string;
  readonly head: string;
  readonly entity: LotEntity;
  readonly tier: Tier;
  readonly root: Hex;
  readonly rows: number;
  /** empty where no row has money */
  readonly currency: string;
  /** Σ of what contracts are worth as they begin here; of other records their own value */
  readonly value: string;
  /** Σ of what was paid before */
  readonly paid: string;
};

/** A lot as the list of a stage names it: `file` within the folder of the stage, `sha256` of its bytes. */
export type StagedLot = LotHead & { readonly file: string; readonly sha256: Hex; readonly bytes: number };

/** Where something was read: dataset, row of its scan, and the place as its source words it. */
export type Position = { readonly dataset: string; readonly row: number; readonly at: string };

export type LotRow = {
  /** unique among the rows of its agency and entity; of an entry ocid, section, award, contract, else the record's own */
  readonly key: string;
  /** the row hash: that of the entry (hashStruct), or `recordHash` */
  readonly hash: Uint8Array;
  /** packed item of the ledger (type 1, unsigned), of an entry; else empty */
  readonly item: Uint8Array;
  /** canonical JSON: of an entry of tier B the body that stays off the chain, of another record the record itself */
  readonly body: Uint8Array;
  readonly from: readonly Position[];
};

const recordWords = new Uint8Array(4 * WORD);
recordWords.set(hashText("Record(string entity,string key,bytes32 digest)"));
const entityWords = new Map<string, Uint8Array>();

/** The row hash of a record that is no entry: of its entity, key, and the SHA-256 of its canonical JSON. */
export function recordHash(entity: LotEntity, key: string, canonical: Uint8Array): Uint8Array {
  let word = entityWords.get(entity);
  if (word === undefined) {
    word = hashText(entity);
    entityWords.set(entity, word);
  }
  recordWords.set(word, WORD);
  recordWords.set(keccak256(utf8(key)), 2 * WORD);
  recordWords.set(sha256(canonical), 3 * WORD);
  return keccak256(recordWords);
}

/** The id of a wave on the ledger. @param attempt from 1 */
export function waveId(plan: string, wave: string, attempt: number): Hex {
  return toHex(hashText(`${plan}/${wave}/${attempt}`));
}

/** The command id of an entry of a wave: the same record in another attempt is another command. */
export function commandIdOf(wave: Hex, key: string): Hex {
  const text = utf8(key);
  const bytes = new Uint8Array(WORD + text.length);
  writeHex(bytes, 0, wave, WORD);
  bytes.set(text, WORD);
  return toHex(keccak256(bytes));
}

export function lotKey(head: Pick<LotHead, "wave" | "agencyId" | "entity" | "tier" | "currency">, number: number): Hex {
  const { wave, agencyId, entity, tier, currency } = head;
  return toHex(hashText(["lot", wave, agencyId, entity, tier, currency, number].join("\t")));
}

// ---- the file: MAGIC ‖ u32 length ‖ head as JSON, then of each row u32 length ‖ key ‖ hash 32 ‖ u32 ‖ item ‖ u32 ‖ body
// ‖ u32 ‖ positions as JSON, big-endian

const MAGIC = utf8("prasasti lot 1\n");

/** Rows on their way into a file: kept as the bytes of that file, and nothing else. */
export class LotRows {
  #bytes = Buffer.allocUnsafeSlow(256 * 1024);
  #length = 0;
  #hashes: Uint8Array[] = [];
  /** where the last group began */
  #groupRow = 0;
  #groupAt = 0;
  #value = 0n;
  #paid = 0n;
  #groupValue = 0n;
  #groupPaid = 0n;

  get count(): number {
    return this.#hashes.length;
  }

  get bytes(): number {
    return this.#length;
  }

  /** What comes now belongs together: it is not torn apart where it need not be. */
  beginGroup(): void {
    this.#groupRow = this.#hashes.length;
    this.#groupAt = this.#length;
    [this.#groupValue, this.#groupPaid] = [this.#value, this.#paid];
  }

  add({ key, hash, item, body, from }: LotRow, value: bigint, paid: bigint): void {
    const positions = from.length === 1 ? `[${placeText(from[0]!)}]` : JSON.stringify(from);
    const room = 3 * (key.length + positions.length) + item.length + body.length + WORD + 16;
    if (this.#length + room > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + room));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#text(key);
    this.#bytes.set(hash, this.#length);
    this.#length += WORD;
    this.#part(item);
    this.#part(body);
    this.#text(positions);
    this.#hashes.push(hash);
    this.#value += value;
    this.#paid += paid;
  }

  #text(text: string): void {
    const length = this.#bytes.write(text, this.#length + 4, "utf8");
    this.#bytes.writeUInt32BE(length, this.#length);
    this.#length += 4 + length;
  }

  #part(part: Uint8Array): void {
    this.#bytes.writeUInt32BE(part.length, this.#length);
    this.#bytes.set(part, this.#length + 4);
    this.#length += 4 + part.length;
  }

  /** Takes the rows out, for the file; the last group stays for the next one, unless it is all there is. */
  take(withGroup: boolean): TakenRows {
    const isWhole = withGroup || this.#groupRow === 0;
    const [rows, at] = isWhole ? [this.#hashes.length, this.#length] : [this.#groupRow, this.#groupAt];
    const taken = {
      bytes: this.#bytes.subarray(0, at),
      hashes: this.#hashes.slice(0, rows),
      value: isWhole ? this.#value : this.#groupValue,
      paid: isWhole ? this.#paid : this.#groupPaid,
    };
    const rest = this.#bytes.subarray(at, this.#length);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length, rest.length));
    this.#bytes.set(rest);
    this.#length = rest.length;
    this.#hashes = this.#hashes.slice(rows);
    this.#value -= taken.value;
    this.#paid -= taken.paid;
    this.beginGroupAtStart();
    return taken;
  }

  private beginGroupAtStart(): void {
    [this.#groupRow, this.#groupAt, this.#groupValue, this.#groupPaid] = [0, 0, 0n, 0n];
  }
}

/** As JSON.stringify gives it. */
function placeText({ dataset, row, at }: Position): string {
  return `{"dataset":${JSON.stringify(dataset)},"row":${row},"at":${JSON.stringify(at)}}`;
}

export type TakenRows = {
  readonly bytes: Buffer;
  readonly hashes: readonly Uint8Array[];
  readonly value: bigint;
  readonly paid: bigint;
};

/** Writes a lot; the file is there whole or not at all. @param name without its ending */
export async function writeLot(
  folder: string,
  name: string,
  head: Omit<LotHead, "root" | "rows" | "value" | "paid">,
  rows: TakenRows,
): Promise<StagedLot> {
  const { root } = new LotTree(rows.hashes);
  const whole: LotHead = {
    ...head,
    root,
    rows: rows.hashes.length,
    value: String(rows.value),
    paid: String(rows.paid),
  };
  const first = utf8(JSON.stringify(whole));
  const length = new Uint8Array(4);
  writeUint(length, 0, first.length, 4);
  const parts = [MAGIC, length, first, rows.bytes];
  const file = `${name}.lot`;
  await writeWhole(path.join(folder, file), ...parts);
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return { ...whole, file, sha256: toHex(hash.digest()), bytes };
}

/**
 * Reads a lot that a stage has written.
 * @param folder of the stage
 * @throws Fault `lot-altered` where its bytes, its rows or its root are not those of the stage
 */
export async function readLot(folder: string, lot: StagedLot): Promise<LotRow[]> {
  const place = path.join(folder, lot.file);
  const bytes = await readFile(place);
  if (toHex(createHash("sha256").update(bytes).digest()) !== lot.sha256) throw altered(place, "SHA-256");
  let at = MAGIC.length;
  const take = (): Uint8Array => {
    const length = readNumber(bytes, at, 4);
    const from = at + 4;
    at = from + length;
    return bytes.subarray(from, at);
  };
  const head = JSON.parse(textOf(take())) as LotHead;
  const rows: LotRow[] = [];
  while (at < bytes.length) {
    const key = textOf(take());
    const hash = bytes.subarray(at, at + WORD);
    at += WORD;
    const [item, body, from] = [take(), take(), take()];
    rows.push({ key, hash, item, body, from: JSON.parse(textOf(from)) as Position[] });
  }
  const root = rows.length === 0 ? undefined : new LotTree(rows.map(({ hash }) => hash)).root;
  if (head.key !== lot.key || root !== lot.root || rows.length !== lot.rows) throw altered(place, "root");
  return rows;
}

function altered(file: string, what: string): Fault {
  return new Fault("lot-altered", {
    explanation: {
      en: `${file} is not the lot that was staged: its ${what} differs.`,
      id: `${file} bukan lot yang disiapkan: ${what}-nya berbeda.`,
    },
    remedy: {
      en: "Stage the wave again (migrate stage); the same sources and decisions give the same lots.",
      id: "Siapkan ulang gelombangnya (migrate stage); sumber dan keputusan yang sama menghasilkan lot yang sama.",
    },
  });
}

/** Writes a file beside its place, makes it durable, and puts it there. */
export async function writeWhole(place: string, ...parts: readonly Uint8Array[]): Promise<void> {
  const beside = `${place}.new`;
  const file: FileHandle = await open(beside, "w");
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, place);
}
