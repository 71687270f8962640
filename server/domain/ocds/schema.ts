import type { CodelistName } from "./codelists.ts";

/**
 * The fields of OCDS 1.1.5 and of the extensions we know, in one table. Merge rules, checks, codelists, deprecations
 * and zod schemas all come from it. Source: standard.open-contracting.org, 1.1, "Schema reference"; extensions.open-contracting.org.
 */
export interface Field {
  /** Absent: any kind of value. */
  readonly types?: readonly JsonType[];
  readonly format?: "date-time" | "uri" | "email";
  /** Values are codes of this list; whether others are errors, the list says. */
  readonly codelist?: CodelistName;
  /** In place of all the rest but `deprecated`: the name of a definition. */
  readonly ref?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  /** No entry of the list may occur twice. */
  readonly unique?: boolean;
  readonly items?: Field;
  readonly fields?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  /** Fields that may also be given in other languages, as `title_en`. */
  readonly translated?: readonly string[];
  /** For objects used as maps: the value of any name. */
  readonly anyField?: Field;
  /** The version in which the field was deprecated. */
  readonly deprecated?: string;
  readonly omitWhenMerged?: boolean;
  readonly wholeListMerge?: boolean;
  /** Information only, see `merge-rules.ts`. */
  readonly versionId?: boolean;
}

export type JsonType = "string" | "integer" | "number" | "boolean" | "array" | "object" | "null";

type Fields = Readonly<Record<string, Field>>;

export interface Model {
  readonly release: Field;
  readonly definitions: Readonly<Record<string, Field>>;
}

// ---- words of the table

const text: Field = { types: ["string", "null"] };
/** Text that is not empty where it is given. */
const words: Field = { types: ["string", "null"], minLength: 1 };
const plainText: Field = { types: ["string"] };
const date: Field = { types: ["string", "null"], format: "date-time" };
const uri: Field = { types: ["string", "null"], format: "uri" };
const amount: Field = { types: ["number", "null"] };
const integer: Field = { types: ["integer", "null"] };
/** Per cents: a number, or text that keeps its decimals. */
const percent: Field = { types: ["string", "number", "null"] };
const flag: Field = { types: ["boolean", "null"] };
/** The id of an entry that others refer to. */
const identity: Field = { types: ["string", "integer"], minLength: 1 };
const textIdentity: Field = { types: ["string"], minLength: 1 };
const code = (codelist: CodelistName): Field => ({ types: ["string", "null"], codelist });
const codes = (codelist: CodelistName): Field => ({ types: ["array", "null"], codelist, items: plainText });
const ref = (definition: string): Field => ({ ref: definition });
const names: Field = { types: ["array", "null"], items: plainText };
const list = (definition: string, rest: Field = {}): Field => ({ types: ["array"], items: ref(definition), ...rest });
const set = (definition: string, rest: Field = {}): Field => list(definition, { unique: true, ...rest });
const someOf = (definition: string): Field => set(definition, { minItems: 1 });
const object = (fields: Fields, rest: Field = {}): Field => ({ types: ["object"], fields, ...rest });
const deprecated = (field: Field, since = "1.1"): Field => ({ ...field, deprecated: since });
const map = (anyField: Field): Field => ({ types: ["object"], anyField, minProperties: 1 });

// ---- the standard

const release: Field = object(
  {
    ocid: { types: ["string"], minLength: 1 },
    id: { types: ["string"], minLength: 1, omitWhenMerged: true },
    date: { types: ["string"], format: "date-time", omitWhenMerged: true },
    tag: { types: ["array"], codelist: "releaseTag", items: plainText, minItems: 1, omitWhenMerged: true },
    initiationType: { types: ["string"], codelist: "initiationType" },
    parties: set("Organization"),
    buyer: ref("OrganizationReference"),
    planning: ref("Planning"),
    tender: ref("Tender"),
    awards: set("Award"),
    contracts: set("Contract"),
    language: text,
    relatedProcesses: set("RelatedProcess"),
  },
  { required: ["ocid", "id", "date", "tag", "initiationType"] },
);

const definitions = {
  Planning: object(
    { rationale: text, budget: ref("Budget"), documents: list("Document"), milestones: list("Milestone") },
    { translated: ["rationale"] },
  ),
  Tender: object(
    {
      id: { ...identity, versionId: true },
      title: text,
      description: text,
      status: code("tenderStatus"),
      procuringEntity: ref("OrganizationReference"),
      items: set("Item"),
      value: ref("Value"),
      minValue: ref("Value"),
      procurementMethod: code("method"),
      procurementMethodDetails: text,
      procurementMethodRationale: text,
      mainProcurementCategory: code("procurementCategory"),
      additionalProcurementCategories: codes("extendedProcurementCategory"),
      awardCriteria: code("awardCriteria"),
      awardCriteriaDetails: text,
      submissionMethod: codes("submissionMethod"),
      submissionMethodDetails: text,
      tenderPeriod: ref("Period"),
      enquiryPeriod: ref("Period"),
      hasEnquiries: flag,
      eligibilityCriteria: text,
      awardPeriod: ref("Period"),
      contractPeriod: ref("Period"),
      numberOfTenderers: integer,
      tenderers: set("OrganizationReference"),
      documents: list("Document"),
      milestones: list("Milestone"),
      amendments: list("Amendment"),
      amendment: deprecated(ref("Amendment")),
    },
    {
      required: ["id"],
      translated: [
        "title",
        "description",
        "procurementMethodRationale",
        "awardCriteriaDetails",
        "submissionMethodDetails",
        "eligibilityCriteria",
      ],
    },
  ),
  Award: object(
    {
      id: identity,
      title: text,
      description: text,
      status: code("awardStatus"),
      date,
      value: ref("Value"),
      suppliers: set("OrganizationReference"),
      items: someOf("Item"),
      contractPeriod: ref("Period"),
      documents: set("Document"),
      amendments: list("Amendment"),
      amendment: deprecated(ref("Amendment")),
    },
    { required: ["id"], translated: ["title", "description"] },
  ),
  Contract: object(
    {
      id: identity,
      awardID: identity,
      title: text,
      description: text,
      status: code("contractStatus"),
      period: ref("Period"),
      value: ref("Value"),
      items: someOf("Item"),
      dateSigned: date,
      documents: set("Document"),
      implementation: ref("Implementation"),
      relatedProcesses: set("RelatedProcess"),
      milestones: list("Milestone"),
      amendments: list("Amendment"),
      amendment: deprecated(ref("Amendment")),
    },
    { required: ["id", "awardID"], translated: ["title", "description"] },
  ),
  Implementation: object({
    transactions: set("Transaction"),
    milestones: set("Milestone"),
    documents: set("Document"),
  }),
  Milestone: object(
    {
      id: identity,
      title: text,
      type: code("milestoneType"),
      description: text,
      code: text,
      dueDate: date,
      dateMet: date,
      dateModified: date,
      status: code("milestoneStatus"),
      documents: deprecated(set("Document")),
    },
    { required: ["id"], translated: ["title", "description"] },
  ),
  Document: object(
    {
      id: identity,
      documentType: code("documentType"),
      title: text,
      description: text,
      url: uri,
      datePublished: date,
      dateModified: date,
      format: text,
      language: text,
    },
    { required: ["id"], translated: ["title", "description"] },
  ),
  Budget: object(
    {
      id: { types: ["string", "integer", "null"] },
      description: text,
      amount: ref("Value"),
      project: text,
      projectID: { types: ["string", "integer", "null"] },
      uri,
      source: deprecated(uri),
    },
    { translated: ["source", "description", "project"] },
  ),
  Transaction: object(
    {
      id: identity,
      source: uri,
      date,
      value: ref("Value"),
      payer: ref("OrganizationReference"),
      payee: ref("OrganizationReference"),
      uri,
      amount: deprecated(ref("Value")),
      providerOrganization: deprecated(ref("Identifier")),
      receiverOrganization: deprecated(ref("Identifier")),
    },
    { required: ["id"] },
  ),
  OrganizationReference: object({
    name: words,
    id: { types: ["string", "integer"] },
    identifier: deprecated(ref("Identifier")),
    address: deprecated(ref("Address")),
    additionalIdentifiers: deprecated(set("Identifier", { wholeListMerge: true })),
    contactPoint: deprecated(ref("ContactPoint")),
  }),
  Organization: object(
    {
      name: text,
      id: plainText,
      identifier: ref("Identifier"),
      additionalIdentifiers: set("Identifier", { wholeListMerge: true }),
      address: ref("Address"),
      contactPoint: ref("ContactPoint"),
      roles: codes("partyRole"),
      details: { types: ["object", "null"] },
    },
    { translated: ["name"] },
  ),
  Item: object(
    {
      id: identity,
      description: text,
      classification: ref("Classification"),
      additionalClassifications: set("Classification", { wholeListMerge: true }),
      quantity: amount,
      unit: object(
        {
          scheme: code("unitClassificationScheme"),
          id: { ...text, versionId: true },
          name: text,
          value: ref("Value"),
          uri,
        },
        { translated: ["name"] },
      ),
    },
    { required: ["id"], translated: ["description"] },
  ),
  Amendment: object(
    {
      date,
      rationale: text,
      id: text,
      description: text,
      amendsReleaseID: text,
      releaseID: text,
      changes: deprecated({
        types: ["array"],
        items: object({
          property: plainText,
          former_value: { types: ["string", "number", "integer", "array", "object", "null"] },
        }),
      }),
    },
    { translated: ["rationale"] },
  ),
  Classification: object(
    {
      scheme: code("itemClassificationScheme"),
      id: { types: ["string", "integer", "null"], versionId: true },
      description: text,
      uri,
    },
    { translated: ["description"] },
  ),
  Identifier: object(
    { scheme: text, id: { types: ["string", "integer", "null"], versionId: true }, legalName: text, uri },
    { translated: ["legalName"] },
  ),
  Address: object(
    { streetAddress: text, locality: text, region: text, postalCode: text, countryName: text },
    { translated: ["countryName"] },
  ),
  ContactPoint: object(
    { name: text, email: text, telephone: text, faxNumber: text, url: uri },
    { translated: ["name"] },
  ),
  Value: object({ amount, currency: code("currency") }),
  Period: object({ startDate: date, endDate: date, maxExtentDate: date, durationInDays: integer }),
  RelatedProcess: object({
    id: plainText,
    relationship: codes("relatedProcess"),
    title: text,
    scheme: code("relatedProcessScheme"),
    identifier: text,
    uri,
  }),
} as const satisfies Record<string, Field>;

// ---- extensions

/** What an extension adds; an entry of a definition that exists is added to it, field by field. */
export interface Extension {
  /** The middle of its repository's name, `ocds_…_extension`: how the address in a package is recognized. */
  readonly repository: string;
  readonly release?: Fields;
  readonly definitions?: Readonly<Record<string, Field>>;
}

const organizations = someOf("OrganizationReference");

/** Kept by the short names of the extension registry. */
export const extensions = {
  beneficialOwners: {
    repository: "beneficialOwners",
    definitions: {
      Organization: {
        fields: { beneficialOwners: someOf("Person"), details: { fields: { listedOnRegulatedMarket: flag } } },
      },
      Person: object(
        {
          id: textIdentity,
          name: words,
          identifier: ref("Identifier"),
          nationalities: { ...codes("country"), unique: true, minItems: 1 },
          address: ref("Address"),
          email: { ...words, format: "email" },
          faxNumber: words,
          telephone: words,
        },
        { required: ["id"], minProperties: 1 },
      ),
    },
  },
  bids: {
    repository: "bid",
    release: { bids: object({ statistics: list("Statistic"), details: list("Bid") }) },
    definitions: {
      Award: {
        fields: { relatedBid: deprecated(text, "1.2"), relatedBids: { types: ["array", "null"], items: plainText } },
      },
      Contract: { fields: { relatedBids: { types: ["array", "null"], items: plainText } } },
      Statistic: object(
        {
          id: plainText,
          measure: { types: ["string"], codelist: "statistic" },
          date,
          value: { types: ["number"] },
          valueGross: amount,
          currency: code("currency"),
          notes: text,
          relatedLot: text,
        },
        { required: ["id", "measure", "value"] },
      ),
      Bid: object(
        {
          id: plainText,
          identifiers: set("SimpleIdentifier", { minItems: 1, wholeListMerge: true }),
          submissionType: code("submissionType"),
          date,
          description: text,
          status: code("bidStatus"),
          items: set("Item"),
          tenderers: list("OrganizationReference"),
          value: ref("Value"),
          validityPeriod: ref("Period"),
          documents: set("Document"),
          relatedLots: { types: ["array", "null"], items: plainText },
          countriesOfOrigin: { ...codes("country"), minItems: 1 },
          hasRank: flag,
          rank: integer,
          variant: flag,
        },
        { required: ["id"] },
      ),
      SimpleIdentifier: object({ scheme: words, id: { ...words, versionId: true } }, { minProperties: 1 }),
    },
  },
  budget: {
    repository: "budget_breakdown",
    definitions: {
      BudgetBreakdown: object(
        {
          id: identity,
          description: words,
          amount: ref("Value"),
          uri,
          period: ref("Period"),
          sourceParty: ref("OrganizationReference"),
        },
        { required: ["id"], minProperties: 1 },
      ),
      Budget: { fields: { budgetBreakdown: someOf("BudgetBreakdown") } },
    },
  },
  budget_and_spend: {
    repository: "budget_and_spend",
    definitions: {
      Implementation: {
        fields: {
          financialProgress: object(
            { totalSpend: ref("Value"), measures: map(amount), breakdown: someOf("FinancialProgressBreakdown") },
            { minProperties: 1 },
          ),
        },
      },
      FinancialProgressBreakdown: object(
        {
          id: identity,
          description: words,
          period: ref("Period"),
          classifications: map({ types: ["string", "number", "null"], minLength: 1 }),
          measures: map(amount),
          fiscalBreakdownFieldMapping: ref("FiscalBreakdownFieldMapping"),
        },
        { required: ["id"], minProperties: 1 },
      ),
      BudgetBreakdown: {
        fields: {
          classifications: map({ types: ["string", "number", "null"], minLength: 1 }),
          measures: map(amount),
          fiscalBreakdownFieldMapping: ref("FiscalBreakdownFieldMapping"),
        },
      },
      FiscalBreakdownFieldMapping: { types: ["string"], format: "uri" },
    },
  },
  contract_buyer: {
    repository: "contract_buyer",
    definitions: {
      Award: { fields: { buyers: organizations } },
      Contract: { fields: { buyer: ref("OrganizationReference") } },
    },
  },
  contract_completion: {
    repository: "contract_completion",
    definitions: {
      Implementation: {
        fields: { endDate: date, endDateDetails: words, finalValue: ref("Value"), finalValueDetails: words },
      },
    },
  },
  contract_suppliers: {
    repository: "contract_suppliers",
    definitions: { Contract: { fields: { suppliers: organizations } } },
  },
  guarantees: {
    repository: "guarantees",
    definitions: {
      Guarantee: object(
        {
          id: identity,
          type: code("guaranteeType"),
          date,
          obligations: code("guaranteedObligations"),
          value: ref("Value"),
          guarantor: ref("OrganizationReference"),
          period: ref("Period"),
        },
        { required: ["id"] },
      ),
      Contract: { fields: { guarantees: list("Guarantee") } },
    },
  },
  pagination: { repository: "pagination" },
  performance_failures: {
    repository: "performance_failures",
    definitions: {
      PerformanceFailure: object(
        {
          id: textIdentity,
          period: ref("Period"),
          category: words,
          events: amount,
          penaltyContracted: words,
          penaltyImposed: words,
          penaltyPaid: flag,
        },
        { required: ["id"], minProperties: 1 },
      ),
      Implementation: { fields: { performanceFailures: someOf("PerformanceFailure") } },
    },
  },
  signatories: {
    repository: "contract_signatories",
    definitions: { Contract: { fields: { signatories: organizations } } },
  },
  transaction_milestones: {
    repository: "transactions_relatedMilestone",
    definitions: {
      Transaction: { fields: { relatedImplementationMilestone: ref("MilestoneReference") } },
    },
  },
  withheldInformation: {
    repository: "withheldInformation",
    release: { withheldInformation: someOf("WithheldInformationItem") },
    definitions: {
      WithheldInformationItem: object(
        {
          id: textIdentity,
          field: words,
          name: words,
          availabilityDate: date,
          rationale: words,
          rationaleClassifications: set("Classification", { minItems: 1, wholeListMerge: true }),
        },
        { required: ["id"], minProperties: 1 },
      ),
    },
  },
} as const satisfies Record<string, Extension>;

/**
 * What our own releases have beyond the standard (`own-extension.ts` publishes it): the money of acceptances and
 * certificates on their milestones, what was paid above a contract's value and other marks of the ledger, the number of
 * the paying document, and where an entry came from.
 */
export const ownExtensions = {
  prasasti: {
    repository: "prasasti",
    release: {
      sourceRelease: object({ id: textIdentity, date, digest: words, complete: flag }),
      remarks: list("Remark"),
      withdrawals: list("Withdrawal"),
      migration: object({ wave: integer, plan: words, cutOver: date, migratedAt: date, bodyUnavailable: flag }),
    },
    definitions: {
      Remark: object(
        { id: textIdentity, text: words, date, relatedRelease: words, withdrawn: flag },
        { required: ["id"] },
      ),
      Withdrawal: object({ id: textIdentity, releaseID: words }, { required: ["id"] }),
      Hold: object({ id: textIdentity, status: words, period: ref("Period") }, { required: ["id"] }),
      SpecialConditions: object({
        ...{ timeZone: words, category: words, supplierSize: words, multiYear: flag, maintenanceUntil: words },
        lateFee: object({ basis: words }),
        taxPercent: percent,
        incomeTax: object({ name: words, percent }),
        retention: object({ method: words, percent }),
        advance: object({ percent, recoveredFromPercent: percent, recoveredByPercent: percent }),
        kahar: { types: ["array"], items: object({ from: words, until: words }) },
      }),
      Deduction: object({ type: words, amount: ref("Value") }),
      Contract: {
        fields: {
          signedBySupplier: flag,
          holds: list("Hold"),
          excess: ref("Value"),
          exceptions: names,
          specialConditions: ref("SpecialConditions"),
        },
      },
      Guarantee: { fields: { status: words, documentNumber: words } },
      Milestone: {
        fields: {
          accepted: ref("Value"),
          certified: ref("Value"),
          advance: ref("Value"),
          recovered: ref("Value"),
          withheld: ref("Value"),
          released: ref("Value"),
          documentNumber: words,
          deductions: { types: ["array"], items: ref("Deduction") },
        },
      },
      Transaction: {
        fields: { documentNumber: words, sourceID: words, exceptions: names, returns: words, returnType: words },
      },
    },
  },
} as const satisfies Record<string, Extension>;

export type ExtensionName = keyof typeof extensions | keyof typeof ownExtensions;
const known: Readonly<Record<ExtensionName, Extension>> = { ...extensions, ...ownExtensions };

const models = new Map<string, Model>();

/** The release with these extensions patched in (as JSON Merge Patch does). */
export function modelOf(names: readonly ExtensionName[] = []): Model {
  const key = [...names].sort().join();
  let model = models.get(key);
  if (!model) {
    model = { release, definitions };
    for (const name of Object.keys(known) as ExtensionName[]) {
      if (!names.includes(name)) continue;
      const extension = known[name];
      model = {
        release: patched(model.release, { fields: extension.release }) as Field,
        definitions: patched(model.definitions, extension.definitions) as Model["definitions"],
      };
    }
    models.set(key, model);
  }
  return model;
}

function patched(base: unknown, patch: unknown): unknown {
  if (patch === undefined) return base;
  if (!isTable(patch) || !isTable(base)) return patch;
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) result[name] = patched(result[name], value);
  return result;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The extension that an address in `extensions` means. Like the official tools' registry, by the name of the
 * repository or of the extension as a part of the path, whatever the branch or tag.
 */
export function extensionAt(address: unknown): ExtensionName | undefined {
  if (typeof address !== "string") return undefined;
  const parts = address.split("/");
  return (Object.keys(known) as ExtensionName[]).find(
    (name) => parts.includes(name) || parts.includes(`ocds_${known[name].repository}_extension`),
  );
}

// ---- packages and records

const publisher: Field = object({ name: plainText, scheme: text, uid: text, uri }, { required: ["name"] });
const packageUri: Field = { types: ["string"], format: "uri" };

/** `X.Y`, as a package's `version` must be. */
export const versionPattern = /^\d+\.\d+$/;

const metadata: Fields = {
  uri: packageUri,
  version: plainText,
  extensions: { types: ["array"], items: packageUri },
  publishedDate: { types: ["string"], format: "date-time" },
  publisher,
  license: uri,
  publicationPolicy: uri,
};

/** Without `releases`, whose entries depend on the extensions. */
export const releasePackage: Field = object(metadata, {
  required: ["uri", "publisher", "publishedDate", "releases", "version"],
});

/** Without `records`. */
export const recordPackage: Field = object(
  { ...metadata, packages: { types: ["array"], items: packageUri, unique: true, minItems: 1 } },
  { required: ["uri", "publisher", "publishedDate", "records", "version"] },
);

/** Without `releases`, `compiledRelease` and `versionedRelease`. */
export const record: Field = object({ ocid: plainText }, { required: ["ocid", "releases"] });

/** A release that a record only points to. */
export const linkedRelease: Field = object(
  {
    url: uri,
    date: { types: ["string"], format: "date-time" },
    tag: { types: ["array"], codelist: "releaseTag", items: plainText, minItems: 1 },
  },
  { required: ["url", "date"] },
);
