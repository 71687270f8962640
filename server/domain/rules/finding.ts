import type { ExceptionName } from "../entries/kinds.ts";
import { moneyInWords } from "../entries/telling.ts";
import type { Words } from "../problems.ts";
import type { SupplierRule } from "../registry/supplier-findings.ts";
import { type Day, dayWords } from "./civil-days.ts";
import { type Assurance, type Level, RULES, type RuleName, type RuleThen } from "./rule-table.ts";

/** What a rule says of an entry or of a contract: which rule, with the values, the regulation and what to do. */
export type Finding = {
  readonly rule: RuleName | SupplierRule;
  readonly level: Level;
  /** amounts as decimal text of minor units, days as `YYYY-MM-DD` */
  readonly values: Readonly<Record<string, string>>;
  readonly words: Words;
  readonly regulation: string;
  readonly assurance: Assurance;
  readonly remedy: Words;
  /** of a refusal: the exception that lifts it, where an approver signs for it */
  readonly exception?: ExceptionName;
};

type Value = bigint | number | string;

/** A finding by a rule as it was then; `level` where it is milder than the rule's own. */
export function finding(
  { rule, regulation, assurance }: Pick<RuleThen<RuleName>, "rule" | "regulation" | "assurance">,
  words: Words,
  values: Readonly<Record<string, Value>>,
  level?: Level,
): Finding {
  const { level: own, remedy, exception } = RULES[rule];
  const found = level ?? own;
  return {
    rule,
    level: found,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)])),
    words,
    regulation,
    assurance,
    remedy,
    ...(found === "refuse" && exception !== undefined ? { exception } : {}),
  };
}

/** A sentence in both languages, with money and days as each language writes them. */
export function sentence(
  currency: string,
  en: (money: (amount: bigint) => string, day: (day: Day) => string) => string,
  id: (money: (amount: bigint) => string, day: (day: Day) => string) => string,
): Words {
  const money = (amount: bigint) => moneyInWords(amount, currency);
  return { en: en(money, (day) => dayWords(day).en), id: id(money, (day) => dayWords(day).id) };
}
