// Tables of docs/tutorial/19-four-waves.md, from what a migration staged. Counts, sums and codes of agencies, and no row.

import { readFile } from "node:fs/promises";
import { REASONS, type ReasonCode } from "../../migration/row.ts";
import type { Balance } from "../../migration/stage/fates.ts";
import type { Staged } from "../../migration/stage/stage.ts";

/**
 * What stays in force, in the order of its coming. `kept`: what the attempt before left in force when it was taken back,
 * which is what this one had to reject.
 */
export type Attempts = readonly { name: string; staged: Staged; kept?: true }[];

const count = (value: number) => (value === 0 ? "·" : value.toLocaleString("en-GB"));

function rupiah(minor: bigint | string): string {
  const digits = String(minor).padStart(3, "0");
  return Number(minor) === 0 ? "·" : `${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
}

export function markdown(heads: readonly string[], rows: readonly (readonly string[])[], right: readonly number[]) {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = heads.map((_, index) => (right.includes(index) ? "--:" : "---"));
  return [line(heads), line(rule), ...rows.map(line)].join("\n");
}

type Tallied = { rows: number; money: readonly bigint[] };

/** What all waves together did with one table: `migrated` by attempt. */
export type Account = {
  table: string;
  columns: readonly string[];
  read: Tallied;
  migrated: readonly Tallied[];
  rejected: Tallied;
  merged: Tallied;
  /** rows of which the map takes nothing, or that a rule of the plan leaves out */
  leftOut: number;
};

/** Reads, over all waves that a table is in, what became of each of its rows in the end. */
export function accountsOf(attempts: Attempts): Account[] {
  const names = new Set(attempts.flatMap(({ staged }) => staged.balances.map(({ table }) => table)));
  return [...names].sort().map((table) => {
    const found = attempts.map(({ staged }) => staged.balances.find((each) => each.table === table));
    // a wave of suppliers reads tables of later waves, and leaves rows and sums to them
    const columns = found.findLast((each) => each !== undefined)!.money.map(({ column }) => column);
    const tallied = (tally: Balance["read"] | undefined): Tallied => ({
      rows: tally?.rows ?? 0,
      money: columns.map((_, at) => BigInt(tally?.money[at] ?? 0)),
    });
    const summed = (all: readonly Tallied[]): Tallied => ({
      rows: all.reduce((sum, { rows }) => sum + rows, 0),
      money: columns.map((_, at) => all.reduce((sum, { money }) => sum + money[at]!, 0n)),
    });
    const once = found.filter((_, at) => attempts[at]!.kept === undefined);
    const kept = found.filter((_, at) => attempts[at]!.kept === true).map((each) => tallied(each?.rejected));
    const rejected = summed(once.map((each) => tallied(each?.rejected)));
    const back = summed(kept);
    return {
      ...{ table, columns, read: tallied(found.findLast((each) => each !== undefined)!.read) },
      migrated: found.map((each, at) => tallied(attempts[at]!.kept ? each?.rejected : each?.migrated)),
      rejected: {
        rows: rejected.rows - back.rows,
        money: rejected.money.map((amount, at) => amount - back.money[at]!),
      },
      merged: summed(once.map((each) => tallied(each?.merged))),
      leftOut: Math.max(...once.map((each) => leftOutOf(each?.reasons ?? {}))),
    };
  });
}

/** Rows of which a map takes nothing, or that a rule of the plan leaves out. */
export function leftOutOf(reasons: Readonly<Record<string, number>>): number {
  return Object.entries(reasons)
    .filter(([reason]) => /^excluded (?!out-of-scope)/.test(reason))
    .reduce((sum, [, rows]) => sum + rows, 0);
}

export function rowsTable(accounts: readonly Account[], attempts: Attempts): string {
  const heads = ["table", "read", ...attempts.map(({ name }) => name), "merged", "left out", "rejected"];
  const rows = accounts.map(({ table, read, migrated, merged, leftOut, rejected }) => [
    ...[`\`${table}\``, count(read.rows), ...migrated.map(({ rows }) => count(rows))],
    ...[count(merged.rows), count(leftOut), count(rejected.rows)],
  ]);
  return markdown(
    heads,
    rows,
    heads.map((_, at) => at).filter((at) => at > 0),
  );
}

export function moneyTable(accounts: readonly Account[], attempts: Attempts): string {
  const heads = ["table", "column", "read", ...attempts.map(({ name }) => name), "merged", "rejected"];
  const rows = accounts.flatMap(({ table, columns, read, migrated, merged, rejected }) =>
    columns.map((column, at) => [
      ...[/^\d+_\d+/.exec(table)?.[0] ?? table, `\`${column}\``, rupiah(read.money[at]!)],
      ...migrated.map(({ money }) => rupiah(money[at]!)),
      ...[rupiah(merged.money[at]!), rupiah(rejected.money[at]!)],
    ]),
  );
  return markdown(
    heads,
    rows,
    heads.map((_, at) => at).filter((at) => at > 1),
  );
}

export function lotsTable(attempts: Attempts): string {
  const rows = attempts.flatMap(({ name, staged, kept }) => {
    if (kept) return [];
    const kinds = new Map<string, { lots: number; rows: number; value: bigint; paid: bigint; agencies: Set<string> }>();
    for (const { entity, tier, currency, rows: more, value, paid, agencyId } of staged.lots) {
      const key = `${entity} | ${tier} | ${currency}`;
      const sum = kinds.get(key) ?? { lots: 0, rows: 0, value: 0n, paid: 0n, agencies: new Set<string>() };
      kinds.set(key, {
        ...{ lots: sum.lots + 1, rows: sum.rows + more, value: sum.value + BigInt(value) },
        ...{ paid: sum.paid + BigInt(paid), agencies: sum.agencies.add(agencyId) },
      });
    }
    return [...kinds].map(([key, { lots, rows: all, value, paid, agencies }]) => [
      ...[name, ...key.split(" | "), count(agencies.size), count(lots), count(all), rupiah(value), rupiah(paid)],
    ]);
  });
  const heads = ["wave", "what", "tier", "currency", "agencies", "lots", "rows", "value", "paid before"];
  return markdown(heads, rows, [4, 5, 6, 7, 8]);
}

/** Rows that were merged or rejected, by the rule or reason that said so. */
export function reasonsTable(attempts: Attempts, fate: "merged" | "rejected"): string {
  const rows = attempts.flatMap(({ name, staged, kept }) =>
    (kept ? [] : staged.balances).flatMap(({ table, reasons }) =>
      Object.entries(reasons)
        .filter(([reason]) => reason.startsWith(`${fate} `))
        .map(([reason, found]) => {
          const code = reason.slice(fate.length + 1);
          const words = REASONS[code as ReasonCode]?.en ?? "";
          return [name, `\`${table}\``, `\`${code}\``, ...(fate === "rejected" ? [words] : []), count(found)];
        }),
    ),
  );
  if (rows.length === 0) return "None.";
  return fate === "rejected"
    ? markdown(["wave", "table", "reason", "in words", "rows"], rows, [4])
    : markdown(["wave", "table", "rule", "rows"], rows, [3]);
}

/** A page with its recorded parts filled in; a part that nobody told, or a place that is not there, is a fault. */
export async function filledPage(page: URL, parts: Readonly<Record<string, string>>): Promise<string> {
  const told = new Set<string>();
  const text = (await readFile(page, "utf8")).replace(
    /(<!-- recorded: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, part: string, end: string) => {
      if (parts[part] === undefined) throw new Error(`nothing is recorded as ${part}`);
      told.add(part);
      return `${start}\n${parts[part]}\n\n${end}`;
    },
  );
  for (const part of Object.keys(parts)) if (!told.has(part)) throw new Error(`the page has no place for ${part}`);
  return text;
}
