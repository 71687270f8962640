// Bytes as the ledger sees them: 32-byte big-endian words, ids as lower-case 0x text, UTF-8 texts.

/** Lower-case hexadecimal with `0x`: an id, a hash, an address. */
export type Hex = `0x${string}`;

/** The id that means "none". */
export const NO_ID: Hex = `0x${"0".repeat(64)}`;

export const WORD = 32;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

// Value of each ASCII hexadecimal digit; 255 marks every other character.
const digitOfCharacter = new Uint8Array(128).fill(255);
for (let digit = 0; digit < 16; digit++) {
  digitOfCharacter[digit.toString(16).charCodeAt(0)] = digit;
  digitOfCharacter[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Bytes `from` … `to` as `0x` text. */
export function toHex(bytes: Uint8Array, from = 0, to = bytes.length): Hex {
  let text = "0x";
  for (let at = from; at < to; at++) text += hexOfByte[bytes[at]!]!;
  return text as Hex;
}

/** The bytes of `0x` text. @throws RangeError if it is not hexadecimal or not of whole bytes. */
export function fromHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, hex.length - 2) >> 1);
  writeHex(bytes, 0, hex, bytes.length);
  return bytes;
}

/** Writes the `length` bytes that `hex` spells. @throws RangeError if it spells another number of bytes. */
export function writeHex(out: Uint8Array, at: number, hex: string, length: number): void {
  if (hex.length !== 2 + 2 * length || hex.charCodeAt(0) !== 48 || hex.charCodeAt(1) !== 120)
    throw new RangeError(`Not ${length} bytes of 0x text: ${hex.slice(0, 80)}`);
  let seen = 0;
  for (let i = 0, c = 2; i < length; i++, c += 2) {
    const high = digitOfCharacter[hex.charCodeAt(c)] ?? 255;
    const low = digitOfCharacter[hex.charCodeAt(c + 1)] ?? 255;
    seen |= high | low;
    out[at + i] = (high << 4) | low;
  }
  if (seen > 15) throw new RangeError(`Not hexadecimal: ${hex.slice(0, 80)}`);
}

/** Writes an unsigned number into `length` bytes. @throws RangeError if it is negative, broken or does not fit. */
export function writeUint(out: Uint8Array, at: number, value: bigint | number, length: number): void {
  let rest: number;
  let end = at + length;
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not an unsigned whole number: ${value}`);
    rest = value;
  } else {
    let large = value;
    if (large < 0n) throw new RangeError(`Not an unsigned whole number: ${value}`);
    // Whole 48-bit steps, so that every step but the first is plain arithmetic.
    for (; large > 0xffffffffffffn; large >>= 48n) {
      let step = Number(large & 0xffffffffffffn);
      for (let i = 0; i < 6; i++) {
        if (end > at) out[--end] = step % 256;
        else if (step !== 0) throw new RangeError(`${value} does not fit in ${length} bytes`);
        step = Math.floor(step / 256);
      }
    }
    rest = Number(large);
  }
  while (end > at) {
    out[--end] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0) throw new RangeError(`${value} does not fit in ${length} bytes`);
}

/** Reads an unsigned number of at most 6 bytes. */
export function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = at; i < at + length; i++) value = value * 256 + bytes[i]!;
  return value;
}

/** Reads an unsigned number of any length. */
export function readUint(bytes: Uint8Array, at: number, length: number): bigint {
  let start = at;
  const end = at + length;
  while (start < end && bytes[start] === 0) start++;
  if (end - start <= 6) return BigInt(readNumber(bytes, start, end - start));
  let value = 0n;
  while (start < end) {
    const step = Math.min(6, end - start);
    value = (value << BigInt(8 * step)) | BigInt(readNumber(bytes, start, step));
    start += step;
  }
  return value;
}

const encoder = new TextEncoder();
const lenientDecoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** UTF-8 bytes. @throws RangeError for text with half a surrogate pair, which has no UTF-8. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw new RangeError("Text with half a surrogate pair has no UTF-8");
  return encoder.encode(text);
}

/** Text of UTF-8 bytes; what is not UTF-8 becomes U+FFFD, so it is for display and never hashed again. */
export function textOf(bytes: Uint8Array): string {
  let ascii = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte > 127) return lenientDecoder.decode(bytes);
    ascii += String.fromCharCode(byte);
  }
  return ascii;
}

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
