import { open, readdir, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import type { Words } from "../../server/domain/problems.ts";
import type { SourceSettings } from "./settings.ts";
import { sniff, sniffEncoding } from "./sniff.ts";

/** Settings of a source of files, but for its path. */
type Form = Omit<Extract<SourceSettings, { path: string }>, "path">;

/**
 * How a file seems to be read: settings that a person can correct; `unsure`: which of them are a guess, and why; `ascii`:
 * it would read alike in the encoding of its neighbours.
 */
export type FileForm = { readonly form: Form; readonly unsure: readonly Words[]; readonly ascii?: true };

const HEAD = 65_536;
/** Names under which banks send MT940 and offices send text; what such a file is, its beginning tells. */
const TEXTS = /^\.(?:txt|dat|sta|mta|940|mt940|swi|fin)$/;
const CAMT = /urn:iso:std:iso:20022:tech:xsd:camt\.053\./;
/** Fields of MT940, each at the beginning of its line. */
const MT940 = [/^(?:\{.*)?:20:/m, /^:25:/m];
const OCDS = /"(?:ocid|releases|records)"\s*:/;

/**
 * By its name and its beginning; of a CSV file by all of it. Undefined where it is nothing that a source reads.
 * @throws SourceFault where it cannot be opened
 */
export async function fileForm(path: string): Promise<FileForm | undefined> {
  const extension = extname(path).toLowerCase();
  if (/^\.(?:dump|backup|pgdump)$/.test(extension)) return sure({ engine: "pgdump", timezone: "UTC" });
  if (extension === ".xlsx") return sure({ engine: "xlsx", textColumns: [], merged: "reject", maxBytes: 4 * 2 ** 30 });
  if (/^\.[ct]sv$/.test(extension)) return (await delimited(path)).form;
  if (extension === ".xml") return CAMT.test(textOf(await beginning(path))) ? sure({ engine: "camt053" }) : undefined;
  if (/^\.(?:json|jsonl|ndjson)$/.test(extension)) {
    const text = (await beginning(path)).toString("utf8");
    if (OCDS.test(text.slice(0, 4_096))) return sure({ engine: "ocds" });
    if (extension !== ".json") return sure({ engine: "jsonl" });
    const pointer = rowsIn(text);
    return sure({ engine: "json", ...(pointer === undefined ? {} : { pointer }) });
  }
  if (!TEXTS.test(extension)) return undefined;
  const text = textOf(await beginning(path));
  if (MT940.every((field) => field.test(text))) {
    const encoding = await sniffEncoding(path);
    return proposed({ engine: "mt940", encoding: encoding.value }, [encoding]);
  }
  const { form, isTable } = await delimited(path);
  return isTable ? form : undefined;
}

const sure = (form: Record<string, unknown> & { engine: string }): FileForm => ({ form: form as Form, unsure: [] });
const guess = (value: string, { en, id }: Words): Words => ({
  en: `${JSON.stringify(value)}: ${en}`,
  id: `${JSON.stringify(value)}: ${id}`,
});

async function delimited(path: string): Promise<{ form: FileForm; isTable: boolean }> {
  const { encoding, delimiter, quote, rows, ragged } = await sniff(path);
  const form = {
    engine: "csv",
    encoding: encoding.value,
    delimiter: delimiter.value,
    ...(quote === "" ? { quote } : {}),
  };
  return { form: proposed(form, [encoding, delimiter]), isTable: delimiter.sure && rows > ragged };
}

type Proposed = { readonly value: string; readonly sure: boolean; readonly why: Words; readonly ascii?: true };

function proposed(form: Record<string, unknown>, proposals: readonly [encoding: Proposed, ...Proposed[]]): FileForm {
  return {
    form: form as Form,
    unsure: proposals.filter(({ sure: known }) => !known).map(({ value, why }) => guess(value, why)),
    ...(proposals[0].ascii ? { ascii: true } : {}),
  };
}

/** Under these names publishers put their rows, however deep. */
const LISTS = new Set(["data", "rows", "results", "items"]);

/**
 * The pointer to the rows of an object, by its beginning: to the first list of objects or arrays with a name that is used
 * for that, else to the first at its top; "" where it has none and is itself the one row. Undefined of an array.
 */
function rowsIn(text: string): string | undefined {
  if (!/^\uFEFF?\s*\{/.test(text)) return undefined;
  const path: string[] = [];
  let name = "";
  let atTop: string | undefined;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?=\s*:)|"(?:[^"\\]|\\.)*"|\[\s*(?=[[{])|[{}]/g)) {
    if (token === "{") path.push(name);
    else if (token === "}") name = path.pop() ?? "";
    else if (token.startsWith('"')) name = token.slice(1, -1);
    else {
      const steps = [...path.slice(1), name];
      const pointer = steps.map((step) => `/${step.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
      if (LISTS.has(name)) return pointer;
      if (steps.length === 1) atTop ??= pointer;
    }
  }
  return atTop ?? "";
}

/** Where an encoding is not known yet: what is looked for in it is ASCII. */
function textOf(bytes: Buffer): string {
  return bytes.includes(0) ? bytes.toString("latin1").replaceAll("\0", "") : bytes.toString("latin1");
}

async function beginning(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * Files below a folder, links followed, each folder once, in the order of their names; what begins with a point is left
 * out, and folders and files that are ours by their path. Paths are relative to it, with slashes.
 */
export async function filesBelow(folder: string, isOurs: (path: string) => boolean): Promise<string[]> {
  const files: string[] = [];
  const seen = new Set<string>();
  const walk = async (at: string): Promise<void> => {
    const real = await realpath(join(folder, at));
    if (seen.has(real)) return;
    seen.add(real);
    for (const name of (await readdir(join(folder, at))).sort()) {
      const path = join(at, name);
      if (name.startsWith(".") || isOurs(path)) continue;
      const found = await stat(join(folder, path)).catch(() => undefined);
      if (found?.isDirectory()) await walk(path);
      else if (found?.isFile()) files.push(path.split(sep).join("/"));
    }
  };
  await walk("");
  return files;
}
