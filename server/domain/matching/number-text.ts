// Numbers of documents as people write them into other texts: with blanks, dashes and slashes as they please, a month in
// Roman or Arabic figures, letters for digits and digits for letters. Two texts are compared by what is left of that.

/** Letters that a scan or a hurried hand takes for digits, each as that digit. */
const CONFUSED: Readonly<Record<string, string>> = { O: "0", Q: "0", I: "1", L: "1", Z: "2", S: "5", G: "6", B: "8" };

const ROMAN: Readonly<Record<string, string>> = {
  ...{
    I: "1",
    II: "2",
    III: "3",
    IV: "4",
    V: "5",
    VI: "6",
    VII: "7",
    VIII: "8",
    IX: "9",
    X: "10",
    XI: "11",
    XII: "12",
  },
};

/** Tokens as they were, by what is left of them: words come again and again. */
const known = new Map<string, string>();
const KNOWN = 65_536;

function condensed(token: string): string {
  const found = known.get(token);
  if (found !== undefined) return found;
  const month = ROMAN[/[IVXL]/.test(token) ? token.replace(/[L1]/g, "I") : token];
  const folded = month ?? token.replace(/[OQILZSGB]/g, (letter) => CONFUSED[letter]!);
  const left = /^\d+$/.test(folded) && /\d/.test(token) ? folded.replace(/^0+/, "") : folded;
  if (known.size >= KNOWN) known.clear();
  known.set(token, left);
  return left;
}

/** A text by its capital letters and digits alone, months as numbers, without the zeros before a number. */
export function condense(text: string): string {
  let all = "";
  for (const token of tokensOf(text)) all += condensed(token);
  return all;
}

/**
 * A condensed text with the places where a number can begin and end: at its runs of letters and digits, but not after
 * `40.` or before `.2`, which go on a number.
 */
export type Condensed = {
  readonly text: string;
  readonly begins: ReadonlySet<number>;
  readonly ends: ReadonlySet<number>;
};
export function condenseWithBorders(text: string): Condensed {
  let all = "";
  const begins = new Set<number>();
  const ends = new Set<number>();
  const whole = plain(text);
  let last = { token: "", to: -1 };
  for (const { 0: token, index } of whole.matchAll(/[A-Z0-9]+/g)) {
    const between = last.to < 0 ? " " : whole.slice(last.to, index);
    const after = condensed(last.token);
    if (!(/^[./-]$/.test(between) && /^\d+$/.test(after))) begins.add(all.length);
    if (!(between === "." && /^\d/.test(token) && /\d$/.test(after))) ends.add(all.length);
    all += condensed(token);
    last = { token, to: index + token.length };
  }
  ends.add(all.length);
  return { text: all, begins, ends };
}

/** Whether a number stands by itself there: it does not go on what is a number, or a word, before or behind it. */
export function standsAlone({ text, begins, ends }: Condensed, from: number, to: number): boolean {
  const changes = (at: number) => at > 0 && at < text.length && isDigit(text[at - 1]!) !== isDigit(text[at]!);
  return (begins.has(from) || changes(from)) && (ends.has(to) || changes(to));
}

/** Runs of letters and digits, as capitals without accents. */
function tokensOf(text: string): readonly string[] {
  return plain(text).match(/[A-Z0-9]+/g) ?? [];
}

/** Capital letters of compatibility forms, without accents and invisible marks. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: most texts are plain, and need no second look
  if (/^[\x00-\x7f]*$/.test(text)) return text.toUpperCase();
  return text
    .normalize("NFKD")
    .replace(/[\p{M}\p{Cf}]/gu, "")
    .toUpperCase();
}

/** Runs of at least seven digits, as ids of packages and plans are; what is longer than twelve is something else. */
export function longNumbers(text: string): string[] {
  return text.match(/(?<!\d)\d{7,12}(?!\d)/g) ?? [];
}

/** Words of at least three letters or digits, as capitals. */
export function wordsOf(text: string): string[] {
  return tokensOf(text).filter((word) => word.length >= 3 && !/^\d+$/.test(word));
}

/** How many characters a gram has: the shortest piece of a number that is looked up by itself. */
const GRAM = 5;
const LETTERS = 36;
const FIRST = LETTERS ** (GRAM - 1);

/** Calls with each gram of a condensed text, as a number, and where it begins. */
export function eachGram(text: string, visit: (gram: number, at: number) => void): void {
  let gram = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    gram = (gram % FIRST) * LETTERS + (code < 58 ? code - 48 : code - 55);
    if (at >= GRAM - 1) visit(gram, at - GRAM + 1);
  }
}

/** Where a number ends in a text, and how many characters differ; `joined`: none but that it goes on another number. */
export type Found = { readonly to: number; readonly edits: number; readonly joined?: true };

/**
 * The best place of `number` in `text`, both condensed: exactly, or with at most `most` characters replaced, left out or
 * put in; undefined where there is none.
 */
export function findNear(number: string, text: string, most: number): Found | undefined {
  const exact = text.indexOf(number);
  if (exact >= 0) return { to: exact + number.length, edits: 0 };
  if (most === 0 || text.length < number.length - most || !hasPiece(number, text, most)) return undefined;
  const found = number.length <= 31 ? shortNear(number, text) : longNear(number, text);
  return found.edits > most ? undefined : found;
}

/** Of a number in `most + 1` pieces, one at least stands unharmed wherever the number stands with `most` slips. */
function hasPiece(number: string, text: string, most: number): boolean {
  const size = number.length / (most + 1);
  for (let piece = 0; piece <= most; piece++)
    if (text.includes(number.slice(Math.floor(piece * size), Math.floor((piece + 1) * size)))) return true;
  return false;
}

/** Myers 1999, one word: the least number of edits with which the number ends somewhere, and where first. */
function shortNear(number: string, text: string): { edits: number; to: number } {
  const size = number.length;
  masks.fill(0);
  for (let i = 0; i < size; i++) masks[number.charCodeAt(i) & 127]! |= 1 << i;
  const last = 1 << (size - 1);
  let [plus, minus, score] = [-1, 0, size];
  let [edits, to] = [size, 0];
  for (let at = 0; at < text.length; at++) {
    const equal = masks[text.charCodeAt(at) & 127]!;
    const vertical = equal | minus;
    const horizontal = (((equal & plus) + plus) ^ plus) | equal;
    let up = minus | ~(horizontal | plus);
    const down = plus & horizontal;
    if (up & last) score++;
    else if (down & last) score--;
    // the number may begin anywhere in the text
    up <<= 1;
    const left = down << 1;
    plus = left | ~(vertical | up);
    minus = up & vertical;
    if (score < edits) {
      edits = score;
      to = at + 1;
    }
  }
  return { edits, to };
}
const masks = new Int32Array(128);

/** Sellers 1980, a column at a time, for numbers that fill more than a word. */
function longNear(number: string, text: string): { edits: number; to: number } {
  const size = number.length;
  const column = Int32Array.from({ length: size + 1 }, (_, i) => i);
  let [edits, to] = [size, 0];
  for (let at = 0; at < text.length; at++) {
    let diagonal = 0;
    const letter = text.charCodeAt(at);
    for (let i = 1; i <= size; i++) {
      const replaced = diagonal + (number.charCodeAt(i - 1) === letter ? 0 : 1);
      diagonal = column[i]!;
      column[i] = Math.min(replaced, diagonal + 1, column[i - 1]! + 1);
    }
    if (column[size]! < edits) {
      edits = column[size]!;
      to = at + 1;
    }
  }
  return { edits, to };
}

/** How many of the characters that differ at a place are digits: walked back from its end. */
export function digitsDiffering(number: string, text: string, { edits, to, joined }: Found): number {
  if (edits === 0 || joined) return edits;
  const start = Math.max(0, to - number.length - edits);
  const part = text.slice(start, to);
  const width = part.length + 1;
  const cost = new Int32Array((number.length + 1) * width);
  for (let i = 1; i <= number.length; i++) {
    cost[i * width] = i;
    for (let j = 1; j < width; j++)
      cost[i * width + j] = Math.min(
        cost[(i - 1) * width + j - 1]! + (number[i - 1] === part[j - 1] ? 0 : 1),
        cost[(i - 1) * width + j]! + 1,
        cost[i * width + j - 1]! + 1,
      );
  }
  let [i, j, digits] = [number.length, width - 1, 0];
  while (i > 0) {
    const here = cost[i * width + j]!;
    const same = j > 0 && number[i - 1] === part[j - 1];
    if (j > 0 && here === cost[(i - 1) * width + j - 1]! + (same ? 0 : 1)) {
      if (!same && (isDigit(number[i - 1]!) || isDigit(part[j - 1]!))) digits++;
      i--;
      j--;
    } else if (here === cost[(i - 1) * width + j]! + 1) {
      if (isDigit(number[i - 1]!)) digits++;
      i--;
    } else {
      if (isDigit(part[j - 1]!)) digits++;
      j--;
    }
  }
  return digits;
}

const isDigit = (character: string) => character >= "0" && character <= "9";

/** How alike two texts are, from 0 to 1: pairs of letters in both, twice, by all of them (Dice). */
export function alike(one: string, other: string): number {
  if (one === other) return 1;
  if (one.length < 2 || other.length < 2) return 0;
  const pairs = new Map<string, number>();
  for (let i = 1; i < one.length; i++) {
    const pair = one.slice(i - 1, i + 1);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let both = 0;
  for (let i = 1; i < other.length; i++) {
    const pair = other.slice(i - 1, i + 1);
    const left = pairs.get(pair) ?? 0;
    if (left === 0) continue;
    pairs.set(pair, left - 1);
    both++;
  }
  return (2 * both) / (one.length + other.length - 2);
}
