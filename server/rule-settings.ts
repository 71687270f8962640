import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { placedYaml, withPlace } from "../migration/mapping/placed-yaml.ts";
import type { Words } from "./domain/problems.ts";
import { isDay } from "./domain/rules/civil-days.ts";
import {
  changeFault,
  RULES,
  type RuleBook,
  type RuleChange,
  type RuleName,
  ruleBook,
} from "./domain/rules/rule-table.ts";

// The shape of the file that changes the dated rules: an agency that has read a regulation sets what is only a default.

const change = z.strictObject({
  rule: z.enum(Object.keys(RULES) as [RuleName, ...RuleName[]]),
  from: z.string().refine(isDay, "a-day"),
  regulation: z.string().trim().min(1).max(300),
  parameters: z.record(z.string(), z.unknown()),
});
const file = z.strictObject({ apiVersion: z.literal("prasasti/rules/v1"), changes: z.array(change).max(1_000) });

const words = {
  what: { en: "the rules", id: "berkas aturan" },
  forms: {
    "a-day": {
      en: 'a day is expected, in quotation marks: "2026-01-31"',
      id: 'diharapkan tanggal dalam tanda kutip: "2026-01-31"',
    },
  },
} as const;

/** The rules with the changes of a file; adds to `faults` everything that is wrong with it, each with its line. */
export async function readRules(name: string, faults: Words[]): Promise<RuleBook | undefined> {
  const text = await readFile(name, "utf8").catch(() => undefined);
  if (text === undefined) {
    faults.push({ en: `PRASASTI_RULES: there is no file ${name}.`, id: `PRASASTI_RULES: tidak ada berkas ${name}.` });
    return undefined;
  }
  const base = path.basename(name);
  const read = placedYaml(text, base, file, words);
  if ("faults" in read) {
    faults.push(...read.faults.map(withPlace));
    return undefined;
  }
  const wrong = read.value.changes.flatMap((each, index) => {
    const fault = changeFault(each);
    const at = read.place(["changes", index, "parameters"]);
    return fault === undefined ? [] : [withPlace({ ...fault, ...at, file: base })];
  });
  faults.push(...wrong);
  return wrong.length > 0 ? undefined : ruleBook(read.value.changes satisfies readonly RuleChange[]);
}
