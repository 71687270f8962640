import { check, referencesIn } from "../ocds/check.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import { formatDate, fromUnixSeconds } from "../ocds/dates.ts";
import { fromMinor } from "../ocds/money.ts";
import { afterEntry, type ContractView, type ProcessView, type RecordedEntry } from "../projection/process-view.ts";
import { type Body, type BodyFault, readBody } from "./body.ts";
import { idOf, type Terms } from "./entry.ts";
import { ACCEPTING_CODES, ImplementationCode, Kind, StageCode } from "./kinds.ts";
import type { Hex } from "./words.ts";

/** An organisation as the registry knows it: its OCDS party id and name, both public. */
export type Party = { id: string; name: string; identifier?: Record<string, unknown> };
export type Registry = (id: Hex) => Party | undefined;
export type ComposeFault =
  | BodyFault
  | { rule: "body-says-terms" | "body-invalid" | "amount-inexact" | "date-beyond-calendar"; pointer: string };

/** The end of the year 9999: RFC 3339 has no later date. */
const LAST_SECOND = 253_402_300_799;

/** Titles of implementation entries, by code; `report` has what its body says. */
const titles: Record<number, string> = {
  [ImplementationCode.spmk]: "Surat Perintah Mulai Kerja",
  2: "Serah terima lapangan",
  3: "MC-0",
  [ImplementationCode.progress]: "Kemajuan pekerjaan",
  5: "MC-100",
  6: "Berita Acara Serah Terima (sebagian)",
  7: "Serah terima pertama (PHO)",
  8: "Serah terima akhir (FHO)",
  9: "Laporan",
};
const statuses: Record<ContractView["status"], string> = {
  pending: "pending",
  active: "active",
  completed: "terminated",
  stopped: "terminated",
  broken: "terminated",
  closed: "terminated",
  cancelled: "cancelled",
  recordedInError: "cancelled",
};

/** The OCDS status of a contract in this state of ours. */
export function publishedStatus(state: ContractView["status"]): string {
  return statuses[state];
}

/**
 * The OCDS release of an entry: what its terms say, and beside it what its body adds in its own section. Total: for
 * any body there is a valid release; a body that cannot stand is left out whole and named in `faults`. `after` is the
 * process with this entry.
 * @param before the process before the entry, undefined for its first
 * @param registry must know the organisations of the process and those of `organisationsIn`
 */
export function compose(
  before: ProcessView | undefined,
  entry: RecordedEntry,
  registry: Registry,
): { release: Json; faults: ComposeFault[]; after: ProcessView } {
  const faults: ComposeFault[] = [];
  const kind = before?.entries[entry.refersTo]?.kind ?? entry.kind;
  const body = readBody(entry.body, { ...entry, kind });
  if (body !== undefined && "rule" in body) faults.push(body);
  else if (body !== undefined) {
    const composed = releaseOf(before, entry, registry, body, faults);
    const wrong = check(composed.release).faults.find(({ level }) => level === "error");
    if (wrong === undefined) return { ...composed, faults };
    faults.length = 0;
    faults.push({ rule: "body-invalid", pointer: wrong.pointer });
  }
  return { ...releaseOf(before, entry, registry, { section: {}, rest: {} }, faults), faults };
}

/** Fields of a milestone that terms alone say. */
export const MILESTONE_TERMS = ["accepted", "certified", "advance", "recovered", "withheld", "released"] as const;
/** Fields of a contract that terms alone say. */
const CONTRACT_TERMS = ["awardID", "value", "status", "dateSigned"] as const;

function releaseOf(
  before: ProcessView | undefined,
  entry: RecordedEntry,
  registry: Registry,
  { section: body, rest }: Body,
  faults: ComposeFault[],
): { release: Json; after: ProcessView } {
  const { ocid, assigned, terms, kind } = entry;
  const { parties: saidParties, language: saidLanguage, ...others } = rest;
  const language = typeof saidLanguage === "string" ? saidLanguage : (before?.language ?? "id");
  const state = afterEntry(before, entry);
  const id = `${ocid}-${assigned.processSequence}`;
  const used = new Set<Hex>([entry.agency]);
  const refer = (of: Hex) => {
    used.add(of);
    const party = registry(of) ?? { id: of, name: of };
    return { id: party.id, name: party.name };
  };
  /** Terms win over the body; a body that says one of their places is named. */
  const over = (base: unknown, fields: Json, pointer: string): Json => {
    const result = isObject(base) ? { ...base } : {};
    for (const [key, value] of Object.entries(fields)) {
      if (key in result && key !== "id") faults.push({ rule: "body-says-terms", pointer: `${pointer}/${key}` });
      // also where the terms have nothing to say there: the place is theirs
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  };
  const money = (amount: bigint | undefined, currency: string | undefined) => {
    if (amount === undefined || currency === undefined) return undefined;
    try {
      return { amount: fromMinor(amount, currency), currency };
    } catch {
      faults.push({ rule: "amount-inexact", pointer: "" });
      return undefined;
    }
  };
  const date = (seconds: number | undefined) => {
    if (seconds === undefined) return undefined;
    if (seconds <= LAST_SECOND) return fromUnixSeconds(seconds);
    faults.push({ rule: "date-beyond-calendar", pointer: "" });
    return undefined;
  };
  const corrected = kind === Kind.correction ? before?.entries[entry.refersTo] : undefined;
  const subject = corrected?.kind ?? kind;
  const subjectId = corrected === undefined ? id : `${ocid}-${originOf(before!, entry.refersTo)}`;
  const contract = state.contracts[entry.contractId];
  /** Amendments of a section, each tied to the release that it changes and to this one. */
  const amended = (given: unknown, head: Hex | undefined, pointer: string): Json[] | undefined => {
    if (!Array.isArray(given)) return undefined;
    const last = head === undefined ? undefined : before?.entries[head];
    const ties = { amendsReleaseID: last === undefined ? undefined : `${ocid}-${last.sequence}`, releaseID: id };
    return given.map((each, at) => over(each, ties, `${pointer}/${at}`));
  };
  /** Milestones of a body, without what only terms say. */
  const plain = (given: unknown, pointer: string): unknown =>
    Array.isArray(given)
      ? given.map((each, at) =>
          over(each, Object.fromEntries(MILESTONE_TERMS.map((n) => [n, undefined])), `${pointer}/${at}`),
        )
      : given;
  const period = (given: unknown, fields: Json, pointer: string): Json | undefined => {
    const whole = over(given, fields, pointer);
    return Object.keys(whole).length === 0 ? undefined : whole;
  };

  const sections: Json = {};
  if (subject === Kind.planning) {
    const { budget: given, ...more } = body;
    const budget = over(given, { amount: money(terms.value, terms.currency) }, "/planning/budget");
    const planning = { ...more, ...(Object.keys(budget).length === 0 ? {} : { budget }) };
    if (Object.keys(planning).length > 0) sections.planning = planning;
  } else if (subject === Kind.tender) {
    const { tenderPeriod, procuringEntity, amendments, ...more } = body;
    const starts = terms.on === undefined ? {} : { startDate: date(terms.on) };
    const fields: Json = {
      id: typeof body.id === "string" ? body.id : (before?.tender?.id ?? ocid),
      value: money(terms.value, terms.currency),
    };
    if (terms.code === StageCode.cancelled || body.status === "cancelled") {
      fields.status = terms.code === StageCode.cancelled ? "cancelled" : undefined;
    }
    const whole: Json = over(more, fields, "/tender");
    const ends = period(tenderPeriod, { ...starts, endDate: date(terms.until) }, "/tender/tenderPeriod");
    const changes = amended(amendments, before?.tender?.head, "/tender/amendments");
    if (ends !== undefined) whole.tenderPeriod = ends;
    if (changes !== undefined) whole.amendments = changes;
    whole.procuringEntity = isObject(procuringEntity) ? procuringEntity : refer(entry.agency);
    sections.tender = whole;
  } else if (subject === Kind.award) {
    const { status, amendments, ...more } = body;
    const changes = amended(amendments, before?.awards[entry.awardId]?.head, "/awards/0/amendments");
    const fields: Json = {
      id: entry.awardId,
      // decided, but not in force: the only other status that the rules leave open
      status: terms.code === StageCode.cancelled ? "cancelled" : status === "pending" ? "pending" : "active",
      value: money(terms.value, terms.currency),
      date: date(terms.on),
      suppliers: terms.party === undefined ? undefined : [refer(terms.party)],
    };
    if (status !== undefined && status !== fields.status) {
      faults.push({ rule: "body-says-terms", pointer: "/awards/0/status" });
    }
    sections.awards = [
      { ...over(more, fields, "/awards/0"), ...(changes === undefined ? {} : { amendments: changes }) },
    ];
  } else if (contract !== undefined) {
    const { period: saidPeriod, amendments, implementation, ...more } = body;
    const isNew = subject === Kind.contract || subject === Kind.opening;
    const given = isObject(implementation) ? implementation : {};
    const fields: Json = Object.fromEntries(CONTRACT_TERMS.map((name) => [name, undefined]));
    fields.id = entry.contractId;
    fields.awardID = contract.awardId ?? entry.contractId;
    if (isNew || (subject === Kind.amendment && terms.value !== undefined)) {
      fields.value = money(BigInt(contract.value), contract.currency);
    }
    if (isNew) {
      fields.dateSigned = date(terms.on || undefined);
      // a contract without an award of its own implies one: OCDS keeps the supplier there
      if (contract.awardId === undefined) {
        const award: Json = { id: entry.contractId, status: "active", value: fields.value };
        if (contract.party !== undefined) award.suppliers = [refer(contract.party)];
        sections.awards = [over({}, award, "")];
      }
    }
    if (
      isNew ||
      subject === Kind.status ||
      (subject === Kind.implementation && terms.code === ImplementationCode.spmk)
    ) {
      fields.status = publishedStatus(contract.status);
    }
    const whole = over(more, fields, "/contracts/0");
    // what a correction leaves as it was may have been amended since
    const setsEnd = (isNew || subject === Kind.amendment) && terms.until !== corrected?.terms.until;
    const ends = period(saidPeriod, { endDate: setsEnd ? date(terms.until) : undefined }, "/contracts/0/period");
    if (ends !== undefined) whole.period = ends;
    // a correction tells of the amendment itself only where it corrects its date
    const dated = subject === Kind.amendment && terms.on !== corrected?.terms.on;
    const own = dated ? { id: subjectId, date: date(terms.on) } : undefined;
    const told =
      Array.isArray(amendments) && amendments.length > 0 ? amendments : own === undefined ? undefined : [own];
    const head = before?.contracts[entry.contractId]?.termsHead;
    const changes = amended(told, head, "/contracts/0/amendments");
    if (changes !== undefined) whole.amendments = changes;
    const isTold = Object.keys(body).some((name) => name !== "id");
    const act = actOf(subject, terms, contract, subjectId, given, isTold, { money, date, refer, over });
    const { milestones, transactions, ...doing } = given;
    const most = subject === Kind.payment ? 1 : 0;
    if (transactions !== undefined && (!Array.isArray(transactions) || transactions.length > most)) {
      faults.push({ rule: "body-says-terms", pointer: `/contracts/0/implementation/transactions/${most}` });
    }
    const kept = plain(milestones, "/contracts/0/implementation/milestones");
    const implemented: Json = { ...doing, ...(kept === undefined ? {} : { milestones: kept }), ...act };
    // the first milestone of the body belongs to the one that the entry itself makes; others stand beside it
    if (act?.milestones !== undefined && Array.isArray(kept)) {
      implemented.milestones = [...(act.milestones as Json[]), ...kept.slice(1)];
    }
    if (Object.keys(implemented).length > 0) whole.implementation = implemented;
    sections.contracts = [whole];
  }

  const release: Json = {
    ocid,
    id,
    // one precision for all: a merge orders dates as text, and "…19.001Z" comes before "…19Z"
    date: formatDate(assigned.timeMs, "milliseconds"),
    tag: [tagOf(entry, subject, before)],
    initiationType: "tender",
    language,
    parties: [],
    buyer: refer(entry.agency),
    ...sections,
    ...others,
  };
  const { parties, roles } = partiesOf(release, saidParties, used, state, registry);
  release.parties = parties;
  const tenderId = isObject(sections.tender) ? (sections.tender.id as string) : undefined;
  const after = afterEntry(before, entry, {
    roles,
    ...(tenderId === undefined ? {} : { tenderId }),
    ...(typeof saidLanguage === "string" ? { language } : {}),
  });
  return { release, after };
}

/**
 * The organisations of a release, each once: all that it refers to and all that its body names. What the registry says
 * of one wins over the body. `roles` is the union of all roles so far, as `parties.roles` merges as a whole list.
 */
function partiesOf(
  release: Json,
  said: unknown,
  used: ReadonlySet<Hex>,
  state: ProcessView,
  registry: Registry,
): { parties: Json[]; roles: Record<Hex, string[]> } {
  const found = new Map<Hex, { base: Json; more: Set<string> }>();
  const add = (of: Hex, base: Json): Set<string> => {
    const known = found.get(of);
    if (known !== undefined) {
      known.base = { ...base, ...known.base };
      return known.more;
    }
    const more = new Set<string>();
    found.set(of, { base, more });
    return more;
  };
  for (const of of used) add(of, {});
  for (const each of Array.isArray(said) ? said : []) {
    if (!isObject(each) || typeof each.id !== "string") continue;
    const { roles, ...base } = each;
    const more = add(idOf(each.id), base);
    for (const role of Array.isArray(roles) ? roles : []) if (typeof role === "string" && role !== "") more.add(role);
  }
  for (const { role, organization } of referencesIn(release)) {
    if (typeof organization.id !== "string") continue;
    const of = idOf(organization.id);
    // one name for one organisation: the registry's, where it has one
    if (organization.name !== undefined) organization.name = registry(of)?.name ?? organization.name;
    const name = typeof organization.name === "string" ? { name: organization.name } : {};
    const more = add(of, { id: organization.id, ...name });
    if (role !== undefined) more.add(role);
  }
  const roles: Record<Hex, string[]> = {};
  const parties = [...found].map(([of, { base, more }]) => {
    const known = registry(of);
    const union = [...new Set([...(state.roles[of] ?? []), ...more])];
    roles[of] = union;
    const party: Json = { ...base, ...(known ?? (base.id === undefined ? { id: of, name: of } : {})) };
    return union.length === 0 ? party : { ...party, roles: union };
  });
  return { parties, roles };
}

type Helpers = {
  money(amount: bigint | undefined, currency: string | undefined): Json | undefined;
  date(seconds: number | undefined): string | undefined;
  refer(of: Hex): { id: string; name: string };
  over(base: unknown, fields: Json, pointer: string): Json;
};

/** What happened in the contract's life: a milestone, or a transaction. The ids come from the entry, so they are unique. */
function actOf(
  subject: number,
  terms: Terms,
  contract: ContractView,
  id: string,
  given: Json,
  isTold: boolean,
  { money, date, refer, over }: Helpers,
): Json | undefined {
  const first = (list: unknown) => (Array.isArray(list) ? list[0] : undefined);
  const at = "/contracts/0/implementation";
  const currency = terms.currency ?? contract.currency;
  if (subject === Kind.implementation) {
    // a report says in its body what it reports
    if (terms.code === ImplementationCode.report && isTold) return undefined;
    const milestone: Json = {
      id,
      title: titles[terms.code ?? 0] ?? "Laporan",
      type: "delivery",
      status: "met",
      dateMet: date(terms.on),
    };
    if (ACCEPTING_CODES.has(terms.code ?? 0)) milestone.accepted = money(terms.amount, currency);
    return { milestones: [over(first(given.milestones), milestone, `${at}/milestones/0`)] };
  }
  if (subject === Kind.certificate) {
    const milestone: Json = {
      id,
      title: "Berita Acara Pembayaran",
      type: "payment",
      status: "met",
      dateMet: date(terms.on),
    };
    for (const name of ["amount", "advance", "recovered", "withheld", "released"] as const) {
      milestone[name === "amount" ? "certified" : name] = money(terms[name], currency);
    }
    return { milestones: [over(first(given.milestones), milestone, `${at}/milestones/0`)] };
  }
  if (subject === Kind.payment) {
    const transaction: Json = { id, date: date(terms.on), value: money(terms.amount, currency) };
    if (terms.issuer !== undefined) transaction.payer = refer(terms.issuer);
    if (contract.party !== undefined) transaction.payee = refer(contract.party);
    return { transactions: [over(first(given.transactions), transaction, `${at}/transactions/0`)] };
  }
  return undefined;
}

/** The process sequence of the entry that a chain of corrections began with. */
function originOf(view: ProcessView, leaf: Hex): number {
  const before = Object.entries(view.entries).find(([, { by }]) => by === leaf);
  return before === undefined ? (view.entries[leaf]?.sequence ?? 0) : originOf(view, before[0] as Hex);
}

function tagOf(entry: RecordedEntry, subject: number, before: ProcessView | undefined): string {
  const { code } = entry.terms;
  const correction = entry.kind === Kind.correction;
  if (subject === Kind.planning) return before?.planning === undefined ? "planning" : "planningUpdate";
  if (subject === Kind.tender) {
    if (correction) return "tenderUpdate";
    return code === StageCode.cancelled
      ? "tenderCancellation"
      : code === StageCode.amendment
        ? "tenderAmendment"
        : before?.tender === undefined
          ? "tender"
          : "tenderUpdate";
  }
  if (subject === Kind.award) {
    if (correction) return "awardUpdate";
    return code === StageCode.cancelled
      ? "awardCancellation"
      : before?.awards[entry.awardId] === undefined
        ? "award"
        : "awardUpdate";
  }
  if (subject === Kind.amendment) return correction ? "contractUpdate" : "contractAmendment";
  if (subject === Kind.implementation || subject === Kind.certificate || subject === Kind.payment) {
    const known = Object.values(before?.entries ?? {}).some(
      ({ kind }) => kind === Kind.implementation || kind === Kind.certificate || kind === Kind.payment,
    );
    return known ? "implementationUpdate" : "implementation";
  }
  if (subject === Kind.status) return (code ?? 0) >= 2 && (code ?? 0) <= 5 ? "contractTermination" : "contractUpdate";
  if (entry.contractId === "") return "planning";
  return correction ? "contractUpdate" : "contract";
}
