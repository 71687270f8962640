import { isObject, type Json } from "../ocds/check-fields.ts";
import type { KbliMapping, KbliRule } from "./kbli-mapping.ts";
import type { Activity } from "./nib.ts";

/** What is to be done: OCDS category, and the words of the package. */
export type Work = { readonly category?: string; readonly title?: string };

/** The work of a contract, as a release says it: its own title, else that of its tender, and the tender's category. */
export function workOf(release: Json, contractId: string): Work {
  const listed = Array.isArray(release.contracts) ? release.contracts.filter(isObject) : [];
  const tender = isObject(release.tender) ? release.tender : {};
  const own = listed.find(({ id }) => id === contractId)?.title;
  const title = [own, tender.title].find((each) => typeof each === "string") as string | undefined;
  const category = tender.mainProcurementCategory;
  const consulting =
    Array.isArray(tender.additionalProcurementCategories) &&
    tender.additionalProcurementCategories.includes("consultingServices");
  return {
    ...(title === undefined ? {} : { title }),
    ...(consulting ? { category: "consultingServices" } : typeof category === "string" ? { category } : {}),
  };
}

/**
 * Whether a supplier's lines of business are such that do this work. `unknown` is not a yes: nothing is declared for this
 * work or this edition, or nothing is known of the supplier.
 */
export type KbliFit = {
  readonly fit: "fits" | "differs" | "unknown";
  readonly why?: "no-activities" | "no-work" | "no-rule" | "edition";
  readonly rules: readonly KbliRule[];
  readonly expected: readonly string[];
  /** codes of the supplier that fit, or all that were looked at */
  readonly found: readonly string[];
  readonly edition?: number;
};

/** @param activities of the supplier; one without an edition is taken for the newest edition that is mapped */
export function kbliFit(work: Work, activities: readonly Activity[], mappings: readonly KbliMapping[]): KbliFit {
  const nothing = { rules: [], expected: [], found: [] } as const;
  if (activities.length === 0) return { fit: "unknown", why: "no-activities", ...nothing };
  if (work.category === undefined && (work.title ?? "").trim() === "")
    return { fit: "unknown", why: "no-work", ...nothing };
  const newest = mappings.reduce<KbliMapping | undefined>(
    (a, b) => (a === undefined || b.edition > a.edition ? b : a),
    undefined,
  );
  const all = activities.map(({ kbli }) => kbli);
  let judged: KbliFit | undefined;
  for (const mapping of mappings) {
    const own = activities.filter(({ edition }) => (edition ?? newest?.edition) === mapping.edition);
    if (own.length === 0) continue;
    const rules = rulesFor(work, mapping);
    const expected = [...new Set(rules.flatMap(({ groups }) => groups))].sort();
    if (rules.length === 0) {
      judged ??= { fit: "unknown", why: "no-rule", ...nothing, found: all, edition: mapping.edition };
      continue;
    }
    const fitting = own.filter(({ kbli }) => expected.some((group) => kbli.startsWith(group))).map(({ kbli }) => kbli);
    if (fitting.length > 0) return { fit: "fits", rules, expected, found: fitting, edition: mapping.edition };
    judged = { fit: "differs", rules, expected, found: all, edition: mapping.edition };
  }
  // a code of an edition without a mapping may be the one that fits
  const unmapped = activities.some(
    ({ edition }) => edition !== undefined && !mappings.some((each) => each.edition === edition),
  );
  if (judged === undefined || (judged.fit === "differs" && unmapped))
    return { ...(judged ?? nothing), fit: "unknown", why: "edition", found: all };
  return judged;
}

function rulesFor({ category, title = "" }: Work, { rules }: KbliMapping): KbliRule[] {
  const text = ` ${title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()}`;
  const ofCategory = rules.filter(
    (rule) => rule.category === undefined || category === undefined || rule.category === category,
  );
  const named = ofCategory.filter(({ terms }) => terms.some((term) => text.includes(` ${term}`)));
  // a rule for exactly this category says more than one for any
  const narrow = named.filter((rule) => rule.category !== undefined && rule.category === category);
  if (narrow.length > 0) return narrow;
  if (named.length > 0) return named;
  return category === undefined ? [] : rules.filter((rule) => rule.category === category && rule.terms.length === 0);
}
