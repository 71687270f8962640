import type { Words } from "../../server/domain/problems.ts";
import { patternOf } from "./cell.ts";
import { formOf, PART, readDate, readNumber, said, WHOLE } from "./forms.ts";
import { identifierClass } from "./identifier.ts";

/**
 * The language of quality rules: one condition on one row, without side effects, loops or regular expressions.
 *
 *     nilai_kontrak > 0 and nilai_kontrak <= hps * 1.1
 *     tgl_selesai >= tgl_mulai
 *     no_kontrak not in [0, "-"]
 *     exists(kd_rup)
 *     year(tgl_kontrak) = tahun_anggaran
 *     npwp_penyedia matches npwp or npwp_penyedia matches "99.999.999.9-999.999"
 *
 * A column by its name, in backticks where it holds other than letters, digits and `_`. Numbers are exact decimals,
 * dates are days. What is missing (null or blank) makes a comparison unknown; a rule is broken only where its condition
 * is false, so `exists(x)` asks for presence. Precedence: `or`, `and`, `not`, comparison, `+ -`, `*`, sign.
 */

/** Where a check cannot be read: line and column from 1, in characters. */
export type CheckFault = { readonly line: number; readonly column: number; readonly words: Words };

/** A condition that was read: over the values of a row in the order of the columns that it was bound to. */
export type Check = {
  readonly text: string;
  /** as it names them, in their order in the text */
  readonly columns: readonly { readonly name: string; readonly line: number; readonly column: number }[];
  /** undefined: unknown, as something is missing */
  bind(columns: readonly string[]): (values: readonly (string | null)[]) => boolean | undefined;
};

export function readCheck(text: string): { ok: true; check: Check } | { ok: false; fault: CheckFault } {
  try {
    const reader = new Reader(text);
    const tree = reader.all();
    return {
      ok: true,
      check: {
        text,
        columns: reader.columns,
        bind: (columns) => {
          const at = (name: string) => {
            const place = columns.indexOf(name);
            if (place < 0) throw new RangeError(`There is no column ${name}.`);
            return place;
          };
          const run = truth(tree, at);
          return run;
        },
      },
    };
  } catch (error) {
    if (error instanceof Stop) return { ok: false, fault: error.fault };
    throw error;
  }
}

// ---- reading

type Token = {
  is: "name" | "number" | "text" | "mark" | "end";
  text: string;
  at: number;
  /** in backticks: a column, never a word of the language */
  quoted?: true;
};
type Node =
  | { is: "column"; name: string }
  | { is: "number"; value: Decimal }
  | { is: "text"; value: string }
  | { is: "call"; name: FunctionName; of: Node[] }
  | { is: "sum"; op: "+" | "-" | "*"; left: Node; right: Node }
  | { is: "compare"; op: Comparison; left: Node; right: Node }
  | { is: "in"; not: boolean; left: Node; among: Node[] }
  | { is: "matches"; not: boolean; left: Node; pattern: string | NamedPattern }
  | { is: "and" | "or"; left: Node; right: Node }
  | { is: "not"; of: Node };
type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

const FUNCTIONS = {
  exists: { of: 1, truth: true },
  year: { of: 1, truth: false },
  month: { of: 1, truth: false },
  length: { of: 1, truth: false },
  number: { of: 1, truth: false },
  digits: { of: 1, truth: false },
  trim: { of: 1, truth: false },
  lower: { of: 1, truth: false },
  starts: { of: 2, truth: true },
  contains: { of: 2, truth: true },
} as const;
type FunctionName = keyof typeof FUNCTIONS;

const NAMED = ["npwp", "nik", "nip", "nib", "date", "number"] as const;
type NamedPattern = { named: (typeof NAMED)[number] };

const RESERVED = new Set(["and", "or", "not", "in", "matches"]);
const MOST_DEEP = 50;
const MOST_LONG = 2000;

class Stop extends Error {
  readonly fault: CheckFault;
  constructor(fault: CheckFault) {
    super(fault.words.en);
    this.fault = fault;
  }
}

class Reader {
  readonly columns: { name: string; line: number; column: number }[] = [];
  readonly #text: string;
  readonly #tokens: Token[] = [];
  #next = 0;
  #deep = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > MOST_LONG)
      throw this.#stop(
        MOST_LONG,
        `a check is at most ${MOST_LONG} characters long`,
        `panjang aturan paling banyak ${MOST_LONG} karakter`,
      );
    this.#cut();
  }

  all(): Node {
    const node = this.#or();
    const { text, at, is } = this.#peek();
    if (is !== "end") throw this.#stop(at, `\`${text}\` was not expected here`, `\`${text}\` tidak diharapkan di sini`);
    if (!isTruth(node))
      throw this.#stop(
        0,
        "a check is a condition, such as nilai > 0",
        "aturan harus berupa syarat, misalnya nilai > 0",
      );
    return node;
  }

  #stop(at: number, en: string, id: string): Stop {
    const before = this.#text.slice(0, at).split("\n");
    const line = before.length;
    const column = [...before.at(-1)!].length + 1;
    return new Stop({
      line,
      column,
      words: { en: `Line ${line}, column ${column}: ${en}.`, id: `Baris ${line}, kolom ${column}: ${id}.` },
    });
  }

  #cut(): void {
    const pattern =
      /\s*(?:(?<number>\d+(?:\.\d+)?(?![\p{L}\d_]))|(?<name>[\p{L}_][\p{L}\p{N}_]*)|`(?<column>[^`\n]+)`|"(?<double>(?:[^"\\\n]|\\["\\])*)"|'(?<single>(?:[^'\\\n]|\\['\\])*)'|(?<mark><=|>=|!=|<>|≤|≥|≠|==|[=<>()[\],+*-]))/uy;
    for (;;) {
      const start = pattern.lastIndex;
      const match = pattern.exec(this.#text);
      if (match === null) {
        const rest = this.#text.slice(start);
        const at = start + rest.length - rest.trimStart().length;
        if (rest.trim() !== "") {
          const sign = [...rest.trimStart()][0]!;
          if (sign === '"' || sign === "'" || sign === "`")
            throw this.#stop(at, `${sign} is not closed`, `${sign} tidak ditutup`);
          throw this.#stop(at, `\`${sign}\` means nothing here`, `\`${sign}\` tidak berarti di sini`);
        }
        this.#tokens.push({ is: "end", text: "the end", at: this.#text.length });
        return;
      }
      const { number, name, column, double, single, mark } = match.groups!;
      const at = pattern.lastIndex - match[0].trimStart().length;
      if (number !== undefined) this.#tokens.push({ is: "number", text: number, at });
      else if (name !== undefined) this.#tokens.push({ is: "name", text: name, at });
      else if (column !== undefined) this.#tokens.push({ is: "name", text: column, at, quoted: true });
      else if (mark !== undefined) this.#tokens.push({ is: "mark", text: MARKS[mark] ?? mark, at });
      else this.#tokens.push({ is: "text", text: (double ?? single)!.replace(/\\(.)/g, "$1"), at });
    }
  }

  #peek(): Token {
    return this.#tokens[this.#next]!;
  }
  #take(): Token {
    const token = this.#peek();
    if (token.is !== "end") this.#next++;
    return token;
  }
  #isWord(word: string): boolean {
    const { is, text, quoted } = this.#peek();
    return is === "name" && !quoted && text.toLowerCase() === word;
  }
  #word(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#next++;
    return true;
  }
  #mark(mark: string): boolean {
    const { is, text } = this.#peek();
    if (is !== "mark" || text !== mark) return false;
    this.#next++;
    return true;
  }
  #expect(mark: string): void {
    if (this.#mark(mark)) return;
    const { at, is, text } = this.#peek();
    const [found, foundId] = is === "end" ? ["the end", "akhir teks"] : [`\`${text}\``, `\`${text}\``];
    throw this.#stop(at, `\`${mark}\` is expected, not ${found}`, `diharapkan \`${mark}\`, bukan ${foundId}`);
  }

  #deeper<T>(read: () => T): T {
    if (++this.#deep > MOST_DEEP)
      throw this.#stop(this.#peek().at, `more than ${MOST_DEEP} levels`, `lebih dari ${MOST_DEEP} tingkat`);
    const node = read();
    this.#deep--;
    return node;
  }

  #or(): Node {
    return this.#deeper(() => {
      let left = this.#and();
      while (this.#isWord("or")) left = this.#joined("or", left, () => this.#and());
      return left;
    });
  }
  #and(): Node {
    let left = this.#not();
    while (this.#isWord("and")) left = this.#joined("and", left, () => this.#not());
    return left;
  }
  #joined(is: "and" | "or", left: Node, next: () => Node): Node {
    const { at } = this.#take();
    const right = next();
    if (!isTruth(left) || !isTruth(right))
      throw this.#stop(at, `\`${is}\` joins two conditions`, `\`${is}\` menghubungkan dua syarat`);
    return { is, left, right };
  }
  #not(): Node {
    const { at } = this.#peek();
    if (!this.#word("not")) return this.#comparison();
    const of = this.#deeper(() => this.#not());
    if (!isTruth(of)) throw this.#stop(at, "`not` stands before a condition", "`not` berdiri di depan syarat");
    return { is: "not", of };
  }

  #comparison(): Node {
    const { at: start } = this.#peek();
    const left = this.#sum();
    const { is, text, at } = this.#peek();
    if (is === "mark" && ORDERS.has(text)) {
      this.#take();
      const right = this.#sum();
      if (isTruth(left) || isTruth(right))
        throw this.#stop(at, "conditions are not compared", "syarat tidak dapat dibandingkan");
      return { is: "compare", op: text as Comparison, left, right };
    }
    const not = this.#isWord("not");
    if (not) this.#next++;
    if (this.#isWord("in") || this.#isWord("matches")) {
      if (isTruth(left)) throw this.#stop(start, "a value is expected", "diharapkan sebuah nilai");
      if (this.#word("in")) {
        this.#expect("[");
        const among: Node[] = [];
        do among.push(this.#literal());
        while (this.#mark(","));
        this.#expect("]");
        return { is: "in", not, left, among };
      }
      this.#take();
      return { is: "matches", not, left, pattern: this.#pattern() };
    }
    if (not) throw this.#stop(this.#peek().at, "`in` or `matches` is expected", "diharapkan `in` atau `matches`");
    return left;
  }

  #literal(): Node {
    const minus = this.#mark("-");
    const { is, text, at } = this.#take();
    if (is === "number") return { is: "number", value: decimalOf(minus ? `-${text}` : text)! };
    if (is === "text" && !minus) return { is: "text", value: text };
    throw this.#stop(at, "a number or a text in quotes is expected", "diharapkan angka atau teks dalam tanda kutip");
  }

  #pattern(): string | NamedPattern {
    const { is, text, at } = this.#take();
    if (is === "text") return text;
    const named = NAMED.find((name) => is === "name" && name === text.toLowerCase());
    if (named !== undefined) return { named };
    const known = NAMED.join(", ");
    throw this.#stop(
      at,
      `a pattern in quotes such as "99/AAA/9999", or one of ${known}, is expected`,
      `diharapkan pola dalam tanda kutip misalnya "99/AAA/9999", atau salah satu dari ${known}`,
    );
  }

  #sum(): Node {
    let left = this.#product();
    for (;;) {
      const { at, text } = this.#peek();
      if (!this.#mark("+") && !this.#mark("-")) return left;
      left = this.#arithmetic(text as "+" | "-", left, this.#product(), at);
    }
  }
  #product(): Node {
    let left = this.#signed();
    for (;;) {
      const { at } = this.#peek();
      if (!this.#mark("*")) return left;
      left = this.#arithmetic("*", left, this.#signed(), at);
    }
  }
  #arithmetic(op: "+" | "-" | "*", left: Node, right: Node, at: number): Node {
    if (isTruth(left) || isTruth(right) || left.is === "text" || right.is === "text")
      throw this.#stop(at, `\`${op}\` takes numbers`, `\`${op}\` memerlukan angka`);
    return { is: "sum", op, left, right };
  }
  #signed(): Node {
    const { at } = this.#peek();
    if (!this.#mark("-")) return this.#primary();
    return this.#deeper(() =>
      this.#arithmetic("-", { is: "number", value: { digits: 0n, places: 0 } }, this.#signed(), at),
    );
  }

  #primary(): Node {
    const { is, text, at, quoted } = this.#take();
    if (is === "number") return { is: "number", value: decimalOf(text)! };
    if (is === "text") return { is: "text", value: text };
    if (is === "mark" && text === "(") {
      const node = this.#or();
      this.#expect(")");
      return node;
    }
    if (is === "name" && (quoted || !RESERVED.has(text.toLowerCase()))) {
      const call = !quoted && this.#peek().is === "mark" && this.#peek().text === "(";
      if (call) return this.#call(text, at);
      const before = this.#text.slice(0, at).split("\n");
      this.columns.push({ name: text, line: before.length, column: [...before.at(-1)!].length + 1 });
      return { is: "column", name: text };
    }
    const [found, foundId] = is === "end" ? ["the end", "akhir teks"] : [`\`${text}\``, `\`${text}\``];
    throw this.#stop(
      at,
      `a column, a number or a text in quotes is expected, not ${found}`,
      `diharapkan kolom, angka, atau teks dalam tanda kutip, bukan ${foundId}`,
    );
  }

  #call(text: string, at: number): Node {
    const name = text.toLowerCase() as FunctionName;
    if (!Object.hasOwn(FUNCTIONS, name)) {
      const known = Object.keys(FUNCTIONS).join(", ");
      throw this.#stop(
        at,
        `there is no function ${text}; there are ${known}`,
        `tidak ada fungsi ${text}; yang ada: ${known}`,
      );
    }
    this.#expect("(");
    const of: Node[] = [];
    do of.push(this.#sum());
    while (this.#mark(","));
    this.#expect(")");
    const wanted = FUNCTIONS[name].of;
    if (of.length !== wanted || of.some(isTruth))
      throw this.#stop(
        at,
        `${name} takes ${wanted} ${wanted === 1 ? "value" : "values"}`,
        `${name} memerlukan ${wanted} nilai`,
      );
    return { is: "call", name, of };
  }
}

const MARKS: Readonly<Record<string, string>> = { "≤": "<=", "≥": ">=", "≠": "!=", "<>": "!=", "==": "=" };
const ORDERS = new Set(["=", "!=", "<", "<=", ">", ">="]);

function isTruth(node: Node): boolean {
  return (
    ["compare", "in", "matches", "and", "or", "not"].includes(node.is) ||
    (node.is === "call" && FUNCTIONS[node.name].truth)
  );
}

// ---- evaluating

type Row = readonly (string | null)[];
type Truth = (row: Row) => boolean | undefined;
/** undefined: missing */
type Value = (row: Row) => string | Decimal | undefined;
type At = (column: string) => number;

function truth(node: Node, at: At): Truth {
  switch (node.is) {
    case "and": {
      const [left, right] = [truth(node.left, at), truth(node.right, at)];
      return (row) => {
        const first = left(row);
        if (first === false) return false;
        const second = right(row);
        return second === false ? false : first === undefined || second === undefined ? undefined : true;
      };
    }
    case "or": {
      const [left, right] = [truth(node.left, at), truth(node.right, at)];
      return (row) => {
        const first = left(row);
        if (first === true) return true;
        const second = right(row);
        return second === true ? true : first === undefined || second === undefined ? undefined : false;
      };
    }
    case "not": {
      const of = truth(node.of, at);
      return (row) => {
        const result = of(row);
        return result === undefined ? undefined : !result;
      };
    }
    case "compare": {
      const [left, right] = [value(node.left, at), value(node.right, at)];
      const { op } = node;
      return (row) => {
        const first = left(row);
        const second = right(row);
        return first === undefined || second === undefined ? undefined : compare(first, second, op);
      };
    }
    case "in": {
      const left = value(node.left, at);
      const among = node.among.map((each) => value(each, at)([])!);
      return (row) => {
        const first = left(row);
        return first === undefined ? undefined : among.some((each) => compare(first, each, "=")) !== node.not;
      };
    }
    case "matches": {
      const left = value(node.left, at);
      const { pattern } = node;
      const test = typeof pattern === "string" ? matcher(pattern) : named(pattern.named);
      return (row) => {
        const first = left(row);
        return first === undefined ? undefined : test(textOf(first)) !== node.not;
      };
    }
    case "call": {
      const of = node.of.map((each) => value(each, at));
      if (node.name === "exists")
        return (row) => {
          const text = of[0]!(row);
          return text !== undefined && !/^[-–—_.…?*/\\\s]+$/.test(textOf(text));
        };
      const { name } = node;
      return (row) => {
        const [text, part] = [of[0]!(row), of[1]!(row)];
        if (text === undefined || part === undefined) return undefined;
        return name === "starts" ? textOf(text).startsWith(textOf(part)) : textOf(text).includes(textOf(part));
      };
    }
    default:
      throw new TypeError("A value is no condition.");
  }
}

function value(node: Node, at: At): Value {
  switch (node.is) {
    case "column": {
      const place = at(node.name);
      return (row) => {
        const text = row[place];
        return text === null || text === undefined || text.trim() === "" ? undefined : text;
      };
    }
    case "number":
    case "text":
      return () => node.value;
    case "sum": {
      const [left, right] = [value(node.left, at), value(node.right, at)];
      const { op } = node;
      return (row) => {
        const first = asNumber(left(row));
        const second = asNumber(right(row));
        return first === undefined || second === undefined ? undefined : calculate(first, second, op);
      };
    }
    case "call": {
      const of = value(node.of[0]!, at);
      const { name } = node;
      return (row) => {
        const given = of(row);
        return given === undefined ? undefined : called(name, given);
      };
    }
    default:
      throw new TypeError("A condition is no value.");
  }
}

function called(name: FunctionName, given: string | Decimal): string | Decimal | undefined {
  const text = textOf(given);
  switch (name) {
    case "year":
    case "month": {
      const day = dayOf(text);
      if (day === undefined) return undefined;
      return whole(name === "year" ? Math.floor(day / 10_000) : Math.floor(day / 100) % 100);
    }
    case "length":
      return whole([...text].length);
    case "number":
      return asNumber(given);
    case "digits": {
      const digits = text.replace(/\D/g, "");
      return digits === "" ? undefined : digits;
    }
    case "trim":
      return text.trim();
    case "lower":
      return text.toLowerCase();
    default:
      throw new TypeError(`${name} is a condition.`);
  }
}

function compare(left: string | Decimal, right: string | Decimal, op: Comparison): boolean {
  if (typeof left === "string" && typeof right === "string") {
    const [a, b] = [left.trim(), right.trim()];
    const [days, daysRight] = [dayOf(a), dayOf(b)];
    if (days !== undefined && daysRight !== undefined) return holds(Math.sign(days - daysRight), op);
    // numbers of documents are texts: 007 is not 7
    const bothNumbers = !hasLeadingZero(a) && !hasLeadingZero(b);
    const [first, second] = bothNumbers ? [asNumber(a), asNumber(b)] : [undefined, undefined];
    if (first !== undefined && second !== undefined) return holds(order(first, second), op);
    return holds(a < b ? -1 : a > b ? 1 : 0, op);
  }
  const first = asNumber(left);
  const second = asNumber(right);
  // what is no number is not equal to one, and neither more nor less
  if (first === undefined || second === undefined) return op === "!=";
  return holds(order(first, second), op);
}

function holds(sign: number, op: Comparison): boolean {
  switch (op) {
    case "=":
      return sign === 0;
    case "!=":
      return sign !== 0;
    case "<":
      return sign < 0;
    case "<=":
      return sign <= 0;
    case ">":
      return sign > 0;
    case ">=":
      return sign >= 0;
  }
}

function hasLeadingZero(text: string): boolean {
  return /^[-+]?0\d/.test(text);
}

/** A decimal number exactly: `digits` × 10^−`places`. */
type Decimal = { readonly digits: bigint; readonly places: number };

function whole(value: number): Decimal {
  return { digits: BigInt(value), places: 0 };
}

function decimalOf(text: string): Decimal | undefined {
  const [, sign = "", before = "", after = ""] = /^([-+]?)(\d*)(?:\.(\d+))?$/.exec(text) ?? [];
  if (before === "" && after === "") return undefined;
  return { digits: BigInt(`${sign === "-" ? "-" : ""}${before}${after}`), places: after.length };
}

/** A number in any of the forms that money is written in here; a lone point stands before a fraction. */
function asNumber(given: string | Decimal | undefined): Decimal | undefined {
  if (given === undefined || typeof given !== "string") return given;
  const text = given.trim();
  const plain = text.length < 400 ? decimalOf(text) : undefined;
  if (plain !== undefined) return plain;
  if (text.length > 60) return undefined;
  const form = formOf(patternOf(text));
  if (form.is !== "number" || readNumber(text, form.form) !== true) return undefined;
  return { digits: BigInt(said[WHOLE]!) * 1_000_000_000_000n + BigInt(said[PART]!), places: 12 };
}

function aligned(left: Decimal, right: Decimal): [bigint, bigint, number] {
  const places = Math.max(left.places, right.places);
  const scaled = ({ digits, places: own }: Decimal) => (own === places ? digits : digits * 10n ** BigInt(places - own));
  return [scaled(left), scaled(right), places];
}

function order(left: Decimal, right: Decimal): number {
  const [a, b] = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

function calculate(left: Decimal, right: Decimal, op: "+" | "-" | "*"): Decimal {
  if (op === "*") return { digits: left.digits * right.digits, places: left.places + right.places };
  const [a, b, places] = aligned(left, right);
  return { digits: op === "+" ? a + b : a - b, places };
}

function dayOf(text: string): number | undefined {
  if (text.length < 8 || text.length > 40) return undefined;
  const form = formOf(patternOf(text));
  if (form.is !== "date") return undefined;
  const day = readDate(text, form.form);
  return Number.isNaN(day) || day === 0 ? undefined : day;
}

function textOf(given: string | Decimal): string {
  if (typeof given === "string") return given;
  const { digits, places } = given;
  if (places === 0) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
  const fraction = text.slice(-places).replace(/0+$/, "");
  return `${digits < 0n ? "-" : ""}${text.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}

function named(name: NamedPattern["named"]): (text: string) => boolean {
  switch (name) {
    case "npwp":
      return (text) => ["15_checkdigit_ok", "16_leading0_ok", "16_nik_like"].includes(identifierClass(text));
    case "nik":
      return (text) => identifierClass(text) === "16_nik_like";
    case "nip":
      return (text) => identifierClass(text) === "18_nip_like";
    case "nib":
      return (text) => /^\d{13}$/.test(text.trim());
    case "date":
      return (text) => dayOf(text.trim()) !== undefined;
    case "number":
      return (text) => asNumber(text) !== undefined;
  }
}

/**
 * A pattern over whole texts: `9` a digit, `A` a capital, `a` a small letter, `x` any letter or digit, `?` any character,
 * `*` any number of them; a backslash takes the next sign as it is. Time grows with text × pattern at most.
 */
function matcher(pattern: string): (text: string) => boolean {
  const signs: { test: (character: string) => boolean; any: boolean }[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    let sign = characters[at]!;
    if (sign === "\\" && at + 1 < characters.length) {
      sign = characters[++at]!;
      const literal = sign;
      signs.push({ test: (character) => character === literal, any: false });
      continue;
    }
    const literal = sign;
    const test =
      sign === "9"
        ? (character: string) => character >= "0" && character <= "9"
        : sign === "A"
          ? (character: string) => /\p{Lu}/u.test(character)
          : sign === "a"
            ? (character: string) => /\p{Ll}/u.test(character)
            : sign === "x"
              ? (character: string) => /[\p{L}\p{N}]/u.test(character)
              : sign === "?" || sign === "*"
                ? () => true
                : (character: string) => character === literal;
    signs.push({ test, any: sign === "*" });
  }
  return (text) => {
    const given = [...text];
    let at = 0;
    let sign = 0;
    let star = -1;
    let mark = 0;
    while (at < given.length) {
      if (sign < signs.length && !signs[sign]!.any && signs[sign]!.test(given[at]!)) {
        at++;
        sign++;
      } else if (sign < signs.length && signs[sign]!.any) {
        star = sign++;
        mark = at;
      } else if (star >= 0) {
        sign = star + 1;
        at = ++mark;
      } else return false;
    }
    while (sign < signs.length && signs[sign]!.any) sign++;
    return sign === signs.length;
  };
}
