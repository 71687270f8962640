import fc from "fast-check";
import { type Balances, presentOf, type Terms } from "../../server/domain/entries/entry.ts";
import {
  ACCEPTING_CODES,
  correctionTermsRule,
  Exception,
  KIND_RULES,
  Kind,
  kindName,
  Role,
  termsRule,
} from "../../server/domain/entries/kinds.ts";
import type { Hex } from "../../server/domain/entries/words.ts";
import { Code } from "./codes.ts";

/**
 * The rules of a contract's life a second time, read from DESIGN and docs/decisions, not from Rules.sol: sums are made
 * anew from what is true of each entry now, where the contracts add and take away. It names every reason against an act;
 * the contracts name the first that they meet.
 */

const DAY = 86_400;
const MAX = (1n << 128n) - 1n;
/** 10 million rupiah in sen: small multiples of it meet the borders of cap, award and threshold exactly. */
export const UNIT = 10_000_000_00n;
const LAST_SECOND = 253_402_300_799;

type Reason = keyof typeof Code;

export type Policy = {
  capBps: bigint;
  awardForms: readonly number[];
  threshold: bigint;
  second: number;
  bound: boolean;
};

export type Act = {
  kind: number;
  contractId: string;
  awardId: string;
  terms: Terms;
  capacity: number;
  /** who signs beside the maker */
  approver: boolean;
  parent: boolean;
  supplier: boolean;
  exceptions: number;
  balances?: Balances;
  /** of a correction: which entry, by its place among `Life.entries` */
  names?: number;
};

/** An entry and what is true of it now. */
export type Told = { kind: number; contractId: string; awardId: string; terms: Terms };

export type ContractState = {
  status: number;
  closedFrom: number;
  currency: string;
  on: number;
  form: number;
  balances?: Balances;
  awardId: string;
  party?: Hex;
  post?: Hex;
  payer?: Hex;
  value: bigint;
  scope: bigint;
  accepted: bigint;
  scopeReduced: boolean;
};
export type AwardState = { status: number; currency: string; value: bigint; party?: Hex };
type Sums = { certified: bigint; advance: bigint; recovered: bigint; withheld: bigint; released: bigint };

const above = (a: bigint, b: bigint) => (a > b ? a - b : 0n);
const sum = (amounts: (bigint | undefined)[]) => amounts.reduce<bigint>((all, each) => all + (each ?? 0n), 0n);
const isAmong = (value: number, ...list: number[]) => list.includes(value);

export class Life {
  planning = 0;
  tender = 0;
  count = 0;
  readonly awards = new Map<string, AwardState>();
  readonly contracts = new Map<string, ContractState>();
  readonly entries: Told[] = [];
  readonly totals = new Map<string, bigint>();
  readonly parties: readonly Hex[];

  /** @param parties registered suppliers */
  constructor(parties: readonly Hex[]) {
    this.parties = parties;
  }

  #of(contractId: string, kind: number): Terms[] {
    return this.entries
      .filter((each) => each.kind === kind && each.contractId === contractId)
      .map(({ terms }) => terms);
  }

  sumsOf(contractId: string): Sums {
    const certificates = this.#of(contractId, Kind.certificate);
    const had = this.contracts.get(contractId)?.balances;
    return {
      certified: (had?.certified ?? 0n) + sum(certificates.map(({ amount }) => amount)),
      advance: (had?.advance ?? 0n) + sum(certificates.map(({ advance }) => advance)),
      recovered: (had?.recovered ?? 0n) + sum(certificates.map(({ recovered }) => recovered)),
      withheld: (had?.withheld ?? 0n) + sum(certificates.map(({ withheld }) => withheld)),
      released: (had?.released ?? 0n) + sum(certificates.map(({ released }) => released)),
    };
  }

  paidOf(contractId: string): bigint {
    const had = this.contracts.get(contractId)?.balances;
    const inBalance = ({ on = 0, code }: Terms) => had !== undefined && had.on !== 0 && on <= had.on && code !== 1;
    const paid = this.#of(contractId, Kind.payment).filter((terms) => !inBalance(terms));
    return (had?.paid ?? 0n) + sum(paid.map(({ amount }) => amount));
  }

  firstValueOf(contractId: string): bigint {
    const had = this.contracts.get(contractId)?.balances;
    return had?.firstValue ?? this.#of(contractId, Kind.contract)[0]?.value ?? 0n;
  }

  /** Of the contracts on an award: what they were first worth, those that were cancelled apart. */
  agreedOf(awardId: string): bigint {
    const tied = [...this.contracts].filter(([, c]) => c.awardId === awardId && !isAmong(c.status, 7, 8));
    return sum(tied.map(([id]) => this.firstValueOf(id)));
  }

  /** Shares in force of a payment document, over all contracts. */
  usedOf(document: string): bigint {
    const shares = this.entries.filter(({ kind, terms }) => kind === Kind.payment && documentOf(terms) === document);
    return sum(shares.map(({ terms }) => terms.amount));
  }

  hasNumber(contractId: string, key: Hex | undefined): boolean {
    return this.#of(contractId, Kind.certificate).some(({ documentKey }) => documentKey === key);
  }

  /** What the act would lead to. Nothing changes before `accept` is called. */
  judge(act: Act, policy: Policy, now: number): Verdict {
    return new Verdict(this, act, policy, now);
  }
}

export const documentOf = ({ issuer, documentKey }: Terms) => `${issuer}/${documentKey}`;

/** One act judged: all reasons against it, its marks, and how the life goes on if there are none. */
export class Verdict {
  readonly reasons = new Set<Reason>();
  exceptions = 0;
  readonly #life: Life;
  readonly #act: Act;
  readonly #policy: Policy;
  readonly #changes: (() => void)[] = [];
  readonly #old: Told | undefined;
  readonly subject: number;

  constructor(life: Life, act: Act, policy: Policy, now: number) {
    this.#life = life;
    this.#act = act;
    this.#policy = policy;
    this.#old = act.names === undefined ? undefined : life.entries[act.names];
    this.subject = this.#old?.kind ?? act.kind;
    this.#form(now);
    if (this.#old !== undefined) this.#correction(this.#old);
    else this.#entry(now);
  }

  get codes(): number[] {
    return [...this.reasons].map((reason) => Code[reason]);
  }

  /** The life goes on. */
  accept(): void {
    for (const change of this.#changes) change();
    this.#life.count++;
    if (this.#old !== undefined) this.#old.terms = this.#act.terms;
    else {
      const { kind, contractId, awardId, terms } = this.#act;
      this.#life.entries.push({ kind, contractId, awardId, terms });
    }
  }

  #refuse(reason: Reason, holds = true): void {
    if (holds) this.reasons.add(reason);
  }

  #then(change: () => void): void {
    this.#changes.push(change);
  }

  /** Marked; and refused unless an approver signed for it. */
  #exception(name: keyof typeof Exception, reason: Reason, holds: boolean): void {
    if (!holds) return;
    this.exceptions |= Exception[name];
    const signed = this.#approved && (this.#act.exceptions & Exception[name]) !== 0;
    this.#refuse(reason, !signed);
  }

  get #approved(): boolean {
    return this.#act.approver || this.#act.parent;
  }

  get #contract(): ContractState | undefined {
    return this.#life.contracts.get(this.#act.contractId);
  }

  #second(value: bigint): void {
    const { threshold, second } = this.#policy;
    const signed =
      second === Role.approver ? this.#approved : second === Role.supplier ? this.#act.supplier : this.#act.parent;
    this.#refuse("SecondNeeded", value >= threshold && !signed);
  }

  /** Terms, capacity and dates. */
  #form(now: number): void {
    const { terms, kind, capacity, contractId } = this.#act;
    const rule = (this.#old === undefined ? termsRule : correctionTermsRule)(
      this.subject as never,
      terms.code,
      contractId !== "",
    );
    const present = presentOf(terms);
    this.#refuse("TermsMissing", (present & rule.required) !== rule.required);
    this.#refuse("TermsUnused", (present & ~rule.allowed) !== 0);
    for (const group of rule.together) {
      this.#refuse("TermsMissing", (present & group) !== 0 && (present & group) !== group);
    }
    const { roles } = KIND_RULES[kindName(this.subject)!];
    this.#refuse("WrongCapacity", !roles.includes(capacity as never));
    const { on, until = 0 } = terms;
    this.#refuse("DateInFuture", (on ?? 0) > now);
    this.#refuse("DateTooLate", until > LAST_SECOND);
    if (this.subject === Kind.opening) return;
    this.#refuse("DateTooEarly", until !== 0 && until < (on ?? 0));
    if (on === undefined || on + 30 * DAY >= now) return;
    this.exceptions |= Exception.late;
    this.#refuse("SecondNeeded", kind !== Kind.payment && !this.#approved);
  }

  #entry(now: number): void {
    const { kind } = this.#act;
    if (kind === Kind.planning || kind === Kind.tender) this.#section(kind === Kind.planning ? "planning" : "tender");
    else if (kind === Kind.award) this.#award();
    else if (kind === Kind.contract) this.#newContract();
    else if (kind === Kind.opening) this.#opening(now);
    else if (this.#contract === undefined) this.#refuse("UnknownContract");
    else {
      const { currency } = this.#act.terms;
      this.#refuse("CurrencyDiffers", currency !== undefined && currency !== this.#contract.currency);
      if (kind === Kind.amendment) this.#amendment(this.#contract);
      else if (kind === Kind.implementation) this.#implementation(this.#contract);
      else if (kind === Kind.certificate) this.#certificate(this.#contract);
      else if (kind === Kind.payment) this.#payment(this.#contract);
      else this.#status(this.#contract);
    }
  }

  // ---- sections

  #section(name: "planning" | "tender"): void {
    const { code = 0 } = this.#act.terms;
    this.#refuse("UnknownCode", !isAmong(code, 1, 2, 3, 4));
    this.#refuse("InvalidTransition", this.#life[name] !== (code === 1 ? 0 : 2));
    this.#then(() => {
      this.#life[name] = code === 4 ? 7 : 2;
    });
  }

  #award(): void {
    const { awardId, terms } = this.#act;
    const { code = 0, value = 0n, currency = "", party } = terms;
    const known = this.#life.awards.get(awardId);
    this.#refuse("UnknownCode", !isAmong(code, 1, 2, 3, 4));
    this.#refuse("InvalidTransition", code === 1 && this.#life.tender === 7);
    this.#refuse("InvalidTransition", (known?.status ?? 0) !== (code === 1 ? 0 : 2));
    const agreed = this.#life.agreedOf(awardId);
    if (code === 4) {
      this.#refuse("AwardExceeded", agreed !== 0n);
      this.#then(() => this.#life.awards.set(awardId, { ...known!, status: 7 }));
      return;
    }
    this.#refuse("CurrencyDiffers", known !== undefined && known.currency !== currency);
    this.#partyKnown();
    this.#refuse("AwardExceeded", value < agreed && value < (known?.value ?? 0n));
    this.#second(value);
    this.#then(() => this.#life.awards.set(awardId, { ...known, status: 2, currency, value, ...(party && { party }) }));
  }

  #partyKnown(): void {
    const { party } = this.#act.terms;
    this.#refuse("UnknownParty", party !== undefined && !this.#life.parties.includes(party));
  }

  // ---- the contract

  #supplierFits(form: number): void {
    const { party } = this.#act.terms;
    this.#refuse("PartyDiffers", form === 6 && party !== undefined);
    this.#refuse("PartyNeeded", form !== 6 && party === undefined);
    if (form !== 6) this.#partyKnown();
  }

  #newContract(): void {
    const { contractId, awardId, terms } = this.#act;
    const { code: form = 0, value = 0n, currency = "", party, on = 0, officer, payer } = terms;
    this.#refuse("IdInUse", this.#contract !== undefined);
    this.#refuse("UnknownCode", form < 1 || form > 7);
    this.#supplierFits(form);
    if (awardId !== "") {
      const award = this.#life.awards.get(awardId);
      this.#refuse("UnknownAward", award === undefined);
      this.#refuse("BeforeAward", award?.status === 7);
      this.#refuse("CurrencyDiffers", award !== undefined && award.currency !== currency);
      this.#refuse("PartyDiffers", award?.party !== undefined && award.party !== party);
      this.#refuse("AwardExceeded", award !== undefined && this.#life.agreedOf(awardId) + value > award.value);
    } else this.#refuse("AwardNeeded", this.#policy.awardForms.includes(form));
    this.#second(value);
    this.#then(() =>
      this.#life.contracts.set(contractId, {
        ...{ status: 1, closedFrom: 0, currency, on, form, awardId, value, scope: value, accepted: 0n },
        ...{ scopeReduced: false, ...(party && { party }), ...(officer && { post: officer }), ...(payer && { payer }) },
      }),
    );
  }

  #opening(now: number): void {
    const { contractId, awardId, terms, balances } = this.#act;
    const { code: form = 0, value = 0n, currency = "", party, officer, payer, on = 0 } = terms;
    this.#refuse("SecondNeeded", !this.#approved);
    this.exceptions |= Exception.imported;
    if (contractId === "") {
      this.#refuse("IdInUse", this.#life.count !== 0);
      return;
    }
    if (balances === undefined) throw new Error("an opening of a contract brings its balances");
    this.#refuse("IdInUse", this.#contract !== undefined);
    this.#refuse("UnknownCode", form > 7 || balances.status < 1 || balances.status > 7);
    this.#refuse("DateInFuture", balances.on > now);
    this.#partyKnown();
    if (awardId !== "") {
      const award = this.#life.awards.get(awardId);
      this.#refuse("UnknownAward", award?.status !== 2);
      this.#refuse("CurrencyDiffers", award !== undefined && award.currency !== currency);
      this.#refuse("PartyDiffers", award?.party !== undefined && party !== undefined && award.party !== party);
      const adds = balances.status !== 7;
      this.#refuse("AmountTooLarge", adds && this.#life.agreedOf(awardId) + balances.firstValue > MAX);
    }
    this.#then(() =>
      this.#life.contracts.set(contractId, {
        ...{ status: balances.status, closedFrom: 0, currency, on, form, balances, awardId, value },
        ...{ scope: balances.scopeValue, accepted: balances.accepted, scopeReduced: false },
        ...{ ...(party && { party }), ...(officer && { post: officer }), ...(payer && { payer }) },
      }),
    );
  }

  #amendment(contract: ContractState): void {
    const { code = 0, value, scopeValue, officer, payer } = this.#act.terms;
    this.#refuse("UnknownCode", code < 1 || code > 255);
    const isFinal = (code & 128) !== 0;
    this.#refuse("InvalidTransition", !isAmong(contract.status, 1, 2, ...(isFinal ? [3, 4, 5] : [])));
    this.#then(() => Object.assign(contract, { ...(officer && { post: officer }), ...(payer && { payer }) }));
    if (value === undefined || scopeValue === undefined) return;
    this.#reasons(contract.value, contract.scope);
    const reduces = scopeValue < contract.scope;
    const first = this.#life.firstValueOf(this.#act.contractId);
    this.#value(contract, first, first, value, scopeValue);
    this.#second(value);
    this.#then(() => {
      if (reduces) contract.scopeReduced = true;
    });
  }

  /** What an amendment changes, it gives a reason for. */
  #reasons(value: bigint, scope: bigint): void {
    const { code = 0, value: newValue = 0n, scopeValue: newScope = 0n } = this.#act.terms;
    this.#refuse("ScopeChangeUnmarked", newScope !== scope && (code & (2 | 128)) === 0);
    const changesPrice = newValue - newScope !== value - scope;
    this.#refuse("PriceChangeUnmarked", changesPrice && (code & (32 | 64 | 128)) === 0);
    this.#refuse("SecondNeeded", changesPrice && !this.#approved);
  }

  #value(contract: ContractState, firstBefore: bigint, first: bigint, value: bigint, scope: bigint): void {
    this.#refuse(
      "AmountTooLarge",
      [first, value, scope].some((amount) => amount > MAX || amount < 0n),
    );
    const highest = first + (first * this.#policy.capBps) / 10_000n;
    const worsens = scope > contract.scope || first < firstBefore;
    this.#exception("scopeAboveCap", "ScopeAboveCap", scope > highest && worsens);
    const { certified, advance, recovered } = this.#life.sumsOf(this.#act.contractId);
    const out = above(certified + advance, recovered);
    this.#exception("valueBelowCertified", "ValueBelowCertified", value < out && value < contract.value);
    this.#then(() => Object.assign(contract, { value, scope }));
  }

  #implementation(contract: ContractState): void {
    const { code = 0, amount = 0n } = this.#act.terms;
    const accepts = ACCEPTING_CODES.has(code);
    this.#refuse("UnknownCode", code < 1 || code > 9);
    const { status } = contract;
    this.#refuse("InvalidTransition", isAmong(status, 7, 8) || (status === 6 && code !== 9));
    this.#refuse("InvalidTransition", accepts && status === 1);
    if (code === 1 && status === 1) this.#then(() => Object.assign(contract, { status: 2 }));
    if (!accepts) return;
    const falls = amount < contract.accepted;
    this.#refuse("AcceptedFalls", falls && !contract.scopeReduced);
    this.#refuse("SecondNeeded", falls && !this.#approved);
    if (falls) this.#then(() => Object.assign(contract, { scopeReduced: false }));
    this.#accepted(contract, amount);
  }

  #accepted(contract: ContractState, accepted: bigint): void {
    this.#refuse("AmountTooLarge", accepted > MAX || accepted < 0n);
    this.#exception("acceptedAboveValue", "AcceptedAboveValue", accepted > contract.value);
    this.#then(() => Object.assign(contract, { accepted }));
  }

  #certificate(contract: ContractState): void {
    this.#refuse("InvalidTransition", !isAmong(contract.status, 2, 3, 4, 5));
    this.#refuse("NumberUsed", this.#life.hasNumber(this.#act.contractId, this.#act.terms.documentKey));
    this.#certified(contract, {});
  }

  #certified(contract: ContractState, old: Terms): void {
    const { terms, contractId } = this.#act;
    const before = this.#life.sumsOf(contractId);
    const moved = (name: "advance" | "recovered" | "withheld" | "released") =>
      before[name] + (terms[name] ?? 0n) - (old[name] ?? 0n);
    const certified = before.certified + (terms.amount ?? 0n) - (old.amount ?? 0n);
    const [advance, recovered, withheld, released] = [
      moved("advance"),
      moved("recovered"),
      moved("withheld"),
      moved("released"),
    ];
    this.#refuse(
      "AmountTooLarge",
      [certified, advance, recovered, withheld, released].some((amount) => amount > MAX),
    );
    this.#refuse("RecoveredAboveAdvance", above(recovered, advance) > above(before.recovered, before.advance));
    this.#refuse("ReleasedAboveWithheld", above(released, withheld) > above(before.released, before.withheld));
    const out = above(certified + advance, recovered);
    this.#exception("certifiedAboveValue", "CertifiedAboveValue", out > contract.value);
    const bound = this.#policy.bound && certified > contract.accepted;
    this.#exception("certifiedAboveAccepted", "CertifiedAboveAccepted", bound);
    this.#second((terms.amount ?? 0n) + (terms.advance ?? 0n));
  }

  #payment(contract: ContractState, old?: Terms): void {
    const { terms, contractId } = this.#act;
    const { amount = 0n, documentTotal = 0n, on = 0, code } = terms;
    const document = documentOf(terms);
    const same = old !== undefined && documentOf(old) === document;
    const total = this.#life.totals.get(document) ?? 0n;
    this.#refuse("DocumentTotalDiffers", !same && total !== 0n && total !== documentTotal);
    const used = this.#life.usedOf(document) + amount - (same ? (old.amount ?? 0n) : 0n);
    this.#refuse("DocumentExceeded", used > documentTotal);
    this.#then(() => {
      this.#life.totals.set(document, documentTotal);
      if (old !== undefined && !same && this.#life.usedOf(documentOf(old)) === (old.amount ?? 0n)) {
        this.#life.totals.delete(documentOf(old));
      }
    });
    const balance = contract.balances?.on ?? 0;
    const counts = (each: Terms | undefined) =>
      each === undefined || (balance !== 0 && (each.on ?? 0) <= balance && each.code !== 1) ? 0n : (each.amount ?? 0n);
    const paid = this.#life.paidOf(contractId) + counts({ on, amount, ...(code && { code }) }) - counts(old);
    this.#refuse("AmountTooLarge", paid > MAX);
    if (paid > contract.value) this.exceptions |= Exception.paidAboveValue;
    if (contract.status >= 6) this.exceptions |= Exception.paidAfterClosure;
    if (contract.status === 1) this.exceptions |= Exception.paidBeforeActive;
    if (balance !== 0 && on <= balance) this.exceptions |= Exception.beforeOpening;
  }

  #status(contract: ContractState): void {
    const { code = 0 } = this.#act.terms;
    const { status: from, closedFrom } = contract;
    const [pending, active, completed, stopped, broken, closed, cancelled, inError] = [1, 2, 3, 4, 5, 6, 7, 8] as const;
    const ways: [from: number, code: number, to: number][] = [
      [pending, 1, active],
      [active, 2, completed],
      [active, 3, stopped],
      [active, 4, broken],
      ...[completed, stopped, broken].map((each): [number, number, number] => [each, 5, closed]),
      [closed, 6, closedFrom === 0 ? active : closedFrom],
      [completed, 6, active],
      [stopped, 6, active],
      [pending, 7, cancelled],
      [pending, 8, inError],
    ];
    const way = ways.find(([a, b]) => a === from && b === code);
    this.#refuse("UnknownCode", code < 1 || code > 8);
    this.#refuse("InvalidTransition", way === undefined);
    this.#refuse("SecondNeeded", isAmong(code, 4, 6) && !this.#approved);
    this.#second(contract.value);
    this.#then(() => Object.assign(contract, { status: way![2], ...(code === 5 && { closedFrom: from }) }));
  }

  // ---- corrections

  #correction({ kind, terms: old }: Told): void {
    const { terms, awardId, contractId } = this.#act;
    this.#refuse("SecondNeeded", !this.#approved);
    if (kind === Kind.status) {
      this.#refuse("WrongReference");
      return;
    }
    const differs = terms.currency !== undefined && old.currency !== undefined && terms.currency !== old.currency;
    this.#refuse("CurrencyDiffers", differs);
    const keepsCode = isAmong(kind, Kind.planning, Kind.tender, Kind.award, Kind.implementation);
    this.#refuse("UnknownCode", keepsCode && terms.code !== old.code);
    if (kind === Kind.planning || kind === Kind.tender) return;
    if (kind === Kind.award) {
      const award = this.#life.awards.get(awardId)!;
      this.#refuse("BeforeAward", award.status !== 2);
      this.#partyKnown();
      const value = award.value + (terms.value ?? 0n) - (old.value ?? 0n);
      this.#refuse("AmountTooLarge", value < 0n || value > MAX);
      this.#refuse("AwardExceeded", value < this.#life.agreedOf(awardId) && value < award.value);
      this.#second(terms.value ?? 0n);
      this.#then(() =>
        Object.assign(award, { value, ...(terms.party !== old.party && terms.party && { party: terms.party }) }),
      );
      return;
    }
    if (kind === Kind.opening && contractId === "") return;
    const contract = this.#contract!;
    this.#refuse("InvalidTransition", kind !== Kind.payment && contract.status >= 6);
    if (kind === Kind.payment) {
      this.#refuse("UnknownCode", (terms.code ?? 0) > 1);
      this.#payment(contract, old);
    } else if (kind === Kind.certificate) {
      const renumbered = terms.documentKey !== old.documentKey;
      this.#refuse("NumberUsed", renumbered && this.#life.hasNumber(contractId, terms.documentKey));
      this.#certified(contract, old);
    } else if (kind === Kind.implementation) {
      if (terms.amount === undefined) return;
      this.#accepted(contract, contract.accepted + terms.amount - (old.amount ?? 0n));
    } else this.#correctedValue(contract, kind, old);
  }

  #correctedValue(contract: ContractState, kind: number, old: Terms): void {
    const { terms, contractId } = this.#act;
    const { value = 0n, scopeValue = 0n, code = 0, party } = terms;
    const money = ({ value: a, scopeValue: b }: Terms) => `${a !== undefined} ${b !== undefined}`;
    this.#refuse("TermsMissing", money(terms) !== money(old));
    const more = value - (old.value ?? 0n);
    const first = this.#life.firstValueOf(contractId);
    this.#then(() => {
      for (const [name, place] of [
        ["officer", "post"],
        ["party", "party"],
        ["payer", "payer"],
      ] as const) {
        if (terms[name] !== undefined && terms[name] !== old[name]) Object.assign(contract, { [place]: terms[name] });
      }
    });
    if (kind === Kind.amendment) {
      this.#refuse("UnknownCode", code < 1 || code > 255);
      if (terms.value === undefined) return;
      this.#reasons(old.value ?? 0n, old.scopeValue ?? 0n);
      this.#value(contract, first, first, contract.value + more, contract.scope + scopeValue - (old.scopeValue ?? 0n));
      this.#second(value);
      return;
    }
    const award = this.#life.awards.get(contract.awardId);
    const another = award?.party !== undefined && party !== award.party && party !== old.party;
    this.#then(() => Object.assign(contract, { on: terms.on ?? 0, form: terms.code ?? contract.form }));
    if (kind === Kind.opening) {
      this.#refuse("UnknownCode", code > 7);
      this.#refuse("WrongPreimage", terms.documentKey !== old.documentKey);
      this.#partyKnown();
      this.#refuse("PartyDiffers", another && party !== undefined);
      this.#value(contract, first, first, contract.value + more, contract.scope);
      return;
    }
    this.#refuse("UnknownCode", code < 1 || code > 7);
    this.#supplierFits(code);
    const newForm = code !== old.code && contract.awardId === "" && this.#policy.awardForms.includes(code);
    this.#refuse("AwardNeeded", newForm);
    this.#refuse("PartyDiffers", another);
    if (award !== undefined && more > 0n) {
      this.#refuse("BeforeAward", award.status !== 2);
      this.#refuse("AwardExceeded", this.#life.agreedOf(contract.awardId) + more > award.value);
    }
    if (more > 0n) this.exceptions |= Exception.raisesFirstValue;
    this.#value(contract, first, first + more, contract.value + more, contract.scope + more);
    this.#second(value);
    this.#then(() => {
      if (party === undefined) delete contract.party;
    });
  }
}

// ---- acts at random

/** Numbers from which an act is made once it is known where the life stands, so that most acts could be accepted. */
export type Draw = { what: number; which: number; amounts: number[]; choice: number; code: number; signs: number };

const nat = (max: number) => fc.nat({ max });
export const draws: fc.Arbitrary<Draw> = fc.record({
  what: nat(99),
  which: nat(7),
  amounts: fc.array(nat(29), { minLength: 8, maxLength: 8 }),
  choice: nat(63),
  code: nat(255),
  signs: nat(63),
});

/** Ids that acts may name. */
export type Names = {
  parties: readonly Hex[];
  posts: readonly Hex[];
  payers: readonly Hex[];
  issuers: readonly Hex[];
  keys: readonly Hex[];
};

/** An act that fits where the life stands, or nearly. */
export function actFrom(draw: Draw, life: Life, names: Names, now: number): Act {
  const { which, choice, code } = draw;
  let at = 0;
  // mostly whole units up to 12, now and then one sen beside them, and hardly ever all that 128 bits hold
  const amount = () => {
    const n = draw.amounts[at++ % draw.amounts.length]!;
    return n < 24 ? BigInt(n % 13) * UNIT : n < 26 ? BigInt(n) * UNIT : n < 28 ? 11n * UNIT + 1n : n < 29 ? 1n : MAX;
  };
  const small = () => amount() / 8n;
  const capped = (of: bigint) => (of > MAX ? MAX : of);
  const pick = <T>(list: readonly T[], shift = 0): T => list[(choice >> shift) % list.length]!;
  const on = now - [1, 1, 1, 2, 3, 20, 29, 45][which]! * DAY;
  const contracts = ["K-1", "K-2", "K-3"];
  const contractId = contracts[which % 3]!;
  const drawnAward = pick(["", "A-1", "A-2"]);
  const awardId = life.awards.has(drawnAward) || code > 240 ? drawnAward : "";
  const state = life.contracts.get(contractId);
  const signing = {
    approver: (draw.signs & 3) !== 0,
    parent: (draw.signs & 12) === 12,
    supplier: (draw.signs & 12) === 8,
    exceptions: (draw.signs & 16) !== 0 ? 31 : (draw.signs & 32) !== 0 ? 1 << (choice % 5) : 0,
  };
  const IDR = "IDR";
  const maybe = <T>(isSo: boolean, fields: T): T | Record<string, never> => (isSo ? fields : {});
  const made = (kind: number, terms: Terms, ids: Partial<Act> = {}): Act => ({
    ...{ kind, contractId: kind > Kind.award ? contractId : "", awardId: "", terms, ...signing },
    capacity: isAmong(kind, Kind.planning, Kind.tender, Kind.award)
      ? Role.procurement
      : kind === Kind.payment
        ? Role.treasurer
        : Role.officer,
    ...ids,
  });
  const currency = code === 77 ? "USD" : IDR;
  const officer = pick(names.posts, 1);
  const party = pick(names.parties, 2);
  const payer = pick(names.payers, 3);
  const what = draw.what;

  if (life.count === 0 && choice % 8 === 0) return made(Kind.opening, { on, officer });
  if (what < 26 && life.entries.length > 0) {
    const place = (code * 8 + which) % life.entries.length;
    const named = life.entries[place]!;
    const terms: Terms = { ...named.terms };
    // one or two terms were wrong
    for (const turn of [choice, code, choice + code]) {
      const wrong = Object.keys(terms)[turn % Object.keys(terms).length] as keyof Terms;
      if (wrong === "on") terms.on = on;
      else if (wrong === "party") terms.party = pick(names.parties, 3);
      else if (wrong === "officer") terms.officer = pick(names.posts, 3);
      else if (wrong === "payer") terms.payer = pick(names.payers, 4);
      else if (wrong === "issuer") terms.issuer = pick(names.issuers, 3);
      else if (wrong === "documentKey" && named.kind !== Kind.opening) terms.documentKey = pick(names.keys, 2);
      else if (wrong === "code" && isAmong(named.kind, Kind.contract, Kind.amendment)) terms.code = 1 + (code % 7);
      else if (typeof terms[wrong] === "bigint") Object.assign(terms, { [wrong]: amount() });
    }
    if (named.kind === Kind.payment && choice % 3 === 0) terms.code = 1;
    if (named.kind === Kind.contract && terms.code === 6) delete terms.party;
    if (named.kind === Kind.contract && terms.code !== 6) terms.party ??= party;
    const capacity = made(named.kind, {}).capacity;
    const { contractId: ofContract, awardId: ofAward } = named;
    return { ...made(Kind.correction, terms), contractId: ofContract, awardId: ofAward, capacity, names: place };
  }
  if (what < 30) {
    const section = what < 28 ? Kind.planning : Kind.tender;
    const stands = section === Kind.planning ? life.planning : life.tender;
    const step = stands === 0 && choice !== 1 ? 1 : code > 250 ? 4 : 2 + (code % 2);
    return made(section, { code: step, ...maybe(choice % 2 === 0, { currency: IDR, value: amount() }) });
  }
  if (what < 38) {
    const id = drawnAward || "A-1";
    const step = life.awards.has(id) ? (code > 235 ? 4 : 2 + (code % 2)) : 1;
    const terms =
      step === 4
        ? { code: step }
        : { code: step, currency, value: capped(2n * amount()), ...maybe(choice % 3 === 0, { party }) };
    return made(Kind.award, terms, { awardId: id });
  }
  if (state === undefined && what < 97) {
    const form = [2, 2, 2, 3, 3, 6, 7, 4][code % 8]!;
    if (what % 3 > 0) {
      const terms = { code: form, currency, value: amount(), officer, on, ...maybe(code % 3 === 0, { payer }) };
      return made(Kind.contract, { ...terms, ...maybe(form !== 6, { party }) }, { awardId });
    }
    const balances: Balances = {
      ...{ status: 1 + (code % 7), firstValue: amount(), scopeValue: amount(), certified: small(), advance: small() },
      ...{ recovered: small(), withheld: small(), released: small(), paid: small(), accepted: amount() },
      on: [now - 2 * DAY, now - DAY, 0, now - 30 * DAY][choice % 4]!,
    };
    const terms: Terms = { currency, value: amount(), officer, on: which === 0 ? 0 : on - 300 * DAY };
    Object.assign(terms, maybe(code % 2 === 0, { code: form }), maybe(choice % 2 === 0, { party }));
    // the hash of the balances is the driver's to make
    return made(Kind.opening, { ...terms, documentKey: names.keys[0]! }, { contractId, awardId, balances });
  }
  if (what < 46) {
    const reasons = 1 + (code % 255);
    const [value, scopeValue] = code % 3 === 0 ? [amount(), amount()] : [10n * UNIT + small(), 10n * UNIT + small()];
    const money = { currency, value, scopeValue: choice % 2 === 0 ? value : scopeValue };
    const terms: Terms = {
      code: reasons,
      on,
      ...maybe(choice % 4 !== 0, money),
      ...maybe(code % 5 === 0, { officer }),
    };
    return made(Kind.amendment, { ...terms, ...maybe(code % 7 === 0, { payer }) });
  }
  if (what < 58) {
    const step = state?.status === 1 ? [1, 1, 2, 4, 9][code % 5]! : [4, 4, 4, 5, 6, 7, 8, 9, 1, 3][code % 10]!;
    const accepted = code % 2 === 0 ? (state?.accepted ?? 0n) + small() : amount();
    return made(Kind.implementation, {
      code: step,
      on,
      ...maybe(ACCEPTING_CODES.has(step), { currency, amount: capped(accepted) }),
    });
  }
  if (what < 70) {
    const terms: Terms = { currency, amount: small(), documentKey: pick(names.keys, 1), on };
    const parts = { advance: small(), recovered: small() / 2n, withheld: small(), released: small() / 2n };
    for (const [bit, name] of (["advance", "recovered", "withheld", "released"] as const).entries()) {
      if ((code >> (2 * bit)) % 4 === 0) terms[name] = parts[name];
    }
    const active = contracts.filter((each) => isAmong(life.contracts.get(each)?.status ?? 0, 2, 3, 4, 5));
    return made(Kind.certificate, terms, { contractId: active[which % active.length] ?? contractId });
  }
  if (what < 84) {
    const documentTotal = amount();
    const share = code % 3 === 0 ? documentTotal : small();
    const document = { issuer: pick(names.issuers, 1), documentKey: pick(names.keys, 2) };
    return made(Kind.payment, { currency, amount: share, documentTotal, ...document, on });
  }
  const next = { 1: [1, 1, 7, 8], 2: [2, 3, 4, 2], 3: [5, 5, 6, 5], 4: [5, 6, 5, 5], 5: [5, 5, 6, 5] } as const;
  const usual = next[state?.status as 1] ?? [6, 6, 6, 1];
  return made(Kind.status, { code: code > 230 ? code % 10 : usual[code % 4]!, on });
}
