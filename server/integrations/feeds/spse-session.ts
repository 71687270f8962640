import { readFile, rm } from "node:fs/promises";
import { FeedFault } from "./feed-fault.ts";
import type { Fetching } from "./fetch-answer.ts";
import type { Secrets } from "./secrets.ts";

/** Where SPSE 4 and 4.5 write the token: a script, or a field of a form. */
const TOKENS = [
  /\bauthenticityToken\s*=\s*["']([0-9a-zA-Z_-]{8,256})["']/,
  /\bname=["']authenticityToken["'][^>]*\bvalue=["']([0-9a-zA-Z_-]{8,256})["']/,
  /\bvalue=["']([0-9a-zA-Z_-]{8,256})["'][^>]*\bname=["']authenticityToken["']/,
];
const LARGEST_PAGE = 8 * 2 ** 20;

/** A session with a public SPSE, as a browser has one: cookies and a token of a page, both masked from then on. */
export class SpseSession {
  readonly page: URL;
  readonly #fetching: Fetching;
  readonly #secrets: Secrets;
  #held: { readonly token: string; readonly cookie: string } | undefined;

  constructor(page: URL, fetching: Fetching, secrets: Secrets) {
    this.page = page;
    this.#fetching = fetching;
    this.#secrets = secrets;
  }

  get begun(): boolean {
    return this.#held !== undefined;
  }

  end(): void {
    this.#held = undefined;
  }

  /** @throws FeedFault feed-shape where the page has no token, and whatever fetching it throws */
  async begin(): Promise<{ readonly token: string; readonly cookie: string }> {
    if (this.#held) return this.#held;
    const answer = await this.#fetching.answer({ method: "GET", url: this.page, headers: {}, wantsPage: true });
    try {
      const html = answer.bytes > LARGEST_PAGE ? "" : await readFile(answer.path, "utf8");
      const token = TOKENS.map((form) => form.exec(html)?.[1]).find((found) => found !== undefined);
      if (token === undefined) throw this.#noToken();
      const pairs = answer.cookies
        .map((cookie) => cookie.split(";")[0]!.trim())
        .filter((pair) => /^[^=\s]+=/.test(pair));
      this.#secrets.keep(token);
      for (const pair of pairs) this.#secrets.keep(pair.slice(pair.indexOf("=") + 1));
      this.#held = { token, cookie: pairs.join("; ") };
      return this.#held;
    } finally {
      await rm(answer.path, { force: true });
    }
  }

  #noToken(): FeedFault {
    const page = this.#secrets.masked(this.page.href);
    return new FeedFault(
      "feed-shape",
      {
        en: `${page} holds no authenticityToken, without which SPSE answers nothing.`,
        id: `${page} tidak memuat authenticityToken, dan tanpanya SPSE tidak menjawab.`,
      },
      {
        en: "Open it in a browser; name the page with the list of packages in `page`.",
        id: "Buka di peramban; sebutkan halaman daftar paket di `page`.",
      },
    );
  }
}
