import type { SourceRow } from "../../../migration/row.ts";

/**
 * Which rows of a table are new since a value of its cursor column, and those shortly before it, for what was entered
 * late. A value that is no date, time or number lets its row through: what cannot be told is read.
 */
export class Window {
  readonly #column: string;
  readonly #from: number | undefined;
  #highest: string | undefined;
  #highestAt: number;
  passed = 0;

  /** @param cursor the highest value of the last whole run @param overlap milliseconds; of numbers nothing is read again */
  constructor(column: string, cursor: string | undefined, overlap: number) {
    this.#column = column.toLowerCase();
    const at = cursor === undefined ? undefined : placeOf(cursor);
    this.#from = at && (at.moment ? at.value - overlap : at.value);
    this.#highest = cursor;
    this.#highestAt = at?.value ?? Number.NEGATIVE_INFINITY;
  }

  /** The highest value so far: where the next run goes on. */
  get cursor(): string | undefined {
    return this.#highest;
  }

  /** The rows that count; the others are passed over. */
  rows(columns: readonly string[], rows: readonly SourceRow[]): readonly SourceRow[] {
    const index = columns.findIndex((name) => name.toLowerCase() === this.#column);
    if (index < 0) return rows;
    return rows.filter(({ values }) => {
      const text = values[index];
      const at = text === null || text === undefined ? undefined : placeOf(text);
      if (at === undefined) return true;
      if (at.value > this.#highestAt) [this.#highest, this.#highestAt] = [text!, at.value];
      if (this.#from === undefined || at.value >= this.#from) return true;
      this.passed++;
      return false;
    });
  }
}

/** A number, or a moment in milliseconds UTC: only the order counts, so a time without a zone is taken for UTC. */
function placeOf(text: string): { value: number; moment: boolean } | undefined {
  const plain = text.trim();
  if (/^\d{1,15}$/.test(plain)) return { value: Number(plain), moment: false };
  const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?)?/.exec(plain);
  const ours = /^(\d{1,2})[-/](\d{1,2})[-/](\d{4})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?/.exec(plain);
  if (iso === null && ours === null) return undefined;
  const [year, month, day] = iso ? [iso[1], iso[2], iso[3]] : [ours![3], ours![2], ours![1]];
  const [hour = "0", minute = "0", second = "0"] = (iso ?? ours!).slice(4);
  const value = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return Number.isNaN(value) ? undefined : { value, moment: true };
}
