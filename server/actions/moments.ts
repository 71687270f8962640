import { formatDate, instantOf } from "../domain/ocds/dates.ts";
import { ProblemError } from "../domain/problems.ts";
import type { EntryRow } from "../domain/projection/project-block.ts";

// The two moments that a reader may ask for, in milliseconds UTC (docs/reference/http.md, "As of, as known").

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * What a reader wrote: a date-time with its offset, or a day, which stands for its end in western Indonesia; of today,
 * now. Undefined for what is neither.
 */
export function momentOf(text: string, now: number): number | undefined {
  if (!DAY.test(text)) return instantOf(text);
  const start = instantOf(`${text}T00:00:00+07:00`);
  if (start === undefined) return undefined;
  const end = start + 86_400_000 - 1;
  return start <= now && end > now ? now : end;
}

/** All of what a reader wrote: a day in western Indonesia from its first moment, of today until now; an instant alone. */
export function spanOf(text: string, now: number): { from: number; until: number } | undefined {
  const until = momentOf(text, now);
  if (until === undefined) return undefined;
  return { from: DAY.test(text) ? instantOf(`${text}T00:00:00+07:00`)! : until, until };
}

/** @throws ProblemError moment-in-future */
export function expectPast(name: "asOf" | "asKnown" | "at", moment: number | undefined, now: number): void {
  if (moment === undefined || moment <= now) return;
  throw new ProblemError("moment-in-future", "", { [name]: formatDate(moment, "milliseconds"), now: formatDate(now) });
}

/**
 * The entries that were recorded by a moment, in the order given.
 * @throws ProblemError nothing-then where there was none yet
 */
export function knownBy(rows: readonly EntryRow[], asKnown: number | undefined): EntryRow[] {
  if (asKnown === undefined) return [...rows];
  const known = rows.filter(({ assigned }) => assigned.timeMs <= asKnown);
  if (known.length === 0) throw nothingThen("asKnown", asKnown, rows[0]!.assigned.timeMs);
  return known;
}

export function nothingThen(name: "asOf" | "asKnown", moment: number, first: number): ProblemError {
  const [asked, from] = [formatDate(moment, "milliseconds"), formatDate(first, "milliseconds")];
  const detail = { en: `It begins at ${from}.`, id: `Mulainya pada ${from}.` };
  return new ProblemError("nothing-then", detail, { [name]: asked, first: from });
}
