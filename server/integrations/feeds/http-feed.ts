import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import nodePath from "node:path";
import { JsonSource } from "../../../migration/sources/json.ts";
import { OcdsSource } from "../../../migration/sources/ocds.ts";
import { SourceFault } from "../../../migration/sources/source-fault.ts";
import type { Batch, Captured, Answer as CapturedAnswer, Feed, Note } from "../connect/feed.ts";
import { type FeedCursor, readCursor, writeCursor } from "./feed-cursor.ts";
import { FeedFault } from "./feed-fault.ts";
import type { FeedSettings } from "./feed-settings.ts";
import { type Answer, Fetching, type Request } from "./fetch-answer.ts";
import { onward, pagingMembers, pagingOf, pagingParameters } from "./paging.ts";
import { plain } from "./plain.ts";
import { Secrets } from "./secrets.ts";
import { SpseSession } from "./spse-session.ts";
import { type Survey, survey, toldOfAnswer } from "./survey.ts";

const FOLDERS = "prasasti-feed-";
/** Days before a token ends in which somebody has to get a new one. */
const TOKEN_DAYS = 14;
/** Pages one after another without a row, of a source that says that there is more. */
const MOST_EMPTY = 3;
/** Beyond this a clock that differs from ours is told. */
const CLOCKS_DIFFER = 300_000;
/** Fiscal years end at midnight in Jakarta. */
const yearInJakarta = new Intl.DateTimeFormat("en", { timeZone: "Asia/Jakarta", year: "numeric" });

type Options = Parameters<Feed["answers"]>[0];
export type HttpFeedNeeds = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** where paths of the settings begin */
  readonly folder: string;
  /** milliseconds UTC; only for `current` and to tell how far the source's clock is off */
  now?(): number;
};

/**
 * A source over HTTP: asked page by page, each answer whole before it is given. Windows in time go by the source's own
 * clock (`Date`), never by ours. An answer is removed when the next is asked for.
 */
export class HttpFeed implements Feed {
  readonly #settings: FeedSettings;
  readonly #needs: HttpFeedNeeds;

  constructor(settings: FeedSettings, needs: HttpFeedNeeds) {
    this.#settings = settings;
    this.#needs = needs;
  }

  async close(): Promise<void> {}

  /** Arrays in which rows of this engine stand, by pointer. */
  get #rows(): readonly string[] {
    const settings = this.#settings;
    switch (settings.engine) {
      case "isb":
        return [""];
      case "inaproc":
        return [settings.legacy ? "" : "/data"];
      case "spse":
        return ["/data"];
      case "ocds-api":
        return ["/releases", "/records"];
      default:
        return [settings.pointer];
    }
  }

  async *read({ file }: Captured): AsyncGenerator<Batch> {
    const settings = this.#settings;
    try {
      // rows that are the whole answer are where they are; else one of several places, or none at all
      const rowsAt = this.#rows[0] === "" ? "" : (await survey(file, this.#rows)).rowsAt;
      if (rowsAt === undefined) return;
      const declared = "columns" in settings && settings.columns ? { columns: [...settings.columns] } : {};
      const source =
        settings.engine === "ocds-api"
          ? new OcdsSource("feed", [{ name: "answer", path: file }])
          : new JsonSource("feed", { pointer: rowsAt, ...declared }, [{ name: "answer", path: file }], false);
      const [table] = await source.tables();
      const columns = table!.columns.map(({ name }) => name);
      for await (const rows of source.rows("answer")) yield { columns, rows };
    } catch (error) {
      throw error instanceof SourceFault ? await toldOfAnswer(error, file) : error;
    }
  }

  async *answers(options: Options): AsyncGenerator<CapturedAnswer> {
    await sweep();
    const folder = await mkdtemp(nodePath.join(tmpdir(), `${FOLDERS}${process.pid}-`));
    const secrets = new Secrets(this.#needs.env);
    let fetching: Fetching | undefined;
    try {
      fetching = await this.#fetching(folder, secrets, options);
      yield* new Run(this.#settings, this.#needs, this.#rows, fetching, secrets, options).answers();
    } catch (error) {
      throw masked(error, secrets);
    } finally {
      fetching?.close();
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #fetching(folder: string, secrets: Secrets, { signal, pace }: Options): Promise<Fetching> {
    const { limits, hosts, contentTypes, caFile } = this.#settings;
    let ca: string | undefined;
    if (caFile !== undefined)
      try {
        ca = await readFile(nodePath.resolve(this.#needs.folder, caFile), "utf8");
      } catch (cause) {
        throw new FeedFault(
          "feed-setting",
          {
            en: `\`caFile\` ${caFile} cannot be read: ${(cause as Error).message}.`,
            id: `\`caFile\` ${caFile} tidak dapat dibaca: ${(cause as Error).message}.`,
          },
          { en: "Correct the path or its permissions.", id: "Perbaiki jalur atau izinnya." },
          { cause },
        );
      }
    return new Fetching({ folder, limits, hosts, contentTypes, ca, secrets, signal, pace, env: this.#needs.env });
  }
}

/** Removes answers of processes that have died: they hold what sources know of people. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const [, process_] = /^prasasti-feed-(\d+)-/.exec(name) ?? [];
    if (process_ === undefined || lives(Number(process_))) continue;
    await rm(nodePath.join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}

/** One run over a feed, from a cursor to the end. */
class Run {
  readonly #settings: FeedSettings;
  readonly #rows: readonly string[];
  readonly #fetching: Fetching;
  readonly #secrets: Secrets;
  readonly #options: Options;
  readonly #now: () => number;
  readonly #parts: readonly Readonly<Record<string, string>>[];
  readonly #cursor: FeedCursor;
  #session: SpseSession | undefined;

  constructor(
    settings: FeedSettings,
    needs: HttpFeedNeeds,
    rows: readonly string[],
    fetching: Fetching,
    secrets: Secrets,
    options: Options,
  ) {
    this.#settings = settings;
    this.#rows = rows;
    this.#fetching = fetching;
    this.#secrets = secrets;
    this.#options = options;
    this.#now = () => needs.now?.() ?? Date.now();
    this.#parts = partsOf(settings, this.#now());
    this.#cursor = readCursor(options.cursor, meaningOf(settings, options.table));
  }

  async *answers(): AsyncGenerator<CapturedAnswer> {
    const settings = this.#settings;
    const paging = pagingOf(settings);
    const cursor = this.#cursor;
    const since = cursor.since ?? settings.since?.first;
    let next = cursor.next;
    let pages = 0;
    let noted = false;
    const ofParts = new Map<string, string>();
    // a year that was in the list when the run began may be gone from it
    for (let part = Math.min(cursor.part ?? 0, this.#parts.length - 1); part < this.#parts.length; part++) {
      let at = part === cursor.part ? cursor.at : undefined;
      const places = new Set<string>();
      const digests = new Map<string, string>();
      let empty = 0;
      let first = at === undefined;
      for (;;) {
        if (++pages > settings.limits.pages) throw this.#tooMany();
        const request = this.#request(this.#parts[part]!, at, since);
        const shown = this.#fetching.shown(request);
        const answer = await this.#answer(request);
        try {
          const seen = await survey(answer.path, this.#rows, [...pagingMembers(paging), ...this.#packageMembers]);
          const notes: Note[] = [];
          if (!noted) notes.push(...this.#clockNotes(answer), ...this.#tokenNotes(answer));
          noted = true;
          const same = first && seen.count > 0 ? ofParts.get(seen.digest) : undefined;
          if (same !== undefined) notes.push(sameNote(shown, same));
          if (first) ofParts.set(seen.digest, shown);
          next ??= answer.date?.toISOString();
          if (answer.bytes === 0) notes.push(this.#emptyNote(shown));
          else if (settings.engine === "ocds-api") notes.push(...this.#checkPackage(seen, first));
          const on = answer.bytes === 0 ? {} : onward(paging, at, seen);
          if (on.missing) notes.push(missingNote(on.missing, shown));

          empty = seen.count === 0 ? empty + 1 : 0;
          const before = seen.count === 0 ? undefined : digests.get(seen.digest);
          if (before !== undefined)
            throw loop(shown, { en: `has the same rows as ${before}`, id: `memuat baris yang sama dengan ${before}` });
          digests.set(seen.digest, shown);
          if (on.next !== undefined) {
            const to = paging.by === "link" ? this.#fetching.next(request.url, on.next).href : on.next;
            if (places.has(to) || to === at)
              throw loop(shown, {
                en: "leads back to a page that was read",
                id: "kembali ke halaman yang sudah dibaca",
              });
            if (empty >= MOST_EMPTY)
              throw loop(shown, {
                en: `is the ${MOST_EMPTY}rd page without a row, and leads to more`,
                id: `adalah halaman ke-${MOST_EMPTY} tanpa baris, dan mengarah ke halaman lain`,
              });
            places.add(to);
            at = to;
          }
          const place: FeedCursor =
            on.next !== undefined
              ? this.#place(part, since, next, at)
              : part + 1 < this.#parts.length
                ? this.#place(part + 1, since, next, undefined)
                : this.#end(since, next);
          yield {
            table: this.#options.table ?? this.#listName(),
            content: { file: answer.path },
            mediaType: "application/json",
            from: shown,
            cursor: writeCursor(place),
            ...(notes.length > 0 ? { notes } : {}),
          };
          if (on.next === undefined) break;
        } finally {
          await rm(answer.path, { force: true });
        }
        first = false;
      }
    }
  }

  #place(part: number, since: string | undefined, next: string | undefined, at: string | undefined): FeedCursor {
    const { of } = this.#cursor;
    return {
      ...{ v: 1, of, part },
      ...(at === undefined ? {} : { at }),
      ...(since === undefined ? {} : { since }),
      ...(next === undefined ? {} : { next }),
    };
  }

  /** Where the next run begins: without a clock of the source, where this one did. */
  #end(since: string | undefined, next: string | undefined): FeedCursor {
    const { of } = this.#cursor;
    const from = this.#settings.since === undefined ? undefined : (next ?? since);
    return { v: 1, of, ...(from === undefined ? {} : { since: from }) };
  }

  #request(part: Readonly<Record<string, string>>, at: string | undefined, since: string | undefined): Request {
    const settings = this.#settings;
    const paging = pagingOf(settings);
    const url = this.#url(part);
    const isForm = settings.engine === "spse" && settings.method === "POST";
    const parameters: Record<string, string> = { ...pagingParameters(paging, at) };
    if (settings.since !== undefined && since !== undefined)
      parameters[settings.since.parameter] = windowStart(since, this.#options.overlap, settings.since.format);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(settings.headers))
      headers[name.toLowerCase()] = this.#secrets.filled(value);
    if (settings.tokenEnv !== undefined) headers.authorization = `Bearer ${this.#secrets.of(settings.tokenEnv)}`;
    // an address that the source gave for the next page says everything itself
    if (paging.by === "link" && at !== undefined) {
      const link = this.#fetching.next(url, at);
      // what we are known by stays with the host it is meant for
      return { method: "GET", url: link, headers: link.host === url.host ? this.#safe(link, headers) : {} };
    }
    if (!isForm) for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    this.#safe(url, headers);
    if (settings.engine !== "spse") return { method: "GET", url, headers };
    const form = { ...tableForm, ...strings(settings.form), ...parameters };
    return isForm ? { method: "POST", url, headers, form } : { method: "GET", url: withForm(url, form), headers };
  }

  /** Rows without names look alike: which list of SPSE they are of, its address alone tells (`dt/lelang`). */
  #listName(): string {
    const { engine, url } = this.#settings;
    return engine === "spse" ? (/\/([^/?{}]+)(?:\?.*)?$/.exec(url)?.[1] ?? "") : "";
  }

  #url(part: Readonly<Record<string, string>>): URL {
    const { url, query } = this.#settings;
    const inPath = (name: string, value: string) => {
      const steps = value.split("/");
      if (steps.some((step) => step === "" || step === "." || step === ".."))
        throw setting(
          { en: `{${name}} cannot stand for ${plain(value)}.`, id: `{${name}} tidak dapat diisi ${plain(value)}.` },
          { en: "Correct `parameters` or `table`.", id: "Perbaiki `parameters` atau `table`." },
        );
      return steps.map(encodeURIComponent).join("/");
    };
    const named = url.replace(/\{([a-z_][a-z0-9_]*)\}/gi, (_, name: string) => {
      const value = name === "table" ? this.#options.table : part[name];
      if (value === undefined)
        throw setting(
          {
            en: `Nothing says what {${name}} in \`url\` stands for.`,
            id: `Arti {${name}} dalam \`url\` tidak disebutkan.`,
          },
          name === "table"
            ? { en: "Name the job's `table`.", id: "Sebutkan `table` pekerjaan itu." }
            : { en: `Add ${name} to \`parameters\`.`, id: `Tambahkan ${name} di \`parameters\`.` },
        );
      return inPath(name, value);
    });
    const whole = new URL(this.#secrets.filled(named, encodeURIComponent));
    for (const [name, value] of Object.entries(query))
      whole.searchParams.set(name, this.#secrets.filled(String(value)));
    const { engine } = this.#settings;
    // what an agency is asked for goes into the query where the address does not place it
    if (engine === "inaproc")
      for (const [name, value] of Object.entries(part))
        if (!url.includes(`{${name}}`)) whole.searchParams.set(name, value);
    return whole;
  }

  /** Secrets do not travel where anybody on the way can read them. */
  #safe(url: URL, headers: Record<string, string>): Record<string, string> {
    const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
    if (url.protocol === "http:" && this.#secrets.any && !loopback && !this.#settings.plainHttp)
      throw setting(
        {
          en: `A secret would travel unencrypted to ${url.host}.`,
          id: `Rahasia akan dikirim tanpa sandi ke ${url.host}.`,
        },
        {
          en: "Use https; or say `plainHttp: true` where the network itself is trusted.",
          id: "Gunakan https; atau nyatakan `plainHttp: true` bila jaringannya tepercaya.",
        },
      );
    return headers;
  }

  /** Asks; an SPSE session that has run out is begun again, once. */
  async #answer(request: Request): Promise<Answer> {
    if (this.#settings.engine !== "spse") return this.#fetching.answer(request);
    this.#session ??= new SpseSession(this.#sessionPage(request.url), this.#fetching, this.#secrets);
    const old = this.#session.begun;
    try {
      return await this.#fetching.answer(await this.#inSession(request, this.#session));
    } catch (error) {
      const ranOut = error instanceof FeedFault && /^feed-(?:denied|html|redirect|refused)$/.test(error.code);
      if (!old || !ranOut) throw error;
      this.#session.end();
      return await this.#fetching.answer(await this.#inSession(request, this.#session));
    }
  }

  #sessionPage(url: URL): URL {
    const { page } = this.#settings as { page?: string };
    const to = new URL(url);
    to.search = "";
    if (page === undefined) {
      to.pathname = url.pathname.replace(/\/dt\/[^/]*$/, "/lelang");
      return to;
    }
    const [path, search = ""] = page.split("?");
    to.pathname = path!;
    to.search = search;
    return to;
  }

  async #inSession(request: Request, session: SpseSession): Promise<Request> {
    const { token, cookie } = await session.begin();
    const headers = {
      ...request.headers,
      "x-requested-with": "XMLHttpRequest",
      referer: session.page.href,
      ...(cookie === "" ? {} : { cookie }),
    };
    if (request.form !== undefined) return { ...request, headers, form: { ...request.form, authenticityToken: token } };
    return { ...request, headers, url: withForm(request.url, { authenticityToken: token }) };
  }

  get #packageMembers(): readonly string[] {
    return this.#settings.engine === "ocds-api" ? ["/uri", "/version", "/publishedDate", "/publisher/name"] : [];
  }

  /** What holds for a whole package (OCDS 1.1, release and record packages). */
  #checkPackage({ members }: Survey, first: boolean): Note[] {
    const version = members.get("/version");
    // packages of 1.0 have none
    if (version !== undefined && version.kind !== "null" && !/^1\.[01]$/.test(version.text))
      throw wrongPackage(
        `Its version is ${plain(version.text) || "-"}; 1.0 and 1.1 are read here.`,
        `Versinya ${plain(version.text) || "-"}; yang dibaca di sini 1.0 dan 1.1.`,
      );
    const publisher = members.get("/publisher/name")?.text ?? "";
    const { publisher: wanted } = this.#settings as { publisher?: string };
    if (wanted !== undefined && publisher !== wanted)
      throw wrongPackage(
        `Its publisher is ${plain(publisher) || "not told"}, not ${wanted}.`,
        `Penerbitnya ${plain(publisher) || "tidak disebut"}, bukan ${wanted}.`,
      );
    const gaps = this.#packageMembers.filter((name) => !members.get(name)?.text).join(", ");
    if (!first || gaps === "") return [];
    return [
      {
        code: "package-gaps",
        alarm: false,
        words: { en: `The package does not tell ${gaps}.`, id: `Paket tidak menyebut ${gaps}.` },
      },
    ];
  }

  #clockNotes({ date }: Answer): Note[] {
    if (date === undefined) {
      if (this.#settings.since === undefined) return [];
      const words = {
        en: "The source does not tell its time (Date): the next run asks from the same moment as this one.",
        id: "Sumber tidak menyebut waktunya (Date): pengambilan berikutnya meminta sejak saat yang sama.",
      };
      return [{ code: "clock-untold", alarm: false, words }];
    }
    const off = date.getTime() - this.#now();
    if (Math.abs(off) < CLOCKS_DIFFER) return [];
    const minutes = Math.round(Math.abs(off) / 60_000);
    const words = {
      en: `The source's clock is ${minutes} minutes ${off > 0 ? "ahead of" : "behind"} ours; windows go by the source's.`,
      id: `Jam sumber ${minutes} menit ${off > 0 ? "lebih cepat" : "lebih lambat"} dari jam kami; jendela waktu memakai jam sumber.`,
    };
    return [{ code: "clock-skew", alarm: false, words }];
  }

  /** A bearer token in the form of a JWT tells when it ends; nobody is glad to learn that from a 401. */
  #tokenNotes({ date }: Answer): Note[] {
    const { tokenEnv } = this.#settings;
    const until = tokenEnv === undefined ? undefined : endOfToken(this.#secrets.of(tokenEnv));
    if (until === undefined) return [];
    const days = Math.floor((until - (date?.getTime() ?? this.#now())) / 86_400_000);
    if (days >= TOKEN_DAYS) return [];
    const on = new Date(until).toISOString().slice(0, 10);
    const words = {
      en: `The token in ${tokenEnv} ends on ${on}: get a new one.`,
      id: `Token dalam ${tokenEnv} berakhir pada ${on}: mintalah yang baru.`,
    };
    return [{ code: "token-ends", alarm: true, words }];
  }

  #emptyNote(shown: string): Note {
    return {
      code: "feed-empty",
      alarm: this.#settings.empty === "alarm",
      words: { en: `The answer to ${shown} has 0 bytes: no rows.`, id: `Jawaban atas ${shown} 0 byte: tanpa baris.` },
    };
  }

  #tooMany(): FeedFault {
    const { pages } = this.#settings.limits;
    return new FeedFault(
      "feed-too-large",
      {
        en: `The feed has more than ${pages} pages.`,
        id: `Umpan memiliki lebih dari ${pages} halaman.`,
      },
      { en: "If that is right, raise `limits.pages`.", id: "Bila memang demikian, naikkan `limits.pages`." },
    );
  }
}

function missingNote(missing: number, shown: string): Note {
  return {
    code: "feed-short",
    alarm: true,
    words: {
      en: `The source speaks of ${missing} more rows and gives none (${shown}).`,
      id: `Sumber menyebut masih ada ${missing} baris, tetapi tidak memberikannya (${shown}).`,
    },
  };
}

function sameNote(shown: string, before: string): Note {
  return {
    code: "feed-same",
    alarm: true,
    words: {
      en: `The answers to ${shown} and to ${before} have the same rows: the source may not heed what differs in them.`,
      id: `Jawaban atas ${shown} dan ${before} memuat baris yang sama: sumber mungkin mengabaikan bedanya.`,
    },
  };
}

/** Milliseconds UTC (RFC 7519, 4.1.4); undefined of what is no JWT. */
function endOfToken(token: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { exp?: unknown };
    return typeof exp === "number" && exp > 0 && exp < 1e11 ? exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}

/** Every combination of the parameters' values, in the order of the settings. */
function partsOf({ parameters }: FeedSettings, now: number): Record<string, string>[] {
  const year = Number(yearInJakarta.format(now));
  const years: Record<string, string> = { current: String(year), previous: String(year - 1) };
  let parts: Record<string, string>[] = [{}];
  for (const [name, given] of Object.entries(parameters)) {
    const values = (Array.isArray(given) ? given : [given]).map((value) => years[value] ?? String(value));
    parts = parts.flatMap((part) => values.map((value) => ({ ...part, [name]: value })));
  }
  return parts;
}

/** Of the settings, what the places in a cursor depend on. */
function meaningOf(settings: FeedSettings, table: string | undefined): string {
  const { engine, url, parameters, query } = settings;
  const meant = JSON.stringify([engine, url, parameters, query, table ?? null, pagingOf(settings)]);
  return createHash("sha256").update(meant).digest("hex").slice(0, 16);
}

function windowStart(since: string, overlap: number, format: "date" | "date-time" | "epoch" | "epoch-ms"): string {
  const from = new Date(Date.parse(since) - overlap);
  switch (format) {
    case "date":
      return from.toISOString().slice(0, 10);
    case "date-time":
      return from.toISOString().replace(/\.\d+Z$/, "Z");
    case "epoch":
      return String(Math.floor(from.getTime() / 1_000));
    case "epoch-ms":
      return String(from.getTime());
  }
}

/** What DataTables sends of its columns; ordered by the first, so that pages hold still while packages are added. */
const tableForm: Readonly<Record<string, string>> = {
  draw: "1",
  "search[value]": "",
  "search[regex]": "false",
  "order[0][column]": "0",
  "order[0][dir]": "asc",
  ...Object.fromEntries(
    Array.from({ length: 5 }, (_, column) => [
      [`columns[${column}][data]`, String(column)],
      [`columns[${column}][name]`, ""],
      [`columns[${column}][searchable]`, column === 3 ? "false" : "true"],
      [`columns[${column}][orderable]`, column === 3 ? "false" : "true"],
      [`columns[${column}][search][value]`, ""],
      [`columns[${column}][search][regex]`, "false"],
    ]).flat(),
  ),
};

function withForm(url: URL, form: Readonly<Record<string, string>>): URL {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(form)) whole.searchParams.set(name, value);
  return whole;
}

function strings(values: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

function setting(explanation: { en: string; id: string }, remedy: { en: string; id: string }): FeedFault {
  return new FeedFault("feed-setting", explanation, remedy);
}

function loop(shown: string, { en, id }: { en: string; id: string }): FeedFault {
  return new FeedFault(
    "feed-loop",
    {
      en: `The feed goes round in a circle: the answer to ${shown} ${en}.`,
      id: `Umpan berputar-putar: jawaban atas ${shown} ${id}.`,
    },
    {
      en: "What was read before stands. Where the source repeats its last page, declare where it tells how many there are (`pages`, `total`); else tell the publisher.",
      id: "Yang sudah dibaca tetap berlaku. Bila sumber mengulang halaman terakhir, nyatakan di mana jumlahnya disebut (`pages`, `total`); bila tidak, beri tahu penerbitnya.",
    },
  );
}

function wrongPackage(en: string, id: string): FeedFault {
  return new FeedFault(
    "feed-package",
    { en: `The package is not what was declared. ${en}`, id: `Paket tidak seperti yang dinyatakan. ${id}` },
    {
      en: "Ask the publisher, or correct the settings of this feed.",
      id: "Tanyakan kepada penerbit, atau perbaiki setelan umpan ini.",
    },
  );
}

/** What an answer said may echo a secret: nothing leaves without a last look. */
function masked(error: unknown, secrets: Secrets): unknown {
  if (!(error instanceof FeedFault)) return error;
  const both = ({ en, id }: { en: string; id: string }) => ({ en: secrets.masked(en), id: secrets.masked(id) });
  return error.told(both(error.explanation), both(error.remedy));
}
