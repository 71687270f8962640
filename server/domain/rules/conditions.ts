import { isObject } from "../ocds/check-fields.ts";
import type { Words } from "../problems.ts";
import { type Day, dayNumber, isDay, ZONES, type Zone } from "./civil-days.ts";
import { bpsFrom } from "./exact.ts";
import { type Category, type RuleBook, ruleOn as standing } from "./rule-table.ts";

/**
 * What a contract's special conditions (SSKK) say that no term of the ledger does, and the rules before signing ask.
 * They are published in the body of the contract, an amendment or an opening as `contracts/…/specialConditions`; what
 * they do not say is as the rule set of the day of signing has it.
 */
export type Conditions = {
  /** whose midnight ends a day of the contract */
  readonly zone: Zone;
  readonly category: Category;
  readonly supplierSize: "small" | "other";
  readonly multiYear: boolean;
  /** fine of the whole value, or of the part not done that day */
  readonly fineBasis: "contract" | "remaining";
  /** PPN within the value */
  readonly taxBps: number;
  readonly incomeTax: { readonly name: string; readonly bps: number };
  readonly retention: { readonly method: "withheld" | "bond" | "none"; readonly bps: number };
  /** what was agreed; without it, what the rule gives */
  readonly advanceBps?: number;
  /** in step with the work from the start, or between two stages of it */
  readonly advanceRecovery: { readonly fromBps: number; readonly toBps: number };
  readonly maintenanceUntil?: Day;
  /** days of force majeure (kahar) on which no fine runs, both ends included */
  readonly kahar: readonly { readonly from: Day; readonly until: Day }[];
};

/** As their publisher writes them; every field may be left out. Per cents as numbers or text with up to two decimals. */
export type SpecialConditions = {
  timeZone?: Zone;
  category?: Category;
  supplierSize?: "small" | "other";
  multiYear?: boolean;
  lateFee?: { basis?: "contract" | "remaining" };
  taxPercent?: number | string;
  incomeTax?: { name?: string; percent?: number | string };
  retention?: { method?: "withheld" | "bond" | "none"; percent?: number | string };
  advance?: {
    percent?: number | string;
    recoveredFromPercent?: number | string;
    recoveredByPercent?: number | string;
  };
  maintenanceUntil?: Day;
  kahar?: { from: Day; until: Day }[];
};

export type ConditionFault = { readonly pointer: string; readonly words: Words };

/** The fields of SpecialConditions, for who shows or checks them. */
export const CONDITION_NAMES = [
  ...([
    "timeZone",
    "category",
    "supplierSize",
    "multiYear",
    "lateFee",
    "taxPercent",
    "incomeTax",
    "retention",
  ] as const),
  ...(["advance", "maintenanceUntil", "kahar"] as const),
] as const satisfies readonly (keyof SpecialConditions)[];

/**
 * Reads special conditions; a field that cannot be read counts as left out and is named.
 * @param signedOn the day of the contract: what is not said is as the rules of that day have it
 * @param known what the tender says of the category, and the rules that count
 */
export function readConditions(
  given: unknown,
  signedOn: Day,
  { ruleOn = standing, ...known }: { category?: Category | undefined; ruleOn?: RuleBook } = {},
): { conditions: Conditions; faults: ConditionFault[] } {
  const faults: ConditionFault[] = [];
  const said = isObject(given) ? given : {};
  if (given !== undefined && !isObject(given)) faults.push({ pointer: "", words: mustBe("an object", "objek") });
  for (const name of Object.keys(said))
    if (!(CONDITION_NAMES as readonly string[]).includes(name)) faults.push({ pointer: `/${name}`, words: notKnown });

  const fault = (pointer: string, words: Words): undefined => {
    faults.push({ pointer, words });
    return undefined;
  };
  const inside = (name: string): Record<string, unknown> => {
    const value = said[name];
    if (value === undefined || isObject(value)) return value ?? {};
    fault(`/${name}`, mustBe("an object", "objek"));
    return {};
  };
  const oneOf = <T extends string>(pointer: string, value: unknown, list: readonly T[]): T | undefined =>
    value === undefined || list.includes(value as T)
      ? (value as T | undefined)
      : fault(pointer, mustBe(`one of ${list.join(", ")}`, `salah satu dari ${list.join(", ")}`));
  const percent = (pointer: string, value: unknown): number | undefined =>
    value === undefined ? undefined : (bpsFrom(value) ?? fault(pointer, mustBePercent));
  const day = (pointer: string, value: unknown): Day | undefined =>
    value === undefined || isDay(value) ? value : fault(pointer, mustBeDay);

  const { multiYear } = said;
  if (multiYear !== undefined && typeof multiYear !== "boolean")
    fault("/multiYear", mustBe("true or false", "true atau false"));
  const category =
    oneOf("/category", said.category, ["goods", "works", "services", "consulting"]) ?? known.category ?? "goods";
  const [late, income, kept, advance] = [
    inside("lateFee"),
    inside("incomeTax"),
    inside("retention"),
    inside("advance"),
  ];
  const { parameters: tax } = ruleOn("income-tax", signedOn);
  const [fromBps, toBps] = [
    percent("/advance/recoveredFromPercent", advance.recoveredFromPercent) ?? 0,
    percent("/advance/recoveredByPercent", advance.recoveredByPercent) ?? 10_000,
  ];
  const inOrder = fromBps < toBps;
  if (!inOrder) fault("/advance/recoveredByPercent", mustBe("more than where it begins", "lebih besar dari awalnya"));
  const advanceBps = percent("/advance/percent", advance.percent);
  const maintenanceUntil = day("/maintenanceUntil", said.maintenanceUntil);
  const conditions: Conditions = {
    zone: oneOf("/timeZone", said.timeZone, Object.keys(ZONES) as Zone[]) ?? "WIB",
    category,
    supplierSize: oneOf("/supplierSize", said.supplierSize, ["small", "other"]) ?? "other",
    multiYear: multiYear === true,
    fineBasis: oneOf("/lateFee/basis", late.basis, ["contract", "remaining"]) ?? "contract",
    taxBps: percent("/taxPercent", said.taxPercent) ?? ruleOn("value-added-tax", signedOn).parameters.bps,
    incomeTax: {
      name: typeof income.name === "string" && income.name !== "" ? income.name : tax.names[category],
      bps: percent("/incomeTax/percent", income.percent) ?? tax.bps[category],
    },
    retention: {
      // maintenance follows works; what is bought otherwise has none unless the contract says so
      method:
        oneOf("/retention/method", kept.method, ["withheld", "bond", "none"]) ??
        (category === "works" ? "withheld" : "none"),
      bps: percent("/retention/percent", kept.percent) ?? ruleOn("retention", signedOn).parameters.bps,
    },
    advanceRecovery: inOrder ? { fromBps, toBps } : { fromBps: 0, toBps: 10_000 },
    kahar: readPauses(said.kahar, faults),
    ...(advanceBps === undefined ? {} : { advanceBps }),
    ...(maintenanceUntil === undefined ? {} : { maintenanceUntil }),
  };
  return { conditions, faults };
}

function readPauses(given: unknown, faults: ConditionFault[]): Conditions["kahar"] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    faults.push({ pointer: "/kahar", words: mustBe("a list", "daftar") });
    return [];
  }
  return given.flatMap((each: unknown, index) => {
    const { from, until } = isObject(each) ? each : {};
    if (isDay(from) && isDay(until) && dayNumber(from) <= dayNumber(until)) return [{ from, until }];
    faults.push({ pointer: `/kahar/${index}`, words: mustBeSpan });
    return [];
  });
}

const mustBe = (en: string, id: string): Words => ({ en: `must be ${en}`, id: `harus berupa ${id}` });
const mustBePercent = mustBe("a per cent from 0 to 100 with up to two decimals", "persen 0 sampai 100, dua desimal");
const mustBeDay = mustBe("a day, such as 2026-11-24", "tanggal, seperti 2026-11-24");
const mustBeSpan = mustBe("from and until, two days in order", "from dan until, dua tanggal yang berurutan");
const notKnown: Words = {
  en: `unknown; there are ${CONDITION_NAMES.join(", ")}`,
  id: `tidak dikenal; yang ada: ${CONDITION_NAMES.join(", ")}`,
};
