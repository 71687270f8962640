import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import nodePath from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate } from "node:zlib";
import { errorPage, htmlFault } from "./error-page.ts";
import { FeedFault } from "./feed-fault.ts";
import type { Limits } from "./feed-settings.ts";
import { plain } from "./plain.ts";
import type { Secrets } from "./secrets.ts";

const MOST_REDIRECTS = 5;
/** What unpacks to more than this many times its size, beyond the first bytes, is made to exhaust us. */
const MOST_UNPACKED = 200;
const UNPACKED_FREELY = 16 * 2 ** 20;

export type Request = {
  readonly method: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** sent as a form */
  readonly form?: Readonly<Record<string, string>>;
  /** a page for people is what is asked for */
  readonly wantsPage?: boolean;
};

/** An answer of 200, whole and unpacked in a file of its own; whoever asked for it removes it. */
export type Answer = {
  readonly path: string;
  /** of the unpacked content */
  readonly bytes: number;
  readonly contentType: string;
  /** the source's own clock, where it tells it */
  readonly date: Date | undefined;
  /** `Set-Cookie`, as they came */
  readonly cookies: readonly string[];
};

type Parts = {
  readonly folder: string;
  readonly limits: Limits;
  /** awaited before each request */
  readonly pace: () => Promise<void>;
  readonly secrets: Secrets;
  /** hosts besides that of the first request to which addresses in answers may lead */
  readonly hosts: readonly string[];
  readonly contentTypes: readonly string[];
  readonly ca: string | undefined;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as other programs heed them */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
};

/**
 * Asks one source, one request at a time. Certificates are checked, redirects are followed to the same host only, every
 * wait and every size has a limit, and nothing is tried again here. An answer goes to a file as it comes, so that its
 * size costs no memory.
 */
export class Fetching {
  readonly #parts: Parts;
  readonly #plain: http.Agent;
  readonly #tls: https.Agent;
  /** bytes of all answers so far */
  #total = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    const kept = { keepAlive: true, proxyEnv: { ...parts.env } };
    this.#plain = new http.Agent(kept);
    this.#tls = new https.Agent({
      ...kept,
      // never by the environment: NODE_TLS_REJECT_UNAUTHORIZED is for other programs
      rejectUnauthorized: true,
      ...(parts.ca === undefined ? {} : { ca: parts.ca }),
    });
  }

  close(): void {
    this.#plain.destroy();
    this.#tls.destroy();
  }

  /** Method and address as others may see them. */
  shown({ method, url, form }: Request): string {
    const fields = Object.entries(form ?? {}).filter(([name]) => !/\[|Token$/.test(name));
    const body = fields.map(([name, value]) => ` ${name}=${value}`).join("");
    return this.#parts.secrets.masked(`${method} ${url.href}${body}`);
  }

  /** Throws a FeedFault for everything but a whole answer of 200 of a declared content type. */
  async answer(request: Request): Promise<Answer> {
    let current = request;
    for (let redirects = 0; ; redirects++) {
      await this.#parts.pace();
      const answer = await this.#once(current);
      if (!(answer instanceof URL)) return answer;
      if (redirects === MOST_REDIRECTS) throw this.#astray(current, answer, "too-many");
      current = { ...current, url: answer };
    }
  }

  async #once(request: Request): Promise<Answer | URL> {
    const { limits, signal } = this.#parts;
    signal.throwIfAborted();
    const stop = new AbortController();
    const clock = new Clock(stop, (phase, seconds) => this.#late(request, phase, seconds));
    const stopped = () => stop.abort(signal.reason);
    signal.addEventListener("abort", stopped, { once: true });
    const whole = new Clock(stop, (phase, seconds) => this.#late(request, phase, seconds));
    whole.start("whole", limits.whole);
    try {
      const response = await this.#send(request, stop.signal, clock);
      clock.start("idle", limits.idle);
      return await this.#take(request, response, stop.signal, clock);
    } catch (cause) {
      // why we stopped says more than that we did
      if (stop.signal.aborted) throw stop.signal.reason;
      throw cause instanceof FeedFault ? cause : this.#broken(request, cause);
    } finally {
      clock.stop();
      whole.stop();
      signal.removeEventListener("abort", stopped);
      stop.abort();
    }
  }

  #send(request: Request, signal: AbortSignal, clock: Clock): Promise<http.IncomingMessage> {
    const { limits } = this.#parts;
    const secure = request.url.protocol === "https:";
    const body = request.form === undefined ? undefined : new URLSearchParams(request.form).toString();
    return new Promise((resolve, reject) => {
      const sent = (secure ? https : http).request(request.url, {
        method: request.method,
        agent: secure ? this.#tls : this.#plain,
        signal,
        maxHeaderSize: 65_536,
        headers: {
          accept: request.wantsPage ? "text/html" : "application/json",
          "accept-encoding": "gzip",
          "user-agent": "prasasti-connect/1",
          ...request.headers,
          ...(body === undefined
            ? {}
            : {
                "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
                "content-length": String(Buffer.byteLength(body)),
              }),
        },
      });
      sent.on("error", reject);
      sent.on("response", resolve);
      sent.on("socket", (socket) => {
        const connected = () => clock.start("firstByte", limits.firstByte);
        if (!socket.connecting) return connected();
        clock.start("connect", limits.connect);
        socket.once(secure ? "secureConnect" : "connect", connected);
      });
      sent.end(body);
    });
  }

  async #take(
    request: Request,
    response: http.IncomingMessage,
    signal: AbortSignal,
    clock: Clock,
  ): Promise<Answer | URL> {
    const status = response.statusCode!;
    const { location } = response.headers;
    if (status >= 300 && status < 400 && status !== 304 && location !== undefined) {
      response.destroy();
      return this.#redirected(request, status, location);
    }
    const date = dateOf(response.headers.date);
    if (status !== 200 && status !== 204) {
      response.destroy();
      throw this.#refused(request, status, waitAsked(response.headers["retry-after"], date));
    }
    const contentType = (response.headers["content-type"] ?? "").toLowerCase();
    const spooled = await this.#spool(request, response, signal, clock);
    const answer = { ...spooled, contentType, date, cookies: response.headers["set-cookie"] ?? [] };
    try {
      await this.#checkType(request, answer);
    } catch (error) {
      await rm(answer.path, { force: true });
      throw error;
    }
    return answer;
  }

  /** The content, unpacked, into a file. */
  async #spool(
    request: Request,
    response: http.IncomingMessage,
    signal: AbortSignal,
    clock: Clock,
  ): Promise<Pick<Answer, "path" | "bytes">> {
    const { folder, limits } = this.#parts;
    const path = nodePath.join(folder, `answer-${randomUUID()}`);
    const file = await open(path, "wx", 0o600);
    let [packed, bytes] = [0, 0];
    try {
      const arriving = async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          packed += chunk.length;
          clock.again();
          yield chunk;
        }
      };
      const kept = async (source: AsyncIterable<Buffer>) => {
        for await (const chunk of source) {
          bytes += chunk.length;
          this.#total += chunk.length;
          if (bytes > limits.answerBytes) throw this.#tooLarge(request, limits.answerBytes, "answerBytes");
          if (this.#total > limits.runBytes) throw this.#tooLarge(request, limits.runBytes, "runBytes");
          if (bytes > UNPACKED_FREELY && bytes > packed * MOST_UNPACKED) throw this.#bomb(request, packed, bytes);
          await file.write(chunk);
          clock.again();
        }
      };
      const unpack = this.#unpacking(request, response);
      if (unpack === undefined) await pipeline(response, arriving, kept, { signal });
      else await pipeline(response, arriving, unpack, kept, { signal });
    } catch (error) {
      await file.close();
      await rm(path, { force: true });
      throw error;
    }
    await file.close();
    return { path, bytes };
  }

  #unpacking(request: Request, response: http.IncomingMessage) {
    switch ((response.headers["content-encoding"] ?? "identity").trim().toLowerCase()) {
      case "identity":
      case "":
        return undefined;
      case "gzip":
      case "x-gzip":
        return createGunzip();
      case "deflate":
        return createInflate();
      case "br":
        return createBrotliDecompress();
      default:
        throw this.#fault(
          "feed-type",
          request,
          { en: "comes packed in a way that is not known here", id: "dikemas dengan cara yang tidak dikenal di sini" },
          { en: "Tell the publisher: we accept gzip.", id: "Beri tahu penerbitnya: kami menerima gzip." },
        );
    }
  }

  async #checkType(request: Request, { path, bytes, contentType }: Answer): Promise<void> {
    const type = contentType.split(";")[0]!.trim();
    if (request.wantsPage || bytes === 0) return;
    if (type === "text/html" || type === "application/xhtml+xml") {
      const title = await errorPage(path);
      if (title !== undefined) throw htmlFault(this.#parts.secrets.masked(title));
    }
    if (
      type === "" ||
      /^(?:application|text)\/(?:[a-z0-9.-]+\+)?json$/.test(type) ||
      type === "text/plain" ||
      type === "application/octet-stream" ||
      this.#parts.contentTypes.includes(type)
    )
      return;
    throw this.#fault(
      "feed-type",
      request,
      { en: `is ${plain(type)}, not JSON`, id: `berjenis ${plain(type)}, bukan JSON` },
      {
        en: `If it is JSON all the same, declare \`contentTypes: ["${plain(type)}"]\`; else correct the address.`,
        id: `Bila isinya tetap JSON, nyatakan \`contentTypes: ["${plain(type)}"]\`; bila tidak, perbaiki alamatnya.`,
      },
    );
  }

  /** Where a redirect leads, if it is where we go. */
  #redirected(request: Request, status: number, location: string): URL {
    const { url } = request;
    let to: URL;
    try {
      to = new URL(location, url);
    } catch {
      throw this.#astray(request, undefined, "unreadable");
    }
    // a form that is sent on as a question is another request than ours
    if (request.method !== "GET" && status !== 307 && status !== 308) throw this.#astray(request, to, "method");
    if (!sameHost(url, to)) throw this.#astray(request, to, "host");
    return to;
  }

  /**
   * An address that an answer gives for the next page, if it is where we go: the same host, or one that the settings
   * declare. A publisher behind a proxy often writes http for https: on the same host the better one is taken.
   */
  next(from: URL, link: string): URL {
    const request: Request = { method: "GET", url: from, headers: {} };
    let to: URL;
    try {
      to = new URL(link, from);
    } catch {
      throw this.#astray(request, undefined, "unreadable");
    }
    if (from.protocol === "https:" && to.protocol === "http:" && to.hostname === from.hostname && to.port === "") {
      to.protocol = "https:";
      to.port = from.port;
    }
    const declared = this.#parts.hosts.includes(to.host) && to.protocol === from.protocol;
    if ((!declared && !sameHost(from, to)) || to.username !== "" || to.password !== "")
      throw this.#astray(request, to, "host");
    return to;
  }

  #fault(
    code: ConstructorParameters<typeof FeedFault>[0],
    request: Request,
    predicate: { en: string; id: string },
    remedy: { en: string; id: string },
    options: { cause?: unknown; after?: number | undefined } = {},
  ): FeedFault {
    const shown = this.shown(request);
    return new FeedFault(
      code,
      { en: `The answer to ${shown} ${predicate.en}.`, id: `Jawaban atas ${shown} ${predicate.id}.` },
      remedy,
      options,
    );
  }

  #late(request: Request, phase: Phase, seconds: number): FeedFault {
    const { en, id } = LATE[phase];
    return new FeedFault(
      "feed-timeout",
      {
        en: `${this.shown(request)}: ${en} within ${seconds} s.`,
        id: `${this.shown(request)}: ${id} dalam ${seconds} detik.`,
      },
      {
        en: `It is tried again; if the source is always this slow, raise \`limits.${phase}\`.`,
        id: `Akan dicoba lagi; bila sumber selalu selambat ini, naikkan \`limits.${phase}\`.`,
      },
    );
  }

  #tooLarge(request: Request, most: number, limit: "answerBytes" | "runBytes"): FeedFault {
    return this.#fault(
      "feed-too-large",
      request,
      limit === "answerBytes"
        ? { en: `is larger than ${most} bytes`, id: `lebih besar dari ${most} byte` }
        : { en: `brings this run beyond ${most} bytes`, id: `membuat pengambilan ini melebihi ${most} byte` },
      {
        en: `If that is right, raise \`limits.${limit}\`.`,
        id: `Bila memang demikian, naikkan \`limits.${limit}\`.`,
      },
    );
  }

  #bomb(request: Request, packed: number, bytes: number): FeedFault {
    return this.#fault(
      "feed-too-large",
      request,
      {
        en: `unpacks from ${packed} to more than ${bytes} bytes, as if made to fill a disk`,
        id: `mengembang dari ${packed} menjadi lebih dari ${bytes} byte, seolah dibuat untuk memenuhi cakram`,
      },
      { en: "Tell the publisher; nothing of it was taken.", id: "Beri tahu penerbitnya; tidak ada yang diambil." },
    );
  }

  #refused(request: Request, status: number, after: number | undefined): FeedFault {
    const predicate = { en: `is ${status}`, id: `adalah ${status}` };
    if (status === 429)
      return this.#fault(
        "feed-busy",
        request,
        { en: "is 429: too many requests", id: "adalah 429: terlalu banyak permintaan" },
        {
          en: "It is tried again later; lower `rate` if it goes on.",
          id: "Akan dicoba lagi; turunkan `rate` bila berlanjut.",
        },
        { after },
      );
    if (status >= 500)
      return this.#fault(
        "feed-server",
        request,
        predicate,
        {
          en: "The source has a fault of its own; it is tried again.",
          id: "Sumber sedang bermasalah; akan dicoba lagi.",
        },
        { after },
      );
    if (status === 401 || status === 403)
      return this.#fault("feed-denied", request, predicate, {
        en: "Check the token or key of this feed: it may have expired, or not be meant for this data.",
        id: "Periksa token atau kunci umpan ini: mungkin kedaluwarsa, atau bukan untuk data ini.",
      });
    return this.#fault("feed-refused", request, predicate, {
      en: "Check address and parameters of this feed.",
      id: "Periksa alamat dan parameter umpan ini.",
    });
  }

  #astray(request: Request, to: URL | undefined, why: "host" | "method" | "too-many" | "unreadable"): FeedFault {
    const host = to === undefined ? "" : plain(to.host);
    const where =
      to?.host === request.url.host && to.protocol !== request.url.protocol ? `${to.protocol}//${host}` : host;
    const told = {
      host: { en: `leads to ${where}, which is not declared`, id: `mengarah ke ${where}, yang tidak dinyatakan` },
      method: {
        en: `sends a form on to another page of ${where}: mostly a page to sign in`,
        id: `mengalihkan formulir ke halaman lain di ${where}: biasanya halaman masuk`,
      },
      "too-many": { en: "redirects in a circle", id: "mengalihkan berputar-putar" },
      unreadable: { en: "leads to what is no address", id: "mengarah ke sesuatu yang bukan alamat" },
    }[why];
    return this.#fault("feed-redirect", request, told, {
      en: "We go to declared hosts only. If the source has moved, correct `url` or `hosts`.",
      id: "Kami hanya menuju host yang dinyatakan. Bila sumber pindah, perbaiki `url` atau `hosts`.",
    });
  }

  /** What Node says of a connection, in our words. */
  #broken(request: Request, cause: unknown): FeedFault {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    const options = { cause };
    const { host } = request.url;
    if (/CERT|SELF_SIGNED|VERIFY|ISSUER|ALTNAME/.test(code))
      return new FeedFault(
        "feed-tls",
        {
          en: `The certificate of ${host} cannot be trusted: ${code}.`,
          id: `Sertifikat ${host} tidak dapat dipercaya: ${code}.`,
        },
        {
          en: "Tell its operator; for an authority of your own name its file in `caFile`. It is never left unchecked.",
          id: "Beri tahu pengelolanya; untuk otoritas sendiri sebutkan berkasnya di `caFile`. Pemeriksaan tidak pernah dilewati.",
        },
        options,
      );
    if (/^HPE_|^EPROTO$|^ERR_SSL|^ERR_HTTP|^ERR_INVALID_CHAR$/.test(code))
      return new FeedFault(
        "feed-protocol",
        {
          en: `What answers at ${host} does not speak HTTP as it should: ${code}.`,
          id: `Yang menjawab di ${host} tidak berbicara HTTP sebagaimana mestinya: ${code}.`,
        },
        { en: "Check port, http or https, and proxies.", id: "Periksa porta, http atau https, dan proksi." },
        options,
      );
    if (/^Z_|^ERR__ERROR_FORMAT|^ERR_BROTLI|^ERR__?ERROR/.test(code) && code !== "Z_BUF_ERROR")
      return this.#fault(
        "feed-cut",
        request,
        { en: "does not unpack: it is damaged", id: "tidak dapat dibuka kemasannya: rusak" },
        { en: "It is asked for again.", id: "Akan diminta lagi." },
        options,
      );
    if (
      /^(?:ENOTFOUND|EAI_|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EHOSTDOWN|ENETDOWN|ETIMEDOUT|EACCES)/.test(
        code,
      )
    )
      return new FeedFault(
        "feed-unreachable",
        { en: `Nobody answers at ${host}: ${code}.`, id: `Tidak ada yang menjawab di ${host}: ${code}.` },
        {
          en: "Check the name, the network and the firewall; it is tried again.",
          id: "Periksa nama, jaringan, dan tembok api; akan dicoba lagi.",
        },
        options,
      );
    if (/^(?:ENOSPC|EDQUOT|EROFS|EMFILE|ENFILE|ENOENT|EPERM)$/.test(code))
      // our own disk: no matter of the source
      throw cause;
    return this.#fault(
      "feed-cut",
      request,
      {
        en: `was cut: the connection ended before it was whole (${code || "no reason"})`,
        id: `terpotong: sambungan berakhir sebelum utuh (${code || "tanpa alasan"})`,
      },
      { en: "It is asked for again.", id: "Akan diminta lagi." },
      options,
    );
  }
}

type Phase = "connect" | "firstByte" | "idle" | "whole";

const LATE: Record<Phase, { en: string; id: string }> = {
  connect: { en: "no connection", id: "tidak tersambung" },
  firstByte: { en: "no answer has begun", id: "jawaban belum dimulai" },
  idle: { en: "the answer stood still; no further byte came", id: "jawaban terhenti; tidak ada byte lanjutan" },
  whole: { en: "the answer was not whole", id: "jawaban belum utuh" },
};

/** Aborts when a phase takes longer than it may. */
class Clock {
  readonly #stop: AbortController;
  readonly #fault: (phase: Phase, seconds: number) => FeedFault;
  #timer: NodeJS.Timeout | undefined;

  constructor(stop: AbortController, fault: (phase: Phase, seconds: number) => FeedFault) {
    this.#stop = stop;
    this.#fault = fault;
  }

  start(phase: Phase, seconds: number): void {
    this.stop();
    this.#timer = setTimeout(() => this.#stop.abort(this.#fault(phase, seconds)), 1_000 * seconds);
  }

  again(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Redirects may also turn http into https. */
function sameHost(from: URL, to: URL): boolean {
  if (to.hostname !== from.hostname) return false;
  if (to.protocol === from.protocol) return to.port === from.port;
  return from.protocol === "http:" && to.protocol === "https:" && from.port === "" && to.port === "";
}

function dateOf(header: string | undefined): Date | undefined {
  if (header === undefined) return undefined;
  const date = new Date(header);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Milliseconds; a date is counted from the answer's own (RFC 9110, 10.2.3). */
function waitAsked(header: string | undefined, date: Date | undefined): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return 1_000 * Number(header);
  const until = dateOf(header);
  return until === undefined ? undefined : Math.max(0, until.getTime() - (date ?? new Date()).getTime());
}
