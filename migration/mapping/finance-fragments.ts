import { currencyExponent } from "../../server/domain/ocds/money.ts";
import { type Money, type Npwp, zoneMinutes } from "./functions.ts";
import { accountDigest, personDigest } from "./keyed-digest.ts";
import type { BankLineSpec, BudgetSpec, Condition, DeductionSpec, MapSpec, PaymentDocumentSpec } from "./map-schema.ts";
import type {
  BankLineFragment,
  BudgetFacts,
  DeductionFacts,
  FinanceFragment,
  PaperFragment,
  PaperOf,
  PayeeFacts,
} from "./mapped.ts";
import { withoutPersonal } from "./personal.ts";

type Values = unknown[];

/** What sections about money need of the map that they stand in. */
export type FinanceNeeds = {
  /** a text of constants and fields; undefined where one of them is missing */
  text(pattern: string): (values: Values) => string | undefined;
  /** what a field holds, by `$name` */
  field(reference: string): (values: Values) => unknown;
  when(conditions: Readonly<Record<string, Condition>> | undefined): (values: Values) => boolean;
  fault(code: "key-missing" | "value-missing" | "value-unreadable"): void;
  /** whether a name with these numbers and legal forms is a natural person's */
  isPerson(
    name: string | undefined,
    numbers: readonly Npwp[],
    forms: readonly { form?: string; person: boolean }[],
  ): boolean;
  readonly secret: string | undefined;
};

type Emit = (values: Values, into: FinanceFragment[]) => void;

/** A pattern or reference that may be left out of a section. */
type Maybe = string | undefined;

/** What the sections `paymentDocument`, `deduction`, `budgetLine`, `return` and `bankLine` of a map make of a row. */
export function financeFragments(spec: MapSpec, needs: FinanceNeeds): Emit[] {
  const compiler = new FinanceCompiler(spec, needs);
  const emits: Emit[] = [];
  if (spec.paymentDocument !== undefined) emits.push(compiler.paper(spec.paymentDocument));
  if (spec.deduction !== undefined) emits.push(compiler.deduction(spec.deduction));
  if (spec.budgetLine !== undefined) emits.push(compiler.budgetLine(spec.budgetLine));
  if (spec.return !== undefined) emits.push(compiler.returned(spec.return));
  if (spec.bankLine !== undefined) emits.push(compiler.bankLine(spec.bankLine));
  return emits;
}

class FinanceCompiler {
  readonly #needs: FinanceNeeds;
  readonly #currency: string;
  readonly #minutes: number;

  constructor({ currency, timezone }: MapSpec, needs: FinanceNeeds) {
    this.#needs = needs;
    this.#currency = currency;
    this.#minutes = zoneMinutes(timezone)!;
  }

  paper(spec: PaymentDocumentSpec): Emit {
    const of = this.#paperOf(spec, spec.year);
    const texts = this.#texts(spec, ["key", "route", "agency", "contract", "delivery"]);
    const days = { on: this.#day(spec.on), cleared: this.#day(spec.cleared) };
    const amounts = { gross: this.#money(spec.gross), net: this.#money(spec.net) };
    const numbered = (["spm", "spp"] as const).map((name) => {
      const part = spec[name];
      return { name, number: this.#text(part?.number), on: this.#day(part?.on) };
    });
    const purpose = this.#words(spec.purpose);
    const payee = this.#payee(spec.payee);
    const lines = (spec.lines ?? []).map((line) => this.#budget(line));
    const deductions = (spec.deductions ?? []).map((each) => this.#withheld(each));
    const holds = this.#needs.when(spec.when);
    return (values, into) => {
      if (!holds(values)) return;
      const paper = of(values);
      if (paper === undefined) return this.#needs.fault("key-missing");
      const fragment: { -readonly [K in keyof PaperFragment]: PaperFragment[K] } = {
        entity: "paper",
        ...paper,
        ...(spec.addsTo === undefined ? {} : { isAddition: true }),
        currency: this.#currency,
      };
      for (const [name, read] of texts) set(fragment, name, read(values));
      set(fragment, "on", days.on(values));
      set(fragment, "cleared", days.cleared(values));
      set(fragment, "gross", amounts.gross(values));
      set(fragment, "net", amounts.net(values));
      for (const { name, number, on } of numbered) {
        const found = number(values);
        if (found === undefined) continue;
        const day = on(values);
        fragment[name] = { number: found, ...(day === undefined ? {} : { on: day }) };
      }
      const said = purpose(values);
      if (said.length > 0) fragment.purpose = said;
      set(fragment, "payee", payee(values));
      const budget = lines.flatMap((line) => line(values) ?? []);
      if (budget.length > 0) fragment.lines = budget;
      const withheld = deductions.flatMap((each) => each(values) ?? []);
      if (withheld.length > 0) fragment.deductions = withheld;
      into.push(fragment);
    };
  }

  deduction(spec: NonNullable<MapSpec["deduction"]>): Emit {
    const of = this.#paperOf(spec.of, spec.year);
    const key = this.#text(spec.key);
    const facts = this.#withheld({ ...spec, when: undefined });
    const holds = this.#needs.when(spec.when);
    return (values, into) => {
      if (!holds(values)) return;
      const paper = of(values);
      const id = key(values);
      if (paper === undefined || id === undefined) return this.#needs.fault("key-missing");
      const found = facts(values);
      if (found === undefined) return this.#needs.fault("value-missing");
      into.push({ entity: "deduction", of: paper, key: id, ...found });
    };
  }

  budgetLine(spec: NonNullable<MapSpec["budgetLine"]>): Emit {
    const of = this.#paperOf(spec.of, spec.year);
    const key = this.#text(spec.key);
    const facts = this.#budget({ ...spec, when: undefined });
    const holds = this.#needs.when(spec.when);
    return (values, into) => {
      if (!holds(values)) return;
      const paper = of(values);
      const id = key(values);
      if (paper === undefined || id === undefined) return this.#needs.fault("key-missing");
      const found = facts(values);
      if (found === undefined) return this.#needs.fault("value-missing");
      into.push({ entity: "budgetLine", of: paper, key: id, ...found });
    };
  }

  returned(spec: NonNullable<MapSpec["return"]>): Emit {
    const [number, kind, of, agency] = [spec.number, spec.kind, spec.of, spec.agency].map((each) => this.#text(each));
    const year = this.#value<number>(spec.year);
    const on = this.#day(spec.on);
    const amount = this.#money(spec.amount);
    const text = this.#words(spec.text);
    const holds = this.#needs.when(spec.when);
    return (values, into) => {
      if (!holds(values)) return;
      const found = { number: number!(values), of: of!(values), kind: kind!(values) };
      if (found.number === undefined || found.of === undefined) return this.#needs.fault("key-missing");
      const day = on(values);
      const money = amount(values);
      if (day === undefined || money === undefined || found.kind === undefined)
        return this.#needs.fault("value-missing");
      if (!RETURN_KINDS.has(found.kind)) return this.#needs.fault("value-unreadable");
      const inYear = year(values);
      const owner = agency!(values);
      into.push({
        entity: "return",
        number: found.number,
        ...(inYear === undefined ? {} : { year: inYear }),
        on: day,
        kind: found.kind,
        of: found.of,
        ...(owner === undefined ? {} : { agency: owner }),
        currency: this.#currency,
        amount: money,
        text: text(values).join(" · "),
      });
    };
  }

  bankLine(spec: BankLineSpec): Emit {
    const on = this.#day(spec.on);
    const valueOn = this.#day(spec.valueOn);
    const [amount, debit, credit] = [spec.amount, spec.debit, spec.credit].map((each) => this.#money(each));
    const [direction, statement, reference, balance] = [
      spec.direction,
      spec.statement,
      spec.reference,
      spec.balance,
    ].map((each) => this.#text(each));
    const reversal = this.#value<boolean>(spec.reversal);
    const currencyOf = this.#text(spec.currency);
    const exponent = currencyExponent(this.#currency);
    const isPair = spec.amount === undefined;
    const isNothing = (amount: string | undefined) => amount === undefined || amount === "0";
    const [account, otherAccount] = [spec.account, spec.counterpartyAccount].map((each) => this.#account(each));
    const name = this.#value<string>(spec.counterparty);
    const text = this.#words(spec.text);
    const holds = this.#needs.when(spec.when);
    return (values, into) => {
      if (!holds(values)) return;
      const day = on(values);
      // a balance carried forward moves nothing
      if (isPair && isNothing(debit!(values)) && isNothing(credit!(values))) return;
      const moved = movement(amount!(values), direction!(values), debit!(values), credit!(values));
      if (day === undefined || moved === undefined) return this.#needs.fault("value-missing");
      if (moved === "both") return this.#needs.fault("value-unreadable");
      const currency = currencyOf(values) ?? this.#currency;
      // amounts were read in the map's minor units
      if (currencyExponent(currency) !== exponent) return this.#needs.fault("value-unreadable");
      const fragment: { -readonly [K in keyof BankLineFragment]: BankLineFragment[K] } = {
        entity: "bankLine",
        on: day,
        currency,
        ...moved,
        reversal: reversal(values) ?? false,
        text: text(values).join(" · "),
      };
      set(fragment, "account", account!(values));
      set(fragment, "valueOn", valueOn(values));
      set(fragment, "statement", statement!(values));
      set(fragment, "reference", reference!(values));
      set(fragment, "balance", balance!(values));
      const other = { name: name(values), account: otherAccount!(values) };
      if (other.name !== undefined || other.account !== undefined)
        fragment.counterparty = {
          ...(other.name === undefined ? {} : { name: other.name }),
          ...(other.account === undefined ? {} : { account: other.account }),
        };
      into.push(fragment);
    };
  }

  // ---- parts

  #text(pattern: Maybe): (values: Values) => string | undefined {
    return pattern === undefined ? nothing : this.#needs.text(pattern);
  }

  #texts<N extends string>(spec: { readonly [K in N]?: Maybe }, names: readonly N[]) {
    return names.flatMap((name) => {
      const pattern = spec[name];
      return pattern === undefined ? [] : [[name, this.#needs.text(pattern)] as const];
    });
  }

  #value<T>(reference: Maybe): (values: Values) => T | undefined {
    if (reference === undefined) return nothing;
    const field = this.#needs.field(reference);
    return (values) => field(values) as T | undefined;
  }

  #money(reference: Maybe): (values: Values) => string | undefined {
    const field = this.#value<Money>(reference);
    return (values) => field(values)?.minor;
  }

  /** The day by the clock of the map: what a source calls midnight is a day and stands at midnight UTC. */
  #day(reference: Maybe): (values: Values) => string | undefined {
    const field = this.#value<string>(reference);
    return (values) => {
      const date = field(values);
      if (date === undefined) return undefined;
      if (date.endsWith("T00:00:00Z")) return date.slice(0, 10);
      return new Date(Date.parse(date) + this.#minutes * 60_000).toISOString().slice(0, 10);
    };
  }

  /** Texts that people wrote, each once, with numbers of persons struck out. */
  #words(references: readonly string[] | undefined): (values: Values) => string[] {
    const fields = (references ?? []).map((each) => this.#needs.text(each));
    return (values) => {
      const found = fields.flatMap((field) => field(values) ?? []).map(withoutPersonal);
      return [...new Set(found)].filter((text) => text !== "");
    };
  }

  #account(reference: Maybe): (values: Values) => string | undefined {
    const field = this.#value<string>(reference);
    const { secret } = this.#needs;
    if (secret === undefined) return nothing;
    return (values) => {
      const account = field(values);
      return account === undefined ? undefined : accountDigest(secret, account);
    };
  }

  #paperOf(
    spec: { paper: PaperOf["paper"]; number?: Maybe; id?: Maybe },
    inYear: Maybe,
  ): (values: Values) => PaperOf | undefined {
    const number = this.#text(spec.number);
    const id = this.#text(spec.id);
    const year = this.#value<number>(inYear);
    return (values) => {
      const found: { -readonly [K in keyof PaperOf]: PaperOf[K] } = { paper: spec.paper };
      set(found, "number", number(values));
      set(found, "id", id(values));
      set(found, "year", year(values));
      return found.number === undefined && found.id === undefined ? undefined : found;
    };
  }

  #payee(spec: PaymentDocumentSpec["payee"]): (values: Values) => PayeeFacts | undefined {
    if (spec === undefined) return nothing;
    const name = this.#value<string>(spec.name);
    const numbers = (spec.npwp ?? []).map((each) => this.#value<Npwp>(each));
    const forms = (spec.form ?? []).map((each) => this.#value<{ form?: string; person: boolean }>(each));
    const account = this.#account(spec.account);
    const { secret } = this.#needs;
    return (values) => {
      const payee: { -readonly [K in keyof PayeeFacts]: PayeeFacts[K] } = {};
      const called = name(values);
      set(payee, "name", called === undefined ? undefined : withoutPersonal(called));
      set(payee, "account", account(values));
      const found = numbers.flatMap((each) => each(values) ?? []);
      const isPerson = this.#needs.isPerson(
        called,
        found,
        forms.flatMap((each) => each(values) ?? []),
      );
      const number = found.find((each) => each.core !== undefined && !each.nik);
      if (!isPerson) set(payee, "npwpCore", number?.core);
      else {
        const own = found.find((each) => each.nik) ?? number ?? found[0];
        if (own !== undefined && secret !== undefined)
          payee.person = personDigest(secret, own.nik ? own.digits : (own.core ?? own.digits));
      }
      return Object.keys(payee).length === 0 ? undefined : payee;
    };
  }

  #budget(spec: BudgetSpec): (values: Values) => BudgetFacts | undefined {
    const account = this.#text(spec.account);
    const amount = this.#money(spec.amount);
    const texts = this.#texts(spec, ["subActivity", "fund"]);
    const holds = this.#needs.when(spec.when);
    return (values) => {
      if (!holds(values)) return undefined;
      const facts = { account: account(values), amount: amount(values) };
      if (facts.account === undefined || facts.amount === undefined) return undefined;
      const line: { -readonly [K in keyof BudgetFacts]: BudgetFacts[K] } = {
        account: facts.account,
        amount: facts.amount,
      };
      for (const [name, read] of texts) set(line, name, read(values));
      return line;
    };
  }

  #withheld(spec: DeductionSpec): (values: Values) => DeductionFacts | undefined {
    const name = this.#text(spec.name);
    const amount = this.#money(spec.amount);
    const texts = this.#texts(spec, ["billing", "ntpn"]);
    const holds = this.#needs.when(spec.when);
    return (values) => {
      if (!holds(values)) return undefined;
      const called = name(values);
      const money = amount(values);
      if (called === undefined || money === undefined) return undefined;
      const facts: { -readonly [K in keyof DeductionFacts]: DeductionFacts[K] } = {
        name: withoutPersonal(called),
        amount: money,
      };
      for (const [each, read] of texts) set(facts, each, read(values));
      return facts;
    };
  }
}

const RETURN_KINDS: ReadonlySet<string> = new Set(["returned", "paidBack", "contraEntry", "voided"]);

const nothing = () => undefined;

function set<T extends object, K extends keyof T>(target: T, name: K, value: T[K] | undefined): void {
  if (value !== undefined) target[name] = value;
}

/** One amount and its direction; "both" where a line claims to be two. */
function movement(
  amount: string | undefined,
  direction: string | undefined,
  debit: string | undefined,
  credit: string | undefined,
): { amount: string; direction: "debit" | "credit" } | "both" | undefined {
  if (amount !== undefined) {
    if (direction === undefined) return undefined;
    return direction === "debit" || direction === "credit" ? { amount, direction } : "both";
  }
  const [out, into] = [debit ?? "0", credit ?? "0"];
  if (out !== "0" && into !== "0") return "both";
  if (out !== "0") return { amount: out, direction: "debit" };
  return into !== "0" ? { amount: into, direction: "credit" } : undefined;
}
