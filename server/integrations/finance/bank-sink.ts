import type { BankLineFragment } from "../../../migration/mapping/mapped.ts";
import type { MapFile } from "../../../migration/mapping/read-map.ts";
import type { References } from "../../../migration/mapping/references.ts";
import type { SourceRow } from "../../../migration/row.ts";
import type { BankLine } from "../../domain/payments/payment-document.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { SetAside, Sink, TakenRows, TakeResult } from "../sink.ts";
import { contentHash, RowMapper, setAside } from "./row-mapper.ts";

/** What the sink must know of a job. */
type BankJob = {
  readonly map: MapFile;
  /** of lines whose file names no account: the digest of the job's own */
  readonly account?: string;
  references(): Promise<References>;
};

export type BankNeeds = {
  job(id: string): BankJob;
  /** what an account of the treasury is called, by its digest */
  accountName(digest: string): string | undefined;
  readonly secret: string;
};

/** A line as it is kept; `seq` grows with each, so that who follows reads on from one. */
export type StoredLine = { readonly line: BankLine; readonly seq: number };

type RunSoFar = {
  readonly mapper: RowMapper;
  readonly job: BankJob;
  /** how often each line has stood in the statement that is being read */
  counts: Map<string, number>;
  statement: string | undefined;
  capture: string;
  lastRow: number;
  /** batches noted so far */
  notes: number;
  /** lines kept later than this are of this run */
  began: number | undefined;
};

/** What a batch brought: with it counting goes on where a crash has cut a file. `lines`: names, as in `counts`. */
type Note = {
  readonly capture: string;
  readonly from: number;
  readonly to: number;
  readonly lines: readonly (readonly [statement: string, name: string])[];
};

const padded = (seq: number) => String(seq).padStart(15, "0");

/**
 * Lines of bank statements, each kept once. A line is known by its account, day, amount, direction, texts and the balance
 * after it, where its file tells one; of lines that are equal in all of that, by how many there are in one statement. So
 * the same line in two overlapping files is one, and two equal lines on one day are two.
 */
export class BankSink implements Sink {
  readonly #storage: Storage;
  readonly #needs: BankNeeds;
  readonly #runs = new Map<string, RunSoFar>();
  #seq: number | undefined;

  constructor(storage: Storage, needs: BankNeeds) {
    this.#storage = storage;
    this.#needs = needs;
  }

  async take(batch: TakenRows): Promise<TakeResult> {
    const { job: id, capture, rows } = batch;
    const first = rows[0];
    if (first === undefined) return { drafted: 0, unchanged: 0, merged: 0, setAside: [] };
    const run = await this.#run(id);
    // rows of a file count from 1, those of a table through all its answers
    const goesOn = first.row === run.lastRow + 1 && (first.row > 1 || run.capture === "");
    if (!goesOn) await this.#recount(run, id, capture, first.row);
    const { result, put, noted } = await this.#read(run, batch);
    const kept = [...put].flatMap(([key, value]) => [
      { key: `bank/line/${key}`, value },
      { key: `bank/change/${padded(value.seq)}`, value: { key: `bank/line/${key}` } },
    ]);
    run.capture = capture;
    run.lastRow = rows.at(-1)!.row;
    const note: Note = { capture, from: first.row, to: run.lastRow, lines: noted };
    await this.#storage.put(
      [
        ...kept,
        { key: `bank/note/${id}/${padded(++run.notes)}`, value: note },
        ...(this.#seq === undefined ? [] : [{ key: "bank/seq", value: this.#seq }]),
      ],
      { sync: true },
    );
    failpoint("bank-kept");
    return result;
  }

  /** Each batch by itself: a line that two of them hold counts as new in both. */
  async preview(batch: TakenRows): Promise<TakeResult> {
    return (await this.#read(this.#begun(batch.job), batch)).result;
  }

  /** What rows would bring: their fates, what is to be written, and their lines' names. */
  async #read(run: RunSoFar, { job: id, capture, columns, rows }: TakenRows) {
    const map = await run.mapper.for(columns);
    const noted: [string, string][] = [];
    const aside: SetAside[] = [];
    const counts = { drafted: 0, unchanged: 0, merged: 0 };
    const put = new Map<string, StoredLine>();
    for (const row of rows) {
      const { fragments, setAside: refused } = map(row);
      if (refused !== undefined) {
        aside.push(refused);
        continue;
      }
      const lines = fragments.filter((each) => each.entity === "bankLine");
      const fates = new Set<"drafted" | "unchanged" | "merged">();
      for (const fragment of lines) {
        const account = fragment.account ?? run.job.account;
        if (account === undefined) {
          aside.push(setAside(row, "value-missing", { column: "account" }));
          fates.clear();
          break;
        }
        fates.add(await this.#line(run, id, capture, row, fragment, account, put, noted));
      }
      if (fates.has("drafted")) counts.drafted++;
      else if (fates.has("unchanged")) counts.unchanged++;
      else if (fates.has("merged")) counts.merged++;
      else if (lines.length === 0) counts.unchanged++;
    }
    return { result: { ...counts, setAside: aside }, put, noted };
  }

  async finish(id: string): Promise<TakeResult> {
    this.#runs.delete(id);
    const notes: string[] = [];
    for await (const { key } of this.#storage.range(`bank/note/${id}/`)) notes.push(key);
    await this.#storage.put([], { sync: true, remove: notes });
    return { drafted: 0, unchanged: 0, merged: 0, setAside: [] };
  }

  /** In the order of account and day; of one account, between two days, both included. */
  async *lines(of: { account?: string; from?: string; until?: string } = {}): AsyncGenerator<StoredLine> {
    const prefix = `bank/line/${of.account === undefined ? "" : `${of.account}/`}`;
    const after = of.account !== undefined && of.from !== undefined ? { after: of.from } : {};
    for await (const { value } of this.#storage.range<StoredLine>(prefix, after)) {
      if (of.from !== undefined && value.line.on < of.from) continue;
      if (of.until !== undefined && value.line.on > of.until) {
        if (of.account !== undefined) return;
        continue;
      }
      yield value;
    }
  }

  /** Lines kept after this position. */
  since(seq: number): AsyncGenerator<StoredLine> {
    return bankLinesSince(this.#storage, seq);
  }

  async #run(id: string): Promise<RunSoFar> {
    const found = this.#runs.get(id);
    if (found !== undefined) return found;
    const run = this.#begun(id);
    for await (const { key } of this.#storage.range<Note>(`bank/note/${id}/`, { reverse: true, limit: 1 }))
      run.notes = Number(key.slice(key.lastIndexOf("/") + 1));
    this.#runs.set(id, run);
    return run;
  }

  #begun(id: string): RunSoFar {
    const job = this.#needs.job(id);
    return {
      mapper: new RowMapper(job.map, this.#needs.secret, () => job.references()),
      job,
      counts: new Map(),
      statement: undefined,
      capture: "",
      lastRow: 0,
      notes: 0,
      began: undefined,
    };
  }

  /** Counts again what of a file came before a row: nothing at its start, and after a crash what was noted of it. */
  async #recount(run: RunSoFar, id: string, capture: string, row: number): Promise<void> {
    run.counts = new Map();
    run.statement = undefined;
    if (row === 1) return;
    let before: Note[] = [];
    for await (const { value } of this.#storage.range<Note>(`bank/note/${id}/`)) {
      if (value.capture !== capture) continue;
      // read from its start once more
      if (value.from === 1) before = [];
      before = before.filter(({ from }) => from < value.from);
      if (value.to < row) before.push(value);
    }
    for (const { lines } of before) for (const [statement, name] of lines) this.#counted(run, statement, name);
  }

  #counted(run: RunSoFar, statement: string, name: string): number {
    if (statement !== run.statement) {
      run.counts = new Map();
      run.statement = statement;
    }
    const nth = (run.counts.get(name) ?? 0) + 1;
    run.counts.set(name, nth);
    return nth;
  }

  async #line(
    run: RunSoFar,
    job: string,
    capture: string,
    row: SourceRow,
    { statement, balance, account: _, entity: __, ...facts }: BankLineFragment,
    account: string,
    put: Map<string, StoredLine>,
    noted: [string, string][],
  ): Promise<"drafted" | "unchanged" | "merged"> {
    const content = contentHash([facts, balance ?? null]);
    const name = contentHash([account, facts.on, content]);
    const nth = this.#counted(run, statement ?? "", name);
    noted.push([statement ?? "", name]);
    const key = `${account}/${facts.on}/${content}/${nth}`;
    this.#seq ??= (await this.#storage.get<number>("bank/seq")) ?? 0;
    run.began ??= this.#seq;
    const kept = put.has(key) ? { seq: this.#seq } : await this.#storage.get<StoredLine>(`bank/line/${key}`);
    if (kept !== undefined) return kept.seq > run.began ? "merged" : "unchanged";
    const seq = ++this.#seq;
    const line: BankLine = {
      key,
      account,
      accountName: this.#needs.accountName(account) ?? account.slice(0, 8),
      ...facts,
      source: { connector: job, capture, at: row.at },
    };
    put.set(key, { line, seq });
    return "drafted";
  }
}

/** Lines kept after a position, for who follows them. */
export async function* bankLinesSince(storage: Storage, seq: number): AsyncGenerator<StoredLine> {
  for await (const { value } of storage.range<{ key: string }>("bank/change/", { after: padded(seq) })) {
    const found = await storage.get<StoredLine>(value.key);
    if (found !== undefined) yield found;
  }
}
