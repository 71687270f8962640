import { createHash, type KeyObject, randomBytes } from "node:crypto";
import type { Hex } from "../../domain/entries/words.ts";
import { ProblemError, type Words } from "../../domain/problems.ts";
import { ordered } from "../../domain/projection/ordered.ts";
import type { Storage } from "../../domain/storage.ts";
import { failpoint } from "../../failpoint.ts";
import type { EventFilter, Events, EventTold } from "../book.ts";
import type { SealedTexts } from "../sealed-texts.ts";
import type { Addresses } from "./address-policy.ts";
import { type Failure, Line } from "./post-event.ts";
import { nextAttempt } from "./retry-plan.ts";
import { newSecret, newSigningKey, signedHeaders, signingKey } from "./signatures.ts";

// Events of the register, brought to those who subscribed: every one since the subscription, in the order of the log,
// at least once, under an id by which a receiver knows what he has had. The place of each subscription is written after
// the receiver said that he has it, so whatever ends in between is sent again and nothing is left out.

/** Who asked for it: the operator, or a person of the register. */
export type Subscriber = "operator" | Hex;

/** A subscription as it is told; its secrets are not among it. Times as RFC 3339. */
export type Subscription = {
  id: string;
  url: string;
  filter: EventFilter;
  by: Subscriber;
  createdAt: string;
  /** `failing`: tried again and again; `paused`: nothing is sent until somebody resumes it */
  state: "active" | "failing" | "paused";
  /** number of the last event that it is done with; events up to `since` were before it */
  position: number;
  since: number;
  delivered: number;
  lastDelivered?: string;
  deadLetters: number;
  /** of the event that is tried now */
  trying?: { sequence: number; attempts: number; since: string; next?: string; reason: Words; code: string };
  paused?: { by: "person" | "failure"; at: string; reason: Words };
};

/** An event that its receiver did not take. `passed`: what follows it has been sent since. */
export type DeadLetter = {
  sequence: number;
  id: string;
  event: string;
  attempts: number;
  since: string;
  at: string;
  passed: boolean;
  code: string;
  status?: number;
  reason: Words;
};

type Row = {
  id: string;
  url: string;
  filter: EventFilter;
  by: Subscriber;
  createdAt: number;
  since: number;
  /** newest first; the second signs too until `until` */
  secrets: { sealed: string; until?: number }[];
};
type PlaceRow = {
  position: number;
  delivered: number;
  lastAt?: number;
  trying?: { sequence: number; id: string; attempts: number; firstAt: number; nextAt?: number; failure: Failure };
  paused?: { by: "person" | "failure"; at: number; reason: Words };
  /** events in a row that the receiver refused as such */
  refused?: number;
  /** what he has to be told before all else */
  takenBack?: { from: number; to: number };
  /** number and digest of the last events that he has, by which it is seen that the register was restored */
  marks: [number, string][];
};
type LetterRow = Omit<DeadLetter, "since" | "at"> & { since: number; at: number; body: string };
type KeyRow = { kid: string; public: string; sealed: string; from: number; until?: number };

/** A key with which everything is signed, as anybody can fetch it (RFC 8037, and as `whpk_`). */
export type PublicKey = {
  kid: string;
  kty: "OKP";
  crv: "Ed25519";
  alg: "EdDSA";
  use: "sig";
  x: string;
  whpk: string;
  from: string;
  until?: string;
};

type Needs = {
  rows: Storage;
  events: Events;
  sealed: SealedTexts;
  addresses: Addresses;
  /** told what failed on this side, and is tried again */
  report?(error: unknown): void;
  /** milliseconds UTC */
  now?: () => number;
  /** certificates of the agency's own authority, PEM */
  ca?: string | undefined;
  /** milliseconds for one attempt */
  timeout?: number;
  /** how often, in milliseconds, one that waits looks at the clock, which may jump where a machine slept */
  tick?: number;
  chance?: () => number;
};

const DAY = 86_400_000;
/** An old secret signs for a day more, an old key for a week. */
const SECRET_OVERLAP = DAY;
const KEY_OVERLAP = 7 * DAY;
const MOST = 1_000;
const MOST_OF_ONE = 10;
const PAGE = 100;
const MARKS = 16;
/** How many events in a row a receiver may refuse before he is asked no more. */
const REFUSED_IN_A_ROW = 5;
/** A receiver that has failed for so long is an alarm. */
const ALARM_AFTER = 3_600_000;
/** Places are on the disk at the latest after so many events. */
const SYNC_EVERY = 100;

export class Webhooks {
  readonly #needs: Needs;
  readonly #now: () => number;
  readonly #senders = new Map<string, Sender>();
  #signers: { row: KeyRow; key: KeyObject }[] = [];
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(needs: Needs) {
    this.#needs = needs;
    this.#now = needs.now ?? Date.now;
  }

  /** Goes on with everything that was subscribed before. */
  static async open(needs: Needs): Promise<Webhooks> {
    const hooks = new Webhooks(needs);
    await hooks.#readKeys();
    if (hooks.#signers.length === 0) await hooks.rotateKey();
    for await (const { value } of needs.rows.range<Row>("hook/sub/")) await hooks.#start(value);
    return hooks;
  }

  /**
   * A new subscription, with the secret that is shown this once. Events after `after` are sent, by default those from
   * now on.
   * @throws ProblemError invalid-request
   */
  subscribe(
    by: Subscriber,
    { url, filter = {}, after }: { url: string; filter?: EventFilter; after?: number | "now" },
  ): Promise<{ subscription: Subscription; secret: string }> {
    return this.#inTurn(async () => {
      const { rows, sealed, addresses, events } = this.#needs;
      const own = [...this.#senders.values()].filter(({ row }) => row.by === by).length;
      if (this.#senders.size >= MOST || (by !== "operator" && own >= MOST_OF_ONE))
        throw new ProblemError("invalid-request", {
          en: `There can be at most ${MOST_OF_ONE} subscriptions of one person and ${MOST} in all. Remove one that is not needed.`,
          id: `Langganan paling banyak ${MOST_OF_ONE} per orang dan ${MOST} seluruhnya. Hapus yang tidak diperlukan.`,
        });
      const newest = await events.newest();
      const since = after === undefined || after === "now" ? newest : Math.min(after, newest);
      const id = `hook_${randomBytes(12).toString("hex")}`;
      const secret = newSecret();
      const row: Row = {
        ...{ id, url: addresses.accept(url), filter, by, createdAt: this.#now(), since },
        secrets: [{ sealed: sealed.seal(secret, `hook/sub/${id}`) }],
      };
      const place: PlaceRow = { position: since, delivered: 0, marks: [] };
      await rows.put(
        [
          { key: `hook/sub/${id}`, value: row },
          { key: `hook/at/${id}`, value: place },
        ],
        { sync: true },
      );
      await this.#start(row);
      return { subscription: await this.#tell(this.#senders.get(id)!), secret };
    });
  }

  /** All of them, or those of one subscriber. */
  async list(of?: Subscriber): Promise<Subscription[]> {
    const wanted = [...this.#senders.values()].filter(({ row }) => of === undefined || row.by === of);
    const told = await Promise.all(wanted.map((sender) => this.#tell(sender)));
    return told.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  /** @param of whose it must be; to others it does not exist. @throws ProblemError not-found */
  async get(id: string, of?: Subscriber): Promise<Subscription> {
    return this.#tell(this.#sender(id, of));
  }

  pause(id: string, of?: Subscriber): Promise<Subscription> {
    return this.#inTurn(async () => {
      const sender = this.#sender(id, of);
      await sender.pause("person", { en: "paused by a person", id: "dijeda oleh orang" });
      return this.#tell(sender);
    });
  }

  /** Goes on where it stood, and tries at once what it was waiting for. */
  resume(id: string, of?: Subscriber): Promise<Subscription> {
    return this.#inTurn(async () => {
      const sender = this.#sender(id, of);
      await sender.resume();
      return this.#tell(sender);
    });
  }

  /** Ends it and forgets all of it. */
  remove(id: string, of?: Subscriber): Promise<void> {
    return this.#inTurn(async () => {
      const sender = this.#sender(id, of);
      await sender.end();
      this.#senders.delete(id);
      const letters: string[] = [];
      for await (const { key } of this.#needs.rows.range(`hook/dead/${id}/`)) letters.push(key);
      await this.#needs.rows.put([], { sync: true, remove: [`hook/sub/${id}`, `hook/at/${id}`, ...letters] });
    });
  }

  /** A new secret, shown this once. The old one signs too for a day. */
  rotateSecret(id: string, of?: Subscriber): Promise<{ secret: string; oldUntil: string }> {
    return this.#inTurn(async () => {
      const sender = this.#sender(id, of);
      const secret = newSecret();
      const until = this.#now() + SECRET_OVERLAP;
      const { sealed, rows } = this.#needs;
      const row: Row = {
        ...sender.row,
        secrets: [{ sealed: sealed.seal(secret, `hook/sub/${id}`) }, { sealed: sender.row.secrets[0]!.sealed, until }],
      };
      await rows.put([{ key: `hook/sub/${id}`, value: row }], { sync: true });
      sender.change(row, this.#secretsOf(row));
      return { secret, oldUntil: iso(until) };
    });
  }

  /** A new key of the register. The one before signs too for a week; older ones end. */
  rotateKey(): Promise<PublicKey[]> {
    return this.#inTurn(() => this.#rotateKey());
  }

  async #rotateKey(): Promise<PublicKey[]> {
    const { rows, sealed } = this.#needs;
    const now = this.#now();
    const { secret, public: shown } = newSigningKey();
    const kid = createHash("sha256").update(shown).digest("hex").slice(0, 16);
    const row: KeyRow = { kid, public: shown, sealed: sealed.seal(secret, `hook/key/${kid}`), from: now };
    const before = this.#signers.map(({ row: each }) => each).filter(({ until }) => until === undefined);
    await rows.put(
      [
        { key: `hook/key/${kid}`, value: row },
        ...before.map((each) => ({ key: `hook/key/${each.kid}`, value: { ...each, until: now + KEY_OVERLAP } })),
      ],
      { sync: true },
    );
    await this.#readKeys();
    return this.publicKeys();
  }

  /** The keys that sign now, newest first. */
  publicKeys(): PublicKey[] {
    return this.#signing().map(({ row }) => ({
      ...{ kid: row.kid, kty: "OKP", crv: "Ed25519", alg: "EdDSA", use: "sig" },
      x: Buffer.from(row.public.slice("whpk_".length), "base64").toString("base64url"),
      ...{ whpk: row.public, from: iso(row.from) },
      ...(row.until === undefined ? {} : { until: iso(row.until) }),
    }));
  }

  /** Sends a signed `ping` once, outside the order of events. Undefined: it arrived. */
  async ping(
    id: string,
    of?: Subscriber,
  ): Promise<{ arrived: boolean; code?: string; status?: number; reason?: Words }> {
    const sender = this.#sender(id, of);
    const body = JSON.stringify({ event: "ping", subscription: id, at: iso(this.#now()) });
    const failed = await sender.post(`${id}_ping_${randomBytes(6).toString("hex")}`, body);
    if (failed === undefined) return { arrived: true };
    const { code, status, words } = failed;
    return { arrived: false, code, ...(status === undefined ? {} : { status }), reason: words };
  }

  /** What did not arrive, oldest first. */
  async deadLetters(id: string, after = 0, limit = 100, of?: Subscriber): Promise<DeadLetter[]> {
    this.#sender(id, of);
    const found: DeadLetter[] = [];
    const { rows } = this.#needs;
    for await (const { value } of rows.range<LetterRow>(`hook/dead/${id}/`, { after: ordered(after), limit })) {
      const { body: _, since, at, ...rest } = value;
      found.push({ ...rest, since: iso(since), at: iso(at) });
    }
    return found;
  }

  /**
   * Sends one once more, under its old id; where it arrives the dead letter is gone. One that holds up the others is
   * tried by `resume`.
   * @throws ProblemError not-found
   */
  async resend(id: string, sequence: number, of?: Subscriber): Promise<{ arrived: boolean; reason?: Words }> {
    const sender = this.#sender(id, of);
    const key = `hook/dead/${id}/${ordered(sequence)}`;
    const letter = await this.#needs.rows.get<LetterRow>(key);
    if (letter === undefined) throw new ProblemError("not-found");
    const failed = await sender.post(letter.id, letter.body);
    if (failed !== undefined) {
      const again = {
        ...letter,
        attempts: letter.attempts + 1,
        at: this.#now(),
        reason: failed.words,
        code: failed.code,
      };
      await this.#needs.rows.put([{ key, value: again }], { sync: true });
      return { arrived: false, reason: failed.words };
    }
    if (letter.passed) await this.#needs.rows.put([], { sync: true, remove: [key] });
    else await sender.arrived(sequence);
    return { arrived: true };
  }

  /** Leaves one out for good; where it holds up the others, they go on with it left out. @throws ProblemError not-found */
  async drop(id: string, sequence: number, of?: Subscriber): Promise<void> {
    const sender = this.#sender(id, of);
    const key = `hook/dead/${id}/${ordered(sequence)}`;
    const letter = await this.#needs.rows.get<LetterRow>(key);
    if (letter === undefined) throw new ProblemError("not-found");
    if (letter.passed) await this.#needs.rows.put([], { sync: true, remove: [key] });
    else await sender.arrived(sequence);
  }

  /**
   * The register fell back: numbers above `low` will be given anew. Whoever has had some of them is told first.
   * Called when a chain takes blocks back.
   */
  async fell(low: number): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.fell(low)));
  }

  /** What somebody should look at. */
  async alarms(): Promise<{ kind: "webhook"; what: string; words: Words }[]> {
    const now = this.#now();
    const found: { kind: "webhook"; what: string; words: Words }[] = [];
    for (const { row, place } of this.#senders.values()) {
      const { paused, trying } = place;
      if (paused?.by === "failure")
        found.push({
          ...{ kind: "webhook", what: row.id },
          words: {
            en: `paused at ${iso(paused.at)}: ${paused.reason.en}. Ask the receiver, then resume it.`,
            id: `dijeda pada ${iso(paused.at)}: ${paused.reason.id}. Hubungi penerima, lalu lanjutkan.`,
          },
        });
      else if (trying !== undefined && now - trying.firstAt > ALARM_AFTER)
        found.push({
          ...{ kind: "webhook", what: row.id },
          words: {
            en: `fails since ${iso(trying.firstAt)}: ${trying.failure.words.en}; it is tried for three days.`,
            id: `gagal sejak ${iso(trying.firstAt)}: ${trying.failure.words.id}; dicoba selama tiga hari.`,
          },
        });
    }
    return found;
  }

  /** Ends when what is on its way has ended; places are on the disk then. */
  async close(): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.end()));
    this.#senders.clear();
  }

  #sender(id: string, of: Subscriber | undefined): Sender {
    const sender = this.#senders.get(id);
    if (sender === undefined || (of !== undefined && of !== "operator" && sender.row.by !== of))
      throw new ProblemError("not-found");
    return sender;
  }

  async #start(row: Row): Promise<void> {
    const place = await this.#needs.rows.get<PlaceRow>(`hook/at/${row.id}`);
    if (place === undefined) throw new Error(`the place of subscription ${row.id} is missing`);
    const sender = new Sender(row, place, this.#secretsOf(row), this.#needs, () =>
      this.#signing().map(({ key }) => key),
    );
    this.#senders.set(row.id, sender);
    sender.run();
  }

  #secretsOf({ id, secrets }: Row): { secret: string; until?: number }[] {
    return secrets.map(({ sealed, until }) => {
      const secret = this.#needs.sealed.open(sealed, `hook/sub/${id}`)?.toString();
      if (secret === undefined) throw new Error(`the secret of subscription ${id} does not open with this key`);
      return { secret, ...(until === undefined ? {} : { until }) };
    });
  }

  async #readKeys(): Promise<void> {
    const found: { row: KeyRow; key: KeyObject }[] = [];
    for await (const { value: row } of this.#needs.rows.range<KeyRow>("hook/key/")) {
      if (row.until !== undefined && row.until <= this.#now()) continue;
      const secret = this.#needs.sealed.open(row.sealed, `hook/key/${row.kid}`)?.toString();
      if (secret === undefined) throw new Error(`the signing key ${row.kid} does not open with this key`);
      found.push({ row, key: signingKey(secret) });
    }
    // two at a time: the newest, and the one before it while it lasts
    this.#signers = found.sort((a, b) => b.row.from - a.row.from).slice(0, 2);
  }

  #signing(): { row: KeyRow; key: KeyObject }[] {
    const now = this.#now();
    return this.#signers.filter(({ row: { until } }) => until === undefined || until > now);
  }

  async #tell({ row, place }: Sender): Promise<Subscription> {
    const { id, url, filter, by, createdAt, since } = row;
    const { position, delivered, lastAt, trying, paused } = place;
    let deadLetters = 0;
    for await (const _ of this.#needs.rows.range(`hook/dead/${id}/`)) deadLetters++;
    return {
      ...{ id, url, filter, by, createdAt: iso(createdAt) },
      state: paused !== undefined ? "paused" : trying !== undefined ? "failing" : "active",
      ...{ position, since, delivered, deadLetters },
      ...(lastAt === undefined ? {} : { lastDelivered: iso(lastAt) }),
      ...(trying === undefined
        ? {}
        : {
            trying: {
              ...{ sequence: trying.sequence, attempts: trying.attempts, since: iso(trying.firstAt) },
              ...(trying.nextAt === undefined ? {} : { next: iso(trying.nextAt) }),
              ...{ reason: trying.failure.words, code: trying.failure.code },
            },
          }),
      ...(paused === undefined ? {} : { paused: { ...paused, at: iso(paused.at) } }),
    };
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work);
    this.#changing = done.catch(() => {});
    return done;
  }
}

const iso = (at: number) => new Date(at).toISOString();
const digestOf = (body: string) => createHash("sha256").update(body).digest("hex").slice(0, 16);

/** One subscription at work: one event after the other. */
class Sender {
  row: Row;
  place: PlaceRow;
  #secrets: { secret: string; until?: number }[];
  readonly #needs: Needs;
  readonly #signers: () => KeyObject[];
  readonly #now: () => number;
  readonly #line: Line;
  #ended = false;
  #working: Promise<void> = Promise.resolve();
  #resting: (() => void) | undefined;
  #woken = false;
  #unsynced = 0;

  constructor(
    row: Row,
    place: PlaceRow,
    secrets: { secret: string; until?: number }[],
    needs: Needs,
    signers: () => KeyObject[],
  ) {
    this.row = row;
    this.place = place;
    this.#secrets = secrets;
    this.#needs = needs;
    this.#signers = signers;
    this.#now = needs.now ?? Date.now;
    const { addresses, ca, timeout } = needs;
    this.#line = new Line(addresses, { ca, ...(timeout === undefined ? {} : { timeout }) });
  }

  change(row: Row, secrets: { secret: string; until?: number }[]): void {
    this.row = row;
    this.#secrets = secrets;
  }

  run(): void {
    this.#working = this.#work();
  }

  async pause(by: "person" | "failure", reason: Words): Promise<void> {
    if (this.place.paused !== undefined) return;
    await this.#keep({ ...this.place, paused: { by, at: this.#now(), reason } }, true);
    this.#wake();
  }

  async resume(): Promise<void> {
    const { paused: _, refused: __, trying, ...place } = this.place;
    // patience begins anew: somebody says that the receiver is there
    const again = trying && { ...trying, nextAt: this.#now(), firstAt: this.#now(), attempts: 0 };
    await this.#keep({ ...place, ...(again === undefined ? {} : { trying: again }) }, true);
    this.#wake();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.#wake();
    await this.#working;
    this.#line.close();
    if (this.#unsynced > 0) await this.#keep(this.place, true);
  }

  /** A signed attempt, and nothing else. */
  post(id: string, body: string): Promise<Failure | undefined> {
    const now = this.#now();
    const secrets = this.#secrets.filter(({ until }) => until === undefined || until > now);
    const keys = { secrets: secrets.map(({ secret }) => secret), signers: this.#signers() };
    const headers = signedHeaders({ id, timestamp: Math.floor(now / 1_000), body }, keys);
    return this.#line.post(this.row.url, headers, body);
  }

  /** The event that held up the others needs no more attempts. */
  async arrived(sequence: number): Promise<void> {
    const { trying, ...place } = this.place;
    if (trying?.sequence === sequence) await this.#keep({ ...place, position: sequence }, true, [sequence]);
    this.#wake();
  }

  async fell(low: number): Promise<void> {
    const { position, takenBack, trying, ...place } = this.place;
    if (position <= low) return;
    const to = Math.max(position, takenBack?.to ?? 0);
    const marks = place.marks.filter(([sequence]) => sequence <= low);
    await this.#keep({ ...place, marks, position: low, takenBack: { from: low + 1, to } }, true, [], low);
    this.#wake();
  }

  async #work(): Promise<void> {
    const { events } = this.#needs;
    let checked = false;
    while (!this.#ended) {
      try {
        if (this.place.paused !== undefined) {
          await this.#rest(60_000);
          continue;
        }
        if (!checked) {
          await this.#compare();
          checked = true;
        }
        if (this.place.takenBack !== undefined) {
          await this.#tellTakenBack(this.place.takenBack);
          continue;
        }
        const { position } = this.place;
        const page = await events.page(position, PAGE, this.row.filter);
        if (page.takenBack !== undefined) {
          await this.fell(page.takenBack.from - 1);
          continue;
        }
        let all = true;
        for (const event of page.events) {
          all = this.#isStill(position, event.sequence) && (await this.#bring(event));
          if (!all) break;
        }
        if (!all) continue;
        // what the filter left out is behind too
        if (page.next > this.place.position && this.place.trying === undefined && this.place.takenBack === undefined)
          await this.#keep({ ...this.place, position: page.next });
        if (page.next === position) {
          if (this.#unsynced > 0) await this.#keep(this.place, true);
          await this.#rest(15_000, events.news(position, 15_000));
        }
      } catch (error) {
        if (this.#ended) return;
        // the feed did not answer, or the place could not be kept: it is tried again, nothing is lost
        this.#needs.report?.(error);
        await this.#rest(1_000);
      }
    }
  }

  /** Nobody moved the place meanwhile, as a register that fell back does. */
  #isStill(from: number, next: number): boolean {
    return !this.#ended && this.place.paused === undefined && this.place.position >= from && this.place.position < next;
  }

  /** Brings one event, once: true when the next one may follow. */
  async #bring(event: EventTold): Promise<boolean> {
    const { sequence } = event;
    const body = JSON.stringify(event);
    const digest = digestOf(body);
    const id = `${this.row.id}_${sequence}_${digest}`;
    const { trying } = this.place;
    if (trying?.nextAt !== undefined && trying.nextAt > this.#now()) {
      await this.#rest(trying.nextAt - this.#now());
      return false;
    }
    const failed = await this.post(id, body);
    failpoint("hook-answered");
    // while it was on its way the register fell back, or somebody left it out
    if (this.place.position >= sequence || this.place.takenBack !== undefined) return false;
    if (failed === undefined) {
      await this.#deliveredNow(sequence, digest, trying !== undefined);
      failpoint("hook-kept");
      return true;
    }
    return this.#failedNow(event, id, body, failed);
  }

  async #deliveredNow(sequence: number, digest: string, wasTrying: boolean): Promise<void> {
    const { trying: _, refused: __, ...place } = this.place;
    const marks: [number, string][] = [...place.marks.slice(1 - MARKS), [sequence, digest]];
    const next = { ...place, marks, position: sequence, delivered: place.delivered + 1, lastAt: this.#now() };
    await this.#keep(next, wasTrying || this.#unsynced >= SYNC_EVERY, wasTrying ? [sequence] : []);
  }

  async #failedNow({ sequence, event }: EventTold, id: string, body: string, failed: Failure): Promise<boolean> {
    const now = this.#now();
    const { trying, refused = 0, ...place } = this.place;
    const attempts = (trying?.attempts ?? 0) + 1;
    const firstAt = trying?.firstAt ?? now;
    const tried = { sequence, id, attempts, firstAt, failure: failed };
    if (failed.kind === "gone") {
      await this.#keep({ ...place, trying: tried }, true);
      await this.pause("failure", {
        en: "the receiver wants no more events (410)",
        id: "penerima tidak menghendaki peristiwa lagi (410)",
      });
      return false;
    }
    const { retryAfter, kind, code, status, words } = failed;
    const nextAt = nextAttempt({ attempts, firstAt }, kind, now, retryAfter, this.#needs.chance);
    if (nextAt !== undefined) {
      await this.#keep({ ...place, refused, trying: { ...tried, nextAt } }, true);
      failpoint("hook-failed");
      return false;
    }
    const passed = kind === "refused" && refused + 1 < REFUSED_IN_A_ROW;
    const letter: LetterRow = {
      ...{ sequence, id, event, attempts, since: firstAt, at: now, passed, code, body, reason: words },
      ...(status === undefined ? {} : { status }),
    };
    // the letter and the place that goes past it are one write: it is never both, nor neither
    const row = { key: `hook/dead/${this.row.id}/${ordered(sequence)}`, value: letter };
    if (passed) {
      await this.#keep({ ...place, refused: refused + 1, position: sequence }, true, [], undefined, [row]);
      failpoint("hook-dead");
      return true;
    }
    await this.#keep({ ...place, refused, trying: tried }, true, [], undefined, [row]);
    failpoint("hook-dead");
    await this.pause("failure", {
      en:
        kind === "refused" ? `refused ${REFUSED_IN_A_ROW} events in a row` : `unreachable for three days: ${words.en}`,
      id:
        kind === "refused"
          ? `menolak ${REFUSED_IN_A_ROW} peristiwa berturut-turut`
          : `tidak terjangkau selama tiga hari: ${words.id}`,
    });
    return false;
  }

  async #tellTakenBack(back: { from: number; to: number }): Promise<void> {
    const { trying } = this.place;
    if (trying?.nextAt !== undefined && trying.nextAt > this.#now()) return this.#rest(trying.nextAt - this.#now());
    const body = JSON.stringify({ event: "takenBack", ...back });
    const id = `${this.row.id}_back_${digestOf(`${body} ${this.place.delivered}`)}`;
    const failed = await this.post(id, body);
    const { trying: _, takenBack, ...place } = this.place;
    // it fell further while this was on its way: he is told all of it
    if (takenBack?.from !== back.from || takenBack.to !== back.to) return;
    if (failed === undefined) return this.#keep(place, true);
    const now = this.#now();
    const firstAt = trying?.firstAt ?? now;
    const attempts = (trying?.attempts ?? 0) + 1;
    const nextAt = nextAttempt({ attempts, firstAt }, "unreachable", now, failed.retryAfter, this.#needs.chance);
    const tried = { sequence: back.from - 1, id, attempts, firstAt, failure: failed };
    const waits = { ...tried, ...(nextAt === undefined ? {} : { nextAt }) };
    await this.#keep({ ...place, takenBack, trying: waits }, true);
    if (nextAt === undefined || failed.kind === "gone")
      await this.pause("failure", {
        en: `cannot be told that events were taken back: ${failed.words.en}`,
        id: `tidak dapat diberi tahu bahwa peristiwa ditarik: ${failed.words.id}`,
      });
  }

  /** Whether the events that he has had are still those of the register, which may have been restored meanwhile. */
  async #compare(): Promise<void> {
    const { marks } = this.place;
    const [last] = marks.slice(-1);
    if (last === undefined) return;
    const stands = async ([sequence, digest]: [number, string]) => {
      const { events } = await this.#needs.events.page(sequence - 1, 1, {});
      return events[0]?.sequence === sequence && digestOf(JSON.stringify(events[0])) === digest;
    };
    if (await stands(last)) return;
    let low = this.place.marks[0]![0] - 1;
    for (const mark of marks) {
      if (!(await stands(mark))) break;
      low = mark[0];
    }
    await this.fell(low);
  }

  /** @param arrived numbers whose dead letters are settled; @param above dead letters above it are of numbers given anew */
  async #keep(
    place: PlaceRow,
    sync = false,
    arrived: readonly number[] = [],
    above?: number,
    more: { key: string; value: unknown }[] = [],
  ): Promise<void> {
    this.place = place;
    const letters = `hook/dead/${this.row.id}/`;
    const remove = arrived.map((sequence) => letters + ordered(sequence));
    if (above !== undefined)
      for await (const { key } of this.#needs.rows.range(letters, { after: ordered(above) })) remove.push(key);
    this.#unsynced = sync ? 0 : this.#unsynced + 1;
    await this.#needs.rows.put([{ key: `hook/at/${this.row.id}`, value: place }, ...more], { sync, remove });
  }

  /** Waits so long, or until `other`, or until something of the subscription changed, also just before this began. */
  async #rest(milliseconds: number, other?: Promise<unknown>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(milliseconds, this.#needs.tick ?? 60_000));
    this.#resting = resolve;
    if (this.#woken) resolve();
    try {
      await (other === undefined ? promise : Promise.race([promise, other]));
    } finally {
      clearTimeout(timer);
      this.#resting = undefined;
      this.#woken = false;
    }
  }

  #wake(): void {
    this.#woken = true;
    this.#resting?.();
  }
}
