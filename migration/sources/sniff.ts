import type { Words } from "../../server/domain/problems.ts";
import { CsvRows, markOf } from "./csv-rows.ts";
import { encodingOf } from "./encoding.ts";
import { SourceFault } from "./source-fault.ts";
import { FileReading } from "./source-files.ts";

/** `sure`: the whole file allows nothing else that would read differently. */
type Proposal<T> = { readonly value: T; readonly sure: boolean; readonly why: Words };
/** `ascii`: nothing but ASCII stands in the file, so its neighbours tell how the next one of its kind is written. */
type EncodingProposal = Proposal<string> & { readonly ascii?: true };

export type Sniffed = {
  readonly encoding: EncodingProposal;
  readonly delimiter: Proposal<"," | ";" | "\t" | "|">;
  readonly quote: '"' | "";
  /** with the proposal: rows without the header, and how many of them have another number of fields than it */
  readonly rows: number;
  readonly ragged: number;
  /** lines that are no text of the proposed encoding */
  readonly undecodable: number;
  readonly lineEnds: { readonly lf: number; readonly crlf: number; readonly cr: number };
};

const DELIMITERS = [",", ";", "\t", "|"] as const;

/**
 * What a delimited file seems to be, for a person to put into the plan: encoding and delimiter, each after a scan of the
 * whole file and with how sure that is. Nothing else in the register acts on it.
 */
export async function sniff(path: string): Promise<Sniffed> {
  const encoding = await sniffEncoding(path);
  const tries = [];
  for (const delimiter of DELIMITERS) tries.push(await fit(path, encoding.value, delimiter));
  const split = tries.filter(({ columns }) => columns > 1).sort((a, b) => a.share - b.share || a.columns - b.columns);
  const best = split.at(-1) ?? tries[0]!;
  const rival = split.at(-2);
  const even = best.ragged === 0 && best.columns > 1;
  const sure = even && best.rows > 0 && (rival === undefined || rival.share < 1);
  const name = JSON.stringify(best.delimiter);
  const why: Words =
    best.columns <= 1
      ? {
          en: "no delimiter splits the header: a single column",
          id: "tidak ada pemisah yang membagi judul: satu kolom",
        }
      : {
          en: `${name} gives ${best.columns} columns in ${best.rows - best.ragged} of ${best.rows} rows${rival ? `, ${JSON.stringify(rival.delimiter)} in ${rival.rows - rival.ragged} of ${rival.rows}` : ""}`,
          id: `${name} menghasilkan ${best.columns} kolom pada ${best.rows - best.ragged} dari ${best.rows} baris${rival ? `, ${JSON.stringify(rival.delimiter)} pada ${rival.rows - rival.ragged} dari ${rival.rows}` : ""}`,
        };
  const { delimiter, quote, rows, ragged, undecodable, lineEnds } = best;
  return { encoding, delimiter: { value: delimiter, sure, why }, quote, rows, ragged, undecodable, lineEnds };
}

type Fit = Pick<Sniffed, "quote" | "rows" | "ragged" | "undecodable" | "lineEnds"> & {
  delimiter: (typeof DELIMITERS)[number];
  columns: number;
  /** of rows with as many fields as the header */
  share: number;
};

/** Reads the file as a delimiter splits it; where quotation marks do not close, as if they meant nothing. */
async function fit(
  path: string,
  encoding: string,
  delimiter: Fit["delimiter"],
  quote: Fit["quote"] = '"',
): Promise<Fit> {
  const reading = await FileReading.open(path);
  const form = { encoding: encodingOf(encoding), delimiter, quote };
  const rows = new CsvRows(reading, form);
  let columns = -1;
  let [count, ragged, undecodable] = [0, 0, 0];
  try {
    for (let step = rows.step(); step !== "end"; step = rows.step()) {
      if (step === "more") {
        await rows.more();
        continue;
      }
      if (rows.blank && columns !== 1) continue;
      if (rows.high && !form.encoding.isText(rows.bytes, rows.rowStart, rows.rowStop)) undecodable++;
      if (columns === -1) columns = rows.count;
      else {
        count++;
        if (rows.count !== columns || rows.misplaced) ragged++;
      }
    }
  } catch (error) {
    if (!(error instanceof SourceFault) || quote === "" || error.code !== "source-damaged") throw error;
    return await fit(path, encoding, delimiter, "");
  } finally {
    await reading.close();
  }
  const share = count === 0 ? 1 : (count - ragged) / count;
  return { delimiter, quote, columns, rows: count, ragged, undecodable, lineEnds: rows.ends, share };
}

/** Continuation bytes that a lead byte asks for; -1 where it leads nothing. */
function following(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  if (lead >= 0xf0 && lead <= 0xf4) return 3;
  return -1;
}

/** The encoding alone, after a scan of the whole file. */
export async function sniffEncoding(path: string): Promise<EncodingProposal> {
  const reading = await FileReading.open(path);
  const counts = new Float64Array(256);
  const zeros = [0, 0];
  let at = 0;
  let [whole, broken, expected] = [0, 0, 0];
  let mark: string | undefined;
  try {
    const chunk = Buffer.alloc(1 << 20);
    for (let read = await reading.read(chunk, 0); read > 0; read = await reading.read(chunk, 0)) {
      if (at === 0) mark = markOf(chunk.subarray(0, Math.min(4, read)));
      for (let index = 0; index < read; index++) {
        const byte = chunk[index]!;
        counts[byte]!++;
        if (byte === 0) zeros[(at + index) & 1]!++;
        if (expected > 0) {
          if ((byte & 0xc0) === 0x80) {
            if (--expected === 0) whole++;
            continue;
          }
          broken++;
          expected = 0;
        }
        if (byte < 0x80) continue;
        const more = following(byte);
        if (more === -1) broken++;
        else expected = more;
      }
      at += read;
    }
  } finally {
    await reading.close();
  }
  if (expected > 0) broken++;
  if (mark)
    return {
      value: mark,
      sure: true,
      why: { en: `the file begins with the mark of ${mark}`, id: `berkas diawali tanda ${mark}` },
    };
  const [even, odd] = zeros as [number, number];
  if (even + odd > at / 8) {
    const value = odd > even ? "utf-16le" : "utf-16be";
    const why = { en: "every other byte is mostly null", id: "hampir setiap byte kedua adalah nol" };
    return { value, sure: Math.min(even, odd) === 0, why };
  }
  if (whole === 0 && broken === 0)
    return {
      value: "utf-8",
      sure: true,
      ascii: true,
      why: { en: "ASCII alone, which every encoding reads alike", id: "hanya ASCII, dibaca sama oleh semua pengodean" },
    };
  if (broken === 0)
    return {
      value: "utf-8",
      sure: true,
      why: {
        en: `${whole} characters beyond ASCII, all of them UTF-8`,
        id: `${whole} karakter di luar ASCII, semuanya UTF-8`,
      },
    };
  if (whole > broken)
    return {
      value: "utf-8",
      sure: false,
      why: {
        en: `mixed: ${whole} characters of UTF-8, and ${broken} bytes that are none`,
        id: `campuran: ${whole} karakter UTF-8, dan ${broken} byte yang bukan`,
      },
    };
  const undefinedBytes = [0x81, 0x8d, 0x8f, 0x90, 0x9d].reduce((sum, byte) => sum + counts[byte]!, 0);
  const mixed =
    whole > 0
      ? {
          en: `, and ${whole} characters that look like UTF-8`,
          id: `, dan ${whole} karakter yang tampak seperti UTF-8`,
        }
      : { en: "", id: "" };
  if (undefinedBytes === 0)
    return {
      value: "windows-1252",
      sure: false,
      why: {
        en: `${broken} bytes that are no UTF-8 and are all characters of windows-1252${mixed.en}; other single-byte encodings are possible`,
        id: `${broken} byte yang bukan UTF-8 dan semuanya karakter windows-1252${mixed.id}; pengodean satu byte lain mungkin juga`,
      },
    };
  return {
    value: "iso-8859-1",
    sure: false,
    why: {
      en: `${broken} bytes that are no UTF-8, ${undefinedBytes} of them no characters of windows-1252 either${mixed.en}`,
      id: `${broken} byte yang bukan UTF-8, ${undefinedBytes} di antaranya juga bukan karakter windows-1252${mixed.id}`,
    },
  };
}
