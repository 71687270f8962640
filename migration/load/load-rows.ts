import { setTimeout as sleep } from "node:timers/promises";
import { type Block, ChainFault, type Inclusion, TransactionRefused } from "../../server/chain/chain.ts";
import { addressOf, signTransaction } from "../../server/chain/transaction.ts";
import { type Hex, readNumber, toHex, WORD } from "../../server/domain/entries/words.ts";
import { codeOf } from "../../server/domain/problems.ts";
import { failpoint } from "../../server/failpoint.ts";
import { packBatch } from "../../server/ledger/codec.ts";
import { interfaceOf } from "../../server/ledger/deploy.ts";
import { Sender } from "../../server/ledger/sender.ts";
import type { Control } from "./control.ts";
import { Fee } from "./fee.ts";
import type { Cursor, Journal, RefusedRow } from "./journal.ts";
import type { Register } from "./register.ts";

/** A row on its way: its place among the rows of the wave, and what travels. */
export type LoadRow = {
  lot: number;
  row: number;
  key: string;
  /** ocid: rows of one process are loaded in their order */
  process: string;
  commandId: Hex;
  /** hash of its entry: refusals name it */
  hash: Hex;
  /** packed item of type 4 */
  item: Uint8Array;
};

/** What a batch came to. */
export type Pace = {
  rows: number;
  refused: number;
  /** rows that are sent and not decided yet */
  underWay: number;
  /** of the gas of the newest blocks that held rows, 0 to 1 */
  fill: number;
  gasARow: number;
  block: number;
  waitsFor: string | undefined;
};

export type LoadOptions = {
  register: Register;
  journal: Journal;
  /** number of the wave on the ledger */
  wave: number;
  /** 32-byte key of the account that sends this wave alone */
  secret: Uint8Array;
  /** wei */
  gasPrice: number;
  control: Control;
  /** rows from a place on, in the order of the lots */
  rowsFrom(lot: number, row: number): AsyncIterable<LoadRow>;
  /** block in which the wave was opened: nothing of it is older */
  openedAt: number;
  /** whether the time is up: the window's end, or an order from outside */
  isOver?: () => boolean;
  /** asked before each group of batches; throws where nothing more may be sent */
  check?: () => Promise<void>;
  onPace?: (pace: Pace) => void;
  onTrouble?: (what: string) => void;
  /** groups of batches under way at once, and bytes of one */
  ahead?: number;
  groupBytes?: number;
  /** milliseconds without a new block of ours after which the fee is looked at */
  stuckAfter?: number;
};

/** Why loading ended: all rows decided, or told to stop. What was sent is decided either way, but after a panic. */
export type LoadEnd = { why: "done" | "paused" | "over" | "panic"; cursor: Cursor };

/** Go-ethereum takes no transaction of more than 128 KiB. */
const LARGEST = 118_000;
/** EIP-7825 */
const GAS_CAP = 16_700_000;
/** Gas of an item before anything was measured, as 21,000 + bytes × 45 + rows × 150,000 times this. */
const FIRST_GUESS = 3;
/** Over what was measured: items differ. */
const MARGIN = 1.2;
const ROWS_A_BATCH = 400;
const FIRST_BYTES = 8_000;
const CODES = { duplicate: codeOf("duplicate-command") };

/** `continues`: its first row is of the process that the batch before it ends with. */
type Batch = { rows: LoadRow[]; bytes: number; continues: boolean };
type Decided = {
  cursor: { lot: number; row: number };
  loaded: number;
  refused: RefusedRow[];
  block: number;
  hash: string;
};

/**
 * Loads the rows of a wave, from where its journal and the chain say that it stands, until all are decided. Every batch
 * is on disk before it is sent; a row that the ledger has already changes nothing when it comes again. Whatever happens
 * to nodes, nonces or blocks meanwhile, what stands on the chain is looked at anew and only what is missing is sent.
 * @throws Fault of the journal; ChainFault where the chain took back what was final
 */
export async function loadRows(options: LoadOptions): Promise<LoadEnd> {
  return new Loading(options).run();
}

/** The chain is not as we left it: look at it anew. */
class Again extends Error {}

class Loading {
  readonly #o: LoadOptions;
  #cursor!: Cursor;
  #final = 0;
  readonly #logs = new Map<string, { kinds: ("recorded" | "refused")[]; commands: Hex[]; refusals: Refusal[] }>();
  readonly #ours = new Set<string>();
  /** rows that are decided, in order, in blocks that may still be taken back */
  readonly #decided: Decided[] = [];
  #ratio = 0;
  #fills: number[] = [];
  #gasARow = 0;
  #underWay = 0;
  readonly #fee: Fee;

  constructor(options: LoadOptions) {
    this.#o = options;
    const { journal: outbox, secret, gasPrice: price, stuckAfter, onTrouble } = options;
    const { chain } = options.register;
    this.#fee = new Fee({ chain, outbox, secret, address: addressOf(secret), price, stuckAfter, onTrouble });
  }

  async run(): Promise<LoadEnd> {
    const { register } = this.#o;
    const stop = register.chain.follow({
      block: (block, final) => this.#told(block, final),
      // the account sends what was in them again; their rows count when they are told again
      takenBack: (height) => {
        for (const each of this.#decided) if (each.block > height) each.block = Number.POSITIVE_INFINITY;
        this.#o.onTrouble?.(`blocks above ${height} were taken back`);
      },
    });
    try {
      for (let tries = 0; ; tries++) {
        try {
          return await this.#pass();
        } catch (error) {
          if (!isPassing(error) || tries > 50) throw error;
          this.#o.onTrouble?.(error instanceof Error ? error.message : String(error));
          await sleep(Math.min(5_000, 100 * 2 ** Math.min(tries, 6)));
        }
      }
    } finally {
      stop();
    }
  }

  /** One way through what is left, from what the chain shows now. */
  async #pass(): Promise<LoadEnd> {
    const { journal, register } = this.#o;
    const sender = this.#account();
    failpoint("load-starting");
    // what was signed before is sent again, byte for byte, and waited for
    await sender.start();
    failpoint("load-resent");
    this.#cursor = await this.#place();
    this.#decided.length = 0;
    this.#underWay = 0;
    const there = await loadedSince(register, this.#o.wave, this.#cursor.block);
    failpoint("load-reconciled");
    const { light } = this.#o.register.chain;
    // the embedded chain makes one block of a group, and is busy as long as the next is ready when it ends
    const { ahead = light ? 3 : 4, groupBytes = light ? 120_000 : 480_000 } = this.#o;
    const flying = new Set<Promise<void>>();
    let failed: unknown;
    let turn: Promise<void> = Promise.resolve();
    let why: LoadEnd["why"] = "done";
    const send = (group: LoadRow[]) => {
      this.#underWay += group.length;
      const sent = this.#send(sender, group);
      sent.catch(() => {});
      const ended = turn.then(async () => {
        const outcome = await sent;
        await this.#settle(group, outcome);
      });
      turn = ended.catch(() => {});
      const flight: Promise<void> = ended
        .catch((error: unknown) => {
          failed ??= error;
        })
        .finally(() => {
          this.#underWay -= group.length;
          flying.delete(flight);
        });
      flying.add(flight);
    };
    let group: LoadRow[] = [];
    let size = 0;
    let allowance = performance.now();
    let goal = this.#ratio === 0 ? FIRST_BYTES : groupBytes;
    for await (const row of this.#o.rowsFrom(this.#cursor.lot, this.#cursor.row)) {
      if (group.length > 0 && group.at(-1)!.process !== row.process && (size >= goal || group.length >= 4_000)) {
        await this.#o.check?.();
        const halt = await this.#halt();
        if (halt !== undefined) {
          why = halt;
          group = [];
          break;
        }
        const { rowsASecond } = await this.#o.control.orders();
        if (rowsASecond !== undefined) {
          await sleep(Math.max(0, allowance - performance.now()));
          allowance = Math.max(allowance, performance.now()) + (group.length / rowsASecond) * 1000;
        }
        while (flying.size >= (this.#ratio === 0 ? 1 : ahead) && failed === undefined)
          await this.#fee.watch(Promise.race(flying));
        if (failed !== undefined) break;
        send(group);
        [group, size] = [[], 0];
        // what the first rows took tells what the others may take
        goal = groupBytes;
      }
      // in its place among the others, so that the cursor passes it when all before it are decided
      if (there.has(row.commandId)) {
        group.push({ ...row, item: NOTHING });
      } else {
        group.push(row);
        size += row.item.length;
      }
    }
    if (failed === undefined && group.length > 0) send(group);
    if (why === "panic") return { why, cursor: this.#cursor };
    while (flying.size > 0) await this.#fee.watch(Promise.race(flying));
    if (failed !== undefined) throw failed;
    await this.#becomeFinal();
    failpoint("load-final");
    await journal.advance(this.#cursor, []);
    return { why, cursor: this.#cursor };
  }

  /** Where the journal says that we are, if the chain is still that one; else the wave's beginning. */
  async #place(): Promise<Cursor> {
    const { journal, register, openedAt } = this.#o;
    const kept = await journal.cursor();
    if (kept !== undefined) {
      const block = (await register.chain.request("eth_getBlockByNumber", [`0x${kept.block.toString(16)}`, false])) as {
        hash: string;
      } | null;
      if (block?.hash === kept.blockHash) return kept;
      await journal.forget();
      await journal.tell("chain-restored", { block: kept.block, expected: kept.blockHash, found: block?.hash ?? "" });
      this.#o.onTrouble?.(`block ${kept.block} is not the one that the journal knows: all rows are looked at anew`);
    }
    const hash = await blockHash(register, openedAt);
    return { lot: 0, row: 0, block: openedAt, blockHash: hash, loaded: 0, refused: 0 };
  }

  #account(): Sender {
    const { register, journal, secret } = this.#o;
    const { chainId } = register;
    return new Sender({
      chain: register.chain,
      address: addressOf(secret),
      sign: (fields) => {
        const { raw, hash } = signTransaction({ chainId, gasPrice: this.#fee.price, ...fields }, secret);
        this.#ours.add(hash);
        return raw;
      },
      outbox: {
        keep: async (transactions, done) => {
          if (transactions.length > 0) failpoint("load-signed");
          await journal.keep(transactions, done);
          if (transactions.length > 0) failpoint("load-kept");
        },
        kept: () => journal.kept(),
        setAside: (transactions, reason) => journal.setAside(transactions, reason),
      },
      onLost: (reason) => this.#o.onTrouble?.(reason),
      ahead: (this.#o.ahead ?? 4) + 1,
    });
  }

  /** Sends rows in as few transactions as fit; the outcome of each row in their order. */
  async #send(sender: Sender, rows: readonly LoadRow[]): Promise<Outcome[]> {
    const outcomes = new Map<LoadRow, Outcome>();
    const todo = rows.filter((row) => row.item !== NOTHING);
    let queue = this.#batches(todo);
    failpoint("load-built");
    while (queue.length > 0) {
      // rows of one process go in their order: what begins it is never overtaken by what stands on it
      const stop = queue.findIndex(({ continues }, at) => at > 0 && continues);
      const batches = stop < 0 ? queue : queue.slice(0, stop);
      const rest = stop < 0 ? [] : queue.slice(stop);
      const calls = batches.map(({ rows: some, bytes }) => ({
        to: this.#o.register.places.Ledger,
        data: encodeSubmit(packBatch(some.map(({ item }) => item))),
        gas: this.#gasFor(some.length, bytes),
      }));
      const inclusions = await sender.send(calls);
      failpoint("load-included");
      const left: Batch[] = [];
      const refusedThere = this.#o.register.chain.light ? await this.#refusedIn(inclusions) : undefined;
      for (const [index, inclusion] of inclusions.entries()) {
        const batch = batches[index]!;
        this.#learn(batch, inclusion);
        const told = this.#logs.get(inclusion.transactionHash);
        this.#logs.delete(inclusion.transactionHash);
        this.#ours.delete(inclusion.transactionHash);
        if (!inclusion.ok) {
          // one row took all of its batch with it, or the gas was too little: halves find it in log2(n) tries
          if (calls[index]!.gas < this.#most()) this.#ratio = Math.max(this.#ratio, 1) * 2;
          if (batch.rows.length > 1) left.push(...halves(batch));
          else if (calls[index]!.gas < this.#most()) left.push(batch);
          else outcomes.set(batch.rows[0]!, { refused: { code: 0, a: 0n, b: 0n }, inclusion });
          continue;
        }
        if (refusedThere !== undefined) {
          const refused = refusedThere.get(inclusion.transactionHash);
          for (const row of batch.rows) {
            const why = refused?.get(row.hash);
            const known = why === undefined || why.code === CODES.duplicate;
            outcomes.set(row, known ? { inclusion } : { refused: why, inclusion });
          }
          continue;
        }
        // a receipt without its events, or with others', is no success: the state is asked instead
        if (told === undefined || told.kinds.length !== batch.rows.length) throw new Again("events are missing");
        for (const [at, row] of batch.rows.entries()) {
          const refused = told.kinds[at] === "refused" ? told.refusals.shift()! : undefined;
          const command = refused === undefined ? told.commands.shift()! : row.commandId;
          if (command !== row.commandId || (refused !== undefined && refused.hash !== row.hash))
            throw new Again("events are not of the rows that were sent");
          const known = refused === undefined || refused.code === CODES.duplicate;
          outcomes.set(row, known ? { inclusion } : { refused, inclusion });
        }
      }
      queue = [...left, ...rest];
    }
    return rows.map((row) => outcomes.get(row) ?? {});
  }

  /**
   * Refusals of transactions, by the row's hash. Each item of a batch that ran to its end is recorded or refused; that so
   * many are recorded is seen by the wave's own counter when all are sent.
   */
  async #refusedIn(inclusions: readonly Inclusion[]): Promise<Map<string, Map<Hex, Refusal>>> {
    const found = new Map<string, Map<Hex, Refusal>>();
    const blocks = inclusions.map(({ blockNumber }) => blockNumber);
    const [from, to] = [Math.min(...blocks), Math.max(...blocks)];
    for await (const page of this.#o.register.logs("Ledger", [REFUSED], from, to))
      for (const { topics, data, transactionHash } of page) {
        const own = found.get(transactionHash) ?? new Map<Hex, Refusal>();
        found.set(transactionHash, own.set(topics[1] as Hex, refusalIn(data)));
      }
    return found;
  }

  #batches(rows: readonly LoadRow[]): Batch[] {
    const batches: Batch[] = [];
    const mostGas = Math.min(this.#most(), this.#o.register.chain.largest.gas / 4);
    const mostBytes = Math.min(LARGEST, this.#o.register.chain.largest.bytes);
    for (const some of byProcess(rows)) {
      const bytes = some.reduce((sum, { item }) => sum + item.length + 4, 0);
      const fits = (count: number, size: number) =>
        count <= ROWS_A_BATCH && size <= mostBytes && this.#wants(count, size) <= mostGas;
      const last = batches.at(-1);
      if (last !== undefined && fits(last.rows.length + some.length, last.bytes + bytes)) {
        last.rows.push(...some);
        last.bytes += bytes;
        continue;
      }
      // a process that is too large for one batch goes in several, one after the other
      let part: Batch | undefined;
      for (const row of some) {
        const size = row.item.length + 4;
        if (part !== undefined && fits(part.rows.length + 1, part.bytes + size)) {
          part.rows.push(row);
          part.bytes += size;
        } else {
          part = { rows: [row], bytes: size, continues: part !== undefined };
          batches.push(part);
        }
      }
    }
    return batches;
  }

  #most(): number {
    return Math.min(GAS_CAP, this.#o.register.chain.largest.gas);
  }

  /** A tight limit: nodes fill blocks by what a transaction may take. */
  #gasFor(rows: number, bytes: number): number {
    return Math.min(this.#most(), this.#wants(rows, bytes));
  }

  /** The gas that rows are given if no limit is in the way; above the most that one may take, they do not fit. */
  #wants(rows: number, bytes: number): number {
    const ratio = this.#ratio === 0 ? FIRST_GUESS : this.#ratio * MARGIN;
    return Math.ceil(60_000 + ratio * shape(rows, bytes));
  }

  #learn({ rows, bytes }: Batch, { ok, gasUsed }: Inclusion): void {
    if (!ok) return;
    const found = gasUsed / shape(rows.length, bytes);
    // what was dear once may come again; what was not comes down slowly
    this.#ratio = Math.max(found, this.#ratio * 0.98 + found * 0.02);
    this.#gasARow = gasUsed / rows.length;
  }

  /** Takes in what became of a group, in the order of the rows. */
  async #settle(group: readonly LoadRow[], outcomes: readonly Outcome[]): Promise<void> {
    failpoint("load-decided");
    const refused: RefusedRow[] = [];
    let block = this.#cursor.block;
    let hash = this.#cursor.blockHash;
    for (const [at, outcome] of outcomes.entries()) {
      const { lot, row, key, hash: rowHash } = group[at]!;
      if (outcome.inclusion !== undefined && outcome.inclusion.blockNumber >= block)
        [block, hash] = [outcome.inclusion.blockNumber, outcome.inclusion.blockHash];
      if (outcome.refused === undefined) continue;
      const { code, a, b } = outcome.refused;
      refused.push({ lot, row, key, hash: rowHash, code, a: String(a), b: String(b) });
    }
    const last = group.at(-1)!;
    const loaded = group.length - refused.length;
    this.#decided.push({ cursor: { lot: last.lot, row: last.row + 1 }, loaded, refused, block, hash });
    this.#fee.progressed();
    await this.#advance();
    const { loaded: before, refused: no } = this.#cursor;
    const waiting = this.#decided.reduce((sum, each) => sum + each.loaded, 0);
    this.#o.onPace?.({
      rows: before + waiting,
      refused: no,
      underWay: Math.max(0, this.#underWay - group.length),
      fill: this.#fills.length === 0 ? 0 : this.#fills.reduce((sum, each) => sum + each, 0) / this.#fills.length,
      gasARow: Math.round(this.#gasARow),
      block,
      waitsFor: this.#o.register.chain.troubles()[0]?.message,
    });
  }

  /** Writes down how far it is, up to what cannot be taken back any more. */
  async #advance(): Promise<void> {
    let refused: RefusedRow[] = [];
    let moved = false;
    while (this.#decided[0] !== undefined && this.#decided[0].block <= Math.max(this.#final, this.#cursor.block)) {
      const { cursor, loaded, refused: some, block, hash } = this.#decided.shift()!;
      const { loaded: l, refused: r } = this.#cursor;
      this.#cursor = { ...cursor, block, blockHash: hash, loaded: l + loaded, refused: r + some.length };
      refused = [...refused, ...some];
      moved = true;
    }
    if (!moved) return;
    await this.#o.journal.advance(this.#cursor, refused);
    failpoint("load-advanced");
  }

  async #becomeFinal(): Promise<void> {
    while (this.#decided.length > 0) {
      await this.#advance();
      if (this.#decided.length === 0) return;
      if (this.#decided.some(({ block }) => block === Number.POSITIVE_INFINITY))
        throw new Again("blocks were taken back");
      if ((await this.#o.control.orders()).panic) return;
      await this.#fee.watch(sleep(50));
    }
  }

  async #halt(): Promise<LoadEnd["why"] | undefined> {
    const { paused, panic } = await this.#o.control.orders();
    if (panic) return "panic";
    if (this.#o.isOver?.() === true) return "over";
    return paused ? "paused" : undefined;
  }

  #told(block: Block, final: number): void {
    this.#final = final;
    let gas = 0;
    for (const { hash, gasUsed } of block.transactions) {
      if (!this.#ours.has(hash)) continue;
      gas += gasUsed;
      this.#logs.set(hash, { kinds: [], commands: [], refusals: [] });
    }
    if (gas === 0) return;
    this.#fills.push(Math.min(1, gas / (this.#o.register.chain.largest.gas * 2)));
    if (this.#fills.length > 30) this.#fills.shift();
    const { Ledger } = this.#o.register.places;
    for (const { address, topics, data, transactionHash } of block.logs) {
      const of = this.#logs.get(transactionHash);
      if (of === undefined || address !== Ledger) continue;
      if (topics[0] === RECORDED) {
        of.kinds.push("recorded");
        of.commands.push(commandIn(data));
      } else if (topics[0] === REFUSED) {
        of.kinds.push("refused");
        of.refusals.push({ hash: topics[1] as Hex, ...refusalIn(data) });
      }
    }
  }
}

type Refusal = { hash?: Hex; code: number; a: bigint; b: bigint };
function refusalIn(data: Uint8Array): Refusal {
  const number = (word: number) => BigInt(toHex(data, word * WORD, (word + 1) * WORD));
  return { code: Number(number(0)), a: number(1), b: number(2) };
}
type Outcome = { refused?: Refusal | undefined; inclusion?: Inclusion };

/** Marks a row that is on the ledger already. */
const NOTHING = new Uint8Array();
const RECORDED = interfaceOf("Ledger").getEvent("EntryRecorded")!.topicHash;
const REFUSED = interfaceOf("Ledger").getEvent("Refused")!.topicHash;
const SUBMIT = Buffer.from(interfaceOf("Ledger").getFunction("submit")!.selector.slice(2), "hex");

/** The command id in the item that an EntryRecorded event carries: behind its six header bytes. */
export function commandIn(data: Uint8Array): Hex {
  const at = readNumber(data, 12 * WORD - 6, 6) + WORD + 6;
  return toHex(data, at, at + WORD);
}

/** The wave's number in an EntryRecorded event: the seventh of its assigned words. */
export function waveIn(data: Uint8Array): number {
  return readNumber(data, 7 * WORD - 6, 6);
}

/** Command ids of a wave's rows on the ledger since a block, eight bytes of each: 10 million take 80 MB. */
export class Loaded {
  #ids = new BigUint64Array(1024);
  #count = 0;
  #sorted = true;

  add(id: Hex): void {
    if (this.#count === this.#ids.length) {
      const larger = new BigUint64Array(2 * this.#count);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.#count++] = short(id);
    this.#sorted = false;
  }

  get size(): number {
    return this.#count;
  }

  has(id: Hex): boolean {
    if (!this.#sorted) {
      this.#ids.subarray(0, this.#count).sort();
      this.#sorted = true;
    }
    const wanted = short(id);
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#ids[low] === wanted;
  }
}

function short(id: Hex): bigint {
  return BigInt(id.slice(0, 18));
}

/** What of a wave stands on the ledger in blocks from `from` on. */
export async function loadedSince(register: Register, wave: number, from: number): Promise<Loaded> {
  const loaded = new Loaded();
  const to = await register.height();
  for await (const page of register.logs("Ledger", [RECORDED], from, to))
    for (const { data } of page) if (waveIn(data) === wave) loaded.add(commandIn(data));
  return loaded;
}

function shape(rows: number, bytes: number): number {
  return 21_000 + 45 * bytes + 150_000 * rows;
}

/** Between two processes where there are several, else between two rows, the second half after the first. */
function halves({ rows, continues }: Batch): Batch[] {
  const middle = rows.length >> 1;
  const processes = byProcess(rows);
  let cut = middle;
  if (processes.length > 1) {
    cut = 0;
    for (const some of processes) {
      if (cut > 0 && cut + some.length > middle) break;
      cut += some.length;
    }
    if (cut === rows.length) cut -= processes.at(-1)!.length;
  }
  const half = (some: LoadRow[], follows: boolean): Batch => ({
    rows: some,
    bytes: some.reduce((sum, { item }) => sum + item.length + 4, 0),
    continues: follows,
  });
  return [half(rows.slice(0, cut), continues), half(rows.slice(cut), processes.length === 1)];
}

/** Rows that follow each other, process by process. */
function byProcess(rows: readonly LoadRow[]): LoadRow[][] {
  const groups: LoadRow[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group !== undefined && group[0]?.process === row.process) group.push(row);
    else groups.push([row]);
  }
  return groups;
}

/** Call data of submit(bytes), by hand: it runs for every batch. */
function encodeSubmit(packed: Uint8Array): Uint8Array {
  const data = new Uint8Array(4 + 64 + Math.ceil(packed.length / 32) * 32);
  const view = new DataView(data.buffer);
  data.set(SUBMIT);
  view.setUint32(4 + 28, 32);
  view.setUint32(4 + 60, packed.length);
  data.set(packed, 68);
  return data;
}

async function blockHash(register: Register, number: number): Promise<string> {
  const block = (await register.chain.request("eth_getBlockByNumber", [`0x${number.toString(16)}`, false])) as {
    hash: string;
  } | null;
  return block?.hash ?? "";
}

/** What heals by looking anew: foreign or lost transactions, nodes that refuse or answer wrongly for a while. */
function isPassing(error: unknown): boolean {
  if (error instanceof Again || error instanceof TransactionRefused) return true;
  return error instanceof ChainFault && ["node-refused", "blocks-moved", "node-unreachable"].includes(error.code);
}
