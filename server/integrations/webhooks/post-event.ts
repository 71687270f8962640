import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Words } from "../../domain/problems.ts";
import type { Addresses } from "./address-policy.ts";

/**
 * Why an event did not arrive. `refused`: the receiver is there and does not take this one; `gone`: he wants no more;
 * everything else may pass by itself.
 */
export type Failure = {
  kind: "refused" | "unreachable" | "gone";
  code: "status" | "redirect" | "timeout" | "connect" | "name" | "address" | "tls" | "cut-off";
  /** HTTP status, where there was an answer */
  status?: number;
  words: Words;
  /** milliseconds that the receiver asked us to wait */
  retryAfter?: number;
};

/** Limits of one attempt: milliseconds in all, and bytes of the answer that are read (nothing in it is used). */
type Limits = { readonly timeout: number; readonly answer: number };
const LIMITS: Limits = { timeout: 20_000, answer: 65_536 };

/** What the receiver says of the event itself: sending the same bytes again changes little. */
const ABOUT_THE_EVENT: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

/** A receiver's connection, kept open between events: one event at a time, so that they arrive in their order. */
export class Line {
  readonly #addresses: Addresses;
  readonly #limits: Limits;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  /** @param ca certificates of the agency's own authority, PEM */
  constructor(addresses: Addresses, { ca, ...limits }: Partial<Limits> & { ca?: string | undefined } = {}) {
    const { lookup } = addresses;
    const kept = { keepAlive: true, maxSockets: 1, timeout: 60_000, lookup };
    this.#addresses = addresses;
    this.#limits = { ...LIMITS, ...limits };
    this.#http = new HttpAgent(kept);
    this.#https = new HttpsAgent({ ...kept, ...(ca === undefined ? {} : { ca }), minVersion: "TLSv1.2" });
  }

  /** Undefined: it has arrived, a status of 200 to 299 and all of the answer. Nothing is followed. */
  async post(href: string, headers: Record<string, string>, body: string): Promise<Failure | undefined> {
    const url = new URL(href);
    // the rules may have been tightened since the address was accepted
    if (!this.#addresses.allows(url)) return failure("address");
    const first = await this.#once(url, headers, body);
    // a kept connection that the receiver closed in the same moment says nothing about the event
    const outcome = first === "stale" ? await this.#once(url, headers, body) : first;
    return outcome === "stale" ? failure("cut-off") : outcome;
  }

  #once(url: URL, headers: Record<string, string>, body: string): Promise<Failure | "stale" | undefined> {
    const { promise, resolve } = Promise.withResolvers<Failure | "stale" | undefined>();
    const secure = url.protocol === "https:";
    const text = Buffer.from(body);
    const asked = (secure ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent: secure ? this.#https : this.#http,
      headers: {
        ...headers,
        "content-type": "application/json; charset=utf-8",
        "content-length": text.length,
        "user-agent": "Prasasti-Webhooks/1",
      },
    });
    const timer = setTimeout(() => end(failure("timeout")), this.#limits.timeout);
    let ended = false;
    const end = (outcome: Failure | "stale" | undefined, reuse = false) => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      resolve(outcome);
      if (!reuse) asked.destroy();
    };
    asked.on("error", (error: NodeJS.ErrnoException) => {
      end(asked.reusedSocket && error.code === "ECONNRESET" ? "stale" : failureOf(error));
    });
    asked.on("response", (answer) => {
      let read = 0;
      answer.on("data", (chunk: Buffer) => {
        read += chunk.length;
        // who answers with a book has answered: its status counts, the rest is not listened to
        if (read > this.#limits.answer) end(judge(answer));
      });
      answer.on("end", () => (answer.complete ? end(judge(answer), true) : end(failure("cut-off"))));
      answer.on("error", () => end(failure("cut-off")));
      answer.on("close", () => end(answer.complete ? judge(answer) : failure("cut-off")));
    });
    asked.end(text);
    return promise;
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }
}

function judge({ statusCode: status = 0, headers }: IncomingMessage): Failure | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status >= 300 && status < 400) return { ...failure("redirect"), status };
  const kind = status === 410 ? "gone" : ABOUT_THE_EVENT.has(status) ? "refused" : "unreachable";
  const wish = status === 429 || status === 503 ? retryAfter(headers["retry-after"]) : undefined;
  return { ...failure("status", kind), status, ...(wish === undefined ? {} : { retryAfter: wish }) };
}

/** Seconds, or a date of HTTP. */
function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(text)) return Number(text) * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

const WORDS: Record<Failure["code"], Words> = {
  status: { en: "the receiver answered that it failed", id: "penerima menjawab gagal" },
  redirect: {
    en: "the receiver sends elsewhere; redirections are not followed, change the address of the subscription",
    id: "penerima mengalihkan ke alamat lain; pengalihan tidak diikuti, ubah alamat langganan",
  },
  timeout: { en: "no whole answer in time", id: "tidak ada jawaban utuh dalam batas waktu" },
  connect: { en: "no connection", id: "tidak dapat tersambung" },
  name: { en: "the name of the receiver cannot be resolved", id: "nama host penerima tidak dapat ditemukan" },
  address: {
    en: "the name leads to an address to which events may not go",
    id: "nama host mengarah ke alamat yang tidak diizinkan",
  },
  tls: {
    en: "no trusted TLS connection: expired, of another name, or of an unknown authority",
    id: "sambungan TLS tidak tepercaya: kedaluwarsa, nama lain, atau penerbit tidak dikenal",
  },
  "cut-off": { en: "the answer broke off", id: "jawaban terputus" },
};

function failure(code: Failure["code"], kind: Failure["kind"] = "unreachable"): Failure {
  return { kind, code, words: WORDS[code] };
}

function failureOf({ code = "", message }: NodeJS.ErrnoException): Failure {
  if (code === "EFORBIDDENADDRESS") return failure("address");
  if (["ENOTFOUND", "EAI_AGAIN", "EAI_NODATA"].includes(code)) return failure("name");
  if (/CERT|_TLS_|SSL|EPROTO|SELF_SIGNED|UNABLE_TO_/.test(code) || /\bTLS\b/.test(message)) return failure("tls");
  if (code === "ECONNRESET" || code === "EPIPE" || code.startsWith("HPE_")) return failure("cut-off");
  return failure("connect");
}
