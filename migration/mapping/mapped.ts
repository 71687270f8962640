import type { Json } from "../../server/domain/ocds/check-fields.ts";
import type { RowFault } from "../row.ts";

// What a compiled map makes of one source row: the border between the mapping and the staging of records.

/**
 * A row, mapped. `fragments` and `finance` are empty where the row has a fault that stops it; `faults` that only warn are not listed.
 * `private` names the columns whose cells stay out of every public place, by name or by what this row holds.
 */
export type Mapped = {
  readonly fragments: readonly Fragment[];
  /** of money: what connectors take every day and a migration does not */
  readonly finance: readonly FinanceFragment[];
  readonly trail: readonly Change[];
  readonly faults: readonly RowFault[];
  readonly private: readonly PrivateCell[];
};

/** One step of cleaning one cell: the raw text is the `before` of the first change of its column. Null is "no value". */
export type Change = {
  readonly column: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly rule: string;
};

/** What a classified cell holds; `npwp-entity` is an organisation's tax number, which names it and is kept for matching. */
export type PersonalClass =
  | "nik"
  | "npwp-person"
  | "npwp-entity"
  | "nip"
  | "address"
  | "phone"
  | "email"
  | "bank-account"
  | "birth"
  | "signatory"
  | "official";

export type PrivateCell = { readonly column: string; readonly class: PersonalClass };

/** What one source row says of one thing. */
export type Fragment = ProcessFragment | SupplierFragment | AgencyFragment | PaymentFragment | RecordFragment;

export type ProcessFragment = {
  readonly entity: "process";
  /** package id in its source */
  readonly key: string;
  /** legacy code of the agency */
  readonly agency: string;
  /**
   * Part of an OCDS 1.1 release: planning, tender, awards, contracts, parties; without ocid, id, date, tag. Suppliers
   * and buyers in it are `{id, name}` where id is the key of a supplier fragment or the legacy code of an agency.
   */
  readonly release: Json;
  /** by contract id */
  readonly contracts?: Readonly<Record<string, ContractFacts>>;
  /** when it was said in the source: RFC 3339 */
  readonly at?: string;
  /** the office that said it, never a person */
  readonly by?: string;
  /** what tells the contracts of one package apart, where it has several, in capitals */
  readonly part?: string;
};

/** Amounts in minor units, as decimal text. */
export type ContractFacts = {
  readonly status?: ContractStatusWord;
  readonly currency?: string;
  /** of the contract or addendum, as written */
  readonly number?: string;
  /** value of version 0 */
  readonly firstValue?: string;
  /** value as of `version` */
  readonly value?: string;
  readonly certified?: string;
  readonly paid?: string;
  readonly accepted?: string;
  readonly advance?: string;
  readonly recovered?: string;
  readonly withheld?: string;
  readonly released?: string;
  /** what was certified (BAP) or paid (SP2D, receipt); the sums are made of these after dedupe */
  readonly documents?: readonly PaidDocument[];
  /** what was done under it, by the papers that say so */
  readonly deeds?: readonly Deed[];
  /** 0 is the contract as first signed, n its n-th addendum */
  readonly version?: number;
};

export type ContractStatusWord = "pending" | "active" | "completed" | "terminated" | "cancelled";

/** `certificate`: work accepted for payment (BAP); `payment`: money paid (SP2D, receipt). */
export type PaidDocument = {
  readonly kind: "certificate" | "payment";
  readonly number: string;
  readonly amount: string;
  readonly on?: string;
};

/** `start`: the order to begin (SPMK); `delivery`: a hand-over (BAST). */
export type Deed = { readonly kind: "start" | "delivery"; readonly number: string; readonly on?: string };

export type SupplierFragment = {
  readonly entity: "supplier";
  /**
   * How its source row names it: `npwp:` and the core's nine digits, `nib:`, or `name:` and its fingerprint; of a person
   * a one-way pseudonym (`person:` …), never digits of a NIK or NPWP.
   */
  readonly key: string;
  /** cleaned, with its legal form */
  readonly name: string;
  /** `PT`, `CV`, …; absent where none is told */
  readonly form?: string;
  /** digits of an organisation's tax number, as found; never of a person */
  readonly npwp?: string;
  readonly npwpCore?: string;
  readonly nib?: string;
  readonly person: boolean;
  /** of a consortium (KSO) */
  readonly members?: readonly {
    readonly name: string;
    readonly npwpCore?: string;
    readonly role?: string;
    readonly value?: string;
  }[];
};

export type AgencyFragment = {
  readonly entity: "agency";
  readonly key: string;
  readonly name: string;
  readonly parent?: string;
  readonly codes: readonly string[];
};

export type PaymentFragment = {
  readonly entity: "payment";
  readonly key: string;
  readonly agency?: string;
  /** what the source calls the contract: a number or a package id */
  readonly contract?: string;
  readonly record: Json;
  /** minor units */
  readonly value: string;
  readonly currency: string;
  readonly on?: string;
};

/** What a row says of money that left, came back or stands in a bank's statement: for the register's connectors. */
export type FinanceFragment =
  | PaperFragment
  | DeductionFragment
  | BudgetLineFragment
  | ReturnFragment
  | BankLineFragment;

export type PaperName = "contract" | "SPP" | "SPM" | "SP2D" | "receipt";

/** Which paper: by number or by its source's id; `year` where the row tells it. */
export type PaperOf = {
  readonly paper: PaperName;
  readonly number?: string;
  readonly id?: string;
  readonly year?: number;
};

type Numbered = { readonly number: string; readonly on?: string };

/** Of a payment's paper. Amounts in minor units, dates `YYYY-MM-DD` by the map's clock. */
export type PaperFragment = PaperOf & {
  readonly entity: "paper";
  /** it only adds to a paper that another table holds */
  readonly isAddition?: true;
  /** where a table says several things of one paper, what tells its rows from each other */
  readonly key?: string;
  readonly on?: string;
  readonly cleared?: string;
  readonly route?: string;
  /** legacy code */
  readonly agency?: string;
  readonly currency: string;
  readonly gross?: string;
  readonly net?: string;
  readonly spm?: Numbered;
  readonly spp?: Numbered;
  readonly contract?: string;
  readonly delivery?: string;
  readonly purpose?: readonly string[];
  readonly payee?: PayeeFacts;
  readonly lines?: readonly BudgetFacts[];
  readonly deductions?: readonly DeductionFacts[];
};

/** `npwpCore` of an organisation alone; `person` and `account` are keyed digests, and missing where there is no key. */
export type PayeeFacts = {
  readonly name?: string;
  readonly npwpCore?: string;
  readonly person?: string;
  readonly account?: string;
};

export type BudgetFacts = {
  readonly account: string;
  readonly subActivity?: string;
  readonly fund?: string;
  readonly amount: string;
};

export type DeductionFacts = {
  readonly name: string;
  readonly amount: string;
  readonly billing?: string;
  readonly ntpn?: string;
};

/** `key` tells it from others of the same paper. */
export type DeductionFragment = DeductionFacts & {
  readonly entity: "deduction";
  readonly of: PaperOf;
  readonly key: string;
};

export type BudgetLineFragment = BudgetFacts & {
  readonly entity: "budgetLine";
  readonly of: PaperOf;
  readonly key: string;
};

export type ReturnFragment = {
  readonly entity: "return";
  readonly number: string;
  readonly year?: number;
  readonly on: string;
  readonly kind: string;
  readonly of: string;
  readonly agency?: string;
  readonly currency: string;
  readonly amount: string;
  readonly text: string;
};

/** `account`: keyed digest, missing where the file does not name it; `balance` signed, in minor units. */
export type BankLineFragment = {
  readonly entity: "bankLine";
  readonly account?: string;
  readonly on: string;
  readonly valueOn?: string;
  readonly currency: string;
  readonly amount: string;
  readonly direction: "debit" | "credit";
  readonly reversal: boolean;
  readonly balance?: string;
  readonly statement?: string;
  readonly reference?: string;
  readonly counterparty?: { readonly name?: string; readonly account?: string };
  readonly text: string;
};

type RecordFragment = {
  readonly entity: "record";
  readonly key: string;
  readonly agency?: string;
  readonly record: Json;
  /** minor units */
  readonly value?: string;
  readonly currency?: string;
};
