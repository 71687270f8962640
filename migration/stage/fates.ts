import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import path from "node:path";
import { Fault } from "../../server/domain/fault.ts";
import type { Fate, ReasonCode } from "../row.ts";
import { RejectFile, type RejectSettings } from "./reject-file.ts";

// What became of every row that was read: one fate each, and sums that close exactly, in rows and in money.

/** A column of money: `name` in the source. */
export type MoneyColumn = { readonly column: string; readonly currency: string };

/** A dataset whose rows are accounted for. */
export type Account = {
  readonly dataset: string;
  readonly source: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly money: readonly MoneyColumn[];
};

/** A row, as far as its fate needs it; `money` in minor units, in the order of the dataset's columns of money. */
export type AccountedRow = {
  readonly account: number;
  readonly row: number;
  readonly at: string;
  readonly money: readonly (bigint | undefined)[];
};

/** Why a row was not migrated, and what is shown of it. */
export type Cause = {
  readonly code: ReasonCode;
  readonly column?: string | undefined;
  readonly found?: string | undefined;
  readonly values: readonly (string | null)[];
  readonly private?: ReadonlySet<string> | undefined;
  /** waits for what it belongs to */
  readonly held?: boolean | undefined;
};

type Tally = { readonly rows: number; readonly money: readonly string[] };
/** The account of one dataset: rows, and minor units of each column of money as decimal text. */
export type Balance = {
  readonly dataset: string;
  readonly source: string;
  readonly table: string;
  readonly money: readonly MoneyColumn[];
  readonly read: Tally;
  readonly migrated: Tally;
  readonly rejected: Tally;
  readonly merged: Tally;
  readonly excluded: Tally;
  /** of the rejected: those that wait for what they belong to */
  readonly held: number;
  /** cells of these columns that are no amount of money: they count as nothing everywhere */
  readonly unreadable: number;
  /** rows by reason or rule: `rejected money-unreadable`, `merged exact-row`, `excluded out-of-scope` */
  readonly reasons: Readonly<Record<string, number>>;
};

const FATES = ["migrated", "rejected", "merged", "excluded"] as const satisfies readonly Fate[];

class Sums {
  rows = 0;
  readonly money: bigint[];
  constructor(columns: number) {
    this.money = new Array<bigint>(columns).fill(0n);
  }
  add(money: readonly (bigint | undefined)[]): void {
    this.rows++;
    for (let at = 0; at < this.money.length; at++) {
      const amount = money[at];
      if (amount !== undefined) this.money[at] = this.money[at]! + amount;
    }
  }
  done(): Tally {
    return { rows: this.rows, money: this.money.map(String) };
  }
}

class Book {
  readonly account: Account;
  readonly read: Sums;
  readonly by: Record<Fate, Sums>;
  readonly reasons = new Map<string, number>();
  held = 0;
  unreadable = 0;
  /** a bit for each row that has its fate */
  decided: Uint8Array = new Uint8Array(1024);
  rejects: RejectFile | undefined;

  constructor(account: Account) {
    this.account = account;
    const sums = () => new Sums(account.money.length);
    this.read = sums();
    this.by = { migrated: sums(), rejected: sums(), merged: sums(), excluded: sums() };
  }
}

/** Keeps the fates of one stage: `fates.tsv` in its folder, and a reject file for each dataset that has rejects. */
export class Fates {
  readonly #books: Book[];
  readonly #place: string;
  readonly #rejects: string;
  readonly #settings: RejectSettings;
  readonly #file: number;
  #lines: string[] = [];
  #isOpen = true;

  /**
   * @param folder of the stage
   * @param rejects folder of the reject files
   */
  constructor(folder: string, rejects: string, accounts: readonly Account[], settings: RejectSettings = {}) {
    mkdirSync(rejects, { recursive: true });
    this.#books = accounts.map((account) => new Book(account));
    this.#place = path.join(folder, "fates.tsv");
    this.#rejects = rejects;
    this.#settings = settings;
    this.#file = openSync(`${this.#place}.new`, "w");
    this.#line("dataset\trow\tposition\tfate\treason\tcolumn\tinto");
  }

  /** A row was read. Its number begins at 1. */
  read({ account, money }: AccountedRow, unreadable = 0): void {
    const book = this.#books[account]!;
    book.read.add(money);
    book.unreadable += unreadable;
  }

  /** @param into key of the record */
  migrated(row: AccountedRow, into: string): void {
    this.#settle(row, "migrated", "", "", into);
  }

  /** @param into what it is the same as: another row, or a record @param rule of the plan, or who decided */
  merged(row: AccountedRow, into: string, rule: string): void {
    this.#settle(row, "merged", rule, "", into);
  }

  /** @param rule that leaves it out */
  excluded(row: AccountedRow, rule: string): void {
    this.#settle(row, "excluded", rule, "", "");
  }

  rejected(row: AccountedRow, cause: Cause): void {
    this.#settle(row, "rejected", cause.code, cause.column ?? "", cause.held ? "held" : "");
    const book = this.#books[row.account]!;
    if (cause.held) book.held++;
    book.rejects ??= new RejectFile(
      path.join(this.#rejects, `${book.account.dataset}.csv`),
      book.account,
      this.#settings,
    );
    book.rejects.add({ at: row.at, ...cause });
  }

  #settle(row: AccountedRow, fate: Fate, reason: string, column: string, into: string): void {
    const book = this.#books[row.account]!;
    const at = row.row >> 3;
    const bit = 1 << (row.row & 7);
    if (at >= book.decided.length) {
      const larger = new Uint8Array(Math.max(at + 1, book.decided.length * 2));
      larger.set(book.decided);
      book.decided = larger;
    }
    // a second fate would count its money twice
    if (book.decided[at]! & bit) throw new Error(`row ${row.row} of ${book.account.dataset} has its fate already`);
    book.decided[at]! |= bit;
    book.by[fate].add(row.money);
    if (reason !== "") {
      const name = `${fate} ${reason}`;
      book.reasons.set(name, (book.reasons.get(name) ?? 0) + 1);
    }
    // a place, a column and a key may hold anything
    const [at_, column_, into_] = [oneWord(row.at), oneWord(column), oneWord(into)];
    this.#line(`${book.account.dataset}	${row.row}	${at_}	${fate}	${oneWord(reason)}	${column_}	${into_}`);
  }

  #line(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length >= 4096) this.#flush();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const bytes = Buffer.from(`${this.#lines.join("\n")}\n`, "utf8");
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    this.#lines = [];
  }

  /** Closes the files. @throws Fault `not-conserved` before anything of them is in its place */
  async close(): Promise<{
    balances: Balance[];
    rejects: { dataset: string; file: string; rows: number; sha256: string }[];
  }> {
    const balances = this.#books.map(balanceOf);
    for (const balance of balances) checkBalance(balance);
    this.#flush();
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#isOpen = false;
    renameSync(`${this.#place}.new`, this.#place);
    const rejects: { dataset: string; file: string; rows: number; sha256: string }[] = [];
    for (const { account, rejects: file } of this.#books) {
      if (file === undefined) continue;
      const sha256 = await file.close();
      rejects.push({ dataset: account.dataset, file: `${account.dataset}.csv`, rows: file.rows, sha256 });
    }
    return { balances, rejects };
  }

  /** After a fault: lets go of the files. */
  abandon(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
    for (const { rejects } of this.#books) rejects?.abandon();
  }
}

function oneWord(cell: string): string {
  return /[\t\r\n]/.test(cell) ? cell.replace(/[\t\r\n]+/g, " ") : cell;
}

function balanceOf(book: Book): Balance {
  const { dataset, source, table, money } = book.account;
  const [migrated, rejected, merged, excluded] = FATES.map((fate) => book.by[fate].done()) as [
    Tally,
    Tally,
    Tally,
    Tally,
  ];
  return {
    ...{ dataset, source, table, money },
    read: book.read.done(),
    ...{ migrated, rejected, merged, excluded },
    held: book.held,
    unreadable: book.unreadable,
    reasons: Object.fromEntries([...book.reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** read = migrated + rejected + merged + excluded, in rows and in each column of money. @throws Fault `not-conserved` */
export function checkBalance(balance: Balance): void {
  const sum = (of: (tally: Tally) => bigint) => FATES.reduce((total, fate) => total + of(balance[fate]), 0n);
  const sides: [what: string, read: bigint, accounted: bigint][] = [
    ["rows", BigInt(balance.read.rows), sum(({ rows }) => BigInt(rows))],
    ...balance.money.map(({ column }, at): [string, bigint, bigint] => [
      column,
      BigInt(balance.read.money[at]!),
      sum(({ money }) => BigInt(money[at]!)),
    ]),
  ];
  for (const [what, read, accounted] of sides) {
    if (read === accounted) continue;
    throw new Fault("not-conserved", {
      explanation: {
        en: `${balance.dataset}, ${what}: ${read} were read, ${accounted} are accounted for.`,
        id: `${balance.dataset}, ${what}: ${read} dibaca, ${accounted} dipertanggungjawabkan.`,
      },
      remedy: {
        en: "Nothing was staged. This is a fault of the program: report it with the dataset's profile.",
        id: "Tidak ada yang disiapkan. Ini kesalahan program: laporkan beserta profil datasetnya.",
      },
    });
  }
}
