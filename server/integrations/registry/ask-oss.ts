import { setTimeout as sleep } from "node:timers/promises";
import { parseJson } from "../../domain/json.ts";
import { answerInWords, type NibAnswer, readNibAnswer } from "../../domain/registry/nib.ts";
import type { Pace } from "../connect/pace.ts";
import { backOff } from "../connect/pace.ts";

/** How OSS is reached: the address of `inqueryNIB` and the key that its operator gave. Durations in milliseconds. */
export type OssSettings = {
  readonly url: string;
  readonly userKey: string;
  /** `name:password`, where the gateway in front of OSS wants it too */
  readonly basic?: string | undefined;
  readonly timeout: number;
  readonly retry: { readonly attempts: number; readonly first: string; readonly most: string };
};

/** A business is asked for by its NIB, or by its NPWP. */
export type NibQuestion = { readonly nib: string; readonly ossId?: string } | { readonly npwp: string };

/** Largest answer that is read, in bytes: those with hundreds of projects have some hundred kilobytes. */
const MOST = 8 * 1024 * 1024;

/** What came, as bytes for the capture, and what it says. Without bytes nothing came. */
export type Asked = { readonly answer: NibAnswer; readonly bytes?: Uint8Array; readonly tries: number };

/**
 * Asks OSS (`inqueryNIB`), again with longer and longer waits while it fails, never again where it refuses. Never throws
 * for what the other side does. Neither key nor answer is ever written to a log.
 */
export async function askOss(
  question: NibQuestion,
  settings: OssSettings,
  pace: Pace,
  signal: AbortSignal,
): Promise<Asked> {
  for (let tries = 1; ; tries++) {
    await pace.wait(signal);
    const { asked, after } = await once(question, settings, signal);
    if (asked.answer.outcome !== "failed" || tries >= settings.retry.attempts) return { ...asked, tries };
    await sleep(backOff(settings.retry, tries, after), undefined, { signal });
  }
}

async function once(
  question: NibQuestion,
  { url, userKey, basic, timeout }: OssSettings,
  signal: AbortSignal,
): Promise<{ asked: Omit<Asked, "tries">; after?: number }> {
  const body =
    "nib" in question ? { nib: question.nib, ...(question.ossId ? { oss_id: question.ossId } : {}) } : question;
  try {
    const response = await fetch(url, {
      method: "POST",
      // a key must not follow to wherever an answer points
      redirect: "manual",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        user_key: userKey,
        ...(basic === undefined ? {} : { authorization: `Basic ${Buffer.from(basic).toString("base64")}` }),
      },
      body: JSON.stringify({ INQUERYNIB: body }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]),
    });
    const bytes = await bounded(response);
    const asked = Number(response.headers.get("retry-after"));
    const after = asked > 0 ? { after: Math.min(asked * 1_000, 60_000) } : {};
    if (bytes === undefined) return { asked: { answer: unreadable(response.status) } };
    const parsed = parseJson(bytes, { maxBytes: MOST, maxDepth: 32 });
    // a page of some proxy, with any status: nothing that OSS said
    if (!parsed.ok)
      return {
        asked: { answer: response.status >= 500 ? failed(response.status) : unreadable(response.status), bytes },
        ...after,
      };
    return { asked: { answer: readNibAnswer(parsed.value, response.status), bytes }, ...after };
  } catch {
    signal.throwIfAborted();
    return { asked: { answer: failed(0) } };
  }
}

const unreadable = (code: number): NibAnswer => ({ outcome: "unreadable", code, words: answerInWords("unreadable") });
const failed = (code: number): NibAnswer => ({ outcome: "failed", code, words: answerInWords("failed") });

/** The bytes of an answer; undefined where it has more than we read. */
async function bounded(response: Response): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > MOST) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
