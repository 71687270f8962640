import type { FinanceFragment, PaperName, PaperOf, ReturnFragment } from "../../../migration/mapping/mapped.ts";
import type { MapFile } from "../../../migration/mapping/read-map.ts";
import type { References } from "../../../migration/mapping/references.ts";
import type { Hex } from "../../domain/entries/words.ts";
import type { PaymentDocument, ReturnDocument, SourcePlace } from "../../domain/payments/payment-document.ts";
import { levelNumber } from "../../domain/payments/payment-key.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Ended, SetAside, Sink, TakenRows, TakeResult } from "../sink.ts";
import { assembleDocument, type Papers } from "./assemble-document.ts";
import { documentChanges } from "./document-changes.ts";
import { DocumentStore, type StoredDocument, type StoredReturn } from "./document-store.ts";
import { type Laid, PaperBook, paperKey, type Statement } from "./paper-book.ts";
import { contentHash, RowMapper, setAside } from "./row-mapper.ts";

/** What the sink must know of a job. */
export type PaymentsJob = {
  readonly map: MapFile;
  /** the treasury whose documents these are, as the register calls it */
  readonly issuer: Hex;
  /** of rows that tell none: systems with one database per year */
  readonly year?: number;
  /** rows that the map looks things up in */
  references(): Promise<References>;
};

export type PaymentsNeeds = {
  job(id: string): PaymentsJob;
  /** the register's id of the office that a source calls so */
  agency(code: string): Hex | undefined;
  /** of the installation: keys the digests of persons and accounts */
  readonly secret: string;
};

/** Of the rows of a run so far: what each said, by its name; `aside`: a row was set aside, and what it says is unknown. */
type RunSoFar = {
  readonly said: Map<string, string>;
  readonly mapper: RowMapper;
  readonly job: PaymentsJob;
  aside: boolean;
};

/**
 * Rows of SPP, SPM, SP2D, budget lines and deductions, in any order of tables, become payment documents; rows of returns
 * become returns. What rows say is kept paper by paper first, and documents are made of it when a run ends: a crash
 * between the two is made good by the next run.
 */
export class PaymentsSink implements Sink {
  readonly #storage: Storage;
  readonly #needs: PaymentsNeeds;
  readonly #papers: PaperBook;
  readonly documents: DocumentStore;
  readonly #runs = new Map<string, RunSoFar>();

  constructor(storage: Storage, needs: PaymentsNeeds) {
    this.#storage = storage;
    this.#needs = needs;
    this.#papers = new PaperBook(storage);
    this.documents = new DocumentStore(storage);
  }

  async take(batch: TakenRows): Promise<TakeResult> {
    const run = this.#run(batch.job);
    const read = await this.#read(run, batch);
    const laid = await this.#papers.lay(groupOf(run.job.issuer), read.statements);
    failpoint("payments-laid");
    const { put, isNew } = await this.#returns(run.job, batch.job, read.returns);
    if (put.length > 0) await this.#storage.put(put, { sync: true });
    run.aside ||= read.aside.length > 0;
    return fatesOf(read, laid, isNew);
  }

  /** Each batch by itself: what two of them say counts as new in both. */
  async preview(batch: TakenRows): Promise<TakeResult> {
    const run = this.#begun(batch.job);
    const read = await this.#read(run, batch);
    const laid = await this.#papers.known(groupOf(run.job.issuer), read.statements);
    return fatesOf(read, laid, (await this.#returns(run.job, batch.job, read.returns)).isNew);
  }

  /** What rows say, each part once in a run. */
  async #read(run: RunSoFar, { job: id, capture, columns, rows }: TakenRows): Promise<Read> {
    const map = await run.mapper.for(columns);
    const aside: SetAside[] = [];
    const statements: Statement[] = [];
    const returns: Returned[] = [];
    const parts: Part[] = [];
    for (const row of rows) {
      const { fragments, setAside: refused } = map(row);
      if (refused !== undefined) {
        aside.push(refused);
        continue;
      }
      const place: SourcePlace = { connector: id, capture, at: row.at };
      const mine: Part = { statements: [], returns: [], merged: false };
      let clash = false;
      const fresh: { name: string; content: string; add(): void }[] = [];
      for (const fragment of fragments) {
        if (fragment.entity === "bankLine") continue;
        const named = nameOf(run.job, id, fragment);
        const content = contentHash(fragment);
        const before = run.said.get(named.whole);
        if (before !== undefined) {
          if (before !== content) clash = true;
          mine.merged = true;
          continue;
        }
        fresh.push({
          name: named.whole,
          content,
          add: () => {
            if (fragment.entity === "return") mine.returns.push(returns.push({ fragment, place }) - 1);
            else
              mine.statements.push(
                statements.push({
                  of: named.of!,
                  row: named.row,
                  said: { job: id, place: { capture, at: row.at }, facts: fragment },
                  hash: content,
                }) - 1,
              );
          },
        });
      }
      if (clash) {
        // two rows of one reading that contradict each other: the first counts, a person looks at the second
        aside.push(setAside(row, "key-differs"));
        continue;
      }
      for (const each of fresh) {
        run.said.set(each.name, each.content);
        each.add();
      }
      parts.push(mine);
    }
    return { aside, statements, returns, parts };
  }

  /**
   * Makes documents of what changed. A job that read its whole table (`whole`) says by its silence what is gone.
   */
  async finish(id: string, { whole = false }: Partial<Ended> = {}): Promise<TakeResult> {
    const run = this.#run(id);
    const { issuer } = run.job;
    // a row that cannot be read is there all the same: what it said before is not gone
    if (whole && !run.aside) {
      for (const paper of papersIn(run.job.map))
        await this.#papers.forget(groupOf(issuer), paper, id, (key, row) => run.said.has(rowName(key, row)));
      await this.#forgetReturns(run, id);
    }
    this.#runs.delete(id);
    await this.assemble(issuer);
    return { drafted: 0, unchanged: 0, merged: 0, setAside: [] };
  }

  #run(id: string): RunSoFar {
    const run = this.#runs.get(id) ?? this.#begun(id);
    this.#runs.set(id, run);
    return run;
  }

  #begun(id: string): RunSoFar {
    const job = this.#needs.job(id);
    return {
      said: new Map<string, string>(),
      mapper: new RowMapper(job.map, this.#needs.secret, () => job.references()),
      job,
      aside: false,
    };
  }

  // ---- documents

  /** Makes documents of what was laid down and not made yet. */
  async assemble(issuer: Hex): Promise<void> {
    for await (const { wholes, marks, papers } of this.#papers.dirty(groupOf(issuer))) {
      const put: { key: string; value: unknown }[] = [];
      const remove = [...marks];
      for (const whole of wholes) {
        const rows = await this.#made(issuer, whole, papers.get(whole)!);
        put.push(...rows.put);
        remove.push(...rows.remove);
      }
      // with the marks in one write: what a failing disk loses of it is made again
      await this.#storage.put(put, { remove });
      failpoint("payments-assembled");
    }
  }

  async #made(issuer: Hex, whole: string, papers: Papers) {
    const [, , , type, year] = whole.split("/");
    const name = whole.slice("fin/paper/".length);
    const nothing = { put: [] as { key: string; value: unknown }[], remove: [] as string[] };
    // where the year is a part of the paper's name, so is the name of its document
    const hasYear = year !== "-";
    const known = hasYear
      ? `${issuer}/${year}/${type}/${whole.slice(whole.indexOf("/n:") + 3)}`
      : await this.#storage.get<string>(`fin/made/${name}`);
    const before = known === undefined ? undefined : await this.documents.document(known);
    if (!papers.own.some(({ facts }) => facts.entity === "paper" && facts.isAddition !== true)) {
      // its rows are gone from the source, or only parts of it have come so far
      if (before === undefined || before.state === "gone") return { ...nothing, remove: [`fin/waiting/${name}`] };
      return this.documents.rowsFor({ ...before, state: "gone" }, before);
    }
    const made = assembleDocument(papers, {
      issuer,
      type: type as PaymentDocument["type"],
      year: hasYear ? Number(year) : undefined,
      agency: (code) => this.#needs.agency(code),
    });
    if ("for" in made) return { put: [{ key: `fin/waiting/${name}`, value: made }], remove: [] };
    const rows = await this.#keptAs(made, before);
    if (before === undefined) rows.remove.push(`fin/waiting/${name}`);
    if (!hasYear && known !== made.key) rows.put.push({ key: `fin/made/${name}`, value: made.key });
    if (before !== undefined && before.document.key !== made.key && before.state === "inForce") {
      const gone = await this.documents.rowsFor({ ...before, state: "gone" }, before);
      rows.put.push(...gone.put);
      rows.remove.push(...gone.remove);
    }
    return rows;
  }

  async #keptAs(made: PaymentDocument, known: StoredDocument | undefined) {
    const before = known?.document.key === made.key ? known : await this.documents.document(made.key);
    if (before === undefined)
      return this.documents.rowsFor({ document: made, version: 1, state: "inForce" }, undefined);
    const found = documentChanges(before.document, made);
    if (found === undefined && before.state === "inForce") return { put: [], remove: [] as string[] };
    const isNewVersion = found?.isNewVersion === true || before.state === "gone";
    return this.documents.rowsFor(
      {
        document: made,
        version: before.version + (isNewVersion ? 1 : 0),
        state: "inForce",
        ...(isNewVersion
          ? { changes: found?.changes ?? [] }
          : before.changes === undefined
            ? {}
            : { changes: before.changes }),
      },
      before,
    );
  }

  // ---- returns

  /** Rows that keep returns, and of each whether it says anything new. */
  async #returns({ issuer, year: ofJob }: PaymentsJob, job: string, given: readonly Returned[]) {
    const put: { key: string; value: unknown }[] = [];
    const isNew: boolean[] = [];
    for (const { fragment, place } of given) {
      const { number, on, kind, of, currency, amount, text } = fragment;
      const year = fragment.year ?? ofJob ?? Number(on.slice(0, 4));
      const key = `${issuer}/${year}/${kind}/${levelNumber(number)}/${levelNumber(of)}`;
      const hash = contentHash(fragment);
      const before = await this.documents.returned(key);
      if (before?.hash === hash && before.state === "inForce") {
        isNew.push(false);
        continue;
      }
      const document: ReturnDocument = {
        key,
        issuer,
        year,
        number,
        on,
        kind: kind as ReturnDocument["kind"],
        of,
        currency,
        amount,
        text,
        source: place,
      };
      const changes =
        before === undefined
          ? []
          : (["on", "amount", "text", "currency"] as const).flatMap((field) =>
              before.return[field] === document[field]
                ? []
                : [{ field, before: before.return[field], after: document[field] }],
            );
      const stored: StoredReturn = {
        return: document,
        version: (before?.version ?? 0) + 1,
        seq: await this.documents.nextSeq(),
        state: "inForce",
        ...(changes.length > 0 ? { changes } : {}),
        job,
        hash,
      };
      put.push({ key: `fin/return/${key}`, value: stored }, { key: "fin/seq", value: stored.seq });
      isNew.push(true);
    }
    return { put, isNew };
  }

  async #forgetReturns({ said, job }: RunSoFar, id: string): Promise<void> {
    const put: { key: string; value: unknown }[] = [];
    for await (const stored of this.documents.returns()) {
      if (stored.job !== id || stored.state === "gone" || stored.return.issuer !== job.issuer) continue;
      if (said.has(returnName(stored.return.kind, stored.return.number, stored.return.of))) continue;
      const seq = await this.documents.nextSeq();
      put.push(
        { key: `fin/return/${stored.return.key}`, value: { ...stored, state: "gone", seq } },
        { key: "fin/seq", value: seq },
      );
    }
    if (put.length > 0) await this.#storage.put(put, { sync: true });
  }
}

/** Which statements and returns of a batch decide the fate of one of its rows; `merged`: other rows said the same. */
type Part = { readonly statements: number[]; readonly returns: number[]; merged: boolean };
type Returned = { readonly fragment: ReturnFragment; readonly place: SourcePlace };
type Read = {
  readonly aside: readonly SetAside[];
  readonly statements: readonly Statement[];
  readonly returns: readonly Returned[];
  readonly parts: readonly Part[];
};

function fatesOf({ aside, parts }: Read, laid: readonly Laid[], isNew: readonly boolean[]): TakeResult {
  const counts = { drafted: 0, unchanged: 0, merged: 0 };
  for (const { statements, returns, merged } of parts) {
    if (statements.some((at) => laid[at] === "new") || returns.some((at) => isNew[at])) counts.drafted++;
    else if (merged && statements.length + returns.length === 0) counts.merged++;
    // said before; or its map leaves it out on purpose
    else counts.unchanged++;
  }
  return { ...counts, setAside: aside };
}

function returnName(kind: string, number: string, of: string): string {
  return `return\u0000${kind}/${levelNumber(number)}/${levelNumber(of)}`;
}

/** What a statement is called: its paper and its row in it, the same whenever its source sends it again. */
function nameOf(
  { issuer, year }: PaymentsJob,
  job: string,
  fragment: Exclude<FinanceFragment, { entity: "bankLine" }>,
): { of?: PaperOf; row: string; whole: string } {
  if (fragment.entity === "return") {
    const whole = returnName(fragment.kind, fragment.number, fragment.of);
    return { row: whole, whole };
  }
  const told: PaperOf = fragment.entity === "paper" ? fragment : fragment.of;
  const inYear = told.year ?? year;
  const of: PaperOf = {
    paper: told.paper,
    ...(told.number === undefined ? {} : { number: told.number }),
    ...(told.id === undefined ? {} : { id: told.id }),
    ...(inYear === undefined ? {} : { year: inYear }),
  };
  const row = `${job}|${fragment.entity}|${fragment.key ?? ""}`;
  return { of, row, whole: rowName(paperKey(groupOf(issuer), of), row) };
}

/** Papers of one treasury go together. Short, for it stands in every key. */
function groupOf(issuer: Hex): string {
  return issuer.slice(2, 18);
}

/** Short: a run remembers one for every row. */
function rowName(paper: string, row: string): string {
  return contentHash([paper, row]);
}

/** The kinds of papers that rows of a map speak of. */
function papersIn({ spec: { paymentDocument, deduction, budgetLine } }: MapFile): Set<PaperName> {
  return new Set(
    [paymentDocument?.paper, deduction?.of.paper, budgetLine?.of.paper].filter((each) => each !== undefined),
  );
}
