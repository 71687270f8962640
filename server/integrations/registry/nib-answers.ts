import { createHash } from "node:crypto";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import { answerInWords, type NibAnswer, type NibRecord } from "../../domain/registry/nib.ts";
import type { Storage } from "../../domain/storage.ts";
import type { Pace } from "../connect/pace.ts";
import type { SealedTexts } from "../sealed-texts.ts";
import { askOss, type NibQuestion, type OssSettings } from "./ask-oss.ts";

/**
 * A recorded answer about a NIB: when it was given, by whom, what it said without its people, and the digest of its
 * bytes. The bytes themselves lie sealed beside it. Times in milliseconds UTC.
 */
export type NibRow = {
  readonly nib: string;
  readonly at: number;
  /** asked by us, or brought as a file by a person */
  readonly source: "oss" | "file";
  readonly outcome: "found" | "missing";
  readonly code: number;
  readonly record?: NibRecord;
  readonly sha256: string;
  /** whoever brought the file, and its name */
  readonly by?: string;
  readonly file?: string;
};

/** What is known of a NIB. `stale`: OSS did not answer now, this is what it said before. */
export type NibKnown =
  | { readonly outcome: "found"; readonly row: NibRow & { readonly record: NibRecord }; readonly stale: boolean }
  | { readonly outcome: "missing"; readonly row: NibRow }
  | { readonly outcome: "unasked" | "unavailable"; readonly words: Words };

/** For how long answers are taken for current, in milliseconds. */
type Freshness = { readonly found: number; readonly missing: number; readonly stale: number };

type Needs = {
  readonly rows: Storage;
  readonly sealed: SealedTexts;
  readonly freshness: Freshness;
  /** undefined: nobody is asked, answers come as files */
  readonly oss?: () => OssSettings | undefined;
  readonly pace: Pace;
  readonly now: () => number;
};

/** After so many failures in a row OSS is left alone for a while, at first a minute, doubled up to an hour. */
const FAILURES = 3;
const REST = 60_000;
const LONGEST_REST = 3_600_000;

/** Answers about NIBs, each kept for ever with its moment, so that what was known on a day can be told. */
export class NibAnswers {
  readonly #needs: Needs;
  readonly #asking = new Map<string, Promise<NibKnown>>();
  readonly #stop = new AbortController();
  #failures = 0;
  #restUntil = 0;
  #trouble: Words | undefined;

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /** What needs somebody's eye: OSS refuses our key. */
  get trouble(): Words | undefined {
    return this.#trouble;
  }

  /** The last answer that was there at a moment, whatever came later. */
  async knownAt(nib: string, moment: number): Promise<NibRow | undefined> {
    const range = this.#needs.rows.range<NibRow>(`reg/nib/${nib}/`, {
      after: ordered(moment + 1),
      limit: 1,
      reverse: true,
    });
    for await (const { value } of range) return value;
    return undefined;
  }

  /** All answers, the newest first. */
  async *history(nib: string): AsyncGenerator<NibRow> {
    for await (const { value } of this.#needs.rows.range<NibRow>(`reg/nib/${nib}/`, { reverse: true })) yield value;
  }

  /**
   * What is known now: a current answer, or OSS asked anew, or an older answer where OSS fails. Who asks for what is
   * being asked gets that. @param refresh ask even where an answer is current
   */
  async inquire(
    nib: string,
    { refresh = false, ossId }: { refresh?: boolean; ossId?: string } = {},
  ): Promise<NibKnown> {
    const { now, freshness } = this.#needs;
    const row = await this.knownAt(nib, now());
    const age = row === undefined ? Number.POSITIVE_INFINITY : now() - row.at;
    if (row !== undefined && !refresh && age < freshness[row.outcome]) return known(row, false);
    const asking = this.#asking.get(nib) ?? this.#ask(nib, ossId).finally(() => this.#asking.delete(nib));
    this.#asking.set(nib, asking);
    const answered = await asking;
    if (answered.outcome === "found" || answered.outcome === "missing") return answered;
    return row !== undefined && age < freshness.stale ? known(row, true) : answered;
  }

  /** What was recorded last, however old; nobody is asked. */
  async recorded(nib: string): Promise<NibKnown> {
    const row = await this.knownAt(nib, this.#needs.now());
    if (row !== undefined) return known(row, false);
    return { outcome: "unasked", words: { en: "OSS was not asked yet", id: "OSS belum ditanya" } };
  }

  /** Asks for a business by its NPWP; its NIB is known then. */
  async findByNpwp(npwp: string): Promise<NibKnown> {
    return this.#ask(undefined, undefined, npwp);
  }

  async #ask(nib: string | undefined, ossId?: string, npwp?: string): Promise<NibKnown> {
    const { oss, pace, now } = this.#needs;
    const settings = oss?.();
    if (settings === undefined)
      return {
        outcome: "unasked",
        words: {
          en: "OSS is not set up here (registry.oss of connectors.yaml); bring its answer as a file",
          id: "OSS belum diatur di sini (registry.oss di connectors.yaml); bawa jawabannya sebagai berkas",
        },
      };
    if (now() < this.#restUntil)
      return {
        outcome: "unavailable",
        words: {
          en: "OSS has failed several times and is asked again later",
          id: "OSS beberapa kali gagal dan ditanya lagi nanti",
        },
      };
    const question: NibQuestion =
      npwp === undefined ? { nib: nib!, ...(ossId === undefined ? {} : { ossId }) } : { npwp };
    const { answer, bytes } = await askOss(question, settings, pace, this.#stop.signal);
    this.#judge(answer);
    if (answer.outcome === "found") {
      // an answer about another NIB than the one asked for is none
      if (nib !== undefined && answer.record.nib !== nib)
        return { outcome: "unavailable", words: answerInWords("unreadable") };
      return known(await this.keep(answer.record.nib, answer, bytes!, { source: "oss" }), false);
    }
    if (answer.outcome === "missing" && nib !== undefined)
      return known(await this.keep(nib, { outcome: "missing", code: answer.code }, bytes!, { source: "oss" }), false);
    return { outcome: "unavailable", words: answer.words };
  }

  #judge(answer: NibAnswer): void {
    const { outcome } = answer;
    const { now } = this.#needs;
    this.#trouble =
      outcome === "refused" && "words" in answer
        ? {
            en: `${answer.words.en}: ask the operator of OSS for a new one (registry.oss.userKeyEnv).`,
            id: `${answer.words.id}: minta yang baru kepada pengelola OSS (registry.oss.userKeyEnv).`,
          }
        : undefined;
    if (outcome === "found" || outcome === "missing" || outcome === "bad") {
      this.#failures = 0;
      return;
    }
    this.#failures++;
    const beyond = this.#failures - FAILURES;
    if (beyond >= 0) this.#restUntil = now() + Math.min(REST * 2 ** beyond, LONGEST_REST);
  }

  /** Keeps an answer that came, by whatever way; on the disk when it resolves. The same bytes again are no new answer. */
  async keep(
    nib: string,
    answer: { outcome: "found"; code: number; record: NibRecord } | { outcome: "missing"; code: number },
    bytes: Uint8Array,
    origin: { source: "oss" | "file"; by?: string; file?: string; at?: number },
  ): Promise<NibRow> {
    const { rows, sealed, now } = this.#needs;
    const { at = now(), ...from } = origin;
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const before = await this.knownAt(nib, at);
    if (before?.sha256 === sha256 && origin.source === "file") return before;
    // two answers of one millisecond are two answers
    const moment = before !== undefined && before.at >= at ? before.at + 1 : at;
    const row: NibRow = {
      ...{ nib, at: moment, ...from, outcome: answer.outcome, code: answer.code, sha256 },
      ...("record" in answer ? { record: answer.record } : {}),
    };
    const capture = `reg/raw/${sha256}`;
    const kept = await rows.get(capture);
    await rows.put(
      [
        { key: `reg/nib/${nib}/${ordered(moment)}`, value: row },
        ...(kept === undefined ? [{ key: capture, value: sealed.seal(bytes, capture) }] : []),
      ],
      { sync: true },
    );
    return row;
  }

  /**
   * The bytes of a recorded answer, with its people: for whoever may see them and says why.
   * @throws ProblemError not-found
   */
  async capture(sha256: string): Promise<Buffer> {
    const place = `reg/raw/${sha256}`;
    const text = await this.#needs.rows.get<string>(place);
    const bytes = text === undefined ? undefined : this.#needs.sealed.open(text, place);
    if (bytes === undefined) throw new ProblemError("not-found");
    return bytes;
  }

  close(): void {
    this.#stop.abort();
  }
}

function known(row: NibRow, stale: boolean): NibKnown {
  if (row.outcome === "missing" || row.record === undefined) return { outcome: "missing", row };
  return { outcome: "found", row: row as NibRow & { record: NibRecord }, stale };
}
