import type { ComposeFault } from "../domain/entries/compose.ts";
import type { TermsText } from "../domain/entries/entry.ts";
import { AmendmentMask, type ExceptionName, Kind, kindName, marksIn, TERM_NAMES } from "../domain/entries/kinds.ts";
import {
  actOn,
  differenceInWords,
  durationInWords,
  kindInWords,
  markInWords,
  moneyInWords,
  percentOf,
  relationInWords,
  roleInWords,
  termInWords,
  termsInWords,
  termValueInWords,
} from "../domain/entries/telling.ts";
import { type Hex, NO_ID } from "../domain/entries/words.ts";
import { optional, pointerStep } from "../domain/json.ts";
import { formatDate } from "../domain/ocds/dates.ts";
import { MergeFault, merge } from "../domain/ocds/merge.ts";
import { OUR_EXTENSIONS } from "../domain/ocds/own-extension.ts";
import type { Language, Words } from "../domain/problems.ts";
import { originsOf } from "../domain/projection/in-force.ts";
import { keyPart } from "../domain/projection/ordered.ts";
import {
  afterEntry,
  type ContractView,
  contractIn,
  heldBy,
  isRow,
  type ProcessView,
} from "../domain/projection/process-view.ts";
import {
  type AgencyView,
  type EntryRow,
  entryOf,
  type OfficeView,
  type PublishedRelease,
} from "../domain/projection/project-block.ts";
import { rolledBackBy, type Standing, standingOfEntry, type WaveView } from "../domain/projection/waves.ts";
import { expectPast, knownBy } from "./moments.ts";
import { whole } from "./publish.ts";
import { waveThen } from "./standing.ts";

/** A field that an entry changed: its JSON pointer by ids, the value before (absent where there was none) and after. */
type Change = { path: string; before?: unknown; after: unknown };

/** An entry that another part of the history speaks of. */
type Reference = { sequence: number; releaseId: string; date: string };

/** Who signed, in which office: the leaf of its grant, and the agency where that is known. People's names are not here. */
type SignerTold = {
  holder: Hex;
  role: number;
  office: Words;
  officeLeaf: Hex;
  agency?: Hex;
  /** for whom he stood in, by a delegated office */
  principal?: Hex;
  /** the council granted this office in an emergency */
  breakGlass?: true;
  custody: number;
  /** names of the exceptions that an approver signed for */
  exceptions: string[];
};

/** One entry of a history, told. */
type HistoryLine = Reference & {
  kind: string;
  contractId?: string;
  awardId?: string;
  words: Words;
  /** what a note says; of other entries the reason */
  remark?: string;
  /** the business day, and how long after it the entry was recorded */
  on?: string;
  delay?: { seconds: number; words: Words };
  signers: SignerTold[];
  /** names of the exceptions and other marks of the ledger */
  marks: string[];
  changes: Change[];
  /** the entry that this one corrects, takes back, signs or speaks of */
  refersTo?: Reference;
  /** what became of it: the entries that correct it or take it back */
  correctedBy?: Reference;
  withdrawnBy?: Reference;
  /** what of the entry's body could not be published */
  faults: ComposeFault[];
  /** of what stands on a process that a wave of legacy records brought */
  wave?: WaveTold;
};

/**
 * How an entry came with a wave, or on what it stands. `imported`: a head signed it with a lot, as it was found; else
 * people signed it here. `legacyAt`: when the older system said it, where that is known; `migratedAt`: when it was
 * recorded here.
 */
type WaveTold = {
  number: number;
  id: Hex;
  imported: boolean;
  standing: Standing;
  words: Words;
  legacyAt?: string;
  migratedAt?: string;
  cutOver?: string;
  /** its text is kept off the chain and is not at hand here */
  bodyUnavailable?: true;
  /** the act that took it back, with who signed it and when */
  withdrawn?: { at: string; leaf: Hex; signers: Hex[]; words: Words };
};

/** What was recorded, each correction of it, and by the last what is right now. */
type Correction = {
  kind: string;
  subject: string;
  truths: (Reference & { words: Words; terms: TermsText; signers: SignerTold[] })[];
  /** `since`: the entry since which what is right now is on record */
  differences: { term: string; words: Words; recorded: Words; right: Words; since: Reference }[];
};

/** One line of semula/menjadi. Amounts in minor units, times in seconds UTC; percent of `before` with two decimals. */
type AmendedTerm = {
  term: string;
  words: Words;
  before?: string | number;
  after: string | number;
  difference?: string;
  percent?: string;
  told: { before: Words; after: Words; difference?: Words };
};
type Amendment = Reference & {
  contractId: string;
  on: string;
  reasons: string[];
  terms: AmendedTerm[];
  correctedBy?: Reference;
};

/** What stands out in a contract: what is paid above its value, and every mark. `excess` in minor units. */
type ContractStanding = {
  contractId: string;
  excess?: { amount: string; currency: string; since: Reference; words: Words; act: Words };
  marks: { mark: ExceptionName; words: Words; since: Reference; last: Reference; times: number; act?: Words }[];
};

export type History = {
  lines: HistoryLine[];
  corrections: Correction[];
  amendments: Amendment[];
  standing: ContractStanding[];
};

type Needs = {
  get<T>(key: string): Promise<T | undefined>;
  range<T>(prefix: string): AsyncGenerator<{ key: string; value: T }>;
  /** the entries of a process, oldest first */
  entriesOf(ocid: string): Promise<EntryRow[]>;
  /** milliseconds UTC */
  now: number;
};

const inBoth = (say: (language: Language) => string): Words => ({ en: say("en"), id: say("id") });

/**
 * The history of a process in words, as it was known at a moment (milliseconds UTC; all of it without one): what
 * changed, who signed it, in which office. Undefined for an unknown process.
 * @throws ProblemError moment-in-future, nothing-then
 */
export async function tellHistory(
  ocid: string,
  asKnown: number | undefined,
  needs: Needs,
): Promise<History | undefined> {
  const all = await needs.entriesOf(ocid);
  if (all.length === 0) return undefined;
  expectPast("asKnown", asKnown, needs.now);
  const rows = knownBy(all, asKnown);
  const published = new Map<string, PublishedRelease>();
  for await (const { value } of needs.range<PublishedRelease>(`release/${keyPart(ocid)}/`))
    published.set(String(value.release.id), await whole(value, needs));
  const view = heldBy(rows);
  const waves = new Map<number, WaveView | undefined>();
  for (const { assigned } of rows)
    if (!waves.has(assigned.wave)) waves.set(assigned.wave, await waveThen(assigned.wave, asKnown, needs.get));
  const standings = rows.map((row) => standingOfEntry(row, view, waves.get(row.assigned.wave)));
  const told = await Teller.over(rows, needs);
  // what one wave brought in the place of another changes nothing of that one's
  const changes = new Map(
    [...waves.keys()].flatMap((wave) => {
      const own = rows.filter(({ assigned }) => assigned.wave === wave);
      const releases = own.map((row) => published.get(releaseIdOf(row))?.release);
      return [...changesOf(releases.filter((each) => each !== undefined))];
    }),
  );
  return {
    lines: rows.map((row, index) => ({
      ...told.line(index, remarkIn(published.get(releaseIdOf(row)))),
      changes: changes.get(releaseIdOf(row)) ?? [],
      faults: published.get(releaseIdOf(row))?.faults ?? [],
      ...optional(
        "wave",
        waveTold(row, standings[index]!, waves.get(row.assigned.wave), published.get(releaseIdOf(row))),
      ),
    })),
    corrections: told.corrections(),
    amendments: told.amendments(),
    standing: told.standing((row) => standings[rows.indexOf(row)] === "inForce"),
  };
}

function waveTold(
  row: EntryRow,
  standing: Standing,
  wave: WaveView | undefined,
  published: PublishedRelease | undefined,
): WaveTold | undefined {
  if (wave === undefined) return undefined;
  const imported = isRow(row);
  const { migration, sourceRelease } = (published?.release ?? {}) as Record<
    string,
    Record<string, unknown> | undefined
  >;
  const act = standing === "takenBack" ? rolledBackBy(wave) : undefined;
  const withdrawn = act && {
    ...{ at: formatDate(act.at), leaf: act.leaf, signers: act.signers },
    words: { en: "withdrawn by wave rollback", id: "ditarik kembali bersama gelombangnya" },
  };
  return {
    ...{ number: wave.number, id: wave.id, imported, standing, words: standingInWords(standing, wave.number) },
    ...optional("legacyAt", imported ? (sourceRelease?.date as string | undefined) : undefined),
    ...optional("migratedAt", migration?.migratedAt as string | undefined),
    ...optional("cutOver", migration?.cutOver as string | undefined),
    ...optional("bodyUnavailable", published?.away && row.body === "" ? (true as const) : undefined),
    ...optional("withdrawn", withdrawn),
  };
}

function standingInWords(standing: Standing, wave: number): Words {
  switch (standing) {
    case "inForce":
      return { en: `wave ${wave}, in force`, id: `gelombang ${wave}, berlaku` };
    case "waiting":
      return { en: `wave ${wave}, not in force yet`, id: `gelombang ${wave}, belum berlaku` };
    default:
      return { en: `wave ${wave}, taken back: counts for nothing`, id: `gelombang ${wave}, ditarik: tidak berlaku` };
  }
}

const releaseIdOf = ({ ocid, assigned }: EntryRow) => `${ocid}-${assigned.processSequence}`;
const refer = (row: EntryRow): Reference => ({
  sequence: row.assigned.processSequence,
  releaseId: releaseIdOf(row),
  date: formatDate(row.assigned.timeMs, "milliseconds"),
});
/** The remark that an entry itself made; beside it a withdrawal marks the one that it takes back. */
function remarkIn(published: PublishedRelease | undefined): string | undefined {
  const remarks = published?.release.remarks as { id?: unknown; text?: unknown }[] | undefined;
  const text = remarks?.find(({ id }) => id === published?.release.id)?.text;
  return typeof text === "string" ? text : undefined;
}
const subjectOf = (row: EntryRow) => row.contractId || row.awardId;

/** Tells the entries of one process, which belong together. */
class Teller {
  readonly #rows: readonly EntryRow[];
  readonly #signers: readonly SignerTold[][];
  readonly #names: ReadonlyMap<Hex, string>;
  /** the place of the entry that each corrects or takes back in the end */
  readonly #origins: readonly number[];
  readonly #places: ReadonlyMap<Hex, number>;
  /** the entry that corrects, or takes back, the one with this leaf */
  readonly #after = new Map<Hex, EntryRow>();

  static async over(rows: readonly EntryRow[], { get }: Pick<Needs, "get">): Promise<Teller> {
    const offices = new Map<Hex, OfficeView | undefined>();
    const names = new Map<Hex, string>();
    const learn = async (id: Hex) => {
      if (names.has(id)) return;
      const { details } = (await get<AgencyView>(`agency/${id}`)) ?? {};
      names.set(id, typeof details?.name === "string" ? details.name : "");
    };
    for (const { signers, terms } of rows) {
      for (const { office } of signers) {
        if (!offices.has(office)) offices.set(office, await get<OfficeView>(`grant/${office}`));
        const agency = offices.get(office)?.agency;
        if (agency !== undefined) await learn(agency);
      }
      for (const id of [terms.payer, terms.party, terms.issuer]) if (id !== undefined) await learn(id as Hex);
    }
    const signers = rows.map((row) =>
      row.signers.map(({ holder, capacity, custody, office: officeLeaf, exceptions }): SignerTold => {
        const { agency, principal, granted } = offices.get(officeLeaf) ?? {};
        const name = agency && names.get(agency);
        const glass = granted?.act === "breakGlass";
        const office = inBoth(
          (language) =>
            roleInWords(capacity, language) +
            (name ? ` ${language === "id" ? "pada" : "of"} ${name}` : "") +
            (principal ? ` ${language === "id" ? "(mewakili" : "(standing in for"} ${principal.slice(0, 10)}…)` : "") +
            (glass
              ? language === "id"
                ? " (jabatan darurat dari dewan)"
                : " (granted by the council in an emergency)"
              : ""),
        );
        const told = { holder, role: capacity, office, officeLeaf, custody, exceptions: marksIn(exceptions) };
        return {
          ...told,
          ...optional("agency", agency),
          ...optional("principal", principal),
          ...(glass ? { breakGlass: true } : {}),
        };
      }),
    );
    return new Teller(rows, signers, names);
  }

  private constructor(rows: readonly EntryRow[], signers: SignerTold[][], names: ReadonlyMap<Hex, string>) {
    this.#rows = rows;
    this.#signers = signers;
    this.#names = names;
    this.#origins = originsOf(rows);
    this.#places = new Map(rows.map(({ leaf }, index) => [leaf, index]));
    for (const row of rows)
      if (row.kind === Kind.correction || row.kind === Kind.withdrawal) this.#after.set(row.refersTo, row);
  }

  /** The kind by which an entry's terms are read: its own, or that of what a correction corrects in the end. */
  #kindOf(index: number): number {
    const origin = this.#rows[this.#origins[index]!]!.kind;
    return this.#rows[index]!.kind === Kind.correction ? origin : this.#rows[index]!.kind;
  }

  line(index: number, remark: string | undefined): Omit<HistoryLine, "changes" | "faults"> {
    const row = this.#rows[index]!;
    const { kind, contractId, awardId, terms, assigned, leaf } = row;
    const on = terms.on as number | undefined;
    const late = on === undefined || on === 0 ? undefined : assigned.timeMs - on * 1000;
    const named = row.refersTo === NO_ID ? undefined : this.#places.get(row.refersTo);
    const after = this.#after.get(leaf);
    return {
      ...refer(row),
      kind: kindName(kind) ?? String(kind),
      ...(contractId === "" ? {} : { contractId }),
      ...(awardId === "" ? {} : { awardId }),
      words: inBoth((language) => this.#inWords(index, named, language, remark)),
      ...optional("remark", remark),
      ...(on ? { on: formatDate(on * 1000) } : {}),
      ...(late === undefined
        ? {}
        : {
            delay: {
              seconds: Math.floor(late / 1000),
              words: inBoth((language) => durationInWords(late, language)),
            },
          }),
      signers: this.#signers[index]!,
      marks: marksIn(assigned.exceptions),
      ...(named === undefined ? {} : { refersTo: refer(this.#rows[named]!) }),
      ...(after?.kind === Kind.correction ? { correctedBy: refer(after) } : {}),
      ...(after?.kind === Kind.withdrawal ? { withdrawnBy: refer(after) } : {}),
    };
  }

  #inWords(index: number, named: number | undefined, language: Language, remark?: string): string {
    const row = this.#rows[index]!;
    const kind = this.#kindOf(index);
    const corrected = row.kind === Kind.correction && named !== undefined ? this.#rows[named] : undefined;
    const subject = [kindInWords(row.kind, language), subjectOf(row)].filter(Boolean).join(" ");
    const sequence = named === undefined ? undefined : this.#rows[named]!.assigned.processSequence;
    const of = sequence === undefined ? "" : ` (${relationInWords(row.kind, sequence, language)})`;
    const before = new Map(corrected && termsInWords(kind, corrected.terms, language));
    const terms = termsInWords(kind, row.terms, language)
      .filter(([name, value]) => corrected === undefined || before.get(name) !== value)
      .map(([name, value]) =>
        corrected === undefined ? `${name} ${value}` : `${name} ${before.get(name) ?? "–"} → ${value}`,
      );
    const by = language === "id" ? "Ditandatangani oleh" : "Signed by";
    const what = terms.length === 0 ? "" : `: ${terms.join(", ")}`;
    const said = remark === undefined ? "" : ` “${remark}”`;
    return `${subject}${of}${what}.${said} ${by} ${this.#signers[index]!.map(({ office }) => office[language]).join(" + ")}.`;
  }

  /** Every entry that was corrected, with all that was said of it. */
  corrections(): Correction[] {
    const chains = new Map<number, number[]>();
    for (const [index, origin] of this.#origins.entries())
      if (this.#rows[index]!.kind === Kind.correction && origin !== index)
        chains.set(origin, [...(chains.get(origin) ?? [origin]), index]);
    return [...chains].map(([origin, places]) => {
      const { kind } = this.#rows[origin]!;
      const rows = places.map((place) => this.#rows[place]!);
      const [recorded, right] = [rows[0]!.terms, rows.at(-1)!.terms];
      const differing = TERM_NAMES.filter((name) => recorded[name] !== right[name]);
      return {
        kind: kindName(kind) ?? String(kind),
        subject: subjectOf(rows[0]!),
        truths: places.map((place) => {
          const { terms } = this.#rows[place]!;
          const words = inBoth((language) => this.#termsTold(kind, terms, language));
          return { ...refer(this.#rows[place]!), words, terms, signers: this.#signers[place]! };
        }),
        differences: differing.map((term) => {
          // back to the first of the last entries that all say it
          const since = rows.findLastIndex(({ terms }) => terms[term] !== right[term]) + 1;
          return {
            term,
            words: inBoth((language) => termInWords(term, language)),
            recorded: this.#told(kind, term, recorded),
            right: this.#told(kind, term, right),
            since: refer(rows[since]!),
          };
        }),
      };
    });
  }

  #termsTold(kind: number, terms: TermsText, language: Language): string {
    return termsInWords(kind, terms, language)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  }

  /** A term's value in words, organisations by name. */
  #told(kind: number, term: string, terms: TermsText): Words {
    const name = this.#names.get(terms[term] as Hex);
    return name ? { en: name, id: name } : inBoth((language) => termValueInWords(kind, term, terms, language));
  }

  /** Semula and menjadi of each amendment, as it was recorded. */
  amendments(): Amendment[] {
    const found: Amendment[] = [];
    let view: ProcessView | undefined;
    for (const row of this.#rows) {
      const before = contractIn(view, row.contractId);
      view = afterEntry(view, entryOf(row));
      const after = contractIn(view, row.contractId);
      if (row.kind !== Kind.amendment || before === undefined || after === undefined) continue;
      const correction = this.#after.get(row.leaf);
      const mask = Number(row.terms.code ?? 0);
      found.push({
        ...refer(row),
        contractId: row.contractId,
        on: formatDate(Number(row.terms.on ?? 0) * 1000),
        reasons: Object.entries(AmendmentMask).flatMap(([name, bit]) => (mask & bit ? [name] : [])),
        terms: this.#amended(row, before, after),
        ...(correction === undefined ? {} : { correctedBy: refer(correction) }),
      });
    }
    return found;
  }

  #amended(row: EntryRow, before: ContractView, after: ContractView): AmendedTerm[] {
    const { currency } = after;
    const said = ({ value, scopeValue, until, post, payer }: ContractView) =>
      Object.fromEntries(
        Object.entries({ currency, value, scopeValue, until, officer: post, payer }).filter(
          ([, it]) => it !== undefined,
        ),
      ) as TermsText;
    const [was, is] = [said(before), said(after)];
    return (["value", "scopeValue", "until", "officer", "payer"] as const)
      .filter((term) => row.terms[term] !== undefined)
      .map((term) => {
        const [from, to] = [was[term], is[term]!];
        const money = term === "value" || term === "scopeValue";
        const amounts = money ? ([BigInt(from ?? 0), BigInt(to)] as const) : undefined;
        const difference =
          amounts !== undefined
            ? inBoth(() => differenceInWords(...amounts, currency))
            : term === "until" && from !== undefined
              ? inBoth((language) => daysInWords(Number(from), Number(to), language))
              : undefined;
        return {
          term,
          words: inBoth((language) => termInWords(term, language)),
          ...optional("before", from),
          after: to,
          ...(amounts
            ? { difference: String(amounts[1] - amounts[0]), ...optional("percent", percentOf(...amounts)) }
            : {}),
          told: {
            before: this.#told(row.kind, term, was),
            after: this.#told(row.kind, term, is),
            ...optional("difference", difference),
          },
        };
      });
  }

  /** What stands out in each contract. */
  standing(counts: (row: EntryRow) => boolean): ContractStanding[] {
    const contracts = new Map<string, EntryRow[]>();
    for (const row of this.#rows)
      if (row.contractId !== "" && counts(row))
        contracts.set(row.contractId, [...(contracts.get(row.contractId) ?? []), row]);
    return [...contracts].flatMap(([contractId, rows]) => {
      const excess = BigInt(rows.at(-1)!.excess);
      const marks = new Map<ExceptionName, EntryRow[]>();
      for (const row of rows)
        for (const mark of marksIn(row.assigned.exceptions)) marks.set(mark, [...(marks.get(mark) ?? []), row]);
      if (excess === 0n && marks.size === 0) return [];
      return [
        {
          contractId,
          ...(excess === 0n ? {} : { excess: excessIn(rows, excess) }),
          marks: [...marks].map(([mark, marked]) => ({
            mark,
            words: inBoth((language) => markInWords(mark, language)),
            since: refer(marked[0]!),
            last: refer(marked.at(-1)!),
            times: marked.length,
            ...(actOn(mark, "en") === undefined || (mark === "paidAboveValue" && excess === 0n)
              ? {}
              : { act: inBoth((language) => actOn(mark, language)!) }),
          })),
        },
      ];
    });
  }
}

/** What is paid above the value now, and since which entry something is. */
function excessIn(rows: readonly EntryRow[], excess: bigint): NonNullable<ContractStanding["excess"]> {
  const since = rows[rows.findLastIndex(({ excess: then }) => then === "0") + 1]!;
  const currency = String(rows.find(({ terms }) => terms.currency !== undefined)?.terms.currency ?? "");
  return {
    amount: String(excess),
    currency,
    since: refer(since),
    words: inBoth((language) => `${markInWords("paidAboveValue", language)}: ${moneyInWords(excess, currency)}`),
    act: inBoth((language) => actOn("paidAboveValue", language)!),
  };
}

function daysInWords(from: number, to: number, language: Language): string {
  const days = Math.round((to - from) / 86_400);
  const unit = language === "id" ? "hari" : Math.abs(days) === 1 ? "day" : "days";
  return `${days > 0 ? "+" : days < 0 ? "−" : ""}${Math.abs(days)} ${unit}`;
}

/** What each release changed, by its id: read off the versioned release, where every field has all its values. */
function changesOf(releases: readonly Record<string, unknown>[]): Map<string, Change[]> {
  const changes = new Map<string, Change[]>();
  const visit = (node: unknown, path: string): void => {
    if (Array.isArray(node)) {
      if (isVersions(node)) {
        for (const [index, { releaseID, value }] of node.entries()) {
          const before = index === 0 ? {} : { before: node[index - 1]!.value };
          const list = changes.get(releaseID) ?? [];
          if (list.length === 0) changes.set(releaseID, list);
          list.push({ path, ...before, after: value });
        }
        return;
      }
      for (const [index, entry] of node.entries()) {
        const { id } = entry as { id?: unknown };
        visit(entry, path + pointerStep(typeof id === "string" || typeof id === "number" ? id : index));
      }
    } else if (typeof node === "object" && node !== null) {
      for (const [name, value] of Object.entries(node)) visit(value, path + pointerStep(name));
    }
  };
  try {
    visit(merge(releases, { extensions: OUR_EXTENSIONS }).versionedRelease, "");
  } catch (error) {
    // releases that can't be merged are still told by their terms
    if (!(error instanceof MergeFault)) throw error;
  }
  return changes;
}

function isVersions(list: readonly unknown[]): list is { releaseID: string; value: unknown }[] {
  return list.every((item) => typeof item === "object" && item !== null && "releaseID" in item && "releaseTag" in item);
}
