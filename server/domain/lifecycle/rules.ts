import { keccak256 } from "#hash";
import { hashText, packBalances, presentOf, type Terms } from "../entries/entry.ts";
import {
  ACCEPTING_CODES,
  AmendmentMask,
  CORRECTABLE,
  ContractForm,
  ContractStatus,
  correctionTermsRule,
  Exception,
  type ExceptionName,
  GuaranteeAction,
  GuaranteeType,
  HoldCode,
  ImplementationCode,
  KIND_RULES,
  Kind,
  kindName,
  ReturnCode,
  Role,
  StageCode,
  StatusCode,
  TERM_NAMES,
  type TermName,
  termsRule,
} from "../entries/kinds.ts";
import { type Hex, NO_ID, toHex } from "../entries/words.ts";
import { codeOf, type LedgerProblem, type Refusal } from "../problems.ts";
import {
  type Act,
  type Approvals,
  type AwardState,
  type ContractState,
  type Document,
  type Facts,
  FOR_EVER,
  NO_DOCUMENT,
  PARENT_APPROVER,
  type Situation,
} from "./situation.ts";

/**
 * The rules of a contract's life (DESIGN 5.5) as they are looked at before signing. contracts/Rules.sol is the judge;
 * test/contracts/lives.slow.test.ts holds both to the same verdict, value by value. The order of the checks is part of
 * the rules: the first that fails is the one that is told.
 *
 * Reading order: what is asked of every entry, sections, the contract, what is done and paid, who signs and holds,
 * corrections and withdrawals, what several of them share.
 */

const DAY = 86_400;
const LATE = 30 * DAY;
/** the last second of the year 9999: later ends have no date */
const LAST_SECOND = 253_402_300_799;
const MAX_AMOUNT = (1n << 128n) - 1n;
const UNKNOWN = 0;
const { pending, active, completed, stopped, broken, closed, cancelled, recordedInError } = ContractStatus;

/** Refused with a code of the ledger and its two values; or what the entry leaves behind. */
export type Verdict = { refusal: Refusal } | Outcome;
export type Outcome = {
  refusal?: undefined;
  after: Situation;
  /** its marks: exceptions that an approver signed for, and what is found by itself */
  exceptions: number;
  /** how far what was paid stands above the contract's value */
  excess: bigint;
};

/** All that the ledger asks of an entry but signatures and offices: its place, its reference, its basis, the rules. */
export function judge(situation: Situation, act: Act, facts: Facts): Verdict {
  const refusal = misplaced(situation, act, facts.approvals.found);
  return refusal === undefined ? step(situation, act, facts) : { refusal };
}

/** What `Rules.step` decides. */
export function step(situation: Situation, act: Act, facts: Facts): Verdict {
  return new Judgement(situation, act, facts).verdict();
}

/** What an entry needs beside its maker's signature, and what comes of it when all that signed. */
export type Foreseen = {
  verdict: Verdict;
  /** `Role`s, or `PARENT_APPROVER` */
  second: readonly number[];
  /** exceptions that an approver names in his signature */
  exceptions: number;
};

/** Judges with more and more signatures, until the rules are content or refuse whoever signs. */
export function foreseeVerdict(situation: Situation, act: Act, facts: Omit<Facts, "approvals">): Foreseen {
  const second = new Set<number>();
  let exceptions = 0;
  for (;;) {
    const approvals = {
      approver: second.has(Role.approver),
      parentApprover: second.has(PARENT_APPROVER),
      supplier: second.has(Role.supplier),
      exceptions,
    };
    const verdict = judge(situation, act, { ...facts, approvals });
    const { code = 0, a = 0n } = verdict.refusal ?? {};
    const exception = SIGNABLE.get(code);
    const role = exception !== undefined ? Role.approver : code === codeOf("second-needed") ? Number(a) : undefined;
    const isNew = role !== undefined && !second.has(role);
    if (!isNew && (exception === undefined || (exceptions & exception) !== 0)) {
      // an approver from above signs for the agency's own too
      if (second.has(PARENT_APPROVER)) second.delete(Role.approver);
      return { verdict, second: [...second], exceptions };
    }
    second.add(role!);
    exceptions |= exception ?? 0;
  }
}

/** The ledger's number of the refusal that stands where an approver did not sign this exception. */
export function codeOfException(name: ExceptionName): number {
  return [...SIGNABLE].find(([, bit]) => bit === Exception[name])?.[0] ?? 0;
}

/** Refusals that an approver can lift by naming the exception. */
const SIGNABLE: ReadonlyMap<number, number> = new Map([
  [codeOf("scope-above-cap"), Exception.scopeAboveCap],
  [codeOf("value-below-certified"), Exception.valueBelowCertified],
  [codeOf("accepted-above-value"), Exception.acceptedAboveValue],
  [codeOf("certified-above-value"), Exception.certifiedAboveValue],
  [codeOf("certified-above-accepted"), Exception.certifiedAboveAccepted],
]);

/**
 * The situation after an entry that the ledger has accepted: what was decided stands, whatever is thought of it here.
 * @param leaf its place in the log
 * @param supplier whether the supplier signed it beside its maker
 */
export function follow(situation: Situation, act: Act, leaf: Hex, supplier: boolean): Situation {
  const { after } = new Judgement(situation, act, { ...ALL_GRANTED, approvals: { ...GRANTED, supplier } });
  const subject = subjectOf(situation, act);
  const { contract } = after;
  if (subject === Kind.planning) after.planning = { ...after.planning, head: leaf };
  else if (subject === Kind.tender) after.tender = { ...after.tender, head: leaf };
  else if (subject === Kind.award && after.award !== undefined) after.award = { ...after.award, head: leaf };
  else if (contract !== undefined) {
    const target = act.kind === Kind.withdrawal ? subject : act.kind;
    if (SETS_TERMS.has(act.kind)) contract.termsHead = leaf;
    if (SETS_TERMS.has(act.kind) || SETS_EXECUTION.has(target)) contract.executionHead = leaf;
  }
  if (after.guarantee?.posting === NO_ID) after.guarantee = { ...after.guarantee, posting: leaf };
  if (after.named !== undefined && SUPERSEDES.has(act.kind)) after.named = { ...after.named, by: leaf };
  after.count++;
  return after;
}

/** The kind that an entry is about: of a correction or withdrawal, that of the entry it names. */
export function subjectOf({ named }: Situation, { kind }: Act): number {
  return kind === Kind.correction || kind === Kind.withdrawal ? (named?.kind ?? kind) : kind;
}

/** Kinds that a new process may begin with. */
const BEGINS: ReadonlySet<number> = new Set([Kind.opening, Kind.planning, Kind.tender, Kind.contract]);
/** Kinds whose old entry travels with them and is looked at. */
const NAMES_ENTRY: ReadonlySet<number> = new Set([Kind.correction, Kind.return, Kind.withdrawal, Kind.note]);
/** Kinds after which the entry they name is no longer what is true. */
const SUPERSEDES: ReadonlySet<number> = new Set([Kind.correction, Kind.withdrawal]);
const SETS_TERMS: ReadonlySet<number> = new Set([
  Kind.opening,
  Kind.contract,
  Kind.countersignature,
  Kind.amendment,
  Kind.correction,
  Kind.status,
]);
const SETS_EXECUTION: ReadonlySet<number> = new Set([Kind.implementation, Kind.certificate, Kind.hold]);

/**
 * Where the entry stands, what it names and the lock it signs; Ledger.sol asks this before the rules.
 * @param found it is a row of a lot: it signs no lock, as long as nobody has signed on its process
 */
export function misplaced(situation: Situation, act: Act, found = false): Refusal | undefined {
  const { agency, named } = situation;
  if (agency === undefined && !BEGINS.has(act.kind)) return refusal("unknown-process", idOfText(act.ocid), 0n);
  if (agency !== undefined && agency !== act.agency) return refusal("wrong-agency", id(agency), id(act.agency));
  const waits = outOfForce(situation);
  if (waits !== undefined) return waits;
  if (act.refersTo === NO_ID && act.kind !== Kind.note && NAMES_ENTRY.has(act.kind)) {
    return refusal("wrong-preimage", 0n, 0n);
  }
  if (NAMES_ENTRY.has(act.kind) && act.refersTo !== NO_ID) {
    if (named === undefined) return refusal("unknown-reference", id(act.refersTo), 0n);
    if (named.contractId !== act.contractId || named.awardId !== act.awardId) {
      const kind = named.isCorrection ? Kind.correction : named.kind;
      return refusal("wrong-reference", kind, id(toHex(hashText(named.contractId))));
    }
    if (act.kind !== Kind.note && named.by !== undefined) return refusal("already-corrected", id(named.by), 0n);
  }
  if (act.kind === Kind.opening) {
    const wrong = misstated(act);
    if (wrong !== undefined) return wrong;
  }
  if (found && situation.touched !== true) return undefined;
  const present = basisOf(situation, act);
  return present === act.basis ? undefined : refusal("stale-basis", id(present), id(act.basis));
}

/** Nobody signs on a process whose wave does not count. */
export function outOfForce({ notInForce }: Situation): Refusal | undefined {
  return notInForce && refusal("wave-not-in-force", notInForce.wave, notInForce.standing);
}

/** The balances beside an opening are those that it signs by their hash; a process alone has none. */
function misstated({ contractId, balances, terms }: Act): Refusal | undefined {
  if (contractId === "" && balances === undefined) return undefined;
  if (contractId === "" || balances === undefined) return refusal("wrong-preimage", 0n, 0n);
  const { documentKey = NO_ID, currency = "" } = terms;
  const found = toHex(keccak256(packBalances(balances, currency)));
  return found === documentKey ? undefined : refusal("wrong-preimage", id(documentKey), id(found));
}

/** The leaf that an entry signs as its lock (DESIGN 5.3); zero where its kind signs none, or nothing is there yet. */
export function basisOf(situation: Situation, act: Pick<Act, "kind">): Hex {
  const name = kindName(act.kind);
  const own = name === undefined ? "none" : KIND_RULES[name].basis;
  const subject = kindName(situation.named?.kind ?? 0);
  const isSection = subject === "planning" || subject === "tender" || subject === "award";
  const { contract } = situation;
  // a withdrawal signs what its target signed; of an implementation, which signs none, that nothing was done since
  const signed =
    subject === undefined ? "none" : subject === "implementation" ? "execution" : KIND_RULES[subject].basis;
  const ofTarget = act.kind === Kind.correction && !isSection ? "terms" : signed;
  switch (own === "target" ? ofTarget : own) {
    case "planning":
      return situation.planning.head;
    case "tender":
      return situation.tender.head;
    case "award":
      return situation.award?.head ?? NO_ID;
    case "terms":
      return contract?.termsHead ?? NO_ID;
    case "execution":
      return contract?.executionHead ?? NO_ID;
    default:
      return NO_ID;
  }
}

const id = (hex: Hex) => BigInt(hex);
const above = (a: bigint, b: bigint) => (a > b ? a - b : 0n);
const refusal = (name: LedgerProblem, a: bigint | number, b: bigint | number): Refusal => ({
  code: codeOf(name),
  a: BigInt(a),
  b: BigInt(b),
});
/** The three letters of a currency as the ledger counts them; 0 for none. */
export const letters = (currency = "") =>
  [...currency].reduce((all, each) => all * 256n + BigInt(each.charCodeAt(0)), 0n);
const bitsOf = (...names: TermName[]) => names.reduce((mask, name) => mask | (1 << TERM_NAMES.indexOf(name)), 0);
const MONEY = bitsOf("currency", "value", "scopeValue");

/** A fold asks nobody: it repeats what was granted. */
const GRANTED: Approvals = { approver: true, parentApprover: true, supplier: false, exceptions: 255 };
const ALL_GRANTED: Facts = {
  now: 0,
  policy: { capBps: 10_000n, awardForms: 0, threshold: MAX_AMOUNT, second: Role.approver, certificatesBound: false },
  partyKnown: true,
  approvals: GRANTED,
};

/**
 * One entry judged. A refusal does not end the judgement: the first one counts, and what would be changed is worked out
 * all the same, so that a fold over accepted entries is this very code.
 */
class Judgement {
  readonly after: Situation;
  readonly #act: Act;
  readonly #facts: Facts;
  readonly #before: Situation;
  readonly #subject: number;
  /** the terms, and of a correction or withdrawal those of the entry it names */
  readonly #terms: Terms;
  readonly #old: Terms;
  #refusal: Refusal | undefined;
  #exceptions = 0;

  constructor(before: Situation, act: Act, facts: Facts) {
    this.#before = before;
    this.#act = act;
    this.#facts = facts;
    this.#subject = subjectOf(before, act);
    this.#terms = act.terms;
    this.#old = before.named?.terms ?? {};
    const { award, contract } = before;
    this.after = { ...before, ...(award && { award: { ...award } }), ...(contract && { contract: { ...contract } }) };
    if (facts.approvals.found) this.#exceptions |= Exception.imported;
    this.#asksOfEveryEntry();
    if (act.kind === Kind.correction) this.#correction();
    else this.#entry();
  }

  verdict(): Verdict {
    if (this.#refusal !== undefined) return { refusal: this.#refusal };
    const { paid = 0n, value = 0n } = this.after.contract ?? {};
    return { after: this.after, exceptions: this.#exceptions, excess: above(paid, value) };
  }

  // ---- what is asked of every entry: terms, capacity, ids, reference, dates

  #asksOfEveryEntry(): void {
    const { kind, capacity, contractId, awardId, refersTo } = this.#act;
    const subject = kind === Kind.withdrawal ? kind : this.#subject;
    const name = kindName(subject);
    if (name === undefined || subject === Kind.correction) {
      this.#refuse("unknown-kind", subject, 0);
      return;
    }
    const { code } = this.#terms;
    const rule = (kind === Kind.correction ? correctionTermsRule : termsRule)(
      subject as never,
      code,
      contractId !== "",
    );
    const present = presentOf(this.#terms);
    const missing = rule.required & ~present;
    const surplus = present & ~rule.allowed;
    if (missing !== 0) this.#refuse("terms-missing", missing, kind);
    if (surplus !== 0) this.#refuse("terms-unused", surplus, kind);
    if (!this.#mayBeSignedAs(capacity)) this.#refuse("wrong-capacity", capacity, kind);

    const { contractId: ofContract, awardId: ofAward } = KIND_RULES[name];
    if (contractId !== "" && ofContract === "never") this.#refuse("unknown-contract", idOfText(contractId), subject);
    if (awardId !== "" && !this.#mayNameAward(subject, ofAward !== "never")) {
      this.#refuse("unknown-award", idOfText(awardId), subject);
    }
    const need = kind === Kind.correction ? "required" : this.#referenceNeed();
    if (need === "required" && refersTo === NO_ID) this.#refuse("unknown-reference", 0, kind);
    if (need === "never" && refersTo !== NO_ID) this.#refuse("unknown-reference", id(refersTo), kind);
    this.#dates();
  }

  /** In the capacity of its kind; a withdrawal in one that may sign what it withdraws, a note's in the note's own. */
  #mayBeSignedAs(capacity: number): boolean {
    const { named } = this.#before;
    if (this.#facts.approvals.found) return capacity === Role.head;
    if (this.#act.kind !== Kind.withdrawal) return rolesOf(this.#subject).includes(capacity);
    return named?.kind === Kind.note ? named.capacity === capacity : rolesOf(named?.kind ?? 0).includes(capacity);
  }

  /** A contract's opening may name the award it was made on; a remark names an award or a contract. */
  #mayNameAward(subject: number, allowed: boolean): boolean {
    const hasContract = this.#act.contractId !== "";
    if (subject === Kind.note || subject === Kind.withdrawal) return !hasContract;
    return allowed && (subject !== Kind.opening || hasContract);
  }

  #referenceNeed(): "never" | "allowed" | "required" {
    const { kind, terms } = this.#act;
    if (kind !== Kind.guarantee) return KIND_RULES[kindName(kind)!].refersTo;
    return (terms.code ?? 0) % 10 === GuaranteeAction.posted ? "never" : "required";
  }

  #dates(): void {
    const { now } = this.#facts;
    const { on, until = 0 } = this.#terms;
    if ((on ?? 0) > now) this.#refuse("date-in-future", on!, now);
    if (until > LAST_SECOND) this.#refuse("date-too-late", until, LAST_SECOND);
    // what began elsewhere is recorded as found
    if (this.#subject === Kind.opening || this.#facts.approvals.found) return;
    // a guarantee that has ended is still called and given back
    const ends = this.#subject === Kind.guarantee && (this.#terms.code ?? 0) % 10 >= GuaranteeAction.called;
    if (until !== 0 && until < (on ?? 0) && !ends) this.#refuse("date-too-early", until, on!);
    // 0 is a day of 1970 like any other; only an opening says with it that the day is not known
    if (on === undefined || on + LATE >= now) return;
    this.#exceptions |= Exception.late;
    const isFact = this.#act.kind === Kind.payment || this.#act.kind === Kind.return;
    if (!isFact) this.#needsApprover();
  }

  #entry(): void {
    switch (this.#act.kind) {
      case Kind.planning:
        this.#section("planning");
        break;
      case Kind.tender:
        this.#section("tender");
        break;
      case Kind.award:
        this.#award();
        break;
      case Kind.contract:
        this.#newContract();
        break;
      case Kind.opening:
        this.#opening();
        break;
      case Kind.note:
        this.#note();
        break;
      case Kind.withdrawal:
        this.#withdrawal();
        break;
      default:
        this.#onContract();
    }
  }

  #onContract(): void {
    const { kind, contractId, terms } = this.#act;
    const { contract } = this.after;
    if (contract === undefined) {
      this.#refuse("unknown-contract", idOfText(contractId), 0);
      return;
    }
    if (terms.currency !== undefined) this.#sameCurrency(contract.currency, terms.currency);
    if (kind === Kind.amendment) this.#amendment(contract);
    else if (kind === Kind.implementation) this.#implementation(contract);
    else if (kind === Kind.certificate) this.#certificate(contract);
    else if (kind === Kind.payment) this.#payment(contract);
    else if (kind === Kind.return) this.#return(contract);
    else if (kind === Kind.guarantee) this.#guarantee(contract);
    else if (kind === Kind.hold) this.#hold(contract);
    else if (kind === Kind.countersignature) this.#countersignature(contract);
    else if (kind === Kind.status) this.#status(contract);
  }

  // ---- sections before the contract

  /** Planning and tender: new once, then updates and amendments until cancelled. */
  #section(name: "planning" | "tender"): void {
    const { code = 0 } = this.#terms;
    const { status, head } = this.#before[name];
    this.#codeIsOneOf(StageCode);
    if (status !== (code === StageCode.new ? UNKNOWN : active)) this.#refuse("invalid-transition", status, code);
    this.#together();
    this.after[name] = { status: code === StageCode.cancelled ? cancelled : active, head };
  }

  #award(): void {
    const { terms, awardId } = this.#act;
    const { code = 0, value = 0n, currency = "", party } = terms;
    const { award, tender } = this.#before;
    const status = award?.status ?? UNKNOWN;
    if (awardId === "") this.#refuse("unknown-award", 0, 0);
    this.#codeIsOneOf(StageCode);
    if (code === StageCode.new && tender.status === cancelled) this.#refuse("invalid-transition", cancelled, code);
    if (status !== (code === StageCode.new ? UNKNOWN : active)) this.#refuse("invalid-transition", status, code);
    const { agreed = 0n, contracts = 0, head = NO_ID } = award ?? {};
    if (code === StageCode.cancelled) {
      if (agreed !== 0n) this.#refuse("award-exceeded", agreed, 0);
      if (award !== undefined) this.after.award = { ...award, status: cancelled };
      return;
    }
    if (code !== StageCode.new && award !== undefined) this.#sameCurrency(award.currency, currency);
    this.#partyIsRegistered();
    // openings may have brought more than the award; that alone does not stop what lowers nothing
    if (value < agreed && value < (award?.value ?? 0n)) this.#refuse("award-exceeded", agreed, value);
    this.#secondSigned(value);
    const winner = party ?? award?.party;
    this.after.award = { status: active, head, currency, value, agreed, contracts, ...(winner && { party: winner }) };
    if (code === StageCode.new) this.after.awards++;
  }

  // ---- the contract

  #newContract(): void {
    const { contractId, awardId, terms } = this.#act;
    const { code: form = 0, value = 0n, currency = "", party } = terms;
    if (contractId === "") this.#refuse("unknown-contract", 0, 0);
    if (this.#before.contract !== undefined) this.#refuse("id-in-use", this.#before.contract.status, 0);
    this.#codeIsOneOf(ContractForm);
    this.#supplierFits(form);
    const { award } = this.after;
    if (awardId !== "") {
      if (award === undefined || award.status === UNKNOWN) this.#refuse("unknown-award", idOfText(awardId), 0);
      else {
        if (award.status !== active) this.#refuse("before-award", award.status, 0);
        this.#sameCurrency(award.currency, currency);
        if (award.party !== undefined && award.party !== party) this.#otherSupplier(award.party, party);
        if (award.agreed + value > award.value) this.#refuse("award-exceeded", award.agreed + value, award.value);
      }
    } else if (this.#needsAward(form)) this.#refuse("award-needed", form, 0);
    this.#secondSigned(value);
    this.#begin({ status: pending, firstValue: value, scopeValue: value });
    if (award !== undefined) this.#agree(award, value);
  }

  /** What stood before it was recorded here, with its balances; taken as found. */
  #opening(): void {
    const { contractId, awardId, terms, balances } = this.#act;
    const { code = 0, currency = "", party, documentKey = NO_ID } = terms;
    this.#needsApprover();
    this.#exceptions |= Exception.imported;
    if (contractId === "") {
      // the rows of a lot come in any order, and after what another wave brought and was taken back
      const begins = this.#before.count === 0 || this.#facts.approvals.found === true;
      if (!begins || this.#before.opened) this.#refuse("id-in-use", 0, this.#before.count + 1);
      return;
    }
    if (this.#before.contract !== undefined) this.#refuse("id-in-use", this.#before.contract.status, 0);
    if (code > ContractForm.other) this.#refuse("unknown-code", code, Kind.opening);
    if (balances === undefined) {
      this.#refuse("wrong-preimage", id(documentKey), 0);
      return;
    }
    const { status, on, firstValue, ...amounts } = balances;
    if (status < pending || status > cancelled) this.#refuse("unknown-code", status, Kind.opening);
    if (on > this.#facts.now) this.#refuse("date-in-future", on, this.#facts.now);
    this.#partyIsRegistered();
    const { award } = this.after;
    if (awardId !== "") {
      if (award?.status !== active) this.#refuse("unknown-award", idOfText(awardId), 0);
      else {
        this.#sameCurrency(award.currency, currency);
        const another = award.party !== undefined && party !== undefined && award.party !== party;
        if (another) this.#otherSupplier(award.party, party);
      }
    }
    this.#fits(Object.values(amounts).reduce((all, each) => all | each, firstValue));
    // what was agreed before it began here counts, even above the award. One that was cancelled binds nothing.
    if (award !== undefined) {
      const binds = status === cancelled ? 0n : firstValue;
      this.#fits(award.agreed + binds);
      this.#agree(award, binds);
    }
    this.#begin({ status, previousStatus: status, firstValue, balanceOn: on, ...amounts });
  }

  /** The contract begins; what is not given is nothing, and its value that of the terms. */
  #begin(given: Partial<ContractState>): void {
    const { terms, awardId } = this.#act;
    const { code: form = 0, currency = "", value = 0n, on = 0, party, officer, payer } = terms;
    this.after.contract = {
      ...{ status: pending, previousStatus: UNKNOWN, form, currency, on, balanceOn: 0, awardId, value },
      ...{ firstValue: 0n, scopeValue: 0n, accepted: 0n, certified: 0n, advance: 0n, recovered: 0n },
      ...{ withheld: 0n, released: 0n, paid: 0n, scopeReduced: false, holds: {} },
      ...{ supplierSigned: this.#facts.approvals.supplier, termsHead: NO_ID, executionHead: NO_ID },
      ...(party && { party }),
      ...(officer && { post: officer }),
      ...(payer && { payer }),
      ...given,
    };
    this.after.awards++;
  }

  #agree(award: AwardState, more: bigint): void {
    award.agreed += more;
    award.contracts++;
  }

  /** Swakelola is done by the agency itself; every other form names its supplier, who must be registered. */
  #supplierFits(form: number): void {
    const { party } = this.#terms;
    if (form === ContractForm.swakelola) {
      if (party !== undefined) this.#otherSupplier(undefined, party);
    } else if (party === undefined) this.#refuse("party-needed", form, 0);
    else this.#partyIsRegistered();
  }

  #amendment(contract: ContractState): void {
    const { code = 0, value, scopeValue = 0n, currency, scopeValue: scope } = this.#terms;
    if (code < 1 || code > ALL_REASONS) this.#refuse("unknown-code", code, Kind.amendment);
    const closesAccount = (code & AmendmentMask.finalAccount) !== 0 && isOver(contract.status);
    const open = contract.status === pending || contract.status === active || closesAccount;
    if (!open) this.#refuse("invalid-transition", contract.status, code);
    const changesMoney = value !== undefined || scope !== undefined || currency !== undefined;
    if (changesMoney) {
      this.#together();
      const changesPrice = this.#namesReasons(contract.value, contract.scopeValue);
      if (changesPrice) this.#needsApprover();
      if (scopeValue < contract.scopeValue) contract.scopeReduced = true;
      this.#changeValue(contract, contract.firstValue, value ?? 0n, scopeValue);
      this.#secondSigned(value ?? 0n);
    }
    this.#nameParties(contract);
    contract.supplierSigned = this.#facts.approvals.supplier;
  }

  /** A change of scope names its reason, and so does a change of price: of what value and scope value differ by. */
  #namesReasons(valueBefore: bigint, scopeBefore: bigint): boolean {
    const { code = 0, value = 0n, scopeValue = 0n } = this.#terms;
    const { scope, priceAdjustment, taxChange, finalAccount } = AmendmentMask;
    if (scopeValue !== scopeBefore && (code & (scope | finalAccount)) === 0) {
      this.#refuse("scope-change-unmarked", scopeBefore, scopeValue);
    }
    const priceBefore = valueBefore - scopeBefore;
    const price = value - scopeValue;
    if (price !== priceBefore && (code & (priceAdjustment | taxChange | finalAccount)) === 0) {
      this.#refuse("price-change-unmarked", BigInt.asUintN(256, priceBefore), BigInt.asUintN(256, price));
    }
    return price !== priceBefore;
  }

  /** The one place where a value changes: the scope cap over the first value, and never silently below what is certified. */
  #changeValue(contract: ContractState, first: bigint, value: bigint, scope: bigint): void {
    if (first > MAX_AMOUNT || value > MAX_AMOUNT || scope > MAX_AMOUNT) {
      this.#refuse("amount-too-large", value, MAX_AMOUNT);
    }
    const highest = first + (first * this.#facts.policy.capBps) / 10_000n;
    // a scope above the cap needs a signature of its own only where this entry raises it or lowers the first value
    if (scope > highest && (scope > contract.scopeValue || first < contract.firstValue)) {
      this.#exception("scopeAboveCap", "scope-above-cap", scope, highest);
    }
    const certified = outstanding(contract);
    if (value < certified && value < contract.value) {
      this.#exception("valueBelowCertified", "value-below-certified", value, certified);
    }
    Object.assign(contract, { firstValue: first, value, scopeValue: scope });
  }

  // ---- what is done, certified and paid

  #implementation(contract: ContractState): void {
    const { code = 0, amount = 0n } = this.#terms;
    const { status, accepted, scopeReduced } = contract;
    const { spmk, report } = ImplementationCode;
    this.#codeIsOneOf(ImplementationCode);
    if (status >= cancelled) this.#refuse("invalid-transition", status, code);
    if (code === report) return;
    if (status === closed) this.#refuse("invalid-transition", status, code);
    if (code === spmk) {
      contract.previousStatus = status;
      if (status === pending) contract.status = active;
    }
    if (!ACCEPTING_CODES.has(code)) return;
    if (status === pending) this.#refuse("invalid-transition", status, code);
    if (amount < accepted) {
      if (!scopeReduced) this.#refuse("accepted-falls", accepted, amount);
      this.#needsApprover();
      contract.scopeReduced = false;
    }
    this.#accept(contract, amount);
  }

  #accept(contract: ContractState, accepted: bigint): void {
    this.#fits(accepted);
    if (accepted > contract.value) {
      this.#exception("acceptedAboveValue", "accepted-above-value", accepted, contract.value);
    }
    contract.accepted = accepted;
  }

  #certificate(contract: ContractState): void {
    const {
      amount = 0n,
      advance = 0n,
      recovered = 0n,
      withheld = 0n,
      released = 0n,
      documentKey = NO_ID,
    } = this.#terms;
    const before = { ...contract };
    if (contract.status < active || isAfterClosing(contract)) {
      this.#refuse("invalid-transition", contract.status, Kind.certificate);
    }
    const held = heldUntil(contract, this.#facts.now);
    if (held !== 0) this.#refuse("on-hold", word(held), 0);
    if (this.#before.numberUsed) this.#refuse("number-used", id(documentKey), 0);
    const secured = this.#yearEndGuarantee();
    contract.certified += amount;
    contract.advance += advance;
    contract.recovered += recovered;
    contract.withheld += withheld;
    contract.released += released;
    this.#certified(contract, before, secured);
  }

  /** Work that a year-end guarantee stands for until it is done. */
  #yearEndGuarantee(): bigint {
    const { guarantee } = this.#before;
    const { refersTo } = this.#act;
    if (refersTo === NO_ID) return 0n;
    if (guarantee === undefined) {
      this.#refuse("unknown-reference", id(refersTo), Kind.certificate);
      return 0n;
    }
    if (guarantee.type !== GuaranteeType.yearEnd) this.#refuse("wrong-reference", guarantee.type, 0);
    return guarantee.until >= (this.#terms.on ?? 0) ? guarantee.amount : 0n;
  }

  /** What must hold of the certified sums after a certificate or its correction. */
  #certified(contract: ContractState, before: ContractState, secured: bigint): void {
    const { certified, advance, recovered, withheld, released, value } = contract;
    // an opening may have found more recovered than advanced: that stands, and no entry makes it worse
    if (above(recovered, advance) > above(before.recovered, before.advance)) {
      this.#refuse("recovered-above-advance", recovered, advance);
    }
    if (above(released, withheld) > above(before.released, before.withheld)) {
      this.#refuse("released-above-withheld", released, withheld);
    }
    this.#fits(certified | advance | recovered | withheld | released);
    const total = outstanding(contract);
    if (total > value) this.#exception("certifiedAboveValue", "certified-above-value", total, value);
    // work certified is bound by work accepted; the outstanding advance stands on both sides and cancels out
    const bound = contract.accepted + secured;
    if (this.#facts.policy.certificatesBound && certified > bound) {
      this.#exception("certifiedAboveAccepted", "certified-above-accepted", certified, bound);
    }
    // what it authorises to be paid: an advance is no smaller decision than work of that amount
    this.#secondSigned((this.#terms.amount ?? 0n) + (this.#terms.advance ?? 0n));
  }

  #payment(contract: ContractState): void {
    const { amount = 0n, documentTotal = 0n, on = 0 } = this.#terms;
    const { document } = this.#before;
    this.#totalIsFirst();
    this.#share(document.used + amount, documentTotal);
    this.#pay(contract, contract.paid + counted(contract, on, 0, amount));
  }

  /** Of one document, no more than its total is in force, however often it is sent and whatever contracts it pays. */
  #share(used: bigint, total: bigint): void {
    if (used > total) this.#refuse("document-exceeded", used, total);
    this.after.document = { total, used };
  }

  #totalIsFirst(): void {
    const { documentTotal = 0n } = this.#terms;
    const { total } = this.#before.document;
    if (total !== 0n && total !== documentTotal) this.#refuse("document-total-differs", total, documentTotal);
  }

  /** A cleared payment is a fact: it is marked, never refused, for hold, closure or amount. */
  #pay(contract: ContractState, paid: bigint): void {
    const { on = 0 } = this.#terms;
    this.#fits(paid);
    contract.paid = paid;
    this.#mark("paidAboveValue", paid > contract.value);
    this.#mark("paidWhileHeld", heldUntil(contract, this.#facts.now) !== 0);
    this.#mark("paidAfterClosure", contract.status >= closed);
    this.#mark("paidBeforeActive", contract.status === pending);
    this.#mark("beforeOpening", contract.balanceOn !== 0 && on <= contract.balanceOn);
  }

  /** Money that came back. `voided` (batal) says that the payment itself was void, and frees its share of the document. */
  #return(contract: ContractState): void {
    const { code = 0, amount = 0n, documentTotal = 0n, on = 0 } = this.#terms;
    const { named, document } = this.#before;
    if (named?.kind !== Kind.payment) {
      this.#refuse("wrong-reference", named?.kind ?? 0, 0);
      return;
    }
    this.#codeIsOneOf(ReturnCode);
    const payment = named.terms;
    if (amount === 0n) this.#refuse("remainder-exceeded", 0, payment.amount ?? 0n);
    this.#returned(amount);
    if (code === ReturnCode.voided) {
      this.#sameDocument(payment);
      this.after.document = remaining(document.total, this.#shift(document.used, 0n, amount));
    } else {
      this.#totalIsFirst();
      this.#share(document.used + amount, documentTotal);
    }
    this.#giveBack(contract, above(contract.paid, counted(contract, on, 0, amount)));
  }

  /** What came back of a payment is at most its amount. */
  #returned(returned: bigint): void {
    const { named, payment } = this.#before;
    const of = payment ?? named!;
    const amount = of.terms.amount ?? 0n;
    const all = (of.returned ?? 0n) + returned;
    if (all > amount) this.#refuse("remainder-exceeded", all, amount);
    this.after.payment = { ...of, returned: all };
  }

  #sameDocument({ issuer, documentKey, documentTotal }: Terms): void {
    const terms = this.#terms;
    const same = terms.issuer === issuer && terms.documentKey === documentKey && terms.documentTotal === documentTotal;
    if (!same) this.#refuse("wrong-reference", this.#before.named!.kind, 0);
  }

  #giveBack(contract: ContractState, paid: bigint): void {
    const { on = 0 } = this.#terms;
    this.#fits(paid);
    contract.paid = paid;
    this.#mark("paidAboveValue", paid > contract.value);
    this.#mark("paidAfterClosure", contract.status >= closed);
    this.#mark("beforeOpening", contract.balanceOn !== 0 && on <= contract.balanceOn);
  }

  // ---- who signs, secures and holds

  /** The supplier signs what stands: the contract's last entry on its terms. */
  #countersignature(contract: ContractState): void {
    const { refersTo, kind } = this.#act;
    if (refersTo !== contract.termsHead) this.#refuse("wrong-reference", kind, 0);
    this.#isNotClosed(contract, kind);
    if (contract.supplierSigned) this.#refuse("nothing-to-sign", contract.status, 0);
    contract.supplierSigned = true;
  }

  /** A guarantee is posted; later acts name that posting and leave of it what they say. */
  #guarantee(contract: ContractState): void {
    const { code = 0, amount = 0n, documentKey = NO_ID, on = 0, until = 0 } = this.#terms;
    const { guarantee } = this.#before;
    const [type, act] = [Math.floor(code / 10), code % 10];
    const known =
      type >= 1 && type <= GuaranteeType.yearEnd && act >= GuaranteeAction.posted && act <= GuaranteeAction.returned;
    if (!known) this.#refuse("unknown-code", code, Kind.guarantee);
    this.#isNotClosed(contract, code);
    if (act === GuaranteeAction.posted) {
      if (amount === 0n) this.#refuse("guarantee-differs", 0, 0);
      if (this.#before.numberUsed) this.#refuse("number-used", id(documentKey), 0);
      this.after.guarantee = { posting: NO_ID, type, amount, until };
      return;
    }
    if (guarantee === undefined) {
      this.#refuse("unknown-reference", id(this.#act.refersTo), Kind.guarantee);
      return;
    }
    if (guarantee.type !== type) this.#refuse("wrong-reference", guarantee.type, code);
    const present = guarantee.amount;
    const amountIs = (right: boolean) => right || this.#refuse("guarantee-differs", present, amount);
    const sameEnd = () => until === guarantee.until || this.#refuse("guarantee-differs", guarantee.until, until);
    amountIs(present !== 0n);
    const after = { ...guarantee };
    if (act === GuaranteeAction.extended) {
      amountIs(amount === present);
      if (until <= guarantee.until) this.#refuse("date-too-early", until, guarantee.until);
      if (on > guarantee.until) this.#refuse("guarantee-differs", guarantee.until, on);
      after.until = until;
    } else if (act === GuaranteeAction.reduced) {
      amountIs(amount > 0n && amount < present);
      sameEnd();
      after.amount = amount;
    } else if (act === GuaranteeAction.called) {
      amountIs(amount > 0n && amount <= present);
      sameEnd();
      after.amount = present - amount;
    } else {
      amountIs(amount === present);
      sameEnd();
      after.amount = 0n;
    }
    this.after.guarantee = after;
  }

  /** Each capacity holds payments back for itself, and lifts only its own hold. */
  #hold(contract: ContractState): void {
    const { code = 0, until, issuer } = this.#terms;
    const { capacity } = this.#act;
    const { now } = this.#facts;
    this.#codeIsOneOf(HoldCode);
    if (code === HoldCode.lifted && until !== undefined) this.#refuse("terms-unused", bitsOf("until"), Kind.hold);
    const isTreasurer = capacity === Role.treasurer;
    if (!isTreasurer && issuer !== undefined) this.#refuse("terms-unused", bitsOf("issuer"), Kind.hold);
    this.#isNotClosed(contract, code);
    if (code === HoldCode.held) {
      if (until !== undefined && until <= now) this.#refuse("date-too-early", until, now);
      contract.holds = { ...contract.holds, [capacity]: until ?? FOR_EVER };
      return;
    }
    if ((contract.holds[capacity] ?? 0) <= now) this.#refuse("not-held", capacity, 0);
    const { [capacity]: _, ...others } = contract.holds;
    contract.holds = others;
  }

  #status(contract: ContractState): void {
    const { code = 0 } = this.#terms;
    const { status: from, previousStatus } = contract;
    const reopened = from === closed && previousStatus !== closed ? previousStatus : active;
    const ways: Readonly<Record<number, readonly [from: readonly number[], to: number]>> = {
      [StatusCode.activated]: [[pending], active],
      [StatusCode.completed]: [[active], completed],
      [StatusCode.stopped]: [[active], stopped],
      [StatusCode.broken]: [[active], broken],
      [StatusCode.closed]: [[completed, stopped, broken], closed],
      [StatusCode.reopened]: [[closed, completed, stopped], reopened],
      [StatusCode.cancelled]: [[pending], cancelled],
      [StatusCode.recordedInError]: [[pending], recordedInError],
    };
    const way = ways[code];
    if (way === undefined) {
      this.#refuse("unknown-code", code, Kind.status);
      return;
    }
    const [origins, to] = way;
    if (!origins.includes(from)) this.#refuse("invalid-transition", from, code);
    if (code === StatusCode.broken || code === StatusCode.reopened) this.#needsApprover();
    this.#secondSigned(contract.value);
    contract.status = to;
    if (code === StatusCode.closed) contract.previousStatus = from;
    const { award } = this.after;
    const undone = code === StatusCode.cancelled || code === StatusCode.recordedInError;
    if (undone && award !== undefined) award.agreed = above(award.agreed, contract.firstValue);
  }

  #note(): void {
    const { contractId, awardId } = this.#act;
    const { contract, award } = this.#before;
    if (contractId !== "" && contract === undefined) this.#refuse("unknown-contract", idOfText(contractId), 0);
    if (awardId !== "" && (award?.status ?? UNKNOWN) === UNKNOWN) this.#refuse("unknown-award", idOfText(awardId), 0);
  }

  // ---- withdrawals

  /** An entry is taken back on which nothing was built: as if it had not been, though history keeps it. */
  #withdrawal(): void {
    const { named } = this.#before;
    const { kind = UNKNOWN, terms: { code = 0 } = {} } = named ?? {};
    const isSection = kind === Kind.planning || kind === Kind.tender || kind === Kind.award;
    const withdrawable = isSection
      ? code === StageCode.new || code === StageCode.cancelled
      : kind === Kind.implementation
        ? !ACCEPTING_CODES.has(code)
        : kind === Kind.note;
    if (!withdrawable) this.#refuse("not-withdrawable", kind, code);
    this.#needsApprover();
    if (isSection) {
      this.#withdrawSection(kind, code);
      return;
    }
    const { contract } = this.after;
    if (kind !== Kind.implementation || contract === undefined) return;
    const starts = code === ImplementationCode.spmk;
    if (starts && contract.executionHead !== this.#act.refersTo) this.#refuse("wrong-reference", kind, 0);
    this.#isNotClosed(contract, Kind.withdrawal);
    if (starts) this.#withdrawStart(contract);
  }

  #withdrawSection(kind: number, code: number): void {
    const { planning, tender, award, awards } = this.#before;
    const section = kind === Kind.planning ? planning : kind === Kind.tender ? tender : award;
    if (section?.head !== this.#act.refersTo) this.#refuse("wrong-reference", kind, 0);
    const later = kind === Kind.planning && tender.status !== UNKNOWN ? awards + 1 : awards;
    const built = kind === Kind.award ? (award?.contracts ?? 0) : later;
    if (code === StageCode.new && built !== 0) this.#refuse("has-dependants", built, kind);
    const status = code === StageCode.new ? UNKNOWN : active;
    if (kind === Kind.planning) this.after.planning = { ...planning, status };
    else if (kind === Kind.tender) this.after.tender = { ...tender, status };
    else if (award !== undefined) {
      const { party: _, ...rest } = award;
      this.after.award = status === active ? { ...award, status } : { ...rest, status, currency: "", value: 0n };
      if (status === UNKNOWN) this.after.awards--;
    }
  }

  /** The order to start: where it made the contract active and nothing was done since, the contract waits again. */
  #withdrawStart(contract: ContractState): void {
    const { status, previousStatus, accepted, certified, advance, paid } = contract;
    if (previousStatus !== pending) return;
    const nothingDone = accepted === 0n && certified === 0n && advance === 0n && paid === 0n;
    if (status !== active || !nothingDone) this.#refuse("invalid-transition", status, Kind.withdrawal);
    contract.status = pending;
  }

  // ---- corrections

  /** What should have been recorded, with every term of its kind; new minus old is applied. */
  #correction(): void {
    const { contractId } = this.#act;
    const kind = this.#subject;
    if (!CORRECTABLE.has(kind)) {
      this.#refuse("wrong-reference", kind, 0);
      return;
    }
    this.#needsApprover();
    const { currency } = this.#terms;
    if (currency !== undefined && this.#old.currency !== undefined && currency !== this.#old.currency) {
      this.#refuse("currency-differs", 0, letters(currency));
    }
    if (kind === Kind.planning || kind === Kind.tender) {
      this.#sameCode();
      this.#together();
      return;
    }
    if (kind === Kind.award) {
      this.#correctAward();
      return;
    }
    if (kind === Kind.opening && contractId === "") return;
    const { contract } = this.after;
    if (contract === undefined) {
      this.#refuse("unknown-contract", idOfText(contractId), 0);
      return;
    }
    const isFact = kind === Kind.payment || kind === Kind.return;
    if (contract.status >= closed && !isFact) this.#refuse("invalid-transition", contract.status, Kind.correction);
    if (kind === Kind.payment) this.#correctPayment(contract);
    else if (kind === Kind.return) this.#correctReturn(contract);
    else if (kind === Kind.certificate) this.#correctCertificate(contract);
    else if (kind === Kind.implementation) this.#correctImplementation(contract);
    else if (kind === Kind.guarantee) this.#correctGuarantee();
    else this.#correctValue(contract);
  }

  #sameCode(): void {
    const { code = 0 } = this.#terms;
    if (code !== (this.#old.code ?? 0)) this.#refuse("unknown-code", code, this.#subject);
  }

  #correctAward(): void {
    const { award } = this.after;
    const { value = 0n, currency, party } = this.#terms;
    this.#sameCode();
    if (award?.status !== active) {
      this.#refuse("before-award", award?.status ?? UNKNOWN, 0);
      return;
    }
    this.#partyIsRegistered();
    const corrected = this.#shift(award.value, value, this.#old.value);
    this.#fits(corrected);
    if (corrected < award.agreed && corrected < award.value) this.#refuse("award-exceeded", award.agreed, corrected);
    this.#secondSigned(value);
    award.value = corrected;
    if (currency !== undefined) award.currency = currency;
    if (party !== undefined && party !== this.#old.party) award.party = party;
  }

  /** Of a contract, an opening or an amendment. */
  #correctValue(contract: ContractState): void {
    const kind = this.#subject;
    const { value = 0n, scopeValue = 0n, code, on = 0 } = this.#terms;
    const old = this.#old;
    this.#formAndSupplierFit();
    const changed = (presentOf(this.#terms) ^ presentOf(old)) & MONEY;
    if (changed !== 0) this.#refuse("terms-missing", changed, Kind.correction);
    let { firstValue: first, scopeValue: scope } = contract;
    const corrected = this.#shift(contract.value, value, old.value);
    const changesMoney = kind !== Kind.amendment || this.#terms.value !== undefined;
    if (kind === Kind.contract) {
      first = this.#shift(first, value, old.value);
      scope = this.#shift(scope, value, old.value);
      this.#mark("raisesFirstValue", first > contract.firstValue);
      this.#correctAgreed(value);
    } else if (kind === Kind.amendment && changesMoney) {
      this.#namesReasons(old.value ?? 0n, old.scopeValue ?? 0n);
      scope = this.#shift(scope, scopeValue, old.scopeValue);
    }
    if (changesMoney) {
      this.#changeValue(contract, first, corrected, scope);
      if (kind !== Kind.opening) this.#secondSigned(value);
    }
    this.#nameParties(contract);
    contract.supplierSigned = this.#facts.approvals.supplier;
    if (kind === Kind.amendment) return;
    contract.form = code ?? contract.form;
    contract.on = on;
    // swakelola has no supplier: a correction to it takes him away
    if (kind !== Kind.contract) return;
    delete contract.party;
    if (this.#terms.party !== undefined) contract.party = this.#terms.party;
  }

  #correctAgreed(value: bigint): void {
    const { award } = this.after;
    if (award === undefined || award.status === UNKNOWN) return;
    const agreed = this.#shift(award.agreed, value, this.#old.value);
    if (agreed > award.agreed) {
      if (award.status !== active) this.#refuse("before-award", award.status, 0);
      if (agreed > award.value) this.#refuse("award-exceeded", agreed, award.value);
    }
    award.agreed = agreed;
  }

  /** Form, supplier, award and reasons fit each other after a correction as they must in the entry itself. */
  #formAndSupplierFit(): void {
    const kind = this.#subject;
    const { code = 0, party, documentKey = NO_ID } = this.#terms;
    const old = this.#old;
    if (kind === Kind.amendment) {
      if (code < 1 || code > ALL_REASONS) this.#refuse("unknown-code", code, kind);
      return;
    }
    if (code > ContractForm.other || (kind === Kind.contract && code < 1)) this.#refuse("unknown-code", code, kind);
    else if (kind === Kind.opening) {
      this.#partyIsRegistered();
      // balances are not corrected: another hash would name some that were never looked at
      if (documentKey !== old.documentKey)
        this.#refuse("wrong-preimage", id(old.documentKey ?? NO_ID), id(documentKey));
    } else {
      this.#supplierFits(code);
      const another = code !== (old.code ?? 0) && this.#act.awardId === "";
      if (another && this.#needsAward(code)) this.#refuse("award-needed", code, 0);
    }
    const winner = this.#before.award?.party;
    const named = party !== undefined || kind === Kind.contract;
    if (winner !== undefined && named && party !== old.party && party !== winner) this.#otherSupplier(winner, party);
  }

  #correctImplementation(contract: ContractState): void {
    const { amount } = this.#terms;
    this.#sameCode();
    if (amount !== undefined) this.#accept(contract, this.#shift(contract.accepted, amount, this.#old.amount));
  }

  #correctCertificate(contract: ContractState): void {
    const { documentKey = NO_ID } = this.#terms;
    const before = { ...contract };
    const old = this.#old;
    if (documentKey !== old.documentKey && this.#before.numberUsed) this.#refuse("number-used", id(documentKey), 0);
    contract.certified = this.#shift(contract.certified, this.#terms.amount, old.amount);
    for (const name of ["advance", "recovered", "withheld", "released"] as const) {
      contract[name] = this.#shift(contract[name], this.#terms[name], old[name]);
    }
    this.#certified(contract, before, 0n);
  }

  #correctPayment(contract: ContractState): void {
    const { code = 0, amount = 0n, documentTotal = 0n, on = 0 } = this.#terms;
    const old = this.#old;
    const { document, formerDocument, named } = this.#before;
    if (code > NOT_IN_BALANCE) this.#refuse("unknown-code", code, Kind.payment);
    const returned = named?.returned ?? 0n;
    if (amount < returned) this.#refuse("below-returned", returned, amount);
    const same = this.#isSameDocument();
    // what was voided of it came off the document that it named: that one keeps the rest
    if (!same && returned !== 0n) this.#refuse("below-returned", returned, 0);
    let used = document.used + amount;
    if (same) used = this.#shift(document.used, amount, old.amount);
    else {
      this.#totalIsFirst();
      const former = this.#shift(formerDocument.used, 0n, old.amount);
      this.after.formerDocument = remaining(formerDocument.total, former);
    }
    this.#share(used, documentTotal);
    const oldCounted = counted(contract, old.on ?? 0, old.code ?? 0, old.amount ?? 0n);
    this.#pay(contract, this.#shift(contract.paid, counted(contract, on, code, amount), oldCounted));
  }

  #correctReturn(contract: ContractState): void {
    const { code = 0, amount = 0n, documentTotal = 0n, on = 0 } = this.#terms;
    const old = this.#old;
    const { document, formerDocument, payment } = this.#before;
    this.#sameCode();
    // what was corrected to nothing never came; its payment may name another document since
    if ((old.amount ?? 0n) === 0n) this.#refuse("wrong-reference", Kind.return, 0);
    const all = this.#shift(payment?.returned ?? 0n, amount, old.amount);
    const paymentAmount = payment?.terms.amount ?? 0n;
    if (all > paymentAmount) this.#refuse("remainder-exceeded", all, paymentAmount);
    if (payment !== undefined) this.after.payment = { ...payment, returned: all };
    if (code === ReturnCode.voided) {
      this.#sameDocument(old);
      // a voided share may stand again only as far as its document has room
      this.#share(this.#shift(document.used, old.amount, amount), document.total || documentTotal);
    } else if (this.#isSameDocument()) {
      this.#share(this.#shift(document.used, amount, old.amount), documentTotal);
    } else {
      this.#totalIsFirst();
      const former = this.#shift(formerDocument.used, 0n, old.amount);
      this.after.formerDocument = remaining(formerDocument.total, former);
      this.#share(document.used + amount, documentTotal);
    }
    const { total, used } = this.after.document;
    this.after.document = remaining(total, used);
    const before = counted(contract, old.on ?? 0, 0, old.amount ?? 0n);
    this.#giveBack(contract, above(contract.paid + before, counted(contract, on, 0, amount)));
  }

  #isSameDocument(): boolean {
    return this.#terms.issuer === this.#old.issuer && this.#terms.documentKey === this.#old.documentKey;
  }

  #correctGuarantee(): void {
    const { code = 0, amount = 0n, documentKey = NO_ID, until = 0 } = this.#terms;
    const old = this.#old;
    const oldAmount = old.amount ?? 0n;
    const oldUntil = old.until ?? 0;
    const act = code % 10;
    this.#sameCode();
    if (act === GuaranteeAction.returned) this.#refuse("wrong-reference", Kind.guarantee, 0);
    const { guarantee } = this.#before;
    if (guarantee === undefined) {
      this.#refuse("unknown-reference", id(this.#act.refersTo), Kind.correction);
      return;
    }
    const after = { ...guarantee };
    if (act === GuaranteeAction.posted) {
      const another = documentKey !== old.documentKey;
      if (another && this.#before.numberUsed) this.#refuse("number-used", id(documentKey), 0);
    }
    if (act === GuaranteeAction.extended) {
      if (amount !== oldAmount) this.#refuse("guarantee-differs", oldAmount, amount);
    } else if (act === GuaranteeAction.called) after.amount = this.#shift(guarantee.amount, oldAmount, amount);
    else after.amount = this.#shift(guarantee.amount, amount, oldAmount);
    this.#fits(after.amount);
    if (act === GuaranteeAction.posted || act === GuaranteeAction.extended) {
      if (guarantee.until === oldUntil) after.until = until;
      else if (until !== oldUntil) this.#refuse("guarantee-differs", guarantee.until, until);
    } else if (until !== oldUntil) this.#refuse("guarantee-differs", guarantee.until, until);
    this.after.guarantee = after;
  }

  // ---- shared

  #refuse(name: LedgerProblem, a: bigint | number, b: bigint | number): void {
    this.#refusal ??= refusal(name, a, b);
  }

  #mark(name: ExceptionName, holds: boolean): void {
    if (holds) this.#exceptions |= Exception[name];
  }

  /** Marked; and refused unless an approver signed for it. */
  #exception(mark: ExceptionName, name: LedgerProblem, a: bigint, b: bigint): void {
    this.#exceptions |= Exception[mark];
    if ((this.#facts.approvals.exceptions & Exception[mark]) === 0) this.#refuse(name, a, b);
  }

  #needsApprover(): void {
    const { approver, parentApprover, found } = this.#facts.approvals;
    if (!approver && !parentApprover && !found) this.#refuse("second-needed", Role.approver, 0);
  }

  /** From the threshold on, the second signature that the rule set names; an unlisted currency has threshold 0. */
  #secondSigned(value: bigint): void {
    const { threshold, second } = this.#facts.policy;
    const { approver, parentApprover, supplier } = this.#facts.approvals;
    const signed =
      second === PARENT_APPROVER ? parentApprover : second === Role.supplier ? supplier : approver || parentApprover;
    if (value >= threshold && !signed && !this.#facts.approvals.found) this.#refuse("second-needed", second, threshold);
  }

  #partyIsRegistered(): void {
    const { party } = this.#terms;
    if (party !== undefined && !this.#facts.partyKnown) this.#refuse("unknown-party", id(party), 0);
  }

  #otherSupplier(present: Hex | undefined, signed: Hex | undefined): void {
    this.#refuse("party-differs", id(present ?? NO_ID), id(signed ?? NO_ID));
  }

  #sameCurrency(present: string, signed: string): void {
    if (present !== signed) this.#refuse("currency-differs", letters(present), letters(signed));
  }

  #needsAward(form: number): boolean {
    return (this.#facts.policy.awardForms & (1 << form)) !== 0;
  }

  #codeIsOneOf(list: Readonly<Record<string, number>>): void {
    const { code = 0 } = this.#terms;
    if (!Object.values(list).includes(code)) this.#refuse("unknown-code", code, this.#act.kind);
  }

  /** Of terms that go together, all are there or none. */
  #together(): void {
    const rule = termsRule(this.#subject as never, this.#terms.code, this.#act.contractId !== "");
    const present = presentOf(this.#terms);
    for (const group of rule.together) {
      if ((present & group) !== 0 && (present & group) !== group) {
        this.#refuse("terms-missing", group & ~present, this.#act.kind);
      }
    }
  }

  #isNotClosed({ status }: ContractState, code: number): void {
    if (status < pending || status > broken) this.#refuse("invalid-transition", status, code);
  }

  #fits(amount: bigint): void {
    if (amount > MAX_AMOUNT) this.#refuse("amount-too-large", amount, MAX_AMOUNT);
  }

  /** total + now − before; refuses where that would be negative. */
  #shift(total: bigint, now = 0n, before = 0n): bigint {
    if (total + now >= before) return total + now - before;
    this.#refuse("amount-too-large", before, total + now);
    return 0n;
  }

  /** Post, party and payer as the entry names them. A correction that leaves one as its entry had it changes none. */
  #nameParties(contract: ContractState): void {
    const isCorrection = this.#act.kind === Kind.correction;
    for (const [term, place] of [
      ["officer", "post"],
      ["party", "party"],
      ["payer", "payer"],
    ] as const) {
      const named = this.#terms[term];
      if (named !== undefined && !(isCorrection && named === this.#old[term])) contract[place] = named;
    }
  }
}

const ALL_REASONS = 255;
/** code of a payment's correction: it was not in the opening's balance */
const NOT_IN_BALANCE = 1;

/** Where the last share is taken away nothing is known of a document: its total may have been as wrong as its name. */
const remaining = (total: bigint, used: bigint): Document => (used === 0n ? NO_DOCUMENT : { total, used });

const idOfText = (text: string) => (text === "" ? 0n : id(toHex(hashText(text))));
const isOver = (status: number) => status >= completed && status <= broken;
const isAfterClosing = ({ status }: ContractState) => status > broken;
const word = (until: number) => (until === FOR_EVER ? (1n << 64n) - 1n : BigInt(until));

function rolesOf(kind: number): readonly number[] {
  const name = kindName(kind);
  return name === undefined ? [] : KIND_RULES[name].roles;
}

/** What is certified and not yet recovered. */
function outstanding({ certified, advance, recovered }: ContractState): bigint {
  return above(certified + advance, recovered);
}

/** The latest end of the holds in force; 0 where none is. */
export function heldUntil({ holds }: Pick<ContractState, "holds">, now: number): number {
  return Math.max(0, ...Object.values(holds).filter((until) => until > now));
}

/** Paid on or before an opening's balance date: in the balance already, unless a correction (code 1) says otherwise. */
function counted({ balanceOn }: ContractState, on: number, code: number, amount: bigint): bigint {
  return balanceOn !== 0 && on <= balanceOn && code !== NOT_IN_BALANCE ? 0n : amount;
}
