import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import path from "node:path";

// More rows than memory holds, in the order of the bytes of their keys: sorted runs on disk, merged when they are read.

/** One thing kept: its key as `byteOrder` gave it, and bytes that are good until the next one is asked for. */
export type Kept = { key: string; readonly bytes: Buffer };

/** Bytes in memory before a run is written; keys come on top. */
const RUN_BYTES = 16 * 1024 * 1024;
const RUN_ROWS = 40_000;
const READ_BYTES = 16 * 1024;
const HEADER = 6;

const BEYOND_ASCII = /[\u0080-\uffff]/;

/** A text whose comparison in JavaScript is that of the UTF-8 bytes of `text`: one unit a byte. `textOfKey` undoes it. */
export function byteOrder(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

export function textOfKey(key: string): string {
  return BEYOND_ASCII.test(key) ? Buffer.from(key, "latin1").toString("utf8") : key;
}

/** Takes things in any order and gives them back by key; those of one key in the order in which they came. */
export class SortedRuns {
  readonly #folder: string;
  readonly #runBytes: number;
  readonly #runRows: number;
  readonly #files: string[] = [];
  /** memory of the run that is being filled, used again for the next */
  #arena = Buffer.allocUnsafeSlow(0);
  #used = 0;
  #keys: string[] = [];
  /** where in the arena each begins and ends */
  #from: number[] = [];
  #to: number[] = [];
  #count = 0;
  readonly #block = Buffer.allocUnsafeSlow(512 * 1024);

  /** @param folder of its own; made here, and removed by `close` */
  constructor(folder: string, { runBytes = RUN_BYTES, runRows = RUN_ROWS } = {}) {
    this.#folder = folder;
    this.#runBytes = runBytes;
    this.#runRows = runRows;
    mkdirSync(folder, { recursive: true });
  }

  get size(): number {
    return this.#count;
  }

  /** @param key from `byteOrder` @param first and the UTF-8 of `text` are kept as one */
  add(key: string, first: Uint8Array, text: string): void {
    const room = first.length + 3 * text.length;
    if (this.#used + room > this.#arena.length) {
      if (this.#keys.length > 0) this.#spill();
      if (room > this.#arena.length) this.#arena = Buffer.allocUnsafeSlow(Math.max(this.#runBytes, room));
    }
    this.#arena.set(first, this.#used);
    const from = this.#used;
    this.#used = from + first.length + this.#arena.write(text, from + first.length, "utf8");
    this.#keys.push(key);
    this.#from.push(from);
    this.#to.push(this.#used);
    this.#count++;
    if (this.#keys.length >= this.#runRows) this.#spill();
  }

  #bytesOf(index: number): Buffer {
    return this.#arena.subarray(this.#from[index]!, this.#to[index]!);
  }

  #sorted(): number[] {
    const keys = this.#keys;
    const order = Array.from(keys, (_, index) => index);
    return order.sort((a, b) => (keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b));
  }

  #spill(): void {
    const file = path.join(this.#folder, `${this.#files.length}.run`);
    this.#files.push(file);
    const out = openSync(file, "w");
    let block = this.#block;
    let at = 0;
    for (const index of this.#sorted()) {
      const key = this.#keys[index]!;
      const [from, to] = [this.#from[index]!, this.#to[index]!];
      const length = HEADER + key.length + to - from;
      if (at + length > block.length) {
        writeAll(out, block, at);
        at = 0;
        if (length > block.length) block = Buffer.allocUnsafeSlow(length);
      }
      block.writeUInt16BE(key.length, at);
      block.writeUInt32BE(to - from, at + 2);
      block.write(key, at + HEADER, "latin1");
      this.#arena.copy(block, at + HEADER + key.length, from, to);
      at += length;
    }
    writeAll(out, block, at);
    closeSync(out);
    this.#forget();
  }

  #forget(): void {
    this.#keys.length = 0;
    this.#from.length = 0;
    this.#to.length = 0;
    this.#used = 0;
  }

  /** All that was added, by key. */
  *read(): Generator<Kept> {
    if (this.#files.length === 0) {
      for (const index of this.#sorted()) yield { key: this.#keys[index]!, bytes: this.#bytesOf(index) };
      return;
    }
    if (this.#keys.length > 0) this.#spill();
    this.#arena = Buffer.allocUnsafeSlow(0);
    const runs = this.#files.map((file) => new Run(file));
    try {
      // a heap of runs, by their present key, then by age, so that what came first comes first
      const heap: Run[] = [];
      const before = (a: Run, b: Run) => a.key < b.key || (a.key === b.key && a.age < b.age);
      const sink = (from: number): void => {
        const run = heap[from]!;
        let at = from;
        for (;;) {
          let child = 2 * at + 1;
          if (child >= heap.length) break;
          if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
          if (!before(heap[child]!, run)) break;
          heap[at] = heap[child]!;
          at = child;
        }
        heap[at] = run;
      };
      for (const [age, run] of runs.entries()) {
        run.age = age;
        if (run.next()) heap.push(run);
      }
      for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at);
      while (heap.length > 0) {
        const run = heap[0]!;
        yield run;
        if (!run.next()) {
          const last = heap.pop()!;
          if (heap.length === 0) break;
          if (last !== run) heap[0] = last;
        }
        sink(0);
      }
    } finally {
      for (const run of runs) run.close();
    }
  }

  /** Removes what is on disk. */
  close(): void {
    this.#forget();
    this.#arena = Buffer.allocUnsafeSlow(0);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

class Run implements Kept {
  readonly #file: number;
  #block: Buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #from = 0;
  #to = 0;
  key = "";
  bytes: Buffer = this.#block;
  age = 0;

  constructor(file: string) {
    this.#file = openSync(file, "r");
  }

  next(): boolean {
    if (!this.#have(HEADER)) return false;
    const keyLength = this.#block.readUInt16BE(this.#from);
    const length = this.#block.readUInt32BE(this.#from + 2);
    const whole = HEADER + keyLength + length;
    if (!this.#have(whole)) throw new Error("a sorted run on disk ends too early");
    const at = this.#from + HEADER;
    this.key = this.#block.toString("latin1", at, at + keyLength);
    this.bytes = this.#block.subarray(at + keyLength, at + keyLength + length);
    this.#from += whole;
    return true;
  }

  #have(length: number): boolean {
    while (this.#to - this.#from < length) {
      const rest = this.#to - this.#from;
      const block = length <= this.#block.length ? this.#block : Buffer.allocUnsafeSlow(length);
      this.#block.copy(block, 0, this.#from, this.#to);
      const read = readSync(this.#file, block, rest, block.length - rest, null);
      this.#block = block;
      this.#from = 0;
      this.#to = rest + read;
      if (read === 0) return false;
    }
    return true;
  }

  close(): void {
    closeSync(this.#file);
  }
}

function writeAll(file: number, bytes: Buffer, length: number): void {
  for (let at = 0; at < length; ) at += writeSync(file, bytes, at, length - at);
}
