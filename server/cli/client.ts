// The gateway as the command line sees it: JSON over HTTP, asked again where asking again is safe.

import { setTimeout as pause } from "node:timers/promises";
import { textOf, utf8 } from "../domain/entries/words.ts";
import type { Language, Words } from "../domain/problems.ts";

/** What came back, before anyone looked at it. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** as it came, where it need not be text */
  readonly bytes?: Uint8Array;
};

/** Sends one request. Tests give one that calls the application without a socket. Throws where nothing answers. */
export type Send = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array,
) => Promise<Answer>;

/** RFC 9457, as the gateway writes it. Fields beyond these travel in `more`. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly more: Readonly<Record<string, unknown>>;
};

/** The gateway answered, and the answer is no. */
export class Refusal extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title}${problem.detail ? `: ${problem.detail}` : ""}`);
    this.problem = problem;
  }
}

/** Nothing answered, or only "later", until patience ran out: nothing is known, and sending again is safe. */
export class Unavailable extends Error {
  readonly words: Words;
  constructor(words: Words) {
    super(words.en);
    this.words = words;
  }
}

export type ClientOptions = {
  /** How long to go on asking, in milliseconds; default 30 s. */
  readonly patience?: number;
  readonly send?: Send;
  /** For private reads; public ones need none. */
  readonly token?: string;
  /** Of titles and details of problems. */
  readonly language?: Language;
};

const LATER: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/** Asks one gateway. All that is posted carries a command id, so a repeated request never records twice. */
export class Client {
  readonly url: string;
  readonly #send: Send;
  readonly #patience: number;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, options: ClientOptions = {}) {
    this.url = url.replace(/\/+$/, "");
    this.#send = options.send ?? overHttp(this.url);
    this.#patience = options.patience ?? 30_000;
    this.#headers = {
      accept: "application/json",
      "accept-language": options.language ?? "en",
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    };
  }

  /** @throws Refusal, Unavailable */
  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.#ask("GET", path, {})).text) as T;
  }

  /** Undefined where there is no such thing. @throws Refusal, Unavailable */
  async find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.get<T>(path);
    } catch (error) {
      // what was not there yet at a moment, or does not count now, is there all the same
      const isThere = ["/problems/nothing-then", "/problems/not-in-force"];
      if (error instanceof Refusal && error.problem.status === 404 && !isThere.includes(error.problem.type))
        return undefined;
      throw error;
    }
  }

  /** @throws Refusal, Unavailable */
  async post<T>(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const text = JSON.stringify(body);
    return JSON.parse(
      (await this.#ask("POST", path, { "content-type": "application/json", ...headers }, text)).text,
    ) as T;
  }

  /** Posts text of another type than JSON; repeating it must be safe. @throws Refusal, Unavailable */
  async postText<T>(path: string, text: string, type: string): Promise<T> {
    return JSON.parse((await this.#ask("POST", path, { "content-type": type }, text)).text) as T;
  }

  /** Puts something in the place of what is there, which asked twice is done once. @throws Refusal, Unavailable */
  async put<T>(path: string, body: unknown): Promise<T> {
    const headers = { "content-type": "application/json" };
    return JSON.parse((await this.#ask("PUT", path, headers, JSON.stringify(body))).text) as T;
  }

  /** What is no JSON: a page, a table. @throws Refusal, Unavailable */
  async bytes(path: string): Promise<Uint8Array> {
    const { bytes, text } = await this.#ask("GET", path, {});
    return bytes ?? utf8(text);
  }

  /** Asks for something to be taken away, which asked twice is done once. @throws Refusal, Unavailable */
  async remove<T>(path: string): Promise<T> {
    return JSON.parse((await this.#ask("DELETE", path, {})).text) as T;
  }

  /** A post that answers nothing. @throws Refusal, Unavailable */
  async send(path: string, body?: unknown): Promise<void> {
    const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
    await this.#ask("POST", path, json, body === undefined ? undefined : JSON.stringify(body));
  }

  /** Takes something away, where the answer is nothing. @throws Refusal, Unavailable */
  async discard(path: string): Promise<void> {
    await this.#ask("DELETE", path, {});
  }

  /** Brings a file as it is. @throws Refusal, Unavailable */
  async upload<T>(path: string, bytes: Uint8Array): Promise<T> {
    return JSON.parse((await this.#ask("POST", path, { "content-type": "application/octet-stream" }, bytes)).text) as T;
  }

  async #ask(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array,
  ): Promise<Answer> {
    const giveUp = performance.now() + this.#patience;
    for (let wait = 50; ; wait = Math.min(wait * 2, 2000)) {
      let reason: Words;
      let after = wait;
      try {
        const answer = await this.#send(method, path, { ...this.#headers, ...headers }, body);
        if (answer.status < 400) return answer;
        if (!LATER.has(answer.status)) throw new Refusal(problemIn(answer));
        reason = { en: `the gateway answers ${answer.status}`, id: `gateway menjawab ${answer.status}` };
        const seconds = Number(answer.headers["retry-after"]);
        if (seconds > 0) after = seconds * 1000;
      } catch (error) {
        if (error instanceof Refusal) throw error;
        reason = causeOf(error);
      }
      if (performance.now() + after > giveUp)
        throw new Unavailable({
          en: `${this.url} cannot be reached (${reason.en}).`,
          id: `${this.url} tidak dapat dijangkau (${reason.id}).`,
        });
      await pause(after);
    }
  }
}

function overHttp(url: string): Send {
  return async (method, path, headers, body) => {
    const response = await fetch(`${url}${path}`, { method, headers, body: body as string | undefined });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const { status, headers: answered } = response;
    return { status, headers: Object.fromEntries(answered), text: textOf(bytes), bytes };
  };
}

export function problemIn({ status, text }: Answer): Problem {
  let value: Record<string, unknown> = {};
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // a proxy in between answered with a page
  }
  const { type, title, detail, status: _, ...more } = value;
  return {
    type: typeof type === "string" ? type : "about:blank",
    title: typeof title === "string" ? title : `HTTP ${status}`,
    detail: typeof detail === "string" ? detail : "",
    status,
    more,
  };
}

function causeOf(error: unknown): Words {
  const cause = (error as { cause?: { code?: string } }).cause;
  const text = cause?.code ?? (error instanceof Error ? error.message : String(error));
  return { en: text, id: text };
}
