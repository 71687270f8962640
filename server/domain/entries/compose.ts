import { sha256 } from "#hash";
import { inspect } from "../ocds/check.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import { formatDate, fromUnixSeconds } from "../ocds/dates.ts";
import { fromMinor } from "../ocds/money.ts";
import type { Words } from "../problems.ts";
import {
  afterEntry,
  awardIn,
  type ContractView,
  contractIn,
  incarnation,
  isRow,
  type ProcessView,
  type RecordedEntry,
  withSaid,
} from "../projection/process-view.ts";
import { type Body, type BodyFault, readBody } from "./body.ts";
import {
  ACCEPTING_CODES,
  GuaranteeAction,
  GuaranteeType,
  HoldCode,
  ImplementationCode,
  Kind,
  marksIn,
  ReturnCode,
  Role,
  StageCode,
} from "./kinds.ts";
import { partiesOf, type Registry } from "./parties.ts";
import { type Hex, NO_ID, toHex } from "./words.ts";

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
/** What a guarantee stands for, in the words of OCDS where it has one. */
const obligations: Record<number, string> = {
  [GuaranteeType.bid]: "bid",
  [GuaranteeType.performance]: "fulfillment",
  [GuaranteeType.advance]: "prepaid",
  [GuaranteeType.maintenance]: "latentDefects",
  [GuaranteeType.appeal]: "appeal",
  [GuaranteeType.yearEnd]: "yearEnd",
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

/** What each fault of a body means, and what to do. */
export const composeRules: Readonly<Record<ComposeFault["rule"], Words>> = {
  "body-unreadable": { en: "The body is no JSON object.", id: "Isi bukan objek JSON." },
  "body-outside": {
    en: "The body says something outside the entry's own section. Leave it out.",
    id: "Isi memuat sesuatu di luar bagian entri ini. Hilangkan.",
  },
  "body-invalid": {
    en: "The body breaks OCDS 1.1 here; `prasasti ocds check` says how. Correct it.",
    id: "Isi melanggar OCDS 1.1 di sini; `prasasti ocds check` menyebut caranya. Perbaiki.",
  },
  "body-says-terms": {
    en: "Only the signed terms say this. Leave it out of the body.",
    id: "Ini hanya dinyatakan oleh ketentuan yang ditandatangani. Hilangkan dari isi.",
  },
  "amount-inexact": {
    en: "An amount or its currency cannot be published exactly: at most about 15 digits, in a currency of ISO 4217.",
    id: "Jumlah atau mata uangnya tidak dapat diterbitkan tepat: paling banyak sekitar 15 angka, mata uang ISO 4217.",
  },
  "date-beyond-calendar": { en: "A date lies beyond the year 9999.", id: "Sebuah tanggal melampaui tahun 9999." },
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
 * @param migration of a row of a wave: what the release says of how it came here
 */
export function compose(
  known: ProcessView | undefined,
  entry: RecordedEntry,
  registry: Registry,
  migration?: Json,
): { release: Json; faults: ComposeFault[]; after: ProcessView } {
  const before = incarnation(known, entry.assigned.wave);
  const faults: ComposeFault[] = [];
  const kind = before?.entries[entry.refersTo]?.kind ?? entry.kind;
  const body = readBody(entry.body, { ...entry, kind });
  if (body !== undefined && "rule" in body) faults.push(body);
  else if (body !== undefined) {
    const composed = new Composer(before, entry, registry, faults).release(body, migration);
    if (composed.error === undefined) return { ...composed, faults };
    faults.length = 0;
    faults.push({ rule: "body-invalid", pointer: composed.error });
  }
  const { release, after } = new Composer(before, entry, registry, faults).release(
    { section: {}, rest: {} },
    migration,
  );
  return { release, after, faults };
}

/** Whether the entry has a body that its wave kept off the chain, and that is not at hand. */
export function isAway(entry: Pick<RecordedEntry, "kind" | "capacity" | "assigned" | "body" | "digest">): boolean {
  return entry.body.length === 0 && isRow(entry) && entry.digest !== EMPTY_DIGEST;
}
const EMPTY_DIGEST = toHex(sha256(new Uint8Array()));

/** Fields of a milestone that terms alone say. */
export const MILESTONE_TERMS = ["accepted", "certified", "advance", "recovered", "withheld", "released"] as const;
/** Fields of a contract that terms and the ledger alone say. */
const CONTRACT_TERMS = [
  ...(["awardID", "value", "status", "dateSigned", "signedBySupplier", "holds"] as const),
  ...(["excess", "exceptions"] as const),
];

const nothing = (names: readonly string[]): Json => Object.fromEntries(names.map((name) => [name, undefined]));
/** The name of a code in its list. */
const nameIn = (list: Readonly<Record<string, number>>, code: number | undefined) =>
  Object.keys(list).find((name) => list[name] === code);
const first = (list: unknown) => (Array.isArray(list) ? list[0] : undefined);
/** A section's field, unless it has nothing to say. */
const field = (name: string, value: unknown): Json => (value === undefined ? {} : { [name]: value });

/** One release in the making: a method a section. */
class Composer {
  readonly #before: ProcessView | undefined;
  readonly #entry: RecordedEntry;
  readonly #registry: Registry;
  readonly #faults: ComposeFault[];
  /** the process with the entry, before its body was heard */
  readonly #state: ProcessView;
  readonly #contract: ContractView | undefined;
  /** the entry that this one names */
  readonly #named: ProcessView["entries"][Hex] | undefined;
  /** the entry that a correction names */
  readonly #corrected: ProcessView["entries"][Hex] | undefined;
  /** the entry's kind, or that of the entry which it corrects */
  readonly #subject: number;
  readonly #id: string;
  /** of the milestone, transaction or amendment that the entry makes: a correction keeps that of the first entry */
  readonly #subjectId: string;
  /** organisations that terms name */
  readonly #used: Set<Hex>;

  constructor(before: ProcessView | undefined, entry: RecordedEntry, registry: Registry, faults: ComposeFault[]) {
    this.#before = before;
    this.#entry = entry;
    this.#registry = registry;
    this.#faults = faults;
    this.#state = afterEntry(before, entry);
    this.#contract = contractIn(this.#state, entry.contractId);
    this.#named = before?.entries[entry.refersTo];
    this.#corrected = entry.kind === Kind.correction ? this.#named : undefined;
    this.#subject = this.#corrected?.kind ?? entry.kind;
    this.#id = `${entry.ocid}-${entry.assigned.processSequence}`;
    this.#subjectId = this.#corrected === undefined ? this.#id : `${entry.ocid}-${originOf(before!, entry.refersTo)}`;
    this.#used = new Set([entry.agency]);
  }

  /** `error`: the place of the first fault against the standard, which can only be the body's. */
  release(
    { section, rest }: Body,
    migration: Json | undefined,
  ): { release: Json; after: ProcessView; error: string | undefined } {
    const { ocid, assigned } = this.#entry;
    const { parties: saidParties, language: saidLanguage, remarks, ...more } = rest;
    const { withdrawals, migration: saidMigration, ...others } = more;
    for (const [name, said] of Object.entries({ withdrawals, migration: saidMigration }))
      if (said !== undefined) this.#faults.push({ rule: "body-says-terms", pointer: `/${name}` });
    const says = typeof saidLanguage === "string" ? { language: saidLanguage } : undefined;
    const sections = this.#sections(section);
    const release: Json & { parties: Json[] } = {
      ocid,
      id: this.#id,
      // one precision for all: a merge orders dates as text, and "…19.001Z" comes before "…19Z"
      date: formatDate(assigned.timeMs, "milliseconds"),
      tag: [tagOf(this.#entry, this.#subject, this.#before, this.#named)],
      initiationType: "tender",
      language: says?.language ?? this.#before?.language ?? "id",
      parties: [],
      buyer: this.#refer(this.#entry.agency),
      ...sections,
      ...others,
      ...field("remarks", this.#remarks(remarks)),
      ...field("withdrawals", this.#withdrawals()),
      ...field("migration", migration && { ...migration, ...(isAway(this.#entry) ? { bodyUnavailable: true } : {}) }),
    };
    const { parties: _, ...bare } = release;
    const { error, references } = inspect(bare);
    const { parties, roles } = partiesOf(references, saidParties, this.#used, this.#state.roles, this.#registry);
    release.parties = parties;
    const tender = isObject(sections.tender) ? { tenderId: String(sections.tender.id) } : {};
    const after = withSaid(this.#state, { roles, ...tender, ...says });
    // the register's own parties are as they must be
    const wrong = error ?? (saidParties === undefined ? undefined : inspect(release).error);
    return { release, after, error: wrong };
  }

  #sections(body: Json): Json {
    switch (this.#subject) {
      case Kind.planning:
        return this.#planning(body);
      case Kind.tender:
        return { tender: this.#tender(body) };
      case Kind.award:
        return { awards: [this.#award(body)] };
      case Kind.withdrawal:
        return this.#withdrawn(this.#named);
      case Kind.note:
        return {};
      default:
        return this.#contract === undefined
          ? {}
          : { ...this.#impliedAward(), contracts: [this.#contractSection(body, this.#contract)] };
    }
  }

  // ---- values

  /** Terms win over the body; a body that says one of their places is named. */
  #over(base: unknown, fields: Json, pointer: string): Json {
    const result = isObject(base) ? { ...base } : {};
    for (const [key, value] of Object.entries(fields)) {
      if (key in result && key !== "id") this.#faults.push({ rule: "body-says-terms", pointer: `${pointer}/${key}` });
      // also where the terms have nothing to say there: the place is theirs
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  }

  #refer(of: Hex): { id: string; name: string } {
    this.#used.add(of);
    const party = this.#registry(of) ?? { id: of, name: of };
    return { id: party.id, name: party.name };
  }

  #money(amount: bigint | undefined, currency: string | undefined): Json | undefined {
    if (amount === undefined || currency === undefined) return undefined;
    try {
      return { amount: fromMinor(amount, currency), currency };
    } catch {
      this.#faults.push({ rule: "amount-inexact", pointer: "" });
      return undefined;
    }
  }

  #date(seconds: number | undefined): string | undefined {
    if (seconds === undefined) return undefined;
    if (seconds <= LAST_SECOND) return fromUnixSeconds(seconds);
    this.#faults.push({ rule: "date-beyond-calendar", pointer: "" });
    return undefined;
  }

  /** A period of which terms hold the ends that are given; undefined where nothing of it is left. */
  #period(given: unknown, ends: Json, pointer: string): Json | undefined {
    const whole = this.#over(given, ends, pointer);
    return Object.keys(whole).length === 0 ? undefined : whole;
  }

  /** Amendments of a section, each tied to the release that it changes, the one at `head`, and to this one. */
  #amendments(given: unknown, head: Hex | undefined, pointer: string): Json[] | undefined {
    if (!Array.isArray(given)) return undefined;
    const last = head === undefined ? undefined : this.#before?.entries[head];
    const amendsReleaseID = last === undefined ? undefined : `${this.#entry.ocid}-${last.sequence}`;
    return given.map((each, at) => this.#over(each, { amendsReleaseID, releaseID: this.#id }, `${pointer}/${at}`));
  }

  // ---- sections

  #planning({ budget: given, ...body }: Json): Json {
    const { value, currency } = this.#entry.terms;
    const budget = this.#over(given, { amount: this.#money(value, currency) }, "/planning/budget");
    const planning = { ...body, ...(Object.keys(budget).length === 0 ? {} : { budget }) };
    return Object.keys(planning).length === 0 ? {} : { planning };
  }

  #tender({ tenderPeriod, procuringEntity, amendments, ...body }: Json): Json {
    const { terms, ocid, agency } = this.#entry;
    const cancelled = terms.code === StageCode.cancelled;
    const fields: Json = {
      id: typeof body.id === "string" ? body.id : (this.#before?.tender?.id ?? ocid),
      value: this.#money(terms.value, terms.currency),
      ...(cancelled || body.status === "cancelled" ? { status: cancelled ? "cancelled" : undefined } : {}),
    };
    // a start that has not come is a plan, which only the body can tell
    const starts = terms.on === undefined ? {} : { startDate: this.#date(terms.on) };
    const ends = { ...starts, endDate: this.#date(terms.until) };
    return {
      ...this.#over(body, fields, "/tender"),
      ...field("tenderPeriod", this.#period(tenderPeriod, ends, "/tender/tenderPeriod")),
      ...field("amendments", this.#amendments(amendments, this.#before?.tender?.head, "/tender/amendments")),
      procuringEntity: isObject(procuringEntity) ? procuringEntity : this.#refer(agency),
    };
  }

  #award({ status: said, amendments, ...body }: Json): Json {
    const { terms, awardId } = this.#entry;
    const award = awardIn(this.#state, awardId);
    const party = award === undefined ? terms.party : award.party;
    // decided, but not in force: the only other status that the rules leave open
    const status = terms.code === StageCode.cancelled ? "cancelled" : said === "pending" ? "pending" : "active";
    if (said !== undefined && said !== status) {
      this.#faults.push({ rule: "body-says-terms", pointer: "/awards/0/status" });
    }
    const fields: Json = {
      id: awardId,
      status,
      // in force: a correction moves by as much as it corrects what was updated since
      value: terms.value === undefined ? undefined : this.#money(BigInt(award?.value ?? terms.value), terms.currency),
      date: this.#date(terms.on),
      suppliers: terms.party === undefined || party === undefined ? undefined : [this.#refer(party)],
    };
    return {
      ...this.#over(body, fields, "/awards/0"),
      ...field(
        "amendments",
        this.#amendments(amendments, awardIn(this.#before, awardId)?.head, "/awards/0/amendments"),
      ),
    };
  }

  /** What stood in the section of a withdrawn entry is taken back. */
  #withdrawn(target: ProcessView["entries"][Hex] | undefined): Json {
    const { ocid, awardId } = this.#entry;
    const begun = target?.terms.code === StageCode.new;
    if (target?.kind === Kind.planning) {
      const said = begun && target.terms.value !== undefined;
      return said ? { planning: { budget: { amount: { amount: null, currency: null } } } } : {};
    }
    if (target?.kind === Kind.tender) {
      const id = this.#before?.tender?.id ?? ocid;
      return {
        tender: { id, status: begun ? "withdrawn" : "active", procuringEntity: this.#refer(this.#entry.agency) },
      };
    }
    if (target?.kind === Kind.award) return { awards: [{ id: awardId, status: begun ? "cancelled" : "active" }] };
    const contract = this.#contract;
    if (target?.kind !== Kind.implementation || contract === undefined) return {};
    const id = `${ocid}-${originOf(this.#before!, this.#entry.refersTo)}`;
    const starts = target.terms.code === ImplementationCode.spmk;
    return {
      contracts: [
        {
          id: contract.id,
          awardID: contract.awardId ?? contract.id,
          ...(starts ? { status: publishedStatus(contract.status) } : {}),
          implementation: { milestones: [{ id, status: "notMet", dateMet: null }] },
        },
      ],
    };
  }

  /** A remark is the entry's own: the reason it gives, or all that a note says. */
  #remarks(said: unknown): Json[] | undefined {
    const { kind, ocid, terms } = this.#entry;
    const [given, more] = Array.isArray(said) ? said : [];
    if (more !== undefined || (said !== undefined && !isObject(given))) {
      this.#faults.push({ rule: "body-says-terms", pointer: "/remarks" });
    }
    const isNote = kind === Kind.note;
    const takesBack = kind === Kind.withdrawal && this.#named?.kind === Kind.note;
    const marked = takesBack ? [{ id: `${ocid}-${this.#named!.sequence}`, withdrawn: true }] : [];
    if (!isNote && !isObject(given)) return takesBack ? marked : undefined;
    const on = isNote && this.#named !== undefined ? `${ocid}-${this.#named.sequence}` : undefined;
    const own = { id: this.#id, date: isNote ? this.#date(terms.on) : undefined, relatedRelease: on };
    const remark = this.#over(given, own, "/remarks/0");
    return [...marked, remark];
  }

  #withdrawals(): Json[] | undefined {
    if (this.#entry.kind !== Kind.withdrawal || this.#named === undefined) return undefined;
    return [{ id: `${this.#entry.ocid}-${this.#named.sequence}`, releaseID: this.#id }];
  }

  get #begins(): boolean {
    return this.#subject === Kind.contract || this.#subject === Kind.opening;
  }

  /** A contract without an award of its own implies one: OCDS keeps the supplier there. */
  #impliedAward(): Json {
    const contract = this.#contract!;
    if (!this.#begins || contract.awardId !== undefined) return {};
    const award: Json = { id: contract.id, status: "active" };
    Object.assign(award, field("value", this.#money(BigInt(contract.value), contract.currency)));
    if (contract.party !== undefined) award.suppliers = [this.#refer(contract.party)];
    return { awards: [award] };
  }

  #contractSection({ period, amendments, implementation, guarantees, ...body }: Json, contract: ContractView): Json {
    const { terms } = this.#entry;
    const subject = this.#subject;
    const at = "/contracts/0";
    const fields: Json = { ...nothing(CONTRACT_TERMS), id: contract.id, awardID: contract.awardId ?? contract.id };
    if (this.#begins || (subject === Kind.amendment && terms.value !== undefined)) {
      fields.value = this.#money(BigInt(contract.value), contract.currency);
    }
    // 0 in an opening: the day of signing is not known
    if (this.#begins) fields.dateSigned = this.#date(terms.on || undefined);
    const starts = subject === Kind.implementation && terms.code === ImplementationCode.spmk;
    if (this.#begins || subject === Kind.status || starts) fields.status = publishedStatus(contract.status);
    const was = contractIn(this.#before, contract.id);
    if ((was?.supplierSigned ?? false) !== contract.supplierSigned) fields.signedBySupplier = contract.supplierSigned;
    if (subject === Kind.hold) fields.holds = [this.#holdOf()];
    if (contract.excess !== (was?.excess ?? "0"))
      fields.excess = this.#money(BigInt(contract.excess), contract.currency);
    if (contract.exceptions !== (was?.exceptions ?? 0)) fields.exceptions = marksIn(contract.exceptions);
    // what a correction leaves as it was may have been amended since
    const setsEnd = (this.#begins || subject === Kind.amendment) && terms.until !== this.#corrected?.terms.until;
    const endDate = setsEnd ? this.#date(terms.until) : undefined;
    const isTold = [period, amendments, implementation, ...Object.entries(body)].some(
      (each) => each !== undefined && !(Array.isArray(each) && each[0] === "id"),
    );
    return {
      ...this.#over(body, fields, at),
      ...field("period", this.#period(period, { endDate }, `${at}/period`)),
      ...field("amendments", this.#contractAmendments(amendments, contract, `${at}/amendments`)),
      ...field("implementation", this.#implementation(implementation, isTold, contract, `${at}/implementation`)),
      ...field("guarantees", this.#guarantees(guarantees, contract, `${at}/guarantees`)),
    };
  }

  /** Of each capacity one hold, as it stands. */
  #holdOf(): Json {
    const { terms, capacity } = this.#entry;
    const held = terms.code === HoldCode.held;
    const on = this.#date(terms.on);
    // without an end, one that an earlier hold had is gone
    const period = held ? { startDate: on, endDate: this.#date(terms.until) ?? null } : { endDate: on };
    return { id: nameIn(Role, capacity), status: nameIn(HoldCode, terms.code), period };
  }

  /** The guarantee of the entry, as it stands after it. */
  #guarantees(told: unknown, contract: ContractView, pointer: string): unknown {
    if (this.#subject !== Kind.guarantee) return told;
    const { terms, ocid, leaf } = this.#entry;
    const anchor = this.#state.entries[leaf]?.anchor ?? leaf;
    const guarantee = contract.guarantees[anchor];
    if (guarantee === undefined) return undefined;
    const [given, ...more] = Array.isArray(told) ? told : [];
    if (more.length > 0) this.#faults.push({ rule: "body-says-terms", pointer: `${pointer}/1` });
    const { period, ...said } = isObject(given) ? given : {};
    const posted = terms.code! % 10 === GuaranteeAction.posted;
    const ends = { ...(posted ? { startDate: this.#date(terms.on) } : {}), endDate: this.#date(guarantee.until) };
    const own = {
      id: `${ocid}-${this.#state.entries[anchor]!.sequence}`,
      obligations: obligations[guarantee.type],
      status: nameIn(GuaranteeAction, terms.code! % 10),
      value: this.#money(BigInt(guarantee.amount), contract.currency),
      ...(posted ? { date: this.#date(terms.on) } : {}),
      period: this.#period(period, ends, `${pointer}/0/period`),
    };
    return [this.#over(said, own, `${pointer}/0`)];
  }

  #contractAmendments(told: unknown, { id }: ContractView, pointer: string): Json[] | undefined {
    const { terms } = this.#entry;
    // a correction tells of the amendment itself only where it corrects its date
    const dated = this.#subject === Kind.amendment && terms.on !== this.#corrected?.terms.on;
    const [given, ...more] = Array.isArray(told) ? told : [];
    // the first amendment of the body is the one that the entry makes
    const own = {
      date: this.#date(terms.on),
      ...(isObject(given) && given.id !== undefined ? {} : { id: this.#subjectId }),
    };
    const made = dated ? [this.#over(given, own, `${pointer}/0`), ...more] : told;
    return this.#amendments(made, contractIn(this.#before, id)?.termsHead, pointer);
  }

  /** Progress and payments: what the body adds beside the milestone or transaction that the entry makes. */
  #implementation(said: unknown, isTold: boolean, contract: ContractView, pointer: string): Json | undefined {
    const { milestones, transactions, ...body } = isObject(said) ? said : {};
    const most = this.#subject === Kind.payment || this.#subject === Kind.return ? 1 : 0;
    if (transactions !== undefined && (!Array.isArray(transactions) || transactions.length > most)) {
      this.#faults.push({ rule: "body-says-terms", pointer: `${pointer}/transactions/${most}` });
    }
    const told = Array.isArray(milestones)
      ? milestones.map((each, at) => this.#over(each, nothing(MILESTONE_TERMS), `${pointer}/milestones/${at}`))
      : milestones;
    // a report says in its body what it reports
    const reports = this.#subject === Kind.implementation && this.#entry.terms.code === ImplementationCode.report;
    const milestone = reports && isTold ? undefined : this.#milestone();
    const transaction = this.#transaction(contract);
    const whole: Json = {
      ...body,
      ...field("milestones", told),
      // the first milestone of the body belongs to the one that the entry itself makes; others stand beside it
      ...(milestone && {
        milestones: [
          this.#over(first(told), milestone, `${pointer}/milestones/0`),
          ...(Array.isArray(told) ? told.slice(1) : []),
        ],
      }),
      ...(transaction && {
        transactions: [this.#over(first(transactions), transaction, `${pointer}/transactions/0`)],
      }),
    };
    return Object.keys(whole).length === 0 ? undefined : whole;
  }

  /** The milestone that an implementation or a certificate makes. Its id comes from the entry, so it is unique. */
  #milestone(): Json | undefined {
    const { terms } = this.#entry;
    const currency = terms.currency ?? this.#contract?.currency;
    const met = { id: this.#subjectId, status: "met", dateMet: this.#date(terms.on) };
    if (this.#subject === Kind.implementation) {
      const accepts = ACCEPTING_CODES.has(terms.code ?? 0);
      return {
        ...met,
        title: titles[terms.code ?? 0] ?? "Laporan",
        type: "delivery",
        ...(accepts ? { accepted: this.#money(terms.amount, currency) } : {}),
      };
    }
    if (this.#subject !== Kind.certificate) return undefined;
    const amounts = MILESTONE_TERMS.filter((name) => name !== "accepted").map((name) => [
      name,
      this.#money(terms[name === "certified" ? "amount" : name], currency),
    ]);
    return { ...met, title: "Berita Acara Pembayaran", type: "payment", ...Object.fromEntries(amounts) };
  }

  /** A payment, or with a negative amount what came back of one. */
  #transaction({ currency, party }: ContractView): Json | undefined {
    const returns = this.#subject === Kind.return;
    if (this.#subject !== Kind.payment && !returns) return undefined;
    const { terms, ocid, leaf, assigned } = this.#entry;
    const amount = returns && terms.amount !== undefined ? -terms.amount : terms.amount;
    const payment = this.#state.entries[this.#state.entries[leaf]?.anchor ?? NO_ID];
    const marks = marksIn(assigned.exceptions);
    return {
      id: this.#subjectId,
      date: this.#date(terms.on),
      value: this.#money(amount, terms.currency ?? currency),
      exceptions: marks.length > 0 ? marks : undefined,
      returns: returns && payment !== undefined ? `${ocid}-${payment.sequence}` : undefined,
      returnType: returns ? nameIn(ReturnCode, terms.code) : undefined,
      ...(terms.issuer === undefined ? {} : { payer: this.#refer(terms.issuer) }),
      ...(party === undefined ? {} : { payee: this.#refer(party) }),
    };
  }
}

/** The process sequence of the entry that a chain of corrections began with. */
function originOf(view: ProcessView, leaf: Hex): number {
  const before = Object.entries(view.entries).find(([, { by }]) => by === leaf);
  return before === undefined ? (view.entries[leaf]?.sequence ?? 0) : originOf(view, before[0] as Hex);
}

function tagOf(
  entry: RecordedEntry,
  subject: number,
  before: ProcessView | undefined,
  named: ProcessView["entries"][Hex] | undefined,
): string {
  const { code } = entry.terms;
  const correction = entry.kind === Kind.correction;
  const ends = entry.kind === Kind.withdrawal && named?.terms.code === StageCode.new;
  if (subject === Kind.withdrawal && named?.kind === Kind.tender) return ends ? "tenderCancellation" : "tenderUpdate";
  if (subject === Kind.withdrawal && named?.kind === Kind.award) return ends ? "awardCancellation" : "awardUpdate";
  if (subject === Kind.withdrawal && named?.kind === Kind.implementation) return "implementationUpdate";
  if (subject === Kind.withdrawal || subject === Kind.note) {
    if (entry.contractId !== "") return "contractUpdate";
    return entry.awardId !== "" ? "awardUpdate" : before?.tender !== undefined ? "tenderUpdate" : "planningUpdate";
  }
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
      : awardIn(before, entry.awardId) === undefined
        ? "award"
        : "awardUpdate";
  }
  if (subject === Kind.amendment) return correction ? "contractUpdate" : "contractAmendment";
  if (IMPLEMENTS.has(subject)) {
    const known = Object.values(before?.entries ?? {}).some(({ kind }) => IMPLEMENTS.has(kind));
    return known ? "implementationUpdate" : "implementation";
  }
  if (subject === Kind.status) return (code ?? 0) >= 2 && (code ?? 0) <= 5 ? "contractTermination" : "contractUpdate";
  if (entry.contractId === "") return "planning";
  return correction || !BEGINS.has(subject) ? "contractUpdate" : "contract";
}

const IMPLEMENTS: ReadonlySet<number> = new Set([Kind.implementation, Kind.certificate, Kind.payment, Kind.return]);
const BEGINS: ReadonlySet<number> = new Set([Kind.contract, Kind.opening]);
