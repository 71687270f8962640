import { type Balances, type Terms, type TermsText, termsFromText, termsToText } from "../entries/entry.ts";
import {
  ACCEPTING_CODES,
  type Basis,
  GuaranteeAction,
  HoldCode,
  ImplementationCode,
  KIND_RULES,
  Kind,
  kindName,
  Role,
  type RoleName,
  StageCode,
  StatusCode,
} from "../entries/kinds.ts";
import type { Assigned, Signer } from "../entries/leaf.ts";
import { type Hex, NO_ID } from "../entries/words.ts";

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

/** What an entry's body adds to the context of later releases, as far as it could stand. */
export type Said = {
  tenderId?: string;
  language?: string;
  /** OCDS roles by organisation, beside those that the terms give */
  roles?: Record<Hex, readonly string[]>;
};

type NamedEntry = {
  kind: number;
  of?: string;
  terms: TermsText;
  sequence: number;
  by?: Hex;
  /** the leaf under which running amounts are kept, of what is not that leaf itself: a payment's first, or a posting */
  anchor?: Hex;
  /** of a payment: how much of it came back */
  returned?: string;
};

/** One contracting process as its entries leave it. */
export type ProcessView = {
  ocid: string;
  agency: Hex;
  count: number;
  head: Hex;
  lastTimeMs: number;
  planning?: SectionView;
  tender?: SectionView & { id?: string };
  /** of the texts, where a body said another than Indonesian */
  language?: string;
  awards: Record<string, SectionView & { currency: string; value: string; party?: Hex }>;
  contracts: Record<string, ContractView>;
  /** OCDS roles that each organisation has had so far; `parties.roles` is published as a whole list */
  roles: Record<Hex, string[]>;
  /**
   * kind and terms of each entry that a later one may name, by leaf; `of` is its award or contract. Its latest truth is
   * found by following `by`, the correction or withdrawal of it
   */
  entries: Record<Hex, NamedEntry>;
};

const states: readonly ContractState[] = [
  "pending",
  "active",
  "completed",
  "stopped",
  "broken",
  "closed",
  "cancelled",
  "recordedInError",
];
const afterStatus: Partial<Record<number, ContractState>> = {
  [StatusCode.activated]: "active",
  [StatusCode.completed]: "completed",
  [StatusCode.stopped]: "stopped",
  [StatusCode.broken]: "broken",
  [StatusCode.closed]: "closed",
  [StatusCode.cancelled]: "cancelled",
  [StatusCode.recordedInError]: "recordedInError",
};

/** What a correction leaves as its entry had it is no news: it may have been amended since. */
const changed = <T>(value: T | undefined, old: T | undefined) => (value === old ? undefined : value);

const plus = (total: string, more: bigint | undefined, less: bigint | undefined = 0n) =>
  String(BigInt(total) + (more ?? 0n) - less);

/**
 * The process after one more entry. Pure: the view given is not changed. It repeats what the ledger has decided; it
 * judges nothing, so an entry that is in the log always finds its place.
 */
export function afterEntry(before: ProcessView | undefined, entry: RecordedEntry, said: Said = {}): ProcessView {
  const view: ProcessView = {
    ...(before ?? { ocid: entry.ocid, agency: entry.agency, awards: {}, contracts: {}, roles: {}, entries: {} }),
    count: entry.assigned.processSequence,
    head: entry.leaf,
    lastTimeMs: entry.assigned.timeMs,
  };
  const named = before?.entries[entry.refersTo];
  const corrected = entry.kind === Kind.correction ? named : undefined;
  const kind = corrected?.kind ?? entry.kind;
  const old = corrected && termsFromText(corrected.terms);
  const anchor = named !== undefined && ANCHORED.has(kind) ? (named.anchor ?? entry.refersTo) : undefined;
  view.entries = {
    ...view.entries,
    [entry.leaf]: {
      kind,
      ...optional("of", entry.contractId || entry.awardId || undefined),
      terms: termsToText(entry.terms),
      sequence: entry.assigned.processSequence,
      ...optional("anchor", anchor),
    },
  };
  const ends = entry.kind === Kind.correction || entry.kind === Kind.withdrawal;
  if (named !== undefined && ends) view.entries[entry.refersTo] = { ...named, by: entry.leaf };
  if (kind === Kind.return && anchor !== undefined) {
    const payment = view.entries[anchor]!;
    view.entries[anchor] = { ...payment, returned: plus(payment.returned ?? "0", entry.terms.amount, old?.amount) };
  }
  if (entry.kind === Kind.withdrawal) return named === undefined ? view : withdrawn(view, entry, named);

  const { terms, leaf } = entry;
  // a correction of what was said before it was cancelled does not bring it back
  const isCancelled = (known: SectionView | undefined) =>
    terms.code === StageCode.cancelled || (old !== undefined && known?.cancelled === true);
  if (kind === Kind.planning) view.planning = { head: leaf, cancelled: isCancelled(before?.planning) };
  else if (kind === Kind.tender) {
    const cancelled = isCancelled(before?.tender);
    view.tender = { head: leaf, cancelled, ...optional("id", said.tenderId ?? before?.tender?.id) };
  } else if (kind === Kind.award) {
    const known = view.awards[entry.awardId];
    const value =
      known !== undefined && old !== undefined ? plus(known.value, terms.value, old.value) : terms.value?.toString();
    view.awards = {
      ...view.awards,
      [entry.awardId]: {
        head: leaf,
        cancelled: isCancelled(known),
        currency: terms.currency ?? known?.currency ?? "",
        value: value ?? known?.value ?? "0",
        ...optional("party", changed(terms.party, old?.party) ?? known?.party),
      },
    };
  } else if (entry.contractId !== "") {
    const contract = afterContractEntry(view.contracts[entry.contractId], entry, kind, old, anchor);
    view.contracts = { ...view.contracts, [entry.contractId]: contract };
  }
  if (said.language !== undefined) view.language = said.language;
  view.roles = withRoles(view.roles, entry, kind, view.contracts[entry.contractId]?.party, said.roles ?? {});
  return view;
}

/** Kinds that keep a running amount under the first leaf of theirs. */
const ANCHORED: ReadonlySet<number> = new Set([Kind.payment, Kind.return, Kind.guarantee]);

/** What the withdrawn entry did is undone. */
function withdrawn(view: ProcessView, { leaf, awardId, contractId }: RecordedEntry, target: NamedEntry): ProcessView {
  const section: SectionView = { head: leaf, cancelled: false };
  const begun = target.terms.code === StageCode.new;
  if (begun) section.withdrawn = true;
  if (target.kind === Kind.planning) return { ...view, planning: section };
  if (target.kind === Kind.tender) return { ...view, tender: { ...section, ...optional("id", view.tender?.id) } };
  if (target.kind === Kind.award) {
    const { party, withdrawn: _, ...known } = view.awards[awardId]!;
    const left = begun ? { value: "0" } : optional("party", party);
    return { ...view, awards: { ...view.awards, [awardId]: { ...known, ...section, ...left } } };
  }
  const contract = view.contracts[contractId];
  if (target.kind !== Kind.implementation || contract === undefined) return view;
  const started = target.terms.code === ImplementationCode.spmk && contract.status === "active";
  const status = started && contract.previous === "pending" ? "pending" : contract.status;
  return { ...view, contracts: { ...view.contracts, [contractId]: { ...contract, executionHead: leaf, status } } };
}

/**
 * The leaf that an entry signs as its lock (DESIGN 5.3); zero where its kind signs none, or nothing is there yet.
 * @param subject the entry's kind, or the kind that a correction or withdrawal names
 */
export function basisOf(
  entry: { kind: number; contractId?: string; awardId?: string },
  view: ProcessView | undefined,
  subject: number,
): Hex {
  const name = kindName(entry.kind);
  if (name === undefined || view === undefined) return NO_ID;
  const contract = view.contracts[entry.contractId ?? ""];
  const own = KIND_RULES[name].basis;
  const ofSection = subject >= Kind.planning && subject <= Kind.award;
  const ofContract = entry.kind === Kind.correction ? "terms" : subject === Kind.implementation ? "execution" : "none";
  const basis = own !== "target" ? own : ofSection ? KIND_RULES[kindName(subject)!].basis : ofContract;
  const heads: Record<Exclude<Basis, "target">, Hex | undefined> = {
    none: undefined,
    planning: view.planning?.head,
    tender: view.tender?.head,
    award: view.awards[entry.awardId ?? ""]?.head,
    terms: contract?.termsHead,
    execution: contract?.executionHead,
  };
  return heads[basis as Exclude<Basis, "target">] ?? NO_ID;
}

function withRoles(
  before: Record<Hex, string[]>,
  { agency, terms }: RecordedEntry,
  kind: number,
  contractParty: Hex | undefined,
  said: Record<Hex, readonly string[]>,
): Record<Hex, string[]> {
  const roles = { ...before };
  const add = (id: Hex | undefined, role: string) => {
    if (id !== undefined && !roles[id]?.includes(role)) roles[id] = [...(roles[id] ?? []), role];
  };
  add(agency, "buyer");
  add(terms.party, "supplier");
  if (kind === Kind.payment || kind === Kind.return) {
    add(terms.issuer, "payer");
    add(contractParty, "payee");
  }
  for (const [id, more] of Object.entries(said)) for (const role of more) add(id as Hex, role);
  return roles;
}

function afterContractEntry(
  before: ContractView | undefined,
  entry: RecordedEntry,
  kind: number,
  old: Terms | undefined,
  anchor: Hex | undefined,
): ContractView {
  const { terms, leaf } = entry;
  const c: ContractView = before === undefined ? newContract(entry) : { ...before };
  c.exceptions |= entry.assigned.exceptions;
  c.excess = String(entry.excess);
  const signsTerms =
    entry.kind === Kind.correction ||
    kind === Kind.contract ||
    kind === Kind.opening ||
    kind === Kind.amendment ||
    kind === Kind.countersignature ||
    kind === Kind.status;
  if (signsTerms) c.termsHead = leaf;
  if (signsTerms || kind === Kind.implementation || kind === Kind.certificate || kind === Kind.hold) {
    c.executionHead = leaf;
  }
  if (kind === Kind.countersignature) c.supplierSigned = true;
  else if (kind === Kind.contract || kind === Kind.opening || kind === Kind.amendment) {
    c.supplierSigned = entry.signers.some(({ capacity }) => capacity === Role.supplier);
  }
  c.post = changed(terms.officer, old?.officer) ?? c.post;
  c.party = changed(terms.party, old?.party) ?? c.party;
  c.payer = changed(terms.payer, old?.payer) ?? c.payer;
  // swakelola has no supplier: a correction to it takes him away
  if (kind === Kind.contract) c.party = terms.party;
  if (old !== undefined && (kind === Kind.contract || kind === Kind.opening)) {
    c.form = terms.code ?? c.form;
    c.on = terms.on || undefined;
  }

  if (kind === Kind.contract && old !== undefined) {
    for (const name of ["value", "firstValue", "scopeValue"] as const) c[name] = plus(c[name], terms.value, old.value);
  } else if (kind === Kind.opening && old !== undefined) c.value = plus(c.value, terms.value, old.value);
  else if (kind === Kind.amendment && terms.value !== undefined) {
    c.value = old === undefined ? String(terms.value) : plus(c.value, terms.value, old.value);
    c.scopeValue = old === undefined ? String(terms.scopeValue) : plus(c.scopeValue, terms.scopeValue, old.scopeValue);
  } else if (kind === Kind.implementation) {
    if (terms.code === ImplementationCode.spmk && old === undefined) {
      c.previous = c.status;
      if (c.status === "pending") c.status = "active";
    }
    if (ACCEPTING_CODES.has(terms.code ?? 0)) {
      c.accepted = old === undefined ? String(terms.amount) : plus(c.accepted, terms.amount, old.amount);
    }
  } else if (kind === Kind.certificate) {
    c.certified = plus(c.certified, terms.amount, old?.amount);
    for (const name of ["advance", "recovered", "withheld", "released"] as const) {
      c[name] = plus(c[name], terms[name], old?.[name]);
    }
  } else if (kind === Kind.payment) {
    c.paid = plus(c.paid, counted(c, terms), old === undefined ? 0n : counted(c, old));
  } else if (kind === Kind.return) {
    const left = plus(c.paid, old === undefined ? 0n : cameBack(c, old), cameBack(c, terms));
    // an opening's balance may have known less than came back since
    c.paid = left.startsWith("-") ? "0" : left;
  } else if (kind === Kind.guarantee) {
    const posting = anchor ?? leaf;
    c.guarantees = { ...c.guarantees, [posting]: afterGuarantee(c.guarantees[posting], terms, old) };
  } else if (kind === Kind.hold) {
    const { [capacityName(entry.capacity)]: _, ...others } = c.holds;
    const own = { since: leaf, ...optional("until", terms.until) };
    c.holds = terms.code === HoldCode.held ? { ...others, [capacityName(entry.capacity)]: own } : others;
  } else if (kind === Kind.status) {
    c.status = terms.code === StatusCode.reopened ? reopened(c) : (afterStatus[terms.code ?? 0] ?? c.status);
    if (terms.code === StatusCode.closed && before !== undefined) c.previous = before.status;
  }
  if (kind !== Kind.guarantee && kind !== Kind.hold) c.until = changed(terms.until, old?.until) ?? c.until;
  return withoutUndefined(c);
}

function counted(contract: ContractView, terms: Terms): bigint {
  const inBalance = contract.balanceOn !== undefined && (terms.on ?? 0) <= contract.balanceOn && terms.code !== 1;
  return inBalance ? 0n : (terms.amount ?? 0n);
}

/** What a return takes off what was paid: nothing where the opening's balance knew of it. */
function cameBack(contract: ContractView, { on = 0, amount = 0n }: Terms): bigint {
  return contract.balanceOn !== undefined && on <= contract.balanceOn ? 0n : amount;
}

function afterGuarantee(
  before: { type: number; amount: string; until: number } | undefined,
  { code = 0, amount = 0n, until = 0 }: Terms,
  old: Terms | undefined,
): { type: number; amount: string; until: number } {
  const [type, action] = [Math.floor(code / 10), code % 10];
  if (before === undefined) return { type, amount: String(amount), until };
  const ends = action === GuaranteeAction.posted || action === GuaranteeAction.extended;
  const next = {
    ...before,
    until: ends ? (old === undefined ? until : (changed(until, old.until) ?? before.until)) : before.until,
  };
  if (action === GuaranteeAction.called) next.amount = plus(before.amount, old?.amount, amount);
  else if (action === GuaranteeAction.returned) next.amount = "0";
  else if (old === undefined) next.amount = String(amount);
  else next.amount = plus(before.amount, amount, old.amount);
  return next;
}

function capacityName(capacity: number): RoleName {
  return (Object.keys(Role) as RoleName[]).find((name) => Role[name] === capacity)!;
}

function reopened(contract: ContractView): ContractState {
  const from = contract.status === "closed" ? contract.previous : undefined;
  return from === undefined || from === "closed" ? "active" : from;
}

function newContract({ contractId, awardId, terms, balances, leaf }: RecordedEntry): ContractView {
  const text = (amount: bigint | undefined) => String(amount ?? 0n);
  const status = states[(balances?.status ?? 1) - 1] ?? "pending";
  return {
    id: contractId,
    status,
    ...(balances === undefined ? {} : { previous: status }),
    supplierSigned: false,
    holds: {},
    guarantees: {},
    form: terms.code ?? 0,
    currency: terms.currency ?? "",
    value: text(terms.value),
    firstValue: text(balances === undefined ? terms.value : balances.firstValue),
    scopeValue: text(balances === undefined ? terms.value : balances.scopeValue),
    accepted: text(balances?.accepted),
    certified: text(balances?.certified),
    advance: text(balances?.advance),
    recovered: text(balances?.recovered),
    withheld: text(balances?.withheld),
    released: text(balances?.released),
    paid: text(balances?.paid),
    excess: "0",
    termsHead: leaf,
    executionHead: leaf,
    exceptions: 0,
    ...optional("awardId", awardId === "" ? undefined : awardId),
    // 0 in an opening: the day of signing is not known
    ...optional("on", terms.on || undefined),
    ...optional("balanceOn", balances?.on || undefined),
  };
}

/** A name that has no value is left out, as in the JSON that is kept of the view. */
function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
