import { z } from "zod";
import { DATE_FORMATS, MONEY_FORMATS, STEPS, type StepName, zoneMinutes } from "./functions.ts";

// What a mapping file may say. docs: `prasasti migrate map schema` prints it as JSON Schema.

const name = z.string().regex(/^[a-z][A-Za-z0-9]*$/, "a-name");
const column = z.string().min(1).max(128);
const slug = z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "a-slug");

const step = z.union([
  z.enum(Object.keys(STEPS) as [StepName, ...StepName[]]),
  /** what the first group of a regular expression finds, or all of it; nothing where it is not found */
  z.strictObject({ match: z.string().min(1).max(500) }),
  z.strictObject({ remove: z.string().min(1).max(500) }),
  z.strictObject({ replace: z.string().min(1).max(500), with: z.string().max(200) }),
]);

const condition = z.union([
  z.literal("present"),
  z.literal("absent"),
  z.strictObject({ is: z.union([z.string(), z.array(z.string()).min(1)]) }),
  z.strictObject({ not: z.union([z.string(), z.array(z.string()).min(1)]) }),
  /** both are there, and say different things */
  z.strictObject({ differsFrom: name }),
]);
export type Condition = z.infer<typeof condition>;
const when = z.record(name, condition);

const VALUE_TYPES = [
  "text",
  "money",
  "date",
  "days",
  "integer",
  "flag",
  "list",
  "code",
  "npwp",
  "nik",
  "company",
  "form",
  "members",
  "reference",
  "ocds",
] as const;
export type ValueType = (typeof VALUE_TYPES)[number];

const field = z.strictObject({
  /** columns of the source by their names in different years and feeds; the first with a value is taken */
  from: z.union([column, z.array(column).min(1).max(20)]).optional(),
  /** another field, declared before, to go on from; of several the first with a value */
  of: z.union([name, z.array(name).min(1).max(10)]).optional(),
  /** a text with other fields in it: `{package}-1`; missing where one of them is */
  join: z.string().min(1).max(500).optional(),
  /** always this */
  value: z.string().optional(),
  do: z.array(step).max(20).optional(),
  as: z.enum(VALUE_TYPES).default("text"),
  /** of money: one; of a date: those to try, in order */
  format: z
    .union([
      z.enum(MONEY_FORMATS),
      z.enum(DATE_FORMATS as [string, ...string[]]),
      z.array(z.enum(DATE_FORMATS as [string, ...string[]])).min(1),
    ])
    .optional(),
  /** of a date without an offset; else the map's */
  zone: z
    .string()
    .refine((zone) => zoneMinutes(zone) !== undefined, "a-zone")
    .optional(),
  /** of money finer than the minor unit: round it, which the trail shows; else it is a fault */
  round: z.literal("half-even").optional(),
  /** of a code: a table of this file or of the shared codes */
  table: slug.optional(),
  /** of a list: the characters between its parts; `;` and `,` unless told otherwise */
  separators: z.string().min(1).max(5).optional(),
  /** of a reference: which one, and the column to take from the row found */
  reference: slug.optional(),
  take: column.optional(),
  /** what must hold of fields declared before; else it is missing */
  when: when.optional(),
  /** further texts that stand for nothing */
  missing: z.array(z.string()).max(50).optional(),
  /** a row without it is rejected; `key`: for want of its key */
  required: z.union([z.boolean(), z.literal("key")]).default(false),
  /** what cannot be read is left out, which the trail shows, and does not reject the row */
  else: z.literal("missing").optional(),
});
export type FieldSpec = z.infer<typeof field>;

const reference = z.string().regex(/^\$[a-z][A-Za-z0-9]*$/, "a-reference");
const referenceOrText = z.string().min(1).max(500);

const facts = z.strictObject({
  contract: referenceOrText,
  when: when.optional(),
  status: referenceOrText.optional(),
  /** of the contract, as people write it: an attribute, never a key */
  number: referenceOrText.optional(),
  value: reference.optional(),
  certified: reference.optional(),
  paid: reference.optional(),
  accepted: reference.optional(),
  advance: reference.optional(),
  recovered: reference.optional(),
  withheld: reference.optional(),
  released: reference.optional(),
  version: z.union([reference, z.int().min(0)]).optional(),
  documents: z
    .array(
      z.strictObject({
        kind: z.enum(["certificate", "payment"]),
        number: referenceOrText,
        amount: reference,
        on: reference.optional(),
        when: when.optional(),
      }),
    )
    .optional(),
  /** what was done: the order to begin (SPMK), a hand-over (BAST) */
  deeds: z
    .array(
      z.strictObject({
        kind: z.enum(["start", "delivery"]),
        number: referenceOrText,
        on: reference.optional(),
        when: when.optional(),
      }),
    )
    .optional(),
});
export type FactsSpec = z.infer<typeof facts>;

const supplier = z.strictObject({
  name: reference,
  npwp: z.array(reference).max(4).optional(),
  nib: reference.optional(),
  form: z.array(reference).max(3).optional(),
  members: reference.optional(),
});
export type SupplierSpec = z.infer<typeof supplier>;

const template: z.ZodType<unknown> = z.json();

/** The papers through which a payment goes, and two things that are told of it elsewhere: its contract, its clearing. */
const paper = z.enum(["contract", "SPP", "SPM", "SP2D", "receipt"]);

/** The paper that a row belongs to: by its number, or by the id that its source gives it. */
const paperOf = z.strictObject({ paper, number: referenceOrText.optional(), id: referenceOrText.optional() });

const budget = z.strictObject({
  account: referenceOrText,
  subActivity: referenceOrText.optional(),
  fund: referenceOrText.optional(),
  amount: reference,
  when: when.optional(),
});
export type BudgetSpec = z.infer<typeof budget>;

const withheld = z.strictObject({
  name: referenceOrText,
  amount: reference,
  billing: referenceOrText.optional(),
  ntpn: referenceOrText.optional(),
  when: when.optional(),
});
export type DeductionSpec = z.infer<typeof withheld>;

const numbered = z.strictObject({ number: referenceOrText, on: reference.optional() });

/** What a row says of a payment's paper; what several tables say of one paper is joined by its number and year. */
const paymentDocument = z.strictObject({
  paper,
  number: referenceOrText.optional(),
  /** the table only adds to papers that another one holds: without a row there, there is no document */
  addsTo: z.literal("other-table").optional(),
  /** where a table says several things of one paper, what tells its rows from each other */
  key: referenceOrText.optional(),
  /** the source's own id, by which other tables of it name the paper */
  id: referenceOrText.optional(),
  year: reference.optional(),
  on: reference.optional(),
  cleared: reference.optional(),
  /** LS, UP, GU or TU */
  route: referenceOrText.optional(),
  agency: referenceOrText.optional(),
  gross: reference.optional(),
  net: reference.optional(),
  spm: numbered.optional(),
  spp: numbered.optional(),
  contract: referenceOrText.optional(),
  delivery: referenceOrText.optional(),
  /** what it was for, and every other text into which somebody may have typed a contract's number */
  purpose: z.array(reference).min(1).max(8).optional(),
  /** who got it: numbers of persons and accounts leave the map as keyed digests alone */
  payee: z
    .strictObject({
      name: reference.optional(),
      npwp: z.array(reference).max(4).optional(),
      form: z.array(reference).max(3).optional(),
      account: reference.optional(),
    })
    .optional(),
  lines: z.array(budget).max(20).optional(),
  deductions: z.array(withheld).max(20).optional(),
  when: when.optional(),
});
export type PaymentDocumentSpec = z.infer<typeof paymentDocument>;

const child = { of: paperOf, key: referenceOrText, year: reference.optional() };
const deduction = z.strictObject({ ...child, ...withheld.shape });
const budgetLine = z.strictObject({ ...child, ...budget.shape });

/** Money that came back: retur SP2D, setor kembali, kontra pos. */
const returned = z.strictObject({
  number: referenceOrText,
  year: reference.optional(),
  on: reference,
  /** returned, paidBack, contraEntry or voided */
  kind: referenceOrText,
  /** the number of the payment */
  of: referenceOrText,
  agency: referenceOrText.optional(),
  amount: reference,
  text: z.array(reference).max(8).optional(),
  when: when.optional(),
});

/** A line of a bank's statement. One amount with its direction, or one column for each direction. */
const bankLine = z.strictObject({
  account: reference.optional(),
  /** of the line, where it is not the map's; one with as many decimals */
  currency: referenceOrText.optional(),
  on: reference,
  valueOn: reference.optional(),
  amount: reference.optional(),
  /** debit or credit */
  direction: referenceOrText.optional(),
  debit: reference.optional(),
  credit: reference.optional(),
  reversal: reference.optional(),
  /** after the line: tells two equal lines from one that two files hold */
  balance: reference.optional(),
  /** lines are told apart within one of these: the statement that they stand in */
  statement: referenceOrText.optional(),
  reference: referenceOrText.optional(),
  counterparty: reference.optional(),
  counterpartyAccount: reference.optional(),
  text: z.array(reference).max(8).optional(),
  when: when.optional(),
});
export type BankLineSpec = z.infer<typeof bankLine>;

export const mapSchema = z.strictObject({
  apiVersion: z.literal("prasasti/map/v1"),
  id: slug,
  title: z.strictObject({ en: z.string().min(1), id: z.string().min(1) }),
  /** where the layout is from, what to know of it */
  about: z.string().optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "a-currency")
    .default("IDR"),
  timezone: z
    .string()
    .refine((zone) => zoneMinutes(zone) !== undefined, "a-zone")
    .default("Asia/Jakarta"),
  /** how a table is recognized: it has all of these columns, one of each `any`, none of `none`, exactly so many `columns`; where
      several maps fit, a name of the table that `table` finds decides */
  match: z.strictObject({
    all: z.array(column),
    any: z.array(z.array(column).min(1)).default([]),
    none: z.array(column).default([]),
    columns: z.int().optional(),
    table: z.string().max(200).optional(),
  }),
  missing: z.array(z.string()).default([]),
  tables: z.record(slug, z.record(z.string(), z.string())).default({}),
  /** small tables of the same source that are read first, to be looked things up in */
  references: z
    .record(slug, z.strictObject({ table: z.string().min(1), key: column, take: z.array(column).min(1) }))
    .default({}),
  fields: z.record(name, field),
  suppliers: z.record(name, supplier).default({}),
  process: z
    .strictObject({
      key: referenceOrText,
      agency: referenceOrText,
      at: reference.optional(),
      by: referenceOrText.optional(),
      /** what tells the contracts of one package apart, where it has several: the letter of award, or the supplier */
      part: referenceOrText.optional(),
      when: when.optional(),
      release: template,
      facts: z.array(facts).default([]),
    })
    .optional(),
  agency: z
    .strictObject({
      key: referenceOrText,
      name: reference,
      parent: referenceOrText.optional(),
      codes: z.array(referenceOrText).min(1),
      when: when.optional(),
    })
    .optional(),
  payment: z
    .strictObject({
      key: referenceOrText,
      agency: referenceOrText.optional(),
      contract: referenceOrText.optional(),
      value: reference,
      on: reference.optional(),
      record: template,
      when: when.optional(),
    })
    .optional(),
  record: z
    .strictObject({
      key: referenceOrText,
      agency: referenceOrText.optional(),
      value: reference.optional(),
      record: template,
      when: when.optional(),
    })
    .optional(),
  paymentDocument: paymentDocument.optional(),
  deduction: deduction.optional(),
  budgetLine: budgetLine.optional(),
  return: returned.optional(),
  bankLine: bankLine.optional(),
  /** columns that are left out on purpose */
  ignore: z.array(column).default([]),
});
export type MapSpec = z.infer<typeof mapSchema>;

/** The schema of a mapping file, for editors and other tools. */
export function mapJsonSchema(): object {
  return z.toJSONSchema(mapSchema, { io: "input", unrepresentable: "any" });
}

export const codesSchema = z.strictObject({
  apiVersion: z.literal("prasasti/codes/v1"),
  tables: z.record(slug, z.record(z.string(), z.string())),
});
