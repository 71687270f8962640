import type { ReasonCode, RowFault, Scan, Source, SourceRow, Table } from "../row.ts";
import { ScanDigest } from "./scan-digest.ts";
import { SourceFault } from "./source-fault.ts";
import { fileNamed, type SourceFile } from "./source-files.ts";

const BATCH = 1_000;

/** The columns of a bank statement, whatever its format; amounts are plain decimals, days `YYYY-MM-DD`. */
const COLUMNS = [
  "statement",
  "account",
  "currency",
  "entryDate",
  "valueDate",
  "amount",
  "direction",
  "reversal",
  "balance",
  "bankReference",
  "reference",
  "counterparty",
  "counterpartyAccount",
  "text",
  "furtherText",
] as const;

/** An entry, or one of the payments that an entry holds. `signed`: what it does to the balance, in 1/100,000. */
export type StatementLine = {
  readonly at: string;
  readonly signed: bigint;
  readonly entryDate: string;
  readonly valueDate?: string;
  readonly reversal: boolean;
  readonly bankReference?: string;
  readonly reference?: string;
  readonly counterparty?: string;
  readonly counterpartyAccount?: string;
  readonly text?: string;
  readonly furtherText?: string;
};

/** A line, or the end of a statement with what is wrong with it. Every statement ends, and its lines come before. */
export type StatementEvent =
  | { readonly kind: "begin"; readonly statement: Statement }
  | { readonly kind: "line"; readonly line: StatementLine }
  | { readonly kind: "end"; readonly at: string; readonly closing?: bigint; readonly fault?: string };

export type Statement = {
  /** its place in the file, from 1, and what the bank calls it */
  readonly name: string;
  readonly account?: string;
  readonly currency?: string;
  readonly opening?: bigint;
};

/** Runs through a file; throws a SourceFault where it is none of its format. */
export type StatementReader = (file: string) => AsyncGenerator<readonly StatementEvent[]>;

type Verdict = { readonly fault?: RowFault };

/**
 * Bank statements in files, one table each. Every file is read twice: first to see of each statement whether opening
 * balance and entries give the closing balance, then for its lines. Lines of a statement that does not add up carry the
 * fault, and so does a line made up for a statement that has none: its neighbours are read as ever.
 */
export class BankStatementSource implements Source {
  readonly name: string;
  readonly #files: readonly SourceFile[];
  readonly #read: StatementReader;

  constructor(name: string, files: readonly SourceFile[], read: StatementReader) {
    this.name = name;
    this.#files = files;
    this.#read = read;
  }

  async tables(): Promise<readonly Table[]> {
    return this.#files.map(({ name }) => ({
      name,
      columns: COLUMNS.map((column) => ({ name: column, type: "text", nullable: true })),
      key: [],
      references: [],
    }));
  }

  async *rows(table: string): AsyncGenerator<readonly SourceRow[], Scan> {
    const { path } = fileNamed(this.#files, table);
    const verdicts = await this.#verdicts(path);
    const digest = new ScanDigest();
    let batch: SourceRow[] = [];
    let number = 0;
    let ordinal = 0;
    let lines = 0;
    let statement: Statement = { name: "" };
    let balance: bigint | undefined;
    let last = "";
    const add = (at: string, values: (string | null)[]) => {
      const fault = verdicts[ordinal]?.fault;
      batch.push({ row: ++number, at, values, ...(fault === undefined ? {} : { faults: [fault] }) });
      last = at;
    };
    for await (const events of this.#read(path)) {
      for (const event of events) {
        if (event.kind === "begin") {
          statement = event.statement;
          balance = statement.opening;
          lines = 0;
        } else if (event.kind === "line") {
          lines++;
          if (balance !== undefined) balance += event.line.signed;
          add(event.line.at, valuesOf(statement, event.line, balance));
        } else {
          if (lines === 0 && verdicts[ordinal]?.fault !== undefined)
            add(
              event.at,
              COLUMNS.map((column) => (column === "statement" ? statement.name : null)),
            );
          ordinal++;
        }
        if (batch.length < BATCH) continue;
        digest.add(batch);
        yield batch;
        batch = [];
      }
    }
    if (batch.length > 0) {
      digest.add(batch);
      yield batch;
    }
    if (ordinal !== verdicts.length) throw damagedStatement(path, CHANGED.en, CHANGED.id);
    return { rows: number, last, sha256: digest.sha256() };
  }

  async #verdicts(path: string): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    let opening: bigint | undefined;
    let sum = 0n;
    for await (const events of this.#read(path)) {
      for (const event of events) {
        if (event.kind === "begin") {
          opening = event.statement.opening;
          sum = 0n;
        } else if (event.kind === "line") sum += event.line.signed;
        else verdicts.push(verdictOf(opening, sum, event));
      }
    }
    return verdicts;
  }

  async close(): Promise<void> {}
}

const CHANGED = { en: "it was changed while it was being read", id: "berkas berubah selagi dibaca" };

function verdictOf(
  opening: bigint | undefined,
  sum: bigint,
  { closing, fault }: Extract<StatementEvent, { kind: "end" }>,
): Verdict {
  const refused = (code: ReasonCode, found: string): Verdict => ({ fault: { code, column: "balance", found } });
  if (fault !== undefined) return refused("statement-damaged", fault);
  if (opening === undefined || closing === undefined) return refused("balance-missing", "");
  if (opening + sum === closing) return {};
  return refused("balance-differs", `${decimal(opening)} + ${decimal(sum)} ≠ ${decimal(closing)}`);
}

function valuesOf(
  { name, account, currency }: Statement,
  line: StatementLine,
  balance: bigint | undefined,
): (string | null)[] {
  const values: Record<(typeof COLUMNS)[number], string | undefined> = {
    statement: name,
    account,
    currency,
    entryDate: line.entryDate,
    valueDate: line.valueDate,
    amount: decimal(line.signed < 0n ? -line.signed : line.signed),
    direction: line.signed < 0n ? "debit" : "credit",
    reversal: line.reversal ? "true" : "false",
    balance: balance === undefined ? undefined : decimal(balance),
    bankReference: line.bankReference,
    reference: line.reference,
    counterparty: line.counterparty,
    counterpartyAccount: line.counterpartyAccount,
    text: line.text,
    furtherText: line.furtherText,
  };
  return COLUMNS.map((column) => values[column] ?? null);
}

const SCALE = 100_000n;

/** A decimal of at most 18 digits before its sign and 5 behind it, in 1/100,000; undefined for anything else. */
export function scaled(text: string): bigint | undefined {
  const [, whole, fraction = ""] = /^\+?0*(\d{1,18})(?:\.(\d{0,5})0*)?$/.exec(text) ?? [];
  return whole === undefined ? undefined : BigInt(whole) * SCALE + BigInt(fraction.padEnd(5, "0"));
}

/** Back to a plain decimal, with two places or as many as it needs. */
function decimal(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const digits = (value < 0n ? -value : value).toString().padStart(6, "0");
  const fraction = digits.slice(-5).replace(/0{1,3}$/, "");
  return `${sign}${digits.slice(0, -5)}.${fraction.padEnd(2, "0")}`;
}

/** Whether a text is a day that there is: `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** A file that is no statement of its format, or not whole. */
export function damagedStatement(file: string, why: string, whyId: string, cause?: unknown): SourceFault {
  return new SourceFault(
    "source-damaged",
    {
      en: `${file} cannot be read as a bank statement: ${why}.`,
      id: `${file} tidak dapat dibaca sebagai rekening koran: ${whyId}.`,
    },
    {
      en: "Fetch the file from the bank again; nothing of it was taken.",
      id: "Ambil ulang berkas itu dari bank; tidak ada isinya yang dipakai.",
    },
    { cause },
  );
}
