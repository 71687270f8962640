import { createHash } from "node:crypto";
import { CutFault, JsonDocument, OPEN_BRACE, OPEN_BRACKET } from "../../../migration/sources/json-document.ts";
import { SourceFault } from "../../../migration/sources/source-fault.ts";
import { errorPage, htmlFault } from "./error-page.ts";
import { FeedFault } from "./feed-fault.ts";
import { plain } from "./plain.ts";

/** What an answer says beside its rows: of a text, number or word what stands there, of all else only what it is. */
type Member = { readonly kind: "text" | "word" | "null" | "array" | "object"; readonly text: string };

/** What one look at a whole answer tells, without reading what its rows say. */
export type Survey = {
  /** of the pointers where rows may be, the one where they are; undefined where the answer says that it has none */
  readonly rowsAt: string | undefined;
  readonly count: number;
  /** SHA-256 over the bytes of all rows: the same twice means the same rows */
  readonly digest: string;
  /** by pointer, those that were asked for and are there */
  readonly members: ReadonlyMap<string, Member>;
};

/** Members by which an answer says that it is none. */
const REFUSALS = ["/success", "/error", "/error/code", "/error/message", "/message", "/status"] as const;

/**
 * Goes through an answer from its first byte to its last: that it is whole, where its rows are and how many, and what it
 * says beside them. Its size does not matter.
 * @param rows pointers of arrays where rows may be; "" is the answer itself
 * @param ask pointers of members that the caller wants
 * @throws FeedFault feed-cut, feed-not-json, feed-html, feed-shape, feed-refused
 */
export async function survey(path: string, rows: readonly string[], ask: readonly string[] = []): Promise<Survey> {
  const members = new Map<string, Member>();
  const hash = createHash("sha256");
  let rowsAt: string | undefined;
  let count = 0;
  const wanted = new Set<string>([...REFUSALS, ...rows, ...ask]);
  let document: JsonDocument | undefined;
  try {
    document = await JsonDocument.open(path);
    const given = document;
    if (given.size === 0) return { rowsAt: undefined, count: 0, digest: "", members };

    const walk = async (at: string): Promise<void> => {
      for (let name = await given.member(true); name !== undefined; name = await given.member(false)) {
        const pointer = `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
        const opening = await given.peek();
        const kind = opening === OPEN_BRACE ? "object" : opening === OPEN_BRACKET ? "array" : undefined;
        const asked = wanted.has(pointer);
        if (members.has(pointer)) throw twice(pointer);
        if (kind !== undefined) members.set(pointer, { kind, text: "" });
        // a publisher may nest what nobody asked for as he likes, but not name a thousand things of it
        if (members.size > 1_000) throw crowded();
        if (kind === "array" && rows.includes(pointer)) await elements(pointer);
        else if (kind === "object" && [...wanted].some((other) => other.startsWith(`${pointer}/`))) await walk(pointer);
        else {
          const span = await given.value();
          // native and strict: what stands here decides how the feed goes on
          given.parsed(span);
          if (kind !== undefined) continue;
          const text = given.cell(span.from, span.to);
          const word = text === null ? "null" : given.source(span).startsWith('"') ? "text" : "word";
          members.set(pointer, { kind: word, text: asked ? (text ?? "") : "" });
        }
      }
    };
    const elements = async (pointer: string): Promise<void> => {
      if (rowsAt !== undefined) throw twoPlaces(rowsAt, pointer);
      rowsAt = pointer;
      for (let first = true; await given.element(first); first = false) {
        const { from, to } = await given.value();
        hash.update(given.bytes.subarray(from, to)).update("\n");
        count++;
      }
    };

    const opening = await given.peek();
    if (opening === OPEN_BRACKET && rows.includes("")) await elements("");
    else if (opening === OPEN_BRACE) await walk("");
    else given.parsed(await given.value());
    await given.prove();
  } catch (error) {
    throw error instanceof SourceFault ? await toldOfAnswer(error, path) : error;
  } finally {
    await document?.close();
  }
  if (rowsAt === undefined && !rows.some((pointer) => members.get(pointer)?.kind === "null")) {
    refuse(members);
    throw misshapen(rows, members);
  }
  if (members.get("/success")?.text === "false") refuse(members);
  return { rowsAt, count, digest: hash.digest("hex"), members };
}

/** A fault of the reader, told of an answer: paths of our own folder say nothing to anybody. */
export async function toldOfAnswer(fault: SourceFault, path: string): Promise<FeedFault> {
  const title = await errorPage(path);
  if (title !== undefined) return htmlFault(title);
  const options = { cause: fault };
  if (fault instanceof CutFault)
    return new FeedFault(
      "feed-cut",
      {
        en: "The answer is JSON that ends before it is whole.",
        id: "Jawaban berupa JSON yang berakhir sebelum utuh.",
      },
      { en: "It is asked for again.", id: "Akan diminta lagi." },
      options,
    );
  const { explanation, remedy, code } = fault;
  const at = / at byte (\d+)/.exec(explanation.en)?.[1];
  if (code === "source-damaged")
    return new FeedFault(
      "feed-not-json",
      {
        en: `The answer is not JSON${at ? `: something is wrong at byte ${at}` : ""}.`,
        id: `Jawaban bukan JSON${at ? `: ada yang salah pada byte ${at}` : ""}.`,
      },
      { en: "Tell the publisher; nothing of it was taken.", id: "Beri tahu penerbitnya; tidak ada yang diambil." },
      options,
    );
  return new FeedFault(
    "feed-shape",
    { en: explanation.en.replaceAll(path, "The answer"), id: explanation.id.replaceAll(path, "Jawaban") },
    remedy,
    options,
  );
}

function shape(en: string, id: string): FeedFault {
  return new FeedFault(
    "feed-shape",
    { en, id },
    {
      en: "If the publisher has changed the form, correct the settings of this feed; else tell the publisher.",
      id: "Bila penerbit mengubah bentuknya, perbaiki setelan umpan ini; bila tidak, beri tahu penerbitnya.",
    },
  );
}

const twice = (pointer: string) =>
  shape(`The answer has ${plain(pointer)} twice.`, `Jawaban memuat ${plain(pointer)} dua kali.`);

const crowded = () =>
  shape(
    "The answer has more than 1,000 names beside its rows: they seem to be data.",
    "Jawaban memuat lebih dari 1.000 nama di samping barisnya: tampaknya nama itu data.",
  );

const twoPlaces = (one: string, other: string) =>
  shape(`The answer has both ${one} and ${other}.`, `Jawaban memuat ${one} dan juga ${other}.`);

/** What a publisher says of an answer that is none, kept short. */
function said(members: ReadonlyMap<string, Member>): string {
  return plain(
    ["/error/code", "/error/message", "/message", "/error", "/status"]
      .map((pointer) => members.get(pointer)?.text ?? "")
      .filter((text) => text !== "")
      .join(" "),
  );
}

function refuse(members: ReadonlyMap<string, Member>): void {
  if (members.get("/success")?.text !== "false" && (members.get("/error")?.kind ?? "null") === "null") return;
  const words = said(members);
  const told = words ? `: ${words}` : "";
  throw new FeedFault(
    "feed-refused",
    { en: `The source says that it refuses${told}.`, id: `Sumber menyatakan menolak${told}.` },
    {
      en: "Check year, agency code and token of this feed.",
      id: "Periksa tahun, kode instansi, dan token umpan ini.",
    },
  );
}

function misshapen(rows: readonly string[], members: ReadonlyMap<string, Member>): FeedFault {
  const names = plain([...members.keys()].filter((name) => !name.slice(1).includes("/")).join(" ")) || "-";
  const places = rows.map((pointer) => pointer || "/").join(", ");
  const words = said(members);
  return shape(
    `Rows are expected as an array at ${places}. The answer has: ${names}${words ? `; it says: ${words}` : ""}.`,
    `Baris diharapkan sebagai larik di ${places}. Jawaban memuat: ${names}${words ? `; isinya: ${words}` : ""}.`,
  );
}
