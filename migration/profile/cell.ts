/**
 * One look at the text of a cell, character by character: its 64-bit hash, the shape of it, and what is odd about it.
 * A scan of ten million rows comes here a hundred million times: so the answer stands in one array that is written over,
 * and nothing is allocated.
 */

/** What the last call of `look` saw; numbers as the names below say. */
export const seen = new Int32Array(8);
/** 64 bits of hash of the text, in two halves. */
export const HASH_1 = 0;
export const HASH_2 = 1;
/** 64 bits of hash of the pattern. */
export const SHAPE_1 = 2;
export const SHAPE_2 = 3;
/** How many digits, letters, and the `Oddity` bits. */
export const DIGITS = 4;
export const LETTERS = 5;
export const ODDITIES = 6;

/** What is odd about a text, as bits. */
export const Oddity = {
  outerSpace: 1,
  doubleSpace: 2,
  control: 4,
  nul: 8,
  lineBreak: 16,
  html: 32,
  entity: 64,
  mojibake: 128,
  replacement: 256,
  invisible: 512,
  loneSurrogate: 1024,
  formula: 2048,
  spreadsheetEscape: 4096,
  nonAscii: 8192,
} as const;
export type OddityName = keyof typeof Oddity;

const DIGIT = 1;
const UPPER = 2;
const LOWER = 3;
const OTHER_LETTER = 4;
const MARK = 5;

const ascii = new Uint8Array(128).fill(MARK);
for (let code = 48; code < 58; code++) ascii[code] = DIGIT;
for (let code = 65; code < 91; code++) ascii[code] = UPPER;
for (let code = 97; code < 123; code++) ascii[code] = LOWER;

/** Filled as characters are met; 0 = not yet. */
const beyond = new Uint8Array(65_536);
function classBeyond(code: number): number {
  const known = beyond[code]!;
  if (known !== 0) return known;
  const character = String.fromCharCode(code);
  const found = /\p{Lu}/u.test(character)
    ? UPPER
    : /\p{Ll}/u.test(character)
      ? LOWER
      : /[\p{L}\p{M}]/u.test(character) || (code >= 0xd800 && code < 0xe000)
        ? OTHER_LETTER
        : MARK;
  beyond[code] = found;
  return found;
}

/** A pattern is cut after so many signs. */
const PATTERN_LENGTH = 40;

/** Looks at a text and leaves what it saw in `seen`. */
export function look(text: string): void {
  const { length } = text;
  let h1 = 0xdeadbeef | 0;
  let h2 = 0x41c6ce57;
  let s1 = 0x2545f491;
  let s2 = 0x9e3779b9 | 0;
  let digits = 0;
  let letters = 0;
  let odd = 0;
  let before = 0;
  let classBefore = 0;
  let signs = 0;
  let tag = false;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    h1 = Math.imul(h1 ^ code, 0x9e3779b1);
    h2 = Math.imul(h2 ^ code, 0x5f356495);
    const kind = code < 128 ? ascii[code]! : classBeyond(code);
    if (kind === DIGIT) digits++;
    else if (kind !== MARK) letters++;
    else if (code === 32) {
      if (before === 32) odd |= 2;
    } else if (code === 60) tag = true;
    else if (code === 62 && tag) odd |= 32;
    else if (code < 32 || (code >= 127 && code < 160) || code >= 0x2000 || code === 0xa0 || code === 0xad)
      odd |= oddMark(code);
    if (code >= 128) odd |= 8192 | oddBeyond(code, before, text, at);
    // letters of one case in a row are one sign; digits count each
    if (signs < PATTERN_LENGTH && (kind !== classBefore || kind === DIGIT || kind === MARK)) {
      const sign = kind === MARK ? code + 16 : kind;
      s1 = Math.imul(s1 ^ sign, 0x85ebca77);
      s2 = Math.imul(s2 ^ sign, 0xc2b2ae3d | 0);
      signs++;
    }
    before = code;
    classBefore = kind;
  }
  if (length > 0) {
    if (isSpace(text.charCodeAt(0)) || isSpace(before)) odd |= 1;
    const first = text.charCodeAt(0);
    if ((first === 61 || first === 64 || ((first === 43 || first === 45) && letters > 0)) && length > 1) odd |= 2048;
    // a tag begins with a letter or a slash: "a < b > c" is none
    if (odd & 32 && !/<\/?[a-zA-Z][^<>]*>/.test(text)) odd &= ~32;
    if (letters > 1 && text.includes("&") && /&(?:[a-z]{2,8}|#\d{2,5});/i.test(text)) odd |= 64;
    if (letters > 1 && text.includes("_x") && /_x[0-9a-f]{4}_/i.test(text)) odd |= 4096;
  }
  leave(h1, h2, length);
  seen[2] = s1 ^ (s1 >>> 15);
  seen[3] = s2 ^ (s2 >>> 13);
  seen[4] = digits;
  seen[5] = letters;
  seen[6] = odd;
}

/** Words at the end or in front of a firm's name that tell its form. */
const LEGAL_FORMS = new Set(["CV", "PT", "TBK", "UD", "PD", "FA"]);

/**
 * Leaves in `seen` the hash of what spellings of one name share: letters and digits without case, marks, blanks and legal
 * form. False where nothing is left.
 */
export function lookName(text: string): boolean {
  let h1 = 0xdeadbeef | 0;
  let h2 = 0x41c6ce57;
  let length = 0;
  let start1 = h1;
  let start2 = h2;
  let startLength = 0;
  let word = 0;
  for (let at = 0; at <= text.length; at++) {
    let code = at === text.length ? 32 : text.charCodeAt(at);
    if (code >= 128) {
      const upper = text[at]!.toUpperCase();
      code = beyondMark(code) ? 32 : upper.charCodeAt(0);
    } else if (code >= 97 && code < 123) code -= 32;
    if (code >= 128 || ascii[code] !== MARK) {
      if (word === 0) {
        start1 = h1;
        start2 = h2;
        startLength = length;
      }
      h1 = Math.imul(h1 ^ code, 0x9e3779b1);
      h2 = Math.imul(h2 ^ code, 0x5f356495);
      word++;
      length++;
    } else if (word > 0) {
      if (word <= 3 && LEGAL_FORMS.has(text.slice(at - word, at).toUpperCase())) {
        h1 = start1;
        h2 = start2;
        length = startLength;
      }
      word = 0;
    }
  }
  leave(h1, h2, length);
  return length > 0;
}

/** Leaves in `seen` the hash of the digits of a text. False where there are none, or one digit over and over. */
export function lookDigits(text: string): boolean {
  let h1 = 0xdeadbeef | 0;
  let h2 = 0x41c6ce57;
  let length = 0;
  let first = 0;
  let several = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) continue;
    if (length === 0) first = code;
    else if (code !== first) several = true;
    h1 = Math.imul(h1 ^ code, 0x9e3779b1);
    h2 = Math.imul(h2 ^ code, 0x5f356495);
    length++;
  }
  leave(h1, h2, length);
  return several;
}

function leave(h1: number, h2: number, length: number): void {
  h1 ^= length;
  h1 = Math.imul(h1 ^ (h1 >>> 16), 0x85ebca6b);
  h1 ^= Math.imul(h2 ^ (h2 >>> 13), 0xc2b2ae35 | 0);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 0x85ebca6b);
  h2 ^= Math.imul(h1 ^ (h1 >>> 13), 0xc2b2ae35 | 0);
  h1 ^= h1 >>> 15;
  seen[HASH_1] = h1;
  seen[HASH_2] = h2;
}

function beyondMark(code: number): boolean {
  return classBeyond(code) === MARK;
}

function oddMark(code: number): number {
  if (code === 0) return 4 | 8;
  if (code === 9 || code === 10 || code === 13) return 16;
  if (code < 32 || (code >= 127 && code < 160)) return 4;
  if (code === 0xfffd) return 256;
  if (code === 0xa0 || code === 0xad || (code >= 0x2000 && code <= 0x200f) || code === 0x2011) return 512;
  if ((code >= 0x2028 && code <= 0x202f) || code === 0x2060 || code === 0xfeff) return 512;
  return 0;
}

function oddBeyond(code: number, before: number, text: string, at: number): number {
  // UTF-8 read as Windows-1252: Ã©, Â°, â€œ
  if ((before === 0xc3 || before === 0xc2) && code >= 0x80 && code <= 0xbf) return 128;
  if (before === 0xe2 && code === 0x20ac) return 128;
  if (code >= 0xd800 && code < 0xdc00) {
    const next = text.charCodeAt(at + 1);
    return next >= 0xdc00 && next < 0xe000 ? 0 : 1024;
  }
  if (code >= 0xdc00 && code < 0xe000) return before >= 0xd800 && before < 0xdc00 ? 0 : 1024;
  return 0;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff || code === 0x3000;
}

/**
 * The shape of a text: each digit `9`, letters of one case in a row one `A` or `a`, other letters `x`, all else as it
 * stands, line breaks and controls as `¶`. Cut after 40 signs: `99.999.999.9-999.999`, `A. Aa Aa`.
 */
export function patternOf(text: string): string {
  let pattern = "";
  let signs = 0;
  let classBefore = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? ascii[code]! : classBeyond(code);
    if (kind !== classBefore || kind === DIGIT || kind === MARK) {
      if (signs === PATTERN_LENGTH) return `${pattern}…`;
      pattern += kind === MARK ? (code < 32 || (code >= 127 && code < 160) ? "¶" : text[at]) : " 9Aax"[kind];
      signs++;
    }
    classBefore = kind;
  }
  return pattern;
}

/** The text without the larger one that it was cut from: what is kept must not keep a whole buffer of the reader. */
export function ownText(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
