import { sha256 } from "#hash";
import { toHex, utf8 } from "../../server/domain/entries/words.ts";
import { classOfColumn, classToMask } from "../mapping/personal.ts";
import { type Cluster, clusterOf, type Decisions, digestOf } from "./decisions.ts";

// Rows that say the same again, or something else under the same key.

/** What the plan says of the rows of a dataset. */
export type RowRules = {
  readonly columns: readonly string[];
  /** rows equal in all columns but `ignored` are one; undefined: no rule says so */
  readonly same?: "exact-row" | "ignoring-load-stamps" | undefined;
  /** columns that do not count: when a row was loaded or sent */
  readonly ignored: ReadonlySet<number>;
  /** columns that make rows the same thing; `keep` says which of them stays */
  readonly key?: readonly number[] | undefined;
  readonly keep?: "first" | { readonly newest: number } | undefined;
};

export type Row = {
  readonly dataset: string;
  readonly account: number;
  readonly row: number;
  readonly at: string;
  readonly values: readonly (string | null)[];
};

/** `into`: the row that stays; `rule`: of the plan, or `decided by …`. */
type MergedRow<R> = { readonly row: R; readonly into: R; readonly rule: string };
export type Judged<R> = {
  kept: R[];
  merged: MergedRow<R>[];
  undecided: { rows: R[]; cluster: Cluster }[];
  /** left out by a person */
  refused: { rows: R[]; by: string }[];
};

/** One text for what a row says, without the columns that do not count. */
export function signatureOf(values: readonly (string | null)[], ignored: ReadonlySet<number>): string {
  return JSON.stringify(ignored.size === 0 ? values : values.map((value, at) => (ignored.has(at) ? null : value)));
}

const MEMBERS = 12;

/**
 * Decides about rows that belong to one thing, each in its dataset: the same rows by rule, then rows of the same key by
 * rule or decision.
 * @param rows in the order of their reading
 * @param alone only one of them may stay, whatever its dataset: they are a record with one key
 * @param truthOf where the plan names no key: what a row is about, and the one truth that it tells of that
 */
export function judgeRows<R extends Row>(
  rows: readonly R[],
  entity: string,
  rulesOf: (account: number) => RowRules,
  decisions: Decisions,
  {
    alone = false,
    truthOf,
  }: { alone?: boolean; truthOf?: (row: R) => { about: string; says: string } | undefined } = {},
): Judged<R> {
  const judged: Judged<R> = { kept: [], merged: [], undecided: [], refused: [] };
  if (rows.length === 1) {
    judged.kept.push(rows[0]!);
    return judged;
  }
  // the same row again
  const first = new Map<string, R>();
  const again = new Map<string, R[]>();
  const left: R[] = [];
  for (const row of rows) {
    const rules = rulesOf(row.account);
    const signature = `${row.account}\t${signatureOf(row.values, rules.ignored)}`;
    const before = first.get(signature);
    if (before === undefined) {
      first.set(signature, row);
      left.push(row);
    } else if (rules.same !== undefined) judged.merged.push({ row, into: before, rule: rules.same });
    else again.set(signature, [...(again.get(signature) ?? [before]), row]);
  }
  const waiting = new Set<R>();
  for (const same of again.values()) decide(same, "exact-row", 1);

  // another row of the same key
  const byKey = new Map<string, R[]>();
  for (const row of left) {
    if (waiting.has(row)) continue;
    const { key } = rulesOf(row.account);
    const truth = key === undefined ? truthOf?.(row) : undefined;
    if (key === undefined && truth === undefined && !alone) judged.kept.push(row);
    else {
      const own = truth?.about ?? JSON.stringify(key?.map((at) => row.values[at]));
      const name = alone ? "" : `${row.account}\t${own}`;
      const known = byKey.get(name);
      if (known === undefined) byKey.set(name, [row]);
      else known.push(row);
    }
  }
  for (const same of byKey.values()) {
    const [only] = same;
    const { keep } = rulesOf(only!.account);
    const truths = new Set(same.map((row) => truthOf?.(row)?.says));
    const oneTruth = !alone && rulesOf(only!.account).key === undefined && truths.size === 1;
    if (same.length === 1 || oneTruth) judged.kept.push(...same);
    else if (keep !== undefined && same.every(({ account }) => account === only!.account)) {
      const stays = keep === "first" ? only! : newest(same, keep.newest);
      const rule = keep === "first" ? "key, first" : `key, newest by ${rulesOf(only!.account).columns[keep.newest]}`;
      judged.kept.push(stays);
      for (const row of same) if (row !== stays) judged.merged.push({ row, into: stays, rule });
    } else decide(same, "key-differs", 0.5);
  }
  return judged;

  function decide(same: readonly R[], rule: string, score: number): void {
    const keys = same.map((row) => rowKey(row, rulesOf(row.account).ignored));
    const id = clusterOf(entity, [...new Set(keys)]);
    const seen = digestOf(keys);
    const decision = decisions.about(id, seen);
    if (decision !== undefined && decision !== "stale") {
      const stays = same[Math.max(0, keys.indexOf(decision.keep ?? keys[0]!))]!;
      if (decision.verdict === "same") {
        for (const row of same)
          if (row !== stays) judged.merged.push({ row, into: stays, rule: `decided by ${decision.by}` });
        // of rows that say the same, the one that stays may still share its key with others
        if (rule !== "exact-row") judged.kept.push(stays);
      } else if (decision.verdict === "reject")
        judged.refused.push({ rows: [...same], by: `decided by ${decision.by}` });
      else judged.kept.push(...same);
      for (const row of same)
        if (rule !== "exact-row" || decision.verdict !== "same" || row !== stays) waiting.add(row);
      return;
    }
    for (const row of same) waiting.add(row);
    const cluster: Cluster = {
      ...{ id, entity, rule, score, seen, blocks: true },
      evidence: [`${same[0]!.dataset}: ${same.length} rows`],
      members: same.slice(0, MEMBERS).map((row, at) => ({
        key: keys[at]!,
        says: saysOf(row, same, rulesOf),
        from: [{ dataset: row.dataset, row: row.row, at: row.at }],
      })),
      more: Math.max(0, same.length - MEMBERS),
      ...(decision === "stale" ? { stale: true } : {}),
    };
    judged.undecided.push({ rows: [...same], cluster });
  }
}

/** Names a row by its dataset and what it says: the same row has the same name wherever its file puts it. */
function rowKey(row: Row, ignored: ReadonlySet<number>): string {
  return `${row.dataset}-${toHex(sha256(utf8(signatureOf(row.values, ignored).toWellFormed()))).slice(2, 26)}`;
}

/** The row with the greatest text in a column; of several, that whose own text comes first. */
function newest<R extends Row>(rows: readonly R[], column: number): R {
  return rows.reduce((best, row) => {
    const [a, b] = [best.values[column] ?? "", row.values[column] ?? ""];
    if (b !== a) return b > a ? row : best;
    return JSON.stringify(row.values) < JSON.stringify(best.values) ? row : best;
  });
}

/** The columns in which rows differ, without personal data. */
function saysOf(row: Row, rows: readonly Row[], rulesOf: (account: number) => RowRules): Record<string, string> {
  const { columns } = rulesOf(row.account);
  const says: Record<string, string> = {};
  for (const [at, name] of columns.entries()) {
    const own = row.values[at] ?? "";
    if (Object.keys(says).length >= 8) break;
    const differs = rows.some((other) => other.account !== row.account || (other.values[at] ?? "") !== own);
    if (!differs || own === "") continue;
    const isPrivate = classOfColumn(name) !== undefined || classToMask(own.slice(0, 200)) !== undefined;
    says[name] = isPrivate ? "•••" : own.slice(0, 120);
  }
  return says;
}
