import {
  type ExceptionName,
  ImplementationCode,
  Kind,
  marksIn,
  ReturnCode,
  Role,
  type RoleName,
} from "../entries/kinds.ts";
import { codeInWords, markInWords, roleInWords } from "../entries/telling.ts";
import type { Hex } from "../entries/words.ts";
import { isObject, type Json } from "../ocds/check-fields.ts";
import type { Words } from "../problems.ts";
import type { ContractState, ProcessView } from "../projection/process-view.ts";
import { fineOf, retentionKept } from "./certificate-calculator.ts";
import { addDays, type Day, dayAt, dayOf, daysBetween } from "./civil-days.ts";
import type { Conditions } from "./conditions.ts";
import { type ContractStory, contractOf, documentNumbers, payableOf, storyOf, type True } from "./contract-story.ts";
import { above } from "./exact.ts";
import { type Finding, finding, sentence } from "./finding.ts";
import { type GuaranteeLine, guaranteeFindings, guaranteeNames, guaranteesOf } from "./guarantee-register.ts";
import type { RuleBook } from "./rule-table.ts";

type Amendment = {
  sequence: number;
  on: Day;
  reasons: Words;
  value?: { before: string; after: string };
  until?: { before?: Day; after: Day };
};
type Work = { sequence: number; on: Day; what: Words; accepted?: string };
type CertificateRow = {
  sequence: number;
  number?: string;
  on: Day;
  gross: string;
  advance: string;
  recovered: string;
  withheld: string;
  released: string;
  net: string;
  /** gross of all certificates up to this one */
  cumulative: string;
};
type Payment = { sequence: number; number?: string; on: Day; amount: string; what: Words; cumulative: string };
/** What comes next: until when, who, what. */
type Next = { by?: Day; who: Words; what: Words };

/**
 * The control card of a contract (kartu kendali): all that stands of it on one page, and what is due next and by whom.
 * Amounts as decimal text of minor units, days in the contract's zone.
 */
export type ControlCard = {
  readonly ocid: string;
  readonly contractId: string;
  readonly title?: string;
  readonly agency: { readonly id: Hex; readonly name: string };
  readonly supplier?: { readonly id: Hex; readonly name: string };
  readonly status: ContractState;
  readonly currency: string;
  /** the day that it speaks of, and how many entries of the process it has seen */
  readonly on: Day;
  readonly entries: number;
  readonly terms: {
    readonly firstValue: string;
    readonly value: string;
    readonly scopeValue: string;
    readonly signedOn?: Day;
    readonly dueOn?: Day;
    readonly chanceUntil?: Day;
    readonly doneOn?: Day;
    readonly signedBySupplier: boolean;
  };
  readonly conditions: Conditions;
  readonly amendments: readonly Amendment[];
  readonly guarantees: readonly GuaranteeLine[];
  readonly work: readonly Work[];
  readonly certificates: readonly CertificateRow[];
  readonly payments: readonly Payment[];
  readonly balance: {
    readonly accepted: string;
    readonly certified: string;
    readonly paid: string;
    readonly excess: string;
    /** of the advance, not yet taken back */
    readonly advance: string;
    readonly retention: string;
    /** of the value, not yet accepted, certified and paid */
    readonly toAccept: string;
    readonly toCertify: string;
    /** what certificates let be paid and is not */
    readonly toPay: string;
  };
  /** fines by now: `running` while the work is late and not handed over */
  readonly fine: {
    readonly days: number;
    readonly paused: number;
    readonly fine: string;
    readonly taken: string;
    readonly running: boolean;
  };
  readonly holds: readonly { by: Words; until?: Day }[];
  readonly marks: readonly { mark: ExceptionName; words: Words }[];
  readonly next: readonly Next[];
  readonly findings: readonly Finding[];
};

/** Names of organisations, as the registry has them. */
type NameOf = (id: Hex) => string;

/** The card of a contract as it stands at a moment; undefined where the process has no such contract. */
export function controlCard(
  process: ProcessView,
  contractId: string,
  compiled: Json | undefined,
  { nowMs, nameOf, ruleOn }: { nowMs: number; nameOf: NameOf; ruleOn?: RuleBook | undefined },
): ControlCard | undefined {
  const first = storyOf(process, contractId, compiled, dayAt(nowMs, "WIB"), ruleOn);
  if (first === undefined) return undefined;
  const today = dayAt(nowMs, first.conditions.zone);
  const story = storyOf(process, contractId, compiled, today, ruleOn)!;
  const { contract, conditions, truths, deadline, doneOn, signedOn, kept } = story;
  const published = contractOf(compiled, contractId);
  const number = documentNumbers(published, process.ocid);
  const certificates = certificateRows(story, number);
  const payments = paymentRows(story, number);
  const value = BigInt(contract.value);
  const payable = certificates.reduce((sum, { net }) => sum + BigInt(net), 0n);
  const late = fineOf(story, today);
  const running = late !== undefined && late.days + late.paused > 0 && doneOn === undefined && isOpen(contract.status);
  const title = titleOf(compiled, published);
  const guarantees = guaranteesOf(story, today);
  const chanceUntil = deadline?.chanceUntil;
  return {
    ocid: process.ocid,
    contractId,
    ...(title === undefined ? {} : { title }),
    agency: { id: process.agency, name: nameOf(process.agency) },
    ...(contract.party === undefined ? {} : { supplier: { id: contract.party, name: nameOf(contract.party) } }),
    ...{ status: contract.status, currency: contract.currency, on: today, entries: process.count },
    terms: {
      ...{ firstValue: contract.firstValue, value: contract.value, scopeValue: contract.scopeValue },
      ...(contract.on === undefined ? {} : { signedOn }),
      ...(deadline === undefined ? {} : { dueOn: deadline.dueOn }),
      ...(chanceUntil === undefined ? {} : { chanceUntil }),
      ...(doneOn === undefined ? {} : { doneOn }),
      signedBySupplier: contract.supplierSigned,
    },
    conditions,
    amendments: amendmentRows(story),
    guarantees,
    work: truths.filter(({ kind }) => kind === Kind.implementation).map((entry) => workRow(entry, story)),
    certificates,
    payments,
    balance: {
      ...{ accepted: contract.accepted, certified: contract.certified, paid: contract.paid, excess: contract.excess },
      advance: String(above(BigInt(contract.advance), BigInt(contract.recovered))),
      retention: String(above(retentionKept(story), BigInt(contract.released))),
      toAccept: String(above(value, BigInt(contract.accepted))),
      toCertify: String(above(value, BigInt(contract.certified))),
      toPay: String(above(payable, BigInt(contract.paid))),
    },
    fine: {
      ...{ days: late?.days ?? 0, paused: late?.paused ?? 0, fine: String(late?.fine ?? 0n) },
      ...{ taken: String(kept.fines), running },
    },
    holds: Object.entries(contract.holds).map(([by, { until }]) => ({
      by: roleWords(Role[by as RoleName]),
      ...(until === undefined ? {} : { until: dayOf(until, conditions.zone) }),
    })),
    marks: marksIn(contract.exceptions).map((mark) => ({
      mark,
      words: { en: markInWords(mark, "en"), id: markInWords(mark, "id") },
    })),
    next: nextOf(story, { guarantees, payable, running }),
    findings: [...cardFindings(story, today, late?.fine ?? 0n), ...guaranteeFindings(story, today)],
  };
}

const isOpen = (status: ContractState) => status === "pending" || status === "active";
const roleWords = (role: number): Words => ({ en: roleInWords(role, "en"), id: roleInWords(role, "id") });
const codeWords = (kind: number, code: number | undefined): Words => ({
  en: codeInWords(kind, code, "en"),
  id: codeInWords(kind, code, "id"),
});

function titleOf(compiled: Json | undefined, published: Json | undefined): string | undefined {
  const tender = isObject(compiled?.tender) ? compiled.tender : {};
  return [published?.title, tender.title].find((each): each is string => typeof each === "string" && each !== "");
}

const numbered = (number: string | undefined) => (number === undefined ? {} : { number });

function certificateRows({ truths, conditions }: ContractStory, number: (sequence: number) => string | undefined) {
  let cumulative = 0n;
  return truths
    .filter(({ kind }) => kind === Kind.certificate)
    .map(({ sequence, terms }): CertificateRow => {
      const { amount = 0n, advance = 0n, recovered = 0n, withheld = 0n, released = 0n, on = 0 } = terms;
      cumulative += amount;
      return {
        ...{ sequence, ...numbered(number(sequence)), on: dayOf(on, conditions.zone) },
        ...{ gross: String(amount), advance: String(advance), recovered: String(recovered) },
        ...{ withheld: String(withheld), released: String(released) },
        net: String(payableOf(terms)),
        cumulative: String(cumulative),
      };
    });
}

function paymentRows({ truths, conditions }: ContractStory, number: (sequence: number) => string | undefined) {
  let cumulative = 0n;
  return truths
    .filter(({ kind }) => kind === Kind.payment || kind === Kind.return)
    .map(({ kind, sequence, terms }): Payment => {
      const { amount = 0n, on = 0, code } = terms;
      const signed = kind === Kind.payment ? amount : -amount;
      cumulative += signed;
      const returned = Object.values(ReturnCode).includes(code as never) ? codeWords(Kind.return, code) : noWords;
      return {
        ...{ sequence, ...numbered(number(sequence)), on: dayOf(on, conditions.zone), amount: String(signed) },
        what: kind === Kind.payment ? { en: "payment", id: "pembayaran" } : returned,
        cumulative: String(cumulative),
      };
    });
}
const noWords: Words = { en: "return", id: "pengembalian" };

function workRow({ sequence, terms }: True, { conditions }: ContractStory): Work {
  const { code, on = 0, amount } = terms;
  return {
    ...{ sequence, on: dayOf(on, conditions.zone), what: codeWords(Kind.implementation, code) },
    ...(amount === undefined ? {} : { accepted: String(amount) }),
  };
}

/** Each amendment beside what stood before it. */
function amendmentRows({ truths, conditions, contract }: ContractStory): Amendment[] {
  let value = BigInt(contract.firstValue);
  let until: Day | undefined;
  const rows: Amendment[] = [];
  for (const { kind, sequence, terms } of truths) {
    const end = terms.until === undefined ? undefined : dayOf(terms.until, conditions.zone);
    if (kind === Kind.contract || kind === Kind.opening) until = end ?? until;
    if (kind !== Kind.amendment) continue;
    rows.push({
      ...{ sequence, on: dayOf(terms.on ?? 0, conditions.zone), reasons: codeWords(kind, terms.code) },
      ...(terms.value === undefined ? {} : { value: { before: String(value), after: String(terms.value) } }),
      ...(end === undefined ? {} : { until: { ...(until === undefined ? {} : { before: until }), after: end } }),
    });
    value = terms.value ?? value;
    until = end ?? until;
  }
  return rows;
}

/** What the rules say of the contract as it stands, beside its guarantees. */
function cardFindings(story: ContractStory, today: Day, fine: bigint): Finding[] {
  const { contract, deadline, signedOn, kept, doneOn } = story;
  const found: Finding[] = [];
  const open = above(fine, kept.fines);
  if (open > 0n && deadline !== undefined && contract.status !== "closed") {
    found.push(
      finding(
        story.ruleOn("late-fine", signedOn),
        sentence(
          contract.currency,
          (money, day) =>
            `Late since ${day(deadline.dueOn)}: ${money(open)} of the fine are not taken${doneOn === undefined ? ", and it runs on" : ""}.`,
          (money, day) =>
            `Terlambat sejak ${day(deadline.dueOn)}: denda ${money(open)} belum dipungut${doneOn === undefined ? " dan terus berjalan" : ""}.`,
        ),
        { fine: open, dueOn: deadline.dueOn },
      ),
    );
  }
  const last = deadline?.chanceUntil ?? deadline?.dueOn;
  const { parameters, ...more } = story.ruleOn("more-time", signedOn);
  if (contract.status === "active" && doneOn === undefined && last !== undefined && today > last) {
    const days = daysBetween(last, today);
    found.push(
      finding(
        more,
        sentence(
          contract.currency,
          (_, day) =>
            `The contract's time ended on ${day(last)}, ${days} days ago; no extra time covers it (up to ${parameters.days} days may).`,
          (_, day) =>
            `Waktu kontrak berakhir ${day(last)}, ${days} hari lalu; tidak ada pemberian kesempatan (paling lama ${parameters.days} hari).`,
        ),
        { end: last, days },
      ),
    );
  }
  return found;
}

/** What is due next, and by whom: in the order of days, what has none last. */
function nextOf(
  story: ContractStory,
  { guarantees, payable, running }: { guarantees: readonly GuaranteeLine[]; payable: bigint; running: boolean },
): Next[] {
  const { contract, deadline, doneOn, truths, conditions, signedOn } = story;
  const { status } = contract;
  const [officer, approver, treasurer] = [Role.officer, Role.approver, Role.treasurer].map(roleWords) as [
    Words,
    Words,
    Words,
  ];
  const supplier = roleWords(Role.supplier);
  const next: Next[] = [];
  const say = (who: Words, en: string, id: string, by?: Day) =>
    next.push({ who, what: { en, id }, ...(by === undefined ? {} : { by }) });
  const has = (code: number) => truths.some(({ kind, terms }) => kind === Kind.implementation && terms.code === code);
  if (status === "cancelled" || status === "recordedInError") return [];
  if (!contract.supplierSigned && contract.party !== undefined && isOpen(status))
    say(supplier, "sign the terms as they stand", "menandatangani ketentuan yang berlaku");
  if (status === "pending") {
    const { startWorkingDays } = story.ruleOn("late-signing", signedOn).parameters;
    // working days without a week's ends
    const by = contract.on === undefined ? undefined : afterWorkingDays(signedOn, startWorkingDays);
    say(officer, "order to start (SPMK)", "menerbitkan SPMK", by);
  }
  if (status === "active" && doneOn === undefined) {
    const end = deadline?.chanceUntil ?? deadline?.dueOn;
    if (running && deadline?.chanceUntil === undefined)
      say(
        officer,
        "give extra time by an amendment, or break the contract",
        "memberi kesempatan melalui adendum, atau memutus kontrak",
      );
    say(supplier, "finish and hand over the work (PHO)", "menyelesaikan dan menyerahkan pekerjaan (PHO)", end);
  }
  const open = above(BigInt(contract.accepted), BigInt(contract.certified));
  if (open > 0n && status !== "closed")
    say(officer, "certify accepted work (BAP)", "membuat berita acara pembayaran (BAP)");
  if (above(payable, BigInt(contract.paid)) > 0n)
    say(treasurer, "pay what is certified", "membayar yang sudah disahkan");
  if (BigInt(contract.excess) > 0n) {
    say(
      treasurer,
      "record what comes back of what is paid above the value",
      "mencatat pengembalian kelebihan pembayaran",
    );
    say(
      approver,
      "approve an amendment of the value, where the excess is owed",
      "menyetujui adendum nilai, bila kelebihan itu memang terutang",
    );
  }
  for (const { type, until, alarm } of guarantees) {
    if (alarm === undefined) continue;
    const [en, id] = guaranteeNames[type];
    say(
      officer,
      `have the ${en} extended, or call it`,
      `meminta perpanjangan atau mencairkan ${id.toLowerCase()}`,
      until,
    );
  }
  if (
    doneOn !== undefined &&
    !has(ImplementationCode.fho) &&
    conditions.maintenanceUntil !== undefined &&
    status !== "closed"
  )
    say(officer, "final hand-over (FHO)", "serah terima akhir (FHO)", conditions.maintenanceUntil);
  const retention = above(retentionKept(story), BigInt(contract.released));
  if (retention > 0n && has(ImplementationCode.fho)) say(officer, "release the retention", "melepas retensi");
  if (doneOn !== undefined && status === "active")
    say(officer, "record the contract as completed", "mencatat kontrak selesai");
  return next.sort((a, b) => ((a.by ?? "9999") < (b.by ?? "9999") ? -1 : (a.by ?? "9999") > (b.by ?? "9999") ? 1 : 0));
}

function afterWorkingDays(from: Day, days: number): Day {
  let day = from;
  for (let left = days; left > 0; ) {
    day = addDays(day, 1);
    const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
    if (weekday !== 0 && weekday !== 6) left--;
  }
  return day;
}
