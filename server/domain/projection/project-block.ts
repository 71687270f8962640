import { ActCode, bodyTextOf, subjectOfAct } from "../entries/act.ts";
import { organisationsIn } from "../entries/body.ts";
import { type ComposeFault, compose, isAway } from "../entries/compose.ts";
import {
  type BalancesText,
  balancesFromText,
  balancesToText,
  cancelHash,
  type Entry,
  idOf,
  type TermsText,
  termsFromText,
  termsToText,
} from "../entries/entry.ts";
import type { Party, Registry } from "../entries/parties.ts";
import { rpIdHashOf } from "../entries/signature.ts";
import { fromHex, type Hex, NO_ID, textOf, toHex, utf8 } from "../entries/words.ts";
import type { RuleSet } from "../lifecycle/policy.ts";
import { follow, subjectOf } from "../lifecycle/rules.ts";
import { type Act, type Document, documentsOf, type Situation } from "../lifecycle/situation.ts";
import { formatDate, fromUnixSeconds } from "../ocds/dates.ts";
import { LogFrontier } from "../proofs/log.ts";
import type { AgencyCheckpoint, Checkpoint } from "../proofs/receipts.ts";
import { keyPart, ordered } from "./ordered.ts";
import { awardIn, contractIn, isRow, type ProcessView, type RecordedEntry, situationOf } from "./process-view.ts";
import { type AgencyView, projectAct } from "./project-act.ts";
import { type EventRow, eventRow, type RegisterEvent } from "./register-event.ts";
import {
  afterLot,
  afterWaveAct,
  certificateKey,
  type LotRow,
  laneOf,
  lotKey,
  stayingLaneOf,
  type WaveActed,
  type WaveView,
  waveKey,
} from "./waves.ts";

export type { OfficeView } from "./offices.ts";
export type { AgencyView, HolderView } from "./project-act.ts";

/** What the projection knows of the register as a whole. `seen` is the checkpoint that signers name today. */
export type RegisterView = {
  block: number;
  blockHash: string;
  entries: number;
  acts: number;
  /** how many events the chain has told: the number of the newest */
  events: number;
  seen: Hex;
  /** the size of the log at `seen` */
  seenSize: number;
  seenDay: number;
  log: { size: number; roots: Hex[] };
  checkpoint?: CheckpointRow;
};

/** A checkpoint, and where it was told; `time` in seconds UTC. */
export type CheckpointRow = Checkpoint & { time: number; block: number };
export type AgencyCheckpointRow = AgencyCheckpoint & { time: number; block: number };

/** An entry as it is kept: amounts as text, the body as its text. */
export type EntryRow = Omit<RecordedEntry, "terms" | "excess" | "body" | "balances"> & {
  terms: TermsText;
  excess: string;
  body: string;
  balances?: BalancesText;
  block: number;
};

/** The entry that a row was made of. */
export function entryOf({ terms, excess, body, balances, block: _, ...rest }: EntryRow): RecordedEntry {
  return {
    ...rest,
    terms: termsFromText(terms),
    excess: BigInt(excess),
    body: utf8(body),
    ...(balances === undefined ? {} : { balances: balancesFromText(balances) }),
  };
}

/** The same with all that was signed, as histories give it: what hashes and leaves are made of. */
export type SignedEntryRow = EntryRow & Pick<Entry, "basis" | "seen" | "expires">;

/**
 * A release as it was composed when its entry was recorded; `faults` name what of the body could not stand. `away`: its
 * body is off the chain, so it says the terms alone. `lists`: of an entry that may outlast its wave, where it stands.
 */
export type PublishedRelease = {
  release: Record<string, unknown>;
  faults: ComposeFault[];
  registerSequence: number;
  away?: true;
  lists?: string[];
};

/** Where a release is kept and when it was released (milliseconds UTC): what the lists of releases hold. */
export type ReleaseRow = { release: string; at: number };

export type Block = { number: number; hash: string; time: number };
export type Rows = Map<string, unknown>;
export type Outcome = { hash: Hex } & (
  | { entry: RecordedEntry }
  | { refusal: { code: number; a: bigint; b: bigint } }
  | { cancel: { leaf: Hex; target: Hex; holder: Hex; registerSequence: number; timeMs: number } }
);
/** An event that could not be projected: set aside with its reason, so that the others flow. */
export type Poison = { block: number; index: number; reason: string };

type Needs = {
  get<T>(key: string): Promise<T | undefined>;
  /** seconds in which what needs two people can be vetoed, as the register was founded with */
  vetoDelay: number;
};

export const emptyRegister: RegisterView = {
  block: 0,
  blockHash: "",
  entries: 0,
  acts: 0,
  events: 0,
  seen: NO_ID,
  seenSize: 0,
  seenDay: -1,
  log: { size: 0, roots: [] },
};

/**
 * The rows that a block's events lead to, and what became of each submitted item. Writes nothing itself: the caller
 * puts all rows and the cursor in one batch.
 */
export async function projectBlock(
  block: Block,
  events: readonly RegisterEvent[],
  { get, vetoDelay }: Needs,
): Promise<{ rows: Rows; outcomes: Outcome[]; poison: Poison[]; register: RegisterView }> {
  const rows: Rows = new Map();
  // a block's entries ask for the same organisations again and again
  const known = new Map<string, unknown>();
  const read = async <T>(key: string): Promise<T | undefined> => {
    if (rows.has(key)) return rows.get(key) as T;
    if (!known.has(key)) known.set(key, await get<T>(key));
    return known.get(key) as T | undefined;
  };
  const before = (await read<RegisterView>("register")) ?? emptyRegister;
  const register: RegisterView = { ...before, block: block.number, blockHash: block.hash };
  const log = LogFrontier.from(before.log.size, before.log.roots.map(fromHex));
  const outcomes: Outcome[] = [];
  const poison: Poison[] = [];

  for (const [index, event] of events.entries()) {
    // every event has its number, also one that cannot be read: readers see that none is missing
    rows.set(`event/${ordered(++register.events)}`, eventRow(event, block) satisfies EventRow);
    if ("leaf" in event && event.leaf !== undefined) {
      rows.set(leafKey(event.leaf), log.size);
      log.append(fromHex(event.leaf), (height, index, hash) => rows.set(nodeKey(height, index), toHex(hash)));
    }
    try {
      switch (event.type) {
        case "entry": {
          register.entries++;
          // told first: an entry that is recorded is recorded, whatever becomes of its rows
          outcomes.push({ hash: event.entry.hash, entry: event.entry });
          await projectEntry(event.entry, block, rows, read);
          break;
        }
        case "unreadable":
          throw new Error(event.reason);
        case "refused":
          outcomes.push({ hash: event.entryHash, refusal: event });
          break;
        case "cancelled": {
          const { target, holder, expires } = event;
          rows.set(cancelledKey(target, holder), event.leaf);
          outcomes.push({ hash: toHex(cancelHash({ target, holder, expires })), cancel: event });
          break;
        }
        case "waveAct": {
          register.acts++;
          rows.set(`act/${ordered(event.registerSequence)}`, actRowOf(event));
          rows.set(`last/${subjectOfAct(event.act)}`, event.leaf);
          const view = afterWaveAct(await read<WaveView>(waveKey(event.wave)), event);
          if (view === undefined) throw new Error("an act on a wave that was never opened");
          rows.set(waveKey(event.wave), view);
          if (event.act.code === ActCode.closeWave) rows.set(certificateKey(event.wave), textOf(event.body));
          break;
        }
        case "lot": {
          const view = await read<WaveView>(waveKey(event.wave));
          if (view === undefined) throw new Error("a lot of a wave that was never opened");
          const { wave: _, value, paid, ...lot } = event.lot;
          const row: LotRow = { ...lot, value: String(value), paid: String(paid), leaf: event.leaf, at: event.timeMs };
          rows.set(lotKey(event.wave, view.lots + 1), row);
          rows.set(waveKey(event.wave), afterLot(view, event));
          break;
        }
        case "ruleSet":
          rows.set(RULE_SETS, [...((await read<RuleSet[]>(RULE_SETS)) ?? []), event.ruleSet]);
          break;
        case "anchor": {
          const { type: _, ...anchor } = event;
          rows.set(anchorKey(anchor), anchor);
          break;
        }
        case "act":
          register.acts++;
          if (event.origin !== undefined) {
            const { origin, rpId } = event.origin;
            rows.set(originKey({ origin: idOf(origin), rpIdHash: rpIdHashOf(rpId) }), event.origin);
          }
          await projectAct(event, rows, read, vetoDelay);
          break;
        case "checkpoint": {
          const { size, root } = event;
          if (toHex(log.root()) !== root) throw new Error("the ledger's root is not that of its leaves");
          const day = Math.floor(block.time / 86_400);
          // the ledger stores the first checkpoint of each UTC day, and signers name it
          if (day !== register.seenDay) Object.assign(register, { seen: root, seenSize: size, seenDay: day });
          register.checkpoint = { size, root, time: block.time, block: block.number };
          // told again, it is no newer: the first block that holds it says the most
          const key = `checkpoint/${ordered(size)}`;
          if ((await read(key)) === undefined) rows.set(key, register.checkpoint);
          break;
        }
        case "agencyCheckpoint": {
          const { type: _, ...told } = event;
          const { agency, count, head } = told;
          const sequence = await read<string>(`numbered/${agency}/${ordered(count)}`);
          const last = sequence === undefined ? undefined : await read<EntryRow>(`entry/${sequence}`);
          if ((last?.leaf ?? NO_ID) !== head)
            throw new Error("the ledger's head of the agency is not that of its entries");
          // told again with the same count, it says more: that there was nothing in between
          const row: AgencyCheckpointRow = { ...told, time: block.time, block: block.number };
          rows.set(`agency-checkpoint/${agency}/${ordered(count)}`, row);
        }
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      poison.push({ block: block.number, index, reason });
      rows.set(`poison/${ordered(block.number)}/${ordered(index)}`, { reason });
    }
  }
  register.log = { size: log.size, roots: log.roots().map((root) => toHex(root)) };
  rows.set("register", register);
  return { rows, outcomes, poison, register };
}

/** Row of an anchor of a gateway's access log: of one account, in their order. */
function anchorKey({ account, rows }: { account: Hex; rows: number }): string {
  return `${ANCHORS}${account}/${ordered(rows)}`;
}
export const ANCHORS = "anchor/";

/** Row of the place of a leaf in the log, from 0. */
export function leafKey(leaf: Hex): string {
  return `leaf/${leaf}`;
}

/** Row of the root of a complete subtree of the log, of which proofs are made. */
export function nodeKey(height: number, index: number): string {
  return `node/${String(height).padStart(2, "0")}/${ordered(index)}`;
}

type Read = <T>(key: string) => Promise<T | undefined>;

/** Row of what a holder took back: an entry, an approval or a bundle, by its hash. */
export function cancelledKey(target: Hex, holder: Hex): string {
  return `cancelled/${target}/${holder}`;
}

/** Rows of the pages on which passkeys may sign: `PasskeyOrigin`, each under the hashes that a signature shows. */
export const ORIGINS = "origin/";
export function originKey({ origin, rpIdHash }: { origin: Hex; rpIdHash: Hex }): string {
  return `${ORIGINS}${origin}/${rpIdHash}`;
}

/** Row of all rule sets, in their order. */
export const RULE_SETS = "rulesets";
/** A payment document as it is kept: amounts as text. */
type DocumentRow = { total: string; used: string };

async function projectEntry(entry: RecordedEntry, block: Block, rows: Rows, read: Read): Promise<void> {
  const { terms, excess, body, balances, ...rest } = entry;
  const row: EntryRow = {
    ...rest,
    terms: termsToText(terms),
    excess: String(excess),
    body: textOf(body),
    ...(balances === undefined ? {} : { balances: balancesToText(balances) }),
    block: block.number,
  };
  const sequence = ordered(entry.assigned.registerSequence);
  rows.set(`entry/${sequence}`, row);
  const ocid = keyPart(entry.ocid);
  rows.set(`of/${ocid}/${ordered(entry.assigned.processSequence)}`, sequence);
  rows.set(`numbered/${entry.agency}/${ordered(entry.assigned.agencySequence)}`, sequence);
  rows.set(`command/${entry.maker}/${entry.commandId}`, sequence);
  const before = await read<ProcessView>(`process/${ocid}`);
  const wave = await countInWave(entry, rows, read);
  const registry = await registryFor(entry, before, read);
  const { release, faults, after } = compose(before, entry, registry, migrationOf(entry, wave));
  rows.set(`process/${ocid}`, after);
  await projectDocuments(entry, before, rows, read);
  const { timeMs, registerSequence, processSequence } = entry.assigned;
  const lists = listsOf(entry, after, release);
  const published: PublishedRelease = {
    ...{ release, faults, registerSequence },
    ...(isAway(entry) ? { away: true } : {}),
    ...(wave?.detaches ? { lists } : {}),
  };
  const key = `release/${ocid}/${ordered(processSequence)}`;
  rows.set(key, published);
  if (published.away) rows.set(awayKey(entry.digest), sequence);

  const inLane = laneIn(laneOf(entry.assigned.wave), rows, read);
  const isFirst = after.count === (after.former ?? 0) + 1;
  if (isFirst) await inLane.process(ocid);
  await inLane.release(lists, registerSequence, { release: key, at: timeMs });
  if (wave?.detaches && after.touched) {
    // from the first entry that people signed on it, the whole process outlasts its wave
    const staying = laneIn(stayingLaneOf(wave.number), rows, read);
    const begins = before?.touched !== true;
    if (begins) await staying.process(ocid);
    for (let earlier = (after.former ?? 0) + 1; begins && earlier < processSequence; earlier++) {
      const of = `release/${ocid}/${ordered(earlier)}`;
      const row = await read<PublishedRelease>(of);
      const told = row && (await read<EntryRow>(`entry/${ordered(row.registerSequence)}`));
      if (row?.lists && told)
        await staying.release(row.lists, row.registerSequence, { release: of, at: told.assigned.timeMs });
    }
    await staying.release(lists, registerSequence, { release: key, at: timeMs });
  }
  const second = `second/${ordered(Math.floor(timeMs / 1000))}`;
  if ((await read(second)) === undefined) rows.set(second, entry.assigned.registerSequence);
}

/** Writes into one part of the index, and counts what it holds. */
function laneIn(prefix: string, rows: Rows, read: Read) {
  const count = async (what: string) => {
    const key = countKey(prefix, what);
    rows.set(key, ((await read<number>(key)) ?? 0) + 1);
  };
  return {
    async process(ocid: string) {
      rows.set(`${processList(prefix)}${ocid}`, 1);
      await count(PROCESSES);
    },
    async release(lists: readonly string[], sequence: number, row: ReleaseRow) {
      for (const list of lists) {
        rows.set(`${releaseList(prefix, list)}${ordered(sequence)}`, row);
        await count(list);
      }
    },
  };
}

/** What the processes of a lane are counted under, beside its lists of releases. */
export const PROCESSES = "processes";
/** Rows of the processes of a lane, by ocid. */
export function processList(lane: string): string {
  return `ocid/${lane}all/`;
}
/** Rows of a list of releases of a lane: `ReleaseRow` by register sequence. */
export function releaseList(lane: string, list: string): string {
  return `by/${lane}${list}/`;
}
/** Row of the number of rows of a list. */
export function countKey(lane: string, list: string): string {
  return `count/${lane}${list}`;
}

/** Row of a body that a wave kept off the chain, by its digest: the register sequence of an entry that has it. */
export function awayKey(digest: Hex): string {
  return `away/${digest}`;
}

/** What the release of a row says of how it came here; the cut-over where all lots of its agency have the same. */
function migrationOf(entry: RecordedEntry, wave: WaveView | undefined): Record<string, unknown> | undefined {
  if (wave === undefined || !isRow(entry)) return undefined;
  const [earliest, latest] = wave.cutOver[entry.agency] ?? [];
  return {
    ...{ wave: wave.number, plan: wave.plan },
    ...(earliest !== undefined && earliest === latest ? { cutOver: fromUnixSeconds(earliest) } : {}),
    migratedAt: formatDate(entry.assigned.timeMs, "milliseconds"),
  };
}

/** An act on a wave as all acts are kept. The body of one that opens a wave is no text: it stands as 0x bytes. */
function actRowOf({ act, leaf, timeMs, body, signers }: WaveActed) {
  return { ...act, leaf, timeMs, body: bodyTextOf(act, body), signers };
}

/** How many rows of a wave are on the ledger, and how many entries people signed on its processes. */
async function countInWave(entry: RecordedEntry, rows: Rows, read: Read): Promise<WaveView | undefined> {
  const { wave } = entry.assigned;
  if (wave === 0) return undefined;
  const view = await read<WaveView>(waveKey(wave));
  if (view === undefined) throw new Error(`an entry of wave ${wave}, which was never opened`);
  const counted = isRow(entry)
    ? { loaded: view.loaded + 1, away: view.away + (isAway(entry) ? 1 : 0) }
    : { natives: view.natives + 1 };
  const after = { ...view, ...counted };
  rows.set(waveKey(wave), after);
  return after;
}

/** Payment documents are the register's: contracts of several processes may share one. */
async function projectDocuments(
  entry: RecordedEntry,
  before: ProcessView | undefined,
  rows: Rows,
  read: Read,
): Promise<void> {
  const act = { ...entry, basis: NO_ID };
  const situation = await withDocuments(before, act, read);
  const named = documentsOf(subjectOf(situation, act), act, situation);
  if (named === undefined) return;
  const { document, formerDocument } = follow(situation, act, entry.leaf, false);
  const row = ({ total, used }: Document): DocumentRow => ({ total: String(total), used: String(used) });
  if (named.former !== named.own) rows.set(`document/${named.former}`, row(formerDocument));
  rows.set(`document/${named.own}`, row(document));
}

/** What an act meets in its process, and the payment documents that it names. */
export async function withDocuments(view: ProcessView | undefined, act: Act, read: Read): Promise<Situation> {
  const situation = situationOf(view, act);
  const named = documentsOf(subjectOf(situation, act), act, situation);
  if (named === undefined) return situation;
  const document = async (name: string): Promise<Document> => {
    const { total = "0", used = "0" } = (await read<DocumentRow>(`document/${name}`)) ?? {};
    return { total: BigInt(total), used: BigInt(used) };
  };
  return { ...situation, document: await document(named.own), formerDocument: await document(named.former) };
}

/** The lists that a release stands in: one for each thing that readers may ask for. */
function listsOf(entry: RecordedEntry, after: ProcessView, release: Record<string, unknown>): string[] {
  const supplier =
    entry.terms.party ?? contractIn(after, entry.contractId)?.party ?? awardIn(after, entry.awardId)?.party;
  const tags = Array.isArray(release.tag) ? release.tag : [];
  return [
    "all",
    `agency/${entry.agency}`,
    ...(supplier === undefined ? [] : [`supplier/${supplier}`]),
    ...tags.map((tag) => `tag/${keyPart(String(tag))}`),
  ];
}

/** The organisations that composing an entry's release may ask for, as the registry knows them now. */
export async function registryFor(
  entry: RecordedEntry,
  before: ProcessView | undefined,
  read: Read,
): Promise<Registry> {
  const parties = new Map<Hex, Party>();
  const named = [entry.agency, ...Object.keys(before?.roles ?? {}), entry.terms.party, entry.terms.issuer];
  for (const id of new Set([...named, ...organisationsIn(entry)])) {
    const agency = id === undefined ? undefined : await read<AgencyView>(`agency/${id}`);
    if (agency !== undefined) parties.set(agency.id, partyOf(agency));
  }
  return (id) => parties.get(id);
}

/** The public part of what a registrar said of an organisation. */
function partyOf({ id, details }: AgencyView): Party {
  const text = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? value : id);
  return { id: text(details.id), name: text(details.name) };
}
