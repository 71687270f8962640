import { Fault } from "../../server/domain/fault.ts";
import { readCheck } from "./check.ts";

/**
 * A rule of quality, as the plan holds it: `warn` counts and tells, `fail` decides on the row (`onRow`). `maxPercent`: more
 * of the rows that the rule could judge may not break it.
 */
export type QualityRule = {
  readonly id: string;
  readonly check: string;
  readonly level: "warn" | "fail";
  readonly onRow?: "reject" | "exclude" | "stop";
  readonly maxPercent?: number;
};

/** A row that breaks a rule: `column` is the first that the rule names, `found` what stands there. */
type Finding = {
  readonly rule: string;
  readonly level: "warn" | "fail";
  readonly onRow: "reject" | "exclude" | "stop" | undefined;
  readonly column: string | undefined;
  readonly found: string | null;
};

export type RuleTally = {
  readonly id: string;
  readonly check: string;
  readonly level: "warn" | "fail";
  readonly onRow: "reject" | "exclude" | "stop" | undefined;
  readonly maxPercent: number | undefined;
  /** rows that the rule could judge; the others lack something that it compares */
  readonly judged: number;
  readonly broken: number;
  /** of the judged, with two decimals */
  readonly percent: number;
  /** no more broken than `maxPercent` allows */
  readonly within: boolean;
  readonly examples: readonly number[];
};

type Compiled = {
  readonly rules: readonly QualityRule[];
  /** what a row breaks */
  evaluate(values: readonly (string | null)[]): Finding[];
  /** as `evaluate`, but only counts */
  count(values: readonly (string | null)[], row: number): void;
  tallies(): RuleTally[];
};

/** Binds rules to the columns of a table. Throws a Fault `quality-rule` that names rule, line and column. */
export function compileRules(rules: readonly QualityRule[], columns: readonly string[]): Compiled {
  const bound = rules.map((rule) => {
    const result = readCheck(rule.check);
    if (!result.ok) throw ruleFault(rule, result.fault.words);
    const unknown = result.check.columns.find(({ name }) => !columns.includes(name));
    if (unknown !== undefined) {
      const { name, line, column } = unknown;
      throw ruleFault(rule, {
        en: `Line ${line}, column ${column}: the table has no column ${name}.`,
        id: `Baris ${line}, kolom ${column}: tabel tidak memiliki kolom ${name}.`,
      });
    }
    const first = result.check.columns[0]?.name;
    return {
      rule,
      holds: result.check.bind(columns),
      column: first,
      at: first === undefined ? -1 : columns.indexOf(first),
      judged: 0,
      broken: 0,
      examples: [] as number[],
    };
  });
  return {
    rules,
    evaluate: (values) =>
      bound.flatMap(({ rule, holds, column, at }) =>
        holds(values) === false
          ? [
              {
                rule: rule.id,
                level: rule.level,
                onRow: rule.onRow,
                column,
                found: at < 0 ? null : (values[at] ?? null),
              },
            ]
          : [],
      ),
    count: (values, row) => {
      for (const each of bound) {
        const result = each.holds(values);
        if (result === undefined) continue;
        each.judged++;
        if (result) continue;
        each.broken++;
        if (each.examples.length < 5) each.examples.push(row);
      }
    },
    tallies: () =>
      bound.map(({ rule: { id, check, level, onRow, maxPercent }, judged, broken, examples }) => ({
        id,
        check,
        level,
        onRow,
        maxPercent,
        judged,
        broken,
        percent: judged === 0 ? 0 : Math.round((broken * 10_000) / judged) / 100,
        // compared without rounding
        within: broken * 100 <= (maxPercent ?? (level === "warn" ? 100 : 0)) * judged,
        examples,
      })),
  };
}

function ruleFault({ id, check }: QualityRule, { en, id: indonesian }: { en: string; id: string }): Fault {
  return new Fault("quality-rule", {
    explanation: { en: `Quality rule ${id}: ${check}\n${en}`, id: `Aturan mutu ${id}: ${check}\n${indonesian}` },
    remedy: {
      en: "Correct the check in the plan; `prasasti migrate profile --help` explains the language.",
      id: "Perbaiki aturannya di rencana; `prasasti migrate profile --help` menjelaskan bahasanya.",
    },
  });
}
