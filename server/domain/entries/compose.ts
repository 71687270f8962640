import { parseJson } from "../json.ts";
import { check } from "../ocds/check.ts";
import { formatDate, fromUnixSeconds } from "../ocds/dates.ts";
import { fromMinor } from "../ocds/money.ts";
import { afterEntry, type ContractView, type ProcessView, type RecordedEntry } from "../projection/process-view.ts";
import type { Terms } from "./entry.ts";
import { ACCEPTING_CODES, ImplementationCode, Kind, StageCode } from "./kinds.ts";
import type { Hex } from "./words.ts";

/** An organisation as the registry knows it: its OCDS party id and name, both public. */
export type Party = { id: string; name: string; identifier?: Record<string, unknown> };
export type Registry = (id: Hex) => Party | undefined;
export type ComposeFault = {
  rule:
    | "body-unreadable"
    | "body-outside"
    | "body-says-terms"
    | "body-invalid"
    | "amount-inexact"
    | "date-beyond-calendar";
  pointer: string;
};

type Json = Record<string, unknown>;

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

/**
 * The OCDS release of an entry: what its terms say, and beside it what its body adds in its own section. Total: for
 * any body there is a valid release; a body that cannot stand is left out whole and named in `faults`.
 * @param before the process before the entry, undefined for its first
 */
export function compose(
  before: ProcessView | undefined,
  entry: RecordedEntry,
  registry: Registry,
): { release: Json; faults: ComposeFault[] } {
  const faults: ComposeFault[] = [];
  const body = readBody(entry, faults);
  if (body !== undefined) {
    const release = releaseOf(before, entry, registry, body, faults);
    const wrong = check(release).faults.find(({ level }) => level === "error");
    if (wrong === undefined) return { release, faults };
    faults.length = 0;
    faults.push({ rule: "body-invalid", pointer: wrong.pointer });
  }
  return { release: releaseOf(before, entry, registry, {}, faults), faults };
}

/** The part of the body that belongs to the entry's section. */
function readBody(entry: RecordedEntry, faults: ComposeFault[]): Json | undefined {
  if (entry.body.length === 0) return undefined;
  const parsed = parseJson(entry.body);
  if (!parsed.ok || !isObject(parsed.value)) {
    faults.push({ rule: "body-unreadable", pointer: "" });
    return undefined;
  }
  const body = parsed.value;
  const [name, id] =
    entry.kind === Kind.planning
      ? ["planning"]
      : entry.kind === Kind.tender
        ? ["tender"]
        : entry.kind === Kind.award
          ? ["awards", entry.awardId]
          : ["contracts", entry.contractId];
  const outside = Object.keys(body).find((key) => key !== name);
  if (outside !== undefined) {
    faults.push({ rule: "body-outside", pointer: `/${outside}` });
    return undefined;
  }
  const section = body[name!];
  if (id === undefined) return isObject(section) ? section : undefined;
  const [only, more] = Array.isArray(section) ? section : [];
  if (more !== undefined || !isObject(only) || only.id !== id) {
    faults.push({ rule: "body-outside", pointer: `/${name}` });
    return undefined;
  }
  return only;
}

function releaseOf(
  before: ProcessView | undefined,
  entry: RecordedEntry,
  registry: Registry,
  body: Json,
  faults: ComposeFault[],
): Json {
  const { ocid, assigned } = entry;
  const after = afterEntry(before, entry);
  const id = `${ocid}-${assigned.processSequence}`;
  const reference = (of: Hex) => {
    const party = registry(of) ?? { id: of, name: of };
    return { id: party.id, name: party.name };
  };
  const used = new Set<Hex>([entry.agency]);
  const refer = (of: Hex) => {
    used.add(of);
    return reference(of);
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
  const { terms, kind } = entry;
  const corrected = kind === Kind.correction ? before?.entries[entry.refersTo] : undefined;
  const subject = corrected?.kind ?? kind;
  const subjectId = corrected === undefined ? id : `${ocid}-${originOf(before!, entry.refersTo)}`;
  const contract = after.contracts[entry.contractId];
  const currency = terms.currency ?? contract?.currency;

  const sections: Json = {};
  if (subject === Kind.planning) {
    const value = money(terms.value, terms.currency);
    const budget = over(body.budget, value === undefined ? {} : { amount: value }, "/planning/budget");
    const { budget: _, ...rest } = body;
    const planning = { ...rest, ...(Object.keys(budget).length === 0 ? {} : { budget }) };
    if (Object.keys(planning).length > 0) sections.planning = planning;
  } else if (subject === Kind.tender) {
    const period = { startDate: date(terms.on), endDate: date(terms.until) };
    const fields: Json = {
      id: typeof body.id === "string" ? body.id : ocid,
      value: money(terms.value, terms.currency),
    };
    if (period.endDate !== undefined) fields.tenderPeriod = over({}, period, "");
    if (terms.code === StageCode.cancelled) fields.status = "cancelled";
    fields.procuringEntity = refer(entry.agency);
    sections.tender = over(body, fields, "/tender");
  } else if (subject === Kind.award) {
    const fields: Json = {
      id: entry.awardId,
      status: terms.code === StageCode.cancelled ? "cancelled" : "active",
      value: money(terms.value, terms.currency),
      date: date(terms.on),
    };
    if (terms.party !== undefined) fields.suppliers = [refer(terms.party)];
    sections.awards = [over(body, fields, "/awards/0")];
  } else if (contract !== undefined) {
    const fields: Json = { id: entry.contractId, awardID: contract.awardId ?? entry.contractId };
    const isNew = subject === Kind.contract || subject === Kind.opening;
    if (isNew) {
      fields.value = money(BigInt(contract.value), contract.currency);
      fields.dateSigned = date(terms.on);
      fields.status = statuses[contract.status];
      // a contract without an award of its own implies one: OCDS keeps the supplier there
      if (contract.awardId === undefined) {
        const award: Json = { id: entry.contractId, status: "active", value: fields.value };
        if (contract.party !== undefined) award.suppliers = [refer(contract.party)];
        sections.awards = [over({}, award, "")];
      }
    } else if (subject === Kind.amendment && terms.value !== undefined) {
      fields.value = money(BigInt(contract.value), contract.currency);
    } else if (subject === Kind.status || terms.code === ImplementationCode.spmk) {
      fields.status = statuses[contract.status];
    }
    if (terms.until !== undefined && (isNew || subject === Kind.amendment)) {
      const period = over(body.period, { endDate: date(terms.until) }, "/contracts/0/period");
      fields.period = Object.keys(period).length === 0 ? undefined : period;
      delete body.period;
    }
    if (subject === Kind.amendment) {
      const [given] = Array.isArray(body.amendments) ? body.amendments : [];
      const last = before?.entries[before.contracts[entry.contractId]?.termsHead ?? entry.leaf];
      const amends = last === undefined ? undefined : `${ocid}-${last.sequence}`;
      const amendment = { id: subjectId, date: date(terms.on), amendsReleaseID: amends, releaseID: id };
      fields.amendments = [over(given, amendment, "/contracts/0/amendments/0")];
      delete body.amendments;
    }
    const given = isObject(body.implementation) ? body.implementation : {};
    const act = implementationOf(subject, terms, contract, subjectId, { money, date, refer, currency, over, given });
    if (act !== undefined) {
      fields.implementation = { ...given, ...act };
      delete body.implementation;
    }
    sections.contracts = [over(body, fields, "/contracts/0")];
  }

  const parties = [...used].map((of) => {
    const party = registry(of) ?? { id: of, name: of };
    return { ...party, roles: after.roles[of] ?? ["buyer"] };
  });
  return {
    ocid,
    id,
    // one precision for all: a merge orders dates as text, and "…19.001Z" comes before "…19Z"
    date: formatDate(assigned.timeMs, "milliseconds"),
    tag: [tagOf(entry, subject, before)],
    initiationType: "tender",
    language: "id",
    parties,
    buyer: reference(entry.agency),
    ...sections,
  };
}

type Helpers = {
  money(amount: bigint | undefined, currency: string | undefined): Json | undefined;
  date(seconds: number | undefined): string | undefined;
  refer(of: Hex): { id: string; name: string };
  currency: string | undefined;
  over(base: unknown, fields: Json, pointer: string): Json;
  given: Json;
};

/** What happened in the contract's life: a milestone, or a transaction. The ids come from the entry, so they are unique. */
function implementationOf(
  subject: number,
  terms: Terms,
  contract: ContractView,
  id: string,
  h: Helpers,
): Json | undefined {
  const first = (list: unknown) => (Array.isArray(list) ? list[0] : undefined);
  if (subject === Kind.implementation) {
    const milestone: Json = {
      id,
      title: titles[terms.code ?? 0] ?? "Laporan",
      type: "delivery",
      status: "met",
      dateMet: h.date(terms.on),
    };
    if (ACCEPTING_CODES.has(terms.code ?? 0)) milestone.accepted = h.money(terms.amount, h.currency);
    return { milestones: [h.over(first(h.given.milestones), milestone, "/contracts/0/implementation/milestones/0")] };
  }
  if (subject === Kind.certificate) {
    const milestone: Json = {
      id,
      title: "Berita Acara Pembayaran",
      type: "payment",
      status: "met",
      dateMet: h.date(terms.on),
    };
    for (const name of ["amount", "advance", "recovered", "withheld", "released"] as const) {
      milestone[name === "amount" ? "certified" : name] = h.money(terms[name], h.currency);
    }
    return { milestones: [h.over(first(h.given.milestones), milestone, "/contracts/0/implementation/milestones/0")] };
  }
  if (subject === Kind.payment) {
    const transaction: Json = { id, date: h.date(terms.on), value: h.money(terms.amount, h.currency) };
    if (terms.issuer !== undefined) transaction.payer = h.refer(terms.issuer);
    if (contract.party !== undefined) transaction.payee = h.refer(contract.party);
    return {
      transactions: [h.over(first(h.given.transactions), transaction, "/contracts/0/implementation/transactions/0")],
    };
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
  return correction ? "contractUpdate" : "contract";
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
