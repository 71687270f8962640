import type { Column, RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import { JsonDocument, OPEN_BRACE, OPEN_BRACKET, type Span } from "./json-document.ts";
import { ScanDigest } from "./scan-digest.ts";
import { SourceFault } from "./source-fault.ts";
import { fileNamed, type SourceFile } from "./source-files.ts";

const BATCH = 1_000;
const MEMBERS = ["ocid", "id", "date", "tag"] as const;
const columns: readonly Column[] = [...MEMBERS, "release"].map((name) => ({
  name,
  type: name === "release" || name === "tag" ? "json" : "text",
  nullable: name !== "release",
}));

/** A release, or a record whose releases stand in a row of their own each. */
type Found = { readonly kind: "release" | "record"; readonly span: Span; readonly path: string };

/**
 * Files of OCDS 1.0 and 1.1, one table each: release packages, record packages, bare releases and records, one of them
 * or many (in an array, or one after another). Each release is a row of `ocid`, `id`, `date`, `tag` and the `release` as
 * it stands in the file. Of a record its releases are rows; where it only links to them, its compiled release is.
 */
export class OcdsSource implements Source {
  readonly name: string;
  readonly #files: readonly SourceFile[];

  constructor(name: string, files: readonly SourceFile[]) {
    this.name = name;
    this.#files = files;
  }

  async tables(): Promise<readonly Table[]> {
    const tables: Table[] = [];
    for (const { name, path } of this.#files) {
      const document = await JsonDocument.open(path);
      try {
        let rows = 0;
        for await (const _row of this.#rows(document)) rows++;
        const notes = document.size === 0 ? [{ en: "the file is empty: 0 bytes", id: "berkas kosong: 0 byte" }] : [];
        tables.push({
          name,
          columns,
          key: [],
          references: [],
          rows,
          bytes: document.size,
          ...(notes[0] ? { notes } : {}),
        });
      } finally {
        await document.close();
      }
    }
    return tables;
  }

  async *rows(table: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const document = await JsonDocument.open(fileNamed(this.#files, table).path);
    try {
      const digest = new ScanDigest();
      let batch: SourceRow[] = [];
      let rows = 0;
      let last = "nothing";
      for await (const row of this.#rows(document)) {
        batch.push({ row: ++rows, ...row });
        last = row.at;
        if (batch.length < BATCH) continue;
        digest.add(batch);
        yield batch;
        batch = [];
      }
      if (batch.length > 0) {
        digest.add(batch);
        yield batch;
      }
      return { rows, last: `${last}; end of file at byte ${document.size}`, sha256: digest.sha256() };
    } finally {
      await document.close();
    }
  }

  async *#rows(document: JsonDocument): AsyncGenerator<Omit<SourceRow, "row">> {
    for (let index = 0; (await document.peek()) !== -1; index++)
      for await (const { kind, span, path } of this.#found(document, index === 0 ? "" : `${index}/`))
        if (kind === "release") yield release(document, span, path);
        else yield* releasesOf(document, span, path);
    await document.prove();
  }

  async *#found(document: JsonDocument, path: string): AsyncGenerator<Found> {
    const opening = await document.peek();
    if (opening === OPEN_BRACKET) {
      for (let index = 0; await document.element(index === 0); index++)
        yield* this.#found(document, `${path}${index}/`);
      return;
    }
    if (opening !== OPEN_BRACE) throw document.broken("an object is expected", "diharapkan sebuah objek");
    // a package may be larger than memory, a release or a record may not: `ocid` at its top tells which of them it is
    let list: "releases" | "records" | undefined;
    const bare = await document.holding(async (start) => {
      for (let first = true; ; first = false) {
        const name = await document.member(first);
        if (name === undefined) return undefined;
        if (name === "ocid") {
          document.at = start();
          return true;
        }
        if ((name === "releases" || name === "records") && (await document.peek()) === OPEN_BRACKET) {
          list = name;
          return false;
        }
        await document.skip();
      }
    });
    if (bare === undefined) throw this.#unknown(document);
    if (bare) {
      const span = await document.value();
      let record = false;
      document.each(span, (name, nameTo) => {
        record ||= /^"(?:releases|compiledRelease|versionedRelease)"$/.test(
          document.source({ from: name, to: nameTo }),
        );
      });
      yield { kind: record ? "record" : "release", span, path: path || "the file, " };
      return;
    }
    for (let name: string | undefined = list; name !== undefined; name = await document.member(false)) {
      if ((name !== "releases" && name !== "records") || (await document.peek()) !== OPEN_BRACKET) {
        await document.skip();
        continue;
      }
      const kind = name === "releases" ? "release" : "record";
      for (let index = 0; await document.element(index === 0); index++)
        yield { kind, span: await document.value(), path: `${path}${name}/${index}` };
    }
  }

  #unknown({ path }: JsonDocument): SourceFault {
    return new SourceFault(
      "source-damaged",
      {
        en: `${path} holds no OCDS: an object there has neither ocid, releases nor records.`,
        id: `${path} bukan OCDS: sebuah objek di dalamnya tidak memiliki ocid, releases, maupun records.`,
      },
      {
        en: "Read it with `engine: json`, or name the right file.",
        id: "Baca dengan `engine: json`, atau sebutkan berkas yang benar.",
      },
    );
  }

  async close(): Promise<void> {}
}

function membersOf(document: JsonDocument, span: Span): Map<string, Span> {
  const members = new Map<string, Span>();
  if (document.bytes[span.from] === OPEN_BRACE)
    document.each(span, (name, nameTo, from, to) =>
      members.set(document.text({ from: name, to: nameTo }), { from, to }),
    );
  return members;
}

function release(document: JsonDocument, span: Span, path: string): Omit<SourceRow, "row"> {
  const at = `${path}${path.endsWith("/") || path.endsWith(" ") ? "" : ", "}byte ${document.byte(span.from)}`;
  const faults: RowFault[] = [];
  const members = membersOf(document, span);
  if (document.bytes[span.from] !== OPEN_BRACE)
    faults.push({ code: "ragged", found: document.source(span).slice(0, 60) });
  const values: (string | null)[] = MEMBERS.map((name) => {
    const member = members.get(name);
    return member ? document.cell(member.from, member.to) : null;
  });
  values.push(document.source(span));
  if (!document.isText(span)) faults.push({ code: "undecodable" });
  if (faults.length === 0) return { at, values };
  return { at, values, faults, raw: document.bytes.subarray(span.from, span.to).toString("base64") };
}

function* releasesOf(document: JsonDocument, span: Span, path: string): Generator<Omit<SourceRow, "row">> {
  const members = membersOf(document, span);
  const list = members.get("releases");
  const embedded: Span[] = [];
  let linked = false;
  if (list && document.bytes[list.from] === OPEN_BRACKET)
    document.each(list, (_name, _nameTo, from, to) => {
      embedded.push({ from, to });
      linked ||= !membersOf(document, { from, to }).has("ocid");
    });
  if (embedded.length > 0 && !linked) {
    for (const [index, one] of embedded.entries()) yield release(document, one, `${path}/releases/${index}`);
    return;
  }
  const compiled = members.get("compiledRelease");
  if (compiled) {
    yield release(document, compiled, `${path}/compiledRelease`);
    return;
  }
  const found = linked ? "only links to its releases" : "no release";
  const row = release(document, span, path);
  yield {
    ...row,
    faults: [...(row.faults ?? []), { code: "value-missing", column: "release", found }],
    raw: document.bytes.subarray(span.from, span.to).toString("base64"),
  };
}
