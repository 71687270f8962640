import type { Words } from "../../domain/problems.ts";
import { ConnectorFault } from "../connect/feed.ts";

/** Every way in which a feed is not read to its end, and whether the same request may do better later. */
const MAY_WORK_LATER = {
  /** the settings are wrong or not complete, or a secret is not there */
  "feed-setting": false,
  /** nobody answers at that address */
  "feed-unreachable": true,
  /** connecting, the first byte, the next byte or the whole answer took too long */
  "feed-timeout": true,
  /** the certificate of the server cannot be trusted */
  "feed-tls": false,
  /** what answers there does not speak HTTP as it should */
  "feed-protocol": false,
  /** the answer ended before it was whole */
  "feed-cut": true,
  /** 429: too many requests */
  "feed-busy": true,
  /** 5xx */
  "feed-server": true,
  /** 401 and 403 */
  "feed-denied": false,
  /** any other answer than 200, and an answer that says itself that it refuses */
  "feed-refused": false,
  /** it sends us where we do not go: another host, or in a circle */
  "feed-redirect": false,
  /** more bytes than were declared, packed or unpacked */
  "feed-too-large": false,
  /** a page for people in place of data */
  "feed-html": true,
  /** another kind of content than was declared */
  "feed-type": false,
  /** whole, and no JSON */
  "feed-not-json": false,
  /** JSON in which the rows, or what says how it goes on, are not where they were declared */
  "feed-shape": false,
  /** an OCDS package that is not the one declared */
  "feed-package": false,
  /** the pages go round in a circle */
  "feed-loop": false,
  /** a place to go on from that this feed has not given */
  "feed-cursor": false,
} as const;

type FeedFaultCode = keyof typeof MAY_WORK_LATER;

/** A run does not wait longer than this; the next one will. */
const LONGEST_WAIT = 900_000;

/**
 * Why a feed was not read to its end: answers that were given before count, this one does not. Its words hold no secrets.
 * `after`, in milliseconds: the source asks not to be asked before.
 */
export class FeedFault extends ConnectorFault {
  readonly #code: FeedFaultCode;
  readonly #after: number | undefined;

  constructor(
    code: FeedFaultCode,
    explanation: Words,
    remedy: Words,
    { after, ...options }: ErrorOptions & { readonly after?: number | undefined } = {},
  ) {
    const again = MAY_WORK_LATER[code] && (after ?? 0) <= LONGEST_WAIT;
    const retry = again ? { ...(after === undefined ? {} : { after }) } : undefined;
    super(code, { explanation, remedy, ...(retry ? { retry } : {}) }, options);
    this.name = "FeedFault";
    this.#code = code;
    this.#after = after;
  }

  /** The same in other words, without its cause. */
  told(explanation: Words, remedy: Words): FeedFault {
    return new FeedFault(this.#code, explanation, remedy, { after: this.#after });
  }
}
