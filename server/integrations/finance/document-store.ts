import type { Hex } from "../../domain/entries/words.ts";
import type { PaymentDocument, ReturnDocument } from "../../domain/payments/payment-document.ts";
import type { Storage } from "../../domain/storage.ts";
import type { Waiting } from "./assemble-document.ts";

/** One thing that a later version says otherwise; amounts in minor units. */
export type DocumentChange = { readonly field: string; readonly before?: string; readonly after?: string };

/**
 * A document as it stands. `version` counts what its sources changed or took back; what they only added is no new
 * version. `gone`: a full scan did not find it any more; it is kept. `seq` grows with every write: `since` reads on from
 * one.
 */
export type StoredDocument = {
  readonly document: PaymentDocument;
  readonly version: number;
  readonly seq: number;
  readonly state: "inForce" | "gone";
  /** against the version before */
  readonly changes?: readonly DocumentChange[];
};

export type StoredReturn = {
  readonly return: ReturnDocument;
  readonly version: number;
  readonly seq: number;
  readonly state: "inForce" | "gone";
  readonly changes?: readonly DocumentChange[];
  /** the job and row that said it */
  readonly job: string;
  readonly hash: string;
};

type Row = { key: string; value: unknown };
/** Numbers as text whose order is theirs. */
const padded = (seq: number) => String(seq).padStart(15, "0");
const seqKey = (seq: number) => `fin/change/${padded(seq)}`;

/** Payment documents, returns, and what waits, in the one store. */
export class DocumentStore {
  readonly #storage: Storage;
  #seq: number | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  document(key: string): Promise<StoredDocument | undefined> {
    return this.#storage.get(`fin/doc/${key}`);
  }

  /** In the order of their keys; of one issuer and year where told. */
  async *documents(of: { issuer?: Hex; year?: number } = {}): AsyncGenerator<StoredDocument> {
    const prefix = of.issuer === undefined ? "" : `${of.issuer}/${of.year === undefined ? "" : `${of.year}/`}`;
    for await (const { value } of this.#storage.range<StoredDocument>(`fin/doc/${prefix}`))
      if (of.year === undefined || value.document.year === of.year) yield value;
  }

  /** What was written after this position: each document once, by its last change. */
  async *since(seq: number): AsyncGenerator<StoredDocument> {
    for await (const { value } of this.#storage.range<{ key: string }>("fin/change/", { after: padded(seq) })) {
      const found = await this.document(value.key);
      if (found !== undefined) yield found;
    }
  }

  async *returns(): AsyncGenerator<StoredReturn> {
    for await (const { value } of this.#storage.range<StoredReturn>("fin/return/")) yield value;
  }

  returned(key: string): Promise<StoredReturn | undefined> {
    return this.#storage.get(`fin/return/${key}`);
  }

  /** SP2D of which a paper is there and too little is known yet. */
  async *waiting(): AsyncGenerator<Waiting> {
    for await (const { value } of this.#storage.range<Waiting>("fin/waiting/")) yield value;
  }

  /** Earlier versions of a document, the first one first: what changed in each. */
  async *versions(key: string): AsyncGenerator<{ version: number; changes: readonly DocumentChange[] }> {
    for await (const { value } of this.#storage.range<{ version: number; changes: readonly DocumentChange[] }>(
      `fin/version/${key}\u0000`,
    ))
      yield value;
  }

  /** The rows that keep a document, and the keys that they replace. */
  async rowsFor(
    stored: Omit<StoredDocument, "seq">,
    before: StoredDocument | undefined,
  ): Promise<{ put: Row[]; remove: string[] }> {
    const seq = await this.#next();
    const { key } = stored.document;
    const put: Row[] = [
      { key: `fin/doc/${key}`, value: { ...stored, seq } },
      { key: seqKey(seq), value: { key } },
      { key: "fin/seq", value: seq },
    ];
    if (stored.version > (before?.version ?? 1))
      put.push({
        key: `fin/version/${key}\u0000${String(stored.version).padStart(6, "0")}`,
        value: { version: stored.version, changes: stored.changes ?? [] },
      });
    return { put, remove: before === undefined ? [] : [seqKey(before.seq)] };
  }

  async nextSeq(): Promise<number> {
    return this.#next();
  }

  async #next(): Promise<number> {
    this.#seq ??= (await this.#storage.get<number>("fin/seq")) ?? 0;
    return ++this.#seq;
  }
}
