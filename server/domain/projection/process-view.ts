import { type Balances, type Terms, type TermsText, termsFromText, termsToText } from "../entries/entry.ts";
import { ContractStatus, GuaranteeAction, Kind, Role, type RoleName } from "../entries/kinds.ts";
import type { Assigned, Signer } from "../entries/leaf.ts";
import { type Hex, NO_ID } from "../entries/words.ts";
import { optional } from "../json.ts";
import { basisOf as basisIn, follow, subjectOf } from "../lifecycle/rules.ts";
import {
  type Act,
  type AwardState,
  type ContractState as ContractRules,
  type Document,
  FOR_EVER,
  NO_DOCUMENT,
  type Section,
  type Situation,
  type Told,
} from "../lifecycle/situation.ts";

/** An accepted entry, as far as the state of its process follows from it. */
export type RecordedEntry = {
  leaf: Hex;
  kind: number;
  ocid: string;
  contractId: string;
  awardId: string;
  agency: Hex;
  terms: Terms;
  refersTo: Hex;
  assigned: Assigned;
  excess: bigint;
  signers: readonly Signer[];
  commandId: Hex;
  maker: Hex;
  capacity: number;
  digest: Hex;
  /** hashStruct(Entry): the id of its submission */
  hash: Hex;
  /** canonical JSON, or nothing */
  body: Uint8Array;
  /** of an opening */
  balances?: Balances;
};

/** Amounts as decimal text of minor units, so that the view is plain JSON. */
export type ContractView = {
  id: string;
  status: ContractState;
  form: number;
  currency: string;
  value: string;
  firstValue: string;
  scopeValue: string;
  accepted: string;
  certified: string;
  advance: string;
  recovered: string;
  withheld: string;
  released: string;
  paid: string;
  excess: string;
  party?: Hex;
  post?: Hex;
  payer?: Hex;
  awardId?: string;
  on?: number;
  until?: number;
  /** the two optimistic locks: leaves that the next terms entry and the next certificate sign as `basis` */
  termsHead: Hex;
  executionHead: Hex;
  /** union of the exception bits of its entries */
  exceptions: number;
  /** the state before it was closed or last started, to which reopening or a withdrawn SPMK leads back */
  previous?: ContractState;
  /** the supplier signed the terms as they stand */
  supplierSigned: boolean;
  /** the scope was reduced, so that what is accepted may fall once */
  scopeReduced?: true;
  /** who holds payments, since which entry, and until when; without `until`, until he lifts it */
  holds: Partial<Record<RoleName, { since: Hex; until?: number }>>;
  /** what is left of each guarantee, by the leaf of its posting */
  guarantees: Record<Hex, { type: number; amount: string; until: number }>;
  /** the date of an opening's balance: payments up to it are in the balance already */
  balanceOn?: number;
};

export type ContractState =
  | "pending"
  | "active"
  | "completed"
  | "stopped"
  | "broken"
  | "closed"
  | "cancelled"
  | "recordedInError";

/** `withdrawn`: what began it should not have been recorded; it may begin anew. */
export type SectionView = { head: Hex; cancelled: boolean; withdrawn?: true };
export type AwardView = SectionView & {
  currency: string;
  value: string;
  party?: Hex;
  /** what the contracts on it were first worth together, and how many there are */
  agreed: string;
  contracts: number;
};

/** What an entry's body adds to the context of later releases, as far as it could stand. */
export type Said = {
  tenderId?: string;
  language?: string;
  /** OCDS roles by organisation, beside those that the terms give */
  roles?: Record<Hex, readonly string[]>;
};

/** One contracting process as its entries leave it. */
export type ProcessView = {
  ocid: string;
  agency: Hex;
  count: number;
  head: Hex;
  lastTimeMs: number;
  /** the number of the wave that brought it, and whether people have signed on it since: then it may outlast the wave */
  wave?: number;
  touched?: true;
  /** how many of its entries, the first, are of waves that were taken back before: nothing of them counts here */
  former?: number;
  planning?: SectionView;
  tender?: SectionView & { id?: string };
  /** of the texts, where a body said another than Indonesian */
  language?: string;
  awards: Record<string, AwardView>;
  /** awards recorded new, contracts and openings of contracts: what a planning or tender has below it */
  dependants: number;
  contracts: Record<string, ContractView>;
  /** OCDS roles that each organisation has had so far; `parties.roles` is published as a whole list */
  roles: Record<Hex, string[]>;
  /**
   * kind and terms of each entry that a later one may name, by leaf; `of` is its award or contract. Its latest truth is
   * found by following `by`, the correction or withdrawal of it
   */
  entries: Record<Hex, EntryView>;
};

export type EntryView = {
  kind: number;
  of?: string;
  /** the award that it names, alone or beside its contract */
  award?: string;
  terms: TermsText;
  sequence: number;
  by?: Hex;
  /** of a correction: the entry that it corrects */
  corrects?: Hex;
  /** of a note: only in its capacity it is withdrawn */
  capacity?: number;
  /** the leaf under which running amounts are kept, of what is not that leaf itself: a payment's first, or a posting */
  anchor?: Hex;
  /** of a payment, at its first leaf: how much of it came back */
  returned?: string;
};

const states = Object.keys(ContractStatus) as ContractState[];
const stateOf = (status: number) => states[status - 1] ?? "pending";
const { active, cancelled } = ContractStatus;

/** A contract of a process by its id. `constructor` is an id like any other: only the process's own count. */
export function contractIn(view: ProcessView | undefined, id: string): ContractView | undefined {
  return ownIn(view?.contracts, id);
}

/** An award of a process by its id. */
export function awardIn(view: ProcessView | undefined, id: string): AwardView | undefined {
  return ownIn(view?.awards, id);
}

function ownIn<View>(views: Readonly<Record<string, View>> | undefined, id: string): View | undefined {
  return views !== undefined && Object.hasOwn(views, id) ? views[id] : undefined;
}

/**
 * The process after one more entry. Pure: the view given is not changed. It repeats what the ledger has decided; it
 * judges nothing, so an entry that is in the log always finds its place.
 */
export function afterEntry(known: ProcessView | undefined, entry: RecordedEntry): ProcessView {
  const { wave } = entry.assigned;
  const before = incarnation(known, wave);
  const act: Act = { ...entry, basis: NO_ID };
  const { leaf, terms, contractId, awardId } = entry;
  const situation = situationOf(before, act);
  const after = follow(situation, act, leaf, hasSupplierSigned(entry));
  const kind = subjectOf(situation, act);
  const view: ProcessView = {
    ...(before ?? { ocid: entry.ocid, agency: entry.agency, awards: {}, contracts: {}, roles: {}, entries: {} }),
    count: entry.assigned.processSequence,
    head: leaf,
    lastTimeMs: entry.assigned.timeMs,
    dependants: after.awards,
    ...optional("wave", wave || undefined),
    ...optional("touched", (wave !== 0 && !isRow(entry)) || before?.touched || undefined),
  };
  if (kind === Kind.planning) view.planning = sectionView(after.planning);
  else if (kind === Kind.tender) {
    view.tender = { ...sectionView(after.tender), ...optional("id", before?.tender?.id) };
  }
  const itsAward = after.contract?.awardId || awardId;
  if (after.award !== undefined) view.awards = { ...view.awards, [itsAward]: awardView(after.award) };
  if (after.contract !== undefined) {
    const contract = contractView(after.contract, entry, kind, situation, contractIn(before, contractId));
    if (after.guarantee !== undefined && kind === Kind.guarantee) {
      const { posting, type, amount, until } = after.guarantee;
      contract.guarantees = { ...contract.guarantees, [posting]: { type, amount: String(amount), until } };
    }
    view.contracts = { ...view.contracts, [contractId]: contract };
  }
  const named = before?.entries[entry.refersTo];
  const anchor = named !== undefined && ANCHORED.has(kind) ? (named.anchor ?? entry.refersTo) : undefined;
  const own: EntryView = {
    // a withdrawal is nothing that could be named once more
    kind: entry.kind === Kind.withdrawal ? entry.kind : kind,
    ...optional("of", contractId || awardId || undefined),
    ...optional("award", awardId || undefined),
    terms: termsToText(terms),
    sequence: entry.assigned.processSequence,
    ...optional("corrects", entry.kind === Kind.correction ? entry.refersTo : undefined),
    ...optional("capacity", entry.kind === Kind.note ? entry.capacity : undefined),
    ...optional("anchor", anchor),
  };
  view.entries = { ...view.entries, [leaf]: own };
  if (named !== undefined && after.named?.by === leaf) view.entries[entry.refersTo] = { ...named, by: leaf };
  if (after.payment !== undefined && anchor !== undefined) {
    const { returned = 0n } = after.payment;
    view.entries[anchor] = { ...view.entries[anchor]!, returned: String(returned) };
  }
  view.roles = withRoles(view.roles, entry, kind, contractIn(view, contractId)?.party);
  return view;
}

/**
 * The process as an entry of a wave (0: none) meets it: one that another wave brought begins anew, with its numbers going
 * on, for what that one brought was taken back.
 */
export function incarnation(view: ProcessView | undefined, wave: number): ProcessView | undefined {
  if (view === undefined || (view.wave ?? 0) === wave) return view;
  const { ocid, agency, count, head, lastTimeMs } = view;
  const bare = { awards: {}, contracts: {}, roles: {}, entries: {}, dependants: 0 };
  return { ocid, agency, count, head, lastTimeMs, wave, former: count, ...bare };
}

/** Whether an entry came with a lot of its wave; people sign none of these in that capacity. */
export function isRow({ kind, capacity, assigned }: Pick<RecordedEntry, "kind" | "capacity" | "assigned">): boolean {
  return assigned.wave !== 0 && capacity === Role.head && kind <= Kind.award;
}

/** By which wave the last of these entries, oldest first, is held, and whether people signed on what it brought. */
export function heldBy(
  entries: readonly Pick<RecordedEntry, "kind" | "capacity" | "assigned">[],
): Pick<ProcessView, "wave" | "touched"> {
  const wave = entries.at(-1)?.assigned.wave ?? 0;
  if (wave === 0) return {};
  const touched = entries.some((entry) => entry.assigned.wave === wave && !isRow(entry));
  return { wave, ...(touched ? { touched } : {}) };
}

/** The same with what the body says of the process. */
export function withSaid(view: ProcessView, { language, tenderId, roles }: Said): ProcessView {
  return {
    ...view,
    ...optional("language", language ?? view.language),
    ...optional("tender", view.tender && { ...view.tender, ...optional("id", tenderId ?? view.tender.id) }),
    roles: Object.entries(roles ?? {}).reduce((all, [id, more]) => adding(all, id as Hex, ...more), view.roles),
  };
}

/** Kinds that keep a running amount under the first leaf of theirs. */
const ANCHORED: ReadonlySet<number> = new Set([Kind.payment, Kind.return, Kind.guarantee]);

/** Payment documents that an act names; the process does not know them, for they may pay contracts of several. */
export type Documents = { document: Document; formerDocument: Document };
const noDocuments: Documents = { document: NO_DOCUMENT, formerDocument: NO_DOCUMENT };

/** What an act meets in its process: the input of the rules. */
export function situationOf(
  view: ProcessView | undefined,
  act: Pick<Act, "kind" | "contractId" | "awardId" | "refersTo" | "terms">,
  documents = noDocuments,
): Situation {
  const contract = contractIn(view, act.contractId);
  const named = toldOf(view, act.refersTo);
  const subject = act.kind === Kind.correction || act.kind === Kind.withdrawal ? named?.kind : act.kind;
  const isNew = act.kind === Kind.contract || (act.kind === Kind.opening && act.contractId !== "");
  const awardId = isNew ? act.awardId : contract?.awardId || act.awardId;
  const touchesAward = subject !== undefined && TOUCHES_AWARD.has(subject);
  const award = touchesAward ? awardIn(view, awardId) : undefined;
  const anchor = view?.entries[act.refersTo]?.anchor ?? act.refersTo;
  // later acts name the posting itself; a correction of one of them names that one
  const posting = act.kind === Kind.correction ? anchor : act.refersTo;
  const stands = contract?.guarantees[posting];
  const looksAtGuarantee = subject === Kind.guarantee || act.kind === Kind.certificate;
  const payment =
    subject !== Kind.return ? undefined : act.kind === Kind.return ? named : toldOf(view, latest(view, anchor));
  return {
    ...optional("agency", view?.agency),
    count: view?.count ?? 0,
    ...optional("opened", act.kind === Kind.opening && isOpened(view) ? (true as const) : undefined),
    ...optional("touched", view?.touched),
    planning: section(view?.planning),
    tender: section(view?.tender),
    awards: view?.dependants ?? 0,
    ...optional("award", award && awardState(award)),
    ...optional("contract", contract && contractState(contract)),
    ...optional("named", named),
    ...optional("payment", payment?.kind === Kind.payment ? payment : undefined),
    ...optional(
      "guarantee",
      looksAtGuarantee && stands ? { ...stands, posting, amount: BigInt(stands.amount) } : undefined,
    ),
    numberUsed: isNumberUsed(view, act, subject),
    ...documents,
  };
}

/** Whether the process was opened by itself: an opening that names no contract. */
function isOpened(view: ProcessView | undefined): boolean {
  return Object.values(view?.entries ?? {}).some(({ kind, of }) => kind === Kind.opening && of === undefined);
}

/** Kinds after which an award, or what is agreed on it, may be another. */
const TOUCHES_AWARD: ReadonlySet<number> = new Set([Kind.award, Kind.contract, Kind.opening, Kind.status, Kind.note]);

/** The leaf that an entry signs as its lock (DESIGN 5.3); zero where its kind signs none, or nothing is there yet. */
export function basisOf(
  entry: { kind: number; contractId?: string; awardId?: string; refersTo?: Hex },
  view: ProcessView | undefined,
): Hex {
  const { kind, contractId = "", awardId = "", refersTo = NO_ID } = entry;
  return basisIn(situationOf(view, { kind, contractId, awardId, refersTo, terms: {} }), { kind });
}

function hasSupplierSigned({ signers }: RecordedEntry): boolean {
  return signers.slice(1).some(({ capacity }) => capacity === Role.supplier);
}

function latest(view: ProcessView | undefined, leaf: Hex): Hex {
  const by = view?.entries[leaf]?.by;
  return by === undefined ? leaf : latest(view, by);
}

function toldOf(view: ProcessView | undefined, leaf: Hex): Told | undefined {
  const entry = view?.entries[leaf];
  if (entry === undefined) return undefined;
  const { kind, of = "", award: awardId = "", terms, by, corrects, capacity = 0, anchor = leaf } = entry;
  const returned = view?.entries[anchor]?.returned;
  const isOfAward = kind === Kind.award || (kind === Kind.note && awardId !== "");
  return {
    ...{
      leaf,
      kind,
      isCorrection: corrects !== undefined,
      capacity,
      terms: termsFromText(terms),
      contractId: isOfAward ? "" : of,
      awardId,
    },
    ...optional("by", by),
    ...optional("returned", returned === undefined ? undefined : BigInt(returned)),
  };
}

/** Whether the contract has another certificate, or another posted guarantee, with the number of these terms. */
function isNumberUsed(
  view: ProcessView | undefined,
  { contractId, terms: { documentKey } }: Pick<Act, "contractId" | "terms">,
  subject: number | undefined,
): boolean {
  if (documentKey === undefined || (subject !== Kind.certificate && subject !== Kind.guarantee)) return false;
  return Object.values(view?.entries ?? {}).some(
    ({ kind, of, terms, by }) =>
      by === undefined &&
      kind === subject &&
      of === contractId &&
      terms.documentKey === documentKey &&
      (kind === Kind.certificate || Number(terms.code) % 10 === GuaranteeAction.posted),
  );
}

function section(view: SectionView | undefined): Section {
  if (view === undefined) return { status: 0, head: NO_ID };
  return { status: view.withdrawn ? 0 : view.cancelled ? cancelled : active, head: view.head };
}

function sectionView({ status, head }: Section): SectionView {
  return {
    head,
    cancelled: status === cancelled,
    ...optional("withdrawn", status === 0 ? (true as const) : undefined),
  };
}

function awardState({ currency, value, party, agreed, contracts, ...rest }: AwardView): AwardState {
  const amounts = { value: BigInt(value), agreed: BigInt(agreed) };
  return { ...section(rest), currency, ...amounts, contracts, ...optional("party", party) };
}

function awardView({ currency, value, party, agreed, contracts, ...rest }: AwardState): AwardView {
  const amounts = { value: String(value), agreed: String(agreed) };
  return { ...sectionView(rest), currency, ...amounts, contracts, ...optional("party", party) };
}

const AMOUNTS = [
  ...(["value", "firstValue", "scopeValue", "accepted", "certified"] as const),
  ...(["advance", "recovered", "withheld", "released", "paid"] as const),
];
type Amounts<T> = Record<(typeof AMOUNTS)[number], T>;
const amountsOf = <T, U>(from: Amounts<T>, as: (amount: T) => U) =>
  Object.fromEntries(AMOUNTS.map((name) => [name, as(from[name])])) as Amounts<U>;

function contractState(view: ContractView): ContractRules {
  const { status, previous, form, currency, on = 0, balanceOn = 0, awardId = "" } = view;
  const { party, post, payer, termsHead, executionHead } = view;
  return {
    ...amountsOf(view, BigInt),
    status: ContractStatus[status],
    previousStatus: previous === undefined ? 0 : ContractStatus[previous],
    ...{ form, currency, on, balanceOn, awardId, termsHead, executionHead },
    ...optional("party", party),
    ...optional("post", post),
    ...optional("payer", payer),
    scopeReduced: view.scopeReduced === true,
    supplierSigned: view.supplierSigned,
    holds: Object.fromEntries(
      Object.entries(view.holds).map(([by, { until }]) => [Role[by as RoleName], until ?? FOR_EVER]),
    ),
  };
}

function contractView(
  contract: ContractRules,
  { contractId: id, leaf, assigned, excess, terms, kind: entryKind, capacity }: RecordedEntry,
  kind: number,
  { named }: Situation,
  before: ContractView | undefined,
): ContractView {
  const { status, previousStatus, form, currency, on, balanceOn, awardId, party, post, payer } = contract;
  const { termsHead, executionHead, scopeReduced, supplierSigned, holds } = contract;
  const held = Object.entries(holds).map(([by, until]) => {
    const name = ROLE_NAMES[Number(by) - 1]!;
    const isNew = entryKind === Kind.hold && Number(by) === capacity;
    const since = isNew ? leaf : (before?.holds[name]?.since ?? leaf);
    return [name, { since, ...optional("until", until === FOR_EVER ? undefined : until) }] as const;
  });
  // what a correction leaves as its entry had it may have been amended since
  const until = SAYS_UNTIL.has(kind) && terms.until !== named?.terms.until ? terms.until : undefined;
  return {
    ...{ id, status: stateOf(status), form, currency, ...amountsOf(contract, String), excess: String(excess) },
    ...optional("party", party),
    ...optional("post", post),
    ...optional("payer", payer),
    ...optional("awardId", awardId || undefined),
    // 0 in an opening: the day of signing is not known
    ...optional("on", on || undefined),
    ...optional("until", until ?? before?.until),
    ...{ termsHead, executionHead, exceptions: (before?.exceptions ?? 0) | assigned.exceptions },
    ...optional("previous", previousStatus === 0 ? undefined : stateOf(previousStatus)),
    ...{ supplierSigned, holds: Object.fromEntries(held), guarantees: before?.guarantees ?? {} },
    ...optional("scopeReduced", scopeReduced || undefined),
    ...optional("balanceOn", balanceOn || undefined),
  };
}

/** in the order of their numbers, from 1 */
const ROLE_NAMES = Object.keys(Role) as RoleName[];

/** Kinds whose `until` is the end of the contract's period. */
const SAYS_UNTIL: ReadonlySet<number> = new Set([
  Kind.opening,
  Kind.contract,
  Kind.amendment,
  Kind.implementation,
  Kind.status,
]);

function withRoles(
  before: Record<Hex, string[]>,
  { agency, terms }: RecordedEntry,
  kind: number,
  contractParty: Hex | undefined,
): Record<Hex, string[]> {
  const roles = adding(adding(before, agency, "buyer"), terms.party, "supplier");
  return kind === Kind.payment ? adding(adding(roles, terms.issuer, "payer"), contractParty, "payee") : roles;
}

function adding(before: Record<Hex, string[]>, id: Hex | undefined, ...roles: string[]): Record<Hex, string[]> {
  const had = id === undefined ? [] : (before[id] ?? []);
  const fresh = roles.filter((role) => !had.includes(role));
  return id === undefined || fresh.length === 0 ? before : { ...before, [id]: [...had, ...new Set(fresh)] };
}
