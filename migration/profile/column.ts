import { classToMask } from "../mapping/personal.ts";
import {
  DIGITS,
  HASH_1,
  HASH_2,
  LETTERS,
  look,
  ODDITIES,
  Oddity,
  type OddityName,
  ownText,
  patternOf,
  SHAPE_1,
  SHAPE_2,
  seen,
} from "./cell.ts";
import {
  type DateForm,
  dayOfCount,
  decimalText,
  type Form,
  formOf,
  type NumberForm,
  type OneSeparator,
  PART,
  PLACES,
  read,
  readDate,
  readNumber,
  said,
  WHOLE,
} from "./forms.ts";
import { classOfDigits, hasBirthDate, type IdentifierClass, identifierClass } from "./identifier.ts";

export type Counted = { readonly value: string; readonly count: number };

/** Of the cells of a column that are numbers. Amounts are exact decimal texts in the unit of the column. */
export type NumberProfile = {
  count: number;
  min: string;
  max: string;
  /** exact; of the cells that were read */
  sum: string;
  zeros: number;
  negative: number;
  /** with digits other than 0 after the point */
  fractional: number;
  /** finer than a hundredth: no whole number of sen */
  finer: number;
  /** digits beyond what is summed (2⁵³ whole, 10⁻¹²): counted, in no sum */
  beyond: number;
  /** cells whose one mark could stand before thousands or a fraction, and how they were read */
  ambiguous: number;
  readAs: OneSeparator;
  forms: Partial<Record<NumberForm, number>>;
  /** of the positive ones; within one per cent */
  quantiles: { p1: number; p25: number; p50: number; p75: number; p99: number } | null;
  /** positive ones further from the median of logarithms than 5 robust standard deviations (1.4826 × MAD) */
  outliers: { below: number; above: number; low: number; high: number } | null;
  /** counts by powers of ten of the positive ones, in thirds: 1, 2.15, 4.64, 10 … */
  histogram: { from: number; to: number; count: number }[];
};

/** Of the cells that are days or moments. Days as YYYY-MM-DD. */
export type DateProfile = {
  count: number;
  min: string | null;
  max: string | null;
  forms: Partial<Record<DateForm | "count", number>>;
  /** midnight UTC: a day */
  midnightUtc: number;
  /** 15, 16 or 17 o'clock UTC: midnight of the next day in an Indonesian zone */
  midnightZone: number;
  /** looks like a date but is none: month 13, 30 February */
  impossible: number;
  /** before 1990 or after 2100 */
  outside: number;
  years: Record<string, number>;
};

/** A column of a table, all its rows looked at. */
export type ColumnProfile = {
  name: string;
  type: string;
  kind: Kind;
  nulls: number;
  /** empty, or nothing but blanks */
  empties: number;
  /** `-`, `...`, `n/a` and the like */
  placeholders: number;
  /** nothing but zeros and marks */
  zeros: number;
  distinct: { count: number; exact: boolean /** relative standard error */; error: number };
  length: { min: number; max: number; mean: number };
  /** by UTF-16 code units; of values that are not empty */
  text: { min: string; max: string } | null;
  number: NumberProfile | null;
  date: DateProfile | null;
  /** most frequent first; `missed`: how many of each may not have been counted */
  top: { values: Counted[]; missed: number };
  patterns: { values: Counted[]; others: number };
  /** cells with a given oddity; `spaces`: outer or double */
  odd: Partial<Record<OddityName | "spaces", number>>;
  /** where something odd first stood, by row */
  firstRows: Partial<Record<OddityName | "impossible" | "outside", number>>;
  /** only of columns that look like numbers of persons or firms */
  identifiers: Partial<Record<IdentifierClass, number>> | null;
  /** 16 digits with a day of birth inside */
  birthDates: number;
  /** texts in which a person's number, account, telephone or address of mail seems to stand */
  personsInText: number;
  /** budget accounts by the chart that their form tells */
  charts: { permendagri13: number; permendagri90: number; central: number };
};

export type Kind = "empty" | "money" | "number" | "date" | "npwp" | "nip" | "code" | "flag" | "text";

/** Names by which a column says that it holds money: sums are given with and without repeated rows. */
const moneyName =
  /(?:^|_)(nilai|pagu|hps|harga|jumlah|besar|belanja|total|realisasi|amount|value|cair|anggaran|potongan|bruto|netto|uang)(?:_|$)|^hasil_lelang$|^(?:psr|pkt|sppbj|kontrak)_(?:harga|pagu|hps|nilai)$|nilai(?:spp|sp2d|spm)/i;
const notMoneyName =
  /^(tahun|kd|kode|id|no|nomor|tgl|tanggal|status|jenis|nama|ket|sumber|alasan|versi|list)_|_(id|str|str_|kode)$/i;
const dateName = /(?:^|_)(tgl|tanggal|date|waktu|time|at)(?:_|$)/i;
const personName = /npwp|(?:^|_)(nik|nip|ktp)(?:_|$)/i;
const codeName = /^(kd|kode|id|no|nomor|tahun|kode)_?|_(id|kode|no|code|number)$|^(mak|ocid|nib)$/i;
const chartName = /^mak$|rek|akun|mak$/i;

function isMoneyName(name: string): boolean {
  return moneyName.test(name) && !notMoneyName.test(name);
}

const PLACEHOLDER =
  /^(?:[-–—_.,?*/\\ #~:;'"]+|n\/?a|#n\/a|#ref!|#value!|#div\/0!|null|nil|none|nan|undefined|nihil|kosong|tidak ada|tdk ada|belum ada|belum|x{1,4}|tba|ta null)$/i;
const ALL_ZERO = /^[0.,\-/ ]*0[0.,\-/ ]*$/;

const TOP = 20;
const TOP_PATTERNS = 40;
const PATTERNS = 512;
const SKETCH_BASE = 1.02;
const SKETCH_LOG = Math.log(SKETCH_BASE);
/** 10⁻² is bucket 0; up to 10¹⁸ */
const SKETCH_FROM = Math.ceil(Math.log(0.01) / SKETCH_LOG);
const SKETCH_SIZE = Math.ceil(Math.log(1e18) / SKETCH_LOG) - SKETCH_FROM + 2;
const HLL_BITS = 14;
const LIMIT = 4_503_599_627_370_496;

/** A sum of whole parts and 10⁻¹² parts that never rounds. */
export class ExactSum {
  #whole = 0;
  #part = 0;
  #wholes = 0n;
  #parts = 0n;

  add(whole: number, part: number, times = 1): void {
    const much = whole * times;
    if (much > LIMIT || much < -LIMIT) this.#wholes += BigInt(whole) * BigInt(times);
    else {
      this.#whole += much;
      if (this.#whole > LIMIT || this.#whole < -LIMIT) {
        this.#wholes += BigInt(this.#whole);
        this.#whole = 0;
      }
    }
    if (part === 0) return;
    const parts = part * times;
    if (parts > LIMIT || parts < -LIMIT) this.#parts += BigInt(part) * BigInt(times);
    else {
      this.#part += parts;
      if (this.#part > LIMIT || this.#part < -LIMIT) {
        this.#parts += BigInt(this.#part);
        this.#part = 0;
      }
    }
  }

  get text(): string {
    return decimalText(this.#wholes + BigInt(this.#whole), this.#parts + BigInt(this.#part));
  }
}

/**
 * 0: no amount; 1: read; 3: more digits than are summed. 2: 1.234, read as a fraction, and 4: 1,234, read as thousands;
 * both the other way where the whole column says so in the end.
 */
export type AmountState = 0 | 1 | 2 | 3 | 4;

function stateOf(result: boolean | undefined, form: NumberForm, text: string): AmountState {
  if (result === undefined) return 3;
  if (!result) return 0;
  if (/^[-+]?0/.test(text)) return 1;
  return form === "oneDot" ? 2 : form === "oneComma" ? 4 : 1;
}

/** What the pattern table knows of a pattern. */
type Shape = { pattern: string; form: Form; count: number; sample: string };
const TEXT: Form = { is: "text" };

/**
 * Collects what one column holds. Up to `most` different values are kept, counted exactly and only looked at in the end;
 * past that each cell is folded in as it comes, the number of different values is estimated (HyperLogLog, 2¹⁴ registers:
 * standard error 0.8 %) and the frequent values are followed by counters that may miss a stated number.
 */
export class Column {
  readonly name: string;
  readonly type: string;
  readonly isMoney: boolean;
  readonly #most: number;
  readonly #characters: number;
  nulls = 0;
  #total = 0;
  /** of a column of money: what the last cell says, whole and in 10⁻¹², and whether it says anything */
  readonly amount = new Float64Array(2);
  amountState: AmountState = 0;
  #wholes: Float64Array;
  #parts: Float64Array;
  #states: Uint8Array;

  // values by hash
  #slots: Int32Array;
  #mask: number;
  #first: Int32Array;
  #second: Int32Array;
  #counts: Float64Array;
  #rows: Float64Array;
  #texts: (string | undefined)[] = [];
  #size = 0;
  #held = 0;
  #exact = true;
  #missed = 0;
  #registers: Uint8Array | undefined;

  // folded
  #empties = 0;
  #placeholders = 0;
  #zeros = 0;
  #shortest = Number.POSITIVE_INFINITY;
  #longest = 0;
  #lengths = 0;
  #least: string | undefined;
  #greatest: string | undefined;
  #shapes: Shape[] = [];
  #shapeSlots = new Int32Array(2048);
  #shapeFirst = new Int32Array(PATTERNS);
  #shapeSecond = new Int32Array(PATTERNS);
  #otherShapes = 0;
  #odd: Partial<Record<OddityName | "spaces", number>> = {};
  #firstRows: ColumnProfile["firstRows"] = {};
  #one: OneSeparator = "fraction";
  #numbers = 0;
  #zeroNumbers = 0;
  #negative = 0;
  #fractional = 0;
  #finer = 0;
  #beyond = 0;
  #ambiguous = 0;
  #numberForms: Partial<Record<NumberForm, number>> = {};
  readonly #sum = new ExactSum();
  #minWhole = Number.POSITIVE_INFINITY;
  #minPart = 0;
  #maxWhole = Number.NEGATIVE_INFINITY;
  #maxPart = 0;
  #sketch: Float64Array | undefined;
  #days = 0;
  #dateForms: DateProfile["forms"] = {};
  #minDay = 0;
  #maxDay = 0;
  #midnightUtc = 0;
  #midnightZone = 0;
  #impossible = 0;
  #outside = 0;
  readonly #years = new Map<number, number>();
  readonly #identifiers: Partial<Record<IdentifierClass, number>> = {};
  #identified = 0;
  #birthDates = 0;
  #personsInText = 0;
  readonly #charts = { permendagri13: 0, permendagri90: 0, central: 0 };
  readonly #namedPerson: boolean;
  readonly #namedDate: boolean;
  readonly #namedChart: boolean;

  /** @param most different values that are kept @param characters of all of them together */
  constructor(name: string, type: string, most: number, characters: number, money = isMoneyName(name)) {
    this.name = name;
    this.type = type;
    this.isMoney = money;
    this.#most = most;
    this.#characters = characters;
    this.#slots = new Int32Array(256);
    this.#mask = 255;
    this.#first = new Int32Array(128);
    this.#second = new Int32Array(128);
    this.#counts = new Float64Array(128);
    this.#rows = new Float64Array(128);
    this.#wholes = new Float64Array(money ? 128 : 0);
    this.#parts = new Float64Array(money ? 128 : 0);
    this.#states = new Uint8Array(money ? 128 : 0);
    this.#namedPerson = personName.test(name);
    this.#namedDate = dateName.test(name);
    this.#namedChart = chartName.test(name);
  }

  /** A cell that is not null; leaves its hash in `seen`. */
  add(text: string, row: number): void {
    look(text);
    this.#total++;
    const first = seen[HASH_1]!;
    const second = seen[HASH_2]!;
    let slot = first & this.#mask;
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0) break;
      if (this.#first[entry - 1] === first && this.#second[entry - 1] === second) {
        const count = ++this.#counts[entry - 1]!;
        if (this.#exact) {
          if (this.isMoney) this.#recall(entry - 1);
        } else {
          // worth a copy once it comes again
          if (count === 2) this.#texts[entry - 1] ??= ownText(text);
          this.#fold(text, 1, row);
        }
        return;
      }
      slot = (slot + 1) & this.#mask;
    }
    if (this.#exact && (this.#size >= this.#most || this.#held + text.length > this.#characters)) {
      this.#overflow();
      look(text);
      this.#insert(first, second, text, row);
      this.#fold(text, 1, row);
      return;
    }
    this.#insert(first, second, text, row);
    if (!this.#exact) this.#fold(text, 1, row);
  }

  #insert(first: number, second: number, text: string, row: number): void {
    if (!this.#exact && this.#size >= FOLLOWED) this.#thin();
    if (this.#size === this.#first.length) this.#grow(this.#size * 2);
    let slot = first & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    const entry = this.#size++;
    this.#slots[slot] = entry + 1;
    this.#first[entry] = first;
    this.#second[entry] = second;
    this.#counts[entry] = 1;
    this.#rows[entry] = row;
    if (this.#exact) {
      this.#texts[entry] = ownText(text);
      this.#held += text.length;
      if (this.isMoney) this.#remember(entry, text);
    } else {
      this.#texts[entry] = undefined;
      this.#register(first, second);
    }
  }

  #remember(entry: number, text: string): void {
    const form = formOf(patternOf(text));
    const result = form.is === "number" ? readNumber(text, form.form) : false;
    this.#wholes[entry] = result ? said[WHOLE]! : 0;
    this.#parts[entry] = result ? said[PART]! : 0;
    this.#states[entry] = form.is === "number" ? stateOf(result, form.form, text) : 0;
    this.#recall(entry);
  }

  #recall(entry: number): void {
    this.amount[0] = this.#wholes[entry]!;
    this.amount[1] = this.#parts[entry]!;
    this.amountState = this.#states[entry] as AmountState;
  }

  /** How a single mark between digits is read; settled when the collection ends. */
  get one(): OneSeparator {
    return this.#one;
  }

  #grow(room: number): void {
    const larger = <T extends Int32Array | Float64Array | Uint8Array>(array: T, next: T): T => {
      next.set(array.subarray(0, this.#size) as never);
      return next;
    };
    this.#first = larger(this.#first, new Int32Array(room));
    this.#second = larger(this.#second, new Int32Array(room));
    this.#counts = larger(this.#counts, new Float64Array(room));
    this.#rows = larger(this.#rows, new Float64Array(room));
    if (this.isMoney && this.#exact) {
      this.#wholes = larger(this.#wholes, new Float64Array(room));
      this.#parts = larger(this.#parts, new Float64Array(room));
      this.#states = larger(this.#states, new Uint8Array(room));
    }
    this.#slots = new Int32Array(room * 2);
    this.#mask = room * 2 - 1;
    this.#index();
  }

  #index(): void {
    this.#slots.fill(0);
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#first[entry]! & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = entry + 1;
    }
  }

  /** From exact to estimated: what was kept is folded in, and only the frequent values are followed on. */
  #overflow(): void {
    this.#decide();
    this.#registers = new Uint8Array(1 << HLL_BITS);
    for (let entry = 0; entry < this.#size; entry++) {
      const text = this.#texts[entry]!;
      look(text);
      this.#register(this.#first[entry]!, this.#second[entry]!);
      this.#fold(text, this.#counts[entry]!, this.#rows[entry]!);
    }
    this.#exact = false;
    if (this.#size > FOLLOWED / 2) this.#thin();
  }

  /** Keeps the more frequent half of the followed values; what the dropped ones had may be missing from any value's count. */
  #thin(): void {
    const sorted = this.#counts.slice(0, this.#size).sort();
    const cut = sorted[Math.max(0, this.#size - FOLLOWED / 2)]!;
    let kept = 0;
    for (let entry = 0; entry < this.#size; entry++) {
      if (this.#counts[entry]! <= cut) continue;
      this.#first[kept] = this.#first[entry]!;
      this.#second[kept] = this.#second[entry]!;
      this.#counts[kept] = this.#counts[entry]!;
      this.#rows[kept] = this.#rows[entry]!;
      this.#texts[kept] = this.#texts[entry];
      kept++;
    }
    this.#missed += cut;
    this.#size = kept;
    this.#texts.length = kept;
    const room = FOLLOWED;
    if (this.#first.length !== room) {
      const cutTo = this.#size;
      this.#first = Int32Array.from({ length: room }, (_, at) => (at < cutTo ? this.#first[at]! : 0));
      this.#second = Int32Array.from({ length: room }, (_, at) => (at < cutTo ? this.#second[at]! : 0));
      this.#counts = Float64Array.from({ length: room }, (_, at) => (at < cutTo ? this.#counts[at]! : 0));
      this.#rows = Float64Array.from({ length: room }, (_, at) => (at < cutTo ? this.#rows[at]! : 0));
      this.#slots = new Int32Array(room * 2);
      this.#mask = room * 2 - 1;
    }
    this.#index();
  }

  #register(first: number, second: number): void {
    const registers = this.#registers;
    if (registers === undefined) return;
    const bucket = first >>> (32 - HLL_BITS);
    const rank = Math.clz32(second) + 1;
    if (rank > registers[bucket]!) registers[bucket] = rank;
  }

  /** How a single mark is read, from what the other cells of the column show. */
  #decide(): void {
    let thousands = 0;
    let fractions = 0;
    for (let entry = 0; entry < this.#size; entry++) {
      const text = this.#texts[entry]!;
      if (text.length > 32) continue;
      const form = formOf(patternOf(text));
      if (form.is !== "number") continue;
      if (form.form === "dots" || form.form === "commas" || (form.form === "comma" && !text.startsWith("0")))
        thousands++;
      else if (form.form === "point") fractions++;
    }
    this.#one = thousands > fractions ? "thousands" : "fraction";
  }

  #shape(text: string): Shape | undefined {
    const first = seen[SHAPE_1]!;
    const second = seen[SHAPE_2]!;
    let slot = first & 2047;
    for (;;) {
      const entry = this.#shapeSlots[slot]!;
      if (entry === 0) break;
      if (this.#shapeFirst[entry - 1] === first && this.#shapeSecond[entry - 1] === second)
        return this.#shapes[entry - 1];
      slot = (slot + 1) & 2047;
    }
    if (this.#shapes.length === PATTERNS) return undefined;
    const pattern = patternOf(text);
    const shape: Shape = { pattern, form: formOf(pattern), count: 0, sample: ownText(text) };
    this.#shapeSlots[slot] = this.#shapes.length + 1;
    this.#shapeFirst[this.#shapes.length] = first;
    this.#shapeSecond[this.#shapes.length] = second;
    this.#shapes.push(shape);
    return shape;
  }

  /** Takes in a text that `look` has just looked at, this many times. */
  #fold(text: string, times: number, row: number): void {
    this.amountState = 0;
    const { length } = text;
    const digits = seen[DIGITS]!;
    const letters = seen[LETTERS]!;
    const odd = seen[ODDITIES]!;
    if (length < this.#shortest) this.#shortest = length;
    if (length > this.#longest) this.#longest = length;
    this.#lengths += length * times;
    if (odd !== 0) this.#oddities(odd, times, row);
    if (digits === 0 && letters === 0 && text.trim() === "") {
      this.#empties += times;
      if (this.#namedPerson) this.#identify(text, times);
      return;
    }
    if (this.#least === undefined || text < this.#least) this.#least = ownText(text);
    if (this.#greatest === undefined || text > this.#greatest) this.#greatest = ownText(text);
    if (length < 24 && (digits === 0 || text.charCodeAt(0) === 35) && PLACEHOLDER.test(text.trim()))
      this.#placeholders += times;
    else if (digits > 0 && letters === 0 && ALL_ZERO.test(text)) this.#zeros += times;

    const shape = this.#shape(text);
    let form: Form;
    if (shape === undefined) {
      this.#otherShapes += times;
      form = letters > digits ? TEXT : formOf(patternOf(text));
    } else {
      shape.count += times;
      form = shape.form;
    }
    if (form.is === "number") this.#number(text, form.form, times, row);
    else if (form.is === "date") this.#date(text, form.form, times, row);
    if (this.#namedPerson || (digits === 15 && length === 20) || digits === 16 || digits === 18)
      this.#identify(text, times);
    if (form.is === "text" && letters > 0 && (digits >= 8 || text.includes("@")) && classToMask(text) !== undefined)
      this.#personsInText += times;
    if (this.#namedChart && digits > 5) this.#chart(text, times);
  }

  #oddities(odd: number, times: number, row: number): void {
    for (const name of oddityNames) {
      if ((odd & Oddity[name]) === 0) continue;
      this.#odd[name] = (this.#odd[name] ?? 0) + times;
      this.#firstRows[name] = Math.min(this.#firstRows[name] ?? row, row);
    }
    if (odd & (Oddity.outerSpace | Oddity.doubleSpace)) this.#odd.spaces = (this.#odd.spaces ?? 0) + times;
  }

  #number(text: string, form: NumberForm, times: number, row: number): void {
    const result = readNumber(text, form, this.#one);
    if (result === false) return;
    if (this.isMoney) {
      this.amountState = stateOf(result, form, text);
      this.amount[0] = said[WHOLE]!;
      this.amount[1] = said[PART]!;
      // read so already
      if (this.#one === "thousands" && this.amountState !== 3) this.amountState = 1;
    }
    this.#numbers += times;
    this.#numberForms[form] = (this.#numberForms[form] ?? 0) + times;
    if (form === "oneDot" || form === "oneComma") this.#ambiguous += times;
    if (result === undefined) {
      this.#beyond += times;
      return;
    }
    const whole = said[WHOLE]!;
    const part = said[PART]!;
    if (part !== 0) {
      this.#fractional += times;
      if (said[PLACES]! > 2) this.#finer += times;
    }
    this.#sum.add(whole, part, times);
    if (whole < this.#minWhole || (whole === this.#minWhole && part < this.#minPart)) {
      this.#minWhole = whole;
      this.#minPart = part;
    }
    if (whole > this.#maxWhole || (whole === this.#maxWhole && part > this.#maxPart)) {
      this.#maxWhole = whole;
      this.#maxPart = part;
    }
    const value = whole + part / 1e12;
    if (value > 0) {
      this.#sketch ??= new Float64Array(SKETCH_SIZE);
      const bucket = Math.ceil(Math.log(value) / SKETCH_LOG) - SKETCH_FROM;
      this.#sketch[Math.min(Math.max(bucket, 0), SKETCH_SIZE - 1)]! += times;
    } else if (value === 0) this.#zeroNumbers += times;
    else this.#negative += times;
    if (this.#namedDate && form === "integer") {
      const day = dayOfCount(whole);
      if (!Number.isNaN(day)) this.#day(day, "count", times, row);
    }
  }

  #date(text: string, form: DateForm, times: number, row: number): void {
    const day = readDate(text, form);
    if (Number.isNaN(day)) return;
    if (day === 0) {
      this.#impossible += times;
      this.#firstRows.impossible = Math.min(this.#firstRows.impossible ?? row, row);
      return;
    }
    if (read.time === "midnightUtc") this.#midnightUtc += times;
    else if (read.time === "midnightZone") this.#midnightZone += times;
    this.#day(day, form, times, row);
  }

  #day(day: number, form: DateForm | "count", times: number, row: number): void {
    this.#days += times;
    this.#dateForms[form] = (this.#dateForms[form] ?? 0) + times;
    if (this.#minDay === 0 || day < this.#minDay) this.#minDay = day;
    if (day > this.#maxDay) this.#maxDay = day;
    const year = Math.floor(day / 10_000);
    this.#years.set(year, (this.#years.get(year) ?? 0) + times);
    if (year < 1990 || year > 2100) {
      this.#outside += times;
      this.#firstRows.outside = Math.min(this.#firstRows.outside ?? row, row);
    }
  }

  #identify(text: string, times: number): void {
    const digits = seen[DIGITS]!;
    const kind =
      seen[LETTERS] === 0 && (digits === 15 || digits === 16) ? classOfDigits(text, digits) : identifierClass(text);
    this.#identifiers[kind] = (this.#identifiers[kind] ?? 0) + times;
    if (kind !== "other" && kind !== "empty_or_null") this.#identified += times;
    if (kind === "16_nik_like" && hasBirthDate(text)) this.#birthDates += times;
  }

  #chart(text: string, times: number): void {
    for (const each of text.split(/[;,]/)) {
      const code = each.trim().replace(/\.+$/, "");
      if (/(?:^|\.)[4-7]\.\d\.\d\d\.\d\d\.\d\d\.\d{4}(?:\.|$)/.test(code)) this.#charts.permendagri90 += times;
      else if (/(?:^|\.)[4-7]\.\d\.\d\.\d\d\.\d\d(?:\.|$)/.test(code)) this.#charts.permendagri13 += times;
      else if (/^[A-Z]{2}\.\d{4}\.[A-Z]{3}\.\d{3}(?:\.|$)/.test(code)) this.#charts.central += times;
      else continue;
      return;
    }
  }

  /** How often each value stands, most frequent first; all of them where `exact`. */
  values(): { values: Counted[]; exact: boolean } {
    const entries = Array.from({ length: this.#size }, (_, entry) => entry).filter(
      (entry) => this.#texts[entry] !== undefined,
    );
    entries.sort((a, b) => this.#counts[b]! - this.#counts[a]! || this.#rows[a]! - this.#rows[b]!);
    return {
      values: entries.map((entry) => ({ value: this.#texts[entry]!, count: this.#counts[entry]! })),
      exact: this.#exact,
    };
  }

  /** Ends the collection. */
  finish(): ColumnProfile {
    const exact = this.#exact;
    if (exact) {
      this.#decide();
      for (let entry = 0; entry < this.#size; entry++) {
        const text = this.#texts[entry]!;
        look(text);
        this.#fold(text, this.#counts[entry]!, this.#rows[entry]!);
      }
    }
    const top = this.values().values.slice(0, TOP);
    const patterns = [...this.#shapes].sort((a, b) => b.count - a.count);
    const shown = patterns.slice(0, TOP_PATTERNS).map(({ pattern, count }) => ({ value: pattern, count }));
    const filled = this.#total - this.#empties;
    const identified = this.#namedPerson || (filled > 0 && this.#identified > filled / 2);
    if (this.#namedPerson && this.nulls > 0)
      this.#identifiers.empty_or_null = (this.#identifiers.empty_or_null ?? 0) + this.nulls;
    return {
      name: this.name,
      type: this.type,
      kind: this.#kind(filled),
      nulls: this.nulls,
      empties: this.#empties,
      placeholders: this.#placeholders,
      zeros: this.#zeros,
      distinct: exact
        ? { count: this.#size, exact: true, error: 0 }
        : { count: this.#estimate(), exact: false, error: 0.0082 },
      length: {
        min: this.#total === 0 ? 0 : this.#shortest,
        max: this.#longest,
        mean: this.#total === 0 ? 0 : Math.round((this.#lengths / this.#total) * 10) / 10,
      },
      text: this.#least === undefined ? null : { min: this.#least, max: this.#greatest! },
      number: this.#numbers === 0 ? null : this.#numberProfile(),
      date: this.#days + this.#impossible === 0 ? null : this.#dateProfile(),
      top: { values: top, missed: this.#missed },
      patterns: {
        values: shown,
        others: this.#otherShapes + patterns.slice(TOP_PATTERNS).reduce((sum, { count }) => sum + count, 0),
      },
      odd: this.#odd,
      firstRows: this.#firstRows,
      identifiers: identified ? this.#identifiers : null,
      birthDates: this.#birthDates,
      personsInText: this.#personsInText,
      charts: this.#charts,
    };
  }

  #kind(filled: number): Kind {
    if (filled === 0) return "empty";
    const real = filled - this.#placeholders;
    if (this.#days >= real * 0.8 && (this.#namedDate || this.#numbers < this.#days)) return "date";
    if (this.#namedPerson || this.#identified > real / 2)
      return (this.#identifiers["18_nip_like"] ?? 0) > real / 2 || /nip/i.test(this.name) ? "nip" : "npwp";
    if (this.#numbers >= real * 0.8) {
      if (this.isMoney) return "money";
      if (codeName.test(this.name)) return "code";
      if (this.#exact && this.#size <= 3 && this.#maxWhole <= 1) return "flag";
      return "number";
    }
    if (this.#numbers >= real * 0.05 && this.isMoney) return "money";
    if (codeName.test(this.name) && this.#longest <= 80) return "code";
    if (this.#exact && this.#size <= 3 && this.#longest <= 12) return "flag";
    return "text";
  }

  #estimate(): number {
    const registers = this.#registers!;
    const m = registers.length;
    let sum = 0;
    let empty = 0;
    for (const rank of registers) {
      sum += 2 ** -rank;
      if (rank === 0) empty++;
    }
    const raw = ((0.7213 / (1 + 1.079 / m)) * m * m) / sum;
    return Math.round(raw <= 2.5 * m && empty > 0 ? m * Math.log(m / empty) : raw);
  }

  #numberProfile(): NumberProfile {
    const text = (whole: number, part: number) =>
      Number.isFinite(whole) ? decimalText(BigInt(whole), BigInt(part)) : "";
    return {
      count: this.#numbers,
      min: text(this.#minWhole, this.#minPart),
      max: text(this.#maxWhole, this.#maxPart),
      sum: this.#sum.text,
      zeros: this.#zeroNumbers,
      negative: this.#negative,
      fractional: this.#fractional,
      finer: this.#finer,
      beyond: this.#beyond,
      ambiguous: this.#ambiguous,
      readAs: this.#one,
      forms: this.#numberForms,
      ...this.#spread(),
    };
  }

  #spread(): Pick<NumberProfile, "quantiles" | "outliers" | "histogram"> {
    const sketch = this.#sketch;
    if (sketch === undefined) return { quantiles: null, outliers: null, histogram: [] };
    const total = sketch.reduce((sum, count) => sum + count, 0);
    const middle = (bucket: number) => (2 * SKETCH_BASE ** (bucket + SKETCH_FROM)) / (SKETCH_BASE + 1);
    const at = (share: number) => {
      let below = 0;
      const wanted = share * (total - 1);
      for (let bucket = 0; bucket < sketch.length; bucket++) {
        below += sketch[bucket]!;
        if (below > wanted) return bucket;
      }
      return sketch.length - 1;
    };
    const rounded = (value: number) => Number(value.toPrecision(4));
    const median = at(0.5);
    // median of the distances from the median, in buckets: logarithms
    const distances = new Float64Array(sketch.length);
    for (let bucket = 0; bucket < sketch.length; bucket++) distances[Math.abs(bucket - median)]! += sketch[bucket]!;
    let passed = 0;
    let spread = 0;
    for (; spread < distances.length; spread++) {
      passed += distances[spread]!;
      if (passed > total / 2) break;
    }
    const reach = Math.ceil(5 * 1.4826 * Math.max(spread, 1));
    let below = 0;
    let above = 0;
    for (let bucket = 0; bucket < sketch.length; bucket++) {
      if (bucket < median - reach) below += sketch[bucket]!;
      else if (bucket > median + reach) above += sketch[bucket]!;
    }
    const thirds = new Map<number, number>();
    for (let bucket = 0; bucket < sketch.length; bucket++) {
      if (sketch[bucket] === 0) continue;
      const third = Math.floor(Math.log10(middle(bucket)) * 3 + 1e-9);
      thirds.set(third, (thirds.get(third) ?? 0) + sketch[bucket]!);
    }
    const used = [...thirds.keys()];
    const histogram: NumberProfile["histogram"] = [];
    for (let third = Math.min(...used); third <= Math.max(...used); third++)
      histogram.push({
        from: rounded(10 ** (third / 3)),
        to: rounded(10 ** ((third + 1) / 3)),
        count: thirds.get(third) ?? 0,
      });
    return {
      quantiles: {
        p1: rounded(middle(at(0.01))),
        p25: rounded(middle(at(0.25))),
        p50: rounded(middle(median)),
        p75: rounded(middle(at(0.75))),
        p99: rounded(middle(at(0.99))),
      },
      outliers: { below, above, low: rounded(middle(median - reach)), high: rounded(middle(median + reach)) },
      histogram,
    };
  }

  #dateProfile(): DateProfile {
    const text = (day: number) => {
      if (day === 0) return null;
      const digits = String(day).padStart(8, "0");
      return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
    };
    return {
      count: this.#days,
      min: text(this.#minDay),
      max: text(this.#maxDay),
      forms: this.#dateForms,
      midnightUtc: this.#midnightUtc,
      midnightZone: this.#midnightZone,
      impossible: this.#impossible,
      outside: this.#outside,
      years: Object.fromEntries([...this.#years].sort(([a], [b]) => a - b)),
    };
  }
}

/** How many values are followed once there are too many to keep. */
const FOLLOWED = 2048;
const oddityNames = Object.keys(Oddity) as OddityName[];
