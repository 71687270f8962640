import { createHash } from "node:crypto";
import type { Hex } from "../../domain/entries/words.ts";
import { canonicalJson } from "../../domain/json.ts";
import { ProblemError } from "../../domain/problems.ts";
import type { Case } from "../../domain/reconciliation/case.ts";
import { type ClosingDocument, closingDigest, type KeptClosing } from "../../domain/reconciliation/closing.ts";
import { type Explained, FIGURE_NAMES, type Figures, noFigures } from "../../domain/reconciliation/explain-case.ts";
import { type FigureTexts, textsOf } from "../../domain/reconciliation/period-account.ts";
import { dayAt } from "../../domain/rules/civil-days.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { Reconciliation, Scope } from "./reconciliation.ts";

/** What of a month has changed since it was closed: closed + later = as known now. */
export type LaterChanges = {
  readonly month: string;
  /** of the act that closed it */
  readonly number: number;
  readonly count: number;
  /** figures now less figures then, by currency */
  readonly figures: Readonly<Record<string, FigureTexts>>;
  /** the first of them, by case; one of the two is missing where it came or went since */
  readonly listed: readonly {
    readonly case: string;
    readonly number?: string;
    readonly currency: string;
    readonly before?: string;
    readonly after?: string;
  }[];
};

export type ClosingState = { readonly state: "open" | "closed" | "reopened"; readonly last?: KeptClosing };

/** A line as it was when its month was closed: its figures and causes as text. */
type ClosedLine = { readonly currency: string; readonly text: string; readonly number?: string };

const LISTED = 100;
const CHUNK = 5_000;
const padded = (number: number) => String(number).padStart(6, "0");

/** Closes months with a treasurer's signature, opens them again, and tells what changed since. */
export class Closings {
  readonly #storage: Storage;
  readonly #reconciliation: Reconciliation;
  readonly #now: () => number;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, reconciliation: Reconciliation, now: () => number) {
    this.#storage = storage;
    this.#reconciliation = reconciliation;
    this.#now = now;
  }

  /** Acts of an agency, the first one first. */
  async acts(agency: Hex): Promise<KeptClosing[]> {
    const all: KeptClosing[] = [];
    for await (const { value } of this.#storage.range<KeptClosing>(`close/${agency}/act/`)) all.push(value);
    return all;
  }

  async stateOf(agency: Hex, month: string): Promise<ClosingState> {
    const last = (await this.acts(agency)).findLast(({ document }) => document.month === month);
    if (last === undefined) return { state: "open" };
    return { state: last.document.act === "close" ? "closed" : "reopened", last };
  }

  /**
   * What is to be signed so that a month is closed, or opened again.
   * @throws ProblemError month-not-over, month-closed, month-not-closed, earlier-month-open
   */
  async propose(scope: Scope, month: string, act: ClosingDocument["act"], reason?: string): Promise<ClosingDocument> {
    return (await this.#proposal(scope, month, act, reason, new Date(this.#now()).toISOString())).document;
  }

  /**
   * Keeps a signed act. Whoever calls has judged signature and office; here the document is made once more and must be
   * the one that was signed.
   * @throws ProblemError closing-changed and as `propose`
   */
  keep(scope: Scope, signed: Omit<KeptClosing, "digest" | "keptAt">): Promise<KeptClosing> {
    const done = this.#turn.then(() => this.#keep(scope, signed));
    this.#turn = done.catch(() => {}); // told to whoever asked; the next goes its own way
    return done;
  }

  async #keep(scope: Scope, signed: Omit<KeptClosing, "digest" | "keptAt">): Promise<KeptClosing> {
    const { document, act } = signed;
    const digest = closingDigest(document);
    const same = (await this.acts(document.hex)).find((each) => each.digest === digest);
    if (same !== undefined) return same;
    const { document: now, lines } = await this.#proposal(
      scope,
      document.month,
      document.act,
      document.reason,
      document.at,
    );
    // the log and the sources may have grown since, as long as nothing of this month is another
    const grown = { ...now, register: document.register, sources: document.sources };
    if (closingDigest(grown) !== digest || act.digest !== digest || !hasGrown(document, now))
      throw new ProblemError("closing-changed");
    const { hex: agency, month, number } = document;
    // lines without an act are nothing: what a crash leaves here is written over
    for (let from = 0; from < lines.length; from += CHUNK)
      await this.#storage.put(
        lines
          .slice(from, from + CHUNK)
          .map(([id, line]) => ({ key: `close/${agency}/line/${month}/${padded(number)}/${id}`, value: line })),
      );
    failpoint("closing-lines-kept");
    const kept: KeptClosing = { ...signed, digest, keptAt: this.#now() };
    await this.#storage.put([{ key: `close/${agency}/act/${padded(number)}`, value: kept }], { sync: true });
    return kept;
  }

  async #proposal(scope: Scope, month: string, act: ClosingDocument["act"], reason: string | undefined, at: string) {
    const [agency] = scope.agencies;
    const acts = await this.acts(agency!.hex);
    this.#judge(acts, month, act);
    await this.#expectEarlier(scope, acts, month, act);
    const report = await this.#reconciliation.report(scope, month);
    const lines = act === "close" ? await this.#linesOf(scope, month) : [];
    const hash = createHash("sha256");
    for (const [id, { text }] of lines) hash.update(`${id} ${text}\n`);
    const previous = acts.at(-1)?.digest;
    const document: ClosingDocument = {
      version: 1,
      act,
      ...{
        agency: agency!.id,
        hex: agency!.hex,
        covers: scope.agencies.map(({ hex }) => hex).sort(),
        month,
        number: acts.length + 1,
      },
      ...(previous === undefined ? {} : { previous }),
      ...(reason === undefined ? {} : { reason }),
      register: report.coverage.register,
      sources: report.coverage.sources.map(({ connector, kind, until, lines: count }) => ({
        connector,
        kind,
        until,
        lines: count,
      })),
      currencies: report.currencies.map(({ cases: _, agreeing: __, ...rest }) => rest),
      lines: { count: lines.length, sha256: `0x${hash.digest("hex")}` },
      at,
    };
    // as whoever signs it gets it
    return { document: JSON.parse(canonicalJson(document)) as ClosingDocument, lines };
  }

  #judge(acts: readonly KeptClosing[], month: string, act: ClosingDocument["act"]): void {
    const last = acts.findLast(({ document }) => document.month === month)?.document.act;
    if (act === "reopen") {
      if (last !== "close") throw new ProblemError("month-not-closed", "", { month });
      return;
    }
    if (last === "close") throw new ProblemError("month-closed", "", { month });
    // a month is over where it is over everywhere in Indonesia: WIB is the last
    const now = dayAt(this.#now(), "WIB").slice(0, 7);
    if (month >= now) throw new ProblemError("month-not-over", "", { month });
  }

  /** Months are closed in their order, as far as anything happened in them. */
  async #expectEarlier(
    { agencies }: Scope,
    acts: readonly KeptClosing[],
    month: string,
    act: ClosingDocument["act"],
  ): Promise<void> {
    if (act === "reopen") return;
    const months = new Set<string>();
    for (const { hex } of agencies)
      for (const each of await this.#reconciliation.book.monthsOf(hex, month.slice(0, 4))) months.add(each);
    const open = [...months]
      .sort()
      .find(
        (each) => each < month && acts.findLast(({ document }) => document.month === each)?.document.act !== "close",
      );
    if (open !== undefined) throw new ProblemError("earlier-month-open", "", { month: open });
  }

  async #linesOf(scope: Scope, month: string): Promise<[id: string, line: ClosedLine][]> {
    const lines: [string, ClosedLine][] = [];
    for await (const { of, explained } of this.#reconciliation.explained(scope, month))
      lines.push([of.id, lineOf(of, explained, scope, month)]);
    return lines.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What has changed in a closed month; undefined where it is not closed. */
  async laterChanges(scope: Scope, month: string): Promise<LaterChanges | undefined> {
    const { hex } = scope.agencies[0]!;
    const { state, last } = await this.stateOf(hex, month);
    if (state !== "closed" || last === undefined) return undefined;
    const prefix = `close/${hex}/line/${month}/${padded(last.document.number)}/`;
    const sums = new Map<string, Figures>();
    const listed: LaterChanges["listed"][number][] = [];
    let count = 0;
    const note = (id: string, before: ClosedLine | undefined, after: ClosedLine | undefined) => {
      if (before?.text === after?.text) return;
      count++;
      const { currency, number } = (after ?? before)!;
      const sum = sums.get(currency) ?? noFigures();
      sums.set(currency, sum);
      const [was, is] = [figuresIn(before), figuresIn(after)];
      for (const name of FIGURE_NAMES) sum[name] += is[name] - was[name];
      if (listed.length < LISTED)
        listed.push({
          ...{ case: id, currency },
          ...(number === undefined ? {} : { number }),
          ...(before === undefined ? {} : { before: before.text }),
          ...(after === undefined ? {} : { after: after.text }),
        });
    };
    const seen = new Set<string>();
    for await (const { of, explained } of this.#reconciliation.explained(scope, month)) {
      seen.add(of.id);
      note(of.id, await this.#storage.get<ClosedLine>(prefix + of.id), lineOf(of, explained, scope, month));
    }
    for await (const { key, value } of this.#storage.range<ClosedLine>(prefix)) {
      const id = key.slice(prefix.length);
      if (!seen.has(id)) note(id, value, undefined);
    }
    return {
      ...{ month, number: last.document.number, count, listed },
      figures: Object.fromEntries([...sums].map(([currency, figures]) => [currency, textsOf(figures)])),
    };
  }
}

/** A case in the month, as text: `figures | comparison cause amount, …`. */
function lineOf(of: Case, { cells, differences }: Explained, { agencies }: Scope, month: string): ClosedLine {
  const mine = new Set(agencies.map(({ hex }) => hex));
  const sum = noFigures();
  for (const { cell, figures } of cells.values())
    if (cell.month === month && mine.has(cell.agency)) for (const name of FIGURE_NAMES) sum[name] += figures[name];
  const causes = differences
    .filter(({ cell }) => cell.month === month && mine.has(cell.agency))
    .map(({ comparison, cause, amount }) => `${comparison} ${cause} ${amount}`)
    .sort();
  const number = of.paid[0]?.number;
  return {
    currency: of.currency,
    text: `${FIGURE_NAMES.map((name) => sum[name]).join(" ")} | ${causes.join(", ")}`,
    ...(number === undefined ? {} : { number }),
  };
}

/** Whether what was read by then is no more than what is read by now. */
function hasGrown(then: ClosingDocument, now: ClosingDocument): boolean {
  return (
    then.register <= now.register &&
    then.sources.every(({ connector, kind, until, lines }) =>
      now.sources.some(
        (source) =>
          source.connector === connector && source.kind === kind && source.until >= until && source.lines >= lines,
      ),
    )
  );
}

function figuresIn(line: ClosedLine | undefined): Figures {
  const amounts = line === undefined ? [] : line.text.split(" | ")[0]!.split(" ").map(BigInt);
  return Object.fromEntries(FIGURE_NAMES.map((name, at) => [name, amounts[at] ?? 0n])) as Figures;
}
