import { isUtf8 } from "node:buffer";
import iconv from "iconv-lite";
import { SourceFault } from "./source-fault.ts";

/** A declared encoding, strictly read. Positions count units: bytes, or pairs of bytes in UTF-16. */
export interface Encoding {
  readonly name: string;
  /** bytes of a unit */
  readonly unit: 1 | 2;
  /** bytes of each pair stand the other way round */
  readonly swapped: boolean;
  /** what may stand at the start of a file and is no part of its text */
  readonly mark: Uint8Array;
  /** whether the units are text of this encoding */
  isText(bytes: Buffer, from: number, to: number): boolean;
  /** the text, with U+FFFD for what is none */
  text(bytes: Buffer, from: number, to: number): string;
}

const utf8: Encoding = {
  name: "utf-8",
  unit: 1,
  swapped: false,
  mark: Uint8Array.of(0xef, 0xbb, 0xbf),
  isText: (bytes, from, to) => isUtf8(bytes.subarray(from, to)),
  text: (bytes, from, to) => bytes.toString("utf8", from, to),
};

/** Its bytes come in the order of this machine: whoever reads big-endian pairs swaps them first. */
function utf16(name: string, swapped: boolean, mark: Uint8Array): Encoding {
  const text = (bytes: Buffer, from: number, to: number) => bytes.toString("utf16le", 2 * from, 2 * to);
  return {
    name,
    unit: 2,
    swapped,
    mark,
    isText: (bytes, from, to) => text(bytes, from, to).isWellFormed(),
    text: (bytes, from, to) => text(bytes, from, to).toWellFormed(),
  };
}

const latin1: Encoding = {
  name: "iso-8859-1",
  unit: 1,
  swapped: false,
  mark: new Uint8Array(),
  isText: () => true,
  text: (bytes, from, to) => bytes.toString("latin1", from, to),
};

/** From a table of what each byte means; U+FFFD: nothing. */
function singleByte(name: string, table: readonly string[]): Encoding {
  return {
    name,
    unit: 1,
    swapped: false,
    mark: new Uint8Array(),
    isText(bytes, from, to) {
      for (let at = from; at < to; at++) if (table[bytes[at]!] === "\ufffd") return false;
      return true;
    },
    text(bytes, from, to) {
      let text = "";
      for (let at = from; at < to; at++) text += table[bytes[at]!];
      return text;
    },
  };
}

const byName: Record<string, Encoding> = {
  "utf-8": utf8,
  utf8,
  "utf-16le": utf16("utf-16le", false, Uint8Array.of(0xff, 0xfe)),
  "utf-16be": utf16("utf-16be", true, Uint8Array.of(0xfe, 0xff)),
  "iso-8859-1": latin1,
  latin1,
  "us-ascii": singleByte(
    "us-ascii",
    Array.from({ length: 256 }, (_, byte) => (byte < 128 ? String.fromCharCode(byte) : "\ufffd")),
  ),
};
byName.ascii = byName["us-ascii"]!;
byName.cp1252 = byName["windows-1252"] = tableOf("windows-1252")!;

/** Each byte alone must be a character or none, and ASCII must be itself: else delimiters could hide inside characters. */
function tableOf(name: string): Encoding | undefined {
  if (!iconv.encodingExists(name)) return undefined;
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const table = Array.from(all, (_, byte) => iconv.decode(all.subarray(byte, byte + 1), name, { stripBOM: false }));
  const ascii = table.every((text, byte) => byte >= 128 || byte < 32 || text === String.fromCharCode(byte));
  const single = iconv.decode(all, name, { stripBOM: false }) === table.join("");
  return ascii && single && table.every((text) => text.length === 1) ? singleByte(name, table) : undefined;
}

/** The encoding that a plan names. Throws a SourceFault where it is not known, or not one that files can be split in. */
export function encodingOf(name: string): Encoding {
  const key = name.toLowerCase();
  const encoding = Object.hasOwn(byName, key) ? byName[key] : tableOf(key);
  if (encoding) return encoding;
  throw new SourceFault(
    "source-setting",
    {
      en: `The encoding ${name} is not known, or its characters have several bytes.`,
      id: `Pengodean ${name} tidak dikenal, atau karakternya terdiri atas beberapa byte.`,
    },
    {
      en: "Declare utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1 or another single-byte encoding; `inventory` proposes one.",
      id: "Nyatakan utf-8, utf-16le, utf-16be, windows-1252, iso-8859-1, atau pengodean satu byte lain; `inventory` mengusulkannya.",
    },
  );
}
