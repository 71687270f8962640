import type { Assigned } from "../domain/entries/leaf.ts";
import type { Hex } from "../domain/entries/words.ts";
import { optional } from "../domain/json.ts";
import { explainRefusal, type Refusal as LedgerRefusal, ProblemError, type Words } from "../domain/problems.ts";
import { ordered } from "../domain/projection/ordered.ts";
import type { EntryRow } from "../domain/projection/project-block.ts";
import type { Storage } from "../domain/storage.ts";
import { failpoint } from "../failpoint.ts";

/**
 * Where a submission stands. On the embedded chain `included` and `final` fall together: a kept block is final. On a
 * network, `included` is in a block that others may yet replace; a refusal is told when its block is final.
 */
export type SubmissionState =
  | "awaitingApproval"
  | "queued"
  | "included"
  | "final"
  | "refused"
  | "expired"
  | "cancelled";

export type Refused = {
  rule: string;
  code: number;
  title: Words;
  help: Words;
  values: Record<string, string>;
  /** the values in words, where it was told before signing */
  detail?: Words;
};

/** A submission as it is kept and shown. Its id is the hash of the signed entry; times in seconds UTC. */
export type Submission = {
  id: Hex;
  maker: Hex;
  commandId: Hex;
  ocid: string;
  kind: number;
  state: SubmissionState;
  since: number;
  timeline: { state: SubmissionState; at: number }[];
  /** of an entry: its agency, and until when its maker's signature is good */
  agency?: Hex;
  expires?: number;
  refusal?: Refused;
  /** a person who could have approved sent it back: who, when; his reason stands in the talk */
  sentBack?: { by: Hex; at: number };
  /** the submission in whose place it came, and the one that came in its place: the same command, signed anew */
  replaces?: Hex;
  replacedBy?: Hex;
  /** register sequence, process sequence, leaf and release date once recorded */
  recorded?: {
    registerSequence: number;
    processSequence: number;
    leaf: Hex;
    timeMs: number;
    excess: string;
    exceptions: number;
  };
};

/** `kind` of the submission of a cancel, which is no entry. */
export const CANCEL = 0;

/** The rule of a refusal by a person; the ledger has none of that name. */
export const SENT_BACK = "sent-back";

/** What a submission that waits is found by; `since` and `expires` in seconds UTC. */
export type Awaiting = { id: Hex; maker: Hex; agency?: Hex | undefined; since: number; expires?: number | undefined };
const AWAITING = "awaiting/";
const INDEXED = "awaiting-indexed";

/** The state at a moment: what waits for a signature after its maker's has ended waits in vain. */
export function stateAt({ state, expires }: Pick<Submission, "state" | "expires">, now: number): SubmissionState {
  return state === "awaitingApproval" && expires !== undefined && expires < now ? "expired" : state;
}

/** A submission beside the item that was sent of it. */
export type Kept<Item> = { submission: Submission; item: Item };

/** `without`: the item before the approval that is on its way now; it stands again if that approval is refused. */
type Row = { submission: Submission; item: string; order: number; without?: string };

/** Refusals that concern a signer, not the entry: after one of an approval the entry waits for another. */
const OF_SIGNERS: ReadonlySet<string> = new Set([
  "bad-signature",
  "unknown-holder",
  "no-office",
  "office-not-yet",
  "office-ended",
  "wrong-capacity",
  "same-person",
  "cancelled-before",
  "only-gateway-keys",
  "signature-type",
  "too-many-approvals",
  "not-covering",
  "key-revoked",
  "office-suspended",
  "delegation-ended",
  "unknown-seen",
  "seen-too-old",
  "expired",
  "expires-too-far",
  "signature-malformed",
  "passkey-user",
  "passkey-client-data",
  "passkey-challenge",
  "passkey-origin",
  "bundle-size",
  "bundle-expired",
  "bundle-capacity",
  "bundle-proof",
]);

/** What state a person sees next, and who can help, in two languages. */
export const stateWords: Record<SubmissionState, { waitsFor: Words; next: Words }> = {
  awaitingApproval: {
    waitsFor: { en: "A second signature.", id: "Tanda tangan kedua." },
    next: { en: "An approver signs the same entry.", id: "Pejabat penyetuju menandatangani entri yang sama." },
  },
  queued: {
    waitsFor: { en: "The next block, within a second.", id: "Blok berikutnya, dalam sedetik." },
    next: { en: "The ledger records or refuses it.", id: "Ledger mencatat atau menolaknya." },
  },
  included: {
    waitsFor: { en: "Further blocks on top of its own.", id: "Blok-blok berikutnya di atas bloknya." },
    next: {
      en: "It becomes final; where the network replaces its block, it is sent again by itself.",
      id: "Menjadi final; bila jaringan mengganti bloknya, dikirim ulang dengan sendirinya.",
    },
  },
  final: {
    waitsFor: { en: "Nothing.", id: "Tidak ada." },
    next: { en: "It stands for ever.", id: "Tercatat selamanya." },
  },
  refused: {
    waitsFor: { en: "You.", id: "Anda." },
    next: {
      en: "See the rule and its remedy; nothing was recorded.",
      id: "Lihat aturan dan cara memperbaikinya; tidak ada yang dicatat.",
    },
  },
  expired: {
    waitsFor: { en: "Its maker.", id: "Pembuatnya." },
    next: {
      en: "Its maker signs it again: his signature ended before another was added. Nothing was recorded.",
      id: "Pembuatnya menandatangani lagi: masa tanda tangannya berakhir sebelum yang kedua ada. Tidak ada yang dicatat.",
    },
  },
  cancelled: {
    waitsFor: { en: "Nothing.", id: "Tidak ada." },
    next: { en: "It was taken back.", id: "Telah ditarik kembali." },
  },
};

/** The same of `final` on a network that proves no finality: it is confirmed by the blocks on top, and no more. */
export function confirmedWords(depth: number): (typeof stateWords)["final"] {
  return {
    ...stateWords.final,
    next: {
      en: `Confirmed by ${depth} blocks on top of its own; this network proves no finality. A deeper reorganisation would be told as a fault.`,
      id: `Dikonfirmasi oleh ${depth} blok di atas bloknya; jaringan ini tidak membuktikan finalitas. Penyusunan ulang yang lebih dalam akan dilaporkan sebagai gangguan.`,
    },
  };
}

/**
 * Submissions on their way to the ledger: each is on disk before it is acknowledged, goes out again after a crash
 * until its fate is known, and is answered from its row when it is sent again.
 */
export class Submissions {
  readonly #storage: Storage;
  readonly #moved: (submission: Submission) => void;
  readonly #turns = new Map<string, Promise<unknown>>();
  readonly #waiting = new Map<Hex, ((submission: Submission) => void)[]>();
  #enqueue: ((item: Uint8Array) => void) | undefined;
  #order = 0;

  /** @param moved told of each submission that came into another state, when that is kept */
  constructor(storage: Storage, moved: (submission: Submission) => void = () => {}) {
    this.#storage = storage;
    this.#moved = moved;
  }

  /**
   * Hands over what was queued when the process ended. `recorded` tells what the projection has under a command: a
   * crash may have come between its writing and ours. Blocks up to the number `final` stay.
   */
  async start(
    enqueue: (item: Uint8Array) => void,
    recorded: (maker: Hex, commandId: Hex) => Promise<EntryRow | undefined>,
    final: number,
  ): Promise<void> {
    this.#enqueue = enqueue;
    await this.#indexAwaiting();
    // what is said here of blocks that are not final is said anew; a refusal among it comes again
    const stale = await Array.fromAsync(this.#storage.range(UNSETTLED), ({ key }) => key);
    if (stale.length > 0) await this.#storage.put([], { remove: stale });
    for await (const { key, value: id } of this.#storage.range<Hex>("queue/")) {
      this.#order = Math.max(this.#order, Number(key.slice(6)));
      const row = await this.#storage.get<Row>(`submission/${id}`);
      if (row === undefined || !isUnderWay(row.submission)) continue;
      const entry = await recorded(row.submission.maker, row.submission.commandId);
      if (entry?.hash === id) {
        const at = Math.floor(entry.assigned.timeMs / 1000);
        if (entry.block <= final) await this.settle([{ hash: id, entry }], at);
        else await this.include(entry.block, [{ hash: id, entry }], at);
      } else {
        if (row.submission.state === "included")
          await this.#storage.put([{ key: `submission/${id}`, value: queuedAgain(row, row.submission.since) }]);
        enqueue(Buffer.from(row.item, "base64"));
      }
    }
  }

  /** A folder of an earlier version has no list of what waits: it is made once. */
  async #indexAwaiting(): Promise<void> {
    if ((await this.#storage.get(INDEXED)) !== undefined) return;
    const rows: { key: string; value: unknown }[] = [{ key: INDEXED, value: true }];
    for await (const { value } of this.#storage.range<Row>("submission/")) {
      const { id, maker, agency, since, expires, state } = value.submission;
      if (state === "awaitingApproval")
        rows.push({ key: `${AWAITING}${id}`, value: { id, maker, agency, since, expires } });
    }
    await this.#storage.put(rows, { sync: true });
  }

  /**
   * Queues again what was told to be final and is not recorded any more, since the chain was put back from a backup: in
   * the order in which it was recorded, before what waits already. Says how many. For before `start`.
   */
  async requeue(isRecorded: (submission: Submission) => Promise<boolean>, now: number): Promise<number> {
    const lost: Row[] = [];
    const waiting: Row[] = [];
    for await (const { value: row } of this.#storage.range<Row>("submission/")) {
      const { submission } = row;
      if (isUnderWay(submission)) waiting.push(row);
      else if (submission.state === "final" && !(await isRecorded(submission))) lost.push(row);
    }
    if (lost.length === 0) return 0;
    lost.sort(
      (a, b) => (a.submission.recorded?.registerSequence ?? 0) - (b.submission.recorded?.registerSequence ?? 0),
    );
    waiting.sort((a, b) => a.order - b.order);
    const again = lost.map((row) => queuedAgain(row, now));
    const rows: Row[] = [...again, ...waiting].map((row, index) => ({ ...row, order: index + 1 }));
    const queue = rows.map(({ submission, order }) => ({ key: `queue/${ordered(order)}`, value: submission.id }));
    const taken = new Set(queue.map(({ key }) => key));
    const remove: string[] = [];
    for await (const { key } of this.#storage.range("queue/")) if (!taken.has(key)) remove.push(key);
    const kept = rows.map((row) => ({ key: `submission/${row.submission.id}`, value: row }));
    await this.#storage.put([...kept, ...queue], { sync: true, remove });
    return lost.length;
  }

  async get(id: Hex): Promise<Submission | undefined> {
    return (await this.#storage.get<Row>(`submission/${id}`))?.submission;
  }

  /** A submission and its packed item as it was last sent, both of one moment. */
  async kept(id: Hex): Promise<Kept<Uint8Array> | undefined> {
    const row = await this.#storage.get<Row>(`submission/${id}`);
    return row === undefined ? undefined : { submission: row.submission, item: Buffer.from(row.item, "base64") };
  }

  /** The submission that a maker's command id belongs to. */
  async byCommand(maker: Hex, commandId: Hex): Promise<Submission | undefined> {
    const id = await this.#storage.get<Hex>(`command/${maker}/${commandId}`);
    return id === undefined ? undefined : this.get(id);
  }

  /**
   * Keeps a packed item and queues it. The same command with the same entry gives the submission there is; after a
   * refusal it goes out anew (an approval may have been added), for a refusal uses nothing up; one that a person sent
   * back does not. `without`: the item before the approval that was added now. `replaces`: the submission of the same
   * command that its maker signed before, and that waits in vain.
   * @throws ProblemError key-reused where the command stands for another entry that was not refused, not-replaceable
   */
  async submit(
    given: Pick<Submission, "id" | "maker" | "commandId" | "ocid" | "kind" | "agency" | "expires">,
    item: Uint8Array,
    now: number,
    { without, replaces }: { without?: Uint8Array; replaces?: Hex | undefined } = {},
  ): Promise<Submission & { isNew?: boolean }> {
    return this.#inTurn(given, async () => {
      const known = await this.byCommand(given.maker, given.commandId);
      const isSame = known?.id === given.id;
      if (isSame && !canGoOutAgain(known)) return known;
      const gives = known === undefined || isSame || known.state === "refused" || isReplaced(known, replaces);
      if (!gives) throw new ProblemError("key-reused", "", { commandId: given.commandId, submission: known.id });
      const former = known === undefined || isSame ? undefined : await this.#row(known.id);
      if (replaces !== undefined && !isSame && former?.submission.id !== replaces)
        throw new ProblemError("not-replaceable", "", { replaces, commandId: given.commandId });
      const order = ++this.#order;
      const { agency, expires, ...rest } = given;
      const submission: Submission = {
        ...rest,
        ...optional("agency", agency ?? (isSame ? known.agency : undefined)),
        ...optional("expires", expires ?? (isSame ? known.expires : undefined)),
        ...optional("replaces", former?.submission.id ?? (isSame ? known.replaces : undefined)),
        state: "queued",
        since: now,
        timeline: [...(isSame ? known.timeline : []), { state: "queued", at: now }],
      };
      const row: Row = {
        submission,
        item: Buffer.from(item).toString("base64"),
        order,
        ...(without === undefined ? {} : { without: Buffer.from(without).toString("base64") }),
      };
      const replaced = former && replacedRow(former, given.id, now);
      await this.#storage.put(
        [
          { key: `submission/${given.id}`, value: row },
          { key: `command/${given.maker}/${given.commandId}`, value: given.id },
          { key: `queue/${ordered(order)}`, value: given.id },
          ...(replaced === undefined ? [] : [{ key: `submission/${replaced.submission.id}`, value: replaced }]),
        ],
        {
          sync: true,
          remove: [given.id, ...(former === undefined ? [] : [former.submission.id])].flatMap((id) => [
            `${AWAITING}${id}`,
            ...leftWith(given.maker, id),
          ]),
        },
      );
      failpoint("submission-stored");
      this.#moved(submission);
      return { ...submission, isNew: true };
    });
  }

  /**
   * Sends back what waits for a second signature: the same signed entry does not go out again here, its maker signs
   * anew. `rows` are kept with it.
   * @throws ProblemError not-waiting where it does not wait any more
   */
  async sendBack(
    id: Hex,
    by: Hex,
    refusal: Refused,
    at: number,
    rows: readonly { key: string; value: unknown }[],
  ): Promise<Submission> {
    const known = await this.get(id);
    if (known === undefined) throw new ProblemError("not-found");
    return this.#inTurn(known, async () => {
      const row = await this.#row(id);
      const state = row && stateAt(row.submission, at);
      if (row === undefined || state !== "awaitingApproval") throw new ProblemError("not-waiting", "", { state });
      const submission: Submission = {
        ...row.submission,
        ...{ state: "refused", since: at, refusal, sentBack: { by, at } },
        timeline: [...row.submission.timeline, { state: "refused", at }],
      };
      const back = { key: `${RETURNED}${submission.maker}/${id}`, value: { id, at, by } };
      await this.#storage.put([...rows, back, { key: `submission/${id}`, value: { ...row, submission } }], {
        sync: true,
        remove: [`${AWAITING}${id}`],
      });
      failpoint("sent-back");
      this.#moved(submission);
      return submission;
    });
  }

  /** What waits for a second signature, in the order of their numbers. */
  async *awaiting(): AsyncGenerator<Awaiting> {
    for await (const { value } of this.#storage.range<Awaiting>(AWAITING)) yield value;
  }

  #row(id: Hex): Promise<Row | undefined> {
    return this.#storage.get<Row>(`submission/${id}`);
  }

  /** Two who do something with one command at once come one after the other. */
  async #inTurn<T>({ maker, commandId }: Pick<Submission, "maker" | "commandId">, work: () => Promise<T>): Promise<T> {
    const key = `${maker}/${commandId}`;
    const before = this.#turns.get(key);
    const mine = before === undefined ? work() : before.then(work, work);
    this.#turns.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#turns.get(key) === mine) this.#turns.delete(key);
    }
  }

  /** Hands a kept submission to the writer. Before `start` it stays kept, and `start` hands it over. */
  async release(item: Uint8Array): Promise<void> {
    this.#enqueue?.(item);
  }

  /** Resolves when the submission's fate is known, or with what is known after `milliseconds`. */
  async settled(id: Hex, milliseconds: number): Promise<Submission | undefined> {
    const now = await this.get(id);
    if (now === undefined || !isUnderWay(now)) return now;
    return new Promise((resolve) => {
      const tell = (submission: Submission) => {
        clearTimeout(timer);
        resolve(submission);
      };
      const timer = setTimeout(() => {
        const left = (this.#waiting.get(id) ?? []).filter((other) => other !== tell);
        if (left.length > 0) this.#waiting.set(id, left);
        else this.#waiting.delete(id);
        this.get(id).then(resolve, () => resolve(now));
      }, milliseconds);
      this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), tell]);
    });
  }

  /**
   * Takes over what the ledger decided in a block that may be taken back: what it recorded is `included`, what it
   * refused waits. `confirm` settles it, `takeBack` undoes it.
   */
  async include(block: number, outcomes: readonly Settled[], at: number): Promise<void> {
    if (outcomes.length === 0) return;
    const rows: { key: string; value: unknown }[] = [];
    for (const outcome of outcomes) {
      const row = await this.#storage.get<Row>(`submission/${outcome.hash}`);
      if (row?.submission.state !== "queued" || "refusal" in outcome) continue;
      const { recorded } = fateOf(outcome, row.submission.kind);
      const timeline: Submission["timeline"] = [...row.submission.timeline, { state: "included", at }];
      const submission = { ...row.submission, state: "included" as const, since: at, timeline, recorded };
      rows.push({ key: `submission/${outcome.hash}`, value: { ...row, submission } });
    }
    const key = `${UNSETTLED}${ordered(block)}`;
    const before = (await this.#storage.get<Unsettled>(key))?.outcomes ?? [];
    const value: Unsettled = { at, outcomes: [...before, ...outcomes.map(asText)] };
    await this.#storage.put([...rows, { key, value }]);
  }

  /** Settles what was included in blocks that are final by now. */
  async confirm(final: number): Promise<void> {
    for await (const { key, value } of this.#storage.range<Unsettled>(UNSETTLED)) {
      if (Number(key.slice(UNSETTLED.length)) > final) return;
      await this.settle(value.outcomes.map(fromText), value.at);
      await this.#storage.put([], { remove: [key] });
    }
  }

  /** Queues again what was included in blocks above `height`, which were taken back. Its account sends it again. */
  async takeBack(height: number, now: number): Promise<void> {
    for await (const { key, value } of this.#storage.range<Unsettled>(UNSETTLED)) {
      if (Number(key.slice(UNSETTLED.length)) <= height) continue;
      const rows: { key: string; value: Row }[] = [];
      for (const { hash } of value.outcomes) {
        const row = await this.#storage.get<Row>(`submission/${hash}`);
        if (row?.submission.state === "included")
          rows.push({ key: `submission/${hash}`, value: queuedAgain(row, now) });
      }
      await this.#storage.put(rows, { remove: [key] });
    }
  }

  /** Takes over what the ledger decided. Items that did not come through this gateway are not its business. */
  async settle(outcomes: readonly Settled[], at: number): Promise<void> {
    // one item may come twice in a block, accepted and then refused as known: the second must see the first
    const settled = new Map<Hex, Row>();
    const change = async (id: Hex, fate: (submission: Submission) => Partial<Submission> | undefined) => {
      const row = settled.get(id) ?? (await this.#storage.get<Row>(`submission/${id}`));
      if (row === undefined || row.submission.state === "final") return;
      const news = fate(row.submission);
      if (news === undefined) return;
      // refused where it went out once more: the first stands; and what others sent with the same entry is their affair
      if (news.refusal !== undefined && row.submission.state !== "queued") return;
      const { without, ...rest } = row;
      const waits = news.state === "refused" && without !== undefined && OF_SIGNERS.has(news.refusal?.rule ?? "");
      const submission = {
        ...row.submission,
        ...news,
        ...(waits ? { state: "awaitingApproval" as const } : {}),
        since: at,
      };
      submission.timeline = [...submission.timeline, { state: submission.state, at }];
      if (submission.state === "final") delete submission.refusal;
      settled.set(id, { ...rest, ...(waits ? { item: without } : {}), submission });
    };
    for (const outcome of outcomes) {
      await change(outcome.hash, ({ kind }) => fateOf(outcome, kind));
      // who takes back his own entry ends its submission; an approval that is taken back leaves the entry waiting
      if ("cancel" in outcome)
        await change(outcome.cancel.target, ({ maker }) =>
          maker === outcome.cancel.holder ? { state: "cancelled" } : undefined,
        );
    }
    const rows: { key: string; value: unknown }[] = [];
    const remove: string[] = [];
    for (const [id, value] of settled) {
      const { maker, agency, since, expires, state } = value.submission;
      rows.push({ key: `submission/${id}`, value });
      remove.push(`queue/${ordered(value.order)}`);
      if (state !== "awaitingApproval") remove.push(`${AWAITING}${id}`);
      else rows.push({ key: `${AWAITING}${id}`, value: { id, maker, agency, since, expires } satisfies Awaiting });
    }
    // what is lost of this in a crash is read from the chain again at the next start
    await this.#storage.put(rows, { remove });
    for (const { submission } of settled.values()) {
      this.#moved(submission);
      for (const tell of this.#waiting.get(submission.id) ?? []) tell(submission);
      this.#waiting.delete(submission.id);
    }
  }
}

/** Rows of what was decided in blocks that may be taken back, by the number of the block. */
const UNSETTLED = "unsettled/";
type Unsettled = { at: number; outcomes: AsText[] };

/** An outcome as JSON can keep it. */
type AsText = Exclude<Settled, { refusal: unknown }> | { hash: Hex; refusal: { code: number; a: string; b: string } };

function asText(outcome: Settled): AsText {
  const { hash } = outcome;
  if ("refusal" in outcome) {
    const { code, a, b } = outcome.refusal;
    return { hash, refusal: { code, a: String(a), b: String(b) } };
  }
  if ("cancel" in outcome) return outcome;
  const { leaf, assigned, excess } = outcome.entry;
  return { hash, entry: { leaf, assigned, excess: String(excess) } };
}

function fromText(outcome: AsText): Settled {
  if (!("refusal" in outcome)) return outcome;
  const { code, a, b } = outcome.refusal;
  return { hash: outcome.hash, refusal: { code, a: BigInt(a), b: BigInt(b) } };
}

/** Rows that tell a maker that he has something to do: sent back to him, or asked by another. */
export const RETURNED = "returned/";
export const ASKED = "asked/";
const leftWith = (maker: Hex, id: Hex) => [`${RETURNED}${maker}/${id}`, `${ASKED}${maker}/${id}`];

/** Whether the same entry may go out once more. */
function canGoOutAgain({ state, refusal, replacedBy }: Submission): boolean {
  if (replacedBy !== undefined) return false;
  return state === "awaitingApproval" || (state === "refused" && refusal?.rule !== SENT_BACK);
}

/** Whether its maker may put another in its place. */
function isReplaced({ id, state }: Submission, replaces: Hex | undefined): boolean {
  return id === replaces && state === "awaitingApproval";
}

/** It came to nothing by another of the same command, which the ledger takes once. */
function replacedRow(row: Row, replacedBy: Hex, now: number): Row {
  const { state } = row.submission;
  const ends = state === "awaitingApproval";
  const timeline: Submission["timeline"] = ends
    ? [...row.submission.timeline, { state: "cancelled", at: now }]
    : row.submission.timeline;
  const ended = ends ? { state: "cancelled" as const, since: now } : {};
  return { ...row, submission: { ...row.submission, ...ended, timeline, replacedBy } };
}

function isUnderWay({ state }: Submission): boolean {
  return state === "queued" || state === "included";
}

function queuedAgain(row: Row, now: number): Row {
  const { recorded: _, ...submission } = row.submission;
  const timeline: Submission["timeline"] = [...submission.timeline, { state: "queued", at: now }];
  return { ...row, submission: { ...submission, state: "queued", since: now, timeline } };
}

/** What settling needs of an outcome: of an entry or a cancel, only what the ledger assigned. */
type Settled = { hash: Hex } & (
  | { entry: { leaf: Hex; assigned: Assigned; excess: bigint | string } }
  | { cancel: { leaf: Hex; target: Hex; holder: Hex; registerSequence: number; timeMs: number } }
  | { refusal: LedgerRefusal }
);

/** What is told of an item that did not go out: nothing of it is kept, and its command is not used up. */
export function refusedAtOnce(
  { id, maker, commandId, ocid, kind }: Pick<Submission, "id" | "maker" | "commandId" | "ocid" | "kind">,
  refusal: LedgerRefusal,
  at: number,
): Submission {
  const fate = fateOf({ hash: id, refusal }, kind);
  return { id, maker, commandId, ocid, kind, ...fate, since: at, timeline: [{ state: fate.state, at }] };
}

function fateOf(outcome: Settled, kind: number): Pick<Submission, "state" | "refusal" | "recorded"> {
  if ("entry" in outcome) {
    const { assigned, leaf, excess } = outcome.entry;
    const { registerSequence, processSequence, timeMs, exceptions } = assigned;
    return {
      state: "final",
      recorded: { registerSequence, processSequence, leaf, timeMs, excess: String(excess), exceptions },
    };
  }
  if ("cancel" in outcome) {
    const { leaf, registerSequence, timeMs } = outcome.cancel;
    return {
      state: "final",
      recorded: { registerSequence, processSequence: 0, leaf, timeMs, excess: "0", exceptions: 0 },
    };
  }
  const { code } = outcome.refusal;
  const explained = explainRefusal(outcome.refusal);
  const { name, values } = explained;
  // a cancel that went out again after a crash: its first stands
  if (kind === CANCEL && name === "duplicate-command") return { state: "final" };
  // a second signature is all that is missing: it waits for it instead of being sent back
  const state = name === "second-needed" ? "awaitingApproval" : "refused";
  return { state, refusal: { rule: name, code, title: explained.kind.title, help: explained.kind.help, values } };
}

/**
 * Why this is not this holder's signature, now; undefined where it is.
 * @param hash of what is signed, before the register's domain is added
 * @param by the holder, and the capacity in which he signs; 0 for none
 */
export type Misjudged = (
  hash: Uint8Array,
  signature: Uint8Array,
  by: { holder: Hex; capacity: number },
) => Promise<LedgerRefusal | undefined>;

/** What it takes to keep an item, send it and wait for its fate. */
export type Sending = Pick<Submissions, "submit" | "release" | "settled">;
