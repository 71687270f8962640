import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../server/domain/fault.ts";

/** By the first word of its hash a record belongs to one of so many parts; what is equal meets in one part. */
const PARTS = 256;
const CHUNK_WORDS = 1024;

/**
 * Any number of fixed-size records in a bounded part of memory: past `memory` bytes they lie in one temporary file, in
 * chunks of one part each. Part by part they come back, so that each part fits into memory. Word 0 of a record is the
 * upper half of a well-mixed hash.
 */
export class Spill {
  readonly words: number;
  count = 0;
  readonly #memory: number;
  readonly #open: (Uint32Array<ArrayBuffer> | undefined)[] = new Array(PARTS).fill(undefined);
  readonly #used = new Uint32Array(PARTS);
  readonly #full: Uint32Array<ArrayBuffer>[][] = Array.from({ length: PARTS }, () => []);
  readonly #offsets: number[][] = Array.from({ length: PARTS }, () => []);
  readonly #perChunk: number;
  #held = 0;
  #file: { folder: string; descriptor: number; end: number } | undefined;
  #closed = false;

  /** @param words 32-bit words of a record, an even number @param memory bytes kept before the file is opened */
  constructor(words: number, memory = 2 << 20) {
    this.words = words;
    this.#memory = memory;
    this.#perChunk = Math.max(1, Math.floor(CHUNK_WORDS / words)) * words;
  }

  /** Makes room for a record whose first word is this; the caller writes its words from the given place. */
  place(first: number): { chunk: Uint32Array; at: number } {
    const part = first >>> 24;
    let chunk = this.#open[part];
    if (chunk === undefined) {
      chunk = new Uint32Array(this.#perChunk);
      this.#open[part] = chunk;
    } else if (this.#used[part] === this.#perChunk) {
      chunk = this.#put(part, chunk);
      this.#open[part] = chunk;
      this.#used[part] = 0;
    }
    const at = this.#used[part]!;
    this.#used[part] = at + this.words;
    this.count++;
    this.#spot.chunk = chunk;
    this.#spot.at = at;
    return this.#spot;
  }
  readonly #spot = { chunk: new Uint32Array(0), at: 0 };

  #put(part: number, chunk: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    if (this.#file === undefined && this.#held + chunk.byteLength <= this.#memory) {
      this.#held += chunk.byteLength;
      this.#full[part]!.push(chunk);
      return new Uint32Array(this.#perChunk);
    }
    if (this.#file === undefined) {
      const folder = mkdtempSync(join(tmpdir(), "prasasti-profile-"));
      this.#file = { folder, descriptor: openSync(join(folder, "spill"), "wx+", 0o600), end: 0 };
    }
    this.#offsets[part]!.push(this.#file.end);
    let written = 0;
    try {
      while (written < chunk.byteLength)
        written += writeSync(
          this.#file.descriptor,
          chunk,
          written,
          chunk.byteLength - written,
          this.#file.end + written,
        );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw diskFull(error);
      throw error;
    }
    this.#file.end += chunk.byteLength;
    return chunk;
  }

  /** All records, part by part, each part as one array of words that is good until the next. May be read more than once. */
  *parts(): Generator<Uint32Array<ArrayBuffer>> {
    for (let part = 0; part < PARTS; part++) yield this.part(part);
  }

  static readonly parts = PARTS;
  #scratch = new Uint32Array(0);

  /** The records of one part; good until the next part of this spill is asked for. */
  part(part: number): Uint32Array<ArrayBuffer> {
    if (this.#closed) throw new Error("The spill is closed.");
    const used = this.#used[part]!;
    const kept = this.#full[part]!;
    const offsets = this.#offsets[part]!;
    const length = used + (kept.length + offsets.length) * this.#perChunk;
    // parts are of about the same size: one array serves all of them
    if (this.#scratch.length < length) this.#scratch = new Uint32Array(Math.ceil(length * 1.25));
    const all = this.#scratch.subarray(0, length);
    let at = 0;
    for (const chunk of kept) {
      all.set(chunk, at);
      at += chunk.length;
    }
    for (const offset of offsets) {
      const target = all.subarray(at, at + this.#perChunk);
      let read = 0;
      while (read < target.byteLength) {
        const more = readSync(this.#file!.descriptor, target, read, target.byteLength - read, offset + read);
        if (more === 0) throw new Error("The temporary file of the profile ended early.");
        read += more;
      }
      at += this.#perChunk;
    }
    if (used > 0) all.set(this.#open[part]!.subarray(0, used), at);
    return all;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#file === undefined) return;
    closeSync(this.#file.descriptor);
    rmSync(this.#file.folder, { recursive: true, force: true });
  }
}

function diskFull(cause: unknown): Fault {
  const folder = tmpdir();
  return new Fault(
    "disk-full",
    {
      explanation: {
        en: `The temporary folder ${folder} is full; nothing was written elsewhere.`,
        id: `Folder sementara ${folder} penuh; tidak ada yang ditulis di tempat lain.`,
      },
      remedy: {
        en: "Make room there, or name another folder in TMPDIR, and run the command again.",
        id: "Kosongkan ruang di sana, atau sebutkan folder lain dalam TMPDIR, lalu jalankan lagi.",
      },
    },
    { cause },
  );
}

/** Numbers 64-bit hashes in the order in which they are first seen, up to the number it was made for. */
export class HashIndex {
  #slots = new Int32Array(16);
  #first = new Int32Array(8);
  #second = new Int32Array(8);
  #mask = 15;
  size = 0;

  constructor(most = 8) {
    this.reset(most);
  }

  /** Forgets all, and makes room for so many. */
  reset(most: number): this {
    let slots = 16;
    while (slots < most * 1.7) slots *= 2;
    if (this.#slots.length < slots) this.#slots = new Int32Array(slots);
    else this.#slots.fill(0, 0, slots);
    this.#mask = slots - 1;
    if (this.#first.length < most) {
      this.#first = new Int32Array(Math.ceil(most * 1.25));
      this.#second = new Int32Array(Math.ceil(most * 1.25));
    }
    this.size = 0;
    return this;
  }

  /** The number of this hash; a new one gets the next, which is `size` before the call. */
  add(first: number, second: number): number {
    first |= 0;
    second |= 0;
    let slot = (first ^ Math.imul(second, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0) {
        const number = this.size++;
        this.#slots[slot] = number + 1;
        this.#first[number] = first;
        this.#second[number] = second;
        return number;
      }
      if (this.#first[entry - 1] === first && this.#second[entry - 1] === second) return entry - 1;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The number of this hash, or -1. */
  find(first: number, second: number): number {
    first |= 0;
    second |= 0;
    let slot = (first ^ Math.imul(second, 0x9e3779b1)) & this.#mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0) return -1;
      if (this.#first[entry - 1] === first && this.#second[entry - 1] === second) return entry - 1;
      slot = (slot + 1) & this.#mask;
    }
  }
}
